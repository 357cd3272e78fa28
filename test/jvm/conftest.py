"""Clients on the JVM: their settings are read from docs/CLIENTS.md, so that the page cannot lie."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess

import pytest

from firn_server import REGION

PAGE = pathlib.Path(__file__).parents[2] / "docs/CLIENTS.md"
PYTHON = os.environ.get("FIRN_JVM_PYTHON", "")
JARS = pathlib.Path(os.environ.get("FIRN_JVM_JARS", "/nowhere"))


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent == pathlib.Path(__file__).parent and not PYTHON:
            item.add_marker(pytest.mark.skip(reason="FIRN_JVM_PYTHON is not set: run ./dev test jvm"))


def page_lines(block: str, server, account, key: tuple[str, str]) -> dict[str, str]:
    """The settings of one block of the page, its capital words replaced by this server's."""
    text = re.search(rf"^```properties {re.escape(block)}$(.*?)^```$", PAGE.read_text(), re.M | re.S).group(1)
    words = {"ENDPOINT": server.aws_endpoint, "KEY": key[0], "SECRET": key[1], "ACCOUNT": server.account_id,
             "BUCKET": account.bucket, "BUCKET_ARN": account.bucket_arn}
    text = re.sub(r"\b(" + "|".join(sorted(words, key=len, reverse=True)) + r")\b", lambda m: words[m.group(0)], text)
    return dict(line.split("=", 1) for line in text.split("\n") if line)


class Spark:
    """One Spark on a JVM of its own; SQL in, rows as text out."""

    def __init__(self, settings: dict[str, str], key: tuple[str, str], log: pathlib.Path):
        jars = ",".join(str(jar) for jar in sorted(JARS.glob("*.jar")))
        settings = {**settings, "spark.jars": jars, "spark.driver.memory": "2g", "spark.ui.enabled": "false",
                    "spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "2",
                    "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        self.log = log
        self.process = subprocess.Popen(
            [PYTHON, str(pathlib.Path(__file__).parent / "spark_driver.py"), json.dumps(settings)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(log, "ab"), text=True, cwd=log.parent,
            env={**os.environ, "AWS_ACCESS_KEY_ID": key[0], "AWS_SECRET_ACCESS_KEY": key[1], "AWS_REGION": REGION})
        self.version = self._answer()["ready"]

    def _answer(self) -> dict:
        line = self.process.stdout.readline()
        assert line, f"Spark ended: {self.log.read_text(errors='replace')[-4000:]}"
        return json.loads(line)

    def sql(self, statement: str) -> list[tuple]:
        self.process.stdin.write(json.dumps(statement) + "\n")
        self.process.stdin.flush()
        answer = self._answer()
        if "error" in answer:
            raise RuntimeError(f"{statement}\n{answer['error']}")
        return [tuple(row) for row in answer["rows"]]

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=60)
