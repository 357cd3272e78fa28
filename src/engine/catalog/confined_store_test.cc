#include "base/result_testing.h"
#include "engine/catalog/confined_store_internal.h"
#include "lake/objects/memory_store.h"

namespace firn::catalog {
namespace {

using firn::testing::HasValue;
using firn::testing::IsError;

class ConfinedStoreTest : public ::testing::Test {
 protected:
  std::shared_ptr<objects::ObjectStore> Confine(const std::string& location,
                                                const std::vector<std::string>& also = {}) {
    auto made = ConfineStore(inner_, location, also);
    FIRN_CHECK_MSG(made.has_value(), made.error().ToString());
    return *made;
  }

  ManualClock clock_{WallTimeFromMillis(1'795'500'000'000)};
  Context context_{"test", clock_};
  std::shared_ptr<objects::MemoryStore> inner_ = std::make_shared<objects::MemoryStore>(clock_);
};

TEST_F(ConfinedStoreTest, ServesTheTablesOwnObjectsOnly) {
  struct Case {
    const char* url;
    bool may;
  };
  const Case cases[] = {
      {"s3://b/wh/t/data/1.parquet", true},
      {"s3a://b/wh/t/data/1.parquet", true},
      {"s3://b/wh/t/data/..hidden", true},
      {"s3://b/also/x", true},
      {"s3://other/anything", true},
      {"s3://b/wh/t2/data/1.parquet", false},
      {"s3://b/wh/t", false},
      {"s3://b/wh/", false},
      {"s3://b/also-not/x", false},
      {"s3://b/wh/t/../t2/x", false},
      {"s3://b/wh/t/./x", false},
      {"s3://c/wh/t/x", false},
      {"s3://B/wh/t/x", false},
      {"file:///etc/passwd", false},
      {"/etc/passwd", false},
      {"http://169.254.169.254/latest/meta-data/", false},
      {"https://b.s3.amazonaws.com/wh/t/x", false},
      {"gs://b/wh/t/x", false},
      {"hdfs://b/wh/t/x", false},
      {"", false},
  };
  const auto store = Confine("s3://b/wh/t", {"s3://b/also", "s3://other"});
  for (const Case& test : cases) {
    SCOPED_TRACE(test.url);
    const auto refused = IsError(ErrorCode::kPermissionDenied, "OutsideTableLocation");
    const auto read = store->Read(context_, test.url, {0, 1});
    const auto put = store->Put(context_, test.url, "x", objects::PutCondition::kAlways);
    if (test.may) {
      EXPECT_THAT(read, IsError(ErrorCode::kNotFound));
      EXPECT_THAT(put, HasValue());
      EXPECT_THAT(store->Delete(context_, test.url), HasValue());
      continue;
    }
    EXPECT_THAT(read, refused);
    EXPECT_THAT(put, refused);
    EXPECT_THAT(store->ReadAll(context_, test.url, 10), refused);
    const std::vector<objects::WholeRead> reads = {{.url = test.url, .bytes_max = 10}};
    EXPECT_THAT(
        store->ReadObjects(context_, reads, 1, [](std::size_t, std::string) { return Ok(); }),
        refused);
    EXPECT_THAT(store->ReadRanges(context_, test.url, {}, {}), refused);
    EXPECT_THAT(store->Stat(context_, test.url), refused);
    EXPECT_THAT(store->Delete(context_, test.url), refused);
    int called = 0;
    store->PutAsync(context_, test.url, std::make_shared<const std::string>("x"),
                    objects::PutCondition::kAlways, [&](Result<objects::ObjectInfo> result) {
                      ++called;
                      EXPECT_THAT(result, refused);
                    });
    EXPECT_EQ(called, 1);
  }
  EXPECT_THAT(store->List(context_, "s3://b/wh/t"), HasValue());
  EXPECT_THAT(store->List(context_, "s3://b/wh/t/data"), HasValue());
  EXPECT_THAT(store->List(context_, "s3://b/wh"), IsError(ErrorCode::kPermissionDenied));
  EXPECT_THAT(store->List(context_, "s3://b/wh/t2"), IsError(ErrorCode::kPermissionDenied));
}

TEST_F(ConfinedStoreTest, ATableMayHaveABucketOfItsOwn) {
  const auto store = Confine("s3://bucket--table-s3");
  EXPECT_THAT(
      store->Put(context_, "s3://bucket--table-s3/data/x", "x", objects::PutCondition::kAlways),
      HasValue());
  EXPECT_THAT(store->List(context_, "s3://bucket--table-s3"), HasValue());
  EXPECT_FALSE(store->Stat(context_, "s3://bucket--table-s3-2/data/x").has_value());
}

TEST_F(ConfinedStoreTest, LocationsElsewhereAreRefused) {
  for (const char* location : {"file:///tmp/t", "/tmp/t", "hdfs://h/t", "gs://b/t", "", "s3://",
                               "s3://b/a/../t", "http://b/t"}) {
    EXPECT_THAT(ConfineStore(inner_, location, {}),
                IsError(ErrorCode::kUnsupported, "UnsupportedLocation"))
        << location;
  }
}

TEST(ParseAllowedLocations, TakesAListOfS3Addresses) {
  ASSERT_OK_AND_ASSIGN(const auto none, ParseAllowedLocations(""));
  EXPECT_TRUE(none.empty());
  ASSERT_OK_AND_ASSIGN(const auto two, ParseAllowedLocations("s3://a/x , s3a://b"));
  EXPECT_EQ(two, (std::vector<std::string>{"s3://a/x", "s3a://b"}));
  for (const char* bad : {",", "s3://a,", "file:///tmp", "*", "s3://", "s3://a/../b", "a b"}) {
    EXPECT_THAT(ParseAllowedLocations(bad),
                IsError(ErrorCode::kInvalidArgument, "BadPropertyValue"))
        << bad;
  }
}

}  // namespace
}  // namespace firn::catalog
