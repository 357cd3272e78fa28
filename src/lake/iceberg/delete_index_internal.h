#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "lake/iceberg/partition_key.h"
#include "lake/iceberg/scan_plan.h"

/// Which delete files apply to a data file (spec, "Scan Planning").

namespace firn::iceberg {

/// Filled with every live delete file of a snapshot, then asked. Thread-compatible.
class DeleteIndex {
 public:
  /// `is_global`: an equality delete of an unpartitioned spec applies to every partition of every
  /// spec.
  void Add(std::shared_ptr<const DataFile> file, std::int64_t sequence_number, bool is_global);

  /// In the order they were added; a deletion vector comes alone among position deletes.
  std::vector<DeleteFileRef> Find(const DataFile& data_file, std::int64_t sequence_number) const;

  bool empty() const { return is_empty_; }

 private:
  using Refs = std::vector<DeleteFileRef>;

  bool is_empty_ = true;
  std::unordered_map<std::string, Refs> vectors_by_path_;
  std::unordered_map<std::string, Refs> positions_by_path_;
  std::unordered_map<std::string, Refs> positions_by_partition_;
  std::unordered_map<std::string, Refs> equality_by_partition_;
  Refs global_equality_;
};

}  // namespace firn::iceberg
