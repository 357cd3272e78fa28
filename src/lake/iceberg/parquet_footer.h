#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "lake/iceberg/type.h"

namespace firn::objects {
class ObjectStore;
}

/// What a Parquet file says of itself at its end: enough to take it into a table unread
/// (parquet-format, "FileMetaData"; its Thrift compact encoding).

namespace firn::iceberg {

/// One column of the file's root.
struct ParquetField {
  std::string name;
  bool has_field_id = false;  ///< Itself, or something in it.
  std::optional<std::int32_t> field_id;
  /// What its values read as; nullopt for groups and for types that no table column has.
  std::optional<Type> type;
  bool is_group = false;
  // Over all row groups; of groups none is counted.
  std::int64_t compressed_bytes = 0;
  std::int64_t value_count = 0;
  std::optional<std::int64_t> null_count;
};

struct ParquetFooter {
  std::int64_t row_count = 0;
  std::vector<ParquetField> fields;
  std::vector<std::int64_t> row_group_offsets;  ///< Empty when some group has none.
};

/// The footer's own bytes, between the column data and its length.
/// Errors: kDataCorruption/BadParquetFooter; kResourceExhausted/ParquetFooterTooLarge for more
/// columns or nesting than kParquetColumnsMax and kParquetDepthMax.
Result<ParquetFooter> ParseParquetFooter(std::string_view bytes);

/// Cost: one read of the file's last bytes, and a second one for a footer over 64 KiB.
/// Errors: also those of the store; kUnsupported/EncryptedParquet.
Result<ParquetFooter> ReadParquetFooter(const Context& context, objects::ObjectStore& store,
                                        const std::string& url, std::uint64_t file_size_bytes);

}  // namespace firn::iceberg
