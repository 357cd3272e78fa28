#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/context.h"
#include "base/result.h"
#include "engine/frontdoor/metrics.h"
#include "engine/frontdoor/prepared_statements.h"
#include "engine/frontdoor/response_writer.h"
#include "engine/frontdoor/sql_session.h"
#include "engine/session/session_registry.h"
#include "wire/mysql/command.h"

/// Runs a logged-in client's commands against its session, on a worker.

namespace firn::frontdoor {

/// Owned by one connection; one call at a time.
class CommandRunner {
 public:
  /// All must outlive it but `session`, which it owns.
  CommandRunner(std::unique_ptr<SqlSession> session, session::SessionRegistry& registry,
                FrontdoorMetrics& metrics, const Clock& clock);

  /// Runs one command that may take long: QUERY, INIT_DB, FIELD_LIST, STMT_*, RESET_CONNECTION, PROCESS_KILL. The
  /// answer, errors included, is in `writer` and flushed. An error means that the client is gone.
  Status Run(const Context& context, const mysql::Command& command, ResponseWriter& writer);

  /// After a COM_CHANGE_USER whose login was good: the session as after login, in `database` if that is not empty.
  /// Errors: those of BeginLogin; the client is to be told and let go.
  Status ChangeUser(const Context& context, session::SessionIdentity identity,
                    std::string_view database);
  /// One more connection of the user, and the login's database. Errors: those of Session's Admit and
  /// UseDatabase.
  Status BeginLogin(const Context& context, std::string_view database);

  void SetMultiStatements(bool on) { multi_statements_ = on; }
  void SetUser(std::string user) { user_ = std::move(user); }

  /// Flags and warnings for the packets that end an answer.
  mysql::OkPacket Ending(bool more_results) const;
  /// Changes of the session's state are told against this moment: the begin of each statement.
  void RememberState();

 private:
  Status Answer(const Context& context, const mysql::Command& command, ResponseWriter& writer);
  Status RunQuery(const Context& context, std::string_view sql, ResponseWriter& writer);
  Status RunScript(const Context& context, std::string_view sql, ResponseWriter& writer);
  Status ListFields(const Context& context, std::string_view body, ResponseWriter& writer);
  Status Prepare(const Context& context, std::string_view sql, ResponseWriter& writer);
  Status Execute(const Context& context, std::string_view body, ResponseWriter& writer);
  Status AnswerOk(const Status& status, ResponseWriter& writer);
  void Count(const Status& status, MonotonicTime begin);
  std::string StateChanges() const;

  // Constant after construction.
  session::SessionRegistry& registry_;
  FrontdoorMetrics& metrics_;
  const Clock& clock_;

  std::unique_ptr<SqlSession> session_;
  PreparedStatements prepared_;
  std::string user_;
  bool multi_statements_ = false;

  // What a client with session tracking is told of; empty for others.
  struct TrackedState {
    std::string database;
    bool autocommit = true;
  };
  std::optional<TrackedState> Track() const;
  std::optional<TrackedState> remembered_;
  bool tracks_state_ = false;
};

}  // namespace firn::frontdoor
