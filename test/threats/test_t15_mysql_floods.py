"""T15: what a hostile MySQL client sends is bounded, in bytes and in time."""

import socket
import struct
import time
import zlib

import pytest
from raw_mysql import COMPRESS, LOCAL_FILES, RawConnection, is_error, packet

from firn_server import FirnServer, run_sql

MEGABYTE = 1 << 20


def alive(server) -> bool:
    with server.sql() as connection:
        return run_sql(connection, "select 1") == [(1,)]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One of its own, whose memory nobody else moves."""
    running = FirnServer(tmp_path_factory.mktemp("t15") / "data").start()
    alive(running)
    yield running
    running.stop()


def test_a_message_before_the_login_has_64_kib(server):
    before = server.resident_megabytes()
    held = []
    for _ in range(50):
        raw = RawConnection(server.mysql_port)
        raw.greet()
        try:
            raw.socket.sendall(packet(b"x" * MEGABYTE, 1))
        except OSError:
            pass  # Closed while it was sent.
        held.append(raw)
    # The length is in the header: nothing of it is kept.
    assert server.resident_megabytes() - before < 20
    for raw in held:
        try:
            answer = raw.read()
        except ConnectionError:
            answer = b""
        assert answer == b"" or is_error(answer, 1153), answer
        raw.close()
    assert alive(server)


def test_a_login_in_drips_ends_after_ten_seconds(server):
    with RawConnection(server.mysql_port, timeout=30) as raw:
        raw.greet()
        begin = time.monotonic()
        raw.socket.sendall(packet(b"x" * 1000, 1)[:4])
        ended = None
        for _ in range(30):
            try:
                raw.socket.sendall(b"x")
            except OSError:
                ended = time.monotonic() - begin
                break
            time.sleep(0.5)
        assert ended is not None and 8 < ended < 14, ended
    assert alive(server)


def test_500_silent_sockets_cost_little_and_shut_nobody_out(server):
    before = server.resident_megabytes()
    sockets = [socket.create_connection(("127.0.0.1", server.mysql_port)) for _ in range(500)]
    assert alive(server)
    assert server.resident_megabytes() - before < 40
    for one in sockets:
        one.close()
    assert alive(server)


def test_a_session_holds_1024_prepared_statements(server):
    with RawConnection(server.mysql_port) as raw:
        assert raw.log_in()[:1] == b"\0"
        for number in range(1100):
            raw.send(b"\x16" + b"select 1")
            answer = raw.read()
            if is_error(answer):
                break
            for _ in range(2):  # The column, and its end.
                raw.read()
        assert number == 1024 and is_error(answer, 1461), (number, answer)
        assert raw.command(0x0E)[:1] == b"\0"


def test_long_data_is_bounded(server):
    before = server.resident_megabytes()
    with RawConnection(server.mysql_port) as raw:
        raw.log_in()
        raw.send(b"\x16" + b"select length(?)")
        statement = struct.unpack_from("<I", raw.read(), 1)[0]
        for _ in range(4):
            raw.read()
        for _ in range(200):  # 200 MB in pieces; nothing is answered.
            raw.send(b"\x18" + struct.pack("<IH", statement, 0) + b"x" * MEGABYTE)
        assert raw.command(0x0E)[:1] == b"\0"
        assert server.resident_megabytes() - before < 160  # 32 MB kept; a string that grows has twice its bytes.
        answer = raw.command(0x17, struct.pack("<IBI", statement, 0, 1) + b"\0\1\xfc\0")
        assert is_error(answer), answer
        assert raw.command(0x0E)[:1] == b"\0"
    assert alive(server)


def test_long_data_for_no_statement_is_nothing(server):
    with RawConnection(server.mysql_port) as raw:
        raw.log_in()
        for statement, parameter in ((7, 0), (0xFFFFFFFF, 0xFFFF)):
            raw.send(b"\x18" + struct.pack("<IH", statement, parameter) + b"x" * MEGABYTE)
        raw.send(b"\x18" + b"\0")
        assert raw.command(0x0E)[:1] == b"\0"


def test_a_message_over_the_limit_is_dropped_and_said_so(server):
    before = server.resident_megabytes()
    with RawConnection(server.mysql_port) as raw:
        raw.log_in()
        answer = raw.command(0x03, b"select '" + b"x" * (40 * MEGABYTE) + b"'")
        assert is_error(answer, 1153), answer
        assert raw.command(0x0E)[:1] == b"\0"
    assert server.resident_megabytes() - before < 80


def test_a_message_of_17_megabytes_in_two_packets(server):
    with RawConnection(server.mysql_port) as raw:
        raw.log_in()
        raw.send(b"\x03" + b"select length('" + b"x" * (17 * MEGABYTE) + b"')")
        assert raw.read() == b"\1"
        raw.read(), raw.read()
        assert raw.read() == b"\x08" + str(17 * MEGABYTE).encode()  # The column's name, which is the text, came in two as well.


def test_local_infile_is_refused(server):
    with RawConnection(server.mysql_port) as raw:
        raw.log_in(flags=LOCAL_FILES)
        assert not raw.capabilities & LOCAL_FILES
        answer = raw.command(0x03, b"LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE t")
        assert is_error(answer) and b"/etc/passwd" not in answer[:1], answer


def frame(body: bytes, plain_length: int, sequence: int = 0) -> bytes:
    return len(body).to_bytes(3, "little") + bytes([sequence]) + plain_length.to_bytes(3, "little") + body


@pytest.mark.parametrize("length", [0xFFFFFF, 1, 100])
def test_a_compressed_packet_that_lies_about_its_length(server, length):
    before = server.resident_megabytes()
    with RawConnection(server.mysql_port) as raw:
        raw.log_in(flags=COMPRESS)
        raw.socket.sendall(frame(zlib.compress(b"x" * 5000), length))
        raw.file.read()  # An error, then the end.
    assert server.resident_megabytes() - before < 40
    assert alive(server)


def test_a_zlib_bomb(server):
    """Sixteen megabytes out of sixteen kilobytes, over and over: a message of 1 GB, which is dropped, then the end."""
    before = server.resident_megabytes()
    plain = packet(b"\x03" + b"x" * (0xFFFFFF - 5))[:-1]
    bomb = frame(zlib.compress(plain[:0xFFFFFF]), len(plain[:0xFFFFFF]))
    with RawConnection(server.mysql_port, timeout=60) as raw:
        raw.log_in(flags=COMPRESS)
        begin = time.monotonic()
        try:
            for _ in range(100):
                raw.socket.sendall(bomb)
        except OSError:
            pass
        assert time.monotonic() - begin < 30
        assert server.resident_megabytes() - before < 120
    assert alive(server)


@pytest.mark.parametrize("length, megabytes", [(500, 80), (10_000, 300)])
def test_a_slow_reader_costs_a_bounded_buffer(server, length, megabytes):
    before = server.resident_megabytes()
    with RawConnection(server.mysql_port) as raw:
        raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.log_in()
        raw.send(b"\x03" + f"select repeat('x', {length}) from table(generate_series(1, 4000000))".encode())  # 2 to 40 GB.
        peak = 0.0
        for _ in range(15):
            time.sleep(0.2)
            peak = max(peak, server.resident_megabytes())
            raw.file.read1(2048)
        # A few vectors of 2,048 texts wait, and one is being made on each thread.
        assert peak - before < megabytes, (before, peak)
    assert alive(server)
