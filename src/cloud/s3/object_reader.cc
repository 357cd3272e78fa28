#include "cloud/s3/object_reader.h"

#include <algorithm>

#include "base/check.h"

namespace firn::s3 {

ObjectReader::ObjectReader(const BlobFiles& files, std::vector<Extent> extents,
                           std::uint64_t offset_bytes, std::uint64_t length_bytes)
    : files_(files),
      extents_(std::move(extents)),
      length_bytes_(length_bytes),
      left_bytes_(length_bytes),
      offset_in_extent_(offset_bytes) {
  while (extent_ < extents_.size() && offset_in_extent_ >= extents_[extent_].size_bytes) {
    offset_in_extent_ -= extents_[extent_].size_bytes;
    ++extent_;
  }
}

Status ObjectReader::Begin() {
  if (left_bytes_ == 0) {
    for (const Extent& extent : extents_) FIRN_TRY(files_.OpenFile(extent.file, extent.size_bytes));
    return Ok();
  }
  FIRN_ASSIGN_OR_RETURN(begun_, ReadNext());
  return Ok();
}

Result<std::string_view> ObjectReader::Next() {
  if (begun_.empty()) return ReadNext();
  return std::exchange(begun_, std::string_view());
}

Result<std::string_view> ObjectReader::ReadNext() {
  if (left_bytes_ == 0) return std::string_view();
  while (reader_ == nullptr) {
    FIRN_CHECK(extent_ < extents_.size());
    const Extent& extent = extents_[extent_];
    FIRN_ASSIGN_OR_RETURN(reader_, files_.OpenFile(extent.file, extent.size_bytes));
    has_checksums_ = has_checksums_ && reader_->has_checksums();
    if (extent.size_bytes > 0) break;
    reader_.reset();  // An empty last part.
    ++extent_;
  }
  FIRN_ASSIGN_OR_RETURN(std::string_view piece, reader_->ReadFrom(offset_in_extent_, buffer_));
  piece = piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_bytes_, piece.size())));
  left_bytes_ -= piece.size();
  offset_in_extent_ += piece.size();
  if (offset_in_extent_ == extents_[extent_].size_bytes) {
    reader_.reset();
    ++extent_;
    offset_in_extent_ = 0;
  }
  return piece;
}

}  // namespace firn::s3
