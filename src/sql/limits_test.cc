#include "sql/limits.h"

#include "base/result_testing.h"
#include "sql/parser.h"
#include "sql/printer.h"

/// Texts made to exhaust a parser: each must end in one clean error, or parse, print and die
/// without deep recursion.

namespace firn::sql {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

constexpr size_t kMany = 100'000;

std::string Repeat(std::string_view text, size_t count) {
  std::string repeated;
  repeated.reserve(text.size() * count);
  for (size_t i = 0; i < count; ++i) repeated += text;
  return repeated;
}

std::string Nest(std::string_view open, std::string_view middle, std::string_view close,
                 size_t count) {
  return Repeat(open, count).append(middle).append(Repeat(close, count));
}

TEST(Limits, RefusesDeepNestingWithOneError) {
  const std::string texts[] = {
      "SELECT " + Nest("(", "1", ")", kMany),
      "SELECT " + Repeat("(", kMany),
      "SELECT " + Repeat("NOT ", kMany) + "a",
      "SELECT " + Repeat("- ", kMany) + "a",
      "SELECT " + Repeat("~", kMany) + "1",
      "SELECT " + Repeat("!", kMany) + "1",
      "SELECT " + Nest("f(", "1", ")", kMany),
      "SELECT " + Nest("[", "1", "]", kMany),
      "SELECT " + Nest("map{1:", "1", "}", kMany),
      "SELECT " + Nest("a[", "1", "]", kMany),
      "SELECT " + Nest("CASE WHEN ", "1", " THEN 1 END", kMany),
      "SELECT " + Repeat("CASE ", kMany),
      "SELECT " + Repeat("x -> ", kMany) + "x",
      "SELECT " + Repeat("(x) -> ", kMany) + "x",
      "SELECT " + Repeat("INTERVAL ", kMany) + "1",
      "SELECT " + Nest("CAST(", "1", " AS INT)", kMany),
      "SELECT CAST(1 AS " + Nest("ARRAY<", "INT", ">", kMany) + ")",
      "SELECT " + Repeat("ARRAY<", kMany),
      "SELECT " + Repeat("map<", kMany),
      "SELECT " + Nest("(SELECT ", "1", ")", kMany),
      "SELECT " + Repeat("(SELECT ", kMany),
      Nest("(", "SELECT 1", ")", kMany),
      "SELECT * FROM " + Nest("(", "t", ")", kMany),
      "SELECT * FROM " + Nest("(SELECT * FROM ", "t", ") x", kMany),
      "SELECT a IN " + Nest("(SELECT a IN ", "(1)", ")", kMany),
      "SELECT EXISTS " + Nest("(SELECT EXISTS ", "(SELECT 1)", ")", kMany),
      "WITH " + Repeat("a AS (WITH ", kMany),
      "SELECT sum(a) OVER (ORDER BY " + Repeat("sum(a) OVER (ORDER BY ", kMany),
      "SELECT " + Repeat("1 + (", kMany),
      "SELECT " + Repeat("a = 1 OR b AND NOT (", kMany),
      "INSERT INTO t VALUES (" + Nest("(", "1", ")", kMany) + ")",
  };
  for (const std::string& text : texts) {
    SCOPED_TRACE(text.substr(0, 40));
    const auto parsed = Parse(text);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_THAT(parsed, IsError(ErrorCode::kInvalidArgument, "NestingTooDeep"))
        << parsed.error().message();
    EXPECT_LT(parsed.error().message().size(), 600U);
  }
}

TEST(Limits, AllowsNestingUpToTheLimit) {
  const size_t depth = kNestingDepthMax - 8;
  const std::string texts[] = {
      "SELECT " + Nest("(", "a", ")", depth),
      "SELECT " + Nest("f(", "a", ")", depth),
      "SELECT " + Nest("1 + (", "a", ")", depth),
      "SELECT " + Nest("a = 1 OR b AND NOT (", "a", ")", depth / 2),
      "SELECT " + Nest("(SELECT ", "1", ")", depth / 2 - 4),
      "SELECT CAST(1 AS " + Nest("ARRAY<", "INT", ">", depth) + ")",
      "SELECT " + Repeat("x -> ", depth) + "x",
  };
  for (const std::string& text : texts) {
    SCOPED_TRACE(text.substr(0, 40));
    ASSERT_OK_AND_ASSIGN(const auto parsed, ParseOne(text));
    EXPECT_FALSE(Print(*parsed.statement).empty());
  }
}

TEST(Limits, KeepsLogicalChainsFlat) {
  for (const char* link : {" OR a", " AND a", " XOR a"}) {
    const size_t count = link == std::string_view(" OR a") ? kMany : kMany / 10;
    ASSERT_OK_AND_ASSIGN(const auto parsed, ParseOne("SELECT a" + Repeat(link, count)));
    const auto& query = *As<QueryStatement>(*parsed.statement).query;
    EXPECT_LT(query.height, 8U);
    EXPECT_GT(Print(query).size(), count);
  }
}

TEST(Limits, KeepsWideListsFlat) {
  const std::string texts[] = {
      "SELECT 1" + Repeat(", 1", kMany / 10),
      "SELECT a IN (1" + Repeat(", 1", kMany) + ")",
      "SELECT f(1" + Repeat(", 1", kMany / 10) + ")",
      "SELECT CASE" + Repeat(" WHEN a THEN b", kMany / 10) + " END",
      "SELECT 1" + Repeat(" UNION ALL SELECT 1", kMany / 10),
      "SELECT 1" + Repeat(" INTERSECT SELECT 1", kMany / 10),
      "SELECT * FROM t" + Repeat(", t", kMany / 10),
      "VALUES (1)" + Repeat(", (a)", kMany / 10),
      "SELECT 1 FROM t ORDER BY 1" + Repeat(", 1", kMany / 10),
  };
  for (const std::string& text : texts) {
    SCOPED_TRACE(text.substr(0, 40));
    ASSERT_OK_AND_ASSIGN(const auto parsed, ParseOne(text));
    EXPECT_GT(Print(*parsed.statement).size(), kMany / 10);
  }
}

TEST(Limits, RefusesTallChainsWithOneError) {
  const std::string texts[] = {
      "SELECT a" + Repeat(" + a", kMany),
      "SELECT a" + Repeat(" = a", kMany),
      "SELECT a" + Repeat(" IS NULL", kMany),
      "SELECT a" + Repeat(" IN (1)", kMany),
      "SELECT a" + Repeat("[1]", kMany),
      "SELECT a" + Repeat(".b", kMany),
      "SELECT a" + Repeat(" -> 'b'", kMany),
      "SELECT a" + Repeat(" COLLATE b", kMany),
      "SELECT a" + Repeat(" BETWEEN 1 AND 2", kMany),
      "SELECT a" + Repeat(" AND a OR a", kMany) + Repeat(" + a", kMany),
      "SELECT 1" + Repeat(" UNION SELECT 1 EXCEPT SELECT 1", kMany),
      "SELECT * FROM t" + Repeat(" JOIN t", kMany),
      "SELECT * FROM t" + Repeat(" LEFT JOIN t ON 1", kMany),
      // Chains in parentheses add up.
      "SELECT " + Nest("(", "a", Repeat(" + a", 100) + ")", 100),
      "SELECT " + Nest("(SELECT ", "a", Repeat(" + a", 100) + ")", 100),
  };
  for (const std::string& text : texts) {
    SCOPED_TRACE(text.substr(0, 40));
    EXPECT_THAT(Parse(text), IsError(ErrorCode::kInvalidArgument, "ExpressionTooTall"));
  }
  EXPECT_THAT(Parse("SELECT a" + Repeat(" + a", kTreeHeightMax - 8)), HasValue());
}

TEST(Limits, RefusesTooMuchText) {
  EXPECT_THAT(Parse("SELECT 12345", {.script_bytes_max = 10}),
              IsError(ErrorCode::kInvalidArgument, "StatementTooLong"));
  EXPECT_THAT(Parse("SELECT 123", {.script_bytes_max = 10}), HasValue());
  EXPECT_THAT(Parse(Repeat("COMMIT;", kStatementsMax + 1)),
              IsError(ErrorCode::kInvalidArgument, "TooManyStatements"));
  EXPECT_THAT(Parse("SELECT " + std::string(kIdentifierBytesMax + 1, 'a')),
              IsError(ErrorCode::kInvalidArgument, "SyntaxError"));
  EXPECT_THAT(Parse("SELECT a" + Repeat(".b", 3) + " FROM " + Repeat("n.", 20) + "t"),
              IsError(ErrorCode::kInvalidArgument, "SyntaxError"));
}

TEST(Limits, ShowsOnlyPartOfALongLine) {
  const auto parsed = Parse("SELECT " + Repeat("'列' , ", kMany) + " FROM");
  ASSERT_FALSE(parsed.has_value());
  EXPECT_LT(parsed.error().message().size(), 700U);
}

}  // namespace
}  // namespace firn::sql
