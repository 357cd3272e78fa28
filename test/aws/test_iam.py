"""IAM as boto3 calls it: every operation served, its errors with AWS's codes, and that what is written is what is read."""

import json

import botocore.exceptions
import botocore.session
import pytest

from raw_aws import Request, exchange

TRUST = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}}
GET = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}
PUT = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}}


@pytest.fixture(scope="module")
def iam(server):
    return server.aws("iam")


def refusal(function, **arguments) -> tuple[str, int]:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        function(**arguments)
    answer = caught.value.response
    assert answer["Error"]["Message"] and answer["ResponseMetadata"]["RequestId"], answer
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


NO_SUCH = ("NoSuchEntity", 404)


def test_users(server, iam):
    made = iam.create_user(UserName="Ulla", Path="/people/", Tags=[{"Key": "team", "Value": "a"}])["User"]
    assert made["Arn"] == f"arn:aws:iam::{server.account_id}:user/people/Ulla"
    assert made["UserId"].startswith("AIDA") and len(made["UserId"]) == 20
    assert iam.get_user(UserName="ulla")["User"]["UserName"] == "Ulla", "names are told apart without case"
    assert refusal(iam.create_user, UserName="ULLA") == ("EntityAlreadyExists", 409)
    iam.tag_user(UserName="Ulla", Tags=[{"Key": "Team", "Value": "b"}, {"Key": "x", "Value": ""}])
    assert {t["Key"].lower(): t["Value"] for t in iam.list_user_tags(UserName="Ulla")["Tags"]} == {"team": "b", "x": ""}
    iam.untag_user(UserName="Ulla", TagKeys=["x"])
    assert len(iam.list_user_tags(UserName="Ulla")["Tags"]) == 1
    assert [u["UserName"] for u in iam.list_users(PathPrefix="/people/")["Users"]] == ["Ulla"]
    iam.update_user(UserName="Ulla", NewUserName="Ursel", NewPath="/")
    assert refusal(iam.get_user, UserName="Ulla") == NO_SUCH
    assert iam.get_user(UserName="Ursel")["User"]["UserId"] == made["UserId"]
    iam.create_user(UserName="Uta")
    assert refusal(iam.update_user, UserName="Uta", NewUserName="ursel") == ("EntityAlreadyExists", 409)
    assert iam.get_user()["User"]["Arn"].endswith(":root")
    for name in ("Ursel", "Uta"):
        iam.delete_user(UserName=name)
        assert refusal(iam.delete_user, UserName=name) == NO_SUCH
    assert refusal(iam.create_user, UserName="a b") == ("ValidationError", 400)
    assert refusal(iam.create_user, UserName="u" * 65) == ("ValidationError", 400)
    assert refusal(iam.create_user, UserName="p", Path="/x") == ("ValidationError", 400)
    assert refusal(iam.create_user, UserName="t", Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]) == ("InvalidInput", 400)


def test_pages(iam):
    names = [f"page{n}" for n in range(5)]
    for name in names:
        iam.create_user(UserName=name, Path="/pages/")
    pages = list(iam.get_paginator("list_users").paginate(PathPrefix="/pages/", PaginationConfig={"PageSize": 2}))
    assert [len(p["Users"]) for p in pages] == [2, 2, 1]
    assert [u["UserName"] for p in pages for u in p["Users"]] == names
    for name in names:
        iam.delete_user(UserName=name)


def test_groups(server, iam):
    made = iam.create_group(GroupName="readers", Path="/g/")["Group"]
    assert made["GroupId"].startswith("AGPA") and made["Arn"] == f"arn:aws:iam::{server.account_id}:group/g/readers"
    assert refusal(iam.create_group, GroupName="Readers") == ("EntityAlreadyExists", 409)
    iam.create_user(UserName="member")
    iam.add_user_to_group(GroupName="readers", UserName="member")
    iam.add_user_to_group(GroupName="readers", UserName="member")
    group = iam.get_group(GroupName="readers")
    assert [u["UserName"] for u in group["Users"]] == ["member"] and group["Group"]["GroupId"] == made["GroupId"]
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName="member")["Groups"]] == ["readers"]
    assert [g["GroupName"] for g in iam.list_groups(PathPrefix="/g/")["Groups"]] == ["readers"]
    assert refusal(iam.add_user_to_group, GroupName="none", UserName="member") == NO_SUCH
    assert refusal(iam.add_user_to_group, GroupName="readers", UserName="none") == NO_SUCH
    assert refusal(iam.delete_user, UserName="member") == ("DeleteConflict", 409)
    assert refusal(iam.delete_group, GroupName="readers") == ("DeleteConflict", 409)
    iam.remove_user_from_group(GroupName="readers", UserName="member")
    assert refusal(iam.remove_user_from_group, GroupName="readers", UserName="member") == NO_SUCH
    iam.delete_group(GroupName="readers")
    iam.delete_user(UserName="member")
    assert refusal(iam.get_group, GroupName="readers") == NO_SUCH


def test_roles(server, iam):
    made = iam.create_role(RoleName="worker", Path="/r/", AssumeRolePolicyDocument=json.dumps(TRUST), Description="works",
                           MaxSessionDuration=7200, Tags=[{"Key": "k", "Value": "v"}])["Role"]
    assert made["RoleId"].startswith("AROA") and made["Arn"] == f"arn:aws:iam::{server.account_id}:role/r/worker"
    role = iam.get_role(RoleName="worker")["Role"]
    assert (role["AssumeRolePolicyDocument"], role["Description"], role["MaxSessionDuration"]) == (TRUST, "works", 7200)
    assert role["Tags"] == [{"Key": "k", "Value": "v"}]
    iam.update_role(RoleName="worker", Description="rests", MaxSessionDuration=3600)
    other = TRUST | {"Statement": TRUST["Statement"] | {"Principal": {"AWS": f"arn:aws:iam::{server.account_id}:root"}}}
    iam.update_assume_role_policy(RoleName="worker", PolicyDocument=json.dumps(other))
    role = iam.get_role(RoleName="worker")["Role"]
    assert (role["AssumeRolePolicyDocument"], role["Description"], role["MaxSessionDuration"]) == (other, "rests", 3600)
    iam.tag_role(RoleName="worker", Tags=[{"Key": "l", "Value": "w"}])
    iam.untag_role(RoleName="worker", TagKeys=["k"])
    assert iam.list_role_tags(RoleName="worker")["Tags"] == [{"Key": "l", "Value": "w"}]
    assert [r["RoleName"] for r in iam.list_roles(PathPrefix="/r/")["Roles"]] == ["worker"]
    assert iam.list_instance_profiles_for_role(RoleName="worker")["InstanceProfiles"] == []
    assert refusal(iam.create_role, RoleName="Worker", AssumeRolePolicyDocument=json.dumps(TRUST)) == ("EntityAlreadyExists", 409)
    for broken in ("{", "{}", json.dumps(GET), json.dumps(TRUST | {"Version": "2020-01-01"})):
        assert refusal(iam.create_role, RoleName="broken", AssumeRolePolicyDocument=broken) == ("MalformedPolicyDocument", 400)
    assert refusal(iam.create_role, RoleName="long", AssumeRolePolicyDocument=json.dumps(TRUST), MaxSessionDuration=43201) == ("ValidationError", 400)
    iam.delete_role(RoleName="worker")
    assert refusal(iam.get_role, RoleName="worker") == NO_SUCH
    assert refusal(iam.list_instance_profiles_for_role, RoleName="worker") == NO_SUCH


def test_access_keys(server, iam):
    iam.create_user(UserName="keys")
    first, second = (iam.create_access_key(UserName="keys")["AccessKey"] for _ in range(2))
    assert first["AccessKeyId"].startswith("AKIA") and len(first["AccessKeyId"]) == 20 and len(first["SecretAccessKey"]) == 40
    assert refusal(iam.create_access_key, UserName="keys") == ("LimitExceeded", 409)
    assert {k["AccessKeyId"] for k in iam.list_access_keys(UserName="keys")["AccessKeyMetadata"]} == {first["AccessKeyId"], second["AccessKeyId"]}
    own = server.aws("iam", (first["AccessKeyId"], first["SecretAccessKey"]))
    assert server.aws("sts", (first["AccessKeyId"], first["SecretAccessKey"])).get_caller_identity()["Arn"].endswith(":user/keys")
    assert refusal(own.list_users) == ("AccessDenied", 403)
    iam.update_access_key(UserName="keys", AccessKeyId=first["AccessKeyId"], Status="Inactive")
    assert refusal(own.get_user) == ("InvalidClientTokenId", 403)
    iam.update_access_key(UserName="keys", AccessKeyId=first["AccessKeyId"], Status="Active")
    assert refusal(own.get_user) == ("AccessDenied", 403)
    used = iam.get_access_key_last_used(AccessKeyId=first["AccessKeyId"])
    assert used["UserName"] == "keys" and used["AccessKeyLastUsed"]["ServiceName"] in ("sts", "iam")
    assert iam.get_access_key_last_used(AccessKeyId=second["AccessKeyId"])["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    assert refusal(iam.update_access_key, UserName="keys", AccessKeyId="AKIAAAAAAAAAAAAAAAAA", Status="Active") == NO_SUCH
    assert refusal(iam.get_access_key_last_used, AccessKeyId="AKIAAAAAAAAAAAAAAAAA") in (NO_SUCH, ("AccessDenied", 403))
    assert refusal(iam.delete_user, UserName="keys") == ("DeleteConflict", 409)
    for key in (first, second):
        iam.delete_access_key(UserName="keys", AccessKeyId=key["AccessKeyId"])
    assert refusal(own.get_user) == ("InvalidClientTokenId", 403)
    iam.delete_user(UserName="keys")


def test_managed_policies(server, iam):
    made = iam.create_policy(PolicyName="Get", Path="/p/", PolicyDocument=json.dumps(GET), Description="reads")["Policy"]
    arn = made["Arn"]
    assert arn == f"arn:aws:iam::{server.account_id}:policy/p/Get" and made["PolicyId"].startswith("ANPA") and made["DefaultVersionId"] == "v1"
    assert refusal(iam.create_policy, PolicyName="get", PolicyDocument=json.dumps(GET)) == ("EntityAlreadyExists", 409)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Description"] == "reads"
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == GET
    assert iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(PUT), SetAsDefault=True)["PolicyVersion"]["VersionId"] == "v2"
    assert [(v["VersionId"], v["IsDefaultVersion"]) for v in iam.list_policy_versions(PolicyArn=arn)["Versions"]] in (
        [("v2", True), ("v1", False)], [("v1", False), ("v2", True)])
    assert refusal(iam.delete_policy_version, PolicyArn=arn, VersionId="v2") == ("DeleteConflict", 409)
    assert refusal(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", 409)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    assert refusal(iam.get_policy_version, PolicyArn=arn, VersionId="v2") == NO_SUCH
    for _ in range(4):
        newest = iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(PUT))["PolicyVersion"]["VersionId"]
    assert newest == "v6", "numbers of versions are not used twice"
    assert refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=json.dumps(PUT)) == ("LimitExceeded", 409)
    for broken in ("", "[]", "{", json.dumps(TRUST), json.dumps(GET | {"Statement": GET["Statement"] | {"Effect": "allow"}})):
        if broken:
            assert refusal(iam.create_policy, PolicyName="broken", PolicyDocument=broken) == ("MalformedPolicyDocument", 400)
    long = GET | {"Statement": GET["Statement"] | {"Resource": [f"arn:aws:s3:::{n:060}" for n in range(100)]}}
    assert refusal(iam.create_policy, PolicyName="long", PolicyDocument=json.dumps(long)) == ("LimitExceeded", 409)
    assert arn in {p["Arn"] for p in iam.list_policies(Scope="Local")["Policies"]}
    assert "arn:aws:iam::aws:policy/AdministratorAccess" in {p["Arn"] for p in iam.list_policies(Scope="AWS")["Policies"]}
    iam.create_user(UserName="holder")
    iam.create_group(GroupName="holders")
    iam.create_role(RoleName="holding", AssumeRolePolicyDocument=json.dumps(TRUST))
    for kind, name in (("user", "holder"), ("group", "holders"), ("role", "holding")):
        who = {f"{kind.title()}Name": name}
        getattr(iam, f"attach_{kind}_policy")(**who, PolicyArn=arn)
        getattr(iam, f"attach_{kind}_policy")(**who, PolicyArn=arn)
        assert getattr(iam, f"list_attached_{kind}_policies")(**who)["AttachedPolicies"] == [{"PolicyName": "Get", "PolicyArn": arn}]
        assert refusal(getattr(iam, f"attach_{kind}_policy"), **who, PolicyArn=arn + "x") == NO_SUCH
        assert refusal(getattr(iam, f"delete_{kind}"), **who) == ("DeleteConflict", 409)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 3
    held = iam.list_entities_for_policy(PolicyArn=arn)
    assert [held["PolicyUsers"][0]["UserName"], held["PolicyGroups"][0]["GroupName"], held["PolicyRoles"][0]["RoleName"]] == ["holder", "holders", "holding"]
    assert refusal(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", 409)
    for kind, name in (("user", "holder"), ("group", "holders"), ("role", "holding")):
        who = {f"{kind.title()}Name": name}
        getattr(iam, f"detach_{kind}_policy")(**who, PolicyArn=arn)
        assert refusal(getattr(iam, f"detach_{kind}_policy"), **who, PolicyArn=arn) == NO_SUCH
        getattr(iam, f"put_{kind}_policy")(**who, PolicyName="own", PolicyDocument=json.dumps(GET))
        getattr(iam, f"put_{kind}_policy")(**who, PolicyName="own", PolicyDocument=json.dumps(PUT))
        assert getattr(iam, f"get_{kind}_policy")(**who, PolicyName="own")["PolicyDocument"] == PUT
        assert getattr(iam, f"list_{kind}_policies")(**who)["PolicyNames"] == ["own"]
        assert refusal(getattr(iam, f"put_{kind}_policy"), **who, PolicyName="own", PolicyDocument="{") == ("MalformedPolicyDocument", 400)
        assert refusal(getattr(iam, f"delete_{kind}"), **who) == ("DeleteConflict", 409)
        getattr(iam, f"delete_{kind}_policy")(**who, PolicyName="own")
        assert refusal(getattr(iam, f"get_{kind}_policy"), **who, PolicyName="own") == NO_SUCH
        assert refusal(getattr(iam, f"delete_{kind}_policy"), **who, PolicyName="own") == NO_SUCH
        if kind != "group":
            put, delete = getattr(iam, f"put_{kind}_permissions_boundary"), getattr(iam, f"delete_{kind}_permissions_boundary")
            put(**who, PermissionsBoundary=arn)
            assert getattr(iam, f"get_{kind}")(**who)[kind.title()]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
            assert iam.get_policy(PolicyArn=arn)["Policy"]["PermissionsBoundaryUsageCount"] == 1
            delete(**who)
            assert refusal(delete, **who) == NO_SUCH
            assert refusal(put, **who, PermissionsBoundary=arn + "x") == NO_SUCH
        getattr(iam, f"delete_{kind}")(**who)
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)
    assert refusal(iam.get_policy, PolicyArn=arn) == NO_SUCH


def test_simulation(server, iam):
    user = iam.create_user(UserName="simulated")["User"]["Arn"]
    iam.put_user_policy(UserName="simulated", PolicyName="own", PolicyDocument=json.dumps(GET))
    results = iam.simulate_principal_policy(PolicySourceArn=user, ActionNames=["s3:GetObject", "s3:PutObject"])["EvaluationResults"]
    assert [(r["EvalActionName"], r["EvalResourceName"], r["EvalDecision"]) for r in results] == [
        ("s3:GetObject", "*", "allowed"), ("s3:PutObject", "*", "implicitDeny")]
    assert results[0]["MatchedStatements"][0]["SourcePolicyType"] == "IAM Policy"
    deny = GET | {"Statement": GET["Statement"] | {"Effect": "Deny", "Condition": {"StringEquals": {"aws:RequestTag/a": "b"}}}}
    asked = {"PolicyInputList": [json.dumps(GET), json.dumps(deny)], "ActionNames": ["s3:GetObject"], "ResourceArns": ["arn:aws:s3:::b/k"]}
    missing = iam.simulate_custom_policy(**asked)["EvaluationResults"][0]
    assert (missing["EvalDecision"], missing["MissingContextValues"]) == ("allowed", ["aws:RequestTag/a"])
    entry = {"ContextKeyName": "aws:RequestTag/a", "ContextKeyType": "string", "ContextKeyValues": ["b"]}
    found = iam.simulate_custom_policy(**asked, ContextEntries=[entry])["EvaluationResults"][0]
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("explicitDeny", [])
    bounded = iam.simulate_custom_policy(**asked, PermissionsBoundaryPolicyInputList=[json.dumps(PUT)])["EvaluationResults"][0]
    assert bounded["EvalDecision"] == "implicitDeny" and bounded["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] is False
    bounded = iam.simulate_custom_policy(**asked, PermissionsBoundaryPolicyInputList=[json.dumps(GET)])["EvaluationResults"][0]
    assert bounded["EvalDecision"] == "allowed" and bounded["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] is True
    keys = iam.get_context_keys_for_custom_policy(PolicyInputList=[json.dumps(deny)])["ContextKeyNames"]
    assert keys == ["aws:RequestTag/a"]
    iam.put_user_policy(UserName="simulated", PolicyName="deny", PolicyDocument=json.dumps(deny))
    assert iam.get_context_keys_for_principal_policy(PolicySourceArn=user)["ContextKeyNames"] == ["aws:RequestTag/a"]
    assert refusal(iam.simulate_principal_policy, PolicySourceArn=user + "x", ActionNames=["s3:GetObject"]) == NO_SUCH
    assert refusal(iam.simulate_principal_policy, PolicySourceArn="arn:aws:s3:::bucketname", ActionNames=["s3:GetObject"]) == ("InvalidInput", 400)
    assert refusal(iam.simulate_custom_policy, PolicyInputList=["{"], ActionNames=["s3:GetObject"])[1] == 400
    assert refusal(iam.simulate_custom_policy, PolicyInputList=[json.dumps(GET)], ActionNames=["GetObject"]) == ("InvalidInput", 400)


def test_the_whole_account(server, iam):
    before = iam.get_account_summary()["SummaryMap"]
    iam.create_user(UserName="whole", Tags=[{"Key": "k", "Value": "v"}])
    iam.create_group(GroupName="wholes")
    iam.add_user_to_group(GroupName="wholes", UserName="whole")
    iam.create_role(RoleName="wholly", AssumeRolePolicyDocument=json.dumps(TRUST))
    arn = iam.create_policy(PolicyName="Whole", PolicyDocument=json.dumps(GET))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="whole", PolicyArn=arn)
    iam.put_role_policy(RoleName="wholly", PolicyName="own", PolicyDocument=json.dumps(PUT))
    after = iam.get_account_summary()["SummaryMap"]
    assert {k: after[k] - before[k] for k in ("Users", "Groups", "Roles", "Policies")} == {"Users": 1, "Groups": 1, "Roles": 1, "Policies": 1}
    assert after["AccessKeysPerUserQuota"] == 2 and after["VersionsPerPolicyQuota"] == 5
    details = iam.get_account_authorization_details()
    user = next(u for u in details["UserDetailList"] if u["UserName"] == "whole")
    assert user["GroupList"] == ["wholes"] and user["AttachedManagedPolicies"] == [{"PolicyName": "Whole", "PolicyArn": arn}]
    assert user["Tags"] == [{"Key": "k", "Value": "v"}]
    role = next(r for r in details["RoleDetailList"] if r["RoleName"] == "wholly")
    assert role["AssumeRolePolicyDocument"] == TRUST and role["RolePolicyList"] == [{"PolicyName": "own", "PolicyDocument": PUT}]
    assert next(g for g in details["GroupDetailList"] if g["GroupName"] == "wholes")["GroupPolicyList"] == []
    policy = next(p for p in details["Policies"] if p["Arn"] == arn)
    assert policy["PolicyVersionList"][0]["Document"] == GET and policy["AttachmentCount"] == 1
    only = iam.get_account_authorization_details(Filter=["Group"])
    assert only["GroupDetailList"] and not only["UserDetailList"] and not only["RoleDetailList"] and not only["Policies"]
    assert refusal(iam.get_account_authorization_details, Filter=["Everything"]) == ("ValidationError", 400)


def test_every_operation_of_the_model_is_served_or_refused_by_name(server, iam):
    """What is not there says InvalidAction (or, where asked for with too little, says what lacks); nothing says 500."""
    model = botocore.session.get_session().get_service_model("iam")
    served = 0
    for name in model.operation_names:
        body = f"Action={name}&Version=2010-05-08"
        status, answer = exchange(server, Request("POST", "/", body=body.encode(), service="iam",
                                                  headers=[("Content-Type", "application/x-www-form-urlencoded")]).to_bytes(server))
        assert status < 500 or "InvalidAction" in answer or "UnsupportedOperation" in answer, (name, status, answer)
        served += "InvalidAction" not in answer
    assert served >= 70
