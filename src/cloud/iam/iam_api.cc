#include "cloud/iam/iam_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "cloud/iam/call_internal.h"
#include "wire/aws/arn.h"

namespace firn::iam {

using ledger::EntityKey;
using ledger::EntityKind;
using ledger::EntityRow;
using ledger::Transaction;

namespace {

/// What the permission is on.
enum class On {
  kEntity,      ///< The named user, group or role; the caller's own user when none is named.
  kPolicy,      ///< PolicyArn.
  kNewPolicy,   ///< The ARN that PolicyName and Path will make.
  kSource,      ///< PolicySourceArn.
  kEverything,  ///< Actions without resource types.
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
  std::vector<std::string> names;
  for (const Operation& operation : kOperations) names.emplace_back(operation.name);
  const std::string nearest = NearestWord(action.substr(0, 128), names);
  return Unsupported(
      "InvalidAction",
      fmt::format("Firn's IAM has no operation {}{}", action.substr(0, 128),
                  nearest.empty() ? "." : fmt::format("; the nearest it has is {}.", nearest)));
}

/// The ARN of the entity a call names, with its stored path if it exists.
Result<std::string> EntityResource(const IamApi::Parts& parts, const Operation& operation,
                                   const policy::Principal& caller, const aws::Form& form) {
  const KindWords& words = WordsOf(operation.kind);
  if (operation.kind == kU && !form.Has("UserName")) {
    const bool own = operation.name == "GetUser" || operation.name.ends_with("AccessKey") ||
                     operation.name.ends_with("AccessKeys");
    if (own) return caller.identity_arn;
  }
  FIRN_ASSIGN_OR_RETURN(std::string name, RequireName(form, words.name_parameter, words.name_max));
  EntityRow row{.key = {parts.account_id, operation.kind, std::move(name)}};
  FIRN_ASSIGN_OR_RETURN(row.path, PathOf(form));
  FIRN_ASSIGN_OR_RETURN(const auto found, parts.ledger.Read([&](Transaction& transaction) {
    return FindEntity(transaction, row.key);
  }));
  return EntityArn(found ? *found : row);
}

Result<std::string> ResourceOf(const IamApi::Parts& parts, const Operation& operation,
                               const policy::Principal& caller, const aws::Form& form) {
  switch (operation.on) {
    case On::kEntity: return EntityResource(parts, operation, caller, form);
    case On::kPolicy: return RequireParameter(form, "PolicyArn");
    case On::kNewPolicy: {
      FIRN_ASSIGN_OR_RETURN(const std::string name,
                            RequireName(form, "PolicyName", kPolicyNameMax));
      FIRN_ASSIGN_OR_RETURN(const std::string path, PathOf(form));
      return fmt::format("arn:aws:iam::{}:policy{}{}", parts.account_id, path, name);
    }
    case On::kSource: return RequireParameter(form, "PolicySourceArn");
    case On::kEverything: return std::string("*");
  }
  return std::string("*");
}

}  // namespace

Result<std::vector<policy::AccessNeed>> IamApi::RequiredAccess(const policy::Principal& principal,
                                                               const aws::Form& form) const {
  FIRN_ASSIGN_OR_RETURN(const Operation* operation, FindOperation(form));
  policy::AccessNeed need{.action = fmt::format("iam:{}", operation->name)};
  FIRN_ASSIGN_OR_RETURN(need.resource, ResourceOf(parts_, *operation, principal, form));
  if (const auto arn = form.Find("PolicyArn"); arn && operation->on == On::kEntity) {
    need.conditions.Set("iam:PolicyARN", std::string(*arn));
  }
  if (const auto arn = form.Find("PermissionsBoundary")) {
    need.conditions.Set("iam:PermissionsBoundary", std::string(*arn));
  }
  return std::vector<policy::AccessNeed>{std::move(need)};
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
