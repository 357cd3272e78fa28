#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread_pool.h"
#include "lake/objects/object_store.h"

/// Row groups of one large file, fetched while the one before is decoded.

namespace firn::duck {

/// The ranges of one row group that a scan will read: ascending, apart from each other.
using GroupRanges = std::vector<objects::ByteRange>;

/// Fetches a row group's ranges at once, and begins the next group when one is first read. What
/// was read once is let go. Made as a shared pointer, since fetches may outlive the file's handle.
/// Thread-safe.
///
/// At most one group beyond those being read is in memory; the maker bounds their size.
class GroupReads : public std::enable_shared_from_this<GroupReads> {
 public:
  /// `pool` outlives it.
  GroupReads(const Context& context, std::shared_ptr<objects::ObjectStore> store, std::string url,
             ThreadPool& pool, std::vector<GroupRanges> groups);

  /// Fills `buffer` from `offset_bytes` on. False when that is no part of the plan, was read
  /// before, or could not be fetched: then the caller reads it itself. Errors: kCancelled and
  /// kDeadlineExceeded while waiting.
  Result<bool> Read(std::uint64_t offset_bytes, std::span<char> buffer);
  /// Ends what is in flight.
  void Stop() { stop_.request_stop(); }

 private:
  enum class State { kPlanned, kInFlight, kReady, kGone };
  using Bytes = std::vector<std::string>;
  struct Group {
    GroupRanges ranges;
    State state = State::kPlanned;
    std::shared_ptr<const Bytes> bytes;
    std::uint64_t unread_bytes = 0;
  };
  struct Place {
    std::size_t group = 0;
    std::size_t range = 0;
  };

  bool FindPlace(objects::ByteRange wanted, Place& place) const FIRN_REQUIRES(mutex_);
  void Fetch(std::size_t index);
  void BeginNext(std::size_t index) FIRN_REQUIRES(mutex_);

  // Constant after construction.
  const Context context_;
  const std::shared_ptr<objects::ObjectStore> store_;
  const std::string url_;
  ThreadPool& pool_;
  std::stop_source stop_;

  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<Group> groups_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::duck
