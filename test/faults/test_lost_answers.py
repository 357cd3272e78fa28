"""Every HTTP call of a scripted session, broken in every way: the outcome is the right one of three, and no row is lost or doubled.

The session runs through test/faults/fault_proxy.py once without a fault, which lists its calls; then once for every call and fault.
A statement may say that it is done (then its effect is there), that it is not (then it is not), or that it does not know (1180 or
an answer that names it); in that last case nothing may have been deleted. CI draws a sample by a seed, which it prints and takes
back from FIRN_SEED; the long test runs them all, about 2,000.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import os
import random
import re

import pymysql
import pytest
from pyiceberg.catalog import load_catalog

from fault_proxy import FAULTS, NOT_APPLIED, FaultProxy
from firn_server import Account, run_sql

SAMPLE = 40
WORKERS = 16
WORKERS_LONG = 48
UNKNOWN = re.compile(r"(?i)state unknown|outcome unknown|is unknown|may have been")



@dataclasses.dataclass
class State:
    """What a plain reader would keep: whether database and table are there, the columns, the rows."""

    database: bool = False
    table: bool = False
    extra: bool = False
    rows: tuple = ()


def _change(state: State, **changes) -> State:
    return dataclasses.replace(state, **changes)


# Name, SQL, its effect.
SESSION = [
    ("create database", "create database {db}", lambda s: _change(s, database=True)),
    ("create", "create table {db}.t (n int, s string) partition by (n) properties ({properties})",
     lambda s: _change(s, table=True)),
    ("insert", "insert into {db}.t values (1, 'a'), (2, 'b'), (3, 'c')",
     lambda s: _change(s, rows=s.rows + ((1, "a", None), (2, "b", None), (3, "c", None)))),
    ("append", "insert into {db}.t values (4, 'd'), (3, 'e')",
     lambda s: _change(s, rows=s.rows + ((4, "d", None), (3, "e", None)))),
    ("update", "update {db}.t set s = 'u' where s in ('b', 'e')",
     lambda s: _change(s, rows=tuple((n, "u" if t in ("b", "e") else t, x) for n, t, x in s.rows))),
    ("delete", "delete from {db}.t where s = 'a'",
     lambda s: _change(s, rows=tuple(r for r in s.rows if r[1] != "a"))),
    ("alter", "alter table {db}.t add column extra bigint", lambda s: _change(s, extra=True)),
    ("select", "select sum(n), max(s) from {db}.t", lambda s: s),
    # Only the partition that gets rows is replaced.
    ("overwrite", "insert overwrite {db}.t (n, s) select n, 'o' from {db}.t where n = 3 and s = 'u'",
     lambda s: _change(s, rows=tuple(r for r in s.rows if r[0] != 3) + ((3, "o", None),)) if (3, "u", None) in s.rows else s),
    ("drop", "drop table {db}.t force", lambda s: _change(s, table=False, extra=False, rows=())),
    ("drop database", "drop database {db}", lambda s: _change(s, database=False)),
]
# What is compared besides the broken statement: the last one that leaves rows, and the end.
LOOKED_AT = ("overwrite", "drop database")


@dataclasses.dataclass(frozen=True)
class Case:
    face: str
    statement: str
    kind: str
    occurrence: int
    fault: str

    def __str__(self) -> str:
        return f"{self.face}: {self.statement}: {self.kind} #{self.occurrence}: {self.fault}"


class Bench:
    """A server with a catalog on each of two faces: table buckets, whose objects are not deleted, and Firn's own, whose are."""

    def __init__(self, server):
        self.server = server
        self.account = Account(server, "faults-bucket", "faults")
        self.numbers = iter(range(1_000_000))
        for face in ("glue", "firn"):
            with server.sql() as connection:
                run_sql(connection, self.catalog_statement(face, f"direct_{face}", server.ready["aws_port"]))

    def catalog_statement(self, face: str, name: str, port: int) -> str:
        changes = {"iceberg.catalog.uri": f"http://127.0.0.1:{port}/iceberg", "aws.s3.endpoint": f"http://127.0.0.1:{port}"}
        if face == "firn":
            key, secret = self.server.root_key()
            changes |= {"iceberg.catalog.warehouse": "warehouse", "iceberg.catalog.rest.signing-name": "firn",
                        "iceberg.catalog.rest.access-key-id": key, "iceberg.catalog.rest.secret-access-key": secret}
        return self.account.create_catalog_statement(name, **changes)

    def pyiceberg(self, face: str):
        if face == "glue":
            return self.account.pyiceberg()
        key, secret = self.server.root_key()
        return load_catalog("firn", **{
            "type": "rest", "uri": f"{self.server.aws_endpoint}/iceberg", "warehouse": "warehouse",
            "rest.sigv4-enabled": "true", "rest.signing-name": "firn", "rest.signing-region": "us-east-1",
            "client.access-key-id": key, "client.secret-access-key": secret, "client.region": "us-east-1"})


def look(connection, catalog: str, database: str) -> State:
    """What is there, seen past the proxy."""
    if (database,) not in run_sql(connection, f"show databases from {catalog}"):
        return State()
    if ("t",) not in run_sql(connection, f"show tables from {catalog}.{database}"):
        return State(database=True)
    columns = [row[0] for row in run_sql(connection, f"desc {catalog}.{database}.t")]
    extra = "extra" in columns
    rows = run_sql(connection, f"select n, s, {'extra' if extra else 'null'} from {catalog}.{database}.t")
    return State(True, True, extra, tuple(rows))


def same(one: State, other: State) -> bool:
    return _change(one, rows=()) == _change(other, rows=()) and sorted(one.rows, key=str) == sorted(other.rows, key=str)


class Session:
    """One run of the script through a proxy of its own."""

    def __init__(self, bench: Bench, face: str):
        self.bench, self.face = bench, face
        self.number = next(bench.numbers)
        self.database, self.catalog = f"f{self.number}", f"faulty_{self.number}"
        self.proxy = FaultProxy(bench.server.ready["aws_port"])
        self.state = State()
        self.problems: list[str] = []
        self.errors: dict[str, str] = {}

    def run(self, case: Case | None, another_writes: bool = False) -> "Session":
        with self.bench.server.sql() as faulty, self.bench.server.sql() as direct:
            run_sql(faulty, self.bench.catalog_statement(self.face, self.catalog, self.proxy.port))
            if another_writes:
                self.proxy.when_fired = self.write_past_the_proxy
            for name, sql, effect in SESSION:
                self.step(faulty, direct, name, sql, effect, case)
                if self.problems or (case and name == case.statement and self.proxy.fired is None):
                    break
            run_sql(faulty, f"drop catalog {self.catalog}")
        self.proxy.close()
        return self

    def write_past_the_proxy(self) -> None:
        """Moves the table on, so that the commit that was lost can no longer apply, and need not be waited for."""
        row = (9, "z", None)
        with self.bench.server.sql() as another:
            run_sql(another, f"insert into direct_{self.face}.{self.database}.t (n, s) values (9, 'z')")
        self.state = _change(self.state, rows=self.state.rows + (row,))

    def step(self, faulty, direct, name, sql, effect, case) -> None:
        broken = case is not None and case.statement == name
        before = len(self.proxy.calls)
        if broken:
            self.proxy.arm(case.kind, case.occurrence, case.fault)
        version = 3 if self.face == "firn" and self.number % 2 else 2
        statement = sql.format(db=f"{self.catalog}.{self.database}", properties=f'"format-version" = "{version}"')
        error = None
        try:
            run_sql(faulty, statement)
        except pymysql.MySQLError as caught:
            error = caught
        self.proxy.disarm()
        self.proxy.drain()
        calls = self.proxy.calls[before:]
        for call in calls:
            call.statement = name
        if error is not None:
            self.errors[name] = str(error)
        wanted = effect(self.state)
        if not broken and (name not in LOOKED_AT or error is not None):
            # An error of a statement that nothing disturbed fails the test by itself, unless an earlier one had no effect.
            self.state = wanted if error is None else self.state
            return
        seen = look(direct, f"direct_{self.face}", self.database)
        self.judge(name, error, seen, wanted, calls)
        self.check_with_pyiceberg(seen)
        self.state = seen

    def judge(self, name, error, seen, wanted, calls) -> None:
        done, undone = same(seen, wanted), same(seen, self.state)
        unknown = error is not None and (error.args[0] == 1180 or UNKNOWN.search(str(error)))
        if error is None and not done:
            self.problems.append(f"{name} answered OK, but there is {seen}, not {wanted}")
        elif unknown and not (done or undone):
            self.problems.append(f"{name} is unknown ({error}), but there is {seen}, neither {self.state} nor {wanted}")
        elif error is not None and not unknown and not undone and not (done and self.repeated(calls)):
            self.problems.append(f"{name} failed with {error}, but there is {seen}, not {self.state}")
        # What an earlier statement left is removed in the background, and may be just now.
        written = {call.request_line.split()[1].split("?")[0] for call in calls if call.kind.startswith("PUT")}
        deleted = [call.request_line for call in calls if call.kind.startswith("DELETE") and call.request_line.split()[1] in written]
        if deleted and (unknown or (done and not undone)) and not name.startswith("drop"):
            self.problems.append(f"{name} deleted {deleted} though it is {'unknown' if unknown else 'done'}")

    @staticmethod
    def repeated(calls) -> bool:
        """The proxy sent a request twice and showed the second answer: "exists already" and "is not there" are true then."""
        return any(call.fault == "twice-second" and call.kind.startswith(("POST", "DELETE")) for call in calls)

    def check_with_pyiceberg(self, seen: State) -> None:
        if not seen.table:
            return
        table = self.bench.pyiceberg(self.face).load_table((self.database, "t"))
        found = table.scan().to_arrow()
        rows = tuple(zip(found["n"].to_pylist(), found["s"].to_pylist(),
                         found["extra"].to_pylist() if seen.extra else [None] * found.num_rows))
        if sorted(rows, key=str) != sorted(seen.rows, key=str):
            self.problems.append(f"PyIceberg reads {rows}, Firn {seen.rows}")


def list_cases(bench: Bench) -> list[Case]:
    cases = []
    for face in ("glue", "firn"):
        session = Session(bench, face).run(None)
        assert not session.problems, session.problems
        counts: dict[tuple, int] = {}
        for call in session.proxy.calls:
            if call.statement is None or call.kind == "config":
                continue
            key = (call.statement, call.kind)
            counts[key] = counts.get(key, 0) + 1
        for (statement, kind), count in counts.items():
            for occurrence in range(count):
                cases += [Case(face, statement, kind, occurrence, fault) for fault in FAULTS]
    return cases


def run_cases(bench: Bench, cases: list[Case], workers: int) -> dict[Case, Session]:
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        return dict(zip(cases, pool.map(lambda case: Session(bench, case.face).run(case), cases)))


def judge_all(outcomes: dict[Case, Session]) -> None:
    wrong, counts = [], {"done": 0, "not done": 0, "unknown": 0, "not reached": 0}
    for case, session in outcomes.items():
        wrong += [f"{case}: {problem}" for problem in session.problems]
        error = session.errors.pop(case.statement, None)
        if error is None:  # Else the later statements may lack what they stand on.
            wrong += [f"{case}: later, {name} failed: {text}" for name, text in session.errors.items()]
        if session.proxy.fired is None:
            counts["not reached"] += 1
        elif error is None:
            counts["done"] += 1
        elif UNKNOWN.search(error):
            counts["unknown"] += 1
            print(f"unknown: {case}: {error}")
        else:
            counts["not done"] += 1
            print(f"not done: {case}: {error}")
    print(f"{len(outcomes)} cases: {counts}")
    assert not wrong, "\n".join(wrong)
    assert counts["not reached"] * 10 <= len(outcomes), "the faults miss their calls"


@pytest.fixture(scope="module")
def bench(server):
    return Bench(server)


def is_commit(case: Case) -> bool:
    return case.kind.startswith(("POST", "DELETE t", "DELETE n"))


def test_a_sample_of_the_cases(bench):
    """Without those that take a minute each because the request was never applied; the next test shortens that minute."""
    seed = int(os.environ.get("FIRN_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}")
    cases = [case for case in list_cases(bench) if not (is_commit(case) and case.fault in NOT_APPLIED)]
    judge_all(run_cases(bench, random.Random(seed).sample(cases, SAMPLE), WORKERS))


def test_a_commit_that_got_lost_is_sent_again_once_the_table_has_moved_on(bench):
    """A request that asserts the old head cannot apply any more: it is known not to be committed, and goes out anew."""
    cases = [Case(face, statement, "POST table", 0, fault)
             for face, statement, fault in zip(["glue", "firn"] * 9, ["insert", "append", "update", "delete", "overwrite"] * 4,
                                               list(NOT_APPLIED) * 3)]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        sessions = list(pool.map(lambda case: Session(bench, case.face).run(case, another_writes=True), cases))
    assert all(session.proxy.fired for session in sessions)
    assert [session.errors for session in sessions] == [{}] * len(cases)
    judge_all(dict(zip(cases, sessions)))


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_all_cases(bench):
    cases = list_cases(bench)
    assert len(cases) >= 360
    judge_all(run_cases(bench, cases, WORKERS_LONG))
