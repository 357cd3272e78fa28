#include <set>

#include "lake/iceberg/delete_index_internal.h"
#include "lake/iceberg/snapshot_change_internal.h"

namespace firn::iceberg {
namespace {

/// Counts of one side of a change.
struct FileCounts {
  std::int64_t data_files = 0;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::int64_t delete_files = 0;
  std::int64_t position_delete_files = 0;
  std::int64_t deletion_vectors = 0;
  std::int64_t equality_delete_files = 0;
  std::int64_t position_deletes = 0;
  std::int64_t equality_deletes = 0;

  void Add(const DataFile& file) {
    bytes += file.is_deletion_vector() ? file.content_size_bytes.value_or(0) : file.file_size_bytes;
    if (file.content == FileContent::kData) {
      ++data_files;
      rows += file.record_count;
      return;
    }
    ++delete_files;
    if (file.content == FileContent::kEqualityDeletes) {
      ++equality_delete_files;
      equality_deletes += file.record_count;
      return;
    }
    ++(file.is_deletion_vector() ? deletion_vectors : position_delete_files);
    position_deletes += file.record_count;
  }
};

void Put(Properties& summary, const std::string& key, std::int64_t count) {
  if (count > 0) summary[key] = std::to_string(count);
}

}  // namespace

Properties SummarizeChange(const TableMetadata& metadata, const PreparedChange& prepared) {
  FileCounts added;
  FileCounts removed;
  std::set<std::string> partitions;
  const auto touch = [&](const DataFile& file) {
    partitions.insert(PartitionPath(*metadata.FindSpec(file.spec_id), file.partition));
  };
  for (const DataFile& file : prepared.change.added) {
    added.Add(file);
    touch(file);
  }
  for (const auto& [path, rewritten] : prepared.rewritten) {
    for (const DataFile& file : rewritten.removed) {
      removed.Add(file);
      touch(file);
    }
  }
  Properties summary;
  Put(summary, "added-data-files", added.data_files);
  Put(summary, "added-records", added.rows);
  Put(summary, "added-files-size", added.bytes);
  Put(summary, "added-delete-files", added.delete_files);
  Put(summary, "added-position-delete-files", added.position_delete_files);
  Put(summary, "added-dvs", added.deletion_vectors);
  Put(summary, "added-equality-delete-files", added.equality_delete_files);
  Put(summary, "added-position-deletes", added.position_deletes);
  Put(summary, "added-equality-deletes", added.equality_deletes);
  Put(summary, "deleted-data-files", removed.data_files);
  Put(summary, "deleted-records", removed.rows);
  Put(summary, "removed-files-size", removed.bytes);
  Put(summary, "removed-delete-files", removed.delete_files);
  Put(summary, "removed-position-delete-files", removed.position_delete_files);
  Put(summary, "removed-dvs", removed.deletion_vectors);
  Put(summary, "removed-equality-delete-files", removed.equality_delete_files);
  Put(summary, "removed-position-deletes", removed.position_deletes);
  Put(summary, "removed-equality-deletes", removed.equality_deletes);
  Put(summary, "changed-partition-count", static_cast<std::int64_t>(partitions.size()));
  return summary;
}

}  // namespace firn::iceberg
