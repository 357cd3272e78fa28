#include <algorithm>
#include <map>

#include "engine/duck/errors_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/scan_internal.h"
#include "lake/iceberg/deletion_vector.h"

namespace firn::duck {
namespace {

/// Positions by data file path.
using DeletesByPath = std::map<std::string, std::vector<std::int64_t>>;

Error DeletesCorrupt(const std::string& path, const std::string& what) {
  return Error(ErrorCode::kDataCorruption, "DeleteFile", "Delete file '" + path + "' " + what);
}

Result<DeletedRows> ReadDeletionVector(const ScanSource& source, const iceberg::DataFile& file) {
  const std::int64_t offset = file.content_offset_bytes.value_or(-1);
  const std::int64_t size = file.content_size_bytes.value_or(-1);
  if (offset < 0 || size < 0 || static_cast<std::size_t>(size) > kDeleteFileBytesMax) {
    return DeletesCorrupt(file.file_path, "does not say where its deletion vector is");
  }
  FIRN_ASSIGN_OR_RETURN(const std::string blob,
                        source.table().store->Read(source.statement().context(), file.file_path,
                                                   {static_cast<std::uint64_t>(offset),
                                                    static_cast<std::uint64_t>(size)}));
  auto rows = iceberg::DecodeDeletionVector(blob, kPositionDeletesMax);
  if (!rows) return std::move(rows).error().Note("delete file '" + file.file_path + "'");
  return rows;
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

/// Reads each delete file once, however many data files it applies to.
class DeleteLoader {
 public:
  DeleteLoader(duckdb::ClientContext& context, const ScanSource& source)
      : context_(context), source_(source) {}

  Result<std::shared_ptr<const DeletedRows>> Load(const iceberg::ScanTask& task) {
    auto rows = std::make_shared<DeletedRows>();
    for (const iceberg::DeleteFileRef& reference : task.deletes) {
      FIRN_TRY(Add(task, *reference.file, *rows));
    }
    if (rows->empty()) return std::shared_ptr<const DeletedRows>();
    std::sort(rows->begin(), rows->end());
    rows->erase(std::unique(rows->begin(), rows->end()), rows->end());
    return std::shared_ptr<const DeletedRows>(std::move(rows));
  }

 private:
  Status Add(const iceberg::ScanTask& task, const iceberg::DataFile& file, DeletedRows& rows) {
    if (file.content == iceberg::FileContent::kEqualityDeletes) return Ok();
    if (file.is_deletion_vector()) {
      FIRN_ASSIGN_OR_RETURN(const DeletedRows vector, ReadDeletionVector(source_, file));
      rows.insert(rows.end(), vector.begin(), vector.end());
      return Ok();
    }
    auto found = by_file_.find(file.file_path);
    if (found == by_file_.end()) {
      FIRN_ASSIGN_OR_RETURN(DeletesByPath read, ReadPositionDeletes(context_, source_, file));
      found = by_file_.emplace(file.file_path, std::move(read)).first;
    }
    const auto positions = found->second.find(task.data_file.file_path);
    if (positions == found->second.end()) return Ok();
    rows.insert(rows.end(), positions->second.begin(), positions->second.end());
    return Ok();
  }

  duckdb::ClientContext& context_;
  const ScanSource& source_;
  std::map<std::string, DeletesByPath> by_file_;
};

}  // namespace

std::vector<std::shared_ptr<const DeletedRows>> LoadDeletes(
    duckdb::ClientContext& context, const ScanSource& source,
    const std::vector<const iceberg::ScanTask*>& tasks) {
  DeleteLoader loader(context, source);
  std::vector<std::shared_ptr<const DeletedRows>> deleted;
  deleted.reserve(tasks.size());
  for (const iceberg::ScanTask* task : tasks) {
    auto known = source.RowsLeftOut(*task);
    deleted.push_back(known != nullptr ? std::move(known) : ValueOrRaise(loader.Load(*task)));
  }
  return deleted;
}

}  // namespace firn::duck
