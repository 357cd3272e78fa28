#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sql/position.h"

/// Types as they are written in CAST and CREATE TABLE.

namespace firn::sql {

enum class TypeKind {
  kBoolean,
  kTinyInt,
  kSmallInt,
  kInt,
  kBigInt,
  kLargeInt,
  kFloat,
  kDouble,
  kDecimal,  ///< DECIMAL, NUMERIC, DECIMALV2, DECIMAL32, DECIMAL64, DECIMAL128, DECIMAL256.
  kDate,
  kDateTime,  ///< DATETIME and TIMESTAMP.
  kTime,
  kChar,
  kVarchar,
  kString,  ///< STRING and TEXT.
  kBinary,  ///< BINARY and VARBINARY.
  kJson,
  kVariant,
  kBitmap,
  kHll,
  kPercentile,
  kSigned,    ///< SIGNED [INT] in casts: BIGINT.
  kUnsigned,  ///< UNSIGNED [INT] in casts: LARGEINT.
  kArray,
  kMap,
  kStruct,
};

/// "DECIMAL", "ARRAY": the word StarRocks prints.
const char* TypeKindName(TypeKind kind);

/// A type with its parameters. Immutable once parsed.
struct TypeName {
  TypeKind kind = TypeKind::kString;
  Position position;
  std::string word;  ///< As written, upper case: tells DECIMAL64 from DECIMAL, TEXT from STRING.
  /// VARCHAR(20); absent for `VARCHAR(*)`. Display widths, INT(11), are dropped.
  std::optional<int64_t> length;
  std::optional<int> precision;  ///< DECIMAL(10, 2).
  std::optional<int> scale;
  std::vector<TypeName> elements;           ///< ARRAY: 1. MAP: key, value. STRUCT: one a field.
  std::vector<std::string> field_names;     ///< STRUCT only.
  std::vector<std::string> field_comments;  ///< STRUCT only; empty where absent.
};

}  // namespace firn::sql
