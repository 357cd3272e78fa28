#include "sql/parser_internal.h"

namespace firn::sql {
namespace {

// How tightly operators bind, from StarRocks' grammar (StarRocks.g4, "Operator precedences"),
// loosest first.
constexpr int kOrPower = 1;
constexpr int kXorPower = 2;
constexpr int kAndPower = 3;
constexpr int kNotPower = 4;
constexpr int kComparisonPower = 5;
constexpr int kPredicatePower = 6;  // IN, BETWEEN, LIKE, MATCH.
constexpr int kShiftRightLogicalPower = 7;
constexpr int kShiftRightPower = 8;
constexpr int kShiftLeftPower = 9;
constexpr int kBitOrPower = 10;
constexpr int kBitAndPower = 11;
constexpr int kAddPower = 12;
constexpr int kMultiplyPower = 13;
constexpr int kBitXorPower = 14;
constexpr int kConcatPower = 15;
constexpr int kUnaryPower = 16;

// ParseBinding calls itself for right operands without nesting; this bounds those frames.
constexpr uint32_t kBindingDepthMax = 4 * kNestingDepthMax;

}  // namespace

Result<ExpressionPtr> Parser::ParseSum() { return ParseBinding(kShiftRightLogicalPower); }

Result<ExpressionPtr> Parser::ParseBinding(int power_min) {
  const DepthScope scope(binding_depth_);
  if (binding_depth_ > kBindingDepthMax) return TooDeep();
  Result<ExpressionPtr> left = ParsePrefix();
  while (left) {
    const Infix infix = PeekInfix();
    if (infix.kind == Infix::Kind::kNone || infix.power < power_min) break;
    left = ParseInfix(infix, std::move(*left));
  }
  return left;
}

Parser::Infix Parser::PeekInfix() {
  const auto binary = [](BinaryOperator op, int power) {
    return Infix{.kind = Infix::Kind::kBinary, .power = power, .op = op};
  };
  const auto logical = [](LogicalOperator op, int power) {
    return Infix{.kind = Infix::Kind::kLogical, .power = power, .logical = op};
  };
  switch (current_.symbol) {
    case Symbol::kEqual: return binary(BinaryOperator::kEqual, kComparisonPower);
    case Symbol::kNotEqual: return binary(BinaryOperator::kNotEqual, kComparisonPower);
    case Symbol::kLess: return binary(BinaryOperator::kLess, kComparisonPower);
    case Symbol::kLessEqual: return binary(BinaryOperator::kLessEqual, kComparisonPower);
    case Symbol::kGreater: return binary(BinaryOperator::kGreater, kComparisonPower);
    case Symbol::kGreaterEqual: return binary(BinaryOperator::kGreaterEqual, kComparisonPower);
    case Symbol::kNullSafeEqual: return binary(BinaryOperator::kNullSafeEqual, kComparisonPower);
    case Symbol::kPlus: return binary(BinaryOperator::kAdd, kAddPower);
    case Symbol::kMinus: return binary(BinaryOperator::kSubtract, kAddPower);
    case Symbol::kStar: return binary(BinaryOperator::kMultiply, kMultiplyPower);
    case Symbol::kSlash: return binary(BinaryOperator::kDivide, kMultiplyPower);
    case Symbol::kPercent: return binary(BinaryOperator::kModulo, kMultiplyPower);
    case Symbol::kAmpersand: return binary(BinaryOperator::kBitAnd, kBitAndPower);
    case Symbol::kPipe: return binary(BinaryOperator::kBitOr, kBitOrPower);
    case Symbol::kCaret: return binary(BinaryOperator::kBitXor, kBitXorPower);
    case Symbol::kDoubleAmpersand: return logical(LogicalOperator::kAnd, kAndPower);
    case Symbol::kDoublePipe:
      if (options_.pipes_as_concat) return binary(BinaryOperator::kConcat, kConcatPower);
      return logical(LogicalOperator::kOr, kOrPower);
    default: break;
  }
  switch (current_.keyword) {
    case Keyword::kDiv: return binary(BinaryOperator::kIntegerDivide, kMultiplyPower);
    case Keyword::kMod: return binary(BinaryOperator::kModulo, kMultiplyPower);
    case Keyword::kBitshiftleft: return binary(BinaryOperator::kShiftLeft, kShiftLeftPower);
    case Keyword::kBitshiftright: return binary(BinaryOperator::kShiftRight, kShiftRightPower);
    case Keyword::kBitshiftrightlogical:
      return binary(BinaryOperator::kShiftRightLogical, kShiftRightLogicalPower);
    case Keyword::kAnd: return logical(LogicalOperator::kAnd, kAndPower);
    case Keyword::kOr: return logical(LogicalOperator::kOr, kOrPower);
    case Keyword::kXor: return logical(LogicalOperator::kXor, kXorPower);
    case Keyword::kIs: return {.kind = Infix::Kind::kIs, .power = kComparisonPower};
    case Keyword::kBetween: return {.kind = Infix::Kind::kBetween, .power = kPredicatePower};
    case Keyword::kIn: return {.kind = Infix::Kind::kIn, .power = kPredicatePower};
    case Keyword::kLike:
    case Keyword::kRlike:
    case Keyword::kRegexp: return {.kind = Infix::Kind::kLike, .power = kPredicatePower};
    case Keyword::kMatch:
    case Keyword::kMatchAny:
    case Keyword::kMatchAll: {
      // These words are names too; they are operators before what can be searched for.
      const TokenKind next = Peek().kind;
      if (next != TokenKind::kString && next != TokenKind::kQuotedName) return {};
      return {.kind = Infix::Kind::kMatch, .power = kPredicatePower};
    }
    case Keyword::kNot: return PeekNegatedInfix();
    default: return {};
  }
}

Parser::Infix Parser::PeekNegatedInfix() {
  switch (Peek().keyword) {
    case Keyword::kBetween:
      return {.kind = Infix::Kind::kBetween, .power = kPredicatePower, .negated = true};
    case Keyword::kIn: return {.kind = Infix::Kind::kIn, .power = kPredicatePower, .negated = true};
    case Keyword::kLike:
    case Keyword::kRlike:
    case Keyword::kRegexp:
      return {.kind = Infix::Kind::kLike, .power = kPredicatePower, .negated = true};
    case Keyword::kMatch:
    case Keyword::kMatchAny:
    case Keyword::kMatchAll:
      return {.kind = Infix::Kind::kMatch, .power = kPredicatePower, .negated = true};
    default: return {};
  }
}

Result<ExpressionPtr> Parser::ParseInfix(const Infix& infix, ExpressionPtr left) {
  if (infix.negated) Advance();
  switch (infix.kind) {
    case Infix::Kind::kBinary: return ParseBinaryTail(infix, std::move(left));
    case Infix::Kind::kLogical: return ParseLogicalTail(infix, std::move(left));
    case Infix::Kind::kIs: return ParseIsTail(std::move(left));
    case Infix::Kind::kBetween: return ParseBetweenTail(infix.negated, std::move(left));
    case Infix::Kind::kIn: return ParseInTail(infix.negated, std::move(left));
    case Infix::Kind::kLike: return ParseLikeTail(infix.negated, std::move(left));
    case Infix::Kind::kMatch: return ParseMatchTail(infix, std::move(left));
    case Infix::Kind::kNone: break;
  }
  return Fail();
}

Result<ExpressionPtr> Parser::ParseBinaryTail(const Infix& infix, ExpressionPtr left) {
  Advance();
  FIRN_ASSIGN_OR_RETURN(ExpressionPtr right, ParseBinding(infix.power + 1));
  auto node = std::make_unique<BinaryExpression>();
  node->op = infix.op;
  const Position where = left->position;
  node->left = std::move(left);
  node->right = std::move(right);
  return Finish(std::move(node), where);
}

// Gathers `a OR b OR c …` into one node, however long.
Result<ExpressionPtr> Parser::ParseLogicalTail(const Infix& infix, ExpressionPtr left) {
  auto node = std::make_unique<LogicalExpression>();
  node->op = infix.logical;
  const Position where = left->position;
  node->operands.push_back(std::move(left));
  for (;;) {
    Advance();
    FIRN_ASSIGN_OR_RETURN(ExpressionPtr right, ParseBinding(infix.power + 1));
    node->operands.push_back(std::move(right));
    const Infix next = PeekInfix();
    if (next.kind != Infix::Kind::kLogical || next.logical != infix.logical) break;
  }
  return Finish(std::move(node), where);
}

Result<ExpressionPtr> Parser::ParseIsTail(ExpressionPtr left) {
  Advance();
  auto node = std::make_unique<IsExpression>();
  node->negated = Accept(Keyword::kNot);
  if (Accept(Keyword::kNull)) {
    node->test = IsTest::kNull;
  } else if (Accept(Keyword::kTrue)) {
    node->test = IsTest::kTrue;
  } else if (Accept(Keyword::kFalse)) {
    node->test = IsTest::kFalse;
  } else {
    return Fail();
  }
  const Position where = left->position;
  node->operand = std::move(left);
  return Finish(std::move(node), where);
}

Result<ExpressionPtr> Parser::ParseBetweenTail(bool negated, ExpressionPtr left) {
  Advance();
  auto node = std::make_unique<BetweenExpression>();
  node->negated = negated;
  FIRN_ASSIGN_OR_RETURN(node->low, ParseBinding(kPredicatePower + 1));
  FIRN_TRY(Expect(Keyword::kAnd));
  FIRN_ASSIGN_OR_RETURN(node->high, ParseBinding(kPredicatePower + 1));
  const Position where = left->position;
  node->operand = std::move(left);
  return Finish(std::move(node), where);
}

Result<ExpressionPtr> Parser::ParseInTail(bool negated, ExpressionPtr left) {
  Advance();
  if (!At(Symbol::kLeftParen)) return Fail();
  const Position where = left->position;
  if (ParenthesisHoldsQuery()) {
    Advance();
    auto node = std::make_unique<InSubqueryExpression>();
    node->negated = negated;
    node->operand = std::move(left);
    FIRN_ASSIGN_OR_RETURN(node->query, ParseQuery());
    FIRN_TRY(Expect(Symbol::kRightParen));
    return Finish(std::move(node), where);
  }
  Advance();
  auto node = std::make_unique<InListExpression>();
  node->negated = negated;
  node->operand = std::move(left);
  FIRN_ASSIGN_OR_RETURN(node->items, ParseExprList());
  FIRN_TRY(Expect(Symbol::kRightParen));
  return Finish(std::move(node), where);
}

Result<ExpressionPtr> Parser::ParseLikeTail(bool negated, ExpressionPtr left) {
  auto node = std::make_unique<LikeExpression>();
  node->like_kind = Is(Keyword::kLike) ? LikeKind::kLike : LikeKind::kRegexp;
  node->negated = negated;
  Advance();
  FIRN_ASSIGN_OR_RETURN(node->pattern, ParseBinding(kPredicatePower + 1));
  // ESCAPE is a name, too: it is the clause only before a string.
  if (node->like_kind == LikeKind::kLike && Is(Keyword::kEscape) &&
      Peek().kind == TokenKind::kString) {
    Advance();
    FIRN_ASSIGN_OR_RETURN(node->escape, ParseBinding(kPredicatePower + 1));
  }
  const Position where = left->position;
  node->operand = std::move(left);
  return Finish(std::move(node), where);
}

Result<ExpressionPtr> Parser::ParseMatchTail(const Infix& infix, ExpressionPtr left) {
  auto node = std::make_unique<BinaryExpression>();
  node->op = Is(Keyword::kMatch)      ? BinaryOperator::kMatch
             : Is(Keyword::kMatchAny) ? BinaryOperator::kMatchAny
                                      : BinaryOperator::kMatchAll;
  Advance();
  FIRN_ASSIGN_OR_RETURN(node->right, ParseBinding(kPredicatePower + 1));
  const Position where = left->position;
  node->left = std::move(left);
  if (!infix.negated) return Finish(std::move(node), where);
  FIRN_ASSIGN_OR_RETURN(ExpressionPtr match, Finish(std::move(node), where));
  auto negation = std::make_unique<UnaryExpression>();
  negation->op = UnaryOperator::kNot;
  negation->operand = std::move(match);
  return Finish(std::move(negation), where);
}

Result<ExpressionPtr> Parser::ParsePrefix() {
  const DepthScope scope(depth_);
  if (depth_ > kNestingDepthMax) return TooDeep();
  switch (current_.symbol) {
    case Symbol::kMinus: return ParseMinus();
    case Symbol::kPlus: return ParseUnary(UnaryOperator::kPlus, kUnaryPower);
    case Symbol::kTilde: return ParseUnary(UnaryOperator::kBitNot, kUnaryPower);
    case Symbol::kBang: return ParseUnary(UnaryOperator::kNot, kUnaryPower);
    default: break;
  }
  if (Is(Keyword::kNot)) return ParseUnary(UnaryOperator::kNot, kNotPower);
  if (Is(Keyword::kBinary)) {
    // A type's name and a column's too: an operator only before an operand.
    const Token next = Peek();
    const bool operand = next.kind == TokenKind::kString || next.kind == TokenKind::kQuotedName ||
                         (next.kind == TokenKind::kWord && !IsReserved(next.keyword));
    if (operand) return ParseUnary(UnaryOperator::kBinary, kComparisonPower);
  }
  Result<ExpressionPtr> primary = ParsePrimary();
  if (!primary) return primary;
  return ParsePostfix(std::move(*primary));
}

Result<ExpressionPtr> Parser::ParseUnary(UnaryOperator op, int operand_power) {
  const Position where = position();
  Advance();
  auto node = std::make_unique<UnaryExpression>();
  node->op = op;
  FIRN_ASSIGN_OR_RETURN(node->operand, ParseBinding(operand_power));
  return Finish(std::move(node), where);
}

// A minus right before a number is part of it, so that the smallest BIGINT is one.
Result<ExpressionPtr> Parser::ParseMinus() {
  const TokenKind next = Peek().kind;
  if (next != TokenKind::kInteger && next != TokenKind::kDecimal && next != TokenKind::kDouble) {
    return ParseUnary(UnaryOperator::kMinus, kUnaryPower);
  }
  Advance();
  FIRN_ASSIGN_OR_RETURN(ExpressionPtr number, ParseNumber(true));
  return ParsePostfix(std::move(number));
}

Result<ExpressionPtr> Parser::ParsePostfix(ExpressionPtr operand) {
  for (;;) {
    const Position where = operand->position;
    if (Is(Symbol::kLeftBracket)) {
      FIRN_ASSIGN_OR_RETURN(operand, ParseBracketTail(std::move(operand)));
    } else if (Is(Symbol::kDot)) {
      Advance();
      auto node = std::make_unique<FieldExpression>();
      FIRN_ASSIGN_OR_RETURN(node->field, ParseNameAfterDot());
      node->operand = std::move(operand);
      FIRN_ASSIGN_OR_RETURN(operand, Finish(std::move(node), where));
    } else if (Is(Symbol::kArrow)) {
      Advance();
      if (!AtString()) return Fail();
      auto node = std::make_unique<BinaryExpression>();
      node->op = BinaryOperator::kJsonArrow;
      node->left = std::move(operand);
      FIRN_ASSIGN_OR_RETURN(node->right, ParseTextLiteral(LiteralKind::kString));
      FIRN_ASSIGN_OR_RETURN(operand, Finish(std::move(node), where));
    } else if (Is(Keyword::kCollate)) {
      Advance();
      auto node = std::make_unique<CollateExpression>();
      FIRN_ASSIGN_OR_RETURN(node->collation, ParseNameOrString());
      node->operand = std::move(operand);
      FIRN_ASSIGN_OR_RETURN(operand, Finish(std::move(node), where));
    } else {
      return operand;
    }
  }
}

// a[i], a[i:j]
Result<ExpressionPtr> Parser::ParseBracketTail(ExpressionPtr operand) {
  const Position where = operand->position;
  Advance();
  ExpressionPtr first;
  if (!Is(Symbol::kColon)) {
    FIRN_ASSIGN_OR_RETURN(first, ParseExpr());
  }
  if (!Accept(Symbol::kColon)) {
    FIRN_TRY(Expect(Symbol::kRightBracket));
    auto node = std::make_unique<SubscriptExpression>();
    node->operand = std::move(operand);
    node->index = std::move(first);
    return Finish(std::move(node), where);
  }
  auto node = std::make_unique<SliceExpression>();
  node->operand = std::move(operand);
  node->first = std::move(first);
  if (!Is(Symbol::kRightBracket)) {
    FIRN_ASSIGN_OR_RETURN(node->last, ParseExpr());
  }
  FIRN_TRY(Expect(Symbol::kRightBracket));
  return Finish(std::move(node), where);
}

Result<std::vector<ExpressionPtr>> Parser::ParseExprList() {
  std::vector<ExpressionPtr> items;
  do {
    FIRN_ASSIGN_OR_RETURN(ExpressionPtr item, ParseExpr());
    items.push_back(std::move(item));
  } while (Accept(Symbol::kComma));
  return items;
}

}  // namespace firn::sql
