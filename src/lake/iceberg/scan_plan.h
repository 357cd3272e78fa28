#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/limits.h"
#include "lake/iceberg/predicate.h"
#include "lake/iceberg/table_metadata.h"

namespace firn {
class ThreadPool;
}
namespace firn::objects {
class ObjectStore;
}

/// Turns a snapshot and a predicate into the files a query must read, with the deletes that apply
/// to each.

namespace firn::iceberg {

/// A delete file as one data file sees it; shared by the tasks it applies to.
struct DeleteFileRef {
  std::shared_ptr<const DataFile> file;
  std::int64_t sequence_number = 0;  ///< Data sequence number.
};

/// True for a spec without fields that count: its equality deletes apply to every partition of every
/// spec.
bool DeletesEverywhere(const PartitionSpec& spec);

struct ScanTask {
  DataFile data_file;
  std::int64_t sequence_number = 0;  ///< Data sequence number.
  std::int64_t file_sequence_number = 0;
  std::vector<DeleteFileRef> deletes;
};

struct ScanCounters {
  std::int64_t manifests_total = 0;    ///< Data and delete manifests of the snapshot.
  std::int64_t manifests_read = 0;     ///< Looked through; those kept in memory count too.
  std::int64_t manifests_fetched = 0;  ///< Asked of the store.
  std::int64_t files_total = 0;        ///< Live data files in the manifests read.
  std::int64_t files_kept = 0;
  std::int64_t delete_files_kept = 0;
  std::int64_t rows_kept = 0;   ///< Record counts of the kept files, before deletes.
  std::int64_t bytes_kept = 0;  ///< Sizes of the kept files.
};

struct ScanPlan {
  /// Null when the table has no snapshot: then there are no tasks.
  std::optional<std::int64_t> snapshot_id;
  std::int32_t schema_id = 0;  ///< The schema of the snapshot.
  std::vector<ScanTask> tasks;
  ScanCounters counters;
};

class ManifestCache;

/// What a scan may use beside its store. All may be left out; what is pointed to must outlive the
/// call.
struct ScanResources {
  ManifestCache* cache = nullptr;
  /// Under which name `cache` knows what this store serves. Two stores may have one scope only if
  /// whoever may read through one may read through the other, and the same URL means the same
  /// bytes. REQUIRES: not empty where there is a cache.
  std::string cache_scope;
  /// Manifests are decoded on its threads, else on the caller's.
  ThreadPool* decoders = nullptr;
  std::size_t manifests_in_flight = kManifestsInFlightMax;
};

/// Plans the scan of one table at one snapshot (the current one by default).
///
/// Reads the manifest list and those manifests whose partition summaries the predicate cannot rule
/// out; reads no data file. Field ids of the predicate are those of the table. Cost: one request
/// for the list and one a manifest kept, `manifests_in_flight` at a time (each is read whole); none
/// for what the cache holds. Delete manifests are read only beside data manifests.
///
/// Thread-safe. The plan owns everything it points to.
///
/// Errors: kNotFound/NoSuchSnapshot; kNotFound from the store, kDataCorruption with the manifest's
/// path;
/// kResourceExhausted/ManifestTooLarge, /TooManyFiles; kDeadlineExceeded and kCancelled from
/// `context`.
Result<ScanPlan> PlanScan(const Context& context, objects::ObjectStore& store,
                          const TableMetadata& metadata, std::optional<std::int64_t> snapshot_id,
                          const Predicate& predicate, const ScanResources& resources = {});

}  // namespace firn::iceberg
