#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "lake/iceberg/view_metadata.h"

/// View metadata and updates: what parses must print and parse again to the same.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firn;
  using namespace firn::iceberg;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto view = DecodeViewMetadataFile(bytes)) {
    const auto again = DecodeViewMetadataFile(EncodeViewMetadataFile(*view));
    FIRN_CHECK(again.has_value());
    FIRN_CHECK(ToJson(*again) == ToJson(*view));
  }
  const auto value = ParseJson(bytes);
  if (!value) return 0;
  (void)ParseViewRequirement(*value).has_value();
  if (value->is_array()) {
    std::vector<ViewUpdate> updates;
    for (const auto& one : value->get_array()) {
      if (auto update = ParseViewUpdate(one)) updates.push_back(*std::move(update));
    }
    if (const auto made = ApplyViewUpdates(nullptr, updates, WallTimeFromMillis(0))) {
      (void)ApplyViewUpdates(&*made, updates, WallTimeFromMillis(1)).has_value();
    }
  }
  return 0;
}
