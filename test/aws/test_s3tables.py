"""Every operation of the S3 Tables API, through boto3.

One table of steps over one bucket, in an order that works; an operation that the model has and no step or refusal
names fails the test, so a newer model shows what it adds.  Refusals have their reasons beside them.
"""

import json

import botocore.exceptions
import pytest

from firn_server import FirnServer

BUCKET = "every-operation"
SCHEMA = {"fields": [{"name": "id", "type": "long", "required": True}, {"name": "note", "type": "string"}]}
COMPACTION = {"status": "enabled", "settings": {"icebergCompaction": {"targetFileSizeMB": 256}}}
UNREFERENCED = {"status": "enabled", "settings": {
    "icebergUnreferencedFileRemoval": {"unreferencedDays": 5, "nonCurrentDays": 12}}}

KEY = {"sseAlgorithm": "aws:kms", "kmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/0f8c"}
REPLICATION = {"role": "arn:aws:iam::123456789012:role/replicates", "rules": [{"destinations": [
    {"destinationTableBucketARN": "arn:aws:s3tables:eu-west-1:123456789012:bucket/there"}]}]}
LOGGING = {"loggingEnabled": {"targetBucket": "kept-logs", "targetPrefix": "", "targetObjectKeyFormat": {
    "partitionedPrefix": {"partitionDateSource": "DeliveryTime"}}}}


class Step:
    """One call and what its answer must hold; `arguments` and `check` see what earlier steps found."""

    def __init__(self, operation, arguments, check=lambda answer, seen: True):
        self.operation, self.arguments, self.check = operation, arguments, check


def bucket(**more):
    return lambda seen: {"tableBucketARN": seen["bucket"], **more}


def namespace(**more):
    return lambda seen: {"tableBucketARN": seen["bucket"], "namespace": "sales", **more}


def table(**more):
    return lambda seen: {"tableBucketARN": seen["bucket"], "namespace": "sales", "name": "orders", **more}


def keep(key, member):
    def check(answer, seen):
        seen[key] = answer[member]
        return bool(seen[key])
    return check


def policy_of(resource):
    return lambda seen: json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{seen['account']}:root"},
        "Action": "s3tables:GetTable*", "Resource": seen[resource]}]})


def put_policy(place, resource):
    return lambda seen: {**place()(seen), "resourcePolicy": policy_of(resource)(seen)}


STEPS = [
    Step("CreateTableBucket", lambda seen: {"name": BUCKET}, keep("bucket", "arn")),
    Step("ListTableBuckets", lambda seen: {"prefix": BUCKET},
         lambda answer, seen: [b["arn"] for b in answer["tableBuckets"]] == [seen["bucket"]]),
    Step("GetTableBucket", bucket(), lambda answer, seen: answer["name"] == BUCKET),
    Step("PutTableBucketEncryption", bucket(encryptionConfiguration=KEY)),
    Step("GetTableBucketEncryption", bucket(), lambda answer, seen: answer["encryptionConfiguration"] == KEY),
    Step("DeleteTableBucketEncryption", bucket()),
    Step("PutTableBucketReplication", bucket(configuration=REPLICATION), keep("bucket_rule", "versionToken")),
    Step("GetTableBucketReplication", bucket(), lambda answer, seen: answer["configuration"] == REPLICATION),
    Step("PutTableBucketLogging", bucket(tableBucketLoggingStatus=LOGGING)),
    Step("GetTableBucketLogging", bucket(), lambda answer, seen: answer["tableBucketLoggingStatus"] == LOGGING),
    Step("PutTableBucketLogging", bucket(tableBucketLoggingStatus={})),
    Step("GetTableBucketLogging", bucket(), lambda answer, seen: answer["tableBucketLoggingStatus"] == {}),
    Step("ListTableMigrations", bucket(), lambda answer, seen: answer["migrations"] == []),
    Step("PutTableBucketPolicy", put_policy(bucket, "bucket")),
    Step("GetTableBucketPolicy", bucket(),
         lambda answer, seen: json.loads(answer["resourcePolicy"]) == json.loads(policy_of("bucket")(seen))),
    Step("DeleteTableBucketPolicy", bucket()),
    Step("PutTableBucketStorageClass", bucket(storageClassConfiguration={"storageClass": "STANDARD"})),
    Step("GetTableBucketStorageClass", bucket(),
         lambda answer, seen: answer["storageClassConfiguration"]["storageClass"] == "STANDARD"),
    Step("PutTableBucketMetricsConfiguration", bucket()),
    Step("GetTableBucketMetricsConfiguration", bucket(),
         lambda answer, seen: answer["tableBucketARN"] == seen["bucket"]),
    Step("DeleteTableBucketMetricsConfiguration", bucket()),
    Step("PutTableBucketMaintenanceConfiguration", bucket(type="icebergUnreferencedFileRemoval", value=UNREFERENCED)),
    Step("GetTableBucketMaintenanceConfiguration", bucket(),
         lambda answer, seen: answer["configuration"]["icebergUnreferencedFileRemoval"] == UNREFERENCED),
    Step("TagResource", lambda seen: {"resourceArn": seen["bucket"], "tags": {"team": "lake", "cost": "1", "of": "x"}}),
    Step("UntagResource", lambda seen: {"resourceArn": seen["bucket"], "tagKeys": ["cost", "of"]}),
    Step("ListTagsForResource", lambda seen: {"resourceArn": seen["bucket"]},
         lambda answer, seen: answer["tags"] == {"team": "lake"}),
    Step("CreateNamespace", lambda seen: {"tableBucketARN": seen["bucket"], "namespace": ["sales"]},
         lambda answer, seen: answer["namespace"] == ["sales"]),
    Step("GetNamespace", namespace(), lambda answer, seen: answer["ownerAccountId"] == seen["account"]),
    Step("ListNamespaces", bucket(),
         lambda answer, seen: [n["namespace"] for n in answer["namespaces"]] == [["sales"]]),
    Step("CreateTable", namespace(name="first", format="ICEBERG", metadata={"iceberg": {"schema": SCHEMA}}),
         keep("token", "versionToken")),
    Step("RenameTable", lambda seen: {**namespace(name="first", newName="orders")(seen),
                                      "versionToken": seen["token"]}),
    Step("ListTables", bucket(), lambda answer, seen: [t["name"] for t in answer["tables"]] == ["orders"]),
    Step("GetTable", table(), keep("table", "tableARN")),
    Step("GetTable", lambda seen: {"tableArn": seen["table"]}, keep("token", "versionToken")),
    Step("GetTableMetadataLocation", table(), keep("location", "metadataLocation")),
    Step("UpdateTableMetadataLocation", lambda seen: {
        **table()(seen), "versionToken": seen["token"], "metadataLocation": seen["location"]},
         lambda answer, seen: answer["versionToken"] != seen["token"]),
    Step("GetTableEncryption", table(),
         lambda answer, seen: answer["encryptionConfiguration"]["sseAlgorithm"] == "AES256"),
    Step("GetTableStorageClass", table(),
         lambda answer, seen: answer["storageClassConfiguration"]["storageClass"] == "STANDARD"),
    Step("PutTablePolicy", put_policy(table, "table")),
    Step("GetTablePolicy", table(),
         lambda answer, seen: json.loads(answer["resourcePolicy"]) == json.loads(policy_of("table")(seen))),
    Step("DeleteTablePolicy", table()),
    Step("PutTableMaintenanceConfiguration", table(type="icebergCompaction", value=COMPACTION)),
    Step("GetTableMaintenanceConfiguration", table(),
         lambda answer, seen: answer["configuration"]["icebergCompaction"]["settings"]["icebergCompaction"]
         ["targetFileSizeMB"] == 256),
    Step("GetTableMaintenanceJobStatus", table(),
         lambda answer, seen: answer["status"]["icebergCompaction"]["status"] == "Not_Yet_Run"),
    Step("GetTableReplicationStatus", lambda seen: {"tableArn": seen["table"]},  # By the bucket's rule.
         lambda answer, seen: answer["destinations"][0]["replicationStatus"] == "failed"),
    Step("PutTableReplication", lambda seen: {"tableArn": seen["table"], "configuration": REPLICATION},
         keep("table_rule", "versionToken")),
    Step("GetTableReplication", lambda seen: {"tableArn": seen["table"]},
         lambda answer, seen: answer == {**answer, "versionToken": seen["table_rule"], "configuration": REPLICATION}),
    Step("DeleteTableReplication", lambda seen: {"tableArn": seen["table"], "versionToken": seen["table_rule"]}),
    Step("DeleteTableBucketReplication", lambda seen: {**bucket()(seen), "versionToken": seen["bucket_rule"]}),
    Step("DeleteTable", table()),
    Step("DeleteNamespace", namespace()),
    Step("DeleteTableBucket", bucket()),
]

# AWS's own refusals: the operation is there, and on a customer's table it answers this.
REFUSED = {
    "GetTableRecordExpirationConfiguration": "AWS expires records of the tables that it manages itself, and Firn has none",
    "PutTableRecordExpirationConfiguration": "AWS expires records of the tables that it manages itself, and Firn has none",
    "GetTableRecordExpirationJobStatus": "AWS expires records of the tables that it manages itself, and Firn has none",
}
# Nothing can be migrated, as Glue's catalog has no tables outside table buckets; AWS's answer to who has no migration.
WITHOUT_ANY = {
    "StartTableMigration": "the source table does not exist",
    "SyncTableMigration": "the table has no migration",
    "UpdateTableMigration": "there is no such migration",
    "GetTableMigration": "there is no such migration",
    "CompleteTableMigration": "the table has no migration",
}


def call(client, operation, arguments):
    return client._make_api_call(operation, arguments)


def test_every_operation_of_the_model_is_exercised_or_refused_with_a_reason(server):
    model = set(server.aws("s3tables").meta.service_model.operation_names)
    served = {step.operation for step in STEPS}
    assert not served & set(REFUSED) and not served & set(WITHOUT_ANY)
    assert model == served | set(REFUSED) | set(WITHOUT_ANY)


@pytest.fixture(scope="module", autouse=True)
def log_bucket(server):
    server.aws("s3").create_bucket(Bucket="kept-logs")


def test_operations_in_order(server):
    client = server.aws("s3tables")
    seen = {"account": server.account_id}
    for step in STEPS:
        answer = call(client, step.operation, step.arguments(seen))
        assert step.check(answer, seen), (step.operation, answer)
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_table_bucket(tableBucketARN=seen["bucket"])


@pytest.fixture(scope="module")
def orders(server):
    """A table that stays: its bucket's ARN, its own, and the caller's S3 Tables client."""
    client = server.aws("s3tables", parameter_validation=False)
    arn = client.create_table_bucket(name="stays")["arn"]
    client.create_namespace(tableBucketARN=arn, namespace=["sales"])
    made = client.create_table(tableBucketARN=arn, namespace="sales", name="orders", format="ICEBERG",
                               metadata={"iceberg": {"schema": SCHEMA}})
    return {"client": client, "bucket": arn, "table": made["tableARN"]}


def refusal(client, operation, arguments):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(client, operation, arguments)
    response = raised.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


@pytest.mark.parametrize("operation", REFUSED)
def test_what_aws_refuses_a_customer(server, orders, operation):
    value = {"value": {"status": "enabled", "settings": {"days": 3}}} if operation.startswith("Put") else {}
    status, code, _ = refusal(orders["client"], operation, {"tableArn": orders["table"], **value})
    assert (status, code) == (405, "MethodNotAllowedException")
    status, code, _ = refusal(orders["client"], operation, {"tableArn": f"{orders['bucket']}/table/none", **value})
    assert (status, code) == (404, "NotFoundException")


ROLE = "arn:aws:iam::123456789012:role/migrates"
OUTPUT = {"bucket": "arn:aws:s3:::reports"}


def start(orders, **changed):
    return {"roleARN": ROLE, "sourceType": "glueTable", "migrationOutput": OUTPUT,
            "source": {"glueTable": {"catalogId": "123456789012", "databaseName": "old", "tableName": "events"}},
            "destinationTable": {"tableBucketARN": orders["bucket"], "namespace": "sales", "name": "events"}, **changed}


@pytest.mark.parametrize("operation, arguments, text", [
    ("StartTableMigration", start, "old.events"),
    ("SyncTableMigration", lambda orders: {"roleARN": ROLE, "tableARN": orders["table"], "migrationOutput": OUTPUT}, "migration"),
    ("UpdateTableMigration", lambda orders: {"migrationId": "m-1", "requestedState": "queued"}, "migration"),
    ("GetTableMigration", lambda orders: {"tableARN": orders["table"]}, "migration"),
    ("GetTableMigration", lambda orders: {"migrationId": "m-1"}, "migration"),
    ("CompleteTableMigration", lambda orders: {"tableARN": orders["table"]}, "migration"),
    ("CompleteTableMigration", lambda orders: {"tableARN": orders["bucket"] + "/table/none"}, "table"),
])
def test_there_is_no_migration(orders, operation, arguments, text):
    status, code, message = refusal(orders["client"], operation, arguments(orders))
    assert (status, code) == (404, "NotFoundException") and text in message


@pytest.mark.parametrize("operation, arguments", [
    ("StartTableMigration", lambda orders: start(orders, roleARN="arn:aws:iam::1:user/u")),
    ("StartTableMigration", lambda orders: start(orders, sourceType="hive")),
    ("StartTableMigration", lambda orders: start(orders, source={})),
    ("GetTableMigration", lambda orders: {}),
    ("GetTableMigration", lambda orders: {"tableARN": orders["table"], "migrationId": "m-1"}),
    ("UpdateTableMigration", lambda orders: {"migrationId": "m-1", "requestedState": "gone"}),
    ("ListTableMigrations", lambda orders: {}),
])
def test_bad_migrations(orders, operation, arguments):
    assert refusal(orders["client"], operation, arguments(orders))[:2] == (400, "BadRequestException")


def replicating(orders, **changed):
    destination = orders["bucket"].replace("stays", "elsewhere")
    return {"configuration": {"role": "arn:aws:iam::123456789012:role/r",
                              "rules": [{"destinations": [{"destinationTableBucketARN": destination}]}], **changed}}


@pytest.mark.parametrize("changed", [
    {"role": "r"}, {"role": "arn:aws:iam::123456789012:user/somebody"}, {"rules": []}, {"rules": [{}, {}]},
    {"rules": [{"destinations": []}]}, {"rules": [{"destinations": [{"destinationTableBucketARN": "b"}]}]},
    {"rules": [{"destinations": [{"destinationTableBucketARN": "arn:aws:s3tables:us-east-1:123456789012:bucket/bbb"}] * 2}]},
    {"rules": [{"destinations": [{"destinationTableBucketARN": f"arn:aws:s3tables:us-east-1:123456789012:bucket/bbb{n}"}
                                 for n in range(6)]}]},
])
def test_bad_replication(orders, changed):
    for arguments in ({"tableArn": orders["table"]}, {"tableBucketARN": orders["bucket"]}):
        operation = "PutTableReplication" if "tableArn" in arguments else "PutTableBucketReplication"
        assert refusal(orders["client"], operation, {**arguments, **replicating(orders, **changed)})[:2] == (
            400, "BadRequestException")


def test_a_bucket_is_not_replicated_to_itself(orders):
    itself = {"rules": [{"destinations": [{"destinationTableBucketARN": orders["bucket"]}]}]}
    for operation, arguments in (("PutTableReplication", {"tableArn": orders["table"]}),
                                 ("PutTableBucketReplication", {"tableBucketARN": orders["bucket"]})):
        status, _, message = refusal(orders["client"], operation, {**arguments, **replicating(orders, **itself)})
        assert status == 400 and "itself" in message


def test_replication_changes_by_its_token_only(orders):
    client, place = orders["client"], {"tableArn": orders["table"]}
    assert refusal(client, "GetTableReplication", place)[0] == 404
    assert refusal(client, "GetTableReplicationStatus", place)[0] == 404
    assert refusal(client, "PutTableReplication", {**place, "versionToken": "old", **replicating(orders)})[0] == 404
    first = client.put_table_replication(**place, **replicating(orders))["versionToken"]
    second = client.put_table_replication(**place, versionToken=first, **replicating(orders))["versionToken"]
    assert first != second == client.get_table_replication(**place)["versionToken"]
    assert refusal(client, "PutTableReplication", {**place, "versionToken": first, **replicating(orders)})[:2] == (
        409, "ConflictException")
    assert refusal(client, "DeleteTableReplication", {**place, "versionToken": first})[0] == 409
    assert refusal(client, "DeleteTableReplication", place)[0] == 400
    client.delete_table_replication(**place, versionToken=second)
    assert refusal(client, "DeleteTableReplication", {**place, "versionToken": second})[0] == 404


def test_tables_take_encryption_and_storage_class_of_their_bucket(server, orders):
    client = orders["client"]
    arn = client.create_table_bucket(name="with-keys", encryptionConfiguration=KEY,
                                     storageClassConfiguration={"storageClass": "INTELLIGENT_TIERING"})["arn"]
    client.create_namespace(tableBucketARN=arn, namespace=["a"])
    place = {"tableBucketARN": arn, "namespace": "a"}
    client.create_table(**place, name="takes", format="ICEBERG")
    client.create_table(**place, name="own", format="ICEBERG", encryptionConfiguration={"sseAlgorithm": "AES256"},
                        storageClassConfiguration={"storageClass": "STANDARD"})
    client.delete_table_bucket_encryption(tableBucketARN=arn)
    assert client.get_table_bucket_encryption(tableBucketARN=arn)["encryptionConfiguration"] == {"sseAlgorithm": "AES256"}
    for name, encryption, storage in (("takes", KEY, "INTELLIGENT_TIERING"), ("own", {"sseAlgorithm": "AES256"}, "STANDARD")):
        assert client.get_table_encryption(**place, name=name)["encryptionConfiguration"] == encryption
        assert client.get_table_storage_class(**place, name=name)["storageClassConfiguration"]["storageClass"] == storage


@pytest.mark.parametrize("encryption", [
    {"sseAlgorithm": "aws:kms"}, {"sseAlgorithm": "AES256", "kmsKeyArn": KEY["kmsKeyArn"]}, {"sseAlgorithm": "none"}, {},
    {"sseAlgorithm": "aws:kms", "kmsKeyArn": "arn:aws:kms:us-east-1:123456789012:alias/a"},
    {"sseAlgorithm": "aws:kms", "kmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/0f8c"},
])
def test_bad_encryption(orders, encryption):
    for operation, arguments in (("PutTableBucketEncryption", {"tableBucketARN": orders["bucket"]}),
                                 ("CreateTableBucket", {"name": "never-made"})):
        assert refusal(orders["client"], operation, {**arguments, "encryptionConfiguration": encryption})[:2] == (
            400, "BadRequestException")


def logging_to(bucket, **changed):
    return {"loggingEnabled": {"targetBucket": bucket, "targetPrefix": "logs/", "targetObjectKeyFormat": {
        "partitionedPrefix": {"partitionDateSource": "EventTime"}}, **changed}}


@pytest.mark.parametrize("status", [
    logging_to("no-such-bucket-here"), {"loggingEnabled": {}}, logging_to("kept-logs", targetPrefix="x" * 1025),
    logging_to("kept-logs", targetObjectKeyFormat={"partitionedPrefix": {"partitionDateSource": "Never"}}),
])
def test_bad_logging(orders, status):
    assert refusal(orders["client"], "PutTableBucketLogging", {
        "tableBucketARN": orders["bucket"], "tableBucketLoggingStatus": status})[:2] == (400, "BadRequestException")


def test_a_disabled_job_says_so(orders):
    client, place = orders["client"], {"tableBucketARN": orders["bucket"], "namespace": "sales", "name": "orders"}
    client.put_table_maintenance_configuration(**place, type="icebergSnapshotManagement", value={"status": "disabled"})
    client.put_table_bucket_maintenance_configuration(tableBucketARN=orders["bucket"], type="icebergUnreferencedFileRemoval",
                                                      value={"status": "disabled"})
    status = client.get_table_maintenance_job_status(**place)["status"]
    assert {name: job["status"] for name, job in status.items()} == {
        "icebergCompaction": "Not_Yet_Run", "icebergSnapshotManagement": "Disabled",
        "icebergUnreferencedFileRemoval": "Disabled"}


def test_quotas_are_the_servers_to_set(tmp_path):
    server = FirnServer(tmp_path / "data", "--without-engine", "--quota-table-buckets", "2", "--quota-namespaces", "2",
                        "--quota-tables", "1").start()
    try:
        client = server.aws("s3tables")
        arn = client.create_table_bucket(name="first")["arn"]
        client.create_table_bucket(name="second")
        assert refusal(client, "CreateTableBucket", {"name": "third"})[:2] == (400, "BadRequestException")
        server.aws("s3tables", region="eu-west-1").create_table_bucket(name="third")
        for name in ("a", "b"):
            client.create_namespace(tableBucketARN=arn, namespace=[name])
        assert refusal(client, "CreateNamespace", {"tableBucketARN": arn, "namespace": ["c"]})[:2] == (400, "BadRequestException")
        client.create_table(tableBucketARN=arn, namespace="a", name="t", format="ICEBERG")
        again = {"tableBucketARN": arn, "namespace": "b", "name": "t", "format": "ICEBERG"}
        status, code, message = refusal(client, "CreateTable", again)
        assert (status, code) == (400, "BadRequestException") and "quota is 1" in message
        glue, catalog = server.aws("glue"), f"{server.account_id}:s3tablescatalog/first"
        with pytest.raises(glue.exceptions.ResourceNumberLimitExceededException):
            glue.create_database(CatalogId=catalog, DatabaseInput={"Name": "c"})
        client.delete_table(tableBucketARN=arn, namespace="a", name="t")
        client.create_table(**again)
    finally:
        server.stop()


@pytest.mark.parametrize("operation, arguments, code", [
    ("CreateTableBucket", {"name": "ab"}, "BadRequestException"),
    ("CreateTableBucket", {"name": "Upper-Case"}, "BadRequestException"),
    ("CreateTableBucket", {"name": "under_score"}, "BadRequestException"),
    ("CreateTableBucket", {"name": "-begins"}, "BadRequestException"),
    ("CreateTableBucket", {"name": "ends-"}, "BadRequestException"),
    ("CreateTableBucket", {"name": "x" * 64}, "BadRequestException"),
    ("CreateTableBucket", {"name": "xn--reserved"}, "BadRequestException"),
    ("CreateTableBucket", {"name": "sthree-reserved"}, "BadRequestException"),
    ("CreateTableBucket", {"name": "amzn-s3-demo-reserved"}, "BadRequestException"),
    ("CreateTableBucket", {"name": "reserved-s3alias"}, "BadRequestException"),
    ("CreateTableBucket", {"name": "reserved--ol-s3"}, "BadRequestException"),
    ("CreateTableBucket", {"name": "reserved--x-s3"}, "BadRequestException"),
    ("CreateTableBucket", {"name": "reserved--table-s3"}, "BadRequestException"),
])
def test_bad_bucket_names(server, operation, arguments, code):
    client = server.aws("s3tables", parameter_validation=False)
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(client, operation, arguments)
    assert raised.value.response["Error"]["Code"] == code
