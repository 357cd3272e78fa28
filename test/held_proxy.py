"""A proxy before an HTTP server that holds one request, or its answer, until it is told what to do with it."""

from __future__ import annotations

import re
import socket
import threading


class HeldProxy:
    def __init__(self, target_port: int):
        self.target_port = target_port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self._lock = threading.Lock()
        self._rule: tuple[str, str, str] | None = None
        self._held = threading.Event()
        self._go = threading.Event()
        self._dropped = False
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self, method: str, part: str, when: str) -> threading.Event:
        """The next request of that kind waits, as it comes (`request`) or with its answer (`answer`)."""
        with self._lock:
            self._rule, self._dropped = (method, part, when), False
            self._held, self._go = threading.Event(), threading.Event()
            return self._held

    def release(self) -> None:
        self._go.set()

    def drop(self) -> None:
        """What is held is forgotten: the server never sees it, or the client never sees the answer."""
        self._dropped = True
        self._go.set()

    def close(self) -> None:
        self._go.set()
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _take_rule(self, method: str, path: str):
        with self._lock:
            if self._rule and self._rule[0] == method and self._rule[1] in path:
                rule, self._rule = self._rule, None
                return rule[2], self._held, self._go
        return None, None, None

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self.target_port))
        try:
            while True:
                request = read_message(client)
                if not request:
                    return
                method, path = request.split(b" ", 2)[:2]
                when, held, go = self._take_rule(method.decode(), path.decode())
                if when == "request":
                    held.set()
                    go.wait()
                    if self._dropped:
                        return
                server.sendall(request)
                answer = read_message(server, no_body=method == b"HEAD")
                if when == "answer":
                    held.set()
                    go.wait()
                    if self._dropped:
                        return
                client.sendall(answer)
        except OSError:
            pass  # Either side was killed: that is what the tests are about.
        finally:
            client.close()
            server.close()


def read_message(connection: socket.socket, no_body: bool = False) -> bytes:
    """One HTTP/1.1 message, whole; empty when the peer has closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/1\.\d (\d+)", head)
    if no_body or (status and status.group(1) in (b"204", b"304")):
        return data
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    chunked = re.search(rb"(?i)\r\ntransfer-encoding: *chunked", head)
    while (chunked and not body.endswith(b"0\r\n\r\n")) or (length and len(body) < int(length.group(1))):
        more = connection.recv(65536)
        if not more:
            return b""
        body += more
    return head + b"\r\n\r\n" + body
