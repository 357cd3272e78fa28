"""One library behind lines: engine_worker.py NAME PLACE (engines.py; as JSON); a task a line in, a row of JSON a line out."""

import glob
import json
import os
import sys

from engines import SQL, Place

NAME, PLACE = sys.argv[1], Place(**json.loads(sys.argv[2]))
CATALOG, S3, (KEY, SECRET) = PLACE.catalog, PLACE.s3, PLACE.key


def duckdb_runner():
    import duckdb

    connection = duckdb.connect(config={"threads": 2, "allow_unsigned_extensions": "true"})
    packages = os.path.dirname(os.path.dirname(duckdb.__file__))
    for extension in ("httpfs", "avro", "iceberg"):
        files = [name for name in glob.glob(f"{packages}/**/{extension}.duckdb_extension*", recursive=True)
                 if name.endswith("extension")]
        connection.execute(f"LOAD '{files[0]}'" if files else f"LOAD {extension}")
    connection.execute(f"""CREATE SECRET s3s (TYPE S3, KEY_ID '{KEY}', SECRET '{SECRET}', ENDPOINT '{S3}',
        URL_STYLE 'path', USE_SSL false, REGION 'us-east-1', SCOPE 's3://')""")
    connection.execute(f"""CREATE SECRET ices (TYPE ICEBERG, CLIENT_ID '{KEY}', CLIENT_SECRET '{SECRET}',
        OAUTH2_SCOPE 'catalog',
        OAUTH2_SERVER_URI '{CATALOG}/v1/oauth/tokens')""")
    # A warehouse that is written s3://… would make the attachment read-only.
    connection.execute(f"ATTACH '{PLACE.warehouse.removeprefix('s3://')}' AS ice (TYPE ICEBERG, ENDPOINT '{CATALOG}', SECRET ices)")
    return lambda task: list(connection.execute(SQL[task].format(table=f"ice.{PLACE.table}")).fetchone())


def pyiceberg_runner():
    import pyarrow.compute as compute
    from pyiceberg.catalog import load_catalog

    catalog = load_catalog("w", **{
        "type": "rest", "uri": CATALOG, "warehouse": PLACE.warehouse, "credential": f"{KEY}:{SECRET}",
        "s3.endpoint": f"http://{S3}", "s3.access-key-id": KEY, "s3.secret-access-key": SECRET,
        "s3.region": "us-east-1"})

    def run(task: str) -> list:
        table = catalog.load_table(PLACE.table)
        if task == "none":
            return [table.scan(row_filter="id == -5", selected_fields=("id",)).to_arrow().num_rows]
        if task == "plan":
            rows = table.scan(row_filter="p == 3 and k > 19900", selected_fields=("v",)).to_arrow()
            return [rows.num_rows, compute.sum(rows["v"]).as_py()]
        rows = table.scan(selected_fields=("v", "s")).to_arrow()
        return [rows.num_rows, compute.sum(rows["v"]).as_py(), compute.max(rows["s"]).as_py()]

    return run


def chdb_runner():
    from chdb import session

    held = session.Session()
    held.query("SET allow_database_iceberg=1")
    held.query(f"""CREATE DATABASE ice ENGINE = DataLakeCatalog('{CATALOG}/v1', '{KEY}', '{SECRET}')
        SETTINGS catalog_type='rest', catalog_credential='{KEY}:{SECRET}', warehouse='{PLACE.warehouse}',
        oauth_server_uri='{CATALOG}/v1/oauth/tokens', storage_endpoint='http://{S3}/{PLACE.bucket}'""")

    def run(task: str) -> list:
        text = SQL[task].format(table=f"ice.`{PLACE.table}`") + " SETTINGS max_threads=2"
        return json.loads(str(held.query(text, "JSONCompactEachRow")))

    return run


def main() -> None:
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # What a library prints is no answer.
    run = {"duckdb": duckdb_runner, "pyiceberg": pyiceberg_runner, "chdb": chdb_runner}[NAME]()
    print(json.dumps([]), file=out, flush=True)
    for line in sys.stdin:
        try:
            row = run(line.strip())
        except Exception as failure:
            row = {"error": str(failure)[:500]}
        print(json.dumps(row), file=out, flush=True)


main()
