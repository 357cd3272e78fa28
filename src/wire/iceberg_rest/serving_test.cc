#include "wire/iceberg_rest/serving.h"

#include <utility>
#include <vector>

#include "base/result_testing.h"

namespace firn::iceberg_rest {
namespace {

using testing::IsError;

TEST(EtagMatches, ReadsListsAndWeakOnes) {
  for (const char* header : {R"("a")", R"(W/"a")", R"("b", "a")", R"("b",W/"a" )", "*", R"(  "a"  )"}) {
    EXPECT_TRUE(EtagMatches(header, R"("a")")) << header;
  }
  for (const char* header : {"", "a", R"("A")", R"("a)", R"("ab")", R"(w/"a")", R"("b","c")", ",", R"(W/W/"a")", R"("a""a")"}) {
    EXPECT_FALSE(EtagMatches(header, R"("a")")) << header;
  }
  EXPECT_FALSE(EtagMatches("", ""));
}

TEST(WantsReferencedSnapshots, KnowsOneWord) {
  EXPECT_TRUE(WantsReferencedSnapshots("refs"));
  EXPECT_TRUE(WantsReferencedSnapshots("REFS"));
  for (const char* word : {"", "all", "ref", "refs "}) EXPECT_FALSE(WantsReferencedSnapshots(word)) << word;
}

TEST(PageAsk, GoesOnWhereAPageEnded) {
  ASSERT_OK_AND_ASSIGN(const PageAsk all, ParsePageAsk(std::nullopt, std::nullopt, 100));
  EXPECT_EQ(all.count, 100U);
  EXPECT_TRUE(all.after.empty());
  ASSERT_OK_AND_ASSIGN(const PageAsk some, ParsePageAsk(MakePageToken("last"), "7", 100));
  EXPECT_EQ(some.after, "last");
  EXPECT_EQ(some.count, 7U);
  ASSERT_OK_AND_ASSIGN(const PageAsk most, ParsePageAsk("", "1000000", 100));
  EXPECT_EQ(most.count, 100U);
  for (const auto& [token, size] : std::vector<std::pair<std::string, std::string>>{
           {"%%%", ""}, {"a", ""}, {"", "0"}, {"", "-1"}, {"", "x"}, {"", "7x"}, {"", "99999999999999999999"}}) {
    EXPECT_THAT(ParsePageAsk(token, size, 100), IsError(ErrorCode::kInvalidArgument, "BadRequest")) << token << " " << size;
  }
}

TEST(Properties, ComeBackAsTheyWere) {
  const Properties properties{{"a", "1"}, {"b\"", "ü\n"}, {"", ""}};
  ASSERT_OK_AND_ASSIGN(const Properties again, ParseProperties(PrintProperties(properties)));
  EXPECT_EQ(again, properties);
  ASSERT_OK_AND_ASSIGN(const Properties strings, ParseProperties(R"({"a":"x","n":1,"o":{}})"));
  EXPECT_EQ(strings, (Properties{{"a", "x"}}));
  for (const char* text : {"", "[]", "{", "1"}) EXPECT_THAT(ParseProperties(text), IsError(ErrorCode::kInvalidArgument)) << text;
}

}  // namespace
}  // namespace firn::iceberg_rest
