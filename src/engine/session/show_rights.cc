#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/session/access_internal.h"
#include "engine/session/show_families_internal.h"
#include "engine/session/shown_rows_internal.h"
#include "engine/session/user_statements_internal.h"
#include "sql/printer.h"

/// SHOW GRANTS, ROLES, USERS, AUTHENTICATION, PRIVILEGES and PROPERTY.

namespace firn::session {
namespace {

using Row = std::vector<std::optional<std::string>>;

std::string HolderText(const Holder& holder) {
  if (const auto* account = std::get_if<AccountName>(&holder)) return PrintAccountName(*account);
  return std::get<std::string>(holder);
}

/// `USER 'u'@'%'`, `ROLE 'r'`.
std::string GranteeText(const Holder& holder) {
  if (const auto* account = std::get_if<AccountName>(&holder))
    return "USER " + PrintAccountName(*account);
  return "ROLE '" + std::get<std::string>(holder) + "'";
}

/// The object as GRANT takes it again: names that are no plain words in backticks.
std::string ObjectText(GrantObject object) {
  const auto quote = [](std::optional<std::string>& part) {
    if (!part) return;
    const bool is_plain = std::ranges::all_of(*part, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (!is_plain) *part = sql::QuoteIdentifier(*part);
  };
  quote(object.catalog);
  quote(object.database);
  if (object.type != ObjectType::kUser) quote(object.name);
  return object.ToString(true);
}

std::string GrantText(const Holder& holder, const GrantObject& object, PrivilegeSet privileges,
                      bool with_option) {
  return fmt::format("GRANT {} ON {} TO {}{}", privileges.ToString(), ObjectText(object),
                     GranteeText(holder), with_option ? " WITH GRANT OPTION" : "");
}

/// One row for the roles, then one for each object and whether it may be granted on.
void AddGrants(const Holder& holder, const std::set<std::string>& roles, const Grants& grants,
               std::vector<Row>& lines) {
  const std::string name = HolderText(holder);
  if (!roles.empty()) {
    std::string list;
    for (const std::string& role : roles) list += (list.empty() ? "'" : ", '") + role + "'";
    const bool is_role = std::holds_alternative<std::string>(holder);
    lines.push_back({name, std::nullopt,
                     fmt::format("GRANT {} TO {}", list, is_role ? GranteeText(holder) : name)});
  }
  for (const auto& [object, granted] : grants) {
    const PrivilegeSet plain = granted.privileges.Without(granted.grantable);
    if (!plain.empty())
      lines.push_back({name, object.catalog, GrantText(holder, object, plain, false)});
    if (!granted.grantable.empty())
      lines.push_back({name, object.catalog, GrantText(holder, object, granted.grantable, true)});
  }
}

/// An object in MySQL's words, which know no catalog; nullopt for what MySQL has no place for.
std::optional<std::string> MySqlPlace(const GrantObject& object) {
  const auto part = [](const std::optional<std::string>& name) {
    return name ? "`" + *name + "`" : std::string("*");
  };
  switch (object.type) {
    case ObjectType::kDatabase: return part(object.database) + ".*";
    case ObjectType::kTable:
    case ObjectType::kView: return part(object.database) + "." + part(object.name);
    default: return std::nullopt;
  }
}

/// SHOW GRANTS FOR CURRENT_USER(): MySQL's form, which BI tools parse; with what active roles give.
Status ShowOwnGrants(StatementRun& run, const sql::ShowStatement& statement) {
  const std::string& user = run.state.identity.user;
  const std::string& host = run.state.identity.host;
  const std::string grantee = fmt::format(" TO `{}`@`{}`", user, host);
  ShownRows shown{.header = {"Grants for " + user + "@" + host}, .rows = {}};
  if (run.state.rights()->has_all()) {
    shown.rows.push_back({"GRANT ALL PRIVILEGES ON *.*" + grantee});
    return SendShown(run, statement, std::move(shown));
  }
  shown.rows.push_back({"GRANT USAGE ON *.*" + grantee});
  for (const auto& [object, granted] : run.state.rights()->grants()) {
    const auto place = MySqlPlace(object);
    if (!place) continue;
    const bool is_elsewhere = object.catalog && *object.catalog != run.state.catalog();
    if (is_elsewhere) continue;  // Clients of this form see one catalog at a time.
    shown.rows.push_back(
        {fmt::format("GRANT {} ON {}{}", granted.privileges.ToString(), *place, grantee)});
  }
  return SendShown(run, statement, std::move(shown));
}

Status ShowRoleGrants(StatementRun& run, const sql::ShowStatement& statement) {
  const auto book = run.state.environment.privileges.book();
  const std::string& name = statement.text;
  const bool is_own =
      name == kPublicRole || book->WithHeld(book->RolesOf(run.state.account())).contains(name);
  if (!is_own) FIRN_TRY(RequireOnSystem(run.state, {Privilege::kGrant}));
  const auto role = book->FindRole(name);
  if (!role) return NotFound("UnknownRole", "role " + name + " doesn't exist!");
  ShownRows shown{.header = {"RoleName", "Catalog", "Grants"}, .rows = {}};
  AddGrants(name, role->roles, role->grants, shown.rows);
  return SendShown(run, statement, std::move(shown));
}

/// The account that a SHOW … FOR names; one's own without one. Others' need GRANT on SYSTEM.
Result<AccountName> AccountShown(const StatementRun& run, const std::string& text) {
  const AccountName own = run.state.account();
  if (text.empty() || text == PrintAccountName(own)) return own;
  FIRN_TRY(RequireOnSystem(run.state, {Privilege::kGrant}));
  for (const AccountRow& row : run.state.environment.users.List()) {
    if (PrintAccountName(row.name) == text) return row.name;
  }
  return NotFound("UnknownUser", "user " + text + " not exist!");
}

}  // namespace

Status ShowGrants(StatementRun& run, const sql::ShowStatement& statement) {
  if (statement.for_current_user) return ShowOwnGrants(run, statement);
  if (statement.modifier == "ROLE") return ShowRoleGrants(run, statement);
  FIRN_ASSIGN_OR_RETURN(const AccountName account, AccountShown(run, statement.text));
  const auto book = run.state.environment.privileges.book();
  const auto found = book->users.find(account);
  ShownRows shown{.header = {"UserIdentity", "Catalog", "Grants"}, .rows = {}};
  AddGrants(account, book->RolesOf(account),
            found == book->users.end() ? Grants() : found->second.grants, shown.rows);
  return SendShown(run, statement, std::move(shown));
}

Status ShowUsers(StatementRun& run, const sql::ShowStatement& statement) {
  FIRN_TRY(RequireOnSystem(run.state, {Privilege::kGrant}));
  ShownRows shown{.header = {"User"}, .rows = {}};
  for (const AccountRow& account : run.state.environment.users.List())
    shown.rows.push_back({PrintAccountName(account.name)});
  return SendShown(run, statement, std::move(shown));
}

Status ShowAuthentication(StatementRun& run, const sql::ShowStatement& statement) {
  if (statement.full) FIRN_TRY(RequireOnSystem(run.state, {Privilege::kGrant}));
  FIRN_ASSIGN_OR_RETURN(const AccountName shown_account, AccountShown(run, statement.text));
  ShownRows shown{.header = {"UserIdentity", "Password", "AuthPlugin", "UserForAuthPlugin"},
                  .rows = {}};
  for (const AccountRow& account : run.state.environment.users.List()) {
    if (!statement.full && account.name != shown_account) continue;
    shown.rows.push_back({PrintAccountName(account.name), account.has_password ? "Yes" : "No",
                          std::string(AuthPluginName(account.plugin)), std::nullopt});
  }
  return SendShown(run, statement, std::move(shown));
}

Status ShowRoles(StatementRun& run, const sql::ShowStatement& statement) {
  FIRN_TRY(RequireOnSystem(run.state, {Privilege::kGrant}));
  ShownRows shown{.header = {"Name", "Builtin", "Comment"}, .rows = {}};
  for (const BuiltInRole& role : BuiltInRoles())
    shown.rows.push_back({std::string(role.name), "true", std::string(role.comment)});
  for (const auto& [name, role] : run.state.environment.privileges.book()->roles) {
    if (!IsBuiltInRole(name)) shown.rows.push_back({name, "false", role.comment});
  }
  return SendShown(run, statement, std::move(shown));
}

Status ShowPrivileges(StatementRun& run, const sql::ShowStatement& statement) {
  ShownRows shown{.header = {"Privilege", "Context", "Comment"}, .rows = {}};
  for (int type = 0; type <= static_cast<int>(ObjectType::kUser); ++type) {
    const auto on = static_cast<ObjectType>(type);
    for (const Privilege privilege : PrivilegesOf(on).List()) {
      shown.rows.push_back(
          {std::string(PrivilegeName(privilege)), std::string(ObjectTypeName(on)), ""});
    }
  }
  return SendShown(run, statement, std::move(shown));
}

Status ShowProperty(StatementRun& run, const sql::ShowStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(const AccountName account, AccountShown(run, statement.text));
  const auto book = run.state.environment.privileges.book();
  ShownRows shown{.header = {"Key", "Value"}, .rows = {}};
  const auto found = book->users.find(account);
  if (found != book->users.end()) {
    for (const auto& [key, value] : found->second.properties) shown.rows.push_back({key, value});
  }
  return SendShown(run, statement, std::move(shown));
}

}  // namespace firn::session
