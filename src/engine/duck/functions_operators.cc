#include <algorithm>

#include "engine/duck/errors_internal.h"
#include "engine/duck/functions_internal.h"
#include "engine/duck/types_internal.h"

namespace firn::duck {
namespace {

using duckdb::ClientContext;
using duckdb::ExpressionType;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;

[[noreturn]] void RaiseAnalysis(std::string message) {
  Raise(Error(ErrorCode::kInvalidArgument, "AnalysisError", std::move(message)));
}

bool IsDecimal(const LogicalType& type) { return type.id() == LogicalTypeId::DECIMAL; }
bool IsFloating(const LogicalType& type) {
  return type.id() == LogicalTypeId::FLOAT || type.id() == LogicalTypeId::DOUBLE;
}
bool IsMoment(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::DATE:
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_TZ:
    case LogicalTypeId::TIMESTAMP_NS:
      return true;
    default:
      return false;
  }
}
bool IsNumber(const LogicalType& type) {
  return IsInteger(type) || IsDecimal(type) || IsFloating(type) ||
         type.id() == LogicalTypeId::BOOLEAN;
}

// ---- arithmetic ----

/// The next wider integer, which a sum or product of two such values fits.
LogicalType Wider(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
    case LogicalTypeId::TINYINT:
      return LogicalType::SMALLINT;
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::UTINYINT:
      return LogicalType::INTEGER;
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UBIGINT:
      return LogicalType::HUGEINT;
    default:
      return LogicalType::BIGINT;
  }
}

/// An operand of arithmetic as a number: text as DOUBLE, dates as the number of their digits.
BoundExpression AsNumber(ClientContext& context, BoundExpression operand) {
  const LogicalType type = operand->return_type;
  if (type.id() == LogicalTypeId::SQLNULL)
    return Cast(context, std::move(operand), LogicalType::DOUBLE);
  if (type.id() == LogicalTypeId::BOOLEAN) {
    return Cast(context, std::move(operand), LogicalType::TINYINT);
  }
  if (IsNumber(type)) return operand;
  if (IsText(type)) return Cast(context, std::move(operand), LogicalType::DOUBLE, true);
  if (IsMoment(type)) {
    return StarRocksCast(context, std::move(operand), LogicalType::BIGINT);
  }
  RaiseAnalysis("Arithmetic on " + ColumnTypeText(type) + " is not supported");
}

LogicalType AsDecimalType(const LogicalType& type) {
  uint8_t width = 38;
  uint8_t scale = 0;
  if (!type.GetDecimalProperties(width, scale)) return LogicalType::DECIMAL(38, 0);
  return LogicalType::DECIMAL(width, scale);
}

LogicalType DecimalOf(int width, int scale) {
  return LogicalType::DECIMAL(static_cast<uint8_t>(std::min(width, 38)),
                              static_cast<uint8_t>(scale));
}

struct DecimalPair {
  int left_width = 0;
  int left_scale = 0;
  int right_width = 0;
  int right_scale = 0;
};

DecimalPair PairOf(const LogicalType& left, const LogicalType& right) {
  const LogicalType l = AsDecimalType(left);
  const LogicalType r = AsDecimalType(right);
  return {duckdb::DecimalType::GetWidth(l), duckdb::DecimalType::GetScale(l),
          duckdb::DecimalType::GetWidth(r), duckdb::DecimalType::GetScale(r)};
}

// DuckDB does not leave 64 bits for a decimal sum or product on its own; an operand of more digits
// makes it.
constexpr int kWideDecimal = 19;

BoundExpression AddDecimals(ClientContext& context, const char* op, BoundExpressions& operands) {
  const DecimalPair pair = PairOf(operands[0]->return_type, operands[1]->return_type);
  const int scale = std::max(pair.left_scale, pair.right_scale);
  const int whole =
      std::max(pair.left_width - pair.left_scale, pair.right_width - pair.right_scale);
  int width = std::min(38, whole + scale + 1);
  if (width > 18) width = std::max(width, kWideDecimal);
  for (BoundExpression& operand : operands) {
    operand = Cast(context, std::move(operand), DecimalOf(width, scale));
  }
  return Call(context, op, std::move(operands), true);
}

BoundExpression MultiplyDecimals(ClientContext& context, BoundExpressions& operands) {
  const DecimalPair pair = PairOf(operands[0]->return_type, operands[1]->return_type);
  if (pair.left_scale + pair.right_scale > 38) {
    for (BoundExpression& operand : operands) {
      operand = Cast(context, std::move(operand), LogicalType::DOUBLE);
    }
    return Call(context, "*", std::move(operands), true);
  }
  const bool wide = pair.left_width + pair.right_width > 18;
  operands[0] = Cast(
      context, std::move(operands[0]),
      DecimalOf(wide ? std::max(pair.left_width, kWideDecimal) : pair.left_width, pair.left_scale));
  operands[1] =
      Cast(context, std::move(operands[1]), DecimalOf(pair.right_width, pair.right_scale));
  return Call(context, "*", std::move(operands), true);
}

/// StarRocks gives a quotient six digits more than the dividend, up to twelve.
int QuotientScale(int dividend_scale) {
  if (dividend_scale <= 6) return dividend_scale + 6;
  return std::max(dividend_scale, 12);
}

BoundExpression DivideDecimals(ClientContext& context, BoundExpressions& operands) {
  const DecimalPair pair = PairOf(operands[0]->return_type, operands[1]->return_type);
  const int scale = QuotientScale(pair.left_scale);
  const LogicalType result = DecimalOf(38, scale);
  BoundExpressions arguments;
  arguments.push_back(Cast(context, std::move(operands[0]), DecimalOf(38, pair.left_scale)));
  arguments.push_back(Cast(context, std::move(operands[1]), DecimalOf(38, pair.right_scale)));
  arguments.push_back(Constant(duckdb::Value(result)));
  return Call(context, "sr_decimal_divide", std::move(arguments));
}

BoundExpressions Numbers(ClientContext& context, BoundExpressions& arguments) {
  if (arguments.size() != 2) RaiseAnalysis("An operator takes two operands");
  BoundExpressions operands;
  for (BoundExpression& argument : arguments) {
    operands.push_back(AsNumber(context, std::move(argument)));
  }
  return operands;
}

bool AnyFloating(const BoundExpressions& operands) {
  return IsFloating(operands[0]->return_type) || IsFloating(operands[1]->return_type);
}
bool AnyDecimal(const BoundExpressions& operands) {
  return IsDecimal(operands[0]->return_type) || IsDecimal(operands[1]->return_type);
}

BoundExpression OnDoubles(ClientContext& context, const char* op, BoundExpressions operands) {
  for (BoundExpression& operand : operands) {
    operand = Cast(context, std::move(operand), LogicalType::DOUBLE);
  }
  return Call(context, op, std::move(operands), true);
}

BoundExpression Arithmetic(ClientContext& context, const char* op, BoundExpressions& arguments) {
  BoundExpressions operands = Numbers(context, arguments);
  if (AnyFloating(operands)) return OnDoubles(context, op, std::move(operands));
  if (AnyDecimal(operands)) {
    return *op == '*' ? MultiplyDecimals(context, operands) : AddDecimals(context, op, operands);
  }
  const LogicalType wide = LogicalType::ForceMaxLogicalType(Wider(operands[0]->return_type),
                                                            Wider(operands[1]->return_type));
  for (BoundExpression& operand : operands) operand = Cast(context, std::move(operand), wide);
  return Call(context, op, std::move(operands), true);
}

BoundExpression Add(ClientContext& context, BoundExpressions& arguments) {
  return Arithmetic(context, "+", arguments);
}
BoundExpression Subtract(ClientContext& context, BoundExpressions& arguments) {
  return Arithmetic(context, "-", arguments);
}
BoundExpression Multiply(ClientContext& context, BoundExpressions& arguments) {
  return Arithmetic(context, "*", arguments);
}

BoundExpression Divide(ClientContext& context, BoundExpressions& arguments) {
  BoundExpressions operands = Numbers(context, arguments);
  if (!AnyFloating(operands) && AnyDecimal(operands)) return DivideDecimals(context, operands);
  return OnDoubles(context, "/", std::move(operands));
}

BoundExpression IntegerDivide(ClientContext& context, BoundExpressions& arguments) {
  BoundExpressions operands = Numbers(context, arguments);
  for (BoundExpression& operand : operands) {
    if (operand->return_type.id() == LogicalTypeId::HUGEINT) continue;
    operand = StarRocksCast(context, std::move(operand), LogicalType::BIGINT);
  }
  return Call(context, "//", std::move(operands), true);
}

BoundExpression Modulo(ClientContext& context, BoundExpressions& arguments) {
  BoundExpressions operands = Numbers(context, arguments);
  const LogicalType type =
      AnyFloating(operands)
          ? LogicalType(LogicalType::DOUBLE)
          : LogicalType::ForceMaxLogicalType(operands[0]->return_type, operands[1]->return_type);
  for (BoundExpression& operand : operands) operand = Cast(context, std::move(operand), type);
  return Call(context, "%", std::move(operands), true);
}

BoundExpression Negate(ClientContext& context, BoundExpressions& arguments) {
  BoundExpression operand = AsNumber(context, std::move(arguments.at(0)));
  if (IsInteger(operand->return_type)) {
    const LogicalType wide = Wider(operand->return_type);
    operand = Cast(context, std::move(operand), wide);
  }
  BoundExpressions operands;
  operands.push_back(std::move(operand));
  return Call(context, "-", std::move(operands), true);
}

/// `sum_x / count_x` as avg answers: DOUBLE, or a decimal of more digits.
BoundExpression AverageResult(ClientContext& context, BoundExpressions& arguments) {
  if (IsDecimal(arguments.at(0)->return_type)) return DivideDecimals(context, arguments);
  return OnDoubles(context, "/", std::move(arguments));
}

/// DuckDB sums integers into 128 bits; StarRocks answers with BIGINT.
BoundExpression SumResult(ClientContext& context, BoundExpressions& arguments) {
  BoundExpression sum = std::move(arguments.at(0));
  if (sum->return_type.id() != LogicalTypeId::HUGEINT) return sum;
  return Cast(context, std::move(sum), LogicalType::BIGINT);
}

/// What sum and avg may be given: a LARGEINT travels as a decimal, so that its sum does not pass
/// for a BIGINT's.
BoundExpression SumArgument(ClientContext& context, BoundExpressions& arguments) {
  BoundExpression number = AsNumber(context, std::move(arguments.at(0)));
  if (number->return_type.id() == LogicalTypeId::HUGEINT) {
    return Cast(context, std::move(number), LogicalType::DECIMAL(38, 0));
  }
  return number;
}

void DecimalDivide(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  const int left_scale = duckdb::DecimalType::GetScale(arguments.data[0].GetType());
  const int right_scale = duckdb::DecimalType::GetScale(arguments.data[1].GetType());
  const int result_scale = duckdb::DecimalType::GetScale(result.GetType());
  Int128 factor = 1;
  for (int i = 0; i < result_scale + right_scale - left_scale && i < 38; ++i) factor *= 10;
  duckdb::BinaryExecutor::ExecuteWithNulls<duckdb::hugeint_t, duckdb::hugeint_t, duckdb::hugeint_t>(
      arguments.data[0], arguments.data[1], result, arguments.size(),
      [&](duckdb::hugeint_t left, duckdb::hugeint_t right, duckdb::ValidityMask& mask,
          duckdb::idx_t row) {
        const Int128 dividend = ToInt128(left);
        const Int128 divisor = ToInt128(right);
        Int128 whole = 0;
        Int128 rest = 0;
        // quotient × factor + (remainder × factor) / divisor, each step checked.
        if (divisor == 0 || __builtin_mul_overflow(dividend / divisor, factor, &whole) ||
            __builtin_mul_overflow(dividend % divisor, factor, &rest)) {
          mask.SetInvalid(row);
          return duckdb::hugeint_t(0);
        }
        Int128 quotient = rest / divisor;
        const Int128 remainder = rest % divisor;
        const Int128 size = remainder < 0 ? -remainder : remainder;
        const Int128 limit = divisor < 0 ? -divisor : divisor;
        if (size >= limit - size) quotient += (rest < 0) != (divisor < 0) ? -1 : 1;
        if (__builtin_add_overflow(whole, quotient, &quotient)) {
          mask.SetInvalid(row);
          return duckdb::hugeint_t(0);
        }
        return ToHugeint(quotient);
      });
}

duckdb::unique_ptr<duckdb::FunctionData> BindDecimalDivide(ClientContext&,
                                                           duckdb::ScalarFunction& function,
                                                           BoundExpressions& arguments) {
  function.arguments = {arguments[0]->return_type, arguments[1]->return_type,
                        arguments[2]->return_type};
  function.SetReturnType(arguments[2]->return_type);
  return nullptr;
}

// ---- comparison ----

struct Operands {
  BoundExpression left;
  BoundExpression right;
};

/// The constant as exactly the other side's type, so that the comparison stays one DuckDB pushes
/// down; null when it is no constant or does not fit.
BoundExpression TryConstantAs(ClientContext& context, const duckdb::Expression& side,
                              const LogicalType& type) {
  const auto value = TryFold(context, side);
  if (!value || value->IsNull()) return nullptr;
  duckdb::Value converted;
  std::string problem;
  if (!value->TryCastAs(context, type, converted, &problem, true)) return nullptr;
  return Constant(std::move(converted));
}

LogicalType MomentType(const LogicalType& left, const LogicalType& right) {
  if (left.id() == LogicalTypeId::TIMESTAMP_TZ || right.id() == LogicalTypeId::TIMESTAMP_TZ) {
    return LogicalType::TIMESTAMP_TZ;
  }
  if (left.id() == LogicalTypeId::DATE && right.id() == LogicalTypeId::DATE) {
    return LogicalType::DATE;
  }
  return LogicalType::TIMESTAMP;
}

/// Text against a date or datetime: a constant that says a day is a DATE when the other side is.
BoundExpression TextAsMoment(ClientContext& context, BoundExpression text,
                             const LogicalType& other) {
  if (other.id() == LogicalTypeId::TIMESTAMP_TZ) {
    BoundExpression moment = StarRocksCast(context, std::move(text), LogicalType::TIMESTAMP);
    return Cast(context, std::move(moment), other, true);
  }
  BoundExpression moment = StarRocksCast(context, std::move(text), LogicalType::TIMESTAMP);
  if (auto folded = TryFold(context, *moment)) {
    const bool midnight =
        folded->IsNull() || folded->GetValue<duckdb::timestamp_t>().value % 86'400'000'000 == 0;
    if (other.id() == LogicalTypeId::DATE && midnight) {
      return Constant(folded->DefaultCastAs(LogicalType::DATE));
    }
    return Constant(std::move(*folded));
  }
  return moment;
}

void AgreeTextAndOther(ClientContext& context, BoundExpression& text, BoundExpression& other) {
  const LogicalType type = other->return_type;
  if (IsMoment(type)) {
    text = TextAsMoment(context, std::move(text), type);
    const LogicalType common = MomentType(text->return_type, type);
    text = Cast(context, std::move(text), common);
    other = Cast(context, std::move(other), common);
    return;
  }
  if (IsInteger(type) || IsDecimal(type)) {
    if (BoundExpression constant = TryConstantAs(context, *text, type)) {
      // '1.5' would be rounded on the way to an integer; only what reads back the same may stand
      // for itself.
      const auto back = TryConstantAs(context, *constant, LogicalType::DOUBLE);
      const auto straight = TryConstantAs(context, *text, LogicalType::DOUBLE);
      if (back && straight && back->Equals(*straight)) {
        text = std::move(constant);
        return;
      }
    }
  }
  if (IsNumber(type)) {
    text = Cast(context, std::move(text), LogicalType::DOUBLE, true);
    other = Cast(context, std::move(other), LogicalType::DOUBLE);
    return;
  }
  other = StarRocksCast(context, std::move(other), LogicalType::VARCHAR);
}

Operands Agree(ClientContext& context, BoundExpression left, BoundExpression right) {
  const LogicalType l = left->return_type;
  const LogicalType r = right->return_type;
  if (l == r) return {std::move(left), std::move(right)};
  if (l.id() == LogicalTypeId::SQLNULL)
    return {Cast(context, std::move(left), r), std::move(right)};
  if (r.id() == LogicalTypeId::SQLNULL) {
    BoundExpression null = Cast(context, std::move(right), l);
    return {std::move(left), std::move(null)};
  }
  if (IsText(l) && !IsText(r)) {
    AgreeTextAndOther(context, left, right);
    return {std::move(left), std::move(right)};
  }
  if (IsText(r) && !IsText(l)) {
    AgreeTextAndOther(context, right, left);
    return {std::move(left), std::move(right)};
  }
  if (IsMoment(l) && IsMoment(r)) {
    const LogicalType common = MomentType(l, r);
    return {Cast(context, std::move(left), common), Cast(context, std::move(right), common)};
  }
  if (IsMoment(l) && IsNumber(r)) right = StarRocksCast(context, std::move(right), l);
  if (IsMoment(r) && IsNumber(l)) left = StarRocksCast(context, std::move(left), r);
  if (IsNumber(l) && IsNumber(r) && (IsInteger(l) || IsInteger(r)) && l.id() != r.id()) {
    // An integer constant in the column's own type keeps bounds usable.
    if (BoundExpression constant = TryConstantAs(context, *right, l)) {
      if (IsInteger(l) && IsInteger(r)) return {std::move(left), std::move(constant)};
    }
    if (BoundExpression constant = TryConstantAs(context, *left, r)) {
      if (IsInteger(l) && IsInteger(r)) return {std::move(constant), std::move(right)};
    }
  }
  LogicalType common;
  if (!LogicalType::TryGetMaxLogicalType(context, left->return_type, right->return_type, common)) {
    RaiseAnalysis("Cannot compare " + ColumnTypeText(l) + " with " + ColumnTypeText(r));
  }
  return {Cast(context, std::move(left), common), Cast(context, std::move(right), common)};
}

template <ExpressionType kType>
BoundExpression Compare(ClientContext& context, BoundExpressions& arguments) {
  if (arguments.size() != 2) RaiseAnalysis("A comparison takes two operands");
  Operands operands = Agree(context, std::move(arguments[0]), std::move(arguments[1]));
  return duckdb::make_uniq<duckdb::BoundComparisonExpression>(kType, std::move(operands.left),
                                                              std::move(operands.right));
}

/// x IN (…): one IN when all items agree on a type with x, else a chain of ORs.
BoundExpression In(ClientContext& context, BoundExpressions& arguments) {
  // A subquery cannot be copied; with one item nothing need be.
  if (arguments.size() == 2) return Compare<ExpressionType::COMPARE_EQUAL>(context, arguments);
  BoundExpressions compared;
  BoundExpression subject;
  bool same = true;
  BoundExpressions items;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    Operands operands = Agree(context, arguments[0]->Copy(), std::move(arguments[i]));
    if (subject == nullptr) subject = operands.left->Copy();
    same = same && subject->Equals(*operands.left) &&
           operands.right->return_type == subject->return_type;
    items.push_back(operands.right->Copy());
    compared.push_back(duckdb::make_uniq<duckdb::BoundComparisonExpression>(
        ExpressionType::COMPARE_EQUAL, std::move(operands.left), std::move(operands.right)));
  }
  if (same && items.size() > 1) {
    auto in = duckdb::make_uniq<duckdb::BoundOperatorExpression>(ExpressionType::COMPARE_IN,
                                                                 LogicalType::BOOLEAN);
    in->children.push_back(std::move(subject));
    for (BoundExpression& item : items) in->children.push_back(std::move(item));
    return in;
  }
  BoundExpression all = std::move(compared.at(0));
  for (std::size_t i = 1; i < compared.size(); ++i) {
    all = duckdb::make_uniq<duckdb::BoundConjunctionExpression>(
        ExpressionType::CONJUNCTION_OR, std::move(all), std::move(compared[i]));
  }
  return all;
}

// ---- choices ----

BoundExpression AsCondition(ClientContext& context, BoundExpression expression) {
  if (IsText(expression->return_type)) {
    expression = Cast(context, std::move(expression), LogicalType::DOUBLE, true);
  }
  return Cast(context, std::move(expression), LogicalType::BOOLEAN);
}

/// (condition, value, condition, value, …, otherwise)
BoundExpression Case(ClientContext& context, BoundExpressions& arguments) {
  if (arguments.size() % 2 == 0) RaiseAnalysis("CASE needs a value after each condition");
  BoundExpressions values;
  for (std::size_t i = 1; i < arguments.size(); i += 2) values.push_back(std::move(arguments[i]));
  values.push_back(std::move(arguments.back()));
  const LogicalType type = CommonType(context, values);
  auto result = duckdb::make_uniq<duckdb::BoundCaseExpression>(type);
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    duckdb::BoundCaseCheck check;
    check.when_expr = AsCondition(context, std::move(arguments[i]));
    check.then_expr = StarRocksCast(context, std::move(values[i / 2]), type);
    result->case_checks.push_back(std::move(check));
  }
  result->else_expr = StarRocksCast(context, std::move(values.back()), type);
  return result;
}

BoundExpression Coalesce(ClientContext& context, BoundExpressions& arguments) {
  if (arguments.empty()) RaiseAnalysis("COALESCE needs an argument");
  const LogicalType type = CommonType(context, arguments);
  auto result =
      duckdb::make_uniq<duckdb::BoundOperatorExpression>(ExpressionType::OPERATOR_COALESCE, type);
  for (BoundExpression& argument : arguments) {
    result->children.push_back(StarRocksCast(context, std::move(argument), type));
  }
  return result;
}

/// greatest and least answer NULL when any argument is.
BoundExpression Extreme(ClientContext& context, const char* name, BoundExpressions& arguments) {
  if (arguments.empty()) RaiseAnalysis(std::string(name) + " needs an argument");
  const LogicalType type = CommonType(context, arguments);
  auto any_null =
      duckdb::make_uniq<duckdb::BoundConjunctionExpression>(ExpressionType::CONJUNCTION_OR);
  BoundExpressions values;
  for (BoundExpression& argument : arguments) {
    auto is_null = duckdb::make_uniq<duckdb::BoundOperatorExpression>(
        ExpressionType::OPERATOR_IS_NULL, LogicalType::BOOLEAN);
    is_null->children.push_back(argument->Copy());
    any_null->children.push_back(std::move(is_null));
    values.push_back(StarRocksCast(context, std::move(argument), type));
  }
  if (values.size() == 1) return std::move(values[0]);
  auto result = duckdb::make_uniq<duckdb::BoundCaseExpression>(type);
  duckdb::BoundCaseCheck check;
  check.when_expr = std::move(any_null);
  check.then_expr = Constant(duckdb::Value(type));
  result->case_checks.push_back(std::move(check));
  result->else_expr = Call(context, name, std::move(values));
  return result;
}
BoundExpression Greatest(ClientContext& context, BoundExpressions& arguments) {
  return Extreme(context, "greatest", arguments);
}
BoundExpression Least(ClientContext& context, BoundExpressions& arguments) {
  return Extreme(context, "least", arguments);
}

BoundExpression Condition(ClientContext& context, BoundExpressions& arguments) {
  return AsCondition(context, std::move(arguments.at(0)));
}

/// abs of the smallest integer does not fit its own type.
BoundExpression Absolute(ClientContext& context, BoundExpressions& arguments) {
  BoundExpression number = AsNumber(context, std::move(arguments.at(0)));
  if (IsInteger(number->return_type)) {
    const LogicalType wide = Wider(number->return_type);
    number = Cast(context, std::move(number), wide);
  }
  return Call(context, "abs", std::move(number));
}

/// a[i] and m[k] and element_at: NULL where there is nothing.
BoundExpression Element(ClientContext& context, BoundExpressions& arguments) {
  if (arguments.size() != 2) RaiseAnalysis("A subscript takes a collection and an index");
  if (arguments[0]->return_type.id() == LogicalTypeId::MAP) {
    const LogicalType key = duckdb::MapType::KeyType(arguments[0]->return_type);
    arguments[1] = StarRocksCast(context, std::move(arguments[1]), key);
    return Call(context, "map_extract_value", std::move(arguments));
  }
  if (arguments[0]->return_type.id() != LogicalTypeId::LIST) {
    RaiseAnalysis("A subscript needs an array or a map, not " +
                  ColumnTypeText(arguments[0]->return_type));
  }
  arguments[1] = Cast(context, std::move(arguments[1]), LogicalType::BIGINT);
  return Call(context, "list_extract", std::move(arguments));
}

/// How many entries a collection has.
BoundExpression Cardinality(ClientContext& context, BoundExpressions& arguments) {
  const bool map = arguments.at(0)->return_type.id() == LogicalTypeId::MAP;
  BoundExpression count = Call(context, map ? "cardinality" : "len", std::move(arguments[0]));
  return Cast(context, std::move(count), LogicalType::INTEGER, true);
}

BoundExpression Array(ClientContext& context, BoundExpressions& arguments) {
  const LogicalType type = CommonType(context, arguments);
  for (BoundExpression& argument : arguments) {
    argument = StarRocksCast(context, std::move(argument), type);
  }
  return Call(context, "list_value", std::move(arguments));
}

BoundExpression Number(ClientContext& context, BoundExpressions& arguments) {
  return AsNumber(context, std::move(arguments.at(0)));
}

template <Hook kHook>
void AddHook(duckdb::ExtensionLoader& loader, const char* name) {
  RegisterHook(loader, name, RunHook<kHook>);
}

int64_t ShiftLeft(int64_t value, int64_t count) {
  if (count < 0 || count > 63) return 0;
  return static_cast<int64_t>(static_cast<uint64_t>(value) << count);
}
int64_t ShiftRight(int64_t value, int64_t count) {
  if (count < 0 || count > 63) return value < 0 ? -1 : 0;
  return value >> count;
}
int64_t ShiftRightLogical(int64_t value, int64_t count) {
  if (count < 0 || count > 63) return 0;
  return static_cast<int64_t>(static_cast<uint64_t>(value) >> count);
}

template <int64_t (*kFunction)(int64_t, int64_t)>
void RunOnIntegers(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  duckdb::BinaryExecutor::Execute<int64_t, int64_t, int64_t>(arguments.data[0], arguments.data[1],
                                                             result, arguments.size(), kFunction);
}

template <int64_t (*kFunction)(int64_t, int64_t)>
void AddIntegerFunction(duckdb::ExtensionLoader& loader, const char* name) {
  loader.RegisterFunction(duckdb::ScalarFunction(name, {LogicalType::BIGINT, LogicalType::BIGINT},
                                                 LogicalType::BIGINT, RunOnIntegers<kFunction>));
}

}  // namespace

void RegisterOperators(duckdb::ExtensionLoader& loader) {
  AddHook<Add>(loader, "sr_add");
  AddHook<Subtract>(loader, "sr_subtract");
  AddHook<Multiply>(loader, "sr_multiply");
  AddHook<Divide>(loader, "sr_divide");
  AddHook<IntegerDivide>(loader, "sr_int_divide");
  AddHook<Modulo>(loader, "sr_modulo");
  AddHook<Negate>(loader, "sr_negate");
  AddHook<Absolute>(loader, "sr_abs");
  AddHook<SumArgument>(loader, "sr_sum_argument");
  AddHook<SumResult>(loader, "sr_sum_result");
  AddHook<AverageResult>(loader, "sr_average_result");
  AddHook<Compare<ExpressionType::COMPARE_EQUAL>>(loader, "sr_equal");
  AddHook<Compare<ExpressionType::COMPARE_NOTEQUAL>>(loader, "sr_not_equal");
  AddHook<Compare<ExpressionType::COMPARE_LESSTHAN>>(loader, "sr_less");
  AddHook<Compare<ExpressionType::COMPARE_LESSTHANOREQUALTO>>(loader, "sr_less_equal");
  AddHook<Compare<ExpressionType::COMPARE_GREATERTHAN>>(loader, "sr_greater");
  AddHook<Compare<ExpressionType::COMPARE_GREATERTHANOREQUALTO>>(loader, "sr_greater_equal");
  AddHook<Compare<ExpressionType::COMPARE_NOT_DISTINCT_FROM>>(loader, "sr_null_safe_equal");
  AddHook<In>(loader, "sr_in");
  AddHook<Case>(loader, "sr_case");
  AddHook<Coalesce>(loader, "sr_coalesce");
  AddHook<Greatest>(loader, "sr_greatest");
  AddHook<Least>(loader, "sr_least");
  AddHook<Condition>(loader, "sr_condition");
  AddHook<Element>(loader, "sr_element");
  AddHook<Cardinality>(loader, "sr_cardinality");
  AddHook<Array>(loader, "sr_array");
  AddHook<Number>(loader, "sr_number");
  AddIntegerFunction<ShiftLeft>(loader, "sr_shift_left");
  AddIntegerFunction<ShiftRight>(loader, "sr_shift_right");
  AddIntegerFunction<ShiftRightLogical>(loader, "sr_shift_right_logical");

  duckdb::ScalarFunction divide("sr_decimal_divide",
                                {LogicalType::ANY, LogicalType::ANY, LogicalType::ANY},
                                LogicalType::ANY, DecimalDivide, BindDecimalDivide);
  divide.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  loader.RegisterFunction(divide);
}

}  // namespace firn::duck
