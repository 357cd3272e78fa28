#include "cloud/icebergrest/firn_face.h"

#include <algorithm>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "cloud/icebergrest/idempotency_key.h"
#include "cloud/icebergrest/limits.h"
#include "wire/aws/arn.h"

/// Which call it is, what it needs, GetConfig, and outcomes kept under keys.

namespace firn::icebergrest {

using iceberg_rest::Operation;
using ledger::Transaction;
using policy::AccessNeed;

namespace {

/// S3 Tables' actions, on the warehouse or on the entry.
struct Actions {
  std::vector<std::string_view> on_warehouse;
  std::vector<std::string_view> on_entry;
};
Actions ActionsOf(Operation operation) {
  switch (operation) {
    case Operation::kListNamespaces: return {{"s3tables:ListNamespaces"}, {}};
    case Operation::kCreateNamespace:
    case Operation::kUpdateNamespaceProperties: return {{"s3tables:CreateNamespace"}, {}};
    case Operation::kLoadNamespace:
    case Operation::kNamespaceExists: return {{"s3tables:GetNamespace"}, {}};
    case Operation::kDropNamespace: return {{"s3tables:DeleteNamespace"}, {}};
    case Operation::kListTables:
    case Operation::kListViews: return {{"s3tables:ListTables"}, {}};
    case Operation::kCreateTable:
    case Operation::kRegisterTable:
    case Operation::kCreateView: return {{"s3tables:CreateTable", "s3tables:PutTableData"}, {}};
    case Operation::kLoadTable:
    case Operation::kLoadView:
    case Operation::kLoadCredentials: return {{}, {"s3tables:GetTableMetadataLocation"}};
    case Operation::kTableExists:
    case Operation::kViewExists:
    case Operation::kReportMetrics: return {{}, {"s3tables:GetTable"}};
    case Operation::kCommitTable:
    case Operation::kReplaceView: return {{}, {"s3tables:UpdateTableMetadataLocation"}};
    case Operation::kDropTable:
    case Operation::kDropView: return {{}, {"s3tables:DeleteTable"}};
    default: return {{"s3tables:GetTableBucket"}, {}};
  }
}

bool IsViewOperation(Operation operation) {
  switch (operation) {
    case Operation::kLoadView:
    case Operation::kViewExists:
    case Operation::kReplaceView:
    case Operation::kDropView:
    case Operation::kRenameView: return true;
    default: return false;
  }
}

bool IsMutation(Operation operation) {
  switch (operation) {
    case Operation::kCreateNamespace:
    case Operation::kDropNamespace:
    case Operation::kUpdateNamespaceProperties:
    case Operation::kCreateTable:
    case Operation::kRegisterTable:
    case Operation::kCommitTable:
    case Operation::kDropTable:
    case Operation::kRenameTable:
    case Operation::kCommitTransaction:
    case Operation::kCreateView:
    case Operation::kReplaceView:
    case Operation::kDropView:
    case Operation::kRenameView: return true;
    default: return false;
  }
}

const std::vector<std::string>& Endpoints() {
  static const std::string kOne = "/v1/{prefix}/namespaces/{namespace}";
  static const std::vector<std::string> kAll = {
      "GET /v1/{prefix}/namespaces",
      "POST /v1/{prefix}/namespaces",
      "GET " + kOne,
      "HEAD " + kOne,
      "DELETE " + kOne,
      "POST " + kOne + "/properties",
      "GET " + kOne + "/tables",
      "POST " + kOne + "/tables",
      "GET " + kOne + "/tables/{table}",
      "HEAD " + kOne + "/tables/{table}",
      "POST " + kOne + "/tables/{table}",
      "DELETE " + kOne + "/tables/{table}",
      "POST " + kOne + "/register",
      "GET " + kOne + "/tables/{table}/credentials",
      "POST " + kOne + "/tables/{table}/metrics",
      "POST /v1/{prefix}/tables/rename",
      "POST /v1/{prefix}/transactions/commit",
      "GET " + kOne + "/views",
      "POST " + kOne + "/views",
      "GET " + kOne + "/views/{view}",
      "HEAD " + kOne + "/views/{view}",
      "POST " + kOne + "/views/{view}",
      "DELETE " + kOne + "/views/{view}",
      "POST /v1/{prefix}/views/rename",
  };
  return kAll;
}

}  // namespace

Result<FirnCall> FirnFace::ParseCall(std::string_view method, std::string_view raw_path,
                                     std::string_view raw_query) const {
  FirnCall call;
  FIRN_ASSIGN_OR_RETURN(call.query, aws::ParseForm(raw_query));
  FIRN_ASSIGN_OR_RETURN(call.route, iceberg_rest::ParseRoute(method, raw_path));
  call.warehouse = call.route.operation == Operation::kGetConfig ? call.query.Get("warehouse")
                                                                 : call.route.prefix_decoded;
  if (call.warehouse.empty()) call.warehouse = kDefaultWarehouse;
  return call;
}

std::optional<std::string> FirnFace::NamesTableBucket(const FirnCall& call) {
  const auto arn = aws::ParseTableBucketArn(call.warehouse);
  if (!arn) return std::nullopt;
  return arn->bucket;
}

AccessNeed FirnFace::NeedOn(const FirnCall& call, std::string_view action,
                            const TableIdentifier* identifier, bool view) const {
  AccessNeed need{.action = std::string(action),
                  .resource = parts_.store.WarehouseArn(call.warehouse)};
  const Namespace& levels =
      identifier == nullptr ? call.route.namespace_levels : identifier->namespace_levels;
  if (!levels.empty()) {
    need.conditions.Set("s3tables:namespace", iceberg_rest::DisplayNamespace(levels));
  }
  if (identifier == nullptr) return need;
  need.conditions.Set("s3tables:tableName", identifier->name);
  const auto warehouse = parts_.store.FindWarehouse(call.warehouse);
  const auto row = warehouse ? parts_.store.FindEntry(*warehouse, *identifier, view)
                             : Result<ledger::WarehouseEntryRow>(warehouse.error());
  need.resource += "/table/" + (row ? row->entry_id : std::string("*"));
  return need;
}

Result<std::vector<AccessNeed>> FirnFace::NeedsOf(const FirnCall& call,
                                                  std::string_view body) const {
  const Operation operation = call.route.operation;
  const bool view = IsViewOperation(operation);
  std::vector<AccessNeed> needs;
  const auto commit_needs = [&](const TableIdentifier& identifier) {
    needs.push_back(NeedOn(call, "s3tables:UpdateTableMetadataLocation", &identifier, view));
    // Whoever may commit may create by committing only if it may create.
    const bool is_new = needs.back().resource.ends_with("/*");
    if (is_new && !view) needs.push_back(NeedOn(call, "s3tables:CreateTable", nullptr, view));
  };
  if (operation == Operation::kCommitTransaction) {
    FIRN_ASSIGN_OR_RETURN(const auto request, iceberg_rest::ParseCommitTransactionRequest(body));
    if (request.table_changes.empty() || request.table_changes.size() > kTransactionTablesMax) {
      return InvalidArgument("BadRequest", "a transaction changes 1 to 100 tables");
    }
    for (const auto& change : request.table_changes) commit_needs(*change.identifier);
    return needs;
  }
  if (operation == Operation::kRenameTable || operation == Operation::kRenameView) {
    FIRN_ASSIGN_OR_RETURN(const auto names, iceberg_rest::ParseRenameTableRequest(body));
    needs.push_back(NeedOn(call, "s3tables:RenameTable", &names.source, view));
    AccessNeed to = NeedOn(call, "s3tables:CreateTable", nullptr, view);
    to.conditions.Set("s3tables:namespace",
                      iceberg_rest::DisplayNamespace(names.destination.namespace_levels));
    needs.push_back(std::move(to));
    return needs;
  }
  const TableIdentifier identifier{call.route.namespace_levels, call.route.table};
  if (operation == Operation::kCommitTable) {
    commit_needs(identifier);
    return needs;
  }
  const Actions actions = ActionsOf(operation);
  for (const auto action : actions.on_warehouse) {
    needs.push_back(NeedOn(call, action, nullptr, view));
  }
  for (const auto action : actions.on_entry) {
    needs.push_back(NeedOn(call, action, &identifier, view));
  }
  return needs;
}

aws::Answer FirnFace::GetConfig(const FirnCall& call) const {
  iceberg_rest::ConfigResponse config;
  config.endpoints = Endpoints();
  config.idempotency_key_lifetime = "PT30M";
  config.defaults["io-impl"] = "org.apache.iceberg.aws.s3.S3FileIO";
  config.defaults["rest.signing-region"] = parts_.region;
  config.defaults["rest.signing-name"] = "firn";
  config.defaults["client.region"] = parts_.region;
  config.overrides["prefix"] = PercentEncode(call.warehouse);
  return aws::JsonAnswer(iceberg_rest::PrintConfigResponse(config));
}

Result<std::optional<aws::Answer>> FirnFace::Replay(const Task& task) {
  const FirnRequest& request = task.request;
  const std::string& principal = task.permit.principal().arn;
  FIRN_ASSIGN_OR_RETURN(const auto kept, parts_.ledger.Read([&](Transaction& transaction) {
    return ledger::FindIdempotency(transaction, principal, request.idempotency_key);
  }));
  if (!kept || kept->expires_at <= parts_.clock.Now()) return std::optional<aws::Answer>();
  if (kept->request_sha256 != RequestHash(request.method, request.target, request.body)) {
    return InvalidArgument("IdempotencyKeyReused",
                           "The Idempotency-Key was used for another request");
  }
  aws::Answer answer;
  if (kept->metadata_location.empty()) {
    answer = kept->body.empty() ? aws::EmptyAnswer(static_cast<int>(kept->status))
                                : aws::JsonAnswer(kept->body, static_cast<int>(kept->status));
    return std::optional<aws::Answer>(std::move(answer));
  }
  if (kept->status == 204) return std::optional<aws::Answer>(aws::EmptyAnswer(204));
  FIRN_ASSIGN_OR_RETURN(const auto bytes, parts_.store.ReadMetadataFile(kept->metadata_location));
  FIRN_ASSIGN_OR_RETURN(json::value metadata, ParseJson(bytes));
  iceberg_rest::LoadTableResult result{.metadata_location = kept->metadata_location,
                                       .metadata = std::move(metadata),
                                       .config = StorageConfig(request)};
  if (request.wants_credentials && !IsViewOperation(task.call.route.operation)) {
    FIRN_ASSIGN_OR_RETURN(const auto vended, Vend(task, kept->entry_location));
    for (const auto& [name, value] : vended) result.config[name] = value;
  }
  return std::optional<aws::Answer>(aws::JsonAnswer(iceberg_rest::PrintLoadTableResult(result)));
}

Result<aws::Answer> FirnFace::Handle(const Context& context, const policy::Permit& permit,
                                     const FirnCall& call, const FirnRequest& request) {
  FIRN_ASSIGN_OR_RETURN(auto warehouse, parts_.store.FindWarehouse(call.warehouse));
  if (call.route.operation == Operation::kGetConfig) return GetConfig(call);
  Task task{context, permit, call, request, std::move(warehouse), [](Transaction&, const Outcome&) {
              return Ok();
            }};
  if (request.idempotency_key.empty() || !IsMutation(call.route.operation)) return Run(task);
  FIRN_TRY(CheckIdempotencyKey(request.idempotency_key));
  FIRN_ASSIGN_OR_RETURN(auto replayed, Replay(task));
  if (replayed) return *std::move(replayed);
  const std::string hash = RequestHash(request.method, request.target, request.body);
  const bool has_body = call.route.operation != Operation::kCommitTransaction;
  task.keep = [&, this](Transaction& transaction, const Outcome& outcome) -> Status {
    const WallTime now = parts_.clock.Now();
    FIRN_TRY(ledger::PruneIdempotency(transaction, now));
    const bool names_metadata = has_body && outcome.body.empty();
    return ledger::InsertIdempotency(
        transaction,
        {.principal_arn = permit.principal().arn,
         .key = request.idempotency_key,
         .request_sha256 = hash,
         .status = has_body ? outcome.status : 204,
         .body = outcome.body,
         .metadata_location = names_metadata ? outcome.metadata_location : std::string(),
         .entry_location = names_metadata ? outcome.entry_location : std::string(),
         .expires_at = now + kIdempotencyLife});
  };
  auto answer = Run(task);
  if (answer) return answer;
  // A twin of this request may have been faster.
  FIRN_ASSIGN_OR_RETURN(auto twin, Replay(task));
  if (twin) return *std::move(twin);
  return answer;
}

Result<aws::Answer> FirnFace::Run(const Task& task) {
  const TableIdentifier identifier = task.identifier();
  switch (task.call.route.operation) {
    case Operation::kListNamespaces: return ListNamespaces(task);
    case Operation::kCreateNamespace:
    case Operation::kLoadNamespace:
    case Operation::kNamespaceExists:
    case Operation::kDropNamespace:
    case Operation::kUpdateNamespaceProperties: return RunNamespace(task);
    case Operation::kListTables: return ListNames(task, false);
    case Operation::kListViews: return ListNames(task, true);
    case Operation::kCreateTable: return CreateTable(task);
    case Operation::kRegisterTable: return RegisterTable(task);
    case Operation::kLoadTable: return LoadTable(task);
    case Operation::kCommitTable: return CommitTable(task);
    case Operation::kCommitTransaction: return CommitTransaction(task);
    case Operation::kRenameTable: return Rename(task, false);
    case Operation::kRenameView: return Rename(task, true);
    case Operation::kCreateView: return CreateView(task);
    case Operation::kReplaceView: return ReplaceView(task);
    case Operation::kLoadCredentials: return LoadCredentials(task);
    case Operation::kLoadView: {
      FIRN_ASSIGN_OR_RETURN(const auto view, parts_.store.LoadView(task.warehouse, identifier));
      return ViewAnswer(view);
    }
    case Operation::kTableExists:
    case Operation::kViewExists:
    case Operation::kReportMetrics:  // Read and dropped.
      FIRN_TRY(parts_.store.FindEntry(task.warehouse, identifier,
                                      task.call.route.operation == Operation::kViewExists));
      return aws::EmptyAnswer(204);
    case Operation::kDropTable:
    case Operation::kDropView: {
      const bool view = task.call.route.operation == Operation::kDropView;
      const bool purge =
          view || EqualsIgnoreCaseAscii(task.call.query.Get("purgeRequested"), "true");
      FIRN_TRY(
          parts_.store.DropEntry(task.permit, task.warehouse, identifier, view, purge, task.keep));
      return aws::EmptyAnswer(204);
    }
    default: break;
  }
  return Unsupported("UnsupportedOperation",
                     std::string(iceberg_rest::OperationName(task.call.route.operation)) +
                         " is not served: the configuration's endpoints say what is");
}

}  // namespace firn::icebergrest
