"""EXECUTE add_files: Parquet files of others become a table's own, or are refused with the reason."""

import io

import pyarrow
import pyarrow.parquet
import pymysql
import pytest
from pyiceberg.catalog import load_catalog

from firn_server import run_sql


@pytest.fixture(scope="module")
def store(server):
    client = server.aws("s3")
    client.create_bucket(Bucket="incoming")
    with server.sql() as connection:
        run_sql(connection, server.warehouse_catalog_statement("adding", **{
            "firn.allowed-locations": "s3://incoming/", "iceberg.catalog.vended-credentials-enabled": "false"}))
        run_sql(connection, "CREATE DATABASE adding.db_add")
    return client


@pytest.fixture()
def sql(server, store):
    with server.sql() as connection:
        run_sql(connection, "SET CATALOG adding")
        run_sql(connection, "USE db_add")
        yield lambda text: run_sql(connection, text)


def put(store, key: str, **columns):
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), buffer)
    store.put_object(Bucket="incoming", Key=key, Body=buffer.getvalue())


def refused(sql, statement: str) -> str:
    with pytest.raises(pymysql.Error) as error:
        sql(statement)
    return str(error.value)


def test_files_without_ids_are_added_and_outlive_a_rename(sql, store, server):
    put(store, "plain/1.parquet", n=[1, 2], s=["a", None])
    put(store, "plain/deep/2.parquet", s=["c"], n=[3])
    put(store, "plain/_SUCCESS.parquet", n=[9])
    store.put_object(Bucket="incoming", Key="plain/.hidden", Body=b"x")
    sql("CREATE TABLE plain (n BIGINT, s STRING, more INT)")
    sql("INSERT INTO plain VALUES (0, 'z', 7)")
    assert sql("ALTER TABLE plain EXECUTE add_files(location = 's3://incoming/plain', recursive = false)") == [("1", "1")]
    assert "is in the table already" in refused(sql, "ALTER TABLE plain EXECUTE add_files(location = 's3://incoming/plain/')")
    assert sql("ALTER TABLE plain EXECUTE add_files(location = 's3://incoming/plain/deep', file_format = 'PARQUET')") == [("1", "1")]
    assert sql("SELECT n, s, more FROM plain ORDER BY n") == [(0, "z", 7), (1, "a", None), (2, None, None), (3, "c", None)]
    sql("ALTER TABLE plain RENAME COLUMN s TO text")
    put(store, "plain2/3.parquet", n=[4], text=["d"])
    assert "schema.name-mapping.default" in refused(sql, "ALTER TABLE plain EXECUTE add_files(location = 's3://incoming/plain2')")
    assert sql("SELECT n, text FROM plain WHERE n > 0 ORDER BY n") == [(1, "a"), (2, None), (3, "c")]
    assert sql("SELECT count(*), count(text) FROM plain") == [(4, 3)]
    key, secret = server.root_key()
    catalog = load_catalog("adding", type="rest", uri=f"{server.aws_endpoint}/iceberg", warehouse="warehouse",
                           credential=f"{key}:{secret}", **{
                               "oauth2-server-uri": f"{server.aws_endpoint}/iceberg/v1/oauth/tokens",
                               "s3.endpoint": server.aws_endpoint, "s3.access-key-id": key, "s3.secret-access-key": secret,
                               "s3.region": "us-east-1", "header.X-Iceberg-Access-Delegation": "none"})
    table = catalog.load_table(("db_add", "plain"))
    assert sorted(row["n"] for row in table.scan().to_arrow().to_pylist()) == [0, 1, 2, 3]
    assert "schema.name-mapping.default" in table.properties


def test_folders_tell_the_partition(sql, store):
    put(store, "hive/day=2024-01-02/part=1/a.parquet", n=[1])
    put(store, "hive/day=2024-01-03/part=__HIVE_DEFAULT_PARTITION__/b.parquet", n=[2, 3])
    sql("CREATE TABLE hive (n BIGINT, day DATE, part INT) PARTITION BY (day, part)")
    assert sql("ALTER TABLE hive EXECUTE add_files(location = 's3://incoming/hive')") == [("2", "2")]
    assert [(n, str(day), part) for n, day, part in sql("SELECT n, day, part FROM hive ORDER BY n")] == [
        (1, "2024-01-02", 1), (2, "2024-01-03", None), (3, "2024-01-03", None)]
    assert sql("SELECT sum(n) FROM hive WHERE part = 1") == [(1,)]
    assert sql("SELECT sum(n) FROM hive WHERE day = '2024-01-03'") == [(5,)]
    sql("ALTER TABLE hive EXECUTE rewrite_data_files(rewrite_all = true)")
    assert sql("SELECT count(*), sum(n) FROM hive") == [(3, 6)]


@pytest.mark.parametrize(("name", "columns", "words"), [
    ("unknown", {"n": [1], "x": [1]}, "has no column 'x'"),
    ("text", {"n": ["1"]}, "is of type string, the table's of type long"),
    ("narrow", {"n": pyarrow.array([1], pyarrow.uint32())}, "of a Parquet type that no column has"),
    ("float", {"n": [1.5]}, "is of type double"),
    ("nested", {"n": [1], "s": [{"a": 1}]}, "is nested"),
    ("list", {"n": [1], "s": [["a"]]}, "is nested"),
    ("lacking", {"s": ["a"]}, "lacks the column 'n'"),
    ("nulls", {"n": pyarrow.array([1, None], pyarrow.int64())}, "may hold NULL"),
    ("twice", {"n": [1], "N": [2]}, "has no column 'N'"),
])
def test_files_that_do_not_fit(sql, store, name, columns, words):
    put(store, f"misfit/{name}/good.parquet", n=[5])
    put(store, f"misfit/{name}/x.parquet", **columns)
    sql(f"CREATE TABLE misfit_{name} (n BIGINT NOT NULL, s STRING)")
    message = refused(sql, f"ALTER TABLE misfit_{name} EXECUTE add_files(location = 's3://incoming/misfit/{name}')")
    assert words in message and f"misfit/{name}/x.parquet" in message
    assert sql(f"SELECT count(*) FROM misfit_{name}") == [(0,)], "all or nothing"


@pytest.mark.parametrize(("body", "words"), [
    (b"no parquet at all, however long it may be", "no Parquet file"),
    (b"PAR1", "too short"),
    (b"PAR1" + b"\xff\xff\xff\x7f" + b"PAR1", "longer than its file"),
    (b"PAR1" + b"\x19\xfc\xff\xff\xff\xff\x0f" + b"\x07\x00\x00\x00" + b"PAR1", "Parquet footer"),
    (b"PAR1" + b"x" * 20 + b"\x04\x00\x00\x00" + b"PARE", "encrypted"),
])
def test_broken_files(sql, store, body, words):
    key = f"broken/{abs(hash(words))}/f.parquet"
    store.put_object(Bucket="incoming", Key=key, Body=body)
    sql("CREATE TABLE IF NOT EXISTS broken (n BIGINT)")
    assert words in refused(sql, f"ALTER TABLE broken EXECUTE add_files(location = 's3://incoming/{key.rsplit('/', 1)[0]}')")
    assert sql("SELECT count(*) FROM broken") == [(0,)]


@pytest.mark.parametrize(("arguments", "words"), [
    ("", "needs the argument 'location'"),
    ("location = 's3://elsewhere/x'", "firn.allowed-locations"),
    ("location = 's3://incoming/nothing/here'", "no files below"),
    ("location = 'file:///etc'", "s3://"),
    ("location = 's3://incoming/plain', file_format = 'orc'", "parquet, not 'orc'"),
    ("location = 's3://incoming/plain', recursive = 'often'", "must be true or false"),
    ("location = 's3://incoming/plain', depth = 3", "no argument 'depth'"),
    ("source_table = 'hive.db.t'", "no Hive tables"),
])
def test_bad_arguments(sql, arguments, words):
    sql("CREATE TABLE IF NOT EXISTS arguments (n BIGINT)")
    assert words in refused(sql, f"ALTER TABLE arguments EXECUTE add_files({arguments})")


def test_partitions_that_folders_cannot_tell(sql, store):
    put(store, "flat/f.parquet", n=[1])
    sql("CREATE TABLE bucketed (n BIGINT) PARTITION BY (bucket(n, 4))")
    assert "identity partitions only" in refused(sql, "ALTER TABLE bucketed EXECUTE add_files(location = 's3://incoming/flat')")
    sql("CREATE TABLE by_part (n BIGINT, part INT) PARTITION BY (part)")
    assert "no folder part=" in refused(sql, "ALTER TABLE by_part EXECUTE add_files(location = 's3://incoming/flat')")
    put(store, "badpart/part=one/f.parquet", n=[1])
    assert "no whole number" in refused(sql, "ALTER TABLE by_part EXECUTE add_files(location = 's3://incoming/badpart')")
