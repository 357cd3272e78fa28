#include "lake/iceberg/expiration.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "lake/iceberg/limits.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/manifest_source_internal.h"
#include "lake/objects/object_store.h"

namespace firn::iceberg {
namespace {

/// Walks a branch and marks what it keeps.
void KeepBranch(const TableMetadata& metadata, const SnapshotRef& branch,
                const ExpirationOptions& options, std::set<std::int64_t>& kept) {
  const std::int64_t older_than = branch.max_snapshot_age_ms
                                      ? options.now_ms - *branch.max_snapshot_age_ms
                                      : options.older_than_ms;
  const std::int32_t keep_min =
      std::max(1, branch.min_snapshots_to_keep.value_or(options.retain_last));
  std::int32_t count = 0;
  const Snapshot* at = metadata.FindSnapshot(branch.snapshot_id);
  while (at != nullptr) {
    if (count >= keep_min && at->timestamp_ms <= older_than) break;
    ++count;
    kept.insert(at->snapshot_id);
    at = at->parent_snapshot_id ? metadata.FindSnapshot(*at->parent_snapshot_id) : nullptr;
  }
}

bool IsRefExpired(const TableMetadata& metadata, const std::string& name, const SnapshotRef& ref,
                  const ExpirationOptions& options) {
  if (name == kMainBranch || !ref.max_ref_age_ms) return false;
  const Snapshot* snapshot = metadata.FindSnapshot(ref.snapshot_id);
  return snapshot == nullptr || options.now_ms - snapshot->timestamp_ms > *ref.max_ref_age_ms;
}

Result<Expiration> SelectNamed(const TableMetadata& metadata, const ExpirationOptions& options) {
  Expiration expiration;
  for (const std::int64_t id : options.snapshot_ids) {
    if (metadata.FindSnapshot(id) == nullptr) {
      return NotFound("NoSuchSnapshot", fmt::format("The table has no snapshot {}", id));
    }
    for (const auto& [name, ref] : metadata.refs) {
      if (ref.snapshot_id != id) continue;
      return InvalidArgument("SnapshotInUse",
                             fmt::format("Cannot expire snapshot {}: '{}' refers to it", id, name));
    }
    expiration.snapshot_ids.push_back(id);
  }
  return expiration;
}

/// The manifests of one table's snapshots.
class ManifestWalk {
 public:
  ManifestWalk(const Context& context, objects::ObjectStore& store, const TableMetadata& metadata)
      : context_(context), store_(store), metadata_(metadata) {}

  Result<std::vector<ManifestFile>> ManifestsOf(const Snapshot& snapshot) {
    FIRN_TRY(context_.Check());
    return ReadSnapshotManifests(context_, store_, snapshot);
  }

  /// Calls `take` for each entry that lives in the manifest.
  template <typename Take>
  Status ForEachLive(const ManifestFile& listed, Take take) {
    FIRN_TRY(context_.Check());
    const PartitionSpec* spec = metadata_.FindSpec(listed.spec_id);
    if (spec == nullptr) {
      return DataCorruption(
          "InvalidManifest",
          fmt::format("manifest {} is of unknown partition spec {}", listed.path, listed.spec_id));
    }
    FIRN_ASSIGN_OR_RETURN_NOTE(const std::string bytes,
                               store_.ReadAll(context_, listed.path, kManifestBytesMax),
                               fmt::format("reading manifest {}", listed.path));
    const Schema& schema = SchemaForSpec(metadata_, *spec, metadata_.current_schema());
    FIRN_ASSIGN_OR_RETURN(const Manifest manifest,
                          ReadManifest(bytes, listed, *spec, PartitionFields(*spec, schema)));
    for (const ManifestEntry& entry : manifest.entries) {
      if (entry.status != EntryStatus::kDeleted) take(entry.data_file);
    }
    return Ok();
  }

 private:
  const Context& context_;
  objects::ObjectStore& store_;
  const TableMetadata& metadata_;
};

void Sort(UnreachableFiles& files, const std::map<std::string, FileContent>& found) {
  for (const auto& [path, content] : found) {
    switch (content) {
      case FileContent::kData: files.data_files.push_back(path); break;
      case FileContent::kPositionDeletes: files.position_delete_files.push_back(path); break;
      case FileContent::kEqualityDeletes: files.equality_delete_files.push_back(path); break;
    }
  }
}

}  // namespace

std::vector<TableUpdate> Expiration::Updates() const {
  std::vector<TableUpdate> updates;
  for (const std::string& name : ref_names) updates.push_back(RemoveSnapshotRef{name});
  if (!snapshot_ids.empty()) updates.push_back(RemoveSnapshots{snapshot_ids});
  return updates;
}

Result<Expiration> SelectExpired(const TableMetadata& metadata, const ExpirationOptions& options) {
  if (!options.snapshot_ids.empty()) return SelectNamed(metadata, options);
  Expiration expiration;
  std::set<std::int64_t> kept;
  std::set<std::int64_t> on_branches;
  for (const auto& [name, ref] : metadata.refs) {
    if (IsRefExpired(metadata, name, ref, options)) {
      expiration.ref_names.push_back(name);
      continue;
    }
    kept.insert(ref.snapshot_id);
    if (ref.is_tag) continue;
    KeepBranch(metadata, ref, options, kept);
    const Snapshot* at = metadata.FindSnapshot(ref.snapshot_id);
    while (at != nullptr && on_branches.insert(at->snapshot_id).second) {
      at = at->parent_snapshot_id ? metadata.FindSnapshot(*at->parent_snapshot_id) : nullptr;
    }
  }
  for (const Snapshot& snapshot : metadata.snapshots) {
    if (kept.contains(snapshot.snapshot_id)) continue;
    // What is on no branch (a staged or rolled-back snapshot) goes by its age alone.
    const bool is_old = snapshot.timestamp_ms <= options.older_than_ms;
    if (on_branches.contains(snapshot.snapshot_id) || is_old) {
      expiration.snapshot_ids.push_back(snapshot.snapshot_id);
    }
  }
  return expiration;
}

Result<UnreachableFiles> FindUnreachable(const Context& context, objects::ObjectStore& store,
                                         const TableMetadata& before, const TableMetadata& after) {
  UnreachableFiles files;
  ManifestWalk walk(context, store, before);
  std::map<std::string, ManifestFile> kept;
  for (const Snapshot& snapshot : after.snapshots) {
    FIRN_ASSIGN_OR_RETURN(const auto manifests, walk.ManifestsOf(snapshot));
    for (const ManifestFile& manifest : manifests) kept.emplace(manifest.path, manifest);
  }
  std::map<std::string, ManifestFile> gone;
  for (const Snapshot& snapshot : before.snapshots) {
    if (after.FindSnapshot(snapshot.snapshot_id) != nullptr) continue;
    if (!snapshot.manifest_list.empty()) files.manifest_lists.push_back(snapshot.manifest_list);
    FIRN_ASSIGN_OR_RETURN(const auto manifests, walk.ManifestsOf(snapshot));
    for (const ManifestFile& manifest : manifests) {
      if (!kept.contains(manifest.path)) gone.emplace(manifest.path, manifest);
    }
  }
  std::map<std::string, FileContent> found;
  for (const auto& [path, manifest] : gone) {
    files.manifests.push_back(path);
    FIRN_TRY(walk.ForEachLive(
        manifest, [&](const DataFile& file) { found.emplace(file.file_path, file.content); }));
  }
  for (const auto& [path, manifest] : kept) {
    if (found.empty()) break;
    FIRN_TRY(
        walk.ForEachLive(manifest, [&](const DataFile& file) { found.erase(file.file_path); }));
  }
  Sort(files, found);
  return files;
}

Result<std::vector<std::string>> ReachableFiles(const Context& context, objects::ObjectStore& store,
                                                const TableMetadata& metadata) {
  ManifestWalk walk(context, store, metadata);
  std::unordered_set<std::string> paths;
  std::unordered_set<std::string> manifests_seen;
  for (const MetadataLogEntry& entry : metadata.metadata_log) paths.insert(entry.metadata_file);
  for (const auto* list : {&metadata.statistics, &metadata.partition_statistics}) {
    for (const json::value& entry : *list) {
      if (const auto* object = entry.if_object()) {
        const json::value* path = object->if_contains("statistics-path");
        if (path != nullptr && path->is_string()) paths.insert(std::string(path->get_string()));
      }
    }
  }
  for (const Snapshot& snapshot : metadata.snapshots) {
    if (!snapshot.manifest_list.empty()) paths.insert(snapshot.manifest_list);
    FIRN_ASSIGN_OR_RETURN(const auto manifests, walk.ManifestsOf(snapshot));
    for (const ManifestFile& manifest : manifests) {
      if (!manifests_seen.insert(manifest.path).second) continue;
      paths.insert(manifest.path);
      FIRN_TRY(
          walk.ForEachLive(manifest, [&](const DataFile& file) { paths.insert(file.file_path); }));
    }
  }
  return std::vector<std::string>(paths.begin(), paths.end());
}

}  // namespace firn::iceberg
