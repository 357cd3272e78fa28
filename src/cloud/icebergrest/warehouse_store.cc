#include "cloud/icebergrest/warehouse_store.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "cloud/icebergrest/limits.h"
#include "cloud/icebergrest/lookup_internal.h"
#include "cloud/ledger/s3_rows.h"
#include "wire/iceberg_rest/serving.h"

/// Warehouses and namespaces; tables and views are in warehouse_entries.cc.

namespace firn::icebergrest {

using ledger::Transaction;
using ledger::WarehouseNamespaceRow;
using ledger::WarehouseRow;

namespace {

constexpr char kLevelEnd = '\x1f';

Status CheckWarehouseName(std::string_view name) {
  const bool fits =
      name.size() >= 3 && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      });
  if (fits) return Ok();
  return InvalidArgument("InvalidName",
                         "A warehouse's name has 3 to 63 characters out of a-z, "
                         "0-9, - and _");
}

Unexpected NoSuchNamespace(const Namespace& levels) {
  return NotFound("NoSuchNamespace",
                  "Namespace does not exist: " + iceberg_rest::DisplayNamespace(levels));
}

}  // namespace

std::string PathOf(const Namespace& levels) {
  std::string path;
  for (const std::string& level : levels) path += level + kLevelEnd;
  return path;
}

Namespace LevelsOf(std::string_view path) {
  Namespace levels;
  for (const std::string_view level : Split(path, kLevelEnd)) levels.emplace_back(level);
  if (!levels.empty()) levels.pop_back();  // What follows the last end.
  return levels;
}

Status CheckEntryName(std::string_view name) {
  if (!name.empty() && name.size() <= kNameBytesMax &&
      std::none_of(name.begin(), name.end(),
                   [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    return Ok();
  }
  return InvalidArgument("InvalidName", "A name has 1 to 255 bytes and no control characters");
}

Status CheckLevels(const Namespace& levels) {
  if (levels.empty() || levels.size() > kNamespaceLevelsMax) {
    return InvalidArgument("InvalidName", "A namespace has 1 to 16 levels");
  }
  for (const std::string& level : levels) FIRN_TRY(CheckEntryName(level));
  return Ok();
}

Result<WarehouseNamespaceRow> RequireNamespace(Transaction& transaction,
                                               const WarehouseRow& warehouse,
                                               const Namespace& levels) {
  FIRN_ASSIGN_OR_RETURN(auto row, ledger::FindWarehouseNamespace(
                                      transaction, warehouse.warehouse_id, PathOf(levels)));
  if (!row) return NoSuchNamespace(levels);
  return *std::move(row);
}

std::string WarehouseStore::WarehouseArn(std::string_view name) const {
  return "arn:aws:s3tables:" + parts_.region + ":" + parts_.account_id + ":warehouse/" +
         std::string(name);
}

Result<WarehouseRow> WarehouseStore::FindWarehouse(std::string_view name) const {
  FIRN_ASSIGN_OR_RETURN(auto row, parts_.ledger.Read([&](Transaction& transaction) {
    return ledger::FindWarehouse(transaction, parts_.region, name);
  }));
  if (!row) {
    return NotFound("NoSuchWarehouse",
                    "Warehouse does not exist: " + std::string(name.substr(0, kNameBytesMax)));
  }
  return *std::move(row);
}

Result<WarehouseRow> WarehouseStore::EnsureWarehouse(std::string_view name) {
  FIRN_TRY(CheckWarehouseName(name));
  const std::string bucket = "firn-warehouses-" + parts_.account_id + "-" + parts_.region;
  WarehouseRow row{.warehouse_id = NewUuid(parts_.random),
                   .region = parts_.region,
                   .name = std::string(name),
                   .root = "s3://" + bucket + "/" + std::string(name),
                   .created_at = parts_.clock.Now()};
  return parts_.ledger.Write([&](Transaction& transaction) -> Result<WarehouseRow> {
    FIRN_ASSIGN_OR_RETURN(auto existing, ledger::FindWarehouse(transaction, parts_.region, name));
    if (existing) return *std::move(existing);
    FIRN_ASSIGN_OR_RETURN(const auto there, ledger::FindS3Bucket(transaction, bucket));
    if (!there) {
      FIRN_TRY(ledger::InsertS3Bucket(
          transaction, {.name = bucket,
                        .table_arn = "",
                        .created_at = row.created_at,
                        .region = parts_.region}));
    }
    FIRN_TRY(ledger::InsertWarehouse(transaction, row));
    return row;
  });
}

Status WarehouseStore::CreateNamespace(const policy::Permit&, const WarehouseRow& warehouse,
                                       const Namespace& levels,
                                       const iceberg::Properties& properties,
                                       const KeepOutcome& keep) {
  FIRN_TRY(CheckLevels(levels));
  const Namespace parent(levels.begin(), levels.end() - 1);
  const WarehouseNamespaceRow row{.namespace_id = NewUuid(parts_.random),
                                  .warehouse_id = warehouse.warehouse_id,
                                  .path = PathOf(levels),
                                  .parent = PathOf(parent),
                                  .properties = iceberg_rest::PrintProperties(properties),
                                  .created_at = parts_.clock.Now()};
  return parts_.ledger.Write([&](Transaction& transaction) -> Status {
    if (!parent.empty()) FIRN_TRY(RequireNamespace(transaction, warehouse, parent));
    FIRN_ASSIGN_OR_RETURN(const auto existing, ledger::FindWarehouseNamespace(
                                                   transaction, warehouse.warehouse_id, row.path));
    if (existing) {
      return AlreadyExists("AlreadyExists",
                           "Namespace already exists: " + iceberg_rest::DisplayNamespace(levels));
    }
    FIRN_TRY(ledger::InsertWarehouseNamespace(transaction, row));
    return keep(transaction, {.body = iceberg_rest::PrintNamespaceDocument(
                                  {.namespace_levels = levels, .properties = properties})});
  });
}

Result<iceberg::Properties> WarehouseStore::LoadNamespace(const WarehouseRow& warehouse,
                                                          const Namespace& levels) const {
  FIRN_ASSIGN_OR_RETURN(const auto row, parts_.ledger.Read([&](Transaction& transaction) {
    return RequireNamespace(transaction, warehouse, levels);
  }));
  return iceberg_rest::ParseProperties(row.properties);
}

Result<std::vector<Namespace>> WarehouseStore::ListNamespaces(const WarehouseRow& warehouse,
                                                              const Namespace& parent,
                                                              const Page& page) const {
  const std::string path = PathOf(parent);
  FIRN_ASSIGN_OR_RETURN(
      const auto rows,
      parts_.ledger.Read(
          [&](Transaction& transaction) -> Result<std::vector<WarehouseNamespaceRow>> {
            if (!parent.empty()) FIRN_TRY(RequireNamespace(transaction, warehouse, parent));
            return ledger::ListWarehouseNamespaces(
                transaction, warehouse.warehouse_id,
                {.parent = path, .after = page.after, .count_max = page.count_max});
          }));
  std::vector<Namespace> found;
  for (const auto& row : rows) found.push_back(LevelsOf(row.path));
  return found;
}

Result<iceberg_rest::UpdateNamespacePropertiesResponse> WarehouseStore::UpdateNamespace(
    const policy::Permit&, const WarehouseRow& warehouse, const Namespace& levels,
    const iceberg_rest::UpdateNamespacePropertiesRequest& request, const KeepOutcome& keep) {
  using Response = iceberg_rest::UpdateNamespacePropertiesResponse;
  for (const std::string& name : request.removals) {
    if (!request.updates.contains(name)) continue;
    return InvalidArgument("UnprocessableEntity", "Cannot update and remove the property " + name);
  }
  return parts_.ledger.Write([&](Transaction& transaction) -> Result<Response> {
    FIRN_ASSIGN_OR_RETURN(const auto row, RequireNamespace(transaction, warehouse, levels));
    FIRN_ASSIGN_OR_RETURN(auto properties, iceberg_rest::ParseProperties(row.properties));
    Response answer;
    for (const std::string& name : request.removals) {
      (properties.erase(name) > 0 ? answer.removed : answer.missing).push_back(name);
    }
    for (const auto& [name, value] : request.updates) {
      properties[name] = value;
      answer.updated.push_back(name);
    }
    FIRN_TRY(ledger::SetWarehouseNamespaceProperties(transaction, row.namespace_id,
                                                     iceberg_rest::PrintProperties(properties)));
    FIRN_TRY(
        keep(transaction, {.body = iceberg_rest::PrintUpdateNamespacePropertiesResponse(answer)}));
    return answer;
  });
}

Status WarehouseStore::DropNamespace(const policy::Permit&, const WarehouseRow& warehouse,
                                     const Namespace& levels, const KeepOutcome& keep) {
  return parts_.ledger.Write([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto row, RequireNamespace(transaction, warehouse, levels));
    FIRN_ASSIGN_OR_RETURN(const bool in_use, ledger::WarehouseNamespaceIsInUse(transaction, row));
    if (in_use) {
      return FailedPrecondition(
          "NamespaceNotEmpty",
          "Namespace " + iceberg_rest::DisplayNamespace(levels) + " is not empty");
    }
    FIRN_TRY(ledger::DeleteWarehouseNamespace(transaction, row.namespace_id));
    return keep(transaction, {.status = 204});
  });
}

}  // namespace firn::icebergrest
