#pragma once

#include "cloud/lakeformation/lake_formation_api.h"
#include "cloud/s3tables/table_store.h"

/// What Lake Formation can grant on: catalogs, databases and tables that are there.

namespace firn::glue {

/// Thread-safe. `store` must outlive it.
class Directory final : public lakeformation::CatalogDirectory {
 public:
  explicit Directory(const s3tables::TableStore& store) : store_(store) {}

  /// The account's root catalog and s3tablescatalog are always there; below them, what the store
  /// has. A table wildcard stands for its database. Errors: those of the ledger.
  Result<bool> Exists(const Context& context,
                      const lakeformation::CatalogResource& resource) override;
  Result<std::vector<std::string>> Columns(
      const Context& context, const lakeformation::CatalogResource& table) override;
  Result<std::optional<lakeformation::CatalogResource>> AtPath(const Context& context,
                                                               std::string_view arn) override;

 private:
  const s3tables::TableStore& store_;
};

}  // namespace firn::glue
