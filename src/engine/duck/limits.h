#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every bound of this room, with its arithmetic.

namespace firn::duck {

/// Nesting of the tree that is lowered; the parser's own bound is lower. 1,000 levels × ~1 KiB of
/// stack each for lowering and ~6 KiB for DuckDB's binder stay under the 8 MiB of a thread.
inline constexpr std::size_t kLoweringDepthMax = 1000;

/// One value of the parser's text that an error message repeats.
inline constexpr std::size_t kShownValueBytesMax = 64;

/// How often a running statement looks at its context: half of the 100 ms that cancellation may
/// take.
inline constexpr std::chrono::milliseconds kCancellationPollInterval{25};

/// One data file that is written; it goes in parts while it grows. Eight times Iceberg's default
/// target of 512 MiB.
inline constexpr std::uint64_t kDataFileBytesMax = std::uint64_t{4} << 30;

/// Iceberg's default of write.target-file-size-bytes.
inline constexpr std::uint64_t kTargetFileBytesDefault = std::uint64_t{512} << 20;

/// Small column ranges nearer than this are read in one request: a request costs more than 64 KiB
/// of transfer.
inline constexpr std::uint64_t kReadGapBytesMax = std::uint64_t{64} << 10;

/// A file no larger than this is fetched whole at its first read: footer and columns in one
/// request. Half a MiB more takes 6 ms at S3's 90 MB/s a connection, a second request 15 to 40.
inline constexpr std::uint64_t kWholeFileBytesMax = std::uint64_t{1} << 20;

/// Files of one run that is fetched ahead, the first and any; each run may be so many times as long
/// as the one before, so that a LIMIT of ten rows costs few files and a scan soon has enough in
/// flight.
inline constexpr std::size_t kReadAheadRunFilesMin = 16;
inline constexpr std::size_t kReadAheadRunFilesMax = 256;
inline constexpr std::size_t kReadAheadRunGrowth = 4;
/// Bytes of one run; a scan has two of them in flight or waiting at most: 64 MiB.
inline constexpr std::uint64_t kReadAheadRunBytesMax = std::uint64_t{32} << 20;
/// Requests of one run at once.
inline constexpr std::size_t kReadAheadInFlightMax = 128;
/// Threads that wait for runs, for all statements together, and runs that wait for a thread; where
/// there is no room, readers fetch their files themselves.
inline constexpr std::size_t kReadAheadThreads = 16;
inline constexpr std::size_t kReadAheadQueueMax = 16;

/// Rows of position deletes held for one data file: 8 bytes each, so 512 MiB at most.
inline constexpr std::size_t kPositionDeletesMax = std::size_t{64} << 20;

/// Files of one scan whose metadata is asked whether all their rows pass a filter, and what the
/// bounds of a column are: a few microseconds a file.
inline constexpr std::size_t kCertainFilterFilesMax = 20'000;

/// Snapshots between the two of an append scan; each is planned by itself.
inline constexpr std::size_t kAppendSnapshotsMax = 1'000;

/// Distinct keys that equality deletes of one partition take away, held in the engine's memory: 48
/// bytes each and those of the key beyond 12. The engine's memory limit bounds all partitions
/// together.
inline constexpr std::size_t kEqualityDeletesMax = std::size_t{32} << 20;

/// Bytes of one delete file or deletion vector read at once.
inline constexpr std::size_t kDeleteFileBytesMax = std::size_t{512} << 20;

/// Result rows DuckDB may hold ahead of a slow client, in bytes as it counts them: 16 for a string,
/// however long. A vector of long strings counts 33 KB and may weigh a hundred MB, so few fit.
inline constexpr std::uint64_t kResultBufferBytes = std::uint64_t{128} << 10;

/// Deleting what a failed statement wrote may take this long a file.
inline constexpr std::chrono::milliseconds kCleanUpTimeout{5000};

/// Views that stand on views: each is a level of DuckDB's binder and of our lowering.
inline constexpr std::size_t kViewDepthMax = 16;

/// Open partitions of one writing statement; each holds a row group in memory.
inline constexpr std::size_t kOpenPartitionsMax = 256;

}  // namespace firn::duck
