#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// STS's quotas ("IAM and AWS STS quotas", AssumeRole, GetSessionToken).

namespace firn::sts {

inline constexpr std::int64_t kSessionSecondsMin = 900;
inline constexpr std::int64_t kVendedSecondsMax = 43200;
inline constexpr std::int64_t kAssumeRoleSecondsDefault = 3600;
/// A role assumed by a role's session: at most an hour.
inline constexpr std::int64_t kChainedSecondsMax = 3600;
inline constexpr std::int64_t kSessionTokenSecondsDefault = 43200;
inline constexpr std::int64_t kSessionTokenSecondsMax = 129600;
inline constexpr std::int64_t kRootTokenSecondsMax = 3600;
inline constexpr std::size_t kSessionNameMin = 2;
inline constexpr std::size_t kSessionNameMax = 64;
inline constexpr std::size_t kFederatedNameMax = 32;
inline constexpr std::size_t kSessionPolicyBytesMax = 2048;
/// Vended policies are written by Firn itself and may name many prefixes.
inline constexpr std::size_t kVendedPolicyBytesMax = 10240;
inline constexpr std::size_t kSessionPolicyArnsMax = 10;
/// Characters of a session token: 256 random bits would do; AWS's are longer and clients expect no
/// fixed length.
inline constexpr std::size_t kSessionTokenChars = 128;
/// How long an ended session is kept, so that a late user hears "expired" and not "unknown".
inline constexpr std::chrono::hours kExpiredKept{1};

/// Session tags, as STS bounds them.
inline constexpr std::size_t kSessionTagsMax = 50;
inline constexpr std::size_t kTagKeyBytesMax = 128;
inline constexpr std::size_t kTagValueBytesMax = 256;

}  // namespace firn::sts
