#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "base/result.h"
#include "lake/iceberg/partition_spec.h"
#include "lake/iceberg/schema.h"
#include "lake/iceberg/sort_order.h"

/// A table's metadata, format versions 1 to 3 (spec, "Table Metadata and Snapshots").

namespace firn::iceberg {

using Properties = std::map<std::string, std::string>;

inline constexpr std::string_view kMainBranch = "main";

struct Snapshot {
  std::int64_t snapshot_id = 0;
  std::optional<std::int64_t> parent_snapshot_id;
  std::int64_t sequence_number = 0;  ///< 0 in v1.
  std::int64_t timestamp_ms = 0;
  std::string manifest_list;           ///< Empty when `manifests` is used.
  std::vector<std::string> manifests;  ///< v1 only: manifests listed in the metadata itself.
  Properties summary;                  ///< `operation` among them.
  std::optional<std::int32_t> schema_id;
  std::optional<std::int64_t> first_row_id;  ///< v3.
  std::optional<std::int64_t> added_rows;    ///< v3.
  std::optional<std::string> key_id;         ///< v3.
  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

struct SnapshotRef {
  std::int64_t snapshot_id = 0;
  bool is_tag = false;
  std::optional<std::int32_t> min_snapshots_to_keep;
  std::optional<std::int64_t> max_snapshot_age_ms;
  std::optional<std::int64_t> max_ref_age_ms;
  friend bool operator==(const SnapshotRef&, const SnapshotRef&) = default;
};

struct SnapshotLogEntry {
  std::int64_t timestamp_ms = 0;
  std::int64_t snapshot_id = 0;
  friend bool operator==(const SnapshotLogEntry&, const SnapshotLogEntry&) = default;
};

struct MetadataLogEntry {
  std::int64_t timestamp_ms = 0;
  std::string metadata_file;
  friend bool operator==(const MetadataLogEntry&, const MetadataLogEntry&) = default;
};

/// A value. Share it as `std::shared_ptr<const TableMetadata>`: const means safe from many threads.
struct TableMetadata {
  std::int32_t format_version = 2;
  std::string table_uuid;
  std::string location;
  std::int64_t last_sequence_number = 0;
  std::int64_t last_updated_ms = 0;
  std::int32_t last_column_id = 0;
  std::vector<Schema> schemas;
  std::int32_t current_schema_id = 0;
  std::vector<PartitionSpec> partition_specs;
  std::int32_t default_spec_id = 0;
  std::int32_t last_partition_id = kPartitionFieldIdFirst - 1;
  std::vector<SortOrder> sort_orders;
  std::int32_t default_sort_order_id = 0;
  Properties properties;
  std::optional<std::int64_t> current_snapshot_id;
  std::vector<Snapshot> snapshots;
  std::vector<SnapshotLogEntry> snapshot_log;
  std::vector<MetadataLogEntry> metadata_log;
  std::map<std::string, SnapshotRef> refs;
  json::array statistics;            ///< Kept as they came.
  json::array partition_statistics;  ///< Kept as they came.
  json::array encryption_keys;       ///< v3; kept as they came.
  std::int64_t next_row_id = 0;      ///< v3.

  // The current ones exist: ParseTableMetadata and ApplyUpdates check it.
  const Schema& current_schema() const;
  const PartitionSpec& default_spec() const;
  const SortOrder& default_sort_order() const;
  /// Null when the table has no snapshot.
  const Snapshot* current_snapshot() const;
  const Snapshot* FindSnapshot(std::int64_t snapshot_id) const;
  const Schema* FindSchema(std::int32_t schema_id) const;
  const PartitionSpec* FindSpec(std::int32_t spec_id) const;
  const SortOrder* FindSortOrder(std::int32_t order_id) const;
  /// The schema a snapshot is read with: its own when it names one, else the current one.
  const Schema& SchemaOf(const Snapshot& snapshot) const;
  /// The snapshot current at that time by the snapshot log; nullopt before the first.
  std::optional<std::int64_t> SnapshotIdAsOf(std::int64_t timestamp_ms) const;
};

/// Reads v1, v2 and v3; fills what v1 leaves out (schemas from `schema`, specs from
/// `partition-spec`, `main` from `current-snapshot-id`, -1 as none).
/// Errors: kInvalidArgument/InvalidMetadata, /MissingMember, /WrongMemberType and those of the
/// parts;
/// kUnsupported/FormatVersion above 3.
Result<TableMetadata> ParseTableMetadata(const json::value& value);
/// As Java writes it: `current-snapshot-id` is -1 without a snapshot, v1 has `schema` and
/// `partition-spec` too.
json::value ToJson(const TableMetadata& metadata);

/// A metadata file's bytes, gzipped or not (told by its first bytes). Inflates at most
/// kMetadataBytesMax.
/// Errors: as ParseTableMetadata; kInvalidArgument/InvalidJson; kDataCorruption/InvalidGzip;
/// kResourceExhausted/MetadataTooLarge.
Result<TableMetadata> DecodeMetadataFile(std::string_view bytes);
/// `gzip` as the property `write.metadata.compression-codec` = gzip asks; the name then ends in
/// `.gz.metadata.json`.
std::string EncodeMetadataFile(const TableMetadata& metadata, bool gzip = false);

/// One part of a snapshot as it stands in the REST words. Errors: as ParseTableMetadata.
Result<Snapshot> ParseSnapshot(const json::value& value);
json::value ToJson(const Snapshot& snapshot);
Result<SnapshotRef> ParseSnapshotRef(const json::value& value);
json::value ToJson(const SnapshotRef& ref);

/// True if the snapshot is the branch's head or one of its ancestors that metadata still holds: the
/// question that resolves a commit of unknown outcome. False when the branch does not exist.
bool SnapshotIsAncestorOrCurrent(const TableMetadata& metadata, std::int64_t snapshot_id,
                                 std::string_view branch = kMainBranch);

/// `<location>/metadata`, or the property `write.metadata.path`; no slash at the end.
std::string MetadataFolder(const TableMetadata& metadata);
/// `<location>/data`, or the property `write.data.path`; no slash at the end. The hashed layout of
/// `write.object-storage.enabled` is optional for writers and is not used.
std::string DataFolder(const TableMetadata& metadata);
/// `<metadata folder>/00003-<uuid>.metadata.json` after a previous `00002-…`; version 0 when there
/// is no previous location, 1 + what its file name begins with otherwise (1 when it begins with no
/// number).
std::string NextMetadataLocation(const TableMetadata& metadata, std::string_view previous_location,
                                 std::string_view uuid);

/// What a new table is made of.
struct NewTable {
  Schema schema;  ///< Field ids of the caller; fresh ones are assigned.
  PartitionSpec spec;
  SortOrder order;
  Properties
      properties;  ///< `format-version` is taken out when present and rules `format_version`.
  std::string location;
  std::int32_t format_version = 2;
  std::string uuid;
};

/// Metadata of a table without snapshots: fresh column ids from 1, partition field ids from 1000,
/// `spec` and `order` rebound to them.
/// Errors: kInvalidArgument/InvalidSchema, /InvalidPartitionSpec, /InvalidSortOrder;
/// kUnsupported/FormatVersion.
Result<TableMetadata> NewTableMetadata(const NewTable& table, WallTime now);

/// Without the snapshots that no branch or tag names: what REST's `snapshots=refs` asks for.
TableMetadata WithReferencedSnapshots(TableMetadata metadata);

}  // namespace firn::iceberg
