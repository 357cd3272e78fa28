#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/context.h"
#include "base/mutex.h"
#include "base/result.h"

/// Turns: appends of this process to one table go one after the other, so that they do not fight
/// over the catalog.

namespace firn::catalog {

/// First come, first served, a line a key. Thread-safe. Outlives its turns.
class CommitQueue {
 public:
  /// The right to commit, until released or destroyed. Movable.
  class Turn {
   public:
    Turn(CommitQueue& queue, std::string key) : queue_(&queue), key_(std::move(key)) {}
    Turn(Turn&& other) noexcept : queue_(other.queue_), key_(std::move(other.key_)) {
      other.queue_ = nullptr;
    }
    Turn& operator=(Turn&&) = delete;
    ~Turn() { Release(); }
    /// Lets the next one go. Idempotent.
    void Release();

   private:
    CommitQueue* queue_;
    std::string key_;
  };

  /// Waits in line. Errors: kCancelled and kDeadlineExceeded from `context`.
  Result<Turn> Wait(const Context& context, const std::string& key);

  /// Lines that have anyone in them.
  std::size_t line_count() const;

 private:
  struct Line {
    std::uint64_t next_ticket = 0;
    std::uint64_t serving = 0;
    std::map<std::uint64_t, bool> gave_up;  // Tickets whose holder left before its turn.
    std::uint64_t holders = 0;              // Waiting or at their turn.
    CondVar wake;
  };
  void Advance(const std::string& key) FIRN_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, std::unique_ptr<Line>> lines_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::catalog
