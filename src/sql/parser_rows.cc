#include "base/encoding.h"
#include "sql/literal_rows_scanner.h"
#include "sql/parser_internal.h"

/// INSERT, DELETE, UPDATE and MERGE.

namespace firn::sql {

Result<StatementPtr> Parser::ParseInsert() {
  auto insert = Start<InsertStatement>(position());
  FIRN_ASSIGN_OR_RETURN(insert->hints, ParseHints(current_.end_bytes));
  Advance();
  if (Accept(Keyword::kOverwrite)) {
    insert->overwrite = true;
  } else {
    FIRN_TRY(Expect(Keyword::kInto));
  }
  if (Is(Keyword::kFiles) && Peek().symbol == Symbol::kLeftParen)
    return UnsupportedStatement("INSERT INTO FILES(…)",
                                "INSERT INTO an Iceberg table: its data files are Parquet.");
  if (Is(Keyword::kBlackhole) && Peek().symbol == Symbol::kLeftParen) {
    return UnsupportedStatement("INSERT INTO BLACKHOLE()",
                                "EXPLAIN ANALYZE runs a query and drops its rows.");
  }
  Accept(Keyword::kTable);
  FIRN_ASSIGN_OR_RETURN(insert->table, ParseObjectName());
  FIRN_TRY(ParseInsertTarget(*insert));
  FIRN_TRY(ParseInsertSource(*insert));
  return StatementPtr(std::move(insert));
}

// [[FOR] VERSION AS OF b] [PARTITION (…)] [WITH LABEL l] [(cols) | BY NAME] [PROPERTIES (…)],
// labels on either side.
Status Parser::ParseInsertTarget(InsertStatement& insert) {
  for (;;) {
    if (Is(Keyword::kFor) || Is(Keyword::kVersion)) {
      Accept(Keyword::kFor);
      FIRN_TRY(Expect(Keyword::kVersion));
      FIRN_TRY(Expect(Keyword::kAs, Keyword::kOf));
      FIRN_ASSIGN_OR_RETURN(insert.branch, ParseNameOrString());
    } else if (Accept(Keyword::kPartition) || Accept(Keyword::kPartitions)) {
      FIRN_ASSIGN_OR_RETURN(insert.partition, ParsePartitionValues());
    } else if (Is(Keyword::kWith) && Peek().keyword == Keyword::kLabel) {
      Advance();
      Advance();
      FIRN_ASSIGN_OR_RETURN(insert.label, ParseNameOrString());
    } else if (Accept(Keyword::kBy)) {
      FIRN_TRY(Expect(Keyword::kName));
      insert.by_name = true;
    } else if (Accept(Keyword::kProperties)) {
      FIRN_ASSIGN_OR_RETURN(insert.properties, ParseProperties());
    } else if (insert.columns.empty() && Is(Symbol::kLeftParen) && !ParenthesisHoldsQuery()) {
      FIRN_ASSIGN_OR_RETURN(insert.columns, ParseNameList());
    } else {
      return Ok();
    }
  }
}

// (a = 1, b = 'x'), (p1, p2)
Result<std::vector<PartitionValue>> Parser::ParsePartitionValues() {
  FIRN_TRY(Expect(Symbol::kLeftParen));
  std::vector<PartitionValue> values;
  do {
    PartitionValue value;
    value.position = position();
    FIRN_ASSIGN_OR_RETURN(value.column, ParseNameOrString());
    if (Accept(Symbol::kEqual)) {
      FIRN_ASSIGN_OR_RETURN(value.value, ParseExpr());
    }
    values.push_back(std::move(value));
  } while (Accept(Symbol::kComma));
  FIRN_TRY(Expect(Symbol::kRightParen));
  return values;
}

Status Parser::ParseInsertSource(InsertStatement& insert) {
  if (At(Keyword::kValues)) return ParseInsertValues(insert);
  if (!AtQueryStart()) return Fail();
  FIRN_ASSIGN_OR_RETURN(insert.source, ParseQuery());
  return Ok();
}

Status Parser::ParseInsertValues(InsertStatement& insert) {
  FIRN_ASSIGN_OR_RETURN(std::optional<ScannedRows> scanned,
                        ScanLiteralRows(script_, current_.end_bytes));
  if (scanned) {
    insert.source = std::move(scanned->rows);
    current_.end_bytes = scanned->end_bytes;
    lexer_.SkipTo(scanned->end_bytes);
    Advance();
    return Ok();
  }
  auto query = std::make_unique<Query>();
  query->position = position();
  auto values = std::make_unique<ValuesBody>();
  values->position = position();
  Advance();
  do {
    FIRN_ASSIGN_OR_RETURN(std::vector<ExpressionPtr> row, ParseValuesRow(true));
    values->rows.push_back(std::move(row));
    const size_t expected_count = values->rows.front().size();
    const size_t found_count = values->rows.back().size();
    if (found_count != expected_count)
      return RowWidthMismatch(values->rows.size(), expected_count, found_count);
  } while (Accept(Symbol::kComma));
  query->height = tallest_ + 1;
  query->body = std::move(values);
  insert.source = QueryPtr(std::move(query));
  return Ok();
}

Result<ExpressionPtr> Parser::ParseExprOrDefault() {
  const bool is_default = At(Keyword::kDefault) && Peek().symbol != Symbol::kLeftParen;
  if (!is_default) return ParseExpr();
  const Position where = position();
  Advance();
  return Finish(std::make_unique<DefaultExpression>(), where);
}

// WITH … {query | DELETE | UPDATE}
Result<StatementPtr> Parser::ParseWithStatement() {
  const Position where = position();
  bool recursive = false;
  FIRN_ASSIGN_OR_RETURN(std::vector<CommonTable> with, ParseWith(&recursive));
  if (Is(Keyword::kDelete)) return ParseDelete(std::move(with));
  if (Is(Keyword::kUpdate)) return ParseUpdate(std::move(with));
  if (Is(Keyword::kWith) || !AtQueryStart()) {
    AtAny({Keyword::kDelete, Keyword::kUpdate});
    return Fail();
  }
  auto statement = Start<QueryStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->query, ParseQueryAfterWith(std::move(with), recursive, where));
  return StatementPtr(std::move(statement));
}

Result<std::string> Parser::ParseOptionalAlias() {
  const bool explicit_alias = Accept(Keyword::kAs);
  if (!explicit_alias && !AtImplicitAlias(false)) return std::string();
  return ParseName();
}

// DELETE FROM t [alias] [PARTITION …] [USING …] [WHERE …]
Result<StatementPtr> Parser::ParseDelete(std::vector<CommonTable> with) {
  auto statement = Start<DeleteStatement>(position());
  statement->with = std::move(with);
  Advance();
  FIRN_TRY(Expect(Keyword::kFrom));
  FIRN_ASSIGN_OR_RETURN(statement->table, ParseObjectName());
  if (Is(Keyword::kPartition) || Is(Keyword::kPartitions)) {
    FIRN_ASSIGN_OR_RETURN(statement->partitions, ParsePartitionNames());
  }
  FIRN_ASSIGN_OR_RETURN(statement->alias, ParseOptionalAlias());
  if (Accept(Keyword::kUsing)) {
    FIRN_ASSIGN_OR_RETURN(statement->using_relations, ParseRelations());
  }
  if (Accept(Keyword::kWhere)) {
    FIRN_ASSIGN_OR_RETURN(statement->where, ParseExpr());
  }
  return StatementPtr(std::move(statement));
}

// UPDATE t [alias] SET a = e, … [FROM …] [WHERE …]
Result<StatementPtr> Parser::ParseUpdate(std::vector<CommonTable> with) {
  auto statement = Start<UpdateStatement>(position());
  statement->with = std::move(with);
  Advance();
  FIRN_ASSIGN_OR_RETURN(statement->table, ParseObjectName());
  FIRN_ASSIGN_OR_RETURN(statement->alias, ParseOptionalAlias());
  FIRN_TRY(Expect(Keyword::kSet));
  FIRN_ASSIGN_OR_RETURN(statement->assignments, ParseAssignments());
  if (Accept(Keyword::kFrom)) {
    FIRN_ASSIGN_OR_RETURN(statement->from, ParseRelations());
  }
  if (Accept(Keyword::kWhere)) {
    FIRN_ASSIGN_OR_RETURN(statement->where, ParseExpr());
  }
  return StatementPtr(std::move(statement));
}

Result<std::vector<Assignment>> Parser::ParseAssignments() {
  std::vector<Assignment> assignments;
  do {
    Assignment assignment;
    assignment.position = position();
    FIRN_ASSIGN_OR_RETURN(ObjectName target, ParseObjectName());
    assignment.target = std::move(target.parts);
    FIRN_TRY(Expect(Symbol::kEqual));
    FIRN_ASSIGN_OR_RETURN(assignment.value, ParseExprOrDefault());
    assignments.push_back(std::move(assignment));
  } while (Accept(Symbol::kComma));
  return assignments;
}

// PARTITION (p, 'q'), PARTITION p, q, PARTITION (a = 1, b = 'x'): the last is one partition, named
// `a=1/b=x` as SHOW PARTITIONS names it.
Result<std::vector<std::string>> Parser::ParsePartitionNames() {
  Advance();
  if (!Accept(Symbol::kLeftParen)) return ParseNameOrStringCommaList();
  FIRN_ASSIGN_OR_RETURN(std::vector<std::string> names, ParseNameOrStringCommaList());
  if (names.size() == 1 && Accept(Symbol::kEqual)) {
    FIRN_ASSIGN_OR_RETURN(names.front(), ParsePartitionValue(std::move(names.front())));
    while (Accept(Symbol::kComma)) {
      FIRN_ASSIGN_OR_RETURN(std::string column, ParseNameOrString());
      FIRN_TRY(Expect(Symbol::kEqual));
      FIRN_ASSIGN_OR_RETURN(const std::string part, ParsePartitionValue(std::move(column)));
      names.front() += "/" + part;
    }
  }
  FIRN_TRY(Expect(Symbol::kRightParen));
  return names;
}

// The literal after `column =`.
Result<std::string> Parser::ParsePartitionValue(std::string column) {
  FIRN_ASSIGN_OR_RETURN(const ExpressionPtr value, ParseExpr());
  const auto* literal = AsIf<LiteralExpression>(*value);
  if (literal == nullptr) {
    return UnsupportedSyntax("a partition's value that is no literal",
                             "Put the condition in WHERE.");
  }
  if (literal->value.kind == LiteralKind::kNull) return column + "=null";
  const std::string text = literal->value.kind == LiteralKind::kBoolean
                               ? (literal->value.boolean ? "true" : "false")
                               : literal->value.text;
  return column + "=" + PercentEncode(text);
}

// MERGE INTO t [AS a] USING source ON e WHEN …
Result<StatementPtr> Parser::ParseMerge() {
  auto statement = Start<MergeStatement>(position());
  Advance();
  FIRN_TRY(Expect(Keyword::kInto));
  FIRN_ASSIGN_OR_RETURN(statement->table, ParseObjectName());
  FIRN_ASSIGN_OR_RETURN(statement->alias, ParseOptionalAlias());
  FIRN_TRY(Expect(Keyword::kUsing));
  FIRN_ASSIGN_OR_RETURN(statement->source, ParseRelationPrimary(false));
  FIRN_TRY(Expect(Keyword::kOn));
  FIRN_ASSIGN_OR_RETURN(statement->on, ParseExpr());
  if (!At(Keyword::kWhen)) return Fail();
  while (At(Keyword::kWhen)) {
    FIRN_ASSIGN_OR_RETURN(MergeBranch branch, ParseMergeBranch());
    statement->branches.push_back(std::move(branch));
  }
  return StatementPtr(std::move(statement));
}

// WHEN [NOT] MATCHED [AND e] THEN {UPDATE SET … | DELETE | INSERT [(cols)] VALUES (…)}
Result<MergeBranch> Parser::ParseMergeBranch() {
  MergeBranch branch;
  branch.position = position();
  Advance();
  branch.matched = !Accept(Keyword::kNot);
  FIRN_TRY(Expect(Keyword::kMatched));
  if (Accept(Keyword::kAnd)) {
    FIRN_ASSIGN_OR_RETURN(branch.condition, ParseExpr());
  }
  FIRN_TRY(Expect(Keyword::kThen));
  if (branch.matched) {
    if (Accept(Keyword::kDelete)) {
      branch.action = MergeBranch::Action::kDelete;
      return branch;
    }
    FIRN_TRY(Expect(Keyword::kUpdate, Keyword::kSet));
    FIRN_ASSIGN_OR_RETURN(branch.assignments, ParseAssignments());
    return branch;
  }
  branch.action = MergeBranch::Action::kInsert;
  FIRN_TRY(Expect(Keyword::kInsert));
  if (At(Symbol::kLeftParen)) {
    FIRN_ASSIGN_OR_RETURN(branch.columns, ParseNameList());
  }
  FIRN_TRY(Expect(Keyword::kValues));
  FIRN_ASSIGN_OR_RETURN(branch.values, ParseValuesRow(true));
  return branch;
}

}  // namespace firn::sql
