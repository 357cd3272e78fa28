#include <fmt/format.h>

#include "sql/parser_internal.h"

/// CREATE, DROP, TRUNCATE and REFRESH of tables.

namespace firn::sql {
namespace {

std::string ToLower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

const ColumnRefExpression* BareColumn(const Expression& expression) {
  const auto* column = AsIf<ColumnRefExpression>(expression);
  return column != nullptr && column->parts.size() == 1 ? column : nullptr;
}

// Fills transform, column and argument where the expression has a transform's shape.
void Recognise(const Expression& expression, PartitionTerm& term) {
  if (const auto* column = BareColumn(expression)) {
    term.transform = "identity";
    term.column = column->parts.front();
    return;
  }
  const auto* call = AsIf<FunctionCallExpression>(expression);
  if (call == nullptr || call->name.size() != 1 || call->arguments.empty() ||
      call->arguments.size() > 2)
    return;
  const Expression& first = *call->arguments.front();
  if (call->arguments.size() == 1) {
    if (const auto* column = BareColumn(first)) {
      term.transform = call->FunctionName();
      term.column = column->parts.front();
    }
    return;
  }
  const Expression& second = *call->arguments.back();
  const auto* column = BareColumn(first) != nullptr ? BareColumn(first) : BareColumn(second);
  const auto* literal = AsIf<LiteralExpression>(BareColumn(first) != nullptr ? second : first);
  if (column == nullptr || literal == nullptr) return;
  if (literal->value.kind == LiteralKind::kString && call->FunctionName() == "date_trunc") {
    term.transform = ToLower(literal->value.text);
    term.column = column->parts.front();
  } else if (literal->value.kind == LiteralKind::kInteger) {
    term.transform = call->FunctionName();
    term.column = column->parts.front();
    term.argument = literal->value.Int64();
  }
}

}  // namespace

bool Parser::AtCreateTable() {
  if (At(Keyword::kTable)) return true;
  return AtAny({Keyword::kExternal, Keyword::kTemporary}) && Peek().keyword == Keyword::kTable;
}

Result<StatementPtr> Parser::ParseCreateTable(Position where) {
  auto table = Start<CreateTableStatement>(where);
  table->external = Accept(Keyword::kExternal);
  table->temporary = Accept(Keyword::kTemporary);
  FIRN_TRY(Expect(Keyword::kTable));
  FIRN_ASSIGN_OR_RETURN(table->if_not_exists, ParseIfNotExists());
  FIRN_ASSIGN_OR_RETURN(table->name, ParseObjectName());
  if (At(Symbol::kLeftParen) && !ParenthesisHoldsQuery()) {
    FIRN_TRY(ParseTableColumns(*table));
  }
  FIRN_TRY(ParseTableClauses(*table));
  if (table->columns.empty() && table->column_names.empty() && Accept(Keyword::kLike)) {
    auto like = Start<CreateTableLikeStatement>(where);
    like->external = table->external;
    like->temporary = table->temporary;
    like->if_not_exists = table->if_not_exists;
    like->name = std::move(table->name);
    like->properties = std::move(table->properties);
    FIRN_ASSIGN_OR_RETURN(like->source, ParseObjectName());
    return StatementPtr(std::move(like));
  }
  const bool has_as = Accept(Keyword::kAs);
  if (has_as || (table->columns.empty() && AtQueryStart())) {
    FIRN_ASSIGN_OR_RETURN(table->query, ParseQuery());
  } else if (table->columns.empty()) {
    return table->column_names.empty() ? Fail()
                                       : Complain("Columns without types need AS SELECT …");
  }
  return StatementPtr(std::move(table));
}

// INDEX name (column, …); not a column called index of type varchar(20).
bool Parser::AtIndexDefinition() const {
  if (!Is(Keyword::kIndex)) return false;
  Lexer ahead = lexer_;
  if (ahead.Next().kind == TokenKind::kSymbol) return false;
  return ahead.Next().symbol == Symbol::kLeftParen && ahead.Next().kind != TokenKind::kInteger;
}

// Definitions, or the bare names of a CTAS, and indexes.
Status Parser::ParseTableColumns(CreateTableStatement& table) {
  Advance();
  do {
    const Token next = Peek();
    const bool index = AtIndexDefinition();
    const bool key =
        (Is(Keyword::kPrimary) || Is(Keyword::kUnique)) && next.keyword == Keyword::kKey;
    if (index) {
      table.native.has_index = true;
      Advance();
      FIRN_TRY(ParseName());
      FIRN_TRY(SkipParenthesis());
      if (Accept(Keyword::kUsing)) {
        FIRN_TRY(ParseName());
        if (Is(Symbol::kLeftParen)) {
          FIRN_TRY(SkipParenthesis());
        }
      }
      FIRN_TRY(ParseComment());
    } else if (key) {
      FIRN_TRY(ParseKeyDescription(table));  // MySQL's place for it.
    } else if (next.symbol == Symbol::kComma || next.symbol == Symbol::kRightParen) {
      FIRN_ASSIGN_OR_RETURN(std::string name, ParseName());
      table.column_names.push_back(std::move(name));
    } else {
      FIRN_ASSIGN_OR_RETURN(ColumnDefinition column, ParseColumnDefinition());
      table.columns.push_back(std::move(column));
    }
  } while (Accept(Symbol::kComma));
  FIRN_TRY(Expect(Symbol::kRightParen));
  if (!table.columns.empty() && !table.column_names.empty()) {
    return Complain(
        fmt::format("Column '{}' has no type, while others have one", table.column_names.front()));
  }
  return Ok();
}

// StarRocks wants its clauses in one order; any order is understood.
Status Parser::ParseTableClauses(CreateTableStatement& table) {
  for (;;) {
    if (Accept(Keyword::kEngine)) {
      FIRN_TRY(Expect(Symbol::kEqual));
      FIRN_ASSIGN_OR_RETURN(table.engine, ParseNameOrString());
    } else if (Is(Keyword::kComment)) {
      FIRN_ASSIGN_OR_RETURN(table.comment, ParseComment());
    } else if (AtAny({Keyword::kAggregate, Keyword::kUnique, Keyword::kPrimary,
                      Keyword::kDuplicate})) {
      FIRN_TRY(ParseKeyDescription(table));
    } else if (At(Keyword::kPartition)) {
      FIRN_TRY(ParsePartitionBy(table));
    } else if (At(Keyword::kDistributed)) {
      FIRN_TRY(ParseDistribution(table));
    } else if (Accept(Keyword::kOrder)) {
      FIRN_TRY(Expect(Keyword::kBy));
      FIRN_TRY(Expect(Symbol::kLeftParen));
      FIRN_ASSIGN_OR_RETURN(table.order_by, ParseOrderItems());
      FIRN_TRY(Expect(Symbol::kRightParen));
    } else if (Is(Keyword::kRollup)) {
      Advance();
      table.native.has_rollup = true;
      FIRN_TRY(SkipParenthesis());
    } else if (Accept(Keyword::kProperties)) {
      FIRN_ASSIGN_OR_RETURN(table.properties, ParseProperties());
    } else if (AtAny({Keyword::kDefault, Keyword::kCharset, Keyword::kCharacter,
                      Keyword::kCollate})) {
      FIRN_TRY(SkipCharsetAndCollation());
    } else {
      return Ok();
    }
  }
}

// {AGGREGATE | UNIQUE | PRIMARY | DUPLICATE} KEY (a, b)
Status Parser::ParseKeyDescription(CreateTableStatement& table) {
  table.native.key_kind = fmt::format("{} KEY", KeywordText(current_.keyword));
  Advance();
  FIRN_TRY(Expect(Keyword::kKey));
  FIRN_ASSIGN_OR_RETURN(table.native.key_columns, ParseNameList());
  return Ok();
}

// DISTRIBUTED BY {HASH (a, b) | RANDOM} [BUCKETS n]
Status Parser::ParseDistribution(CreateTableStatement& table) {
  Advance();
  FIRN_TRY(Expect(Keyword::kBy));
  const uint32_t begin = position().offset_bytes;
  if (Accept(Keyword::kHash)) {
    FIRN_TRY(ParseNameList());
  } else {
    FIRN_TRY(Expect(Keyword::kRandom));
  }
  if (Accept(Keyword::kBuckets)) {
    FIRN_TRY(ParseInteger());
  }
  table.native.distribution = TextBetween(begin, previous_end_);
  return Ok();
}

// PARTITION BY a, f(b) | (a, f(b)) | {RANGE | LIST} (a) (PARTITION …)
Status Parser::ParsePartitionBy(CreateTableStatement& table) {
  Advance();
  FIRN_TRY(Expect(Keyword::kBy));
  if (AtAny({Keyword::kRange, Keyword::kList}) && Peek().symbol == Symbol::kLeftParen) {
    table.native.partition_kind = KeywordText(current_.keyword);
    Advance();
    FIRN_TRY(SkipParenthesis());
    if (!Is(Symbol::kLeftParen)) return Ok();
    return SkipParenthesis();
  }
  FIRN_ASSIGN_OR_RETURN(table.partition_by, ParsePartitionTerms());
  if (Is(Symbol::kLeftParen) &&
      !ParenthesisHoldsQuery()) {  // Explicit partitions of a native table.
    table.native.partition_kind = "LIST";
    return SkipParenthesis();
  }
  return Ok();
}

Result<std::vector<PartitionTerm>> Parser::ParsePartitionTerms() {
  const bool parenthesized = Accept(Symbol::kLeftParen);
  std::vector<PartitionTerm> terms;
  do {
    FIRN_ASSIGN_OR_RETURN(PartitionTerm term, ParsePartitionTerm());
    terms.push_back(std::move(term));
    // A comma of ALTER TABLE may also begin the next clause: `ADD PARTITION COLUMN a, DROP COLUMN
    // b`.
    if (!parenthesized && At(Symbol::kComma)) {
      const Token next = Peek();
      const bool clause = next.keyword == Keyword::kAdd || next.keyword == Keyword::kDrop ||
                          next.keyword == Keyword::kModify || next.keyword == Keyword::kRename ||
                          next.keyword == Keyword::kSet || next.keyword == Keyword::kReplace ||
                          next.keyword == Keyword::kCreate || next.keyword == Keyword::kExecute;
      if (clause) return terms;
    }
  } while (Accept(Symbol::kComma));
  if (parenthesized) {
    FIRN_TRY(Expect(Symbol::kRightParen));
  }
  return terms;
}

Result<PartitionTerm> Parser::ParsePartitionTerm() {
  PartitionTerm term;
  term.position = position();
  FIRN_ASSIGN_OR_RETURN(term.expression, ParsePrefix());
  Recognise(*term.expression, term);
  return term;
}

// A stretch in parentheses that is only looked at to be refused.
Status Parser::SkipParenthesis() {
  FIRN_TRY(Expect(Symbol::kLeftParen));
  for (uint32_t open = 1; open > 0;) {
    if (current_.kind == TokenKind::kEnd || current_.kind == TokenKind::kInvalid) {
      At(Symbol::kRightParen);
      return Fail();
    }
    if (Is(Symbol::kLeftParen) || Is(Symbol::kLeftBracket)) ++open;
    if (Is(Symbol::kRightParen) || Is(Symbol::kRightBracket)) --open;
    Advance();
  }
  return Ok();
}

// ---- columns ----

// name type [charset] [KEY] [agg] [NULL | NOT NULL] [DEFAULT … | AUTO_INCREMENT | AS expr] [COMMENT
// '…']
Result<ColumnDefinition> Parser::ParseColumnDefinition() {
  ColumnDefinition column;
  column.position = position();
  FIRN_ASSIGN_OR_RETURN(column.name, ParseName());
  FIRN_ASSIGN_OR_RETURN(column.type, ParseType());
  FIRN_TRY(ParseColumnConstraints(column));
  return column;
}

Status Parser::ParseColumnConstraints(ColumnDefinition& column) {
  for (;;) {
    switch (current_.keyword) {
      case Keyword::kKey:
        Advance();
        column.is_key = true;
        continue;
      case Keyword::kPrimary:
      case Keyword::kUnique:
        Advance();
        FIRN_TRY(Expect(Keyword::kKey));
        column.is_key = true;
        continue;
      case Keyword::kSum:
      case Keyword::kMax:
      case Keyword::kMin:
      case Keyword::kReplace:
      case Keyword::kReplaceIfNotNull:
      case Keyword::kHllUnion:
      case Keyword::kBitmapUnion:
      case Keyword::kPercentileUnion:
        column.aggregate = KeywordText(current_.keyword);
        Advance();
        continue;
      case Keyword::kNull:
        Advance();
        column.nullable = true;
        continue;
      case Keyword::kNot:
        Advance();
        FIRN_TRY(Expect(Keyword::kNull));
        column.nullable = false;
        continue;
      case Keyword::kDefault: {
        Advance();
        FIRN_ASSIGN_OR_RETURN(column.default_value, ParseDefaultValue());
        continue;
      }
      case Keyword::kAutoIncrement:
        Advance();
        column.auto_increment = true;
        continue;
      case Keyword::kAs: {
        Advance();
        FIRN_ASSIGN_OR_RETURN(column.generated, ParseExpr());
        continue;
      }
      case Keyword::kComment: {
        FIRN_ASSIGN_OR_RETURN(column.comment, ParseComment());
        continue;
      }
      case Keyword::kCharset:
      case Keyword::kCharacter:
      case Keyword::kCollate: {
        FIRN_TRY(SkipCharsetAndCollation());
        continue;
      }
      default: break;
    }
    // What an error lists after a column.
    AtAny({Keyword::kNull, Keyword::kNot, Keyword::kDefault, Keyword::kComment});
    return Ok();
  }
}

// A value ends before NOT NULL or COMMENT, hence no comparison operators at its top.
Result<ExpressionPtr> Parser::ParseDefaultValue() { return ParsePrefix(); }

// ---- DROP, TRUNCATE, REFRESH ----

Result<StatementPtr> Parser::ParseDropTable(Position where) {
  auto statement = Start<DropTableStatement>(where);
  statement->temporary = Accept(Keyword::kTemporary);
  FIRN_TRY(Expect(Keyword::kTable));
  FIRN_ASSIGN_OR_RETURN(statement->if_exists, ParseIfExists());
  FIRN_ASSIGN_OR_RETURN(statement->name, ParseObjectName());
  statement->force = Accept(Keyword::kForce);
  if (Is(Symbol::kComma))
    return Complain("DROP TABLE takes one table", "Write one DROP TABLE a table.");
  return StatementPtr(std::move(statement));
}

Result<StatementPtr> Parser::ParseTruncate() {
  auto statement = Start<TruncateTableStatement>(position());
  Advance();
  FIRN_TRY(Expect(Keyword::kTable));
  FIRN_ASSIGN_OR_RETURN(statement->name, ParseObjectName());
  if (Is(Keyword::kPartition) || Is(Keyword::kPartitions)) {
    FIRN_ASSIGN_OR_RETURN(statement->partitions, ParsePartitionNames());
  }
  return StatementPtr(std::move(statement));
}

// REFRESH EXTERNAL TABLE t [PARTITION ('p', …)]
Result<StatementPtr> Parser::ParseRefresh() {
  auto statement = Start<RefreshTableStatement>(position());
  Advance();
  if (Is(Keyword::kMaterialized)) return UnsupportedStatement("REFRESH MATERIALIZED VIEW");
  if (Is(Keyword::kDictionary)) return UnsupportedStatement("REFRESH DICTIONARY");
  if (Is(Keyword::kConnections)) return UnsupportedStatement("REFRESH CONNECTIONS");
  FIRN_TRY(Expect(Keyword::kExternal, Keyword::kTable));
  FIRN_ASSIGN_OR_RETURN(statement->name, ParseObjectName());
  if (Accept(Keyword::kPartition)) {
    FIRN_TRY(Expect(Symbol::kLeftParen));
    do {
      FIRN_ASSIGN_OR_RETURN(std::string partition, ParseString());
      statement->partitions.push_back(std::move(partition));
    } while (Accept(Symbol::kComma));
    FIRN_TRY(Expect(Symbol::kRightParen));
  }
  return StatementPtr(std::move(statement));
}

}  // namespace firn::sql
