#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cloud/lakeformation/permission.h"
#include "cloud/ledger/lakeformation_rows.h"

/// DataLakeSettings, read from and written to the JSON of the API, which is also how they are
/// stored.

namespace firn::lakeformation {

inline constexpr std::string_view kIamAllowedPrincipals = "IAM_ALLOWED_PRINCIPALS";

/// A principal with the permissions that new databases or tables start with.
struct DefaultPermission {
  std::string principal;
  PermissionSet permissions;
};

struct Settings {
  std::vector<std::string> admins;
  std::vector<std::string> read_only_admins;
  std::vector<DefaultPermission> database_defaults;
  std::vector<DefaultPermission> table_defaults;
  std::vector<std::string> trusted_owners;
  std::vector<std::string> filtering_allow_list;
  std::vector<std::string> session_tag_values;
  json::object parameters;
  bool allow_external_data_filtering = false;
  bool allow_full_table_external_data_access = false;
};

/// What an account has before the first PutDataLakeSettings: IAM alone decides on what is created,
/// as in AWS.
Settings InitialSettings();
/// Errors: kInvalidArgument/InvalidInputException.
Result<Settings> ParseSettings(const json::object& object);
json::object ToJson(const Settings& settings);
Result<Settings> LoadSettings(ledger::Transaction& transaction, const ledger::RegionKey& key);

}  // namespace firn::lakeformation
