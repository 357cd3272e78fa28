"""SQL tests as files: sqllogictest's dialect over the MySQL port.

    # name, # description, # group        the heading, all three required
    statement ok                          the statement succeeds
    statement count N                     it succeeds and reports N affected rows
    statement error [ERRNO]               it fails; what follows ---- is a regular expression its message must match
    query COLUMNS [rowsort]               COLUMNS is one letter a column; rows follow ----, tab-separated
    foreach NAME VALUE… / endloop         the records between, once a value, which stands for ${NAME}
    skip REASON                           leaves the rest of the file out, and says why

NULL is written NULL, an empty string (empty). Each file gets a database of its own in catalog `lake`, current at its
first statement, and may write {catalog} and {database}.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re

import pymysql


@dataclasses.dataclass
class Record:
    line: int
    kind: str
    arguments: list[str]
    sql: str
    expected: list[str]


class BadTestFile(Exception):
    pass


def unroll(path: pathlib.Path, lines: list[str]) -> list[str]:
    """The lines with every loop written out. Loops do not nest; line numbers are those of the text written out."""
    written: list[str] = []
    at = 0
    while at < len(lines):
        words = lines[at].split()
        at += 1
        if not words or words[0] != "foreach":
            written.append(lines[at - 1])
            continue
        if "endloop" not in lines[at:]:
            raise BadTestFile(f"{path}:{at}: foreach without endloop")
        end = lines.index("endloop", at)
        for value in words[2:]:
            written += [line.replace("${" + words[1] + "}", value) for line in lines[at:end]]
        at = end + 1
    return written


def parse(path: pathlib.Path) -> list[Record]:
    lines = unroll(path, path.read_text().splitlines())
    for heading in ("name", "description", "group"):
        if not any(line.startswith(f"# {heading}:") for line in lines):
            raise BadTestFile(f"{path}: has no '# {heading}:'")
    records: list[Record] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip() or line.startswith("#"):
            at += 1
            continue
        words = line.split()
        start = at + 1
        at += 1
        sql: list[str] = []
        while at < len(lines) and lines[at].strip() and lines[at] != "----":
            sql.append(lines[at])
            at += 1
        expected: list[str] = []
        if at < len(lines) and lines[at] == "----":
            at += 1
            while at < len(lines) and lines[at].strip():
                expected.append(lines[at])
                at += 1
        if words[0] not in {"statement", "query", "skip"}:
            raise BadTestFile(f"{path}:{start}: unknown record '{words[0]}'")
        records.append(Record(start, words[0], words[1:], "\n".join(sql), expected))
    if not records:
        raise BadTestFile(f"{path}: has no record, so it cannot fail")
    return records


def show(value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    text = str(value)
    return text if text else "(empty)"


class Runner:
    def __init__(self, connection: pymysql.Connection, names: dict[str, str]):
        self.connection = connection
        self.names = names

    def fill(self, text: str) -> str:
        for name, value in self.names.items():
            text = text.replace("{" + name + "}", value)
        return text

    def run(self, path: pathlib.Path) -> str | None:
        """Runs a file; returns the reason of a skip, if it has one. Raises AssertionError with the place of a failure."""
        for record in parse(path):
            if record.kind == "skip":
                return " ".join(record.arguments)
            place = f"{path.name}:{record.line}"
            if record.kind == "statement":
                self.statement(record, place)
            else:
                self.query(record, place)
        return None

    def statement(self, record: Record, place: str) -> None:
        kind = record.arguments[0] if record.arguments else ""
        sql = self.fill(record.sql)
        with self.connection.cursor() as cursor:
            if kind == "error":
                try:
                    cursor.execute(sql)
                except pymysql.MySQLError as error:
                    number, message = error.args[0], str(error.args[1]) if len(error.args) > 1 else ""
                    if len(record.arguments) > 1:
                        assert number == int(record.arguments[1]), f"{place}: error {number}, not {record.arguments[1]}: {message}"
                    pattern = self.fill("\n".join(record.expected))
                    assert pattern, f"{place}: say what the message must match after ----"
                    assert re.search(pattern, message), f"{place}: message does not match /{pattern}/:\n{message}"
                    return
                raise AssertionError(f"{place}: succeeded, but must fail: {sql}")
            try:
                affected = cursor.execute(sql)
            except pymysql.MySQLError as error:
                raise AssertionError(f"{place}: {error}\n{sql}") from None
            if kind == "count":
                assert affected == int(record.arguments[1]), f"{place}: {affected} rows affected"
            elif kind != "ok":
                raise BadTestFile(f"{place}: statement ok, count or error, not '{kind}'")

    def query(self, record: Record, place: str) -> None:
        types = record.arguments[0] if record.arguments else ""
        with self.connection.cursor() as cursor:
            try:
                cursor.execute(self.fill(record.sql))
            except pymysql.MySQLError as error:
                raise AssertionError(f"{place}: {error}\n{record.sql}") from None
            rows = cursor.fetchall()
            columns = len(cursor.description or [])
        assert columns == len(types), f"{place}: {columns} columns, the test says {len(types)}"
        found = ["\t".join(show(value) for value in row) for row in rows]
        expected = [self.fill(line) for line in record.expected]
        if "rowsort" in record.arguments:
            found, expected = sorted(found), sorted(expected)
        assert found == expected, f"{place}:\nexpected\n  " + "\n  ".join(expected) + "\nfound\n  " + "\n  ".join(found)




READS = re.compile(r"\s*(\(|SELECT|WITH|VALUES|SHOW|DESC|DESCRIBE|EXPLAIN)\b", re.IGNORECASE)


def may_change(record: Record) -> bool:
    """Whether later records may depend on it. A statement that must fail changes nothing."""
    if record.kind == "statement" and record.arguments[:1] == ["error"]:
        return False
    return not READS.match(record.sql) or "EXPLAIN ANALYZE" in record.sql.upper()


class PreparedRunner(Runner):
    """Sends queries as PREPARE … FROM and EXECUTE. What is about the statement before (SHOW WARNINGS) goes as text, and so
    do queries with hints, which hold for the statement that they stand in: the PREPARE."""

    def query(self, record: Record, place: str) -> None:
        if not READS.match(record.sql) or "/*+" in record.sql or re.match(r"\s*SHOW\s+(WARNINGS|ERRORS)", record.sql, re.IGNORECASE):
            return super().query(record, place)
        quoted = self.fill(record.sql).replace("\\", "\\\\").replace("'", "''")
        with self.connection.cursor() as cursor:
            try:
                cursor.execute(f"PREPARE from_file FROM '{quoted}'")
            except pymysql.MySQLError as error:
                raise AssertionError(f"{place}: PREPARE: {error}\n{record.sql}") from None
        super().query(dataclasses.replace(record, sql="EXECUTE from_file"), place)


def raw_connection(server, **options) -> pymysql.Connection:
    """A connection that converts no value, so that tests see the server's own text."""
    return server.sql(conv={}, **options)
