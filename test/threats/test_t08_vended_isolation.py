"""T8: vended credentials wider than their table (a table named `*` becomes a wildcard: Polaris, CVE-2026-42810).

All ordered pairs of 12 tables with a nasty list of names, times 7 calls of S3: no credential of one touches another; each
reaches its own. Once over Glue's face on table buckets, once over the firn face on a plain warehouse, whose names are free.
"""

from __future__ import annotations

import itertools
import json
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.exceptions
import pytest
import requests

from firn_server import REGION, Account

DELEGATION = {"X-Iceberg-Access-Delegation": "vended-credentials"}
FIELDS = [{"name": "id", "type": "long"}]
SCHEMA = {"type": "struct", "fields": [{"id": 1, "name": "id", "type": "long", "required": False}]}


def signed(server, key, service: str, method: str, path: str, body=None) -> requests.Response:
    url = f"{server.aws_endpoint}/iceberg/v1/{path}"
    data = json.dumps(body) if body is not None else None
    request = botocore.awsrequest.AWSRequest(method=method, url=url, data=data, headers=dict(DELEGATION))
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(*key), service, REGION).add_auth(request)
    return requests.request(method, url, data=data, headers=dict(request.prepare().headers), timeout=30)


def credentials_in(answer: dict) -> tuple[str, str, str]:
    """From either place that clients read."""
    config = dict(answer["config"])
    for entry in answer.get("storage-credentials") or []:
        config |= entry["config"]
    return config["s3.access-key-id"], config["s3.secret-access-key"], config["s3.session-token"]


def place_of(answer: dict) -> tuple[str, str]:
    """Bucket and key prefix of a table's location."""
    location = urllib.parse.urlsplit(answer["metadata"]["location"])
    return location.netloc, (location.path.strip("/") + "/").lstrip("/")


def calls(s3, bucket: str, prefix: str, metadata_key: str):
    """The seven calls, by name; each is one attempt to touch the table there."""
    key = prefix + "data/intruder.bin"
    return {
        "GetObject": lambda: s3.get_object(Bucket=bucket, Key=metadata_key),
        "HeadObject": lambda: s3.head_object(Bucket=bucket, Key=metadata_key),
        "PutObject": lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"x"),
        "CreateMultipartUpload": lambda: s3.create_multipart_upload(Bucket=bucket, Key=key),
        "ListObjectsV2": lambda: s3.list_objects_v2(Bucket=bucket, Prefix=prefix),
        "DeleteObject": lambda: s3.delete_object(Bucket=bucket, Key=key),
        "CopyObject": lambda: s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": metadata_key}),
    }


def assert_isolated(server, loaded: dict[str, dict]) -> None:
    places = {}
    for name, answer in loaded.items():
        bucket, prefix = place_of(answer)
        metadata_key = urllib.parse.urlsplit(answer["metadata-location"]).path.lstrip("/")
        places[name] = (bucket, prefix, metadata_key)
    assert len(set(places.values())) == len(places) == 12
    clients = {name: server.aws("s3", credentials_in(answer)) for name, answer in loaded.items()}
    for name, s3 in clients.items():
        bucket, prefix, metadata_key = places[name]
        assert s3.get_object(Bucket=bucket, Key=metadata_key)["ContentLength"] > 0, name
        s3.put_object(Bucket=bucket, Key=prefix + "data/own.bin", Body=b"own")
    touched = []
    for (mine, s3), (other, place) in itertools.product(clients.items(), places.items()):
        if mine == other:
            continue
        for call, attempt in calls(s3, *place).items():
            try:
                attempt()
                touched.append((mine, other, call))
            except botocore.exceptions.ClientError as error:
                assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 405), (mine, other, call, error)
    assert touched == []


def test_t08_tables_of_table_buckets(server):
    accounts = [Account(server, bucket, f"user-{bucket}") for bucket in ("vend", "vend-a")]
    names = ["t", "t_", "tt", "t0", "0", "a" * 255]
    tables = server.aws("s3tables")
    loaded = {}
    for account in accounts:
        tables.create_namespace(tableBucketARN=account.bucket_arn, namespace=["n"])
        for name in names:
            tables.create_table(tableBucketARN=account.bucket_arn, namespace="n", name=name, format="ICEBERG",
                                metadata={"iceberg": {"schema": {"fields": FIELDS}}})
            path = urllib.parse.quote(account.warehouse, safe="") + f"/namespaces/n/tables/{name}"
            answer = signed(server, account.key, "glue", "GET", path)
            assert answer.status_code == 200, answer.text
            loaded[f"{account.bucket}.{name}"] = answer.json()
    assert_isolated(server, loaded)


def test_t08_tables_of_a_warehouse_whose_names_are_free(server):
    key = server.root_key()
    names = ["t", "t*", "*", "t?", "${aws:username}", "t ", "T", "tt", "%2A", "t.t", "t%", "..."]
    assert signed(server, key, "firn", "POST", "warehouse/namespaces", {"namespace": ["vend"]}).status_code == 200
    loaded = {}
    for name in names:
        made = signed(server, key, "firn", "POST", "warehouse/namespaces/vend/tables", {"name": name, "schema": SCHEMA})
        assert made.status_code == 200, (name, made.text)
        loaded[name] = made.json()
    assert_isolated(server, loaded)


@pytest.mark.parametrize("location", ["s3://{bucket}/", "s3://{bucket}/*", "s3://{bucket}/${{aws:username}}", "s3://{bucket}/a?b"])
def test_t08_a_location_of_ones_own_choosing_is_no_wildcard(server, location):
    """A custom location may not name the whole bucket, or become a pattern in the session's policy."""
    key = server.root_key()
    signed(server, key, "firn", "POST", "warehouse/namespaces", {"namespace": ["vendloc"]})
    probe = signed(server, key, "firn", "POST", "warehouse/namespaces/vendloc/tables",
                   {"name": "probe" + str(abs(hash(location))), "schema": SCHEMA}).json()
    bucket, prefix = place_of(probe)
    made = signed(server, key, "firn", "POST", "warehouse/namespaces/vendloc/tables",
                  {"name": "custom" + str(abs(hash(location))), "schema": SCHEMA, "location": location.format(bucket=bucket)})
    if made.status_code != 200:
        assert made.status_code in (400, 403), made.text
        return
    s3 = server.aws("s3", credentials_in(made.json()))
    with pytest.raises(botocore.exceptions.ClientError) as error:
        s3.put_object(Bucket=bucket, Key=prefix + "data/intruder.bin", Body=b"x")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
