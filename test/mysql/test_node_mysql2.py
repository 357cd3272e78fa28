"""node's mysql2: text and prepared statements, a pool, COM_CHANGE_USER, compression, a stream.

`./dev test clients` installs it from deps/js/package-lock.json and names its folder in FIRN_JS_FOLDER and its interpreter in
FIRN_NODE; without them this test is skipped.
"""

import json
import os
import pathlib
import subprocess

import pytest

from firn_server import run_sql

DRIVER = pathlib.Path(__file__).parent / "mysql2_client.cjs"

pytestmark = pytest.mark.skipif("FIRN_JS_FOLDER" not in os.environ, reason="`./dev test clients` sets FIRN_JS_FOLDER")


def test_mysql2(server, warehouse):
    with server.sql() as connection:
        run_sql(connection, f"create database if not exists {warehouse}.of_node")
    done = subprocess.run([os.environ.get("FIRN_NODE", "node"), str(DRIVER), str(server.mysql_port), f"{warehouse}.of_node"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout)
    assert found["affected"] == 1
    rows = [{"id": 1, "name": "Zürich ✓", "amount": "12.50"}, {"id": 2, "name": "it's", "amount": None}]
    assert found["text"] == rows
    assert [{name: row[name] for name in ("id", "name", "amount")} for row in found["binary"]] == rows
    assert [row["y"] for row in found["binary"]] == [2024, None]
    assert found["several"] == [[{"a": 1}], [{"b": 2}]]
    assert found["failure"] == {"errno": 1146, "code": "ER_NO_SUCH_TABLE"}
    assert found["db"] == "of_node"
    assert found["sums"] == list(range(1, 33))
    assert found["size"] == 500000 and found["rows"] == 50000
