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
/// Buckets in one page of ListBuckets.
inline constexpr std::size_t kBucketsListedMax = 10000;
/// Uploads looked at for one page of ListMultipartUploads.
inline constexpr std::size_t kUploadsScannedMax = 20000;
/// User metadata: names and values together.
inline constexpr std::size_t kUserMetadataBytesMax = 2048;
/// One read of the body or of a file.
inline constexpr std::size_t kCopyBytes = 256UL << 10;
/// A stretch that is shorter is digested at once: to hand it to another thread costs as much.
inline constexpr std::size_t kOverlapBytesMin = 64UL << 10;
/// What they digest at most: 1.4 GiB a second. More requests at once compute their own.
inline constexpr std::size_t kDigestThreads = 2;
/// Stretches that wait for a digest thread; beyond, each request computes its own.
inline constexpr std::size_t kDigestQueueMax = 8;
/// After this many bytes of an object the disk begins to write them, so that the fsync at the end finds little to do.
inline constexpr std::uint64_t kWritebackBytes = 4UL << 20;
/// Each stretch of this size of a file has its own checksum, so a read of a few bytes checks no more than it: about 30
/// microseconds. One GET under way holds one such stretch; a 5 GiB file's checksums are 80 KiB.
inline constexpr std::size_t kBlockBytes = 256UL << 10;
/// Empty files made ahead in one folder with one fsync of it, so that a PUT waits for its own file's alone; as many
/// descriptors stay open.
inline constexpr std::size_t kSpareFiles = 32;
/// A bucket's policy: AWS's limit.
inline constexpr std::size_t kBucketPolicyBytesMax = 20UL << 10;
/// A tag set: of an object, of a bucket.
inline constexpr std::size_t kObjectTagsMax = 10;
inline constexpr std::size_t kBucketTagsMax = 50;
inline constexpr std::size_t kTagKeyBytesMax = 128 * 4;
inline constexpr std::size_t kTagValueBytesMax = 256 * 4;

/// The disk keeps this much free (or 5 % of it, if that is less) so that the ledger can always commit.
inline constexpr std::uint64_t kDiskReserveBytes = 256ULL << 20;
/// And so many file entries, on file systems that count them.
inline constexpr std::uint64_t kInodeReserve = 1000;

/// A replaced file stays this long for answers that still read it; the start-up sweep takes what a stop left behind.
inline constexpr std::chrono::seconds kRetiredFileAge{30};
/// Retired files remembered; beyond it the oldest goes early.
inline constexpr std::size_t kRetiredFilesMax = 10000;

}  // namespace firn::s3
