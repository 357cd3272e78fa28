"""T13, at STS: what a caller may not give a session, and ARNs that name a role by another path."""

import json

import botocore.exceptions
import pytest


@pytest.fixture(scope="module")
def assumer(server):
    """A user who may assume every role, and may do nothing else."""
    iam = server.aws("iam")
    iam.create_user(UserName="assumer")
    iam.put_user_policy(UserName="assumer", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}))
    key = iam.create_access_key(UserName="assumer")["AccessKey"]
    return f"arn:aws:iam::{server.account_id}:user/assumer", (key["AccessKeyId"], key["SecretAccessKey"])


def make_role(server, name: str, actions: list[str], who: str, path: str = "/", **condition) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": who}, "Action": actions}
    if condition:
        statement["Condition"] = condition
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    return server.aws("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]


def refused(call, code: str) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call()
    assert error.value.response["Error"]["Code"] == code, error.value


def test_t13_tags_are_given_only_with_leave(server, assumer):
    arn, key = assumer
    sts = server.aws("sts", key)
    # The account is trusted, so that the caller's own policies must allow too.
    account = f"arn:aws:iam::{server.account_id}:root"
    role = make_role(server, "tag-taker", ["sts:AssumeRole", "sts:TagSession"], account)
    tags = [{"Key": "team", "Value": "admin"}]
    sts.assume_role(RoleArn=role, RoleSessionName="plain")
    refused(lambda: sts.assume_role(RoleArn=role, RoleSessionName="tagged", Tags=tags), "AccessDenied")
    server.aws("iam").put_user_policy(UserName="assumer", PolicyName="tags", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:TagSession", "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestTag/team": "guests"}}}]}))
    refused(lambda: sts.assume_role(RoleArn=role, RoleSessionName="tagged", Tags=tags), "AccessDenied")
    sts.assume_role(RoleArn=role, RoleSessionName="tagged", Tags=[{"Key": "team", "Value": "guests"}])
    # The role must agree too.
    silent = make_role(server, "tag-refuser", ["sts:AssumeRole"], arn)
    refused(lambda: sts.assume_role(RoleArn=silent, RoleSessionName="tagged",
                                    Tags=[{"Key": "team", "Value": "guests"}]), "AccessDenied")


@pytest.mark.parametrize("tags", [
    [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}],
    [{"Key": f"k{i}", "Value": "v"} for i in range(51)],
    [{"Key": "aws:owner", "Value": "me"}],
    [{"Key": "k" * 129, "Value": "v"}],
])
def test_t13_tags_that_may_not_be(server, assumer, tags):
    arn, key = assumer
    client = server.aws("sts", key, parameter_validation=False)
    refused(lambda: client.assume_role(RoleArn=f"arn:aws:iam::{server.account_id}:role/any", RoleSessionName="x", Tags=tags),
            "ValidationError")


def test_t13_a_role_is_named_by_its_whole_arn(server):
    iam = server.aws("iam")
    iam.create_user(UserName="path-walker")
    iam.put_user_policy(UserName="path-walker", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{server.account_id}:role/open/*"}]}))
    made = iam.create_access_key(UserName="path-walker")["AccessKey"]
    sts = server.aws("sts", (made["AccessKeyId"], made["SecretAccessKey"]))
    who = f"arn:aws:iam::{server.account_id}:user/path-walker"
    make_role(server, "closed-role", ["sts:AssumeRole"], who)
    opened = make_role(server, "open-role", ["sts:AssumeRole"], who, path="/open/")
    sts.assume_role(RoleArn=opened, RoleSessionName="fine")
    refused(lambda: sts.assume_role(RoleArn=f"arn:aws:iam::{server.account_id}:role/open/closed-role",
                                    RoleSessionName="sly"), "AccessDenied")
    refused(lambda: sts.assume_role(RoleArn=f"arn:aws:iam::{server.account_id}:role/open-role",
                                    RoleSessionName="sly"), "AccessDenied")
