import pytest

from raw_aws import healthy


@pytest.fixture(autouse=True)
def still_healthy(request):
    """Whatever was sent, the server answers its callers afterwards."""
    yield
    if "server" in request.fixturenames:
        healthy(request.getfixturevalue("server"))


@pytest.fixture(scope="session")
def bucket(server):
    server.aws("s3").create_bucket(Bucket="hostile")
    server.aws("s3").put_object(Bucket="hostile", Key="secret", Body=b"nobody may read this")
    return "hostile"
