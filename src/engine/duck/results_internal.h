#pragma once

#include <string>
#include <vector>

#include "engine/duck/duckdb_internal.h"
#include "engine/duck/types_internal.h"
#include "engine/rows/column_batch.h"

/// DuckDB's chunks as batches of columns.

namespace firn::duck {

/// Names and types of a result as a client sees them.
std::vector<rows::Column> ToColumns(const duckdb::vector<std::string>& names,
                                    const duckdb::vector<duckdb::LogicalType>& types);

/// Turns chunk after chunk; buffers are kept from one to the next. Owned by one statement.
class BatchMaker {
 public:
  explicit BatchMaker(duckdb::ClientContext& context) : context_(context) {}

  /// The batch borrows from `chunk` and from this, until the next call.
  rows::ColumnBatch Make(duckdb::DataChunk& chunk);

 private:
  // Values of one column that do not lie in DuckDB's vector as the client's form wants them.
  struct Buffer {
    duckdb::UnifiedVectorFormat format;
    std::vector<std::string_view> texts;
    std::vector<Int128> wides;
    std::vector<std::int64_t> times;
    std::vector<std::int16_t> shorts;
    std::vector<std::int32_t> ints;
    std::vector<std::uint64_t> validity;
    std::string bytes;
    std::vector<std::size_t> ends;
    duckdb::unique_ptr<duckdb::Vector> converted;
  };

  rows::ColumnView Convert(duckdb::Vector& vector, duckdb::idx_t count, Buffer& buffer);

  duckdb::ClientContext& context_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
  std::vector<rows::ColumnView> views_;
};

/// Appends one value as StarRocks prints it inside an array, map or struct (strings quoted), or
/// bare.
class ValueText {
 public:
  ValueText(duckdb::Vector& vector, duckdb::idx_t count);
  ~ValueText();
  ValueText(ValueText&&) noexcept;
  void Append(duckdb::idx_t row, bool nested, std::string& out) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A DOUBLE as StarRocks prints it: shortest that reads back, `1` for 1.0.
void AppendDouble(double value, std::string& out);
void AppendFloat(float value, std::string& out);
/// `2024-01-01 10:00:00`, with six digits of fraction when it is not zero.
void AppendDateTime(std::int64_t micros, std::string& out);
void AppendDate(std::int32_t days, std::string& out);
void AppendTime(std::int64_t micros, std::string& out);

}  // namespace firn::duck
