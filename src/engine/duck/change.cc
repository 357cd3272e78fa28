#include "engine/duck/change_internal.h"

#include <algorithm>
#include <duckdb/execution/physical_operator.hpp>
#include <duckdb/execution/physical_plan_generator.hpp>
#include <map>
#include <utility>

#include "engine/duck/errors_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/scan_internal.h"
#include "engine/duck/write_internal.h"
#include "lake/iceberg/deletion_vector.h"
#include "lake/iceberg/partition_key.h"

namespace firn::duck {
namespace {

using duckdb::make_uniq;
using duckdb::Value;
template <typename T>
using Ptr = duckdb::unique_ptr<T>;

/// Reserved columns of position delete files (spec, "Reserved Field IDs").
constexpr std::int32_t kDeletePathId = 2147483546;

/// The rows a statement touches, by the data file they stand in.
struct TouchedRows {
  std::map<std::string, DeletedRows> positions;
  Ptr<duckdb::ColumnDataCollection> rows;  ///< To be written; null when there are none.
  std::uint64_t deleted = 0;
  std::uint64_t updated = 0;
  std::uint64_t inserted = 0;
};

/// Runs the query and sorts its rows.
class Gatherer {
 public:
  Gatherer(duckdb::Connection& connection, Statement& statement, bool has_columns)
      : connection_(connection), statement_(statement), has_columns_(has_columns) {}

  Result<TouchedRows> Run(Ptr<duckdb::SelectNode> rows, bool may_match_often) {
    auto select = make_uniq<duckdb::SelectStatement>();
    select->node = std::move(rows);
    auto result = connection_.SendQuery(std::move(select));
    if (result->HasError()) return ToError(result->GetErrorObject());
    if (has_columns_) OpenRows(result->types);
    while (true) {
      FIRN_TRY(statement_.context().Check());
      const auto chunk = result->Fetch();
      if (result->HasError()) return ToError(result->GetErrorObject());
      if (!chunk || chunk->size() == 0) break;
      FIRN_TRY(Take(*chunk));
    }
    FIRN_TRY(SortPositions(may_match_often));
    if (touched_.rows != nullptr && touched_.rows->Count() == 0) touched_.rows.reset();
    return std::move(touched_);
  }

 private:
  void OpenRows(const duckdb::vector<duckdb::LogicalType>& types) {
    const duckdb::vector<duckdb::LogicalType> columns(types.begin() + 3, types.end());
    touched_.rows = make_uniq<duckdb::ColumnDataCollection>(
        duckdb::BufferManager::GetBufferManager(*connection_.context), columns);
    touched_.rows->InitializeAppend(append_);
    chunk_.Initialize(*connection_.context, columns);
  }

  Status Take(duckdb::DataChunk& chunk) {
    duckdb::UnifiedVectorFormat files;
    duckdb::UnifiedVectorFormat positions;
    duckdb::UnifiedVectorFormat actions;
    chunk.data[0].ToUnifiedFormat(chunk.size(), files);
    chunk.data[1].ToUnifiedFormat(chunk.size(), positions);
    chunk.data[2].ToUnifiedFormat(chunk.size(), actions);
    duckdb::SelectionVector written(STANDARD_VECTOR_SIZE);
    duckdb::idx_t written_count = 0;
    for (duckdb::idx_t i = 0; i < chunk.size(); ++i) {
      const auto at = actions.sel->get_index(i);
      if (!actions.validity.RowIsValid(at)) continue;
      const auto action =
          static_cast<RowAction>(duckdb::UnifiedVectorFormat::GetData<int8_t>(actions)[at]);
      if (action != RowAction::kDelete) written.set_index(written_count++, i);
      if (action == RowAction::kInsert) {
        ++touched_.inserted;
        continue;
      }
      const auto& file =
          duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(files)[files.sel->get_index(i)];
      const auto position =
          duckdb::UnifiedVectorFormat::GetData<int64_t>(positions)[positions.sel->get_index(i)];
      FIRN_TRY(TakePosition(file, position));
      ++(action == RowAction::kUpdate ? touched_.updated : touched_.deleted);
    }
    if (written_count > 0) {
      chunk_.Reset();
      for (duckdb::idx_t c = 0; c < chunk_.ColumnCount(); ++c) {
        chunk_.data[c].Slice(chunk.data[c + 3], written, written_count);
      }
      chunk_.SetCardinality(written_count);
      touched_.rows->Append(append_, chunk_);
    }
    return Ok();
  }

  Status TakePosition(const duckdb::string_t& file, std::int64_t position) {
    if (++position_count_ > kPositionDeletesMax) {
      return ResourceExhausted("TooManyDeletes",
                               "The statement changes more than " +
                                   std::to_string(kPositionDeletesMax) +
                                   " rows; change them in parts, by a condition on the partition");
    }
    // Rows come file by file for the most part.
    if (last_ == nullptr || file.GetSize() != last_name_.size() ||
        std::memcmp(file.GetData(), last_name_.data(), last_name_.size()) != 0) {
      last_name_ = file.GetString();
      last_ = &touched_.positions[last_name_];
    }
    last_->push_back(position);
    return Ok();
  }

  Status SortPositions(bool may_match_often) {
    for (auto& [file, positions] : touched_.positions) {
      std::sort(positions.begin(), positions.end());
      const auto twice = std::adjacent_find(positions.begin(), positions.end());
      if (twice != positions.end() && !may_match_often) {
        return InvalidArgument(
            "MultipleMatches",
            "Each target row should be matched by at most one source row, but a target row in "
            "file '" + file + "' at position " +
                std::to_string(*twice) +
                " was matched by more than one source row");
      }
      const auto end = std::unique(positions.begin(), positions.end());
      touched_.deleted -= static_cast<std::uint64_t>(positions.end() - end);
      positions.erase(end, positions.end());
    }
    return Ok();
  }

  duckdb::Connection& connection_;
  Statement& statement_;
  const bool has_columns_;
  TouchedRows touched_;
  duckdb::ColumnDataAppendState append_;
  duckdb::DataChunk chunk_;
  std::string last_name_;
  DeletedRows* last_ = nullptr;
  std::size_t position_count_ = 0;
};

/// REQUIRES: of deletes the task has a vector at most.
std::int64_t LivingRows(const iceberg::ScanTask& task) {
  std::int64_t rows = task.data_file.record_count;
  for (const iceberg::DeleteFileRef& deletes : task.deletes) rows -= deletes.file->record_count;
  return rows;
}

/// Sets aside the files of which a DELETE takes every row, as their metadata shows, so that none of
/// them is opened.
class WholeFileFinder {
 public:
  WholeFileFinder(duckdb::Connection& connection, Statement& statement, TablePin& pin)
      : connection_(connection), statement_(statement), pin_(pin) {}

  /// `rows` is the statement as a query over its one table.
  Status Run(const duckdb::SelectNode& rows) {
    auto select = make_uniq<duckdb::SelectStatement>();
    select->node = rows.Copy();
    FIRN_ASSIGN_OR_RETURN(const auto filters, FindFilters(std::move(select)));
    if (!filters) return Ok();
    auto source =
        ScanSource::Make(statement_, std::get<PinnedTable>(pin_.table).name, pin_);
    if (!source) return std::move(source).error();
    // Held by the pin as long as the statement lives.
    const auto plan = (*source)->Plan(*filters);
    WholeFiles& whole = statement_.whole_files;
    for (const iceberg::ScanTask& task : plan->tasks) {
      if (IsCounted(task) && (*source)->MustMatch(*filters, task.data_file)) {
        whole.tasks.emplace(task.data_file.file_path, &task);
      }
    }
    if (!whole.tasks.empty()) whole.pin = &pin_;
    // Bound anew, without those files.
    statement_.table_entries().clear();
    return Ok();
  }

 private:
  /// All that the query filters by, in metadata's terms; nullopt where they do not say it.
  Result<std::optional<iceberg::Predicate>> FindFilters(Ptr<duckdb::SelectStatement> select) {
    {
      MutexLock lock(pin_.mutex);
      pin_.exact_filters = iceberg::Predicate::True();
      pin_.pushdown_count = 0;
    }
    const auto prepared = connection_.Prepare(std::move(select));
    if (prepared->HasError()) return ToError(prepared->GetErrorObject());
    const auto& plan = prepared->data->physical_plan;
    bool has_filter = false;
    const bool is_plain = plan != nullptr && IsPlainScan(plan->Root(), has_filter);
    MutexLock lock(pin_.mutex);
    // A filter above the scan was offered to it first; one that was not is not known.
    if (!is_plain || (has_filter && pin_.pushdown_count == 0)) pin_.exact_filters.reset();
    return std::exchange(pin_.exact_filters, std::nullopt);
  }

  static bool IsPlainScan(const duckdb::PhysicalOperator& node, bool& has_filter) {
    switch (node.type) {
      case duckdb::PhysicalOperatorType::TABLE_SCAN: return true;
      case duckdb::PhysicalOperatorType::FILTER: has_filter = true; break;
      case duckdb::PhysicalOperatorType::PROJECTION: break;
      default: return false;
    }
    return node.children.size() == 1 && IsPlainScan(node.children[0].get(), has_filter);
  }

  /// Only then is it known how many rows go.
  static bool IsCounted(const iceberg::ScanTask& task) {
    return task.deletes.empty() ||
           (task.deletes.size() == 1 && task.deletes[0].file->is_deletion_vector());
  }

  duckdb::Connection& connection_;
  Statement& statement_;
  TablePin& pin_;
};

/// Turns touched rows into files.
class Changer {
 public:
  Changer(duckdb::Connection& connection, Statement& statement, TablePin& pin,
          const WriteTarget& target)
      : connection_(connection), statement_(statement), pin_(pin), target_(target) {}

  Result<RowChange> Run(TouchedRows touched, DeleteMode mode) {
    change_.deleted_rows = touched.deleted;
    if (statement_.whole_files.pin == &pin_) TakeWholeFiles();
    change_.updated_rows = touched.updated;
    change_.inserted_rows = touched.inserted;
    FIRN_TRY(FindTasks(touched));
    FIRN_TRY(SplitWholeFiles());
    const Status written = mode == DeleteMode::kCopyOnWrite
                               ? WriteCopies(std::move(touched))
                               : WriteDeletes(std::move(touched));
    if (!written) {
      DeleteAdded();
      return written.error();
    }
    change_.rows_read = ReadRows();
    return std::move(change_);
  }

  /// Writes the named files' living rows anew.
  Result<RowChange> Rewrite(std::span<const std::string> paths) {
    TouchedRows touched;
    for (const std::string& path : paths) touched.positions[path];
    auto source = ScanSource::Make(statement_, pin_name(), pin_);
    if (!source) return std::move(source).error();
    (*source)->Plan(iceberg::Predicate::True());
    for (const std::string& path : paths) {
      if (!IsPlanned(path)) {
        return InvalidArgument("UnknownDataFile", "The table has no data file '" + path + "'");
      }
    }
    return Run(std::move(touched), DeleteMode::kCopyOnWrite);
  }

 private:
  void TakeWholeFiles() {
    for (const auto& [path, task] : statement_.whole_files.tasks) {
      change_.removed.push_back(task->data_file);
      change_.deleted_rows += static_cast<std::uint64_t>(LivingRows(*task));
    }
  }

  bool IsPlanned(const std::string& path) {
    MutexLock lock(pin_.mutex);
    for (const auto& [key, plan] : pin_.plans) {
      for (const iceberg::ScanTask& task : plan->tasks) {
        if (task.data_file.file_path == path) return true;
      }
    }
    return false;
  }

  struct TouchedFile {
    const iceberg::ScanTask* task = nullptr;
    DeletedRows gone;  ///< All that is gone of it once the statement is committed.
    DeletedRows fresh;
  };

  const iceberg::TableMetadata& metadata() const { return *target_.metadata; }

  /// The plan's tasks of the touched files, with what is deleted of them already.
  Status FindTasks(TouchedRows& touched) {
    MutexLock lock(pin_.mutex);
    for (const auto& [key, plan] : pin_.plans) {
      for (const iceberg::ScanTask& task : plan->tasks) {
        const auto found = touched.positions.find(task.data_file.file_path);
        if (found == touched.positions.end()) continue;
        files_[found->first] = {.task = &task, .gone = {}, .fresh = std::move(found->second)};
        touched.positions.erase(found);
      }
    }
    FIRN_CHECK(touched.positions.empty());
    return Ok();
  }

  /// Files of which nothing is left are removed whole.
  Status SplitWholeFiles() {
    auto source = ScanSource::Make(statement_, pin_name(), pin_);
    if (!source) return std::move(source).error();
    std::vector<const iceberg::ScanTask*> tasks;
    for (const auto& [path, file] : files_) tasks.push_back(file.task);
    const auto deleted = LoadDeletes(*connection_.context, **source, tasks);
    std::size_t i = 0;
    for (auto at = files_.begin(); at != files_.end();) {
      TouchedFile& file = at->second;
      if (const auto& before = deleted[i++]; before != nullptr) {
        std::set_union(file.fresh.begin(), file.fresh.end(), before->begin(), before->end(),
                       std::back_inserter(file.gone));
      } else {
        file.gone = file.fresh;
      }
      if (static_cast<std::int64_t>(file.gone.size()) >= file.task->data_file.record_count) {
        change_.removed.push_back(file.task->data_file);
        at = files_.erase(at);
      } else {
        ++at;
      }
    }
    return Ok();
  }

  Status WriteDeletes(TouchedRows touched) {
    if (touched.rows != nullptr) FIRN_TRY(WriteRows(std::move(touched.rows)));
    if (files_.empty()) return Ok();
    for (const auto& [path, file] : files_) change_.referenced_data_files.push_back(path);
    return metadata().format_version >= 3 ? WriteVectors() : WritePositions();
  }

  /// One Puffin file with a vector for each data file; vectors and files of deletes about it alone
  /// that were there before are replaced.
  Status WriteVectors() {
    std::vector<iceberg::VectorBlob> blobs;
    for (auto& [path, file] : files_) blobs.push_back({path, std::move(file.gone)});
    const iceberg::PuffinFile puffin = iceberg::EncodeVectorFile(blobs, "Firn");
    const std::string url =
        iceberg::DataFolder(metadata()) + "/" + target_.file_prefix + "-deletes.puffin";
    FIRN_TRY(target_.store->Put(statement_.context(), url, puffin.bytes,
                                objects::PutCondition::kAlways));
    std::size_t i = 0;
    for (const auto& [path, file] : files_) {
      iceberg::DataFile vector;
      vector.content = iceberg::FileContent::kPositionDeletes;
      vector.file_path = url;
      vector.file_format = "PUFFIN";
      vector.spec_id = file.task->data_file.spec_id;
      vector.partition = file.task->data_file.partition;
      vector.record_count = static_cast<std::int64_t>(blobs[i].positions.size());
      vector.file_size_bytes = static_cast<std::int64_t>(puffin.bytes.size());
      vector.referenced_data_file = path;
      vector.content_offset_bytes = puffin.places[i].offset_bytes;
      vector.content_size_bytes = puffin.places[i].length_bytes;
      ++i;
      change_.added.push_back(std::move(vector));
      for (const iceberg::DeleteFileRef& reference : file.task->deletes) {
        if (reference.file->content == iceberg::FileContent::kPositionDeletes &&
            reference.file->referenced_data_file == path) {
          change_.removed.push_back(*reference.file);
        }
      }
    }
    return Ok();
  }

  /// Position delete files, one a partition.
  Status WritePositions() {
    std::map<std::string, std::vector<const std::string*>> partitions;
    for (const auto& [path, file] : files_) {
      const iceberg::DataFile& data = file.task->data_file;
      partitions[iceberg::PartitionKey(data.spec_id, data.partition)].push_back(&path);
    }
    int number = 0;
    for (const auto& [key, paths] : partitions) {
      FIRN_TRY(WritePositionFile(paths, number++));
    }
    return Ok();
  }

  Status WritePositionFile(const std::vector<const std::string*>& paths, int number) {
    const duckdb::vector<duckdb::LogicalType> types = {duckdb::LogicalType::VARCHAR,
                                                       duckdb::LogicalType::BIGINT};
    auto rows = make_uniq<duckdb::ColumnDataCollection>(*connection_.context, types);
    duckdb::ColumnDataAppendState append;
    rows->InitializeAppend(append);
    duckdb::DataChunk chunk;
    chunk.Initialize(*connection_.context, types);
    std::int64_t count = 0;
    for (const std::string* path : paths) {
      const DeletedRows& fresh = files_.at(*path).fresh;
      for (std::size_t first = 0; first < fresh.size(); first += STANDARD_VECTOR_SIZE) {
        const std::size_t size =
            std::min<std::size_t>(STANDARD_VECTOR_SIZE, fresh.size() - first);
        chunk.Reset();
        chunk.data[0].Reference(Value(*path));
        auto* positions = duckdb::FlatVector::GetData<int64_t>(chunk.data[1]);
        std::copy_n(fresh.begin() + static_cast<std::ptrdiff_t>(first), size, positions);
        chunk.SetCardinality(size);
        rows->Append(append, chunk);
      }
      count += static_cast<std::int64_t>(fresh.size());
    }
    WriteTarget target = target_;
    target.file_prefix += "-deletes-" + std::to_string(number);
    FIRN_ASSIGN_OR_RETURN(iceberg::DataFile file,
                          WritePositionDeletes(connection_, statement_, target, std::move(rows)));
    const iceberg::DataFile& first = files_.at(*paths.front()).task->data_file;
    file.spec_id = first.spec_id;
    file.partition = first.partition;
    file.record_count = count;
    // Paths are in order; equal bounds, or the field, say that the file is about one data file.
    file.lower_bounds[kDeletePathId] = *paths.front();
    file.upper_bounds[kDeletePathId] = *paths.back();
    if (paths.size() == 1) file.referenced_data_file = *paths.front();
    change_.added.push_back(std::move(file));
    return Ok();
  }

  /// Writes touched files anew without the rows that go, and with those that come.
  Status WriteCopies(TouchedRows touched) {
    for (const auto& [path, file] : files_) {
      change_.removed.push_back(file.task->data_file);
      statement_.scan_only.files.emplace(
          path, std::make_shared<const DeletedRows>(std::move(file.gone)));
    }
    if (files_.empty()) {
      return touched.rows == nullptr ? Ok() : WriteRows(std::move(touched.rows));
    }
    statement_.scan_only.pin = &pin_;
    Status written = WriteKept(std::move(touched.rows));
    statement_.scan_only.pin = nullptr;
    return written;
  }

  Status WriteKept(Ptr<duckdb::ColumnDataCollection> rows) {
    const TableName name = pin_name();
    // Bound anew, so that the scan is made of the files to rewrite alone.
    statement_.table_entries().clear();
    auto node = make_uniq<duckdb::SelectNode>();
    node->select_list.push_back(make_uniq<duckdb::StarExpression>());
    if (HasRowLineage(metadata())) {
      for (const auto* field : {&iceberg::kRowIdField, &iceberg::kLastUpdatedField}) {
        node->select_list.push_back(make_uniq<duckdb::ColumnRefExpression>(field->name));
      }
    }
    auto table = make_uniq<duckdb::BaseTableRef>();
    table->catalog_name = kAttachedName;
    table->schema_name = EncodeSchemaName(name.catalog, name.database);
    table->table_name = name.table;
    node->from_table = std::move(table);
    auto select = make_uniq<duckdb::SelectStatement>();
    if (rows == nullptr) {
      select->node = std::move(node);
    } else {
      auto both = make_uniq<duckdb::SetOperationNode>();
      both->setop_type = duckdb::SetOperationType::UNION;
      both->setop_all = true;
      both->children.push_back(std::move(node));
      both->children.push_back(SelectRows(std::move(rows)));
      select->node = std::move(both);
    }
    return WriteSelect(std::move(select));
  }

  Ptr<duckdb::SelectNode> SelectRows(Ptr<duckdb::ColumnDataCollection> rows) const {
    duckdb::vector<std::string> names;
    for (const auto& field : metadata().current_schema().fields) names.push_back(field.name);
    auto node = make_uniq<duckdb::SelectNode>();
    node->select_list.push_back(make_uniq<duckdb::StarExpression>());
    if (HasRowLineage(metadata())) {
      // They keep their ids (new ones are null), and are changed by this very commit.
      names.push_back(iceberg::kRowIdField.name);
      node->select_list.push_back(
          make_uniq<duckdb::ConstantExpression>(Value(duckdb::LogicalType::BIGINT)));
    }
    node->from_table = make_uniq<duckdb::ColumnDataRef>(
        duckdb::optionally_owned_ptr<duckdb::ColumnDataCollection>(std::move(rows)),
        std::move(names));
    node->from_table->alias = "changed";
    return node;
  }

  Status WriteRows(Ptr<duckdb::ColumnDataCollection> rows) {
    auto select = make_uniq<duckdb::SelectStatement>();
    select->node = SelectRows(std::move(rows));
    return WriteSelect(std::move(select));
  }

  Status WriteSelect(Ptr<duckdb::SelectStatement> select) {
    WriteTarget target = target_;
    target.with_lineage = HasRowLineage(metadata());
    FIRN_ASSIGN_OR_RETURN(Writer writer, Writer::Make(connection_, statement_, target));
    FIRN_ASSIGN_OR_RETURN(std::vector<iceberg::DataFile> files,
                          writer.WriteSelect(std::move(select)));
    std::move(files.begin(), files.end(), std::back_inserter(change_.added));
    return Ok();
  }

  TableName pin_name() const { return std::get<PinnedTable>(pin_.table).name; }

  /// What any scan of the target asked for.
  iceberg::Predicate ReadRows() {
    MutexLock lock(pin_.mutex);
    return iceberg::Predicate::Or(pin_.predicates);
  }

  void DeleteAdded() {
    const Context context(statement_.context().request_id(), statement_.context().clock());
    for (const iceberg::DataFile& file : change_.added) {
      // An orphan is harmless; maintenance removes it.
      static_cast<void>(
          target_.store->Delete(context.WithTimeout(kCleanUpTimeout), file.file_path));
    }
  }

  duckdb::Connection& connection_;
  Statement& statement_;
  TablePin& pin_;
  const WriteTarget& target_;
  std::map<std::string, TouchedFile> files_;
  RowChange change_;
};

}  // namespace

bool HasRowLineage(const iceberg::TableMetadata& metadata) { return metadata.format_version >= 3; }

DeleteMode DeleteModeOf(const iceberg::TableMetadata& metadata, const char* property) {
  if (metadata.format_version == 1) return DeleteMode::kCopyOnWrite;
  const auto found = metadata.properties.find(property);
  return found != metadata.properties.end() && found->second == "copy-on-write"
             ? DeleteMode::kCopyOnWrite
             : DeleteMode::kMergeOnRead;
}

Result<RowChange> ChangeRows(duckdb::Connection& connection, Statement& statement,
                             LoweredChange lowered, DeleteMode mode, const WriteTarget& target) {
  if (lowered.takes_whole_files) {
    FIRN_TRY(WholeFileFinder(connection, statement, *lowered.target).Run(*lowered.rows));
  }
  Gatherer gatherer(connection, statement, lowered.has_columns);
  FIRN_ASSIGN_OR_RETURN(TouchedRows touched,
                        gatherer.Run(std::move(lowered.rows), lowered.may_match_often));
  return Changer(connection, statement, *lowered.target, target).Run(std::move(touched), mode);
}

Result<RowChange> RewriteFiles(duckdb::Connection& connection, Statement& statement,
                               const TableName& name, std::span<const std::string> paths,
                               const WriteTarget& target) {
  FIRN_ASSIGN_OR_RETURN(TablePin * pin, statement.Resolve(name));
  return Changer(connection, statement, *pin, target).Rewrite(paths);
}

}  // namespace firn::duck
