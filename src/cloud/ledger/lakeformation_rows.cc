#include "cloud/ledger/lakeformation_rows.h"

#include <array>

namespace firn::ledger {
namespace {

constexpr std::array<std::string_view, 1> kSteps = {R"sql(
CREATE TABLE lf_settings(
  account_id TEXT NOT NULL,
  region     TEXT NOT NULL,
  json       TEXT NOT NULL,
  PRIMARY KEY (account_id, region)
) STRICT;
CREATE TABLE lf_grants(
  row_number    INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id    TEXT NOT NULL,
  region        TEXT NOT NULL,
  principal     TEXT NOT NULL,
  kind          TEXT NOT NULL CHECK (kind IN ('CATALOG', 'DATABASE', 'TABLE', 'ALL_TABLES',
                                              'TABLE_WITH_COLUMNS', 'DATA_LOCATION')),
  catalog_id    TEXT NOT NULL,
  database_name TEXT NOT NULL,
  table_name    TEXT NOT NULL,
  columns_json  TEXT NOT NULL,
  location_arn  TEXT NOT NULL,
  permissions   INTEGER NOT NULL,
  grantable     INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  updated_by    TEXT NOT NULL,
  UNIQUE (account_id, region, catalog_id, database_name, table_name, kind, columns_json, location_arn,
          principal)
) STRICT;
CREATE TABLE lf_locations(
  account_id             TEXT NOT NULL,
  region                 TEXT NOT NULL,
  arn                    TEXT NOT NULL,
  role_arn               TEXT NOT NULL,
  with_federation        INTEGER NOT NULL,
  with_privileged_access INTEGER NOT NULL,
  hybrid_access          INTEGER NOT NULL,
  modified_at            INTEGER NOT NULL,
  PRIMARY KEY (account_id, region, arn)
) STRICT;
)sql"};

#define FIRN_GRANT_COLUMNS                                                             \
  "row_number, principal, kind, catalog_id, database_name, table_name, columns_json, " \
  "location_arn, permissions, grantable, updated_at, updated_by"

NumberedGrant ReadNumberedGrant(const Row& row) {
  return {.row_number = row.Int64(0),
          .grant = {.principal = row.Text(1),
                    .target = {.kind = row.Text(2),
                               .catalog_id = row.Text(3),
                               .database_name = row.Text(4),
                               .table_name = row.Text(5),
                               .columns_json = row.Text(6),
                               .location_arn = row.Text(7)},
                    .permissions = static_cast<std::uint32_t>(row.Int64(8)),
                    .grantable = static_cast<std::uint32_t>(row.Int64(9)),
                    .updated_at = row.Time(10),
                    .updated_by = row.Text(11)}};
}

GrantRow ReadGrant(const Row& row) { return ReadNumberedGrant(row).grant; }

Status Done(const Result<std::int64_t>& changed) {
  if (!changed) return Unexpected{changed.error()};
  return Ok();
}

Result<bool> AnyChanged(const Result<std::int64_t>& changed) {
  if (!changed) return Unexpected{changed.error()};
  return *changed > 0;
}

}  // namespace

MigrationSet LakeFormationMigrations() { return {"lakeformation", kSteps}; }

Result<std::optional<std::string>> FindDataLakeSettings(Transaction& transaction,
                                                        const RegionKey& key) {
  return transaction.QueryOne(
      "SELECT json FROM lf_settings WHERE account_id = ? AND region = ?",
      [](const Row& row) { return row.Text(0); }, key.account_id, key.region);
}

Status PutDataLakeSettings(Transaction& transaction, const RegionKey& key, std::string_view json) {
  return Done(
      transaction.Execute("INSERT INTO lf_settings VALUES(?1, ?2, ?3) "
                          "ON CONFLICT(account_id, region) DO UPDATE SET json = ?3",
                          key.account_id, key.region, json));
}

Result<std::optional<GrantRow>> FindGrant(Transaction& transaction, const RegionKey& key,
                                          std::string_view principal, const GrantTarget& target) {
  return transaction.QueryOne("SELECT " FIRN_GRANT_COLUMNS
                              " FROM lf_grants WHERE account_id = ? AND region = ? AND "
                              "catalog_id = ? AND database_name = ? AND table_name = ? AND kind = "
                              "? AND columns_json = ? AND "
                              "location_arn = ? AND principal = ?",
                              ReadGrant, key.account_id, key.region, target.catalog_id,
                              target.database_name, target.table_name, target.kind,
                              target.columns_json, target.location_arn, principal);
}

Status PutGrant(Transaction& transaction, const RegionKey& key, const GrantRow& row) {
  const GrantTarget& target = row.target;
  if (row.permissions == 0) {
    return Done(transaction.Execute(
        "DELETE FROM lf_grants WHERE account_id = ? AND region = ? AND catalog_id = ? AND "
        "database_name = ? AND table_name = ? AND kind = ? AND columns_json = ? AND location_arn = "
        "? "
        "AND principal = ?",
        key.account_id, key.region, target.catalog_id, target.database_name, target.table_name,
        target.kind, target.columns_json, target.location_arn, row.principal));
  }
  return Done(transaction.Execute(
      "INSERT INTO lf_grants(account_id, region, principal, kind, catalog_id, database_name, "
      "table_name, columns_json, location_arn, permissions, grantable, updated_at, updated_by) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) "
      "ON CONFLICT(account_id, region, catalog_id, database_name, table_name, kind, columns_json, "
      "location_arn, principal) DO UPDATE SET permissions = ?10, grantable = ?11, updated_at = "
      "?12, "
      "updated_by = ?13",
      key.account_id, key.region, row.principal, target.kind, target.catalog_id,
      target.database_name, target.table_name, target.columns_json, target.location_arn,
      row.permissions, row.grantable, row.updated_at, row.updated_by));
}

Result<std::vector<GrantRow>> ListGrantsOn(Transaction& transaction, const RegionKey& key,
                                           const GrantTarget& target) {
  return transaction.QueryAll(
      "SELECT " FIRN_GRANT_COLUMNS
      " FROM lf_grants WHERE account_id = ? AND region = ? AND "
      "catalog_id = ? AND database_name = ? AND table_name = ? AND kind = ? AND location_arn = ? "
      "ORDER BY row_number",
      ReadGrant, key.account_id, key.region, target.catalog_id, target.database_name,
      target.table_name, target.kind, target.location_arn);
}

Result<std::vector<NumberedGrant>> ListGrants(Transaction& transaction, const RegionKey& key,
                                              std::int64_t after_row, std::int64_t row_count_max) {
  return transaction.QueryAll("SELECT " FIRN_GRANT_COLUMNS
                              " FROM lf_grants WHERE account_id = ? AND region = ? AND "
                              "row_number > ? ORDER BY row_number LIMIT ?",
                              ReadNumberedGrant, key.account_id, key.region, after_row,
                              row_count_max);
}

Result<std::vector<GrantRow>> ListTableGrants(Transaction& transaction, const RegionKey& key,
                                              const GrantTarget& table) {
  return transaction.QueryAll("SELECT " FIRN_GRANT_COLUMNS
                              " FROM lf_grants WHERE account_id = ? AND region = ? AND "
                              "catalog_id = ? AND database_name = ? AND table_name = ? AND "
                              "kind IN ('TABLE', 'TABLE_WITH_COLUMNS') ORDER BY row_number",
                              ReadGrant, key.account_id, key.region, table.catalog_id,
                              table.database_name, table.table_name);
}

Status DeleteGrantsUnder(Transaction& transaction, const RegionKey& key,
                         const GrantTarget& target) {
  return Done(transaction.Execute(
      "DELETE FROM lf_grants WHERE account_id = ?1 AND region = ?2 AND catalog_id = ?3 AND "
      "(?4 = '' OR database_name = ?4) AND (?5 = '' OR table_name = ?5) AND kind <> "
      "'DATA_LOCATION'",
      key.account_id, key.region, target.catalog_id, target.database_name, target.table_name));
}

Status RenameTableGrants(Transaction& transaction, const RegionKey& key, const GrantTarget& from,
                         const GrantTarget& to) {
  return Done(transaction.Execute(
      "UPDATE lf_grants SET catalog_id = ?6, database_name = ?7, table_name = ?8 WHERE "
      "account_id = ?1 AND region = ?2 AND catalog_id = ?3 AND database_name = ?4 AND "
      "table_name = ?5 AND kind IN ('TABLE', 'TABLE_WITH_COLUMNS')",
      key.account_id, key.region, from.catalog_id, from.database_name, from.table_name,
      to.catalog_id, to.database_name, to.table_name));
}

Result<bool> InsertLocation(Transaction& transaction, const RegionKey& key,
                            const RegisteredLocationRow& row) {
  return AnyChanged(
      transaction.Execute("INSERT INTO lf_locations VALUES(?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
                          key.account_id, key.region, row.arn, row.role_arn, row.with_federation,
                          row.with_privileged_access, row.hybrid_access, row.modified_at));
}

Status UpdateLocation(Transaction& transaction, const RegionKey& key,
                      const RegisteredLocationRow& row) {
  return Done(transaction.Execute(
      "UPDATE lf_locations SET role_arn = ?, with_federation = ?, with_privileged_access = ?, "
      "hybrid_access = ?, modified_at = ? WHERE account_id = ? AND region = ? AND arn = ?",
      row.role_arn, row.with_federation, row.with_privileged_access, row.hybrid_access,
      row.modified_at, key.account_id, key.region, row.arn));
}

Result<bool> DeleteLocation(Transaction& transaction, const RegionKey& key, std::string_view arn) {
  return AnyChanged(transaction.Execute(
      "DELETE FROM lf_locations WHERE account_id = ? AND region = ? AND arn = ?", key.account_id,
      key.region, arn));
}

namespace {

RegisteredLocationRow ReadLocation(const Row& row) {
  return {.arn = row.Text(0),
          .role_arn = row.Text(1),
          .with_federation = row.Bool(2),
          .with_privileged_access = row.Bool(3),
          .hybrid_access = row.Bool(4),
          .modified_at = row.Time(5)};
}

}  // namespace

Result<std::optional<RegisteredLocationRow>> FindLocation(Transaction& transaction,
                                                          const RegionKey& key,
                                                          std::string_view arn) {
  return transaction.QueryOne(
      "SELECT arn, role_arn, with_federation, with_privileged_access, hybrid_access, modified_at "
      "FROM lf_locations WHERE account_id = ? AND region = ? AND arn = ?",
      ReadLocation, key.account_id, key.region, arn);
}

Result<std::vector<RegisteredLocationRow>> ListLocations(Transaction& transaction,
                                                         const RegionKey& key) {
  return transaction.QueryAll(
      "SELECT arn, role_arn, with_federation, with_privileged_access, hybrid_access, modified_at "
      "FROM lf_locations WHERE account_id = ? AND region = ? ORDER BY arn",
      ReadLocation, key.account_id, key.region);
}

}  // namespace firn::ledger
