"""Clients on the JVM, and the tests of other folders that Spark and Trino take part in."""

from __future__ import annotations

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path += [str(HERE), str(HERE.parent / "interop"), str(HERE.parent / "workload")]
from spark_process import PYTHON  # noqa: E402


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent == HERE and not PYTHON:
            item.add_marker(pytest.mark.skip(reason="FIRN_JVM_PYTHON is not set: run ./dev test jvm"))
