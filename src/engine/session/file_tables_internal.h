#pragma once

#include <string_view>

#include "base/context.h"
#include "engine/duck/engine.h"
#include "lake/iceberg/table_metadata.h"

/// The metadata tables that are made by reading manifests: `t$files`, `t$manifests`,
/// `t$partitions`.

namespace firn::session {

/// `kind` in lower case.
bool IsFileTable(std::string_view kind);

/// With StarRocks' columns. Delete files are files too; partitions of all specs stand side by side.
/// REQUIRES: IsFileTable(kind). Without `snapshot` (a table that has none) there are no rows.
///
/// Errors: those of ListFiles; kResourceExhausted/MetadataTableTooLarge.
Result<duck::MemoryTable> FileTable(const Context& context, objects::ObjectStore& store,
                                    const iceberg::TableMetadata& metadata,
                                    const iceberg::Snapshot* snapshot, std::string_view kind);

}  // namespace firn::session
