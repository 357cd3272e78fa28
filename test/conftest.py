import pathlib

import pytest

from firn_server import Account, FirnServer, run_sql


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all tests that do not hurt it."""
    running = FirnServer(tmp_path_factory.mktemp("firn") / "data").start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def account(server):
    return Account(server)


@pytest.fixture(scope="session")
def lake(server, account):
    """The name of an external catalog over the account's table bucket."""
    with server.sql() as connection:
        run_sql(connection, account.create_catalog_statement("lake"))
    return "lake"


@pytest.fixture()
def own_server(tmp_path: pathlib.Path):
    """A server that a test may kill, restart and fill; the test starts it."""
    servers = []

    def make(*arguments: str) -> FirnServer:
        one = FirnServer(tmp_path / f"data{len(servers)}", *arguments)
        servers.append(one)
        return one

    yield make
    for one in servers:
        if one.running():
            one.kill()
