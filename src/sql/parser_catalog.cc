#include <fmt/format.h>

#include "sql/parser_internal.h"

/// Statements about catalogs and databases, and property lists.

namespace firn::sql {

// CREATE EXTERNAL CATALOG [IF NOT EXISTS] name [COMMENT '…'] PROPERTIES (…)
Result<StatementPtr> Parser::ParseCreateCatalog(Position where) {
  auto statement = Start<CreateCatalogStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->if_not_exists, ParseIfNotExists());
  FIRN_ASSIGN_OR_RETURN(statement->name, ParseNameOrString());
  FIRN_ASSIGN_OR_RETURN(statement->comment, ParseComment());
  FIRN_TRY(Expect(Keyword::kProperties));
  FIRN_ASSIGN_OR_RETURN(statement->properties, ParseProperties());
  return StatementPtr(std::move(statement));
}

// ALTER CATALOG name SET [PROPERTIES] (…)
Result<StatementPtr> Parser::ParseAlterCatalog(Position where) {
  Advance();
  auto statement = Start<AlterCatalogStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->name, ParseNameOrString());
  FIRN_TRY(Expect(Keyword::kSet));
  Accept(Keyword::kProperties);
  FIRN_ASSIGN_OR_RETURN(statement->properties, ParseProperties());
  return StatementPtr(std::move(statement));
}

Result<StatementPtr> Parser::ParseDropCatalog(Position where) {
  Advance();
  auto statement = Start<DropCatalogStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->if_exists, ParseIfExists());
  FIRN_ASSIGN_OR_RETURN(statement->name, ParseNameOrString());
  return StatementPtr(std::move(statement));
}

Result<StatementPtr> Parser::ParseCreateDatabase(Position where) {
  Advance();
  auto statement = Start<CreateDatabaseStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->if_not_exists, ParseIfNotExists());
  FIRN_ASSIGN_OR_RETURN(statement->name, ParseObjectName());
  FIRN_TRY(SkipCharsetAndCollation());
  if (Accept(Keyword::kProperties)) {
    FIRN_ASSIGN_OR_RETURN(statement->properties, ParseProperties());
  }
  return StatementPtr(std::move(statement));
}

// [DEFAULT] {CHARSET | CHARACTER SET} [=] x [DEFAULT] COLLATE [=] y: MySQL's, of no effect in
// StarRocks.
Status Parser::SkipCharsetAndCollation() {
  for (;;) {
    const bool has_default = Is(Keyword::kDefault);
    if (has_default) Advance();
    if (Accept(Keyword::kCharset) || Accept(Keyword::kCollate)) {
    } else if (Accept(Keyword::kCharacter) || Accept(Keyword::kChar)) {
      FIRN_TRY(Expect(Keyword::kSet));
    } else if (has_default) {
      return Fail();
    } else {
      return Ok();
    }
    Accept(Symbol::kEqual);
    FIRN_TRY(ParseNameOrString());
  }
}

Result<StatementPtr> Parser::ParseDropDatabase(Position where) {
  Advance();
  auto statement = Start<DropDatabaseStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->if_exists, ParseIfExists());
  FIRN_ASSIGN_OR_RETURN(statement->name, ParseObjectName());
  statement->force = Accept(Keyword::kForce);
  return StatementPtr(std::move(statement));
}

Result<StatementPtr> Parser::ParseAlterDatabase(Position where) {
  Advance();
  auto statement = Start<AlterDatabaseStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->name, ParseObjectName());
  if (Accept(Keyword::kRename)) {
    FIRN_ASSIGN_OR_RETURN(statement->new_name, ParseName());
    return StatementPtr(std::move(statement));
  }
  FIRN_TRY(Expect(Keyword::kSet));
  if (!At(Symbol::kLeftParen) && Peek().kind == TokenKind::kWord) {
    return UnsupportedStatement("ALTER DATABASE … SET QUOTA");
  }
  FIRN_ASSIGN_OR_RETURN(statement->properties, ParseProperties());
  return StatementPtr(std::move(statement));
}

// USE db, USE catalog.db, USE 'catalog name'
Result<StatementPtr> Parser::ParseUse() {
  const Position where = position();
  Advance();
  if (!AtString()) {
    auto statement = Start<UseStatement>(where);
    FIRN_ASSIGN_OR_RETURN(statement->name, ParseObjectName());
    return StatementPtr(std::move(statement));
  }
  const std::string inner = UnescapeString(lexer_.TextOf(current_));
  Parser words(std::make_shared<const std::string>(inner), options_);
  if (!words.Accept(Keyword::kCatalog)) {
    return Complain("USE takes a database, or 'catalog <name>' in quotes",
                    "Write USE db, USE catalog.db or SET CATALOG name.");
  }
  auto statement = Start<SetCatalogStatement>(where);
  Result<std::string> name = words.ParseNameOrString();
  if (!name || words.current_.kind != TokenKind::kEnd) {
    return Complain("One catalog's name is expected after the word catalog");
  }
  statement->name = std::move(*name);
  Advance();
  return StatementPtr(std::move(statement));
}

// ---- properties ----

Result<std::vector<Property>> Parser::ParseProperties() {
  FIRN_TRY(Expect(Symbol::kLeftParen));
  FIRN_ASSIGN_OR_RETURN(std::vector<Property> properties, ParsePropertyList());
  FIRN_TRY(Expect(Symbol::kRightParen));
  return properties;
}

Result<std::vector<Property>> Parser::ParsePropertyList() {
  std::vector<Property> properties;
  do {
    FIRN_ASSIGN_OR_RETURN(Property property, ParseProperty());
    properties.push_back(std::move(property));
  } while (Accept(Symbol::kComma));
  return properties;
}

// "key" = "value". The error names the key: people paste values, and placeholders, without quotes.
Result<Property> Parser::ParseProperty() {
  Property property;
  property.position = position();
  FIRN_ASSIGN_OR_RETURN(property.key, ParseString());
  FIRN_TRY(Expect(Symbol::kEqual));
  if (!AtString() && current_.kind != TokenKind::kInvalid && current_.kind != TokenKind::kEnd) {
    const bool placeholder = Is(Symbol::kLess);
    const std::string hint =
        placeholder
            ? fmt::format(
                  "Replace the placeholder <…> by its value, and quote it: \"{}\" = \"value\".",
                  property.key)
            : fmt::format("The value must be quoted: \"{}\" = \"value\".", property.key);
    return UnexpectedInput(PlaceOf(current_), expected_, hint);
  }
  FIRN_ASSIGN_OR_RETURN(property.value, ParseString());
  return property;
}

Result<std::optional<std::string>> Parser::ParseComment() {
  if (!Accept(Keyword::kComment)) return std::optional<std::string>();
  Accept(Symbol::kEqual);
  FIRN_ASSIGN_OR_RETURN(std::string comment, ParseString());
  return std::optional(std::move(comment));
}

}  // namespace firn::sql
