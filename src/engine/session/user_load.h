#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>

#include "base/mutex.h"
#include "base/result.h"
#include "engine/session/users.h"

/// How many connections and statements each user has now, against the user's own bounds.

namespace firn::session {

/// Thread-safe.
class UserLoad {
  struct Counts;

 public:
  enum class Kind { kConnection, kStatement };

  /// One connection or statement; ends with this object.
  class Turn {
   public:
    Turn(Turn&& other) noexcept = default;
    Turn& operator=(Turn&& other) noexcept;
    ~Turn();

   private:
    friend class UserLoad;
    Turn(std::shared_ptr<Counts> counts, Kind kind, AccountName account)
        : counts_(std::move(counts)), kind_(kind), account_(std::move(account)) {}
    void End();

    std::shared_ptr<Counts> counts_;  ///< Null: moved from.
    Kind kind_;
    AccountName account_;
  };

  UserLoad();
  ~UserLoad();

  /// `count_max` nullopt: unbounded. Errors: kResourceExhausted/TooManyUserConnections,
  /// TooManyUserStatements.
  Result<Turn> Begin(Kind kind, const AccountName& account, std::optional<std::size_t> count_max);

 private:
  struct Counts {
    Mutex mutex;
    std::map<AccountName, std::size_t> connections FIRN_GUARDED_BY(mutex);
    std::map<AccountName, std::size_t> statements FIRN_GUARDED_BY(mutex);

    std::map<AccountName, std::size_t>& Of(Kind kind) FIRN_REQUIRES(mutex) {
      return kind == Kind::kConnection ? connections : statements;
    }
  };

  const std::shared_ptr<Counts> counts_;
};

}  // namespace firn::session
