#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "lake/iceberg/avro_internal.h"
#include "lake/iceberg/limits.h"
#include "lake/iceberg/manifest_source_internal.h"
#include "lake/objects/object_store.h"

namespace firn::iceberg {
namespace {

Result<ManifestFile> DescribeManifest(const Context& context, objects::ObjectStore& store,
                                      const Snapshot& snapshot, const std::string& path) {
  const std::string note = fmt::format("reading manifest {}", path);
  FIRN_ASSIGN_OR_RETURN_NOTE(const std::string bytes,
                             store.ReadAll(context, path, kManifestBytesMax), note);
  FIRN_ASSIGN_OR_RETURN_NOTE(const AvroFileReader reader, AvroFileReader::Open(bytes), note);
  ManifestFile manifest;
  manifest.path = path;
  manifest.length_bytes = static_cast<std::int64_t>(bytes.size());
  manifest.added_snapshot_id = snapshot.snapshot_id;
  const auto spec_id = reader.metadata().find("partition-spec-id");
  if (spec_id != reader.metadata().end()) {
    const std::string& text = spec_id->second;
    const auto [end, failure] =
        std::from_chars(text.data(), text.data() + text.size(), manifest.spec_id);
    if (failure != std::errc() || end != text.data() + text.size()) {
      return DataCorruption(
          "InvalidManifest",
          fmt::format("manifest {} has no number as its partition-spec-id", path));
    }
  }
  return manifest;
}

}  // namespace

const Schema& SchemaForSpec(const TableMetadata& metadata, const PartitionSpec& spec,
                            const Schema& preferred) {
  const auto has_sources = [&](const Schema& schema) {
    return std::ranges::all_of(spec.fields, [&](const PartitionField& field) {
      return schema.FindField(field.source_id) != nullptr;
    });
  };
  if (has_sources(preferred)) return preferred;
  for (auto at = metadata.schemas.rbegin(); at != metadata.schemas.rend(); ++at) {
    if (has_sources(*at)) return *at;
  }
  return preferred;
}

Result<std::vector<ManifestFile>> ReadSnapshotManifests(const Context& context,
                                                        objects::ObjectStore& store,
                                                        const Snapshot& snapshot) {
  if (!snapshot.manifest_list.empty()) {
    const std::string note = fmt::format("reading manifest list {}", snapshot.manifest_list);
    FIRN_ASSIGN_OR_RETURN_NOTE(const std::string bytes,
                               store.ReadAll(context, snapshot.manifest_list, kManifestBytesMax),
                               note);
    auto manifests = ReadManifestList(bytes);
    if (!manifests) return std::move(manifests).error().Note(note);
    return manifests;
  }
  std::vector<ManifestFile> manifests;
  for (const std::string& path : snapshot.manifests) {
    FIRN_ASSIGN_OR_RETURN(ManifestFile manifest, DescribeManifest(context, store, snapshot, path));
    manifests.push_back(std::move(manifest));
  }
  return manifests;
}

}  // namespace firn::iceberg
