"""The engines that read one table: each in a process of its own that can be ended and begun again."""

import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import time

import pymysql

HERE = pathlib.Path(__file__).parent


class Place:
    """Where the table is: the catalog and the store, each behind its proxy."""

    def __init__(self, catalog_port: int, s3_port: int, key: tuple[str, str]):
        self.catalog = f"http://127.0.0.1:{catalog_port}"
        self.s3 = f"127.0.0.1:{s3_port}"
        self.key = key


class Engine:
    name = ""
    process: subprocess.Popen | None = None

    def start(self, place: Place) -> None:
        """Begins a process that knows nothing of the table."""
        raise NotImplementedError

    def run(self, task: str) -> list:
        """One row."""
        raise NotImplementedError

    def peak_megabytes(self) -> float:
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return 0

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process = None


class Firn(Engine):
    """Through the MySQL protocol; every start has an empty data folder."""

    name = "Firn"

    def start(self, place: Place) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="firn-bench-")
        log = open(f"{self.folder.name}/log", "wb")
        self.process = subprocess.Popen(
            [os.environ["FIRN_BINARY"], "server", "--data-dir", f"{self.folder.name}/data", "--mysql-port", "0",
             "--http-port", "0", "--without-aws"], stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
        if not select.select([self.process.stdout], [], [], 60)[0]:
            raise RuntimeError("Firn did not start")
        ready = json.loads(self.process.stdout.readline())
        self.connection = pymysql.connect(host="127.0.0.1", port=ready["mysql_port"], user="root", autocommit=True)
        properties = {
            "type": "iceberg", "iceberg.catalog.type": "rest", "iceberg.catalog.uri": place.catalog,
            "iceberg.catalog.security": "oauth2", "iceberg.catalog.oauth2.credential": ":".join(place.key),
            "iceberg.catalog.oauth2.server-uri": f"{place.catalog}/v1/oauth/tokens",
            "iceberg.catalog.warehouse": "s3://warehouse", "aws.s3.endpoint": f"http://{place.s3}",
            "aws.s3.access_key": place.key[0], "aws.s3.secret_key": place.key[1], "aws.s3.region": "us-east-1",
            "aws.s3.enable_path_style_access": "true",
        }
        body = ", ".join(f'"{name}" = "{value}"' for name, value in properties.items())
        self.sql(f"create external catalog ice properties({body})")

    def sql(self, text: str) -> list:
        with self.connection.cursor() as cursor:
            cursor.execute(text)
            return list(cursor.fetchall())

    def run(self, task: str) -> list:
        return list(self.sql(SQL[task].format(table="ice.small.t"))[0])

    def stop(self) -> None:
        super().stop()
        self.folder.cleanup()


SQL = {
    "plan": "select count(*), sum(v) from {table} where p = 3 and k > 19900",
    "full": "select count(*), sum(v), max(s) from {table}",
}


class Worker(Engine):
    """A Python process that holds a library; tasks go in and rows come out as lines of JSON."""

    code = ""

    def start(self, place: Place) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "engine_worker.py"), self.code, place.catalog, place.s3, *place.key],
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


def timed(engine: Engine, task: str) -> tuple[float, list]:
    begin = time.perf_counter()
    row = engine.run(task)
    return 1000 * (time.perf_counter() - begin), row
