#include <algorithm>

#include "engine/session/limits.h"
#include "engine/session/names_internal.h"
#include "engine/session/partition_statements_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/table_source_internal.h"
#include "lake/iceberg/table_metadata.h"
#include "sql/parser.h"
#include "sql/printer.h"

/// DELETE, UPDATE, MERGE and TRUNCATE.

namespace firn::session {
namespace {

/// The summary's word for what the change does.
std::string OperationOf(const duck::RowChange& change) {
  const bool adds_rows =
      std::any_of(change.added.begin(), change.added.end(), [](const iceberg::DataFile& file) {
        return file.content == iceberg::FileContent::kData;
      });
  const bool takes_rows = !change.removed.empty() || change.deleted_rows + change.updated_rows > 0;
  if (!adds_rows) return "delete";
  return takes_rows ? "overwrite" : "append";
}

/// TRUNCATE tells no count.
class CountlessSink final : public rows::ResultSink {
 public:
  explicit CountlessSink(rows::ResultSink& sink) : sink_(sink) {}
  Status Begin(std::span<const rows::Column> columns) override { return sink_.Begin(columns); }
  Status AddBatch(const rows::ColumnBatch& batch) override { return sink_.AddBatch(batch); }
  Status End() override { return sink_.End(); }
  Status Affected(std::uint64_t, std::string_view info) override {
    return sink_.Affected(0, info);
  }

 private:
  rows::ResultSink& sink_;
};

/// `write.delete.isolation-level` and its kin; serializable unless the table asks for less.
bool IsSerializable(const iceberg::TableMetadata& metadata, const char* property) {
  const auto found = metadata.properties.find(property);
  return found == metadata.properties.end() || found->second != "snapshot";
}

iceberg::SnapshotChange ChangeOf(duck::RowChange change, const iceberg::TableMetadata& metadata,
                                 const char* isolation_property) {
  iceberg::SnapshotChange made;
  made.operation = OperationOf(change);
  const bool copies = !change.removed.empty() && change.referenced_data_files.empty();
  made.check = iceberg::ConflictCheck{
      .starting_snapshot_id = metadata.current_snapshot_id,
      .rows = std::move(change.rows_read),
      .no_new_data = IsSerializable(metadata, isolation_property),
      // Rows that were written anew must not have been deleted meanwhile.
      .no_new_deletes = copies || change.updated_rows > 0,
      .referenced_data_files = std::move(change.referenced_data_files)};
  made.added = std::move(change.added);
  made.removed = std::move(change.removed);
  return made;
}

/// What the statement rests on was changed by another commit: it reads again and does it over.
bool MustReadAgain(const Error& error) {
  return error.code() == ErrorCode::kConflict &&
         (error.reason() == "ConflictingFiles" || error.reason() == "FilesGone" ||
          error.reason() == "FormatVersionChanged" || error.reason() == "SpecRemoved");
}

/// What the statement does to its target's rows.
PrivilegeSet ChangePrivileges(const sql::Statement& statement) {
  if (statement.kind == sql::StatementKind::kDelete) return {Privilege::kDelete};
  if (statement.kind == sql::StatementKind::kUpdate) return {Privilege::kUpdate};
  PrivilegeSet needed;
  for (const sql::MergeBranch& branch : sql::As<sql::MergeStatement>(statement).branches) {
    using Action = sql::MergeBranch::Action;
    if (branch.action == Action::kInsert) needed = needed.With({Privilege::kInsert});
    if (branch.action == Action::kUpdate) needed = needed.With({Privilege::kUpdate});
    if (branch.action == Action::kDelete) needed = needed.With({Privilege::kDelete});
  }
  return needed;
}

/// One try; the number of rows it changed.
Result<std::uint64_t> TryChange(StatementRun& run, const sql::Statement& statement,
                                const duck::TableName& name, const char* isolation_property) {
  const PrivilegeSet privileges = ChangePrivileges(statement);
  for (const Privilege privilege : privileges.List())  // All of them, not one.
    FIRN_TRY(Require(run.state, Needs::OnTable({privilege}, name)));
  const Needs needs = Needs::OnTable(privileges, name);
  FIRN_ASSIGN_OR_RETURN(const catalog::LoadedTable loaded,
                        LoadTable(run.context, run.state, needs));
  FIRN_ASSIGN_OR_RETURN(const auto catalog, FindCatalog(run.state, needs));
  const catalog::LoadedTable table = catalog->ForWriting(loaded);
  FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, run.state.Connection());
  StatementTables tables(run.state);
  tables.PinTarget(name, loaded);
  const duck::WriteTarget target{.metadata = table.metadata,
                                 .store = table.store,
                                 .column_names = {},
                                 .file_prefix = NewUuid(run.state.environment.random),
                                 .time_zone = run.Scope().time_zone};
  FIRN_ASSIGN_OR_RETURN(
      duck::RowChange change,
      connection->ChangeRows(run.context, statement, tables, run.Scope(), target));
  const std::uint64_t count = change.deleted_rows + change.updated_rows + change.inserted_rows;
  if (change.added.empty() && change.removed.empty()) return count;
  FIRN_TRY(catalog->CommitChange(run.context, table,
                                 ChangeOf(std::move(change), *table.metadata, isolation_property)));
  run.state.wrote_since_begin = true;
  return count;
}

}  // namespace

Status ChangeRows(StatementRun& run, const sql::Statement& statement,
                  const sql::ObjectName& target, const char* isolation_property) {
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, target));
  if (IsInformationSchema(name.database)) {
    return Unsupported("InternalDatabase", "information_schema is read only");
  }
  // The first try takes no turn: mostly nobody else changes the same rows. Those that lost queue
  // up, so that each has but the first tries of others against it.
  std::optional<catalog::CommitQueue::Turn> turn;
  for (int attempt = 1;; ++attempt) {
    const auto count = TryChange(run, statement, name, isolation_property);
    if (count) return run.sink.Affected(*count, "");
    if (!MustReadAgain(count.error()) || attempt >= kChangeAttemptsMax) return count.error();
    FIRN_TRY(run.context.Check());
    if (!turn) {
      FIRN_ASSIGN_OR_RETURN(
          auto waited, run.state.environment.change_turns->Wait(run.context, KeyOf(name)));
      turn.emplace(std::move(waited));
    }
  }
}

Status Delete(StatementRun& run, const sql::DeleteStatement& statement) {
  const char* isolation = "write.delete.isolation-level";
  if (statement.partitions.empty()) return ChangeRows(run, statement, statement.table, isolation);
  if (!statement.with.empty() || !statement.using_relations.empty()) {
    return UnsupportedStatement("DELETE … PARTITION (…) with USING or WITH",
                                "put the partition's condition in WHERE");
  }
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, statement.table));
  FIRN_ASSIGN_OR_RETURN(
      const catalog::LoadedTable table,
      LoadTable(run.context, run.state, Needs::OnTable({Privilege::kDelete}, name)));
  const std::string qualifier =
      statement.alias.empty() ? statement.table.last() : statement.alias;
  FIRN_ASSIGN_OR_RETURN(std::string condition,
                        PartitionCondition(statement.partitions, *table.metadata, qualifier));
  const bool pipes_as_concat = run.Scope().pipes_as_concat;
  if (statement.where != nullptr) {
    condition +=
        " AND (" + sql::Print(*statement.where, {.pipes_as_concat = pipes_as_concat}) + ")";
  }
  // Through text, since a tree has one owner; whole partitions go without a file being read.
  std::string text = "DELETE FROM " + sql::Print(statement.table);
  if (!statement.alias.empty()) {
    text += " AS " + sql::Print(sql::ObjectName{.parts = {statement.alias}});
  }
  FIRN_ASSIGN_OR_RETURN(
      const sql::ParsedStatement parsed,
      sql::ParseOne(text + " WHERE " + condition, {.pipes_as_concat = pipes_as_concat}));
  return ChangeRows(run, *parsed.statement, statement.table, isolation);
}

Status Update(StatementRun& run, const sql::UpdateStatement& statement) {
  if (statement.where == nullptr) {
    return InvalidArgument("MissingWhere",
                           "Update must specify where clause to prevent full table update.");
  }
  return ChangeRows(run, statement, statement.table, "write.update.isolation-level");
}

Status Truncate(StatementRun& run, const sql::TruncateTableStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, statement.name));
  const Needs needs = Needs::OnTable({Privilege::kDelete}, name);
  FIRN_ASSIGN_OR_RETURN(const catalog::LoadedTable table,
                        LoadTable(run.context, run.state, needs));
  if (!statement.partitions.empty()) {
    FIRN_ASSIGN_OR_RETURN(
        const std::string condition,
        PartitionCondition(statement.partitions, *table.metadata, statement.name.last()));
    FIRN_ASSIGN_OR_RETURN(
        const sql::ParsedStatement parsed,
        sql::ParseOne("DELETE FROM " + sql::Print(statement.name) + " WHERE " + condition));
    CountlessSink sink(run.sink);
    StatementRun deleting{run.context, run.state, sink, run.parameters};
    return ChangeRows(deleting, *parsed.statement, statement.name, "write.delete.isolation-level");
  }
  FIRN_ASSIGN_OR_RETURN(const auto catalog, FindCatalog(run.state, needs));
  if (table.metadata->current_snapshot_id) {
    FIRN_TRY(catalog->CommitChange(
        run.context, catalog->ForWriting(table),
        {.operation = "delete", .removed_where = iceberg::Predicate::True()}));
    run.state.wrote_since_begin = true;
  }
  return run.sink.Affected(0, "");
}

}  // namespace firn::session
