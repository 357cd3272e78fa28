#include <atomic>
#include <thread>

#include "base/result_testing.h"
#include "engine/duck/group_reads_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/read_ahead_internal.h"
#include "engine/duck/read_limits.h"
#include "lake/objects/memory_store.h"

namespace firn::duck {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

class ReadAheadTest : public ::testing::Test {
 protected:
  std::string Put(const std::string& name, const std::string& bytes) {
    const std::string url = "s3://b/" + name;
    EXPECT_THAT(store_->Put(context_, url, bytes, objects::PutCondition::kAlways), HasValue());
    return url;
  }
  std::vector<ReadAhead::File> PutMany(int count) {
    std::vector<ReadAhead::File> files;
    for (int i = 0; i < count; ++i) {
      const std::string bytes = "bytes of " + std::to_string(i);
      files.push_back({.url = Put(std::to_string(i), bytes), .size_bytes = bytes.size()});
    }
    return files;
  }
  std::uint64_t reads() const { return store_->counters().reads; }

  std::shared_ptr<objects::MemoryStore> store_ = std::make_shared<objects::MemoryStore>();
  std::stop_source stop_;
  const Context context_ = Context().WithStopToken(stop_.get_token());
  ThreadPool pool_{"read_ahead", 2};
};

TEST_F(ReadAheadTest, EachFileIsFetchedAndHandedOutOnce) {
  const auto files = PutMany(300);
  ReadAhead ahead(context_, pool_);
  ahead.Announce(store_, files);
  EXPECT_EQ(reads(), 0U) << "nothing is fetched before the first is taken";
  for (std::size_t i = 0; i < files.size(); ++i) {
    ASSERT_OK_AND_ASSIGN(const auto bytes, ahead.Take(files[i].url));
    ASSERT_TRUE(bytes.has_value()) << i;
    EXPECT_EQ(*bytes, "bytes of " + std::to_string(i));
  }
  EXPECT_EQ(reads(), 300U);
  EXPECT_EQ(*ahead.Take(files[7].url), std::nullopt) << "handed out before";
  EXPECT_EQ(*ahead.Take("s3://b/unknown"), std::nullopt);
  EXPECT_EQ(reads(), 300U);
}

TEST_F(ReadAheadTest, WhatIsPassedOverIsLeftToTheReader) {
  const auto files = PutMany(100);
  ReadAhead ahead(context_, pool_);
  ahead.Announce(store_, files);
  EXPECT_TRUE(ahead.Take(files[50].url)->has_value());
  EXPECT_FALSE(ahead.Take(files[3].url)->has_value());
  EXPECT_TRUE(ahead.Take(files[51].url)->has_value());
  EXPECT_LE(reads(), kReadAheadRunFilesMin);
}

TEST_F(ReadAheadTest, WhatCannotBeFetchedIsLeftToTheReader) {
  auto files = PutMany(20);
  ASSERT_THAT(store_->Delete(context_, files[4].url), HasValue());
  files[2].size_bytes += 1;
  ReadAhead ahead(context_, pool_);
  ahead.Announce(store_, files);
  EXPECT_TRUE(ahead.Take(files[0].url)->has_value());
  EXPECT_FALSE(ahead.Take(files[2].url)->has_value()) << "another size than the manifest says";
  EXPECT_FALSE(ahead.Take(files[4].url)->has_value());
  ahead.Announce(store_, {files[0]});
  EXPECT_FALSE(ahead.Take(files[0].url)->has_value());
  stop_.request_stop();
  ReadAhead late(context_, pool_);
  late.Announce(store_, files);
  const auto answer = late.Take(files[0].url);
  EXPECT_TRUE(!answer || !answer->has_value()) << "nothing is fetched for who was cancelled";
}

class GroupReadsTest : public ReadAheadTest {
 protected:
  void SetUp() override {
    bytes_.resize(4'000'000);
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      bytes_[i] = static_cast<char>(i * 31 + i / 977);
    }
    url_ = Put("large", bytes_);
  }
  std::shared_ptr<GroupReads> Make(ReadPlan plan) {
    return std::make_shared<GroupReads>(context_, store_, url_, pool_, budget_, std::move(plan));
  }
  /// Reads the range and compares it; false when it is left to the reader.
  bool Read(GroupReads& groups, std::uint64_t offset, std::size_t length) {
    std::string buffer(length, '?');
    const auto served = groups.Read(offset, buffer);
    EXPECT_THAT(served, HasValue());
    if (!served) return false;
    EXPECT_EQ(buffer, *served ? bytes_.substr(offset, length) : std::string(length, '?')) << offset;
    return *served;
  }
  /// Reads of the store, once nothing is in flight.
  std::uint64_t Settled() {
    for (int i = 0; i < 2; ++i) {
      std::uint64_t last = ~std::uint64_t{0};
      while (last != reads()) {
        last = reads();
        // Both threads have finished what was queued before once they meet here.
        const auto missing = std::make_shared<std::atomic<int>>(2);
        for (int j = 0; j < 2; ++j) {
          EXPECT_TRUE(pool_.TrySubmit([missing] {
            missing->fetch_sub(1);
            while (missing->load() > 0) std::this_thread::yield();
          }));
        }
        while (missing->load() > 0) std::this_thread::yield();
      }
    }
    return reads();
  }

  std::string bytes_;
  std::string url_;
  std::shared_ptr<ReadBudget> budget_ = std::make_shared<ReadBudget>(1 << 20);
};

using Chance = GroupPlan::Chance;

TEST_F(GroupReadsTest, ARangeIsServedOnce) {
  const auto groups = Make({.groups = {{.first = {{100, 1'000}, {200'000, 500}}},
                                       {.first = {{300'000, 10'000}, {350'000, 50}}}},
                            .lookups = {}});
  EXPECT_FALSE(Read(*groups, 0, 50));
  EXPECT_FALSE(Read(*groups, 99, 10));
  EXPECT_FALSE(Read(*groups, 1'090, 20)) << "beyond the range's end";
  EXPECT_EQ(Settled(), 0U);
  EXPECT_TRUE(Read(*groups, 100, 400));
  EXPECT_TRUE(Read(*groups, 100, 1'000));
  EXPECT_TRUE(Read(*groups, 200'000, 500));
  EXPECT_FALSE(Read(*groups, 200'000, 500)) << "let go";
  EXPECT_TRUE(Read(*groups, 300'000, 10'000));
  EXPECT_TRUE(Read(*groups, 310'000, 10)) << "the gap was fetched along";
  EXPECT_TRUE(Read(*groups, 350'000, 50));
  EXPECT_EQ(Settled(), 3U) << "two ranges far apart, and two that are near";
}

TEST_F(GroupReadsTest, OneRangeAloneIsLeftToTheReaderUnlessItIsThere) {
  const auto groups =
      Make({.groups = {{.first = {{0, 10}}}, {.first = {{1'000, 10}}}}, .lookups = {}});
  EXPECT_FALSE(Read(*groups, 0, 10)) << "straight into the reader's memory";
  EXPECT_TRUE(Read(*groups, 1'000, 10)) << "fetched ahead";
  EXPECT_EQ(Settled(), 1U);
}

TEST_F(GroupReadsTest, MoreAndMoreGroupsAreAhead) {
  ReadPlan plan;
  for (std::uint64_t i = 0; i < 20; ++i) plan.groups.push_back({.first = {{i * 100'000, 10}}});
  const auto groups = Make(std::move(plan));
  EXPECT_FALSE(Read(*groups, 0, 10));
  EXPECT_EQ(Settled(), 1U);
  EXPECT_TRUE(Read(*groups, 100'000, 10));
  EXPECT_EQ(Settled(), 3U);
  for (std::uint64_t i = 2; i < 10; ++i) EXPECT_TRUE(Read(*groups, i * 100'000, 10));
  EXPECT_EQ(Settled(), 9U + kGroupsAheadMax);
}

TEST_F(GroupReadsTest, WhatStatisticsRuleOutIsNotFetchedAhead) {
  const auto groups = Make(
      {.groups = {{.first = {{0, 10}}},
                  {.first = {{100'000, 10}}, .rest = {}, .chance = Chance::kNone},
                  {.first = {{200'000, 10}, {900'000, 10}}, .rest = {}, .chance = Chance::kNone},
                  {.first = {{300'000, 10}}}},
       .lookups = {}});
  EXPECT_FALSE(Read(*groups, 0, 10));
  EXPECT_EQ(Settled(), 1U);
  EXPECT_TRUE(Read(*groups, 200'000, 10)) << "fetched when it is read all the same";
  EXPECT_TRUE(Read(*groups, 300'000, 10));
  EXPECT_EQ(Settled(), 3U);
}

TEST_F(GroupReadsTest, WhatStandsBehindFiltersIsFetchedAheadWhereItIsWanted) {
  ReadPlan plan;
  for (std::uint64_t i = 0; i < 20; ++i) {
    plan.groups.push_back({.first = {{i * 200'000, 10}}, .rest = {{i * 200'000 + 100'000, 10}}});
  }
  const auto selective = Make(plan);
  for (std::uint64_t i = 0; i < 10; ++i) (void)Read(*selective, i * 200'000, 10);
  EXPECT_EQ(Settled(), 9U + kGroupsAheadMax) << "no rest was asked for, none is fetched";
  store_->ResetCounters();
  const auto wide = Make(plan);
  EXPECT_FALSE(Read(*wide, 0, 10));
  EXPECT_EQ(Settled(), 1U);
  EXPECT_FALSE(Read(*wide, 100'000, 10));
  EXPECT_EQ(Settled(), 2U) << "the rest of the next group";
  EXPECT_TRUE(Read(*wide, 200'000, 10));
  EXPECT_TRUE(Read(*wide, 300'000, 10));
}

TEST_F(GroupReadsTest, GroupsThatABloomFilterDecidesAboutWaitForTheSecond) {
  ReadPlan plan;
  for (std::uint64_t i = 0; i < 8; ++i) {
    plan.groups.push_back({.first = {{i * 200'000, 10}}, .rest = {}, .chance = Chance::kOpen});
    plan.lookups.push_back({3'900'000 + i * 20, 20});
  }
  const auto groups = Make(std::move(plan));
  EXPECT_TRUE(Read(*groups, 3'900'000, 20));
  EXPECT_TRUE(Read(*groups, 3'900'140, 20));
  EXPECT_EQ(Settled(), 1U) << "all Bloom filters in one";
  (void)Read(*groups, 0, 10);
  EXPECT_EQ(Settled(), 1U);
  (void)Read(*groups, 200'000, 10);
  EXPECT_EQ(Settled(), 3U) << "two were read: two ahead";
}

TEST_F(GroupReadsTest, TheBudgetBoundsWhatIsAheadAndComesBack) {
  ReadPlan plan;
  for (std::uint64_t i = 0; i < 4; ++i) plan.groups.push_back({.first = {{i * 900'000, 800'000}}});
  auto groups = Make(std::move(plan));
  (void)Read(*groups, 0, 800'000);
  EXPECT_EQ(Settled(), 1U);
  EXPECT_FALSE(budget_->TryTake(800'000));
  EXPECT_TRUE(Read(*groups, 900'000, 800'000)) << "there was no room for two more";
  EXPECT_FALSE(Read(*groups, 1'800'000, 800'000));
  EXPECT_TRUE(Read(*groups, 2'700'000, 800'000));
  EXPECT_TRUE(budget_->TryTake(1 << 20));
  budget_->Give(1 << 20);
  groups = Make({.groups = {{.first = {{0, 10}}}, {.first = {{900'000, 800'000}}}}, .lookups = {}});
  (void)Read(*groups, 0, 10);
  EXPECT_EQ(Settled(), 3U);
  groups.reset();
  EXPECT_TRUE(budget_->TryTake(1 << 20)) << "what nobody read comes back as well";
}

TEST_F(GroupReadsTest, WhatCannotBeFetchedIsLeftToTheReader) {
  store_->FailNext("large", 1, Error(ErrorCode::kUnavailable, "SlowDown", "slow down"));
  const auto broken = Make({.groups = {{.first = {{0, 10}, {100'000, 10}}}}, .lookups = {}});
  EXPECT_FALSE(Read(*broken, 0, 10)) << "whoever reads the range itself meets the error";
  EXPECT_FALSE(Read(*broken, 100'000, 10));
  const auto beyond =
      Make({.groups = {{.first = {{bytes_.size() - 5, 10}, {0, 10}}}}, .lookups = {}});
  EXPECT_FALSE(Read(*beyond, 0, 10));
  const auto stopped = Make({.groups = {{.first = {{0, 10}, {100'000, 10}}}}, .lookups = {}});
  stopped->Stop();
  EXPECT_FALSE(Read(*stopped, 0, 10));
}

}  // namespace
}  // namespace firn::duck
