#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of what is read ahead and side by side.

namespace firn::duck {

/// Row groups of one file that are fetched ahead at most: at S3's 30 ms and 90 MB/s a connection,
/// four groups of 8 MiB in flight are 260 MB/s, what two cores decode.
inline constexpr std::size_t kGroupsAheadMax = 4;

/// Column chunks of one row group that are fetched together; where there is more, each is read by
/// itself (the store cuts it into pieces, all in flight).
inline constexpr std::uint64_t kGroupPartBytesMax = std::uint64_t{32} << 20;

/// Held ahead of the readers of all files of an engine, in flight or waiting: eight connections to
/// S3 at 90 MB/s, and as much that waits to be decoded.
inline constexpr std::uint64_t kColumnsAheadBytesMax = std::uint64_t{128} << 20;

/// Row groups behind the newest that may still be read: more than there are threads.
inline constexpr std::size_t kGroupsBehindMax = 64;

/// Delete files of one scan that are read at once.
inline constexpr std::size_t kDeleteFilesAtOnceMax = 8;
/// Deletion vectors of one Puffin file that are read at once.
inline constexpr std::size_t kVectorsAtOnceMax = 64;

/// Bloom filters of one file that are fetched together.
inline constexpr std::uint64_t kLookupBytesMax = std::uint64_t{4} << 20;

}  // namespace firn::duck
