"""A real Firn server for the tests, and the guide's account on it."""

from __future__ import annotations

import configparser
import json
import os
import pathlib
import select
import signal
import subprocess
import time

import boto3
import botocore.config
import pymysql

BINARY = pathlib.Path(os.environ.get("FIRN_BINARY", pathlib.Path(__file__).parent.parent / "build/release/firn"))
REGION = "us-east-1"
START_SECONDS_MAX = 30


class FirnServer:
    """One server process on free ports; its data folder outlives it, so that it can be started again."""

    def __init__(self, data_folder: pathlib.Path, *arguments: str):
        self.data_folder = data_folder
        self.arguments = arguments
        self.wanted_aws_port = 0  # Any; another one for a start that must be found where the last was.
        self.process: subprocess.Popen | None = None
        self.ready: dict = {}

    def start(self) -> "FirnServer":
        self.log = open(self.data_folder.parent / f"{self.data_folder.name}.log", "ab")
        self.process = subprocess.Popen(
            [str(BINARY), "server", "--data-dir", str(self.data_folder), "--mysql-port", "0", "--http-port", "0",
             "--aws-port", str(self.wanted_aws_port), *self.arguments],
            stdout=subprocess.PIPE, stderr=self.log, stdin=subprocess.DEVNULL)
        readable, _, _ = select.select([self.process.stdout], [], [], START_SECONDS_MAX)
        line = self.process.stdout.readline() if readable else b""
        if not line:
            raise RuntimeError(f"server did not become ready: {self.log_text()[-4000:]}")
        self.ready = json.loads(line)
        assert self.ready["event"] == "ready"
        return self

    def stop(self) -> None:
        """Asks it to drain; a server that does not end with status 0 fails the test."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        assert status == 0, f"server ended with {status}: {self.log_text()[-4000:]}"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def log_text(self) -> str:
        return pathlib.Path(self.log.name).read_text(errors="replace")

    def resident_megabytes(self) -> float:
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no VmRSS")

    @property
    def account_id(self) -> str:
        return self.ready["account_id"]

    @property
    def aws_endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ready['aws_port']}"

    @property
    def mysql_port(self) -> int:
        return self.ready["mysql_port"]

    def root_key(self) -> tuple[str, str]:
        profile = configparser.ConfigParser()
        profile.read(self.ready["credentials_file"])
        return profile["firn"]["aws_access_key_id"], profile["firn"]["aws_secret_access_key"]

    def aws(self, service: str, key: tuple[str, ...] | None = None, region: str = REGION, **config):
        key = key or self.root_key()
        return boto3.client(
            service, endpoint_url=self.aws_endpoint, region_name=region, aws_access_key_id=key[0],
            aws_secret_access_key=key[1], aws_session_token=key[2] if len(key) > 2 else None,
            config=botocore.config.Config(retries={"max_attempts": 1}, **config))

    def warehouse_catalog_statement(self, name: str, **more: str) -> str:
        """Makes a catalog over the full Iceberg REST face, by the root's token."""
        key, secret = self.root_key()
        properties = {
            "type": "iceberg", "iceberg.catalog.type": "rest", "iceberg.catalog.uri": f"{self.aws_endpoint}/iceberg",
            "iceberg.catalog.warehouse": "warehouse", "iceberg.catalog.security": "oauth2",
            "iceberg.catalog.oauth2.credential": f"{key}:{secret}", "iceberg.catalog.oauth2.scope": "catalog",
            "aws.s3.endpoint": self.aws_endpoint, "aws.s3.enable_path_style_access": "true", "aws.s3.region": REGION,
            "aws.s3.access_key": key, "aws.s3.secret_key": secret} | more
        body = ", ".join(f'"{property_}" = "{value}"' for property_, value in properties.items())
        return f"CREATE EXTERNAL CATALOG {name} PROPERTIES ({body})"

    def sql(self, user: str = "root", password: str = "", **options) -> pymysql.Connection:
        options.setdefault("autocommit", True)
        return pymysql.connect(host="127.0.0.1", port=self.mysql_port, user=user, password=password, **options)


def run_sql(connection: pymysql.Connection, statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def guide_policy(account_id: str, bucket: str, region: str = REGION) -> dict:
    """The guide's policy, made valid and complete (docs/GUIDE.md says what the printed one lacks)."""
    arn = f"arn:aws:glue:{region}:{account_id}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "glue:GetCatalog", "glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables",
                    "glue:CreateDatabase", "glue:DeleteDatabase", "glue:CreateTable", "glue:UpdateTable",
                    "glue:DeleteTable",
                ],
                "Resource": [
                    f"{arn}:catalog",
                    f"{arn}:catalog/s3tablescatalog",
                    f"{arn}:catalog/s3tablescatalog/{bucket}",
                    f"{arn}:database/s3tablescatalog/{bucket}/*",
                    f"{arn}:table/s3tablescatalog/{bucket}/*/*",
                ],
            },
            {"Effect": "Allow", "Action": ["lakeformation:GetDataAccess"], "Resource": "*"},
        ],
    }


class Account:
    """The guide's AWS side on one server: a table bucket, a user with the policy, the settings and the grant."""

    def __init__(self, server: FirnServer, bucket: str = "lake-bucket", user: str = "starrocks"):
        self.server = server
        self.bucket = bucket
        self.user = user
        self.bucket_arn = server.aws("s3tables").create_table_bucket(name=bucket)["arn"]
        iam = server.aws("iam")
        policy = iam.create_policy(
            PolicyName=f"{user}-policy", PolicyDocument=json.dumps(guide_policy(server.account_id, bucket)))
        iam.create_user(UserName=user)
        iam.attach_user_policy(UserName=user, PolicyArn=policy["Policy"]["Arn"])
        key = iam.create_access_key(UserName=user)["AccessKey"]
        self.key = (key["AccessKeyId"], key["SecretAccessKey"])
        self.user_arn = f"arn:aws:iam::{server.account_id}:user/{user}"
        lake = server.aws("lakeformation")
        settings = lake.get_data_lake_settings()["DataLakeSettings"]
        settings["AllowFullTableExternalDataAccess"] = True
        lake.put_data_lake_settings(DataLakeSettings=settings)
        lake.grant_permissions(
            Principal={"DataLakePrincipalIdentifier": self.user_arn},
            Resource={"Catalog": {"Id": f"{server.account_id}:s3tablescatalog/{bucket}"}}, Permissions=["ALL"])

    @property
    def warehouse(self) -> str:
        return f"{self.server.account_id}:s3tablescatalog/{self.bucket}"

    def create_catalog_statement(self, name: str, **changes: str | None) -> str:
        properties = {
            "type": "iceberg",
            "iceberg.catalog.type": "rest",
            "iceberg.catalog.uri": f"{self.server.aws_endpoint}/iceberg",
            "iceberg.catalog.rest.sigv4-enabled": "true",
            "iceberg.catalog.rest.signing-name": "glue",
            "iceberg.catalog.rest.access-key-id": self.key[0],
            "iceberg.catalog.rest.secret-access-key": self.key[1],
            "iceberg.catalog.warehouse": self.warehouse,
            "aws.s3.region": REGION,
        }
        for name_, value in changes.items():
            if "." not in name_:  # A keyword of Python; else the property as it is.
                name_ = name_.replace("__", ".").replace("_", "-")
            if value is None:
                properties.pop(name_, None)
            else:
                properties[name_] = value
        body = ",\n  ".join(f'"{key}" = "{value}"' for key, value in properties.items())
        return f"create external catalog {name} properties(\n  {body}\n)"

    def pyiceberg(self, endpoint: str | None = None):
        from pyiceberg.catalog import load_catalog

        return load_catalog("firn", **{
            "type": "rest", "uri": f"{endpoint or self.server.aws_endpoint}/iceberg", "warehouse": self.warehouse,
            "rest.sigv4-enabled": "true", "rest.signing-name": "glue", "rest.signing-region": REGION,
            "client.access-key-id": self.key[0], "client.secret-access-key": self.key[1], "client.region": REGION})


def wait_until(condition, seconds: float = 20, what: str = "condition"):
    """Polls a condition of the outside world; there is no other way to see it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come true in {seconds} s")
