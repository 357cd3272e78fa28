#include "engine/frontdoor/result_rows.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/result_testing.h"
#include "engine/frontdoor/fake_sessions_testing.h"
#include "engine/frontdoor/prepared_statements.h"
#include "wire/mysql/bytes.h"

namespace firn::frontdoor {
namespace {

using mysql::FieldType;
using rows::TypeKind;
using testing::HasValue;
using testing::IsError;

TEST(DefinitionOf, MapsTypesAsStarRocksDoes) {
  struct Case {
    TypeKind kind;
    FieldType type;
    std::uint16_t charset;
  };
  for (const Case& c : {
           Case{TypeKind::kNull, FieldType::kNull, 63}, Case{TypeKind::kBoolean, FieldType::kTiny, 63},
           Case{TypeKind::kTinyInt, FieldType::kTiny, 63}, Case{TypeKind::kSmallInt, FieldType::kShort, 63},
           Case{TypeKind::kInt, FieldType::kLong, 63}, Case{TypeKind::kBigInt, FieldType::kLongLong, 63},
           Case{TypeKind::kLargeInt, FieldType::kString, 45}, Case{TypeKind::kFloat, FieldType::kFloat, 63},
           Case{TypeKind::kDouble, FieldType::kDouble, 63}, Case{TypeKind::kDecimal, FieldType::kNewDecimal, 63},
           Case{TypeKind::kDate, FieldType::kDate, 63}, Case{TypeKind::kDateTime, FieldType::kDateTime, 63},
           Case{TypeKind::kTime, FieldType::kTime, 63}, Case{TypeKind::kVarchar, FieldType::kVarString, 45},
           Case{TypeKind::kVarbinary, FieldType::kVarString, 63}, Case{TypeKind::kJson, FieldType::kString, 45},
           Case{TypeKind::kArray, FieldType::kString, 45}, Case{TypeKind::kMap, FieldType::kString, 45},
           Case{TypeKind::kStruct, FieldType::kString, 45},
       }) {
    const auto definition = DefinitionOf({"c", {.kind = c.kind, .precision = 10, .scale = 2}});
    EXPECT_EQ(definition.type, c.type) << static_cast<int>(c.kind);
    EXPECT_EQ(definition.charset, c.charset) << static_cast<int>(c.kind);
    EXPECT_EQ(definition.decimals == 2, c.kind == TypeKind::kDecimal);
  }
}

TEST(AppendBinaryRow, MarksNullsInTheBitmap) {
  std::vector<std::int32_t> values(9, 7);
  const std::uint64_t odd = 0;
  std::vector<rows::Column> columns;
  std::vector<rows::ColumnView> views;
  for (int i = 0; i < 9; ++i) {
    columns.push_back({"c", {.kind = TypeKind::kInt}});
    views.push_back({.data = values.data(), .validity = i % 2 == 1 ? &odd : nullptr});
  }
  std::string row;
  AppendBinaryRow(row, columns, {.row_count = 1, .columns = views}, 0);
  // Columns 1, 3, 5, 7 are bits 3, 5, 7, 9.
  EXPECT_EQ(HexEncode(AsBytes(row.substr(0, 3))), "00a802");
  EXPECT_EQ(row.size(), 3U + 5 * 4);
}

TEST(AppendTextRow, FollowsSelectionAndValidity) {
  const std::vector<std::int64_t> values{10, 20, 30};
  const std::uint64_t validity = 0b101;
  const std::vector<std::uint32_t> selection{2, 1, 0};
  const std::vector<rows::Column> columns{{"c", {.kind = TypeKind::kBigInt}}};
  const std::vector<rows::ColumnView> views{
      {.data = values.data(), .validity = &validity, .selection = selection.data()}};
  std::string text;
  for (std::size_t row = 0; row < 3; ++row) AppendTextRow(text, columns, {.row_count = 3, .columns = views}, row);
  EXPECT_EQ(text, "\x02" "30" "\xFB" "\x02" "10");
}

TEST(MySqlResultSink, EndsRowsAsTheClientWants) {
  for (const std::uint32_t capabilities : {0U, std::uint32_t{mysql::kDeprecateEof}}) {
    std::string bytes;
    ResponseWriter writer(capabilities, 1, [&bytes](std::string_view more) {
      bytes += more;
      return Ok();
    });
    MySqlResultSink sink(writer, RowFormat::kText, [] { return mysql::OkPacket{.status = 2}; });
    const std::vector<rows::Column> columns{{"c", {.kind = TypeKind::kNull}}};
    const std::vector<rows::ColumnView> views{{}};
    ASSERT_THAT(sink.Begin(columns), HasValue());
    ASSERT_THAT(sink.AddBatch({.row_count = 2, .columns = views}), HasValue());
    EXPECT_FALSE(sink.answered());
    ASSERT_THAT(sink.End(), HasValue());
    EXPECT_TRUE(sink.answered());
    ASSERT_THAT(writer.Flush(), HasValue());
    mysql::MessageAssembler assembler(1000);
    assembler.ExpectSequence(1);
    assembler.Feed(bytes);
    std::string marks;
    while (true) {
      ASSERT_OK_AND_ASSIGN(const auto message, assembler.Next());
      if (!message) break;
      marks += HexEncode(AsBytes(message->substr(0, 1)));
    }
    EXPECT_EQ(marks, capabilities == 0 ? "0103fefbfbfe" : "0103fbfbfe");
  }
}

TEST(MySqlResultSink, StopsWhenTheClientIsGone) {
  ResponseWriter writer(0, 1, [](std::string_view) -> Status { return Unavailable("ConnectionClosed", "gone"); });
  MySqlResultSink sink(writer, RowFormat::kText, [] { return mysql::OkPacket(); });
  const std::vector<rows::Column> columns{{"c", {.kind = TypeKind::kVarchar}}};
  ASSERT_THAT(sink.Begin(columns), HasValue());
  const std::string text(kResultBufferBytes, 'x');
  const std::string_view value = text;
  const std::vector<rows::ColumnView> views{{.data = &value}};
  EXPECT_THAT(sink.AddBatch({.row_count = 1, .columns = views}), IsError(ErrorCode::kUnavailable));
}

TEST(PreparedStatements, BoundsLongData) {
  PreparedStatements prepared;
  prepared.Add(1, 1);
  const std::string megabyte(1U << 20U, 'x');
  for (int i = 0; i < 33; ++i) prepared.AddLongData({.statement_id = 1, .parameter_index = 0, .data = megabyte});
  std::string body("\x01\x00\x00\x00\x00\x01\x00\x00\x00\x00\x01\xFC\x00", 13);
  EXPECT_THAT(prepared.BeginExecution(body), IsError(ErrorCode::kResourceExhausted, "LongDataTooLarge"));
  prepared.AddLongData({.statement_id = 1, .parameter_index = 7, .data = "ignored"});
  prepared.AddLongData({.statement_id = 9, .parameter_index = 0, .data = "ignored"});
  prepared.AddLongData({.statement_id = 1, .parameter_index = 0, .data = "a"});
  prepared.AddLongData({.statement_id = 1, .parameter_index = 0, .data = "b"});
  ASSERT_OK_AND_ASSIGN(const auto execution, prepared.BeginExecution(body));
  EXPECT_EQ(execution.parameters.at(0).text, "ab");
  EXPECT_EQ(execution.parameters.at(0).kind, sql::LiteralKind::kBinary);
  // Used up: the value must now be in the body.
  EXPECT_THAT(prepared.BeginExecution(body), IsError(ErrorCode::kInvalidArgument, "MalformedPacket"));
  EXPECT_THAT(prepared.ResetLongData(2), IsError(ErrorCode::kNotFound, "UnknownPreparedStatement"));
  prepared.Remove(1);
  EXPECT_THAT(prepared.BeginExecution(body), IsError(ErrorCode::kNotFound, "UnknownPreparedStatement"));
}

TEST(PreparedStatements, BoundsTheirNumber) {
  PreparedStatements prepared;
  for (std::uint32_t i = 0; i < kPreparedStatementsMax; ++i) {
    ASSERT_THAT(prepared.CheckRoom(), HasValue());
    prepared.Add(i, 0);
  }
  EXPECT_THAT(prepared.CheckRoom(), IsError(ErrorCode::kResourceExhausted, "TooManyPreparedStatements"));
  prepared.Clear();
  EXPECT_THAT(prepared.CheckRoom(), HasValue());
}

TEST(ToLiteral, KeepsOutsideTextFromBeingANumber) {
  EXPECT_EQ(ToLiteral(mysql::DecimalParameter{"-1.50"}).kind, sql::LiteralKind::kDecimal);
  for (const char* text : {"", "-", "1.2.3", "1e5", "1; drop", "."}) {
    EXPECT_EQ(ToLiteral(mysql::DecimalParameter{text}).kind, sql::LiteralKind::kString) << text;
  }
  EXPECT_EQ(ToLiteral(std::int64_t{-5}).text, "-5");
  EXPECT_EQ(ToLiteral(UINT64_MAX).text, "18446744073709551615");
  EXPECT_EQ(ToLiteral(2.5).text, "2.5e+00");
  EXPECT_EQ(ToLiteral(std::monostate()).kind, sql::LiteralKind::kNull);
}

}  // namespace
}  // namespace firn::frontdoor
