"""One Trino on a JVM of its own, fetched by Maven: SQL in, rows out."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tarfile
import time
import urllib.request
import zipfile

VERSION = 476  # the last release whose server Maven Central has
JAVA_MIN = 24
CACHE = pathlib.Path(os.environ.get("FIRN_CACHE", pathlib.Path.home() / ".cache/firn"))
MAVEN = pathlib.Path.home() / ".m2/repository/io/trino"
START_SECONDS_MAX = 300


def java_home() -> pathlib.Path | None:
    """A JDK that Trino starts on, or none."""
    for home in sorted(pathlib.Path("/usr/lib/jvm").glob("*")):
        release = home / "release"
        version = re.search(r'JAVA_VERSION="(\d+)', release.read_text()) if release.exists() else None
        if version and int(version.group(1)) >= JAVA_MIN:
            return home
    return None


def installation() -> pathlib.Path:
    """The server with its Iceberg plugin, fetched once (540 MB)."""
    folder = CACHE / f"trino-{VERSION}"
    if (folder / "complete").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    for artifact in (f"trino-server-core:{VERSION}:tar.gz", f"trino-iceberg:{VERSION}:zip"):
        subprocess.run(["mvn", "-q", "-B", "--strict-checksums",
                        "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get",
                        f"-Dartifact=io.trino:{artifact}", "-Dtransitive=false"], check=True)
    with tarfile.open(MAVEN / f"trino-server-core/{VERSION}/trino-server-core-{VERSION}.tar.gz") as archive:
        archive.extractall(folder)
    server = folder / f"trino-server-core-{VERSION}"
    server.rename(folder / "server")
    with zipfile.ZipFile(MAVEN / f"trino-iceberg/{VERSION}/trino-iceberg-{VERSION}.zip") as archive:
        archive.extractall(folder / "server/plugin")
    (folder / f"server/plugin/trino-iceberg-{VERSION}").rename(folder / "server/plugin/iceberg")
    (folder / "complete").touch()
    return folder


class Trino:
    """Runs while the object lives between start and stop; `catalogs` are the properties of each. Queries take a quarter of its heap."""

    def __init__(self, folder: pathlib.Path, catalogs: dict[str, dict[str, str]], heap_gigabytes: int = 2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        etc = folder / "etc"
        (etc / "catalog").mkdir(parents=True)
        (etc / "node.properties").write_text(f"node.environment=test\nnode.id=one\nnode.data-dir={folder}/data\n")
        (etc / "jvm.config").write_text(f"-server\n-Xmx{heap_gigabytes}g\n-XX:+UseG1GC\n-Djdk.attach.allowAttachSelf=true\n"
                                        "--enable-native-access=ALL-UNNAMED\n")
        (etc / "config.properties").write_text(
            "coordinator=true\nnode-scheduler.include-coordinator=true\nnode.internal-address=127.0.0.1\n"
            f"http-server.http.port={port}\ndiscovery.uri={self.address}\n"
            f"query.max-memory={256 * heap_gigabytes}MB\nquery.max-memory-per-node={256 * heap_gigabytes}MB\n"
            f"memory.heap-headroom-per-node={128 * heap_gigabytes}MB\n")
        for name, properties in catalogs.items():
            (etc / f"catalog/{name}.properties").write_text(
                "".join(f"{key}={value}\n" for key, value in properties.items()))
        self.log = folder / "trino.log"
        # The launcher replaces itself by Java, so the process is the server.
        self.process = subprocess.Popen(
            [str(installation() / "server/bin/launcher"), "run", "--etc-dir", str(etc), "--data-dir", str(folder / "data")],
            stdin=subprocess.DEVNULL, stdout=open(self.log, "ab"), stderr=subprocess.STDOUT,
            env={**os.environ, "JAVA_HOME": str(java_home()), "PATH": f"{java_home()}/bin:{os.environ['PATH']}"})
        end = time.monotonic() + START_SECONDS_MAX
        while not self._started():
            if self.process.poll() is not None or time.monotonic() >= end:
                self.process.kill()
                raise AssertionError(self.log.read_text()[-4000:])
            time.sleep(0.2)
        # Trino answers before it has found itself as a worker, and refuses to write until then: "nodes is empty".
        while not self._workers():
            assert time.monotonic() < end, "Trino has found no worker"
            time.sleep(0.2)

    def _workers(self) -> int:
        return int(self.sql("SELECT count(*) FROM system.runtime.nodes WHERE state = 'active'")[0][0])

    def _started(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/v1/info", timeout=5) as answer:
                return json.load(answer)["starting"] is False
        except OSError:
            return False

    def sql(self, statement: str) -> list[tuple]:
        request = urllib.request.Request(f"{self.address}/v1/statement", statement.encode(), {
            "X-Trino-User": "test", "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME"})  # else times lose their microseconds
        rows: list[tuple] = []
        while True:
            with urllib.request.urlopen(request, timeout=60) as answer:
                page = json.load(answer)
            if "error" in page:
                failure = page["error"]
                causes = [failure["message"]]
                cause = failure.get("failureInfo", {}).get("cause")
                while cause:
                    causes.append(cause.get("message") or "")
                    cause = cause.get("cause")
                raise RuntimeError(f"{statement}\n" + "\n".join(causes))
            rows += [tuple(row) for row in page.get("data", [])]
            if "nextUri" not in page:
                return rows
            request = urllib.request.Request(page["nextUri"])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)
