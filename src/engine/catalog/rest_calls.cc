#include <set>

#include "engine/catalog/limits.h"
#include "engine/catalog/rest_calls_internal.h"
#include "wire/iceberg_rest/errors.h"
#include "wire/iceberg_rest/paths.h"

namespace firn::catalog {
namespace {

using iceberg_rest::Namespace;
using iceberg_rest::TableIdentifier;

bool IsSuccess(const http::IncomingResponse& answer) {
  // Glue answers 200 to what it does not know.
  return answer.status >= 200 && answer.status < 300 &&
         !iceberg_rest::IsUnknownOperation(answer.body);
}

/// Sends and returns the successful answer. Errors: worded with `doing`.
Result<http::IncomingResponse> Ask(const Context& context, RestChannel& channel,
                                   const RestRequest& request, std::string_view doing) {
  auto answer = channel.Send(context, request);
  if (!answer) return channel.TransportError(answer.error(), doing);
  if (!IsSuccess(*answer) && answer->status != 304) return channel.AnswerError(*answer, doing);
  return answer;
}

Unexpected BadAnswer(const Error& error, const RestRequest& request, std::string_view doing) {
  return DataCorruption("BadCatalogAnswer", std::string(doing) +
                                                " using REST Catalog, exception: the answer to " +
                                                request.method + " " + request.url +
                                                " cannot be read: " + error.FullMessage());
}

RestRequest Get(std::string url) { return {.method = "GET", .url = std::move(url)}; }

const std::string& Prefix(const RestChannel& channel) { return channel.settings().prefix_raw; }
const std::string& Base(const RestChannel& channel) { return channel.settings().base_url; }

void AddDelegation(const RestChannel& channel, RestRequest& request) {
  if (!channel.settings().vended_credentials) return;
  request.headers.Set(iceberg_rest::kAccessDelegationHeader, iceberg_rest::kVendedCredentials);
}

/// Walks the pages of a listing; `read` takes one body and gives the next page's token.
template <typename ReadPage>
Status ReadPages(const Context& context, RestChannel& channel, const std::string& url,
                 std::string_view doing, ReadPage read) {
  std::string token;
  std::set<std::string> seen;
  for (std::size_t page = 0; page < kListPagesMax; ++page) {
    const RestRequest request =
        Get(token.empty() ? url : iceberg_rest::WithQuery(url, "pageToken", token));
    FIRN_ASSIGN_OR_RETURN(const http::IncomingResponse answer,
                          Ask(context, channel, request, doing));
    auto next = read(answer.body);
    if (!next) return BadAnswer(next.error(), request, doing);
    if (!next->has_value() || (*next)->empty()) return Ok();
    token = **next;
    if (!seen.insert(token).second) {
      return BadAnswer(Error(ErrorCode::kDataCorruption, "PageLoop", "the same page comes again"),
                       request, doing);
    }
  }
  return ResourceExhausted("TooManyPages", std::string(doing) +
                                               " using REST Catalog, exception: more than " +
                                               std::to_string(kListPagesMax) + " pages");
}

Status CheckCount(std::size_t count) {
  if (count <= kListedNamesMax) return Ok();
  return ResourceExhausted("TooManyNames",
                           "more than " + std::to_string(kListedNamesMax) + " names");
}

Result<std::vector<std::string>> ListIdentifiers(const Context& context, RestChannel& channel,
                                                 const std::string& url, std::string_view doing) {
  std::vector<std::string> names;
  const auto read = [&](const std::string& body) -> Result<std::optional<std::string>> {
    FIRN_ASSIGN_OR_RETURN(iceberg_rest::ListTablesResponse page,
                          iceberg_rest::ParseListTablesResponse(body));
    for (TableIdentifier& identifier : page.identifiers)
      names.push_back(std::move(identifier.name));
    FIRN_TRY(CheckCount(names.size()));
    return std::move(page.next_page_token);
  };
  FIRN_TRY(ReadPages(context, channel, url, doing, read));
  return names;
}

Result<TableAnswer> ReadTableAnswer(http::IncomingResponse answer, const RestRequest& request,
                                    std::string_view doing) {
  TableAnswer table;
  table.etag = answer.headers.Find("etag").value_or("");
  const auto date = ParseHttpDate(answer.headers.Find("date").value_or(""));
  if (date) table.server_time = *date;
  auto result = iceberg_rest::ParseLoadTableResult(answer.body);
  if (!result) return BadAnswer(result.error(), request, doing);
  table.result = *std::move(result);
  return table;
}

Error ConfigError(const RestChannel& channel, const http::IncomingResponse& answer) {
  Error error = channel.AnswerError(answer, "Failed to load config");
  const std::string& warehouse = channel.settings().warehouse;
  const bool is_missing =
      error.code() == ErrorCode::kNotFound || error.code() == ErrorCode::kUnsupported;
  const bool is_json = answer.body.find('{') != std::string::npos;
  if (is_missing && !is_json) {
    return Error(ErrorCode::kNotFound, "NotACatalog",
                 error.message() + "\nhint: " + Base(channel) +
                     " does not lead to an Iceberg REST catalog; on AWS it ends in /iceberg");
  }
  if (error.code() == ErrorCode::kNotFound || error.code() == ErrorCode::kInvalidArgument) {
    return Error(
        ErrorCode::kNotFound, "NoSuchWarehouse",
        error.message() + "\nhint: check iceberg.catalog.warehouse, it is '" + warehouse + "'");
  }
  if (error.code() == ErrorCode::kPermissionDenied && !warehouse.empty()) {
    return Error(error.code(), error.reason(),
                 error.message() + "\nhint: asked for warehouse '" + warehouse + "'");
  }
  return error;
}

}  // namespace

Result<iceberg_rest::ConfigResponse> GetConfig(const Context& context, RestChannel& channel) {
  const RestRequest request =
      Get(iceberg_rest::ConfigUrl(Base(channel), channel.settings().warehouse));
  auto answer = channel.Send(context, request);
  if (!answer) return channel.TransportError(answer.error(), "Failed to load config");
  if (!IsSuccess(*answer)) return ConfigError(channel, *answer);
  auto config = iceberg_rest::ParseConfigResponse(answer->body);
  if (!config) return BadAnswer(config.error(), request, "Failed to load config");
  return config;
}

Result<std::vector<Namespace>> ListNamespaces(const Context& context, RestChannel& channel,
                                              const Namespace& parent) {
  std::string url = iceberg_rest::NamespacesUrl(Base(channel), Prefix(channel));
  if (!parent.empty()) {
    std::string joined;
    for (const std::string& level : parent) joined += (joined.empty() ? "" : "\x1f") + level;
    url = iceberg_rest::WithQuery(std::move(url), "parent", joined);
  }
  std::vector<Namespace> namespaces;
  const auto read = [&](const std::string& body) -> Result<std::optional<std::string>> {
    FIRN_ASSIGN_OR_RETURN(iceberg_rest::ListNamespacesResponse page,
                          iceberg_rest::ParseListNamespacesResponse(body));
    for (Namespace& levels : page.namespaces) namespaces.push_back(std::move(levels));
    FIRN_TRY(CheckCount(namespaces.size()));
    return std::move(page.next_page_token);
  };
  FIRN_TRY(ReadPages(context, channel, url, "Failed to list all namespaces", read));
  return namespaces;
}

Result<bool> NamespaceExists(const Context& context, RestChannel& channel,
                             const Namespace& levels) {
  const RestRequest request =
      Get(iceberg_rest::NamespaceUrl(Base(channel), Prefix(channel), levels));
  const auto answer = Ask(context, channel, request, "Failed to get database");
  if (answer) return true;
  if (answer.error().code() == ErrorCode::kNotFound) return false;
  return answer.error();
}

Status CreateNamespace(const Context& context, RestChannel& channel,
                       const iceberg_rest::NamespaceDocument& document) {
  const RestRequest request{.method = "POST",
                            .url = iceberg_rest::NamespacesUrl(Base(channel), Prefix(channel)),
                            .body = iceberg_rest::PrintNamespaceDocument(document),
                            .repeat = Repeat::kNever};
  const auto answer = Ask(context, channel, request, "Failed to create namespace");
  if (answer) return Ok();
  if (answer.error().code() != ErrorCode::kUnavailable) return answer.error();
  // The answer was lost or the server failed: it may have been made.
  const auto exists = NamespaceExists(context, channel, document.namespace_levels);
  return exists && *exists ? Ok() : Status(answer.error());
}

Status DropNamespace(const Context& context, RestChannel& channel, const Namespace& levels) {
  const RestRequest request{
      .method = "DELETE",
      .url = iceberg_rest::NamespaceUrl(Base(channel), Prefix(channel), levels),
      .repeat = Repeat::kNever};
  const auto answer = Ask(context, channel, request, "Failed to drop namespace");
  if (answer) return Ok();
  if (answer.error().code() != ErrorCode::kUnavailable) return answer.error();
  const auto exists = NamespaceExists(context, channel, levels);
  return exists && !*exists ? Ok() : Status(answer.error());
}

Result<std::vector<std::string>> ListTables(const Context& context, RestChannel& channel,
                                            const Namespace& levels) {
  return ListIdentifiers(context, channel,
                         iceberg_rest::TablesUrl(Base(channel), Prefix(channel), levels),
                         "Failed to list tables");
}

Result<std::vector<std::string>> ListViews(const Context& context, RestChannel& channel,
                                           const Namespace& levels) {
  if (!channel.settings().views) return std::vector<std::string>();
  auto views = ListIdentifiers(context, channel,
                               iceberg_rest::ViewsUrl(Base(channel), Prefix(channel), levels),
                               "Failed to list views");
  if (views) return views;
  const ErrorCode code = views.error().code();
  if (code == ErrorCode::kInvalidArgument || code == ErrorCode::kUnsupported)
    return std::vector<std::string>();
  return views;
}

Result<TableAnswer> LoadTable(const Context& context, RestChannel& channel,
                              const TableIdentifier& table, std::string_view etag) {
  RestRequest request = Get(
      iceberg_rest::TableUrl(Base(channel), Prefix(channel), table.namespace_levels, table.name));
  AddDelegation(channel, request);
  if (!etag.empty()) request.headers.Set("If-None-Match", etag);
  FIRN_ASSIGN_OR_RETURN(http::IncomingResponse answer,
                        Ask(context, channel, request, "Failed to load table"));
  if (answer.status == 304) {
    if (!etag.empty()) return TableAnswer{.not_modified = true, .etag = std::string(etag)};
    return BadAnswer(Error(ErrorCode::kDataCorruption, "BadStatus", "304 without a condition"),
                     request, "Failed to load table");
  }
  return ReadTableAnswer(std::move(answer), request, "Failed to load table");
}

Result<TableAnswer> CreateTable(const Context& context, RestChannel& channel,
                                const Namespace& levels,
                                const iceberg_rest::CreateTableRequest& body) {
  RestRequest request{.method = "POST",
                      .url = iceberg_rest::TablesUrl(Base(channel), Prefix(channel), levels),
                      .body = iceberg_rest::PrintCreateTableRequest(body),
                      .repeat = Repeat::kNever};
  AddDelegation(channel, request);
  FIRN_ASSIGN_OR_RETURN(http::IncomingResponse answer,
                        Ask(context, channel, request, "Failed to create table"));
  return ReadTableAnswer(std::move(answer), request, "Failed to create table");
}

Status RenameTable(const Context& context, RestChannel& channel, const TableIdentifier& source,
                   const TableIdentifier& destination) {
  const RestRequest request{
      .method = "POST",
      .url = iceberg_rest::RenameTableUrl(Base(channel), Prefix(channel)),
      .body = iceberg_rest::PrintRenameTableRequest({source, destination}),
      .repeat = Repeat::kNever};
  FIRN_TRY(Ask(context, channel, request, "Failed to rename table"));
  return Ok();
}

Result<TableAnswer> RegisterTable(const Context& context, RestChannel& channel,
                                  const TableIdentifier& table,
                                  const std::string& metadata_location) {
  RestRequest request{
      .method = "POST",
      .url = iceberg_rest::RegisterUrl(Base(channel), Prefix(channel), table.namespace_levels),
      .body = iceberg_rest::PrintRegisterTableRequest(
          {.name = table.name, .metadata_location = metadata_location}),
      .repeat = Repeat::kNever};
  AddDelegation(channel, request);
  FIRN_ASSIGN_OR_RETURN(http::IncomingResponse answer,
                        Ask(context, channel, request, "Failed to register table"));
  return ReadTableAnswer(std::move(answer), request, "Failed to register table");
}

namespace {

Result<json::value> AskForView(const Context& context, RestChannel& channel,
                               const RestRequest& request, std::string_view doing) {
  FIRN_ASSIGN_OR_RETURN(const http::IncomingResponse answer, Ask(context, channel, request, doing));
  auto result = iceberg_rest::ParseLoadTableResult(answer.body);
  if (!result) return BadAnswer(result.error(), request, doing);
  return std::move(result->metadata);
}

std::string UrlOfView(const RestChannel& channel, const TableIdentifier& view) {
  return iceberg_rest::ViewUrl(Base(channel), Prefix(channel), view.namespace_levels, view.name);
}

}  // namespace

Result<json::value> LoadView(const Context& context, RestChannel& channel,
                             const TableIdentifier& view) {
  return AskForView(context, channel, Get(UrlOfView(channel, view)), "Failed to load view");
}

Result<json::value> CreateView(const Context& context, RestChannel& channel,
                               const Namespace& levels,
                               const iceberg_rest::CreateViewRequest& body) {
  const RestRequest request{
      .method = "POST",
      .url = iceberg_rest::ViewsUrl(Base(channel), Prefix(channel), levels),
      .body = iceberg_rest::PrintCreateViewRequest(body),
      .repeat = Repeat::kNever};
  return AskForView(context, channel, request, "Failed to create view");
}

Result<json::value> ReplaceView(const Context& context, RestChannel& channel,
                                const TableIdentifier& view,
                                const iceberg_rest::CommitTableRequest& body) {
  const RestRequest request{.method = "POST",
                            .url = UrlOfView(channel, view),
                            .body = iceberg_rest::PrintCommitTableRequest(body),
                            .repeat = Repeat::kNever};
  return AskForView(context, channel, request, "Failed to replace view");
}

Status DropView(const Context& context, RestChannel& channel, const TableIdentifier& view) {
  const RestRequest request{
      .method = "DELETE", .url = UrlOfView(channel, view), .repeat = Repeat::kNever};
  const auto answer = Ask(context, channel, request, "Failed to drop view");
  if (answer) return Ok();
  if (answer.error().code() != ErrorCode::kUnavailable) return answer.error();
  const auto loaded = LoadView(context, channel, view);
  const bool is_gone = !loaded && loaded.error().code() == ErrorCode::kNotFound;
  return is_gone ? Ok() : Status(answer.error());
}

Status DropTable(const Context& context, RestChannel& channel, const TableIdentifier& table,
                 bool purge) {
  const auto send = [&](bool with_purge) -> Status {
    const std::string url =
        iceberg_rest::TableUrl(Base(channel), Prefix(channel), table.namespace_levels, table.name);
    const RestRequest request{
        .method = "DELETE",
        .url = iceberg_rest::WithQuery(url, "purgeRequested", with_purge ? "true" : "false"),
        .repeat = Repeat::kNever};
    const auto answer = Ask(context, channel, request, "Failed to drop table");
    if (answer) return Ok();
    return answer.error();
  };
  const bool with_purge = purge || channel.settings().is_table_bucket;
  Status dropped = send(with_purge);
  if (dropped) return dropped;
  const Error& error = dropped.error();
  if (error.code() == ErrorCode::kInvalidArgument) {
    // S3 Tables drops with purge only, Glue's other tables without only; which face this is may not
    // show in its name.
    const bool wants_purge = error.message().find("purge enabled") != std::string::npos;
    const bool wants_no_purge =
        error.message().find("PurgeRequested cannot be true") != std::string::npos;
    if (!with_purge && wants_purge) return send(true);
    if (with_purge && !purge && wants_no_purge) return send(false);
  }
  if (error.code() == ErrorCode::kUnavailable) {
    const auto loaded = LoadTable(context, channel, table, "");
    if (!loaded && loaded.error().code() == ErrorCode::kNotFound) return Ok();
  }
  return dropped;
}

CommitAnswer SendCommit(const Context& context, RestChannel& channel, const TableIdentifier& table,
                        const iceberg_rest::CommitTableRequest& body,
                        std::string_view idempotency_key) {
  constexpr std::string_view kDoing = "Failed to commit table";
  RestRequest request{.method = "POST",
                      .url = iceberg_rest::TableUrl(Base(channel), Prefix(channel),
                                                    table.namespace_levels, table.name),
                      .body = iceberg_rest::PrintCommitTableRequest(body),
                      .repeat = Repeat::kNever};
  if (channel.settings().idempotency_keys) {
    request.headers.Set(iceberg_rest::kIdempotencyKeyHeader, idempotency_key);
  }
  auto answer = channel.SendOnce(context, request);
  if (!answer) {
    const bool may_have_acted = http::MayHaveReachedServer(answer.error());
    return {may_have_acted ? CommitOutcome::kUnknown : CommitOutcome::kNotSent,
            channel.TransportError(answer.error(), kDoing), std::nullopt, ""};
  }
  if (IsSuccess(*answer)) {
    auto response = iceberg_rest::ParseCommitTableResponse(answer->body);
    std::string etag(answer->headers.Find("etag").value_or(""));
    if (response)
      return {CommitOutcome::kApplied, std::nullopt, *std::move(response), std::move(etag)};
    return {CommitOutcome::kUnknown, BadAnswer(response.error(), request, kDoing).error,
            std::nullopt, ""};
  }
  Error error = channel.AnswerError(*answer, kDoing);
  const auto outcome = [&] {
    if (answer->status == 409) return CommitOutcome::kConflict;
    if (answer->status == 429 || answer->status == 419 || answer->status >= 500)
      return CommitOutcome::kUnknown;
    return error.reason() == "ExpiredToken" ? CommitOutcome::kUnknown : CommitOutcome::kRefused;
  }();
  return {outcome, std::move(error), std::nullopt, ""};
}

}  // namespace firn::catalog
