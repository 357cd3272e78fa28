"""kill -9 between the PUT and the commit of a write: the journal brings to an end what was left.

A proxy stands between the engine and the catalog; the engine is killed while its commit is held there. The AWS side is
another process, which lives on.
"""

import threading
import time
import urllib.parse

import pymysql
import pytest

from firn_server import run_sql, wait_until
from held_proxy import HeldProxy

UNFINISHED = "select db_name, table_name, state, snapshot_id, file_count, is_running, note from information_schema.firn_unfinished_writes"


@pytest.fixture()
def world(own_server):
    """The AWS side, a proxy before it, and an engine that goes through the proxy."""
    aws = own_server("--without-engine").start()
    proxy = HeldProxy(urllib.parse.urlsplit(aws.aws_endpoint).port)
    engine = own_server("--without-aws").start()
    yield aws, proxy, engine
    if engine.running():
        engine.kill()
    proxy.close()
    aws.stop()


def make_catalog(aws, proxy, vended: bool) -> str:
    """A catalog on the firn face, whose tables lie in an ordinary bucket, so that files can be deleted."""
    key, secret = aws.root_key()
    return (f'create external catalog lake properties("type" = "iceberg", "iceberg.catalog.type" = "rest", '
            f'"iceberg.catalog.uri" = "http://127.0.0.1:{proxy.port}/iceberg", '
            f'"iceberg.catalog.rest.sigv4-enabled" = "true", "iceberg.catalog.rest.signing-name" = "firn", '
            f'"iceberg.catalog.rest.access-key-id" = "{key}", "iceberg.catalog.rest.secret-access-key" = "{secret}", '
            f'"iceberg.catalog.warehouse" = "warehouse", "aws.s3.region" = "us-east-1", '
            f'"aws.s3.endpoint" = "{aws.aws_endpoint}", "aws.s3.enable_path_style_access" = "true", '
            f'"aws.s3.access_key" = "{key}", "aws.s3.secret_key" = "{secret}", '
            f'"iceberg.catalog.vended-credentials-enabled" = "{str(vended).lower()}")')


def data_files(aws) -> set[str]:
    s3 = aws.aws("s3")
    found = set()
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            found |= {o["Key"] for o in page.get("Contents", []) if o["Key"].endswith(".parquet")}
    return found


def run_in_background(engine, statement: str) -> threading.Thread:
    def work():
        try:
            with engine.sql() as connection:
                run_sql(connection, statement)
        except (pymysql.MySQLError, OSError):
            pass  # The engine is killed under it.

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def prepare(world, vended: bool = True):
    aws, proxy, engine = world
    with engine.sql() as connection:
        run_sql(connection, make_catalog(aws, proxy, vended))
        run_sql(connection, "create database lake.db")
        run_sql(connection, "create table lake.db.t (a int)")
        run_sql(connection, "insert into lake.db.t values (1)")
        assert run_sql(connection, UNFINISHED) == []
    return aws, proxy, engine


def kill_at_commit(engine, proxy, when: str, statement: str = "insert into lake.db.t values (2)") -> None:
    """Kills the engine while its commit is held before (`request`) or after (`answer`) the catalog acts on it."""
    held = proxy.hold("POST", "/tables/t", when)
    thread = run_in_background(engine, statement)
    assert held.wait(30), "no commit came"
    engine.kill()
    thread.join()


def test_a_commit_that_was_applied_is_found_to_be(world):
    aws, proxy, engine = prepare(world)
    kill_at_commit(engine, proxy, "answer")
    proxy.release()
    before = data_files(aws)
    engine.start()
    with engine.sql() as connection:
        wait_until(lambda: run_sql(connection, UNFINISHED) == [], what="the end of the entry")
        assert run_sql(connection, "select a from lake.db.t order by a") == [(1,), (2,)]
    assert data_files(aws) == before and len(before) == 2
    assert "it was committed" in engine.log_text()


def test_a_commit_that_never_came_is_unknown_until_the_table_moves_on(world):
    aws, proxy, engine = prepare(world)
    kill_at_commit(engine, proxy, "request")
    proxy.drop()
    assert len(data_files(aws)) == 2
    engine.start()
    with engine.sql() as connection:
        # The table is as the commit asserts it: it may come yet, and nothing is deleted.
        rows = wait_until(lambda: [r for r in run_sql(connection, UNFINISHED) if r[2] == "UNKNOWN"], what="unknown")
        assert len(rows) == 1 and rows[0][:2] == ("db", "t") and rows[0][3] is not None and rows[0][5] == "NO"
        assert "may still be applied" in rows[0][6]
        time.sleep(6)  # One more round of recovery.
        assert len(data_files(aws)) == 2
        run_sql(connection, "insert into lake.db.t values (3)")
        wait_until(lambda: run_sql(connection, UNFINISHED) == [], what="the end of the entry")
        assert run_sql(connection, "select a from lake.db.t order by a") == [(1,), (3,)]
    assert len(data_files(aws)) == 2, "the file of the killed statement is removed"
    assert "commit state unknown" in engine.log_text()


def test_files_of_a_statement_killed_before_its_commit_are_removed(world):
    aws, proxy, engine = prepare(world)
    # The statement has put its first partitions and waits for the next rows when it is killed.
    with engine.sql() as connection:
        run_sql(connection, 'create table lake.db.big (a bigint, s string) '
                            'properties("write.target-file-size-bytes" = "65536", "write.parquet.row-group-size-bytes" = "65536")')
    before = data_files(aws)
    thread = run_in_background(
        engine, "insert into lake.db.big select g, repeat(md5(cast(g as string)), 8) from table(generate_series(1, 40000000)) as s(g)")
    wait_until(lambda: len(data_files(aws) - before) >= 2, 60, "files of the running statement")
    engine.kill()
    thread.join()
    assert data_files(aws) - before
    engine.start()
    with engine.sql() as connection:
        wait_until(lambda: run_sql(connection, UNFINISHED) == [], 60, "the end of the entry")
        assert run_sql(connection, "select count(*) from lake.db.big") == [(0,)]
    assert data_files(aws) == before
    assert "it was not committed" in engine.log_text()


REWRITES = {
    "rewrite_data_files": "alter table lake.db.t execute rewrite_data_files()",
    "rewrite_position_deletes": "alter table lake.db.t execute rewrite_position_deletes()",
    "rewrite_manifests": "alter table lake.db.t execute rewrite_manifests()",
}


def prepare_rewriting(world):
    """A table of three small files, one with a delete file: every procedure finds something to do."""
    aws, proxy, engine = prepare(world)
    with engine.sql() as connection:
        run_sql(connection, "insert into lake.db.t values (2), (4), (5)")
        run_sql(connection, "insert into lake.db.t values (3)")
        run_sql(connection, "delete from lake.db.t where a = 4")
    return aws, proxy, engine


def objects(aws) -> set[str]:
    """Every object but the catalog's own metadata files."""
    s3 = aws.aws("s3")
    found = set()
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            found |= {o["Key"] for o in page.get("Contents", []) if not o["Key"].endswith(".metadata.json")}
    return found


@pytest.mark.parametrize("procedure", REWRITES)
def test_a_rewriting_that_was_applied_is_found_to_be(world, procedure):
    aws, proxy, engine = prepare_rewriting(world)
    kill_at_commit(engine, proxy, "answer", REWRITES[procedure])
    proxy.release()
    before = objects(aws)
    engine.start()
    with engine.sql() as connection:
        wait_until(lambda: run_sql(connection, UNFINISHED) == [], what="the end of the entry")
        assert run_sql(connection, "select a from lake.db.t order by a") == [(1,), (2,), (3,), (5,)]
    assert objects(aws) == before
    assert "it was committed" in engine.log_text()


@pytest.mark.parametrize("procedure", REWRITES)
def test_a_rewriting_that_never_came_is_unknown_until_the_table_moves_on(world, procedure):
    aws, proxy, engine = prepare_rewriting(world)
    before = objects(aws)
    kill_at_commit(engine, proxy, "request", REWRITES[procedure])
    proxy.drop()
    written = objects(aws) - before
    assert written, "the procedure has put files before its commit"
    engine.start()
    with engine.sql() as connection:
        rows = wait_until(lambda: [r for r in run_sql(connection, UNFINISHED) if r[2] == "UNKNOWN"], what="unknown")
        assert len(rows) == 1 and rows[0][:2] == ("db", "t") and rows[0][4] == len(written)
        time.sleep(6)  # One more round of recovery.
        assert written <= objects(aws), "while it is unknown nothing is removed"
        run_sql(connection, "insert into lake.db.t values (6)")
        wait_until(lambda: run_sql(connection, UNFINISHED) == [], what="the end of the entry")
        assert run_sql(connection, "select a from lake.db.t order by a") == [(1,), (2,), (3,), (5,), (6,)]
    assert not written & objects(aws), "what the killed procedure wrote is removed"
    assert before <= objects(aws), "nothing else is"


def test_files_of_a_rewriting_killed_before_its_commit_are_removed(world):
    aws, proxy, engine = prepare(world)
    with engine.sql() as connection:
        run_sql(connection, 'create table lake.db.big (a bigint, s string) '
                            'properties("write.target-file-size-bytes" = "65536", "write.parquet.row-group-size-bytes" = "65536")')
        run_sql(connection, "insert into lake.db.big select g, repeat(md5(cast(g as string)), 8) from table(generate_series(1, 300000)) as s(g)")
    before = objects(aws)
    thread = run_in_background(engine, 'alter table lake.db.big execute rewrite_data_files("rewrite_all" = true)')
    wait_until(lambda: len(objects(aws) - before) >= 2, 60, "files of the running procedure")
    engine.kill()
    thread.join()
    assert objects(aws) - before
    engine.start()
    with engine.sql() as connection:
        wait_until(lambda: run_sql(connection, UNFINISHED) == [], 60, "the end of the entry")
        assert run_sql(connection, "select count(*), sum(a) from lake.db.big") == [(300000, 300000 * 300001 // 2)]
    assert objects(aws) == before
    assert "it was not committed" in engine.log_text()


def test_add_files_that_was_killed_leaves_the_files_it_was_to_add(world):
    aws, proxy, engine = prepare(world)
    with engine.sql() as connection:
        location = run_sql(connection, "select file_path from lake.db.t$files")[0][0]
        folder, name = location.rsplit("/", 1)
        bucket, key = location.removeprefix("s3://").split("/", 1)
        # The same file under another name, as another engine would leave it.
        foreign = key.rsplit("/", 1)[0] + "/others/" + name
        aws.aws("s3").copy_object(Bucket=bucket, Key=foreign, CopySource={"Bucket": bucket, "Key": key})
    before = objects(aws)
    statement = f'alter table lake.db.t execute add_files("location" = "{folder}/others/")'
    kill_at_commit(engine, proxy, "request", statement)
    proxy.drop()
    written = objects(aws) - before
    assert written and not any(k.endswith(".parquet") for k in written)
    engine.start()
    with engine.sql() as connection:
        wait_until(lambda: [r for r in run_sql(connection, UNFINISHED) if r[2] == "UNKNOWN"], what="unknown")
        run_sql(connection, "insert into lake.db.t values (7)")
        wait_until(lambda: run_sql(connection, UNFINISHED) == [], what="the end of the entry")
        assert not written & objects(aws) and foreign in objects(aws)
        assert run_sql(connection, statement) == [("1", "1")]
        assert run_sql(connection, "select a from lake.db.t order by a") == [(1,), (1,), (7,)]


BIG_ROWS = ("insert into lake.db.big select g, concat(md5(cast(g as string)), md5(cast(g + 1000000000 as string))) "
            "from table(generate_series(1, {})) as s(g)")


def uploads(aws) -> list[str]:
    """What was begun in parts and neither completed nor aborted."""
    s3 = aws.aws("s3")
    return [u["Key"] for b in s3.list_buckets()["Buckets"] for u in s3.list_multipart_uploads(Bucket=b["Name"]).get("Uploads", [])]


def begin_big(engine, aws) -> threading.Thread:
    """A statement whose first file goes in parts and does not end soon."""
    with engine.sql() as connection:
        run_sql(connection, "create table lake.db.big (a bigint, s string)")
    thread = run_in_background(engine, BIG_ROWS.format(40_000_000))
    wait_until(lambda: uploads(aws), 60, "an upload in parts")
    return thread


def test_a_large_file_goes_in_parts_and_a_small_one_does_not(world):
    aws, _, engine = prepare(world)
    with engine.sql() as connection:
        run_sql(connection, "create table lake.db.big (a bigint, s string)")
        run_sql(connection, BIG_ROWS.format(600_000))
        assert run_sql(connection, "select count(*), count(distinct s) from lake.db.big") == [(600_000, 600_000)]
        paths = {t: [r[0] for r in run_sql(connection, f"select file_path from lake.db.{t}$files")] for t in ("big", "t")}
    heads = {t: [aws.aws("s3").head_object(Bucket=p.split("/")[2], Key=p.split("/", 3)[3]) for p in paths[t]] for t in paths}
    large = [h for h in heads["big"] if h["ContentLength"] > 8 << 20]
    assert large and all("-" in h["ETag"] for h in large), "an ETag of parts ends in their number"
    assert all("-" not in h["ETag"] for h in heads["t"])
    assert uploads(aws) == []


def test_a_statement_that_is_killed_takes_back_the_parts_it_sent(world):
    aws, _, engine = prepare(world)
    before = data_files(aws)
    thread = begin_big(engine, aws)
    with engine.sql() as connection:
        running = [r[1] for r in run_sql(connection, "show processlist") if any("insert into lake.db.big" in str(c) for c in r)]
        for number in running:
            run_sql(connection, f"kill query {number}")
        thread.join(30)
        assert not thread.is_alive()
        wait_until(lambda: uploads(aws) == [], 20, "the abort")
        wait_until(lambda: run_sql(connection, UNFINISHED) == [], 20, "the end of the entry")
        assert run_sql(connection, "select count(*) from lake.db.big") == [(0,)]
    assert data_files(aws) == before


def test_parts_that_a_crash_left_are_taken_back(world):
    # With keys of one's own: those that a catalog lends may not list uploads.
    aws, _, engine = prepare(world, vended=False)
    before = data_files(aws)
    thread = begin_big(engine, aws)
    engine.kill()
    thread.join()
    assert uploads(aws)
    engine.start()
    with engine.sql() as connection:
        wait_until(lambda: run_sql(connection, UNFINISHED) == [], 60, "the end of the entry")
    assert uploads(aws) == [] and data_files(aws) == before


def test_a_statement_that_fails_leaves_no_entry(world):
    aws, proxy, engine = prepare(world)
    before = data_files(aws)
    with engine.sql() as connection:
        for bad in ("insert into lake.db.t select g / 0 + 99999999999 from table(generate_series(1, 10)) as s(g)",
                    "insert into lake.db.t values (99999999999)",
                    "insert into lake.db.t select cast('x' as int) + 99999999999 * g from table(generate_series(1, 3)) as s(g)"):
            try:
                run_sql(connection, bad)
            except pymysql.MySQLError:
                continue
        assert run_sql(connection, UNFINISHED) == []
    assert len(data_files(aws)) >= len(before)
