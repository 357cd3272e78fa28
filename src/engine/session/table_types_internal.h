#pragma once

#include <string>

#include "base/result.h"
#include "engine/rows/column_batch.h"
#include "lake/iceberg/type.h"
#include "sql/type_name.h"

/// StarRocks' types and Iceberg's, both ways, and their spellings.

namespace firn::session {

/// What CREATE TABLE makes of a type; ids inside nested types are 0.
/// Errors: kUnsupported/UnsupportedColumnType, `Unsupported primitive column type LARGEINT`.
Result<iceberg::Type> ToIcebergType(const sql::TypeName& type);
/// The same for a column that a query answers (CREATE TABLE … AS SELECT).
Result<iceberg::Type> ToIcebergType(const rows::ColumnType& type);

/// As DESC prints it: `VARCHAR(1073741824)`, `DECIMAL(10,2)`, `struct<p1 int(11), p2 int(11)>`.
std::string DescribedType(const iceberg::Type& type);
/// As SHOW CREATE TABLE and information_schema print it: `bigint(20)`, `decimal(10, 2)`.
std::string DeclaredType(const iceberg::Type& type);
/// information_schema's DATA_TYPE: `bigint`.
std::string DataTypeWord(const iceberg::Type& type);

}  // namespace firn::session
