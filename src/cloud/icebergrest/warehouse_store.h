#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/context.h"
#include "base/random.h"
#include "base/result.h"
#include "cloud/ledger/ledger.h"
#include "cloud/ledger/warehouse_rows.h"
#include "cloud/policy/authorizer.h"
#include "cloud/s3/vault.h"
#include "lake/iceberg/table_metadata.h"
#include "lake/iceberg/table_update.h"
#include "lake/iceberg/view_metadata.h"
#include "wire/iceberg_rest/messages.h"

/// Plain warehouses: nested namespaces, tables and views of which the ledger knows the metadata
/// file.
///
/// Reading order: Outcome, LoadedTable, TableChange, WarehouseStore.

namespace firn::icebergrest {

using iceberg_rest::Namespace;
using iceberg_rest::TableIdentifier;

/// What a change came to, for the idempotency row that is written with it.
struct Outcome {
  int status = 200;
  std::string body;
  std::string metadata_location;
  std::string entry_location;
};
/// Called inside the transaction of a change; an error rolls it back.
using KeepOutcome = std::function<Status(ledger::Transaction&, const Outcome&)>;

struct LoadedTable {
  ledger::WarehouseEntryRow row;
  std::shared_ptr<const iceberg::TableMetadata> metadata;
};
struct LoadedView {
  ledger::WarehouseEntryRow row;
  iceberg::ViewMetadata metadata;
};

struct TableChange {
  TableIdentifier identifier;
  std::vector<iceberg::TableRequirement> requirements;
  std::vector<iceberg::TableUpdate> updates;
};
struct ViewChange {
  TableIdentifier identifier;
  std::vector<std::string> required_uuids;
  std::vector<iceberg::ViewUpdate> updates;
};
struct NewTableShape {
  iceberg::Schema schema;
  iceberg::PartitionSpec spec;
  iceberg::SortOrder order;
  iceberg::Properties properties;
  std::string location;  ///< As asked for; empty for the warehouse's choice.
};

/// Thread-safe. All references must outlive it. Every change, of however many tables, is one
/// durable ledger transaction, its metadata files durable before it.
///
/// A location lies under the warehouse's root and overlaps no other entry's. One of a scheme other
/// than s3 is replaced by the warehouse's choice.
///
/// Errors of all: kNotFound with NoSuchWarehouse, NoSuchNamespace, NoSuchTable, NoSuchView;
/// kAlreadyExists/AlreadyExists; kInvalidArgument/InvalidName, /InvalidLocation;
/// kConflict/CommitFailed; those of the ledger, the vault and lake/iceberg.
class WarehouseStore {
 public:
  struct Parts {
    ledger::Ledger& ledger;
    s3::Vault& vault;
    const Clock& clock;
    Random& random;
    std::string account_id;
    std::string region;
  };
  explicit WarehouseStore(Parts parts) : parts_(std::move(parts)) {}

  /// Makes it, and the bucket its objects live in, when it is not there.
  Result<ledger::WarehouseRow> EnsureWarehouse(std::string_view name);
  Result<ledger::WarehouseRow> FindWarehouse(std::string_view name) const;
  std::string WarehouseArn(std::string_view name) const;

  Status CreateNamespace(const policy::Permit& permit, const ledger::WarehouseRow& warehouse,
                         const Namespace& levels, const iceberg::Properties& properties,
                         const KeepOutcome& keep);
  Result<iceberg::Properties> LoadNamespace(const ledger::WarehouseRow& warehouse,
                                            const Namespace& levels) const;
  struct Page {
    std::string after;
    std::size_t count_max = 0;
  };
  Result<std::vector<Namespace>> ListNamespaces(const ledger::WarehouseRow& warehouse,
                                                const Namespace& parent, const Page& page) const;
  Result<iceberg_rest::UpdateNamespacePropertiesResponse> UpdateNamespace(
      const policy::Permit& permit, const ledger::WarehouseRow& warehouse, const Namespace& levels,
      const iceberg_rest::UpdateNamespacePropertiesRequest& request, const KeepOutcome& keep);
  /// Errors also: kFailedPrecondition/NamespaceNotEmpty.
  Status DropNamespace(const policy::Permit& permit, const ledger::WarehouseRow& warehouse,
                       const Namespace& levels, const KeepOutcome& keep);

  Result<std::vector<std::string>> ListNames(const ledger::WarehouseRow& warehouse,
                                             const Namespace& levels, bool views,
                                             const Page& page) const;
  Result<ledger::WarehouseEntryRow> FindEntry(const ledger::WarehouseRow& warehouse,
                                              const TableIdentifier& identifier, bool view) const;
  Result<LoadedTable> LoadTable(const ledger::WarehouseRow& warehouse,
                                const TableIdentifier& identifier) const;
  Result<LoadedView> LoadView(const ledger::WarehouseRow& warehouse,
                              const TableIdentifier& identifier) const;
  Result<std::string> ReadMetadataFile(std::string_view metadata_location) const;

  /// `staged`: nothing is written and the row has no metadata location.
  Result<LoadedTable> CreateTable(const Context& context, const policy::Permit& permit,
                                  const ledger::WarehouseRow& warehouse,
                                  const TableIdentifier& identifier, const NewTableShape& shape,
                                  bool staged, const KeepOutcome& keep);
  /// Points a name at a metadata file that lies under the warehouse's root.
  Result<LoadedTable> RegisterTable(const Context& context, const policy::Permit& permit,
                                    const ledger::WarehouseRow& warehouse,
                                    const TableIdentifier& identifier,
                                    const std::string& metadata_location, bool overwrite,
                                    const KeepOutcome& keep);
  /// All tables change, or none.
  Result<std::vector<LoadedTable>> CommitTables(const Context& context,
                                                const policy::Permit& permit,
                                                const ledger::WarehouseRow& warehouse,
                                                std::vector<TableChange> changes,
                                                const KeepOutcome& keep);
  Result<LoadedView> CreateView(const Context& context, const policy::Permit& permit,
                                const ledger::WarehouseRow& warehouse, ViewChange change,
                                const std::string& location, const KeepOutcome& keep);
  Result<LoadedView> ReplaceView(const Context& context, const policy::Permit& permit,
                                 const ledger::WarehouseRow& warehouse, ViewChange change,
                                 const KeepOutcome& keep);
  /// `purge` removes everything under the entry's location afterwards.
  Status DropEntry(const policy::Permit& permit, const ledger::WarehouseRow& warehouse,
                   const TableIdentifier& identifier, bool view, bool purge,
                   const KeepOutcome& keep);
  Status RenameEntry(const policy::Permit& permit, const ledger::WarehouseRow& warehouse,
                     const TableIdentifier& from, const TableIdentifier& to, bool view,
                     const KeepOutcome& keep);

  const Parts& parts() const { return parts_; }

 private:
  /// One entry's next state, ready to be written.
  struct Pending {
    Namespace levels;
    ledger::WarehouseEntryRow row;
    std::optional<std::string> token_before;  ///< Absent: a new entry.
    std::optional<std::string> metadata_bytes;
  };
  /// False when a race was lost.
  Result<bool> Write(const Context& context, const ledger::WarehouseRow& warehouse,
                     const std::vector<Pending>& pending, const KeepOutcome& keep);
  Status WriteRow(ledger::Transaction& transaction, const ledger::WarehouseRow& warehouse,
                  const Pending& one);
  Result<std::string> ChooseLocation(const ledger::WarehouseRow& warehouse,
                                     std::string_view requested, std::string_view otherwise) const;
  Result<Pending> Prepare(const policy::Permit& permit, const ledger::WarehouseRow& warehouse,
                          const TableChange& change, LoadedTable& next);
  ledger::WarehouseEntryRow NewEntry(const policy::Permit& permit,
                                     const ledger::WarehouseRow& warehouse,
                                     const TableIdentifier& identifier, bool view);
  void Renew(const policy::Permit& permit, ledger::WarehouseEntryRow& row);
  Status Purge(const std::string& location);

  // Constant after construction; its parts have their own synchronisation.
  const Parts parts_;
};

/// Levels, each ended by %1F, as the ledger keeps them; and back.
std::string PathOf(const Namespace& levels);
Namespace LevelsOf(std::string_view path);

}  // namespace firn::icebergrest
