"""A table of 100,000 data files in 1,000 manifests on the local AWS side: how long its planning takes after a restart, and then.

README.md says how to read it. The metadata comes from planning.py; what is timed is EXPLAIN of a query that keeps one file,
through the MySQL protocol.
"""

import argparse
import json
import os
import pathlib
import statistics
import tempfile
import time

import pymysql

from endpoint import machine
from peers import Firn
from planning import COLUMNS, SCHEMA, make

QUERY = "explain select * from c.bench.t where id = 1234567"


class Server(Firn):
    """Firn with its engine, begun again on the same folder."""

    def begin(self, folder: pathlib.Path) -> None:
        """As Firn.start, without making what is there already."""
        import configparser
        import subprocess

        process = self.start_process(
            [os.environ["FIRN_BINARY"], "server", "--data-dir", str(folder), "--mysql-port", "0", "--http-port", "0",
             "--aws-port", str(self.port)], folder, stdout=subprocess.PIPE)
        self.ready = json.loads(process.stdout.readline())
        profile = configparser.ConfigParser()
        profile.read(self.ready["credentials_file"])
        self.key = profile["firn"]["aws_access_key_id"], profile["firn"]["aws_secret_access_key"]
        self.port = self.iceberg_port = self.ready["aws_port"]

    def sql(self, text: str) -> list:
        connection = pymysql.connect(host="127.0.0.1", port=self.ready["mysql_port"], user="root", autocommit=True)
        with connection.cursor() as cursor:
            cursor.execute(text)
            rows = list(cursor.fetchall())
        connection.close()
        return rows

    def megabytes(self, field: str) -> float:
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
        return 0


def fill(server: Server, manifests: int, files: int) -> None:
    import urllib.parse

    arn = server.client("s3tables").create_table_bucket(name="warehouse")["arn"]
    server.iceberg_path = "/iceberg/v1/" + urllib.parse.quote(arn, safe="")
    server.ask(server.iceberg("POST", "/namespaces", {"namespace": ["bench"]}))
    loaded = server.ask(server.iceberg("POST", "/namespaces/bench/tables", {
        "name": "t", "schema": SCHEMA, "stage-create": False, "partition-spec": {"spec-id": 0, "fields": [
            {"source-id": len(COLUMNS), "field-id": 1000, "name": "day", "transform": "identity"}]}}))
    location = loaded["metadata"]["location"]
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    client = server.client()
    with tempfile.TemporaryDirectory(prefix="firn-bench-") as name:
        snapshot = make(pathlib.Path(name), manifests, files, location)
        for path in sorted(pathlib.Path(name).glob("*.avro")):
            client.put_object(Bucket=bucket, Key=f"{prefix}/metadata/{path.name}".lstrip("/"), Body=path.read_bytes())
    server.ask(server.iceberg("POST", "/namespaces/bench/tables/t", {
        "requirements": [{"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": None}],
        "updates": [{"action": "add-snapshot", "snapshot": snapshot},
                    {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": snapshot["snapshot-id"]}]}))
    properties = {"type": "iceberg", "iceberg.catalog.type": "rest",
                  "iceberg.catalog.uri": f"http://127.0.0.1:{server.port}/iceberg",
                  "iceberg.catalog.rest.sigv4-enabled": "true", "iceberg.catalog.rest.signing-name": "s3tables",
                  "iceberg.catalog.rest.access-key-id": server.key[0],
                  "iceberg.catalog.rest.secret-access-key": server.key[1], "iceberg.catalog.warehouse": arn,
                  "aws.s3.region": "us-east-1", "aws.s3.endpoint": f"http://127.0.0.1:{server.port}",
                  "aws.s3.access_key": server.key[0], "aws.s3.secret_key": server.key[1],
                  "aws.s3.enable_path_style_access": "true"}
    body = ", ".join(f'"{key}" = "{value}"' for key, value in properties.items())
    server.sql(f"create external catalog c properties({body})")


def explain(server: Server) -> float:
    begin = time.perf_counter()
    rows = server.sql(QUERY)
    seconds = time.perf_counter() - begin
    text = "\n".join(str(row[0]) for row in rows)
    if "files=1/" not in text:
        raise RuntimeError(f"another plan than expected:\n{text}")
    return 1000 * seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifests", type=int, default=1000)
    parser.add_argument("--files", type=int, default=100, help="in one manifest")
    parser.add_argument("--restarts", type=int, default=3)
    chosen = parser.parse_args()
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="firn-bench-") as name:
        server, folder = Server(), pathlib.Path(name) / "data"
        server.begin(folder)
        try:
            fill(server, chosen.manifests, chosen.files)
            cold, warm, resident = [], [], []
            for _ in range(chosen.restarts):
                server.stop()
                server.begin(folder)
                before = server.megabytes("VmRSS")
                cold.append(explain(server))
                warm.append(statistics.median(explain(server) for _ in range(10)))
                resident.append(server.megabytes("VmRSS") - before)
            print(f"{chosen.manifests * chosen.files:,} files in {chosen.manifests:,} manifests, load average now "
                  f"{os.getloadavg()[0]:.1f}\n\n| EXPLAIN, one file kept | ms: min / median / max |\n|---|---|")
            for what, values in (("first after a restart", cold), ("again", warm)):
                print(f"| {what} | {min(values):.0f} / **{statistics.median(values):.0f}** / {max(values):.0f} |")
            print(f"\nresident memory grew by {statistics.median(resident):.0f} MB")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
