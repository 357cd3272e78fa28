#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/secret.h"

/// Keys, how long they live, and where they came from.

namespace firn::credentials {

struct Found {
  Credentials credentials;
  std::optional<WallTime> expires;  ///< nullopt: long-lived.
  std::string source;               ///< For a person: `profile "dev" of ~/.aws/credentials`.
};

}  // namespace firn::credentials
