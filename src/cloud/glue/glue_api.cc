#include "cloud/glue/glue_api.h"

#include <array>

#include "base/encoding.h"
#include "cloud/glue/grant_keeper.h"
#include "cloud/glue/limits.h"
#include "cloud/glue/name_pattern.h"

namespace firn::glue {
namespace {

using lakeformation::Permission;
using Op = GlueOperation;

struct OperationRow {
  std::string_view name;
  Op operation;
};
constexpr auto kOperations = std::to_array<OperationRow>({
    {"GetCatalog", Op::kGetCatalog},
    {"GetCatalogs", Op::kGetCatalogs},
    {"CreateCatalog", Op::kCreateCatalog},
    {"GetDatabase", Op::kGetDatabase},
    {"GetDatabases", Op::kGetDatabases},
    {"CreateDatabase", Op::kCreateDatabase},
    {"UpdateDatabase", Op::kUpdateDatabase},
    {"DeleteDatabase", Op::kDeleteDatabase},
    {"GetTable", Op::kGetTable},
    {"GetTables", Op::kGetTables},
    {"GetTableVersion", Op::kGetTableVersion},
    {"GetTableVersions", Op::kGetTableVersions},
    {"CreateTable", Op::kCreateTable},
    {"UpdateTable", Op::kUpdateTable},
    {"DeleteTable", Op::kDeleteTable},
    {"BatchDeleteTable", Op::kBatchDeleteTable},
});

/// JSON 1.1 writes times as seconds since the epoch.
double Seconds(WallTime time) { return static_cast<double>(MillisSinceEpoch(time)) / 1000.0; }

/// Where the call's names stand in its body.
Status ReadNames(GlueCall& call) {
  const json::object& body = call.body;
  switch (call.operation) {
    case Op::kCreateDatabase: {
      FIRN_ASSIGN_OR_RETURN(const json::object* input, GetObject(body, "DatabaseInput"));
      FIRN_ASSIGN_OR_RETURN(call.database, GetString(*input, "Name"));
      return Ok();
    }
    case Op::kGetDatabase:
    case Op::kUpdateDatabase:
    case Op::kDeleteDatabase: {
      FIRN_ASSIGN_OR_RETURN(call.database, GetString(body, "Name"));
      return Ok();
    }
    case Op::kGetTables: {
      FIRN_ASSIGN_OR_RETURN(call.database, GetString(body, "DatabaseName"));
      return Ok();
    }
    case Op::kBatchDeleteTable: {
      FIRN_ASSIGN_OR_RETURN(call.database, GetString(body, "DatabaseName"));
      FIRN_ASSIGN_OR_RETURN(const json::array* names, GetArray(body, "TablesToDelete"));
      if (names->size() > kBatchTablesMax) {
        return InvalidArgument("InvalidInputException", "TablesToDelete names more than " +
                                                            std::to_string(kBatchTablesMax) +
                                                            " tables");
      }
      for (const json::value& name : *names) {
        if (!name.is_string() || name.get_string().empty()) {
          return InvalidArgument("InvalidInputException", "TablesToDelete must hold names");
        }
        call.batch.emplace_back(name.get_string());
      }
      return Ok();
    }
    case Op::kCreateTable:
    case Op::kUpdateTable: {
      FIRN_ASSIGN_OR_RETURN(call.database, GetString(body, "DatabaseName"));
      FIRN_ASSIGN_OR_RETURN(const json::object* input, GetObject(body, "TableInput"));
      FIRN_ASSIGN_OR_RETURN(const std::string name, GetString(*input, "Name"));
      FIRN_ASSIGN_OR_RETURN(const auto old_name, FindString(body, "Name"));
      call.table = old_name.value_or(name);
      return Ok();
    }
    case Op::kGetTableVersion:
    case Op::kGetTableVersions: {
      FIRN_ASSIGN_OR_RETURN(call.database, GetString(body, "DatabaseName"));
      FIRN_ASSIGN_OR_RETURN(call.table, GetString(body, "TableName"));
      return Ok();
    }
    case Op::kGetTable:
    case Op::kDeleteTable: {
      FIRN_ASSIGN_OR_RETURN(call.database, GetString(body, "DatabaseName"));
      FIRN_ASSIGN_OR_RETURN(call.table, GetString(body, "Name"));
      return Ok();
    }
    default: return Ok();
  }
}

/// Where a list goes on, and how far.
struct PageAsk {
  std::string after;
  std::size_t count = 0;
};
Result<PageAsk> ParsePageAsk(const json::object& body, std::size_t count_max) {
  PageAsk ask{.after = "", .count = count_max};
  FIRN_ASSIGN_OR_RETURN(const auto count, FindInt64(body, "MaxResults"));
  if (count && (*count < 1 || *count > static_cast<std::int64_t>(count_max))) {
    return InvalidArgument("ValidationException",
                           "1 validation error detected: Value '" + std::to_string(*count) +
                               "' at 'maxResults' failed to satisfy constraint: Member must have "
                               "value between 1 and " + std::to_string(count_max));
  }
  if (count) ask.count = static_cast<std::size_t>(*count);
  FIRN_ASSIGN_OR_RETURN(const auto token, FindString(body, "NextToken"));
  if (!token || token->empty()) return ask;
  const auto after = Base64Decode(*token);
  if (!after) return InvalidArgument("InvalidInputException", "NextToken is not valid.");
  ask.after = *after;
  return ask;
}

std::string TokenAfter(std::string_view name) { return Base64Encode(AsBytes(name)); }

Unexpected CatalogExists() {
  return AlreadyExists("AlreadyExistsException",
                       "Catalog s3tablescatalog already exists: it is there in every account.");
}

}  // namespace

std::string HiveTypeName(const iceberg::Type& type) {
  using iceberg::TypeKind;
  switch (type.kind) {
    case TypeKind::kLong: return "bigint";
    case TypeKind::kDecimal:
      return "decimal(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
    case TypeKind::kTimestampTz: return "timestamp with local time zone";
    case TypeKind::kUuid: return "string";
    case TypeKind::kFixed: return "binary";
    case TypeKind::kStruct: {
      std::string text = "struct<";
      for (const iceberg::NestedField& field : *type.nested) {
        if (text.back() != '<') text += ",";
        text += field.name + ":" + HiveTypeName(field.type);
      }
      return text + ">";
    }
    case TypeKind::kList: return "array<" + HiveTypeName(type.nested->at(0).type) + ">";
    case TypeKind::kMap:
      return "map<" + HiveTypeName(type.nested->at(0).type) + "," +
             HiveTypeName(type.nested->at(1).type) + ">";
    default: {
      const json::value name = iceberg::ToJson(type);
      return name.is_string() ? std::string(name.get_string()) : "string";
    }
  }
}

Result<GlueCall> GlueApi::ParseCall(std::string_view target, std::string_view body) const {
  constexpr std::string_view kPrefix = "AWSGlue.";
  GlueCall call;
  bool known = false;
  for (const OperationRow& row : kOperations) {
    if (!target.starts_with(kPrefix) || target.substr(kPrefix.size()) != row.name) continue;
    call.operation = row.operation;
    call.name = std::string(row.name);
    known = true;
  }
  if (!known) {
    return Unsupported("UnknownOperationException",
                       "Glue's operation " + std::string(target.substr(0, 100)) +
                           " is not implemented; tables are made and changed through the Iceberg "
                           "REST catalog under /iceberg, or the S3 Tables API");
  }
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseJson(body.empty() ? "{}" : body));
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(document, "the request body"));
  call.body = *object;
  std::string_view id_name = "CatalogId";
  if (call.operation == Op::kGetCatalogs) id_name = "ParentCatalogId";
  FIRN_ASSIGN_OR_RETURN(const auto catalog_id, FindString(call.body, id_name));
  FIRN_ASSIGN_OR_RETURN(call.catalog, ParseCatalogId(catalog_id.value_or(""),
                                                     store_.parts().account_id));
  FIRN_TRY(ReadNames(call));
  return call;
}

std::vector<policy::AccessNeed> GlueApi::NeedsOf(const GlueCall& call) const {
  const auto& parts = store_.parts();
  ResourcePath resource{.catalog = {parts.region, parts.account_id, CatalogPath(call.catalog)},
                        .database = call.database,
                        .table = call.table};
  if (call.operation == Op::kCreateDatabase) resource.database.clear();
  std::vector<policy::AccessNeed> needs;
  for (std::string& arn : ArnsOf(resource)) {
    needs.push_back({.action = "glue:" + call.name, .resource = std::move(arn)});
  }
  if (call.operation == Op::kCreateDatabase || call.operation == Op::kCreateCatalog) {
    policy::Tags tags;
    if (const json::value* given = FindMember(call.body, "Tags"); given && given->is_object()) {
      for (const auto& tag : given->get_object()) {
        if (tag.value().is_string()) tags.emplace_back(tag.key(), tag.value().get_string());
      }
    }
    for (policy::AccessNeed& need : needs) need.conditions.SetRequestTags(tags);
  }
  for (const std::string& table : call.batch) {
    resource.table = table;
    needs.push_back({.action = "glue:" + call.name, .resource = ArnsOf(resource).front()});
  }
  return needs;
}

Status GlueApi::CheckLake(const policy::Permit& permit, const s3tables::TablePlace& place,
                          Permission required) const {
  return lake_formation_.CheckPermission(permit.principal(), CatalogResourceOf(place), required);
}

Result<json::object> GlueApi::CatalogDocument(const CatalogId& catalog) const {
  const auto& parts = store_.parts();
  const aws::GlueCatalogId id{parts.region, parts.account_id, CatalogPath(catalog)};
  json::object document{{"CatalogId", FullCatalogId(catalog, parts.account_id)},
                        {"Name", parts.account_id},
                        {"ResourceArn", aws::GlueCatalogArn(id)},
                        {"CreateDatabaseDefaultPermissions", json::array()},
                        {"CreateTableDefaultPermissions", json::array()}};
  if (!catalog.federated) return document;
  document["Name"] = kFederatedCatalog;
  std::string identifier = store_.BucketArn("*");
  if (!catalog.bucket.empty()) {
    const auto bucket = store_.FindBucket(catalog.bucket);
    if (!bucket) {
      return NotFound("EntityNotFoundException",
                      "Catalog " + FullCatalogId(catalog, parts.account_id) + " not found.");
    }
    document["Name"] = catalog.bucket;
    document["CreateTime"] = Seconds(bucket->created_at);
    identifier = store_.BucketArn(catalog.bucket);
  }
  document["FederatedCatalog"] = {{"Identifier", identifier}, {"ConnectionName", "aws:s3tables"}};
  return document;
}

Result<json::object> GlueApi::ListCatalogs(const GlueCall& call) const {
  json::array list;
  if (!call.catalog.federated) {
    FIRN_ASSIGN_OR_RETURN(json::object federated, CatalogDocument({.bucket = "", .federated = true}));
    list.push_back(std::move(federated));
  } else if (call.catalog.bucket.empty()) {
    FIRN_ASSIGN_OR_RETURN(const PageAsk ask, ParsePageAsk(call.body, kListEntriesMax));
    FIRN_ASSIGN_OR_RETURN(const auto buckets,
                          store_.ListBuckets({.prefix = "",
                                              .after = ask.after,
                                              .count_max = ask.count + 1}));
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      const auto& bucket = buckets[i];
      if (i == ask.count) {
        return json::object{{"CatalogList", std::move(list)},
                            {"NextToken", TokenAfter(buckets[i - 1].name)}};
      }
      FIRN_ASSIGN_OR_RETURN(json::object document,
                            CatalogDocument({.bucket = bucket.name, .federated = true}));
      list.push_back(std::move(document));
    }
  }
  return json::object{{"CatalogList", std::move(list)}};
}

Result<json::object> GlueApi::ListDatabases(const policy::Permit& permit,
                                            const GlueCall& call) const {
  json::object answer{{"DatabaseList", json::array()}};
  json::array& list = answer["DatabaseList"].get_array();
  if (call.catalog.bucket.empty()) return answer;
  FIRN_ASSIGN_OR_RETURN(PageAsk ask, ParsePageAsk(call.body, kGlueListEntriesMax));
  while (true) {
    FIRN_ASSIGN_OR_RETURN(const auto rows,
                          store_.ListNamespaces(call.catalog.bucket, {.prefix = "",
                                                                      .after = ask.after,
                                                                      .count_max = kListEntriesMax}));
    for (const auto& row : rows) {
      FIRN_ASSIGN_OR_RETURN(
          const bool visible, store_.parts().ledger.Read([&](ledger::Transaction& transaction) {
            return lake_formation_.IsVisible(transaction, permit.principal(),
                                             CatalogResourceOf({call.catalog.bucket, row.name, ""}));
          }));
      if (!visible) continue;
      if (list.size() == ask.count) {
        answer["NextToken"] = TokenAfter(json::value_to<std::string>(list.back().at("Name")));
        return answer;
      }
      list.push_back(DatabaseDocument(call, row));
    }
    if (rows.size() < kListEntriesMax) return answer;
    ask.after = rows.back().name;
  }
}

Result<json::object> GlueApi::TableDocument(const GlueCall& call, const std::string& table) const {
  FIRN_ASSIGN_OR_RETURN(const auto loaded,
                        store_.LoadTable({call.catalog.bucket, call.database, table}));
  json::array columns;
  if (loaded.metadata != nullptr) {
    for (const auto& field : loaded.metadata->current_schema().fields) {
      columns.push_back(json::object{{"Name", field.name}, {"Type", HiveTypeName(field.type)}});
    }
  }
  json::object parameters{{"table_type", "ICEBERG"}};
  if (!loaded.row.metadata_location.empty()) {
    parameters["metadata_location"] = loaded.row.metadata_location;
  }
  return json::object{
      {"Name", loaded.row.name},
      {"DatabaseName", loaded.row.namespace_name},
      {"CatalogId", FullCatalogId(call.catalog, store_.parts().account_id)},
      {"CreateTime", Seconds(loaded.row.created_at)},
      {"UpdateTime", Seconds(loaded.row.modified_at)},
      {"TableType", "customer"},
      {"VersionId", loaded.row.version_token},
      {"IsRegisteredWithLakeFormation", true},
      {"StorageDescriptor",
       {{"Columns", std::move(columns)}, {"Location", loaded.row.warehouse}}},
      {"Parameters", std::move(parameters)}};
}

Result<json::object> GlueApi::ListTables(const policy::Permit& permit, const GlueCall& call) const {
  FIRN_TRY(CheckLake(permit, call.place(), Permission::kDescribe));
  FIRN_ASSIGN_OR_RETURN(PageAsk ask, ParsePageAsk(call.body, kGlueListEntriesMax));
  FIRN_ASSIGN_OR_RETURN(const auto pattern, FindString(call.body, "Expression"));
  json::object answer{{"TableList", json::array()}};
  json::array& list = answer["TableList"].get_array();
  std::string last;
  while (true) {
    FIRN_ASSIGN_OR_RETURN(const auto rows,
                          store_.ListTables(call.catalog.bucket,
                                            {.namespace_name = call.database,
                                             .prefix = "",
                                             .after_namespace = call.database,
                                             .after_table = ask.after,
                                             .count_max = kListEntriesMax}));
    for (const auto& row : rows) {
      if (pattern) {
        FIRN_ASSIGN_OR_RETURN(const bool fits, FitsNamePattern(*pattern, row.name));
        if (!fits) continue;
      }
      if (!CheckLake(permit, {call.catalog.bucket, row.namespace_name, row.name},
                     Permission::kDescribe)) {
        continue;
      }
      if (list.size() == ask.count) {
        answer["NextToken"] = TokenAfter(last);
        return answer;
      }
      FIRN_ASSIGN_OR_RETURN(json::object document, TableDocument(call, row.name));
      list.push_back(std::move(document));
      last = row.name;
    }
    if (rows.size() < kListEntriesMax) return answer;
    ask.after = rows.back().name;
  }
}

Result<json::object> GlueApi::DeleteTables(const policy::Permit& permit,
                                           const GlueCall& call) const {
  FIRN_TRY(store_.FindNamespace(call.place()));
  json::array errors;
  for (const std::string& name : call.batch) {
    const s3tables::TablePlace place{call.catalog.bucket, call.database, name};
    Status outcome = CheckLake(permit, place, Permission::kDrop);
    if (outcome) outcome = store_.DropTable(permit, place);
    if (outcome) continue;
    const ErrorCode code = outcome.error().code();
    const std::string_view word = code == ErrorCode::kNotFound ? "EntityNotFoundException"
                                  : code == ErrorCode::kPermissionDenied
                                      ? "AccessDeniedException"
                                      : "InternalServiceException";
    errors.push_back(json::object{
        {"TableName", name},
        {"ErrorDetail", {{"ErrorCode", word}, {"ErrorMessage", outcome.error().message()}}}});
  }
  return json::object{{"Errors", std::move(errors)}};
}

Result<json::object> GlueApi::Answer(const Context& context, const policy::Permit& permit,
                                     const GlueCall& call) const {
  switch (call.operation) {
    case Op::kGetCatalog: {
      FIRN_ASSIGN_OR_RETURN(json::object catalog, CatalogDocument(call.catalog));
      return json::object{{"Catalog", std::move(catalog)}};
    }
    case Op::kGetCatalogs: return ListCatalogs(call);
    case Op::kCreateCatalog: {
      FIRN_ASSIGN_OR_RETURN(const std::string name, GetString(call.body, "Name"));
      if (name == kFederatedCatalog) return CatalogExists();
      return Unsupported("OperationNotSupportedException",
                         "catalogs other than s3tablescatalog are not implemented");
    }
    case Op::kGetDatabase: {
      FIRN_TRY(CheckLake(permit, call.place(), Permission::kDescribe));
      FIRN_ASSIGN_OR_RETURN(const auto row, store_.FindNamespace(call.place()));
      return json::object{{"Database", DatabaseDocument(call, row)}};
    }
    case Op::kGetDatabases: return ListDatabases(permit, call);
    case Op::kCreateDatabase:
    case Op::kUpdateDatabase: return ChangeDatabase(permit, call);
    case Op::kDeleteDatabase:
      FIRN_TRY(CheckLake(permit, call.place(), Permission::kDrop));
      FIRN_TRY(store_.DropNamespace(permit, call.place()));
      return json::object();
    case Op::kGetTable: {
      FIRN_TRY(CheckLake(permit, call.place(), Permission::kDescribe));
      FIRN_ASSIGN_OR_RETURN(json::object table, TableDocument(call, call.table));
      return json::object{{"Table", std::move(table)}};
    }
    case Op::kGetTables: return ListTables(permit, call);
    case Op::kGetTableVersion:
    case Op::kGetTableVersions: return TableVersions(permit, call);
    case Op::kCreateTable: return CreateTable(context, permit, call);
    case Op::kUpdateTable: return UpdateTable(permit, call);
    case Op::kBatchDeleteTable: return DeleteTables(permit, call);
    case Op::kDeleteTable:
      FIRN_TRY(CheckLake(permit, call.place(), Permission::kDrop));
      FIRN_TRY(store_.DropTable(permit, call.place()));
      return json::object();
  }
  return Internal("UnhandledOperation", call.name);
}

Result<aws::Answer> GlueApi::Handle(const Context& context, const policy::Permit& permit,
                                    const GlueCall& call) const {
  FIRN_ASSIGN_OR_RETURN(const json::object document, Answer(context, permit, call));
  aws::Answer answer = aws::JsonAnswer(PrintJson(document));
  answer.content_type = "application/x-amz-json-1.1";
  return answer;
}

}  // namespace firn::glue
