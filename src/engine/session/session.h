#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/context.h"
#include "base/random.h"
#include "base/result.h"
#include "engine/catalog/commit_queue.h"
#include "engine/rows/column_batch.h"
#include "engine/session/guarded_catalogs.h"
#include "engine/session/query_profiles.h"
#include "engine/session/user_load.h"

/// One connection's state and the life of its statements.
///
/// Reading order: SessionEnvironment, Session, ScriptSinks, PreparedShape.

namespace firn::sql {
struct Literal;
}
namespace firn::catalog {
class CatalogRegistry;
}
namespace firn::duck {
class Engine;
}

namespace firn::session {

class SessionEntry;
class SessionRegistry;
class StatementLog;
class PrivilegeStore;
class UserStore;
class GlobalVariables;

/// What SHOW FRONTENDS and its kin tell of the process. Any thread.
struct ServerFacts {
  std::atomic<std::int64_t> started_ms{0};  ///< Since the epoch; 0: not told.
  std::atomic<std::uint16_t> mysql_port{0};
  std::atomic<std::uint16_t> http_port{0};
};

/// What all sessions share. Owned by app; every member outlives the sessions.
struct SessionEnvironment {
  duck::Engine& engine;
  GuardedCatalogs catalogs;
  SessionRegistry& sessions;
  UserStore& users;
  PrivilegeStore& privileges;
  GlobalVariables& global_variables;
  const Clock& clock;
  Random& random;
  /// Statements that change a table's rows and lost to another commit do it over one at a time.
  std::shared_ptr<catalog::CommitQueue> change_turns = std::make_shared<catalog::CommitQueue>();
  std::shared_ptr<ServerFacts> facts = std::make_shared<ServerFacts>();
  std::shared_ptr<UserLoad> load = std::make_shared<UserLoad>();
  std::shared_ptr<QueryProfiles> profiles = std::make_shared<QueryProfiles>();
  std::shared_ptr<StatementLog> log = nullptr;  ///< Null: statements are not logged.
};

/// Who is on the connection, after authentication.
struct SessionIdentity {
  std::uint32_t connection_id = 0;
  std::string user;            ///< `root`
  std::string host;            ///< The host of the account that matched, `%`.
  std::string remote_address;  ///< `127.0.0.1:50422`
};

/// What COM_STMT_PREPARE answers.
struct PreparedShape {
  std::uint32_t statement_id = 0;
  std::size_t parameter_count = 0;
  std::vector<rows::Column> columns;  ///< Empty for a statement without rows.
};

/// Where the answers of a text of several statements go.
class ScriptSinks {
 public:
  virtual ~ScriptSinks() = default;
  /// The sink of the next statement; called once before each. `is_last` is false while more follow.
  virtual rows::ResultSink& Next(bool is_last) = 0;
};

/// One connection.
///
/// Owned by one connection; one call at a time, except Interrupt and the accessors marked so, which
/// any thread may call. Statements run on the calling thread (a worker) and return when their
/// answer is in the sink: an INSERT returns only when its commit is known.
class Session {
 public:
  /// `entry` is this connection's line in the process list, as SessionRegistry::Register gave it.
  /// The session calls its BeginStatement, EndStatement and SetDatabase; the front door keeps
  /// SetFacts and the kill callback. A statement stops at the entry's token (KILL) as well as at
  /// its context's (the client went away).
  Session(SessionEnvironment& environment, SessionIdentity identity,
          std::shared_ptr<SessionEntry> entry);
  ~Session();

  /// Whether the user may have one more connection. Once, after the session was made or its identity
  /// changed. Errors: kResourceExhausted/TooManyUserConnections.
  Status Admit();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Runs the one statement in `sql`; an empty text (blanks, comments) is
  /// kInvalidArgument/EmptyQuery.
  ///
  /// Errors: kInvalidArgument/SyntaxError (the message has place and caret), UnknownDatabase,
  /// UnknownTable, UnknownCatalog, UnknownVariable, ColumnCountMismatch, MultipleStatements…;
  /// kUnsupported naming the statement; kPermissionDenied and kUnauthenticated with the catalog's
  /// own text; kCommitStateUnknown; kCancelled after Interrupt or KILL; kDeadlineExceeded after
  /// query_timeout or insert_timeout; and what the engine says.
  Status Execute(const Context& context, std::string_view sql, rows::ResultSink& sink);

  /// Runs the statements of `sql` in order, each into its own sink; stops at the first error.
  Status ExecuteScript(const Context& context, std::string_view sql, ScriptSinks& sinks);

  /// Parses and, for a query, describes. At most kPreparedStatementsMax stay open.
  /// Errors: as Execute; kResourceExhausted/TooManyPreparedStatements.
  Result<PreparedShape> Prepare(const Context& context, std::string_view sql);
  /// Errors: as Execute; kNotFound/UnknownPreparedStatement;
  /// kInvalidArgument/ParameterCountMismatch.
  Status ExecutePrepared(const Context& context, std::uint32_t statement_id,
                         std::span<const sql::Literal> parameters, rows::ResultSink& sink);
  /// Forgets it; unknown ids are ignored, as the protocol wants.
  void ClosePrepared(std::uint32_t statement_id);

  /// COM_INIT_DB and the login packet's field: `db`, `catalog.db` or `catalog.`. Asks the catalog
  /// whether it is there. Errors: kNotFound/UnknownDatabase, UnknownCatalog; what the catalog says.
  Status UseDatabase(const Context& context, std::string_view name);

  /// COM_RESET_CONNECTION: variables, user variables, prepared statements, catalog and database as
  /// after login.
  void Reset();
  /// COM_CHANGE_USER, after the front door has authenticated: Reset and a new identity.
  void ChangeIdentity(SessionIdentity identity);

  /// Stops the running statement, if any. Any thread.
  void Interrupt();

  const SessionIdentity& identity() const;
  std::uint32_t connection_id() const;
  /// Any thread.
  std::string current_catalog() const;
  /// Empty when none is chosen. Any thread.
  std::string current_database() const;
  /// Warnings of the last statement (SHOW WARNINGS shows them).
  std::uint16_t warning_count() const;
  /// For the status flags of an OK packet.
  bool autocommit() const;
  bool in_transaction() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firn::session
