#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cloud/s3/blob_files.h"
#include "wire/http/message.h"

/// An object's bytes on their way out: one file, or the files of its parts one after the other.

namespace firn::s3 {

/// One file of an object.
struct Extent {
  BlobName file;
  std::uint64_t size_bytes = 0;
};

/// A stretch of an object, each block checked before its bytes are handed out. Holds one file and one block at a time.
/// Thread-compatible. `files` must outlive it.
class ObjectReader final : public http::BodySource {
 public:
  /// REQUIRES: the stretch lies within the extents.
  ObjectReader(const BlobFiles& files, std::vector<Extent> extents, std::uint64_t offset_bytes,
               std::uint64_t length_bytes);

  std::uint64_t length_bytes() const override { return length_bytes_; }
  /// Errors: those of BlobFiles::OpenFile and BlobReader::ReadFrom.
  Result<std::string_view> Next() override;

  /// Opens the first file and reads the first block, so that what is broken there is an error and not a cut.
  Status Begin();
  /// Whether every block handed out so far had a checksum.
  bool has_checksums() const { return has_checksums_; }

 private:
  Result<std::string_view> ReadNext();

  const BlobFiles& files_;
  const std::vector<Extent> extents_;
  const std::uint64_t length_bytes_;
  std::uint64_t left_bytes_;
  std::size_t extent_ = 0;
  std::uint64_t offset_in_extent_;
  std::unique_ptr<BlobReader> reader_;
  bool has_checksums_ = true;
  std::string buffer_;
  std::string_view begun_;  // Read by Begin, not yet handed out.
};

}  // namespace firn::s3
