#include "engine/session/session.h"

#include <stop_token>

#include "base/encoding.h"
#include "engine/session/access_limits.h"
#include "engine/session/limits.h"
#include "engine/session/names_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/show_families_internal.h"
#include "engine/session/statement_log.h"
#include "engine/session/table_source_internal.h"
#include "engine/session/user_properties_internal.h"
#include "sql/lexer.h"

namespace firn::session {
namespace {

/// Fires when either of two tokens does.
class EitherStop {
 public:
  EitherStop(std::stop_token a, std::stop_token b)
      : on_a_(std::move(a), Fire{&source_}), on_b_(std::move(b), Fire{&source_}) {}

  std::stop_token token() const { return source_.get_token(); }

 private:
  struct Fire {
    std::stop_source* source;
    void operator()() const { source->request_stop(); }
  };
  std::stop_source source_;
  std::stop_callback<Fire> on_a_;
  std::stop_callback<Fire> on_b_;
};

sql::ParseOptions ParseOptionsOf(const SessionState& state) {
  const std::string mode = state.values.system.GetText("sql_mode");
  return {.pipes_as_concat = mode.find("PIPES_AS_CONCAT") != std::string::npos,
          .double_literals = mode.find("MODE_DOUBLE_LITERAL") != std::string::npos};
}

bool IsWrite(sql::StatementKind kind) {
  using Kind = sql::StatementKind;
  return kind == Kind::kInsert || kind == Kind::kCreateTable || kind == Kind::kDelete ||
         kind == Kind::kUpdate || kind == Kind::kMerge;
}

const sql::SelectBody* FirstSelect(const sql::QueryBody& body) {
  if (const auto* select = sql::AsIf<sql::SelectBody>(body)) return select;
  if (const auto* nested = sql::AsIf<sql::NestedBody>(body))
    return FirstSelect(*nested->query->body);
  if (const auto* operation = sql::AsIf<sql::SetOperationBody>(body))
    return FirstSelect(*operation->operands.front());
  return nullptr;
}

/// The hints of the statement itself and of its query's first SELECT.
std::vector<const sql::Hint*> HintsOf(const sql::Statement& statement) {
  std::vector<const sql::Hint*> found;
  const auto take = [&](const std::vector<sql::Hint>& hints) {
    for (const sql::Hint& hint : hints) found.push_back(&hint);
  };
  const auto take_query = [&](const sql::Query& query) {
    if (const sql::SelectBody* select = FirstSelect(*query.body)) take(select->hints);
  };
  if (const auto* explain = sql::AsIf<sql::ExplainStatement>(statement))
    return HintsOf(*explain->statement);
  if (const auto* query = sql::AsIf<sql::QueryStatement>(statement)) take_query(*query->query);
  if (const auto* table = sql::AsIf<sql::CreateTableStatement>(statement)) {
    if (table->query) take_query(*table->query);
  }
  if (const auto* insert = sql::AsIf<sql::InsertStatement>(statement)) {
    take(insert->hints);
    if (const auto* query = std::get_if<sql::QueryPtr>(&insert->source)) take_query(**query);
  }
  return found;
}

/// The hints behind the first word of a DELETE, UPDATE or MERGE, whose trees hold none, as those of
/// a SELECT; without a statement when there are none. Errors: the parser's.
Result<sql::ParsedStatement> HintsOfChange(const sql::ParsedStatement& parsed) {
  const sql::StatementKind kind = parsed.statement->kind;
  const bool is_change = kind == sql::StatementKind::kDelete ||
                         kind == sql::StatementKind::kUpdate || kind == sql::StatementKind::kMerge;
  if (!is_change) return sql::ParsedStatement{};
  const std::string_view word = kind == sql::StatementKind::kMerge ? "MERGE" : "UPDATE";
  const auto end =
      parsed.statement->position.offset_bytes + static_cast<std::uint32_t>(word.size());
  std::string text;
  for (const sql::HintText& hint : sql::HintsAfter(*parsed.script, end))
    text += " /*+ " + std::string(hint.text) + " */";
  if (text.empty()) return sql::ParsedStatement{};
  return sql::ParseOne("SELECT" + text + " 1");
}

/// SET_USER_VARIABLE(@a = e, …), read as the SET that it is; without a statement for another hint.
/// Errors: the parser's.
Result<sql::ParsedStatement> UserVariablesOf(const sql::Hint& hint) {
  constexpr std::string_view kWord = "set_user_variable";
  const std::string_view text = hint.text;
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  const bool is_one = ToLowerAscii(text.substr(0, kWord.size())) == kWord &&
                      open != std::string_view::npos && close != std::string_view::npos &&
                      close > open;
  if (!is_one) return sql::ParsedStatement{};
  return sql::ParseOne("SET " + std::string(text.substr(open + 1, close - open - 1)));
}

VariableValue ValueOf(const sql::Literal& literal) {
  if (literal.kind == sql::LiteralKind::kNull) return std::monostate();
  if (literal.kind == sql::LiteralKind::kBoolean) return literal.boolean;
  if (const auto number = literal.Int64()) return *number;
  return literal.text;
}

/// The variable, and no more than the user's property of the same name allows.
std::chrono::milliseconds TimeoutOf(const SessionState& state, const UserLimits& limits,
                                    sql::StatementKind kind) {
  const bool is_write = IsWrite(kind);
  std::int64_t seconds = state.values.system.GetInt(is_write ? "insert_timeout" : "query_timeout");
  const auto ceiling = is_write ? limits.insert_timeout_s : limits.query_timeout_s;
  if (ceiling) seconds = std::min(seconds, *ceiling);
  return std::chrono::seconds(
      std::min<std::int64_t>(std::max<std::int64_t>(seconds, 1), 86'400 * 365));
}

/// Counts the rows that went out, for the log.
class CountingSink final : public rows::ResultSink {
 public:
  explicit CountingSink(rows::ResultSink& sink) : sink_(sink) {}
  Status Begin(std::span<const rows::Column> columns) override {
    has_rows = true;
    return sink_.Begin(columns);
  }
  Status AddBatch(const rows::ColumnBatch& batch) override {
    row_count += batch.row_count;
    return sink_.AddBatch(batch);
  }
  Status End() override { return sink_.End(); }
  Status Affected(std::uint64_t count, std::string_view info) override {
    return sink_.Affected(count, info);
  }

  bool has_rows = false;
  std::uint64_t row_count = 0;

 private:
  rows::ResultSink& sink_;
};

/// Masked, cut between characters; in hex when it is no text.
std::string LoggedText(std::string_view text) {
  std::string masked = sql::RedactSecrets(text.substr(0, kProcessSqlBytesMax));
  masked.resize(std::min(masked.size(), kLoggedTextBytesMax));
  for (int i = 0; i < 3 && !masked.empty() && !IsValidUtf8(masked); ++i) masked.pop_back();
  return IsValidUtf8(masked) ? masked : HexEncode(AsBytes(masked));
}

/// What `record` lacks, and writes it.
void Record(const SessionState& state, std::string_view text, const std::string& error,
            StatementRecord record) {
  const std::string account = PrintAccountName(state.account());
  const std::string catalog = state.catalog();
  const std::string database = state.database();
  const std::string masked = LoggedText(text);
  record.client = state.identity.remote_address;
  record.user = state.identity.user;
  record.account = account;
  record.catalog = catalog;
  record.database = database;
  record.error = error;
  record.connection_id = state.identity.connection_id;
  record.text = masked;
  state.environment.log->Record(record);
}

void Log(const SessionState& state, const sql::ParsedStatement& parsed, const Status& status,
         const CountingSink& sink, StatementRecord record) {
  if (state.environment.log == nullptr) return;
  record.state = !status ? "ERR" : sink.has_rows ? "EOF" : "OK";
  if (!status) record.error_code = status.error().reason();
  record.returned_rows = sink.row_count;
  record.kind = sql::StatementKindName(parsed.statement->kind);
  record.is_query = parsed.statement->kind == sql::StatementKind::kQuery;
  Record(state, parsed.text(), status ? "" : LoggedText(status.error().FullMessage()), record);
}

/// A text that is no statement; without the error's own words, which quote it.
Unexpected LogUnparsed(const SessionState& state, std::string_view sql, Error error) {
  if (state.environment.log != nullptr) {
    Record(state, sql, "",
           {.begun = state.environment.clock.Now(), .state = "ERR", .error_code = error.reason()});
  }
  return Unexpected{std::move(error)};
}

}  // namespace

struct Session::State : SessionState {
  using SessionState::SessionState;

  Status RunParsed(const Context& context, std::string_view command,
                   const sql::ParsedStatement& parsed, std::span<const sql::Literal> parameters,
                   rows::ResultSink& sink);
  Status RunInTurn(const Context& context, const sql::ParsedStatement& parsed,
                   std::span<const sql::Literal> parameters, rows::ResultSink& sink);
  Status RunWithHints(const Context& context, const UserLimits& limits,
                      const sql::ParsedStatement& parsed, std::span<const sql::Literal> parameters,
                      rows::ResultSink& sink);
  Status SetHinted(const Context& context, const sql::Hint& hint,
                   std::span<const sql::Literal> parameters, rows::ResultSink& sink,
                   std::vector<std::pair<std::string, VariableValue>>& before);
};

Session::Session(SessionEnvironment& environment, SessionIdentity identity,
                 std::shared_ptr<SessionEntry> entry)
    : state_(std::make_unique<State>(environment, std::move(identity), std::move(entry))) {
  state_->SetPlace(std::string(catalog::kDefaultCatalogName), "");
}

Session::~Session() = default;

Status Session::Admit() {
  state_->connection_turn.reset();
  FIRN_ASSIGN_OR_RETURN(state_->connection_turn, state_->environment.load->Begin(
                                                     UserLoad::Kind::kConnection, state_->account(),
                                                     LimitsOf(*state_).connections_max));
  return Ok();
}

Status Session::Execute(const Context& context, std::string_view sql, rows::ResultSink& sink) {
  auto parsed = sql::Parse(sql, ParseOptionsOf(*state_));
  if (!parsed) return LogUnparsed(*state_, sql, std::move(parsed).error());
  if (parsed->empty()) return InvalidArgument("EmptyQuery", "Query was empty");
  if (parsed->size() > 1) {
    return InvalidArgument("MultipleStatements",
                           "One statement is expected, found " + std::to_string(parsed->size()));
  }
  return state_->RunParsed(context, "Query", parsed->front(), {}, sink);
}

Status Session::ExecuteScript(const Context& context, std::string_view sql, ScriptSinks& sinks) {
  auto parsed = sql::Parse(sql, ParseOptionsOf(*state_));
  if (!parsed) return LogUnparsed(*state_, sql, std::move(parsed).error());
  if (parsed->empty()) return InvalidArgument("EmptyQuery", "Query was empty");
  for (std::size_t i = 0; i < parsed->size(); ++i) {
    rows::ResultSink& sink = sinks.Next(i + 1 == parsed->size());
    FIRN_TRY(state_->RunParsed(context, "Query", (*parsed)[i], {}, sink));
  }
  return Ok();
}

Status Session::State::RunParsed(const Context& context, std::string_view command,
                                 const sql::ParsedStatement& parsed,
                                 std::span<const sql::Literal> parameters, rows::ResultSink& sink) {
  if (parsed.parameter_count != parameters.size()) {
    return InvalidArgument(parameters.empty() ? "UnboundParameters" : "ParameterCountMismatch",
                           "The statement has " + std::to_string(parsed.parameter_count) +
                               " parameters, given are " + std::to_string(parameters.size()));
  }
  const sql::StatementKind kind = parsed.statement->kind;
  const bool keeps_warnings = kind == sql::StatementKind::kShow;
  if (!keeps_warnings) warnings.clear();
  const std::string query_id =
      NewUuidV7(environment.random, MillisSinceEpoch(environment.clock.Now()));
  const std::string_view text = parsed.text().substr(0, kProcessSqlBytesMax);
  const std::stop_token killed = entry->BeginStatement(command, sql::RedactSecrets(text), query_id);
  const EitherStop stop(context.stop_token(), killed);
  const WallTime begun = environment.clock.Now();
  const MonotonicTime begun_at = environment.clock.MonotonicNow();
  CountingSink counted(sink);
  profile.reset();
  const Status status = RunInTurn(context.WithStopToken(stop.token()), parsed, parameters, counted);
  entry->EndStatement(status.has_value());
  last_query_id = query_id;
  const auto took = environment.clock.MonotonicNow() - begun_at;
  if (profile) {
    KeepProfile(*this, {.query_id = query_id,
                 .user = identity.user,
                 .started_at = begun,
                 .taken = std::chrono::duration_cast<std::chrono::microseconds>(took),
                 .state = status ? "Finished" : "Error",
                 .statement = sql::RedactSecrets(text),
                 .text = std::move(*profile)},
                counted.row_count);
  }
  Log(*this, parsed, status, counted,
      {.begun = begun,
       .duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count(),
       .query_id = query_id});
  return status;
}

Status Session::State::RunInTurn(const Context& context, const sql::ParsedStatement& parsed,
                                 std::span<const sql::Literal> parameters, rows::ResultSink& sink) {
  UserLimits limits = LimitsOf(*this);
  // A user with too many statements must be able to end one.
  if (parsed.statement->kind == sql::StatementKind::kKill) limits.statements_max.reset();
  FIRN_ASSIGN_OR_RETURN(
      const UserLoad::Turn turn,
      environment.load->Begin(UserLoad::Kind::kStatement, account(), limits.statements_max));
  return RunWithHints(context, limits, parsed, parameters, sink);
}

Status Session::State::RunWithHints(const Context& context, const UserLimits& limits,
                                    const sql::ParsedStatement& parsed,
                                    std::span<const sql::Literal> parameters,
                                    rows::ResultSink& sink) {
  const sql::Statement& statement = *parsed.statement;
  const auto run_now = [&] {
    const auto timeout = TimeoutOf(*this, limits, statement.kind);
    const auto remaining = context.Remaining();
    const Context bounded =
        remaining && *remaining < timeout ? context : context.WithTimeout(timeout);
    StatementRun run{.context = bounded, .state = *this, .sink = sink, .parameters = parameters};
    if (WantsProfile(*this, statement.kind)) profile.emplace();
    return RunStatement(run, statement);
  };
  FIRN_ASSIGN_OR_RETURN(const sql::ParsedStatement of_change, HintsOfChange(parsed));
  const auto hints = HintsOf(of_change.statement ? *of_change.statement : statement);
  if (hints.empty()) return run_now();
  // Values of a hint hold for its statement only.
  std::vector<std::pair<std::string, VariableValue>> before;
  const auto user_before = values.user;
  Status status = Ok();
  for (const sql::Hint* hint : hints) {
    if (status) status = SetHinted(context, *hint, parameters, sink, before);
  }
  if (status) status = run_now();
  for (auto item = before.rbegin(); item != before.rend(); ++item) {
    (void)values.system.Set(VariableScope::kSession, item->first, item->second);
  }
  values.user = user_before;
  return status;
}

Status Session::State::SetHinted(const Context& context, const sql::Hint& hint,
                                 std::span<const sql::Literal> parameters, rows::ResultSink& sink,
                                 std::vector<std::pair<std::string, VariableValue>>& before) {
  for (const auto& [name, literal] : hint.variables) {
    FIRN_ASSIGN_OR_RETURN(VariableValue old, values.system.Get(name));
    FIRN_TRY(values.system.Set(VariableScope::kSession, name, ValueOf(literal)));
    before.emplace_back(name, std::move(old));
  }
  // One that does not read as what it is to be is a comment, as with SET_VAR.
  const auto parsed = UserVariablesOf(hint);
  if (!parsed || !parsed->statement) return Ok();
  const auto* set = sql::AsIf<sql::SetStatement>(*parsed->statement);
  if (set == nullptr) return Ok();
  StatementRun run{.context = context, .state = *this, .sink = sink, .parameters = parameters};
  for (const sql::SetItem& item : set->items) {
    const auto* user = std::get_if<sql::SetUserVariable>(&item.action);
    if (user == nullptr) continue;
    FIRN_ASSIGN_OR_RETURN(values.user[ToLowerAscii(user->name)], EvaluateScalar(run, *user->value));
  }
  return Ok();
}

Result<PreparedShape> Session::Prepare(const Context& context, std::string_view sql) {
  if (state_->prepared.size() >= kPreparedStatementsMax) {
    return ResourceExhausted("TooManyPreparedStatements",
                             "Can't create more than " + std::to_string(kPreparedStatementsMax) +
                                 " prepared statements in one session");
  }
  FIRN_ASSIGN_OR_RETURN(sql::ParsedStatement parsed, sql::ParseOne(sql, ParseOptionsOf(*state_)));
  PreparedShape shape{.statement_id = state_->next_statement_id,
                      .parameter_count = parsed.parameter_count};
  if (const auto* query = sql::AsIf<sql::QueryStatement>(*parsed.statement)) {
    FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, state_->Connection());
    StatementTables tables(*state_);
    NullSink sink;
    const StatementRun run{.context = context, .state = *state_, .sink = sink, .parameters = {}};
    FIRN_ASSIGN_OR_RETURN(shape.columns,
                          connection->Describe(context, *query->query, tables, run.Scope()));
  }
  ++state_->next_statement_id;
  state_->prepared.emplace(shape.statement_id, OpenStatement{std::move(parsed)});
  return shape;
}

Status Session::ExecutePrepared(const Context& context, std::uint32_t statement_id,
                                std::span<const sql::Literal> parameters, rows::ResultSink& sink) {
  const auto found = state_->prepared.find(statement_id);
  if (found == state_->prepared.end()) {
    return NotFound("UnknownPreparedStatement",
                    "Unknown prepared statement handler (" + std::to_string(statement_id) + ")");
  }
  const sql::ParsedStatement parsed =
      found->second.parsed;  // Shares the tree: DEALLOCATE may run inside.
  return state_->RunParsed(context, "Execute", parsed, parameters, sink);
}

void Session::ClosePrepared(std::uint32_t statement_id) { state_->prepared.erase(statement_id); }

Status Session::UseDatabase(const Context& context, std::string_view name) {
  const auto dot = name.find('.');
  if (dot != std::string_view::npos) {
    const std::string catalog(name.substr(0, dot));
    const bool is_catalog =
        catalog == catalog::kDefaultCatalogName || Access::IsCatalog(*state_, catalog);
    if (is_catalog || name.ends_with('.'))
      return UsePlace(context, *state_, catalog, std::string(name.substr(dot + 1)));
  }
  return UsePlace(context, *state_, state_->catalog(), std::string(name));
}

void Session::Reset() {
  state_->values.system.Reset();
  state_->values.user.clear();
  state_->prepared.clear();
  state_->named.clear();
  state_->warnings.clear();
  state_->wrote_since_begin = false;
  state_->in_transaction = false;
  state_->BeginLogin();
  state_->SetPlace(std::string(catalog::kDefaultCatalogName), "");
}

void Session::ChangeIdentity(SessionIdentity identity) {
  state_->identity = std::move(identity);
  Reset();
}

void Session::Interrupt() { state_->entry->CancelStatement(); }

const SessionIdentity& Session::identity() const { return state_->identity; }
std::uint32_t Session::connection_id() const { return state_->identity.connection_id; }
std::string Session::current_catalog() const { return state_->catalog(); }
std::string Session::current_database() const { return state_->database(); }
std::uint16_t Session::warning_count() const {
  return static_cast<std::uint16_t>(state_->warnings.size());
}
bool Session::autocommit() const { return state_->values.system.GetBool("autocommit"); }
bool Session::in_transaction() const { return state_->in_transaction; }

std::shared_ptr<const Rights> SessionState::rights() const {
  auto book = environment.privileges.book();
  if (!rights_ || book != book_) {
    rights_ = book->RightsOf(account(), active_roles_);
    book_ = std::move(book);
  }
  return rights_;
}

void SessionState::BeginLogin() {
  const auto book = environment.privileges.book();
  SetActiveRoles(book->DefaultRolesOf(account()));
  const auto found = book->users.find(account());
  if (found == book->users.end()) return;
  for (const auto& [name, value] : SessionVariablesOf(found->second.properties))
    (void)values.system.Set(VariableScope::kSession, name, value);  // Checked when it was given.
}

void SessionState::SetActiveRoles(std::set<std::string> roles) {
  active_roles_ = std::move(roles);
  rights_ = nullptr;
  const auto& active = rights()->active_roles();
  values.role = active.empty() ? "NONE" : "";
  for (const std::string& role : active) values.role += (values.role.empty() ? "" : ", ") + role;
}

std::string SessionState::catalog() const {
  MutexLock lock(mutex_);
  return catalog_;
}

std::string SessionState::database() const {
  MutexLock lock(mutex_);
  return database_;
}

void SessionState::SetPlace(std::string catalog, std::string database) {
  // The variable shows the place; it is never what decides it.
  (void)values.system.Set(VariableScope::kSession, "catalog", catalog);
  entry->SetDatabase(catalog, database);
  MutexLock lock(mutex_);
  catalog_ = std::move(catalog);
  database_ = std::move(database);
}

void SessionState::Warn(int code, std::string message) {
  if (warnings.size() < kWarningsMax) warnings.push_back({"Warning", code, std::move(message)});
}

Result<duck::Connection*> SessionState::Connection() {
  if (!connection) {
    FIRN_ASSIGN_OR_RETURN(connection, environment.engine.Connect());
  }
  return connection.get();
}

Result<sql::Literal> SessionValues::SystemVariable(std::string_view name) const {
  if (name == kCurrentRole) return sql::Literal::String(role);
  constexpr std::string_view kGlobalPrefix = "global.";
  FIRN_ASSIGN_OR_RETURN(const VariableValue value,
                        name.starts_with(kGlobalPrefix)
                            ? system.Get(VariableScope::kGlobal, name.substr(kGlobalPrefix.size()))
                            : system.Get(name));
  if (const auto* flag = std::get_if<bool>(&value)) return sql::Literal::Boolean(*flag);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return sql::Literal::Integer(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return sql::Literal::String(*text);
  return sql::Literal::Null();
}

Result<sql::Literal> SessionValues::UserVariable(std::string_view name) const {
  const auto found = user.find(ToLowerAscii(name));
  return found == user.end() ? sql::Literal::Null() : found->second;
}

duck::QueryScope StatementRun::Scope() const {
  const SessionVariables& variables = state.values.system;
  duck::QueryScope scope;
  scope.current_catalog = state.catalog();
  scope.current_database = state.database();
  scope.time_zone = variables.GetText("time_zone");
  if (EqualsIgnoreCaseAscii(scope.time_zone, "SYSTEM"))
    scope.time_zone = variables.GetText("system_time_zone");
  scope.pipes_as_concat = ParseOptionsOf(state).pipes_as_concat;
  scope.user = "'" + state.identity.user + "'@'" + state.identity.host + "'";
  scope.connection_id = state.identity.connection_id;
  scope.server_version = variables.GetText("version");
  scope.last_query_id = state.last_query_id;
  scope.parameters = parameters;
  scope.variables = &state.values;
  return scope;
}

}  // namespace firn::session
