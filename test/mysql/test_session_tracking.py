"""Session tracking and compression as they are on the wire: what drivers do with them is seen in their own tests."""

import struct
import subprocess
import zlib

import pytest
from raw_mysql import COMPRESS, SESSION_TRACK, ZSTD, RawConnection, packet

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def changes(ok: bytes) -> list[tuple]:
    """The session's changes in an OK packet without rows and text."""
    assert ok[:3] == b"\0\0\0", ok
    status = struct.unpack_from("<H", ok, 3)[0]
    if not status & 0x4000:
        return []
    rest = ok[7:]
    rest = rest[1 + rest[0]:]  # The text.
    rest = rest[1:1 + rest[0]]
    found = []
    while rest:
        kind, size = rest[0], rest[1]
        data, rest = rest[2:2 + size], rest[2 + size:]
        words = []
        while data:
            words.append(data[1:1 + data[0]].decode())
            data = data[1 + data[0]:]
        found.append((kind, *words))
    return found


def test_a_new_database_and_autocommit_are_told(server):
    with RawConnection(server.mysql_port) as raw:
        raw.log_in(flags=SESSION_TRACK)
        assert changes(raw.command(0x02, b"information_schema")) == [(1, "information_schema")]
        assert changes(raw.command(0x02, b"information_schema")) == []
        assert changes(raw.command(0x03, b"set autocommit = 0")) == [(0, "autocommit", "OFF")]
        assert changes(raw.command(0x03, b"set @a = 1")) == []
        raw.send(b"\x03set autocommit = 1; set @b = 2")
        assert changes(raw.read()) == [(0, "autocommit", "ON")]
        assert changes(raw.read()) == []
        assert sorted(changes(raw.command(0x1F))) == [(1, "")]


def test_a_client_that_did_not_ask_is_told_nothing(server):
    with RawConnection(server.mysql_port) as raw:
        raw.log_in()
        assert raw.command(0x02, b"information_schema") == b"\0\0\0\x02\0\0\0"


def read_frame(raw: RawConnection) -> tuple[int, int, bytes]:
    header = raw.file.read(7)
    return header[3], int.from_bytes(header[4:], "little"), raw.file.read(int.from_bytes(header[:3], "little"))


@pytest.mark.parametrize("flag", [COMPRESS, ZSTD, COMPRESS | ZSTD], ids=["zlib", "zstd", "both"])
def test_frames(server, flag):
    with RawConnection(server.mysql_port) as raw:
        assert raw.log_in(flags=flag)[:1] == b"\0"
        for _ in range(2):
            ping = packet(b"\x0e")
            raw.socket.sendall(len(ping).to_bytes(3, "little") + b"\0" + bytes(3) + ping)
            sequence, plain_length, body = read_frame(raw)
            assert (sequence, plain_length, body[4:5]) == (1, 0, b"\0")
        query = packet(b"\x03select repeat('x', 100000)")
        raw.socket.sendall(len(query).to_bytes(3, "little") + b"\0" + bytes(3) + query)
        sequence, plain_length, body = read_frame(raw)
        assert sequence == 1 and plain_length > 100000 and len(body) < 5000
        if flag & COMPRESS:
            assert zlib.decompress(body).count(b"x") > 100000
        else:
            assert body.startswith(ZSTD_MAGIC)


def test_a_command_in_two_frames_and_two_in_one(server):
    with RawConnection(server.mysql_port) as raw:
        raw.log_in(flags=COMPRESS)
        query = packet(b"\x03set @a = 1")
        for part, sequence in ((query[:5], 0), (query[5:], 1)):
            raw.socket.sendall(len(part).to_bytes(3, "little") + bytes([sequence]) + bytes(3) + part)
        assert read_frame(raw)[2][4:5] == b"\0"
        both = packet(b"\x0e") + packet(b"\x0e")
        packed = zlib.compress(both)
        raw.socket.sendall(len(packed).to_bytes(3, "little") + b"\0" + len(both).to_bytes(3, "little") + packed)
        answers = b""
        while answers.count(b"\x07\0\0") < 2:
            answers += read_frame(raw)[2]


@pytest.mark.parametrize("encryption", ["--ssl", "--skip-ssl"])
def test_the_mysql_cli_compressed_on_tls_and_off(server, encryption):
    done = subprocess.run(
        ["mysql", "-h127.0.0.1", f"-P{server.mysql_port}", "-uroot", "--compress", encryption, "-N", "-e",
         "select length(repeat('x', 3000000)); select repeat('ab', 400000)"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout == "3000000\n" + "ab" * 400000 + "\n", done.stderr


def test_an_open_transaction_is_a_status_flag(server):
    """sqlx refuses a BEGIN whose answer has no SERVER_STATUS_IN_TRANS."""
    def flag(statement: bytes) -> int:
        ok = raw.command(0x03, statement)
        assert ok[:3] == b"\0\0\0", ok
        return struct.unpack_from("<H", ok, 3)[0] & 0x0001

    with RawConnection(server.mysql_port) as raw:
        raw.log_in()
        assert flag(b"set @a = 1") == 0
        for begin in (b"begin", b"start transaction"):
            for end in (b"commit", b"rollback"):
                assert [flag(begin), flag(b"set @a = 1"), flag(end), flag(b"set @a = 1")] == [1, 1, 0, 0]
        flag(b"begin")
        raw.command(0x1f)  # COM_RESET_CONNECTION
        assert flag(b"set @a = 1") == 0
