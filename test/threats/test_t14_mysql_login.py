"""T14: nobody learns a password, a user's name or gets in by trying, over MySQL's login."""

import hashlib
import ssl
import statistics
import time

import pymysql
import pytest
from raw_mysql import RawConnection, is_error

from firn_server import run_sql


@pytest.fixture(scope="module")
def users(server):
    with server.sql() as connection:
        run_sql(connection, "create user if not exists 't14_native' identified with mysql_native_password by 'right password'")
        run_sql(connection, "create user if not exists 't14_sha' identified with caching_sha2_password by 'right password'")


def denial(server, user: str, password: str, **options) -> str:
    with pytest.raises(pymysql.MySQLError) as caught:
        server.sql(user=user, password=password, **options)
    assert caught.value.args[0] == 1045
    return caught.value.args[1].replace(user, "USER")


def test_an_unknown_user_and_a_wrong_password_look_alike(server, users):
    texts = {denial(server, user, "wrong") for user in ("t14_native", "t14_sha", "t14_nobody")}
    assert texts == {"Access denied for user 'USER'@'127.0.0.1' (using password: YES)"}


def test_the_password_is_never_asked_for_in_the_clear_without_tls(server, users):
    """The full proof of caching_sha2 without TLS: a server's key, or nothing. A password sent plainly is refused, right or not."""
    with RawConnection(server.mysql_port) as raw:
        nonce = raw.greet()
        once = hashlib.sha256(b"right password").digest()
        mask = hashlib.sha256(hashlib.sha256(once).digest() + nonce).digest()
        proof = bytes(a ^ b for a, b in zip(once, mask))
        raw.send((0x88200).to_bytes(4, "little") + bytes(4) + b"\x2d" + bytes(23) + b"t14_sha\0" + bytes([len(proof)]) + proof +
                 b"caching_sha2_password\0", 1)
        answer = raw.read()
        assert answer[:1] == b"\xfe", answer  # A nonce of its own for this plugin.
        raw.send(b"x" * 32, raw.sequence + 1)
        answer = raw.read()
        if answer[:2] == b"\x01\x04":
            raw.send(b"right password\0", raw.sequence + 1)
            answer = raw.read()
        assert is_error(answer, 1045), answer
        assert raw.read() == b""


def test_the_full_proof_by_rsa_key(server, users):
    """PyMySQL without TLS asks for the key; the password crosses encrypted."""
    with server.sql(user="t14_sha", password="right password") as connection:
        assert run_sql(connection, "select 1") == [(1,)]


def test_the_full_proof_on_tls(server, users):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with server.sql(user="t14_sha", password="right password", ssl=context) as connection:
        assert run_sql(connection, "select 1") == [(1,)]


def test_five_failures_slow_the_next_tries_down(own_server):
    server = own_server().start()
    with server.sql() as connection:
        run_sql(connection, "create user 'tried' identified by 'right password'")
    times = []
    for _ in range(7):
        begin = time.monotonic()
        denial(server, "tried", "wrong")
        times.append(time.monotonic() - begin)
    assert statistics.median(times[:5]) < 0.5, times
    assert times[6] > times[0] + 0.5, times
    # The right password waits its turn, and is let in.
    with server.sql(user="tried", password="right password") as connection:
        assert run_sql(connection, "select 1") == [(1,)]
    # Others do not wait.
    begin = time.monotonic()
    server.sql().close()
    assert time.monotonic() - begin < 0.5
    server.stop()


def test_a_proof_cannot_be_used_again(server, users):
    """Each greeting has its own nonce, and the proof of one is worth nothing for the next."""
    nonces = set()
    for _ in range(20):
        with RawConnection(server.mysql_port) as raw:
            nonces.add(raw.greet())
    assert len(nonces) == 20 and all(len(nonce) == 20 and b"\0" not in nonce for nonce in nonces)


def test_a_password_of_no_length_and_one_of_much(server, users):
    for password in ("", "x" * 200, "right password ", "RIGHT PASSWORD", "right\0password"):
        if password:
            denial(server, "t14_native", password)
    with pytest.raises(pymysql.MySQLError) as caught:
        server.sql(user="t14_native", password="")
    assert "using password: NO" in caught.value.args[1]


def test_a_login_name_of_any_bytes_harms_nothing(server):
    for user in ("' or 1=1 --", "root'@'%", "ro\not", "Ünïcode", "x" * 300, "%", "root\\"):
        with RawConnection(server.mysql_port) as raw:
            assert is_error(raw.log_in(user=user), 1045), user
    with server.sql() as connection:
        assert run_sql(connection, "select 1") == [(1,)]
