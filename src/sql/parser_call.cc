#include <fmt/format.h>

#include "base/encoding.h"
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
  FIRN_ASSIGN_OR_RETURN(const bool has_words, ParseWordyArguments(call));
  if (!has_words && !At(Symbol::kRightParen)) {
    do {
      FIRN_TRY(ParseCallArgument(call));
    } while (Accept(Symbol::kComma));
    FIRN_TRY(ParseSubstringTail(call));
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

// The standard's calls with words between their arguments; they are kept as the plain calls that
// they mean. False, with nothing consumed, when none begins here.
Result<bool> Parser::ParseWordyArguments(FunctionCallExpression& call) {
  if (call.name.size() > 1) return false;
  const std::string name = call.FunctionName();
  if (name == "trim" && AtTrimSide()) {
    FIRN_TRY(ParseTrimArguments(call));
    return true;
  }
  if (name != "position" || At(Symbol::kRightParen)) return false;
  // POSITION(a IN b) is locate(a, b).
  FIRN_ASSIGN_OR_RETURN(ExpressionPtr sought, ParseSum());
  FIRN_TRY(Expect(Keyword::kIn));
  FIRN_ASSIGN_OR_RETURN(ExpressionPtr text, ParseExpr());
  call.name = {"locate"};
  call.arguments.push_back(std::move(sought));
  call.arguments.push_back(std::move(text));
  return true;
}

// SUBSTRING(x FROM n [FOR m]) and TRIM(x FROM y), after their first argument.
Status Parser::ParseSubstringTail(FunctionCallExpression& call) {
  if (!Is(Keyword::kFrom) || call.arguments.size() != 1 || call.name.size() > 1) return Ok();
  const std::string name = call.FunctionName();
  const bool is_substring = name == "substring" || name == "substr" || name == "mid";
  if (!is_substring && name != "trim") return Ok();
  Advance();
  FIRN_ASSIGN_OR_RETURN(ExpressionPtr second, ParseExpr());
  call.arguments.push_back(std::move(second));
  if (!is_substring) {
    std::swap(call.arguments[0], call.arguments[1]);
    return Ok();
  }
  if (Accept(Keyword::kFor)) {
    FIRN_ASSIGN_OR_RETURN(ExpressionPtr length, ParseExpr());
    call.arguments.push_back(std::move(length));
  }
  return Ok();
}

// BOTH, LEADING and TRAILING are names, too; they are words of TRIM before what it takes away.
bool Parser::AtTrimSide() const {
  if (Is(Keyword::kFrom)) return true;
  if (!Is(Keyword::kBoth) && !Is(Keyword::kLeading) && !Is(Keyword::kTrailing)) return false;
  const Token next = Peek();
  return next.keyword == Keyword::kFrom || next.kind == TokenKind::kWord ||
         next.kind == TokenKind::kString || next.kind == TokenKind::kQuotedName ||
         next.symbol == Symbol::kQuestion || next.symbol == Symbol::kAt;
}

// [BOTH | LEADING | TRAILING] [x] FROM y: trim, ltrim or rtrim(y[, x]).
Status Parser::ParseTrimArguments(FunctionCallExpression& call) {
  if (Is(Keyword::kLeading)) call.name = {"ltrim"};
  if (Is(Keyword::kTrailing)) call.name = {"rtrim"};
  if (!Is(Keyword::kFrom)) Advance();
  ExpressionPtr taken;
  if (!Is(Keyword::kFrom)) {
    FIRN_ASSIGN_OR_RETURN(taken, ParseExpr());
  }
  FIRN_TRY(Expect(Keyword::kFrom));
  FIRN_ASSIGN_OR_RETURN(ExpressionPtr text, ParseExpr());
  call.arguments.push_back(std::move(text));
  if (taken != nullptr) call.arguments.push_back(std::move(taken));
  return Ok();
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

// [IGNORE NULLS] [FILTER (WHERE …)] [OVER {(…) | w}]
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
    FIRN_TRY(ParseOver(call));
  }
  return Ok();
}

// ( … ), or a name that the WINDOW clause of the SELECT gives a meaning.
Status Parser::ParseOver(FunctionCallExpression& call) {
  if (AtName()) {
    FIRN_ASSIGN_OR_RETURN(call.over, ParseWindowUse());
  } else {
    FIRN_ASSIGN_OR_RETURN(call.over, ParseWindowSpec());
  }
  return Ok();
}

// The window of that name, read where WINDOW defines it.
Result<std::unique_ptr<const WindowSpec>> Parser::ParseWindowUse() {
  const Token use = current_;
  FIRN_ASSIGN_OR_RETURN(const std::string name, ParseName());
  if (in_named_window_) {
    return SyntaxError(PlaceOf(use), "A named window is not made of window functions", {});
  }
  if (++window_uses_ > kNamedWindowUsesMax) {
    return SyntaxError(
        PlaceOf(use),
        fmt::format("A statement may use named windows {} times", kNamedWindowUsesMax), {});
  }
  FIRN_ASSIGN_OR_RETURN(const Place definition, FindWindow(name, use));
  const Place after_use = Mark();
  Rewind(definition);
  in_named_window_ = true;
  auto spec = ParseWindowSpec();
  in_named_window_ = false;
  if (!spec) return spec;
  const bool has_parameters = parameter_count_ != definition.parameter_count;
  const bool is_long = previous_end_ - definition.current.begin_bytes() > kNamedWindowBytesMax;
  if (has_parameters || is_long) {
    return SyntaxError(PlaceOf(use),
                       has_parameters ? "A named window takes no parameters"
                                      : "The definition of a named window is too long",
                       "Write OVER (…).");
  }
  Rewind(after_use);
  return spec;
}

// Where `name AS (` of the SELECT at hand goes on behind AS.
Result<Parser::Place> Parser::FindWindow(const std::string& name, const Token& use) {
  if (!windows_) windows_ = ScanWindows();
  for (DefinedWindow& window : *windows_) {
    if (!EqualsIgnoreCaseAscii(window.name, name)) continue;
    window.place.parameter_count = parameter_count_;
    return window.place;
  }
  return SyntaxError(PlaceOf(use), fmt::format("Window '{}' is not defined", name),
                     fmt::format("Write OVER (…), or define it: WINDOW {} AS (…)", name));
}

// The WINDOW clause of the SELECT at hand, which may be still to come: once a SELECT.
std::vector<Parser::DefinedWindow> Parser::ScanWindows() {
  std::vector<DefinedWindow> windows;
  if (!select_begin_) return windows;
  const Place here = Mark();
  Rewind(*select_begin_);
  Advance();
  size_t open = 0;
  for (bool is_clause = false; windows.size() < kNamedWindowsMax; Advance()) {
    if (current_.kind == TokenKind::kEnd || Is(Symbol::kSemicolon)) break;
    if (Is(Symbol::kRightParen) && open-- == 0) break;
    if (Is(Symbol::kLeftParen)) ++open;
    if (open > 0) continue;
    if (Is(Keyword::kSelect)) break;  // Of a set operation.
    is_clause = is_clause || AtWindowClause();
    if (!is_clause || !AtName() || Peek().keyword != Keyword::kAs) continue;
    const std::string_view text = lexer_.TextOf(current_);
    std::string name =
        current_.kind == TokenKind::kQuotedName ? UnquoteName(text) : std::string(text);
    Advance();
    const Place at_as = Mark();
    Advance();
    windows.push_back({std::move(name), Mark()});
    Rewind(at_as);
  }
  Rewind(here);
  return windows;
}

// `WINDOW w AS (`: the word is a name, too, and may be a table's alias.
bool Parser::AtWindowClause() const {
  if (!Is(Keyword::kWindow)) return false;
  Lexer ahead = lexer_;
  const Token name = ahead.Next();
  const bool is_name = name.kind == TokenKind::kQuotedName ||
                       (name.kind == TokenKind::kWord && !IsReserved(name.keyword));
  return is_name && ahead.Next().keyword == Keyword::kAs &&
         ahead.Next().symbol == Symbol::kLeftParen;
}

// WINDOW w AS ( … ), v AS ( … ): each use has read what it needs; here they are seen to be sound.
Status Parser::ParseWindowClause() {
  Advance();
  std::vector<std::string> names;
  do {
    const Token at_name = current_;
    FIRN_ASSIGN_OR_RETURN(const std::string name, ParseName());
    const auto same = [&](const std::string& other) { return EqualsIgnoreCaseAscii(other, name); };
    if (std::ranges::any_of(names, same)) {
      return SyntaxError(PlaceOf(at_name), fmt::format("Window '{}' is defined twice", name), {});
    }
    names.push_back(name);
    FIRN_TRY(Expect(Keyword::kAs));
    in_named_window_ = true;
    auto spec = ParseWindowSpec();
    in_named_window_ = false;
    if (!spec) return std::move(spec).error();
  } while (Accept(Symbol::kComma));
  return Ok();
}

Result<std::unique_ptr<const WindowSpec>> Parser::ParseWindowSpec() {
  FIRN_TRY(Expect(Symbol::kLeftParen));
  if (AtName() && !Is(Keyword::kPartition) && !Is(Keyword::kRows) && !Is(Keyword::kRange)) {
    return Complain("A named window is used whole",
                    "Write OVER w, or the whole window in parentheses.");
  }
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
