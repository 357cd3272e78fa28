"""STS as boto3 calls it: who am I, roles with sessions, tags and policies, and how each refusal is called."""

import datetime
import json

import botocore.exceptions
import pytest

EVERY = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def refusal(function, **arguments) -> tuple[str, int]:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        function(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture(scope="module")
def actors(server):
    """A user that may do all, the role it may take, and a role that trusts a service alone."""
    iam = server.aws("iam")
    iam.create_user(UserName="taker")
    iam.put_user_policy(UserName="taker", PolicyName="all", PolicyDocument=json.dumps(EVERY))
    key = iam.create_access_key(UserName="taker")["AccessKey"]
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
                                                    "Principal": {"AWS": f"arn:aws:iam::{server.account_id}:root"}}}
    role = iam.create_role(RoleName="taken", AssumeRolePolicyDocument=json.dumps(trust), MaxSessionDuration=7200)["Role"]
    iam.put_role_policy(RoleName="taken", PolicyName="all", PolicyDocument=json.dumps(EVERY))
    trust["Statement"]["Principal"] = {"Service": "glue.amazonaws.com"}
    closed = iam.create_role(RoleName="closed", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    return server.aws("sts", (key["AccessKeyId"], key["SecretAccessKey"])), role, closed


def of(server, service: str, answer: dict):
    given = answer["Credentials"]
    return server.aws(service, (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]))


def test_who_am_i(server, actors):
    sts, role, _ = actors
    root = server.aws("sts").get_caller_identity()
    assert (root["Arn"], root["UserId"], root["Account"]) == (f"arn:aws:iam::{server.account_id}:root", server.account_id, server.account_id)
    user = sts.get_caller_identity()
    assert user["Arn"] == f"arn:aws:iam::{server.account_id}:user/taker" and user["UserId"].startswith("AIDA")


def test_a_role_session(server, actors):
    sts, role, closed = actors
    before = datetime.datetime.now(datetime.timezone.utc)
    answer = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="one", DurationSeconds=900)
    assert answer["AssumedRoleUser"] == {"AssumedRoleId": f"{role['RoleId']}:one",
                                         "Arn": f"arn:aws:sts::{server.account_id}:assumed-role/taken/one"}
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert 880 < (answer["Credentials"]["Expiration"] - before).total_seconds() < 920
    assert of(server, "sts", answer).get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert refusal(sts.assume_role, RoleArn=closed, RoleSessionName="one") == ("AccessDenied", 403)
    assert refusal(sts.assume_role, RoleArn=role["Arn"] + "x", RoleSessionName="one") == ("AccessDenied", 403)
    assert refusal(sts.assume_role, RoleArn="arn:aws:iam::1:user/notarole", RoleSessionName="one") == ("ValidationError", 400)
    assert refusal(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="a b") == ("ValidationError", 400)
    assert refusal(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="one", DurationSeconds=7201) == ("ValidationError", 400)
    assert refusal(server.aws("sts").assume_role, RoleArn=role["Arn"], RoleSessionName="one") == ("AccessDenied", 403)
    given = answer["Credentials"]
    for token, code in ((None, "InvalidClientTokenId"), ("x" * 64, "InvalidClientTokenId")):
        other = server.aws("sts", (given["AccessKeyId"], given["SecretAccessKey"], *([token] if token else [])))
        assert refusal(other.get_caller_identity)[0] in (code, "InvalidToken")
    chained = of(server, "sts", answer)
    assert refusal(chained.assume_role, RoleArn=role["Arn"], RoleSessionName="two", DurationSeconds=7200) == ("ValidationError", 400)


def test_session_policies(server, actors):
    sts, role, _ = actors
    nothing = EVERY | {"Statement": EVERY["Statement"] | {"Action": "iam:ListUsers"}}
    limited = of(server, "iam", sts.assume_role(RoleArn=role["Arn"], RoleSessionName="limited", Policy=json.dumps(nothing)))
    assert limited.list_users()["Users"]
    assert refusal(limited.list_roles) == ("AccessDenied", 403)
    by_arn = of(server, "iam", sts.assume_role(RoleArn=role["Arn"], RoleSessionName="by-arn", PolicyArns=[
        {"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}]))
    assert refusal(by_arn.list_users) == ("AccessDenied", 403)
    assert refusal(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="broken", Policy="{") == ("MalformedPolicyDocument", 400)


def test_session_tags(server, actors):
    sts, role, _ = actors
    answer = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="tagged", Tags=[{"Key": "team", "Value": "blue"}])
    s3 = server.aws("s3")
    s3.create_bucket(Bucket="sts-tags")
    for name in ("blue/a", "red/a"):
        s3.put_object(Bucket="sts-tags", Key=name, Body=b"a")
    s3.put_bucket_policy(Bucket="sts-tags", Policy=json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::sts-tags/${aws:PrincipalTag/team}/*"}}))
    tagged = of(server, "s3", answer)
    assert tagged.get_object(Bucket="sts-tags", Key="blue/a")["Body"].read() == b"a"
    assert refusal(tagged.get_object, Bucket="sts-tags", Key="red/a") == ("AccessDenied", 403)


def test_session_tokens(server, actors):
    sts, _, _ = actors
    own = sts.get_session_token(DurationSeconds=900)
    again = of(server, "sts", own)
    assert again.get_caller_identity()["Arn"].endswith(":user/taker")
    assert refusal(again.get_session_token) == ("AccessDenied", 403)
    assert refusal(sts.get_session_token, DurationSeconds=129601) == ("ValidationError", 400)


def test_what_is_absent_says_so(server):
    sts = server.aws("sts")
    assert refusal(sts.get_federation_token, Name="federated")[0] == "InvalidAction"
    assert refusal(sts.decode_authorization_message, EncodedMessage="x")[0] == "InvalidAction"
