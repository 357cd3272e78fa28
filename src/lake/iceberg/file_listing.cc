#include "lake/iceberg/file_listing.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "lake/iceberg/limits.h"
#include "lake/iceberg/manifest_source_internal.h"
#include "lake/objects/object_store.h"

namespace firn::iceberg {
namespace {

// Spec, "Reserved Field IDs".
const NestedField kDeletePath{.id = 2147483546,
                              .name = "file_path",
                              .required = true,
                              .type = Type::Primitive(TypeKind::kString),
                              .doc = {},
                              .initial_default = {},
                              .write_default = {}};
const NestedField kDeletePosition{.id = 2147483545,
                                  .name = "pos",
                                  .required = true,
                                  .type = Type::Primitive(TypeKind::kLong),
                                  .doc = {},
                                  .initial_default = {},
                                  .write_default = {}};

Result<Manifest> Decode(const TableMetadata& metadata, const ManifestFile& listed,
                        std::string_view bytes) {
  const PartitionSpec* spec = metadata.FindSpec(listed.spec_id);
  if (spec == nullptr) {
    return DataCorruption(
        "InvalidManifest",
        fmt::format("manifest {} is of unknown partition spec {}", listed.path, listed.spec_id));
  }
  return ReadManifest(bytes, listed, *spec, PartitionFields(*spec, SchemaOfSpec(metadata, *spec)));
}

Status TakeAll(Manifest manifest, const ManifestFile& listed,
               const std::function<Status(const ManifestEntry& entry)>& take) {
  for (ManifestEntry& entry : manifest.entries) {
    if (entry.status == EntryStatus::kDeleted) continue;
    if (!entry.snapshot_id) entry.snapshot_id = listed.added_snapshot_id;
    entry.data_file.spec_id = listed.spec_id;
    FIRN_TRY(take(entry));
  }
  return Ok();
}

}  // namespace

Result<std::vector<ManifestFile>> ListManifests(const Context& context, objects::ObjectStore& store,
                                                const Snapshot& snapshot) {
  return ReadSnapshotManifests(context, store, snapshot);
}

Status ListFiles(const Context& context, objects::ObjectStore& store, const TableMetadata& metadata,
                 const Snapshot& snapshot,
                 const std::function<Status(const ManifestEntry& entry)>& take) {
  FIRN_ASSIGN_OR_RETURN(const auto manifests, ReadSnapshotManifests(context, store, snapshot));
  std::vector<objects::WholeRead> reads;
  for (const ManifestFile& listed : manifests) reads.push_back({listed.path, kManifestBytesMax});
  // They come in no order: those that are early wait, undecoded, for those before them.
  std::map<std::size_t, std::string> early;
  std::size_t next = 0;
  return store.ReadObjects(
      context, reads, kManifestsInFlightMax, [&](std::size_t index, std::string bytes) -> Status {
        early.emplace(index, std::move(bytes));
        while (!early.empty() && early.begin()->first == next) {
          FIRN_ASSIGN_OR_RETURN(Manifest manifest,
                                Decode(metadata, manifests[next], early.begin()->second));
          early.erase(early.begin());
          FIRN_TRY(TakeAll(std::move(manifest), manifests[next++], take));
        }
        return Ok();
      });
}

const Schema& SchemaOfSpec(const TableMetadata& metadata, const PartitionSpec& spec) {
  return SchemaForSpec(metadata, spec, metadata.current_schema());
}

const NestedField* FindAnyField(const TableMetadata& metadata, std::int32_t field_id) {
  if (const NestedField* field = metadata.current_schema().FindField(field_id)) return field;
  for (auto at = metadata.schemas.rbegin(); at != metadata.schemas.rend(); ++at) {
    if (const NestedField* field = at->FindField(field_id)) return field;
  }
  if (field_id == kDeletePath.id) return &kDeletePath;
  return field_id == kDeletePosition.id ? &kDeletePosition : nullptr;
}

}  // namespace firn::iceberg
