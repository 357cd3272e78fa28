#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "engine/catalog/definition.h"
#include "lake/iceberg/snapshot_change.h"
#include "lake/iceberg/table_update.h"
#include "lake/iceberg/view_metadata.h"

/// One external Iceberg catalog behind the REST protocol.
///
/// Reading order: LoadedTable, NewTableRequest, CommitChange's outcomes, ExternalCatalog.

namespace firn::objects {
class ObjectStore;
}

namespace firn::catalog {

class StatementWrites;  // write_journal.h

/// A table at one moment: pin it for a statement and the statement sees one version.
struct LoadedTable {
  std::string database;
  std::string name;
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  std::shared_ptr<objects::ObjectStore> store;  ///< Carries its own credentials and renews them.
  std::string metadata_location;
  std::string etag;  ///< Empty when the server gives none.
  /// Differs wherever another catalog or another place is meant, so that what is kept of the
  /// store's objects under it is served to nobody else.
  std::string cache_scope = {};
  /// The journal's entry of the statement that writes to it (ForWriting); null: none.
  std::shared_ptr<StatementWrites> writes = nullptr;
};

/// A view at one moment.
struct LoadedView {
  std::string database;
  std::string name;
  std::shared_ptr<const iceberg::ViewMetadata> metadata;
};

/// A view to be: ids of schema and version are the server's to give. A default namespace of one
/// level is a database as SQL names it, here and in a ViewEdit.
struct NewView {
  std::string name;
  iceberg::Schema schema;
  iceberg::ViewVersion version;
  iceberg::Properties properties;
};

/// The next updates of a view; asked again after a conflict, on the newest metadata.
using ViewEdit = std::function<Result<std::vector<iceberg::ViewUpdate>>(
    const iceberg::ViewMetadata& metadata)>;

struct ExternalCatalogOptions;  // rest_settings.h
struct CatalogEnvironment;
struct TableDefinition;  // table_definition.h

/// What a commit that did not fail left behind.
struct CommittedChange {
  std::int64_t snapshot_id = 0;
  std::uint64_t row_count = 0;                             ///< Of the data files added.
  int attempt_count = 0;                                   ///< Commits sent, at least 1.
  std::shared_ptr<const iceberg::TableMetadata> metadata;  ///< After the commit.
};

/// A change of a table's metadata that makes no snapshot.
struct MetadataChange {
  std::vector<iceberg::TableUpdate> updates;
  std::vector<iceberg::TableRequirement> requirements;
};
/// Words the change for the metadata as it is now; asked again after a conflict. No updates: there
/// is nothing to do. Its error ends the edit and comes back.
using MetadataEdit = std::function<Result<MetadataChange>(const iceberg::TableMetadata&)>;

/// Thread-safe. Every call asks the server (never stale by default); a table whose ETag the server
/// confirms with 304 is not parsed again. Databases with several levels are written `a.b` where
/// nested namespaces are on.
///
/// Errors of all calls: kUnavailable (server not reached or 5xx), kUnauthenticated and
/// kPermissionDenied with the server's whole text, kDeadlineExceeded and kCancelled from `context`,
/// kDataCorruption/BadCatalogAnswer when the server's answer cannot be read.
class ExternalCatalog {
 public:
  virtual ~ExternalCatalog() = default;

  virtual const CatalogDefinition& definition() const = 0;
  const std::string& name() const { return definition().name; }

  /// Sorted.
  virtual Result<std::vector<std::string>> ListDatabases(const Context& context) = 0;
  /// Errors: kNotFound/UnknownDatabase.
  virtual Status CheckDatabase(const Context& context, std::string_view database) = 0;
  /// Errors: kAlreadyExists/DatabaseExists.
  virtual Status CreateDatabase(const Context& context, std::string_view database,
                                const std::optional<std::string>& location) = 0;
  /// Errors: kNotFound/UnknownDatabase; kFailedPrecondition/DatabaseNotEmpty.
  virtual Status DropDatabase(const Context& context, std::string_view database) = 0;

  /// Sorted. Errors: kNotFound/UnknownDatabase.
  virtual Result<std::vector<std::string>> ListTables(const Context& context,
                                                      std::string_view database) = 0;
  /// Sorted; empty when the server has no views. Errors: kNotFound/UnknownDatabase.
  virtual Result<std::vector<std::string>> ListViews(const Context& context,
                                                     std::string_view database) = 0;
  /// One request. Errors: kNotFound/UnknownTable, UnknownDatabase; kUnsupported/NoViews where the
  /// server has none (no request then).
  virtual Result<LoadedView> LoadView(const Context& context, std::string_view database,
                                      std::string_view view) = 0;
  /// Errors: kAlreadyExists/TableExists, for a table of that name as well; kNotFound/UnknownDatabase;
  /// kUnsupported/NoViews; kCommitStateUnknown when the answer was lost.
  virtual Result<LoadedView> CreateView(const Context& context, std::string_view database,
                                        const NewView& view) = 0;
  /// Errors: `edit`'s; kNotFound/UnknownTable; kConflict when it keeps changing; kUnsupported/NoViews;
  /// kCommitStateUnknown.
  virtual Result<LoadedView> EditView(const Context& context, const LoadedView& view,
                                      const ViewEdit& edit) = 0;
  /// Errors: kNotFound/UnknownTable; kUnsupported/NoViews.
  virtual Status DropView(const Context& context, std::string_view database,
                          std::string_view view) = 0;
  /// One request; 304 costs no parsing. Errors: kNotFound/UnknownTable, UnknownDatabase.
  virtual Result<LoadedTable> LoadTable(const Context& context, std::string_view database,
                                        std::string_view table) = 0;
  /// The same table for a statement that writes: what it puts stands in the journal of writes before
  /// it is put, until its commit has an outcome. The table itself when there is no journal. One call
  /// a statement.
  virtual LoadedTable ForWriting(const LoadedTable& table) = 0;
  /// The table as this process saw it last, without asking anybody; it may be gone or changed. For
  /// appends, whose commit tells (SnapshotChange::written_by).
  virtual std::optional<LoadedTable> FindSeenTable(std::string_view database,
                                                   std::string_view table) = 0;
  /// Errors: kAlreadyExists/TableExists; kNotFound/UnknownDatabase; kInvalidArgument.
  virtual Result<LoadedTable> CreateTable(const Context& context, std::string_view database,
                                          const TableDefinition& definition) = 0;
  /// `purge`: DROP TABLE … FORCE. Errors: kNotFound/UnknownTable.
  virtual Status DropTable(const Context& context, std::string_view database,
                           std::string_view table, bool purge) = 0;

  /// Within its database. Errors: kNotFound/UnknownTable; kAlreadyExists/TableExists; kUnsupported
  /// with the server's text where it does not rename (Glue).
  virtual Status RenameTable(const Context& context, std::string_view database,
                             std::string_view table, std::string_view new_name) = 0;
  /// A table from the metadata file it already has. Errors: kAlreadyExists/TableExists;
  /// kNotFound/UnknownDatabase; kUnsupported where the server has no such operation.
  virtual Result<LoadedTable> RegisterTable(const Context& context, std::string_view database,
                                            std::string_view table,
                                            const std::string& metadata_location) = 0;

  /// Commits written files as a new snapshot and returns when it is known that it is there.
  ///
  /// The three outcomes: a value = committed; kCommitStateUnknown/CommitStateUnknown = it may be
  /// (the message has the snapshot id; no file was deleted); any other error = not committed (and
  /// the change's added files were removed, best effort). Commits of this process to one table
  /// queue up; appends that wait together share a snapshot, and each is told its own outcome and
  /// rows. Conflicts with others are rebased and retried up to
  /// kCommitAttemptsMax times with full jitter.
  ///
  /// Errors: also kAlreadyExists/LabelAlreadyUsed when a snapshot of the table bears a label of the
  /// change; kConflict/ConflictingFiles, /FilesGone and /SchemaChanged when what the change rests on is so no
  /// more: run the statement again on the newest version.
  virtual Result<CommittedChange> CommitChange(const Context& context, const LoadedTable& table,
                                               iceberg::SnapshotChange change) = 0;

  /// Commits a change of metadata alone (schema, spec, properties, refs) and returns the metadata
  /// after it. The three outcomes are CommitChange's. Errors: `edit`'s; kConflict/CommitFailed when
  /// the table keeps changing under it.
  virtual Result<std::shared_ptr<const iceberg::TableMetadata>> EditTable(
      const Context& context, const LoadedTable& table, const MetadataEdit& edit) = 0;
};

}  // namespace firn::catalog
