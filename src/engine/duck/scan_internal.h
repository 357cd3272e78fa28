#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/duck/duckdb_internal.h"
#include "engine/duck/statement_internal.h"
#include "engine/duck/types_internal.h"
#include "lake/iceberg/deletion_vector.h"
#include "lake/iceberg/predicate_strict.h"
#include "lake/iceberg/row_lineage.h"
#include "lake/iceberg/scan_plan.h"

/// The scan of a pinned table: DuckDB's Parquet reader over the files that iceberg::PlanScan keeps,
/// with columns found by field id and deleted rows left out.

namespace duckdb {
struct PartitionStatistics;
}

namespace firn::duck {

/// The metadata columns of every table: which file a row stands in, and where.
inline constexpr const char* kFileColumn = "_file";
inline constexpr const char* kPositionColumn = "_pos";
/// Those of row lineage, which tables of version 3 have; their names are iceberg::kRowIdField's and
/// kLastUpdatedField's.
inline constexpr duckdb::column_t kRowIdColumnId = (duckdb::column_t{1} << 63) + 1000;
inline constexpr duckdb::column_t kLastUpdatedColumnId = (duckdb::column_t{1} << 63) + 1001;

/// Which rows of a table a scan is about; by default those of the version that is pinned.
struct ScanVersion {
  std::optional<std::int64_t> snapshot_id = std::nullopt;
  /// With it: only what appends added after this snapshot, an ancestor, up to the other.
  std::optional<std::int64_t> after = std::nullopt;
};

/// What all references to one table at one version share. Immutable but for the plans in its pin.
/// Lives as long as the statement.
class ScanSource {
 public:
  /// Errors: kUnsupported/ColumnType; kNotFound/NoSuchSnapshot; of appends those of
  /// FindAppends.
  static Result<std::shared_ptr<ScanSource>> Make(Statement& statement, TableName name,
                                                  TablePin& pin, const ScanVersion& version = {});

  /// One file beside the table's data: a delete file, read with columns of its own.
  static std::shared_ptr<ScanSource> OfFile(const ScanSource& table, iceberg::Schema schema,
                                            std::vector<duckdb::MultiFileColumnDefinition> columns,
                                            const iceberg::DataFile& file);

  Statement& statement() const { return statement_; }
  const TableName& name() const { return name_; }
  const PinnedTable& table() const { return std::get<PinnedTable>(pin_.table); }
  const iceberg::Schema& schema() const { return *schema_; }
  std::uint64_t store_index() const { return pin_.store_index; }
  /// Name, type, field ids and initial default of every column.
  const std::vector<duckdb::MultiFileColumnDefinition>& columns() const { return columns_; }

  /// Reads manifests unless a plan with an equal predicate stands already. Raises what PlanScan
  /// gives.
  std::shared_ptr<const iceberg::ScanPlan> Plan(const iceberg::Predicate& predicate) const;
  /// False for files that a statement which rewrites others, or takes whole files, passes by.
  bool IsScanned(const iceberg::ScanTask& task) const;
  /// True when the file's metadata shows that all of its rows match.
  bool MustMatch(const iceberg::Predicate& predicate, const iceberg::DataFile& file) const;
  /// Notes in the pin what DuckDB pushes into a scan of this table (TablePin::exact_filters).
  void NoteFilters(std::optional<iceberg::Predicate> filters) const;
  /// All positions to leave out, where the statement has them at hand; else null.
  std::shared_ptr<const iceberg::RowPositions> RowsLeftOut(const iceberg::ScanTask& task) const;

 private:
  ScanSource(Statement& statement, TableName name, TablePin& pin)
      : statement_(statement), name_(std::move(name)), pin_(pin) {}

  std::shared_ptr<const iceberg::ScanPlan> MakePlan(const iceberg::Predicate& predicate) const;

  Statement& statement_;
  const TableName name_;
  TablePin& pin_;
  std::optional<std::int64_t> snapshot_id_;
  /// The appends that the scan is about; without a value it is about the snapshot.
  std::optional<std::vector<const iceberg::Snapshot*>> appends_;
  std::string plan_name_;  ///< Tells plans of different versions apart.
  const iceberg::Schema* schema_ = nullptr;
  std::vector<duckdb::MultiFileColumnDefinition> columns_;
  /// OfFile's.
  std::optional<iceberg::Schema> own_schema_;
  std::shared_ptr<const iceberg::ScanPlan> own_plan_;
};

/// The snapshots of operation `append` after `after`, which is an ancestor, up to `snapshot`;
/// oldest first. What other operations did between is not looked at.
///
/// Errors: kNotFound/NoSuchSnapshot; kInvalidArgument/NoAncestor; kUnsupported/NoSequenceNumbers
/// for tables of version 1; kResourceExhausted/TooManySnapshots.
Result<std::vector<const iceberg::Snapshot*>> FindAppends(const iceberg::TableMetadata& metadata,
                                                          const iceberg::Snapshot& snapshot,
                                                          std::int64_t after);

/// Name, type, field ids and initial default of a column, of nested ones too. Errors:
/// kUnsupported/ColumnType.
Result<duckdb::MultiFileColumnDefinition> MakeColumn(const iceberg::NestedField& field);

duckdb::TableFunction MakeTableScan(duckdb::ClientContext& context,
                                    duckdb::TableCatalogEntry& entry,
                                    std::shared_ptr<ScanSource> source,
                                    duckdb::unique_ptr<duckdb::FunctionData>& bind_data);

/// What the files' metadata says of one column of the rows that they hold, for DuckDB's optimizer.
/// Deletes only take rows away. Null when it says nothing.
duckdb::unique_ptr<duckdb::BaseStatistics> ColumnStatisticsOf(
    const ScanSource& source, const std::vector<const iceberg::ScanTask*>& tasks,
    duckdb::column_t column);
/// One partition a file, with its exact count where nothing of it is deleted, so that COUNT(*), MIN
/// and MAX need no data. `tasks` must outlive the answer.
duckdb::vector<duckdb::PartitionStatistics> FileStatisticsOf(
    std::shared_ptr<const ScanSource> source, const std::vector<const iceberg::ScanTask*>& tasks);

/// Reads all rows of the source on this thread, chunk by chunk, until `take` returns false.
void ScanWholeFile(duckdb::ClientContext& context, std::shared_ptr<ScanSource> source,
                   const std::function<bool(duckdb::DataChunk&)>& take);

/// What of DuckDB's filters Iceberg's metadata can judge; the rest is True. `column_ids` are the
/// scan's columns as indexes into the schema's fields.
iceberg::Predicate ToPredicate(const duckdb::Expression& filter, const iceberg::Schema& schema,
                               duckdb::idx_t table_index,
                               const duckdb::vector<duckdb::column_t>& column_ids);
/// nullopt when metadata's terms do not say all of the filter.
std::optional<iceberg::Predicate> ToExactPredicate(
    const duckdb::Expression& filter, const iceberg::Schema& schema, duckdb::idx_t table_index,
    const duckdb::vector<duckdb::column_t>& column_ids);
iceberg::Predicate ToPredicate(const duckdb::TableFilter& filter,
                               const iceberg::NestedField& field);

/// Rows of one data file that deletes have taken: ascending positions.
using DeletedRows = iceberg::RowPositions;

/// The deleted positions of each task's file, by the task's index; null where nothing is deleted.
/// Reads position delete files and deletion vectors; equality deletes are not looked at
/// (EqualityDeletes).
std::vector<std::shared_ptr<const DeletedRows>> LoadDeletes(
    duckdb::ClientContext& context, const ScanSource& source,
    const std::vector<const iceberg::ScanTask*>& tasks);

}  // namespace firn::duck
