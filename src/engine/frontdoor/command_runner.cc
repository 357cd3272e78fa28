#include "engine/frontdoor/command_runner.h"

#include <fmt/format.h>

#include <deque>

#include "base/encoding.h"
#include "engine/frontdoor/result_rows.h"
#include "sql/printer.h"

namespace firn::frontdoor {
namespace {

using mysql::CommandCode;

// The pattern of COM_FIELD_LIST is LIKE; clients send nothing or `%`.
bool KeepsField(std::string_view pattern, std::string_view name) {
  return pattern.empty() || pattern == "%" || EqualsIgnoreCaseAscii(pattern, name);
}

// The sinks of a script's statements, each alive until the script ends.
class MySqlScriptSinks final : public session::ScriptSinks {
 public:
  MySqlScriptSinks(CommandRunner& runner, ResponseWriter& writer)
      : runner_(runner), writer_(writer) {}

  rows::ResultSink& Next(bool is_last) override {
    sinks_.clear();
    runner_.RememberState();
    return sinks_.emplace_back(writer_, RowFormat::kText,
                               [this, is_last] { return runner_.Ending(!is_last); });
  }

  /// True when some statement has answered and no further was begun.
  bool answered() const { return !sinks_.empty() && sinks_.back().answered(); }

 private:
  CommandRunner& runner_;
  ResponseWriter& writer_;
  std::deque<MySqlResultSink> sinks_;
};

}  // namespace

CommandRunner::CommandRunner(std::unique_ptr<SqlSession> session,
                             session::SessionRegistry& registry, FrontdoorMetrics& metrics,
                             const Clock& clock)
    : registry_(registry), metrics_(metrics), clock_(clock), session_(std::move(session)) {}

mysql::OkPacket CommandRunner::Ending(bool more_results) const {
  unsigned status = 0;
  if (session_->autocommit()) status |= mysql::kStatusAutocommit;
  if (session_->in_transaction()) status |= mysql::kStatusInTransaction;
  if (more_results) status |= mysql::kStatusMoreResults;
  return {.status = static_cast<std::uint16_t>(status),
          .warning_count = session_->warning_count(),
          .state_changes = StateChanges()};
}

std::optional<CommandRunner::TrackedState> CommandRunner::Track() const {
  if (!tracks_state_) return std::nullopt;
  return TrackedState{.database = session_->current_database(),
                      .autocommit = session_->autocommit()};
}

void CommandRunner::RememberState() { remembered_ = Track(); }

std::string CommandRunner::StateChanges() const {
  std::string changes;
  const auto now = Track();
  if (!now || !remembered_) return changes;
  if (now->autocommit != remembered_->autocommit) {
    mysql::AppendVariableChange(changes, "autocommit", now->autocommit ? "ON" : "OFF");
  }
  if (now->database != remembered_->database) mysql::AppendSchemaChange(changes, now->database);
  return changes;
}

Status CommandRunner::Run(const Context& context, const mysql::Command& command,
                          ResponseWriter& writer) {
  tracks_state_ = (writer.capabilities() & mysql::kSessionTrack) != 0;
  RememberState();
  FIRN_TRY(Answer(context, command, writer));
  return writer.Flush();
}

Status CommandRunner::Answer(const Context& context, const mysql::Command& command,
                             ResponseWriter& writer) {
  switch (static_cast<CommandCode>(command.code)) {
    case CommandCode::kQuery: return RunQuery(context, command.body, writer);
    case CommandCode::kInitDb:
      return AnswerOk(session_->UseDatabase(context, command.body), writer);
    case CommandCode::kFieldList: return ListFields(context, command.body, writer);
    case CommandCode::kStmtPrepare: return Prepare(context, command.body, writer);
    case CommandCode::kStmtExecute: return Execute(context, command.body, writer);
    case CommandCode::kStmtSendLongData:
      // No answer, whatever happens.
      if (const auto request = mysql::DecodeLongData(command.body)) prepared_.AddLongData(*request);
      return Ok();
    case CommandCode::kStmtClose:
      if (const auto statement_id = mysql::DecodeId(command.body)) {
        prepared_.Remove(*statement_id);
        session_->ClosePrepared(*statement_id);
      }
      return Ok();
    case CommandCode::kStmtReset: {
      const auto statement_id = mysql::DecodeId(command.body);
      if (!statement_id) return writer.SendError(statement_id.error());
      return AnswerOk(prepared_.ResetLongData(*statement_id), writer);
    }
    case CommandCode::kResetConnection:
      session_->Reset();
      prepared_.Clear();
      return AnswerOk(Ok(), writer);
    case CommandCode::kProcessKill: {
      const auto connection_id = mysql::DecodeId(command.body);
      if (!connection_id) return writer.SendError(connection_id.error());
      return AnswerOk(registry_.Kill(*connection_id, session::KillKind::kConnection,
                                     {.user = user_, .may_all = user_ == "root"}),
                      writer);
    }
    case CommandCode::kSleep:
    case CommandCode::kQuit:
    case CommandCode::kStatistics:
    case CommandCode::kPing:
    case CommandCode::kChangeUser:
    case CommandCode::kSetOption: break;
  }
  return writer.SendError(
      Unsupported("UnknownCommand", fmt::format("Unknown command {:#04x}", command.code)).error);
}

Status CommandRunner::AnswerOk(const Status& status, ResponseWriter& writer) {
  if (!status) return writer.SendError(status.error());
  return writer.SendOk(Ending(false));
}

void CommandRunner::Count(const Status& status, MonotonicTime begin) {
  metrics_.CountStatement(
      status, std::chrono::duration_cast<std::chrono::microseconds>(clock_.MonotonicNow() - begin));
}

Status CommandRunner::RunQuery(const Context& context, std::string_view sql,
                               ResponseWriter& writer) {
  // JDBC sends the text's NUL; trailing ones are no part of it.
  while (sql.ends_with('\0')) sql.remove_suffix(1);
  if (multi_statements_) return RunScript(context, sql, writer);
  const MonotonicTime begin = clock_.MonotonicNow();
  MySqlResultSink sink(writer, RowFormat::kText, [this] { return Ending(false); });
  const Status status = session_->Execute(context, sql, sink);
  Count(status, begin);
  metrics_.CountRows(sink.row_count(), writer.bytes_written());
  if (!status) return writer.SendError(status.error());
  if (!sink.answered()) return AnswerOk(Ok(), writer);
  return Ok();
}

Status CommandRunner::RunScript(const Context& context, std::string_view sql,
                                ResponseWriter& writer) {
  const MonotonicTime begin = clock_.MonotonicNow();
  MySqlScriptSinks sinks(*this, writer);
  const Status status = session_->ExecuteScript(context, sql, sinks);
  Count(status, begin);
  metrics_.CountRows(0, writer.bytes_written());
  if (!status) return writer.SendError(status.error());
  // A text of comments alone, or a statement that forgot to answer.
  if (!sinks.answered()) return AnswerOk(Ok(), writer);
  return Ok();
}

Status CommandRunner::ListFields(const Context& context, std::string_view body,
                                 ResponseWriter& writer) {
  const auto request = mysql::DecodeFieldList(body);
  if (!request) return writer.SendError(request.error());
  const auto shape = session_->Prepare(
      context, fmt::format("SELECT * FROM {}", sql::QuoteIdentifier(request->table)));
  if (!shape) return writer.SendError(shape.error());
  session_->ClosePrepared(shape->statement_id);
  for (const rows::Column& column : shape->columns) {
    if (!KeepsField(request->pattern, column.name)) continue;
    mysql::ColumnDefinition definition = DefinitionOf(column);
    definition.schema = session_->current_database();
    definition.table = request->table;
    definition.original_table = request->table;
    definition.with_default = true;
    FIRN_TRY(writer.Send(mysql::EncodeColumnDefinition(definition)));
  }
  return writer.SendEndOfRows(mysql::EofOf(Ending(false)));
}

Status CommandRunner::Prepare(const Context& context, std::string_view sql,
                              ResponseWriter& writer) {
  while (sql.ends_with('\0')) sql.remove_suffix(1);
  if (const Status room = prepared_.CheckRoom(); !room) return writer.SendError(room.error());
  const auto shape = session_->Prepare(context, sql);
  if (!shape) return writer.SendError(shape.error());
  if (shape->parameter_count > 0xFFFF || shape->columns.size() > 0xFFFF) {
    session_->ClosePrepared(shape->statement_id);
    return writer.SendError(
        ResourceExhausted("TooManyParameters",
                          "a prepared statement has at most 65535 parameters and columns")
            .error);
  }
  prepared_.Add(shape->statement_id, shape->parameter_count);
  FIRN_TRY(writer.Send(mysql::EncodePrepareOk(
      {.statement_id = shape->statement_id,
       .column_count = static_cast<std::uint16_t>(shape->columns.size()),
       .parameter_count = static_cast<std::uint16_t>(shape->parameter_count)})));
  for (std::size_t i = 0; i < shape->parameter_count; ++i) {
    FIRN_TRY(writer.Send(mysql::EncodeColumnDefinition(
        {.name = "?", .charset = mysql::kCharsetBinary, .type = mysql::FieldType::kVarString})));
  }
  if (shape->parameter_count > 0)
    FIRN_TRY(writer.SendEofUnlessDeprecated(mysql::EofOf(Ending(false))));
  for (const rows::Column& column : shape->columns) {
    FIRN_TRY(writer.Send(mysql::EncodeColumnDefinition(DefinitionOf(column))));
  }
  if (!shape->columns.empty())
    FIRN_TRY(writer.SendEofUnlessDeprecated(mysql::EofOf(Ending(false))));
  return Ok();
}

Status CommandRunner::Execute(const Context& context, std::string_view body,
                              ResponseWriter& writer) {
  const MonotonicTime begin = clock_.MonotonicNow();
  const auto execution = prepared_.BeginExecution(body);
  if (!execution) return writer.SendError(execution.error());
  MySqlResultSink sink(writer, RowFormat::kBinary, [this] { return Ending(false); });
  const Status status =
      session_->ExecutePrepared(context, execution->statement_id, execution->parameters, sink);
  Count(status, begin);
  metrics_.CountRows(sink.row_count(), writer.bytes_written());
  if (!status) return writer.SendError(status.error());
  if (!sink.answered()) return AnswerOk(Ok(), writer);
  return Ok();
}

Status CommandRunner::ChangeUser(const Context& context, session::SessionIdentity identity,
                                 std::string_view database) {
  user_ = identity.user;
  prepared_.Clear();
  session_->ChangeIdentity(std::move(identity));
  return BeginLogin(context, database);
}

Status CommandRunner::BeginLogin(const Context& context, std::string_view database) {
  FIRN_TRY(session_->Admit());
  if (database.empty()) return Ok();
  return session_->UseDatabase(context, database);
}

}  // namespace firn::frontdoor
