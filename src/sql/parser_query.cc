#include <algorithm>

#include "sql/literal_rows_scanner.h"
#include "sql/parser_internal.h"

namespace firn::sql {
namespace {

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

}  // namespace

bool Parser::AtQueryStart() {
  const bool word = AtAny({Keyword::kSelect, Keyword::kWith, Keyword::kValues});
  return At(Symbol::kLeftParen) || word;
}

Result<QueryPtr> Parser::ParseQuery() {
  FIRN_ASSIGN_OR_RETURN(std::unique_ptr<Query> query, ParseMutableQuery());
  return QueryPtr(std::move(query));
}

Result<std::unique_ptr<Query>> Parser::ParseMutableQuery() {
  const DepthScope scope(depth_);
  if (depth_ > kNestingDepthMax) return TooDeep();
  const uint32_t outer_tallest = std::exchange(tallest_, 0);
  const std::optional<Place> outer_select = std::exchange(select_begin_, std::nullopt);
  std::optional<std::vector<DefinedWindow>> outer_windows = std::exchange(windows_, std::nullopt);
  auto query = std::make_unique<Query>();
  query->position = position();
  if (At(Keyword::kWith)) {
    FIRN_ASSIGN_OR_RETURN(query->with, ParseWith(&query->recursive));
  }
  FIRN_ASSIGN_OR_RETURN(query->body, ParseSetOperations());
  FIRN_TRY(ParseQueryTail(*query));
  select_begin_ = outer_select;
  windows_ = std::move(outer_windows);
  query->height = tallest_ + 1;
  if (query->height > kTreeHeightMax) return TooTall();
  tallest_ = std::max(outer_tallest, query->height);
  return query;
}

// Of a statement whose WITH is read before it shows to be a query.
Result<QueryPtr> Parser::ParseQueryAfterWith(std::vector<CommonTable> with, bool recursive,
                                             Position where) {
  auto query = std::make_unique<Query>();
  query->position = where;
  query->with = std::move(with);
  query->recursive = recursive;
  FIRN_ASSIGN_OR_RETURN(query->body, ParseSetOperations());
  FIRN_TRY(ParseQueryTail(*query));
  query->height = tallest_ + 1;
  if (query->height > kTreeHeightMax) return TooTall();
  tallest_ = query->height;
  return QueryPtr(std::move(query));
}

Result<std::vector<CommonTable>> Parser::ParseWith(bool* recursive) {
  FIRN_TRY(Expect(Keyword::kWith));
  // RECURSIVE is a name, too: `WITH recursive AS (…)`.
  if (Is(Keyword::kRecursive) && Peek().keyword != Keyword::kAs &&
      Peek().symbol != Symbol::kLeftParen) {
    Advance();
    *recursive = true;
  }
  std::vector<CommonTable> tables;
  do {
    CommonTable table;
    table.position = position();
    FIRN_ASSIGN_OR_RETURN(table.name, ParseName());
    if (At(Symbol::kLeftParen)) {
      FIRN_ASSIGN_OR_RETURN(table.columns, ParseNameList());
    }
    FIRN_TRY(Expect(Keyword::kAs));
    FIRN_TRY(Expect(Symbol::kLeftParen));
    FIRN_ASSIGN_OR_RETURN(table.query, ParseQuery());
    FIRN_TRY(Expect(Symbol::kRightParen));
    tables.push_back(std::move(table));
  } while (Accept(Symbol::kComma));
  return tables;
}

// UNION, EXCEPT and MINUS, from the left; INTERSECT binds tighter.
Result<QueryBodyPtr> Parser::ParseSetOperations() {
  FIRN_ASSIGN_OR_RETURN(QueryBodyPtr left, ParseIntersections());
  SetOperationBody* open = nullptr;  // `left` itself, while operands may still join it.
  for (SetOperator op; AcceptSetOperator(&op);) {
    const bool all = AcceptAllQuantifier();
    FIRN_ASSIGN_OR_RETURN(QueryBodyPtr right, ParseIntersections());
    FIRN_TRY(WrapSetOperation(left, op, all, std::move(right), open));
  }
  return left;
}

Result<QueryBodyPtr> Parser::ParseIntersections() {
  FIRN_ASSIGN_OR_RETURN(QueryBodyPtr left, ParseQueryTerm());
  SetOperationBody* open = nullptr;
  while (Accept(Keyword::kIntersect)) {
    const bool all = AcceptAllQuantifier();
    FIRN_ASSIGN_OR_RETURN(QueryBodyPtr right, ParseQueryTerm());
    FIRN_TRY(WrapSetOperation(left, SetOperator::kIntersect, all, std::move(right), open));
  }
  return left;
}

// Operations of one kind gather in one node: a UNION of ten thousand SELECTs is flat.
Status Parser::WrapSetOperation(QueryBodyPtr& left, SetOperator op, bool all, QueryBodyPtr right,
                                SetOperationBody*& open) {
  if (open == nullptr || open->op != op || open->all != all) {
    auto node = std::make_unique<SetOperationBody>();
    node->position = left->position;
    node->op = op;
    node->all = all;
    node->operands.push_back(std::move(left));
    open = node.get();
    left = std::move(node);
    if (++tallest_ > kTreeHeightMax) return TooTall();
  }
  open->operands.push_back(std::move(right));
  return Ok();
}

bool Parser::AcceptSetOperator(SetOperator* op) {
  if (Is(Keyword::kUnion)) {
    *op = SetOperator::kUnion;
  } else if (Is(Keyword::kExcept) || Is(Keyword::kMinus)) {
    *op = SetOperator::kExcept;
  } else {
    return false;
  }
  Advance();
  return true;
}

bool Parser::AcceptAllQuantifier() {
  if (Accept(Keyword::kAll)) return true;
  Accept(Keyword::kDistinct);
  return false;
}

Result<QueryBodyPtr> Parser::ParseQueryTerm() {
  if (At(Keyword::kSelect)) return ParseSelect();
  if (At(Keyword::kValues)) return ParseValues();
  const Position where = position();
  FIRN_TRY(Expect(Symbol::kLeftParen));
  FIRN_ASSIGN_OR_RETURN(std::unique_ptr<Query> query, ParseMutableQuery());
  FIRN_TRY(Expect(Symbol::kRightParen));
  const bool plain = query->with.empty() && query->order_by.empty() && !query->order_by_all &&
                     query->limit == nullptr && query->offset == nullptr;
  if (plain) return std::move(query->body);
  auto nested = std::make_unique<NestedBody>();
  nested->position = where;
  nested->query = std::move(query);
  return QueryBodyPtr(std::move(nested));
}

Status Parser::ParseQueryTail(Query& query) {
  if (Accept(Keyword::kOrder)) {
    FIRN_TRY(Expect(Keyword::kBy));
    if (Accept(Keyword::kAll)) {
      OrderItem all;
      FIRN_TRY(ParseOrderDirection(all));
      query.order_by_all = std::move(all);
    } else {
      FIRN_ASSIGN_OR_RETURN(query.order_by, ParseOrderItems());
    }
  }
  FIRN_TRY(ParseLimit(query.limit, query.offset));
  if (Is(Keyword::kInto) && Peek().keyword == Keyword::kOutfile) {
    return UnsupportedSyntax("INTO OUTFILE",
                             "Fetch the rows with a client, or INSERT them INTO a table.");
  }
  return Ok();
}

Result<std::vector<OrderItem>> Parser::ParseOrderItems() {
  std::vector<OrderItem> items;
  do {
    OrderItem item;
    FIRN_ASSIGN_OR_RETURN(item.expression, ParseExpr());
    FIRN_TRY(ParseOrderDirection(item));
    items.push_back(std::move(item));
  } while (Accept(Symbol::kComma));
  return items;
}

Status Parser::ParseOrderDirection(OrderItem& item) {
  if (Accept(Keyword::kDesc)) {
    item.descending = true;
  } else {
    Accept(Keyword::kAsc);
  }
  if (!Accept(Keyword::kNulls)) return Ok();
  if (Accept(Keyword::kFirst)) {
    item.nulls_first = true;
    return Ok();
  }
  FIRN_TRY(Expect(Keyword::kLast));
  item.nulls_first = false;
  return Ok();
}

// LIMIT n [OFFSET m], LIMIT m, n
Status Parser::ParseLimit(ExpressionPtr& limit, ExpressionPtr& offset) {
  if (!Accept(Keyword::kLimit)) return Ok();
  FIRN_ASSIGN_OR_RETURN(limit, ParseLimitValue());
  if (Accept(Symbol::kComma)) {
    offset = std::move(limit);
    FIRN_ASSIGN_OR_RETURN(limit, ParseLimitValue());
  } else if (Accept(Keyword::kOffset)) {
    FIRN_ASSIGN_OR_RETURN(offset, ParseLimitValue());
  }
  return Ok();
}

Result<ExpressionPtr> Parser::ParseLimitValue() {
  if (current_.kind == TokenKind::kInteger) return ParseNumber(false);
  if (At(Symbol::kQuestion)) return ParseParameter();
  if (At(Symbol::kAt)) return ParseVariable();
  expected_.AddInteger();
  return Fail();
}

// ---- SELECT ----

Result<QueryBodyPtr> Parser::ParseSelect() {
  auto select = std::make_unique<SelectBody>();
  select->position = position();
  select_begin_ = Mark();
  windows_.reset();
  FIRN_ASSIGN_OR_RETURN(select->hints, ParseHints(current_.end_bytes));
  Advance();
  if (Accept(Keyword::kDistinct)) {
    select->distinct = true;
  } else {
    Accept(Keyword::kAll);
  }
  FIRN_TRY(ParseSelectItems(*select));
  FIRN_TRY(ParseSelectClauses(*select));
  return QueryBodyPtr(std::move(select));
}

Status Parser::ParseSelectItems(SelectBody& select) {
  do {
    FIRN_ASSIGN_OR_RETURN(SelectItem item, ParseSelectItem());
    select.items.push_back(std::move(item));
  } while (Accept(Symbol::kComma));
  return Ok();
}

Result<SelectItem> Parser::ParseSelectItem() {
  SelectItem item;
  item.position = position();
  const uint32_t outer_star = std::exchange(star_offset_, item.position.offset_bytes);
  Result<ExpressionPtr> expression = ParseExpr();
  star_offset_ = outer_star;
  if (!expression) return std::move(expression).error();
  item.expression = std::move(*expression);
  item.source = TextBetween(item.position.offset_bytes, previous_end_);
  if (item.expression->kind == ExpressionKind::kStar) return item;
  const bool explicit_alias = Accept(Keyword::kAs);
  if (explicit_alias || AtImplicitAlias(true)) {
    FIRN_ASSIGN_OR_RETURN(item.alias, ParseNameOrString());
  }
  return item;
}

Status Parser::ParseSelectClauses(SelectBody& select) {
  if (Accept(Keyword::kFrom)) {
    if (Is(Keyword::kDual)) {
      Advance();
    } else {
      FIRN_ASSIGN_OR_RETURN(select.from, ParseRelations());
    }
    if (Is(Keyword::kPivot) && Peek().symbol == Symbol::kLeftParen) {
      return UnsupportedSyntax("PIVOT", "Write one aggregate with FILTER (WHERE …) a column.");
    }
  }
  if (Accept(Keyword::kWhere)) {
    FIRN_ASSIGN_OR_RETURN(select.where, ParseExpr());
  }
  if (Accept(Keyword::kGroup)) {
    FIRN_TRY(Expect(Keyword::kBy));
    FIRN_TRY(ParseGroupBy(select.group_by));
  }
  if (Accept(Keyword::kHaving)) {
    FIRN_ASSIGN_OR_RETURN(select.having, ParseExpr());
  }
  if (AtWindowClause()) FIRN_TRY(ParseWindowClause());
  if (Is(Keyword::kQualify)) {
    Advance();
    FIRN_ASSIGN_OR_RETURN(select.qualify, ParseExpr());
  }
  if (AtWindowClause()) FIRN_TRY(ParseWindowClause());
  return Ok();
}

Status Parser::ParseGroupBy(GroupBy& group_by) {
  const bool call = Peek().symbol == Symbol::kLeftParen;
  if (Accept(Keyword::kAll)) {
    group_by.kind = GroupByKind::kAll;
    return Ok();
  }
  if (Is(Keyword::kGrouping) && Peek().keyword == Keyword::kSets) {
    Advance();
    Advance();
    group_by.kind = GroupByKind::kGroupingSets;
    FIRN_TRY(Expect(Symbol::kLeftParen));
    do {
      FIRN_TRY(Expect(Symbol::kLeftParen));
      std::vector<ExpressionPtr> set;
      if (!Is(Symbol::kRightParen)) {
        FIRN_ASSIGN_OR_RETURN(set, ParseExprList());
      }
      FIRN_TRY(Expect(Symbol::kRightParen));
      group_by.grouping_sets.push_back(std::move(set));
    } while (Accept(Symbol::kComma));
    return Expect(Symbol::kRightParen);
  }
  if (call && AtAny({Keyword::kRollup, Keyword::kCube})) {
    group_by.kind = Is(Keyword::kRollup) ? GroupByKind::kRollup : GroupByKind::kCube;
    Advance();
    FIRN_TRY(Expect(Symbol::kLeftParen));
    FIRN_ASSIGN_OR_RETURN(group_by.expressions, ParseExprList());
    return Expect(Symbol::kRightParen);
  }
  group_by.kind = GroupByKind::kExpressions;
  FIRN_ASSIGN_OR_RETURN(group_by.expressions, ParseExprList());
  if (!Is(Keyword::kWith) || Peek().keyword != Keyword::kRollup) return Ok();
  Advance();  // MySQL's spelling: GROUP BY a, b WITH ROLLUP.
  Advance();
  group_by.kind = GroupByKind::kRollup;
  return Ok();
}

// Hints between the word that ends at `offset` and the next token. A SET_VAR that does not read as
// one is kept as text: a hint never makes a statement fail.
Result<std::vector<Hint>> Parser::ParseHints(uint32_t offset) {
  std::vector<Hint> hints;
  for (const HintText& text : HintsAfter(*script_, offset)) {
    Hint hint;
    hint.position = sql::Advance(current_.position, *script_, text.offset_bytes);
    hint.text = Trim(text.text);
    Parser inner(std::make_shared<const std::string>(hint.text), options_);
    const bool is_set_var = inner.lexer_.TextOf(inner.current_).size() == 7 &&
                            EditDistance(inner.lexer_.TextOf(inner.current_), "SET_VAR") == 0;
    if (is_set_var) {
      inner.Advance();
      bool sound = inner.Accept(Symbol::kLeftParen);
      while (sound) {
        Result<std::string> name = inner.ParseNameOrString();
        sound = name && inner.Accept(Symbol::kEqual);
        if (!sound) break;
        Result<ExpressionPtr> value = inner.ParseSetValue();
        const auto* literal = value ? AsIf<LiteralExpression>(**value) : nullptr;
        if (literal == nullptr) break;
        hint.variables.emplace_back(std::move(*name), literal->value);
        if (!inner.Accept(Symbol::kComma)) break;
      }
    }
    hints.push_back(std::move(hint));
  }
  return hints;
}

// ---- VALUES ----

Result<QueryBodyPtr> Parser::ParseValues() {
  auto values = std::make_unique<ValuesBody>();
  values->position = position();
  Advance();
  do {
    FIRN_ASSIGN_OR_RETURN(std::vector<ExpressionPtr> row, ParseValuesRow(false));
    values->rows.push_back(std::move(row));
    const size_t expected_count = values->rows.front().size();
    const size_t found_count = values->rows.back().size();
    if (found_count != expected_count)
      return RowWidthMismatch(values->rows.size(), expected_count, found_count);
  } while (Accept(Symbol::kComma));
  return QueryBodyPtr(std::move(values));
}

Result<std::vector<ExpressionPtr>> Parser::ParseValuesRow(bool default_allowed) {
  Accept(Keyword::kRow);  // MySQL's VALUES ROW(1, 2).
  FIRN_TRY(Expect(Symbol::kLeftParen));
  std::vector<ExpressionPtr> row;
  do {
    FIRN_ASSIGN_OR_RETURN(ExpressionPtr cell, default_allowed ? ParseExprOrDefault() : ParseExpr());
    row.push_back(std::move(cell));
  } while (Accept(Symbol::kComma));
  FIRN_TRY(Expect(Symbol::kRightParen));
  return row;
}

}  // namespace firn::sql
