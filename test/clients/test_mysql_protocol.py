"""Logins, TLS and the commands around statements, through PyMySQL and the mysql CLI."""

import ssl
import subprocess
import threading

import pymysql
import pytest

from firn_server import run_sql, wait_until


def tls_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # The certificate is self-signed.
    return context


def test_tls_is_offered(server):
    with server.sql(ssl=tls_context()) as connection:
        assert connection._sock.version().startswith("TLS")
        assert run_sql(connection, "select 1") == [(1,)]


def test_caching_sha2_over_tls(server):
    with server.sql() as connection:
        run_sql(connection, "CREATE USER IF NOT EXISTS 'sha' IDENTIFIED WITH caching_sha2_password BY 'a long password'")
    for _ in range(2):  # The full proof, then the fast one.
        with server.sql(user="sha", password="a long password", ssl=tls_context()) as connection:
            assert run_sql(connection, "select 1") == [(1,)]
    with pytest.raises(pymysql.MySQLError) as caught:
        server.sql(user="sha", password="another password", ssl=tls_context())
    assert caught.value.args[0] == 1045


def test_ping_and_database_in_the_login(server, lake):
    with server.sql() as connection:
        run_sql(connection, f"create database if not exists {lake}.login_db")
    with server.sql(database=f"{lake}.login_db") as connection:
        connection.ping(reconnect=False)
        assert run_sql(connection, "select catalog(), database()") == [(lake, "login_db")]
        connection.select_db("information_schema")
        assert run_sql(connection, "select database()") == [("information_schema",)]
        with pytest.raises(pymysql.MySQLError) as caught:
            connection.select_db("no_such_db")
        assert caught.value.args[0] == 1049


def test_several_statements_in_one_text(server):
    from pymysql.constants import CLIENT

    with server.sql(client_flag=CLIENT.MULTI_STATEMENTS) as connection, connection.cursor() as cursor:
        cursor.execute("select 1; select 2, 3")
        assert cursor.fetchall() == ((1,),)
        assert cursor.nextset()
        assert cursor.fetchall() == ((2, 3),)


def test_mysql_cli_interactive_start(server, lake):
    """What the CLI sends at its prompt, with completion on: version comment, databases, tables, field lists."""
    output = subprocess.run(
        ["mysql", "-h127.0.0.1", f"-P{server.mysql_port}", "-uroot", "--force", "--unbuffered"],
        input=f"use {lake}.login_db\nselect 41 + 1;\nstatus\n", capture_output=True, text=True, timeout=60)
    assert output.returncode == 0, output.stderr
    assert "42" in output.stdout


def test_kill_query_stops_the_statement(server):
    victim = server.sql()
    connection_id = run_sql(victim, "select connection_id()")[0][0]
    caught = []

    def run():
        try:
            run_sql(victim, "select sleep(60)")
        except pymysql.MySQLError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    with server.sql() as killer:
        wait_until(lambda: any(str(row[1]) == str(connection_id) and "sleep" in str(row[9]) for row in run_sql(killer, "show full processlist")),
                   what="the statement in the process list")
        run_sql(killer, f"kill query {connection_id}")
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert caught and caught[0].args[0] == 1317, caught
    assert run_sql(victim, "select 1") == [(1,)]
    victim.close()
