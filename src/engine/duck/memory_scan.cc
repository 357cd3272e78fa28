#include "engine/duck/errors_internal.h"
#include "engine/duck/memory_scan_internal.h"
#include "engine/duck/types_internal.h"

namespace firn::duck {
namespace {

struct MemoryScanBind final : duckdb::TableFunctionData {
  explicit MemoryScanBind(duckdb::TableCatalogEntry& table,
                          duckdb::shared_ptr<duckdb::ColumnDataCollection> rows)
      : entry(table), collection(std::move(rows)) {}

  duckdb::unique_ptr<duckdb::FunctionData> Copy() const override {
    return duckdb::make_uniq<MemoryScanBind>(entry, collection);
  }
  bool Equals(const duckdb::FunctionData& other) const override {
    return collection == other.Cast<MemoryScanBind>().collection;
  }

  duckdb::TableCatalogEntry& entry;
  duckdb::shared_ptr<duckdb::ColumnDataCollection> collection;
};

struct MemoryScanState final : duckdb::GlobalTableFunctionState {
  duckdb::ColumnDataScanState scan;
};

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> StartScan(
    duckdb::ClientContext&, duckdb::TableFunctionInitInput& input) {
  auto state = duckdb::make_uniq<MemoryScanState>();
  input.bind_data->Cast<MemoryScanBind>().collection->InitializeScan(state->scan);
  return state;
}

void Scan(duckdb::ClientContext&, duckdb::TableFunctionInput& input, duckdb::DataChunk& output) {
  auto& bind = input.bind_data->Cast<MemoryScanBind>();
  bind.collection->Scan(input.global_state->Cast<MemoryScanState>().scan, output);
}

}  // namespace

duckdb::shared_ptr<duckdb::ColumnDataCollection> CollectRows(duckdb::ClientContext& context,
                                                             const MemoryTable& table) {
  duckdb::vector<duckdb::LogicalType> types;
  for (const rows::Column& column : table.columns) types.push_back(ToLogicalType(column.type));
  auto collection =
      duckdb::make_shared_ptr<duckdb::ColumnDataCollection>(duckdb::Allocator::Get(context), types);
  duckdb::DataChunk chunk;
  chunk.Initialize(duckdb::Allocator::Get(context), types);
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const duckdb::idx_t at = chunk.size();
    FIRN_CHECK(table.rows[r].size() == types.size());
    for (std::size_t c = 0; c < types.size(); ++c) {
      const auto& text = table.rows[r][c];
      auto value = text ? TryCastValue(duckdb::Value(*text), types[c]) : duckdb::Value(types[c]);
      if (!value) {
        Raise(Error(ErrorCode::kInternal, "MemoryTable",
                    "Column '" + table.columns[c].name + "' cannot hold '" + *text + "'"));
      }
      chunk.SetValue(c, at, *value);
    }
    chunk.SetCardinality(at + 1);
    if (chunk.size() == STANDARD_VECTOR_SIZE || r + 1 == table.rows.size()) {
      collection->Append(chunk);
      chunk.Reset();
    }
  }
  return collection;
}

duckdb::TableFunction MakeMemoryScan(duckdb::TableCatalogEntry& entry,
                                     duckdb::shared_ptr<duckdb::ColumnDataCollection> rows,
                                     duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  duckdb::TableFunction function("memory_scan", {}, Scan, nullptr, StartScan);
  function.get_bind_info = [](const duckdb::optional_ptr<duckdb::FunctionData> data) {
    return duckdb::BindInfo(data->Cast<MemoryScanBind>().entry);
  };
  bind_data = duckdb::make_uniq<MemoryScanBind>(entry, std::move(rows));
  return function;
}

}  // namespace firn::duck
