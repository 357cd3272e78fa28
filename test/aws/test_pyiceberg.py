"""PyIceberg over both REST faces of AWS, Glue's and S3 Tables': one life of a table through each."""

import pyarrow as pa
import pyiceberg.exceptions
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.expressions import EqualTo
from pyiceberg.types import LongType

from firn_server import REGION

ROWS = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("note", pa.string())])


def rows(*pairs):
    return pa.table({"id": [p[0] for p in pairs], "note": [p[1] for p in pairs]}, schema=ROWS)


def s3tables_catalog(account):
    key, secret = account.server.root_key()
    endpoint = account.server.aws_endpoint
    return load_catalog("s3tables", **{
        "type": "rest", "uri": f"{endpoint}/iceberg", "warehouse": account.bucket_arn,
        "rest.sigv4-enabled": "true", "rest.signing-name": "s3tables", "rest.signing-region": REGION,
        "client.access-key-id": key, "client.secret-access-key": secret, "client.region": REGION,
        "s3.endpoint": endpoint})


@pytest.fixture(params=["glue", "s3tables"])
def face(request, account):
    catalog = account.pyiceberg() if request.param == "glue" else s3tables_catalog(account)
    return request.param, catalog


def test_the_life_of_a_table(face):
    name, catalog = face
    space = f"life_{name}"
    catalog.create_namespace(space)
    assert (space,) in catalog.list_namespaces()
    table = catalog.create_table(f"{space}.t", schema=ROWS)
    with pytest.raises(pyiceberg.exceptions.TableAlreadyExistsError):
        catalog.create_table(f"{space}.t", schema=ROWS)
    table.append(rows((1, "a"), (2, "b")))
    table.append(rows((3, "c")))
    table.delete(EqualTo("id", 2))
    table.upsert(rows((3, "changed"), (4, "d")), join_cols=["id"])
    seen = sorted(catalog.load_table(f"{space}.t").scan().to_arrow().to_pylist(), key=lambda row: row["id"])
    assert [(row["id"], row["note"]) for row in seen] == [(1, "a"), (3, "changed"), (4, "d")]
    table.overwrite(rows((9, "only")))
    assert catalog.load_table(f"{space}.t").scan().to_arrow().to_pylist() == [{"id": 9, "note": "only"}]
    with table.update_schema() as change:
        change.add_column("more", LongType())
    with table.transaction() as transaction:
        transaction.set_properties(owner="ring")
    again = catalog.load_table(f"{space}.t")
    assert [field.name for field in again.schema().fields] == ["id", "note", "more"]
    assert again.properties["owner"] == "ring"
    with pytest.raises(pyiceberg.exceptions.NamespaceNotEmptyError):
        catalog.drop_namespace(space)
    catalog.purge_table(f"{space}.t")
    assert not catalog.table_exists(f"{space}.t")
    with pytest.raises(pyiceberg.exceptions.NoSuchTableError):
        catalog.load_table(f"{space}.t")
    catalog.drop_namespace(space)
    assert (space,) not in catalog.list_namespaces()


def test_what_one_face_writes_the_other_reads(account):
    glue, s3tables = account.pyiceberg(), s3tables_catalog(account)
    glue.create_namespace("between")
    glue.create_table("between.t", schema=ROWS).append(rows((1, "glue")))
    s3tables.load_table("between.t").append(rows((2, "s3tables")))
    assert sorted(glue.load_table("between.t").scan().to_arrow()["id"].to_pylist()) == [1, 2]
