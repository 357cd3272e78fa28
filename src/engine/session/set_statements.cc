#include "base/encoding.h"
#include "engine/session/limits.h"
#include "engine/session/names_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/table_source_internal.h"
#include "engine/session/user_statements_internal.h"

namespace firn::session {
namespace {

VariableValue ValueOf(const sql::Literal& literal) {
  if (literal.kind == sql::LiteralKind::kNull) return std::monostate();
  if (literal.kind == sql::LiteralKind::kBoolean) return literal.boolean;
  if (const auto number = literal.Int64()) return *number;
  return literal.text;
}

VariableScope ScopeOf(sql::VariableScope scope) {
  return scope == sql::VariableScope::kGlobal ? VariableScope::kGlobal : VariableScope::kSession;
}

Status SetSystem(StatementRun& run, const sql::SetVariable& action) {
  if (action.scope == sql::VariableScope::kGlobal) FIRN_TRY(RequireOnSystem(run.state, {Privilege::kOperate}));
  const VariableScope scope = ScopeOf(action.scope);
  if (action.value->kind == sql::ExpressionKind::kDefault) {
    return run.state.values.system.SetDefault(scope, action.name);
  }
  FIRN_ASSIGN_OR_RETURN(const sql::Literal value, EvaluateScalar(run, *action.value));
  if (EqualsIgnoreCaseAscii(action.name, "catalog")) {
    return UsePlace(run.context, run.state, value.text, "");
  }
  return run.state.values.system.Set(scope, action.name, ValueOf(value));
}

Status SetUser(StatementRun& run, const sql::SetUserVariable& action) {
  FIRN_ASSIGN_OR_RETURN(sql::Literal value, EvaluateScalar(run, *action.value));
  auto& user = run.state.values.user;
  const std::string name = ToLowerAscii(action.name);
  if (user.size() >= kUserVariablesMax && !user.contains(name)) {
    return ResourceExhausted(
        "TooManyUserVariables",
        "A session holds at most " + std::to_string(kUserVariablesMax) + " user variables");
  }
  user[name] = std::move(value);
  return Ok();
}

/// Firn speaks UTF-8; other character sets would be a lie.
Status SetCharset(StatementRun& run, std::string charset, const std::string& collation) {
  charset = ToLowerAscii(charset.empty() ? "utf8mb4" : charset);
  if (charset != "utf8" && charset != "utf8mb4" && charset != "utf8mb3" && charset != "binary" &&
      charset != "ascii" && charset != "latin1" && charset != "gbk") {
    return InvalidArgument("UnknownCharset", "Unknown character set: '" + charset + "'");
  }
  if (charset == "latin1" || charset == "gbk") {
    return Unsupported("UnsupportedCharset",
                       "Character set '" + charset + "' is not supported: use utf8mb4");
  }
  SessionVariables& variables = run.state.values.system;
  for (const char* name :
       {"character_set_client", "character_set_connection", "character_set_results"}) {
    FIRN_TRY(variables.Set(VariableScope::kSession, name, charset));
  }
  if (!collation.empty())
    FIRN_TRY(variables.Set(VariableScope::kSession, "collation_connection", collation));
  return Ok();
}

Status SetTransaction(StatementRun& run, const sql::SetTransaction& action) {
  SessionVariables& variables = run.state.values.system;
  if (action.scope == sql::VariableScope::kGlobal) FIRN_TRY(RequireOnSystem(run.state, {Privilege::kOperate}));
  if (!action.isolation.empty()) {
    std::string level = action.isolation;
    for (char& c : level) c = c == ' ' ? '-' : c;
    FIRN_TRY(variables.Set(ScopeOf(action.scope), "transaction_isolation", level));
  }
  if (action.read_only) {
    FIRN_TRY(variables.Set(ScopeOf(action.scope), "transaction_read_only", *action.read_only));
  }
  return Ok();
}

Status RunItem(StatementRun& run, const sql::SetItem& item) {
  if (const auto* action = std::get_if<sql::SetVariable>(&item.action))
    return SetSystem(run, *action);
  if (const auto* action = std::get_if<sql::SetUserVariable>(&item.action))
    return SetUser(run, *action);
  if (const auto* action = std::get_if<sql::SetNames>(&item.action)) {
    return SetCharset(run, action->charset, action->collation);
  }
  if (const auto* action = std::get_if<sql::SetCharacterSet>(&item.action)) {
    return SetCharset(run, action->charset, "");
  }
  if (const auto* action = std::get_if<sql::SetTransaction>(&item.action))
    return SetTransaction(run, *action);
  if (const auto* action = std::get_if<sql::SetPassword>(&item.action))
    return SetPasswordOf(run, *action);
  if (const auto* action = std::get_if<sql::SetUserProperty>(&item.action)) {
    const AccountName account =
        action->user ? AccountOf(run.state, *action->user) : run.state.account();
    return SetUserProperties(run, account, action->properties);
  }
  const auto& warehouse = std::get<sql::SetWarehouse>(item.action);
  if (warehouse.name == "default_warehouse") return Ok();
  return NotFound("UnknownWarehouse",
                  "Warehouse " + warehouse.name + " does not exist: there is default_warehouse");
}

}  // namespace

Status Set(StatementRun& run, const sql::SetStatement& statement) {
  for (const sql::SetItem& item : statement.items) FIRN_TRY(RunItem(run, item));
  return run.sink.Affected(0, "");
}

Status Kill(StatementRun& run, const sql::KillStatement& statement) {
  SessionRegistry& sessions = run.state.environment.sessions;
  const Killer user{.user = run.state.identity.user,
                    .may_all = May(run.state, Needs::OnSystem({Privilege::kOperate}))};
  if (!statement.connection_id) {
    FIRN_TRY(sessions.KillQueryId(statement.query_id, user));
    return run.sink.Affected(0, "");
  }
  if (*statement.connection_id > UINT32_MAX) {
    return NotFound("UnknownThread",
                    "Unknown thread id: " + std::to_string(*statement.connection_id));
  }
  FIRN_TRY(sessions.Kill(static_cast<std::uint32_t>(*statement.connection_id),
                         statement.query_only ? KillKind::kQuery : KillKind::kConnection, user));
  return run.sink.Affected(0, "");
}

}  // namespace firn::session
