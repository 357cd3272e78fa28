#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"

/// Time as an argument. Wall time signs, stamps and expires; monotonic time measures and times out.

namespace firn {

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
using MonotonicTime = std::chrono::steady_clock::time_point;

/// Where time comes from. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime Now() const = 0;
  virtual MonotonicTime MonotonicNow() const = 0;
  /// Blocks the calling thread.
  virtual void SleepFor(std::chrono::microseconds duration) const = 0;
};

/// The machine's own clock; the only place that reads it. Lives for the whole process.
const Clock& SystemClock();

/// A clock that a test moves by hand; SleepFor advances it. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start);
  ~ManualClock() override;
  WallTime Now() const override;
  MonotonicTime MonotonicNow() const override;
  void SleepFor(std::chrono::microseconds duration) const override;
  void Advance(std::chrono::microseconds duration);

 private:
  struct State;
  State* state_;
};

std::int64_t MillisSinceEpoch(WallTime time);
std::int64_t MicrosSinceEpoch(WallTime time);
WallTime WallTimeFromMillis(std::int64_t millis);

/// `20261124T054514Z`, as SigV4 writes it.
std::string FormatAmzDate(WallTime time);
/// `2026-11-24T05:45:14Z` or, with millis, `2026-11-24T05:45:14.123Z`.
std::string FormatIso8601(WallTime time, bool with_millis = false);
/// `Tue, 24 Nov 2026 05:45:14 GMT`, as HTTP writes it (RFC 9110 5.6.7).
std::string FormatHttpDate(WallTime time);

/// Errors: kInvalidArgument.
Result<WallTime> ParseAmzDate(std::string_view text);
/// Takes `YYYY-MM-DDTHH:MM:SS[.fraction](Z|+hh:mm)`. Errors: kInvalidArgument.
Result<WallTime> ParseIso8601(std::string_view text);
/// Takes the IMF-fixdate form only. Errors: kInvalidArgument.
Result<WallTime> ParseHttpDate(std::string_view text);

}  // namespace firn
