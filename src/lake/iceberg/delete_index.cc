#include "lake/iceberg/delete_index_internal.h"

#include <algorithm>

namespace firn::iceberg {
namespace {

// The reserved column `file_path` of position delete files (spec, "Reserved Field IDs").
constexpr std::int32_t kDeleteFilePathId = 2147483546;

/// The one data file a position delete file is about, where its fields or bounds tell.
const std::string* FindOnlyTarget(const DataFile& file) {
  if (file.referenced_data_file) return &*file.referenced_data_file;
  const auto lower = file.lower_bounds.find(kDeleteFilePathId);
  const auto upper = file.upper_bounds.find(kDeleteFilePathId);
  if (lower == file.lower_bounds.end() || upper == file.upper_bounds.end() ||
      lower->second != upper->second) {
    return nullptr;
  }
  return &lower->second;
}

bool MayHoldPath(const DataFile& deletes, const std::string& path) {
  const auto lower = deletes.lower_bounds.find(kDeleteFilePathId);
  if (lower != deletes.lower_bounds.end() && path < lower->second) return false;
  const auto upper = deletes.upper_bounds.find(kDeleteFilePathId);
  return !(upper != deletes.upper_bounds.end() && upper->second < path);
}

}  // namespace

bool DeletesEverywhere(const PartitionSpec& spec) {
  return std::all_of(spec.fields.begin(), spec.fields.end(), [](const PartitionField& field) {
    return field.transform.kind == TransformKind::kVoid;
  });
}

std::string PartitionKey(std::int32_t spec_id, const PartitionTuple& partition) {
  std::string key = std::to_string(spec_id);
  for (const auto& value : partition) {
    if (!value) {
      key += "|-";
      continue;
    }
    const std::string bytes = ToBinary(*value);
    key += '|';
    key += std::to_string(bytes.size());
    key += ':';
    key += bytes;
  }
  return key;
}

void DeleteIndex::Add(std::shared_ptr<const DataFile> file, std::int64_t sequence_number,
                      bool is_global) {
  is_empty_ = false;
  const DataFile& deletes = *file;
  DeleteFileRef ref{std::move(file), sequence_number};
  if (deletes.content == FileContent::kEqualityDeletes) {
    if (is_global) {
      global_equality_.push_back(std::move(ref));
    } else {
      equality_by_partition_[PartitionKey(deletes.spec_id, deletes.partition)].push_back(
          std::move(ref));
    }
  } else if (deletes.is_deletion_vector() && deletes.referenced_data_file) {
    vectors_by_path_[*deletes.referenced_data_file].push_back(std::move(ref));
  } else if (const std::string* path = FindOnlyTarget(deletes)) {
    positions_by_path_[*path].push_back(std::move(ref));
  } else {
    positions_by_partition_[PartitionKey(deletes.spec_id, deletes.partition)].push_back(
        std::move(ref));
  }
}

std::vector<DeleteFileRef> DeleteIndex::Find(const DataFile& data_file,
                                             std::int64_t sequence_number) const {
  Refs found;
  if (is_empty_) return found;
  const std::string key = PartitionKey(data_file.spec_id, data_file.partition);
  // Equality deletes apply to files that were there before them, position deletes to those of their
  // commit too.
  const auto take_equality = [&](const Refs& refs) {
    for (const DeleteFileRef& ref : refs) {
      if (sequence_number < ref.sequence_number) found.push_back(ref);
    }
  };
  take_equality(global_equality_);
  if (const auto at = equality_by_partition_.find(key); at != equality_by_partition_.end()) {
    take_equality(at->second);
  }
  bool has_vector = false;
  if (const auto at = vectors_by_path_.find(data_file.file_path); at != vectors_by_path_.end()) {
    for (const DeleteFileRef& ref : at->second) {
      if (sequence_number > ref.sequence_number) continue;
      found.push_back(ref);
      has_vector = true;
    }
  }
  // A vector replaces every position delete file of its data file.
  if (has_vector) return found;
  if (const auto at = positions_by_path_.find(data_file.file_path);
      at != positions_by_path_.end()) {
    for (const DeleteFileRef& ref : at->second) {
      if (sequence_number <= ref.sequence_number) found.push_back(ref);
    }
  }
  if (const auto at = positions_by_partition_.find(key); at != positions_by_partition_.end()) {
    for (const DeleteFileRef& ref : at->second) {
      if (sequence_number <= ref.sequence_number && MayHoldPath(*ref.file, data_file.file_path)) {
        found.push_back(ref);
      }
    }
  }
  return found;
}

}  // namespace firn::iceberg
