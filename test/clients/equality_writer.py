"""Writes equality deletes into PyIceberg's tables, which PyIceberg itself cannot: delete files by pyarrow, manifests by
PyIceberg's own Avro writer with another content."""

import uuid

import pyarrow
import pyarrow.parquet
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.manifest import (DataFile, DataFileContent, FileFormat, ManifestContent, ManifestEntry,
                                ManifestEntryStatus, ManifestWriterV2)
from pyiceberg.schema import Schema
from pyiceberg.table.snapshots import Operation
from pyiceberg.table.update.snapshot import _FastAppendFiles
from pyiceberg.typedef import Record


class DeletesWriter(ManifestWriterV2):
    def content(self) -> ManifestContent:
        return ManifestContent.DELETES

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}


class AppendDeletes(_FastAppendFiles):
    """Adds delete files beside data files, in one snapshot."""

    def __init__(self, table, transaction):
        super().__init__(operation=Operation.OVERWRITE, transaction=transaction, io=table.io)
        self.delete_files: list[DataFile] = []

    def _manifests(self):
        manifests = super()._manifests()
        metadata = self._transaction.table_metadata
        for number, file in enumerate(self.delete_files):
            spec = metadata.specs()[file.spec_id]
            path = f"{metadata.location}/metadata/{uuid.uuid4()}-deletes-{number}.avro"
            schema = next(s for s in reversed(metadata.schemas)
                          if all(s._lazy_id_to_field.get(f.source_id) for f in spec.fields))
            with DeletesWriter(spec, schema, self._io.new_output(path), self._snapshot_id, "null") as writer:
                writer.add(ManifestEntry.from_args(status=ManifestEntryStatus.ADDED, snapshot_id=self._snapshot_id,
                                                   sequence_number=None, file_sequence_number=None, data_file=file))
            manifests.append(writer.to_manifest_file())
        return manifests


def write_delete_file(table, schema: Schema, field_ids: list[int], rows: list[tuple], spec_id: int,
                      partition: tuple = (), with_field_ids: bool = True, equality_ids: list[int] | None = None,
                      named: str | None = None) -> DataFile:
    """A delete file of `rows` of the columns `field_ids` as `schema` has them; None is NULL. Its manifest entry says
    `equality_ids` and the path `named` where these are given."""
    fields = [schema.find_field(field_id) for field_id in field_ids]
    arrow = schema_to_pyarrow(Schema(*[f.model_copy(update={"required": False}) for f in fields]),
                              include_field_ids=with_field_ids)
    columns = [pyarrow.array([row[i] for row in rows], arrow.field(i).type) for i in range(len(fields))]
    path = f"{table.location()}/data/{uuid.uuid4()}-deletes.parquet"
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(columns, schema=arrow), sink)
    content = sink.getvalue().to_pybytes()
    with table.io.new_output(path).create(overwrite=True) as stream:
        stream.write(content)
    file = DataFile.from_args(content=DataFileContent.EQUALITY_DELETES, file_path=named or path, file_format=FileFormat.PARQUET,
                              partition=Record(*partition), record_count=len(rows), file_size_in_bytes=len(content),
                              column_sizes={}, value_counts={}, null_value_counts={}, nan_value_counts={},
                              lower_bounds={}, upper_bounds={}, key_metadata=None, split_offsets=None,
                              equality_ids=list(equality_ids or field_ids), sort_order_id=None)
    file.spec_id = spec_id
    return file


def commit_deletes(table, files: list[DataFile]) -> None:
    with table.transaction() as transaction:
        with AppendDeletes(table, transaction) as append:
            append.delete_files.extend(files)
