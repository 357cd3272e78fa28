#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/result.h"
#include "engine/rows/column_batch.h"
#include "engine/session/session.h"
#include "engine/session/session_registry.h"
#include "sql/literal.h"

/// What the entrances ask of a session, so that they can be tested without an engine behind them.

namespace firn::frontdoor {

/// The face of session::Session; see there for meaning and errors. Owned by one connection.
class SqlSession {
 public:
  virtual ~SqlSession() = default;
  virtual Status Execute(const Context& context, std::string_view sql, rows::ResultSink& sink) = 0;
  virtual Status ExecuteScript(const Context& context, std::string_view sql,
                               session::ScriptSinks& sinks) = 0;
  virtual Result<session::PreparedShape> Prepare(const Context& context, std::string_view sql) = 0;
  virtual Status ExecutePrepared(const Context& context, std::uint32_t statement_id,
                                 std::span<const sql::Literal> parameters,
                                 rows::ResultSink& sink) = 0;
  virtual void ClosePrepared(std::uint32_t statement_id) = 0;
  virtual Status Admit() { return Ok(); }
  virtual Status UseDatabase(const Context& context, std::string_view name) = 0;
  virtual void Reset() = 0;
  virtual void ChangeIdentity(session::SessionIdentity identity) = 0;
  virtual std::string current_database() const = 0;
  virtual std::uint16_t warning_count() const = 0;
  virtual bool autocommit() const = 0;
  virtual bool in_transaction() const = 0;
};

/// Makes sessions. Thread-safe; outlives the servers that use it.
class SessionFactory {
 public:
  virtual ~SessionFactory() = default;
  virtual std::unique_ptr<SqlSession> NewSession(session::SessionIdentity identity,
                                                 std::shared_ptr<session::SessionEntry> entry) = 0;
};

/// Sessions over the engine. `environment` must outlive it.
std::unique_ptr<SessionFactory> MakeEngineSessions(session::SessionEnvironment& environment);

}  // namespace firn::frontdoor
