#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

/// Amazon resource names, parsed and printed. All pure.

namespace firn::aws {

/// `arn:partition:service:region:account:resource`; the resource may hold further colons and slashes.
struct Arn {
  std::string partition = "aws";
  std::string service;
  std::string region;
  std::string account_id;
  std::string resource;

  friend bool operator==(const Arn&, const Arn&) = default;
};

/// Takes what AWS prints; region and account may be empty (iam, s3).
/// Errors: kInvalidArgument/InvalidArn.
Result<Arn> ParseArn(std::string_view text);
std::string ToString(const Arn& arn);

/// `arn:aws:s3tables:<region>:<account>:bucket/<name>`.
struct TableBucketArn {
  std::string region;
  std::string account_id;
  std::string bucket;

  friend bool operator==(const TableBucketArn&, const TableBucketArn&) = default;
};
/// Errors: kInvalidArgument/InvalidArn, also for a table's ARN.
Result<TableBucketArn> ParseTableBucketArn(std::string_view text);
std::string ToString(const TableBucketArn& arn);

/// `arn:aws:s3tables:<region>:<account>:bucket/<name>/table/<uuid>`.
struct TableArn {
  TableBucketArn bucket;
  std::string table_id;

  friend bool operator==(const TableArn&, const TableArn&) = default;
};
/// Errors: kInvalidArgument/InvalidArn.
Result<TableArn> ParseTableArn(std::string_view text);
std::string ToString(const TableArn& arn);

/// Where a Glue resource lives: region, account, and the catalog's path below the account's root catalog
/// (`s3tablescatalog/<bucket>`; empty for the root itself).
struct GlueCatalogId {
  std::string region;
  std::string account_id;
  std::string catalog_path;

  friend bool operator==(const GlueCatalogId&, const GlueCatalogId&) = default;
};
/// `…:catalog` for the root, `…:catalog/<path>` below it.
std::string GlueCatalogArn(const GlueCatalogId& catalog);
/// `…:database/<path>/<database>`; without the path in the root catalog.
std::string GlueDatabaseArn(const GlueCatalogId& catalog, std::string_view database);
/// The table's place inside its catalog.
struct GlueTableName {
  std::string database;
  std::string table;
};
/// `…:table/<path>/<database>/<table>`.
std::string GlueTableArn(const GlueCatalogId& catalog, const GlueTableName& name);

/// `arn:aws:iam::<account>:<kind>/<name>`; kind is user, role, policy, …
struct IamName {
  std::string account_id;
  std::string kind;
  std::string name;
};
std::string IamArn(const IamName& name);
/// `arn:aws:iam::<account>:root`.
std::string IamRootArn(std::string_view account_id);

/// `arn:aws:s3:::<bucket>` and, with a key, `arn:aws:s3:::<bucket>/<key>`.
std::string S3Arn(std::string_view bucket);
std::string S3Arn(std::string_view bucket, std::string_view key);

/// Twelve digits.
bool IsAccountId(std::string_view text);

}  // namespace firn::aws
