"""Spark and Trino, with the acts of engines.py and the words of their SQL."""

from __future__ import annotations

import base64
import datetime
import decimal
from collections.abc import Callable

SPARK_TYPES = {
    "boolean": "boolean", "int": "int", "long": "bigint", "float": "float", "double": "double", "decimal(9,2)": "decimal(9,2)",
    "decimal(38,10)": "decimal(38,10)", "date": "date", "timestamp": "timestamp_ntz", "timestamptz": "timestamp", "string": "string",
    "binary": "binary", "list": "array<int>", "map": "map<string, int>", "struct": "struct<x: int, y: string>"}
# How Spark sees columns that it cannot make.
SPARK_SEEN = {**SPARK_TYPES, "uuid": "string", "fixed": "binary"}


def spark_literal(kind: str, value) -> str:
    """A value as an expression of Spark's SQL, of the very type."""
    type_ = SPARK_SEEN[kind]
    if value is None:
        return f"cast(NULL as {type_})"
    if kind in ("binary", "fixed"):
        return f"X'{value.hex()}'"
    if kind == "list":
        return f"cast(array({', '.join('NULL' if item is None else str(item) for item in value)}) as {type_})"
    if kind == "map":
        pairs = ", ".join(f"'{key}', {'NULL' if item is None else item}" for key, item in value.items())
        return f"cast(map({pairs}) as {type_})"
    if kind == "struct":
        x, y = ("NULL" if value[name] is None else repr(value[name]) for name in ("x", "y"))
        return f"cast(named_struct('x', {x}, 'y', {y}) as {type_})"
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"cast('{text}' as {type_})"


class SqlEngine:
    """What both say alike. `literal` writes a value in the engine's SQL; `place` is the catalog and namespace of the tables."""

    name: str
    place: str
    literal: Callable[[str, object], str]

    def sql(self, statement: str) -> list[tuple]:
        raise NotImplementedError

    def append(self, table: str, columns: dict[str, str], rows: list[tuple]) -> None:
        texts = ["(" + ", ".join(map(self.literal, columns.values(), row)) + ")" for row in rows]
        self.sql(f"insert into {self.place}.{table} ({', '.join(columns)}) values {', '.join(texts)}")

    def delete(self, table: str, ids: list[int]) -> None:
        self.sql(f"delete from {self.place}.{table} where id in ({', '.join(map(str, ids))})")

    def ids_where(self, table: str, column: str, kind: str, value) -> list[int]:
        return sorted(row[0] for row in self.sql(f"select id from {self.place}.{table} where {column} = {self.literal(kind, value)}"))


class SparkEngine(SqlEngine):
    """`spark` is a running one (test/jvm/spark_process.py) whose catalog `lake` is Firn's Glue face."""

    name = "Spark"
    literal = staticmethod(spark_literal)

    def __init__(self, spark, space: str):
        self.spark, self.place = spark, f"lake.{space}"

    def sql(self, statement: str) -> list[tuple]:
        return self.spark.values(statement)

    def create(self, table: str, columns: dict[str, str], term: tuple[str, str] | None, version: int, mode: str = "merge-on-read") -> None:
        texts = ", ".join(f"{name} {SPARK_TYPES[kind]}" for name, kind in columns.items())
        part = ""
        if term is not None:
            part = f"partitioned by ({self.term(*term)})"
        self.sql(f"create table {self.place}.{table} ({texts}) using iceberg {part} tblproperties ('format-version' = '{version}', "
                 + ", ".join(f"'write.{act}.mode' = '{mode}'" for act in ("delete", "update", "merge")) + ")")

    @staticmethod
    def term(column: str, transform: str) -> str:
        if transform == "identity":
            return column
        if "[" in transform:
            name, number = transform[:-1].split("[")
            return f"{name}({number}, {column})"
        return f"{transform}s({column})"

    def merge_away(self, table: str, ids: list[int], set_seven: list[int]) -> None:
        """Deletes some rows and sets `n` of others to 7, by one MERGE."""
        source = ", ".join(f"({number}, {str(number in ids).lower()})" for number in ids + set_seven)
        self.sql(f"merge into {self.place}.{table} t using (select * from values {source} as s(id, gone)) s on t.id = s.id "
                 "when matched and s.gone then delete when matched then update set n = 7")

    def compact(self, table: str) -> None:
        name = f"{self.place.removeprefix('lake.')}.{table}"
        self.sql(f"call lake.system.rewrite_data_files(table => '{name}', options => map('rewrite-all', 'true'))")
        self.sql(f"call lake.system.rewrite_manifests('{name}')")

    def evolve(self, table: str, evolution: str, transform: str) -> None:
        statements = {
            "none": [], "add a column": ["add column extra bigint after id"], "rename a column": ["rename column s to renamed"],
            "drop a column": ["drop column s", "add column s string"],
            "widen a column": ["alter column n type bigint", "alter column f type double"], "move a column": ["alter column s first"],
            "add a partition field": ["add partition field bucket(3, id)"],
            "drop the partition field": [f"drop partition field {self.term('p', transform)}"]}
        for statement in statements[evolution]:
            self.sql(f"alter table {self.place}.{table} {statement}")

    def read(self, table: str, columns: dict[str, str]) -> list[tuple]:
        return self.sql(f"select {', '.join(columns)} from {self.place}.{table}")


TRINO_TYPES = {
    "boolean": "boolean", "int": "integer", "long": "bigint", "float": "real", "double": "double", "decimal(9,2)": "decimal(9,2)",
    "decimal(38,10)": "decimal(38,10)", "date": "date", "time": "time(6)", "timestamp": "timestamp(6)",
    "timestamptz": "timestamp(6) with time zone", "string": "varchar", "uuid": "uuid", "binary": "varbinary", "list": "array(integer)",
    "map": "map(varchar, integer)", "struct": "row(x integer, y varchar)"}
TRINO_SEEN = {**TRINO_TYPES, "fixed": "varbinary"}


def trino_literal(kind: str, value) -> str:
    """A value as an expression of Trino's SQL, of the very type."""
    type_ = TRINO_SEEN[kind]
    if value is None:
        return f"cast(NULL as {type_})"
    if kind in ("binary", "fixed"):
        return f"X'{value.hex()}'"
    if kind == "list":
        return f"cast(array[{', '.join('NULL' if item is None else str(item) for item in value)}] as {type_})"
    if kind == "map":
        keys, items = ", ".join(f"'{key}'" for key in value), ", ".join("NULL" if item is None else str(item) for item in value.values())
        return f"cast(map(array[{keys}], array[{items}]) as {type_})"
    if kind == "struct":
        return f"cast(row({', '.join('NULL' if value[name] is None else repr(value[name]) for name in ('x', 'y'))}) as {type_})"
    text = str(value).replace("+00:00", " UTC") if kind == "timestamptz" else str(value).replace("'", "''")
    return f"cast('{text}' as {type_})"


def from_trino(kind: str, told):
    """The value in what Trino's protocol tells of it."""
    if told is None:
        return None
    if kind.startswith("decimal"):
        return decimal.Decimal(told)
    if kind in ("binary", "fixed"):
        return base64.b64decode(told)
    if kind in ("date", "time"):
        return (datetime.date if kind == "date" else datetime.time).fromisoformat(told)
    if kind in ("timestamp", "timestamptz"):
        return datetime.datetime.fromisoformat(told.replace(" UTC", "+00:00"))
    return dict(zip(("x", "y"), told)) if kind == "struct" else told


class TrinoEngine(SqlEngine):
    """`trino` is a running one (test/jvm/trino_server.py) whose catalog `lake` is Firn's Glue face."""

    name = "Trino"
    literal = staticmethod(trino_literal)

    def __init__(self, trino, space: str):
        self.trino, self.place = trino, f"lake.{space}"

    def sql(self, statement: str) -> list[tuple]:
        return self.trino.sql(statement)

    def create(self, table: str, columns: dict[str, str], term: tuple[str, str] | None, version: int) -> None:
        texts = ", ".join(f"{name} {TRINO_TYPES[kind]}" for name, kind in columns.items())
        part = "" if term is None else f", partitioning = array['{self.term(*term)}']"
        self.sql(f"create table {self.place}.{table} ({texts}) with (format_version = {version}{part})")

    @staticmethod
    def term(column: str, transform: str) -> str:
        if transform == "identity":
            return column
        if "[" in transform:
            name, number = transform[:-1].split("[")
            return f"{name}({column}, {number})"
        return f"{transform}({column})"

    def merge_away(self, table: str, ids: list[int], set_seven: list[int]) -> None:
        """Deletes some rows and sets `n` of others to 7, by one MERGE."""
        source = ", ".join(f"({number}, {str(number in ids).lower()})" for number in ids + set_seven)
        self.sql(f"merge into {self.place}.{table} t using (values {source}) s(id, gone) on t.id = s.id "
                 "when matched and s.gone then delete when matched then update set n = 7")

    def compact(self, table: str) -> None:
        self.sql(f"alter table {self.place}.{table} execute optimize")

    def evolve(self, table: str, evolution: str, transform: str) -> None:
        kept = [] if transform in ("none", "void") else [self.term("p", transform)]
        specs = {"add a partition field": [*kept, "bucket(id, 3)"], "drop the partition field": []}
        if evolution in specs:
            terms = ", ".join(f"'{term}'" for term in specs[evolution])
            self.sql(f"alter table {self.place}.{table} set properties partitioning = array[{terms}]")
        for statement in {"add a column": ["add column extra bigint after id"], "rename a column": ["rename column s to renamed"],
                          "drop a column": ["drop column s", "add column s varchar"],
                          "widen a column": ["alter column n set data type bigint", "alter column f set data type double"]}.get(evolution, []):
            self.sql(f"alter table {self.place}.{table} {statement}")

    def read(self, table: str, columns: dict[str, str]) -> list[tuple]:
        rows = self.sql(f"select {', '.join(columns)} from {self.place}.{table}")
        return [tuple(map(from_trino, columns.values(), row)) for row in rows]
