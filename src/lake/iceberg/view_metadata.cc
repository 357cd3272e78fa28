#include "lake/iceberg/view_metadata.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "lake/iceberg/limits.h"
#include "lake/iceberg/members_internal.h"

/// Reading and writing; the changes are in view_update.cc.

namespace firn::iceberg {
namespace {

template <typename T>
json::array TextsToJson(const T& texts) {
  json::array array;
  for (const std::string& text : texts) array.push_back(json::value(text));
  return array;
}

Result<ViewRepresentation> ParseRepresentation(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "representation"));
  FIRN_ASSIGN_OR_RETURN(const std::string type, GetString(*object, "type"));
  if (type != "sql") {
    return InvalidArgument("InvalidMetadata",
                           "a view's representation must be of type sql, not " + type);
  }
  ViewRepresentation representation;
  FIRN_ASSIGN_OR_RETURN(representation.sql, GetString(*object, "sql"));
  FIRN_ASSIGN_OR_RETURN(representation.dialect, GetString(*object, "dialect"));
  return representation;
}

Status CheckCurrent(const ViewMetadata& metadata) {
  const ViewVersion* current = metadata.FindVersion(metadata.current_version_id);
  if (current == nullptr) {
    return InvalidArgument("InvalidMetadata",
                           fmt::format("Cannot find current version {} in view versions",
                                       metadata.current_version_id));
  }
  if (metadata.FindSchema(current->schema_id) == nullptr) {
    return InvalidArgument(
        "InvalidMetadata",
        fmt::format("Cannot find current schema with id {} in schemas", current->schema_id));
  }
  return Ok();
}

Status ParseLists(const json::object& object, ViewMetadata& metadata) {
  FIRN_ASSIGN_OR_RETURN(const json::array* schemas, GetArray(object, "schemas"));
  for (const json::value& value : *schemas) {
    FIRN_ASSIGN_OR_RETURN(Schema schema, ParseSchema(value));
    metadata.schemas.push_back(std::move(schema));
  }
  FIRN_ASSIGN_OR_RETURN(const json::array* versions, GetArray(object, "versions"));
  for (const json::value& value : *versions) {
    FIRN_ASSIGN_OR_RETURN(ViewVersion version, ParseViewVersion(value));
    metadata.versions.push_back(std::move(version));
  }
  FIRN_ASSIGN_OR_RETURN(const json::array* history, GetArray(object, "version-log"));
  for (const json::value& value : *history) {
    FIRN_ASSIGN_OR_RETURN(const json::object* entry, AsObject(value, "version-log entry"));
    ViewHistoryEntry kept;
    FIRN_ASSIGN_OR_RETURN(kept.timestamp_ms, GetInt64(*entry, "timestamp-ms"));
    FIRN_ASSIGN_OR_RETURN(kept.version_id, GetInt32(*entry, "version-id"));
    metadata.history.push_back(kept);
  }
  return Ok();
}

}  // namespace

const ViewVersion* ViewMetadata::FindVersion(std::int32_t version_id) const {
  const auto found = std::ranges::find(versions, version_id, &ViewVersion::version_id);
  return found == versions.end() ? nullptr : &*found;
}

const Schema* ViewMetadata::FindSchema(std::int32_t schema_id) const {
  const auto found = std::ranges::find(schemas, schema_id, &Schema::schema_id);
  return found == schemas.end() ? nullptr : &*found;
}

const ViewVersion& ViewMetadata::current_version() const {
  const ViewVersion* current = FindVersion(current_version_id);
  FIRN_CHECK(current != nullptr);
  return *current;
}

const Schema& ViewMetadata::current_schema() const {
  const Schema* current = FindSchema(current_version().schema_id);
  FIRN_CHECK(current != nullptr);
  return *current;
}

Result<ViewVersion> ParseViewVersion(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "view version"));
  ViewVersion version;
  FIRN_ASSIGN_OR_RETURN(version.version_id, GetInt32(*object, "version-id"));
  FIRN_ASSIGN_OR_RETURN(version.schema_id, GetInt32(*object, "schema-id"));
  FIRN_ASSIGN_OR_RETURN(version.timestamp_ms, GetInt64(*object, "timestamp-ms"));
  FIRN_ASSIGN_OR_RETURN(version.summary, FindStringMap(*object, "summary"));
  FIRN_ASSIGN_OR_RETURN(version.default_catalog, FindString(*object, "default-catalog"));
  FIRN_ASSIGN_OR_RETURN(version.default_namespace, FindStringArray(*object, "default-namespace"));
  FIRN_ASSIGN_OR_RETURN(const json::array* representations, GetArray(*object, "representations"));
  for (const json::value& one : *representations) {
    FIRN_ASSIGN_OR_RETURN(ViewRepresentation representation, ParseRepresentation(one));
    version.representations.push_back(std::move(representation));
  }
  return version;
}

Result<ViewMetadata> ParseViewMetadata(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "view metadata"));
  ViewMetadata metadata;
  FIRN_ASSIGN_OR_RETURN(metadata.format_version, GetInt32(*object, "format-version"));
  if (metadata.format_version != 1) {
    return Unsupported("FormatVersion",
                       fmt::format("views of format version {} are not supported: only 1 is",
                                   metadata.format_version));
  }
  FIRN_ASSIGN_OR_RETURN(metadata.view_uuid, GetString(*object, "view-uuid"));
  FIRN_ASSIGN_OR_RETURN(metadata.location, GetString(*object, "location"));
  FIRN_ASSIGN_OR_RETURN(metadata.current_version_id, GetInt32(*object, "current-version-id"));
  FIRN_ASSIGN_OR_RETURN(metadata.properties, FindStringMap(*object, "properties"));
  FIRN_TRY(ParseLists(*object, metadata));
  FIRN_TRY(CheckCurrent(metadata));
  return metadata;
}

json::value ToJson(const ViewVersion& version) {
  json::object object{{"version-id", version.version_id},
                      {"timestamp-ms", version.timestamp_ms},
                      {"schema-id", version.schema_id},
                      {"summary", StringMapToJson(version.summary)}};
  json::array representations;
  for (const ViewRepresentation& one : version.representations) {
    representations.push_back(
        json::object{{"type", "sql"}, {"sql", one.sql}, {"dialect", one.dialect}});
  }
  object["representations"] = std::move(representations);
  if (version.default_catalog) object["default-catalog"] = *version.default_catalog;
  object["default-namespace"] = TextsToJson(version.default_namespace);
  return object;
}

json::value ToJson(const ViewMetadata& metadata) {
  json::object object{{"view-uuid", metadata.view_uuid},
                      {"format-version", metadata.format_version},
                      {"location", metadata.location},
                      {"properties", StringMapToJson(metadata.properties)},
                      {"current-version-id", metadata.current_version_id}};
  json::array schemas;
  for (const Schema& schema : metadata.schemas) schemas.push_back(ToJson(schema));
  object["schemas"] = std::move(schemas);
  json::array versions;
  for (const ViewVersion& version : metadata.versions) versions.push_back(ToJson(version));
  object["versions"] = std::move(versions);
  json::array history;
  for (const ViewHistoryEntry& entry : metadata.history) {
    history.push_back(
        json::object{{"timestamp-ms", entry.timestamp_ms}, {"version-id", entry.version_id}});
  }
  object["version-log"] = std::move(history);
  return object;
}

Result<ViewMetadata> DecodeViewMetadataFile(std::string_view bytes) {
  if (bytes.size() > kMetadataBytesMax) {
    return ResourceExhausted("MetadataTooLarge",
                             fmt::format("a view's metadata of {} bytes is over the limit of {}",
                                         bytes.size(), kMetadataBytesMax));
  }
  FIRN_ASSIGN_OR_RETURN(const json::value value, ParseJson(bytes));
  return ParseViewMetadata(value);
}

std::string EncodeViewMetadataFile(const ViewMetadata& metadata) {
  return PrintJson(ToJson(metadata));
}

}  // namespace firn::iceberg
