#include <fmt/format.h>

#include "sql/parser_internal.h"

/// Users, roles and privileges.

namespace firn::sql {
namespace {

// Singular of the object words of GRANT.
struct ObjectWord {
  Keyword singular;
  Keyword plural;
};
constexpr ObjectWord kObjectWords[] = {
    {Keyword::kCatalog, Keyword::kCatalogs},     {Keyword::kDatabase, Keyword::kDatabases},
    {Keyword::kTable, Keyword::kTables},         {Keyword::kView, Keyword::kViews},
    {Keyword::kFunction, Keyword::kFunctions},   {Keyword::kResource, Keyword::kResources},
    {Keyword::kWarehouse, Keyword::kWarehouses}, {Keyword::kPipe, Keyword::kPipes},
    {Keyword::kUser, Keyword::kUsers},
};

// Of two words, the first fixed: MATERIALIZED VIEW(S), STORAGE VOLUME(S), RESOURCE GROUP(S), GLOBAL
// FUNCTION(S).
struct ObjectPair {
  Keyword first;
  Keyword singular;
  Keyword plural;
};
constexpr ObjectPair kObjectPairs[] = {
    {Keyword::kMaterialized, Keyword::kView, Keyword::kViews},
    {Keyword::kStorage, Keyword::kVolume, Keyword::kVolumes},
    {Keyword::kResource, Keyword::kGroup, Keyword::kGroups},
    {Keyword::kGlobal, Keyword::kFunction, Keyword::kFunctions},
};

}  // namespace

// name, 'name', 'name'@'host', 'name'@['domain'], CURRENT_USER [()]
Result<UserName> Parser::ParseUserName() {
  UserName user;
  user.position = position();
  if (Accept(Keyword::kCurrentUser)) {
    user.current = true;
    if (Accept(Symbol::kLeftParen)) {
      FIRN_TRY(Expect(Symbol::kRightParen));
    }
    return user;
  }
  FIRN_ASSIGN_OR_RETURN(user.name, ParseNameOrString());
  if (!Accept(Symbol::kAt)) return user;
  const bool domain = Accept(Symbol::kLeftBracket);
  FIRN_ASSIGN_OR_RETURN(user.host, ParseNameOrString());
  if (domain) {
    FIRN_TRY(Expect(Symbol::kRightBracket));
  }
  return user;
}

// IDENTIFIED {BY [PASSWORD] '…' | WITH plugin [{BY | AS} '…']}
Result<std::optional<Authentication>> Parser::ParseAuthentication() {
  if (!Accept(Keyword::kIdentified)) return std::optional<Authentication>();
  Authentication authentication;
  if (Accept(Keyword::kWith)) {
    FIRN_ASSIGN_OR_RETURN(authentication.plugin, ParseNameOrString());
    authentication.is_hash = At(Keyword::kAs);
    if (!AtAny({Keyword::kBy, Keyword::kAs})) return std::optional(std::move(authentication));
    Advance();
  } else {
    FIRN_TRY(Expect(Keyword::kBy));
    authentication.is_hash = Accept(Keyword::kPassword);
  }
  FIRN_ASSIGN_OR_RETURN(std::string text, ParseString());
  authentication.text = Secret(std::move(text));
  return std::optional(std::move(authentication));
}

Result<StatementPtr> Parser::ParseCreateUser(Position where) {
  Advance();
  auto statement = Start<CreateUserStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->if_not_exists, ParseIfNotExists());
  FIRN_ASSIGN_OR_RETURN(statement->user, ParseUserName());
  FIRN_ASSIGN_OR_RETURN(statement->authentication, ParseAuthentication());
  if (Accept(Keyword::kDefault)) {
    FIRN_TRY(Expect(Keyword::kRole));
    FIRN_ASSIGN_OR_RETURN(statement->default_roles, ParseNameOrStringCommaList());
  }
  if (Accept(Keyword::kProperties)) {
    FIRN_ASSIGN_OR_RETURN(statement->properties, ParseProperties());
  }
  return StatementPtr(std::move(statement));
}

Result<StatementPtr> Parser::ParseAlterUser(Position where) {
  Advance();
  auto statement = Start<AlterUserStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->if_exists, ParseIfExists());
  FIRN_ASSIGN_OR_RETURN(statement->user, ParseUserName());
  FIRN_ASSIGN_OR_RETURN(statement->authentication, ParseAuthentication());
  if (Accept(Keyword::kDefault)) {
    FIRN_TRY(Expect(Keyword::kRole));
    statement->default_role = SetRoleStatement::Which::kListed;
    if (Accept(Keyword::kNone)) {
      statement->default_role = SetRoleStatement::Which::kNone;
    } else if (Accept(Keyword::kAll)) {
      statement->default_role = SetRoleStatement::Which::kAll;
    } else {
      FIRN_ASSIGN_OR_RETURN(statement->default_roles, ParseNameOrStringCommaList());
    }
  }
  if (Accept(Keyword::kSet)) {
    FIRN_TRY(Expect(Keyword::kProperties));
    FIRN_ASSIGN_OR_RETURN(statement->properties, ParseProperties());
  }
  const bool changes_nothing =
      !statement->authentication && !statement->default_role && statement->properties.empty();
  if (changes_nothing) return Fail();
  return StatementPtr(std::move(statement));
}

Result<StatementPtr> Parser::ParseDropUser(Position where) {
  Advance();
  auto statement = Start<DropUserStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->if_exists, ParseIfExists());
  FIRN_ASSIGN_OR_RETURN(statement->user, ParseUserName());
  return StatementPtr(std::move(statement));
}

Result<StatementPtr> Parser::ParseCreateRole(Position where) {
  Advance();
  auto statement = Start<CreateRoleStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->if_not_exists, ParseIfNotExists());
  FIRN_ASSIGN_OR_RETURN(statement->roles, ParseNameOrStringCommaList());
  FIRN_ASSIGN_OR_RETURN(statement->comment, ParseComment());
  return StatementPtr(std::move(statement));
}

Result<StatementPtr> Parser::ParseDropRole(Position where) {
  Advance();
  auto statement = Start<DropRoleStatement>(where);
  FIRN_ASSIGN_OR_RETURN(statement->if_exists, ParseIfExists());
  FIRN_ASSIGN_OR_RETURN(statement->roles, ParseNameOrStringCommaList());
  return StatementPtr(std::move(statement));
}

// ---- GRANT and REVOKE ----

// {GRANT | REVOKE} privileges ON object {TO | FROM} grantee, or roles {TO | FROM} grantee.
Result<StatementPtr> Parser::ParseGrantOrRevoke(bool grant) {
  const Position where = position();
  Advance();
  const Keyword direction = grant ? Keyword::kTo : Keyword::kFrom;
  if (!AtPrivilege()) {
    FIRN_ASSIGN_OR_RETURN(std::vector<std::string> roles, ParseNameOrStringCommaList());
    FIRN_TRY(Expect(direction));
    FIRN_ASSIGN_OR_RETURN(Grantee grantee, ParseGrantee());
    const auto fill = [&](auto statement) {
      statement->roles = std::move(roles);
      statement->grantee = std::move(grantee);
      return StatementPtr(std::move(statement));
    };
    return grant ? fill(Start<GrantRolesStatement>(where))
                 : fill(Start<RevokeRolesStatement>(where));
  }
  std::vector<std::string> privileges;
  do {
    FIRN_ASSIGN_OR_RETURN(std::string privilege, ParsePrivilege());
    privileges.push_back(std::move(privilege));
  } while (Accept(Symbol::kComma));
  FIRN_TRY(Expect(Keyword::kOn));
  FIRN_ASSIGN_OR_RETURN(PrivilegeObject object, ParsePrivilegeObject());
  FIRN_TRY(Expect(direction));
  FIRN_ASSIGN_OR_RETURN(Grantee grantee, ParseGrantee());
  if (!grant) {
    auto statement = Start<RevokePrivilegesStatement>(where);
    statement->privileges = std::move(privileges);
    statement->object = std::move(object);
    statement->grantee = std::move(grantee);
    return StatementPtr(std::move(statement));
  }
  auto statement = Start<GrantPrivilegesStatement>(where);
  statement->privileges = std::move(privileges);
  statement->object = std::move(object);
  statement->grantee = std::move(grantee);
  if (Accept(Keyword::kWith)) {
    FIRN_TRY(Expect(Keyword::kGrant, Keyword::kOption));
    statement->with_grant_option = true;
  }
  return StatementPtr(std::move(statement));
}

// Whether privileges follow rather than roles: ON comes before TO or FROM.
bool Parser::AtPrivilege() {
  if (current_.kind != TokenKind::kWord) return false;
  Lexer ahead = lexer_;
  for (Token next = ahead.Next(); next.kind == TokenKind::kWord || next.symbol == Symbol::kComma;
       next = ahead.Next()) {
    if (next.keyword == Keyword::kOn) return true;
    if (next.keyword == Keyword::kTo || next.keyword == Keyword::kFrom) return false;
  }
  return false;
}

// One privilege of one or more words, in upper case.
Result<std::string> Parser::ParsePrivilege() {
  if (Accept(Keyword::kAll)) {
    Accept(Keyword::kPrivileges);
    return std::string("ALL");
  }
  std::string privilege;
  while (current_.kind == TokenKind::kWord && !Is(Keyword::kOn)) {
    if (!privilege.empty()) privilege += ' ';
    for (const char c : lexer_.TextOf(current_)) {
      privilege += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    Advance();
  }
  if (privilege.empty()) return Fail();
  return privilege;
}

// The object's type, singular; empty, with nothing consumed, when the next words name none.
Result<std::string> Parser::ParseObjectType(bool plural) {
  const Keyword next = Peek().keyword;
  for (const ObjectPair& pair : kObjectPairs) {
    if (Is(pair.first) && next == (plural ? pair.plural : pair.singular)) {
      Advance();
      Advance();
      return fmt::format("{} {}", KeywordText(pair.first), KeywordText(pair.singular));
    }
  }
  for (const ObjectWord& word : kObjectWords) {
    if (At(plural ? word.plural : word.singular)) {
      Advance();
      return std::string(KeywordText(word.singular));
    }
  }
  return std::string();
}

Result<PrivilegeObject> Parser::ParsePrivilegeObject() {
  PrivilegeObject object;
  if (Accept(Keyword::kSystem)) {
    object.type = "SYSTEM";
    return object;
  }
  if (Accept(Keyword::kAll)) {
    object.all = true;
    FIRN_ASSIGN_OR_RETURN(object.type, ParseObjectType(true));
    if (object.type.empty()) return Fail();
    if (!Accept(Keyword::kIn)) return object;
    if (Accept(Keyword::kAll)) {
      FIRN_TRY(Expect(Keyword::kDatabases));
      object.in_all_databases = true;
      return object;
    }
    FIRN_TRY(Expect(Keyword::kDatabase));
    FIRN_ASSIGN_OR_RETURN(object.in_database, ParseNameOrString());
    return object;
  }
  FIRN_ASSIGN_OR_RETURN(object.type, ParseObjectType(false));
  if (object.type.empty()) object.type = "TABLE";
  do {
    if (object.type == "USER") {
      FIRN_ASSIGN_OR_RETURN(UserName user, ParseUserName());
      object.users.push_back(std::move(user));
      continue;
    }
    FIRN_ASSIGN_OR_RETURN(ObjectName name, ParsePrivilegeName());
    object.names.push_back(std::move(name));
    if (Is(Symbol::kLeftParen)) {
      FIRN_TRY(SkipParenthesis());  // A function's argument types.
    }
  } while (Accept(Symbol::kComma));
  return object;
}

// db.t, db.*, *.*, 'db'.'t'
Result<ObjectName> Parser::ParsePrivilegeName() {
  ObjectName name;
  name.position = position();
  do {
    if (Accept(Symbol::kStar)) {
      name.parts.emplace_back("*");
      continue;
    }
    FIRN_ASSIGN_OR_RETURN(std::string part, ParseNameOrString());
    name.parts.push_back(std::move(part));
  } while (Accept(Symbol::kDot));
  return name;
}

// [USER] u, ROLE r, EXTERNAL GROUP g
Result<Grantee> Parser::ParseGrantee() {
  Grantee grantee;
  const Symbol next = Peek().symbol;
  if (Is(Keyword::kRole) && next != Symbol::kAt) {
    Advance();
    grantee.kind = Grantee::Kind::kRole;
    FIRN_ASSIGN_OR_RETURN(grantee.name, ParseNameOrString());
    return grantee;
  }
  if (Is(Keyword::kExternal) && Peek().keyword == Keyword::kGroup) {
    Advance();
    Advance();
    grantee.kind = Grantee::Kind::kGroup;
    FIRN_ASSIGN_OR_RETURN(grantee.name, ParseNameOrString());
    return grantee;
  }
  if (Is(Keyword::kUser) && next == Symbol::kNotASymbol && Peek().kind != TokenKind::kEnd)
    Advance();
  FIRN_ASSIGN_OR_RETURN(grantee.user, ParseUserName());
  return grantee;
}

}  // namespace firn::sql
