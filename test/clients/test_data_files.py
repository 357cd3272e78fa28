"""Data files as manifests describe them, measured by PyIceberg's own computation; rolling, order and distribution."""

import pyarrow.parquet as pq
import pytest
from pyiceberg.conversions import from_bytes
from pyiceberg.io.pyarrow import (compute_statistics_plan, data_file_statistics_from_parquet_metadata,
                                  parquet_path_to_id_mapping)
from pyiceberg.schema import Schema
from pyiceberg.table.sorting import NullOrder, SortDirection, SortField, SortOrder
from pyiceberg.transforms import BucketTransform, DayTransform, IdentityTransform
from pyiceberg.types import IntegerType, LongType, NestedField, StringType, TimestampType

from firn_server import run_sql


@pytest.fixture(scope="module")
def space(server, account, lake):
    with server.sql() as connection:
        run_sql(connection, f"create database {lake}.files")
    return f"{lake}.files"


def data_files(table):
    return [task.file for task in table.scan().plan_files()]


def footer(table, file):
    with table.io.new_input(file.file_path).open() as source:
        return pq.ParquetFile(source).metadata


def columns_of(table, file):
    with table.io.new_input(file.file_path).open() as source:
        return pq.ParquetFile(source).read().to_pydict()


def check_against_pyiceberg(table):
    """Counts, sizes, offsets and bounds of every file are those PyIceberg computes from its footer."""
    schema = table.schema()
    for file in data_files(table):
        metadata = footer(table, file)
        theirs = data_file_statistics_from_parquet_metadata(
            parquet_metadata=metadata, stats_columns=compute_statistics_plan(schema, table.properties),
            parquet_column_mapping=parquet_path_to_id_mapping(schema))
        expected = theirs.to_serialized_dict()
        assert file.record_count == metadata.num_rows
        assert list(file.split_offsets) == expected["split_offsets"]
        assert file.value_counts == expected["value_counts"]
        assert file.null_value_counts == expected["null_value_counts"]
        for ours, name in ((file.lower_bounds, "lower_bounds"), (file.upper_bounds, "upper_bounds")):
            for field_id, bound in expected[name].items():
                field = schema.find_field(field_id)
                found = None if field_id not in ours else from_bytes(field.field_type, ours[field_id])
                wanted = from_bytes(field.field_type, bound)
                assert found == wanted, f"{name} of {field.name}: {found!r}, PyIceberg says {wanted!r}"


ROWS = """
    (1, 10, 1.5, 2.5, 12.34, '2024-01-02', '2024-01-02 03:04:05', 'plain', x'00ff10', true),
    (2, -7, -0.25, 1e300, -99.99, '1969-12-31', '1969-12-31 23:59:59', 'a text that is longer than sixteen characters', x'80', false),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"""
COLUMNS = "id int, n bigint, f float, d double, m decimal(9, 2), dt date, ts datetime, s string, b varbinary, t boolean"


@pytest.mark.parametrize("properties", [
    {}, {"write.metadata.metrics.default": "counts"}, {"write.metadata.metrics.default": "full"},
    {"write.metadata.metrics.default": "none", "write.metadata.metrics.column.n": "full"},
    {"write.metadata.metrics.column.s": "truncate(4)", "write.metadata.metrics.column.d": "none"},
], ids=["default", "counts", "full", "one", "columns"])
def test_metrics_are_those_that_pyiceberg_computes(server, account, space, properties, request):
    name = f"metrics_{request.node.callspec.id}"
    text = ", ".join(f'"{k}" = "{v}"' for k, v in properties.items())
    with server.sql() as connection:
        run_sql(connection, f"create table {space}.{name} ({COLUMNS})" + (f" properties({text})" if text else ""))
        run_sql(connection, f"insert into {space}.{name} values {ROWS}")
        run_sql(connection, f"insert into {space}.{name} select * from {space}.{name}")
    check_against_pyiceberg(account.pyiceberg().load_table(f"files.{name}"))


def test_integers_bear_no_annotation_and_others_keep_theirs(server, account, space):
    """Iceberg spec, "Parquet data type mappings": readers that promote a column go by its bare INT32 and INT64."""
    with server.sql() as connection:
        run_sql(connection, f"create table {space}.plain ({COLUMNS}, inner_part struct<i int, j bigint, t string>, numbers array<int>)")
        run_sql(connection, f"insert into {space}.plain select *, named_struct('i', id, 'j', n, 't', s), [id] from (values {ROWS}) as t({', '.join(c.split()[0] for c in COLUMNS.replace('(9, 2)', '').split(', '))})")
        run_sql(connection, f"insert into {space}.plain(id, n) values (2147483647, -9223372036854775808)")
    table = account.pyiceberg().load_table("files.plain")
    for file in data_files(table):
        schema = footer(table, file).schema
        found = {schema.column(i).path: (schema.column(i).physical_type, schema.column(i).converted_type,
                                         schema.column(i).logical_type.type) for i in range(len(schema))}
        bare = {path for path, (_, converted, logical) in found.items() if (converted, logical) == ("NONE", "NONE")}
        assert bare >= {"id", "n", "inner_part.i", "inner_part.j", "numbers.list.element"}
        assert {path: found[path][1:] for path in ("dt", "m", "s", "inner_part.t")} == {
            "dt": ("DATE", "DATE"), "m": ("DECIMAL", "DECIMAL"), "s": ("UTF8", "STRING"), "inner_part.t": ("UTF8", "STRING")}
        assert found["ts"][2] == "TIMESTAMP"
    check_against_pyiceberg(table)
    with server.sql() as connection:
        run_sql(connection, f"alter table {space}.plain modify column id bigint")
        rows = run_sql(connection, f"select id, n, inner_part.j, numbers from {space}.plain order by id")
    assert [row[:2] for row in rows] == [(1, 10), (2, -7), (3, None), (2147483647, -9223372036854775808)]
    theirs = account.pyiceberg().load_table("files.plain").scan().to_arrow().sort_by("id").to_pydict()
    assert list(zip(theirs["id"], theirs["n"])) == [row[:2] for row in rows]


def test_bounds_of_binary_and_counts_of_nan(server, account, space):
    with server.sql() as connection:
        run_sql(connection, f"create table {space}.exact (b varbinary, f float, d double, s struct<x double, y int>)")
        run_sql(connection, f"insert into {space}.exact select unhex(hex(g)), if(g % 3 = 0, cast('NaN' as float), g), "
                            f"if(g % 5 = 0, cast('NaN' as double), NULL), named_struct('x', if(g = 7, cast('NaN' as double), g), 'y', g) "
                            f"from table(generate_series(1, 30)) as s(g)")
    table = account.pyiceberg().load_table("files.exact")
    (file,) = data_files(table)
    ids = {name: table.schema().find_field(name).field_id for name in ("b", "f", "d", "s.x", "s.y")}
    assert {ids[n]: file.nan_value_counts.get(ids[n]) for n in ("f", "d", "s.x")} == {
        ids["f"]: 10, ids["d"]: 6, ids["s.x"]: 1}
    assert ids["s.y"] not in file.nan_value_counts
    values = sorted(v for v in columns_of(table, file)["b"])
    assert file.lower_bounds[ids["b"]] == values[0] and file.upper_bounds[ids["b"]] == values[-1]


def test_files_roll_at_their_target_size_in_every_partition(server, account, space):
    with server.sql() as connection:
        run_sql(connection, f'create table {space}.rolled (p int, a bigint, s string) partition by (p) '
                            f'properties("write.target-file-size-bytes" = "1048576", "write.parquet.row-group-size-bytes" = "262144", '
                            f'"write.parquet.compression-codec" = "snappy")')
        run_sql(connection, f"insert into {space}.rolled select g % 3, g, md5(cast(g as string)) from table(generate_series(1, 300000)) as s(g)")
        assert run_sql(connection, f"select p, count(*), sum(a) from {space}.rolled group by p order by p") == [
            (p, 100000, sum(g for g in range(1, 300001) if g % 3 == p)) for p in range(3)]
    table = account.pyiceberg().load_table("files.rolled")
    files = data_files(table)
    for p in range(3):
        of_partition = [f for f in files if f.partition[0] == p]
        assert len(of_partition) >= 2, "one file a partition, whatever its size"
        assert max(f.file_size_in_bytes for f in of_partition) < 3 << 20
    for file in files:
        metadata = footer(table, file)
        assert metadata.row_group(0).column(0).compression == "SNAPPY"
        assert len(file.split_offsets) == metadata.num_row_groups
    check_against_pyiceberg(table)


def test_each_of_many_partitions_has_one_file(server, account, space):
    with server.sql() as connection:
        run_sql(connection, f"create table {space}.many (p int, a bigint) partition by (p)")
        run_sql(connection, f"insert into {space}.many select g % 400, g from table(generate_series(1, 40000)) as s(g)")
        assert run_sql(connection, f"select count(*), sum(a), count(distinct p) from {space}.many") == [(40000, 800020000, 400)]
    assert len(data_files(account.pyiceberg().load_table("files.many"))) == 400


@pytest.mark.parametrize("partitioned", [False, True], ids=["plain", "partitioned"])
def test_rows_stand_in_the_tables_sort_order(server, account, space, partitioned):
    from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionField, PartitionSpec

    name = f"sorted_{'partitioned' if partitioned else 'plain'}"
    schema = Schema(NestedField(1, "p", IntegerType()), NestedField(2, "at", TimestampType()), NestedField(3, "s", StringType()))
    order = SortOrder(SortField(2, DayTransform(), SortDirection.DESC, NullOrder.NULLS_LAST),
                      SortField(3, IdentityTransform(), SortDirection.ASC, NullOrder.NULLS_FIRST))
    spec = PartitionSpec(PartitionField(1, 1000, IdentityTransform(), "p")) if partitioned else UNPARTITIONED_PARTITION_SPEC
    account.pyiceberg().create_table(f"files.{name}", schema, partition_spec=spec, sort_order=order)
    with server.sql() as connection:
        run_sql(connection, f"insert into {space}.{name} select g % 4, if(g % 50 = 0, NULL, date_add('2024-01-01', interval g * 7919 % 1000 hour)), "
                            f"if(g % 7 = 0, NULL, cast(g * 31 % 1009 as string)) from table(generate_series(1, 20000)) as s(g)")
    table = account.pyiceberg().load_table(f"files.{name}")
    files = data_files(table)
    assert len(files) == (4 if partitioned else 1)
    for file in files:
        assert file.sort_order_id == table.sort_order().order_id != 0
        columns = columns_of(table, file)
        keys = [(at is None, 0 if at is None else -at.timestamp(), s is not None, s or "") for at, s in zip(columns["at"], columns["s"])]
        assert keys == sorted(keys), "rows are not in the table's order"


def test_an_order_that_columns_cannot_give_is_not_claimed(server, account, space):
    schema = Schema(NestedField(1, "a", LongType()))
    order = SortOrder(SortField(1, BucketTransform(8), SortDirection.ASC, NullOrder.NULLS_FIRST))
    account.pyiceberg().create_table("files.bucket_order", schema, sort_order=order)
    with server.sql() as connection:
        run_sql(connection, f"insert into {space}.bucket_order values (3), (1), (2)")
    (file,) = data_files(account.pyiceberg().load_table("files.bucket_order"))
    assert not file.sort_order_id


def test_parquet_properties_reach_the_file(server, account, space):
    with server.sql() as connection:
        for codec, level in (("zstd", "9"), ("gzip", None), ("uncompressed", None), ("lz4", None)):
            more = f', "write.parquet.compression-level" = "{level}"' if level else ""
            run_sql(connection, f'create table {space}.codec_{codec} (a bigint, s string) properties('
                                f'"write.parquet.compression-codec" = "{codec}", "write.parquet.dict-size-bytes" = "4096", '
                                f'"write.parquet.bloom-filter-enabled.column.a" = "false"{more})')
            run_sql(connection, f"insert into {space}.codec_{codec} select g, concat('x', g % 10) from table(generate_series(1, 5000)) as s(g)")
            table = account.pyiceberg().load_table(f"files.codec_{codec}")
            (file,) = data_files(table)
            column = footer(table, file).row_group(0).column(1)
            assert column.compression == {"zstd": "ZSTD", "gzip": "GZIP", "uncompressed": "UNCOMPRESSED", "lz4": "LZ4"}[codec]
            assert run_sql(connection, f"select count(*), sum(a), min(s), max(s) from {space}.codec_{codec}") == [(5000, 12502500, "x0", "x9")]
