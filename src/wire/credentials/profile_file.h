#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

/// ~/.aws/config and ~/.aws/credentials.

namespace firn::credentials {

/// Keys in lower case. Every value is held as a secret: some are.
using Profile = std::map<std::string, Secret, std::less<>>;
using Profiles = std::map<std::string, Profile, std::less<>>;

enum class ProfileFileKind {
  kConfig,       ///< `[profile name]`, and `[default]`.
  kCredentials,  ///< `[name]`.
};

/// Other sections (`sso-session`, `services`), indented lines and comments are passed over; of a
/// key given twice the last value stands.
///
/// Errors: kInvalidArgument/BadProfileFile with the line's number (never its text) for a line that
/// is neither section, comment nor `key = value`; kResourceExhausted/ProfileFileTooLarge.
Result<Profiles> ParseProfiles(std::string_view text, ProfileFileKind kind);

/// Adds `from` to `into`; values of `from` win.
void MergeProfiles(Profiles& into, const Profiles& from);

}  // namespace firn::credentials
