"""The servers that are measured: each started in a folder of its own on the same disk, on free ports, and ended."""

import configparser
import hashlib
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.parse

import boto3
import botocore.config

from load import Call, Connection
from signer import REGION, sign

BIN = pathlib.Path(sys.executable).parent
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SCHEMA = {"type": "struct", "schema-id": 0, "fields": [{"id": 1, "name": "n", "type": "int", "required": False}]}


def free_port() -> int:
    """One whose companion 10,000 above is free too: SeaweedFS takes it for gRPC."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1] % 20000 + 20000
        try:
            for number in (port, port + 10000):
                socket.create_server(("127.0.0.1", number)).close()
            return port
        except OSError:
            continue


def wait_for(port: int, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"nothing listens on {port}")


class Peer:
    name = ""
    bucket = "bench"
    port = 0
    key = ("", "")
    process: subprocess.Popen | None = None
    iceberg_port = 0  # 0: no Iceberg REST
    iceberg_path = ""  # `/v1/<prefix>`
    iceberg_service = "s3tables"  # that requests to it are signed for

    def start_process(self, arguments: list[str], folder: pathlib.Path, **more) -> subprocess.Popen:
        folder.mkdir(parents=True, exist_ok=True)
        log = open(folder.parent / f"{folder.name}.log", "wb")
        self.process = subprocess.Popen(arguments, stderr=log, stdin=subprocess.DEVNULL,
                                        **{"stdout": log, **more})
        return self.process

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def client(self, service: str = "s3"):
        return boto3.client(service, endpoint_url=f"http://127.0.0.1:{self.port}", region_name=REGION,
                            aws_access_key_id=self.key[0], aws_secret_access_key=self.key[1],
                            config=botocore.config.Config(s3={"addressing_style": "path"}))

    def call(self, method: str, key: str = "", query: str = "", body: bytes = b"", sha256: str = EMPTY_SHA256,
             keep: bool = False) -> Call:
        headers = {"content-length": str(len(body))} if method in ("PUT", "POST") else {}
        path = f"/{self.bucket}/{urllib.parse.quote(key)}" if key else f"/{self.bucket}"
        head = sign(method, f"127.0.0.1:{self.port}", path, query, "s3", self.key, sha256, headers)
        return Call(head, body, keep)

    def iceberg(self, method: str, path: str, document: dict | None = None, keep: bool = False) -> Call:
        body = json.dumps(document).encode() if document is not None else b""
        headers = {"content-length": str(len(body)), "content-type": "application/json"} if body else {}
        head = sign(method, f"127.0.0.1:{self.iceberg_port}", self.iceberg_path + path, "", self.iceberg_service,
                    self.key, hashlib.sha256(body).hexdigest(), headers)
        return Call(head, body, keep)

    def ask(self, call: Call) -> dict:
        status, body = Connection(self.iceberg_port).send(Call(call.head, call.body, True))
        if status >= 300:
            raise RuntimeError(f"{self.name}: {status} {body[:500]!r}")
        return json.loads(body) if body else {}

    def make_tables(self, count: int) -> None:
        if not self.iceberg_port:
            return
        self.ask(self.iceberg("POST", "/namespaces", {"namespace": ["bench"]}))
        for number in range(count):
            self.ask(self.iceberg("POST", "/namespaces/bench/tables",
                                  {"name": f"t{number}", "schema": SCHEMA, "stage-create": False}))


class Firn(Peer):
    """Durable always: every PUT and every commit is fsynced before its answer; there is no other mode."""

    name = "Firn (fsync)"

    def start(self, folder: pathlib.Path) -> None:
        process = self.start_process(
            [os.environ["FIRN_BINARY"], "server", "--data-dir", str(folder), "--mysql-port", "0", "--http-port", "0",
             "--aws-port", "0"], folder, stdout=subprocess.PIPE)
        if not select.select([process.stdout], [], [], 30)[0]:
            raise RuntimeError("Firn did not start")
        ready = json.loads(process.stdout.readline())
        profile = configparser.ConfigParser()
        profile.read(ready["credentials_file"])
        self.key = profile["firn"]["aws_access_key_id"], profile["firn"]["aws_secret_access_key"]
        self.port = self.iceberg_port = ready["aws_port"]
        self.client().create_bucket(Bucket=self.bucket)
        arn = self.client("s3tables").create_table_bucket(name="warehouse")["arn"]
        self.iceberg_path = "/iceberg/v1/" + urllib.parse.quote(arn, safe="")


class SeaweedFS(Peer):
    """As it comes: a PUT is answered once it is in the page cache."""

    name = "SeaweedFS"
    key = ("admin", "adminsecret")

    def __init__(self):
        flags = ["master.port", "volume.port", "filer.port", "s3.port", "s3.port.iceberg", "s3.port.lance", "admin.port",
                 "webdav.port"]
        self.ports = {flag: free_port() for flag in flags}
        self.announced_port = self.ports["s3.port"]  # What its catalog tells of the store: a proxy's, if one stands before it.

    def start(self, folder: pathlib.Path) -> None:
        folder.mkdir(parents=True)
        config = folder.parent / "weed.json"
        config.write_text(json.dumps({"identities": [{
            "name": "admin", "credentials": [{"accessKey": self.key[0], "secretKey": self.key[1]}],
            "actions": ["Admin", "Read", "List", "Tagging", "Write"]}]}))
        ports = self.ports
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": self.key[0], "AWS_SECRET_ACCESS_KEY": self.key[1]}
        self.start_process(
            [str(BIN / "weed"), "mini", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.config={config}",
             f"-s3.externalUrl=http://127.0.0.1:{self.announced_port}", "-bucket=bench,benchfsync", "-tableBucket=warehouse,warehousefsync",
             *[f"-{flag}={port}" for flag, port in ports.items()]], folder, env=environment)
        for flag in ("s3.port", "s3.port.iceberg"):
            wait_for(ports[flag])
        self.port, self.iceberg_port, self.iceberg_path = ports["s3.port"], ports["s3.port.iceberg"], "/v1/warehouse"
        end = time.monotonic() + 60
        while len(self.client().list_buckets()["Buckets"]) < 2 and time.monotonic() < end:
            time.sleep(0.2)
        commands = "".join(f"fs.configure -locationPrefix=/buckets/{name}/ -fsync -apply\n"
                           for name in ("benchfsync", "warehousefsync"))
        subprocess.run([str(BIN / "weed"), "shell", f"-master=127.0.0.1:{ports['master.port']}"], input=commands,
                       text=True, check=True, capture_output=True)


class SeaweedFSWithFsync(Peer):
    """The same server; its volumes are fsynced for these buckets (fs.configure -fsync), its filer's names are not."""

    name = "SeaweedFS (volume fsync)"
    bucket = "benchfsync"

    def __init__(self, base: SeaweedFS):
        self.base = base

    def start(self, folder: pathlib.Path) -> None:
        self.key, self.port = self.base.key, self.base.port
        self.iceberg_port, self.iceberg_path = self.base.iceberg_port, "/v1/warehousefsync"


class Moto(Peer):
    """Objects in memory, nothing on disk, signatures not checked; no Iceberg REST."""

    name = "moto (memory)"
    key = ("any", "any")

    def start(self, folder: pathlib.Path) -> None:
        self.port = free_port()
        self.start_process([str(BIN / "moto_server"), "-H", "127.0.0.1", "-p", str(self.port)], folder)
        wait_for(self.port)
        self.client().create_bucket(Bucket=self.bucket)


class Nothing(Peer):
    """sink.py: what the load itself can do."""

    name = "no server"
    key = ("any", "any")

    def start(self, folder: pathlib.Path) -> None:
        process = self.start_process([sys.executable, str(pathlib.Path(__file__).parent / "sink.py")], folder,
                                     stdout=subprocess.PIPE)
        self.port = self.iceberg_port = int(process.stdout.readline())
        self.iceberg_path = "/v1/none"

    def make_tables(self, count: int) -> None:
        pass
