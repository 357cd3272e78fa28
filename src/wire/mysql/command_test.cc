#include "wire/mysql/command.h"

#include <gtest/gtest.h>

#include "base/result_testing.h"
#include "wire/mysql/bytes.h"

namespace firn::mysql {
namespace {

using testing::HasValue;
using testing::IsError;

// COM_STMT_EXECUTE of statement 1 with these types and values.
std::string ExecuteBody(std::string_view nulls, std::string_view types, std::string_view values, bool binds = true) {
  std::string body;
  AppendInt4(body, 1);
  AppendInt1(body, 0);
  AppendInt4(body, 1);
  body += nulls;
  AppendInt1(body, binds ? 1 : 0);
  body += types;
  body += values;
  return body;
}

TEST(DecodeExecute, ReadsEveryType) {
  struct Case {
    FieldType type;
    std::uint8_t flags;
    std::string bytes;
    std::string expected;
  };
  const std::string date("\x04\xE8\x07\x02\x1D", 5);
  const std::string moment("\x0B\xE8\x07\x01\x01\x0A\x00\x00\x01\x00\x00\x00", 12);
  const std::string time("\x08\x01\x01\x00\x00\x00\x02\x03\x04", 9);
  const std::vector<Case> cases{
      {FieldType::kTiny, 0, "\xFF", "i-1"},
      {FieldType::kTiny, 0x80, "\xFF", "u255"},
      {FieldType::kShort, 0, std::string("\x00\x80", 2), "i-32768"},
      {FieldType::kLong, 0, std::string("\xFF\xFF\xFF\xFF", 4), "i-1"},
      {FieldType::kLongLong, 0x80, std::string(8, '\xFF'), "u18446744073709551615"},
      {FieldType::kFloat, 0, std::string("\x00\x00\x80\x3F", 4), "f1"},
      {FieldType::kDouble, 0, std::string("\x00\x00\x00\x00\x00\x00\xF0\x3F", 8), "d1"},
      {FieldType::kNewDecimal, 0, "\x04" "1.50", "n1.50"},
      {FieldType::kVarString, 0, "\x02" "hi", "thi"},
      {FieldType::kBlob, 0, "\x02" "hi", "bhi"},
      {FieldType::kDate, 0, date, "2024-02-29"},
      {FieldType::kDateTime, 0, moment, "2024-01-01 10:00:00.000001"},
      {FieldType::kDateTime, 0, std::string("\x00", 1), "0000-00-00 00:00:00"},
      {FieldType::kTime, 0, time, "-26:03:04"},
      {FieldType::kNull, 0, "", "NULL"},
  };
  struct Printer {
    std::string operator()(std::monostate) const { return "NULL"; }
    std::string operator()(std::int64_t value) const { return "i" + std::to_string(value); }
    std::string operator()(std::uint64_t value) const { return "u" + std::to_string(value); }
    std::string operator()(float value) const { return "f" + std::to_string(static_cast<int>(value)); }
    std::string operator()(double value) const { return "d" + std::to_string(static_cast<int>(value)); }
    std::string operator()(const DecimalParameter& value) const { return "n" + value.digits; }
    std::string operator()(const TextParameter& value) const { return (value.binary ? "b" : "t") + value.text; }
    std::string operator()(const DateTimeParameter& value) const { return PrintParameter(value); }
    std::string operator()(const TimeParameter& value) const { return PrintParameter(value); }
  };
  for (const Case& c : cases) {
    const std::string type{static_cast<char>(c.type), static_cast<char>(c.flags)};
    const std::string body = ExecuteBody(std::string(1, '\0'), type, c.bytes);
    std::vector<ParameterType> types;
    ASSERT_OK_AND_ASSIGN(const auto request, DecodeExecute(body, 1, types, {}));
    EXPECT_EQ(std::visit(Printer(), request.parameters.at(0)), c.expected);
    // Bound types are kept for the next execution.
    const std::string again = ExecuteBody(std::string(1, '\0'), "", c.bytes, false);
    EXPECT_THAT(DecodeExecute(again, 1, types, {}), HasValue());
    for (std::size_t size = 0; size < body.size(); ++size) {
      std::vector<ParameterType> fresh;
      EXPECT_FALSE(DecodeExecute(std::string_view(body).substr(0, size), 1, fresh, {}).has_value()) << c.expected << size;
    }
  }
}

TEST(DecodeExecute, RefusesWhatWasNeverBound) {
  std::vector<ParameterType> types;
  EXPECT_THAT(DecodeExecute(ExecuteBody(std::string(1, '\0'), "", "x", false), 1, types, {}),
              IsError(ErrorCode::kInvalidArgument, "UnboundParameters"));
  EXPECT_THAT(DecodeExecute(ExecuteBody(std::string(1, '\0'), std::string("\x10\x00", 2), "x"), 1, types, {}),
              IsError(ErrorCode::kUnsupported, "ParameterType"));
  EXPECT_THAT(DecodeExecute(ExecuteBody("", "", ""), 65535, types, {}),
              IsError(ErrorCode::kInvalidArgument, "MalformedPacket"));
}

TEST(DecodeExecute, PrefersLongData) {
  std::vector<ParameterType> types;
  const std::vector<std::optional<std::string>> long_data{"long"};
  ASSERT_OK_AND_ASSIGN(const auto request,
                       DecodeExecute(ExecuteBody(std::string(1, '\0'), std::string("\xFC\x00", 2), ""), 1, types, long_data));
  EXPECT_EQ(std::get<TextParameter>(request.parameters.at(0)).text, "long");
  EXPECT_TRUE(std::get<TextParameter>(request.parameters.at(0)).binary);
}

TEST(DecodeCommand, ReadsBodies) {
  EXPECT_THAT(DecodeCommand(""), IsError(ErrorCode::kInvalidArgument));
  ASSERT_OK_AND_ASSIGN(const auto command, DecodeCommand("\x03select 1"));
  EXPECT_EQ(command.code, 3);
  EXPECT_EQ(command.body, "select 1");
  ASSERT_OK_AND_ASSIGN(const auto fields, DecodeFieldList(std::string_view("t\0c%", 4)));
  EXPECT_EQ(fields.table, "t");
  EXPECT_EQ(fields.pattern, "c%");
  EXPECT_THAT(DecodeFieldList("t"), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(DecodeLongData("12345"), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(DecodeId("123"), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(DecodeSetOption("1"), IsError(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace firn::mysql
