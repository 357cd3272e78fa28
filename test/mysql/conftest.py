import pytest

from firn_server import run_sql


@pytest.fixture(scope="session")
def warehouse(server):
    """The name of a catalog over the full Iceberg REST face, which keeps views."""
    with server.sql() as connection:
        run_sql(connection, server.warehouse_catalog_statement("warehouse"))
    return "warehouse"
