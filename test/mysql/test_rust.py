"""sqlx and mysql_async: prepared and text statements, a pool, a stream, transactions.

Long: it fetches crates and compiles a program, which takes minutes. A machine without Rust skips it.
"""

import pathlib
import shutil
import subprocess

import pytest

from firn_server import run_sql

FOLDER = pathlib.Path(__file__).parent / "rust"


@pytest.mark.long
@pytest.mark.skipif(shutil.which("cargo") is None, reason="needs Rust 1.85 or later on the PATH; Debian 12's is older")
def test_sqlx_and_mysql_async(server, warehouse, tmp_path):
    with server.sql() as connection:
        run_sql(connection, f"create database if not exists {warehouse}.of_rust")
    subprocess.run(["cargo", "build", "--quiet", "--locked", "--target-dir", str(tmp_path)], cwd=FOLDER, check=True, timeout=900)
    done = subprocess.run([str(tmp_path / "debug/firn-of-rust"), f"mysql://root@127.0.0.1:{server.mysql_port}/{warehouse}.of_rust"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout.split() == ["rows", "stream", "errors", "transaction", "mysql_async"], \
        done.stdout + done.stderr
