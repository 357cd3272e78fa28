#pragma once

#include <optional>
#include <string>

#include "lake/iceberg/partition_spec.h"
#include "lake/iceberg/schema.h"
#include "lake/iceberg/sort_order.h"
#include "lake/iceberg/table_metadata.h"

/// What CREATE TABLE asks of a catalog, in Iceberg's words.

namespace firn::catalog {

struct TableDefinition {
  std::string name;
  iceberg::Schema schema;  ///< Ids from 1; the server may assign others.
  iceberg::PartitionSpec spec;
  iceberg::SortOrder order;
  iceberg::Properties properties;       ///< `format-version` among them when asked for.
  std::optional<std::string> location;  ///< nullopt: the server chooses.
};

}  // namespace firn::catalog
