#include <cstddef>
#include <cstdint>

#include "lake/iceberg/table_metadata.h"
#include "lake/iceberg/table_update.h"

/// Metadata files, updates and requirements: what parses must print and parse again to the same.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firn;
  using namespace firn::iceberg;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto metadata = DecodeMetadataFile(bytes)) {
    const auto again = DecodeMetadataFile(EncodeMetadataFile(*metadata));
    FIRN_CHECK(again.has_value());
    FIRN_CHECK(ToJson(*again) == ToJson(*metadata));
  }
  const auto value = ParseJson(bytes);
  if (!value) return 0;
  if (const auto update = ParseTableUpdate(*value)) {
    FIRN_CHECK(ParseTableUpdate(ToJson(*update)).has_value());
    (void)ApplyUpdates(nullptr, std::span(&*update, 1), WallTimeFromMillis(0)).has_value();
  }
  if (const auto requirement = ParseTableRequirement(*value)) {
    FIRN_CHECK(ParseTableRequirement(ToJson(*requirement)).has_value());
  }
  return 0;
}
