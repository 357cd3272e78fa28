#pragma once

#include <chrono>
#include <cstddef>

/// Every bound of this room.

namespace firn::credentials {

/// ~/.aws/config and ~/.aws/credentials: hundreds of profiles of a few hundred bytes.
inline constexpr std::size_t kProfileFileBytesMax = 1UL << 20;
inline constexpr std::size_t kProfilesMax = 5'000;
inline constexpr std::size_t kProfileKeysMax = 200;
/// A token file: STS takes at most 20,000 bytes of a web identity token.
inline constexpr std::size_t kTokenFileBytesMax = 20'000;
/// An answer with one set of keys: a few KiB.
inline constexpr std::size_t kAnswerBytesMax = 64UL << 10;
/// Profiles that assume a role by way of another profile.
inline constexpr std::size_t kRoleChainMax = 5;
/// Of a server's own words in an error.
inline constexpr std::size_t kServerWordsBytesMax = 300;
/// Metadata services are a hop away; on a machine without one, each ask costs this much.
inline constexpr std::chrono::milliseconds kMetadataTimeout{1'000};
inline constexpr int kMetadataAttemptsMax = 2;
inline constexpr std::chrono::milliseconds kStsTimeout{20'000};
inline constexpr int kStsAttemptsMax = 3;
inline constexpr std::chrono::milliseconds kStsRetryWait{200};
/// Life of keys whose answer names no end: AWS' shortest.
inline constexpr std::chrono::seconds kLifeAssumed{900};
/// Providers that are shared by what they ask for.
inline constexpr std::size_t kProvidersMax = 1'000;

}  // namespace firn::credentials
