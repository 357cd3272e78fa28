#pragma once

#include <vector>

#include "engine/duck/duckdb_internal.h"
#include "engine/duck/scan_internal.h"

/// What a scan is about to read, told to those that fetch it.

namespace firn::duck {

/// Has the statement's ReadAhead fetch those of the files that are small and that DuckDB does not
/// have in memory, in this order.
void AnnounceSmallFiles(duckdb::ClientContext& context, const ScanSource& source,
                        const std::vector<const iceberg::DataFile*>& files);

/// Has the row groups of a Parquet file fetched ahead that its statistics do not rule out. After
/// the reader's columns and filters are known.
void PlanColumnReads(duckdb::ClientContext& context, duckdb::BaseFileReader& file);

}  // namespace firn::duck
