#include <algorithm>

#include "engine/session/access_internal.h"
#include "engine/session/user_statements_internal.h"

/// CREATE and DROP ROLE, GRANT and REVOKE of roles, SET [DEFAULT] ROLE.

namespace firn::session {
namespace {

using Which = sql::SetRoleStatement::Which;

Status CreateRoles(StatementRun& run, const sql::CreateRoleStatement& statement) {
  FIRN_TRY(RequireOnSystem(run.state, {Privilege::kGrant}));
  PrivilegeStore& privileges = run.state.environment.privileges;
  for (const std::string& role : statement.roles) {
    const Status created = privileges.CreateRole(role, statement.comment.value_or(""));
    const bool is_there = !created && created.error().reason() == "RoleExists";
    if (!created && !(is_there && statement.if_not_exists)) return created;
  }
  return run.sink.Affected(0, "");
}

Status DropRoles(StatementRun& run, const sql::DropRoleStatement& statement) {
  FIRN_TRY(RequireOnSystem(run.state, {Privilege::kGrant}));
  PrivilegeStore& privileges = run.state.environment.privileges;
  for (const std::string& role : statement.roles) {
    if (privileges.book()->HasRole(role)) FIRN_TRY(CheckGivable(run.state, {role}));
    const Status dropped = privileges.DropRole(role);
    const bool is_missing = !dropped && dropped.error().reason() == "UnknownRole";
    if (!dropped && !(is_missing && statement.if_exists)) return dropped;
  }
  return run.sink.Affected(0, "");
}

Status GiveRoles(StatementRun& run, const sql::GrantRolesStatement& statement) {
  FIRN_TRY(CheckGivable(run.state, statement.roles));
  FIRN_ASSIGN_OR_RETURN(const Holder holder, HolderOf(run.state, statement.grantee));
  FIRN_TRY(run.state.environment.privileges.GrantRoles(holder, statement.roles));
  return run.sink.Affected(0, "");
}

Status TakeRoles(StatementRun& run, const sql::RevokeRolesStatement& statement) {
  FIRN_TRY(CheckGivable(run.state, statement.roles));
  FIRN_ASSIGN_OR_RETURN(const Holder holder, HolderOf(run.state, statement.grantee));
  const auto* account = std::get_if<AccountName>(&holder);
  if (account != nullptr && account->user == kRootRole &&
      std::ranges::find(statement.roles, kRootRole) != statement.roles.end()) {
    return FailedPrecondition("BuiltInRole", "the user root keeps the role root");
  }
  FIRN_TRY(run.state.environment.privileges.RevokeRoles(holder, statement.roles));
  return run.sink.Affected(0, "");
}

/// Errors: kInvalidArgument/RoleNotGranted; kNotFound/UnknownRole.
Status CheckHeld(const PrivilegeBook& book, const AccountName& account,
                 const std::vector<std::string>& roles) {
  const std::set<std::string> mine = book.RolesOf(account);
  for (const std::string& role : roles) {
    if (!book.HasRole(role)) return NotFound("UnknownRole", "role " + role + " doesn't exist!");
    if (role == kPublicRole || mine.contains(role)) continue;
    return InvalidArgument("RoleNotGranted",
                           "Role " + role + " is not granted to " + PrintAccountName(account));
  }
  return Ok();
}

Status SetRole(StatementRun& run, const sql::SetRoleStatement& statement) {
  const AccountName account = run.state.account();
  const auto book = run.state.environment.privileges.book();
  std::set<std::string> active;
  switch (statement.which) {
    case Which::kListed:
      FIRN_TRY(CheckHeld(*book, account, statement.roles));
      active.insert(statement.roles.begin(), statement.roles.end());
      break;
    case Which::kAll:
      FIRN_TRY(CheckHeld(*book, account, statement.roles));
      active = book->RolesOf(account);
      for (const std::string& excepted : statement.roles) active.erase(excepted);
      break;
    case Which::kDefault: active = book->DefaultRolesOf(account); break;
    case Which::kNone: break;
  }
  run.state.SetActiveRoles(std::move(active));
  return run.sink.Affected(0, "");
}

Status SetDefaultRole(StatementRun& run, const sql::SetDefaultRoleStatement& statement) {
  const AccountName account = AccountOf(run.state, statement.user);
  FIRN_TRY(SetDefaultRolesOf(run, account, statement.which, statement.roles));
  return run.sink.Affected(0, "");
}

}  // namespace

Status CheckGivable(const SessionState& state, const std::vector<std::string>& roles) {
  if (roles.empty()) return Ok();
  FIRN_TRY(RequireOnSystem(state, {Privilege::kGrant}));
  const auto book = state.environment.privileges.book();
  for (const std::string& role : roles) {
    if (!book->HasRole(role)) return NotFound("UnknownRole", "role " + role + " doesn't exist!");
  }
  const bool gives_root =
      book->WithHeld({roles.begin(), roles.end()}).contains(std::string(kRootRole));
  if (!gives_root || state.rights()->has_all()) return Ok();
  return PermissionDenied(
      "AccessDenied",
      "Access denied; only a user with the role root active may grant or revoke the role root");
}

Status SetDefaultRolesOf(StatementRun& run, const AccountName& account, Which which,
                         const std::vector<std::string>& roles) {
  if (account != run.state.account()) {
    FIRN_TRY(RequireOnSystem(run.state, {Privilege::kGrant}));
    FIRN_TRY(CheckAccount(run.state, account));
    FIRN_TRY(RequireRootFor(run.state, account));
  }
  return run.state.environment.privileges.SetDefaultRoles(
      account,
      {.all = which == Which::kAll,
       .listed = which == Which::kListed ? std::set<std::string>(roles.begin(), roles.end())
                                         : std::set<std::string>()});
}

Status RunRoleStatement(StatementRun& run, const sql::Statement& statement) {
  using Kind = sql::StatementKind;
  switch (statement.kind) {
    case Kind::kCreateRole: return CreateRoles(run, sql::As<sql::CreateRoleStatement>(statement));
    case Kind::kDropRole: return DropRoles(run, sql::As<sql::DropRoleStatement>(statement));
    case Kind::kGrantRoles: return GiveRoles(run, sql::As<sql::GrantRolesStatement>(statement));
    case Kind::kRevokeRoles: return TakeRoles(run, sql::As<sql::RevokeRolesStatement>(statement));
    case Kind::kSetRole: return SetRole(run, sql::As<sql::SetRoleStatement>(statement));
    case Kind::kSetDefaultRole:
      return SetDefaultRole(run, sql::As<sql::SetDefaultRoleStatement>(statement));
    default: break;
  }
  return Internal("UnknownStatement", "a statement about users has no kind");
}

}  // namespace firn::session
