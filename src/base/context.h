#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"

/// What every call that can wait is told: until when, whether it was cancelled, and for which request.

namespace firn {

/// The first argument of everything that can wait. Copying is cheap; copies share the cancellation. Immutable.
class Context {
 public:
  /// No deadline, never cancelled.
  explicit Context(std::string request_id = "", const Clock& clock = SystemClock())
      : request_id_(std::move(request_id)), clock_(&clock) {}

  Context WithDeadline(MonotonicTime deadline) const;
  Context WithTimeout(std::chrono::milliseconds timeout) const;
  Context WithStopToken(std::stop_token stop) const;

  const std::string& request_id() const { return request_id_; }
  const Clock& clock() const { return *clock_; }
  const std::stop_token& stop_token() const { return stop_; }
  std::optional<MonotonicTime> deadline() const { return deadline_; }

  /// Time left, at least zero; nullopt when there is no deadline.
  std::optional<std::chrono::milliseconds> Remaining() const;

  /// Errors: kCancelled, kDeadlineExceeded.
  Status Check() const;

  /// Sleeps in slices of at most 20 ms. Errors: kCancelled, kDeadlineExceeded.
  Status Sleep(std::chrono::milliseconds duration) const;

 private:
  std::string request_id_;
  const Clock* clock_;
  std::optional<MonotonicTime> deadline_;
  std::stop_token stop_;
};

}  // namespace firn
