#include "base/encoding.h"

#include "base/result_testing.h"

namespace firn {
namespace {

using testing::IsError;

TEST(Encoding, RoundTrips) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(*HexDecode(HexEncode(AsBytes(all))), all);
  EXPECT_EQ(*PercentDecode(PercentEncode(all)), all);
  for (std::size_t length = 0; length < all.size(); ++length) {
    const std::string part = all.substr(0, length);
    EXPECT_EQ(*Base64Decode(Base64Encode(AsBytes(part))), part);
  }
}

TEST(PercentEncode, KeepsTheUnreservedCharactersOnly) {
  EXPECT_EQ(PercentEncode("a-b_c.d~e/f:g%+ é"), "a-b_c.d~e%2Ff%3Ag%25%2B%20%C3%A9");
  EXPECT_EQ(PercentEncode("a/b", true), "a/b");
}

TEST(Encoding, RefusesBrokenText) {
  EXPECT_THAT(HexDecode("abc"), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(HexDecode("zz"), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Base64Decode("abc"), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Base64Decode("ab*d"), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(PercentDecode("%4"), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(PercentDecode("%4g"), IsError(ErrorCode::kInvalidArgument));
}

TEST(IsValidUtf8, RefusesOverlongAndSurrogates) {
  EXPECT_TRUE(IsValidUtf8("plain é 冷 😀"));
  EXPECT_FALSE(IsValidUtf8("\xC0\xAF"));
  EXPECT_FALSE(IsValidUtf8("\xED\xA0\x80"));
  EXPECT_FALSE(IsValidUtf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(IsValidUtf8("\xE2\x82"));
}

TEST(NearestWord, FindsTypingSlipsAndNothingElse) {
  const std::vector<std::string> words = {"iceberg.catalog.uri", "iceberg.catalog.warehouse", "type"};
  EXPECT_EQ(NearestWord("iceberg.catalog.url", words), "iceberg.catalog.uri");
  EXPECT_EQ(NearestWord("tpye", words), "type");
  EXPECT_EQ(NearestWord("zzzzzz", words), "");
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_EQ(Split("a,,b", ',').size(), 3U);
  EXPECT_EQ(Split("", ',').size(), 1U);
}

}  // namespace
}  // namespace firn
