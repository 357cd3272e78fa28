"""TPC-H's 22 and TPC-DS's 99 queries on partitioned Iceberg tables: the answers of DuckDB on its own native tables.

DuckDB's generators make the rows; PyIceberg writes them to plain tables as they are; Firn's SQL loads the partitioned tables from
those (INSERT ... SELECT) and answers the queries, which are DuckDB's own texts put into StarRocks' words (`in_starrocks_words`).
CI takes scale factor 0.01; the long tests take 1 (28 million rows, about fifteen minutes). FIRN_TPC_SCALE sets another.
Row counts, bounds and nulls from Iceberg's metadata reach DuckDB's optimizer: TPC-H's joins stand in the order of native tables.
"""

from __future__ import annotations

import decimal
import importlib
import math
import os
import pathlib
import re
import time

import duckdb
import pytest

from firn_server import run_sql

SCALE = float(os.environ.get("FIRN_TPC_SCALE", "0.01"))
ROWS_A_STAGING_WRITE = 1_000_000

# What is not listed is not partitioned: small tables.
PARTITIONS = {
    "lineitem": "year(l_shipdate)", "orders": "year(o_orderdate)", "partsupp": "bucket(ps_partkey, 4)",
    "customer": {"tpch": "c_mktsegment", "tpcds": "bucket(c_customer_sk, 4)"}, "part": "p_mfgr",
    "store_sales": "truncate(ss_sold_date_sk, 365)", "catalog_sales": "bucket(cs_item_sk, 8)",
    "web_sales": "truncate(ws_sold_date_sk, 365)", "inventory": "bucket(inv_item_sk, 4)", "item": "i_category",
    "store_returns": "bucket(sr_item_sk, 2)", "date_dim": "year(d_date)", "customer_address": "ca_state"}


def generated(kind: str, scale: float) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    folder = pathlib.Path(importlib.import_module(f"duckdb_extension_{kind}").__file__).parent
    connection.execute(f"LOAD '{next(folder.rglob(f'{kind}.duckdb_extension'))}'")
    connection.execute(f"CALL {'dbgen' if kind == 'tpch' else 'dsdgen'}(sf = {scale})")
    # StarRocks' place of NULL in an order, without which LIMIT would keep other rows.
    connection.execute("SET default_null_order = 'nulls_first_on_asc_last_on_desc'")
    return connection


def in_starrocks_words(query: str) -> str:
    query = re.sub(r'"([^"]+)"', r"`\1`", query)
    query = query.replace("d1.d_date + 5", "d1.d_date + interval 5 day")
    return re.sub(r"(?i)substring\((\w+) from (\d+) for (\d+)\)", r"substring(\1, \2, \3)", query).strip().rstrip(";")


def column_type(text: str) -> str:
    return {"VARCHAR": "string", "INTEGER": "int"}.get(text, text.lower())


def load(connection, catalog, source, database: str, kind: str) -> None:
    """Every table of `source` into `database`: once as PyIceberg writes it, and from there by Firn into partitions."""
    space = database.split(".")[1]
    run_sql(connection, f"create database {database}")
    for (table,) in source.execute("select table_name from duckdb_tables() order by 1").fetchall():
        staging = None
        for batch in source.execute(f"from {table}").to_arrow_reader(ROWS_A_STAGING_WRITE):
            import pyarrow

            rows = pyarrow.Table.from_batches([batch])
            staging = staging or catalog.create_table((space, f"{table}_staging"), rows.schema)
            staging.append(rows)
        columns = ", ".join(f"{name} {column_type(type_)}" for name, type_, *_ in source.execute(f"describe {table}").fetchall())
        term = PARTITIONS.get(table)
        term = term[kind] if isinstance(term, dict) else term
        run_sql(connection, f"create table {database}.{table} ({columns}) {f'partition by ({term})' if term else ''}")
        if staging is not None:
            run_sql(connection, f"insert into {database}.{table} select * from {database}.{table}_staging")
        (count,) = source.execute(f"select count(*) from {table}").fetchone()
        assert run_sql(connection, f"select count(*) from {database}.{table}") == [(count,)], table


def simple(value):
    """Numbers become floats: an average is a decimal here and a double there."""
    if isinstance(value, (int, float, decimal.Decimal)) and not isinstance(value, bool):
        return float(value)
    return value if value is None or isinstance(value, str) else str(value)


def alike(one, other) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=5e-5)
    return one == other


def in_order(rows: list[tuple]) -> list[tuple]:
    def rank(row):
        return [("" if value is None else f"{value:.2f}" if isinstance(value, float) else value) for value in row]

    return sorted((tuple(map(simple, row)) for row in rows), key=rank)


def difference(found: list[tuple], expected: list[tuple]) -> str | None:
    if len(found) != len(expected):
        return f"{len(found)} rows, not {len(expected)}"
    for one, other in zip(in_order(found), in_order(expected)):
        if len(one) != len(other) or not all(map(alike, one, other)):
            return f"{one}, not {other}"
    return None


def check_queries(server, account, lake: str, kind: str, scale: float) -> None:
    source = generated(kind, scale)
    name = f"{kind}_{str(scale).replace('.', '_')}"
    begin = time.monotonic()
    failures, seconds = [], 0.0
    with server.sql() as connection:
        load(connection, account.pyiceberg(), source, f"{lake}.{name}", kind)
        print(f"{kind} {scale}: loaded in {time.monotonic() - begin:.0f} s")
        run_sql(connection, f"use {lake}.{name}")
        queries = source.execute(f"select query_nr, query from {kind}_queries() order by 1").fetchall()
        assert len(queries) == (22 if kind == "tpch" else 99)
        for number, query in queries:
            expected = source.execute(query).fetchall()
            begin = time.monotonic()
            try:
                problem = difference(run_sql(connection, in_starrocks_words(query)), expected)
            except Exception as error:  # Collected: one run tells of all queries.
                problem = str(error)
            seconds += time.monotonic() - begin
            if problem:
                failures.append(f"{kind} query {number}: {problem}")
    print(f"{kind} {scale}: {len(queries) - len(failures)} of {len(queries)} queries equal, {seconds:.1f} s")
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("kind", ["tpch", "tpcds"])
def test_queries_at_a_small_scale(server, account, lake, kind):
    check_queries(server, account, lake, kind, SCALE)


def joins_of(plan: str) -> list[tuple[str, ...]]:
    """The columns that hash joins compare, as the drawn plan shows them from top to bottom and left to right."""
    found = []
    for line in plan.splitlines():
        found += [tuple(sorted(pair)) for pair in re.findall(r"│ +(\w+) +(?:=|IS NOT DISTINCT FROM) +(\w+) +[│├┤]", line)]
    return found


# Native tables know how many values a column has, files of ours do not say; 11 reads its common part once there, twice here.
OTHER_JOIN_ORDERS = {3, 8, 9, 10, 11}


def test_joins_stand_in_the_order_of_native_tables(server, account, lake):
    source = generated("tpch", 0.01)
    with server.sql() as connection:
        load(connection, account.pyiceberg(), source, f"{lake}.join_orders", "tpch")
        run_sql(connection, f"use {lake}.join_orders")
        compared, other = 0, {}
        for number, query in source.execute("select query_nr, query from tpch_queries() order by 1").fetchall():
            ((_, theirs),) = source.execute(f"explain {query}").fetchall()
            ours = "\n".join(str(row[0]) for row in run_sql(connection, f"explain {in_starrocks_words(query)}"))
            compared += bool(joins_of(theirs))
            if joins_of(ours) != joins_of(theirs):
                other[number] = (joins_of(ours), joins_of(theirs))
    assert compared >= 18  # The others' plans are drawn too narrow to read, or join nothing.
    assert set(other) <= OTHER_JOIN_ORDERS, {number: other[number] for number in set(other) - OTHER_JOIN_ORDERS}


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["tpch", "tpcds"])
def test_queries_at_scale_one(server, account, lake, kind):
    check_queries(server, account, lake, kind, 1.0)
