#include "cloud/iam/iam_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "cloud/iam/call_internal.h"
#include "cloud/policy/condition_keys.h"
#include "wire/aws/arn.h"

namespace firn::iam {

using ledger::EntityKey;
using ledger::EntityKind;
using ledger::EntityRow;
using ledger::Transaction;

namespace {

/// What the permission is on.
enum class On {
  kEntity,       ///< The named user, group or role; the caller's own user when none is named.
  kPolicy,       ///< PolicyArn.
  kNewPolicy,    ///< The ARN that PolicyName and Path will make.
  kProfile,      ///< InstanceProfileName.
  kServiceRole,  ///< What CreateServiceLinkedRole makes.
  kSource,       ///< PolicySourceArn.
  kEverything,   ///< Actions without resource types.
};

enum class Access { kRead, kWrite };

struct Operation {
  std::string_view name;
  On on;
  Access access;
  EntityKind kind;
  Status (*run)(Call&);
  /// Instead of `run`, for what reads through the identity store, outside a transaction.
  Status (*ask)(const IamApi::Parts&, const aws::Form&, aws::XmlWriter&) = nullptr;
};

constexpr auto kU = EntityKind::kUser;
constexpr auto kG = EntityKind::kGroup;
constexpr auto kR = EntityKind::kRole;
constexpr auto kRd = Access::kRead;
constexpr auto kWr = Access::kWrite;

constexpr std::array kOperations = {
    Operation{"CreateUser", On::kEntity, kWr, kU, CreateUser},
    Operation{"GetUser", On::kEntity, kRd, kU, GetUser},
    Operation{"ListUsers", On::kEverything, kRd, kU, ListEntities},
    Operation{"UpdateUser", On::kEntity, kWr, kU, UpdateUser},
    Operation{"DeleteUser", On::kEntity, kWr, kU, DeleteEntity},
    Operation{"TagUser", On::kEntity, kWr, kU, TagEntity},
    Operation{"UntagUser", On::kEntity, kWr, kU, UntagEntity},
    Operation{"ListUserTags", On::kEntity, kRd, kU, ListTags},
    Operation{"ListGroupsForUser", On::kEntity, kRd, kU, ListGroupsForUser},
    Operation{"PutUserPermissionsBoundary", On::kEntity, kWr, kU, PutPermissionsBoundary},
    Operation{"DeleteUserPermissionsBoundary", On::kEntity, kWr, kU, DeletePermissionsBoundary},
    Operation{"CreateAccessKey", On::kEntity, kWr, kU, CreateAccessKey},
    Operation{"ListAccessKeys", On::kEntity, kRd, kU, ListAccessKeys},
    Operation{"UpdateAccessKey", On::kEntity, kWr, kU, UpdateAccessKey},
    Operation{"DeleteAccessKey", On::kEntity, kWr, kU, DeleteAccessKey},
    Operation{"GetAccessKeyLastUsed", On::kEverything, kRd, kU, GetAccessKeyLastUsed},
    Operation{"CreatePolicy", On::kNewPolicy, kWr, kU, CreatePolicy},
    Operation{"GetPolicy", On::kPolicy, kRd, kU, GetPolicy},
    Operation{"ListPolicies", On::kEverything, kRd, kU, ListPolicies},
    Operation{"DeletePolicy", On::kPolicy, kWr, kU, DeletePolicy},
    Operation{"CreatePolicyVersion", On::kPolicy, kWr, kU, CreatePolicyVersion},
    Operation{"GetPolicyVersion", On::kPolicy, kRd, kU, GetPolicyVersion},
    Operation{"ListPolicyVersions", On::kPolicy, kRd, kU, ListPolicyVersions},
    Operation{"SetDefaultPolicyVersion", On::kPolicy, kWr, kU, SetDefaultPolicyVersion},
    Operation{"DeletePolicyVersion", On::kPolicy, kWr, kU, DeletePolicyVersion},
    Operation{"ListEntitiesForPolicy", On::kPolicy, kRd, kU, ListEntitiesForPolicy},
    Operation{"AttachUserPolicy", On::kEntity, kWr, kU, AttachPolicy},
    Operation{"DetachUserPolicy", On::kEntity, kWr, kU, DetachPolicy},
    Operation{"ListAttachedUserPolicies", On::kEntity, kRd, kU, ListAttachedPolicies},
    Operation{"PutUserPolicy", On::kEntity, kWr, kU, PutInlinePolicy},
    Operation{"GetUserPolicy", On::kEntity, kRd, kU, GetInlinePolicy},
    Operation{"DeleteUserPolicy", On::kEntity, kWr, kU, DeleteInlinePolicy},
    Operation{"ListUserPolicies", On::kEntity, kRd, kU, ListInlinePolicies},
    Operation{"CreateGroup", On::kEntity, kWr, kG, CreateGroup},
    Operation{"GetGroup", On::kEntity, kRd, kG, GetGroup},
    Operation{"ListGroups", On::kEverything, kRd, kG, ListEntities},
    Operation{"DeleteGroup", On::kEntity, kWr, kG, DeleteEntity},
    Operation{"AddUserToGroup", On::kEntity, kWr, kG, AddUserToGroup},
    Operation{"RemoveUserFromGroup", On::kEntity, kWr, kG, RemoveUserFromGroup},
    Operation{"AttachGroupPolicy", On::kEntity, kWr, kG, AttachPolicy},
    Operation{"DetachGroupPolicy", On::kEntity, kWr, kG, DetachPolicy},
    Operation{"ListAttachedGroupPolicies", On::kEntity, kRd, kG, ListAttachedPolicies},
    Operation{"PutGroupPolicy", On::kEntity, kWr, kG, PutInlinePolicy},
    Operation{"GetGroupPolicy", On::kEntity, kRd, kG, GetInlinePolicy},
    Operation{"DeleteGroupPolicy", On::kEntity, kWr, kG, DeleteInlinePolicy},
    Operation{"ListGroupPolicies", On::kEntity, kRd, kG, ListInlinePolicies},
    Operation{"CreateRole", On::kEntity, kWr, kR, CreateRole},
    Operation{"GetRole", On::kEntity, kRd, kR, GetEntity},
    Operation{"ListRoles", On::kEverything, kRd, kR, ListEntities},
    Operation{"UpdateRole", On::kEntity, kWr, kR, UpdateRole},
    Operation{"UpdateAssumeRolePolicy", On::kEntity, kWr, kR, UpdateAssumeRolePolicy},
    Operation{"DeleteRole", On::kEntity, kWr, kR, DeleteEntity},
    Operation{"TagRole", On::kEntity, kWr, kR, TagEntity},
    Operation{"UntagRole", On::kEntity, kWr, kR, UntagEntity},
    Operation{"ListRoleTags", On::kEntity, kRd, kR, ListTags},
    Operation{"PutRolePermissionsBoundary", On::kEntity, kWr, kR, PutPermissionsBoundary},
    Operation{"DeleteRolePermissionsBoundary", On::kEntity, kWr, kR, DeletePermissionsBoundary},
    Operation{"AttachRolePolicy", On::kEntity, kWr, kR, AttachPolicy},
    Operation{"DetachRolePolicy", On::kEntity, kWr, kR, DetachPolicy},
    Operation{"ListAttachedRolePolicies", On::kEntity, kRd, kR, ListAttachedPolicies},
    Operation{"PutRolePolicy", On::kEntity, kWr, kR, PutInlinePolicy},
    Operation{"GetRolePolicy", On::kEntity, kRd, kR, GetInlinePolicy},
    Operation{"DeleteRolePolicy", On::kEntity, kWr, kR, DeleteInlinePolicy},
    Operation{"ListRolePolicies", On::kEntity, kRd, kR, ListInlinePolicies},
    Operation{"TagPolicy", On::kPolicy, kWr, kU, TagArn},
    Operation{"UntagPolicy", On::kPolicy, kWr, kU, UntagArn},
    Operation{"ListPolicyTags", On::kPolicy, kRd, kU, ListArnTags},
    Operation{"UpdateGroup", On::kEntity, kWr, kG, UpdateGroup},
    Operation{"UpdateRoleDescription", On::kEntity, kWr, kR, UpdateRoleDescription},
    Operation{"CreateInstanceProfile", On::kProfile, kWr, kR, CreateInstanceProfile},
    Operation{"GetInstanceProfile", On::kProfile, kRd, kR, GetInstanceProfile},
    Operation{"ListInstanceProfiles", On::kEverything, kRd, kR, ListInstanceProfiles},
    Operation{"DeleteInstanceProfile", On::kProfile, kWr, kR, DeleteInstanceProfile},
    Operation{"AddRoleToInstanceProfile", On::kProfile, kWr, kR, AddRoleToInstanceProfile},
    Operation{"RemoveRoleFromInstanceProfile", On::kProfile, kWr, kR,
              RemoveRoleFromInstanceProfile},
    Operation{"TagInstanceProfile", On::kProfile, kWr, kR, TagArn},
    Operation{"UntagInstanceProfile", On::kProfile, kWr, kR, UntagArn},
    Operation{"ListInstanceProfileTags", On::kProfile, kRd, kR, ListArnTags},
    Operation{"CreateServiceLinkedRole", On::kServiceRole, kWr, kR, CreateServiceLinkedRole},
    Operation{"DeleteServiceLinkedRole", On::kEntity, kWr, kR, DeleteServiceLinkedRole},
    Operation{"GetServiceLinkedRoleDeletionStatus", On::kEverything, kRd, kR,
              GetServiceLinkedRoleDeletionStatus},
    Operation{"ListAccountAliases", On::kEverything, kRd, kU, ListNothing},
    Operation{"ListMFADevices", On::kEverything, kRd, kU, ListNothing},
    Operation{"ListVirtualMFADevices", On::kEverything, kRd, kU, ListNothing},
    Operation{"ListOpenIDConnectProviders", On::kEverything, kRd, kU, ListNothing},
    Operation{"ListSAMLProviders", On::kEverything, kRd, kU, ListNothing},
    Operation{"ListServerCertificates", On::kEverything, kRd, kU, ListNothing},
    Operation{"ListServiceSpecificCredentials", On::kEverything, kRd, kU, ListNothing},
    Operation{"ListSigningCertificates", On::kEverything, kRd, kU, ListNothing},
    Operation{"ListSSHPublicKeys", On::kEverything, kRd, kU, ListNothing},
    Operation{"GetLoginProfile", On::kEntity, kRd, kU, GetLoginProfile},
    Operation{"GetAccountPasswordPolicy", On::kEverything, kRd, kU, GetAccountPasswordPolicy},
    Operation{"ListInstanceProfilesForRole", On::kEntity, kRd, kR, ListInstanceProfilesForRole},
    Operation{"GetAccountSummary", On::kEverything, kRd, kU, GetAccountSummary},
    Operation{"GetAccountAuthorizationDetails", On::kEverything, kRd, kU,
              GetAccountAuthorizationDetails},
    Operation{"SimulatePrincipalPolicy", On::kSource, kRd, kU, nullptr, SimulatePrincipalPolicy},
    Operation{"SimulateCustomPolicy", On::kEverything, kRd, kU, nullptr, SimulateCustomPolicy},
    Operation{"GetContextKeysForPrincipalPolicy", On::kSource, kRd, kU, nullptr,
              GetContextKeysForPrincipalPolicy},
    Operation{"GetContextKeysForCustomPolicy", On::kEverything, kRd, kU, nullptr,
              GetContextKeysForCustomPolicy},
};

Result<const Operation*> FindOperation(const aws::Form& form) {
  const std::string action = form.Get("Action");
  const auto found =
      std::find_if(kOperations.begin(), kOperations.end(),
                   [&](const Operation& operation) { return operation.name == action; });
  if (found != kOperations.end()) return &*found;
  if (action.empty())
    return InvalidArgument("MissingAction", "The request has no Action parameter.");
  if (const std::string_view reason = WhyAbsent(action); !reason.empty()) {
    return Unsupported("UnsupportedOperation",
                       fmt::format("{} is not supported: {}.", action, reason));
  }
  std::vector<std::string> names;
  for (const Operation& operation : kOperations) names.emplace_back(operation.name);
  const std::string nearest = NearestWord(action.substr(0, 128), names);
  return Unsupported(
      "InvalidAction",
      fmt::format("Firn's IAM has no operation {}{}", action.substr(0, 128),
                  nearest.empty() ? "." : fmt::format("; the nearest it has is {}.", nearest)));
}

/// What a call is about, as policies see it.
struct Target {
  std::string arn;
  policy::Tags tags;         ///< Of what is there already.
  std::string boundary_arn;  ///< Of the user or role as it is; may be empty.
};

Status ReadEntity(const IamApi::Parts& parts, const EntityKey& key, Target& target) {
  return parts.ledger.Read([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto found, FindEntity(transaction, key));
    if (!found) return Ok();
    target.arn = EntityArn(*found);
    target.boundary_arn = found->boundary_arn;
    FIRN_ASSIGN_OR_RETURN(const auto tags, ListEntityTags(transaction, found->key));
    for (const ledger::TagRow& tag : tags) target.tags.emplace_back(tag.key, tag.value);
    return Ok();
  });
}

Status ReadArnTags(const IamApi::Parts& parts, Target& target) {
  return parts.ledger.Read([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto tags, ledger::ListArnTags(transaction, target.arn));
    for (const ledger::TagRow& tag : tags) target.tags.emplace_back(tag.key, tag.value);
    return Ok();
  });
}

/// AddRoleToInstanceProfile hands the role to EC2: the caller must be allowed to.
Result<policy::AccessNeed> PassRoleNeed(const IamApi::Parts& parts, const aws::Form& form) {
  FIRN_ASSIGN_OR_RETURN(std::string name, RequireName(form, "RoleName", kRoleNameMax));
  EntityRow row{.key = {parts.account_id, kR, std::move(name)}, .path = "/"};
  Target role{.arn = EntityArn(row)};
  FIRN_TRY(ReadEntity(parts, row.key, role));
  policy::AccessNeed need{.action = "iam:PassRole", .resource = role.arn};
  need.conditions.Set("iam:PassedToService", "ec2.amazonaws.com")
      .SetTags("aws:ResourceTag/", role.tags)
      .SetTags("iam:ResourceTag/", role.tags);
  return need;
}

/// The entity a call names, with its stored path if it exists.
Result<Target> EntityTarget(const IamApi::Parts& parts, const Operation& operation,
                            const policy::Principal& caller, const aws::Form& form) {
  const KindWords& words = WordsOf(operation.kind);
  Target target;
  if (operation.kind == kU && !form.Has("UserName")) {
    const bool own = operation.name == "GetUser" || operation.name.ends_with("AccessKey") ||
                     operation.name.ends_with("AccessKeys");
    if (own) {
      target.arn = caller.identity_arn;
      if (caller.kind == policy::PrincipalKind::kUser) {
        FIRN_TRY(ReadEntity(parts, {parts.account_id, kU, caller.user_name}, target));
      }
      return target;
    }
  }
  FIRN_ASSIGN_OR_RETURN(std::string name, RequireName(form, words.name_parameter, words.name_max));
  EntityRow row{.key = {parts.account_id, operation.kind, std::move(name)}};
  FIRN_ASSIGN_OR_RETURN(row.path, PathOf(form));
  target.arn = EntityArn(row);
  FIRN_TRY(ReadEntity(parts, row.key, target));
  return target;
}

Result<Target> TargetOf(const IamApi::Parts& parts, const Operation& operation,
                        const policy::Principal& caller, const aws::Form& form) {
  Target target{.arn = "*"};
  switch (operation.on) {
    case On::kEntity: return EntityTarget(parts, operation, caller, form);
    case On::kPolicy: {
      FIRN_ASSIGN_OR_RETURN(target.arn, RequireParameter(form, "PolicyArn"));
      FIRN_TRY(ReadArnTags(parts, target));
      return target;
    }
    case On::kProfile: {
      ledger::InstanceProfileRow row{.account_id = parts.account_id};
      FIRN_ASSIGN_OR_RETURN(row.name,
                            RequireName(form, "InstanceProfileName", kInstanceProfileNameMax));
      FIRN_ASSIGN_OR_RETURN(row.path, PathOf(form));
      FIRN_ASSIGN_OR_RETURN(const auto found, parts.ledger.Read([&](Transaction& transaction) {
        return FindInstanceProfile(transaction, row.account_id, row.name);
      }));
      target.arn = InstanceProfileArn(found ? *found : row);
      FIRN_TRY(ReadArnTags(parts, target));
      return target;
    }
    case On::kServiceRole: {
      FIRN_ASSIGN_OR_RETURN(target.arn, ServiceLinkedRoleArn(parts, form));
      return target;
    }
    case On::kNewPolicy: {
      FIRN_ASSIGN_OR_RETURN(const std::string name,
                            RequireName(form, "PolicyName", kPolicyNameMax));
      FIRN_ASSIGN_OR_RETURN(const std::string path, PathOf(form));
      target.arn = fmt::format("arn:aws:iam::{}:policy{}{}", parts.account_id, path, name);
      return target;
    }
    case On::kSource: {
      FIRN_ASSIGN_OR_RETURN(target.arn, RequireParameter(form, "PolicySourceArn"));
      if (const auto source = parts.identities.FindPrincipal(target.arn)) {
        target.tags.assign((*source)->tags.begin(), (*source)->tags.end());
      }
      return target;
    }
    case On::kEverything: return target;
  }
  return target;
}

/// What the call says of itself and of its target; policy::ConditionKeys says which actions have
/// which.
Status SetConditionKeys(const aws::Form& form, const Target& target, policy::AccessNeed& need) {
  policy::ConditionContext& conditions = need.conditions;
  const auto set = [&](std::string_view key, std::string value) {
    if (!value.empty() && policy::MayCarry(need.action, key)) conditions.Set(key, std::move(value));
  };
  set("iam:PolicyARN", form.Get("PolicyArn"));
  set("iam:AWSServiceName", form.Get("AWSServiceName"));
  // The boundary that is asked for; where none is, the one that the user or role has.
  set("iam:PermissionsBoundary", form.Get("PermissionsBoundary", target.boundary_arn));
  if (policy::MayCarry(need.action, "aws:RequestTag/")) {
    FIRN_ASSIGN_OR_RETURN(const auto rows, TagsOf(form));
    policy::Tags tags;
    for (const ledger::TagRow& tag : rows) tags.emplace_back(tag.key, tag.value);
    conditions.SetRequestTags(tags);
  } else if (policy::MayCarry(need.action, "aws:TagKeys")) {
    conditions.Set("aws:TagKeys", form.Members("TagKeys"));
  }
  if (policy::MayCarry(need.action, "aws:ResourceTag/")) {
    conditions.SetTags("aws:ResourceTag/", target.tags);
  }
  if (policy::MayCarry(need.action, "iam:ResourceTag/")) {
    conditions.SetTags("iam:ResourceTag/", target.tags);
  }
  return Ok();
}

}  // namespace

Result<std::vector<policy::AccessNeed>> IamApi::RequiredAccess(const policy::Principal& principal,
                                                               const aws::Form& form) const {
  FIRN_ASSIGN_OR_RETURN(const Operation* operation, FindOperation(form));
  // "You cannot call any IAM API operations unless MFA authentication information is included"
  // (GetSessionToken); federated users cannot at all (GetFederationToken).
  if (principal.session_issued_at && principal.kind != policy::PrincipalKind::kAssumedRole) {
    return Unauthenticated("InvalidClientTokenId",
                           "The security token included in the request is invalid.");
  }
  policy::AccessNeed need{.action = fmt::format("iam:{}", operation->name)};
  FIRN_ASSIGN_OR_RETURN(const Target target, TargetOf(parts_, *operation, principal, form));
  need.resource = target.arn;
  FIRN_TRY(SetConditionKeys(form, target, need));
  std::vector<policy::AccessNeed> needs{std::move(need)};
  if (operation->name == "AddRoleToInstanceProfile") {
    FIRN_ASSIGN_OR_RETURN(policy::AccessNeed pass, PassRoleNeed(parts_, form));
    needs.push_back(std::move(pass));
  }
  return needs;
}

Result<aws::Answer> IamApi::Handle(const Context& context, const policy::Permit& permit,
                                   const aws::Form& form) const {
  FIRN_ASSIGN_OR_RETURN(const Operation* operation, FindOperation(form));
  if (!EqualsIgnoreCaseAscii(permit.action(), fmt::format("iam:{}", operation->name))) {
    return Internal("WrongPermit", fmt::format("{} was called with a permit for {}",
                                               operation->name, permit.action()));
  }
  aws::XmlWriter out;
  const auto run = [&](Transaction& transaction) -> Status {
    Call call{parts_, permit, form, transaction, operation->kind, out};
    return operation->run(call);
  };
  if (operation->ask != nullptr) {
    FIRN_TRY(operation->ask(parts_, form, out));
  } else if (operation->access == Access::kWrite) {
    FIRN_TRY(parts_.ledger.Write(run));
  } else {
    FIRN_TRY(parts_.ledger.Read(run));
  }
  return aws::QueryAnswer({operation->name, aws::kIamNamespace, out.Take()}, context.request_id());
}

}  // namespace firn::iam
