#include "wire/sigv4/chunked_reader.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/result_testing.h"
#include "wire/sigv4/canonical_request_internal.h"
#include "wire/sigv4/limits.h"

namespace firn::sigv4 {
namespace {

using firn::testing::HasValue;
using firn::testing::IsError;

const Secret kKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

Authorization Seed(const std::string& signature) {
  Authorization authorization;
  authorization.scope = {"20130524", "us-east-1", "s3"};
  authorization.amz_date = "20130524T000000Z";
  authorization.signature = signature;
  return authorization;
}

http::RequestHead HeadOf(std::uint64_t decoded_length, const std::string& trailer = "") {
  http::RequestHead head{"PUT", "/b/k", {{"x-amz-decoded-content-length", std::to_string(decoded_length)}}, "", false};
  if (!trailer.empty()) head.headers.Add("x-amz-trailer", trailer);
  return head;
}

struct Decoded {
  std::string data;
  http::Headers trailers;
};

Result<Decoded> Decode(std::string_view body, PayloadForm form, const std::string& seed, const http::RequestHead& head,
                       std::size_t source_piece = 1000, std::size_t out_piece = 777) {
  http::TextBodyReader source(body, source_piece);
  FIRN_ASSIGN_OR_RETURN(const auto reader, ChunkedReader::Make(source, form, Seed(seed), head, kKey));
  Decoded decoded;
  std::string buffer(out_piece, '\0');
  for (;;) {
    const auto count = reader->Read(buffer);
    if (!count) {
      EXPECT_FALSE(reader->Read(buffer).has_value()) << "an error is final";
      return Error(count.error());
    }
    if (*count == 0) break;
    decoded.data.append(buffer, 0, *count);
  }
  EXPECT_EQ(reader->Read(buffer).value(), 0U);
  decoded.trailers = reader->trailers();
  return decoded;
}

/// A signing sender.
std::string Encode(const std::vector<std::string>& chunks, std::string previous, const std::string& trailer_line = "") {
  const Scope scope{"20130524", "us-east-1", "s3"};
  const Secret key = SigningKey(kKey, scope);
  std::string body;
  for (std::size_t i = 0; i <= chunks.size(); ++i) {
    const std::string data = i < chunks.size() ? chunks[i] : "";
    previous = SignatureOf(key, "AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n" + scope.ToString() + "\n" + previous + "\n" +
                                    std::string(kEmptyPayloadHash) + "\n" + Sha256Hex(data));
    body += fmt::format("{:x};chunk-signature={}\r\n{}", data.size(), previous, data);
    if (i < chunks.size()) body += "\r\n";
  }
  if (!trailer_line.empty()) {
    const std::string signature = SignatureOf(key, "AWS4-HMAC-SHA256-TRAILER\n20130524T000000Z\n" + scope.ToString() + "\n" +
                                                       previous + "\n" + Sha256Hex(trailer_line + "\n"));
    body += trailer_line + "\r\nx-amz-trailer-signature:" + signature + "\r\n";
  }
  return body + "\r\n";
}

// The documented example of AWS, "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
// Chunks": 66560 times 'a' to examplebucket/chunkObject.txt.
const std::string kDocSeed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
const std::string kDocBody = "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
                             std::string(65536, 'a') +
                             "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
                             std::string(1024, 'a') +
                             "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";

// The same with a trailer, "Signature calculations for trailing headers".
const std::string kDocTrailerSeed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
const std::string kDocTrailerBody =
    "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n" + std::string(65536, 'a') +
    "\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n" + std::string(1024, 'a') +
    "\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
    "x-amz-checksum-crc32c:sOO8/Q==\r\n"
    "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";

TEST(ChunkedReader, ReadsTheDocumentedUploads) {
  const std::string data(66560, 'a');
  for (const std::size_t piece : {1UL, 97UL, 65536UL, 1UL << 20}) {
    ASSERT_OK_AND_ASSIGN(const Decoded plain, Decode(kDocBody, PayloadForm::kSignedChunks, kDocSeed, HeadOf(66560), piece, piece));
    EXPECT_TRUE(plain.data == data);
    ASSERT_OK_AND_ASSIGN(const Decoded trailed,
                         Decode(kDocTrailerBody, PayloadForm::kSignedChunksTrailer, kDocTrailerSeed,
                                HeadOf(66560, "x-amz-checksum-crc32c"), piece, piece));
    EXPECT_TRUE(trailed.data == data);
    EXPECT_EQ(trailed.trailers.Find("x-amz-checksum-crc32c"), "sOO8/Q==");
    EXPECT_EQ(trailed.trailers.all().size(), 1U);
    EXPECT_EQ(Base64Encode(AsBytes(Digest(DigestKind::kCrc32c, data))), "sOO8/Q==");
  }
}

TEST(ChunkedReader, ReadsUnsignedChunksWithUpperCaseSizes) {
  const std::string data(20000, 'z');
  const std::string body = "4E20\r\n" + data + "\r\n0\r\nx-amz-checksum-crc64nvme: AAAAAAAAAAA= \r\n\r\n";
  ASSERT_OK_AND_ASSIGN(const Decoded decoded, Decode(body, PayloadForm::kUnsignedChunksTrailer, "", HeadOf(20000, "X-Amz-Checksum-Crc64nvme")));
  EXPECT_EQ(decoded.data, data);
  EXPECT_EQ(decoded.trailers.Find("x-amz-checksum-crc64nvme"), "AAAAAAAAAAA=");
  ASSERT_OK_AND_ASSIGN(const Decoded empty, Decode("0\r\n\r\n", PayloadForm::kUnsignedChunksTrailer, "", HeadOf(0)));
  EXPECT_EQ(empty.data, "");
}

TEST(ChunkedReader, ReadsManyChunksAndAnEmptyObject) {
  const std::vector<std::string> chunks = {std::string(8192, 'a'), std::string(9000, 'b'), "tail"};
  ASSERT_OK_AND_ASSIGN(const Decoded decoded, Decode(Encode(chunks, kDocSeed), PayloadForm::kSignedChunks, kDocSeed, HeadOf(17196)));
  EXPECT_EQ(decoded.data, chunks[0] + chunks[1] + chunks[2]);
  ASSERT_OK_AND_ASSIGN(const Decoded empty, Decode(Encode({}, kDocSeed), PayloadForm::kSignedChunks, kDocSeed, HeadOf(0)));
  EXPECT_EQ(empty.data, "");
}

TEST(ChunkedReader, RefusesEveryChangedByteOfASignedBody) {
  const std::string good = Encode({std::string(8192, 'a'), "tail"}, kDocSeed, "x-amz-checksum-crc32:AAAAAA==");
  const auto head = HeadOf(8196, "x-amz-checksum-crc32");
  ASSERT_THAT(Decode(good, PayloadForm::kSignedChunksTrailer, kDocSeed, head), HasValue());
  for (std::size_t i = 0; i < good.size(); i += (i > 200 && i < 8000) ? 101 : 1) {
    for (const int change : {0x01, 0x20, 0x80}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ change);
      const auto decoded = Decode(bad, PayloadForm::kSignedChunksTrailer, kDocSeed, head, 4096, 4096);
      // Names of trailer fields have no case, nor has a blank at a value's end.
      if (decoded) {
        EXPECT_EQ(ToLowerAscii(bad), ToLowerAscii(good)) << i << " " << change;
      }
    }
    EXPECT_FALSE(Decode(good.substr(0, i), PayloadForm::kSignedChunksTrailer, kDocSeed, head, 4096, 4096).has_value()) << i;
  }
  EXPECT_FALSE(Decode(good + "x", PayloadForm::kSignedChunksTrailer, kDocSeed, head).has_value());
}

TEST(ChunkedReader, NamesWhatIsWrong) {
  struct Case {
    std::string body;
    PayloadForm form;
    std::uint64_t decoded_length;
    std::string trailer;
    ErrorCode code;
    const char* reason;
  };
  const auto unsigned_form = PayloadForm::kUnsignedChunksTrailer;
  const auto signed_form = PayloadForm::kSignedChunks;
  const Case cases[] = {
      {"5\r\nhello\r\n0\r\n\r\n", unsigned_form, 4, "", ErrorCode::kInvalidArgument, "IncompleteBody"},
      {"5\r\nhello\r\n0\r\n\r\n", unsigned_form, 6, "", ErrorCode::kInvalidArgument, "IncompleteBody"},
      {"5\r\nhel", unsigned_form, 5, "", ErrorCode::kInvalidArgument, "IncompleteBody"},
      {"", unsigned_form, 0, "", ErrorCode::kInvalidArgument, "IncompleteBody"},
      {"5\r\nhello!\r\n0\r\n\r\n", unsigned_form, 5, "", ErrorCode::kInvalidArgument, "InvalidRequest"},
      {"5\nhello\r\n0\r\n\r\n", unsigned_form, 5, "", ErrorCode::kInvalidArgument, "InvalidRequest"},
      {"x\r\n", unsigned_form, 5, "", ErrorCode::kInvalidArgument, "InvalidRequest"},
      {"-5\r\nhello", unsigned_form, 5, "", ErrorCode::kInvalidArgument, "InvalidRequest"},
      {"ffffffffffffffff\r\n", unsigned_form, 5, "", ErrorCode::kInvalidArgument, "InvalidRequest"},
      {std::string(kChunkLineBytesMax + 10, '0'), unsigned_form, 5, "", ErrorCode::kInvalidArgument, "InvalidRequest"},
      {"0\r\n\r\nmore", unsigned_form, 0, "", ErrorCode::kInvalidArgument, "InvalidRequest"},
      {"0\r\nx-amz-checksum-crc32:a\r\n\r\n", unsigned_form, 0, "", ErrorCode::kInvalidArgument, "MalformedTrailerError"},
      {"0\r\n\r\n", unsigned_form, 0, "x-amz-checksum-crc32", ErrorCode::kInvalidArgument, "MalformedTrailerError"},
      {"0\r\nx-amz-checksum-crc32:a\r\n", unsigned_form, 0, "x-amz-checksum-crc32", ErrorCode::kInvalidArgument, "MalformedTrailerError"},
      {"0\r\nx-amz-checksum-crc32:a\r\nx-amz-checksum-crc32:a\r\n\r\n", unsigned_form, 0, "x-amz-checksum-crc32", ErrorCode::kInvalidArgument, "MalformedTrailerError"},
      {"0\r\nnonsense\r\n\r\n", unsigned_form, 0, "nonsense", ErrorCode::kInvalidArgument, "MalformedTrailerError"},
      {"0\r\nx:" + std::string(kTrailerBytesMax, 'y') + "\r\n\r\n", unsigned_form, 0, "x", ErrorCode::kInvalidArgument, "MalformedTrailerError"},
      {"5\r\nhello\r\n0\r\n\r\n", signed_form, 5, "", ErrorCode::kInvalidArgument, "InvalidRequest"},
      {"5;chunk-signature=abc\r\nhello\r\n", signed_form, 5, "", ErrorCode::kInvalidArgument, "InvalidRequest"},
      {Encode({"hello", "world"}, kDocSeed), signed_form, 10, "", ErrorCode::kInvalidArgument, "InvalidChunkSizeError"},
      {Encode({"hello"}, std::string(64, '0')), signed_form, 5, "", ErrorCode::kPermissionDenied, "SignatureDoesNotMatch"},
      {Encode({"hello"}, kDocSeed, "x-amz-checksum-crc32:a"), signed_form, 5, "", ErrorCode::kInvalidArgument, "InvalidRequest"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Decode(c.body, c.form, kDocSeed, HeadOf(c.decoded_length, c.trailer)), IsError(c.code, c.reason)) << c.body.substr(0, 60);
  }
  // The trailer's signature is not optional.
  std::string unsigned_trailer = Encode({"hello"}, kDocSeed, "x-amz-checksum-crc32:a");
  unsigned_trailer.erase(unsigned_trailer.find("x-amz-trailer-signature"));
  EXPECT_THAT(Decode(unsigned_trailer + "\r\n", PayloadForm::kSignedChunksTrailer, kDocSeed, HeadOf(5, "x-amz-checksum-crc32")),
              IsError(ErrorCode::kPermissionDenied, "SignatureDoesNotMatch"));
}

TEST(ChunkedReader, NeedsTheDecodedLength) {
  for (const char* text : {"", "x", "-1", "1.5", "18446744073709551615", "12x"}) {
    http::RequestHead head{"PUT", "/", {{"x-amz-decoded-content-length", text}}, "", false};
    EXPECT_THAT(Decode("0\r\n\r\n", PayloadForm::kUnsignedChunksTrailer, "", head),
                IsError(ErrorCode::kInvalidArgument, "MissingContentLength"))
        << text;
  }
}

TEST(ParsePayloadForm, KnowsEveryForm) {
  EXPECT_EQ(ParsePayloadForm("UNSIGNED-PAYLOAD").value(), PayloadForm::kUnsigned);
  EXPECT_EQ(ParsePayloadForm("STREAMING-AWS4-HMAC-SHA256-PAYLOAD").value(), PayloadForm::kSignedChunks);
  EXPECT_EQ(ParsePayloadForm("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER").value(), PayloadForm::kSignedChunksTrailer);
  EXPECT_EQ(ParsePayloadForm("STREAMING-UNSIGNED-PAYLOAD-TRAILER").value(), PayloadForm::kUnsignedChunksTrailer);
  EXPECT_EQ(ParsePayloadForm(kEmptyPayloadHash).value(), PayloadForm::kHash);
  EXPECT_THAT(ParsePayloadForm("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"), IsError(ErrorCode::kUnsupported, "SigV4aUnsupported"));
  for (const char* text : {"", "unsigned-payload", "STREAMING-UNSIGNED-PAYLOAD", "yc5oAKPWjHY4sW8XQq0l/3aNrrXJKBycVFNnDEGMfww=",
                           "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"}) {
    EXPECT_THAT(ParsePayloadForm(text), IsError(ErrorCode::kInvalidArgument, "InvalidArgument")) << text;
  }
}

}  // namespace
}  // namespace firn::sigv4
