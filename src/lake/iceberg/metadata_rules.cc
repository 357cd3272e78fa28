#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>

#include "lake/iceberg/metadata_rules_internal.h"

namespace firn::iceberg {
namespace {

// Answers about a table that some engines take as properties; they are not kept (Java:
// RESERVED_PROPERTIES).
constexpr std::array<std::string_view, 9> kReservedProperties = {"format-version",
                                                                 "uuid",
                                                                 "snapshot-count",
                                                                 "current-snapshot-id",
                                                                 "current-schema",
                                                                 "current-snapshot-summary",
                                                                 "default-sort-order",
                                                                 "default-partition-spec",
                                                                 "current-snapshot-timestamp-ms"};

Unexpected InvalidMetadata(std::string message) {
  return InvalidArgument("InvalidMetadata", std::move(message));
}

std::int32_t VersionOfType(TypeKind kind) {
  switch (kind) {
    case TypeKind::kTimestampNs:
    case TypeKind::kTimestampTzNs:
    case TypeKind::kUnknown:
    case TypeKind::kVariant:
    case TypeKind::kGeometry:
    case TypeKind::kGeography:
      return 3;
    default:
      return 1;
  }
}

Status CheckFieldsForVersion(const std::vector<NestedField>& fields, std::int32_t format_version) {
  for (const NestedField& field : fields) {
    if (VersionOfType(field.type.kind) > format_version) {
      return InvalidArgument(
          "InvalidSchema",
          fmt::format("invalid type for column '{}': {} is not supported until v{}", field.name,
                      field.type.ToString(), VersionOfType(field.type.kind)));
    }
    if (format_version < 3 && field.initial_default) {
      return InvalidArgument(
          "InvalidSchema", fmt::format("invalid initial default for column '{}': non-null defaults "
                                       "are not supported until v3",
                                       field.name));
    }
    FIRN_TRY(CheckFieldsForVersion(field.type.fields(), format_version));
  }
  return Ok();
}

template <typename T, typename Id>
Status CheckUnique(const std::vector<T>& items, Id T::* member, std::string_view what) {
  std::unordered_set<Id> ids;
  for (const T& item : items) {
    if (!ids.insert(item.*member).second) {
      return InvalidMetadata(fmt::format("{} {} is there twice", what, item.*member));
    }
  }
  return Ok();
}

}  // namespace

Result<std::int32_t> TakeFormatVersion(Properties& properties, std::int32_t otherwise) {
  std::int32_t version = otherwise;
  const auto found = properties.find("format-version");
  if (found != properties.end()) {
    const std::string& text = found->second;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (failure != std::errc() || end != text.data() + text.size()) {
      return InvalidArgument(
          "InvalidProperty",
          fmt::format("property format-version must be a number, found '{}'", text));
    }
  }
  if (version < 1 || version > kFormatVersionMax) {
    return Unsupported("FormatVersion",
                       fmt::format("unsupported format version: v{} (supported: v1 to v{})",
                                   version, kFormatVersionMax));
  }
  for (const std::string_view name : kReservedProperties) properties.erase(std::string(name));
  return version;
}

Status CheckTypesForVersion(const Schema& schema, std::int32_t format_version) {
  return CheckFieldsForVersion(schema.fields, format_version);
}

Status CheckSpecFields(const PartitionSpec& spec) {
  std::unordered_set<std::string_view> names;
  std::unordered_set<std::int32_t> ids;
  for (const PartitionField& field : spec.fields) {
    if (field.name.empty() || !names.insert(field.name).second) {
      return InvalidArgument("InvalidPartitionSpec",
                             fmt::format("partition name '{}' is empty or used twice", field.name));
    }
    if (!ids.insert(field.field_id).second) {
      return InvalidArgument("InvalidPartitionSpec",
                             fmt::format("partition field id {} is used twice", field.field_id));
    }
  }
  return Ok();
}

std::size_t MetadataLogEntriesMax(const TableMetadata& metadata) {
  const auto found = metadata.properties.find("write.metadata.previous-versions-max");
  std::int32_t entries = 100;
  if (found != metadata.properties.end()) {
    const std::string& text = found->second;
    std::int32_t asked = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), asked);
    if (failure == std::errc() && end == text.data() + text.size()) entries = std::max(asked, 1);
  }
  return static_cast<std::size_t>(entries);
}

Status CheckMetadata(const TableMetadata& metadata) {
  FIRN_TRY(CheckUnique(metadata.schemas, &Schema::schema_id, "schema"));
  FIRN_TRY(CheckUnique(metadata.partition_specs, &PartitionSpec::spec_id, "partition spec"));
  FIRN_TRY(CheckUnique(metadata.sort_orders, &SortOrder::order_id, "sort order"));
  FIRN_TRY(CheckUnique(metadata.snapshots, &Snapshot::snapshot_id, "snapshot"));
  if (metadata.FindSchema(metadata.current_schema_id) == nullptr) {
    return InvalidMetadata(
        fmt::format("cannot find the current schema with id {}", metadata.current_schema_id));
  }
  if (metadata.FindSpec(metadata.default_spec_id) == nullptr) {
    return InvalidMetadata(
        fmt::format("cannot find the default partition spec with id {}", metadata.default_spec_id));
  }
  if (metadata.FindSortOrder(metadata.default_sort_order_id) == nullptr) {
    return InvalidMetadata(fmt::format("cannot find the default sort order with id {}",
                                       metadata.default_sort_order_id));
  }
  if (metadata.current_snapshot_id && metadata.current_snapshot() == nullptr) {
    return InvalidMetadata(
        fmt::format("cannot find the current snapshot with id {}", *metadata.current_snapshot_id));
  }
  for (const auto& [name, ref] : metadata.refs) {
    if (metadata.FindSnapshot(ref.snapshot_id) == nullptr) {
      return InvalidMetadata(
          fmt::format("snapshot {} for reference {} does not exist", ref.snapshot_id, name));
    }
  }
  const auto main = metadata.refs.find(std::string(kMainBranch));
  const bool has_main = main != metadata.refs.end();
  if (has_main != metadata.current_snapshot_id.has_value() ||
      (has_main && main->second.snapshot_id != *metadata.current_snapshot_id)) {
    return InvalidMetadata("the current snapshot and the branch main differ");
  }
  return Ok();
}

}  // namespace firn::iceberg
