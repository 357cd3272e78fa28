#include <cstring>

#include "engine/duck/file_reads_internal.h"
#include "engine/duck/limits.h"

namespace firn::duck {

FileReads::FileReads(const Context& context, std::shared_ptr<objects::ObjectStore> store,
                     std::string url, std::uint64_t size_bytes,
                     std::shared_ptr<ReadAhead> read_ahead, std::shared_ptr<ReadBudget> budget,
                     ThreadPool& pool)
    : context_(context),
      store_(std::move(store)),
      url_(std::move(url)),
      size_bytes_(size_bytes),
      read_ahead_(std::move(read_ahead)),
      budget_(std::move(budget)),
      pool_(pool) {}

Status FileReads::ReadAt(std::uint64_t offset_bytes, std::span<char> buffer) {
  if (buffer.empty()) return Ok();
  if (offset_bytes > size_bytes_ || buffer.size() > size_bytes_ - offset_bytes) {
    return DataCorruption("FileTruncated", "Data file '" + url_ + "' has " +
                                               std::to_string(size_bytes_) + " bytes, but byte " +
                                               std::to_string(offset_bytes + buffer.size() - 1) +
                                               " was asked for");
  }
  if (IsFetchedWhole()) {
    FIRN_TRY_NOTE(FetchWhole(), "reading '" + url_ + "'");
    std::memcpy(buffer.data(), whole_.data() + offset_bytes, buffer.size());
    return Ok();
  }
  if (const auto groups = this->groups()) {
    FIRN_ASSIGN_OR_RETURN(const bool is_filled, groups->Read(offset_bytes, buffer));
    if (is_filled) return Ok();
  }
  const objects::ByteRange range{offset_bytes, buffer.size()};
  FIRN_TRY_NOTE(store_->ReadRanges(context_, url_, {&range, 1}, {&buffer, 1}),
                "reading '" + url_ + "'");
  return Ok();
}

void FileReads::Plan(ReadPlan plan) {
  const MutexLock lock(mutex_);
  if (is_planned_ || fetched_) return;
  is_planned_ = true;
  std::uint64_t bytes = 0;
  for (const GroupPlan& group : plan.groups) {
    if (group.chance == GroupPlan::Chance::kNone) continue;
    for (const objects::ByteRange& range : group.first) bytes += range.length_bytes;
    for (const objects::ByteRange& range : group.rest) bytes += range.length_bytes;
  }
  // Most of a small file is as soon there as a part of it.
  if (size_bytes_ <= kWholeFileBytesMax && bytes > size_bytes_ / 2) return;
  groups_ = std::make_shared<GroupReads>(context_, store_, url_, pool_, budget_, std::move(plan));
}

void FileReads::Stop() {
  if (const auto groups = this->groups()) groups->Stop();
}

bool FileReads::IsFetchedWhole() {
  const MutexLock lock(mutex_);
  return size_bytes_ <= kWholeFileBytesMax && groups_ == nullptr;
}

std::shared_ptr<GroupReads> FileReads::groups() {
  const MutexLock lock(mutex_);
  return groups_;
}

// The lock is held over the request so that threads that want the same small file wait for it
// rather than fetch it again.
Status FileReads::FetchWhole() {
  const MutexLock lock(mutex_);
  if (fetched_) return Ok();
  FIRN_ASSIGN_OR_RETURN(auto ahead, read_ahead_->Take(url_));
  if (ahead) {
    whole_ = *std::move(ahead);
  } else {
    FIRN_ASSIGN_OR_RETURN(whole_, store_->Read(context_, url_, {0, size_bytes_}));
  }
  fetched_ = true;
  return Ok();
}

std::shared_ptr<FileReads> OpenFiles::Open(
    const Key& key, const std::function<std::shared_ptr<FileReads>()>& make) {
  const MutexLock lock(mutex_);
  Entry& entry = entries_[key];
  if (entry.reads == nullptr) entry.reads = make();
  ++entry.handle_count;
  return entry.reads;
}

void OpenFiles::Close(const Key& key) {
  std::shared_ptr<FileReads> last;
  {
    const MutexLock lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || --found->second.handle_count > 0) return;
    last = std::move(found->second.reads);
    entries_.erase(found);
  }
  last->Stop();
}

}  // namespace firn::duck
