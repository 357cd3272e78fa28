#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/partition_spec.h"
#include "lake/iceberg/schema.h"

/// Manifests and manifest lists: Avro object container files (spec, "Manifests" and "Manifest
/// Lists").
///
/// Reading takes what Java, PyIceberg, DuckDB and Spark write: fields are found by field id, or by
/// name where a writer left the ids out; unknown fields are skipped; codecs null, deflate, snappy
/// and zstandard. Every length is checked before memory is taken for it. Writing uses deflate. Pure
/// functions; thread-safe.

namespace firn::iceberg {

enum class ManifestContent { kData = 0, kDeletes = 1 };

/// What a manifest list says of one partition field over a whole manifest.
struct FieldSummary {
  bool contains_null = false;
  std::optional<bool> contains_nan;
  std::optional<std::string>
      lower_bound;  ///< Binary single-value form of the partition field's type.
  std::optional<std::string> upper_bound;
  friend bool operator==(const FieldSummary&, const FieldSummary&) = default;
};

/// One row of a manifest list.
struct ManifestFile {
  std::string path;
  std::int64_t length_bytes = 0;
  std::int32_t spec_id = 0;
  ManifestContent content = ManifestContent::kData;
  std::int64_t sequence_number = 0;
  std::int64_t min_sequence_number = 0;
  std::int64_t added_snapshot_id = 0;
  std::optional<std::int32_t> added_files_count;  ///< The counts may be missing in v1.
  std::optional<std::int32_t> existing_files_count;
  std::optional<std::int32_t> deleted_files_count;
  std::optional<std::int64_t> added_rows_count;
  std::optional<std::int64_t> existing_rows_count;
  std::optional<std::int64_t> deleted_rows_count;
  std::optional<std::vector<FieldSummary>> partitions;
  std::optional<std::string> key_metadata;
  std::optional<std::int64_t> first_row_id;  ///< v3.
  friend bool operator==(const ManifestFile&, const ManifestFile&) = default;
};

enum class EntryStatus { kExisting = 0, kAdded = 1, kDeleted = 2 };

struct ManifestEntry {
  EntryStatus status = EntryStatus::kAdded;
  std::optional<std::int64_t> snapshot_id;
  std::optional<std::int64_t> sequence_number;  ///< Data sequence number.
  std::optional<std::int64_t> file_sequence_number;
  DataFile data_file;
};

struct Manifest {
  std::int32_t format_version = 2;
  ManifestContent content = ManifestContent::kData;
  std::int32_t spec_id = 0;
  std::vector<ManifestEntry> entries;
};

/// Decodes a manifest and fills what its entries inherit from `listed`: snapshot id, sequence
/// numbers (0 in v1), first row id (v3). Partition tuples come in the order of `spec`'s fields,
/// typed by `partition_fields` (PartitionFields(spec, schema)).
///
/// Errors: kDataCorruption/InvalidAvro, /InvalidManifest with the manifest's path;
/// kResourceExhausted/ManifestTooLarge.
Result<Manifest> ReadManifest(std::string_view bytes, const ManifestFile& listed,
                              const PartitionSpec& spec,
                              std::span<const NestedField> partition_fields);

struct ManifestWriteOptions {
  std::int32_t format_version = 2;
  ManifestContent content = ManifestContent::kData;
  const Schema* schema = nullptr;       ///< Not null; outlives the call.
  const PartitionSpec* spec = nullptr;  ///< Not null; outlives the call.
};

/// A manifest's bytes. Nulls among the entries' ids stay null in v2 and v3, to be inherited; v1
/// needs snapshot ids.
/// Errors: kInvalidArgument/InvalidManifest (tuple length, deletes in v1).
Result<std::string> WriteManifest(const ManifestWriteOptions& options,
                                  std::span<const ManifestEntry> entries);

/// Counts, summaries and least sequence number of the entries, as the list will say; path, length
/// and sequence number are the caller's. Entries without a sequence number do not count for the
/// least one.
Result<ManifestFile> SummarizeManifest(const ManifestWriteOptions& options,
                                       std::span<const ManifestEntry> entries);

/// Errors: kDataCorruption/InvalidAvro, /InvalidManifestList; kResourceExhausted/ManifestTooLarge.
Result<std::vector<ManifestFile>> ReadManifestList(std::string_view bytes);

struct ManifestListWriteOptions {
  std::int32_t format_version = 2;
  std::int64_t snapshot_id = 0;
  std::optional<std::int64_t> parent_snapshot_id;
  std::int64_t sequence_number = 0;
  std::optional<std::int64_t> first_row_id;  ///< v3.
};

/// Writes the manifests as they are given. Errors: kInvalidArgument/InvalidManifest.
Result<std::string> WriteManifestList(const ManifestListWriteOptions& options,
                                      std::span<const ManifestFile> manifests);

}  // namespace firn::iceberg
