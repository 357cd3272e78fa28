#include "app/child_process.h"

#include "base/result_testing.h"

namespace firn::app {
namespace {

using firn::testing::IsError;
using std::chrono::milliseconds;

TEST(RunToEnd, GivesOutputErrorsAndStatus) {
  ASSERT_OK_AND_ASSIGN(const ChildOutcome outcome,
                       RunToEnd({{"sh", "-c", "echo out $WORD; echo err >&2; exit 3"}, {{"WORD", "x"}}}));
  EXPECT_EQ(outcome.output, "out x\n");
  EXPECT_EQ(outcome.errors, "err\n");
  EXPECT_EQ(outcome.exit_status, 3);
}

TEST(RunToEnd, RefusesTooMuchOutputAndAbsentPrograms) {
  EXPECT_THAT(RunToEnd({{"sh", "-c", "yes"}, {}}), IsError(ErrorCode::kResourceExhausted));
  EXPECT_THAT(RunToEnd({{"no-such-program-anywhere"}, {}}), IsError(ErrorCode::kUnavailable, "SpawnFailed"));
}

TEST(ChildProcess, ReadsLinesAndEndsOnSigterm) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Start({{"sh", "-c", "trap 'exit 7' TERM; echo one; echo two; while :; do sleep 0.01; done"}, {}}));
  EXPECT_EQ(*child.ReadLine(milliseconds(5000)), "one");
  EXPECT_EQ(*child.ReadLine(milliseconds(5000)), "two");
  EXPECT_THAT(child.ReadLine(milliseconds(1)), IsError(ErrorCode::kDeadlineExceeded));
  EXPECT_EQ(*child.Terminate(milliseconds(5000)), 7);
}

TEST(ChildProcess, SaysThatTheProgramEnded) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Start({{"true"}, {}}));
  EXPECT_THAT(child.ReadLine(milliseconds(5000)), IsError(ErrorCode::kUnavailable, "ChildEnded"));
}

}  // namespace
}  // namespace firn::app
