"""The Python clients that people reach StarRocks with, each through a whole round: log in, write, read, fail, reconnect.

What they send by themselves differs (SET NAMES, autocommit, pings, resets, binary statements), so each is its own test.
"""

import asyncio
import datetime
import decimal

import aiomysql
import mysql.connector
import MySQLdb
import MySQLdb.cursors
import pymysql
import pytest

DATABASE = "python_clients"
ROWS = [
    (1, "Zürich ✓", decimal.Decimal("12.50"), datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 23, 59, 58), 1.5),
    (2, "it's \"quoted\" \\ 100%", decimal.Decimal("-0.01"), datetime.date(1970, 1, 1), datetime.datetime(1970, 1, 1), -2.25),
    (3, None, None, None, None, None),
]
COLUMNS = "id, name, amount, day, moment, ratio"


@pytest.fixture(scope="module")
def database(server, lake):
    with server.sql() as connection, connection.cursor() as cursor:
        cursor.execute(f"create database if not exists {lake}.{DATABASE}")
    return f"{lake}.{DATABASE}"


def create(cursor, table: str) -> None:
    cursor.execute(f"drop table if exists {table}")
    cursor.execute(f"create table {table} (id int, name varchar(100), amount decimal(10, 2), day date, moment datetime, ratio double)")


def address(server, database: str | None = None) -> dict:
    options = {"host": "127.0.0.1", "port": server.mysql_port, "user": "root", "password": ""}
    return options if database is None else options | {"database": database}


def fill_and_read(connection, table: str) -> None:
    """The DB-API round, the same for each driver of the `%s` style."""
    cursor = connection.cursor()
    create(cursor, table)
    cursor.executemany(f"insert into {table} ({COLUMNS}) values (%s, %s, %s, %s, %s, %s)", ROWS)
    connection.commit()
    cursor.execute(f"select {COLUMNS} from {table} order by id")
    assert list(cursor.fetchall()) == ROWS
    assert [column[0] for column in cursor.description] == COLUMNS.split(", ")
    cursor.execute(f"select name from {table} where id = %s", (2,))
    assert list(cursor.fetchall()) == [(ROWS[1][1],)]
    cursor.execute(f"select id from {table} where name = %s", (ROWS[1][1],))
    assert list(cursor.fetchall()) == [(2,)]
    cursor.close()


def test_pymysql(server, database):
    with pymysql.connect(**address(server, database)) as connection:
        fill_and_read(connection, "of_pymysql")
        with pytest.raises(pymysql.err.ProgrammingError) as caught:
            connection.cursor().execute("select * from nowhere_to_be_found")
        assert caught.value.args[0] == 1146
        connection.rollback()
    with pymysql.connect(**address(server, database), cursorclass=pymysql.cursors.SSDictCursor) as connection:
        cursor = connection.cursor()
        cursor.execute("select id from of_pymysql order by id")
        assert cursor.fetchone() == {"id": 1}
        assert cursor.fetchall() == [{"id": 2}, {"id": 3}]


def test_mysqlclient(server, database):
    connection = MySQLdb.connect(**address(server, database), charset="utf8mb4")
    fill_and_read(connection, "of_mysqlclient")
    with pytest.raises(MySQLdb.ProgrammingError) as caught:
        connection.cursor().execute("select * from nowhere_to_be_found")
    assert caught.value.args[0] == 1146
    assert connection.stat().startswith("Uptime: ")
    connection.ping()
    connection.change_user("root", "", database)
    cursor = connection.cursor()
    cursor.execute("select count(*) from of_mysqlclient")
    assert cursor.fetchall() == ((3,),)
    connection.close()


@pytest.mark.parametrize("options", [{}, {"compress": True}], ids=["plain", "compress"])
def test_mysqlclient_dict_cursor(server, options):
    connection = MySQLdb.connect(**address(server), cursorclass=MySQLdb.cursors.SSDictCursor, **options)
    cursor = connection.cursor()
    cursor.execute("select 1 as one, repeat('x', 300000) as long_text")
    assert cursor.fetchall() == ({"one": 1, "long_text": "x" * 300000},)
    connection.close()


@pytest.mark.parametrize("prepared", [False, True], ids=["text", "binary"])
def test_mysql_connector_python(server, database, prepared):
    connection = mysql.connector.connect(**address(server, database), use_pure=True)
    table = f"of_connector_{str(prepared).lower()}"
    create(connection.cursor(), table)
    cursor = connection.cursor(prepared=prepared)
    for row in ROWS:
        cursor.execute(f"insert into {table} ({COLUMNS}) values (%s, %s, %s, %s, %s, %s)", row)
    connection.commit()
    cursor.execute(f"select {COLUMNS} from {table} where id >= %s order by id", (1,))
    assert cursor.fetchall() == ROWS
    with pytest.raises(mysql.connector.errors.ProgrammingError) as caught:
        cursor.execute("select * from nowhere_to_be_found where id = %s", (1,))
    assert caught.value.errno == 1146
    connection.close()


def test_mysql_connector_python_resets_pooled_connections(server, database):
    pool = mysql.connector.pooling.MySQLConnectionPool(pool_name="firn", pool_size=2, use_pure=True, **address(server, database))
    for _ in range(3):  # COM_RESET_CONNECTION when each goes back.
        with pool.get_connection() as connection:
            cursor = connection.cursor()
            cursor.execute("select @mark")
            assert cursor.fetchall() == [(None,)]
            cursor.execute("set @mark = 7")
    with pool.get_connection() as connection:
        connection.cmd_change_user(username="root", password="", database=database)
        cursor = connection.cursor()
        cursor.execute("select database()")
        assert cursor.fetchall() == [(DATABASE,)]
        assert connection.is_connected()


def test_mysql_connector_python_compressed(server, database):
    connection = mysql.connector.connect(**address(server, database), use_pure=True, compress=True)
    cursor = connection.cursor()
    cursor.execute("select repeat('abc', 100000)")
    assert cursor.fetchall() == [("abc" * 100000,)]
    cursor.execute("select length(%s) as size", ("y" * 400000,))
    assert cursor.fetchall() == [(400000,)]
    connection.close()


def test_aiomysql(server, database):
    async def run():
        options = address(server, database)
        options["db"] = options.pop("database")
        pool = await aiomysql.create_pool(minsize=1, maxsize=4, **options)
        async with pool.acquire() as connection, connection.cursor() as cursor:
            await cursor.execute("drop table if exists of_aiomysql")
            await cursor.execute("create table of_aiomysql (id int, name varchar(100))")
            await cursor.executemany("insert into of_aiomysql values (%s, %s)", [(row[0], row[1]) for row in ROWS])
            await connection.commit()
            await cursor.execute("select id, name from of_aiomysql order by id")
            assert list(await cursor.fetchall()) == [(row[0], row[1]) for row in ROWS]

        async def one(number: int):
            async with pool.acquire() as connection, connection.cursor() as cursor:
                await cursor.execute("select %s + 1", (number,))
                return (await cursor.fetchone())[0]

        assert await asyncio.gather(*(one(number) for number in range(20))) == list(range(1, 21))
        pool.close()
        await pool.wait_closed()

    asyncio.run(run())


@pytest.mark.parametrize("charset", ["utf8mb4", "utf8mb3", "ascii"])
def test_charsets_at_login(server, charset):
    """The byte of the login is taken as it comes: Firn's text is UTF-8 throughout."""
    with pymysql.connect(**address(server), charset=charset) as connection, connection.cursor() as cursor:
        cursor.execute("select 1")
        assert cursor.fetchall() == ((1,),)
