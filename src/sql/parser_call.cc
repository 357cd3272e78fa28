#include "sql/parser_internal.h"

/// Names in expressions: columns, and function calls with all that may follow them.

namespace firn::sql {
namespace {

constexpr size_t kColumnPartsMax = 4;

// Functions that may be written without parentheses.
bool IsBareCall(Keyword keyword) {
  switch (keyword) {
    case Keyword::kCurrentDate:
    case Keyword::kCurrentTime:
    case Keyword::kCurrentTimestamp:
    case Keyword::kCurrentUser:
    case Keyword::kLocaltime:
    case Keyword::kLocaltimestamp:
    case Keyword::kCurrentRole:
    case Keyword::kCurrentGroup:
    case Keyword::kCurrentWarehouse: return true;
    default: return false;
  }
}

}  // namespace

Result<ExpressionPtr> Parser::ParseColumnOrCall() {
  const Position where = position();
  const Token next = Peek();
  const bool call_follows = next.symbol == Symbol::kLeftParen;
  if (IsBareCall(current_.keyword) && !call_follows && next.symbol != Symbol::kDot)
    return ParseBareCall();
  const bool callable = call_follows && IsCallable(current_.keyword);
  if (!callable && !AtName()) {
    expected_.AddExpression();
    return Fail();
  }
  std::vector<std::string> parts;
  FIRN_ASSIGN_OR_RETURN(std::string first, ParseNameAfterDot());
  parts.push_back(std::move(first));
  if (Is(Symbol::kArrow) && Peek().kind != TokenKind::kString)
    return ParseLambda(std::move(parts), where);
  while (parts.size() < kColumnPartsMax && Is(Symbol::kDot)) {
    const bool star_may_follow = where.offset_bytes == star_offset_;
    Advance();
    if (star_may_follow && Is(Symbol::kStar)) return ParseStar(std::move(parts), where);
    FIRN_ASSIGN_OR_RETURN(std::string part, ParseNameAfterDot());
    parts.push_back(std::move(part));
  }
  if (Is(Symbol::kLeftParen)) return ParseCall(std::move(parts), where);
  auto node = std::make_unique<ColumnRefExpression>();
  node->parts = std::move(parts);
  return Finish(std::move(node), where);
}

Result<ExpressionPtr> Parser::ParseBareCall() {
  auto node = std::make_unique<FunctionCallExpression>();
  node->name.emplace_back(lexer_.TextOf(current_));
  const Position where = position();
  Advance();
  return Finish(std::move(node), where);
}

Result<ExpressionPtr> Parser::ParseCall(std::vector<std::string> name, Position where) {
  auto call = std::make_unique<FunctionCallExpression>();
  call->name = std::move(name);
  FIRN_TRY(ParseCallArguments(*call));
  FIRN_TRY(ParseCallTail(*call));
  return Finish(std::move(call), where);
}

// ( [DISTINCT | ALL] a, b [ORDER BY …] [SEPARATOR s] )
Status Parser::ParseCallArguments(FunctionCallExpression& call) {
  Advance();
  if (Accept(Keyword::kDistinct)) {
    call.distinct = true;
    if (AtSkewHint()) {
      FIRN_TRY(ParseBracketHints());
    }
  } else if (Is(Keyword::kAll)) {
    Advance();
  }
  const bool unit_first =
      current_.kind == TokenKind::kWord && TimeUnitOf(current_.keyword).has_value() &&
      Peek().symbol == Symbol::kComma &&
      (call.FunctionName() == "timestampadd" || call.FunctionName() == "timestampdiff");
  if (unit_first) {
    auto unit = std::make_unique<TimeUnitExpression>();
    unit->unit = *TimeUnitOf(current_.keyword);
    const Position where = position();
    Advance();
    FIRN_ASSIGN_OR_RETURN(ExpressionPtr argument, Finish(std::move(unit), where));
    call.arguments.push_back(std::move(argument));
    FIRN_TRY(Expect(Symbol::kComma));
  }
  if (!At(Symbol::kRightParen)) {
    do {
      FIRN_TRY(ParseCallArgument(call));
    } while (Accept(Symbol::kComma));
  }
  if (Accept(Keyword::kOrder)) {
    FIRN_TRY(Expect(Keyword::kBy));
    FIRN_ASSIGN_OR_RETURN(call.order_by, ParseOrderItems());
  }
  if (Accept(Keyword::kSeparator)) {
    FIRN_ASSIGN_OR_RETURN(call.separator, ParseExpr());
  }
  return Expect(Symbol::kRightParen);
}

// count(DISTINCT [skew] c): a hint for StarRocks' planner, not an array.
bool Parser::AtSkewHint() const {
  if (!Is(Symbol::kLeftBracket)) return false;
  Lexer ahead = lexer_;
  if (EditDistance(ahead.TextOf(ahead.Next()), "skew") != 0 ||
      ahead.Next().symbol != Symbol::kRightBracket)
    return false;
  const Symbol after = ahead.Next().symbol;
  return after != Symbol::kComma && after != Symbol::kRightParen;
}

Status Parser::ParseCallArgument(FunctionCallExpression& call) {
  std::string name;
  if (current_.kind == TokenKind::kWord && Peek().symbol == Symbol::kFatArrow) {
    FIRN_ASSIGN_OR_RETURN(name, ParseNameAfterDot());
    Advance();
  }
  if (name.empty() != call.argument_names.empty() && !call.arguments.empty()) {
    return Complain("Named and positional arguments do not mix in one call");
  }
  if (!name.empty()) call.argument_names.push_back(std::move(name));
  const uint32_t outer_star = std::exchange(star_offset_, position().offset_bytes);
  Result<ExpressionPtr> argument = ParseExpr();
  star_offset_ = outer_star;
  if (!argument) return std::move(argument).error();
  call.arguments.push_back(std::move(*argument));
  if (Accept(Keyword::kIgnore)) {
    FIRN_TRY(Expect(Keyword::kNulls));
    call.ignore_nulls = true;
  }
  return Ok();
}

// [IGNORE NULLS] [FILTER (WHERE …)] [OVER (…)]
Status Parser::ParseCallTail(FunctionCallExpression& call) {
  if (Is(Keyword::kIgnore) && Peek().keyword == Keyword::kNulls) {
    Advance();
    Advance();
    call.ignore_nulls = true;
  }
  if (Is(Keyword::kFilter) && Peek().symbol == Symbol::kLeftParen) {
    Advance();
    Advance();
    FIRN_TRY(Expect(Keyword::kWhere));
    FIRN_ASSIGN_OR_RETURN(call.filter, ParseExpr());
    FIRN_TRY(Expect(Symbol::kRightParen));
  }
  if (Is(Keyword::kOver)) {
    Advance();
    FIRN_ASSIGN_OR_RETURN(call.over, ParseWindowSpec());
  }
  return Ok();
}

Result<std::unique_ptr<const WindowSpec>> Parser::ParseWindowSpec() {
  FIRN_TRY(Expect(Symbol::kLeftParen));
  auto spec = std::make_unique<WindowSpec>();
  if (Is(Symbol::kLeftBracket)) {
    FIRN_TRY(ParseBracketHints());
  }
  if (Accept(Keyword::kPartition)) {
    FIRN_TRY(Expect(Keyword::kBy));
    FIRN_ASSIGN_OR_RETURN(spec->partition_by, ParseExprList());
  }
  if (Accept(Keyword::kOrder)) {
    FIRN_TRY(Expect(Keyword::kBy));
    FIRN_ASSIGN_OR_RETURN(spec->order_by, ParseOrderItems());
  }
  if (AtAny({Keyword::kRows, Keyword::kRange})) {
    FIRN_ASSIGN_OR_RETURN(spec->frame, ParseWindowFrame());
  }
  FIRN_TRY(Expect(Symbol::kRightParen));
  return std::unique_ptr<const WindowSpec>(std::move(spec));
}

Result<WindowFrame> Parser::ParseWindowFrame() {
  WindowFrame frame;
  frame.unit = Is(Keyword::kRows) ? FrameUnit::kRows : FrameUnit::kRange;
  Advance();
  if (!Accept(Keyword::kBetween)) {
    FIRN_ASSIGN_OR_RETURN(frame.start, ParseFrameBound());
    return frame;
  }
  FIRN_ASSIGN_OR_RETURN(frame.start, ParseFrameBound());
  FIRN_TRY(Expect(Keyword::kAnd));
  FIRN_ASSIGN_OR_RETURN(frame.end, ParseFrameBound());
  return frame;
}

Result<FrameBound> Parser::ParseFrameBound() {
  FrameBound bound;
  if (Accept(Keyword::kCurrent)) {
    FIRN_TRY(Expect(Keyword::kRow));
    return bound;
  }
  if (Accept(Keyword::kUnbounded)) {
    if (Accept(Keyword::kPreceding)) {
      bound.kind = FrameBoundKind::kUnboundedPreceding;
      return bound;
    }
    FIRN_TRY(Expect(Keyword::kFollowing));
    bound.kind = FrameBoundKind::kUnboundedFollowing;
    return bound;
  }
  FIRN_ASSIGN_OR_RETURN(bound.offset, ParseExpr());
  if (Accept(Keyword::kPreceding)) {
    bound.kind = FrameBoundKind::kPreceding;
    return bound;
  }
  FIRN_TRY(Expect(Keyword::kFollowing));
  bound.kind = FrameBoundKind::kFollowing;
  return bound;
}

}  // namespace firn::sql
