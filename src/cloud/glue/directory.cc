#include "cloud/glue/directory.h"

#include "cloud/glue/catalog_id.h"

namespace firn::glue {
namespace {

/// False for what was not found; other errors come back.
template <typename T>
Result<bool> IsThere(const Result<T>& found) {
  if (found) return true;
  if (found.error().code() == ErrorCode::kNotFound) return false;
  return found.error();
}

}  // namespace

Result<bool> Directory::Exists(const Context&, const lakeformation::CatalogResource& resource) {
  const auto catalog = ParseCatalogId(resource.catalog_id, store_.parts().account_id);
  if (!catalog) return IsThere(catalog);
  if (catalog->bucket.empty()) return resource.database.empty();
  if (resource.database.empty()) return IsThere(store_.FindBucket(catalog->bucket));
  const s3tables::TablePlace place{.bucket = catalog->bucket,
                                   .namespace_name = resource.database,
                                   .table = resource.table};
  if (resource.table.empty() || resource.table == "*") return IsThere(store_.FindNamespace(place));
  return IsThere(store_.FindTable(place));
}

}  // namespace firn::glue
