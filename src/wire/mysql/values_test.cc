#include "wire/mysql/values.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace firn::mysql {
namespace {

// The text of a value without its length byte, which must be right.
template <typename Append, typename... Arguments>
std::string Text(Append append, Arguments... arguments) {
  std::string out;
  append(out, arguments...);
  EXPECT_EQ(out.size(), static_cast<unsigned char>(out[0]) + 1U);
  return out.substr(1);
}

TEST(TextValues, PrintsFloatingPointAsStarRocksDoes) {
  const auto f = [](float value) { return Text(AppendTextFloat, value); };
  const auto d = [](double value) { return Text(AppendTextDouble, value); };
  EXPECT_EQ(f(1.8F), "1.8");
  EXPECT_EQ(f(0.9F), "0.9");
  EXPECT_EQ(f(16777216.0F), "16777216");
  EXPECT_EQ(f(-0.0F), "-0");
  EXPECT_EQ(d(15.32), "15.32");
  EXPECT_EQ(d(1.0), "1");
  EXPECT_EQ(d(0.0), "0");
  EXPECT_EQ(d(100000.0), "100000");
  EXPECT_EQ(d(1.0 / 6), "0.16666666666666666");
  EXPECT_EQ(d(0.00001), "0.00001");
  EXPECT_EQ(d(0.000001), "1e-6");
  EXPECT_EQ(d(1e15), "1000000000000000");
  EXPECT_EQ(d(1e16), "1e16");
  EXPECT_EQ(d(-1.5e20), "-1.5e20");
  EXPECT_EQ(d(1e-300), "1e-300");
  EXPECT_EQ(d(std::numeric_limits<double>::max()), "1.7976931348623157e308");
  EXPECT_EQ(d(INFINITY), "inf");
  EXPECT_EQ(d(-INFINITY), "-inf");
  EXPECT_EQ(d(NAN), "nan");
}

TEST(TextValues, PrintsIntegersAndDecimals) {
  EXPECT_EQ(Text(AppendTextInt, INT64_MIN), "-9223372036854775808");
  EXPECT_EQ(Text(AppendTextInt, std::int64_t{0}), "0");
  const Int128 largest = (((Int128{1} << 126) - 1) << 1) + 1;
  EXPECT_EQ(Text(AppendTextLargeInt, largest), "170141183460469231731687303715884105727");
  EXPECT_EQ(Text(AppendTextLargeInt, -largest - 1), "-170141183460469231731687303715884105728");
  EXPECT_EQ(Text(AppendTextLargeInt, Int128{1'000'000'000'000'000'000}), "1000000000000000000");
  EXPECT_EQ(Text(AppendTextDecimal, Int128{10000}, 2), "100.00");
  EXPECT_EQ(Text(AppendTextDecimal, Int128{-5}, 2), "-0.05");
  EXPECT_EQ(Text(AppendTextDecimal, Int128{0}, 3), "0.000");
  EXPECT_EQ(Text(AppendTextDecimal, Int128{7}, 0), "7");
  EXPECT_EQ(Text(AppendTextDecimal, Int128{1}, 38), "0.00000000000000000000000000000000000001");
  EXPECT_EQ(Text(AppendTextDecimal, -largest, 10), "-17014118346046923173168730371.5884105727");
}

TEST(TextValues, PrintsDatesAndTimes) {
  EXPECT_EQ(Text(AppendTextDate, 0), "1970-01-01");
  EXPECT_EQ(Text(AppendTextDate, -1), "1969-12-31");
  EXPECT_EQ(Text(AppendTextDate, 19782), "2024-02-29");
  EXPECT_EQ(Text(AppendTextDate, -719'528), "0000-01-01");
  EXPECT_EQ(Text(AppendTextDate, -719'162), "0001-01-01");
  EXPECT_EQ(Text(AppendTextDate, 2'932'896), "9999-12-31");
  EXPECT_EQ(Text(AppendTextDate, std::numeric_limits<std::int32_t>::max()), "5881580-07-11");
  EXPECT_EQ(Text(AppendTextDateTime, std::int64_t{0}), "1970-01-01 00:00:00");
  EXPECT_EQ(Text(AppendTextDateTime, std::int64_t{-1}), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(Text(AppendTextDateTime, std::int64_t{1'704'103'200'751'000}), "2024-01-01 10:00:00.751000");
  EXPECT_FALSE(Text(AppendTextDateTime, std::numeric_limits<std::int64_t>::min()).empty());
  EXPECT_EQ(Text(AppendTextTime, std::int64_t{3'723'000'000}), "01:02:03");
  EXPECT_EQ(Text(AppendTextTime, std::int64_t{-3'723'000'001}), "-01:02:03.000001");
  EXPECT_EQ(Text(AppendTextTime, std::int64_t{360'000'000'000}), "100:00:00");
}

TEST(BinaryValues, WritesDatesByTheirNeed) {
  const auto hex = [](auto append, auto value) {
    std::string out;
    append(out, value);
    return HexEncode(AsBytes(out));
  };
  EXPECT_EQ(hex(AppendBinaryDate, 19782), "04e807021d");
  EXPECT_EQ(hex(AppendBinaryDateTime, std::int64_t{1'704'103'200'000'000}), "07e80701010a0000");
  EXPECT_EQ(hex(AppendBinaryDateTime, std::int64_t{1'704'103'200'000'001}), "0be80701010a000001000000");
  EXPECT_EQ(hex(AppendBinaryTime, std::int64_t{0}), "00");
  EXPECT_EQ(hex(AppendBinaryTime, std::int64_t{-3'723'000'000}), "080100000000010203");
  EXPECT_EQ(hex(AppendBinaryTime, std::int64_t{1}), "0c000000000000000001000000");
  EXPECT_EQ(hex(AppendBinaryFloat, 1.0F), "0000803f");
  EXPECT_EQ(hex(AppendBinaryDouble, 1.0), "000000000000f03f");
}

}  // namespace
}  // namespace firn::mysql
