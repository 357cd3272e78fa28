#pragma once

#include <map>
#include <string>
#include <tuple>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "cloud/lakeformation/lake_formation.h"
#include "cloud/ledger/s3tables_rows.h"
#include "cloud/policy/authorizer.h"
#include "cloud/s3tables/table_store.h"
#include "cloud/sts/sts.h"

/// Credentials for one table's data, for who Lake Formation lets have them.

namespace firn::glue {

/// How far the caller's grants reach.
struct DataAccess {
  bool readable = false;  ///< SELECT
  bool writable = false;  ///< INSERT (or DELETE)
};

/// Mints and remembers vended credentials. Thread-safe; all references must outlive it.
class Vending {
 public:
  Vending(const sts::Sts& sts, const lakeformation::LakeFormation& lake_formation,
          const s3tables::TableStore& store, const Clock& clock)
      : sts_(sts), lake_formation_(lake_formation), store_(store), clock_(clock) {}

  /// What the principal's grants on the table open.
  DataAccess AccessOf(const policy::Principal& principal, const s3tables::TablePlace& place) const;

  /// Credentials that read (and, when granted, write) this table's objects and can do nothing else.
  ///
  /// `permit` must cover lakeformation:GetDataAccess. The same caller gets the same credentials while enough of their life
  /// is left; grants are checked every time.
  /// Errors: kPermissionDenied/AccessDeniedException with the grant or setting that is missing; those of sts::Sts::Vend.
  Result<sts::TemporaryCredentials> Vend(const policy::Permit& permit,
                                         const s3tables::LoadedTable& table);

 private:
  /// Caller's key, table, writable.
  using CacheKey = std::tuple<std::string, std::string, bool>;

  // Constant after construction.
  const sts::Sts& sts_;
  const lakeformation::LakeFormation& lake_formation_;
  const s3tables::TableStore& store_;
  const Clock& clock_;

  Mutex mutex_;
  std::map<CacheKey, sts::TemporaryCredentials> vended_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::glue
