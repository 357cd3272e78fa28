#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "cloud/iam/call_internal.h"

/// The account as a whole: how many there are of each, and all of them with their policies.

namespace firn::iam {

using ledger::EntityKind;
using ledger::EntityRow;

namespace {

void WriteCount(aws::XmlWriter& out, std::string_view key, std::int64_t value) {
  out.Open("entry").Text("key", key).Text("value", std::to_string(value)).Close("entry");
}

std::string PolicyNameOf(std::string_view arn) {
  return std::string(arn.substr(arn.rfind('/') + 1));
}

Status WriteAttachments(Call& call, const EntityRow& row) {
  FIRN_ASSIGN_OR_RETURN(const auto arns, ListAttachments(call.transaction, row.key));
  call.out.Open("AttachedManagedPolicies");
  for (const std::string& arn : arns) {
    call.out.Open("member")
        .Text("PolicyName", PolicyNameOf(arn))
        .Text("PolicyArn", arn)
        .Close("member");
  }
  call.out.Close("AttachedManagedPolicies");
  return Ok();
}

Status WriteInlinePolicies(Call& call, const EntityRow& row) {
  FIRN_ASSIGN_OR_RETURN(const auto policies, ledger::ListInlinePolicies(call.transaction, row.key));
  const std::string list = std::string(WordsOf(row.key.kind).title) + "PolicyList";
  call.out.Open(list);
  for (const ledger::InlinePolicyRow& policy : policies) {
    call.out.Open("member")
        .Text("PolicyName", policy.name)
        .Text("PolicyDocument", PercentEncode(policy.document))
        .Close("member");
  }
  call.out.Close(list);
  return Ok();
}

/// One user, group or role with everything that hangs on it.
Status WriteDetail(Call& call, const EntityRow& row) {
  call.out.Open("member");
  FIRN_ASSIGN_OR_RETURN(const auto tags, ListEntityTags(call.transaction, row.key));
  WriteEntityMembers(call, row, tags);
  if (row.key.kind == EntityKind::kUser) {
    FIRN_ASSIGN_OR_RETURN(const auto groups,
                          ListGroupsOfUser(call.transaction, row.key.account_id, row.key.name));
    call.out.Open("GroupList");
    for (const EntityRow& group : groups) call.out.Text("member", group.key.name);
    call.out.Close("GroupList");
  }
  if (row.key.kind == EntityKind::kRole) {
    FIRN_TRY(WriteInstanceProfilesOfRole(call, row, "InstanceProfileList"));
  }
  FIRN_TRY(WriteInlinePolicies(call, row));
  FIRN_TRY(WriteAttachments(call, row));
  call.out.Close("member");
  return Ok();
}

Status WriteDetails(Call& call, EntityKind kind, bool wanted) {
  const std::string list = std::string(WordsOf(kind).title) + "DetailList";
  call.out.Open(list);
  std::string after;
  for (bool more = wanted; more;) {
    FIRN_ASSIGN_OR_RETURN(
        const auto rows,
        ledger::ListEntities(call.transaction, call.parts.account_id, kind, "/", after, kPageMax));
    for (const EntityRow& row : rows) FIRN_TRY(WriteDetail(call, row));
    more = static_cast<std::int64_t>(rows.size()) == kPageMax;
    if (more) after = rows.back().key.name;
  }
  call.out.Close(list);
  return Ok();
}

/// Of AWS's own policies, those that are attached or bound, as IAM does.
Status WritePolicies(Call& call, bool local, bool aws) {
  call.out.Open("Policies");
  std::string after;
  for (bool more = local; more;) {
    FIRN_ASSIGN_OR_RETURN(
        const auto rows,
        ListManagedPolicies(call.transaction, call.parts.account_id, "/", after, kPageMax));
    for (const ledger::ManagedPolicyRow& row : rows) FIRN_TRY(WritePolicyDetail(call, row));
    more = static_cast<std::int64_t>(rows.size()) == kPageMax;
    if (more) after = rows.back().name;
  }
  if (aws) FIRN_TRY(WriteAwsPolicyDetails(call));
  call.out.Close("Policies");
  return Ok();
}

Result<std::int64_t> Count(Call& call, const char* statement) {
  return call.transaction.QueryInt64(statement, call.parts.account_id);
}

}  // namespace

Status GetAccountSummary(Call& call) {
  FIRN_ASSIGN_OR_RETURN(
      const std::int64_t users,
      Count(call, "SELECT count(*) FROM iam_entities WHERE account_id = ? AND kind = 'user'"));
  FIRN_ASSIGN_OR_RETURN(
      const std::int64_t groups,
      Count(call, "SELECT count(*) FROM iam_entities WHERE account_id = ? AND kind = 'group'"));
  FIRN_ASSIGN_OR_RETURN(
      const std::int64_t roles,
      Count(call, "SELECT count(*) FROM iam_entities WHERE account_id = ? AND kind = 'role'"));
  FIRN_ASSIGN_OR_RETURN(const std::int64_t policies,
                        Count(call, "SELECT count(*) FROM iam_policies WHERE account_id = ?"));
  FIRN_ASSIGN_OR_RETURN(const auto root_keys,
                        ledger::ListAccessKeys(call.transaction, call.parts.account_id, ""));
  FIRN_ASSIGN_OR_RETURN(
      const std::int64_t profiles,
      Count(call, "SELECT count(*) FROM iam_instance_profiles WHERE account_id = ?"));
  FIRN_ASSIGN_OR_RETURN(
      const std::int64_t versions,
      Count(call,
            "SELECT count(*) FROM iam_policy_versions v JOIN iam_policies p USING (arn) "
            "WHERE p.account_id = ?"));
  aws::XmlWriter& out = call.out;
  out.Open("SummaryMap");
  WriteCount(out, "Users", users);
  WriteCount(out, "UsersQuota", kUsersMax);
  WriteCount(out, "Groups", groups);
  WriteCount(out, "Roles", roles);
  WriteCount(out, "Policies", policies);
  WriteCount(out, "AccountAccessKeysPresent", root_keys.empty() ? 0 : 1);
  WriteCount(out, "AccountMFAEnabled", 0);
  WriteCount(out, "AccountPasswordPresent", 0);
  WriteCount(out, "MFADevices", 0);
  WriteCount(out, "MFADevicesInUse", 0);
  WriteCount(out, "InstanceProfiles", profiles);
  WriteCount(out, "InstanceProfilesQuota", kInstanceProfilesMax);
  WriteCount(out, "PolicyVersionsInUse", versions);
  WriteCount(out, "Providers", 0);
  WriteCount(out, "ServerCertificates", 0);
  WriteCount(out, "AccessKeysPerUserQuota", kAccessKeysPerUserMax);
  WriteCount(out, "AttachedPoliciesPerUserQuota", kAttachmentsMax);
  WriteCount(out, "AttachedPoliciesPerGroupQuota", kAttachmentsMax);
  WriteCount(out, "AttachedPoliciesPerRoleQuota", kAttachmentsMax);
  WriteCount(out, "GroupsPerUserQuota", kGroupsPerUserMax);
  WriteCount(out, "VersionsPerPolicyQuota", kPolicyVersionsMax);
  WriteCount(out, "PolicySizeQuota", kManagedPolicyCharsMax);
  WriteCount(out, "UserPolicySizeQuota", kUserInlineCharsMax);
  WriteCount(out, "GroupPolicySizeQuota", kGroupInlineCharsMax);
  WriteCount(out, "RolePolicySizeQuota", kRoleInlineCharsMax);
  WriteCount(out, "AssumeRolePolicySizeQuota", kTrustPolicyCharsMax);
  out.Close("SummaryMap");
  return Ok();
}

/// All in one answer: IAM's quotas bound it.
Status GetAccountAuthorizationDetails(Call& call) {
  static constexpr std::array<std::string_view, 5> kFilters = {
      "User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"};
  const std::vector<std::string> filters = call.form.Members("Filter");
  for (const std::string& filter : filters) {
    if (std::find(kFilters.begin(), kFilters.end(), filter) != kFilters.end()) continue;
    return InvalidArgument(
        "ValidationError",
        fmt::format("1 validation error detected: Value '{}' at 'filter' failed to satisfy "
                    "constraint: Member must satisfy enum value set: [User, Role, Group, "
                    "LocalManagedPolicy, AWSManagedPolicy]",
                    filter.substr(0, 64)));
  }
  const auto wanted = [&](std::string_view word) {
    return filters.empty() || std::find(filters.begin(), filters.end(), word) != filters.end();
  };
  FIRN_TRY(WriteDetails(call, EntityKind::kUser, wanted("User")));
  FIRN_TRY(WriteDetails(call, EntityKind::kGroup, wanted("Group")));
  FIRN_TRY(WriteDetails(call, EntityKind::kRole, wanted("Role")));
  FIRN_TRY(WritePolicies(call, wanted("LocalManagedPolicy"), wanted("AWSManagedPolicy")));
  WritePageEnd(call.out, false, "");
  return Ok();
}

}  // namespace firn::iam
