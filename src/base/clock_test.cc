#include "base/clock.h"

#include "base/result_testing.h"

namespace firn {
namespace {

using testing::IsError;

const WallTime kSample = WallTimeFromMillis(1'790'228'714'123);  // 2026-09-24T05:45:14.123Z

TEST(Clock, FormatsAndParsesTheThreeForms) {
  EXPECT_EQ(FormatAmzDate(kSample), "20260924T054514Z");
  EXPECT_EQ(FormatIso8601(kSample), "2026-09-24T05:45:14Z");
  EXPECT_EQ(FormatIso8601(kSample, true), "2026-09-24T05:45:14.123Z");
  EXPECT_EQ(FormatHttpDate(kSample), "Thu, 24 Sep 2026 05:45:14 GMT");
  EXPECT_EQ(FormatAmzDate(*ParseAmzDate("20260924T054514Z")), "20260924T054514Z");
  EXPECT_EQ(*ParseIso8601("2026-09-24T05:45:14.123Z"), kSample);
  EXPECT_EQ(*ParseIso8601("2026-09-24T07:45:14.123+02:00"), kSample);
  EXPECT_EQ(FormatHttpDate(*ParseHttpDate("Thu, 24 Sep 2026 05:45:14 GMT")),
            "Thu, 24 Sep 2026 05:45:14 GMT");
}

TEST(Clock, RefusesWhatIsNotATime) {
  for (const char* text : {"", "2026", "20261324T000000Z", "20260231T000000Z", "20260924T054514",
                           "20260924T054514Zx", "2026-09-24T05:45:14Z"}) {
    EXPECT_THAT(ParseAmzDate(text), IsError(ErrorCode::kInvalidArgument)) << text;
  }
  for (const char* text : {"", "2026-09-24", "2026-09-24T25:00:00Z", "2026-09-24T05:45:14"}) {
    EXPECT_THAT(ParseIso8601(text), IsError(ErrorCode::kInvalidArgument)) << text;
  }
  EXPECT_THAT(ParseHttpDate("24 Sep 2026"), IsError(ErrorCode::kInvalidArgument));
}

TEST(ManualClock, MovesOnlyByHandAndBySleeping) {
  ManualClock clock(kSample);
  EXPECT_EQ(clock.Now(), kSample);
  clock.SleepFor(std::chrono::seconds(2));
  EXPECT_EQ(clock.Now() - kSample, std::chrono::seconds(2));
}

}  // namespace
}  // namespace firn
