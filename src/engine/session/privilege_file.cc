#include "base/json.h"
#include "engine/session/access_limits.h"
#include "engine/session/privilege_file_internal.h"

namespace firn::session {
namespace {

json::array NamesOf(const std::set<std::string>& names) {
  json::array array;
  for (const std::string& name : names) array.push_back(json::value(name));
  return array;
}

json::array NamesOf(PrivilegeSet privileges) {
  json::array array;
  for (const Privilege privilege : privileges.List())
    array.push_back(json::value(PrivilegeName(privilege)));
  return array;
}

json::value PartOf(const std::optional<std::string>& part) {
  return part ? json::value(*part) : json::value(nullptr);
}

json::array GrantRows(const Grants& grants) {
  json::array rows;
  for (const auto& [object, granted] : grants) {
    rows.push_back(json::object{{"on", ObjectTypeName(object.type)},
                                {"catalog", PartOf(object.catalog)},
                                {"database", PartOf(object.database)},
                                {"name", PartOf(object.name)},
                                {"privileges", NamesOf(granted.privileges)},
                                {"grantable", NamesOf(granted.grantable)}});
  }
  return rows;
}

Result<std::set<std::string>> ReadNames(const json::object& object, std::string_view member) {
  FIRN_ASSIGN_OR_RETURN(const json::array* array, GetArray(object, member));
  std::set<std::string> names;
  for (const json::value& name : *array) {
    if (!name.is_string()) return InvalidArgument("NotAName", "a name is no text");
    names.emplace(name.get_string());
  }
  return names;
}

/// A privilege that this program does not know is an error: to drop it silently would be to decide
/// what somebody may do.
Result<PrivilegeSet> ReadPrivileges(const json::object& object, std::string_view member) {
  FIRN_ASSIGN_OR_RETURN(const std::set<std::string> names, ReadNames(object, member));
  PrivilegeSet privileges;
  for (const std::string& name : names) {
    const auto privilege = FindPrivilege(name);
    if (!privilege) return InvalidArgument("UnknownPrivilege", "unknown privilege " + name);
    privileges = privileges.With({*privilege});
  }
  return privileges;
}

Result<Grants> ReadGrants(const json::object& holder) {
  FIRN_ASSIGN_OR_RETURN(const json::array* rows, GetArray(holder, "grants"));
  Grants grants;
  for (const json::value& row : *rows) {
    FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(row, "grant"));
    FIRN_ASSIGN_OR_RETURN(const std::string word, GetString(*object, "on"));
    const auto type = FindObjectType(word);
    if (!type) return InvalidArgument("UnknownObjectType", "unknown type of object " + word);
    GrantObject on{.type = *type};
    FIRN_ASSIGN_OR_RETURN(on.catalog, FindString(*object, "catalog"));
    FIRN_ASSIGN_OR_RETURN(on.database, FindString(*object, "database"));
    FIRN_ASSIGN_OR_RETURN(on.name, FindString(*object, "name"));
    Granted& granted = grants[on];
    FIRN_ASSIGN_OR_RETURN(granted.privileges, ReadPrivileges(*object, "privileges"));
    FIRN_ASSIGN_OR_RETURN(granted.grantable, ReadPrivileges(*object, "grantable"));
  }
  return grants;
}

Result<Role> ReadRole(const json::object& object) {
  Role role;
  FIRN_ASSIGN_OR_RETURN(role.comment, GetString(object, "comment"));
  FIRN_ASSIGN_OR_RETURN(role.roles, ReadNames(object, "roles"));
  FIRN_ASSIGN_OR_RETURN(role.grants, ReadGrants(object));
  return role;
}

Result<UserRights> ReadUser(const json::object& object) {
  UserRights user;
  FIRN_ASSIGN_OR_RETURN(user.roles, ReadNames(object, "roles"));
  FIRN_ASSIGN_OR_RETURN(user.default_roles.all, GetBool(object, "all-roles-by-default"));
  FIRN_ASSIGN_OR_RETURN(user.default_roles.listed, ReadNames(object, "default-roles"));
  FIRN_ASSIGN_OR_RETURN(user.grants, ReadGrants(object));
  FIRN_ASSIGN_OR_RETURN(const json::object* properties, GetObject(object, "properties"));
  for (const auto& [key, value] : *properties) {
    if (!value.is_string()) return InvalidArgument("NotText", "a property is no text");
    user.properties[std::string(key)] = std::string(value.get_string());
  }
  return user;
}

}  // namespace

std::string PrintBook(const PrivilegeBook& book) {
  json::array roles;
  for (const auto& [name, role] : book.roles) {
    roles.push_back(json::object{{"name", name},
                                 {"comment", role.comment},
                                 {"roles", NamesOf(role.roles)},
                                 {"grants", GrantRows(role.grants)}});
  }
  json::array users;
  for (const auto& [name, user] : book.users) {
    json::object properties;
    for (const auto& [key, value] : user.properties) properties[key] = value;
    users.push_back(json::object{{"user", name.user},
                                 {"host", name.host},
                                 {"roles", NamesOf(user.roles)},
                                 {"all-roles-by-default", user.default_roles.all},
                                 {"default-roles", NamesOf(user.default_roles.listed)},
                                 {"grants", GrantRows(user.grants)},
                                 {"properties", std::move(properties)}});
  }
  return PrintJson(json::object{{"roles", std::move(roles)}, {"users", std::move(users)}}) + "\n";
}

Result<PrivilegeBook> ParseBook(std::string_view text) {
  FIRN_ASSIGN_OR_RETURN(const json::value document,
                        ParseJson(text, {.bytes_max = kRightsFileBytesMax}));
  FIRN_ASSIGN_OR_RETURN(const json::object* top, AsObject(document, "rights.json"));
  PrivilegeBook book;
  FIRN_ASSIGN_OR_RETURN(const json::array* roles, GetArray(*top, "roles"));
  for (const json::value& row : *roles) {
    FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(row, "role"));
    FIRN_ASSIGN_OR_RETURN(const std::string name, GetString(*object, "name"));
    FIRN_ASSIGN_OR_RETURN(book.roles[name], ReadRole(*object));
  }
  FIRN_ASSIGN_OR_RETURN(const json::array* users, GetArray(*top, "users"));
  for (const json::value& row : *users) {
    FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(row, "user"));
    AccountName name;
    FIRN_ASSIGN_OR_RETURN(name.user, GetString(*object, "user"));
    FIRN_ASSIGN_OR_RETURN(name.host, GetString(*object, "host"));
    FIRN_ASSIGN_OR_RETURN(book.users[std::move(name)], ReadUser(*object));
  }
  return book;
}

}  // namespace firn::session
