#include "base/result_testing.h"
#include "engine/duck/group_reads_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/read_ahead_internal.h"
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

TEST_F(ReadAheadTest, GroupsServeTheRangesOfTheirPlanOnce) {
  std::string bytes(100'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 + i / 977);
  const std::string url = Put("large", bytes);
  const std::vector<GroupRanges> groups = {
      {{100, 1'000}, {20'000, 500}}, {{30'000, 10'000}}, {{50'000, 10}, {60'000, 40'000}}};
  const auto reads_of = std::make_shared<GroupReads>(context_, store_, url, pool_, groups);
  const auto check = [&](std::uint64_t offset, std::size_t length, bool is_served) {
    std::string buffer(length, '?');
    const auto served = reads_of->Read(offset, buffer);
    ASSERT_THAT(served, HasValue());
    ASSERT_EQ(*served, is_served) << offset;
    EXPECT_EQ(buffer, is_served ? bytes.substr(offset, length) : std::string(length, '?'));
  };
  check(0, 50, false);
  check(99, 10, false);
  check(1'090, 20, false);  // Beyond the range's end.
  EXPECT_EQ(reads(), 0U);
  check(100, 400, true);
  check(20'100, 100, true);
  check(30'000, 10'000, true);
  check(30'000, 10'000, false);  // Let go.
  check(60'000, 40'000, true);
  check(50'000, 10, true);
  EXPECT_EQ(reads(), 5U) << "each range once";

  store_->FailNext("large", 1, Error(ErrorCode::kUnavailable, "SlowDown", "slow down"));
  const auto broken = std::make_shared<GroupReads>(context_, store_, url, pool_,
                                                   std::vector<GroupRanges>{{{0, 10}}});
  std::string buffer(10, '?');
  const auto served = broken->Read(0, buffer);
  ASSERT_THAT(served, HasValue());
  EXPECT_FALSE(*served) << "whoever reads the range itself meets the error";
}

}  // namespace
}  // namespace firn::duck
