"""Spark 3.5 with Iceberg's AWS bundle, its checksum and retry settings as they come, by three roads to the same tables.

Long: Spark and its jars are a download of half a gigabyte, and each Spark takes half a minute.
"""

from __future__ import annotations

import pytest

from client_page import page_lines
from firn_server import run_sql
from spark_process import SMALL, Spark

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

ROADS = ["spark-glue", "spark-s3tables", "spark-s3tables-catalog"]


@pytest.fixture(params=ROADS)
def road(request, server, account, tmp_path):
    key = server.root_key()
    spark = Spark({**page_lines(request.param, server, account, key), **SMALL}, key, tmp_path / "spark.log")
    yield spark, request.param.replace("-", "_")
    spark.stop()


def test_a_tables_whole_life(road, server, account, lake):
    spark, namespace = road
    table = f"lake.{namespace}.trips"
    spark.sql(f"CREATE NAMESPACE lake.{namespace}")
    assert (namespace,) in spark.sql("SHOW NAMESPACES IN lake")
    spark.sql(f"CREATE TABLE {table} (id bigint, city string, fare decimal(10,2), at timestamp) USING iceberg "
              "PARTITIONED BY (days(at), bucket(4, id)) TBLPROPERTIES ('write.delete.mode'='merge-on-read')")
    assert spark.sql(f"SHOW TABLES IN lake.{namespace}") == [(namespace, "trips", "False")]
    spark.sql(f"INSERT INTO {table} VALUES (1,'Oslo',10.50,timestamp'2026-01-01 10:00:00'),"
              "(2,'Bergen',20.00,timestamp'2026-01-02 10:00:00'),(3,NULL,30.25,timestamp'2026-01-02 11:00:00')")
    first = spark.sql(f"SELECT snapshot_id FROM {table}.snapshots")[0][0]

    def same(expected: list[tuple]) -> None:
        assert spark.sql(f"SELECT id, city, fare FROM {table} ORDER BY id") == expected
        with server.sql() as connection:
            rows = run_sql(connection, f"select id, city, fare from {table} order by id")
        assert [tuple(None if v is None else str(v) for v in row) for row in rows] == expected

    same([("1", "Oslo", "10.50"), ("2", "Bergen", "20.00"), ("3", None, "30.25")])
    spark.sql(f"DELETE FROM {table} WHERE id = 2")
    spark.sql(f"UPDATE {table} SET city = 'Tromsø' WHERE id = 3")
    spark.sql(f"MERGE INTO {table} t USING (SELECT * FROM VALUES (1,'Voss',11.00,timestamp'2026-01-01 10:00:00'),"
              "(4,'Bodø',40.00,timestamp'2026-01-04 00:00:00') AS s(id,city,fare,at)) s ON t.id = s.id "
              "WHEN MATCHED THEN UPDATE SET t.city = s.city, t.fare = s.fare WHEN NOT MATCHED THEN INSERT *")
    same([("1", "Voss", "11.00"), ("3", "Tromsø", "30.25"), ("4", "Bodø", "40.00")])
    with server.sql() as connection:
        run_sql(connection, f"insert into {table} values (5, 'Molde', 50.00, '2026-01-05 00:00:00')")
    spark.sql(f"REFRESH TABLE {table}")
    same([("1", "Voss", "11.00"), ("3", "Tromsø", "30.25"), ("4", "Bodø", "40.00"), ("5", "Molde", "50.00")])
    assert spark.sql(f"SELECT count(*) FROM {table} VERSION AS OF {first}") == [("3",)]

    spark.sql(f"ALTER TABLE {table} ADD COLUMN tip double")
    spark.sql(f"ALTER TABLE {table} RENAME COLUMN city TO town")
    spark.sql(f"ALTER TABLE {table} ADD PARTITION FIELD truncate(2, town)")
    spark.sql(f"INSERT INTO {table} VALUES (6,'Hamar',60.00,timestamp'2026-01-06 00:00:00',1.5)")
    assert spark.sql(f"SELECT town, tip FROM {table} WHERE id >= 5 ORDER BY id") == [("Molde", None), ("Hamar", "1.5")]
    with server.sql() as connection:
        assert run_sql(connection, f"select town, tip from {table} where id >= 5 order by id") == [
            ("Molde", None), ("Hamar", 1.5)]
    if namespace == "spark_glue":
        spark.sql(f"DROP TABLE {table}")
    else:  # S3 Tables wants a purge, and Spark sends purge=false whatever one writes
        with pytest.raises(RuntimeError, match="(?i)purge"):
            spark.sql(f"DROP TABLE {table}")
        server.aws("s3tables").delete_table(tableBucketARN=account.bucket_arn, namespace=namespace, name="trips")
    assert spark.sql(f"SHOW TABLES IN lake.{namespace}") == []
    spark.sql(f"DROP NAMESPACE lake.{namespace}")
    assert (namespace,) not in spark.sql("SHOW NAMESPACES IN lake")
