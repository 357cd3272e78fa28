#include "lake/iceberg/parquet_footer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(firn::iceberg::ParseParquetFooter(bytes));
  return 0;
}
