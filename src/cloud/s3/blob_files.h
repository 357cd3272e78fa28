#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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
///
/// A file is the object's bytes and then, for each kBlockBytes of them, a CRC-32C, then the number of bytes (64 bits), the
/// CRC-32C of all that (32 bits), and `FIRNBLK1`; numbers are little-endian. Files of before have the bytes alone.
class BlobWriter {
 public:
  ~BlobWriter();
  BlobWriter(BlobWriter&& other) noexcept;
  BlobWriter& operator=(BlobWriter&&) = delete;

  /// Errors: kResourceExhausted/NoSpace; kUnavailable/WriteFailed.
  Status Append(std::string_view bytes);
  /// fsync: after it the file survives a crash, for its name in the folder was durable before its first byte. A failed
  /// fsync is final. No rename: what makes a file appear is the ledger's row.
  /// Errors: as Append. REQUIRES: not called before.
  Result<BlobName> Publish();
  std::uint64_t size_bytes() const { return size_bytes_; }

 private:
  friend class BlobFiles;
  BlobWriter(std::filesystem::path folder, BlobName name, int descriptor,
             std::shared_ptr<std::atomic<std::uint64_t>> promised, std::uint64_t promised_bytes);
  Status WriteAll(std::string_view bytes);
  void BeginWriteback();
  void ReleasePromise(std::uint64_t bytes);

  std::filesystem::path folder_;
  BlobName name_;
  int descriptor_;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t written_back_bytes_ = 0;  // The disk was told to write these.
  std::vector<std::uint32_t> block_crcs_;  // The last one is of a block that may still grow.
  std::shared_ptr<std::atomic<std::uint64_t>> promised_;
  std::uint64_t promised_bytes_;  // Of this file, not yet written.
};

/// One file, open to be read; each block is checked. Thread-compatible.
class BlobReader {
 public:
  ~BlobReader();
  BlobReader(const BlobReader&) = delete;
  BlobReader& operator=(const BlobReader&) = delete;

  std::uint64_t size_bytes() const { return size_bytes_; }
  /// False for a file of before blocks had checksums.
  bool has_checksums() const { return !block_crcs_.empty() || size_bytes_ == 0; }
  /// The block that `offset_bytes` is in, whole, into `buffer`; returns its part from there on.
  /// Errors: kDataCorruption/BlobCorrupt, /BlobTruncated; kUnavailable/ReadFailed.
  Result<std::string_view> ReadFrom(std::uint64_t offset_bytes, std::string& buffer) const;

 private:
  friend class BlobFiles;
  BlobReader(BlobName name, int descriptor, std::uint64_t size_bytes)
      : name_(std::move(name)), descriptor_(descriptor), size_bytes_(size_bytes) {}
  Status ReadChecksums();
  Status ReadAt(std::uint64_t offset_bytes, char* data, std::size_t count) const;

  const BlobName name_;
  const int descriptor_;
  const std::uint64_t size_bytes_;
  std::vector<std::uint32_t> block_crcs_;
};

/// `<folder>/xx/<name>`; empty files are spares, for the next writers. Thread-safe.
class BlobFiles {
 public:
  /// Removes the spares.
  ~BlobFiles();
  BlobFiles(const BlobFiles&) = delete;
  BlobFiles& operator=(const BlobFiles&) = delete;

  /// Makes the folder; those in it are made when they are first needed. Errors: kUnavailable/WriteFailed.
  static Result<std::unique_ptr<BlobFiles>> Open(std::filesystem::path folder, Random& random,
                                                 const Clock& clock);

  /// Starts a file of about `size_bytes_expected`.
  /// Errors: kResourceExhausted/DiskReserve when the disk's reserve would be touched; kUnavailable/WriteFailed.
  Result<BlobWriter> Create(std::uint64_t size_bytes_expected);
  std::filesystem::path PathOf(const BlobName& name) const;
  /// A file of the length that the ledger says. Errors: kDataCorruption/BlobMissing, /BlobTruncated, /BlobCorrupt;
  /// kUnavailable/ReadFailed.
  Result<std::unique_ptr<BlobReader>> OpenFile(const BlobName& name, std::uint64_t size_bytes) const;
  /// A second name for the same bytes, durable: no byte is copied. Errors: kDataCorruption/BlobMissing;
  /// kUnavailable/WriteFailed.
  Result<BlobName> Link(const BlobName& name);
  /// A name that no file has.
  BlobName MakeName() const;

  /// The file is no longer named by the ledger; it goes once answers that may be reading it are done.
  void Retire(BlobName name);
  /// Removes temporary files and every file for which `is_known` says no; at start-up, before requests.
  /// Returns how many went. Errors: those of `is_known`; kUnavailable/ReadFailed.
  Result<std::size_t> Sweep(const std::function<Result<bool>(const BlobName&)>& is_known);

 private:
  BlobFiles(std::filesystem::path folder, Random& random, const Clock& clock)
      : folder_(std::move(folder)), random_(random), clock_(clock) {}
  Status CheckReserve(std::uint64_t size_bytes_expected) const;
  Status MakeFolder(const std::filesystem::path& folder) const;
  struct Spare {
    BlobName name;
    int descriptor;
  };
  Result<Spare> TakeSpare();
  void DropSpares();
  Status MakeSpares() FIRN_REQUIRES(spares_mutex_);

  struct Retired {
    MonotonicTime since;
    BlobName name;
  };

  // Constant after construction.
  const std::filesystem::path folder_;
  Random& random_;
  const Clock& clock_;
  // Bytes that writers under way have announced and not yet written.
  const std::shared_ptr<std::atomic<std::uint64_t>> promised_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);

  Mutex spares_mutex_;  // Held while spares are made: all who wait want one.
  std::vector<Spare> spares_ FIRN_GUARDED_BY(spares_mutex_);

  Mutex mutex_;
  std::deque<Retired> retired_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::s3
