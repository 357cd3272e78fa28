#include "lake/iceberg/scan_plan.h"

#include <fmt/format.h>

#include <map>

#include "lake/iceberg/delete_index_internal.h"
#include "lake/iceberg/limits.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/manifest_source_internal.h"
#include "lake/objects/object_store.h"

namespace firn::iceberg {
namespace {

/// One partition spec as the scan sees it.
struct SpecView {
  const PartitionSpec* spec = nullptr;
  std::vector<NestedField> partition_fields;
  Predicate projected;
};

/// One scan in the making. Owned by one PlanScan.
class Planner {
 public:
  Planner(const Context& context, objects::ObjectStore& store, const TableMetadata& metadata,
          const Schema& schema, const Predicate& predicate)
      : context_(context),
        store_(store),
        metadata_(metadata),
        schema_(schema),
        predicate_(predicate) {}

  Status Plan(const Snapshot& snapshot, ScanPlan& plan) {
    FIRN_ASSIGN_OR_RETURN(const auto manifests, ReadSnapshotManifests(context_, store_, snapshot));
    plan.counters.manifests_total = static_cast<std::int64_t>(manifests.size());
    // One after another: the store's reads block, and a scan of many manifests is rare where
    // writers compact them.
    for (const ManifestFile& manifest : manifests) {
      if (manifest.content == ManifestContent::kData) FIRN_TRY(AddDataManifest(manifest, plan));
    }
    if (plan.tasks.empty()) return Ok();
    for (const ManifestFile& manifest : manifests) {
      if (manifest.content == ManifestContent::kDeletes)
        FIRN_TRY(AddDeleteManifest(manifest, plan));
    }
    if (deletes_.empty()) return Ok();
    for (ScanTask& task : plan.tasks) {
      task.deletes = deletes_.Find(task.data_file, task.sequence_number);
    }
    return Ok();
  }

 private:
  Result<const SpecView*> FindView(const ManifestFile& manifest) {
    const auto found = views_.find(manifest.spec_id);
    if (found != views_.end()) return &found->second;
    const PartitionSpec* spec = metadata_.FindSpec(manifest.spec_id);
    if (spec == nullptr) {
      return DataCorruption("InvalidManifest",
                            fmt::format("manifest {} is of unknown partition spec {}",
                                        manifest.path, manifest.spec_id));
    }
    SpecView view;
    view.spec = spec;
    view.partition_fields = PartitionFields(*spec, SchemaForSpec(*spec));
    view.projected = Project(predicate_, *spec, schema_);
    return &views_.emplace(manifest.spec_id, std::move(view)).first->second;
  }

  /// The scan's schema, or the newest that still has the sources of the spec.
  const Schema& SchemaForSpec(const PartitionSpec& spec) const {
    const auto has_sources = [&](const Schema& schema) {
      for (const PartitionField& field : spec.fields) {
        if (schema.FindField(field.source_id) == nullptr) return false;
      }
      return true;
    };
    if (has_sources(schema_)) return schema_;
    for (auto at = metadata_.schemas.rbegin(); at != metadata_.schemas.rend(); ++at) {
      if (has_sources(*at)) return *at;
    }
    return schema_;
  }

  /// The live entries of a manifest that its summaries do not rule out; nullopt when they do.
  Result<std::optional<Manifest>> ReadKept(const ManifestFile& listed, const SpecView& view,
                                           ScanPlan& plan) {
    if (listed.added_files_count == 0 && listed.existing_files_count == 0) {
      return std::optional<Manifest>();
    }
    if (listed.partitions &&
        !MayMatchSummaries(view.projected, view.partition_fields, *listed.partitions)) {
      return std::optional<Manifest>();
    }
    FIRN_TRY(context_.Check());
    FIRN_ASSIGN_OR_RETURN_NOTE(const std::string bytes,
                               store_.ReadAll(context_, listed.path, kManifestBytesMax),
                               fmt::format("reading manifest {}", listed.path));
    FIRN_ASSIGN_OR_RETURN(Manifest manifest,
                          ReadManifest(bytes, listed, *view.spec, view.partition_fields));
    ++plan.counters.manifests_read;
    return std::optional(std::move(manifest));
  }

  Status AddDataManifest(const ManifestFile& listed, ScanPlan& plan) {
    FIRN_ASSIGN_OR_RETURN(const SpecView* view, FindView(listed));
    FIRN_ASSIGN_OR_RETURN(auto manifest, ReadKept(listed, *view, plan));
    if (!manifest) return Ok();
    for (ManifestEntry& entry : manifest->entries) {
      if (entry.status == EntryStatus::kDeleted) continue;
      ++plan.counters.files_total;
      if (!MayMatchPartition(view->projected, view->partition_fields, entry.data_file.partition) ||
          !MayMatchMetrics(predicate_, schema_, entry.data_file)) {
        continue;
      }
      if (plan.tasks.size() >= kScanFilesMax) {
        return ResourceExhausted(
            "TooManyFiles",
            fmt::format("the scan has more than {} files; narrow it down or compact the table",
                        kScanFilesMax));
      }
      ++plan.counters.files_kept;
      plan.counters.rows_kept += entry.data_file.record_count;
      plan.counters.bytes_kept += entry.data_file.file_size_bytes;
      ScanTask task;
      task.sequence_number = entry.sequence_number.value_or(0);
      task.file_sequence_number = entry.file_sequence_number.value_or(task.sequence_number);
      task.data_file = std::move(entry.data_file);
      plan.tasks.push_back(std::move(task));
    }
    return Ok();
  }

  /// Deletes of a partition that the predicate rules out apply to none of the kept files.
  Status AddDeleteManifest(const ManifestFile& listed, ScanPlan& plan) {
    FIRN_ASSIGN_OR_RETURN(const SpecView* view, FindView(listed));
    FIRN_ASSIGN_OR_RETURN(auto manifest, ReadKept(listed, *view, plan));
    if (!manifest) return Ok();
    for (ManifestEntry& entry : manifest->entries) {
      if (entry.status == EntryStatus::kDeleted ||
          !MayMatchPartition(view->projected, view->partition_fields, entry.data_file.partition)) {
        continue;
      }
      ++plan.counters.delete_files_kept;
      const bool is_global = view->spec->is_unpartitioned();
      deletes_.Add(std::make_shared<const DataFile>(std::move(entry.data_file)),
                   entry.sequence_number.value_or(0), is_global);
    }
    return Ok();
  }

  const Context& context_;
  objects::ObjectStore& store_;
  const TableMetadata& metadata_;
  const Schema& schema_;
  const Predicate& predicate_;
  std::map<std::int32_t, SpecView> views_;
  DeleteIndex deletes_;
};

}  // namespace

Result<ScanPlan> PlanScan(const Context& context, objects::ObjectStore& store,
                          const TableMetadata& metadata, std::optional<std::int64_t> snapshot_id,
                          const Predicate& predicate) {
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
  Planner planner(context, store, metadata, *schema, predicate);
  FIRN_TRY(planner.Plan(*snapshot, plan));
  return plan;
}

}  // namespace firn::iceberg
