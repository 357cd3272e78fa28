"""T1: an x-amz- header that nobody signed changes what a signed request does.

Known case: CVE-2026-54330 and its kin (Ceph RGW, MinIO, s3proxy): a presigned PUT plus `x-amz-copy-source` reads any object
as the signer. The one exception is x-amz-content-sha256, which presigned uploads carry unsigned (an over-strict fix broke
restic: restic#22033, ceph#71292).
"""

import hashlib

import pytest

from raw_aws import CALLS, Request, call, exchange

HEADERS = [("x-amz-copy-source", "/hostile/secret"), ("X-Amz-Copy-Source", "/hostile/secret"), ("x-amz-acl", "public-read"),
           ("x-amz-meta-owner", "me"), ("x-amz-tagging", "a=b"), ("x-amz-website-redirect-location", "http://x"),
           ("x-amz-storage-class", "GLACIER"), ("x-amz-mfa", "1"), ("x-amz-", "1"), ("x-amz-security-token", "t")]


@pytest.mark.parametrize("form", ["header", "query"])
@pytest.mark.parametrize("header", HEADERS, ids=lambda one: one[0])
def test_an_unsigned_header_is_refused(server, bucket, form, header):
    put = Request("PUT", f"/{bucket}/copy", headers=[header], unsigned=(header[0].lower(),), body=b"" if form == "query" else b"x")
    status, answer = exchange(server, put.to_bytes(server, form))
    assert status in (400, 403), answer
    if "security-token" not in header[0]:
        assert "not signed" in answer and "AccessDenied" in answer
    assert "nobody may read" not in answer
    assert [one["Key"] for one in server.aws("s3").list_objects_v2(Bucket=bucket)["Contents"]] == ["secret"]


@pytest.mark.parametrize("service", [one for one in CALLS if one != "s3"])
@pytest.mark.parametrize("form", ["header", "query"])
def test_on_every_service(server, service, form):
    request = call(service, headers=[*CALLS[service].headers, ("x-amz-anything", "1")], unsigned=("x-amz-anything",))
    status, answer = exchange(server, request.to_bytes(server, form))
    assert status == 403 and "not signed" in answer, answer


def test_host_must_be_signed(server):
    status, answer = exchange(server, call("s3tables", unsigned=("host",)).to_bytes(server))
    assert status in (400, 403) and "host" in answer


def test_the_payload_hash_may_be_unsigned(server, bucket):
    good = hashlib.sha256(b"x").hexdigest()
    put = Request("PUT", f"/{bucket}/allowed", headers=[("x-amz-content-sha256", "UNSIGNED-PAYLOAD")],
                  unsigned=("x-amz-content-sha256",), body=b"x")
    status, answer = exchange(server, put.to_bytes(server, "query"))
    assert status == 200, answer
    put.headers = [("x-amz-content-sha256", good)]
    status, answer = exchange(server, put.to_bytes(server, "query"))
    assert status == 403, "the hash line was signed as UNSIGNED-PAYLOAD"
    server.aws("s3").delete_object(Bucket=bucket, Key="allowed")
