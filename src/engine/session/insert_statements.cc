#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "engine/session/limits.h"
#include "engine/session/names_internal.h"
#include "engine/session/partition_statements_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/table_source_internal.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/table_metadata.h"

namespace firn::session {
namespace {

using DataFiles = std::vector<iceberg::DataFile>;

/// Errors: kInvalidArgument/UnknownBranch.
Status CheckBranch(const iceberg::TableMetadata& metadata, const std::string& branch) {
  const auto found = metadata.refs.find(branch);
  if (found != metadata.refs.end() && !found->second.is_tag) return Ok();
  std::vector<std::string> branches;
  for (const auto& [name, ref] : metadata.refs) {
    if (!ref.is_tag) branches.push_back(name);
  }
  const std::string nearest = NearestWord(branch, branches);
  return InvalidArgument(
      "UnknownBranch",
      found != metadata.refs.end()
          ? "'" + branch + "' is a tag; rows can be written to a branch only"
          : "Cannot find branch: '" + branch + "'" +
                (nearest.empty() ? "" : ". Did you mean '" + nearest + "'?"));
}

/// The names as the table spells them. Errors: kInvalidArgument/UnknownColumn, /DuplicateColumn.
Result<std::vector<std::string>> TargetColumns(const std::vector<std::string>& columns,
                                               const iceberg::Schema& schema,
                                               const std::string& table) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const std::string& column : columns) {
    const iceberg::NestedField* found = nullptr;
    std::vector<std::string> candidates;
    for (const iceberg::NestedField& field : schema.fields) {
      if (EqualsIgnoreCaseAscii(field.name, column)) found = &field;
      candidates.push_back(field.name);
    }
    if (found == nullptr) {
      const std::string nearest = NearestWord(column, candidates);
      return InvalidArgument("UnknownColumn",
                             "Unknown column '" + column + "' in '" + table + "'" +
                                 (nearest.empty() ? "" : ". Did you mean '" + nearest + "'?"));
    }
    if (!seen.insert(found->name).second) {
      return InvalidArgument("DuplicateColumn", "Column '" + column + "' specified twice");
    }
    names.push_back(found->name);
  }
  return names;
}

/// The columns that rows give when PARTITION gives the others. Errors:
/// kInvalidArgument/DuplicateColumn, /InvalidPartition.
Result<std::vector<std::string>> WithoutConstants(std::vector<std::string> columns,
                                                  const iceberg::Schema& schema,
                                                  const StaticPartition& partition) {
  const auto is_constant = [&](const std::string& name) {
    return std::ranges::any_of(partition.constants,
                               [&](const auto& constant) { return constant.first == name; });
  };
  for (const std::string& column : columns) {
    if (is_constant(column)) {
      return InvalidArgument("DuplicateColumn", "Column '" + column +
                                                    "' specified twice: in the column list and in "
                                                    "the partition clause");
    }
  }
  if (!columns.empty()) return columns;
  for (const iceberg::NestedField& field : schema.fields) {
    if (!is_constant(field.name)) columns.push_back(field.name);
  }
  if (columns.empty()) {
    return InvalidArgument("InvalidPartition",
                           "The table has no columns beside its partition's; leave PARTITION (…) "
                           "away and give them as rows");
  }
  return columns;
}

Status CheckWidth(const sql::InsertStatement& statement, std::size_t target_count) {
  std::optional<std::size_t> given;
  if (const auto* literals = std::get_if<sql::LiteralRows>(&statement.source)) {
    given = literals->column_count();
  } else if (const auto* values =
                 sql::AsIf<sql::ValuesBody>(*std::get<sql::QueryPtr>(statement.source)->body)) {
    if (!values->rows.empty()) given = values->rows.front().size();
  }
  if (!given || *given == target_count) return Ok();  // A query's width is the engine's to tell.
  return InvalidArgument("ColumnCountMismatch",
                         "Inserted target column count: " + std::to_string(target_count) +
                             " doesn't match select/value column count: " + std::to_string(*given));
}

duck::WriteTarget TargetOf(StatementRun& run, const catalog::LoadedTable& table,
                           std::vector<std::string> column_names) {
  return {.metadata = table.metadata,
          .store = table.store,
          .column_names = std::move(column_names),
          .file_prefix = NewUuid(run.state.environment.random),
          .time_zone = run.Scope().time_zone};
}

/// Acknowledges only what is known to be in the table.
Result<std::uint64_t> Commit(StatementRun& run, catalog::ExternalCatalog& catalog,
                             const catalog::LoadedTable& table, iceberg::SnapshotChange change) {
  // A label is kept even when the statement had no rows.
  if (change.added.empty() && !change.removed_where && change.labels.empty()) {
    return std::uint64_t{0};
  }
  FIRN_ASSIGN_OR_RETURN(const catalog::CommittedChange committed,
                        catalog.CommitChange(run.context, table, std::move(change)));
  run.state.wrote_since_begin = true;
  return committed.row_count;
}

/// Errors: kInvalidArgument/InvalidLabel; kAlreadyExists/LabelAlreadyUsed. Before any row is
/// written; the commit looks again.
Status CheckLabel(const iceberg::TableMetadata& metadata, const std::string& label) {
  const bool is_well_formed =
      !label.empty() && label.size() <= kLabelBytesMax &&
      std::ranges::all_of(label, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
      });
  if (!is_well_formed) {
    return InvalidArgument("InvalidLabel",
                           "Label format error. regex: ^[-_A-Za-z0-9]{1,128}$, label: " +
                               label.substr(0, kLabelBytesMax));
  }
  const iceberg::Snapshot* snapshot = iceberg::FindLabel(metadata, label);
  if (snapshot == nullptr) return Ok();
  return AlreadyExists("LabelAlreadyUsed", "Label [" + label +
                                               "] has already been used, relate to txn [" +
                                               std::to_string(snapshot->snapshot_id) + "]");
}

std::int64_t RowCount(const iceberg::SnapshotChange& change) {
  std::int64_t count = 0;
  for (const iceberg::DataFile& file : change.added) count += file.record_count;
  return count;
}

/// OVERWRITE replaces the named partition, or those that rows come for; without partitions, the
/// whole table.
iceberg::SnapshotChange ChangeOf(const sql::InsertStatement& statement,
                                 const iceberg::TableMetadata& metadata,
                                 const StaticPartition& partition, DataFiles files) {
  iceberg::SnapshotChange change{.added = std::move(files)};
  if (statement.branch) change.branch = *statement.branch;
  if (!statement.overwrite) return change;
  change.operation = "overwrite";
  if (!partition.is_empty()) {
    change.removed_where = partition.rows;
  } else if (metadata.default_spec().is_unpartitioned()) {
    change.removed_where = iceberg::Predicate::True();
  } else {
    change.removes_partitions_of_added = true;
  }
  return change;
}

/// BY NAME: the query's own column names.
Result<std::vector<std::string>> NamesOf(StatementRun& run, const sql::InsertStatement& statement,
                                         StatementTables& tables) {
  const auto* query = std::get_if<sql::QueryPtr>(&statement.source);
  if (query == nullptr) {
    return InvalidArgument("ByNameValues",
                           "INSERT … BY NAME takes a query, whose columns have names; VALUES "
                           "have none");
  }
  FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, run.state.Connection());
  FIRN_ASSIGN_OR_RETURN(const std::vector<rows::Column> columns,
                        connection->Describe(run.context, **query, tables, run.Scope()));
  std::vector<std::string> names;
  for (const rows::Column& column : columns) names.push_back(column.name);
  return names;
}

/// One row more must not cost a question to the catalog: where only literals are written, the table
/// as it was seen last will do, and the commit tells whether it is still so.
bool MayUseSeenTable(const sql::InsertStatement& statement) {
  return !statement.overwrite && std::holds_alternative<sql::LiteralRows>(statement.source);
}

/// Errors that a newer version of the table would not change.
bool IsFinal(const Error& error) {
  return error.code() == ErrorCode::kCancelled || error.code() == ErrorCode::kDeadlineExceeded ||
         error.code() == ErrorCode::kCommitStateUnknown || error.reason() == "LabelAlreadyUsed";
}

/// The statement's rows as data files of `table`.
Result<DataFiles> WriteRows(StatementRun& run, const sql::InsertStatement& statement,
                            const StaticPartition& partition, StatementTables& tables,
                            const catalog::LoadedTable& table, std::vector<std::string> columns) {
  FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, run.state.Connection());
  const auto* literals = std::get_if<sql::LiteralRows>(&statement.source);
  const sql::Query* query = literals ? nullptr : std::get<sql::QueryPtr>(statement.source).get();
  PartitionRows rows;
  if (!partition.is_empty()) {
    for (const auto& [name, value] : partition.constants) columns.push_back(name);
    FIRN_ASSIGN_OR_RETURN(rows, AddConstants(statement, partition, run.Scope().pipes_as_concat));
    if (literals != nullptr) literals = &rows.literals;
    query = rows.query;
  }
  const duck::WriteTarget target = TargetOf(run, table, std::move(columns));
  if (literals != nullptr) return connection->WriteValues(run.context, *literals, target);
  return connection->WriteQuery(run.context, *query, tables, run.Scope(), target);
}

/// `is_confirmed`: the catalog said that the table is so. The number of rows.
Result<std::uint64_t> InsertInto(StatementRun& run, const sql::InsertStatement& statement,
                                 const duck::TableName& name, catalog::ExternalCatalog& catalog,
                                 const catalog::LoadedTable& loaded, bool is_confirmed) {
  const catalog::LoadedTable table = catalog.ForWriting(loaded);
  if (statement.branch) FIRN_TRY(CheckBranch(*table.metadata, *statement.branch));
  if (statement.label) FIRN_TRY(CheckLabel(*table.metadata, *statement.label));
  StatementTables tables(run.state);
  tables.Pin(name, loaded);  // A statement that reads its own target sees it as it was.
  const iceberg::Schema& schema = table.metadata->current_schema();
  std::vector<std::string> given = statement.columns;
  if (statement.by_name) {
    FIRN_ASSIGN_OR_RETURN(given, NamesOf(run, statement, tables));
  }
  FIRN_ASSIGN_OR_RETURN(std::vector<std::string> columns,
                        TargetColumns(given, schema, name.table));
  FIRN_ASSIGN_OR_RETURN(const StaticPartition partition,
                        FindStaticPartition(statement, *table.metadata));
  if (!partition.is_empty()) {
    FIRN_ASSIGN_OR_RETURN(columns, WithoutConstants(std::move(columns), schema, partition));
  }
  FIRN_TRY(CheckWidth(statement, columns.empty() ? schema.fields.size() : columns.size()));

  FIRN_ASSIGN_OR_RETURN(
      DataFiles files, WriteRows(run, statement, partition, tables, table, std::move(columns)));
  iceberg::SnapshotChange change = ChangeOf(statement, *table.metadata, partition, std::move(files));
  if (statement.label) change.labels[*statement.label] = RowCount(change);
  if (!is_confirmed) {
    change.written_by = iceberg::WrittenBy{.schema_id = table.metadata->current_schema_id,
                                           .spec_id = table.metadata->default_spec_id};
  }
  return Commit(run, catalog, table, std::move(change));
}

}  // namespace

Status Insert(StatementRun& run, const sql::InsertStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, statement.table));
  if (IsInformationSchema(name.database)) {
    return Unsupported("InternalDatabase", "information_schema is read only");
  }
  const Needs needs = Needs::OnTable({Privilege::kInsert}, name);
  FIRN_ASSIGN_OR_RETURN(const auto catalog, FindCatalog(run.state, needs));
  std::shared_ptr<const iceberg::TableMetadata> tried;
  std::optional<Error> failure;
  if (MayUseSeenTable(statement)) {
    if (const auto seen = catalog->FindSeenTable(name.database, name.table)) {
      const auto count = InsertInto(run, statement, name, *catalog, *seen, false);
      if (count) return run.sink.Affected(*count, "");
      if (IsFinal(count.error())) return count.error();
      tried = seen->metadata;
      failure = count.error();
    }
  }
  FIRN_ASSIGN_OR_RETURN(const catalog::LoadedTable table,
                        LoadTable(run.context, run.state, needs));
  if (failure && table.metadata == tried) return *std::move(failure);
  FIRN_ASSIGN_OR_RETURN(const std::uint64_t count,
                        InsertInto(run, statement, name, *catalog, table, true));
  return run.sink.Affected(count, "");
}

Status FillNewTable(StatementRun& run, const sql::Query& query, catalog::ExternalCatalog& catalog,
                    const catalog::LoadedTable& made) {
  const catalog::LoadedTable table = catalog.ForWriting(made);
  const auto fill = [&]() -> Result<std::uint64_t> {
    FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, run.state.Connection());
    StatementTables tables(run.state);
    FIRN_ASSIGN_OR_RETURN(
        const DataFiles files,
        connection->WriteQuery(run.context, query, tables, run.Scope(), TargetOf(run, table, {})));
    return Commit(run, catalog, table, {.added = files});
  };
  const auto filled = fill();
  if (filled) return run.sink.Affected(*filled, "");
  if (filled.error().code() == ErrorCode::kCommitStateUnknown) return filled.error();
  // The statement makes a table with its rows or none: what it made goes again. Not under the
  // statement's own cancellation, which may be why it failed.
  const Context cleaning =
      Context(run.context.request_id(), run.context.clock()).WithTimeout(std::chrono::seconds(30));
  const Status dropped = catalog.DropTable(cleaning, table.database, table.name, true);
  Error error = filled.error();
  if (!dropped) {
    error.Note("the empty table '" + table.name +
               "' is left behind, since dropping it failed too: " + dropped.error().message());
  }
  return error;
}

}  // namespace firn::session
