#pragma once

#include <chrono>
#include <cstddef>

/// What bounds the Iceberg REST faces.

namespace firn::glue {

/// A request body: a commit carries a schema and snapshots; Glue refuses metadata over 20 MB.
inline constexpr std::size_t kBodyBytesMax = 20UL << 20;
/// Entries of one list answer; more come with a page token.
inline constexpr std::size_t kListEntriesMax = 1000;
/// Entries of one list of Glue's own API, and the most that MaxResults may ask for (AWS' model); catalogs: kListEntriesMax.
inline constexpr std::size_t kGlueListEntriesMax = 100;
/// Tables that one BatchDeleteTable names (AWS' model).
inline constexpr std::size_t kBatchTablesMax = 100;
/// GetTables' Expression (AWS' model).
inline constexpr std::size_t kPatternBytesMax = 2048;
/// A database's Description, LocationUri, and one of its Parameters (AWS' model).
inline constexpr std::size_t kDescriptionBytesMax = 2048;
inline constexpr std::size_t kLocationBytesMax = 1024;
inline constexpr std::size_t kParameterNameBytesMax = 255;
inline constexpr std::size_t kParameterBytesMax = 512'000;
/// Vended credentials live so long, and are handed out again while at least kVendedReuse of it is left.
inline constexpr std::chrono::seconds kVendedDuration{3600};
inline constexpr std::chrono::seconds kVendedReuse{1800};
/// Vended credentials remembered: callers times tables in use; about 1 KiB each.
inline constexpr std::size_t kVendedCacheEntriesMax = 1024;

}  // namespace firn::glue
