#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// IAM's quotas ("IAM and AWS STS quotas") and what bounds this room.

namespace firn::iam {

inline constexpr std::size_t kUserNameMax = 64;
inline constexpr std::size_t kRoleNameMax = 64;
inline constexpr std::size_t kGroupNameMax = 128;
inline constexpr std::size_t kPolicyNameMax = 128;
inline constexpr std::size_t kInstanceProfileNameMax = 128;
inline constexpr std::int64_t kInstanceProfilesMax = 1000;
inline constexpr std::size_t kPathMax = 512;
inline constexpr std::size_t kDescriptionMax = 1000;
inline constexpr std::size_t kAccessKeysPerUserMax = 2;
inline constexpr std::size_t kAttachmentsMax = 10;
inline constexpr std::size_t kGroupsPerUserMax = 10;
inline constexpr std::size_t kPolicyVersionsMax = 5;
inline constexpr std::size_t kTagsMax = 50;
/// Paths of roles that belong to services of AWS.
inline constexpr std::string_view kServiceRolePath = "/aws-service-role/";
inline constexpr std::int64_t kUsersMax = 5000;

/// Characters other than white space, as IAM counts them.
inline constexpr std::size_t kManagedPolicyCharsMax = 6144;
inline constexpr std::size_t kUserInlineCharsMax = 2048;
inline constexpr std::size_t kGroupInlineCharsMax = 5120;
inline constexpr std::size_t kRoleInlineCharsMax = 10240;
inline constexpr std::size_t kTrustPolicyCharsMax = 2048;

inline constexpr std::int64_t kRoleSessionSecondsMin = 3600;
inline constexpr std::int64_t kRoleSessionSecondsMax = 43200;

/// Entries of one page; MaxItems asks for 1 to 1000.
inline constexpr std::int64_t kPageDefault = 100;
inline constexpr std::int64_t kPageMax = 1000;
/// Actions and resources of one simulation.
inline constexpr std::size_t kSimulationMax = 1000;

/// Parsed documents kept by their text: at most this many, of some kilobytes each.
inline constexpr std::size_t kParsedPoliciesMax = 1024;
/// Keys whose last use is remembered between writes.
inline constexpr std::size_t kRecordedUsesMax = 4096;
/// How often a key's use is written: each write is an fsync, and IAM's own figure is as coarse.
inline constexpr std::chrono::minutes kUseRecordedEvery{15};

}  // namespace firn::iam
