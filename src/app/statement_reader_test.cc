#include "app/statement_reader.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace firn::app {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Read(std::string_view text) {
  StatementReader reader;
  std::vector<std::string> statements;
  EXPECT_TRUE(reader.Feed(text).has_value());
  while (auto statement = reader.Next()) statements.push_back(statement->sql);
  if (auto rest = reader.Finish()) statements.push_back(rest->sql);
  return statements;
}

TEST(StatementReader, CutsOutsideOfQuotesAndComments) {
  EXPECT_THAT(Read("select 1; select 2"), ElementsAre("select 1", "select 2"));
  EXPECT_THAT(Read(";; ;select 1;;"), ElementsAre("select 1"));
  EXPECT_THAT(Read("select ';', \";\", `;`;x"), ElementsAre("select ';', \";\", `;`", "x"));
  EXPECT_THAT(Read(R"(select 'it\'s;';x)"), ElementsAre(R"(select 'it\'s;')", "x"));
  EXPECT_THAT(Read("select 'it''s;';x"), ElementsAre("select 'it''s;'", "x"));
  EXPECT_THAT(Read("select 1 -- a; b\n+1;x"), ElementsAre("select 1 -- a; b\n+1", "x"));
  EXPECT_THAT(Read("select 5--1;x"), ElementsAre("select 5--1", "x"));
  EXPECT_THAT(Read("/* a; */ select 1;x"), ElementsAre("/* a; */ select 1", "x"));
  EXPECT_THAT(Read("select 1\\gx\\Gy"), ElementsAre("select 1", "x", "y"));
  EXPECT_THAT(Read("  \n "), ElementsAre());
}

TEST(StatementReader, CutsTheSameByPieces) {
  const std::string text = "select ';'; -- x;\n/* ; */ select `;`\\G select \"\\\";\"; z";
  std::vector<std::string> statements;
  StatementReader reader;
  for (const char c : text) {
    ASSERT_TRUE(reader.Feed(std::string_view(&c, 1)).has_value());
    while (auto statement = reader.Next()) statements.push_back(statement->sql);
  }
  EXPECT_THAT(statements, ElementsAre("select ';'", "-- x;\n/* ; */ select `;`", "select \"\\\";\""));
}

TEST(StatementReader, ShowsWhereItStands) {
  StatementReader reader;
  EXPECT_TRUE(reader.empty());
  ASSERT_TRUE(reader.Feed("select 'a\n").has_value());
  EXPECT_FALSE(reader.Next().has_value());
  EXPECT_EQ(reader.ContinuationPrompt(), "    '> ");
  ASSERT_TRUE(reader.Feed("b' /* c\n").has_value());
  EXPECT_FALSE(reader.Next().has_value());
  EXPECT_EQ(reader.ContinuationPrompt(), "    /*> ");
  reader.Clear();
  EXPECT_TRUE(reader.empty());
  EXPECT_EQ(reader.ContinuationPrompt(), "    -> ");
}

}  // namespace
}  // namespace firn::app
