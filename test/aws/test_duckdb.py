"""DuckDB's iceberg extension over both AWS faces: what it makes, PyIceberg reads."""

import importlib
import pathlib

import duckdb
import pytest

from firn_server import REGION
from test_pyiceberg import s3tables_catalog


def attached(server, warehouse: str, service: str) -> duckdb.DuckDBPyConnection:
    """The root key: DuckDB asks for no vended credentials, so its user reads and writes the objects itself."""
    connection = duckdb.connect()
    for extension in ("httpfs", "avro", "iceberg"):
        folder = pathlib.Path(importlib.import_module(f"duckdb_extension_{extension}").__file__).parent
        connection.execute(f"LOAD '{next(folder.rglob(f'{extension}.duckdb_extension'))}'")
    key, secret = server.root_key()
    connection.execute(f"""CREATE SECRET s (TYPE s3, KEY_ID '{key}', SECRET '{secret}', REGION '{REGION}',
        ENDPOINT '{server.aws_endpoint.removeprefix("http://")}', URL_STYLE 'path', USE_SSL false)""")
    connection.execute(f"""ATTACH '{warehouse}' AS c (TYPE iceberg, ENDPOINT '{server.aws_endpoint}/iceberg',
        AUTHORIZATION_TYPE 'sigv4', SECRET 's', SIGV4_SERVICE '{service}', SIGV4_REGION '{REGION}',
        STAGE_CREATE_TABLES {str(service == 's3tables').lower()}, PURGE_REQUESTED true)""")
    return connection


@pytest.mark.parametrize("service", ["glue", "s3tables"])
def test_the_life_of_a_table(server, account, service):
    connection = attached(server, account.warehouse if service == "glue" else account.bucket_arn, service)
    space = f"c.duck_{service}"
    connection.execute(f"CREATE SCHEMA {space}")
    connection.execute(f"CREATE TABLE {space}.t (id BIGINT, note VARCHAR, price DECIMAL(9, 2), seen TIMESTAMP)")
    connection.execute(f"INSERT INTO {space}.t VALUES (1, 'a', 1.5, '2024-01-02 03:04:05'), (2, 'b', NULL, NULL)")
    connection.execute(f"INSERT INTO {space}.t SELECT i, 'more', i, NULL FROM range(3, 103) AS r(i)")
    assert connection.execute(f"SELECT count(*), sum(id), min(note) FROM {space}.t").fetchall() == [(102, 5253, "a")]
    connection.execute(f"DELETE FROM {space}.t WHERE id > 2")
    assert connection.execute(f"SELECT id, note FROM {space}.t ORDER BY id").fetchall() == [(1, "a"), (2, "b")]
    connection.execute(f"CREATE TABLE {space}.copied AS SELECT * FROM {space}.t")
    other = s3tables_catalog(account)
    assert sorted(other.load_table(f"duck_{service}.t").scan().to_arrow()["id"].to_pylist()) == [1, 2]
    assert len(other.load_table(f"duck_{service}.copied").scan().to_arrow()) == 2
    with pytest.raises(duckdb.Error):
        connection.execute(f"CREATE TABLE {space}.t (id BIGINT)")
    with pytest.raises(duckdb.Error):
        connection.execute(f"SELECT * FROM {space}.none")
    for table in ("t", "copied"):
        connection.execute(f"DROP TABLE {space}.{table}")
    assert other.list_tables(f"duck_{service}") == []
    connection.execute(f"DROP SCHEMA {space}")
    assert (f"duck_{service}",) not in other.list_namespaces()
