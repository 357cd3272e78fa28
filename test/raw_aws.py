"""Requests as bytes: signed by botocore or by hand, then bent, then sent over a plain socket."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import datetime
import socket
import urllib.parse

from firn_server import REGION, FirnServer

EMPTY = hashlib.sha256(b"").hexdigest()
UNRESERVED = "-_.~"


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


@dataclasses.dataclass
class Request:
    """What is signed. The signer is a second derivation of the published algorithm, not the server's."""

    method: str = "GET"
    path: str = "/"
    query: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    headers: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    body: bytes = b""
    service: str = "s3"
    region: str = REGION
    payload: str | None = None  # The payload line; the body's hash when absent.
    when: datetime.datetime | None = None
    scope_date: str | None = None
    expires: str = "300"
    unsigned: tuple[str, ...] = ()  # Headers that are sent and not signed.
    signature: str | None = None  # Of the last to_bytes.

    def _canonical(self, headers: list[tuple[str, str]], query: list[tuple[str, str]], payload: str) -> tuple[str, str]:
        path = self.path if self.service == "s3" else urllib.parse.quote(self.path, safe="/" + UNRESERVED)
        pairs = sorted((urllib.parse.quote(k, safe=UNRESERVED), urllib.parse.quote(v, safe=UNRESERVED)) for k, v in query)
        signed: dict[str, list[str]] = {}
        for name, value in headers:
            if name.lower() not in self.unsigned:
                signed.setdefault(name.lower(), []).append(" ".join(value.split()))
        names = ";".join(sorted(signed))
        lines = "".join(f"{name}:{','.join(signed[name])}\n" for name in sorted(signed))
        return "\n".join([self.method, path, "&".join(f"{k}={v}" for k, v in pairs), lines, names, payload]), names

    def _sign(self, secret: str, stamp: str, scope: str, canonical: str) -> str:
        key = b"AWS4" + secret.encode()
        for part in scope.split("/"):
            key = _mac(key, part)
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        return _mac(key, f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}").hex()

    def to_bytes(self, server: FirnServer, form: str = "header", key: tuple[str, str] | None = None,
                 wrong: bool = False) -> bytes:
        access, secret = key or server.root_key()
        stamp = (self.when or now()).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{self.scope_date or stamp[:8]}/{self.region}/{self.service}/aws4_request"
        host = f"127.0.0.1:{server.ready['aws_port']}"
        payload = self.payload or hashlib.sha256(self.body).hexdigest()
        headers, query = [("Host", host), *self.headers], list(self.query)
        if form == "header":
            headers.append(("X-Amz-Date", stamp))
            if self.service == "s3" or self.payload:
                headers.append(("X-Amz-Content-Sha256", payload))
            canonical, names = self._canonical(headers, query, payload)
        else:
            payload = self.payload or ("UNSIGNED-PAYLOAD" if self.service == "s3" else payload)
            names = ";".join(sorted({name.lower() for name, _ in headers} - set(self.unsigned)))
            query += [("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", f"{access}/{scope}"), ("X-Amz-Date", stamp),
                      ("X-Amz-Expires", self.expires), ("X-Amz-SignedHeaders", names)]
            canonical, _ = self._canonical(headers, query, payload)
        self.signature = self._sign(secret, stamp, scope, canonical)
        if wrong:
            self.signature = f"{int(self.signature, 16) ^ 1:064x}"
        if form == "header":
            headers.append(("Authorization", f"AWS4-HMAC-SHA256 Credential={access}/{scope}, SignedHeaders={names}, "
                                             f"Signature={self.signature}"))
        else:
            query.append(("X-Amz-Signature", self.signature))
        if self.body:
            headers.append(("Content-Length", str(len(self.body))))
        target = self.path + ("?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote, safe=UNRESERVED) if query else "")
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        return f"{self.method} {target} HTTP/1.1\r\n{lines}\r\n".encode() + self.body


def exchange(server: FirnServer, data: bytes, timeout: float = 20) -> tuple[int, str]:
    """Status and the whole answer; (0, "") when the server closed without one."""
    with socket.create_connection(("127.0.0.1", server.ready["aws_port"]), timeout=timeout) as connection:
        connection.sendall(data)
        return read_answer(connection, head_only=data.startswith(b"HEAD "))


def read_answer(connection: socket.socket, head_only: bool = False) -> tuple[int, str]:
    got = b""
    while b"\r\n\r\n" not in got:
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            return 0, ""
        if not piece:
            return 0, got.decode("latin-1")
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length and not head_only:
        piece = connection.recv(65536)
        if not piece:
            break
        body += piece
    return int(head.split()[1]), (head + b"\r\n\r\n" + body).decode("latin-1")


def healthy(server: FirnServer) -> None:
    status, _ = exchange(server, b"GET /_firn/health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status == 200
    assert server.running()
    assert server.aws("sts").get_caller_identity()["Account"] == server.account_id


# One call a service that its root may make.
CALLS = {
    "s3": Request("GET", "/"),
    "s3tables": Request("GET", "/buckets", service="s3tables"),
    "glue": Request("POST", "/", headers=[("X-Amz-Target", "AWSGlue.GetDatabases"), ("Content-Type", "application/x-amz-json-1.1")],
                    body=b"{}", service="glue"),
    "iam": Request("POST", "/", headers=[("Content-Type", "application/x-www-form-urlencoded")],
                   body=b"Action=ListUsers&Version=2010-05-08", service="iam"),
    "sts": Request("POST", "/", headers=[("Content-Type", "application/x-www-form-urlencoded")],
                   body=b"Action=GetCallerIdentity&Version=2011-06-15", service="sts"),
    "lakeformation": Request("POST", "/GetDataLakeSettings", headers=[("Content-Type", "application/json")], body=b"{}",
                             service="lakeformation"),
}


def call(name: str, **changes) -> Request:
    return dataclasses.replace(CALLS[name], **changes)
