"""`firn sql` at a terminal (a pty) and in scripts: history, completion, \\G, times, a pager, formats, exit statuses."""

import csv
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest

from firn_server import BINARY, run_sql

PROMPT = "StarRocks> "


class Terminal:
    def __init__(self, server, home, *options: str):
        self.process_id, self.file = pty.fork()
        if self.process_id == 0:
            environment = os.environ | {"HOME": str(home), "TERM": "xterm"}
            os.execve(BINARY, [str(BINARY), "sql", "-P", str(server.mysql_port), *options], environment)
        self.seen = ""
        self.expect(PROMPT)

    def expect(self, text: str, seconds: float = 20) -> str:
        """What was printed until `text` came, control sequences taken out."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            readable, _, _ = select.select([self.file], [], [], max(0.0, end - time.monotonic()))
            assert readable, f"{text!r} did not come: {self.seen[-2000:]!r}"
            try:
                data = os.read(self.file, 65536)
            except OSError:
                data = b""
            assert data, f"the end came before {text!r}: {self.seen[-2000:]!r}"
            self.seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data.decode(errors="replace"))
        at = self.seen.index(text) + len(text)
        before, self.seen = self.seen[:at], self.seen[at:]
        return before

    def type(self, text: str) -> None:
        os.write(self.file, text.encode())

    def run(self, line: str) -> str:
        self.type(line + "\n")
        return self.expect(PROMPT)

    def quit(self) -> int:
        self.type("quit\n")
        self.expect("Bye")
        return os.waitstatus_to_exitcode(os.waitpid(self.process_id, 0)[1])


@pytest.fixture()
def terminal(server, tmp_path):
    made = []

    def make(*options: str) -> Terminal:
        made.append(Terminal(server, tmp_path, *options))
        return made[-1]

    yield make
    for one in made:
        try:
            os.kill(one.process_id, signal.SIGKILL)
            os.waitpid(one.process_id, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


def script(server, *options: str, text: str | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([str(BINARY), "sql", "-P", str(server.mysql_port), *options], input=text or "", capture_output=True,
                          text=True, timeout=60)


def test_a_statement_its_box_and_its_time(terminal):
    one = terminal()
    shown = one.run("select 41 + 1 as answer;")
    assert "| answer |" in shown and "|     42 |" in shown and re.search(r"1 row in set \(\d+\.\d\d sec\)", shown), shown
    assert one.quit() == 0


def test_a_statement_over_several_lines_and_vertical(terminal):
    one = terminal()
    one.type("select 1 as a,\n")
    one.expect("    -> ")
    one.type("2 as b\\G\n")
    shown = one.expect(PROMPT)
    assert "1. row" in shown and "a: 1" in shown and "b: 2" in shown, shown
    one.type("select 'half\n")
    one.expect("    '> ")
    one.type("quoted';\n")
    assert "quoted" in one.expect(PROMPT)


def test_an_error_leaves_the_prompt(terminal):
    one = terminal()
    assert "ERROR 1064" in one.run("selec 1;")
    assert "| 1" in one.run("select 1;")


def test_history_over_two_runs(terminal):
    one = terminal()
    one.run("select 'remembered' as x;")
    one.run("set password = 'secret';")
    assert one.quit() == 0
    two = terminal()
    two.type("\x1b[A\n")  # Up: the last statement that holds no secret.
    assert "| remembered |" in two.expect(PROMPT)


def test_tab_completes_names_of_the_catalog(terminal, server, lake):
    with server.sql() as connection:
        run_sql(connection, f"create database if not exists {lake}.tabbed_database")
        run_sql(connection, f"create table if not exists {lake}.tabbed_database.pressed_table (first_column int, second_column int)")
    one = terminal()
    one.run(f"set catalog {lake};")
    one.type("use tabbed_da\t;\n")
    assert "Database changed" in one.expect(PROMPT)
    one.type("select count(*) from press\t;\n")
    assert "1 row in set" in one.expect(PROMPT)
    one.type(f"select count(*) from {lake}.tabbed_database.pres\t;\n")
    assert "1 row in set" in one.expect(PROMPT)
    one.type("select pressed_table.first\t from pressed_table;\n")
    assert "Empty set" in one.expect(PROMPT)
    one.type("show processl\t;\n")
    assert "in set" in one.expect(PROMPT)


def test_control_c_stops_a_statement_and_forgets_a_line(terminal):
    one = terminal()
    one.type("select sleep(60);\n")
    time.sleep(1.5)
    one.expect("^C stops the statement")
    one.type("\x03")
    assert "1317" in one.expect(PROMPT, seconds=30)
    one.run("select 1;")


def test_a_pager(terminal, tmp_path):
    one = terminal()
    one.run(f"pager cat > {tmp_path}/paged")
    one.run("select 'paged' as x;")
    one.run("nopager")
    assert "| here |" in one.run("select 'here' as x;")
    assert "| paged |" in (tmp_path / "paged").read_text()


def test_formats(server):
    statement = "select 1 as n, cast(1.50 as decimal(9, 2)) as d, 'a,\"b\"' as s, null as nothing"
    found = script(server, "--format", "json", "-e", statement)
    assert json.loads(found.stdout) == [{"n": 1, "d": "1.50", "s": 'a,"b"', "nothing": None}]
    found = script(server, "--format", "csv", "-e", statement)
    assert list(csv.reader(io.StringIO(found.stdout))) == [["n", "d", "s", "nothing"], ["1", "1.50", 'a,"b"', ""]]
    found = script(server, "--format", "markdown", "-e", statement)
    assert found.stdout.splitlines() == ["| n | d | s | nothing |", "| --- | --- | --- | --- |", '| 1 | 1.50 | a,"b" | NULL |']
    assert script(server, "--format", "vertical", "-e", statement).stdout.startswith("****")
    assert script(server, "-B", "-e", "select 1 as n").stdout == "n\n1\n"
    refused = script(server, "--format", "xml", "-e", statement)
    assert refused.returncode != 0 and "xml" in refused.stderr


def test_exit_statuses(server):
    assert script(server, "-e", "select 1").returncode == 0
    failed = script(server, "-B", "-e", "select 1; selec 2; select 3")
    assert failed.returncode == 1 and "ERROR 1064" in failed.stderr
    assert failed.stdout == "1\n1\n"
    failed = script(server, "-B", text="select 1;\nselec 2;\nselect 3;\n")
    assert failed.returncode == 1 and failed.stdout == "1\n1\n"
    forced = script(server, "-B", "--force", text="select 1;\nselec 2;\nselect 3;\n")
    assert forced.returncode == 1 and forced.stdout == "1\n1\n3\n3\n"
    nobody = subprocess.run([str(BINARY), "sql", "-P", "1", "-e", "select 1"], capture_output=True, text=True, timeout=60)
    assert nobody.returncode != 0 and "127.0.0.1:1" in nobody.stderr
