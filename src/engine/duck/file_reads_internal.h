#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "base/context.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread_pool.h"
#include "engine/duck/group_reads_internal.h"
#include "engine/duck/read_ahead_internal.h"
#include "engine/duck/read_limits.h"
#include "lake/objects/object_store.h"

/// What the threads of one scan read of one object. DuckDB opens a handle for the footer and one
/// more for each thread; what one of them has fetched serves all.

namespace firn::duck {

/// One object under one scan. A small one is fetched whole by the first read, footer and columns in
/// one request; of a large one, or of one whose footer is known already, a plan says what is
/// fetched together. Thread-safe.
class FileReads {
 public:
  /// `pool` outlives it.
  FileReads(const Context& context, std::shared_ptr<objects::ObjectStore> store, std::string url,
            std::uint64_t size_bytes, std::shared_ptr<ReadAhead> read_ahead,
            std::shared_ptr<ReadBudget> budget, ThreadPool& pool);

  std::uint64_t size_bytes() const { return size_bytes_; }

  /// Fills `buffer` from `offset_bytes` on. Errors: kDataCorruption/FileTruncated beyond the size
  /// that the manifest gives; the store's.
  Status ReadAt(std::uint64_t offset_bytes, std::span<char> buffer);
  /// What the scan will read. The first plan stays.
  void Plan(ReadPlan plan);
  /// Ends what is in flight.
  void Stop();

 private:
  bool IsFetchedWhole();
  std::shared_ptr<GroupReads> groups();
  Status FetchWhole();

  // Constant after construction.
  const Context context_;
  const std::shared_ptr<objects::ObjectStore> store_;
  const std::string url_;
  const std::uint64_t size_bytes_;
  const std::shared_ptr<ReadAhead> read_ahead_;
  const std::shared_ptr<ReadBudget> budget_;
  ThreadPool& pool_;

  Mutex mutex_;
  std::shared_ptr<GroupReads> groups_ FIRN_GUARDED_BY(mutex_);  // Null until a scan has planned.
  bool is_planned_ FIRN_GUARDED_BY(mutex_) = false;
  bool fetched_ FIRN_GUARDED_BY(mutex_) = false;
  std::string whole_;  // Written once, before fetched_ is set.
};

/// The objects that handles have open, by statement, scan and URL, and how much all of them may
/// hold ahead. Thread-safe.
class OpenFiles {
 public:
  const std::shared_ptr<ReadBudget>& budget() const { return budget_; }

  struct Key {
    const void* statement = nullptr;
    std::uint64_t scan = 0;  ///< 0: opened by name.
    std::string url;

    friend auto operator<=>(const Key&, const Key&) = default;
  };

  /// The one that is open, else what `make` gives. Each call is paired with one of Close.
  std::shared_ptr<FileReads> Open(const Key& key,
                                  const std::function<std::shared_ptr<FileReads>()>& make);
  /// The last one to close ends what is in flight.
  void Close(const Key& key);

 private:
  struct Entry {
    std::shared_ptr<FileReads> reads;
    std::size_t handle_count = 0;
  };
  // Constant after construction.
  const std::shared_ptr<ReadBudget> budget_ = std::make_shared<ReadBudget>(kColumnsAheadBytesMax);

  Mutex mutex_;
  std::map<Key, Entry> entries_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::duck
