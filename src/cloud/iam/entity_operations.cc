#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "cloud/iam/call_internal.h"

/// Users, groups and roles.

namespace firn::iam {

using ledger::EntityKey;
using ledger::EntityKind;
using ledger::EntityRow;

namespace {

/// Inserts and writes a new entity; `row` has its kind's own members set.
Status CreateEntity(Call& call, EntityRow row) {
  const KindWords& words = WordsOf(call.kind);
  FIRN_ASSIGN_OR_RETURN(row.key, NamedKey(call));
  FIRN_ASSIGN_OR_RETURN(row.path, PathOf(call.form));
  if (IsServiceLinked(row)) {
    return InvalidArgument(
        "InvalidInput",
        fmt::format("The path {} is reserved: use CreateServiceLinkedRole", kServiceRolePath));
  }
  FIRN_ASSIGN_OR_RETURN(const std::vector<ledger::TagRow> tags, TagsOf(call.form));
  row.boundary_arn = call.form.Get("PermissionsBoundary");
  if (!row.boundary_arn.empty()) FIRN_TRY(CheckAttachable(call, row.boundary_arn));
  row.entity_id = NewUniqueId(words.id_prefix, call.parts.random);
  row.created_at = call.parts.clock.Now();
  FIRN_ASSIGN_OR_RETURN(const bool inserted, InsertEntity(call.transaction, row));
  if (!inserted) {
    return AlreadyExists("EntityAlreadyExists",
                         fmt::format("{} with name {} already exists.", words.title, row.key.name));
  }
  for (const ledger::TagRow& tag : tags) FIRN_TRY(PutEntityTag(call.transaction, row.key, tag));
  WriteEntity(call, words.title, row, tags);
  return Ok();
}

Result<std::int64_t> SessionSecondsOf(const aws::Form& form, std::int64_t otherwise) {
  const auto text = form.Find("MaxSessionDuration");
  if (!text) return otherwise;
  std::int64_t seconds = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (failure != std::errc() || end != text->data() + text->size() ||
      seconds < kRoleSessionSecondsMin || seconds > kRoleSessionSecondsMax) {
    return InvalidArgument("ValidationError",
                           fmt::format("MaxSessionDuration must be between {} and {} seconds",
                                       kRoleSessionSecondsMin, kRoleSessionSecondsMax));
  }
  return seconds;
}

Result<std::string> DescriptionOf(const aws::Form& form) {
  std::string description = form.Get("Description");
  if (description.size() > kDescriptionMax || !IsValidUtf8(description)) {
    return InvalidArgument(
        "ValidationError",
        fmt::format("1 validation error detected: Value at 'description' failed to "
                    "satisfy constraint: Member must have length less than or equal "
                    "to {}",
                    kDescriptionMax));
  }
  return description;
}

Unexpected MustFirst(std::string_view what) {
  return Conflict("DeleteConflict", fmt::format("Cannot delete entity, must {} first.", what));
}

}  // namespace

Status CreateUser(Call& call) {
  FIRN_ASSIGN_OR_RETURN(
      const std::int64_t user_count,
      call.transaction.QueryInt64(
          "SELECT count(*) FROM iam_entities WHERE account_id = ? AND kind = 'user'",
          call.parts.account_id));
  if (user_count >= kUsersMax) {
    return ResourceExhausted("LimitExceeded",
                             fmt::format("Cannot exceed quota for UsersPerAccount: {}", kUsersMax));
  }
  return CreateEntity(call, {});
}

Status CreateGroup(Call& call) { return CreateEntity(call, {}); }

Status CreateRole(Call& call) {
  EntityRow row;
  FIRN_ASSIGN_OR_RETURN(row.trust_policy, RequireDocument(call.form, "AssumeRolePolicyDocument",
                                                          {.use = policy::PolicyUse::kTrust,
                                                           .char_count_max = kTrustPolicyCharsMax,
                                                           .quota_name = "ACLSizePerRole"}));
  FIRN_ASSIGN_OR_RETURN(row.description, DescriptionOf(call.form));
  FIRN_ASSIGN_OR_RETURN(row.session_seconds_max,
                        SessionSecondsOf(call.form, kRoleSessionSecondsMin));
  return CreateEntity(call, std::move(row));
}

Status GetEntity(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow row, RequireEntity(call));
  FIRN_ASSIGN_OR_RETURN(const auto tags, ListEntityTags(call.transaction, row.key));
  WriteEntity(call, WordsOf(call.kind).title, row, tags);
  return Ok();
}

Status GetUser(Call& call) {
  if (call.form.Has("UserName")) return GetEntity(call);
  const policy::Principal& caller = call.permit.principal();
  if (caller.kind == policy::PrincipalKind::kUser) {
    FIRN_ASSIGN_OR_RETURN(
        const EntityRow row,
        RequireEntity(call, {call.parts.account_id, EntityKind::kUser, caller.user_name}));
    FIRN_ASSIGN_OR_RETURN(const auto tags, ListEntityTags(call.transaction, row.key));
    WriteEntity(call, "User", row, tags);
    return Ok();
  }
  if (caller.kind != policy::PrincipalKind::kRoot) {
    return InvalidArgument("ValidationError",
                           "Must specify userName when calling with non-User credentials");
  }
  call.out.Open("User")
      .Text("Path", "/")
      .Text("UserId", caller.account_id)
      .Text("Arn", caller.arn)
      .Close("User");
  return Ok();
}

Status GetGroup(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow group, RequireEntity(call));
  FIRN_ASSIGN_OR_RETURN(const auto users,
                        ListUsersOfGroup(call.transaction, call.parts.account_id, group.key.name));
  WriteEntity(call, "Group", group, {});
  call.out.Open("Users");
  for (const EntityRow& user : users) WriteEntity(call, "member", user, {});
  call.out.Close("Users");
  WritePageEnd(call.out, false, "");
  return Ok();
}

namespace {

/// UpdateUser and UpdateGroup: another path, another name.
Status Rename(Call& call, std::string_view new_name_parameter) {
  FIRN_ASSIGN_OR_RETURN(EntityRow row, RequireEntity(call));
  const KindWords& words = WordsOf(call.kind);
  const EntityKey key = row.key;
  if (call.form.Has("NewPath")) {
    aws::Form path;
    path.Add("Path", call.form.Get("NewPath"));
    FIRN_ASSIGN_OR_RETURN(row.path, PathOf(path));
  }
  if (call.form.Has(new_name_parameter)) {
    FIRN_ASSIGN_OR_RETURN(row.key.name, RequireName(call.form, new_name_parameter, words.name_max));
    FIRN_ASSIGN_OR_RETURN(const auto taken, FindEntity(call.transaction, row.key));
    if (taken && !EqualsIgnoreCaseAscii(row.key.name, key.name)) {
      return AlreadyExists("EntityAlreadyExists", fmt::format("{} with name {} already exists.",
                                                              words.title, row.key.name));
    }
  }
  return UpdateEntity(call.transaction, key, row);
}

}  // namespace

Status UpdateUser(Call& call) { return Rename(call, "NewUserName"); }

Status UpdateGroup(Call& call) { return Rename(call, "NewGroupName"); }

Status UpdateRoleDescription(Call& call) {
  FIRN_ASSIGN_OR_RETURN(EntityRow row, RequireEntity(call));
  FIRN_ASSIGN_OR_RETURN(row.description, DescriptionOf(call.form));
  FIRN_TRY(UpdateEntity(call.transaction, row.key, row));
  FIRN_ASSIGN_OR_RETURN(const auto tags, ListEntityTags(call.transaction, row.key));
  WriteEntity(call, "Role", row, tags);
  return Ok();
}

Status UpdateRole(Call& call) {
  FIRN_ASSIGN_OR_RETURN(EntityRow row, RequireEntity(call));
  if (call.form.Has("Description")) {
    FIRN_ASSIGN_OR_RETURN(row.description, DescriptionOf(call.form));
  }
  FIRN_ASSIGN_OR_RETURN(row.session_seconds_max,
                        SessionSecondsOf(call.form, row.session_seconds_max));
  call.out.Raw("\n");  // Its result has no members, and SDKs still want the element.
  return UpdateEntity(call.transaction, row.key, row);
}

Status UpdateAssumeRolePolicy(Call& call) {
  FIRN_ASSIGN_OR_RETURN(EntityRow row, RequireEntity(call));
  FIRN_TRY(CheckOwnRole(row));
  FIRN_ASSIGN_OR_RETURN(row.trust_policy, RequireDocument(call.form, "PolicyDocument",
                                                          {.use = policy::PolicyUse::kTrust,
                                                           .char_count_max = kTrustPolicyCharsMax,
                                                           .quota_name = "ACLSizePerRole"}));
  return UpdateEntity(call.transaction, row.key, row);
}

Status ListEntities(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const Page page, PageOf(call.form));
  FIRN_ASSIGN_OR_RETURN(auto rows, ledger::ListEntities(call.transaction, call.parts.account_id,
                                                        call.kind, call.form.Get("PathPrefix", "/"),
                                                        page.after_name, page.row_count_max + 1));
  const bool truncated = static_cast<std::int64_t>(rows.size()) > page.row_count_max;
  if (truncated) rows.pop_back();
  const std::string list = std::string(WordsOf(call.kind).title) + "s";
  call.out.Open(list);
  for (const EntityRow& row : rows) WriteEntity(call, "member", row, {});
  call.out.Close(list);
  WritePageEnd(call.out, truncated, rows.empty() ? "" : rows.back().key.name);
  return Ok();
}

Status DeleteEntity(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow row, RequireEntity(call));
  FIRN_TRY(CheckOwnRole(row));
  FIRN_ASSIGN_OR_RETURN(const auto attached, ListAttachments(call.transaction, row.key));
  if (!attached.empty()) return MustFirst("detach all policies");
  FIRN_ASSIGN_OR_RETURN(const auto inline_policies, ListInlinePolicies(call.transaction, row.key));
  if (!inline_policies.empty()) return MustFirst("delete policies");
  if (call.kind == EntityKind::kUser) {
    FIRN_ASSIGN_OR_RETURN(const auto keys, ledger::ListAccessKeys(
                                               call.transaction, row.key.account_id, row.key.name));
    if (!keys.empty()) return MustFirst("delete access keys");
    FIRN_ASSIGN_OR_RETURN(const auto groups,
                          ListGroupsOfUser(call.transaction, row.key.account_id, row.key.name));
    if (!groups.empty()) return MustFirst("remove users from group");
  }
  if (call.kind == EntityKind::kRole) {
    FIRN_ASSIGN_OR_RETURN(
        const auto profiles,
        ListInstanceProfilesOfRole(call.transaction, row.key.account_id, row.key.name));
    if (!profiles.empty()) return MustFirst("remove roles from instance profile");
  }
  if (call.kind == EntityKind::kGroup) {
    FIRN_ASSIGN_OR_RETURN(const auto users,
                          ListUsersOfGroup(call.transaction, row.key.account_id, row.key.name));
    if (!users.empty()) return MustFirst("remove users from group");
  }
  return ledger::DeleteEntity(call.transaction, row.key);
}

Status AddUserToGroup(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow group, RequireEntity(call));
  FIRN_ASSIGN_OR_RETURN(const std::string user_name,
                        RequireName(call.form, "UserName", kUserNameMax));
  FIRN_ASSIGN_OR_RETURN(const EntityRow user,
                        RequireEntity(call, {call.parts.account_id, EntityKind::kUser, user_name}));
  FIRN_ASSIGN_OR_RETURN(const auto groups,
                        ListGroupsOfUser(call.transaction, call.parts.account_id, user_name));
  if (groups.size() >= kGroupsPerUserMax) {
    return ResourceExhausted(
        "LimitExceeded",
        fmt::format("Cannot exceed quota for GroupsPerUser: {}", kGroupsPerUserMax));
  }
  return InsertMembership(call.transaction, {call.parts.account_id, group.key.name, user.key.name});
}

Status RemoveUserFromGroup(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow group, RequireEntity(call));
  FIRN_ASSIGN_OR_RETURN(const std::string user_name,
                        RequireName(call.form, "UserName", kUserNameMax));
  FIRN_ASSIGN_OR_RETURN(
      const bool removed,
      DeleteMembership(call.transaction, {call.parts.account_id, group.key.name, user_name}));
  if (!removed) return NoSuchEntity({call.parts.account_id, EntityKind::kUser, user_name});
  return Ok();
}

Status ListGroupsForUser(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow user, RequireEntity(call));
  FIRN_ASSIGN_OR_RETURN(const auto groups,
                        ListGroupsOfUser(call.transaction, call.parts.account_id, user.key.name));
  call.out.Open("Groups");
  for (const EntityRow& group : groups) WriteEntity(call, "member", group, {});
  call.out.Close("Groups");
  WritePageEnd(call.out, false, "");
  return Ok();
}

Status PutPermissionsBoundary(Call& call) {
  FIRN_ASSIGN_OR_RETURN(EntityRow row, RequireEntity(call));
  FIRN_TRY(CheckOwnRole(row));
  FIRN_ASSIGN_OR_RETURN(row.boundary_arn, RequireParameter(call.form, "PermissionsBoundary"));
  FIRN_TRY(CheckAttachable(call, row.boundary_arn));
  return UpdateEntity(call.transaction, row.key, row);
}

Status DeletePermissionsBoundary(Call& call) {
  FIRN_ASSIGN_OR_RETURN(EntityRow row, RequireEntity(call));
  if (row.boundary_arn.empty()) {
    return NotFound("NoSuchEntity",
                    fmt::format("{} {} does not have a permission boundary attached.",
                                WordsOf(call.kind).title, row.key.name));
  }
  row.boundary_arn.clear();
  return UpdateEntity(call.transaction, row.key, row);
}

Status TagEntity(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow row, RequireEntity(call));
  FIRN_ASSIGN_OR_RETURN(const auto tags, TagsOf(call.form));
  for (const ledger::TagRow& tag : tags) FIRN_TRY(PutEntityTag(call.transaction, row.key, tag));
  FIRN_ASSIGN_OR_RETURN(const auto all, ListEntityTags(call.transaction, row.key));
  if (all.size() > kTagsMax) {
    return ResourceExhausted("LimitExceeded",
                             fmt::format("Cannot exceed quota for Tags: {}", kTagsMax));
  }
  return Ok();
}

Status UntagEntity(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow row, RequireEntity(call));
  for (const std::string& key : call.form.Members("TagKeys")) {
    FIRN_TRY(DeleteEntityTag(call.transaction, row.key, key));
  }
  return Ok();
}

Status ListTags(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow row, RequireEntity(call));
  FIRN_ASSIGN_OR_RETURN(const auto tags, ListEntityTags(call.transaction, row.key));
  call.out.Open("Tags");
  for (const ledger::TagRow& tag : tags) {
    call.out.Open("member").Text("Key", tag.key).Text("Value", tag.value).Close("member");
  }
  call.out.Close("Tags");
  WritePageEnd(call.out, false, "");
  return Ok();
}

}  // namespace firn::iam
