#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The named bounds of the entrances. Those of single packets are in wire/mysql/limits.h.

namespace firn::frontdoor {

/// From accept to a finished login; a sender that drips bytes holds a socket this long and no thread.
inline constexpr std::chrono::milliseconds kLoginDeadline{10'000};
/// MySQL's wait_timeout.
inline constexpr std::chrono::milliseconds kIdleTimeout{28'800'000};
/// A client that takes no byte of its result for this long (MySQL's net_write_timeout) is cut off: it holds a worker.
inline constexpr std::chrono::milliseconds kWriteStallTimeout{60'000};
inline constexpr std::size_t kConnectionsMax = 4096;
/// Statements that run or wait on remote catalogs at once.
inline constexpr std::size_t kStatementWorkers = 64;
/// KILL and password proofs never queue behind statements.
inline constexpr std::size_t kControlWorkers = 2;
/// Statements waiting for a worker. One a connection, so kConnectionsMax is never reached by honest means.
inline constexpr std::size_t kStatementQueueMax = 4096;
/// Result bytes gathered before a write; times kStatementWorkers is 16 MiB.
inline constexpr std::size_t kResultBufferBytes = 256U << 10U;
/// One read from a socket, into a buffer all connections share.
inline constexpr std::size_t kReadBytes = 64U << 10U;
/// Reads of one connection before others get their turn.
inline constexpr int kReadsInARow = 16;
/// How often a running statement's client is looked for, and how often deadlines are.
inline constexpr std::chrono::milliseconds kBusySweep{50};
inline constexpr std::chrono::milliseconds kIdleSweep{500};
/// Statements one connection may hold prepared.
inline constexpr std::size_t kPreparedStatementsMax = 1024;
/// COM_STMT_SEND_LONG_DATA of one connection, all statements together.
inline constexpr std::size_t kLongDataBytesMax = 32U << 20U;

/// Body of an HTTP statement.
inline constexpr std::size_t kHttpSqlBodyBytesMax = 32U << 20U;
/// Answer of an HTTP statement; a larger result is refused with the advice to use the MySQL port, which streams.
inline constexpr std::size_t kHttpSqlAnswerBytesMax = 64U << 20U;

}  // namespace firn::frontdoor
