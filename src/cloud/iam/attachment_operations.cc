#include <fmt/format.h>

#include "base/encoding.h"
#include "cloud/iam/call_internal.h"

/// Policies on users, groups and roles: attached ones and inline ones. One function serves the
/// three kinds.

namespace firn::iam {

using ledger::EntityKind;
using ledger::EntityRow;

namespace {

DocumentRules InlineRules(EntityKind kind) {
  switch (kind) {
    case EntityKind::kUser:
      return {.char_count_max = kUserInlineCharsMax, .quota_name = "user inline policies"};
    case EntityKind::kGroup:
      return {.char_count_max = kGroupInlineCharsMax, .quota_name = "group inline policies"};
    case EntityKind::kRole:
      return {.char_count_max = kRoleInlineCharsMax, .quota_name = "role inline policies"};
  }
  return {};
}

Unexpected NoSuchInlinePolicy(EntityKind kind, std::string_view name) {
  return NotFound("NoSuchEntity", fmt::format("The {} policy with name {} cannot be found.",
                                              WordsOf(kind).lower, name));
}

}  // namespace

Status AttachPolicy(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow row, RequireEntity(call));
  FIRN_TRY(CheckOwnRole(row));
  FIRN_ASSIGN_OR_RETURN(const std::string arn, RequireParameter(call.form, "PolicyArn"));
  FIRN_TRY(CheckAttachable(call, arn));
  FIRN_ASSIGN_OR_RETURN(const bool inserted, InsertAttachment(call.transaction, row.key, arn));
  if (!inserted) return Ok();  // Attaching twice is one attachment.
  FIRN_ASSIGN_OR_RETURN(const auto attached, ListAttachments(call.transaction, row.key));
  if (attached.size() > kAttachmentsMax) {
    return ResourceExhausted("LimitExceeded",
                             fmt::format("Cannot exceed quota for PoliciesPer{}: {}",
                                         WordsOf(call.kind).title, kAttachmentsMax));
  }
  return Ok();
}

Status DetachPolicy(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow row, RequireEntity(call));
  FIRN_TRY(CheckOwnRole(row));
  FIRN_ASSIGN_OR_RETURN(const std::string arn, RequireParameter(call.form, "PolicyArn"));
  FIRN_ASSIGN_OR_RETURN(const bool removed, DeleteAttachment(call.transaction, row.key, arn));
  if (!removed) return NotFound("NoSuchEntity", fmt::format("Policy {} was not found.", arn));
  return Ok();
}

Status ListAttachedPolicies(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow row, RequireEntity(call));
  FIRN_ASSIGN_OR_RETURN(const auto arns, ListAttachments(call.transaction, row.key));
  call.out.Open("AttachedPolicies");
  for (const std::string& arn : arns) {
    call.out.Open("member")
        .Text("PolicyName", std::string_view(arn).substr(arn.rfind('/') + 1))
        .Text("PolicyArn", arn)
        .Close("member");
  }
  call.out.Close("AttachedPolicies");
  WritePageEnd(call.out, false, "");
  return Ok();
}

Status PutInlinePolicy(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow row, RequireEntity(call));
  FIRN_TRY(CheckOwnRole(row));
  FIRN_ASSIGN_OR_RETURN(std::string name, RequireName(call.form, "PolicyName", kPolicyNameMax));
  const DocumentRules rules = InlineRules(call.kind);
  FIRN_ASSIGN_OR_RETURN(std::string document, RequireDocument(call.form, "PolicyDocument", rules));
  FIRN_TRY(
      ledger::PutInlinePolicy(call.transaction, row.key, {std::move(name), std::move(document)}));
  // IAM's quota is on all inline policies of the entity together.
  FIRN_ASSIGN_OR_RETURN(const auto all, ledger::ListInlinePolicies(call.transaction, row.key));
  std::size_t char_count = 0;
  for (const ledger::InlinePolicyRow& policy : all) {
    for (const char c : policy.document)
      char_count += c != ' ' && c != '\t' && c != '\r' && c != '\n' ? 1U : 0U;
  }
  if (char_count > rules.char_count_max) {
    return ResourceExhausted(
        "LimitExceeded", fmt::format("Maximum policy size of {} bytes exceeded for {} {}",
                                     rules.char_count_max, WordsOf(call.kind).lower, row.key.name));
  }
  return Ok();
}

Status GetInlinePolicy(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow row, RequireEntity(call));
  FIRN_ASSIGN_OR_RETURN(const std::string name,
                        RequireName(call.form, "PolicyName", kPolicyNameMax));
  FIRN_ASSIGN_OR_RETURN(const auto policy, FindInlinePolicy(call.transaction, row.key, name));
  if (!policy) return NoSuchInlinePolicy(call.kind, name);
  call.out.Text(WordsOf(call.kind).name_parameter, row.key.name)
      .Text("PolicyName", policy->name)
      .Text("PolicyDocument", PercentEncode(policy->document));
  return Ok();
}

Status DeleteInlinePolicy(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow row, RequireEntity(call));
  FIRN_TRY(CheckOwnRole(row));
  FIRN_ASSIGN_OR_RETURN(const std::string name,
                        RequireName(call.form, "PolicyName", kPolicyNameMax));
  FIRN_ASSIGN_OR_RETURN(const bool removed,
                        ledger::DeleteInlinePolicy(call.transaction, row.key, name));
  if (!removed) return NoSuchInlinePolicy(call.kind, name);
  return Ok();
}

Status ListInlinePolicies(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow row, RequireEntity(call));
  FIRN_ASSIGN_OR_RETURN(const auto policies, ledger::ListInlinePolicies(call.transaction, row.key));
  call.out.Open("PolicyNames");
  for (const ledger::InlinePolicyRow& policy : policies) call.out.Text("member", policy.name);
  call.out.Close("PolicyNames");
  WritePageEnd(call.out, false, "");
  return Ok();
}

}  // namespace firn::iam
