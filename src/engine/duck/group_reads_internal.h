#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread_pool.h"
#include "lake/objects/object_store.h"

/// Row groups of one file, fetched while those before are decoded.
///
/// Reading order: GroupPlan, ReadPlan, ReadBudget, GroupReads.

namespace firn::duck {

/// What a scan will read of one row group, a range a column chunk; in any order.
struct GroupPlan {
  /// Read whenever the group is.
  std::vector<objects::ByteRange> first = {};
  /// Read once a row has passed the filters on the first.
  std::vector<objects::ByteRange> rest = {};
  enum class Chance {
    kLikely,
    kOpen,  ///< A Bloom filter decides.
    kNone,  ///< Statistics rule the group out: it is fetched only when it is read all the same.
  };
  Chance chance = Chance::kLikely;
};

/// What a scan will read of one file.
struct ReadPlan {
  std::vector<GroupPlan> groups = {};
  /// Bloom filters: small ranges that say which groups are read.
  std::vector<objects::ByteRange> lookups = {};
};

/// Bytes that may be held ahead of readers. Thread-safe.
class ReadBudget {
 public:
  explicit ReadBudget(std::uint64_t bytes_max) : left_bytes_(bytes_max) {}
  bool TryTake(std::uint64_t bytes);
  void Give(std::uint64_t bytes) { left_bytes_.fetch_add(bytes); }

 private:
  std::atomic<std::uint64_t> left_bytes_;
};

/// Fetches a row group's ranges at once, near ones together, and begins the likely groups behind it
/// when one is first read: one at first, then more with each group, up to kGroupsAheadMax. What
/// stands behind filters is fetched ahead while at least every other group is asked for it, and
/// groups that a Bloom filter may rule out while at least every other one is read. What was read
/// once is let go. Made as a shared pointer, since fetches may outlive the file's handles.
/// Thread-safe.
///
/// Invariants: 1. What is fetched ahead is within the budget; what is fetched because a reader
/// waits is not, and is at most kGroupPartBytesMax a reader. 2. A range is handed out once, or
/// never.
class GroupReads : public std::enable_shared_from_this<GroupReads> {
 public:
  /// `pool` outlives it.
  GroupReads(const Context& context, std::shared_ptr<objects::ObjectStore> store, std::string url,
             ThreadPool& pool, std::shared_ptr<ReadBudget> budget, ReadPlan plan);
  ~GroupReads();
  GroupReads(const GroupReads&) = delete;
  GroupReads& operator=(const GroupReads&) = delete;

  /// Fills `buffer` from `offset_bytes` on. False when that is no part of the plan, was read
  /// before, is all that would be fetched, or could not be fetched: then the caller reads it
  /// itself. Errors: kCancelled and kDeadlineExceeded while waiting.
  Result<bool> Read(std::uint64_t offset_bytes, std::span<char> buffer);
  /// Ends what is in flight.
  void Stop() { stop_.request_stop(); }

 private:
  enum class State { kPlanned, kInFlight, kReady, kGone };
  using Bytes = std::vector<std::string>;
  /// Ranges that are fetched together.
  struct Part {
    std::vector<objects::ByteRange> unread;  ///< Column chunks.
    std::vector<objects::ByteRange> ranges;  ///< The chunks, near ones merged; ascending.
    std::uint64_t bytes = 0;                 ///< Of the ranges.
    std::uint64_t taken_bytes = 0;           ///< Of the budget.
    State state = State::kPlanned;
    std::shared_ptr<const Bytes> fetched;
    bool is_touched = false;
  };
  struct Group {
    Part first;
    Part rest;
    bool is_open = false;
  };
  struct Place {
    std::optional<std::size_t> group;
    Part* part = nullptr;
    std::size_t range = 0;
  };

  static Part MakePart(std::vector<objects::ByteRange> chunks);
  std::optional<Place> FindPlace(objects::ByteRange wanted) FIRN_REQUIRES(mutex_);
  void Advance(const Place& place) FIRN_REQUIRES(mutex_);
  bool Begin(Part& part) FIRN_REQUIRES(mutex_);
  void DropStale() FIRN_REQUIRES(mutex_);
  void Release(Part& part, State state) FIRN_REQUIRES(mutex_);
  void Fetch(Part& part);

  // Constant after construction.
  const Context context_;
  const std::shared_ptr<objects::ObjectStore> store_;
  const std::string url_;
  ThreadPool& pool_;
  const std::shared_ptr<ReadBudget> budget_;
  struct Start {
    std::uint64_t offset_bytes = 0;
    std::size_t group = 0;
  };
  std::vector<Start> starts_;        ///< Where groups begin in the file; ascending.
  std::vector<std::size_t> likely_;  ///< Groups; ascending.
  std::stop_source stop_;

  mutable Mutex mutex_;
  CondVar changed_;
  // The addresses of parts stay.
  std::vector<Group> groups_ FIRN_GUARDED_BY(mutex_);
  Part lookups_ FIRN_GUARDED_BY(mutex_);
  std::size_t newest_ FIRN_GUARDED_BY(mutex_) = 0;  ///< The last group that was read from.
  std::size_t stale_ FIRN_GUARDED_BY(mutex_) = 0;   ///< Those before hold nothing unread.
  std::size_t groups_touched_ FIRN_GUARDED_BY(mutex_) = 0;
  std::size_t rests_touched_ FIRN_GUARDED_BY(mutex_) = 0;
};

}  // namespace firn::duck
