#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "lake/iceberg/partition_spec.h"
#include "lake/iceberg/schema.h"
#include "lake/iceberg/table_metadata.h"
#include "sql/statement.h"

/// The parts that CREATE TABLE and ALTER TABLE share: columns, partition terms, properties.

namespace firn::session {

/// A column without an id. `is_v3`: defaults are allowed.
/// Errors: kUnsupported for clauses of native tables, types and defaults that Iceberg has not.
Result<iceberg::NestedField> FieldOf(const sql::ColumnDefinition& column, bool is_v3);
/// A constant in the JSON single-value form of `type`. Errors: kUnsupported/UnsupportedDefault.
Result<json::value> DefaultOf(const sql::ColumnDefinition& column, const iceberg::Type& type);
bool IsNullLiteral(const sql::Expression& expression);

/// A partition field without an id. Errors: kUnsupported/UnsupportedTransform;
/// kInvalidArgument/UnknownColumn, /BadTransform.
Result<iceberg::PartitionField> PartitionFieldOf(const sql::PartitionTerm& term,
                                                 const iceberg::Schema& schema);
/// Whether `added`, worded as `term`, may stand beside `present` in one spec.
/// Errors: kInvalidArgument/DuplicatePartition, /RedundantPartition.
Status RefuseRedundant(const iceberg::PartitionField& present, const iceberg::PartitionField& added,
                       const sql::PartitionTerm& term);
/// Takes one of PROPERTIES (…) as Iceberg words it. Errors: kUnsupported/UnsupportedFileFormat,
/// /UnsupportedCodec, /FormatVersion; kInvalidArgument/BadLocation.
Status TakeProperty(const sql::Property& property, iceberg::Properties& properties,
                    std::optional<std::string>& location);

}  // namespace firn::session
