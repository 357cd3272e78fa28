#include "base/context.h"

#include <algorithm>

namespace firn {

Context Context::WithDeadline(MonotonicTime deadline) const {
  Context copy = *this;
  copy.deadline_ = deadline_ ? std::min(*deadline_, deadline) : deadline;
  return copy;
}

Context Context::WithTimeout(std::chrono::milliseconds timeout) const {
  return WithDeadline(clock_->MonotonicNow() + timeout);
}

Context Context::WithStopToken(std::stop_token stop) const {
  Context copy = *this;
  copy.stop_ = std::move(stop);
  return copy;
}

std::optional<std::chrono::milliseconds> Context::Remaining() const {
  if (!deadline_) return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - clock_->MonotonicNow());
  return std::max(left, std::chrono::milliseconds(0));
}

Status Context::Check() const {
  if (stop_.stop_requested()) return Cancelled("Cancelled", "the statement was cancelled");
  if (deadline_ && clock_->MonotonicNow() >= *deadline_) {
    return DeadlineExceeded("DeadlineExceeded", "the time allowed for this request ran out");
  }
  return Ok();
}

Status Context::Sleep(std::chrono::milliseconds duration) const {
  const MonotonicTime until = clock_->MonotonicNow() + duration;
  for (;;) {
    FIRN_TRY(Check());
    const auto left = until - clock_->MonotonicNow();
    if (left <= left.zero()) return Ok();
    clock_->SleepFor(std::chrono::ceil<std::chrono::microseconds>(
        std::min<std::chrono::nanoseconds>(left, std::chrono::milliseconds(20))));
  }
}

}  // namespace firn
