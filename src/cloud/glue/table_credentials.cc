#include "cloud/glue/table_credentials.h"

#include "base/encoding.h"
#include "cloud/glue/catalog_id.h"
#include "wire/aws/arn.h"

namespace firn::glue {
namespace {

Result<s3tables::TablePlace> ParseTableResource(const std::string& table_arn) {
  FIRN_ASSIGN_OR_RETURN(const aws::Arn arn, aws::ParseArn(table_arn));
  const auto parts = Split(arn.resource, '/');
  if (arn.service != "glue" || parts.size() != 5 || parts[0] != "table" ||
      parts[1] != kFederatedCatalog) {
    return NotFound("EntityNotFoundException",
                    "Only tables in table buckets have credentials here: "
                    "arn:aws:glue:<region>:<account>:table/s3tablescatalog/<bucket>/<database>/"
                    "<table>");
  }
  return s3tables::TablePlace{std::string(parts[2]), std::string(parts[3]), std::string(parts[4])};
}

}  // namespace

Result<lakeformation::VendedTableCredentials> TableCredentials::VendTableCredentials(
    const Context&, const policy::Permit& permit,
    const lakeformation::TableCredentialsRequest& request) {
  FIRN_ASSIGN_OR_RETURN(const auto place, ParseTableResource(request.table_arn));
  s3tables::LoadedTable table;
  FIRN_ASSIGN_OR_RETURN(table.row, store_.FindTable(place));
  FIRN_ASSIGN_OR_RETURN(const auto vended, vending_.Vend(permit, table));
  return lakeformation::VendedTableCredentials{.credentials = vended.credentials,
                                               .expires_at = vended.expires_at,
                                               .s3_paths = {table.row.warehouse}};
}

}  // namespace firn::glue
