#include "engine/session/session_registry.h"

#include <gtest/gtest.h>

#include "base/result_testing.h"
#include "engine/session/access_limits.h"

namespace firn::session {
namespace {

using testing::HasValue;
using testing::IsError;

class SessionRegistryTest : public ::testing::Test {
 protected:
  std::shared_ptr<SessionEntry> Register(const std::string& user, int* kills = nullptr) {
    return registry_.Register(registry_.NextConnectionId(), {.user = user, .client_address = "127.0.0.1:1"},
                              [kills] {
                                if (kills != nullptr) ++*kills;
                              });
  }

  ManualClock clock_{WallTime()};
  SessionRegistry registry_{clock_};
};

TEST_F(SessionRegistryTest, ListsWhatEachDoes) {
  const auto first = Register("ann");
  auto second = Register("bob");
  EXPECT_EQ(first->connection_id(), 1U);
  first->SetDatabase("lake", "db");
  first->BeginStatement("Query", "select 1", "id-1");
  clock_.Advance(std::chrono::seconds(5));
  const auto rows = registry_.List();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].facts.user, "ann");
  EXPECT_EQ(rows[0].catalog, "lake");
  EXPECT_EQ(rows[0].command, "Query");
  EXPECT_EQ(rows[0].state, "RUNNING");
  EXPECT_EQ(rows[0].current_sql, "select 1");
  EXPECT_EQ(rows[0].query_id, "id-1");
  EXPECT_EQ(rows[0].seconds_in_state, 5);
  EXPECT_EQ(rows[1].command, "Sleep");
  first->EndStatement(false);
  EXPECT_EQ(registry_.List()[0].state, "ERR");
  EXPECT_EQ(registry_.List()[0].current_sql, "");
  second.reset();
  EXPECT_EQ(registry_.connection_count(), 1U);
}

TEST_F(SessionRegistryTest, CutsLongStatements) {
  const auto entry = Register("ann");
  entry->BeginStatement("Query", std::string(1U << 20U, 'x'), "");
  EXPECT_EQ(registry_.List()[0].current_sql.size(), kProcessSqlBytesMax);
}

TEST_F(SessionRegistryTest, KillsQueries) {
  int kills = 0;
  const auto entry = Register("ann", &kills);
  std::stop_token token = entry->BeginStatement("Query", "select 1", "id-1");
  EXPECT_THAT(registry_.Kill(entry->connection_id(), KillKind::kQuery, {.user = "ann"}), HasValue());
  EXPECT_TRUE(token.stop_requested());
  EXPECT_TRUE(entry->statement_killed());
  EXPECT_FALSE(entry->connection_killed());
  EXPECT_EQ(kills, 0);
  token = entry->BeginStatement("Query", "select 2", "id-2");
  EXPECT_FALSE(token.stop_requested());
  EXPECT_FALSE(entry->statement_killed());
  EXPECT_THAT(registry_.KillQueryId("id-2", {.user = "root", .may_all = true}), HasValue());
  EXPECT_TRUE(token.stop_requested());
}

TEST_F(SessionRegistryTest, KillsConnections) {
  int kills = 0;
  const auto entry = Register("ann", &kills);
  EXPECT_THAT(registry_.Kill(entry->connection_id(), KillKind::kConnection, {.user = "root", .may_all = true}), HasValue());
  EXPECT_EQ(kills, 1);
  EXPECT_TRUE(entry->connection_killed());
  EXPECT_TRUE(entry->BeginStatement("Query", "x", "").stop_requested());
}

TEST_F(SessionRegistryTest, RefusesOthersKills) {
  const auto entry = Register("ann");
  const std::stop_token token = entry->BeginStatement("Query", "x", "id");
  EXPECT_THAT(registry_.Kill(entry->connection_id(), KillKind::kQuery, {.user = "bob"}), IsError(ErrorCode::kPermissionDenied, "NotOwner"));
  EXPECT_THAT(registry_.KillQueryId("id", {.user = "bob"}), IsError(ErrorCode::kPermissionDenied, "NotOwner"));
  EXPECT_THAT(registry_.Kill(99, KillKind::kQuery, {.user = "root", .may_all = true}), IsError(ErrorCode::kNotFound, "UnknownThread"));
  EXPECT_THAT(registry_.KillQueryId("", {.user = "root", .may_all = true}), IsError(ErrorCode::kNotFound, "UnknownThread"));
  EXPECT_THAT(registry_.KillQueryId("other", {.user = "root", .may_all = true}), IsError(ErrorCode::kNotFound, "UnknownThread"));
  EXPECT_FALSE(token.stop_requested());
}

TEST_F(SessionRegistryTest, StopsForTheClientWithoutCallingItAKill) {
  const auto entry = Register("ann");
  const std::stop_token token = entry->BeginStatement("Query", "x", "id");
  entry->CancelStatement();
  EXPECT_TRUE(token.stop_requested());
  EXPECT_FALSE(entry->statement_killed());
  entry->EndStatement(false);
  entry->CancelStatement();
}

}  // namespace
}  // namespace firn::session
