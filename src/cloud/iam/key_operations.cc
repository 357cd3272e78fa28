#include <fmt/format.h>

#include <algorithm>

#include "cloud/iam/call_internal.h"

/// Access keys.

namespace firn::iam {

using ledger::AccessKeyRow;
using ledger::EntityKind;

namespace {

/// Whose keys: the named user's, or the caller's own (empty: the account root's).
Result<std::string> KeyOwner(const Call& call) {
  if (call.form.Has("UserName")) {
    FIRN_ASSIGN_OR_RETURN(const ledger::EntityRow user, RequireEntity(call));
    return user.key.name;
  }
  const policy::Principal& caller = call.permit.principal();
  if (caller.kind == policy::PrincipalKind::kUser) return caller.user_name;
  if (caller.kind == policy::PrincipalKind::kRoot) return std::string();
  return InvalidArgument("ValidationError",
                         "Must specify userName when calling with non-User credentials");
}

Unexpected NoSuchKey(std::string_view id) {
  return NotFound("NoSuchEntity", fmt::format("The Access Key with id {} cannot be found.", id));
}

/// The key the call names, which must be the owner's.
Result<AccessKeyRow> RequireKey(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string owner, KeyOwner(call));
  FIRN_ASSIGN_OR_RETURN(const std::string id, RequireParameter(call.form, "AccessKeyId"));
  FIRN_ASSIGN_OR_RETURN(auto key, ledger::FindAccessKey(call.transaction, AccessKeyId(id)));
  if (!key || key->account_id != call.parts.account_id || key->user_name != owner)
    return NoSuchKey(id);
  return std::move(*key);
}

std::string_view StatusWord(bool active) { return active ? "Active" : "Inactive"; }

}  // namespace

Status CreateAccessKey(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string owner, KeyOwner(call));
  FIRN_ASSIGN_OR_RETURN(const auto keys,
                        ledger::ListAccessKeys(call.transaction, call.parts.account_id, owner));
  if (keys.size() >= kAccessKeysPerUserMax) {
    return ResourceExhausted(
        "LimitExceeded",
        fmt::format("Cannot exceed quota for AccessKeysPerUser: {}", kAccessKeysPerUserMax));
  }
  const AccessKeyId id = NewAccessKeyId("AKIA", call.parts.random);
  const Secret secret = NewSecretKey(call.parts.random);
  AccessKeyRow row{.access_key_id = id,
                   .account_id = call.parts.account_id,
                   .user_name = owner,
                   .created_at = call.parts.clock.Now()};
  FIRN_ASSIGN_OR_RETURN(row.sealed_secret, call.parts.sealer.Seal(secret, id.value()));
  FIRN_TRY(InsertAccessKey(call.transaction, row));
  // The one time that a secret key is shown.
  call.out.Open("AccessKey");
  if (!owner.empty()) call.out.Text("UserName", owner);
  call.out.Text("AccessKeyId", id.value())
      .Text("Status", StatusWord(true))
      .Text("SecretAccessKey", secret.Reveal())
      .Text("CreateDate", FormatIso8601(row.created_at))
      .Close("AccessKey");
  return Ok();
}

Status ListAccessKeys(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string owner, KeyOwner(call));
  FIRN_ASSIGN_OR_RETURN(const auto keys,
                        ledger::ListAccessKeys(call.transaction, call.parts.account_id, owner));
  if (!owner.empty()) call.out.Text("UserName", owner);
  call.out.Open("AccessKeyMetadata");
  for (const AccessKeyRow& key : keys) {
    call.out.Open("member");
    if (!owner.empty()) call.out.Text("UserName", owner);
    call.out.Text("AccessKeyId", key.access_key_id.value())
        .Text("Status", StatusWord(key.active))
        .Text("CreateDate", FormatIso8601(key.created_at))
        .Close("member");
  }
  call.out.Close("AccessKeyMetadata");
  WritePageEnd(call.out, false, "");
  return Ok();
}

Status UpdateAccessKey(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const AccessKeyRow key, RequireKey(call));
  FIRN_ASSIGN_OR_RETURN(const std::string status, RequireParameter(call.form, "Status"));
  if (status != "Active" && status != "Inactive") {
    return InvalidArgument(
        "ValidationError",
        fmt::format(
            "1 validation error detected: Value '{}' at 'status' failed to satisfy constraint: "
            "Member must satisfy enum value set: [Active, Inactive]",
            status.substr(0, 64)));
  }
  return SetAccessKeyActive(call.transaction, key.access_key_id, status == "Active");
}

Status DeleteAccessKey(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const AccessKeyRow key, RequireKey(call));
  if (key.user_name.empty()) {
    FIRN_ASSIGN_OR_RETURN(const auto keys,
                          ledger::ListAccessKeys(call.transaction, call.parts.account_id, ""));
    if (keys.size() == 1) {
      return Conflict(
          "DeleteConflict",
          "Cannot delete the account root's last access key: nobody could sign in again. "
          "Create another one first.");
    }
  }
  return ledger::DeleteAccessKey(call.transaction, key.access_key_id);
}

Status GetAccessKeyLastUsed(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string id, RequireParameter(call.form, "AccessKeyId"));
  FIRN_ASSIGN_OR_RETURN(const auto key, ledger::FindAccessKey(call.transaction, AccessKeyId(id)));
  if (!key || key->account_id != call.parts.account_id) return NoSuchKey(id);
  if (!key->user_name.empty()) call.out.Text("UserName", key->user_name);
  call.out.Open("AccessKeyLastUsed");
  if (key->last_used_at) call.out.Text("LastUsedDate", FormatIso8601(*key->last_used_at));
  call.out.Text("ServiceName", key->last_used_at ? key->last_used_service : "N/A")
      .Text("Region", key->last_used_at ? key->last_used_region : "N/A")
      .Close("AccessKeyLastUsed");
  return Ok();
}

}  // namespace firn::iam
