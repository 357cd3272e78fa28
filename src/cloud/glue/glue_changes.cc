#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"
#include "cloud/glue/glue_api.h"
#include "cloud/glue/grant_keeper.h"
#include "cloud/glue/limits.h"
#include "cloud/s3tables/names.h"

/// Databases and tables made and changed through Glue's own API, as it does for a catalog that is
/// federated from table buckets: the bucket assigns a table's place, its metadata file belongs to
/// whoever commits.

namespace firn::glue {
namespace {

using lakeformation::Permission;
using Op = GlueOperation;

/// Members of a DatabaseInput as the properties of a namespace; Iceberg's own catalogs use the same
/// two words.
constexpr std::string_view kDescription = "comment";
constexpr std::string_view kLocation = "location";

Unexpected InvalidInput(std::string message) {
  return InvalidArgument("InvalidInputException", std::move(message));
}

Result<iceberg::Properties> ParseDatabaseInput(const json::object& input) {
  iceberg::Properties properties;
  FIRN_ASSIGN_OR_RETURN(const json::object* parameters, FindObject(input, "Parameters"));
  if (parameters != nullptr) {
    for (const auto& [name, value] : *parameters) {
      if (name.empty() || name.size() > kParameterNameBytesMax || !value.is_string() ||
          value.get_string().size() > kParameterBytesMax) {
        return InvalidInput("Parameters must hold strings under names of 1 to 255 characters.");
      }
      properties[std::string(name)] = std::string(value.get_string());
    }
  }
  FIRN_ASSIGN_OR_RETURN(const auto description, FindString(input, "Description"));
  if (description && description->size() > kDescriptionBytesMax) {
    return InvalidInput("Description has at most 2048 characters.");
  }
  if (description) properties[std::string(kDescription)] = *description;
  FIRN_ASSIGN_OR_RETURN(const auto location, FindString(input, "LocationUri"));
  if (location && (location->empty() || location->size() > kLocationBytesMax)) {
    return InvalidInput("LocationUri has 1 to 1024 characters.");
  }
  if (location) properties[std::string(kLocation)] = *location;
  for (const std::string_view link : {"TargetDatabase", "FederatedDatabase"}) {
    if (input.contains(link)) {
      return InvalidInput(std::string(link) + " has no place in the catalog of a table bucket.");
    }
  }
  return properties;
}

struct TypeRow {
  std::string_view hive;
  std::string_view iceberg;
};
constexpr auto kColumnTypes = std::to_array<TypeRow>({
    {"boolean", "boolean"},
    {"tinyint", "int"},
    {"smallint", "int"},
    {"int", "int"},
    {"integer", "int"},
    {"bigint", "long"},
    {"long", "long"},
    {"float", "float"},
    {"double", "double"},
    {"string", "string"},
    {"binary", "binary"},
    {"date", "date"},
    {"timestamp", "timestamp"},
    {"timestamptz", "timestamptz"},
    {"timestamp with local time zone", "timestamptz"},
    {"uuid", "uuid"},
});

/// A column's type in Hive's words as Iceberg's.
Result<std::string> IcebergTypeName(const std::string& hive) {
  const std::string word = ToLowerAscii(hive);
  for (const TypeRow& row : kColumnTypes) {
    if (row.hive == word) return std::string(row.iceberg);
  }
  if (word.starts_with("decimal(") || word == "decimal") {
    return word == "decimal" ? std::string("decimal(10,0)") : word;
  }
  return InvalidInput("The column type \"" + hive.substr(0, 100) +
                      "\" is not taken here; create tables with nested types through the Iceberg "
                      "REST catalog or S3 Tables' CreateTable.");
}

/// The shape that StorageDescriptor.Columns give; none without columns.
Result<std::optional<s3tables::NewTableShape>> ParseColumns(const json::object& input) {
  FIRN_ASSIGN_OR_RETURN(const json::object* storage, FindObject(input, "StorageDescriptor"));
  if (storage == nullptr) return std::optional<s3tables::NewTableShape>();
  FIRN_ASSIGN_OR_RETURN(const auto location, FindString(*storage, "Location"));
  if (location && !location->empty()) {
    return InvalidInput(
        "The location of a table in a table bucket is assigned by the service: "
        "leave StorageDescriptor.Location out.");
  }
  FIRN_ASSIGN_OR_RETURN(const json::array* columns, FindArray(*storage, "Columns"));
  if (columns == nullptr || columns->empty()) return std::optional<s3tables::NewTableShape>();
  json::array fields;
  for (const json::value& value : *columns) {
    FIRN_ASSIGN_OR_RETURN(const json::object* column, AsObject(value, "a column"));
    FIRN_ASSIGN_OR_RETURN(const std::string name, GetString(*column, "Name"));
    FIRN_ASSIGN_OR_RETURN(const std::string hive, GetString(*column, "Type"));
    FIRN_ASSIGN_OR_RETURN(const std::string type, IcebergTypeName(hive));
    json::object field{
        {"id", fields.size() + 1}, {"name", name}, {"type", type}, {"required", false}};
    FIRN_ASSIGN_OR_RETURN(const auto comment, FindString(*column, "Comment"));
    if (comment) field["doc"] = *comment;
    fields.push_back(std::move(field));
  }
  s3tables::NewTableShape shape;
  auto schema = iceberg::ParseSchema(
      json::object{{"type", "struct"}, {"schema-id", 0}, {"fields", std::move(fields)}});
  if (!schema) return InvalidInput("The columns are not valid: " + schema.error().message());
  shape.schema = *std::move(schema);
  FIRN_TRY(s3tables::CheckColumnNames(shape.schema));
  return std::optional(std::move(shape));
}

/// A table input must say that it is Iceberg's.
Status CheckIsIceberg(const json::object& body, const json::object& parameters) {
  FIRN_ASSIGN_OR_RETURN(const json::object* open_format, FindObject(body, "OpenTableFormatInput"));
  if (open_format != nullptr) {
    FIRN_ASSIGN_OR_RETURN(const json::object* iceberg_input,
                          GetObject(*open_format, "IcebergInput"));
    if (iceberg_input->contains("CreateIcebergTableInput")) {
      return InvalidInput(
          "CreateIcebergTableInput names a location, which a table bucket assigns: "
          "give StorageDescriptor.Columns, or use the Iceberg REST catalog.");
    }
    return Ok();
  }
  for (const std::string_view name : {"format", "table_type"}) {
    FIRN_ASSIGN_OR_RETURN(const auto format, FindString(parameters, name));
    if (format && EqualsIgnoreCaseAscii(*format, "iceberg")) return Ok();
  }
  return InvalidInput(
      "A table bucket holds Iceberg tables only: the Parameters must have "
      "format=ICEBERG.");
}

}  // namespace

json::object GlueApi::DatabaseDocument(const GlueCall& call,
                                       const ledger::NamespaceRow& row) const {
  json::object document{
      {"Name", row.name},
      {"CatalogId", FullCatalogId(call.catalog, store_.parts().account_id)},
      {"CreateTime", static_cast<double>(MillisSinceEpoch(row.created_at)) / 1000},
      {"CreateTableDefaultPermissions", json::array()},
      {"FederatedDatabase",
       {{"Identifier", store_.BucketArn(call.catalog.bucket)},
        {"ConnectionName", "aws:s3tables"},
        {"ConnectionType", "aws:s3tables"}}}};
  json::object parameters;
  if (const auto stored = ParseJson(row.properties); stored && stored->is_object()) {
    parameters = stored->get_object();
  }
  for (const auto& [property, member] :
       {std::pair(kDescription, "Description"), std::pair(kLocation, "LocationUri")}) {
    const auto found = parameters.find(property);
    if (found == parameters.end()) continue;
    document[member] = found->value();
    parameters.erase(found);
  }
  document["Parameters"] = std::move(parameters);
  return document;
}

Result<json::object> GlueApi::ChangeDatabase(const policy::Permit& permit,
                                             const GlueCall& call) const {
  if (call.catalog.bucket.empty()) {
    return InvalidInput(
        "Databases live in the catalogs of table buckets here: give the CatalogId "
        "<account>:s3tablescatalog/<bucket>.");
  }
  FIRN_ASSIGN_OR_RETURN(const json::object* input, GetObject(call.body, "DatabaseInput"));
  FIRN_ASSIGN_OR_RETURN(const auto properties, ParseDatabaseInput(*input));
  if (call.operation == Op::kCreateDatabase) {
    FIRN_TRY(CheckLake(permit, {call.catalog.bucket, "", ""}, Permission::kCreateDatabase));
    FIRN_TRY(store_.CreateNamespace(permit, call.place(), properties));
    return json::object();
  }
  FIRN_TRY(CheckLake(permit, call.place(), Permission::kAlter));
  FIRN_ASSIGN_OR_RETURN(const std::string name, GetString(*input, "Name"));
  if (name != call.database) {
    return InvalidInput("A database of a table bucket cannot be renamed.");
  }
  FIRN_TRY(store_.SetNamespaceProperties(permit, call.place(), properties));
  return json::object();
}

Result<json::object> GlueApi::CreateTable(const Context& context, const policy::Permit& permit,
                                          const GlueCall& call) const {
  FIRN_TRY(CheckLake(permit, {call.catalog.bucket, call.database, ""}, Permission::kCreateTable));
  FIRN_ASSIGN_OR_RETURN(const json::object* input, GetObject(call.body, "TableInput"));
  FIRN_ASSIGN_OR_RETURN(const json::object* given, FindObject(*input, "Parameters"));
  const json::object none;
  const json::object& parameters = given == nullptr ? none : *given;
  FIRN_TRY(CheckIsIceberg(call.body, parameters));
  if (parameters.contains("metadata_location")) {
    return InvalidInput(
        "A table bucket takes in no foreign metadata file: create the table "
        "without metadata_location, and update it with one in its own place.");
  }
  FIRN_ASSIGN_OR_RETURN(const json::array* partitions, FindArray(*input, "PartitionKeys"));
  if (partitions != nullptr && !partitions->empty()) {
    return InvalidInput(
        "PartitionKeys are Hive's; partition an Iceberg table through the Iceberg "
        "REST catalog or S3 Tables' CreateTable.");
  }
  FIRN_ASSIGN_OR_RETURN(const auto shape, ParseColumns(*input));
  FIRN_TRY(store_.CreateTable(context, permit, call.place(), shape));
  return json::object();
}

Result<json::object> GlueApi::UpdateTable(const policy::Permit& permit,
                                          const GlueCall& call) const {
  FIRN_TRY(CheckLake(permit, call.place(), Permission::kAlter));
  FIRN_ASSIGN_OR_RETURN(const auto row, store_.FindTable(call.place()));
  if (call.body.contains("UpdateOpenTableFormatInput")) {
    return InvalidInput(
        "UpdateOpenTableFormatInput is not taken here: change the table through "
        "the Iceberg REST catalog.");
  }
  FIRN_ASSIGN_OR_RETURN(const json::object* input, GetObject(call.body, "TableInput"));
  FIRN_ASSIGN_OR_RETURN(const std::string name, GetString(*input, "Name"));
  if (name != row.name) return InvalidInput("A table of a table bucket is renamed by S3 Tables.");
  FIRN_ASSIGN_OR_RETURN(const json::object* parameters, FindObject(*input, "Parameters"));
  std::optional<std::string> location;
  if (parameters != nullptr) {
    FIRN_ASSIGN_OR_RETURN(location, FindString(*parameters, "metadata_location"));
  }
  if (!location || location->empty()) {
    return InvalidInput(
        "Of a table in a table bucket only the Parameters' metadata_location can "
        "be updated.");
  }
  FIRN_ASSIGN_OR_RETURN(const auto version, FindString(call.body, "VersionId"));
  FIRN_TRY(store_.SetMetadataLocation(permit, call.place(), version.value_or(row.version_token),
                                      *location));
  return json::object();
}

/// S3 Tables hands Glue the table as it is now; earlier versions are in its Iceberg metadata.
Result<json::object> GlueApi::TableVersions(const policy::Permit& permit,
                                            const GlueCall& call) const {
  FIRN_TRY(CheckLake(permit, call.place(), Permission::kDescribe));
  FIRN_ASSIGN_OR_RETURN(json::object table, TableDocument(call, call.table));
  const std::string current(table.at("VersionId").as_string());
  json::object version{{"Table", std::move(table)}, {"VersionId", current}};
  if (call.operation == Op::kGetTableVersions) {
    return json::object{{"TableVersions", json::array{std::move(version)}}};
  }
  FIRN_ASSIGN_OR_RETURN(const auto wanted, FindString(call.body, "VersionId"));
  if (wanted && *wanted != current) {
    return NotFound("EntityNotFoundException",
                    "Version " + wanted->substr(0, 255) + " of the table was not found.");
  }
  return json::object{{"TableVersion", std::move(version)}};
}

}  // namespace firn::glue
