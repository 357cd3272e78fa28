"""go-sql-driver: prepared and text statements, a pool, compression.

Long: it fetches Go modules and compiles a program, which takes half a minute. Debian 12's Go (1.19) is older than the driver
asks for, so a machine without a newer one skips it.
"""

import pathlib
import shutil
import subprocess

import pytest

from firn_server import run_sql

FOLDER = pathlib.Path(__file__).parent / "go"


@pytest.mark.long
@pytest.mark.skipif(shutil.which("go") is None, reason="needs Go 1.24 or later on the PATH; Debian 12's is older")
def test_go_sql_driver(server, warehouse, tmp_path):
    with server.sql() as connection:
        run_sql(connection, f"create database if not exists {warehouse}.of_go")
    client = tmp_path / "client"
    subprocess.run(["go", "build", "-mod=readonly", "-o", str(client), "."], cwd=FOLDER, check=True, timeout=240)
    done = subprocess.run([str(client), f"root@tcp(127.0.0.1:{server.mysql_port})/{warehouse}.of_go"], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0 and done.stdout.split() == ["rows", "errors", "pool", "compressed"], done.stdout + done.stderr
