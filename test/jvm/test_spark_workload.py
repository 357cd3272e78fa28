"""Spark takes every third step of the random workload (test/workload), between Firn and PyIceberg; all three read against the model.

Long: Spark is a download of half a gigabyte, and a step takes a second. The seed is printed; FIRN_SEED, FIRN_STEPS and FIRN_SKIP
replay it.
"""

from __future__ import annotations

import pytest

from client_page import page_lines
from spark_process import FRESH, Spark
from test_random_workload import run_and_shrink

pytestmark = pytest.mark.long


@pytest.mark.timeout(3600)
def test_1000_steps_with_spark(server, account, lake, tmp_path):
    key = server.root_key()
    server.aws("lakeformation").grant_permissions(  # The root sees what others made, and writes it with a grant.
        Principal={"DataLakePrincipalIdentifier": f"arn:aws:iam::{server.account_id}:root"},
        Resource={"Catalog": {"Id": account.warehouse}}, Permissions=["ALL"])
    spark = Spark({**page_lines("spark-glue", server, account, key), **FRESH}, key, tmp_path / "spark.log")
    try:
        run_and_shrink(server, account, lake, 1000, spark)
    finally:
        spark.stop()
