#include "lake/iceberg/transform.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "base/encoding.h"
#include "lake/iceberg/calendar_internal.h"
#include "lake/iceberg/time_units_internal.h"

namespace firn::iceberg {
namespace {

struct NamedTransform {
  std::string_view name;
  TransformKind kind;
};

constexpr std::array<NamedTransform, 6> kPlainTransforms = {{
    {"identity", TransformKind::kIdentity},
    {"year", TransformKind::kYear},
    {"month", TransformKind::kMonth},
    {"day", TransformKind::kDay},
    {"hour", TransformKind::kHour},
    {"void", TransformKind::kVoid},
}};

Unexpected InvalidTransform(std::string message) {
  return InvalidArgument("InvalidTransform", std::move(message));
}

bool CanBucket(TypeKind kind) {
  switch (kind) {
    case TypeKind::kInt:
    case TypeKind::kLong:
    case TypeKind::kDecimal:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
    case TypeKind::kTimestampNs:
    case TypeKind::kTimestampTzNs:
    case TypeKind::kString:
    case TypeKind::kUuid:
    case TypeKind::kFixed:
    case TypeKind::kBinary:
      return true;
    default:
      return false;
  }
}

std::uint32_t HashInt64(std::int64_t value) {
  std::array<char, 8> bytes{};
  std::memcpy(bytes.data(), &value, 8);
  return Murmur3(std::string_view(bytes.data(), bytes.size()));
}

/// value - (value mod width), with the modulus never negative; wraps at the end of the range as
/// others do.
template <typename Signed, typename Unsigned>
Signed TruncateWhole(Signed value, std::int32_t width) {
  const Signed modulus = ((value % width) + width) % width;
  return static_cast<Signed>(static_cast<Unsigned>(value) - static_cast<Unsigned>(modulus));
}

Result<std::optional<Literal>> ApplyTruncate(std::int32_t width, const Literal& source) {
  switch (source.type.kind) {
    case TypeKind::kInt:
      return std::optional(
          Literal::Int(static_cast<std::int32_t>(TruncateWhole<std::int64_t, std::uint64_t>(
              std::get<std::int32_t>(source.value), width))));
    case TypeKind::kLong:
      return std::optional(Literal::Long(
          TruncateWhole<std::int64_t, std::uint64_t>(std::get<std::int64_t>(source.value), width)));
    case TypeKind::kDecimal:
      return std::optional(
          Literal::Decimal(TruncateWhole<Int128, UInt128>(std::get<Int128>(source.value), width),
                           source.type.precision, source.type.scale));
    case TypeKind::kString:
      return std::optional(Literal::String(TruncateCodePoints(std::get<std::string>(source.value),
                                                              static_cast<std::size_t>(width))));
    default:
      return std::optional(Literal::Binary(
          std::get<std::string>(source.value).substr(0, static_cast<std::size_t>(width))));
  }
}

std::int64_t DaysOf(const Literal& source) {
  if (source.type.kind == TypeKind::kDate) return std::get<std::int32_t>(source.value);
  return FloorDiv(std::get<std::int64_t>(source.value), UnitsPerSecond(source.type.kind) * 86400);
}

Literal ApplyTimeTransform(TransformKind kind, const Literal& source) {
  if (kind == TransformKind::kHour) {
    return Literal::Int(static_cast<std::int32_t>(
        FloorDiv(std::get<std::int64_t>(source.value), UnitsPerSecond(source.type.kind) * 3600)));
  }
  const std::int64_t days = DaysOf(source);
  if (kind == TransformKind::kDay) return Literal::Date(static_cast<std::int32_t>(days));
  const CivilDate date = CivilFromDays(days);
  const std::int64_t years = date.year - 1970;
  if (kind == TransformKind::kYear) return Literal::Int(static_cast<std::int32_t>(years));
  return Literal::Int(static_cast<std::int32_t>(years * 12 + date.month - 1));
}

std::optional<std::int32_t> ParseParameter(std::string_view text, std::string_view word) {
  if (!text.starts_with(word) || text.size() < word.size() + 3 || text[word.size()] != '[' ||
      text.back() != ']') {
    return std::nullopt;
  }
  const std::string_view digits = text.substr(word.size() + 1, text.size() - word.size() - 2);
  std::int32_t parameter = 0;
  const auto [end, failure] =
      std::from_chars(digits.data(), digits.data() + digits.size(), parameter);
  if (failure != std::errc() || end != digits.data() + digits.size() || parameter <= 0) {
    return std::nullopt;
  }
  return parameter;
}

std::string FormatYear(std::int64_t year) {
  return year < 0 ? fmt::format("-{:04}", -year) : fmt::format("{:04}", year);
}

std::string FormatIdentity(const Literal& value) {
  switch (value.type.kind) {
    case TypeKind::kString:
      return std::get<std::string>(value.value);
    case TypeKind::kFixed:
    case TypeKind::kBinary:
      return Base64Encode(AsBytes(std::get<std::string>(value.value)));
    default:
      return value.ToString();
  }
}

}  // namespace

std::string Transform::ToString() const {
  switch (kind) {
    case TransformKind::kBucket:
      return fmt::format("bucket[{}]", parameter);
    case TransformKind::kTruncate:
      return fmt::format("truncate[{}]", parameter);
    case TransformKind::kUnknown:
      return unknown_text;
    default:
      for (const NamedTransform& named : kPlainTransforms) {
        if (named.kind == kind) return std::string(named.name);
      }
      return unknown_text;
  }
}

Result<Transform> ParseTransform(std::string_view text) {
  Transform transform;
  // Java reads these words in any case.
  const std::string word = ToLowerAscii(text);
  for (const NamedTransform& named : kPlainTransforms) {
    if (named.name == word) {
      transform.kind = named.kind;
      return transform;
    }
  }
  for (const auto& [name, kind] : {std::pair{"bucket", TransformKind::kBucket},
                                   std::pair{"truncate", TransformKind::kTruncate}}) {
    if (!word.starts_with(name)) continue;
    const auto parameter = ParseParameter(word, name);
    if (!parameter) {
      return InvalidTransform(
          fmt::format("transform must be {}[N] with N > 0, found '{}'", name, text));
    }
    transform.kind = kind;
    transform.parameter = *parameter;
    return transform;
  }
  if (text.empty()) return InvalidTransform("a transform has no name");
  transform.kind = TransformKind::kUnknown;
  transform.unknown_text = std::string(text);
  return transform;
}

bool CanTransform(const Transform& transform, const Type& source) {
  if (!source.is_primitive()) return false;
  switch (transform.kind) {
    case TransformKind::kIdentity:
      return source.kind != TypeKind::kVariant && source.kind != TypeKind::kGeometry &&
             source.kind != TypeKind::kGeography;
    case TransformKind::kBucket:
      return CanBucket(source.kind);
    case TransformKind::kTruncate:
      return source.kind == TypeKind::kInt || source.kind == TypeKind::kLong ||
             source.kind == TypeKind::kDecimal || source.kind == TypeKind::kString ||
             source.kind == TypeKind::kBinary;
    case TransformKind::kYear:
    case TransformKind::kMonth:
    case TransformKind::kDay:
      return source.kind == TypeKind::kDate || IsTimestamp(source.kind);
    case TransformKind::kHour:
      return IsTimestamp(source.kind);
    case TransformKind::kVoid:
      return true;
    case TransformKind::kUnknown:
      return false;
  }
  return false;
}

Result<Type> TransformResultType(const Transform& transform, const Type& source) {
  if (!CanTransform(transform, source)) {
    return InvalidTransform(
        fmt::format("transform {} does not fit type {}", transform.ToString(), source.ToString()));
  }
  switch (transform.kind) {
    case TransformKind::kBucket:
    case TransformKind::kYear:
    case TransformKind::kMonth:
    case TransformKind::kHour:
      return Type::Primitive(TypeKind::kInt);
    case TransformKind::kDay:
      return Type::Primitive(TypeKind::kDate);
    default:
      return source;
  }
}

Result<std::optional<Literal>> ApplyTransform(const Transform& transform,
                                              const std::optional<Literal>& source) {
  if (transform.kind == TransformKind::kUnknown) {
    return Unsupported(
        "UnknownTransform",
        fmt::format("transform '{}' is not known here; rows cannot be partitioned by it",
                    transform.unknown_text));
  }
  if (!source || transform.kind == TransformKind::kVoid) return std::optional<Literal>();
  if (!CanTransform(transform, source->type)) {
    return InvalidTransform(fmt::format("transform {} does not fit type {}", transform.ToString(),
                                        source->type.ToString()));
  }
  switch (transform.kind) {
    case TransformKind::kIdentity:
      return source;
    case TransformKind::kBucket:
      return std::optional(Literal::Int((BucketHash(*source) & INT32_MAX) % transform.parameter));
    case TransformKind::kTruncate:
      return ApplyTruncate(transform.parameter, *source);
    default:
      return std::optional(ApplyTimeTransform(transform.kind, *source));
  }
}

std::int32_t BucketHash(const Literal& literal) {
  switch (literal.type.kind) {
    case TypeKind::kInt:
    case TypeKind::kDate:
      return static_cast<std::int32_t>(HashInt64(std::get<std::int32_t>(literal.value)));
    case TypeKind::kLong:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return static_cast<std::int32_t>(HashInt64(std::get<std::int64_t>(literal.value)));
    case TypeKind::kTimestampNs:
    case TypeKind::kTimestampTzNs:
      // Hashed as microseconds, so that a promoted column keeps its buckets.
      return static_cast<std::int32_t>(
          HashInt64(FloorDiv(std::get<std::int64_t>(literal.value), 1000)));
    default:
      return static_cast<std::int32_t>(Murmur3(ToBinary(literal)));
  }
}

std::uint32_t Murmur3(std::string_view bytes) {
  constexpr std::uint32_t kC1 = 0xcc9e2d51;
  constexpr std::uint32_t kC2 = 0x1b873593;
  std::uint32_t hash = 0;
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + at, 4);
    hash ^= std::rotl(word * kC1, 15) * kC2;
    hash = std::rotl(hash, 13) * 5 + 0xe6546b64;
  }
  std::uint32_t tail = 0;
  for (std::size_t i = bytes.size(); i > at; --i) {
    tail = (tail << 8) | static_cast<unsigned char>(bytes[i - 1]);
  }
  if (at < bytes.size()) hash ^= std::rotl(tail * kC1, 15) * kC2;
  hash ^= static_cast<std::uint32_t>(bytes.size());
  hash ^= hash >> 16;
  hash *= 0x85ebca6b;
  hash ^= hash >> 13;
  hash *= 0xc2b2ae35;
  hash ^= hash >> 16;
  return hash;
}

std::string FormatPartitionValue(const Transform& transform, const std::optional<Literal>& value) {
  if (!value || transform.kind == TransformKind::kVoid) return "null";
  const auto* number = std::get_if<std::int32_t>(&value->value);
  switch (transform.kind) {
    case TransformKind::kYear:
      return number != nullptr ? FormatYear(1970 + std::int64_t{*number}) : value->ToString();
    case TransformKind::kMonth:
      if (number == nullptr) return value->ToString();
      return fmt::format("{}-{:02}", FormatYear(1970 + FloorDiv(*number, 12)),
                         *number - FloorDiv(*number, 12) * 12 + 1);
    case TransformKind::kDay:
      return number != nullptr ? FormatDate(*number) : value->ToString();
    case TransformKind::kHour:
      if (number == nullptr) return value->ToString();
      return fmt::format("{}-{:02}", FormatDate(FloorDiv(*number, 24)),
                         *number - FloorDiv(*number, 24) * 24);
    default:
      return FormatIdentity(*value);
  }
}

}  // namespace firn::iceberg
