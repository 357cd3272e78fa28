#include "engine/rows/column_batch.h"

#include "base/result_testing.h"

namespace firn::rows {
namespace {

class Recorder final : public ResultSink {
 public:
  Status Begin(std::span<const Column> columns) override {
    for (const Column& column : columns) log += column.name + ";";
    return Ok();
  }
  Status AddBatch(const ColumnBatch& batch) override {
    for (std::size_t r = 0; r < batch.row_count; ++r) {
      for (const ColumnView& view : batch.columns) {
        log += view.IsNull(r) ? "NULL" : std::string(view.Value<std::string_view>(r));
        log += ",";
      }
    }
    return Ok();
  }
  Status End() override {
    log += "end";
    return Ok();
  }
  Status Affected(std::uint64_t, std::string_view) override { return Ok(); }
  std::string log;
};

TEST(SendTextRows, KeepsNullApartFromEmpty) {
  Recorder recorder;
  const std::vector<std::string> names = {"a", "b"};
  const std::vector<std::vector<std::optional<std::string>>> table = {{"1", std::nullopt}, {"", "x"}};
  ASSERT_THAT(SendTextRows(recorder, names, table), testing::HasValue());
  EXPECT_EQ(recorder.log, "a;b;1,NULL,,x,end");
}

TEST(SendTextRows, SendsNoBatchForNoRows) {
  Recorder recorder;
  const std::vector<std::string> names = {"a"};
  ASSERT_THAT(SendTextRows(recorder, names, {}), testing::HasValue());
  EXPECT_EQ(recorder.log, "a;end");
}

}  // namespace
}  // namespace firn::rows
