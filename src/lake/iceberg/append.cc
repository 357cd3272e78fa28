#include "lake/iceberg/append.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <set>

#include "base/mutex.h"
#include "lake/iceberg/manifest_source_internal.h"
#include "lake/objects/object_store.h"

namespace firn::iceberg {
namespace {

Unexpected InvalidAppend(std::string message) {
  return InvalidArgument("InvalidAppend", std::move(message));
}

/// Several PUTs in flight. Shared with the store's callbacks, so that it outlives a caller that
/// left early.
class PutGroup : public std::enable_shared_from_this<PutGroup> {
 public:
  void Start(const Context& context, objects::ObjectStore& store, const std::string& url,
             std::string bytes) {
    {
      MutexLock lock(mutex_);
      ++in_flight_;
    }
    store.PutAsync(context, url, std::make_shared<const std::string>(std::move(bytes)),
                   objects::PutCondition::kAlways,
                   [group = shared_from_this(), url](Result<objects::ObjectInfo> result) {
                     group->Done(url, std::move(result));
                   });
  }

  /// Waits for all; the first error, if any.
  Status Wait() {
    MutexLock lock(mutex_);
    while (in_flight_ > 0) changed_.Wait(mutex_);
    if (failure_) return *failure_;
    return Ok();
  }

 private:
  void Done(const std::string& url, Result<objects::ObjectInfo> result) {
    MutexLock lock(mutex_);
    if (!result && !failure_) {
      failure_ = std::move(result).error().Note(fmt::format("writing {}", url));
    }
    --in_flight_;
    changed_.NotifyAll();
  }

  Mutex mutex_;
  CondVar changed_;
  int in_flight_ FIRN_GUARDED_BY(mutex_) = 0;
  std::optional<Error> failure_ FIRN_GUARDED_BY(mutex_);
};

std::int64_t ToNumber(const Properties& summary, const std::string& key) {
  const auto found = summary.find(key);
  if (found == summary.end()) return 0;
  std::int64_t number = 0;
  std::from_chars(found->second.data(), found->second.data() + found->second.size(), number);
  return number;
}

/// What the files add (spec, appendix F, "Snapshot summary").
Properties SummarizeFiles(const TableMetadata& metadata, std::span<const DataFile> files) {
  std::int64_t records = 0;
  std::int64_t bytes = 0;
  std::set<std::string> partitions;
  for (const DataFile& file : files) {
    records += file.record_count;
    bytes += file.file_size_bytes;
    const PartitionSpec* spec = metadata.FindSpec(file.spec_id);
    partitions.insert(PartitionPath(*spec, file.partition));
  }
  Properties summary;
  if (files.empty()) return summary;
  summary["added-data-files"] = std::to_string(files.size());
  summary["added-records"] = std::to_string(records);
  summary["added-files-size"] = std::to_string(bytes);
  summary["changed-partition-count"] = std::to_string(partitions.size());
  return summary;
}

Properties CompleteSummary(const PreparedAppend& append, const Snapshot* parent) {
  Properties summary = append.options.summary_extras;
  for (const auto& [key, value] : append.added_summary) summary[key] = value;
  summary["operation"] = "append";
  const auto total = [&](const std::string& key, const std::string& added_key) {
    // A parent that does not say its total leaves ours unknown.
    if (parent != nullptr && !parent->summary.contains(key)) return;
    const std::int64_t before = parent != nullptr ? ToNumber(parent->summary, key) : 0;
    summary[key] = std::to_string(before + ToNumber(append.added_summary, added_key));
  };
  total("total-records", "added-records");
  total("total-files-size", "added-files-size");
  total("total-data-files", "added-data-files");
  total("total-delete-files", "");
  total("total-position-deletes", "");
  total("total-equality-deletes", "");
  return summary;
}

Status CheckFiles(const TableMetadata& metadata, std::span<const DataFile> files) {
  for (const DataFile& file : files) {
    if (file.content != FileContent::kData) {
      return InvalidAppend(
          fmt::format("{} is a delete file and cannot be appended", file.file_path));
    }
    const PartitionSpec* spec = metadata.FindSpec(file.spec_id);
    if (spec == nullptr) {
      return InvalidAppend(
          fmt::format("file {} is of unknown partition spec {}", file.file_path, file.spec_id));
    }
    if (spec->fields.size() != file.partition.size()) {
      return InvalidAppend(
          fmt::format("file {} has {} partition values where spec {} has {} fields", file.file_path,
                      file.partition.size(), spec->spec_id, spec->fields.size()));
    }
  }
  return Ok();
}

/// Writes one manifest a spec.
Status WriteManifests(const Context& context, objects::ObjectStore& store, PutGroup& puts,
                      const TableMetadata& metadata, std::span<const DataFile> files,
                      PreparedAppend& append) {
  std::map<std::int32_t, std::vector<ManifestEntry>> by_spec;
  for (const DataFile& file : files) {
    ManifestEntry entry;
    entry.status = EntryStatus::kAdded;
    entry.snapshot_id = append.ids.snapshot_id;
    entry.data_file = file;
    // Row ids are given out by the manifest list, at each attempt anew.
    entry.data_file.first_row_id.reset();
    by_spec[file.spec_id].push_back(std::move(entry));
  }
  const std::string folder = MetadataFolder(metadata);
  for (const auto& [spec_id, entries] : by_spec) {
    ManifestWriteOptions options;
    options.format_version = metadata.format_version;
    options.schema = &metadata.current_schema();
    options.spec = metadata.FindSpec(spec_id);
    FIRN_ASSIGN_OR_RETURN(std::string bytes, WriteManifest(options, entries));
    FIRN_ASSIGN_OR_RETURN(ManifestFile manifest, SummarizeManifest(options, entries));
    manifest.path =
        fmt::format("{}/{}-m{}.avro", folder, append.ids.commit_uuid, append.manifests.size());
    manifest.length_bytes = static_cast<std::int64_t>(bytes.size());
    manifest.added_snapshot_id = append.ids.snapshot_id;
    append.written_paths.push_back(manifest.path);
    puts.Start(context, store, manifest.path, std::move(bytes));
    append.manifests.push_back(std::move(manifest));
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
    return InvalidAppend(fmt::format("branch {} does not exist", branch));
  }
  if (found->second.is_tag) return InvalidAppend(fmt::format("{} is a tag, not a branch", branch));
  parent.ref = found->second;
  parent.snapshot = metadata.FindSnapshot(found->second.snapshot_id);
  return parent;
}

/// Writes the manifest list of the next attempt and words the commit.
Status WriteListAndWord(const Context& context, objects::ObjectStore& store, PutGroup& puts,
                        const TableMetadata& metadata, PreparedAppend& append) {
  FIRN_ASSIGN_OR_RETURN(Parent parent, FindParent(metadata, append.options.branch));
  ++append.attempt;
  const bool has_sequence = metadata.format_version > 1;
  Snapshot snapshot;
  snapshot.snapshot_id = append.ids.snapshot_id;
  snapshot.sequence_number = has_sequence ? metadata.last_sequence_number + 1 : 0;
  snapshot.timestamp_ms =
      std::max(MillisSinceEpoch(context.clock().Now()), metadata.last_updated_ms);
  snapshot.schema_id = metadata.current_schema_id;
  snapshot.summary = CompleteSummary(append, parent.snapshot);
  snapshot.manifest_list =
      fmt::format("{}/snap-{}-{}-{}.avro", MetadataFolder(metadata), append.ids.snapshot_id,
                  append.attempt, append.ids.commit_uuid);

  std::vector<ManifestFile> manifests = append.manifests;
  for (ManifestFile& manifest : manifests) {
    manifest.sequence_number = snapshot.sequence_number;
    manifest.min_sequence_number = snapshot.sequence_number;
  }
  if (parent.snapshot != nullptr) {
    snapshot.parent_snapshot_id = parent.snapshot->snapshot_id;
    if (parent.snapshot->manifest_list.empty() && !parent.snapshot->manifests.empty()) {
      return Unsupported(
          "EmbeddedManifests",
          "the current snapshot lists its manifests in the metadata file (an old v1 form); "
          "rewrite the table's manifests with another engine first");
    }
    FIRN_ASSIGN_OR_RETURN(const auto existing,
                          ReadSnapshotManifests(context, store, *parent.snapshot));
    manifests.insert(manifests.end(), existing.begin(), existing.end());
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
  FIRN_ASSIGN_OR_RETURN(std::string bytes, WriteManifestList(options, manifests));
  append.written_paths.push_back(snapshot.manifest_list);
  puts.Start(context, store, snapshot.manifest_list, std::move(bytes));

  append.requirements.clear();
  append.requirements.push_back(AssertTableUuid{metadata.table_uuid});
  append.requirements.push_back(
      AssertRefSnapshotId{append.options.branch, snapshot.parent_snapshot_id});
  append.updates.clear();
  parent.ref.snapshot_id = snapshot.snapshot_id;
  append.updates.push_back(AddSnapshot{std::move(snapshot)});
  append.updates.push_back(SetSnapshotRef{append.options.branch, parent.ref});
  return Ok();
}

}  // namespace

StatementIds NewStatementIds(Random& random) {
  StatementIds ids;
  while (ids.snapshot_id == 0) {
    ids.snapshot_id = static_cast<std::int64_t>(random.NextUint64() & INT64_MAX);
  }
  ids.commit_uuid = NewUuid(random);
  return ids;
}

Result<PreparedAppend> PrepareAppend(const Context& context, objects::ObjectStore& store,
                                     const TableMetadata& metadata, const StatementIds& ids,
                                     std::span<const DataFile> files,
                                     const AppendOptions& options) {
  FIRN_TRY(CheckFiles(metadata, files));
  PreparedAppend append;
  append.ids = ids;
  append.options = options;
  append.format_version = metadata.format_version;
  append.added_summary = SummarizeFiles(metadata, files);
  const auto puts = std::make_shared<PutGroup>();
  Status written = WriteManifests(context, store, *puts, metadata, files, append);
  if (written) written = WriteListAndWord(context, store, *puts, metadata, append);
  // Even after an error, what is in flight is waited for: nothing appears behind the caller's back.
  Status put = puts->Wait();
  FIRN_TRY(std::move(written));
  FIRN_TRY(std::move(put));
  return append;
}

Result<PreparedAppend> RebaseAppend(const Context& context, objects::ObjectStore& store,
                                    const TableMetadata& metadata, const PreparedAppend& previous) {
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
  if (previous.format_version == 1 && metadata.format_version > 1) {
    return Conflict("FormatVersionChanged",
                    "the table was upgraded from v1 while the statement ran; run it again");
  }
  for (const ManifestFile& manifest : previous.manifests) {
    if (metadata.FindSpec(manifest.spec_id) == nullptr) {
      return Conflict(
          "SpecRemoved",
          fmt::format("partition spec {} was removed while the statement ran; run it again",
                      manifest.spec_id));
    }
  }
  PreparedAppend append = previous;
  const auto puts = std::make_shared<PutGroup>();
  Status written = WriteListAndWord(context, store, *puts, metadata, append);
  Status put = puts->Wait();
  FIRN_TRY(std::move(written));
  FIRN_TRY(std::move(put));
  return append;
}

}  // namespace firn::iceberg
