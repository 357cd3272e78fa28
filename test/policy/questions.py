"""Generated policies and requests: small vocabularies, so that they meet; every element of the policy language."""

from __future__ import annotations

import random

ACCOUNT, OTHER = "111122223333", "444455556666"
NOW = "2026-11-24T12:00:00Z"

ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3tables:GetTable", "glue:GetTable", "iam:CreateUser"]
ACTION_PATTERNS = ACTIONS + [
    "*", "s3:*", "S3:getobject", "s3:Get*", "s3:*Object", "s3:?etObject", "s3:G*t*b*ct", "glue:*", "*:*", "GLUE:GETTABLE",
    "s3:GetObject*", "s3:GetObject?", "s3:**", "iam:Create*"]
RESOURCES = [
    "*", "arn:aws:s3:::lake", "arn:aws:s3:::lake/a", "arn:aws:s3:::lake/ann/report", "arn:aws:s3:::lake/a/b/c", "arn:aws:s3:::Lake/a",
    "arn:aws:s3:::lake/*", "arn:aws:s3:::lake/yellow/x", "arn:aws:s3:::lake/every?one", "arn:aws:s3:::lake/${aws:username}",
    f"arn:aws:glue:us-east-1:{ACCOUNT}:table/db/t", f"arn:aws:s3tables:us-east-1:{ACCOUNT}:bucket/b/table/0a", f"arn:aws:iam::{ACCOUNT}:user/ann"]
RESOURCE_PATTERNS = RESOURCES + [
    "*", "arn:aws:s3:::*", "arn:aws:s3:::lake*", "arn:aws:s3:::lake/?", "arn:aws:s3:::lake/*/c", "arn:aws:s3:::lake/${aws:username}/*",
    "arn:aws:s3:::lake/${aws:PrincipalTag/team}/*", "arn:aws:s3:::lake/${aws:PrincipalTag/team, 'yellow'}/*", "arn:aws:s3:::lake/${*}",
    "arn:aws:s3:::lake/every${?}one", "arn:aws:s3:::lake/${$}{aws:username}", "arn:aws:s3:::lake/${aws:TagKeys}/*", "arn:aws:*:*:*:*",
    f"arn:aws:glue:*:{ACCOUNT}:table/*", f"arn:aws:glue:us-east-?:{ACCOUNT}:table/db/?", "arn:aws:s3:::lake/a**", "arn:aws:s3:::?ake/a",
    f"arn:aws:s3tables:*:{ACCOUNT}:bucket/*/table/0a", f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"]

STRINGS = ["ann", "Ann", "bob", "a*b", "aab", "yellow", "blue", "", "an?", "${aws:username}", "home/ann/x"]
STRING_PATTERNS = STRINGS + [
    "*", "a*", "?nn", "*l*", "${aws:PrincipalTag/team}", "${aws:PrincipalTag/team, 'blue'}", "a${*}b", "home/${aws:username}/*", "${aws:none}",
    "${AWS:UserName}", "${aws:TagKeys}"]
NUMBERS = ["0", "1", "9", "10", "10.5", "-3", "1000000"]
DATES = ["2026-11-24T12:00:00Z", "2026-11-24T11:59:59Z", "2026-12-01T00:00:00Z", "2020-01-01T00:00:01Z", "1795521600", "2026-11-24"]
BINARIES = ["QUJD", "AAEC", "QUJDRA=="]
ADDRESSES = ["203.0.113.7", "203.0.113.200", "10.0.0.1", "2001:db8::1", "2001:db8:1::2"]
RANGES = ["203.0.113.0/24", "203.0.113.0/25", "10.0.0.1", "10.0.0.1/32", "0.0.0.0/0", "::/0", "2001:DB8::/32", "2001:db8:1::/48", "2001:db8::1"]
ARNS = [
    f"arn:aws:iam::{ACCOUNT}:user/ann", f"arn:aws:iam::{ACCOUNT}:role/reader", "arn:aws:s3:::lake/a:b", f"arn:aws:sns:us-east-1:{ACCOUNT}:topic",
    "arn:aws:some:us-east-2:9:store/abc:111122223333:finance/d"]
ARN_PATTERNS = ARNS + [
    f"arn:aws:iam::{ACCOUNT}:user/*", f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}", "arn:aws:iam::*:role/?eader", "arn:aws:s3:::lake/*",
    "arn:*:*:*:*:*", f"arn:aws:some:*:{ACCOUNT}:finance/*", f"arn:aws:sns:*:{ACCOUNT}:*", "arn:aws:sns:us-east-1:*:${aws:none}"]

# family -> (operators, keys, values of a request, values of a policy)
FAMILIES = {
    "string": (["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"],
               ["s3:prefix", "aws:RequestTag/Owner", "aws:TagKeys", "aws:username", "aws:PrincipalTag/team", "aws:PrincipalType",
                "aws:ResourceTag/team", "iam:ResourceTag/team", "s3:authType", "aws:ResourceAccount", "aws:SourceIdentity", "s3tables:namespace",
                "s3:RequestObjectTagKeys", "s3tables:TableBucketTag/team", "sts:TransitiveTagKeys"],
               [s for s in STRINGS if s], STRING_PATTERNS),
    "numeric": (["Numeric" + r for r in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")],
                ["s3:max-keys", "s3:signatureAge", "x:Numbers"], NUMBERS, NUMBERS),
    "date": (["Date" + r for r in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")],
             ["x:When", "aws:CurrentTime", "aws:TokenIssueTime"], [d for d in DATES if len(d) > 10], DATES),
    "bool": (["Bool"], ["aws:SecureTransport", "aws:ViaAWSService", "aws:MultiFactorAuthPresent", "x:Flag"], ["true", "false", "True"], ["true", "false", "TRUE"]),
    "binary": (["BinaryEquals"], ["x:Bytes"], BINARIES, BINARIES),
    "address": (["IpAddress", "NotIpAddress"], ["aws:SourceIp"], ADDRESSES, RANGES),
    "arn": (["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"], ["aws:SourceArn", "aws:PrincipalArn", "iam:PermissionsBoundary", "s3tables:KMSKeyArn"], ARNS, ARN_PATTERNS),
}
ENTITIES = ("user", "role", "federated")
CALLER_KEYS = {"aws:username", "aws:PrincipalTag/team", "aws:PrincipalType", "aws:CurrentTime", "aws:TokenIssueTime", "aws:PrincipalArn", "aws:SourceIdentity",
               "aws:MultiFactorAuthPresent"}
MANY_VALUED = {"aws:TagKeys", "s3:RequestObjectTagKeys", "sts:TransitiveTagKeys", "aws:ResourceTag/team", "x:Numbers", "x:When", "x:Flag", "aws:SourceArn"}


def ann(account: str) -> dict:
    arn = f"arn:aws:iam::{account}:user/ann"
    return {"kind": "user", "account": account, "arn": arn, "identity_arn": arn, "user_id": "AIDAAAAAAAAAAAAAAAAAA", "user_name": "ann",
            "role_name": "", "tags": {}, "issued_at": None}


def reader(account: str) -> dict:
    return {"kind": "role", "account": account, "arn": f"arn:aws:sts::{account}:assumed-role/reader/s1",
            "identity_arn": f"arn:aws:iam::{account}:role/reader", "user_id": "AROAAAAAAAAAAAAAAAAAA:s1", "user_name": "", "role_name": "reader",
            "tags": {}, "issued_at": "2026-11-24T11:00:00Z"}


def federated(account: str) -> dict:
    """A session of GetFederationToken that ann made: it has her policies, and always session policies."""
    arn = f"arn:aws:sts::{account}:federated-user/fred"
    return {"kind": "federated", "account": account, "arn": arn, "identity_arn": arn, "user_id": f"{account}:fred", "user_name": "", "role_name": "",
            "tags": {}, "issued_at": "2026-11-24T11:00:00Z"}


def root(account: str) -> dict:
    arn = f"arn:aws:iam::{account}:root"
    return {"kind": "root", "account": account, "arn": arn, "identity_arn": arn, "user_id": account, "user_name": "", "role_name": "", "tags": {},
            "issued_at": None}


def anonymous() -> dict:
    return {"kind": "anonymous", "account": "", "arn": "", "identity_arn": "", "user_id": "anonymous", "user_name": "", "role_name": "",
            "tags": {}, "issued_at": None}


def some(rng: random.Random, values: list[str], most: int = 3):
    """One value as itself, or a list of some."""
    if rng.random() < 0.5:
        return rng.choice(values)
    return [rng.choice(values) for _ in range(rng.randint(1, most))]


def condition(rng: random.Random) -> dict:
    tests: dict = {}
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        family = rng.choice(["string", "string", "string", *FAMILIES])
        operators, keys, _, values = FAMILIES[family]
        key = rng.choice(keys)
        if rng.random() < 0.12:
            tests.setdefault("Null", {})[key] = some(rng, ["true", "false"], 2)
            continue
        operator = rng.choice(operators) + rng.choice(["", "", "IfExists"])
        operator = rng.choice(["", "", "ForAllValues:", "ForAnyValue:"]) + operator
        key = rng.choice([key, key, key.upper(), key.lower()])
        if key.lower() not in {k.lower() for k in tests.get(operator, {})}:
            tests.setdefault(operator, {})[key] = some(rng, values)
    return tests


def principal_element(rng: random.Random, who: dict):
    account = who["account"] or ACCOUNT
    caller = [who["arn"] or f"arn:aws:iam::{ACCOUNT}:user/zoe"]
    return rng.choice([
        "*", {"AWS": "*"}, {"AWS": account}, {"AWS": f"arn:aws:iam::{account}:root"}, {"AWS": caller},
        {"AWS": [who["identity_arn"] or f"arn:aws:iam::{ACCOUNT}:user/zoe"]}, {"AWS": f"arn:aws:iam::{account}:user/bob"},
        {"AWS": ["999999999999", *caller]}, {"Service": "s3tables.amazonaws.com"},
        {"AWS": f"arn:aws:iam::{account}:role/Reader", "Service": "glue.amazonaws.com"}, {"AWS": "999999999999"}])


def not_principal_element(rng: random.Random, who: dict):
    """Lists as the documentation wants them, with a caller its role and account too; parts of them; others."""
    account = who["account"] or ACCOUNT
    whole = list(dict.fromkeys([a for a in (who["arn"], who["identity_arn"]) if a] + [f"arn:aws:iam::{account}:root"]))
    return rng.choice([{"AWS": whole}, {"AWS": whole}, {"AWS": whole[-1]}, {"AWS": whole[0]}, {"AWS": f"arn:aws:iam::{OTHER}:user/bob"}, {"Service": "glue.amazonaws.com"}])


def statement(rng: random.Random, who: dict, use: str, action: str, resource: str) -> dict:
    out: dict = {"Effect": rng.choice(["Allow", "Allow", "Allow", "Deny"])}
    if use == "trust":
        out["Action"] = rng.choice(["sts:AssumeRole", "sts:*", "sts:assumerole", "sts:AssumeRole*", "sts:TagSession"])
        out["Principal"] = principal_element(rng, who)
    else:
        element = rng.choice(["Action", "Action", "Action", "NotAction"])
        out[element] = some(rng, ACTION_PATTERNS + ([action, "*"] * 6 if element == "Action" else []))
        element = rng.choice(["Resource", "Resource", "Resource", "NotResource"])
        out[element] = some(rng, RESOURCE_PATTERNS + ([resource, "*"] * 8 if element == "Resource" else []))
        if use == "resource":
            if out["Effect"] == "Deny" and rng.random() < 0.5:  # "Most resource policies do not allow NotPrincipal with Allow"
                out["NotPrincipal"] = not_principal_element(rng, who)
            else:
                out["Principal"] = principal_element(rng, who)
    if rng.random() < 0.55:
        out["Condition"] = condition(rng)
    return out


def document(rng: random.Random, who: dict, use: str, action: str, resource: str) -> dict:
    statements = [statement(rng, who, use, action, resource) for _ in range(rng.choice([1, 1, 2, 3]))]
    out: dict = {"Statement": statements if len(statements) > 1 or rng.random() < 0.5 else statements[0]}
    version = rng.choice(["2012-10-17"] * 8 + ["2008-10-17", None])
    return out | ({"Version": version} if version else {})


def request_context(rng: random.Random) -> dict:
    context = {}
    for _, keys, found, _ in FAMILIES.values():
        for key in keys:
            if key in CALLER_KEYS or rng.random() < 0.35:
                continue
            count = rng.choice([1, 1, 1, 1, 0, 2, 3]) if key in MANY_VALUED else 1
            context[rng.choice([key, key, key.upper()])] = [rng.choice(found) for _ in range(count)]
    return context


def question(rng: random.Random) -> dict:
    who = rng.choice([ann, ann, ann, reader, reader, reader, federated, root, lambda _: anonymous()])(ACCOUNT)
    who["tags"] = rng.choice([{}, {"team": "yellow"}, {"Team": "blue"}, {"team": "a*"}]) if who["kind"] in ENTITIES else {}
    if who["kind"] == "role" and rng.random() < 0.4:
        who["source_identity"] = rng.choice(["ann", "Ann", "bob"])
    is_trust = who["kind"] in ("user", "role") and rng.random() < 0.12
    action = "sts:AssumeRole" if is_trust else rng.choice(ACTIONS)
    resource = f"arn:aws:iam::{ACCOUNT}:role/target" if is_trust else rng.choice(RESOURCES)

    def documents(use: str, counts: list[int]) -> list[dict]:
        return [document(rng, who, use, action, resource) for _ in range(rng.choice(counts))]

    is_entity = who["kind"] in ENTITIES
    out = {
        "principal": who, "action": rng.choice([action, action, action.swapcase()]), "resource_arn": resource,
        "resource_account": rng.choice(["", "", ACCOUNT, OTHER]), "is_trust": is_trust, "context": request_context(rng), "now": NOW,
        "identity": documents("identity", [0, 1, 1, 2]) if is_entity else [],
        "boundary": documents("identity", [0, 0, 1]) if is_entity else [],
        "resource": documents("trust" if is_trust else "resource", [1] if is_trust else [0, 1, 1, 2]),
    }
    if who["kind"] == "federated" or (who["kind"] == "role" and rng.random() < 0.4):
        out["session"] = documents("identity", [0, 1, 2])
    return out
