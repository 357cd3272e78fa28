"""The guide's SQL with the URI it prints: AWS's own host names over TLS, led to the local side by --resolve and --ca-file."""

import pymysql
import pytest

from certificates import issue
from firn_server import REGION, Account, FirnServer, run_sql
from test_tls import HOST_NAMES

URI = f"https://glue.{REGION}.amazonaws.com/iceberg"


class SecureServer(FirnServer):
    """The local side behind AWS's names; set up by boto3 over TLS without checking the certificate's host."""

    @property
    def aws_endpoint(self):
        return f"https://127.0.0.1:{self.ready['aws_port']}"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names")
    certificates = issue(folder, [*HOST_NAMES, "localhost"], )
    cloud = FirnServer(folder / "cloud", "--without-engine", "--aws-tls-cert", str(certificates.certificate),
                       "--aws-tls-key", str(certificates.key)).start()
    cloud.__class__ = SecureServer
    import boto3
    original = boto3.client

    def trusting(service, **keywords):
        keywords["endpoint_url"] = keywords["endpoint_url"].replace("127.0.0.1", "localhost")
        return original(service, verify=str(certificates.authority), **keywords)

    boto3.client = trusting
    try:
        account = Account(cloud)
    finally:
        boto3.client = original
    port = cloud.ready["aws_port"]
    engine = FirnServer(folder / "engine", "--without-aws", "--ca-file", str(certificates.authority),
                        "--resolve", f"*.amazonaws.com:443:127.0.0.1:{port}").start()
    stranger = FirnServer(folder / "stranger", "--without-aws",
                          "--resolve", f"*.amazonaws.com:443:127.0.0.1:{port}").start()
    yield account, engine, stranger
    for server in (stranger, engine, cloud):
        server.stop()


def test_the_guide_with_the_uri_it_prints(world):
    account, engine, _ = world
    with engine.sql() as connection:
        run_sql(connection, account.create_catalog_statement("lake", iceberg__catalog__uri=URI))
        run_sql(connection, "create database lake.s3table_db")
        run_sql(connection, "create table lake.s3table_db.taxis (trip_id bigint, vendor_id bigint) "
                            "partition by (vendor_id)")
        run_sql(connection, "insert into lake.s3table_db.taxis values (1000371, 1), (1000372, 2)")
        assert run_sql(connection, "select trip_id from lake.s3table_db.taxis order by 1") == [(1000371,), (1000372,)]


def test_an_authority_that_is_not_trusted_is_refused(world):
    account, _, stranger = world
    with stranger.sql() as connection, pytest.raises(pymysql.err.MySQLError) as refused:
        run_sql(connection, account.create_catalog_statement("lake", iceberg__catalog__uri=URI))
    assert "certificate" in str(refused.value)


@pytest.mark.parametrize("route", ["nonsense", "host:0:127.0.0.1", ":443:127.0.0.1", "host:443:", "host:443:[::1"])
def test_a_route_that_is_none_ends_the_server(tmp_path, route):
    with pytest.raises(RuntimeError) as refused:
        FirnServer(tmp_path / "data", "--without-aws", "--resolve", route).start()
    assert "HOST:PORT:ADDRESS" in str(refused.value) or "is no port" in str(refused.value)
