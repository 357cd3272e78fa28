"""A table of 100,000 data files in 1,000 manifests on the local AWS side: how long its planning takes after a restart, and then.

README.md says how to read it. The metadata comes from planning.py. What is timed, through the MySQL protocol: EXPLAIN of a query
that keeps one file, by a server that is engine and store and is begun again; then, beside the other engines, a count that keeps
no file (there are none), by an engine that is begun again over a store that is not.
"""

import argparse
import configparser
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import pymysql

from endpoint import machine, spread
from engines import Engine, Place, catalog_statement, chosen_engines, timed
from peers import Firn
from planning import COLUMNS, SCHEMA, make

QUERY = "explain select * from c.bench.t where id = 34567"
REPEATS = 5


class Server(Firn):
    """Firn with its engine, begun again on the same folder."""

    def begin(self, folder: pathlib.Path) -> None:
        """As Firn.start, without making what is there already."""
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


def fill(server: Server, manifests: int, files: int) -> Place:
    """In the full Iceberg REST face's own warehouse, which every engine can reach by OAuth2."""
    server.iceberg_service, server.iceberg_path = "firn", "/iceberg/v1/warehouse"
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
    place = Place(f"http://127.0.0.1:{server.port}/iceberg", f"127.0.0.1:{server.port}", server.key, "warehouse", bucket, "bench.t")
    server.sql(catalog_statement("c", place))
    return place


def explain(server: Server) -> float:
    begin = time.perf_counter()
    rows = server.sql(QUERY)
    seconds = time.perf_counter() - begin
    text = "\n".join(str(row[0]) for row in rows)
    if "files=1/" not in text:
        raise RuntimeError(f"another plan than expected:\n{text}")
    return 1000 * seconds


def explained(server: Server, folder: pathlib.Path, restarts: int) -> str:
    cold, warm, resident = [], [], []
    for _ in range(restarts):
        server.stop()
        server.begin(folder)
        before = server.megabytes("VmRSS")
        cold.append(explain(server))
        warm.append(statistics.median(explain(server) for _ in range(10)))
        resident.append(server.megabytes("VmRSS") - before)
    return (f"| EXPLAIN, one file kept | ms: min / median / max |\n|---|---|\n| first after a restart | {spread(cold, 0)} |\n"
            f"| again | {spread(warm, 0)} |\n\nresident memory grew by {statistics.median(resident):.0f} MB")


def counted(engine: Engine, place: Place) -> dict:
    """The first answer of a new process, then the median of its repeats."""
    engine.start(place)
    try:
        first, row = timed(engine, "none")
        for _ in range(engine.warm_ups):
            timed(engine, "none")
        again = statistics.median(timed(engine, "none")[0] for _ in range(REPEATS))
        if row != [0]:
            raise RuntimeError(f"{engine.name} counts {row} rows where none are")
        return {"first_ms": first, "again_ms": again, "peak_mb": engine.peak_megabytes()}
    finally:
        engine.stop()


def beside_others(engines: list[Engine], place: Place, restarts: int) -> dict:
    results: dict = {engine.name: [] for engine in engines}
    for round_ in range(restarts):
        for engine in engines if round_ % 2 == 0 else engines[::-1]:
            if results[engine.name] and "error" in results[engine.name][0]:
                continue
            try:
                results[engine.name].append(counted(engine, place))
            except RuntimeError as failure:
                if engine is engines[0]:
                    raise
                results[engine.name] = [{"error": str(failure)}]
    return results


def report(results: dict) -> str:
    lines = ["| count, no file kept | first ms: min / median / max | again ms | over Firn: first, again | peak MB |", "|---|---|---|---|---|"]
    own = next(iter(results.values()))
    for name, rounds in results.items():
        if "error" in rounds[0]:
            lines.append(f"| {name} | {rounds[0]['error'].strip()[:160]} | | | |")
            continue
        ratios = [statistics.median(one[key] / mine[key] for one, mine in zip(rounds, own)) for key in ("first_ms", "again_ms")]
        lines.append("| {} | {} | {} | {} | {:.0f} |".format(
            name, spread([one["first_ms"] for one in rounds], 0), spread([one["again_ms"] for one in rounds], 1),
            "" if rounds is own else f"{ratios[0]:.1f}, {ratios[1]:.1f}", max(one["peak_mb"] for one in rounds)))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifests", type=int, default=1000)
    parser.add_argument("--files", type=int, default=100, help="in one manifest")
    parser.add_argument("--restarts", type=int, default=3)
    parser.add_argument("--only", help="engines whose name contains one of these, separated by commas; Firn always")
    parser.add_argument("--jvm", action="store_true", help="Spark and Trino too")
    parser.add_argument("--json", type=pathlib.Path, help="write the raw figures here")
    chosen = parser.parse_args()
    engines = chosen_engines(chosen.only, chosen.jvm)
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="firn-bench-") as name:
        server, folder = Server(), pathlib.Path(name) / "data"
        server.begin(folder)
        try:
            place = fill(server, chosen.manifests, chosen.files)
            print(f"{chosen.manifests * chosen.files:,} files in {chosen.manifests:,} manifests\n\n"
                  f"{explained(server, folder, chosen.restarts)}\n", flush=True)
            results = beside_others(engines, place, chosen.restarts)
            print(f"{report(results)}\n\nload average now {os.getloadavg()[0]:.1f}")
            if chosen.json:
                chosen.json.write_text(json.dumps({"machine": machine(), "results": results}, indent=1))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
