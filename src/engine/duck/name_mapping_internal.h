#pragma once

#include "engine/duck/duckdb_internal.h"
#include "lake/iceberg/table_metadata.h"

/// Files written without field ids (Iceberg spec, "Column Projection" and "Name Mapping
/// Serialization").

namespace firn::duck {

/// Gives `columns` of a file that has no field ids at all the ids of `schema.name-mapping.default`;
/// without that property, those of the schema's columns of the same name. Files with ids are left
/// as they are.
void AssignMissingFieldIds(duckdb::vector<duckdb::MultiFileColumnDefinition>& columns,
                           const iceberg::TableMetadata& metadata, const iceberg::Schema& schema);

}  // namespace firn::duck
