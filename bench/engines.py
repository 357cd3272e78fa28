"""The engines that read one table: each in a process of its own that can be ended and begun again.

The catalog is an Iceberg REST one with OAuth2, the store is S3; all are told the same of them (Place).
"""

import dataclasses
import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import time

import pymysql

import jvm

HERE = pathlib.Path(__file__).parent


@dataclasses.dataclass
class Place:
    """Where the table is: the catalog (its URI) and the store (host and port), with or without proxies before them."""

    catalog: str
    s3: str
    key: tuple[str, str]
    warehouse: str
    bucket: str  # of the store
    table: str  # namespace.name


class Engine:
    name = ""
    process: subprocess.Popen | None = None
    warm_ups = 0  # Answers that are not counted among the repeated ones.

    def start(self, place: Place) -> None:
        """Begins a process that knows nothing of the table."""
        raise NotImplementedError

    def run(self, task: str) -> list:
        """One row."""
        raise NotImplementedError

    def peak_megabytes(self) -> float:
        return sum(int(line.split()[1]) / 1024 for number in jvm.family(self.process.pid)
                   for line in pathlib.Path(f"/proc/{number}/status").read_text().splitlines() if line.startswith("VmHWM:"))

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process = None


def catalog_statement(catalog: str, place: Place) -> str:
    properties = {
        "type": "iceberg", "iceberg.catalog.type": "rest", "iceberg.catalog.uri": place.catalog,
        "iceberg.catalog.security": "oauth2", "iceberg.catalog.oauth2.credential": ":".join(place.key),
        "iceberg.catalog.oauth2.scope": "catalog", "iceberg.catalog.oauth2.server-uri": f"{place.catalog}/v1/oauth/tokens",
        "iceberg.catalog.warehouse": place.warehouse, "aws.s3.endpoint": f"http://{place.s3}",
        "aws.s3.access_key": place.key[0], "aws.s3.secret_key": place.key[1], "aws.s3.region": "us-east-1",
        "aws.s3.enable_path_style_access": "true",
    }
    body = ", ".join(f'"{name}" = "{value}"' for name, value in properties.items())
    return f"create external catalog {catalog} properties({body})"


class Firn(Engine):
    """Through the MySQL protocol; every start has an empty data folder."""

    name = "Firn"

    def start(self, place: Place) -> None:
        self.place, self.folder = place, tempfile.TemporaryDirectory(prefix="firn-bench-")
        log = open(f"{self.folder.name}/log", "wb")
        self.process = subprocess.Popen(
            [os.environ["FIRN_BINARY"], "server", "--data-dir", f"{self.folder.name}/data", "--mysql-port", "0",
             "--http-port", "0", "--without-aws"], stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
        if not select.select([self.process.stdout], [], [], 60)[0]:
            raise RuntimeError("Firn did not start")
        ready = json.loads(self.process.stdout.readline())
        self.connection = pymysql.connect(host="127.0.0.1", port=ready["mysql_port"], user="root", autocommit=True)
        self.sql(catalog_statement("ice", place))

    def sql(self, text: str) -> list:
        with self.connection.cursor() as cursor:
            cursor.execute(text)
            return list(cursor.fetchall())

    def run(self, task: str) -> list:
        return list(self.sql(SQL[task].format(table=f"ice.{self.place.table}"))[0])

    def stop(self) -> None:
        super().stop()
        self.folder.cleanup()


SQL = {
    "plan": "select count(*), sum(v) from {table} where p = 3 and k > 19900",
    "full": "select count(*), sum(v), max(s) from {table}",
    "none": "select count(*) from {table} where id = -5",
}


class Worker(Engine):
    """A Python process that holds a library; tasks go in and rows come out as lines of JSON."""

    code = ""

    def start(self, place: Place) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "engine_worker.py"), self.code, json.dumps(dataclasses.asdict(place))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended")
        found = json.loads(line)
        if isinstance(found, dict):
            raise RuntimeError(f"{self.name}: {found['error']}")
        return found

    def run(self, task: str) -> list:
        self.process.stdin.write(task + "\n")
        self.process.stdin.flush()
        return self.answer()


class DuckDB(Worker):
    """In the process that asks: no protocol between."""

    name, code = "DuckDB 1.5.5", "duckdb"


class PyIceberg(Worker):
    """Its own planner and pyarrow; sums by pyarrow."""

    name, code = "PyIceberg 0.12.0", "pyiceberg"


class ChDB(Worker):
    """ClickHouse in the process that asks."""

    name, code = "chDB", "chdb"


class Spark(Engine):
    """On one JVM with two threads; asked through the pipe of a Python process that has nothing else to do."""

    name, warm_ups = jvm.NAMES[0], jvm.WARM_UPS

    def start(self, place: Place) -> None:
        self.place, self.folder = place, tempfile.TemporaryDirectory(prefix="firn-bench-")
        self.spark = jvm.start_spark(pathlib.Path(self.folder.name), {
            "type": "rest", "uri": place.catalog, "warehouse": place.warehouse, "credential": ":".join(place.key),
            "scope": "catalog", "oauth2-server-uri": f"{place.catalog}/v1/oauth/tokens",
            "io-impl": "org.apache.iceberg.aws.s3.S3FileIO", "client.region": "us-east-1",
            "s3.endpoint": f"http://{place.s3}", "s3.path-style-access": "true", "s3.access-key-id": place.key[0],
            "s3.secret-access-key": place.key[1]}, place.key)
        self.process = self.spark.process
        self.spark.values("select 1")

    def run(self, task: str) -> list:
        return list(self.spark.values(SQL[task].format(table=f"ice.{self.place.table}"))[0])

    def stop(self) -> None:
        self.spark.stop()
        self.folder.cleanup()


class Trino(Engine):
    """A server of one node; asked through its HTTP protocol."""

    name, warm_ups = jvm.NAMES[1], jvm.WARM_UPS

    def start(self, place: Place) -> None:
        self.place, self.folder = place, tempfile.TemporaryDirectory(prefix="firn-bench-")
        self.trino = jvm.start_trino(pathlib.Path(self.folder.name), {
            "iceberg.catalog.type": "rest", "iceberg.rest-catalog.uri": place.catalog,
            "iceberg.rest-catalog.warehouse": place.warehouse, "iceberg.rest-catalog.security": "OAUTH2",
            "iceberg.rest-catalog.oauth2.credential": ":".join(place.key), "iceberg.rest-catalog.oauth2.scope": "catalog",
            "iceberg.rest-catalog.oauth2.server-uri": f"{place.catalog}/v1/oauth/tokens", "fs.native-s3.enabled": "true",
            "s3.endpoint": f"http://{place.s3}", "s3.path-style-access": "true", "s3.region": "us-east-1",
            "s3.aws-access-key": place.key[0], "s3.aws-secret-key": place.key[1]})
        self.process = self.trino.process

    def run(self, task: str) -> list:
        return list(self.trino.sql(SQL[task].format(table=f"ice.{self.place.table}"))[0])

    def stop(self) -> None:
        self.trino.stop()
        self.folder.cleanup()


def chosen_engines(only: str | None, with_jvm: bool) -> list[Engine]:
    """Firn first, always; of the others those whose name contains one of the words, separated by commas."""
    if with_jvm:
        jvm.check_installed()
    peers = [DuckDB(), ChDB(), PyIceberg(), *([Spark(), Trino()] if with_jvm else [])]
    return [Firn(), *[engine for engine in peers if not only or any(word in engine.name for word in only.split(","))]]


def timed(engine: Engine, task: str) -> tuple[float, list]:
    begin = time.perf_counter()
    row = engine.run(task)
    return 1000 * (time.perf_counter() - begin), row
