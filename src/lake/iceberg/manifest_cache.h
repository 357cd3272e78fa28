#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "lake/iceberg/limits.h"

/// Decoded manifests and manifest lists, kept between statements: both never change under their
/// name.

namespace firn::iceberg {

class AvroSchemas;
class ManifestColumns;
struct ManifestFile;

struct ManifestCacheCounters {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evictions = 0;
  std::size_t entries = 0;
  std::size_t bytes = 0;
};

/// Holds what was used last, up to a number of bytes as they stand in memory. One is shared by all
/// sessions; what PlanScan puts in under one scope (ScanResources) it finds under the same only.
/// Thread-safe.
class ManifestCache {
 public:
  explicit ManifestCache(std::size_t bytes_max = kManifestCacheBytesDefault);
  ~ManifestCache();
  ManifestCache(const ManifestCache&) = delete;
  ManifestCache& operator=(const ManifestCache&) = delete;

  ManifestCacheCounters counters() const;

  // The planner's part. Null when absent. What is larger than the whole cache is not kept.
  std::shared_ptr<const ManifestColumns> FindManifest(const std::string& key);
  void KeepManifest(const std::string& key, std::shared_ptr<const ManifestColumns> manifest);
  std::shared_ptr<const std::vector<ManifestFile>> FindList(const std::string& key);
  void KeepList(const std::string& key, std::shared_ptr<const std::vector<ManifestFile>> list);
  AvroSchemas& schemas() { return *schemas_; }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const ManifestColumns> manifest;  // One of the two.
    std::shared_ptr<const std::vector<ManifestFile>> list;
    std::size_t bytes = 0;
  };

  const Entry* Find(const std::string& key) FIRN_REQUIRES(mutex_);
  void Keep(Entry entry);

  // Constant after construction.
  const std::size_t bytes_max_;
  const std::unique_ptr<AvroSchemas> schemas_;  // Own synchronisation.

  mutable Mutex mutex_;
  std::list<Entry> entries_ FIRN_GUARDED_BY(mutex_);  // Used last first.
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_ FIRN_GUARDED_BY(mutex_);
  ManifestCacheCounters counters_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::iceberg
