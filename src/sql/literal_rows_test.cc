#include "base/result_testing.h"
#include "sql/parser.h"

namespace firn::sql {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

const LiteralRows* RowsOf(const ParsedStatement& parsed) {
  return std::get_if<LiteralRows>(&As<InsertStatement>(*parsed.statement).source);
}

struct CellCase {
  const char* text;
  LiteralKind kind;
  std::string value;
  bool boolean = false;
};

TEST(LiteralRows, HoldEveryKindOfConstant) {
  const CellCase cases[] = {
      {"NULL", LiteralKind::kNull, ""},
      {"null", LiteralKind::kNull, ""},
      {"DEFAULT", LiteralKind::kDefault, ""},
      {"TRUE", LiteralKind::kBoolean, "", true},
      {"false", LiteralKind::kBoolean, "", false},
      {"0", LiteralKind::kInteger, "0"},
      {"-5", LiteralKind::kInteger, "-5"},
      {"- 5", LiteralKind::kInteger, "-5"},
      {"-/* c */5", LiteralKind::kInteger, "-5"},
      {"+5", LiteralKind::kInteger, "5"},
      {"170141183460469231731687303715884105727", LiteralKind::kInteger,
       "170141183460469231731687303715884105727"},
      {"1.50", LiteralKind::kDecimal, "1.50"},
      {"-.5", LiteralKind::kDecimal, "-.5"},
      {"1.", LiteralKind::kDecimal, "1."},
      {"1e3", LiteralKind::kDouble, "1e3"},
      {"-1.5E-3", LiteralKind::kDouble, "-1.5E-3"},
      {"'abc'", LiteralKind::kString, "abc"},
      {"\"abc\"", LiteralKind::kString, "abc"},
      {"''", LiteralKind::kString, ""},
      {"'it''s'", LiteralKind::kString, "it's"},
      {R"('a\'b\\c\n')", LiteralKind::kString, "a'b\\c\n"},
      {R"("say ""hi""")", LiteralKind::kString, "say \"hi\""},
      {"'a),(b'", LiteralKind::kString, "a),(b"},
      {"'中文'", LiteralKind::kString, "中文"},
      {"X'00ff'", LiteralKind::kBinary, std::string("\0\xFF", 2)},
      {"DATE '2024-01-01'", LiteralKind::kDate, "2024-01-01"},
      {"DATETIME \"2024-01-01 00:00:00\"", LiteralKind::kDateTime, "2024-01-01 00:00:00"},
      {"timestamp'2024-01-01'", LiteralKind::kDateTime, "2024-01-01"},
  };
  for (const CellCase& c : cases) {
    SCOPED_TRACE(c.text);
    ASSERT_OK_AND_ASSIGN(const auto parsed,
                         ParseOne(std::string("INSERT INTO t VALUES (") + c.text + ")"));
    const LiteralRows* rows = RowsOf(parsed);
    ASSERT_NE(rows, nullptr);
    ASSERT_EQ(rows->row_count(), 1U);
    const LiteralCell& cell = rows->cell(0, 0);
    EXPECT_EQ(cell.kind(), c.kind);
    EXPECT_EQ(cell.text(), c.value);
    EXPECT_EQ(cell.boolean(), c.boolean);
  }
}

TEST(LiteralRows, KeepRowsAndColumnsInOrder) {
  ASSERT_OK_AND_ASSIGN(
      const auto parsed,
      ParseOne("INSERT INTO t (a, b) VALUES\n (1, 'x') , -- first\n (2,'y'),(3,NULL)  "));
  const LiteralRows* rows = RowsOf(parsed);
  ASSERT_NE(rows, nullptr);
  EXPECT_EQ(rows->row_count(), 3U);
  EXPECT_EQ(rows->column_count(), 2U);
  EXPECT_EQ(rows->cell(1, 0).text(), "2");
  EXPECT_EQ(rows->cell(1, 1).text(), "y");
  EXPECT_EQ(rows->cell(2, 1).kind(), LiteralKind::kNull);
  EXPECT_EQ(parsed.text().back(), ')');
}

TEST(LiteralRows, OutliveTheCallersText) {
  auto text = std::make_unique<std::string>(
      "INSERT INTO t VALUES ('a long enough string to live on the heap', 'it''s', -7)");
  ASSERT_OK_AND_ASSIGN(ParsedStatement parsed, ParseOne(*text));
  text.reset();
  const std::shared_ptr<const Statement> statement = parsed.statement;
  parsed = ParsedStatement();
  const auto& rows = std::get<LiteralRows>(As<InsertStatement>(*statement).source);
  EXPECT_EQ(rows.cell(0, 0).text(), "a long enough string to live on the heap");
  EXPECT_EQ(rows.cell(0, 1).text(), "it's");
  EXPECT_EQ(rows.cell(0, 2).text(), "-7");
}

TEST(LiteralRows, GiveWayToExpressions) {
  const char* texts[] = {
      "INSERT INTO t VALUES (1 + 1)",
      "INSERT INTO t VALUES (1), (now())",
      "INSERT INTO t VALUES (?)",
      "INSERT INTO t VALUES (@a)",
      "INSERT INTO t VALUES ((1))",
      "INSERT INTO t VALUES ([1])",
      "INSERT INTO t VALUES (- - 1)",
      "INSERT INTO t VALUES (1), ROW (2)",
      "INSERT INTO t VALUES ('a' || 'b')",
      "INSERT INTO t VALUES (date)",
      "INSERT INTO t VALUES (1e)",
      "INSERT INTO t VALUES (CAST('1' AS INT))",
      "INSERT INTO t VALUES (NOT TRUE)",
      "INSERT INTO t VALUES (\"a\" = 'b')",
      "INSERT INTO t SELECT 1",
  };
  for (const char* text : texts) {
    SCOPED_TRACE(text);
    const auto parsed = ParseOne(text);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message();
    EXPECT_EQ(RowsOf(*parsed), nullptr);
  }
}

TEST(LiteralRows, NameTheRowOfAnotherWidth) {
  const auto narrow = Parse("INSERT INTO t VALUES (1, 2), (3, 4), (5)");
  ASSERT_THAT(narrow, IsError(ErrorCode::kInvalidArgument, "RowWidthMismatch"));
  EXPECT_EQ(narrow.error().message(), "Row 3 of VALUES has 1 value, but the first row has 2");
  const auto wide = Parse("INSERT INTO t VALUES (1, now()), (3, 4, 5)");
  ASSERT_THAT(wide, IsError(ErrorCode::kInvalidArgument, "RowWidthMismatch"));
  EXPECT_EQ(wide.error().message(), "Row 2 of VALUES has 3 values, but the first row has 2");
}

TEST(LiteralRows, RefuseWhatIsNoRow) {
  const char* texts[] = {
      "INSERT INTO t VALUES",          "INSERT INTO t VALUES (",
      "INSERT INTO t VALUES ()",       "INSERT INTO t VALUES (1",
      "INSERT INTO t VALUES (1,)",     "INSERT INTO t VALUES (1),",
      "INSERT INTO t VALUES (1) (2)",  "INSERT INTO t VALUES (1) x",
      "INSERT INTO t VALUES ('a)",     "INSERT INTO t VALUES (X'1')",
      "INSERT INTO t VALUES (1 2)",    "INSERT INTO t VALUES (-)",
      "INSERT INTO t VALUES (1.2.3)",  "INSERT INTO t VALUES (DATE)x",
      "INSERT INTO t VALUES (1, , 2)",
  };
  for (const char* text : texts) {
    EXPECT_THAT(Parse(text), IsError(ErrorCode::kInvalidArgument, "SyntaxError")) << text;
  }
}

TEST(LiteralRows, EndWhereTheStatementEnds) {
  ASSERT_OK_AND_ASSIGN(const auto statements, Parse("INSERT INTO t VALUES (1),\n(2); SELECT 表"));
  ASSERT_EQ(statements.size(), 2U);
  EXPECT_EQ(statements[1].statement->position.line, 2U);
  EXPECT_EQ(statements[1].statement->position.column, 5U);
}

TEST(LiteralRows, ReadAHundredThousandRows) {
  std::string text = "INSERT INTO t VALUES ";
  for (int row = 0; row < 100'000; ++row) {
    if (row > 0) text += ", ";
    text += "(" + std::to_string(row) +
            ", 1.5, 'some text that is neither short nor long, and a bit more of it', NULL, -7)";
  }
  ASSERT_OK_AND_ASSIGN(const auto parsed, ParseOne(text));
  const LiteralRows* rows = RowsOf(parsed);
  ASSERT_NE(rows, nullptr);
  EXPECT_EQ(rows->row_count(), 100'000U);
  EXPECT_EQ(rows->column_count(), 5U);
  EXPECT_EQ(rows->cell(99'999, 0).text(), "99999");
}

TEST(Literal, ShowsTheShapeOfDecimals) {
  struct Case {
    const char* text;
    uint32_t precision;
    uint32_t scale;
  };
  for (const Case& c : {Case{"1.5", 2, 1},
                        {"-012.50", 4, 2},
                        {".05", 2, 2},
                        {"0.05", 2, 2},
                        {"1.", 1, 0},
                        {"0", 1, 0},
                        {"100", 3, 0},
                        {"0.0", 1, 1}}) {
    EXPECT_EQ(ShapeOfDecimal(c.text).precision, c.precision) << c.text;
    EXPECT_EQ(ShapeOfDecimal(c.text).scale, c.scale) << c.text;
  }
}

TEST(Literal, GivesIntegersThatFit) {
  EXPECT_EQ(Literal::Integer(-5).Int64(), -5);
  EXPECT_EQ(Literal::Boolean(true).Int64(), 1);
  EXPECT_EQ((Literal{LiteralKind::kInteger, false, "-9223372036854775808"}).Int64(), INT64_MIN);
  EXPECT_FALSE((Literal{LiteralKind::kInteger, false, "9223372036854775808"}).Int64());
  EXPECT_FALSE(Literal::String("5").Int64());
}

}  // namespace
}  // namespace firn::sql
