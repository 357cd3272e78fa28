"""What ALTER CATALOG and SET GLOBAL say holds after a restart."""

import pymysql
import pytest

from firn_server import Account, run_sql


def test_alter_catalog_and_set_global(own_server):
    server = own_server().start()
    with server.sql() as connection:
        run_sql(connection, Account(server).create_catalog_statement("lake"))
        run_sql(connection, "CREATE DATABASE lake.db")
        run_sql(connection, "CREATE TABLE lake.db.t (a int)")
        run_sql(connection, "INSERT INTO lake.db.t VALUES (1), (2)")
        run_sql(connection, "SET GLOBAL insert_timeout = 14401")
        run_sql(connection, "SET GLOBAL query_timeout = 301")
        run_sql(connection, "SET GLOBAL query_timeout = DEFAULT")
        run_sql(connection, 'ALTER CATALOG lake SET ("iceberg_table_cache_ttl_sec" = "0")')
    server.stop()
    server.start()
    with server.sql() as connection:
        assert run_sql(connection, "SELECT @@global.insert_timeout, @@insert_timeout, @@query_timeout") == [(14401, 14401, 300)]
        assert run_sql(connection, "SHOW GLOBAL VARIABLES LIKE 'insert_timeout'") == [("insert_timeout", "14401")]
        shown = run_sql(connection, "SHOW CREATE CATALOG lake")[0][1]
        assert '"iceberg_table_cache_ttl_sec"  =  "0"' in shown
        # The local AWS side listens elsewhere now: the catalog is told so, and nothing else of it changes.
        with pytest.raises(pymysql.MySQLError, match="cannot reach"):
            run_sql(connection, "SELECT count(*) FROM lake.db.t")
        run_sql(connection, f'ALTER CATALOG lake SET ("iceberg.catalog.uri" = "{server.aws_endpoint}/iceberg")')
        assert run_sql(connection, "SELECT count(*) FROM lake.db.t") == [(2,)]
        after = run_sql(connection, "SHOW CREATE CATALOG lake")[0][1]
        assert server.aws_endpoint in after and "******" in after
        (_, _, _, _, http_port, mysql_port, *_), = run_sql(connection, "SHOW FRONTENDS")
        assert (int(http_port), int(mysql_port)) == (server.ready["http_port"], server.mysql_port)
