#include "sql/parser_internal.h"

/// CREATE, ALTER and DROP of views.

namespace firn::sql {

// CREATE [OR REPLACE] VIEW [IF NOT EXISTS] v [(c [COMMENT '…'], …)] [COMMENT '…'] [SECURITY …]
// [PROPERTIES (…)] AS q
Result<StatementPtr> Parser::ParseCreateView(Position where) {
  auto view = Start<CreateViewStatement>(where);
  if (Accept(Keyword::kOr)) {
    FIRN_TRY(Expect(Keyword::kReplace));
    view->or_replace = true;
  }
  FIRN_TRY(Expect(Keyword::kView));
  FIRN_ASSIGN_OR_RETURN(view->if_not_exists, ParseIfNotExists());
  FIRN_ASSIGN_OR_RETURN(view->name, ParseObjectName());
  FIRN_ASSIGN_OR_RETURN(view->columns, ParseViewColumns());
  FIRN_ASSIGN_OR_RETURN(view->comment, ParseComment());
  if (Accept(Keyword::kSecurity)) {
    if (!AtAny({Keyword::kNone, Keyword::kInvoker})) return Fail();
    view->security = KeywordText(current_.keyword);
    Advance();
  }
  if (Accept(Keyword::kProperties)) {
    FIRN_ASSIGN_OR_RETURN(view->properties, ParseProperties());
  }
  FIRN_TRY(Expect(Keyword::kAs));
  FIRN_TRY(ParseViewQuery(view->query, view->query_text));
  return StatementPtr(std::move(view));
}

Result<std::vector<ViewColumn>> Parser::ParseViewColumns() {
  std::vector<ViewColumn> columns;
  if (!Accept(Symbol::kLeftParen)) return columns;
  do {
    ViewColumn column;
    column.position = position();
    FIRN_ASSIGN_OR_RETURN(column.name, ParseName());
    FIRN_ASSIGN_OR_RETURN(column.comment, ParseComment());
    columns.push_back(std::move(column));
  } while (Accept(Symbol::kComma));
  FIRN_TRY(Expect(Symbol::kRightParen));
  return columns;
}

Status Parser::ParseViewQuery(QueryPtr& query, std::string& text) {
  const uint32_t begin = position().offset_bytes;
  FIRN_ASSIGN_OR_RETURN(query, ParseQuery());
  text = TextBetween(begin, previous_end_);
  return Ok();
}

Result<StatementPtr> Parser::ParseAlterView(Position where) {
  Advance();
  auto view = Start<AlterViewStatement>(where);
  FIRN_ASSIGN_OR_RETURN(view->name, ParseObjectName());
  if (Accept(Keyword::kSet)) {
    if (Is(Keyword::kSecurity)) return UnsupportedStatement("ALTER VIEW … SET SECURITY");
    view->action = AlterViewStatement::Action::kSetProperties;
    Accept(Keyword::kProperties);
    FIRN_ASSIGN_OR_RETURN(view->properties, ParseProperties());
    return StatementPtr(std::move(view));
  }
  if (AtAny({Keyword::kAdd, Keyword::kModify})) {
    view->action = Is(Keyword::kAdd) ? AlterViewStatement::Action::kAddDialect
                                     : AlterViewStatement::Action::kModifyDialect;
    Advance();
    FIRN_TRY(Expect(Keyword::kDialect));
    if (!AtQueryStart()) {
      FIRN_ASSIGN_OR_RETURN(view->dialect, ParseName());
    }
    Accept(Keyword::kAs);
  } else {
    FIRN_ASSIGN_OR_RETURN(view->columns, ParseViewColumns());
    FIRN_ASSIGN_OR_RETURN(view->comment, ParseComment());
    FIRN_TRY(Expect(Keyword::kAs));
  }
  FIRN_TRY(ParseViewQuery(view->query, view->query_text));
  return StatementPtr(std::move(view));
}

Result<StatementPtr> Parser::ParseDropView(Position where) {
  Advance();
  auto statement = Start<DropViewStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->if_exists, ParseIfExists());
  FIRN_ASSIGN_OR_RETURN(statement->name, ParseObjectName());
  return StatementPtr(std::move(statement));
}

}  // namespace firn::sql
