#include "lake/iceberg/deletion_vector.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto decoded = firn::iceberg::DecodeDeletionVector(bytes, 1'000'000);
  static_cast<void>(decoded);
  return 0;
}
