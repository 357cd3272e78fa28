#include "cloud/glue/catalog_id.h"

#include <algorithm>

namespace firn::glue {
namespace {

Unexpected UnknownCatalog(std::string_view text) {
  return NotFound("EntityNotFoundException",
                  "Catalog " + std::string(text.substr(0, 200)) + " not found.");
}

}  // namespace

Result<CatalogId> ParseCatalogId(std::string_view text, std::string_view account_id) {
  std::string_view rest = text;
  const std::string_view first = rest.substr(0, rest.find_first_of(":/"));
  if (aws::IsAccountId(first)) {
    if (first != account_id) return UnknownCatalog(text);
    rest.remove_prefix(std::min(rest.size(), first.size() + 1));
  } else if (rest == ":") {
    rest = "";
  }
  if (rest.empty()) return CatalogId{};
  const std::size_t end = rest.find_first_of(":/");
  if (rest.substr(0, end) != kFederatedCatalog) return UnknownCatalog(text);
  if (end == std::string_view::npos) return CatalogId{.bucket = "", .federated = true};
  const std::string_view bucket = rest.substr(end + 1);
  if (bucket.empty() || bucket.find_first_of(":/") != std::string_view::npos) {
    return UnknownCatalog(text);
  }
  return CatalogId{.bucket = std::string(bucket), .federated = true};
}

std::string CatalogPath(const CatalogId& catalog) {
  if (!catalog.federated) return "";
  return std::string(kFederatedCatalog) + (catalog.bucket.empty() ? "" : "/" + catalog.bucket);
}

std::string FullCatalogId(const CatalogId& catalog, std::string_view account_id) {
  const std::string path = CatalogPath(catalog);
  return std::string(account_id) + (path.empty() ? "" : ":" + path);
}

std::vector<std::string> ArnsOf(const ResourcePath& resource) {
  std::vector<std::string> arns;
  if (!resource.table.empty()) {
    arns.push_back(aws::GlueTableArn(resource.catalog, {resource.database, resource.table}));
  }
  if (!resource.database.empty()) {
    arns.push_back(aws::GlueDatabaseArn(resource.catalog, resource.database));
  }
  aws::GlueCatalogId catalog = resource.catalog;
  while (true) {
    arns.push_back(aws::GlueCatalogArn(catalog));
    if (catalog.catalog_path.empty()) return arns;
    const std::size_t slash = catalog.catalog_path.rfind('/');
    catalog.catalog_path.resize(slash == std::string::npos ? 0 : slash);
  }
}

}  // namespace firn::glue
