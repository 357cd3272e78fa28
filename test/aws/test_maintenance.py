"""S3 Tables' maintenance: what boto3 configures is done to the tables, and GetTableMaintenanceJobStatus says so.

An hour of a configuration lasts a tenth of a second here, a day 2.4 s, and each table has its turn twice a second.
"""

import datetime
import os
import signal
import threading
import urllib.request

import pytest

from firn_server import Account, FirnServer, run_sql, wait_until

JOBS = ("icebergCompaction", "icebergSnapshotManagement", "icebergUnreferencedFileRemoval")


class Lake:
    def __init__(self, folder, *arguments: str):
        self.server = FirnServer(folder, *arguments).start()
        self.account = Account(self.server)
        self.client = self.server.aws("s3tables")
        self.connection = self.server.sql()
        self.sql(self.account.create_catalog_statement("lake"))
        self.sql("CREATE DATABASE lake.db")
        self.sql("USE lake.db")

    def sql(self, text: str):
        return run_sql(self.connection, text)

    def place(self, table: str) -> dict:
        return {"tableBucketARN": self.account.bucket_arn, "namespace": "db", "name": table}

    def status(self, table: str) -> dict:
        return self.client.get_table_maintenance_job_status(**self.place(table))["status"]

    def configure(self, table: str, job: str, status: str = "enabled", **settings):
        value = {"status": status}
        if settings:
            value["settings"] = {job: settings}
        self.client.put_table_maintenance_configuration(**self.place(table), type=job, value=value)

    def make(self, table: str, files: int = 4, clauses: str = ""):
        self.sql(f"CREATE TABLE {table} (n BIGINT, s STRING) {clauses}")
        for n in range(files):
            self.sql(f"INSERT INTO {table} VALUES ({n}, 'row {n}')")

    def files(self, table: str) -> int:
        return self.sql(f"SELECT count(DISTINCT _file) FROM {table}")[0][0]

    def snapshots(self, table: str) -> list:
        return [row[0] for row in self.sql(f"SELECT snapshot_id FROM {table}$snapshots")]

    def objects(self, table: str) -> set[str]:
        """What stands on the disk's ledger of the table's own bucket."""
        import sqlite3
        warehouse = self.client.get_table(**self.place(table))["warehouseLocation"].removeprefix("s3://")
        with sqlite3.connect(f"file:{self.server.data_folder}/aws/ledger.sqlite?mode=ro", uri=True) as ledger:
            return {key for (key,) in ledger.execute("SELECT key FROM s3_objects WHERE bucket = ?", (warehouse,))}


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    lake = Lake(tmp_path_factory.mktemp("maintained") / "data", "--maintenance-interval", "0.5", "--maintenance-hour", "0.1")
    yield lake
    lake.connection.close()
    lake.server.stop()


def test_small_files_are_compacted_and_the_status_says_so(lake):
    lake.make("small", 6)
    lake.configure("small", "icebergCompaction", targetFileSizeMB=64, strategy="binpack")
    wait_until(lambda: lake.files("small") == 1, 40, "compaction")
    assert lake.sql("SELECT sum(n), count(*) FROM small") == [(15, 6)]
    status = wait_until(lambda: lake.status("small") if all(
        job["status"] == "Successful" for job in lake.status("small").values()) else None, 40, "success of all jobs")
    assert set(status) == set(JOBS)
    for job in status.values():
        age = datetime.datetime.now(datetime.UTC) - job["lastRunTimestamp"]
        assert datetime.timedelta(seconds=-5) < age < datetime.timedelta(minutes=2), job
    summary = lake.sql("SELECT operation FROM small$snapshots ORDER BY committed_at DESC LIMIT 1")
    assert summary == [("replace",)]
    lake.sql("INSERT INTO small VALUES (100, 'late'), (101, 'later')")
    lake.sql("INSERT INTO small VALUES (102, 'last')")
    wait_until(lambda: lake.files("small") == 1, 40, "compaction of what came later")
    assert lake.sql("SELECT count(*) FROM small") == [(9,)]


def test_snapshots_expire_and_their_files_go_after_their_grace(lake):
    lake.client.put_table_bucket_maintenance_configuration(
        tableBucketARN=lake.account.bucket_arn, type="icebergUnreferencedFileRemoval",
        value={"status": "enabled", "settings": {"icebergUnreferencedFileRemoval": {"unreferencedDays": 1, "nonCurrentDays": 2}}})
    lake.make("aging", 5)
    lake.configure("aging", "icebergSnapshotManagement", minSnapshotsToKeep=1, maxSnapshotAgeHours=1)
    before = lake.objects("aging")
    assert sum(key.startswith("data/") for key in before) >= 5
    wait_until(lambda: len(lake.snapshots("aging")) == 1 and lake.files("aging") == 1, 40, "expiry")
    wait_until(lambda: sum(key.startswith("data/") for key in lake.objects("aging")) == 1, 60, "removal")
    assert lake.sql("SELECT sum(n), count(*) FROM aging") == [(10, 5)]
    assert any(key.endswith(".metadata.json") for key in lake.objects("aging"))
    with urllib.request.urlopen(f"http://127.0.0.1:{lake.server.ready['http_port']}/metrics") as answer:
        metrics = answer.read().decode()
    assert 'firn_maintenance_jobs_total{job="icebergCompaction",outcome="successful"}' in metrics
    removed = [line for line in metrics.splitlines() if line.startswith("firn_maintenance_files_removed_total")]
    assert float(removed[0].split()[-1]) >= 5


def test_a_query_that_began_before_keeps_its_files(lake):
    """Twelve files, a second a row: the last are opened when compaction and expiry are through with them."""
    lake.client.put_table_bucket_maintenance_configuration(
        tableBucketARN=lake.account.bucket_arn, type="icebergUnreferencedFileRemoval",
        value={"status": "enabled", "settings": {"icebergUnreferencedFileRemoval": {"unreferencedDays": 1, "nonCurrentDays": 20}}})
    lake.sql("CREATE TABLE slow (n BIGINT, s STRING)")
    lake.configure("slow", "icebergCompaction", status="disabled")
    lake.configure("slow", "icebergSnapshotManagement", minSnapshotsToKeep=1, maxSnapshotAgeHours=1)
    for n in range(12):
        lake.sql(f"INSERT INTO slow VALUES ({n}, 'x')")
    answers = []

    def read():
        with lake.server.sql() as connection:
            answers.append(run_sql(connection, "SELECT sum(n), count(*) FROM lake.db.slow WHERE sleep(1)"))

    reader = threading.Thread(target=read)
    reader.start()
    lake.configure("slow", "icebergCompaction", targetFileSizeMB=64)
    wait_until(lambda: lake.files("slow") == 1 and len(lake.snapshots("slow")) == 1, 40, "compaction and expiry")
    reader.join()
    assert answers == [[(66, 12)]]


def test_what_is_disabled_is_left_alone(lake):
    lake.sql("CREATE TABLE left_alone (n BIGINT, s STRING)")
    for job in JOBS[:2]:
        lake.configure("left_alone", job, status="disabled")
    for n in range(3):
        lake.sql(f"INSERT INTO left_alone VALUES ({n}, 'x')")
    wait_until(lambda: lake.status("left_alone")["icebergUnreferencedFileRemoval"]["status"] == "Successful", 40, "a turn")
    status = lake.status("left_alone")
    assert [status[job]["status"] for job in JOBS[:2]] == ["Disabled", "Disabled"]
    assert lake.files("left_alone") == 3 and len(lake.snapshots("left_alone")) == 3


def test_longer_retention_of_the_table_stops_expiry(lake):
    lake.sql("""CREATE TABLE retained (n BIGINT, s STRING) PROPERTIES ("history.expire.max-snapshot-age-ms" = "999999999999")""")
    for n in range(3):
        lake.sql(f"INSERT INTO retained VALUES ({n}, 'x')")
    job = wait_until(lambda: (lambda one: one if one["status"] != "Not_Yet_Run" else None)(
        lake.status("retained")["icebergSnapshotManagement"]), 40, "a turn")
    assert job["status"] == "Disabled" and "history.expire.max-snapshot-age-ms" in job["failureMessage"]


@pytest.mark.parametrize(("strategy", "words"), [("sort", "sort order"), ("z-order", "z-order")])
def test_what_cannot_be_done_fails_in_words(lake, strategy, words):
    table = "failing_" + strategy.replace("-", "_")
    lake.sql(f"CREATE TABLE {table} (n BIGINT, s STRING)")
    lake.configure(table, "icebergCompaction", targetFileSizeMB=64, strategy=strategy)
    lake.sql(f"INSERT INTO {table} VALUES (1, 'x')")
    job = wait_until(lambda: (lambda one: one if one["status"] == "Failed" else None)(
        lake.status(table)["icebergCompaction"]), 60, "a failure")
    assert words in job["failureMessage"]
    assert lake.sql(f"SELECT n FROM {table}") == [(1,)]


def test_maintenance_has_keys_for_one_table_and_shows_nobody_its_engine(lake):
    records = [line for path in sorted((lake.server.data_folder / "aws").glob("audit.log*")) for line in path.open()]
    acting = [line for line in records if "AWSServiceRoleForS3TablesMaintenance" in line]
    assert acting and not any("s3tables:DeleteTable" in line or "s3tables:CreateTable" in line for line in acting)
    assert [row[0] for row in lake.sql("SHOW CATALOGS")] == ["default_catalog", "lake"]
    assert all("maintained" not in str(row) for row in lake.sql("SHOW FULL PROCESSLIST"))


def test_now_means_now_and_off_means_off(tmp_path):
    lake = Lake(tmp_path / "slow", "--maintenance-interval", "3600")
    try:
        lake.make("waiting", 3)
        assert {job["status"] for job in lake.status("waiting").values()} == {"Not_Yet_Run"}
        assert lake.files("waiting") == 3
        os.kill(lake.server.process.pid, signal.SIGUSR1)
        wait_until(lambda: lake.files("waiting") == 1, 40, "compaction when asked")
        assert lake.sql("SELECT count(*) FROM waiting") == [(3,)]
    finally:
        lake.server.stop()
    off = Lake(tmp_path / "off", "--without-maintenance", "--maintenance-interval", "0.5")
    try:
        off.make("kept", 3)
        os.kill(off.server.process.pid, signal.SIGUSR1)
        assert off.sql("SELECT sleep(3)")
        assert off.files("kept") == 3
        assert {job["status"] for job in off.status("kept").values()} == {"Not_Yet_Run"}
    finally:
        off.server.stop()
