#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "engine/catalog/change_commit_internal.h"
#include "engine/catalog/commit_queue.h"
#include "engine/catalog/external_catalog.h"
#include "engine/catalog/rest_calls_internal.h"
#include "engine/catalog/rest_channel.h"
#include "engine/catalog/shared_append_internal.h"
#include "engine/catalog/storage_scopes_internal.h"
#include "lake/iceberg/table_metadata.h"

/// ExternalCatalog over the REST protocol.

namespace firn::catalog {

/// The tables whose metadata is kept, so that a 304 or an unchanged metadata location costs no
/// parsing. Thread-safe.
class TableCache {
 public:
  struct Entry {
    std::string key;
    std::string etag;
    std::string metadata_location;
    std::shared_ptr<const iceberg::TableMetadata> metadata;
    std::shared_ptr<objects::ObjectStore> store;
  };

  std::optional<Entry> Find(const std::string& key);
  void Keep(Entry entry);
  void Forget(const std::string& key);

 private:
  Mutex mutex_;
  std::list<Entry> entries_ FIRN_GUARDED_BY(mutex_);  // Used last first.
};

/// The manifest lists that this process wrote last, by path. Thread-safe.
class ListingCache {
 public:
  /// Null when it is not there.
  std::shared_ptr<const iceberg::ManifestListing> Find(const std::string& path);
  void Keep(std::shared_ptr<const iceberg::ManifestListing> listing);

 private:
  Mutex mutex_;
  std::list<std::shared_ptr<const iceberg::ManifestListing>> listings_
      FIRN_GUARDED_BY(mutex_);  // Newest first.
};

/// Thread-safe. The server's configuration is asked for once, at the first need.
class RestCatalog final : public ExternalCatalog {
 public:
  /// Checks the properties' sense without asking anybody. Errors: MakeRestSettings's.
  static Result<std::shared_ptr<RestCatalog>> Make(CatalogDefinition definition,
                                                   ChannelEnvironment environment,
                                                   StoreFactory factory);

  /// Asks the server for its configuration now. Errors: GetConfig's, and MakeRestSettings's on the
  /// merged properties.
  Status Connect(const Context& context);

  const CatalogDefinition& definition() const override { return definition_; }
  Result<std::vector<std::string>> ListDatabases(const Context& context) override;
  Status CheckDatabase(const Context& context, std::string_view database) override;
  Status CreateDatabase(const Context& context, std::string_view database,
                        const std::optional<std::string>& location) override;
  Status DropDatabase(const Context& context, std::string_view database) override;
  Result<std::vector<std::string>> ListTables(const Context& context,
                                              std::string_view database) override;
  Result<std::vector<std::string>> ListViews(const Context& context,
                                             std::string_view database) override;
  Result<LoadedView> LoadView(const Context& context, std::string_view database,
                              std::string_view view) override;
  Result<LoadedView> CreateView(const Context& context, std::string_view database,
                                const NewView& view) override;
  Result<LoadedView> EditView(const Context& context, const LoadedView& view,
                              const ViewEdit& edit) override;
  Status DropView(const Context& context, std::string_view database,
                  std::string_view view) override;
  Result<LoadedTable> LoadTable(const Context& context, std::string_view database,
                                std::string_view table) override;
  LoadedTable ForWriting(const LoadedTable& table) override;
  std::optional<LoadedTable> FindSeenTable(std::string_view database,
                                           std::string_view table) override;
  Result<LoadedTable> CreateTable(const Context& context, std::string_view database,
                                  const TableDefinition& definition) override;
  Status DropTable(const Context& context, std::string_view database, std::string_view table,
                   bool purge) override;
  Status RenameTable(const Context& context, std::string_view database, std::string_view table,
                     std::string_view new_name) override;
  Result<LoadedTable> RegisterTable(const Context& context, std::string_view database,
                                    std::string_view table,
                                    const std::string& metadata_location) override;
  Result<CommittedChange> CommitChange(const Context& context, const LoadedTable& table,
                                       iceberg::SnapshotChange change) override;
  Result<std::shared_ptr<const iceberg::TableMetadata>> EditTable(
      const Context& context, const LoadedTable& table, const MetadataEdit& edit) override;

 private:
  class Target;

  RestCatalog(CatalogDefinition definition, RestSettings settings, ChannelEnvironment environment,
              StoreFactory factory);

  Result<std::shared_ptr<RestChannel>> Channel(const Context& context);
  Result<iceberg_rest::Namespace> LevelsOf(std::string_view database) const;
  Result<iceberg_rest::TableIdentifier> IdentifierOf(std::string_view database,
                                                     std::string_view table) const;
  /// The channel of a server that has views. Errors: kUnsupported/NoViews.
  Result<std::shared_ptr<RestChannel>> ViewChannel(const Context& context);
  Status SplitNamespace(iceberg::ViewVersion& version) const;
  Status ListBelow(const Context& context, RestChannel& channel,
                   const iceberg_rest::Namespace& parent, std::vector<std::string>& databases);
  Result<LoadedTable> Take(const std::shared_ptr<RestChannel>& channel, std::string_view database,
                           std::string_view table, TableAnswer answer);
  Result<std::shared_ptr<objects::ObjectStore>> StoreOf(const std::shared_ptr<RestChannel>& channel,
                                                        const iceberg_rest::TableIdentifier& table,
                                                        const TableAnswer& answer,
                                                        const std::string& location);
  /// The location belongs to it, since it is what a table's store is confined to.
  std::string ScopeOf(const iceberg::TableMetadata& metadata) const;
  Unexpected UnknownDatabase(std::string_view database) const;
  Unexpected UnknownTable(std::string_view database, std::string_view table,
                          const Error& error) const;

  // Constant after construction.
  const CatalogDefinition definition_;
  const RestSettings settings_;  // Before the server was asked.
  const ChannelEnvironment environment_;
  const std::string cache_scope_;  // Of this object alone: its settings decide what is reached.

  // Own synchronisation.
  ExpiringValue<std::shared_ptr<RestChannel>> channel_;
  StorageScopes scopes_;
  TableCache tables_;
  ListingCache listings_;
  CommitQueue commit_queue_;
  SharedAppends shared_appends_;
};

}  // namespace firn::catalog
