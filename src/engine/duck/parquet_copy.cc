#include <algorithm>
#include <cmath>
#include <duckdb/catalog/catalog_entry/copy_function_catalog_entry.hpp>
#include <duckdb/execution/execution_context.hpp>
#include <duckdb/function/copy_function.hpp>
#include <duckdb/parallel/task_executor.hpp>

#include "engine/duck/errors_internal.h"
#include "engine/duck/file_system_internal.h"
#include "engine/duck/parquet_copy_internal.h"

namespace firn::duck {
namespace {

using duckdb::ClientContext;
using duckdb::ColumnDataCollection;
using duckdb::FunctionData;
using duckdb::LogicalType;
using duckdb::make_uniq;
template <typename T>
using Ptr = duckdb::unique_ptr<T>;

/// DuckDB's own writer.
struct ParquetInfo final : duckdb::CopyFunctionInfo {
  explicit ParquetInfo(duckdb::CopyFunction own) : function(std::move(own)) {}
  const duckdb::CopyFunction function;
};

struct BindData final : FunctionData {
  duckdb::shared_ptr<duckdb::CopyFunctionInfo> info;
  Ptr<FunctionData> inner;  ///< Of DuckDB's writer.
  std::vector<LogicalType> types;
  std::vector<std::string> names;
  bool is_partitioned = false;  ///< The last column is the partition's number.

  duckdb::unique_ptr<FunctionData> Copy() const override {
    auto copy = make_uniq<BindData>();
    copy->info = info;
    copy->inner = inner->Copy();
    copy->types = types;
    copy->names = names;
    copy->is_partitioned = is_partitioned;
    return copy;
  }
  bool Equals(const FunctionData& other) const override {
    return inner->Equals(*other.Cast<BindData>().inner);
  }
  const duckdb::CopyFunction& parquet() const { return info->Cast<ParquetInfo>().function; }
  duckdb::vector<LogicalType> column_types() const {
    return duckdb::vector<LogicalType>(types.begin(), types.end());
  }
};

using NanCounts = std::map<std::string, std::int64_t>;

void CountNans(duckdb::Vector& vector, duckdb::idx_t count, const std::string& path,
               NanCounts& counts) {
  const LogicalType& type = vector.GetType();
  if (type.id() == duckdb::LogicalTypeId::STRUCT) {
    vector.Flatten(count);
    auto& children = duckdb::StructVector::GetEntries(vector);
    for (std::size_t i = 0; i < children.size(); ++i) {
      const std::string name = duckdb::StructType::GetChildName(type, i);
      CountNans(*children[i], count, path + "." + duckdb::KeywordHelper::WriteQuoted(name, '"'),
                counts);
    }
    return;
  }
  const bool is_double = type.id() == duckdb::LogicalTypeId::DOUBLE;
  if (!is_double && type.id() != duckdb::LogicalTypeId::FLOAT) return;
  duckdb::UnifiedVectorFormat format;
  vector.ToUnifiedFormat(count, format);
  std::int64_t nans = 0;
  for (duckdb::idx_t r = 0; r < count; ++r) {
    const auto index = format.sel->get_index(r);
    if (!format.validity.RowIsValid(index)) continue;
    nans += is_double ? std::isnan(duckdb::UnifiedVectorFormat::GetData<double>(format)[index])
                      : std::isnan(duckdb::UnifiedVectorFormat::GetData<float>(format)[index]);
  }
  counts[path] += nans;
}

NanCounts CountNans(const BindData& bind, ColumnDataCollection& rows) {
  NanCounts counts;
  duckdb::vector<duckdb::column_t> columns;
  for (std::size_t c = 0; c < bind.types.size(); ++c) {
    const auto id = bind.types[c].id();
    if (id == duckdb::LogicalTypeId::DOUBLE || id == duckdb::LogicalTypeId::FLOAT ||
        id == duckdb::LogicalTypeId::STRUCT) {
      columns.push_back(c);
    }
  }
  if (columns.empty()) return counts;
  for (auto& chunk : rows.Chunks(columns)) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      CountNans(chunk.data[i], chunk.size(),
                duckdb::KeywordHelper::WriteQuoted(bind.names[columns[i]], '"'), counts);
    }
  }
  return counts;
}

/// One Parquet file being written. Guarded by its FileSet's mutex but for `state`, which is
/// DuckDB's own to guard.
struct OpenFile {
  std::int64_t partition = 0;
  std::string path;
  Ptr<duckdb::GlobalFunctionData> state;
  duckdb::CopyFunctionFileStatistics statistics;
  NanCounts nans;
  int users = 0;
  bool is_retired = false;  ///< Nobody new; closed when the last user lets go.
  std::uint64_t last_use = 0;
};
using FilePtr = std::shared_ptr<OpenFile>;

/// Rows of one partition, encoded for one file.
struct Encoded {
  FilePtr file;
  Ptr<duckdb::PreparedBatchData> batch;
  NanCounts nans;
};

/// All files of one COPY. Thread-safe.
class FileSet final : public duckdb::GlobalFunctionData {
 public:
  FileSet(ClientContext& context, const BindData& bind)
      : context_(context), bind_(bind), output_(WriteOutput::Of(context)) {}

  Encoded Encode(std::int64_t partition, Ptr<ColumnDataCollection> rows) {
    Encoded encoded{.file = Acquire(partition), .batch = nullptr, .nans = CountNans(bind_, *rows)};
    encoded.batch = bind_.parquet().prepare_batch(context_, *bind_.inner, *encoded.file->state,
                                                  std::move(rows));
    return encoded;
  }

  void Flush(Encoded encoded) {
    OpenFile& file = *encoded.file;
    bind_.parquet().flush_batch(context_, *bind_.inner, *file.state, *encoded.batch);
    const bool is_full =
        bind_.parquet().rotate_next_file(*file.state, *bind_.inner, output_->target_file_bytes);
    FilePtr closing;
    {
      MutexLock lock(mutex_);
      for (const auto& [path, count] : encoded.nans) file.nans[path] += count;
      if (is_full) Retire(encoded.file);
      if (--file.users == 0 && file.is_retired) closing = encoded.file;
    }
    if (closing != nullptr) Close(*closing);
  }

  /// Rows of lower numbers have all come.
  void RetireBefore(std::int64_t partition) {
    std::vector<FilePtr> closing;
    {
      MutexLock lock(mutex_);
      while (!open_.empty() && open_.begin()->first < partition) {
        const FilePtr file = open_.begin()->second;
        Retire(file);
        if (file->users == 0) closing.push_back(file);
      }
    }
    for (const FilePtr& file : closing) Close(*file);
  }

  /// Takes a thread's rows of one partition; encodes them once they make a row group.
  void HandOver(std::int64_t partition, Ptr<ColumnDataCollection> rows) {
    Ptr<ColumnDataCollection> ready;
    std::int64_t ready_partition = partition;
    {
      MutexLock lock(mutex_);
      buffered_rows_ += rows->Count();
      Ptr<ColumnDataCollection>& gathered = gathered_[partition];
      if (gathered == nullptr) {
        gathered = std::move(rows);
      } else {
        gathered->Combine(*rows);
      }
      if (IsRowGroup(*gathered)) {
        ready = Take(partition);
      } else if (buffered_rows_ > kBufferedRowsMax) {
        ready_partition = Largest();
        ready = Take(ready_partition);
      }
    }
    if (ready != nullptr) Flush(Encode(ready_partition, std::move(ready)));
  }

  /// What is left, on all threads.
  void Finish();

  bool IsRowGroup(const ColumnDataCollection& rows) const {
    return rows.Count() >= kRowGroupRows || rows.SizeInBytes() >= output_->row_group_bytes;
  }

 private:
  class FinishTask;

  FilePtr Acquire(std::int64_t partition) {
    FilePtr evicted;
    FilePtr file;
    {
      MutexLock lock(mutex_);
      FilePtr& slot = open_[partition];
      if (slot == nullptr) {
        slot = std::make_shared<OpenFile>();
        slot->partition = partition;
        slot->path = std::string(kWritePrefix) + "data/";
        if (bind_.is_partitioned) {
          slot->path += std::string(kPartitionColumn) + "=" + std::to_string(partition) + "/";
        }
        slot->path += "f" + std::to_string(file_count_++) + ".parquet";
        output_->BeginRows(slot->path);
        slot->state = bind_.parquet().copy_to_initialize_global(context_, *bind_.inner, slot->path);
        bind_.parquet().copy_to_get_written_statistics(context_, *bind_.inner, *slot->state,
                                                       slot->statistics);
        if (open_.size() > kOpenFilesMax) evicted = Evict(slot);
      }
      file = slot;
      ++file->users;
      file->last_use = ++use_count_;
    }
    if (evicted != nullptr) Close(*evicted);
    return file;
  }

  /// The idle file used longest ago; null when all are in use.
  FilePtr Evict(const FilePtr& keep) FIRN_REQUIRES(mutex_) {
    FilePtr oldest;
    for (const auto& [partition, file] : open_) {
      if (file == keep || file->users > 0) continue;
      if (oldest == nullptr || file->last_use < oldest->last_use) oldest = file;
    }
    if (oldest != nullptr) Retire(oldest);
    return oldest;
  }

  void Retire(const FilePtr& file) FIRN_REQUIRES(mutex_) {
    file->is_retired = true;
    const auto found = open_.find(file->partition);
    if (found != open_.end() && found->second == file) open_.erase(found);
  }

  void Close(OpenFile& file) {
    output_->EndRows(file.path);
    bind_.parquet().copy_to_finalize(context_, *bind_.inner, *file.state);
    file.state.reset();
    output_->AddFinished({.virtual_path = file.path,
                          .statistics = std::move(file.statistics),
                          .nan_counts = std::move(file.nans)});
  }

  Ptr<ColumnDataCollection> Take(std::int64_t partition) FIRN_REQUIRES(mutex_) {
    auto node = gathered_.extract(partition);
    buffered_rows_ -= node.mapped()->Count();
    return std::move(node.mapped());
  }

  std::int64_t Largest() FIRN_REQUIRES(mutex_) {
    const auto found = std::max_element(
        gathered_.begin(), gathered_.end(),
        [](const auto& a, const auto& b) { return a.second->Count() < b.second->Count(); });
    return found->first;
  }

  // Constant after construction.
  ClientContext& context_;
  const BindData& bind_;
  const std::shared_ptr<WriteOutput> output_;

  Mutex mutex_;
  std::map<std::int64_t, FilePtr> open_ FIRN_GUARDED_BY(mutex_);
  std::map<std::int64_t, Ptr<ColumnDataCollection>> gathered_ FIRN_GUARDED_BY(mutex_);
  duckdb::idx_t buffered_rows_ FIRN_GUARDED_BY(mutex_) = 0;
  std::uint64_t file_count_ FIRN_GUARDED_BY(mutex_) = 0;
  std::uint64_t use_count_ FIRN_GUARDED_BY(mutex_) = 0;
};

/// One partition's last rows, and its file's end.
class FileSet::FinishTask final : public duckdb::BaseExecutorTask {
 public:
  FinishTask(duckdb::TaskExecutor& tasks, FileSet& files, std::int64_t partition,
             Ptr<ColumnDataCollection> rows)
      : BaseExecutorTask(tasks), files_(files), partition_(partition), rows_(std::move(rows)) {}

  void ExecuteTask() override {
    if (rows_ != nullptr) files_.Flush(files_.Encode(partition_, std::move(rows_)));
    FilePtr file;
    {
      MutexLock lock(files_.mutex_);
      const auto found = files_.open_.find(partition_);
      if (found == files_.open_.end()) return;
      file = found->second;
      files_.Retire(file);
    }
    files_.Close(*file);
  }

 private:
  FileSet& files_;
  const std::int64_t partition_;
  Ptr<ColumnDataCollection> rows_;
};

void FileSet::Finish() {
  std::map<std::int64_t, Ptr<ColumnDataCollection>> left;
  {
    MutexLock lock(mutex_);
    left = std::move(gathered_);
    gathered_.clear();
    buffered_rows_ = 0;
    for (const auto& [partition, file] : open_) left.try_emplace(partition);
  }
  duckdb::TaskExecutor tasks(context_);
  for (auto& [partition, rows] : left) {
    tasks.ScheduleTask(make_uniq<FinishTask>(tasks, *this, partition, std::move(rows)));
  }
  tasks.WorkOnTasks();
}

/// One thread's rows, by partition.
class LocalRows final : public duckdb::LocalFunctionData {
 public:
  struct Buffer {
    Ptr<ColumnDataCollection> rows;
    duckdb::ColumnDataAppendState append;
  };

  void Append(ClientContext& context, const BindData& bind, std::int64_t partition,
              duckdb::DataChunk& rows) {
    Buffer& buffer = buffers_[partition];
    if (buffer.rows == nullptr) {
      buffer.rows = make_uniq<ColumnDataCollection>(context, bind.column_types());
      buffer.rows->InitializeAppend(buffer.append);
    }
    buffer.rows->Append(buffer.append, rows);
    row_count_ += rows.size();
  }

  void HandOver(FileSet& files) {
    std::map<std::int64_t, Buffer> buffers = std::move(buffers_);
    buffers_.clear();
    row_count_ = 0;
    for (auto& [partition, buffer] : buffers) {
      buffer.append.current_chunk_state.handles.clear();
      files.HandOver(partition, std::move(buffer.rows));
    }
  }

  duckdb::idx_t row_count() const { return row_count_; }
  /// Of the only partition.
  const ColumnDataCollection* single() const {
    return buffers_.size() == 1 ? buffers_.begin()->second.rows.get() : nullptr;
  }

 private:
  std::map<std::int64_t, Buffer> buffers_;
  duckdb::idx_t row_count_ = 0;
};

/// Calls `take(partition, rows without the partition's column)` for the rows of each partition.
template <typename Take>
void SplitByPartition(const BindData& bind, duckdb::DataChunk& chunk, const Take& take) {
  if (!bind.is_partitioned) return take(0, chunk);
  const duckdb::idx_t column = chunk.ColumnCount() - 1;
  duckdb::UnifiedVectorFormat numbers;
  chunk.data[column].ToUnifiedFormat(chunk.size(), numbers);
  const auto* values = duckdb::UnifiedVectorFormat::GetData<std::int64_t>(numbers);
  std::map<std::int64_t, std::vector<duckdb::sel_t>> rows;
  std::int64_t last = -1;
  std::vector<duckdb::sel_t>* last_rows = nullptr;
  for (duckdb::idx_t r = 0; r < chunk.size(); ++r) {
    const std::int64_t number = values[numbers.sel->get_index(r)];
    if (last_rows == nullptr || number != last) {
      last = number;
      last_rows = &rows[number];
    }
    last_rows->push_back(static_cast<duckdb::sel_t>(r));
  }
  for (auto& [number, selected] : rows) {
    duckdb::DataChunk part;
    part.InitializeEmpty(bind.column_types());
    const duckdb::SelectionVector selection(selected.data());
    for (duckdb::idx_t c = 0; c < column; ++c) {
      if (selected.size() == chunk.size()) {
        part.data[c].Reference(chunk.data[c]);
      } else {
        part.data[c].Slice(chunk.data[c], selection, selected.size());
      }
    }
    part.SetCardinality(selected.size());
    take(number, part);
  }
}

duckdb::unique_ptr<FunctionData> Bind(ClientContext& context, duckdb::CopyFunctionBindInput& input,
                                      const duckdb::vector<duckdb::string>& names,
                                      const duckdb::vector<LogicalType>& types) {
  auto bind = make_uniq<BindData>();
  bind->info = input.function_info;
  bind->names.assign(names.begin(), names.end());
  bind->types.assign(types.begin(), types.end());
  bind->is_partitioned = names.back() == kPartitionColumn;
  if (bind->is_partitioned) {
    bind->names.pop_back();
    bind->types.pop_back();
  }
  bind->inner = bind->parquet().copy_to_bind(
      context, input, duckdb::vector<duckdb::string>(bind->names.begin(), bind->names.end()),
      bind->column_types());
  return bind;
}

duckdb::unique_ptr<duckdb::LocalFunctionData> InitializeLocal(duckdb::ExecutionContext&,
                                                              FunctionData&) {
  return make_uniq<LocalRows>();
}

duckdb::unique_ptr<duckdb::GlobalFunctionData> InitializeGlobal(ClientContext& context,
                                                                FunctionData& bind,
                                                                const duckdb::string&) {
  return make_uniq<FileSet>(context, bind.Cast<BindData>());
}

void Sink(duckdb::ExecutionContext& context, FunctionData& data, duckdb::GlobalFunctionData& global,
          duckdb::LocalFunctionData& local, duckdb::DataChunk& chunk) {
  const auto& bind = data.Cast<BindData>();
  auto& files = global.Cast<FileSet>();
  auto& rows = local.Cast<LocalRows>();
  SplitByPartition(bind, chunk, [&](std::int64_t partition, duckdb::DataChunk& part) {
    rows.Append(context.client, bind, partition, part);
  });
  const ColumnDataCollection* single = rows.single();
  if (rows.row_count() >= kRowGroupRows || (single != nullptr && files.IsRowGroup(*single))) {
    rows.HandOver(files);
  }
}

void Combine(duckdb::ExecutionContext&, FunctionData&, duckdb::GlobalFunctionData& global,
             duckdb::LocalFunctionData& local) {
  local.Cast<LocalRows>().HandOver(global.Cast<FileSet>());
}

void Finalize(ClientContext&, FunctionData&, duckdb::GlobalFunctionData& global) {
  global.Cast<FileSet>().Finish();
}

struct EncodedBatch final : duckdb::PreparedBatchData {
  std::vector<Encoded> parts;  ///< In the rows' order.
};

duckdb::unique_ptr<duckdb::PreparedBatchData> PrepareBatch(ClientContext& context,
                                                           FunctionData& data,
                                                           duckdb::GlobalFunctionData& global,
                                                           Ptr<ColumnDataCollection> collection) {
  const auto& bind = data.Cast<BindData>();
  auto& files = global.Cast<FileSet>();
  auto batch = make_uniq<EncodedBatch>();
  if (!bind.is_partitioned) {
    batch->parts.push_back(files.Encode(0, std::move(collection)));
    return batch;
  }
  // The rows come by partition: each is one run.
  std::map<std::int64_t, Ptr<ColumnDataCollection>> parts;
  for (auto& chunk : collection->Chunks()) {
    SplitByPartition(bind, chunk, [&](std::int64_t partition, duckdb::DataChunk& part) {
      auto& rows = parts[partition];
      if (rows == nullptr) rows = make_uniq<ColumnDataCollection>(context, bind.column_types());
      rows->Append(part);
    });
  }
  for (auto& [partition, rows] : parts) {
    batch->parts.push_back(files.Encode(partition, std::move(rows)));
  }
  return batch;
}

void FlushBatch(ClientContext&, FunctionData&, duckdb::GlobalFunctionData& global,
                duckdb::PreparedBatchData& prepared) {
  auto& files = global.Cast<FileSet>();
  for (Encoded& part : prepared.Cast<EncodedBatch>().parts) {
    files.RetireBefore(part.file->partition);
    files.Flush(std::move(part));
  }
}

duckdb::idx_t DesiredBatchSize(ClientContext& context, FunctionData& data) {
  const auto& bind = data.Cast<BindData>();
  return bind.parquet().desired_batch_size(context, *bind.inner);
}

}  // namespace

std::shared_ptr<WriteOutput> WriteOutput::Of(ClientContext& context) {
  const auto held = context.registered_state->GetOrCreate<WriteOutput>("firn_write_output");
  // DuckDB's pointers are checked; ours share the object's life with them.
  return {held.get(), [held](WriteOutput*) {}};
}

void RegisterParquetCopy(duckdb::DatabaseInstance& database, duckdb::ExtensionLoader& loader) {
  duckdb::Connection connection(database);
  connection.BeginTransaction();
  duckdb::CopyFunction function = duckdb::Catalog::GetSystemCatalog(*connection.context)
                                      .GetEntry<duckdb::CopyFunctionCatalogEntry>(
                                          *connection.context, DEFAULT_SCHEMA, "parquet")
                                      .function;
  connection.Commit();
  function.function_info = duckdb::make_shared_ptr<ParquetInfo>(function);
  function.name = kParquetFormat;
  function.copy_to_bind = Bind;
  function.copy_to_initialize_local = InitializeLocal;
  function.copy_to_initialize_global = InitializeGlobal;
  function.copy_to_sink = Sink;
  function.copy_to_combine = Combine;
  function.copy_to_finalize = Finalize;
  function.prepare_batch = PrepareBatch;
  function.flush_batch = FlushBatch;
  function.desired_batch_size = DesiredBatchSize;
  // Sizes, counts and operators are the FileSet's own affair.
  function.copy_to_get_written_statistics = nullptr;
  function.initialize_operator = nullptr;
  function.rotate_files = nullptr;
  function.rotate_next_file = nullptr;
  function.serialize = nullptr;
  function.deserialize = nullptr;
  function.copy_from_bind = nullptr;
  loader.RegisterFunction(function);
}

}  // namespace firn::duck
