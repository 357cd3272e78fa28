#include "lake/iceberg/data_file.h"

namespace firn::iceberg {

bool operator==(const DataFile& a, const DataFile& b) {
  return a.content == b.content && a.file_path == b.file_path && a.file_format == b.file_format &&
         a.spec_id == b.spec_id && a.partition == b.partition && a.record_count == b.record_count &&
         a.file_size_bytes == b.file_size_bytes && a.column_sizes == b.column_sizes &&
         a.value_counts == b.value_counts && a.null_value_counts == b.null_value_counts &&
         a.nan_value_counts == b.nan_value_counts && a.lower_bounds == b.lower_bounds &&
         a.upper_bounds == b.upper_bounds && a.key_metadata == b.key_metadata &&
         a.split_offsets == b.split_offsets && a.equality_ids == b.equality_ids &&
         a.sort_order_id == b.sort_order_id && a.first_row_id == b.first_row_id &&
         a.referenced_data_file == b.referenced_data_file &&
         a.content_offset_bytes == b.content_offset_bytes &&
         a.content_size_bytes == b.content_size_bytes;
}

}  // namespace firn::iceberg
