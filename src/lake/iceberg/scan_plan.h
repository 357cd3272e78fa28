#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/predicate.h"
#include "lake/iceberg/table_metadata.h"

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

struct ScanTask {
  DataFile data_file;
  std::int64_t sequence_number = 0;  ///< Data sequence number.
  std::int64_t file_sequence_number = 0;
  std::vector<DeleteFileRef> deletes;
};

struct ScanCounters {
  std::int64_t manifests_total = 0;  ///< Data and delete manifests of the snapshot.
  std::int64_t manifests_read = 0;
  std::int64_t files_total = 0;  ///< Live data files in the manifests read.
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

/// Plans the scan of one table at one snapshot (the current one by default).
///
/// Reads the manifest list and those manifests whose partition summaries the predicate cannot rule
/// out; reads no data file. Field ids of the predicate are those of the table. Cost: one request
/// for the list and one a manifest kept, one after another (each is read whole: their sizes are in
/// the list).
///
/// Thread-safe. The plan owns everything it points to.
///
/// Errors: kNotFound/NoSuchSnapshot; kNotFound from the store, kDataCorruption with the manifest's
/// path;
/// kResourceExhausted/ManifestTooLarge, /TooManyFiles; kDeadlineExceeded and kCancelled from
/// `context`.
Result<ScanPlan> PlanScan(const Context& context, objects::ObjectStore& store,
                          const TableMetadata& metadata, std::optional<std::int64_t> snapshot_id,
                          const Predicate& predicate);

}  // namespace firn::iceberg
