#include "wire/mysql/command.h"

#include <bit>

#include <fmt/format.h>

#include "wire/mysql/bytes.h"

namespace firn::mysql {
namespace {

Unexpected Malformed(std::string_view what) {
  return InvalidArgument("MalformedPacket", std::string(what));
}

Result<ParameterValue> DecodeDateTime(ByteReader& reader, bool date_only) {
  FIRN_ASSIGN_OR_RETURN(const std::uint8_t size, reader.Int1());
  DateTimeParameter value{.date_only = date_only};
  if (size == 0) return ParameterValue(value);
  if (size != 4 && size != 7 && size != 11) return Malformed("a date has 0, 4, 7 or 11 bytes");
  FIRN_ASSIGN_OR_RETURN(value.year, reader.Int2());
  FIRN_ASSIGN_OR_RETURN(value.month, reader.Int1());
  FIRN_ASSIGN_OR_RETURN(value.day, reader.Int1());
  if (size >= 7) {
    FIRN_ASSIGN_OR_RETURN(value.hour, reader.Int1());
    FIRN_ASSIGN_OR_RETURN(value.minute, reader.Int1());
    FIRN_ASSIGN_OR_RETURN(value.second, reader.Int1());
  }
  if (size == 11) {
    FIRN_ASSIGN_OR_RETURN(value.micros, reader.Int4());
  }
  return ParameterValue(value);
}

Result<ParameterValue> DecodeTime(ByteReader& reader) {
  FIRN_ASSIGN_OR_RETURN(const std::uint8_t size, reader.Int1());
  TimeParameter value;
  if (size == 0) return ParameterValue(value);
  if (size != 8 && size != 12) return Malformed("a time has 0, 8 or 12 bytes");
  FIRN_ASSIGN_OR_RETURN(const std::uint8_t negative, reader.Int1());
  value.negative = negative != 0;
  FIRN_ASSIGN_OR_RETURN(value.days, reader.Int4());
  FIRN_ASSIGN_OR_RETURN(value.hour, reader.Int1());
  FIRN_ASSIGN_OR_RETURN(value.minute, reader.Int1());
  FIRN_ASSIGN_OR_RETURN(value.second, reader.Int1());
  if (size == 12) {
    FIRN_ASSIGN_OR_RETURN(value.micros, reader.Int4());
  }
  return ParameterValue(value);
}

template <typename Signed, typename Unsigned>
ParameterValue Integer(Unsigned bits, bool is_unsigned) {
  if (is_unsigned) return static_cast<std::uint64_t>(bits);
  return static_cast<std::int64_t>(static_cast<Signed>(bits));
}

Result<ParameterValue> DecodeText(ByteReader& reader, bool binary) {
  FIRN_ASSIGN_OR_RETURN(const std::string_view text, reader.LenencString());
  return ParameterValue(TextParameter{.text = std::string(text), .binary = binary});
}

bool IsBlob(FieldType type) {
  return type == FieldType::kTinyBlob || type == FieldType::kMediumBlob ||
         type == FieldType::kLongBlob || type == FieldType::kBlob;
}

Result<ParameterValue> DecodeParameter(ByteReader& reader, ParameterType type) {
  switch (type.type) {
    case FieldType::kNull: return ParameterValue();
    case FieldType::kTiny: {
      FIRN_ASSIGN_OR_RETURN(const std::uint8_t bits, reader.Int1());
      return Integer<std::int8_t>(bits, type.is_unsigned);
    }
    case FieldType::kShort:
    case FieldType::kYear: {
      FIRN_ASSIGN_OR_RETURN(const std::uint16_t bits, reader.Int2());
      return Integer<std::int16_t>(bits, type.is_unsigned);
    }
    case FieldType::kLong:
    case FieldType::kInt24: {
      FIRN_ASSIGN_OR_RETURN(const std::uint32_t bits, reader.Int4());
      return Integer<std::int32_t>(bits, type.is_unsigned);
    }
    case FieldType::kLongLong: {
      FIRN_ASSIGN_OR_RETURN(const std::uint64_t bits, reader.Int8());
      return Integer<std::int64_t>(bits, type.is_unsigned);
    }
    case FieldType::kFloat: {
      FIRN_ASSIGN_OR_RETURN(const std::uint32_t bits, reader.Int4());
      return ParameterValue(std::bit_cast<float>(bits));
    }
    case FieldType::kDouble: {
      FIRN_ASSIGN_OR_RETURN(const std::uint64_t bits, reader.Int8());
      return ParameterValue(std::bit_cast<double>(bits));
    }
    case FieldType::kDecimal:
    case FieldType::kNewDecimal: {
      FIRN_ASSIGN_OR_RETURN(const std::string_view digits, reader.LenencString());
      return ParameterValue(DecimalParameter{std::string(digits)});
    }
    case FieldType::kDate: return DecodeDateTime(reader, true);
    case FieldType::kDateTime:
    case FieldType::kTimestamp: return DecodeDateTime(reader, false);
    case FieldType::kTime: return DecodeTime(reader);
    case FieldType::kTinyBlob:
    case FieldType::kMediumBlob:
    case FieldType::kLongBlob:
    case FieldType::kBlob: return DecodeText(reader, true);
    case FieldType::kVarchar:
    case FieldType::kVarString:
    case FieldType::kString:
    case FieldType::kEnum:
    case FieldType::kSet:
    case FieldType::kJson: return DecodeText(reader, false);
    case FieldType::kBit:
    case FieldType::kGeometry: break;
  }
  return Unsupported("ParameterType", fmt::format("parameters of wire type {} are not supported",
                                                  static_cast<int>(type.type)));
}

Status DecodeTypes(ByteReader& reader, std::size_t parameter_count,
                   std::vector<ParameterType>& types) {
  std::vector<ParameterType> bound;
  // Two bytes a type are there before any is stored.
  if (reader.size() < parameter_count * 2) return Malformed("parameter types are missing");
  bound.reserve(parameter_count);
  for (std::size_t i = 0; i < parameter_count; ++i) {
    FIRN_ASSIGN_OR_RETURN(const std::uint8_t type, reader.Int1());
    FIRN_ASSIGN_OR_RETURN(const std::uint8_t flags, reader.Int1());
    bound.push_back({.type = static_cast<FieldType>(type), .is_unsigned = (flags & 0x80U) != 0});
  }
  types = std::move(bound);
  return Ok();
}

}  // namespace

Result<Command> DecodeCommand(std::string_view message) {
  if (message.empty()) return Malformed("a command has at least one byte");
  return Command{.code = static_cast<std::uint8_t>(message[0]), .body = message.substr(1)};
}

std::string EncodeCommand(CommandCode code, std::string_view body) {
  std::string out;
  out.reserve(body.size() + 1);
  AppendInt1(out, static_cast<std::uint8_t>(code));
  out.append(body);
  return out;
}

Result<FieldListRequest> DecodeFieldList(std::string_view body) {
  ByteReader reader(body);
  FIRN_ASSIGN_OR_RETURN(const std::string_view table, reader.NulString());
  return FieldListRequest{.table = table, .pattern = reader.Rest()};
}

Result<LongDataRequest> DecodeLongData(std::string_view body) {
  ByteReader reader(body);
  LongDataRequest request;
  FIRN_ASSIGN_OR_RETURN(request.statement_id, reader.Int4());
  FIRN_ASSIGN_OR_RETURN(request.parameter_index, reader.Int2());
  request.data = reader.Rest();
  return request;
}

Result<std::uint32_t> DecodeId(std::string_view body) { return ByteReader(body).Int4(); }

Result<std::uint16_t> DecodeSetOption(std::string_view body) { return ByteReader(body).Int2(); }

std::string PrintParameter(const DateTimeParameter& value) {
  std::string text = fmt::format("{:04}-{:02}-{:02}", value.year, value.month, value.day);
  if (value.date_only) return text;
  text += fmt::format(" {:02}:{:02}:{:02}", value.hour, value.minute, value.second);
  if (value.micros != 0) text += fmt::format(".{:06}", value.micros);
  return text;
}

std::string PrintParameter(const TimeParameter& value) {
  const std::uint64_t hours = std::uint64_t{value.days} * 24 + value.hour;
  std::string text = fmt::format("{}{:02}:{:02}:{:02}", value.negative ? "-" : "", hours,
                                 value.minute, value.second);
  if (value.micros != 0) text += fmt::format(".{:06}", value.micros);
  return text;
}

Result<std::uint32_t> DecodeExecuteStatementId(std::string_view body) {
  return ByteReader(body).Int4();
}

Result<ExecuteRequest> DecodeExecute(std::string_view body, std::size_t parameter_count,
                                     std::vector<ParameterType>& types,
                                     std::span<const std::optional<std::string>> long_data) {
  ByteReader reader(body);
  ExecuteRequest request;
  FIRN_ASSIGN_OR_RETURN(request.statement_id, reader.Int4());
  FIRN_ASSIGN_OR_RETURN(request.cursor_flags, reader.Int1());
  FIRN_TRY(reader.Skip(4));  // Iteration count, always 1.
  if (parameter_count == 0) return request;

  FIRN_ASSIGN_OR_RETURN(const std::string_view nulls, reader.Bytes((parameter_count + 7) / 8));
  FIRN_ASSIGN_OR_RETURN(const std::uint8_t binds_anew, reader.Int1());
  if (binds_anew != 0) FIRN_TRY(DecodeTypes(reader, parameter_count, types));
  if (types.size() != parameter_count) {
    return InvalidArgument("UnboundParameters", "the parameters' types were never sent");
  }
  request.parameters.reserve(parameter_count);
  for (std::size_t i = 0; i < parameter_count; ++i) {
    if (i < long_data.size() && long_data[i].has_value()) {
      request.parameters.emplace_back(
          TextParameter{.text = *long_data[i], .binary = IsBlob(types[i].type)});
    } else if ((static_cast<unsigned char>(nulls[i / 8]) >> (i % 8) & 1U) != 0) {
      request.parameters.emplace_back();
    } else {
      FIRN_ASSIGN_OR_RETURN(ParameterValue value, DecodeParameter(reader, types[i]));
      request.parameters.push_back(std::move(value));
    }
  }
  return request;
}

}  // namespace firn::mysql
