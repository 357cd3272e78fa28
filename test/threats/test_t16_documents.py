"""T16: documents that grow when they are read: XML entities, deep nesting, huge numbers, keys that occur twice.

Known cases: "billion laughs" and outside entities in XML parsers; JSON readers that recurse, or of which two take different
ones of two equal keys.
"""

import json

import botocore.exceptions
import pytest

from raw_aws import CALLS, Request, call, exchange

LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)) + b"]>"
XML = {
    "a bomb": LAUGHS + b"<Delete><Object><Key>&j;</Key></Object></Delete>",
    "an outside entity": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&x;</Key></Object></Delete>',
    "an outside DTD": b'<!DOCTYPE d SYSTEM "http://127.0.0.1:1/x.dtd"><Delete></Delete>',
    "deep nesting": b"<a>" * 50_000 + b"</a>" * 50_000,
    "deep nesting, never closed": b"<a>" * 200_000,
    "a long name": b"<" + b"a" * 1_000_000 + b"/>",
    "many attributes": b"<Delete " + b"".join(b'a%d="" ' % n for n in range(50_000)) + b"/>",
    "nothing": b"",
    "text": b"Delete",
    "another root": b"<Remove/>",
    "NUL": b"<Delete>\x00</Delete>",
    "broken UTF-8": b"<Delete><Object><Key>\xff\xfe</Key></Object></Delete>",
    "a number entity": b"<Delete><Object><Key>&#xFFFFFFFF;</Key></Object></Delete>",
    "over the cap": b"<Delete>" + b" " * (2 << 20) + b"</Delete>",
}


@pytest.mark.parametrize("name", XML)
@pytest.mark.parametrize("query", [[("delete", "")], [("uploadId", "u")]], ids=["delete", "complete"])
def test_xml(server, bucket, name, query):
    path = f"/{bucket}" + ("/k" if query[0][0] == "uploadId" else "")
    status, answer = exchange(server, Request("POST", path, query=query, body=XML[name]).to_bytes(server))
    assert 400 <= status < 600 and status != 500 or (status == 200 and query[0][0] == "delete"), answer
    assert "root:" not in answer and "hahaha" not in answer
    assert server.resident_megabytes() < 700
    assert server.aws("s3").get_object(Bucket=bucket, Key="secret")["Body"].read() == b"nobody may read this"


DEEP = 100_000
JSON = {
    "deep arrays": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep, never closed": b"[" * DEEP,
    "a member that is deep": b'{"Name":' + b"[" * 1000 + b"]" * 1000 + b"}",
    "a huge number": b'{"MaxResults":' + b"9" * 100_000 + b"}",
    "a huge exponent": b'{"MaxResults":1e999999999}',
    "a negative number": b'{"MaxResults":-9223372036854775809}',
    "another type": b'{"CatalogId":7,"MaxResults":"x"}',
    "no object": b"7",
    "nothing": b"",
    "two documents": b"{}{}",
    "broken UTF-8": b'{"CatalogId":"\xff\xfe"}',
    "half a surrogate": b'{"CatalogId":"\\ud800"}',
    "a comment": b"{/* */}",
    "a trailing comma": b'{"CatalogId":"a",}',
    "NaN": b'{"MaxResults":NaN}',
    "a megabyte": b'{"CatalogId":"' + b"a" * (1 << 20) + b'"}',
    "many equal keys": b"{" + b",".join(b'"CatalogId":"a"' for _ in range(60_000)) + b"}",
}


@pytest.mark.parametrize("name", JSON)
@pytest.mark.parametrize("service", ["glue", "lakeformation", "s3tables", "iceberg"])
def test_json(server, name, service):
    if service == "s3tables":
        request = Request("PUT", "/buckets", service="s3tables", body=JSON[name])
    elif service == "iceberg":
        warehouse = f"{server.account_id}:s3tablescatalog".replace(":", "%3A")
        request = Request("POST", f"/iceberg/v1/catalogs/{warehouse}/namespaces", service="glue", body=JSON[name])
    else:
        request = call(service, body=JSON[name])
    status, answer = exchange(server, request.to_bytes(server))
    # Members a call does not know are passed over, as AWS does.
    assert 400 <= status < 500 or status == 200 and service in ("glue", "lakeformation"), answer[:2000]


ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
POLICIES = {
    "Statement twice": '{"Version":"2012-10-17","Statement":[%s],"Statement":[]}' % json.dumps(ALLOW),
    "Version twice": '{"Version":"2012-10-17","Version":"2008-10-17","Statement":[%s]}' % json.dumps(ALLOW),
    "Effect twice": '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]}',
    "Action twice": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Action":"*","Resource":"*"}]}',
    "Resource twice": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::a","Resource":"*"}]}',
    "an operator twice": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":'
                         '{"StringEquals":{"aws:username":"a"},"StringEquals":{}}}]}',
    "a condition key twice": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":'
                             '{"StringEquals":{"aws:username":"a","aws:username":"b"}}}]}',
    "deep": '{"Version":"2012-10-17","Statement":' + "[" * 2000 + "]" * 2000 + "}",
    "a huge number": '{"Version":%s,"Statement":[]}' % ("9" * 4000),
    "an escaped key twice": '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Eff\\u0065ct":"Allow","Action":"*","Resource":"*"}]}',
}


@pytest.mark.parametrize("name", POLICIES)
def test_policies(server, name):
    iam = server.aws("iam")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        iam.create_policy(PolicyName="hostile", PolicyDocument=POLICIES[name])
    assert caught.value.response["Error"]["Code"] == "MalformedPolicyDocument"
    assert "hostile" not in [one["PolicyName"] for one in iam.list_policies(Scope="Local")["Policies"]]


@pytest.mark.parametrize("body", [b"Action=" + b"a" * 900_000, b"&".join(b"a%d=b" % n for n in range(50_000)), b"&" * 500_000, b"Action=%", b"Action=%zz",
                                  b"Action=GetCallerIdentity&Action=ListUsers", b"Action=ListUsers&" + b"a" * (1 << 20), b"\x00", b"=", b""])
@pytest.mark.parametrize("service", ["iam", "sts"])
def test_forms(server, service, body):
    status, answer = exchange(server, call(service, body=body).to_bytes(server))
    assert 400 <= status < 500, answer[:2000]


def test_the_call_itself_is_fine(server):
    assert exchange(server, CALLS["glue"].to_bytes(server))[0] == 200
