#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The named bounds of this room.

namespace firn::session {

/// Wrong passwords in a row that cost nothing; the next ones wait.
inline constexpr std::uint32_t kLoginFailuresFree = 5;
/// The wait doubles from the first to the second.
inline constexpr std::chrono::milliseconds kLoginBackOffFirst{500};
inline constexpr std::chrono::milliseconds kLoginBackOffMax{8000};
/// Pairs of user and address remembered; the oldest is forgotten first. 10,000 x about 150 bytes.
inline constexpr std::size_t kLoginFailurePairsMax = 10'000;
/// Failures this old are forgotten.
inline constexpr std::chrono::minutes kLoginFailureMemory{10};

inline constexpr std::size_t kAccountsMax = 10'000;
inline constexpr std::size_t kUserNameBytesMax = 64;
inline constexpr std::size_t kHostPatternBytesMax = 255;
/// users.json: kAccountsMax accounts of less than 1 KiB.
inline constexpr std::size_t kUsersFileBytesMax = 16U << 20U;
/// About 4 ms of one core.
inline constexpr int kPasswordHashRounds = 5000;

/// Statement text kept in the process list.
inline constexpr std::size_t kProcessSqlBytesMax = 64U << 10U;
/// variables.json: some 130 variables, most of them short.
inline constexpr std::size_t kVariablesFileBytesMax = 16U << 20U;
/// Text of a variable's value.
inline constexpr std::size_t kVariableTextBytesMax = 64U << 10U;

}  // namespace firn::session
