"""What writes cost and promise: shared snapshots, requests of a small INSERT, labels over a restart."""

import json
import pathlib
import threading

import pymysql
import pytest

from firn_server import Account, run_sql, wait_until

CLIENTS = 64
STATEMENTS_A_CLIENT = 4


def requests(server) -> list[dict]:
    """Every request that the local AWS side has answered so far."""
    log = pathlib.Path(server.data_folder) / "aws" / "audit.log"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [line for line in lines if line["kind"] == "request"]


def requests_of(server, work) -> list[dict]:
    """The requests that `work` makes. The log is written behind the answers, so a mark ends it."""

    def mark() -> int:
        """The place in the log of a request made now."""
        answer = server.aws("sts").get_caller_identity()["ResponseMetadata"]
        request_id = answer.get("RequestId") or answer["HTTPHeaders"]["x-amzn-requestid"]

        def place():
            found = [i for i, r in enumerate(requests(server)) if request_id in json.dumps(r)]
            return (found[0] + 1) if found else None

        return wait_until(place, what="mark") - 1

    begin = mark()
    work()
    end = mark()
    return requests(server)[begin + 1:end]


def test_64_clients_share_snapshots_and_lose_nothing(server, account, lake):
    with server.sql() as connection:
        run_sql(connection, f"create database {lake}.shared")
        run_sql(connection, f"create table {lake}.shared.t (client int, n int)")
    failures = []

    def work(client: int):
        try:
            with server.sql() as connection:
                for n in range(STATEMENTS_A_CLIENT):
                    with connection.cursor() as cursor:
                        count = cursor.execute(f"insert into {lake}.shared.t values ({client}, {n}), ({client}, {-n - 1})")
                    assert count == 2, f"told {count} rows"
        except Exception as error:  # Collected and shown by the assertion below.
            failures.append(f"client {client}: {error}")

    threads = [threading.Thread(target=work, args=(client,)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures

    expected = {(c, n) for c in range(CLIENTS) for i in range(STATEMENTS_A_CLIENT) for n in (i, -i - 1)}
    with server.sql() as connection:
        rows = run_sql(connection, f"select client, n from {lake}.shared.t")
    assert len(rows) == len(expected) and set(rows) == expected
    table = account.pyiceberg().load_table("shared.t")
    assert table.scan().to_arrow().num_rows == len(expected)
    snapshots = table.metadata.snapshots
    statements = CLIENTS * STATEMENTS_A_CLIENT
    assert sum(int(s.summary["added-records"]) for s in snapshots) == len(expected)
    assert len(snapshots) < statements / 2, f"{len(snapshots)} commits of {statements} statements"
    print(f"{statements} statements in {len(snapshots)} snapshots")


def test_a_small_insert_is_three_puts_and_one_post(server, account, lake):
    with server.sql() as connection:
        run_sql(connection, f"create database {lake}.requests")
        run_sql(connection, f"create table {lake}.requests.t (a int, b string)")
        run_sql(connection, f"insert into {lake}.requests.t values (1, 'x')")
        made = requests_of(server, lambda: run_sql(connection, f"insert into {lake}.requests.t values (2, 'y')"))
    assert sorted(r["operation"] for r in made) == ["PutObject", "PutObject", "PutObject", "UpdateTable"], made


def test_another_engine_changes_the_table_between_two_small_inserts(server, account, lake):
    catalog = account.pyiceberg()
    with server.sql() as connection:
        run_sql(connection, f"create database {lake}.between_inserts")
        run_sql(connection, f"create table {lake}.between_inserts.t (a int, b string)")
        run_sql(connection, f"insert into {lake}.between_inserts.t values (1, 'x')")
        # Rows: the commit stands on the new ones.
        table = catalog.load_table("between_inserts.t")
        import pyarrow

        table.append(pyarrow.table({"a": pyarrow.array([2], pyarrow.int32()), "b": ["y"]}))
        run_sql(connection, f"insert into {lake}.between_inserts.t values (3, 'z')")
        assert run_sql(connection, f"select a from {lake}.between_inserts.t order by a") == [(1,), (2,), (3,)]
        # Columns: the statement is measured by the table as it is.
        from pyiceberg.types import IntegerType

        with catalog.load_table("between_inserts.t").update_schema() as update:
            update.add_column("c", IntegerType())
        with pytest.raises(pymysql.MySQLError, match="(?i)column count"):
            run_sql(connection, f"insert into {lake}.between_inserts.t values (4, 'w')")
        run_sql(connection, f"insert into {lake}.between_inserts.t values (4, 'w', 5)")
        with catalog.load_table("between_inserts.t").update_schema() as update:
            update.add_column("d", IntegerType())
        run_sql(connection, f"insert into {lake}.between_inserts.t (a, c, d) values (5, 6, 7)")
        assert run_sql(connection, f"select a, c, d from {lake}.between_inserts.t where a > 3 order by a") == [
            (4, 5, None), (5, 6, 7)]
        # The whole table.
        catalog.drop_table("between_inserts.t", purge_requested=True)
        with pytest.raises(pymysql.MySQLError) as caught:
            run_sql(connection, f"insert into {lake}.between_inserts.t values (1, 'x', 1, 1)")
        assert caught.value.args[0] == 1146
        run_sql(connection, f"create table {lake}.between_inserts.t (a int)")
        run_sql(connection, f"insert into {lake}.between_inserts.t values (1)")
        assert run_sql(connection, f"select * from {lake}.between_inserts.t") == [(1,)]


def test_writers_of_another_engine_race_with_shared_snapshots(server, account, lake):
    """PyIceberg appends all the while; conflicts are Firn's to rebase, and no statement sees one."""
    import pyarrow
    from pyiceberg.exceptions import CommitFailedException

    with server.sql() as connection:
        run_sql(connection, f"create database {lake}.race")
        run_sql(connection, f"create table {lake}.race.t (client int, n int)")
    failures, acknowledged = [], set()
    stop = threading.Event()

    def statements(client: int):
        try:
            with server.sql() as connection:
                for n in range(10):
                    run_sql(connection, f"insert into {lake}.race.t values ({client}, {n})")
                    acknowledged.add((client, n))
        except Exception as error:  # Collected and shown by the assertion below.
            failures.append(f"client {client}: {error}")

    def foreign(client: int):
        table = account.pyiceberg().load_table("race.t")
        n = 0
        while not stop.is_set():
            try:
                table.append(pyarrow.table({"client": pyarrow.array([client], pyarrow.int32()),
                                            "n": pyarrow.array([n], pyarrow.int32())}))
                acknowledged.add((client, n))
                n += 1
            except CommitFailedException:
                table = account.pyiceberg().load_table("race.t")  # It lost; it tries the same row again.

    clients = [threading.Thread(target=statements, args=(client,)) for client in range(8)]
    others = [threading.Thread(target=foreign, args=(100,))]
    for thread in clients + others:
        thread.start()
    for thread in clients:
        thread.join()
    stop.set()
    for thread in others:
        thread.join()
    assert not failures, failures
    with server.sql() as connection:
        rows = run_sql(connection, f"select client, n from {lake}.race.t")
    assert len(rows) == len(set(rows)), "a row is there twice"
    assert acknowledged == set(rows), "what was acknowledged is not what is there"
    assert any(client == 100 for client, _ in rows), "nobody raced"


def test_a_label_outlives_the_engine_and_binds_other_engines(own_server):
    server = own_server().start()
    account = Account(server)
    with server.sql() as connection:
        run_sql(connection, account.create_catalog_statement("lake"))
        run_sql(connection, "create database lake.db")
        run_sql(connection, "create table lake.db.t (a int)")
        run_sql(connection, "insert into lake.db.t with label once values (1)")
    server.kill()
    server.start()
    with server.sql() as connection:
        run_sql(connection, "drop catalog lake")
        run_sql(connection, account.create_catalog_statement("lake"))
        # A second catalog is another engine as far as what it has seen goes.
        run_sql(connection, account.create_catalog_statement("other"))
        run_sql(connection, "insert into other.db.t values (2)")
        run_sql(connection, "insert into lake.db.t with label twice values (3)")
        for catalog, label in (("lake", "once"), ("other", "once"), ("other", "twice"), ("lake", "twice")):
            with pytest.raises(pymysql.MySQLError, match="has already been used") as caught:
                run_sql(connection, f"insert into {catalog}.db.t with label {label} values (4)")
            assert caught.value.args[0] == 1064
        assert run_sql(connection, "select a from lake.db.t order by a") == [(1,), (2,), (3,)]
    server.stop()


def test_of_many_clients_with_one_label_one_writes(server, account, lake):
    with server.sql() as connection:
        run_sql(connection, f"create database {lake}.one")
        run_sql(connection, f"create table {lake}.one.t (a int)")
        run_sql(connection, account.create_catalog_statement("second_engine"))
    outcomes = []

    def work(client: int):
        try:
            with server.sql() as connection:
                catalog = lake if client % 2 else "second_engine"
                run_sql(connection, f"insert into {catalog}.one.t with label the_one values ({client})")
                outcomes.append("written")
        except pymysql.MySQLError as error:
            outcomes.append("used" if "has already been used" in str(error) else str(error))

    threads = [threading.Thread(target=work, args=(client,)) for client in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["used"] * 15 + ["written"]
    with server.sql() as connection:
        assert run_sql(connection, f"select count(*) from {lake}.one.t") == [(1,)]
        run_sql(connection, "drop catalog second_engine")
