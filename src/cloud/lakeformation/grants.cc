#include <algorithm>

#include "cloud/lakeformation/grants_internal.h"

namespace firn::lakeformation {

using ledger::GrantRow;
using ledger::GrantTarget;
using policy::Principal;
using policy::PrincipalKind;

namespace {

bool Covers(PermissionSet held, Permission required) {
  if (held.Has(Permission::kAll) || held.Has(Permission::kSuperUser) || held.Has(required))
    return true;
  // Whoever may do anything with an object may know of it.
  return required == Permission::kDescribe && !held.empty();
}

/// `A:s3tablescatalog/B` → `A:s3tablescatalog` → `A`; empty at the end.
std::string ParentCatalog(const std::string& catalog_id) {
  const std::size_t slash = catalog_id.rfind('/');
  if (slash != std::string::npos) return catalog_id.substr(0, slash);
  const std::size_t colon = catalog_id.find(':');
  return colon == std::string::npos ? std::string() : catalog_id.substr(0, colon);
}

bool IsRootCatalog(const std::string& catalog_id) {
  return catalog_id.find(':') == std::string::npos;
}

bool HoldsDefault(const std::vector<DefaultPermission>& defaults) {
  return std::any_of(defaults.begin(), defaults.end(), [](const DefaultPermission& one) {
    return one.principal == kIamAllowedPrincipals && one.permissions.Has(Permission::kAll);
  });
}

}  // namespace

GrantTarget TargetOf(const LakeFormation& service, const CatalogResource& resource) {
  GrantTarget target;
  target.kind = !resource.table.empty()      ? "TABLE"
                : !resource.database.empty() ? "DATABASE"
                                             : "CATALOG";
  target.catalog_id = service.NormalCatalogId(resource.catalog_id);
  target.database_name = resource.database;
  target.table_name = resource.table;
  return target;
}

std::string TargetTitle(const GrantTarget& target) {
  if (target.kind == "CATALOG") return "Catalog";
  if (target.kind == "DATABASE") return target.database_name;
  if (target.kind == "ALL_TABLES") return "all tables of " + target.database_name;
  if (target.kind == "DATA_LOCATION") return target.location_arn;
  return target.table_name;
}

Result<Rights> Rights::Load(ledger::Transaction& transaction, const LakeFormation& service,
                            const Principal& principal) {
  Rights rights(transaction, service.region());
  FIRN_ASSIGN_OR_RETURN(rights.settings_, LoadSettings(transaction, service.region()));
  rights.is_internal_ = principal.kind == PrincipalKind::kInternal;
  if (principal.account_id == service.region().account_id &&
      principal.kind != PrincipalKind::kAnonymous && principal.kind != PrincipalKind::kService) {
    rights.names_ = {principal.identity_arn, principal.arn, principal.account_id + ":IAMPrincipals",
                     std::string(kIamAllowedPrincipals)};
  }
  const auto is_named_in = [&](const std::vector<std::string>& list) {
    return std::any_of(list.begin(), list.end(), [&](const std::string& name) {
      return name == principal.identity_arn || name == principal.arn;
    });
  };
  rights.is_admin_ = principal.kind == PrincipalKind::kRoot || is_named_in(rights.settings_.admins);
  rights.is_read_only_admin_ = is_named_in(rights.settings_.read_only_admins);
  return rights;
}

bool Rights::Names(std::string_view grant_principal) const {
  return std::find(names_.begin(), names_.end(), grant_principal) != names_.end();
}

Result<Holding> Rights::HoldingOn(const GrantTarget& target) const {
  Holding holding;
  const auto add = [&](const GrantRow& grant) {
    if (!Names(grant.principal)) return;
    holding.permissions = PermissionSet::FromBits(holding.permissions.bits() | grant.permissions);
    holding.grantable = PermissionSet::FromBits(holding.grantable.bits() | grant.grantable);
  };
  FIRN_ASSIGN_OR_RETURN(const auto grants, ListGrantsOn(*transaction_, *region_, target));
  for (const GrantRow& grant : grants) add(grant);
  if (target.kind != "TABLE") return holding;

  GrantTarget all_tables = target;
  all_tables.kind = "ALL_TABLES";
  all_tables.table_name.clear();
  FIRN_ASSIGN_OR_RETURN(const auto wide, ListGrantsOn(*transaction_, *region_, all_tables));
  for (const GrantRow& grant : wide) add(grant);

  GrantTarget columns = target;
  columns.kind = "TABLE_WITH_COLUMNS";
  FIRN_ASSIGN_OR_RETURN(const auto narrow, ListGrantsOn(*transaction_, *region_, columns));
  for (GrantRow grant : narrow) {
    if (grant.target.columns_json != R"({"ColumnWildcard":{}})") {
      // Some columns only: the table may be known of, not read whole.
      grant.permissions = PermissionSet{Permission::kDescribe}.bits();
      grant.grantable = 0;
    }
    add(grant);
  }
  return holding;
}

Result<Holding> Rights::HoldingOnCatalogs(const std::string& catalog_id) const {
  Holding all;
  for (std::string id = catalog_id; !id.empty(); id = ParentCatalog(id)) {
    GrantTarget catalog{.kind = "CATALOG", .catalog_id = id};
    FIRN_ASSIGN_OR_RETURN(const Holding holding, HoldingOn(catalog));
    // Only the two that mean everything reach below the catalog they are on.
    for (const Permission permission : {Permission::kAll, Permission::kSuperUser}) {
      if (holding.permissions.Has(permission)) all.permissions.Add(permission);
      if (holding.grantable.Has(permission)) all.grantable.Add(permission);
    }
  }
  return all;
}

Result<bool> Rights::HoldsAnythingIn(const GrantTarget& target) const {
  if (target.kind == "TABLE") return false;
  bool found = false;
  const auto look = [&](const ledger::Row& row) -> Status {
    found = found || Names(row.Text(0));
    return Ok();
  };
  FIRN_TRY(transaction_->ForEachRow(
      "SELECT DISTINCT principal FROM lf_grants WHERE account_id = ?1 AND region = ?2 AND kind <> "
      "'DATA_LOCATION' AND "
      "((catalog_id = ?3 AND (?4 = '' OR database_name = ?4)) OR "
      "(?4 = '' AND substr(catalog_id, 1, length(?3) + 1) IN (?3 || '/', ?3 || ':')))",
      look, region_->account_id, region_->region, target.catalog_id, target.database_name));
  return found;
}

Result<bool> Rights::May(const GrantTarget& target, Permission required) const {
  if (is_internal_) return true;
  if (required == Permission::kDescribe && (is_admin_ || is_read_only_admin_)) return true;
  if (is_admin_ &&
      (required == Permission::kCreateDatabase || required == Permission::kCreateCatalog ||
       required == Permission::kDataLocationAccess)) {
    return true;
  }
  FIRN_ASSIGN_OR_RETURN(const Holding above, HoldingOnCatalogs(target.catalog_id));
  if (Covers(above.permissions, required)) return true;
  FIRN_ASSIGN_OR_RETURN(const Holding own, HoldingOn(target));
  if (Covers(own.permissions, required)) return true;
  if (required == Permission::kDescribe) {
    // The way to an object one may see: its database and catalog.
    FIRN_ASSIGN_OR_RETURN(const bool inside, HoldsAnythingIn(target));
    if (inside) return true;
  }
  // While new databases are open to all that IAM allows, so are their making and the account's own
  // catalog.
  return target.kind == "CATALOG" && IsRootCatalog(target.catalog_id) && !names_.empty() &&
         (required == Permission::kCreateDatabase || required == Permission::kDescribe) &&
         HoldsDefault(settings_.database_defaults);
}

Result<bool> Rights::MayGrant(const GrantTarget& target, PermissionSet permissions) const {
  if (is_internal_ || is_admin_) return true;
  FIRN_ASSIGN_OR_RETURN(const Holding above, HoldingOnCatalogs(target.catalog_id));
  GrantTarget whole = target;
  if (whole.kind == "TABLE_WITH_COLUMNS") {
    whole.kind = "TABLE";
    whole.columns_json.clear();
  }
  FIRN_ASSIGN_OR_RETURN(const Holding own, HoldingOn(whole));
  const PermissionSet grantable =
      PermissionSet::FromBits(above.grantable.bits() | own.grantable.bits());
  if (grantable.Has(Permission::kSuperUser)) return true;
  if (grantable.Has(Permission::kAll)) return !permissions.Has(Permission::kSuperUser);
  const std::vector<Permission> wanted = permissions.List();
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](Permission permission) { return grantable.Has(permission); });
}

}  // namespace firn::lakeformation
