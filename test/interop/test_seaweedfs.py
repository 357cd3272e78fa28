"""Firn against an AWS side that is not ours: SeaweedFS's S3 Tables with its Iceberg REST catalog, by SigV4.

The guide's statements, and a part of the matrix with PyIceberg as the other engine on the same catalog.
"""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys

import pytest
from pyiceberg.catalog import load_catalog

from engines import Firn, PyIceberg
from firn_server import REGION, run_sql, wait_until
from test_matrix import Bench, Run, cover, draw_seed

KEY, SECRET = "admin", "adminsecret"
CASES = 8
PORTS = ("master.port", "volume.port", "filer.port", "s3.port", "s3.port.iceberg", "s3.port.lance", "admin.port", "webdav.port")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class SeaweedFS:
    def __init__(self, folder: pathlib.Path):
        folder.mkdir(parents=True)
        config = folder.parent / "weed.json"
        config.write_text(json.dumps({"identities": [{
            "name": KEY, "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "List", "Tagging", "Write"]}]}))
        ports = {flag: free_port() for flag in PORTS}
        self.log = folder.parent / "weed.log"
        self.process = subprocess.Popen(
            [str(pathlib.Path(sys.executable).parent / "weed"), "mini", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
             f"-s3.config={config}", "-tableBucket=warehouse", *[f"-{flag}={port}" for flag, port in ports.items()]],
            stdout=open(self.log, "wb"), stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env={**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET})
        self.catalog_uri = f"http://127.0.0.1:{ports['s3.port.iceberg']}"
        self.storage_uri = f"http://127.0.0.1:{ports['s3.port']}"
        wait_until(self.is_ready, 60, "SeaweedFS's table bucket")

    def pyiceberg(self):
        return load_catalog("weed", **{
            "type": "rest", "uri": self.catalog_uri, "warehouse": "warehouse", "rest.sigv4-enabled": "true",
            "rest.signing-name": "s3tables", "rest.signing-region": REGION, "client.access-key-id": KEY,
            "client.secret-access-key": SECRET, "client.region": REGION, "s3.endpoint": self.storage_uri,
            "s3.access-key-id": KEY, "s3.secret-access-key": SECRET, "s3.region": REGION})

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text(errors="replace")[-2000:]
        try:
            self.pyiceberg().create_namespace_if_not_exists("ready")
            return True
        except Exception:  # Whatever a starting server says.
            return False

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()


@pytest.fixture(scope="module")
def weed(tmp_path_factory):
    running = SeaweedFS(tmp_path_factory.mktemp("weed") / "data")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def catalog(server, weed):
    with server.sql() as connection:
        run_sql(connection, f"""create external catalog weed properties (
            "type" = "iceberg", "iceberg.catalog.type" = "rest", "iceberg.catalog.uri" = "{weed.catalog_uri}",
            "iceberg.catalog.warehouse" = "warehouse", "iceberg.catalog.rest.sigv4-enabled" = "true",
            "iceberg.catalog.rest.signing-name" = "s3tables", "iceberg.catalog.rest.access-key-id" = "{KEY}",
            "iceberg.catalog.rest.secret-access-key" = "{SECRET}", "aws.s3.region" = "{REGION}",
            "aws.s3.endpoint" = "{weed.storage_uri}", "aws.s3.access_key" = "{KEY}", "aws.s3.secret_key" = "{SECRET}",
            "aws.s3.enable_path_style_access" = "true")""")
    return "weed"


def test_the_guide(server, catalog, weed):
    with server.sql() as connection:
        def sql(statement: str) -> list[tuple]:
            return run_sql(connection, statement)

        sql(f"set catalog {catalog}")
        sql("create database guide")
        assert ("guide",) in sql("show databases")
        sql("use guide")
        sql("create table taxis (trip_id bigint, trip_distance float, fare_amount double, store_and_fwd_flag string, day date) "
            "partition by (month(day))")
        sql("insert into taxis values (1000371, 1.8, 15.32, 'N', '2024-01-01'), (1000372, 2.5, 22.15, 'N', '2024-01-20'), "
            "(1000373, 0.9, 9.01, 'N', '2024-02-03'), (1000374, 8.4, 42.13, 'Y', '2024-02-29')")
        assert sql("select count(*), sum(fare_amount) from taxis where day >= '2024-02-01'") == [(2, 51.14)]
        sql("update taxis set store_and_fwd_flag = 'Y' where trip_id = 1000371")
        sql("delete from taxis where trip_id = 1000373")
        sql("merge into taxis as t using (select 1000374 as id, 1.0 as fare union all select 5, 2.0) as n on t.trip_id = n.id "
            "when matched then update set fare_amount = n.fare when not matched then insert (trip_id, fare_amount) values (n.id, n.fare)")
        sql("alter table taxis add column tip double after fare_amount, rename column store_and_fwd_flag to flag")
        expected = [(5, 2.0, None, None), (1000371, 15.32, None, "Y"), (1000372, 22.15, None, "N"), (1000374, 1.0, None, "Y")]
        assert sql("select trip_id, fare_amount, tip, flag from taxis order by trip_id") == expected
        sql('alter table taxis execute rewrite_data_files("rewrite_all" = true)')
        sql("create table copied as select trip_id, flag from taxis")
        assert sql("show tables") == [("copied",), ("taxis",)]
        found = weed.pyiceberg().load_table("guide.taxis").scan().to_arrow().sort_by("trip_id")
        assert list(zip(*(found[name].to_pylist() for name in ("trip_id", "fare_amount", "tip", "flag")))) == expected
        assert sql("select count(*) from taxis$snapshots")[0][0] >= 5
        sql("drop table copied force")
        sql("drop table taxis force")
        sql("drop database guide")
        assert ("guide",) not in sql("show databases")


class WeedBench(Bench):
    """What a case of the matrix needs, on this catalog."""

    def __init__(self, server, catalog, weed):
        self.numbers = itertools.count()
        with server.sql() as connection:
            run_sql(connection, f"create database {catalog}.interop")
        self.firn, self.pyiceberg = Firn(server, catalog, "interop"), PyIceberg(weed.pyiceberg(), "interop")
        self.engines = {engine.name: engine for engine in (self.firn, self.pyiceberg)}

def test_a_part_of_the_matrix(server, catalog, weed):
    bench, seed = WeedBench(server, catalog, weed), draw_seed()
    # SeaweedFS 4.48 denies keys with an empty partition value, such as data/p=/x.parquet, and Puffin files among the data.
    cases = [case for case in cover(seed) if case.delete not in ("DuckDB's", "deletion vectors") and (case.transform, case.kind) not in (
        ("identity", "string"), ("truncate[10]", "string"), ("identity", "binary"), ("truncate[10]", "binary"))]
    wrong = [problem for case in random.Random(seed).sample(cases, CASES) for problem in Run(bench, case).play()]
    assert not wrong, "\n".join(wrong)
