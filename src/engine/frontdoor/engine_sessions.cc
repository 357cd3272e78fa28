#include "engine/frontdoor/sql_session.h"

namespace firn::frontdoor {
namespace {

class EngineSession final : public SqlSession {
 public:
  EngineSession(session::SessionEnvironment& environment, session::SessionIdentity identity,
                std::shared_ptr<session::SessionEntry> entry)
      : session_(environment, std::move(identity), std::move(entry)) {}

  Status Execute(const Context& context, std::string_view sql, rows::ResultSink& sink) override {
    return session_.Execute(context, sql, sink);
  }
  Status ExecuteScript(const Context& context, std::string_view sql,
                       session::ScriptSinks& sinks) override {
    return session_.ExecuteScript(context, sql, sinks);
  }
  Result<session::PreparedShape> Prepare(const Context& context, std::string_view sql) override {
    return session_.Prepare(context, sql);
  }
  Status ExecutePrepared(const Context& context, std::uint32_t statement_id,
                         std::span<const sql::Literal> parameters,
                         rows::ResultSink& sink) override {
    return session_.ExecutePrepared(context, statement_id, parameters, sink);
  }
  void ClosePrepared(std::uint32_t statement_id) override { session_.ClosePrepared(statement_id); }
  Status Admit() override { return session_.Admit(); }
  Status UseDatabase(const Context& context, std::string_view name) override {
    return session_.UseDatabase(context, name);
  }
  void Reset() override { session_.Reset(); }
  void ChangeIdentity(session::SessionIdentity identity) override {
    session_.ChangeIdentity(std::move(identity));
  }
  std::string current_database() const override { return session_.current_database(); }
  std::uint16_t warning_count() const override { return session_.warning_count(); }
  bool autocommit() const override { return session_.autocommit(); }
  bool in_transaction() const override { return session_.in_transaction(); }

 private:
  session::Session session_;
};

class EngineSessions final : public SessionFactory {
 public:
  explicit EngineSessions(session::SessionEnvironment& environment) : environment_(environment) {}

  std::unique_ptr<SqlSession> NewSession(session::SessionIdentity identity,
                                         std::shared_ptr<session::SessionEntry> entry) override {
    return std::make_unique<EngineSession>(environment_, std::move(identity), std::move(entry));
  }

 private:
  session::SessionEnvironment& environment_;
};

}  // namespace

std::unique_ptr<SessionFactory> MakeEngineSessions(session::SessionEnvironment& environment) {
  return std::make_unique<EngineSessions>(environment);
}

}  // namespace firn::frontdoor
