#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/context.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/result.h"
#include "cloud/ledger/ledger.h"
#include "cloud/ledger/s3tables_rows.h"
#include "cloud/policy/authorizer.h"
#include "cloud/s3/vault.h"
#include "cloud/s3tables/quotas.h"
#include "lake/iceberg/table_metadata.h"
#include "lake/iceberg/table_update.h"

/// Table buckets, namespaces and tables: what the S3 Tables API, its Iceberg REST face and Glue's all stand on.
///
/// Reading order: TablePlace, LoadedTable, TableObserver, TableStore.

namespace firn::s3tables {

struct TablePlace {
  std::string bucket;
  std::string namespace_name;
  std::string table;
};

/// A table as it is in one snapshot of the ledger.
struct LoadedTable {
  ledger::TableRow row;
  /// Null when the table has no metadata file yet (CreateTable without `metadata`).
  std::shared_ptr<const iceberg::TableMetadata> metadata;
};

/// Told inside the transaction that changes something; an error rolls it back. Glue keeps Lake Formation's grants so.
class TableObserver {
 public:
  virtual ~TableObserver() = default;
  virtual Status OnNamespaceCreated(ledger::Transaction& transaction, const policy::Permit& permit,
                                    const TablePlace& place) = 0;
  virtual Status OnNamespaceDropped(ledger::Transaction& transaction, const TablePlace& place) = 0;
  virtual Status OnTableCreated(ledger::Transaction& transaction, const policy::Permit& permit,
                                const TablePlace& place) = 0;
  virtual Status OnTableDropped(ledger::Transaction& transaction, const TablePlace& place) = 0;
  virtual Status OnTableRenamed(ledger::Transaction& transaction, const TablePlace& from,
                                const TablePlace& to) = 0;
};

/// A new table's shape; location and uuid are the store's to give.
struct NewTableShape {
  iceberg::Schema schema;
  iceberg::PartitionSpec spec;
  iceberg::SortOrder order;
  iceberg::Properties properties;
};

/// A document that a bucket or a table is created with: `encryption`, `storage-class`, `tags`.
struct OwnerSetting {
  std::string kind;
  std::string document;
};

/// What a commit asks for.
struct TableChange {
  std::vector<iceberg::TableRequirement> requirements;
  std::vector<iceberg::TableUpdate> updates;
};

/// Thread-safe. All references must outlive it. Every change is one durable ledger transaction, its metadata file durable
/// before it: a change that returned success survives a crash, one that failed left nothing (unless
/// kCommitStateUnknown).
///
/// Errors of all: kNotFound with NoSuchWarehouse (bucket), NoSuchNamespace, NoSuchTable; kInvalidArgument with
/// InvalidBucketName, InvalidNamespaceName, InvalidTableName; those of the ledger and the vault.
class TableStore {
 public:
  struct Parts {
    ledger::Ledger& ledger;
    s3::Vault& vault;
    const Clock& clock;
    Random& random;
    std::string account_id;
    std::string region;
    TableObserver* observer = nullptr;  ///< May be null.
    Quotas quotas = {};
  };
  explicit TableStore(Parts parts) : parts_(std::move(parts)) {}

  /// Twenty hexadecimal digits.
  std::string NewVersionToken() const;
  std::string BucketArn(std::string_view bucket) const;
  std::string TableArn(const ledger::TableRow& table) const;

  /// Errors: kAlreadyExists/AlreadyExists; kInvalidArgument/QuotaExceeded.
  Result<ledger::TableBucketRow> CreateBucket(const policy::Permit& permit, std::string_view name,
                                              const std::vector<OwnerSetting>& settings = {});
  Result<ledger::TableBucketRow> FindBucket(std::string_view name) const;
  Result<std::vector<ledger::TableBucketRow>> ListBuckets(const ledger::NamePage& page) const;
  /// Errors: kConflict/TableBucketNotEmpty.
  Status DeleteBucket(const policy::Permit& permit, std::string_view name);

  /// `place.table` is not looked at. Errors: kAlreadyExists/AlreadyExists; kInvalidArgument/QuotaExceeded.
  Result<ledger::NamespaceRow> CreateNamespace(const policy::Permit& permit,
                                               const TablePlace& place,
                                               const iceberg::Properties& properties);
  Result<ledger::NamespaceRow> FindNamespace(const TablePlace& place) const;
  Result<std::vector<ledger::NamespaceRow>> ListNamespaces(std::string_view bucket,
                                                           const ledger::NamePage& page) const;
  Status SetNamespaceProperties(const policy::Permit& permit, const TablePlace& place,
                                const iceberg::Properties& properties);
  /// Errors: kFailedPrecondition/NamespaceNotEmpty.
  Status DropNamespace(const policy::Permit& permit, const TablePlace& place);

  /// With a shape, writes its first metadata file; without one the table has none yet. Encryption and storage class that
  /// `settings` leave out are the bucket's as it is now.
  /// Errors: kAlreadyExists/AlreadyExists; kInvalidArgument/QuotaExceeded; those of iceberg::NewTableMetadata.
  Result<LoadedTable> CreateTable(const Context& context, const policy::Permit& permit,
                                  const TablePlace& place,
                                  const std::optional<NewTableShape>& shape,
                                  const std::vector<OwnerSetting>& settings = {});
  Result<ledger::TableRow> FindTable(const TablePlace& place) const;
  Result<ledger::TableRow> FindTableById(std::string_view table_id) const;
  Result<std::vector<ledger::TableRow>> ListTables(std::string_view bucket,
                                                   const ledger::TablePage& page) const;
  Result<LoadedTable> LoadTable(const TablePlace& place) const;

  /// Checks the requirements, applies the updates, writes the next metadata file and swaps the table to it. A race that
  /// was lost is run again while the requirements hold. No updates change nothing.
  ///
  /// Errors: kConflict/CommitFailed; kInvalidArgument/InvalidUpdate, also for a location or manifest list outside the
  /// table; kResourceExhausted/MetadataTooLarge; kCommitStateUnknown.
  Result<LoadedTable> CommitTable(const Context& context, const policy::Permit& permit,
                                  const TablePlace& place, const TableChange& change);

  /// `version_token` empty: whatever is current. Errors: kConflict/VersionTokenMismatch.
  Status DropTable(const policy::Permit& permit, const TablePlace& place,
                   std::string_view version_token = "");
  /// Errors: kAlreadyExists/AlreadyExists; kConflict/VersionTokenMismatch.
  Status RenameTable(const policy::Permit& permit, const TablePlace& from, const TablePlace& to,
                     std::string_view version_token = "");
  /// Points the table at a metadata file that its writer has put there.
  /// Errors: kConflict/VersionTokenMismatch; kInvalidArgument/InvalidMetadataLocation when it lies elsewhere, is missing, or
  /// is no successor (other uuid).
  Result<ledger::TableRow> SetMetadataLocation(const policy::Permit& permit,
                                               const TablePlace& place,
                                               std::string_view version_token,
                                               std::string_view metadata_location);

  // Settings by owner: a bucket's or a table's id.
  Result<std::optional<std::string>> FindSetting(std::string_view owner_id,
                                                 std::string_view kind) const;
  Status PutSetting(const policy::Permit& permit, std::string_view owner_id, std::string_view kind,
                    std::string_view document);
  Status DeleteSetting(const policy::Permit& permit, std::string_view owner_id,
                       std::string_view kind);
  /// Puts what `change` makes of the document that is there, in one transaction; nothing deletes it. Errors: also its own.
  using SettingChange =
      std::function<Result<std::optional<std::string>>(const std::optional<std::string>& before)>;
  Status ChangeSetting(const policy::Permit& permit, std::string_view owner_id,
                       std::string_view kind, const SettingChange& change);

  const Parts& parts() const { return parts_; }

 private:
  Result<std::shared_ptr<const iceberg::TableMetadata>> ReadMetadata(
      const ledger::TableRow& row) const;
  Result<iceberg::TableMetadata> DecodeMetadataAt(std::string_view location) const;
  void Remember(const std::string& location,
                std::shared_ptr<const iceberg::TableMetadata> metadata) const;
  Result<std::optional<LoadedTable>> TryCommit(const Context& context,
                                               const policy::Permit& permit,
                                               const LoadedTable& base, const TableChange& change);
  Result<s3::StoredBody> StoreMetadata(const Context& context,
                                       const iceberg::TableMetadata& metadata);
  ledger::S3ObjectRow MetadataObject(const s3::StoredBody& stored,
                                     std::string_view location) const;

  // Constant after construction; its parts have their own synchronisation.
  const Parts parts_;

  mutable Mutex mutex_;
  mutable std::map<std::string, std::shared_ptr<const iceberg::TableMetadata>> metadata_
      FIRN_GUARDED_BY(mutex_);  ///< By location; metadata files never change.
};

/// `s3://bucket/key` in its parts. Errors: kInvalidArgument/InvalidMetadataLocation.
struct ObjectPlace {
  std::string bucket;
  std::string key;
};
Result<ObjectPlace> ParseObjectPlace(std::string_view location);

}  // namespace firn::s3tables
