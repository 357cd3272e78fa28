"""A signed request with any one byte changed is refused: AWS's five kinds of service, every part of the request.

The seed is printed and taken back from FIRN_SEED. A change that means the same by AWS's own rules (letter case of a header's
name, blanks that collapse) is not made: only bytes of method, target, signed values, body, date, scope and token are bent.
The long run makes 100,000 changes, some minutes of requests one after another.
"""

import os
import random
import socket

import pytest

from raw_aws import CALLS, call, healthy, read_answer

SERVICES = ["s3", "s3tables", "glue", "iam", "sts", "lakeformation"]
TOKEN = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def signed_requests(server, random_, session):
    for service in SERVICES:
        for form in ("header", "query"):
            kept = call(service, headers=[*CALLS[service].headers, ("X-Amz-Note", f"n{random_.randrange(10**9)}"),
                                          ("X-Amz-Security-Token", session[2])])
            if form == "query":
                kept.headers = kept.headers[:-1]
                kept.query = [("X-Amz-Security-Token", session[2]), ("zone", "a b+c/ü")]
            yield service, kept.to_bytes(server, form, key=session[:2])


def places(data: bytes) -> list[int]:
    """Offsets of bytes that are signed: the request line up to its version, values of signed headers, the body."""
    head, _, body = data.partition(b"\r\n\r\n")
    found = list(range(0, head.index(b" HTTP/1.1")))
    at = 0
    for line in head.split(b"\r\n"):
        name, colon, value = line.partition(b": ")
        if colon and name.lower() not in (b"content-length",):
            found += range(at + len(name) + 2, at + len(line))
        at += len(line) + 2
    return found + list(range(len(head) + 4, len(data))) if body else found


def bend(data: bytes, random_) -> bytes:
    at = random_.choice(places(data))
    old = data[at:at + 1]
    while True:
        new = random_.choice([bytes([random_.choice(TOKEN)]), bytes([random_.randrange(256)])])
        if new != old and new not in (b"\r", b"\n") and not (new.lower() == old.lower() and data[at - 2:at - 1] == b"%" or
                                                             new.lower() == old.lower() and data[at - 1:at] == b"%"):
            return data[:at] + new + data[at + 1:]


def run(server, count: int) -> None:
    seed = int(os.environ.get("FIRN_SEED", random.randrange(2**32)))
    print(f"FIRN_SEED={seed}")
    random_ = random.Random(seed)
    answer = server.aws("sts").get_session_token()["Credentials"]
    session = (answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
    requests, accepted, made = [], [], 0
    while made < count:
        if made % 3000 == 0:
            requests = list(signed_requests(server, random_, session))
        service, data = random_.choice(requests)
        bent = bend(data, random_)
        with socket.create_connection(("127.0.0.1", server.ready["aws_port"]), timeout=70) as connection:
            connection.sendall(bent)
            status, text = read_answer(connection, head_only=bent.startswith(b"HEAD "))
        made += 1
        if not 400 <= status < 500 and status not in (0, 501, 505):
            accepted.append((service, status, bent, text))
    assert not accepted, f"seed {seed}: {len(accepted)} of {made}, first {accepted[0]}"
    healthy(server)


def test_the_unbent_ones_are_right(server):
    got = server.aws("sts").get_session_token()["Credentials"]
    session = (got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])
    for service, data in signed_requests(server, random.Random(1), session):
        with socket.create_connection(("127.0.0.1", server.ready["aws_port"]), timeout=20) as connection:
            connection.sendall(data)
            status, text = read_answer(connection)
        # A session of GetSessionToken may not call IAM: its signature held all the same.
        assert status == 200 or (service == "iam" and status == 403 and "InvalidClientTokenId" in text), (service, text)


def test_a_thousand_bent_requests(server):
    run(server, 1000)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_bent_requests(server):
    run(server, 100_000)
