#include <fmt/format.h>

#include "sql/parser_internal.h"

/// SET and the statements of a connection: KILL, transactions, PREPARE.

namespace firn::sql {

Result<StatementPtr> Parser::ParseSet() {
  const Position where = position();
  Advance();
  const Token next = Peek();
  const bool named = next.kind == TokenKind::kWord || next.kind == TokenKind::kQuotedName ||
                     next.kind == TokenKind::kString;
  if (Is(Keyword::kCatalog) && named) {
    Advance();
    auto statement = Start<SetCatalogStatement>(where);
    FIRN_ASSIGN_OR_RETURN(statement->name, ParseNameOrString());
    return StatementPtr(std::move(statement));
  }
  if (Is(Keyword::kRole) && next.symbol != Symbol::kEqual) return ParseSetRole(where);
  if (Is(Keyword::kDefault) && next.keyword == Keyword::kRole) return ParseSetDefaultRole(where);
  auto statement = Start<SetStatement>(where);
  do {
    FIRN_ASSIGN_OR_RETURN(SetItem item, ParseSetItem());
    statement->items.push_back(std::move(item));
  } while (Accept(Symbol::kComma));
  return StatementPtr(std::move(statement));
}

std::optional<VariableScope> Parser::AcceptScope() {
  std::optional<VariableScope> scope;
  if (At(Keyword::kGlobal)) {
    scope = VariableScope::kGlobal;
  } else if (AtAny({Keyword::kSession, Keyword::kLocal})) {
    scope = VariableScope::kSession;
  } else if (At(Keyword::kVerbose)) {
    scope = VariableScope::kVerbose;
  }
  if (scope) Advance();
  return scope;
}

Result<SetItem> Parser::ParseSetItem() {
  if (At(Symbol::kAt)) return ParseSetAtVariable();
  const Token next = Peek();
  if (next.symbol != Symbol::kEqual) {
    if (Is(Keyword::kNames)) return ParseSetNames();
    if (Is(Keyword::kCharset) || Is(Keyword::kCharacter) || Is(Keyword::kChar))
      return ParseSetCharacterSet();
    if (Is(Keyword::kTransaction)) return ParseSetTransaction(VariableScope::kDefault);
    if (Is(Keyword::kPassword)) return ParseSetPassword();
    if (Is(Keyword::kProperty)) return ParseSetUserProperty();
  } else if (Is(Keyword::kPassword)) {
    return ParseSetPassword();
  }
  const Position where = position();
  VariableScope scope = VariableScope::kDefault;
  if (next.kind == TokenKind::kWord || next.kind == TokenKind::kQuotedName) {
    scope = AcceptScope().value_or(VariableScope::kDefault);
  }
  if (Is(Keyword::kTransaction) && Peek().symbol != Symbol::kEqual)
    return ParseSetTransaction(scope);
  const bool warehouse = Is(Keyword::kWarehouse) && scope != VariableScope::kGlobal;
  if (warehouse) {
    Advance();
    Accept(Symbol::kEqual);
    SetWarehouse action;
    FIRN_ASSIGN_OR_RETURN(action.name, ParseNameOrString());
    return SetItem{where, std::move(action)};
  }
  return ParseSetVariable(scope);
}

Result<SetItem> Parser::ParseSetVariable(VariableScope scope) {
  const Position where = position();
  SetVariable action;
  action.scope = scope;
  FIRN_ASSIGN_OR_RETURN(action.name, ParseName());
  FIRN_TRY(Expect(Symbol::kEqual));
  FIRN_ASSIGN_OR_RETURN(action.value, ParseSetValue());
  return SetItem{where, std::move(action)};
}

// @u = e, @@[scope.]v = e. MySQL's := is understood.
Result<SetItem> Parser::ParseSetAtVariable() {
  const Position where = position();
  Advance();
  if (Accept(Symbol::kAt)) {
    VariableScope scope = VariableScope::kDefault;
    if (Peek().symbol == Symbol::kDot) {
      const std::optional<VariableScope> written = AcceptScope();
      if (!written) return Fail();
      scope = *written;
      FIRN_TRY(Expect(Symbol::kDot));
    }
    FIRN_ASSIGN_OR_RETURN(SetItem item, ParseSetVariable(scope));
    item.position = where;
    return item;
  }
  SetUserVariable action;
  FIRN_ASSIGN_OR_RETURN(action.name, ParseNameOrString());
  Accept(Symbol::kColon);
  FIRN_TRY(Expect(Symbol::kEqual));
  FIRN_ASSIGN_OR_RETURN(action.value, ParseExpr());
  return SetItem{where, std::move(action)};
}

// A bare word is its own text: ON, OFF, utf8mb4, binary.
Result<ExpressionPtr> Parser::ParseSetValue() {
  const Position where = position();
  if (Accept(Keyword::kDefault)) return Finish(std::make_unique<DefaultExpression>(), where);
  const Token next = Peek();
  const bool alone = next.kind == TokenKind::kEnd || next.symbol == Symbol::kComma ||
                     next.symbol == Symbol::kSemicolon || next.symbol == Symbol::kRightParen;
  const bool value_word = AtAny({Keyword::kNull, Keyword::kTrue, Keyword::kFalse});
  const bool word = current_.kind == TokenKind::kWord || current_.kind == TokenKind::kQuotedName;
  const bool call =
      Is(Keyword::kCurrentTimestamp) || Is(Keyword::kCurrentDate) || Is(Keyword::kCurrentUser);
  if (word && alone && !value_word && !call) {
    auto node = std::make_unique<LiteralExpression>();
    FIRN_ASSIGN_OR_RETURN(std::string text, ParseNameAfterDot());
    node->value = Literal::String(std::move(text));
    return Finish(std::move(node), where);
  }
  return ParseExpr();
}

// NAMES {cs | DEFAULT} [COLLATE {c | DEFAULT}]
Result<SetItem> Parser::ParseSetNames() {
  const Position where = position();
  Advance();
  SetNames action;
  if (!Accept(Keyword::kDefault)) {
    FIRN_ASSIGN_OR_RETURN(action.charset, ParseNameOrString());
  }
  if (Accept(Keyword::kCollate) && !Accept(Keyword::kDefault)) {
    FIRN_ASSIGN_OR_RETURN(action.collation, ParseNameOrString());
  }
  return SetItem{where, std::move(action)};
}

Result<SetItem> Parser::ParseSetCharacterSet() {
  const Position where = position();
  if (!Accept(Keyword::kCharset)) {
    Advance();
    FIRN_TRY(Expect(Keyword::kSet));
  }
  SetCharacterSet action;
  if (!Accept(Keyword::kDefault)) {
    FIRN_ASSIGN_OR_RETURN(action.charset, ParseNameOrString());
  }
  return SetItem{where, std::move(action)};
}

// TRANSACTION {ISOLATION LEVEL l | READ ONLY | READ WRITE}, …
Result<SetItem> Parser::ParseSetTransaction(VariableScope scope) {
  const Position where = position();
  Advance();
  SetTransaction action;
  action.scope = scope;
  do {
    if (Accept(Keyword::kIsolation)) {
      FIRN_TRY(Expect(Keyword::kLevel));
      if (Accept(Keyword::kSerializable)) {
        action.isolation = "SERIALIZABLE";
      } else if (Accept(Keyword::kRepeatable)) {
        FIRN_TRY(Expect(Keyword::kRead));
        action.isolation = "REPEATABLE READ";
      } else {
        FIRN_TRY(Expect(Keyword::kRead));
        if (!AtAny({Keyword::kCommitted, Keyword::kUncommitted})) return Fail();
        action.isolation = fmt::format("READ {}", KeywordText(current_.keyword));
        Advance();
      }
    } else {
      FIRN_TRY(Expect(Keyword::kRead));
      if (!AtAny({Keyword::kOnly, Keyword::kWrite})) return Fail();
      action.read_only = Is(Keyword::kOnly);
      Advance();
    }
    if (!Is(Symbol::kComma)) break;
    const Keyword next = Peek().keyword;
    if (next != Keyword::kIsolation && next != Keyword::kRead)
      break;  // The next assignment of SET.
    Advance();
  } while (true);
  return SetItem{where, std::move(action)};
}

// PASSWORD [FOR user] = PASSWORD('…') | '*HASH'
Result<SetItem> Parser::ParseSetPassword() {
  const Position where = position();
  Advance();
  SetPassword action;
  if (Accept(Keyword::kFor)) {
    FIRN_ASSIGN_OR_RETURN(action.user, ParseUserName());
  }
  FIRN_TRY(Expect(Symbol::kEqual));
  action.is_hash = !Accept(Keyword::kPassword);
  if (!action.is_hash) {
    FIRN_TRY(Expect(Symbol::kLeftParen));
  }
  FIRN_ASSIGN_OR_RETURN(std::string text, ParseString());
  action.password = Secret(std::move(text));
  if (!action.is_hash) {
    FIRN_TRY(Expect(Symbol::kRightParen));
  }
  return SetItem{where, std::move(action)};
}

Result<SetItem> Parser::ParseSetUserProperty() {
  const Position where = position();
  Advance();
  SetUserProperty action;
  if (Accept(Keyword::kFor)) {
    FIRN_ASSIGN_OR_RETURN(action.user, ParseUserName());
  }
  FIRN_ASSIGN_OR_RETURN(action.properties, ParsePropertyList());
  return SetItem{where, std::move(action)};
}

// ROLE {r, s | DEFAULT | NONE | ALL [EXCEPT r]}
Result<StatementPtr> Parser::ParseSetRole(Position where) {
  Advance();
  auto statement = Start<SetRoleStatement>(where);
  using Which = SetRoleStatement::Which;
  if (Accept(Keyword::kDefault)) {
    statement->which = Which::kDefault;
  } else if (Accept(Keyword::kNone)) {
    statement->which = Which::kNone;
  } else if (Accept(Keyword::kAll)) {
    statement->which = Which::kAll;
    if (Accept(Keyword::kExcept)) {
      FIRN_ASSIGN_OR_RETURN(statement->roles, ParseNameOrStringCommaList());
    }
  } else {
    FIRN_ASSIGN_OR_RETURN(statement->roles, ParseNameOrStringCommaList());
  }
  return StatementPtr(std::move(statement));
}

Result<StatementPtr> Parser::ParseSetDefaultRole(Position where) {
  Advance();
  Advance();
  auto statement = Start<SetDefaultRoleStatement>(where);
  if (Accept(Keyword::kNone)) {
    statement->which = SetRoleStatement::Which::kNone;
  } else if (Accept(Keyword::kAll)) {
    statement->which = SetRoleStatement::Which::kAll;
  } else {
    FIRN_ASSIGN_OR_RETURN(statement->roles, ParseNameOrStringCommaList());
  }
  FIRN_TRY(Expect(Keyword::kTo));
  FIRN_ASSIGN_OR_RETURN(statement->user, ParseUserName());
  return StatementPtr(std::move(statement));
}

// ---- the rest of a connection's life ----

Result<StatementPtr> Parser::ParseKill() {
  auto statement = Start<KillStatement>(position());
  Advance();
  if (Is(Keyword::kAnalyze) || Is(Keyword::kAll)) return UnsupportedStatement("KILL ANALYZE");
  if (Accept(Keyword::kQuery)) {
    statement->query_only = true;
  } else {
    Accept(Keyword::kConnection);
  }
  if (AtString()) {
    FIRN_ASSIGN_OR_RETURN(statement->query_id, ParseString());
    statement->query_only = true;  // A query id names no connection.
    return StatementPtr(std::move(statement));
  }
  FIRN_ASSIGN_OR_RETURN(const int64_t id, ParseInteger());
  statement->connection_id = static_cast<uint64_t>(id);
  return StatementPtr(std::move(statement));
}

// BEGIN [WORK], START TRANSACTION [WITH CONSISTENT SNAPSHOT] [READ ONLY | READ WRITE] [WITH LABEL
// l]
Result<StatementPtr> Parser::ParseBegin() {
  auto statement = Start<BeginStatement>(position());
  const bool start = Is(Keyword::kStart);
  Advance();
  if (start) {
    FIRN_TRY(Expect(Keyword::kTransaction));
  } else {
    Accept(Keyword::kWork);
  }
  do {
    if (Accept(Keyword::kWith)) {
      if (Accept(Keyword::kConsistent)) {
        FIRN_TRY(Expect(Keyword::kSnapshot));
      } else {
        FIRN_TRY(Expect(Keyword::kLabel));
        FIRN_ASSIGN_OR_RETURN(statement->label, ParseNameOrString());
      }
    } else if (Accept(Keyword::kRead)) {
      if (!AtAny({Keyword::kOnly, Keyword::kWrite})) return Fail();
      statement->read_only = Is(Keyword::kOnly);
      Advance();
    } else if (!Accept(Symbol::kComma)) {
      return StatementPtr(std::move(statement));
    }
  } while (true);
}

// {COMMIT | ROLLBACK} [WORK] [AND [NO] CHAIN] [[NO] RELEASE]
Result<StatementPtr> Parser::ParseTransactionEnd() {
  const Position where = position();
  const bool commit = Is(Keyword::kCommit);
  Advance();
  Accept(Keyword::kWork);
  if (Is(Keyword::kTo)) return UnsupportedStatement("ROLLBACK TO SAVEPOINT");
  if (Accept(Keyword::kAnd)) {
    if (!Accept(Keyword::kNo)) return UnsupportedStatement("AND CHAIN", "Send BEGIN after it.");
    FIRN_TRY(Expect(Keyword::kChain));
  }
  if (Accept(Keyword::kNo)) {
    FIRN_TRY(Expect(Keyword::kRelease));
  } else if (Is(Keyword::kRelease)) {
    return UnsupportedStatement("RELEASE", "Close the connection after it.");
  }
  if (commit) return StatementPtr(Start<CommitStatement>(where));
  return StatementPtr(Start<RollbackStatement>(where));
}

// PREPARE name FROM {'sql' | statement}
Result<StatementPtr> Parser::ParsePrepare() {
  auto statement = Start<PrepareStatement>(position());
  Advance();
  FIRN_ASSIGN_OR_RETURN(statement->name, ParseName());
  FIRN_TRY(Expect(Keyword::kFrom));
  if (AtString()) {
    FIRN_ASSIGN_OR_RETURN(statement->text, ParseString());
    return StatementPtr(std::move(statement));
  }
  const Keyword first = current_.keyword;
  if (first == Keyword::kPrepare || first == Keyword::kExplain || first == Keyword::kDesc ||
      first == Keyword::kDescribe) {
    return UnsupportedStatement(fmt::format("PREPARE of {}", KeywordText(first)));
  }
  const uint32_t begin = position().offset_bytes;
  FIRN_TRY(ParseStatement());
  statement->text = TextBetween(begin, previous_end_);
  parameter_count_ = 0;  // They are the prepared statement's.
  return StatementPtr(std::move(statement));
}

// EXECUTE name [USING @a, @b], EXECUTE AS user [WITH NO REVERT]
Result<StatementPtr> Parser::ParseExecute() {
  const Position where = position();
  Advance();
  if (Accept(Keyword::kAs)) {
    auto statement = Start<ExecuteAsStatement>(where);
    Accept(Keyword::kExternal);
    if (Is(Keyword::kUser) && Peek().symbol != Symbol::kAt && Peek().keyword != Keyword::kWith &&
        Peek().kind != TokenKind::kEnd) {
      Advance();
    }
    FIRN_ASSIGN_OR_RETURN(statement->user, ParseUserName());
    if (Accept(Keyword::kWith)) {
      FIRN_TRY(Expect(Keyword::kNo, Keyword::kRevert));
      statement->no_revert = true;
    }
    return StatementPtr(std::move(statement));
  }
  auto statement = Start<ExecuteStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->name, ParseName());
  if (Accept(Keyword::kUsing)) {
    do {
      FIRN_TRY(Expect(Symbol::kAt));
      FIRN_ASSIGN_OR_RETURN(std::string variable, ParseNameOrString());
      statement->variables.push_back(std::move(variable));
    } while (Accept(Symbol::kComma));
  }
  return StatementPtr(std::move(statement));
}

// {DEALLOCATE | DROP} PREPARE name; the first word is gone.
Result<StatementPtr> Parser::ParseDeallocate(Position where) {
  FIRN_TRY(Expect(Keyword::kPrepare));
  auto statement = Start<DeallocateStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->name, ParseName());
  return StatementPtr(std::move(statement));
}

// LOCK TABLES t [AS a] {READ [LOCAL] | [LOW_PRIORITY] WRITE}, …; UNLOCK TABLES
Result<StatementPtr> Parser::ParseLockTables() {
  const Position where = position();
  const bool unlock = Is(Keyword::kUnlock);
  Advance();
  if (!AtAny({Keyword::kTables, Keyword::kTable})) return Fail();
  Advance();
  if (unlock) return StatementPtr(Start<UnlockTablesStatement>(where));
  auto statement = Start<LockTablesStatement>(where);
  do {
    FIRN_ASSIGN_OR_RETURN(ObjectName name, ParseObjectName());
    statement->tables.push_back(std::move(name));
    const bool aliased =
        Accept(Keyword::kAs) || !AtAny({Keyword::kRead, Keyword::kWrite, Keyword::kLowPriority});
    if (aliased) {
      FIRN_TRY(ParseName());
    }
    if (Accept(Keyword::kRead)) {
      Accept(Keyword::kLocal);
    } else {
      Accept(Keyword::kLowPriority);
      FIRN_TRY(Expect(Keyword::kWrite));
    }
  } while (Accept(Symbol::kComma));
  return StatementPtr(std::move(statement));
}

}  // namespace firn::sql
