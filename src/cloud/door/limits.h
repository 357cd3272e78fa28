#pragma once

#include <chrono>
#include <cstddef>

/// What bounds one request at the door, before anyone is known.

namespace firn::door {

/// Query and JSON requests: the largest is a policy document of 131,072 characters, percent-encoded.
inline constexpr std::size_t kSmallBodyBytesMax = 1UL << 20;
/// Iceberg REST requests; Glue refuses metadata over 20 MB.
inline constexpr std::size_t kIcebergBodyBytesMax = 20UL << 20;
/// All bodies over kSmallBodyBytesMax together: of callers whose signature holds over a signed hash, and of those whose
/// body must be here before one can know (PyIceberg signs no hash). Eight and four of the largest.
inline constexpr std::size_t kProvedBodiesBytesMax = 8 * kIcebergBodyBytesMax;
inline constexpr std::size_t kUnprovedBodiesBytesMax = 4 * kIcebergBodyBytesMax;
/// The audit log: ten files of 32 MiB, about a million decisions.
inline constexpr std::size_t kAuditFileBytesMax = 32UL << 20;
inline constexpr std::size_t kAuditFilesMax = 10;

/// Keys of one job of maintenance: a large table takes hours to compact.
inline constexpr std::chrono::seconds kMaintenanceSession{4 * 3600};

}  // namespace firn::door
