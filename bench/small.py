"""A table of many small files, read by Firn and its peers over one store: planning (B4) and a full scan (B5).

README.md says how to read it. 200 commits of ten files make 200 manifests and 2,000 files. Each engine is begun anew in every
round, once for each task; what it asks of the catalog and the store goes through proxies that count and delay.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile

import pyarrow
from pyiceberg.catalog import load_catalog

from endpoint import machine, spread
from engines import Place, chosen_engines, timed
from peers import SeaweedFS

TASKS = {"plan": "one file of 2,000", "full": "all files"}


class Proxy:
    def __init__(self, target_port: int):
        self.process = subprocess.Popen([sys.executable, str(pathlib.Path(__file__).parent / "latency.py"),
                                         str(target_port), "0"], stdout=subprocess.PIPE, text=True)
        self.port, control = (int(word) for word in self.process.stdout.readline().split())
        self.control = socket.create_connection(("127.0.0.1", control)).makefile("rw")

    def counts(self, delay_ms: float | None = None) -> dict:
        self.control.write(("" if delay_ms is None else str(delay_ms)) + "\n")
        self.control.flush()
        return json.loads(self.control.readline())


def make_table(weed: SeaweedFS, commits: int) -> None:
    catalog = load_catalog("w", **{
        "type": "rest", "uri": f"http://127.0.0.1:{weed.iceberg_port}", "warehouse": "s3://warehouse",
        "credential": ":".join(weed.key), "s3.endpoint": f"http://127.0.0.1:{weed.port}",
        "s3.access-key-id": weed.key[0], "s3.secret-access-key": weed.key[1], "s3.region": "us-east-1"})
    catalog.create_namespace("small")
    schema = pyarrow.schema([("p", pyarrow.int64()), ("k", pyarrow.int64()), ("v", pyarrow.float64()),
                             ("s", pyarrow.string())])
    table = catalog.create_table("small.t", schema=schema)
    with table.update_spec() as spec:
        spec.add_identity("p")
    table = catalog.load_table("small.t")
    for i in range(commits):
        table.append(pyarrow.table({
            "p": [j for j in range(10)] * 10, "k": [i * 100 + j for j in range(100)],
            "v": [1.0 * j for j in range(100)], "s": [f"x{j}" for j in range(100)]}, schema=schema))


def same(a: list, b: list) -> bool:
    return len(a) == len(b) and all(
        x == y or isinstance(x, float) and isinstance(y, float) and abs(x - y) <= 1e-9 * abs(x) for x, y in zip(a, b))


def measure(engine, task: str, place: Place, proxies: list[Proxy], repeats: int) -> dict:
    """The first answer of a new process, then the median of its repeats; what each asked for."""
    engine.start(place)
    try:
        for proxy in proxies:
            proxy.counts()
        first_ms, row = timed(engine, task)
        first = [proxy.counts() for proxy in proxies]
        for _ in range(engine.warm_ups):
            timed(engine, task)
        for proxy in proxies:
            proxy.counts()
        again = sorted(timed(engine, task)[0] for _ in range(repeats))
        later = [proxy.counts() for proxy in proxies]
        return {"first_ms": first_ms, "again_ms": statistics.median(again), "row": row,
                "first_requests": [one["requests"] for one in first],
                "again_requests": [one["requests"] / repeats for one in later],
                "first_bytes": sum(one["bytes"] for one in first), "peak_mb": engine.peak_megabytes()}
    finally:
        engine.stop()


def report(engines: list, results: dict) -> str:
    lines = ["| task | engine | first ms: min / median / max | again ms | over Firn: first, again | requests of catalog + "
             "store: first, again | MB read | peak MB |", "|---|---|---|---|---|---|---|---|"]
    for task, text in TASKS.items():
        own = results[task][engines[0].name]
        for engine in engines:
            rounds = results[task][engine.name]

            def median(key, rounds=rounds):
                return statistics.median(one[key] for one in rounds)

            ratios = [statistics.median(one[key] / mine[key] for one, mine in zip(rounds, own))
                      for key in ("first_ms", "again_ms")]
            first, again = rounds[-1]["first_requests"], rounds[-1]["again_requests"]
            lines.append("| {} | {} | {} | {} | {} | {} + {}, {:.1f} + {:.1f} | {:.1f} | {:.0f} |".format(
                text, engine.name, spread([one["first_ms"] for one in rounds], 0),
                spread([one["again_ms"] for one in rounds], 1),
                "" if engine is engines[0] else f"{ratios[0]:.1f}, {ratios[1]:.1f}",
                *first, *again, median("first_bytes") / 1e6, median("peak_mb")))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--commits", type=int, default=200)
    parser.add_argument("--latency", default="0/0,30/20", help="milliseconds of store/catalog, separated by commas")
    parser.add_argument("--only", help="engines whose name contains one of these, separated by commas; Firn always")
    parser.add_argument("--jvm", action="store_true", help="Spark and Trino too")
    parser.add_argument("--json", type=pathlib.Path, help="write the raw figures here")
    chosen = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="firn-bench-"))
    engines = chosen_engines(chosen.only, chosen.jvm)
    weed, proxies, everything = SeaweedFS(), [], {}
    print(machine(), flush=True)
    try:
        proxies = [Proxy(weed.ports["s3.port.iceberg"]), Proxy(weed.ports["s3.port"])]
        weed.announced_port = proxies[1].port
        weed.start(folder / "weed")
        make_table(weed, chosen.commits)
        place = Place(f"http://127.0.0.1:{proxies[0].port}", f"127.0.0.1:{proxies[1].port}", weed.key, "s3://warehouse",
                      "warehouse", "small.t")
        for latency in chosen.latency.split(","):
            store_ms, catalog_ms = (float(part) for part in latency.split("/"))
            proxies[0].counts(catalog_ms)
            proxies[1].counts(store_ms)
            results: dict = {task: {engine.name: [] for engine in engines} for task in TASKS}
            for round_ in range(chosen.rounds):
                for task in TASKS:
                    rows = {}
                    for engine in engines if round_ % 2 == 0 else engines[::-1]:
                        one = measure(engine, task, place, proxies, chosen.repeats)
                        rows[engine.name] = one["row"]
                        results[task][engine.name].append(one)
                    for name, row in rows.items():
                        if not same(row, rows[engines[0].name]):
                            raise RuntimeError(f"{name} answers {row}, {engines[0].name} {rows[engines[0].name]}")
            everything[latency] = results
            print(f"\n{latency} ms before the first byte of the store / the catalog; load average now "
                  f"{os.getloadavg()[0]:.1f}\n\n{report(engines, results)}", flush=True)
        if chosen.json:
            chosen.json.write_text(json.dumps({"machine": machine(), "results": everything}, indent=1))
    finally:
        for proxy in proxies:
            proxy.process.terminate()
        weed.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
