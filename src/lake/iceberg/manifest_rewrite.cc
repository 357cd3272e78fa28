#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "lake/iceberg/delete_index_internal.h"
#include "lake/iceberg/limits.h"
#include "lake/iceberg/snapshot_change_internal.h"

namespace firn::iceberg {

std::string FileKey(const DataFile& file) {
  if (!file.is_deletion_vector()) return file.file_path;
  return fmt::format("{}@{}", file.file_path, *file.content_offset_bytes);
}

namespace {

bool IsLive(const ManifestEntry& entry) { return entry.status != EntryStatus::kDeleted; }

/// One change's removals, asked of one manifest after another: data manifests first.
class Remover {
 public:
  Remover(ManifestWorkshop& workshop, PreparedChange& prepared)
      : workshop_(workshop), prepared_(prepared), change_(prepared.change) {
    for (const DataFile& file : change_.removed) {
      wanted_.emplace(FileKey(file), false);
      (file.content == FileContent::kData ? data_specs_ : delete_specs_).insert(file.spec_id);
      if (file.content == FileContent::kData) removed_paths_.insert(file.file_path);
    }
    if (!change_.removes_partitions_of_added) return;
    for (const DataFile& file : change_.added) {
      if (file.content == FileContent::kData) {
        partitions_.insert(PartitionKey(file.spec_id, file.partition));
        partition_specs_.insert(file.spec_id);
      }
    }
  }

  Status Run(std::vector<ManifestFile>& manifests) {
    for (const ManifestContent content : {ManifestContent::kData, ManifestContent::kDeletes}) {
      for (ManifestFile& manifest : manifests) {
        if (manifest.content == content) FIRN_TRY(Treat(manifest));
      }
    }
    for (const auto& [key, is_found] : wanted_) {
      if (is_found) continue;
      return Conflict("FilesGone", fmt::format("{} was removed from the table by another commit "
                                               "while the statement ran",
                                               key));
    }
    // What only tells of removals before this snapshot is told by those snapshots.
    std::erase_if(manifests, [&](const ManifestFile& manifest) {
      return manifest.added_files_count == 0 && manifest.existing_files_count == 0 &&
             manifest.added_snapshot_id != prepared_.ids.snapshot_id;
    });
    return Ok();
  }

 private:
  Status Treat(ManifestFile& manifest) {
    if (!MayHoldRemoved(manifest)) return Ok();
    const bool is_settled = manifest.content == ManifestContent::kData ||
                            (!change_.removed_where && !change_.removes_partitions_of_added);
    auto found = prepared_.rewritten.find(manifest.path);
    if (found == prepared_.rewritten.end() || !is_settled) {
      FIRN_ASSIGN_OR_RETURN(RewrittenManifest made, Rewrite(manifest));
      found = prepared_.rewritten.insert_or_assign(manifest.path, std::move(made)).first;
    }
    for (const DataFile& file : found->second.removed) {
      if (const auto at = wanted_.find(FileKey(file)); at != wanted_.end()) at->second = true;
      if (file.content == FileContent::kData) removed_paths_.insert(file.file_path);
    }
    manifest = found->second.manifest;
    return Ok();
  }

  Result<RewrittenManifest> Rewrite(const ManifestFile& listed) {
    FIRN_ASSIGN_OR_RETURN(Manifest manifest, workshop_.Read(listed));
    RewrittenManifest made{.manifest = listed, .removed = {}};
    std::erase_if(manifest.entries, [](const ManifestEntry& entry) { return !IsLive(entry); });
    for (ManifestEntry& entry : manifest.entries) {
      entry.status = EntryStatus::kExisting;
      if (!IsRemoved(entry.data_file)) continue;
      entry.status = EntryStatus::kDeleted;
      entry.snapshot_id = prepared_.ids.snapshot_id;
      made.removed.push_back(entry.data_file);
    }
    if (made.removed.empty()) return made;
    FIRN_ASSIGN_OR_RETURN(made.manifest,
                          workshop_.Write(listed.spec_id, listed.content, manifest.entries));
    return made;
  }

  bool MayHoldRemoved(const ManifestFile& manifest) {
    if (manifest.added_files_count == 0 && manifest.existing_files_count == 0) return false;
    if (manifest.content == ManifestContent::kDeletes) {
      // Deletes of removed data files go too, wherever they stand.
      return delete_specs_.contains(manifest.spec_id) || !removed_paths_.empty();
    }
    if (partition_specs_.contains(manifest.spec_id)) return true;
    if (change_.removed_where && MayMatchWhere(manifest)) return true;
    return data_specs_.contains(manifest.spec_id) && MayHoldPartitions(manifest);
  }

  bool MayMatchWhere(const ManifestFile& manifest) {
    const PartitionSpec* spec = workshop_.metadata().FindSpec(manifest.spec_id);
    if (spec == nullptr || !manifest.partitions) return true;
    return MayMatchSummaries(Project(*change_.removed_where, *spec, workshop_.SchemaFor(*spec)),
                             workshop_.FieldsOf(*spec), *manifest.partitions);
  }

  /// Whether the summaries allow any of the removed data files' partitions.
  bool MayHoldPartitions(const ManifestFile& manifest) {
    const PartitionSpec* spec = workshop_.metadata().FindSpec(manifest.spec_id);
    if (spec == nullptr || spec->is_unpartitioned() || !manifest.partitions) return true;
    return MayMatchSummaries(PartitionsPredicate(*spec), workshop_.FieldsOf(*spec),
                             *manifest.partitions);
  }

  const Predicate& PartitionsPredicate(const PartitionSpec& spec) {
    const auto found = by_spec_.find(spec.spec_id);
    if (found != by_spec_.end()) return found->second;
    std::map<std::string, const DataFile*> distinct;
    for (const DataFile& file : change_.removed) {
      if (file.content == FileContent::kData && file.spec_id == spec.spec_id) {
        distinct.emplace(PartitionKey(file.spec_id, file.partition), &file);
      }
    }
    if (distinct.size() > kRemovedPartitionsLookedAtMax) {
      return by_spec_.emplace(spec.spec_id, Predicate::True()).first->second;
    }
    std::vector<Predicate> any;
    for (const auto& [key, file] : distinct) {
      std::vector<Predicate> all;
      for (std::size_t i = 0; i < spec.fields.size() && i < file->partition.size(); ++i) {
        const std::int32_t id = spec.fields[i].field_id;
        all.push_back(file->partition[i]
                          ? Predicate::Compare(PredicateKind::kEqual, id, *file->partition[i])
                          : Predicate::IsNull(id));
      }
      any.push_back(Predicate::And(std::move(all)));
    }
    return by_spec_.emplace(spec.spec_id, Predicate::Or(std::move(any))).first->second;
  }

  bool IsRemoved(const DataFile& file) const {
    if (wanted_.contains(FileKey(file))) return true;
    const PartitionSpec& spec = *workshop_.metadata().FindSpec(file.spec_id);
    // An equality delete without partition speaks of every partition of every spec.
    const bool is_global =
        file.content == FileContent::kEqualityDeletes && spec.is_unpartitioned();
    if (partitions_.contains(PartitionKey(file.spec_id, file.partition)) && !is_global) return true;
    if (change_.removed_where) {
      if (change_.removed_where->kind() == PredicateKind::kTrue) return true;
      const Predicate projected =
          Project(*change_.removed_where, spec, workshop_.SchemaFor(spec));
      const bool matches = MayMatchPartition(projected, workshop_.FieldsOf(spec), file.partition);
      if (matches && !is_global) return true;
    }
    return file.content == FileContent::kPositionDeletes && file.referenced_data_file &&
           removed_paths_.contains(*file.referenced_data_file);
  }

  ManifestWorkshop& workshop_;
  PreparedChange& prepared_;
  const SnapshotChange& change_;
  std::map<std::string, bool> wanted_;  ///< Exact files, and whether they were met.
  std::set<std::int32_t> data_specs_;
  std::set<std::int32_t> delete_specs_;
  std::set<std::string> partitions_;
  std::set<std::int32_t> partition_specs_;
  std::set<std::string> removed_paths_;
  std::map<std::int32_t, Predicate> by_spec_;
};

/// One property as a number; `otherwise` when it is absent or none.
std::int64_t NumberProperty(const TableMetadata& metadata, const std::string& key,
                            std::int64_t otherwise) {
  const auto found = metadata.properties.find(key);
  if (found == metadata.properties.end()) return otherwise;
  std::int64_t number = 0;
  const std::string& text = found->second;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size() ? number : otherwise;
}

using Bin = std::vector<ManifestFile>;

/// Packs from the oldest, so that the newest bin is the one with room left.
std::vector<Bin> PackFromEnd(const std::vector<ManifestFile>& manifests, std::int64_t bytes_max) {
  std::vector<Bin> bins;
  std::int64_t bytes = 0;
  for (auto at = manifests.rbegin(); at != manifests.rend(); ++at) {
    if (bins.empty() || bytes + at->length_bytes > bytes_max) {
      bins.emplace_back();
      bytes = 0;
    }
    bins.back().insert(bins.back().begin(), *at);
    bytes += at->length_bytes;
  }
  std::reverse(bins.begin(), bins.end());
  return bins;
}

/// Merges bins of one change.
class Merger {
 public:
  Merger(ManifestWorkshop& workshop, PreparedChange& prepared)
      : workshop_(workshop), prepared_(prepared) {}

  Result<ManifestFile> Merge(const Bin& bin) {
    std::string key;
    for (const ManifestFile& manifest : bin) key += manifest.path + '\n';
    const auto found = prepared_.merged.find(key);
    if (found != prepared_.merged.end()) return found->second;
    std::vector<ManifestEntry> entries;
    for (const ManifestFile& manifest : bin) FIRN_TRY(Gather(manifest, entries));
    FIRN_ASSIGN_OR_RETURN(ManifestFile merged, workshop_.Write(bin.front().spec_id,
                                                               bin.front().content, entries));
    prepared_.merged.emplace(key, merged);
    return merged;
  }

 private:
  bool IsMine(const ManifestFile& manifest) const {
    return manifest.added_snapshot_id == prepared_.ids.snapshot_id;
  }

  Status Gather(const ManifestFile& listed, std::vector<ManifestEntry>& entries) {
    FIRN_ASSIGN_OR_RETURN(Manifest manifest, workshop_.Read(listed));
    for (ManifestEntry& entry : manifest.entries) {
      const bool of_this = entry.snapshot_id == prepared_.ids.snapshot_id && IsMine(listed);
      if (!IsLive(entry) && !of_this) continue;
      if (of_this && entry.status == EntryStatus::kAdded) {
        // Numbers and row ids are still to come.
        entry.sequence_number = prepared_.change.data_sequence_number;
        if (listed.content == ManifestContent::kDeletes) entry.sequence_number.reset();
        entry.file_sequence_number.reset();
        entry.data_file.first_row_id.reset();
      } else if (IsLive(entry)) {
        entry.status = EntryStatus::kExisting;
      }
      entries.push_back(std::move(entry));
    }
    return Ok();
  }

  ManifestWorkshop& workshop_;
  PreparedChange& prepared_;
};

}  // namespace

Status RemoveFiles(ManifestWorkshop& workshop, PreparedChange& prepared,
                   std::vector<ManifestFile>& manifests) {
  prepared.removed_data_files = 0;
  prepared.removed_rows = 0;
  if (!prepared.change.removes_anything()) return Ok();
  // Only what this attempt meets counts.
  FIRN_TRY(Remover(workshop, prepared).Run(manifests));
  std::set<std::string> present;
  for (const ManifestFile& manifest : manifests) present.insert(manifest.path);
  std::erase_if(prepared.rewritten, [&](const auto& item) {
    return !present.contains(item.second.manifest.path);
  });
  for (const auto& [path, rewritten] : prepared.rewritten) {
    for (const DataFile& file : rewritten.removed) {
      if (file.content != FileContent::kData) continue;
      ++prepared.removed_data_files;
      prepared.removed_rows += file.record_count;
    }
  }
  return Ok();
}

Status MergeManifests(ManifestWorkshop& workshop, PreparedChange& prepared,
                      std::vector<ManifestFile>& manifests) {
  const TableMetadata& metadata = workshop.metadata();
  const auto enabled = metadata.properties.find("commit.manifest-merge.enabled");
  if (manifests.size() < 2 ||
      (enabled != metadata.properties.end() && enabled->second == "false")) {
    return Ok();
  }
  const std::int64_t bytes_max =
      NumberProperty(metadata, "commit.manifest.target-size-bytes", kManifestTargetBytes);
  const std::int64_t count_min =
      prepared.change.merges_all_manifests
          ? 2
          : NumberProperty(metadata, "commit.manifest.min-count-to-merge", kManifestMergeCountMin);
  if (static_cast<std::int64_t>(manifests.size()) < count_min) return Ok();
  std::map<std::pair<ManifestContent, std::int32_t>, Bin> groups;
  for (ManifestFile& manifest : manifests) {
    groups[{manifest.content, manifest.spec_id}].push_back(std::move(manifest));
  }
  manifests.clear();
  Merger merger(workshop, prepared);
  for (const auto& [key, group] : groups) {
    const std::vector<Bin> bins = PackFromEnd(group, bytes_max);
    for (std::size_t i = 0; i < bins.size(); ++i) {
      const bool keeps_room = i == 0 && static_cast<std::int64_t>(bins[i].size()) < count_min;
      if (bins[i].size() == 1 || keeps_room) {
        manifests.insert(manifests.end(), bins[i].begin(), bins[i].end());
        continue;
      }
      FIRN_ASSIGN_OR_RETURN(ManifestFile merged, merger.Merge(bins[i]));
      manifests.push_back(std::move(merged));
    }
  }
  return Ok();
}

}  // namespace firn::iceberg
