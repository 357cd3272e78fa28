#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cloud/ledger/ledger.h"

/// Rows of cloud/s3tables: table buckets, namespaces, tables, and the small documents set on them.
///
/// All functions run in the caller's transaction; errors are those of Transaction unless said otherwise.

namespace firn::ledger {

MigrationSet S3TablesMigrations();

struct TableBucketRow {
  std::string bucket_id;  ///< UUID.
  std::string name;
  WallTime created_at;
  std::string region;  ///< Names are of one region.
};
struct NamespaceRow {
  std::string namespace_id;  ///< UUID.
  std::string bucket_id;
  std::string name;
  std::string properties;  ///< JSON object.
  std::string created_by;  ///< ARN of the principal.
  WallTime created_at;
};
struct TableRow {
  std::string table_id;  ///< UUID; the last part of the table's ARN.
  std::string bucket_id;
  std::string bucket_name;
  std::string namespace_id;
  std::string namespace_name;
  std::string name;
  std::string warehouse;  ///< `s3://<uuid>--table-s3`.
  std::string metadata_location;  ///< Empty until the table has metadata.
  std::string version_token;
  std::string created_by;  ///< ARN of the principal.
  std::string modified_by;
  WallTime created_at;
  WallTime modified_at;
  std::string region;  ///< The bucket's.
};

/// One page of a list by name.
struct NamePage {
  std::string_view prefix;
  std::string_view after;  ///< Names greater than this one.
  std::size_t count_max = 0;
};

Result<std::optional<TableBucketRow>> FindTableBucket(Transaction& transaction,
                                                      std::string_view region,
                                                      std::string_view name);
Result<std::vector<TableBucketRow>> ListTableBuckets(Transaction& transaction,
                                                     std::string_view region,
                                                     const NamePage& page);
/// Regions that have table buckets, by name.
Result<std::vector<std::string>> ListTableBucketRegions(Transaction& transaction);
/// Buckets made when a ledger had one region are that region's.
Status ClaimTableBuckets(Transaction& transaction, std::string_view region);
Status InsertTableBucket(Transaction& transaction, const TableBucketRow& bucket);
Result<std::int64_t> CountTableBuckets(Transaction& transaction, std::string_view region);
Status DeleteTableBucket(Transaction& transaction, std::string_view bucket_id);

Result<std::optional<NamespaceRow>> FindNamespace(Transaction& transaction,
                                                  std::string_view bucket_id,
                                                  std::string_view name);
Result<std::vector<NamespaceRow>> ListNamespaces(Transaction& transaction,
                                                 std::string_view bucket_id, const NamePage& page);
Status InsertNamespace(Transaction& transaction, const NamespaceRow& row);
Status UpdateNamespaceProperties(Transaction& transaction, std::string_view namespace_id,
                                 std::string_view properties);
Result<std::int64_t> CountNamespaces(Transaction& transaction, std::string_view bucket_id);
Status DeleteNamespace(Transaction& transaction, std::string_view namespace_id);
Result<bool> BucketHasNamespaces(Transaction& transaction, std::string_view bucket_id);
Result<bool> NamespaceHasTables(Transaction& transaction, std::string_view namespace_id);

Result<std::optional<TableRow>> FindTable(Transaction& transaction, std::string_view namespace_id,
                                          std::string_view name);
Result<std::optional<TableRow>> FindTableById(Transaction& transaction, std::string_view table_id);
/// Where a page of a bucket's tables begins: after this namespace's this table.
struct TablePage {
  std::string_view namespace_name;  ///< Empty for all namespaces.
  std::string_view prefix;          ///< Of table names.
  std::string_view after_namespace;
  std::string_view after_table;
  std::size_t count_max = 0;
};
/// By namespace and name.
Result<std::vector<TableRow>> ListTables(Transaction& transaction, std::string_view bucket_id,
                                         const TablePage& page);
Status InsertTable(Transaction& transaction, const TableRow& table);
/// Of a bucket.
Result<std::int64_t> CountTables(Transaction& transaction, std::string_view bucket_id);
Status DeleteTable(Transaction& transaction, std::string_view table_id);
/// Writes name and namespace_id of a table.
Status MoveTable(Transaction& transaction, const TableRow& table);

/// A table's next metadata file, if it still is as it was read.
struct MetadataSwap {
  std::string_view table_id;
  std::string_view version_token_before;
  std::string_view version_token_after;
  std::string_view metadata_location_before;
  std::string_view metadata_location_after;
  std::string_view modified_by;
  WallTime modified_at;
};
/// The compare-and-set that every commit is. False when token or location are no longer those.
Result<bool> SwapTableMetadata(Transaction& transaction, const MetadataSwap& swap);

/// Documents set on a bucket or a table: `policy`, `encryption`, `storage-class`, `maintenance/icebergCompaction`, ….
Result<std::optional<std::string>> FindSetting(Transaction& transaction, std::string_view owner_id,
                                               std::string_view kind);
Status PutSetting(Transaction& transaction, std::string_view owner_id, std::string_view kind,
                  std::string_view document);
Result<bool> DeleteSetting(Transaction& transaction, std::string_view owner_id,
                           std::string_view kind);
Status DeleteAllSettings(Transaction& transaction, std::string_view owner_id);

}  // namespace firn::ledger
