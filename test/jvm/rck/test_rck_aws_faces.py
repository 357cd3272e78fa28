"""The Iceberg project's REST compatibility kit against the Glue face and the S3 Tables face.

Much of the kit asks for what AWS refuses. refused_by_aws.tsv names every such case and the reason, and the list is exact: a
case that fails and is not in it fails the test, and so does a case in it that passes.

Marked long: a JVM runs 148 cases, half a minute a face, and the first run fetches the kit.
"""

from __future__ import annotations

import pathlib

import pytest

import kit
from firn_server import REGION, Account, FirnServer

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

REFUSED = pathlib.Path(__file__).parent / "refused_by_aws.tsv"
# What the kit leaves out of itself: nested and empty namespaces, and names with dots.
ABORTED_BY_THE_KIT = {
    "ViewCatalogTests.listViewsInEmptyNamespace()", "CatalogTests.testListNestedNamespaces()",
    "CatalogTests.testTableNameWithDot()", "CatalogTests.createAndDropEmptyNamespace()",
    "CatalogTests.testNamespaceWithDot()", "CatalogTests.listNamespacesWithEmptyNamespace()",
    "CatalogTests.listTablesInEmptyNamespace()", "CatalogTests.namespacePropertiesOnEmptyNamespace()",
}


def refused(face: str) -> dict[str, str]:
    rows = [line.split("\t") for line in REFUSED.read_text().splitlines() if not line.startswith("#")]
    assert all(len(row) == 3 and row[2] for row in rows), "face, case and reason, tabs between"
    return {case: reason for its_face, case, reason in rows if its_face == face}


def short(case: str) -> str:
    return case.removeprefix("RESTCompatibilityKit")


def properties(face: str, account: Account) -> dict[str, str]:
    server = account.server
    key, secret = server.root_key()
    return {
        "uri": f"{server.aws_endpoint}/iceberg",
        "warehouse": account.warehouse if face == "glue" else account.bucket_arn,
        "rest.sigv4-enabled": "true",
        "rest.signing-name": face,
        "rest.signing-region": REGION,
        "rest.access-key-id": key,
        "rest.secret-access-key": secret,
        "client.region": REGION,
        "s3.endpoint": server.aws_endpoint,
        "s3.path-style-access": "true",
        "s3.access-key-id": key,
        "s3.secret-access-key": secret,
        "io-impl": "org.apache.iceberg.io.ResolvingFileIO",
        "requires-namespace-create": "true",
        "supports-nested-namespaces": "false",
        "overrides-requested-location": "true",
        # The kit clears away with plain drops, which S3 Tables refuses; `clear` does it instead.
        "purge-test-namespaces": "false",
    }


def clear(account: Account) -> None:
    """Drops every table and namespace of the bucket."""
    bucket = account.bucket_arn
    tables = account.server.aws("s3tables")
    for namespace in tables.list_namespaces(tableBucketARN=bucket)["namespaces"]:
        name = namespace["namespace"][0]
        for table in tables.list_tables(tableBucketARN=bucket, namespace=name)["tables"]:
            tables.delete_table(tableBucketARN=bucket, namespace=name, name=table["name"])
        tables.delete_namespace(tableBucketARN=bucket, namespace=name)


@pytest.mark.parametrize("face", ["glue", "s3tables"])
def test_the_kit_fails_only_where_aws_refuses(face, tmp_path):
    server = FirnServer(tmp_path / "data").start()
    try:
        account = Account(server)
        # Without a grant Lake Formation answers 403 for what does not exist.
        server.aws("lakeformation").grant_permissions(
            Principal={"DataLakePrincipalIdentifier": f"arn:aws:iam::{server.account_id}:root"},
            Resource={"Catalog": {"Id": account.warehouse}}, Permissions=["ALL"])
        outcome = kit.run(properties(face, account), lambda: clear(account))
    finally:
        server.stop()
    failed = {short(case): why for case, why in outcome.failed.items()}
    expected = refused(face)
    not_listed = {case: why for case, why in failed.items() if case not in expected}
    assert not not_listed, f"cases that fail and are not in {REFUSED.name}: {not_listed}"
    passing = sorted(expected.keys() - failed.keys())
    assert not passing, f"cases of {REFUSED.name} that do not fail any more: {passing}"
    assert {short(case) for case in outcome.aborted} == ABORTED_BY_THE_KIT
