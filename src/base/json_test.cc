#include "base/json.h"

#include "base/result_testing.h"

namespace firn {
namespace {

using testing::IsError;

TEST(ParseJson, NamesLineAndColumnOfTheFault) {
  const auto result = ParseJson("{\n  \"a\": 1\n  \"b\": 2\n}");
  ASSERT_THAT(result, IsError(ErrorCode::kInvalidArgument, "InvalidJson"));
  EXPECT_NE(result.error().message().find("line 3, column 3"), std::string::npos)
      << result.error().message();
}

TEST(ParseJson, RefusesDepthSizeAndTrailingText) {
  EXPECT_THAT(ParseJson(std::string(1000, '[')), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ParseJson("{} x"), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ParseJson(""), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ParseJson("[1,2,3]", {.bytes_max = 4}), IsError(ErrorCode::kResourceExhausted));
  EXPECT_TRUE(ParseJson("{} \n"));
}

TEST(JsonMembers, SayWhichMemberWasWrong) {
  const json::value document = *ParseJson(R"({"n": 1, "s": "x", "nothing": null})");
  const json::object& object = document.get_object();
  EXPECT_EQ(*GetInt64(object, "n"), 1);
  EXPECT_EQ(*GetString(object, "s"), "x");
  EXPECT_EQ(*FindString(object, "nothing"), std::nullopt);
  EXPECT_THAT(GetString(object, "absent"), IsError(ErrorCode::kInvalidArgument, "MissingMember"));
  EXPECT_THAT(GetString(object, "n"), IsError(ErrorCode::kInvalidArgument, "WrongMemberType"));
  EXPECT_THAT(GetObject(object, "s"), IsError(ErrorCode::kInvalidArgument, "WrongMemberType"));
}

}  // namespace
}  // namespace firn
