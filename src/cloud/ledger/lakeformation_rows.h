#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cloud/ledger/ledger.h"

/// Rows of Lake Formation: settings, grants and registered locations of one (account, region).

namespace firn::ledger {

MigrationSet LakeFormationMigrations();

/// Lake Formation is regional: the same account has others elsewhere.
struct RegionKey {
  std::string account_id;
  std::string region;
};

/// The DataLakeSettings document as JSON; nullopt before the first Put.
Result<std::optional<std::string>> FindDataLakeSettings(Transaction& transaction,
                                                        const RegionKey& key);
Status PutDataLakeSettings(Transaction& transaction, const RegionKey& key, std::string_view json);

/// What a grant is on. Unused members are empty; `kind` is `CATALOG`, `DATABASE`, `TABLE`,
/// `ALL_TABLES`, `TABLE_WITH_COLUMNS` or `DATA_LOCATION`.
struct GrantTarget {
  std::string kind;
  std::string catalog_id;  ///< Always in the form `<account>[:catalog[/child]]`.
  std::string database_name;
  std::string table_name;
  std::string columns_json;  ///< `{"ColumnNames":[…]}` or `{"ColumnWildcard":{…}}`;
                             ///< TABLE_WITH_COLUMNS only.
  std::string location_arn;
};

struct GrantRow {
  std::string principal;
  GrantTarget target;
  std::uint32_t permissions = 0;  ///< Bits of lakeformation::Permission.
  std::uint32_t grantable = 0;
  WallTime updated_at;
  std::string updated_by;
};

/// The grant of exactly this principal on exactly this target.
Result<std::optional<GrantRow>> FindGrant(Transaction& transaction, const RegionKey& key,
                                          std::string_view principal, const GrantTarget& target);
/// Replaces it; a row without permissions is removed.
Status PutGrant(Transaction& transaction, const RegionKey& key, const GrantRow& row);
/// Every grant that names the target exactly, whoever has it.
Result<std::vector<GrantRow>> ListGrantsOn(Transaction& transaction, const RegionKey& key,
                                           const GrantTarget& target);
/// All grants of the region in a stable order; `after_row` pages.
struct NumberedGrant {
  std::int64_t row_number = 0;
  GrantRow grant;
};
Result<std::vector<NumberedGrant>> ListGrants(Transaction& transaction, const RegionKey& key,
                                              std::int64_t after_row, std::int64_t row_count_max);
/// Every grant that touches the table (itself, its columns).
Result<std::vector<GrantRow>> ListTableGrants(Transaction& transaction, const RegionKey& key,
                                              const GrantTarget& table);
/// With a database only: grants on it and on all its tables. With a table: grants on it. Neither:
/// on the catalog and all in it.
Status DeleteGrantsUnder(Transaction& transaction, const RegionKey& key, const GrantTarget& target);
Status RenameTableGrants(Transaction& transaction, const RegionKey& key, const GrantTarget& from,
                         const GrantTarget& to);

struct RegisteredLocationRow {
  std::string arn;
  std::string role_arn;
  bool with_federation = false;
  bool with_privileged_access = false;
  bool hybrid_access = false;
  WallTime modified_at;
};
/// False when the location is registered already.
Result<bool> InsertLocation(Transaction& transaction, const RegionKey& key,
                            const RegisteredLocationRow& row);
/// Replaces all but the ARN of a location that is there.
Status UpdateLocation(Transaction& transaction, const RegionKey& key,
                      const RegisteredLocationRow& row);
/// False when it was not registered.
Result<bool> DeleteLocation(Transaction& transaction, const RegionKey& key, std::string_view arn);
Result<std::optional<RegisteredLocationRow>> FindLocation(Transaction& transaction,
                                                          const RegionKey& key,
                                                          std::string_view arn);
Result<std::vector<RegisteredLocationRow>> ListLocations(Transaction& transaction,
                                                         const RegionKey& key);

}  // namespace firn::ledger
