"""Runs in Spark's own environment: a JSON line with SQL in, a JSON line with its rows (texts or values) or its error out.

Statements that come before the last one's answer run beside it; an answer carries its statement's number.
"""

import concurrent.futures
import datetime
import decimal
import json
import sys
import threading

from pyspark.sql import Row, SparkSession

STATEMENTS_AT_ONCE_MAX = 64


def told(value):
    """A value for JSON: what that cannot say is an object with the type's name (spark_process.py reads them)."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Row):
        return {"row": {name: told(field) for name, field in value.asDict().items()}}
    if isinstance(value, dict):
        return {"map": [[told(key), told(item)] for key, item in value.items()]}
    if isinstance(value, list):
        return {"list": [told(item) for item in value]}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": value.hex()}
    if isinstance(value, decimal.Decimal):
        return {"decimal": str(value)}
    if isinstance(value, datetime.datetime):
        return {"datetime": value.isoformat()}
    return {"date": value.isoformat()}


def answer_to(session: SparkSession, request: dict) -> dict:
    form = (lambda value: None if value is None else str(value)) if request["as_text"] else told
    try:
        return {"rows": [[form(value) for value in row] for row in session.sql(request["sql"]).collect()]}
    except Exception as error:  # whatever Spark says belongs to the test that asked
        said = [line for line in str(error).split("\n") if not line.startswith("\tat ")]
        return {"error": f"{type(error).__name__}: " + "\n".join(said)}


def main() -> None:
    builder = SparkSession.builder.master("local[2]")
    for key, value in json.loads(sys.argv[1]).items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    print(json.dumps({"ready": session.version}), flush=True)
    out = threading.Lock()

    def serve(request: dict) -> None:
        line = json.dumps({"number": request["number"], **answer_to(session, request)})
        with out:
            print(line, flush=True)

    with concurrent.futures.ThreadPoolExecutor(STATEMENTS_AT_ONCE_MAX) as threads:
        for line in sys.stdin:
            threads.submit(serve, json.loads(line))


if __name__ == "__main__":
    main()
