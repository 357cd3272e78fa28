#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "sql/literal.h"

/// The fast road of INSERT … VALUES: bytes straight into LiteralRows, with neither tokens nor
/// trees.

namespace firn::sql {

struct ScannedRows {
  LiteralRows rows;
  uint32_t end_bytes = 0;  ///< Just after the last row's parenthesis.
};

/// Scans the rows that begin at `offset_bytes` of `script`, up to the statement's end.
///
/// nullopt when something other than constants stands there, sound or not: the parser then reads it
/// in its own way, and makes the error if there is one. Cost: linear, about a nanosecond a byte.
///
/// Errors: kInvalidArgument/RowWidthMismatch; kResourceExhausted/TooManyValues over
/// kLiteralCellsMax.
Result<std::optional<ScannedRows>> ScanLiteralRows(const std::shared_ptr<const std::string>& script,
                                                   uint32_t offset_bytes);

/// The error of a row whose width is not the first row's. `row_number` counts from 1.
Unexpected RowWidthMismatch(size_t row_number, size_t expected_count, size_t found_count);

}  // namespace firn::sql
