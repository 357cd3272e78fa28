"""The local AWS endpoint beside its peers: objects, lists and table commits, interleaved, on one machine and disk.

README.md says how to read it. Every peer does each task in turn, again and again; ratios are of neighbours in one round, so
that a noisy minute hits both. Answers are compared: a peer that answers something else fails the run.
"""

import argparse
import hashlib
import json
import os
import pathlib
import platform
import random
import re
import shutil
import statistics
import tempfile

from load import Call, Connection, drive
from peers import Firn, Moto, Nothing, Peer, SeaweedFS, SeaweedFSWithFsync

MEBI = 1 << 20
BIG = random.Random(1).randbytes(64 * MEBI)
SMALL = random.Random(2).randbytes(8 << 10)
BIG_SHA256 = hashlib.sha256(BIG).hexdigest()
SMALL_SHA256 = hashlib.sha256(SMALL).hexdigest()
LISTED = 1000
TABLES = 4


class Task:
    """name, unit, how much of the unit one call is, threads, calls a round."""

    def __init__(self, name: str, unit: str, amount: float, threads: int, count: int):
        self.name, self.unit, self.amount, self.threads, self.count = name, unit, amount, threads, count

    def port(self, peer: Peer) -> int:
        return peer.iceberg_port if self.name.startswith("commit") else peer.port

    def calls(self, peer: Peer, round_: int) -> list[Call]:
        numbers = range(self.count)
        sink = isinstance(peer, Nothing)
        match self.name.split(",")[0]:
            case "GET 64 MiB":
                return [peer.call("GET", "big", f"size={len(BIG)}" if sink else "") for _ in numbers]
            case "PUT 64 MiB":
                return [peer.call("PUT", f"put-big-{n}", body=BIG, sha256=BIG_SHA256) for n in numbers]
            case "GET 8 KiB":
                return [peer.call("GET", f"list/{n % LISTED:04}", f"size={len(SMALL)}" if sink else "") for n in numbers]
            case "PUT 8 KiB":
                return [peer.call("PUT", f"put/{round_}/{n}", body=SMALL, sha256=SMALL_SHA256) for n in numbers]
            case "list of 1000 keys":
                query = "size=250000" if sink else "list-type=2&prefix=list%2F"
                return [peer.call("GET", "", query) for _ in numbers]
            case "commit":
                return [peer.iceberg("POST", f"/namespaces/bench/tables/t{n % self.threads}", {
                    "requirements": [], "updates": [{"action": "set-properties", "updates": {"n": f"{round_}-{n}"}}],
                }) for n in numbers]
        raise ValueError(self.name)


TASKS = [
    Task("GET 64 MiB", "MiB/s", 64, 1, 6),
    Task("PUT 64 MiB", "MiB/s", 64, 1, 3),
    Task("GET 8 KiB, 4 at once", "calls/s", 1, 4, 1200),
    Task("PUT 8 KiB", "calls/s", 1, 1, 150),
    Task("PUT 8 KiB, 8 at once", "calls/s", 1, 8, 600),
    Task("list of 1000 keys", "calls/s", 1, 1, 20),
    Task("commit", "commits/s", 1, 1, 80),
    Task("commit, 4 tables at once", "commits/s", 1, 4, 200),
]


def prepare(peer: Peer) -> None:
    """The objects that are read and listed, and a look at whether what comes back is what went in."""
    peer.make_tables(TABLES)
    if isinstance(peer, Nothing):
        return
    drive(peer.port, [peer.call("PUT", "big", body=BIG, sha256=BIG_SHA256)], 1)
    drive(peer.port, [peer.call("PUT", f"list/{n:04}", body=SMALL, sha256=SMALL_SHA256) for n in range(LISTED)], 4)
    connection = Connection(peer.port)
    _, big = connection.send(peer.call("GET", "big", keep=True))
    _, small = connection.send(peer.call("GET", "list/0007", keep=True))
    _, listed = connection.send(peer.call("GET", "", "list-type=2&prefix=list%2F", keep=True))
    keys = re.findall(rb"<Key>([^<]*)</Key>", listed)
    if big != BIG or small != SMALL or keys != [f"list/{n:04}".encode() for n in range(LISTED)]:
        raise RuntimeError(f"{peer.name} answers something else than was put")


def check_commits(peer: Peer, task: Task, round_: int) -> None:
    """The last commit to each table is what the table says."""
    if isinstance(peer, Nothing):
        return
    for table in range(task.threads):
        last = max(n for n in range(task.count) if n % task.threads == table)
        metadata = peer.ask(peer.iceberg("GET", f"/namespaces/bench/tables/t{table}"))["metadata"]
        if metadata["properties"].get("n") != f"{round_}-{last}":
            raise RuntimeError(f"{peer.name} lost a commit: {metadata['properties']}")


def measure(peer: Peer, task: Task, round_: int) -> dict:
    seconds, latencies = drive(task.port(peer), task.calls(peer, round_), task.threads)
    if task.name.startswith("commit"):
        check_commits(peer, task, round_)
    latencies.sort()
    return {"rate": task.amount * task.count / seconds, "p50_ms": 1000 * statistics.median(latencies),
            "p99_ms": 1000 * latencies[min(len(latencies) - 1, int(len(latencies) * 0.99))]}


def spread(values: list[float], digits: int) -> str:
    return f"{min(values):.{digits}f} / **{statistics.median(values):.{digits}f}** / {max(values):.{digits}f}"


def report(tasks: list[Task], peers: list[Peer], results: dict) -> str:
    lines = ["| task | server | rate: min / median / max | p50 ms | p99 ms | Firn's rate over it: min / median / max |",
             "|---|---|---|---|---|---|"]
    for task in tasks:
        own = results[task.name][peers[0].name]
        for peer in peers:
            rounds = results[task.name].get(peer.name)
            if not rounds:
                continue
            ratios = [mine["rate"] / theirs["rate"] for mine, theirs in zip(own, rounds)]
            lines.append("| {} | {} | {} {} | {:.2f} | {:.2f} | {} |".format(
                task.name, peer.name, spread([one["rate"] for one in rounds], 0), task.unit,
                statistics.median(one["p50_ms"] for one in rounds), statistics.median(one["p99_ms"] for one in rounds),
                "" if peer is peers[0] else spread(ratios, 2)))
    return "\n".join(lines)


def machine() -> str:
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return (f"{os.cpu_count()} x {model.group(1) if model else platform.machine()}, {memory} GiB, Linux "
            f"{platform.release()}, load average at the start {os.getloadavg()[0]:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", help="tasks whose name contains one of these, separated by commas")
    parser.add_argument("--folder", type=pathlib.Path, help="where the servers keep their data (default: a temporary one)")
    parser.add_argument("--json", type=pathlib.Path, help="write the raw figures here")
    chosen = parser.parse_args()
    tasks = [task for task in TASKS if not chosen.only or any(word in task.name for word in chosen.only.split(","))]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="firn-bench-", dir=chosen.folder))
    weed = SeaweedFS()
    peers: list[Peer] = [Firn(), weed, SeaweedFSWithFsync(weed), Moto(), Nothing()]
    print(machine(), flush=True)
    if os.getloadavg()[0] > 0.5:
        print("other programs are running: the figures are noisy, the ratios less so", flush=True)
    try:
        for peer in peers:
            peer.start(folder / re.sub(r"\W+", "-", peer.name))
            prepare(peer)
        results: dict = {task.name: {} for task in tasks}
        for round_ in range(chosen.repeats):
            for task in tasks:
                for peer in peers if round_ % 2 == 0 else peers[::-1]:
                    if task.port(peer):
                        one = measure(peer, task, round_)
                        results[task.name].setdefault(peer.name, []).append(one)
            print(f"round {round_ + 1} of {chosen.repeats}", flush=True)
        print(report(tasks, peers, results))
        if chosen.json:
            chosen.json.write_text(json.dumps({"machine": machine(), "results": results}, indent=1))
    finally:
        for peer in peers:
            peer.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
