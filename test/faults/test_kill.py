"""kill -9 at any moment: what was acknowledged is there once, what was not is there once or not at all, whole."""

import random
import threading
import time

import pymysql
import pytest

from firn_server import Account, run_sql

STATEMENTS = 200
ROWS_A_STATEMENT = 3


def insert_until_killed(server, acknowledged: set[int], attempted: set[int], start: int):
    """Inserts statement after statement, three rows each, and notes which were acknowledged."""
    try:
        with server.sql() as connection:
            run_sql(connection, "use lake.db")
            for number in range(start, STATEMENTS):
                attempted.add(number)
                rows = ", ".join(f"({number}, {part}, 'row {number}-{part}')" for part in range(ROWS_A_STATEMENT))
                run_sql(connection, f"insert into t values {rows}")
                acknowledged.add(number)
    except (pymysql.MySQLError, OSError):
        pass


def check(server, account, acknowledged: set[int], attempted: set[int]):
    with server.sql() as connection:
        rows = run_sql(connection, "select n, part, text from lake.db.t")
    assert len(rows) == len(set(rows)), "a row is there twice"
    assert all(text == f"row {n}-{part}" for n, part, text in rows)
    present: dict[int, int] = {}
    for n, _, _ in rows:
        present[n] = present.get(n, 0) + 1
    assert acknowledged <= set(present), f"lost: {sorted(acknowledged - set(present))}"
    assert set(present) <= attempted
    half = {n for n, count in present.items() if count != ROWS_A_STATEMENT}
    assert not half, f"half there: {half}"
    # Ledger and objects agree: another reader opens every file that the metadata names.
    assert account.pyiceberg().load_table("db.t").scan().to_arrow().num_rows == len(rows)


@pytest.mark.timeout(600)
def test_kill_at_any_moment_of_200_inserts(own_server):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    server = own_server().start()
    account = Account(server)
    with server.sql() as connection:
        run_sql(connection, account.create_catalog_statement("lake"))
        run_sql(connection, "create database lake.db")
        run_sql(connection, "create table lake.db.t (n bigint, part int, text string)")
    acknowledged: set[int] = set()
    attempted: set[int] = set()
    kills = 0
    while len(attempted) < STATEMENTS:
        start = max(attempted, default=-1) + 1
        writer = threading.Thread(target=insert_until_killed, args=(server, acknowledged, attempted, start))
        writer.start()
        time.sleep(chance.uniform(0.02, 1.0))
        server.kill()
        kills += 1
        writer.join()
        begin = time.monotonic()
        server.start()
        assert time.monotonic() - begin < 5
        # The ports are new; the catalog's URI is not. Point it at the new one.
        with server.sql() as connection:
            run_sql(connection, "drop catalog if exists lake")
            run_sql(connection, account.create_catalog_statement("lake"))
        check(server, account, acknowledged, attempted)
    print(f"{kills} kills, {len(acknowledged)} of {STATEMENTS} statements acknowledged")
    assert kills >= 3
    server.stop()
