"""Tables with equality deletes, as Flink writes them, read and changed by Firn."""

import random

import pyarrow
import pytest
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import IntegerType, LongType, NestedField, StringType, StructType

from equality_writer import commit_deletes, write_delete_file
from firn_server import run_sql

SCHEMA = Schema(NestedField(1, "id", IntegerType()), NestedField(2, "p", IntegerType()), NestedField(3, "s", StringType()),
                NestedField(4, "extra", StringType()))
PARTITIONED = PartitionSpec(PartitionField(2, 1000, IdentityTransform(), "p"))


@pytest.fixture(scope="module")
def database(server, account, lake):
    account.pyiceberg().create_namespace("equality")
    return f"{lake}.equality"


class Model:
    """What a table holds by the specification's words, beside the table itself."""

    def __init__(self, catalog, name: str, seed: int):
        self.random = random.Random(seed)
        self.table = catalog.create_table(("equality", name), SCHEMA, partition_spec=PARTITIONED)
        self.names = {f.field_id: f.name for f in self.table.schema().fields}
        self.rows: list[dict] = []
        self.sequence = 0

    def value(self, field_id: int):
        if self.random.random() < 0.15:
            return None
        if field_id == 2:
            return self.random.randrange(3)
        return self.random.randrange(12) if field_id == 1 else f"{self.random.choice('abc')}{'x' * self.random.randrange(20)}"

    def append(self) -> None:
        live = [f.field_id for f in self.table.schema().fields]
        made = [{i: self.value(i) for i in live} for _ in range(self.random.randrange(1, 25))]
        arrow = self.table.schema().as_arrow()
        self.table.append(pyarrow.Table.from_arrays(
            [pyarrow.array([row[f.field_id] for row in made], arrow.field(f.name).type) for f in self.table.schema().fields],
            schema=arrow))
        self.sequence += 1
        spec = self.table.spec()
        for row in made:
            row["seq"] = self.sequence
            row["part"] = (spec.spec_id, tuple(row[f.source_id] for f in spec.fields))
        self.rows += made

    def delete(self) -> None:
        """One commit of one to three delete files, each over columns of its own."""
        self.sequence += 1
        files = []
        for _ in range(self.random.randrange(1, 4)):
            schema = self.table.schema()
            ids = self.random.sample([f.field_id for f in schema.fields], self.random.randrange(1, 3))
            keys = [tuple(self.value(i) for i in ids) for _ in range(self.random.randrange(1, 6))]
            keys += [tuple(row.get(i) for i in ids) for row in self.random.sample(self.rows, min(2, len(self.rows)))]
            unpartitioned = [i for i, s in self.table.specs().items() if not s.fields]
            part = self.random.choice(self.rows)["part"] if self.rows else (self.table.spec().spec_id, ())
            if unpartitioned and self.random.random() < 0.5:
                part = (unpartitioned[0], ())
            if len(part[1]) != len(self.table.specs()[part[0]].fields):
                continue
            everywhere = not self.table.specs()[part[0]].fields
            files.append(write_delete_file(self.table, schema, ids, keys, part[0], part[1]))
            gone = set(keys)
            self.rows = [row for row in self.rows
                         if not (row["seq"] < self.sequence and (everywhere or row["part"] == part)
                                 and tuple(row.get(i) for i in ids) in gone)]
        commit_deletes(self.table, files)

    def evolve(self) -> None:
        step = self.random.randrange(4)
        if step == 0:
            with self.table.update_schema() as update:
                update.rename_column(self.names[3], f"s{self.sequence}")
            self.names[3] = f"s{self.sequence}"
        elif step == 1 and self.table.schema().find_field(1).field_type == IntegerType():
            with self.table.update_schema() as update:
                update.update_column("id", LongType())
        elif step == 2 and self.table.schema()._lazy_id_to_field.get(4):
            with self.table.update_schema() as update:
                update.delete_column("extra")
        elif step == 3 and self.table.spec().fields:
            with self.table.update_spec() as update:
                update.remove_field("p")

    def expected(self) -> list[tuple]:
        live = [f.field_id for f in self.table.schema().fields]
        return sorted((tuple(row.get(i) for i in live) for row in self.rows), key=repr)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_random_tables_read_as_the_specification_says(server, account, database, seed):
    model = Model(account.pyiceberg(), f"random{seed}", seed)
    with server.sql() as connection:
        for step in range(12):
            model.append() if step == 0 else model.random.choice([model.append, model.delete, model.delete, model.evolve])()
            model.table = model.table.refresh()
            found = run_sql(connection, f"select * from {database}.random{seed}")
            assert sorted(found, key=repr) == model.expected(), f"seed {seed}, step {step}"
            counted = run_sql(connection, f"select count(*), count(id) from {database}.random{seed} where p = 1 or p is null")
            live = [row for row in model.rows if row[2] in (1, None)]
            assert counted == [(len(live), sum(row[1] is not None for row in live))], f"seed {seed}, step {step}"


def make(account, name: str, rows: list[tuple]):
    schema = Schema(NestedField(1, "id", IntegerType()), NestedField(2, "s", StringType()))
    table = account.pyiceberg().create_table(("equality", name), schema)
    arrow = table.schema().as_arrow()
    table.append(pyarrow.table({"id": pyarrow.array([r[0] for r in rows], pyarrow.int32()), "s": [r[1] for r in rows]}, arrow))
    return table


def test_changes_pass_deleted_rows_by(server, account, database):
    table = make(account, "changed", [(i, f"v{i % 3}") for i in range(30)])
    commit_deletes(table, [write_delete_file(table, table.schema(), [2], [("v1",)], 0)])
    with server.sql() as connection:
        run_sql(connection, f"update {database}.changed set s = 'v1' where id between 0 and 5")
        run_sql(connection, f"delete from {database}.changed where id >= 24")
        run_sql(connection, f"merge into {database}.changed as t using (select 1 as k union all select 6) as n on t.id = n.k "
                            "when matched then delete when not matched then insert (id, s) values (n.k, 'merged')")
        found = run_sql(connection, f"select id, s from {database}.changed order by id")
    kept = [i for i in range(24) if i % 3 != 1 and i != 6]
    assert found == sorted([(i, "v1" if i <= 5 else f"v{i % 3}") for i in kept] + [(1, "merged")])


def test_compaction_applies_deletes_and_rows_stay_gone(server, account, database):
    table = make(account, "compacted", [(i, "a") for i in range(10)])
    commit_deletes(table, [write_delete_file(table, table.schema(), [1], [(3,), (4,)], 0)])
    table.refresh().append(pyarrow.table({"id": pyarrow.array([3], pyarrow.int32()), "s": ["again"]},
                                         table.schema().as_arrow()))
    with server.sql() as connection:
        run_sql(connection, f'alter table {database}.compacted execute rewrite_data_files("rewrite_all" = true)')
        assert run_sql(connection, f"select count(*), sum(id) from {database}.compacted") == [(9, 41)]
        commit_deletes(table.refresh(), [write_delete_file(table, table.schema(), [1], [(3,), (9,)], 0)])
        assert run_sql(connection, f"select count(*), sum(id) from {database}.compacted") == [(7, 29)]


def test_parts_of_structs_are_compared(server, account, database):
    schema = Schema(NestedField(1, "id", IntegerType()),
                    NestedField(2, "q", StructType(NestedField(3, "x", IntegerType()), NestedField(4, "y", StringType()))))
    table = account.pyiceberg().create_table(("equality", "nested"), schema)
    rows = [{"id": 1, "q": {"x": 1, "y": "a"}}, {"id": 2, "q": {"x": 2, "y": "b"}}, {"id": 3, "q": {"x": None, "y": "b"}}]
    table.append(pyarrow.Table.from_pylist(rows, table.schema().as_arrow()))
    file = write_delete_file(table, table.schema(), [2], [({"x": 1, "y": None},), ({"x": 7, "y": None},)], 0,
                             equality_ids=[3])
    commit_deletes(table, [file])
    with server.sql() as connection:
        assert run_sql(connection, f"select id from {database}.nested order by id") == [(2,), (3,)]
        assert run_sql(connection, f"select q.y from {database}.nested order by id") == [("b",), ("b",)]
        assert run_sql(connection, f"select count(*) from {database}.nested") == [(2,)]


def test_delete_files_without_field_ids_are_read_by_name(server, account, database):
    table = make(account, "nameless", [(i, "a") for i in range(5)])
    commit_deletes(table, [write_delete_file(table, table.schema(), [1], [(2,)], 0, with_field_ids=False)])
    with server.sql() as connection:
        assert run_sql(connection, f"select sum(id) from {database}.nameless") == [(8,)]


def test_a_missing_delete_file_is_an_error_and_no_wrong_answer(server, account, database):
    table = make(account, "missing", [(i, "a") for i in range(5)])
    file = write_delete_file(table, table.schema(), [1], [(2,)], 0, named=f"{table.location()}/data/nowhere.parquet")
    commit_deletes(table, [file])
    with server.sql() as connection, pytest.raises(Exception, match="nowhere"):
        run_sql(connection, f"select count(*) from {database}.missing")
