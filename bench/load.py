"""The load: requests made beforehand, sent over raw sockets, one connection a thread, answers read into one buffer.

Sending and receiving let go of Python's lock, so the cost of the load itself is small; the row "no server" of the report
is the same load against a peer that does nothing (sink.py), the most that this load can measure.
"""

import dataclasses
import socket
import threading
import time

BUFFER_BYTES = 1 << 20


@dataclasses.dataclass
class Call:
    head: bytes
    body: bytes = b""
    keep: bool = False  # Whether the answer's body is wanted.


class Connection:
    def __init__(self, port: int):
        self.port = port
        self.buffer = bytearray(BUFFER_BYTES)
        self.open()

    def open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.closing = False

    def send(self, call: Call) -> tuple[int, bytes]:
        if self.closing:  # moto closes after every answer.
            self.socket.close()
            self.open()
        if len(call.body) <= 65536:
            self.socket.sendall(call.head + call.body)
        else:
            self.socket.sendall(call.head)
            self.socket.sendall(call.body)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._receive()
        head, _, rest = data.partition(b"\r\n\r\n")
        status = int(head[9:12])
        lower = head.lower()
        self.closing = b"connection: close" in lower
        if b"transfer-encoding: chunked" in lower:
            return status, self._chunked(rest)
        length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0]) if b"content-length:" in lower else 0
        return status, self._body(rest, length, call.keep or status >= 300)

    def _receive(self) -> bytes:
        count = self.socket.recv_into(self.buffer)
        if count == 0:
            raise ConnectionError("the server closed the connection")
        return bytes(self.buffer[:count])

    def _body(self, rest: bytes, length: int, keep: bool) -> bytes:
        got, kept = len(rest), [rest]
        while got < length:
            if keep:
                kept.append(self._receive())
                got += len(kept[-1])
            else:
                count = self.socket.recv_into(self.buffer)
                if count == 0:
                    raise ConnectionError("the answer was cut off")
                got += count
        return b"".join(kept) if keep else b""

    def _chunked(self, data: bytes) -> bytes:
        body = b""
        while True:
            while b"\r\n" not in data:
                data += self._receive()
            size, _, data = data.partition(b"\r\n")
            count = int(size, 16)
            while len(data) < count + 2:
                data += self._receive()
            body, data = body + data[:count], data[count + 2:]
            if count == 0:
                return body


def drive(port: int, calls: list[Call], threads: int) -> tuple[float, list[float]]:
    """Seconds for all calls, and each one's own. An answer that is not 2xx ends the run."""
    shares = [calls[number::threads] for number in range(threads)]
    connections = [Connection(port) for _ in shares]
    latencies: list[float] = []
    failures: list[str] = []
    gate = threading.Barrier(threads + 1)

    def work(connection: Connection, share: list[Call]):
        own = []
        gate.wait()
        for call in share:
            begin = time.perf_counter()
            status, body = connection.send(call)
            own.append(time.perf_counter() - begin)
            if status >= 300:
                failures.append(f"{status} {body[:300]!r} to {call.head[:120]!r}")
                return
        latencies.extend(own)

    workers = [threading.Thread(target=work, args=pair) for pair in zip(connections, shares)]
    for worker in workers:
        worker.start()
    gate.wait()
    begin = time.perf_counter()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - begin
    for connection in connections:
        connection.socket.close()
    if failures or len(latencies) != len(calls):
        raise RuntimeError(f"port {port}: {failures[:1] or 'a connection failed'}")
    return seconds, latencies
