#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lake/iceberg/type.h"

/// Single values: partition values, column bounds, defaults and literals of predicates, with the
/// binary and JSON single-value serialisations (spec, appendix D).

namespace firn::iceberg {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

/// A non-null value of a primitive type. What `value` holds, by the type's kind:
///   kBoolean bool; kInt, kDate int32_t (days since 1970-01-01); kLong, kTime, kTimestamp,
///   kTimestampTz,
///   kTimestampNs, kTimestampTzNs int64_t (micro- or nanoseconds since midnight or
///   1970-01-01T00:00:00);
///   kFloat float; kDouble double; kDecimal Int128 (unscaled); kString, kUuid (16 bytes), kFixed,
///   kBinary std::string.
struct Literal {
  Type type;
  std::variant<bool, std::int32_t, std::int64_t, float, double, Int128, std::string> value;

  static Literal Boolean(bool value);
  static Literal Int(std::int32_t value);
  static Literal Long(std::int64_t value);
  static Literal Float(float value);
  static Literal Double(double value);
  static Literal Decimal(Int128 unscaled, int precision, int scale);
  static Literal Date(std::int32_t days);
  static Literal Time(std::int64_t micros);
  static Literal Timestamp(std::int64_t micros);
  static Literal TimestampTz(std::int64_t micros);
  static Literal TimestampNs(std::int64_t nanos);
  static Literal TimestampTzNs(std::int64_t nanos);
  static Literal String(std::string text);
  static Literal Uuid(std::string bytes16);
  static Literal Fixed(std::string bytes);
  static Literal Binary(std::string bytes);

  bool is_nan() const;
  /// For messages and EXPLAIN: `2017-11-16`, `34`, `'a'`.
  std::string ToString() const;
};

/// Order of two values of one kind: floats as IEEE 754 totals with -0 < +0 and NaN last, strings by
/// bytes, uuid, fixed and binary by unsigned bytes. Decimals of different scales compare by value.
/// nullopt when the kinds differ.
std::optional<std::strong_ordering> Compare(const Literal& a, const Literal& b);
bool operator==(const Literal& a, const Literal& b);

/// The value as `to`, along the promotions of the spec and between integers, floats and decimals
/// where nothing is lost; nullopt where something would be.
std::optional<Literal> CastLiteral(const Literal& literal, const Type& to);

/// Appendix D, binary. Never fails for a well-formed literal.
std::string ToBinary(const Literal& literal);
/// Takes the shorter forms of promoted columns too (4 bytes for long, 4 for double).
/// Errors: kDataCorruption/InvalidValue.
Result<Literal> LiteralFromBinary(std::string_view bytes, const Type& type);

/// Appendix D, JSON.
json::value ToJson(const Literal& literal);
/// Errors: kInvalidArgument/InvalidValue.
Result<Literal> LiteralFromJson(const json::value& value, const Type& type);

/// A row of a partition spec's struct, one element a partition field in spec order; nullopt is
/// null.
using PartitionTuple = std::vector<std::optional<Literal>>;

/// Longest prefix of `text` of at most `width` code points (bytes that are not UTF-8 count one
/// each).
std::string TruncateCodePoints(std::string_view text, std::size_t width);
/// A lower bound of at most `width` code points or bytes; other kinds come back as they are.
Literal TruncateLowerBound(const Literal& bound, std::size_t width = 16);
/// An upper bound of at most `width` code points or bytes, its last one incremented; nullopt when
/// no such bound exists (all are at their highest).
std::optional<Literal> TruncateUpperBound(const Literal& bound, std::size_t width = 16);

/// `2017-11-16`, from days since 1970-01-01; years before 1 and after 9999 have a sign, as ISO 8601
/// has it.
std::string FormatDate(std::int64_t days);
/// `2017-11-16T22:31:08.000001` from micro- or nanoseconds since 1970-01-01T00:00:00;
/// `unit_per_second` says which.
std::string FormatTimestamp(std::int64_t units, std::int64_t unit_per_second, bool with_zone);

}  // namespace firn::iceberg
