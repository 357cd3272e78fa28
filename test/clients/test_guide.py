"""The guide's table, written by Firn's SQL and read by the clients that its users already have."""

import importlib
import json
import os
import pathlib
import subprocess
import sys

import duckdb
import pytest

from firn_server import BINARY, REGION, run_sql

TAXIS = {
    (1000372, 2.5, 22.15, "N", 2),
    (1000373, 0.9, 9.01, "N", 2),
    (1000371, 1.8, 15.32, "N", 1),
    (1000374, 8.4, 42.13, "Y", 1),
}


def rounded(rows):
    """Float columns come as binary32 from some clients; the guide shows one decimal."""
    return {(r[0], round(r[1], 5), r[2], r[3], r[4]) for r in rows}


@pytest.fixture(scope="module")
def taxis(server, account, lake):
    with server.sql() as connection:
        run_sql(connection, f"SET CATALOG {lake}")
        run_sql(connection, "create database s3table_db")
        run_sql(connection, "use s3table_db")
        run_sql(connection, """CREATE TABLE taxis
            ( trip_id bigint, trip_distance float, fare_amount double, store_and_fwd_flag string, vendor_id bigint )
            PARTITION BY (vendor_id)""")
        with connection.cursor() as cursor:
            affected = cursor.execute(
                "INSERT INTO taxis VALUES (1000371, 1.8, 15.32, 'N', 1), (1000372, 2.5, 22.15, 'N', 2), "
                "(1000373, 0.9, 9.01, 'N', 2), (1000374, 8.4, 42.13, 'Y', 1)")
        assert affected == 4
    return "s3table_db.taxis"


def test_pymysql_reads_it(server, lake, taxis):
    with server.sql() as connection:
        assert rounded(run_sql(connection, f"select * from {lake}.{taxis}")) == TAXIS


def test_mysql_cli_prints_the_guides_table(server, lake, taxis):
    output = subprocess.run(
        ["mysql", "-h127.0.0.1", f"-P{server.mysql_port}", "-uroot", "--table", "-vv", "-e",
         f"use {lake}.s3table_db; select * from taxis order by trip_id"],
        capture_output=True, text=True, check=True).stdout
    assert "| trip_id | trip_distance | fare_amount | store_and_fwd_flag | vendor_id |" in output
    assert "| 1000371 |           1.8 |       15.32 | N                  |         1 |" in output
    assert "4 rows in set" in output


def test_firn_sql_prints_the_guides_table(server, lake, taxis):
    output = subprocess.run(
        [str(BINARY), "sql", "-h", "127.0.0.1", "-P", str(server.mysql_port), "-u", "root", "-e",
         f"set catalog {lake}; use s3table_db; select * from taxis order by trip_id"],
        capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout
    assert "| 1000371 |           1.8 |       15.32 | N                  |         1 |" in output
    assert "4 rows in set" in output


def test_firn_sql_says_what_failed(server):
    result = subprocess.run(
        [str(BINARY), "sql", "-h", "127.0.0.1", "-P", str(server.mysql_port), "-e", "selec 1"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert result.returncode == 1
    assert "ERROR 1064" in result.stderr


def test_pyiceberg_reads_it(account, taxis):
    table = account.pyiceberg().load_table(taxis)
    rows = table.scan().to_arrow().to_pylist()
    assert rounded([tuple(row.values()) for row in rows]) == TAXIS
    assert [field.name for field in table.spec().fields] == ["vendor_id"]
    one = table.scan(row_filter="vendor_id = 1")
    assert len(list(one.plan_files())) == 1
    assert one.to_arrow().num_rows == 2


def test_pyiceberg_appends_and_firn_sees_it_at_once(server, account, lake, taxis):
    import pyarrow

    with server.sql() as connection:
        run_sql(connection, f"use {lake}.s3table_db")
        run_sql(connection, "create table both_ways (id bigint, name string)")
        assert run_sql(connection, "select count(*) from both_ways") == [(0,)]
        table = account.pyiceberg().load_table("s3table_db.both_ways")
        table.append(pyarrow.table({"id": pyarrow.array([1, 2], pyarrow.int64()), "name": ["a", None]}))
        assert run_sql(connection, "select * from both_ways order by id") == [(1, "a"), (2, None)]
        run_sql(connection, "insert into both_ways values (3, 'c')")
    assert table.refresh().scan().to_arrow().num_rows == 3


def test_duckdb_reads_it(server, account, taxis):
    # DuckDB signs requests but asks for no vended credentials: its user must be allowed to read the objects.
    server.aws("iam").put_user_policy(
        UserName=account.user, PolicyName="read-objects", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3tables:GetTableData",
                                                    "Resource": f"{account.bucket_arn}/table/*"}]}))
    connection = duckdb.connect()
    for extension in ("httpfs", "avro", "iceberg"):
        load_packaged_extension(connection, extension)
    host = server.aws_endpoint.removeprefix("http://")
    connection.execute(f"""CREATE SECRET s (TYPE s3, KEY_ID '{account.key[0]}', SECRET '{account.key[1]}',
        REGION '{REGION}', ENDPOINT '{host}', URL_STYLE 'path', USE_SSL false)""")
    connection.execute(f"""ATTACH '{account.warehouse}' AS c (TYPE iceberg, ENDPOINT '{server.aws_endpoint}/iceberg',
        AUTHORIZATION_TYPE 'sigv4', SECRET 's', SIGV4_SERVICE 'glue', SIGV4_REGION '{REGION}')""")
    assert rounded(connection.execute("SELECT * FROM c.s3table_db.taxis").fetchall()) == TAXIS


def load_packaged_extension(connection, extension: str) -> None:
    """The extensions come from PyPI packages, each with one file."""
    folder = pathlib.Path(importlib.import_module(f"duckdb_extension_{extension}").__file__).parent
    connection.execute(f"LOAD '{next(folder.rglob(f'{extension}.duckdb_extension'))}'")


def test_boto3_reads_the_objects(server, account, taxis):
    tables = server.aws("s3tables").list_tables(tableBucketARN=account.bucket_arn, namespace="s3table_db")["tables"]
    arn = next(t["tableARN"] for t in tables if t["name"] == "taxis")
    table = server.aws("s3tables").get_table(tableArn=arn)
    bucket = table["warehouseLocation"].removeprefix("s3://")
    s3 = server.aws("s3")
    key = table["metadataLocation"].removeprefix(f"s3://{bucket}/")
    metadata = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    snapshot = metadata["snapshots"][-1]
    assert snapshot["summary"]["added-records"] == "4"
    manifest_list = s3.get_object(Bucket=bucket, Key=snapshot["manifest-list"].removeprefix(f"s3://{bucket}/"))
    assert manifest_list["Body"].read(4) == b"Obj\x01"
    partial = s3.get_object(Bucket=bucket, Key=key, Range="bytes=0-0")
    assert partial["ResponseMetadata"]["HTTPStatusCode"] == 206 and partial["Body"].read() == b"{"


def test_aws_cli_works_with_the_credentials_file(server, account, tmp_path):
    environment = {
        **os.environ, "AWS_SHARED_CREDENTIALS_FILE": server.ready["credentials_file"], "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_DEFAULT_REGION": REGION,
    }
    cli = pathlib.Path(sys.executable).parent / "aws"
    result = subprocess.run(
        [str(cli), "--profile", "firn", "--endpoint-url", server.aws_endpoint, "s3tables", "list-table-buckets"],
        capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stderr
    assert account.bucket in [b["name"] for b in json.loads(result.stdout)["tableBuckets"]]
