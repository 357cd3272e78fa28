#include "engine/rows/column_batch.h"

namespace firn::rows {

Status SendTextRows(ResultSink& sink, std::span<const std::string> column_names,
                    std::span<const std::vector<std::optional<std::string>>> rows) {
  std::vector<Column> columns;
  for (const std::string& name : column_names) columns.push_back({.name = name, .type = {}});
  FIRN_TRY(sink.Begin(columns));

  const std::size_t words = rows.size() / 64 + 1;
  std::vector<std::vector<std::string_view>> values(columns.size());
  std::vector<std::vector<std::uint64_t>> validity(columns.size(), std::vector<std::uint64_t>(words));
  std::vector<ColumnView> views;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t r = 0; r < rows.size(); ++r) {
      FIRN_CHECK(rows[r].size() == columns.size());
      const std::optional<std::string>& value = rows[r][c];
      values[c].push_back(value ? std::string_view(*value) : std::string_view());
      if (value) validity[c][r / 64] |= std::uint64_t{1} << (r % 64);
    }
    views.push_back({.data = values[c].data(), .validity = validity[c].data()});
  }
  if (!rows.empty()) FIRN_TRY(sink.AddBatch({.row_count = rows.size(), .columns = views}));
  return sink.End();
}

}  // namespace firn::rows
