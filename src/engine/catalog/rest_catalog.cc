#include <algorithm>

#include "base/encoding.h"
#include "engine/catalog/confined_store_internal.h"
#include "engine/catalog/limits.h"
#include "engine/catalog/rest_catalog_internal.h"
#include "engine/catalog/table_definition.h"
#include "engine/catalog/write_journal.h"

namespace firn::catalog {
namespace {

using iceberg_rest::Namespace;
using iceberg_rest::TableIdentifier;

constexpr std::string_view kFirnVersion = "0.1.0";

std::string KeyOf(std::string_view database, std::string_view table) {
  return std::string(database) + '\0' + std::string(table);
}

Error Reworded(const Error& error, ErrorCode code, std::string reason, std::string message) {
  return Error(code, std::move(reason), std::move(message), error.place());
}

/// The error of a request that was sent once and may have been, or may still be, acted on.
Error PerhapsDone(const Error& error, std::string reason, const std::string& hint) {
  if (error.code() != ErrorCode::kUnavailable || error.reason() == "ConnectFailed") return error;
  return Reworded(error, ErrorCode::kCommitStateUnknown, std::move(reason),
                  error.message() + "\nhint: " + hint + " before trying again");
}

std::string Join(const std::vector<std::string>& names, std::size_t names_max) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), names_max); ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > names_max ? text + ", …" : text;
}

}  // namespace

std::optional<TableCache::Entry> TableCache::Find(const std::string& key) {
  MutexLock lock(mutex_);
  const auto found = std::ranges::find(entries_, key, &Entry::key);
  if (found == entries_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found);
  return *found;
}

void TableCache::Keep(Entry entry) {
  MutexLock lock(mutex_);
  std::erase_if(entries_, [&](const Entry& old) { return old.key == entry.key; });
  entries_.push_front(std::move(entry));
  if (entries_.size() > kCachedTablesMax) entries_.pop_back();
}

void TableCache::Forget(const std::string& key) {
  MutexLock lock(mutex_);
  std::erase_if(entries_, [&](const Entry& old) { return old.key == key; });
}

std::shared_ptr<const iceberg::ManifestListing> ListingCache::Find(const std::string& path) {
  MutexLock lock(mutex_);
  for (const auto& listing : listings_) {
    if (listing->path == path) return listing;
  }
  return nullptr;
}

void ListingCache::Keep(std::shared_ptr<const iceberg::ManifestListing> listing) {
  if (listing->manifests.size() > kKnownListingManifestsMax) return;
  // Of one table the newest will do.
  const auto folder_of = [](const std::string& path) { return path.substr(0, path.rfind('/')); };
  const std::string folder = folder_of(listing->path);
  MutexLock lock(mutex_);
  std::erase_if(listings_, [&](const auto& old) { return folder_of(old->path) == folder; });
  listings_.push_front(std::move(listing));
  if (listings_.size() > kKnownListingsMax) listings_.pop_back();
}

Result<std::shared_ptr<RestCatalog>> RestCatalog::Make(CatalogDefinition definition,
                                                       ChannelEnvironment environment,
                                                       StoreFactory factory) {
  FIRN_ASSIGN_OR_RETURN(RestSettings settings, MakeRestSettings(definition, nullptr));
  return std::shared_ptr<RestCatalog>(new RestCatalog(std::move(definition), std::move(settings),
                                                      std::move(environment), std::move(factory)));
}

RestCatalog::RestCatalog(CatalogDefinition definition, RestSettings settings,
                         ChannelEnvironment environment, StoreFactory factory)
    : definition_(std::move(definition)),
      settings_(std::move(settings)),
      environment_(std::move(environment)),
      cache_scope_(NewUuid(environment_.random)),
      channel_(environment_.clock),
      scopes_(definition_.name, environment_.clock, std::move(factory), environment_.chain,
              environment_.renewal) {}

Status RestCatalog::Connect(const Context& context) {
  FIRN_TRY(Channel(context));
  return Ok();
}

Result<std::shared_ptr<RestChannel>> RestCatalog::Channel(const Context& context) {
  using Shared = std::shared_ptr<RestChannel>;
  return channel_.Get(context, [this](const Context& inner) -> Result<Fetched<Shared>> {
    RestChannel asking(settings_, environment_);
    FIRN_ASSIGN_OR_RETURN(const iceberg_rest::ConfigResponse config, GetConfig(inner, asking));
    FIRN_ASSIGN_OR_RETURN(RestSettings merged, MakeRestSettings(definition_, &config));
    return Fetched<Shared>{.value = std::make_shared<RestChannel>(std::move(merged), environment_),
                           .expires = std::nullopt};
  });
}

Result<Namespace> RestCatalog::LevelsOf(std::string_view database) const {
  if (database.empty())
    return InvalidArgument("BadDatabaseName", "A database name cannot be empty");
  if (!settings_.nested_namespaces) return Namespace{std::string(database)};
  Namespace levels;
  for (const std::string_view level : Split(database, '.')) {
    if (level.empty()) {
      return InvalidArgument("BadDatabaseName",
                             "Database name '" + std::string(database) + "' has an empty level");
    }
    levels.emplace_back(level);
  }
  return levels;
}

Result<TableIdentifier> RestCatalog::IdentifierOf(std::string_view database,
                                                  std::string_view table) const {
  FIRN_ASSIGN_OR_RETURN(Namespace levels, LevelsOf(database));
  if (table.empty()) return InvalidArgument("BadTableName", "A table name cannot be empty");
  return TableIdentifier{std::move(levels), std::string(table)};
}

Unexpected RestCatalog::UnknownDatabase(std::string_view database) const {
  return NotFound("UnknownDatabase", "Unknown database '" + std::string(database) +
                                         "' in catalog '" + definition_.name + "'");
}

Unexpected RestCatalog::UnknownTable(std::string_view database, std::string_view table,
                                     const Error& error) const {
  if (error.reason() == "NoSuchNamespaceException") return UnknownDatabase(database);
  return NotFound("UnknownTable", "Unknown table '" + definition_.name + "." +
                                      std::string(database) + "." + std::string(table) + "'");
}

Status RestCatalog::ListBelow(const Context& context, RestChannel& channel, const Namespace& parent,
                              std::vector<std::string>& databases) {
  FIRN_ASSIGN_OR_RETURN(const std::vector<Namespace> children,
                        ListNamespaces(context, channel, parent));
  for (const Namespace& levels : children) {
    if (levels.empty()) continue;
    databases.push_back(iceberg_rest::DisplayNamespace(levels));
    if (databases.size() > kListedNamesMax) {
      return ResourceExhausted("TooManyNames",
                               "Catalog '" + definition_.name + "' has too many databases");
    }
    const bool goes_down = channel.settings().nested_namespaces && levels.size() > parent.size() &&
                           levels.size() < kNestedNamespaceDepthMax;
    if (goes_down) FIRN_TRY(ListBelow(context, channel, levels, databases));
  }
  return Ok();
}

Result<std::vector<std::string>> RestCatalog::ListDatabases(const Context& context) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, Channel(context));
  std::vector<std::string> databases;
  FIRN_TRY(ListBelow(context, *channel, {}, databases));
  std::ranges::sort(databases);
  return databases;
}

Status RestCatalog::CheckDatabase(const Context& context, std::string_view database) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, Channel(context));
  FIRN_ASSIGN_OR_RETURN(const Namespace levels, LevelsOf(database));
  FIRN_ASSIGN_OR_RETURN(const bool exists, NamespaceExists(context, *channel, levels));
  if (!exists) return UnknownDatabase(database);
  return Ok();
}

Status RestCatalog::CreateDatabase(const Context& context, std::string_view database,
                                   const std::optional<std::string>& location) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, Channel(context));
  FIRN_ASSIGN_OR_RETURN(Namespace levels, LevelsOf(database));
  iceberg_rest::NamespaceDocument document{.namespace_levels = std::move(levels),
                                           .properties = iceberg_rest::Properties()};
  if (location) (*document.properties)["location"] = *location;
  const Status created = CreateNamespace(context, *channel, document);
  if (created) return Ok();
  const Error& error = created.error();
  if (error.code() == ErrorCode::kAlreadyExists || error.code() == ErrorCode::kConflict) {
    return Reworded(error, ErrorCode::kAlreadyExists, "DatabaseExists",
                    "Can't create database '" + std::string(database) + "'; database exists");
  }
  return PerhapsDone(error, "CreateStateUnknown",
                     "the database may have been created; look with SHOW DATABASES");
}

Status RestCatalog::DropDatabase(const Context& context, std::string_view database) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, Channel(context));
  FIRN_ASSIGN_OR_RETURN(const Namespace levels, LevelsOf(database));
  const auto not_empty = [&](const std::string& what) {
    return FailedPrecondition("DatabaseNotEmpty",
                              "Database '" + std::string(database) + "' is not empty" + what);
  };
  FIRN_ASSIGN_OR_RETURN(const std::vector<std::string> tables, ListTables(context, database));
  if (!tables.empty()) {
    return not_empty(": it has " + std::to_string(tables.size()) +
                     (tables.size() == 1 ? " table (" : " tables (") + Join(tables, 5) +
                     "); drop them first");
  }
  const Status dropped = DropNamespace(context, *channel, levels);
  if (dropped) return Ok();
  const Error& error = dropped.error();
  if (error.code() == ErrorCode::kNotFound) return UnknownDatabase(database);
  if (error.code() == ErrorCode::kConflict || error.code() == ErrorCode::kFailedPrecondition) {
    return not_empty("; " + error.message());
  }
  return PerhapsDone(error, "DropStateUnknown",
                     "the database may have been dropped; look with SHOW DATABASES");
}

Result<std::vector<std::string>> RestCatalog::ListTables(const Context& context,
                                                         std::string_view database) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, Channel(context));
  FIRN_ASSIGN_OR_RETURN(const Namespace levels, LevelsOf(database));
  auto tables = catalog::ListTables(context, *channel, levels);
  if (!tables && tables.error().code() == ErrorCode::kNotFound) return UnknownDatabase(database);
  if (tables) std::ranges::sort(*tables);
  return tables;
}

Result<std::vector<std::string>> RestCatalog::ListViews(const Context& context,
                                                        std::string_view database) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, Channel(context));
  FIRN_ASSIGN_OR_RETURN(const Namespace levels, LevelsOf(database));
  auto views = catalog::ListViews(context, *channel, levels);
  if (!views && views.error().code() == ErrorCode::kNotFound) return UnknownDatabase(database);
  if (views) std::ranges::sort(*views);
  return views;
}

Result<LoadedTable> RestCatalog::LoadTable(const Context& context, std::string_view database,
                                           std::string_view table) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, Channel(context));
  FIRN_ASSIGN_OR_RETURN(const TableIdentifier identifier, IdentifierOf(database, table));
  const auto cached = tables_.Find(KeyOf(database, table));
  auto answer = catalog::LoadTable(context, *channel, identifier, cached ? cached->etag : "");
  if (!answer) {
    if (answer.error().code() != ErrorCode::kNotFound) return std::move(answer).error();
    tables_.Forget(KeyOf(database, table));
    return UnknownTable(database, table, answer.error());
  }
  if (answer->not_modified) {
    return LoadedTable{.database = std::string(database),
                       .name = std::string(table),
                       .metadata = cached->metadata,
                       .store = cached->store,
                       .metadata_location = cached->metadata_location,
                       .etag = cached->etag,
                       .cache_scope = ScopeOf(*cached->metadata)};
  }
  return Take(channel, database, table, *std::move(answer));
}

LoadedTable RestCatalog::ForWriting(const LoadedTable& table) {
  LoadedTable writing = table;
  if (environment_.journal == nullptr) return writing;
  writing.writes = environment_.journal->Begin({.catalog = definition_.name,
                                                .database = table.database,
                                                .table = table.name,
                                                .table_uuid = table.metadata->table_uuid},
                                               table.store);
  writing.store = writing.writes->store();
  return writing;
}

std::optional<LoadedTable> RestCatalog::FindSeenTable(std::string_view database,
                                                      std::string_view table) {
  const auto seen = tables_.Find(KeyOf(database, table));
  if (!seen) return std::nullopt;
  return LoadedTable{.database = std::string(database),
                     .name = std::string(table),
                     .metadata = seen->metadata,
                     .store = seen->store,
                     .metadata_location = seen->metadata_location,
                     .etag = seen->etag,
                     .cache_scope = ScopeOf(*seen->metadata)};
}

std::string RestCatalog::ScopeOf(const iceberg::TableMetadata& metadata) const {
  return cache_scope_ + '\0' + metadata.location;
}

Result<LoadedTable> RestCatalog::Take(const std::shared_ptr<RestChannel>& channel,
                                      std::string_view database, std::string_view table,
                                      TableAnswer answer) {
  FIRN_ASSIGN_OR_RETURN(const TableIdentifier identifier, IdentifierOf(database, table));
  LoadedTable loaded{.database = std::string(database),
                     .name = std::string(table),
                     .metadata = nullptr,
                     .store = nullptr,
                     .metadata_location = answer.result.metadata_location.value_or(""),
                     .etag = answer.etag};
  // A metadata file never changes: the same location is the same metadata.
  const auto cached = tables_.Find(KeyOf(database, table));
  if (cached && !loaded.metadata_location.empty() &&
      cached->metadata_location == loaded.metadata_location) {
    loaded.metadata = cached->metadata;
  } else {
    auto parsed = iceberg::ParseTableMetadata(answer.result.metadata);
    if (!parsed) {
      const bool is_newer = parsed.error().code() == ErrorCode::kUnsupported;
      return Reworded(parsed.error(),
                      is_newer ? ErrorCode::kUnsupported : ErrorCode::kDataCorruption,
                      is_newer ? parsed.error().reason() : "BadCatalogAnswer",
                      "Failed to load table '" + definition_.name + "." + loaded.database + "." +
                          loaded.name + "', exception: the catalog's metadata cannot be read: " +
                          parsed.error().FullMessage());
    }
    loaded.metadata = std::make_shared<const iceberg::TableMetadata>(*std::move(parsed));
  }
  FIRN_ASSIGN_OR_RETURN(auto store,
                        StoreOf(channel, identifier, answer, loaded.metadata->location));
  FIRN_ASSIGN_OR_RETURN(loaded.store, ConfineStore(std::move(store), loaded.metadata->location,
                                                   channel->settings().allowed_locations));
  loaded.cache_scope = ScopeOf(*loaded.metadata);
  tables_.Keep({.key = KeyOf(database, table),
                .etag = loaded.etag,
                .metadata_location = loaded.metadata_location,
                .metadata = loaded.metadata,
                .store = loaded.store});
  return loaded;
}

Result<std::shared_ptr<objects::ObjectStore>> RestCatalog::StoreOf(
    const std::shared_ptr<RestChannel>& channel, const TableIdentifier& table,
    const TableAnswer& answer, const std::string& location) {
  const RestSettings& settings = channel->settings();
  const TableStorage storage = TableStorageOf(settings, answer, location, environment_.clock.Now());
  // The store may outlive the catalog, so it holds the channel itself.
  const Clock& clock = environment_.clock;
  ReloadStorage reload = [channel, table, location,
                          &clock](const Context& context) -> Result<TableStorage> {
    FIRN_ASSIGN_OR_RETURN(const TableAnswer renewed,
                          catalog::LoadTable(context, *channel, table, ""));
    return TableStorageOf(channel->settings(), renewed, location, clock.Now());
  };
  return scopes_.StoreFor(settings, storage, std::move(reload));
}

Result<LoadedTable> RestCatalog::CreateTable(const Context& context, std::string_view database,
                                             const TableDefinition& definition) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, Channel(context));
  FIRN_ASSIGN_OR_RETURN(const TableIdentifier identifier, IdentifierOf(database, definition.name));
  iceberg_rest::CreateTableRequest request{.name = definition.name,
                                           .location = definition.location,
                                           .schema = ToJson(definition.schema),
                                           .partition_spec = ToJson(definition.spec),
                                           .write_order = ToJson(definition.order),
                                           .stage_create = false,
                                           .properties = definition.properties};
  auto answer = catalog::CreateTable(context, *channel, identifier.namespace_levels, request);
  if (answer) {
    tables_.Forget(KeyOf(database, definition.name));
    return Take(channel, database, definition.name, *std::move(answer));
  }
  const Error& error = answer.error();
  if (error.code() == ErrorCode::kAlreadyExists || error.code() == ErrorCode::kConflict) {
    return Reworded(error, ErrorCode::kAlreadyExists, "TableExists",
                    "Table '" + definition.name + "' already exists");
  }
  if (error.code() == ErrorCode::kNotFound) return UnknownDatabase(database);
  return PerhapsDone(error, "CreateStateUnknown",
                     "the table may have been created; look with SHOW TABLES");
}

Status RestCatalog::DropTable(const Context& context, std::string_view database,
                              std::string_view table, bool purge) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, Channel(context));
  FIRN_ASSIGN_OR_RETURN(const TableIdentifier identifier, IdentifierOf(database, table));
  tables_.Forget(KeyOf(database, table));
  const Status dropped = catalog::DropTable(context, *channel, identifier, purge);
  if (dropped) return Ok();
  if (dropped.error().code() == ErrorCode::kNotFound)
    return UnknownTable(database, table, dropped.error());
  return PerhapsDone(dropped.error(), "DropStateUnknown",
                     "the table may have been dropped; look with SHOW TABLES");
}

Status RestCatalog::RenameTable(const Context& context, std::string_view database,
                                std::string_view table, std::string_view new_name) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, Channel(context));
  FIRN_ASSIGN_OR_RETURN(const TableIdentifier source, IdentifierOf(database, table));
  FIRN_ASSIGN_OR_RETURN(const TableIdentifier destination, IdentifierOf(database, new_name));
  tables_.Forget(KeyOf(database, table));
  tables_.Forget(KeyOf(database, new_name));
  const Status renamed = catalog::RenameTable(context, *channel, source, destination);
  if (renamed) return Ok();
  const Error& error = renamed.error();
  if (error.code() == ErrorCode::kNotFound) return UnknownTable(database, table, error);
  if (error.code() == ErrorCode::kConflict || error.code() == ErrorCode::kAlreadyExists) {
    return Reworded(error, ErrorCode::kAlreadyExists, "TableExists",
                    "Table '" + std::string(new_name) + "' already exists");
  }
  return renamed;
}

Result<LoadedTable> RestCatalog::RegisterTable(const Context& context, std::string_view database,
                                               std::string_view table,
                                               const std::string& metadata_location) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, Channel(context));
  FIRN_ASSIGN_OR_RETURN(const TableIdentifier identifier, IdentifierOf(database, table));
  tables_.Forget(KeyOf(database, table));
  auto answer = catalog::RegisterTable(context, *channel, identifier, metadata_location);
  if (answer) return Take(channel, database, table, *std::move(answer));
  const Error& error = answer.error();
  if (error.code() == ErrorCode::kConflict || error.code() == ErrorCode::kAlreadyExists) {
    return Reworded(error, ErrorCode::kAlreadyExists, "TableExists",
                    "Table '" + std::string(table) + "' already exists");
  }
  return error;
}

/// The catalog's side of one commit.
class RestCatalog::Target final : public ChangeTarget {
 public:
  Target(RestCatalog& catalog, std::shared_ptr<RestChannel> channel, TableIdentifier identifier,
         const LoadedTable& table)
      : catalog_(catalog),
        channel_(std::move(channel)),
        identifier_(std::move(identifier)),
        table_(table),
        key_(KeyOf(table.database, table.name)) {}

  Result<CommitQueue::Turn> WaitForTurn(const Context& context) override {
    return catalog_.commit_queue_.Wait(context, key_);
  }

  std::shared_ptr<const iceberg::TableMetadata> Newest(
      std::shared_ptr<const iceberg::TableMetadata> base) override {
    const auto cached = catalog_.tables_.Find(key_);
    const bool is_newer = cached && cached->metadata->table_uuid == base->table_uuid &&
                          cached->metadata->last_updated_ms >= base->last_updated_ms &&
                          cached->metadata->last_sequence_number > base->last_sequence_number;
    return is_newer ? cached->metadata : std::move(base);
  }

  Result<std::shared_ptr<const iceberg::TableMetadata>> Reload(const Context& context) override {
    FIRN_ASSIGN_OR_RETURN(const LoadedTable loaded,
                          catalog_.LoadTable(context, table_.database, table_.name));
    return loaded.metadata;
  }

  CommitAnswer Send(const Context& context, const iceberg_rest::CommitTableRequest& request,
                    std::string_view idempotency_key) override {
    return SendCommit(context, *channel_, identifier_, request, idempotency_key);
  }

  std::shared_ptr<const iceberg::ManifestListing> KnownListing(const std::string& path) override {
    return catalog_.listings_.Find(path);
  }

  void Remember(const CommitAnswer& answer, std::shared_ptr<const iceberg::TableMetadata> metadata,
                std::shared_ptr<const iceberg::ManifestListing> listing) override {
    if (listing != nullptr) catalog_.listings_.Keep(std::move(listing));
    catalog_.tables_.Keep({.key = key_,
                           .etag = answer.etag,
                           .metadata_location = answer.response->metadata_location,
                           .metadata = std::move(metadata),
                           .store = table_.writes != nullptr ? table_.writes->bare_store()
                                                             : table_.store});
  }

 private:
  // Constant after construction. The run keeps all of them alive.
  RestCatalog& catalog_;
  const std::shared_ptr<RestChannel> channel_;
  const TableIdentifier identifier_;
  const LoadedTable& table_;
  const std::string key_;
};

Result<CommittedChange> RestCatalog::CommitChange(const Context& context, const LoadedTable& table,
                                                  iceberg::SnapshotChange change) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, Channel(context));
  FIRN_ASSIGN_OR_RETURN(const TableIdentifier identifier, IdentifierOf(table.database, table.name));
  Target target(*this, channel, identifier, table);
  const CommitEnvironment environment{.random = environment_.random,
                                      .engine_version = std::string(kFirnVersion)};
  if (SharedAppends::CanShare(change)) {
    const std::string key = KeyOf(table.database, table.name) + '\0' + table.metadata->table_uuid +
                            '\0' + change.branch;
    FIRN_ASSIGN_OR_RETURN(
        auto committed,
        shared_appends_.Commit(context, key, change, *table.store, table.writes,
                               [&](const Context& shared, iceberg::SnapshotChange together,
                                   WritingStatements writes, SharedFailure& failure) {
                                 return CommitFiles(shared, target, *table.store, table.metadata,
                                                    std::move(together), environment,
                                                    std::move(writes), &failure);
                               }));
    if (committed) return *std::move(committed);
  }
  return CommitFiles(context, target, *table.store, table.metadata, std::move(change), environment,
                     {table.writes});
}

Result<std::shared_ptr<const iceberg::TableMetadata>> RestCatalog::EditTable(
    const Context& context, const LoadedTable& table, const MetadataEdit& edit) {
  FIRN_ASSIGN_OR_RETURN(const auto channel, Channel(context));
  FIRN_ASSIGN_OR_RETURN(const TableIdentifier identifier, IdentifierOf(table.database, table.name));
  Target target(*this, channel, identifier, table);
  return CommitEdit(context, target, table.metadata, edit,
                    {.random = environment_.random, .engine_version = std::string(kFirnVersion)});
}

}  // namespace firn::catalog
