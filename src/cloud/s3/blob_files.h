#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/result.h"
#include "base/strong.h"

/// The bytes of objects on disk: files of random names that appear whole or not at all. Keys never become paths.

namespace firn::s3 {

/// 32 hex digits: the file's name. Which key it belongs to, the ledger alone knows.
using BlobName = Strong<std::string, struct BlobNameTag>;

class BlobFiles;

/// One file on its way. Dropped without Publish it leaves nothing behind. Thread-compatible.
class BlobWriter {
 public:
  ~BlobWriter();
  BlobWriter(BlobWriter&& other) noexcept;
  BlobWriter& operator=(BlobWriter&&) = delete;

  /// Errors: kResourceExhausted/NoSpace; kUnavailable/WriteFailed.
  Status Append(std::string_view bytes);
  /// fsync, rename, fsync of the folder: after it the file survives a crash. A failed fsync is final.
  /// Errors: as Append. REQUIRES: not called before.
  Result<BlobName> Publish();
  std::uint64_t size_bytes() const { return size_bytes_; }

 private:
  friend class BlobFiles;
  BlobWriter(std::filesystem::path folder, BlobName name, int descriptor);

  std::filesystem::path folder_;
  BlobName name_;
  int descriptor_;
  std::uint64_t size_bytes_ = 0;
};

/// `<folder>/xx/<name>`; a file being written is `<name>.tmp` beside its place. Thread-safe.
class BlobFiles {
 public:
  /// Makes the folder; those in it are made when they are first needed. Errors: kUnavailable/WriteFailed.
  static Result<std::unique_ptr<BlobFiles>> Open(std::filesystem::path folder, Random& random,
                                                 const Clock& clock);

  /// Starts a file of about `size_bytes_expected`.
  /// Errors: kResourceExhausted/DiskReserve when the disk's reserve would be touched; kUnavailable/WriteFailed.
  Result<BlobWriter> Create(std::uint64_t size_bytes_expected);
  std::filesystem::path PathOf(const BlobName& name) const;
  /// Errors: kDataCorruption/BlobMissing, /BlobTruncated when the file is not as long as the ledger says.
  Status CheckSize(const BlobName& name, std::uint64_t size_bytes) const;
  /// The whole file. Errors: kDataCorruption as CheckSize; kUnavailable/ReadFailed.
  Result<std::string> ReadAll(const BlobName& name, std::uint64_t size_bytes) const;

  /// The file is no longer named by the ledger; it goes once answers that may be reading it are done.
  void Retire(BlobName name);
  /// Removes temporary files and every file for which `is_known` says no; at start-up, before requests.
  /// Returns how many went. Errors: those of `is_known`; kUnavailable/ReadFailed.
  Result<std::size_t> Sweep(const std::function<Result<bool>(const BlobName&)>& is_known);

 private:
  BlobFiles(std::filesystem::path folder, Random& random, const Clock& clock)
      : folder_(std::move(folder)), random_(random), clock_(clock) {}
  Status CheckReserve(std::uint64_t size_bytes_expected) const;

  struct Retired {
    MonotonicTime since;
    BlobName name;
  };

  // Constant after construction.
  const std::filesystem::path folder_;
  Random& random_;
  const Clock& clock_;

  Mutex mutex_;
  std::deque<Retired> retired_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::s3
