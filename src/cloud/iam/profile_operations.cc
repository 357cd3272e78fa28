#include <fmt/format.h>

#include "base/encoding.h"
#include "cloud/iam/call_internal.h"
#include "cloud/ledger/iam_resource_rows.h"

/// Instance profiles, and the tags of what is known by its ARN.

namespace firn::iam {

using ledger::EntityKind;
using ledger::EntityRow;
using ledger::InstanceProfileRow;
using ledger::TagRow;

namespace {

Result<InstanceProfileRow> RequireProfile(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string name,
                        RequireName(call.form, "InstanceProfileName", kInstanceProfileNameMax));
  FIRN_ASSIGN_OR_RETURN(auto row,
                        FindInstanceProfile(call.transaction, call.parts.account_id, name));
  if (row) return *std::move(row);
  return NotFound("NoSuchEntity", fmt::format("Instance Profile {} cannot be found.", name));
}

Status WriteProfile(Call& call, std::string_view element, const InstanceProfileRow& row,
                    const std::vector<TagRow>& tags) {
  call.out.Open(element)
      .Text("Path", row.path)
      .Text("InstanceProfileName", row.name)
      .Text("InstanceProfileId", row.profile_id)
      .Text("Arn", InstanceProfileArn(row))
      .Text("CreateDate", FormatIso8601(row.created_at))
      .Open("Roles");
  if (!row.role_name.empty()) {
    FIRN_ASSIGN_OR_RETURN(const EntityRow role,
                          RequireEntity(call, {row.account_id, EntityKind::kRole, row.role_name}));
    WriteEntity(call, "member", role, {});
  }
  call.out.Close("Roles");
  WriteTags(call.out, tags);
  call.out.Close(element);
  return Ok();
}

/// What TagPolicy and TagInstanceProfile name: its ARN. AWS's own policies take no tags.
Result<std::string> TaggedArn(Call& call) {
  if (!call.form.Has("PolicyArn")) {
    FIRN_ASSIGN_OR_RETURN(const InstanceProfileRow row, RequireProfile(call));
    return InstanceProfileArn(row);
  }
  FIRN_ASSIGN_OR_RETURN(std::string arn, RequireParameter(call.form, "PolicyArn"));
  FIRN_ASSIGN_OR_RETURN(const auto row, FindManagedPolicy(call.transaction, arn));
  if (row && row->account_id == call.parts.account_id) return arn;
  return NotFound("NoSuchEntity", fmt::format("Policy {} was not found.", arn));
}

}  // namespace

std::string InstanceProfileArn(const InstanceProfileRow& row) {
  return fmt::format("arn:aws:iam::{}:instance-profile{}{}", row.account_id, row.path, row.name);
}

Status CreateInstanceProfile(Call& call) {
  InstanceProfileRow row{.account_id = call.parts.account_id,
                         .profile_id = NewUniqueId("AIPA", call.parts.random),
                         .created_at = call.parts.clock.Now()};
  FIRN_ASSIGN_OR_RETURN(row.name,
                        RequireName(call.form, "InstanceProfileName", kInstanceProfileNameMax));
  FIRN_ASSIGN_OR_RETURN(row.path, PathOf(call.form));
  FIRN_ASSIGN_OR_RETURN(const std::vector<TagRow> tags, TagsOf(call.form));
  FIRN_ASSIGN_OR_RETURN(
      const std::int64_t count,
      call.transaction.QueryInt64("SELECT count(*) FROM iam_instance_profiles WHERE account_id = ?",
                                  call.parts.account_id));
  if (count >= kInstanceProfilesMax) {
    return ResourceExhausted("LimitExceeded",
                             fmt::format("Cannot exceed quota for InstanceProfilesPerAccount: {}",
                                         kInstanceProfilesMax));
  }
  FIRN_ASSIGN_OR_RETURN(const bool inserted, InsertInstanceProfile(call.transaction, row));
  if (!inserted) {
    return AlreadyExists("EntityAlreadyExists",
                         fmt::format("Instance Profile {} already exists.", row.name));
  }
  for (const TagRow& tag : tags) {
    FIRN_TRY(PutArnTag(call.transaction, InstanceProfileArn(row), tag));
  }
  return WriteProfile(call, "InstanceProfile", row, tags);
}

Status GetInstanceProfile(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const InstanceProfileRow row, RequireProfile(call));
  FIRN_ASSIGN_OR_RETURN(const auto tags, ListArnTags(call.transaction, InstanceProfileArn(row)));
  return WriteProfile(call, "InstanceProfile", row, tags);
}

Status ListInstanceProfiles(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const Page page, PageOf(call.form));
  FIRN_ASSIGN_OR_RETURN(
      auto rows, ledger::ListInstanceProfiles(call.transaction, call.parts.account_id,
                                              call.form.Get("PathPrefix", "/"), page.after_name,
                                              page.row_count_max + 1));
  const bool truncated = static_cast<std::int64_t>(rows.size()) > page.row_count_max;
  if (truncated) rows.pop_back();
  call.out.Open("InstanceProfiles");
  for (const InstanceProfileRow& row : rows) FIRN_TRY(WriteProfile(call, "member", row, {}));
  call.out.Close("InstanceProfiles");
  WritePageEnd(call.out, truncated, rows.empty() ? "" : rows.back().name);
  return Ok();
}

Status WriteInstanceProfilesOfRole(Call& call, const EntityRow& role, std::string_view list) {
  FIRN_ASSIGN_OR_RETURN(const auto rows, ListInstanceProfilesOfRole(
                                             call.transaction, role.key.account_id, role.key.name));
  call.out.Open(list);
  for (const InstanceProfileRow& row : rows) FIRN_TRY(WriteProfile(call, "member", row, {}));
  call.out.Close(list);
  return Ok();
}

Status ListInstanceProfilesForRole(Call& call) {
  FIRN_ASSIGN_OR_RETURN(
      const EntityRow role,
      RequireEntity(call, {call.parts.account_id, EntityKind::kRole, call.form.Get("RoleName")}));
  FIRN_TRY(WriteInstanceProfilesOfRole(call, role, "InstanceProfiles"));
  WritePageEnd(call.out, false, "");
  return Ok();
}

Status DeleteInstanceProfile(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const InstanceProfileRow row, RequireProfile(call));
  if (!row.role_name.empty()) {
    return Conflict("DeleteConflict",
                    "Cannot delete entity, must remove roles from instance profile first.");
  }
  FIRN_TRY(DeleteArnTags(call.transaction, InstanceProfileArn(row)));
  return ledger::DeleteInstanceProfile(call.transaction, row.account_id, row.name);
}

Status AddRoleToInstanceProfile(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const InstanceProfileRow row, RequireProfile(call));
  FIRN_ASSIGN_OR_RETURN(const std::string name, RequireName(call.form, "RoleName", kRoleNameMax));
  FIRN_ASSIGN_OR_RETURN(const EntityRow role,
                        RequireEntity(call, {call.parts.account_id, EntityKind::kRole, name}));
  if (!row.role_name.empty()) {
    return ResourceExhausted("LimitExceeded",
                             "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
  }
  return SetInstanceProfileRole(call.transaction, row.account_id, row.name, role.key.name);
}

Status RemoveRoleFromInstanceProfile(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const InstanceProfileRow row, RequireProfile(call));
  FIRN_ASSIGN_OR_RETURN(const std::string name, RequireName(call.form, "RoleName", kRoleNameMax));
  if (row.role_name.empty() || !EqualsIgnoreCaseAscii(row.role_name, name)) {
    return NotFound("NoSuchEntity",
                    fmt::format("The role with name {} cannot be found in instance profile {}.",
                                name, row.name));
  }
  return SetInstanceProfileRole(call.transaction, row.account_id, row.name, "");
}

Status TagArn(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string arn, TaggedArn(call));
  FIRN_ASSIGN_OR_RETURN(const auto tags, TagsOf(call.form));
  for (const TagRow& tag : tags) FIRN_TRY(PutArnTag(call.transaction, arn, tag));
  FIRN_ASSIGN_OR_RETURN(const auto all, ListArnTags(call.transaction, arn));
  if (all.size() <= kTagsMax) return Ok();
  return ResourceExhausted("LimitExceeded",
                           fmt::format("Cannot exceed quota for Tags: {}", kTagsMax));
}

Status UntagArn(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string arn, TaggedArn(call));
  for (const std::string& key : call.form.Members("TagKeys")) {
    FIRN_TRY(DeleteArnTag(call.transaction, arn, key));
  }
  return Ok();
}

Status ListArnTags(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string arn, TaggedArn(call));
  FIRN_ASSIGN_OR_RETURN(const auto tags, ListArnTags(call.transaction, arn));
  call.out.Open("Tags");
  for (const TagRow& tag : tags) {
    call.out.Open("member").Text("Key", tag.key).Text("Value", tag.value).Close("member");
  }
  call.out.Close("Tags");
  WritePageEnd(call.out, false, "");
  return Ok();
}

}  // namespace firn::iam
