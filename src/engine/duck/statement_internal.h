#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <tuple>
#include <vector>

#include "base/mutex.h"
#include "base/thread_pool.h"
#include "engine/duck/duckdb_internal.h"
#include "engine/duck/engine.h"
#include "engine/duck/finishing_uploads_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/read_ahead_internal.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/deletion_vector.h"
#include "lake/iceberg/manifest_cache.h"
#include "lake/iceberg/partition_spec.h"
#include "lake/iceberg/scan_plan.h"
#include "lake/iceberg/table_metadata.h"
#include "lake/objects/object_store.h"

/// What one running statement knows; our hooks inside DuckDB find it through their ClientContext.

namespace firn::duck {

/// The name our one attached DuckDB database has.
inline constexpr const char* kAttachedName = "firn";

/// Our catalog and database as one DuckDB schema name; any text may stand in either.
std::string EncodeSchemaName(const std::string& catalog, const std::string& database);
/// nullopt when `schema` was not made by EncodeSchemaName.
std::optional<std::pair<std::string, std::string>> DecodeSchemaName(const std::string& schema);

/// What all statements of an engine share beside DuckDB. Thread-safe.
struct EngineParts {
  EngineParts(std::size_t manifest_cache_bytes_max, std::size_t thread_count)
      : manifests(manifest_cache_bytes_max),
        decoders("manifests", thread_count),
        readers("read_ahead", kReadAheadThreads, kReadAheadQueueMax) {}

  iceberg::ManifestCache manifests;
  ThreadPool decoders;  ///< Decode manifests.
  ThreadPool readers;   ///< Wait for ReadAhead's runs.
};

/// One table as the statement pinned it, with the scans planned of it so far. Owned by its
/// Statement.
struct TablePin {
  ResolvedTable table;
  /// Index of the store in the statement; PinnedTable only.
  std::uint64_t store_index = 0;
  /// Plans by predicate, so that two references with one predicate read the manifests once.
  Mutex mutex;
  std::map<std::string, std::shared_ptr<const iceberg::ScanPlan>> plans FIRN_GUARDED_BY(mutex);
  /// What the plans were asked for.
  std::vector<iceberg::Predicate> predicates FIRN_GUARDED_BY(mutex);
  /// All filters that DuckDB pushed into scans since this was last reset, one and another; nullopt
  /// when metadata's terms do not say them all.
  std::optional<iceberg::Predicate> exact_filters FIRN_GUARDED_BY(mutex);
  std::size_t pushdown_count FIRN_GUARDED_BY(mutex) = 0;
  /// What EXPLAIN shows: the plan last made.
  std::shared_ptr<const iceberg::ScanPlan> last_plan FIRN_GUARDED_BY(mutex);
};

/// The partitions that a writing statement has met, numbered; the number travels through DuckDB.
/// Thread-safe.
class PartitionRegistry {
 public:
  PartitionRegistry(const iceberg::PartitionSpec& spec, std::vector<iceberg::Type> source_types)
      : spec_(spec), source_types_(std::move(source_types)) {}

  const std::vector<iceberg::Type>& source_types() const { return source_types_; }
  /// `raw` tells the source values apart; `sources` are they. Errors: as iceberg::PartitionOf.
  Result<std::int64_t> NumberOf(const std::string& raw, const iceberg::PartitionTuple& sources);
  /// nullopt when it was not met before.
  std::optional<std::int64_t> FindNumber(const std::string& raw);
  iceberg::PartitionTuple TupleOf(std::int64_t number);
  std::string PathOf(std::int64_t number);

 private:
  // Constant after construction.
  const iceberg::PartitionSpec spec_;
  const std::vector<iceberg::Type> source_types_;

  Mutex mutex_;
  std::map<std::string, std::int64_t> by_raw_ FIRN_GUARDED_BY(mutex_);
  std::map<std::string, std::int64_t> by_path_ FIRN_GUARDED_BY(mutex_);
  std::vector<iceberg::PartitionTuple> tuples_ FIRN_GUARDED_BY(mutex_);
};

/// Where the file system puts what DuckDB writes.
struct WriteSession {
  std::shared_ptr<objects::ObjectStore> store;
  std::string data_folder;
  std::string file_prefix;
  std::unique_ptr<PartitionRegistry> partitions;  ///< Null when the table is not partitioned.
  WrittenObjects written;
  std::atomic<std::uint64_t> file_count = 0;
  FinishingUploads finishing{written};  ///< Goes first: it waits for what the others are used for.
};

/// Files that scans of one table are bound to, each with all positions to leave out; every file
/// when `pin` is null.
struct ScanOnly {
  const TablePin* pin = nullptr;
  std::map<std::string, std::shared_ptr<const iceberg::RowPositions>> files;
};

/// Files of one table that a DELETE takes whole; its scan passes them by.
struct WholeFiles {
  const TablePin* pin = nullptr;
  std::map<std::string, const iceberg::ScanTask*> tasks;
};

/// One call of a Connection. Made and destroyed by it; hooks use it from DuckDB's threads while the
/// call runs.
class Statement {
 public:
  Statement(const Context& context, std::stop_token stop, TableSource* tables,
            const QueryScope& scope, EngineParts& parts)
      : context_(context.WithStopToken(std::move(stop))),
        tables_(tables),
        scope_(scope),
        parts_(parts),
        read_ahead_(std::make_shared<ReadAhead>(context_, parts.readers)) {}

  /// Cancelled when the caller's context is, and by Connection::Interrupt.
  const Context& context() const { return context_; }
  const QueryScope& scope() const { return scope_; }
  EngineParts& parts() const { return parts_; }
  const std::shared_ptr<ReadAhead>& read_ahead() const { return read_ahead_; }

  /// Asks the TableSource once for each name. Called by the calling thread alone.
  Result<TablePin*> Resolve(const TableName& name);
  /// Tables resolved so far, in order.
  const std::vector<std::pair<TableName, TablePin*>>& tables() const { return resolved_; }

  std::uint64_t AddStore(std::shared_ptr<objects::ObjectStore> store);
  /// Null for an unknown index.
  std::shared_ptr<objects::ObjectStore> FindStore(std::uint64_t index);

  /// A file that DuckDB will open by its URL alone (delete files).
  void RegisterFile(const std::string& url, std::uint64_t size_bytes, std::uint64_t store_index);
  struct RegisteredFile {
    std::uint64_t size_bytes = 0;
    std::uint64_t store_index = 0;
  };
  std::optional<RegisteredFile> FindFile(const std::string& url);

  /// Catalog entries DuckDB's binder holds while the statement runs.
  std::map<std::string, duckdb::unique_ptr<duckdb::CatalogEntry>>& schema_entries() {
    return schemas_;
  }
  std::map<std::string, duckdb::unique_ptr<duckdb::CatalogEntry>>& table_entries() {
    return entries_;
  }

  std::unique_ptr<WriteSession> write;
  /// Set between the queries of a statement that rewrites files.
  ScanOnly scan_only;
  WholeFiles whole_files;

 private:
  const Context context_;
  TableSource* const tables_;
  const QueryScope& scope_;
  EngineParts& parts_;
  const std::shared_ptr<ReadAhead> read_ahead_;

  std::map<std::tuple<std::string, std::string, std::string, std::optional<std::int64_t>>,
           std::unique_ptr<TablePin>>
      pins_;
  std::vector<std::pair<TableName, TablePin*>> resolved_;
  std::map<std::string, duckdb::unique_ptr<duckdb::CatalogEntry>> schemas_;
  std::map<std::string, duckdb::unique_ptr<duckdb::CatalogEntry>> entries_;
  Mutex mutex_;
  std::vector<std::shared_ptr<objects::ObjectStore>> stores_ FIRN_GUARDED_BY(mutex_);
  std::map<std::string, RegisteredFile> files_ FIRN_GUARDED_BY(mutex_);
};

/// Hangs in every ClientContext of ours and points to the statement that runs there, if any.
struct StatementHolder final : duckdb::ClientContextState {
  std::atomic<Statement*> statement = nullptr;
};

/// The statement of `context`; raises kInternal when none runs there.
Statement& CurrentStatement(duckdb::ClientContext& context);
StatementHolder& HolderOf(duckdb::ClientContext& context);

}  // namespace firn::duck
