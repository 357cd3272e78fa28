#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "lake/iceberg/limits.h"
#include "lake/iceberg/members_internal.h"
#include "lake/iceberg/metadata_rules_internal.h"
#include "lake/iceberg/table_metadata.h"

namespace firn::iceberg {
namespace {

Result<json::array> FindArrayCopy(const json::object& object, std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const json::array* items, FindArray(object, name));
  return items == nullptr ? json::array() : *items;
}

Status ParseSchemas(const json::object& object, TableMetadata& metadata) {
  FIRN_ASSIGN_OR_RETURN(const json::array* schemas, FindArray(object, "schemas"));
  if (schemas != nullptr) {
    for (const json::value& item : *schemas) {
      FIRN_ASSIGN_OR_RETURN(Schema schema, ParseSchema(item));
      metadata.schemas.push_back(std::move(schema));
    }
    FIRN_ASSIGN_OR_RETURN(metadata.current_schema_id, GetInt32(object, "current-schema-id"));
    return Ok();
  }
  if (metadata.format_version > 1) {
    return InvalidArgument("MissingMember", "member 'schemas' is missing");
  }
  FIRN_ASSIGN_OR_RETURN(const json::object* single, GetObject(object, "schema"));
  FIRN_ASSIGN_OR_RETURN(Schema schema, ParseSchema(*single));
  metadata.current_schema_id = schema.schema_id;
  metadata.schemas.push_back(std::move(schema));
  return Ok();
}

Status ParseSpecs(const json::object& object, TableMetadata& metadata) {
  FIRN_ASSIGN_OR_RETURN(const json::array* specs, FindArray(object, "partition-specs"));
  if (specs != nullptr) {
    for (const json::value& item : *specs) {
      FIRN_ASSIGN_OR_RETURN(PartitionSpec spec, ParsePartitionSpec(item));
      metadata.partition_specs.push_back(std::move(spec));
    }
    FIRN_ASSIGN_OR_RETURN(metadata.default_spec_id, GetInt32(object, "default-spec-id"));
  } else if (metadata.format_version > 1) {
    return InvalidArgument("MissingMember", "member 'partition-specs' is missing");
  } else {
    FIRN_ASSIGN_OR_RETURN(const json::array* fields, FindArray(object, "partition-spec"));
    FIRN_ASSIGN_OR_RETURN(PartitionSpec spec,
                          ParsePartitionFields(fields != nullptr ? *fields : json::array(), 0));
    metadata.partition_specs.push_back(std::move(spec));
    metadata.default_spec_id = 0;
  }
  std::int32_t highest = kPartitionFieldIdFirst - 1;
  for (const PartitionSpec& spec : metadata.partition_specs) {
    highest = std::max(highest, spec.HighestFieldId());
  }
  FIRN_ASSIGN_OR_RETURN(const auto last, FindInt32(object, "last-partition-id"));
  if (!last && metadata.format_version > 1) {
    return InvalidArgument("MissingMember", "member 'last-partition-id' is missing");
  }
  metadata.last_partition_id = last.value_or(highest);
  return Ok();
}

Status ParseSortOrders(const json::object& object, TableMetadata& metadata) {
  FIRN_ASSIGN_OR_RETURN(const json::array* orders, FindArray(object, "sort-orders"));
  if (orders != nullptr) {
    for (const json::value& item : *orders) {
      FIRN_ASSIGN_OR_RETURN(SortOrder order, ParseSortOrder(item));
      metadata.sort_orders.push_back(std::move(order));
    }
    FIRN_ASSIGN_OR_RETURN(metadata.default_sort_order_id,
                          GetInt32(object, "default-sort-order-id"));
    return Ok();
  }
  if (metadata.format_version > 1) {
    return InvalidArgument("MissingMember", "member 'sort-orders' is missing");
  }
  metadata.sort_orders.emplace_back();
  metadata.default_sort_order_id = 0;
  return Ok();
}

Status ParseSnapshots(const json::object& object, TableMetadata& metadata) {
  FIRN_ASSIGN_OR_RETURN(const json::array* snapshots, FindArray(object, "snapshots"));
  if (snapshots != nullptr) {
    for (const json::value& item : *snapshots) {
      FIRN_ASSIGN_OR_RETURN(Snapshot snapshot, ParseSnapshot(item));
      metadata.snapshots.push_back(std::move(snapshot));
    }
  }
  FIRN_ASSIGN_OR_RETURN(const auto current, FindInt64(object, "current-snapshot-id"));
  if (current && *current != -1) metadata.current_snapshot_id = current;
  FIRN_ASSIGN_OR_RETURN(const json::object* refs, FindObject(object, "refs"));
  if (refs != nullptr) {
    for (const auto& [name, value] : *refs) {
      FIRN_ASSIGN_OR_RETURN_NOTE(SnapshotRef ref, ParseSnapshotRef(value),
                                 fmt::format("reading ref '{}'", std::string_view(name)));
      metadata.refs[std::string(name)] = ref;
    }
  }
  if (metadata.current_snapshot_id) {
    metadata.refs.try_emplace(std::string(kMainBranch),
                              SnapshotRef{.snapshot_id = *metadata.current_snapshot_id});
  }
  return Ok();
}

Status ParseLogs(const json::object& object, TableMetadata& metadata) {
  FIRN_ASSIGN_OR_RETURN(const json::array* snapshot_log, FindArray(object, "snapshot-log"));
  if (snapshot_log != nullptr) {
    for (const json::value& item : *snapshot_log) {
      FIRN_ASSIGN_OR_RETURN(const json::object* entry, AsObject(item, "snapshot-log"));
      FIRN_ASSIGN_OR_RETURN(const std::int64_t at, GetInt64(*entry, "timestamp-ms"));
      FIRN_ASSIGN_OR_RETURN(const std::int64_t snapshot_id, GetInt64(*entry, "snapshot-id"));
      metadata.snapshot_log.push_back({at, snapshot_id});
    }
  }
  FIRN_ASSIGN_OR_RETURN(const json::array* metadata_log, FindArray(object, "metadata-log"));
  if (metadata_log != nullptr) {
    for (const json::value& item : *metadata_log) {
      FIRN_ASSIGN_OR_RETURN(const json::object* entry, AsObject(item, "metadata-log"));
      FIRN_ASSIGN_OR_RETURN(const std::int64_t at, GetInt64(*entry, "timestamp-ms"));
      FIRN_ASSIGN_OR_RETURN(std::string file, GetString(*entry, "metadata-file"));
      metadata.metadata_log.push_back({at, std::move(file)});
    }
  }
  return Ok();
}

template <typename T>
json::array ArrayOf(const std::vector<T>& items) {
  json::array array;
  array.reserve(items.size());
  for (const T& item : items) array.push_back(ToJson(item));
  return array;
}

json::array LogsToJson(const std::vector<SnapshotLogEntry>& log) {
  json::array array;
  for (const SnapshotLogEntry& entry : log) {
    array.push_back(
        json::object{{"timestamp-ms", entry.timestamp_ms}, {"snapshot-id", entry.snapshot_id}});
  }
  return array;
}

json::array LogsToJson(const std::vector<MetadataLogEntry>& log) {
  json::array array;
  for (const MetadataLogEntry& entry : log) {
    array.push_back(
        json::object{{"timestamp-ms", entry.timestamp_ms}, {"metadata-file", entry.metadata_file}});
  }
  return array;
}

/// Ends a zlib stream when it goes out of scope.
struct InflateStream {
  z_stream stream{};
  bool open = false;
  ~InflateStream() {
    if (open) inflateEnd(&stream);
  }
};

Result<std::string> Gunzip(std::string_view bytes) {
  InflateStream inflating;
  z_stream& stream = inflating.stream;
  if (bytes.size() > UINT32_MAX || inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) {
    return DataCorruption("InvalidGzip", "the metadata file cannot be inflated");
  }
  inflating.open = true;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  constexpr std::size_t kStepBytes = 256 * 1024;
  while (true) {
    const std::size_t before = text.size();
    if (before + kStepBytes > kMetadataBytesMax) {
      return ResourceExhausted(
          "MetadataTooLarge",
          fmt::format("the metadata file inflates to more than {} bytes", kMetadataBytesMax));
    }
    text.resize(before + kStepBytes);
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + before);
    stream.avail_out = static_cast<uInt>(kStepBytes);
    const int answer = inflate(&stream, Z_NO_FLUSH);
    text.resize(before + kStepBytes - stream.avail_out);
    if (answer == Z_STREAM_END) {
      // Gzip members may follow one another.
      if (stream.avail_in == 0) return text;
      if (inflateReset(&stream) != Z_OK) break;
      continue;
    }
    if (answer != Z_OK || (stream.avail_in == 0 && stream.avail_out != 0)) break;
  }
  return DataCorruption("InvalidGzip", "the metadata file's gzip stream is broken or cut off");
}

std::string Gzip(std::string_view text) {
  z_stream stream{};
  FIRN_CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8,
                          Z_DEFAULT_STRATEGY) == Z_OK);
  std::string bytes(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  FIRN_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

}  // namespace

Result<Snapshot> ParseSnapshot(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "snapshot"));
  Snapshot snapshot;
  FIRN_ASSIGN_OR_RETURN(snapshot.snapshot_id, GetInt64(*object, "snapshot-id"));
  FIRN_ASSIGN_OR_RETURN(snapshot.parent_snapshot_id, FindInt64(*object, "parent-snapshot-id"));
  // DuckDB words "no parent" as -1.
  if (snapshot.parent_snapshot_id == -1) snapshot.parent_snapshot_id.reset();
  FIRN_ASSIGN_OR_RETURN(const auto sequence_number, FindInt64(*object, "sequence-number"));
  snapshot.sequence_number = sequence_number.value_or(0);
  FIRN_ASSIGN_OR_RETURN(snapshot.timestamp_ms, GetInt64(*object, "timestamp-ms"));
  FIRN_ASSIGN_OR_RETURN(const auto manifest_list, FindString(*object, "manifest-list"));
  snapshot.manifest_list = manifest_list.value_or("");
  FIRN_ASSIGN_OR_RETURN(snapshot.manifests, FindStringArray(*object, "manifests"));
  if (snapshot.manifest_list.empty() && FindMember(*object, "manifests") == nullptr) {
    return InvalidArgument("MissingMember", "a snapshot has no 'manifest-list'");
  }
  FIRN_ASSIGN_OR_RETURN(snapshot.summary, FindStringMap(*object, "summary"));
  FIRN_ASSIGN_OR_RETURN(snapshot.schema_id, FindInt32(*object, "schema-id"));
  FIRN_ASSIGN_OR_RETURN(snapshot.first_row_id, FindInt64(*object, "first-row-id"));
  FIRN_ASSIGN_OR_RETURN(snapshot.added_rows, FindInt64(*object, "added-rows"));
  FIRN_ASSIGN_OR_RETURN(snapshot.key_id, FindString(*object, "key-id"));
  return snapshot;
}

json::value ToJson(const Snapshot& snapshot) {
  json::object object;
  if (snapshot.sequence_number > 0) object["sequence-number"] = snapshot.sequence_number;
  object["snapshot-id"] = snapshot.snapshot_id;
  if (snapshot.parent_snapshot_id) object["parent-snapshot-id"] = *snapshot.parent_snapshot_id;
  object["timestamp-ms"] = snapshot.timestamp_ms;
  if (!snapshot.summary.empty()) object["summary"] = StringMapToJson(snapshot.summary);
  if (!snapshot.manifest_list.empty()) {
    object["manifest-list"] = snapshot.manifest_list;
  } else {
    json::array manifests;
    for (const std::string& manifest : snapshot.manifests) manifests.emplace_back(manifest);
    object["manifests"] = std::move(manifests);
  }
  if (snapshot.schema_id) object["schema-id"] = *snapshot.schema_id;
  if (snapshot.first_row_id) object["first-row-id"] = *snapshot.first_row_id;
  if (snapshot.added_rows) object["added-rows"] = *snapshot.added_rows;
  if (snapshot.key_id) object["key-id"] = *snapshot.key_id;
  return object;
}

Result<SnapshotRef> ParseSnapshotRef(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "ref"));
  SnapshotRef ref;
  FIRN_ASSIGN_OR_RETURN(ref.snapshot_id, GetInt64(*object, "snapshot-id"));
  FIRN_ASSIGN_OR_RETURN(const std::string type, GetString(*object, "type"));
  if (type != "branch" && type != "tag") {
    return InvalidArgument("WrongMemberType",
                           fmt::format("member 'type' must be branch or tag, found '{}'", type));
  }
  ref.is_tag = type == "tag";
  FIRN_ASSIGN_OR_RETURN(ref.min_snapshots_to_keep, FindInt32(*object, "min-snapshots-to-keep"));
  FIRN_ASSIGN_OR_RETURN(ref.max_snapshot_age_ms, FindInt64(*object, "max-snapshot-age-ms"));
  FIRN_ASSIGN_OR_RETURN(ref.max_ref_age_ms, FindInt64(*object, "max-ref-age-ms"));
  return ref;
}

json::value ToJson(const SnapshotRef& ref) {
  json::object object;
  object["snapshot-id"] = ref.snapshot_id;
  object["type"] = ref.is_tag ? "tag" : "branch";
  if (ref.min_snapshots_to_keep) object["min-snapshots-to-keep"] = *ref.min_snapshots_to_keep;
  if (ref.max_snapshot_age_ms) object["max-snapshot-age-ms"] = *ref.max_snapshot_age_ms;
  if (ref.max_ref_age_ms) object["max-ref-age-ms"] = *ref.max_ref_age_ms;
  return object;
}

Result<TableMetadata> ParseTableMetadata(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "table metadata"));
  TableMetadata metadata;
  FIRN_ASSIGN_OR_RETURN(metadata.format_version, GetInt32(*object, "format-version"));
  if (metadata.format_version < 1 || metadata.format_version > kFormatVersionMax) {
    return Unsupported("FormatVersion",
                       fmt::format("cannot read unsupported format version {} (supported: 1 to {})",
                                   metadata.format_version, kFormatVersionMax));
  }
  const bool is_v1 = metadata.format_version == 1;
  FIRN_ASSIGN_OR_RETURN(const auto table_uuid, FindString(*object, "table-uuid"));
  if (!table_uuid && !is_v1)
    return InvalidArgument("MissingMember", "member 'table-uuid' is missing");
  metadata.table_uuid = table_uuid.value_or("");
  FIRN_ASSIGN_OR_RETURN(metadata.location, GetString(*object, "location"));
  FIRN_ASSIGN_OR_RETURN(const auto sequence_number, FindInt64(*object, "last-sequence-number"));
  if (!sequence_number && !is_v1) {
    return InvalidArgument("MissingMember", "member 'last-sequence-number' is missing");
  }
  metadata.last_sequence_number = sequence_number.value_or(0);
  FIRN_ASSIGN_OR_RETURN(metadata.last_updated_ms, GetInt64(*object, "last-updated-ms"));
  FIRN_ASSIGN_OR_RETURN(metadata.last_column_id, GetInt32(*object, "last-column-id"));
  FIRN_TRY(ParseSchemas(*object, metadata));
  FIRN_TRY(ParseSpecs(*object, metadata));
  FIRN_TRY(ParseSortOrders(*object, metadata));
  FIRN_ASSIGN_OR_RETURN(metadata.properties, FindStringMap(*object, "properties"));
  FIRN_TRY(ParseSnapshots(*object, metadata));
  FIRN_TRY(ParseLogs(*object, metadata));
  FIRN_ASSIGN_OR_RETURN(metadata.statistics, FindArrayCopy(*object, "statistics"));
  FIRN_ASSIGN_OR_RETURN(metadata.partition_statistics,
                        FindArrayCopy(*object, "partition-statistics"));
  FIRN_ASSIGN_OR_RETURN(metadata.encryption_keys, FindArrayCopy(*object, "encryption-keys"));
  FIRN_ASSIGN_OR_RETURN(const auto next_row_id, FindInt64(*object, "next-row-id"));
  if (!next_row_id && metadata.format_version >= 3) {
    return InvalidArgument("MissingMember", "member 'next-row-id' is missing");
  }
  metadata.next_row_id = next_row_id.value_or(0);
  FIRN_TRY(CheckMetadata(metadata));
  return metadata;
}

json::value ToJson(const TableMetadata& metadata) {
  json::object object;
  object["format-version"] = metadata.format_version;
  if (!metadata.table_uuid.empty()) object["table-uuid"] = metadata.table_uuid;
  object["location"] = metadata.location;
  if (metadata.format_version > 1) object["last-sequence-number"] = metadata.last_sequence_number;
  object["last-updated-ms"] = metadata.last_updated_ms;
  object["last-column-id"] = metadata.last_column_id;
  if (metadata.format_version == 1) object["schema"] = ToJson(metadata.current_schema());
  object["current-schema-id"] = metadata.current_schema_id;
  object["schemas"] = ArrayOf(metadata.schemas);
  if (metadata.format_version == 1) {
    json::value spec = ToJson(metadata.default_spec());
    object["partition-spec"] = std::move(spec.get_object()["fields"]);
  }
  object["default-spec-id"] = metadata.default_spec_id;
  object["partition-specs"] = ArrayOf(metadata.partition_specs);
  object["last-partition-id"] = metadata.last_partition_id;
  object["default-sort-order-id"] = metadata.default_sort_order_id;
  object["sort-orders"] = ArrayOf(metadata.sort_orders);
  object["properties"] = StringMapToJson(metadata.properties);
  // Java wrote -1 for "none" up to v2, and readers of that age want it; v3 has null.
  if (metadata.current_snapshot_id) {
    object["current-snapshot-id"] = *metadata.current_snapshot_id;
  } else if (metadata.format_version < 3) {
    object["current-snapshot-id"] = -1;
  } else {
    object["current-snapshot-id"] = nullptr;
  }
  if (metadata.format_version >= 3) object["next-row-id"] = metadata.next_row_id;
  if (!metadata.encryption_keys.empty()) object["encryption-keys"] = metadata.encryption_keys;
  json::object refs;
  for (const auto& [name, ref] : metadata.refs) refs[name] = ToJson(ref);
  object["refs"] = std::move(refs);
  object["snapshots"] = ArrayOf(metadata.snapshots);
  object["statistics"] = metadata.statistics;
  object["partition-statistics"] = metadata.partition_statistics;
  object["snapshot-log"] = LogsToJson(metadata.snapshot_log);
  object["metadata-log"] = LogsToJson(metadata.metadata_log);
  return object;
}

Result<TableMetadata> DecodeMetadataFile(std::string_view bytes) {
  JsonLimits limits;
  limits.bytes_max = kMetadataBytesMax;
  // A type's level takes three of JSON: its object, its field list and the field.
  limits.depth_max = 3 * static_cast<std::size_t>(kTypeDepthMax) + 16;
  std::string inflated;
  if (bytes.starts_with("\x1f\x8b")) {
    FIRN_ASSIGN_OR_RETURN(inflated, Gunzip(bytes));
    bytes = inflated;
  }
  FIRN_ASSIGN_OR_RETURN(const json::value value, ParseJson(bytes, limits));
  return ParseTableMetadata(value);
}

std::string EncodeMetadataFile(const TableMetadata& metadata, bool gzip) {
  const std::string text = PrintJson(ToJson(metadata));
  return gzip ? Gzip(text) : text;
}

}  // namespace firn::iceberg
