#include "cloud/lakeformation/lake_formation.h"

#include <fmt/format.h>

#include "cloud/lakeformation/grants_internal.h"
#include "wire/aws/arn.h"

namespace firn::lakeformation {

using ledger::GrantRow;
using ledger::GrantTarget;
using ledger::Transaction;
using policy::Principal;

namespace {

bool IsBelowTableBuckets(const std::string& catalog_id) {
  const std::size_t colon = catalog_id.find(':');
  if (colon == std::string::npos) return false;
  const std::string_view path = std::string_view(catalog_id).substr(colon + 1);
  return path == "s3tablescatalog" || path.starts_with("s3tablescatalog/");
}

/// What the creator of each kind of object holds; ALL speaks for what is not listed by its own
/// name.
PermissionSet CreatorPermissions(const GrantTarget& target) {
  if (target.kind == "CATALOG") return {Permission::kAll, Permission::kSuperUser};
  return {Permission::kAll};
}

}  // namespace

std::string LakeFormation::NormalCatalogId(std::string_view catalog_id) const {
  if (catalog_id.empty() || catalog_id == ":") return region_.account_id;
  const std::size_t colon = catalog_id.find(':');
  if (colon == std::string_view::npos) {
    if (aws::IsAccountId(catalog_id)) return std::string(catalog_id);
    return fmt::format("{}:{}", region_.account_id, catalog_id);
  }
  std::string_view path = catalog_id.substr(colon + 1);
  while (path.ends_with('/')) path.remove_suffix(1);
  const std::string_view account =
      colon == 0 ? std::string_view(region_.account_id) : catalog_id.substr(0, colon);
  return path.empty() ? std::string(account) : fmt::format("{}:{}", account, path);
}

Status LakeFormation::CheckPermission(const Principal& principal, const CatalogResource& resource,
                                      Permission required) const {
  return ledger_.Read([&](Transaction& transaction) -> Status {
    return CheckPermission(transaction, principal, resource, required);
  });
}

Status LakeFormation::CheckPermission(Transaction& transaction, const Principal& principal,
                                      const CatalogResource& resource, Permission required) const {
  FIRN_ASSIGN_OR_RETURN(const Rights rights, Rights::Load(transaction, *this, principal));
  const GrantTarget target = TargetOf(*this, resource);
  FIRN_ASSIGN_OR_RETURN(const bool may, rights.May(target, required));
  if (may) return Ok();
  return PermissionDenied(
      "AccessDeniedException",
      fmt::format("Insufficient Lake Formation permission(s): Required {} on {}",
                  PermissionTitle(required), TargetTitle(target)));
}

Result<bool> LakeFormation::IsVisible(Transaction& transaction, const Principal& principal,
                                      const CatalogResource& resource) const {
  FIRN_ASSIGN_OR_RETURN(const Rights rights, Rights::Load(transaction, *this, principal));
  return rights.May(TargetOf(*this, resource), Permission::kDescribe);
}

Status LakeFormation::CheckFullTableExternalAccess() const {
  FIRN_ASSIGN_OR_RETURN(const Settings settings, ledger_.Read([&](Transaction& transaction) {
    return LoadSettings(transaction, region_);
  }));
  if (settings.allow_full_table_external_data_access) return Ok();
  return PermissionDenied(
      "AccessDeniedException",
      "External engines may not access data with full table access: the data lake setting "
      "AllowFullTableExternalDataAccess is false. Turn it on with lakeformation "
      "put-data-lake-settings (console: "
      "Application integration settings, \"Allow external engines to access data in Amazon S3 "
      "locations with full table "
      "access\").");
}

Status LakeFormation::CheckDataAccess(const Principal& principal, const CatalogResource& table,
                                      DataAccess access) const {
  FIRN_TRY(CheckFullTableExternalAccess());
  FIRN_TRY(CheckPermission(principal, table, Permission::kSelect));
  if (access == DataAccess::kReadWrite)
    FIRN_TRY(CheckPermission(principal, table, Permission::kInsert));
  return Ok();
}

Status LakeFormation::RecordCreator(Transaction& transaction, const Principal& principal,
                                    const CatalogResource& resource) const {
  const GrantTarget target = TargetOf(*this, resource);
  const PermissionSet all = CreatorPermissions(target);
  FIRN_TRY(PutGrant(transaction, region_,
                    {.principal = principal.identity_arn,
                     .target = target,
                     .permissions = all.bits(),
                     .grantable = all.bits(),
                     .updated_at = clock_.Now(),
                     .updated_by = principal.arn}));
  if (target.kind == "CATALOG" || IsBelowTableBuckets(target.catalog_id)) return Ok();
  FIRN_ASSIGN_OR_RETURN(const Settings settings, LoadSettings(transaction, region_));
  for (const DefaultPermission& one :
       target.kind == "DATABASE" ? settings.database_defaults : settings.table_defaults) {
    FIRN_TRY(PutGrant(transaction, region_,
                      {.principal = one.principal,
                       .target = target,
                       .permissions = one.permissions.bits(),
                       .updated_at = clock_.Now(),
                       .updated_by = principal.arn}));
  }
  return Ok();
}

Status LakeFormation::RemoveGrants(Transaction& transaction,
                                   const CatalogResource& resource) const {
  return DeleteGrantsUnder(transaction, region_, TargetOf(*this, resource));
}

Status LakeFormation::RenameTable(Transaction& transaction, const CatalogResource& from,
                                  const CatalogResource& to) const {
  return RenameTableGrants(transaction, region_, TargetOf(*this, from), TargetOf(*this, to));
}

}  // namespace firn::lakeformation
