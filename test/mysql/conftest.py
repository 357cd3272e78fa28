import pytest

from firn_server import run_sql


@pytest.fixture(scope="session")
def warehouse(server):
    """The name of a catalog over the full Iceberg REST face, which keeps views."""
    key, secret = server.root_key()
    properties = {
        "type": "iceberg", "iceberg.catalog.type": "rest", "iceberg.catalog.uri": f"{server.aws_endpoint}/iceberg",
        "iceberg.catalog.warehouse": "warehouse", "iceberg.catalog.security": "oauth2",
        "iceberg.catalog.oauth2.credential": f"{key}:{secret}", "iceberg.catalog.oauth2.scope": "catalog",
        "aws.s3.endpoint": server.aws_endpoint, "aws.s3.enable_path_style_access": "true", "aws.s3.region": "us-east-1",
        "aws.s3.access_key": key, "aws.s3.secret_key": secret}
    body = ", ".join(f'"{name}" = "{value}"' for name, value in properties.items())
    with server.sql() as connection:
        run_sql(connection, f"create external catalog warehouse properties ({body})")
    return "warehouse"
