#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "lake/objects/object_upload.h"

/// The last requests of a writing statement's small files.
///
/// DuckDB's threads close files, and all statements share them: none of them waits for a small
/// object to be put. The file closed last is kept until another is closed, whose coming sends it on
/// the store's threads; what is kept in the end the statement's own thread sends. So a statement of
/// one file needs no other thread, and the files of many go side by side.

namespace firn::duck {

/// What a writing statement has put so far. Thread-safe.
class WrittenObjects {
 public:
  struct Entry {
    std::string virtual_path;  ///< As DuckDB named it.
    std::string url;
    std::uint64_t size_bytes = 0;
    std::optional<std::int64_t> partition;  ///< Its number.
  };
  void Add(Entry entry) {
    MutexLock lock(mutex_);
    entries_.push_back(std::move(entry));
  }
  std::vector<Entry> entries() {
    MutexLock lock(mutex_);
    return entries_;
  }

 private:
  Mutex mutex_;
  std::vector<Entry> entries_ FIRN_GUARDED_BY(mutex_);
};

/// Thread-safe. Files that could be put are added to `written`, which must outlive it, as the
/// store must.
class FinishingUploads {
 public:
  explicit FinishingUploads(WrittenObjects& written) : written_(written) {}
  ~FinishingUploads() { Drop(); }
  FinishingUploads(const FinishingUploads&) = delete;
  FinishingUploads& operator=(const FinishingUploads&) = delete;

  /// Takes an upload to which nothing will be appended. False, and `upload` is the caller's to
  /// finish, where it would be over kFinishingBytesMax with the others.
  bool TryAdd(std::unique_ptr<objects::ObjectUpload>& upload, WrittenObjects::Entry entry);

  /// Sends what is kept and waits for the rest. Errors: the first one's, as ObjectUpload::Finish.
  Status Finish();
  /// Takes back what is kept and waits for the rest, for a statement that failed.
  void Drop();

 private:
  struct Kept {
    std::unique_ptr<objects::ObjectUpload> upload;
    WrittenObjects::Entry entry;
  };

  void Take(const WrittenObjects::Entry& entry, Result<objects::ObjectInfo> put);
  void Wait();

  WrittenObjects& written_;  // Constant after construction.

  Mutex mutex_;
  CondVar changed_;
  std::optional<Kept> kept_ FIRN_GUARDED_BY(mutex_);
  std::uint64_t bytes_ FIRN_GUARDED_BY(mutex_) = 0;
  std::size_t in_flight_ FIRN_GUARDED_BY(mutex_) = 0;
  std::optional<Error> failure_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::duck
