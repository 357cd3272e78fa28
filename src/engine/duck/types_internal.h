#pragma once

#include <optional>
#include <string>

#include "engine/duck/duckdb_internal.h"
#include "engine/rows/column_batch.h"
#include "lake/iceberg/schema.h"
#include "lake/iceberg/value.h"
#include "sql/type_name.h"

/// One type in its four tongues: Iceberg's, DuckDB's, the SQL text's and the client's.

namespace firn::duck {

/// Errors: kUnsupported/ColumnType, naming `column`.
Result<duckdb::LogicalType> ToLogicalType(const iceberg::Type& type, const std::string& column);
/// Of a type in CAST. Errors: kUnsupported/ColumnType.
Result<duckdb::LogicalType> ToLogicalType(const sql::TypeName& type);
/// Of a table in memory.
duckdb::LogicalType ToLogicalType(const rows::ColumnType& type);

rows::ColumnType ToColumnType(const duckdb::LogicalType& type);
/// As DESC prints it: `int(11)`, `array<varchar(65533)>`.
std::string ColumnTypeText(const duckdb::LogicalType& type);

/// An Iceberg value as DuckDB holds it. REQUIRES: ToLogicalType takes its type.
duckdb::Value ToValue(const iceberg::Literal& literal);
/// The value as the Iceberg type; nullopt when null or when it does not fit exactly.
std::optional<iceberg::Literal> ToLiteral(const duckdb::Value& value, const iceberg::Type& type);

/// The value as `type`; nullopt when it does not convert. Needs no session, so zones are UTC.
std::optional<duckdb::Value> TryCastValue(const duckdb::Value& value,
                                          const duckdb::LogicalType& type);

bool IsJson(const duckdb::LogicalType& type);
bool IsText(const duckdb::LogicalType& type);
bool IsInteger(const duckdb::LogicalType& type);

__extension__ typedef __int128 Int128;

inline Int128 ToInt128(duckdb::hugeint_t value) {
  return (static_cast<Int128>(value.upper) << 64) | static_cast<Int128>(value.lower);
}
inline duckdb::hugeint_t ToHugeint(Int128 value) {
  return duckdb::hugeint_t(static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value));
}

}  // namespace firn::duck
