"""T13 again: a Deny that never fires, because the request does not carry the key that it is on.

The table of condition keys (policy::ConditionKeys) says which actions' requests carry which keys. Here every action that it
speaks of is called with all that it can be given, under one policy that denies wherever a key is absent, a statement a key; the
audit log then tells which statements fired, and so which keys the request carried: exactly those of the table. After that, one
Deny a key, on a value that fires and on one that does not.
"""

from __future__ import annotations

import fnmatch
import json
import os
import pathlib
import subprocess
import urllib.error
import urllib.request

import botocore.exceptions
import pytest

import firn_server
from firn_server import wait_until

JUDGE = pathlib.Path(os.environ.get("FIRN_POLICY_JUDGE", firn_server.BINARY.parent / "policy_judge"))
TAGS = [{"Key": "team", "Value": "lake"}]
ALL = {"Sid": "all", "Effect": "Allow", "Action": "*", "Resource": "*"}
# Not carried by what this file can send, though the table has them: key -> why.
UNSENT = {
    "aws:referer": "no SDK sends it",
    "s3:x-amz-server-side-encryption-customer-algorithm": "boto3 sends customer keys over TLS alone",
    "s3:signatureage": "of presigned requests; see test_presigned",
    ("s3:x-amz-storage-class", "s3:PutObjectAcl"): "boto3 has no such argument",
    ("s3:x-amz-grant-write", "s3:PutObject"): "boto3 has no such argument of CopyObject",
}
OF_USERS = {"aws:username"}
OF_SESSIONS = {"aws:tokenissuetime", "aws:multifactorauthpresent", "aws:sourceidentity"}


def document(*statements) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def table() -> list[tuple[str, str, list[str]]]:
    lines = subprocess.run([str(JUDGE), "keys"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [(key, presence, actions.split()) for key, presence, actions in (line.split("\t") for line in lines)]


def carries(actions: list[str], action: str) -> bool:
    return any(fnmatch.fnmatchcase(action.lower(), pattern) for pattern in actions)


class World:
    """Everything that is there already has the tag team=lake, and users and roles a boundary."""

    def __init__(self, server):
        self.server = server
        iam, s3, tables = server.aws("iam"), server.aws("s3"), server.aws("s3tables")
        account = server.account_id
        everything = "arn:aws:iam::aws:policy/AdministratorAccess"
        trust = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
                 "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
        for make, kind in ((iam.create_user, "User"), (iam.create_role, "Role")):
            more = {"AssumeRolePolicyDocument": document(trust)} if kind == "Role" else {}
            for name in ("keys-caller", "keys-subject"):
                boundary = {"PermissionsBoundary": everything} if name == "keys-subject" else {}
                make(**{f"{kind}Name": name}, Tags=TAGS, **more, **boundary)
        iam.put_user_policy(UserName="keys-caller", PolicyName="all", PolicyDocument=document(ALL))
        iam.put_role_policy(RoleName="keys-caller", PolicyName="all", PolicyDocument=document(ALL))
        iam.create_group(GroupName="keys-group")
        self.policy = iam.create_policy(PolicyName="keys-policy", PolicyDocument=document(ALL), Tags=TAGS)["Policy"]["Arn"]
        iam.create_instance_profile(InstanceProfileName="keys-profile", Tags=TAGS)
        s3.create_bucket(Bucket="keys-plain")
        s3.put_object(Bucket="keys-plain", Key="a", Body=b"a", Tagging="team=lake")
        self.bucket = tables.create_table_bucket(name="keys-bucket", tags={"team": "lake"})["arn"]
        tables.create_namespace(tableBucketARN=self.bucket, namespace=["ns"])
        schema = {"iceberg": {"schema": {"fields": [{"name": "n", "type": "int"}]}}}
        self.table = tables.create_table(tableBucketARN=self.bucket, namespace="ns", name="t", format="ICEBERG", metadata=schema,
                                         tags={"team": "lake"})["tableARN"]
        there = tables.get_table_metadata_location(tableBucketARN=self.bucket, namespace="ns", name="t")
        self.warehouse, self.metadata = there["warehouseLocation"].removeprefix("s3://"), there["metadataLocation"].split("/", 3)[3]
        key = iam.create_access_key(UserName="keys-caller")["AccessKey"]
        self.user = (key["AccessKeyId"], key["SecretAccessKey"])
        given = server.aws("sts", self.user).assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/keys-caller", RoleSessionName="keys", SourceIdentity="someone")["Credentials"]
        self.session = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def deny(self, *statements) -> None:
        """Both callers get these statements beside the one that allows all."""
        iam = self.server.aws("iam")
        for kind, put in (("User", iam.put_user_policy), ("Role", iam.put_role_policy)):
            put(**{f"{kind}Name": "keys-caller"}, PolicyName="denies", PolicyDocument=document(*statements))

    def calls(self) -> dict[str, tuple]:
        """action -> (client, method, arguments that give all that the action's keys speak of)."""
        account = self.server.account_id
        everything = "arn:aws:iam::aws:policy/AdministratorAccess"
        table, on_bucket = {"tableBucketARN": self.bucket, "namespace": "ns", "name": "t"}, {"tableBucketARN": self.bucket}
        encryption = {"encryptionConfiguration": {"sseAlgorithm": "aws:kms", "kmsKeyArn": f"arn:aws:kms:us-east-1:{account}:key/1"}}
        storage = {"storageClassConfiguration": {"storageClass": "STANDARD"}}
        enabled = {"value": {"status": "enabled", "settings": {"icebergCompaction": {"targetFileSizeMB": 64}}}}
        plain, thing = {"Bucket": "keys-plain"}, {"Bucket": "keys-plain", "Key": "a"}
        calls = {}

        def add(service, **methods):
            for method, arguments in methods.items():
                action = "".join(part.title() for part in method.split("_"))
                calls[f"{service}:{action}"] = (service, method, arguments)

        for kind in ("user", "role"):
            name = {f"{kind.title()}Name": "keys-subject"}
            add("iam", **{
                f"tag_{kind}": name | {"Tags": TAGS}, f"untag_{kind}": name | {"TagKeys": ["team"]}, f"list_{kind}_tags": name,
                f"get_{kind}": name, f"update_{kind}": name, f"delete_{kind}": name,
                f"attach_{kind}_policy": name | {"PolicyArn": everything}, f"detach_{kind}_policy": name | {"PolicyArn": everything},
                f"put_{kind}_policy": name | {"PolicyName": "p", "PolicyDocument": document(ALL)},
                f"get_{kind}_policy": name | {"PolicyName": "p"}, f"delete_{kind}_policy": name | {"PolicyName": "p"},
                f"list_{kind}_policies": name, f"list_attached_{kind}_policies": name,
                f"put_{kind}_permissions_boundary": name | {"PermissionsBoundary": everything},
                f"delete_{kind}_permissions_boundary": name})
        new = {"Tags": TAGS}
        profile = {"InstanceProfileName": "keys-profile"}
        policy, group = {"PolicyArn": self.policy}, {"GroupName": "keys-group", "PolicyArn": everything}
        source = {"PolicySourceArn": f"arn:aws:iam::{account}:role/keys-subject"}
        subject, role = {"UserName": "keys-subject"}, {"RoleName": "keys-subject"}
        add("iam", create_user={"UserName": "new", "PermissionsBoundary": everything} | new, create_group={"GroupName": "new"},
            create_role={"RoleName": "new", "AssumeRolePolicyDocument": document(ALL), "PermissionsBoundary": everything} | new,
            create_policy={"PolicyName": "new", "PolicyDocument": document(ALL)} | new,
            create_instance_profile={"InstanceProfileName": "new"} | new, tag_policy=policy | new, untag_policy=policy | {"TagKeys": ["team"]},
            list_policy_tags=policy, get_policy=policy, delete_policy=policy, list_policy_versions=policy, list_entities_for_policy=policy,
            get_policy_version=policy | {"VersionId": "v1"}, delete_policy_version=policy | {"VersionId": "v1"},
            set_default_policy_version=policy | {"VersionId": "v1"}, create_policy_version=policy | {"PolicyDocument": document(ALL)},
            get_instance_profile=profile, delete_instance_profile=profile, list_instance_profile_tags=profile,
            tag_instance_profile=profile | new, untag_instance_profile=profile | {"TagKeys": ["team"]},
            add_role_to_instance_profile=profile | role, remove_role_from_instance_profile=profile | role,
            attach_group_policy=group, detach_group_policy=group, list_groups_for_user=subject, create_access_key=subject,
            list_access_keys=subject, delete_access_key=subject | {"AccessKeyId": "AKIAAAAAAAAAAAAAAAAA"},
            update_access_key=subject | {"AccessKeyId": "AKIAAAAAAAAAAAAAAAAA", "Status": "Inactive"},
            update_assume_role_policy=role | {"PolicyDocument": document(ALL)}, update_role_description=role | {"Description": "d"},
            list_instance_profiles_for_role=role, create_service_linked_role={"AWSServiceName": "lakeformation.amazonaws.com"},
            delete_service_linked_role=role,
            simulate_principal_policy=source | {"ActionNames": ["s3:GetObject"]}, get_context_keys_for_principal_policy=source,
            list_users={}, get_group={"GroupName": "keys-group"})
        resource = {"resourceArn": self.table}
        add("s3tables", get_table=table, delete_table=table, rename_table=table | {"newName": "u"}, get_table_policy=table,
            put_table_policy=table | {"resourcePolicy": document(ALL)}, delete_table_policy=table, get_table_encryption=table,
            get_table_storage_class=table, get_table_maintenance_configuration=table, get_table_maintenance_job_status=table,
            put_table_maintenance_configuration=table | {"type": "icebergCompaction"} | enabled, get_table_metadata_location=table,
            update_table_metadata_location=table | {"versionToken": "v", "metadataLocation": "s3://x/y.metadata.json"},
            tag_resource=resource | {"tags": {"team": "lake"}}, untag_resource=resource | {"tagKeys": ["team"]},
            list_tags_for_resource=resource, list_table_buckets={}, get_table_bucket=on_bucket, delete_table_bucket=on_bucket,
            create_table_bucket={"name": "new-bucket", "tags": {"team": "lake"}} | encryption | storage,
            create_table=table | {"format": "ICEBERG", "tags": {"team": "lake"}, "name": "new"} | encryption | storage,
            create_namespace=on_bucket | {"namespace": ["new"]}, get_namespace=on_bucket | {"namespace": "ns"},
            delete_namespace=on_bucket | {"namespace": "ns"}, list_namespaces=on_bucket, list_tables=on_bucket | {"namespace": "ns"},
            get_table_bucket_policy=on_bucket, put_table_bucket_policy=on_bucket | {"resourcePolicy": document(ALL)},
            delete_table_bucket_policy=on_bucket, get_table_bucket_encryption=on_bucket, delete_table_bucket_encryption=on_bucket,
            put_table_bucket_encryption=on_bucket | encryption, get_table_bucket_storage_class=on_bucket,
            put_table_bucket_storage_class=on_bucket | storage, get_table_bucket_maintenance_configuration=on_bucket)
        on_arn = {"tableArn": self.table}
        rules = {"role": f"arn:aws:iam::{account}:role/r", "rules": [{"destinations": [{"destinationTableBucketARN": self.bucket}]}]}
        expiration = {"value": {"status": "enabled", "settings": {"days": 1}}}
        add("s3tables", put_table_replication=on_arn | {"configuration": rules}, get_table_replication=on_arn,
            get_table_replication_status=on_arn, delete_table_replication=on_arn | {"versionToken": "v"},
            put_table_record_expiration_configuration=on_arn | expiration, get_table_record_expiration_configuration=on_arn,
            get_table_record_expiration_job_status=on_arn)
        data = {"Bucket": self.warehouse, "Key": self.metadata}
        calls["s3tables:GetTableData"] = ("s3", "get_object", data)
        calls["s3tables:PutTableData"] = ("s3", "put_object", data | {"Body": b"x"})
        grants = {f"Grant{right}": 'id="1"' for right in ("FullControl", "Read", "ReadACP", "WriteACP")}
        calls["s3:PutObject"] = ("s3", "copy_object", thing | grants | {
            "CopySource": "keys-plain/a", "ACL": "private", "MetadataDirective": "REPLACE", "TaggingDirective": "REPLACE",
            "Tagging": "team=lake", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "k", "StorageClass": "STANDARD",
            "WebsiteRedirectLocation": "/", "IfMatch": "e", "IfNoneMatch": "*"})
        place = {"LocationConstraint": "eu-west-1", "Tags": TAGS}
        add("s3", create_bucket=grants | {"Bucket": "keys-new", "ACL": "private", "GrantWrite": 'id="1"', "CreateBucketConfiguration": place,
                                          "ObjectOwnership": "BucketOwnerEnforced"},
            put_bucket_acl=plain | grants | {"ACL": "private", "GrantWrite": 'id="1"'},
            put_object_acl=thing | grants | {"ACL": "private", "GrantWrite": 'id="1"'}, get_object=thing, get_object_acl=thing,
            get_object_tagging=thing, put_object_tagging=thing | {"Tagging": {"TagSet": TAGS}}, delete_object_tagging=thing,
            delete_object=thing | {"IfMatch": "e"}, get_bucket_location=plain)
        calls["s3:ListBucket"] = ("s3", "list_objects_v2", plain | {"Prefix": "a", "Delimiter": "/", "MaxKeys": 5})
        calls["s3:ListAllMyBuckets"] = ("s3", "list_buckets", {})
        calls["sts:AssumeRole"] = ("sts", "assume_role", {
            "RoleArn": f"arn:aws:iam::{account}:role/keys-subject", "RoleSessionName": "name", "ExternalId": "external", "Tags": TAGS,
            "TransitiveTagKeys": ["team"], "SourceIdentity": "someone"})
        calls["sts:GetFederationToken"] = ("sts", "get_federation_token", {"Name": "name", "Policy": document(ALL), "Tags": TAGS})
        add("glue", create_database={"DatabaseInput": {"Name": "new"}, "Tags": {"team": "lake"}, "CatalogId": "s3tablescatalog/keys-bucket"},
            create_catalog={"Name": "new", "CatalogInput": {}, "Tags": {"team": "lake"}}, get_databases={})
        add("lakeformation", get_data_lake_settings={})
        return calls


@pytest.fixture(scope="module")
def world(server):
    return World(server)


def refused(world, caller, call) -> str:
    """The id of a request that an explicit deny must stop."""
    service, method, arguments = call
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        getattr(world.server.aws(service, caller), method)(**arguments)
    answer = caught.value.response
    assert "explicit deny" in answer["Error"]["Message"], (method, answer["Error"])
    return answer["ResponseMetadata"].get("RequestId") or answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]


def sids(world, request_id: str, action: str) -> set[str]:
    log = pathlib.Path(world.server.data_folder) / "aws" / "audit.log"

    def found():
        lines = [json.loads(line) for line in log.read_text().splitlines() if request_id in line]
        return next((line for line in lines if line["kind"] == "decision"), None)

    line = wait_until(found, what=f"decision of {request_id}")
    assert line["action"] == action
    return {statement["sid"] for statement in line["statements"]}


# AssumeRole's second and third needs, what needs what another asked first, and actions without an operation here.
BY_ANOTHER = {"sts:tagsession", "sts:setsourceidentity", "iam:passrole", "s3:tagresource", "s3tables:puttableencryption",
              "s3tables:puttablestorageclass"}


def test_every_key_of_the_table_is_in_the_requests_that_it_says_and_in_no_other(world):
    keys = table()
    name = {key: key + "team" if key.endswith("/") else key for key, _, _ in keys}
    world.deny({"Sid": "never", "Effect": "Deny", "Action": "x:y", "Resource": "*"})
    iam, statements = world.server.aws("iam"), []
    for i, key in enumerate(name):
        statements.append({"Sid": f"k{i}", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Null": {name[key]: "true"}}})
    sid_of = {key: f"k{i}" for i, key in enumerate(name)}
    arns = []
    for part in range(0, len(statements), 40):
        arns.append(iam.create_policy(PolicyName=f"keys-{part}", PolicyDocument=document(*statements[part:part + 40]))["Policy"]["Arn"])
    for arn in arns:
        iam.attach_user_policy(UserName="keys-caller", PolicyArn=arn)
        iam.attach_role_policy(RoleName="keys-caller", PolicyArn=arn)
    calls, wrong = world.calls(), []
    try:
        for action, call in calls.items():
            for caller, absent in ((world.user, OF_SESSIONS), (world.session, OF_USERS)):
                fired = sids(world, refused(world, caller, call), action)
                for key, presence, actions in keys:
                    is_there, may = sid_of[key] not in fired, carries(actions, action) and presence != "never"
                    if key in UNSENT or (key, action) in UNSENT or key in absent:
                        may = False
                    if is_there != may:
                        wrong.append(f"{action}: {key} {'is there and the table does not say so' if is_there else 'is absent'}")
    finally:
        for arn in arns:
            iam.detach_user_policy(UserName="keys-caller", PolicyArn=arn)
            iam.detach_role_policy(RoleName="keys-caller", PolicyArn=arn)
    assert not wrong, "\n".join(sorted(set(wrong)))
    for key, presence, actions in keys:
        for pattern in actions:
            if presence == "never" or pattern in BY_ANOTHER:
                continue
            assert any(fnmatch.fnmatchcase(action.lower(), pattern) for action in calls), f"nothing here calls {pattern} of {key}"


# key -> (action whose call of `calls` carries it, operator, a value that fires, one that does not)
VALUES = {
    "aws:RequestTag/team": ("iam:CreateUser", "StringEquals", "lake", "sea"),
    "aws:requesttag/TEAM": ("s3tables:CreateTableBucket", "StringEquals", "lake", "sea"),
    "aws:RequestTag/tEam": ("s3:CreateBucket", "StringLike", "l*", "s*"),
    "aws:TagKeys": ("iam:UntagRole", "ForAnyValue:StringEquals", ["owner", "team"], ["owner"]),
    "aws:tagkeys": ("s3tables:UntagResource", "ForAllValues:StringLike", "te*", "owner"),
    "AWS:TagKeys": ("glue:CreateDatabase", "ForAnyValue:StringEquals", "team", "owner"),
    "aws:ResourceTag/team": ("iam:DeleteUser", "StringEquals", "lake", "sea"),
    "aws:resourcetag/team": ("s3tables:GetTableData", "StringEquals", "lake", "sea"),
    "AWS:ResourceTag/team": ("iam:GetPolicy", "StringEquals", "lake", "sea"),
    "iam:ResourceTag/team": ("iam:DeleteRole", "StringEquals", "lake", "sea"),
    "IAM:ResourceTag/team": ("sts:AssumeRole", "StringEquals", "lake", "sea"),
    "iam:PermissionsBoundary": ("iam:PutUserPolicy", "ArnEquals", "arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/Other"),
    "iam:PolicyARN": ("iam:AttachRolePolicy", "ArnLike", "arn:aws:iam::aws:policy/Admin*", "arn:aws:iam::aws:policy/Other*"),
    "iam:AWSServiceName": ("iam:CreateServiceLinkedRole", "StringLike", "lakeformation.*", "ec2.*"),
    "aws:ResourceAccount": ("s3:GetObject", "StringEquals", "{account}", "999999999999"),
    "s3:ResourceAccount": ("s3:GetObject", "StringNotEquals", "999999999999", "{account}"),
    "s3:authType": ("s3:GetObject", "StringEquals", "REST-HEADER", "REST-QUERY-STRING"),
    "s3:signatureversion": ("s3:GetObject", "StringEquals", "AWS4-HMAC-SHA256", "AWS"),
    "s3:x-amz-content-sha256": ("s3:GetObject", "StringLike", "*", "UNSIGNED-PAYLOAD"),
    "s3:prefix": ("s3:ListBucket", "StringEquals", "a", "b"),
    "s3:delimiter": ("s3:ListBucket", "StringEquals", "/", "-"),
    "s3:max-keys": ("s3:ListBucket", "NumericLessThan", "6", "5"),
    "s3:locationconstraint": ("s3:CreateBucket", "StringLike", "eu-*", "us-*"),
    "s3:x-amz-acl": ("s3:PutBucketAcl", "StringEquals", "private", "public-read"),
    "s3:x-amz-storage-class": ("s3:PutObject", "StringEquals", "STANDARD", "GLACIER"),
    "s3:x-amz-copy-source": ("s3:PutObject", "StringLike", "keys-plain/*", "other/*"),
    "s3:x-amz-server-side-encryption": ("s3:PutObject", "StringEquals", "aws:kms", "AES256"),
    "s3:if-none-match": ("s3:PutObject", "StringEquals", "*", "other"),
    "s3:RequestObjectTag/team": ("s3:PutObject", "StringEquals", "lake", "sea"),
    "s3:RequestObjectTagKeys": ("s3:PutObjectTagging", "ForAnyValue:StringEquals", "team", "owner"),
    "s3:ExistingObjectTag/team": ("s3:GetObject", "StringEquals", "lake", "sea"),
    "s3tables:namespace": ("s3tables:CreateNamespace", "StringEquals", "new", "ns"),
    "S3Tables:namespace": ("s3tables:GetTableData", "StringEquals", "ns", "new"),
    "s3tables:tableName": ("s3tables:DeleteTable", "StringLike", "t*", "u*"),
    "s3tables:SSEAlgorithm": ("s3tables:CreateTable", "StringEquals", "aws:kms", "AES256"),
    "s3tables:KMSKeyArn": ("s3tables:PutTableBucketEncryption", "ArnLike", "arn:aws:kms:*:*:key/1", "arn:aws:kms:*:*:key/2"),
    "s3tables:StorageClass": ("s3tables:PutTableBucketStorageClass", "StringEquals", "STANDARD", "GLACIER"),
    "s3tables:TableBucketTag/team": ("s3tables:GetTable", "StringEquals", "lake", "sea"),
    "sts:ExternalId": ("sts:AssumeRole", "StringEquals", "external", "other"),
    "sts:RoleSessionName": ("sts:AssumeRole", "StringEquals", "name", "other"),
    "sts:SourceIdentity": ("sts:AssumeRole", "StringEquals", "someone", "other"),
    "sts:TransitiveTagKeys": ("sts:AssumeRole", "ForAnyValue:StringEquals", "team", "owner"),
    "aws:ViaAWSService": ("glue:GetDatabases", "Bool", "false", "true"),
    "aws:PrincipalType": ("glue:GetDatabases", "StringEquals", "User", "AssumedRole"),
    "aws:PrincipalArn": ("lakeformation:GetDataLakeSettings", "ArnLike", "arn:aws:iam::*:user/keys-*", "arn:aws:iam::*:role/*"),
    "aws:PrincipalAccount": ("s3tables:ListTableBuckets", "StringEquals", "{account}", "999999999999"),
    "aws:PrincipalTag/team": ("s3:ListAllMyBuckets", "StringEquals", "lake", "sea"),
    "aws:PrincipalIsAWSService": ("iam:ListUsers", "Bool", "false", "true"),
    "aws:username": ("iam:ListUsers", "StringEquals", "keys-caller", "Keys-caller"),
    "aws:userid": ("iam:ListUsers", "StringLike", "AIDA*", "AROA*"),
    "aws:UserAgent": ("s3:GetObject", "StringLike", "Boto3/*", "curl*"),
    "aws:SecureTransport": ("s3:GetObject", "Bool", "false", "true"),
    "aws:SourceIp": ("sts:AssumeRole", "IpAddress", "127.0.0.0/8", "10.0.0.0/8"),
    "aws:CurrentTime": ("s3:GetObject", "DateGreaterThan", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"),
    "aws:EpochTime": ("s3:GetObject", "NumericGreaterThan", "1600000000", "99999999999"),
    "aws:RequestedRegion": ("s3tables:ListTableBuckets", "StringEquals", "us-east-1", "eu-west-1"),
}
OF_A_SESSION = {
    "aws:TokenIssueTime": ("s3:GetObject", "DateGreaterThan", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"),
    "aws:MultiFactorAuthPresent": ("s3:GetObject", "Bool", "false", "true"),
    "aws:SourceIdentity": ("s3:GetObject", "StringEquals", "someone", "other"),
    "aws:PrincipalType": ("s3:GetObject", "StringEquals", "AssumedRole", "User"),
    "aws:userid": ("s3:GetObject", "StringLike", "AROA*:keys", "AIDA*"),
}


@pytest.mark.parametrize("key,caller", [(key, "user") for key in VALUES] + [(key, "session") for key in OF_A_SESSION])
def test_a_deny_on_the_key_fires(world, key, caller):
    action, operator, fires, spares = (VALUES if caller == "user" else OF_A_SESSION)[key]
    call = world.calls()[action]
    for value in (spares, fires):
        value = json.loads(json.dumps(value).replace("{account}", world.server.account_id))
        deny = {"Sid": "deny", "Effect": "Deny", "Action": action, "Resource": "*", "Condition": {operator: {key: value}}}
        more = {"Sid": "stop", "Effect": "Deny", "Action": action, "Resource": "*"}
        # What is spared is stopped by a second statement, so that nothing is done and only one of the two has fired.
        world.deny(deny, more)
        fired = sids(world, refused(world, getattr(world, caller), call), action)
        assert fired == ({"deny", "stop"} if value != spares and value == json.loads(
            json.dumps(fires).replace("{account}", world.server.account_id)) else {"stop"}), (key, value)


def test_presigned(world):
    s3 = world.server.aws("s3", world.user, signature_version="s3v4")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "keys-plain", "Key": "a"}, ExpiresIn=60)
    for condition, refused_ in (({"NumericGreaterThan": {"s3:signatureAge": "600000"}}, False), ({"NumericGreaterThanEquals": {"s3:signatureAge": "0"}}, True),
                                ({"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}, True), ({"StringEquals": {"s3:authType": "REST-HEADER"}}, False)):
        world.deny({"Sid": "deny", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", "Condition": condition})
        try:
            assert urllib.request.urlopen(url).read() == b"a" and not refused_
        except urllib.error.HTTPError as error:
            assert error.code == 403 and refused_, condition


def test_what_an_iceberg_client_names_in_its_body(world):
    """Renaming and creating say in the body what they are about: the path has the bucket alone."""
    from pyiceberg.catalog import load_catalog
    from pyiceberg.exceptions import ForbiddenError
    catalog = load_catalog("keys", **{
        "type": "rest", "uri": f"{world.server.aws_endpoint}/iceberg", "warehouse": world.bucket, "rest.sigv4-enabled": "true",
        "rest.signing-name": "s3tables", "rest.signing-region": "us-east-1", "client.access-key-id": world.user[0],
        "client.secret-access-key": world.user[1], "client.region": "us-east-1"})
    for action, key, value, call in (
            ("s3tables:RenameTable", "s3tables:tableName", "t", lambda: catalog.rename_table("ns.t", "ns.u")),
            ("s3tables:RenameTable", "s3tables:namespace", "ns", lambda: catalog.rename_table("ns.t", "ns.u")),
            ("s3tables:RenameTable", "aws:ResourceTag/team", "lake", lambda: catalog.rename_table("ns.t", "ns.u")),
            ("s3tables:RenameTable", "s3tables:tableName", "none", lambda: catalog.rename_table("ns.none", "ns.u")),
            ("s3tables:CreateNamespace", "s3tables:namespace", "made", lambda: catalog.create_namespace("made"))):
        world.deny({"Sid": "deny", "Effect": "Deny", "Action": action, "Resource": "*", "Condition": {"StringEquals": {key: value}}})
        with pytest.raises(ForbiddenError, match="explicit deny"):
            call()
    world.deny({"Sid": "deny", "Effect": "Deny", "Action": "s3tables:*", "Resource": "*", "Condition": {"StringEquals": {"s3tables:namespace": "other"}}})
    catalog.create_namespace("made")
    catalog.rename_table("ns.t", "ns.u")
    catalog.rename_table("ns.u", "ns.t")


def test_what_the_firn_face_vends_is_decided_under_the_requests_conditions(world):
    """Credentials for a table's files: a Deny on the caller's address must keep them back."""
    from pyiceberg.catalog import load_catalog
    from pyiceberg.schema import Schema
    from pyiceberg.types import LongType, NestedField
    settings = {"type": "rest", "uri": f"{world.server.aws_endpoint}/iceberg", "rest.sigv4-enabled": "true", "rest.signing-name": "firn",
                "rest.signing-region": "us-east-1", "client.access-key-id": world.user[0], "client.secret-access-key": world.user[1],
                "client.region": "us-east-1"}
    world.deny({"Sid": "never", "Effect": "Deny", "Action": "x:y", "Resource": "*"})
    catalog = load_catalog("keys", **settings)
    catalog.create_namespace("keys")
    catalog.create_table("keys.t", Schema(NestedField(1, "n", LongType())))
    own = world.user[0]
    for address, vends in (("10.0.0.0/8", True), ("127.0.0.0/8", False)):
        world.deny({"Sid": "deny", "Effect": "Deny", "Action": "s3tables:GetTableData", "Resource": "*",
                    "Condition": {"IpAddress": {"aws:SourceIp": address}}})
        try:
            given = load_catalog("keys", **settings).load_table("keys.t").io.properties.get("s3.access-key-id", own)
        except Exception as error:  # Loading may ask for the same permission.
            assert "explicit deny" in str(error)
            given = own
        assert (given != own) == vends, address


def test_tags_that_differ_in_case_do_not_hide_each_other(world):
    """S3 Tables and S3 tell Team from team, policies do not: a Deny must see both values."""
    world.deny({"Sid": "deny", "Effect": "Deny", "Action": "s3tables:CreateTableBucket", "Resource": "*",
                "Condition": {"StringEquals": {"aws:RequestTag/team": "secret"}}})
    tables = world.server.aws("s3tables", world.user)
    for tags in ({"team": "secret", "Team": "x"}, {"Team": "x", "team": "secret"}, {"TEAM": "secret", "team": "x"}):
        with pytest.raises(botocore.exceptions.ClientError, match="explicit deny"):
            tables.create_table_bucket(name="keys-cased", tags=tags)


def test_what_is_made_with_settings_needs_what_setting_them_needs(world):
    """CreateTableBucket with tags, say, is TagResource as well."""
    user, bucket = world.user, {"tableBucketARN": world.bucket}
    tables, s3 = world.server.aws("s3tables", user), world.server.aws("s3", user)
    table = bucket | {"namespace": "ns", "name": "made", "format": "ICEBERG"}
    storage = {"storageClassConfiguration": {"storageClass": "STANDARD"}}
    aes = {"encryptionConfiguration": {"sseAlgorithm": "AES256"}}
    fields = {"iceberg": {"schema": {"fields": [{"name": "n", "type": "int"}]}}}
    for action, method, arguments in (
            ("s3tables:TagResource", tables.create_table_bucket, {"name": "keys-made", "tags": {"a": "b"}}),
            ("s3tables:PutTableBucketEncryption", tables.create_table_bucket, {"name": "keys-made"} | aes),
            ("s3tables:PutTableBucketStorageClass", tables.create_table_bucket, {"name": "keys-made"} | storage),
            ("s3tables:TagResource", tables.create_table, table | {"tags": {"a": "b"}}),
            ("s3tables:PutTableEncryption", tables.create_table, table | aes),
            ("s3tables:PutTableStorageClass", tables.create_table, table | storage),
            ("s3tables:PutTableData", tables.create_table, table | {"metadata": fields}),
            ("s3:TagResource", s3.create_bucket, {"Bucket": "keys-made", "CreateBucketConfiguration": {"Tags": TAGS}})):
        world.deny({"Sid": "deny", "Effect": "Deny", "Action": action, "Resource": "*"})
        with pytest.raises(botocore.exceptions.ClientError, match=f"{action}.*explicit deny"):
            method(**arguments)
    world.deny({"Sid": "never", "Effect": "Deny", "Action": "x:y", "Resource": "*"})
    s3.create_bucket(Bucket="keys-made", CreateBucketConfiguration={"Tags": TAGS})
    assert s3.get_bucket_tagging(Bucket="keys-made")["TagSet"] == TAGS
