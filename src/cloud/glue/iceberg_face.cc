#include "cloud/glue/iceberg_face.h"

#include "base/encoding.h"
#include "cloud/s3/table_access.h"

/// Which call it is, what it needs, GetConfig and the refusals AWS makes.

namespace firn::glue {
namespace {

using iceberg_rest::Operation;
using policy::AccessNeed;

/// Glue's action for an operation; each is asked on the resource and its ancestors.
std::string_view GlueActionOf(Operation operation) {
  switch (operation) {
    case Operation::kListNamespaces: return "glue:GetDatabases";
    case Operation::kCreateNamespace: return "glue:CreateDatabase";
    case Operation::kLoadNamespace:
    case Operation::kNamespaceExists: return "glue:GetDatabase";
    case Operation::kDropNamespace: return "glue:DeleteDatabase";
    case Operation::kUpdateNamespaceProperties: return "glue:UpdateDatabase";
    case Operation::kListTables: return "glue:GetTables";
    case Operation::kCreateTable: return "glue:CreateTable";
    case Operation::kLoadTable:
    case Operation::kTableExists:
    case Operation::kReportMetrics: return "glue:GetTable";
    case Operation::kCommitTable: return "glue:UpdateTable";
    case Operation::kDropTable: return "glue:DeleteTable";
    default: return "glue:GetCatalog";
  }
}

/// S3 Tables' actions for an operation (AWS guide, "Accessing tables using the S3 Tables Iceberg REST endpoint").
struct TableActions {
  std::vector<std::string_view> on_bucket;
  std::vector<std::string_view> on_table;
};
TableActions S3TablesActionsOf(Operation operation) {
  switch (operation) {
    case Operation::kListNamespaces: return {{"s3tables:ListNamespaces"}, {}};
    case Operation::kCreateNamespace: return {{"s3tables:CreateNamespace"}, {}};
    case Operation::kLoadNamespace:
    case Operation::kNamespaceExists: return {{"s3tables:GetNamespace"}, {}};
    case Operation::kDropNamespace: return {{"s3tables:DeleteNamespace"}, {}};
    case Operation::kListTables: return {{"s3tables:ListTables"}, {}};
    case Operation::kCreateTable:
      return {{"s3tables:CreateTable", "s3tables:PutTableData", "s3tables:GetTableMetadataLocation",
               "s3tables:UpdateTableMetadataLocation"},
              {}};
    case Operation::kLoadTable: return {{}, {"s3tables:GetTableMetadataLocation", "s3tables:GetTableData"}};
    case Operation::kTableExists: return {{}, {"s3tables:GetTable"}};
    case Operation::kCommitTable:
      return {{}, {"s3tables:UpdateTableMetadataLocation", "s3tables:PutTableData",
                   "s3tables:GetTableData", "s3tables:GetTableMetadataLocation"}};
    case Operation::kDropTable: return {{}, {"s3tables:DeleteTable"}};
    case Operation::kRenameTable: return {{}, {"s3tables:RenameTable"}};
    default: return {{"s3tables:GetTableBucket"}, {}};
  }
}

bool IsViewOperation(Operation operation) {
  switch (operation) {
    case Operation::kListViews:
    case Operation::kCreateView:
    case Operation::kLoadView:
    case Operation::kViewExists:
    case Operation::kReplaceView:
    case Operation::kDropView:
    case Operation::kRenameView:
    case Operation::kRegisterView: return true;
    default: return false;
  }
}

Unexpected UnknownOperation(Operation operation) {
  return NotFound("UnknownOperationException",
                  std::string(iceberg_rest::OperationName(operation)) +
                      " is not an operation of this catalog");
}

/// The part of the namespace's databases that a call is about.
bool NamesTable(const IcebergCall& call) { return !call.route.table.empty(); }

const std::vector<std::string>& Endpoints(FaceKind kind) {
  static const std::vector<std::string> kBoth = {
      "GET /v1/{prefix}/namespaces",
      "POST /v1/{prefix}/namespaces",
      "GET /v1/{prefix}/namespaces/{namespace}",
      "HEAD /v1/{prefix}/namespaces/{namespace}",
      "DELETE /v1/{prefix}/namespaces/{namespace}",
      "GET /v1/{prefix}/namespaces/{namespace}/tables",
      "POST /v1/{prefix}/namespaces/{namespace}/tables",
      "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}",
      "HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}",
      "POST /v1/{prefix}/namespaces/{namespace}/tables/{table}",
      "DELETE /v1/{prefix}/namespaces/{namespace}/tables/{table}",
  };
  static const auto with = [](std::string more) {
    std::vector<std::string> all = kBoth;
    all.push_back(std::move(more));
    return all;
  };
  static const std::vector<std::string> kGlue =
      with("POST /v1/{prefix}/namespaces/{namespace}/properties");
  static const std::vector<std::string> kS3Tables = with("POST /v1/{prefix}/tables/rename");
  return kind == FaceKind::kGlue ? kGlue : kS3Tables;
}

}  // namespace

namespace {

/// Of S3 Tables' two calls that name in the body what they are about; the path's place for all others.
s3tables::TablePlace PlaceInBody(const IcebergCall& call, std::string_view body) {
  s3tables::TablePlace place = call.place();
  if (call.route.operation == Operation::kRenameTable) {
    const auto names = iceberg_rest::ParseRenameTableRequest(body);
    if (!names) return place;
    place.namespace_name = iceberg_rest::DisplayNamespace(names->source.namespace_levels);
    place.table = names->source.name;
  }
  if (call.route.operation == Operation::kCreateNamespace) {
    const auto named = iceberg_rest::ParseNamespaceDocument(body);
    if (named) place.namespace_name = iceberg_rest::DisplayNamespace(named->namespace_levels);
  }
  return place;
}

}  // namespace

s3tables::TablePlace IcebergCall::place() const {
  return {.bucket = catalog.bucket,
          .namespace_name = route.namespace_levels.empty() ? "" : route.namespace_levels.front(),
          .table = route.table};
}

Result<IcebergCall> IcebergFace::ResolveCatalog(IcebergCall call,
                                                std::string_view warehouse) const {
  const auto& store = parts_.store.parts();
  if (is_glue()) {
    FIRN_ASSIGN_OR_RETURN(call.catalog, ParseCatalogId(warehouse, store.account_id));
    return call;
  }
  const auto arn = aws::ParseTableBucketArn(warehouse);
  if (!arn) {
    return InvalidArgument("bad_request", "The warehouse of the S3 Tables catalog must be the ARN "
                                          "of a table bucket, not \"" +
                                              std::string(warehouse.substr(0, 200)) + "\"");
  }
  if (arn->account_id != store.account_id || arn->region != store.region) {
    return NotFound("no_such_bucket", "The specified bucket does not exist.");
  }
  call.catalog = CatalogId{.bucket = arn->bucket, .federated = true};
  return call;
}

Result<IcebergCall> IcebergFace::ParseCall(std::string_view method, std::string_view raw_path,
                                           std::string_view raw_query) const {
  IcebergCall call;
  FIRN_ASSIGN_OR_RETURN(call.query, aws::ParseForm(raw_query));
  FIRN_ASSIGN_OR_RETURN(call.route, iceberg_rest::ParseRoute(method, raw_path));
  if (call.route.operation == Operation::kGetConfig) {
    const std::string warehouse = call.query.Get("warehouse");
    return ResolveCatalog(std::move(call), warehouse);
  }
  std::string prefix = call.route.prefix_decoded;
  if (is_glue()) {
    constexpr std::string_view kCatalogs = "catalogs/";
    if (prefix.starts_with(kCatalogs)) prefix.erase(0, kCatalogs.size());
  }
  return ResolveCatalog(std::move(call), prefix);
}

Result<std::vector<AccessNeed>> IcebergFace::NeedsOf(const IcebergCall& call,
                                                     std::string_view body) const {
  const auto& store = parts_.store.parts();
  std::vector<AccessNeed> needs;
  const s3tables::TablePlace place = is_glue() ? call.place() : PlaceInBody(call, body);
  if (is_glue()) {
    const std::string_view action = GlueActionOf(call.route.operation);
    ResourcePath resource{.catalog = {store.region, store.account_id, CatalogPath(call.catalog)},
                          .database = place.namespace_name,
                          .table = place.table};
    if (call.route.operation == Operation::kCreateNamespace) resource.database.clear();
    for (std::string& arn : ArnsOf(resource)) {
      needs.push_back(AccessNeed{.action = std::string(action), .resource = std::move(arn)});
    }
    return needs;
  }
  const TableActions actions = S3TablesActionsOf(call.route.operation);
  const s3::Place where{store.account_id, store.region};
  const auto bucket = parts_.store.FindBucket(place.bucket);
  for (const std::string_view action : actions.on_bucket) {
    AccessNeed need{.action = std::string(action), .resource = parts_.store.BucketArn(place.bucket)};
    if (bucket) {
      FIRN_ASSIGN_OR_RETURN(need, store.ledger.Read([&](ledger::Transaction& transaction) {
        return s3::TableBucketNeed(transaction, where, *bucket, action);
      }));
    }
    if (!place.namespace_name.empty()) {
      need.conditions.Set("s3tables:namespace", place.namespace_name);
    }
    needs.push_back(std::move(need));
  }
  if (actions.on_table.empty()) return needs;
  const auto table = parts_.store.FindTable(place);
  for (const std::string_view action : actions.on_table) {
    AccessNeed need{.action = std::string(action),
                    .resource = parts_.store.BucketArn(place.bucket) + "/table/*"};
    if (table) {
      FIRN_ASSIGN_OR_RETURN(need, store.ledger.Read([&](ledger::Transaction& transaction) {
        return s3::TableNeed(transaction, where, *table, action);
      }));
    } else {
      need.conditions.Set("s3tables:namespace", place.namespace_name)
          .Set("s3tables:tableName", place.table);
    }
    needs.push_back(std::move(need));
  }
  return needs;
}

bool IcebergFace::MayVend(const IcebergCall& call) const {
  return is_glue() && (call.route.operation == Operation::kLoadTable ||
                       call.route.operation == Operation::kCreateTable);
}

Status IcebergFace::CheckLake(const policy::Permit& permit, const s3tables::TablePlace& place,
                              lakeformation::Permission required) const {
  if (!is_glue()) return Ok();
  return parts_.lake_formation.CheckPermission(
      permit.principal(),
      {.catalog_id = std::string(kFederatedCatalog) + "/" + place.bucket,
       .database = place.namespace_name,
       .table = place.table},
      required);
}

Status IcebergFace::CheckSingleLevel(const IcebergCall& call) const {
  if (call.route.namespace_levels.size() <= 1 && !call.query.Has("parent")) return Ok();
  if (call.query.Has("parent") && call.query.Get("parent").empty()) return Ok();
  // Spark asks for the table `snapshots` in namespace `ns.trips` first, and for `trips` only after a 404.
  const auto operation = call.route.operation;
  if (operation == iceberg_rest::Operation::kLoadTable ||
      operation == iceberg_rest::Operation::kTableExists) {
    return NotFound("NoSuchTable", "No table lies in a namespace of several levels.");
  }
  return is_glue() ? InvalidArgument("IllegalArgumentException",
                                     "Glue dataCatalog does not support multipart namespace.")
                   : InvalidArgument("multipart_namespace_not_supported",
                                     "Multipart namespaces are not supported.");
}

Result<aws::Answer> IcebergFace::GetConfig(const IcebergCall& call) const {
  const auto& store = parts_.store.parts();
  if (call.catalog.federated && !call.catalog.bucket.empty()) {
    const auto bucket = parts_.store.FindBucket(call.catalog.bucket);
    if (!bucket && is_glue() && bucket.error().code() == ErrorCode::kNotFound) {
      return NotFound("EntityNotFoundException",
                      "Catalog " + FullCatalogId(call.catalog, store.account_id) + " not found.");
    }
    FIRN_TRY(bucket);
  }
  iceberg_rest::ConfigResponse config;
  config.endpoints = Endpoints(parts_.kind);
  config.defaults["rest.sigv4-enabled"] = "true";
  config.defaults["rest.signing-region"] = store.region;
  config.defaults["rest.signing-name"] = is_glue() ? "glue" : "s3tables";
  config.defaults["io-impl"] = "org.apache.iceberg.aws.s3.S3FileIO";
  config.defaults["s3.delete-enabled"] = "false";
  config.defaults["rest-metrics-reporting-enabled"] = "false";
  config.overrides["prefix"] =
      is_glue() ? "catalogs/" + FullCatalogId(call.catalog, store.account_id)
                : PercentEncode(parts_.store.BucketArn(call.catalog.bucket));
  return aws::JsonAnswer(iceberg_rest::PrintConfigResponse(config));
}

Result<aws::Answer> IcebergFace::Handle(const Context& context, const policy::Permit& permit,
                                        const IcebergCall& call,
                                        const IcebergRequest& request) const {
  const Operation operation = call.route.operation;
  if (operation == Operation::kGetConfig) return GetConfig(call);
  FIRN_TRY(CheckSingleLevel(call));
  if (is_glue() && (IsViewOperation(operation) || operation == Operation::kRenameTable)) {
    return Unsupported("OperationNotSupportedException",
                       std::string(iceberg_rest::OperationName(operation)) +
                           " endpoint is not supported for Glue Catalog.");
  }
  switch (operation) {
    case Operation::kListNamespaces:
    case Operation::kCreateNamespace:
    case Operation::kLoadNamespace:
    case Operation::kNamespaceExists:
    case Operation::kDropNamespace:
    case Operation::kUpdateNamespaceProperties: return HandleNamespaces(permit, call, request);
    case Operation::kListTables: return ListTables(permit, call);
    case Operation::kCreateTable: return CreateTable(context, permit, call, request);
    case Operation::kLoadTable: return LoadTable(permit, call, request);
    case Operation::kTableExists: return TableExists(permit, call);
    case Operation::kCommitTable: return CommitTable(context, permit, call, request);
    case Operation::kDropTable: return DropTable(permit, call);
    case Operation::kRenameTable: return RenameTable(permit, call, request);
    case Operation::kReportMetrics:
      if (is_glue() && NamesTable(call)) return aws::EmptyAnswer(204);  // Read and dropped.
      return InvalidArgument("report_metrics", "ReportMetrics is currently not supported.");
    default: return UnknownOperation(operation);
  }
}

}  // namespace firn::glue
