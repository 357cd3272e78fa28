#include "base/result.h"

#include <memory>

#include "base/result_testing.h"

namespace firn {
namespace {

using testing::HasValue;
using testing::IsError;

Result<int> Half(int number) {
  if (number % 2 != 0) return InvalidArgument("Odd", "odd number");
  return number / 2;
}

Result<int> Quarter(int number) {
  FIRN_ASSIGN_OR_RETURN(const int half, Half(number));
  FIRN_ASSIGN_OR_RETURN_NOTE(const int quarter, Half(half), "halving again");
  return quarter;
}

TEST(Result, CarriesAValue) { EXPECT_EQ(*Quarter(8), 2); }

TEST(Result, CarriesTheErrorUpWithItsNotes) {
  const auto result = Quarter(6);
  EXPECT_THAT(result, IsError(ErrorCode::kInvalidArgument, "Odd"));
  EXPECT_EQ(result.error().FullMessage(), "odd number; halving again");
}

TEST(Result, HoldsMoveOnlyValues) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 3);
}

TEST(Result, StatusIsOkOrAnError) {
  EXPECT_THAT(Ok(), HasValue());
  EXPECT_THAT(Status(Conflict("Stale", "stale")), IsError(ErrorCode::kConflict));
}

TEST(ResultDeathTest, ReadingTheValueOfAnErrorEndsTheProcess) {
  EXPECT_DEATH((void)*Half(1), "odd number");
}

}  // namespace
}  // namespace firn
