#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "lake/iceberg/table_metadata.h"

/// Changes to a table's metadata and what must hold before them, as the REST catalog words them
/// (TableUpdate and TableRequirement of the Iceberg REST specification).
///
/// Reading order: TableUpdate, TableRequirement, CheckRequirements, ApplyUpdates.

namespace firn::iceberg {

struct AssignUuid {
  std::string uuid;
};
struct UpgradeFormatVersion {
  std::int32_t format_version = 2;
};
struct AddSchema {
  Schema schema;
  std::optional<std::int32_t> last_column_id;
};
struct SetCurrentSchema {
  std::int32_t schema_id = -1;
};  ///< -1: the schema added last in the same commit.
struct AddPartitionSpec {
  PartitionSpec spec;
};
struct SetDefaultSpec {
  std::int32_t spec_id = -1;
};  ///< -1: the spec added last.
struct AddSortOrder {
  SortOrder order;
};
struct SetDefaultSortOrder {
  std::int32_t order_id = -1;
};  ///< -1: the order added last.
struct AddSnapshot {
  Snapshot snapshot;
};
struct SetSnapshotRef {
  std::string name;
  SnapshotRef ref;
};
struct RemoveSnapshots {
  std::vector<std::int64_t> snapshot_ids;
};
struct RemoveSnapshotRef {
  std::string name;
};
struct SetLocation {
  std::string location;
};
struct SetProperties {
  Properties updates;
};
struct RemoveProperties {
  std::vector<std::string> removals;
};
struct SetStatistics {
  json::value statistics;
};
struct RemoveStatistics {
  std::int64_t snapshot_id = 0;
};
struct SetPartitionStatistics {
  json::value statistics;
};
struct RemovePartitionStatistics {
  std::int64_t snapshot_id = 0;
};
struct RemovePartitionSpecs {
  std::vector<std::int32_t> spec_ids;
};
struct RemoveSchemas {
  std::vector<std::int32_t> schema_ids;
};
struct AddEncryptionKey {
  json::value key;
};
struct RemoveEncryptionKey {
  std::string key_id;
};

using TableUpdate =
    std::variant<AssignUuid, UpgradeFormatVersion, AddSchema, SetCurrentSchema, AddPartitionSpec,
                 SetDefaultSpec, AddSortOrder, SetDefaultSortOrder, AddSnapshot, SetSnapshotRef,
                 RemoveSnapshots, RemoveSnapshotRef, SetLocation, SetProperties, RemoveProperties,
                 SetStatistics, RemoveStatistics, SetPartitionStatistics, RemovePartitionStatistics,
                 RemovePartitionSpecs, RemoveSchemas, AddEncryptionKey, RemoveEncryptionKey>;

struct AssertCreate {};
struct AssertTableUuid {
  std::string uuid;
};
struct AssertRefSnapshotId {
  std::string ref;
  std::optional<std::int64_t> snapshot_id;
};  ///< nullopt: no such ref.
struct AssertLastAssignedFieldId {
  std::int32_t last_assigned_field_id = 0;
};
struct AssertCurrentSchemaId {
  std::int32_t current_schema_id = 0;
};
struct AssertLastAssignedPartitionId {
  std::int32_t last_assigned_partition_id = 0;
};
struct AssertDefaultSpecId {
  std::int32_t default_spec_id = 0;
};
struct AssertDefaultSortOrderId {
  std::int32_t default_sort_order_id = 0;
};

using TableRequirement =
    std::variant<AssertCreate, AssertTableUuid, AssertRefSnapshotId, AssertLastAssignedFieldId,
                 AssertCurrentSchemaId, AssertLastAssignedPartitionId, AssertDefaultSpecId,
                 AssertDefaultSortOrderId>;

/// Errors: kInvalidArgument/InvalidUpdate for an unknown action, /MissingMember, /WrongMemberType.
Result<TableUpdate> ParseTableUpdate(const json::value& value);
json::value ToJson(const TableUpdate& update);
/// Errors: kInvalidArgument/InvalidRequirement for an unknown type, /MissingMember,
/// /WrongMemberType.
Result<TableRequirement> ParseTableRequirement(const json::value& value);
json::value ToJson(const TableRequirement& requirement);

/// `base` is null when the table does not exist.
/// Errors: kConflict/CommitFailed, `Requirement failed: branch main has changed: expected id 1 !=
/// 2`;
/// kNotFound/NoSuchTable when there is no base and a requirement needs one.
Status CheckRequirements(const TableMetadata* base, std::span<const TableRequirement> requirements);

/// The metadata after the updates, in order. `base` null makes a new table (whose updates must
/// assign a uuid, location, schema, spec and sort order, as a staged create sends them; uuid and
/// format version have to come first). `last-updated-ms` goes up always; `base_location`, when
/// given, is appended to the metadata log, which keeps `write.metadata.previous-versions-max`
/// entries. Requirements are not looked at. Pure.
///
/// Errors: kInvalidArgument/InvalidUpdate naming what is unknown, duplicate or out of order;
/// kUnsupported/FormatVersion; those of the parts.
Result<TableMetadata> ApplyUpdates(const TableMetadata* base, std::span<const TableUpdate> updates,
                                   WallTime now, std::string_view base_location = {});

}  // namespace firn::iceberg
