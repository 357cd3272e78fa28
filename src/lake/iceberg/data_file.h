#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lake/iceberg/value.h"

/// A file of rows or of deletes, as manifests describe it.

namespace firn::iceberg {

enum class FileContent { kData = 0, kPositionDeletes = 1, kEqualityDeletes = 2 };

/// Every field of the manifest's `data_file` struct (v1 to v3). Maps are by column field id; bounds
/// are in the binary single-value form and are decoded when asked for.
struct DataFile {
  FileContent content = FileContent::kData;
  std::string file_path;
  std::string file_format = "PARQUET";  ///< Upper case: PARQUET, ORC, AVRO, PUFFIN.
  std::int32_t spec_id = 0;             ///< Not written: that of the manifest.
  PartitionTuple partition;             ///< In the order of that spec's fields.
  std::int64_t record_count = 0;
  std::int64_t file_size_bytes = 0;
  std::map<std::int32_t, std::int64_t> column_sizes;
  std::map<std::int32_t, std::int64_t> value_counts;
  std::map<std::int32_t, std::int64_t> null_value_counts;
  std::map<std::int32_t, std::int64_t> nan_value_counts;
  std::map<std::int32_t, std::string> lower_bounds;
  std::map<std::int32_t, std::string> upper_bounds;
  std::optional<std::string> key_metadata;
  std::vector<std::int64_t> split_offsets;
  std::vector<std::int32_t> equality_ids;
  std::optional<std::int32_t> sort_order_id;
  std::optional<std::int64_t> first_row_id;          ///< v3.
  std::optional<std::string> referenced_data_file;   ///< Position deletes and v3 deletion vectors.
  std::optional<std::int64_t> content_offset_bytes;  ///< v3: of the deletion vector's blob.
  std::optional<std::int64_t> content_size_bytes;    ///< v3: of the deletion vector's blob.

  /// A v3 deletion vector: a blob inside a Puffin file.
  bool is_deletion_vector() const {
    return content == FileContent::kPositionDeletes && content_offset_bytes.has_value();
  }
};

bool operator==(const DataFile& a, const DataFile& b);

}  // namespace firn::iceberg
