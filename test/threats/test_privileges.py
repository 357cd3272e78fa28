"""Users who try to do, see or become more than they were given, through the MySQL port."""

import base64
import contextlib
import json
import threading
import urllib.error
import urllib.request

import mysql.connector
import pymysql
import pytest

from firn_server import run_sql

PASSWORD = "a long password"


@pytest.fixture(scope="module")
def root(server, lake):
    with server.sql() as connection:
        run_sql(connection, f"SET CATALOG {lake}")
        run_sql(connection, "CREATE DATABASE IF NOT EXISTS rights_db")
        run_sql(connection, "CREATE DATABASE IF NOT EXISTS hidden_db")
        for table in ("rights_db.mine", "rights_db.other", "hidden_db.secret"):
            run_sql(connection, f"CREATE TABLE IF NOT EXISTS {table} (a int)")
            run_sql(connection, f"INSERT INTO {table} VALUES (1), (2)")
        yield connection


@pytest.fixture()
def mallory(server, root, lake):
    """A user who may read and write one table, and nothing else."""
    run_sql(root, "DROP USER IF EXISTS 'mallory'")
    run_sql(root, f"CREATE USER 'mallory' IDENTIFIED BY '{PASSWORD}'")
    run_sql(root, f"GRANT USAGE ON CATALOG {lake} TO 'mallory'")
    run_sql(root, "GRANT SELECT, INSERT ON TABLE rights_db.mine TO 'mallory'")
    with server.sql(user="mallory", password=PASSWORD) as connection:
        run_sql(connection, f"SET CATALOG {lake}")
        yield connection
    run_sql(root, "DROP USER IF EXISTS 'mallory'")


@contextlib.contextmanager
def denied(number: int = 5203):
    with pytest.raises(pymysql.MySQLError) as caught:
        yield caught
    assert caught.value.args[0] == number, caught.value.args
    if number == 5203:
        assert caught.value.args[1].startswith("Access denied; "), caught.value.args


def test_the_words_of_a_denial(mallory):
    with denied() as caught:
        run_sql(mallory, "SELECT * FROM rights_db.other")
    assert caught.value.args[1] == (
        "Access denied; you need (at least one of) the SELECT privilege(s) on TABLE other for this operation. Please ask the "
        "admin to grant permission(s) or try activating existing roles using <set [default] role>. Current role(s): NONE. "
        "Inactivated role(s): NONE.")


def test_what_was_granted_works(mallory):
    run_sql(mallory, "INSERT INTO rights_db.mine VALUES (3)")
    assert run_sql(mallory, "SELECT count(*) > 2 FROM rights_db.mine") == [(1,)]
    assert run_sql(mallory, "SELECT count(*) FROM rights_db.mine$snapshots")[0][0] >= 2
    run_sql(mallory, "USE rights_db")
    assert run_sql(mallory, "DESC mine")[0][0] == "a"


@pytest.mark.parametrize("statement", [
    "SELECT * FROM rights_db.other",
    "SELECT * FROM rights_db.other$files",
    "SELECT * FROM rights_db.other$snapshots",
    "SELECT * FROM rights_db.other FOR VERSION AS OF 1",
    "SELECT (SELECT max(a) FROM rights_db.other)",
    "SELECT * FROM TABLE(table_appends('rights_db.other', 1, 2))",
    "SELECT /*+ SET_USER_VARIABLE(@x = (SELECT max(a) FROM rights_db.other)) */ @x",
    "SET @x = (SELECT max(a) FROM rights_db.other)",
    "SELECT 1 FROM rights_db.mine WHERE a IN (SELECT a FROM hidden_db.secret)",
    "WITH w AS (SELECT * FROM hidden_db.secret) SELECT * FROM w",
    "INSERT INTO rights_db.mine SELECT * FROM hidden_db.secret",
    "INSERT INTO rights_db.other VALUES (9)",
    "INSERT OVERWRITE rights_db.other VALUES (9)",
    "DELETE FROM rights_db.mine WHERE a = 1",
    "UPDATE rights_db.mine SET a = 2 WHERE a = 1",
    "TRUNCATE TABLE rights_db.mine",
    "MERGE INTO rights_db.mine t USING (SELECT 1 a) s ON t.a = s.a WHEN MATCHED THEN DELETE",
    "ALTER TABLE rights_db.mine ADD COLUMN b int",
    "ALTER TABLE rights_db.mine RENAME stolen",
    "ALTER TABLE rights_db.mine EXECUTE expire_snapshots()",
    "DROP TABLE rights_db.mine",
    "DROP TABLE IF EXISTS rights_db.no_such_table",
    "CREATE TABLE rights_db.made (a int)",
    "CREATE TABLE rights_db.made AS SELECT * FROM hidden_db.secret",
    "CREATE TABLE rights_db.made LIKE hidden_db.secret",
    "CREATE DATABASE made_db",
    "DROP DATABASE rights_db",
    "DESC rights_db.other",
    "SHOW CREATE TABLE rights_db.other",
    "SHOW COLUMNS FROM rights_db.other",
    "SHOW PARTITIONS FROM rights_db.other",
    "SHOW DATA FROM rights_db.other",
    "SHOW TABLES FROM hidden_db",
    "SHOW CREATE DATABASE hidden_db",
    "USE hidden_db",
    "EXPLAIN SELECT * FROM rights_db.other",
    "EXPLAIN ANALYZE SELECT * FROM rights_db.other",
    "EXPLAIN DELETE FROM rights_db.mine WHERE a = 1",
    "REFRESH EXTERNAL TABLE rights_db.mine",
    "ANALYZE TABLE rights_db.other",
    "DROP CATALOG lake",
    "ALTER CATALOG lake SET ('iceberg_table_cache_ttl_sec' = '1')",
    "CREATE EXTERNAL CATALOG made PROPERTIES ('type' = 'iceberg')",
    "CALL lake.system.register_table('rights_db', 'made', 's3://b/k.metadata.json')",
    "SET GLOBAL query_timeout = 1",
    "SHOW USERS",
    "SHOW ROLES",
    "SHOW ALL AUTHENTICATION",
    "SHOW FRONTENDS",
    "SHOW COMPUTE NODES",
    "SHOW GRANTS FOR root",
    "SHOW PROPERTY FOR root",
    "SELECT * FROM no_such_catalog.d.t",
    "SET CATALOG no_such_catalog",
])
def test_what_was_not_granted_is_denied(mallory, statement):
    with denied():
        run_sql(mallory, statement)


def test_what_was_not_granted_is_denied_when_it_is_prepared(mallory):
    run_sql(mallory, "PREPARE p FROM 'SELECT * FROM rights_db.other'")
    with denied():
        run_sql(mallory, "EXECUTE p")


@pytest.mark.parametrize("statement", [
    "GRANT SELECT ON TABLE rights_db.mine TO 'mallory' WITH GRANT OPTION",
    "GRANT SELECT ON TABLE hidden_db.secret TO 'mallory'",
    "GRANT SELECT ON ALL TABLES IN ALL DATABASES TO 'mallory'",
    "GRANT ALL ON ALL CATALOGS TO 'mallory'",
    "GRANT GRANT ON SYSTEM TO 'mallory'",
    "GRANT OPERATE ON SYSTEM TO ROLE public",
    "GRANT IMPERSONATE ON USER root TO 'mallory'",
    "GRANT root TO 'mallory'",
    "GRANT db_admin TO 'mallory'",
    "GRANT user_admin TO 'mallory'",
    "REVOKE SELECT ON TABLE rights_db.mine FROM 'mallory'",
    "REVOKE root FROM root",
    "CREATE ROLE made",
    "DROP ROLE db_admin",
    "CREATE USER 'accomplice'",
    "CREATE USER 'root'@'127.0.0.1' IDENTIFIED BY 'x'",
    "ALTER USER root IDENTIFIED BY 'x'",
    "SET PASSWORD FOR root = PASSWORD('x')",
    "DROP USER root",
    "ALTER USER 'mallory' SET PROPERTIES ('max_user_connections' = '1000')",
    "SET PROPERTY 'max_user_connections' = '1000'",
    "SET PROPERTY FOR 'mallory' 'session.query_timeout' = '100000'",
    "SET DEFAULT ROLE ALL TO root",
])
def test_nobody_gives_himself_rights(mallory, root, statement):
    before = run_sql(root, "SHOW GRANTS FOR 'mallory'")
    with denied():
        run_sql(mallory, statement)
    assert run_sql(root, "SHOW GRANTS FOR 'mallory'") == before


@pytest.mark.parametrize("statement", ["SET ROLE root", "SET ROLE db_admin", "SET DEFAULT ROLE root TO 'mallory'"])
def test_a_role_that_was_not_given_cannot_be_taken(mallory, statement):
    with denied(1064) as caught:
        run_sql(mallory, statement)
    assert "is not granted to 'mallory'@'%'" in caught.value.args[1]


def test_the_lists_show_what_may_be_seen_and_no_more(mallory, root, lake):
    run_sql(root, f"GRANT SELECT ON TABLE {lake}.rights_db.mine TO 'mallory'")
    assert ("hidden_db",) not in run_sql(mallory, "SHOW DATABASES")
    assert ("rights_db",) in run_sql(mallory, "SHOW DATABASES")
    assert run_sql(mallory, "SHOW TABLES FROM rights_db") == [("mine",)]
    for table, column in (("tables", "table_schema"), ("columns", "table_schema"), ("schemata", "schema_name")):
        found = {row[0] for row in run_sql(mallory, f"SELECT {column} FROM information_schema.{table}")}
        assert "rights_db" in found and "hidden_db" not in found, table
    assert run_sql(mallory, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'rights_db'") == [("mine",)]
    run_sql(root, f"REVOKE USAGE ON CATALOG {lake} FROM 'mallory'")
    assert run_sql(mallory, "SHOW CATALOGS")[0][0] == "default_catalog"
    assert len(run_sql(mallory, "SHOW CATALOGS")) == 1


def test_a_suggestion_names_nothing_hidden(mallory, root):
    run_sql(root, "GRANT SELECT ON ALL TABLES IN DATABASE rights_db TO 'mallory'")
    run_sql(root, "GRANT DROP ON TABLE hidden_db.sekret TO 'mallory'")
    with denied(1146) as caught:
        run_sql(mallory, "DROP TABLE hidden_db.sekret")
    assert "'secret'" not in caught.value.args[1]


def test_the_grant_option_reaches_as_far_as_it_was_given(mallory, root, server):
    run_sql(root, "DROP USER IF EXISTS 'friend'")
    run_sql(root, f"CREATE USER 'friend' IDENTIFIED BY '{PASSWORD}'")
    run_sql(root, "GRANT SELECT ON TABLE rights_db.mine TO 'mallory' WITH GRANT OPTION")
    run_sql(mallory, "GRANT SELECT ON TABLE rights_db.mine TO 'friend'")
    for statement in ("GRANT INSERT ON TABLE rights_db.mine TO 'friend'",
                      "GRANT SELECT ON TABLE rights_db.other TO 'friend'",
                      "GRANT SELECT ON ALL TABLES IN DATABASE rights_db TO 'friend'"):
        with denied():
            run_sql(mallory, statement)
    with server.sql(user="friend", password=PASSWORD) as friend:
        assert run_sql(friend, "SELECT count(*) > 0 FROM lake.rights_db.mine") == [(1,)]
        run_sql(root, "REVOKE SELECT ON TABLE rights_db.mine FROM 'friend'")
        with denied():
            run_sql(friend, "SELECT * FROM lake.rights_db.mine")
    run_sql(root, "DROP USER 'friend'")


def test_who_looks_after_users_does_not_become_root(mallory, root, server):
    run_sql(root, "GRANT user_admin TO 'mallory'")
    run_sql(root, "DROP USER IF EXISTS 'deputy'")
    run_sql(root, "CREATE USER 'deputy' DEFAULT ROLE 'root'")
    run_sql(mallory, "SET ROLE user_admin")
    run_sql(mallory, "CREATE USER 'made_by_mallory' IDENTIFIED BY 'x'")
    for statement in ("GRANT root TO 'mallory'", "REVOKE root FROM 'deputy'", "ALTER USER root IDENTIFIED BY 'x'",
                      "ALTER USER 'deputy' IDENTIFIED BY 'x'", "SET PASSWORD FOR 'deputy' = PASSWORD('x')",
                      "DROP USER 'deputy'", "CREATE USER 'root'@'127.0.0.1' IDENTIFIED BY 'x'",
                      "CREATE USER 'x' DEFAULT ROLE 'root'", "SET DEFAULT ROLE NONE TO 'deputy'",
                      "ALTER USER 'deputy' SET PROPERTIES ('max_user_connections' = '1')"):
        with denied():
            run_sql(mallory, statement)
    run_sql(root, "CREATE ROLE IF NOT EXISTS wrapped_root")
    run_sql(root, "GRANT root TO ROLE wrapped_root")
    for statement in ("GRANT wrapped_root TO 'mallory'", "DROP ROLE wrapped_root"):
        with denied():
            run_sql(mallory, statement)
    run_sql(root, "DROP ROLE wrapped_root")
    run_sql(mallory, "DROP USER 'made_by_mallory'")
    run_sql(root, "DROP USER 'deputy'")


def test_a_rename_is_no_way_to_read(mallory, root, lake):
    run_sql(root, "GRANT ALTER, DROP ON TABLE rights_db.other TO 'mallory'")
    run_sql(root, "GRANT CREATE TABLE ON DATABASE rights_db TO 'mallory'")
    run_sql(root, "GRANT SELECT ON TABLE rights_db.free_name TO 'mallory'")
    with denied() as caught:
        run_sql(mallory, "ALTER TABLE rights_db.other RENAME free_name")
    assert "SELECT" in caught.value.args[1]


def test_a_file_named_by_hand_is_no_way_to_read(mallory, root):
    run_sql(root, "GRANT CREATE TABLE ON DATABASE rights_db TO 'mallory'")
    run_sql(root, "GRANT ALTER ON TABLE rights_db.mine TO 'mallory'")
    for statement in ("CALL lake.system.register_table('rights_db', 'made', 's3://b/k.metadata.json')",
                      "ALTER TABLE rights_db.mine EXECUTE add_files(location = 's3://b/hidden')"):
        with denied() as caught:
            run_sql(mallory, statement)
        assert "ALL TABLES" in caught.value.args[1]


def test_a_view_shows_nothing_its_reader_may_not_read(mallory, root):
    run_sql(root, "GRANT CREATE VIEW ON DATABASE rights_db TO 'mallory'")
    with denied():
        run_sql(mallory, "CREATE VIEW rights_db.peephole AS SELECT * FROM hidden_db.secret")


def test_what_a_dropped_user_had_does_not_come_back(mallory, root, server):
    run_sql(root, "DROP USER 'mallory'")
    with denied():  # The session that is still there.
        run_sql(mallory, "SELECT * FROM rights_db.mine")
    run_sql(root, f"CREATE USER 'mallory' IDENTIFIED BY '{PASSWORD}'")
    assert run_sql(root, "SHOW GRANTS FOR 'mallory'") == []
    with denied():
        run_sql(mallory, "SELECT * FROM rights_db.mine")


def test_nobody_kills_anothers_connection(mallory, root):
    with denied(1095):
        run_sql(mallory, f"KILL {root.thread_id()}")
    run_sql(root, "GRANT OPERATE ON SYSTEM TO 'mallory'")
    with denied(1094):
        run_sql(mallory, "KILL QUERY 4000000000")


def test_others_statements_are_not_shown(mallory, root):
    assert {row[2] for row in run_sql(mallory, "SHOW FULL PROCESSLIST")} == {"mallory"}
    run_sql(root, "GRANT OPERATE ON SYSTEM TO 'mallory'")
    assert {"mallory", "root"} <= {row[2] for row in run_sql(mallory, "SHOW FULL PROCESSLIST")}


def test_limits_of_a_user_hold_against_himself(mallory, root, server):
    run_sql(root, "ALTER USER 'mallory' SET PROPERTIES ('max_user_connections' = '2', 'session.query_timeout' = '1', "
                  "'firn.max_running_statements' = '1')")
    with server.sql(user="mallory", password=PASSWORD) as second:
        with pytest.raises(pymysql.MySQLError) as caught:
            server.sql(user="mallory", password=PASSWORD)
        assert caught.value.args[0] == 1203 and "max_user_connections is 2" in caught.value.args[1]
        assert run_sql(second, "SELECT @@query_timeout") == [(1,)]
        run_sql(second, "SET query_timeout = 1000")  # His own variable, under the property's ceiling.
        with pytest.raises(pymysql.MySQLError) as caught:
            run_sql(second, "SELECT sleep(5)")
        assert caught.value.args[0] == 3024, caught.value.args
    with server.sql(user="mallory", password=PASSWORD) as third:
        assert run_sql(third, "SELECT 1") == [(1,)]


def test_running_statements_of_a_user_are_counted(mallory, root, server):
    run_sql(root, "SET PROPERTY FOR 'mallory' 'firn.max_running_statements' = '1'")
    with server.sql(user="mallory", password=PASSWORD) as second:

        def sleep():
            while True:  # The other one may have the turn just now.
                with contextlib.suppress(pymysql.MySQLError):
                    return run_sql(second, "SELECT sleep(2)")

        slow = threading.Thread(target=sleep)
        slow.start()
        numbers = set()
        while slow.is_alive():
            try:
                run_sql(mallory, "SELECT 1")
            except pymysql.MySQLError as error:
                numbers.add(error.args[0])
                assert "firn.max_running_statements" in error.args[1]
        slow.join()
        assert numbers == {1226}
        assert run_sql(mallory, "SELECT 1") == [(1,)]


def test_the_http_face_asks_the_same(mallory, server, lake):
    def post(query: str) -> tuple[int, str]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{server.ready['http_port']}/api/v1/catalogs/{lake}/databases/rights_db/sql",
            data=json.dumps({"query": query}).encode(),
            headers={"Authorization": "Basic " + base64.b64encode(f"mallory:{PASSWORD}".encode()).decode(),
                     "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    assert post("SELECT count(*) FROM mine;")[0] == 200
    status, body = post("SELECT * FROM other;")
    assert status == 403 and "SELECT privilege(s) on TABLE other" in body


def test_rights_go_with_the_user_of_a_connection(mallory, root, server, lake):
    connection = mysql.connector.connect(host="127.0.0.1", port=server.mysql_port, user="root", password="")
    with contextlib.closing(connection):
        cursor = connection.cursor()
        cursor.execute(f"SELECT count(*) > 0 FROM {lake}.hidden_db.secret")
        assert cursor.fetchall() == [(1,)]
        connection.cmd_change_user(username="mallory", password=PASSWORD)
        for prepared in (False, True):
            with contextlib.closing(connection.cursor(prepared=prepared)) as cursor:
                with pytest.raises(mysql.connector.Error) as caught:
                    cursor.execute(f"SELECT count(*) FROM {lake}.hidden_db.secret")
                assert caught.value.errno == 5203
