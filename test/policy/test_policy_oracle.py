"""R15: Firn's policy engine against a second derivation from AWS's documentation, and against its examples by hand.

FIRN_TEST_SEED chooses other questions than the usual ones; FIRN_POLICY_QUESTIONS how many (10,000 in CI).
"""

import collections
import copy
import json
import os
import pathlib
import random

import pytest

import oracle
import questions
from judge import judge

SEED = int(os.environ.get("FIRN_TEST_SEED", "20261124"))
COUNT = int(os.environ.get("FIRN_POLICY_QUESTIONS", "10000"))
TABLE = json.loads((pathlib.Path(__file__).parent / "aws_documentation_decisions.json").read_text())
RANK = {oracle.ALLOWED: 1, oracle.IMPLICIT: 0, oracle.EXPLICIT: 0}


@pytest.fixture(scope="module")
def asked():
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    drawn = [questions.question(rng) for _ in range(COUNT)]
    return drawn, judge(drawn)


def test_agrees_with_the_documentation(asked):
    different = [(q, answer, oracle.decide(q)) for q, answer in zip(*asked) if answer != oracle.decide(q)]
    shortest = min(different, key=lambda d: len(json.dumps(d[0])), default=None)
    assert not different, f"seed {SEED}: {len(different)} of {COUNT} differ; the shortest: {json.dumps(shortest)}"


def test_the_questions_reach_every_answer_and_operator(asked):
    """A generator whose policies never match would agree with anything."""
    drawn, answers = asked
    counted = collections.Counter(answers)
    assert set(counted) == {oracle.ALLOWED, oracle.IMPLICIT, oracle.EXPLICIT}
    assert min(counted.values()) > COUNT // 20, counted
    text = json.dumps(drawn)
    for _, (operators, *_) in questions.FAMILIES.items():
        for operator in operators:
            for form in (f'"{operator}"', f'"{operator}IfExists"', f'"ForAllValues:{operator}"', f'"ForAnyValue:{operator}IfExists"'):
                assert form in text, form


def test_a_deny_more_never_allows_more(asked):
    """Whatever statement is added to whatever policy: with Deny, no answer moves towards allowed."""
    rng = random.Random(SEED + 1)
    harder, before = [], []
    for question, answer in list(zip(*asked))[: COUNT // 2]:
        layers = [layer for layer in ("identity", "boundary", "session", "resource") if question.get(layer)]
        if not layers:
            continue
        layer = rng.choice(layers)
        use = {"resource": "trust" if question["is_trust"] else "resource"}.get(layer, "identity")
        added = questions.statement(rng, question["principal"], use, question["action"], question["resource_arn"]) | {"Effect": "Deny"}
        changed = copy.deepcopy(question)
        document = rng.choice(changed[layer])
        document["Statement"] = oracle.as_list(document["Statement"])
        document["Statement"].insert(rng.randint(0, len(document["Statement"])), added)
        harder.append(changed)
        before.append(answer)
    after = judge(harder)
    assert len(harder) > COUNT // 4
    wider = [(q, b, a) for q, b, a in zip(harder, before, after) if RANK[a] > RANK[b] or (b == oracle.EXPLICIT and a != b)]
    assert not wider, f"seed {SEED}: {json.dumps(wider[0])}"
    assert any(b == oracle.ALLOWED and a == oracle.EXPLICIT for b, a in zip(before, after))


def of_row(row: dict) -> dict:
    """A row of the table as a question: what it leaves out is the guide's usual caller and an empty policy list."""
    account = row.get("account", questions.ACCOUNT)
    who = {"user": questions.ann, "role": questions.reader, "root": questions.root, "anonymous": lambda _: questions.anonymous()}[
        row.get("caller", "user")](account)
    who["tags"] = row.get("tags", {})
    if "name" in row:
        who["user_name"] = row["name"]
        who["arn"] = who["identity_arn"] = f"arn:aws:iam::{account}:user/{row['name']}"
    whole = {layer: [statements if "Statement" in statements else {"Version": "2012-10-17", "Statement": statements}
                     for statements in map(lambda s: TABLE["policies"][s] if isinstance(s, str) else s, row.get(layer, []))]
             for layer in ("identity", "boundary", "session", "resource") if layer != "session" or layer in row}
    return whole | {
        "principal": who, "action": row["action"], "resource_arn": row.get("on", "*"), "resource_account": row.get("owner", ""),
        "is_trust": row.get("trust", False), "now": row.get("now", questions.NOW),
        "context": {key: oracle.as_list(values) for key, values in row.get("context", {}).items()}}


def test_the_documentations_own_examples():
    assert len(TABLE["rows"]) >= 250
    answers = judge([of_row(row) for row in TABLE["rows"]])
    words = {"allow": oracle.ALLOWED, "implicit": oracle.IMPLICIT, "deny": oracle.EXPLICIT}
    wrong = [(n, row, answer) for n, (row, answer) in enumerate(zip(TABLE["rows"], answers)) if answer != words[row["is"]]]
    assert not wrong, "\n".join(f"row {n}: {json.dumps(row)}: {answer}" for n, row, answer in wrong)


def test_the_oracle_knows_the_examples_too():
    words = {"allow": oracle.ALLOWED, "implicit": oracle.IMPLICIT, "deny": oracle.EXPLICIT}
    wrong = [(n, row) for n, row in enumerate(TABLE["rows"]) if oracle.decide(of_row(row)) != words[row["is"]]]
    assert not wrong, wrong
