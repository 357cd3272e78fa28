#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cloud/lakeformation/permission.h"
#include "cloud/ledger/lakeformation_rows.h"
#include "cloud/ledger/ledger.h"
#include "cloud/policy/principal.h"

/// Who may do what with databases and tables: the second gate after IAM, for Data Catalog
/// resources.
///
/// Effective access = IAM allows AND (a grant allows OR the resource has IAM_ALLOWED_PRINCIPALS
/// with ALL). Grants:
///  - ALL on a resource covers every permission on it; any permission covers DESCRIBE on it;
///  - SUPER_USER or ALL on a catalog covers it and everything below it;
///  - a data lake administrator (the account root is one) may describe everything, create databases
///  and grant anything;
///  - who creates a database or table is granted ALL on it with the grant option (RecordCreator),
///  and the creator of a
///    database may create tables in it;
///  - a grant on a table's wildcard covers every table of the database.

namespace firn::lakeformation {

enum class DataAccess { kRead, kReadWrite };

/// Checks and grants for one (account, region). Thread-safe; `ledger` and `clock` must outlive it.
class LakeFormation {
 public:
  LakeFormation(ledger::Ledger& ledger, const Clock& clock, ledger::RegionKey region)
      : ledger_(ledger), clock_(clock), region_(std::move(region)) {}

  /// Checks in a read transaction of its own.
  ///
  /// Errors: kPermissionDenied/AccessDeniedException with Lake Formation's text, such as
  /// `Insufficient Lake Formation permission(s): Required Create Database on Catalog`.
  Status CheckPermission(const policy::Principal& principal, const CatalogResource& resource,
                         Permission required) const;
  /// The same inside the caller's transaction, so that check and act see one state.
  Status CheckPermission(ledger::Transaction& transaction, const policy::Principal& principal,
                         const CatalogResource& resource, Permission required) const;

  /// True if the principal has any permission on the resource, or on something in it: what lists
  /// show.
  Result<bool> IsVisible(ledger::Transaction& transaction, const policy::Principal& principal,
                         const CatalogResource& resource) const;

  /// Whether outside engines may be handed credentials for data ("Allow external engines to access
  /// data in Amazon S3 locations with full table access").
  ///
  /// Errors: kPermissionDenied/AccessDeniedException that says which setting is off and how to turn
  /// it on.
  Status CheckFullTableExternalAccess() const;

  /// Whether the principal may be handed credentials for the table's data: the setting, SELECT, and
  /// INSERT for writing. IAM's lakeformation:GetDataAccess is the door's to authorise. Errors: as
  /// both checks.
  Status CheckDataAccess(const policy::Principal& principal, const CatalogResource& table,
                         DataAccess access) const;

  /// Grants the creator ALL with the grant option, and the settings' default permissions where they
  /// apply (not below s3tablescatalog, which has none). Call in the transaction that creates the
  /// object. The account root and internal principals are recorded too.
  Status RecordCreator(ledger::Transaction& transaction, const policy::Principal& principal,
                       const CatalogResource& resource) const;
  /// Removes every grant on the object and on what is in it. Call in the transaction that drops it.
  Status RemoveGrants(ledger::Transaction& transaction, const CatalogResource& resource) const;
  /// Call in the transaction that renames a table.
  Status RenameTable(ledger::Transaction& transaction, const CatalogResource& from,
                     const CatalogResource& to) const;

  /// `<account>[:catalog[/child]]` for any of the accepted forms.
  std::string NormalCatalogId(std::string_view catalog_id) const;

  ledger::Ledger& ledger() const { return ledger_; }
  const Clock& clock() const { return clock_; }
  const ledger::RegionKey& region() const { return region_; }

 private:
  // Constant after construction.
  ledger::Ledger& ledger_;
  const Clock& clock_;
  const ledger::RegionKey region_;
};

}  // namespace firn::lakeformation
