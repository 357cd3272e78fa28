#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// What bounds the catalog of plain warehouses.

namespace firn::icebergrest {

/// Metadata that a commit may write, as for table buckets.
inline constexpr std::uint64_t kMetadataBytesMax = 20UL << 20;
/// A page of names; a client that does not page gets as many, and a token.
inline constexpr std::size_t kListEntriesMax = 10'000;
/// Tables of one transaction: each is a metadata file that is held in memory until all are written.
inline constexpr std::size_t kTransactionTablesMax = 100;
/// A commit that lost its race is run again this often while its requirements hold.
inline constexpr int kCommitTriesMax = 10;
inline constexpr std::size_t kNameBytesMax = 255;
inline constexpr std::size_t kNamespaceLevelsMax = 16;
/// Objects that a purge removes in one go of the list.
inline constexpr std::size_t kPurgePageMax = 1'000;

/// A bearer token: `firn2.<20>.<region>.<14>.<64>`; what is longer is not read.
inline constexpr std::size_t kTokenBytesMax = 256;
inline constexpr std::chrono::seconds kTokenLife{3600};
inline constexpr std::chrono::seconds kVendedDuration{3600};
/// Credentials that are remembered: a caller, a location, writable or not.
inline constexpr std::size_t kVendedCacheEntriesMax = 1'000;
/// How long an outcome is kept under its key: PT30M in the configuration.
inline constexpr std::chrono::minutes kIdempotencyLife{30};

}  // namespace firn::icebergrest
