#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "lake/iceberg/avro_internal.h"
#include "lake/iceberg/manifest.h"

namespace firn::iceberg {
namespace {

// What v1 says a data file's block size is when nobody knows (spec: "do not write in v2").
constexpr std::int64_t kBlockSizeBytesV1 = 64LL << 20;

Unexpected InvalidManifest(std::string message) {
  return InvalidArgument("InvalidManifest", std::move(message));
}

json::object Field(std::string_view name, json::value type, std::int32_t field_id) {
  json::object field;
  field["name"] = name;
  field["type"] = std::move(type);
  field["field-id"] = field_id;
  return field;
}

json::object OptionalField(std::string_view name, json::value type, std::int32_t field_id) {
  json::object field;
  field["name"] = name;
  field["type"] = json::array{"null", std::move(type)};
  field["default"] = nullptr;
  field["field-id"] = field_id;
  return field;
}

json::object Record(std::string_view name, json::array fields) {
  json::object record;
  record["type"] = "record";
  record["name"] = name;
  record["fields"] = std::move(fields);
  return record;
}

/// An int-keyed map: an array of records, as the spec maps it to Avro.
json::object MapType(std::int32_t key_id, std::int32_t value_id, std::string_view value_type) {
  json::object map;
  map["type"] = "array";
  map["items"] = Record(
      fmt::format("k{}_v{}", key_id, value_id),
      json::array{Field("key", "int", key_id), Field("value", json::value(value_type), value_id)});
  map["logicalType"] = "map";
  return map;
}

json::object ListType(std::string_view element_type, std::int32_t element_id) {
  json::object list;
  list["type"] = "array";
  list["items"] = element_type;
  list["element-id"] = element_id;
  return list;
}

json::object Logical(std::string_view type, std::string_view logical_type) {
  json::object object;
  object["type"] = type;
  object["logicalType"] = logical_type;
  return object;
}

json::object TimestampType(std::string_view logical_type, bool with_zone) {
  json::object object = Logical("long", logical_type);
  object["adjust-to-utc"] = with_zone;
  return object;
}

int DecimalBytesNeeded(int precision) {
  int bytes = 1;
  // Unsigned: 16 bytes reach to 2^127, one more than Int128 does.
  UInt128 bound = 128;
  UInt128 power = 1;
  for (int i = 0; i < precision; ++i) power *= 10;
  while (bound < power && bytes < 16) {
    bound *= 256;
    ++bytes;
  }
  return bytes;
}

/// Partition values as Avro types. Avro defines a named type once, so a second use is by name
/// alone.
class PartitionTypes {
 public:
  json::value Of(const Type& type) {
    switch (type.kind) {
      case TypeKind::kBoolean:
        return "boolean";
      case TypeKind::kInt:
        return "int";
      case TypeKind::kLong:
        return "long";
      case TypeKind::kFloat:
        return "float";
      case TypeKind::kDouble:
        return "double";
      case TypeKind::kDate:
        return Logical("int", "date");
      case TypeKind::kTime:
        return Logical("long", "time-micros");
      case TypeKind::kTimestamp:
        return TimestampType("timestamp-micros", false);
      case TypeKind::kTimestampTz:
        return TimestampType("timestamp-micros", true);
      case TypeKind::kTimestampNs:
        return TimestampType("timestamp-nanos", false);
      case TypeKind::kTimestampTzNs:
        return TimestampType("timestamp-nanos", true);
      case TypeKind::kDecimal: {
        json::object object = Fixed(fmt::format("decimal_{}_{}", type.precision, type.scale),
                                    DecimalBytesNeeded(type.precision));
        object["logicalType"] = "decimal";
        object["precision"] = type.precision;
        object["scale"] = type.scale;
        return Once(std::move(object));
      }
      case TypeKind::kUuid: {
        json::object object = Fixed("uuid_fixed", 16);
        object["logicalType"] = "uuid";
        return Once(std::move(object));
      }
      case TypeKind::kFixed:
        return Once(Fixed(fmt::format("fixed_{}", type.length_bytes), type.length_bytes));
      case TypeKind::kBinary:
        return "bytes";
      default:
        return "string";
    }
  }

 private:
  static json::object Fixed(std::string name, std::int64_t size) {
    json::object object;
    object["type"] = "fixed";
    object["name"] = std::move(name);
    object["size"] = size;
    return object;
  }

  json::value Once(json::object object) {
    std::string name(object["name"].get_string());
    if (!defined_.insert(name).second) return json::value(name);
    return object;
  }

  std::set<std::string> defined_;
};

json::object PartitionSchema(std::span<const NestedField> partition_fields) {
  PartitionTypes types;
  json::array fields;
  for (const NestedField& partition : partition_fields) {
    const std::string name = AvroName(partition.name);
    json::object field = OptionalField(name, types.Of(partition.type), partition.id);
    if (name != partition.name) field["iceberg-field-name"] = partition.name;
    fields.push_back(std::move(field));
  }
  return Record("r102", std::move(fields));
}

json::object DataFileSchema(std::int32_t version, std::span<const NestedField> partition_fields) {
  json::array fields;
  if (version > 1) fields.push_back(Field("content", "int", 134));
  fields.push_back(Field("file_path", "string", 100));
  fields.push_back(Field("file_format", "string", 101));
  fields.push_back(Field("partition", PartitionSchema(partition_fields), 102));
  fields.push_back(Field("record_count", "long", 103));
  fields.push_back(Field("file_size_in_bytes", "long", 104));
  if (version == 1) fields.push_back(Field("block_size_in_bytes", "long", 105));
  fields.push_back(OptionalField("column_sizes", MapType(117, 118, "long"), 108));
  fields.push_back(OptionalField("value_counts", MapType(119, 120, "long"), 109));
  fields.push_back(OptionalField("null_value_counts", MapType(121, 122, "long"), 110));
  fields.push_back(OptionalField("nan_value_counts", MapType(138, 139, "long"), 137));
  fields.push_back(OptionalField("lower_bounds", MapType(126, 127, "bytes"), 125));
  fields.push_back(OptionalField("upper_bounds", MapType(129, 130, "bytes"), 128));
  fields.push_back(OptionalField("key_metadata", "bytes", 131));
  fields.push_back(OptionalField("split_offsets", ListType("long", 133), 132));
  if (version > 1) fields.push_back(OptionalField("equality_ids", ListType("int", 136), 135));
  fields.push_back(OptionalField("sort_order_id", "int", 140));
  if (version >= 3) fields.push_back(OptionalField("first_row_id", "long", 142));
  if (version >= 2) fields.push_back(OptionalField("referenced_data_file", "string", 143));
  if (version >= 3) {
    fields.push_back(OptionalField("content_offset", "long", 144));
    fields.push_back(OptionalField("content_size_in_bytes", "long", 145));
  }
  return Record("r2", std::move(fields));
}

json::object EntrySchema(std::int32_t version, std::span<const NestedField> partition_fields) {
  json::array fields;
  fields.push_back(Field("status", "int", 0));
  if (version == 1) {
    fields.push_back(Field("snapshot_id", "long", 1));
  } else {
    fields.push_back(OptionalField("snapshot_id", "long", 1));
    fields.push_back(OptionalField("sequence_number", "long", 3));
    fields.push_back(OptionalField("file_sequence_number", "long", 4));
  }
  fields.push_back(Field("data_file", DataFileSchema(version, partition_fields), 2));
  return Record("manifest_entry", std::move(fields));
}

void WriteOptional(AvroFileWriter& writer, const std::optional<std::int64_t>& value) {
  writer.WriteBranch(value.has_value());
  if (value) writer.WriteVarint(*value);
}

void WriteOptional(AvroFileWriter& writer, const std::optional<std::int32_t>& value) {
  writer.WriteBranch(value.has_value());
  if (value) writer.WriteVarint(*value);
}

void WriteOptional(AvroFileWriter& writer, const std::optional<std::string>& value) {
  writer.WriteBranch(value.has_value());
  if (value) writer.WriteBytes(*value);
}

void WriteValue(AvroFileWriter& writer, std::int64_t value) { writer.WriteVarint(value); }
void WriteValue(AvroFileWriter& writer, const std::string& value) { writer.WriteBytes(value); }

/// Null when empty.
template <typename Value>
void WriteIdMap(AvroFileWriter& writer, const std::map<std::int32_t, Value>& map) {
  writer.WriteBranch(!map.empty());
  if (map.empty()) return;
  writer.WriteVarint(static_cast<std::int64_t>(map.size()));
  for (const auto& [key, value] : map) {
    writer.WriteVarint(key);
    WriteValue(writer, value);
  }
  writer.WriteVarint(0);
}

/// Null when empty.
template <typename Item>
void WriteList(AvroFileWriter& writer, const std::vector<Item>& items) {
  writer.WriteBranch(!items.empty());
  if (items.empty()) return;
  writer.WriteVarint(static_cast<std::int64_t>(items.size()));
  for (const Item item : items) writer.WriteVarint(item);
  writer.WriteVarint(0);
}

void WritePartitionValue(AvroFileWriter& writer, const Literal& value) {
  switch (value.type.kind) {
    case TypeKind::kBoolean:
      return writer.WriteBoolean(std::get<bool>(value.value));
    case TypeKind::kInt:
    case TypeKind::kDate:
      return writer.WriteVarint(std::get<std::int32_t>(value.value));
    case TypeKind::kFloat:
      return writer.WriteFloat(std::get<float>(value.value));
    case TypeKind::kDouble:
      return writer.WriteDouble(std::get<double>(value.value));
    case TypeKind::kDecimal: {
      const auto unscaled = std::get<Int128>(value.value);
      std::string bytes;
      for (int i = DecimalBytesNeeded(value.type.precision) - 1; i >= 0; --i) {
        bytes += static_cast<char>(static_cast<unsigned char>(unscaled >> (8 * i)));
      }
      return writer.WriteFixed(bytes);
    }
    case TypeKind::kUuid:
    case TypeKind::kFixed:
      return writer.WriteFixed(std::get<std::string>(value.value));
    case TypeKind::kString:
    case TypeKind::kBinary:
      return writer.WriteBytes(std::get<std::string>(value.value));
    default:
      return writer.WriteVarint(std::get<std::int64_t>(value.value));
  }
}

/// The partition as the manifest's types want it. Errors: kInvalidArgument/InvalidManifest.
Result<PartitionTuple> TypedPartition(const DataFile& file,
                                      std::span<const NestedField> partition_fields) {
  if (file.partition.size() != partition_fields.size()) {
    return InvalidManifest(
        fmt::format("file {} has {} partition values where the spec has {} fields", file.file_path,
                    file.partition.size(), partition_fields.size()));
  }
  PartitionTuple typed;
  for (std::size_t i = 0; i < partition_fields.size(); ++i) {
    const auto& value = file.partition[i];
    if (!value) {
      typed.emplace_back();
      continue;
    }
    Type type = partition_fields[i].type;
    auto cast = CastLiteral(*value, type);
    // A day may come as a plain number.
    if (!cast && type.kind == TypeKind::kDate && value->type.kind == TypeKind::kInt) {
      cast = Literal{type, value->value};
    }
    if (!cast) {
      return InvalidManifest(fmt::format("partition value {} of file {} is no {}",
                                         value->ToString(), file.file_path, type.ToString()));
    }
    typed.push_back(std::move(cast));
  }
  return typed;
}

void WriteDataFile(AvroFileWriter& writer, std::int32_t version, const DataFile& file,
                   const PartitionTuple& partition) {
  if (version > 1) writer.WriteVarint(static_cast<std::int64_t>(file.content));
  writer.WriteBytes(file.file_path);
  writer.WriteBytes(file.file_format);
  for (const auto& value : partition) {
    writer.WriteBranch(value.has_value());
    if (value) WritePartitionValue(writer, *value);
  }
  writer.WriteVarint(file.record_count);
  writer.WriteVarint(file.file_size_bytes);
  if (version == 1) writer.WriteVarint(kBlockSizeBytesV1);
  WriteIdMap(writer, file.column_sizes);
  WriteIdMap(writer, file.value_counts);
  WriteIdMap(writer, file.null_value_counts);
  WriteIdMap(writer, file.nan_value_counts);
  WriteIdMap(writer, file.lower_bounds);
  WriteIdMap(writer, file.upper_bounds);
  WriteOptional(writer, file.key_metadata);
  WriteList(writer, file.split_offsets);
  if (version > 1) WriteList(writer, file.equality_ids);
  WriteOptional(writer, file.sort_order_id);
  if (version >= 3) WriteOptional(writer, file.first_row_id);
  if (version >= 2) WriteOptional(writer, file.referenced_data_file);
  if (version >= 3) {
    WriteOptional(writer, file.content_offset_bytes);
    WriteOptional(writer, file.content_size_bytes);
  }
}

/// One partition field over many files.
class SummaryBuilder {
 public:
  void Add(const std::optional<Literal>& value) {
    if (!value) {
      contains_null_ = true;
    } else if (value->is_nan()) {
      contains_nan_ = true;
    } else {
      if (!lower_ || Compare(*value, *lower_) == std::strong_ordering::less) lower_ = value;
      if (!upper_ || Compare(*value, *upper_) == std::strong_ordering::greater) upper_ = value;
    }
  }

  FieldSummary Finish() const {
    FieldSummary summary;
    summary.contains_null = contains_null_;
    summary.contains_nan = contains_nan_;
    if (lower_) summary.lower_bound = ToBinary(*lower_);
    if (upper_) summary.upper_bound = ToBinary(*upper_);
    return summary;
  }

 private:
  bool contains_null_ = false;
  bool contains_nan_ = false;
  std::optional<Literal> lower_;
  std::optional<Literal> upper_;
};

json::object SummaryListType() {
  json::object list;
  list["type"] = "array";
  list["items"] = Record("r508", json::array{Field("contains_null", "boolean", 509),
                                             OptionalField("contains_nan", "boolean", 518),
                                             OptionalField("lower_bound", "bytes", 510),
                                             OptionalField("upper_bound", "bytes", 511)});
  list["element-id"] = 508;
  return list;
}

json::object ListSchema(std::int32_t version) {
  json::array fields;
  fields.push_back(Field("manifest_path", "string", 500));
  fields.push_back(Field("manifest_length", "long", 501));
  fields.push_back(Field("partition_spec_id", "int", 502));
  if (version > 1) {
    fields.push_back(Field("content", "int", 517));
    fields.push_back(Field("sequence_number", "long", 515));
    fields.push_back(Field("min_sequence_number", "long", 516));
  }
  fields.push_back(Field("added_snapshot_id", "long", 503));
  const auto count = [&](std::string_view name, std::string_view type, std::int32_t id) {
    json::value named(type);
    fields.push_back(version > 1 ? Field(name, std::move(named), id)
                                 : OptionalField(name, std::move(named), id));
  };
  count("added_files_count", "int", 504);
  count("existing_files_count", "int", 505);
  count("deleted_files_count", "int", 506);
  count("added_rows_count", "long", 512);
  count("existing_rows_count", "long", 513);
  count("deleted_rows_count", "long", 514);
  fields.push_back(OptionalField("partitions", SummaryListType(), 507));
  fields.push_back(OptionalField("key_metadata", "bytes", 519));
  if (version >= 3) fields.push_back(OptionalField("first_row_id", "long", 520));
  return Record("manifest_file", std::move(fields));
}

void WriteSummaries(AvroFileWriter& writer,
                    const std::optional<std::vector<FieldSummary>>& summaries) {
  writer.WriteBranch(summaries.has_value());
  if (!summaries) return;
  if (!summaries->empty()) {
    writer.WriteVarint(static_cast<std::int64_t>(summaries->size()));
    for (const FieldSummary& summary : *summaries) {
      writer.WriteBoolean(summary.contains_null);
      writer.WriteBranch(summary.contains_nan.has_value());
      if (summary.contains_nan) writer.WriteBoolean(*summary.contains_nan);
      WriteOptional(writer, summary.lower_bound);
      WriteOptional(writer, summary.upper_bound);
    }
  }
  writer.WriteVarint(0);
}

void WriteListRecord(AvroFileWriter& writer, std::int32_t version, const ManifestFile& manifest) {
  writer.WriteBytes(manifest.path);
  writer.WriteVarint(manifest.length_bytes);
  writer.WriteVarint(manifest.spec_id);
  if (version > 1) {
    writer.WriteVarint(static_cast<std::int64_t>(manifest.content));
    writer.WriteVarint(manifest.sequence_number);
    writer.WriteVarint(manifest.min_sequence_number);
  }
  writer.WriteVarint(manifest.added_snapshot_id);
  const auto count = [&](const auto& value) {
    if (version > 1)
      writer.WriteVarint(value.value_or(0));
    else
      WriteOptional(writer, value);
  };
  count(manifest.added_files_count);
  count(manifest.existing_files_count);
  count(manifest.deleted_files_count);
  count(manifest.added_rows_count);
  count(manifest.existing_rows_count);
  count(manifest.deleted_rows_count);
  WriteSummaries(writer, manifest.partitions);
  WriteOptional(writer, manifest.key_metadata);
  if (version >= 3) WriteOptional(writer, manifest.first_row_id);
  writer.EndRecord();
}

}  // namespace

Result<std::string> WriteManifest(const ManifestWriteOptions& options,
                                  std::span<const ManifestEntry> entries) {
  const std::int32_t version = options.format_version;
  if (version < 1 || version > 3)
    return InvalidManifest(fmt::format("no manifest format v{}", version));
  if (version == 1 && options.content == ManifestContent::kDeletes) {
    return InvalidManifest("v1 has no delete files");
  }
  const std::vector<NestedField> partition_fields = PartitionFields(*options.spec, *options.schema);
  json::value spec = ToJson(*options.spec);
  std::map<std::string, std::string> metadata;
  metadata["schema"] = PrintJson(ToJson(*options.schema));
  metadata["schema-id"] = std::to_string(options.schema->schema_id);
  metadata["partition-spec"] = PrintJson(spec.get_object()["fields"]);
  metadata["partition-spec-id"] = std::to_string(options.spec->spec_id);
  metadata["format-version"] = std::to_string(version);
  metadata["content"] = options.content == ManifestContent::kData ? "data" : "deletes";

  AvroFileWriter writer(EntrySchema(version, partition_fields), std::move(metadata));
  for (const ManifestEntry& entry : entries) {
    const bool is_data = entry.data_file.content == FileContent::kData;
    if (is_data != (options.content == ManifestContent::kData)) {
      return InvalidManifest(
          fmt::format("file {} belongs in the other kind of manifest", entry.data_file.file_path));
    }
    if (version == 1 && !entry.snapshot_id) {
      return InvalidManifest("v1 entries need their snapshot id");
    }
    FIRN_ASSIGN_OR_RETURN(const PartitionTuple partition,
                          TypedPartition(entry.data_file, partition_fields));
    writer.WriteVarint(static_cast<std::int64_t>(entry.status));
    if (version == 1) {
      writer.WriteVarint(*entry.snapshot_id);
    } else {
      WriteOptional(writer, entry.snapshot_id);
      WriteOptional(writer, entry.sequence_number);
      WriteOptional(writer, entry.file_sequence_number);
    }
    WriteDataFile(writer, version, entry.data_file, partition);
    writer.EndRecord();
  }
  return std::move(writer).Finish();
}

Result<ManifestFile> SummarizeManifest(const ManifestWriteOptions& options,
                                       std::span<const ManifestEntry> entries) {
  const std::vector<NestedField> partition_fields = PartitionFields(*options.spec, *options.schema);
  std::vector<SummaryBuilder> summaries(partition_fields.size());
  ManifestFile manifest;
  manifest.spec_id = options.spec->spec_id;
  manifest.content = options.content;
  std::int32_t files[3] = {0, 0, 0};
  std::int64_t rows[3] = {0, 0, 0};
  std::optional<std::int64_t> least;
  for (const ManifestEntry& entry : entries) {
    const auto status = static_cast<std::size_t>(entry.status);
    ++files[status];
    rows[status] += entry.data_file.record_count;
    if (entry.status != EntryStatus::kDeleted && entry.sequence_number) {
      least = std::min(least.value_or(*entry.sequence_number), *entry.sequence_number);
    }
    FIRN_ASSIGN_OR_RETURN(const PartitionTuple partition,
                          TypedPartition(entry.data_file, partition_fields));
    for (std::size_t i = 0; i < partition.size(); ++i) summaries[i].Add(partition[i]);
  }
  manifest.existing_files_count = files[0];
  manifest.added_files_count = files[1];
  manifest.deleted_files_count = files[2];
  manifest.existing_rows_count = rows[0];
  manifest.added_rows_count = rows[1];
  manifest.deleted_rows_count = rows[2];
  manifest.min_sequence_number = least.value_or(0);
  std::vector<FieldSummary> finished;
  for (const SummaryBuilder& summary : summaries) finished.push_back(summary.Finish());
  manifest.partitions = std::move(finished);
  return manifest;
}

Result<std::string> WriteManifestList(const ManifestListWriteOptions& options,
                                      std::span<const ManifestFile> manifests) {
  const std::int32_t version = options.format_version;
  if (version < 1 || version > 3)
    return InvalidManifest(fmt::format("no manifest list format v{}", version));
  std::map<std::string, std::string> metadata;
  metadata["snapshot-id"] = std::to_string(options.snapshot_id);
  metadata["parent-snapshot-id"] =
      options.parent_snapshot_id ? std::to_string(*options.parent_snapshot_id) : "null";
  if (version > 1) metadata["sequence-number"] = std::to_string(options.sequence_number);
  if (version > 2 && options.first_row_id) {
    metadata["first-row-id"] = std::to_string(*options.first_row_id);
  }
  metadata["format-version"] = std::to_string(version);
  AvroFileWriter writer(ListSchema(version), std::move(metadata));
  for (const ManifestFile& manifest : manifests) {
    if (version == 1 && manifest.content == ManifestContent::kDeletes) {
      return InvalidManifest("v1 has no delete manifests");
    }
    if (manifest.path.empty() || manifest.length_bytes < 0) {
      return InvalidManifest("a manifest needs a path and a length");
    }
    WriteListRecord(writer, version, manifest);
  }
  return std::move(writer).Finish();
}

}  // namespace firn::iceberg
