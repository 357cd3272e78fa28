#include "lake/iceberg/snapshot_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "lake/iceberg/manifest_source_internal.h"
#include "lake/iceberg/snapshot_change_internal.h"
#include "lake/objects/object_store.h"

namespace firn::iceberg {
namespace {

Unexpected InvalidChange(std::string message) {
  return InvalidArgument("InvalidChange", std::move(message));
}

std::int64_t ToNumber(const Properties& summary, const std::string& key) {
  const auto found = summary.find(key);
  if (found == summary.end()) return 0;
  std::int64_t number = 0;
  std::from_chars(found->second.data(), found->second.data() + found->second.size(), number);
  return number;
}

Properties CompleteSummary(const TableMetadata& metadata, const PreparedChange& prepared,
                           const Snapshot* parent) {
  Properties summary = prepared.change.summary_extras;
  for (const auto& [label, row_count] : prepared.change.labels) {
    summary[std::string(kLabelKeyPrefix) + label] = std::to_string(row_count);
  }
  const Properties changed = SummarizeChange(metadata, prepared);
  for (const auto& [key, value] : changed) summary[key] = value;
  summary["operation"] = prepared.change.operation;
  const auto total = [&](const std::string& key, const std::string& added_key,
                         const std::string& removed_key) {
    // A parent that does not say its total leaves ours unknown.
    if (parent != nullptr && !parent->summary.contains(key)) return;
    const std::int64_t before = parent != nullptr ? ToNumber(parent->summary, key) : 0;
    const std::int64_t after = before + ToNumber(changed, added_key) - ToNumber(changed, removed_key);
    summary[key] = std::to_string(std::max<std::int64_t>(after, 0));
  };
  total("total-records", "added-records", "deleted-records");
  total("total-files-size", "added-files-size", "removed-files-size");
  total("total-data-files", "added-data-files", "deleted-data-files");
  total("total-delete-files", "added-delete-files", "removed-delete-files");
  total("total-position-deletes", "added-position-deletes", "removed-position-deletes");
  total("total-equality-deletes", "added-equality-deletes", "removed-equality-deletes");
  return summary;
}

Status CheckFiles(const TableMetadata& metadata, const SnapshotChange& change) {
  for (const DataFile& file : change.added) {
    if (file.content != FileContent::kData && metadata.format_version == 1) {
      return InvalidChange(
          fmt::format("{} is a delete file, which tables of version 1 have none of",
                      file.file_path));
    }
    const PartitionSpec* spec = metadata.FindSpec(file.spec_id);
    if (spec == nullptr) {
      return InvalidChange(
          fmt::format("file {} is of unknown partition spec {}", file.file_path, file.spec_id));
    }
    if (spec->fields.size() != file.partition.size()) {
      return InvalidChange(
          fmt::format("file {} has {} partition values where spec {} has {} fields", file.file_path,
                      file.partition.size(), spec->spec_id, spec->fields.size()));
    }
  }
  return Ok();
}

/// Writes one manifest a spec and kind.
Status WriteAdded(ManifestWorkshop& workshop, PreparedChange& prepared) {
  std::map<std::pair<ManifestContent, std::int32_t>, std::vector<ManifestEntry>> groups;
  for (const DataFile& file : prepared.change.added) {
    const bool is_data = file.content == FileContent::kData;
    ManifestEntry entry;
    entry.status = EntryStatus::kAdded;
    entry.snapshot_id = prepared.ids.snapshot_id;
    if (is_data) entry.sequence_number = prepared.change.data_sequence_number;
    entry.data_file = file;
    // Row ids are given out by the manifest list, at each attempt anew.
    entry.data_file.first_row_id.reset();
    const auto content = is_data ? ManifestContent::kData : ManifestContent::kDeletes;
    groups[{content, file.spec_id}].push_back(std::move(entry));
  }
  for (const auto& [key, entries] : groups) {
    FIRN_ASSIGN_OR_RETURN(ManifestFile manifest, workshop.Write(key.second, key.first, entries));
    prepared.manifests.push_back(std::move(manifest));
  }
  return Ok();
}

/// Gives row ids to data manifests that have none (spec, "Row Lineage"); returns the first id left.
std::int64_t AssignRowIds(std::vector<ManifestFile>& manifests, std::int64_t next_row_id) {
  for (ManifestFile& manifest : manifests) {
    if (manifest.content != ManifestContent::kData || manifest.first_row_id) continue;
    manifest.first_row_id = next_row_id;
    next_row_id += manifest.added_rows_count.value_or(0) + manifest.existing_rows_count.value_or(0);
  }
  return next_row_id;
}

struct Parent {
  const Snapshot* snapshot = nullptr;  ///< Null for a table without snapshots.
  SnapshotRef ref;
};

Result<Parent> FindParent(const TableMetadata& metadata, const std::string& branch) {
  Parent parent;
  const auto found = metadata.refs.find(branch);
  if (found == metadata.refs.end()) {
    if (branch == kMainBranch || metadata.snapshots.empty()) return parent;
    return InvalidChange(fmt::format("branch {} does not exist", branch));
  }
  if (found->second.is_tag) return InvalidChange(fmt::format("{} is a tag, not a branch", branch));
  parent.ref = found->second;
  parent.snapshot = metadata.FindSnapshot(found->second.snapshot_id);
  return parent;
}

/// The manifests of the branch's head.
Result<std::vector<ManifestFile>> HeadManifests(const Context& context, objects::ObjectStore& store,
                                                const Snapshot* head, const ManifestListing* known) {
  if (head == nullptr) return std::vector<ManifestFile>();
  if (known != nullptr && known->path == head->manifest_list) return known->manifests;
  if (head->manifest_list.empty() && !head->manifests.empty()) {
    return Unsupported(
        "EmbeddedManifests",
        "the current snapshot lists its manifests in the metadata file (an old v1 form); "
        "rewrite the table's manifests with another engine first");
  }
  return ReadSnapshotManifests(context, store, *head);
}

/// The new snapshot as far as the head decides it.
Snapshot NewSnapshot(const Context& context, const TableMetadata& metadata,
                     const PreparedChange& prepared, const Snapshot* head) {
  Snapshot snapshot;
  snapshot.snapshot_id = prepared.ids.snapshot_id;
  if (head != nullptr) snapshot.parent_snapshot_id = head->snapshot_id;
  snapshot.sequence_number = metadata.format_version > 1 ? metadata.last_sequence_number + 1 : 0;
  snapshot.timestamp_ms =
      std::max(MillisSinceEpoch(context.clock().Now()), metadata.last_updated_ms);
  snapshot.schema_id = metadata.current_schema_id;
  snapshot.manifest_list =
      fmt::format("{}/snap-{}-{}-{}.avro", MetadataFolder(metadata), prepared.ids.snapshot_id,
                  prepared.attempt, prepared.ids.commit_uuid);
  return snapshot;
}

/// Writes the list of the snapshot's manifests; gives row ids where they are due.
Result<std::string> EncodeList(const TableMetadata& metadata, Snapshot& snapshot,
                               std::vector<ManifestFile>& manifests) {
  for (ManifestFile& manifest : manifests) {
    if (manifest.added_snapshot_id != snapshot.snapshot_id) continue;
    manifest.sequence_number = snapshot.sequence_number;
    if (manifest.min_sequence_number == kSequenceNumberToCome) {
      manifest.min_sequence_number = snapshot.sequence_number;
    }
  }
  ManifestListWriteOptions options;
  options.format_version = metadata.format_version;
  options.snapshot_id = snapshot.snapshot_id;
  options.parent_snapshot_id = snapshot.parent_snapshot_id;
  options.sequence_number = snapshot.sequence_number;
  if (metadata.format_version >= 3) {
    snapshot.first_row_id = metadata.next_row_id;
    snapshot.added_rows = AssignRowIds(manifests, metadata.next_row_id) - metadata.next_row_id;
    options.first_row_id = snapshot.first_row_id;
  }
  return WriteManifestList(options, manifests);
}

void WordCommit(const TableMetadata& metadata, PreparedChange& prepared, SnapshotRef ref,
                Snapshot snapshot) {
  const std::string& branch = prepared.change.branch;
  prepared.requirements = {AssertTableUuid{metadata.table_uuid},
                           AssertRefSnapshotId{branch, snapshot.parent_snapshot_id}};
  if (const auto& written_by = prepared.change.written_by) {
    prepared.requirements.push_back(AssertCurrentSchemaId{written_by->schema_id});
    prepared.requirements.push_back(AssertDefaultSpecId{written_by->spec_id});
  }
  ref.snapshot_id = snapshot.snapshot_id;
  prepared.updates.clear();
  prepared.updates.push_back(AddSnapshot{std::move(snapshot)});
  prepared.updates.push_back(SetSnapshotRef{branch, ref});
}

/// One attempt after the added files' manifests are there.
Status Attempt(const Context& context, objects::ObjectStore& store, objects::PendingPuts& puts,
               ManifestWorkshop& workshop, PreparedChange& prepared, const ManifestListing* known) {
  const TableMetadata& metadata = workshop.metadata();
  FIRN_ASSIGN_OR_RETURN(const Parent parent, FindParent(metadata, prepared.change.branch));
  FIRN_ASSIGN_OR_RETURN(std::vector<ManifestFile> kept,
                        HeadManifests(context, store, parent.snapshot, known));
  // Lists of v2 have no place for "unknown", and readers pass by what counts nothing.
  for (ManifestFile& manifest : kept) FIRN_TRY(workshop.Count(manifest));
  FIRN_TRY(CheckConflicts(workshop, prepared.change, parent.snapshot, kept));
  FIRN_TRY(RemoveFiles(workshop, prepared, kept));
  std::vector<ManifestFile> manifests = prepared.manifests;
  manifests.insert(manifests.end(), kept.begin(), kept.end());
  FIRN_TRY(MergeManifests(workshop, prepared, manifests));

  ++prepared.attempt;
  Snapshot snapshot = NewSnapshot(context, metadata, prepared, parent.snapshot);
  snapshot.summary = CompleteSummary(metadata, prepared, parent.snapshot);
  FIRN_ASSIGN_OR_RETURN(std::string bytes, EncodeList(metadata, snapshot, manifests));
  prepared.written_paths.push_back(snapshot.manifest_list);
  puts.Start(context, store, snapshot.manifest_list, std::move(bytes),
             objects::PutCondition::kAlways);
  prepared.listing = std::make_shared<const ManifestListing>(
      ManifestListing{snapshot.manifest_list, std::move(manifests)});
  WordCommit(metadata, prepared, parent.ref, std::move(snapshot));
  return Ok();
}

Status CheckLabels(const TableMetadata& metadata, const SnapshotChange& change) {
  for (const auto& [label, row_count] : change.labels) {
    const Snapshot* snapshot = FindLabel(metadata, label);
    if (snapshot == nullptr) continue;
    return AlreadyExists("LabelAlreadyUsed",
                         fmt::format("Label [{}] has already been used, relate to txn [{}]", label,
                                     snapshot->snapshot_id));
  }
  return Ok();
}

/// What must hold of the table apart from its files.
Status CheckTable(const TableMetadata& metadata, const SnapshotChange& change) {
  FIRN_TRY(CheckLabels(metadata, change));
  if (!change.written_by || (change.written_by->schema_id == metadata.current_schema_id &&
                             change.written_by->spec_id == metadata.default_spec_id)) {
    return Ok();
  }
  return Conflict("SchemaChanged",
                  "the table's columns or partitioning were changed by another commit while the "
                  "statement ran");
}

Status CheckRebase(const TableMetadata& metadata, const PreparedChange& previous) {
  const auto* uuid = std::get_if<AssertTableUuid>(&previous.requirements.front());
  if (uuid == nullptr || uuid->uuid != metadata.table_uuid) {
    return Conflict(
        "TableReplaced",
        fmt::format("the table was replaced while the statement ran: its uuid is now {}",
                    metadata.table_uuid));
  }
  if (metadata.FindSnapshot(previous.ids.snapshot_id) != nullptr) {
    return AlreadyExists("AlreadyCommitted",
                         fmt::format("snapshot {} is in the table: the commit had succeeded",
                                     previous.ids.snapshot_id));
  }
  const bool has_position_deletes =
      std::any_of(previous.change.added.begin(), previous.change.added.end(), [](const auto& file) {
        return file.content == FileContent::kPositionDeletes && !file.is_deletion_vector();
      });
  if (metadata.format_version > previous.format_version &&
      (previous.format_version == 1 || has_position_deletes)) {
    return Conflict("FormatVersionChanged",
                    fmt::format("the table was upgraded from v{} while the statement ran; run it "
                                "again",
                                previous.format_version));
  }
  for (const ManifestFile& manifest : previous.manifests) {
    if (metadata.FindSpec(manifest.spec_id) == nullptr) {
      return Conflict(
          "SpecRemoved",
          fmt::format("partition spec {} was removed while the statement ran; run it again",
                      manifest.spec_id));
    }
  }
  return Ok();
}

}  // namespace

const Snapshot* FindLabel(const TableMetadata& metadata, std::string_view label) {
  const std::string key = std::string(kLabelKeyPrefix) + std::string(label);
  for (const Snapshot& snapshot : metadata.snapshots) {
    if (snapshot.summary.contains(key)) return &snapshot;
  }
  return nullptr;
}

StatementIds NewStatementIds(Random& random) {
  StatementIds ids;
  while (ids.snapshot_id == 0) {
    ids.snapshot_id = static_cast<std::int64_t>(random.NextUint64() & INT64_MAX);
  }
  ids.commit_uuid = NewUuid(random);
  return ids;
}

Result<PreparedChange> PrepareChange(const Context& context, objects::ObjectStore& store,
                                     const TableMetadata& metadata, const StatementIds& ids,
                                     SnapshotChange change, const ManifestListing* known) {
  FIRN_TRY(CheckFiles(metadata, change));
  FIRN_TRY(CheckTable(metadata, change));
  PreparedChange prepared;
  prepared.ids = ids;
  prepared.change = std::move(change);
  prepared.format_version = metadata.format_version;
  const auto puts = std::make_shared<objects::PendingPuts>();
  ManifestWorkshop workshop(context, store, metadata, *puts, prepared);
  Status written = WriteAdded(workshop, prepared);
  if (written) written = Attempt(context, store, *puts, workshop, prepared, known);
  // Even after an error, what is in flight is waited for: nothing appears behind the caller's back.
  Status put = puts->Wait();
  FIRN_TRY(std::move(written));
  FIRN_TRY(std::move(put));
  return prepared;
}

Result<PreparedChange> RebaseChange(const Context& context, objects::ObjectStore& store,
                                    const TableMetadata& metadata, const PreparedChange& previous,
                                    const ManifestListing* known) {
  FIRN_TRY(CheckRebase(metadata, previous));
  FIRN_TRY(CheckTable(metadata, previous.change));
  PreparedChange prepared = previous;
  const auto puts = std::make_shared<objects::PendingPuts>();
  ManifestWorkshop workshop(context, store, metadata, *puts, prepared);
  Status written = Attempt(context, store, *puts, workshop, prepared, known);
  Status put = puts->Wait();
  FIRN_TRY(std::move(written));
  FIRN_TRY(std::move(put));
  return prepared;
}

}  // namespace firn::iceberg
