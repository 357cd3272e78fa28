#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every bound of this room.

namespace firn::sigv4 {

/// How far a signer's clock may be off (AWS).
inline constexpr std::chrono::minutes kClockSkewMax{15};
/// Longest life of a presigned URL (AWS: seven days).
inline constexpr std::chrono::seconds kExpiresMax{604'800};
/// A chunk's size line: 16 digits, ";chunk-signature=" and 64 digits make 98 bytes.
inline constexpr std::size_t kChunkLineBytesMax = 256;
/// A trailer: a few checksums of at most 90 bytes each and the trailer's signature.
inline constexpr std::size_t kTrailerBytesMax = 4UL << 10;
inline constexpr std::size_t kTrailerFieldsMax = 16;
/// A signed chunk that is not the last must have this much (AWS), or signatures would outweigh data.
inline constexpr std::uint64_t kChunkBytesMin = 8'192;
/// What the reader takes from its source at once.
inline constexpr std::size_t kSourceReadBytes = 64UL << 10;
/// 5 TiB, the largest object of S3.
inline constexpr std::uint64_t kDecodedBytesMax = 5ULL << 40;

}  // namespace firn::sigv4
