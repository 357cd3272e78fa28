#include "cloud/glue/grant_keeper.h"

#include "cloud/glue/catalog_id.h"

namespace firn::glue {

lakeformation::CatalogResource CatalogResourceOf(const s3tables::TablePlace& place) {
  return {.catalog_id = std::string(kFederatedCatalog) + "/" + place.bucket,
          .database = place.namespace_name,
          .table = place.table};
}

Status GrantKeeper::OnNamespaceCreated(ledger::Transaction& transaction,
                                       const policy::Permit& permit,
                                       const s3tables::TablePlace& place) {
  return lake_formation_.RecordCreator(transaction, permit.principal(), CatalogResourceOf(place));
}

Status GrantKeeper::OnNamespaceDropped(ledger::Transaction& transaction,
                                       const s3tables::TablePlace& place) {
  return lake_formation_.RemoveGrants(transaction, CatalogResourceOf(place));
}

Status GrantKeeper::OnTableCreated(ledger::Transaction& transaction, const policy::Permit& permit,
                                   const s3tables::TablePlace& place) {
  return lake_formation_.RecordCreator(transaction, permit.principal(), CatalogResourceOf(place));
}

Status GrantKeeper::OnTableDropped(ledger::Transaction& transaction,
                                   const s3tables::TablePlace& place) {
  return lake_formation_.RemoveGrants(transaction, CatalogResourceOf(place));
}

Status GrantKeeper::OnTableRenamed(ledger::Transaction& transaction,
                                   const s3tables::TablePlace& from,
                                   const s3tables::TablePlace& to) {
  return lake_formation_.RenameTable(transaction, CatalogResourceOf(from), CatalogResourceOf(to));
}

}  // namespace firn::glue
