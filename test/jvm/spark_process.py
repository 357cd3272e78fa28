"""One Spark on a JVM of its own: SQL in, rows out, as text or as values; from many threads at once where a test has them."""

from __future__ import annotations

import datetime
import decimal
import json
import os
import pathlib
import queue
import subprocess
import threading

from firn_server import REGION

PYTHON = os.environ.get("FIRN_JVM_PYTHON", "")
JARS = pathlib.Path(os.environ.get("FIRN_JVM_JARS", "/nowhere"))
# What a statement on a dozen rows spends its time on: generated code, plans made anew, tasks for empty partitions.
SMALL = {"spark.sql.shuffle.partitions": "1", "spark.sql.codegen.wholeStage": "false", "spark.sql.adaptive.enabled": "false",
         "spark.sql.codegen.factoryMode": "NO_CODEGEN", "spark.driver.memory": "1g"}
# Beside others who write the same tables: each statement loads its table anew.
FRESH = {**SMALL, "spark.sql.catalog.lake.cache-enabled": "false"}

VALUES = {"decimal": decimal.Decimal, "date": datetime.date.fromisoformat, "datetime": datetime.datetime.fromisoformat,
          "bytes": bytes.fromhex, "list": lambda items: [value(item) for item in items],
          "map": lambda pairs: {value(key): value(item) for key, item in pairs},
          "row": lambda fields: {name: value(field) for name, field in fields.items()}}


def value(told):
    """The value that the driver told: what JSON cannot say is an object with the type's name."""
    if not isinstance(told, dict):
        return told
    ((type_, content),) = told.items()
    return VALUES[type_](content)


class Spark:
    """`settings` are Spark's; `key` is what the AWS SDK finds in the environment; `log` takes what Spark says."""

    def __init__(self, settings: dict[str, str], key: tuple[str, str], log: pathlib.Path):
        jars = ",".join(str(jar) for jar in sorted(JARS.glob("*.jar")))
        settings = {"spark.driver.memory": "2g", "spark.sql.shuffle.partitions": "2", **settings, "spark.jars": jars,
                    "spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC",
                    "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        self.log = log
        self.process = subprocess.Popen(
            [PYTHON, str(pathlib.Path(__file__).parent / "spark_driver.py"), json.dumps(settings)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(log, "ab"), text=True, cwd=log.parent,
            env={**os.environ, "AWS_ACCESS_KEY_ID": key[0], "AWS_SECRET_ACCESS_KEY": key[1], "AWS_REGION": REGION, "TZ": "UTC"})
        line = self.process.stdout.readline()
        assert line, self._last_words()
        self.version = json.loads(line)["ready"]
        self.lock = threading.Lock()
        self.asked = 0
        self.waiting: dict[int, queue.SimpleQueue] = {}
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _last_words(self) -> str:
        return f"Spark ended: {self.log.read_text(errors='replace')[-4000:]}"

    def _read(self) -> None:
        for line in self.process.stdout:
            answer = json.loads(line)
            with self.lock:
                waiting = self.waiting.pop(answer["number"])
            waiting.put(answer)
        with self.lock:
            self.asked = None
            for waiting in self.waiting.values():
                waiting.put(None)

    def _ask(self, statement: str, as_text: bool) -> list[list]:
        mine: queue.SimpleQueue = queue.SimpleQueue()
        with self.lock:
            assert self.asked is not None, self._last_words()
            self.asked += 1
            self.waiting[self.asked] = mine
            self.process.stdin.write(json.dumps({"number": self.asked, "sql": statement, "as_text": as_text}) + "\n")
            self.process.stdin.flush()
        answer = mine.get()
        assert answer is not None, self._last_words()
        if "error" in answer:
            raise RuntimeError(f"{statement}\n{answer['error']}")
        return answer["rows"]

    def sql(self, statement: str) -> list[tuple]:
        """Rows of texts."""
        return [tuple(row) for row in self._ask(statement, True)]

    def values(self, statement: str) -> list[tuple]:
        """Rows of Python's values; a timestamp with a zone is one without, in UTC."""
        return [tuple(map(value, row)) for row in self._ask(statement, False)]

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=60)
