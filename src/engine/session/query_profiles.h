#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"

/// What the last statements took, kept for those who ask: SHOW PROFILELIST, ANALYZE PROFILE FROM, get_query_profile(),
/// GET /api/profile. A statement gets one when its session has `enable_profile`.

namespace firn::session {

struct QueryProfile {
  std::string query_id;
  std::string user;
  WallTime started_at;
  std::chrono::microseconds taken{0};
  std::string state;      ///< `Finished` or `Error`, StarRocks' words.
  std::string statement;  ///< Without secrets; cut to kProcessSqlBytesMax.
  std::string text;       ///< Lines of `name: value`, then the plan; cut to kProfileTextBytesMax.
};

/// The newest kProfilesMax of them, in memory. Thread-safe.
class QueryProfiles {
 public:
  void Add(QueryProfile profile);
  /// Newest first.
  std::vector<QueryProfile> List() const;
  std::optional<QueryProfile> Find(std::string_view query_id) const;

 private:
  mutable Mutex mutex_;
  std::deque<QueryProfile> newest_first_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::session
