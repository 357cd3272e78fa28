"""AWS's own host names lead to Firn, over TLS: boto3 with its default endpoints, unmodified but for the authority it trusts.

What a machine does with /etc/hosts or a resolver, the test does by answering socket.getaddrinfo itself.
"""

import socket
import ssl
import urllib.error
import urllib.request

import boto3
import botocore.config
import botocore.exceptions
import pytest

from certificates import issue
from firn_server import REGION, FirnServer

HOST_NAMES = [f"{service}.{REGION}.amazonaws.com" for service in ("s3", "s3tables", "glue", "lakeformation", "sts")] + [
    "iam.amazonaws.com", "sts.amazonaws.com", "s3.amazonaws.com", f"*.s3.{REGION}.amazonaws.com", "*.s3.amazonaws.com",
    f"s3.dualstack.{REGION}.amazonaws.com", f"*.s3.dualstack.{REGION}.amazonaws.com", f"s3tables.{REGION}.api.aws",
    f"glue.{REGION}.api.aws", f"lakeformation.{REGION}.api.aws", f"sts.{REGION}.api.aws", "iam.global.api.aws"]


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    certificates = issue(folder, HOST_NAMES)
    server = FirnServer(folder / "data", "--aws-tls-cert", str(certificates.certificate),
                        "--aws-tls-key", str(certificates.key)).start()
    yield server, certificates
    server.stop()


@pytest.fixture()
def mapped(secure, monkeypatch):
    """Every AWS host name is 127.0.0.1 and the port the server has; clients write `Host` without a port."""
    server, _ = secure
    original = socket.getaddrinfo

    def resolve(host, port, *arguments, **keywords):
        name = host.decode() if isinstance(host, bytes) else host
        if name.endswith((".amazonaws.com", ".api.aws")):
            return original("127.0.0.1", server.ready["aws_port"], *arguments, **keywords)
        return original(host, port, *arguments, **keywords)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return secure


def client(secure, service: str, verify=True, **config):
    server, certificates = secure
    access, secret = server.root_key()
    return boto3.client(service, region_name=REGION, aws_access_key_id=access, aws_secret_access_key=secret,
                        verify=str(certificates.authority) if verify else None,
                        config=botocore.config.Config(retries={"max_attempts": 0}, **config))


@pytest.mark.parametrize("dualstack", [False, True])
def test_every_service_at_its_default_endpoint(mapped, dualstack):
    server, _ = mapped

    def of(service):
        return client(mapped, service, use_dualstack_endpoint=dualstack)

    assert of("sts").get_caller_identity()["Account"] == server.account_id
    assert "Users" in of("iam").list_users()
    assert "tableBuckets" in of("s3tables").list_table_buckets()
    assert "DatabaseList" in of("glue").get_databases()
    assert "DataLakeSettings" in of("lakeformation").get_data_lake_settings()
    assert "Buckets" in of("s3").list_buckets()


@pytest.mark.parametrize("style,dualstack", [("virtual", False), ("path", False), ("virtual", True)])
def test_objects_in_both_address_styles(mapped, style, dualstack):
    s3 = client(mapped, "s3", use_dualstack_endpoint=dualstack, s3={"addressing_style": style})
    bucket = f"tls-{style}-{str(dualstack).lower()}"
    s3.create_bucket(Bucket=bucket)
    body = bytes(range(256)) * 1000
    s3.put_object(Bucket=bucket, Key="a folder/ü+=", Body=body)
    assert s3.get_object(Bucket=bucket, Key="a folder/ü+=")["Body"].read() == body
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a folder/ü+="]


def test_presigned_url_of_a_real_host(mapped):
    _, certificates = mapped
    s3 = client(mapped, "s3", signature_version="s3v4")
    s3.create_bucket(Bucket="tls-presigned")
    s3.put_object(Bucket="tls-presigned", Key="k", Body=b"here")
    url = s3.generate_presigned_url("get_object", {"Bucket": "tls-presigned", "Key": "k"})
    assert url.startswith("https://") and "amazonaws.com/" in url
    context = ssl.create_default_context(cafile=str(certificates.authority))
    assert urllib.request.urlopen(url, context=context).read() == b"here"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url.replace("/k?", "/l?"), context=context)
    assert caught.value.code == 403


def test_an_authority_that_is_not_trusted_is_refused_by_the_client(mapped):
    with pytest.raises(botocore.exceptions.SSLError):
        client(mapped, "sts", verify=False).get_caller_identity()


def test_plain_http_at_the_tls_port_ends_without_an_answer(secure):
    server, _ = secure
    with socket.create_connection(("127.0.0.1", server.ready["aws_port"]), timeout=10) as plain:
        plain.sendall(b"GET /_firn/health HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            assert b"HTTP/1.1 200" not in plain.recv(4096)
        except ConnectionResetError:
            pass


def test_the_engine_keeps_its_own_listeners(secure):
    server, _ = secure
    with server.sql() as connection, connection.cursor() as cursor:
        cursor.execute("select 1")
    url = f"http://127.0.0.1:{server.ready['http_port']}/healthz"
    assert urllib.request.urlopen(url).status == 200
