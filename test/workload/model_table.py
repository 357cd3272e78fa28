"""What a table should hold: columns with identities, rows in plain dictionaries, predicates in three-valued logic."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import decimal
import random

WORDS = ["", "a", "ab", "abc", "Ωmega", "zebra", "it's", "10%", "under_score", "日本", "x" * 40]
EPOCH = datetime.date(1970, 1, 1)


@dataclasses.dataclass
class Column:
    key: int  # Its identity: a name that is dropped and added again is another column.
    name: str
    type: str


def make_value(chance: random.Random, type_: str):
    if chance.random() < 0.15:
        return None
    if type_ == "int":
        return chance.choice([0, 1, -1, 2**31 - 1, -(2**31), chance.randrange(-50, 50)])
    if type_ == "bigint":
        return chance.choice([0, 2**63 - 1, -(2**63), chance.randrange(-50, 50), chance.randrange(-10**12, 10**12)])
    if type_.startswith("decimal"):
        return decimal.Decimal(chance.randrange(-9_999_999, 9_999_999)).scaleb(-2)
    if type_ in ("float", "double"):
        return chance.choice([0.0, -0.5, 1.25, 1e10, -3.0]) if type_ == "double" else chance.choice([0.0, -0.5, 1.25, 1024.0])
    if type_ == "date":
        return EPOCH + datetime.timedelta(days=chance.randrange(-400, 20_000))
    if type_ == "datetime":
        return datetime.datetime(1969, 12, 31, 23, 59, 59) + datetime.timedelta(
            seconds=chance.randrange(0, 10**9), microseconds=chance.choice([0, 1, 999_999]))
    if type_ == "boolean":
        return chance.random() < 0.5
    return chance.choice(WORDS)


def literal(value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, decimal.Decimal)):
        return repr(value) if isinstance(value, float) else str(value)
    text = value.isoformat(" ") if isinstance(value, datetime.datetime) else str(value)
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def spark_literal(value) -> str:
    """Spark reads backslashes as we do, but joins doubled quotes, and takes no text for a date."""
    if isinstance(value, datetime.datetime):
        return f"timestamp_ntz'{value.isoformat(' ')}'"
    if isinstance(value, datetime.date):
        return f"date'{value}'"
    return "'" + value.replace("'", "\\'") + "'" if isinstance(value, str) else literal(value)


@dataclasses.dataclass
class Predicate:
    """One comparison, or two joined by AND or OR. `holds` is True, False or None (unknown)."""

    op: str
    column: Column | None = None
    values: tuple = ()
    parts: tuple = ()

    def holds(self, row: dict):
        if self.op in ("and", "or"):
            one, two = (part.holds(row) for part in self.parts)
            if self.op == "and":
                return False if one is False or two is False else None if one is None or two is None else True
            return True if one is True or two is True else None if one is None or two is None else False
        value = row.get(self.column.key)
        if self.op == "is null":
            return value is None
        if self.op == "is not null":
            return value is not None
        if value is None:
            return None
        if self.op == "in":
            return value in self.values
        other = self.values[0]
        return {"=": value == other, "!=": value != other, "<": value < other, "<=": value <= other,
                ">": value > other, ">=": value >= other}[self.op]

    def sql(self, literal=literal) -> str:
        if self.op in ("and", "or"):
            return f"({self.parts[0].sql(literal)} {self.op} {self.parts[1].sql(literal)})"
        if self.op.startswith("is"):
            return f"{self.column.name} {self.op}"
        if self.op == "in":
            return f"{self.column.name} in ({', '.join(map(literal, self.values))})"
        return f"{self.column.name} {self.op} {literal(self.values[0])}"

    def pyiceberg(self):
        from pyiceberg import expressions as e

        if self.op in ("and", "or"):
            return (e.And if self.op == "and" else e.Or)(*(part.pyiceberg() for part in self.parts))
        name = self.column.name
        if self.op.startswith("is"):
            return (e.IsNull if self.op == "is null" else e.NotNull)(name)
        values = [value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value for value in self.values]
        if self.op == "in":
            return e.In(name, values)
        return {"=": e.EqualTo, "!=": e.NotEqualTo, "<": e.LessThan, "<=": e.LessThanOrEqual, ">": e.GreaterThan,
                ">=": e.GreaterThanOrEqual}[self.op](name, values[0])


class ModelTable:
    def __init__(self, columns: list[tuple[str, str]]):
        self.columns = [Column(key, name, type_) for key, (name, type_) in enumerate(columns)]
        self.next_key = len(columns)
        self.rows: list[dict] = []
        self.branches: dict[str, list[dict]] = {}
        self.tags: dict[str, list[dict]] = {}

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def kept(self) -> list[dict]:
        return copy.deepcopy(self.rows)

    def shown(self, rows: list[dict] | None = None) -> list[tuple]:
        rows = self.rows if rows is None else rows
        return sorted((tuple(row.get(column.key) for column in self.columns) for row in rows), key=repr)

    def make_row(self, chance: random.Random) -> dict:
        return {column.key: chance.randrange(60) if column.name == "k" else make_value(chance, column.type)
                for column in self.columns}

    def make_predicate(self, chance: random.Random, depth: int = 0) -> Predicate:
        if depth == 0 and chance.random() < 0.4:
            return Predicate(chance.choice(["and", "or"]), parts=(
                self.make_predicate(chance, 1), self.make_predicate(chance, 1)))
        column = self.column("k") if chance.random() < 0.4 else chance.choice(self.columns)
        if column.name != "k" and chance.random() < 0.2:
            return Predicate(chance.choice(["is null", "is not null"]), column)
        known = [row[column.key] for row in self.rows if row.get(column.key) is not None]
        pool = known or [value for value in (make_value(chance, column.type) for _ in range(20)) if value is not None]
        # A float's text is a decimal: comparing for equality says more about text than about tables.
        if column.type in ("float", "double"):
            return Predicate(chance.choice(["<", ">="]), column, (chance.choice(pool),))
        if column.type == "boolean":
            return Predicate("=", column, (chance.choice(pool),))
        if chance.random() < 0.2:
            return Predicate("in", column, tuple(chance.choice(pool) for _ in range(chance.randrange(1, 4))))
        return Predicate(chance.choice(["=", "=", "!=", "<", "<=", ">", ">="]), column, (chance.choice(pool),))
