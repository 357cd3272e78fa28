#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/context.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/result.h"
#include "base/thread_pool.h"

/// A value that expires (a token, credentials): kept, renewed in time, fetched by one caller at a
/// time.

namespace firn {

template <typename T>
struct Fetched {
  T value;
  std::optional<WallTime> expires;  ///< nullopt: never.
};

/// What renewals need. Both may be absent.
struct Renewal {
  /// Where a value that is still good is renewed, so that no caller waits for it; null: on the
  /// caller's thread. Outlives the value.
  ThreadPool* pool = nullptr;
  /// Spreads the renewals of many processes; null: all at kRenewAtPercent.
  Random* jitter = nullptr;
};

/// A value is renewed once this part of its life is over, minus up to kRenewJitterPercent.
inline constexpr int kRenewAtPercent = 80;
inline constexpr int kRenewJitterPercent = 10;
/// After a renewal that failed while the old value lives, the next one waits this long.
inline constexpr std::chrono::seconds kRenewRetryAfter{15};
/// A renewal in the background takes at most this long.
inline constexpr std::chrono::seconds kRenewPatience{20};

/// Thread-safe. While one caller renews, callers to whom the old value is still good get that; the
/// others wait for the one. A failed renewal is told to the caller that tried (unless the old value
/// still lives) and spoils nothing: a later one tries again.
template <typename T>
class ExpiringValue {
 public:
  /// In the background it runs after the caller has gone: then it may capture only what lives as
  /// long as the pool, or shared pointers.
  using Fetch = std::function<Result<Fetched<T>>(const Context&)>;

  explicit ExpiringValue(const Clock& clock, Renewal renewal = {})
      : state_(std::make_shared<State>(clock, renewal.jitter)), pool_(renewal.pool) {}

  /// Errors: those of `fetch`; kCancelled and kDeadlineExceeded while waiting for another's fetch.
  Result<T> Get(const Context& context, const Fetch& fetch) {
    State& state = *state_;
    {
      MutexLock lock(state.mutex);
      while (true) {
        const WallTime now = state.clock.Now();
        const bool is_good = state.value && now < state.expires_at;
        if (state.value && now < state.renew_at) return *state.value;
        if (is_good && (state.fetching || (pool_ != nullptr && RenewLater(state, context, fetch))))
          return *state.value;
        if (!state.fetching) break;
        FIRN_TRY(context.Check());
        state.wake.WaitFor(state.mutex, std::chrono::milliseconds(20));
      }
      state.fetching = true;
    }
    return state.Settle(fetch(context), std::chrono::seconds(0));
  }

  /// Keeps a value that came by another way.
  void Offer(Fetched<T> fetched) {
    MutexLock lock(state_->mutex);
    state_->Keep(std::move(fetched));
  }

  /// The server did not take the value: fetch again at the next need.
  void Spoil() {
    SpoilIf([](const T&) { return true; });
  }
  /// The same for the value that `is_it` holds for, not for its successor.
  void SpoilIf(const std::function<bool(const T&)>& is_it) {
    MutexLock lock(state_->mutex);
    if (state_->value && is_it(*state_->value)) state_->value.reset();
  }

 private:
  /// What a renewal in the background keeps alive.
  struct State {
    State(const Clock& the_clock, Random* the_jitter) : clock(the_clock), jitter(the_jitter) {}

    void Keep(Fetched<T> fetched) FIRN_REQUIRES(mutex) {
      const WallTime now = clock.Now();
      value = std::move(fetched.value);
      expires_at = fetched.expires.value_or(WallTime::max());
      renew_at = expires_at;
      if (!fetched.expires) return;
      int percent = kRenewAtPercent;
      if (jitter != nullptr)
        percent -= static_cast<int>(jitter->NextBelow(kRenewJitterPercent + 1));
      renew_at = now + (expires_at - now) / 100 * percent;
    }

    Result<T> Settle(Result<Fetched<T>> fetched, std::chrono::seconds retry_after) {
      MutexLock lock(mutex);
      fetching = false;
      wake.NotifyAll();
      if (fetched) {
        T fresh = fetched->value;
        Keep(*std::move(fetched));
        return fresh;
      }
      const WallTime now = clock.Now();
      if (!value || now >= expires_at) return std::move(fetched).error();
      renew_at = std::min<WallTime>(expires_at, now + retry_after);
      return *value;
    }

    // Constant after construction.
    const Clock& clock;
    Random* const jitter;

    Mutex mutex;
    CondVar wake;
    std::optional<T> value FIRN_GUARDED_BY(mutex);
    WallTime renew_at FIRN_GUARDED_BY(mutex){};
    WallTime expires_at FIRN_GUARDED_BY(mutex){};
    bool fetching FIRN_GUARDED_BY(mutex) = false;
  };

  /// False when the pool takes no more: then the caller renews itself.
  bool RenewLater(State& state, const Context& context, const Fetch& fetch)
      FIRN_REQUIRES(state.mutex) {
    state.fetching = true;
    const Context later = Context(context.request_id(), context.clock())
                              .WithTimeout(std::chrono::milliseconds(kRenewPatience));
    const bool taken = pool_->TrySubmit(
        [kept = state_, fetch, later] { (void)kept->Settle(fetch(later), kRenewRetryAfter); });
    if (!taken) state.fetching = false;
    return taken;
  }

  const std::shared_ptr<State> state_;
  ThreadPool* const pool_;
};

}  // namespace firn
