#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// The footer of a Parquet file that DuckDB's writer made: what manifests say of the file and the
/// writer does not hand out, and what Iceberg wants otherwise than the writer has it.

namespace firn::duck {

struct WrittenFooter {
  /// Least and greatest value in Parquet's own bytes.
  struct Bounds {
    bool is_known = true;  ///< Every row group with values has both.
    bool is_set = false;
    std::string lower;
    std::string upper;
  };
  std::vector<std::int64_t> split_offsets;  ///< Where row groups begin, ascending.
  /// By the column's path as COPY quotes it: `"a"."b"`. Of byte arrays alone (binary, uuid), whose
  /// order is that of their bytes.
  std::map<std::string, Bounds> bounds;
};

/// Makes the footer's schema the one of Iceberg spec, "Parquet data type mappings": int and long
/// are bare INT32 and INT64, which the writer annotates as INT_32 and INT_64. Readers that promote
/// a column (Iceberg's vectorised one) go by it. Only the footer changes; no offset in it does.
///
/// `file_end`: the file's last bytes, with the whole footer. Errors: kDataCorruption/InvalidFooter.
Status MapSchemaToIceberg(std::string& file_end);

/// `file_end` as above. Errors: kDataCorruption/InvalidFooter.
Result<WrittenFooter> ReadWrittenFooter(std::string_view file_end);

}  // namespace firn::duck
