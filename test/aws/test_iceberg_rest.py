"""Both AWS Iceberg REST faces, by signed raw requests: prefixes in each encoding that clients send, ETag, HEAD."""

import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
import requests

from firn_server import REGION


@pytest.fixture(scope="module")
def table(server, account):
    client = server.aws("s3tables")
    client.create_namespace(tableBucketARN=account.bucket_arn, namespace=["raw"])
    client.create_table(tableBucketARN=account.bucket_arn, namespace="raw", name="t", format="ICEBERG",
                        metadata={"iceberg": {"schema": {"fields": [{"name": "id", "type": "long"}]}}})
    return "/namespaces/raw/tables/t"


@pytest.mark.parametrize("service", ["glue", "s3tables"])
@pytest.mark.parametrize("safe", ["", ":", ":/"])
def test_a_prefix_is_read_in_every_encoding(server, account, table, service, safe):
    prefix, key = (account.warehouse, account.key) if service == "glue" else (account.bucket_arn, server.root_key())

    def send(method, path, **headers):
        url = f"{server.aws_endpoint}/iceberg/v1/{urllib.parse.quote(prefix, safe=safe)}{path}"
        request = botocore.awsrequest.AWSRequest(method=method, url=url, headers=headers)
        botocore.auth.SigV4Auth(botocore.credentials.Credentials(*key), service, REGION).add_auth(request)
        return requests.request(method, url, headers=dict(request.prepare().headers), timeout=30)

    loaded = send("GET", table)
    assert loaded.status_code == 200 and loaded.json()["metadata"]["format-version"] == 2
    assert send("GET", table, **{"If-None-Match": loaded.headers["ETag"]}).status_code == 304
    assert send("GET", table, **{"If-None-Match": '"other"'}).status_code == 200
    assert send("HEAD", table).status_code == 204
    assert send("HEAD", table + "x").status_code == 404
    assert send("POST", "/transactions/commit").status_code == 404
