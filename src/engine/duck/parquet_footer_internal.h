#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// What manifests say of a Parquet file that its writer does not hand out: read from its footer.

namespace firn::duck {

struct ParquetFooter {
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

/// `file_end`: the file's last bytes, with the whole footer. Errors: kDataCorruption/InvalidFooter.
Result<ParquetFooter> ReadParquetFooter(std::string_view file_end);

}  // namespace firn::duck
