"""The Iceberg project's REST compatibility kit: its jars, one run, and what came of each case.

Any face of Firn can be run against it: `run({"uri": …, "credential": …})` takes catalog properties as the kit does.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import xml.etree.ElementTree

FOLDER = pathlib.Path(__file__).parent
CACHE = pathlib.Path(os.environ.get("FIRN_CACHE", pathlib.Path.home() / ".cache/firn"))
JARS = CACHE / "rck-1.10.0"
SUITE = "org.apache.iceberg.rest.RESTCompatibilityKitSuite"
RUN_SECONDS_MAX = 600


@dataclasses.dataclass
class Outcome:
    passed: set[str]
    failed: dict[str, str]
    aborted: dict[str, str]


def jars() -> pathlib.Path:
    """The kit's classpath, fetched once by Maven."""
    if not (JARS / "complete").exists():
        assert shutil.which("mvn") and shutil.which("java"), \
            "the kit needs a JDK and Maven: apt-get install openjdk-17-jdk-headless maven"
        subprocess.run(
            ["mvn", "-q", "-B", "-f", str(FOLDER / "pom.xml"), "dependency:copy-dependencies",
             f"-DoutputDirectory={JARS}"], check=True)
        (JARS / "complete").touch()
    return JARS


@contextlib.contextmanager
def asked_between_cases(folder: pathlib.Path, clear):
    """Java options and a folder for the classpath, with which the kit calls `clear` before each case."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            try:
                clear()
                self.send_response(200)
            except Exception as error:  # noqa: BLE001 (the kit must hear of it, whatever it is)
                self.send_response(500, type(error).__name__)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    subprocess.run(["javac", "-cp", f"{jars()}/*", "-d", str(folder), str(FOLDER / "BetweenCases.java")], check=True)
    services = folder / "META-INF/services"
    services.mkdir(parents=True)
    (services / "org.junit.platform.launcher.TestExecutionListener").write_text("BetweenCases\n")
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield [f"-Dbetween.cases=http://127.0.0.1:{listening.server_port}/"]
        finally:
            listening.shutdown()
            thread.join()


def run(properties: dict[str, str] | None, clear=None) -> Outcome:
    """Runs every case against the catalog of these properties; None: against the kit's own server. `clear` is called
    before each case, for servers on which the kit's own clearing away is refused."""
    with contextlib.ExitStack() as stack:
        reports = stack.enter_context(tempfile.TemporaryDirectory())
        options = ["-Drck.local=true"]
        if properties is not None:
            options = ["-Drck.local=false"]
            for name, value in properties.items():
                # As the kit's build does: with the prefix for the tests, without it for the client.
                options += [f"-Drck.{name}={value}", f"-D{name}={value}"]
        classpath = f"{jars()}/*"
        if clear is not None:
            extra = stack.enter_context(tempfile.TemporaryDirectory())
            options += stack.enter_context(asked_between_cases(pathlib.Path(extra), clear))
            classpath += f":{extra}"
        finished = subprocess.run(
            ["java", "-Xmx1g", *options, "-cp", classpath, "org.junit.platform.console.ConsoleLauncher", "execute",
             "--select-class", SUITE, "--disable-banner", "--details=none", "--reports-dir", reports],
            cwd=reports, timeout=RUN_SECONDS_MAX, capture_output=True, text=True)
        outcome = Outcome(set(), {}, {})
        for report in pathlib.Path(reports).glob("TEST-*.xml"):
            for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
                name = f"{case.get('classname').rsplit('.', 1)[-1]}.{case.get('name')}"
                failure = case.find("failure") if case.find("failure") is not None else case.find("error")
                if failure is not None:
                    outcome.failed[name] = (failure.get("message") or failure.text or "")[:400]
                elif (skipped := case.find("skipped")) is not None:
                    outcome.aborted[name] = (skipped.get("message") or skipped.text or "")[:200]
                else:
                    outcome.passed.add(name)
        assert outcome.passed or outcome.failed, finished.stdout[-4000:] + finished.stderr[-4000:]
        return outcome
