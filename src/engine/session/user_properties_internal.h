#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/session/session_state_internal.h"

/// What a user's properties bound and begin a session with.

namespace firn::session {

/// Absent: no bound of the user's own.
struct UserLimits {
  std::optional<std::size_t> connections_max;
  std::optional<std::size_t> statements_max;
  std::optional<std::int64_t> query_timeout_s;
  std::optional<std::int64_t> insert_timeout_s;
};
/// As they are now, also for sessions that began before they were given.
UserLimits LimitsOf(const SessionState& state);

/// `session.<variable>` as names and values.
std::vector<std::pair<std::string, std::string>> SessionVariablesOf(
    const std::map<std::string, std::string>& properties);

}  // namespace firn::session
