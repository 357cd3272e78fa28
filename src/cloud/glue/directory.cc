#include "cloud/glue/directory.h"

#include "cloud/glue/catalog_id.h"
#include "cloud/ledger/s3_rows.h"
#include "wire/aws/arn.h"

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

Result<std::vector<std::string>> Directory::Columns(const Context&,
                                                   const lakeformation::CatalogResource& table) {
  FIRN_ASSIGN_OR_RETURN(const auto catalog,
                        ParseCatalogId(table.catalog_id, store_.parts().account_id));
  FIRN_ASSIGN_OR_RETURN(const auto loaded,
                        store_.LoadTable({catalog.bucket, table.database, table.table}));
  std::vector<std::string> names;
  if (loaded.metadata == nullptr) return names;
  for (const auto& field : loaded.metadata->current_schema().fields) names.push_back(field.name);
  return names;
}

Result<std::optional<lakeformation::CatalogResource>> Directory::AtPath(const Context&,
                                                                        std::string_view arn) {
  const auto nothing = std::optional<lakeformation::CatalogResource>();
  const auto& parts = store_.parts();
  const auto named = aws::ParseArn(arn);
  if (!named) return nothing;
  std::string table_arn(arn);
  if (named->service == "s3") {
    const std::string bucket = named->resource.substr(0, named->resource.find('/'));
    FIRN_ASSIGN_OR_RETURN(const auto row,
                          parts.ledger.Read([&](ledger::Transaction& transaction) {
                            return ledger::FindS3Bucket(transaction, bucket);
                          }));
    if (!row || row->table_arn.empty()) return nothing;
    table_arn = row->table_arn;
  } else if (const auto bucket = aws::ParseTableBucketArn(arn)) {
    if (store_.BucketArn(bucket->bucket) != arn) return nothing;
    FIRN_ASSIGN_OR_RETURN(const bool there, IsThere(store_.FindBucket(bucket->bucket)));
    if (!there) return nothing;
    return std::optional(lakeformation::CatalogResource{
        .catalog_id = FullCatalogId({.bucket = bucket->bucket, .federated = true}, parts.account_id)});
  }
  const auto table = aws::ParseTableArn(table_arn);
  if (!table) return nothing;
  const auto row = store_.FindTableById(table->table_id);
  FIRN_ASSIGN_OR_RETURN(const bool there, IsThere(row));
  if (!there || store_.TableArn(*row) != table_arn) return nothing;
  return std::optional(lakeformation::CatalogResource{
      .catalog_id = FullCatalogId({.bucket = row->bucket_name, .federated = true}, parts.account_id),
      .database = row->namespace_name,
      .table = row->name});
}

}  // namespace firn::glue
