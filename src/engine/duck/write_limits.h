#pragma once

#include <cstddef>
#include <cstdint>

/// The bounds of writing data files.

namespace firn::duck {

/// Open data files of one writing statement, one a partition; each holds up to one part of its
/// upload.
inline constexpr std::size_t kOpenFilesMax = 256;
/// Iceberg's default of write.target-file-size-bytes.
inline constexpr std::uint64_t kTargetFileBytesOtherwise = std::uint64_t{512} << 20;
/// Bounds of that property and of write.parquet.row-group-size-bytes; Iceberg's default of the
/// latter.
inline constexpr std::uint64_t kTargetFileBytesMin = std::uint64_t{64} << 10;
inline constexpr std::uint64_t kRowGroupBytesMin = std::uint64_t{64} << 10;
inline constexpr std::uint64_t kRowGroupBytesMax = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kRowGroupBytesDefault = std::uint64_t{128} << 20;
/// Rows of one row group (DuckDB's own), and rows that wait for their row group to fill, all
/// partitions together: 1.5 M rows of 200 bytes are 300 MB, which DuckDB may spill.
inline constexpr std::uint64_t kRowGroupRows = 122'880;
inline constexpr std::uint64_t kBufferedRowsMax = 1'500'000;
/// The most that DuckDB's writer takes as write.parquet.dict-size-bytes.
inline constexpr std::uint64_t kDictionaryBytesMax = std::uint64_t{1} << 30;
/// Small files of one statement that wait to be put or are on their way while DuckDB's threads go
/// on; a larger one, and those over it, hold up the thread that closes them.
inline constexpr std::uint64_t kFinishingBytesMax = std::uint64_t{4} << 20;
/// Columns with metrics when a table does not say which
/// (write.metadata.metrics.max-inferred-column-defaults).
inline constexpr std::size_t kInferredMetricsColumns = 100;
/// A Parquet footer of ours: 10,000 columns in 1,000 row groups stay under it.
inline constexpr std::size_t kFooterBytesMax = std::size_t{1} << 30;

}  // namespace firn::duck
