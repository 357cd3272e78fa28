#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/session/session_state_internal.h"
#include "lake/iceberg/predicate.h"
#include "lake/iceberg/table_metadata.h"
#include "lake/iceberg/value.h"
#include "sql/literal.h"
#include "sql/parser.h"
#include "sql/statement.h"

/// PARTITION (…) of INSERT, DELETE and TRUNCATE.

namespace firn::session {

/// INSERT … PARTITION (k = v, …): every partition column with its value.
struct StaticPartition {
  std::vector<std::pair<std::string, sql::Literal>> constants;  ///< By the columns' own names.
  iceberg::Predicate rows;                                      ///< Exactly the partition.

  bool is_empty() const { return constants.empty(); }
};

/// Empty when the statement names none. Errors, in StarRocks' words:
/// kInvalidArgument/InvalidPartition, /DataOutOfRange; kUnsupported/PartitionTransform,
/// /ColumnType.
Result<StaticPartition> FindStaticPartition(const sql::InsertStatement& statement,
                                            const iceberg::TableMetadata& metadata);

/// The statement's rows with the partition's values as their last columns.
struct PartitionRows {
  sql::LiteralRows literals;
  sql::ParsedStatement parsed;  ///< Holds the query, when the source is one.
  const sql::Query* query = nullptr;
};
/// Errors: the parser's, which bounds the depth of the query.
Result<PartitionRows> AddConstants(const sql::InsertStatement& statement,
                                   const StaticPartition& partition, bool pipes_as_concat);

/// The condition that holds for the rows of the named partitions (`k=v/l=w`, as SHOW PARTITIONS has
/// them) and no others, as SQL over columns of `qualifier`.
/// Errors: kInvalidArgument/InvalidPartition; kUnsupported/PartitionTransform.
Result<std::string> PartitionCondition(const std::vector<std::string>& names,
                                       const iceberg::TableMetadata& metadata,
                                       const std::string& qualifier);

}  // namespace firn::session
