"""Writes through Firn's SQL beside DuckDB's iceberg extension, PyIceberg and, with --jvm, Spark and Trino: one catalog, one run.

All write to Firn's local AWS side: Firn by its engine (another process, over HTTP like the others), DuckDB and PyIceberg in the
process that asks, Spark and Trino each on a JVM. In every round each task is done by each writer in turn, forwards and backwards.
After each task what the writer's table holds is read by PyIceberg and compared with what was acknowledged.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "test"))

import duckdb  # noqa: E402
import pyarrow as pa  # noqa: E402
import pymysql  # noqa: E402

import jvm  # noqa: E402
from firn_server import REGION, Account, FirnServer, run_sql  # noqa: E402

COLUMNS = "a bigint, b double, d string, e bigint"
SCHEMA = pa.schema([("a", pa.int64()), ("b", pa.float64()), ("d", pa.string()), ("e", pa.int64())])


class Firn:
    name = "Firn"

    def __init__(self, world):
        self.engine = world.engine
        self.connection = self.engine.sql()
        run_sql(self.connection, world.catalog_statement("lake"))

    def process_ids(self):
        return [self.engine.process.pid]

    def create(self, table, partition=None):
        run_sql(self.connection, f"create table lake.bench.{table} ({COLUMNS})" + (f" partition by ({partition})" if partition else ""))

    def insert(self, table, rows, connection=None):
        values = ", ".join(f"({a}, {b}, '{d}', {e})" for a, b, d, e in rows)
        run_sql(connection or self.connection, f"insert into lake.bench.{table} values {values}")

    def session(self):
        return self.engine.sql()

    def load(self, table, source, partition=None):
        """From a table of the same catalog, since Firn reads no files outside tables."""
        by = f" partition by ({partition})" if partition else ""
        run_sql(self.connection, f"create table lake.bench.{table}{by} as select * from lake.bench.{source}")

    def change(self, statement):
        run_sql(self.connection, statement.format(space="lake.bench", update="string"))


class DuckDb:
    name = "DuckDB-iceberg"

    def __init__(self, world):
        self.connection = duckdb.connect(config={"threads": os.cpu_count()})
        for extension in ("httpfs", "avro", "iceberg"):
            folder = pathlib.Path(importlib.import_module(f"duckdb_extension_{extension}").__file__).parent
            self.connection.execute(f"LOAD '{next(folder.rglob(f'{extension}.duckdb_extension'))}'")
        key, secret = world.aws.root_key()
        self.connection.execute(f"""CREATE SECRET s (TYPE s3, KEY_ID '{key}', SECRET '{secret}', REGION '{REGION}',
            ENDPOINT '{world.endpoint.removeprefix("http://")}', URL_STYLE 'path', USE_SSL false)""")
        self.connection.execute(f"""ATTACH '{world.account.bucket_arn}' AS lake (TYPE iceberg,
            ENDPOINT '{world.endpoint}/iceberg', AUTHORIZATION_TYPE 'sigv4', SECRET 's', SIGV4_SERVICE 's3tables',
            SIGV4_REGION '{REGION}', STAGE_CREATE_TABLES true, PURGE_REQUESTED true)""")

    def process_ids(self):
        return [os.getpid()]

    def create(self, table, partition=None):
        self.connection.execute(f"create table lake.bench.{table} ({COLUMNS.replace('string', 'varchar')})")

    def insert(self, table, rows, connection=None):
        values = ", ".join(f"({a}, {b}, '{d}', {e})" for a, b, d, e in rows)
        (connection or self.connection).execute(f"insert into lake.bench.{table} values {values}")

    def session(self):
        return self.connection.cursor()

    def load(self, table, source, partition=None):
        by = f" partitioned by ({partition})" if partition else ""
        self.connection.execute(f"create table lake.bench.{table}{by} as select * from lake.bench.{source}")

    def change(self, statement):
        self.connection.execute(statement.format(space="lake.bench", update="varchar"))


class PyIceberg:
    name = "PyIceberg"

    def __init__(self, world):
        self.world = world
        self.catalog = world.pyiceberg()

    def process_ids(self):
        return [os.getpid()]

    def create(self, table, partition=None):
        self.catalog.create_table(f"bench.{table}", schema=SCHEMA)

    def insert(self, table, rows, connection=None):
        columns = list(zip(*rows))
        (connection or self.catalog).load_table(f"bench.{table}").append(
            pa.table({f.name: pa.array(c, f.type) for f, c in zip(SCHEMA, columns)}, schema=SCHEMA))

    def session(self):
        return self.world.pyiceberg()

    def load(self, table, source, partition=None):
        rows = self.catalog.load_table(f"bench.{source}").scan().to_arrow()
        made = self.catalog.create_table(f"bench.{table}", schema=rows.schema)
        if partition:
            with made.update_spec() as spec:
                spec.add_identity(partition)
        made.append(rows)

    change = None


class OnJvm:
    """What Spark and Trino say alike; `ice` is the Glue face, by the root's key."""

    sql: Callable[[str], list]
    types: str

    def create(self, table, partition=None):
        self.sql(f"create table ice.bench.{table} ({self.types})")

    def insert(self, table, rows, connection=None):
        values = ", ".join(f"({a}, cast({b} as double), '{d}', {e})" for a, b, d, e in rows)
        self.sql(f"insert into ice.bench.{table} values {values}")

    def session(self):
        return None  # Any thread may ask.

    def change(self, statement):
        self.sql(statement.format(space="ice.bench", update="string"))

    def process_ids(self):
        return jvm.family(self.process.pid)

    def warm_up(self):
        """So that classes are loaded and code is compiled before the clock starts."""
        self.create(f"{self.word}_warm")
        for _ in range(jvm.WARM_UPS):
            self.insert(f"{self.word}_warm", [(1, 1.0, "N", 1)])
            self.change(f"update {{space}}.{self.word}_warm set d = 'x' where a = 1")
            self.change(f"delete from {{space}}.{self.word}_warm where a = 1")


class Spark(OnJvm):
    """Changes are merge-on-read, as the others'; Spark's own default is to copy."""

    name, word = jvm.NAMES[0], "spark"
    types = COLUMNS
    modes = "tblproperties (" + ", ".join(f"'write.{act}.mode' = 'merge-on-read'" for act in ("delete", "update", "merge")) + ")"

    def __init__(self, world):
        self.running = jvm.start_spark(world.folder, {
            "type": "rest", "uri": f"{world.endpoint}/iceberg", "warehouse": world.account.warehouse,
            "rest.sigv4-enabled": "true", "rest.signing-name": "glue", "rest.signing-region": REGION,
            "rest.access-key-id": world.key[0], "rest.secret-access-key": world.key[1],
            "io-impl": "org.apache.iceberg.aws.s3.S3FileIO", "client.region": REGION, "s3.endpoint": world.endpoint,
            "s3.path-style-access": "true"}, world.key)
        self.process = self.running.process
        self.warm_up()

    def sql(self, statement):
        return self.running.values(statement)

    def load(self, table, source, partition=None):
        """Glue's catalog does not stage tables, so the table is made first."""
        by = f"partitioned by ({partition})" if partition else ""
        self.sql(f"create table ice.bench.{table} (id bigint, month string, price double, note string) using iceberg {by} {self.modes}")
        self.sql(f"insert into ice.bench.{table} select * from ice.bench.{source}")


class Trino(OnJvm):
    name, word = jvm.NAMES[1], "trino"
    types = COLUMNS.replace("string", "varchar")

    def __init__(self, world):
        self.running = jvm.start_trino(world.folder, {
            "iceberg.catalog.type": "rest", "iceberg.rest-catalog.uri": f"{world.endpoint}/iceberg",
            "iceberg.rest-catalog.warehouse": world.account.warehouse, "iceberg.rest-catalog.sigv4-enabled": "true",
            "iceberg.rest-catalog.signing-name": "glue", "iceberg.rest-catalog.view-endpoints-enabled": "false",
            "fs.native-s3.enabled": "true", "s3.endpoint": world.endpoint, "s3.path-style-access": "true", "s3.region": REGION,
            "s3.aws-access-key": world.key[0], "s3.aws-secret-key": world.key[1]})
        self.process = self.running.process
        self.warm_up()

    def sql(self, statement):
        return self.running.sql(statement)

    def load(self, table, source, partition=None):
        by = f"with (partitioning = array['{partition}'])" if partition else ""
        self.sql(f"create table ice.bench.{table} {by} as select * from ice.bench.{source}")


class World:
    """The AWS side and the engine, each a process of its own, so that memory and threads are each writer's."""

    def __init__(self, folder: pathlib.Path, latency: str | None = None):
        self.aws = FirnServer(folder / "aws", "--without-engine").start()
        self.folder = folder
        self.endpoint, self.proxy = self.aws.aws_endpoint, None
        if latency:
            # The server names as its store's endpoint the one that it was asked by: all go through the proxy.
            store, catalog = latency.split("/")
            self.proxy = subprocess.Popen(
                [sys.executable, str(HERE / "latency.py"), str(self.aws.ready["aws_port"]), store, "/iceberg", catalog],
                stdout=subprocess.PIPE, text=True)
            self.endpoint = f"http://127.0.0.1:{self.proxy.stdout.readline().split()[0]}"
        self.engine = FirnServer(folder / "engine", "--without-aws").start()
        self.account = Account(self.aws)
        self.key = self.aws.root_key()
        # The root sees what others made, but Lake Formation lets it change that only with a grant.
        self.aws.aws("lakeformation").grant_permissions(
            Principal={"DataLakePrincipalIdentifier": f"arn:aws:iam::{self.aws.account_id}:root"},
            Resource={"Catalog": {"Id": self.account.warehouse}}, Permissions=["ALL"])
        self.reader = self.account.pyiceberg()
        self.reader.create_namespace("bench")

    def catalog_statement(self, name):
        return self.account.create_catalog_statement(name, **{"iceberg.catalog.uri": f"{self.endpoint}/iceberg"})

    def pyiceberg(self):
        """As a writer has it; what checks the results is not delayed."""
        return self.account.pyiceberg(self.endpoint)

    def rows(self, table):
        return self.reader.load_table(f"bench.{table}").scan().to_arrow()

    def files(self, table):
        return len(self.reader.load_table(f"bench.{table}").inspect.files())

    def close(self):
        if self.proxy:
            self.proxy.kill()
        self.engine.kill()
        self.aws.kill()


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def commit_one(world, writer, table, options):
    """B6: sequential INSERTs of four rows."""
    writer.create(table)
    times = []
    for n in range(options.inserts):
        rows = [(n, 1.5, "N", part) for part in range(4)]
        begin = time.perf_counter()
        writer.insert(table, rows)
        times.append(time.perf_counter() - begin)
    found = world.rows(table)
    assert sorted(zip(found["a"].to_pylist(), found["e"].to_pylist())) == [(n, e) for n in range(options.inserts) for e in range(4)]
    return {"p50 ms": 1e3 * percentile(times, 0.5), "p99 ms": 1e3 * percentile(times, 0.99)}


def commit_many(count):
    def task(world, writer, table, options):
        """B7: concurrent INSERTs of one row into one table."""
        writer.create(table)
        acknowledged, failed, times = [], [], []
        gate = threading.Barrier(count + 1)

        def work(number):
            session = writer.session()
            n = 0
            gate.wait()
            stop = time.monotonic() + options.seconds
            while time.monotonic() < stop:
                begin = time.perf_counter()
                try:
                    writer.insert(table, [(n, 1.0, "N", number)], session)
                    acknowledged.append((n, number))
                    times.append(time.perf_counter() - begin)
                except Exception as error:  # Counted, and shown beside the rate.
                    failed.append(str(error)[:100])
                n += 1

        threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        gate.wait()
        begin = time.monotonic()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - begin
        found = world.rows(table)
        there = list(zip(found["a"].to_pylist(), found["e"].to_pylist()))
        lost = set(acknowledged) - set(there)
        assert len(there) == len(set(there)), f"{writer.name} wrote rows twice"
        assert not lost, f"{writer.name} lost {len(lost)} acknowledged rows"
        return {"statements/s": len(acknowledged) / seconds, "failed": len(failed),
                "p99 ms": 1e3 * percentile(times, 0.99) if times else float("nan")}

    return task


class PeakMemory:
    """The highest resident size of some processes while it is open, looked at 50 times a second."""

    def __init__(self, ids):
        self.files = [pathlib.Path(f"/proc/{i}/status") for i in ids]
        self.peak = 0
        self.stop = threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def _watch(self):
        while not self.stop.wait(0.02):
            self.peak = max(self.peak, sum(self._resident(f) for f in self.files))

    @staticmethod
    def _resident(status):
        try:
            return sum(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        except OSError:  # It has ended.
            return 0

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def bulk(partition):
    def task(world, writer, table, options):
        """B8: a table of `--rows` rows, from a table."""
        with PeakMemory(writer.process_ids()) as memory:
            begin = time.perf_counter()
            writer.load(table, "source", partition)
            seconds = time.perf_counter() - begin
        found = world.rows(table)
        assert found.num_rows == options.rows and sum(found["id"].to_pylist()) == options.rows * (options.rows - 1) // 2
        return {"s": seconds, "peak MB": memory.peak / 1e6, "files": world.files(table)}

    return task


def change_rows(world, writer, table, options):
    """B10: DELETE and UPDATE of one row in a hundred, MERGE of one in fifty."""
    if writer.change is None:
        return None
    writer.load(table, "source")
    share = options.rows // 100
    result = {}
    for name, statement in (
            ("DELETE s", f"delete from {{space}}.{table} where id < {share}"),
            ("UPDATE s", f"update {{space}}.{table} set note = 'changed' where id >= {share} and id < {2 * share}"),
            ("MERGE s", f"merge into {{space}}.{table} t using (select * from {{space}}.source where id < {2 * share}) s on t.id = s.id "
                        "when matched then update set note = 'merged' "
                        "when not matched then insert (id, month, price, note) values (s.id, s.month, s.price, s.note)")):
        begin = time.perf_counter()
        writer.change(statement)
        result[name] = time.perf_counter() - begin
    found = world.rows(table)
    assert found.num_rows == options.rows
    notes = found["note"].to_pylist()
    assert notes.count("merged") == share and notes.count("changed") == 0, "what was changed is not what was asked for"
    return result


WRITERS = (Firn, DuckDb, PyIceberg, Spark, Trino)
TASKS = {
    "commit-1": commit_one,
    "commit-8": commit_many(8),
    "commit-64": commit_many(64),
    "bulk": bulk(None),
    "bulk by month": bulk("month"),
    "dml": change_rows,
}


def make_source(world, rows):
    """A deterministic table like a sales ledger: 36 months, prices, notes of low and high cardinality."""
    numbers = pa.array(range(rows), pa.int64())
    table = pa.table({
        "id": numbers,
        "month": pa.array([f"2023-{1 + i % 12:02d}" for i in range(rows)]),
        "price": pa.array([(i * 7919 % 100_003) / 100 for i in range(rows)], pa.float64()),
        "note": pa.array([f"note {i * 31 % 4096} of {i % 97}" for i in range(rows)]),
    })
    world.reader.create_table("bench.source", schema=table.schema).append(table)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default=",".join(TASKS))
    parser.add_argument("--writers", default=",".join(writer.name for writer in WRITERS))
    parser.add_argument("--jvm", action="store_true", help="Spark and Trino too")
    parser.add_argument("--inserts", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rows", type=int, default=6_000_000)
    parser.add_argument("--latency", help="STORE/CATALOG: milliseconds before a first byte, as 30/20")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    if options.jvm:
        jvm.check_installed()
    with tempfile.TemporaryDirectory(prefix="firn-bench-") as folder:
        world = World(pathlib.Path(folder), options.latency)
        try:
            figures = measure(world, options)
        finally:
            world.close()
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures))


def measure(world, options):
    writers = [w(world) for w in WRITERS if w.name in options.writers.split(",") and (options.jvm or not issubclass(w, OnJvm))]
    try:
        return take_turns(world, writers, options)
    finally:
        for writer in writers:
            if isinstance(writer, OnJvm):
                writer.running.stop()


def take_turns(world, writers, options):
    tasks = options.only.split(",")
    if any(t in ("bulk", "bulk by month", "dml") for t in tasks):
        make_source(world, options.rows)
    figures = []
    for round_ in range(options.repeats):
        for task in tasks:
            for writer in writers if round_ % 2 == 0 else reversed(writers):
                table = re.sub(r"\W", "_", f"{task}_{writer.name}_{round_}".lower())
                try:
                    result = TASKS[task](world, writer, table, options)
                except (duckdb.Error, pymysql.MySQLError, RuntimeError, ValueError) as error:
                    result = {"error": str(error).replace("\n", " ")[-300:]}
                if result is not None:
                    figures.append({"task": task, "writer": writer.name, "round": round_, **result})
                    print(figures[-1], flush=True)
    return figures


def show(figures):
    print("\n| task | writer | figures: min / median / max |\n|---|---|---|")
    for task in TASKS:
        for writer in (one.name for one in WRITERS):
            rounds = [f for f in figures if f["task"] == task and f["writer"] == writer]
            if not rounds:
                continue
            if "error" in rounds[0]:
                print(f"| {task} | {writer} | {rounds[0]['error']} |")
                continue
            names = [k for k in rounds[0] if k not in ("task", "writer", "round")]
            texts = []
            for name in names:
                values = [f[name] for f in rounds if name in f]
                texts.append(f"{name} {min(values):.4g} / **{statistics.median(values):.4g}** / {max(values):.4g}")
            print(f"| {task} | {writer} | {'; '.join(texts)} |")


if __name__ == "__main__":
    main()
