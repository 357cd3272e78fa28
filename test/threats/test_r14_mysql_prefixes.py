"""R14: what real clients send, cut off after every byte, leaves the server alive and as small as before.

The transcripts are made here, through a proxy that writes down what the pinned clients say. `root` has no password, so a
transcript is a good login whatever nonce it meets.
"""

import asyncio
import contextlib
import socket
import struct
import subprocess
import threading

import mysql.connector
import MySQLdb
import pymysql
import pytest
from pymysql.constants import CLIENT
from raw_mysql import RawConnection

from firn_server import FirnServer, run_sql

CONCURRENT = 24
GROWTH_MEGABYTES_MAX = 20
CASES_MIN = 18_000


class Recorder:
    """A proxy that keeps what the client of each connection says."""

    def __init__(self, port: int):
        self.target = port
        self.transcripts: list[bytearray] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                said = bytearray()
                self.transcripts.append(said)
                threading.Thread(target=self.pump, args=(client, server, said), daemon=True).start()
                threading.Thread(target=self.pump, args=(server, client, None), daemon=True).start()

    @staticmethod
    def pump(source: socket.socket, target: socket.socket, said: bytearray | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if said is not None:
                    said += data
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


def pymysql_says(port: int, *statements: str, **options) -> None:
    connection = pymysql.connect(host="127.0.0.1", port=port, user="root", **options)
    for statement in statements:
        with contextlib.suppress(pymysql.MySQLError), connection.cursor() as cursor:
            cursor.execute(statement)
            while cursor.nextset():
                pass
    connection.close()


def mysqlclient_says(port: int, statement: str, **options) -> None:
    connection = MySQLdb.connect(host="127.0.0.1", port=port, user="root", ssl_mode="DISABLED", **options)
    cursor = connection.cursor()
    cursor.execute(statement)
    connection.ping()
    connection.stat()
    connection.close()


def connector_says(port: int, statement: str, *parameters, **options) -> None:
    connection = mysql.connector.connect(host="127.0.0.1", port=port, user="root", password="", use_pure=True,
                                         ssl_disabled=True, **options)
    cursor = connection.cursor(prepared=bool(parameters))
    cursor.execute(statement, parameters)
    cursor.fetchall()
    connection.cmd_reset_connection()
    connection.close()


def cli_says(port: int, text: str, *options: str) -> None:
    subprocess.run(["mysql", "-h127.0.0.1", f"-P{port}", "-uroot", "--skip-ssl", "--force", *options], input=text, text=True,
                   capture_output=True, timeout=60)


def raw_says(port: int, *commands: bytes, **options) -> None:
    with RawConnection(port) as raw:
        raw.log_in(**options)
        for command in commands:
            raw.send(command)
        raw.send(b"\x0e")


CONNECTOR_J = "/* mysql-connector-j-9.4.0 (Revision: 1) */SELECT  " + ", ".join(f"@@{name} AS {name}" for name in (
    "session.auto_increment_increment", "character_set_client", "character_set_connection", "character_set_results",
    "character_set_server", "collation_server", "collation_connection", "init_connect", "interactive_timeout", "license",
    "lower_case_table_names", "max_allowed_packet", "net_write_timeout", "performance_schema", "sql_mode", "system_time_zone",
    "time_zone", "transaction_isolation", "wait_timeout")).replace("AS session.", "AS ")
BROWSE = ("SELECT DATABASE()", "SELECT @@transaction_isolation", "SHOW VARIABLES LIKE 'lower_case_table_names'",
          "ADMIN SHOW FRONTEND CONFIG LIKE 'run_mode'", "SHOW FULL TABLES FROM `information_schema`",
          "SELECT * FROM information_schema.columns WHERE table_schema = 'information_schema' AND table_name = 'tables'")
EXECUTE = b"\x17" + struct.pack("<IBI", 1, 0, 1)
TALKS = [
    *(lambda port, s=s: pymysql_says(port, s) for s in (
        "select 1", "select 'Zürich', 1.5, null", "show databases", "select * from nowhere", "set @a = 1, autocommit = 0",
        "use information_schema", "explain select 1", "show variables like 'sql%'")),
    lambda port: pymysql_says(port, CONNECTOR_J, "SET sql_mode='STRICT_TRANS_TABLES'", "SET character_set_results = NULL"),
    lambda port: pymysql_says(port, *BROWSE),
    lambda port: connector_says(port, CONNECTOR_J),
    lambda port: pymysql_says(port, "select 1; select 2", client_flag=CLIENT.MULTI_STATEMENTS),
    lambda port: pymysql_says(port, "select database()", database="information_schema"),
    lambda port: pymysql_says(port, "select 1", init_command="set names utf8mb4", program_name="r14"),
    *(lambda port, s=s: mysqlclient_says(port, s) for s in ("select 1", "show catalogs", "select version(), @@tx_isolation")),
    *(lambda port, s=s: connector_says(port, s) for s in ("select 1", "select 'text', 2.5", "show databases")),
    lambda port: connector_says(port, "select ? + ?", 1, 2),
    lambda port: connector_says(port, "select ?, ?, ?", "text", 1.5, None),
    lambda port: cli_says(port, "select 1;\nshow databases;\n"),
    lambda port: cli_says(port, "use information_schema\nselect 1\\G\n", "-vv"),
    lambda port: cli_says(port, "status\n", "-t"),
    lambda port: raw_says(port, b"\x11root\0\0information_schema\0\x2d\0mysql_native_password\0"),
    lambda port: raw_says(port, b"\x1f", b"\x1b\0\0", b"\x1b\1\0", b"\x09"),
    lambda port: raw_says(port, b"\x04tables\0%", b"\x02information_schema", b"\x04nowhere\0"),
    lambda port: raw_says(port, b"\x16select ?, ?", b"\x18" + struct.pack("<IH", 1, 0) + b"long data",
                          EXECUTE + b"\0\1\xfc\0\x08\0" + b"\x07\0\0\0\0\0\0\0", b"\x1a\1\0\0\0", b"\x19\1\0\0\0"),
    lambda port: raw_says(port, b"\x16select ?", EXECUTE + b"\0\1\x0c\0\x0b\xe8\x07\2\x1d\1\2\3\4\5\0\0"),
    lambda port: raw_says(port, b"\x16select ?", EXECUTE + b"\0\1\x0b\0\x0c\1\1\0\0\0\2\3\4\5\0\0\0"),
    lambda port: raw_says(port, b"\x0c\xff\xff\0\0", b"\x00", b"\x05x", b"\x12", b"\x1e", b"\xff"),
    lambda port: raw_says(port, b"\x03select 1", b"\x03", b"\x03\0", b"\x16", b"\x17", database="information_schema", charset=255),
]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    running = FirnServer(tmp_path_factory.mktemp("r14") / "data").start()
    yield running
    running.stop()


async def say(port: int, said: bytes) -> None:
    """Sends the bytes, ends its side, and reads until the server has ended its."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(said)
        writer.write_eof()
        await asyncio.wait_for(reader.read(-1), timeout=30)
    except (ConnectionError, OSError):
        pass
    finally:
        writer.close()


async def say_all(port: int, cases: list[bytes]) -> None:
    waiting = iter(cases)

    async def run() -> None:
        for said in waiting:
            await say(port, said)

    await asyncio.gather(*(run() for _ in range(CONCURRENT)))


def test_every_prefix_of_thirty_transcripts(own):
    recorder = Recorder(own.mysql_port)
    for talk in TALKS:
        talk(recorder.port)
    transcripts = [bytes(said) for said in recorder.transcripts]
    assert len(transcripts) == len(TALKS) >= 30
    cases = [said[:end] for said in transcripts for end in range(len(said) + 1)]
    assert len(cases) >= CASES_MIN, len(cases)

    asyncio.run(say_all(own.mysql_port, cases[::10]))  # What the allocator and the engine keep anyhow.
    before = own.resident_megabytes()
    asyncio.run(say_all(own.mysql_port, cases))
    growth = own.resident_megabytes() - before
    print(f"{len(cases)} prefixes of {len(transcripts)} transcripts, resident size {growth:+.1f} MB")
    assert own.running()
    assert growth < GROWTH_MEGABYTES_MAX, growth
    with own.sql() as connection:
        assert run_sql(connection, "select 1") == [(1,)]
        assert len(run_sql(connection, "show processlist")) == 1
