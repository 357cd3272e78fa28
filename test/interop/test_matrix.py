"""Tables of one engine, read and written on by the others: types, transforms, ways to delete, evolution and format versions.

Two sets of generated cases. Every type alone, made by each engine in each version, appended to by the others. And every pair of
transform and type it takes, each with a version, a way to delete and a step of evolution, so chosen that all pairs of two of these
occur (seeded; the seed is printed and taken back from FIRN_SEED). All three engines must read what was written. What an engine is
known not to do stands in EXCEPTIONS with its reason, must go on failing, and is published with the rest in docs/INTEROP.md, which
this file writes (FIRN_WRITE_DOCUMENTS=1) and compares. CI takes a sample of the second set; the long test takes all of it.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import pathlib
import random

import pytest

from engines import KINDS, DuckDB, Firn, PyIceberg, canonical
from firn_server import run_sql

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs/INTEROP.md"
SAMPLE = 16
ENGINES = ("Firn", "PyIceberg", "DuckDB")

# (engine, act, what) -> why not. Acts: create, append, read, delete.
EXCEPTIONS = {
    ("PyIceberg", "append", "v3"): "PyIceberg 0.12 writes no manifests of v3",
    ("PyIceberg", "append", "truncate[10] of binary"): "PyIceberg 0.12 does not truncate binary",
    ("DuckDB", "delete", "void of int"): "DuckDB does not delete from `void` partitions",
    ("DuckDB", "delete", "void of string"): "DuckDB does not delete from `void` partitions",
    ("Firn", "create", "time"): "StarRocks has no TIME columns; tables that have them are read and written",
    ("Firn", "create", "timestamptz"): "DATETIME makes `timestamp`; columns of tables that have them are read and written",
    ("Firn", "create", "uuid"): "StarRocks has no UUID type; columns of tables that have them are text",
    ("Firn", "create", "fixed"): "StarRocks has no type for it; shown as UNKNOWN_TYPE",
    ("Firn", "append", "fixed"): "StarRocks has no type for it; Firn reads it and refuses to write it",
    ("DuckDB", "create", "fixed"): "DuckDB has no type for it",
    ("DuckDB", "append", "fixed"): "DuckDB writes it as binary of any length, which other readers refuse",
}

TRANSFORMS = {
    "identity": ("boolean", "int", "long", "decimal(9,2)", "date", "timestamp", "string", "binary"),
    "bucket[4]": ("int", "long", "decimal(9,2)", "decimal(38,10)", "date", "timestamp", "timestamptz", "string", "binary", "uuid"),
    "truncate[10]": ("int", "long", "decimal(9,2)", "string", "binary"),
    "year": ("date", "timestamp", "timestamptz"), "month": ("date", "timestamp", "timestamptz"),
    "day": ("date", "timestamp", "timestamptz"), "hour": ("timestamp", "timestamptz"),
    "void": ("int", "string"), "none": ("int",)}
FIRN_TERMS = {"bucket[4]": "bucket({}, 4)", "truncate[10]": "truncate({}, 10)"}
DELETES = ("none", "whole files", "copy-on-write", "position deletes", "deletion vectors", "PyIceberg's", "DuckDB's")
EVOLUTIONS = ("none", "add a column", "rename a column", "drop a column", "widen a column", "move a column", "add a partition field",
              "drop the partition field")
COLUMNS = {"id": "int", "n": "int", "f": "float", "s": "string", "l": "list"}


@dataclasses.dataclass(frozen=True)
class Case:
    maker: str
    version: int
    transform: str
    kind: str
    delete: str
    evolution: str

    def __str__(self) -> str:
        return f"{self.maker} v{self.version}, {self.transform} of {self.kind}, delete: {self.delete}, {self.evolution}"

    def possible(self) -> bool:
        if self.maker == "Firn" and (KINDS[self.kind].firn is None or (
                self.transform == "identity" and self.kind in ("decimal(9,2)", "timestamp")) or self.transform == "void"):
            return False
        if self.maker == "PyIceberg" and self.version == 3:
            return False
        if self.delete == "position deletes" and self.version != 2 or self.delete == "deletion vectors" and self.version != 3:
            return False
        if self.delete == "DuckDB's" and ("DuckDB", "delete", f"{self.transform} of {self.kind}") in EXCEPTIONS:
            return False
        if self.delete == "PyIceberg's" and not self.pyiceberg_writes() or self.delete == "DuckDB's" and self.version != 2:
            return False
        return not (self.evolution == "drop the partition field" and self.transform in ("none", "void"))

    def pyiceberg_writes(self) -> bool:
        return not {("PyIceberg", "append", f"v{self.version}"),
                    ("PyIceberg", "append", f"{self.transform} of {self.kind}")} & set(EXCEPTIONS)

    def pairs(self) -> set:
        fields = dataclasses.astuple(self)
        return set(itertools.combinations(enumerate((fields[0], fields[1], fields[2:4], *fields[4:])), 2))


def cover(seed: int) -> list[Case]:
    """Greedy: of a few random cases the one with the most pairs not seen yet, until nothing new comes; every pair of transform
    and type is among them."""
    chance = random.Random(seed)
    terms = [(transform, kind) for transform, kinds in TRANSFORMS.items() for kind in kinds]
    cases, seen, fruitless = [], set(), 0

    def draw(term) -> Case:
        while True:
            case = Case(chance.choice(ENGINES[:2]), chance.choice((1, 2, 3)), *term, chance.choice(DELETES), chance.choice(EVOLUTIONS))
            if case.possible():
                return case

    for turn in itertools.count():
        best = max((draw(terms[turn] if turn < len(terms) else chance.choice(terms)) for _ in range(30)),
                   key=lambda case: len(case.pairs() - seen))
        fruitless = 0 if best.pairs() - seen else fruitless + 1
        if fruitless > 5 and turn >= len(terms):
            return cases
        seen |= best.pairs()
        cases.append(best)


class Bench:
    def __init__(self, server, account, lake: str):
        self.server, self.account, self.lake = server, account, lake
        self.numbers = itertools.count()
        with server.sql() as connection:
            run_sql(connection, f"create database {lake}.interop")
        self.firn = Firn(server, lake, "interop")
        self.pyiceberg = PyIceberg(account.pyiceberg(), "interop")
        self.duckdb = DuckDB(server, account, "interop")
        self.engines = {engine.name: engine for engine in (self.firn, self.pyiceberg, self.duckdb)}

    def new_table(self) -> str:
        return f"t{next(self.numbers)}"

    def compare(self, table: str, columns: dict[str, str], rows: list[tuple], what: str) -> list[str]:
        kinds = list(columns.values())
        expected = sorted((tuple(map(canonical, kinds, row)) for row in rows), key=repr)
        wrong = []
        for engine in self.engines.values():
            try:
                found = sorted((tuple(map(canonical, kinds, row)) for row in engine.read(table, columns)), key=repr)
                if found != expected:
                    wrong.append(f"{what}: {engine.name} reads {found}, not {expected}")
            except Exception as error:  # Collected: one run tells of all cells.
                wrong.append(f"{what}: {engine.name} fails: {error}")
        return wrong


@pytest.fixture(scope="module")
def bench(server, account, lake):
    return Bench(server, account, lake)


# --- every type -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_in_every_engine_and_version(bench, kind):
    columns, wrong = {"id": "int", "c": kind}, []
    for maker, version in itertools.product(bench.engines.values(), (1, 2, 3)):
        if (maker.name, "create", kind) in EXCEPTIONS or (maker.name, "append", f"v{version}") in EXCEPTIONS:
            continue
        table, rows = bench.new_table(), list(enumerate(KINDS[kind].values))
        maker.create(table, columns, None, version)
        maker.append(table, columns, rows)
        for writer in bench.engines.values():
            if {(writer.name, "append", kind), (writer.name, "append", f"v{version}")} & set(EXCEPTIONS) or writer is maker:
                continue
            more = [(len(rows) + at, value) for at, value in enumerate(KINDS[kind].values)]
            writer.append(table, columns, more)
            rows += more
        wrong += bench.compare(table, columns, rows, f"{kind} by {maker.name} in v{version}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("engine, act, what", EXCEPTIONS)
def test_what_is_said_not_to_work_does_not(bench, engine, act, what):
    """An exception that has become untrue must leave the list, and the document with it."""
    if act == "create":
        assert getattr(KINDS[what], engine.lower()) is None
        return
    table, kind = bench.new_table(), what if what in KINDS else what.rpartition(" of ")[2] if " of " in what else "int"
    version = int(what[1:]) if what in ("v1", "v2", "v3") else 2
    columns, row = {"id": "int", "c": kind}, (1, KINDS[kind].values[0])
    if version == 3:
        bench.firn.create(table, columns, None, version)
    else:
        bench.pyiceberg.create(table, columns, ("c", what.split(" of ")[0]) if " of " in what else None, version)
    try:
        if act == "delete":
            bench.pyiceberg.append(table, columns, [row, (2, row[1])])
            bench.engines[engine].delete(table, [2])
        else:
            bench.engines[engine].append(table, columns, [row])
    except Exception:
        return
    assert bench.compare(table, columns, [row], what), "it works: take it out of EXCEPTIONS"


# --- every transform, with ways to delete and to evolve ---------------------------------------------------------------------


class Run:
    """One case on a table of its own. Rows are kept by id."""

    def __init__(self, bench: Bench, case: Case):
        self.bench, self.case, self.table = bench, case, bench.new_table()
        self.columns = {**COLUMNS, "p": case.kind}
        self.rows: dict[int, dict] = {}

    @property
    def place(self) -> str:
        return f"{self.bench.firn.place}.{self.table}"

    def create(self) -> None:
        case = self.case
        if case.maker == "Firn":
            term = None if case.transform == "none" else FIRN_TERMS.get(case.transform, f"{case.transform}({{}})").format("p")
            if case.transform == "identity":
                term = "p"
            mode = "copy-on-write" if case.delete == "copy-on-write" else "merge-on-read"
            self.bench.firn.create(self.table, self.columns, term, case.version, mode)
            return
        self.bench.pyiceberg.create(self.table, self.columns, None if case.transform == "none" else ("p", case.transform), case.version)
        mode = "copy-on-write" if case.delete == "copy-on-write" else "merge-on-read"
        self.bench.firn.sql(f'alter table {self.place} set ("write.delete.mode" = "{mode}")')

    def append(self, engine, first: int, count: int) -> None:
        if engine.name == "PyIceberg" and not self.case.pyiceberg_writes():
            engine = self.bench.firn
        rows = []
        for id_ in range(first, first + count):
            row = {name: KINDS[kind].values[id_ % len(KINDS[kind].values)] for name, kind in self.columns.items()}
            row["id"] = id_
            self.rows[id_] = row
            rows.append(tuple(row[name] for name in self.columns))
        engine.append(self.table, self.columns, rows)

    def delete(self) -> None:
        kind = self.case.delete
        if kind == "none":
            return
        gone = list(range(10, 20)) if kind == "whole files" else [1, 4, 12, 15]
        engine = self.bench.engines.get(kind.removesuffix("'s"), self.bench.firn)
        engine.delete(self.table, gone)
        for id_ in gone:
            del self.rows[id_]

    def evolve(self) -> None:
        kind, alter = self.case.evolution, f"alter table {self.place} "
        if kind == "add a column":
            self.bench.firn.sql(alter + "add column extra bigint after id")
            self.columns["extra"] = "long"
        elif kind == "rename a column":
            self.bench.firn.sql(alter + "rename column s to renamed")
            self.columns = {"renamed" if name == "s" else name: type_ for name, type_ in self.columns.items()}
            for row in self.rows.values():
                row["renamed"] = row.pop("s")
        elif kind == "drop a column":
            self.bench.firn.sql(alter + "drop column s")
            self.bench.firn.sql(alter + "add column s string")
            for row in self.rows.values():
                row["s"] = None
        elif kind == "widen a column":
            self.bench.firn.sql(alter + "modify column n bigint, modify column f double")
            self.columns |= {"n": "long", "f": "double"}
        elif kind == "move a column":
            with self.bench.pyiceberg.load(self.table).update_schema() as update:
                update.move_first("s")
        elif kind == "add a partition field":
            self.bench.firn.sql(alter + "add partition column bucket(id, 3)")
        elif kind == "drop the partition field":
            field = self.bench.pyiceberg.load(self.table).spec().fields[0].name
            with self.bench.pyiceberg.load(self.table).update_spec() as update:
                update.remove_field(field)

    def play(self) -> list[str]:
        try:
            self.create()
            self.append(self.bench.engines[self.case.maker], 0, 10)
            self.append(self.bench.pyiceberg if self.case.maker == "Firn" else self.bench.firn, 10, 10)
            self.delete()
            self.evolve()
            self.append(self.bench.firn, 20, 6)
        except Exception as error:  # Collected: one run tells of all cases.
            return [f"{self.case}: {type(error).__name__}: {error}"]
        rows = [tuple(row.get(name) for name in self.columns) for row in self.rows.values()]
        return self.bench.compare(self.table, self.columns, rows, str(self.case))


def play_all(bench: Bench, cases: list[Case]) -> None:
    wrong = [problem for case in cases for problem in Run(bench, case).play()]
    print(f"{len(cases)} cases, {len(wrong)} problems")
    assert not wrong, "\n".join(wrong)


def draw_seed() -> int:
    seed = int(os.environ.get("FIRN_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}")
    return seed


def test_a_sample_of_the_cover(bench):
    seed = draw_seed()
    play_all(bench, random.Random(seed).sample(cover(seed), SAMPLE))


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_whole_cover(bench):
    play_all(bench, cover(draw_seed()))


# --- the document -----------------------------------------------------------------------------------------------------------


def document() -> str:
    notes: list[str] = []

    def cell(engine: str, act: str, what: str) -> str:
        reason = EXCEPTIONS.get((engine, act, what))
        if reason is None:
            return "yes"
        if reason not in notes:
            notes.append(reason)
        return f"no ({notes.index(reason) + 1})"

    acts = [(engine, act) for engine in ENGINES for act in ("create", "append", "read")]
    head = "| | " + " | ".join(f"{engine} {act}s" for engine, act in acts) + " |\n|---|" + "---|" * len(acts)
    types = [f"| {kind} | " + " | ".join(cell(engine, act, kind) for engine, act in acts) + " |" for kind in KINDS]
    versions = [f"| v{version} | " + " | ".join(cell(engine, act, f"v{version}") for engine, act in acts) + " |" for version in (1, 2, 3)]
    terms = [f"| {transform} | {', '.join(kinds)} | " + "; ".join(dict.fromkeys(
        reason for (_, _, what), reason in EXCEPTIONS.items() if what.startswith(f"{transform} of "))) + " |"
        for transform, kinds in TRANSFORMS.items() if transform != "none"]
    notes_text = [f"{number}. {note}." for number, note in enumerate(notes, 1)]
    return "\n".join([
        "# Which engine reads and writes what", "",
        "Made by `test/interop/test_matrix.py`, which tries every cell: a `yes` that fails and a `no` that works fail the test.",
        "*Creates*: makes a table that has it; *appends*: adds rows to a table that another engine made; *reads*: equal rows.", "",
        "## Types, in every format version", "", head, *types, "", "## Format versions", "", head, *versions, "", *notes_text, "",
        "## Transforms", "",
        "Each with the types below, in tables that Firn or PyIceberg made, appended to by the other, and read by all three. Firn makes",
        "no identity partitions of decimals and times of day (StarRocks' rule) and no `void` ones; it writes into those of others.", "",
        "| transform | types | but |", "|---|---|---|", *terms, "",
        "## Deletes and evolution", "",
        "Crossed with the transforms so that every two meet: " + ", ".join(DELETES[1:]) + ";", "",
        ", ".join(EVOLUTIONS[1:]) + ".", "",
        "Equality deletes are read by Firn; none of the three engines writes them. Spark and Trino have tests of their own",
        "(`test/jvm`).", ""])


def test_the_document_is_current():
    if os.environ.get("FIRN_WRITE_DOCUMENTS"):
        DOCUMENT.write_text(document())
    assert DOCUMENT.read_text() == document(), "run this test with FIRN_WRITE_DOCUMENTS=1"
