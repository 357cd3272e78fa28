"""dbt-starrocks on a small project: seed, run, run again (incremental), test, docs generate.

Long: dbt and its 40 packages want an interpreter of their own (deps/dbt.lock), which takes a minute to install; each of its
six commands starts Python anew.
"""

import csv
import json
import os
import pathlib
import subprocess

import pytest

from firn_server import run_sql

pytestmark = pytest.mark.long

DBT = pathlib.Path(os.environ.get("FIRN_DBT", "dbt"))
CUSTOMERS = [(1, "Ada"), (2, "Bob"), (3, "Cleo")]
PROJECT = """\
name: shop
version: "1.0"
profile: shop
model-paths: [models]
seed-paths: [seeds]
seeds: {shop: {+engine: iceberg}}  # Else the adapter writes ENGINE = OLAP, for StarRocks' own tables.
flags: {send_anonymous_usage_stats: false, use_colors: false}
"""
PROFILE = """\
shop:
  target: dev
  outputs:
    dev: {{type: starrocks, host: 127.0.0.1, port: {port}, catalog: {catalog}, schema: {schema}, username: root, password: ""}}
"""
MODELS = {
    "names.sql": "{{ config(materialized='view') }} select id, upper(name) as name from {{ ref('customers') }}",
    "orders.sql": "{{ config(materialized='table') }} select id as customer_id, id * 10 as amount from {{ ref('customers') }}",
    "grown.sql": "{{ config(materialized='incremental') }} select id, amount from {{ ref('customers') }} "
                 "join {{ ref('orders') }} on id = customer_id {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}",
    "schema.yml": """\
version: 2
models:
  - name: orders
    description: what was ordered
    columns:
      - name: customer_id
        data_tests: [not_null, unique, {relationships: {arguments: {to: ref('customers'), field: id}}}]
""",
}


@pytest.fixture(scope="module")
def project(server, warehouse, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "dbt_project.yml").write_text(PROJECT)
    (folder / "profiles.yml").write_text(PROFILE.format(port=server.mysql_port, catalog=warehouse, schema="dbt_shop"))
    (folder / "models").mkdir()
    for name, text in MODELS.items():
        (folder / "models" / name).write_text(text)
    (folder / "seeds").mkdir()
    write_customers(folder, CUSTOMERS)
    return folder


def write_customers(folder: pathlib.Path, rows: list[tuple]) -> None:
    with open(folder / "seeds" / "customers.csv", "w", newline="") as file:
        csv.writer(file).writerows([("id", "name"), *rows])


def dbt(folder: pathlib.Path, *arguments: str) -> str:
    run = subprocess.run([DBT, *arguments, "--project-dir", folder, "--profiles-dir", folder], capture_output=True, text=True,
                         cwd=folder, timeout=120, env=os.environ | {"DO_NOT_TRACK": "1"})
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    return run.stdout


def rows(server, warehouse: str, statement: str) -> list[tuple]:
    with server.sql(database=f"{warehouse}.dbt_shop") as connection:
        return run_sql(connection, statement)


def test_the_whole_round(server, warehouse, project):
    dbt(project, "debug")
    dbt(project, "seed")
    assert rows(server, warehouse, "select id, name from customers order by id") == CUSTOMERS
    dbt(project, "run")
    assert rows(server, warehouse, "select name from names order by id") == [("ADA",), ("BOB",), ("CLEO",)]
    assert rows(server, warehouse, "select count(*), max(amount) from grown") == [(3, 30)]
    assert "PASS=3" in dbt(project, "test")

    write_customers(project, [*CUSTOMERS, (4, "Dan")])
    dbt(project, "seed", "--full-refresh")
    dbt(project, "run")
    assert rows(server, warehouse, "select count(*), max(amount) from grown") == [(4, 40)]

    dbt(project, "docs", "generate")
    catalog = json.loads((project / "target/catalog.json").read_text())
    assert set(catalog["nodes"]) == {"model.shop.names", "model.shop.orders", "model.shop.grown", "seed.shop.customers"}
    assert set(catalog["nodes"]["model.shop.orders"]["columns"]) == {"customer_id", "amount"}
