#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/mysql/protocol.h"

/// What the server answers to a command, but for rows (values.h). Payloads only.

namespace firn::mysql {

struct OkPacket {
  std::uint64_t affected_rows = 0;
  std::uint64_t last_insert_id = 0;
  std::uint16_t status = 0;
  std::uint16_t warning_count = 0;
  std::string info;
  /// From AppendSchemaChange and AppendVariableChange; for clients with kSessionTrack, others never see them.
  std::string state_changes;
};

/// The login's or a statement's new database, and a system variable's new value, as OkPacket::state_changes.
void AppendSchemaChange(std::string& state_changes, std::string_view database);
void AppendVariableChange(std::string& state_changes, std::string_view name, std::string_view value);

/// With `as_eof` the first byte is 0xFE: the end of rows where EOF packets are deprecated.
std::string EncodeOk(const OkPacket& ok, std::uint32_t capabilities, bool as_eof = false);
/// Errors: kInvalidArgument/MalformedPacket.
Result<OkPacket> DecodeOk(std::string_view payload);

struct EofPacket {
  std::uint16_t warning_count = 0;
  std::uint16_t status = 0;
};

/// What of an OK an EOF can say.
inline EofPacket EofOf(const OkPacket& ok) {
  return {.warning_count = ok.warning_count, .status = ok.status};
}

std::string EncodeEof(const EofPacket& eof);
Result<EofPacket> DecodeEof(std::string_view payload);

struct ErrPacket {
  std::uint16_t error_number = 0;
  std::string sql_state = "HY000";  ///< Five characters.
  std::string message;
};

/// The message is cut at kErrorMessageBytesMax, on a character's boundary: some clients keep 512 bytes.
std::string EncodeErr(const ErrPacket& err);
Result<ErrPacket> DecodeErr(std::string_view payload);

/// One column of a result, as the client sees it.
struct ColumnDefinition {
  std::string schema;
  std::string table;
  std::string original_table;
  std::string name;
  std::string original_name;
  std::uint16_t charset = kCharsetUtf8;
  std::uint32_t display_width = 0;
  FieldType type = FieldType::kVarString;
  std::uint16_t flags = 0;
  std::uint8_t decimals = 0;
  /// COM_FIELD_LIST only: NULL is sent as its mark.
  bool with_default = false;
};

std::string EncodeColumnDefinition(const ColumnDefinition& column);
Result<ColumnDefinition> DecodeColumnDefinition(std::string_view payload);

/// The first answer to COM_STMT_PREPARE.
struct PrepareOk {
  std::uint32_t statement_id = 0;
  std::uint16_t column_count = 0;
  std::uint16_t parameter_count = 0;
  std::uint16_t warning_count = 0;
};

std::string EncodePrepareOk(const PrepareOk& prepare);
Result<PrepareOk> DecodePrepareOk(std::string_view payload);

}  // namespace firn::mysql
