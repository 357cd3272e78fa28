#include "lake/iceberg/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/encoding.h"
#include "lake/iceberg/time_units_internal.h"

namespace firn::iceberg {
namespace {

Unexpected InvalidBytes(std::string_view bytes, const Type& type) {
  return DataCorruption("InvalidValue", fmt::format("{} bytes are no value of type {}",
                                                    bytes.size(), type.ToString()));
}

template <typename T>
std::string LittleEndian(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

template <typename T>
T FromLittleEndian(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

static_assert(std::endian::native == std::endian::little);

/// Two's complement, big-endian, as few bytes as hold the sign.
std::string DecimalBytes(Int128 unscaled) {
  std::string bytes;
  for (int shift = 120; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(static_cast<unsigned char>(unscaled >> shift));
  }
  std::size_t skip = 0;
  while (skip < 15) {
    const auto here = static_cast<unsigned char>(bytes[skip]);
    const auto next = static_cast<unsigned char>(bytes[skip + 1]);
    const bool redundant = (here == 0x00 && next < 0x80) || (here == 0xFF && next >= 0x80);
    if (!redundant) break;
    ++skip;
  }
  return bytes.substr(skip);
}

std::optional<Int128> DecimalFromBytes(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  // Longer forms are taken when what is cut off is sign only.
  const unsigned char sign = static_cast<unsigned char>(bytes[0]) >= 0x80 ? 0xFF : 0x00;
  while (bytes.size() > 16) {
    if (static_cast<unsigned char>(bytes[0]) != sign) return std::nullopt;
    bytes.remove_prefix(1);
  }
  UInt128 value = sign == 0xFF ? ~static_cast<UInt128>(0) : 0;
  for (const char c : bytes) value = (value << 8) | static_cast<unsigned char>(c);
  return static_cast<Int128>(value);
}

template <typename T>
std::strong_ordering Order(const T& a, const T& b) {
  if (a < b) return std::strong_ordering::less;
  if (b < a) return std::strong_ordering::greater;
  return std::strong_ordering::equal;
}

/// -0 < +0, NaN (of either sign) last and equal to itself.
std::strong_ordering OrderFloats(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return Order(std::isnan(a), std::isnan(b));
  if (a == 0 && b == 0) return Order(std::signbit(b), std::signbit(a));
  return Order(a, b);
}

std::optional<Int128> Rescale(Int128 unscaled, int from_scale, int to_scale) {
  for (; from_scale < to_scale; ++from_scale) {
    if (__builtin_mul_overflow(unscaled, static_cast<Int128>(10), &unscaled)) return std::nullopt;
  }
  for (; from_scale > to_scale; --from_scale) {
    if (unscaled % 10 != 0) return std::nullopt;
    unscaled /= 10;
  }
  return unscaled;
}

std::strong_ordering OrderDecimals(const Literal& a, const Literal& b) {
  const Int128 x = std::get<Int128>(a.value);
  const Int128 y = std::get<Int128>(b.value);
  if (a.type.scale == b.type.scale) return Order(x, y);
  const int scale = std::max(a.type.scale, b.type.scale);
  const auto wide_x = Rescale(x, a.type.scale, scale);
  const auto wide_y = Rescale(y, b.type.scale, scale);
  // What overflows on widening is larger in size than anything that does not.
  if (!wide_x) return Order(x, static_cast<Int128>(0));
  if (!wide_y) return Order(static_cast<Int128>(0), y);
  return Order(*wide_x, *wide_y);
}

std::optional<Int128> PowerOfTen(int exponent) {
  if (exponent > 38) return std::nullopt;
  Int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

bool FitsPrecision(Int128 unscaled, int precision) {
  const auto bound = PowerOfTen(precision);
  return bound && unscaled < *bound && -*bound < unscaled;
}

std::optional<std::int64_t> ToWhole(const Literal& literal) {
  if (const auto* narrow = std::get_if<std::int32_t>(&literal.value)) return *narrow;
  if (const auto* wide = std::get_if<std::int64_t>(&literal.value)) return *wide;
  if (const auto* decimal = std::get_if<Int128>(&literal.value)) {
    const auto whole = Rescale(*decimal, literal.type.scale, 0);
    if (whole && *whole >= INT64_MIN && *whole <= INT64_MAX)
      return static_cast<std::int64_t>(*whole);
    return std::nullopt;
  }
  double number = 0;
  if (const auto* small = std::get_if<float>(&literal.value)) {
    number = *small;
  } else if (const auto* big = std::get_if<double>(&literal.value)) {
    number = *big;
  } else {
    return std::nullopt;
  }
  constexpr double kTwo63 = 9223372036854775808.0;
  if (!(number >= -kTwo63 && number < kTwo63) || std::trunc(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<double> ToFloating(const Literal& literal) {
  if (const auto* small = std::get_if<float>(&literal.value)) return static_cast<double>(*small);
  if (const auto* big = std::get_if<double>(&literal.value)) return *big;
  if (literal.type.kind == TypeKind::kDecimal && literal.type.scale != 0) return std::nullopt;
  const auto whole = ToWhole(literal);
  if (!whole || *whole > (1LL << 53) || *whole < -(1LL << 53)) return std::nullopt;
  return static_cast<double>(*whole);
}

bool IsNumber(TypeKind kind) {
  return kind == TypeKind::kInt || kind == TypeKind::kLong || kind == TypeKind::kFloat ||
         kind == TypeKind::kDouble || kind == TypeKind::kDecimal;
}

std::optional<Literal> CastNumber(const Literal& literal, const Type& to) {
  switch (to.kind) {
    case TypeKind::kInt: {
      const auto whole = ToWhole(literal);
      if (!whole || *whole < INT32_MIN || *whole > INT32_MAX) return std::nullopt;
      return Literal::Int(static_cast<std::int32_t>(*whole));
    }
    case TypeKind::kLong: {
      const auto whole = ToWhole(literal);
      return whole ? std::optional(Literal::Long(*whole)) : std::nullopt;
    }
    case TypeKind::kFloat: {
      const auto number = ToFloating(literal);
      if (!number) return std::nullopt;
      if (std::isnan(*number)) return Literal::Float(NAN);
      // Out of range is undefined behaviour in the cast, so it is asked first.
      if (std::isfinite(*number) && std::fabs(*number) > 3.4028234663852886e38) return std::nullopt;
      const auto narrow = static_cast<float>(*number);
      return static_cast<double>(narrow) == *number ? std::optional(Literal::Float(narrow))
                                                    : std::nullopt;
    }
    case TypeKind::kDouble: {
      const auto number = ToFloating(literal);
      return number ? std::optional(Literal::Double(*number)) : std::nullopt;
    }
    case TypeKind::kDecimal: {
      std::optional<Int128> unscaled;
      if (const auto* decimal = std::get_if<Int128>(&literal.value)) {
        unscaled = Rescale(*decimal, literal.type.scale, to.scale);
      } else if (const auto whole = ToWhole(literal)) {
        unscaled = Rescale(*whole, 0, to.scale);
      }
      if (!unscaled || !FitsPrecision(*unscaled, to.precision)) return std::nullopt;
      return Literal::Decimal(*unscaled, to.precision, to.scale);
    }
    default:
      return std::nullopt;
  }
}

/// Among dates and timestamps with the same idea of a zone; a date has none.
std::optional<Literal> CastTime(const Literal& literal, const Type& to) {
  const TypeKind from = literal.type.kind;
  std::int64_t units = 0;
  std::int64_t units_per_second = 0;
  if (from == TypeKind::kDate) {
    if (HasZone(to.kind)) return std::nullopt;
    units = std::get<std::int32_t>(literal.value) * std::int64_t{86400};
    units_per_second = 1;
  } else {
    if (HasZone(from) != HasZone(to.kind)) return std::nullopt;
    units = std::get<std::int64_t>(literal.value);
    units_per_second = UnitsPerSecond(from);
  }
  if (to.kind == TypeKind::kDate) {
    const std::int64_t day = 86400 * units_per_second;
    const std::int64_t days = units / day;
    if (units % day != 0 || days < INT32_MIN || days > INT32_MAX) return std::nullopt;
    return Literal::Date(static_cast<std::int32_t>(days));
  }
  const std::int64_t wanted = UnitsPerSecond(to.kind);
  if (wanted >= units_per_second) {
    if (__builtin_mul_overflow(units, wanted / units_per_second, &units)) return std::nullopt;
  } else {
    const std::int64_t ratio = units_per_second / wanted;
    if (units % ratio != 0) return std::nullopt;
    units /= ratio;
  }
  return Literal{to, units};
}

std::size_t CodePointLength(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  std::size_t length = 1;
  if (lead >= 0xC2 && lead < 0xE0)
    length = 2;
  else if (lead >= 0xE0 && lead < 0xF0)
    length = 3;
  else if (lead >= 0xF0 && lead < 0xF5)
    length = 4;
  if (at + length > text.size()) return 1;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80) return 1;
  }
  return length;
}

std::uint32_t DecodeCodePoint(std::string_view unit) {
  const auto lead = static_cast<unsigned char>(unit[0]);
  if (unit.size() == 1) return lead;
  std::uint32_t code = lead & (0xFFU >> (unit.size() + 1));
  for (const char c : unit.substr(1)) code = (code << 6) | (static_cast<unsigned char>(c) & 0x3FU);
  return code;
}

void AppendCodePoint(std::string& text, std::uint32_t code) {
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xC0 | (code >> 6));
    text += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    text += static_cast<char>(0xE0 | (code >> 12));
    text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    text += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    text += static_cast<char>(0xF0 | (code >> 18));
    text += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    text += static_cast<char>(0x80 | (code & 0x3F));
  }
}

std::optional<std::string> IncrementText(std::string text) {
  while (!text.empty()) {
    std::size_t last = text.size() - 1;
    while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80) --last;
    std::uint32_t code = DecodeCodePoint(std::string_view(text).substr(last)) + 1;
    text.resize(last);
    if (code == 0xD800) code = 0xE000;  // Surrogates are no code points of text.
    if (code <= 0x10FFFF) {
      AppendCodePoint(text, code);
      return text;
    }
  }
  return std::nullopt;
}

std::optional<std::string> IncrementBytes(std::string bytes) {
  while (!bytes.empty()) {
    const auto last = static_cast<unsigned char>(bytes.back());
    if (last != 0xFF) {
      bytes.back() = static_cast<char>(last + 1);
      return bytes;
    }
    bytes.pop_back();
  }
  return std::nullopt;
}

bool IsBytes(TypeKind kind) { return kind == TypeKind::kBinary || kind == TypeKind::kFixed; }

}  // namespace

Literal Literal::Boolean(bool value) { return {Type::Primitive(TypeKind::kBoolean), value}; }
Literal Literal::Int(std::int32_t value) { return {Type::Primitive(TypeKind::kInt), value}; }
Literal Literal::Long(std::int64_t value) { return {Type::Primitive(TypeKind::kLong), value}; }
Literal Literal::Float(float value) { return {Type::Primitive(TypeKind::kFloat), value}; }
Literal Literal::Double(double value) { return {Type::Primitive(TypeKind::kDouble), value}; }
Literal Literal::Decimal(Int128 unscaled, int precision, int scale) {
  return {Type::Decimal(precision, scale), unscaled};
}
Literal Literal::Date(std::int32_t days) { return {Type::Primitive(TypeKind::kDate), days}; }
Literal Literal::Time(std::int64_t micros) { return {Type::Primitive(TypeKind::kTime), micros}; }
Literal Literal::Timestamp(std::int64_t micros) {
  return {Type::Primitive(TypeKind::kTimestamp), micros};
}
Literal Literal::TimestampTz(std::int64_t micros) {
  return {Type::Primitive(TypeKind::kTimestampTz), micros};
}
Literal Literal::TimestampNs(std::int64_t nanos) {
  return {Type::Primitive(TypeKind::kTimestampNs), nanos};
}
Literal Literal::TimestampTzNs(std::int64_t nanos) {
  return {Type::Primitive(TypeKind::kTimestampTzNs), nanos};
}
Literal Literal::String(std::string text) {
  return {Type::Primitive(TypeKind::kString), std::move(text)};
}
Literal Literal::Uuid(std::string bytes16) {
  return {Type::Primitive(TypeKind::kUuid), std::move(bytes16)};
}
Literal Literal::Fixed(std::string bytes) {
  const auto length = static_cast<std::int64_t>(bytes.size());
  return {Type::Fixed(length), std::move(bytes)};
}
Literal Literal::Binary(std::string bytes) {
  return {Type::Primitive(TypeKind::kBinary), std::move(bytes)};
}

bool Literal::is_nan() const {
  if (const auto* small = std::get_if<float>(&value)) return std::isnan(*small);
  if (const auto* big = std::get_if<double>(&value)) return std::isnan(*big);
  return false;
}

std::string Literal::ToString() const {
  switch (type.kind) {
    case TypeKind::kString:
      return fmt::format("'{}'", std::get<std::string>(value));
    case TypeKind::kFloat:
      return fmt::format("{}", std::get<float>(value));
    case TypeKind::kDouble:
      return fmt::format("{}", std::get<double>(value));
    default: {
      const json::value json = ToJson(*this);
      return json.is_string() ? std::string(json.get_string()) : PrintJson(json);
    }
  }
}

std::optional<std::strong_ordering> Compare(const Literal& a, const Literal& b) {
  if (a.value.index() != b.value.index()) return std::nullopt;
  if (a.type.kind != b.type.kind && !(IsBytes(a.type.kind) && IsBytes(b.type.kind))) {
    return std::nullopt;
  }
  if (a.type.kind == TypeKind::kDecimal) return OrderDecimals(a, b);
  if (const auto* small = std::get_if<float>(&a.value)) {
    return OrderFloats(*small, std::get<float>(b.value));
  }
  if (const auto* big = std::get_if<double>(&a.value)) {
    return OrderFloats(*big, std::get<double>(b.value));
  }
  if (const auto* text = std::get_if<std::string>(&a.value)) {
    return Order(text->compare(std::get<std::string>(b.value)),
                 0);  // char_traits compares unsigned.
  }
  return Order(a.value, b.value);
}

bool operator==(const Literal& a, const Literal& b) {
  return a.type == b.type && Compare(a, b) == std::strong_ordering::equal;
}

std::optional<Literal> CastLiteral(const Literal& literal, const Type& to) {
  const TypeKind from = literal.type.kind;
  if (literal.type == to) return literal;
  if (IsNumber(from) && IsNumber(to.kind)) return CastNumber(literal, to);
  const bool from_time = from == TypeKind::kDate || IsTimestamp(from);
  const bool to_time = to.kind == TypeKind::kDate || IsTimestamp(to.kind);
  if (from_time && to_time) return CastTime(literal, to);
  if (IsBytes(from) && IsBytes(to.kind)) {
    const auto& bytes = std::get<std::string>(literal.value);
    if (to.kind == TypeKind::kFixed && static_cast<std::int64_t>(bytes.size()) != to.length_bytes) {
      return std::nullopt;
    }
    return Literal{to, bytes};
  }
  return std::nullopt;
}

std::string ToBinary(const Literal& literal) {
  struct Visitor {
    std::string operator()(bool value) const { return std::string(1, value ? '\x01' : '\x00'); }
    std::string operator()(std::int32_t value) const { return LittleEndian(value); }
    std::string operator()(std::int64_t value) const { return LittleEndian(value); }
    std::string operator()(float value) const { return LittleEndian(value); }
    std::string operator()(double value) const { return LittleEndian(value); }
    std::string operator()(Int128 value) const { return DecimalBytes(value); }
    std::string operator()(const std::string& value) const { return value; }
  };
  return std::visit(Visitor{}, literal.value);
}

Result<Literal> LiteralFromBinary(std::string_view bytes, const Type& type) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      if (bytes.size() != 1) break;
      return Literal::Boolean(bytes[0] != 0);
    case TypeKind::kInt:
    case TypeKind::kDate:
      if (bytes.size() != 4) break;
      return Literal{type, FromLittleEndian<std::int32_t>(bytes)};
    case TypeKind::kLong:
      if (bytes.size() == 4) return Literal::Long(FromLittleEndian<std::int32_t>(bytes));
      [[fallthrough]];
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
    case TypeKind::kTimestampNs:
    case TypeKind::kTimestampTzNs:
      // A bound written while the column was a date comes with 4 bytes.
      if (bytes.size() == 4 && type.kind != TypeKind::kTime) {
        if (auto cast = CastLiteral(Literal::Date(FromLittleEndian<std::int32_t>(bytes)), type)) {
          return *std::move(cast);
        }
      }
      if (bytes.size() != 8) break;
      return Literal{type, FromLittleEndian<std::int64_t>(bytes)};
    case TypeKind::kFloat:
      if (bytes.size() != 4) break;
      return Literal::Float(FromLittleEndian<float>(bytes));
    case TypeKind::kDouble:
      if (bytes.size() == 4)
        return Literal::Double(static_cast<double>(FromLittleEndian<float>(bytes)));
      if (bytes.size() != 8) break;
      return Literal::Double(FromLittleEndian<double>(bytes));
    case TypeKind::kDecimal: {
      const auto unscaled = DecimalFromBytes(bytes);
      if (!unscaled) break;
      return Literal::Decimal(*unscaled, type.precision, type.scale);
    }
    case TypeKind::kUuid:
      if (bytes.size() != 16) break;
      return Literal::Uuid(std::string(bytes));
    case TypeKind::kFixed:
      if (static_cast<std::int64_t>(bytes.size()) != type.length_bytes) break;
      return Literal{type, std::string(bytes)};
    case TypeKind::kString:
    case TypeKind::kBinary:
      return Literal{type, std::string(bytes)};
    default:
      break;
  }
  return InvalidBytes(bytes, type);
}

std::string TruncateCodePoints(std::string_view text, std::size_t width) {
  std::size_t at = 0;
  for (std::size_t count = 0; count < width && at < text.size(); ++count) {
    at += CodePointLength(text, at);
  }
  return std::string(text.substr(0, at));
}

Literal TruncateLowerBound(const Literal& bound, std::size_t width) {
  if (bound.type.kind != TypeKind::kString && bound.type.kind != TypeKind::kBinary) return bound;
  const auto& text = std::get<std::string>(bound.value);
  return {bound.type, bound.type.kind == TypeKind::kString ? TruncateCodePoints(text, width)
                                                           : text.substr(0, width)};
}

std::optional<Literal> TruncateUpperBound(const Literal& bound, std::size_t width) {
  if (bound.type.kind != TypeKind::kString && bound.type.kind != TypeKind::kBinary) return bound;
  const auto& text = std::get<std::string>(bound.value);
  const Literal prefix = TruncateLowerBound(bound, width);
  const auto& cut = std::get<std::string>(prefix.value);
  if (cut.size() == text.size()) return bound;
  const bool as_text = bound.type.kind == TypeKind::kString && IsValidUtf8(cut);
  auto raised = as_text ? IncrementText(cut) : IncrementBytes(cut);
  if (!raised) return std::nullopt;
  return Literal{bound.type, *std::move(raised)};
}

}  // namespace firn::iceberg
