"""HTTP servers that stand in for others while a test runs: hostile catalogs, metadata services."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator


class Handler(http.server.BaseHTTPRequestHandler):
    """`self.server` has what the test set on it."""

    def answer(self, status: int, body: str | dict = "", **headers: str) -> None:
        """A dict is sent as JSON; `Content_Type` is the header Content-Type."""
        if not isinstance(body, str):
            body, headers = json.dumps(body), {"Content_Type": "application/json", **headers}
        data = body.encode()
        self.send_response(status)
        for name, value in (headers | {"Content_Length": str(len(data))}).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def standing_in(handler: type[Handler], **attributes) -> Iterator[http.server.ThreadingHTTPServer]:
    """A server on a port of its own, with `attributes`, `uri` and `seen`, a list for the handler to write to."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.seen, server.uri = [], f"http://127.0.0.1:{server.server_port}"
    for name, value in attributes.items():
        setattr(server, name, value)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
