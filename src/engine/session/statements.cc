#include "engine/session/limits.h"
#include "engine/session/names_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/show_families_internal.h"

namespace firn::session {
namespace {

Status Done(StatementRun& run) { return run.sink.Affected(0, ""); }

/// BEGIN, which also ends one that was open: every statement commits by itself, but drivers (sqlx)
/// look whether the status flag tells an open transaction.
Status Begin(StatementRun& run) {
  run.state.wrote_since_begin = false;
  run.state.in_transaction = true;
  return Done(run);
}

Status EndTransaction(StatementRun& run) {
  run.state.wrote_since_begin = false;
  run.state.in_transaction = false;
  return Done(run);
}

/// MySQL's own answer where nothing can be rolled back: the statement succeeds and a warning says
/// so.
Status Rollback(StatementRun& run) {
  if (run.state.wrote_since_begin) {
    run.state.Warn(1196,
                   "Some non-transactional changed tables couldn't be rolled back: every INSERT is "
                   "committed when "
                   "it is acknowledged");
  }
  return EndTransaction(run);
}

Status Prepare(StatementRun& run, const sql::PrepareStatement& statement) {
  if (run.state.named.size() >= kPreparedStatementsMax) {
    return ResourceExhausted("TooManyPreparedStatements",
                             "Too many prepared statements in one session");
  }
  FIRN_ASSIGN_OR_RETURN(sql::ParsedStatement parsed, sql::ParseOne(statement.text));
  run.state.named.insert_or_assign(statement.name, OpenStatement{std::move(parsed)});
  return Done(run);
}

Unexpected UnknownStatementName(const std::string& name, std::string_view verb) {
  return NotFound("UnknownPreparedStatement", "Unknown prepared statement handler (" + name +
                                                  ") given to " + std::string(verb));
}

Status Execute(StatementRun& run, const sql::ExecuteStatement& statement) {
  const auto found = run.state.named.find(statement.name);
  if (found == run.state.named.end()) return UnknownStatementName(statement.name, "EXECUTE");
  const sql::ParsedStatement parsed = found->second.parsed;
  const sql::StatementKind kind = parsed.statement->kind;
  if (kind == sql::StatementKind::kExecute || kind == sql::StatementKind::kPrepare) {
    return UnsupportedStatement("EXECUTE of a PREPARE or EXECUTE",
                                "run the inner statement itself");
  }
  std::vector<sql::Literal> parameters;
  for (const std::string& name : statement.variables) {
    FIRN_ASSIGN_OR_RETURN(sql::Literal value, run.state.values.UserVariable(name));
    parameters.push_back(std::move(value));
  }
  if (parameters.size() != parsed.parameter_count) {
    return InvalidArgument("ParameterCountMismatch",
                           "Incorrect arguments to EXECUTE: the statement has " +
                               std::to_string(parsed.parameter_count) + " parameters");
  }
  StatementRun inner{
      .context = run.context, .state = run.state, .sink = run.sink, .parameters = parameters};
  return RunStatement(inner, *parsed.statement);
}

Status Deallocate(StatementRun& run, const sql::DeallocateStatement& statement) {
  if (run.state.named.erase(statement.name) == 0)
    return UnknownStatementName(statement.name, "DEALLOCATE PREPARE");
  return Done(run);
}

/// The catalog is asked at every statement, so a refresh has nothing to do but look that the table
/// is there.
Status Refresh(StatementRun& run, const sql::RefreshTableStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, statement.name));
  FIRN_TRY(LoadTable(run.context, run.state, Needs::OnTable({Privilege::kRefresh}, name)));
  return Done(run);
}

}  // namespace

Unexpected UnsupportedStatement(std::string_view what, std::string_view instead) {
  return Unsupported("UnsupportedStatement",
                     std::string(what) + " is not supported: " + std::string(instead));
}

Status RunStatement(StatementRun& run, const sql::Statement& statement) {
  FIRN_TRY(run.context.Check());
  using Kind = sql::StatementKind;
  switch (statement.kind) {
    case Kind::kQuery: return RunQuery(run, *sql::As<sql::QueryStatement>(statement).query);
    case Kind::kExplain: return Explain(run, sql::As<sql::ExplainStatement>(statement));
    case Kind::kCreateCatalog:
      return CreateCatalog(run, sql::As<sql::CreateCatalogStatement>(statement));
    case Kind::kDropCatalog: return DropCatalog(run, sql::As<sql::DropCatalogStatement>(statement));
    case Kind::kSetCatalog:
      return SetCatalog(run, sql::As<sql::SetCatalogStatement>(statement).name);
    case Kind::kUse: return Use(run, sql::As<sql::UseStatement>(statement));
    case Kind::kCreateDatabase:
      return CreateDatabase(run, sql::As<sql::CreateDatabaseStatement>(statement));
    case Kind::kDropDatabase:
      return DropDatabase(run, sql::As<sql::DropDatabaseStatement>(statement));
    case Kind::kCreateTable: return CreateTable(run, sql::As<sql::CreateTableStatement>(statement));
    case Kind::kDropTable: return DropTable(run, sql::As<sql::DropTableStatement>(statement));
    case Kind::kCreateView: return CreateView(run, sql::As<sql::CreateViewStatement>(statement));
    case Kind::kAlterView: return AlterView(run, sql::As<sql::AlterViewStatement>(statement));
    case Kind::kDropView: return DropView(run, sql::As<sql::DropViewStatement>(statement));
    case Kind::kRefreshTable: return Refresh(run, sql::As<sql::RefreshTableStatement>(statement));
    case Kind::kInsert: return Insert(run, sql::As<sql::InsertStatement>(statement));
    case Kind::kDelete: return Delete(run, sql::As<sql::DeleteStatement>(statement));
    case Kind::kUpdate: return Update(run, sql::As<sql::UpdateStatement>(statement));
    case Kind::kMerge:
      return ChangeRows(run, statement, sql::As<sql::MergeStatement>(statement).table,
                        "write.merge.isolation-level");
    case Kind::kTruncateTable:
      return Truncate(run, sql::As<sql::TruncateTableStatement>(statement));
    case Kind::kAlterTable: return AlterTable(run, sql::As<sql::AlterTableStatement>(statement));
    case Kind::kCall: return Call(run, sql::As<sql::CallStatement>(statement));
    case Kind::kShow: return Show(run, sql::As<sql::ShowStatement>(statement));
    case Kind::kDescribe: return Describe(run, sql::As<sql::DescribeStatement>(statement));
    case Kind::kSet: return Set(run, sql::As<sql::SetStatement>(statement));
    case Kind::kKill: return Kill(run, sql::As<sql::KillStatement>(statement));
    case Kind::kBegin: return Begin(run);
    case Kind::kCommit: return EndTransaction(run);
    case Kind::kRollback: return Rollback(run);
    case Kind::kPrepare: return Prepare(run, sql::As<sql::PrepareStatement>(statement));
    case Kind::kExecute: return Execute(run, sql::As<sql::ExecuteStatement>(statement));
    case Kind::kDeallocate: return Deallocate(run, sql::As<sql::DeallocateStatement>(statement));
    case Kind::kLockTables:
    case Kind::kUnlockTables: return Done(run);  // Taken and without effect, as in StarRocks.
    case Kind::kCreateUser:
    case Kind::kAlterUser:
    case Kind::kDropUser:
    case Kind::kCreateRole:
    case Kind::kDropRole:
    case Kind::kGrantPrivileges:
    case Kind::kRevokePrivileges:
    case Kind::kGrantRoles:
    case Kind::kRevokeRoles:
    case Kind::kSetRole:
    case Kind::kSetDefaultRole: return RunUserStatement(run, statement);
    case Kind::kAlterCatalog:
      return AlterCatalog(run, sql::As<sql::AlterCatalogStatement>(statement));
    case Kind::kAlterDatabase:
      return AlterDatabase(run, sql::As<sql::AlterDatabaseStatement>(statement));
    case Kind::kCreateTableLike:
      return CreateTableLike(run, sql::As<sql::CreateTableLikeStatement>(statement));
    case Kind::kAnalyzeProfile:
      return AnalyzeProfile(run, sql::As<sql::AnalyzeProfileStatement>(statement));
    case Kind::kAnalyzeTable:
      return AnalyzeTable(run, sql::As<sql::AnalyzeTableStatement>(statement));
    case Kind::kExecuteAs:
      return UnsupportedStatement(sql::StatementKindName(statement.kind), "log in as that user");
    case Kind::kAdminSetConfig:
      return UnsupportedStatement(sql::StatementKindName(statement.kind),
                                  "the server's flags hold its configuration");
  }
  return Internal("UnknownStatement", "a statement has no kind");
}

}  // namespace firn::session
