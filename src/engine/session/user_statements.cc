#include "engine/session/access_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/user_statements_internal.h"

/// CREATE, ALTER and DROP USER, and passwords. Roles and grants are in role_statements.cc and
/// grant_statements.cc.

namespace firn::session {
namespace {

Result<NewPassword> PasswordOf(const std::optional<sql::Authentication>& authentication) {
  NewPassword password;
  if (!authentication) return password;
  if (!authentication->plugin.empty()) {
    FIRN_ASSIGN_OR_RETURN(password.plugin, ParseAuthPlugin(authentication->plugin));
  }
  if (authentication->is_hash) {
    password.native_hash = std::string(authentication->text.Reveal());
  } else {
    password.clear_text = authentication->text;
  }
  return password;
}

/// Roles given with a user are a GRANT of them, and need what it needs.
Status GiveDefaultRoles(StatementRun& run, const AccountName& account,
                        const std::vector<std::string>& roles) {
  if (roles.empty()) return Ok();
  PrivilegeStore& privileges = run.state.environment.privileges;
  FIRN_TRY(privileges.GrantRoles(account, roles));
  return privileges.SetDefaultRoles(account,
                                    {.all = false, .listed = {roles.begin(), roles.end()}});
}

Status CreateUser(StatementRun& run, const sql::CreateUserStatement& statement) {
  FIRN_TRY(RequireOnSystem(run.state, {Privilege::kGrant}));
  const AccountName account = AccountOf(run.state, statement.user);
  FIRN_TRY(RequireRootFor(run.state, account));
  FIRN_TRY(CheckGivable(run.state, statement.default_roles));
  FIRN_ASSIGN_OR_RETURN(const NewPassword password, PasswordOf(statement.authentication));
  SessionEnvironment& environment = run.state.environment;
  const Status created = environment.users.Create(account, password);
  const bool is_there = !created && created.error().reason() == "UserExists";
  if (is_there && statement.if_not_exists) return run.sink.Affected(0, "");
  FIRN_TRY(created);
  // A user of the name that was before has left nothing behind.
  Status begun = environment.privileges.ForgetUser(account);
  if (begun) begun = GiveDefaultRoles(run, account, statement.default_roles);
  if (begun) begun = SetUserProperties(run, account, statement.properties);
  if (!begun) {
    (void)environment.privileges.ForgetUser(account);
    (void)environment.users.Drop(account);
    return begun;
  }
  return run.sink.Affected(0, "");
}

Status AlterPassword(StatementRun& run, const AccountName& account,
                     const std::optional<sql::Authentication>& authentication) {
  if (account != run.state.account()) {
    FIRN_TRY(RequireOnSystem(run.state, {Privilege::kGrant}));
    FIRN_TRY(RequireRootFor(run.state, account));
  }
  FIRN_ASSIGN_OR_RETURN(const NewPassword password, PasswordOf(authentication));
  return run.state.environment.users.Alter(account, password);
}

Status AlterUser(StatementRun& run, const sql::AlterUserStatement& statement) {
  const AccountName account = AccountOf(run.state, statement.user);
  const bool is_own = account == run.state.account();
  if (!is_own) FIRN_TRY(RequireOnSystem(run.state, {Privilege::kGrant}));
  const Status there = CheckAccount(run.state, account);
  if (!there && statement.if_exists) return run.sink.Affected(0, "");
  FIRN_TRY(there);
  if (statement.authentication) FIRN_TRY(AlterPassword(run, account, statement.authentication));
  if (statement.default_role) {
    FIRN_TRY(SetDefaultRolesOf(run, account, *statement.default_role, statement.default_roles));
  }
  FIRN_TRY(SetUserProperties(run, account, statement.properties));
  return run.sink.Affected(0, "");
}

Status DropUser(StatementRun& run, const sql::DropUserStatement& statement) {
  FIRN_TRY(RequireOnSystem(run.state, {Privilege::kGrant}));
  const AccountName account = AccountOf(run.state, statement.user);
  const Status there = CheckAccount(run.state, account);
  if (!there && statement.if_exists) return run.sink.Affected(0, "");
  FIRN_TRY(there);
  if (account.user == kRootRole)
    return FailedPrecondition("CannotDropRoot", "cannot drop root user");
  FIRN_TRY(RequireRootFor(run.state, account));
  // What it was given goes first: a user without rights is safe, rights without a user are not.
  FIRN_TRY(run.state.environment.privileges.ForgetUser(account));
  FIRN_TRY(run.state.environment.users.Drop(account));
  return run.sink.Affected(0, "");
}

}  // namespace

AccountName AccountOf(const SessionState& state, const sql::UserName& user) {
  if (user.current) return state.account();
  return {user.name, user.host};
}

Status CheckAccount(const SessionState& state, const AccountName& account) {
  if (state.environment.users.Has(account)) return Ok();
  return NotFound("UnknownUser", "user " + PrintAccountName(account) + " not exist!");
}

Result<Holder> HolderOf(const SessionState& state, const sql::Grantee& grantee) {
  switch (grantee.kind) {
    case sql::Grantee::Kind::kRole:
      if (!state.environment.privileges.book()->HasRole(grantee.name))
        return NotFound("UnknownRole", "role " + grantee.name + " doesn't exist!");
      return Holder(grantee.name);
    case sql::Grantee::Kind::kGroup:
      return UnsupportedStatement("EXTERNAL GROUP", "grant the role to each user");
    case sql::Grantee::Kind::kUser: break;
  }
  AccountName account = AccountOf(state, grantee.user);
  FIRN_TRY(CheckAccount(state, account));
  return Holder(std::move(account));
}

Status RequireRootFor(const SessionState& state, const AccountName& account) {
  const bool is_root =
      account.user == kRootRole || state.environment.privileges.book()->MayBeRoot(account);
  if (!is_root || state.rights()->has_all()) return Ok();
  return PermissionDenied("AccessDenied",
                          "Access denied; " + PrintAccountName(account) +
                              " has the role root, and only a user with that role active may "
                              "create, change or drop it");
}

Status SetPasswordOf(StatementRun& run, const sql::SetPassword& action) {
  AccountName account = run.state.account();
  if (action.user) account = AccountOf(run.state, *action.user);
  if (account != run.state.account()) {
    FIRN_TRY(RequireOnSystem(run.state, {Privilege::kGrant}));
    FIRN_TRY(RequireRootFor(run.state, account));
  }
  NewPassword password;
  if (action.is_hash) {
    password.native_hash = std::string(action.password.Reveal());
  } else {
    password.clear_text = action.password;
  }
  return run.state.environment.users.Alter(account, password);
}

Status RunUserStatement(StatementRun& run, const sql::Statement& statement) {
  using Kind = sql::StatementKind;
  switch (statement.kind) {
    case Kind::kCreateUser: return CreateUser(run, sql::As<sql::CreateUserStatement>(statement));
    case Kind::kAlterUser: return AlterUser(run, sql::As<sql::AlterUserStatement>(statement));
    case Kind::kDropUser: return DropUser(run, sql::As<sql::DropUserStatement>(statement));
    case Kind::kGrantPrivileges:
      return GrantPrivileges(run, sql::As<sql::GrantPrivilegesStatement>(statement));
    case Kind::kRevokePrivileges:
      return RevokePrivileges(run, sql::As<sql::RevokePrivilegesStatement>(statement));
    default: return RunRoleStatement(run, statement);
  }
}

}  // namespace firn::session
