"""Spark, then Trino, as maker, writer and reader of test/interop's matrix, beside Firn, PyIceberg and DuckDB.

Long: each is a download of half a gigabyte, takes half a minute to start and a third of a second or more for each of some 3,000
statements: ten minutes. One server stays up for all cells. The cover's seed is printed, and taken back from FIRN_SEED; its first
cells, which bring the most new pairs, are played (FIRN_CELLS=1000: all of them, some 440).
"""

from __future__ import annotations

import os

import pytest

from client_page import page_lines
from engines import KINDS
from jvm_engines import SparkEngine, TrinoEngine
from spark_process import FRESH, Spark
from test_matrix import (
    DELETES, ENGINES, EXCEPTIONS, JVM_DELETES, JVM_ENGINES, Bench, cover, draw_seed, play_all, try_exception, type_problems)
from trino_server import JAVA_MIN, Trino, java_home

CELLS = int(os.environ.get("FIRN_CELLS", 150))
pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture(scope="module", params=JVM_ENGINES)
def bench(request, server, account, lake, tmp_path_factory):
    """One at a time: the first has ended when the second starts."""
    name, folder, key = request.param, tmp_path_factory.mktemp("jvm"), server.root_key()
    space = f"{name.lower()}_matrix"
    if name == "Spark":
        running = Spark({**page_lines("spark-glue", server, account, key), **FRESH}, key, folder / "spark.log")
        engine = SparkEngine(running, space)
    else:
        if java_home() is None:
            pytest.skip(f"Trino needs a JDK of version {JAVA_MIN} or later under /usr/lib/jvm")
        running = Trino(folder, {"lake": page_lines("trino-glue", server, account, key)})
        engine = TrinoEngine(running, space)
    yield Bench(server, account, lake, space, engine)
    running.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_in_every_engine_and_version(bench, kind):
    wrong = type_problems(bench, kind)
    assert not wrong, "\n".join(wrong)


def test_what_is_said_not_to_work_does_not(bench):
    for engine, act, what in EXCEPTIONS:
        if engine == bench.jvm.name:
            print(engine, act, what)
            try_exception(bench, engine, act, what)


@pytest.mark.timeout(3600)
def test_the_cover(bench):
    name = bench.jvm.name
    versions = tuple(version for version in (1, 2, 3) if (name, "create", f"v{version}") not in EXCEPTIONS)
    play_all(bench, cover(draw_seed(), (*ENGINES[:2], name, name), (*DELETES, *JVM_DELETES[name]), versions)[:CELLS])
