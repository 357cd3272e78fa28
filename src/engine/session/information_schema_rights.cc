#include "engine/session/access_internal.h"
#include "engine/session/information_schema_internal.h"

/// The views of information_schema about roles and privileges: the user's own, as they are now.

namespace firn::session {
namespace {

using Row = std::vector<std::optional<std::string>>;

std::string Word(bool yes) { return yes ? "YES" : "NO"; }

/// Every role that SET ROLE could make count, with those that they hold.
void FillApplicableRoles(const SessionState& state, duck::MemoryTable& table) {
  const auto book = state.environment.privileges.book();
  const AccountName account = state.account();
  const std::string grantable = Word(May(state, Needs::OnSystem({Privilege::kGrant})));
  const std::set<std::string> defaults = book->DefaultRolesOf(account);
  const auto add = [&](const std::string& grantee, const std::string& role, bool is_default) {
    table.rows.push_back(Row{account.user, account.host, grantee, "%", role, "%", grantable,
                             Word(is_default), "NO"});
  };
  const std::set<std::string> mine = book->RolesOf(account);
  for (const std::string& role : mine) add(account.user, role, defaults.contains(role));
  for (const std::string& role : book->WithHeld(mine)) {
    const auto found = book->roles.find(role);
    if (found == book->roles.end()) continue;
    for (const std::string& held : found->second.roles) add(role, held, false);
  }
}

/// One row a privilege, `*` where it is on all of a kind.
void FillPrivileges(const SessionState& state, const std::string& catalog, std::string_view view,
                    duck::MemoryTable& table) {
  const std::string grantee = PrintAccountName(state.account());
  const auto part = [](const std::optional<std::string>& name) { return name.value_or("*"); };
  for (const auto& [object, granted] : state.rights()->grants()) {
    if (object.catalog && *object.catalog != catalog) continue;
    const bool is_table = object.type == ObjectType::kTable || object.type == ObjectType::kView ||
                          object.type == ObjectType::kMaterializedView;
    const bool is_schema = object.type == ObjectType::kDatabase;
    const std::string_view shown_in = is_table    ? "table_privileges"
                                      : is_schema ? "schema_privileges"
                                                  : "user_privileges";
    if (shown_in != view) continue;
    for (const Privilege privilege : granted.privileges.List()) {
      Row row{grantee, "def"};
      if (is_table || is_schema) row.emplace_back(part(object.database));
      if (is_table) row.emplace_back(part(object.name));
      row.emplace_back(std::string(PrivilegeName(privilege)));
      row.emplace_back(Word(granted.grantable.Has(privilege) || state.rights()->has_all()));
      table.rows.push_back(std::move(row));
    }
  }
}

}  // namespace

bool FillRights(const SessionState& state, const std::string& catalog, std::string_view view,
                duck::MemoryTable& table) {
  if (view == "applicable_roles") {
    FillApplicableRoles(state, table);
    return true;
  }
  if (view != "table_privileges" && view != "schema_privileges" && view != "user_privileges")
    return false;
  FillPrivileges(state, catalog, view, table);
  return true;
}

}  // namespace firn::session
