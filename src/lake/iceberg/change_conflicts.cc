#include <fmt/format.h>

#include <set>

#include "lake/iceberg/delete_index_internal.h"
#include "lake/iceberg/snapshot_change_internal.h"

namespace firn::iceberg {
namespace {

Error Conflicting(const std::string& what) {
  return Error(ErrorCode::kConflict, "ConflictingFiles",
               what + " by another commit while the statement ran");
}

/// What happened on the branch since the statement read it.
class SinceThen {
 public:
  SinceThen(ManifestWorkshop& workshop, const SnapshotChange& change)
      : workshop_(workshop), check_(*change.check) {
    referenced_.insert(check_.referenced_data_files.begin(), check_.referenced_data_files.end());
    for (const DataFile& file : change.removed) {
      if (file.content != FileContent::kData) continue;
      referenced_.insert(file.file_path);
      partitions_.insert(PartitionKey(file.spec_id, file.partition));
    }
  }

  /// Finds the snapshots between. Errors: kConflict when the one read is not an ancestor of `head`.
  Status FindSnapshots(const Snapshot& head) {
    const TableMetadata& metadata = workshop_.metadata();
    const Snapshot* at = &head;
    while (at != nullptr && at->snapshot_id != check_.starting_snapshot_id) {
      const auto operation = at->summary.find("operation");
      const bool is_replace = operation != at->summary.end() && operation->second == "replace";
      snapshots_.insert(at->snapshot_id);
      if (!is_replace) changing_.insert(at->snapshot_id);
      at = at->parent_snapshot_id ? metadata.FindSnapshot(*at->parent_snapshot_id) : nullptr;
    }
    if (at == nullptr && check_.starting_snapshot_id) {
      return Conflicting(fmt::format(
          "snapshot {}, which the statement read, was rolled back or expired",
          *check_.starting_snapshot_id));
    }
    return Ok();
  }

  bool is_empty() const { return snapshots_.empty(); }

  Status Check(const ManifestFile& listed) {
    if (!snapshots_.contains(listed.added_snapshot_id)) return Ok();
    if (listed.content == ManifestContent::kDeletes) return CheckDeletes(listed);
    if (!check_.no_new_data && referenced_.empty()) return Ok();
    FIRN_ASSIGN_OR_RETURN(const Manifest manifest, workshop_.Read(listed));
    for (const ManifestEntry& entry : manifest.entries) FIRN_TRY(CheckData(entry));
    return Ok();
  }

 private:
  Status CheckData(const ManifestEntry& entry) const {
    const DataFile& file = entry.data_file;
    if (entry.status == EntryStatus::kDeleted && referenced_.contains(file.file_path)) {
      return Conflicting(fmt::format("data file {}, whose rows are deleted here, was removed",
                                     file.file_path));
    }
    const bool is_new = entry.status == EntryStatus::kAdded && entry.snapshot_id &&
                        changing_.contains(*entry.snapshot_id);
    if (check_.no_new_data && is_new && MayHoldRows(file)) {
      return Conflicting(fmt::format(
          "data file {}, which may hold rows that the statement would have read, was added",
          file.file_path));
    }
    return Ok();
  }

  Status CheckDeletes(const ManifestFile& listed) {
    FIRN_ASSIGN_OR_RETURN(const Manifest manifest, workshop_.Read(listed));
    for (const ManifestEntry& entry : manifest.entries) {
      const bool is_new = entry.status == EntryStatus::kAdded && entry.snapshot_id &&
                          snapshots_.contains(*entry.snapshot_id);
      if (!is_new || !Concerns(entry.data_file)) continue;
      return Conflicting(fmt::format("rows that the statement read were deleted ({})",
                                     entry.data_file.file_path));
    }
    return Ok();
  }

  bool Concerns(const DataFile& deletes) const {
    if (deletes.is_deletion_vector()) {
      return deletes.referenced_data_file && referenced_.contains(*deletes.referenced_data_file);
    }
    if (!check_.no_new_deletes) return false;
    if (deletes.content == FileContent::kEqualityDeletes) return MayHoldRows(deletes);
    if (deletes.referenced_data_file) return referenced_.contains(*deletes.referenced_data_file);
    // A file about several data files: those of its partition.
    return partitions_.empty() ? MayHoldRows(deletes)
                               : partitions_.contains(
                                     PartitionKey(deletes.spec_id, deletes.partition));
  }

  bool MayHoldRows(const DataFile& file) const {
    const PartitionSpec& spec = *workshop_.metadata().FindSpec(file.spec_id);
    const Schema& schema = workshop_.SchemaFor(spec);
    if (!MayMatchPartition(Project(check_.rows, spec, schema), workshop_.FieldsOf(spec),
                           file.partition)) {
      return false;
    }
    return file.content != FileContent::kData ||
           MayMatchMetrics(check_.rows, workshop_.metadata().current_schema(), file);
  }

  ManifestWorkshop& workshop_;
  const ConflictCheck& check_;
  std::set<std::string> referenced_;
  std::set<std::string> partitions_;
  std::set<std::int64_t> snapshots_;
  std::set<std::int64_t> changing_;  ///< Those that changed rows.
};

}  // namespace

Status CheckConflicts(ManifestWorkshop& workshop, const SnapshotChange& change,
                      const Snapshot* head, std::span<const ManifestFile> manifests) {
  if (!change.check) return Ok();
  if (head == nullptr) {
    if (!change.check->starting_snapshot_id) return Ok();
    return Conflicting("all rows that the statement read were removed");
  }
  if (head->snapshot_id == change.check->starting_snapshot_id) return Ok();
  SinceThen since(workshop, change);
  FIRN_TRY(since.FindSnapshots(*head));
  if (since.is_empty()) return Ok();
  for (const ManifestFile& listed : manifests) FIRN_TRY(since.Check(listed));
  return Ok();
}

}  // namespace firn::iceberg
