#include <functional>

#include "engine/duck/catalog_internal.h"
#include "engine/duck/lower_internal.h"
#include "engine/duck/time_text_internal.h"
#include "engine/duck/types_internal.h"

namespace firn::duck {
namespace {

using duckdb::ExpressionType;
using duckdb::LogicalType;
using duckdb::make_uniq;
using duckdb::Value;

const char* ArithmeticName(sql::BinaryOperator op) {
  switch (op) {
    case sql::BinaryOperator::kAdd:
      return "sr_add";
    case sql::BinaryOperator::kSubtract:
      return "sr_subtract";
    case sql::BinaryOperator::kMultiply:
      return "sr_multiply";
    case sql::BinaryOperator::kDivide:
      return "sr_divide";
    case sql::BinaryOperator::kIntegerDivide:
      return "sr_int_divide";
    case sql::BinaryOperator::kModulo:
      return "sr_modulo";
    case sql::BinaryOperator::kEqual:
      return "sr_equal";
    case sql::BinaryOperator::kNotEqual:
      return "sr_not_equal";
    case sql::BinaryOperator::kLess:
      return "sr_less";
    case sql::BinaryOperator::kLessEqual:
      return "sr_less_equal";
    case sql::BinaryOperator::kGreater:
      return "sr_greater";
    case sql::BinaryOperator::kGreaterEqual:
      return "sr_greater_equal";
    case sql::BinaryOperator::kNullSafeEqual:
      return "sr_null_safe_equal";
    default:
      return nullptr;
  }
}

const char* BitName(sql::BinaryOperator op) {
  switch (op) {
    case sql::BinaryOperator::kBitAnd:
      return "&";
    case sql::BinaryOperator::kBitOr:
      return "|";
    case sql::BinaryOperator::kBitXor:
      return "xor";
    case sql::BinaryOperator::kShiftLeft:
      return "sr_shift_left";
    case sql::BinaryOperator::kShiftRight:
      return "sr_shift_right";
    case sql::BinaryOperator::kShiftRightLogical:
      return "sr_shift_right_logical";
    default:
      return nullptr;
  }
}

/// The smallest type that holds the number, as StarRocks types literals.
Result<Value> IntegerValue(const std::string& text, sql::Position position) {
  const auto wide = ParseInteger(text);
  if (!wide) {
    return InvalidArgument("AnalysisError", WithPlace("Number out of range: " + text, position));
  }
  const Int128 number = *wide;
  if (number >= -128 && number <= 127) return Value::TINYINT(static_cast<int8_t>(number));
  if (number >= -32768 && number <= 32767) return Value::SMALLINT(static_cast<int16_t>(number));
  if (number >= INT32_MIN && number <= INT32_MAX) {
    return Value::INTEGER(static_cast<int32_t>(number));
  }
  if (number >= INT64_MIN && number <= INT64_MAX)
    return Value::BIGINT(static_cast<int64_t>(number));
  return Value::HUGEINT(ToHugeint(number));
}

Result<Value> DecimalValue(const std::string& text, sql::Position position) {
  const sql::DecimalShape shape = sql::ShapeOfDecimal(text);
  LogicalType type = LogicalType::DOUBLE;
  if (shape.precision <= 38 && shape.scale <= 38) {
    type = LogicalType::DECIMAL(static_cast<uint8_t>(std::max(shape.precision, shape.scale)),
                                static_cast<uint8_t>(shape.scale));
  }
  auto value = TryCastValue(Value(text), type);
  if (!value) {
    return InvalidArgument("AnalysisError", WithPlace("Number out of range: " + text, position));
  }
  return *std::move(value);
}

Result<Value> DateTimeValue(const sql::Literal& literal, sql::Position position) {
  const auto micros = ParseDateTime(literal.text);
  const bool date = literal.kind == sql::LiteralKind::kDate;
  if (!micros || (date && *micros % kMicrosPerDay != 0)) {
    return InvalidArgument(
        "AnalysisError",
        WithPlace("'" + literal.text + "' is not a " + (date ? "date" : "datetime"), position));
  }
  if (!date) return Value::TIMESTAMP(duckdb::timestamp_t(*micros));
  return Value::DATE(duckdb::date_t(static_cast<int32_t>(*micros / kMicrosPerDay)));
}

}  // namespace

std::string WithPlace(std::string message, sql::Position position) {
  return std::move(message) + " at line " + std::to_string(position.line) + ", column " +
         std::to_string(position.column);
}

Unexpected UnsupportedSyntax(std::string_view what, sql::Position position) {
  return Unsupported("Syntax", WithPlace(std::string(what) + " is not supported", position));
}

Parsed MakeCall(const std::string& name, ParsedList arguments) {
  return make_uniq<duckdb::FunctionExpression>(name, std::move(arguments));
}
Parsed MakeConstant(Value value) { return make_uniq<duckdb::ConstantExpression>(std::move(value)); }
Parsed MakeNull(const LogicalType& type) {
  return make_uniq<duckdb::CastExpression>(type, MakeConstant(Value()));
}
Parsed MakeNot(Parsed operand) {
  return make_uniq<duckdb::OperatorExpression>(ExpressionType::OPERATOR_NOT, std::move(operand));
}
Parsed MakeIsNull(Parsed operand, bool negated) {
  return make_uniq<duckdb::OperatorExpression>(
      negated ? ExpressionType::OPERATOR_IS_NOT_NULL : ExpressionType::OPERATOR_IS_NULL,
      std::move(operand));
}
Parsed MakeComparison(ExpressionType type, Parsed left, Parsed right) {
  return make_uniq<duckdb::ComparisonExpression>(type, std::move(left), std::move(right));
}
Parsed MakeAnd(Parsed left, Parsed right) {
  return make_uniq<duckdb::ConjunctionExpression>(ExpressionType::CONJUNCTION_AND, std::move(left),
                                                  std::move(right));
}
Parsed MakeStarRocksCast(Parsed operand, const LogicalType& type) {
  return MakeCall("sr_cast", std::move(operand), MakeNull(type));
}
Parsed MakeEngineCast(Parsed operand, const LogicalType& type, bool try_cast) {
  return make_uniq<duckdb::CastExpression>(type, std::move(operand), try_cast);
}
Parsed MakeIf(Parsed condition, Parsed value, Parsed otherwise) {
  return MakeCall("sr_case", std::move(condition), std::move(value), std::move(otherwise));
}

Result<ParsedList> Lowering::LowerAll(const std::vector<sql::ExpressionPtr>& expressions) {
  ParsedList list;
  for (const sql::ExpressionPtr& expression : expressions) {
    FIRN_ASSIGN_OR_RETURN(Parsed lowered, LowerExpression(*expression));
    list.push_back(std::move(lowered));
  }
  return list;
}

Result<Parsed> Lowering::LowerLiteral(const sql::Literal& literal, sql::Position position) {
  switch (literal.kind) {
    case sql::LiteralKind::kNull:
      return MakeConstant(Value());
    case sql::LiteralKind::kDefault:
      return UnsupportedSyntax("DEFAULT in a query", position);
    case sql::LiteralKind::kBoolean:
      return MakeConstant(Value::BOOLEAN(literal.boolean));
    case sql::LiteralKind::kInteger: {
      FIRN_ASSIGN_OR_RETURN(Value value, IntegerValue(literal.text, position));
      return MakeConstant(std::move(value));
    }
    case sql::LiteralKind::kDecimal: {
      FIRN_ASSIGN_OR_RETURN(Value value, DecimalValue(literal.text, position));
      return MakeConstant(std::move(value));
    }
    case sql::LiteralKind::kDouble: {
      auto value = TryCastValue(Value(literal.text), LogicalType::DOUBLE);
      if (!value) {
        return InvalidArgument("AnalysisError",
                               WithPlace("Number out of range: " + literal.text, position));
      }
      return MakeConstant(*std::move(value));
    }
    case sql::LiteralKind::kString:
      if (!Value::StringIsValid(literal.text.data(), literal.text.size())) {
        return InvalidArgument("AnalysisError", WithPlace("A string is not valid UTF-8", position));
      }
      return MakeConstant(Value(literal.text));
    case sql::LiteralKind::kBinary:
      return MakeConstant(Value::BLOB_RAW(literal.text));
    case sql::LiteralKind::kDate:
    case sql::LiteralKind::kDateTime: {
      FIRN_ASSIGN_OR_RETURN(Value value, DateTimeValue(literal, position));
      return MakeConstant(std::move(value));
    }
  }
  return UnsupportedSyntax("This literal", position);
}

Result<Parsed> Lowering::LowerExpression(const sql::Expression& expression) {
  switch (expression.kind) {
    case sql::ExpressionKind::kLiteral:
      return LowerLiteral(sql::As<sql::LiteralExpression>(expression).value, expression.position);
    case sql::ExpressionKind::kInterval:
      return UnsupportedSyntax("INTERVAL outside date arithmetic", expression.position);
    case sql::ExpressionKind::kTimeUnit:
      return MakeConstant(Value(duckdb::StringUtil::Lower(
          sql::TimeUnitName(sql::As<sql::TimeUnitExpression>(expression).unit))));
    case sql::ExpressionKind::kDefault:
      return UnsupportedSyntax("DEFAULT in a query", expression.position);
    case sql::ExpressionKind::kColumnRef:
      return LowerColumn(sql::As<sql::ColumnRefExpression>(expression));
    case sql::ExpressionKind::kStar:
      return LowerStar(sql::As<sql::StarExpression>(expression));
    case sql::ExpressionKind::kParameter:
    case sql::ExpressionKind::kUserVariable:
    case sql::ExpressionKind::kSystemVariable:
      return LowerVariable(expression);
    case sql::ExpressionKind::kUnary:
      return LowerUnary(sql::As<sql::UnaryExpression>(expression));
    case sql::ExpressionKind::kBinary:
      return LowerBinary(sql::As<sql::BinaryExpression>(expression));
    case sql::ExpressionKind::kLogical:
      return LowerLogical(sql::As<sql::LogicalExpression>(expression));
    case sql::ExpressionKind::kBetween:
      return LowerBetween(sql::As<sql::BetweenExpression>(expression));
    case sql::ExpressionKind::kInList:
      return LowerInList(sql::As<sql::InListExpression>(expression));
    case sql::ExpressionKind::kInSubquery:
      return LowerInSubquery(sql::As<sql::InSubqueryExpression>(expression));
    case sql::ExpressionKind::kLike:
      return LowerLike(sql::As<sql::LikeExpression>(expression));
    case sql::ExpressionKind::kIs:
      return LowerIs(sql::As<sql::IsExpression>(expression));
    case sql::ExpressionKind::kCase:
      return LowerCase(sql::As<sql::CaseExpression>(expression));
    case sql::ExpressionKind::kCast:
      return LowerCast(sql::As<sql::CastExpression>(expression));
    case sql::ExpressionKind::kExtract: {
      const auto& extract = sql::As<sql::ExtractExpression>(expression);
      FIRN_ASSIGN_OR_RETURN(Parsed operand, LowerExpression(*extract.operand));
      return MakeCall(
          "date_part",
          MakeConstant(Value(duckdb::StringUtil::Lower(sql::TimeUnitName(extract.unit)))),
          MakeCall("sr_datetime", std::move(operand)));
    }
    case sql::ExpressionKind::kFunctionCall:
      return LowerCall(sql::As<sql::FunctionCallExpression>(expression));
    case sql::ExpressionKind::kSubquery:
      return LowerSubquery(*sql::As<sql::SubqueryExpression>(expression).query,
                           duckdb::SubqueryType::SCALAR);
    case sql::ExpressionKind::kExists:
      return LowerSubquery(*sql::As<sql::ExistsExpression>(expression).query,
                           duckdb::SubqueryType::EXISTS);
    case sql::ExpressionKind::kRow:
    case sql::ExpressionKind::kArray:
    case sql::ExpressionKind::kMap:
      return LowerCollection(expression);
    case sql::ExpressionKind::kSubscript: {
      const auto& subscript = sql::As<sql::SubscriptExpression>(expression);
      FIRN_ASSIGN_OR_RETURN(Parsed operand, LowerExpression(*subscript.operand));
      FIRN_ASSIGN_OR_RETURN(Parsed index, LowerExpression(*subscript.index));
      return MakeCall("sr_element", std::move(operand), std::move(index));
    }
    case sql::ExpressionKind::kSlice:
      return LowerSlice(sql::As<sql::SliceExpression>(expression));
    case sql::ExpressionKind::kField: {
      const auto& field = sql::As<sql::FieldExpression>(expression);
      FIRN_ASSIGN_OR_RETURN(Parsed operand, LowerExpression(*field.operand));
      return Parsed(make_uniq<duckdb::OperatorExpression>(
          ExpressionType::STRUCT_EXTRACT, std::move(operand), MakeConstant(Value(field.field))));
    }
    case sql::ExpressionKind::kLambda:
      return LowerLambda(sql::As<sql::LambdaExpression>(expression));
    case sql::ExpressionKind::kCollate:
      // All text compares by its bytes, whatever collation is named.
      return LowerExpression(*sql::As<sql::CollateExpression>(expression).operand);
  }
  return UnsupportedSyntax("This expression", expression.position);
}

Result<Parsed> Lowering::LowerColumn(const sql::ColumnRefExpression& column) {
  const auto& parts = column.parts;
  duckdb::vector<std::string> names(parts.begin(), parts.end());
  // `db.t.c` and `catalog.db.t.c`, when such a table stands in FROM; otherwise a path into a
  // struct.
  for (const SeenTable& table : seen_tables_) {
    const bool by_database =
        parts.size() >= 3 && parts[0] == table.database && parts[1] == table.table;
    const bool by_catalog = parts.size() >= 4 && parts[0] == table.catalog &&
                            parts[1] == table.database && parts[2] == table.table;
    if (!by_database && !by_catalog) continue;
    names = {table.table};
    if (!table.is_view) {
      names.insert(names.begin(), EncodeSchemaName(table.catalog, table.database));
    }
    names.insert(names.end(), parts.begin() + (by_catalog ? 3 : 2), parts.end());
    break;
  }
  return Parsed(make_uniq<duckdb::ColumnRefExpression>(std::move(names)));
}

Result<Parsed> Lowering::LowerStar(const sql::StarExpression& star) {
  auto lowered = make_uniq<duckdb::StarExpression>(star.qualifier.empty() ? std::string()
                                                                          : star.qualifier.back());
  for (const std::string& name : star.excluded) {
    lowered->exclude_list.insert(duckdb::QualifiedColumnName(name));
  }
  return Parsed(std::move(lowered));
}

Result<Parsed> Lowering::LowerVariable(const sql::Expression& variable) {
  if (const auto* parameter = sql::AsIf<sql::ParameterExpression>(variable)) {
    if (parameter->index < scope().parameters.size()) {
      return LowerLiteral(scope().parameters[parameter->index], variable.position);
    }
    if (describe_only_) return MakeConstant(Value());
    return InvalidArgument("MissingParameter", "No value was given for parameter " +
                                                   std::to_string(parameter->index + 1));
  }
  const auto* system = sql::AsIf<sql::SystemVariableExpression>(variable);
  if (scope().variables == nullptr) {
    if (system == nullptr) return MakeConstant(Value());
    return NotFound("UnknownSystemVariable", "Unknown system variable '" + system->name + "'");
  }
  FIRN_ASSIGN_OR_RETURN(
      const sql::Literal literal,
      system != nullptr
          ? scope().variables->SystemVariable(
                (system->scope == sql::VariableScope::kGlobal ? "global." : "") +
                duckdb::StringUtil::Lower(system->name))
          : scope().variables->UserVariable(sql::As<sql::UserVariableExpression>(variable).name));
  return LowerLiteral(literal, variable.position);
}

Result<Parsed> Lowering::LowerUnary(const sql::UnaryExpression& unary) {
  FIRN_ASSIGN_OR_RETURN(Parsed operand, LowerExpression(*unary.operand));
  switch (unary.op) {
    case sql::UnaryOperator::kPlus:
      return operand;
    case sql::UnaryOperator::kMinus:
      return MakeCall("sr_negate", std::move(operand));
    case sql::UnaryOperator::kBitNot:
      return MakeCall("~", MakeCall("sr_bigint", std::move(operand)));
    case sql::UnaryOperator::kNot:
      return MakeNot(MakeCall("sr_condition", std::move(operand)));
    case sql::UnaryOperator::kBinary:
      return MakeCall("sr_bytes", std::move(operand));
  }
  return UnsupportedSyntax("This operator", unary.position);
}

Result<Parsed> Lowering::LowerBinary(const sql::BinaryExpression& binary) {
  const bool adds = binary.op == sql::BinaryOperator::kAdd;
  if (adds || binary.op == sql::BinaryOperator::kSubtract) {
    const bool left_interval = binary.left->kind == sql::ExpressionKind::kInterval;
    const sql::Expression& interval = left_interval ? *binary.left : *binary.right;
    if (interval.kind == sql::ExpressionKind::kInterval && (adds || !left_interval)) {
      FIRN_ASSIGN_OR_RETURN(Parsed moment,
                            LowerExpression(left_interval ? *binary.right : *binary.left));
      return LowerMove(std::move(moment), sql::As<sql::IntervalExpression>(interval), !adds);
    }
  }
  FIRN_ASSIGN_OR_RETURN(Parsed left, LowerExpression(*binary.left));
  FIRN_ASSIGN_OR_RETURN(Parsed right, LowerExpression(*binary.right));
  if (const char* name = ArithmeticName(binary.op)) {
    return MakeCall(name, std::move(left), std::move(right));
  }
  if (const char* name = BitName(binary.op)) {
    return MakeCall(name, MakeCall("sr_bigint", std::move(left)),
                    MakeCall("sr_bigint", std::move(right)));
  }
  if (binary.op == sql::BinaryOperator::kConcat) {
    return MakeCall("||", MakeCall("sr_text", std::move(left)),
                    MakeCall("sr_text", std::move(right)));
  }
  if (binary.op == sql::BinaryOperator::kJsonArrow) {
    return MakeCall("json_extract", MakeStarRocksCast(std::move(left), LogicalType::JSON()),
                    MakeCall("sr_text", std::move(right)));
  }
  return UnsupportedSyntax(std::string("Operator ") + sql::BinaryOperatorName(binary.op),
                           binary.position);
}

Result<Parsed> Lowering::LowerLogical(const sql::LogicalExpression& logical) {
  FIRN_ASSIGN_OR_RETURN(ParsedList operands, LowerAll(logical.operands));
  for (Parsed& operand : operands) operand = MakeCall("sr_condition", std::move(operand));
  if (logical.op != sql::LogicalOperator::kXor) {
    return Parsed(make_uniq<duckdb::ConjunctionExpression>(logical.op == sql::LogicalOperator::kAnd
                                                               ? ExpressionType::CONJUNCTION_AND
                                                               : ExpressionType::CONJUNCTION_OR,
                                                           std::move(operands)));
  }
  Parsed all = std::move(operands[0]);
  for (std::size_t i = 1; i < operands.size(); ++i) {
    all = MakeComparison(ExpressionType::COMPARE_NOTEQUAL, std::move(all), std::move(operands[i]));
  }
  return all;
}

Result<Parsed> Lowering::LowerBetween(const sql::BetweenExpression& between) {
  FIRN_ASSIGN_OR_RETURN(Parsed operand, LowerExpression(*between.operand));
  FIRN_ASSIGN_OR_RETURN(Parsed low, LowerExpression(*between.low));
  FIRN_ASSIGN_OR_RETURN(Parsed high, LowerExpression(*between.high));
  Parsed again = operand->Copy();
  Parsed both = MakeAnd(MakeCall("sr_greater_equal", std::move(operand), std::move(low)),
                        MakeCall("sr_less_equal", std::move(again), std::move(high)));
  return between.negated ? MakeNot(std::move(both)) : std::move(both);
}

Result<Parsed> Lowering::LowerInList(const sql::InListExpression& in) {
  ParsedList arguments;
  FIRN_ASSIGN_OR_RETURN(Parsed operand, LowerExpression(*in.operand));
  arguments.push_back(std::move(operand));
  for (const sql::ExpressionPtr& item : in.items) {
    FIRN_ASSIGN_OR_RETURN(Parsed lowered, LowerExpression(*item));
    arguments.push_back(std::move(lowered));
  }
  Parsed all = MakeCall("sr_in", std::move(arguments));
  return in.negated ? MakeNot(std::move(all)) : std::move(all);
}

Result<Parsed> Lowering::LowerInSubquery(const sql::InSubqueryExpression& in) {
  auto subquery = make_uniq<duckdb::SubqueryExpression>();
  subquery->subquery_type = duckdb::SubqueryType::ANY;
  subquery->comparison_type = ExpressionType::COMPARE_EQUAL;
  if (const auto* row = sql::AsIf<sql::RowExpression>(*in.operand)) {
    FIRN_ASSIGN_OR_RETURN(ParsedList items, LowerAll(row->items));
    subquery->child = MakeCall("row", std::move(items));
  } else {
    FIRN_ASSIGN_OR_RETURN(subquery->child, LowerExpression(*in.operand));
  }
  FIRN_ASSIGN_OR_RETURN(subquery->subquery, LowerQuery(*in.query));
  Parsed lowered = std::move(subquery);
  return in.negated ? MakeNot(std::move(lowered)) : std::move(lowered);
}

Result<Parsed> Lowering::LowerLike(const sql::LikeExpression& like) {
  FIRN_ASSIGN_OR_RETURN(Parsed operand, LowerExpression(*like.operand));
  FIRN_ASSIGN_OR_RETURN(Parsed pattern, LowerExpression(*like.pattern));
  operand = MakeCall("sr_text", std::move(operand));
  pattern = MakeCall("sr_text", std::move(pattern));
  Parsed match;
  if (like.like_kind == sql::LikeKind::kRegexp) {
    match = MakeCall("regexp_matches", std::move(operand), std::move(pattern));
  } else if (like.escape != nullptr) {
    FIRN_ASSIGN_OR_RETURN(Parsed escape, LowerExpression(*like.escape));
    match = MakeCall("like_escape", std::move(operand), std::move(pattern), std::move(escape));
  } else {
    const auto* literal = sql::AsIf<sql::LiteralExpression>(*like.pattern);
    const bool plain = literal != nullptr && literal->value.kind == sql::LiteralKind::kString &&
                       literal->value.text.find('\\') == std::string::npos;
    // Without a backslash the plain operator says the same, and prefixes of it prune.
    match = plain ? MakeCall("~~", std::move(operand), std::move(pattern))
                  : MakeCall("like_escape", std::move(operand), std::move(pattern),
                             MakeConstant(Value("\\")));
  }
  return like.negated ? MakeNot(std::move(match)) : std::move(match);
}

Result<Parsed> Lowering::LowerIs(const sql::IsExpression& is) {
  FIRN_ASSIGN_OR_RETURN(Parsed operand, LowerExpression(*is.operand));
  if (is.test == sql::IsTest::kNull) return MakeIsNull(std::move(operand), is.negated);
  return MakeComparison(is.negated ? ExpressionType::COMPARE_DISTINCT_FROM
                                   : ExpressionType::COMPARE_NOT_DISTINCT_FROM,
                        MakeCall("sr_condition", std::move(operand)),
                        MakeConstant(Value::BOOLEAN(is.test == sql::IsTest::kTrue)));
}

Result<Parsed> Lowering::LowerCase(const sql::CaseExpression& expression) {
  Parsed subject;
  if (expression.operand != nullptr) {
    FIRN_ASSIGN_OR_RETURN(subject, LowerExpression(*expression.operand));
  }
  ParsedList arguments;
  for (const sql::CaseBranch& branch : expression.branches) {
    FIRN_ASSIGN_OR_RETURN(Parsed when, LowerExpression(*branch.when));
    FIRN_ASSIGN_OR_RETURN(Parsed then, LowerExpression(*branch.then));
    if (subject != nullptr) when = MakeCall("sr_equal", subject->Copy(), std::move(when));
    arguments.push_back(std::move(when));
    arguments.push_back(std::move(then));
  }
  Parsed otherwise = MakeConstant(Value());
  if (expression.otherwise != nullptr) {
    FIRN_ASSIGN_OR_RETURN(otherwise, LowerExpression(*expression.otherwise));
  }
  arguments.push_back(std::move(otherwise));
  return MakeCall("sr_case", std::move(arguments));
}

Result<Parsed> Lowering::LowerCast(const sql::CastExpression& cast) {
  FIRN_ASSIGN_OR_RETURN(const LogicalType type, ToLogicalType(cast.type));
  FIRN_ASSIGN_OR_RETURN(Parsed operand, LowerExpression(*cast.operand));
  return MakeStarRocksCast(std::move(operand), type);
}

Result<Parsed> Lowering::LowerCollection(const sql::Expression& collection) {
  if (const auto* row = sql::AsIf<sql::RowExpression>(collection)) {
    FIRN_ASSIGN_OR_RETURN(ParsedList items, LowerAll(row->items));
    for (std::size_t i = 0; i < items.size(); ++i) {
      items[i]->SetAlias("col" + std::to_string(i + 1));
    }
    return MakeCall("struct_pack", std::move(items));
  }
  if (const auto* array = sql::AsIf<sql::ArrayExpression>(collection)) {
    FIRN_ASSIGN_OR_RETURN(ParsedList items, LowerAll(array->items));
    Parsed list = MakeCall("sr_array", std::move(items));
    if (!array->type) return list;
    sql::TypeName type = *array->type;
    FIRN_ASSIGN_OR_RETURN(const LogicalType logical, ToLogicalType(type));
    return MakeEngineCast(std::move(list), logical, true);
  }
  const auto& map = sql::As<sql::MapExpression>(collection);
  ParsedList keys;
  ParsedList values;
  for (const sql::MapEntry& entry : map.entries) {
    FIRN_ASSIGN_OR_RETURN(Parsed key, LowerExpression(*entry.key));
    FIRN_ASSIGN_OR_RETURN(Parsed value, LowerExpression(*entry.value));
    keys.push_back(std::move(key));
    values.push_back(std::move(value));
  }
  Parsed made = MakeCall("map", MakeCall("sr_array", std::move(keys)),
                         MakeCall("sr_array", std::move(values)));
  if (!map.type) return made;
  FIRN_ASSIGN_OR_RETURN(const LogicalType logical, ToLogicalType(*map.type));
  return MakeEngineCast(std::move(made), logical, true);
}

Result<Parsed> Lowering::LowerSlice(const sql::SliceExpression& slice) {
  FIRN_ASSIGN_OR_RETURN(Parsed operand, LowerExpression(*slice.operand));
  Parsed first = MakeConstant(Value::BIGINT(1));
  if (slice.first != nullptr) {
    FIRN_ASSIGN_OR_RETURN(first, LowerExpression(*slice.first));
  }
  Parsed last = MakeConstant(Value::BIGINT(-1));
  if (slice.last != nullptr) {
    FIRN_ASSIGN_OR_RETURN(last, LowerExpression(*slice.last));
  }
  return MakeCall("list_slice", std::move(operand), std::move(first), std::move(last));
}

Result<Parsed> Lowering::LowerLambda(const sql::LambdaExpression& lambda) {
  FIRN_ASSIGN_OR_RETURN(Parsed body, LowerExpression(*lambda.body));
  duckdb::vector<std::string> names(lambda.parameters.begin(), lambda.parameters.end());
  return Parsed(make_uniq<duckdb::LambdaExpression>(std::move(names), std::move(body)));
}

Result<Parsed> Lowering::LowerSubquery(const sql::Query& query, duckdb::SubqueryType type) {
  auto subquery = make_uniq<duckdb::SubqueryExpression>();
  subquery->subquery_type = type;
  FIRN_ASSIGN_OR_RETURN(subquery->subquery, LowerQuery(query));
  return Parsed(std::move(subquery));
}

}  // namespace firn::duck
