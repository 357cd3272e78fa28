#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "cloud/iam/call_internal.h"
#include "cloud/ledger/iam_resource_rows.h"

/// Roles that belong to a service of AWS: made and deleted for it, changed by nobody.

namespace firn::iam {

using ledger::EntityKind;
using ledger::EntityRow;

namespace {

struct LinkedService {
  std::string_view service;
  std::string_view role_name;
  std::string_view policy_arn;
};
/// Those that the services of this endpoint have to do with.
constexpr auto kServices = std::to_array<LinkedService>({
    {"lakeformation.amazonaws.com", "AWSServiceRoleForLakeFormationDataAccess",
     "arn:aws:iam::aws:policy/aws-service-role/LakeFormationDataAccessServiceRolePolicy"},
});

/// Null when there is none.
const LinkedService* FindService(std::string_view name) {
  const auto* found = std::find_if(kServices.begin(), kServices.end(),
                                   [&](const LinkedService& one) { return one.service == name; });
  return found == kServices.end() ? nullptr : found;
}

constexpr std::string_view kDeletionTask = "task/aws-service-role/";

}  // namespace

bool IsServiceLinked(const EntityRow& row) {
  return row.key.kind == EntityKind::kRole && row.path.starts_with(kServiceRolePath);
}

Status CheckOwnRole(const EntityRow& row) {
  if (!IsServiceLinked(row)) return Ok();
  return InvalidArgument(
      "UnmodifiableEntity",
      fmt::format("Cannot perform the operation on the protected role '{}' - this role is only "
                  "modifiable by AWS",
                  row.key.name));
}

Result<std::string> ServiceLinkedRoleArn(const IamApi::Parts& parts, const aws::Form& form) {
  const std::string name = form.Get("AWSServiceName");
  const LinkedService* service = FindService(name);
  if (service == nullptr) {
    return InvalidArgument(
        "InvalidInput", fmt::format("No service-linked role is there for {}: here only {} has one",
                                    name.substr(0, 128), kServices.front().service));
  }
  if (form.Has("CustomSuffix")) {
    return InvalidArgument("InvalidInput",
                           fmt::format("Custom suffix is not allowed for {}", service->service));
  }
  return fmt::format("arn:aws:iam::{}:role{}{}/{}", parts.account_id, kServiceRolePath,
                     service->service, service->role_name);
}

Status CreateServiceLinkedRole(Call& call) {
  FIRN_TRY(ServiceLinkedRoleArn(call.parts, call.form));
  const LinkedService& service = *FindService(call.form.Get("AWSServiceName"));
  EntityRow row{
      .key = {call.parts.account_id, EntityKind::kRole, std::string(service.role_name)},
      .path = fmt::format("{}{}/", kServiceRolePath, service.service),
      .entity_id = NewUniqueId(WordsOf(EntityKind::kRole).id_prefix, call.parts.random),
      .created_at = call.parts.clock.Now(),
      .trust_policy = fmt::format(
          R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{}"}},"Action":"sts:AssumeRole"}}]}})",
          service.service),
      .description = call.form.Get("Description").substr(0, kDescriptionMax)};
  FIRN_ASSIGN_OR_RETURN(const bool inserted, InsertEntity(call.transaction, row));
  if (!inserted) {
    return InvalidArgument(
        "InvalidInput", fmt::format("Service role name {} has been taken in this account, please "
                                    "try a different suffix.",
                                    service.role_name));
  }
  FIRN_TRY(InsertAttachment(call.transaction, row.key, service.policy_arn));
  WriteEntity(call, "Role", row, {});
  return Ok();
}

/// At once: no service here holds on to its role.
Status DeleteServiceLinkedRole(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const EntityRow row, RequireEntity(call));
  if (!IsServiceLinked(row)) {
    return InvalidArgument("InvalidInput",
                           fmt::format("{} is no service-linked role", row.key.name));
  }
  FIRN_ASSIGN_OR_RETURN(const auto arns, ListAttachments(call.transaction, row.key));
  for (const std::string& arn : arns) {
    FIRN_TRY(DeleteAttachment(call.transaction, row.key, arn));
  }
  FIRN_TRY(ledger::DeleteEntity(call.transaction, row.key));
  call.out.Text("DeletionTaskId",
                fmt::format("{}{}/{}", kDeletionTask, row.key.name, row.entity_id));
  return Ok();
}

Status GetServiceLinkedRoleDeletionStatus(Call& call) {
  FIRN_ASSIGN_OR_RETURN(const std::string id, RequireParameter(call.form, "DeletionTaskId"));
  if (!id.starts_with(kDeletionTask)) {
    return NotFound("NoSuchEntity",
                    fmt::format("Deletion task {} cannot be found.", id.substr(0, 256)));
  }
  call.out.Text("Status", "SUCCEEDED");
  return Ok();
}

}  // namespace firn::iam
