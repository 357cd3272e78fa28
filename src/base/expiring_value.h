#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/context.h"
#include "base/mutex.h"
#include "base/result.h"

/// A value that expires (a token, credentials): kept, renewed in time, fetched by one caller at a
/// time.

namespace firn {

/// Credentials and tokens are renewed at this part of their life.
inline constexpr int kRenewAtPercent = 80;

template <typename T>
struct Fetched {
  T value;
  std::optional<WallTime> expires;  ///< nullopt: never.
};

/// Thread-safe. While one caller renews, callers to whom the old value is still good get that; the
/// others wait for the one. A failed renewal is told to the caller that tried (unless the old value
/// still lives) and spoils nothing: the next one tries again.
template <typename T>
class ExpiringValue {
 public:
  explicit ExpiringValue(const Clock& clock) : clock_(clock) {}

  /// Errors: those of `fetch`; kCancelled and kDeadlineExceeded while waiting for another's fetch.
  Result<T> Get(const Context& context,
                const std::function<Result<Fetched<T>>(const Context&)>& fetch) {
    {
      MutexLock lock(mutex_);
      while (true) {
        const WallTime now = clock_.Now();
        if (value_ && now < renew_at_) return *value_;
        if (!fetching_) break;
        if (value_ && now < expires_at_) return *value_;
        FIRN_TRY(context.Check());
        wake_.WaitFor(mutex_, std::chrono::milliseconds(20));
      }
      fetching_ = true;
    }
    Result<Fetched<T>> fetched = fetch(context);
    MutexLock lock(mutex_);
    fetching_ = false;
    wake_.NotifyAll();
    if (fetched) {
      Keep(*fetched);
      return fetched->value;
    }
    if (value_ && clock_.Now() < expires_at_) return *value_;
    return std::move(fetched).error();
  }

  /// Keeps a value that came by another way.
  void Offer(Fetched<T> fetched) {
    MutexLock lock(mutex_);
    Keep(std::move(fetched));
  }

  /// The server did not take the value: fetch again at the next need.
  void Spoil() {
    MutexLock lock(mutex_);
    value_.reset();
  }

 private:
  void Keep(Fetched<T> fetched) FIRN_REQUIRES(mutex_) {
    const WallTime now = clock_.Now();
    value_ = std::move(fetched.value);
    expires_at_ = fetched.expires.value_or(WallTime::max());
    renew_at_ = expires_at_;
    if (fetched.expires) renew_at_ = now + (expires_at_ - now) / 100 * kRenewAtPercent;
  }

  // Constant after construction.
  const Clock& clock_;

  Mutex mutex_;
  CondVar wake_;
  std::optional<T> value_ FIRN_GUARDED_BY(mutex_);
  WallTime renew_at_ FIRN_GUARDED_BY(mutex_){};
  WallTime expires_at_ FIRN_GUARDED_BY(mutex_){};
  bool fetching_ FIRN_GUARDED_BY(mutex_) = false;
};

}  // namespace firn
