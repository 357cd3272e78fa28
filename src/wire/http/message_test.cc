#include "wire/http/message.h"

#include "base/result_testing.h"
#include "wire/http/body.h"

namespace firn::http {
namespace {

using firn::testing::IsError;

TEST(Headers, FindsWithoutRegardToCaseAndKeepsOrderAndDuplicates) {
  Headers headers{{"X-One", "1"}, {"x-two", "2"}, {"X-ONE", "3"}};
  EXPECT_EQ(headers.Find("x-one"), "1");
  EXPECT_EQ(headers.FindAll("x-one"), (std::vector<std::string_view>{"1", "3"}));
  EXPECT_FALSE(headers.Find("x-three"));
  headers.Set("x-oNe", *headers.Find("x-one"));
  EXPECT_EQ(headers.FindAll("X-One"), (std::vector<std::string_view>{"1"}));
  headers.Remove("X-TWO");
  EXPECT_EQ(headers.all().size(), 1U);
}

TEST(RequestHead, SplitsTheTargetAndDecodesNothing) {
  const RequestHead head{"GET", "/a%2Fb//..?x=%20&y?", {}, "", false};
  EXPECT_EQ(head.raw_path(), "/a%2Fb//..");
  EXPECT_EQ(head.raw_query(), "x=%20&y?");
  EXPECT_EQ((RequestHead{"GET", "/", {}, "", false}.raw_query()), "");
}

TEST(Url, ReadsItsParts) {
  struct Case {
    const char* text;
    const char* host_header;
    std::uint16_t port;
    const char* target;
  };
  const Case cases[] = {
      {"http://127.0.0.1:4566/a/b?c=d", "127.0.0.1:4566", 4566, "/a/b?c=d"},
      {"https://s3.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com", 443, "/"},
      {"HTTPS://h:443/x", "h", 443, "/x"},
      {"http://h:443/x", "h:443", 443, "/x"},
      {"http://[::1]:80/%2F..", "[::1]", 80, "/%2F.."},
      {"http://[::1]:81?q", "[::1]:81", 81, "/?q"},
  };
  for (const Case& c : cases) {
    ASSERT_OK_AND_ASSIGN(const Url url, ParseUrl(c.text));
    EXPECT_EQ(url.HostHeader(), c.host_header) << c.text;
    EXPECT_EQ(url.port, c.port) << c.text;
    EXPECT_EQ(url.Target(), c.target) << c.text;
  }
}

TEST(Url, RefusesWhatCouldMeanTwoThings) {
  for (const char* text :
       {"", "h/x", "ftp://h/x", "file:///etc/passwd", "http://", "http:///x", "http://h:/x", "http://h:0/",
        "http://h:65536/", "http://h:80x/", "http://u:p@h/", "http://h/#f", "http://h/a b", "http://h/\n",
        "http://h\t/", "http://[::1/", "http://::1]/"}) {
    EXPECT_THAT(ParseUrl(text), IsError(ErrorCode::kInvalidArgument, "InvalidUrl")) << text;
  }
  EXPECT_EQ(ParseUrl("http://u:hunter2@h/").error().message().find("hunter2"), std::string::npos);
}

TEST(Query, DecodesAndKeepsOrderAndDuplicates) {
  ASSERT_OK_AND_ASSIGN(const auto parameters, ParseQuery("a=1&b&c=%2F+x&&a=2&=v&d=e=f"));
  const std::vector<QueryParameter> expected = {{"a", "1"}, {"b", ""},  {"c", "/+x"},
                                                {"a", "2"}, {"", "v"}, {"d", "e=f"}};
  EXPECT_EQ(parameters, expected);
  EXPECT_EQ(FindParameter(parameters, "a"), "1");
  EXPECT_EQ(FindParameter(parameters, "z"), std::nullopt);
}

TEST(Query, RefusesBrokenEscapes) {
  for (const char* query : {"%", "a=%", "a=%2", "a=%zz", "%g0=1"}) {
    EXPECT_THAT(ParseQuery(query), IsError(ErrorCode::kInvalidArgument, "InvalidQuery")) << query;
  }
}

TEST(BodyReader, ReadsToTheEndOrToTheLimit) {
  const std::string text(100'000, 'x');
  for (const std::size_t piece : {1UL, 7UL, 65'536UL, 1'000'000UL}) {
    TextBodyReader exact(text, piece);
    ASSERT_OK_AND_ASSIGN(const std::string read, exact.ReadAll(text.size()));
    EXPECT_EQ(read, text);
    TextBodyReader over(text, piece);
    EXPECT_THAT(over.ReadAll(text.size() - 1), IsError(ErrorCode::kResourceExhausted, "BodyTooLarge"));
  }
  TextBodyReader none("");
  EXPECT_EQ(none.ReadAll(0).value(), "");
}

}  // namespace
}  // namespace firn::http
