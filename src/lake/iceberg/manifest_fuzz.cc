#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/manifest_columns_internal.h"

/// Manifests and manifest lists from anyone.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firn;
  using namespace firn::iceberg;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Schema schema;
  PartitionSpec spec;
  const char* types[] = {"int", "timestamp", "long", "string", "decimal(9, 2)"};
  const char* transforms[] = {"identity", "day", "bucket[4]", "truncate[3]", "identity"};
  for (std::int32_t i = 0; i < 5; ++i) {
    schema.fields.push_back(
        {.id = i + 1, .name = "c" + std::to_string(i), .type = *ParsePrimitiveType(types[i])});
    spec.fields.push_back({.source_id = i + 1,
                           .field_id = 1000 + i,
                           .name = "p" + std::to_string(i),
                           .transform = *ParseTransform(transforms[i])});
  }
  const ManifestFile listed{.path = "s3://m", .sequence_number = 1, .first_row_id = 5};
  if (const auto manifest = ReadManifest(bytes, listed, spec, PartitionFields(spec, schema))) {
    for (const ManifestEntry& entry : manifest->entries) {
      (void)PartitionPath(spec, entry.data_file.partition);
    }
    // Columns hold what the entries hold.
    const auto fields = PartitionFields(spec, schema);
    const auto columns = ManifestColumns::Decode(bytes, listed, spec, fields, nullptr);
    FIRN_CHECK(columns && (*columns)->size() == manifest->entries.size());
    for (std::size_t i = 0; i < manifest->entries.size(); ++i) {
      (void)(*columns)->BoundsOf(i, 3);
      (void)(*columns)->CountsOf(i, 3);
      FIRN_CHECK((*columns)->Entry(i).has_value());
    }
  } else {
    (void)ManifestColumns::Decode(bytes, listed, spec, PartitionFields(spec, schema), nullptr);
  }
  if (const auto list = ReadManifestList(bytes)) {
    const auto written = WriteManifestList({}, *list);
    if (written) FIRN_CHECK(ReadManifestList(*written)->size() == list->size());
  }
  return 0;
}
