"""Every requirement and every update of the Iceberg REST specification, on both AWS faces, by signed raw commits."""

import json
import time

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
import requests

from firn_server import REGION

SCHEMA = {"type": "struct", "schema-id": 0, "fields": [
    {"id": 1, "name": "id", "type": "long", "required": True},
    {"id": 2, "name": "note", "type": "string", "required": False},
    {"id": 3, "name": "at", "type": "timestamptz", "required": False}]}
WIDER = {**SCHEMA, "fields": [*SCHEMA["fields"], {"id": 4, "name": "more", "type": "double", "required": False}]}
WIDEST = {**WIDER, "fields": [*WIDER["fields"], {"id": 5, "name": "most", "type": "date", "required": False}]}
BY_NOTE = {"spec-id": 0, "fields": [{"source-id": 2, "field-id": 1000, "name": "note", "transform": "identity"}]}
BY_DAY = {"spec-id": 0, "fields": [{"source-id": 3, "field-id": 1001, "name": "at_day", "transform": "day"}]}
UP = {"order-id": 1, "fields": [{"source-id": 1, "transform": "identity", "direction": "asc", "null-order": "nulls-first"}]}
DOWN = {"order-id": 2, "fields": [{"source-id": 1, "transform": "identity", "direction": "desc", "null-order": "nulls-last"}]}


class Face:
    """Signed JSON requests to one namespace of one face."""

    def __init__(self, server, account, name: str):
        self.name, self.endpoint = name, server.aws_endpoint
        # An ARN with %2F is one segment; Glue's prefix is catalogs/<account>:s3tablescatalog/<bucket>.
        arn = account.bucket_arn.replace(":", "%3A").replace("/", "%2F")
        self.prefix = f"catalogs/{account.warehouse}" if name == "glue" else arn
        self.key = account.key if name == "glue" else server.root_key()
        self.space = f"commits_{name}"
        self.made = 0

    def send(self, method: str, path: str, body=None, **headers):
        url = f"{self.endpoint}/iceberg/v1/{self.prefix}/namespaces{path}"
        data = None if body is None else body if isinstance(body, str) else json.dumps(body)
        request = botocore.awsrequest.AWSRequest(method=method, url=url, data=data, headers=headers)
        botocore.auth.SigV4Auth(botocore.credentials.Credentials(*self.key), self.name, REGION).add_auth(request)
        return requests.request(method, url, data=data, headers=dict(request.prepare().headers), timeout=30)

    def commit(self, table: str, updates: list, requirements: list = ()):
        return self.send("POST", f"/{self.space}/tables/{table}", {"requirements": list(requirements), "updates": updates})

    def load(self, table: str) -> dict:
        return self.send("GET", f"/{self.space}/tables/{table}").json()["metadata"]

    def seeded(self) -> tuple[str, dict]:
        """A table with two snapshots, a tag, and a schema, spec, order, statistics and a property to take away."""
        self.made += 1
        name = f"t{self.made}"
        made = self.send("POST", f"/{self.space}/tables", {"name": name, "schema": SCHEMA, "stage-create": False})
        assert made.status_code == 200, made.text
        location = made.json()["metadata"]["location"]
        seeds = [
            {"action": "add-snapshot", "snapshot": snapshot(location, 11, 1)},
            {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": 11},
            {"action": "set-snapshot-ref", "ref-name": "old", "type": "tag", "snapshot-id": 11},
            {"action": "add-schema", "schema": WIDER}, {"action": "add-spec", "spec": BY_NOTE},
            {"action": "add-sort-order", "sort-order": UP},
            {"action": "set-statistics", "statistics": statistics(location, 11)},
            {"action": "set-partition-statistics", "partition-statistics": partition_statistics(location, 11)},
            {"action": "set-properties", "updates": {"owner": "ring"}}]
        assert self.commit(name, seeds).status_code == 200
        more = [{"action": "add-snapshot", "snapshot": snapshot(location, 12, 2, parent=11)},
                {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": 12}]
        second = self.commit(name, more)
        assert second.status_code == 200, second.text
        return name, second.json()["metadata"]


def snapshot(location: str, number: int, sequence: int, parent: int | None = None, **changes) -> dict:
    made = {"snapshot-id": number, "sequence-number": sequence, "timestamp-ms": int(time.time() * 1000), "schema-id": 0,
            "manifest-list": f"{location}/metadata/snap-{number}.avro", "summary": {"operation": "append"}}
    return made | ({} if parent is None else {"parent-snapshot-id": parent}) | changes


def statistics(location: str, number: int, **changes) -> dict:
    return {"snapshot-id": number, "statistics-path": f"{location}/metadata/{number}.puffin", "file-size-in-bytes": 10,
            "file-footer-size-in-bytes": 5, "blob-metadata": []} | changes


def partition_statistics(location: str, number: int, **changes) -> dict:
    return {"snapshot-id": number, "statistics-path": f"{location}/metadata/{number}.parquet",
            "file-size-in-bytes": 10} | changes


def without(document: dict, name: str) -> dict:
    return {key: value for key, value in document.items() if key != name}


@pytest.fixture(scope="module", params=["glue", "s3tables"])
def face(request, server, account):
    made = Face(server, account, request.param)
    # A namespace for each module that uses this: the server outlives them.
    made.space += "_" + request.module.__name__.removeprefix("test_")
    assert made.send("POST", "", {"namespace": [made.space]}).status_code == 200
    return made


# Name, requirement; that which holds for the seeded table. `m` is its metadata.
HOLD = [
    ("assert-table-uuid", lambda m: {"uuid": m["table-uuid"]}),
    ("assert-table-uuid", lambda m: {"uuid": m["table-uuid"].upper()}),
    ("assert-ref-snapshot-id", lambda m: {"ref": "main", "snapshot-id": 12}),
    ("assert-ref-snapshot-id", lambda m: {"ref": "old", "snapshot-id": 11}),
    ("assert-ref-snapshot-id", lambda m: {"ref": "none", "snapshot-id": None}),
    ("assert-ref-snapshot-id", lambda m: {"ref": "none"}),
    ("assert-last-assigned-field-id", lambda m: {"last-assigned-field-id": 4}),
    ("assert-current-schema-id", lambda m: {"current-schema-id": 0}),
    ("assert-last-assigned-partition-id", lambda m: {"last-assigned-partition-id": 1000}),
    ("assert-default-spec-id", lambda m: {"default-spec-id": 0}),
    ("assert-default-sort-order-id", lambda m: {"default-sort-order-id": 0}),
]
FAIL = [
    ("assert-create", lambda m: {}),
    ("assert-table-uuid", lambda m: {"uuid": "00000000-0000-4000-8000-000000000000"}),
    ("assert-ref-snapshot-id", lambda m: {"ref": "main", "snapshot-id": 11}),
    ("assert-ref-snapshot-id", lambda m: {"ref": "main", "snapshot-id": None}),
    ("assert-ref-snapshot-id", lambda m: {"ref": "old"}),
    ("assert-ref-snapshot-id", lambda m: {"ref": "none", "snapshot-id": 12}),
    ("assert-last-assigned-field-id", lambda m: {"last-assigned-field-id": 3}),
    ("assert-current-schema-id", lambda m: {"current-schema-id": 1}),
    ("assert-last-assigned-partition-id", lambda m: {"last-assigned-partition-id": 999}),
    ("assert-default-spec-id", lambda m: {"default-spec-id": 1}),
    ("assert-default-sort-order-id", lambda m: {"default-sort-order-id": 1}),
]
MALFORMED_REQUIREMENTS = [
    {}, {"type": "assert-nothing"}, {"type": 1}, {"type": "assert-table-uuid"}, {"type": "assert-table-uuid", "uuid": 1},
    {"type": "assert-ref-snapshot-id"}, {"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": "12"},
    {"type": "assert-last-assigned-field-id"}, {"type": "assert-current-schema-id", "current-schema-id": 1.5},
    {"type": "assert-last-assigned-partition-id", "last-assigned-partition-id": "1000"},
    {"type": "assert-default-spec-id", "default-spec-id": 1 << 40}, {"type": "assert-default-sort-order-id"},
]


def test_requirements_that_hold(face):
    name, metadata = face.seeded()
    for kind, members in HOLD:
        answer = face.commit(name, [], [{"type": kind, **members(metadata)}])
        assert answer.status_code == 200, (kind, answer.text)
    assert face.load(name)["last-updated-ms"] == metadata["last-updated-ms"]  # No update changed nothing.


def test_requirements_that_fail_change_nothing(face):
    name, metadata = face.seeded()
    update = {"action": "set-properties", "updates": {"seen": "yes"}}
    for kind, members in FAIL:
        answer = face.commit(name, [update], [{"type": kind, **members(metadata)}])
        assert answer.status_code == 409, (kind, answer.text)
        assert answer.json()["error"]["type"] == "CommitFailedException", answer.text
    for requirement in MALFORMED_REQUIREMENTS:
        answer = face.commit(name, [update], [requirement])
        assert answer.status_code == 400, (requirement, answer.text)
    assert face.load(name) == metadata


# Updates in one commit, and what must hold for the metadata after it. `m` is the metadata before.
GOOD = {
    "assign-uuid": (lambda m: [{"action": "assign-uuid", "uuid": m["table-uuid"]}], lambda m: True),
    "upgrade-format-version": (
        lambda m: [{"action": "upgrade-format-version", "format-version": 3}],
        lambda m: m["format-version"] == 3 and m["next-row-id"] == 0),
    "upgrade-to-the-same": (
        lambda m: [{"action": "upgrade-format-version", "format-version": 2}], lambda m: m["format-version"] == 2),
    "add-schema": (
        lambda m: [{"action": "add-schema", "schema": WIDEST, "last-column-id": 5}],
        lambda m: len(m["schemas"]) == 3 and m["current-schema-id"] == 0 and m["last-column-id"] == 5),
    "add-schema that is there": (
        lambda m: [{"action": "add-schema", "schema": {**WIDER, "schema-id": 9}},
                   {"action": "set-current-schema", "schema-id": 9}],
        lambda m: len(m["schemas"]) == 2 and m["current-schema-id"] == 1),
    "set-current-schema": (
        lambda m: [{"action": "set-current-schema", "schema-id": 1}], lambda m: m["current-schema-id"] == 1),
    "set-current-schema to the last": (
        lambda m: [{"action": "add-schema", "schema": WIDEST}, {"action": "set-current-schema", "schema-id": -1}],
        lambda m: m["current-schema-id"] == 2),
    "add-spec": (
        lambda m: [{"action": "add-spec", "spec": BY_DAY}],
        lambda m: len(m["partition-specs"]) == 3 and m["default-spec-id"] == 0 and m["last-partition-id"] == 1001),
    "set-default-spec": (
        lambda m: [{"action": "set-default-spec", "spec-id": 1}], lambda m: m["default-spec-id"] == 1),
    "set-default-spec to the last": (
        lambda m: [{"action": "add-spec", "spec": BY_DAY}, {"action": "set-default-spec", "spec-id": -1}],
        lambda m: m["default-spec-id"] == 2),
    "add-sort-order": (
        lambda m: [{"action": "add-sort-order", "sort-order": DOWN}],
        lambda m: len(m["sort-orders"]) == 3 and m["default-sort-order-id"] == 0),
    "set-default-sort-order": (
        lambda m: [{"action": "set-default-sort-order", "sort-order-id": 1}],
        lambda m: m["default-sort-order-id"] == 1),
    "set-default-sort-order to the last": (
        lambda m: [{"action": "add-sort-order", "sort-order": DOWN},
                   {"action": "set-default-sort-order", "sort-order-id": -1}],
        lambda m: m["default-sort-order-id"] == 2),
    "add-snapshot": (
        lambda m: [{"action": "add-snapshot", "snapshot": snapshot(m["location"], 13, 3, parent=12)}],
        lambda m: len(m["snapshots"]) == 3 and m["current-snapshot-id"] == 12 and m["last-sequence-number"] == 3),
    "set-snapshot-ref main": (
        lambda m: [{"action": "add-snapshot", "snapshot": snapshot(m["location"], 13, 3, parent=12)},
                   {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": 13}],
        lambda m: m["current-snapshot-id"] == 13 and m["snapshot-log"][-1]["snapshot-id"] == 13),
    "set-snapshot-ref branch": (
        lambda m: [{"action": "set-snapshot-ref", "ref-name": "work", "type": "branch", "snapshot-id": 11,
                    "min-snapshots-to-keep": 2, "max-snapshot-age-ms": 1000, "max-ref-age-ms": 2000}],
        lambda m: m["refs"]["work"] == {"type": "branch", "snapshot-id": 11, "min-snapshots-to-keep": 2,
                                        "max-snapshot-age-ms": 1000, "max-ref-age-ms": 2000}),
    "set-snapshot-ref tag": (
        lambda m: [{"action": "set-snapshot-ref", "ref-name": "kept", "type": "tag", "snapshot-id": 12,
                    "max-ref-age-ms": 1000}],
        lambda m: m["refs"]["kept"] == {"type": "tag", "snapshot-id": 12, "max-ref-age-ms": 1000}),
    "remove-snapshots": (
        lambda m: [{"action": "remove-snapshots", "snapshot-ids": [11]}],
        lambda m: [s["snapshot-id"] for s in m["snapshots"]] == [12] and set(m["refs"]) == {"main"}
        and not m.get("statistics") and not m.get("partition-statistics")),
    "remove-snapshot-ref": (
        lambda m: [{"action": "remove-snapshot-ref", "ref-name": "old"}], lambda m: set(m["refs"]) == {"main"}),
    "remove-snapshot-ref that is not there": (
        lambda m: [{"action": "remove-snapshot-ref", "ref-name": "none"}], lambda m: set(m["refs"]) == {"main", "old"}),
    "set-location to where it is": (
        lambda m: [{"action": "set-location", "location": m["location"]}], lambda m: True),
    "set-properties": (
        lambda m: [{"action": "set-properties", "updates": {"owner": "me", "a": ""}}],
        lambda m: m["properties"]["owner"] == "me" and m["properties"]["a"] == ""),
    "remove-properties": (
        lambda m: [{"action": "remove-properties", "removals": ["owner", "none"]}],
        lambda m: "owner" not in m["properties"]),
    "set-statistics": (
        lambda m: [{"action": "set-statistics", "snapshot-id": 12, "statistics": statistics(m["location"], 12)}],
        lambda m: [s["snapshot-id"] for s in m["statistics"]] == [11, 12]),
    "set-statistics in place": (
        lambda m: [{"action": "set-statistics", "statistics": statistics(m["location"], 11, **{"file-size-in-bytes": 99})}],
        lambda m: [s["file-size-in-bytes"] for s in m["statistics"]] == [99]),
    "remove-statistics": (
        lambda m: [{"action": "remove-statistics", "snapshot-id": 11}], lambda m: not m.get("statistics")),
    "set-partition-statistics": (
        lambda m: [{"action": "set-partition-statistics", "partition-statistics": partition_statistics(m["location"], 12)}],
        lambda m: [s["snapshot-id"] for s in m["partition-statistics"]] == [11, 12]),
    "remove-partition-statistics": (
        lambda m: [{"action": "remove-partition-statistics", "snapshot-id": 11}],
        lambda m: not m.get("partition-statistics")),
    "remove-partition-specs": (
        lambda m: [{"action": "remove-partition-specs", "spec-ids": [1]}],
        lambda m: [s["spec-id"] for s in m["partition-specs"]] == [0]),
    "remove-schemas": (
        lambda m: [{"action": "remove-schemas", "schema-ids": [1]}],
        lambda m: [s["schema-id"] for s in m["schemas"]] == [0]),
    "add-encryption-key": (
        lambda m: [{"action": "upgrade-format-version", "format-version": 3},
                   {"action": "add-encryption-key", "encryption-key": {"key-id": "k", "encrypted-key-metadata": "AAAA"}}],
        lambda m: [k["key-id"] for k in m["encryption-keys"]] == ["k"]),
    "remove-encryption-key": (
        lambda m: [{"action": "remove-encryption-key", "key-id": "none"}], lambda m: not m.get("encryption-keys")),
}

# Updates that are refused with 400: unknown, malformed, or against what the table holds.
BAD = {
    "no action": lambda m: [{}],
    "unknown action": lambda m: [{"action": "set-nothing"}],
    "action of a wrong type": lambda m: [{"action": 1}],
    "assign-uuid without": lambda m: [{"action": "assign-uuid"}],
    "assign-uuid empty": lambda m: [{"action": "assign-uuid", "uuid": ""}],
    "assign-uuid nonsense": lambda m: [{"action": "assign-uuid", "uuid": "not-a-uuid"}],
    "downgrade": lambda m: [{"action": "upgrade-format-version", "format-version": 1}],
    "upgrade to nothing": lambda m: [{"action": "upgrade-format-version", "format-version": 0}],
    "upgrade without": lambda m: [{"action": "upgrade-format-version"}],
    "add-schema without": lambda m: [{"action": "add-schema"}],
    "add-schema twice one name": lambda m: [{"action": "add-schema", "schema": {
        **SCHEMA, "fields": [SCHEMA["fields"][0], {**SCHEMA["fields"][1], "name": "id"}]}}],
    "add-schema twice one id": lambda m: [{"action": "add-schema", "schema": {
        **SCHEMA, "fields": [SCHEMA["fields"][0], {**SCHEMA["fields"][1], "id": 1}]}}],
    "add-schema of an unknown type": lambda m: [{"action": "add-schema", "schema": {
        **SCHEMA, "fields": [{"id": 1, "name": "id", "type": "longer", "required": True}]}}],
    "add-schema with a type of v3": lambda m: [{"action": "add-schema", "schema": {
        **SCHEMA, "fields": [*SCHEMA["fields"], {"id": 4, "name": "n", "type": "timestamp_ns", "required": False}]}}],
    "set-current-schema unknown": lambda m: [{"action": "set-current-schema", "schema-id": 7}],
    "set-current-schema to no last": lambda m: [{"action": "set-current-schema", "schema-id": -1}],
    "add-spec without": lambda m: [{"action": "add-spec"}],
    "add-spec of an unknown column": lambda m: [{"action": "add-spec", "spec": {"fields": [
        {"source-id": 99, "field-id": 1002, "name": "x", "transform": "identity"}]}}],
    "add-spec that cannot transform": lambda m: [{"action": "add-spec", "spec": {"fields": [
        {"source-id": 1, "field-id": 1002, "name": "x", "transform": "day"}]}}],
    "set-default-spec unknown": lambda m: [{"action": "set-default-spec", "spec-id": 7}],
    "set-default-spec to no last": lambda m: [{"action": "set-default-spec", "spec-id": -1}],
    "add-sort-order without": lambda m: [{"action": "add-sort-order"}],
    "add-sort-order of an unknown column": lambda m: [{"action": "add-sort-order", "sort-order": {
        "order-id": 3, "fields": [{**UP["fields"][0], "source-id": 99}]}}],
    "add-sort-order in no direction": lambda m: [{"action": "add-sort-order", "sort-order": {
        "order-id": 3, "fields": [{**UP["fields"][0], "direction": "sideways"}]}}],
    "set-default-sort-order unknown": lambda m: [{"action": "set-default-sort-order", "sort-order-id": 7}],
    "add-snapshot without": lambda m: [{"action": "add-snapshot"}],
    "add-snapshot that is there": lambda m: [{"action": "add-snapshot", "snapshot": snapshot(m["location"], 12, 3)}],
    "add-snapshot with an old sequence number": lambda m: [
        {"action": "add-snapshot", "snapshot": snapshot(m["location"], 13, 2, parent=12)}],
    "add-snapshot of an unknown schema": lambda m: [
        {"action": "add-snapshot", "snapshot": snapshot(m["location"], 13, 3, **{"schema-id": 7})}],
    "add-snapshot that lies elsewhere": lambda m: [
        {"action": "add-snapshot", "snapshot": snapshot("s3://elsewhere", 13, 3)}],
    "add-snapshot that lies beside": lambda m: [
        {"action": "add-snapshot", "snapshot": snapshot(m["location"] + "x", 13, 3)}],
    "set-snapshot-ref to an unknown snapshot": lambda m: [
        {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": 99}],
    "set-snapshot-ref without a name": lambda m: [
        {"action": "set-snapshot-ref", "type": "branch", "snapshot-id": 11}],
    "set-snapshot-ref of an unknown type": lambda m: [
        {"action": "set-snapshot-ref", "ref-name": "x", "type": "twig", "snapshot-id": 11}],
    "set-snapshot-ref main as a tag": lambda m: [
        {"action": "set-snapshot-ref", "ref-name": "main", "type": "tag", "snapshot-id": 11}],
    "set-snapshot-ref tag that keeps snapshots": lambda m: [
        {"action": "set-snapshot-ref", "ref-name": "x", "type": "tag", "snapshot-id": 11, "min-snapshots-to-keep": 1}],
    "set-snapshot-ref that keeps none": lambda m: [
        {"action": "set-snapshot-ref", "ref-name": "x", "type": "branch", "snapshot-id": 11, "min-snapshots-to-keep": 0}],
    "remove-snapshots of a wrong type": lambda m: [{"action": "remove-snapshots", "snapshot-ids": "11"}],
    "remove-snapshot-ref without": lambda m: [{"action": "remove-snapshot-ref"}],
    "set-location elsewhere": lambda m: [{"action": "set-location", "location": "s3://elsewhere"}],
    "set-location inside": lambda m: [{"action": "set-location", "location": m["location"] + "/in"}],
    "set-location without": lambda m: [{"action": "set-location"}],
    "set-properties to nothing": lambda m: [{"action": "set-properties", "updates": {"a": None}}],
    "set-properties to an object": lambda m: [{"action": "set-properties", "updates": {"a": {}}}],
    "remove-properties of a wrong type": lambda m: [{"action": "remove-properties", "removals": {"owner": ""}}],
    "set-statistics without": lambda m: [{"action": "set-statistics", "snapshot-id": 12}],
    "remove-statistics without": lambda m: [{"action": "remove-statistics"}],
    "set-partition-statistics without": lambda m: [{"action": "set-partition-statistics"}],
    "remove-partition-statistics without": lambda m: [{"action": "remove-partition-statistics"}],
    "remove-partition-specs the default": lambda m: [{"action": "remove-partition-specs", "spec-ids": [0]}],
    "remove-schemas the current": lambda m: [{"action": "remove-schemas", "schema-ids": [0]}],
    "add-encryption-key without": lambda m: [{"action": "add-encryption-key"}],
    "add-encryption-key without an id": lambda m: [
        {"action": "add-encryption-key", "encryption-key": {"encrypted-key-metadata": "AAAA"}}],
    "remove-encryption-key without": lambda m: [{"action": "remove-encryption-key"}],
    **{f"set-statistics without {name}": lambda m, name=name: [
        {"action": "set-statistics", "statistics": without(statistics(m["location"], 12), name)}]
       for name in statistics("s3://b", 1)},
    **{f"set-partition-statistics without {name}": lambda m, name=name: [
        {"action": "set-partition-statistics", "partition-statistics": without(partition_statistics(m["location"], 12), name)}]
       for name in partition_statistics("s3://b", 1)},
    **{f"add-snapshot without {name}": lambda m, name=name: [
        {"action": "add-snapshot", "snapshot": without(snapshot(m["location"], 13, 3), name)}]
       for name in ("snapshot-id", "timestamp-ms", "manifest-list")},
}


@pytest.mark.parametrize("case", GOOD)
def test_an_update_is_made(face, case):
    updates, holds = GOOD[case]
    name, metadata = face.seeded()
    answer = face.commit(name, updates(metadata), [{"type": "assert-table-uuid", "uuid": metadata["table-uuid"]}])
    assert answer.status_code == 200, answer.text
    after = answer.json()["metadata"]
    assert holds(after), after
    assert face.load(name) == after
    assert after["last-updated-ms"] >= metadata["last-updated-ms"]


def test_updates_that_are_refused_change_nothing(face):
    name, metadata = face.seeded()
    first = {"action": "set-properties", "updates": {"seen": "yes"}}
    wrong = []
    for case, updates in BAD.items():
        answer = face.commit(name, [first, *updates(metadata)])
        if answer.status_code != 400 or not answer.json()["error"]["message"]:
            wrong.append((case, answer.status_code, answer.text[:300]))
        now = face.load(name)
        if now != metadata:
            wrong.append((case, "changed the table"))
            metadata = now
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("body, status", [
    ("", 400), ("{", 400), ("[]", 400), ("null", 400), ('"updates"', 400), ("{}", 400), ('{"updates":{}}', 400),
    ('{"requirements":[1],"updates":[]}', 400), ('{"requirements":[],"updates":["x"]}', 400),
    ('{"requirements":[],"updates":[],"identifier":1}', 400), ("[" * 10000, 400),
])
def test_a_body_that_is_no_commit(face, body, status):
    name, metadata = face.seeded()
    answer = face.send("POST", f"/{face.space}/tables/{name}", body)
    assert answer.status_code == status, answer.text[:300]
    assert face.load(name) == metadata


def test_a_commit_to_nothing(face):
    uuid = {"type": "assert-table-uuid", "uuid": "00000000-0000-4000-8000-000000000000"}
    assert face.commit("none", [], [uuid]).status_code == 404
    assert face.send("POST", "/none/tables/none", {"requirements": [], "updates": []}).status_code == 404
