#include "engine/frontdoor/prepared_statements.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "engine/frontdoor/limits.h"
#include "wire/mysql/limits.h"

namespace firn::frontdoor {
namespace {

Unexpected UnknownStatement(std::uint32_t statement_id) {
  return NotFound("UnknownPreparedStatement",
                  fmt::format("Unknown prepared statement handler ({})", statement_id));
}

template <typename T>
sql::Literal DoubleLiteral(T value) {
  if (!std::isfinite(value)) return sql::Literal::Null();
  char buffer[64];
  const char* end = std::to_chars(buffer, buffer + sizeof buffer, value,
                                  std::chars_format::scientific)
                        .ptr;
  return {sql::LiteralKind::kDouble, false, std::string(buffer, static_cast<std::size_t>(end - buffer))};
}

struct LiteralMaker {
  sql::Literal operator()(std::monostate) const { return sql::Literal::Null(); }
  sql::Literal operator()(std::int64_t value) const { return sql::Literal::Integer(value); }
  sql::Literal operator()(std::uint64_t value) const {
    return {sql::LiteralKind::kInteger, false, std::to_string(value)};
  }
  sql::Literal operator()(float value) const { return DoubleLiteral(value); }
  sql::Literal operator()(double value) const { return DoubleLiteral(value); }
  sql::Literal operator()(const mysql::DecimalParameter& value) const {
    return {sql::LiteralKind::kDecimal, false, value.digits};
  }
  sql::Literal operator()(const mysql::TextParameter& value) const {
    return {value.binary ? sql::LiteralKind::kBinary : sql::LiteralKind::kString, false,
            value.text};
  }
  sql::Literal operator()(const mysql::DateTimeParameter& value) const {
    return {value.date_only ? sql::LiteralKind::kDate : sql::LiteralKind::kDateTime, false,
            mysql::PrintParameter(value)};
  }
  sql::Literal operator()(const mysql::TimeParameter& value) const {
    return sql::Literal::String(mysql::PrintParameter(value));
  }
};

// A NEWDECIMAL parameter is outside text: it must be a number before it is called one.
bool IsDecimalText(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  std::size_t digits = 0;
  std::size_t points = 0;
  for (const char c : text) {
    if (c == '.') {
      ++points;
    } else if (c >= '0' && c <= '9') {
      ++digits;
    } else {
      return false;
    }
  }
  return digits > 0 && points <= 1;
}

}  // namespace

sql::Literal ToLiteral(const mysql::ParameterValue& value) {
  if (const auto* decimal = std::get_if<mysql::DecimalParameter>(&value);
      decimal != nullptr && !IsDecimalText(decimal->digits)) {
    return sql::Literal::String(decimal->digits);
  }
  return std::visit(LiteralMaker{}, value);
}

Status PreparedStatements::CheckRoom() const {
  if (statements_.size() < kPreparedStatementsMax) return Ok();
  return ResourceExhausted("TooManyPreparedStatements",
                           fmt::format("Can't create more than {} prepared statements on one "
                                       "connection; close some",
                                       kPreparedStatementsMax));
}

void PreparedStatements::Add(std::uint32_t statement_id, std::size_t parameter_count) {
  statements_[statement_id] = Statement{.parameter_count = parameter_count};
}

void PreparedStatements::Remove(std::uint32_t statement_id) {
  const auto found = statements_.find(statement_id);
  if (found == statements_.end()) return;
  DropLongData(found->second);
  statements_.erase(found);
}

void PreparedStatements::Clear() {
  statements_.clear();
  long_data_bytes_ = 0;
}

void PreparedStatements::AddLongData(const mysql::LongDataRequest& request) {
  const auto found = statements_.find(request.statement_id);
  if (found == statements_.end()) return;
  Statement& statement = found->second;
  if (request.parameter_index >= statement.parameter_count) return;
  if (long_data_bytes_ + request.data.size() > kLongDataBytesMax) {
    DropLongData(statement);
    statement.long_data_error =
        ResourceExhausted("LongDataTooLarge",
                          fmt::format("parameter data sent in pieces is over {} bytes",
                                      kLongDataBytesMax))
            .error;
    return;
  }
  statement.long_data.resize(statement.parameter_count);
  auto& value = statement.long_data[request.parameter_index];
  if (!value) value.emplace();
  value->append(request.data);
  long_data_bytes_ += request.data.size();
}

Status PreparedStatements::ResetLongData(std::uint32_t statement_id) {
  const auto found = statements_.find(statement_id);
  if (found == statements_.end()) return UnknownStatement(statement_id);
  DropLongData(found->second);
  found->second.long_data_error.reset();
  return Ok();
}

void PreparedStatements::DropLongData(Statement& statement) {
  for (const auto& value : statement.long_data) {
    if (value) long_data_bytes_ -= value->size();
  }
  statement.long_data.clear();
}

Result<PreparedStatements::Execution> PreparedStatements::BeginExecution(std::string_view body) {
  FIRN_ASSIGN_OR_RETURN(const std::uint32_t statement_id, mysql::DecodeExecuteStatementId(body));
  const auto found = statements_.find(statement_id);
  if (found == statements_.end()) return UnknownStatement(statement_id);
  Statement& statement = found->second;
  if (statement.long_data_error) {
    Error error = *statement.long_data_error;
    statement.long_data_error.reset();
    return error;
  }
  auto request = mysql::DecodeExecute(body, statement.parameter_count, statement.types,
                                      statement.long_data);
  DropLongData(statement);
  if (!request) return Unexpected{std::move(request).error()};
  Execution execution{.statement_id = statement_id};
  execution.parameters.reserve(request->parameters.size());
  for (const mysql::ParameterValue& value : request->parameters) {
    execution.parameters.push_back(ToLiteral(value));
  }
  return execution;
}

}  // namespace firn::frontdoor
