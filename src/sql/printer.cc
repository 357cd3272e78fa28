#include "sql/printer.h"

#include <fmt/format.h>

#include "sql/keyword.h"
#include "sql/lexer.h"
#include "sql/printer_internal.h"

namespace firn::sql {
namespace {

// How tightly a printed node holds together: the parser's powers, see parser_expression.cc.
constexpr int kLambdaPower = 0;
constexpr int kNotPower = 4;
constexpr int kComparisonPower = 5;
constexpr int kPredicatePower = 6;
constexpr int kUnaryPower = 16;
constexpr int kPostfixPower = 17;
constexpr int kPrimaryPower = 18;

constexpr size_t kColumnPartsMax = 4;  // More are fields.

int PowerOf(BinaryOperator op, const PrintOptions& options) {
  switch (op) {
    case BinaryOperator::kEqual:
    case BinaryOperator::kNotEqual:
    case BinaryOperator::kLess:
    case BinaryOperator::kLessEqual:
    case BinaryOperator::kGreater:
    case BinaryOperator::kGreaterEqual:
    case BinaryOperator::kNullSafeEqual: return kComparisonPower;
    case BinaryOperator::kMatch:
    case BinaryOperator::kMatchAny:
    case BinaryOperator::kMatchAll: return kPredicatePower;
    case BinaryOperator::kShiftRightLogical: return 7;
    case BinaryOperator::kShiftRight: return 8;
    case BinaryOperator::kShiftLeft: return 9;
    case BinaryOperator::kBitOr: return 10;
    case BinaryOperator::kBitAnd: return 11;
    case BinaryOperator::kAdd:
    case BinaryOperator::kSubtract: return 12;
    case BinaryOperator::kMultiply:
    case BinaryOperator::kDivide:
    case BinaryOperator::kIntegerDivide:
    case BinaryOperator::kModulo: return 13;
    case BinaryOperator::kBitXor: return 14;
    case BinaryOperator::kConcat: return options.pipes_as_concat ? 15 : kPrimaryPower;
    case BinaryOperator::kJsonArrow: return kPostfixPower;
  }
  return 0;
}

int PowerOf(LogicalOperator op) {
  switch (op) {
    case LogicalOperator::kOr: return 1;
    case LogicalOperator::kXor: return 2;
    case LogicalOperator::kAnd: return 3;
  }
  return 0;
}

const char* LogicalName(LogicalOperator op) {
  switch (op) {
    case LogicalOperator::kOr: return " OR ";
    case LogicalOperator::kXor: return " XOR ";
    case LogicalOperator::kAnd: return " AND ";
  }
  return "";
}

int PowerOf(const Expression& e, const PrintOptions& options) {
  switch (e.kind) {
    case ExpressionKind::kLambda: return kLambdaPower;
    case ExpressionKind::kLogical: return PowerOf(As<LogicalExpression>(e).op);
    case ExpressionKind::kIs: return kComparisonPower;
    case ExpressionKind::kBinary: return PowerOf(As<BinaryExpression>(e).op, options);
    case ExpressionKind::kBetween:
    case ExpressionKind::kInList:
    case ExpressionKind::kInSubquery:
    case ExpressionKind::kLike: return kPredicatePower;
    case ExpressionKind::kUnary:
      switch (As<UnaryExpression>(e).op) {
        case UnaryOperator::kNot: return kNotPower;
        case UnaryOperator::kBinary: return kComparisonPower;
        default: return kUnaryPower;
      }
    case ExpressionKind::kLiteral: {
      const std::string& text = As<LiteralExpression>(e).value.text;
      const LiteralKind kind = As<LiteralExpression>(e).value.kind;
      const bool number = kind == LiteralKind::kInteger || kind == LiteralKind::kDecimal ||
                          kind == LiteralKind::kDouble;
      return number && text.starts_with('-') ? kUnaryPower : kPrimaryPower;
    }
    case ExpressionKind::kSubscript:
    case ExpressionKind::kSlice:
    case ExpressionKind::kField:
    case ExpressionKind::kCollate: return kPostfixPower;
    default: return kPrimaryPower;
  }
}

// Names that would read as something else in some place of an expression or a FROM clause.
bool NeedsQuotes(Keyword keyword) {
  switch (keyword) {
    case Keyword::kArray:
    case Keyword::kBinary:
    case Keyword::kCast:
    case Keyword::kCurrentGroup:
    case Keyword::kCurrentRole:
    case Keyword::kCurrentWarehouse:
    case Keyword::kDate:
    case Keyword::kDatetime:
    case Keyword::kEscape:
    case Keyword::kExcept:
    case Keyword::kExclude:
    case Keyword::kExtract:
    case Keyword::kFiles:
    case Keyword::kFilter:
    case Keyword::kIndex:
    case Keyword::kInterval:
    case Keyword::kMap:
    case Keyword::kMatch:
    case Keyword::kMatchAll:
    case Keyword::kMatchAny:
    case Keyword::kMinus:
    case Keyword::kOffset:
    case Keyword::kPivot:
    case Keyword::kQualify:
    case Keyword::kRecursive:
    case Keyword::kSample:
    case Keyword::kSystemTime:
    case Keyword::kTablet:
    case Keyword::kTablets:
    case Keyword::kTimestamp:
    case Keyword::kTryCast:
    case Keyword::kVersion: return true;
    default: return IsReserved(keyword);
  }
}

bool IsPlainName(std::string_view name) {
  if (name.empty() || IsDigit(name.front())) return false;
  for (const char c : name) {
    if (!IsNameByte(c)) return false;
  }
  return name.find("\xE3\x80\x80") == std::string_view::npos;
}

std::string Backticked(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) {
    if (c == '`') quoted += '`';
    quoted += c;
  }
  quoted += '`';
  return quoted;
}

}  // namespace

// ---- the face ----

std::string Print(const Expression& expression, const PrintOptions& options) {
  Printer printer(options);
  printer.PrintExpression(expression);
  return std::move(printer).Take();
}

std::string Print(const Query& query, const PrintOptions& options) {
  Printer printer(options);
  printer.PrintQuery(query);
  return std::move(printer).Take();
}

std::string Print(const Statement& statement, const PrintOptions& options) {
  Printer printer(options);
  printer.PrintStatement(statement);
  return std::move(printer).Take();
}

std::string Print(const TypeName& type) {
  Printer printer({});
  printer.PrintType(type);
  return std::move(printer).Take();
}

std::string Print(const ObjectName& name) {
  Printer printer({});
  printer.PrintName(name);
  return std::move(printer).Take();
}

std::string Print(const Literal& literal) {
  Printer printer({});
  printer.PrintLiteral(literal);
  return std::move(printer).Take();
}

std::string QuoteIdentifier(std::string_view identifier) {
  if (IsPlainName(identifier) && !NeedsQuotes(FindKeyword(identifier)))
    return std::string(identifier);
  return Backticked(identifier);
}

std::string QuoteString(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    switch (c) {
      case '\'': quoted += "''"; break;
      case '\\': quoted += "\\\\"; break;
      case '\0': quoted += "\\0"; break;
      case '\n': quoted += "\\n"; break;
      case '\r': quoted += "\\r"; break;
      case '\x1A': quoted += "\\Z"; break;
      default: quoted += c;
    }
  }
  quoted += '\'';
  return quoted;
}

// ---- small parts ----

void Printer::WriteNames(const std::vector<std::string>& names) {
  WriteList(names, [&](const std::string& name) { WriteName(name); });
}

void Printer::WriteNameList(const std::vector<std::string>& names) {
  Write("(");
  WriteNames(names);
  Write(")");
}

void Printer::WriteExpressions(const std::vector<ExpressionPtr>& items) {
  WriteList(items, [&](const ExpressionPtr& item) { PrintExpression(*item); });
}

void Printer::WriteOptional(std::string_view keyword, const ExpressionPtr& expression) {
  if (expression == nullptr) return;
  Write(keyword);
  PrintExpression(*expression);
}

void Printer::WriteOrder(const std::vector<OrderItem>& items) {
  WriteList(items, [&](const OrderItem& item) {
    PrintExpression(*item.expression);
    WriteDirection(item);
  });
}

void Printer::WriteDirection(const OrderItem& item) {
  if (item.descending) Write(" DESC");
  if (item.nulls_first) Write(*item.nulls_first ? " NULLS FIRST" : " NULLS LAST");
}

void Printer::PrintName(const ObjectName& name) {
  WriteList(name.parts, [&](const std::string& part) { WriteName(part); }, ".");
}

void Printer::PrintLiteral(const Literal& literal) {
  switch (literal.kind) {
    case LiteralKind::kNull: return Write("NULL");
    case LiteralKind::kDefault: return Write("DEFAULT");
    case LiteralKind::kBoolean: return Write(literal.boolean ? "TRUE" : "FALSE");
    case LiteralKind::kInteger:
    case LiteralKind::kDecimal:
    case LiteralKind::kDouble: return Write(literal.text);
    case LiteralKind::kString: return WriteString(literal.text);
    case LiteralKind::kBinary:
      Write("X'");
      for (const char c : literal.text)
        out_ += fmt::format("{:02X}", static_cast<unsigned char>(c));
      return Write("'");
    case LiteralKind::kDate: Write("DATE "); return WriteString(literal.text);
    case LiteralKind::kDateTime: Write("DATETIME "); return WriteString(literal.text);
  }
}

void Printer::PrintType(const TypeName& type) {
  switch (type.kind) {
    case TypeKind::kArray:
    case TypeKind::kMap:
      Write(TypeKindName(type.kind));
      Write("<");
      WriteList(type.elements, [&](const TypeName& element) { PrintType(element); });
      return Write(">");
    case TypeKind::kStruct:
      Write("STRUCT<");
      for (size_t i = 0; i < type.elements.size(); ++i) {
        if (i > 0) Write(", ");
        WriteName(type.field_names[i]);
        Write(" ");
        PrintType(type.elements[i]);
        if (!type.field_comments[i].empty()) {
          Write(" COMMENT ");
          WriteString(type.field_comments[i]);
        }
      }
      return Write(">");
    case TypeKind::kDecimal:
      Write(type.word);
      if (type.precision) out_ += fmt::format("({}, {})", *type.precision, type.scale.value_or(0));
      return;
    default:
      Write(type.word);
      if (type.length) out_ += fmt::format("({})", *type.length);
  }
}

// ---- expressions ----

void Printer::PrintExpression(const Expression& e, int power_min) {
  const bool wrap = PowerOf(e, options_) < power_min;
  if (wrap) Write("(");
  PrintBare(e);
  if (wrap) Write(")");
}

void Printer::PrintBare(const Expression& e) {
  switch (e.kind) {
    case ExpressionKind::kUnary: return PrintUnary(As<UnaryExpression>(e));
    case ExpressionKind::kBinary: return PrintBinary(As<BinaryExpression>(e));
    case ExpressionKind::kLogical: {
      const auto& node = As<LogicalExpression>(e);
      const int power = PowerOf(node.op);
      return WriteList(
          node.operands,
          [&](const ExpressionPtr& operand) { PrintExpression(*operand, power + 1); },
          LogicalName(node.op));
    }
    case ExpressionKind::kBetween: {
      const auto& node = As<BetweenExpression>(e);
      PrintExpression(*node.operand, kPredicatePower);
      Write(node.negated ? " NOT BETWEEN " : " BETWEEN ");
      PrintExpression(*node.low, kPredicatePower + 1);
      Write(" AND ");
      return PrintExpression(*node.high, kPredicatePower + 1);
    }
    case ExpressionKind::kInList: {
      const auto& node = As<InListExpression>(e);
      PrintExpression(*node.operand, kPredicatePower);
      Write(node.negated ? " NOT IN (" : " IN (");
      WriteExpressions(node.items);
      return Write(")");
    }
    case ExpressionKind::kInSubquery: {
      const auto& node = As<InSubqueryExpression>(e);
      PrintExpression(*node.operand, kPredicatePower);
      Write(node.negated ? " NOT IN (" : " IN (");
      PrintQuery(*node.query);
      return Write(")");
    }
    case ExpressionKind::kLike: {
      const auto& node = As<LikeExpression>(e);
      PrintExpression(*node.operand, kPredicatePower);
      if (node.negated) Write(" NOT");
      Write(node.like_kind == LikeKind::kLike ? " LIKE " : " REGEXP ");
      PrintExpression(*node.pattern, kPredicatePower + 1);
      if (node.escape == nullptr) return;
      Write(" ESCAPE ");
      return PrintExpression(*node.escape, kPredicatePower + 1);
    }
    case ExpressionKind::kIs: {
      const auto& node = As<IsExpression>(e);
      PrintExpression(*node.operand, kComparisonPower);
      Write(node.negated ? " IS NOT " : " IS ");
      return Write(node.test == IsTest::kNull   ? "NULL"
                   : node.test == IsTest::kTrue ? "TRUE"
                                                : "FALSE");
    }
    default: return PrintPrimary(e);
  }
}

void Printer::PrintPrimary(const Expression& e) {
  switch (e.kind) {
    case ExpressionKind::kLiteral: return PrintLiteral(As<LiteralExpression>(e).value);
    case ExpressionKind::kInterval: return PrintInterval(As<IntervalExpression>(e));
    case ExpressionKind::kTimeUnit: return Write(TimeUnitName(As<TimeUnitExpression>(e).unit));
    case ExpressionKind::kDefault: return Write("DEFAULT");
    case ExpressionKind::kColumnRef:
      return WriteList(
          As<ColumnRefExpression>(e).parts, [&](const std::string& part) { WriteName(part); }, ".");
    case ExpressionKind::kStar: {
      const auto& node = As<StarExpression>(e);
      for (const std::string& part : node.qualifier) {
        WriteName(part);
        Write(".");
      }
      Write("*");
      if (node.excluded.empty()) return;
      Write(" EXCLUDE ");
      return WriteNameList(node.excluded);
    }
    case ExpressionKind::kParameter: return Write("?");
    case ExpressionKind::kUserVariable:
      Write("@");
      return WriteName(As<UserVariableExpression>(e).name);
    case ExpressionKind::kSystemVariable:
      Write("@@");
      PrintScope(As<SystemVariableExpression>(e).scope);
      return WriteName(As<SystemVariableExpression>(e).name);
    case ExpressionKind::kCase: return PrintCase(As<CaseExpression>(e));
    case ExpressionKind::kCast:
      Write(As<CastExpression>(e).is_try ? "TRY_CAST(" : "CAST(");
      PrintExpression(*As<CastExpression>(e).operand);
      Write(" AS ");
      PrintType(As<CastExpression>(e).type);
      return Write(")");
    case ExpressionKind::kExtract:
      Write("EXTRACT(");
      Write(TimeUnitName(As<ExtractExpression>(e).unit));
      Write(" FROM ");
      PrintExpression(*As<ExtractExpression>(e).operand);
      return Write(")");
    case ExpressionKind::kFunctionCall: return PrintCall(As<FunctionCallExpression>(e));
    case ExpressionKind::kSubquery:
      Write("(");
      PrintQuery(*As<SubqueryExpression>(e).query);
      return Write(")");
    case ExpressionKind::kExists:
      Write("EXISTS (");
      PrintQuery(*As<ExistsExpression>(e).query);
      return Write(")");
    case ExpressionKind::kRow:
      Write("(");
      WriteExpressions(As<RowExpression>(e).items);
      return Write(")");
    case ExpressionKind::kArray:
      if (As<ArrayExpression>(e).type) PrintType(*As<ArrayExpression>(e).type);
      Write("[");
      WriteExpressions(As<ArrayExpression>(e).items);
      return Write("]");
    case ExpressionKind::kMap: return PrintMap(As<MapExpression>(e));
    case ExpressionKind::kSubscript:
      PrintExpression(*As<SubscriptExpression>(e).operand, kPostfixPower);
      Write("[");
      PrintExpression(*As<SubscriptExpression>(e).index);
      return Write("]");
    case ExpressionKind::kSlice: return PrintSlice(As<SliceExpression>(e));
    case ExpressionKind::kField: {
      const auto& node = As<FieldExpression>(e);
      // `1.a` would read as a number, and `(t).a`, a field, as a column of t.
      const auto* column = AsIf<ColumnRefExpression>(*node.operand);
      const bool wrap = node.operand->kind == ExpressionKind::kLiteral ||
                        (column != nullptr && column->parts.size() < kColumnPartsMax);
      PrintExpression(*node.operand, wrap ? kPrimaryPower + 1 : kPostfixPower);
      Write(".");
      return WriteName(node.field);
    }
    case ExpressionKind::kLambda:
      // In parentheses always: `x -> 'a'` would read as a JSON path.
      WriteNameList(As<LambdaExpression>(e).parameters);
      Write(" -> ");
      return PrintExpression(*As<LambdaExpression>(e).body);
    case ExpressionKind::kCollate:
      PrintExpression(*As<CollateExpression>(e).operand, kPostfixPower);
      Write(" COLLATE ");
      return WriteName(As<CollateExpression>(e).collation);
    default: return;  // Printed by PrintBare.
  }
}

void Printer::PrintUnary(const UnaryExpression& e) {
  switch (e.op) {
    case UnaryOperator::kNot: Write("NOT "); return PrintExpression(*e.operand, kNotPower);
    case UnaryOperator::kBinary:
      Write("BINARY ");
      return PrintExpression(*e.operand, kComparisonPower);
    case UnaryOperator::kPlus: Write("+"); break;
    case UnaryOperator::kMinus: Write("-"); break;
    case UnaryOperator::kBitNot: Write("~"); break;
  }
  // `-5` would read as a number, `--` as a comment, hence parentheses around numbers and further
  // signs.
  const bool wrap =
      e.operand->kind == ExpressionKind::kLiteral || e.operand->kind == ExpressionKind::kUnary;
  PrintExpression(*e.operand, wrap ? kPrimaryPower + 1 : kUnaryPower);
}

void Printer::PrintBinary(const BinaryExpression& e) {
  if (e.op == BinaryOperator::kConcat && !options_.pipes_as_concat) {
    Write("concat(");
    PrintExpression(*e.left);
    Write(", ");
    PrintExpression(*e.right);
    return Write(")");
  }
  const int power = PowerOf(e.op, options_);
  PrintExpression(*e.left, power);
  Write(" ");
  Write(BinaryOperatorName(e.op));
  Write(" ");
  PrintExpression(*e.right, power + 1);
}

void Printer::PrintInterval(const IntervalExpression& e) {
  const ExpressionKind kind = e.value->kind;
  const auto* literal = AsIf<LiteralExpression>(*e.value);
  const bool number_or_string =
      literal != nullptr &&
      (literal->value.kind == LiteralKind::kInteger ||
       literal->value.kind == LiteralKind::kDecimal || literal->value.kind == LiteralKind::kString);
  const bool plain = number_or_string || kind == ExpressionKind::kColumnRef ||
                     kind == ExpressionKind::kParameter || kind == ExpressionKind::kUserVariable;
  Write("INTERVAL ");
  PrintExpression(*e.value, plain ? 0 : kPrimaryPower + 1);
  Write(" ");
  Write(TimeUnitName(e.unit));
}

void Printer::PrintCase(const CaseExpression& e) {
  Write("CASE");
  WriteOptional(" ", e.operand);
  for (const CaseBranch& branch : e.branches) {
    WriteOptional(" WHEN ", branch.when);
    WriteOptional(" THEN ", branch.then);
  }
  WriteOptional(" ELSE ", e.otherwise);
  Write(" END");
}

void Printer::PrintFunctionName(const std::vector<std::string>& name) {
  for (size_t i = 0; i + 1 < name.size(); ++i) {
    WriteName(name[i]);
    Write(".");
  }
  const Keyword keyword = FindKeyword(name.back());
  const bool special = keyword == Keyword::kCast || keyword == Keyword::kTryCast ||
                       keyword == Keyword::kExtract || keyword == Keyword::kInterval ||
                       (IsReserved(keyword) && !IsCallable(keyword));
  if (IsPlainName(name.back()) && !special) return Write(name.back());
  Write(Backticked(name.back()));
}

void Printer::PrintCall(const FunctionCallExpression& e) {
  PrintFunctionName(e.name);
  Write(e.distinct ? "(DISTINCT " : "(");
  for (size_t i = 0; i < e.arguments.size(); ++i) {
    if (i > 0) Write(", ");
    if (!e.argument_names.empty()) {
      WriteName(e.argument_names[i]);
      Write(" => ");
    }
    PrintExpression(*e.arguments[i]);
  }
  if (!e.order_by.empty()) {
    Write(" ORDER BY ");
    WriteOrder(e.order_by);
  }
  WriteOptional(" SEPARATOR ", e.separator);
  Write(")");
  if (e.ignore_nulls) Write(" IGNORE NULLS");
  if (e.filter != nullptr) {
    WriteOptional(" FILTER (WHERE ", e.filter);
    Write(")");
  }
  if (e.over != nullptr) PrintWindow(*e.over);
}

void Printer::PrintWindow(const WindowSpec& window) {
  Write(" OVER (");
  std::string_view separator;
  if (!window.partition_by.empty()) {
    Write("PARTITION BY ");
    WriteExpressions(window.partition_by);
    separator = " ";
  }
  if (!window.order_by.empty()) {
    Write(separator);
    Write("ORDER BY ");
    WriteOrder(window.order_by);
    separator = " ";
  }
  if (window.frame) {
    Write(separator);
    Write(window.frame->unit == FrameUnit::kRows ? "ROWS BETWEEN " : "RANGE BETWEEN ");
    PrintFrameBound(window.frame->start);
    Write(" AND ");
    PrintFrameBound(window.frame->end);
  }
  Write(")");
}

void Printer::PrintFrameBound(const FrameBound& bound) {
  switch (bound.kind) {
    case FrameBoundKind::kUnboundedPreceding: return Write("UNBOUNDED PRECEDING");
    case FrameBoundKind::kUnboundedFollowing: return Write("UNBOUNDED FOLLOWING");
    case FrameBoundKind::kCurrentRow: return Write("CURRENT ROW");
    case FrameBoundKind::kPreceding:
      PrintExpression(*bound.offset, kComparisonPower);
      return Write(" PRECEDING");
    case FrameBoundKind::kFollowing:
      PrintExpression(*bound.offset, kComparisonPower);
      return Write(" FOLLOWING");
  }
}

void Printer::PrintMap(const MapExpression& e) {
  if (e.type) {
    PrintType(*e.type);
  } else {
    Write("map");
  }
  Write("{");
  WriteList(e.entries, [&](const MapEntry& entry) {
    PrintExpression(*entry.key);
    Write(": ");
    PrintExpression(*entry.value);
  });
  Write("}");
}

void Printer::PrintSlice(const SliceExpression& e) {
  PrintExpression(*e.operand, kPostfixPower);
  Write("[");
  WriteOptional("", e.first);
  Write(":");
  WriteOptional("", e.last);
  Write("]");
}

}  // namespace firn::sql
