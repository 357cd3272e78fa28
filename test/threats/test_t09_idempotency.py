"""T9: an idempotency key gives nothing to another principal, another route or another body, and keeps no credentials."""

from __future__ import annotations

import json
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
import uuid


def send(server, method, path, body, token, key=None):
    request = urllib.request.Request(
        f"{server.aws_endpoint}/iceberg/v1/{path}", data=json.dumps(body).encode(), method=method)
    request.add_header("Authorization", f"Bearer {token}")
    request.add_header("X-Iceberg-Access-Delegation", "vended-credentials")
    if key:
        request.add_header("Idempotency-Key", key)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


def token_of(server, key, secret):
    form = {"grant_type": "client_credentials", "client_id": key, "client_secret": secret}
    with urllib.request.urlopen(f"{server.aws_endpoint}/iceberg/v1/oauth/tokens",
                                data=urllib.parse.urlencode(form).encode()) as answer:
        return json.loads(answer.read())["access_token"]


def new_key() -> str:
    text = str(uuid.uuid4())
    return text[:14] + "7" + text[15:]


def table(name):
    return {"name": name, "schema": {"type": "struct", "fields": []}}


def test_a_key_is_bound_to_principal_route_and_body(server):
    root = token_of(server, *server.root_key())
    assert send(server, "POST", "warehouse/namespaces", {"namespace": ["t9"]}, root)[0] == 200
    iam = server.aws("iam")
    iam.create_user(UserName="t9")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3tables:*", "Resource": "*"}]}
    iam.put_user_policy(UserName="t9", PolicyName="p", PolicyDocument=json.dumps(policy))
    pair = iam.create_access_key(UserName="t9")["AccessKey"]
    other = token_of(server, pair["AccessKeyId"], pair["SecretAccessKey"])

    key, path = new_key(), "warehouse/namespaces/t9/tables"
    status, first = send(server, "POST", path, table("a"), root, key)
    assert status == 200
    status, again = send(server, "POST", path, table("a"), root, key)
    assert (status, again["metadata-location"]) == (200, first["metadata-location"])
    assert again["metadata"]["table-uuid"] == first["metadata"]["table-uuid"]
    assert again["config"]["s3.session-token"]

    status, answer = send(server, "POST", path, table("b"), root, key)
    assert (status, answer["error"]["type"]) == (422, "UnprocessableEntityException")
    assert send(server, "POST", "warehouse/namespaces", {"namespace": ["t9b"]}, root, key)[0] == 422
    # Another principal's request under the same key is a request of its own.
    assert send(server, "POST", path, table("a"), other, key)[0] == 409
    assert send(server, "POST", path, table("c"), other, key)[0] == 200
    assert send(server, "POST", path, table("d"), root, "not-a-uuid")[0] == 400
    assert send(server, "POST", path, table("d"), root, str(uuid.uuid4()))[0] == 400

    # A caller who has lost the right gets nothing from a key of its own.
    iam.delete_user_policy(UserName="t9", PolicyName="p")
    assert send(server, "POST", path, table("c"), other, key)[0] == 403

    with sqlite3.connect(f"file:{server.data_folder}/aws/ledger.sqlite?mode=ro", uri=True) as ledger:
        kept = ledger.execute("SELECT * FROM idempotency_keys").fetchall()
    assert kept
    for text in (first["config"]["s3.secret-access-key"], first["config"]["s3.session-token"], root, other):
        assert text not in repr(kept)
