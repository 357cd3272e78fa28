"""The requests that StarRocks' own frontend sends to Glue's face, built by hand and signed by botocore.

StarRocks speaks through Iceberg's Java client: a user agent of its own, the base64 of the body's SHA-256 in
x-amz-content-sha256 while the hexadecimal one is signed, an empty pageToken, and a DROP TABLE that never asks to purge.
"""

import base64
import hashlib
import json
import time

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
import requests

from firn_server import REGION
from test_iceberg_commits import SCHEMA, snapshot

AGENT = "StarRocks-Iceberg-Connector/3.5.0"


class JavaAuth(botocore.auth.SigV4Auth):
    """Signs as AWS SDK v2 does under Iceberg: the header is set before, the canonical request has the body's hex hash."""

    def canonical_request(self, request):
        lines = super().canonical_request(request).split("\n")
        lines[-1] = hashlib.sha256(request.body or b"").hexdigest()
        return "\n".join(lines)


class StarRocks:
    def __init__(self, server, account, service="glue"):
        self.endpoint, self.key, self.service = f"{server.aws_endpoint}/iceberg", account.key, service

    def send(self, method, path, body=None, **more):
        data = None if body is None else json.dumps(body).encode()
        digest = hashlib.sha256(data or b"")
        headers = {"User-Agent": AGENT, "Content-Type": "application/json", "X-Client-Version": "Apache Iceberg 1.10.0",
                   "X-Client-Git-Commit-Short": "2114bf6", "X-Iceberg-Access-Delegation": "vended-credentials",
                   "x-amz-content-sha256": base64.b64encode(digest.digest()).decode() if data else digest.hexdigest(), **more}
        request = botocore.awsrequest.AWSRequest(method=method, url=self.endpoint + path, data=data, headers=headers)
        JavaAuth(botocore.credentials.Credentials(*self.key), self.service, REGION).add_auth(request)
        return requests.request(method, self.endpoint + path, data=data, headers=dict(request.headers.items()), timeout=30)


@pytest.fixture(scope="module")
def starrocks(server, account):
    return StarRocks(server, account)


@pytest.fixture(scope="module")
def prefix(starrocks, account):
    config = starrocks.send("GET", f"/v1/config?warehouse={account.warehouse.replace(':', '%3A').replace('/', '%2F')}")
    assert config.status_code == 200, config.text
    return "/v1/" + config.json()["overrides"]["prefix"]


def test_the_life_of_a_table(starrocks, prefix):
    spaces = f"{prefix}/namespaces"
    assert starrocks.send("POST", spaces, {"namespace": ["sr"], "properties": {}}).status_code == 200
    assert ["sr"] in starrocks.send("GET", f"{spaces}?pageToken=").json()["namespaces"]
    assert starrocks.send("GET", f"{spaces}/sr").json()["namespace"] == ["sr"]
    made = starrocks.send("POST", f"{spaces}/sr/tables", {
        "name": "t", "location": None, "schema": SCHEMA, "partition-spec": {"spec-id": 0, "fields": []},
        "write-order": {"order-id": 0, "fields": []}, "properties": {"write.format.default": "parquet"}, "stage-create": False})
    assert made.status_code == 200, made.text
    metadata = made.json()["metadata"]
    table = f"{spaces}/sr/tables/t"
    assert starrocks.send("GET", f"{spaces}/sr/tables?pageToken=").json()["identifiers"] == [{"namespace": ["sr"], "name": "t"}]
    commit = {
        "requirements": [{"type": "assert-table-uuid", "uuid": metadata["table-uuid"]},
                         {"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": None}],
        "updates": [{"action": "add-snapshot", "snapshot": snapshot(metadata["location"], 1, 1)},
                    {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": 1}]}
    assert starrocks.send("POST", table, commit).status_code == 200
    assert starrocks.send("POST", table, commit).status_code == 409
    loaded = starrocks.send("GET", f"{table}?snapshots=all").json()
    assert loaded["metadata"]["current-snapshot-id"] == 1
    assert loaded["config"]["s3.access-key-id"] == loaded["storage-credentials"][0]["config"]["s3.access-key-id"]
    assert int(loaded["config"]["s3.session-token-expires-at-ms"]) > time.time() * 1000
    views = starrocks.send("GET", f"{spaces}/sr/views?pageToken=")  # Asked by SHOW TABLES of catalogs that list no endpoints.
    assert (views.status_code, views.json()["error"]["type"]) == (406, "OperationNotSupportedException")
    rename = {"source": {"namespace": ["sr"], "name": "t"}, "destination": {"namespace": ["sr"], "name": "u"}}
    assert starrocks.send("POST", f"{prefix}/tables/rename", rename).status_code == 406
    assert starrocks.send("DELETE", table).status_code == 204  # Plain, whatever FORCE says.
    assert starrocks.send("GET", f"{table}?snapshots=all").json()["error"]["type"] == "NoSuchTableException"
    assert starrocks.send("DELETE", f"{spaces}/sr").status_code == 204


@pytest.mark.parametrize("bend", [
    {"x-amz-content-sha256": base64.b64encode(hashlib.sha256(b"other").digest()).decode()},
    {"x-amz-content-sha256": "nonsense"}, {"x-amz-content-sha256": hashlib.sha256(b"other").hexdigest()},
])
def test_the_hash_that_counts_is_that_of_the_body(starrocks, prefix, bend):
    """The header is signed as it is sent, and never believed."""
    answer = starrocks.send("POST", f"{prefix}/namespaces", {"namespace": ["bent"]}, **bend)
    assert answer.status_code == 200, answer.text
    assert starrocks.send("DELETE", f"{prefix}/namespaces/bent").status_code == 204


def test_a_body_that_was_changed_is_refused(starrocks, prefix, monkeypatch):
    sent = requests.request
    monkeypatch.setattr(requests, "request", lambda method, url, data, **more: sent(method, url, data=data + b" ", **more))
    answer = starrocks.send("POST", f"{prefix}/namespaces", {"namespace": ["changed"]})
    assert answer.status_code == 403, answer.text
