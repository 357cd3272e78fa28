"""Eight clients inserting at once into one table lose nothing and see no conflict."""

import threading

from firn_server import run_sql

WRITERS = 8
STATEMENTS_A_WRITER = 10


def test_eight_clients_insert_at_once(server, account, lake):
    with server.sql() as connection:
        run_sql(connection, f"create database {lake}.crowd")
        run_sql(connection, f"create table {lake}.crowd.t (writer int, n int) partition by (writer)")
    failures = []

    def work(writer: int):
        try:
            with server.sql() as connection:
                run_sql(connection, f"use {lake}.crowd")
                for n in range(STATEMENTS_A_WRITER):
                    run_sql(connection, f"insert into t values ({writer}, {n}), ({writer}, {n + 1000})")
        except Exception as error:  # Collected and shown by the assertion below.
            failures.append(f"writer {writer}: {error}")

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures

    expected = {(w, n + extra) for w in range(WRITERS) for n in range(STATEMENTS_A_WRITER) for extra in (0, 1000)}
    with server.sql() as connection:
        rows = run_sql(connection, f"select writer, n from {lake}.crowd.t")
    assert len(rows) == len(expected) and set(rows) == expected

    table = account.pyiceberg().load_table("crowd.t")
    assert table.scan().to_arrow().num_rows == len(expected)
    snapshots = sorted(table.metadata.snapshots, key=lambda s: s.sequence_number)
    total = 0
    for snapshot in snapshots:
        total += int(snapshot.summary["added-records"])
        assert int(snapshot.summary["total-records"]) == total
        assert len(snapshot.manifests(table.io)) == int(snapshots.index(snapshot)) + 1
    parents = [s.parent_snapshot_id for s in snapshots]
    assert parents == [None, *[s.snapshot_id for s in snapshots[:-1]]], "the history is not a chain"
    assert total == len(expected)
