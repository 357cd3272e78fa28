#include "sql/parser_internal.h"

/// What may stand after FROM.

namespace firn::sql {
namespace {

// Names that go on with the statement where an alias without AS could stand.
bool BeginsClause(Keyword keyword) {
  switch (keyword) {
    case Keyword::kExcept:
    case Keyword::kMinus:
    case Keyword::kQualify:
    case Keyword::kPivot:
    case Keyword::kOffset:
    case Keyword::kSample:
    case Keyword::kTablet:
    case Keyword::kTablets: return true;
    default: return false;
  }
}

bool IsTimeTravelWord(Keyword keyword) {
  return keyword == Keyword::kVersion || keyword == Keyword::kTimestamp ||
         keyword == Keyword::kSystemTime;
}

}  // namespace

bool Parser::AtImplicitAlias(bool strings_too) {
  if (strings_too && current_.kind == TokenKind::kString) return true;
  if (current_.kind == TokenKind::kQuotedName) return true;
  if (AtWindowClause()) return false;
  return current_.kind == TokenKind::kWord && !IsReserved(current_.keyword) &&
         !BeginsClause(current_.keyword);
}

Result<std::vector<RelationPtr>> Parser::ParseRelations() {
  std::vector<RelationPtr> relations;
  do {
    FIRN_ASSIGN_OR_RETURN(RelationPtr relation, ParseRelation());
    relations.push_back(std::move(relation));
  } while (Accept(Symbol::kComma));
  return relations;
}

Result<RelationPtr> Parser::ParseRelation() {
  const bool lateral = Accept(Keyword::kLateral);
  FIRN_ASSIGN_OR_RETURN(RelationPtr left, ParseRelationPrimary(lateral));
  for (;;) {
    FIRN_ASSIGN_OR_RETURN(const std::optional<JoinKind> kind, AcceptJoin());
    if (!kind) return left;
    FIRN_ASSIGN_OR_RETURN(left, ParseJoinTail(*kind, std::move(left)));
  }
}

// The words of a join; nullopt, with nothing consumed, when none begins here.
Result<std::optional<JoinKind>> Parser::AcceptJoin() {
  const auto outer = [&](JoinKind kind) -> Result<std::optional<JoinKind>> {
    Accept(Keyword::kOuter);
    FIRN_TRY(Expect(Keyword::kJoin));
    return std::optional(kind);
  };
  if (Accept(Keyword::kJoin)) return std::optional(JoinKind::kInner);
  if (Is(Keyword::kInner)) {
    Advance();
    FIRN_TRY(Expect(Keyword::kJoin));
    return std::optional(JoinKind::kInner);
  }
  if (Is(Keyword::kCross)) {
    Advance();
    Accept(Keyword::kJoin);
    return std::optional(JoinKind::kCross);
  }
  if (Is(Keyword::kFull)) {
    Advance();
    return outer(JoinKind::kFull);
  }
  if (Is(Keyword::kLeft) || Is(Keyword::kRight)) {
    const bool left = Is(Keyword::kLeft);
    Advance();
    const bool semi = Accept(Keyword::kSemi);
    const bool anti = !semi && Accept(Keyword::kAnti);
    if (!semi && !anti) return outer(left ? JoinKind::kLeft : JoinKind::kRight);
    FIRN_TRY(Expect(Keyword::kJoin));
    if (semi) return std::optional(left ? JoinKind::kLeftSemi : JoinKind::kRightSemi);
    return std::optional(left ? JoinKind::kLeftAnti : JoinKind::kRightAnti);
  }
  if (Is(Keyword::kNull)) {
    Advance();
    FIRN_TRY(Expect(Keyword::kAware, Keyword::kLeft));
    FIRN_TRY(Expect(Keyword::kAnti, Keyword::kJoin));
    return std::optional(JoinKind::kNullAwareLeftAnti);
  }
  if (Is(Keyword::kAsof)) {
    Advance();
    if (Accept(Keyword::kLeft)) return outer(JoinKind::kAsofLeft);
    Accept(Keyword::kInner);
    FIRN_TRY(Expect(Keyword::kJoin));
    return std::optional(JoinKind::kAsof);
  }
  return std::optional<JoinKind>();
}

Result<RelationPtr> Parser::ParseJoinTail(JoinKind kind, RelationPtr left) {
  auto join = std::make_unique<JoinRelation>();
  join->join_kind = kind;
  if (Is(Symbol::kLeftBracket)) {
    FIRN_ASSIGN_OR_RETURN(std::vector<std::string> hints, ParseBracketHints());
    join->hint = std::move(hints.front());
  }
  const bool lateral = Accept(Keyword::kLateral);
  FIRN_ASSIGN_OR_RETURN(join->right, ParseRelationPrimary(lateral));
  uint32_t child_height = std::max(left->height, join->right->height);
  if (Accept(Keyword::kOn)) {
    FIRN_ASSIGN_OR_RETURN(join->on, ParseExpr());
    child_height = std::max(child_height, join->on->height);
  } else if (Accept(Keyword::kUsing)) {
    FIRN_ASSIGN_OR_RETURN(join->using_columns, ParseNameList());
  } else if (kind != JoinKind::kInner && kind != JoinKind::kCross) {
    return Fail();
  }
  const Position where = left->position;
  join->left = std::move(left);
  return FinishRelation(std::move(join), where, child_height);
}

Result<RelationPtr> Parser::ParseRelationPrimary(bool lateral) {
  if (At(Symbol::kLeftParen)) return ParseParenthesizedRelation(lateral);
  const Position where = position();
  const bool call = Peek().symbol == Symbol::kLeftParen;
  if (call && Is(Keyword::kFiles)) return ParseFilesRelation(where);
  if (call && (Is(Keyword::kTable) || AtName())) return ParseTableFunction(lateral);
  return ParseTableRelation();
}

// (query) t, (VALUES …) t(a), (a JOIN b), ((query) t JOIN u)
Result<RelationPtr> Parser::ParseParenthesizedRelation(bool lateral) {
  const DepthScope scope(depth_);
  if (depth_ > kNestingDepthMax) return TooDeep();
  const Position where = position();
  if (!ParenthesisHoldsQuery()) {
    Advance();
    FIRN_ASSIGN_OR_RETURN(std::vector<RelationPtr> relations, ParseRelations());
    FIRN_TRY(Expect(Symbol::kRightParen));
    RelationPtr joined = std::move(relations.front());
    for (size_t i = 1; i < relations.size(); ++i) {
      auto cross = std::make_unique<JoinRelation>();
      cross->join_kind = JoinKind::kCross;
      const uint32_t child_height = std::max(joined->height, relations[i]->height);
      cross->left = std::move(joined);
      cross->right = std::move(relations[i]);
      FIRN_ASSIGN_OR_RETURN(joined, FinishRelation(std::move(cross), where, child_height));
    }
    return joined;
  }
  Advance();
  auto relation = std::make_unique<SubqueryRelation>();
  relation->lateral = lateral;
  FIRN_ASSIGN_OR_RETURN(relation->query, ParseQuery());
  FIRN_TRY(Expect(Symbol::kRightParen));
  FIRN_ASSIGN_OR_RETURN(relation->alias, ParseTableAlias());
  const uint32_t child_height = relation->query->height;
  return FinishRelation(std::move(relation), where, child_height);
}

Result<RelationPtr> Parser::ParseTableRelation() {
  const Position where = position();
  auto table = std::make_unique<TableRelation>();
  FIRN_ASSIGN_OR_RETURN(table->name, ParseObjectName());
  FIRN_ASSIGN_OR_RETURN(table->time_travel, ParseTimeTravel());
  if (Is(Keyword::kPartition) ||
      (Is(Keyword::kPartitions) && Peek().symbol == Symbol::kLeftParen)) {
    FIRN_ASSIGN_OR_RETURN(table->partitions, ParsePartitionNames());
  }
  if (Is(Keyword::kSample) || Is(Keyword::kTablet) || Is(Keyword::kTablets)) {
    return UnsupportedSyntax(KeywordText(current_.keyword),
                             "Iceberg tables have no tablets; use LIMIT or a filter.");
  }
  FIRN_ASSIGN_OR_RETURN(table->alias, ParseTableAlias());
  if (!table->alias.columns.empty()) return Complain("A table's alias takes no column list");
  // StarRocks writes the time before the alias; the other order is understood, too.
  if (!table->time_travel) {
    FIRN_ASSIGN_OR_RETURN(table->time_travel, ParseTimeTravel());
  }
  if (Is(Symbol::kLeftBracket)) {
    FIRN_ASSIGN_OR_RETURN(table->hints, ParseBracketHints());
  }
  const uint32_t child_height = table->time_travel ? table->time_travel->value->height : 0;
  return FinishRelation(std::move(table), where, child_height);
}

// [FOR] {VERSION | TIMESTAMP | SYSTEM_TIME} AS OF e
Result<std::optional<TimeTravel>> Parser::ParseTimeTravel() {
  const bool has_for = Is(Keyword::kFor);
  if (has_for) {
    Advance();
    if (!AtAny({Keyword::kVersion, Keyword::kTimestamp, Keyword::kSystemTime})) return Fail();
  }
  if (!IsTimeTravelWord(current_.keyword)) return std::optional<TimeTravel>();
  // VERSION and TIMESTAMP are names, too.
  Lexer ahead = lexer_;
  const bool as_of = ahead.Next().keyword == Keyword::kAs && ahead.Next().keyword == Keyword::kOf;
  if (!as_of && !has_for) return std::optional<TimeTravel>();
  TimeTravel travel;
  travel.kind = Is(Keyword::kVersion) ? TimeTravelKind::kVersion : TimeTravelKind::kTimestamp;
  Advance();
  if (!as_of)
    return UnsupportedSyntax("this form of time travel", "Use VERSION AS OF or TIMESTAMP AS OF.");
  Advance();
  Advance();
  const bool bare_branch =
      travel.kind == TimeTravelKind::kVersion && AtName() && Peek().symbol != Symbol::kLeftParen;
  if (bare_branch) {
    auto branch = std::make_unique<LiteralExpression>();
    const Position where = position();
    FIRN_ASSIGN_OR_RETURN(std::string name, ParseName());
    branch->value = Literal::String(std::move(name));
    FIRN_ASSIGN_OR_RETURN(travel.value, Finish(std::move(branch), where));
  } else {
    FIRN_ASSIGN_OR_RETURN(travel.value, ParseExpr());
  }
  return std::optional(std::move(travel));
}

// [AS] name [(c1, c2)]
Result<TableAlias> Parser::ParseTableAlias() {
  TableAlias alias;
  const bool explicit_alias = Accept(Keyword::kAs);
  const bool travels = IsTimeTravelWord(current_.keyword) && Peek().keyword == Keyword::kAs;
  if (!explicit_alias && (travels || !AtImplicitAlias(false))) return alias;
  FIRN_ASSIGN_OR_RETURN(alias.name, ParseName());
  if (Is(Symbol::kLeftParen)) {
    FIRN_ASSIGN_OR_RETURN(alias.columns, ParseNameList());
  }
  return alias;
}

// unnest(a), TABLE(generate_series(1, 9))
Result<RelationPtr> Parser::ParseTableFunction(bool lateral) {
  const Position where = position();
  const bool wrapped = Accept(Keyword::kTable);
  if (wrapped) {
    FIRN_TRY(Expect(Symbol::kLeftParen));
  }
  auto function = std::make_unique<TableFunctionRelation>();
  function->lateral = lateral;
  FIRN_ASSIGN_OR_RETURN(function->name, ParseName());
  FIRN_TRY(ParseNamedArguments(function->arguments, function->argument_names));
  if (wrapped) {
    FIRN_TRY(Expect(Symbol::kRightParen));
  }
  FIRN_ASSIGN_OR_RETURN(function->alias, ParseTableAlias());
  uint32_t child_height = 0;
  for (const ExpressionPtr& argument : function->arguments)
    child_height = std::max(child_height, argument->height);
  return FinishRelation(std::move(function), where, child_height);
}

// ( a, b ) or ( x => a, y = b )
Status Parser::ParseNamedArguments(std::vector<ExpressionPtr>& arguments,
                                   std::vector<std::string>& names) {
  FIRN_TRY(Expect(Symbol::kLeftParen));
  if (Accept(Symbol::kRightParen)) return Ok();
  do {
    const Symbol next = Peek().symbol;
    const bool named =
        current_.kind == TokenKind::kWord && (next == Symbol::kFatArrow || next == Symbol::kEqual);
    if (!arguments.empty() && named == names.empty()) {
      return Complain("Named and positional arguments do not mix in one call");
    }
    if (named) {
      FIRN_ASSIGN_OR_RETURN(std::string name, ParseNameAfterDot());
      names.push_back(std::move(name));
      Advance();
    }
    FIRN_ASSIGN_OR_RETURN(ExpressionPtr argument, ParseExpr());
    arguments.push_back(std::move(argument));
  } while (Accept(Symbol::kComma));
  return Expect(Symbol::kRightParen);
}

Result<RelationPtr> Parser::ParseFilesRelation(Position where) {
  auto function = std::make_unique<TableFunctionRelation>();
  function->name = lexer_.TextOf(current_);
  Advance();
  FIRN_ASSIGN_OR_RETURN(std::vector<Property> properties, ParseProperties());
  for (Property& property : properties) {
    function->properties.emplace_back(std::move(property.key), std::move(property.value));
  }
  FIRN_ASSIGN_OR_RETURN(function->alias, ParseTableAlias());
  return FinishRelation(std::move(function), where, 0);
}

// [BROADCAST], [SHUFFLE], …
Result<std::vector<std::string>> Parser::ParseBracketHints() {
  FIRN_TRY(Expect(Symbol::kLeftBracket));
  std::vector<std::string> hints;
  do {
    FIRN_ASSIGN_OR_RETURN(std::string hint, ParseNameAfterDot());
    hints.push_back(std::move(hint));
  } while (Accept(Symbol::kComma));
  // [skew|t.c(1, 2)]: hints change no result, and Firn chooses the join.
  while (!Is(Symbol::kRightBracket) && current_.kind != TokenKind::kEnd) Advance();
  FIRN_TRY(Expect(Symbol::kRightBracket));
  return hints;
}

}  // namespace firn::sql
