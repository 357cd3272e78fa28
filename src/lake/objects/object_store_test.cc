#include "lake/objects/object_store.h"

#include "lake/objects/memory_store.h"
#include "lake/objects/store_contract_testing.h"

namespace firn::objects {
namespace {

using firn::testing::HasValue;
using firn::testing::IsError;

TEST(ObjectUrl, ReadsBucketAndKeyAsTheyAre) {
  struct Case {
    std::string text;
    ObjectUrl url;
  };
  const Case cases[] = {
      {"s3://b/k", {"b", "k"}},
      {"S3A://my.bucket-1/a//b/../c%20d?e#f", {"my.bucket-1", "a//b/../c%20d?e#f"}},
      {"s3n://b/", {"b", ""}},
      {"s3://b", {"b", ""}},
      {"s3://63--table-s3/x", {"63--table-s3", "x"}},
  };
  for (const Case& c : cases) EXPECT_EQ(ParseObjectUrl(c.text).value(), c.url) << c.text;
}

TEST(ObjectUrl, RefusesTheRest) {
  const std::string cases[] = {"",           "s3",        "s3:",       "s3:/b/k",    "s3://",          "s3:///k",
                               "s4://b/k",   "gs://b/k",  "http://b/", "file:///k",  "/b/k",           "s3://b c/k",
                               "s3://b%2F/", "s3://b@c/", "s3://b:1/", "s3://é/k",   "://b/k",
                               "s3://" + std::string(64, 'b') + "/k", "s3://b/" + std::string(1025, 'k'),
                               std::string("s3://b/\0", 8)};
  for (const std::string& text : cases) {
    EXPECT_THAT(ParseObjectUrl(text), IsError(ErrorCode::kInvalidArgument, "InvalidObjectUrl")) << text;
  }
}

TEST(MemoryStore, KeepsTheContract) {
  MemoryStore store;
  testing::CheckStoreContract(Context("test"), store, "s3://bucket/folder/");
}

TEST(MemoryStore, CountsWhatIsAsked) {
  MemoryStore store;
  const Context context("test");
  ASSERT_THAT(store.Put(context, "s3://b/k", "0123456789", PutCondition::kAlways), HasValue());
  std::string one(2, ' '), two(3, ' ');
  const ByteRange ranges[] = {{0, 2}, {4, 3}};
  const std::span<char> buffers[] = {one, two};
  ASSERT_THAT(store.ReadRanges(context, "s3://b/k", ranges, buffers), HasValue());
  ASSERT_THAT(store.ReadAll(context, "s3a://b/k", 10), HasValue());
  ASSERT_THAT(store.Stat(context, "s3://b/k"), HasValue());
  const StoreCounters counters = store.counters();
  EXPECT_EQ(counters.puts, 1U);
  EXPECT_EQ(counters.put_bytes, 10U);
  EXPECT_EQ(counters.reads, 3U);
  EXPECT_EQ(counters.read_bytes, 15U);
  EXPECT_EQ(counters.stats, 1U);
  store.ResetCounters();
  EXPECT_EQ(store.counters().reads, 0U);
}

TEST(MemoryStore, FailsWhenTold) {
  MemoryStore store;
  const Context context("test");
  store.FailNext("/data/", 2, Unavailable("SlowDown", "reduce your request rate").error);
  EXPECT_THAT(store.Put(context, "s3://b/meta/k", "x", PutCondition::kAlways), HasValue());
  EXPECT_THAT(store.Put(context, "s3://b/data/k", "x", PutCondition::kAlways), IsError(ErrorCode::kUnavailable, "SlowDown"));
  EXPECT_THAT(store.Stat(context, "s3://b/data/k"), IsError(ErrorCode::kUnavailable, "SlowDown"));
  EXPECT_THAT(store.Put(context, "s3://b/data/k", "x", PutCondition::kAlways), HasValue());
}

}  // namespace
}  // namespace firn::objects
