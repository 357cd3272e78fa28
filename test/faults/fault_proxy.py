"""An HTTP proxy between engine and catalog or storage that breaks one chosen call in one chosen way.

It knows nothing of SQL or Iceberg. Every call has a name of its kind (`name_call`), and the fault is bound to the n-th call of a
kind after `arm`, or drawn for every call by `storm`. Requests go on byte for byte, so that signatures over the Host header still hold.
"""

from __future__ import annotations

import dataclasses
import random
import re
import socket
import struct
import threading
import time

BYTES_A_READ = 1 << 16
DRIBBLED_BYTES = 3
HELD_BACK_SECONDS = 1.5

# What happens to the request, and what its sender sees of the answer.
NOT_APPLIED = ("refused-500", "refused-502", "refused-503", "refused-504", "refused-429", "reset-before")
APPLIED = ("drop-after", "reset-after", "cut-after", "500-after", "502-after", "504-after", "long-after", "slow-after",
           "held-after", "twice-first", "twice-second")
LATE = ("late",)  # The sender is cut off at once; the request is applied a moment later.
FAULTS = NOT_APPLIED + APPLIED + LATE


@dataclasses.dataclass
class Call:
    kind: str
    request_line: str
    status: int | None = None
    fault: str | None = None
    statement: str | None = None


def name_call(method: str, target: str) -> str:
    """The kind of a call: which of the catalog's operations, or which sort of object."""
    path = target.split("?")[0]
    if "/v1/config" in path:
        return "config"
    if "/iceberg/" in path:
        if path.endswith("/metrics"):
            return "metrics"
        shape = "table" if re.search(r"/tables/[^/]+$", path) else (
            "tables" if path.endswith("/tables") else "namespace" if re.search(r"/namespaces/[^/]+$", path) else "namespaces")
        return f"{method} {shape}"
    for end, kind in ((".metadata.json", "metadata"), (".parquet", "parquet"), (".puffin", "puffin")):
        if path.endswith(end):
            return f"{method} {kind}"
    if path.endswith(".avro"):
        return f"{method} {'list' if '/snap-' in path else 'manifest'}"
    return f"{method} object"


def read_message(stream, is_answer: bool, method: str = "") -> tuple[bytes, bytes] | None:
    """Head and body of one message, or None at the end of the stream."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
    lowered = head.lower()
    length = re.search(rb"\r\ncontent-length: *(\d+)", lowered)
    if is_answer and (method == "HEAD" or head.split(b" ", 2)[1] in (b"204", b"304")):
        return head, b""
    if b"\r\ntransfer-encoding: chunked" in lowered:
        body = b""
        while True:
            size = stream.readline()
            piece = stream.read(int(size.split(b";")[0], 16) + 2)
            body += size + piece
            if piece == b"\r\n":
                return head, body
    if length:
        return head, stream.read(int(length.group(1)))
    return head, stream.read() if is_answer else b""


class FaultProxy:
    """One listener before one server. `calls` grows; `arm` chooses the next fault; `drain` waits for late requests."""

    def __init__(self, server_port: int):
        self.server_port = server_port
        self.calls: list[Call] = []
        self._lock = threading.Lock()
        self._armed: tuple[str, int, str] | None = None  # Kind, how many to let pass, fault.
        self._storm: tuple[random.Random, float, tuple[str, ...]] | None = None
        self._late: list[threading.Thread] = []
        self.fired: Call | None = None
        self.when_fired = None  # Called once, after the fault, from the thread of that call.
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, kind: str, occurrence: int, fault: str) -> None:
        with self._lock:
            self._armed, self.fired = (kind, occurrence, fault), None

    def disarm(self) -> None:
        with self._lock:
            self._armed = self._storm = None

    def storm(self, chance: random.Random, rate: float, faults: tuple[str, ...]) -> None:
        """From now on each call is broken with this probability, in one of these ways."""
        with self._lock:
            self._storm = chance, rate, faults

    def drain(self) -> None:
        for thread in self._late:
            thread.join()

    def close(self) -> None:
        self.drain()
        # A thread inside accept() holds the socket open until it is shut down.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb", BYTES_A_READ) as stream:
            try:
                while (request := self._read_request(connection, stream)) is not None:
                    if not self._answer(connection, *request):
                        return
            except OSError:
                return

    def _read_request(self, connection, stream):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line:
                return None
            head += line
        if b"\r\nexpect: 100-continue" in head.lower():
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            head = re.sub(rb"(?i)\r\nexpect: 100-continue", b"", head)
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        return head, stream.read(int(length.group(1))) if length else b""

    def _choose(self, kind: str, line: str) -> Call:
        with self._lock:
            call = Call(kind, line)
            self.calls.append(call)
            if self._armed and self._armed[0] == kind:
                _, to_pass, fault = self._armed
                if to_pass == 0:
                    self._armed, self.fired, call.fault = None, call, fault
                else:
                    self._armed = kind, to_pass - 1, fault
            elif self._storm and self._storm[0].random() < self._storm[1]:
                call.fault = self._storm[0].choice(self._storm[2])
            return call

    def _forward(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        method = head.split(b" ", 1)[0].decode()
        with socket.create_connection(("127.0.0.1", self.server_port)) as upstream:
            upstream.sendall(head + body)
            answer = read_message(upstream.makefile("rb"), True, method)
        if answer is None:
            raise OSError("the server hung up")
        return answer

    def _answer(self, connection, head: bytes, body: bytes) -> bool:
        """False: the connection is over."""
        line = head.split(b"\r\n", 1)[0].decode()
        method, target, _ = line.split(" ")
        call = self._choose(name_call(method, target), line)
        if call.fault is None:
            answer_head, answer_body = self._forward(head, body)
            call.status = int(answer_head.split(b" ", 2)[1])
            connection.sendall(answer_head + answer_body)
            return True
        try:
            return self._break(connection, call, head, body)
        finally:
            if self.when_fired:
                self.when_fired()

    def _break(self, connection, call: Call, head: bytes, body: bytes) -> bool:
        fault = call.fault
        if fault.startswith("refused-"):
            return self._say(connection, fault.removeprefix("refused-"))
        if fault == "reset-before":
            return self._reset(connection)
        if fault == "late":
            thread = threading.Thread(target=self._apply_later, args=(head, body))
            self._late.append(thread)
            thread.start()
            return self._reset(connection)
        first = self._forward(head, body)
        call.status = int(first[0].split(b" ", 2)[1])
        second = self._forward(head, body) if fault.startswith("twice-") else None
        if fault in ("500-after", "502-after", "504-after"):
            return self._say(connection, fault[:3])
        if fault == "drop-after":
            return False
        if fault == "reset-after":
            return self._reset(connection)
        answer = b"".join(second if fault == "twice-second" else first)
        if fault == "cut-after":
            connection.sendall(answer[:len(answer) * 2 // 3])
            return False
        if fault == "long-after":  # It promises more than comes.
            connection.sendall(re.sub(rb"(?i)(\r\ncontent-length: *)(\d+)", rb"\g<1>9\2", answer, count=1))
            return False
        if fault == "slow-after":  # A byte a second at first.
            for at in range(DRIBBLED_BYTES):
                connection.sendall(answer[at:at + 1])
                time.sleep(1)
            answer = answer[DRIBBLED_BYTES:]
        if fault == "held-after":
            time.sleep(HELD_BACK_SECONDS)
        connection.sendall(answer)
        return True

    def _apply_later(self, head: bytes, body: bytes) -> None:
        time.sleep(HELD_BACK_SECONDS)
        try:
            self._forward(head, body)
        except OSError:
            pass

    @staticmethod
    def _say(connection, status: str) -> bool:
        text = b'{"error":{"message":"made up by the fault proxy","type":"Fault","code":' + status.encode() + b"}}"
        connection.sendall(b"HTTP/1.1 %s Fault\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                           % (status.encode(), len(text), text))
        return True

    @staticmethod
    def _reset(connection) -> bool:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        return False
