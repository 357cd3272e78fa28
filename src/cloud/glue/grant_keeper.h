#pragma once

#include "cloud/lakeformation/lake_formation.h"
#include "cloud/s3tables/table_store.h"

/// Keeps Lake Formation's grants in step with what the table store creates, renames and drops.

namespace firn::glue {

/// The Lake Formation resource of a place in a table bucket.
lakeformation::CatalogResource CatalogResourceOf(const s3tables::TablePlace& place);

/// Thread-safe. `lake_formation` must outlive it.
class GrantKeeper final : public s3tables::TableObserver {
 public:
  explicit GrantKeeper(const lakeformation::LakeFormation& lake_formation)
      : lake_formation_(lake_formation) {}

  Status OnNamespaceCreated(ledger::Transaction& transaction, const policy::Permit& permit,
                            const s3tables::TablePlace& place) override;
  Status OnNamespaceDropped(ledger::Transaction& transaction,
                            const s3tables::TablePlace& place) override;
  Status OnTableCreated(ledger::Transaction& transaction, const policy::Permit& permit,
                        const s3tables::TablePlace& place) override;
  Status OnTableDropped(ledger::Transaction& transaction,
                        const s3tables::TablePlace& place) override;
  Status OnTableRenamed(ledger::Transaction& transaction, const s3tables::TablePlace& from,
                        const s3tables::TablePlace& to) override;

 private:
  // Constant after construction.
  const lakeformation::LakeFormation& lake_formation_;
};

}  // namespace firn::glue
