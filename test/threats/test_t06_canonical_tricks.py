"""T6: two readers of one request understand it in two ways: canonicalisation tricks and request smuggling."""

import dataclasses

import pytest

from raw_aws import CALLS, Request, call, exchange


@pytest.mark.parametrize("path", ["//hostile/secret", "/hostile//secret", "/hostile/./secret", "/hostile/../hostile/secret",
                                  "/hostile/secret/", "/hostile/%2Fsecret", "/hostile%2Fsecret", "/%68ostile/secret%20", "/hostile/secret%00",
                                  "/hostile/+secret", "/hostile/%2e%2e/hostile/secret", "/./hostile/secret"])
def test_one_path_is_not_another(server, bucket, path):
    """The signature of the object's own path does not open a path that only looks like it, and a signed path is read literally."""
    own = Request("GET", f"/{bucket}/secret").to_bytes(server)
    status, answer = exchange(server, own.replace(b"GET /hostile/secret ", f"GET {path} ".encode()))
    assert status in (400, 403) and "nobody may" not in answer, answer
    status, answer = exchange(server, Request("GET", path).to_bytes(server))
    assert status in (400, 403, 404, 405) and "nobody may" not in answer, answer


def test_keys_that_look_alike_are_different_objects(server, bucket):
    s3 = server.aws("s3")
    keys = ["t6/a b", "t6/a+b", "t6/a%20b", "t6/a%2Bb", "t6/a/b", "t6/a//b", "t6/a%2Fb", "t6/a/./b", "t6/a/../b", "t6/A b", "t6/ä", "t6/a\u0308"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in keys:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    listed = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix="t6/")["Contents"]]
    assert sorted(listed) == sorted(keys)
    for key in keys:
        s3.delete_object(Bucket=bucket, Key=key)


@pytest.mark.parametrize("extra", ["&list-type=2", "&prefix=a", "&prefix=", "&x-id=1", "&X-Amz-Expires=300", "&X-Amz-Signature=" + "0" * 64, "&%58-Amz-Date=1",
                                   "&&", "&=", "&policy", "&delete"])
def test_a_query_with_more_than_was_signed(server, bucket, extra):
    data = Request("GET", f"/{bucket}", query=[("prefix", "zzz")]).to_bytes(server, "query")
    status, answer = exchange(server, data.replace(b" HTTP/1.1", extra.encode() + b" HTTP/1.1", 1))
    assert status in (400, 403) or extra == "&&", answer


@pytest.mark.parametrize("name", ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"])
def test_a_query_field_twice_or_gone(server, name):
    data = CALLS["s3"].to_bytes(server, "query")
    field = next(one for one in data.split(b" ")[1].partition(b"?")[2].split(b"&") if one.startswith(name.encode() + b"="))
    for bent in (data.replace(field, field + b"&" + field), data.replace(b"&" + field, b"").replace(field + b"&", b"")):
        status, answer = exchange(server, bent)
        assert status in (400, 403), answer


@pytest.mark.parametrize("name", ["Host", "Authorization", "X-Amz-Date", "X-Amz-Content-Sha256", "Content-Length", "Content-Type", "X-Amz-Target"])
@pytest.mark.parametrize("service", ["s3", "glue"])
def test_a_header_twice(server, service, name):
    request = call(service, payload="UNSIGNED-PAYLOAD" if service == "s3" else None, body=b"{}", method="POST")
    data = request.to_bytes(server)
    line = next((one for one in data.split(b"\r\n") if one.lower().startswith(name.lower().encode() + b":")), None)
    if line is None:
        pytest.skip("not in this request")
    for second in (line, line.upper(), name.encode() + b": other"):
        status, answer = exchange(server, data.replace(line, line + b"\r\n" + second, 1))
        assert status in (400, 403), answer


BENT = {
    "both lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both lengths, other order": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "a list of lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0, 0\r\n\r\n",
    "a signed length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +0\r\n\r\n",
    "a length in hex": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x0\r\n\r\n",
    "a length over 64 bits": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "coding gzip, chunked": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "coding chunked, identity": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "coding with a tab": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\tx\x0bchunked\r\n\r\n0\r\n\r\n",
    "blank before the colon": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded line": b"GET /_firn/health HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
    "a folded first line": b"GET /_firn/health HTTP/1.1\r\n A: b\r\nHost: x\r\n\r\n",
    "a bare LF": b"GET /_firn/health HTTP/1.1\nHost: x\r\n\r\n",
    "bare LFs only": b"GET /_firn/health HTTP/1.1\nHost: x\n\n",
    "a bare CR": b"GET /_firn/health HTTP/1.1\r\nHost: x\rA: b\r\n\r\n",
    "a NUL in a value": b"GET /_firn/health HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n",
    "a NUL in a name": b"GET /_firn/health HTTP/1.1\r\nHost: x\r\nA\x00: b\r\n\r\n",
    "a NUL in the target": b"GET /_firn/health\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no Host": b"GET /_firn/health HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET /_firn/health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "a Host with a path": b"GET /_firn/health HTTP/1.1\r\nHost: x/y\r\n\r\n",
    "a Host with a user": b"GET /_firn/health HTTP/1.1\r\nHost: a@b\r\n\r\n",
    "an absolute target": b"GET http://x/_firn/health HTTP/1.1\r\nHost: x\r\n\r\n",
    "an authority target": b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a fragment": b"GET /_firn/health#a HTTP/1.1\r\nHost: x\r\n\r\n",
    "two blanks": b"GET  /_firn/health HTTP/1.1\r\nHost: x\r\n\r\n",
    "no version": b"GET /_firn/health\r\nHost: x\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /_firn/health HTTP/0.9\r\n\r\n",
    "lower-case version": b"GET /_firn/health http/1.1\r\nHost: x\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a method of 33 bytes": b"G" * 33 + b" /_firn/health HTTP/1.1\r\nHost: x\r\n\r\n",
    "another expectation": b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\nContent-Length: 1\r\n\r\nx",
    "a target of 17 KiB": b"GET /" + b"a" * 17408 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header of 40 KiB": b"GET /_firn/health HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 40960 + b"\r\n\r\n",
    "201 headers": b"GET /_firn/health HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    "100,000 headers": b"GET /_firn/health HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 100_000 + b"\r\n",
}


@pytest.mark.parametrize("name", BENT)
def test_what_could_be_read_in_two_ways_is_refused_and_the_connection_ends(server, name):
    try:
        status, answer = exchange(server, BENT[name])
    except (BrokenPipeError, ConnectionResetError):
        return  # Cut off while it was still sending.
    assert status in (0, 400, 414, 417, 431, 501, 505), answer
    assert status == 0 or "Connection: close" in answer


def test_nothing_is_smuggled_behind_a_refused_request(server):
    inner = Request("GET", "/").to_bytes(server)
    outer = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % len(inner)
    status, answer = exchange(server, outer + inner)
    assert status == 400 and answer.count("HTTP/1.1") == 1 and "ListAllMyBucketsResult" not in answer


def test_header_names_have_no_case(server):
    data = CALLS["glue"].to_bytes(server)
    for name in (b"X-Amz-Date", b"Authorization", b"Host", b"X-Amz-Target"):
        for form in (name.upper(), name.lower()):
            status, answer = exchange(server, data.replace(name, form))
            assert status == 200, answer


def test_blanks_in_signed_values_collapse_as_aws_says(server):
    request = call("glue", headers=[*CALLS["glue"].headers, ("X-Amz-Note", "a   b \t c")])
    assert exchange(server, request.to_bytes(server))[0] == 200
    changed = dataclasses.replace(request, headers=[*CALLS["glue"].headers, ("X-Amz-Note", "a b c")]).to_bytes(server)
    assert exchange(server, changed.replace(b"a b c", b"ab c"))[0] == 403
