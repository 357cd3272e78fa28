#include "app/answer_formats.h"

#include <gtest/gtest.h>

namespace firn::app {
namespace {

using mysql::FieldType;

SqlAnswer Mixed() {
  SqlAnswer answer;
  answer.columns = {{.name = "n", .type = FieldType::kLongLong},
                    {.name = "x, y", .type = FieldType::kDouble},
                    {.name = "d", .type = FieldType::kNewDecimal},
                    {.name = "s|t", .type = FieldType::kVarString}};
  answer.rows = {{"1", "1.5", "10.50", "say \"hi\",\n|"},
                 {std::nullopt, "NaN", std::nullopt, ""},
                 {"-7", "1e300", "0", "Z\xC3\xBCrich \xFF\x01\\"}};
  return answer;
}

TEST(AnswerFormats, Csv) {
  EXPECT_EQ(FormatCsv(Mixed()),
            "n,\"x, y\",d,s|t\n"
            "1,1.5,10.50,\"say \"\"hi\"\",\n|\"\n"
            ",NaN,,\"\"\n"
            "-7,1e300,0,Z\xC3\xBCrich \xFF\x01\\\n");
}

TEST(AnswerFormats, Json) {
  EXPECT_EQ(
      FormatJson(Mixed()),
      "[\n"
      "{\"n\": 1, \"x, y\": 1.5, \"d\": \"10.50\", \"s|t\": \"say \\\"hi\\\",\\u000a|\"},\n"
      "{\"n\": null, \"x, y\": \"NaN\", \"d\": null, \"s|t\": \"\"},\n"
      "{\"n\": -7, \"x, y\": 1e300, \"d\": \"0\", \"s|t\": \"Z\xC3\xBCrich \\ufffd\\u0001\\\\\"}\n"
      "]\n");
}

TEST(AnswerFormats, JsonTakesNoBrokenUtf8) {
  SqlAnswer answer;
  answer.columns = {{.name = "s", .type = FieldType::kVarString}};
  for (const std::string broken : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                   "\xF0\x9F\x98", "\x80", "\xFE"}) {
    answer.rows = {{broken}};
    const std::string text = FormatJson(answer);
    EXPECT_EQ(text.find_first_of(broken), std::string::npos) << text;
    EXPECT_NE(text.find("\\ufffd"), std::string::npos) << text;
  }
}

TEST(AnswerFormats, Markdown) {
  EXPECT_EQ(FormatMarkdown(Mixed()),
            "| n | x, y | d | s\\|t |\n"
            "| --- | --- | --- | --- |\n"
            "| 1 | 1.5 | 10.50 | say \"hi\",<br>\\| |\n"
            "| NULL | NaN | NULL |  |\n"
            "| -7 | 1e300 | 0 | Z\xC3\xBCrich \xFF\x01\\ |\n");
}

TEST(AnswerFormats, AnAnswerWithoutRowsKeepsItsHeading) {
  SqlAnswer answer = Mixed();
  answer.rows.clear();
  EXPECT_EQ(FormatCsv(answer), "n,\"x, y\",d,s|t\n");
  EXPECT_EQ(FormatJson(answer), "[]\n");
  EXPECT_EQ(FormatMarkdown(answer), "| n | x, y | d | s\\|t |\n| --- | --- | --- | --- |\n");
}

TEST(AnswerFormats, AStatementWithoutColumnsPrintsNothing) {
  const SqlAnswer done{.affected_rows = 3};
  EXPECT_EQ(FormatCsv(done) + FormatJson(done) + FormatMarkdown(done), "");
}

TEST(AnswerFormats, Names) {
  EXPECT_EQ(AnswerFormatNamed("json"), AnswerFormat::kJson);
  for (const char* name : {"", "JSON", "xml", "tables"})
    EXPECT_FALSE(AnswerFormatNamed(name).has_value());
}

}  // namespace
}  // namespace firn::app
