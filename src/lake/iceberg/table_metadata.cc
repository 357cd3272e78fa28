#include "lake/iceberg/table_metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <unordered_set>

#include "lake/iceberg/metadata_rules_internal.h"

namespace firn::iceberg {
namespace {

template <typename T, typename Id>
const T* FindWithId(const std::vector<T>& items, Id T::* member, Id id) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const T& item) { return item.*member == id; });
  return found == items.end() ? nullptr : &*found;
}

std::string StripSlashes(std::string_view location) {
  // "s3://" itself keeps its slashes.
  while (location.ends_with('/') && !location.ends_with("://")) location.remove_suffix(1);
  return std::string(location);
}

std::string FolderOf(const TableMetadata& metadata, const std::string& property,
                     std::string_view name) {
  const auto found = metadata.properties.find(property);
  if (found != metadata.properties.end() && !found->second.empty()) {
    return StripSlashes(found->second);
  }
  return StripSlashes(metadata.location) + "/" + std::string(name);
}

/// Old ids to new ones, walking two schemas of one shape.
void MapIds(const std::vector<NestedField>& old_fields, const std::vector<NestedField>& new_fields,
            std::unordered_map<std::int32_t, std::int32_t>& ids) {
  for (std::size_t i = 0; i < old_fields.size(); ++i) {
    ids.emplace(old_fields[i].id, new_fields[i].id);
    MapIds(old_fields[i].type.fields(), new_fields[i].type.fields(), ids);
  }
}

using IdMap = std::unordered_map<std::int32_t, std::int32_t>;

Result<PartitionSpec> RebindSpec(const PartitionSpec& spec, const IdMap& ids) {
  PartitionSpec bound;
  std::int32_t next_id = kPartitionFieldIdFirst;
  for (PartitionField field : spec.fields) {
    const auto source = ids.find(field.source_id);
    if (source == ids.end()) {
      return InvalidArgument("InvalidPartitionSpec",
                             fmt::format("cannot find source column {} of partition field '{}'",
                                         field.source_id, field.name));
    }
    if (field.transform.kind == TransformKind::kUnknown) {
      return InvalidArgument("InvalidPartitionSpec",
                             fmt::format("unknown transform '{}' of partition field '{}'",
                                         field.transform.unknown_text, field.name));
    }
    field.source_id = source->second;
    field.source_ids.clear();
    field.field_id = next_id++;
    bound.fields.push_back(std::move(field));
  }
  return bound;
}

Result<SortOrder> RebindOrder(const SortOrder& order, const IdMap& ids) {
  SortOrder bound;
  bound.order_id = order.fields.empty() ? 0 : 1;
  for (SortField field : order.fields) {
    const auto source = ids.find(field.source_id);
    if (source == ids.end()) {
      return InvalidArgument(
          "InvalidSortOrder",
          fmt::format("cannot find source column {} of the sort order", field.source_id));
    }
    field.source_id = source->second;
    field.source_ids.clear();
    bound.fields.push_back(std::move(field));
  }
  return bound;
}

}  // namespace

const Schema& TableMetadata::current_schema() const {
  const Schema* schema = FindSchema(current_schema_id);
  FIRN_CHECK(schema != nullptr);
  return *schema;
}

const PartitionSpec& TableMetadata::default_spec() const {
  const PartitionSpec* spec = FindSpec(default_spec_id);
  FIRN_CHECK(spec != nullptr);
  return *spec;
}

const SortOrder& TableMetadata::default_sort_order() const {
  const SortOrder* order = FindSortOrder(default_sort_order_id);
  FIRN_CHECK(order != nullptr);
  return *order;
}

const Snapshot* TableMetadata::current_snapshot() const {
  return current_snapshot_id ? FindSnapshot(*current_snapshot_id) : nullptr;
}

const Snapshot* TableMetadata::FindSnapshot(std::int64_t snapshot_id) const {
  return FindWithId(snapshots, &Snapshot::snapshot_id, snapshot_id);
}

const Schema* TableMetadata::FindSchema(std::int32_t schema_id) const {
  return FindWithId(schemas, &Schema::schema_id, schema_id);
}

const PartitionSpec* TableMetadata::FindSpec(std::int32_t spec_id) const {
  return FindWithId(partition_specs, &PartitionSpec::spec_id, spec_id);
}

const SortOrder* TableMetadata::FindSortOrder(std::int32_t order_id) const {
  return FindWithId(sort_orders, &SortOrder::order_id, order_id);
}

const Schema& TableMetadata::SchemaOf(const Snapshot& snapshot) const {
  if (snapshot.schema_id) {
    if (const Schema* schema = FindSchema(*snapshot.schema_id)) return *schema;
  }
  return current_schema();
}

std::optional<std::int64_t> TableMetadata::SnapshotIdAsOf(std::int64_t timestamp_ms) const {
  std::optional<std::int64_t> found;
  for (const SnapshotLogEntry& entry : snapshot_log) {
    if (entry.timestamp_ms <= timestamp_ms) found = entry.snapshot_id;
  }
  return found;
}

bool SnapshotIsAncestorOrCurrent(const TableMetadata& metadata, std::int64_t snapshot_id,
                                 std::string_view branch) {
  const auto ref = metadata.refs.find(std::string(branch));
  if (ref == metadata.refs.end()) return false;
  std::unordered_map<std::int64_t, const Snapshot*> by_id;
  for (const Snapshot& snapshot : metadata.snapshots)
    by_id.emplace(snapshot.snapshot_id, &snapshot);
  std::optional<std::int64_t> at = ref->second.snapshot_id;
  // At most one step a snapshot, so that a cycle of parents ends.
  for (std::size_t step = 0; at && step <= by_id.size(); ++step) {
    if (*at == snapshot_id) return true;
    const auto found = by_id.find(*at);
    if (found == by_id.end()) return false;
    at = found->second->parent_snapshot_id;
  }
  return false;
}

std::string MetadataFolder(const TableMetadata& metadata) {
  return FolderOf(metadata, "write.metadata.path", "metadata");
}

std::string DataFolder(const TableMetadata& metadata) {
  return FolderOf(metadata, "write.data.path", "data");
}

std::string NextMetadataLocation(const TableMetadata& metadata, std::string_view previous_location,
                                 std::string_view uuid) {
  std::int64_t version = 0;
  if (!previous_location.empty()) {
    std::string_view name = previous_location.substr(previous_location.rfind('/') + 1);
    if (name.starts_with('v')) name.remove_prefix(1);  // `v3.metadata.json` of a Hadoop table.
    std::int32_t previous = 0;
    const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), previous);
    const bool numbered = failure == std::errc() && previous >= 0 &&
                          end != name.data() + name.size() && (*end == '-' || *end == '.');
    version = numbered ? std::int64_t{previous} + 1 : 1;
  }
  const auto codec = metadata.properties.find("write.metadata.compression-codec");
  const bool gzip = codec != metadata.properties.end() && codec->second == "gzip";
  return fmt::format("{}/{:05}-{}{}.metadata.json", MetadataFolder(metadata), version, uuid,
                     gzip ? ".gz" : "");
}

Result<TableMetadata> NewTableMetadata(const NewTable& table, WallTime now) {
  TableMetadata metadata;
  metadata.properties = table.properties;
  FIRN_ASSIGN_OR_RETURN(metadata.format_version,
                        TakeFormatVersion(metadata.properties, table.format_version));
  metadata.table_uuid = table.uuid;
  if (table.location.empty()) {
    return InvalidArgument("InvalidMetadata", "a table needs a location");
  }
  metadata.location = StripSlashes(table.location);
  metadata.last_updated_ms = MillisSinceEpoch(now);

  FIRN_TRY(CheckSchema(table.schema));
  Schema schema = AssignFreshIds(table.schema);
  schema.schema_id = 0;
  FIRN_TRY(CheckTypesForVersion(schema, metadata.format_version));
  IdMap ids;
  MapIds(table.schema.fields, schema.fields, ids);
  FIRN_ASSIGN_OR_RETURN(PartitionSpec spec, RebindSpec(table.spec, ids));
  FIRN_TRY(CheckPartitionSpec(spec, schema));
  FIRN_TRY(CheckSpecFields(spec));
  FIRN_ASSIGN_OR_RETURN(SortOrder order, RebindOrder(table.order, ids));
  FIRN_TRY(CheckSortOrder(order, schema));

  metadata.last_column_id = schema.HighestFieldId();
  metadata.last_partition_id = spec.HighestFieldId();
  metadata.default_sort_order_id = order.order_id;
  metadata.schemas.push_back(std::move(schema));
  metadata.partition_specs.push_back(std::move(spec));
  metadata.sort_orders.push_back(std::move(order));
  return metadata;
}

TableMetadata WithReferencedSnapshots(TableMetadata metadata) {
  std::unordered_set<std::int64_t> named;
  for (const auto& [name, ref] : metadata.refs) named.insert(ref.snapshot_id);
  std::erase_if(metadata.snapshots, [&](const Snapshot& snapshot) {
    return !named.contains(snapshot.snapshot_id);
  });
  return metadata;
}

}  // namespace firn::iceberg
