"""T2: one form of payload or of authentication skips the signature. T3: any signature will do.

Known cases: CVE-2025-31489, CVE-2026-41145, CVE-2026-40344 (MinIO: STREAMING-UNSIGNED-PAYLOAD-TRAILER, credentials in the
query, and one handler, each without a check); LocalStack#11409 (`Signature=WHATEVER`).
"""

import itertools

import pytest

from raw_aws import CALLS, EMPTY, Request, call, exchange

PAYLOADS = [None, "UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", EMPTY]
OPERATIONS = [("PUT", "k", []), ("GET", "secret", []), ("HEAD", "secret", []), ("DELETE", "secret", []), ("POST", "k", [("uploads", "")]),
              ("PUT", "k", [("partNumber", "1"), ("uploadId", "u")]), ("POST", "k", [("uploadId", "u")]), ("POST", "", [("delete", "")]),
              ("PUT", "", []), ("DELETE", "", []), ("GET", "", [("list-type", "2")]), ("PUT", "", [("policy", "")])]
CHUNKS = b"1\r\nx\r\n0\r\nx-amz-checksum-crc32:jNxLpw==\r\n\r\n"


@pytest.mark.parametrize("form", ["header", "query"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_wrong_signature_on_every_operation_of_s3(server, bucket, form, payload):
    for method, key, query in OPERATIONS:
        headers = [("x-amz-decoded-content-length", "1"), ("x-amz-trailer", "x-amz-checksum-crc32"), ("Content-Encoding", "aws-chunked")]
        request = Request(method, f"/{bucket}/{key}", query=query, headers=headers if payload and "STREAMING" in payload else [],
                          body=CHUNKS if method in ("PUT", "POST") else b"", payload=payload)
        status, answer = exchange(server, request.to_bytes(server, form, wrong=True))
        assert status in (400, 403, 501), (method, key, query, answer)
        assert method == "HEAD" or "SignatureDoesNotMatch" in answer or status in (400, 501), answer
    assert server.aws("s3").get_object(Bucket=bucket, Key="secret")["Body"].read() == b"nobody may read this"


@pytest.mark.parametrize("form,service", list(itertools.product(["header", "query"], CALLS)))
def test_every_service_takes_the_right_one_and_refuses_the_wrong(server, form, service):
    status, answer = exchange(server, CALLS[service].to_bytes(server, form))
    assert status == 200, answer
    status, answer = exchange(server, CALLS[service].to_bytes(server, form, wrong=True))
    assert status == 403 and ("InvalidSignature" in answer or "SignatureDoesNotMatch" in answer), answer


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize("signature", ["WHATEVER", "", "0" * 64, "0" * 63, "0" * 65, "a" * 64, "A" * 64, "g" * 64, " " * 64, "%00" * 64, "\x80" * 64])
@pytest.mark.parametrize("form", ["header", "query"])
def test_no_other_signature_will_do(server, service, signature, form):
    request = call(service)
    data = request.to_bytes(server, form)
    status, answer = exchange(server, data.replace(request.signature.encode(), signature.encode("latin-1")))
    assert status in (400, 403), answer


@pytest.mark.parametrize("service", CALLS)
def test_both_forms_at_once_are_refused(server, service):
    query = call(service).to_bytes(server, "query", wrong=True)
    header = next(line for line in call(service).to_bytes(server).split(b"\r\n") if line.startswith(b"Authorization"))
    status, answer = exchange(server, query.replace(b"\r\n", b"\r\n" + header + b"\r\n", 1))
    assert status in (400, 403), answer


@pytest.mark.parametrize("service", CALLS)
def test_another_key_or_none(server, service):
    for key in (("AKIAAAAAAAAAAAAAAAAA", "x" * 40), (server.root_key()[0], "x" * 40), ("test", "test"), (server.root_key()[0], "")):
        status, answer = exchange(server, CALLS[service].to_bytes(server, key=key))
        assert status in (400, 403), answer
    bare = b"\r\n".join(line for line in CALLS[service].to_bytes(server).split(b"\r\n") if not line.startswith(b"Authorization"))
    assert exchange(server, bare)[0] == 403
