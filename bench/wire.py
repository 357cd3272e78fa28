"""1,000,000 rows of 16 columns to a MySQL client written in C: Firn, MariaDB's server, and DuckDB in Python (no wire), in turn.

The table is the same in all three, made by the same expressions; the client counts rows and bytes, which must agree. A round does
each once; the first round warms up and is not counted. Memory is the server's greatest resident size while it sends, less what it
had before.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import duckdb
import pymysql

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "test"))
from firn_server import FirnServer, run_sql  # noqa: E402

# Name, StarRocks type, expression over the row's number n; the expressions mean the same to all three.
COLUMNS = [
    ("id", "bigint", "n"), ("vendor", "int", "n % 7"), ("flag", "varchar(8)", "concat('f', n % 3)"),
    ("passengers", "int", "n % 6 + 1"), ("pickup", "int", "n % 263"), ("dropoff", "int", "(n * 7) % 263"),
    ("distance", "double", "(n % 1000) / 8.0"), ("fare", "decimal(10, 2)", "cast(n % 9973 as decimal(10, 2))"),
    ("tip", "decimal(10, 2)", "cast(n % 97 as decimal(10, 2))"), ("toll", "decimal(10, 2)", "cast(n % 13 as decimal(10, 2))"),
    ("total", "decimal(10, 2)", "cast(n % 12007 as decimal(10, 2))"), ("ratio", "double", "(n % 4096) / 64.0"),
    ("day", "varchar(12)", "concat('2024-05-', n % 9 + 10)"), ("zone", "varchar(20)", "concat('zone number ', n % 263)"),
    ("payment", "int", "n % 5"), ("note", "varchar(40)", "concat('trip ', n, ' of the day')"),
]
SELECT = ", ".join(f"{expression} as {name}" for name, _, expression in COLUMNS)


class Memory(threading.Thread):
    """The greatest resident size of a process, looked at every 10 ms."""

    def __init__(self, process_id: int):
        super().__init__(daemon=True)
        self.process_id, self.stopped = process_id, threading.Event()
        self.before = self.peak = self.now()

    def now(self) -> float:
        for line in pathlib.Path(f"/proc/{self.process_id}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def run(self) -> None:
        while not self.stopped.wait(0.01):
            self.peak = max(self.peak, self.now())

    def end(self) -> float:
        self.stopped.set()
        self.join()
        return self.peak - self.before


def fetch(client: pathlib.Path, port: int, user: str, process_id: int, table: str) -> dict:
    memory = Memory(process_id)
    memory.start()
    done = subprocess.run([client, str(port), user, f"select * from {table}"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout) | {"megabytes": memory.end()}


def start_firn(folder: pathlib.Path, rows: int) -> FirnServer:
    server = FirnServer(folder / "firn").start()
    with server.sql() as connection:
        run_sql(connection, server.warehouse_catalog_statement("lake"))
        run_sql(connection, "create database lake.wire")
        run_sql(connection, f"create table lake.wire.trips ({', '.join(f'{name} {type_}' for name, type_, _ in COLUMNS)})")
        run_sql(connection, f"insert into lake.wire.trips select {SELECT} from (select generate_series as n from "
                            f"table(generate_series(1, {rows}))) s")
    return server


def start_mariadb(folder: pathlib.Path, rows: int) -> tuple[subprocess.Popen, int] | None:
    program = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
    if program is None:
        return None
    data, socket = folder / "mariadb", folder / "mariadb.socket"
    user = ["--user=root"] if os.geteuid() == 0 else []
    subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", *user],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    process = subprocess.Popen(
        [program, "--no-defaults", f"--datadir={data}", f"--socket={socket}", "--port=19306", "--bind-address=127.0.0.1",
         "--innodb-buffer-pool-size=1G", "--max-allowed-packet=64M", *user], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(process.kill)
    for _ in range(300):
        try:
            connection = pymysql.connect(unix_socket=str(socket), user="root", autocommit=True)
            break
        except pymysql.MySQLError:
            time.sleep(0.1)
    run_sql(connection, "create database wire")
    connection.select_db("wire")  # seq_… wants one to be chosen.
    run_sql(connection, f"create table wire.trips ({', '.join(f'{name} {type_}' for name, type_, _ in COLUMNS)})")
    run_sql(connection, f"insert into wire.trips select {SELECT.replace('n ', 'seq ').replace('(n', '(seq').replace(', n', ', seq')} "
                        f"from seq_1_to_{rows}")
    return process, 19306


def start_duckdb(rows: int) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"create table trips ({', '.join(f'{name} {type_}' for name, type_, _ in COLUMNS)})")
    connection.execute(f"insert into trips select {SELECT} from range(1, {rows + 1}) t(n)")
    return connection


def timed(run) -> dict:
    begin = time.monotonic()
    count = run()
    return {"seconds": time.monotonic() - begin, "rows": count}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/run wire")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="firn-wire-") as name:
        folder = pathlib.Path(name)
        client = folder / "wire_client"
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libmariadb"], capture_output=True, text=True, check=True)
        subprocess.run(["cc", "-O2", "-o", client, HERE / "wire_client.c", *flags.stdout.split()], check=True)
        firn = start_firn(folder, arguments.rows)
        atexit.register(lambda: firn.running() and firn.kill())
        mariadb = start_mariadb(folder, arguments.rows)
        local = start_duckdb(arguments.rows)
        tasks = {"Firn": lambda: fetch(client, firn.mysql_port, "root", firn.process.pid, "lake.wire.trips")}
        if mariadb is not None:
            tasks["MariaDB 10.11"] = lambda: fetch(client, mariadb[1], "root", mariadb[0].pid, "wire.trips")
        tasks["DuckDB in Python, Arrow"] = lambda: timed(lambda: local.execute("select * from trips").to_arrow_table().num_rows)
        tasks["DuckDB in Python, tuples"] = lambda: timed(lambda: len(local.execute("select * from trips").fetchall()))
        found: dict[str, list[dict]] = {name: [] for name in tasks}
        try:
            for number in range(arguments.rounds + 1):
                for name in list(tasks) if number % 2 == 0 else reversed(list(tasks)):
                    one = tasks[name]()
                    assert one["rows"] == arguments.rows, (name, one)
                    if number > 0:
                        found[name].append(one)
        finally:
            if mariadb is not None:
                mariadb[0].terminate()
                mariadb[0].wait()
            firn.stop()
    sent = {one["bytes"] for rounds in found.values() for one in rounds if "bytes" in one}
    assert len(sent) == 1, f"the servers did not send the same: {sent} bytes"
    print(f"load average {os.getloadavg()[0]:.1f}")
    print("| who | seconds: min / median / max | first row ms | text MB | memory MB |\n|---|---|---|---|---|")
    for name, rounds in found.items():
        seconds = [one["seconds"] for one in rounds]
        of = lambda field, scale=1.0: (f"{statistics.median(one[field] for one in rounds) / scale:.1f}" if field in rounds[0] else "")  # noqa: E731
        print(f"| {name} | {min(seconds):.2f} / **{statistics.median(seconds):.2f}** / {max(seconds):.2f} | {of('first_row_ms')} | "
              f"{of('bytes', 1e6)} | {of('megabytes')} |")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
