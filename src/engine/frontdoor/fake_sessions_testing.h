#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/frontdoor/sql_session.h"

/// Sessions that answer a few texts by heart, so that the entrances can be tested without an engine.
///
///   select 1            one row, 1            types            one row of every kind, one of NULLs
///   rows N              N rows of (i, text)   insert           4 rows affected
///   sleep               until stopped         fail CODE …      that error
///   echo TEXT           TEXT                  who              user, host and address
///   anything else       0 rows affected

namespace firn::frontdoor {

/// What the sessions of one factory have seen. Thread-safe.
struct FakeSessionLog {
  std::atomic<int> sessions_made{0};
  std::atomic<int> sessions_ended{0};
  std::atomic<int> statements_stopped{0};
  std::atomic<int> statements_running{0};
  std::atomic<int> resets{0};
};

class FakeSessions final : public SessionFactory {
 public:
  explicit FakeSessions(FakeSessionLog& log) : log_(log) {}
  std::unique_ptr<SqlSession> NewSession(session::SessionIdentity identity,
                                         std::shared_ptr<session::SessionEntry> entry) override;

 private:
  FakeSessionLog& log_;
};

/// One column's values, owning what a ColumnView borrows.
struct FakeColumn {
  rows::Column column;
  std::vector<std::byte> data;
  std::vector<std::string> texts;
  std::vector<std::string_view> views;
  std::vector<std::uint64_t> validity;

  rows::ColumnView View() const;
};

/// One column a kind, with a first row of values and a second of NULLs.
std::vector<FakeColumn> EveryKind();

}  // namespace firn::frontdoor
