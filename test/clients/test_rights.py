"""Roles as two users meet them: given, made active, taken away, kept over a restart; and the log of what both did."""

import json

import pymysql
import pytest

from firn_server import Account, run_sql

PASSWORD = "a long password"


@pytest.fixture()
def rooted(own_server):
    server = own_server().start()
    server.lake_statement = Account(server).create_catalog_statement("lake")
    with server.sql() as root:
        run_sql(root, server.lake_statement)
        run_sql(root, "SET CATALOG lake")
        run_sql(root, "CREATE DATABASE db")
        run_sql(root, "CREATE TABLE db.t (a int)")
        run_sql(root, "INSERT INTO db.t VALUES (1)")
        run_sql(root, f"CREATE USER ann IDENTIFIED BY '{PASSWORD}'")
        run_sql(root, "CREATE ROLE reader, writer")
        run_sql(root, "GRANT USAGE ON CATALOG lake TO ROLE reader")
        run_sql(root, "GRANT SELECT ON ALL TABLES IN DATABASE db TO ROLE reader")
        run_sql(root, "GRANT INSERT ON ALL TABLES IN DATABASE db TO ROLE writer")
        run_sql(root, "GRANT reader, writer TO ann")
        yield server, root


def number_of(connection, statement):
    try:
        run_sql(connection, statement)
    except pymysql.MySQLError as error:
        return error.args[0]
    return 0


def as_ann(server):
    return server.sql(user="ann", password=PASSWORD)


def test_a_role_counts_when_it_is_active(rooted):
    server, root = rooted
    with as_ann(server) as ann:
        assert run_sql(ann, "SELECT current_role()") == [("NONE",)]
        with pytest.raises(pymysql.MySQLError, match=r"Current role\(s\): NONE. Inactivated role\(s\): \[reader, writer\]"):
            run_sql(ann, "SELECT * FROM lake.db.t")
        run_sql(ann, "SET ROLE reader")
        assert run_sql(ann, "SELECT current_role()") == [("reader",)]
        assert run_sql(ann, "SELECT * FROM lake.db.t") == [(1,)]
        assert number_of(ann, "INSERT INTO lake.db.t VALUES (2)") == 5203
        run_sql(ann, "SET ROLE ALL")
        assert run_sql(ann, "SELECT current_role()") == [("reader, writer",)]
        assert number_of(ann, "INSERT INTO lake.db.t VALUES (2)") == 0
        run_sql(ann, "SET ROLE ALL EXCEPT reader")
        assert number_of(ann, "SELECT * FROM lake.db.t") == 5203
        run_sql(ann, "SET DEFAULT ROLE reader TO CURRENT_USER()")
        run_sql(ann, "SET ROLE DEFAULT")
        assert number_of(ann, "SELECT * FROM lake.db.t") == 0
        run_sql(root, "REVOKE reader FROM ann")  # Holds for the next statement of a session that is there.
        assert number_of(ann, "SELECT * FROM lake.db.t") == 5203


def test_default_roles_and_rights_are_kept_over_a_restart(rooted):
    server, root = rooted
    run_sql(root, "ALTER USER ann DEFAULT ROLE ALL")
    run_sql(root, "ALTER USER ann SET PROPERTIES ('session.query_timeout' = '77')")
    grants = run_sql(root, "SHOW GRANTS FOR ROLE reader")
    server.stop()
    server.start()
    with server.sql() as again:
        assert run_sql(again, "SHOW GRANTS FOR ROLE reader") == grants
        assert run_sql(again, "SHOW PROPERTY FOR ann") == [("session.query_timeout", "77")]
    with as_ann(server) as ann:
        assert run_sql(ann, "SELECT current_role(), @@query_timeout") == [("reader, writer", 77)]
        run_sql(ann, "SET CATALOG lake")
        assert run_sql(ann, "SHOW GRANTS FOR CURRENT_USER()") == [
            ("GRANT USAGE ON *.* TO `ann`@`%`",), ("GRANT SELECT, INSERT ON `db`.* TO `ann`@`%`",)]
        assert run_sql(ann, "SELECT role_name, is_default FROM information_schema.applicable_roles ORDER BY 1") == [
            ("reader", "YES"), ("writer", "YES")]


def test_a_catalog_of_the_same_name_is_another_one(rooted):
    server, root = rooted
    run_sql(root, "ALTER USER ann DEFAULT ROLE ALL")
    run_sql(root, "DROP CATALOG lake")
    run_sql(root, server.lake_statement)
    with as_ann(server) as ann:
        assert number_of(ann, "SELECT * FROM lake.db.t") == 5203
    with server.sql() as again:
        assert run_sql(again, "SHOW GRANTS FOR ROLE reader") == []


def logged(server):
    return [json.loads(line) for line in (server.data_folder / "engine/fe.audit.log").read_text().splitlines()]


def test_every_statement_is_logged_and_no_secret(rooted):
    server, root = rooted
    with as_ann(server) as ann:
        run_sql(ann, "SELECT 1 UNION ALL SELECT 2")
        assert number_of(ann, f"CREATE USER bob IDENTIFIED BY '{PASSWORD}' AND MORE") == 1064
        assert number_of(ann, "SELECT * FROM lake.db.t") == 5203
        assert number_of(ann, "INSERT INTO lake.db.t VALUES (7)") == 5203
    lines = logged(server)
    text = (server.data_folder / "engine/fe.audit.log").read_text()
    assert PASSWORD not in text
    assert not any(key in text for key in server.lake_statement.split('"') if len(key) == 40)
    mine = [line for line in lines if line["User"] == "ann"]
    union = next(line for line in mine if line["Stmt"].startswith("SELECT 1 UNION"))
    assert (union["State"], union["ReturnRows"], union["IsQuery"]) == ("EOF", 2, True)
    assert union["AuthorizedUser"] == "'ann'@'%'" and union["Catalog"] == "default_catalog"
    assert union["QueryId"] and union["Time"] >= 0 and union["Client"].startswith("127.0.0.1")
    denied = [line for line in mine if line["State"] == "ERR"]
    assert [line["ErrorCode"] for line in denied] == ["SyntaxError", "AccessDenied", "AccessDenied"]
    assert "INSERT privilege(s) on TABLE t" in denied[2]["ErrorMsg"]
    assert {"CreateUser", "CREATE USER"} & {line["StmtType"] for line in lines}


def test_the_log_is_off_when_told_so(own_server):
    server = own_server("--without-statement-log").start()
    with server.sql() as root:
        run_sql(root, "SELECT 1")
    assert not (server.data_folder / "engine/fe.audit.log").exists()


def test_a_folder_from_before_there_were_rights(rooted):
    """Its users keep their passwords and hold nothing; root gives one back what he had."""
    server, root = rooted
    run_sql(root, "ALTER USER ann DEFAULT ROLE ALL")
    server.wanted_aws_port = server.ready["aws_port"]
    server.stop()
    (server.data_folder / "engine/rights.json").unlink()
    server.start()
    with server.sql() as again, as_ann(server) as ann:
        assert number_of(ann, "SELECT * FROM lake.db.t") == 5203
        assert run_sql(ann, "SHOW CATALOGS")[0][0] == "default_catalog"
        run_sql(again, "GRANT db_admin TO ann")
        run_sql(ann, "SET ROLE db_admin")
        assert run_sql(ann, "SELECT * FROM lake.db.t") == [(1,)]


def test_a_broken_file_of_rights_opens_nothing(rooted):
    server, _ = rooted
    server.stop()
    (server.data_folder / "engine/rights.json").write_text('{"roles": [], "users"')
    with pytest.raises(RuntimeError, match="rights.json cannot be read"):
        server.start()
