#include "lake/iceberg/manifest_cache.h"

#include "lake/iceberg/avro_internal.h"
#include "lake/iceberg/manifest_columns_internal.h"

namespace firn::iceberg {
namespace {

/// Of a list node, an index entry and their allocations.
constexpr std::size_t kEntryOverheadBytes = 256;

std::size_t BytesOf(const std::vector<ManifestFile>& list) {
  std::size_t bytes = list.capacity() * sizeof(ManifestFile);
  for (const ManifestFile& file : list) {
    bytes += file.path.capacity();
    if (!file.partitions) continue;
    bytes += file.partitions->capacity() * sizeof(FieldSummary);
    for (const FieldSummary& summary : *file.partitions) {
      bytes += summary.lower_bound ? summary.lower_bound->capacity() : 0;
      bytes += summary.upper_bound ? summary.upper_bound->capacity() : 0;
    }
  }
  return bytes;
}

}  // namespace

ManifestCache::ManifestCache(std::size_t bytes_max)
    : bytes_max_(bytes_max), schemas_(std::make_unique<AvroSchemas>()) {}

ManifestCache::~ManifestCache() = default;

ManifestCacheCounters ManifestCache::counters() const {
  const MutexLock lock(mutex_);
  return counters_;
}

const ManifestCache::Entry* ManifestCache::Find(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    ++counters_.misses;
    return nullptr;
  }
  ++counters_.hits;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &*found->second;
}

std::shared_ptr<const ManifestColumns> ManifestCache::FindManifest(const std::string& key) {
  const MutexLock lock(mutex_);
  const Entry* entry = Find(key);
  return entry == nullptr ? nullptr : entry->manifest;
}

std::shared_ptr<const std::vector<ManifestFile>> ManifestCache::FindList(const std::string& key) {
  const MutexLock lock(mutex_);
  const Entry* entry = Find(key);
  return entry == nullptr ? nullptr : entry->list;
}

void ManifestCache::KeepManifest(const std::string& key,
                                 std::shared_ptr<const ManifestColumns> manifest) {
  const std::size_t bytes = manifest->bytes();
  Keep({.key = key, .manifest = std::move(manifest), .list = nullptr, .bytes = bytes});
}

void ManifestCache::KeepList(const std::string& key,
                             std::shared_ptr<const std::vector<ManifestFile>> list) {
  const std::size_t bytes = BytesOf(*list);
  Keep({.key = key, .manifest = nullptr, .list = std::move(list), .bytes = bytes});
}

void ManifestCache::Keep(Entry entry) {
  entry.bytes += kEntryOverheadBytes + 2 * entry.key.size();
  if (entry.bytes > bytes_max_) return;
  // What is evicted is freed without the lock.
  std::list<Entry> evicted;
  const MutexLock lock(mutex_);
  if (by_key_.contains(entry.key)) return;
  counters_.bytes += entry.bytes;
  entries_.push_front(std::move(entry));
  by_key_[entries_.front().key] = entries_.begin();
  while (counters_.bytes > bytes_max_) {
    counters_.bytes -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
    evicted.splice(evicted.begin(), entries_, std::prev(entries_.end()));
    ++counters_.evictions;
  }
  counters_.entries = entries_.size();
}

}  // namespace firn::iceberg
