#include "lake/iceberg/deletion_vector.h"

#include <fmt/format.h>
#include <zlib.h>

#include <memory>
#include <roaring/roaring64map.hh>

#include "base/json.h"

namespace firn::iceberg {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::string_view kVectorMagic = "\xD1\xD3\x39\x64";
constexpr std::size_t kCrcBytes = 4;
constexpr std::string_view kPuffinMagic = "PFA1";
/// The reserved column `_pos` (spec, "Reserved Field IDs").
constexpr std::int32_t kRowPositionId = 2147483645;

std::uint32_t ReadBigEndian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string BigEndian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

std::string LittleEndian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 0; shift <= 24; shift += 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

std::uint32_t Crc(std::string_view bytes) {
  return static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(bytes.data()),
                                          static_cast<uInt>(bytes.size())));
}

Unexpected InvalidVector(std::string what) {
  return DataCorruption("InvalidDeletionVector", "the deletion vector " + std::move(what));
}

struct BitmapFree {
  void operator()(roaring_bitmap_t* bitmap) const { roaring_bitmap_free(bitmap); }
};

/// Appends `key << 32 | low` for each value. What the library reads it reads within bounds, but it
/// takes containers on trust: values that do not ascend tell of broken ones, before they can
/// multiply.
Status AppendBitmap(const roaring_bitmap_t& bitmap, std::int64_t key, std::size_t positions_max,
                    RowPositions& positions) {
  roaring_uint32_iterator_t at;
  roaring_init_iterator(&bitmap, &at);
  for (; at.has_value; roaring_advance_uint32_iterator(&at)) {
    const std::int64_t position = key << 32 | static_cast<std::int64_t>(at.current_value);
    if (!positions.empty() && position <= positions.back()) {
      return InvalidVector("has positions out of order");
    }
    if (positions.size() >= positions_max) {
      return ResourceExhausted(
          "TooManyDeletes",
          fmt::format("a deletion vector deletes more than {} rows", positions_max));
    }
    positions.push_back(position);
  }
  return Ok();
}

/// The portable 64-bit form: a count, then keys (the high 32 bits) with 32-bit bitmaps.
Result<RowPositions> ReadBitmaps(std::string_view bytes, std::size_t positions_max) {
  RowPositions positions;
  if (bytes.size() < 8) return InvalidVector("has no bitmap");
  std::uint64_t count = 0;
  for (std::size_t i = 8; i-- > 0;) count = count << 8 | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(8);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (bytes.size() < 4) return InvalidVector("ends inside its bitmap");
    std::uint32_t key = 0;
    for (std::size_t b = 4; b-- > 0;) key = key << 8 | static_cast<unsigned char>(bytes[b]);
    if (key > INT32_MAX) return InvalidVector("has a key above those of rows");
    bytes.remove_prefix(4);
    // Copied out: the library reads whole words, which the blob's own start would misalign.
    const std::string aligned(bytes);
    const std::size_t size =
        roaring_bitmap_portable_deserialize_size(aligned.data(), aligned.size());
    const std::unique_ptr<roaring_bitmap_t, BitmapFree> bitmap(
        size == 0 ? nullptr
                  : roaring_bitmap_portable_deserialize_safe(aligned.data(), aligned.size()));
    if (bitmap == nullptr) return InvalidVector("holds a bitmap that is none");
    FIRN_TRY(AppendBitmap(*bitmap, key, positions_max, positions));
    bytes.remove_prefix(size);
  }
  if (!bytes.empty()) return InvalidVector("has bytes after its bitmaps");
  return positions;
}

}  // namespace

Result<RowPositions> DecodeDeletionVector(std::string_view blob, std::size_t positions_max) {
  if (blob.size() < kLengthBytes + kVectorMagic.size() + kCrcBytes) {
    return InvalidVector("is too short");
  }
  const std::size_t inner = ReadBigEndian(blob);
  if (inner != blob.size() - kLengthBytes - kCrcBytes) {
    return InvalidVector("has another length than it says");
  }
  const std::string_view body = blob.substr(kLengthBytes, inner);
  if (!body.starts_with(kVectorMagic)) return InvalidVector("does not begin as one");
  if (Crc(body) != ReadBigEndian(blob.substr(kLengthBytes + inner))) {
    return InvalidVector("does not have its checksum");
  }
  return ReadBitmaps(body.substr(kVectorMagic.size()), positions_max);
}

std::string EncodeDeletionVector(std::span<const std::int64_t> positions) {
  Roaring64Map bitmap;
  for (const std::int64_t position : positions) bitmap.add(static_cast<std::uint64_t>(position));
  bitmap.runOptimize();
  // Roaring64Map stores its count as a whole word, so the bytes begin where a word may.
  std::string bitmaps(bitmap.getSizeInBytes(), '\0');
  bitmap.write(bitmaps.data());
  const std::string body = std::string(kVectorMagic) + bitmaps;
  return BigEndian(static_cast<std::uint32_t>(body.size())) + body + BigEndian(Crc(body));
}

PuffinFile EncodeVectorFile(std::span<const VectorBlob> blobs, std::string_view created_by) {
  PuffinFile file;
  file.bytes = kPuffinMagic;
  json::array footer_blobs;
  for (const VectorBlob& blob : blobs) {
    const std::string bytes = EncodeDeletionVector(blob.positions);
    const BlobPlace place{static_cast<std::int64_t>(file.bytes.size()),
                          static_cast<std::int64_t>(bytes.size())};
    file.bytes += bytes;
    file.places.push_back(place);
    footer_blobs.push_back(json::object{
        {"type", "deletion-vector-v1"},
        {"fields", json::array{kRowPositionId}},
        // Inherited from the snapshot that adds the file.
        {"snapshot-id", -1},
        {"sequence-number", -1},
        {"offset", place.offset_bytes},
        {"length", place.length_bytes},
        {"properties", json::object{{"referenced-data-file", blob.data_file_path},
                                    {"cardinality", std::to_string(blob.positions.size())}}}});
  }
  const std::string footer = json::serialize(
      json::object{{"blobs", std::move(footer_blobs)},
                   {"properties", json::object{{"created-by", std::string(created_by)}}}});
  file.bytes += kPuffinMagic;
  file.bytes += footer;
  file.bytes += LittleEndian(static_cast<std::uint32_t>(footer.size()));
  file.bytes += LittleEndian(0);  // No flag: the footer is not compressed.
  file.bytes += kPuffinMagic;
  return file;
}

}  // namespace firn::iceberg
