"""T13: the policy engine decides wrongly, or the server does not ask it: a caller who gets more than its policies say.

Known cases: NotAction, NotResource and NotPrincipal read as lists of what is allowed; ForAllValues on a key that is absent;
letters' case and wildcards of other matchers; a variable's value that acts as a wildcard; a boundary or session policy that is
forgotten on one path. test/policy compares the engine itself with AWS's documentation; here real callers meet a real server,
and what they are refused is the same as IAM's simulator foretells.
"""

import json

import botocore.exceptions
import pytest

EVERY = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def allow(resource="*", effect="Allow", condition=None, **elements):
    statement = {"Effect": effect, "Resource": resource} | elements
    if not {"Action", "NotAction"} & set(elements):
        statement["Action"] = "s3:*"
    if "NotResource" in elements:
        del statement["Resource"]
    return statement | ({"Condition": condition} if condition else {})


BUCKET = "arn:aws:s3:::t13"
# name -> (statements of the caller's own policy, boundary or None, GET of t13/{user}/a, GET of t13/other/b, PUT of t13/{user}/a)
CALLERS = {
    "nothing": ([], None, False, False, False),
    "everything": ([allow()], None, True, True, True),
    "a deny last": ([allow(), allow(effect="Deny", resource=f"{BUCKET}/other/*")], None, True, False, True),
    "a deny first": ([allow(effect="Deny", resource=f"{BUCKET}/other/*"), allow()], None, True, False, True),
    "NotAction": ([allow(NotAction=["s3:PutObject"])], None, True, True, False),
    "NotAction of Deny": ([allow(), allow(effect="Deny", NotAction="s3:GetObject")], None, True, True, False),
    "NotResource": ([allow(NotResource=f"{BUCKET}/other/*")], None, True, False, True),
    "NotResource of Deny": ([allow(), allow(effect="Deny", NotResource=f"{BUCKET}/other/*")], None, False, True, False),
    "actions without case": ([allow(Action="S3:getobject")], None, True, True, False),
    "resources with case": ([allow(resource="arn:aws:s3:::T13/*")], None, False, False, False),
    "a wildcard amid": ([allow(Action="s3:*Object", resource=f"{BUCKET}/*/a")], None, True, False, True),
    "the caller's own": ([allow(resource=f"{BUCKET}/${{aws:username}}/*")], None, True, False, True),
    "a variable without value": ([allow(resource=f"{BUCKET}/${{aws:PrincipalTag/none}}*")], None, False, False, False),
    "a variable's default": ([allow(resource=f"{BUCKET}/${{aws:PrincipalTag/none, 'other'}}/*")], None, False, True, False),
    "a tag that is a wildcard": ([allow(resource=f"{BUCKET}/${{aws:PrincipalTag/star}}")], None, False, False, False),
    "an old document": ({"Statement": [allow(resource=f"{BUCKET}/${{aws:username}}/*")]}, None, False, False, False),
    "ForAllValues of nothing": ([allow(condition={"ForAllValues:StringEquals": {"aws:TagKeys": "x"}})], None, True, True, True),
    "ForAnyValue of nothing": ([allow(condition={"ForAnyValue:StringEquals": {"aws:TagKeys": "x"}})], None, False, False, False),
    "a key that is absent": ([allow(condition={"StringEquals": {"aws:TagKeys": "x"}})], None, False, False, False),
    "IfExists": ([allow(condition={"StringEqualsIfExists": {"aws:TagKeys": "x"}})], None, True, True, True),
    "Null": ([allow(condition={"Null": {"aws:TokenIssueTime": "false"}})], None, False, False, False),
    "the address": ([allow(condition={"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}})], None, True, True, True),
    "another address": ([allow(condition={"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "::/0"]}})], None, False, False, False),
    "no TLS": ([allow(), allow(effect="Deny", condition={"Bool": {"aws:SecureTransport": "false"}})], None, False, False, False),
    "a boundary": ([allow()], [allow(Action="s3:Get*")], True, True, False),
    "a boundary grants nothing": ([], [allow()], False, False, False),
    "a boundary that denies": ([allow()], [allow(), allow(effect="Deny", resource=f"{BUCKET}/other/*")], True, False, True),
}


def whole(statements):
    return statements if isinstance(statements, dict) else {"Version": "2012-10-17", "Statement": statements}


def refused(function, **arguments) -> bool:
    try:
        function(**arguments)
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied", error
        return True
    return False


@pytest.fixture(scope="module")
def objects(server):
    s3 = server.aws("s3")
    s3.create_bucket(Bucket="t13")
    s3.put_object(Bucket="t13", Key="other/b", Body=b"b")
    return s3


@pytest.mark.parametrize("name", CALLERS)
def test_callers(server, objects, name):
    own, boundary, *expected = CALLERS[name]
    user = "t13-" + name.replace(" ", "-").replace("'", "")
    iam = server.aws("iam")
    more = {}
    if boundary is not None:
        more["PermissionsBoundary"] = iam.create_policy(PolicyName=user, PolicyDocument=json.dumps(whole(boundary)))["Policy"]["Arn"]
    arn = iam.create_user(UserName=user, Tags=[{"Key": "star", "Value": "*"}] if "wildcard" in name else [], **more)["User"]["Arn"]
    if own:
        iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=json.dumps(whole(own)))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    objects.put_object(Bucket="t13", Key=f"{user}/a", Body=b"a")
    s3 = server.aws("s3", (key["AccessKeyId"], key["SecretAccessKey"]))
    mine = f"{user}/a"
    seen = [not refused(s3.get_object, Bucket="t13", Key=mine), not refused(s3.get_object, Bucket="t13", Key="other/b"),
            not refused(s3.put_object, Bucket="t13", Key=mine, Body=b"c")]
    assert seen == expected
    context = [{"ContextKeyName": "aws:SourceIp", "ContextKeyType": "ip", "ContextKeyValues": ["127.0.0.1"]},
               {"ContextKeyName": "aws:SecureTransport", "ContextKeyType": "boolean", "ContextKeyValues": ["false"]}]
    foretold = [
        iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[action], ResourceArns=[f"{BUCKET}/{key_}"], ContextEntries=context)[
            "EvaluationResults"][0]["EvalDecision"] == "allowed"
        for action, key_ in (("s3:GetObject", mine), ("s3:GetObject", "other/b"), ("s3:PutObject", mine))]
    assert foretold == expected


def test_a_session_policy_limits_and_never_grants(server, objects):
    iam, sts = server.aws("iam"), server.aws("sts")
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{server.account_id}:root"},
                                                    "Action": "sts:AssumeRole"}}
    role = iam.create_role(RoleName="t13-reader", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="t13-reader", PolicyName="own", PolicyDocument=json.dumps(whole([allow(Action="s3:Get*")])))
    iam.create_user(UserName="t13-taker")
    iam.put_user_policy(UserName="t13-taker", PolicyName="own", PolicyDocument=json.dumps(whole([allow(Action="sts:AssumeRole", resource=role)])))
    key = iam.create_access_key(UserName="t13-taker")["AccessKey"]
    sts = server.aws("sts", (key["AccessKeyId"], key["SecretAccessKey"]))
    for policy, get, put in ((None, True, False), (EVERY, True, False), (whole([allow(Action="s3:Put*")]), False, False),
                             (whole([allow(resource=f"{BUCKET}/nothing")]), False, False)):
        more = {"Policy": json.dumps(policy)} if policy else {}
        given = sts.assume_role(RoleArn=role, RoleSessionName="session", **more)["Credentials"]
        s3 = server.aws("s3", (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]))
        assert refused(s3.get_object, Bucket="t13", Key="other/b") != get
        assert refused(s3.put_object, Bucket="t13", Key="other/c", Body=b"c") != put


def test_a_bucket_policy_allows_and_denies(server, objects):
    iam = server.aws("iam")
    objects.create_bucket(Bucket="t13-shared")
    objects.put_object(Bucket="t13-shared", Key="a", Body=b"a")
    clients = {}
    for user in ("t13-named", "t13-other"):
        iam.create_user(UserName=user)
        key = iam.create_access_key(UserName=user)["AccessKey"]
        clients[user] = server.aws("s3", (key["AccessKeyId"], key["SecretAccessKey"]))
    iam.put_user_policy(UserName="t13-other", PolicyName="own", PolicyDocument=json.dumps(EVERY))
    named, root = f"arn:aws:iam::{server.account_id}:user/t13-named", f"arn:aws:iam::{server.account_id}:root"
    on = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::t13-shared/*"}
    for statement, expected in (
            ({"Effect": "Allow", "Principal": {"AWS": named}}, [True, True]),
            ({"Effect": "Allow", "Principal": {"AWS": root}}, [False, True]),
            ({"Effect": "Deny", "Principal": "*"}, [False, False]),
            ({"Effect": "Deny", "NotPrincipal": {"AWS": [named, root]}}, [False, False]),
            ({"Effect": "Deny", "Principal": {"AWS": named}}, [False, True])):
        objects.put_bucket_policy(Bucket="t13-shared", Policy=json.dumps(whole([statement | on])))
        seen = [not refused(clients[user].get_object, Bucket="t13-shared", Key="a") for user in ("t13-named", "t13-other")]
        assert seen == expected, statement
