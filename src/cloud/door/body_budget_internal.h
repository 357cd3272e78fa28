#pragma once

#include <cstddef>

#include "base/mutex.h"
#include "base/result.h"

/// How much all large request bodies may hold together.

namespace firn::door {

/// Counts bytes. Thread-safe; must outlive its shares.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t bytes_max) : free_bytes_(bytes_max) {}

  /// Gives its bytes back when it ends. Owned by one request.
  class Share {
   public:
    Share() = default;
    Share(BodyBudget& budget, std::size_t bytes) : budget_(&budget), bytes_(bytes) {}
    Share(Share&& other) noexcept;
    Share& operator=(Share&& other) noexcept;
    ~Share();

   private:
    BodyBudget* budget_ = nullptr;
    std::size_t bytes_ = 0;
  };

  /// Never waits. Errors: kUnavailable/TooManyLargeBodies.
  Result<Share> Take(std::size_t bytes);

 private:
  Mutex mutex_;
  std::size_t free_bytes_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::door
