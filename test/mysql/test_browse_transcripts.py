"""What tools that need a screen send when they connect and browse, replayed statement by statement (browse_transcripts.txt)."""

import pathlib
import re

import pymysql
import pytest

from firn_server import run_sql

DATABASE, TABLE = "browsed", "orders"
FILE = pathlib.Path(__file__).parent / "browse_transcripts.txt"


def transcripts() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in FILE.read_text().splitlines():
        if heading := re.fullmatch(r"\[(.*)\]", line):
            found[heading[1]] = lines = []
        elif line and not line.startswith("#"):
            lines.append(line)
    return found


@pytest.fixture(scope="module")
def browsed(server, warehouse):
    with server.sql() as connection:
        run_sql(connection, f"create database if not exists {warehouse}.{DATABASE}")
        run_sql(connection, f"create table if not exists {warehouse}.{DATABASE}.{TABLE} (id bigint, name varchar(20), total decimal(9, 2))")
        run_sql(connection, f"create view if not exists {warehouse}.{DATABASE}.named as select name from {warehouse}.{DATABASE}.{TABLE}")
    return warehouse


@pytest.mark.parametrize("tool", transcripts())
def test_replay(server, browsed, tool):
    with server.sql(database=f"{browsed}.{DATABASE}") as connection, connection.cursor() as cursor:
        for line in transcripts()[tool]:
            for name, value in (("catalog", browsed), ("db", DATABASE), ("table", TABLE)):
                line = line.replace("{" + name + "}", value)
            statement, _, column = line.removeprefix("?").partition(" ==> ")
            if line.startswith("@ "):
                connection.select_db(line[2:])
                continue
            try:
                cursor.execute(statement)
            except pymysql.MySQLError as failure:
                assert line.startswith("?"), f"{statement}: {failure}"
                continue
            if column:
                assert column in [one[0] for one in cursor.description], (statement, cursor.description)
