#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/duck/group_reads_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/read_limits.h"

namespace firn::duck {
namespace {

using objects::ByteRange;

std::uint64_t EndOf(const ByteRange& range) { return range.offset_bytes + range.length_bytes; }

bool Contains(const ByteRange& outer, const ByteRange& inner) {
  return outer.offset_bytes <= inner.offset_bytes && EndOf(inner) <= EndOf(outer);
}

/// Near ones become one: a request costs more than the gap.
std::vector<ByteRange> Merged(std::vector<ByteRange> chunks) {
  std::ranges::sort(chunks, {}, &ByteRange::offset_bytes);
  std::vector<ByteRange> merged;
  for (const ByteRange& chunk : chunks) {
    if (!merged.empty() && chunk.offset_bytes <= EndOf(merged.back()) + kReadGapBytesMax) {
      const std::uint64_t end = std::max(EndOf(merged.back()), EndOf(chunk));
      merged.back().length_bytes = end - merged.back().offset_bytes;
    } else {
      merged.push_back(chunk);
    }
  }
  return merged;
}

}  // namespace

bool ReadBudget::TryTake(std::uint64_t bytes) {
  std::uint64_t left = left_bytes_.load();
  while (left >= bytes) {
    if (left_bytes_.compare_exchange_weak(left, left - bytes)) return true;
  }
  return false;
}

GroupReads::Part GroupReads::MakePart(std::vector<ByteRange> chunks) {
  Part part;
  part.ranges = Merged(chunks);
  part.unread = std::move(chunks);
  for (const ByteRange& range : part.ranges) part.bytes += range.length_bytes;
  return part;
}

GroupReads::GroupReads(const Context& context, std::shared_ptr<objects::ObjectStore> store,
                       std::string url, ThreadPool& pool, std::shared_ptr<ReadBudget> budget,
                       ReadPlan plan)
    : context_(context),
      store_(std::move(store)),
      url_(std::move(url)),
      pool_(pool),
      budget_(std::move(budget)),
      lookups_(MakePart(std::move(plan.lookups))) {
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    GroupPlan& planned = plan.groups[i];
    Group group{.first = MakePart(std::move(planned.first)),
                .rest = MakePart(std::move(planned.rest)),
                .is_open = planned.chance == GroupPlan::Chance::kOpen};
    std::optional<std::uint64_t> start;
    for (const Part* part : {&group.first, &group.rest}) {
      if (part->ranges.empty()) continue;
      const std::uint64_t offset_bytes = part->ranges.front().offset_bytes;
      start = std::min(start.value_or(offset_bytes), offset_bytes);
    }
    if (start) starts_.push_back({.offset_bytes = *start, .group = i});
    if (start && planned.chance != GroupPlan::Chance::kNone) likely_.push_back(i);
    groups_.push_back(std::move(group));
  }
  std::ranges::sort(starts_, {}, &Start::offset_bytes);
}

GroupReads::~GroupReads() {
  const MutexLock lock(mutex_);
  for (Group& group : groups_) {
    Release(group.first, State::kGone);
    Release(group.rest, State::kGone);
  }
}

Result<bool> GroupReads::Read(std::uint64_t offset_bytes, std::span<char> buffer) {
  const ByteRange wanted{offset_bytes, buffer.size()};
  std::shared_ptr<const Bytes> fetched;
  std::optional<Place> place;
  bool is_first = false;
  {
    const MutexLock lock(mutex_);
    place = FindPlace(wanted);
    if (!place) return false;
    Part& part = *place->part;
    Advance(*place);
    is_first = part.state == State::kPlanned;
    const bool is_all = part.ranges.size() == 1 && part.ranges[0] == wanted;
    // Straight into the reader's memory.
    if (is_first && (is_all || part.bytes > kGroupPartBytesMax)) return false;
    if (is_first) part.state = State::kInFlight;
  }
  if (is_first) Fetch(*place->part);
  std::uint64_t begin = 0;
  {
    const MutexLock lock(mutex_);
    Part& part = *place->part;
    while (part.state == State::kInFlight) {
      FIRN_TRY(context_.Check());
      changed_.WaitFor(mutex_, kCancellationPollInterval);
    }
    if (part.state != State::kReady) return false;
    fetched = part.fetched;
    begin = part.ranges[place->range].offset_bytes;
    std::erase_if(part.unread, [&](const ByteRange& chunk) { return Contains(wanted, chunk); });
    if (part.unread.empty()) Release(part, State::kGone);
  }
  std::memcpy(buffer.data(), (*fetched)[place->range].data() + (offset_bytes - begin),
              buffer.size());
  return true;
}

std::optional<GroupReads::Place> GroupReads::FindPlace(ByteRange wanted) {
  const auto in = [&](Part& part, std::optional<std::size_t> group) -> std::optional<Place> {
    // A part has tens of ranges.
    for (std::size_t i = 0; i < part.ranges.size(); ++i) {
      if (Contains(part.ranges[i], wanted)) return Place{group, &part, i};
    }
    return std::nullopt;
  };
  const auto behind =
      std::ranges::upper_bound(starts_, wanted.offset_bytes, {}, &Start::offset_bytes);
  if (behind != starts_.begin()) {
    const std::size_t index = (behind - 1)->group;
    if (auto place = in(groups_[index].first, index)) return place;
    if (auto place = in(groups_[index].rest, index)) return place;
  }
  return in(lookups_, std::nullopt);
}

void GroupReads::Advance(const Place& place) {
  if (!place.group) return;
  Group& group = groups_[*place.group];
  const bool is_rest = place.part == &group.rest;
  const bool is_new = !group.first.is_touched && !group.rest.is_touched;
  if (is_new) ++groups_touched_;
  if (is_rest && !group.rest.is_touched) ++rests_touched_;
  place.part->is_touched = true;
  newest_ = std::max(newest_, *place.group);
  DropStale();
  const bool wants_rest = rests_touched_ * 2 >= groups_touched_;
  if (wants_rest && !is_rest && is_new) (void)Begin(group.rest);
  const std::size_t ahead_max = std::min(groups_touched_, kGroupsAheadMax);
  auto next = std::ranges::upper_bound(likely_, newest_);
  const auto passed = static_cast<std::size_t>(next - likely_.begin());
  const bool wants_open = groups_touched_ > 1 && groups_touched_ * 2 >= passed;
  for (std::size_t i = 0; i < ahead_max && next != likely_.end(); ++i, ++next) {
    if (groups_[*next].is_open && !wants_open) return;
    if (!Begin(groups_[*next].first)) return;
    if (wants_rest && !Begin(groups_[*next].rest)) return;
  }
}

bool GroupReads::Begin(Part& part) {
  if (part.state != State::kPlanned || part.ranges.empty()) return true;
  if (part.bytes > kGroupPartBytesMax || !budget_->TryTake(part.bytes)) return false;
  part.taken_bytes = part.bytes;
  part.state = State::kInFlight;
  if (pool_.TrySubmit([self = shared_from_this(), at = &part] { self->Fetch(*at); })) return true;
  Release(part, State::kPlanned);
  return false;
}

// Groups are begun in order, so one far behind is being read no more: what was fetched of it was
// not wanted.
void GroupReads::DropStale() {
  for (; stale_ + kGroupsBehindMax < newest_; ++stale_) {
    for (Part* part : {&groups_[stale_].first, &groups_[stale_].rest}) {
      if (part->state == State::kReady) Release(*part, State::kPlanned);
    }
  }
}

void GroupReads::Release(Part& part, State state) {
  part.fetched.reset();
  part.state = state;
  budget_->Give(std::exchange(part.taken_bytes, 0));
}

void GroupReads::Fetch(Part& part) {
  // Its ranges are constant.
  auto bytes = std::make_shared<Bytes>();
  std::vector<std::span<char>> buffers;
  for (const ByteRange& range : part.ranges) bytes->emplace_back(range.length_bytes, '\0');
  for (std::string& text : *bytes) buffers.emplace_back(text);
  // A failure is met again, and told, by whoever reads the range itself.
  const Status read =
      store_->ReadRanges(context_.WithStopToken(stop_.get_token()), url_, part.ranges, buffers);
  const MutexLock lock(mutex_);
  if (read) {
    part.fetched = std::move(bytes);
    part.state = State::kReady;
  } else {
    Release(part, State::kGone);
  }
  changed_.NotifyAll();
}

}  // namespace firn::duck
