"""Processes commit to one table at once, through both REST faces and UpdateTableMetadataLocation.

Commits are serialised: no append is lost, and no version token is accepted twice.
"""

import concurrent.futures
import multiprocessing

import botocore.config
import boto3
import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import CommitFailedException

from firn_server import REGION

COMMITS_A_WRITER = 10
CONFLICTS_MAX = 400
TOUCH_PAUSE_SECONDS = 0.02
PROCESSES = 4
SPACE, TABLE = "hammer", "t"


def append(properties: dict, writer: int, start) -> int:
    """Appends one row a commit; loads anew on a conflict. Returns the number of conflicts."""
    catalog, conflicts = load_catalog("hammer", **properties), 0
    start.wait()
    for n in range(COMMITS_A_WRITER):
        while True:
            try:
                catalog.load_table((SPACE, TABLE)).append(pa.table({"id": pa.array([writer * 1000 + n], pa.int64())}))
                break
            except CommitFailedException:
                conflicts += 1
                if conflicts > CONFLICTS_MAX:
                    raise
    return conflicts


def touch(client_arguments: dict, bucket_arn: str, start, done) -> tuple[list[str], int]:
    """Puts the current metadata location again until the appends are done; the accepted tokens, and the conflicts."""
    client = boto3.client("s3tables", config=botocore.config.Config(retries={"max_attempts": 1}), **client_arguments)
    place = {"tableBucketARN": bucket_arn, "namespace": SPACE, "name": TABLE}
    accepted, conflicts = [], 0
    start.wait()
    while not done.wait(TOUCH_PAUSE_SECONDS):
        now = client.get_table_metadata_location(**place)
        try:
            client.update_table_metadata_location(
                **place, versionToken=now["versionToken"], metadataLocation=now["metadataLocation"])
        except client.exceptions.ConflictException:
            conflicts += 1
            continue
        accepted.append(now["versionToken"])
    return accepted, conflicts


def test_commits_of_all_faces_are_serialised(server, account):
    endpoint, (key, secret) = server.aws_endpoint, server.root_key()
    common = {"type": "rest", "uri": f"{endpoint}/iceberg", "rest.sigv4-enabled": "true",
              "rest.signing-region": REGION, "client.region": REGION, "s3.endpoint": endpoint}
    glue = {**common, "warehouse": account.warehouse, "rest.signing-name": "glue",
            "client.access-key-id": account.key[0], "client.secret-access-key": account.key[1]}
    s3tables = {**common, "warehouse": account.bucket_arn, "rest.signing-name": "s3tables",
                "client.access-key-id": key, "client.secret-access-key": secret}
    client_arguments = {"endpoint_url": endpoint, "region_name": REGION, "aws_access_key_id": key,
                        "aws_secret_access_key": secret}
    catalog = load_catalog("hammer", **s3tables)
    catalog.create_namespace(SPACE)
    catalog.create_table((SPACE, TABLE), schema=pa.schema([pa.field("id", pa.int64())]))

    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, concurrent.futures.ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        start, done = manager.Barrier(PROCESSES), manager.Event()
        touches = [pool.submit(touch, client_arguments, account.bucket_arn, start, done) for _ in range(2)]
        appends = [pool.submit(append, properties, writer, start)
                   for writer, properties in ((1, glue), (2, s3tables))]
        try:
            conflicts = sum(work.result() for work in appends)
        finally:
            done.set()
        touched = [work.result() for work in touches]

    accepted = [token for tokens, _ in touched for token in tokens]
    conflicts += sum(count for _, count in touched)
    print(f"{len(accepted)} touches accepted, {conflicts} conflicts")
    assert accepted and conflicts, "the writers never met"
    assert len(set(accepted)) == len(accepted), "a version token was accepted twice"
    table = catalog.load_table((SPACE, TABLE))
    ids = sorted(table.scan().to_arrow()["id"].to_pylist())
    assert ids == [w * 1000 + n for w in (1, 2) for n in range(COMMITS_A_WRITER)], f"{conflicts} conflicts"
    assert len(table.metadata.snapshots) == 2 * COMMITS_A_WRITER
