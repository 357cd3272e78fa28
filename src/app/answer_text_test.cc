#include "app/answer_text.h"

#include <gtest/gtest.h>

namespace firn::app {
namespace {

using mysql::FieldType;

SqlAnswer Taxis() {
  SqlAnswer answer;
  answer.columns = {{.name = "trip_id", .type = FieldType::kLongLong},
                    {.name = "trip_distance", .type = FieldType::kFloat},
                    {.name = "store_and_fwd_flag", .type = FieldType::kVarString}};
  answer.rows = {{"1000371", "1.8", "N"}, {"1000374", std::nullopt, std::nullopt}};
  return answer;
}

TEST(AnswerText, DrawsTheMySqlClientsBox) {
  EXPECT_EQ(Taxis().Print(),
            "+---------+---------------+--------------------+\n"
            "| trip_id | trip_distance | store_and_fwd_flag |\n"
            "+---------+---------------+--------------------+\n"
            "| 1000371 |           1.8 | N                  |\n"
            "| 1000374 |          NULL | NULL               |\n"
            "+---------+---------------+--------------------+\n"
            "2 rows in set");
}

TEST(AnswerText, LeavesRoomForNull) {
  SqlAnswer answer;
  answer.columns = {{.name = "1", .type = FieldType::kLong}};
  answer.rows = {{"1"}};
  EXPECT_EQ(answer.Print(), "+------+\n| 1    |\n+------+\n|    1 |\n+------+\n1 row in set");
}

TEST(AnswerText, CountsCells) {
  EXPECT_EQ(CellCount("héllo"), 5U);
  EXPECT_EQ(CellCount("表格"), 4U);
  EXPECT_EQ(CellCount("e\xCC\x81"), 1U);
  EXPECT_EQ(CellCount("\xFF\xE8"), 2U);
}

TEST(AnswerText, SaysWhatHappenedWithoutRows) {
  SqlAnswer answer;
  EXPECT_EQ(answer.Print(), "Query OK, 0 rows affected");
  answer.affected_rows = 1;
  answer.warning_count = 1;
  EXPECT_EQ(answer.Print(), "Query OK, 1 row affected, 1 warning");
  answer.info = "{'label':'x'}";
  EXPECT_EQ(answer.Print(), "Query OK, 1 row affected, 1 warning\n{'label':'x'}");
  answer = {.changed_database = true};
  EXPECT_EQ(answer.Print(), "Database changed");
  answer = Taxis();
  answer.rows.clear();
  EXPECT_EQ(answer.Print(), "Empty set");
  EXPECT_EQ(answer.PrintBatch(), "");
}

TEST(AnswerText, EscapesInBatchMode) {
  SqlAnswer answer;
  answer.columns = {{.name = "a"}, {.name = "b"}};
  answer.rows = {{"x\ty\nz\\", std::nullopt}};
  EXPECT_EQ(answer.PrintBatch(), "a\tb\nx\\ty\\nz\\\\\tNULL\n");
}

TEST(AnswerText, PrintsOneColumnALine) {
  SqlAnswer answer = Taxis();
  answer.rows.pop_back();
  EXPECT_EQ(FormatVertical(answer),
            "*************************** 1. row ***************************\n"
            "           trip_id: 1000371\n"
            "     trip_distance: 1.8\n"
            "store_and_fwd_flag: N\n");
}

}  // namespace
}  // namespace firn::app
