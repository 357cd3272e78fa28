#pragma once

#include <duckdb/function/copy_function.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "engine/duck/duckdb_internal.h"
#include "engine/duck/write_limits.h"
#include "engine/duck/written_footer_internal.h"

/// COPY's format `firn_parquet`: DuckDB's Parquet writer behind a router of ours.
///
///   chunks ──► rows by partition ──► row groups, encoded on every thread ──► one open file a
///              (buffers DuckDB may spill)                                     partition, closed
///                                                                             at its target size
///
/// A WriteOutput says how (target size, row group) and gathers the files that were finished, each
/// with what the writer counted and the NaNs, which it does not count.
///
/// Where COPY keeps an order (PRESERVE_ORDER), batches are encoded on every thread and flushed in
/// theirs; the rows come by partition, so that few files are open at a time.

namespace firn::duck {

inline constexpr const char* kParquetFormat = "firn_parquet";

/// A data file that COPY has finished.
struct FinishedFile {
  std::string virtual_path;
  duckdb::CopyFunctionFileStatistics statistics;
  std::map<std::string, std::int64_t> nan_counts;  ///< By quoted column path.
};

/// What the COPY that runs in a ClientContext makes. Thread-safe; the numbers are set before it
/// runs.
class WriteOutput final : public duckdb::ClientContextState {
 public:
  static std::shared_ptr<WriteOutput> Of(duckdb::ClientContext& context);

  std::uint64_t target_file_bytes = kTargetFileBytesOtherwise;
  std::uint64_t row_group_bytes = kRowGroupBytesDefault;

  /// Until its end comes, what is written to that file may be sent before the rest is known.
  void BeginRows(const std::string& virtual_path) {
    MutexLock lock(mutex_);
    in_rows_.insert(virtual_path);
  }
  /// From here on the writer may write the footer, which is read before the file is put.
  void EndRows(const std::string& virtual_path) {
    MutexLock lock(mutex_);
    in_rows_.erase(virtual_path);
  }
  bool IsInRows(const std::string& virtual_path) const {
    MutexLock lock(mutex_);
    return in_rows_.contains(virtual_path);
  }
  void AddFinished(FinishedFile file) {
    MutexLock lock(mutex_);
    finished_.push_back(std::move(file));
  }
  void AddFooter(const std::string& virtual_path, WrittenFooter footer) {
    MutexLock lock(mutex_);
    footers_[virtual_path] = std::move(footer);
  }
  /// Both, which are empty afterwards.
  std::vector<FinishedFile> TakeFinished() {
    MutexLock lock(mutex_);
    in_rows_.clear();
    return std::exchange(finished_, {});
  }
  std::map<std::string, WrittenFooter> TakeFooters() {
    MutexLock lock(mutex_);
    return std::exchange(footers_, {});
  }

 private:
  mutable Mutex mutex_;
  std::set<std::string> in_rows_ FIRN_GUARDED_BY(mutex_);
  std::vector<FinishedFile> finished_ FIRN_GUARDED_BY(mutex_);
  std::map<std::string, WrittenFooter> footers_ FIRN_GUARDED_BY(mutex_);
};

void RegisterParquetCopy(duckdb::DatabaseInstance& database, duckdb::ExtensionLoader& loader);

}  // namespace firn::duck
