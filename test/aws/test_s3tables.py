"""Every operation of the S3 Tables API, through boto3.

One table of steps over one bucket, in an order that works; an operation that the model has and no step or refusal
names fails the test, so a newer model shows what it adds.
"""

import json

import botocore.exceptions
import pytest

BUCKET = "every-operation"
SCHEMA = {"fields": [{"name": "id", "type": "long", "required": True}, {"name": "note", "type": "string"}]}
COMPACTION = {"status": "enabled", "settings": {"icebergCompaction": {"targetFileSizeMB": 256}}}
UNREFERENCED = {"status": "enabled", "settings": {
    "icebergUnreferencedFileRemoval": {"unreferencedDays": 5, "nonCurrentDays": 12}}}


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
    Step("PutTableBucketEncryption", bucket(encryptionConfiguration={"sseAlgorithm": "AES256"})),
    Step("GetTableBucketEncryption", bucket(),
         lambda answer, seen: answer["encryptionConfiguration"]["sseAlgorithm"] == "AES256"),
    Step("DeleteTableBucketEncryption", bucket()),
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
    Step("TagResource", lambda seen: {"resourceArn": seen["bucket"], "tags": {"team": "lake", "cost": "1"}}),
    Step("UntagResource", lambda seen: {"resourceArn": seen["bucket"], "tagKeys": ["cost"]}),
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
    Step("DeleteTable", table()),
    Step("DeleteNamespace", namespace()),
    Step("DeleteTableBucket", bucket()),
]

# What docs/LIMITS.md says is absent; each is asked for, and answers 405 MethodNotAllowedException.
REFUSED = [
    "GetTableBucketReplication", "PutTableBucketReplication", "DeleteTableBucketReplication",
    "GetTableReplication", "PutTableReplication", "DeleteTableReplication", "GetTableReplicationStatus",
    "GetTableRecordExpirationConfiguration", "PutTableRecordExpirationConfiguration",
    "GetTableRecordExpirationJobStatus", "GetTableBucketLogging", "PutTableBucketLogging",
    "StartTableMigration", "SyncTableMigration", "UpdateTableMigration", "GetTableMigration",
    "ListTableMigrations", "CompleteTableMigration",
]


def call(client, operation, arguments):
    return client._make_api_call(operation, arguments)


def test_every_operation_of_the_model_is_exercised_or_refused_by_name(server):
    model = set(server.aws("s3tables").meta.service_model.operation_names)
    served = {step.operation for step in STEPS}
    assert not served & set(REFUSED)
    assert model == served | set(REFUSED)


def test_operations_in_order(server):
    client = server.aws("s3tables")
    seen = {"account": server.account_id}
    for step in STEPS:
        answer = call(client, step.operation, step.arguments(seen))
        assert step.check(answer, seen), (step.operation, answer)
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_table_bucket(tableBucketARN=seen["bucket"])


@pytest.mark.parametrize("operation", REFUSED)
def test_a_refused_operation_says_so(server, operation):
    client = server.aws("s3tables", parameter_validation=False)
    arn = f"arn:aws:s3tables:us-east-1:{server.account_id}:bucket/{BUCKET}"
    arguments = {"tableBucketARN": arn, "tableArn": f"{arn}/table/none", "tableARN": f"{arn}/table/none",
                 "versionToken": "none"}
    members = client.meta.service_model.operation_model(operation).input_shape.members
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(client, operation, {name: value for name, value in arguments.items() if name in members})
    assert raised.value.response["Error"]["Code"] == "MethodNotAllowedException"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 405


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
