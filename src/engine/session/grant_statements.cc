#include <fmt/format.h>

#include "base/encoding.h"
#include "engine/session/access_internal.h"
#include "engine/session/names_internal.h"
#include "engine/session/user_statements_internal.h"

/// GRANT and REVOKE of privileges.

namespace firn::session {
namespace {

/// What a GRANT or REVOKE is about, before anybody asks who may say it.
struct Wanted {
  std::vector<GrantObject> objects;
  PrivilegeSet privileges;
};

Result<ObjectType> TypeOf(const std::string& word) {
  if (const auto type = FindObjectType(word)) return *type;
  return Unsupported("UnsupportedObjectType",
                     fmt::format("privileges on {} are not supported, since there is none here: "
                                 "there are SYSTEM, CATALOG, DATABASE, TABLE, VIEW, MATERIALIZED "
                                 "VIEW, FUNCTION, GLOBAL FUNCTION and USER",
                                 word));
}

Result<PrivilegeSet> PrivilegesNamed(const std::vector<std::string>& words, ObjectType type) {
  const PrivilegeSet there_are = PrivilegesOf(type);
  PrivilegeSet privileges;
  for (const std::string& word : words) {
    if (word == "ALL") {
      privileges = privileges.With(there_are);
      continue;
    }
    const auto privilege = FindPrivilege(word);
    if (!privilege || !there_are.Has(*privilege)) {
      return InvalidArgument("InvalidPrivilege",
                             fmt::format("invalid privilege type '{}' for {}; there are {}", word,
                                         ObjectTypeName(type), there_are.ToString()));
    }
    privileges = privileges.With({*privilege});
  }
  return privileges;
}

bool IsInDatabase(ObjectType type) {
  return type == ObjectType::kTable || type == ObjectType::kView ||
         type == ObjectType::kMaterializedView || type == ObjectType::kFunction;
}

/// ALL TABLES IN …, ALL DATABASES, ALL CATALOGS, ALL USERS. Catalogs apart, in the current catalog.
Result<GrantObject> AllOf(const SessionState& state, ObjectType type,
                          const sql::PrivilegeObject& object) {
  GrantObject all{.type = type};
  const bool is_in_catalog = type == ObjectType::kDatabase || IsInDatabase(type);
  if (is_in_catalog) all.catalog = state.catalog();
  if (!IsInDatabase(type)) {
    if (object.in_all_databases || !object.in_database.empty()) {
      return InvalidArgument("InvalidGrantObject",
                             fmt::format("ALL {} takes no IN", ObjectTypePlural(type)));
    }
    return all;
  }
  if (object.in_all_databases) return all;
  if (object.in_database.empty()) {
    return InvalidArgument(
        "InvalidGrantObject",
        fmt::format("ALL {} needs IN DATABASE db or IN ALL DATABASES", ObjectTypePlural(type)));
  }
  all.database = object.in_database;
  return all;
}

/// `db.t`, `db.*` and `*.*` of a table or view; `c`, `*` of the others.
Result<GrantObject> Named(const SessionState& state, ObjectType type, const sql::ObjectName& name) {
  GrantObject object{.type = type};
  const auto part = [](const std::string& word) {
    return word == "*" ? std::nullopt : std::optional(word);
  };
  if (type == ObjectType::kCatalog || type == ObjectType::kGlobalFunction) {
    if (name.parts.size() != 1)
      return InvalidArgument("InvalidGrantObject", "invalid object name " + name.ToString());
    (type == ObjectType::kCatalog ? object.catalog : object.name) = part(name.parts[0]);
    return object;
  }
  if (type == ObjectType::kDatabase) {
    const DatabaseName database = CompleteDatabase(state, name);
    object.catalog = database.catalog;
    object.database = part(database.database);
    return object;
  }
  FIRN_ASSIGN_OR_RETURN(const duck::TableName table, CompleteTable(state, name));
  object.catalog = table.catalog;
  object.database = part(table.database);
  object.name = part(table.table);
  if (!object.database && object.name)
    return InvalidArgument("InvalidGrantObject", "a name in all databases: " + name.ToString());
  return object;
}

/// Names are not looked up: a grant may come before the table, and asks no catalog.
Result<std::vector<GrantObject>> ObjectsOf(const SessionState& state, ObjectType type,
                                           const sql::PrivilegeObject& object) {
  std::vector<GrantObject> objects;
  if (type == ObjectType::kSystem) return std::vector<GrantObject>{GrantObject{}};
  if (object.all) {
    FIRN_ASSIGN_OR_RETURN(GrantObject all, AllOf(state, type, object));
    return std::vector<GrantObject>{std::move(all)};
  }
  for (const sql::UserName& user : object.users) {
    const AccountName account = AccountOf(state, user);
    FIRN_TRY(CheckAccount(state, account));
    GrantObject on{.type = type};
    on.name = PrintAccountName(account);
    objects.push_back(std::move(on));
  }
  for (const sql::ObjectName& name : object.names) {
    FIRN_ASSIGN_OR_RETURN(GrantObject on, Named(state, type, name));
    objects.push_back(std::move(on));
  }
  return objects;
}

Result<Wanted> WantedOf(const SessionState& state, const std::vector<std::string>& privileges,
                        const sql::PrivilegeObject& object) {
  FIRN_ASSIGN_OR_RETURN(const ObjectType type, TypeOf(object.type));
  Wanted wanted;
  FIRN_ASSIGN_OR_RETURN(wanted.privileges, PrivilegesNamed(privileges, type));
  FIRN_ASSIGN_OR_RETURN(wanted.objects, ObjectsOf(state, type, object));
  return wanted;
}

/// With GRANT on SYSTEM, or every privilege held with its grant option.
Status CheckMayGrant(const SessionState& state, const Wanted& wanted) {
  const auto rights = state.rights();
  for (const GrantObject& object : wanted.objects) {
    for (const Privilege privilege : wanted.privileges.List()) {
      if (rights->MayGrant(privilege, object)) continue;
      return PermissionDenied(
          "AccessDenied",
          fmt::format("Access denied; you need (at least one of) the GRANT privilege(s) on SYSTEM, "
                      "or {} on {} WITH GRANT OPTION, for this operation",
                      PrivilegeName(privilege), object.ToString(true)));
    }
  }
  return Ok();
}

}  // namespace

Status GrantPrivileges(StatementRun& run, const sql::GrantPrivilegesStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(const Wanted wanted,
                        WantedOf(run.state, statement.privileges, statement.object));
  FIRN_TRY(CheckMayGrant(run.state, wanted));
  FIRN_ASSIGN_OR_RETURN(const Holder holder, HolderOf(run.state, statement.grantee));
  FIRN_TRY(run.state.environment.privileges.Grant(holder, wanted.objects, wanted.privileges,
                                                  statement.with_grant_option));
  return run.sink.Affected(0, "");
}

Status RevokePrivileges(StatementRun& run, const sql::RevokePrivilegesStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(const Wanted wanted,
                        WantedOf(run.state, statement.privileges, statement.object));
  FIRN_TRY(CheckMayGrant(run.state, wanted));
  FIRN_ASSIGN_OR_RETURN(const Holder holder, HolderOf(run.state, statement.grantee));
  FIRN_TRY(run.state.environment.privileges.Revoke(holder, wanted.objects, wanted.privileges));
  return run.sink.Affected(0, "");
}

}  // namespace firn::session
