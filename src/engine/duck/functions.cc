#include "engine/duck/errors_internal.h"
#include "engine/duck/functions_internal.h"
#include "engine/duck/parquet_copy_internal.h"

namespace firn::duck {
namespace {

void NeverRun(duckdb::DataChunk&, duckdb::ExpressionState&, duckdb::Vector&) {
  Raise(Error(ErrorCode::kInternal, "HookNotBound", "A function was run that binding replaces"));
}

}  // namespace

void RegisterFunctions(duckdb::DatabaseInstance& database) {
  duckdb::ExtensionLoader loader(database, "firn");
  RegisterOperators(loader);
  RegisterCasts(loader);
  RegisterTextFunctions(loader);
  RegisterTimeFunctions(loader);
  RegisterWriteFunctions(loader);
  RegisterParquetCopy(database, loader);
}

void RegisterHook(duckdb::ExtensionLoader& loader, const std::string& name,
                  BoundExpression (*hook)(duckdb::FunctionBindExpressionInput&)) {
  duckdb::ScalarFunction function(name, {}, duckdb::LogicalType::ANY, NeverRun);
  function.varargs = duckdb::LogicalType::ANY;
  function.bind_expression = hook;
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  loader.RegisterFunction(function);
}

BoundExpression Cast(duckdb::ClientContext& context, BoundExpression expression,
                     const duckdb::LogicalType& type, bool try_cast) {
  if (expression->return_type == type) return expression;
  return duckdb::BoundCastExpression::AddCastToType(context, std::move(expression), type, try_cast);
}

BoundExpression Call(duckdb::ClientContext& context, const std::string& name,
                     BoundExpressions arguments, bool is_operator) {
  duckdb::FunctionBinder binder(context);
  duckdb::ErrorData error;
  auto call = binder.BindScalarFunction(DEFAULT_SCHEMA, name, std::move(arguments), error,
                                        is_operator, nullptr);
  if (call == nullptr) Raise(ToError(error));
  return call;
}

BoundExpression Constant(duckdb::Value value) {
  return duckdb::make_uniq<duckdb::BoundConstantExpression>(std::move(value));
}

std::optional<duckdb::Value> TryFold(duckdb::ClientContext& context,
                                     const duckdb::Expression& expression) {
  if (!expression.IsFoldable()) return std::nullopt;
  duckdb::Value value;
  if (!duckdb::ExpressionExecutor::TryEvaluateScalar(context, expression, value)) {
    return std::nullopt;
  }
  return value;
}

}  // namespace firn::duck
