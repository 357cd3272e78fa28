#include <algorithm>
#include <map>

#include "base/json.h"
#include "engine/session/file_tables_internal.h"
#include "engine/session/limits.h"
#include "engine/session/table_source_internal.h"
#include "lake/iceberg/file_listing.h"

namespace firn::session {
namespace {

using iceberg::Type;
using iceberg::TypeKind;
using Row = std::vector<std::optional<std::string>>;

/// Fields of types that no table stores: ids count for nothing.
iceberg::NestedField Part(std::string name, Type type) {
  iceberg::NestedField field;
  field.name = std::move(name);
  field.type = std::move(type);
  return field;
}

Type IntType() { return Type::Primitive(TypeKind::kInt); }
Type LongType() { return Type::Primitive(TypeKind::kLong); }
Type TextType() { return Type::Primitive(TypeKind::kString); }
Type ByFieldId(Type value) {
  return Type::Map(Part("key", IntType()), Part("value", std::move(value)));
}
Type ListOf(Type element) { return Type::List(Part("element", std::move(element))); }

/// A table in the making.
class Columns {
 public:
  Columns& Add(std::string name, rows::TypeKind kind) {
    table_.columns.push_back({.name = std::move(name), .type = {.kind = kind, .nested_text = {}}});
    return *this;
  }
  Columns& Add(std::string name, Type type) {
    const auto kind = type.kind == TypeKind::kMap    ? rows::TypeKind::kMap
                      : type.kind == TypeKind::kList ? rows::TypeKind::kArray
                                                     : rows::TypeKind::kStruct;
    table_.nested_types.emplace(table_.columns.size(), std::move(type));
    return Add(std::move(name), kind);
  }
  duck::MemoryTable Take() { return std::move(table_); }

 private:
  duck::MemoryTable table_;
};

template <typename T>
std::optional<std::string> NumberText(const std::optional<T>& number) {
  if (!number) return std::nullopt;
  return std::to_string(*number);
}

/// JSON of a map: pairs of key and value.
std::optional<std::string> MapText(const std::map<std::int32_t, std::int64_t>& values) {
  if (values.empty()) return std::nullopt;
  json::array pairs;
  for (const auto& [key, value] : values) pairs.push_back(json::array{key, value});
  return PrintJson(pairs);
}

template <typename T>
std::optional<std::string> ListText(const std::vector<T>& values) {
  if (values.empty()) return std::nullopt;
  json::array list;
  for (const T& value : values) list.push_back(value);
  return PrintJson(list);
}

/// A value as people read it. Bounds that do not decode are left out.
std::optional<std::string> BoundText(std::string_view bytes, const Type& type) {
  const auto literal = iceberg::LiteralFromBinary(bytes, type);
  if (!literal) return std::nullopt;
  return iceberg::FormatPartitionValue(iceberg::Transform{}, *literal);
}

std::optional<std::string> BoundsText(const iceberg::TableMetadata& metadata,
                                      const std::map<std::int32_t, std::string>& bounds) {
  json::array pairs;
  for (const auto& [id, bytes] : bounds) {
    const iceberg::NestedField* field = iceberg::FindAnyField(metadata, id);
    if (field == nullptr) continue;
    if (const auto text = BoundText(bytes, field->type)) pairs.push_back(json::array{id, *text});
  }
  if (pairs.empty()) return std::nullopt;
  return PrintJson(pairs);
}

/// As the engine reads a binary out of text.
std::optional<std::string> BinaryText(const std::optional<std::string>& bytes) {
  if (!bytes) return std::nullopt;
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : *bytes) {
    text += "\\x";
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

Status CheckRowCount(const duck::MemoryTable& table) {
  if (table.rows.size() < kMetadataTableRowsMax) return Ok();
  return ResourceExhausted("MetadataTableTooLarge",
                           "The table has more than " + std::to_string(kMetadataTableRowsMax) +
                               " files; $manifests and $partitions count them");
}

Result<duck::MemoryTable> FilesTable(const Context& context, objects::ObjectStore& store,
                                     const iceberg::TableMetadata& metadata,
                                     const iceberg::Snapshot* snapshot) {
  duck::MemoryTable table = Columns()
                                .Add("content", rows::TypeKind::kInt)
                                .Add("file_path", rows::TypeKind::kVarchar)
                                .Add("file_format", rows::TypeKind::kVarchar)
                                .Add("spec_id", rows::TypeKind::kInt)
                                .Add("record_count", rows::TypeKind::kBigInt)
                                .Add("file_size_in_bytes", rows::TypeKind::kBigInt)
                                .Add("column_sizes", ByFieldId(LongType()))
                                .Add("value_counts", ByFieldId(LongType()))
                                .Add("null_value_counts", ByFieldId(LongType()))
                                .Add("nan_value_counts", ByFieldId(LongType()))
                                .Add("lower_bounds", ByFieldId(TextType()))
                                .Add("upper_bounds", ByFieldId(TextType()))
                                .Add("split_offsets", ListOf(LongType()))
                                .Add("sort_id", rows::TypeKind::kInt)
                                .Add("equality_ids", ListOf(IntType()))
                                .Add("key_metadata", rows::TypeKind::kVarbinary)
                                .Take();
  if (snapshot == nullptr) return table;
  const auto add = [&](const iceberg::ManifestEntry& entry) -> Status {
    FIRN_TRY(CheckRowCount(table));
    const iceberg::DataFile& file = entry.data_file;
    table.rows.push_back(Row{
        std::to_string(static_cast<int>(file.content)), file.file_path, file.file_format,
        std::to_string(file.spec_id), std::to_string(file.record_count),
        std::to_string(file.file_size_bytes), MapText(file.column_sizes),
        MapText(file.value_counts), MapText(file.null_value_counts), MapText(file.nan_value_counts),
        BoundsText(metadata, file.lower_bounds), BoundsText(metadata, file.upper_bounds),
        ListText(file.split_offsets), NumberText(file.sort_order_id), ListText(file.equality_ids),
        BinaryText(file.key_metadata)});
    return Ok();
  };
  FIRN_TRY(iceberg::ListFiles(context, store, metadata, *snapshot, add));
  return table;
}

/// One element a partition field: whether there are nulls and NaNs, and the bounds.
std::optional<std::string> SummariesText(const iceberg::TableMetadata& metadata,
                                         const iceberg::ManifestFile& manifest) {
  const iceberg::PartitionSpec* spec = metadata.FindSpec(manifest.spec_id);
  if (!manifest.partitions || spec == nullptr) return std::nullopt;
  const auto fields = iceberg::PartitionFields(*spec, iceberg::SchemaOfSpec(metadata, *spec));
  const auto flag = [](bool value) { return json::value(value ? "true" : "false"); };
  json::array list;
  for (std::size_t i = 0; i < manifest.partitions->size() && i < fields.size(); ++i) {
    const iceberg::FieldSummary& summary = (*manifest.partitions)[i];
    const auto bound = [&](const std::optional<std::string>& bytes) -> json::value {
      const auto literal = bytes ? iceberg::LiteralFromBinary(*bytes, fields[i].type)
                                 : Result<iceberg::Literal>(NotFound("NoBound", ""));
      if (!literal) return nullptr;
      return json::value(iceberg::FormatPartitionValue(spec->fields[i].transform, *literal));
    };
    list.push_back(json::array{flag(summary.contains_null),
                               summary.contains_nan ? flag(*summary.contains_nan) : json::value(),
                               bound(summary.lower_bound), bound(summary.upper_bound)});
  }
  return PrintJson(list);
}

Result<duck::MemoryTable> ManifestsTable(const Context& context, objects::ObjectStore& store,
                                         const iceberg::TableMetadata& metadata,
                                         const iceberg::Snapshot* snapshot) {
  duck::MemoryTable table =
      Columns()
          .Add("path", rows::TypeKind::kVarchar)
          .Add("length", rows::TypeKind::kBigInt)
          .Add("partition_spec_id", rows::TypeKind::kInt)
          .Add("added_snapshot_id", rows::TypeKind::kBigInt)
          .Add("added_data_files_count", rows::TypeKind::kInt)
          .Add("added_rows_count", rows::TypeKind::kBigInt)
          .Add("existing_data_files_count", rows::TypeKind::kInt)
          .Add("existing_rows_count", rows::TypeKind::kBigInt)
          .Add("deleted_data_files_count", rows::TypeKind::kInt)
          .Add("deleted_rows_count", rows::TypeKind::kBigInt)
          .Add("partitions",
               ListOf(Type::Struct(
                   {Part("contains_null", TextType()), Part("contains_nan", TextType()),
                    Part("lower_bound", TextType()), Part("upper_bound", TextType())})))
          .Take();
  if (snapshot == nullptr) return table;
  FIRN_ASSIGN_OR_RETURN(const auto manifests, iceberg::ListManifests(context, store, *snapshot));
  for (const iceberg::ManifestFile& manifest : manifests) {
    table.rows.push_back(
        Row{manifest.path, std::to_string(manifest.length_bytes), std::to_string(manifest.spec_id),
            std::to_string(manifest.added_snapshot_id), NumberText(manifest.added_files_count),
            NumberText(manifest.added_rows_count), NumberText(manifest.existing_files_count),
            NumberText(manifest.existing_rows_count), NumberText(manifest.deleted_files_count),
            NumberText(manifest.deleted_rows_count), SummariesText(metadata, manifest)});
  }
  return table;
}

/// The partition fields of all specs, each id once; the same column for all of its tuples.
class UnifiedPartition {
 public:
  explicit UnifiedPartition(const iceberg::TableMetadata& metadata) {
    for (const iceberg::PartitionSpec& spec : metadata.partition_specs) {
      const auto fields = iceberg::PartitionFields(spec, iceberg::SchemaOfSpec(metadata, spec));
      for (std::size_t i = 0; i < fields.size(); ++i) {
        if (spec.fields[i].transform.kind == iceberg::TransformKind::kVoid) continue;
        const auto [at, is_new] = places_.emplace(fields[i].id, fields_.size());
        if (is_new) {
          fields_.push_back(fields[i]);
        } else {
          fields_[at->second].name = fields[i].name;
        }
      }
    }
  }

  bool empty() const { return fields_.empty(); }
  Type type() const { return Type::Struct(fields_); }

  /// JSON of the struct: one value a field.
  std::string Text(const iceberg::PartitionSpec& spec,
                   const iceberg::PartitionTuple& partition) const {
    json::array values(fields_.size(), nullptr);
    for (std::size_t i = 0; i < partition.size() && i < spec.fields.size(); ++i) {
      const auto place = places_.find(spec.fields[i].field_id);
      if (place == places_.end() || !partition[i]) continue;
      values[place->second] = iceberg::ToJson(*partition[i]);
    }
    return PrintJson(values);
  }

 private:
  std::map<std::int32_t, std::size_t> places_;
  std::vector<iceberg::NestedField> fields_;
};

struct PartitionCounts {
  std::int64_t rows = 0;
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::int64_t position_rows = 0;
  std::int64_t position_files = 0;
  std::int64_t equality_rows = 0;
  std::int64_t equality_files = 0;
  std::int64_t updated_ms = 0;

  void Add(const iceberg::DataFile& file, std::int64_t committed_ms) {
    switch (file.content) {
      case iceberg::FileContent::kData:
        rows += file.record_count;
        bytes += file.file_size_bytes;
        ++files;
        break;
      case iceberg::FileContent::kPositionDeletes:
        position_rows += file.record_count;
        ++position_files;
        break;
      case iceberg::FileContent::kEqualityDeletes:
        equality_rows += file.record_count;
        ++equality_files;
        break;
    }
    updated_ms = std::max(updated_ms, committed_ms);
  }
};

Result<duck::MemoryTable> PartitionsTable(const Context& context, objects::ObjectStore& store,
                                          const iceberg::TableMetadata& metadata,
                                          const iceberg::Snapshot* snapshot) {
  const UnifiedPartition unified(metadata);
  Columns columns;
  if (!unified.empty()) {
    columns.Add("partition_value", unified.type()).Add("spec_id", rows::TypeKind::kInt);
  }
  for (const char* name : {"record_count", "file_count", "total_data_file_size_in_bytes",
                           "position_delete_record_count", "position_delete_file_count",
                           "equality_delete_record_count", "equality_delete_file_count"}) {
    columns.Add(name, rows::TypeKind::kBigInt);
  }
  duck::MemoryTable table = columns.Add("last_updated_at", rows::TypeKind::kDateTime).Take();
  if (snapshot == nullptr) return table;
  std::map<std::pair<std::int32_t, std::string>, PartitionCounts> partitions;
  FIRN_TRY(iceberg::ListFiles(
      context, store, metadata, *snapshot, [&](const iceberg::ManifestEntry& entry) -> Status {
        const iceberg::DataFile& file = entry.data_file;
        const iceberg::Snapshot* by =
            entry.snapshot_id ? metadata.FindSnapshot(*entry.snapshot_id) : nullptr;
        const std::string value = unified.Text(*metadata.FindSpec(file.spec_id), file.partition);
        partitions[{file.spec_id, value}].Add(file, by == nullptr ? 0 : by->timestamp_ms);
        return Ok();
      }));
  for (const auto& [key, counts] : partitions) {
    FIRN_TRY(CheckRowCount(table));
    Row row;
    if (!unified.empty()) row = {key.second, std::to_string(key.first)};
    for (const std::int64_t count :
         {counts.rows, counts.files, counts.bytes, counts.position_rows, counts.position_files,
          counts.equality_rows, counts.equality_files}) {
      row.push_back(std::to_string(count));
    }
    // The snapshot that wrote it may have been expired.
    row.push_back(counts.updated_ms == 0 ? std::optional<std::string>()
                                         : DateTimeText(counts.updated_ms));
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

bool IsFileTable(std::string_view kind) {
  return kind == "files" || kind == "manifests" || kind == "partitions";
}

Result<duck::MemoryTable> FileTable(const Context& context, objects::ObjectStore& store,
                                    const iceberg::TableMetadata& metadata,
                                    const iceberg::Snapshot* snapshot, std::string_view kind) {
  FIRN_CHECK(IsFileTable(kind));
  if (kind == "files") return FilesTable(context, store, metadata, snapshot);
  if (kind == "manifests") return ManifestsTable(context, store, metadata, snapshot);
  return PartitionsTable(context, store, metadata, snapshot);
}

}  // namespace firn::session
