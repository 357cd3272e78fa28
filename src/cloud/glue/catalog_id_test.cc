#include "cloud/glue/catalog_id.h"

#include <string>
#include <vector>

#include "base/result_testing.h"

namespace firn::glue {
namespace {

using ::firn::testing::IsError;
using ::testing::ElementsAre;

constexpr std::string_view kAccount = "123456789012";

TEST(CatalogId, ReadsEveryFormClientsSend) {
  for (const std::string text : {"123456789012:s3tablescatalog/b-1", "s3tablescatalog/b-1",
                                 "123456789012:s3tablescatalog:b-1", "s3tablescatalog:b-1",
                                 "123456789012/s3tablescatalog/b-1"}) {
    ASSERT_OK_AND_ASSIGN(const CatalogId id, ParseCatalogId(text, kAccount));
    EXPECT_EQ(id, (CatalogId{"b-1", true})) << text;
    EXPECT_EQ(FullCatalogId(id, kAccount), "123456789012:s3tablescatalog/b-1");
  }
  for (const std::string text : {"", ":", "123456789012", "123456789012:"}) {
    ASSERT_OK_AND_ASSIGN(const CatalogId id, ParseCatalogId(text, kAccount));
    EXPECT_EQ(id, (CatalogId{"", false})) << text;
    EXPECT_EQ(FullCatalogId(id, kAccount), kAccount);
  }
  ASSERT_OK_AND_ASSIGN(const CatalogId id, ParseCatalogId("s3tablescatalog", kAccount));
  EXPECT_EQ(id, (CatalogId{"", true}));
}

TEST(CatalogId, KnowsNoOthers) {
  for (const std::string text : {"999999999999", "999999999999:s3tablescatalog/b", "other", "other/b",
                                 "s3tablescatalog/", "s3tablescatalog/a/b", "s3tablescatalog//b", "/",
                                 "123456789012:other", "arn:aws:s3tables:us-east-1:123456789012:bucket/b",
                                 "S3TABLESCATALOG/b", "::"}) {
    EXPECT_THAT(ParseCatalogId(text, kAccount),
                IsError(ErrorCode::kNotFound, "EntityNotFoundException"))
        << text;
  }
}

TEST(ArnsOf, NamesTheResourceAndItsAncestors) {
  const aws::GlueCatalogId catalog{"us-east-1", "123456789012", "s3tablescatalog/b"};
  EXPECT_THAT(ArnsOf({catalog, "ns", "t"}),
              ElementsAre("arn:aws:glue:us-east-1:123456789012:table/s3tablescatalog/b/ns/t",
                          "arn:aws:glue:us-east-1:123456789012:database/s3tablescatalog/b/ns",
                          "arn:aws:glue:us-east-1:123456789012:catalog/s3tablescatalog/b",
                          "arn:aws:glue:us-east-1:123456789012:catalog/s3tablescatalog",
                          "arn:aws:glue:us-east-1:123456789012:catalog"));
  EXPECT_THAT(ArnsOf({{"us-east-1", "123456789012", ""}, "", ""}),
              ElementsAre("arn:aws:glue:us-east-1:123456789012:catalog"));
}

}  // namespace
}  // namespace firn::glue
