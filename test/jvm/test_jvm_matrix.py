"""Spark as maker, writer and reader of test/interop's matrix, beside Firn, PyIceberg and DuckDB.

Long: Spark is a download of half a gigabyte, takes half a minute to start and a third of a second or more for each of some 3,000
statements: a quarter of an hour. One Spark stays up for all cells. The cover's seed is printed, and taken back from FIRN_SEED; its
first cells, which bring the most new pairs, are played (FIRN_CELLS=1000: all of them, some 440).
"""

from __future__ import annotations

import os

import pytest

from client_page import page_lines
from engines import KINDS
from jvm_engines import SparkEngine
from spark_process import FRESH, Spark
from test_matrix import DELETES, ENGINES, EXCEPTIONS, SPARK_DELETES, Bench, cover, draw_seed, play_all, try_exception, type_problems

CELLS = int(os.environ.get("FIRN_CELLS", 220))
pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def bench(server, account, lake, tmp_path_factory):
    key = server.root_key()
    spark = Spark({**page_lines("spark-glue", server, account, key), **FRESH}, key, tmp_path_factory.mktemp("spark") / "spark.log")
    yield Bench(server, account, lake, "spark_matrix", SparkEngine(spark, "spark_matrix"))
    spark.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_in_every_engine_and_version(bench, kind):
    wrong = type_problems(bench, kind)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("engine, act, what", [key for key in EXCEPTIONS if key[0] == "Spark"])
def test_what_is_said_not_to_work_does_not(bench, engine, act, what):
    try_exception(bench, engine, act, what)


@pytest.mark.timeout(3600)
def test_the_cover(bench):
    play_all(bench, cover(draw_seed(), (*ENGINES[:2], "Spark", "Spark"), (*DELETES, *SPARK_DELETES))[:CELLS])
