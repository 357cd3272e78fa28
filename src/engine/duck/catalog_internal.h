#pragma once

#include <string>

#include "engine/duck/duckdb_internal.h"
#include "engine/duck/statement_internal.h"

/// The running statement's tables as DuckDB catalog entries. One DuckDB database, kAttachedName,
/// holds them all: a schema of it is one (catalog, database) of ours, and its entries live in the
/// Statement that resolved them.

namespace firn::duck {

inline constexpr const char* kStorageType = "firn";

/// The name under which a table of the statement stands in its schema; a version makes another
/// entry.
/// With `after` the rows that appends added since that snapshot, up to the version.
std::string EncodeTableName(const std::string& table, std::optional<std::int64_t> snapshot_id,
                            std::optional<std::int64_t> after = std::nullopt);

duckdb::shared_ptr<duckdb::StorageExtension> MakeStorageExtension();

}  // namespace firn::duck
