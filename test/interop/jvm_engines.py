"""Spark and Trino, with the acts of engines.py and the words of their SQL."""

from __future__ import annotations

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


class SparkEngine:
    """`spark` is a running one (test/jvm/spark_process.py) whose catalog `lake` is Firn's Glue face."""

    name = "Spark"

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

    def append(self, table: str, columns: dict[str, str], rows: list[tuple]) -> None:
        texts = ["(" + ", ".join(map(spark_literal, columns.values(), row)) + ")" for row in rows]
        self.sql(f"insert into {self.place}.{table} ({', '.join(columns)}) values {', '.join(texts)}")

    def delete(self, table: str, ids: list[int]) -> None:
        self.sql(f"delete from {self.place}.{table} where id in ({', '.join(map(str, ids))})")

    def merge_away(self, table: str, ids: list[int], set_seven: list[int]) -> None:
        """Deletes some rows and sets `n` of others to 7, by one MERGE."""
        source = ", ".join(f"({number}, {str(number in ids).lower()})" for number in ids + set_seven)
        self.sql(f"merge into {self.place}.{table} t using (select * from values {source} as s(id, gone)) s on t.id = s.id "
                 "when matched and s.gone then delete when matched then update set n = 7")

    def compact(self, table: str) -> None:
        name = f"{self.place.removeprefix('lake.')}.{table}"
        self.sql(f"call lake.system.rewrite_data_files(table => '{name}', options => map('rewrite-all', 'true'))")
        self.sql(f"call lake.system.rewrite_manifests('{name}')")

    def read(self, table: str, columns: dict[str, str]) -> list[tuple]:
        return self.sql(f"select {', '.join(columns)} from {self.place}.{table}")

    def ids_where(self, table: str, column: str, kind: str, value) -> list[int]:
        return sorted(row[0] for row in self.sql(f"select id from {self.place}.{table} where {column} = {spark_literal(kind, value)}"))
