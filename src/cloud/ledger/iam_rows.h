#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "cloud/ledger/ledger.h"

/// Rows of IAM: users, groups and roles (one table, told apart by kind), access keys, policies. IAM
/// is global, so no row has a region. Names are unique without regard to case, as in IAM.
///
/// All functions: kNotFound/kAlreadyExists are the caller's to decide; here absence is nullopt,
/// false or an empty list.

namespace firn::ledger {

MigrationSet IamMigrations();

enum class EntityKind { kUser, kGroup, kRole };
/// `user`, `group` or `role`: as rows and ARNs write it.
std::string_view KindWord(EntityKind kind);

/// Which user, group or role.
struct EntityKey {
  std::string account_id;
  EntityKind kind = EntityKind::kUser;
  std::string name;
};

struct EntityRow {
  EntityKey key;  ///< `key.name` as it was written at creation.
  std::string path;
  std::string entity_id;  ///< AIDA…, AGPA… or AROA….
  WallTime created_at;
  std::string boundary_arn;                 ///< Empty when there is none; users and roles only.
  std::string trust_policy;                 ///< Roles only.
  std::string description;                  ///< Roles only.
  std::int64_t session_seconds_max = 3600;  ///< Roles only.
};

/// False when the name is taken.
Result<bool> InsertEntity(Transaction& transaction, const EntityRow& row);
Result<std::optional<EntityRow>> FindEntity(Transaction& transaction, const EntityKey& key);
/// In order of name, those after `after_name` whose path begins with `path_prefix`.
Result<std::vector<EntityRow>> ListEntities(Transaction& transaction, std::string_view account_id,
                                            EntityKind kind, std::string_view path_prefix,
                                            std::string_view after_name,
                                            std::int64_t row_count_max);
/// Writes every column but the key's and entity_id; renames to `row.key.name` with all that hangs
/// on it.
Status UpdateEntity(Transaction& transaction, const EntityKey& key, const EntityRow& row);
Status DeleteEntity(Transaction& transaction, const EntityKey& key);

struct AccessKeyRow {
  AccessKeyId access_key_id;
  std::string account_id;
  std::string user_name;  ///< Empty: the account root's key.
  std::string sealed_secret;
  bool active = true;
  WallTime created_at;
  std::optional<WallTime> last_used_at;
  std::string last_used_service;
  std::string last_used_region;
};

Status InsertAccessKey(Transaction& transaction, const AccessKeyRow& row);
Result<std::optional<AccessKeyRow>> FindAccessKey(Transaction& transaction, const AccessKeyId& id);
/// Oldest first. `user_name` empty: the root's.
Result<std::vector<AccessKeyRow>> ListAccessKeys(Transaction& transaction,
                                                 std::string_view account_id,
                                                 std::string_view user_name);
Status SetAccessKeyActive(Transaction& transaction, const AccessKeyId& id, bool active);
Status SetAccessKeyUse(Transaction& transaction, const AccessKeyId& id, WallTime used_at,
                       std::string_view service, std::string_view region);
Status DeleteAccessKey(Transaction& transaction, const AccessKeyId& id);

struct ManagedPolicyRow {
  std::string account_id;
  std::string name;
  std::string path;
  std::string arn;
  std::string policy_id;  ///< ANPA….
  std::string description;
  std::int64_t default_version = 1;
  std::int64_t last_version = 1;
  WallTime created_at;
  WallTime updated_at;
};

struct PolicyVersionRow {
  std::string arn;
  std::int64_t version = 1;
  std::string document;
  WallTime created_at;
};

/// False when the name is taken.
Result<bool> InsertManagedPolicy(Transaction& transaction, const ManagedPolicyRow& row);
Result<std::optional<ManagedPolicyRow>> FindManagedPolicy(Transaction& transaction,
                                                          std::string_view arn);
Result<std::vector<ManagedPolicyRow>> ListManagedPolicies(Transaction& transaction,
                                                          std::string_view account_id,
                                                          std::string_view path_prefix,
                                                          std::string_view after_name,
                                                          std::int64_t row_count_max);
Status UpdateManagedPolicy(Transaction& transaction, const ManagedPolicyRow& row);
Status DeleteManagedPolicy(Transaction& transaction, std::string_view arn);
Status InsertPolicyVersion(Transaction& transaction, const PolicyVersionRow& row);
/// Newest first.
Result<std::vector<PolicyVersionRow>> ListPolicyVersions(Transaction& transaction,
                                                         std::string_view arn);
Result<std::optional<PolicyVersionRow>> FindPolicyVersion(Transaction& transaction,
                                                          std::string_view arn,
                                                          std::int64_t version);
Status DeletePolicyVersion(Transaction& transaction, std::string_view arn, std::int64_t version);

/// False when it was attached already.
Result<bool> InsertAttachment(Transaction& transaction, const EntityKey& key, std::string_view arn);
/// False when it was not attached.
Result<bool> DeleteAttachment(Transaction& transaction, const EntityKey& key, std::string_view arn);
/// ARNs in order of name.
Result<std::vector<std::string>> ListAttachments(Transaction& transaction, const EntityKey& key);
/// Who has the policy attached.
Result<std::vector<EntityKey>> ListPolicyEntities(Transaction& transaction,
                                                  std::string_view account_id,
                                                  std::string_view arn);
Result<std::int64_t> CountAttachments(Transaction& transaction, std::string_view account_id,
                                      std::string_view arn);
Result<std::int64_t> CountBoundaryUses(Transaction& transaction, std::string_view account_id,
                                       std::string_view arn);

struct InlinePolicyRow {
  std::string name;
  std::string document;
};
Status PutInlinePolicy(Transaction& transaction, const EntityKey& key, const InlinePolicyRow& row);
Result<std::optional<InlinePolicyRow>> FindInlinePolicy(Transaction& transaction,
                                                        const EntityKey& key,
                                                        std::string_view name);
Result<std::vector<InlinePolicyRow>> ListInlinePolicies(Transaction& transaction,
                                                        const EntityKey& key);
/// False when it was not there.
Result<bool> DeleteInlinePolicy(Transaction& transaction, const EntityKey& key,
                                std::string_view name);

struct MembershipRow {
  std::string account_id;
  std::string group_name;
  std::string user_name;
};
/// Idempotent.
Status InsertMembership(Transaction& transaction, const MembershipRow& row);
/// False when the user was not a member.
Result<bool> DeleteMembership(Transaction& transaction, const MembershipRow& row);
Result<std::vector<EntityRow>> ListGroupsOfUser(Transaction& transaction,
                                                std::string_view account_id,
                                                std::string_view user_name);
Result<std::vector<EntityRow>> ListUsersOfGroup(Transaction& transaction,
                                                std::string_view account_id,
                                                std::string_view group_name);

struct TagRow {
  std::string key;
  std::string value;
};
Status PutEntityTag(Transaction& transaction, const EntityKey& key, const TagRow& tag);
Status DeleteEntityTag(Transaction& transaction, const EntityKey& key, std::string_view tag_key);
Result<std::vector<TagRow>> ListEntityTags(Transaction& transaction, const EntityKey& key);

}  // namespace firn::ledger
