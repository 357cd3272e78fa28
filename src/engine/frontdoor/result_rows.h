#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/frontdoor/response_writer.h"
#include "engine/rows/column_batch.h"
#include "wire/mysql/response.h"

/// Column batches as MySQL results.

namespace firn::frontdoor {

enum class RowFormat { kText, kBinary };

/// How a client sees a column (reference: StarRocks' PrimitiveType, "MySQL column types").
mysql::ColumnDefinition DefinitionOf(const rows::Column& column);

/// Appends one row's payload to `out`. Allocates nothing but what `out` grows by.
void AppendTextRow(std::string& out, std::span<const rows::Column> columns,
                   const rows::ColumnBatch& batch, std::size_t row);
void AppendBinaryRow(std::string& out, std::span<const rows::Column> columns,
                     const rows::ColumnBatch& batch, std::size_t row);

/// One statement's answer on its way to a client. Owned by one statement.
class MySqlResultSink final : public rows::ResultSink {
 public:
  /// Asked when the answer ends: the status flags, warnings and changes of the session's state of that moment.
  using Ending = std::function<mysql::OkPacket()>;

  MySqlResultSink(ResponseWriter& writer, RowFormat format, Ending ending)
      : writer_(writer), format_(format), ending_(std::move(ending)) {}

  Status Begin(std::span<const rows::Column> columns) override;
  Status AddBatch(const rows::ColumnBatch& batch) override;
  Status End() override;
  Status Affected(std::uint64_t row_count, std::string_view info) override;

  /// False until Affected or End: an error packet may still take the answer's place.
  bool answered() const { return answered_; }
  std::uint64_t row_count() const { return row_count_; }

 private:
  // Constant after construction.
  ResponseWriter& writer_;
  const RowFormat format_;
  const Ending ending_;

  std::vector<rows::Column> columns_;
  bool answered_ = false;
  std::uint64_t row_count_ = 0;
};

}  // namespace firn::frontdoor
