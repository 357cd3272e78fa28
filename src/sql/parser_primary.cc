#include "sql/parser_internal.h"

/// Expressions that begin with themselves: literals, parentheses, constructors, CASE, CAST and
/// their like.

namespace firn::sql {

Result<ExpressionPtr> Parser::ParsePrimary() {
  const Position where = position();
  switch (current_.kind) {
    case TokenKind::kInteger:
    case TokenKind::kDecimal:
    case TokenKind::kDouble: return ParseNumber(false);
    case TokenKind::kString: return ParseTextLiteral(LiteralKind::kString);
    case TokenKind::kBinary: return ParseTextLiteral(LiteralKind::kBinary);
    case TokenKind::kWord: return ParseWordPrimary();
    case TokenKind::kQuotedName: return ParseColumnOrCall();
    case TokenKind::kEnd:
    case TokenKind::kInvalid: break;
    case TokenKind::kSymbol:
      switch (current_.symbol) {
        case Symbol::kLeftParen: return ParseParenthesis();
        case Symbol::kLeftBracket: return ParseArray(std::nullopt, where);
        case Symbol::kLeftBrace: return ParseBraceCall();
        case Symbol::kAt: return ParseVariable();
        case Symbol::kQuestion: return ParseParameter();
        case Symbol::kStar:
          if (where.offset_bytes == star_offset_) return ParseStar({}, where);
          break;
        default: break;
      }
      break;
  }
  expected_.AddExpression();
  return Fail();
}

Result<ExpressionPtr> Parser::ParseWordPrimary() {
  if (current_.keyword != Keyword::kNotAKeyword) {
    std::optional<Result<ExpressionPtr>> special = ParseKeywordPrimary();
    if (special) return std::move(*special);
  }
  return ParseColumnOrCall();
}

// Words that begin a form of their own here; nullopt when the word is a plain name in this place.
std::optional<Result<ExpressionPtr>> Parser::ParseKeywordPrimary() {
  const Token next = Peek();
  const bool call = next.symbol == Symbol::kLeftParen;
  const auto literal = [&](Literal value) -> Result<ExpressionPtr> {
    auto node = std::make_unique<LiteralExpression>();
    node->value = std::move(value);
    const Position where = position();
    Advance();
    return Finish(std::move(node), where);
  };
  switch (current_.keyword) {
    case Keyword::kNull: return literal(Literal::Null());
    case Keyword::kTrue: return literal(Literal::Boolean(true));
    case Keyword::kFalse: return literal(Literal::Boolean(false));
    case Keyword::kDate:
      if (next.kind != TokenKind::kString) return std::nullopt;
      return ParseTextLiteral(LiteralKind::kDate);
    case Keyword::kDatetime:
    case Keyword::kTimestamp:
      if (next.kind != TokenKind::kString) return std::nullopt;
      return ParseTextLiteral(LiteralKind::kDateTime);
    case Keyword::kInterval: {
      const bool value_follows =
          next.kind == TokenKind::kString || next.kind == TokenKind::kInteger ||
          next.kind == TokenKind::kDecimal || next.kind == TokenKind::kQuotedName ||
          next.symbol == Symbol::kMinus || next.symbol == Symbol::kQuestion ||
          next.symbol == Symbol::kAt || call ||
          (next.kind == TokenKind::kWord && !IsReserved(next.keyword));
      if (!value_follows) return std::nullopt;
      return ParseInterval();
    }
    case Keyword::kCase: return ParseCase();
    case Keyword::kCast:
      if (!call) return std::nullopt;
      return ParseCast(false);
    case Keyword::kTryCast:
      if (!call) return std::nullopt;
      return ParseCast(true);
    case Keyword::kConvert: return ParseConvert();
    case Keyword::kExtract:
      if (!call) return std::nullopt;
      return ParseExtract();
    case Keyword::kExists: return ParseExists();
    case Keyword::kArray:
    case Keyword::kMap: {
      const bool constructs = next.symbol == Symbol::kLess || next.symbol == Symbol::kLeftBrace ||
                              (next.symbol == Symbol::kLeftBracket && Is(Keyword::kArray));
      if (!constructs) return std::nullopt;
      return ParseTypedConstructor();
    }
    default: return std::nullopt;
  }
}

Result<ExpressionPtr> Parser::ParseNumber(bool negative) {
  auto node = std::make_unique<LiteralExpression>();
  node->value.kind = current_.kind == TokenKind::kInteger ? LiteralKind::kInteger
                     : current_.kind == TokenKind::kDouble || options_.double_literals
                         ? LiteralKind::kDouble
                         : LiteralKind::kDecimal;
  node->value.text = negative ? "-" : "";
  node->value.text += lexer_.TextOf(current_);
  const Position where = position();
  Advance();
  return Finish(std::move(node), where);
}

// A string, X'…', or DATE '…' and its like.
Result<ExpressionPtr> Parser::ParseTextLiteral(LiteralKind kind) {
  const Position where = position();
  if (kind == LiteralKind::kDate || kind == LiteralKind::kDateTime) Advance();
  auto node = std::make_unique<LiteralExpression>();
  node->value.kind = kind;
  if (kind == LiteralKind::kBinary) {
    std::optional<std::string> bytes = DecodeHex(lexer_.TextOf(current_));
    if (!bytes) return Complain("X'…' takes an even number of hexadecimal digits");
    node->value.text = std::move(*bytes);
    Advance();
  } else {
    FIRN_ASSIGN_OR_RETURN(node->value.text, ParseString());
  }
  return Finish(std::move(node), where);
}

// A lambda, a subquery, a row, or an expression in parentheses.
Result<ExpressionPtr> Parser::ParseParenthesis() {
  const Position where = position();
  if (AtLambdaParameters()) {
    FIRN_ASSIGN_OR_RETURN(std::vector<std::string> parameters, ParseNameList());
    return ParseLambda(std::move(parameters), where);
  }
  if (ParenthesisHoldsQuery()) {
    Advance();
    auto node = std::make_unique<SubqueryExpression>();
    FIRN_ASSIGN_OR_RETURN(node->query, ParseQuery());
    FIRN_TRY(Expect(Symbol::kRightParen));
    return Finish(std::move(node), where);
  }
  Advance();
  FIRN_ASSIGN_OR_RETURN(ExpressionPtr first, ParseExpr());
  if (!At(Symbol::kComma)) {
    FIRN_TRY(Expect(Symbol::kRightParen));
    return first;
  }
  auto node = std::make_unique<RowExpression>();
  node->items.push_back(std::move(first));
  while (Accept(Symbol::kComma)) {
    FIRN_ASSIGN_OR_RETURN(ExpressionPtr item, ParseExpr());
    node->items.push_back(std::move(item));
  }
  FIRN_TRY(Expect(Symbol::kRightParen));
  return Finish(std::move(node), where);
}

// `(a, b) ->`. Scans names and commas only, so that no stretch is looked at more than twice.
bool Parser::AtLambdaParameters() {
  Lexer ahead = lexer_;
  for (;;) {
    const Token name = ahead.Next();
    if (name.kind != TokenKind::kQuotedName &&
        (name.kind != TokenKind::kWord || IsReserved(name.keyword))) {
      return false;
    }
    const Token next = ahead.Next();
    if (next.symbol == Symbol::kRightParen) return ahead.Next().symbol == Symbol::kArrow;
    if (next.symbol != Symbol::kComma) return false;
  }
}

Result<ExpressionPtr> Parser::ParseLambda(std::vector<std::string> parameters, Position where) {
  FIRN_TRY(Expect(Symbol::kArrow));
  auto node = std::make_unique<LambdaExpression>();
  node->parameters = std::move(parameters);
  FIRN_ASSIGN_OR_RETURN(node->body, ParseExpr());
  return Finish(std::move(node), where);
}

// Whether the parenthesis at hand encloses a query rather than an expression or a relation that
// begins with one:
// `((SELECT 1) UNION SELECT 2)` against `((SELECT 1) + 2)`.
bool Parser::ParenthesisHoldsQuery() const {
  Lexer ahead = lexer_;
  std::vector<Lexer> opened;  // After each further parenthesis.
  Token next = ahead.Next();
  while (next.symbol == Symbol::kLeftParen) {
    if (opened.size() == kNestingDepthMax) return false;
    opened.push_back(ahead);
    next = ahead.Next();
  }
  if (next.keyword != Keyword::kSelect && next.keyword != Keyword::kWith &&
      next.keyword != Keyword::kValues)
    return false;
  // From the inside out: does what follows the inner parenthesis go on as a query?
  for (; !opened.empty(); opened.pop_back()) {
    for (size_t open = 1; open > 0;) {
      next = ahead.Next();
      if (next.kind == TokenKind::kEnd || next.kind == TokenKind::kInvalid) return false;
      if (next.symbol == Symbol::kLeftParen) ++open;
      if (next.symbol == Symbol::kRightParen) --open;
    }
    const Lexer after_parenthesis = ahead;
    next = ahead.Next();
    switch (next.keyword) {
      case Keyword::kUnion:
      case Keyword::kExcept:
      case Keyword::kMinus:
      case Keyword::kIntersect:
      case Keyword::kOrder:
      case Keyword::kLimit: continue;
      default: break;
    }
    if (next.symbol != Symbol::kRightParen) return false;
    ahead = after_parenthesis;
  }
  return true;
}

Result<ExpressionPtr> Parser::ParseInterval() {
  const Position where = position();
  Advance();
  auto node = std::make_unique<IntervalExpression>();
  FIRN_ASSIGN_OR_RETURN(node->value, ParseExpr());
  FIRN_ASSIGN_OR_RETURN(node->unit, ParseTimeUnit());
  return Finish(std::move(node), where);
}

std::optional<TimeUnit> Parser::TimeUnitOf(Keyword keyword) {
  switch (keyword) {
    case Keyword::kYear: return TimeUnit::kYear;
    case Keyword::kQuarter: return TimeUnit::kQuarter;
    case Keyword::kMonth: return TimeUnit::kMonth;
    case Keyword::kWeek: return TimeUnit::kWeek;
    case Keyword::kDay: return TimeUnit::kDay;
    case Keyword::kHour: return TimeUnit::kHour;
    case Keyword::kMinute: return TimeUnit::kMinute;
    case Keyword::kSecond: return TimeUnit::kSecond;
    case Keyword::kMillisecond: return TimeUnit::kMillisecond;
    case Keyword::kMicrosecond: return TimeUnit::kMicrosecond;
    default: return std::nullopt;
  }
}

Result<TimeUnit> Parser::ParseTimeUnit() {
  const std::optional<TimeUnit> unit = TimeUnitOf(current_.keyword);
  if (!unit) {
    AtAny({Keyword::kYear, Keyword::kQuarter, Keyword::kMonth, Keyword::kWeek, Keyword::kDay,
           Keyword::kHour, Keyword::kMinute, Keyword::kSecond, Keyword::kMillisecond,
           Keyword::kMicrosecond});
    return Fail();
  }
  Advance();
  return *unit;
}

Result<ExpressionPtr> Parser::ParseCase() {
  const Position where = position();
  Advance();
  auto node = std::make_unique<CaseExpression>();
  if (!At(Keyword::kWhen)) {
    FIRN_ASSIGN_OR_RETURN(node->operand, ParseExpr());
  }
  if (!At(Keyword::kWhen)) return Fail();
  while (Accept(Keyword::kWhen)) {
    CaseBranch branch;
    FIRN_ASSIGN_OR_RETURN(branch.when, ParseExpr());
    FIRN_TRY(Expect(Keyword::kThen));
    FIRN_ASSIGN_OR_RETURN(branch.then, ParseExpr());
    node->branches.push_back(std::move(branch));
  }
  if (Accept(Keyword::kElse)) {
    FIRN_ASSIGN_OR_RETURN(node->otherwise, ParseExpr());
  }
  FIRN_TRY(Expect(Keyword::kEnd));
  return Finish(std::move(node), where);
}

Result<ExpressionPtr> Parser::ParseCast(bool is_try) {
  const Position where = position();
  Advance();
  FIRN_TRY(Expect(Symbol::kLeftParen));
  auto node = std::make_unique<CastExpression>();
  node->is_try = is_try;
  FIRN_ASSIGN_OR_RETURN(node->operand, ParseExpr());
  FIRN_TRY(Expect(Keyword::kAs));
  FIRN_ASSIGN_OR_RETURN(node->type, ParseType());
  FIRN_TRY(Expect(Symbol::kRightParen));
  return Finish(std::move(node), where);
}

// CONVERT(e, type). MySQL's CONVERT(e USING charset) is a cast to text: there is one character set.
Result<ExpressionPtr> Parser::ParseConvert() {
  const Position where = position();
  Advance();
  FIRN_TRY(Expect(Symbol::kLeftParen));
  auto node = std::make_unique<CastExpression>();
  FIRN_ASSIGN_OR_RETURN(node->operand, ParseExpr());
  if (Accept(Keyword::kUsing)) {
    FIRN_TRY(ParseNameOrString());
    node->type.kind = TypeKind::kString;
    node->type.word = "STRING";
    node->type.position = where;
  } else {
    FIRN_TRY(Expect(Symbol::kComma));
    FIRN_ASSIGN_OR_RETURN(node->type, ParseType());
  }
  FIRN_TRY(Expect(Symbol::kRightParen));
  return Finish(std::move(node), where);
}

Result<ExpressionPtr> Parser::ParseExtract() {
  const Position where = position();
  Advance();
  FIRN_TRY(Expect(Symbol::kLeftParen));
  auto node = std::make_unique<ExtractExpression>();
  FIRN_ASSIGN_OR_RETURN(node->unit, ParseTimeUnit());
  FIRN_TRY(Expect(Keyword::kFrom));
  FIRN_ASSIGN_OR_RETURN(node->operand, ParseExpr());
  FIRN_TRY(Expect(Symbol::kRightParen));
  return Finish(std::move(node), where);
}

Result<ExpressionPtr> Parser::ParseExists() {
  const Position where = position();
  Advance();
  FIRN_TRY(Expect(Symbol::kLeftParen));
  auto node = std::make_unique<ExistsExpression>();
  FIRN_ASSIGN_OR_RETURN(node->query, ParseQuery());
  FIRN_TRY(Expect(Symbol::kRightParen));
  return Finish(std::move(node), where);
}

// ARRAY<INT>[…], ARRAY[…], MAP<K, V>{…}, map{…}; or a column of that name compared by `<`.
Result<ExpressionPtr> Parser::ParseTypedConstructor() {
  const Position where = position();
  const bool is_array = Is(Keyword::kArray);
  if (Peek().symbol != Symbol::kLess) {
    Advance();
    return is_array ? ParseArray(std::nullopt, where) : ParseMap(std::nullopt, where);
  }
  const Place before = Mark();
  Result<TypeName> type = ParseType();
  if (!type && type.error().reason() == kNestingTooDeep) return std::move(type).error();
  const bool constructs =
      type.has_value() && (is_array ? Is(Symbol::kLeftBracket) : Is(Symbol::kLeftBrace));
  if (!constructs) {
    Rewind(before);
    return ParseColumnOrCall();
  }
  return is_array ? ParseArray(std::move(*type), where) : ParseMap(std::move(*type), where);
}

Result<ExpressionPtr> Parser::ParseArray(std::optional<TypeName> type, Position where) {
  FIRN_TRY(Expect(Symbol::kLeftBracket));
  auto node = std::make_unique<ArrayExpression>();
  node->type = std::move(type);
  if (!Is(Symbol::kRightBracket)) {
    FIRN_ASSIGN_OR_RETURN(node->items, ParseExprList());
  }
  FIRN_TRY(Expect(Symbol::kRightBracket));
  return Finish(std::move(node), where);
}

Result<ExpressionPtr> Parser::ParseMap(std::optional<TypeName> type, Position where) {
  FIRN_TRY(Expect(Symbol::kLeftBrace));
  auto node = std::make_unique<MapExpression>();
  node->type = std::move(type);
  if (!Is(Symbol::kRightBrace)) {
    do {
      MapEntry entry;
      FIRN_ASSIGN_OR_RETURN(entry.key, ParseExpr());
      FIRN_TRY(Expect(Symbol::kColon));
      FIRN_ASSIGN_OR_RETURN(entry.value, ParseExpr());
      node->entries.push_back(std::move(entry));
    } while (Accept(Symbol::kComma));
  }
  FIRN_TRY(Expect(Symbol::kRightBrace));
  return Finish(std::move(node), where);
}

// ODBC's {fn f(x)}, and {d '…'}, {t '…'}, {ts '…'} of the same standard.
Result<ExpressionPtr> Parser::ParseBraceCall() {
  const Position where = position();
  Advance();
  if (Accept(Keyword::kFn)) {
    FIRN_ASSIGN_OR_RETURN(ExpressionPtr call, ParseColumnOrCall());
    FIRN_TRY(Expect(Symbol::kRightBrace));
    return call;
  }
  const std::string_view word = lexer_.TextOf(current_);
  const bool is_date = word == "d" || word == "D";
  const bool is_datetime = word == "ts" || word == "TS";
  if (!is_date && !is_datetime) return Fail();
  Advance();
  auto node = std::make_unique<LiteralExpression>();
  node->value.kind = is_date ? LiteralKind::kDate : LiteralKind::kDateTime;
  FIRN_ASSIGN_OR_RETURN(node->value.text, ParseString());
  FIRN_TRY(Expect(Symbol::kRightBrace));
  return Finish(std::move(node), where);
}

// @name, @'name', @@name, @@scope.name
Result<ExpressionPtr> Parser::ParseVariable() {
  const Position where = position();
  Advance();
  if (!Accept(Symbol::kAt)) {
    auto node = std::make_unique<UserVariableExpression>();
    FIRN_ASSIGN_OR_RETURN(node->name, ParseNameOrString());
    return Finish(std::move(node), where);
  }
  auto node = std::make_unique<SystemVariableExpression>();
  if (Peek().symbol == Symbol::kDot) {
    const std::optional<VariableScope> scope = AcceptScope();
    if (!scope) return Fail();
    node->scope = *scope;
    FIRN_TRY(Expect(Symbol::kDot));
  }
  FIRN_ASSIGN_OR_RETURN(node->name, ParseNameAfterDot());
  return Finish(std::move(node), where);
}

Result<ExpressionPtr> Parser::ParseParameter() {
  auto node = std::make_unique<ParameterExpression>();
  node->index = parameter_count_++;
  const Position where = position();
  Advance();
  return Finish(std::move(node), where);
}

Result<ExpressionPtr> Parser::ParseStar(std::vector<std::string> qualifier, Position where) {
  FIRN_TRY(Expect(Symbol::kStar));
  auto node = std::make_unique<StarExpression>();
  node->qualifier = std::move(qualifier);
  const bool excludes =
      (Is(Keyword::kExclude) || Is(Keyword::kExcept)) && Peek().symbol == Symbol::kLeftParen;
  if (excludes) {
    // `SELECT * EXCEPT (SELECT …)` is the set operation.
    Lexer ahead = lexer_;
    ahead.Next();
    const Keyword inner = ahead.Next().keyword;
    if (inner != Keyword::kSelect && inner != Keyword::kWith && inner != Keyword::kValues) {
      Advance();
      FIRN_ASSIGN_OR_RETURN(node->excluded, ParseNameList());
    }
  }
  return Finish(std::move(node), where);
}

}  // namespace firn::sql
