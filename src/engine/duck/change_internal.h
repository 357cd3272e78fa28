#pragma once

#include "engine/duck/duckdb_internal.h"
#include "engine/duck/lower_internal.h"
#include "engine/duck/statement_internal.h"

/// Runs a lowered DELETE, UPDATE or MERGE and turns the rows it touches into files.

namespace firn::duck {

/// How a table wants rows taken away (`write.delete.mode` and its kin).
enum class DeleteMode { kMergeOnRead, kCopyOnWrite };

/// Rows have ids that changes carry over (spec, "Row Lineage").
bool HasRowLineage(const iceberg::TableMetadata& metadata);

/// Merge-on-read unless the property asks otherwise; version 1 has no deletes to read.
DeleteMode DeleteModeOf(const iceberg::TableMetadata& metadata, const char* property);

/// Errors: those of the query; kInvalidArgument/MultipleMatches when a row would be changed twice;
/// kResourceExhausted/TooManyDeletes; those of the Writer and the store. What was written is
/// deleted again on an error.
Result<RowChange> ChangeRows(duckdb::Connection& connection, Statement& statement,
                             LoweredChange lowered, DeleteMode mode, const WriteTarget& target);

/// As Connection::RewriteFiles.
Result<RowChange> RewriteFiles(duckdb::Connection& connection, Statement& statement,
                               const TableName& name, std::span<const std::string> paths,
                               const WriteTarget& target);

}  // namespace firn::duck
