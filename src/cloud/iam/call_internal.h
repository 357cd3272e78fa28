#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cloud/iam/iam_api.h"
#include "cloud/iam/limits.h"
#include "cloud/ledger/iam_resource_rows.h"
#include "cloud/ledger/iam_rows.h"
#include "cloud/policy/document.h"
#include "wire/aws/xml.h"

/// What every IAM operation works with: one call, its transaction and its answer, and IAM's checks
/// of names.

namespace firn::iam {

/// One call while it runs in its transaction. `out` takes the elements inside `<…Result>`.
struct Call {
  const IamApi::Parts& parts;
  const policy::Permit& permit;
  const aws::Form& form;
  ledger::Transaction& transaction;
  /// Of whom a generic operation is about: AttachUserPolicy and AttachRolePolicy are one function.
  ledger::EntityKind kind;
  aws::XmlWriter& out;
};

/// Words of a kind: `user`, `User`, `UserName`, `userName`.
struct KindWords {
  std::string_view lower;
  std::string_view title;
  std::string_view name_parameter;
  std::string_view name_member;
  std::size_t name_max;
  std::string_view id_prefix;
};
const KindWords& WordsOf(ledger::EntityKind kind);

// Checks of input. Errors: kInvalidArgument/ValidationError with IAM's text.
Status CheckName(std::string_view name, std::string_view member, std::size_t length_max);
/// Absent is `/`.
Result<std::string> PathOf(const aws::Form& form);
Result<std::string> RequireParameter(const aws::Form& form, std::string_view name);
/// A checked name parameter.
Result<std::string> RequireName(const aws::Form& form, std::string_view parameter,
                                std::size_t length_max);
/// The entity the call names. Errors also: kNotFound/NoSuchEntity.
Result<ledger::EntityKey> NamedKey(const Call& call);
Result<ledger::EntityRow> RequireEntity(const Call& call);
Result<ledger::EntityRow> RequireEntity(const Call& call, const ledger::EntityKey& key);
Unexpected NoSuchEntity(const ledger::EntityKey& key);

/// A document that parses for its use and is within `char_count_max` (white space not counted).
/// Errors: kInvalidArgument/MalformedPolicyDocument; kResourceExhausted/LimitExceeded.
struct DocumentRules {
  policy::PolicyUse use = policy::PolicyUse::kIdentity;
  std::size_t char_count_max = kManagedPolicyCharsMax;
  std::string_view quota_name = "PolicySize";
};
Result<std::string> RequireDocument(const aws::Form& form, std::string_view parameter,
                                    const DocumentRules& rules);

/// MaxItems and Marker.
struct Page {
  std::int64_t row_count_max = kPageDefault;
  std::string after_name;
};
Result<Page> PageOf(const aws::Form& form);
/// Writes IsTruncated and, if asked, Marker.
void WritePageEnd(aws::XmlWriter& out, bool truncated, std::string_view last_name);

std::string EntityArn(const ledger::EntityRow& row);
/// The members of one user, group or role, without an element around them.
void WriteEntityMembers(Call& call, const ledger::EntityRow& row,
                        const std::vector<ledger::TagRow>& tags);
/// Element Tags, unless there are none.
void WriteTags(aws::XmlWriter& out, const std::vector<ledger::TagRow>& tags);
/// Element `name` holding one user, group or role.
void WriteEntity(Call& call, std::string_view name, const ledger::EntityRow& row,
                 const std::vector<ledger::TagRow>& tags);
Result<std::vector<ledger::TagRow>> TagsOf(const aws::Form& form);

/// A managed policy that may be attached, ours or AWS's. Errors: kNotFound/NoSuchEntity.
Status CheckAttachable(Call& call, const std::string& arn);

// Operations, by file. Each: Status, writes its result to `call.out`.
Status CreateUser(Call& call);
Status GetUser(Call& call);
Status UpdateUser(Call& call);
Status CreateGroup(Call& call);
Status GetGroup(Call& call);
Status CreateRole(Call& call);
Status UpdateRole(Call& call);
Status UpdateAssumeRolePolicy(Call& call);
Status GetEntity(Call& call);
Status ListEntities(Call& call);
Status DeleteEntity(Call& call);
Status AddUserToGroup(Call& call);
Status RemoveUserFromGroup(Call& call);
Status ListGroupsForUser(Call& call);
Status PutPermissionsBoundary(Call& call);
Status DeletePermissionsBoundary(Call& call);
Status TagEntity(Call& call);
Status UntagEntity(Call& call);
Status ListTags(Call& call);
Status UpdateGroup(Call& call);
Status UpdateRoleDescription(Call& call);

std::string InstanceProfileArn(const ledger::InstanceProfileRow& row);
/// Element `list` with the profiles that hold the role.
Status WriteInstanceProfilesOfRole(Call& call, const ledger::EntityRow& role,
                                   std::string_view list);
Status CreateInstanceProfile(Call& call);
Status GetInstanceProfile(Call& call);
Status ListInstanceProfiles(Call& call);
Status ListInstanceProfilesForRole(Call& call);
Status DeleteInstanceProfile(Call& call);
Status AddRoleToInstanceProfile(Call& call);
Status RemoveRoleFromInstanceProfile(Call& call);
/// Of managed policies and instance profiles.
Status TagArn(Call& call);
Status UntagArn(Call& call);
Status ListArnTags(Call& call);

/// Made by CreateServiceLinkedRole: its path says so.
bool IsServiceLinked(const ledger::EntityRow& row);
/// Errors: kInvalidArgument/UnmodifiableEntity for a service's own role.
Status CheckOwnRole(const ledger::EntityRow& row);
/// Errors: kInvalidArgument/InvalidInput for a service that has none.
Result<std::string> ServiceLinkedRoleArn(const IamApi::Parts& parts, const aws::Form& form);
Status CreateServiceLinkedRole(Call& call);
Status DeleteServiceLinkedRole(Call& call);
Status GetServiceLinkedRoleDeletionStatus(Call& call);

/// Why IAM's operation is none of Firn's; empty when it is no operation of IAM, or one of Firn's.
std::string_view WhyAbsent(std::string_view operation);
/// Of what there never is any.
Status ListNothing(Call& call);
Status GetLoginProfile(Call& call);
Status GetAccountPasswordPolicy(Call& call);

Status CreateAccessKey(Call& call);
Status ListAccessKeys(Call& call);
Status UpdateAccessKey(Call& call);
Status DeleteAccessKey(Call& call);
Status GetAccessKeyLastUsed(Call& call);

Status CreatePolicy(Call& call);
Status GetPolicy(Call& call);
Status ListPolicies(Call& call);
Status DeletePolicy(Call& call);
Status CreatePolicyVersion(Call& call);
Status GetPolicyVersion(Call& call);
Status ListPolicyVersions(Call& call);
Status SetDefaultPolicyVersion(Call& call);
Status DeletePolicyVersion(Call& call);
Status ListEntitiesForPolicy(Call& call);

/// A managed policy's members with its versions and their documents, as
/// GetAccountAuthorizationDetails lists it.
Status WritePolicyDetail(Call& call, const ledger::ManagedPolicyRow& row);

/// The same of AWS's policies that are in use.
Status WriteAwsPolicyDetails(Call& call);

Status GetAccountSummary(Call& call);
Status GetAccountAuthorizationDetails(Call& call);

Status AttachPolicy(Call& call);
Status DetachPolicy(Call& call);
Status ListAttachedPolicies(Call& call);
Status PutInlinePolicy(Call& call);
Status GetInlinePolicy(Call& call);
Status DeleteInlinePolicy(Call& call);
Status ListInlinePolicies(Call& call);

/// Simulation reads principals through the identity store, so it runs outside the call's
/// transaction.
Status SimulatePrincipalPolicy(const IamApi::Parts& parts, const aws::Form& form,
                               aws::XmlWriter& out);
Status SimulateCustomPolicy(const IamApi::Parts& parts, const aws::Form& form, aws::XmlWriter& out);
Status GetContextKeysForPrincipalPolicy(const IamApi::Parts& parts, const aws::Form& form,
                                        aws::XmlWriter& out);
Status GetContextKeysForCustomPolicy(const IamApi::Parts& parts, const aws::Form& form,
                                     aws::XmlWriter& out);

}  // namespace firn::iam
