"""The operations that people script with the AWS CLI, in the CLI's own words and with its defaults.

One CLI process serves all commands: starting it takes longer than most of them.
"""

import json
import os
import subprocess
import sys

import pytest

from firn_server import REGION

CLI = """
import contextlib, io, json, sys
from awscli.clidriver import create_clidriver
answers = sys.stdout
for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = create_clidriver().main(json.loads(line))
        except SystemExit as end:
            status = end.code
    print(json.dumps([status, out.getvalue(), err.getvalue()]), file=answers, flush=True)
"""


class Cli:
    """`run` answers JSON or text; `fails` a command whose error must have this text."""

    def __init__(self, server, folder):
        self.folder, self.seen = folder, {"account": server.account_id, "region": REGION}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
            "AWS_ENDPOINT_URL": server.aws_endpoint, "AWS_SHARED_CREDENTIALS_FILE": server.ready["credentials_file"],
            "AWS_PROFILE": "firn", "AWS_CONFIG_FILE": str(folder / "none"), "AWS_PAGER": "", "AWS_DEFAULT_REGION": REGION,
            "HOME": str(folder)}
        self.process = subprocess.Popen([sys.executable, "-c", CLI], env=environment, text=True, cwd=folder,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, command: str, *more: str):
        """Words apart by spaces, `{name}` for what was seen; `more` are words with spaces or braces."""
        arguments = [word.format_map(self.seen) for word in command.split()] + list(more)
        print(json.dumps(arguments), file=self.process.stdin, flush=True)
        status, out, err = json.loads(self.process.stdout.readline())
        if status != 0:
            raise RuntimeError(f"{arguments}: {err}{out}")
        return json.loads(out) if out.startswith(("{", "[")) else out

    def fails(self, text: str, command: str, *more: str) -> None:
        with pytest.raises(RuntimeError, match=text):
            self.run(command, *more)


@pytest.fixture(scope="module")
def aws(server, tmp_path_factory):
    cli = Cli(server, tmp_path_factory.mktemp("cli"))
    yield cli
    cli.process.stdin.close()
    cli.process.wait(timeout=30)


@pytest.fixture(scope="module")
def bucket(aws):
    aws.seen["bucket"] = aws.run("s3tables create-table-bucket --name cli-operations")["arn"]
    aws.run("s3tables create-namespace --table-bucket-arn {bucket} --namespace sales")
    aws.seen["catalog"] = f"{aws.seen['account']}:s3tablescatalog/cli-operations"
    return aws.seen["bucket"]


SCHEMA = json.dumps({"iceberg": {"schema": {"fields": [{"name": "id", "type": "long", "required": True},
                                                       {"name": "note", "type": "string"}]}}})
PLACE = "--table-bucket-arn {bucket} --namespace sales --name orders"


def test_s3tables_tables(aws, bucket):
    made = aws.run(f"s3tables create-table {PLACE} --format ICEBERG --metadata", SCHEMA)
    table = aws.run(f"s3tables get-table {PLACE}")
    assert (table["tableARN"], table["versionToken"]) == (made["tableARN"], made["versionToken"])
    assert aws.run("s3tables get-table --table-arn " + made["tableARN"])["name"] == "orders"
    place = aws.run(f"s3tables get-table-metadata-location {PLACE}")
    assert place["metadataLocation"].startswith(place["warehouseLocation"] + "/metadata/")
    moved = aws.run(f"s3tables update-table-metadata-location {PLACE} --version-token {made['versionToken']} "
                    f"--metadata-location {place['metadataLocation']}")
    assert moved["versionToken"] != made["versionToken"]
    aws.fails("ConflictException", f"s3tables update-table-metadata-location {PLACE} --version-token {made['versionToken']} "
              f"--metadata-location {place['metadataLocation']}")
    aws.run(f"s3tables rename-table {PLACE} --new-name renamed")
    names = aws.run("s3tables list-tables --table-bucket-arn {bucket} --namespace sales --max-items 1")
    assert [one["name"] for one in names["tables"]] == ["renamed"]
    aws.run("s3tables rename-table --table-bucket-arn {bucket} --namespace sales --name renamed --new-name orders")
    assert aws.run("s3tables get-namespace --table-bucket-arn {bucket} --namespace sales")["namespace"] == ["sales"]
    aws.fails("NotFoundException", "s3tables get-table --table-bucket-arn {bucket} --namespace sales --name none")
    aws.fails("ConflictException", "s3tables delete-namespace --table-bucket-arn {bucket} --namespace sales")
    aws.fails("ConflictException", "s3tables delete-table-bucket --table-bucket-arn {bucket}")


def test_s3tables_settings(aws, bucket):
    of_bucket = "--table-bucket-arn {bucket}"
    key = f"arn:aws:kms:{REGION}:{aws.seen['account']}:key/1"
    aws.run(f"s3tables put-table-bucket-encryption {of_bucket} --encryption-configuration sseAlgorithm=aws:kms,kmsKeyArn={key}")
    assert aws.run(f"s3tables get-table-bucket-encryption {of_bucket}")["encryptionConfiguration"]["kmsKeyArn"] == key
    aws.run(f"s3tables delete-table-bucket-encryption {of_bucket}")
    assert aws.run(f"s3tables get-table-encryption {PLACE}")["encryptionConfiguration"] == {"sseAlgorithm": "AES256"}
    aws.run(f"s3tables put-table-bucket-storage-class {of_bucket} --storage-class-configuration storageClass=INTELLIGENT_TIERING")
    assert aws.run(f"s3tables get-table-bucket-storage-class {of_bucket}")["storageClassConfiguration"] == {
        "storageClass": "INTELLIGENT_TIERING"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{aws.seen['account']}:root"}, "Action": "s3tables:GetTable",
        "Resource": f"{bucket}/table/*"}]})
    aws.run(f"s3tables put-table-bucket-policy {of_bucket} --resource-policy", policy)
    assert json.loads(aws.run(f"s3tables get-table-bucket-policy {of_bucket}")["resourcePolicy"]) == json.loads(policy)
    aws.run(f"s3tables delete-table-bucket-policy {of_bucket}")
    aws.fails("NotFoundException", f"s3tables get-table-bucket-policy {of_bucket}")
    aws.run(f"s3tables put-table-maintenance-configuration {PLACE} --type icebergCompaction --value",
            json.dumps({"status": "enabled", "settings": {"icebergCompaction": {"targetFileSizeMB": 256}}}))
    kept = aws.run(f"s3tables get-table-maintenance-configuration {PLACE}")["configuration"]["icebergCompaction"]
    assert kept["settings"]["icebergCompaction"]["targetFileSizeMB"] == 256
    assert aws.run(f"s3tables get-table-maintenance-job-status {PLACE}")["status"]["icebergCompaction"]["status"] == "Not_Yet_Run"
    aws.run("s3tables tag-resource --resource-arn {bucket} --tags team=lake,cost=1,more=x")
    aws.run("s3tables untag-resource --resource-arn {bucket} --tag-keys cost more")
    assert aws.run("s3tables list-tags-for-resource --resource-arn {bucket}")["tags"] == {"team": "lake"}


def test_glue(aws, bucket):
    here = "--catalog-id {catalog}"
    assert [one["Name"] for one in aws.run("glue get-catalogs")["CatalogList"]] == ["s3tablescatalog"]
    assert aws.run(f"glue get-catalog {here}")["Catalog"]["FederatedCatalog"]["Identifier"] == bucket
    aws.run(f"glue create-database {here} --database-input", json.dumps({"Name": "by_cli", "Description": "of the CLI"}))
    assert aws.run(f"glue get-database {here} --name by_cli")["Database"]["Description"] == "of the CLI"
    names = [one["Name"] for one in aws.run(f"glue get-databases {here} --page-size 1")["DatabaseList"]]
    assert names == ["by_cli", "sales"]
    aws.run(f"glue create-table {here} --database-name by_cli --table-input", json.dumps({
        "Name": "t", "Parameters": {"format": "ICEBERG"},
        "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "bigint"}]}}))
    table = aws.run(f"glue get-table {here} --database-name by_cli --name t")["Table"]
    assert table["StorageDescriptor"]["Columns"] == [{"Name": "id", "Type": "bigint"}]
    assert [one["Name"] for one in aws.run(f"glue get-tables {here} --database-name by_cli --max-items 1")["TableList"]] == ["t"]
    versions = aws.run(f"glue get-table-versions {here} --database-name by_cli --table-name t")["TableVersions"]
    assert [one["VersionId"] for one in versions] == [table["VersionId"]]
    aws.fails("InvalidInputException", f"glue delete-database {here} --name by_cli")
    aws.run(f"glue delete-table {here} --database-name by_cli --name t")
    aws.fails("EntityNotFoundException", f"glue get-table {here} --database-name by_cli --name t")
    aws.run(f"glue delete-database {here} --name by_cli")


def test_lakeformation(aws, bucket):
    user = aws.run("iam create-user --user-name cli-lake-user")["User"]["Arn"]
    aws.seen["principal"] = f"DataLakePrincipalIdentifier={user}"
    table = {"CatalogId": aws.seen["catalog"], "DatabaseName": "sales", "Name": "orders"}
    on_columns = json.dumps({"TableWithColumns": {**table, "ColumnNames": ["id"]}})
    aws.run("lakeformation grant-permissions --principal {principal} --permissions SELECT --resource", on_columns)
    aws.run("lakeformation grant-permissions --principal {principal} --permissions DESCRIBE INSERT --resource",
            json.dumps({"Table": table}))
    aws.fails("no column nope", "lakeformation grant-permissions --principal {principal} --permissions SELECT --resource",
              json.dumps({"TableWithColumns": {**table, "ColumnNames": ["nope"]}}))
    grants = aws.run("lakeformation list-permissions --principal {principal}")["PrincipalResourcePermissions"]
    assert sorted(word for one in grants for word in one["Permissions"]) == ["DESCRIBE", "INSERT", "SELECT"]
    place = aws.run(f"s3tables get-table {PLACE}")["warehouseLocation"].removeprefix("s3://")
    found = aws.run(f"lakeformation get-effective-permissions-for-path --resource-arn arn:aws:s3:::{place}")["Permissions"]
    assert len([one for one in found if one["Principal"]["DataLakePrincipalIdentifier"] == user]) == 2
    aws.run("lakeformation revoke-permissions --principal {principal} --permissions SELECT --resource", on_columns)
    aws.run("lakeformation batch-revoke-permissions --entries", json.dumps([{
        "Id": "1", "Principal": {"DataLakePrincipalIdentifier": user}, "Resource": {"Table": table},
        "Permissions": ["DESCRIBE", "INSERT"]}]))
    assert aws.run("lakeformation list-permissions --principal {principal}")["PrincipalResourcePermissions"] == []
    aws.run("lakeformation register-resource --resource-arn arn:aws:s3:::cli-place --use-service-linked-role")
    aws.run("lakeformation update-resource --resource-arn arn:aws:s3:::cli-place --role-arn arn:aws:iam::{account}:role/r")
    shown = aws.run("lakeformation describe-resource --resource-arn arn:aws:s3:::cli-place")["ResourceInfo"]
    assert shown["RoleArn"].endswith(":role/r")
    assert aws.run("lakeformation list-resources --max-results 1")["ResourceInfoList"]
    aws.run("lakeformation deregister-resource --resource-arn arn:aws:s3:::cli-place")
    assert aws.run("lakeformation get-data-lake-principal")["Identity"].endswith(":root")


def test_s3api(aws):
    aws.run("s3api create-bucket --bucket cli-objects")
    assert "cli-objects" in [one["Name"] for one in aws.run("s3api list-buckets")["Buckets"]]
    (aws.folder / "body").write_bytes(b"some bytes")
    put = aws.run("s3api put-object --bucket cli-objects --key a/one --body body --metadata owner=ann")
    head = aws.run("s3api head-object --bucket cli-objects --key a/one")
    assert (head["ETag"], head["Metadata"], head["ContentLength"]) == (put["ETag"], {"owner": "ann"}, 10)
    aws.run("s3api get-object --bucket cli-objects --key a/one --range bytes=5-9 part")
    assert (aws.folder / "part").read_bytes() == b"bytes"
    aws.run("s3api copy-object --bucket cli-objects --key a/two --copy-source cli-objects/a/one")
    aws.run("s3api put-object-tagging --bucket cli-objects --key a/two --tagging TagSet=[{Key=k,Value=v}]".replace("{", "{{").replace("}", "}}"))
    assert aws.run("s3api get-object-tagging --bucket cli-objects --key a/two")["TagSet"] == [{"Key": "k", "Value": "v"}]
    listed = aws.run("s3api list-objects-v2 --bucket cli-objects --prefix a/ --page-size 1")["Contents"]
    assert [one["Key"] for one in listed] == ["a/one", "a/two"]
    aws.fails("PreconditionFailed", "s3api put-object --bucket cli-objects --key a/one --body body --if-none-match *")
    upload = aws.run("s3api create-multipart-upload --bucket cli-objects --key big")["UploadId"]
    part = aws.run(f"s3api upload-part --bucket cli-objects --key big --part-number 1 --upload-id {upload} --body body")
    assert aws.run(f"s3api list-parts --bucket cli-objects --key big --upload-id {upload}")["Parts"][0]["ETag"] == part["ETag"]
    parts = json.dumps({"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    done = aws.run(f"s3api complete-multipart-upload --bucket cli-objects --key big --upload-id {upload} --multipart-upload", parts)
    assert done["ETag"].endswith('-1"')
    aws.fails("BucketNotEmpty", "s3api delete-bucket --bucket cli-objects")
    gone = aws.run("s3api delete-objects --bucket cli-objects --delete",
                   json.dumps({"Objects": [{"Key": key} for key in ("a/one", "a/two", "big", "none")]}))
    assert len(gone["Deleted"]) == 4
    aws.run("s3api delete-bucket --bucket cli-objects")
    aws.fails("404", "s3api head-bucket --bucket cli-objects")
    aws.fails("NoSuchBucket", "s3api list-objects-v2 --bucket cli-objects")


def test_what_was_made_is_taken_away(aws, bucket):
    aws.run(f"s3tables delete-table {PLACE}")
    aws.run("s3tables delete-namespace --table-bucket-arn {bucket} --namespace sales")
    aws.run("s3tables delete-table-bucket --table-bucket-arn {bucket}")
    aws.fails("NotFoundException", "s3tables get-table-bucket --table-bucket-arn {bucket}")
