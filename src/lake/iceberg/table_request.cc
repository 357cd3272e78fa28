#include "lake/iceberg/table_request.h"

namespace firn::iceberg {

Result<TableParts> ParseTableParts(const json::value& schema,
                                   const std::optional<json::value>& partition_spec,
                                   const std::optional<json::value>& write_order) {
  TableParts parts;
  FIRN_ASSIGN_OR_RETURN(parts.schema, ParseSchema(schema));
  if (partition_spec) {
    FIRN_ASSIGN_OR_RETURN(parts.spec, ParsePartitionSpec(*partition_spec));
  }
  if (write_order) {
    FIRN_ASSIGN_OR_RETURN(parts.order, ParseSortOrder(*write_order));
  }
  return parts;
}

Result<std::vector<TableRequirement>> ParseTableRequirements(std::span<const json::value> values) {
  std::vector<TableRequirement> requirements;
  for (const json::value& value : values) {
    FIRN_ASSIGN_OR_RETURN(auto requirement, ParseTableRequirement(value));
    requirements.push_back(std::move(requirement));
  }
  return requirements;
}

Result<std::vector<TableUpdate>> ParseTableUpdates(std::span<const json::value> values) {
  std::vector<TableUpdate> updates;
  for (const json::value& value : values) {
    FIRN_ASSIGN_OR_RETURN(auto update, ParseTableUpdate(value));
    updates.push_back(std::move(update));
  }
  return updates;
}

}  // namespace firn::iceberg
