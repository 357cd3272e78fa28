"""Trino 476 through the Glue face and the S3 Tables face, with the lines of docs/CLIENTS.md.

Long: Trino and its Iceberg plugin are a download of 540 MB, and it takes two minutes. It wants Java 24, which Debian 12 does not
have: without one under /usr/lib/jvm the tests are skipped.
"""

from __future__ import annotations

import pytest

from client_page import page_lines
from firn_server import run_sql
from trino_server import JAVA_MIN, Trino, java_home

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

ROADS = ["trino-glue", "trino-s3tables"]


@pytest.fixture(scope="module")
def trino(server, account, lake, tmp_path_factory):
    if java_home() is None:
        pytest.skip(f"Trino needs a JDK of version {JAVA_MIN} or later under /usr/lib/jvm")
    key = server.root_key()
    # The root sees what others made, but Lake Formation lets it drop that only with a grant.
    server.aws("lakeformation").grant_permissions(
        Principal={"DataLakePrincipalIdentifier": f"arn:aws:iam::{server.account_id}:root"},
        Resource={"Catalog": {"Id": account.warehouse}}, Permissions=["ALL"])
    running = Trino(tmp_path_factory.mktemp("trino"), {
        road.replace("-", "_"): page_lines(road, server, account, key) for road in ROADS})
    yield running
    running.stop()


@pytest.mark.parametrize("road", [road.replace("-", "_") for road in ROADS])
def test_a_tables_whole_life(trino, road, server, account):
    there, here = f"{road}.{road}_life.trips", f"lake.{road}_life.trips"
    trino.sql(f"CREATE SCHEMA {road}.{road}_life")
    assert (f"{road}_life",) in trino.sql(f"SHOW SCHEMAS FROM {road}")
    trino.sql(f"CREATE TABLE {there} (id bigint, city varchar, fare decimal(10,2), day date) "
              "WITH (partitioning = ARRAY['month(day)', 'bucket(id, 4)'])")
    assert trino.sql(f"SHOW TABLES FROM {road}.{road}_life") == [("trips",)]
    trino.sql(f"INSERT INTO {there} VALUES (1, 'Oslo', 10.50, DATE '2026-01-01'), (2, 'Bergen', 20.00, DATE '2026-01-02'), "
              "(3, NULL, 30.25, DATE '2026-02-02')")

    def same(expected: list[tuple]) -> None:
        assert trino.sql(f"SELECT id, city, fare FROM {there} ORDER BY id") == expected
        with server.sql() as connection:
            rows = run_sql(connection, f"select id, city, fare from {here} order by id")
        assert [(number, city, str(fare)) for number, city, fare in rows] == expected

    same([(1, "Oslo", "10.50"), (2, "Bergen", "20.00"), (3, None, "30.25")])
    trino.sql(f"DELETE FROM {there} WHERE id = 2")
    trino.sql(f"UPDATE {there} SET city = 'Tromsø' WHERE id = 3")
    same([(1, "Oslo", "10.50"), (3, "Tromsø", "30.25")])
    trino.sql(f"MERGE INTO {there} t USING (VALUES (1, 'Voss'), (4, 'Bodø')) s (id, city) ON t.id = s.id "
              "WHEN MATCHED THEN UPDATE SET city = s.city "
              "WHEN NOT MATCHED THEN INSERT (id, city, fare, day) VALUES (s.id, s.city, 40.00, DATE '2026-03-01')")
    with server.sql() as connection:
        run_sql(connection, f"insert into {here} values (5, 'Molde', 50.00, '2026-03-05')")
    same([(1, "Voss", "10.50"), (3, "Tromsø", "30.25"), (4, "Bodø", "40.00"), (5, "Molde", "50.00")])
    trino.sql(f"ALTER TABLE {there} ADD COLUMN tip double")
    trino.sql(f"INSERT INTO {there} VALUES (6, 'Hamar', 60.00, DATE '2026-03-06', 1.5)")
    with server.sql() as connection:
        assert run_sql(connection, f"select city, tip from {here} where id >= 5 order by id") == [
            ("Molde", None), ("Hamar", 1.5)]
    trino.sql(f"DROP TABLE {there}")
    assert trino.sql(f"SHOW TABLES FROM {road}.{road}_life") == []
    trino.sql(f"DROP SCHEMA {road}.{road}_life")
    assert (f"{road}_life",) not in trino.sql(f"SHOW SCHEMAS FROM {road}")


@pytest.mark.parametrize("road", [road.replace("-", "_") for road in ROADS])
def test_what_firn_wrote_is_read(trino, road, server):
    with server.sql() as connection:
        run_sql(connection, f"create database lake.{road}_ours")
        run_sql(connection, f"create table lake.{road}_ours.t (id bigint, name varchar(20), at datetime, price decimal(12,3))")
        run_sql(connection, f"insert into lake.{road}_ours.t values (1, 'a', '2026-01-01 10:00:00', 1.125), "
                            "(2, null, null, null)")
        run_sql(connection, f"delete from lake.{road}_ours.t where id = 2")
        run_sql(connection, f"insert into lake.{road}_ours.t values (3, 'c', '2026-01-03 00:00:00', 3.5)")
    assert trino.sql(f"SELECT id, name, price FROM {road}.{road}_ours.t ORDER BY id") == [
        (1, "a", "1.125"), (3, "c", "3.500")]
    trino.sql(f"DROP TABLE {road}.{road}_ours.t")
    trino.sql(f"DROP SCHEMA {road}.{road}_ours")
