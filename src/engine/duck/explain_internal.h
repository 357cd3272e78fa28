#pragma once

#include <string>

#include "engine/duck/duckdb_internal.h"
#include "engine/duck/statement_internal.h"

namespace firn::duck {

/// The plan of `select`: `PLAN FRAGMENT 0`, one block a table with what pruning left, then the
/// engine's operators.
Result<std::string> ExplainQuery(duckdb::Connection& connection, Statement& statement,
                                 duckdb::unique_ptr<duckdb::SelectStatement> select);

}  // namespace firn::duck
