#include "base/context.h"

#include "base/result_testing.h"

namespace firn {
namespace {

using testing::HasValue;
using testing::IsError;
using std::chrono::milliseconds;

TEST(Context, KeepsTheEarlierDeadline) {
  const ManualClock clock(WallTimeFromMillis(0));
  const Context context = Context("r", clock).WithTimeout(milliseconds(100)).WithTimeout(milliseconds(500));
  EXPECT_EQ(context.Remaining(), milliseconds(100));
}

TEST(Context, EndsAtItsDeadlineAndWhenStopped) {
  ManualClock clock(WallTimeFromMillis(0));
  std::stop_source stop;
  const Context context =
      Context("r", clock).WithTimeout(milliseconds(100)).WithStopToken(stop.get_token());
  EXPECT_THAT(context.Check(), HasValue());
  EXPECT_THAT(context.Sleep(milliseconds(60)), HasValue());
  EXPECT_THAT(context.Sleep(milliseconds(60)), IsError(ErrorCode::kDeadlineExceeded));
  stop.request_stop();
  EXPECT_THAT(context.Check(), IsError(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace firn
