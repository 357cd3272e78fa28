#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/aws/arn.h"

/// Names of Glue catalogs as clients write them: `123456789012:s3tablescatalog/bucket` and its short forms.

namespace firn::glue {

/// The federated catalog whose children are the table buckets; it is there in every account.
inline constexpr std::string_view kFederatedCatalog = "s3tablescatalog";

/// Which catalog of the account.
struct CatalogId {
  std::string bucket;      ///< The table bucket; empty for the two catalogs above it.
  bool federated = false;  ///< s3tablescatalog itself or a bucket in it; false is the account's root catalog.

  friend bool operator==(const CatalogId&, const CatalogId&) = default;
};

/// Takes ``, `:`, `<account>`, `<account>:s3tablescatalog[/<bucket>]`, `s3tablescatalog[/<bucket>]`, and the same with `:`
/// for `/`. `account_id` is the account asked. Errors: kNotFound/EntityNotFoundException for another account or catalog.
Result<CatalogId> ParseCatalogId(std::string_view text, std::string_view account_id);

/// `s3tablescatalog/<bucket>`, `s3tablescatalog` or nothing: the path in Glue's ARNs.
std::string CatalogPath(const CatalogId& catalog);
/// `<account>:s3tablescatalog/<bucket>`.
std::string FullCatalogId(const CatalogId& catalog, std::string_view account_id);

/// The ARNs that an action on a catalog, database or table asks for: itself first, then every ancestor.
struct ResourcePath {
  aws::GlueCatalogId catalog;
  std::string database;  ///< Empty: the catalog itself.
  std::string table;     ///< Empty: the database itself.
};
std::vector<std::string> ArnsOf(const ResourcePath& resource);

}  // namespace firn::glue
