#include "lake/objects/memory_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/encoding.h"
#include "lake/objects/limits.h"

namespace firn::objects {

Result<std::string> MemoryStore::Enter(const Context& context, const std::string& url) {
  FIRN_TRY(context.Check());
  FIRN_ASSIGN_OR_RETURN(const ObjectUrl parsed, ParseObjectUrl(url));
  const std::string canonical = parsed.ToString();
  const MutexLock lock(mutex_);
  for (Fault& fault : faults_) {
    if (fault.count == 0 || canonical.find(fault.part) == std::string::npos) continue;
    --fault.count;
    return Error(fault.error);
  }
  return canonical;
}

Result<MemoryStore::Stored> MemoryStore::Find(const std::string& canonical_url) const {
  const MutexLock lock(mutex_);
  const auto found = objects_.find(canonical_url);
  if (found == objects_.end()) {
    return NotFound("NoSuchKey", fmt::format("there is no object {}", canonical_url));
  }
  return found->second;
}

Result<std::string> MemoryStore::Read(const Context& context, const std::string& url,
                                      ByteRange range) {
  std::string bytes(range.length_bytes, '\0');
  const std::span<char> buffer(bytes);
  FIRN_TRY(ReadRanges(context, url, std::span(&range, 1), std::span(&buffer, 1)));
  return bytes;
}

Result<std::string> MemoryStore::ReadAll(const Context& context, const std::string& url,
                                         std::size_t bytes_max) {
  FIRN_ASSIGN_OR_RETURN(const std::string canonical, Enter(context, url));
  FIRN_ASSIGN_OR_RETURN(const Stored stored, Find(canonical));
  {
    const MutexLock lock(mutex_);
    ++counters_.reads;
    counters_.read_bytes += std::min(stored.bytes->size(), bytes_max);
  }
  if (stored.bytes->size() > bytes_max) {
    return ResourceExhausted("ObjectTooLarge", fmt::format("{} has {} bytes, over the {} allowed here",
                                                           canonical, stored.bytes->size(), bytes_max));
  }
  return *stored.bytes;
}

Status MemoryStore::ReadRanges(const Context& context, const std::string& url,
                               std::span<const ByteRange> ranges,
                               std::span<const std::span<char>> buffers) {
  FIRN_CHECK(ranges.size() == buffers.size());
  if (std::all_of(ranges.begin(), ranges.end(), [](ByteRange r) { return r.length_bytes == 0; })) {
    return Ok();
  }
  FIRN_ASSIGN_OR_RETURN(const std::string canonical, Enter(context, url));
  FIRN_ASSIGN_OR_RETURN(const Stored stored, Find(canonical));
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const ByteRange range = ranges[i];
    FIRN_CHECK(buffers[i].size() == range.length_bytes);
    const std::uint64_t size = stored.bytes->size();
    if (range.offset_bytes > size || range.length_bytes > size - range.offset_bytes) {
      return InvalidArgument("InvalidRange",
                             fmt::format("bytes {} to {} reach beyond the end of {}, which has {}",
                                         range.offset_bytes, range.offset_bytes + range.length_bytes,
                                         canonical, size));
    }
    std::copy_n(stored.bytes->begin() + static_cast<std::ptrdiff_t>(range.offset_bytes),
                range.length_bytes, buffers[i].begin());
    const MutexLock lock(mutex_);
    counters_.reads += range.length_bytes > 0 ? 1 : 0;
    counters_.read_bytes += range.length_bytes;
  }
  return Ok();
}

Result<ObjectInfo> MemoryStore::Stat(const Context& context, const std::string& url) {
  FIRN_ASSIGN_OR_RETURN(const std::string canonical, Enter(context, url));
  {
    const MutexLock lock(mutex_);
    ++counters_.stats;
  }
  FIRN_ASSIGN_OR_RETURN(const Stored stored, Find(canonical));
  return ObjectInfo{stored.bytes->size(), stored.etag};
}

Result<ObjectInfo> MemoryStore::Put(const Context& context, const std::string& url,
                                    std::string_view bytes, PutCondition condition) {
  FIRN_ASSIGN_OR_RETURN(const std::string canonical, Enter(context, url));
  Stored stored{std::make_shared<const std::string>(bytes), "\"" + HexEncode(AsBytes(Md5(bytes))) + "\"",
                clock_.Now()};
  const ObjectInfo info{bytes.size(), stored.etag};
  const MutexLock lock(mutex_);
  ++counters_.puts;
  counters_.put_bytes += bytes.size();
  if (condition == PutCondition::kIfAbsent && objects_.contains(canonical)) {
    return Conflict("ObjectExists", fmt::format("there is already an object {}", canonical));
  }
  objects_.insert_or_assign(canonical, std::move(stored));
  return info;
}

void MemoryStore::PutAsync(const Context& context, const std::string& url,
                           std::shared_ptr<const std::string> bytes, PutCondition condition,
                           std::function<void(Result<ObjectInfo>)> done) {
  done(Put(context, url, *bytes, condition));
}

Status MemoryStore::Delete(const Context& context, const std::string& url) {
  FIRN_ASSIGN_OR_RETURN(const std::string canonical, Enter(context, url));
  const MutexLock lock(mutex_);
  ++counters_.deletes;
  objects_.erase(canonical);
  return Ok();
}

Result<std::vector<ListedObject>> MemoryStore::List(const Context& context,
                                                    const std::string& url_prefix) {
  FIRN_ASSIGN_OR_RETURN(const std::string canonical, Enter(context, url_prefix));
  const MutexLock lock(mutex_);
  ++counters_.lists;
  std::vector<ListedObject> listed;
  for (auto at = objects_.lower_bound(canonical);
       at != objects_.end() && at->first.starts_with(canonical); ++at) {
    if (listed.size() == kListedObjectsMax) {
      return ResourceExhausted("TooManyObjects", fmt::format("over {} objects begin with {}",
                                                             kListedObjectsMax, canonical));
    }
    listed.push_back({at->first, {at->second.bytes->size(), at->second.etag}, at->second.modified});
  }
  return listed;
}

StoreCounters MemoryStore::counters() const {
  const MutexLock lock(mutex_);
  return counters_;
}

void MemoryStore::ResetCounters() {
  const MutexLock lock(mutex_);
  counters_ = {};
}

void MemoryStore::FailNext(std::string part, std::uint64_t count, Error error) {
  const MutexLock lock(mutex_);
  faults_.push_back({std::move(part), count, std::move(error)});
}

}  // namespace firn::objects
