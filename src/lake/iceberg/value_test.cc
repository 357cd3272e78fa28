#include "lake/iceberg/value.h"

#include <cmath>

#include "base/encoding.h"
#include "base/result_testing.h"
#include "lake/iceberg/calendar_internal.h"
#include "lake/iceberg/golden_testing.h"

namespace firn::iceberg {
namespace {

using ::firn::testing::IsError;

Type TypeOf(std::string_view text) { return *ParsePrimitiveType(text); }

TEST(Values, SerialiseAsTheSpecificationsExamples) {
  for (const auto& row : testing::ReadGoldenRows("values.txt")) {
    const Type type = TypeOf(row[0]);
    ASSERT_OK_AND_ASSIGN(const Literal literal, LiteralFromJson(*ParseJson(row[1]), type));
    EXPECT_EQ(HexEncode(AsBytes(ToBinary(literal))), row[2]) << row[0] << " " << row[1];
    EXPECT_EQ(LiteralFromJson(ToJson(literal), type).value(), literal) << row[0] << " " << row[1];
    ASSERT_OK_AND_ASSIGN(const Literal again, LiteralFromBinary(*HexDecode(row[2]), type));
    EXPECT_EQ(again, literal) << row[0] << " " << row[1];
  }
}

TEST(Values, JsonFormsPrintAsGiven) {
  for (const auto& [type, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"decimal(9, 2)", "14.20"},
           {"decimal(9, 2)", "-0.01"},
           {"date", "0001-01-01"},
           {"date", "-0044-03-15"},
           {"date", "+10000-01-01"},
           {"time", "00:00:00"},
           {"time", "23:59:59.000001"},
           {"timestamp", "2017-11-16T22:31:08"},
           {"timestamp_ns", "2017-11-16T22:31:08.000001001"},
           {"timestamptz", "1969-12-31T23:59:59.5+00:00"},
           {"uuid", "f79c3e09-677c-4bbd-a479-3f349cb785e7"}}) {
    ASSERT_OK_AND_ASSIGN(const Literal literal, LiteralFromJson(json::value(text), TypeOf(type)));
    EXPECT_EQ(std::string(ToJson(literal).as_string()), text);
  }
}

TEST(Values, RefusesJsonOfAnotherType) {
  for (const auto& [type, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"boolean", "1"},
           {"int", "2147483648"},
           {"int", "1.5"},
           {"int", "\"1\""},
           {"long", "9223372036854775808"},
           {"float", "1e39"},
           {"double", "\"1\""},
           {"decimal(4, 2)", "\"100.00\""},
           {"decimal(4, 2)", "\"1.234\""},
           {"decimal(4, 2)", "\"1,2\""},
           {"decimal(4, 2)", "\"\""},
           {"decimal(4, 2)", "12"},
           {"date", "\"2017-02-29\""},
           {"date", "\"2017-13-01\""},
           {"date", "\"2017-1-1\""},
           {"date", "\"20171116\""},
           {"date", "\"999999999-01-01\""},
           {"time", "\"24:00:00\""},
           {"time", "\"22:31:08.1234567\""},
           {"time", "\"22:31:08.\""},
           {"time", "\"22\""},
           {"timestamp", "\"2017-11-16\""},
           {"timestamp", "\"2017-11-16T22:31:08Z\""},
           {"timestamptz", "\"2017-11-16T22:31:08\""},
           {"timestamptz", "\"2017-11-16T22:31:08+1\""},
           {"timestamp", "\"300000-01-01T00:00:00\""},
           {"timestamp_ns", "\"2300-01-01T00:00:00\""},
           {"string", "1"},
           {"uuid", "\"f79c3e09\""},
           {"uuid", "\"f79c3e09-677c-4bbd-a479-3f349cb785eg\""},
           {"fixed[4]", "\"0001\""},
           {"binary", "\"0\""}}) {
    EXPECT_THAT(LiteralFromJson(*ParseJson(text), TypeOf(type)),
                IsError(ErrorCode::kInvalidArgument, "InvalidValue"))
        << type << " " << text;
  }
}

TEST(Values, RefusesBytesOfAnotherLength) {
  for (const auto& [type, hex] : std::initializer_list<std::pair<const char*, const char*>>{
           {"boolean", ""},
           {"boolean", "0101"},
           {"int", "000000"},
           {"int", "0000000000000000"},
           {"long", "0000000000"},
           {"float", "00"},
           {"double", "000000"},
           {"date", ""},
           {"time", "00000000"},
           {"timestamp", "00"},
           {"decimal(9, 2)", ""},
           {"decimal(9, 2)", "0100000000000000000000000000000000"},
           {"uuid", "00"},
           {"fixed[4]", "0000000000"},
           {"variant", "00"}}) {
    EXPECT_THAT(LiteralFromBinary(*HexDecode(hex), TypeOf(type)),
                IsError(ErrorCode::kDataCorruption, "InvalidValue"))
        << type << " " << hex;
  }
}

TEST(Values, BoundsOfPromotedColumnsAreRead) {
  EXPECT_EQ(*LiteralFromBinary(ToBinary(Literal::Int(-5)), TypeOf("long")), Literal::Long(-5));
  EXPECT_EQ(*LiteralFromBinary(ToBinary(Literal::Float(0.5F)), TypeOf("double")),
            Literal::Double(0.5));
  EXPECT_EQ(*LiteralFromBinary(ToBinary(Literal::Date(1)), TypeOf("timestamp")),
            Literal::Timestamp(86'400'000'000));
  EXPECT_EQ(*LiteralFromBinary(*HexDecode("ffffffffffffffffffffffffffffffffffff"),
                               TypeOf("decimal(9, 2)")),
            Literal::Decimal(-1, 9, 2));
}

TEST(Values, OrderIsTotal) {
  const std::vector<Literal> floats = {Literal::Double(-INFINITY), Literal::Double(-1),
                                       Literal::Double(-0.0),      Literal::Double(0.0),
                                       Literal::Double(1),         Literal::Double(INFINITY),
                                       Literal::Double(NAN)};
  for (std::size_t i = 0; i < floats.size(); ++i) {
    for (std::size_t j = 0; j < floats.size(); ++j) {
      EXPECT_EQ(Compare(floats[i], floats[j]), i <=> j) << i << " " << j;
    }
  }
  EXPECT_EQ(Compare(Literal::Binary("\x7f"), Literal::Binary("\x80")), std::strong_ordering::less);
  EXPECT_EQ(Compare(Literal::String("a"), Literal::String("ab")), std::strong_ordering::less);
  EXPECT_EQ(Compare(Literal::Decimal(150, 5, 2), Literal::Decimal(15, 5, 1)),
            std::strong_ordering::equal);
  EXPECT_EQ(Compare(Literal::Int(1), Literal::Long(1)), std::nullopt);
  EXPECT_EQ(Compare(Literal::Int(1), Literal::Date(1)), std::nullopt);
  EXPECT_EQ(Compare(Literal::Boolean(false), Literal::Boolean(true)), std::strong_ordering::less);
}

TEST(Values, CastsLoseNothing) {
  EXPECT_EQ(CastLiteral(Literal::Long(5), TypeOf("int")), Literal::Int(5));
  EXPECT_EQ(CastLiteral(Literal::Long(1LL << 40), TypeOf("int")), std::nullopt);
  EXPECT_EQ(CastLiteral(Literal::Decimal(1500, 9, 2), TypeOf("int")), Literal::Int(15));
  EXPECT_EQ(CastLiteral(Literal::Decimal(1550, 9, 2), TypeOf("int")), std::nullopt);
  EXPECT_EQ(CastLiteral(Literal::Int(15), TypeOf("decimal(4, 2)")), Literal::Decimal(1500, 4, 2));
  EXPECT_EQ(CastLiteral(Literal::Int(150), TypeOf("decimal(4, 2)")), std::nullopt);
  EXPECT_EQ(CastLiteral(Literal::Double(0.5), TypeOf("float")), Literal::Float(0.5F));
  EXPECT_EQ(CastLiteral(Literal::Double(0.1), TypeOf("float")), std::nullopt);
  EXPECT_EQ(CastLiteral(Literal::Double(1e300), TypeOf("float")), std::nullopt);
  EXPECT_EQ(CastLiteral(Literal::Double(1e300), TypeOf("long")), std::nullopt);
  EXPECT_EQ(CastLiteral(Literal::Long((1LL << 53) + 1), TypeOf("double")), std::nullopt);
  EXPECT_EQ(CastLiteral(Literal::Date(1), TypeOf("timestamp")), Literal::Timestamp(86'400'000'000));
  EXPECT_EQ(CastLiteral(Literal::Date(1), TypeOf("timestamptz")), std::nullopt);
  EXPECT_EQ(CastLiteral(Literal::Timestamp(-86'400'000'000), TypeOf("date")), Literal::Date(-1));
  EXPECT_EQ(CastLiteral(Literal::Timestamp(1), TypeOf("date")), std::nullopt);
  EXPECT_EQ(CastLiteral(Literal::Timestamp(INT64_MAX), TypeOf("timestamp_ns")), std::nullopt);
  EXPECT_EQ(CastLiteral(Literal::TimestampNs(1000), TypeOf("timestamp")), Literal::Timestamp(1));
  EXPECT_EQ(CastLiteral(Literal::String("1"), TypeOf("int")), std::nullopt);
  EXPECT_EQ(CastLiteral(Literal::Binary("ab"), TypeOf("fixed[3]")), std::nullopt);
}

TEST(Values, BoundsAreCutAtCodePoints) {
  const std::string sixteen = "0123456789abcdeé";
  EXPECT_EQ(TruncateLowerBound(Literal::String(sixteen + "z")), Literal::String(sixteen));
  EXPECT_EQ(TruncateUpperBound(Literal::String(sixteen)), Literal::String(sixteen));
  EXPECT_EQ(TruncateUpperBound(Literal::String(sixteen + "z")),
            Literal::String("0123456789abcdeê"));
  EXPECT_EQ(TruncateUpperBound(Literal::String("a\xF4\x8F\xBF\xBFz"), 2), Literal::String("b"));
  EXPECT_EQ(TruncateUpperBound(Literal::String("\xF4\x8F\xBF\xBF\xF4\x8F\xBF\xBF"), 1),
            std::nullopt);
  // U+D7FF is followed by U+E000: surrogates are skipped.
  EXPECT_EQ(TruncateUpperBound(Literal::String("\xED\x9F\xBFz"), 1),
            Literal::String("\xEE\x80\x80"));
  EXPECT_EQ(TruncateUpperBound(Literal::String("\x7F"
                                               "z"),
                               1),
            Literal::String("\xC2\x80"));
  EXPECT_EQ(TruncateUpperBound(Literal::Binary("a\xFF\xFFz"), 3), Literal::Binary("b"));
  EXPECT_EQ(TruncateUpperBound(Literal::Binary("\xFF\xFF"), 1), std::nullopt);
  EXPECT_EQ(TruncateUpperBound(Literal::Long(5)), Literal::Long(5));
}

TEST(Calendar, AgreesBothWaysOverManyYears) {
  for (std::int64_t days = -1'000'000; days < 1'000'000; days += 37) {
    ASSERT_EQ(DaysFromCivil(CivilFromDays(days)), days);
  }
  EXPECT_EQ(FormatDate(0), "1970-01-01");
  EXPECT_EQ(FormatDate(-719528), "0000-01-01");
  EXPECT_EQ(FormatDate(19782), "2024-02-29");
  EXPECT_EQ(FormatTimestamp(INT64_MIN, 1'000'000, false), "-290308-12-21T19:59:05.224192");
  EXPECT_EQ(FormatTimestamp(INT64_MAX, 1'000'000'000, true), "2262-04-11T23:47:16.854775807+00:00");
}

}  // namespace
}  // namespace firn::iceberg
