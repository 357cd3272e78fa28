#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cloud/ledger/ledger.h"

/// Rows of cloud/icebergrest: plain warehouses, their nested namespaces, their tables and views,
/// and the outcomes kept under idempotency keys.
///
/// All functions run in the caller's transaction; errors are those of Transaction unless said
/// otherwise.

namespace firn::ledger {

MigrationSet WarehouseMigrations();

struct WarehouseRow {
  std::string warehouse_id;  ///< UUID.
  std::string region;
  std::string name;
  std::string root;  ///< `s3://bucket/name`, no slash at the end.
  WallTime created_at;
};
Result<std::optional<WarehouseRow>> FindWarehouse(Transaction& transaction, std::string_view region,
                                                  std::string_view name);
Result<std::vector<WarehouseRow>> ListWarehouses(Transaction& transaction, std::string_view region);
Status InsertWarehouse(Transaction& transaction, const WarehouseRow& row);

struct WarehouseNamespaceRow {
  std::string namespace_id;  ///< UUID.
  std::string warehouse_id;
  std::string path;        ///< Levels, each ended by %1F.
  std::string parent;      ///< Path of the parent; empty at the top.
  std::string properties;  ///< JSON object.
  WallTime created_at;
};
Result<std::optional<WarehouseNamespaceRow>> FindWarehouseNamespace(Transaction& transaction,
                                                                    std::string_view warehouse_id,
                                                                    std::string_view path);
/// One page of a list by name.
struct WarehousePage {
  std::string_view parent;  ///< A namespace's path, or its id for a list of entries.
  std::string_view after;
  std::size_t count_max = 0;
};
Result<std::vector<WarehouseNamespaceRow>> ListWarehouseNamespaces(Transaction& transaction,
                                                                   std::string_view warehouse_id,
                                                                   const WarehousePage& page);
Status InsertWarehouseNamespace(Transaction& transaction, const WarehouseNamespaceRow& row);
Status SetWarehouseNamespaceProperties(Transaction& transaction, std::string_view namespace_id,
                                       std::string_view properties);
Status DeleteWarehouseNamespace(Transaction& transaction, std::string_view namespace_id);
/// True when a namespace, a table or a view is in it.
Result<bool> WarehouseNamespaceIsInUse(Transaction& transaction, const WarehouseNamespaceRow& row);

/// A table or a view; both share their namespace's names.
struct WarehouseEntryRow {
  std::string entry_id;  ///< UUID; the last part of its ARN.
  std::string warehouse_id;
  std::string namespace_id;
  std::string name;
  bool is_view = false;
  std::string location;
  std::string metadata_location;
  std::string version_token;
  std::string modified_by;  ///< ARN of the principal.
  WallTime created_at;
  WallTime modified_at;
};
Result<std::optional<WarehouseEntryRow>> FindWarehouseEntry(Transaction& transaction,
                                                            std::string_view namespace_id,
                                                            std::string_view name);
Result<std::vector<WarehouseEntryRow>> ListWarehouseEntries(Transaction& transaction, bool views,
                                                            const WarehousePage& page);
/// Another entry whose location holds `location` or lies in it.
Result<std::optional<WarehouseEntryRow>> FindOverlappingEntry(Transaction& transaction,
                                                              std::string_view warehouse_id,
                                                              std::string_view location,
                                                              std::string_view except_entry_id);
Status InsertWarehouseEntry(Transaction& transaction, const WarehouseEntryRow& row);
/// The compare-and-set that every commit and rename is: false when the version token is no longer
/// that.
Result<bool> SwapWarehouseEntry(Transaction& transaction, const WarehouseEntryRow& row,
                                std::string_view version_token_before);
Status DeleteWarehouseEntry(Transaction& transaction, std::string_view entry_id);

/// What a request with an Idempotency-Key came to. Holds no credentials.
struct IdempotencyRow {
  std::string principal_arn;
  std::string key;
  std::string request_sha256;  ///< Of route and body.
  std::int64_t status = 200;
  std::string body;               ///< Empty when `metadata_location` says where the answer is.
  std::string metadata_location;  ///< The metadata that the answer held.
  std::string entry_location;     ///< What credentials are minted for again.
  WallTime expires_at;
};
Result<std::optional<IdempotencyRow>> FindIdempotency(Transaction& transaction,
                                                      std::string_view principal_arn,
                                                      std::string_view key);
/// Errors also: kConflict/LedgerConstraint when the principal has used the key.
Status InsertIdempotency(Transaction& transaction, const IdempotencyRow& row);
Status PruneIdempotency(Transaction& transaction, WallTime expired_before);

}  // namespace firn::ledger
