#pragma once

#include <chrono>
#include <cstddef>

/// What bounds the ledger, each with its arithmetic.

namespace firn::ledger {

/// Snapshots read at once; a further reader waits. Each connection holds about 2 MiB of page cache.
inline constexpr std::size_t kReadConnectionsMax = 4;
/// Prepared statements kept a connection; the tree has about 200 distinct texts, of about 4 KiB
/// each when prepared.
inline constexpr std::size_t kPreparedStatementsMax = 256;
/// How long SQLite waits for another process's lock (a backup) before it gives up.
inline constexpr std::chrono::milliseconds kBusyTimeout{5000};
/// Rows one QueryAll may return; lists are paged well below it.
inline constexpr std::size_t kRowsMax = 100'000;
/// A sealed value's plain bytes: secret keys are 40, session tokens some hundreds.
inline constexpr std::size_t kSealedBytesMax = 64 * 1024;
/// Migration steps of one set.
inline constexpr std::size_t kMigrationStepsMax = 1000;

}  // namespace firn::ledger
