#include <duckdb/function/partition_stats.hpp>
#include <set>

#include "engine/duck/column_reads_internal.h"
#include "engine/duck/equality_deletes_internal.h"
#include "engine/duck/errors_internal.h"
#include "engine/duck/file_system_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/name_mapping_internal.h"
#include "engine/duck/scan_internal.h"

namespace firn::duck {
namespace {

using duckdb::ClientContext;
using duckdb::ExpressionType;
using duckdb::MultiFileBindData;
using duckdb::MultiFileColumnDefinition;
using duckdb::MultiFileList;
using duckdb::MultiFileOptions;
using duckdb::MultiFileReaderBindData;
using duckdb::MultiFileReaderData;
using duckdb::MultiFileReaderGlobalState;
using duckdb::optional_ptr;
using duckdb::vector;

/// The scan's state beside DuckDB's own.
struct ScanInfo final : duckdb::TableFunctionInfo {
  ScanInfo(std::shared_ptr<ScanSource> scan_source, duckdb::TableCatalogEntry* of)
      : source(std::move(scan_source)), entry(of) {}
  const std::shared_ptr<ScanSource> source;
  /// None for files beside a table's data.
  duckdb::TableCatalogEntry* const entry;
};

/// The files of one scan. Planned when first asked for, so that the filters pushed down before then
/// shape the plan; dynamic filters then narrow it without reading anything more. Thread-safe.
class TaskList final : public MultiFileList {
 public:
  TaskList(std::shared_ptr<ScanSource> source, iceberg::Predicate predicate)
      : source_(std::move(source)), predicate_(std::move(predicate)) {}

  const ScanSource& source() const { return *source_; }
  std::shared_ptr<const ScanSource> shared_source() const { return source_; }
  const std::vector<const iceberg::ScanTask*>& tasks() const {
    MutexLock lock(mutex_);
    if (plan_ == nullptr) {
      // Held over I/O: whoever else asks needs the same plan.
      plan_ = source_->Plan(predicate_);
      for (const iceberg::ScanTask& task : plan_->tasks) {
        if (source_->IsScanned(task)) tasks_.push_back(&task);
      }
    }
    return tasks_;
  }

  duckdb::unique_ptr<MultiFileList> ComplexFilterPushdown(
      ClientContext&, const MultiFileOptions&, duckdb::MultiFilePushdownInfo& info,
      vector<duckdb::unique_ptr<duckdb::Expression>>& filters) const override {
    std::vector<iceberg::Predicate> parts = {predicate_};
    std::vector<std::optional<iceberg::Predicate>> exact;
    for (const auto& filter : filters) {
      parts.push_back(ToPredicate(*filter, source_->schema(), info.table_index, info.column_ids));
      exact.push_back(
          ToExactPredicate(*filter, source_->schema(), info.table_index, info.column_ids));
    }
    NoteFilters(exact);
    iceberg::Predicate all = iceberg::Predicate::And(std::move(parts));
    if (all.kind() == iceberg::PredicateKind::kTrue) return nullptr;
    auto narrowed = duckdb::make_uniq<TaskList>(source_, std::move(all));
    DropCertain(narrowed->tasks(), exact, filters);
    return narrowed;
  }

  duckdb::unique_ptr<MultiFileList> DynamicFilterPushdown(
      ClientContext&, const MultiFileOptions&, const vector<std::string>&,
      const vector<duckdb::LogicalType>&, const vector<duckdb::column_t>& column_ids,
      duckdb::TableFilterSet& filters) const override {
    std::vector<iceberg::Predicate> parts;
    const auto& fields = source_->schema().fields;
    for (const auto& [position, filter] : filters.filters) {
      if (position >= column_ids.size() || column_ids[position] >= fields.size()) continue;
      parts.push_back(ToPredicate(*filter, fields[column_ids[position]]));
    }
    const iceberg::Predicate all = iceberg::Predicate::And(std::move(parts));
    if (all.kind() == iceberg::PredicateKind::kTrue) return nullptr;
    auto narrowed = duckdb::make_uniq<TaskList>(source_, predicate_);
    const auto& kept = tasks();
    MutexLock lock(narrowed->mutex_);
    narrowed->plan_ = PlanHeld();
    std::map<std::int32_t, ProjectedSpec> specs;
    for (const iceberg::ScanTask* task : kept) {
      if (MayMatch(all, *task, specs)) narrowed->tasks_.push_back(task);
    }
    return narrowed;
  }

  vector<duckdb::OpenFileInfo> GetAllFiles() const override {
    vector<duckdb::OpenFileInfo> files;
    for (std::size_t i = 0; i < tasks().size(); ++i) files.push_back(GetFile(i));
    return files;
  }
  duckdb::FileExpandResult GetExpandResult() const override {
    switch (tasks().size()) {
      case 0: return duckdb::FileExpandResult::NO_FILES;
      case 1: return duckdb::FileExpandResult::SINGLE_FILE;
      default: return duckdb::FileExpandResult::MULTIPLE_FILES;
    }
  }
  duckdb::idx_t GetTotalFileCount() const override { return tasks().size(); }
  duckdb::unique_ptr<duckdb::NodeStatistics> GetCardinality(ClientContext&) const override {
    std::int64_t rows = 0;
    for (const iceberg::ScanTask* task : tasks()) {
      rows += task->data_file.record_count;
      for (const iceberg::DeleteFileRef& deletes : task->deletes) {
        if (deletes.file->is_deletion_vector()) rows -= deletes.file->record_count;
      }
    }
    const auto count = static_cast<duckdb::idx_t>(std::max<std::int64_t>(rows, 0));
    return duckdb::make_uniq<duckdb::NodeStatistics>(count, count);
  }
  duckdb::unique_ptr<MultiFileList> Copy() const override {
    auto copy = duckdb::make_uniq<TaskList>(source_, predicate_);
    MutexLock lock(mutex_);
    MutexLock copy_lock(copy->mutex_);
    copy->plan_ = plan_;
    copy->tasks_ = tasks_;
    return copy;
  }
  duckdb::OpenFileInfo GetFile(duckdb::idx_t index) const override {
    if (index >= tasks().size()) return duckdb::OpenFileInfo();
    const iceberg::DataFile& file = tasks()[index]->data_file;
    return MakeOpenFileInfo(file.file_path, static_cast<std::uint64_t>(file.file_size_bytes),
                            source_->store_index(), scan_number());
  }

 private:
  void NoteFilters(const std::vector<std::optional<iceberg::Predicate>>& exact) const {
    std::vector<iceberg::Predicate> known;
    for (const auto& predicate : exact) {
      if (!predicate) return source_->NoteFilters(std::nullopt);
      known.push_back(*predicate);
    }
    source_->NoteFilters(iceberg::Predicate::And(std::move(known)));
  }
  /// Filters that every row of the files passes need not be looked at again: most of all those on
  /// whole partitions.
  void DropCertain(const std::vector<const iceberg::ScanTask*>& tasks,
                   const std::vector<std::optional<iceberg::Predicate>>& exact,
                   vector<duckdb::unique_ptr<duckdb::Expression>>& filters) const {
    if (tasks.empty() || tasks.size() > kCertainFilterFilesMax) return;
    for (std::size_t i = filters.size(); i-- > 0;) {
      if (!exact[i]) continue;
      const bool is_certain =
          std::all_of(tasks.begin(), tasks.end(), [&](const iceberg::ScanTask* task) {
            return source_->MustMatch(*exact[i], task->data_file);
          });
      if (is_certain) filters.erase(filters.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  /// Its address tells it from every other list of the statement.
  std::uint64_t scan_number() const { return reinterpret_cast<std::uint64_t>(this); }
  std::shared_ptr<const iceberg::ScanPlan> PlanHeld() const {
    MutexLock lock(mutex_);
    return plan_;
  }
  /// One partition spec under a predicate that came at run time.
  struct ProjectedSpec {
    iceberg::Predicate predicate;
    std::vector<iceberg::NestedField> fields;
  };
  bool MayMatch(const iceberg::Predicate& predicate, const iceberg::ScanTask& task,
                std::map<std::int32_t, ProjectedSpec>& specs) const {
    const iceberg::DataFile& file = task.data_file;
    const iceberg::PartitionSpec* spec = source_->table().metadata->FindSpec(file.spec_id);
    if (spec != nullptr && !spec->is_unpartitioned()) {
      const auto [at, is_new] = specs.try_emplace(file.spec_id);
      if (is_new) {
        at->second = {iceberg::Project(predicate, *spec, source_->schema()),
                      iceberg::PartitionFields(*spec, source_->schema())};
      }
      const auto& [projected, fields] = at->second;
      if (!iceberg::MayMatchPartition(projected, fields, file.partition)) return false;
    }
    return iceberg::MayMatchMetrics(predicate, source_->schema(), file);
  }

  // Constant after construction.
  const std::shared_ptr<ScanSource> source_;
  const iceberg::Predicate predicate_;

  mutable Mutex mutex_;
  mutable std::shared_ptr<const iceberg::ScanPlan> plan_ FIRN_GUARDED_BY(mutex_);
  // Written once together with plan_; its address is handed out after that.
  mutable std::vector<const iceberg::ScanTask*> tasks_;
};

/// Leaves out the positions that delete files name.
class PositionFilter final : public duckdb::DeleteFilter {
 public:
  explicit PositionFilter(std::shared_ptr<const DeletedRows> deleted)
      : deleted_(std::move(deleted)) {}

  duckdb::idx_t Filter(duckdb::row_t start, duckdb::idx_t count,
                       duckdb::SelectionVector& selection) override {
    selection.Initialize(STANDARD_VECTOR_SIZE);
    auto next = std::lower_bound(deleted_->begin(), deleted_->end(), start);
    duckdb::idx_t kept = 0;
    for (duckdb::idx_t i = 0; i < count; ++i) {
      if (next != deleted_->end() && *next == start + static_cast<std::int64_t>(i)) {
        ++next;
        continue;
      }
      selection.set_index(kept++, i);
    }
    return kept;
  }

 private:
  const std::shared_ptr<const DeletedRows> deleted_;
};

/// What of one data file is left out behind the reader.
struct FileDeletes {
  std::shared_ptr<const DeletedRows> rows;
  /// A key set that applies, and what makes the table's columns it looks at out of the reader's.
  struct Keys {
    const KeySet* set = nullptr;
    std::vector<duckdb::unique_ptr<duckdb::Expression>> columns;
  };
  /// Filled when the file is opened, by one thread, before any reads it.
  std::vector<Keys> keys;
  /// Filters on row lineage, over what the reader reads.
  std::vector<duckdb::unique_ptr<duckdb::Expression>> filters;
  std::int64_t sequence_number = 0;
};

/// Drops the rows of `output` whose keys were deleted after their file was written, or that filters
/// on row lineage do not pass. `input` is what the reader read of them.
void DropRows(ClientContext& context, const FileDeletes& file, duckdb::DataChunk& input,
              duckdb::DataChunk& output) {
  const duckdb::idx_t count = input.size();
  std::vector<bool> is_gone(count, false);
  duckdb::idx_t gone_count = 0;
  for (const FileDeletes::Keys& keys : file.keys) {
    duckdb::ExpressionExecutor executor(context);
    vector<duckdb::LogicalType> types;
    for (const auto& column : keys.columns) {
      executor.AddExpression(*column);
      types.push_back(column->return_type);
    }
    duckdb::DataChunk columns;
    columns.Initialize(context, types);
    executor.Execute(input, columns);
    const duckdb::Vector made = keys.set->MakeKeys(columns);
    const auto* texts = duckdb::FlatVector::GetData<duckdb::string_t>(made);
    for (duckdb::idx_t i = 0; i < count; ++i) {
      if (is_gone[i] || keys.set->keys->NewestDelete(texts[i]) <= file.sequence_number) continue;
      is_gone[i] = true;
      ++gone_count;
    }
  }
  for (const auto& filter : file.filters) {
    duckdb::ExpressionExecutor executor(context, *filter);
    duckdb::SelectionVector passed(count);
    const duckdb::idx_t passed_count = executor.SelectExpression(input, passed);
    std::vector<bool> passes(count, false);
    for (duckdb::idx_t i = 0; i < passed_count; ++i) passes[passed.get_index(i)] = true;
    for (duckdb::idx_t i = 0; i < count; ++i) {
      if (passes[i] || is_gone[i]) continue;
      is_gone[i] = true;
      ++gone_count;
    }
  }
  if (gone_count == 0) return;
  duckdb::SelectionVector kept(count);
  duckdb::idx_t kept_count = 0;
  for (duckdb::idx_t i = 0; i < count; ++i) {
    if (!is_gone[i]) kept.set_index(kept_count++, i);
  }
  output.Slice(kept, kept_count);
}

struct ScanGlobalState final : MultiFileReaderGlobalState {
  ScanGlobalState(ClientContext& context, const TaskList& list)
      : MultiFileReaderGlobalState({}, &list), equality(context, list.source(), list.tasks()) {
    auto rows = LoadDeletes(context, list.source(), list.tasks());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      files.push_back({.rows = std::move(rows[i]),
                       .keys = {},
                       .filters = {},
                       .sequence_number = list.tasks()[i]->sequence_number});
    }
  }
  const EqualityDeletes equality;
  std::vector<FileDeletes> files;
};

duckdb::unique_ptr<duckdb::Expression> Coalesce(duckdb::unique_ptr<duckdb::Expression> first,
                                                duckdb::unique_ptr<duckdb::Expression> second) {
  auto coalesce = duckdb::make_uniq<duckdb::BoundOperatorExpression>(
      ExpressionType::OPERATOR_COALESCE, duckdb::LogicalType::BIGINT);
  coalesce->children.push_back(std::move(first));
  coalesce->children.push_back(std::move(second));
  return coalesce;
}

/// The id that the file stores, else that of its first row and the position. Rows of files that
/// were written before the table had row lineage have none.
duckdb::unique_ptr<duckdb::Expression> RowIdOf(duckdb::unique_ptr<duckdb::Expression> stored,
                                               duckdb::unique_ptr<duckdb::Expression> position,
                                               const iceberg::DataFile& file) {
  const duckdb::LogicalType type = duckdb::LogicalType::BIGINT;
  if (!file.first_row_id) {
    return duckdb::make_uniq<duckdb::BoundConstantExpression>(duckdb::Value(type));
  }
  duckdb::ScalarFunction add(
      "firn_row_id", {type, type}, type,
      [](duckdb::DataChunk& input, duckdb::ExpressionState&, duckdb::Vector& result) {
        duckdb::BinaryExecutor::Execute<int64_t, int64_t, int64_t>(
            input.data[0], input.data[1], result, input.size(),
            [](int64_t first, int64_t at) { return first + at; });
      });
  vector<duckdb::unique_ptr<duckdb::Expression>> operands;
  operands.push_back(duckdb::make_uniq<duckdb::BoundConstantExpression>(
      duckdb::Value::BIGINT(*file.first_row_id)));
  operands.push_back(std::move(position));
  return Coalesce(std::move(stored), duckdb::make_uniq<duckdb::BoundFunctionExpression>(
                                         type, std::move(add), std::move(operands), nullptr));
}

duckdb::unique_ptr<duckdb::Expression> LastUpdateOf(duckdb::unique_ptr<duckdb::Expression> stored,
                                                    const iceberg::DataFile& file,
                                                    std::int64_t sequence_number) {
  if (!file.first_row_id) {
    return duckdb::make_uniq<duckdb::BoundConstantExpression>(
        duckdb::Value(duckdb::LogicalType::BIGINT));
  }
  return Coalesce(std::move(stored), duckdb::make_uniq<duckdb::BoundConstantExpression>(
                                         duckdb::Value::BIGINT(sequence_number)));
}

/// The filter on what `column` makes, part by part. Those that joins and limits leave to the scan's
/// discretion are left out.
void AddFilters(const duckdb::TableFilter& filter, const duckdb::Expression& column,
                std::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) {
  switch (filter.filter_type) {
    case duckdb::TableFilterType::OPTIONAL_FILTER:
    case duckdb::TableFilterType::DYNAMIC_FILTER:
    case duckdb::TableFilterType::BLOOM_FILTER: return;
    case duckdb::TableFilterType::CONJUNCTION_AND:
      for (const auto& part : filter.Cast<duckdb::ConjunctionAndFilter>().child_filters) {
        AddFilters(*part, column, filters);
      }
      return;
    default: filters.push_back(filter.ToExpression(column));
  }
}

/// The columns a scan asks for, and those that equality deletes compare behind them.
struct WantedColumns {
  WantedColumns(const vector<MultiFileColumnDefinition>& of_scan,
                const vector<duckdb::ColumnIndex>& ids_of_scan)
      : columns(of_scan), ids(ids_of_scan) {}

  void Add(const KeySet& set) {
    std::vector<std::size_t>& positions = keys.emplace_back();
    for (const MultiFileColumnDefinition& column : set.columns) {
      const auto known = std::find_if(columns.begin(), columns.end(), [&](const auto& other) {
        return other.identifier == column.identifier;
      });
      const auto index = static_cast<std::size_t>(known - columns.begin());
      if (known == columns.end()) columns.push_back(column);
      const auto asked = std::find_if(ids.begin(), ids.end(), [&](const duckdb::ColumnIndex& id) {
        return id.GetPrimaryIndex() == index;
      });
      positions.push_back(static_cast<std::size_t>(asked - ids.begin()));
      if (asked == ids.end()) {
        ids.emplace_back(index);
      } else if (asked->HasChildren()) {
        // Of a struct all is read: the key may be in a part that the query does not ask for.
        *asked = duckdb::ColumnIndex(index);
      }
    }
  }

  /// Row lineage is made of what the file may hold and of where a row stands in it.
  void AddLineage() {
    const std::size_t count = ids.size();
    for (std::size_t i = 0; i < count; ++i) {
      const duckdb::column_t id = ids[i].GetPrimaryIndex();
      if (id != kRowIdColumnId && id != kLastUpdatedColumnId) continue;
      const bool is_row_id = id == kRowIdColumnId;
      // Both read the position, which costs nothing; the second one drops it again.
      ids[i] = duckdb::ColumnIndex(duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER);
      lineage.push_back({.asked = i, .stored = ids.size(), .is_row_id = is_row_id});
      ids.emplace_back(columns.size());
      columns.push_back(
          ValueOrRaise(MakeColumn(is_row_id ? iceberg::kRowIdField : iceberg::kLastUpdatedField)));
    }
  }

  /// Without filters on lineage, which the reader would take for filters on the position. Null:
  /// nothing is to leave out.
  duckdb::unique_ptr<duckdb::TableFilterSet> WithoutLineage(
      optional_ptr<duckdb::TableFilterSet> filters) const {
    if (filters == nullptr || lineage.empty()) return nullptr;
    auto kept = duckdb::make_uniq<duckdb::TableFilterSet>();
    for (const auto& [position, filter] : filters->filters) {
      const bool is_lineage = std::any_of(lineage.begin(), lineage.end(),
                                          [&](const Lineage& of) { return of.asked == position; });
      if (!is_lineage) kept->filters.emplace(position, filter->Copy());
    }
    return kept;
  }

  struct Lineage {
    std::size_t asked = 0;   ///< Where it stands in `ids`.
    std::size_t stored = 0;  ///< Where the column that the file may hold stands in `ids`.
    bool is_row_id = false;
  };

  vector<MultiFileColumnDefinition> columns;
  vector<duckdb::ColumnIndex> ids;
  std::vector<Lineage> lineage;
  /// By key set: where its columns stand in `ids`.
  std::vector<std::vector<std::size_t>> keys;
};

class TableReader final : public duckdb::MultiFileReader {
 public:
  explicit TableReader(duckdb::shared_ptr<duckdb::TableFunctionInfo> info)
      : info_(std::move(info)) {
    function_name = "iceberg_scan";
  }
  static duckdb::unique_ptr<duckdb::MultiFileReader> Make(const duckdb::TableFunction& function) {
    return duckdb::make_uniq<TableReader>(function.function_info);
  }
  const ScanInfo& info() const { return info_->Cast<ScanInfo>(); }

  duckdb::unique_ptr<duckdb::MultiFileReader> Copy() const override {
    return duckdb::make_uniq<TableReader>(info_);
  }
  duckdb::shared_ptr<MultiFileList> CreateFileList(ClientContext&, const vector<std::string>&,
                                                   const duckdb::FileGlobInput&) override {
    return duckdb::make_shared_ptr<TaskList>(info().source, iceberg::Predicate::True());
  }
  bool Bind(MultiFileOptions&, MultiFileList&, vector<duckdb::LogicalType>& types,
            vector<std::string>& names, MultiFileReaderBindData& bind) override {
    for (const MultiFileColumnDefinition& column : info().source->columns()) {
      types.push_back(column.type);
      names.push_back(column.name);
      bind.schema.push_back(column);
    }
    bind.mapping = duckdb::MultiFileColumnMappingMode::BY_FIELD_ID;
    return true;
  }
  void BindOptions(MultiFileOptions& options, MultiFileList& files,
                   vector<duckdb::LogicalType>& types, vector<std::string>& names,
                   MultiFileReaderBindData& bind) override {
    options.auto_detect_hive_partitioning = false;
    options.hive_partitioning = false;
    options.union_by_name = false;
    MultiFileReader::BindOptions(options, files, types, names, bind);
  }
  duckdb::unique_ptr<MultiFileReaderGlobalState> InitializeGlobalState(
      ClientContext& context, const MultiFileOptions&, const MultiFileReaderBindData&,
      const MultiFileList& list, const vector<MultiFileColumnDefinition>&,
      const vector<duckdb::ColumnIndex>&) override {
    const TaskList& tasks = list.Cast<TaskList>();
    auto state = duckdb::make_uniq<ScanGlobalState>(context, tasks);
    std::vector<const iceberg::DataFile*> files;
    for (const iceberg::ScanTask* task : tasks.tasks()) files.push_back(&task->data_file);
    AnnounceSmallFiles(context, *info().source, files);
    return state;
  }
  void FinalizeBind(MultiFileReaderData& data, const MultiFileOptions& options,
                    const MultiFileReaderBindData& bind,
                    const vector<MultiFileColumnDefinition>& columns,
                    const vector<duckdb::ColumnIndex>& column_ids, ClientContext& context,
                    optional_ptr<MultiFileReaderGlobalState> global) override {
    MultiFileReader::FinalizeBind(data, options, bind, columns, column_ids, context, global);
    const auto& deleted =
        global->Cast<ScanGlobalState>().files.at(data.reader->file_list_idx.GetIndex()).rows;
    if (deleted != nullptr) {
      data.reader->deletion_filter = duckdb::make_uniq<PositionFilter>(deleted);
    }
  }
  duckdb::ReaderInitializeType InitializeReader(MultiFileReaderData& data,
                                                const MultiFileBindData& bind,
                                                const vector<MultiFileColumnDefinition>& columns,
                                                const vector<duckdb::ColumnIndex>& column_ids,
                                                optional_ptr<duckdb::TableFilterSet> filters,
                                                ClientContext& context,
                                                duckdb::MultiFileGlobalState& gstate) override {
    auto& global = gstate.multi_file_reader_state->Cast<ScanGlobalState>();
    FinalizeBind(data, bind.file_options, bind.reader_bind, columns, column_ids, context, &global);
    const std::size_t file = data.reader->file_list_idx.GetIndex();
    const iceberg::DataFile& data_file =
        gstate.file_list.Cast<TaskList>().tasks().at(file)->data_file;
    auto& local = data.reader->columns;
    AssignMissingFieldIds(local, *info().source->table().metadata, info().source->schema());
    WantedColumns wanted(columns, column_ids);
    for (const KeySet* set : global.equality.Of(file)) wanted.Add(*set);
    wanted.AddLineage();
    const auto asked_filters = filters;
    const auto kept_filters = wanted.WithoutLineage(filters);
    if (kept_filters != nullptr) filters = kept_filters.get();
    const vector<MultiFileColumnDefinition> wanted_columns =
        WithPartitionValues(wanted.columns, local, data_file);
    const auto made =
        CreateMapping(context, data, wanted_columns, wanted.ids, filters, gstate.file_list,
                      bind.reader_bind, bind.virtual_columns, bind.reader_bind.mapping);
    if (made == duckdb::ReaderInitializeType::SKIP_READING_FILE) return made;
    for (std::size_t i = 0; i < wanted.keys.size(); ++i) {
      FileDeletes::Keys keys{.set = global.equality.Of(file)[i], .columns = {}};
      for (const std::size_t at : wanted.keys[i]) {
        keys.columns.push_back(data.expressions[at]->Copy());
      }
      global.files[file].keys.push_back(std::move(keys));
    }
    for (const WantedColumns::Lineage& lineage : wanted.lineage) {
      auto& asked = data.expressions[lineage.asked];
      asked = lineage.is_row_id ? RowIdOf(std::move(data.expressions[lineage.stored]),
                                          std::move(asked), data_file)
                                : LastUpdateOf(std::move(data.expressions[lineage.stored]),
                                               data_file, global.files[file].sequence_number);
      if (asked_filters == nullptr) continue;
      const auto filter = asked_filters->filters.find(lineage.asked);
      if (filter == asked_filters->filters.end()) continue;
      AddFilters(*filter->second, *asked, global.files[file].filters);
    }
    // The rest of DuckDB knows only the columns that it asked for.
    data.expressions.resize(column_ids.size());
    PlanColumnReads(context, *data.reader);
    return made;
  }
  void FinalizeChunk(ClientContext& context, const MultiFileBindData& bind,
                     duckdb::BaseFileReader& reader, const MultiFileReaderData& data,
                     duckdb::DataChunk& input, duckdb::DataChunk& output,
                     duckdb::ExpressionExecutor& executor,
                     optional_ptr<MultiFileReaderGlobalState> global) override {
    MultiFileReader::FinalizeChunk(context, bind, reader, data, input, output, executor, global);
    const FileDeletes& file =
        global->Cast<ScanGlobalState>().files.at(reader.file_list_idx.GetIndex());
    if (!file.keys.empty() || !file.filters.empty()) DropRows(context, file, input, output);
  }

 private:
  // Iceberg spec, "Column Projection": a column that the file lacks takes the value of an identity
  // partition field before its initial default.
  vector<MultiFileColumnDefinition> WithPartitionValues(
      const vector<MultiFileColumnDefinition>& columns,
      const vector<MultiFileColumnDefinition>& local, const iceberg::DataFile& file) const {
    vector<MultiFileColumnDefinition> result = columns;
    const iceberg::PartitionSpec* spec = info().source->table().metadata->FindSpec(file.spec_id);
    if (spec == nullptr) return result;
    std::set<std::int32_t> present;
    for (const auto& column : local) {
      if (!column.identifier.IsNull()) present.insert(column.GetIdentifierFieldId());
    }
    for (std::size_t i = 0; i < spec->fields.size() && i < file.partition.size(); ++i) {
      const iceberg::PartitionField& field = spec->fields[i];
      if (field.transform.kind != iceberg::TransformKind::kIdentity) continue;
      if (present.contains(field.source_id)) continue;
      for (MultiFileColumnDefinition& column : result) {
        if (column.GetIdentifierFieldId() != field.source_id) continue;
        duckdb::Value value(column.type);
        if (file.partition[i]) value = ToValue(*file.partition[i]).DefaultCastAs(column.type);
        column.default_expression = duckdb::make_uniq<duckdb::ConstantExpression>(std::move(value));
      }
    }
    return result;
  }

  duckdb::shared_ptr<duckdb::TableFunctionInfo> info_;
};

const ScanInfo& InfoOf(optional_ptr<duckdb::FunctionData> data) {
  return static_cast<TableReader&>(*data->Cast<MultiFileBindData>().multi_file_reader).info();
}

const TaskList& ListOf(const duckdb::FunctionData* data) {
  return data->Cast<MultiFileBindData>().file_list->Cast<TaskList>();
}

duckdb::TableFunction BindScan(ClientContext& context, std::shared_ptr<ScanSource> source,
                               duckdb::TableCatalogEntry* entry,
                               duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  const std::string name = source->name().table;
  auto& parquet =
      duckdb::Catalog::GetSystemCatalog(context).GetEntry<duckdb::TableFunctionCatalogEntry>(
          context, DEFAULT_SCHEMA, "parquet_scan");
  auto function = parquet.functions.GetFunctionByArguments(context, {duckdb::LogicalType::VARCHAR});
  function.name = "iceberg_scan";
  function.get_multi_file_reader = TableReader::Make;
  function.function_info = duckdb::make_shared_ptr<ScanInfo>(std::move(source), entry);
  // Footers know nothing of deleted rows; what manifests say answers instead.
  function.statistics = [](ClientContext&, const duckdb::FunctionData* data,
                           duckdb::column_t column) {
    const TaskList& list = ListOf(data);
    return ColumnStatisticsOf(list.source(), list.tasks(), column);
  };
  function.get_partition_stats = [](ClientContext&, duckdb::GetPartitionStatsInput& input) {
    const TaskList& list = ListOf(input.bind_data.get());
    return FileStatisticsOf(list.shared_source(), list.tasks());
  };
  // DuckDB copies plans through their bytes, as when it puts a CTE in each place that names it. The
  // pinned table has none; with this the CTE is kept and its rows are computed once.
  function.serialize = [](duckdb::Serializer&, const optional_ptr<duckdb::FunctionData>,
                          const duckdb::TableFunction&) { RaiseNotCopied("A scan"); };
  function.deserialize = [](duckdb::Deserializer&,
                            duckdb::TableFunction&) -> duckdb::unique_ptr<duckdb::FunctionData> {
    RaiseNotCopied("A scan");
  };
  function.late_materialization = false;
  function.get_bind_info = [](const optional_ptr<duckdb::FunctionData> data) {
    return duckdb::BindInfo(*InfoOf(data).entry);
  };
  function.get_virtual_columns = [](ClientContext&, optional_ptr<duckdb::FunctionData> data) {
    auto& bind = data->Cast<MultiFileBindData>();
    bind.virtual_columns = InfoOf(data).entry->GetVirtualColumns();
    return bind.virtual_columns;
  };

  duckdb::named_parameter_map_t parameters;
  vector<duckdb::LogicalType> types;
  vector<std::string> names;
  duckdb::TableFunctionRef reference;
  vector<duckdb::Value> inputs = {duckdb::Value(name)};
  duckdb::TableFunctionBindInput input(inputs, parameters, types, names,
                                       function.function_info.get(), nullptr, function, reference);
  bind_data = function.bind(context, input, types, names);
  return function;
}

}  // namespace

Result<MultiFileColumnDefinition> MakeColumn(const iceberg::NestedField& field) {
  FIRN_ASSIGN_OR_RETURN(const duckdb::LogicalType type, ToLogicalType(field.type, field.name));
  MultiFileColumnDefinition column(field.name, type);
  column.identifier = duckdb::Value::INTEGER(field.id);
  duckdb::Value initial(type);
  if (field.initial_default && field.type.is_primitive()) {
    FIRN_ASSIGN_OR_RETURN(const iceberg::Literal literal,
                          iceberg::LiteralFromJson(*field.initial_default, field.type));
    initial = ToValue(literal);
  }
  column.default_expression = duckdb::make_uniq<duckdb::ConstantExpression>(std::move(initial));
  for (const iceberg::NestedField& child : field.type.fields()) {
    FIRN_ASSIGN_OR_RETURN(MultiFileColumnDefinition definition, MakeColumn(child));
    column.children.push_back(std::move(definition));
  }
  return column;
}

Result<std::shared_ptr<ScanSource>> ScanSource::Make(Statement& statement, TableName name,
                                                     TablePin& pin, const ScanVersion& version) {
  std::shared_ptr<ScanSource> source(new ScanSource(statement, std::move(name), pin));
  const PinnedTable& table = source->table();
  source->snapshot_id_ = version.snapshot_id ? version.snapshot_id : table.snapshot_id;
  source->plan_name_ = source->snapshot_id_ ? std::to_string(*source->snapshot_id_) : "none";
  source->schema_ = &table.metadata->current_schema();
  if (version.snapshot_id) {
    const iceberg::Snapshot* snapshot = table.metadata->FindSnapshot(*version.snapshot_id);
    if (snapshot == nullptr) {
      return NotFound("NoSuchSnapshot", "Table '" + source->name_.table + "' has no snapshot " +
                                            std::to_string(*version.snapshot_id));
    }
    source->schema_ = &table.metadata->SchemaOf(*snapshot);
    if (version.after) {
      FIRN_ASSIGN_OR_RETURN(source->appends_,
                            FindAppends(*table.metadata, *snapshot, *version.after));
      source->plan_name_ += " after " + std::to_string(*version.after);
    }
  }
  for (const iceberg::NestedField& field : source->schema_->fields) {
    FIRN_ASSIGN_OR_RETURN(MultiFileColumnDefinition column, MakeColumn(field));
    source->columns_.push_back(std::move(column));
  }
  return source;
}

std::shared_ptr<const iceberg::ScanPlan> ScanSource::Plan(
    const iceberg::Predicate& predicate) const {
  if (own_plan_ != nullptr) return own_plan_;
  // Held over I/O: whoever else asks for this table most likely needs the same manifests.
  MutexLock lock(pin_.mutex);
  std::shared_ptr<const iceberg::ScanPlan>& plan =
      pin_.plans[plan_name_ + " " + predicate.ToString()];
  if (plan == nullptr) {
    pin_.predicates.push_back(predicate);
    plan = MakePlan(predicate);
  }
  pin_.last_plan = plan;
  return plan;
}

std::shared_ptr<const iceberg::ScanPlan> ScanSource::MakePlan(
    const iceberg::Predicate& predicate) const {
  if (!snapshot_id_) return std::make_shared<iceberg::ScanPlan>();
  const auto plan_one = [&](std::int64_t snapshot_id) {
    EngineParts& parts = statement_.parts();
    const std::string& scope = table().cache_scope;
    auto made = iceberg::PlanScan(statement_.context(), *table().store, *table().metadata,
                                  snapshot_id, predicate,
                                  {.cache = scope.empty() ? nullptr : &parts.manifests,
                                   .cache_scope = scope,
                                   .decoders = &parts.decoders});
    if (!made) Raise(std::move(made).error().Note("planning the scan of '" + name_.table + "'"));
    return std::make_shared<iceberg::ScanPlan>(std::move(*made));
  };
  if (!appends_) return plan_one(*snapshot_id_);
  auto all = std::make_shared<iceberg::ScanPlan>();
  all->snapshot_id = snapshot_id_;
  all->schema_id = schema_->schema_id;
  for (const iceberg::Snapshot* snapshot : *appends_) {
    const auto plan = plan_one(snapshot->snapshot_id);
    all->counters.manifests_total += plan->counters.manifests_total;
    all->counters.manifests_read += plan->counters.manifests_read;
    all->counters.files_total += plan->counters.files_total;
    for (iceberg::ScanTask& task : plan->tasks) {
      if (task.file_sequence_number != snapshot->sequence_number) continue;
      // As it was appended: later deletes are no part of it.
      task.deletes.clear();
      ++all->counters.files_kept;
      all->counters.rows_kept += task.data_file.record_count;
      all->counters.bytes_kept += task.data_file.file_size_bytes;
      all->tasks.push_back(std::move(task));
    }
  }
  return all;
}

bool ScanSource::MustMatch(const iceberg::Predicate& predicate,
                           const iceberg::DataFile& file) const {
  const iceberg::PartitionSpec* spec = table().metadata->FindSpec(file.spec_id);
  return spec != nullptr && iceberg::MustMatch(predicate, schema(), *spec, file);
}

void ScanSource::NoteFilters(std::optional<iceberg::Predicate> filters) const {
  MutexLock lock(pin_.mutex);
  ++pin_.pushdown_count;
  if (pin_.exact_filters && filters) {
    filters = iceberg::Predicate::And({*pin_.exact_filters, *filters});
    pin_.exact_filters = std::move(filters);
  } else {
    pin_.exact_filters.reset();
  }
}

bool ScanSource::IsScanned(const iceberg::ScanTask& task) const {
  if (own_plan_ != nullptr) return true;
  const WholeFiles& whole = statement_.whole_files;
  if (whole.pin == &pin_ && whole.tasks.contains(task.data_file.file_path)) return false;
  const ScanOnly& only = statement_.scan_only;
  return only.pin != &pin_ || only.files.contains(task.data_file.file_path);
}

std::shared_ptr<const DeletedRows> ScanSource::RowsLeftOut(const iceberg::ScanTask& task) const {
  const ScanOnly& only = statement_.scan_only;
  if (own_plan_ != nullptr || only.pin != &pin_) return nullptr;
  return only.files.at(task.data_file.file_path);
}

std::shared_ptr<ScanSource> ScanSource::OfFile(const ScanSource& table, iceberg::Schema schema,
                                               std::vector<MultiFileColumnDefinition> columns,
                                               const iceberg::DataFile& file) {
  std::shared_ptr<ScanSource> source(new ScanSource(table.statement_, table.name_, table.pin_));
  source->own_schema_ = std::move(schema);
  source->schema_ = &*source->own_schema_;
  source->columns_ = std::move(columns);
  auto plan = std::make_shared<iceberg::ScanPlan>();
  plan->tasks.push_back({.data_file = file, .deletes = {}});
  source->own_plan_ = std::move(plan);
  return source;
}

duckdb::TableFunction MakeTableScan(ClientContext& context, duckdb::TableCatalogEntry& entry,
                                    std::shared_ptr<ScanSource> source,
                                    duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  return BindScan(context, std::move(source), &entry, bind_data);
}

void ScanWholeFile(ClientContext& context, std::shared_ptr<ScanSource> source,
                   const std::function<bool(duckdb::DataChunk&)>& take) {
  vector<duckdb::column_t> columns;
  vector<duckdb::LogicalType> types;
  for (const MultiFileColumnDefinition& column : source->columns()) {
    columns.push_back(columns.size());
    types.push_back(column.type);
  }
  const Context& statement_context = source->statement().context();
  duckdb::unique_ptr<duckdb::FunctionData> bind_data;
  const duckdb::TableFunction scan = BindScan(context, std::move(source), nullptr, bind_data);
  duckdb::TableFunctionInitInput input(bind_data.get(), columns, vector<duckdb::idx_t>(), nullptr);
  const auto global = scan.init_global(context, input);
  duckdb::ThreadContext thread(context);
  duckdb::ExecutionContext execution(context, thread, nullptr);
  const auto local = scan.init_local(execution, input, global.get());
  duckdb::TableFunctionInput state(bind_data.get(), local.get(), global.get());
  duckdb::DataChunk chunk;
  chunk.Initialize(context, types);
  while (true) {
    OkOrRaise(statement_context.Check());
    chunk.Reset();
    scan.function(context, state, chunk);
    if (chunk.size() == 0 || !take(chunk)) return;
  }
}

}  // namespace firn::duck
