#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cloud/lakeformation/lake_formation.h"
#include "cloud/lakeformation/settings_internal.h"
#include "cloud/ledger/lakeformation_rows.h"

/// How grants combine: what one principal holds on one target, by which ways.

namespace firn::lakeformation {

/// The target of a catalog, database or table.
ledger::GrantTarget TargetOf(const LakeFormation& service, const CatalogResource& resource);

/// `Catalog`, the database's or the table's name, as refusals write it.
std::string TargetTitle(const ledger::GrantTarget& target);

/// Permissions held, and those that may be passed on.
struct Holding {
  PermissionSet permissions;
  PermissionSet grantable;
};

/// One principal's rights, read in one transaction.
class Rights {
 public:
  static Result<Rights> Load(ledger::Transaction& transaction, const LakeFormation& service,
                             const policy::Principal& principal);

  bool is_admin() const { return is_admin_; }
  bool is_internal() const { return is_internal_; }
  const Settings& settings() const { return settings_; }

  /// Whether the principal may do `required` on the target.
  Result<bool> May(const ledger::GrantTarget& target, Permission required) const;
  /// Whether the principal may grant these permissions on the target.
  Result<bool> MayGrant(const ledger::GrantTarget& target, PermissionSet permissions) const;
  /// Whether the grant's principal is this one, or all of which it is one.
  bool Names(std::string_view grant_principal) const;

 private:
  Rights(ledger::Transaction& transaction, const ledger::RegionKey& region)
      : transaction_(&transaction), region_(&region) {}

  Result<Holding> HoldingOn(const ledger::GrantTarget& target) const;
  Result<Holding> HoldingOnCatalogs(const std::string& catalog_id) const;
  Result<bool> HoldsAnythingIn(const ledger::GrantTarget& target) const;

  ledger::Transaction* transaction_;
  const ledger::RegionKey* region_;
  Settings settings_;
  std::vector<std::string> names_;
  bool is_admin_ = false;
  bool is_read_only_admin_ = false;
  bool is_internal_ = false;
};

}  // namespace firn::lakeformation
