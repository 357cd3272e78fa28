"""Random statements by Firn and PyIceberg in turn, on tables of every format version, against a model in memory.

test/jvm/test_spark_workload.py lets Spark take turns too. After each step the engines must read what the model holds; every so often branches, tags and older snapshots are read again.
A run prints its seed. FIRN_SEED and FIRN_STEPS replay it; FIRN_SKIP=3,7 leaves steps out, and a run that fails says which steps
can be left out (each step draws from a generator of its own, so that the others stay as they were). CI makes 100 steps, the long
test 1,000 (about five minutes).
"""

from __future__ import annotations

import collections
import copy
import os
import random

import pyarrow
import pytest
from pyiceberg.types import DateType, LongType, StringType

from firn_server import run_sql
from model_table import Column, ModelTable, literal, make_value, spark_literal

COLUMNS = [("k", "bigint"), ("p", "int"), ("s", "varchar(100)"), ("d", "date"), ("x", "decimal(9,2)"), ("i", "int"),
           ("f", "float"), ("ts", "datetime"), ("b", "boolean")]
PARTITIONS = {"plain": "", "identity": "partition by (p)", "transforms": "partition by (bucket(k, 4), month(d))"}
# PyIceberg writes no table with two transforms on one column.
SPEC_TERMS = ["truncate(s, 1)", "truncate(i, 10)", "day(ts)", "p", "b"]
SPARK_TERMS = {"truncate(s, 1)": "truncate(1, s)", "truncate(i, 10)": "truncate(10, i)", "day(ts)": "days(ts)", "p": "p", "b": "b"}
ROWS_MAX = 150
ARROW = {"bigint": pyarrow.int64(), "int": pyarrow.int32(), "float": pyarrow.float32(), "double": pyarrow.float64(),
         "date": pyarrow.date32(), "datetime": pyarrow.timestamp("us"), "boolean": pyarrow.bool_()}


def arrow_type(type_: str):
    if type_.startswith("decimal"):
        precision, scale = type_[8:-1].split(",")
        return pyarrow.decimal128(int(precision), int(scale))
    return ARROW.get(type_, pyarrow.string())


class Unable(Exception):
    """The step does not apply to the table as it is; another is drawn."""


class Table:
    """One table in the catalog and its model; every method named do_… is a step."""

    def __init__(self, world: "World", name: str, version: int, layout: str):
        self.world, self.name, self.version, self.layout = world, f"{world.database}.{name}", version, layout
        self.model = ModelTable(COLUMNS)
        self.identifier = (world.space, name)
        self.snapshots: dict[int, list] = {}
        self.spec_terms: set[str] = set()
        self.refs = 0
        columns = ", ".join(f"{column} {type_}" for column, type_ in COLUMNS)
        mode = world.chance.choice(["merge-on-read", "copy-on-write"])
        if version == 1 and world.spark:
            mode = "copy-on-write"  # Spark refuses to merge on read in v1, where Firn rewrites files whatever the mode says.
        properties = {"format-version": version, "write.delete.mode": mode, "write.update.mode": mode, "write.merge.mode": mode}
        self.label = f"{name} (v{version}, {layout}, {mode})"
        self.sql(f"create table {self.name} ({columns}) {PARTITIONS[layout]} properties ("
                 + ", ".join(f'"{key}" = "{value}"' for key, value in properties.items()) + ")")

    def sql(self, statement: str) -> list[tuple]:
        self.world.said.append(statement)
        return run_sql(self.world.connection, statement)

    def theirs(self):
        return self.world.catalog.load_table(self.identifier)

    # --- Firn's steps --------------------------------------------------------------------------------------------------

    def values(self, chance, count: int) -> tuple[list[dict], str]:
        rows = [self.model.make_row(chance) for _ in range(count)]
        texts = ["(" + ", ".join(literal(row[column.key]) for column in self.model.columns) + ")" for row in rows]
        return rows, ", ".join(texts)

    def do_insert(self, chance):
        rows, text = self.values(chance, chance.randrange(1, 12))
        self.sql(f"insert into {self.name} values {text}")
        self.model.rows += rows

    def do_insert_some_columns(self, chance):
        chosen = [column for column in self.model.columns if column.name == "k" or chance.random() < 0.4]
        row = {column.key: value for column, value in ((c, self.model.make_row(chance)[c.key]) for c in chosen)}
        self.sql(f"insert into {self.name} ({', '.join(c.name for c in chosen)}) values "
                 f"({', '.join(literal(row[c.key]) for c in chosen)})")
        self.model.rows.append(row)

    def do_insert_select(self, chance):
        if len(self.model.rows) > ROWS_MAX:
            raise Unable
        where = self.model.make_predicate(chance)
        names = ", ".join("k + 100" if name == "k" else name for name in self.model.names())
        self.sql(f"insert into {self.name} select {names} from {self.name} where {where.sql()}")
        key = self.model.column("k").key
        self.model.rows += [{**row, key: row[key] + 100} for row in self.model.rows if where.holds(row)]

    def do_delete(self, chance):
        where = self.model.make_predicate(chance)
        self.sql(f"delete from {self.name} where {where.sql()}")
        self.model.rows = [row for row in self.model.rows if not where.holds(row)]

    def do_update(self, chance):
        where = self.model.make_predicate(chance)
        chosen = chance.sample(self.model.columns, chance.randrange(1, 3))
        new = {column.key: chance.randrange(60) if column.name == "k" else make_value(chance, column.type) for column in chosen}
        sets = ", ".join(f"{column.name} = {literal(new[column.key])}" for column in chosen)
        self.sql(f"update {self.name} set {sets} where {where.sql()}")
        for row in self.model.rows:
            if where.holds(row):
                row.update(new)

    def do_merge(self, chance):
        source = {number: make_value(chance, "varchar") for number in chance.sample(range(70), chance.randrange(1, 8))}
        names = self.model.names()
        if "s" not in names:
            raise Unable
        using = " union all ".join(f"select {number} as k, cast({literal(text)} as string) as s" for number, text in source.items())
        delete = chance.random() < 0.4
        matched = "when matched and n.s is null then delete when matched then update set s = n.s" if delete else (
            "when matched then update set s = concat(n.s, '!')")
        self.sql(f"merge into {self.name} as t using ({using}) as n on t.k = n.k {matched} "
                 "when not matched then insert (k, s) values (n.k, n.s)")
        k, s = self.model.column("k").key, self.model.column("s").key
        there = {row[k] for row in self.model.rows}
        kept = []
        for row in self.model.rows:
            if row[k] in source:
                text = source[row[k]]
                if delete and text is None:
                    continue
                row[s] = text if delete or text is None else text + "!"
            kept.append(row)
        self.model.rows = kept + [{k: number, s: text} for number, text in source.items() if number not in there]

    def do_overwrite(self, chance):
        if self.layout == "identity" and not self.spec_terms and "p" in self.model.names():
            rows, text = self.values(chance, chance.randrange(1, 4))
            p = self.model.column("p").key
            replaced = {row[p] for row in rows}
            kept = [row for row in self.model.rows if row.get(p) not in replaced]
        elif self.layout == "plain" and not self.spec_terms and chance.random() < 0.3:
            rows, text = self.values(chance, chance.randrange(20, 40))
            kept = []
        else:
            raise Unable
        self.sql(f"insert overwrite {self.name} values {text}")
        self.model.rows = kept + rows

    def do_truncate(self, chance):
        if chance.random() > 0.1:
            raise Unable
        self.sql(f"truncate table {self.name}")
        self.model.rows = []

    def do_compact(self, chance):
        self.sql(f'alter table {self.name} execute rewrite_data_files("rewrite_all" = {chance.choice(["true", "false"])})')

    def do_rewrite_manifests(self, chance):
        self.sql(f"alter table {self.name} execute rewrite_manifests()")

    def do_expire(self, chance):
        self.sql(f"alter table {self.name} execute expire_snapshots(older_than = '2100-01-01 00:00:00', "
                 f"retain_last = {chance.randrange(1, 4)})")
        alive = {row[0] for row in self.sql(f"select snapshot_id from {self.name}$snapshots")}
        self.snapshots = {number: rows for number, rows in self.snapshots.items() if number in alive}

    def do_add_column(self, chance):
        name = chance.choice(["c1", "c2", "c3", "s", "i", "f", "x"])
        if name in self.model.names():
            raise Unable
        type_ = chance.choice(["int", "bigint", "varchar(100)", "date", "double", "datetime", "boolean", "decimal(9,2)"])
        after = chance.choice(self.model.columns)
        if chance.random() < 0.5:
            self.sql(f"alter table {self.name} add column {name} {type_} after {after.name}")
            at = self.model.columns.index(after) + 1
        else:
            self.sql(f"alter table {self.name} add column {name} {type_}")
            at = len(self.model.columns)
        self.model.columns.insert(at, Column(self.model.next_key, name, type_))
        self.model.next_key += 1

    def free_column(self, chance) -> Column:
        """One that no partition, past or present, stands on."""
        free = [column for column in self.model.columns if column.name in ("c1", "c2", "c3", "f", "x")]
        if not free:
            raise Unable
        return chance.choice(free)

    def do_drop_column(self, chance):
        column = self.free_column(chance)
        self.sql(f"alter table {self.name} drop column {column.name}")
        self.model.columns.remove(column)

    def do_rename_column(self, chance):
        column = self.free_column(chance)
        name = chance.choice(["c1", "c2", "c3", "f", "x"])
        if name in self.model.names():
            raise Unable
        self.sql(f"alter table {self.name} rename column {column.name} to {name}")
        column.name = name

    def do_promote(self, chance):
        column = self.free_column(chance)
        wider = {"int": "bigint", "float": "double", "decimal(9,2)": "decimal(20,2)"}.get(column.type)
        if wider is None:
            raise Unable
        self.sql(f"alter table {self.name} modify column {column.name} {wider}")
        column.type = wider

    def do_evolve_spec(self, chance):
        term = chance.choice(SPEC_TERMS)
        if self.layout.startswith("identity") and term == "p" or any(
                name not in self.model.names() for name in ("s", "p", "b", "i")):
            raise Unable
        verb = "drop" if term in self.spec_terms else "add"
        self.sql(f"alter table {self.name} {verb} partition column {term}")
        self.spec_terms ^= {term}
        self.layout = "evolved" if self.layout == "plain" else self.layout
        self.layout = "identity and more" if self.layout == "identity" else self.layout

    def do_branch(self, chance):
        if not self.model.rows or not self.snapshots:
            raise Unable
        self.refs += 1
        if chance.random() < 0.5:
            self.sql(f"alter table {self.name} create tag tag{self.refs}")
            self.model.tags[f"tag{self.refs}"] = self.model.kept()
            return
        branch = f"branch{self.refs}"
        self.sql(f"alter table {self.name} create branch {branch}")
        rows, text = self.values(chance, 2)
        self.sql(f"insert into {self.name} for version as of {branch} values {text}")
        self.model.branches[branch] = self.model.kept() + rows
        if chance.random() < 0.5:
            self.sql(f"alter table {self.name} execute fast_forward('main', '{branch}')")
            self.model.rows = copy.deepcopy(self.model.branches[branch])

    def do_drop_ref(self, chance):
        for kind, refs in (("branch", self.model.branches), ("tag", self.model.tags)):
            if refs:
                name = chance.choice(sorted(refs))
                self.sql(f"alter table {self.name} drop {kind} {name}")
                del refs[name]
                return
        raise Unable

    def do_rollback(self, chance):
        if len(self.snapshots) < 2 or chance.random() < 0.5:
            raise Unable
        heads = self.ancestors()
        known = [number for number in self.snapshots if number in heads]
        if not known:
            raise Unable
        number = chance.choice(known)
        self.sql(f"alter table {self.name} execute rollback_to_snapshot({number})")
        self.model.rows = copy.deepcopy(self.snapshots[number])

    # --- PyIceberg's steps ---------------------------------------------------------------------------------------------

    def arrow(self, rows: list[dict]):
        return pyarrow.table({column.name: pyarrow.array([row.get(column.key) for row in rows], arrow_type(column.type))
                              for column in self.model.columns})

    def do_their_append(self, chance):
        rows = [self.model.make_row(chance) for _ in range(chance.randrange(1, 12))]
        self.world.said.append(f"-- PyIceberg appends {len(rows)} rows to {self.name}")
        self.theirs().append(self.arrow(rows))
        self.model.rows += rows

    def their_predicate(self, chance):
        where = self.model.make_predicate(chance)
        # To Iceberg's expressions NULL differs from 7, and of `p = 0 OR k > 56` PyIceberg 0.12 keeps rows whose p is NULL.
        if "!=" in (where.op, *(part.op for part in where.parts)) or where.op == "or":
            raise Unable
        return where

    def do_their_delete(self, chance):
        where = self.their_predicate(chance)
        self.world.said.append(f"-- PyIceberg deletes from {self.name} where {where.sql()}")
        self.theirs().delete(where.pyiceberg())
        self.model.rows = [row for row in self.model.rows if not where.holds(row)]

    def do_their_overwrite(self, chance):
        where = self.their_predicate(chance)
        rows = [self.model.make_row(chance) for _ in range(chance.randrange(1, 6))]
        self.world.said.append(f"-- PyIceberg overwrites {self.name} where {where.sql()} with {len(rows)} rows")
        self.theirs().overwrite(self.arrow(rows), overwrite_filter=where.pyiceberg())
        self.model.rows = [row for row in self.model.rows if not where.holds(row)] + rows

    def do_their_schema(self, chance):
        name = chance.choice(["c1", "c2", "c3"])
        if name in self.model.names():
            column = self.model.column(name)
            self.world.said.append(f"-- PyIceberg drops {name} of {self.name}")
            with self.theirs().update_schema() as update:
                update.delete_column(name)
            self.model.columns.remove(column)
            return
        type_, field = chance.choice([("bigint", LongType()), ("varchar(100)", StringType()), ("date", DateType())])
        self.world.said.append(f"-- PyIceberg adds {name} {type_} to {self.name}")
        with self.theirs().update_schema() as update:
            update.add_column(name, field)
        self.model.columns.append(Column(self.model.next_key, name, type_))
        self.model.next_key += 1

    # --- Spark's steps ---------------------------------------------------------------------------------------------------

    def spark(self, statement: str) -> list[tuple]:
        self.world.said.append(f"-- Spark: {statement}")
        return self.world.spark.values(statement)

    @property
    def in_spark(self) -> str:
        return self.name.removeprefix("lake.")

    def spark_values(self, rows: list[dict]) -> str:
        return ", ".join("(" + ", ".join(spark_literal(row.get(column.key)) for column in self.model.columns) + ")" for row in rows)

    def do_spark_insert(self, chance):
        rows = [self.model.make_row(chance) for _ in range(chance.randrange(1, 12))]
        self.spark(f"insert into {self.name} values {self.spark_values(rows)}")
        self.model.rows += rows

    def do_spark_delete(self, chance):
        where = self.model.make_predicate(chance)
        # Where `p != 5` covers whole partitions Spark 3.5 drops that of NULL with them, in tables of its own too.
        if "!=" in (where.op, *(part.op for part in where.parts)):
            raise Unable
        self.spark(f"delete from {self.name} where {where.sql(spark_literal)}")
        self.model.rows = [row for row in self.model.rows if not where.holds(row)]

    def do_spark_update(self, chance):
        where = self.model.make_predicate(chance)
        chosen = chance.sample(self.model.columns, chance.randrange(1, 3))
        new = {column.key: chance.randrange(60) if column.name == "k" else make_value(chance, column.type) for column in chosen}
        sets = ", ".join(f"{column.name} = {spark_literal(new[column.key])}" for column in chosen)
        self.spark(f"update {self.name} set {sets} where {where.sql(spark_literal)}")
        for row in self.model.rows:
            if where.holds(row):
                row.update(new)

    def do_spark_merge(self, chance):
        rows = {number: self.model.make_row(chance) for number in chance.sample(range(70), chance.randrange(1, 8))}
        k, names, delete = self.model.column("k").key, self.model.names(), chance.random() < 0.4
        for number, row in rows.items():
            row[k] = number
        gone = {number for number in rows if number % 3 == 0} if delete else set()
        self.spark(f"merge into {self.name} t using (select * from values {self.spark_values(list(rows.values()))} as n({', '.join(names)})) n "
                   f"on t.k = n.k {'when matched and n.k % 3 = 0 then delete ' if delete else ''}when matched then update set * "
                   "when not matched then insert *")
        there = {row[k] for row in self.model.rows}
        kept = [dict(rows[row[k]]) if row[k] in rows else row for row in self.model.rows if row[k] not in gone]
        self.model.rows = kept + [row for number, row in rows.items() if number not in there]

    def do_spark_compact(self, chance):
        what = chance.choice(["rewrite_data_files(table => '{}', options => map('rewrite-all', 'true'))",
                              "rewrite_manifests('{}')", "rewrite_position_delete_files(table => '{}', options => map('rewrite-all', 'true'))"])
        self.spark("call lake.system." + what.format(self.in_spark))

    def do_spark_expire(self, chance):
        self.spark(f"call lake.system.expire_snapshots(table => '{self.in_spark}', older_than => timestamp'2100-01-01 00:00:00', "
                   f"retain_last => {chance.randrange(1, 4)})")
        alive = {row[0] for row in self.sql(f"select snapshot_id from {self.name}$snapshots")}
        self.snapshots = {number: rows for number, rows in self.snapshots.items() if number in alive}

    def do_spark_schema(self, chance):
        name = chance.choice(["c1", "c2", "c3"])
        if name in self.model.names():
            column = self.model.column(name)
            if column.type == "int":
                self.spark(f"alter table {self.name} alter column {name} type bigint")
                column.type = "bigint"
            else:
                self.spark(f"alter table {self.name} drop column {name}")
                self.model.columns.remove(column)
            return
        type_, theirs = chance.choice([("int", "int"), ("varchar(100)", "string"), ("datetime", "timestamp_ntz")])
        self.spark(f"alter table {self.name} add column {name} {theirs} first")
        self.model.columns.insert(0, Column(self.model.next_key, name, type_))
        self.model.next_key += 1

    def do_spark_spec(self, chance):
        term = chance.choice(list(SPARK_TERMS))
        if self.layout.startswith("identity") and term == "p" or any(name not in self.model.names() for name in ("s", "p", "b", "i")):
            raise Unable
        self.spark(f"alter table {self.name} {'drop' if term in self.spec_terms else 'add'} partition field {SPARK_TERMS[term]}")
        self.spec_terms ^= {term}
        self.layout = {"plain": "evolved", "identity": "identity and more"}.get(self.layout, self.layout)

    # --- What must hold ------------------------------------------------------------------------------------------------

    def ancestors(self) -> set[int]:
        return {entry[0] for entry in self.sql(
            f"select snapshot_id from {self.name}$history where is_current_ancestor = true")}

    def check(self, thorough: bool) -> None:
        names = self.model.names()
        expected = self.model.shown()
        ours = sorted(run_sql(self.world.connection, f"select {', '.join(names)} from {self.name}"), key=repr)
        ours = sorted((self.plain(row) for row in ours), key=repr)
        assert ours == expected, self.difference("Firn", ours, expected)
        assert run_sql(self.world.connection, f"select count(*) from {self.name}") == [(len(expected),)]
        table = self.theirs()
        found = table.scan(selected_fields=tuple(names)).to_arrow()
        theirs = sorted(zip(*(found[name].to_pylist() for name in names)), key=repr)
        assert theirs == expected, self.difference("PyIceberg", theirs, expected)
        if self.world.spark and (thorough or self.world.said[-1].startswith("-- Spark")):
            seen = sorted(self.world.spark.values(f"select {', '.join(names)} from {self.name}"), key=repr)
            assert seen == expected, self.difference("Spark", seen, expected)
        current = table.current_snapshot()
        if current:
            self.snapshots[current.snapshot_id] = self.model.kept()
        if not thorough:
            return
        predicate = self.model.make_predicate(self.world.chance)
        count = run_sql(self.world.connection, f"select count(*) from {self.name} where {predicate.sql()}")
        assert count == [(sum(predicate.holds(row) is True for row in self.model.rows),)], predicate.sql()
        key = self.model.column("k").key
        kept = {f"'{name}'": rows for name, rows in {**self.model.branches, **self.model.tags}.items()}
        kept |= {str(number): rows for number, rows in self.snapshots.items()}
        for version, rows in kept.items():
            seen = run_sql(self.world.connection, f"select k from {self.name} version as of {version}")
            assert sorted(seen) == sorted((row[key],) for row in rows), f"{self.label} as of {version}"

    def plain(self, row: tuple) -> tuple:
        return tuple(bool(value) if column.type == "boolean" and value is not None else value
                     for column, value in zip(self.model.columns, row))

    def difference(self, who: str, found: list, expected: list) -> str:
        found, expected = collections.Counter(found), collections.Counter(expected)
        return (f"{who} on {self.label}: too many {list((found - expected).elements())[:5]}, "
                f"missing {list((expected - found).elements())[:5]}, columns {self.model.names()}")


WEIGHTS = {
    "insert": 6, "insert_some_columns": 3, "insert_select": 2, "delete": 5, "update": 5, "merge": 4, "overwrite": 3,
    "truncate": 1, "compact": 3, "rewrite_manifests": 2, "expire": 1, "add_column": 3, "drop_column": 2, "rename_column": 2,
    "promote": 2, "evolve_spec": 3, "branch": 2, "drop_ref": 1, "rollback": 1, "their_append": 5, "their_delete": 4,
    "their_overwrite": 2, "their_schema": 2}
# A run that Spark takes part in gives it every third step.
SPARK_EVERY = 3
SPARK_WEIGHTS = {"spark_insert": 5, "spark_delete": 4, "spark_update": 4, "spark_merge": 4, "spark_compact": 2, "spark_expire": 1,
                 "spark_schema": 2, "spark_spec": 1}


class World:
    """All tables of one run; `spark` is one whose catalog `lake` is the server's (test/jvm), or none."""

    def __init__(self, server, account, lake: str, seed: int, spark=None):
        self.chance = random.Random(seed)
        World.count = getattr(World, "count", 0) + 1
        self.space = f"workload_{World.count}"
        self.database = f"{lake}.{self.space}"
        self.connection = server.sql()
        self.catalog = account.pyiceberg()
        self.spark = spark
        self.said: list[str] = []
        run_sql(self.connection, f"create database {self.database}")
        self.tables = [Table(self, f"t{version}_{layout}", version, layout) for version in (1, 2, 3) for layout in PARTITIONS]


def run(server, account, lake: str, seed: int, steps: int, skip: frozenset = frozenset(), spark=None) -> collections.Counter:
    world = World(server, account, lake, seed, spark)
    counts: collections.Counter = collections.Counter()
    try:
        for step in range(steps):
            chance = random.Random(f"{seed}/{step}")
            table = chance.choice(world.tables)
            if step in skip:
                continue
            try:
                counts[take(table, chance, SPARK_WEIGHTS if spark and step % SPARK_EVERY == 0 else WEIGHTS)] += 1
                world.chance = random.Random(f"{seed}/{step}/check")
                table.check(thorough=step % 5 == 0)
            except Exception as error:
                said = "\n".join(world.said[-12:])
                raise AssertionError(f"seed {seed}, step {step}, {table.label}: {type(error).__name__}: {error}\n{said}") from error
    finally:
        world.connection.close()
    return counts


def take(table: Table, chance: random.Random, weights: dict[str, int]) -> str:
    while True:
        name = chance.choices(list(weights), list(weights.values()))[0]
        if table.version == 3 and name in ("their_append", "their_delete", "their_overwrite"):
            continue  # PyIceberg 0.12 writes no manifests of v3.
        if not table.model.rows and "append" not in name and chance.random() < 0.6:
            name = "spark_insert" if weights is SPARK_WEIGHTS else "insert"
        try:
            getattr(table, f"do_{name}")(chance)
            return name
        except Unable:
            continue


def shrink(server, account, lake: str, seed: int, steps: int, skip: frozenset, spark) -> frozenset:
    """Leaves out as many steps as it can while the run still fails."""
    size = steps // 2
    while size >= 1:
        for begin in range(0, steps - 1, size):
            without = skip | frozenset(range(begin, min(begin + size, steps - 1)))
            if without == skip:
                continue
            try:
                run(server, account, lake, seed, steps, without, spark)
            except AssertionError:
                skip = without
        size //= 2
    return skip


def run_and_shrink(server, account, lake: str, steps: int, spark=None) -> None:
    seed = int(os.environ.get("FIRN_SEED", random.randrange(1 << 32)))
    steps = int(os.environ.get("FIRN_STEPS", steps))
    skip = frozenset(int(step) for step in os.environ.get("FIRN_SKIP", "").split(",") if step)
    print(f"seed {seed}")
    try:
        counts = run(server, account, lake, seed, steps, skip, spark)
    except AssertionError as error:
        at = int(str(error).split("step ")[1].split(",")[0]) + 1
        if os.environ.get("FIRN_SHRINK"):
            skip = shrink(server, account, lake, seed, at, skip, spark)
        again = f"FIRN_SEED={seed} FIRN_STEPS={at} FIRN_SKIP={','.join(map(str, sorted(skip)))}"
        raise AssertionError(f"{error}\nreplay with {again}; FIRN_SHRINK=1 leaves out what it can") from error
    print(f"{steps} steps: {dict(counts)}")


def test_100_steps(server, account, lake):
    run_and_shrink(server, account, lake, 100)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_1000_steps(server, account, lake):
    run_and_shrink(server, account, lake, 1000)
