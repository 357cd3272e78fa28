#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// What bounds statements and sessions. (Bounds of logins and variables are in access_limits.h.)

namespace firn::session {

/// Open prepared statements of one session (threat T15: a client may leak them).
inline constexpr std::size_t kPreparedStatementsMax = 1'024;
/// User variables of one session.
inline constexpr std::size_t kUserVariablesMax = 10'000;
/// Warnings kept of one statement.
inline constexpr std::size_t kWarningsMax = 64;
/// Tables whose columns information_schema.columns lists; each costs a request.
inline constexpr std::size_t kDescribedTablesMax = 10'000;
/// Rows of one SHOW or information_schema table.
inline constexpr std::size_t kShownRowsMax = 1'000'000;
/// Rows of $files or $partitions; about 2 KB each in memory.
inline constexpr std::size_t kMetadataTableRowsMax = 500'000;
/// A value that a SET expression or a `@variable` may hold.
inline constexpr std::size_t kScalarBytesMax = 1UL << 20;
/// Columns of one CREATE TABLE.
inline constexpr std::size_t kColumnsMax = 10'000;

/// Bytes of data files that one commit of a rewrite takes out, where nothing else is asked for.
inline constexpr std::int64_t kRewriteBatchBytes = std::int64_t{10} << 30;
/// The smallest target size a rewrite may be asked for.
inline constexpr std::int64_t kTargetFileBytesMin = std::int64_t{1} << 20;

/// Files of one add_files; each costs a read of its end.
inline constexpr std::size_t kAddedFilesMax = 10'000;

/// Files younger than this are never taken for orphans: a statement may be about to commit them.
inline constexpr std::chrono::milliseconds kOrphanAgeMin = std::chrono::hours(24);
/// Tries of a DELETE, UPDATE or MERGE whose rows others keep changing.
inline constexpr int kChangeAttemptsMax = 10;

/// A label of INSERT (StarRocks' bound).
inline constexpr std::size_t kLabelBytesMax = 128;

/// Of a partition's value, in an error.
inline constexpr std::size_t kShownPartitionBytes = 64;

/// Profiles kept for SHOW PROFILELIST (StarRocks' number), and the longest of them.
inline constexpr std::size_t kProfilesMax = 100;
inline constexpr std::size_t kProfileTextBytesMax = 64UL << 10;

}  // namespace firn::session
