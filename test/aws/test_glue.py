"""Glue's own API through boto3, over the tables that the S3 Tables API made."""

import botocore.exceptions
import pyarrow
import pyiceberg.catalog
import pyiceberg.exceptions
import pyiceberg.types
import pytest

from firn_server import REGION

FIELDS = [{"name": "id", "type": "long", "required": True}, {"name": "on", "type": "date"},
          {"name": "price", "type": "decimal(9,2)"}, {"name": "note", "type": "string"}]


@pytest.fixture()
def glue(server, account):
    return server.aws("glue", account.key)


def test_catalogs(server, account, glue):
    top = server.aws("glue").get_catalogs()["CatalogList"]
    assert [catalog["Name"] for catalog in top] == ["s3tablescatalog"]
    catalog = glue.get_catalog(CatalogId=f"s3tablescatalog/{account.bucket}")["Catalog"]
    assert catalog["CatalogId"] == account.warehouse
    assert catalog["FederatedCatalog"]["Identifier"] == account.bucket_arn
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        server.aws("glue").get_catalog(CatalogId="s3tablescatalog/no-such-bucket")
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        server.aws("glue").create_catalog(Name="s3tablescatalog", CatalogInput={})


def test_databases_and_tables(server, account, glue):
    place = {"CatalogId": account.warehouse}
    glue.create_database(**place, DatabaseInput={"Name": "by_glue"})
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_database(**place, DatabaseInput={"Name": "by_glue"})
    assert glue.get_database(**place, Name="by_glue")["Database"]["CatalogId"] == account.warehouse
    assert "by_glue" in [database["Name"] for database in glue.get_databases(**place)["DatabaseList"]]
    made = server.aws("s3tables").create_table(
        tableBucketARN=account.bucket_arn, namespace="by_glue", name="t", format="ICEBERG",
        metadata={"iceberg": {"schema": {"fields": FIELDS}}})
    table = glue.get_table(**place, DatabaseName="by_glue", Name="t")["Table"]
    assert table["VersionId"] == made["versionToken"]
    assert table["Parameters"]["table_type"] == "ICEBERG"
    assert [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]] == [
        ("id", "bigint"), ("on", "date"), ("price", "decimal(9,2)"), ("note", "string")]
    assert [t["Name"] for t in glue.get_tables(**place, DatabaseName="by_glue")["TableList"]] == ["t"]
    with pytest.raises(botocore.exceptions.ClientError):
        glue.delete_database(**place, Name="by_glue")
    glue.delete_table(**place, DatabaseName="by_glue", Name="t")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_table(**place, DatabaseName="by_glue", Name="t")
    glue.delete_database(**place, Name="by_glue")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_database(**place, Name="by_glue")


# What Firn claims of Glue's API: catalogs, databases and tables of table buckets.
SERVED = {
    "GetCatalog", "GetCatalogs", "CreateCatalog", "GetDatabase", "GetDatabases", "CreateDatabase", "UpdateDatabase",
    "DeleteDatabase", "GetTable", "GetTables", "CreateTable", "UpdateTable", "DeleteTable", "BatchDeleteTable",
    "GetTableVersion", "GetTableVersions",
}


def test_every_operation_of_the_model_is_served_or_unknown(server):
    client = server.aws("glue", parameter_validation=False)
    model = client.meta.service_model.operation_names
    assert SERVED <= set(model)
    served = set()
    for operation in model:
        try:
            client._make_api_call(operation, {})
            served.add(operation)
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "UnknownOperationException":
                served.add(operation)
    assert served == SERVED


def refused(code, call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(**arguments)
    assert raised.value.response["Error"]["Code"] == code, raised.value
    return raised.value.response["Error"]["Message"]


def test_a_database_keeps_what_it_was_made_with(server, account, glue):
    place = {"CatalogId": account.warehouse}
    given = {"Name": "described", "Description": "of orders", "LocationUri": "s3://kept/here", "Parameters": {"owner": "ann"}}
    root = server.aws("glue")
    root.create_database(**place, DatabaseInput=given)
    kept = glue.get_database(**place, Name="described")["Database"]
    assert {name: kept[name] for name in given} == given
    assert kept["FederatedDatabase"]["ConnectionType"] == "aws:s3tables"
    listed = [one for one in glue.get_databases(**place)["DatabaseList"] if one["Name"] == "described"]
    assert listed[0]["Description"] == "of orders"
    root.update_database(**place, Name="described", DatabaseInput={"Name": "described", "Parameters": {"owner": "bob"}})
    kept = glue.get_database(**place, Name="described")["Database"]
    assert kept["Parameters"] == {"owner": "bob"} and "Description" not in kept
    refused("InvalidInputException", root.update_database, **place, Name="described", DatabaseInput={"Name": "renamed"})
    refused("AccessDeniedException", glue.update_database, **place, Name="described", DatabaseInput=given)  # By IAM.
    root.delete_database(**place, Name="described")


@pytest.mark.parametrize("given", [
    {"Description": "x" * 2049}, {"LocationUri": ""}, {"LocationUri": "x" * 1025}, {"Parameters": {"a": 1}},
    {"Parameters": {"": "a"}}, {"TargetDatabase": {"DatabaseName": "d"}}, {"FederatedDatabase": {"Identifier": "d"}},
    {"Name": "Upper"}, {"Name": "a-b"},
])
def test_a_bad_database_is_refused(server, account, given):
    client = server.aws("glue", account.key, parameter_validation=False)
    refused("InvalidInputException", client.create_database, CatalogId=account.warehouse, DatabaseInput={"Name": "bad", **given})
    refused("EntityNotFoundException", client.get_database, CatalogId=account.warehouse, Name=(given.get("Name") or "bad").lower())


def test_the_root_catalog_takes_no_database(server):
    assert "table buckets" in refused("InvalidInputException", server.aws("glue").create_database, DatabaseInput={"Name": "d"})


@pytest.fixture(scope="module")
def made(server, account):
    """A database for tables that Glue makes; the arguments that name it."""
    place = {"CatalogId": account.warehouse}
    server.aws("glue").create_database(**place, DatabaseInput={"Name": "glue_makes"})
    return {**place, "DatabaseName": "glue_makes"}


def test_a_table_made_from_columns(server, account, glue, made):
    columns = [{"Name": "id", "Type": "bigint", "Comment": "of the order"}, {"Name": "price", "Type": "decimal(9,2)"},
               {"Name": "at", "Type": "timestamp"}, {"Name": "note", "Type": "string"}]
    glue.create_table(**made, TableInput={"Name": "orders", "Parameters": {"table_type": "ICEBERG"},
                                          "StorageDescriptor": {"Columns": columns}})
    table = glue.get_table(**made, Name="orders")["Table"]
    assert [(one["Name"], one["Type"]) for one in table["StorageDescriptor"]["Columns"]] == [
        (one["Name"], one["Type"]) for one in columns]
    assert table["StorageDescriptor"]["Location"].endswith("--table-s3") and table["Parameters"]["metadata_location"]
    refused("AlreadyExistsException", glue.create_table, **made,
            TableInput={"Name": "orders", "Parameters": {"format": "ICEBERG"}})
    root = server.aws("glue")
    version = root.get_table_version(**made, TableName="orders")["TableVersion"]
    assert version["VersionId"] == table["VersionId"] and version["Table"]["Name"] == "orders"
    assert [one["VersionId"] for one in root.get_table_versions(**made, TableName="orders")["TableVersions"]] == [table["VersionId"]]
    refused("EntityNotFoundException", root.get_table_version, **made, TableName="orders", VersionId="gone")
    refused("EntityNotFoundException", root.get_table_versions, **made, TableName="none")


ICEBERG = {"format": "ICEBERG"}


@pytest.mark.parametrize("given", [
    {}, {"Parameters": {"format": "PARQUET"}}, {"Parameters": {**ICEBERG, "metadata_location": "s3://elsewhere/m.json"}},
    {"Parameters": ICEBERG, "StorageDescriptor": {"Location": "s3://mine/"}},
    {"Parameters": ICEBERG, "PartitionKeys": [{"Name": "day", "Type": "date"}]},
    {"Parameters": ICEBERG, "StorageDescriptor": {"Columns": [{"Name": "a", "Type": "array<int>"}]}},
    {"Parameters": ICEBERG, "StorageDescriptor": {"Columns": [{"Name": "a", "Type": "decimal(99,2)"}]}},
    {"Parameters": ICEBERG, "StorageDescriptor": {"Columns": [{"Name": "a", "Type": "int"}, {"Name": "a", "Type": "int"}]}},
    {"Parameters": ICEBERG, "StorageDescriptor": {"Columns": [{"Name": "Upper", "Type": "int"}]}},
    {"Parameters": ICEBERG, "Name": "Bad-Name"},
])
def test_a_bad_table_is_refused_and_not_made(server, account, glue, made, given):
    refused("InvalidInputException", glue.create_table, **made, TableInput={"Name": "bad", **given})
    refused("EntityNotFoundException", glue.get_table, **made, Name="bad")


def test_a_table_is_updated_by_its_version(server, account, glue, made):
    glue.create_table(**made, TableInput={"Name": "moves", "Parameters": ICEBERG})
    bare = glue.get_table(**made, Name="moves")["Table"]
    assert "metadata_location" not in bare["Parameters"]
    place = bare["StorageDescriptor"]["Location"]
    inputs = {"Name": "moves", "Parameters": {**ICEBERG, "metadata_location": f"{place}/metadata/none.json"}}
    refused("ConcurrentModificationException", glue.update_table, **made, TableInput=inputs, VersionId="old")
    refused("InvalidInputException", glue.update_table, **made, TableInput=inputs, VersionId=bare["VersionId"])
    refused("InvalidInputException", glue.update_table, **made, TableInput={"Name": "moves", "Parameters": ICEBERG})
    refused("InvalidInputException", glue.update_table, **made, Name="moves", TableInput={**inputs, "Name": "other"})
    refused("EntityNotFoundException", glue.update_table, **made, TableInput={**inputs, "Name": "none"})
    assert glue.get_table(**made, Name="moves")["Table"]["VersionId"] == bare["VersionId"]


def test_pyicebergs_own_glue_catalog(server, account, made):
    """It makes a bare table, asks for its place, writes the metadata file itself and points Glue at it."""
    catalog = pyiceberg.catalog.load_catalog("glue", **{
        "type": "glue", "glue.id": account.warehouse, "glue.endpoint": server.aws_endpoint, "glue.region": REGION,
        "glue.access-key-id": account.key[0], "glue.secret-access-key": account.key[1],
        "s3.endpoint": server.aws_endpoint, "s3.region": REGION, "s3.access-key-id": server.root_key()[0],
        "s3.secret-access-key": server.root_key()[1]})
    rows = pyarrow.table({"id": [1, 2, 3], "note": ["a", "b", None]})
    table = catalog.create_table("glue_makes.by_pyiceberg", schema=rows.schema)
    table.append(rows)
    table.append(rows)
    again = catalog.load_table("glue_makes.by_pyiceberg")
    assert again.scan().to_arrow().num_rows == 6 and len(again.history()) == 2
    with again.update_schema() as change:
        change.add_column("more", pyiceberg.types.LongType())
    assert ("glue_makes", "by_pyiceberg") in catalog.list_tables("glue_makes")
    stale = catalog.load_table("glue_makes.by_pyiceberg")
    again.append(pyarrow.table({"id": [4], "note": ["c"], "more": [1]}))
    stale.append(pyarrow.table({"id": [5], "note": ["d"], "more": [2]}))  # Refused by its version, and tried again.
    assert sorted(catalog.load_table("glue_makes.by_pyiceberg").scan().to_arrow()["id"].to_pylist()) == [1, 1, 2, 2, 3, 3, 4, 5]
    catalog.drop_table("glue_makes.by_pyiceberg")
    with pytest.raises(pyiceberg.exceptions.NoSuchTableError):
        catalog.load_table("glue_makes.by_pyiceberg")


@pytest.fixture(scope="module")
def many(server, account):
    """Five tables in one database of three; what boto3 needs to name it."""
    tables = server.aws("s3tables")
    for name in ("paged_a", "paged_b", "paged_c"):
        tables.create_namespace(tableBucketARN=account.bucket_arn, namespace=[name])
    for name in ("orders", "orders_2", "items", "old_orders", "z"):
        tables.create_table(tableBucketARN=account.bucket_arn, namespace="paged_a", name=name, format="ICEBERG",
                            metadata={"iceberg": {"schema": {"fields": FIELDS}}})
    return {"CatalogId": account.warehouse, "DatabaseName": "paged_a"}


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_lists_come_in_pages(server, account, glue, many, size):
    def pages(operation, member, **arguments):
        found = list(glue.get_paginator(operation).paginate(**arguments, PaginationConfig={"PageSize": size}))
        assert all(len(page[member]) <= size for page in found)
        assert all(len(page[member]) == size for page in found[:-1])
        return [one["Name"] for page in found for one in page[member]]

    assert pages("get_tables", "TableList", **many) == ["items", "old_orders", "orders", "orders_2", "z"]
    databases = pages("get_databases", "DatabaseList", CatalogId=account.warehouse)
    assert databases == sorted(set(databases)) and {"paged_a", "paged_b", "paged_c"} <= set(databases)
    catalogs, more = [], {}
    while more is not None:
        page = server.aws("glue").get_catalogs(ParentCatalogId="s3tablescatalog", MaxResults=size, **more)
        catalogs += [one["Name"] for one in page["CatalogList"]]
        more = {"NextToken": page["NextToken"]} if "NextToken" in page else None
    assert catalogs == sorted(set(catalogs)) and account.bucket in catalogs


@pytest.mark.parametrize("arguments, code", [
    ({"MaxResults": 0}, "ValidationException"), ({"MaxResults": 101}, "ValidationException"),
    ({"MaxResults": -1}, "ValidationException"), ({"NextToken": "%%%"}, "InvalidInputException"),
    ({"Expression": "a+"}, "InvalidInputException"), ({"Expression": "(a"}, "InvalidInputException"),
])
def test_bad_pages(server, account, many, arguments, code):
    client = server.aws("glue", account.key, parameter_validation=False)
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        client.get_tables(**many, **arguments)
    assert raised.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("expression, names", [
    ("orders", ["orders"]), ("orders*", ["orders", "orders_2"]), ("orders.*", ["orders", "orders_2"]),
    ("*orders", ["old_orders", "orders"]), ("*orders*", ["old_orders", "orders", "orders_2"]),
    ("items|z", ["items", "z"]), ("none", []), ("ORDERS", ["orders"]),
])
def test_tables_by_expression(glue, many, expression, names):
    assert [one["Name"] for one in glue.get_tables(**many, Expression=expression)["TableList"]] == names
    pages = glue.get_paginator("get_tables").paginate(**many, Expression=expression, PaginationConfig={"PageSize": 1})
    assert [one["Name"] for page in pages for one in page["TableList"]] == names


def test_many_tables_are_deleted_at_once(server, account):
    root, tables = server.aws("glue"), server.aws("s3tables")
    tables.create_namespace(tableBucketARN=account.bucket_arn, namespace=["batch"])
    for name in ("a", "b", "c"):
        tables.create_table(tableBucketARN=account.bucket_arn, namespace="batch", name=name, format="ICEBERG")
    place = {"CatalogId": account.warehouse, "DatabaseName": "batch"}
    answer = root.batch_delete_table(**place, TablesToDelete=["a", "none", "c"])
    assert [(one["TableName"], one["ErrorDetail"]["ErrorCode"]) for one in answer["Errors"]] == [
        ("none", "AccessDeniedException")]  # What is not there and what may not be seen look alike.
    assert [one["Name"] for one in root.get_tables(**place)["TableList"]] == ["b"]
    with pytest.raises(root.exceptions.EntityNotFoundException):
        root.batch_delete_table(CatalogId=account.warehouse, DatabaseName="no_such", TablesToDelete=["a"])
    user = server.aws("glue", account.key)  # The guide's policy does not have the action.
    with pytest.raises(user.exceptions.AccessDeniedException):
        user.batch_delete_table(**place, TablesToDelete=["b"])
    assert root.batch_delete_table(**place, TablesToDelete=["b"])["Errors"] == []
