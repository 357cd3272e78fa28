#pragma once

#include "engine/duck/duckdb_internal.h"
#include "engine/duck/engine.h"

/// Tables that stand in memory.

namespace firn::duck {

/// The columns' types. Raises kUnsupported/ColumnType.
duckdb::vector<duckdb::LogicalType> TypesOf(const MemoryTable& table);

/// The table's rows with their columns cast; raises kInternal/MemoryTable for a text that does not
/// cast.
duckdb::shared_ptr<duckdb::ColumnDataCollection> CollectRows(duckdb::ClientContext& context,
                                                             const MemoryTable& table);

duckdb::TableFunction MakeMemoryScan(duckdb::TableCatalogEntry& entry,
                                     duckdb::shared_ptr<duckdb::ColumnDataCollection> rows,
                                     duckdb::unique_ptr<duckdb::FunctionData>& bind_data);

}  // namespace firn::duck
