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


# What is refused, with the word of the reason that the answer must have: src/cloud/iam/absent_operations.cc has the table.
REFUSED = {
    "no console": "ChangePassword CreateLoginProfile UpdateLoginProfile DeleteLoginProfile UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy "
                  "CreateAccountAlias DeleteAccountAlias",
    "no MFA devices": "CreateVirtualMFADevice DeleteVirtualMFADevice EnableMFADevice DeactivateMFADevice ResyncMFADevice GetMFADevice TagMFADevice "
                      "UntagMFADevice ListMFADeviceTags",
    "no identity providers": "CreateSAMLProvider UpdateSAMLProvider DeleteSAMLProvider GetSAMLProvider TagSAMLProvider UntagSAMLProvider "
                             "ListSAMLProviderTags CreateOpenIDConnectProvider DeleteOpenIDConnectProvider GetOpenIDConnectProvider "
                             "AddClientIDToOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint "
                             "TagOpenIDConnectProvider UntagOpenIDConnectProvider ListOpenIDConnectProviderTags EnableOutboundWebIdentityFederation "
                             "DisableOutboundWebIdentityFederation GetOutboundWebIdentityFederationInfo SetSecurityTokenServicePreferences",
    "access keys alone": "UploadServerCertificate UpdateServerCertificate DeleteServerCertificate GetServerCertificate TagServerCertificate "
                         "UntagServerCertificate ListServerCertificateTags UploadSigningCertificate UpdateSigningCertificate DeleteSigningCertificate "
                         "UploadSSHPublicKey UpdateSSHPublicKey DeleteSSHPublicKey GetSSHPublicKey CreateServiceSpecificCredential "
                         "UpdateServiceSpecificCredential DeleteServiceSpecificCredential ResetServiceSpecificCredential",
    "no organization": "EnableOrganizationsRootCredentialsManagement DisableOrganizationsRootCredentialsManagement EnableOrganizationsRootSessions "
                       "DisableOrganizationsRootSessions ListOrganizationsFeatures GenerateOrganizationsAccessReport GetOrganizationsAccessReport",
    "no report": "GenerateCredentialReport GetCredentialReport",
    "not counted": "GenerateServiceLastAccessedDetails GetServiceLastAccessedDetails GetServiceLastAccessedDetailsWithEntities "
                   "ListPoliciesGrantingServiceAccess",
    "not delegated": "CreateDelegationRequest AcceptDelegationRequest RejectDelegationRequest AssociateDelegationRequest UpdateDelegationRequest "
                     "GetDelegationRequest ListDelegationRequests GetHumanReadableSummary SendDelegationToken AcquireRole GetRoleTemplateVersion "
                     "GetAccountProperties PutAccountProperties",
}
REFUSED_BY_STS = {"AssumeRoot", "GetDelegatedAccessToken", "GetWebIdentityToken", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}


@pytest.mark.parametrize("service", ["iam", "sts"])
def test_every_operation_of_the_model_is_served_or_refused_with_a_reason(server, service):
    """A new operation of the model must be served, or put into the table above with its reason; nothing says 500."""
    model = botocore.session.get_session().get_service_model(service)
    reason_of = {name: reason for reason, names in REFUSED.items() for name in names.split()} if service == "iam" else dict.fromkeys(REFUSED_BY_STS)
    assert set(reason_of) <= set(model.operation_names)
    for name in model.operation_names:
        body = f"Action={name}&Version={model.api_version}"
        status, answer = exchange(server, Request("POST", "/", body=body.encode(), service=service,
                                                  headers=[("Content-Type", "application/x-www-form-urlencoded")]).to_bytes(server))
        if name in reason_of and service == "iam":
            assert status == 400 and "<Code>UnsupportedOperation</Code>" in answer and reason_of[name] in answer, (name, status, answer)
        elif name in reason_of:
            assert status == 400 and "<Code>InvalidAction</Code>" in answer and "it has AssumeRole" in answer, (name, status, answer)
        else:
            # Served: asked for with nothing it answers, or says what it lacks.
            assert status < 500 and "InvalidAction" not in answer and "UnsupportedOperation" not in answer, (name, status, answer)


def test_instance_profiles(server, iam):
    made = iam.create_instance_profile(InstanceProfileName="Box", Path="/boxes/", Tags=[{"Key": "team", "Value": "a"}])["InstanceProfile"]
    assert made["Arn"] == f"arn:aws:iam::{server.account_id}:instance-profile/boxes/Box" and made["InstanceProfileId"].startswith("AIPA")
    assert made["Roles"] == [] and made["Tags"] == [{"Key": "team", "Value": "a"}]
    assert refusal(iam.create_instance_profile, InstanceProfileName="BOX") == ("EntityAlreadyExists", 409)
    for name in ("driver", "other"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    assert refusal(iam.add_role_to_instance_profile, InstanceProfileName="Box", RoleName="none") == NO_SUCH
    assert refusal(iam.add_role_to_instance_profile, InstanceProfileName="none", RoleName="driver") == NO_SUCH
    iam.add_role_to_instance_profile(InstanceProfileName="box", RoleName="driver")
    assert refusal(iam.add_role_to_instance_profile, InstanceProfileName="Box", RoleName="other") == ("LimitExceeded", 409)
    got = iam.get_instance_profile(InstanceProfileName="Box")["InstanceProfile"]
    assert [role["RoleName"] for role in got["Roles"]] == ["driver"] and got["Roles"][0]["AssumeRolePolicyDocument"] == TRUST
    assert [p["InstanceProfileName"] for p in iam.list_instance_profiles_for_role(RoleName="driver")["InstanceProfiles"]] == ["Box"]
    assert [p["InstanceProfileName"] for p in iam.list_instance_profiles(PathPrefix="/boxes/")["InstanceProfiles"]] == ["Box"]
    assert iam.list_instance_profiles(PathPrefix="/none/")["InstanceProfiles"] == []
    details = next(r for r in iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"] if r["RoleName"] == "driver")
    assert [p["InstanceProfileName"] for p in details["InstanceProfileList"]] == ["Box"]
    assert iam.get_account_summary()["SummaryMap"]["InstanceProfiles"] == len(iam.list_instance_profiles()["InstanceProfiles"])
    for call, arguments in ((iam.delete_role, {"RoleName": "driver"}), (iam.delete_instance_profile, {"InstanceProfileName": "Box"})):
        assert refusal(call, **arguments) == ("DeleteConflict", 409)
    assert refusal(iam.remove_role_from_instance_profile, InstanceProfileName="Box", RoleName="other") == NO_SUCH
    iam.remove_role_from_instance_profile(InstanceProfileName="Box", RoleName="Driver")
    iam.delete_role(RoleName="driver")
    iam.tag_instance_profile(InstanceProfileName="Box", Tags=[{"Key": "Team", "Value": "b"}, {"Key": "x", "Value": "y"}])
    iam.untag_instance_profile(InstanceProfileName="Box", TagKeys=["X"])
    assert iam.list_instance_profile_tags(InstanceProfileName="Box")["Tags"] == [{"Key": "Team", "Value": "b"}]
    iam.delete_instance_profile(InstanceProfileName="Box")
    for call in (iam.get_instance_profile, iam.delete_instance_profile, iam.list_instance_profile_tags):
        assert refusal(call, InstanceProfileName="Box") == NO_SUCH
    for i in range(5):
        iam.create_instance_profile(InstanceProfileName=f"page-{i}", Path="/pages/")
    pages = iam.get_paginator("list_instance_profiles").paginate(PathPrefix="/pages/", PaginationConfig={"PageSize": 2})
    assert [[p["InstanceProfileName"] for p in page["InstanceProfiles"]] for page in pages] == [["page-0", "page-1"], ["page-2", "page-3"], ["page-4"]]


def test_a_role_is_handed_to_ec2_by_those_who_may_pass_it(server, iam):
    iam.create_instance_profile(InstanceProfileName="passed")
    iam.create_role(RoleName="passed", AssumeRolePolicyDocument=json.dumps(TRUST), Path="/p/")
    iam.create_user(UserName="passer")
    key = iam.create_access_key(UserName="passer")["AccessKey"]
    own = server.aws("iam", (key["AccessKeyId"], key["SecretAccessKey"]))
    role = f"arn:aws:iam::{server.account_id}:role/p/passed"
    add = {"Effect": "Allow", "Action": "iam:AddRoleToInstanceProfile", "Resource": "*"}
    for passing, allowed in ((None, False), ({"Resource": f"{role}x"}, False), ({"Resource": role, "Condition": {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}}, False),
                             ({"Resource": role, "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}}, True)):
        statements = [add] + ([{"Effect": "Allow", "Action": "iam:PassRole"} | passing] if passing else [])
        iam.put_user_policy(UserName="passer", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))
        if allowed:
            own.add_role_to_instance_profile(InstanceProfileName="passed", RoleName="passed")
        else:
            assert refusal(own.add_role_to_instance_profile, InstanceProfileName="passed", RoleName="passed") == ("AccessDenied", 403)


def test_tags_of_policies(server, iam):
    arn = iam.create_policy(PolicyName="tagged", PolicyDocument=json.dumps(GET), Tags=[{"Key": "team", "Value": "a"}])["Policy"]["Arn"]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Tags"] == [{"Key": "team", "Value": "a"}]
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "TEAM", "Value": "b"}, {"Key": "x", "Value": ""}])
    assert {t["Key"]: t["Value"] for t in iam.list_policy_tags(PolicyArn=arn)["Tags"]} == {"TEAM": "b", "x": ""}
    iam.untag_policy(PolicyArn=arn, TagKeys=["x", "none"])
    assert [t["Key"] for t in iam.list_policy_tags(PolicyArn=arn)["Tags"]] == ["TEAM"]
    assert refusal(iam.tag_policy, PolicyArn=arn, Tags=[{"Key": f"k{i}", "Value": ""} for i in range(50)]) == ("LimitExceeded", 409)
    assert refusal(iam.tag_policy, PolicyArn=arn, Tags=[{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]) == ("InvalidInput", 400)
    assert refusal(iam.tag_policy, PolicyArn="arn:aws:iam::aws:policy/IAMFullAccess", Tags=[{"Key": "a", "Value": ""}]) == NO_SUCH
    iam.delete_policy(PolicyArn=arn)
    assert refusal(iam.list_policy_tags, PolicyArn=arn) == NO_SUCH
    iam.create_policy(PolicyName="tagged", PolicyDocument=json.dumps(GET))
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [], "tags end with their policy"


def test_groups_and_roles_change(server, iam):
    iam.create_group(GroupName="old")
    iam.create_group(GroupName="taken")
    assert refusal(iam.update_group, GroupName="old", NewGroupName="TAKEN") == ("EntityAlreadyExists", 409)
    iam.create_user(UserName="member")
    iam.add_user_to_group(GroupName="old", UserName="member")
    iam.update_group(GroupName="old", NewGroupName="new", NewPath="/there/")
    assert [g["Arn"] for g in iam.list_groups_for_user(UserName="member")["Groups"]] == [f"arn:aws:iam::{server.account_id}:group/there/new"]
    assert refusal(iam.update_group, GroupName="old", NewGroupName="x") == NO_SUCH
    iam.create_role(RoleName="described", AssumeRolePolicyDocument=json.dumps(TRUST))
    assert iam.update_role_description(RoleName="described", Description="what for")["Role"]["Description"] == "what for"
    assert refusal(iam.update_role_description, RoleName="described", Description="x" * 1001) == ("ValidationError", 400)


def test_service_linked_roles(server, iam):
    lake_formation = {"AWSServiceName": "lakeformation.amazonaws.com"}
    role = iam.create_service_linked_role(**lake_formation)["Role"]
    name = "AWSServiceRoleForLakeFormationDataAccess"
    assert role["Arn"] == f"arn:aws:iam::{server.account_id}:role/aws-service-role/lakeformation.amazonaws.com/{name}"
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "lakeformation.amazonaws.com"}
    assert [p["PolicyName"] for p in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]] == ["LakeFormationDataAccessServiceRolePolicy"]
    assert refusal(iam.create_service_linked_role, **lake_formation) == ("InvalidInput", 400)
    assert refusal(iam.create_service_linked_role, **lake_formation, CustomSuffix="x") == ("InvalidInput", 400)
    assert refusal(iam.create_service_linked_role, AWSServiceName="nothing.amazonaws.com") == ("InvalidInput", 400)
    everything = "arn:aws:iam::aws:policy/AdministratorAccess"
    for call, arguments in ((iam.attach_role_policy, {"PolicyArn": everything}), (iam.put_role_policy, {"PolicyName": "p", "PolicyDocument": json.dumps(GET)}),
                            (iam.detach_role_policy, {"PolicyArn": everything}), (iam.delete_role_policy, {"PolicyName": "p"}), (iam.delete_role, {}),
                            (iam.update_assume_role_policy, {"PolicyDocument": json.dumps(TRUST)}), (iam.put_role_permissions_boundary, {"PermissionsBoundary": everything})):
        assert refusal(call, RoleName=name, **arguments) == ("UnmodifiableEntity", 400)
    iam.create_role(RoleName="customers", AssumeRolePolicyDocument=json.dumps(TRUST))
    assert refusal(iam.attach_role_policy, RoleName="customers", PolicyArn="arn:aws:iam::aws:policy/aws-service-role/"
                   "LakeFormationDataAccessServiceRolePolicy") == ("PolicyNotAttachable", 400)
    assert refusal(iam.create_role, RoleName="fake", Path="/aws-service-role/x/", AssumeRolePolicyDocument=json.dumps(TRUST)) == ("InvalidInput", 400)
    assert refusal(iam.delete_service_linked_role, RoleName="customers") == ("InvalidInput", 400)
    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert refusal(iam.get_role, RoleName=name) == NO_SUCH
    assert refusal(iam.get_service_linked_role_deletion_status, DeletionTaskId="task/none") == NO_SUCH


def test_policies_of_aws(server, iam):
    listed = {p["Arn"]: p for p in iam.list_policies(Scope="AWS", MaxItems=1000)["Policies"]}
    names = {arn.rsplit("/", 1)[1] for arn in listed}
    assert names >= {"AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "IAMReadOnlyAccess", "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess",
                     "AmazonS3TablesFullAccess", "AmazonS3TablesReadOnlyAccess", "AWSLakeFormationDataAdmin", "AWSGlueConsoleFullAccess", "AmazonAthenaFullAccess"}
    assert len({p["PolicyId"] for p in listed.values()}) == len(listed)
    iam.create_user(UserName="aws-policies")
    for arn, policy in listed.items():
        got = iam.get_policy(PolicyArn=arn)["Policy"]
        assert got["DefaultVersionId"] == policy["DefaultVersionId"] == iam.list_policy_versions(PolicyArn=arn)["Versions"][0]["VersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=got["DefaultVersionId"])["PolicyVersion"]["Document"]
        assert document["Statement"]
        assert refusal(iam.get_policy_version, PolicyArn=arn, VersionId="v999") == NO_SUCH
        assert refusal(iam.delete_policy, PolicyArn=arn) == ("AccessDenied", 403)
        if "/aws-service-role/" not in arn:
            iam.attach_user_policy(UserName="aws-policies", PolicyArn=arn)
            in_use = iam.get_account_authorization_details(Filter=["AWSManagedPolicy"])["Policies"]
            assert document in [p["PolicyVersionList"][0]["Document"] for p in in_use if p["Arn"] == arn]
            assert [u["UserName"] for u in iam.list_entities_for_policy(PolicyArn=arn)["PolicyUsers"]] == ["aws-policies"]
            iam.detach_user_policy(UserName="aws-policies", PolicyArn=arn)
    assert [p["Arn"] for p in iam.list_policies(Scope="AWS", PathPrefix="/service-role/")["Policies"]]
    assert refusal(iam.get_policy, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess") == NO_SUCH


def test_a_power_user_may_all_but_iam(server, iam):
    iam.create_user(UserName="power")
    iam.attach_user_policy(UserName="power", PolicyArn="arn:aws:iam::aws:policy/PowerUserAccess")
    key = iam.create_access_key(UserName="power")["AccessKey"]
    secret = (key["AccessKeyId"], key["SecretAccessKey"])
    assert server.aws("s3tables", secret).list_table_buckets()["tableBuckets"] is not None
    assert server.aws("iam", secret).list_roles()["Roles"]
    assert refusal(server.aws("iam", secret).list_users) == ("AccessDenied", 403)


def test_sessions_of_users_may_not_call_iam(server, iam):
    given = server.aws("sts").get_session_token()["Credentials"]
    session = server.aws("iam", (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]))
    assert refusal(session.list_users) == ("InvalidClientTokenId", 403)


def test_what_tools_ask_for_before_they_delete_a_user(server, iam):
    iam.create_user(UserName="leaving")
    for call, member in ((iam.list_mfa_devices, "MFADevices"), (iam.list_signing_certificates, "Certificates"), (iam.list_ssh_public_keys, "SSHPublicKeys"),
                         (iam.list_service_specific_credentials, "ServiceSpecificCredentials")):
        assert call(UserName="leaving")[member] == []
        assert refusal(call, UserName="nobody") == NO_SUCH
    for call, member in ((iam.list_account_aliases, "AccountAliases"), (iam.list_virtual_mfa_devices, "VirtualMFADevices"),
                         (iam.list_open_id_connect_providers, "OpenIDConnectProviderList"), (iam.list_saml_providers, "SAMLProviderList"),
                         (iam.list_server_certificates, "ServerCertificateMetadataList")):
        assert call()[member] == []
    assert refusal(iam.get_login_profile, UserName="leaving") == NO_SUCH
    assert refusal(iam.get_account_password_policy) == NO_SUCH
    assert refusal(iam.create_login_profile, UserName="leaving", Password="x") == ("UnsupportedOperation", 400)
