"""What the AWS faces answer to loads, staged creates, drops and credentials, each by its own rules."""

import json

import pyiceberg.exceptions
import pytest

from firn_server import REGION
from test_iceberg_commits import SCHEMA, Face, face  # noqa: F401: the fixture
from test_pyiceberg import ROWS, rows, s3tables_catalog

DELEGATE = {"X-Iceberg-Access-Delegation": "vended-credentials"}


def test_snapshots_of_refs_only(face):  # noqa: F811
    name, _ = face.seeded()
    assert face.commit(name, [{"action": "remove-snapshot-ref", "ref-name": "old"}]).status_code == 200
    path = f"/{face.space}/tables/{name}"

    def ids(query):
        return [one["snapshot-id"] for one in face.send("GET", path + query).json()["metadata"]["snapshots"]]

    assert ids("") == ids("?snapshots=all") == [11, 12]
    assert ids("?snapshots=refs") == [12]
    whole, part = (face.send("GET", path + query).headers["ETag"] for query in ("", "?snapshots=refs"))
    assert whole != part
    assert face.send("GET", path + "?snapshots=refs", **{"If-None-Match": part}).status_code == 304
    assert face.send("GET", path + "?snapshots=refs", **{"If-None-Match": whole}).status_code == 200


def test_credentials_come_in_both_places_on_glue_and_in_none_on_s3tables(face):  # noqa: F811
    name, metadata = face.seeded()
    path = f"/{face.space}/tables/{name}"
    loaded = face.send("GET", path, **DELEGATE).json()
    if face.name == "s3tables":
        assert "s3.access-key-id" not in loaded["config"] and "storage-credentials" not in loaded
    else:
        (stored,) = loaded["storage-credentials"]
        assert stored["prefix"] == metadata["location"]
        for member in ("s3.access-key-id", "s3.secret-access-key", "s3.session-token", "s3.session-token-expires-at-ms"):
            assert stored["config"][member] == loaded["config"][member]
        assert loaded["config"]["s3.access-key-id"].startswith("ASIA")
        assert "s3.access-key-id" not in face.send("GET", path).json()["config"]
    refused = face.send("GET", path + "/credentials", **DELEGATE)
    assert (refused.status_code, refused.json()["error"]["type"]) == (404, "UnknownOperationException")


@pytest.mark.parametrize("query, glue, s3tables", [
    ("", 204, 400), ("?purgeRequested=false", 204, 400), ("?purgeRequested=False", 204, 400),
    ("?purgeRequested=true", 204, 204), ("?purgeRequested=True", 204, 204), ("?purgeRequested=maybe", 204, 400),
])
def test_drops(face, query, glue, s3tables):  # noqa: F811
    name, _ = face.seeded()
    path = f"/{face.space}/tables/{name}"
    answer = face.send("DELETE", path + query)
    assert answer.status_code == (glue if face.name == "glue" else s3tables), answer.text
    if answer.status_code == 400:
        assert answer.json()["error"] == {"code": 400, "type": "purge_enabled", "message": (
            "DropTable operation failed. S3 Tables only supports dropping tables with purge enabled.")}
    assert face.send("HEAD", path).status_code == (404 if answer.status_code == 204 else 204)


def test_staged_create(face):  # noqa: F811
    path = f"/{face.space}/tables"
    stage = {"name": f"staged_{face.name}", "schema": SCHEMA, "stage-create": True}
    answer = face.send("POST", path, stage)
    if face.name == "glue":
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "InvalidInputException")
        return
    assert answer.status_code == 200 and "metadata-location" not in answer.json()
    assert face.send("HEAD", f"{path}/{stage['name']}").status_code == 404
    assert face.send("GET", f"{path}/{stage['name']}").status_code == 404
    again = face.send("POST", path, stage).json()["metadata"]  # The first one was given up.
    assert again["location"] == answer.json()["metadata"]["location"]
    plain = face.send("POST", path, {**stage, "stage-create": False})
    assert plain.status_code == 200 and plain.json()["metadata-location"]
    assert face.send("HEAD", f"{path}/{stage['name']}").status_code == 204
    assert face.send("POST", path, stage).status_code == 409
    late = face.commit(stage["name"], [{"action": "set-properties", "updates": {}}], [{"type": "assert-create"}])
    assert late.status_code == 409
    without = {name: value for name, value in stage.items() if name != "stage-create"}
    assert "stage-create is a required field" in face.send("POST", path, without).json()["error"]["message"]


def test_pyiceberg_creates_and_fills_in_one_commit(account):
    catalog = s3tables_catalog(account)
    catalog.create_namespace("staged")
    with catalog.create_table_transaction("staged.t", schema=ROWS) as transaction:
        transaction.append(rows((1, "a"), (2, "b")))
        assert not catalog.table_exists("staged.t")
    assert len(catalog.load_table("staged.t").scan().to_arrow()) == 2
    with pytest.raises(pyiceberg.exceptions.TableAlreadyExistsError):
        catalog.create_table_transaction("staged.t", schema=ROWS)
    catalog.purge_table("staged.t")


def test_namespace_properties(server, account, face):  # noqa: F811
    change = {"removals": ["owner", "none"], "updates": {"a": "1"}}
    path = f"/props_{face.name}"
    made = face.send("POST", "", {"namespace": [path[1:]], "properties": {"owner": "ring"}})
    assert made.status_code == 200
    if face.name == "s3tables":
        refused = face.send("POST", f"{path}/properties", change)
        assert (refused.status_code, refused.json()["error"]["type"]) == (404, "UnknownOperationException")
        return
    assert face.send("POST", f"{path}/properties", change).status_code == 403  # The guide's policy has no UpdateDatabase.
    arn = f"arn:aws:glue:{REGION}:{server.account_id}"
    server.aws("iam").put_user_policy(UserName=account.user, PolicyName="update-database", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "glue:UpdateDatabase", "Resource": [
            f"{arn}:catalog", f"{arn}:catalog/s3tablescatalog*", f"{arn}:database/s3tablescatalog/{account.bucket}/*"]}]}))
    try:
        answer = face.send("POST", f"{path}/properties", change)
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"updated": ["a"], "removed": ["owner"], "missing": ["none"]}
        assert face.send("GET", path).json()["properties"] == {"a": "1"}
        for bad in ({"removals": ["a"], "updates": {"a": "2"}}, {"removals": "a"}):
            assert face.send("POST", f"{path}/properties", bad).status_code in (400, 422), bad
        assert face.send("POST", "/none/properties", change).status_code == 404
        assert face.send("GET", path).json()["properties"] == {"a": "1"}
    finally:
        server.aws("iam").delete_user_policy(UserName=account.user, PolicyName="update-database")
