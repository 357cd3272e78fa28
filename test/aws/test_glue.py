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
    ("batch_delete_table", {"DatabaseName": "d", "TablesToDelete": ["t"]}),
    ("create_table", {"DatabaseName": "d", "TableInput": {"Name": "t"}}),
])
def test_other_operations_are_refused(server, operation, arguments):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        getattr(server.aws("glue"), operation)(**arguments)
    assert raised.value.response["Error"]["Code"] == "UnknownOperationException"
