"""Runs every .test file below this folder; see sqllogic.py for their dialect."""

import pathlib
import re

import pytest

import sqllogic
from firn_server import run_sql

FOLDER = pathlib.Path(__file__).parent
FILES = sorted(FOLDER.rglob("*.test"))


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


@pytest.mark.parametrize("path", FILES, ids=[str(f.relative_to(FOLDER).with_suffix("")) for f in FILES])
def test_sql_file(path, database, lake):
    connection, name = database
    reason = sqllogic.Runner(connection, {"catalog": lake, "database": name}).run(path)
    connection.close()
    if reason:
        pytest.skip(reason)
