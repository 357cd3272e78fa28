"""What AWS's documentation says about IAM policies, as a program: decides a question without any of Firn's code.

Written from the IAM User Guide alone, a page beside each rule; where it is slow or repeats itself, that is so that it can be
read against the page. A question is a dict: `principal` (kind, account, arn, identity_arn, user_id, user_name, role_name, tags,
issued_at, source_identity), the policies `identity`, `boundary`, `session` (absent: no session policies), `resource`, each a list of documents,
and the request: `action`, `resource_arn`, `resource_account` ("" is the caller's), `is_trust`, `context` (key -> values), `now`.
"""

from __future__ import annotations

import base64
import datetime
import ipaddress
import re

ALLOWED, IMPLICIT, EXPLICIT = "allowed", "implicitDeny", "explicitDeny"


def as_list(value) -> list:
    return value if isinstance(value, list) else [value]


# --- wildcards and variables: reference_policies_elements_resource, reference_policies_variables -----------------------------

Pattern = list[tuple[str, bool]]  # A character, and whether it is a wildcard rather than itself.


def plain(text: str, wildcards: bool) -> Pattern:
    return [(c, wildcards and c in "*?") for c in text]


def expand(text: str, document: dict, context: dict, wildcards: bool) -> Pattern | None:
    """None: a variable without value, which equals nothing ("Policy variables with no value")."""
    if document.get("Version") != "2012-10-17":
        return plain(text, wildcards)
    out: Pattern = []
    end = 0
    for found in re.finditer(r"\$\{([^}]*)\}", text):
        out += plain(text[end:found.start()], wildcards)
        end = found.end()
        inner = found.group(1)
        if inner in ("*", "?", "$"):
            out.append((inner, False))
            continue
        with_default = re.fullmatch(r"([^,]*), ?'(.*)'", inner)
        name = with_default.group(1) if with_default else inner
        values = context.get(name.lower(), [])
        if len(values) == 1:  # "You can't use a multivalued condition key as a variable."
            out += plain(values[0], False)
        elif with_default:
            out += plain(with_default.group(2), False)
        else:
            return None
    return out + plain(text[end:], wildcards)


def glob(pattern: Pattern, text: str, ignore_case: bool = False) -> bool:
    expression = "".join(
        (".*" if c == "*" else ".") if wild else re.escape(c) for c, wild in pattern)
    return re.fullmatch(expression, text, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


def segments(pattern: Pattern) -> list[Pattern]:
    """The six parts of an ARN; colons after the fifth belong to the last."""
    parts: list[Pattern] = [[]]
    for item in pattern:
        if item[0] == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def matches_arn(pattern: Pattern, text: str) -> bool:
    """ "Each of the six colon-delimited components of the ARN is checked separately"."""
    wanted, found = segments(pattern), text.split(":", 5)
    return len(wanted) == len(found) == 6 and all(glob(w, f) for w, f in zip(wanted, found))


def matches_resource(text: str, document: dict, context: dict, resource: str) -> bool:
    pattern = expand(text, document, context, True)
    return pattern is not None and glob(pattern, resource)


# --- conditions: reference_policies_elements_condition_operators, reference_policies_multi-value-conditions -------------------

def parse_date(text: str) -> float | None:
    if re.fullmatch(r"\d+", text):
        return float(text)
    try:
        parsed = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=datetime.timezone.utc)
    return parsed.timestamp()


def parse_number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[+-]?\d+(\.\d+)?", text) else None


def compare(read, wanted: str, found: str, relation) -> bool:
    a, b = read(found), read(wanted)
    return a is not None and b is not None and relation(a, b)


RELATIONS = {
    "Equals": lambda a, b: a == b, "LessThan": lambda a, b: a < b, "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b, "GreaterThanEquals": lambda a, b: a >= b,
}


def value_matches(operator: str, wanted: str, found: str, document: dict, context: dict) -> bool:
    """One value of the policy against one of the request, for the operator without its `Not`."""
    if operator in ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"):
        pattern = expand(wanted, document, context, operator in ("StringLike", "ArnEquals", "ArnLike"))
        if pattern is None:
            return False
        if operator.startswith("Arn"):
            return matches_arn(pattern, found)
        return glob(pattern, found, operator == "StringEqualsIgnoreCase")
    if operator == "Bool":
        return wanted.lower() == found.lower()
    if operator == "BinaryEquals":
        return base64.b64decode(wanted) == base64.b64decode(found)
    if operator == "IpAddress":
        try:
            address, network = ipaddress.ip_address(found), ipaddress.ip_network(wanted, strict=False)
        except ValueError:
            return False
        return address.version == network.version and address in network
    family, relation = re.fullmatch(r"(Numeric|Date)(.*)", operator).groups()
    return compare(parse_number if family == "Numeric" else parse_date, wanted, found, RELATIONS[relation])


def condition_holds(operator: str, key: str, wanted: list[str], document: dict, context: dict) -> bool:
    qualifier = ""
    if ":" in operator:
        qualifier, operator = operator.split(":")
    if_exists = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    found = context.get(key.lower(), [])
    if operator == "Null":  # "true (the key doesn't exist) or false (the key exists and its value is not null)"
        return any((w.lower() == "true") == (not found) for w in wanted)
    negated = operator == "NotIpAddress" or "Not" in operator
    positive = operator.replace("Not", "", 1) if negated else operator

    def one(value: str) -> bool:  # "for negated operators the values work like a logical AND"
        return any(value_matches(positive, w, value, document, context) for w in wanted) != negated

    if qualifier == "ForAllValues":  # "also returns true if there are no keys in the request"
        return all(one(value) for value in found)
    if qualifier == "ForAnyValue":  # "For no matching key or a null dataset, the condition returns false", IfExists or not
        return any(one(value) for value in found)
    if not found:  # "the values do not match"; "IfExists: if the key is not present, evaluate as true"
        return if_exists or negated
    return any(value_matches(positive, w, value, document, context) for value in found for w in wanted) != negated


# --- principals: reference_policies_elements_principal, reference_policies_elements_notprincipal ------------------------------

def principal_class(kind: str, text: str, who: dict) -> str:
    """How an entry of Principal names the caller: "" (not at all), direct, role or account."""
    if kind == "Service":
        return "direct" if who["kind"] == "service" and text == who["arn"] else ""
    if kind != "AWS":
        return ""
    if text == "*":
        return "direct"
    if who["kind"] in ("anonymous", "service"):
        return ""
    if text in (who["account"], f"arn:aws:iam::{who['account']}:root"):
        return "account"
    if text == who["arn"]:
        return "direct"
    if who["kind"] == "role" and text == who["identity_arn"]:
        return "role"
    return ""


def principal_classes(element, who: dict) -> set[str]:
    if element == "*":
        return {"direct"}
    return {principal_class(kind, text, who) for kind, texts in element.items() for text in as_list(texts)} - {""}


def spared(element, who: dict) -> bool:
    """NotPrincipal: "AWS might validate the account first, then the role, and then the assumed-role user", so all are to be named."""
    if element == "*" or "*" in as_list(element.get("AWS", [])):
        return True
    if who["kind"] == "service":
        return who["arn"] in as_list(element.get("Service", []))
    named = as_list(element.get("AWS", []))
    account = who["account"] in named or f"arn:aws:iam::{who['account']}:root" in named
    return account and (who["kind"] == "root" or {who["arn"], who["identity_arn"]} <= set(named))


# --- statements ------------------------------------------------------------------------------------------------------------

def applies(statement: dict, document: dict, question: dict, context: dict) -> bool:
    """Whether all but the principal matches: actions without case, resources with it, all conditions."""
    actions = as_list(statement.get("Action", statement.get("NotAction")))
    if any(glob(plain(a, True), question["action"], True) for a in actions) != ("Action" in statement):
        return False
    if "Resource" in statement or "NotResource" in statement:
        resources = as_list(statement.get("Resource", statement.get("NotResource")))
        # "If AWS cannot resolve a variable this might cause the entire statement to be invalid": an Allow that spares an
        # unknown resource allows nothing; a Deny that does, spares nothing ("will not match any resource").
        if "NotResource" in statement and statement["Effect"] == "Allow" and any(
                expand(r, document, context, True) is None for r in resources):
            return False
        if any(matches_resource(r, document, context, question["resource_arn"]) for r in resources) != ("Resource" in statement):
            return False
    return all(
        condition_holds(operator, key, as_list(wanted), document, context)
        for operator, keys in statement.get("Condition", {}).items() for key, wanted in keys.items())


def effects(documents: list[dict], question: dict, context: dict) -> set[str]:
    return {statement["Effect"] for document in documents for statement in as_list(document["Statement"])
            if applies(statement, document, question, context)}


def resource_effects(question: dict, context: dict) -> tuple[bool, set[str]]:
    """Whether a resource policy denies, and in which ways it allows."""
    denies, ways = False, set()
    for document in question["resource"]:
        for statement in as_list(document["Statement"]):
            if not applies(statement, document, question, context):
                continue
            if "NotPrincipal" in statement:
                classes = set() if spared(statement["NotPrincipal"], question["principal"]) else {"direct"}
            else:
                classes = principal_classes(statement["Principal"], question["principal"])
            if statement["Effect"] == "Deny":
                denies |= bool(classes)
            else:
                ways |= classes
    return denies, ways


def full_context(question: dict) -> dict:
    """The request's keys and those about the caller (reference_policies_condition-keys, "Where you can use policy variables")."""
    context = {key.lower(): values for key, values in question["context"].items()}
    who = question["principal"]
    kind = {"root": "Account", "user": "User", "role": "AssumedRole", "federated": "FederatedUser", "anonymous": "Anonymous"}.get(who["kind"])
    if kind:
        context["aws:principaltype"] = [kind]
    if who["user_name"]:
        context["aws:username"] = [who["user_name"]]
    if who["kind"] in ("root", "user", "role", "federated"):
        context["aws:userid"] = [who["user_id"]]
        context["aws:principalarn"] = [who["identity_arn"]]
        context["aws:principalaccount"] = [who["account"]]
    for tag, value in who["tags"].items():
        context[f"aws:principaltag/{tag}".lower()] = [value]
    if who.get("issued_at"):
        context["aws:tokenissuetime"] = [who["issued_at"]]
        # "The key is not present in requests made with long-term credentials"; nobody here has a device.
        context["aws:multifactorauthpresent"] = ["false"]
    if who.get("source_identity"):
        context["aws:sourceidentity"] = [who["source_identity"]]
    context["aws:currenttime"] = [question["now"]]
    context["aws:epochtime"] = [str(int(parse_date(question["now"])))]
    return context


def decide(question: dict) -> str:
    """reference_policies_evaluation-logic, "Determining whether a request is allowed or denied within an account", and
    reference_policies_evaluation-logic-cross-account."""
    context = full_context(question)
    who = question["principal"]
    identity = effects(question["identity"], question, context)
    boundary = effects(question["boundary"], question, context)
    session = effects(question.get("session", []), question, context)
    resource_denies, ways = resource_effects(question, context)
    is_entity = who["kind"] in ("user", "role", "federated")
    same_account = question["resource_account"] in ("", who["account"])
    if resource_denies or (is_entity and "Deny" in identity | boundary | session):
        return EXPLICIT
    if who["kind"] in ("anonymous", "service"):
        return ALLOWED if ways else IMPLICIT
    if who["kind"] == "root":
        return ALLOWED if ways or (same_account and not question["is_trust"]) else IMPLICIT
    bounded = not question["boundary"] or "Allow" in boundary
    in_session = "session" not in question or "Allow" in session
    by_identity = "Allow" in identity
    if not same_account:
        return ALLOWED if ways and by_identity and bounded and in_session else IMPLICIT
    if "direct" in ways:  # "not limited by an implicit deny in an identity-based policy, boundary or session policy"
        return ALLOWED
    if question["is_trust"]:  # "must explicitly allow access for principals"
        return ALLOWED if ("role" in ways or ("account" in ways and by_identity)) and bounded and in_session else IMPLICIT
    return ALLOWED if (by_identity or "role" in ways) and bounded and in_session else IMPLICIT
