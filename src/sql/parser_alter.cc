#include <fmt/format.h>

#include "sql/parser_internal.h"

/// The clauses of ALTER TABLE.

namespace firn::sql {
namespace {

constexpr int64_t kMinuteMs = 60 * 1000;
constexpr int64_t kHourMs = 60 * kMinuteMs;
constexpr int64_t kDayMs = 24 * kHourMs;

}  // namespace

Result<StatementPtr> Parser::ParseAlterTable(Position where) {
  Advance();
  auto statement = Start<AlterTableStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->name, ParseObjectName());
  do {
    AlterTableClause clause{.position = position(), .action = {}};
    FIRN_ASSIGN_OR_RETURN(clause.action, ParseAlterAction());
    statement->clauses.push_back(std::move(clause));
  } while (Accept(Symbol::kComma));
  return StatementPtr(std::move(statement));
}

Result<AlterTableAction> Parser::ParseAlterAction() {
  if (Accept(Keyword::kAdd)) return ParseAlterAdd();
  if (Accept(Keyword::kDrop)) return ParseAlterDrop();
  if (Accept(Keyword::kModify)) return ParseAlterModify();
  if (Accept(Keyword::kRename)) return ParseAlterRename();
  if (Accept(Keyword::kReplace)) return ParseAlterReplace();
  if (Accept(Keyword::kExecute)) return ParseExecuteProcedure();
  if (Accept(Keyword::kSet)) {
    Accept(Keyword::kProperties);
    SetPropertiesClause clause;
    FIRN_ASSIGN_OR_RETURN(clause.properties, ParseProperties());
    return AlterTableAction(std::move(clause));
  }
  if (Accept(Keyword::kComment)) {
    FIRN_TRY(Expect(Symbol::kEqual));
    SetTableCommentClause clause;
    FIRN_ASSIGN_OR_RETURN(clause.comment, ParseString());
    return AlterTableAction(std::move(clause));
  }
  if (Accept(Keyword::kCreate)) {
    bool replace = false;
    if (Accept(Keyword::kOr)) {
      FIRN_TRY(Expect(Keyword::kReplace));
      replace = true;
    }
    return ParseCreateRef(true, replace);
  }
  if (Accept(Keyword::kSwap)) {
    FIRN_TRY(Expect(Keyword::kWith));
    SwapTableClause clause;
    FIRN_ASSIGN_OR_RETURN(clause.other, ParseName());
    return AlterTableAction(std::move(clause));
  }
  const bool native = Is(Keyword::kOrder) || Is(Keyword::kPartition) || Is(Keyword::kDistributed) ||
                      Is(Keyword::kCompact) || Is(Keyword::kTruncate);
  if (native) {
    return UnsupportedStatement(
        fmt::format("ALTER TABLE … {}", KeywordText(current_.keyword)),
        "It is for native tables of StarRocks; Firn's tables are Iceberg tables.");
  }
  return Fail();
}

// ADD COLUMN c …, ADD COLUMN (c …, d …), ADD PARTITION COLUMN e
Result<AlterTableAction> Parser::ParseAlterAdd() {
  if (Is(Keyword::kPartition) && Peek().keyword == Keyword::kColumn) {
    Advance();
    Advance();
    AddPartitionColumnsClause clause;
    FIRN_ASSIGN_OR_RETURN(clause.terms, ParsePartitionTerms());
    return AlterTableAction(std::move(clause));
  }
  if (Is(Keyword::kIndex) || Is(Keyword::kRollup) || Is(Keyword::kPartition) ||
      Is(Keyword::kPartitions) || Is(Keyword::kTemporary)) {
    return UnsupportedStatement(
        fmt::format("ALTER TABLE … ADD {}", KeywordText(current_.keyword)),
        "Iceberg tables have partition columns: ALTER TABLE … ADD PARTITION COLUMN.");
  }
  FIRN_TRY(Expect(Keyword::kColumn));
  AddColumnsClause clause;
  if (Accept(Symbol::kLeftParen)) {
    do {
      FIRN_ASSIGN_OR_RETURN(ColumnDefinition column, ParseColumnDefinition());
      clause.columns.push_back(std::move(column));
    } while (Accept(Symbol::kComma));
    FIRN_TRY(Expect(Symbol::kRightParen));
    return AlterTableAction(std::move(clause));
  }
  FIRN_ASSIGN_OR_RETURN(ColumnDefinition column, ParseColumnDefinition());
  clause.columns.push_back(std::move(column));
  FIRN_ASSIGN_OR_RETURN(clause.place, ParseColumnPlace());
  return AlterTableAction(std::move(clause));
}

Result<AlterTableAction> Parser::ParseAlterDrop() {
  if (AtAny({Keyword::kBranch, Keyword::kTag})) {
    DropRefClause clause;
    clause.ref_kind = Is(Keyword::kBranch) ? RefKind::kBranch : RefKind::kTag;
    Advance();
    FIRN_ASSIGN_OR_RETURN(clause.if_exists, ParseIfExists());
    FIRN_ASSIGN_OR_RETURN(clause.name, ParseName());
    return AlterTableAction(std::move(clause));
  }
  if (Is(Keyword::kPartition) && Peek().keyword == Keyword::kColumn) {
    Advance();
    Advance();
    DropPartitionColumnsClause clause;
    FIRN_ASSIGN_OR_RETURN(clause.terms, ParsePartitionTerms());
    return AlterTableAction(std::move(clause));
  }
  if (Is(Keyword::kPartition) || Is(Keyword::kPartitions) || Is(Keyword::kIndex) ||
      Is(Keyword::kRollup)) {
    return UnsupportedStatement(
        fmt::format("ALTER TABLE … DROP {}", KeywordText(current_.keyword)),
        "To drop rows use DELETE FROM … WHERE; to stop partitioning, DROP PARTITION COLUMN.");
  }
  FIRN_TRY(Expect(Keyword::kColumn));
  DropColumnClause clause;
  FIRN_ASSIGN_OR_RETURN(clause.column, ParseName());
  return AlterTableAction(std::move(clause));
}

// MODIFY COLUMN c type … | c COMMENT '…' | c ADD FIELD … | c DROP FIELD …
Result<AlterTableAction> Parser::ParseAlterModify() {
  if (Is(Keyword::kPartition)) return UnsupportedStatement("ALTER TABLE … MODIFY PARTITION");
  FIRN_TRY(Expect(Keyword::kColumn));
  ModifyColumnClause modify;
  modify.column.position = position();
  FIRN_ASSIGN_OR_RETURN(std::string name, ParseName());
  if (At(Keyword::kComment)) {
    ModifyColumnCommentClause clause;
    clause.column = std::move(name);
    FIRN_ASSIGN_OR_RETURN(std::optional<std::string> comment, ParseComment());
    clause.comment = std::move(*comment);
    return AlterTableAction(std::move(clause));
  }
  if (Accept(Keyword::kAdd)) {
    FIRN_TRY(Expect(Keyword::kField));
    AddFieldClause clause;
    clause.column = std::move(name);
    FIRN_ASSIGN_OR_RETURN(clause.path, ParseFieldPath());
    FIRN_ASSIGN_OR_RETURN(clause.type, ParseType());
    FIRN_ASSIGN_OR_RETURN(clause.place, ParseColumnPlace());
    return AlterTableAction(std::move(clause));
  }
  if (Accept(Keyword::kDrop)) {
    FIRN_TRY(Expect(Keyword::kField));
    DropFieldClause clause;
    clause.column = std::move(name);
    FIRN_ASSIGN_OR_RETURN(clause.path, ParseFieldPath());
    return AlterTableAction(std::move(clause));
  }
  modify.column.name = std::move(name);
  FIRN_ASSIGN_OR_RETURN(modify.column.type, ParseType());
  FIRN_TRY(ParseColumnConstraints(modify.column));
  FIRN_ASSIGN_OR_RETURN(modify.place, ParseColumnPlace());
  return AlterTableAction(std::move(modify));
}

// a.b.[*].c: "[*]" is an array's element.
Result<std::vector<std::string>> Parser::ParseFieldPath() {
  std::vector<std::string> path;
  do {
    if (Accept(Symbol::kLeftBracket)) {
      FIRN_TRY(Expect(Symbol::kStar));
      FIRN_TRY(Expect(Symbol::kRightBracket));
      path.emplace_back("[*]");
    } else {
      FIRN_ASSIGN_OR_RETURN(std::string name, ParseNameAfterDot());
      path.push_back(std::move(name));
    }
  } while (Accept(Symbol::kDot));
  return path;
}

// RENAME t, RENAME COLUMN a TO b
Result<AlterTableAction> Parser::ParseAlterRename() {
  if (Is(Keyword::kColumn) && Peek().kind != TokenKind::kEnd &&
      Peek().symbol == Symbol::kNotASymbol) {
    Advance();
    RenameColumnClause clause;
    FIRN_ASSIGN_OR_RETURN(clause.column, ParseName());
    FIRN_TRY(Expect(Keyword::kTo));
    FIRN_ASSIGN_OR_RETURN(clause.new_name, ParseName());
    return AlterTableAction(std::move(clause));
  }
  RenameTableClause clause;
  if (Is(Keyword::kTo)) Advance();  // MySQL's spelling.
  FIRN_ASSIGN_OR_RETURN(clause.new_name, ParseName());
  return AlterTableAction(std::move(clause));
}

// REPLACE {BRANCH | TAG} …, REPLACE PARTITION COLUMN old WITH new
Result<AlterTableAction> Parser::ParseAlterReplace() {
  if (!Is(Keyword::kPartition) || Peek().keyword != Keyword::kColumn)
    return ParseCreateRef(false, true);
  Advance();
  Advance();
  ReplacePartitionColumnClause clause;
  FIRN_ASSIGN_OR_RETURN(clause.old_term, ParsePartitionTerm());
  FIRN_TRY(Expect(Keyword::kWith));
  FIRN_ASSIGN_OR_RETURN(clause.new_term, ParsePartitionTerm());
  return AlterTableAction(std::move(clause));
}

// FIRST, AFTER c
Result<ColumnPlace> Parser::ParseColumnPlace() {
  ColumnPlace place;
  if (Accept(Keyword::kFirst)) {
    place.first = true;
  } else if (Accept(Keyword::kAfter)) {
    FIRN_ASSIGN_OR_RETURN(place.after, ParseName());
  }
  return place;
}

// {BRANCH | TAG} [IF NOT EXISTS] name [AS OF VERSION id] [RETAIN n unit] [WITH SNAPSHOT RETENTION
// …]
Result<AlterTableAction> Parser::ParseCreateRef(bool create, bool replace) {
  if (!AtAny({Keyword::kBranch, Keyword::kTag})) return Fail();
  CreateRefClause clause;
  clause.create = create;
  clause.replace = replace;
  clause.ref_kind = Is(Keyword::kBranch) ? RefKind::kBranch : RefKind::kTag;
  Advance();
  FIRN_ASSIGN_OR_RETURN(clause.if_not_exists, ParseIfNotExists());
  if (clause.if_not_exists && replace)
    return Complain("OR REPLACE and IF NOT EXISTS exclude each other");
  FIRN_ASSIGN_OR_RETURN(clause.name, ParseName());
  FIRN_TRY(ParseRefOptions(clause));
  return AlterTableAction(std::move(clause));
}

Status Parser::ParseRefOptions(CreateRefClause& clause) {
  if (Accept(Keyword::kAs)) {
    FIRN_TRY(Expect(Keyword::kOf, Keyword::kVersion));
    FIRN_ASSIGN_OR_RETURN(clause.snapshot_id, ParseInteger());
  }
  if (Accept(Keyword::kRetain)) {
    FIRN_ASSIGN_OR_RETURN(clause.max_ref_age_ms, ParseDuration());
  }
  if (clause.ref_kind == RefKind::kTag || !Accept(Keyword::kWith)) return Ok();
  FIRN_TRY(Expect(Keyword::kSnapshot, Keyword::kRetention));
  if (current_.kind == TokenKind::kInteger && Peek().keyword == Keyword::kSnapshots) {
    FIRN_ASSIGN_OR_RETURN(clause.min_snapshots_to_keep, ParseInteger());
    Advance();
    if (current_.kind != TokenKind::kInteger) return Ok();
  }
  FIRN_ASSIGN_OR_RETURN(clause.max_snapshot_age_ms, ParseDuration());
  return Ok();
}

// n {DAYS | HOURS | MINUTES}, in milliseconds.
Result<int64_t> Parser::ParseDuration() {
  FIRN_ASSIGN_OR_RETURN(const int64_t count, ParseInteger());
  if (!AtAny({Keyword::kDays, Keyword::kHours, Keyword::kMinutes})) return Fail();
  const int64_t unit_ms = Is(Keyword::kDays) ? kDayMs : Is(Keyword::kHours) ? kHourMs : kMinuteMs;
  if (count > INT64_MAX / unit_ms) return Complain("This time is too long");
  Advance();
  return count * unit_ms;
}

// EXECUTE procedure(a, …) or (name = a, …) [WHERE …]
Result<AlterTableAction> Parser::ParseExecuteProcedure() {
  ExecuteProcedureClause clause;
  FIRN_ASSIGN_OR_RETURN(clause.procedure, ParseName());
  FIRN_ASSIGN_OR_RETURN(clause.arguments, ParseProcedureArguments());
  if (Accept(Keyword::kWhere)) {
    FIRN_ASSIGN_OR_RETURN(clause.where, ParseExpr());
  }
  return AlterTableAction(std::move(clause));
}

// Names are bare words or strings: `older_than = now()`, `"rewrite_all" = true`.
Result<std::vector<ProcedureArgument>> Parser::ParseProcedureArguments() {
  FIRN_TRY(Expect(Symbol::kLeftParen));
  std::vector<ProcedureArgument> arguments;
  if (Accept(Symbol::kRightParen)) return arguments;
  do {
    ProcedureArgument argument;
    argument.position = position();
    const Symbol next = Peek().symbol;
    const bool named = (next == Symbol::kEqual || next == Symbol::kFatArrow) &&
                       (current_.kind == TokenKind::kWord || current_.kind == TokenKind::kString ||
                        current_.kind == TokenKind::kQuotedName);
    if (named) {
      FIRN_ASSIGN_OR_RETURN(argument.name, ParseNameOrString());
      Advance();
    }
    FIRN_ASSIGN_OR_RETURN(argument.value, ParseExpr());
    arguments.push_back(std::move(argument));
  } while (Accept(Symbol::kComma));
  FIRN_TRY(Expect(Symbol::kRightParen));
  return arguments;
}

}  // namespace firn::sql
