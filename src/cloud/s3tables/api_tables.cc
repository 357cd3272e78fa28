#include "base/encoding.h"
#include "cloud/s3tables/api.h"
#include "cloud/s3tables/limits.h"
#include "cloud/s3tables/page_internal.h"

/// S3 Tables calls on tables.

namespace firn::s3tables {
namespace {

using ledger::TableRow;
using Op = ApiOperation;

json::object TableSummary(const TableStore& store, const TableRow& table) {
  return {{"namespace", json::array{table.namespace_name}},
          {"name", table.name},
          {"type", "customer"},
          {"tableARN", store.TableArn(table)},
          {"createdAt", FormatIso8601(table.created_at, true)},
          {"modifiedAt", FormatIso8601(table.modified_at, true)},
          {"namespaceId", table.namespace_id},
          {"tableBucketId", table.bucket_id}};
}

json::object TableDocument(const TableStore& store, const TableRow& table) {
  json::object document = TableSummary(store, table);
  document["versionToken"] = table.version_token;
  if (!table.metadata_location.empty()) document["metadataLocation"] = table.metadata_location;
  document["warehouseLocation"] = table.warehouse;
  document["createdBy"] = store.parts().account_id;
  document["modifiedBy"] = store.parts().account_id;
  document["ownerAccountId"] = store.parts().account_id;
  document["format"] = "ICEBERG";
  return document;
}

/// The shape of CreateTable's `schema`: flat primitives without ids, or with ids that are advice.
Result<json::value> SchemaFromFlat(const json::object& schema) {
  FIRN_ASSIGN_OR_RETURN(const json::array* fields, GetArray(schema, "fields"));
  json::array made;
  std::int64_t next_id = 1;
  for (const json::value& value : *fields) {
    FIRN_ASSIGN_OR_RETURN(const json::object* field, AsObject(value, "a field of the schema"));
    FIRN_ASSIGN_OR_RETURN(const auto id, FindInt64(*field, "id"));
    FIRN_ASSIGN_OR_RETURN(const std::string name, GetString(*field, "name"));
    FIRN_ASSIGN_OR_RETURN(const std::string type, GetString(*field, "type"));
    FIRN_ASSIGN_OR_RETURN(const auto required, FindBool(*field, "required"));
    made.push_back(json::object{{"id", id.value_or(next_id)},
                                {"name", name},
                                {"type", type},
                                {"required", required.value_or(false)}});
    ++next_id;
  }
  return json::value(json::object{{"type", "struct"}, {"schema-id", 0}, {"fields", std::move(made)}});
}

Result<iceberg::PartitionSpec> ParseSpec(const json::object& iceberg_part) {
  FIRN_ASSIGN_OR_RETURN(const json::object* spec, FindObject(iceberg_part, "partitionSpec"));
  if (spec == nullptr) return iceberg::PartitionSpec{};
  json::object document = *spec;
  if (!document.contains("spec-id")) document["spec-id"] = 0;
  return iceberg::ParsePartitionSpec(document);
}

Result<iceberg::SortOrder> ParseOrder(const json::object& iceberg_part) {
  FIRN_ASSIGN_OR_RETURN(const json::object* order, FindObject(iceberg_part, "writeOrder"));
  if (order == nullptr) return iceberg::SortOrder{};
  return iceberg::ParseSortOrder(json::value(*order));
}

}  // namespace

Result<NewTableShape> ParseIcebergShape(const json::object& iceberg_part) {
  FIRN_ASSIGN_OR_RETURN(const json::object* flat, FindObject(iceberg_part, "schema"));
  FIRN_ASSIGN_OR_RETURN(const json::object* nested, FindObject(iceberg_part, "schemaV2"));
  if ((flat == nullptr) == (nested == nullptr)) {
    return InvalidArgument("BadRequest", "Give exactly one of schema and schemaV2.");
  }
  json::value schema;
  if (flat != nullptr) {
    FIRN_ASSIGN_OR_RETURN(schema, SchemaFromFlat(*flat));
  } else {
    schema = *nested;
    if (!schema.get_object().contains("schema-id")) schema.get_object()["schema-id"] = 0;
  }
  NewTableShape shape;
  FIRN_ASSIGN_OR_RETURN(shape.schema, iceberg::ParseSchema(schema));
  FIRN_ASSIGN_OR_RETURN(shape.spec, ParseSpec(iceberg_part));
  FIRN_ASSIGN_OR_RETURN(shape.order, ParseOrder(iceberg_part));
  FIRN_ASSIGN_OR_RETURN(const json::object* properties, FindObject(iceberg_part, "properties"));
  if (properties != nullptr) {
    for (const auto& [name, value] : *properties) {
      if (!value.is_string()) {
        return InvalidArgument("BadRequest", "the property " + std::string(name) +
                                                 " must be a string");
      }
      shape.properties[std::string(name)] = std::string(value.get_string());
    }
  }
  return shape;
}

Result<aws::Answer> Api::CreateTable(const Context& context, const policy::Permit& permit,
                                     const ApiCall& call, const json::object& body) const {
  FIRN_ASSIGN_OR_RETURN(TablePlace place, PlaceOf(call));
  FIRN_ASSIGN_OR_RETURN(place.table, GetString(body, "name"));
  FIRN_ASSIGN_OR_RETURN(const std::string format, GetString(body, "format"));
  if (format != "ICEBERG") {
    return InvalidArgument("BadRequest", "1 validation error detected: Value '" +
                                             format.substr(0, 100) +
                                             "' at 'format' failed to satisfy constraint: Member "
                                             "must satisfy enum value set: [ICEBERG]");
  }
  std::optional<NewTableShape> shape;
  FIRN_ASSIGN_OR_RETURN(const json::object* metadata, FindObject(body, "metadata"));
  if (metadata != nullptr) {
    FIRN_ASSIGN_OR_RETURN(const json::object* iceberg_part, GetObject(*metadata, "iceberg"));
    FIRN_ASSIGN_OR_RETURN(shape, ParseIcebergShape(*iceberg_part));
  }
  FIRN_ASSIGN_OR_RETURN(const auto settings, ParseFirstSettings(body, store_.parts().region));
  FIRN_ASSIGN_OR_RETURN(const LoadedTable created,
                        store_.CreateTable(context, permit, place, shape, settings));
  return aws::JsonAnswer(PrintJson(json::object{{"tableARN", store_.TableArn(created.row)},
                                                {"versionToken", created.row.version_token}}));
}

Result<aws::Answer> Api::ListTables(const ApiCall& call) const {
  FIRN_ASSIGN_OR_RETURN(const TablePlace place, PlaceOf(call));
  FIRN_ASSIGN_OR_RETURN(const PageRequest page, ParsePage(call.query, "maxTables"));
  const std::string namespace_name = call.query.Get("namespace");
  const std::size_t dot = page.token.find('.');  // No name holds one.
  const std::string after_namespace = page.token.substr(0, dot);
  const std::string after_table = dot == std::string::npos ? "" : page.token.substr(dot + 1);
  FIRN_ASSIGN_OR_RETURN(auto tables,
                        store_.ListTables(place.bucket, {.namespace_name = namespace_name,
                                                         .prefix = page.prefix,
                                                         .after_namespace = after_namespace,
                                                         .after_table = after_table,
                                                         .count_max = page.count + 1}));
  json::object answer;
  json::array list;
  if (tables.size() > page.count) {
    tables.pop_back();
    answer["continuationToken"] =
        MakePageToken(tables.back().namespace_name + "." + tables.back().name);
  }
  for (const auto& table : tables) list.push_back(TableSummary(store_, table));
  answer["tables"] = std::move(list);
  return aws::JsonAnswer(PrintJson(answer));
}

Result<aws::Answer> Api::HandleTable(const Context& context, const policy::Permit& permit,
                                     const ApiCall& call, const json::object& body) const {
  if (call.operation == Op::kCreateTable) return CreateTable(context, permit, call, body);
  if (call.operation == Op::kListTables) return ListTables(call);
  FIRN_ASSIGN_OR_RETURN(const TableRow row, FindTableOf(call));
  const TablePlace place{row.bucket_name, row.namespace_name, row.name};
  if (call.operation == Op::kGetTable) {
    return aws::JsonAnswer(PrintJson(TableDocument(store_, row)));
  }
  if (call.operation == Op::kDeleteTable) {
    FIRN_TRY(store_.DropTable(permit, place, call.query.Get("versionToken")));
    return aws::EmptyAnswer(204);
  }
  if (call.operation == Op::kRenameTable) {
    FIRN_ASSIGN_OR_RETURN(const auto new_namespace, FindString(body, "newNamespaceName"));
    FIRN_ASSIGN_OR_RETURN(const auto new_name, FindString(body, "newName"));
    FIRN_ASSIGN_OR_RETURN(const auto token, FindString(body, "versionToken"));
    if (!new_namespace && !new_name) {
      return InvalidArgument("BadRequest",
                             "Neither a new namespace name nor a new table name is specified.");
    }
    const TablePlace to{row.bucket_name, new_namespace.value_or(row.namespace_name),
                        new_name.value_or(row.name)};
    FIRN_TRY(store_.RenameTable(permit, place, to, token.value_or("")));
    return aws::EmptyAnswer(204);
  }
  if (call.operation == Op::kUpdateTableMetadataLocation) {
    FIRN_ASSIGN_OR_RETURN(const std::string token, GetString(body, "versionToken"));
    FIRN_ASSIGN_OR_RETURN(const std::string location, GetString(body, "metadataLocation"));
    FIRN_ASSIGN_OR_RETURN(const TableRow next,
                          store_.SetMetadataLocation(permit, place, token, location));
    return aws::JsonAnswer(PrintJson(json::object{{"name", next.name},
                                                  {"tableARN", store_.TableArn(next)},
                                                  {"namespace", json::array{next.namespace_name}},
                                                  {"versionToken", next.version_token},
                                                  {"metadataLocation", next.metadata_location}}));
  }
  json::object answer{{"versionToken", row.version_token}, {"warehouseLocation", row.warehouse}};
  if (!row.metadata_location.empty()) answer["metadataLocation"] = row.metadata_location;
  return aws::JsonAnswer(PrintJson(answer));
}

}  // namespace firn::s3tables
