#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// Rows between the engine and the wire: column types, batches of columns, and the sink they flow into.
///
/// Made by engine/duck (query results) and engine/session (SHOW and the like), consumed by engine/frontdoor. Nothing
/// here owns a DuckDB type.

namespace firn::rows {

/// StarRocks' types as a client sees them.
enum class TypeKind {
  kNull,
  kBoolean,
  kTinyInt,
  kSmallInt,
  kInt,
  kBigInt,
  kLargeInt,
  kFloat,
  kDouble,
  kDecimal,
  kDate,
  kDateTime,
  kTime,
  kVarchar,
  kVarbinary,
  kJson,
  kArray,   ///< Nested values travel as their text, `[1,2]`, `{1:"a"}`, `{"x":1}`.
  kMap,
  kStruct,
};

struct ColumnType {
  TypeKind kind = TypeKind::kVarchar;
  int precision = 0;  ///< Decimal only.
  int scale = 0;      ///< Decimal only.
  /// As DESC prints it, for nested types: `array<int(11)>`. Empty for the others.
  std::string nested_text;
};

struct Column {
  std::string name;
  ColumnType type;
};

/// The values of one column of one batch; borrows from its ColumnBatch.
///
/// Row r is value `selection ? selection[r] : r`; it is NULL when `validity` is set and bit (index % 64) of word
/// (index / 64) is 0. What `data` points to, by kind:
///   kBoolean bool; kTinyInt int8_t; kSmallInt int16_t; kInt int32_t; kBigInt int64_t; kLargeInt __int128;
///   kFloat float; kDouble double; kDecimal __int128 (unscaled); kDate int32_t (days since 1970-01-01);
///   kDateTime int64_t (microseconds since 1970-01-01T00:00:00, no zone); kTime int64_t (microseconds);
///   kVarchar, kVarbinary, kJson, kArray, kMap, kStruct std::string_view; kNull nothing.
struct ColumnView {
  const void* data = nullptr;
  const std::uint64_t* validity = nullptr;
  const std::uint32_t* selection = nullptr;

  std::size_t IndexOf(std::size_t row) const { return selection != nullptr ? selection[row] : row; }
  bool IsNull(std::size_t row) const {
    const std::size_t index = IndexOf(row);
    return validity != nullptr && ((validity[index / 64] >> (index % 64)) & 1U) == 0;
  }
  template <typename T>
  const T& Value(std::size_t row) const {
    return static_cast<const T*>(data)[IndexOf(row)];
  }
};

/// Up to a few thousand rows. The views live until the sink's AddBatch returns.
struct ColumnBatch {
  std::size_t row_count = 0;
  std::span<const ColumnView> columns;
};

/// Where a statement's answer goes: exactly one of {Begin, AddBatch*, End} or {Affected}. Owned by one session.
/// An error from a method ends the statement (the client went away); back-pressure is the call not returning.
class ResultSink {
 public:
  virtual ~ResultSink() = default;
  virtual Status Begin(std::span<const Column> columns) = 0;
  virtual Status AddBatch(const ColumnBatch& batch) = 0;
  virtual Status End() = 0;
  /// A statement without rows. `info` is MySQL's info line, mostly empty.
  virtual Status Affected(std::uint64_t row_count, std::string_view info) = 0;
};

/// A small table of text rows (SHOW, DESC); nullopt is NULL. Sends everything in one batch.
Status SendTextRows(ResultSink& sink, std::span<const std::string> column_names,
                    std::span<const std::vector<std::optional<std::string>>> rows);

}  // namespace firn::rows
