#include <algorithm>
#include <map>
#include <set>

#include "base/encoding.h"
#include "engine/session/limits.h"
#include "engine/session/names_internal.h"
#include "engine/session/procedures_internal.h"
#include "engine/session/table_source_internal.h"
#include "lake/iceberg/partition_key.h"
#include "lake/iceberg/scan_plan.h"
#include "lake/iceberg/snapshot_change.h"
#include "sql/parser.h"
#include "sql/printer.h"

/// The procedures that write rows anew: fewer and larger files, without deletes.

namespace firn::session {
namespace {

using iceberg::ScanTask;

/// Which files are worth writing anew.
struct Choice {
  std::int64_t size_min = 0;  ///< Smaller ones, where they have company in their partition.
  bool all = false;
  bool with_position_deletes = false;
  bool with_equality_deletes = false;
  std::optional<std::set<std::string>> only;  ///< WHERE: those with a row that it is true for.
};

bool HasDeletes(const ScanTask& task, const Choice& choice) {
  return std::ranges::any_of(task.deletes, [&](const iceberg::DeleteFileRef& deletes) {
    return deletes.file->content == iceberg::FileContent::kEqualityDeletes
               ? choice.with_equality_deletes
               : choice.with_position_deletes;
  });
}

/// Partition by partition, so that a batch writes few of them.
std::vector<const ScanTask*> SelectFiles(const iceberg::ScanPlan& plan, const Choice& choice) {
  struct Partition {
    std::vector<const ScanTask*> certain;
    std::vector<const ScanTask*> small;
  };
  std::map<std::string, Partition> partitions;
  for (const ScanTask& task : plan.tasks) {
    if (choice.only && !choice.only->contains(task.data_file.file_path)) continue;
    Partition& partition =
        partitions[iceberg::PartitionKey(task.data_file.spec_id, task.data_file.partition)];
    if (choice.all || HasDeletes(task, choice)) {
      partition.certain.push_back(&task);
    } else if (task.data_file.file_size_bytes < choice.size_min) {
      partition.small.push_back(&task);
    }
  }
  std::vector<const ScanTask*> selected;
  for (auto& [key, partition] : partitions) {
    std::ranges::move(partition.certain, std::back_inserter(selected));
    if (partition.small.size() > 1) {
      std::ranges::move(partition.small, std::back_inserter(selected));
    }
  }
  return selected;
}

/// The first column of every row.
class NamesSink final : public rows::ResultSink {
 public:
  Status Begin(std::span<const rows::Column>) override { return Ok(); }
  Status AddBatch(const rows::ColumnBatch& batch) override {
    for (std::size_t row = 0; row < batch.row_count; ++row) {
      if (!batch.columns[0].IsNull(row)) {
        names.emplace(batch.columns[0].Value<std::string_view>(row));
      }
    }
    return Ok();
  }
  Status End() override { return Ok(); }
  Status Affected(std::uint64_t, std::string_view) override { return Ok(); }

  std::set<std::string> names;
};

/// The files that hold a row for which the clause's WHERE is true. Reads the columns it names, of
/// the files that it does not rule out.
Result<std::set<std::string>> MatchingFiles(const ProcedureRun& call) {
  const duck::QueryScope scope = call.run.Scope();
  const sql::PrintOptions style{.pipes_as_concat = scope.pipes_as_concat};
  const std::string text = "SELECT DISTINCT _file FROM " + sql::QuoteIdentifier(call.name.catalog) +
                           "." + sql::QuoteIdentifier(call.name.database) + "." +
                           sql::QuoteIdentifier(call.name.table) + " WHERE " +
                           sql::Print(*call.clause.where, style);
  FIRN_ASSIGN_OR_RETURN(const sql::ParsedStatement parsed,
                        sql::ParseOne(text, {.pipes_as_concat = scope.pipes_as_concat}));
  FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, call.run.state.Connection());
  StatementTables tables(call.run.state);
  tables.Pin(call.name, call.table);
  NamesSink sink;
  const auto& query = sql::As<sql::QueryStatement>(*parsed.statement);
  FIRN_TRY(connection->Run(call.run.context, *query.query, tables, scope, sink));
  return std::move(sink.names);
}

struct RewriteCounts {
  std::size_t rewritten = 0;
  std::size_t added = 0;
  std::size_t failed = 0;
  std::int64_t bytes = 0;
};

/// How batches are written.
struct Layout {
  std::optional<std::int64_t> target_file_size_bytes;
  /// Delete files that apply to nothing any more once the batch is in.
  std::vector<iceberg::DataFile> settled_deletes;
};

std::shared_ptr<const iceberg::TableMetadata> WithTarget(
    const std::shared_ptr<const iceberg::TableMetadata>& metadata, const Layout& layout) {
  if (!layout.target_file_size_bytes) return metadata;
  auto changed = std::make_shared<iceberg::TableMetadata>(*metadata);
  changed->properties["write.target-file-size-bytes"] =
      std::to_string(*layout.target_file_size_bytes);
  return changed;
}

/// Rewrites one batch in one commit.
Status RewriteBatch(const ProcedureRun& call, const std::vector<std::string>& paths,
                    const Layout& layout, RewriteCounts& counts) {
  FIRN_ASSIGN_OR_RETURN(const catalog::LoadedTable loaded,
                        LoadTable(call.run.context, call.run.state,
                                  Needs::OnTable({Privilege::kAlter}, call.name)));
  // Each batch is a commit, and so an entry of the journal of writes, of its own.
  const catalog::LoadedTable table = call.catalog.ForWriting(loaded);
  FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, call.run.state.Connection());
  StatementTables tables(call.run.state);
  tables.PinTarget(call.name, loaded);
  const duck::WriteTarget target{.metadata = WithTarget(table.metadata, layout),
                                 .store = table.store,
                                 .column_names = {},
                                 .file_prefix = NewUuid(call.run.state.environment.random),
                                 .time_zone = call.run.Scope().time_zone};
  FIRN_ASSIGN_OR_RETURN(duck::RowChange change,
                        connection->RewriteFiles(call.run.context, call.name, paths, tables,
                                                 call.run.Scope(), target));
  std::int64_t bytes = 0;
  for (const auto& file : change.removed) bytes += file.file_size_bytes;
  const std::size_t removed_count = change.removed.size();
  const std::size_t added_count = change.added.size();
  iceberg::SnapshotChange commit;
  commit.operation = "replace";
  commit.check = iceberg::ConflictCheck{.starting_snapshot_id = table.metadata->current_snapshot_id,
                                        .rows = iceberg::Predicate::True(),
                                        .no_new_deletes = true,
                                        .referenced_data_files = {}};
  const iceberg::Snapshot* head = table.metadata->current_snapshot();
  if (head != nullptr && table.metadata->format_version > 1) {
    commit.data_sequence_number = head->sequence_number;
  }
  commit.added = std::move(change.added);
  commit.removed = std::move(change.removed);
  commit.removed.insert(commit.removed.end(), layout.settled_deletes.begin(),
                        layout.settled_deletes.end());
  FIRN_TRY(call.catalog.CommitChange(call.run.context, table, std::move(commit)));
  counts.rewritten += removed_count;
  counts.added += added_count;
  counts.bytes += bytes;
  return Ok();
}

/// Another writer was quicker: what the batch read is so no more.
bool IsLostRace(const Error& error) {
  return error.reason() == "ConflictingFiles" || error.reason() == "FilesGone" ||
         error.reason() == "UnknownDataFile";
}

/// Batch after batch; one that another writer took the ground from is left to the next run, and the
/// error is told only when nothing else could be done.
Result<RewriteCounts> RewriteSelected(const ProcedureRun& call,
                                      const std::vector<const ScanTask*>& selected,
                                      std::int64_t batch_size, Layout layout) {
  const std::vector<iceberg::DataFile> settled = std::exchange(layout.settled_deletes, {});
  RewriteCounts counts;
  std::optional<Error> lost;
  std::vector<std::string> batch;
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < selected.size(); ++i) {
    batch.push_back(selected[i]->data_file.file_path);
    bytes += selected[i]->data_file.file_size_bytes;
    const bool is_last = i + 1 == selected.size();
    if (bytes < batch_size && !is_last) continue;
    if (is_last && !lost) layout.settled_deletes = settled;
    const Status done = RewriteBatch(call, batch, layout, counts);
    if (!done) {
      if (!IsLostRace(done.error())) return done.error();
      counts.failed += batch.size();
      lost = done.error();
    }
    batch.clear();
    bytes = 0;
  }
  if (lost && counts.rewritten == 0) return *lost;
  return counts;
}

Status AnswerCounts(const ProcedureRun& call, const RewriteCounts& counts) {
  return Answer(call.run,
                {"database", "table", "rewritten_data_files_count", "added_data_files_count",
                 "failed_data_files_count", "rewritten_bytes_count", "status"},
                {call.name.database, call.name.table, std::to_string(counts.rewritten),
                 std::to_string(counts.added), std::to_string(counts.failed),
                 std::to_string(counts.bytes), "success"});
}

Result<iceberg::ScanPlan> PlanTable(const ProcedureRun& call) {
  return iceberg::PlanScan(call.run.context, *call.table.store, *call.table.metadata, std::nullopt,
                           iceberg::Predicate::True());
}

Result<std::optional<std::int64_t>> TargetFileSize(const ProcedureRun& call) {
  if (!call.arguments.contains("target_file_size_bytes")) return std::optional<std::int64_t>();
  FIRN_ASSIGN_OR_RETURN(const std::int64_t size,
                        Integer(call, "target_file_size_bytes", std::nullopt));
  if (size < kTargetFileBytesMin) {
    return InvalidArgument("BadArgument", "target_file_size_bytes must be at least " +
                                              std::to_string(kTargetFileBytesMin));
  }
  return std::optional(size);
}

/// Rows are written in the table's sort order whenever it has one, so `sort` asks for one.
Status CheckStrategy(const ProcedureRun& call) {
  if (!call.arguments.contains("strategy")) return Ok();
  FIRN_ASSIGN_OR_RETURN(const std::string word, TextArgument(call, "strategy"));
  const std::string strategy = ToLowerAscii(word);
  if (strategy == "binpack") return Ok();
  if (strategy == "z-order" || strategy == "zorder") {
    return Unsupported("UnsupportedStrategy",
                       "rewrite_data_files has no strategy z-order; there are binpack and sort");
  }
  if (strategy != "sort") {
    return InvalidArgument("BadArgument",
                           "Argument 'strategy' must be binpack or sort, not '" + word + "'");
  }
  if (call.table.metadata->default_sort_order().fields.empty()) {
    return InvalidArgument("NoSortOrder",
                           "The strategy sort needs a table with a sort order (CREATE TABLE … "
                           "ORDER BY); this one has none");
  }
  return Ok();
}

}  // namespace

Status RewriteDataFiles(const ProcedureRun& call) {
  Choice choice{.with_position_deletes = true, .with_equality_deletes = true, .only = {}};
  FIRN_ASSIGN_OR_RETURN(choice.size_min,
                        Integer(call, "min_file_size_bytes", std::int64_t{256} << 20));
  FIRN_ASSIGN_OR_RETURN(const std::int64_t batch_size,
                        Integer(call, "batch_size", std::int64_t{10} << 30));
  FIRN_ASSIGN_OR_RETURN(const std::int64_t parallelism, Integer(call, "batch_parallelism", 1));
  FIRN_ASSIGN_OR_RETURN(choice.all, Flag(call, "rewrite_all"));
  if (choice.size_min < 0 || batch_size < 1 || parallelism < 1) {
    return InvalidArgument(
        "BadArgument", "min_file_size_bytes, batch_size and batch_parallelism must be positive");
  }
  FIRN_TRY(CheckStrategy(call));
  Layout layout;
  FIRN_ASSIGN_OR_RETURN(layout.target_file_size_bytes, TargetFileSize(call));
  if (call.clause.where != nullptr) {
    FIRN_ASSIGN_OR_RETURN(choice.only, MatchingFiles(call));
  }
  FIRN_ASSIGN_OR_RETURN(const iceberg::ScanPlan plan, PlanTable(call));
  FIRN_ASSIGN_OR_RETURN(const RewriteCounts counts, RewriteSelected(call, SelectFiles(plan, choice),
                                                                    batch_size, std::move(layout)));
  return AnswerCounts(call, counts);
}

Status RewritePositionDeletes(const ProcedureRun& call) {
  FIRN_ASSIGN_OR_RETURN(const iceberg::ScanPlan plan, PlanTable(call));
  const auto selected = SelectFiles(plan, {.with_position_deletes = true, .only = {}});
  FIRN_ASSIGN_OR_RETURN(const RewriteCounts counts,
                        RewriteSelected(call, selected, kRewriteBatchBytes, {}));
  return AnswerCounts(call, counts);
}

Status RewriteEqualityDeleteFiles(const ProcedureRun& call) {
  FIRN_ASSIGN_OR_RETURN(const iceberg::ScanPlan plan, PlanTable(call));
  // Each of these applies to older files only, and all of them are written anew: whatever another
  // writer adds meanwhile is newer.
  std::map<std::string, iceberg::DataFile> deletes;
  for (const ScanTask& task : plan.tasks) {
    for (const iceberg::DeleteFileRef& one : task.deletes) {
      if (one.file->content == iceberg::FileContent::kEqualityDeletes) {
        deletes.emplace(one.file->file_path, *one.file);
      }
    }
  }
  Layout layout;
  for (auto& [path, file] : deletes) layout.settled_deletes.push_back(std::move(file));
  const auto selected = SelectFiles(plan, {.with_equality_deletes = true, .only = {}});
  FIRN_ASSIGN_OR_RETURN(const RewriteCounts counts,
                        RewriteSelected(call, selected, kRewriteBatchBytes, std::move(layout)));
  return AnswerCounts(call, counts);
}

}  // namespace firn::session
