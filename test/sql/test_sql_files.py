"""Runs every .test file below this folder; see sqllogic.py for their dialect.

Three times: as text; with every query sent as PREPARE and EXECUTE; and once more what the files' last queries answer, after
the server was stopped and started again on the same data. The third is `long`: it runs all files on a server of its own.
"""

import pathlib
import re

import pytest

import sqllogic
from firn_server import Account, run_sql

FOLDER = pathlib.Path(__file__).parent
FILES = sorted(FOLDER.rglob("*.test"))
IDS = [str(f.relative_to(FOLDER).with_suffix("")) for f in FILES]
KEPT_IN_SESSIONS = {"session"}


def test_there_are_files():
    assert FILES


@pytest.fixture()
def database(server, lake, request):
    """A database of the file's own, dropped with its tables afterwards."""
    name = "t_" + re.sub(r"[^a-z0-9]", "_", request.node.callspec.id.lower())
    connection = sqllogic.raw_connection(server)
    run_sql(connection, f"SET CATALOG {lake}")
    run_sql(connection, f"CREATE DATABASE {name}")
    run_sql(connection, f"USE {name}")
    yield connection, name
    with server.sql() as cleaner:
        run_sql(cleaner, f"SET CATALOG {lake}")
        for (table,) in run_sql(cleaner, f"SHOW TABLES FROM {name}"):
            run_sql(cleaner, f"DROP TABLE {name}.`{table}` FORCE")
        run_sql(cleaner, f"DROP DATABASE {name}")


@pytest.mark.parametrize("runner", [sqllogic.Runner, sqllogic.PreparedRunner], ids=["as-text", "prepared"])
@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_sql_file(path, runner, database, lake):
    connection, name = database
    reason = runner(connection, {"catalog": lake, "database": name}).run(path)
    connection.close()
    if reason:
        pytest.skip(reason)


def last_queries(path: pathlib.Path) -> list[sqllogic.Record]:
    """The queries after the last statement that may change something, in files that need nothing of their session."""
    records = sqllogic.parse(path)
    if path.parent.name in KEPT_IN_SESSIONS or any(record.kind == "skip" for record in records):
        return []
    last = max((at for at, record in enumerate(records) if sqllogic.may_change(record)), default=-1)
    return [record for record in records[last + 1:] if record.kind == "query"]


@pytest.mark.long
@pytest.mark.timeout(900)
def test_answers_after_a_restart(own_server):
    server = own_server().start()
    with server.sql() as connection:
        run_sql(connection, Account(server).create_catalog_statement("lake"))
    queries = {path: last_queries(path) for path in FILES}
    assert sum(len(found) for found in queries.values()) > 20

    def run(path: pathlib.Path, records: list[sqllogic.Record] | None) -> None:
        name = "r_" + re.sub(r"[^a-z0-9]", "_", str(path.relative_to(FOLDER).with_suffix("")).lower())
        connection = sqllogic.raw_connection(server)
        run_sql(connection, "SET CATALOG lake")
        if records is None:
            run_sql(connection, f"CREATE DATABASE {name}")
        run_sql(connection, f"USE {name}")
        runner = sqllogic.Runner(connection, {"catalog": "lake", "database": name})
        if records is None:
            runner.run(path)
        for record in records or []:
            runner.query(record, f"{path.name}:{record.line} after a restart")
        connection.close()

    for path, found in queries.items():
        if found:
            run(path, None)
    server.stop()
    server.wanted_aws_port = server.ready["aws_port"]  # Where the catalog looks for it.
    server.start()
    for path, found in queries.items():
        run(path, found) if found else None
