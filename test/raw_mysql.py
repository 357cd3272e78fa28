"""MySQL packets made by hand, for what no honest client sends."""

import hashlib
import socket
import struct

PROTOCOL_41, SECURE, PLUGIN_AUTH, MULTI = 1 << 9, 1 << 15, 1 << 19, 1 << 16
CONNECT_WITH_DB, COMPRESS, ZSTD, SESSION_TRACK, LOCAL_FILES, SSL = 1 << 3, 1 << 5, 1 << 26, 1 << 23, 1 << 7, 1 << 11
BASE = PROTOCOL_41 | SECURE | PLUGIN_AUTH | MULTI


def packet(payload: bytes, sequence: int = 0) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes([sequence]) + payload


def split_message(payload: bytes, sequence: int = 0) -> bytes:
    """A message of any length, in packets of at most 16 MB - 1; a full last one is followed by an empty one."""
    out = b""
    for start in range(0, len(payload) + 1, 0xFFFFFF):
        out += packet(payload[start:start + 0xFFFFFF], sequence)
        sequence = (sequence + 1) % 256
    return out


def native_proof(password: str, nonce: bytes) -> bytes:
    if not password:
        return b""
    once = hashlib.sha1(password.encode()).digest()
    mask = hashlib.sha1(nonce + hashlib.sha1(once).digest()).digest()
    return bytes(a ^ b for a, b in zip(once, mask))


class RawConnection:
    def __init__(self, port: int, timeout: float = 20):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.file = self.socket.makefile("rb")
        self.sequence = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        self.file.close()
        self.socket.close()

    def read(self) -> bytes:
        """One message; b"" when the server has closed."""
        message = b""
        while True:
            header = self.file.read(4)
            if len(header) < 4:
                return b""
            self.sequence = header[3]
            size = int.from_bytes(header[:3], "little")
            message += self.file.read(size)
            if size < 0xFFFFFF:
                return message

    def send(self, payload: bytes, sequence: int = 0) -> None:
        self.socket.sendall(split_message(payload, sequence))

    def greet(self) -> bytes:
        """Takes the greeting; the answer is the nonce."""
        greeting = self.read()
        version_end = greeting.index(b"\0", 1) + 1
        first = greeting[version_end + 4:version_end + 12]
        self.capabilities = struct.unpack_from("<H", greeting, version_end + 13)[0] | struct.unpack_from("<H", greeting, version_end + 18)[0] << 16
        second = greeting[version_end + 31:version_end + 43]
        return first + second

    def log_in(self, user: str = "root", password: str = "", flags: int = 0, charset: int = 45, database: str = "") -> bytes:
        nonce = self.greet()
        proof = native_proof(password, nonce)
        flags |= BASE | (CONNECT_WITH_DB if database else 0)
        tail = database.encode() + b"\0" if database else b""
        self.send(struct.pack("<IIB23x", flags, 1 << 24, charset) + user.encode() + b"\0" + bytes([len(proof)]) + proof +
                  tail + b"mysql_native_password\0", 1)
        return self.read()

    def command(self, code: int, body: bytes = b"") -> bytes:
        """Sends a command and takes the first packet of its answer."""
        self.send(bytes([code]) + body)
        return self.read()


def is_error(payload: bytes, number: int | None = None) -> bool:
    return payload[:1] == b"\xff" and (number is None or struct.unpack_from("<H", payload, 1)[0] == number)
