"""Firn's evaluator, asked many questions at once through the program that the build sets beside firn."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess

import firn_server

JUDGE = pathlib.Path(os.environ.get("FIRN_POLICY_JUDGE", firn_server.BINARY.parent / "policy_judge"))
LAYERS = ("identity", "boundary", "session", "resource")


def judge(questions: list[dict]) -> list[str]:
    """A decision a question, or `refused: …` when a document is malformed."""
    lines = "".join(
        json.dumps(question | {layer: [json.dumps(d) for d in question[layer]] for layer in LAYERS if layer in question}) + "\n"
        for question in questions)
    done = subprocess.run([str(JUDGE)], input=lines, capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(questions), done.stderr
    return answers
