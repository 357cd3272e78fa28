"""enable_profile, SHOW PROFILELIST, ANALYZE PROFILE: what a statement took, afterwards and for its own user."""

import re

import pymysql
import pytest

from firn_server import run_sql


@pytest.fixture(scope="module")
def table(server, warehouse):
    with server.sql() as connection:
        run_sql(connection, f"create database if not exists {warehouse}.profiled")
        run_sql(connection, f"create table {warehouse}.profiled.t (n bigint)")
        run_sql(connection, f"insert into {warehouse}.profiled.t values (1), (2), (3)")
    return f"{warehouse}.profiled.t"


def last_id(connection) -> str:
    return run_sql(connection, "select last_query_id()")[0][0]


def profile(connection, query_id: str) -> str:
    return "\n".join(line for (line,) in run_sql(connection, f"analyze profile from '{query_id}'"))


def test_a_query_tells_what_it_took(server, table):
    with server.sql() as connection:
        run_sql(connection, "select 1")
        without = last_id(connection)
        run_sql(connection, "set enable_profile = true")
        run_sql(connection, f"select * from {table} where n > 1")
        query_id = last_id(connection)
        text = profile(connection, query_id)
        for part in (query_id, "Query State: Finished", "Rows: 2", "User: root", "where n > 1", "FilesRead: 1", "PLAN FRAGMENT 0"):
            assert part in text, text
        assert re.search(r"BytesRead: [1-9]", text), text
        listed = run_sql(connection, "show profilelist")
        row = next(row for row in listed if row[0] == query_id)
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row[1]) and re.fullmatch(r"(\d+s)?\d+ms", row[2]), row
        assert row[3] == "Finished" and without not in [row[0] for row in listed]
        assert len(run_sql(connection, "show profilelist limit 1")) == 1
        with pytest.raises(pymysql.Error, match="no profile.*enable_profile"):
            profile(connection, without)


def test_failures_writes_and_hints_leave_one(server, table):
    with server.sql() as connection:
        run_sql(connection, f"select /*+ SET_VAR(enable_profile = true) */ count(*) from {table}")
        assert "Rows: 1" in profile(connection, last_id(connection))
        run_sql(connection, "set enable_profile = true")
        run_sql(connection, f"insert into {table} values (4)")
        assert "insert into" in profile(connection, last_id(connection))
        with pytest.raises(pymysql.Error):
            run_sql(connection, f"select nowhere from {table}")
        assert "Query State: Error" in profile(connection, last_id(connection))


def test_others_see_their_own_and_no_secret(server, table):
    with server.sql() as connection:
        run_sql(connection, "drop user if exists profiled")
        run_sql(connection, "create user profiled identified by 'p'")
        run_sql(connection, "set enable_profile = true")
        run_sql(connection, f"select * from {table} where n = 1")
        query_id = last_id(connection)
    with server.sql(user="profiled", password="p") as other:
        with pytest.raises(pymysql.Error, match="no profile"):
            profile(other, query_id)
        assert query_id not in [row[0] for row in run_sql(other, "show profilelist")]
        run_sql(other, "set enable_profile = true")
        run_sql(other, "select 1")
        own = last_id(other)
        assert "User: profiled" in profile(other, own)
    with server.sql() as connection:
        assert "User: profiled" in profile(connection, own)


def test_only_the_last_hundred_are_kept(server):
    with server.sql() as connection:
        run_sql(connection, "set enable_profile = true")
        for number in range(120):
            run_sql(connection, f"select {number}")
        assert len(run_sql(connection, "show profilelist")) == 100
