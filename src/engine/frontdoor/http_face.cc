#include "engine/frontdoor/http_face.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/json.h"
#include "engine/frontdoor/json_lines.h"
#include "engine/frontdoor/limits.h"
#include "engine/frontdoor/mysql_errors.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace firn::frontdoor {
namespace {

using http::Headers;
using http::Response;

Response Text(int status, std::string body) {
  return {.status = status,
          .headers = Headers{{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::move(body)};
}

Response Failure(int status, std::string_view message) {
  Response response{
      .status = status,
      .headers = Headers{{"Content-Type", "application/json"}},
      .body = PrintJson(json::object{{"status", "FAILED"}, {"msg", message}}) + "\n"};
  if (status == 401) response.headers.Add("WWW-Authenticate", "Basic realm=\"\"");
  return response;
}

Response Failure(const Error& error) {
  const mysql::ErrPacket err = ToMySqlError(error);
  return Failure(HttpStatusOf(error), err.message);
}

struct BasicCredentials {
  std::string user;
  Secret password;
};

Result<BasicCredentials> ReadBasic(const http::RequestHead& head) {
  const auto header = head.headers.Find("Authorization");
  constexpr std::string_view kScheme = "Basic ";
  const Unexpected missing =
      Unauthenticated("AccessDenied", "this needs HTTP Basic authentication with a SQL user");
  if (!header || header->size() <= kScheme.size() ||
      !EqualsIgnoreCaseAscii(header->substr(0, kScheme.size()), kScheme)) {
    return missing;
  }
  auto pair = Base64Decode(header->substr(kScheme.size()));
  if (!pair) return missing;
  const std::size_t colon = pair->find(':');
  if (colon == std::string::npos) return missing;
  return BasicCredentials{.user = pair->substr(0, colon), .password = Secret(pair->substr(colon + 1))};
}

struct SqlPath {
  std::string catalog;
  std::string database;
};

// `/api/v1/catalogs/<cat>[/databases/<db>]/sql`; nullopt for any other path.
std::optional<SqlPath> ParseSqlPath(std::string_view raw_path) {
  const auto parts = Split(raw_path, '/');
  const bool with_database = parts.size() == 8 && parts[5] == "databases";
  if (parts.size() != 6 && !with_database) return std::nullopt;
  if (!parts[0].empty() || parts[1] != "api" || parts[2] != "v1" || parts[3] != "catalogs" ||
      parts.back() != "sql") {
    return std::nullopt;
  }
  auto catalog = PercentDecode(parts[4]);
  if (!catalog || catalog->empty()) return std::nullopt;
  SqlPath path{.catalog = std::move(*catalog)};
  if (with_database) {
    auto database = PercentDecode(parts[6]);
    if (!database || database->empty()) return std::nullopt;
    path.database = std::move(*database);
  }
  return path;
}

// StarRocks' HTTP API takes SELECT, SHOW, EXPLAIN and KILL: what changes something needs the MySQL port.
Status CheckReadOnly(std::string_view sql) {
  FIRN_ASSIGN_OR_RETURN(const sql::ParsedStatement parsed, sql::ParseOne(sql));
  const sql::StatementKind kind = parsed.statement->kind;
  if (const auto* explain = sql::AsIf<sql::ExplainStatement>(*parsed.statement);
      explain != nullptr && explain->level == sql::ExplainLevel::kAnalyze &&
      explain->statement->kind != sql::StatementKind::kQuery) {
    return Unsupported("StatementNotForHttp",
                       "EXPLAIN ANALYZE runs its statement: send it over the MySQL port");
  }
  if (kind == sql::StatementKind::kQuery || kind == sql::StatementKind::kExplain ||
      kind == sql::StatementKind::kShow || kind == sql::StatementKind::kDescribe ||
      kind == sql::StatementKind::kAnalyzeProfile || kind == sql::StatementKind::kKill) {
    return Ok();
  }
  return Unsupported("StatementNotForHttp",
                     fmt::format("HTTP takes SELECT, SHOW, DESC, EXPLAIN and KILL; send {} over the "
                                 "MySQL port",
                                 sql::StatementKindName(kind)));
}

// For statements whose answer nobody reads.
class NoSink final : public rows::ResultSink {
 public:
  Status Begin(std::span<const rows::Column> /*columns*/) override { return Ok(); }
  Status AddBatch(const rows::ColumnBatch& /*batch*/) override { return Ok(); }
  Status End() override { return Ok(); }
  Status Affected(std::uint64_t /*row_count*/, std::string_view /*info*/) override { return Ok(); }
};

Result<std::string> PrintSettingValue(const json::value& value) {
  if (value.is_string()) {
    return sql::QuoteString(std::string_view(value.get_string().data(), value.get_string().size()));
  }
  if (value.is_bool() || value.is_number()) return PrintJson(value);
  return InvalidArgument("WrongMemberType", "session variables are strings, numbers or booleans");
}

Status ApplySettings(const Context& context, SqlSession& session, const json::object& request) {
  FIRN_ASSIGN_OR_RETURN(const json::object* settings, FindObject(request, "sessionVariables"));
  if (settings == nullptr) return Ok();
  for (const auto& entry : *settings) {
    FIRN_ASSIGN_OR_RETURN(const std::string value, PrintSettingValue(entry.value()));
    NoSink sink;
    FIRN_TRY(session.Execute(
        context,
        fmt::format("SET {} = {}", sql::QuoteIdentifier(std::string_view(entry.key().data(), entry.key().size())),
                    value),
        sink));
  }
  return Ok();
}

}  // namespace

HttpFace::HttpFace(HttpFaceParts parts) : parts_(std::move(parts)) {}
HttpFace::~HttpFace() = default;

Response HttpFace::Handle(const Context& context, const http::RequestHead& head,
                          http::BodyReader& body) {
  Response response = Route(context, head, body);
  response.headers.Set("X-Content-Type-Options", "nosniff");
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

Response HttpFace::Route(const Context& context, const http::RequestHead& head,
                         http::BodyReader& body) {
  const std::string_view path = head.raw_path();
  const bool reads = head.method == "GET" || head.method == "HEAD";
  if (path == "/healthz" || path == "/api/health") return reads ? Text(200, "ok\n") : Text(405, "");
  if (path == "/readyz") {
    const Status ready = parts_.ready ? parts_.ready() : Ok();
    return ready ? Text(200, "ready\n") : Text(503, ready.error().FullMessage() + "\n");
  }
  if (path == "/metrics") {
    Response response = Text(200, parts_.metrics.Print());
    response.headers.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    return response;
  }
  const auto sql_path = ParseSqlPath(path);
  if (!sql_path) return Failure(404, fmt::format("there is nothing at {}", path));
  if (head.method != "POST") return Failure(405, "statements are POSTed");
  return RunSql(context, head, body, sql_path->catalog, sql_path->database);
}

Response HttpFace::RunSql(const Context& context, const http::RequestHead& head,
                          http::BodyReader& body, const std::string& catalog,
                          const std::string& database) {
  // Authenticate.
  auto credentials = ReadBasic(head);
  if (!credentials) return Failure(credentials.error());
  const session::LoginFacts facts{.user = credentials->user, .client_address = head.remote_address};
  if (const auto wait = parts_.users.BackOff(facts); wait.count() > 0) {
    if (const Status slept = context.Sleep(wait); !slept) return Failure(slept.error());
  }
  if (const Status proof = parts_.users.CheckPassword(facts, credentials->password); !proof) {
    return Failure(proof.error());
  }

  // Validate.
  const auto bytes = body.ReadAll(kHttpSqlBodyBytesMax);
  if (!bytes) return Failure(bytes.error());
  const auto document = ParseJson(*bytes);
  if (!document) return Failure(document.error());
  const auto request = AsObject(*document, "request");
  if (!request) return Failure(request.error());
  const auto query = GetString(**request, "query");
  if (!query) return Failure(query.error());
  if (const Status allowed = CheckReadOnly(*query); !allowed) return Failure(allowed.error());

  // Act.
  const std::uint32_t connection_id = parts_.registry.NextConnectionId();
  const auto entry = parts_.registry.Register(
      connection_id,
      {.user = facts.user, .client_address = facts.client_address, .attributes = {{"_client_name", "http"}}},
      [] {});
  const auto account = parts_.users.FindAccount(facts);
  const auto session = parts_.sessions.NewSession({.connection_id = connection_id,
                                                   .user = facts.user,
                                                   .host = account ? account->host : "%",
                                                   .remote_address = facts.client_address},
                                                  entry);
  const MonotonicTime begin = parts_.clock.MonotonicNow();
  JsonLinesSink sink(kHttpSqlAnswerBytesMax);
  const auto run = [&]() -> Status {
    FIRN_TRY(session->Admit());
    FIRN_TRY(session->UseDatabase(context, catalog + "." + database));
    FIRN_TRY(ApplySettings(context, *session, **request));
    return session->Execute(context, *query, sink);
  };
  const Status status = run();
  parts_.metrics.CountStatement(status, std::chrono::duration_cast<std::chrono::microseconds>(
                                            parts_.clock.MonotonicNow() - begin));

  // Answer.
  Response response = status ? Text(200, "") : Failure(status.error());
  response.headers.Set("X-StarRocks-Query-Id", context.request_id());
  if (!status) return response;
  response.headers.Set("Content-Type", "application/x-ndjson; charset=utf-8");
  response.body = fmt::format("{{\"connectionId\":{}}}\n", connection_id) + sink.TakeLines();
  return response;
}

}  // namespace firn::frontdoor
