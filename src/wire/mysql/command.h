#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "wire/mysql/protocol.h"

/// Commands and the bodies of those that have a form.

namespace firn::mysql {

/// A command and what follows its byte; borrows the message.
struct Command {
  std::uint8_t code = 0;  ///< CommandCode, or a number that is none.
  std::string_view body;
};

/// Errors: kInvalidArgument/MalformedPacket for an empty message.
Result<Command> DecodeCommand(std::string_view message);
std::string EncodeCommand(CommandCode code, std::string_view body);

/// COM_FIELD_LIST: a table and a pattern of its columns.
struct FieldListRequest {
  std::string_view table;
  std::string_view pattern;
};
Result<FieldListRequest> DecodeFieldList(std::string_view body);

struct LongDataRequest {
  std::uint32_t statement_id = 0;
  std::uint16_t parameter_index = 0;
  std::string_view data;
};
Result<LongDataRequest> DecodeLongData(std::string_view body);

/// COM_STMT_CLOSE, COM_STMT_RESET, COM_PROCESS_KILL: one number.
Result<std::uint32_t> DecodeId(std::string_view body);
Result<std::uint16_t> DecodeSetOption(std::string_view body);

/// Text, or bytes for the blob types.
struct TextParameter {
  std::string text;
  bool binary = false;
};
struct DateTimeParameter {
  std::uint16_t year = 0;
  std::uint8_t month = 0;
  std::uint8_t day = 0;
  std::uint8_t hour = 0;
  std::uint8_t minute = 0;
  std::uint8_t second = 0;
  std::uint32_t micros = 0;
  bool date_only = false;
};
struct TimeParameter {
  bool negative = false;
  std::uint32_t days = 0;
  std::uint8_t hour = 0;
  std::uint8_t minute = 0;
  std::uint8_t second = 0;
  std::uint32_t micros = 0;
};
/// A number as its digits.
struct DecimalParameter {
  std::string digits;
};

/// A value bound to a `?`. monostate is NULL.
using ParameterValue = std::variant<std::monostate, std::int64_t, std::uint64_t, float, double, DecimalParameter,
                                    TextParameter, DateTimeParameter, TimeParameter>;

/// `2024-01-01`, `2024-01-01 10:00:00[.000001]`.
std::string PrintParameter(const DateTimeParameter& value);
/// `-26:00:00[.000001]`.
std::string PrintParameter(const TimeParameter& value);

struct ParameterType {
  FieldType type = FieldType::kNull;
  bool is_unsigned = false;
};

struct ExecuteRequest {
  std::uint32_t statement_id = 0;
  std::uint8_t cursor_flags = 0;
  std::vector<ParameterValue> parameters;
};

/// Reads COM_STMT_EXECUTE. `types` are those bound by an earlier execution and are replaced when this one binds anew;
/// `long_data` has a value for each parameter sent by COM_STMT_SEND_LONG_DATA.
///
/// Errors: kInvalidArgument/MalformedPacket, /UnboundParameters (no types ever sent); kUnsupported/ParameterType.
Result<ExecuteRequest> DecodeExecute(std::string_view body, std::size_t parameter_count,
                                     std::vector<ParameterType>& types,
                                     std::span<const std::optional<std::string>> long_data);
/// The statement's id, which must be known before the rest can be read.
Result<std::uint32_t> DecodeExecuteStatementId(std::string_view body);

}  // namespace firn::mysql
