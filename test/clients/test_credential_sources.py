"""A catalog without keys in SQL: the engine finds them where the AWS SDKs do, and assumes roles.

The engine is a server of its own, whose environment and metadata service are the test's.
"""

import datetime
import json

import pymysql
import pytest

from firn_server import REGION, Account, FirnServer, run_sql
from stand_in import Handler, standing_in

KEYLESS = {"iceberg__catalog__rest__access_key_id": None, "iceberg__catalog__rest__secret_access_key": None}
VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_CONFIG_FILE",
             "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ROLE_ARN",
             "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_EC2_METADATA_DISABLED",
             "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_EC2_METADATA_SERVICE_ENDPOINT")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    server = FirnServer(tmp_path_factory.mktemp("cloud") / "data", "--without-engine").start()
    account = Account(server)
    iam = server.aws("iam")
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": account.user_arn}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "firn-1"}}}]}
    role = iam.create_role(RoleName="lake", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.attach_role_policy(RoleName="lake", PolicyArn=f"arn:aws:iam::{server.account_id}:policy/starrocks-policy")
    iam.put_user_policy(UserName=account.user, PolicyName="assume", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}]}))
    server.aws("lakeformation").grant_permissions(
        Principal={"DataLakePrincipalIdentifier": role},
        Resource={"Catalog": {"Id": f"{server.account_id}:s3tablescatalog/{account.bucket}"}}, Permissions=["ALL"])
    account.role = role
    yield account
    server.stop()


class Metadata(Handler):
    """IMDSv2 and a container's service, as AWS documents their answers."""

    def keys(self):
        expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        key = self.server.key
        return json.dumps({"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": key[0], "SecretAccessKey": key[1],
                           "Token": "", "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ")})

    def do_PUT(self):
        self.server.seen.append(("PUT", self.path))
        good = self.path == "/latest/api/token" and self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
        self.answer(200 if good else 400, "session-token" if good else "")

    def do_GET(self):
        self.server.seen.append(("GET", self.path))
        if self.path == "/container":
            good = self.headers["Authorization"] == "Bearer container"
            return self.answer(200 if good else 403, self.keys() if good else "")
        if self.headers["X-aws-ec2-metadata-token"] != "session-token":
            return self.answer(401, "")
        folder = "/latest/meta-data/iam/security-credentials/"
        found = {folder: "lake-role", folder + "lake-role": self.keys()}.get(self.path)
        return self.answer(200 if found else 404, found or "")


@pytest.fixture()
def metadata(cloud):
    with standing_in(Metadata, key=cloud.key) as server:
        yield server


@pytest.fixture()
def engine(tmp_path, monkeypatch):
    """Starts an engine with this environment; ends it after the test."""
    started = []

    def start(**variables):
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", str(tmp_path))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        started.append(FirnServer(tmp_path / "data", "--without-aws").start())
        return started[0]

    yield start
    for server in started:
        server.stop()


def write_and_read(server, cloud, name, **properties):
    """Creates the catalog and makes it write and read a table; returns the rows."""
    with server.sql() as connection:
        run_sql(connection, cloud.create_catalog_statement(name, **KEYLESS, **properties))
        run_sql(connection, f"create database {name}.{name}_db")
        run_sql(connection, f"create table {name}.{name}_db.t (a bigint)")
        run_sql(connection, f"insert into {name}.{name}_db.t values (1), (2)")
        return run_sql(connection, f"select a from {name}.{name}_db.t order by a")


def test_keys_of_the_environment(cloud, engine):
    server = engine(AWS_ACCESS_KEY_ID=cloud.key[0], AWS_SECRET_ACCESS_KEY=cloud.key[1])
    assert write_and_read(server, cloud, "env",
                          **{"aws.s3.use_aws_sdk_default_behavior": "true"}) == [(1,), (2,)]


def test_a_profile_that_assumes_a_role(cloud, engine, tmp_path):
    config = tmp_path / "aws-config"
    config.write_text(f"[profile lake]\nrole_arn = {cloud.role}\nexternal_id = firn-1\nsource_profile = keys\n"
                      f"region = {REGION}\n[profile keys]\naws_access_key_id = {cloud.key[0]}\n"
                      f"aws_secret_access_key = {cloud.key[1]}\n")
    server = engine(AWS_PROFILE="lake", AWS_CONFIG_FILE=str(config), AWS_ENDPOINT_URL_STS=cloud.server.aws_endpoint)
    assert write_and_read(server, cloud, "prof",
                          **{"aws.s3.use_aws_sdk_default_behavior": "true"}) == [(1,), (2,)]


def test_a_role_of_the_properties(cloud, engine):
    server = engine()
    role = {"aws.s3.access_key": cloud.key[0], "aws.s3.secret_key": cloud.key[1], "aws.s3.iam_role_arn": cloud.role,
            "aws.s3.sts.endpoint": cloud.server.aws_endpoint, "aws.s3.sts.region": REGION}
    with server.sql() as connection, pytest.raises(pymysql.err.MySQLError) as refused:
        run_sql(connection, cloud.create_catalog_statement("nope", **KEYLESS, **role))
    assert "AssumeRole" in str(refused.value) and "AccessDenied" in str(refused.value)
    assert cloud.key[1] not in str(refused.value)
    assert write_and_read(server, cloud, "role", **role, **{"aws.s3.external_id": "firn-1"}) == [(1,), (2,)]


def test_an_instance_profile(cloud, engine, metadata):
    server = engine(AWS_EC2_METADATA_SERVICE_ENDPOINT=f"http://127.0.0.1:{metadata.server_port}/")
    assert write_and_read(server, cloud, "inst", **{"aws.s3.use_instance_profile": "true"}) == [(1,), (2,)]
    assert len(metadata.seen) == 3, "one fetch serves the catalog and its storage"


def test_a_container(cloud, engine, metadata, tmp_path):
    token = tmp_path / "token"
    token.write_text("Bearer container\n")
    server = engine(AWS_CONTAINER_CREDENTIALS_FULL_URI=f"http://127.0.0.1:{metadata.server_port}/container",
                    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(token))
    assert write_and_read(server, cloud, "cont",
                          **{"aws.s3.use_aws_sdk_default_behavior": "true"}) == [(1,), (2,)]
    assert metadata.seen == [("GET", "/container")]


def test_nothing_found_says_where_it_was_looked_for(cloud, engine):
    server = engine(AWS_EC2_METADATA_DISABLED="true", AWS_SECRET_ACCESS_KEY="canary-secret-key")
    statement = cloud.create_catalog_statement(
        "none", **KEYLESS, **{"aws.s3.use_aws_sdk_default_behavior": "true"})
    with server.sql() as connection, pytest.raises(pymysql.err.MySQLError) as refused:
        run_sql(connection, statement)
    text = str(refused.value)
    for part in ("AWS_ACCESS_KEY_ID is not set", "AWS_WEB_IDENTITY_TOKEN_FILE", "no profile",
                 "AWS_CONTAINER_CREDENTIALS", "AWS_EC2_METADATA_DISABLED is true"):
        assert part in text
    assert "canary" not in text
