"""Runs in Spark's own environment: one JSON line with SQL in, one JSON line with its rows (texts or values) or its error out."""

import datetime
import decimal
import json
import sys

from pyspark.sql import Row, SparkSession


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


def main() -> None:
    builder = SparkSession.builder.master("local[2]")
    for key, value in json.loads(sys.argv[1]).items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    print(json.dumps({"ready": session.version}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        form = (lambda value: None if value is None else str(value)) if request["as_text"] else told
        try:
            answer = {"rows": [[form(value) for value in row] for row in session.sql(request["sql"]).collect()]}
        except Exception as error:  # whatever Spark says belongs to the test that asked
            said = [line for line in str(error).split("\n") if not line.startswith("\tat ")]
            answer = {"error": f"{type(error).__name__}: " + "\n".join(said)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
