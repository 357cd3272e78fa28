"""Every denial stands in the audit log with who, what, on what, and which layer and statement decided; never a secret."""

from __future__ import annotations

import datetime
import json
import pathlib
import re

import pytest
from botocore.exceptions import ClientError

import raw_aws
from firn_server import FirnServer, wait_until

BUCKET = "audit-bucket"
ALLOW_ALL = {"Sid": "AllowAll", "Effect": "Allow", "Action": "*", "Resource": "*"}
DENY_PUT = {"Sid": "NoWriting", "Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
FROM_ELSEWHERE = {**ALLOW_ALL, "Sid": "FromElsewhere", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}
ONLY_READING = {"Sid": "OnlyReading", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def document(*statements) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def lines(server: FirnServer, request_id: str) -> list[dict]:
    """What the log says of one request, once its request line, the last, is there."""
    log = pathlib.Path(server.data_folder) / "aws" / "audit.log"

    def found():
        all_ = [json.loads(line) for line in log.read_text().splitlines() if request_id in line]
        return all_ if any(line["kind"] == "request" for line in all_) else None

    return wait_until(found, what=f"audit line of {request_id}")


def denied(call, **arguments) -> str:
    """The id of a request that must be refused with 403."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response["ResponseMetadata"]
    assert answer["HTTPStatusCode"] == 403
    return answer.get("RequestId") or answer["HTTPHeaders"]["x-amzn-requestid"]


class World:
    """One server's users by name, and every secret that was handed out."""

    def __init__(self, server: FirnServer):
        self.server = server
        self.iam = server.aws("iam")
        self.secrets = {server.root_key()[1]}
        self.signatures: set[str] = set()
        server.aws("s3").create_bucket(Bucket=BUCKET)

    def user(self, name: str, *statements, boundary=None) -> tuple[str, tuple[str, str]]:
        extra = {}
        if boundary:
            made = self.iam.create_policy(PolicyName=f"{name}-boundary", PolicyDocument=document(boundary))
            extra["PermissionsBoundary"] = made["Policy"]["Arn"]
        arn = self.iam.create_user(UserName=name, **extra)["User"]["Arn"]
        if statements:
            self.iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        self.secrets.add(key["SecretAccessKey"])
        return arn, (key["AccessKeyId"], key["SecretAccessKey"])

    def session(self, name: str, policy) -> tuple[str, tuple[str, str, str]]:
        trust = {"Effect": "Allow", "Principal": {"AWS": self.server.account_id}, "Action": "sts:AssumeRole"}
        role = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
        self.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(ALLOW_ALL))
        _, key = self.user(f"{name}-caller", ALLOW_ALL)
        made = self.server.aws("sts", key).assume_role(RoleArn=role, RoleSessionName="session", Policy=document(policy))
        credentials = made["Credentials"]
        self.secrets |= {credentials["SecretAccessKey"], credentials["SessionToken"]}
        return made["AssumedRoleUser"]["Arn"], (
            credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


@pytest.fixture(scope="module")
def world(server):
    return World(server)


# Name → (statements, boundary, session policy, bucket policy's statement, verdict, words of the reasons)
CASES = {
    "no policy": ((), None, None, None, "implicitly denied", ["identity-based policy"]),
    "explicit deny": ((ALLOW_ALL, DENY_PUT), None, None, None, "explicitly denied", ["identity-based policy", "NoWriting"]),
    "failed condition": ((FROM_ELSEWHERE,), None, None, None, "implicitly denied", ["identity-based policy"]),
    "boundary": ((ALLOW_ALL,), ONLY_READING, None, None, "implicitly denied", ["permissions boundary"]),
    "boundary denies": ((ALLOW_ALL,), DENY_PUT, None, None, "explicitly denied", ["permissions boundary", "NoWriting"]),
    "session policy": ((), None, ONLY_READING, None, "implicitly denied", ["session policy"]),
    "session denies": ((), None, DENY_PUT, None, "explicitly denied", ["session policy", "NoWriting"]),
    "resource policy": ((ALLOW_ALL,), None, None, {**DENY_PUT, "Principal": "*", "Resource": "arn:aws:s3:::{}/*"},
                        "explicitly denied", ["resource-based policy", "NoWriting"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_denial_names_the_layer_and_the_statement(world, server, case):
    statements, boundary, session, bucket_policy, verdict, words = CASES[case]
    name = "audit-" + case.replace(" ", "-")
    bucket = BUCKET
    if bucket_policy:
        bucket = "audit-own-bucket"
        server.aws("s3").create_bucket(Bucket=bucket)
        bucket_policy = {**bucket_policy, "Resource": bucket_policy["Resource"].format(bucket)}
        server.aws("s3").put_bucket_policy(Bucket=bucket, Policy=document(bucket_policy))
    arn, key = world.session(name, session) if session else world.user(name, *statements, boundary=boundary)
    request = denied(server.aws("s3", key).put_object, Bucket=bucket, Key="k", Body=b"x")
    said = lines(server, request)
    (decision,) = [line for line in said if line["kind"] == "decision"]
    assert (decision["principal"], decision["access_key_id"]) == (arn, key[0])
    assert (decision["action"], decision["resource"]) == ("s3:PutObject", f"arn:aws:s3:::{bucket}/k")
    assert decision["verdict"] == verdict
    for word in words:
        assert word in decision["reasons"]
    (ended,) = [line for line in said if line["kind"] == "request"]
    assert (ended["status"], ended["error"], ended["principal"]) == (403, "AccessDenied", arn)
    assert (ended["service"], ended["operation"]) == ("s3", "PutObject")


def test_a_missing_grant_is_told_from_a_missing_policy(world, server):
    arn, key = world.user("audit-no-grant", ALLOW_ALL)
    bucket = server.aws("s3tables").create_table_bucket(name="audit-tables")["arn"]
    server.aws("s3tables").create_namespace(tableBucketARN=bucket, namespace=["sales"])
    with pytest.raises(ClientError) as caught:
        server.aws("glue", key).get_database(
            CatalogId=f"{server.account_id}:s3tablescatalog/audit-tables", Name="sales")
    said = lines(server, caught.value.response["ResponseMetadata"]["RequestId"])
    assert {line["verdict"] for line in said if line["kind"] == "decision"} == {"allowed"}
    (ended,) = [line for line in said if line["kind"] == "request"]
    assert (ended["principal"], ended["error"]) == (arn, "AccessDeniedException")
    assert "Lake Formation permission" in ended["detail"] and "sales" in ended["detail"]


def test_a_request_that_nobody_signed_rightly_is_there_by_its_key(world, server):
    _, key = world.user("audit-signer", ALLOW_ALL)
    stranger = ("AKIA" + "Q" * 16, "s3cr3t-of-nobody-" + "x" * 23)
    world.secrets |= {stranger[1], "not-the-secret-" + "y" * 25}
    for credentials, code in [((key[0], "not-the-secret-" + "y" * 25), "SignatureDoesNotMatch"),
                              (stranger, "InvalidAccessKeyId")]:
        request = denied(server.aws("s3", credentials).list_buckets)
        (ended,) = lines(server, request)
        assert (ended["status"], ended["error"], ended["access_key_id"]) == (403, code, credentials[0])
        assert ended["principal"] == ""


def raw(world, server, request: raw_aws.Request, form: str = "header") -> dict:
    """The request line of a hand-made request that must be refused."""
    bytes_ = request.to_bytes(server, form)
    world.signatures.add(request.signature)
    status, answer = raw_aws.exchange(server, bytes_)
    assert 400 <= status < 500
    (ended,) = lines(server, re.search(r"(?i)x-amz(?:n)?-request-?id: (\S+)", answer)[1])
    return ended


@pytest.mark.parametrize("form, age, code", [
    ("header", 3600, "RequestTimeTooSkewed"), ("header", -3600, "RequestTimeTooSkewed"), ("query", 3600, "AccessDenied")])
def test_a_stale_signature_is_there(world, server, form, age, code):
    when = raw_aws.now() - datetime.timedelta(seconds=age)
    ended = raw(world, server, raw_aws.Request("GET", "/", when=when), form)
    assert (ended["status"], ended["error"], ended["principal"]) == (403, code, "")
    assert ended["access_key_id"] == server.root_key()[0]
    assert "xpired" in ended["detail"] or "time" in ended["detail"].lower()


def test_a_broken_session_token_is_there(world, server):
    _, key = world.session("audit-broken", ALLOW_ALL)
    broken = key[2][:-8] + "AAAAAAAA"
    world.secrets.add(broken)
    with pytest.raises(ClientError) as caught:
        server.aws("s3", (key[0], key[1], broken)).list_buckets()
    (ended,) = lines(server, caught.value.response["ResponseMetadata"]["RequestId"])
    assert (ended["error"], ended["principal"], ended["access_key_id"]) == ("InvalidToken", "", key[0])


def test_no_secret_is_in_the_log(world, server):
    text = (pathlib.Path(server.data_folder) / "aws" / "audit.log").read_text()
    assert len(world.secrets) > 5
    assert world.signatures
    for secret in world.secrets | world.signatures:
        assert secret not in text
    assert not re.search(r"Signature=[0-9a-f]{64}", text)
