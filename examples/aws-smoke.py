#!/usr/bin/env python3
"""Walks the guide's AWS side in your own account, with boto3 alone, and removes what it made.

    python3 aws-smoke.py                 asks before it makes anything
    python3 aws-smoke.py --yes           does not ask
    AWS_ENDPOINT_URL=http://127.0.0.1:4566 python3 aws-smoke.py --yes      against a local Firn

It makes, with names of its own: a table bucket, a namespace, a table, an IAM user with a policy and an access key. It
reads Lake Formation's settings and changes nothing there. Costs: none to speak of; nothing is left, also on failure.
Ends with 0 when every step worked and everything is gone, else with 1.
"""

import argparse
import json
import sys
import time
import uuid

import boto3
import botocore.exceptions


class Walk:
    """Steps forward; for each thing made, a way to remove it, run backwards at the end."""

    def __init__(self, region):
        self.region = region
        self.undo = []
        self.failures = 0

    def client(self, service, **keys):
        return boto3.client(service, region_name=self.region, **keys)

    def made(self, what, remove):
        print(f"  made     {what}", flush=True)
        self.undo.append((what, remove))

    def clean(self):
        while self.undo:
            what, remove = self.undo.pop()
            try:
                retry(remove, ("ConflictException", "DeleteConflict"))
                print(f"  removed  {what}", flush=True)
            except Exception as error:  # Whatever it is: say it, and remove the rest.
                self.failures += 1
                print(f"  LEFT     {what}: {error}", flush=True)


def retry(call, codes, seconds=60):
    """IAM and Glue agree with themselves after some seconds only."""
    end = time.monotonic() + seconds
    while True:
        try:
            return call()
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in codes or time.monotonic() > end:
                raise
            time.sleep(2)


def policy(account, region, bucket):
    """The guide's policy, complete: the actions on the resource and on all that stands above it."""
    arn = f"arn:aws:glue:{region}:{account}"
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow",
         "Action": ["glue:GetCatalog", "glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables",
                    "glue:CreateDatabase", "glue:DeleteDatabase", "glue:CreateTable", "glue:UpdateTable",
                    "glue:DeleteTable"],
         "Resource": [f"{arn}:catalog", f"{arn}:catalog/s3tablescatalog", f"{arn}:catalog/s3tablescatalog/{bucket}",
                      f"{arn}:database/s3tablescatalog/{bucket}/*", f"{arn}:table/s3tablescatalog/{bucket}/*/*"]},
        {"Effect": "Allow", "Action": ["lakeformation:GetDataAccess"], "Resource": "*"}]}


def walk_tables(walk, name):
    tables = walk.client("s3tables")
    bucket = tables.create_table_bucket(name=name)["arn"]
    walk.made(f"table bucket {name}", lambda: tables.delete_table_bucket(tableBucketARN=bucket))
    tables.create_namespace(tableBucketARN=bucket, namespace=["smoke"])
    walk.made("namespace smoke", lambda: tables.delete_namespace(tableBucketARN=bucket, namespace="smoke"))
    tables.create_table(tableBucketARN=bucket, namespace="smoke", name="taxis", format="ICEBERG", metadata={
        "iceberg": {"schema": {"fields": [{"name": "trip_id", "type": "long"}, {"name": "fare", "type": "double"}]}}})
    walk.made("table smoke.taxis",
              lambda: tables.delete_table(tableBucketARN=bucket, namespace="smoke", name="taxis"))
    location = tables.get_table(tableBucketARN=bucket, namespace="smoke", name="taxis")
    names = [one["name"] for one in tables.list_tables(tableBucketARN=bucket, namespace="smoke")["tables"]]
    assert names == ["taxis"], names
    print(f"  the table's data is at {location['warehouseLocation']}")


def walk_identity(walk, name, account):
    iam = walk.client("iam")
    iam.create_user(UserName=name)
    walk.made(f"user {name}", lambda: iam.delete_user(UserName=name))
    document = json.dumps(policy(account, walk.region, name))
    arn = iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]
    walk.made(f"policy {arn}", lambda: iam.delete_policy(PolicyArn=arn))
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    walk.made("the policy's attachment", lambda: iam.detach_user_policy(UserName=name, PolicyArn=arn))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    walk.made(f"access key …{key['AccessKeyId'][-4:]}",
              lambda: iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"]))
    sts = walk.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    who = retry(lambda: sts.get_caller_identity()["Arn"], ("InvalidClientTokenId",))
    assert who.endswith(f":user/{name}"), who
    print(f"  the key signs for {who}")


def look_at_lake_formation(walk):
    try:
        settings = walk.client("lakeformation").get_data_lake_settings()["DataLakeSettings"]
    except botocore.exceptions.ClientError as error:
        print(f"  Lake Formation's settings cannot be read: {error.response['Error']['Code']}")
        return
    if not settings.get("AllowFullTableExternalDataAccess"):
        print("  note: AllowFullTableExternalDataAccess is off in Lake Formation; engines get no keys for tables")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--region", help="default: that of the environment or the profile, else us-east-1")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    arguments = parser.parse_args()
    walk = Walk(arguments.region or boto3.session.Session().region_name or "us-east-1")
    name = f"firn-smoke-{uuid.uuid4().hex[:12]}"
    try:
        identity = walk.client("sts").get_caller_identity()
        print(f"account {identity['Account']}, {identity['Arn']}, region {walk.region}")
        print(f"will make and remove: table bucket, user and policy, all named {name}")
        if not arguments.yes and input("go on? [y/N] ").strip().lower() not in ("y", "yes"):
            print("nothing was made")
            return 1
        walk_tables(walk, name)
        walk_identity(walk, name, identity["Account"])
        look_at_lake_formation(walk)
    except (Exception, KeyboardInterrupt) as error:
        walk.failures += 1
        print(f"FAILED: {type(error).__name__}: {error}", flush=True)
    finally:
        walk.clean()
    print("failed" if walk.failures else "all is well, and nothing is left")
    return 1 if walk.failures else 0


if __name__ == "__main__":
    sys.exit(main())
