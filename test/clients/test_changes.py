"""Tables that Firn's SQL changed, read by PyIceberg and DuckDB; and PyIceberg's deletes, read by Firn."""

import pyarrow
import pytest
from pyiceberg.expressions import EqualTo

from firn_server import run_sql

MODES = [("2", "merge-on-read"), ("2", "copy-on-write"), ("3", "merge-on-read"), ("3", "copy-on-write")]


@pytest.fixture(scope="module")
def database(server, lake):
    with server.sql() as connection:
        run_sql(connection, f"create database {lake}.changes")
    return f"{lake}.changes"


@pytest.mark.parametrize("version, mode", MODES)
def test_pyiceberg_reads_what_firn_deleted_updated_and_merged(server, account, database, version, mode):
    name = f"t{version}_{mode.split('-')[0]}"
    with server.sql() as connection:
        run_sql(connection, f"create table {database}.{name} (p int, a int, s string) partition by (p) properties ("
                            f'"format-version" = "{version}", "write.delete.mode" = "{mode}", "write.update.mode" = "{mode}", '
                            f'"write.merge.mode" = "{mode}")')
        rows = ", ".join(f"({i % 3}, {i}, 's{i}')" for i in range(60))
        run_sql(connection, f"insert into {database}.{name} values {rows}")
        run_sql(connection, f"delete from {database}.{name} where a in (3, 4, 5) or p = 2 and a > 50")
        run_sql(connection, f"update {database}.{name} set s = 'new' where a between 10 and 12")
        run_sql(connection, f"merge into {database}.{name} as t using (select 20 as k union all select 99) as n on t.a = n.k "
                            "when matched then delete when not matched then insert (p, a, s) values (7, n.k, 'merged')")
        run_sql(connection, f"alter table {database}.{name} add column extra bigint, rename column s to label")
        run_sql(connection, f"delete from {database}.{name} where a = 30")
        firn = sorted(run_sql(connection, f"select p, a, label, extra from {database}.{name}"))
    expected = []
    for i in range(60):
        if i in (3, 4, 5, 20, 30) or (i % 3 == 2 and i > 50):
            continue
        expected.append((i % 3, i, "new" if 10 <= i <= 12 else f"s{i}", None))
    expected.append((7, 99, "merged", None))
    assert firn == sorted(expected)
    table = account.pyiceberg().load_table(("changes", name)).scan().to_arrow()
    assert sorted(zip(*(table[c].to_pylist() for c in ("p", "a", "label", "extra")))) == sorted(expected)


def test_firn_reads_what_pyiceberg_deleted_and_evolved(server, account, database):
    catalog = account.pyiceberg()
    rows = pyarrow.table({"id": pyarrow.array(range(20), pyarrow.int64()), "s": [f"v{i}" for i in range(20)]})
    table = catalog.create_table(("changes", "theirs"), rows.schema)
    table.append(rows)
    table.delete(EqualTo("id", 7))
    with table.update_schema() as update:
        update.rename_column("s", "t")
    table.overwrite(rows.slice(0, 2).rename_columns(["id", "t"]), overwrite_filter=EqualTo("id", 0))
    with server.sql() as connection:
        found = sorted(run_sql(connection, f"select id, t from {database}.theirs"))
        run_sql(connection, f"delete from {database}.theirs where id > 15")
        kept = run_sql(connection, f"select count(*) from {database}.theirs")
    theirs = catalog.load_table(("changes", "theirs")).scan().to_arrow()
    assert kept == [(theirs.num_rows,)]
    expected = [(i, f"v{i}") for i in range(20) if i not in (0, 7)] + [(0, "v0"), (1, "v1")]
    assert found == sorted(expected)


def test_writers_that_change_the_same_rows_take_turns(server, database):
    """Eight sessions add one to a counter fifty times between them; none is lost, though each must read what it changes."""
    import concurrent.futures

    with server.sql() as connection:
        run_sql(connection, f"create table {database}.counter (k int, n int)")
        run_sql(connection, f"insert into {database}.counter values (1, 0), (2, 0)")

    def add(times: int) -> None:
        with server.sql() as connection:
            for _ in range(times):
                run_sql(connection, f"update {database}.counter set n = n + 1 where k = 1")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(add, 5) for _ in range(4)]:
            done.result()
    with server.sql() as connection:
        assert run_sql(connection, f"select k, n from {database}.counter order by k") == [(1, 20), (2, 0)]
