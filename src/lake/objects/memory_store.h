#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "lake/objects/object_store.h"

/// Objects in memory, for tests: counts what is asked of it and fails when told to.

namespace firn::objects {

/// What was asked of a MemoryStore since it was made or last reset. Each range of ReadRanges counts as one read.
struct StoreCounters {
  std::uint64_t reads = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t stats = 0;
  std::uint64_t puts = 0;
  std::uint64_t put_bytes = 0;
  std::uint64_t deletes = 0;
  std::uint64_t lists = 0;
};

/// Thread-safe. Every bucket exists. PutAsync runs on the caller's thread.
class MemoryStore final : public ObjectStore {
 public:
  explicit MemoryStore(const Clock& clock = SystemClock()) : clock_(clock) {}

  Result<std::string> Read(const Context& context, const std::string& url, ByteRange range) override;
  Result<std::string> ReadAll(const Context& context, const std::string& url,
                              std::size_t bytes_max) override;
  Status ReadRanges(const Context& context, const std::string& url, std::span<const ByteRange> ranges,
                    std::span<const std::span<char>> buffers) override;
  Result<ObjectInfo> Stat(const Context& context, const std::string& url) override;
  Result<ObjectInfo> Put(const Context& context, const std::string& url, std::string_view bytes,
                         PutCondition condition) override;
  void PutAsync(const Context& context, const std::string& url,
                std::shared_ptr<const std::string> bytes, PutCondition condition,
                std::function<void(Result<ObjectInfo>)> done) override;
  Status Delete(const Context& context, const std::string& url) override;
  Result<std::vector<ListedObject>> List(const Context& context,
                                         const std::string& url_prefix) override;

  StoreCounters counters() const;
  void ResetCounters();

  /// The next `count` calls whose URL contains `part` fail with `error`.
  void FailNext(std::string part, std::uint64_t count, Error error);

 private:
  struct Stored {
    std::shared_ptr<const std::string> bytes;
    std::string etag;
    WallTime modified;
  };
  struct Fault {
    std::string part;
    std::uint64_t count;
    Error error;
  };

  /// The canonical URL, or the error a fault or the context gives.
  Result<std::string> Enter(const Context& context, const std::string& url);
  Result<Stored> Find(const std::string& canonical_url) const;

  // Constant after construction.
  const Clock& clock_;

  mutable Mutex mutex_;
  std::map<std::string, Stored> objects_ FIRN_GUARDED_BY(mutex_);
  std::vector<Fault> faults_ FIRN_GUARDED_BY(mutex_);
  StoreCounters counters_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::objects
