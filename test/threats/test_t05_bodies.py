"""T5: the body is not the one that was signed: its hash, its chunks' chained signatures, its length, its checksums.

Nothing of a refused upload may be seen afterwards.
"""

import base64
import hashlib
import hmac
import zlib

import botocore.exceptions
import pytest

from raw_aws import CALLS, EMPTY, REGION, Request, call, exchange, now

SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER = (
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
PIECES = [b"a" * 8192, b"b" * 8192, b"c" * 10]
BODY = b"".join(PIECES)


def crc32(data: bytes) -> str:
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


class Upload:
    """An aws-chunked PUT taken apart, so that each part can be bent before it is sent."""

    def __init__(self, server, bucket, payload, pieces=PIECES, length=None, checksum=None):
        self.server, self.payload = server, payload
        decoded = b"".join(pieces)
        headers = [("Content-Encoding", "aws-chunked"), ("x-amz-decoded-content-length", str(len(decoded) if length is None else length))]
        if payload != SIGNED:
            headers.append(("x-amz-trailer", "x-amz-checksum-crc32"))
        self.request = Request("PUT", f"/{bucket}/chunked", headers=headers, payload=payload, when=now())
        self.head = self.request.to_bytes(server).removesuffix(b"\r\n")
        self.stamp = self.request.when.strftime("%Y%m%dT%H%M%SZ")
        self.scope = f"{self.stamp[:8]}/{REGION}/s3/aws4_request"
        self.previous = self.request.signature
        self.chunks = [self._chunk(piece) for piece in [*pieces, b""]]
        self.trailer = b"" if payload == SIGNED else self._trailer(checksum or crc32(decoded))

    def _mac(self, text: str) -> str:
        key = b"AWS4" + self.server.root_key()[1].encode()
        for part in self.scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        self.previous = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return self.previous

    def _chunk(self, data: bytes) -> list[bytes]:
        line = f"{len(data):x}"
        if self.payload != UNSIGNED_TRAILER:
            line += ";chunk-signature=" + self._mac("\n".join([
                "AWS4-HMAC-SHA256-PAYLOAD", self.stamp, self.scope, self.previous, EMPTY, hashlib.sha256(data).hexdigest()]))
        return [line.encode() + b"\r\n", data, b"\r\n" if data else b""]

    def _trailer(self, checksum: str) -> bytes:
        field = f"x-amz-checksum-crc32:{checksum}"
        if self.payload == UNSIGNED_TRAILER:
            return field.encode() + b"\r\n"
        digest = hashlib.sha256(f"{field}\n".encode()).hexdigest()
        signature = self._mac("\n".join(["AWS4-HMAC-SHA256-TRAILER", self.stamp, self.scope, self.previous, digest]))
        return f"{field}\r\nx-amz-trailer-signature:{signature}\r\n".encode()

    def send(self):
        body = b"".join(b"".join(chunk) for chunk in self.chunks) + self.trailer + b"\r\n"
        return exchange(self.server, self.head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)


def absent(server, bucket, key="chunked"):
    with pytest.raises(botocore.exceptions.ClientError):
        server.aws("s3").head_object(Bucket=bucket, Key=key)


@pytest.fixture()
def clean(server, bucket):
    yield
    server.aws("s3").delete_object(Bucket=bucket, Key="chunked")


@pytest.mark.parametrize("payload", [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER])
def test_the_right_body_is_taken(server, bucket, clean, payload):
    status, answer = Upload(server, bucket, payload).send()
    assert status == 200, answer
    assert server.aws("s3").get_object(Bucket=bucket, Key="chunked")["Body"].read() == BODY


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


@pytest.mark.parametrize("payload", [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER])
@pytest.mark.parametrize("chunk,at", [(0, 0), (0, 8191), (1, 4096), (2, 9)])
def test_a_flipped_bit_of_data(server, bucket, payload, chunk, at):
    upload = Upload(server, bucket, payload)
    upload.chunks[chunk][1] = flip(upload.chunks[chunk][1], at)
    status, answer = upload.send()
    assert (status, True) == ((400, "BadDigest" in answer) if payload == UNSIGNED_TRAILER else (403, "SignatureDoesNotMatch" in answer)), answer
    absent(server, bucket)


@pytest.mark.parametrize("payload", [SIGNED, SIGNED_TRAILER])
@pytest.mark.parametrize("order", [(1, 0, 2, 3), (0, 2, 3), (0, 0, 1, 2, 3), (3,), (0, 1, 2), (0, 1, 3, 2), (0, 1, 2, 3, 3)])
def test_chunks_out_of_their_chain(server, bucket, payload, order):
    upload = Upload(server, bucket, payload)
    upload.chunks = [upload.chunks[one] for one in order]
    status, answer = upload.send()
    assert status in (400, 403), answer
    absent(server, bucket)


@pytest.mark.parametrize("payload", [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER])
@pytest.mark.parametrize("length", [0, 1, len(BODY) - 1, len(BODY) + 1, 2**40, 2**63, 2**64, -1, "", "x", "1e4"])
def test_another_decoded_length(server, bucket, payload, length):
    status, answer = Upload(server, bucket, payload, length=length).send()
    assert status in (400, 411), answer
    absent(server, bucket)


@pytest.mark.parametrize("payload", [SIGNED_TRAILER, UNSIGNED_TRAILER])
def test_a_checksum_that_does_not_hold(server, bucket, payload):
    for wrong in (crc32(b"other"), "AAAA", "=", "AAAAAAA=", "AAAAAAAAAAAAAAAA"):
        status, answer = Upload(server, bucket, payload, checksum=wrong).send()
        assert status == 400, answer
        absent(server, bucket)


@pytest.mark.parametrize("payload", [SIGNED_TRAILER, UNSIGNED_TRAILER])
@pytest.mark.parametrize("trailer", [b"", b"x-amz-checksum-sha1:AAAA\r\n", b"x-amz-meta-a:b\r\n", b"nonsense\r\n", b":\r\n", b"x" * 5000 + b":y\r\n"])
def test_a_trailer_that_was_not_announced_or_is_gone(server, bucket, payload, trailer):
    upload = Upload(server, bucket, payload)
    upload.trailer = trailer
    status, answer = upload.send()
    assert status in (400, 403), answer
    absent(server, bucket)


@pytest.mark.parametrize("line", [b"zz\r\n", b"-1\r\n", b"\r\n", b"ffffffffffffffff\r\n", b"1" * 300 + b"\r\n", b"2000\n", b"0x10\r\n", b"2000;\r\n",
                                  b"2000;chunk-signature=\r\n", b"2000;chunk-signature=" + b"0" * 64 + b"\r\n"])
def test_size_lines(server, bucket, line):
    upload = Upload(server, bucket, SIGNED)
    upload.chunks[0][0] = line
    status, answer = upload.send()
    assert status in (400, 403), answer
    absent(server, bucket)


def test_a_plain_body_against_its_hash(server, bucket):
    put = Request("PUT", f"/{bucket}/plain", body=b"what was signed")
    status, answer = exchange(server, put.to_bytes(server).replace(b"what was signed", b"what was sent!!"))
    assert status == 400 and "XAmzContentSHA256Mismatch" in answer
    absent(server, bucket, "plain")


@pytest.mark.parametrize("header", ["x-amz-checksum-crc32", "x-amz-checksum-crc32c", "x-amz-checksum-sha1", "x-amz-checksum-sha256",
                                    "x-amz-checksum-crc64nvme", "Content-MD5"])
def test_a_checksum_of_another_body(server, bucket, header):
    size = {"x-amz-checksum-sha1": 20, "x-amz-checksum-sha256": 32, "x-amz-checksum-crc64nvme": 8, "Content-MD5": 16}.get(header, 4)
    put = Request("PUT", f"/{bucket}/plain", body=b"data", headers=[(header, base64.b64encode(b"\1" * size).decode())])
    status, answer = exchange(server, put.to_bytes(server))
    assert status == 400 and "BadDigest" in answer, answer
    absent(server, bucket, "plain")


@pytest.mark.parametrize("service", [one for one in CALLS if CALLS[one].body])
def test_other_services_hash_what_they_receive(server, service):
    """The header is not believed: Java clients write base64 there while they sign hex."""
    data = CALLS[service].to_bytes(server)
    body = CALLS[service].body
    status, answer = exchange(server, data.removesuffix(body) + flip(body, len(body) - 1))
    assert status == 403, answer
    status, answer = exchange(server, call(service, payload="UNSIGNED-PAYLOAD").to_bytes(server))
    assert status == 403, answer
