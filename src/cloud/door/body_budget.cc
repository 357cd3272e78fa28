#include <utility>

#include "cloud/door/body_budget_internal.h"

namespace firn::door {

BodyBudget::Share::Share(Share&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}

BodyBudget::Share& BodyBudget::Share::operator=(Share&& other) noexcept {
  std::swap(budget_, other.budget_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

BodyBudget::Share::~Share() {
  if (budget_ == nullptr) return;
  const MutexLock lock(budget_->mutex_);
  budget_->free_bytes_ += bytes_;
}

Result<BodyBudget::Share> BodyBudget::Take(std::size_t bytes) {
  const MutexLock lock(mutex_);
  if (bytes > free_bytes_) {
    return Unavailable("TooManyLargeBodies",
                       "too many large requests are under way; try again in a moment");
  }
  free_bytes_ -= bytes;
  return Share(*this, bytes);
}

}  // namespace firn::door
