#include <fmt/format.h>

#include <array>

#include "lake/iceberg/limits.h"
#include "lake/iceberg/manifest_source_internal.h"
#include "lake/iceberg/snapshot_change_internal.h"
#include "lake/objects/object_store.h"

namespace firn::iceberg {

const Schema& ManifestWorkshop::SchemaFor(const PartitionSpec& spec) const {
  return SchemaForSpec(metadata_, spec, metadata_.current_schema());
}

std::vector<NestedField> ManifestWorkshop::FieldsOf(const PartitionSpec& spec) const {
  return PartitionFields(spec, SchemaFor(spec));
}

Result<Manifest> ManifestWorkshop::Read(const ManifestFile& listed) {
  const PartitionSpec* spec = metadata_.FindSpec(listed.spec_id);
  if (spec == nullptr) {
    return DataCorruption("InvalidManifest",
                          fmt::format("manifest {} is of unknown partition spec {}", listed.path,
                                      listed.spec_id));
  }
  FIRN_TRY(context_.Check());
  // What this attempt wrote may still be on its way.
  if (listed.added_snapshot_id == prepared_.ids.snapshot_id) FIRN_TRY(puts_.Wait());
  FIRN_ASSIGN_OR_RETURN_NOTE(const std::string bytes,
                             store_.ReadAll(context_, listed.path, kManifestBytesMax),
                             fmt::format("reading manifest {}", listed.path));
  FIRN_ASSIGN_OR_RETURN(Manifest manifest, ReadManifest(bytes, listed, *spec, FieldsOf(*spec)));
  // Written entries must say all that they inherited.
  for (ManifestEntry& entry : manifest.entries) {
    if (!entry.snapshot_id) entry.snapshot_id = listed.added_snapshot_id;
    entry.data_file.spec_id = listed.spec_id;
  }
  return manifest;
}

Status ManifestWorkshop::Count(ManifestFile& listed) {
  if (listed.added_files_count && listed.existing_files_count && listed.deleted_files_count) {
    return Ok();
  }
  FIRN_ASSIGN_OR_RETURN(const Manifest manifest, Read(listed));
  std::array<std::int32_t, 3> files{};
  std::array<std::int64_t, 3> rows{};
  for (const ManifestEntry& entry : manifest.entries) {
    ++files.at(static_cast<std::size_t>(entry.status));
    rows.at(static_cast<std::size_t>(entry.status)) += entry.data_file.record_count;
  }
  listed.existing_files_count = files[0];
  listed.added_files_count = files[1];
  listed.deleted_files_count = files[2];
  listed.existing_rows_count = rows[0];
  listed.added_rows_count = rows[1];
  listed.deleted_rows_count = rows[2];
  return Ok();
}

Result<ManifestFile> ManifestWorkshop::Write(std::int32_t spec_id, ManifestContent content,
                                             std::span<const ManifestEntry> entries) {
  ManifestWriteOptions options;
  options.format_version = metadata_.format_version;
  options.content = content;
  options.spec = metadata_.FindSpec(spec_id);
  options.schema = &SchemaFor(*options.spec);
  FIRN_ASSIGN_OR_RETURN(std::string bytes, WriteManifest(options, entries));
  FIRN_ASSIGN_OR_RETURN(ManifestFile manifest, SummarizeManifest(options, entries));
  bool has_number = metadata_.format_version == 1;
  for (const ManifestEntry& entry : entries) has_number |= entry.sequence_number.has_value();
  if (!has_number) manifest.min_sequence_number = kSequenceNumberToCome;
  manifest.path = fmt::format("{}/{}-m{}.avro", MetadataFolder(metadata_),
                              prepared_.ids.commit_uuid, prepared_.manifest_count++);
  manifest.length_bytes = static_cast<std::int64_t>(bytes.size());
  manifest.added_snapshot_id = prepared_.ids.snapshot_id;
  prepared_.written_paths.push_back(manifest.path);
  puts_.Start(context_, store_, manifest.path, std::move(bytes), objects::PutCondition::kAlways);
  return manifest;
}

}  // namespace firn::iceberg
