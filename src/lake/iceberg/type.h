#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

/// Iceberg's types, primitive and nested (spec, "Schemas and Data Types" and appendix C).

namespace firn::iceberg {

enum class TypeKind {
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kDecimal,
  kDate,
  kTime,
  kTimestamp,
  kTimestampTz,
  kTimestampNs,
  kTimestampTzNs,
  kString,
  kUuid,
  kFixed,
  kBinary,
  kUnknown,
  kVariant,
  kGeometry,
  kGeography,
  kStruct,
  kList,
  kMap,
};

struct NestedField;

/// One type. A value; copies share the nested fields. Immutable in use: build it with the makers
/// below.
struct Type {
  TypeKind kind = TypeKind::kUnknown;
  int precision = 0;              ///< Decimal only: 1..38.
  int scale = 0;                  ///< Decimal only: 0..precision.
  std::int64_t length_bytes = 0;  ///< Fixed only.
  std::string parameters;  ///< Geometry and geography only: the text between the parentheses.
  /// Struct: its fields in order. List: one field, `element`. Map: two, `key` and `value`. Null for
  /// primitives.
  std::shared_ptr<const std::vector<NestedField>> nested;

  bool is_primitive() const { return nested == nullptr; }
  /// The nested fields, empty for primitives.
  const std::vector<NestedField>& fields() const;
  /// `decimal(9,2)`, `timestamptz`; nested types as `struct<1: a: optional int>`, for messages.
  std::string ToString() const;

  /// REQUIRES: `kind` is a primitive without parameters.
  static Type Primitive(TypeKind kind);
  static Type Decimal(int precision, int scale);
  static Type Fixed(std::int64_t length_bytes);
  static Type Struct(std::vector<NestedField> fields);
  static Type List(NestedField element);
  static Type Map(NestedField key, NestedField value);
};

/// A column, or a part of a nested one.
struct NestedField {
  std::int32_t id = 0;
  std::string name;
  bool required = false;
  Type type;
  std::optional<std::string> doc;
  /// v3 defaults in the JSON single-value form of their type; value.h's LiteralFromJson reads them.
  std::optional<json::value> initial_default;
  std::optional<json::value> write_default;
};

bool operator==(const Type& a, const Type& b);
bool operator==(const NestedField& a, const NestedField& b);

/// `int`, `decimal(9, 2)`, `fixed[16]`. Errors: kInvalidArgument/InvalidType.
Result<Type> ParsePrimitiveType(std::string_view text);
/// A type as it stands in metadata JSON: a string or an object. Nesting is at most kTypeDepthMax.
/// Errors: kInvalidArgument/InvalidType, /MissingMember, /WrongMemberType.
Result<Type> ParseType(const json::value& value);
json::value ToJson(const Type& type);

/// True if a column of type `from` may become `to` (spec, "Schema Evolution"; v3 adds unknown to
/// anything and date to timestamp).
bool IsPromotionAllowed(const Type& from, const Type& to);

}  // namespace firn::iceberg
