#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cloud/lakeformation/lake_formation.h"
#include "cloud/ledger/lakeformation_rows.h"

/// Grants in the API's JSON: Principal, Resource, Permissions.

namespace firn::lakeformation {

/// What GrantPermissions and RevokePermissions ask.
struct GrantRequest {
  std::string principal;
  ledger::GrantTarget target;
  PermissionSet permissions;
  PermissionSet grantable;
};

/// Errors: kInvalidArgument/InvalidInputException; kUnsupported/UnsupportedResource.
Result<GrantRequest> ParseGrant(const LakeFormation& service, const json::object& body);
/// The `Resource` member: exactly one kind. Errors: the same.
Result<ledger::GrantTarget> ParseResource(const LakeFormation& service,
                                          const json::object& resource);
Result<std::string> ParsePrincipal(const json::object& owner);
/// One grant as the rows it is kept in: SELECT on a table is kept as SELECT on all its columns, as
/// Lake Formation shows it.
std::vector<GrantRequest> SplitGrant(const GrantRequest& request);
/// An entry of PrincipalResourcePermissions.
json::object ToJson(const ledger::GrantRow& grant);

/// The columns that a TABLE_WITH_COLUMNS target names, granted or excluded; none for all of them.
/// Errors: kInvalidArgument/InvalidInputException for what is no name.
Result<std::vector<std::string>> ColumnsNamedBy(const ledger::GrantTarget& target);

}  // namespace firn::lakeformation
