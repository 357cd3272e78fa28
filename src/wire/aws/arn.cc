#include "wire/aws/arn.h"

#include <algorithm>
#include <array>

#include "wire/aws/limits.h"

namespace firn::aws {
namespace {

Unexpected InvalidArn(std::string_view text, std::string_view wanted) {
  return InvalidArgument("InvalidArn", "expected " + std::string(wanted) + ", found \"" +
                                           std::string(text.substr(0, 256)) + "\"");
}

bool IsPrintableAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool IsBucketName(std::string_view name) {
  return name.size() >= 3 && name.size() <= 63 &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

bool IsTableId(std::string_view id) {
  return !id.empty() && id.size() <= 255 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_';
  });
}

std::string GlueArn(const GlueCatalogId& catalog, std::string resource) {
  return ToString(Arn{.service = "glue",
                      .region = catalog.region,
                      .account_id = catalog.account_id,
                      .resource = std::move(resource)});
}

std::string WithSlash(const std::string& path) { return path.empty() ? "" : path + "/"; }

}  // namespace

Result<Arn> ParseArn(std::string_view text) {
  constexpr std::string_view kWanted = "arn:partition:service:region:account:resource";
  if (text.size() > kArnBytesMax || !IsPrintableAscii(text)) return InvalidArn(text, kWanted);
  std::array<std::string_view, 5> parts;
  std::string_view rest = text;
  for (std::string_view& part : parts) {
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return InvalidArn(text, kWanted);
    part = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  if (parts[0] != "arn" || parts[1].empty() || parts[2].empty() || rest.empty()) {
    return InvalidArn(text, kWanted);
  }
  return Arn{.partition = std::string(parts[1]),
             .service = std::string(parts[2]),
             .region = std::string(parts[3]),
             .account_id = std::string(parts[4]),
             .resource = std::string(rest)};
}

std::string ToString(const Arn& arn) {
  return "arn:" + arn.partition + ":" + arn.service + ":" + arn.region + ":" + arn.account_id +
         ":" + arn.resource;
}

Result<TableBucketArn> ParseTableBucketArn(std::string_view text) {
  constexpr std::string_view kWanted = "arn:aws:s3tables:<region>:<account>:bucket/<name>";
  FIRN_ASSIGN_OR_RETURN(Arn arn, ParseArn(text));
  std::string_view resource = arn.resource;
  if (!arn.partition.starts_with("aws") || arn.service != "s3tables" ||
      !IsAccountId(arn.account_id) || !resource.starts_with("bucket/")) {
    return InvalidArn(text, kWanted);
  }
  resource.remove_prefix(std::string_view("bucket/").size());
  if (!IsBucketName(resource)) return InvalidArn(text, kWanted);
  return TableBucketArn{.region = std::move(arn.region),
                        .account_id = std::move(arn.account_id),
                        .bucket = std::string(resource)};
}

std::string ToString(const TableBucketArn& arn) {
  return ToString(Arn{.service = "s3tables",
                      .region = arn.region,
                      .account_id = arn.account_id,
                      .resource = "bucket/" + arn.bucket});
}

Result<TableArn> ParseTableArn(std::string_view text) {
  constexpr std::string_view kMarker = "/table/";
  const std::size_t marker = text.rfind(kMarker);
  if (marker == std::string_view::npos || !IsTableId(text.substr(marker + kMarker.size()))) {
    return InvalidArn(text, "arn:aws:s3tables:<region>:<account>:bucket/<name>/table/<id>");
  }
  FIRN_ASSIGN_OR_RETURN(TableBucketArn bucket, ParseTableBucketArn(text.substr(0, marker)));
  return TableArn{.bucket = std::move(bucket),
                  .table_id = std::string(text.substr(marker + kMarker.size()))};
}

std::string ToString(const TableArn& arn) {
  return ToString(arn.bucket) + "/table/" + arn.table_id;
}

std::string GlueCatalogArn(const GlueCatalogId& catalog) {
  return GlueArn(catalog,
                 catalog.catalog_path.empty() ? "catalog" : "catalog/" + catalog.catalog_path);
}

std::string GlueDatabaseArn(const GlueCatalogId& catalog, std::string_view database) {
  return GlueArn(catalog, "database/" + WithSlash(catalog.catalog_path) + std::string(database));
}

std::string GlueTableArn(const GlueCatalogId& catalog, const GlueTableName& name) {
  return GlueArn(catalog,
                 "table/" + WithSlash(catalog.catalog_path) + name.database + "/" + name.table);
}

std::string IamArn(const IamName& name) {
  return "arn:aws:iam::" + name.account_id + ":" + name.kind + "/" + name.name;
}

std::string IamRootArn(std::string_view account_id) {
  return "arn:aws:iam::" + std::string(account_id) + ":root";
}

std::string S3Arn(std::string_view bucket) { return "arn:aws:s3:::" + std::string(bucket); }

std::string S3Arn(std::string_view bucket, std::string_view key) {
  return S3Arn(bucket) + "/" + std::string(key);
}

bool IsAccountId(std::string_view text) {
  return text.size() == 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace firn::aws
