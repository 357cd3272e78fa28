"""Objects over kill -9, cut connections, damaged files and long, slow bodies."""

import concurrent.futures
import pathlib
import random
import socket
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from firn_server import wait_until

MEBI = 1 << 20


def body_of(number: int, size: int) -> bytes:
    return random.Random(number).randbytes(size)


def blobs(server) -> list[pathlib.Path]:
    """Files with bytes; empty ones wait for the next objects."""
    files = (server.data_folder / "aws" / "objects").rglob("*")
    return [path for path in files if path.is_file() and path.stat().st_size > 0]


def test_kill_during_puts(own_server):
    """What was acknowledged is there, whole; what was not is there whole or not at all."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    server = own_server().start()
    server.aws("s3").create_bucket(Bucket="kill")
    acknowledged: dict[int, bytes] = {}
    sizes = {number: chance.choice([0, 100, 300_000, 2 * MEBI]) for number in range(4000)}
    numbers = iter(range(4000))
    lock = threading.Lock()

    def put_until_killed():
        s3 = server.aws("s3")
        while True:
            with lock:
                number = next(numbers)
            try:
                s3.put_object(Bucket="kill", Key=str(number), Body=body_of(number, sizes[number]))
            except (BotoCoreError, ClientError):
                return
            acknowledged[number] = b""

    for _ in range(6):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            writers = [pool.submit(put_until_killed) for _ in range(4)]
            time.sleep(chance.uniform(0.1, 0.7))
            server.kill()
            for writer in writers:
                writer.result()
        server.start()
    s3 = server.aws("s3")
    present = {int(one["Key"]) for page in s3.get_paginator("list_objects_v2").paginate(Bucket="kill")
               for one in page.get("Contents", [])}
    assert set(acknowledged) <= present
    for number in present:
        assert s3.get_object(Bucket="kill", Key=str(number))["Body"].read() == body_of(number, sizes[number]), number
    assert len(blobs(server)) == len(present), "the sweep left files that nothing names"
    print(f"{len(acknowledged)} acknowledged, {len(present)} there")
    assert len(acknowledged) > 20
    server.stop()


def test_kill_during_multipart(own_server):
    server = own_server().start()
    s3 = server.aws("s3")
    s3.create_bucket(Bucket="kill")
    upload = s3.create_multipart_upload(Bucket="kill", Key="k")["UploadId"]
    first, last = body_of(1, 5 * MEBI), body_of(2, 1000)
    parts = [{"PartNumber": 1, "ETag": s3.upload_part(
        Bucket="kill", Key="k", UploadId=upload, PartNumber=1, Body=first)["ETag"]}]
    server.kill()
    server.start()
    s3 = server.aws("s3")
    parts.append({"PartNumber": 2, "ETag": s3.upload_part(
        Bucket="kill", Key="k", UploadId=upload, PartNumber=2, Body=last)["ETag"]})
    s3.complete_multipart_upload(Bucket="kill", Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    server.kill()
    server.start()
    assert server.aws("s3").get_object(Bucket="kill", Key="k")["Body"].read() == first + last
    server.stop()


def raw_put(server, key: str, length: int) -> socket.socket:
    """A presigned PUT that has announced `length` bytes and sent none."""
    url = server.aws("s3", signature_version="s3v4").generate_presigned_url(
        "put_object", Params={"Bucket": "raw", "Key": key}, ExpiresIn=600)
    target = url.split(str(server.ready["aws_port"]), 1)[1]
    connection = socket.create_connection(("127.0.0.1", server.ready["aws_port"]))
    host = f"127.0.0.1:{server.ready['aws_port']}"
    connection.sendall(f"PUT {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n".encode())
    return connection


def test_a_put_cut_off_leaves_nothing(own_server):
    server = own_server().start()
    s3 = server.aws("s3")
    s3.create_bucket(Bucket="raw")
    s3.put_object(Bucket="raw", Key="k", Body=b"before")
    for sent in (0, 1, 300_000):
        connection = raw_put(server, "k", 1_000_000)
        connection.sendall(bytes(sent))
        connection.close()
    wait_until(lambda: len(blobs(server)) == 1, what="the half-written file to go")
    assert s3.get_object(Bucket="raw", Key="k")["Body"].read() == b"before"
    server.stop()


def test_long_claims_and_slow_bodies_cost_no_memory(own_server):
    server = own_server().start()
    server.aws("s3").create_bucket(Bucket="raw")
    server.aws("s3").put_object(Bucket="raw", Key="warm", Body=bytes(8 * MEBI))
    before = server.resident_megabytes()
    claims = [raw_put(server, f"claim-{number}", 10_000_000_000) for number in range(20)]
    slow = [raw_put(server, f"slow-{number}", 4_000_000_000) for number in range(8)]
    piece = bytes(64 << 10)
    for _ in range(50):
        for connection in slow:
            connection.settimeout(0.05)
            try:
                connection.send(piece)
            except OSError:
                pass
        time.sleep(0.005)
    grown = server.resident_megabytes() - before
    refused = [connection.recv(4096) for connection in claims]
    assert all(b" 400 " in answer.split(b"\r\n")[0] and b"EntityTooLarge" in answer for answer in refused), refused[0]
    for connection in claims + slow:
        connection.close()
    print(f"grown by {grown:.0f} MiB")
    assert grown < 64
    wait_until(lambda: len(blobs(server)) == 1, what="the half-written files to go")
    server.stop()


@pytest.mark.parametrize("size", [10, 262_144, 262_145, 5 * MEBI])
def test_a_flipped_bit_is_never_sent(own_server, size):
    server = own_server().start()
    s3 = server.aws("s3", response_checksum_validation="when_required")
    s3.create_bucket(Bucket="flip")
    body = body_of(size, size)
    s3.put_object(Bucket="flip", Key="k", Body=body)
    (blob,) = blobs(server)
    whole = blob.read_bytes()
    assert whole[:size] == body
    for at in (0, size // 2, size - 1, len(whole) - 1):
        blob.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1:])
        with pytest.raises((ClientError, BotoCoreError)) as caught:
            received = s3.get_object(Bucket="flip", Key="k")["Body"].read()
            assert received == body, "damaged bytes were sent as good ones"
            pytest.fail("the damage was not noticed")
        if at < 262_144 or at >= size:
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
        # A range that does not touch the damaged block is read, one that does is not.
        if size > MEBI and at == 0:
            assert s3.get_object(Bucket="flip", Key="k", Range="bytes=300000-300009")["Body"].read() == body[300000:300010]
            with pytest.raises(ClientError):
                s3.get_object(Bucket="flip", Key="k", Range="bytes=5-6")
    blob.write_bytes(whole)
    assert s3.get_object(Bucket="flip", Key="k")["Body"].read() == body
    for damaged in (b"", whole[:-1], whole[:size // 2]):
        blob.write_bytes(damaged)
        with pytest.raises(ClientError):
            s3.get_object(Bucket="flip", Key="k")
    server.stop()
