#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cloud/ledger/iam_rows.h"
#include "cloud/ledger/ledger.h"

/// Rows of IAM beside users, groups and roles: instance profiles, and the tags of what is known by
/// its ARN (managed policies and instance profiles). The tables are of IamMigrations.

namespace firn::ledger {

struct InstanceProfileRow {
  std::string account_id;
  std::string name;
  std::string path;
  std::string profile_id;  ///< AIPA….
  WallTime created_at;
  std::string role_name;  ///< Empty when it has none; at most one, as on AWS.
};

/// False when the name is taken.
Result<bool> InsertInstanceProfile(Transaction& transaction, const InstanceProfileRow& row);
Result<std::optional<InstanceProfileRow>> FindInstanceProfile(Transaction& transaction,
                                                              std::string_view account_id,
                                                              std::string_view name);
/// In order of name, those after `after_name` whose path begins with `path_prefix`.
Result<std::vector<InstanceProfileRow>> ListInstanceProfiles(Transaction& transaction,
                                                             std::string_view account_id,
                                                             std::string_view path_prefix,
                                                             std::string_view after_name,
                                                             std::int64_t row_count_max);
Result<std::vector<InstanceProfileRow>> ListInstanceProfilesOfRole(Transaction& transaction,
                                                                   std::string_view account_id,
                                                                   std::string_view role_name);
/// `role_name` empty: takes the role out.
Status SetInstanceProfileRole(Transaction& transaction, std::string_view account_id,
                              std::string_view name, std::string_view role_name);
Status DeleteInstanceProfile(Transaction& transaction, std::string_view account_id,
                             std::string_view name);

Status PutArnTag(Transaction& transaction, std::string_view arn, const TagRow& tag);
Status DeleteArnTag(Transaction& transaction, std::string_view arn, std::string_view tag_key);
Status DeleteArnTags(Transaction& transaction, std::string_view arn);
Result<std::vector<TagRow>> ListArnTags(Transaction& transaction, std::string_view arn);

}  // namespace firn::ledger
