#include "engine/duck/rewrites_internal.h"

namespace firn::duck {
namespace {

using duckdb::ExpressionType;
using duckdb::LogicalType;
using duckdb::Value;

Parsed Text(std::string_view text) { return MakeConstant(Value(std::string(text))); }
Parsed Number(std::int64_t number) { return MakeConstant(Value::BIGINT(number)); }
Parsed Null() { return MakeConstant(Value()); }

/// `a || b || …`, NULL when any is.
Parsed JoinTexts(ParsedList texts) {
  Parsed all = std::move(texts.at(0));
  for (std::size_t i = 1; i < texts.size(); ++i) {
    all = MakeCall("||", std::move(all), std::move(texts[i]));
  }
  return all;
}

/// NULL where the argument is not above zero.
Parsed WhenPositive(Parsed argument, Parsed value) {
  return MakeIf(MakeComparison(ExpressionType::COMPARE_GREATERTHAN, std::move(argument),
                               MakeConstant(Value::DOUBLE(0))),
                std::move(value), Null());
}

Result<std::string> ConstantText(CallLowering& call, std::size_t index) {
  const sql::Expression& argument = *call.call().arguments[index];
  const auto* literal = sql::AsIf<sql::LiteralExpression>(argument);
  if (literal == nullptr || literal->value.kind != sql::LiteralKind::kString) {
    return InvalidArgument("AnalysisError",
                           WithPlace("A constant name is wanted", argument.position));
  }
  return literal->value.text;
}

}  // namespace

// ---- conditions ----

Result<Parsed> RewriteSame(CallLowering& call) { return call.Argument(0); }
Result<Parsed> RewriteNullIf(CallLowering& call) {
  Parsed value = call.Argument(0);
  return MakeIf(MakeCall("sr_equal", call.Argument(0), call.Argument(1)), Null(), std::move(value));
}
Result<Parsed> RewriteIsNull(CallLowering& call) { return MakeIsNull(call.Argument(0), false); }
Result<Parsed> RewriteIsNotNull(CallLowering& call) { return MakeIsNull(call.Argument(0), true); }
Result<Parsed> RewriteNullOrEmpty(CallLowering& call) {
  ParsedList either;
  either.push_back(MakeIsNull(call.Argument(0), false));
  either.push_back(MakeComparison(ExpressionType::COMPARE_EQUAL, call.Argument(0), Text("")));
  return Parsed(duckdb::make_uniq<duckdb::ConjunctionExpression>(ExpressionType::CONJUNCTION_OR,
                                                                 std::move(either)));
}

// ---- strings ----

Result<Parsed> RewriteConcat(CallLowering& call) { return JoinTexts(call.Arguments()); }

Result<Parsed> RewriteAppendTrailing(CallLowering& call) {
  Parsed ends = MakeCall("ends_with", call.Argument(0), call.Argument(1));
  Parsed text = call.Argument(0);
  return MakeIf(std::move(ends), std::move(text),
                MakeCall("||", call.Argument(0), call.Argument(1)));
}

Result<Parsed> RewriteField(CallLowering& call) {
  ParsedList branches;
  for (std::size_t i = 1; i < call.count(); ++i) {
    branches.push_back(MakeCall("sr_equal", call.Argument(0), call.Argument(i)));
    branches.push_back(Number(static_cast<std::int64_t>(i)));
  }
  branches.push_back(Number(0));
  return MakeCall("sr_case", std::move(branches));
}

Result<Parsed> RewriteLocate(CallLowering& call) {
  Parsed position = call.ArgumentOr(2, Value::BIGINT(1));
  return MakeCall("sr_locate", call.Argument(0), call.Argument(1), std::move(position));
}

Result<Parsed> RewritePad(CallLowering& call) {
  const std::string name = call.call().FunctionName();
  Parsed length = MakeEngineCast(call.Argument(1), LogicalType::INTEGER, true);
  Parsed padded =
      MakeCall(name, call.Argument(0), std::move(length), call.ArgumentOr(2, Value(" ")));
  return MakeIf(
      MakeComparison(ExpressionType::COMPARE_GREATERTHANOREQUALTO, call.Argument(1), Number(0)),
      std::move(padded), Null());
}

Result<Parsed> RewriteMd5Sum(CallLowering& call) {
  return MakeCall("md5", JoinTexts(call.Arguments()));
}

Result<Parsed> RewriteRegexpReplace(CallLowering& call) {
  return MakeCall("regexp_replace", call.Argument(0), call.Argument(1), call.Argument(2),
                  Text("g"));
}

Result<Parsed> RewriteSha2(CallLowering& call) {
  const auto* literal = sql::AsIf<sql::LiteralExpression>(*call.call().arguments[1]);
  const auto bits = literal == nullptr ? std::nullopt : literal->value.Int64();
  if (bits != 0 && bits != 256) {
    return UnsupportedSyntax("sha2 of other than 256 bits", call.call().position);
  }
  return MakeCall("sha256", call.Argument(0));
}

Result<Parsed> RewriteSpace(CallLowering& call) {
  return MakeCall("repeat", Text(" "), call.Argument(0));
}

Result<Parsed> RewriteSubstring(CallLowering& call) {
  Parsed length = call.ArgumentOr(2, Value::BIGINT(INT64_MAX));
  return MakeCall("sr_substring", call.Argument(0), call.Argument(1), std::move(length));
}

Result<Parsed> RewriteUuid(CallLowering&) {
  return MakeEngineCast(MakeCall("uuid"), LogicalType::VARCHAR);
}

// ---- numbers ----

Result<Parsed> RewriteE(CallLowering&) { return MakeCall("exp", MakeConstant(Value::DOUBLE(1))); }
Result<Parsed> RewriteToBigInt(CallLowering& call) {
  const std::string name = call.call().FunctionName();
  return MakeEngineCast(MakeCall(name == "ceiling" ? "ceil" : name, call.Argument(0)),
                        LogicalType::BIGINT, true);
}
Result<Parsed> RewriteLogarithm(CallLowering& call) {
  std::string name = call.call().FunctionName();
  if (call.count() == 2) {
    Parsed base = call.Argument(0);
    Parsed number = call.Argument(1);
    Parsed value = MakeCall("/", MakeCall("ln", WhenPositive(call.Argument(1), call.Argument(1))),
                            MakeCall("ln", WhenPositive(call.Argument(0), call.Argument(0))));
    return WhenPositive(std::move(base), WhenPositive(std::move(number), std::move(value)));
  }
  if (name == "log") name = "ln";
  // The engine refuses what is not above zero, also where the branch is not taken.
  return MakeCall(name, WhenPositive(call.Argument(0), call.Argument(0)));
}
Result<Parsed> RewritePositiveModulo(CallLowering& call) {
  Parsed once = MakeCall("sr_modulo", call.Argument(0), call.Argument(1));
  Parsed moved = MakeCall("sr_add", std::move(once), call.Argument(1));
  return MakeCall("sr_modulo", std::move(moved), call.Argument(1));
}
Result<Parsed> RewriteRandom(CallLowering&) { return MakeCall("random"); }
Result<Parsed> RewriteRound(CallLowering& call) {
  Parsed number = MakeCall("sr_number", call.Argument(0));
  if (call.count() == 1) return MakeCall("round", std::move(number));
  return MakeCall("round", std::move(number),
                  MakeEngineCast(call.Argument(1), LogicalType::INTEGER, true));
}
Result<Parsed> RewriteSquare(CallLowering& call) {
  return MakeCall("*", call.Argument(0), call.Argument(0));
}
Result<Parsed> RewriteSquareRoot(CallLowering& call) {
  Parsed inside = MakeIf(MakeComparison(ExpressionType::COMPARE_GREATERTHANOREQUALTO,
                                        call.Argument(0), MakeConstant(Value::DOUBLE(0))),
                         call.Argument(0), Null());
  return MakeCall("sqrt", std::move(inside));
}
Result<Parsed> RewriteTruncate(CallLowering& call) {
  Parsed digits = MakeEngineCast(call.Argument(1), LogicalType::DOUBLE);
  Parsed scale = MakeCall("pow", MakeConstant(Value::DOUBLE(10)), std::move(digits));
  Parsed scaled = MakeCall("*", MakeCall("sr_double", call.Argument(0)), scale->Copy());
  return MakeCall("/", MakeCall("trunc", std::move(scaled)), std::move(scale));
}

// ---- aggregates ----

Result<Parsed> RewriteCount(CallLowering& call) {
  if (call.count() == 0) return call.Build("count_star", ParsedList());
  if (call.count() == 1) return call.Build("count", call.Argument(0));
  // Rows in which any is NULL do not count.
  Parsed none_null = MakeIsNull(call.Argument(0), true);
  for (std::size_t i = 1; i < call.count(); ++i) {
    none_null = MakeAnd(std::move(none_null), MakeIsNull(call.Argument(i), true));
  }
  return call.Build("count",
                    MakeIf(std::move(none_null), MakeCall("row", call.Arguments()), Null()));
}

Result<Parsed> RewriteCountDistinct(CallLowering& call) {
  FIRN_ASSIGN_OR_RETURN(Parsed count, call.Build("count", call.Argument(0)));
  if (count->GetExpressionClass() == duckdb::ExpressionClass::WINDOW) {
    count->Cast<duckdb::WindowExpression>().distinct = true;
  } else {
    count->Cast<duckdb::FunctionExpression>().distinct = true;
  }
  return count;
}

Result<Parsed> RewriteGrouping(CallLowering& call) {
  return Parsed(duckdb::make_uniq<duckdb::OperatorExpression>(
      duckdb::ExpressionType::GROUPING_FUNCTION, call.Arguments()));
}

Result<Parsed> RewriteSum(CallLowering& call) {
  FIRN_ASSIGN_OR_RETURN(Parsed sum,
                        call.Build("sum", MakeCall("sr_sum_argument", call.Argument(0))));
  return MakeCall("sr_sum_result", std::move(sum));
}

Result<Parsed> RewriteAverage(CallLowering& call) {
  FIRN_ASSIGN_OR_RETURN(Parsed sum,
                        call.Build("sum", MakeCall("sr_sum_argument", call.Argument(0))));
  FIRN_ASSIGN_OR_RETURN(Parsed count,
                        call.Build("count", MakeCall("sr_sum_argument", call.Argument(0))));
  return MakeCall("sr_average_result", std::move(sum), std::move(count));
}

Result<Parsed> RewriteGroupConcat(CallLowering& call) {
  Parsed separator = Text(",");
  if (call.call().separator != nullptr) {
    FIRN_ASSIGN_OR_RETURN(separator, call.lowering().LowerExpression(*call.call().separator));
  }
  ParsedList arguments;
  arguments.push_back(JoinTexts(call.Arguments()));
  arguments.push_back(std::move(separator));
  return call.Build("string_agg", std::move(arguments));
}

Result<Parsed> RewriteStringAgg(CallLowering& call) {
  return call.Build("string_agg", call.Arguments());
}

// ---- JSON ----

Result<Parsed> RewriteParseJson(CallLowering& call) {
  return MakeEngineCast(call.Argument(0), LogicalType::JSON(), true);
}

Result<Parsed> RewriteJsonQuery(CallLowering& call) {
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"json_query", "json_extract"},
      {"json_exists", "json_exists"},
      {"json_length", "json_array_length"},
      {"json_keys", "json_keys"}};
  std::string target;
  for (const auto& [name, engine_name] : kNames) {
    if (name == call.call().FunctionName()) target = engine_name;
  }
  Parsed document =
      MakeEngineCast(MakeCall("sr_text", call.Argument(0)), LogicalType::JSON(), true);
  if (call.count() == 1) return MakeCall(target, std::move(document));
  return MakeCall(target, std::move(document), call.Argument(1));
}

Result<Parsed> RewriteGetJson(CallLowering& call) {
  const std::string name = call.call().FunctionName();
  Parsed document =
      MakeEngineCast(MakeCall("sr_text", call.Argument(0)), LogicalType::JSON(), true);
  Parsed text = MakeCall("json_extract_string", std::move(document), call.Argument(1));
  if (name == "get_json_int") return MakeStarRocksCast(std::move(text), LogicalType::BIGINT);
  if (name == "get_json_double") return MakeStarRocksCast(std::move(text), LogicalType::DOUBLE);
  if (name == "get_json_bool") return MakeStarRocksCast(std::move(text), LogicalType::BOOLEAN);
  return text;
}

// ---- arrays, structs ----

Result<Parsed> RewriteArrayConcat(CallLowering& call) {
  ParsedList arrays = call.Arguments();
  Parsed all = std::move(arrays.at(0));
  for (std::size_t i = 1; i < arrays.size(); ++i) {
    all = MakeCall("list_concat", std::move(all), std::move(arrays[i]));
  }
  return all;
}

/// The lambda may come first or last.
Result<Parsed> ListWithLambda(CallLowering& call, const char* name) {
  const bool first = call.call().arguments[0]->kind == sql::ExpressionKind::kLambda;
  if (!first && call.call().arguments[1]->kind != sql::ExpressionKind::kLambda) {
    return UnsupportedSyntax("This form of the function without a lambda", call.call().position);
  }
  Parsed array = call.Argument(first ? 1 : 0);
  return MakeCall(name, std::move(array), call.Argument(first ? 0 : 1));
}
Result<Parsed> RewriteArrayMap(CallLowering& call) {
  return ListWithLambda(call, "list_transform");
}
Result<Parsed> RewriteArrayFilter(CallLowering& call) {
  return ListWithLambda(call, "list_filter");
}

Result<Parsed> RewriteArrayPosition(CallLowering& call) {
  return MakeCall("sr_coalesce", MakeCall("list_position", call.Argument(0), call.Argument(1)),
                  Number(0));
}

Result<Parsed> RewriteArraySlice(CallLowering& call) {
  Parsed first = call.Argument(1);
  Parsed last = MakeCall("-", MakeCall("+", call.Argument(1), call.Argument(2)), Number(1));
  return MakeCall("list_slice", call.Argument(0), std::move(first), std::move(last));
}

Result<Parsed> RewriteNamedStruct(CallLowering& call) {
  if (call.count() % 2 != 0) {
    return InvalidArgument("AnalysisError", WithPlace("named_struct needs a value for each name",
                                                      call.call().position));
  }
  ParsedList fields;
  for (std::size_t i = 0; i + 1 < call.count(); i += 2) {
    FIRN_ASSIGN_OR_RETURN(const std::string name, ConstantText(call, i));
    Parsed value = call.Argument(i + 1);
    value->SetAlias(name);
    fields.push_back(std::move(value));
  }
  return MakeCall("struct_pack", std::move(fields));
}

Result<Parsed> RewriteRow(CallLowering& call) {
  ParsedList fields = call.Arguments();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    fields[i]->SetAlias("col" + std::to_string(i + 1));
  }
  return MakeCall("struct_pack", std::move(fields));
}

// ---- the session ----

Result<Parsed> RewriteSession(CallLowering& call) {
  const std::string name = call.call().FunctionName();
  const QueryScope& scope = call.lowering().scope();
  if (name == "version" || name == "current_version") return Text(scope.server_version);
  if (name == "database" || name == "schema") {
    return scope.current_database.empty() ? Null() : Text(scope.current_database);
  }
  if (name == "catalog" || name == "current_catalog") return Text(scope.current_catalog);
  if (name == "current_role") {
    if (scope.variables == nullptr) return Text("NONE");
    FIRN_ASSIGN_OR_RETURN(const sql::Literal role, scope.variables->SystemVariable("firn.current_role"));
    return Text(role.text);
  }
  if (name == "current_timezone") return Text(scope.time_zone);
  if (name == "last_query_id") return Text(scope.last_query_id);
  if (name == "connection_id") {
    return MakeConstant(Value::BIGINT(static_cast<int64_t>(scope.connection_id)));
  }
  return Text(scope.user);
}

}  // namespace firn::duck
