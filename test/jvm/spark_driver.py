"""Runs in Spark's own environment: one JSON line with SQL in, one JSON line with its rows (as text) or its error out."""

import json
import sys

from pyspark.sql import SparkSession


def main() -> None:
    builder = SparkSession.builder.master("local[2]")
    for key, value in json.loads(sys.argv[1]).items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    print(json.dumps({"ready": session.version}), flush=True)
    for line in sys.stdin:
        try:
            rows = session.sql(json.loads(line)).collect()
            answer = {"rows": [[None if value is None else str(value) for value in row] for row in rows]}
        except Exception as error:  # whatever Spark says belongs to the test that asked
            said = [line for line in str(error).split("\n") if not line.startswith("\tat ")]
            answer = {"error": f"{type(error).__name__}: " + "\n".join(said)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
