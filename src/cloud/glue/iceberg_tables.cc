#include <algorithm>

#include "base/encoding.h"
#include "cloud/glue/iceberg_face.h"
#include "cloud/s3tables/names.h"

/// Tables of the Iceberg REST faces: create, load, commit, rename, drop.

namespace firn::glue {
namespace {

using lakeformation::Permission;

/// Updates that only add data; Glue asks INSERT for them, ALTER for all others.
bool IsDataOnly(const iceberg::TableUpdate& update) {
  return std::holds_alternative<iceberg::AddSnapshot>(update) ||
         std::holds_alternative<iceberg::SetSnapshotRef>(update) ||
         std::holds_alternative<iceberg::RemoveSnapshots>(update) ||
         std::holds_alternative<iceberg::SetStatistics>(update) ||
         std::holds_alternative<iceberg::SetPartitionStatistics>(update);
}

Result<s3tables::TableChange> ParseChange(const std::string& body) {
  FIRN_ASSIGN_OR_RETURN(const auto request, iceberg_rest::ParseCommitTableRequest(body));
  s3tables::TableChange change;
  for (const json::value& value : request.requirements) {
    FIRN_ASSIGN_OR_RETURN(auto requirement, iceberg::ParseTableRequirement(value));
    change.requirements.push_back(std::move(requirement));
  }
  for (const json::value& value : request.updates) {
    FIRN_ASSIGN_OR_RETURN(auto update, iceberg::ParseTableUpdate(value));
    change.updates.push_back(std::move(update));
  }
  return change;
}

Result<s3tables::NewTableShape> ParseShape(const iceberg_rest::CreateTableRequest& request) {
  s3tables::NewTableShape shape;
  FIRN_ASSIGN_OR_RETURN(shape.schema, iceberg::ParseSchema(request.schema));
  if (request.partition_spec) {
    FIRN_ASSIGN_OR_RETURN(shape.spec, iceberg::ParsePartitionSpec(*request.partition_spec));
  }
  if (request.write_order) {
    FIRN_ASSIGN_OR_RETURN(shape.order, iceberg::ParseSortOrder(*request.write_order));
  }
  shape.properties = request.properties;
  shape.properties.emplace("write.parquet.compression-codec", "zstd");  // As S3 Tables adds.
  return shape;
}

std::string EtagOf(const ledger::TableRow& row) { return "\"" + row.version_token + "\""; }

bool EtagMatches(std::string_view header, const ledger::TableRow& row) {
  for (std::string_view candidate : Split(header, ',')) {
    while (candidate.starts_with(' ')) candidate.remove_prefix(1);
    while (candidate.ends_with(' ')) candidate.remove_suffix(1);
    if (candidate.starts_with("W/")) candidate.remove_prefix(2);
    if (candidate == "*" || candidate == EtagOf(row) || candidate == row.version_token) return true;
  }
  return false;
}

void AddCredentials(const sts::TemporaryCredentials& vended, iceberg_rest::Properties& config) {
  const Credentials& credentials = vended.credentials;
  config["s3.access-key-id"] = credentials.access_key_id.value();
  config["s3.secret-access-key"] = std::string(credentials.secret_key.Reveal());
  config["s3.session-token"] = std::string(credentials.session_token.Reveal());
  config["s3.session-token-expires-at-ms"] = std::to_string(MillisSinceEpoch(vended.expires_at));
}

}  // namespace

Result<aws::Answer> IcebergFace::TableAnswer(const policy::Permit& permit,
                                             const s3tables::LoadedTable& table,
                                             const IcebergRequest& request) const {
  if (table.metadata == nullptr) {
    return NotFound("NoSuchTable", "The table " + table.row.namespace_name + "." + table.row.name +
                                       " has no Iceberg metadata yet: it was created without a "
                                       "schema, and no metadata location has been set since");
  }
  iceberg_rest::LoadTableResult result{.metadata_location = table.row.metadata_location,
                                       .metadata = iceberg::ToJson(*table.metadata)};
  result.config["client.region"] = parts_.store.parts().region;
  result.config["s3.region"] = parts_.store.parts().region;
  result.config["s3.endpoint"] = request.endpoint;
  result.config["s3.path-style-access"] = "true";
  result.config["s3.delete-enabled"] = "false";
  if (!is_glue()) {
    result.config["tableId"] = table.row.table_id;
    result.config["namespaceId"] = table.row.namespace_id;
    result.config["tableBucketId"] = table.row.bucket_id;
  } else if (request.wants_credentials) {
    // A caller with rights of its own on the data needs no vended ones: the refusal is told, not fatal.
    auto vended = request.data_access
                      ? parts_.vending.Vend(*request.data_access, table)
                      : Result<sts::TemporaryCredentials>(PermissionDenied(
                            "AccessDeniedException",
                            "User: " + permit.principal().arn +
                                " is not authorized to perform: lakeformation:GetDataAccess"));
    if (!vended && vended.error().code() != ErrorCode::kPermissionDenied) return vended.error();
    if (vended) {
      AddCredentials(*vended, result.config);
      result.storage_credentials.push_back({.prefix = table.row.warehouse, .config = result.config});
    } else {
      result.config["firn.credentials-not-vended"] = vended.error().message();
    }
  }
  aws::Answer answer = aws::JsonAnswer(iceberg_rest::PrintLoadTableResult(result));
  answer.headers.emplace_back("ETag", EtagOf(table.row));
  return answer;
}

Result<aws::Answer> IcebergFace::CreateTable(const Context& context, const policy::Permit& permit,
                                             const IcebergCall& call,
                                             const IcebergRequest& request) const {
  FIRN_ASSIGN_OR_RETURN(const auto body, iceberg_rest::ParseCreateTableRequest(request.body));
  s3tables::TablePlace place = call.place();
  FIRN_TRY(CheckLake(permit, place, Permission::kCreateTable));
  if (!is_glue() && !body.stage_create) {
    return InvalidArgument("bad_request", "stage-create is a required field and cannot be null");
  }
  if (body.stage_create.value_or(false)) {
    return InvalidArgument("InvalidInputException",
                           "stage-create is not supported: create the table first, then write");
  }
  if (body.location && !body.location->empty()) {
    return InvalidArgument("InvalidInputException",
                           "The location of a table in a table bucket is assigned by the service: "
                           "leave it out");
  }
  FIRN_ASSIGN_OR_RETURN(const auto shape, ParseShape(body));
  FIRN_TRY(s3tables::CheckColumnNames(shape.schema));
  place.table = body.name;
  FIRN_ASSIGN_OR_RETURN(const auto created,
                        parts_.store.CreateTable(context, permit, place, shape));
  return TableAnswer(permit, created, request);
}

Result<aws::Answer> IcebergFace::LoadTable(const policy::Permit& permit, const IcebergCall& call,
                                           const IcebergRequest& request) const {
  FIRN_TRY(CheckLake(permit, call.place(), Permission::kDescribe));
  FIRN_ASSIGN_OR_RETURN(const auto table, parts_.store.LoadTable(call.place()));
  if (!request.if_none_match.empty() && EtagMatches(request.if_none_match, table.row)) {
    aws::Answer answer = aws::EmptyAnswer(304);
    answer.headers.emplace_back("ETag", EtagOf(table.row));
    return answer;
  }
  if (is_glue() && table.metadata != nullptr) {
    FIRN_TRY(s3tables::CheckColumnNames(table.metadata->current_schema()));
  }
  return TableAnswer(permit, table, request);
}

Result<aws::Answer> IcebergFace::CommitTable(const Context& context, const policy::Permit& permit,
                                             const IcebergCall& call,
                                             const IcebergRequest& request) const {
  FIRN_ASSIGN_OR_RETURN(const auto change, ParseChange(request.body));
  const bool is_data_only =
      std::all_of(change.updates.begin(), change.updates.end(), IsDataOnly);
  if (!is_data_only || !CheckLake(permit, call.place(), Permission::kInsert)) {
    FIRN_TRY(CheckLake(permit, call.place(), Permission::kAlter));
  }
  for (const auto& update : change.updates) {
    const auto* added = std::get_if<iceberg::AddSchema>(&update);
    if (added != nullptr && is_glue()) FIRN_TRY(s3tables::CheckColumnNames(added->schema));
  }
  FIRN_ASSIGN_OR_RETURN(const auto table,
                        parts_.store.CommitTable(context, permit, call.place(), change));
  if (table.metadata == nullptr) {
    return InvalidArgument("BadRequestException", "a commit to a table without metadata must "
                                                  "create it");
  }
  aws::Answer answer = aws::JsonAnswer(iceberg_rest::PrintCommitTableResponse(
      {.metadata_location = table.row.metadata_location,
       .metadata = iceberg::ToJson(*table.metadata)}));
  answer.headers.emplace_back("ETag", EtagOf(table.row));
  return answer;
}

Result<aws::Answer> IcebergFace::DropTable(const policy::Permit& permit,
                                           const IcebergCall& call) const {
  FIRN_TRY(CheckLake(permit, call.place(), Permission::kDrop));
  const bool purge = EqualsIgnoreCaseAscii(call.query.Get("purgeRequested"), "true");
  if (!is_glue() && !purge) {
    return InvalidArgument("purge_enabled",
                           "DropTable operation failed. S3 Tables only supports dropping tables "
                           "with purge enabled.");
  }
  FIRN_TRY(parts_.store.DropTable(permit, call.place()));
  return aws::EmptyAnswer(204);
}

Result<aws::Answer> IcebergFace::RenameTable(const policy::Permit& permit, const IcebergCall& call,
                                             const IcebergRequest& request) const {
  FIRN_ASSIGN_OR_RETURN(const auto names, iceberg_rest::ParseRenameTableRequest(request.body));
  if (names.source.namespace_levels.size() != 1 || names.destination.namespace_levels.size() != 1) {
    return InvalidArgument("multipart_namespace_not_supported",
                           "Multipart namespaces are not supported.");
  }
  const s3tables::TablePlace from{call.catalog.bucket, names.source.namespace_levels.front(),
                                  names.source.name};
  const s3tables::TablePlace to{call.catalog.bucket, names.destination.namespace_levels.front(),
                                names.destination.name};
  FIRN_TRY(parts_.store.RenameTable(permit, from, to));
  return aws::EmptyAnswer(204);
}

}  // namespace firn::glue
