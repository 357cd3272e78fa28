#include "engine/catalog/commit_queue.h"

#include <chrono>

namespace firn::catalog {

void CommitQueue::Turn::Release() {
  if (queue_ == nullptr) return;
  MutexLock lock(queue_->mutex_);
  queue_->Advance(key_);
  queue_ = nullptr;
}

Result<CommitQueue::Turn> CommitQueue::Wait(const Context& context, const std::string& key) {
  MutexLock lock(mutex_);
  std::unique_ptr<Line>& slot = lines_[key];
  if (!slot) slot = std::make_unique<Line>();
  Line& line = *slot;  // Lives while it has holders.
  const std::uint64_t ticket = line.next_ticket++;
  ++line.holders;
  while (line.serving != ticket) {
    if (Status check = context.Check(); !check) {
      line.gave_up[ticket] = true;
      if (--line.holders == 0) lines_.erase(key);
      return std::move(check).error();
    }
    // In slices, since a cancellation cannot wake the line.
    line.wake.WaitFor(mutex_, std::chrono::milliseconds(20));
  }
  return Turn(*this, key);
}

void CommitQueue::Advance(const std::string& key) {
  Line& line = *lines_.at(key);
  ++line.serving;
  while (line.gave_up.erase(line.serving) > 0) ++line.serving;
  if (--line.holders == 0) {
    lines_.erase(key);
    return;
  }
  line.wake.NotifyAll();
}

std::size_t CommitQueue::line_count() const {
  MutexLock lock(mutex_);
  return lines_.size();
}

}  // namespace firn::catalog
