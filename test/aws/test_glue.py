"""Glue's own API through boto3, over the tables that the S3 Tables API made."""

import botocore.exceptions
import pytest

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


@pytest.mark.parametrize("operation, arguments", [
    ("get_table_versions", {"DatabaseName": "d", "TableName": "t"}),
    ("get_table_version", {"DatabaseName": "d", "TableName": "t"}),
    ("create_table", {"DatabaseName": "d", "TableInput": {"Name": "t"}}),
])
def test_other_operations_are_refused(server, operation, arguments):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        getattr(server.aws("glue"), operation)(**arguments)
    assert raised.value.response["Error"]["Code"] == "UnknownOperationException"


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
