#include "engine/session/user_load.h"

#include <fmt/format.h>

#include <utility>

namespace firn::session {

UserLoad::Turn& UserLoad::Turn::operator=(Turn&& other) noexcept {
  if (this == &other) return *this;
  End();
  counts_ = std::move(other.counts_);
  kind_ = other.kind_;
  account_ = std::move(other.account_);
  return *this;
}

UserLoad::Turn::~Turn() { End(); }

void UserLoad::Turn::End() {
  const std::shared_ptr<Counts> counts = std::exchange(counts_, nullptr);
  if (counts == nullptr) return;
  const MutexLock lock(counts->mutex);
  auto& of = counts->Of(kind_);
  const auto found = of.find(account_);
  if (found != of.end() && --found->second == 0) of.erase(found);
}

UserLoad::UserLoad() : counts_(std::make_shared<Counts>()) {}
UserLoad::~UserLoad() = default;

Result<UserLoad::Turn> UserLoad::Begin(Kind kind, const AccountName& account,
                                       std::optional<std::size_t> count_max) {
  {
    const MutexLock lock(counts_->mutex);
    auto& of = counts_->Of(kind);
    const auto found = of.find(account);
    const std::size_t running = found == of.end() ? 0 : found->second;
    if (count_max && running >= *count_max) {
      if (kind == Kind::kConnection) {
        return ResourceExhausted(
            "TooManyUserConnections",
            fmt::format("Reach user-level(qualifiedUser: {}) connection limit, "
                        "max_user_connections is {}",
                        PrintAccountName(account), *count_max));
      }
      return ResourceExhausted(
          "TooManyUserStatements",
          fmt::format("User {} runs as many statements as its property firn.max_running_statements "
                      "allows, {}; try again when one has ended",
                      PrintAccountName(account), *count_max));
    }
    of[account] = running + 1;
  }
  return Turn(counts_, kind, account);
}

}  // namespace firn::session
