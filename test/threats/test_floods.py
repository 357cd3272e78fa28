"""Slow and greedy clients are refused or bounded: memory stays flat and callers are served meanwhile."""

import resource
import socket
import time

import pytest

from raw_aws import CALLS, Request, exchange, healthy, read_answer

SLOW = 500


@pytest.fixture(autouse=True)
def many_sockets():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture()
def flat(own_server):
    """A server of its own; more than 48 MiB of growth fails."""
    server = own_server().start()
    healthy(server)
    before = server.resident_megabytes()
    yield server
    healthy(server)
    grown = server.resident_megabytes() - before
    print(f"grew by {grown:.1f} MiB")
    assert grown < 48
    server.stop()


def connect(server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.ready["aws_port"]), timeout=20)


def wait_served(server, seconds: float) -> None:
    begin = time.monotonic()
    for service in CALLS:
        status, answer = exchange(server, CALLS[service].to_bytes(server), timeout=seconds)
        assert status == 200, answer
    assert time.monotonic() - begin < seconds


@pytest.mark.parametrize("part", ["head", "body of s3", "body of glue", "chunks"])
def test_five_hundred_slow_clients(flat, part):
    glue = CALLS["glue"].to_bytes(flat)
    sent = {"head": b"GET / HTTP/1.1\r\nHost: x\r\nA: b",
            "body of s3": Request("PUT", "/b/k", body=b"x" * 100).to_bytes(flat)[:-99],
            "body of glue": glue[:-1],
            "chunks": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nx"}[part]
    clients = []
    for _ in range(SLOW):
        clients.append(connect(flat))
        clients[-1].sendall(sent)
    wait_served(flat, 5)
    for one in clients:
        one.close()


@pytest.mark.parametrize("service", [one for one in CALLS if one != "s3"])
def test_ten_gigabytes_are_refused_unread(flat, service):
    data = Request("POST", "/", service=service).to_bytes(flat)
    head = data.removesuffix(b"\r\n") + b"Content-Length: 10737418240\r\n\r\n"
    with connect(flat) as client:
        client.sendall(head)
        try:
            for _ in range(64):
                client.sendall(b"x" * 65536)
        except (BrokenPipeError, ConnectionResetError):
            return
        status, answer = read_answer(client)
        assert status in (0, 400, 403, 409, 413, 429), answer


def test_large_iceberg_bodies_of_strangers(flat):
    """64 clients with 20 MiB each: the signed hash shows at once that they have no key."""
    size = 20 << 20
    request = Request("POST", "/iceberg/v1/namespaces", service="glue", payload="0" * 64)
    head = request.to_bytes(flat, wrong=True).removesuffix(b"\r\n") + b"Content-Length: %d\r\n\r\n" % size
    clients = []
    for _ in range(64):
        clients.append(connect(flat))
        clients[-1].sendall(head + b"x" * 65536)
    for client in clients:
        status, answer = read_answer(client)
        assert status == 403, answer
        client.close()
    wait_served(flat, 5)


def test_large_iceberg_bodies_without_a_hash_are_few(own_server):
    """What signs no hash is read first: four at once, and the fifth is told to come again."""
    server = own_server().start()
    size = 20 << 20
    head = Request("POST", "/iceberg/v1/namespaces", service="glue").to_bytes(server, wrong=True).removesuffix(b"\r\n")
    head += b"Content-Length: %d\r\n\r\n" % size
    before = server.resident_megabytes()
    clients = [connect(server) for _ in range(20)]
    for client in clients:
        client.sendall(head + b"x" * 65536)
    statuses = []
    for client in clients:
        client.settimeout(2)
        try:
            statuses.append(read_answer(client)[0])
        except TimeoutError:
            statuses.append(None)
            client.settimeout(20)
            if len([one for one in statuses if one is None]) > 4:
                break
    assert statuses.count(503) == 16 and statuses.count(None) == 4, statuses
    wait_served(server, 5)
    assert server.resident_megabytes() - before < 120
    for client in clients:
        client.close()
    server.stop()


def test_pipelined_requests_are_answered_in_order(server):
    get = b"GET /_firn/health HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(server) as client:
        client.sendall(get * 100)
        for _ in range(100):
            status, answer = read_one(client)
            assert status == 200, answer


def read_one(client: socket.socket) -> tuple[int, bytes]:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += client.recv(1)
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    body = b""
    while len(body) < length:
        body += client.recv(length - len(body))
    return int(head.split()[1]), body


def test_a_connection_outlives_errors(server):
    wrong, right = CALLS["glue"].to_bytes(server, wrong=True), CALLS["glue"].to_bytes(server)
    with connect(server) as client:
        for _ in range(20):
            client.sendall(wrong)
            assert read_one(client)[0] == 403
            client.sendall(right)
            assert read_one(client)[0] == 200


def test_a_body_is_asked_for_only_when_the_signature_holds(server):
    server.aws("s3").create_bucket(Bucket="expecting")
    put = Request("PUT", "/expecting/k", body=b"x" * 1000, headers=[("Expect", "100-continue")], unsigned=("expect",))
    for wrong, first in ((False, b"HTTP/1.1 100"), (True, b"HTTP/1.1 403")):
        data = put.to_bytes(server, wrong=wrong)
        with connect(server) as client:
            client.sendall(data[:-1000])
            assert client.recv(4096).startswith(first)
            if not wrong:
                client.sendall(data[-1000:])
                assert read_one(client)[0] == 200


def test_http_1_0(server):
    with connect(server) as client:
        client.sendall(b"GET /_firn/health HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(4096), b""))
        assert answer.startswith(b"HTTP/1.1 200") and b"Connection: close" in answer
