"""Spark and Trino as the benchmarks run them: test/jvm starts them, here are their settings and how their memory is read."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "test"))
sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent.parent / "test/jvm"))

from spark_process import PYTHON, Spark  # noqa: E402
from trino_server import JAVA_MIN, VERSION, Trino, java_home  # noqa: E402

HEAP_GIGABYTES = 4
WARM_UPS = 2
NAMES = ("Spark 3.5", f"Trino {VERSION}")


def check_installed() -> None:
    if not PYTHON:
        raise SystemExit("FIRN_JVM_PYTHON is not set: run this by ./bench/run or ./bench/writes with --jvm")
    if java_home() is None:
        raise SystemExit(f"Trino {VERSION} needs a JDK of version {JAVA_MIN} or later under /usr/lib/jvm")


def start_spark(folder: pathlib.Path, catalog: dict[str, str], key: tuple[str, str]) -> Spark:
    """`catalog` are the properties of a catalog named `ice`, without their prefix."""
    settings = {f"spark.sql.catalog.ice.{name}": value for name, value in catalog.items()}
    return Spark({
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.ice": "org.apache.iceberg.spark.SparkCatalog", "spark.driver.memory": f"{HEAP_GIGABYTES}g",
        "spark.sql.shuffle.partitions": "4", "spark.ui.showConsoleProgress": "false", **settings}, key, folder / "spark.log")


def start_trino(folder: pathlib.Path, catalog: dict[str, str]) -> Trino:
    """`catalog` are the properties of a catalog named `ice`."""
    return Trino(folder / "trino", {"ice": {"connector.name": "iceberg", **catalog}}, HEAP_GIGABYTES)


def family(process_id: int) -> list[int]:
    """A process and all that it began: Spark's JVM is a child of its Python."""
    found = [process_id]
    for number in found:
        for children in pathlib.Path(f"/proc/{number}/task").glob("*/children"):
            found += [int(child) for child in children.read_text().split()]
    return found
