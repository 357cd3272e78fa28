#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lake/iceberg/partition_spec.h"
#include "lake/iceberg/schema.h"
#include "lake/iceberg/sort_order.h"
#include "lake/iceberg/table_update.h"

/// What requests for tables carry, read whole: the parts of a new table, the lists of a commit.

namespace firn::iceberg {

struct TableParts {
  Schema schema;
  PartitionSpec spec;  ///< Unpartitioned when the request has none.
  SortOrder order;     ///< Unsorted when the request has none.
};
/// Errors: those of ParseSchema, ParsePartitionSpec and ParseSortOrder.
Result<TableParts> ParseTableParts(const json::value& schema,
                                   const std::optional<json::value>& partition_spec,
                                   const std::optional<json::value>& write_order);

/// Errors: those of ParseTableRequirement; the first stops it.
Result<std::vector<TableRequirement>> ParseTableRequirements(std::span<const json::value> values);
/// Errors: those of ParseTableUpdate; the first stops it.
Result<std::vector<TableUpdate>> ParseTableUpdates(std::span<const json::value> values);

}  // namespace firn::iceberg
