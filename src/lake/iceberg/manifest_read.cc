#include <fmt/format.h>

#include <array>

#include "lake/iceberg/avro_internal.h"
#include "lake/iceberg/limits.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/manifest_entry_internal.h"

namespace firn::iceberg {
namespace {

// Names of a list's fields, for writers that leave `field-id` out (spec, "Manifest Lists"; v1's
// older names of the counts are Java's before 0.12).
constexpr std::array<NamedId, 23> kListNames = {{
    {"manifest_path", 500},        {"manifest_length", 501},
    {"partition_spec_id", 502},    {"added_snapshot_id", 503},
    {"added_files_count", 504},    {"added_data_files_count", 504},
    {"existing_files_count", 505}, {"existing_data_files_count", 505},
    {"deleted_files_count", 506},  {"deleted_data_files_count", 506},
    {"partitions", 507},           {"contains_null", 509},
    {"lower_bound", 510},          {"upper_bound", 511},
    {"added_rows_count", 512},     {"existing_rows_count", 513},
    {"deleted_rows_count", 514},   {"sequence_number", 515},
    {"min_sequence_number", 516},  {"content", 517},
    {"contains_nan", 518},         {"key_metadata", 519},
    {"first_row_id", 520},
}};

std::int32_t MetadataNumber(const AvroFileReader& reader, const std::string& key,
                            std::int32_t otherwise) {
  const auto found = reader.metadata().find(key);
  if (found == reader.metadata().end() || found->second.size() != 1) return otherwise;
  const char digit = found->second[0];
  return digit >= '0' && digit <= '9' ? digit - '0' : otherwise;
}

FieldSummary ReadSummary(AvroCursor& cursor, AvroNodeIndex index) {
  FieldSummary summary;
  const AvroNode* record = cursor.Enter(index);
  if (record == nullptr || record->kind != AvroKind::kRecord) {
    cursor.Fail();
    return summary;
  }
  for (const AvroField& field : record->fields) {
    if (cursor.failed()) break;
    switch (FieldIdOf(field, kListNames)) {
      case 509: summary.contains_null = cursor.ReadTruth(field.node).value_or(true); break;
      case 518: summary.contains_nan = cursor.ReadTruth(field.node); break;
      case 510: summary.lower_bound = cursor.ReadBlob(field.node); break;
      case 511: summary.upper_bound = cursor.ReadBlob(field.node); break;
      default: cursor.Skip(field.node); break;
    }
  }
  return summary;
}

void ReadListField(AvroCursor& cursor, const AvroField& field, ManifestFile& file) {
  const AvroNodeIndex node = field.node;
  switch (FieldIdOf(field, kListNames)) {
    case 500: file.path = Required(cursor, cursor.ReadBlob(node)); return;
    case 501: file.length_bytes = Required(cursor, cursor.ReadWhole(node)); return;
    case 502: file.spec_id = Narrow(cursor, cursor.ReadWhole(node)); return;
    case 503: file.added_snapshot_id = cursor.ReadWhole(node).value_or(0); return;
    case 504: file.added_files_count = NarrowOptional(cursor, cursor.ReadWhole(node)); return;
    case 505: file.existing_files_count = NarrowOptional(cursor, cursor.ReadWhole(node)); return;
    case 506: file.deleted_files_count = NarrowOptional(cursor, cursor.ReadWhole(node)); return;
    case 507: {
      std::vector<FieldSummary> summaries;
      if (cursor.ReadArray(
              node, [&](AvroNodeIndex item) { summaries.push_back(ReadSummary(cursor, item)); })) {
        file.partitions = std::move(summaries);
      }
      return;
    }
    case 512: file.added_rows_count = cursor.ReadWhole(node); return;
    case 513: file.existing_rows_count = cursor.ReadWhole(node); return;
    case 514: file.deleted_rows_count = cursor.ReadWhole(node); return;
    case 515: file.sequence_number = cursor.ReadWhole(node).value_or(0); return;
    case 516: file.min_sequence_number = cursor.ReadWhole(node).value_or(0); return;
    case 517: {
      const std::int64_t content = cursor.ReadWhole(node).value_or(0);
      if (content < 0 || content > 1)
        cursor.Fail();
      else
        file.content = static_cast<ManifestContent>(content);
      return;
    }
    case 519: file.key_metadata = cursor.ReadBlob(node); return;
    case 520: file.first_row_id = cursor.ReadWhole(node); return;
    default: return cursor.Skip(node);
  }
}

ManifestFile ReadListRecord(AvroCursor& cursor) {
  ManifestFile file;
  const AvroNode* record = cursor.Enter(cursor.schema().root);
  if (record == nullptr || record->kind != AvroKind::kRecord) {
    cursor.Fail();
    return file;
  }
  for (const AvroField& field : record->fields) {
    if (cursor.failed()) break;
    ReadListField(cursor, field, file);
  }
  if (file.path.empty() || file.length_bytes < 0) cursor.Fail();
  // No manifest is without entries: DuckDB 1.5 writes zeros where the list it read was of v1, and
  // whoever believed them would lose the rows.
  if (file.added_files_count == 0 && file.existing_files_count == 0 &&
      file.deleted_files_count == 0) {
    file.added_files_count = file.existing_files_count = file.deleted_files_count = std::nullopt;
    file.added_rows_count = file.existing_rows_count = file.deleted_rows_count = std::nullopt;
  }
  return file;
}

Status Inherit(EntryInheritance& inheritance, ManifestEntry& entry) {
  DataFile& file = entry.data_file;
  EntryIds ids{.status = entry.status,
               .content = file.content,
               .record_count = file.record_count,
               .snapshot_id = entry.snapshot_id,
               .sequence_number = entry.sequence_number,
               .file_sequence_number = entry.file_sequence_number,
               .first_row_id = file.first_row_id};
  FIRN_TRY(inheritance.Apply(ids, file.file_path));
  entry.snapshot_id = ids.snapshot_id;
  entry.sequence_number = ids.sequence_number;
  entry.file_sequence_number = ids.file_sequence_number;
  file.first_row_id = ids.first_row_id;
  return Ok();
}

}  // namespace

Result<Manifest> ReadManifest(std::string_view bytes, const ManifestFile& listed,
                              const PartitionSpec& spec,
                              std::span<const NestedField> partition_fields) {
  FIRN_CHECK(partition_fields.size() == spec.fields.size());
  const std::string note = fmt::format("reading manifest {}", listed.path);
  FIRN_ASSIGN_OR_RETURN_NOTE(AvroFileReader reader, AvroFileReader::Open(bytes), note);
  Manifest manifest;
  manifest.format_version = MetadataNumber(reader, "format-version", 1);
  const auto content = reader.metadata().find("content");
  const bool has_deletes = content != reader.metadata().end() && content->second == "deletes";
  manifest.content = has_deletes ? ManifestContent::kDeletes : listed.content;
  manifest.spec_id = listed.spec_id;

  const EntryReader entry_reader(spec, partition_fields);
  EntryInheritance inheritance(listed);
  while (true) {
    FIRN_ASSIGN_OR_RETURN_NOTE(const auto block, reader.NextBlock(), note);
    if (!block) return manifest;
    if (manifest.entries.size() + static_cast<std::size_t>(block->record_count) >
        kManifestEntriesMax) {
      return ResourceExhausted(
          "ManifestTooLarge",
          fmt::format("manifest {} has more than {} entries", listed.path, kManifestEntriesMax));
    }
    AvroCursor cursor(block->bytes, reader.schema());
    for (std::int64_t i = 0; i < block->record_count; ++i) {
      ManifestEntry entry = entry_reader.Read(cursor);
      if (cursor.failed()) {
        return InvalidManifest(listed.path,
                               fmt::format("entry {} does not decode", manifest.entries.size()));
      }
      FIRN_TRY(Inherit(inheritance, entry));
      manifest.entries.push_back(std::move(entry));
    }
    if (!cursor.AtEnd())
      return InvalidManifest(listed.path, "bytes are left behind a block's entries");
  }
}

Result<std::vector<ManifestFile>> ReadManifestList(std::string_view bytes) {
  FIRN_ASSIGN_OR_RETURN_NOTE(AvroFileReader reader, AvroFileReader::Open(bytes),
                             "reading a manifest list");
  std::vector<ManifestFile> manifests;
  while (true) {
    FIRN_ASSIGN_OR_RETURN_NOTE(const auto block, reader.NextBlock(), "reading a manifest list");
    if (!block) return manifests;
    if (manifests.size() + static_cast<std::size_t>(block->record_count) > kManifestEntriesMax) {
      return ResourceExhausted(
          "ManifestTooLarge",
          fmt::format("a manifest list of more than {} manifests", kManifestEntriesMax));
    }
    AvroCursor cursor(block->bytes, reader.schema());
    for (std::int64_t i = 0; i < block->record_count; ++i) {
      ManifestFile file = ReadListRecord(cursor);
      if (cursor.failed()) {
        return DataCorruption(
            "InvalidManifestList",
            fmt::format("manifest {} of the list does not decode", manifests.size()));
      }
      manifests.push_back(std::move(file));
    }
    if (!cursor.AtEnd()) {
      return DataCorruption("InvalidManifestList", "bytes are left behind a block's manifests");
    }
  }
}

}  // namespace firn::iceberg
