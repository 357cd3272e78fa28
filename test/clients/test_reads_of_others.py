"""Tables that PyIceberg wrote, with every codec, type and step of evolution, read by Firn with equal results."""

import datetime
import decimal
import random
import uuid

import pyarrow
import pyarrow.parquet
import pytest
from pyiceberg.schema import Schema
from pyiceberg.types import (DateType, DecimalType, DoubleType, FloatType, IntegerType, ListType, LongType, MapType,
                             NestedField, StringType, StructType, TimestampType)

from firn_server import run_sql

CODECS = ["snappy", "gzip", "zstd", "lz4", "brotli", "uncompressed"]


@pytest.fixture(scope="module")
def database(server, account, lake):
    account.pyiceberg().create_namespace("others")
    return f"{lake}.others"


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_is_read(server, account, database, codec):
    rows = pyarrow.table({"id": pyarrow.array(range(5000), pyarrow.int64()), "s": [f"text {i % 17}" for i in range(5000)]})
    table = account.pyiceberg().create_table(("others", codec), rows.schema,
                                             properties={"write.parquet.compression-codec": codec})
    table.append(rows)
    with server.sql() as connection:
        assert run_sql(connection, f"select count(*), sum(id), count(distinct s), max(s) from {database}.{codec} where id >= 0 or id is null") \
            == [(5000, 5000 * 4999 // 2, 17, "text 9")]


def test_names_find_columns_of_files_without_ids(server, account, database):
    """The name mapping holds more names than the table has today."""
    catalog = account.pyiceberg()
    schema = Schema(NestedField(1, "id", LongType()), NestedField(2, "name", StringType()),
                    NestedField(3, "q", StructType(NestedField(4, "x", LongType()), NestedField(5, "y", LongType()))))
    table = catalog.create_table(("others", "imported"), schema)
    path = f"{table.location()}/data/{uuid.uuid4()}.parquet"
    rows = pyarrow.table({"q": [{"y": 2, "x": 1}, None], "id": pyarrow.array([7, 8], pyarrow.int64()), "name": ["a", "b"]})
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(rows, sink)
    with table.io.new_output(path).create(overwrite=True) as stream:
        stream.write(sink.getvalue().to_pybytes())
    import json
    mapping = [{"field-id": 1, "names": ["id"]}, {"field-id": 2, "names": ["label", "name"]},
               {"field-id": 3, "names": ["q"], "fields": [{"field-id": 4, "names": ["x"]}, {"field-id": 5, "names": ["y"]}]}]
    with table.transaction() as transaction:
        transaction.set_properties({"schema.name-mapping.default": json.dumps(mapping)})
    table = catalog.load_table(("others", "imported"))
    table.add_files([path])
    with table.update_schema() as update:
        update.rename_column("name", "title")
    with server.sql() as connection:
        assert run_sql(connection, f"select id, title, q.x, q.y from {database}.imported order by id") \
            == [(7, "a", 1, 2), (8, "b", None, None)]


def test_nested_columns_evolve(server, account, database):
    inner = lambda first: StructType(NestedField(first, "x", IntegerType()), NestedField(first + 1, "y", StringType()))
    schema = Schema(NestedField(1, "id", IntegerType()), NestedField(2, "s", inner(10)),
                    NestedField(3, "l", ListType(20, inner(21))),
                    NestedField(4, "m", MapType(30, StringType(), 31, inner(32))))
    table = account.pyiceberg().create_table(("others", "nested"), schema)

    def append(rows):
        table.refresh().append(pyarrow.Table.from_pylist(rows, table.refresh().schema().as_arrow()))

    append([{"id": 1, "s": {"x": 1, "y": "a"}, "l": [{"x": 2, "y": "b"}, {"x": 3, "y": None}],
             "m": [("k", {"x": 4, "y": "d"})]},
            {"id": 2, "s": None, "l": [], "m": []}, {"id": 3, "s": {"x": None, "y": "z"}, "l": None, "m": None}])
    with table.refresh().update_schema() as update:
        update.add_column(("s", "added"), LongType())
        update.add_column(("l", "element", "added"), StringType())
        update.add_column(("m", "value", "added"), StringType())
        update.rename_column(("s", "y"), "why")
        update.rename_column(("l", "element", "x"), "ex")
        update.delete_column(("m", "value", "y"))
        update.update_column(("s", "x"), LongType())
        update.move_first(("s", "y"))  # By its name of before.
    append([{"id": 4, "s": {"why": "new", "x": 1 << 40, "added": 9}, "l": [{"ex": 5, "y": "e", "added": "!"}],
             "m": [("k", {"x": 6, "added": "?"})]}])
    with server.sql() as connection:
        found = run_sql(connection, f"select id, s.why, s.x, s.added from {database}.nested order by id")
        assert found == [(1, "a", 1, None), (2, None, None, None), (3, "z", None, None), (4, "new", 1 << 40, 9)]
        found = run_sql(connection, f"select id, l[1].ex, l[1].y, l[1].added from {database}.nested order by id")
        assert found == [(1, 2, "b", None), (2, None, None, None), (3, None, None, None), (4, 5, "e", "!")]
        found = run_sql(connection, f"select id, m['k'].x, m['k'].added from {database}.nested order by id")
        assert found == [(1, 4, None), (2, None, None), (3, None, None), (4, 6, "?")]
        found = run_sql(connection, f"select s, l, m from {database}.nested where id in (1, 2) order by id")
        assert found == [('{"why":"a","x":1,"added":null}', '[{"ex":2,"y":"b","added":null},{"ex":3,"y":null,"added":null}]',
                          '{"k":{"x":4,"added":null}}'), (None, "[]", "{}")]
        assert run_sql(connection, f"select count(*) from {database}.nested where s.x > 1") == [(1,)]
        assert run_sql(connection, f"select id from {database}.nested where s.added is null order by id") == [(1,), (2,), (3,)]


def test_promoted_columns_prune_and_compare(server, account, database):
    schema = Schema(NestedField(1, "i", IntegerType()), NestedField(2, "f", FloatType()), NestedField(3, "d", DecimalType(5, 2)))
    table = account.pyiceberg().create_table(("others", "promoted"), schema)
    rows = [{"i": i, "f": i / 4, "d": decimal.Decimal(i) / 4} for i in range(8)]
    table.append(pyarrow.Table.from_pylist(rows, table.schema().as_arrow()))
    with table.update_schema() as update:
        update.update_column("i", LongType())
        update.update_column("f", DoubleType())
        update.update_column("d", DecimalType(20, 2))
    table.append(pyarrow.Table.from_pylist([{"i": 1 << 40, "f": 1e300, "d": decimal.Decimal("123456789012345.25")}],
                                           table.schema().as_arrow()))
    with server.sql() as connection:
        assert run_sql(connection, f"select count(*) from {database}.promoted where i > 5") == [(3,)]
        assert run_sql(connection, f"select i from {database}.promoted where f = 1.25 and d = 1.25") == [(5,)]
        assert run_sql(connection, f"select max(i), min(i), max(f), max(d) from {database}.promoted") \
            == [(1 << 40, 0, 1e300, decimal.Decimal("123456789012345.25"))]


def test_metadata_tables_agree_with_pyiceberg(server, account, database):
    from pyiceberg.partitioning import PartitionField, PartitionSpec
    from pyiceberg.transforms import DayTransform, IdentityTransform

    schema = Schema(NestedField(1, "p", StringType()), NestedField(2, "at", TimestampType()), NestedField(3, "n", IntegerType()))
    spec = PartitionSpec(PartitionField(1, 1000, IdentityTransform(), "p"), PartitionField(2, 1001, DayTransform(), "at_day"))
    table = account.pyiceberg().create_table(("others", "meta"), schema, partition_spec=spec)
    chance = random.Random(5)
    start = datetime.datetime(2024, 2, 28, 12)
    for _ in range(3):
        rows = [{"p": chance.choice(["a", "b'", None]), "at": start + datetime.timedelta(hours=chance.randrange(72)),
                 "n": chance.randrange(100)} for _ in range(20)]
        table.append(pyarrow.Table.from_pylist(rows, table.schema().as_arrow()))
    files = table.inspect.files().to_pylist()
    partitions = table.inspect.partitions().to_pylist()
    manifests = table.inspect.manifests().to_pylist()
    with server.sql() as connection:
        found = run_sql(connection, "select file_path, record_count, file_size_in_bytes, value_counts[3], null_value_counts[1], "
                                    f"upper_bounds[3], spec_id, content from {database}.meta$files order by 1")
        assert found == sorted((f["file_path"], f["record_count"], f["file_size_in_bytes"], dict(f["value_counts"])[3],
                                dict(f["null_value_counts"])[1], str(f["readable_metrics"]["n"]["upper_bound"]), 0, 0)
                               for f in files)
        found = run_sql(connection, "select partition_value.p, partition_value.at_day, record_count, file_count, spec_id "
                                    f"from {database}.meta$partitions")
        assert sorted(found, key=repr) == sorted(((p["partition"]["p"], p["partition"]["at_day"], p["record_count"],
                                                   p["file_count"], 0) for p in partitions), key=repr)
        found = run_sql(connection, "select path, length, added_data_files_count, existing_data_files_count, "
                                    f"deleted_data_files_count from {database}.meta$manifests order by 1")
        assert found == sorted((m["path"], m["length"], m["added_data_files_count"], m["existing_data_files_count"],
                                m["deleted_data_files_count"]) for m in manifests)
        assert run_sql(connection, f"select count(*), max(n) from {database}.meta where p = 'a'") \
            == run_sql(connection, f"select count(*), max(n) from {database}.meta where p = 'a' and n + 0 = n")
        described = [row[0] for row in run_sql(connection, f"desc {database}.meta$partitions")]
        assert described[:3] == ["partition_value", "spec_id", "record_count"] and described[-1] == "last_updated_at"
