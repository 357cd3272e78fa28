#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/literal.h"
#include "wire/mysql/command.h"

/// What the wire knows of a connection's prepared statements: bound types and long data.

namespace firn::frontdoor {

/// Parameters as the SQL side takes constants.
sql::Literal ToLiteral(const mysql::ParameterValue& value);

/// Owned by one connection.
class PreparedStatements {
 public:
  /// Errors: kResourceExhausted/TooManyPreparedStatements.
  Status CheckRoom() const;
  void Add(std::uint32_t statement_id, std::size_t parameter_count);
  void Remove(std::uint32_t statement_id);
  void Clear();

  /// COM_STMT_SEND_LONG_DATA has no answer: what is wrong with it is said at Execute.
  void AddLongData(const mysql::LongDataRequest& request);
  /// COM_STMT_RESET. Errors: kNotFound/UnknownPreparedStatement.
  Status ResetLongData(std::uint32_t statement_id);

  struct Execution {
    std::uint32_t statement_id = 0;
    std::vector<sql::Literal> parameters;
  };
  /// Reads COM_STMT_EXECUTE; the statement's long data is used up by it.
  /// Errors: kNotFound/UnknownPreparedStatement; kResourceExhausted/LongDataTooLarge; those of mysql::DecodeExecute.
  Result<Execution> BeginExecution(std::string_view body);

 private:
  struct Statement {
    std::size_t parameter_count = 0;
    std::vector<mysql::ParameterType> types;
    std::vector<std::optional<std::string>> long_data;
    std::optional<Error> long_data_error;
  };
  void DropLongData(Statement& statement);

  std::map<std::uint32_t, Statement> statements_;
  std::size_t long_data_bytes_ = 0;
};

}  // namespace firn::frontdoor
