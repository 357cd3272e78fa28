"""The contract that scripts rely on: the ready line, the ports, the credentials file, start and end."""

import os
import re
import socket
import statistics
import subprocess
import time

import pytest

from firn_server import BINARY, run_sql


def test_ready_line_has_what_it_promises(own_server):
    server = own_server("--account-id", "123456789012", "--region", "eu-west-1").start()
    assert set(server.ready) >= {"event", "mysql_port", "http_port", "aws_port", "account_id", "region", "credentials_file"}
    assert server.ready["account_id"] == "123456789012"
    assert server.ready["region"] == "eu-west-1"
    assert oct(os.stat(server.ready["credentials_file"]).st_mode & 0o777) == "0o600"
    for port in ("mysql_port", "http_port", "aws_port"):
        socket.create_connection(("127.0.0.1", server.ready[port]), timeout=5).close()
    server.stop()


def test_account_and_keys_outlive_a_restart(own_server):
    server = own_server().start()
    first = (server.account_id, server.root_key())
    assert re.fullmatch(r"\d{12}", first[0])
    server.stop()
    server.start()
    assert (server.account_id, server.root_key()) == first
    assert server.aws("sts").get_caller_identity()["Account"] == first[0]
    server.stop()


def test_two_servers_do_not_share_a_data_folder(own_server):
    server = own_server().start()
    second = subprocess.run(
        [str(BINARY), "server", "--data-dir", str(server.data_folder), "--mysql-port", "0", "--http-port", "0", "--aws-port", "0"],
        capture_output=True, text=True, timeout=30)
    assert second.returncode != 0
    assert "data" in second.stderr and "use" in second.stderr
    server.stop()


@pytest.mark.parametrize("arguments, fragment", [
    (["--account-id", "12"], "account"),
    (["--region", "mars-north-1"], "region"),
    (["--mysql-port", "99999"], "port"),
    (["--no-such-flag"], "no-such-flag"),
])
def test_bad_flags_are_named(tmp_path, arguments, fragment):
    result = subprocess.run([str(BINARY), "server", "--data-dir", str(tmp_path / "d"), *arguments],
                            capture_output=True, text=True, timeout=30)
    assert result.returncode != 0
    assert fragment in result.stderr


def test_start_and_idle_size(own_server, record_property):
    """Start-up under 300 ms on an empty folder, idle under 200 MB resident: the median of five starts on a noisy machine."""
    millis = []
    for _ in range(5):
        server = own_server()
        begin = time.monotonic()
        server.start()
        millis.append((time.monotonic() - begin) * 1000)
        resident = server.resident_megabytes()
        server.stop()
    print(f"start {statistics.median(millis):.0f} ms, resident {resident:.0f} MB")
    assert statistics.median(millis) < 300
    assert resident < 200


def test_http_face_answers(server):
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{server.ready['http_port']}/healthz", timeout=5) as answer:
        assert answer.status == 200
    with urllib.request.urlopen(f"http://127.0.0.1:{server.ready['http_port']}/metrics", timeout=5) as answer:
        assert b"firn_build_info" in answer.read()


def test_sigterm_lets_a_running_statement_finish(own_server):
    import threading

    server = own_server().start()
    rows = []

    def work():
        with server.sql() as connection:
            rows.extend(run_sql(connection, "select sleep(1)"))

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.4)  # The statement is on its way; there is nothing outside to wait for.
    server.stop()
    thread.join()
    assert len(rows) == 1
