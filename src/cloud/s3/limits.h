#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// What bounds objects, uploads and lists; S3's own figures where it has them.

namespace firn::s3 {

inline constexpr std::size_t kKeyBytesMax = 1024;
/// One PUT or one part: 5 GiB.
inline constexpr std::uint64_t kPutBytesMax = 5ULL << 30;
/// A whole object: 5 TiB.
inline constexpr std::uint64_t kObjectBytesMax = 5ULL << 40;
/// Parts but the last of a multipart upload.
inline constexpr std::uint64_t kPartBytesMin = 5ULL << 20;
inline constexpr int kPartNumberMax = 10000;
/// Keys in one page of a list, and in one DeleteObjects.
inline constexpr std::size_t kListKeysMax = 1000;
/// User metadata: names and values together.
inline constexpr std::size_t kUserMetadataBytesMax = 2048;
/// One read of the body or of a file.
inline constexpr std::size_t kCopyBytes = 256UL << 10;
/// Objects up to here are checked against their MD5 on every whole read: 1 MiB takes about 2 ms.
inline constexpr std::uint64_t kVerifiedReadBytesMax = 1ULL << 20;

/// The disk keeps this much free (or 5 % of it, if that is less) so that the ledger can always commit.
inline constexpr std::uint64_t kDiskReserveBytes = 256ULL << 20;
/// And so many file entries, on file systems that count them.
inline constexpr std::uint64_t kInodeReserve = 1000;

/// A replaced file stays this long for answers that still read it; the start-up sweep takes what a stop left behind.
inline constexpr std::chrono::seconds kRetiredFileAge{30};
/// Retired files remembered; beyond it the oldest goes early.
inline constexpr std::size_t kRetiredFilesMax = 10000;

}  // namespace firn::s3
