#include "base/expiring_value.h"

#include <atomic>
#include <thread>

#include "base/result_testing.h"

namespace firn {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;
using std::chrono::seconds;

class ExpiringValueTest : public ::testing::Test {
 protected:
  ExpiringValue<int>::Fetch Next(int life_seconds) {
    return [this, life_seconds](const Context&) -> Result<Fetched<int>> {
      const int made = ++fetches_;
      if (fail_) return Unavailable("Down", "down");
      return Fetched<int>{made, clock_.Now() + seconds(life_seconds)};
    };
  }

  ManualClock clock_{WallTimeFromMillis(1'795'500'000'000)};
  Context context_{"test", clock_};
  std::atomic<int> fetches_ = 0;
  std::atomic<bool> fail_ = false;
};

TEST_F(ExpiringValueTest, IsKeptForFourFifthsOfItsLife) {
  ExpiringValue<int> value(clock_);
  EXPECT_EQ(*value.Get(context_, Next(100)), 1);
  clock_.Advance(seconds(79));
  EXPECT_EQ(*value.Get(context_, Next(100)), 1);
  clock_.Advance(seconds(1));
  EXPECT_EQ(*value.Get(context_, Next(100)), 2);
}

TEST_F(ExpiringValueTest, AFailureIsToldOnlyOnceTheOldValueIsOver) {
  ExpiringValue<int> value(clock_);
  ASSERT_THAT(value.Get(context_, Next(100)), HasValue());
  fail_ = true;
  clock_.Advance(seconds(90));
  EXPECT_EQ(*value.Get(context_, Next(100)), 1);
  clock_.Advance(seconds(10));
  EXPECT_THAT(value.Get(context_, Next(100)), IsError(ErrorCode::kUnavailable, "Down"));
  fail_ = false;
  ASSERT_THAT(value.Get(context_, Next(100)), HasValue());
}

TEST_F(ExpiringValueTest, WithAPoolNobodyWaitsWhileTheValueIsGood) {
  ThreadPool pool("renewals", 1);
  ExpiringValue<int> value(clock_, {.pool = &pool});
  ASSERT_THAT(value.Get(context_, Next(100)), HasValue());
  clock_.Advance(seconds(85));
  std::atomic<bool> go = false;
  const ExpiringValue<int>::Fetch slow = [&](const Context&) -> Result<Fetched<int>> {
    while (!go) std::this_thread::yield();
    return Fetched<int>{50, clock_.Now() + seconds(100)};
  };
  for (int i = 0; i < 20; ++i) EXPECT_EQ(*value.Get(context_, slow), 1);
  go = true;
  pool.Shutdown();
  EXPECT_EQ(*value.Get(context_, Next(100)), 50);
  EXPECT_EQ(fetches_, 1) << "twenty callers started one renewal, the slow one";
}

TEST_F(ExpiringValueTest, AFailedBackgroundRenewalIsTriedAgainAfterAWait) {
  ThreadPool pool("renewals", 1);
  ExpiringValue<int> value(clock_, {.pool = &pool});
  ASSERT_THAT(value.Get(context_, Next(1000)), HasValue());
  fail_ = true;
  clock_.Advance(seconds(850));
  EXPECT_EQ(*value.Get(context_, Next(1000)), 1);
  std::atomic<bool> is_idle = false;  // One thread: what was queued before has ended.
  ASSERT_TRUE(pool.TrySubmit([&is_idle] { is_idle = true; }));
  while (!is_idle) std::this_thread::yield();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(*value.Get(context_, Next(1000)), 1);
  EXPECT_EQ(fetches_, 2);
  fail_ = false;
  clock_.Advance(kRenewRetryAfter);
  EXPECT_EQ(*value.Get(context_, Next(1000)), 1);
  pool.Shutdown();
  EXPECT_EQ(*value.Get(context_, Next(1000)), 3);
}

TEST_F(ExpiringValueTest, ADeadValueIsWaitedFor) {
  ThreadPool pool("renewals", 1);
  ExpiringValue<int> value(clock_, {.pool = &pool});
  ASSERT_THAT(value.Get(context_, Next(100)), HasValue());
  clock_.Advance(seconds(100));
  EXPECT_EQ(*value.Get(context_, Next(100)), 2);
}

TEST_F(ExpiringValueTest, JitterRenewsEarlierNeverLater) {
  const auto random = SeededRandom(3);
  for (int i = 0; i < 50; ++i) {
    ExpiringValue<int> value(clock_, {.jitter = random.get()});
    const int first = *value.Get(context_, Next(1000));
    clock_.Advance(seconds(699));
    EXPECT_EQ(*value.Get(context_, Next(1000)), first);
    clock_.Advance(seconds(101));
    EXPECT_EQ(*value.Get(context_, Next(1000)), first + 1);
  }
}

TEST_F(ExpiringValueTest, OnlyTheValueThatWasRefusedIsSpoiled) {
  ExpiringValue<int> value(clock_);
  ASSERT_THAT(value.Get(context_, Next(100)), HasValue());
  value.SpoilIf([](const int& kept) { return kept == 7; });
  EXPECT_EQ(*value.Get(context_, Next(100)), 1);
  value.SpoilIf([](const int& kept) { return kept == 1; });
  EXPECT_EQ(*value.Get(context_, Next(100)), 2);
  value.Spoil();
  EXPECT_EQ(*value.Get(context_, Next(100)), 3);
}

TEST_F(ExpiringValueTest, ManyCallersShareOneFetch) {
  ExpiringValue<int> value(SystemClock());
  const Context context("test");
  std::atomic<int> calls = 0;
  const ExpiringValue<int>::Fetch slow = [&](const Context&) -> Result<Fetched<int>> {
    ++calls;
    SystemClock().SleepFor(std::chrono::milliseconds(20));
    return Fetched<int>{calls, std::nullopt};
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&] { EXPECT_EQ(*value.Get(context, slow), 1); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace firn
