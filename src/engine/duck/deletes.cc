#include <algorithm>
#include <map>
#include <span>

#include "engine/duck/column_reads_internal.h"
#include "engine/duck/errors_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/read_limits.h"
#include "engine/duck/scan_internal.h"
#include "engine/duck/side_by_side_internal.h"
#include "lake/iceberg/deletion_vector.h"

namespace firn::duck {
namespace {

/// Positions by data file path.
using DeletesByPath = std::map<std::string, std::vector<std::int64_t>>;

Error DeletesCorrupt(const std::string& path, const std::string& what) {
  return Error(ErrorCode::kDataCorruption, "DeleteFile", "Delete file '" + path + "' " + what);
}

using objects::ByteRange;

Result<ByteRange> PlaceOf(const iceberg::DataFile& vector) {
  const std::int64_t offset = vector.content_offset_bytes.value_or(-1);
  const std::int64_t size = vector.content_size_bytes.value_or(-1);
  if (offset < 0 || size < 0 || static_cast<std::size_t>(size) > kDeleteFileBytesMax) {
    return DeletesCorrupt(vector.file_path, "does not say where its deletion vector is");
  }
  return ByteRange{static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(size)};
}

/// Some deletion vectors of one Puffin file, whose blobs are read at once.
struct VectorBatch {
  std::string url;
  std::vector<ByteRange> places;
  std::vector<DeletedRows> rows;
};

Status ReadVectors(const ScanSource& source, VectorBatch& batch) {
  std::vector<std::string> blobs;
  std::vector<std::span<char>> buffers;
  for (const ByteRange& place : batch.places) blobs.emplace_back(place.length_bytes, '\0');
  for (std::string& blob : blobs) buffers.emplace_back(blob);
  FIRN_TRY(source.table().store->ReadRanges(source.statement().context(), batch.url, batch.places,
                                            buffers));
  for (const std::string& blob : blobs) {
    auto rows = iceberg::DecodeDeletionVector(blob, kPositionDeletesMax);
    if (!rows) return std::move(rows).error().Note("delete file '" + batch.url + "'");
    batch.rows.push_back(*std::move(rows));
  }
  return Ok();
}

/// Runs `select file_path, pos` over the delete file in a connection of its own, beside the
/// statement's.
Result<DeletesByPath> ReadPositionDeletes(duckdb::ClientContext& context, const ScanSource& source,
                                          const iceberg::DataFile& file) {
  if (file.file_format != "PARQUET") {
    return Unsupported("DeleteFileFormat", "Table '" + source.name().table + "' has deletes in " +
                                               file.file_format + ", which is not supported");
  }
  source.statement().RegisterFile(file.file_path, static_cast<std::uint64_t>(file.file_size_bytes),
                                  source.store_index());
  duckdb::Connection connection(*context.db);
  HolderOf(*connection.context).statement = &source.statement();

  auto node = duckdb::make_uniq<duckdb::SelectNode>();
  auto scan = duckdb::make_uniq<duckdb::TableFunctionRef>();
  duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>> arguments;
  arguments.push_back(duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value(file.file_path)));
  scan->function =
      duckdb::make_uniq<duckdb::FunctionExpression>("parquet_scan", std::move(arguments));
  node->from_table = std::move(scan);
  node->select_list.push_back(duckdb::make_uniq<duckdb::ColumnRefExpression>("file_path"));
  node->select_list.push_back(duckdb::make_uniq<duckdb::ColumnRefExpression>("pos"));
  auto select = duckdb::make_uniq<duckdb::SelectStatement>();
  select->node = std::move(node);

  auto result = connection.SendQuery(std::move(select));
  DeletesByPath deletes;
  std::size_t count = 0;
  while (!result->HasError()) {
    auto chunk = result->Fetch();
    if (!chunk || chunk->size() == 0) break;
    count += chunk->size();
    if (count > kPositionDeletesMax) {
      return ResourceExhausted("TooManyDeletes", "Delete file '" + file.file_path +
                                                     "' deletes more than " +
                                                     std::to_string(kPositionDeletesMax) + " rows");
    }
    duckdb::UnifiedVectorFormat paths;
    duckdb::UnifiedVectorFormat positions;
    chunk->data[0].ToUnifiedFormat(chunk->size(), paths);
    chunk->data[1].ToUnifiedFormat(chunk->size(), positions);
    for (duckdb::idx_t i = 0; i < chunk->size(); ++i) {
      const auto& path =
          duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(paths)[paths.sel->get_index(i)];
      deletes[path.GetString()].push_back(
          duckdb::UnifiedVectorFormat::GetData<int64_t>(positions)[positions.sel->get_index(i)]);
    }
  }
  if (result->HasError()) {
    return ToError(result->GetErrorObject())
        .Note("reading deletes of '" + source.name().table + "'");
  }
  return deletes;
}

/// Reads each delete file and deletion vector once, however many data files it applies to.
class DeleteLoader {
 public:
  DeleteLoader(duckdb::ClientContext& context, const ScanSource& source)
      : context_(context), source_(source) {}

  /// Notes what the task needs; ReadAll reads it.
  Status Want(const iceberg::ScanTask& task) {
    for (const iceberg::DeleteFileRef& reference : task.deletes) {
      const iceberg::DataFile& file = *reference.file;
      if (file.content == iceberg::FileContent::kEqualityDeletes) continue;
      if (file.is_deletion_vector()) {
        FIRN_TRY(WantVector(file));
      } else if (by_file_.try_emplace(file.file_path).second) {
        files_.push_back(&file);
      }
    }
    return Ok();
  }

  Status ReadAll() {
    ThreadPool& readers = source_.statement().parts().readers;
    FIRN_TRY(RunSideBySide(readers, batches_.size(), kDeleteFilesAtOnceMax,
                           [&](std::size_t i) { return ReadVectors(source_, batches_[i]); }));
    AnnounceSmallFiles(context_, source_, files_);
    // Decoding waits for the readers' threads, so it must not take them.
    ThreadPool& decoders = source_.statement().parts().decoders;
    return RunSideBySide(decoders, files_.size(), kDeleteFilesAtOnceMax,
                         [&](std::size_t i) -> Status {
                           const iceberg::DataFile& file = *files_[i];
                           FIRN_ASSIGN_OR_RETURN(by_file_.at(file.file_path),
                                                 ReadPositionDeletes(context_, source_, file));
                           return Ok();
                         });
  }

  std::shared_ptr<const DeletedRows> RowsOf(const iceberg::ScanTask& task) const {
    auto rows = std::make_shared<DeletedRows>();
    const auto add = [&](const std::vector<std::int64_t>& some) {
      rows->insert(rows->end(), some.begin(), some.end());
    };
    for (const iceberg::DeleteFileRef& reference : task.deletes) {
      const iceberg::DataFile& file = *reference.file;
      if (file.content == iceberg::FileContent::kEqualityDeletes) continue;
      if (file.is_deletion_vector()) {
        const auto [batch, index] = vectors_.at(KeyOf(file));
        add(batches_[batch].rows[index]);
        continue;
      }
      const DeletesByPath& read = by_file_.at(file.file_path);
      const auto positions = read.find(task.data_file.file_path);
      if (positions != read.end()) add(positions->second);
    }
    if (rows->empty()) return nullptr;
    std::sort(rows->begin(), rows->end());
    rows->erase(std::unique(rows->begin(), rows->end()), rows->end());
    return rows;
  }

 private:
  using VectorKey = std::pair<std::string, std::int64_t>;
  /// Where a vector stands among the batches.
  struct VectorPlace {
    std::size_t batch = 0;
    std::size_t index = 0;
  };

  static VectorKey KeyOf(const iceberg::DataFile& vector) {
    return {vector.file_path, vector.content_offset_bytes.value_or(-1)};
  }

  Status WantVector(const iceberg::DataFile& vector) {
    const auto [known, is_new] = vectors_.try_emplace(KeyOf(vector));
    if (!is_new) return Ok();
    FIRN_ASSIGN_OR_RETURN(const ByteRange place, PlaceOf(vector));
    auto open = open_batches_.find(vector.file_path);
    const bool has_room = open != open_batches_.end() &&
                          open->second.bytes + place.length_bytes <= kDeleteFileBytesMax &&
                          batches_[open->second.batch].places.size() < kVectorsAtOnceMax;
    if (!has_room) {
      open = open_batches_.insert_or_assign(vector.file_path, OpenBatch{batches_.size(), 0}).first;
      batches_.push_back({.url = vector.file_path, .places = {}, .rows = {}});
    }
    VectorBatch& batch = batches_[open->second.batch];
    known->second = {.batch = open->second.batch, .index = batch.places.size()};
    open->second.bytes += place.length_bytes;
    batch.places.push_back(place);
    return Ok();
  }

  struct OpenBatch {
    std::size_t batch = 0;
    std::uint64_t bytes = 0;
  };

  duckdb::ClientContext& context_;
  const ScanSource& source_;
  std::vector<const iceberg::DataFile*> files_;  ///< Position deletes, each once.
  std::map<std::string, DeletesByPath> by_file_;
  std::vector<VectorBatch> batches_;
  std::map<VectorKey, VectorPlace> vectors_;
  std::map<std::string, OpenBatch> open_batches_;
};

}  // namespace

std::vector<std::shared_ptr<const DeletedRows>> LoadDeletes(
    duckdb::ClientContext& context, const ScanSource& source,
    const std::vector<const iceberg::ScanTask*>& tasks) {
  DeleteLoader loader(context, source);
  std::vector<std::shared_ptr<const DeletedRows>> deleted;
  deleted.reserve(tasks.size());
  for (const iceberg::ScanTask* task : tasks) {
    deleted.push_back(source.RowsLeftOut(*task));
    if (deleted.back() == nullptr) OkOrRaise(loader.Want(*task));
  }
  OkOrRaise(loader.ReadAll());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (deleted[i] == nullptr) deleted[i] = loader.RowsOf(*tasks[i]);
  }
  return deleted;
}

}  // namespace firn::duck
