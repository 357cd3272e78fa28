"""Decoding manifests and planning a table of 100,000 data files in 1,000 manifests, beside fastavro and PyIceberg.

README.md says how to read it. The metadata is made here, as PyIceberg writes it (deflate); no data file exists. Firn's part is
build/<preset>/planning_bench (PlanScan over manifests in memory); PLANNING_BENCH names it.
"""

import argparse
import io
import json
import os
import pathlib
import statistics
import struct
import subprocess
import tempfile
import time

import fastavro

COLUMNS = ["id", "account", "kind", "name", "city", "amount", "price", "count", "at", "day"]
TYPES = ["long", "long", "int", "string", "string", "double", "double", "int", "timestamp", "date"]


def optional(name: str, kind, field_id: int) -> dict:
    return {"name": name, "type": ["null", kind], "default": None, "field-id": field_id}


def id_map(name: str, field_id: int, key: int, value: int, kind: str) -> dict:
    return optional(name, {"type": "array", "logicalType": "map", "items": {
        "type": "record", "name": f"k{key}_v{value}", "fields": [
            {"name": "key", "type": "int", "field-id": key}, {"name": "value", "type": kind, "field-id": value}]}}, field_id)


ENTRY = {"type": "record", "name": "manifest_entry", "fields": [
    {"name": "status", "type": "int", "field-id": 0},
    optional("snapshot_id", "long", 1), optional("sequence_number", "long", 3), optional("file_sequence_number", "long", 4),
    {"name": "data_file", "field-id": 2, "type": {"type": "record", "name": "r2", "fields": [
        {"name": "content", "type": "int", "field-id": 134},
        {"name": "file_path", "type": "string", "field-id": 100},
        {"name": "file_format", "type": "string", "field-id": 101},
        {"name": "partition", "field-id": 102, "type": {"type": "record", "name": "r102", "fields": [
            optional("day", {"type": "int", "logicalType": "date"}, 1000)]}},
        {"name": "record_count", "type": "long", "field-id": 103},
        {"name": "file_size_in_bytes", "type": "long", "field-id": 104},
        id_map("column_sizes", 108, 117, 118, "long"), id_map("value_counts", 109, 119, 120, "long"),
        id_map("null_value_counts", 110, 121, 122, "long"), id_map("nan_value_counts", 137, 138, 139, "long"),
        id_map("lower_bounds", 125, 126, 127, "bytes"), id_map("upper_bounds", 128, 129, 130, "bytes"),
        optional("key_metadata", "bytes", 131),
        optional("split_offsets", {"type": "array", "items": "long", "element-id": 133}, 132),
        optional("equality_ids", {"type": "array", "items": "int", "element-id": 136}, 135),
        optional("sort_order_id", "int", 140)]}}]}

LIST = {"type": "record", "name": "manifest_file", "fields": [
    {"name": "manifest_path", "type": "string", "field-id": 500}, {"name": "manifest_length", "type": "long", "field-id": 501},
    {"name": "partition_spec_id", "type": "int", "field-id": 502}, {"name": "content", "type": "int", "field-id": 517},
    {"name": "sequence_number", "type": "long", "field-id": 515},
    {"name": "min_sequence_number", "type": "long", "field-id": 516},
    {"name": "added_snapshot_id", "type": "long", "field-id": 503},
    {"name": "added_files_count", "type": "int", "field-id": 504},
    {"name": "existing_files_count", "type": "int", "field-id": 505},
    {"name": "deleted_files_count", "type": "int", "field-id": 506},
    {"name": "added_rows_count", "type": "long", "field-id": 512},
    {"name": "existing_rows_count", "type": "long", "field-id": 513},
    {"name": "deleted_rows_count", "type": "long", "field-id": 514}]}

SCHEMA = {"type": "struct", "schema-id": 0, "fields": [
    {"id": i + 1, "name": name, "type": kind, "required": False} for i, (name, kind) in enumerate(zip(COLUMNS, TYPES))]}
SPEC = [{"source-id": 10, "field-id": 1000, "name": "day", "transform": "identity"}]


def entry(number: int, day: int, location: str) -> dict:
    def bounds(high: int) -> list:
        q = struct.pack
        values = [q("<q", number * 1000 + high * 999), q("<q", number % 97 + high), q("<i", high * 9),
                  f"name {number % 1000:06} {high}"[:16].encode(), f"city {number % 50:03}".encode(), q("<d", -1.5 + high * 1e6),
                  q("<d", 0.25 + high * 99), q("<i", high * 1000), q("<q", 1_700_000_000_000_000 + number * 1000 + high),
                  q("<i", day)]
        return [{"key": i + 1, "value": value} for i, value in enumerate(values)]

    def counts(value: int) -> list:
        return [{"key": i + 1, "value": value} for i in range(len(COLUMNS))]

    return {"status": 1, "snapshot_id": None, "sequence_number": None, "file_sequence_number": None, "data_file": {
        "content": 0, "file_path": f"{location}/data/day={day}/{number:08}-0-b0d6a4a4-2f1c-4d32-9c80-7a2e1f6c5d11.parquet",
        "file_format": "PARQUET", "partition": {"day": day}, "record_count": 1000, "file_size_in_bytes": 65536 + number % 1000,
        "column_sizes": [{"key": i + 1, "value": 4000 + (number * 31 + i * 977) % 3000} for i in range(len(COLUMNS))],
        "value_counts": counts(1000), "null_value_counts": counts(0),
        "nan_value_counts": [{"key": 6, "value": 0}, {"key": 7, "value": 0}],
        "lower_bounds": bounds(0), "upper_bounds": bounds(1), "key_metadata": None, "split_offsets": [4], "equality_ids": None,
        "sort_order_id": 0}}


def manifest(first: int, files: int, day: int, location: str, schema) -> bytes:
    out = io.BytesIO()
    fastavro.writer(out, schema, (entry(first + i, day, location) for i in range(files)), codec="deflate", metadata={
        "schema": json.dumps(SCHEMA), "partition-spec": json.dumps(SPEC), "partition-spec-id": "0", "format-version": "2",
        "content": "data"})
    return out.getvalue()


def make(folder: pathlib.Path, manifests: int, files: int, location: str = "s3://bench/t", snapshot_id: int = 77) -> dict:
    """Writes the manifests and their list; the snapshot."""
    schema, listed = fastavro.parse_schema(ENTRY), []
    for number in range(manifests):
        data = manifest(number * files, files, 19000 + number % 365, location, schema)
        (folder / f"m-{number:05}.avro").write_bytes(data)
        listed.append({
            "manifest_path": f"{location}/metadata/m-{number:05}.avro", "manifest_length": len(data), "partition_spec_id": 0,
            "content": 0, "sequence_number": 1, "min_sequence_number": 1, "added_snapshot_id": snapshot_id,
            "added_files_count": files, "existing_files_count": 0, "deleted_files_count": 0, "added_rows_count": 1000 * files,
            "existing_rows_count": 0, "deleted_rows_count": 0})
    with open(folder / "list.avro", "wb") as out:
        fastavro.writer(out, fastavro.parse_schema(LIST), listed, codec="deflate", metadata={
            "snapshot-id": str(snapshot_id), "format-version": "2", "sequence-number": "1"})
    snapshot = {"snapshot-id": snapshot_id, "sequence-number": 1, "timestamp-ms": int(time.time() * 1000), "schema-id": 0,
                "manifest-list": f"{location}/metadata/list.avro", "summary": {"operation": "append"}}
    (folder / "metadata.json").write_text(json.dumps({
        "format-version": 2, "table-uuid": "9c12d441-03fe-4693-9a96-a0705ddf69c1", "location": location,
        "last-sequence-number": 1, "last-updated-ms": snapshot["timestamp-ms"], "last-column-id": len(COLUMNS),
        "current-schema-id": 0, "schemas": [SCHEMA], "default-spec-id": 0, "partition-specs": [{"spec-id": 0, "fields": SPEC}],
        "last-partition-id": 1000, "default-sort-order-id": 0, "sort-orders": [{"order-id": 0, "fields": []}],
        "properties": {}, "current-snapshot-id": snapshot_id, "snapshots": [snapshot], "snapshot-log": [],
        "refs": {"main": {"snapshot-id": snapshot_id, "type": "branch"}}}))
    return snapshot


def rate_of_fastavro(paths: list[pathlib.Path]) -> float:
    begin, count = time.process_time(), 0
    for path in paths:
        with open(path, "rb") as file:
            count += sum(1 for _ in fastavro.reader(file))
    return count / (time.process_time() - begin)


def rate_of_pyiceberg(paths: list[pathlib.Path]) -> float:
    from pyiceberg.io.pyarrow import PyArrowFileIO
    from pyiceberg.manifest import ManifestFile

    io_, begin, count = PyArrowFileIO(), time.process_time(), 0
    for path in paths:
        listed = ManifestFile.from_args(_table_format_version=2, manifest_path=str(path), manifest_length=path.stat().st_size,
                                        partition_spec_id=0, content=0, sequence_number=1, min_sequence_number=1,
                                        added_snapshot_id=77)
        count += len(listed.fetch_manifest_entry(io_))
    return count / (time.process_time() - begin)


def figures_of_firn(folder: pathlib.Path, repeats: int, threads: int) -> dict[str, dict]:
    out = subprocess.run([os.environ["PLANNING_BENCH"], str(folder), str(repeats), str(threads)], check=True,
                         capture_output=True, text=True).stdout
    rounds: dict[str, list] = {}
    for line in out.splitlines():
        figure = json.loads(line)
        rounds.setdefault(figure["figure"], []).append(figure)
    return {name: {**list_[-1], **{key: statistics.median(one[key] for one in list_) for key in ("millis", "cpu_millis")}} for name, list_ in rounds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifests", type=int, default=1000)
    parser.add_argument("--files", type=int, default=100, help="in one manifest")
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="firn-bench-") as name:
        folder = pathlib.Path(name)
        make(folder, chosen.manifests, chosen.files)
        total = sum(path.stat().st_size for path in folder.glob("m-*.avro"))
        print(f"{chosen.manifests} manifests of {chosen.files} files, {len(COLUMNS)} columns with bounds, {total / 1e6:.1f} MB "
              f"deflated; load average {os.getloadavg()[0]:.1f}\n")
        some = sorted(folder.glob("m-*.avro"))[:50]
        peers = {"fastavro": [], "PyIceberg": []}
        firn: list[dict] = []
        for _ in range(chosen.repeats):
            firn.append(figures_of_firn(folder, 1, 1))
            peers["fastavro"].append(rate_of_fastavro(some))
            peers["PyIceberg"].append(rate_of_pyiceberg(some))
        own = [one["cold, one file kept"]["entries"] / one["cold, one file kept"]["cpu_millis"] * 1000 for one in firn]
        print("| decoding | entries a second of CPU: min / median / max |\n|---|---|")
        for who, rates in {"Firn, decoded and filtered": own, **peers}.items():
            print(f"| {who} | {min(rates):,.0f} / **{statistics.median(rates):,.0f}** / {max(rates):,.0f} |")
        print("\n| planning, manifests in a store in memory | threads | ms | ms of CPU | files kept | decoded manifests, MB |\n|---|---|---|---|---|---|")
        for threads in (1, 2):
            for who, figure in figures_of_firn(folder, chosen.repeats, threads).items():
                print(f"| {who} | {threads} | {figure['millis']:.1f} | {figure['cpu_millis']:.1f} | {figure['kept']:,} of {figure['entries']:,} | "
                      f"{figure['cache_mb']:.1f} |")


if __name__ == "__main__":
    main()
