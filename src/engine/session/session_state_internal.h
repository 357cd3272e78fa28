#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "engine/catalog/catalog_registry.h"
#include "engine/catalog/external_catalog.h"
#include "engine/duck/engine.h"
#include "engine/session/privilege_store.h"
#include "engine/session/session.h"
#include "engine/session/session_registry.h"
#include "engine/session/users.h"
#include "engine/session/variables.h"
#include "sql/ast.h"
#include "sql/parser.h"

/// What one session keeps between statements, and what one statement is run with.

namespace firn::session {

struct Warning {
  std::string level;  ///< Warning, Note, Error.
  int code = 0;
  std::string message;
};

/// As a system variable that only the engine asks for (RewriteSession in engine/duck).
inline constexpr std::string_view kCurrentRole = "firn.current_role";

struct OpenStatement {
  sql::ParsedStatement parsed;
};

/// `@@x` and `@x` for the engine.
class SessionValues final : public duck::VariableSource {
 public:
  explicit SessionValues(GlobalVariables& globals) : system(globals) {}

  Result<sql::Literal> SystemVariable(std::string_view name) const override;
  Result<sql::Literal> UserVariable(std::string_view name) const override;

  SessionVariables system;
  std::map<std::string, sql::Literal, std::less<>> user;
  /// What CURRENT_ROLE() says; the engine asks for it as the system variable kCurrentRole.
  std::string role;
};

/// Owned by one session; the place is read by any thread.
struct SessionState {
  SessionState(SessionEnvironment& shared, SessionIdentity who, std::shared_ptr<SessionEntry> line)
      : environment(shared),
        identity(std::move(who)),
        entry(std::move(line)),
        values(shared.global_variables) {
    BeginLogin();
  }

  SessionEnvironment& environment;
  SessionIdentity identity;
  std::shared_ptr<SessionEntry> entry;
  SessionValues values;
  std::unique_ptr<duck::Connection> connection;  ///< Made at the first need.
  std::map<std::uint32_t, OpenStatement> prepared;
  std::map<std::string, OpenStatement, std::less<>> named;  ///< PREPARE n FROM …
  std::uint32_t next_statement_id = 1;
  std::vector<Warning> warnings;
  bool wrote_since_begin = false;
  bool in_transaction = false;  ///< Between BEGIN and COMMIT or ROLLBACK; a flag for clients, no more.
  std::string last_query_id;
  /// What the running statement's profile tells of tables and plan; nullopt: it gets no profile.
  std::optional<std::string> profile;
  std::optional<UserLoad::Turn> connection_turn;  ///< From Admit on.

  std::string catalog() const;
  std::string database() const;
  void SetPlace(std::string catalog, std::string database);
  void Warn(int code, std::string message);

  AccountName account() const { return {identity.user, identity.host}; }
  /// What the user may do now: of the roles that are active, those still given.
  std::shared_ptr<const Rights> rights() const;
  /// The roles and variables that a login of the user begins with.
  void BeginLogin();
  void SetActiveRoles(std::set<std::string> roles);

  /// Errors: what Engine::Connect gives.
  Result<duck::Connection*> Connection();

 private:
  std::set<std::string> active_roles_;
  mutable std::shared_ptr<const PrivilegeBook> book_;  ///< That `rights_` was made of.
  mutable std::shared_ptr<const Rights> rights_;       ///< Null: to be made.

  mutable Mutex mutex_;
  std::string catalog_ FIRN_GUARDED_BY(mutex_) = std::string(catalog::kDefaultCatalogName);
  std::string database_ FIRN_GUARDED_BY(mutex_);
};

/// One statement on its way. Borrows everything.
struct StatementRun {
  const Context& context;  ///< With the statement's deadline and its stop token.
  SessionState& state;
  rows::ResultSink& sink;
  std::span<const sql::Literal> parameters;

  /// What the engine is told of the session.
  duck::QueryScope Scope() const;
};

/// The text of the statement kinds nobody runs, with what to do instead. Reason
/// UnsupportedStatement.
Unexpected UnsupportedStatement(std::string_view what, std::string_view instead);

// One function a family of statements; each answers into run.sink. Errors: those of
// Session::Execute.
Status RunStatement(StatementRun& run, const sql::Statement& statement);

// catalog_statements.cc
Status CreateCatalog(StatementRun& run, const sql::CreateCatalogStatement& statement);
Status AlterCatalog(StatementRun& run, const sql::AlterCatalogStatement& statement);
Status DropCatalog(StatementRun& run, const sql::DropCatalogStatement& statement);
Status SetCatalog(StatementRun& run, const std::string& name);
Status Use(StatementRun& run, const sql::UseStatement& statement);
Status UsePlace(const Context& context, SessionState& state, const std::string& catalog,
                const std::string& database);
Status CreateDatabase(StatementRun& run, const sql::CreateDatabaseStatement& statement);
Status DropDatabase(StatementRun& run, const sql::DropDatabaseStatement& statement);

// table_statements.cc
Status CreateTable(StatementRun& run, const sql::CreateTableStatement& statement);
Status DropTable(StatementRun& run, const sql::DropTableStatement& statement);

// view_statements.cc
Status CreateView(StatementRun& run, const sql::CreateViewStatement& statement);
Status AlterView(StatementRun& run, const sql::AlterViewStatement& statement);
Status DropView(StatementRun& run, const sql::DropViewStatement& statement);
Status ShowCreateView(StatementRun& run, const sql::ShowStatement& statement);

// insert_statements.cc
Status Insert(StatementRun& run, const sql::InsertStatement& statement);
/// Writes the query's rows into a table just made; removes the table again when that surely failed.
Status FillNewTable(StatementRun& run, const sql::Query& query, catalog::ExternalCatalog& catalog,
                    const catalog::LoadedTable& table);

// change_statements.cc
/// DELETE, UPDATE or MERGE of `target`; done over on the newest version when another commit took
/// away what it rests on.
Status ChangeRows(StatementRun& run, const sql::Statement& statement,
                  const sql::ObjectName& target, const char* isolation_property);
Status Delete(StatementRun& run, const sql::DeleteStatement& statement);
Status Update(StatementRun& run, const sql::UpdateStatement& statement);
Status Truncate(StatementRun& run, const sql::TruncateTableStatement& statement);

// alter_statements.cc
Status AlterTable(StatementRun& run, const sql::AlterTableStatement& statement);

// procedures.cc
Status ExecuteProcedure(StatementRun& run, const sql::ExecuteProcedureClause& clause,
                        const duck::TableName& name, catalog::ExternalCatalog& catalog,
                        const catalog::LoadedTable& table);
Status Call(StatementRun& run, const sql::CallStatement& statement);

// query_statements.cc
Status RunQuery(StatementRun& run, const sql::Query& query);
Status Explain(StatementRun& run, const sql::ExplainStatement& statement);

// show_statements.cc
Status Show(StatementRun& run, const sql::ShowStatement& statement);

// describe_statements.cc
Status Describe(StatementRun& run, const sql::DescribeStatement& statement);
Status ShowColumns(StatementRun& run, const sql::ShowStatement& statement);
Status ShowCreateTable(StatementRun& run, const sql::ShowStatement& statement);

// set_statements.cc
Status Set(StatementRun& run, const sql::SetStatement& statement);
Status Kill(StatementRun& run, const sql::KillStatement& statement);

// user_statements.cc
Status RunUserStatement(StatementRun& run, const sql::Statement& statement);
Status SetPasswordOf(StatementRun& run, const sql::SetPassword& action);

}  // namespace firn::session
