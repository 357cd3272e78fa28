#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/session/privilege_store.h"
#include "engine/session/session_state_internal.h"

/// What the statements about users, roles and grants share.

namespace firn::session {

AccountName AccountOf(const SessionState& state, const sql::UserName& user);
/// Errors: kNotFound/UnknownUser.
Status CheckAccount(const SessionState& state, const AccountName& account);
/// Errors: kNotFound/UnknownUser, UnknownRole; kUnsupported for an external group.
Result<Holder> HolderOf(const SessionState& state, const sql::Grantee& grantee);
/// Who may make, change or drop an account that is root or may become root: root alone, or a user
/// who looks after others would be root. Errors: kPermissionDenied/AccessDenied.
Status RequireRootFor(const SessionState& state, const AccountName& account);

// role_statements.cc
/// Roles the session may give away: with GRANT on SYSTEM; root only with root active. Errors:
/// kPermissionDenied/AccessDenied; kNotFound/UnknownRole.
Status CheckGivable(const SessionState& state, const std::vector<std::string>& roles);
Status SetDefaultRolesOf(StatementRun& run, const AccountName& account,
                         sql::SetRoleStatement::Which which, const std::vector<std::string>& roles);
Status RunRoleStatement(StatementRun& run, const sql::Statement& statement);

// grant_statements.cc
Status GrantPrivileges(StatementRun& run, const sql::GrantPrivilegesStatement& statement);
Status RevokePrivileges(StatementRun& run, const sql::RevokePrivilegesStatement& statement);

// user_properties.cc
/// Nothing for no properties. Errors: kPermissionDenied/AccessDenied, for one's own as well;
/// kInvalidArgument/UnknownProperty, BadPropertyValue.
Status SetUserProperties(StatementRun& run, const AccountName& account,
                         const std::vector<sql::Property>& properties);

}  // namespace firn::session
