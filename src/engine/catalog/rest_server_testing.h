#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "lake/iceberg/table_metadata.h"
#include "lake/iceberg/table_update.h"
#include "wire/http/client.h"
#include "wire/iceberg_rest/errors.h"
#include "wire/iceberg_rest/messages.h"
#include "wire/iceberg_rest/paths.h"

/// A REST catalog in memory behind the face of an HTTP client, for tests: it counts what is asked
/// and fails as told.

namespace firn::catalog {

/// What happens to a request instead of, or after, its being served.
enum class FaultKind {
  kAnswer,         ///< Answered with `status` and `body`; nothing is applied.
  kLoseRequest,    ///< Nothing is applied, the caller sees AnswerLost.
  kLoseAnswer,     ///< Applied; the caller sees AnswerLost.
  kCutAnswer,      ///< Applied; the body arrives cut in half.
  kAnswerAfter,    ///< Applied; answered with `status` and `body` all the same.
  kRefuseConnect,  ///< Surely never reached the server.
};

struct Fault {
  std::string method;
  std::string part;  ///< Of the URL.
  FaultKind kind = FaultKind::kAnswer;
  int status = 500;
  std::string body = {};
  int count = 1;
  /// Runs before the fault, outside the lock: another writer's commit, say.
  std::function<void()> before = {};
};

/// Thread-safe.
class RestServerFake final : public http::Client {
 public:
  explicit RestServerFake(const Clock& clock) : clock_(clock) {}

  std::string prefix = "catalogs/1:s3tablescatalog/b";
  bool has_etags = true;
  std::chrono::seconds clock_ahead{0};  ///< Of the server's clock, as its Date header shows it.
  iceberg_rest::Properties config_of_tables = {};
  std::vector<iceberg_rest::StorageCredential> storage_credentials = {};
  iceberg_rest::ConfigResponse config = {};

  void Add(Fault fault) {
    MutexLock lock(mutex_);
    faults_.push_back(std::move(fault));
  }

  /// Requests seen of that method whose URL holds `part`.
  int Count(std::string_view method, std::string_view part = "") const {
    MutexLock lock(mutex_);
    int count = 0;
    for (const http::OutgoingRequest& request : seen_) {
      count += request.method == method && request.url.find(part) != std::string::npos ? 1 : 0;
    }
    return count;
  }
  std::vector<http::OutgoingRequest> seen() const {
    MutexLock lock(mutex_);
    return seen_;
  }
  void ForgetSeen() {
    MutexLock lock(mutex_);
    seen_.clear();
  }
  void AddNamespace(const std::string& name) {
    MutexLock lock(mutex_);
    namespaces_[name];
  }
  /// A copy of a table's metadata; nullopt when it is not there.
  std::optional<iceberg::TableMetadata> Metadata(const std::string& database,
                                                 const std::string& table) const {
    MutexLock lock(mutex_);
    const auto found = namespaces_.find(database);
    if (found == namespaces_.end() || !found->second.contains(table)) return std::nullopt;
    return found->second.at(table).metadata;
  }
  /// Changes a table as another writer would.
  void Change(const std::string& database, const std::string& table,
              const std::function<void(iceberg::TableMetadata&)>& change) {
    MutexLock lock(mutex_);
    Table& found = namespaces_.at(database).at(table);
    change(found.metadata);
    ++found.version;
  }

  Result<http::IncomingResponse> Send(const Context& context,
                                      const http::OutgoingRequest& request) override {
    std::optional<Fault> fault;
    {
      MutexLock lock(mutex_);
      seen_.push_back(request);
      fault = TakeFault(request);
    }
    FIRN_TRY(context.Check());
    if (fault && fault->before) fault->before();
    if (fault) {
      if (fault->kind == FaultKind::kRefuseConnect)
        return Unavailable("ConnectFailed", "connection refused");
      if (fault->kind == FaultKind::kLoseRequest)
        return Unavailable("AnswerLost", "connection reset");
      if (fault->kind == FaultKind::kAnswer) return Answer(fault->status, fault->body);
    }
    http::IncomingResponse answer = Serve(request);
    if (!fault) return answer;
    if (fault->kind == FaultKind::kLoseAnswer) return Unavailable("AnswerLost", "connection reset");
    if (fault->kind == FaultKind::kAnswerAfter) return Answer(fault->status, fault->body);
    answer.body.resize(answer.body.size() / 2);
    return answer;
  }

  void SendAsync(const Context& context, http::OutgoingRequest request,
                 std::function<void(Result<http::IncomingResponse>)> done) override {
    done(Send(context, request));
  }

 private:
  struct Table {
    iceberg::TableMetadata metadata;
    int version = 0;
    std::string Location() const {
      return metadata.location + "/metadata/" + std::to_string(version) + ".metadata.json";
    }
  };

  http::IncomingResponse Answer(int status, std::string body) const {
    const std::string date = FormatHttpDate(clock_.Now() + clock_ahead);
    return {.status = status, .headers = {{"date", date}}, .body = std::move(body)};
  }
  http::IncomingResponse Refuse(const Error& error) const {
    const iceberg_rest::ErrorModel model = iceberg_rest::FromError(error);
    return Answer(model.code, iceberg_rest::PrintErrorBody(model));
  }

  std::optional<Fault> TakeFault(const http::OutgoingRequest& request) FIRN_REQUIRES(mutex_) {
    for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
      if (fault->method != request.method || request.url.find(fault->part) == std::string::npos)
        continue;
      Fault taken = *fault;
      if (--fault->count == 0) faults_.erase(fault);
      return taken;
    }
    return std::nullopt;
  }

  http::IncomingResponse Serve(const http::OutgoingRequest& request) {
    auto url = http::ParseUrl(request.url);
    if (!url) return Refuse(url.error());
    auto route = iceberg_rest::ParseRoute(request.method, url->path);
    if (!route) return Refuse(route.error());
    MutexLock lock(mutex_);
    auto answer = ServeRoute(request, *route, url->query);
    return answer ? *std::move(answer) : Refuse(answer.error());
  }

  Result<http::IncomingResponse> ServeRoute(const http::OutgoingRequest& request,
                                            const iceberg_rest::Route& route,
                                            const std::string& query) FIRN_REQUIRES(mutex_) {
    using iceberg_rest::Operation;
    const std::string body = request.body ? *request.body : "";
    const std::string database = iceberg_rest::DisplayNamespace(route.namespace_levels);
    switch (route.operation) {
      case Operation::kGetConfig: {
        iceberg_rest::ConfigResponse answer = config;
        answer.overrides["prefix"] = prefix;
        return Answer(200, iceberg_rest::PrintConfigResponse(answer));
      }
      case Operation::kListNamespaces: {
        iceberg_rest::ListNamespacesResponse answer;
        for (const auto& [name, tables] : namespaces_) answer.namespaces.push_back({name});
        return Answer(200, iceberg_rest::PrintListNamespacesResponse(answer));
      }
      case Operation::kCreateNamespace: {
        FIRN_ASSIGN_OR_RETURN(const auto document, iceberg_rest::ParseNamespaceDocument(body));
        const std::string name = iceberg_rest::DisplayNamespace(document.namespace_levels);
        if (namespaces_.contains(name))
          return AlreadyExists("NamespaceExists", "Namespace already exists");
        namespaces_[name];
        return Answer(200, iceberg_rest::PrintNamespaceDocument(document));
      }
      default: break;
    }
    const auto found = namespaces_.find(database);
    if (found == namespaces_.end())
      return NotFound("NoSuchNamespace", "Namespace does not exist: " + database);
    return ServeNamespace(request, route, query, body, found->second);
  }

  Result<http::IncomingResponse> ServeNamespace(const http::OutgoingRequest& request,
                                                const iceberg_rest::Route& route,
                                                const std::string& query, const std::string& body,
                                                std::map<std::string, Table>& tables)
      FIRN_REQUIRES(mutex_) {
    using iceberg_rest::Operation;
    switch (route.operation) {
      case Operation::kLoadNamespace:
        return Answer(200, iceberg_rest::PrintNamespaceDocument(
                               {.namespace_levels = route.namespace_levels}));
      case Operation::kDropNamespace:
        if (!tables.empty())
          return FailedPrecondition("NamespaceNotEmpty", "Namespace is not empty");
        namespaces_.erase(iceberg_rest::DisplayNamespace(route.namespace_levels));
        return Answer(204, "");
      case Operation::kListTables: {
        iceberg_rest::ListTablesResponse answer;
        for (const auto& [name, table] : tables)
          answer.identifiers.push_back({route.namespace_levels, name});
        return Answer(200, iceberg_rest::PrintListTablesResponse(answer));
      }
      case Operation::kCreateTable: return Create(body, tables);
      default: break;
    }
    const auto found = tables.find(route.table);
    if (found == tables.end())
      return NotFound("NoSuchTable", "Table does not exist: " + route.table);
    switch (route.operation) {
      case Operation::kLoadTable: return Load(request, found->second);
      case Operation::kCommitTable: return Commit(body, found->second);
      case Operation::kDropTable:
        if (query.find("purgeRequested=true") == std::string::npos) {
          return InvalidArgument(
              "purge_enabled",
              "DropTable operation failed. S3 Tables only supports dropping tables "
              "with purge enabled.");
        }
        tables.erase(found);
        return Answer(204, "");
      default: return NotFound("UnknownOperation", "not served here");
    }
  }

  http::IncomingResponse Loaded(const Table& table) const FIRN_REQUIRES(mutex_) {
    const iceberg_rest::LoadTableResult result{.metadata_location = table.Location(),
                                               .metadata = ToJson(table.metadata),
                                               .config = config_of_tables,
                                               .storage_credentials = storage_credentials};
    http::IncomingResponse answer = Answer(200, iceberg_rest::PrintLoadTableResult(result));
    if (has_etags) answer.headers.Set("ETag", "\"v" + std::to_string(table.version) + "\"");
    return answer;
  }

  Result<http::IncomingResponse> Load(const http::OutgoingRequest& request, const Table& table)
      FIRN_REQUIRES(mutex_) {
    if (request.headers.Find("if-none-match") == "\"v" + std::to_string(table.version) + "\"")
      return Answer(304, "");
    return Loaded(table);
  }

  Result<http::IncomingResponse> Create(const std::string& body,
                                        std::map<std::string, Table>& tables)
      FIRN_REQUIRES(mutex_) {
    FIRN_ASSIGN_OR_RETURN(const auto request, iceberg_rest::ParseCreateTableRequest(body));
    if (tables.contains(request.name)) return AlreadyExists("TableExists", "Table already exists");
    if (!request.stage_create)
      return InvalidArgument("stage", "stage-create is a required field and cannot be null");
    iceberg::NewTable table;
    FIRN_ASSIGN_OR_RETURN(table.schema, iceberg::ParseSchema(request.schema));
    FIRN_ASSIGN_OR_RETURN(table.spec, iceberg::ParsePartitionSpec(*request.partition_spec));
    FIRN_ASSIGN_OR_RETURN(table.order, iceberg::ParseSortOrder(*request.write_order));
    table.properties = request.properties;
    table.location = "s3://wh-" + request.name;
    table.uuid = "00000000-0000-4000-8000-00000000000" + std::to_string(++made_ % 10);
    FIRN_ASSIGN_OR_RETURN(iceberg::TableMetadata metadata,
                          iceberg::NewTableMetadata(table, clock_.Now()));
    Table& made = tables[request.name];
    made.metadata = std::move(metadata);
    return Loaded(made);
  }

  Result<http::IncomingResponse> Commit(const std::string& body, Table& table)
      FIRN_REQUIRES(mutex_) {
    FIRN_ASSIGN_OR_RETURN(const auto request, iceberg_rest::ParseCommitTableRequest(body));
    std::vector<iceberg::TableRequirement> requirements;
    for (const json::value& value : request.requirements) {
      FIRN_ASSIGN_OR_RETURN(auto requirement, iceberg::ParseTableRequirement(value));
      requirements.push_back(std::move(requirement));
    }
    std::vector<iceberg::TableUpdate> updates;
    for (const json::value& value : request.updates) {
      FIRN_ASSIGN_OR_RETURN(auto update, iceberg::ParseTableUpdate(value));
      updates.push_back(std::move(update));
    }
    FIRN_TRY(iceberg::CheckRequirements(&table.metadata, requirements));
    FIRN_ASSIGN_OR_RETURN(table.metadata, iceberg::ApplyUpdates(&table.metadata, updates,
                                                                clock_.Now(), table.Location()));
    ++table.version;
    return Answer(200,
                  iceberg_rest::PrintCommitTableResponse(
                      {.metadata_location = table.Location(), .metadata = ToJson(table.metadata)}));
  }

  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<std::string, std::map<std::string, Table>> namespaces_ FIRN_GUARDED_BY(mutex_);
  std::list<Fault> faults_ FIRN_GUARDED_BY(mutex_);
  std::vector<http::OutgoingRequest> seen_ FIRN_GUARDED_BY(mutex_);
  int made_ FIRN_GUARDED_BY(mutex_) = 0;
};

}  // namespace firn::catalog
