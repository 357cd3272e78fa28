"""Views over the full Iceberg REST face: StarRocks' statements, other engines' views, and what is refused."""

import json
import urllib.parse
import urllib.request

import pymysql
import pytest
from pyiceberg.catalog import load_catalog

from firn_server import run_sql


@pytest.fixture(scope="module")
def catalog(server):
    """A catalog with views, a database and a table of three rows."""
    with server.sql() as connection:
        run_sql(connection, server.warehouse_catalog_statement("views"))
        run_sql(connection, "CREATE DATABASE views.db")
        run_sql(connection, "CREATE TABLE views.db.t (n BIGINT, s STRING)")
        run_sql(connection, "INSERT INTO views.db.t VALUES (1, 'a'), (2, 'b'), (3, NULL)")
    return "views"


@pytest.fixture()
def sql(server, catalog):
    """A connection in the database; its views are gone afterwards."""
    with server.sql() as connection:
        run_sql(connection, f"SET CATALOG {catalog}")
        run_sql(connection, "USE db")
        yield lambda text: run_sql(connection, text)
        for (view,) in run_sql(connection, "SHOW VIEWS FROM db"):
            run_sql(connection, f"DROP VIEW db.`{view}`")


def refused(sql, statement: str) -> str:
    with pytest.raises(pymysql.Error) as error:
        sql(statement)
    return str(error.value)


@pytest.fixture(scope="module")
def pyiceberg(server):
    key, secret = server.root_key()
    return load_catalog("views", type="rest", uri=f"{server.aws_endpoint}/iceberg", warehouse="warehouse",
                        credential=f"{key}:{secret}", **{"oauth2-server-uri": f"{server.aws_endpoint}/iceberg/v1/oauth/tokens"})


def send(server, method: str, path: str, body: dict | None = None) -> dict:
    """One request of the REST protocol, as an engine without a Python client would send it."""
    key, secret = server.root_key()
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": key, "client_secret": secret,
                                   "scope": "catalog"}).encode()
    with urllib.request.urlopen(f"{server.aws_endpoint}/iceberg/v1/oauth/tokens", form) as answer:
        token = json.loads(answer.read())["access_token"]
    request = urllib.request.Request(
        f"{server.aws_endpoint}/iceberg/v1/warehouse/{path}", None if body is None else json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"{}")


def test_a_view_is_created_read_shown_and_dropped(sql, pyiceberg, server):
    sql("""CREATE VIEW v (number COMMENT "the n", text) COMMENT "two of them" AS SELECT n, s FROM t WHERE n < 3""")
    assert sql("SELECT * FROM v ORDER BY number DESC") == [(2, "b"), (1, "a")]
    assert sql("SELECT x.text, count(*) FROM v x JOIN t ON x.number = t.n GROUP BY 1 ORDER BY 1") == [("a", 1), ("b", 1)]
    assert sql("SELECT db.v.number, views.db.v.text FROM views.db.v WHERE v.number = 1") == [(1, "a")]
    assert sql("WITH v AS (SELECT 7 AS number) SELECT * FROM v") == [(7,)]
    assert sql("SHOW FULL TABLES") == [("t", "BASE TABLE"), ("v", "VIEW")]
    assert sql("DESC v") == [("number", "BIGINT", "Yes", "false", None, "", "the n"),
                             ("text", "VARCHAR(1073741824)", "Yes", "false", None, "", "")]
    name, text, *_ = sql("SHOW CREATE VIEW v")[0]
    assert name == "v" and text == (
        'CREATE VIEW `v` (`number` COMMENT "the n", `text`)\nCOMMENT "two of them"\nAS SELECT n, s FROM t WHERE n < 3;')
    assert sql("SHOW CREATE TABLE v") == [("v", text)]
    assert sql("SELECT TABLE_NAME, VIEW_DEFINITION FROM information_schema.views") == [
        ("v", "SELECT n, s FROM t WHERE n < 3")]
    assert sql("SELECT COLUMN_NAME FROM information_schema.columns WHERE TABLE_NAME = 'v' ORDER BY 1") == [
        ("number",), ("text",)]
    assert pyiceberg.list_views(("db",)) == [("db", "v")]
    metadata = send(server, "GET", "namespaces/db/views/v")["metadata"]
    version = metadata["versions"][0]
    assert version["representations"] == [
        {"type": "sql", "sql": "SELECT n, s FROM t WHERE n < 3", "dialect": "starrocks"}]
    assert (version["default-catalog"], version["default-namespace"]) == ("views", ["db"])
    assert version["summary"]["engine-name"] == "firn"
    assert [field["name"] for field in metadata["schemas"][0]["fields"]] == ["number", "text"]
    sql("DROP VIEW v")
    assert "Unknown table" in refused(sql, "SELECT * FROM v")
    sql("DROP VIEW IF EXISTS v")
    assert pyiceberg.list_views(("db",)) == []


def test_replacing_keeps_the_history_and_the_place_of_names(sql, server):
    sql("CREATE VIEW v AS SELECT n FROM t")
    sql("CREATE VIEW IF NOT EXISTS v AS SELECT s FROM t")
    assert sql("SELECT sum(n) FROM v") == [(6,)]
    sql("CREATE OR REPLACE VIEW v AS SELECT s FROM t")
    sql("ALTER VIEW v AS SELECT n + 1 AS m FROM t")
    sql('ALTER VIEW v SET ("owner" = "me")')
    assert sql("SELECT m FROM v ORDER BY m") == [(2,), (3,), (4,)]
    metadata = send(server, "GET", "namespaces/db/views/v")["metadata"]
    assert len(metadata["version-log"]) == 3 and metadata["properties"]["owner"] == "me"
    sql("USE information_schema")
    assert sql("SELECT count(*) FROM db.v") == [(3,)], "t is looked up in the view's database"


def test_a_star_goes_on_meaning_the_columns_there_were(sql):
    sql("CREATE TABLE wide (a INT, b INT)")
    sql("INSERT INTO wide VALUES (1, 2)")
    sql("CREATE VIEW v AS SELECT * FROM wide")
    sql("ALTER TABLE wide ADD COLUMN z INT FIRST")
    sql("ALTER TABLE wide ADD COLUMN c INT")
    assert sql("SELECT * FROM v") == [(1, 2)]
    sql("ALTER TABLE wide DROP COLUMN b")
    assert "b" in refused(sql, "SELECT * FROM v")
    sql("DROP TABLE wide FORCE")


def test_views_on_views_and_none_on_itself(sql):
    sql("CREATE VIEW v0 AS SELECT n FROM t")
    for depth in range(1, 16):
        sql(f"CREATE VIEW v{depth} AS SELECT n FROM v{depth - 1}")
    assert sql("SELECT sum(n) FROM v15") == [(6,)]
    sql("CREATE VIEW v16 AS SELECT n FROM v15")
    assert "16 deep" in refused(sql, "SELECT * FROM v16")
    assert "itself" in refused(sql, "CREATE OR REPLACE VIEW v0 AS SELECT n FROM v0")
    assert "itself" in refused(sql, "CREATE OR REPLACE VIEW v0 AS SELECT n FROM v3")


def foreign(server, name: str, dialect: str, text: str, **more):
    schema = {"type": "struct", "schema-id": 0, "fields": [{"id": 1, "name": "k", "required": False, "type": "long"}]}
    send(server, "POST", "namespaces/db/views", {
        "name": name, "schema": schema, "properties": {},
        "view-version": {"version-id": 1, "schema-id": 0, "timestamp-ms": 1, "summary": {}, "default-namespace": ["db"],
                         "representations": [{"type": "sql", "sql": text, "dialect": dialect}]} | more})


def test_views_of_other_engines(sql, server):
    foreign(server, "spark_view", "spark", "SELECT n FROM t WHERE s || '!' = 'a!'", **{"default-catalog": "elsewhere"})
    assert sql("SELECT k FROM spark_view") == [(1,)]
    foreign(server, "odd", "spark", "SELECT n FROM t LATERAL VIEW explode(x) e AS y")
    message = refused(sql, "SELECT * FROM odd")
    assert "dialect starrocks" in message and "spark" in message and "ADD DIALECT" in message
    foreign(server, "quoted", "trino", 'SELECT "n" FROM t')
    assert "double quotes" in refused(sql, "SELECT * FROM quoted")
    foreign(server, "halved", "trino", "SELECT n / 2 FROM t")
    assert "division" in refused(sql, "SELECT * FROM halved")
    assert "-- in the dialect trino" in sql("SHOW CREATE VIEW quoted")[0][1]
    assert "no query in the dialect" in refused(sql, "ALTER VIEW quoted MODIFY DIALECT STARROCKS SELECT n FROM t")
    sql("ALTER VIEW quoted ADD DIALECT STARROCKS SELECT n FROM t WHERE n > 1")
    assert sql("SELECT sum(k) FROM quoted") == [(5,)]
    assert "Cannot add multiple queries for dialect starrocks" in refused(
        sql, "ALTER VIEW quoted ADD DIALECT SELECT n FROM t")
    sql("ALTER VIEW quoted MODIFY DIALECT SELECT n FROM t WHERE n = 1")
    assert sql("SELECT k FROM quoted") == [(1,)]
    dialects = send(server, "GET", "namespaces/db/views/quoted")["metadata"]["versions"][-1]["representations"]
    assert {one["dialect"] for one in dialects} == {"trino", "starrocks"}
    assert "loss of view dialects" in refused(sql, "CREATE OR REPLACE VIEW quoted AS SELECT 1 AS k")
    assert len(sql("SHOW VIEWS")) == 4


@pytest.mark.parametrize(("statement", "words"), [
    ("CREATE VIEW t AS SELECT 1 AS a", "already exists"),
    ("CREATE VIEW v AS SELECT nope FROM t", "nope"),
    ("CREATE VIEW v AS SELECT n FROM missing", "Unknown table"),
    ("CREATE VIEW v (a, b) AS SELECT n FROM t", "different column counts"),
    ("CREATE VIEW v AS SELECT n, n FROM t", "Duplicate column"),
    ("CREATE VIEW v (a, A) AS SELECT n, s FROM t", "Duplicate column"),
    ("CREATE VIEW v AS SELECT CAST(1 AS LARGEINT) AS x", "LARGEINT"),
    ("CREATE VIEW nodb.v AS SELECT 1 AS a", "nodb"),
    ("CREATE VIEW default_catalog.db.v AS SELECT 1 AS a", "default_catalog"),
    ("CREATE VIEW v AS INSERT INTO t VALUES (1, 'a')", "syntax"),
    ("DROP VIEW t", "is a table, not a view"),
    ("DROP VIEW v", "Unknown table"),
    ("ALTER VIEW v AS SELECT 1 AS a", "Unknown table"),
    ("ALTER VIEW t AS SELECT 1 AS a", "is a table, not a view"),
    ("SHOW CREATE VIEW t", "is a table, not a view"),
    ("ALTER VIEW w ADD DIALECT TRINO SELECT 1", "STARROCKS only"),
    ("ALTER VIEW w MODIFY DIALECT SELECT n, s FROM t", "columns"),
    ("ALTER VIEW w SET ()", ""),
    ("INSERT INTO w VALUES (1)", "is a view, not a table"),
    ("DELETE FROM w WHERE n = 1", "is a view, not a table"),
    ("TRUNCATE TABLE w", "is a view, not a table"),
    ("ALTER TABLE w ADD COLUMN x INT", "is a view, not a table"),
    ("SELECT * FROM w VERSION AS OF 1", "Time travel on a view"),
    ("SELECT nope FROM w", "nope"),
    ("CREATE TABLE w (a INT)", "already exists"),
])
def test_what_is_refused(sql, statement, words):
    sql("CREATE VIEW w AS SELECT n FROM t")
    assert words in refused(sql, statement)
    assert sql("SELECT sum(n) FROM w") == [(6,)]


def test_catalogs_without_views_say_so(server, lake):
    with server.sql() as connection:
        run_sql(connection, f"CREATE DATABASE {lake}.no_views")
        for statement in ("CREATE VIEW v AS SELECT 1 AS a", "CREATE OR REPLACE VIEW v AS SELECT 1 AS a", "DROP VIEW v"):
            run_sql(connection, f"USE {lake}.no_views")
            with pytest.raises(pymysql.Error, match="doesn't support creating/alter views"):
                run_sql(connection, statement)
        run_sql(connection, f"DROP DATABASE {lake}.no_views")
