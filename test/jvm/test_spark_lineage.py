"""Row lineage and deletion vectors of version 3 by Firn and Spark in turn, and views over the full Iceberg REST face.

Long: one Spark, half a minute to start, and some 150 statements.
"""

from __future__ import annotations

import pymysql
import pytest

from client_page import page_lines
from firn_server import run_sql
from spark_process import FRESH, Spark

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

FIRN_MERGE = ("merge into {} t using (select {} as id union all select {}) n on t.id = n.id when matched then update set s = 'firn merged' "
              "when not matched then insert (id, s) values (n.id, 'firn new')")
SPARK_MERGE = ("merge into {} t using (select * from values ({}), ({}), ({}) as n(id)) n on t.id = n.id when matched and n.id = {} then delete "
               "when matched then update set t.s = 'spark merged' when not matched then insert (id, s) values (n.id, 'spark new')")
# Who, the statement, and the ids of rows that it changes, adds and takes away.
STEPS = [
    ("Firn", "insert into {} values (0, 'a'), (1, 'b'), (2, 'c'), (3, 'd'), (4, 'e')", (), (0, 1, 2, 3, 4), ()),
    ("Spark", "insert into {} values (5, 'f'), (6, 'g'), (7, 'h'), (8, 'i'), (9, 'j')", (), (5, 6, 7, 8, 9), ()),
    ("Firn", "delete from {} where id = 1", (), (), (1,)),
    ("Spark", "delete from {} where id in (2, 6)", (), (), (2, 6)),
    ("Firn", "update {} set s = 'firn' where id in (0, 5)", (0, 5), (), ()),
    ("Spark", "update {} set s = 'spark' where id in (3, 5)", (3, 5), (), ()),
    ("Firn", FIRN_MERGE.format("{}", 4, 10), (4,), (10,), ()),
    ("Spark", SPARK_MERGE.format("{}", 10, 8, 11, 8), (10,), (11,), (8,)),
    ("Firn", "alter table {} execute rewrite_data_files(\"rewrite_all\" = true)", (), (), ()),
    ("Firn", "update {} set s = 'firn again' where id = 11", (11,), (), ()),
    ("Spark", "call lake.system.rewrite_data_files(table => '{}', options => map('rewrite-all', 'true'))", (), (), ()),
    ("Spark", "delete from {} where id = 9", (), (), (9,)),
    ("Firn", "delete from {} where id = 7", (), (), (7,)),
    ("Spark", "update {} set s = 'spark again' where id > 9", (10, 11), (), ()),
]


@pytest.fixture(scope="module")
def spark(server, account, lake, tmp_path_factory):
    key = server.root_key()
    server.aws("lakeformation").grant_permissions(  # The root sees what others made, and writes it with a grant.
        Principal={"DataLakePrincipalIdentifier": f"arn:aws:iam::{server.account_id}:root"},
        Resource={"Catalog": {"Id": account.warehouse}}, Permissions=["ALL"])
    settings = page_lines("spark-glue", server, account, key) | page_lines("spark-firn", server, account, key)
    running = Spark(settings | FRESH, key, tmp_path_factory.mktemp("spark") / "spark.log")
    yield running
    running.stop()


@pytest.mark.parametrize("mode", ["merge-on-read", "copy-on-write"])
@pytest.mark.parametrize("maker", ["Firn", "Spark"])
def test_both_tell_the_same_of_every_rows_descent(spark, server, lake, maker, mode):
    name = f"lake.lineage.{maker}_{mode}".lower().replace("-", "_")
    modes = {"format-version": "3"} | {f"write.{act}.mode": mode for act in ("delete", "update", "merge")}
    read = f"select id, s, _row_id, _last_updated_sequence_number from {name} order by id"
    with server.sql() as connection:
        run_sql(connection, "create database if not exists lake.lineage")
        if maker == "Firn":
            body = ", ".join(f'"{key}" = "{value}"' for key, value in modes.items())
            run_sql(connection, f"create table {name} (id bigint, s string) properties ({body})")
        else:
            body = ", ".join(f"'{key}' = '{value}'" for key, value in modes.items())
            spark.sql(f"create table {name} (id bigint, s string) using iceberg tblproperties ({body})")
        rows: dict[int, tuple] = {}
        for number, (who, statement, changed, added, gone) in enumerate(STEPS):
            if who == "Firn":
                run_sql(connection, statement.format(name))
            else:
                spark.sql(statement.format(name.removeprefix("lake.") if statement.startswith("call") else name))
            ours, theirs = run_sql(connection, read), spark.values(read)
            step = f"step {number}, {who}: {statement}"
            assert ours == theirs, step
            newest = max((sequence for _, _, sequence in rows.values()), default=0)
            now = {id_: (s, row, sequence) for id_, s, row, sequence in ours}
            assert set(now) == (set(rows) | set(added)) - set(gone), step
            assert len({row for _, row, _ in now.values()}) == len(now), f"{step}: row ids twice: {now}"
            for id_, (_, row, sequence) in now.items():
                if id_ in changed:
                    assert row == rows[id_][1] and sequence > newest, f"{step}: {id_} was {rows[id_]}, is {now[id_]}"
                elif id_ not in added:
                    assert now[id_] == rows[id_], f"{step}: {id_} was {rows[id_]}, is {now[id_]}"
            rows = now
        if mode == "merge-on-read":
            assert spark.sql(f"select distinct file_format from {name}.delete_files") in ([("PUFFIN",)], [])


def test_views_of_both(spark, server):
    with server.sql() as connection:
        run_sql(connection, server.warehouse_catalog_statement("views"))

        def ours(text: str) -> list[tuple]:
            return run_sql(connection, text)

        spark.sql("create namespace views.seen")
        ours("create table views.seen.t (n bigint, s string)")
        ours("insert into views.seen.t values (1, 'a'), (2, 'b'), (3, null)")
        spark.sql("create view views.seen.by_spark as select n + 1 as m, s from views.seen.t where n < 3")
        assert ours("select m, s from views.seen.by_spark order by m") == [(2, "a"), (3, "b")] == spark.values(
            "select m, s from views.seen.by_spark order by m")
        spark.sql("create or replace view views.seen.by_spark as select sum(n) as m from views.seen.t")
        assert ours("select m from views.seen.by_spark") == [(6,)]
        spark.sql("alter view views.seen.by_spark set tblproperties ('told' = 'yes')")
        ours("set catalog views")
        ours("create view seen.by_firn as select n from seen.t where s is not null")
        assert spark.sql("show views in views.seen") == [("seen", "by_firn", "False"), ("seen", "by_spark", "False")]
        # Spark takes the first dialect where its own is not among them.
        assert spark.values("select n from views.seen.by_firn order by n") == [(1,), (2,)]
        ours('create view seen.odd as select array_agg(n order by n)[1] as first from seen.t')
        assert ours("select first from seen.odd") == [(1,)]
        with pytest.raises(RuntimeError, match="(?i)syntax"):
            spark.sql("select * from views.seen.odd")
        ours("drop view seen.odd")
        with pytest.raises(pymysql.Error, match="loss of view dialects"):
            ours("create or replace view seen.by_spark as select 1 as m")
        spark.sql("create view views.seen.only_spark as select n from views.seen.t lateral view explode(array(1)) e as one")
        with pytest.raises(pymysql.Error, match="ADD DIALECT"):
            ours("select * from views.seen.only_spark")
        ours("alter view seen.only_spark add dialect starrocks select n from seen.t")
        assert ours("select sum(n) from views.seen.only_spark") == [(6,)]
        assert spark.values("select sum(n) from views.seen.only_spark") == [(6,)]
        spark.sql("drop view views.seen.by_firn")
        ours("drop view seen.only_spark")
        assert spark.sql("show views in views.seen") == [("seen", "by_spark", "False")]
