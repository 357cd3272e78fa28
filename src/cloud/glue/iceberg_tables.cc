#include <algorithm>

#include "base/encoding.h"
#include "cloud/glue/iceberg_face.h"
#include "cloud/s3tables/names.h"
#include "lake/iceberg/table_request.h"
#include "wire/iceberg_rest/serving.h"

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
  FIRN_ASSIGN_OR_RETURN(change.requirements, iceberg::ParseTableRequirements(request.requirements));
  FIRN_ASSIGN_OR_RETURN(change.updates, iceberg::ParseTableUpdates(request.updates));
  return change;
}

Result<s3tables::NewTableShape> ParseShape(const iceberg_rest::CreateTableRequest& request) {
  FIRN_ASSIGN_OR_RETURN(auto parts,
                        iceberg::ParseTableParts(request.schema, request.partition_spec,
                                                 request.write_order));
  s3tables::NewTableShape shape{.schema = std::move(parts.schema),
                                .spec = std::move(parts.spec),
                                .order = std::move(parts.order),
                                .properties = request.properties};
  shape.properties.emplace("write.parquet.compression-codec", "zstd");  // As S3 Tables adds.
  return shape;
}

std::string EtagOf(const ledger::TableRow& row, bool refs_only = false) {
  return "\"" + row.version_token + (refs_only ? "-refs" : "") + "\"";
}

/// The commit that a client sends after a staged create.
s3tables::TableChange CreationOf(const iceberg::TableMetadata& metadata) {
  return {.requirements = {iceberg::AssertCreate{}},
          .updates = {iceberg::AssignUuid{metadata.table_uuid},
                      iceberg::UpgradeFormatVersion{metadata.format_version},
                      iceberg::SetLocation{metadata.location},
                      iceberg::AddSchema{metadata.current_schema(), metadata.last_column_id},
                      iceberg::SetCurrentSchema{-1},
                      iceberg::AddPartitionSpec{metadata.default_spec()},
                      iceberg::SetDefaultSpec{-1},
                      iceberg::AddSortOrder{metadata.default_sort_order()},
                      iceberg::SetDefaultSortOrder{-1},
                      iceberg::SetProperties{metadata.properties}}};
}

/// Iceberg's clients wait for NoSuchTableException, whichever part of the name is not there.
Error AsMissingTable(const Error& error, const s3tables::TablePlace& place) {
  const bool missing = error.reason() == "NoSuchNamespace" || error.reason() == "NoSuchTable";
  if (error.code() != ErrorCode::kNotFound || !missing) return error;
  return Error(error.code(), "NoSuchTable",
               "Table does not exist: " + place.namespace_name + "." + place.table, error.place());
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
  iceberg_rest::LoadTableResult result{.metadata_location = std::nullopt,
                                       .metadata = iceberg::ToJson(*table.metadata)};
  if (!table.row.metadata_location.empty()) result.metadata_location = table.row.metadata_location;
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
  return aws::JsonAnswer(iceberg_rest::PrintLoadTableResult(result));
}

Result<s3tables::LoadedTable> IcebergFace::StageTable(const Context& context,
                                                      const policy::Permit& permit,
                                                      const s3tables::TablePlace& place,
                                                      const s3tables::NewTableShape& shape) const {
  const auto& store = parts_.store.parts();
  iceberg::NewTable wanted{.schema = shape.schema,
                           .spec = shape.spec,
                           .order = shape.order,
                           .properties = shape.properties,
                           .location = "s3://not-known-yet",
                           .format_version = 2,
                           .uuid = NewUuid(store.random)};
  FIRN_ASSIGN_OR_RETURN(auto metadata, iceberg::NewTableMetadata(wanted, store.clock.Now()));
  auto made = parts_.store.CreateTable(context, permit, place, std::nullopt);
  if (!made) {
    FIRN_ASSIGN_OR_RETURN(auto row, UnfinishedTable(permit, place, made.error()));
    made = s3tables::LoadedTable{.row = std::move(row), .metadata = nullptr};
  }
  metadata.location = made->row.warehouse;
  made->metadata = std::make_shared<const iceberg::TableMetadata>(std::move(metadata));
  return *std::move(made);
}

Result<ledger::TableRow> IcebergFace::UnfinishedTable(const policy::Permit& permit,
                                                      const s3tables::TablePlace& place,
                                                      const Error& refusal) const {
  if (refusal.code() != ErrorCode::kAlreadyExists) return refusal;
  FIRN_ASSIGN_OR_RETURN(auto row, parts_.store.FindTable(place));
  if (!row.metadata_location.empty() || row.created_by != permit.principal().arn) return refusal;
  return row;
}

Result<s3tables::LoadedTable> IcebergFace::CreateOrFinishTable(
    const Context& context, const policy::Permit& permit, const s3tables::TablePlace& place,
    const s3tables::NewTableShape& shape) const {
  auto created = parts_.store.CreateTable(context, permit, place, shape);
  if (created || is_glue()) return created;
  FIRN_TRY(UnfinishedTable(permit, place, created.error()));
  FIRN_ASSIGN_OR_RETURN(const auto staged, StageTable(context, permit, place, shape));
  return parts_.store.CommitTable(context, permit, place, CreationOf(*staged.metadata));
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
  const bool is_staged = body.stage_create.value_or(false);
  if (is_staged && is_glue()) {
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
                        is_staged ? StageTable(context, permit, place, shape)
                                  : CreateOrFinishTable(context, permit, place, shape));
  FIRN_ASSIGN_OR_RETURN(aws::Answer answer, TableAnswer(permit, created, request));
  if (!is_staged) answer.headers.emplace_back("ETag", EtagOf(created.row));
  return answer;
}

Result<aws::Answer> IcebergFace::LoadTable(const policy::Permit& permit, const IcebergCall& call,
                                           const IcebergRequest& request) const {
  FIRN_TRY(CheckLake(permit, call.place(), Permission::kDescribe));
  auto found = parts_.store.LoadTable(call.place());
  if (!found) return AsMissingTable(found.error(), call.place());
  s3tables::LoadedTable table = *std::move(found);
  const bool refs_only = iceberg_rest::WantsReferencedSnapshots(call.query.Get("snapshots"));
  const std::string etag = EtagOf(table.row, refs_only);
  if (iceberg_rest::EtagMatches(request.if_none_match, etag)) {
    aws::Answer answer = aws::EmptyAnswer(304);
    answer.headers.emplace_back("ETag", etag);
    return answer;
  }
  if (is_glue() && table.metadata != nullptr) {
    FIRN_TRY(s3tables::CheckColumnNames(table.metadata->current_schema()));
  }
  if (refs_only && table.metadata != nullptr) {
    table.metadata = std::make_shared<const iceberg::TableMetadata>(
        iceberg::WithReferencedSnapshots(*table.metadata));
  }
  FIRN_ASSIGN_OR_RETURN(aws::Answer answer, TableAnswer(permit, table, request));
  answer.headers.emplace_back("ETag", etag);
  return answer;
}

Result<aws::Answer> IcebergFace::TableExists(const policy::Permit& permit,
                                             const IcebergCall& call) const {
  FIRN_TRY(CheckLake(permit, call.place(), Permission::kDescribe));
  const auto row = parts_.store.FindTable(call.place());
  // A table without metadata does not load either.
  if (row && !row->metadata_location.empty()) return aws::EmptyAnswer(204);
  if (!row) return AsMissingTable(row.error(), call.place());
  return NotFound("NoSuchTable", "The table has no Iceberg metadata yet.");
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
  const auto committed = parts_.store.CommitTable(context, permit, call.place(), change);
  if (!committed) return AsMissingTable(committed.error(), call.place());
  const s3tables::LoadedTable& table = *committed;
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
  const Status dropped = parts_.store.DropTable(permit, call.place());
  if (!dropped) return AsMissingTable(dropped.error(), call.place());
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
