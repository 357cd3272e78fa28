#include <algorithm>
#include <functional>

#include "engine/duck/limits.h"
#include "engine/duck/read_ahead_internal.h"

namespace firn::duck {

ReadAhead::ReadAhead(const Context& context, ThreadPool& pool)
    : outer_(context),
      relay_(outer_.stop_token(), [this] { stop_.request_stop(); }),
      context_(outer_.WithStopToken(stop_.get_token())),
      pool_(pool) {}

ReadAhead::~ReadAhead() {
  stop_.request_stop();
  const MutexLock lock(mutex_);
  while (runs_ > 0) changed_.Wait(mutex_);
}

void ReadAhead::Announce(std::shared_ptr<objects::ObjectStore> store, std::vector<File> files) {
  // One file alone is read as fast by whoever wants it.
  if (files.size() < 2) return;
  const MutexLock lock(mutex_);
  lanes_.push_back(std::make_unique<Lane>());
  Lane& lane = *lanes_.back();
  lane.store = std::move(store);
  for (File& file : files) {
    const auto [at, is_new] = places_.try_emplace(file.url, Place{&lane, lane.slots.size()});
    if (is_new) lane.slots.push_back({.file = std::move(file)});
  }
}

Result<std::optional<std::string>> ReadAhead::Take(const std::string& url) {
  const MutexLock lock(mutex_);
  const auto found = places_.find(url);
  if (found == places_.end()) return std::optional<std::string>();
  const auto [lane, index] = found->second;
  Slot& slot = lane->slots[index];
  if (slot.state == State::kAnnounced) {
    // The reader has jumped ahead, or begins; what it passed over stands in memory already.
    lane->next = std::max(lane->next, index);
    const bool may_begin = lane->next == index && lane->untaken <= kReadAheadRunFilesMax;
    if (!may_begin || !BeginRun(*lane)) {
      slot.state = State::kGone;
      return std::optional<std::string>();
    }
  }
  const bool is_near_the_end = lane->untaken <= lane->run_length / 2;
  if (is_near_the_end && lane->next < lane->slots.size()) (void)BeginRun(*lane);
  while (slot.state == State::kInFlight) {
    FIRN_TRY(outer_.Check());
    changed_.WaitFor(mutex_, kCancellationPollInterval);
  }
  if (slot.state != State::kReady) return std::optional<std::string>();
  slot.state = State::kGone;
  --lane->untaken;
  return std::optional(std::move(slot.bytes));
}

bool ReadAhead::BeginRun(Lane& lane) {
  const std::size_t begin = lane.next;
  const std::size_t length_max = std::clamp(lane.run_length * kReadAheadRunGrowth,
                                            kReadAheadRunFilesMin, kReadAheadRunFilesMax);
  std::size_t end = begin;
  std::uint64_t bytes = 0;
  while (end < lane.slots.size() && end - begin < length_max && bytes < kReadAheadRunBytesMax) {
    bytes += lane.slots[end++].file.size_bytes;
  }
  const bool is_taken = pool_.TrySubmit([this, &lane, begin, end] { Fetch(lane, begin, end); });
  if (!is_taken) return false;
  for (std::size_t i = begin; i < end; ++i) {
    if (lane.slots[i].state != State::kAnnounced) continue;
    lane.slots[i].state = State::kInFlight;
    ++lane.untaken;
  }
  ++runs_;
  lane.next = end;
  lane.run_length = end - begin;
  return true;
}

void ReadAhead::Fetch(Lane& lane, std::size_t begin, std::size_t end) {
  std::vector<objects::WholeRead> reads;
  std::vector<std::size_t> indexes;
  {
    const MutexLock lock(mutex_);
    for (std::size_t i = begin; i < end; ++i) {
      const Slot& slot = lane.slots[i];
      if (slot.state != State::kInFlight) continue;
      reads.push_back({.url = slot.file.url, .bytes_max = slot.file.size_bytes});
      indexes.push_back(i);
    }
  }
  const auto take = [&](std::size_t index, std::string bytes) -> Status {
    const MutexLock lock(mutex_);
    Slot& slot = lane.slots[indexes[index]];
    if (bytes.size() != slot.file.size_bytes) {
      slot.state = State::kGone;
      --lane.untaken;
    } else {
      slot.bytes = std::move(bytes);
      slot.state = State::kReady;
    }
    changed_.NotifyAll();
    return Ok();
  };
  // A failure is met again, and told, by whoever reads the file itself.
  (void)lane.store->ReadObjects(context_, reads, kReadAheadInFlightMax, take);
  const MutexLock lock(mutex_);
  for (const std::size_t i : indexes) {
    if (lane.slots[i].state != State::kInFlight) continue;
    lane.slots[i].state = State::kGone;
    --lane.untaken;
  }
  --runs_;
  changed_.NotifyAll();
}

}  // namespace firn::duck
