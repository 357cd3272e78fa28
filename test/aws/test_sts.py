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


def allowing(*actions: str, resource="*", **more) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": list(actions), "Resource": resource} | more})


def test_federation_tokens(server, actors):
    sts, _, _ = actors
    s3 = server.aws("s3")
    s3.create_bucket(Bucket="sts-federated")
    s3.put_object(Bucket="sts-federated", Key="a", Body=b"a")
    answer = sts.get_federation_token(Name="bob", Policy=allowing("s3:GetObject", "s3:GetBucketLocation"), DurationSeconds=900)
    arn = f"arn:aws:sts::{server.account_id}:federated-user/bob"
    assert answer["FederatedUser"] == {"FederatedUserId": f"{server.account_id}:bob", "Arn": arn} and answer["PackedPolicySize"] > 0
    bob = of(server, "s3", answer)
    assert bob.get_object(Bucket="sts-federated", Key="a")["Body"].read() == b"a"
    assert refusal(bob.put_object, Bucket="sts-federated", Key="b", Body=b"b") == ("AccessDenied", 403)
    own = of(server, "sts", answer)
    identity = own.get_caller_identity()
    assert (identity["Arn"], identity["UserId"]) == (arn, f"{server.account_id}:bob")
    for call, arguments in ((own.get_session_token, {}), (own.get_federation_token, {"Name": "eve"}), (own.get_access_key_info, {"AccessKeyId": "A" * 20}),
                            (own.assume_role, {"RoleArn": actors[1]["Arn"], "RoleSessionName": "one"})):
        assert refusal(call, **arguments) == ("AccessDenied", 403)
    assert refusal(of(server, "iam", answer).list_users) == ("InvalidClientTokenId", 403)
    # Without a session policy it may do nothing, but what a resource's policy allows it itself.
    empty = sts.get_federation_token(Name="carol")
    carol = of(server, "s3", empty)
    assert refusal(carol.get_object, Bucket="sts-federated", Key="a") == ("AccessDenied", 403)
    s3.put_bucket_policy(Bucket="sts-federated", Policy=allowing(
        "s3:GetObject", resource="arn:aws:s3:::sts-federated/*", Principal={"AWS": empty["FederatedUser"]["Arn"]}))
    assert carol.get_object(Bucket="sts-federated", Key="a")["Body"].read() == b"a"
    # What the user may not do, its federated user may not: the policies of both must allow.
    rooted = server.aws("sts").get_federation_token(Name="root-bob", Policy=allowing("s3:PutObject"), DurationSeconds=900)
    of(server, "s3", rooted).put_object(Bucket="sts-federated", Key="c", Body=b"c")


def test_a_federation_tokens_user_limits_it(server):
    iam = server.aws("iam")
    iam.create_user(UserName="federator")
    key = iam.create_access_key(UserName="federator")["AccessKey"]
    sts = server.aws("sts", (key["AccessKeyId"], key["SecretAccessKey"]))

    def may(*statements: str):
        for i, statement in enumerate(statements):
            iam.put_user_policy(UserName="federator", PolicyName=f"p{i}", PolicyDocument=statement)

    assert refusal(sts.get_federation_token, Name="bob") == ("AccessDenied", 403)
    may(allowing("sts:GetFederationToken", resource=f"arn:aws:sts::{server.account_id}:federated-user/bob*"), allowing("s3:ListAllMyBuckets"))
    assert refusal(sts.get_federation_token, Name="eve") == ("AccessDenied", 403)
    tags = {"Tags": [{"Key": "team", "Value": "blue"}]}
    assert refusal(sts.get_federation_token, Name="bob", **tags) == ("AccessDenied", 403)
    everything = {"Policy": allowing("*")}
    bob = sts.get_federation_token(Name="bob", **everything)
    assert of(server, "s3", bob).list_buckets()["Buckets"] is not None
    assert refusal(of(server, "s3tables", bob).list_table_buckets) == ("AccessDeniedException", 403)
    may(allowing("sts:GetFederationToken", "sts:TagSession"), allowing("s3:ListAllMyBuckets", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}}))
    assert refusal(of(server, "s3", sts.get_federation_token(Name="bob", **everything)).list_buckets) == ("AccessDenied", 403)
    of(server, "s3", sts.get_federation_token(Name="bob", **everything, **tags)).list_buckets()
    for bad in ({"Name": "x"}, {"Name": "a b"}, {"Name": "b" * 33}, {"Name": "bob", "DurationSeconds": 899}, {"Name": "bob", "DurationSeconds": 129601}):
        try:
            assert refusal(sts.get_federation_token, **bad) == ("ValidationError", 400), bad
        except botocore.exceptions.ParamValidationError:
            pass
    assert refusal(sts.get_federation_token, Name="bob", Policy="{") == ("MalformedPolicyDocument", 400)
    assert refusal(server.aws("sts").get_federation_token, Name="bob", DurationSeconds=3601) == ("ValidationError", 400)
    session = of(server, "sts", server.aws("sts").get_session_token())
    assert refusal(session.get_federation_token, Name="bob") == ("AccessDenied", 403)


@pytest.fixture(scope="module")
def chain(server, actors):
    """Three roles, each trusting the account with tags and source identity, and the last without."""
    iam, arns = server.aws("iam"), []
    for name, actions in (("chain-1", ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]),
                          ("chain-2", ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]), ("chain-3", ["sts:AssumeRole"])):
        trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions,
                                                        "Principal": {"AWS": f"arn:aws:iam::{server.account_id}:root"}}}
        arns.append(iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), MaxSessionDuration=43200,
                                    Tags=[{"Key": "Cost", "Value": "role"}])["Role"]["Arn"])
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(EVERY))
    return arns


def test_source_identity(server, actors, chain):
    sts = actors[0]
    first = sts.assume_role(RoleArn=chain[0], RoleSessionName="one", SourceIdentity="ann@example.org")
    assert first["SourceIdentity"] == "ann@example.org"
    one = of(server, "sts", first)
    # It stays, cannot be changed, and the next role must trust it.
    assert one.assume_role(RoleArn=chain[1], RoleSessionName="two")["SourceIdentity"] == "ann@example.org"
    assert one.assume_role(RoleArn=chain[1], RoleSessionName="two", SourceIdentity="ann@example.org")["SourceIdentity"] == "ann@example.org"
    assert refusal(one.assume_role, RoleArn=chain[1], RoleSessionName="two", SourceIdentity="eve") == ("AccessDenied", 403)
    assert refusal(one.assume_role, RoleArn=chain[2], RoleSessionName="two") == ("AccessDenied", 403)
    assert refusal(sts.assume_role, RoleArn=chain[2], RoleSessionName="two", SourceIdentity="ann") == ("AccessDenied", 403)
    assert "SourceIdentity" not in sts.assume_role(RoleArn=chain[2], RoleSessionName="two")
    assert refusal(sts.assume_role, RoleArn=chain[0], RoleSessionName="one", SourceIdentity="a b") == ("ValidationError", 400)


def test_transitive_tags(server, actors, chain):
    sts, s3 = actors[0], server.aws("s3")
    s3.create_bucket(Bucket="sts-chain")
    for team in ("blue", "role"):
        s3.put_object(Bucket="sts-chain", Key=f"{team}/a", Body=b"a")
    tags = [{"Key": "team", "Value": "blue"}, {"Key": "cost", "Value": "blue"}]

    def sees(answer, key: str) -> bool:
        s3.put_bucket_policy(Bucket="sts-chain", Policy=json.dumps({"Version": "2012-10-17", "Statement": {
            "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::sts-chain/${aws:PrincipalTag/%s}/*" % key}}))
        try:
            return of(server, "s3", answer).get_object(Bucket="sts-chain", Key="blue/a")["Body"].read() == b"a"
        except botocore.exceptions.ClientError:
            return False

    first = sts.assume_role(RoleArn=chain[0], RoleSessionName="one", Tags=tags, TransitiveTagKeys=["team"])
    assert sees(first, "team") and sees(first, "cost")  # A session's tag is over its role's, whatever the case of its key.
    one = of(server, "sts", first)
    second = one.assume_role(RoleArn=chain[1], RoleSessionName="two")
    assert sees(second, "team") and not sees(second, "cost")
    assert sees(of(server, "sts", second).assume_role(RoleArn=chain[1], RoleSessionName="three"), "team")
    assert refusal(one.assume_role, RoleArn=chain[1], RoleSessionName="two", Tags=[{"Key": "Team", "Value": "red"}]) == ("InvalidParameterValue", 400)
    assert refusal(one.assume_role, RoleArn=chain[2], RoleSessionName="two") == ("AccessDenied", 403)  # It trusts no tags.
    assert refusal(sts.assume_role, RoleArn=chain[0], RoleSessionName="one", Tags=tags, TransitiveTagKeys=["none"]) == ("ValidationError", 400)


def test_chained_roles_last_an_hour(server, actors, chain):
    one = of(server, "sts", actors[0].assume_role(RoleArn=chain[0], RoleSessionName="one", DurationSeconds=43200))
    one.assume_role(RoleArn=chain[1], RoleSessionName="two", DurationSeconds=3600)
    with pytest.raises(botocore.exceptions.ClientError, match="1 hour session limit for roles assumed by role chaining"):
        one.assume_role(RoleArn=chain[1], RoleSessionName="two", DurationSeconds=3601)


def test_mfa_codes_are_never_right(server, actors):
    """There are no MFA devices here, so nobody may believe that one was looked at."""
    sts, role, _ = actors
    mfa = {"SerialNumber": f"arn:aws:iam::{server.account_id}:mfa/taker", "TokenCode": "123456"}
    for call, arguments in ((sts.assume_role, {"RoleArn": role["Arn"], "RoleSessionName": "one"}), (sts.get_session_token, {})):
        with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied.*MultiFactorAuthentication failed"):
            call(**arguments, **mfa)
        assert refusal(call, **arguments, SerialNumber=mfa["SerialNumber"]) == ("ValidationError", 400)
        assert refusal(call, **arguments, TokenCode="123456") == ("ValidationError", 400)


def test_access_key_info(server, actors):
    sts = actors[0]
    for key in (server.root_key()[0], sts.get_session_token()["Credentials"]["AccessKeyId"]):
        assert sts.get_access_key_info(AccessKeyId=key)["Account"] == server.account_id
    assert refusal(sts.get_access_key_info, AccessKeyId="AKIAIOSFODNN7EXAMPLE") == ("ValidationError", 400)


def test_no_message_was_encoded_here(server):
    assert refusal(server.aws("sts").decode_authorization_message, EncodedMessage="x") == ("InvalidAuthorizationMessageException", 400)
