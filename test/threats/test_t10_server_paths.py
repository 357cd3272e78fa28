"""T10: a catalog's server names paths; they must not make the client read or write what its keys happen to reach.

The hostile catalog passes a real table through and changes words in it. It vends keys that reach everything, so that
only the client's own fence stands between a SELECT and another table's rows.
"""

import json
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pymysql
import pytest

from firn_server import REGION, Account, FirnServer, run_sql
from stand_in import Handler, standing_in


class Hostile(Handler):
    """Of one namespace and one table, `victim`'s neighbour. `server.change` rewrites the LoadTable answer."""

    def do_GET(self):
        self.server.seen.append(self.path)
        path = self.path.split("?")[0]
        if path.endswith("/v1/config"):
            return self.answer(200, {"defaults": self.server.defaults, "overrides": self.server.overrides})
        if path.endswith("/namespaces"):
            return self.answer(200, {"namespaces": [["db"]]})
        if path.endswith("/namespaces/db"):
            return self.answer(200, {"namespace": ["db"], "properties": {}})
        if path.endswith("/tables"):
            return self.answer(200, {"identifiers": [{"namespace": ["db"], "name": "mine"}]})
        if path.endswith("/tables/mine"):
            return self.answer(200, self.server.change(self.server.honest()))
        return self.answer(404, {"error": {"message": "no", "type": "NotFoundException", "code": 404}})

    def do_POST(self):
        self.server.seen.append(self.path)
        self.answer(404, {"error": {"message": "no", "type": "NotFoundException", "code": 404}})


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    server = FirnServer(tmp_path_factory.mktemp("t10") / "data").start()
    account = Account(server)
    with server.sql() as connection:
        run_sql(connection, account.create_catalog_statement("lake"))
        run_sql(connection, "create database lake.db")
        for table, value in (("mine", 1), ("victim", 42)):
            run_sql(connection, f"create table lake.db.{table} (a bigint)")
            run_sql(connection, f"insert into lake.db.{table} values ({value})")
    yield account
    server.stop()


def load(account, table):
    """The real LoadTable answer, asked as the account's root."""
    server = account.server
    prefix = f"{server.account_id}%3As3tablescatalog%2F{account.bucket}"
    config = ask(server, f"/iceberg/v1/config?warehouse={server.account_id}%3As3tablescatalog%2F{account.bucket}")
    prefix = {**config.get("defaults", {}), **config.get("overrides", {})}.get("prefix", prefix)
    return ask(server, f"/iceberg/v1/{prefix}/namespaces/db/tables/{table}")


def ask(server, target):
    request = botocore.awsrequest.AWSRequest("GET", server.aws_endpoint + target)
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(*server.root_key()), "glue", REGION).add_auth(request)
    with urllib.request.urlopen(urllib.request.Request(request.url, headers=dict(request.headers))) as answer:
        return json.load(answer)


@pytest.fixture()
def hostile(world):
    key = world.server.root_key()

    def honest():
        answer = load(world, "mine")
        answer.pop("storage-credentials", None)
        answer["config"] = {"s3.endpoint": world.server.aws_endpoint, "s3.path-style-access": "true",
                            "s3.access-key-id": key[0], "s3.secret-access-key": key[1], "client.region": REGION}
        return answer

    with standing_in(Hostile, honest=honest, change=lambda answer: answer, defaults={}, overrides={}) as server:
        yield server


@pytest.fixture()
def select(world, hostile):
    """Runs statements on a catalog of the hostile server; the catalog goes with the test."""
    with world.server.sql() as connection:
        def run(statement="select a from evil.db.mine", **properties):
            words = {"type": "iceberg", "iceberg.catalog.type": "rest", "iceberg.catalog.uri": hostile.uri,
                     "aws.s3.region": REGION, **properties}
            body = ", ".join(f'"{name}" = "{value}"' for name, value in words.items())
            run_sql(connection, "drop catalog if exists evil")
            run_sql(connection, f"create external catalog evil properties ({body})")
            return run_sql(connection, statement)

        yield run
        run_sql(connection, "drop catalog if exists evil")


def refusal(select, *arguments, **properties):
    with pytest.raises(pymysql.err.MySQLError) as refused:
        select(*arguments, **properties)
    return str(refused.value)


def point_at(manifest_list):
    def change(answer):
        for snapshot in answer["metadata"]["snapshots"]:
            snapshot["manifest-list"] = manifest_list
        return answer
    return change


def test_an_honest_catalog_serves_its_table(select):
    assert select() == [(1,)]


def test_another_tables_manifests_are_refused_unless_allowed(world, hostile, select):
    victim = load(world, "victim")["metadata"]
    hostile.change = point_at(victim["snapshots"][-1]["manifest-list"])
    text = refusal(select)
    assert "outside of it" in text and "firn.allowed-locations" in text
    assert select(**{"firn.allowed-locations": victim["location"]}) == [(42,)], "the fence alone stood in between"


@pytest.mark.parametrize("path", [
    "file:///etc/passwd", "/etc/passwd", "etc/passwd", "http://169.254.169.254/latest/meta-data/",
    "https://example.com/list.avro", "gs://bucket/list.avro", "s3://", "s3://bucket", "hdfs://host/list", "",
    "{location}/../victim/list.avro", "{location}x/list.avro", "{location}/./list.avro", "s3://other-bucket/list.avro"])
def test_other_schemes_and_places_are_refused(hostile, select, path):
    location = hostile.honest()["metadata"]["location"]
    hostile.change = point_at(path.format(location=location))
    text = refusal(select)
    assert "root:" not in text
    assert not any("meta-data" in seen for seen in hostile.seen)


@pytest.mark.parametrize("location", ["file:///tmp/firn-t10", "/tmp/firn-t10", "http://127.0.0.1/t", "gs://b/t", ""])
def test_a_table_placed_elsewhere_is_refused(hostile, select, location):
    def change(answer):
        answer["metadata"]["location"] = location
        return answer

    hostile.change = change
    for statement in ("select a from evil.db.mine", "insert into evil.db.mine values (7)"):
        refusal(select, statement)


def test_writes_do_not_follow_a_path_of_the_properties(world, hostile, select):
    victim = load(world, "victim")["metadata"]["location"]

    def change(answer):
        answer["metadata"].setdefault("properties", {}).update(
            {"write.data.path": f"{victim}/data", "write.metadata.path": f"{victim}/metadata",
             "write.object-storage.path": f"{victim}/data"})
        return answer

    hostile.change = change
    assert "outside of it" in refusal(select, "insert into evil.db.mine values (7)")


def test_the_configuration_decides_neither_the_address_nor_the_identity(world, hostile, select):
    class Trap(Handler):
        def handle(self):
            self.server.called += 1

    with standing_in(Trap, called=0) as trap:
        where = trap.uri
        hostile.defaults = {"uri": where, "oauth2-server-uri": where, "firn.allowed-locations": "s3://b"}
        hostile.overrides = {"uri": where, "credential": "id:secret", "token": "t", "aws.s3.sts.endpoint": where,
                             "aws.s3.endpoint": where, "aws.s3.use_aws_sdk_default_behavior": "true",
                             "firn.allowed-locations": load(world, "victim")["metadata"]["location"]}
        assert select() == [(1,)]
        hostile.change = point_at(load(world, "victim")["metadata"]["snapshots"][-1]["manifest-list"])
        assert "outside of it" in refusal(select)
        assert trap.called == 0
