#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/encoding.h"
#include "lake/iceberg/calendar_internal.h"
#include "lake/iceberg/time_units_internal.h"
#include "lake/iceberg/value.h"

namespace firn::iceberg {
namespace {

Unexpected InvalidText(std::string_view text, const Type& type) {
  return InvalidArgument("InvalidValue",
                         fmt::format("'{}' is no value of type {}", text, type.ToString()));
}

std::string FormatInt128(Int128 value) {
  const bool negative = value < 0;
  auto rest = static_cast<UInt128>(value);
  if (negative) rest = ~rest + 1;
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  if (negative) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::string FormatDecimal(Int128 unscaled, int scale) {
  std::string text = FormatInt128(unscaled);
  if (scale == 0) return text;
  const std::size_t sign = text.front() == '-' ? 1 : 0;
  const auto width = static_cast<std::size_t>(scale);
  if (text.size() - sign <= width) text.insert(sign, width + 1 - (text.size() - sign), '0');
  text.insert(text.size() - width, ".");
  return text;
}

std::optional<Int128> ParseDecimalText(std::string_view text, const Type& type) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  const std::size_t fraction = dot == std::string_view::npos ? 0 : text.size() - dot - 1;
  if (fraction > static_cast<std::size_t>(type.scale) || text.empty() || text.size() > 64) {
    return std::nullopt;
  }
  UInt128 value = 0;
  int digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == dot) continue;
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
    if (value != 0 && ++digits > 38) return std::nullopt;
  }
  for (std::size_t i = fraction; i < static_cast<std::size_t>(type.scale); ++i) {
    value *= 10;
    if (value != 0 && ++digits > 38) return std::nullopt;
  }
  if (digits > type.precision) return std::nullopt;
  const auto unscaled = static_cast<Int128>(value);
  return negative ? -unscaled : unscaled;
}

std::string FormatUuid(std::string_view bytes) {
  std::string hex = HexEncode(AsBytes(bytes));
  if (hex.size() != 32) return hex;
  for (const std::size_t at : {20U, 16U, 12U, 8U}) hex.insert(at, "-");
  return hex;
}

std::optional<std::string> ParseUuid(std::string_view text) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
      text[23] != '-') {
    return std::nullopt;
  }
  std::string hex(text);
  std::erase(hex, '-');
  auto bytes = HexDecode(hex);
  if (!bytes || bytes->size() != 16) return std::nullopt;
  return *std::move(bytes);
}

/// "22:31:08.123456" as units since midnight; nullopt when it is none.
std::optional<std::int64_t> ParseClock(std::string_view text, std::int64_t units_per_second) {
  const auto number = [&](std::size_t at) -> int {
    if (at + 2 > text.size() || text[at] < '0' || text[at] > '9' || text[at + 1] < '0' ||
        text[at + 1] > '9') {
      return -1;
    }
    return (text[at] - '0') * 10 + (text[at + 1] - '0');
  };
  if (text.size() < 5 || text[2] != ':') return std::nullopt;
  const int hour = number(0);
  const int minute = number(3);
  int second = 0;
  if (text.size() > 5) {
    if (text[5] != ':') return std::nullopt;
    second = number(6);
  }
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
    return std::nullopt;
  }
  std::int64_t units = 0;
  if (text.size() > 8) {
    if (text[8] != '.' || text.size() == 9) return std::nullopt;
    std::int64_t place = units_per_second;
    for (const char c : text.substr(9)) {
      if (c < '0' || c > '9') return std::nullopt;
      place /= 10;
      if (place == 0 && c != '0') return std::nullopt;
      units += place * (c - '0');
    }
  }
  return ((hour * 60 + minute) * std::int64_t{60} + second) * units_per_second + units;
}

std::string FormatClock(std::int64_t units, std::int64_t units_per_second) {
  const std::int64_t seconds = units / units_per_second;
  std::string text =
      fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  const std::int64_t fraction = units % units_per_second;
  if (fraction != 0) {
    text += '.';
    text += units_per_second == kMicrosPerSecond ? fmt::format("{:06}", fraction)
                                                 : fmt::format("{:09}", fraction);
    while (text.back() == '0') text.pop_back();
  }
  return text;
}

/// `[+-]Y…Y-MM-DD` at the start of `text`; consumes it.
std::optional<std::int64_t> ParseDate(std::string_view& text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || dash < 4 || dash > 9 || text.size() < dash + 6 ||
      text[dash + 3] != '-') {
    return std::nullopt;
  }
  std::int64_t year = 0;
  int month = 0;
  int day = 0;
  const auto read = [&](std::size_t from, std::size_t to, auto& out) {
    const auto [end, failure] = std::from_chars(text.data() + from, text.data() + to, out);
    return failure == std::errc() && end == text.data() + to;
  };
  if (!read(0, dash, year) || !read(dash + 1, dash + 3, month) || !read(dash + 4, dash + 6, day)) {
    return std::nullopt;
  }
  if (negative) year = -year;
  const auto days = DaysFromCivil(CivilDate{year, month, day});
  if (!days) return std::nullopt;
  text.remove_prefix(dash + 6);
  return days;
}

std::optional<std::int64_t> ParseTimestamp(std::string_view text, const Type& type) {
  const auto days = ParseDate(text);
  if (!days || !(text.starts_with('T') || text.starts_with(' '))) return std::nullopt;
  text.remove_prefix(1);
  std::int64_t offset_seconds = 0;
  const std::size_t zone = text.find_first_of("+-Z");
  if (HasZone(type.kind) != (zone != std::string_view::npos)) return std::nullopt;
  if (zone != std::string_view::npos) {
    const std::string_view suffix = text.substr(zone);
    text = text.substr(0, zone);
    if (suffix != "Z") {
      const auto clock = suffix.size() == 6 ? ParseClock(suffix.substr(1), 1) : std::nullopt;
      if (!clock) return std::nullopt;
      offset_seconds = suffix[0] == '-' ? -*clock : *clock;
    }
  }
  const std::int64_t units_per_second = UnitsPerSecond(type.kind);
  const auto clock = ParseClock(text, units_per_second);
  if (!clock) return std::nullopt;
  const Int128 units =
      (static_cast<Int128>(*days) * 86400 - offset_seconds) * units_per_second + *clock;
  if (units < INT64_MIN || units > INT64_MAX) return std::nullopt;
  return static_cast<std::int64_t>(units);
}

std::string FormatTime(std::int64_t micros) { return FormatClock(micros, kMicrosPerSecond); }

Result<Literal> LiteralFromText(std::string_view text, const Type& type) {
  switch (type.kind) {
    case TypeKind::kDecimal:
      if (const auto unscaled = ParseDecimalText(text, type)) {
        return Literal::Decimal(*unscaled, type.precision, type.scale);
      }
      break;
    case TypeKind::kDate: {
      std::string_view rest = text;
      const auto days = ParseDate(rest);
      if (days && rest.empty() && *days >= INT32_MIN && *days <= INT32_MAX) {
        return Literal::Date(static_cast<std::int32_t>(*days));
      }
      break;
    }
    case TypeKind::kTime:
      if (const auto micros = ParseClock(text, kMicrosPerSecond)) return Literal::Time(*micros);
      break;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
    case TypeKind::kTimestampNs:
    case TypeKind::kTimestampTzNs:
      if (const auto units = ParseTimestamp(text, type)) return Literal{type, *units};
      break;
    case TypeKind::kString:
      return Literal::String(std::string(text));
    case TypeKind::kUuid:
      if (auto bytes = ParseUuid(text)) return Literal::Uuid(*std::move(bytes));
      break;
    case TypeKind::kFixed:
    case TypeKind::kBinary: {
      auto bytes = HexDecode(text);
      if (bytes && (type.kind == TypeKind::kBinary ||
                    static_cast<std::int64_t>(bytes->size()) == type.length_bytes)) {
        return Literal{type, *std::move(bytes)};
      }
      break;
    }
    default:
      break;
  }
  return InvalidText(text, type);
}

}  // namespace

json::value ToJson(const Literal& literal) {
  switch (literal.type.kind) {
    case TypeKind::kBoolean:
      return std::get<bool>(literal.value);
    case TypeKind::kInt:
      return std::get<std::int32_t>(literal.value);
    case TypeKind::kLong:
      return std::get<std::int64_t>(literal.value);
    case TypeKind::kFloat:
      return static_cast<double>(std::get<float>(literal.value));
    case TypeKind::kDouble:
      return std::get<double>(literal.value);
    case TypeKind::kDecimal:
      return json::value(FormatDecimal(std::get<Int128>(literal.value), literal.type.scale));
    case TypeKind::kDate:
      return json::value(FormatDate(std::get<std::int32_t>(literal.value)));
    case TypeKind::kTime:
      return json::value(FormatTime(std::get<std::int64_t>(literal.value)));
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
    case TypeKind::kTimestampNs:
    case TypeKind::kTimestampTzNs:
      return json::value(FormatTimestamp(std::get<std::int64_t>(literal.value),
                                         UnitsPerSecond(literal.type.kind),
                                         HasZone(literal.type.kind)));
    case TypeKind::kUuid:
      return json::value(FormatUuid(std::get<std::string>(literal.value)));
    case TypeKind::kFixed:
    case TypeKind::kBinary:
      return json::value(HexEncode(AsBytes(std::get<std::string>(literal.value))));
    default:
      return json::value(std::get<std::string>(literal.value));
  }
}

Result<Literal> LiteralFromJson(const json::value& value, const Type& type) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      if (value.is_bool()) return Literal::Boolean(value.get_bool());
      break;
    case TypeKind::kInt:
      if (value.is_int64() && value.get_int64() >= INT32_MIN && value.get_int64() <= INT32_MAX) {
        return Literal::Int(static_cast<std::int32_t>(value.get_int64()));
      }
      break;
    case TypeKind::kLong:
      if (value.is_int64()) return Literal::Long(value.get_int64());
      break;
    case TypeKind::kFloat:
    case TypeKind::kDouble: {
      double number = 0;
      if (value.is_double())
        number = value.get_double();
      else if (value.is_int64())
        number = static_cast<double>(value.get_int64());
      else if (value.is_uint64())
        number = static_cast<double>(value.get_uint64());
      else
        break;
      if (type.kind == TypeKind::kDouble) return Literal::Double(number);
      if (std::fabs(number) > 3.4028234663852886e38) break;
      return Literal::Float(static_cast<float>(number));
    }
    default:
      if (value.is_string()) return LiteralFromText(std::string_view(value.get_string()), type);
      break;
  }
  return InvalidText(PrintJson(value), type);
}

std::string FormatDate(std::int64_t days) {
  const CivilDate date = CivilFromDays(days);
  if (date.year < 0) return fmt::format("-{:04}-{:02}-{:02}", -date.year, date.month, date.day);
  return fmt::format("{}{:04}-{:02}-{:02}", date.year > 9999 ? "+" : "", date.year, date.month,
                     date.day);
}

std::string FormatTimestamp(std::int64_t units, std::int64_t unit_per_second, bool with_zone) {
  const std::int64_t units_per_day = unit_per_second * 86400;
  const std::int64_t days = FloorDiv(units, units_per_day);
  // In two steps, since days * units_per_day may overflow at the very start of the range.
  const std::int64_t remainder = units % units_per_day;
  const std::int64_t of_day = remainder < 0 ? remainder + units_per_day : remainder;
  return FormatDate(days) + "T" + FormatClock(of_day, unit_per_second) +
         (with_zone ? "+00:00" : "");
}

}  // namespace firn::iceberg
