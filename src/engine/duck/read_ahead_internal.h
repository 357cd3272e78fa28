#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/context.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread_pool.h"
#include "lake/objects/object_store.h"

/// Small files are fetched before DuckDB's threads come to them: these read one after another and
/// wait for each.

namespace firn::duck {

/// The small files one statement will read, in the order its scans will come to them. Nothing is
/// fetched before the first of a scan is taken (what DuckDB still has in memory is never taken);
/// then the next ones are, in runs that grow while the reader keeps up. Thread-safe.
///
/// Invariants: 1. A file is handed out once. 2. At most two runs of a scan are in flight or
/// untaken, each of at most kReadAheadRunBytesMax. 3. The destructor waits until nothing is in
/// flight.
class ReadAhead {
 public:
  /// Runs end when `context` is cancelled. `pool` outlives it; runs block on its threads.
  ReadAhead(const Context& context, ThreadPool& pool);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  struct File {
    std::string url;
    std::uint64_t size_bytes = 0;
  };
  /// One scan's files, in order.
  void Announce(std::shared_ptr<objects::ObjectStore> store, std::vector<File> files);

  /// The whole file, once it is there; nullopt when it was not announced, was handed out before or
  /// could not be fetched: then the caller reads it itself, and meets the error. Errors: kCancelled
  /// and kDeadlineExceeded while waiting.
  Result<std::optional<std::string>> Take(const std::string& url);

 private:
  enum class State { kAnnounced, kInFlight, kReady, kGone };
  struct Slot {
    File file;
    State state = State::kAnnounced;
    std::string bytes;
  };
  struct Lane {
    std::shared_ptr<objects::ObjectStore> store;
    std::vector<Slot> slots;
    std::size_t next = 0;        ///< The first that is in no run yet.
    std::size_t run_length = 0;  ///< Of the last run.
    std::size_t untaken = 0;     ///< In runs, and not handed out.
  };

  /// Begins the lane's next run at `next`. False when the pool takes no more.
  bool BeginRun(Lane& lane) FIRN_REQUIRES(mutex_);
  void Fetch(Lane& lane, std::size_t begin, std::size_t end);

  // Constant after construction.
  const Context outer_;
  std::stop_source stop_;
  const std::stop_callback<std::function<void()>> relay_;
  const Context context_;
  ThreadPool& pool_;

  Mutex mutex_;
  CondVar changed_;
  std::vector<std::unique_ptr<Lane>> lanes_ FIRN_GUARDED_BY(mutex_);
  struct Place {
    Lane* lane = nullptr;
    std::size_t index = 0;
  };
  std::unordered_map<std::string, Place> places_ FIRN_GUARDED_BY(mutex_);
  std::size_t runs_ FIRN_GUARDED_BY(mutex_) = 0;
};

}  // namespace firn::duck
