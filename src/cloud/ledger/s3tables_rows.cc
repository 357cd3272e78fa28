#include "cloud/ledger/s3tables_rows.h"

#include <array>

namespace firn::ledger {
namespace {

constexpr std::string_view kFirstTables = R"sql(
CREATE TABLE table_buckets (
  bucket_id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE namespaces (
  namespace_id TEXT PRIMARY KEY,
  bucket_id TEXT NOT NULL REFERENCES table_buckets (bucket_id),
  name TEXT NOT NULL,
  properties TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (bucket_id, name)
) WITHOUT ROWID;
CREATE TABLE tables (
  table_id TEXT PRIMARY KEY,
  bucket_id TEXT NOT NULL REFERENCES table_buckets (bucket_id),
  namespace_id TEXT NOT NULL REFERENCES namespaces (namespace_id),
  name TEXT NOT NULL,
  warehouse TEXT NOT NULL UNIQUE,
  metadata_location TEXT NOT NULL,
  version_token TEXT NOT NULL,
  created_by TEXT NOT NULL,
  modified_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL,
  UNIQUE (namespace_id, name)
) WITHOUT ROWID;
CREATE INDEX tables_bucket ON tables (bucket_id);
CREATE TABLE s3tables_settings (
  owner_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (owner_id, kind)
) WITHOUT ROWID;
)sql";

// A name is unique in its region only; SQLite changes a constraint by a new table. References to it
// are by name, and stay.
constexpr std::string_view kRegions = R"sql(
CREATE TABLE regional_buckets (
  bucket_id TEXT PRIMARY KEY,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (region, name)
) WITHOUT ROWID;
INSERT INTO regional_buckets SELECT bucket_id, '', name, created_at FROM table_buckets;
DROP TABLE table_buckets;
ALTER TABLE regional_buckets RENAME TO table_buckets;
)sql";

constexpr std::string_view kSelectTable =
    "SELECT t.table_id, t.bucket_id, b.name, t.namespace_id, n.name, t.name, t.warehouse, "
    "t.metadata_location, t.version_token, t.created_by, t.modified_by, t.created_at, "
    "t.modified_at, b.region FROM tables t JOIN namespaces n USING (namespace_id) "
    "JOIN table_buckets b ON b.bucket_id = t.bucket_id ";

TableBucketRow ReadBucket(const Row& row) {
  return {.bucket_id = row.Text(0),
          .name = row.Text(1),
          .created_at = row.Time(2),
          .region = row.Text(3)};
}

NamespaceRow ReadNamespace(const Row& row) {
  return {.namespace_id = row.Text(0),
          .bucket_id = row.Text(1),
          .name = row.Text(2),
          .properties = row.Text(3),
          .created_by = row.Text(4),
          .created_at = row.Time(5)};
}

TableRow ReadTable(const Row& row) {
  return {.table_id = row.Text(0),
          .bucket_id = row.Text(1),
          .bucket_name = row.Text(2),
          .namespace_id = row.Text(3),
          .namespace_name = row.Text(4),
          .name = row.Text(5),
          .warehouse = row.Text(6),
          .metadata_location = row.Text(7),
          .version_token = row.Text(8),
          .created_by = row.Text(9),
          .modified_by = row.Text(10),
          .created_at = row.Time(11),
          .modified_at = row.Time(12),
          .region = row.Text(13)};
}

Status Done(Result<std::int64_t> changed) {
  if (!changed) return std::move(changed).error();
  return Ok();
}

}  // namespace

MigrationSet S3TablesMigrations() {
  static constexpr std::array kSteps = {kFirstTables, kRegions};
  return {.name = "s3tables", .steps = kSteps};
}

Result<std::optional<TableBucketRow>> FindTableBucket(Transaction& transaction,
                                                      std::string_view region,
                                                      std::string_view name) {
  return transaction.QueryOne(
      "SELECT bucket_id, name, created_at, region FROM table_buckets WHERE region = ? AND name = ?",
      ReadBucket, region, name);
}

Result<std::vector<TableBucketRow>> ListTableBuckets(Transaction& transaction,
                                                     std::string_view region,
                                                     const NamePage& page) {
  return transaction.QueryAll(
      "SELECT bucket_id, name, created_at, region FROM table_buckets WHERE region = ?4 AND "
      "name > ?1 AND substr(name, 1, length(?2)) = ?2 ORDER BY name LIMIT ?3",
      ReadBucket, page.after, page.prefix, page.count_max, region);
}

Result<std::vector<std::string>> ListTableBucketRegions(Transaction& transaction) {
  return transaction.QueryAll("SELECT DISTINCT region FROM table_buckets ORDER BY region",
                              [](const Row& row) { return row.Text(0); });
}

Status InsertTableBucket(Transaction& transaction, const TableBucketRow& bucket) {
  return Done(transaction.Execute(
      "INSERT INTO table_buckets (bucket_id, region, name, created_at) VALUES (?, ?, ?, ?)",
      bucket.bucket_id, bucket.region, bucket.name, bucket.created_at));
}

Status ClaimTableBuckets(Transaction& transaction, std::string_view region) {
  return Done(
      transaction.Execute("UPDATE table_buckets SET region = ? WHERE region = ''", region));
}

Result<std::int64_t> CountTableBuckets(Transaction& transaction, std::string_view region) {
  return transaction.QueryInt64("SELECT count(*) FROM table_buckets WHERE region = ?", region);
}

Status DeleteTableBucket(Transaction& transaction, std::string_view bucket_id) {
  return Done(transaction.Execute("DELETE FROM table_buckets WHERE bucket_id = ?", bucket_id));
}

Result<std::optional<NamespaceRow>> FindNamespace(Transaction& transaction,
                                                  std::string_view bucket_id,
                                                  std::string_view name) {
  return transaction.QueryOne(
      "SELECT namespace_id, bucket_id, name, properties, created_by, created_at FROM namespaces "
      "WHERE bucket_id = ? AND name = ?",
      ReadNamespace, bucket_id, name);
}

Result<std::vector<NamespaceRow>> ListNamespaces(Transaction& transaction,
                                                 std::string_view bucket_id,
                                                 const NamePage& page) {
  return transaction.QueryAll(
      "SELECT namespace_id, bucket_id, name, properties, created_by, created_at FROM namespaces "
      "WHERE bucket_id = ?1 AND name > ?2 AND substr(name, 1, length(?3)) = ?3 "
      "ORDER BY name LIMIT ?4",
      ReadNamespace, bucket_id, page.after, page.prefix, page.count_max);
}

Status InsertNamespace(Transaction& transaction, const NamespaceRow& row) {
  return Done(transaction.Execute(
      "INSERT INTO namespaces (namespace_id, bucket_id, name, properties, created_by, created_at) "
      "VALUES (?, ?, ?, ?, ?, ?)",
      row.namespace_id, row.bucket_id, row.name, row.properties, row.created_by, row.created_at));
}

Status UpdateNamespaceProperties(Transaction& transaction, std::string_view namespace_id,
                                 std::string_view properties) {
  return Done(transaction.Execute("UPDATE namespaces SET properties = ? WHERE namespace_id = ?",
                                  properties, namespace_id));
}

Result<std::int64_t> CountNamespaces(Transaction& transaction, std::string_view bucket_id) {
  return transaction.QueryInt64("SELECT count(*) FROM namespaces WHERE bucket_id = ?", bucket_id);
}

Status DeleteNamespace(Transaction& transaction, std::string_view namespace_id) {
  return Done(transaction.Execute("DELETE FROM namespaces WHERE namespace_id = ?", namespace_id));
}

Result<bool> BucketHasNamespaces(Transaction& transaction, std::string_view bucket_id) {
  FIRN_ASSIGN_OR_RETURN(
      const auto found,
      transaction.QueryInt64("SELECT EXISTS (SELECT 1 FROM namespaces WHERE bucket_id = ?)",
                             bucket_id));
  return found != 0;
}

Result<bool> NamespaceHasTables(Transaction& transaction, std::string_view namespace_id) {
  FIRN_ASSIGN_OR_RETURN(
      const auto found,
      transaction.QueryInt64("SELECT EXISTS (SELECT 1 FROM tables WHERE namespace_id = ?)",
                             namespace_id));
  return found != 0;
}

Result<std::optional<TableRow>> FindTable(Transaction& transaction, std::string_view namespace_id,
                                          std::string_view name) {
  static const std::string kSql =
      std::string(kSelectTable) + "WHERE t.namespace_id = ? AND t.name = ?";
  return transaction.QueryOne(kSql, ReadTable, namespace_id, name);
}

Result<std::optional<TableRow>> FindTableById(Transaction& transaction,
                                              std::string_view table_id) {
  static const std::string kSql = std::string(kSelectTable) + "WHERE t.table_id = ?";
  return transaction.QueryOne(kSql, ReadTable, table_id);
}

Result<std::vector<TableRow>> ListTables(Transaction& transaction, std::string_view bucket_id,
                                         const TablePage& page) {
  static const std::string kSql =
      std::string(kSelectTable) +
      "WHERE t.bucket_id = ?1 AND (?2 = '' OR n.name = ?2) AND (n.name, t.name) > (?3, ?4) "
      "AND substr(t.name, 1, length(?5)) = ?5 ORDER BY n.name, t.name LIMIT ?6";
  return transaction.QueryAll(kSql, ReadTable, bucket_id, page.namespace_name,
                              page.after_namespace, page.after_table, page.prefix, page.count_max);
}

Status InsertTable(Transaction& transaction, const TableRow& table) {
  return Done(transaction.Execute(
      "INSERT INTO tables (table_id, bucket_id, namespace_id, name, warehouse, metadata_location, "
      "version_token, created_by, modified_by, created_at, modified_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      table.table_id, table.bucket_id, table.namespace_id, table.name, table.warehouse,
      table.metadata_location, table.version_token, table.created_by, table.modified_by,
      table.created_at, table.modified_at));
}

Result<std::int64_t> CountTables(Transaction& transaction, std::string_view bucket_id) {
  return transaction.QueryInt64("SELECT count(*) FROM tables WHERE bucket_id = ?", bucket_id);
}

Status DeleteTable(Transaction& transaction, std::string_view table_id) {
  return Done(transaction.Execute("DELETE FROM tables WHERE table_id = ?", table_id));
}

Status MoveTable(Transaction& transaction, const TableRow& table) {
  return Done(transaction.Execute(
      "UPDATE tables SET namespace_id = ?, name = ?, version_token = ?, modified_by = ?, "
      "modified_at = ? WHERE table_id = ?",
      table.namespace_id, table.name, table.version_token, table.modified_by, table.modified_at,
      table.table_id));
}

Result<bool> SwapTableMetadata(Transaction& transaction, const MetadataSwap& swap) {
  FIRN_ASSIGN_OR_RETURN(
      const auto changed,
      transaction.Execute(
          "UPDATE tables SET metadata_location = ?, version_token = ?, modified_by = ?, "
          "modified_at = ? WHERE table_id = ? AND version_token = ? AND metadata_location = ?",
          swap.metadata_location_after, swap.version_token_after, swap.modified_by,
          swap.modified_at, swap.table_id, swap.version_token_before,
          swap.metadata_location_before));
  return changed == 1;
}

Result<std::optional<std::string>> FindSetting(Transaction& transaction, std::string_view owner_id,
                                               std::string_view kind) {
  return transaction.QueryOne(
      "SELECT document FROM s3tables_settings WHERE owner_id = ? AND kind = ?",
      [](const Row& row) { return row.Text(0); }, owner_id, kind);
}

Status PutSetting(Transaction& transaction, std::string_view owner_id, std::string_view kind,
                  std::string_view document) {
  return Done(transaction.Execute(
      "INSERT OR REPLACE INTO s3tables_settings (owner_id, kind, document) VALUES (?, ?, ?)",
      owner_id, kind, document));
}

Result<bool> DeleteSetting(Transaction& transaction, std::string_view owner_id,
                           std::string_view kind) {
  FIRN_ASSIGN_OR_RETURN(
      const auto deleted,
      transaction.Execute("DELETE FROM s3tables_settings WHERE owner_id = ? AND kind = ?",
                          owner_id, kind));
  return deleted > 0;
}

Status DeleteAllSettings(Transaction& transaction, std::string_view owner_id) {
  return Done(transaction.Execute("DELETE FROM s3tables_settings WHERE owner_id = ?", owner_id));
}

}  // namespace firn::ledger
