#include <algorithm>

#include "base/encoding.h"
#include "cloud/icebergrest/firn_face.h"
#include "cloud/icebergrest/limits.h"
#include "lake/iceberg/table_request.h"
#include "wire/iceberg_rest/serving.h"

/// Tables, views and credentials.

namespace firn::icebergrest {
namespace {

using iceberg_rest::Operation;

Result<TableChange> ParseChange(const iceberg_rest::CommitTableRequest& request,
                                TableIdentifier identifier) {
  TableChange change{.identifier = std::move(identifier), .requirements = {}, .updates = {}};
  FIRN_ASSIGN_OR_RETURN(change.requirements, iceberg::ParseTableRequirements(request.requirements));
  FIRN_ASSIGN_OR_RETURN(change.updates, iceberg::ParseTableUpdates(request.updates));
  return change;
}

Result<NewTableShape> ParseShape(const iceberg_rest::CreateTableRequest& request) {
  FIRN_ASSIGN_OR_RETURN(auto parts,
                        iceberg::ParseTableParts(request.schema, request.partition_spec,
                                                 request.write_order));
  return NewTableShape{.schema = std::move(parts.schema),
                       .spec = std::move(parts.spec),
                       .order = std::move(parts.order),
                       .properties = request.properties,
                       .location = request.location.value_or("")};
}

bool WantsRefsOnly(const FirnCall& call) {
  return iceberg_rest::WantsReferencedSnapshots(call.query.Get("snapshots"));
}

std::string EtagOf(const ledger::WarehouseEntryRow& row, bool refs_only) {
  return "\"" + row.version_token + (refs_only ? "-refs" : "") + "\"";
}

std::string SessionPolicy(std::string_view location, bool writable) {
  location.remove_prefix(std::string_view("s3://").size());
  const std::size_t slash = location.find('/');
  const std::string bucket = "arn:aws:s3:::" + std::string(location.substr(0, slash));
  const std::string key(location.substr(slash + 1));
  json::array actions{"s3:GetObject"};
  if (writable) {
    for (const char* action : {"s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload",
                               "s3:ListMultipartUploadParts"}) {
      actions.push_back(json::value(action));
    }
  }
  const json::object objects{
      {"Effect", "Allow"}, {"Action", std::move(actions)}, {"Resource", bucket + "/" + key + "/*"}};
  const json::object list{
      {"Effect", "Allow"},
      {"Action", "s3:ListBucket"},
      {"Resource", bucket},
      {"Condition", json::object{{"StringLike", json::object{{"s3:prefix", key + "/*"}}}}}};
  return PrintJson(
      json::object{{"Version", "2012-10-17"}, {"Statement", json::array{objects, list}}});
}

/// What Java's clients throw as their own IllegalArgumentException, as the reference server has it
/// for views.
Error AsIllegalArgument(const Error& error) {
  if (error.code() != ErrorCode::kInvalidArgument || error.reason() != "InvalidUpdate")
    return error;
  return Error(error.code(), "IllegalArgumentException", error.message(), error.place());
}

}  // namespace

iceberg_rest::Properties FirnFace::StorageConfig(const FirnRequest& request) const {
  return {{"client.region", parts_.region},
          {"s3.region", parts_.region},
          {"s3.endpoint", request.endpoint},
          {"s3.path-style-access", "true"}};
}

Result<iceberg_rest::Properties> FirnFace::Vend(const Task& task, const std::string& location) {
  const TableIdentifier identifier = task.identifier();
  const auto may = [&](std::string_view action) {
    return parts_.authorizer.WouldAllow(task.permit.principal(),
                                        NeedOn(task.call, action, &identifier, false),
                                        task.permit.request_conditions());
  };
  iceberg_rest::Properties config;
  if (!may("s3tables:GetTableData")) return config;
  const bool writable = may("s3tables:PutTableData");
  std::tuple key{task.permit.principal().access_key_id.value(), location, writable};
  const WallTime now = parts_.clock.Now();
  std::optional<sts::TemporaryCredentials> vended;
  {
    const MutexLock lock(mutex_);
    const auto found = vended_.find(key);
    if (found != vended_.end() && found->second.expires_at - now >= kVendedDuration / 2) {
      vended = found->second;
    }
  }
  if (!vended) {
    FIRN_ASSIGN_OR_RETURN(
        vended, parts_.sts.Vend(task.permit, {.service_name = "AWSServiceRoleForFirnCatalog",
                                              .session_name = "catalog",
                                              .session_policy = SessionPolicy(location, writable),
                                              .duration = kVendedDuration}));
    const MutexLock lock(mutex_);
    if (vended_.size() >= kVendedCacheEntriesMax) vended_.clear();
    vended_.insert_or_assign(std::move(key), *vended);
  }
  const Credentials& credentials = vended->credentials;
  config["s3.access-key-id"] = credentials.access_key_id.value();
  config["s3.secret-access-key"] = std::string(credentials.secret_key.Reveal());
  config["s3.session-token"] = std::string(credentials.session_token.Reveal());
  config["s3.session-token-expires-at-ms"] = std::to_string(MillisSinceEpoch(vended->expires_at));
  return config;
}

Result<aws::Answer> FirnFace::TableAnswer(const Task& task, const ledger::WarehouseEntryRow& row,
                                          const iceberg::TableMetadata& metadata) {
  iceberg_rest::LoadTableResult result{.metadata = iceberg::ToJson(metadata),
                                       .config = StorageConfig(task.request)};
  if (!row.metadata_location.empty()) result.metadata_location = row.metadata_location;
  if (task.request.wants_credentials) {
    FIRN_ASSIGN_OR_RETURN(const auto vended, Vend(task, row.location));
    for (const auto& [name, value] : vended) result.config[name] = value;
    if (!vended.empty()) {
      result.storage_credentials.push_back({.prefix = row.location, .config = result.config});
    }
  }
  aws::Answer answer = aws::JsonAnswer(iceberg_rest::PrintLoadTableResult(result));
  if (result.metadata_location) {
    answer.headers.emplace_back("ETag", EtagOf(row, WantsRefsOnly(task.call)));
  }
  return answer;
}

Result<aws::Answer> FirnFace::CreateTable(const Task& task) {
  FIRN_ASSIGN_OR_RETURN(const auto body, iceberg_rest::ParseCreateTableRequest(task.request.body));
  FIRN_ASSIGN_OR_RETURN(const auto shape, ParseShape(body));
  FIRN_ASSIGN_OR_RETURN(
      const auto created,
      parts_.store.CreateTable(task.context, task.permit, task.warehouse,
                               {task.call.route.namespace_levels, body.name}, shape,
                               body.stage_create.value_or(false), task.keep));
  return TableAnswer(task, created.row, *created.metadata);
}

Result<aws::Answer> FirnFace::RegisterTable(const Task& task) {
  FIRN_ASSIGN_OR_RETURN(const auto body,
                        iceberg_rest::ParseRegisterTableRequest(task.request.body));
  FIRN_ASSIGN_OR_RETURN(const auto table, parts_.store.RegisterTable(
                                              task.context, task.permit, task.warehouse,
                                              {task.call.route.namespace_levels, body.name},
                                              body.metadata_location, body.overwrite, task.keep));
  return TableAnswer(task, table.row, *table.metadata);
}

Result<aws::Answer> FirnFace::LoadTable(const Task& task) {
  FIRN_ASSIGN_OR_RETURN(const auto row,
                        parts_.store.FindEntry(task.warehouse, task.identifier(), false));
  const std::string etag = EtagOf(row, WantsRefsOnly(task.call));
  if (iceberg_rest::EtagMatches(task.request.if_none_match, etag)) {
    aws::Answer answer = aws::EmptyAnswer(304);
    answer.headers.emplace_back("ETag", etag);
    return answer;
  }
  FIRN_ASSIGN_OR_RETURN(const auto table,
                        parts_.store.LoadTable(task.warehouse, task.identifier()));
  return TableAnswer(task, table.row,
                     WantsRefsOnly(task.call) ? iceberg::WithReferencedSnapshots(*table.metadata) : *table.metadata);
}

Result<aws::Answer> FirnFace::CommitTable(const Task& task) {
  FIRN_ASSIGN_OR_RETURN(const auto body, iceberg_rest::ParseCommitTableRequest(task.request.body));
  FIRN_ASSIGN_OR_RETURN(auto change, ParseChange(body, task.identifier()));
  std::vector<TableChange> changes;
  changes.push_back(std::move(change));
  FIRN_ASSIGN_OR_RETURN(const auto tables,
                        parts_.store.CommitTables(task.context, task.permit, task.warehouse,
                                                  std::move(changes), task.keep));
  aws::Answer answer = aws::JsonAnswer(iceberg_rest::PrintCommitTableResponse(
      {.metadata_location = tables.front().row.metadata_location,
       .metadata = iceberg::ToJson(*tables.front().metadata)}));
  answer.headers.emplace_back("ETag", EtagOf(tables.front().row, false));
  return answer;
}

Result<aws::Answer> FirnFace::CommitTransaction(const Task& task) {
  FIRN_ASSIGN_OR_RETURN(const auto body,
                        iceberg_rest::ParseCommitTransactionRequest(task.request.body));
  std::vector<TableChange> changes;
  for (const auto& one : body.table_changes) {
    FIRN_ASSIGN_OR_RETURN(auto change, ParseChange(one, *one.identifier));
    changes.push_back(std::move(change));
  }
  FIRN_TRY(parts_.store.CommitTables(task.context, task.permit, task.warehouse, std::move(changes),
                                     task.keep));
  return aws::EmptyAnswer(204);
}

aws::Answer FirnFace::ViewAnswer(const LoadedView& view) const {
  return aws::JsonAnswer(PrintJson(json::object{{"metadata-location", view.row.metadata_location},
                                                {"metadata", iceberg::ToJson(view.metadata)},
                                                {"config", json::object()}}));
}

Result<aws::Answer> FirnFace::CreateView(const Task& task) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseJson(task.request.body));
  FIRN_ASSIGN_OR_RETURN(const json::object* body, AsObject(document, "request"));
  ViewChange change;
  change.identifier.namespace_levels = task.call.route.namespace_levels;
  FIRN_ASSIGN_OR_RETURN(change.identifier.name, GetString(*body, "name"));
  FIRN_ASSIGN_OR_RETURN(const json::object* schema, GetObject(*body, "schema"));
  FIRN_ASSIGN_OR_RETURN(const json::object* version, GetObject(*body, "view-version"));
  FIRN_ASSIGN_OR_RETURN(const auto location, FindString(*body, "location"));
  iceberg::AddSchema added;
  FIRN_ASSIGN_OR_RETURN(added.schema, iceberg::ParseSchema(*schema));
  iceberg::AddViewVersion first;
  FIRN_ASSIGN_OR_RETURN(first.version, iceberg::ParseViewVersion(*version));
  first.version.schema_id = -1;
  change.updates.emplace_back(std::move(added));
  change.updates.emplace_back(std::move(first));
  change.updates.emplace_back(iceberg::SetCurrentViewVersion{});
  iceberg::SetProperties properties;
  FIRN_ASSIGN_OR_RETURN(const json::object* given, FindObject(*body, "properties"));
  if (given != nullptr) {
    for (const auto& [name, value] : *given) {
      if (!value.is_string()) return InvalidArgument("BadRequest", "properties must be texts");
      properties.updates[std::string(name)] = std::string(value.get_string());
    }
  }
  change.updates.emplace_back(std::move(properties));
  const auto view = parts_.store.CreateView(task.context, task.permit, task.warehouse,
                                            std::move(change), location.value_or(""), task.keep);
  if (!view) return AsIllegalArgument(view.error());
  return ViewAnswer(*view);
}

Result<aws::Answer> FirnFace::ReplaceView(const Task& task) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseJson(task.request.body));
  FIRN_ASSIGN_OR_RETURN(const json::object* body, AsObject(document, "request"));
  FIRN_ASSIGN_OR_RETURN(const json::array* requirements, FindArray(*body, "requirements"));
  FIRN_ASSIGN_OR_RETURN(const json::array* updates, GetArray(*body, "updates"));
  ViewChange change;
  change.identifier = task.identifier();
  if (requirements != nullptr) {
    for (const json::value& value : *requirements) {
      FIRN_ASSIGN_OR_RETURN(auto uuid, iceberg::ParseViewRequirement(value));
      change.required_uuids.push_back(std::move(uuid));
    }
  }
  for (const json::value& value : *updates) {
    FIRN_ASSIGN_OR_RETURN(auto update, iceberg::ParseViewUpdate(value));
    change.updates.push_back(std::move(update));
  }
  const auto view = parts_.store.ReplaceView(task.context, task.permit, task.warehouse,
                                             std::move(change), task.keep);
  if (!view) return AsIllegalArgument(view.error());
  return ViewAnswer(*view);
}

Result<aws::Answer> FirnFace::Rename(const Task& task, bool view) {
  FIRN_ASSIGN_OR_RETURN(const auto names, iceberg_rest::ParseRenameTableRequest(task.request.body));
  FIRN_TRY(parts_.store.RenameEntry(task.permit, task.warehouse, names.source, names.destination,
                                    view, task.keep));
  return aws::EmptyAnswer(204);
}

Result<aws::Answer> FirnFace::LoadCredentials(const Task& task) {
  FIRN_ASSIGN_OR_RETURN(const auto row,
                        parts_.store.FindEntry(task.warehouse, task.identifier(), false));
  FIRN_ASSIGN_OR_RETURN(auto vended, Vend(task, row.location));
  iceberg_rest::LoadCredentialsResponse response;
  if (!vended.empty()) {
    response.storage_credentials.push_back({.prefix = row.location, .config = std::move(vended)});
  }
  return aws::JsonAnswer(iceberg_rest::PrintLoadCredentialsResponse(response));
}

}  // namespace firn::icebergrest
