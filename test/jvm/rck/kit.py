"""The Iceberg project's REST compatibility kit: its jars, one run, and what came of each case.

Any face of Firn can be run against it: `run({"uri": …, "credential": …})` takes catalog properties as the kit does.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil
import subprocess
import tempfile
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


def run(properties: dict[str, str] | None) -> Outcome:
    """Runs every case against the catalog of these properties; None: against the kit's own server."""
    with tempfile.TemporaryDirectory() as reports:
        options = ["-Drck.local=true"]
        if properties is not None:
            options = ["-Drck.local=false"]
            for name, value in properties.items():
                # As the kit's build does: with the prefix for the tests, without it for the client.
                options += [f"-Drck.{name}={value}", f"-D{name}={value}"]
        finished = subprocess.run(
            ["java", *options, "-cp", f"{jars()}/*", "org.junit.platform.console.ConsoleLauncher", "execute",
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
