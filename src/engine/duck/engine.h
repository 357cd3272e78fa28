#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "engine/rows/column_batch.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/limits.h"
#include "lake/iceberg/predicate.h"

namespace firn::iceberg {
struct TableMetadata;
struct Type;
struct ViewMetadata;
}  // namespace firn::iceberg
namespace firn::objects {
class ObjectStore;
}  // namespace firn::objects
namespace firn::sql {
struct Query;
struct Statement;
struct Literal;
class LiteralRows;
}  // namespace firn::sql

/// Runs queries over pinned Iceberg tables and writes their rows as Parquet. The only room that
/// knows DuckDB.
///
/// Reading order: TableSource, QueryScope, Connection, Engine.

namespace firn::duck {

/// Names as the statement wrote them, completed with the current catalog and database.
struct TableName {
  std::string catalog;
  std::string database;
  std::string table;
  /// Of a metadata table (`t$files`) that travels in time.
  std::optional<std::int64_t> snapshot_id = std::nullopt;
};

/// One table at one snapshot. What a statement sees of it does not change while the statement runs.
struct PinnedTable {
  TableName name;
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  /// nullopt: the table has no snapshot yet, and is empty.
  std::optional<std::int64_t> snapshot_id;
  std::shared_ptr<objects::ObjectStore> store;
  /// Under which name what `store` serves may be kept for other statements
  /// (iceberg::ScanResources); empty: it may not.
  std::string cache_scope = {};
};

/// A table that stands in memory (information_schema). Values are text, cast to the column's type;
/// nullopt is NULL.
struct MemoryTable {
  std::vector<rows::Column> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
  /// Types of columns that are nested, by their index. Their values are JSON: an array of pairs for
  /// a map, an array of values for a list or a struct, primitives as in table metadata.
  std::map<std::size_t, iceberg::Type> nested_types = {};
};

/// A view: its query stands in the place of a table.
struct PinnedView {
  TableName name;
  std::shared_ptr<const iceberg::ViewMetadata> metadata;  ///< Its schema names the columns.
  std::shared_ptr<const sql::Query> query;
  /// Where the query's own names are looked up.
  std::string current_catalog;
  std::string current_database;
  /// The query's columns by name, one for each of the schema. Empty: by place.
  std::vector<std::string> query_columns;
};

using ResolvedTable = std::variant<PinnedTable, MemoryTable, PinnedView>;

/// Where a statement finds its tables; made for one statement. The engine asks once for each
/// distinct name and keeps the answer until the statement ends, so a self-join sees one version.
/// Called on the thread that runs the statement.
class TableSource {
 public:
  virtual ~TableSource() = default;
  /// Errors: kNotFound with reason UnknownTable, UnknownDatabase or UnknownCatalog;
  /// kPermissionDenied; what loading the table gives. They come back from the Connection's method
  /// intact.
  virtual Result<ResolvedTable> Resolve(const Context& context, const TableName& name) = 0;
};

/// `@@x` and `@x` of the session.
class VariableSource {
 public:
  virtual ~VariableSource() = default;
  /// `name` in lower case, without `@@` and scope. Errors: kNotFound/UnknownSystemVariable.
  virtual Result<sql::Literal> SystemVariable(std::string_view name) const = 0;
  /// A NULL literal when the variable was never set.
  virtual Result<sql::Literal> UserVariable(std::string_view name) const = 0;
};

/// What a query may ask of its session. Borrows; must outlive the call it is passed to.
struct QueryScope {
  std::string current_catalog;
  std::string current_database;
  std::string time_zone = "UTC";  ///< IANA name, or `+08:00`.
  bool pipes_as_concat = false;
  std::string user;  ///< `'root'@'%'`, for user() and current_user().
  std::uint64_t connection_id = 0;
  std::string server_version;  ///< For version() and current_version().
  std::string last_query_id;
  /// Values of `?`, in order.
  std::span<const sql::Literal> parameters;
  /// nullptr: no variable is known.
  const VariableSource* variables = nullptr;
};

/// Where written rows go. Borrows nothing.
struct WriteTarget {
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  std::shared_ptr<objects::ObjectStore> store;
  /// Targets of the query's columns, in order; the table's other columns take their write default,
  /// else NULL. Empty: all columns of the current schema in order.
  std::vector<std::string> column_names;
  /// Begins every file's name; must be unique to the statement (a UUID).
  std::string file_prefix;
  /// In which WriteValues reads datetimes for columns with a zone; WriteQuery has its scope's.
  std::string time_zone = "UTC";
  /// The query's last two columns, behind the table's, are the rows' ids and the sequence numbers of
  /// their last changes (spec, "Row Lineage"); NULL is inherited. For rows that are written anew.
  bool with_lineage = false;
};

/// What a DELETE, UPDATE or MERGE makes of its target: files written and files to take out, to be
/// committed together.
struct RowChange {
  std::vector<iceberg::DataFile> added;    ///< Of rows, and of deletes.
  std::vector<iceberg::DataFile> removed;  ///< Of rows, and of deletes that the added ones replace.
  /// Data files that added deletes are about.
  std::vector<std::string> referenced_data_files;
  /// The rows of the target that the statement read.
  iceberg::Predicate rows_read;
  std::uint64_t deleted_rows = 0;
  std::uint64_t updated_rows = 0;
  std::uint64_t inserted_rows = 0;
};

/// One session's way into the engine. Owned by one session: one call at a time, but Interrupt comes
/// from any thread.
///
/// Every call stops within 100 ms of its context's cancellation (kCancelled/QueryInterrupted) or
/// deadline (kDeadlineExceeded/QueryTimeout). Common errors: kNotFound/UnknownTable;
/// kInvalidArgument/AnalysisError for what does not bind (unknown column, wrong types);
/// kUnsupported naming the syntax or function; kResourceExhausted/ OutOfMemory;
/// kInternal/EngineFailure, after which the engine has reopened itself.
class Connection {
 public:
  virtual ~Connection() = default;

  /// Runs the query and streams its rows: Begin, AddBatch…, End. The sink's error ends it and comes
  /// back.
  virtual Status Run(const Context& context, const sql::Query& query, TableSource& tables,
                     const QueryScope& scope, rows::ResultSink& sink) = 0;
  /// Names and types the query would answer with. Runs nothing; `?` without values are NULL.
  virtual Result<std::vector<rows::Column>> Describe(const Context& context,
                                                     const sql::Query& query, TableSource& tables,
                                                     const QueryScope& scope) = 0;
  /// The plan, one line a row; the first line is `PLAN FRAGMENT 0`.
  virtual Result<std::string> Explain(const Context& context, const sql::Query& query,
                                      TableSource& tables, const QueryScope& scope) = 0;

  /// Writes the query's rows as data files and puts them; commits nothing. On an error the files
  /// are deleted again. Errors: also kInvalidArgument/{ColumnCountMismatch, UnknownColumn,
  /// DataOutOfRange, NullNotAllowed}.
  virtual Result<std::vector<iceberg::DataFile>> WriteQuery(const Context& context,
                                                            const sql::Query& query,
                                                            TableSource& tables,
                                                            const QueryScope& scope,
                                                            const WriteTarget& target) = 0;
  /// The same for literal rows; errors name row and column. One small statement is one PUT.
  virtual Result<std::vector<iceberg::DataFile>> WriteValues(const Context& context,
                                                             const sql::LiteralRows& rows,
                                                             const WriteTarget& target) = 0;

  /// Runs a DELETE, UPDATE or MERGE (`statement` is one of them) and writes what it changes;
  /// commits nothing. Rows are taken away by deletion vectors (v3) or position delete files (v2),
  /// or by writing their files anew where the table's `write.<statement>.mode` asks for it or its
  /// version is 1. `target` is the statement's table at the version that `tables` resolves it to.
  ///
  /// Errors: also WriteQuery's; kInvalidArgument/MultipleMatches when a row would be changed twice.
  virtual Result<RowChange> ChangeRows(const Context& context, const sql::Statement& statement,
                                       TableSource& tables, const QueryScope& scope,
                                       const WriteTarget& target) = 0;

  /// Writes the rows that live in data files of `name` anew, as compaction does: fewer and larger
  /// files without deletes. `paths` are files of the version that `tables` resolves it to; commits
  /// nothing. Errors: WriteQuery's; kInvalidArgument/UnknownDataFile.
  virtual Result<RowChange> RewriteFiles(const Context& context, const TableName& name,
                                         std::span<const std::string> paths, TableSource& tables,
                                         const QueryScope& scope, const WriteTarget& target) = 0;

  /// Stops the call that is running, if any, with kCancelled/QueryInterrupted. Thread-safe.
  virtual void Interrupt() = 0;
};

struct EngineOptions {
  /// 0: DuckDB's own default, eighty per cent of the machine's.
  std::uint64_t memory_bytes_max = 0;
  /// 0: one a core.
  unsigned thread_count = 0;
  /// Where sorts and hashes spill. Made when absent.
  std::filesystem::path temp_folder;
  /// What decoded manifests may take, beside `memory_bytes_max`.
  std::size_t manifest_cache_bytes_max = iceberg::kManifestCacheBytesDefault;
};

/// One DuckDB instance behind a face; opens in about 30 ms. Thread-safe.
class Engine {
 public:
  virtual ~Engine() = default;

  /// Errors: kInternal/EngineVersionMismatch when the library is not the one the headers belong to;
  /// kFailedPrecondition when the temp folder cannot be made.
  static Result<std::unique_ptr<Engine>> Open(const EngineOptions& options);
  /// The connection must not outlive the engine. It goes on working when the instance was reopened.
  virtual Result<std::unique_ptr<Connection>> Connect() = 0;
};

/// The type a client sees a column of an Iceberg table with (DESC, information_schema);
/// `nested_text` is filled for all kinds: `int(11)`, `array<varchar(1073741824)>`. Errors:
/// kUnsupported/ColumnType.
Result<rows::ColumnType> ColumnTypeOf(const iceberg::Type& type, std::string_view column_name);

/// One function a query may call, for SHOW FUNCTIONS and the documents.
struct FunctionInfo {
  std::string name;
  std::string kind;  ///< `scalar`, `aggregate`, `window`, `table`.
  std::string how;   ///< `same`, `renamed`, `rewritten`, `own`, `unsupported`.
};
/// Sorted by name.
std::vector<FunctionInfo> ListFunctions();

}  // namespace firn::duck
