"""The same small acts by Firn, PyIceberg and DuckDB, and one form for the values that they read."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import importlib
import json
import pathlib
import uuid

import duckdb
import pyarrow
from pyiceberg import types as iceberg
from pyiceberg.expressions import In
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import parse_transform

from firn_server import REGION, run_sql

UTC = datetime.timezone.utc
D = decimal.Decimal


@dataclasses.dataclass(frozen=True)
class Kind:
    """A type: its Iceberg form, its SQL names (None: the engine has no word for it) and values, whose last is no NULL."""

    iceberg: iceberg.IcebergType
    firn: str | None
    duckdb: str | None
    values: tuple


KINDS = {
    "boolean": Kind(iceberg.BooleanType(), "boolean", "BOOLEAN", (True, None, False)),
    "int": Kind(iceberg.IntegerType(), "int", "INTEGER", (-(2**31), None, 7, 2**31 - 1)),
    "long": Kind(iceberg.LongType(), "bigint", "BIGINT", (-(2**63), None, 0, 2**63 - 1)),
    "float": Kind(iceberg.FloatType(), "float", "FLOAT", (-0.5, None, 1024.25)),
    "double": Kind(iceberg.DoubleType(), "double", "DOUBLE", (-1e300, None, 0.1)),
    "decimal(9,2)": Kind(iceberg.DecimalType(9, 2), "decimal(9,2)", "DECIMAL(9,2)", (D("-9999999.90"), None, D("0.01"))),
    "decimal(38,10)": Kind(iceberg.DecimalType(38, 10), "decimal(38,10)", "DECIMAL(38,10)",
                           (D("-1234567890123456789012345678.0123456789"), None, D("0.0000000001"))),
    "date": Kind(iceberg.DateType(), "date", "DATE", (datetime.date(1931, 2, 3), None, datetime.date(2031, 12, 31))),
    "time": Kind(iceberg.TimeType(), None, "TIME", (datetime.time(0, 0), None, datetime.time(23, 59, 59, 999_999))),
    "timestamp": Kind(iceberg.TimestampType(), "datetime", "TIMESTAMP",
                      (datetime.datetime(1931, 2, 3, 4, 5, 6, 7), None, datetime.datetime(2031, 12, 31, 23, 59, 59))),
    "timestamptz": Kind(iceberg.TimestamptzType(), None, "TIMESTAMPTZ",
                        (datetime.datetime(1931, 2, 3, 4, 5, 6, 7, UTC), None, datetime.datetime(2031, 12, 31, 23, 59, 59, 0, UTC))),
    "string": Kind(iceberg.StringType(), "string", "VARCHAR", ("", None, "Ωmega 日本", "it's")),
    "uuid": Kind(iceberg.UUIDType(), None, "UUID", (uuid.UUID(int=0), None, uuid.UUID(int=2**127 + 5))),
    "fixed": Kind(iceberg.FixedType(3), None, None, (b"\x00\x01\xff", None, b"abc")),
    "binary": Kind(iceberg.BinaryType(), "varbinary", "BLOB", (b"", None, b"\x00\xff")),
    "list": Kind(iceberg.ListType(100, iceberg.IntegerType(), element_required=False), "array<int>", "INTEGER[]",
                 ([1, None, 3], None, [])),
    "map": Kind(iceberg.MapType(101, iceberg.StringType(), 102, iceberg.IntegerType(), value_required=False),
                "map<string, int>", "MAP(VARCHAR, INTEGER)", ({"a": 1, "b": None}, None, {"z": -1})),
    "struct": Kind(iceberg.StructType(iceberg.NestedField(103, "x", iceberg.IntegerType(), required=False),
                                      iceberg.NestedField(104, "y", iceberg.StringType(), required=False)),
                   "struct<x int, y string>", "STRUCT(x INTEGER, y VARCHAR)", ({"x": 1, "y": "q"}, None, {"x": None, "y": "é"})),
}


def canonical(kind: str, value):
    """What a reader gave, in the form of the values above; nested ones as JSON."""
    if value is None:
        return None
    if kind == "boolean":
        return bool(value)
    if kind == "time" and isinstance(value, datetime.timedelta):
        return (datetime.datetime.min + value).time()
    if kind == "timestamptz":
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if kind == "uuid":
        return uuid.UUID(bytes=value) if isinstance(value, bytes) else uuid.UUID(str(value))
    if kind == "map" and isinstance(value, list):
        value = dict(value)
    if kind in ("list", "map", "struct"):
        value = json.loads(value) if isinstance(value, str) else value
        return json.dumps(value, sort_keys=True)
    return value


def sql_literal(kind: str, value, firn: bool) -> str:
    """A value as an expression of Firn's or DuckDB's SQL."""
    if value is None:
        return "NULL"
    if kind == "boolean":
        return str(value).lower()
    if kind in ("int", "long", "float", "double") or kind.startswith("decimal"):
        return f"({value:f})" if isinstance(value, D) else f"({value!r})"
    if kind == "binary":
        return f"unhex('{value.hex()}')"
    if kind == "list":
        items = ", ".join("NULL" if item is None else str(item) for item in value)
        return f"cast([{items}] as {KINDS[kind].firn if firn else KINDS[kind].duckdb})"
    if kind == "map":
        pairs = [(f"'{key}'", "NULL" if item is None else str(item)) for key, item in value.items()]
        return ("map{" + ", ".join(f"{k}: {v}" for k, v in pairs) + "}") if firn else (
            "MAP {" + ", ".join(f"{k}: {v}" for k, v in pairs) + "}")
    if kind == "struct":
        x, y = ("NULL" if value[name] is None else repr(value[name]) for name in ("x", "y"))
        return f"named_struct('x', {x}, 'y', {y})" if firn else f"{{'x': {x}, 'y': {y}}}"
    if kind == "timestamptz" and firn:
        value = value.replace(tzinfo=None)  # A DATETIME in the session's time zone, which is UTC.
    return "'" + str(value).replace("'", "''") + "'"


class Firn:
    name = "Firn"

    def __init__(self, server, lake: str, space: str):
        self.connection, self.place = server.sql(), f"{lake}.{space}"

    def sql(self, statement: str) -> list[tuple]:
        return run_sql(self.connection, statement)

    def create(self, table: str, columns: dict[str, str], term: str | None, version: int, mode: str = "merge-on-read") -> None:
        texts = ", ".join(f"{name} {KINDS[kind].firn}" for name, kind in columns.items())
        self.sql(f"create table {self.place}.{table} ({texts}) {f'partition by ({term})' if term else ''} properties ("
                 f'"format-version" = "{version}", "write.delete.mode" = "{mode}", "write.update.mode" = "{mode}")')

    def append(self, table: str, columns: dict[str, str], rows: list[tuple]) -> None:
        texts = ["select " + ", ".join(f"{sql_literal(kind, value, True)} as {name}"
                                       for (name, kind), value in zip(columns.items(), row)) for row in rows]
        self.sql(f"insert into {self.place}.{table} ({', '.join(columns)}) {' union all '.join(texts)}")

    def delete(self, table: str, ids: list[int]) -> None:
        self.sql(f"delete from {self.place}.{table} where id in ({', '.join(map(str, ids))})")

    def read(self, table: str, columns: dict[str, str]) -> list[tuple]:
        return self.sql(f"select {', '.join(columns)} from {self.place}.{table}")

    def ids_where(self, table: str, column: str, kind: str, value) -> list[int]:
        return sorted(row[0] for row in self.sql(f"select id from {self.place}.{table} where {column} = {sql_literal(kind, value, True)}"))


class PyIceberg:
    name = "PyIceberg"

    def __init__(self, catalog, space: str):
        self.catalog, self.space = catalog, space

    def load(self, table: str):
        return self.catalog.load_table((self.space, table))

    def create(self, table: str, columns: dict[str, str], term: tuple[str, str] | None, version: int) -> None:
        schema = Schema(*(iceberg.NestedField(number, name, KINDS[kind].iceberg, required=False)
                          for number, (name, kind) in enumerate(columns.items(), 1)))
        fields = []
        if term is not None:
            column, transform = term
            fields = [PartitionField(list(columns).index(column) + 1, 1000, parse_transform(transform), f"{column}_part")]
        self.catalog.create_table((self.space, table), schema, partition_spec=PartitionSpec(*fields),
                                  properties={"format-version": str(version)})

    def append(self, table: str, columns: dict[str, str], rows: list[tuple]) -> None:
        loaded = self.load(table)
        arrow = loaded.schema().as_arrow()
        values = {name: [self.stored(kind, row[at]) for row in rows] for at, (name, kind) in enumerate(columns.items())}
        loaded.append(pyarrow.table({field.name: pyarrow.array(values.get(field.name, [None] * len(rows)), field.type)
                                     for field in arrow}, schema=arrow))

    @staticmethod
    def stored(kind: str, value):
        if kind == "map" and value is not None:
            return list(value.items())
        return value.bytes if isinstance(value, uuid.UUID) else value

    def delete(self, table: str, ids: list[int]) -> None:
        self.load(table).delete(In("id", ids))

    def read(self, table: str, columns: dict[str, str]) -> list[tuple]:
        found = self.load(table).scan(selected_fields=tuple(columns)).to_arrow()
        return list(zip(*(found[name].to_pylist() for name in columns)))


class DuckDB:
    name = "DuckDB"

    def __init__(self, server, account, space: str):
        self.connection, self.place = duckdb.connect(), f"c.{space}"
        for extension in ("httpfs", "avro", "iceberg"):
            folder = pathlib.Path(importlib.import_module(f"duckdb_extension_{extension}").__file__).parent
            self.connection.execute(f"LOAD '{next(folder.rglob(f'{extension}.duckdb_extension'))}'")
        key, secret = server.root_key()
        # The root sees what others made, but Lake Formation lets it write that only with a grant.
        server.aws("lakeformation").grant_permissions(
            Principal={"DataLakePrincipalIdentifier": f"arn:aws:iam::{server.account_id}:root"},
            Resource={"Catalog": {"Id": account.warehouse}}, Permissions=["ALL"])
        self.connection.execute(f"""CREATE SECRET s (TYPE s3, KEY_ID '{key}', SECRET '{secret}', REGION '{REGION}',
            ENDPOINT '{server.aws_endpoint.removeprefix("http://")}', URL_STYLE 'path', USE_SSL false)""")
        self.connection.execute(f"""ATTACH '{account.warehouse}' AS c (TYPE iceberg, ENDPOINT '{server.aws_endpoint}/iceberg',
            AUTHORIZATION_TYPE 'sigv4', SECRET 's', SIGV4_SERVICE 'glue', SIGV4_REGION '{REGION}',
            STAGE_CREATE_TABLES false, PURGE_REQUESTED true)""")
        self.connection.execute("SET TimeZone = 'UTC'")

    def create(self, table: str, columns: dict[str, str], term: None, version: int) -> None:
        texts = ", ".join(f"{name} {KINDS[kind].duckdb}" for name, kind in columns.items())
        self.connection.execute(f"CREATE TABLE {self.place}.{table} ({texts}) WITH ('format-version' = '{version}')")

    def append(self, table: str, columns: dict[str, str], rows: list[tuple]) -> None:
        texts = ["(" + ", ".join(sql_literal(kind, value, False) for kind, value in zip(columns.values(), row)) + ")"
                 for row in rows]
        self.connection.execute(f"INSERT INTO {self.place}.{table} VALUES {', '.join(texts)}")

    def delete(self, table: str, ids: list[int]) -> None:
        self.connection.execute(f"DELETE FROM {self.place}.{table} WHERE id IN ({', '.join(map(str, ids))})")

    def read(self, table: str, columns: dict[str, str]) -> list[tuple]:
        found = self.connection.execute(f"SELECT {', '.join(columns)} FROM {self.place}.{table}").to_arrow_table()
        return list(zip(*(found[name].to_pylist() for name in columns)))
