"""JDBC drivers, which DBeaver, DataGrip and Metabase speak through: Connector/J 8 and 9, MariaDB Connector/J.

Long: it fetches drivers and compiles a program for each.
"""

import os
import pathlib
import subprocess

import pytest

from firn_server import run_sql

DRIVERS = pathlib.Path(os.environ.get("FIRN_JDBC_JARS", "/nowhere"))
WORDS = ["statements", "metadata", "settings", "prepared", "compressed", "done"]


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "folder, url",
    [("connector-8", "jdbc:mysql://127.0.0.1:PORT/"), ("connector-9", "jdbc:mysql://127.0.0.1:PORT/"),
     ("connector-9", "jdbc:mariadb://127.0.0.1:PORT/")], ids=["connector-j-8", "connector-j-9", "mariadb"])
def test_a_driver(server, lake, tmp_path, folder, url):
    with server.sql() as connection:
        run_sql(connection, f"create database if not exists {lake}.of_jdbc")
    # Metadata looks into the catalog that the login's database names.
    done = subprocess.run(
        ["java", "-cp", f"{DRIVERS}/{folder}/*", str(pathlib.Path(__file__).parent / "Jdbc.java"),
         url.replace("PORT", str(server.mysql_port)) + f"{lake}.of_jdbc", "of_jdbc", "of_jdbc"],
        capture_output=True, text=True, cwd=tmp_path, timeout=110)
    assert done.returncode == 0 and done.stdout.split() == WORDS, done.stdout + done.stderr[-4000:]
