#include "engine/session/statement_log.h"

#include <filesystem>

#include "base/durable_file.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/result_testing.h"
#include "engine/session/access_limits.h"
#include "engine/session/user_load.h"

namespace firn::session {
namespace {

using testing::HasValue;
using testing::IsError;

class StatementLogTest : public ::testing::Test {
 protected:
  ~StatementLogTest() override { std::filesystem::remove_all(folder_); }

  const std::filesystem::path folder_ = [] {
    std::string pattern = std::filesystem::temp_directory_path() / "firn-log-XXXXXX";
    return std::filesystem::path(::mkdtemp(pattern.data()));
  }();
};

TEST_F(StatementLogTest, WritesOneObjectALineWhateverTheTextHolds) {
  ASSERT_OK_AND_ASSIGN(const auto log, StatementLog::Open(folder_));
  log->Record({.user = "ann", .state = "ERR", .error_code = "AccessDenied", .text = "a\n\"b\"\n{"});
  log->Record({.user = "ann", .state = "EOF", .returned_rows = 7, .text = "SELECT 1"});
  ASSERT_OK_AND_ASSIGN(const std::string text,
                       ReadWholeFile(folder_ / "fe.audit.log", std::size_t{1} << 20));
  const auto lines = Split(text, '\n');
  ASSERT_EQ(lines.size(), 3U);  // The last one is empty.
  ASSERT_OK_AND_ASSIGN(const json::value first, ParseJson(lines[0]));
  EXPECT_EQ(first.at("Stmt").as_string(), "a\n\"b\"\n{");
  EXPECT_EQ(first.at("ErrorCode").as_string(), "AccessDenied");
  ASSERT_OK_AND_ASSIGN(const json::value second, ParseJson(lines[1]));
  EXPECT_EQ(second.at("ReturnRows").to_number<int>(), 7);
}

TEST_F(StatementLogTest, RotatesAndGoesOnWhereItWasAfterAStart) {
  const std::string text(kLoggedTextBytesMax, 'x');
  const std::size_t lines = kStatementLogBytesMax / kLoggedTextBytesMax + 10;
  {
    ASSERT_OK_AND_ASSIGN(const auto log, StatementLog::Open(folder_));
    for (std::size_t i = 0; i < lines; ++i) log->Record({.text = text});
  }
  EXPECT_LE(std::filesystem::file_size(folder_ / "fe.audit.1.log"), kStatementLogBytesMax);
  EXPECT_GT(std::filesystem::file_size(folder_ / "fe.audit.1.log"), kStatementLogBytesMax / 2);
  const auto before = std::filesystem::file_size(folder_ / "fe.audit.log");
  EXPECT_LT(before, kStatementLogBytesMax / 2);
  ASSERT_OK_AND_ASSIGN(const auto again, StatementLog::Open(folder_));
  again->Record({.text = "more"});
  EXPECT_GT(std::filesystem::file_size(folder_ / "fe.audit.log"), before);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "fe.audit.2.log"));
}

TEST(UserLoadTest, CountsEachUserAndKindAloneUntilTheTurnEnds) {
  UserLoad load;
  const AccountName ann{.user = "ann"};
  const AccountName bob{.user = "bob"};
  using Kind = UserLoad::Kind;
  {
    ASSERT_OK_AND_ASSIGN(auto first, load.Begin(Kind::kStatement, ann, 1));
    EXPECT_THAT(load.Begin(Kind::kStatement, ann, 1),
                IsError(ErrorCode::kResourceExhausted, "TooManyUserStatements"));
    EXPECT_THAT(load.Begin(Kind::kConnection, ann, 1), HasValue());
    EXPECT_THAT(load.Begin(Kind::kStatement, bob, 1), HasValue());
    EXPECT_THAT(load.Begin(Kind::kStatement, {.user = "ann", .host = "10.%"}, 1), HasValue());
    UserLoad::Turn moved = std::move(first);
    EXPECT_THAT(load.Begin(Kind::kStatement, ann, 1), IsError(ErrorCode::kResourceExhausted));
    EXPECT_THAT(load.Begin(Kind::kStatement, ann, std::nullopt), HasValue());
  }
  EXPECT_THAT(load.Begin(Kind::kStatement, ann, 1), HasValue());
  ASSERT_OK_AND_ASSIGN(const auto connection, load.Begin(Kind::kConnection, ann, 1));
  EXPECT_THAT(load.Begin(Kind::kConnection, ann, 1),
              IsError(ErrorCode::kResourceExhausted, "TooManyUserConnections"));
}

}  // namespace
}  // namespace firn::session
