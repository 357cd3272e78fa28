#include "cloud/s3tables/limits.h"
#include "cloud/s3tables/lookup_internal.h"
#include "cloud/s3tables/names.h"
#include "cloud/s3tables/table_store.h"

/// A table's life: create, load, commit, rename, drop.
///
///   metadata file on disk, unnamed (fsync)  ->  one transaction: its object row + the table's swap  ->  answered
///
/// A crash before the transaction leaves an unnamed file, which the start-up sweep removes; after it the commit stands.

namespace firn::s3tables {

using ledger::TableRow;
using ledger::Transaction;

namespace {

constexpr std::string_view kScheme = "s3://";

Unexpected InvalidLocation() {
  return InvalidArgument("InvalidMetadataLocation",
                         "The specified metadata location is not valid.");
}

Unexpected TokenMismatch() {
  return Conflict("VersionTokenMismatch",
                  "Provided version token does not match the table version token.");
}

/// What an update may not do to a table whose place is the service's to choose.
Status CheckUpdate(const iceberg::TableUpdate& update, const std::string& warehouse) {
  if (const auto* location = std::get_if<iceberg::SetLocation>(&update)) {
    if (location->location != warehouse) {
      return InvalidArgument("InvalidUpdate",
                             "The location of a table in a table bucket cannot be changed: it is " +
                                 warehouse);
    }
  }
  if (const auto* added = std::get_if<iceberg::AddSnapshot>(&update)) {
    const std::string& list = added->snapshot.manifest_list;
    if (!list.empty() && !list.starts_with(warehouse + "/")) {
      return InvalidArgument("InvalidUpdate", "The manifest list " + list +
                                                  " is not in the table's warehouse location " +
                                                  warehouse);
    }
  }
  return Ok();
}

/// The table's own settings, and the bucket's for what it must have and was not given.
Status PutFirstSettings(Transaction& transaction, const TableRow& row,
                        const std::vector<OwnerSetting>& settings) {
  for (const std::string_view kind : {"encryption", "storage-class"}) {
    FIRN_ASSIGN_OR_RETURN(const auto inherited,
                          ledger::FindSetting(transaction, row.bucket_id, kind));
    if (inherited) FIRN_TRY(ledger::PutSetting(transaction, row.table_id, kind, *inherited));
  }
  for (const OwnerSetting& setting : settings) {
    FIRN_TRY(ledger::PutSetting(transaction, row.table_id, setting.kind, setting.document));
  }
  return Ok();
}

}  // namespace

Result<ObjectPlace> ParseObjectPlace(std::string_view location) {
  if (!location.starts_with(kScheme)) return InvalidLocation();
  location.remove_prefix(kScheme.size());
  const std::size_t slash = location.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == location.size()) {
    return InvalidLocation();
  }
  return ObjectPlace{.bucket = std::string(location.substr(0, slash)),
                     .key = std::string(location.substr(slash + 1))};
}

std::string TableStore::NewVersionToken() const {
  return RandomText(parts_.random, 20, "0123456789abcdef");
}

Result<s3::StoredBody> TableStore::StoreMetadata(const Context& context,
                                                 const iceberg::TableMetadata& metadata) {
  const std::string bytes = iceberg::EncodeMetadataFile(metadata);
  if (bytes.size() > kMetadataBytesMax) {
    return ResourceExhausted("MetadataTooLarge",
                             "the table's metadata would have " + std::to_string(bytes.size()) +
                                 " bytes, over the limit of " +
                                 std::to_string(kMetadataBytesMax) + ": expire old snapshots");
  }
  return parts_.vault.Store(context, bytes);
}

ledger::S3ObjectRow TableStore::MetadataObject(const s3::StoredBody& stored,
                                               std::string_view location) const {
  const auto place = ParseObjectPlace(location);
  FIRN_CHECK_MSG(place.has_value(), location);
  return parts_.vault.MakeRow(stored, s3::PutTarget{.bucket = place->bucket,
                                                    .key = place->key,
                                                    .content_type = "application/json"});
}

void TableStore::Remember(const std::string& location,
                          std::shared_ptr<const iceberg::TableMetadata> metadata) const {
  const MutexLock lock(mutex_);
  if (metadata_.size() >= kMetadataCacheEntriesMax) metadata_.erase(metadata_.begin());
  metadata_[location] = std::move(metadata);
}

Result<iceberg::TableMetadata> TableStore::DecodeMetadataAt(std::string_view location) const {
  FIRN_ASSIGN_OR_RETURN(const auto place, ParseObjectPlace(location));
  FIRN_ASSIGN_OR_RETURN(const auto object, parts_.vault.Find(place.bucket, place.key));
  FIRN_ASSIGN_OR_RETURN(const auto bytes, parts_.vault.ReadAll(object, kMetadataBytesMax));
  return iceberg::DecodeMetadataFile(bytes);
}

Result<std::shared_ptr<const iceberg::TableMetadata>> TableStore::ReadMetadata(
    const TableRow& row) const {
  if (row.metadata_location.empty()) return std::shared_ptr<const iceberg::TableMetadata>();
  {
    const MutexLock lock(mutex_);
    if (const auto found = metadata_.find(row.metadata_location); found != metadata_.end()) {
      return found->second;
    }
  }
  auto metadata = DecodeMetadataAt(row.metadata_location);
  if (!metadata) {
    return DataCorruption("MetadataUnreadable", "the metadata of " + row.namespace_name + "." +
                                                    row.name + " at " + row.metadata_location +
                                                    " cannot be read: " +
                                                    metadata.error().message());
  }
  auto shared = std::make_shared<const iceberg::TableMetadata>(*std::move(metadata));
  Remember(row.metadata_location, shared);
  return shared;
}

Result<LoadedTable> TableStore::CreateTable(const Context& context, const policy::Permit& permit,
                                            const TablePlace& place,
                                            const std::optional<NewTableShape>& shape,
                                            const std::vector<OwnerSetting>& settings) {
  FIRN_TRY(CheckTableName(place.table));
  const WallTime now = parts_.clock.Now();
  const std::string warehouse_bucket = NewUuid(parts_.random) + "--table-s3";
  LoadedTable created;
  created.row = TableRow{.table_id = NewUuid(parts_.random),
                         .bucket_name = place.bucket,
                         .namespace_name = place.namespace_name,
                         .name = place.table,
                         .warehouse = std::string(kScheme) + warehouse_bucket,
                         .version_token = NewVersionToken(),
                         .created_by = permit.principal().arn,
                         .modified_by = permit.principal().arn,
                         .created_at = now,
                         .modified_at = now};
  TableRow& row = created.row;
  std::optional<s3::StoredBody> stored;
  if (shape) {
    FIRN_ASSIGN_OR_RETURN(
        auto metadata,
        iceberg::NewTableMetadata(iceberg::NewTable{.schema = shape->schema,
                                                    .spec = shape->spec,
                                                    .order = shape->order,
                                                    .properties = shape->properties,
                                                    .location = row.warehouse,
                                                    .format_version = 2,
                                                    .uuid = NewUuid(parts_.random)},
                                  now));
    row.metadata_location =
        row.warehouse + "/metadata/00000-" + NewUuid(parts_.random) + ".metadata.json";
    FIRN_TRY(FindNamespace(place));  // Before bytes are written; asked again in the transaction.
    FIRN_ASSIGN_OR_RETURN(stored, StoreMetadata(context, metadata));
    created.metadata = std::make_shared<const iceberg::TableMetadata>(std::move(metadata));
  }
  const auto outcome = parts_.ledger.Write([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto parent, RequireNamespace(transaction, parts_.region, place));
    FIRN_ASSIGN_OR_RETURN(const auto existing,
                          ledger::FindTable(transaction, parent.namespace_id, place.table));
    if (existing) {
      return AlreadyExists("AlreadyExists",
                           "A table with an identical name already exists in the namespace.");
    }
    row.bucket_id = parent.bucket_id;
    row.namespace_id = parent.namespace_id;
    FIRN_TRY(CheckQuota(ledger::CountTables(transaction, row.bucket_id), parts_.quotas.tables_max,
                        "tables in this bucket"));
    FIRN_TRY(ledger::InsertTable(transaction, row));
    FIRN_TRY(PutFirstSettings(transaction, row, settings));
    FIRN_TRY(ledger::InsertS3Bucket(transaction, {.name = warehouse_bucket,
                                                  .table_arn = TableArn(row),
                                                  .created_at = now,
                                                  .region = parts_.region}));
    if (stored) {
      FIRN_TRY(
          ledger::PutS3Object(transaction, MetadataObject(*stored, row.metadata_location)));
    }
    if (parts_.observer == nullptr) return Ok();
    return parts_.observer->OnTableCreated(transaction, permit, place);
  });
  if (!outcome) {
    if (stored && outcome.error().code() != ErrorCode::kCommitStateUnknown) {
      parts_.vault.Discard(*stored);
    }
    return outcome.error();
  }
  return created;
}

Result<TableRow> TableStore::FindTable(const TablePlace& place) const {
  return parts_.ledger.Read(
      [&](Transaction& transaction) { return RequireTable(transaction, parts_.region, place); });
}

Result<TableRow> TableStore::FindTableById(std::string_view table_id) const {
  FIRN_ASSIGN_OR_RETURN(auto row, parts_.ledger.Read([&](Transaction& transaction) {
    return ledger::FindTableById(transaction, table_id);
  }));
  if (!row || row->region != parts_.region) {
    return NotFound("NoSuchTable", "The specified table does not exist.");
  }
  return *std::move(row);
}

Result<std::vector<TableRow>> TableStore::ListTables(std::string_view bucket,
                                                     const ledger::TablePage& page) const {
  return parts_.ledger.Read([&](Transaction& transaction) -> Result<std::vector<TableRow>> {
    FIRN_ASSIGN_OR_RETURN(const auto row, RequireBucket(transaction, parts_.region, bucket));
    if (!page.namespace_name.empty()) {
      FIRN_TRY(RequireNamespace(transaction, parts_.region,
                                TablePlace{.bucket = std::string(bucket),
                                           .namespace_name = std::string(page.namespace_name)}));
    }
    return ledger::ListTables(transaction, row.bucket_id, page);
  });
}

Result<LoadedTable> TableStore::LoadTable(const TablePlace& place) const {
  LoadedTable loaded;
  FIRN_ASSIGN_OR_RETURN(loaded.row, FindTable(place));
  FIRN_ASSIGN_OR_RETURN(loaded.metadata, ReadMetadata(loaded.row));
  return loaded;
}

Result<std::optional<LoadedTable>> TableStore::TryCommit(const Context& context,
                                                         const policy::Permit& permit,
                                                         const LoadedTable& base,
                                                         const TableChange& change) {
  FIRN_ASSIGN_OR_RETURN(auto metadata,
                        iceberg::ApplyUpdates(base.metadata.get(), change.updates,
                                              parts_.clock.Now(), base.row.metadata_location));
  if (metadata.location != base.row.warehouse) {
    return InvalidArgument("InvalidUpdate", "The table's location must be " + base.row.warehouse);
  }
  LoadedTable next{.row = base.row, .metadata = nullptr};
  const std::string name = iceberg::NextMetadataLocation(metadata, base.row.metadata_location,
                                                         NewUuid(parts_.random));
  next.row.metadata_location =
      base.row.warehouse + "/metadata/" + name.substr(name.rfind('/') + 1);
  next.row.version_token = NewVersionToken();
  next.row.modified_by = permit.principal().arn;
  next.row.modified_at = parts_.clock.Now();
  FIRN_ASSIGN_OR_RETURN(const auto stored, StoreMetadata(context, metadata));
  const auto swapped = parts_.ledger.Write([&](Transaction& transaction) -> Result<bool> {
    FIRN_ASSIGN_OR_RETURN(
        const bool won,
        ledger::SwapTableMetadata(transaction,
                                  {.table_id = base.row.table_id,
                                   .version_token_before = base.row.version_token,
                                   .version_token_after = next.row.version_token,
                                   .metadata_location_before = base.row.metadata_location,
                                   .metadata_location_after = next.row.metadata_location,
                                   .modified_by = next.row.modified_by,
                                   .modified_at = next.row.modified_at}));
    if (!won) return false;
    FIRN_TRY(
        ledger::PutS3Object(transaction, MetadataObject(stored, next.row.metadata_location)));
    return true;
  });
  if (!swapped) {
    if (swapped.error().code() != ErrorCode::kCommitStateUnknown) parts_.vault.Discard(stored);
    return swapped.error();
  }
  if (!*swapped) {
    parts_.vault.Discard(stored);
    return std::optional<LoadedTable>();
  }
  next.metadata = std::make_shared<const iceberg::TableMetadata>(std::move(metadata));
  Remember(next.row.metadata_location, next.metadata);
  return std::optional<LoadedTable>(std::move(next));
}

Result<LoadedTable> TableStore::CommitTable(const Context& context, const policy::Permit& permit,
                                            const TablePlace& place, const TableChange& change) {
  for (int tries = 0; tries < kCommitTriesMax; ++tries) {
    FIRN_TRY(context.Check());
    FIRN_ASSIGN_OR_RETURN(LoadedTable base, LoadTable(place));
    FIRN_TRY(iceberg::CheckRequirements(base.metadata.get(), change.requirements));
    if (change.updates.empty() && base.metadata != nullptr) return base;
    for (const auto& update : change.updates) FIRN_TRY(CheckUpdate(update, base.row.warehouse));
    FIRN_ASSIGN_OR_RETURN(auto committed, TryCommit(context, permit, base, change));
    if (committed) return *std::move(committed);
  }
  return Conflict("CommitFailed", "Cannot commit to " + place.namespace_name + "." + place.table +
                                      ": it changes too fast; reload it and try again");
}

Status TableStore::DropTable(const policy::Permit&, const TablePlace& place,
                             std::string_view version_token) {
  FIRN_ASSIGN_OR_RETURN(
      auto files,
      parts_.ledger.Write([&](Transaction& transaction) -> Result<std::vector<std::string>> {
        FIRN_ASSIGN_OR_RETURN(const TableRow row, RequireTable(transaction, parts_.region, place));
        if (!version_token.empty() && version_token != row.version_token) return TokenMismatch();
        FIRN_TRY(ledger::DeleteTable(transaction, row.table_id));
        FIRN_TRY(ledger::DeleteAllSettings(transaction, row.table_id));
        if (parts_.observer != nullptr) {
          FIRN_TRY(parts_.observer->OnTableDropped(transaction, place));
        }
        return ledger::DeleteS3BucketWithObjects(transaction,
                                                 row.warehouse.substr(kScheme.size()));
      }));
  parts_.vault.RetireFiles(std::move(files));
  return Ok();
}

Status TableStore::RenameTable(const policy::Permit& permit, const TablePlace& from,
                               const TablePlace& to, std::string_view version_token) {
  FIRN_TRY(CheckTableName(to.table));
  return parts_.ledger.Write([&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(TableRow row, RequireTable(transaction, parts_.region, from));
    if (!version_token.empty() && version_token != row.version_token) return TokenMismatch();
    auto parent = RequireNamespace(transaction, parts_.region, to);
    if (!parent) {
      return NotFound("NoSuchNamespace", "The specified destination namespace does not exist.");
    }
    FIRN_ASSIGN_OR_RETURN(const auto existing,
                          ledger::FindTable(transaction, parent->namespace_id, to.table));
    if (existing) {
      return AlreadyExists("AlreadyExists",
                           "A table with an identical name already exists in the namespace.");
    }
    row.namespace_id = parent->namespace_id;
    row.name = to.table;
    row.version_token = NewVersionToken();
    row.modified_by = permit.principal().arn;
    row.modified_at = parts_.clock.Now();
    FIRN_TRY(ledger::MoveTable(transaction, row));
    if (parts_.observer == nullptr) return Ok();
    return parts_.observer->OnTableRenamed(transaction, from, to);
  });
}

Result<TableRow> TableStore::SetMetadataLocation(const policy::Permit& permit,
                                                 const TablePlace& place,
                                                 std::string_view version_token,
                                                 std::string_view metadata_location) {
  FIRN_ASSIGN_OR_RETURN(const LoadedTable base, LoadTable(place));
  if (version_token != base.row.version_token) return TokenMismatch();
  if (!metadata_location.starts_with(base.row.warehouse + "/")) return InvalidLocation();
  TableRow next = base.row;
  next.metadata_location = std::string(metadata_location);
  const auto metadata = DecodeMetadataAt(metadata_location);
  if (!metadata || metadata->location != base.row.warehouse) return InvalidLocation();
  if (base.metadata != nullptr && metadata->table_uuid != base.metadata->table_uuid) {
    return InvalidLocation();
  }
  next.version_token = NewVersionToken();
  next.modified_by = permit.principal().arn;
  next.modified_at = parts_.clock.Now();
  FIRN_ASSIGN_OR_RETURN(const bool won, parts_.ledger.Write([&](Transaction& transaction) {
    return ledger::SwapTableMetadata(transaction,
                                     {.table_id = base.row.table_id,
                                      .version_token_before = base.row.version_token,
                                      .version_token_after = next.version_token,
                                      .metadata_location_before = base.row.metadata_location,
                                      .metadata_location_after = next.metadata_location,
                                      .modified_by = next.modified_by,
                                      .modified_at = next.modified_at});
  }));
  if (!won) return TokenMismatch();
  return next;
}

}  // namespace firn::s3tables
