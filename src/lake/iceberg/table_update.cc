#include "lake/iceberg/table_update.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/encoding.h"
#include "lake/iceberg/metadata_rules_internal.h"

namespace firn::iceberg {
namespace {

// Readers refuse a log that steps back further than this (Java: TableMetadata.ONE_MINUTE).
constexpr std::int64_t kClockSkewMillisMax = 60'000;

Unexpected InvalidUpdate(std::string message) {
  return InvalidArgument("InvalidUpdate", std::move(message));
}

Unexpected Failed(std::string message) {
  return Conflict("CommitFailed", "Requirement failed: " + std::move(message));
}

template <typename T>
Status CheckSame(std::string_view what, T expected, T found) {
  if (expected == found) return Ok();
  return Failed(fmt::format("{} changed: expected id {} != {}", what, expected, found));
}

struct RequirementChecker {
  const TableMetadata& base;

  Status operator()(const AssertCreate&) const { return Failed("table already exists"); }
  Status operator()(const AssertTableUuid& requirement) const {
    if (EqualsIgnoreCaseAscii(requirement.uuid, base.table_uuid)) return Ok();
    return Failed(
        fmt::format("UUID does not match: expected {} != {}", base.table_uuid, requirement.uuid));
  }
  Status operator()(const AssertRefSnapshotId& requirement) const {
    const auto found = base.refs.find(requirement.ref);
    if (found == base.refs.end()) {
      if (!requirement.snapshot_id) return Ok();
      return Failed(fmt::format("branch or tag {} is missing, expected {}", requirement.ref,
                                *requirement.snapshot_id));
    }
    const std::string_view kind = found->second.is_tag ? "tag" : "branch";
    if (!requirement.snapshot_id) {
      return Failed(fmt::format("{} {} was created concurrently", kind, requirement.ref));
    }
    if (*requirement.snapshot_id == found->second.snapshot_id) return Ok();
    return Failed(fmt::format("{} {} has changed: expected id {} != {}", kind, requirement.ref,
                              *requirement.snapshot_id, found->second.snapshot_id));
  }
  Status operator()(const AssertLastAssignedFieldId& requirement) const {
    return CheckSame("last assigned field id", requirement.last_assigned_field_id,
                     base.last_column_id);
  }
  Status operator()(const AssertCurrentSchemaId& requirement) const {
    return CheckSame("current schema", requirement.current_schema_id, base.current_schema_id);
  }
  Status operator()(const AssertLastAssignedPartitionId& requirement) const {
    return CheckSame("last assigned partition id", requirement.last_assigned_partition_id,
                     base.last_partition_id);
  }
  Status operator()(const AssertDefaultSpecId& requirement) const {
    return CheckSame("default partition spec", requirement.default_spec_id, base.default_spec_id);
  }
  Status operator()(const AssertDefaultSortOrderId& requirement) const {
    return CheckSame("default sort order", requirement.default_sort_order_id,
                     base.default_sort_order_id);
  }
};

std::int64_t SnapshotIdOf(const json::value& statistics) {
  const json::object* object = statistics.if_object();
  const json::value* id = object != nullptr ? object->if_contains("snapshot-id") : nullptr;
  return id != nullptr && id->is_int64() ? id->get_int64() : -1;
}

void EraseStatistics(json::array& all, std::int64_t snapshot_id) {
  for (auto at = all.begin(); at != all.end();) {
    at = SnapshotIdOf(*at) == snapshot_id ? all.erase(at) : at + 1;
  }
}

std::string KeyIdOf(const json::value& key) {
  const json::object* object = key.if_object();
  const json::value* id = object != nullptr ? object->if_contains("key-id") : nullptr;
  return id != nullptr && id->is_string() ? std::string(id->get_string()) : std::string();
}

/// Applies updates one after another to a copy of the base; one overload an update. Owned by one
/// ApplyUpdates.
class MetadataChange {
 public:
  MetadataChange(const TableMetadata* base, WallTime now)
      : base_(base), now_ms_(MillisSinceEpoch(now)) {
    if (base != nullptr) {
      metadata_ = *base;
    } else {
      metadata_.current_schema_id = -1;
      metadata_.default_spec_id = -1;
      metadata_.default_sort_order_id = -1;
    }
  }

  Status operator()(const AssignUuid& update) {
    if (update.uuid.empty()) return InvalidUpdate("cannot set the table uuid to nothing");
    metadata_.table_uuid = update.uuid;
    return Ok();
  }

  Status operator()(const UpgradeFormatVersion& update) {
    if (update.format_version < 1) {
      return InvalidUpdate(fmt::format("there is no format version v{}", update.format_version));
    }
    if (update.format_version > kFormatVersionMax) {
      return Unsupported("FormatVersion",
                         fmt::format("cannot upgrade the table to unsupported format version: v{} "
                                     "(supported: v{})",
                                     update.format_version, kFormatVersionMax));
    }
    // A table in the making has no version yet.
    if (base_ != nullptr && update.format_version < metadata_.format_version) {
      return InvalidUpdate(fmt::format("cannot downgrade v{} table to v{}",
                                       metadata_.format_version, update.format_version));
    }
    metadata_.format_version = update.format_version;
    return Ok();
  }

  Status operator()(const AddSchema& update) {
    FIRN_TRY(CheckSchema(update.schema));
    FIRN_TRY(CheckTypesForVersion(update.schema, metadata_.format_version));
    const std::int32_t highest = std::max(update.schema.HighestFieldId(), metadata_.last_column_id);
    metadata_.last_column_id = std::max(highest, update.last_column_id.value_or(0));
    std::int32_t schema_id = 0;
    for (const Schema& schema : metadata_.schemas) {
      if (schema.SameColumns(update.schema)) {
        AddedSchema(update.schema.schema_id, schema.schema_id);
        return Ok();
      }
      schema_id = std::max(schema_id, schema.schema_id + 1);
    }
    Schema schema = update.schema;
    schema.schema_id = schema_id;
    metadata_.schemas.push_back(std::move(schema));
    AddedSchema(update.schema.schema_id, schema_id);
    return Ok();
  }

  Status operator()(const SetCurrentSchema& update) {
    FIRN_ASSIGN_OR_RETURN(
        metadata_.current_schema_id,
        Resolve(update.schema_id, last_added_schema_id_, schema_aliases_, "schema",
                [&](std::int32_t id) { return metadata_.FindSchema(id) != nullptr; }));
    return Ok();
  }

  Status operator()(const AddPartitionSpec& update) {
    FIRN_TRY(CheckSpecFields(update.spec));
    if (const Schema* schema = metadata_.FindSchema(metadata_.current_schema_id)) {
      FIRN_TRY(CheckPartitionSpec(update.spec, *schema));
    }
    FIRN_TRY(CheckSequentialIds(update.spec));
    std::int32_t spec_id = 0;
    for (const PartitionSpec& spec : metadata_.partition_specs) {
      if (spec.IsCompatible(update.spec)) {
        AddedSpec(update.spec.spec_id, spec.spec_id);
        return Ok();
      }
      spec_id = std::max(spec_id, spec.spec_id + 1);
    }
    PartitionSpec spec = update.spec;
    spec.spec_id = spec_id;
    metadata_.last_partition_id = std::max(metadata_.last_partition_id, spec.HighestFieldId());
    metadata_.partition_specs.push_back(std::move(spec));
    AddedSpec(update.spec.spec_id, spec_id);
    return Ok();
  }

  Status operator()(const SetDefaultSpec& update) {
    FIRN_ASSIGN_OR_RETURN(
        metadata_.default_spec_id,
        Resolve(update.spec_id, last_added_spec_id_, spec_aliases_, "partition spec",
                [&](std::int32_t id) { return metadata_.FindSpec(id) != nullptr; }));
    return Ok();
  }

  Status operator()(const AddSortOrder& update) {
    if (const Schema* schema = metadata_.FindSchema(metadata_.current_schema_id)) {
      FIRN_TRY(CheckSortOrder(update.order, *schema));
    }
    // 0 is the unsorted order's.
    std::int32_t order_id = update.order.fields.empty() ? 0 : 1;
    for (const SortOrder& order : metadata_.sort_orders) {
      if (order.fields == update.order.fields) {
        AddedOrder(update.order.order_id, order.order_id);
        return Ok();
      }
      if (!update.order.fields.empty()) order_id = std::max(order_id, order.order_id + 1);
    }
    SortOrder order = update.order;
    order.order_id = order_id;
    metadata_.sort_orders.push_back(std::move(order));
    AddedOrder(update.order.order_id, order_id);
    return Ok();
  }

  Status operator()(const SetDefaultSortOrder& update) {
    FIRN_ASSIGN_OR_RETURN(
        metadata_.default_sort_order_id,
        Resolve(update.order_id, last_added_order_id_, order_aliases_, "sort order",
                [&](std::int32_t id) { return metadata_.FindSortOrder(id) != nullptr; }));
    return Ok();
  }

  Status operator()(const AddSnapshot& update) {
    const Snapshot& snapshot = update.snapshot;
    if (metadata_.FindSnapshot(snapshot.snapshot_id) != nullptr) {
      return InvalidUpdate(fmt::format("snapshot already exists for id: {}", snapshot.snapshot_id));
    }
    // A snapshot without a parent may start a new history (Java:
    // TableMetadata.Builder.addSnapshot).
    if (metadata_.format_version > 1 && snapshot.parent_snapshot_id &&
        snapshot.sequence_number <= metadata_.last_sequence_number) {
      return InvalidUpdate(fmt::format(
          "cannot add snapshot with sequence number {} older than last sequence number {}",
          snapshot.sequence_number, metadata_.last_sequence_number));
    }
    if (snapshot.schema_id && metadata_.FindSchema(*snapshot.schema_id) == nullptr) {
      return InvalidUpdate(fmt::format("snapshot {} names unknown schema: {}", snapshot.snapshot_id,
                                       *snapshot.schema_id));
    }
    FIRN_TRY(AdvanceRowIds(snapshot));
    metadata_.snapshots.push_back(snapshot);
    if (metadata_.format_version == 1) metadata_.snapshots.back().sequence_number = 0;
    metadata_.last_sequence_number =
        std::max(metadata_.last_sequence_number, metadata_.snapshots.back().sequence_number);
    metadata_.last_updated_ms = std::max(metadata_.last_updated_ms, snapshot.timestamp_ms);
    added_snapshots_.insert(snapshot.snapshot_id);
    return Ok();
  }

  Status operator()(const SetSnapshotRef& update) {
    if (update.name.empty()) return InvalidUpdate("a ref needs a name");
    const Snapshot* snapshot = metadata_.FindSnapshot(update.ref.snapshot_id);
    if (snapshot == nullptr) {
      return InvalidUpdate(fmt::format("cannot set {} to unknown snapshot: {}", update.name,
                                       update.ref.snapshot_id));
    }
    if (update.ref.is_tag && (update.ref.min_snapshots_to_keep || update.ref.max_snapshot_age_ms)) {
      return InvalidUpdate(
          fmt::format("tag {} cannot set how many or how old snapshots are kept", update.name));
    }
    FIRN_TRY(CheckRetention(update));
    const auto existing = metadata_.refs.find(update.name);
    if (existing != metadata_.refs.end() && existing->second == update.ref) return Ok();
    if (update.name == kMainBranch) {
      if (update.ref.is_tag) return InvalidUpdate("main is a branch and cannot be a tag");
      FIRN_TRY(SetCurrentSnapshot(*snapshot));
    }
    metadata_.refs[update.name] = update.ref;
    return Ok();
  }

  Status operator()(const RemoveSnapshots& update) {
    const std::unordered_set<std::int64_t> removed(update.snapshot_ids.begin(),
                                                   update.snapshot_ids.end());
    std::erase_if(metadata_.snapshots,
                  [&](const Snapshot& snapshot) { return removed.contains(snapshot.snapshot_id); });
    for (const std::int64_t id : removed) {
      EraseStatistics(metadata_.statistics, id);
      EraseStatistics(metadata_.partition_statistics, id);
    }
    std::erase_if(metadata_.refs,
                  [&](const auto& named) { return removed.contains(named.second.snapshot_id); });
    if (metadata_.current_snapshot_id && removed.contains(*metadata_.current_snapshot_id)) {
      metadata_.current_snapshot_id.reset();
    }
    removed_snapshots_ = removed_snapshots_ || !removed.empty();
    return Ok();
  }

  Status operator()(const RemoveSnapshotRef& update) {
    if (metadata_.refs.erase(update.name) > 0 && update.name == kMainBranch) {
      metadata_.current_snapshot_id.reset();  // The log stays: a table that is replaced keeps its past.
    }
    return Ok();
  }

  Status operator()(const SetLocation& update) {
    if (update.location.empty()) return InvalidUpdate("a table needs a location");
    metadata_.location = update.location;
    return Ok();
  }

  Status operator()(const SetProperties& update) {
    for (const auto& [name, value] : update.updates) metadata_.properties[name] = value;
    return Ok();
  }

  Status operator()(const RemoveProperties& update) {
    for (const std::string& name : update.removals) metadata_.properties.erase(name);
    return Ok();
  }

  Status operator()(const SetStatistics& update) {
    EraseStatistics(metadata_.statistics, SnapshotIdOf(update.statistics));
    metadata_.statistics.push_back(update.statistics);
    return Ok();
  }

  Status operator()(const RemoveStatistics& update) {
    EraseStatistics(metadata_.statistics, update.snapshot_id);
    return Ok();
  }

  Status operator()(const SetPartitionStatistics& update) {
    EraseStatistics(metadata_.partition_statistics, SnapshotIdOf(update.statistics));
    metadata_.partition_statistics.push_back(update.statistics);
    return Ok();
  }

  Status operator()(const RemovePartitionStatistics& update) {
    EraseStatistics(metadata_.partition_statistics, update.snapshot_id);
    return Ok();
  }

  Status operator()(const RemovePartitionSpecs& update) {
    for (const std::int32_t id : update.spec_ids) {
      if (id == metadata_.default_spec_id) {
        return InvalidUpdate("cannot remove the default partition spec");
      }
      std::erase_if(metadata_.partition_specs,
                    [&](const PartitionSpec& spec) { return spec.spec_id == id; });
    }
    return Ok();
  }

  Status operator()(const RemoveSchemas& update) {
    for (const std::int32_t id : update.schema_ids) {
      if (id == metadata_.current_schema_id)
        return InvalidUpdate("cannot remove the current schema");
      std::erase_if(metadata_.schemas,
                    [&](const Schema& schema) { return schema.schema_id == id; });
    }
    return Ok();
  }

  Status operator()(const AddEncryptionKey& update) {
    const std::string key_id = KeyIdOf(update.key);
    for (const json::value& key : metadata_.encryption_keys) {
      if (KeyIdOf(key) == key_id) return Ok();
    }
    metadata_.encryption_keys.push_back(update.key);
    return Ok();
  }

  Status operator()(const RemoveEncryptionKey& update) {
    for (auto at = metadata_.encryption_keys.begin(); at != metadata_.encryption_keys.end();) {
      at = KeyIdOf(*at) == update.key_id ? metadata_.encryption_keys.erase(at) : at + 1;
    }
    return Ok();
  }

  Result<TableMetadata> Finish(std::string_view base_location) && {
    FIRN_TRY(CheckComplete());
    CleanSnapshotLog();
    FIRN_TRY(CheckMetadata(metadata_));
    FIRN_TRY(CheckDefaultsFitSchema());
    const std::int64_t before = base_ != nullptr ? base_->last_updated_ms + 1 : 0;
    metadata_.last_updated_ms = std::max({metadata_.last_updated_ms, now_ms_, before});
    if (base_ != nullptr && !base_location.empty()) {
      metadata_.metadata_log.push_back({base_->last_updated_ms, std::string(base_location)});
    }
    const std::size_t entries_max = MetadataLogEntriesMax(metadata_);
    if (metadata_.metadata_log.size() > entries_max) {
      const auto surplus = static_cast<std::ptrdiff_t>(metadata_.metadata_log.size() - entries_max);
      metadata_.metadata_log.erase(metadata_.metadata_log.begin(),
                                   metadata_.metadata_log.begin() + surplus);
    }
    return std::move(metadata_);
  }

 private:
  using Aliases = std::unordered_map<std::int32_t, std::int32_t>;

  void AddedSchema(std::int32_t asked, std::int32_t given) {
    schema_aliases_[asked] = given;
    last_added_schema_id_ = given;
  }
  void AddedSpec(std::int32_t asked, std::int32_t given) {
    spec_aliases_[asked] = given;
    last_added_spec_id_ = given;
  }
  void AddedOrder(std::int32_t asked, std::int32_t given) {
    order_aliases_[asked] = given;
    last_added_order_id_ = given;
  }

  /// The id meant by `asked`: -1 is what was added last; an id that the sender gave to what it
  /// added in this commit is the one it got; any other must exist.
  template <typename Exists>
  Result<std::int32_t> Resolve(std::int32_t asked, std::optional<std::int32_t> last_added,
                               const Aliases& aliases, std::string_view what,
                               const Exists& exists) const {
    if (asked == -1) {
      if (last_added) return *last_added;
      return InvalidUpdate(
          fmt::format("cannot set last added {}: no {} has been added", what, what));
    }
    if (exists(asked)) return asked;
    const auto alias = aliases.find(asked);
    if (alias != aliases.end()) return alias->second;
    return InvalidUpdate(fmt::format("cannot set unknown {}: {}", what, asked));
  }

  /// v1 manifests hold partition values by position, so ids must count up from 1000.
  Status CheckSequentialIds(const PartitionSpec& spec) const {
    if (metadata_.format_version > 1) return Ok();
    for (std::size_t i = 0; i < spec.fields.size(); ++i) {
      if (spec.fields[i].field_id != kPartitionFieldIdFirst + static_cast<std::int32_t>(i)) {
        return InvalidArgument("InvalidPartitionSpec",
                               "the spec does not use sequential ids that are required in v1");
      }
    }
    return Ok();
  }

  Status AdvanceRowIds(const Snapshot& snapshot) {
    if (metadata_.format_version < 3) return Ok();
    if (!snapshot.first_row_id) {
      return InvalidUpdate("cannot add a snapshot: first-row-id is missing");
    }
    if (*snapshot.first_row_id < metadata_.next_row_id) {
      return InvalidUpdate(
          fmt::format("cannot add a snapshot, first-row-id is behind table next-row-id: {} < {}",
                      *snapshot.first_row_id, metadata_.next_row_id));
    }
    const std::int64_t added = snapshot.added_rows.value_or(0);
    std::int64_t next = 0;
    if (added < 0 || __builtin_add_overflow(metadata_.next_row_id, added, &next)) {
      return InvalidUpdate(fmt::format("cannot add a snapshot: added-rows is {}", added));
    }
    metadata_.next_row_id = next;
    return Ok();
  }

  /// Readers refuse metadata that keeps nothing (Java: SnapshotRef.Builder).
  static Status CheckRetention(const SetSnapshotRef& update) {
    const SnapshotRef& ref = update.ref;
    if (ref.min_snapshots_to_keep.value_or(1) > 0 && ref.max_snapshot_age_ms.value_or(1) > 0 &&
        ref.max_ref_age_ms.value_or(1) > 0) {
      return Ok();
    }
    return InvalidUpdate(
        fmt::format("{}: how many and how old snapshots are kept must be above 0", update.name));
  }

  Status SetCurrentSnapshot(const Snapshot& snapshot) {
    metadata_.current_snapshot_id = snapshot.snapshot_id;
    // A rollback is logged at the time it happens, a new snapshot at its own.
    std::int64_t at = added_snapshots_.contains(snapshot.snapshot_id)
                          ? snapshot.timestamp_ms
                          : std::max(now_ms_, metadata_.last_updated_ms);
    if (!metadata_.snapshot_log.empty() &&
        at < metadata_.snapshot_log.back().timestamp_ms - kClockSkewMillisMax) {
      return InvalidUpdate(
          fmt::format("invalid snapshot timestamp {}: before last snapshot timestamp {}", at,
                      metadata_.snapshot_log.back().timestamp_ms));
    }
    metadata_.snapshot_log.push_back({at, snapshot.snapshot_id});
    return Ok();
  }

  Status CheckComplete() const {
    std::string_view missing;
    if (metadata_.table_uuid.empty() && metadata_.format_version > 1)
      missing = "a uuid";
    else if (metadata_.location.empty())
      missing = "a location";
    else if (metadata_.schemas.empty())
      missing = "a schema";
    else if (metadata_.partition_specs.empty())
      missing = "a partition spec";
    else if (metadata_.sort_orders.empty())
      missing = "a sort order";
    if (missing.empty()) return Ok();
    return InvalidUpdate(fmt::format("the updates leave the table without {}", missing));
  }

  /// Takes out snapshots that were current only within this commit, and what lies before a snapshot
  /// removed.
  void CleanSnapshotLog() {
    std::vector<SnapshotLogEntry> kept;
    for (const SnapshotLogEntry& entry : metadata_.snapshot_log) {
      if (added_snapshots_.contains(entry.snapshot_id) &&
          entry.snapshot_id != metadata_.current_snapshot_id) {
        continue;
      }
      if (metadata_.FindSnapshot(entry.snapshot_id) != nullptr) {
        kept.push_back(entry);
      } else if (removed_snapshots_) {
        kept.clear();
      }
    }
    metadata_.snapshot_log = std::move(kept);
  }

  Status CheckDefaultsFitSchema() const {
    if (base_ != nullptr && base_->current_schema_id == metadata_.current_schema_id &&
        base_->default_spec_id == metadata_.default_spec_id &&
        base_->default_sort_order_id == metadata_.default_sort_order_id) {
      return Ok();
    }
    FIRN_TRY(CheckPartitionSpec(metadata_.default_spec(), metadata_.current_schema()));
    return CheckSortOrder(metadata_.default_sort_order(), metadata_.current_schema());
  }

  // Constant after construction.
  const TableMetadata* base_;
  const std::int64_t now_ms_;

  TableMetadata metadata_;
  std::optional<std::int32_t> last_added_schema_id_;
  std::optional<std::int32_t> last_added_spec_id_;
  std::optional<std::int32_t> last_added_order_id_;
  Aliases schema_aliases_;
  Aliases spec_aliases_;
  Aliases order_aliases_;
  std::unordered_set<std::int64_t> added_snapshots_;
  bool removed_snapshots_ = false;
};

}  // namespace

Status CheckRequirements(const TableMetadata* base,
                         std::span<const TableRequirement> requirements) {
  for (const TableRequirement& requirement : requirements) {
    if (base != nullptr) {
      FIRN_TRY(std::visit(RequirementChecker{*base}, requirement));
    } else if (const auto* ref = std::get_if<AssertRefSnapshotId>(&requirement)) {
      if (ref->snapshot_id) {
        return Failed(
            fmt::format("branch or tag {} is missing, expected {}", ref->ref, *ref->snapshot_id));
      }
    } else if (!std::holds_alternative<AssertCreate>(requirement)) {
      return NotFound("NoSuchTable", "the table does not exist");
    }
  }
  return Ok();
}

Result<TableMetadata> ApplyUpdates(const TableMetadata* base, std::span<const TableUpdate> updates,
                                   WallTime now, std::string_view base_location) {
  MetadataChange change(base, now);
  for (const TableUpdate& update : updates) FIRN_TRY(std::visit(change, update));
  return std::move(change).Finish(base_location);
}

}  // namespace firn::iceberg
