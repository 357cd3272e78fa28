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

/// Roles made by CREATE ROLE.
inline constexpr std::size_t kRolesMax = 1'000;
/// Roles given to one user or role (StarRocks' privilege_max_total_roles_per_user).
inline constexpr std::size_t kRolesOfOneMax = 64;
/// Roles that hold roles that hold roles (StarRocks' privilege_max_role_depth).
inline constexpr std::size_t kRoleDepthMax = 16;
inline constexpr std::size_t kRoleNameBytesMax = 64;
inline constexpr std::size_t kRoleCommentBytesMax = 1024;
/// Objects that one user or role may hold privileges on.
inline constexpr std::size_t kGrantsOfOneMax = 10'000;
/// Objects of all users and roles: about 60 MB of rights.json at names of 255 bytes.
inline constexpr std::size_t kGrantsMax = 100'000;
/// A name in a GRANT.
inline constexpr std::size_t kGrantNameBytesMax = 1024;
/// rights.json.
inline constexpr std::size_t kRightsFileBytesMax = 128U << 20U;
/// Properties of one user, and the text of one value.
inline constexpr std::size_t kUserPropertiesMax = 64;
inline constexpr std::size_t kUserPropertyBytesMax = 1024;

/// fe.audit.log and its older files: at most 320 MiB.
inline constexpr std::size_t kStatementLogFilesMax = 10;
inline constexpr std::size_t kStatementLogBytesMax = 32U << 20U;
/// Of a statement's text and of an error, in the log.
inline constexpr std::size_t kLoggedTextBytesMax = 16U << 10U;

/// Statement text kept in the process list.
inline constexpr std::size_t kProcessSqlBytesMax = 64U << 10U;
/// variables.json: some 130 variables, most of them short.
inline constexpr std::size_t kVariablesFileBytesMax = 16U << 20U;
/// Text of a variable's value.
inline constexpr std::size_t kVariableTextBytesMax = 64U << 10U;

}  // namespace firn::session
