#include "engine/session/query_profiles.h"

#include <algorithm>
#include <utility>

#include "engine/session/limits.h"

namespace firn::session {

void QueryProfiles::Add(QueryProfile profile) {
  if (profile.text.size() > kProfileTextBytesMax) profile.text.resize(kProfileTextBytesMax);
  MutexLock lock(mutex_);
  newest_first_.push_front(std::move(profile));
  if (newest_first_.size() > kProfilesMax) newest_first_.pop_back();
}

std::vector<QueryProfile> QueryProfiles::List() const {
  MutexLock lock(mutex_);
  return {newest_first_.begin(), newest_first_.end()};
}

std::optional<QueryProfile> QueryProfiles::Find(std::string_view query_id) const {
  MutexLock lock(mutex_);
  const auto found = std::ranges::find(newest_first_, query_id, &QueryProfile::query_id);
  if (found == newest_first_.end()) return std::nullopt;
  return *found;
}

}  // namespace firn::session
