#pragma once

#include "cloud/glue/vending.h"
#include "cloud/lakeformation/lake_formation_api.h"

/// GetTemporaryGlueTableCredentials for tables in table buckets.

namespace firn::glue {

/// Thread-safe. All references must outlive it.
class TableCredentials final : public lakeformation::TableCredentialsVendor {
 public:
  TableCredentials(const s3tables::TableStore& store, Vending& vending)
      : store_(store), vending_(vending) {}

  /// Takes `arn:aws:glue:R:A:table/s3tablescatalog/<bucket>/<database>/<table>`.
  /// Errors also: those of Vending::Vend.
  Result<lakeformation::VendedTableCredentials> VendTableCredentials(
      const Context& context, const policy::Permit& permit,
      const lakeformation::TableCredentialsRequest& request) override;

 private:
  // Constant after construction.
  const s3tables::TableStore& store_;
  Vending& vending_;
};

}  // namespace firn::glue
