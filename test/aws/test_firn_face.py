"""The firn face: the whole Iceberg REST specification, by PyIceberg, by raw requests and by Firn's own engine."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request

import pyarrow
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.types import LongType

from firn_server import run_sql


def send(server, method: str, path: str, body=None, token: str | None = None, **headers):
    """Status, headers and JSON of one request to /iceberg/v1/<path>."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{server.aws_endpoint}/iceberg/v1/{path}", data=data, method=method)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return answer.status, answer.headers, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        text = error.read()
        return error.code, error.headers, json.loads(text) if text else None


def ask_for_token(server, key: str, secret: str, scope: str = "catalog", **more):
    form = {"grant_type": "client_credentials", "client_id": key, "client_secret": secret, "scope": scope, **more}
    request = urllib.request.Request(
        f"{server.aws_endpoint}/iceberg/v1/oauth/tokens", data=urllib.parse.urlencode(form).encode(), method="POST")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.fixture(scope="module")
def token(server):
    status, answer = ask_for_token(server, *server.root_key())
    assert status == 200
    return answer["access_token"]


def test_a_token_acts_in_the_region_of_its_scope(server, token):
    status, answer = ask_for_token(server, *server.root_key(), scope="catalog region:eu-west-1")
    assert (status, answer["scope"]) == (200, "region:eu-west-1")
    there = answer["access_token"]
    assert send(server, "POST", "warehouse/namespaces", {"namespace": ["only_there"]}, there)[0] == 200
    assert send(server, "GET", "warehouse/namespaces/only_there", token=there)[0] == 200
    assert send(server, "GET", "warehouse/namespaces/only_there", token=token)[0] == 404
    exchange = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": there}
    for scope, region in (("catalog", "eu-west-1"), ("region:us-east-1", "us-east-1")):
        status, answer = ask_for_token(server, "", "", scope=scope, **exchange)
        assert (status, answer["scope"]) == (200, f"region:{region}")
        found = send(server, "GET", "warehouse/namespaces/only_there", token=answer["access_token"])[0]
        assert found == (200 if region == "eu-west-1" else 404)
    moved = there.replace(".eu-west-1.", ".us-east-1.")
    assert send(server, "GET", "warehouse/namespaces", token=moved)[0] == 401
    assert send(server, "DELETE", "warehouse/namespaces/only_there", token=there)[0] == 204


@pytest.mark.parametrize("scope", ["region:", "region:mars-north-1", "region:us-east-1 region:eu-west-1", "region:*"])
def test_a_scope_without_a_region_of_aws_is_refused(server, scope):
    status, answer = ask_for_token(server, *server.root_key(), scope=scope)
    assert (status, answer["error"]) == (400, "invalid_scope")


def properties(server, way: str) -> dict[str, str]:
    key, secret = server.root_key()
    common = {"type": "rest", "uri": f"{server.aws_endpoint}/iceberg", "warehouse": "warehouse"}
    if way == "oauth2":
        return common | {"credential": f"{key}:{secret}"}
    return common | {
        "rest.sigv4-enabled": "true", "rest.signing-name": "firn", "rest.signing-region": "us-east-1",
        "client.access-key-id": key, "client.secret-access-key": secret, "client.region": "us-east-1"}


@pytest.mark.parametrize("way", ["oauth2", "sigv4"])
def test_pyiceberg_creates_appends_evolves_and_renames(server, way):
    catalog = load_catalog(way, **properties(server, way))
    catalog.create_namespace((way,))
    catalog.create_namespace((way, "inner"), {"owner": "me"})
    assert catalog.list_namespaces((way,)) == [(way, "inner")]
    assert catalog.load_namespace_properties((way, "inner")) == {"owner": "me"}
    summary = catalog.update_namespace_properties((way, "inner"), removals={"owner", "x"}, updates={"a": "1"})
    assert (summary.updated, summary.removed, summary.missing) == (["a"], ["owner"], ["x"])
    rows = pyarrow.table({"n": pyarrow.array([1, 2, 3], pyarrow.int64())})
    table = catalog.create_table((way, "inner", "t"), rows.schema)
    table.append(rows)
    with table.update_schema() as update:
        update.add_column("m", LongType())
    catalog.rename_table((way, "inner", "t"), (way, "moved"))
    assert catalog.list_tables((way,)) == [(way, "moved")]
    assert catalog.load_table((way, "moved")).scan().to_arrow()["n"].to_pylist() == [1, 2, 3]
    with catalog.create_table_transaction((way, "staged"), rows.schema) as transaction:
        transaction.set_properties(a="b")
    assert catalog.load_table((way, "staged")).properties["a"] == "b"
    catalog.purge_table((way, "moved"))
    catalog.drop_table((way, "staged"))
    catalog.drop_namespace((way, "inner"))
    catalog.drop_namespace((way,))


SCHEMA = {"type": "struct", "fields": [{"id": 1, "name": "n", "type": "long", "required": False}]}


@pytest.fixture(scope="module")
def space(server, token):
    status, _, _ = send(server, "POST", "warehouse/namespaces", {"namespace": ["raw"]}, token)
    assert status == 200
    return "warehouse/namespaces/raw"


def create(server, token, space, name):
    status, headers, answer = send(server, "POST", f"{space}/tables", {"name": name, "schema": SCHEMA}, token)
    assert status == 200, answer
    return headers, answer


def test_a_transaction_changes_all_tables_or_none(server, token, space):
    uuids = {name: create(server, token, space, name)[1]["metadata"]["table-uuid"] for name in ("one", "two")}

    def change(name, uuid):
        return {"identifier": {"namespace": ["raw"], "name": name},
                "requirements": [{"type": "assert-table-uuid", "uuid": uuid}],
                "updates": [{"action": "set-properties", "updates": {"seen": name}}]}

    bad = {"table-changes": [change("one", uuids["one"]), change("two", uuids["one"])]}
    assert send(server, "POST", "warehouse/transactions/commit", bad, token)[0] == 409
    assert "seen" not in send(server, "GET", f"{space}/tables/one", None, token)[2]["metadata"]["properties"]
    good = {"table-changes": [change(name, uuid) for name, uuid in uuids.items()]}
    assert send(server, "POST", "warehouse/transactions/commit", good, token)[0] == 204
    for name in uuids:
        assert send(server, "GET", f"{space}/tables/{name}", None, token)[2]["metadata"]["properties"]["seen"] == name


def test_etag_is_answered_with_304_until_the_table_changes(server, token, space):
    headers, answer = create(server, token, space, "tagged")
    etag = headers["ETag"]
    assert send(server, "GET", f"{space}/tables/tagged", None, token, If_None_Match=etag)[0] == 304
    assert send(server, "GET", f"{space}/tables/tagged?snapshots=refs", None, token, If_None_Match=etag)[0] == 200
    commit = {"requirements": [], "updates": [{"action": "set-properties", "updates": {"a": "b"}}]}
    assert send(server, "POST", f"{space}/tables/tagged", commit, token)[0] == 200
    assert send(server, "GET", f"{space}/tables/tagged", None, token, If_None_Match=etag)[0] == 200


def test_views_live_beside_tables(server, token, space):
    def version(sql):
        return {"version-id": 1, "schema-id": 0, "timestamp-ms": 1, "summary": {}, "default-namespace": ["raw"],
                "representations": [{"type": "sql", "sql": sql, "dialect": "starrocks"}]}

    body = {"name": "v", "schema": SCHEMA, "view-version": version("SELECT 1"), "properties": {}}
    status, _, made = send(server, "POST", f"{space}/views", body, token)
    assert status == 200
    assert send(server, "POST", f"{space}/views", body, token)[0] == 409
    assert send(server, "POST", f"{space}/tables", {"name": "v", "schema": SCHEMA}, token)[0] == 409
    assert send(server, "GET", f"{space}/tables/v", None, token)[0] == 404
    replace = {"requirements": [{"type": "assert-view-uuid", "uuid": made["metadata"]["view-uuid"]}],
               "updates": [{"action": "add-view-version", "view-version": version("SELECT 2")},
                           {"action": "set-current-view-version", "view-version-id": -1}]}
    status, _, replaced = send(server, "POST", f"{space}/views/v", replace, token)
    assert status == 200
    assert [entry["version-id"] for entry in replaced["metadata"]["version-log"]] == [1, 2]
    assert send(server, "GET", f"{space}/views", None, token)[2]["identifiers"] == [{"namespace": ["raw"], "name": "v"}]
    assert send(server, "DELETE", f"{space}/views/v", None, token)[0] == 204
    assert send(server, "HEAD", f"{space}/views/v", None, token)[0] == 404


def test_pages_follow_each_other(server, token, space):
    for name in ("p1", "p2", "p3"):
        create(server, token, space, name)
    seen, page = [], ""
    while page is not None:
        answer = send(server, "GET", f"{space}/tables?pageSize=2&pageToken={urllib.parse.quote(page)}", None, token)[2]
        assert len(answer["identifiers"]) <= 2
        seen += [one["name"] for one in answer["identifiers"]]
        page = answer.get("next-page-token")
    assert {"p1", "p2", "p3"} <= set(seen) and len(seen) == len(set(seen))


@pytest.mark.parametrize("bad", ["", "x", "firn1.AKIAX.99999999999999.00"])
def test_a_wrong_token_is_not_authorized(server, token, bad):
    status, _, answer = send(server, "GET", "warehouse/namespaces", None, bad or "none")
    assert (status, answer["error"]["type"]) == (401, "NotAuthorizedException")
    cut = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert send(server, "GET", "warehouse/namespaces", None, cut)[0] == 401


def test_a_wrong_secret_gets_no_token(server):
    key, secret = server.root_key()
    for client in ((key, secret[:-1]), (key, ""), ("AKIANOBODY", secret)):
        status, answer = ask_for_token(server, *client)
        assert (status, answer["error"]) == (401, "invalid_client")


def test_locations_stay_inside_the_warehouse(server, token, space):
    _, made = create(server, token, space, "held")
    for location in ("s3://other/x", made["metadata"]["location"] + "/inner", made["metadata"]["location"]):
        body = {"name": "thief", "schema": SCHEMA, "location": location}
        status, _, answer = send(server, "POST", f"{space}/tables", body, token)
        assert status == 400, (location, answer)


def test_the_engine_reads_and_writes_through_a_token(server):
    with server.sql() as connection:
        run_sql(connection, server.warehouse_catalog_statement("firn_face"))
        run_sql(connection, "CREATE DATABASE firn_face.engine")
        run_sql(connection, "CREATE TABLE firn_face.engine.t (n BIGINT)")
        run_sql(connection, "INSERT INTO firn_face.engine.t VALUES (1), (2)")
        assert run_sql(connection, "SELECT sum(n) FROM firn_face.engine.t") == [(3,)]
