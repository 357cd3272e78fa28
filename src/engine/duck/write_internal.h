#pragma once

#include <vector>

#include "engine/duck/duckdb_internal.h"
#include "engine/duck/metrics_internal.h"
#include "engine/duck/statement_internal.h"
#include "engine/duck/types_internal.h"
#include "sql/literal.h"

/// Rows into data files: DuckDB's COPY to Parquet, through our file system, with Iceberg's field
/// ids.

namespace firn::duck {

/// kInvalidArgument/DataOutOfRange for a value that a column of type unknown is given.
Error UnknownTakesNull(const std::string& column, const std::string& value);

/// Writes for one statement into one table. `statement` and `target` must outlive it.
class Writer {
 public:
  /// Errors: kInvalidArgument/UnknownColumn, /DuplicateColumn, /NullNotAllowed for a required
  /// column that is not written; kUnsupported/ColumnType, /PartitionTransform.
  static Result<Writer> Make(duckdb::Connection& connection, Statement& statement,
                             const WriteTarget& target);

  Result<std::vector<iceberg::DataFile>> WriteSelect(
      duckdb::unique_ptr<duckdb::SelectStatement> select);
  Result<std::vector<iceberg::DataFile>> WriteLiterals(const sql::LiteralRows& rows);

 private:
  struct Column {
    const iceberg::NestedField* field = nullptr;
    duckdb::LogicalType type;
    std::optional<std::size_t> source;  ///< Which of the written columns; absent: the default.
    duckdb::Value otherwise;            ///< The write default or NULL.
  };

  Writer(duckdb::Connection& connection, Statement& statement, const WriteTarget& target)
      : connection_(&connection),
        statement_(&statement),
        target_(&target),
        metrics_(*target.metadata) {}

  /// A column of type unknown: no file holds it, and rows may give it as NULL only.
  struct AbsentColumn {
    std::string name;
    std::size_t source = 0;  ///< Which of the written columns.
  };

  Status MapColumns();
  Status OpenSession();
  void ChooseOrder();
  std::size_t source_count() const { return source_count_; }
  Status CheckColumnCount(std::size_t given) const;

  /// write_values.cc
  Status CheckAbsentColumns(const sql::LiteralRows& rows) const;
  Status FillColumn(const sql::LiteralRows& rows, std::size_t first_row, std::size_t count,
                    const Column& column, duckdb::Vector& vector) const;

  /// Adds the partition's number and, where the table asks for it, the order.
  duckdb::unique_ptr<duckdb::SelectStatement> Arrange(
      duckdb::unique_ptr<duckdb::SelectNode> rows) const;
  duckdb::unique_ptr<duckdb::ParsedExpression> ColumnOf(std::int32_t field_id) const;
  Result<std::vector<iceberg::DataFile>> Copy(duckdb::unique_ptr<duckdb::SelectStatement> rows);
  Result<std::vector<iceberg::DataFile>> CollectFiles();
  /// Best effort: what was put is not named by any snapshot.
  void DeleteWritten();

  duckdb::Connection* connection_;
  Statement* statement_;
  const WriteTarget* target_;
  MetricsMaker metrics_;
  std::vector<Column> columns_;
  std::vector<AbsentColumn> absent_columns_;
  std::size_t source_count_ = 0;
  bool is_ordered_ = false;        ///< Rows go by partition, then by the table's sort order.
  bool keeps_sort_order_ = false;  ///< All of it: files may say so.
};

/// Writes one position delete file of (path, position) rows, in their order. Of the description only
/// path and size are filled.
Result<iceberg::DataFile> WritePositionDeletes(
    duckdb::Connection& connection, Statement& statement, const WriteTarget& target,
    duckdb::unique_ptr<duckdb::ColumnDataCollection> rows);

}  // namespace firn::duck
