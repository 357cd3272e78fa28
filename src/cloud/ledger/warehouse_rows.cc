#include "cloud/ledger/warehouse_rows.h"

#include <array>

namespace firn::ledger {
namespace {

constexpr std::string_view kFirstTables = R"sql(
CREATE TABLE warehouses (
  warehouse_id TEXT PRIMARY KEY,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  root TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  UNIQUE (region, name)
) WITHOUT ROWID;
CREATE TABLE warehouse_namespaces (
  namespace_id TEXT PRIMARY KEY,
  warehouse_id TEXT NOT NULL REFERENCES warehouses (warehouse_id),
  path TEXT NOT NULL,
  parent TEXT NOT NULL,
  properties TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (warehouse_id, path)
) WITHOUT ROWID;
CREATE INDEX warehouse_namespaces_parent ON warehouse_namespaces (warehouse_id, parent, path);
CREATE TABLE warehouse_entries (
  entry_id TEXT PRIMARY KEY,
  warehouse_id TEXT NOT NULL REFERENCES warehouses (warehouse_id),
  namespace_id TEXT NOT NULL REFERENCES warehouse_namespaces (namespace_id),
  name TEXT NOT NULL,
  is_view INTEGER NOT NULL,
  location TEXT NOT NULL,
  metadata_location TEXT NOT NULL,
  version_token TEXT NOT NULL,
  modified_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL,
  UNIQUE (namespace_id, name)
) WITHOUT ROWID;
CREATE INDEX warehouse_entries_location ON warehouse_entries (warehouse_id, location);
CREATE TABLE idempotency_keys (
  principal_arn TEXT NOT NULL,
  key TEXT NOT NULL,
  request_sha256 TEXT NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  metadata_location TEXT NOT NULL,
  entry_location TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (principal_arn, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
)sql";

constexpr std::string_view kSelectEntry =
    "SELECT entry_id, warehouse_id, namespace_id, name, is_view, location, metadata_location, "
    "version_token, modified_by, created_at, modified_at FROM warehouse_entries ";
constexpr std::string_view kSelectNamespace =
    "SELECT namespace_id, warehouse_id, path, parent, properties, created_at "
    "FROM warehouse_namespaces ";

WarehouseRow ReadWarehouse(const Row& row) {
  return {.warehouse_id = row.Text(0),
          .region = row.Text(1),
          .name = row.Text(2),
          .root = row.Text(3),
          .created_at = row.Time(4)};
}

WarehouseNamespaceRow ReadWarehouseNamespace(const Row& row) {
  return {.namespace_id = row.Text(0),
          .warehouse_id = row.Text(1),
          .path = row.Text(2),
          .parent = row.Text(3),
          .properties = row.Text(4),
          .created_at = row.Time(5)};
}

WarehouseEntryRow ReadEntry(const Row& row) {
  return {.entry_id = row.Text(0),
          .warehouse_id = row.Text(1),
          .namespace_id = row.Text(2),
          .name = row.Text(3),
          .is_view = row.Bool(4),
          .location = row.Text(5),
          .metadata_location = row.Text(6),
          .version_token = row.Text(7),
          .modified_by = row.Text(8),
          .created_at = row.Time(9),
          .modified_at = row.Time(10)};
}

Status Done(const Result<std::int64_t>& changed) {
  if (!changed) return changed.error();
  return Ok();
}

}  // namespace

MigrationSet WarehouseMigrations() {
  static constexpr std::array<std::string_view, 1> kSteps = {kFirstTables};
  return {.name = "warehouses", .steps = kSteps};
}

Result<std::optional<WarehouseRow>> FindWarehouse(Transaction& transaction, std::string_view region,
                                                  std::string_view name) {
  return transaction.QueryOne(
      "SELECT warehouse_id, region, name, root, created_at FROM warehouses WHERE region = ? AND "
      "name = ?",
      ReadWarehouse, region, name);
}

Result<std::vector<WarehouseRow>> ListWarehouses(Transaction& transaction,
                                                 std::string_view region) {
  return transaction.QueryAll(
      "SELECT warehouse_id, region, name, root, created_at FROM warehouses WHERE region = ? "
      "ORDER BY name",
      ReadWarehouse, region);
}

Status InsertWarehouse(Transaction& transaction, const WarehouseRow& row) {
  return Done(
      transaction.Execute("INSERT INTO warehouses (warehouse_id, region, name, root, created_at) "
                          "VALUES (?, ?, ?, ?, ?)",
                          row.warehouse_id, row.region, row.name, row.root, row.created_at));
}

Result<std::optional<WarehouseNamespaceRow>> FindWarehouseNamespace(Transaction& transaction,
                                                                    std::string_view warehouse_id,
                                                                    std::string_view path) {
  static const std::string kSql =
      std::string(kSelectNamespace) + "WHERE warehouse_id = ? AND path = ?";
  return transaction.QueryOne(kSql, ReadWarehouseNamespace, warehouse_id, path);
}

Result<std::vector<WarehouseNamespaceRow>> ListWarehouseNamespaces(Transaction& transaction,
                                                                   std::string_view warehouse_id,
                                                                   const WarehousePage& page) {
  static const std::string kSql = std::string(kSelectNamespace) +
                                  "WHERE warehouse_id = ? AND parent = ? AND path > ? "
                                  "ORDER BY path LIMIT ?";
  return transaction.QueryAll(kSql, ReadWarehouseNamespace, warehouse_id, page.parent, page.after,
                              page.count_max);
}

Status InsertWarehouseNamespace(Transaction& transaction, const WarehouseNamespaceRow& row) {
  return Done(transaction.Execute(
      "INSERT INTO warehouse_namespaces (namespace_id, warehouse_id, path, parent, properties, "
      "created_at) VALUES (?, ?, ?, ?, ?, ?)",
      row.namespace_id, row.warehouse_id, row.path, row.parent, row.properties, row.created_at));
}

Status SetWarehouseNamespaceProperties(Transaction& transaction, std::string_view namespace_id,
                                       std::string_view properties) {
  return Done(
      transaction.Execute("UPDATE warehouse_namespaces SET properties = ? WHERE namespace_id = ?",
                          properties, namespace_id));
}

Status DeleteWarehouseNamespace(Transaction& transaction, std::string_view namespace_id) {
  return Done(
      transaction.Execute("DELETE FROM warehouse_namespaces WHERE namespace_id = ?", namespace_id));
}

Result<bool> WarehouseNamespaceIsInUse(Transaction& transaction, const WarehouseNamespaceRow& row) {
  FIRN_ASSIGN_OR_RETURN(
      const auto found,
      transaction.QueryInt64(
          "SELECT EXISTS (SELECT 1 FROM warehouse_entries WHERE namespace_id = ?1) OR EXISTS "
          "(SELECT 1 FROM warehouse_namespaces WHERE warehouse_id = ?2 AND parent = ?3)",
          row.namespace_id, row.warehouse_id, row.path));
  return found != 0;
}

Result<std::optional<WarehouseEntryRow>> FindWarehouseEntry(Transaction& transaction,
                                                            std::string_view namespace_id,
                                                            std::string_view name) {
  static const std::string kSql = std::string(kSelectEntry) + "WHERE namespace_id = ? AND name = ?";
  return transaction.QueryOne(kSql, ReadEntry, namespace_id, name);
}

Result<std::vector<WarehouseEntryRow>> ListWarehouseEntries(Transaction& transaction, bool views,
                                                            const WarehousePage& page) {
  static const std::string kSql = std::string(kSelectEntry) +
                                  "WHERE namespace_id = ? AND is_view = ? AND name > ? "
                                  "ORDER BY name LIMIT ?";
  return transaction.QueryAll(kSql, ReadEntry, page.parent, views, page.after, page.count_max);
}

Result<std::optional<WarehouseEntryRow>> FindOverlappingEntry(Transaction& transaction,
                                                              std::string_view warehouse_id,
                                                              std::string_view location,
                                                              std::string_view except_entry_id) {
  static const std::string kSql = std::string(kSelectEntry) +
                                  "WHERE warehouse_id = ?1 AND entry_id <> ?3 AND "
                                  "(substr(location || '/', 1, length(?2) + 1) = ?2 || '/' OR "
                                  "substr(?2 || '/', 1, length(location) + 1) = location || '/')";
  return transaction.QueryOne(kSql, ReadEntry, warehouse_id, location, except_entry_id);
}

Status InsertWarehouseEntry(Transaction& transaction, const WarehouseEntryRow& row) {
  return Done(transaction.Execute(
      "INSERT INTO warehouse_entries (entry_id, warehouse_id, namespace_id, name, is_view, "
      "location, metadata_location, version_token, modified_by, created_at, modified_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      row.entry_id, row.warehouse_id, row.namespace_id, row.name, row.is_view, row.location,
      row.metadata_location, row.version_token, row.modified_by, row.created_at, row.modified_at));
}

Result<bool> SwapWarehouseEntry(Transaction& transaction, const WarehouseEntryRow& row,
                                std::string_view version_token_before) {
  FIRN_ASSIGN_OR_RETURN(
      const auto changed,
      transaction.Execute("UPDATE warehouse_entries SET namespace_id = ?, name = ?, location = ?, "
                          "metadata_location = ?, version_token = ?, modified_by = ?, "
                          "modified_at = ? WHERE entry_id = ? AND version_token = ?",
                          row.namespace_id, row.name, row.location, row.metadata_location,
                          row.version_token, row.modified_by, row.modified_at, row.entry_id,
                          version_token_before));
  return changed == 1;
}

Status DeleteWarehouseEntry(Transaction& transaction, std::string_view entry_id) {
  return Done(transaction.Execute("DELETE FROM warehouse_entries WHERE entry_id = ?", entry_id));
}

Result<std::optional<IdempotencyRow>> FindIdempotency(Transaction& transaction,
                                                      std::string_view principal_arn,
                                                      std::string_view key) {
  return transaction.QueryOne(
      "SELECT principal_arn, key, request_sha256, status, body, metadata_location, "
      "entry_location, expires_at FROM idempotency_keys WHERE principal_arn = ? AND key = ?",
      [](const Row& row) {
        return IdempotencyRow{.principal_arn = row.Text(0),
                              .key = row.Text(1),
                              .request_sha256 = row.Text(2),
                              .status = row.Int64(3),
                              .body = row.Text(4),
                              .metadata_location = row.Text(5),
                              .entry_location = row.Text(6),
                              .expires_at = row.Time(7)};
      },
      principal_arn, key);
}

Status InsertIdempotency(Transaction& transaction, const IdempotencyRow& row) {
  return Done(transaction.Execute(
      "INSERT INTO idempotency_keys (principal_arn, key, request_sha256, status, body, "
      "metadata_location, entry_location, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      row.principal_arn, row.key, row.request_sha256, row.status, row.body, row.metadata_location,
      row.entry_location, row.expires_at));
}

Status PruneIdempotency(Transaction& transaction, WallTime expired_before) {
  return Done(
      transaction.Execute("DELETE FROM idempotency_keys WHERE expires_at < ?", expired_before));
}

}  // namespace firn::ledger
