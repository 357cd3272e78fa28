#include "lake/iceberg/scan_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "base/mutex.h"
#include "base/thread_pool.h"
#include "lake/iceberg/avro_internal.h"
#include "lake/iceberg/delete_index_internal.h"
#include "lake/iceberg/limits.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/manifest_cache.h"
#include "lake/iceberg/manifest_columns_internal.h"
#include "lake/iceberg/manifest_source_internal.h"
#include "lake/iceberg/predicate_internal.h"
#include "lake/objects/object_store.h"

namespace firn::iceberg {
namespace {

/// One partition spec as the scan sees it.
struct SpecView {
  const PartitionSpec* spec = nullptr;
  std::vector<NestedField> partition_fields;
  Predicate projected;
  std::string fingerprint;  ///< The types of `partition_fields`.
};

/// An entry as MetricsFilter asks it.
struct EntryMetrics {
  const ManifestColumns& columns;
  std::size_t index;

  ColumnBounds BoundsOf(std::int32_t field_id) const { return columns.BoundsOf(index, field_id); }
  ColumnCounts CountsOf(std::int32_t field_id) const { return columns.CountsOf(index, field_id); }
};

/// What one manifest adds to a plan.
struct ManifestPart {
  std::int64_t files_total = 0;
  std::vector<ScanTask> tasks;
  std::vector<DeleteFileRef> deletes;
};

/// One scan in the making. Owned by one PlanScan; decoders' threads look at it while it waits for
/// them.
class Planner {
 public:
  Planner(const Context& context, objects::ObjectStore& store, const TableMetadata& metadata,
          const Schema& schema, const Predicate& predicate, const ScanResources& resources)
      : context_(context),
        store_(store),
        metadata_(metadata),
        schema_(schema),
        predicate_(predicate),
        resources_(resources),
        filter_(predicate, schema) {}

  Status Plan(const Snapshot& snapshot, ScanPlan& plan);

 private:
  struct Chosen {
    const ManifestFile* listed = nullptr;
    const SpecView* view = nullptr;
    std::string key;  ///< In the cache.
    Result<ManifestPart> part = ManifestPart{};
  };

  Result<std::shared_ptr<const std::vector<ManifestFile>>> ReadList(const Snapshot& snapshot);
  Result<const SpecView*> FindView(const ManifestFile& manifest);
  static bool IsRuledOut(const ManifestFile& listed, const SpecView& view);
  Status Choose(const std::vector<ManifestFile>& manifests);
  std::string KeyOf(const ManifestFile& listed, const SpecView& view) const;
  Status Read(ScanPlan& plan);
  Status Fetch(const std::vector<Chosen*>& missing);
  Result<ManifestPart> DecodePart(std::string_view bytes, const Chosen& chosen) const;
  Result<ManifestPart> MakePart(const ManifestColumns& columns, const Chosen& chosen) const;
  Status Merge(ScanPlan& plan);

  // Constant after construction.
  const Context& context_;
  objects::ObjectStore& store_;
  const TableMetadata& metadata_;
  const Schema& schema_;
  const Predicate& predicate_;
  const ScanResources& resources_;
  const MetricsFilter filter_;

  std::map<std::int32_t, SpecView> views_;
  std::vector<Chosen> chosen_;
};

Status Planner::Plan(const Snapshot& snapshot, ScanPlan& plan) {
  FIRN_ASSIGN_OR_RETURN(const auto manifests, ReadList(snapshot));
  plan.counters.manifests_total = static_cast<std::int64_t>(manifests->size());
  FIRN_TRY(Choose(*manifests));
  const auto is_data = [](const Chosen& chosen) {
    return chosen.listed->content == ManifestContent::kData;
  };
  if (std::ranges::none_of(chosen_, is_data)) return Ok();
  plan.counters.manifests_read = static_cast<std::int64_t>(chosen_.size());
  FIRN_TRY(Read(plan));
  return Merge(plan);
}

Result<std::shared_ptr<const std::vector<ManifestFile>>> Planner::ReadList(
    const Snapshot& snapshot) {
  const bool is_cached = resources_.cache != nullptr && !snapshot.manifest_list.empty();
  const std::string key = resources_.cache_scope + '\0' + snapshot.manifest_list;
  if (is_cached) {
    if (auto list = resources_.cache->FindList(key)) return list;
  }
  FIRN_ASSIGN_OR_RETURN(auto read, ReadSnapshotManifests(context_, store_, snapshot));
  auto list = std::make_shared<const std::vector<ManifestFile>>(std::move(read));
  if (is_cached) resources_.cache->KeepList(key, list);
  return list;
}

Result<const SpecView*> Planner::FindView(const ManifestFile& manifest) {
  const auto found = views_.find(manifest.spec_id);
  if (found != views_.end()) return &found->second;
  const PartitionSpec* spec = metadata_.FindSpec(manifest.spec_id);
  if (spec == nullptr) {
    return DataCorruption("InvalidManifest",
                          fmt::format("manifest {} is of unknown partition spec {}", manifest.path,
                                      manifest.spec_id));
  }
  SpecView view;
  view.spec = spec;
  view.partition_fields = PartitionFields(*spec, SchemaForSpec(metadata_, *spec, schema_));
  view.projected = Project(predicate_, *spec, schema_);
  for (const NestedField& field : view.partition_fields) {
    view.fingerprint += field.type.ToString() + ",";
  }
  return &views_.emplace(manifest.spec_id, std::move(view)).first->second;
}

bool Planner::IsRuledOut(const ManifestFile& listed, const SpecView& view) {
  if (listed.added_files_count == 0 && listed.existing_files_count == 0) return true;
  return listed.partitions &&
         !MayMatchSummaries(view.projected, view.partition_fields, *listed.partitions);
}

Status Planner::Choose(const std::vector<ManifestFile>& manifests) {
  for (const ManifestFile& listed : manifests) {
    FIRN_ASSIGN_OR_RETURN(const SpecView* view, FindView(listed));
    if (IsRuledOut(listed, *view)) continue;
    chosen_.push_back({.listed = &listed, .view = view, .key = {}});
    if (resources_.cache != nullptr) chosen_.back().key = KeyOf(listed, *view);
  }
  return Ok();
}

/// Names all that decoding depends on: what is inherited stands in the list, and the types of a
/// spec's fields in the schema.
std::string Planner::KeyOf(const ManifestFile& listed, const SpecView& view) const {
  return fmt::format("{}{}{}{}{} {} {} {} {} {} {}", resources_.cache_scope, '\0', listed.path,
                     '\0', listed.length_bytes, listed.spec_id, static_cast<int>(listed.content),
                     listed.sequence_number, listed.added_snapshot_id,
                     listed.first_row_id.value_or(-1), view.fingerprint);
}

Status Planner::Read(ScanPlan& plan) {
  std::vector<Chosen*> missing;
  for (Chosen& chosen : chosen_) {
    std::shared_ptr<const ManifestColumns> columns;
    if (resources_.cache != nullptr) columns = resources_.cache->FindManifest(chosen.key);
    if (columns != nullptr)
      chosen.part = MakePart(*columns, chosen);
    else
      missing.push_back(&chosen);
  }
  FIRN_TRY(context_.Check());
  plan.counters.manifests_fetched = static_cast<std::int64_t>(missing.size());
  return Fetch(missing);
}

/// Waits for what it has handed to other threads. Owned by one Fetch.
class Handed {
 public:
  ~Handed() { WaitForFewer(1); }

  /// False when `pool` takes no more.
  bool Hand(ThreadPool& pool, std::function<void()> work) {
    {
      const MutexLock lock(mutex_);
      ++count_;
    }
    const bool is_taken = pool.TrySubmit([this, work = std::move(work)] {
      work();
      Return();
    });
    if (!is_taken) Return();
    return is_taken;
  }
  void WaitForFewer(std::size_t count) {
    const MutexLock lock(mutex_);
    while (count_ >= count) returned_.Wait(mutex_);
  }

 private:
  void Return() {
    // Told under the lock: whoever waits may destroy this as soon as it is free.
    const MutexLock lock(mutex_);
    --count_;
    returned_.NotifyAll();
  }

  Mutex mutex_;
  CondVar returned_;
  std::size_t count_ FIRN_GUARDED_BY(mutex_) = 0;
};

// Each manifest's bytes go to a decoder as they come; no more of them wait than
// kManifestsQueuedMax, since the store stops while they do.
Status Planner::Fetch(const std::vector<Chosen*>& missing) {
  std::vector<objects::WholeRead> reads;
  reads.reserve(missing.size());
  for (const Chosen* chosen : missing) {
    reads.push_back({.url = chosen->listed->path, .bytes_max = kManifestBytesMax});
  }
  Handed handed;
  const auto take = [&](std::size_t index, std::string bytes) -> Status {
    Chosen* chosen = missing[index];
    handed.WaitForFewer(kManifestsQueuedMax);
    auto shared = std::make_shared<const std::string>(std::move(bytes));
    const bool is_handed = resources_.decoders != nullptr && missing.size() > 1 &&
                           handed.Hand(*resources_.decoders, [this, chosen, shared] {
                             chosen->part = DecodePart(*shared, *chosen);
                           });
    if (is_handed) return Ok();
    chosen->part = DecodePart(*shared, *chosen);
    if (!chosen->part) return chosen->part.error();
    return Ok();
  };
  auto read = store_.ReadObjects(context_, reads, resources_.manifests_in_flight, take);
  if (!read) return std::move(read).error().Note("reading manifests");
  return read;
}

Result<ManifestPart> Planner::DecodePart(std::string_view bytes, const Chosen& chosen) const {
  FIRN_TRY(context_.Check());
  AvroSchemas* schemas = resources_.cache != nullptr ? &resources_.cache->schemas() : nullptr;
  FIRN_ASSIGN_OR_RETURN(const std::shared_ptr<const ManifestColumns> columns,
                        ManifestColumns::Decode(bytes, *chosen.listed, *chosen.view->spec,
                                                chosen.view->partition_fields, schemas));
  if (resources_.cache != nullptr) resources_.cache->KeepManifest(chosen.key, columns);
  return MakePart(*columns, chosen);
}

// Deletes of a partition that the predicate rules out apply to none of the kept files; their bounds
// are those of paths and positions.
Result<ManifestPart> Planner::MakePart(const ManifestColumns& columns, const Chosen& chosen) const {
  const bool is_data = chosen.listed->content == ManifestContent::kData;
  std::vector<bool> may_match;
  may_match.reserve(columns.partitions().size());
  for (const PartitionTuple& partition : columns.partitions()) {
    may_match.push_back(
        MayMatchPartition(chosen.view->projected, chosen.view->partition_fields, partition));
  }
  MetricsFilter filter = filter_;
  ManifestPart part;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns.status(i) == EntryStatus::kDeleted) continue;
    ++part.files_total;
    if (!may_match[columns.partition_index(i)]) continue;
    if (is_data && !filter.MayMatch(columns.record_count(i), EntryMetrics{columns, i})) continue;
    FIRN_ASSIGN_OR_RETURN(ManifestEntry entry, columns.Entry(i));
    const std::int64_t sequence_number = columns.sequence_number(i);
    if (is_data) {
      part.tasks.push_back(
          {.data_file = std::move(entry.data_file),
           .sequence_number = sequence_number,
           .file_sequence_number = entry.file_sequence_number.value_or(sequence_number),
           .deletes = {}});
    } else {
      part.deletes.push_back(
          {std::make_shared<const DataFile>(std::move(entry.data_file)), sequence_number});
    }
  }
  return part;
}

Status Planner::Merge(ScanPlan& plan) {
  DeleteIndex deletes;
  ScanCounters& counters = plan.counters;
  for (Chosen& chosen : chosen_) {
    if (!chosen.part) return std::move(chosen.part).error();
    ManifestPart& part = *chosen.part;
    if (plan.tasks.size() + part.tasks.size() > kScanFilesMax) {
      return ResourceExhausted(
          "TooManyFiles",
          fmt::format("the scan has more than {} files; narrow it down or compact the table",
                      kScanFilesMax));
    }
    if (chosen.listed->content == ManifestContent::kData) counters.files_total += part.files_total;
    for (ScanTask& task : part.tasks) {
      counters.rows_kept += task.data_file.record_count;
      counters.bytes_kept += task.data_file.file_size_bytes;
      plan.tasks.push_back(std::move(task));
    }
    for (DeleteFileRef& ref : part.deletes) {
      ++counters.delete_files_kept;
      deletes.Add(std::move(ref.file), ref.sequence_number, DeletesEverywhere(*chosen.view->spec));
    }
    part = {};
  }
  counters.files_kept = static_cast<std::int64_t>(plan.tasks.size());
  if (deletes.empty()) return Ok();
  for (ScanTask& task : plan.tasks) {
    task.deletes = deletes.Find(task.data_file, task.sequence_number);
  }
  return Ok();
}

}  // namespace

Result<ScanPlan> PlanScan(const Context& context, objects::ObjectStore& store,
                          const TableMetadata& metadata, std::optional<std::int64_t> snapshot_id,
                          const Predicate& predicate, const ScanResources& resources) {
  FIRN_CHECK(resources.cache == nullptr || !resources.cache_scope.empty());
  ScanPlan plan;
  plan.schema_id = metadata.current_schema_id;
  const Snapshot* snapshot = metadata.current_snapshot();
  if (snapshot_id) {
    snapshot = metadata.FindSnapshot(*snapshot_id);
    if (snapshot == nullptr) {
      return NotFound(
          "NoSuchSnapshot",
          fmt::format("snapshot {} does not exist; it may have been expired", *snapshot_id));
    }
    // A time travel sees the columns of its time; the current snapshot those of the table.
    if (snapshot_id != metadata.current_snapshot_id) {
      plan.schema_id = metadata.SchemaOf(*snapshot).schema_id;
    }
  }
  if (snapshot == nullptr) return plan;
  plan.snapshot_id = snapshot->snapshot_id;
  const Schema* schema = metadata.FindSchema(plan.schema_id);
  FIRN_CHECK(schema != nullptr);
  Planner planner(context, store, metadata, *schema, predicate, resources);
  FIRN_TRY(planner.Plan(*snapshot, plan));
  return plan;
}

}  // namespace firn::iceberg
