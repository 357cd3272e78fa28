#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "cloud/iam/call_internal.h"
#include "cloud/iam/managed_policies_internal.h"

/// Managed policies and their versions.

namespace firn::iam {

using ledger::ManagedPolicyRow;
using ledger::PolicyVersionRow;

namespace {

Result<ManagedPolicyRow> RequirePolicy(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string arn, RequireParameter(call.form, "PolicyArn"));
  FIRN_ASSIGN_OR_RETURN(auto row, FindManagedPolicy(call.transaction, arn));
  if (!row || row->account_id != call.parts.account_id) {
    return NotFound("NoSuchEntity", fmt::format("Policy {} was not found.", arn));
  }
  return std::move(*row);
}

/// AWS's policies are fixed; ours may be changed.
Result<ManagedPolicyRow> RequireOwnPolicy(Call& call) {
  if (FindAwsManagedPolicy(call.form.Get("PolicyArn")) != nullptr) {
    return PermissionDenied("AccessDenied",
                            "Policies of AWS (arn:aws:iam::aws:policy/…) cannot be changed.");
  }
  return RequirePolicy(call);
}

Result<std::int64_t> RequireVersion(const aws::Form& form) {
  FIRN_ASSIGN_OR_RETURN(const std::string text, RequireParameter(form, "VersionId"));
  std::int64_t version = 0;
  const char* const end_of_text = text.data() + text.size();
  const bool has_v = text.starts_with("v");
  const auto [end, failure] = std::from_chars(text.data() + (has_v ? 1 : 0), end_of_text, version);
  if (!has_v || failure != std::errc() || end != end_of_text || version < 1) {
    return InvalidArgument(
        "ValidationError",
        fmt::format(
            "Value '{}' at 'versionId' failed to satisfy constraint: Member must satisfy regular "
            "expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?",
            text.substr(0, 64)));
  }
  return version;
}

Result<PolicyVersionRow> RequireVersionOf(Call& call, const ManagedPolicyRow& policy) {
  FIRN_ASSIGN_OR_RETURN(const std::int64_t version, RequireVersion(call.form));
  FIRN_ASSIGN_OR_RETURN(auto row, FindPolicyVersion(call.transaction, policy.arn, version));
  if (!row) {
    return NotFound("NoSuchEntity",
                    fmt::format("Policy {} version v{} does not exist or is not attachable.",
                                policy.arn, version));
  }
  return std::move(*row);
}

void WriteVersion(Call& call, std::string_view element, const PolicyVersionRow& row,
                  bool is_default, bool with_document) {
  call.out.Open(element);
  if (with_document) call.out.Text("Document", PercentEncode(row.document));
  call.out.Text("VersionId", fmt::format("v{}", row.version))
      .Text("IsDefaultVersion", is_default ? "true" : "false")
      .Text("CreateDate", FormatIso8601(row.created_at))
      .Close(element);
}

struct PolicyUses {
  std::int64_t attachment_count = 0;
  std::int64_t boundary_count = 0;
};

Result<PolicyUses> UsesOf(Call& call, std::string_view arn) {
  PolicyUses uses;
  FIRN_ASSIGN_OR_RETURN(uses.attachment_count,
                        CountAttachments(call.transaction, call.parts.account_id, arn));
  FIRN_ASSIGN_OR_RETURN(uses.boundary_count,
                        CountBoundaryUses(call.transaction, call.parts.account_id, arn));
  return uses;
}

/// Without the enclosing element.
void WritePolicyMembers(Call& call, const ManagedPolicyRow& row, const PolicyUses& uses) {
  call.out.Text("PolicyName", row.name)
      .Text("PolicyId", row.policy_id)
      .Text("Arn", row.arn)
      .Text("Path", row.path)
      .Text("DefaultVersionId", fmt::format("v{}", row.default_version))
      .Text("AttachmentCount", std::to_string(uses.attachment_count))
      .Text("PermissionsBoundaryUsageCount", std::to_string(uses.boundary_count))
      .Text("IsAttachable", "true");
  if (!row.description.empty()) call.out.Text("Description", row.description);
  call.out.Text("CreateDate", FormatIso8601(row.created_at))
      .Text("UpdateDate", FormatIso8601(row.updated_at));
}

void WritePolicy(Call& call, std::string_view element, const ManagedPolicyRow& row,
                 const PolicyUses& uses, const std::vector<ledger::TagRow>& tags = {}) {
  call.out.Open(element);
  WritePolicyMembers(call, row, uses);
  WriteTags(call.out, tags);
  call.out.Close(element);
}

ManagedPolicyRow RowOf(const AwsManagedPolicy& policy) {
  return {.account_id = "aws",
          .name = std::string(policy.name),
          .path = std::string(policy.path),
          .arn = policy.Arn(),
          .policy_id = policy.PolicyId(),
          .default_version = policy.version,
          .last_version = policy.version,
          .created_at = ParseIso8601(policy.created_at).value_or(WallTime()),
          .updated_at = ParseIso8601(policy.updated_at).value_or(WallTime())};
}

PolicyVersionRow VersionOf(const AwsManagedPolicy& policy) {
  return {.arn = policy.Arn(),
          .version = policy.version,
          .document = std::string(policy.document),
          .created_at = ParseIso8601(policy.updated_at).value_or(WallTime())};
}

}  // namespace

namespace {

void WriteDetail(Call& call, const ManagedPolicyRow& row, const PolicyUses& uses,
                 const std::vector<PolicyVersionRow>& versions) {
  call.out.Open("member");
  WritePolicyMembers(call, row, uses);
  call.out.Open("PolicyVersionList");
  for (const PolicyVersionRow& version : versions)
    WriteVersion(call, "member", version, version.version == row.default_version, true);
  call.out.Close("PolicyVersionList").Close("member");
}

}  // namespace

Status WritePolicyDetail(Call& call, const ManagedPolicyRow& row) {
  FIRN_ASSIGN_OR_RETURN(const PolicyUses uses, UsesOf(call, row.arn));
  FIRN_ASSIGN_OR_RETURN(const auto versions, ledger::ListPolicyVersions(call.transaction, row.arn));
  WriteDetail(call, row, uses, versions);
  return Ok();
}

Status WriteAwsPolicyDetails(Call& call) {
  for (const AwsManagedPolicy& managed : AwsManagedPolicies()) {
    FIRN_ASSIGN_OR_RETURN(const PolicyUses uses, UsesOf(call, managed.Arn()));
    if (uses.attachment_count + uses.boundary_count == 0) continue;
    WriteDetail(call, RowOf(managed), uses, {VersionOf(managed)});
  }
  return Ok();
}

Status CreatePolicy(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string name,
                        RequireName(call.form, "PolicyName", kPolicyNameMax));
  FIRN_ASSIGN_OR_RETURN(const std::string path, PathOf(call.form));
  FIRN_ASSIGN_OR_RETURN(std::string document, RequireDocument(call.form, "PolicyDocument", {}));
  FIRN_ASSIGN_OR_RETURN(const std::vector<ledger::TagRow> tags, TagsOf(call.form));
  const WallTime now = call.parts.clock.Now();
  const ManagedPolicyRow row{
      .account_id = call.parts.account_id,
      .name = name,
      .path = path,
      .arn = fmt::format("arn:aws:iam::{}:policy{}{}", call.parts.account_id, path, name),
      .policy_id = NewUniqueId("ANPA", call.parts.random),
      .description = call.form.Get("Description").substr(0, kDescriptionMax),
      .created_at = now,
      .updated_at = now};
  FIRN_ASSIGN_OR_RETURN(const bool inserted, InsertManagedPolicy(call.transaction, row));
  if (!inserted) {
    return AlreadyExists(
        "EntityAlreadyExists",
        fmt::format("A policy called {} already exists. Duplicate names are not allowed.", name));
  }
  FIRN_TRY(InsertPolicyVersion(
      call.transaction,
      {.arn = row.arn, .version = 1, .document = std::move(document), .created_at = now}));
  for (const ledger::TagRow& tag : tags) FIRN_TRY(PutArnTag(call.transaction, row.arn, tag));
  WritePolicy(call, "Policy", row, {}, tags);
  return Ok();
}

Status GetPolicy(Call& call) {
  const std::string arn = call.form.Get("PolicyArn");
  FIRN_ASSIGN_OR_RETURN(const PolicyUses uses, UsesOf(call, arn));
  if (const AwsManagedPolicy* managed = FindAwsManagedPolicy(arn)) {
    WritePolicy(call, "Policy", RowOf(*managed), uses);
    return Ok();
  }
  FIRN_ASSIGN_OR_RETURN(const ManagedPolicyRow row, RequirePolicy(call));
  FIRN_ASSIGN_OR_RETURN(const auto tags, ListArnTags(call.transaction, row.arn));
  WritePolicy(call, "Policy", row, uses, tags);
  return Ok();
}

Status ListPolicies(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const Page page, PageOf(call.form));
  const std::string scope = call.form.Get("Scope", "All");
  if (scope != "All" && scope != "AWS" && scope != "Local") {
    return InvalidArgument(
        "ValidationError",
        "1 validation error detected: Value at 'scope' failed to satisfy constraint: Member must "
        "satisfy enum value set: [All, AWS, Local]");
  }
  const std::string path_prefix = call.form.Get("PathPrefix", "/");
  const bool only_attached = call.form.Get("OnlyAttached") == "true";
  std::vector<ManagedPolicyRow> rows;
  if (scope != "AWS") {
    FIRN_ASSIGN_OR_RETURN(rows,
                          ListManagedPolicies(call.transaction, call.parts.account_id, path_prefix,
                                              page.after_name, page.row_count_max + 1));
  }
  const bool truncated = static_cast<std::int64_t>(rows.size()) > page.row_count_max;
  if (truncated) rows.pop_back();
  const std::string last = rows.empty() ? "" : rows.back().name;
  // AWS's few policies come on the last page.
  if (scope != "Local" && !truncated) {
    for (const AwsManagedPolicy& managed : AwsManagedPolicies()) {
      if (managed.path.starts_with(path_prefix)) rows.push_back(RowOf(managed));
    }
  }
  call.out.Open("Policies");
  for (const ManagedPolicyRow& row : rows) {
    FIRN_ASSIGN_OR_RETURN(const PolicyUses uses, UsesOf(call, row.arn));
    if (!only_attached || uses.attachment_count > 0) WritePolicy(call, "member", row, uses);
  }
  call.out.Close("Policies");
  WritePageEnd(call.out, truncated, last);
  return Ok();
}

Status DeletePolicy(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const ManagedPolicyRow row, RequireOwnPolicy(call));
  FIRN_ASSIGN_OR_RETURN(const PolicyUses uses, UsesOf(call, row.arn));
  if (uses.attachment_count + uses.boundary_count > 0) {
    return Conflict("DeleteConflict", "Cannot delete a policy attached to entities.");
  }
  FIRN_ASSIGN_OR_RETURN(const auto versions, ledger::ListPolicyVersions(call.transaction, row.arn));
  if (versions.size() > 1) {
    return Conflict("DeleteConflict",
                    "This policy has more than one version. Before you delete a policy, you must "
                    "delete the policy's "
                    "versions. The default version is deleted with the policy.");
  }
  FIRN_TRY(DeleteArnTags(call.transaction, row.arn));
  return DeleteManagedPolicy(call.transaction, row.arn);
}

Status CreatePolicyVersion(Call& call) {
  FIRN_ASSIGN_OR_RETURN(ManagedPolicyRow policy, RequireOwnPolicy(call));
  FIRN_ASSIGN_OR_RETURN(std::string document, RequireDocument(call.form, "PolicyDocument", {}));
  FIRN_ASSIGN_OR_RETURN(const auto versions,
                        ledger::ListPolicyVersions(call.transaction, policy.arn));
  if (versions.size() >= kPolicyVersionsMax) {
    return ResourceExhausted(
        "LimitExceeded",
        fmt::format("A managed policy can have up to {} versions. Before you create a new version, "
                    "you must delete an existing version.",
                    kPolicyVersionsMax));
  }
  const WallTime now = call.parts.clock.Now();
  const PolicyVersionRow row{.arn = policy.arn,
                             .version = policy.last_version + 1,
                             .document = std::move(document),
                             .created_at = now};
  const bool as_default = call.form.Get("SetAsDefault") == "true";
  policy.last_version = row.version;
  policy.updated_at = now;
  if (as_default) policy.default_version = row.version;
  FIRN_TRY(InsertPolicyVersion(call.transaction, row));
  FIRN_TRY(UpdateManagedPolicy(call.transaction, policy));
  WriteVersion(call, "PolicyVersion", row, as_default, false);
  return Ok();
}

Status GetPolicyVersion(Call& call) {
  if (const AwsManagedPolicy* managed = FindAwsManagedPolicy(call.form.Get("PolicyArn"))) {
    FIRN_ASSIGN_OR_RETURN(const std::int64_t version, RequireVersion(call.form));
    if (version != managed->version) {
      return NotFound("NoSuchEntity",
                      fmt::format("Policy {} version v{} does not exist or is not attachable: here "
                                  "is v{}.",
                                  managed->Arn(), version, managed->version));
    }
    WriteVersion(call, "PolicyVersion", VersionOf(*managed), true, true);
    return Ok();
  }
  FIRN_ASSIGN_OR_RETURN(const ManagedPolicyRow policy, RequirePolicy(call));
  FIRN_ASSIGN_OR_RETURN(const PolicyVersionRow row, RequireVersionOf(call, policy));
  WriteVersion(call, "PolicyVersion", row, row.version == policy.default_version, true);
  return Ok();
}

Status ListPolicyVersions(Call& call) {
  if (const AwsManagedPolicy* managed = FindAwsManagedPolicy(call.form.Get("PolicyArn"))) {
    call.out.Open("Versions");
    WriteVersion(call, "member", VersionOf(*managed), true, false);
    call.out.Close("Versions");
    WritePageEnd(call.out, false, "");
    return Ok();
  }
  FIRN_ASSIGN_OR_RETURN(const ManagedPolicyRow policy, RequirePolicy(call));
  FIRN_ASSIGN_OR_RETURN(const auto versions,
                        ledger::ListPolicyVersions(call.transaction, policy.arn));
  call.out.Open("Versions");
  for (const PolicyVersionRow& row : versions) {
    WriteVersion(call, "member", row, row.version == policy.default_version, false);
  }
  call.out.Close("Versions");
  WritePageEnd(call.out, false, "");
  return Ok();
}

Status SetDefaultPolicyVersion(Call& call) {
  FIRN_ASSIGN_OR_RETURN(ManagedPolicyRow policy, RequireOwnPolicy(call));
  FIRN_ASSIGN_OR_RETURN(const PolicyVersionRow row, RequireVersionOf(call, policy));
  policy.default_version = row.version;
  policy.updated_at = call.parts.clock.Now();
  return UpdateManagedPolicy(call.transaction, policy);
}

Status DeletePolicyVersion(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const ManagedPolicyRow policy, RequireOwnPolicy(call));
  FIRN_ASSIGN_OR_RETURN(const PolicyVersionRow row, RequireVersionOf(call, policy));
  if (row.version == policy.default_version) {
    return Conflict("DeleteConflict", "Cannot delete the default version of a policy.");
  }
  return ledger::DeletePolicyVersion(call.transaction, policy.arn, row.version);
}

Status ListEntitiesForPolicy(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string arn, RequireParameter(call.form, "PolicyArn"));
  FIRN_TRY(CheckAttachable(call, arn));
  FIRN_ASSIGN_OR_RETURN(const auto entities,
                        ListPolicyEntities(call.transaction, call.parts.account_id, arn));
  for (const auto kind :
       {ledger::EntityKind::kGroup, ledger::EntityKind::kUser, ledger::EntityKind::kRole}) {
    const KindWords& words = WordsOf(kind);
    const std::string list = fmt::format("Policy{}s", words.title);
    call.out.Open(list);
    for (const ledger::EntityKey& key : entities) {
      if (key.kind != kind) continue;
      FIRN_ASSIGN_OR_RETURN(const ledger::EntityRow row, RequireEntity(call, key));
      call.out.Open("member")
          .Text(words.name_parameter, key.name)
          .Text(std::string(words.title) + "Id", row.entity_id)
          .Close("member");
    }
    call.out.Close(list);
  }
  WritePageEnd(call.out, false, "");
  return Ok();
}

}  // namespace firn::iam
