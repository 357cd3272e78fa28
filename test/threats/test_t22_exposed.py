"""T22: a local cloud listens on every interface with keys that everyone knows.

Known case: LocalStack#2921 (0.0.0.0 with `test`/`test`). Firn has no well-known keys, and refuses an address that is not
loopback until the AWS side has TLS and SQL's root has a password.
"""

import pathlib
import socket
import subprocess

import pytest

from certificates import issue
from firn_server import BINARY, run_sql


def start_and_end(folder: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess:
    """For servers that must not start: one that does start runs into the time limit."""
    return subprocess.run(
        [str(BINARY), "server", "--data-dir", str(folder), "--mysql-port", "0", "--http-port", "0", "--aws-port", "0",
         *arguments], capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1"])
@pytest.mark.parametrize("sides", [(), ("--without-engine",)])
def test_no_address_beyond_loopback_without_tls(tmp_path, address, sides):
    result = start_and_end(tmp_path / "data", "--bind", address, *sides)
    assert result.returncode == 1 and result.stdout == ""
    assert "refusing to serve the AWS side" in result.stderr and address in result.stderr
    assert "--aws-tls-cert" in result.stderr, "says what to do"


def test_tls_alone_does_not_open_sql_to_everyone(tmp_path):
    own = issue(tmp_path, ["localhost"])
    result = start_and_end(tmp_path / "data", "--bind", "0.0.0.0", "--tls-cert", str(own.certificate), "--tls-key", str(own.key))
    assert result.returncode == 1 and result.stdout == ""
    assert "root has no password" in result.stderr and "SET PASSWORD" in result.stderr


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1.nip.io", "", "0", "127.1", "0x7f000001", "::ffff:0.0.0.0", "1.2.3.4.5"])
def test_what_is_not_an_address_is_refused(tmp_path, address):
    result = start_and_end(tmp_path / "data", "--bind", address)
    assert result.returncode != 0 and result.stdout == ""


@pytest.mark.parametrize("flag", ["--aws-tls-cert", "--aws-tls-key", "--tls-cert", "--tls-key"])
def test_half_a_certificate_is_refused(tmp_path, flag):
    result = start_and_end(tmp_path / "data", flag, "/dev/null")
    assert result.returncode != 0 and flag in result.stderr


def test_a_broken_certificate_is_refused(tmp_path):
    own = issue(tmp_path, ["localhost"])
    other = tmp_path / "other"
    other.mkdir()
    for certificate, key in ((own.key, own.key), (own.certificate, issue(other, ["localhost"]).key),
                             (tmp_path / "absent.pem", own.key)):
        result = start_and_end(tmp_path / "data", "--aws-tls-cert", str(certificate), "--aws-tls-key", str(key))
        assert result.returncode == 1 and result.stdout == "", (certificate, key)
        assert "TLS" in result.stderr or "certificate" in result.stderr, result.stderr


def test_with_a_password_and_tls_it_listens(tmp_path, own_server):
    own = issue(tmp_path, ["localhost"])
    server = own_server("--aws-tls-cert", str(own.certificate), "--aws-tls-key", str(own.key)).start()
    with server.sql() as connection:
        run_sql(connection, "SET PASSWORD FOR 'root' = PASSWORD('a long password')")
    server.stop()
    server.arguments += ("--bind", "0.0.0.0")
    server.start()
    socket.create_connection(("127.0.0.1", server.ready["aws_port"]), timeout=5).close()
    server.stop()


def test_keys_are_made_for_each_folder_and_none_is_well_known(own_server):
    keys = []
    for _ in range(2):
        server = own_server().start()
        keys.append(server.root_key())
        server.stop()
    assert keys[0] != keys[1]
    for access, secret in keys:
        assert access.startswith("AKIA") and len(access) == 20 and len(secret) == 40
