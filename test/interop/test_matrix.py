"""Tables of one engine, read and written on by the others: types, transforms, ways to delete, evolution and format versions.

Two sets of generated cases. Every type alone, made by each engine in each version, appended to by the others. And every pair of
transform and type it takes, each with a version, a way to delete and a step of evolution, so chosen that all pairs of two of these
occur (seeded; the seed is printed and taken back from FIRN_SEED). All engines must read what was written. What an engine is
known not to do stands in EXCEPTIONS with its reason, must go on failing, and is published with the rest in docs/INTEROP.md, which
this file writes (FIRN_WRITE_DOCUMENTS=1) and compares. CI takes a sample of the second set; the long test takes all of it.
Here Firn, PyIceberg and DuckDB play; test/jvm/test_jvm_matrix.py plays the same cases with Spark, then with Trino.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import pathlib
import random
import time

import pytest

from engines import KINDS, DuckDB, Firn, PyIceberg, canonical
from jvm_engines import SPARK_TYPES, TRINO_TYPES
from firn_server import run_sql

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs/INTEROP.md"
SAMPLE = 16
ENGINES = ("Firn", "PyIceberg", "DuckDB")
JVM_ENGINES = ("Spark", "Trino")

# (engine, act, what) -> why not. Acts: create, append, read, delete, look up.
EXCEPTIONS = {
    ("PyIceberg", "append", "v3"): "PyIceberg 0.12 writes no manifests of v3",
    ("PyIceberg", "append", "truncate[10] of binary"): "PyIceberg 0.12 does not truncate binary",
    ("DuckDB", "append", "v1"): "DuckDB lists the manifests of others in v1 with no files, which Spark then skips, and drops at its next commit",
    ("DuckDB", "delete", "void of int"): "DuckDB does not delete from `void` partitions",
    ("DuckDB", "delete", "void of string"): "DuckDB does not delete from `void` partitions",
    ("Firn", "create", "time"): "StarRocks has no TIME columns; tables that have them are read and written",
    ("Firn", "create", "timestamptz"): "DATETIME makes `timestamp`; columns of tables that have them are read and written",
    ("Firn", "create", "uuid"): "StarRocks has no UUID type; columns of tables that have them are text",
    ("Firn", "create", "fixed"): "StarRocks has no type for it; shown as UNKNOWN_TYPE",
    ("Firn", "append", "fixed"): "StarRocks has no type for it; Firn reads it and refuses to write it",
    ("DuckDB", "create", "fixed"): "DuckDB has no type for it",
    ("DuckDB", "append", "fixed"): "DuckDB writes it as binary of any length, which other readers refuse",
    ("Spark", "create", "time"): "Spark does not support time fields",
    ("Spark", "append", "time"): "Spark does not support time fields",
    ("Spark", "read", "time"): "Spark does not support time fields",
    ("Spark", "look up", "bucket[4] of uuid"): "Spark (Iceberg 1.10) compares UUIDs as signed numbers, and skips files by their bounds",
    ("Spark", "create", "uuid"): "Spark has no UUID type; columns of tables that have them are text",
    ("Spark", "create", "fixed"): "Spark has no type for it; columns of tables that have them are binary",
    ("Trino", "create", "fixed"): "Trino has no type for it; columns of tables that have them are varbinary",
    ("Trino", "create", "v3"): "Trino 476: format_version must be between 1 and 2",
    ("Trino", "append", "truncate[10] of int"): "Trino refuses the smallest int: Value -2147483650 is less than MIN_INT (others wrap around)",
    ("Trino", "delete", "v1"): "Trino: Iceberg table updates require at least format version 2",
    ("Trino", "delete", "v3"): "Trino 476: Must use DVs for position deletes in V3",
    ("Trino", "delete", "void of int"): "Trino deletes nothing from `void` partitions: No partition data for partitioned table",
    ("Trino", "delete", "void of string"): "Trino deletes nothing from `void` partitions: No partition data for partitioned table",
    ("Trino", "read", "v3 with deletion vectors"): "Trino 476: Unexpected PUFFIN file format",
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
JVM_DELETES = {"Spark": ("Spark's copy-on-write", "Spark's merge-on-read", "Spark's MERGE", "Spark's compaction"),
               "Trino": ("Trino's merge-on-read", "Trino's MERGE", "Trino's compaction")}
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
        if self.maker == "Spark" and (self.kind not in SPARK_TYPES or self.transform == "void"):
            return False
        if self.maker == "Trino" and (self.kind not in TRINO_TYPES or self.version == 3 or self.evolution == "move a column"):
            return False
        if self.delete in JVM_DELETES["Trino"] and not (self.does("Trino", "delete") and self.does("Trino", "append")):
            return False
        if self.maker == "PyIceberg" and self.version == 3:
            return False
        if self.version == 1 and self.delete in JVM_DELETES["Spark"][1:]:
            return False
        if self.delete == "position deletes" and self.version != 2 or self.delete == "deletion vectors" and self.version != 3:
            return False
        if self.delete == "DuckDB's" and not self.does("DuckDB", "delete"):
            return False
        if self.delete == "PyIceberg's" and not self.does("PyIceberg", "append") or self.delete == "DuckDB's" and self.version != 2:
            return False
        return not (self.evolution == "drop the partition field" and self.transform in ("none", "void"))

    def does(self, engine: str, act: str) -> bool:
        return not {(engine, act, f"v{self.version}"), (engine, act, f"{self.transform} of {self.kind}")} & set(EXCEPTIONS)

    def pairs(self) -> set:
        fields = dataclasses.astuple(self)
        return set(itertools.combinations(enumerate((fields[0], fields[1], fields[2:4], *fields[4:])), 2))


def cover(seed: int, makers: tuple = ENGINES[:2], deletes: tuple = DELETES, versions: tuple = (1, 2, 3)) -> list[Case]:
    """Greedy: of a few random cases the one with the most pairs not seen yet, until nothing new comes; every pair of transform
    and type is among them."""
    chance = random.Random(seed)
    terms = [(transform, kind) for transform, kinds in TRANSFORMS.items() for kind in kinds]
    cases, seen, fruitless = [], set(), 0

    def draw(term) -> Case:
        while True:
            case = Case(chance.choice(makers), chance.choice(versions), *term, chance.choice(deletes), chance.choice(EVOLUTIONS))
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
    """The engines side by side over one namespace; `jvm` is one more, made for that namespace."""

    jvm = None

    def __init__(self, server, account, lake: str, space: str = "interop", jvm=None):
        self.numbers = itertools.count()
        with server.sql() as connection:
            run_sql(connection, f"create database {lake}.{space}")
        self.firn = Firn(server, lake, space)
        self.pyiceberg = PyIceberg(account.pyiceberg(), space)
        self.duckdb = DuckDB(server, account, space)
        self.jvm = jvm
        self.engines = {engine.name: engine for engine in (self.firn, self.pyiceberg, self.duckdb, jvm) if engine}

    def new_table(self) -> str:
        return f"t{next(self.numbers)}"

    def compare(self, table: str, columns: dict[str, str], rows: list[tuple], version: int, what: str) -> list[str]:
        kinds = list(columns.values())
        expected = sorted((tuple(map(canonical, kinds, row)) for row in rows), key=repr)
        wrong = []
        for engine in self.engines.values():
            if any((engine.name, "read", feature) in EXCEPTIONS for feature in (*kinds, f"v{version}")):
                continue
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


def type_problems(bench: Bench, kind: str) -> list[str]:
    """Every engine makes a table in every version, each of the others appends, all read."""
    columns, wrong = {"id": "int", "c": kind}, []
    for maker, version in itertools.product(bench.engines.values(), (1, 2, 3)):
        if {(maker.name, "create", kind), (maker.name, "create", f"v{version}")} & set(EXCEPTIONS):
            continue
        table, rows = bench.new_table(), []
        maker.create(table, columns, None, version)
        for writer in (maker, *(engine for engine in bench.engines.values() if engine is not maker)):
            if {(writer.name, "append", kind), (writer.name, "append", f"v{version}")} & set(EXCEPTIONS):
                continue
            more = [(len(rows) + at, value) for at, value in enumerate(KINDS[kind].values)]
            writer.append(table, columns, more)
            rows += more
        wrong += bench.compare(table, columns, rows, version, f"{kind} by {maker.name} in v{version}")
    return wrong


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_in_every_engine_and_version(bench, kind):
    wrong = type_problems(bench, kind)
    assert not wrong, "\n".join(wrong)


def has_type(engine: str, kind: str) -> bool:
    theirs = {"Spark": SPARK_TYPES, "Trino": TRINO_TYPES}.get(engine)
    return kind in theirs if theirs else getattr(KINDS[kind], engine.lower()) is not None


def works(bench: Bench, engine, act: str, table: str, columns: dict[str, str], version: int) -> bool:
    """The act on an empty table; what it leaves is read by all, and what others wrote is still listed."""
    rows = [(1, KINDS[columns["c"]].values[0]), (2, KINDS[columns["c"]].values[-1])]
    if act != "append":
        (bench.firn if version == 3 else bench.pyiceberg).append(table, columns, rows)
    elif version == 1:
        bench.pyiceberg.append(table, columns, rows[1:])
    if act == "look up":
        return engine.ids_where(table, "c", columns["c"], rows[1][1]) == [2]
    if act == "read":
        if version == 3:
            bench.firn.delete(table, [2])
        return bool(engine.read(table, columns))
    if act == "delete":
        engine.delete(table, [2])
    else:
        engine.append(table, columns, rows[:1])
    left = rows if version == 1 else rows[:1]
    loaded = bench.pyiceberg.load(table)
    listed = loaded.current_snapshot().manifests(loaded.io)
    return not bench.compare(table, columns, left, version, act) and all(
        entry.added_files_count + entry.existing_files_count for entry in listed)


def try_exception(bench: Bench, engine: str, act: str, what: str) -> None:
    """Passes when the engine does not do it."""
    if act == "create" and what in KINDS:
        assert not has_type(engine, what)
        return
    if act == "create":
        with pytest.raises(Exception, match="version"):
            bench.engines[engine].create(bench.new_table(), COLUMNS, None, int(what[1:]))
        return
    table, kind = bench.new_table(), what if what in KINDS else what.rpartition(" of ")[2] if " of " in what else "int"
    version = int(what[1]) if what[:2] in ("v1", "v2", "v3") else 2
    columns = {"id": "int", "c": kind}
    if version == 3:
        bench.firn.create(table, columns, None, version)
    else:
        bench.pyiceberg.create(table, columns, ("c", what.split(" of ")[0]) if " of " in what else None, version)
    try:
        done = works(bench, bench.engines[engine], act, table, columns, version)
    except Exception:
        return
    assert not done, "it works: take it out of EXCEPTIONS"


@pytest.mark.parametrize("engine, act, what", [key for key in EXCEPTIONS if key[0] in ENGINES])
def test_what_is_said_not_to_work_does_not(bench, engine, act, what):
    """An exception that has become untrue must leave the list, and the document with it."""
    try_exception(bench, engine, act, what)


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
        mode = "copy-on-write" if case.version == 1 or case.delete.endswith("copy-on-write") else "merge-on-read"
        if case.maker == "Firn":
            term = None if case.transform == "none" else FIRN_TERMS.get(case.transform, f"{case.transform}({{}})").format("p")
            if case.transform == "identity":
                term = "p"
            self.bench.firn.create(self.table, self.columns, term, case.version, mode)
            return
        term = None if case.transform == "none" else ("p", case.transform)
        self.bench.engines[case.maker].create(self.table, self.columns, term, case.version)
        modes = ", ".join(f'"write.{act}.mode" = "{mode}"' for act in ("delete", "update", "merge"))
        self.bench.firn.sql(f"alter table {self.place} set ({modes})")

    def append(self, engine, first: int, count: int) -> None:
        if not self.case.does(engine.name, "append"):
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
        if kind.endswith("'s MERGE"):
            self.bench.jvm.merge_away(self.table, gone, [2, 13])
            for id_ in (2, 13):
                self.rows[id_]["n"] = 7
        else:
            by = kind.partition("'s")[0]
            self.bench.engines.get(by, self.bench.firn).delete(self.table, gone)
        if kind.endswith("'s compaction"):
            self.bench.jvm.compact(self.table)
        self.forget(gone)

    def forget(self, gone: list[int]) -> None:
        for id_ in gone:
            del self.rows[id_]

    def delete_once_more(self) -> None:
        """From the files that the first delete touched, by the other engine."""
        name = self.bench.jvm.name
        engine = self.bench.firn if self.case.delete in JVM_DELETES[name] or not self.case.does(name, "delete") else self.bench.jvm
        gone = [id_ for id_ in (3, 14, 21) if id_ in self.rows]
        engine.delete(self.table, gone)
        self.forget(gone)

    def evolve(self) -> None:
        if self.case.maker in JVM_ENGINES:
            return self.evolve_by_jvm()
        kind, alter = self.case.evolution, f"alter table {self.place} "
        if kind == "add a column":
            self.bench.firn.sql(alter + "add column extra bigint after id")
            self.columns["extra"] = "long"
        elif kind == "rename a column":
            self.bench.firn.sql(alter + "rename column s to renamed")
            self.rename("s", "renamed")
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

    def evolve_by_jvm(self) -> None:
        kind = self.case.evolution
        self.bench.jvm.evolve(self.table, kind, self.case.transform)
        if kind == "add a column":
            self.columns["extra"] = "long"
        elif kind == "rename a column":
            self.rename("s", "renamed")
        elif kind == "drop a column":
            for row in self.rows.values():
                row["s"] = None
        elif kind == "widen a column":
            self.columns |= {"n": "long", "f": "double"}

    def rename(self, old: str, new: str) -> None:
        self.columns = {new if name == old else name: kind for name, kind in self.columns.items()}
        for row in self.rows.values():
            row[new] = row.pop(old)

    def play(self) -> list[str]:
        firn, jvm, second = self.bench.firn, self.bench.jvm, self.bench.pyiceberg
        try:
            self.create()
            self.append(self.bench.engines[self.case.maker], 0, 10)
            self.append(firn if self.case.maker != "Firn" else jvm or second, 10, 10)
            self.delete()
            self.evolve()
            self.append(firn, 20, 6)
            if jvm:
                self.append(jvm, 26, 4)
                self.delete_once_more()
        except Exception as error:  # Collected: one run tells of all cases.
            return [f"{self.case}: {type(error).__name__}: {error}"]
        rows = [tuple(row.get(name) for name in self.columns) for row in self.rows.values()]
        problems = self.bench.compare(self.table, self.columns, rows, self.case.version, str(self.case))
        return problems + [problem for engine in (firn, jvm) if engine for problem in self.look_up(engine)]

    def look_up(self, engine) -> list[str]:
        """By a value of the partition column: files that a wrong partition value or bound hides are missed here alone."""
        if not self.case.does(engine.name, "look up"):
            return []
        value = KINDS[self.case.kind].values[-1]
        expected = sorted(id_ for id_, row in self.rows.items() if row["p"] == value)
        try:
            found = engine.ids_where(self.table, "p", self.case.kind, value)
        except Exception as error:  # Collected: one run tells of all cases.
            return [f"{self.case}: {engine.name} looks up {value}: {error}"]
        return [] if found == expected else [f"{self.case}: {engine.name} finds {found} by {value!r}, not {expected}"]


def play_all(bench: Bench, cases: list[Case]) -> None:
    wrong = []
    for case in cases:
        began = time.monotonic()
        problems = Run(bench, case).play()
        print(f"{'wrong' if problems else 'right'} in {time.monotonic() - began:.1f} s: {case}", *problems, sep="\n  ")
        wrong += problems
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

    acts = [(engine, act) for engine in ENGINES + JVM_ENGINES for act in ("create", "append", "read")]
    head = "| | " + " | ".join(f"{engine} {act}s" for engine, act in acts) + " |\n|---|" + "---|" * len(acts)
    types = [f"| {kind} | " + " | ".join(cell(engine, act, kind) for engine, act in acts) + " |" for kind in KINDS]
    versions = [f"| v{version} | " + " | ".join(cell(engine, act, f"v{version}") for engine, act in acts) + " |" for version in (1, 2, 3)]
    terms = [f"| {transform} | {', '.join(kinds)} | " + "; ".join(dict.fromkeys(
        reason for (_, _, what), reason in EXCEPTIONS.items() if what.startswith(f"{transform} of "))) + " |"
        for transform, kinds in TRANSFORMS.items() if transform != "none"]
    notes_text = [f"{number}. {note}." for number, note in enumerate(notes, 1)]
    return "\n".join([
        "# Which engine reads and writes what", "",
        "Made by `test/interop/test_matrix.py`, which tries every cell: a `yes` that fails and a `no` that works fail the test. The",
        "cells of Spark (3.5, Iceberg 1.10) and Trino (476) are tried by `test/jvm/test_jvm_matrix.py`.",
        "*Creates*: makes a table that has it; *appends*: adds rows to a table that another engine made; *reads*: equal rows.", "",
        "## Types, in every format version", "", head, *types, "", "## Format versions", "", head, *versions, "", *notes_text, "",
        "## Transforms", "",
        "Each with the types below, in tables that Firn, PyIceberg, Spark or Trino made, appended to by others, and read by all; Firn,",
        "Spark and Trino look rows up by the partition column too. Firn makes no identity partitions of decimals and times of day",
        "(StarRocks' rule); neither Firn nor Spark makes `void` ones; they write into those of others. Trino plays in v1 and v2.", "",
        "| transform | types | but |", "|---|---|---|", *terms, "",
        "## Deletes and evolution", "",
        "Crossed with the transforms so that every two meet: " + ", ".join(DELETES[1:] + JVM_DELETES["Spark"] + JVM_DELETES["Trino"]) + ";", "",
        ", ".join(EVOLUTIONS[1:]) + ".", "",
        *(f"- {engine} does not {act} {'from ' if act == 'delete' else ''}{what}: {reason.removeprefix(f'{engine}: ')}."
          for (engine, act, what), reason in EXCEPTIONS.items() if what[:2] in ("v1", "v2", "v3") and (act == "delete" or " " in what)), "",
        "Equality deletes are read by Firn; none of these engines writes them.", ""])


def test_the_document_is_current():
    if os.environ.get("FIRN_WRITE_DOCUMENTS"):
        DOCUMENT.write_text(document())
    assert DOCUMENT.read_text() == document(), "run this test with FIRN_WRITE_DOCUMENTS=1"
