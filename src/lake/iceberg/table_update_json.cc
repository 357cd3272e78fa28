#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lake/iceberg/members_internal.h"
#include "lake/iceberg/table_update.h"

namespace firn::iceberg {
namespace {

Result<const json::value*> GetMember(const json::object& object, std::string_view name) {
  const json::value* value = FindMember(object, name);
  if (value == nullptr) {
    return InvalidArgument("MissingMember", fmt::format("member '{}' is missing", name));
  }
  return value;
}

json::object Action(std::string_view action) {
  json::object object;
  object["action"] = action;
  return object;
}

template <typename T>
json::array ArrayOfNumbers(const std::vector<T>& numbers) {
  json::array array;
  for (const T number : numbers) array.push_back(number);
  return array;
}

using Parse = Result<TableUpdate> (*)(const json::object&);

/// 8-4-4-4-12 hexadecimal digits: PyIceberg cannot load a table whose uuid is anything else.
bool LooksLikeUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    constexpr std::string_view kHex = "0123456789abcdefABCDEF";
    if (is_dash ? text[i] != '-' : kHex.find(text[i]) == std::string_view::npos) return false;
  }
  return true;
}

/// What readers need of a statistics file; one without it makes the whole table unreadable to them.
Status CheckStatisticsFile(const json::object& file) {
  FIRN_TRY(GetInt64(file, "snapshot-id"));
  FIRN_TRY(GetString(file, "statistics-path"));
  FIRN_TRY(GetInt64(file, "file-size-in-bytes"));
  return Ok();
}

Result<TableUpdate> ParseAssignUuid(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(std::string uuid, GetString(object, "uuid"));
  if (!LooksLikeUuid(uuid)) {
    return InvalidArgument("InvalidUpdate", fmt::format("'{}' is not a UUID", uuid.substr(0, 100)));
  }
  return TableUpdate(AssignUuid{std::move(uuid)});
}

Result<TableUpdate> ParseUpgradeFormatVersion(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(const std::int32_t version, GetInt32(object, "format-version"));
  return TableUpdate(UpgradeFormatVersion{version});
}

Result<TableUpdate> ParseAddSchema(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(const json::value* value, GetMember(object, "schema"));
  AddSchema update;
  FIRN_ASSIGN_OR_RETURN(update.schema, ParseSchema(*value));
  FIRN_ASSIGN_OR_RETURN(update.last_column_id, FindInt32(object, "last-column-id"));
  return TableUpdate(std::move(update));
}

Result<TableUpdate> ParseSetCurrentSchema(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(const std::int32_t schema_id, GetInt32(object, "schema-id"));
  return TableUpdate(SetCurrentSchema{schema_id});
}

Result<TableUpdate> ParseAddSpec(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(const json::value* value, GetMember(object, "spec"));
  FIRN_ASSIGN_OR_RETURN(PartitionSpec spec, ParsePartitionSpec(*value));
  return TableUpdate(AddPartitionSpec{std::move(spec)});
}

Result<TableUpdate> ParseSetDefaultSpec(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(const std::int32_t spec_id, GetInt32(object, "spec-id"));
  return TableUpdate(SetDefaultSpec{spec_id});
}

Result<TableUpdate> ParseAddSortOrder(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(const json::value* value, GetMember(object, "sort-order"));
  FIRN_ASSIGN_OR_RETURN(SortOrder order, ParseSortOrder(*value));
  return TableUpdate(AddSortOrder{std::move(order)});
}

Result<TableUpdate> ParseSetDefaultSortOrder(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(const std::int32_t order_id, GetInt32(object, "sort-order-id"));
  return TableUpdate(SetDefaultSortOrder{order_id});
}

Result<TableUpdate> ParseAddSnapshot(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(const json::value* value, GetMember(object, "snapshot"));
  FIRN_ASSIGN_OR_RETURN(Snapshot snapshot, ParseSnapshot(*value));
  return TableUpdate(AddSnapshot{std::move(snapshot)});
}

Result<TableUpdate> ParseSetSnapshotRef(const json::object& object) {
  SetSnapshotRef update;
  FIRN_ASSIGN_OR_RETURN(update.name, GetString(object, "ref-name"));
  FIRN_ASSIGN_OR_RETURN(update.ref, ParseSnapshotRef(object));
  return TableUpdate(std::move(update));
}

Result<TableUpdate> ParseRemoveSnapshots(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(auto ids, FindInt64Array(object, "snapshot-ids"));
  return TableUpdate(RemoveSnapshots{std::move(ids)});
}

Result<TableUpdate> ParseRemoveSnapshotRef(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(std::string name, GetString(object, "ref-name"));
  return TableUpdate(RemoveSnapshotRef{std::move(name)});
}

Result<TableUpdate> ParseSetLocation(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(std::string location, GetString(object, "location"));
  return TableUpdate(SetLocation{std::move(location)});
}

Result<TableUpdate> ParseSetProperties(const json::object& object) {
  // Java once wrote "updated".
  const char* name = FindMember(object, "updates") == nullptr ? "updated" : "updates";
  FIRN_ASSIGN_OR_RETURN(auto updates, FindStringMap(object, name));
  return TableUpdate(SetProperties{std::move(updates)});
}

Result<TableUpdate> ParseRemoveProperties(const json::object& object) {
  const char* name = FindMember(object, "removals") == nullptr ? "removed" : "removals";
  FIRN_ASSIGN_OR_RETURN(auto removals, FindStringArray(object, name));
  return TableUpdate(RemoveProperties{std::move(removals)});
}

Result<TableUpdate> ParseSetStatistics(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(const json::object* statistics, GetObject(object, "statistics"));
  FIRN_TRY(CheckStatisticsFile(*statistics));
  FIRN_TRY(GetInt64(*statistics, "file-footer-size-in-bytes"));
  FIRN_TRY(GetArray(*statistics, "blob-metadata"));
  return TableUpdate(SetStatistics{*statistics});
}

Result<TableUpdate> ParseRemoveStatistics(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(const std::int64_t snapshot_id, GetInt64(object, "snapshot-id"));
  return TableUpdate(RemoveStatistics{snapshot_id});
}

Result<TableUpdate> ParseSetPartitionStatistics(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(const json::object* statistics, GetObject(object, "partition-statistics"));
  FIRN_TRY(CheckStatisticsFile(*statistics));
  return TableUpdate(SetPartitionStatistics{*statistics});
}

Result<TableUpdate> ParseRemovePartitionStatistics(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(const std::int64_t snapshot_id, GetInt64(object, "snapshot-id"));
  return TableUpdate(RemovePartitionStatistics{snapshot_id});
}

Result<TableUpdate> ParseRemovePartitionSpecs(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(auto ids, FindInt32Array(object, "spec-ids"));
  return TableUpdate(RemovePartitionSpecs{std::move(ids)});
}

Result<TableUpdate> ParseRemoveSchemas(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(auto ids, FindInt32Array(object, "schema-ids"));
  return TableUpdate(RemoveSchemas{std::move(ids)});
}

Result<TableUpdate> ParseAddEncryptionKey(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(const json::object* key, GetObject(object, "encryption-key"));
  FIRN_TRY(GetString(*key, "key-id"));
  return TableUpdate(AddEncryptionKey{*key});
}

Result<TableUpdate> ParseRemoveEncryptionKey(const json::object& object) {
  FIRN_ASSIGN_OR_RETURN(std::string key_id, GetString(object, "key-id"));
  return TableUpdate(RemoveEncryptionKey{std::move(key_id)});
}

struct NamedAction {
  std::string_view action;
  Parse parse;
};

constexpr std::array<NamedAction, 23> kActions = {{
    {"assign-uuid", &ParseAssignUuid},
    {"upgrade-format-version", &ParseUpgradeFormatVersion},
    {"add-schema", &ParseAddSchema},
    {"set-current-schema", &ParseSetCurrentSchema},
    {"add-spec", &ParseAddSpec},
    {"set-default-spec", &ParseSetDefaultSpec},
    {"add-sort-order", &ParseAddSortOrder},
    {"set-default-sort-order", &ParseSetDefaultSortOrder},
    {"add-snapshot", &ParseAddSnapshot},
    {"set-snapshot-ref", &ParseSetSnapshotRef},
    {"remove-snapshots", &ParseRemoveSnapshots},
    {"remove-snapshot-ref", &ParseRemoveSnapshotRef},
    {"set-location", &ParseSetLocation},
    {"set-properties", &ParseSetProperties},
    {"remove-properties", &ParseRemoveProperties},
    {"set-statistics", &ParseSetStatistics},
    {"remove-statistics", &ParseRemoveStatistics},
    {"set-partition-statistics", &ParseSetPartitionStatistics},
    {"remove-partition-statistics", &ParseRemovePartitionStatistics},
    {"remove-partition-specs", &ParseRemovePartitionSpecs},
    {"remove-schemas", &ParseRemoveSchemas},
    {"add-encryption-key", &ParseAddEncryptionKey},
    {"remove-encryption-key", &ParseRemoveEncryptionKey},
}};

/// One overload an update.
struct UpdatePrinter {
  json::object operator()(const AssignUuid& update) const {
    json::object object = Action("assign-uuid");
    object["uuid"] = update.uuid;
    return object;
  }
  json::object operator()(const UpgradeFormatVersion& update) const {
    json::object object = Action("upgrade-format-version");
    object["format-version"] = update.format_version;
    return object;
  }
  json::object operator()(const AddSchema& update) const {
    json::object object = Action("add-schema");
    object["schema"] = ToJson(update.schema);
    if (update.last_column_id) object["last-column-id"] = *update.last_column_id;
    return object;
  }
  json::object operator()(const SetCurrentSchema& update) const {
    json::object object = Action("set-current-schema");
    object["schema-id"] = update.schema_id;
    return object;
  }
  json::object operator()(const AddPartitionSpec& update) const {
    json::object object = Action("add-spec");
    object["spec"] = ToJson(update.spec);
    return object;
  }
  json::object operator()(const SetDefaultSpec& update) const {
    json::object object = Action("set-default-spec");
    object["spec-id"] = update.spec_id;
    return object;
  }
  json::object operator()(const AddSortOrder& update) const {
    json::object object = Action("add-sort-order");
    object["sort-order"] = ToJson(update.order);
    return object;
  }
  json::object operator()(const SetDefaultSortOrder& update) const {
    json::object object = Action("set-default-sort-order");
    object["sort-order-id"] = update.order_id;
    return object;
  }
  json::object operator()(const AddSnapshot& update) const {
    json::object object = Action("add-snapshot");
    object["snapshot"] = ToJson(update.snapshot);
    return object;
  }
  json::object operator()(const SetSnapshotRef& update) const {
    json::object object = Action("set-snapshot-ref");
    object["ref-name"] = update.name;
    const json::value ref = ToJson(update.ref);
    for (const auto& [name, value] : ref.get_object()) object[name] = value;
    return object;
  }
  json::object operator()(const RemoveSnapshots& update) const {
    json::object object = Action("remove-snapshots");
    object["snapshot-ids"] = ArrayOfNumbers(update.snapshot_ids);
    return object;
  }
  json::object operator()(const RemoveSnapshotRef& update) const {
    json::object object = Action("remove-snapshot-ref");
    object["ref-name"] = update.name;
    return object;
  }
  json::object operator()(const SetLocation& update) const {
    json::object object = Action("set-location");
    object["location"] = update.location;
    return object;
  }
  json::object operator()(const SetProperties& update) const {
    json::object object = Action("set-properties");
    object["updates"] = StringMapToJson(update.updates);
    return object;
  }
  json::object operator()(const RemoveProperties& update) const {
    json::object object = Action("remove-properties");
    json::array removals;
    for (const std::string& name : update.removals) removals.emplace_back(name);
    object["removals"] = std::move(removals);
    return object;
  }
  json::object operator()(const SetStatistics& update) const {
    json::object object = Action("set-statistics");
    // Redundant, and still required by older servers.
    object["snapshot-id"] = update.statistics.get_object().at("snapshot-id");
    object["statistics"] = update.statistics;
    return object;
  }
  json::object operator()(const RemoveStatistics& update) const {
    json::object object = Action("remove-statistics");
    object["snapshot-id"] = update.snapshot_id;
    return object;
  }
  json::object operator()(const SetPartitionStatistics& update) const {
    json::object object = Action("set-partition-statistics");
    object["partition-statistics"] = update.statistics;
    return object;
  }
  json::object operator()(const RemovePartitionStatistics& update) const {
    json::object object = Action("remove-partition-statistics");
    object["snapshot-id"] = update.snapshot_id;
    return object;
  }
  json::object operator()(const RemovePartitionSpecs& update) const {
    json::object object = Action("remove-partition-specs");
    object["spec-ids"] = ArrayOfNumbers(update.spec_ids);
    return object;
  }
  json::object operator()(const RemoveSchemas& update) const {
    json::object object = Action("remove-schemas");
    object["schema-ids"] = ArrayOfNumbers(update.schema_ids);
    return object;
  }
  json::object operator()(const AddEncryptionKey& update) const {
    json::object object = Action("add-encryption-key");
    object["encryption-key"] = update.key;
    return object;
  }
  json::object operator()(const RemoveEncryptionKey& update) const {
    json::object object = Action("remove-encryption-key");
    object["key-id"] = update.key_id;
    return object;
  }
};

json::object RequirementType(std::string_view type) {
  json::object object;
  object["type"] = type;
  return object;
}

struct RequirementPrinter {
  json::object operator()(const AssertCreate&) const { return RequirementType("assert-create"); }
  json::object operator()(const AssertTableUuid& requirement) const {
    json::object object = RequirementType("assert-table-uuid");
    object["uuid"] = requirement.uuid;
    return object;
  }
  json::object operator()(const AssertRefSnapshotId& requirement) const {
    json::object object = RequirementType("assert-ref-snapshot-id");
    object["ref"] = requirement.ref;
    if (requirement.snapshot_id) {
      object["snapshot-id"] = *requirement.snapshot_id;
    } else {
      object["snapshot-id"] = nullptr;
    }
    return object;
  }
  json::object operator()(const AssertLastAssignedFieldId& requirement) const {
    json::object object = RequirementType("assert-last-assigned-field-id");
    object["last-assigned-field-id"] = requirement.last_assigned_field_id;
    return object;
  }
  json::object operator()(const AssertCurrentSchemaId& requirement) const {
    json::object object = RequirementType("assert-current-schema-id");
    object["current-schema-id"] = requirement.current_schema_id;
    return object;
  }
  json::object operator()(const AssertLastAssignedPartitionId& requirement) const {
    json::object object = RequirementType("assert-last-assigned-partition-id");
    object["last-assigned-partition-id"] = requirement.last_assigned_partition_id;
    return object;
  }
  json::object operator()(const AssertDefaultSpecId& requirement) const {
    json::object object = RequirementType("assert-default-spec-id");
    object["default-spec-id"] = requirement.default_spec_id;
    return object;
  }
  json::object operator()(const AssertDefaultSortOrderId& requirement) const {
    json::object object = RequirementType("assert-default-sort-order-id");
    object["default-sort-order-id"] = requirement.default_sort_order_id;
    return object;
  }
};

}  // namespace

Result<TableUpdate> ParseTableUpdate(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "update"));
  FIRN_ASSIGN_OR_RETURN(const std::string action, GetString(*object, "action"));
  for (const NamedAction& named : kActions) {
    if (named.action != action) continue;
    auto update = named.parse(*object);
    if (!update) return std::move(update).error().Note(fmt::format("reading update '{}'", action));
    return update;
  }
  return InvalidArgument("InvalidUpdate", fmt::format("unknown table update '{}'", action));
}

json::value ToJson(const TableUpdate& update) { return std::visit(UpdatePrinter{}, update); }

Result<TableRequirement> ParseTableRequirement(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "requirement"));
  FIRN_ASSIGN_OR_RETURN(const std::string type, GetString(*object, "type"));
  if (type == "assert-create") return TableRequirement(AssertCreate{});
  if (type == "assert-table-uuid") {
    FIRN_ASSIGN_OR_RETURN(std::string uuid, GetString(*object, "uuid"));
    return TableRequirement(AssertTableUuid{std::move(uuid)});
  }
  if (type == "assert-ref-snapshot-id") {
    AssertRefSnapshotId requirement;
    FIRN_ASSIGN_OR_RETURN(requirement.ref, GetString(*object, "ref"));
    FIRN_ASSIGN_OR_RETURN(requirement.snapshot_id, FindInt64(*object, "snapshot-id"));
    return TableRequirement(std::move(requirement));
  }
  if (type == "assert-last-assigned-field-id") {
    FIRN_ASSIGN_OR_RETURN(const std::int32_t id, GetInt32(*object, "last-assigned-field-id"));
    return TableRequirement(AssertLastAssignedFieldId{id});
  }
  if (type == "assert-current-schema-id") {
    FIRN_ASSIGN_OR_RETURN(const std::int32_t id, GetInt32(*object, "current-schema-id"));
    return TableRequirement(AssertCurrentSchemaId{id});
  }
  if (type == "assert-last-assigned-partition-id") {
    FIRN_ASSIGN_OR_RETURN(const std::int32_t id, GetInt32(*object, "last-assigned-partition-id"));
    return TableRequirement(AssertLastAssignedPartitionId{id});
  }
  if (type == "assert-default-spec-id") {
    FIRN_ASSIGN_OR_RETURN(const std::int32_t id, GetInt32(*object, "default-spec-id"));
    return TableRequirement(AssertDefaultSpecId{id});
  }
  if (type == "assert-default-sort-order-id") {
    FIRN_ASSIGN_OR_RETURN(const std::int32_t id, GetInt32(*object, "default-sort-order-id"));
    return TableRequirement(AssertDefaultSortOrderId{id});
  }
  return InvalidArgument("InvalidRequirement", fmt::format("unknown table requirement '{}'", type));
}

json::value ToJson(const TableRequirement& requirement) {
  return std::visit(RequirementPrinter{}, requirement);
}

}  // namespace firn::iceberg
