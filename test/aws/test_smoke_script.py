"""examples/aws-smoke.py, which users run in their own account, against the local side."""

import os
import pathlib
import subprocess
import sys

import pytest

from firn_server import REGION, FirnServer

SCRIPT = pathlib.Path(__file__).parents[2] / "examples" / "aws-smoke.py"


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    server = FirnServer(tmp_path_factory.mktemp("smoke") / "data", "--without-engine").start()
    yield server
    server.stop()


def run(server, *arguments, key=None, **options):
    access, secret = key or server.root_key()
    environment = {**{k: v for k, v in os.environ.items() if not k.startswith("AWS_")},
                   "AWS_ENDPOINT_URL": server.aws_endpoint, "AWS_ACCESS_KEY_ID": access,
                   "AWS_SECRET_ACCESS_KEY": secret, "AWS_DEFAULT_REGION": REGION, "AWS_MAX_ATTEMPTS": "1"}
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], env=environment, capture_output=True, text=True,
                          timeout=120, **options)


def leftovers(server):
    return ([one["name"] for one in server.aws("s3tables").list_table_buckets()["tableBuckets"]] +
            [one["UserName"] for one in server.aws("iam").list_users()["Users"] if "smoke" in one["UserName"]] +
            [one["PolicyName"] for one in server.aws("iam").list_policies(Scope="Local")["Policies"]])


def test_it_walks_and_leaves_nothing(local):
    result = run(local, "--yes")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "all is well" in result.stdout and result.stdout.count("  made ") == result.stdout.count("  removed ") == 7
    assert leftovers(local) == []


def test_it_asks_first(local):
    result = run(local, input="n\n")
    assert result.returncode == 1 and "nothing was made" in result.stdout
    assert leftovers(local) == []


def test_a_failure_half_way_leaves_nothing(local):
    """A user who may make tables and no users: the walk stops in the middle."""
    iam = local.aws("iam")
    iam.create_user(UserName="half")
    iam.put_user_policy(UserName="half", PolicyName="tables", PolicyDocument=(
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3tables:*"],"Resource":"*"}]}'))
    key = iam.create_access_key(UserName="half")["AccessKey"]
    result = run(local, "--yes", key=(key["AccessKeyId"], key["SecretAccessKey"]))
    assert result.returncode == 1 and "FAILED: " in result.stdout and "iam:CreateUser" in result.stdout
    assert result.stdout.count("  made ") == result.stdout.count("  removed ") == 3
    assert "LEFT" not in result.stdout
    assert leftovers(local) == []
