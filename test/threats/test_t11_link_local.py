"""T11: SQL that names servers leads the engine to no instance's metadata, where the machine's own keys would be had.

Nothing here may connect to those addresses; that is what is tested, and the statement must say why it was refused.
"""

import pymysql
import pytest

from firn_server import FirnServer, run_sql
from stand_in import Handler, standing_in

METADATA = ["169.254.169.254", "2852039166", "0xa9fea9fe", "169.254.43518", "[::ffff:169.254.169.254]", "[fe80::1]",
            "[fd00:ec2::254]"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    server = FirnServer(tmp_path_factory.mktemp("t11") / "data", "--without-aws").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def elsewhere():
    """A catalog that sends whoever asks on to the metadata."""
    class Redirecting(Handler):
        def do_GET(self):
            self.server.seen.append(self.path)
            self.answer(307, Location="http://169.254.169.254/latest/meta-data/")

    with standing_in(Redirecting) as server:
        yield server


def refusal(engine, **properties):
    words = {"type": "iceberg", "iceberg.catalog.type": "rest", **properties}
    body = ", ".join(f'"{name}" = "{value}"' for name, value in words.items())
    with engine.sql() as connection, pytest.raises(pymysql.err.MySQLError) as refused:
        run_sql(connection, f"create external catalog c properties ({body})")
    return str(refused.value)


@pytest.mark.parametrize("host", METADATA)
def test_a_catalog(engine, host):
    assert "link-local" in refusal(engine, **{"iceberg.catalog.uri": f"http://{host}/latest"})


@pytest.mark.parametrize("host", METADATA[:2])
def test_an_oauth_server(engine, elsewhere, host):
    said = refusal(engine, **{"iceberg.catalog.uri": f"http://127.0.0.1:{elsewhere.server_port}",
                              "iceberg.catalog.security": "OAUTH2", "iceberg.catalog.oauth2.credential": "a:b",
                              "iceberg.catalog.oauth2.server-uri": f"http://{host}/token"})
    assert "link-local" in said


@pytest.mark.parametrize("host", METADATA[:2])
def test_an_sts(engine, elsewhere, host):
    said = refusal(engine, **{"iceberg.catalog.uri": f"http://127.0.0.1:{elsewhere.server_port}",
                              "iceberg.catalog.rest.sigv4-enabled": "true", "iceberg.catalog.rest.signing-name": "glue",
                              "aws.s3.region": "us-east-1", "aws.s3.access_key": "AKIA", "aws.s3.secret_key": "s",
                              "aws.s3.iam_role_arn": "arn:aws:iam::123456789012:role/r",
                              "aws.s3.sts.endpoint": f"http://{host}/"})
    assert "link-local" in said


def test_a_redirect_is_told_and_not_followed(engine, elsewhere):
    said = refusal(engine, **{"iceberg.catalog.uri": f"http://127.0.0.1:{elsewhere.server_port}/iceberg"})
    assert "redirects to http://169.254.169.254/" in said and "link-local" not in said
    assert elsewhere.seen and all(path.startswith("/iceberg/v1/config") for path in elsewhere.seen)
