#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/rows/column_batch.h"

/// Results as lines of JSON, as StarRocks' HTTP SQL API writes them.

namespace firn::frontdoor {

/// `{"meta":[{"name":"a","type":"int(11)"}]}`, one `{"data":[…]}` a row, `{"statistics":{…}}`.
/// Gathers the answer of one statement. Owned by one request.
class JsonLinesSink final : public rows::ResultSink {
 public:
  explicit JsonLinesSink(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Errors: kResourceExhausted/ResultTooLarge over `bytes_max`.
  Status Begin(std::span<const rows::Column> columns) override;
  Status AddBatch(const rows::ColumnBatch& batch) override;
  Status End() override;
  Status Affected(std::uint64_t row_count, std::string_view info) override;

  std::string TakeLines() { return std::move(lines_); }

 private:
  Status CheckSize() const;

  const std::size_t bytes_max_;
  std::vector<rows::Column> columns_;
  std::string lines_;
  std::string value_;
  std::uint64_t row_count_ = 0;
};

/// As DESC prints the type: `int(11)`, `decimal(10, 2)`, `varchar`.
std::string TypeText(const rows::ColumnType& type);

}  // namespace firn::frontdoor
