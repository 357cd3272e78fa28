#pragma once

#include <cstddef>
#include <cstdint>

/// What bounds the reading of a Parquet footer.

namespace firn::iceberg {

/// A footer has some 100 bytes a column and row group: 64 MiB are 600 row groups of 1,000 columns.
inline constexpr std::uint64_t kParquetFooterBytesMax = 64UL << 20;
/// Elements of a schema, groups included: as many as a table has fields at most.
inline constexpr std::size_t kParquetColumnsMax = 100'000;
/// Depth of the schema, and of structures in structures; one stack frame each.
inline constexpr int kParquetDepthMax = 64;

}  // namespace firn::iceberg
