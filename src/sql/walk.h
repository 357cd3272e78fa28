#pragma once

#include <functional>

#include "sql/expression.h"
#include "sql/query.h"

/// Walking over trees without knowing every kind.

namespace firn::sql {

/// Calls `visit` with each direct child expression, in the order of the text: operands, arguments,
/// ORDER BY, FILTER and the window's parts. Does not enter subqueries: see ForEachQuery.
void ForEachChild(const Expression& expression,
                  const std::function<void(const Expression&)>& visit);

/// Calls `visit` with the query that this node itself holds (Subquery, Exists, InSubquery), if it
/// is one of them.
void ForEachQuery(const Expression& expression, const std::function<void(const Query&)>& visit);

}  // namespace firn::sql
