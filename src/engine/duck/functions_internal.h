#pragma once

#include <optional>
#include <string>

#include "engine/duck/duckdb_internal.h"

/// StarRocks' operators and functions inside DuckDB.
///
/// Operators and overloaded functions lower to names of ours, `sr_…`. Most are hooks: when DuckDB
/// binds them they see their arguments' types, apply StarRocks' coercions, and answer with the
/// built-in expression, so that pushdown and pruning see nothing of us. The others are functions of
/// our own.

namespace firn::duck {

/// Registers everything below in the instance's system catalog. Raises what DuckDB raises.
void RegisterFunctions(duckdb::DatabaseInstance& database);

void RegisterOperators(duckdb::ExtensionLoader& loader);
void RegisterCasts(duckdb::ExtensionLoader& loader);
void RegisterTextFunctions(duckdb::ExtensionLoader& loader);
void RegisterTimeFunctions(duckdb::ExtensionLoader& loader);
void RegisterWriteFunctions(duckdb::ExtensionLoader& loader);

using BoundExpression = duckdb::unique_ptr<duckdb::Expression>;
using BoundExpressions = duckdb::vector<BoundExpression>;

/// A hook: called at bind with typed arguments, answers with what stands in their place.
using Hook = BoundExpression (*)(duckdb::ClientContext& context, BoundExpressions& arguments);

template <Hook kHook>
BoundExpression RunHook(duckdb::FunctionBindExpressionInput& input) {
  return kHook(input.context, input.children);
}

/// Registers a hook that takes any number of arguments of any type.
void RegisterHook(duckdb::ExtensionLoader& loader, const std::string& name,
                  BoundExpression (*hook)(duckdb::FunctionBindExpressionInput&));

/// `try_cast`: NULL where the value does not convert.
BoundExpression Cast(duckdb::ClientContext& context, BoundExpression expression,
                     const duckdb::LogicalType& type, bool try_cast = false);
/// A call of a built-in function or operator. Raises kInvalidArgument/AnalysisError when the types
/// do not fit.
BoundExpression Call(duckdb::ClientContext& context, const std::string& name,
                     BoundExpressions arguments, bool is_operator = false);
template <typename... T>
BoundExpression Call(duckdb::ClientContext& context, const std::string& name, T... arguments) {
  BoundExpressions list;
  (list.push_back(std::move(arguments)), ...);
  return Call(context, name, std::move(list));
}
BoundExpression Constant(duckdb::Value value);
/// The value of an expression without columns; nullopt when it has any or does not evaluate.
std::optional<duckdb::Value> TryFold(duckdb::ClientContext& context,
                                     const duckdb::Expression& expression);

/// As StarRocks' CAST: text is parsed as StarRocks does, fractions are cut, what does not convert
/// is NULL.
BoundExpression StarRocksCast(duckdb::ClientContext& context, BoundExpression expression,
                              const duckdb::LogicalType& type);
/// The type that branches of CASE, arguments of COALESCE and the like agree on.
duckdb::LogicalType CommonType(duckdb::ClientContext& context, const BoundExpressions& arguments);

}  // namespace firn::duck
