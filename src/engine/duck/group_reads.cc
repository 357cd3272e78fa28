#include <algorithm>
#include <cstring>

#include "engine/duck/group_reads_internal.h"
#include "engine/duck/limits.h"

namespace firn::duck {

using objects::ByteRange;

GroupReads::GroupReads(const Context& context, std::shared_ptr<objects::ObjectStore> store,
                       std::string url, ThreadPool& pool, std::vector<GroupRanges> groups)
    : context_(context), store_(std::move(store)), url_(std::move(url)), pool_(pool) {
  for (GroupRanges& ranges : groups) {
    Group group;
    for (const ByteRange& range : ranges) group.unread_bytes += range.length_bytes;
    group.ranges = std::move(ranges);
    groups_.push_back(std::move(group));
  }
}

Result<bool> GroupReads::Read(std::uint64_t offset_bytes, std::span<char> buffer) {
  std::shared_ptr<const Bytes> bytes;
  Place place;
  std::uint64_t begin = 0;
  bool is_first = false;
  {
    const MutexLock lock(mutex_);
    if (!FindPlace({offset_bytes, buffer.size()}, place)) return false;
    Group& group = groups_[place.group];
    is_first = group.state == State::kPlanned;
    if (is_first) group.state = State::kInFlight;
    BeginNext(place.group);
  }
  if (is_first) Fetch(place.group);
  {
    const MutexLock lock(mutex_);
    Group& group = groups_[place.group];
    while (group.state == State::kInFlight) {
      FIRN_TRY(context_.Check());
      changed_.WaitFor(mutex_, kCancellationPollInterval);
    }
    if (group.state != State::kReady) return false;
    bytes = group.bytes;
    begin = group.ranges[place.range].offset_bytes;
    group.unread_bytes -= std::min<std::uint64_t>(group.unread_bytes, buffer.size());
    if (group.unread_bytes == 0) {
      group.bytes.reset();
      group.state = State::kGone;
    }
  }
  std::memcpy(buffer.data(), (*bytes)[place.range].data() + (offset_bytes - begin), buffer.size());
  return true;
}

bool GroupReads::FindPlace(ByteRange wanted, Place& place) const {
  // A file has tens of groups, and a group tens of ranges.
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const GroupRanges& ranges = groups_[i].ranges;
    for (std::size_t j = 0; j < ranges.size(); ++j) {
      const auto& [offset_bytes, length_bytes] = ranges[j];
      if (wanted.offset_bytes < offset_bytes || wanted.offset_bytes >= offset_bytes + length_bytes)
        continue;
      place = {.group = i, .range = j};
      return wanted.length_bytes <= offset_bytes + length_bytes - wanted.offset_bytes;
    }
  }
  return false;
}

void GroupReads::BeginNext(std::size_t index) {
  if (index + 1 >= groups_.size() || groups_[index + 1].state != State::kPlanned) return;
  const bool is_taken =
      pool_.TrySubmit([self = shared_from_this(), index] { self->Fetch(index + 1); });
  if (is_taken) groups_[index + 1].state = State::kInFlight;
}

void GroupReads::Fetch(std::size_t index) {
  GroupRanges ranges;
  {
    const MutexLock lock(mutex_);
    ranges = groups_[index].ranges;
  }
  auto bytes = std::make_shared<Bytes>();
  std::vector<std::span<char>> buffers;
  for (const ByteRange& range : ranges) bytes->emplace_back(range.length_bytes, '\0');
  for (std::string& text : *bytes) buffers.emplace_back(text);
  // A failure is met again, and told, by whoever reads the range itself.
  const Status read =
      store_->ReadRanges(context_.WithStopToken(stop_.get_token()), url_, ranges, buffers);
  const MutexLock lock(mutex_);
  Group& group = groups_[index];
  group.state = read ? State::kReady : State::kGone;
  if (read) group.bytes = std::move(bytes);
  changed_.NotifyAll();
}

}  // namespace firn::duck
