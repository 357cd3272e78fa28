#include "engine/session/session_state_internal.h"

namespace firn::session {
namespace {

AccountName AccountOf(const SessionState& state, const sql::UserName& user) {
  if (user.current) return {state.identity.user, state.identity.host};
  return {user.name, user.host};
}

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

Status CreateUser(StatementRun& run, const sql::CreateUserStatement& statement) {
  FIRN_TRY(RequireRoot(run.state, "CREATE USER"));
  if (!statement.default_roles.empty()) {
    return UnsupportedStatement(
        "DEFAULT ROLE",
        "there are no roles; every user may read and write what the catalogs let them");
  }
  FIRN_ASSIGN_OR_RETURN(const NewPassword password, PasswordOf(statement.authentication));
  const Status created =
      run.state.environment.users.Create(AccountOf(run.state, statement.user), password);
  const bool is_there = !created && created.error().reason() == "UserExists";
  if (!created && !(is_there && statement.if_not_exists)) return created;
  return run.sink.Affected(0, "");
}

Status AlterUser(StatementRun& run, const sql::AlterUserStatement& statement) {
  const AccountName account = AccountOf(run.state, statement.user);
  if (account.user != run.state.identity.user) FIRN_TRY(RequireRoot(run.state, "ALTER USER"));
  if (!statement.authentication)
    return UnsupportedStatement("ALTER USER without IDENTIFIED", "a password can be changed");
  FIRN_ASSIGN_OR_RETURN(const NewPassword password, PasswordOf(statement.authentication));
  const Status altered = run.state.environment.users.Alter(account, password);
  const bool is_missing = !altered && altered.error().reason() == "UnknownUser";
  if (!altered && !(is_missing && statement.if_exists)) return altered;
  return run.sink.Affected(0, "");
}

Status DropUser(StatementRun& run, const sql::DropUserStatement& statement) {
  FIRN_TRY(RequireRoot(run.state, "DROP USER"));
  const Status dropped = run.state.environment.users.Drop(AccountOf(run.state, statement.user));
  const bool is_missing = !dropped && dropped.error().reason() == "UnknownUser";
  if (!dropped && !(is_missing && statement.if_exists)) return dropped;
  return run.sink.Affected(0, "");
}

}  // namespace

Status RequireRoot(const SessionState& state, std::string_view what) {
  if (state.is_root()) return Ok();
  return PermissionDenied("NotRoot", "Access denied; " + std::string(what) +
                                         " is for the user root, you are '" + state.identity.user +
                                         "'");
}

Status SetPasswordOf(StatementRun& run, const sql::SetPassword& action) {
  AccountName account{run.state.identity.user, run.state.identity.host};
  if (action.user) account = AccountOf(run.state, *action.user);
  if (account.user != run.state.identity.user)
    FIRN_TRY(RequireRoot(run.state, "SET PASSWORD of another user"));
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
    case Kind::kSetRole: {
      const auto& role = sql::As<sql::SetRoleStatement>(statement);
      if (role.which != sql::SetRoleStatement::Which::kListed) return run.sink.Affected(0, "");
      break;
    }
    default: break;
  }
  return UnsupportedStatement(
      sql::StatementKindName(statement.kind),
      "there are no roles and grants; what a catalog's keys may do is decided by the catalog (IAM "
      "and Lake Formation on AWS)");
}

}  // namespace firn::session
