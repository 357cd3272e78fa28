#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// What app allows, and why.

namespace firn::app {

/// The tour's helpers print a few rows; a megabyte says that something else happens.
inline constexpr std::size_t kChildOutputBytesMax = 1UL << 20;

/// A policy has at most 131,072 characters; a file that holds more is looked at all the same, to say so.
inline constexpr std::size_t kPolicyFileBytesMax = 1UL << 20;

/// One question of the doctor to a service.
inline constexpr std::chrono::seconds kDoctorPatience{20};
/// Less free space than this is worth a warning: one large load fills it.
inline constexpr std::uint64_t kFreeBytesWanted = 1ULL << 30;

/// `memory.max` holds one number or the word max.
inline constexpr std::size_t kCgroupFileBytesMax = 64;

/// A server starts in well under a second; a machine that swaps may need longer.
inline constexpr std::chrono::seconds kReadyPatience{30};

/// The end of the audit log that the doctor reads: about 40,000 lines, half a file.
inline constexpr std::size_t kAuditReadBytesMax = 16UL << 20;
/// A line of it: words of outside are bounded by the door, statements of one decision are some hundreds.
inline constexpr std::size_t kAuditLineBytesMax = 256UL << 10;
/// Requests whose decisions are kept until their end is read; the server runs fewer at once.
inline constexpr std::size_t kAuditRequestsMax = 10'000;

/// Credentials are renewed one request at a time and seldom; a second thread is for a service that hangs.
inline constexpr std::size_t kRenewalThreads = 2;

/// Names that one Tab offers; more are no help on a screen.
inline constexpr std::size_t kCompletionsMax = 200;
/// A statement that runs longer shows at the prompt for how long it has.
inline constexpr std::chrono::milliseconds kProgressAfter{1000};

/// How long SIGTERM waits for running statements and requests.
inline constexpr std::chrono::seconds kDrainPatience{30};

/// Between two looks for tables whose turn in maintenance it is: the interval, within these.
inline constexpr std::chrono::milliseconds kMaintenancePauseMin{200};
inline constexpr std::chrono::milliseconds kMaintenancePauseMax{60'000};
/// Tries of one job that another writer, or a service that did not answer, kept from ending, and the
/// wait after the first of them.
inline constexpr int kMaintenanceTriesMax = 3;
inline constexpr std::chrono::milliseconds kMaintenanceRetryWait{1'000};
/// Maintenance's own MySQL listener: one connection at a time, and its password's length.
inline constexpr std::size_t kServiceConnectionsMax = 4;
inline constexpr std::size_t kServicePasswordChars = 40;

}  // namespace firn::app
