"""Each bad input gets one clear error that names the cause, and the server goes on serving."""

import datetime
import http.client
import socket

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.exceptions
import pymysql
import pytest

from firn_server import REGION, run_sql


@pytest.fixture(autouse=True)
def still_serving(server):
    yield
    with server.sql() as connection:
        assert run_sql(connection, "select 1") == [(1,)]
    assert server.aws("sts").get_caller_identity()["Account"] == server.account_id


def refused(call, code: str):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == code, caught.value.response
    return caught.value.response


def sql_refused(server, statement: str, *fragments: str) -> str:
    with server.sql() as connection, pytest.raises(pymysql.MySQLError) as caught:
        run_sql(connection, statement)
    message = str(caught.value.args[1])
    for fragment in fragments:
        assert fragment.lower() in message.lower(), message
    return message


def test_wrong_secret_key(server):
    key = (server.root_key()[0], "x" * 40)
    refused(lambda: server.aws("s3tables", key).list_table_buckets(), "InvalidSignatureException")
    refused(lambda: server.aws("iam", key).list_users(), "SignatureDoesNotMatch")
    refused(lambda: server.aws("s3", key).list_buckets(), "SignatureDoesNotMatch")


def test_unknown_access_key(server):
    key = ("AKIAAAAAAAAAAAAAAAAA", "x" * 40)
    refused(lambda: server.aws("s3tables", key).list_table_buckets(), "UnrecognizedClientException")
    refused(lambda: server.aws("iam", key).list_users(), "InvalidClientTokenId")
    refused(lambda: server.aws("s3", key).list_buckets(), "InvalidAccessKeyId")


def test_no_signature_at_all(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.ready["aws_port"], timeout=10)
    connection.request("GET", "/buckets")
    answer = connection.getresponse()
    assert answer.status == 403
    assert b"MissingAuthenticationToken" in answer.read() + str(answer.headers).encode()


def signed(server, when: datetime.datetime | None = None, body: bytes = b"", service: str = "s3tables", region: str = REGION,
           method: str = "GET", path: str = "/buckets", token: str | None = None):
    access, secret = server.root_key()
    request = botocore.awsrequest.AWSRequest(method, f"{server.aws_endpoint}{path}", data=body)
    signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(access, secret, token), service, region)
    if when is None:
        signer.add_auth(request)
    else:
        import botocore.auth as auth

        original = auth.get_current_datetime
        auth.get_current_datetime = lambda *_, **__: when
        try:
            signer.add_auth(request)
        finally:
            auth.get_current_datetime = original
    return request


def send(server, request, body: bytes | None = None):
    connection = http.client.HTTPConnection("127.0.0.1", server.ready["aws_port"], timeout=10)
    connection.request(request.method, request.url.removeprefix(server.aws_endpoint), body=body if body is not None else request.body,
                       headers=dict(request.headers))
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), dict(answer.headers)


def test_skewed_clock(server):
    when = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - datetime.timedelta(minutes=16)
    status, body, headers = send(server, signed(server, when))
    assert status == 403
    assert "InvalidSignatureException" in headers["x-amzn-ErrorType"]
    assert "too large" in body and body.count("20") >= 2, "both times are named"


def test_tampered_body(server):
    request = signed(server, body=b'{"name":"good-bucket"}', method="PUT", path="/buckets")
    status, body, headers = send(server, request, body=b'{"name":"evil-bucket"}')
    assert status == 403
    assert "signature" in body.lower()


def test_expired_or_wrong_session_token(server):
    status, body, headers = send(server, signed(server, token="made-up-token"))
    assert status == 403
    assert "token" in body.lower()


def test_unknown_region(server):
    status, body, headers = send(server, signed(server, region="mars-north-1"))
    assert status in (400, 403)
    assert "mars-north-1" in body


def test_wrong_sql_password(server):
    with server.sql() as connection:
        run_sql(connection, "CREATE USER IF NOT EXISTS 'ann' IDENTIFIED BY 'right-password'")
    with server.sql(user="ann", password="right-password") as connection:
        assert run_sql(connection, "select 1") == [(1,)]
    for user, password in (("ann", "wrong"), ("ann", ""), ("nobody", "x")):
        with pytest.raises(pymysql.MySQLError) as caught:
            server.sql(user=user, password=password)
        assert caught.value.args[0] == 1045
        assert f"Access denied for user '{user}'" in caught.value.args[1]


def test_catalog_properties(server, account):
    make = account.create_catalog_statement
    sql_refused(server, make("bad1", iceberg__catalog__url="http://x"), "iceberg.catalog.url", "iceberg.catalog.uri")
    sql_refused(server, make("bad2", iceberg__catalog__uri=None), "iceberg.catalog.uri")
    sql_refused(server, make("bad3", type=None), "type")
    with server.sql() as connection:
        assert ("bad1",) not in [row[:1] for row in run_sql(connection, "show catalogs")]


def test_unreachable_uri(server, account):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sql_refused(server, account.create_catalog_statement("bad4", iceberg__catalog__uri=f"http://127.0.0.1:{port}/iceberg"),
                f"127.0.0.1:{port}")


def test_wrong_warehouse(server, account):
    sql_refused(server, account.create_catalog_statement(
        "bad5", iceberg__catalog__warehouse=f"{server.account_id}:s3tablescatalog/no-such-bucket"), "no-such-bucket")


def test_wrong_key_in_the_catalog(server, account):
    sql_refused(server, account.create_catalog_statement("bad6", **{"iceberg__catalog__rest__secret_access_key": "y" * 40}),
                "signature")


def test_unquoted_placeholder_of_the_guide(server):
    sql_refused(server, 'create external catalog c properties("type"="iceberg", "iceberg.catalog.rest.access-key-id" = <iam_user_access_key>)',
                "quot")


def test_deep_expression(server):
    for nested in ("(" * 100_000 + "1" + ")" * 100_000, "- " * 100_000 + "1", "not " * 100_000 + "true",
                   "case when true then " * 20_000 + "1" + " end" * 20_000):
        sql_refused(server, "select " + nested, "nest")


def test_statement_over_max_allowed_packet(server):
    with server.sql() as connection:
        connection.max_allowed_packet = 64 << 20
        with pytest.raises(pymysql.MySQLError) as caught:
            run_sql(connection, "select '" + "x" * (33 << 20) + "'")
    assert caught.value.args[0] in (1153, 2006, 2013), caught.value
    assert "max_allowed_packet" in str(caught.value) or caught.value.args[0] != 1153


def test_secrets_stay_masked(server, account, lake):
    with server.sql() as connection:
        shown = str(run_sql(connection, f"show create catalog {lake}"))
    assert account.key[1] not in shown
    assert account.key[1][:2] + "******" + account.key[1][-2:] in shown
