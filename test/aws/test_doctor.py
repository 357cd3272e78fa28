"""`firn doctor`: red when something is wrong, and it says what; the policy linter needs no account."""

import json
import os
import pathlib
import subprocess

import botocore.exceptions
import pytest

from firn_server import BINARY, REGION, Account, FirnServer, guide_policy

PRINTED = pathlib.Path(__file__).parent / "guide_policy_as_printed.json"


def doctor(*arguments, env=None, **options):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    clean["AWS_EC2_METADATA_DISABLED"] = "true"
    return subprocess.run([str(BINARY), "doctor", *arguments], capture_output=True, text=True, timeout=60,
                          env={**clean, **(env or {})}, **options)


def states(result):
    return {check["check"]: check["state"] for check in json.loads(result.stdout)["checks"]}


def test_the_guides_policy_is_mended(tmp_path):
    result = doctor("policy", str(PRINTED))
    assert result.returncode == 1
    assert ":6:30: error: expected \",\"" in result.stdout
    assert "glue:CreateDatabase" in result.stdout and "\nmended:\n" in result.stdout
    mended = doctor("policy", "--mend", str(PRINTED))
    assert mended.returncode == 0
    policy = json.loads(mended.stdout)
    assert [statement["Effect"] for statement in policy["Statement"]] == ["Allow", "Allow"]
    again = doctor("policy", "--json", "-", input=mended.stdout)
    assert again.returncode == 0, "only warnings are left"
    assert {remark["severity"] for remark in json.loads(again.stdout)["remarks"]} == {"warning"}


def test_a_complete_policy_passes(tmp_path):
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(guide_policy("111122223333", "lake")))
    result = doctor("policy", str(file))
    assert result.returncode == 0 and "nothing to remark" in result.stdout


def test_no_file_is_an_error(tmp_path):
    result = doctor("policy", str(tmp_path / "absent.json"))
    assert result.returncode == 1 and "absent.json" in result.stderr


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    server = FirnServer(tmp_path_factory.mktemp("doctor") / "data").start()
    yield Account(server)
    server.stop()


def against(cloud, *arguments, key=None):
    key = key or cloud.key
    return doctor("--json", "--uri", f"{cloud.server.aws_endpoint}/iceberg", "--warehouse", cloud.warehouse,
                  "--region", REGION, *arguments,
                  env={"AWS_ACCESS_KEY_ID": key[0], "AWS_SECRET_ACCESS_KEY": key[1]})


def test_a_working_catalog_is_green(cloud):
    result = against(cloud, "--data-dir", str(cloud.server.data_folder))
    found = states(result)
    assert result.returncode == 0, result.stdout
    for name in ("reach", "clock", "identity", "catalog", "namespaces", "data folder", "file system",
                 "keys: environment variables"):
        assert found[name] == "ok", result.stdout
    assert found["ledger"] == "skipped", "the server has it open"
    assert cloud.key[0][-4:] in result.stdout
    assert cloud.key[0] not in result.stdout and cloud.key[1] not in result.stdout


def test_the_root_sees_the_lake_formation_setting(cloud):
    result = against(cloud, key=cloud.server.root_key())
    assert states(result)["Lake Formation"] == "ok", result.stdout
    lake = cloud.server.aws("lakeformation")
    settings = lake.get_data_lake_settings()["DataLakeSettings"]
    try:
        lake.put_data_lake_settings(DataLakeSettings={**settings, "AllowFullTableExternalDataAccess": False})
        result = against(cloud, key=cloud.server.root_key())
        assert result.returncode == 1 and states(result)["Lake Formation"] == "failed"
    finally:
        lake.put_data_lake_settings(DataLakeSettings=settings)


def test_what_is_wrong_is_red_and_named(cloud, tmp_path):
    wrong = against(cloud, key=(cloud.key[0], "not-the-secret-key"))
    assert wrong.returncode == 1
    assert states(wrong)["identity"] == "failed" and "SignatureDoesNotMatch" in wrong.stdout
    assert "not-the-secret-key" not in wrong.stdout
    none = doctor("--json", "--uri", f"{cloud.server.aws_endpoint}/iceberg", "--region", REGION,
                  env={"HOME": str(tmp_path)})
    assert none.returncode == 1 and states(none)["keys"] == "failed"
    assert "AWS_ACCESS_KEY_ID is not set" in none.stdout
    away = doctor("--json", "--uri", "http://127.0.0.1:1/iceberg", "--region", REGION, env={"HOME": str(tmp_path)})
    assert away.returncode == 1 and states(away)["reach"] == "failed"
    missing = doctor("--data-dir", str(tmp_path / "absent"), env={"HOME": str(tmp_path)})
    assert missing.returncode == 1 and "is no folder" in missing.stdout


def test_an_open_folder_and_a_broken_ledger_are_red(tmp_path):
    folder = tmp_path / "data"
    server = FirnServer(folder).start()
    server.stop()
    good = doctor("--json", "--data-dir", str(folder), env={"HOME": str(tmp_path)})
    assert states(good)["ledger"] == "ok", good.stdout
    folder.chmod(0o755)
    ledger = folder / "aws" / "ledger.sqlite"
    bytes_ = bytearray(ledger.read_bytes())
    bytes_[4096:16384] = b"\xff" * (16384 - 4096)
    ledger.write_bytes(bytes_)
    bad = doctor("--json", "--data-dir", str(folder), env={"HOME": str(tmp_path)})
    assert bad.returncode == 1
    assert states(bad)["data folder"] == "failed" and states(bad)["ledger"] == "failed", bad.stdout


def test_denials_are_explained_while_the_server_runs(cloud):
    server = cloud.server
    iam = server.aws("iam")
    iam.create_user(UserName="denied")
    key = iam.create_access_key(UserName="denied")["AccessKey"]
    iam.put_user_policy(UserName="denied", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "glue:*", "Resource": "*"},
            {"Effect": "Allow", "Action": "s3tables:ListTableBuckets", "Resource": "*",
             "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
            {"Sid": "Never", "Effect": "Deny", "Action": "glue:DeleteDatabase", "Resource": "*"}]}))
    pair = (key["AccessKeyId"], key["SecretAccessKey"])
    calls = [
        lambda: server.aws("s3tables", pair).create_table_bucket(name="never-made"),
        lambda: server.aws("s3tables", pair).list_table_buckets(),
        lambda: server.aws("glue", pair).create_database(DatabaseInput={"Name": "x"}, CatalogId=cloud.warehouse),
        lambda: server.aws("glue", pair).delete_database(Name="x", CatalogId=cloud.warehouse),
        lambda: server.aws("sts", (pair[0], "x" * 40)).get_caller_identity(),
    ]
    for call in calls:
        with pytest.raises(botocore.exceptions.ClientError):
            call()
    data = ("--data-dir", str(server.data_folder))
    result = doctor("denials", "--json", "--last", str(len(calls)), *data)
    assert result.returncode == 0
    denials = json.loads(result.stdout)["denials"]
    principal = f"arn:aws:iam::{server.account_id}:user/denied"
    assert [denial["principal"] for denial in denials] == [principal] * 4 + [""]
    bucket, listing, database, drop, secret = denials
    assert bucket["remedies"] == [
        f"allow s3tables:CreateTableBucket on arn:aws:s3tables:{REGION}:{server.account_id}:bucket/never-made in an identity-based policy of "
        f"{principal}"]
    assert any('condition on aws:sourceip wants "10.0.0.0/8" and the request has "127.0.0.1"' in cause
               for cause in listing["causes"])
    assert "--permissions CREATE_DATABASE" in database["remedies"][0]
    assert any('statement "Never" of inline policy p' in cause for cause in drop["causes"])
    assert secret["error"] == "SignatureDoesNotMatch" and "secret access key" in secret["remedies"][0]
    shown = doctor("denials", "--last", "1", *data)
    assert "SignatureDoesNotMatch" in shown.stdout and "hint: " in shown.stdout
    assert key["SecretAccessKey"] not in result.stdout + shown.stdout


def test_denials_of_a_folder_that_is_none(tmp_path):
    result = doctor("denials", "--data-dir", str(tmp_path))
    assert result.returncode == 1 and "there is no audit log at" in result.stderr
