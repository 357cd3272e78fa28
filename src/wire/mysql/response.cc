#include "wire/mysql/response.h"

#include "wire/mysql/bytes.h"
#include "wire/mysql/limits.h"

namespace firn::mysql {
namespace {

// Lengths of the fixed part of a column definition (4.1).
constexpr std::uint8_t kColumnFixedBytes = 0x0C;
// Kinds of session state in an OK packet.
constexpr std::uint8_t kTrackSystemVariables = 0x00;
constexpr std::uint8_t kTrackSchema = 0x01;

std::string_view CutUtf8(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

}  // namespace

void AppendSchemaChange(std::string& state_changes, std::string_view database) {
  std::string data;
  AppendLenencString(data, database);
  AppendInt1(state_changes, kTrackSchema);
  AppendLenencString(state_changes, data);
}

void AppendVariableChange(std::string& state_changes, std::string_view name,
                          std::string_view value) {
  std::string data;
  AppendLenencString(data, name);
  AppendLenencString(data, value);
  AppendInt1(state_changes, kTrackSystemVariables);
  AppendLenencString(state_changes, data);
}

std::string EncodeOk(const OkPacket& ok, std::uint32_t capabilities, bool as_eof) {
  std::string out;
  AppendInt1(out, as_eof ? 0xFE : 0x00);
  AppendLenencInt(out, ok.affected_rows);
  AppendLenencInt(out, ok.last_insert_id);
  const bool tracks = (capabilities & kSessionTrack) != 0;
  const bool changed = tracks && !ok.state_changes.empty();
  AppendInt2(out,
             static_cast<std::uint16_t>(ok.status | (changed ? kStatusSessionStateChanged : 0)));
  AppendInt2(out, ok.warning_count);
  if (tracks) {
    if (changed || !ok.info.empty()) AppendLenencString(out, ok.info);
    if (changed) AppendLenencString(out, ok.state_changes);
  } else {
    out.append(ok.info);
  }
  return out;
}

Result<OkPacket> DecodeOk(std::string_view payload) {
  ByteReader reader(payload);
  OkPacket ok;
  FIRN_ASSIGN_OR_RETURN(const std::uint8_t mark, reader.Int1());
  if (mark != 0x00 && mark != 0xFE) {
    return InvalidArgument("MalformedPacket", "not an OK packet");
  }
  FIRN_ASSIGN_OR_RETURN(ok.affected_rows, reader.LenencInt());
  FIRN_ASSIGN_OR_RETURN(ok.last_insert_id, reader.LenencInt());
  FIRN_ASSIGN_OR_RETURN(ok.status, reader.Int2());
  FIRN_ASSIGN_OR_RETURN(ok.warning_count, reader.Int2());
  ok.info = reader.Rest();
  return ok;
}

std::string EncodeEof(const EofPacket& eof) {
  std::string out;
  AppendInt1(out, 0xFE);
  AppendInt2(out, eof.warning_count);
  AppendInt2(out, eof.status);
  return out;
}

Result<EofPacket> DecodeEof(std::string_view payload) {
  ByteReader reader(payload);
  EofPacket eof;
  FIRN_ASSIGN_OR_RETURN(const std::uint8_t mark, reader.Int1());
  if (mark != 0xFE) return InvalidArgument("MalformedPacket", "not an EOF packet");
  FIRN_ASSIGN_OR_RETURN(eof.warning_count, reader.Int2());
  FIRN_ASSIGN_OR_RETURN(eof.status, reader.Int2());
  return eof;
}

std::string EncodeErr(const ErrPacket& err) {
  std::string out;
  AppendInt1(out, 0xFF);
  AppendInt2(out, err.error_number);
  out.push_back('#');
  out.append(err.sql_state.size() == 5 ? std::string_view(err.sql_state) : "HY000");
  out.append(CutUtf8(err.message, kErrorMessageBytesMax));
  return out;
}

Result<ErrPacket> DecodeErr(std::string_view payload) {
  ByteReader reader(payload);
  ErrPacket err;
  FIRN_ASSIGN_OR_RETURN(const std::uint8_t mark, reader.Int1());
  if (mark != 0xFF) return InvalidArgument("MalformedPacket", "not an ERR packet");
  FIRN_ASSIGN_OR_RETURN(err.error_number, reader.Int2());
  if (reader.peek().starts_with('#')) {
    FIRN_TRY(reader.Skip(1));
    FIRN_ASSIGN_OR_RETURN(err.sql_state, reader.Bytes(5));
  }
  err.message = reader.Rest();
  return err;
}

std::string EncodeColumnDefinition(const ColumnDefinition& column) {
  std::string out;
  AppendLenencString(out, "def");
  AppendLenencString(out, column.schema);
  AppendLenencString(out, column.table);
  AppendLenencString(out, column.original_table);
  AppendLenencString(out, column.name);
  AppendLenencString(out, column.original_name);
  AppendInt1(out, kColumnFixedBytes);
  AppendInt2(out, column.charset);
  AppendInt4(out, column.display_width);
  AppendInt1(out, static_cast<std::uint8_t>(column.type));
  AppendInt2(out, column.flags);
  AppendInt1(out, column.decimals);
  AppendInt2(out, 0);
  if (column.with_default) AppendInt1(out, 0xFB);
  return out;
}

Result<ColumnDefinition> DecodeColumnDefinition(std::string_view payload) {
  ByteReader reader(payload);
  ColumnDefinition column;
  FIRN_ASSIGN_OR_RETURN([[maybe_unused]] const std::string_view catalog, reader.LenencString());
  FIRN_ASSIGN_OR_RETURN(column.schema, reader.LenencString());
  FIRN_ASSIGN_OR_RETURN(column.table, reader.LenencString());
  FIRN_ASSIGN_OR_RETURN(column.original_table, reader.LenencString());
  FIRN_ASSIGN_OR_RETURN(column.name, reader.LenencString());
  FIRN_ASSIGN_OR_RETURN(column.original_name, reader.LenencString());
  FIRN_ASSIGN_OR_RETURN(const std::uint64_t fixed_size, reader.LenencInt());
  if (fixed_size < kColumnFixedBytes) {
    return InvalidArgument("MalformedPacket", "a column definition is too short");
  }
  FIRN_ASSIGN_OR_RETURN(column.charset, reader.Int2());
  FIRN_ASSIGN_OR_RETURN(column.display_width, reader.Int4());
  FIRN_ASSIGN_OR_RETURN(const std::uint8_t type, reader.Int1());
  column.type = static_cast<FieldType>(type);
  FIRN_ASSIGN_OR_RETURN(column.flags, reader.Int2());
  FIRN_ASSIGN_OR_RETURN(column.decimals, reader.Int1());
  return column;
}

std::string EncodePrepareOk(const PrepareOk& prepare) {
  std::string out;
  AppendInt1(out, 0x00);
  AppendInt4(out, prepare.statement_id);
  AppendInt2(out, prepare.column_count);
  AppendInt2(out, prepare.parameter_count);
  AppendInt1(out, 0);
  AppendInt2(out, prepare.warning_count);
  return out;
}

Result<PrepareOk> DecodePrepareOk(std::string_view payload) {
  ByteReader reader(payload);
  PrepareOk prepare;
  FIRN_ASSIGN_OR_RETURN(const std::uint8_t mark, reader.Int1());
  if (mark != 0x00) return InvalidArgument("MalformedPacket", "not a prepare answer");
  FIRN_ASSIGN_OR_RETURN(prepare.statement_id, reader.Int4());
  FIRN_ASSIGN_OR_RETURN(prepare.column_count, reader.Int2());
  FIRN_ASSIGN_OR_RETURN(prepare.parameter_count, reader.Int2());
  FIRN_TRY(reader.Skip(1));
  FIRN_ASSIGN_OR_RETURN(prepare.warning_count, reader.Int2());
  return prepare;
}

}  // namespace firn::mysql
