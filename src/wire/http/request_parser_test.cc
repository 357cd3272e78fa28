#include "base/result_testing.h"
#include "wire/http/limits.h"
#include "wire/http/request_parser_internal.h"

namespace firn::http {
namespace {

using firn::testing::HasValue;
using firn::testing::IsError;

/// Looks for the end, feeding `piece` bytes at a time, then parses.
Result<ParsedHead> Parse(const std::string& text, std::size_t piece = 1) {
  std::size_t scanned = 0;
  for (std::size_t size = std::min(piece, text.size());; size = std::min(size + piece, text.size())) {
    FIRN_ASSIGN_OR_RETURN(const auto end, FindHeadEnd(std::string_view(text).substr(0, size), scanned));
    if (end) return ParseHead(std::string_view(text).substr(0, *end));
    if (size == text.size()) return InvalidArgument("NotWhole", "");
  }
}

TEST(ParseHead, KeepsTheRequestAsItCame) {
  ASSERT_OK_AND_ASSIGN(
      const ParsedHead parsed,
      Parse("PUT /b/a%2Fb/../%41//c?x=%2f&&y=+ HTTP/1.1\r\nhOsT: h:1\r\nX-A:  a   b \t\r\nx-a:\r\n"
            "Content-Length: 12\r\nExpect: 100-Continue\r\n\r\nbody"));
  EXPECT_EQ(parsed.head.method, "PUT");
  EXPECT_EQ(parsed.head.target, "/b/a%2Fb/../%41//c?x=%2f&&y=+");
  EXPECT_EQ(parsed.head.headers.all()[0], (Header{"hOsT", "h:1"}));
  EXPECT_EQ(parsed.head.headers.FindAll("x-a"), (std::vector<std::string_view>{"a   b", ""}));
  EXPECT_EQ(parsed.framing, BodyFraming::kLength);
  EXPECT_EQ(parsed.length_bytes, 12U);
  EXPECT_TRUE(parsed.expects_continue);
  EXPECT_TRUE(parsed.keep_alive);
}

TEST(ParseHead, KnowsWhenTheConnectionStays) {
  struct Case {
    const char* text;
    bool keep_alive;
  };
  const Case cases[] = {
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade , Close\r\n\r\n", false},
      {"GET / HTTP/1.0\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
  };
  for (const Case& c : cases) {
    ASSERT_OK_AND_ASSIGN(const ParsedHead parsed, Parse(c.text));
    EXPECT_EQ(parsed.keep_alive, c.keep_alive) << c.text;
  }
}

struct Refusal {
  std::string text;
  int status;
};

std::vector<Refusal> Refusals() {
  const auto with = [](std::string headers) {
    return "POST / HTTP/1.1\r\nHost: h\r\n" + std::move(headers) + "\r\n\r\n";
  };
  std::vector<Refusal> cases = {
      {"GET / HTTP/1.1\nHost: h\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", 400},
      {std::string("GET / HTTP/1.1\r\nHost: h\r\nX: a") + '\0' + "b\r\n\r\n", 400},
      {"GET /\r\nHost: h\r\n\r\n", 400},
      {"GET  HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / /x HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /#f HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"G\"T / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {" GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {std::string(33, 'G') + " / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"GET / HTTP/1.11\r\nHost: h\r\n\r\n", 505},
      {"GET / http/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h/x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
      {with("X: a\r\n b"), 400},
      {with("X: a\r\n\tb"), 400},
      {with(": a"), 400},
      {with("no colon"), 400},
      {with("X\x80: a"), 400},
      {with("X: \x1b[0m"), 400},
      {with("Content-Length: 1\r\nTransfer-Encoding: chunked"), 400},
      {with("Content-Length: 1\r\nContent-Length: 1"), 400},
      {with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400},
      {with("Transfer-Encoding: gzip, chunked"), 501},
      {with("Transfer-Encoding: xchunked"), 501},
      {with("Transfer-Encoding:"), 501},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {with("Content-Length:"), 400},
      {with("Content-Length: +1"), 400},
      {with("Content-Length: -1"), 400},
      {with("Content-Length: 0x10"), 400},
      {with("Content-Length: 1 2"), 400},
      {with("Content-Length: 1, 1"), 400},
      {with("Content-Length: 18446744073709551616"), 400},
      {with("Expect: the-best"), 417},
      {with("Authorization: a\r\nauthorization: b"), 400},
      {with("X-Amz-Date: a\r\nX-Amz-Date: a"), 400},
      {with("X-Amz-Content-Sha256: a\r\nx-amz-content-sha256: b"), 400},
      {with("X-Amz-Security-Token: a\r\nX-Amz-Security-Token: b"), 400},
      {"GET /" + std::string(kTargetBytesMax, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
  };
  std::string many;
  for (std::size_t i = 0; i < kHeaderCountMax; ++i) many += "X: y\r\n";
  cases.push_back({with(many + "Z: z"), 431});
  return cases;
}

TEST(ParseHead, RefusesWhatTwoServersCouldReadInTwoWays) {
  for (const Refusal& refusal : Refusals()) {
    const auto parsed = Parse(refusal.text);
    ASSERT_FALSE(parsed.has_value()) << refusal.text.substr(0, 200);
    EXPECT_EQ(RefusalStatus(parsed.error()), refusal.status) << refusal.text.substr(0, 200);
  }
}

TEST(FindHeadEnd, WaitsForTheEmptyLine) {
  std::size_t scanned = 0;
  EXPECT_EQ(FindHeadEnd("GET / HTTP/1.1\r\nHost: h\r\n\r", scanned).value(), std::nullopt);
  EXPECT_EQ(FindHeadEnd("GET / HTTP/1.1\r\nHost: h\r\n\r\nrest", scanned).value(), 27U);
}

/// Decodes in pieces of `in_piece` with at most `out_piece` a call; also says how much of the input was the body's.
Result<std::string> DecodeAll(BodyFraming framing, std::uint64_t length, std::string_view in,
                              std::size_t in_piece, std::size_t out_piece, std::size_t& used) {
  BodyDecoder decoder(framing, length);
  std::string out;
  used = 0;
  std::size_t idle = 0;
  while (!decoder.done() && idle < 3) {
    const std::string_view piece = in.substr(used, in_piece);
    FIRN_ASSIGN_OR_RETURN(const std::size_t count, decoder.Decode(piece, out_piece, out));
    used += count;
    idle = count == 0 ? idle + 1 : 0;
  }
  if (!decoder.done()) return Unavailable("BodyCut", "");
  return out;
}

TEST(BodyDecoder, TakesChunksApartAtEverySeam) {
  const std::string_view body = "4;name=\"x\"\r\nWiki\r\n5 \r\npedia\r\n0A\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\nGET ";
  for (std::size_t in_piece = 1; in_piece < body.size(); ++in_piece) {
    for (const std::size_t out_piece : {1UL, 3UL, 100UL}) {
      std::size_t used = 0;
      ASSERT_OK_AND_ASSIGN(const std::string text,
                           DecodeAll(BodyFraming::kChunked, 0, body, in_piece, out_piece, used));
      EXPECT_EQ(text, "Wikipedia0123456789");
      EXPECT_EQ(body.substr(used), "GET ");
    }
  }
}

TEST(BodyDecoder, CountsAKnownLength) {
  std::size_t used = 0;
  EXPECT_EQ(DecodeAll(BodyFraming::kLength, 5, "helloGET", 2, 9, used).value(), "hello");
  EXPECT_EQ(used, 5U);
  EXPECT_EQ(DecodeAll(BodyFraming::kNone, 0, "GET", 2, 9, used).value(), "");
  EXPECT_EQ(used, 0U);
  EXPECT_FALSE(DecodeAll(BodyFraming::kLength, 5, "hell", 2, 9, used).has_value());
}

TEST(BodyDecoder, RefusesBrokenChunks) {
  const std::string cases[] = {
      "\r\n", "x\r\n", "-1\r\n", "0x1\r\n", "1\na\r\n", "1\r\nab\r\n", "1\r\na\n0\r\n\r\n", "1\r\na0\r\n\r\n",
      "1 1\r\na\r\n", "FFFFFFFFFFFFFFFF\r\n", "10000000000000000\r\n", ";x\r\n",
      "1;" + std::string(kChunkLineBytesMax, 'x') + "\r\na\r\n0\r\n\r\n",
  };
  for (const std::string& body : cases) {
    std::size_t used = 0;
    EXPECT_THAT(DecodeAll(BodyFraming::kChunked, 0, body, 1, 9, used),
                IsError(ErrorCode::kInvalidArgument, "InvalidBody"))
        << body.substr(0, 40);
  }
  std::string endless = "0\r\n";
  for (int i = 0; i < 1000; ++i) endless += "X-Trailer: 0123456789\r\n";
  std::size_t used = 0;
  EXPECT_THAT(DecodeAll(BodyFraming::kChunked, 0, endless, 100, 9, used),
              IsError(ErrorCode::kInvalidArgument, "InvalidBody"));
}

}  // namespace
}  // namespace firn::http
