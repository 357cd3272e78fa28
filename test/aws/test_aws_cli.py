"""The AWS CLI with its defaults: AWS_ENDPOINT_URL and the profile that the server wrote, nothing else.

The two tests of S3 start the CLI fifteen times, more than half a second each: they are long.
"""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from firn_server import REGION, guide_policy

AWS = pathlib.Path(sys.executable).with_name("aws")


@pytest.fixture(scope="module")
def aws(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        "AWS_ENDPOINT_URL": server.aws_endpoint, "AWS_SHARED_CREDENTIALS_FILE": server.ready["credentials_file"],
        "AWS_PROFILE": "firn", "AWS_CONFIG_FILE": str(folder / "none"), "AWS_PAGER": "", "AWS_DEFAULT_REGION": REGION,
        "AWS_MAX_ATTEMPTS": "1", "HOME": str(folder)}

    def run(*arguments: str, fails: str | None = None):
        done = subprocess.run([sys.executable, str(AWS), *arguments], env=environment, capture_output=True, text=True, timeout=60,
                              cwd=folder)
        if fails is not None:
            assert done.returncode != 0 and fails in done.stderr, done.stderr + done.stdout
            return None
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else done.stdout

    run.folder = folder
    return run


def test_sts(aws, server):
    assert aws("sts", "get-caller-identity")["Account"] == server.account_id


@pytest.mark.long
def test_s3_files_large_and_small(aws):
    aws("s3", "mb", "s3://cli")
    large = bytes(range(256)) * 4096 * 20  # 20 MiB: the CLI splits it.
    (aws.folder / "large").write_bytes(large)
    (aws.folder / "tree" / "in").mkdir(parents=True)
    (aws.folder / "tree" / "in" / "a b+ü.txt").write_text("small")
    aws("s3", "cp", "large", "s3://cli/large")
    aws("s3", "cp", "s3://cli/large", "back")
    assert (aws.folder / "back").read_bytes() == large
    aws("s3", "sync", "tree", "s3://cli/tree")
    assert "a b+ü.txt" in aws("s3", "ls", "--recursive", "s3://cli/tree/")
    aws("s3", "sync", "s3://cli/tree", "again")
    assert (aws.folder / "again" / "in" / "a b+ü.txt").read_text() == "small"
    url = aws("s3", "presign", "s3://cli/large").strip()
    assert "X-Amz-Signature=" in url or "Signature=" in url
    aws("s3", "mv", "s3://cli/large", "s3://cli/moved")
    aws("s3", "rm", "--recursive", "s3://cli/")
    aws("s3", "rb", "s3://cli")


@pytest.mark.long
def test_s3api(aws):
    aws("s3api", "create-bucket", "--bucket", "cli-api")
    (aws.folder / "body").write_bytes(b"body")
    put = aws("s3api", "put-object", "--bucket", "cli-api", "--key", "k", "--body", "body", "--checksum-algorithm", "SHA256")
    assert put["ChecksumSHA256"]
    assert aws("s3api", "head-object", "--bucket", "cli-api", "--key", "k")["ContentLength"] == 4
    assert aws("s3api", "list-objects-v2", "--bucket", "cli-api")["Contents"][0]["Key"] == "k"
    aws("s3api", "get-object", "--bucket", "cli-api", "--key", "none", "out", fails="NoSuchKey")
    aws("s3api", "delete-object", "--bucket", "cli-api", "--key", "k")
    aws("s3api", "delete-bucket", "--bucket", "cli-api")


def test_the_guides_steps(aws, server):
    """docs/GUIDE.md's AWS side: table bucket, policy, user, key, Lake Formation settings and grant."""
    arn = aws("s3tables", "create-table-bucket", "--name", "cli-lake")["arn"]
    assert aws("s3tables", "get-table-bucket", "--table-bucket-arn", arn)["name"] == "cli-lake"
    aws("s3tables", "create-namespace", "--table-bucket-arn", arn, "--namespace", "sales")
    assert aws("s3tables", "list-namespaces", "--table-bucket-arn", arn)["namespaces"][0]["namespace"] == ["sales"]
    policy = aws("iam", "create-policy", "--policy-name", "cli-policy", "--policy-document",
                 json.dumps(guide_policy(server.account_id, "cli-lake")))["Policy"]["Arn"]
    user = aws("iam", "create-user", "--user-name", "cli-user")["User"]["Arn"]
    aws("iam", "attach-user-policy", "--user-name", "cli-user", "--policy-arn", policy)
    assert aws("iam", "create-access-key", "--user-name", "cli-user")["AccessKey"]["AccessKeyId"].startswith("AKIA")
    settings = aws("lakeformation", "get-data-lake-settings")["DataLakeSettings"]
    settings["AllowFullTableExternalDataAccess"] = True
    aws("lakeformation", "put-data-lake-settings", "--data-lake-settings", json.dumps(settings))
    catalog = f"{server.account_id}:s3tablescatalog/cli-lake"
    aws("lakeformation", "grant-permissions", "--principal", f"DataLakePrincipalIdentifier={user}", "--permissions", "ALL",
        "--resource", json.dumps({"Catalog": {"Id": catalog}}))
    grants = aws("lakeformation", "list-permissions", "--principal", f"DataLakePrincipalIdentifier={user}")
    assert grants["PrincipalResourcePermissions"]
    names = [one["Name"] for one in aws("glue", "get-databases", "--catalog-id", catalog)["DatabaseList"]]
    assert names == ["sales"]


def test_refusals_are_readable(aws):
    aws("s3tables", "delete-table-bucket", "--table-bucket-arn", "arn:aws:s3tables:us-east-1:1:bucket/x", fails="Exception")
    aws("iam", "get-user", "--user-name", "nobody-at-all", fails="NoSuchEntity")
    aws("glue", "get-database", "--name", "nothing-here", fails="EntityNotFoundException")
    aws("s3", "ls", "s3://no-such-bucket-here", fails="NoSuchBucket")
