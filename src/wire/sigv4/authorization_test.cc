#include "wire/sigv4/authorization.h"

#include "base/encoding.h"
#include "base/digest.h"
#include "base/result_testing.h"
#include "wire/sigv4/canonical_request_internal.h"
#include "wire/sigv4/sign.h"

namespace firn::sigv4 {
namespace {

using firn::testing::HasValue;
using firn::testing::IsError;
using std::chrono::minutes;
using std::chrono::seconds;

const Credentials kLongLived{AccessKeyId("AKIAIOSFODNN7EXAMPLE"), Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), Secret()};
const Credentials kSession{AccessKeyId("ASIAIOSFODNN7EXAMPLE"), Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                           Secret("FwoGZXIvYXdzEXAMPLE//token=")};
const WallTime kNow = *ParseIso8601("2026-11-24T06:00:00Z");

/// What a server does before it acts.
Status Verify(const http::RequestHead& head, PathEncoding encoding, std::string_view payload_hash,
              const Credentials& credentials, const SigningScope& scope, WallTime now = kNow) {
  FIRN_ASSIGN_OR_RETURN(const Authorization authorization, ParseAuthorization(head));
  FIRN_TRY(CheckSignedHeaders(authorization, head));
  FIRN_TRY(CheckTime(authorization, now));
  if (authorization.access_key_id != credentials.access_key_id ||
      !(authorization.session_token == credentials.session_token)) {
    return Unauthenticated("InvalidAccessKeyId", "");
  }
  if (authorization.scope.region != scope.region || authorization.scope.service != scope.service) {
    return InvalidArgument("AuthorizationHeaderMalformed", "");
  }
  return CheckSignature(authorization, head, encoding, payload_hash, credentials.secret_key);
}

/// A request signed by us for `http://h:4566` + target.
http::RequestHead Signed(const std::string& method, const std::string& target, http::Headers headers,
                         PathEncoding encoding, std::string_view payload_hash, const Credentials& credentials,
                         const SigningScope& scope) {
  EXPECT_THAT(SignRequest(headers, method, "http://h:4566" + target, encoding, payload_hash, credentials, scope, kNow),
              HasValue());
  headers.Set("Host", "h:4566");
  return {method, target, std::move(headers), "127.0.0.1", false};
}

struct Flow {
  const char* method;
  std::string target;
  PathEncoding encoding;
  SigningScope scope;
  Credentials credentials;
};

std::vector<Flow> Flows() {
  return {
      {"GET", "/bucket/a%20b/k%2Fey=1//x/../y?list-type=2&prefix=%C3%A9&delimiter=%2F", PathEncoding::kOnce,
       {"us-east-1", "s3"}, kLongLived},
      {"PUT", "/iceberg/v1/arn%3Aaws%3As3tables%3Aus-east-1%3A1%3Abucket%2Fb/namespaces?pageToken=&a=b+c",
       PathEncoding::kTwice, {"eu-west-2", "s3tables"}, kSession},
      {"POST", "/", PathEncoding::kTwice, {"us-east-1", "iam"}, kLongLived},
  };
}

TEST(SigV4, WhatWeSignWeAccept) {
  for (const Flow& flow : Flows()) {
    const std::string hash = Sha256Hex("body");
    const auto head = Signed(flow.method, flow.target, {{"X-Amz-Meta-A", " two  words "}, {"Content-Type", "x/y"}},
                             flow.encoding, hash, flow.credentials, flow.scope);
    EXPECT_THAT(Verify(head, flow.encoding, hash, flow.credentials, flow.scope), HasValue()) << flow.target;
    EXPECT_THAT(Verify(head, flow.encoding, Sha256Hex("bodY"), flow.credentials, flow.scope),
                IsError(ErrorCode::kPermissionDenied, "SignatureDoesNotMatch"));
    Credentials other = flow.credentials;
    other.secret_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEy");
    EXPECT_THAT(Verify(head, flow.encoding, hash, other, flow.scope),
                IsError(ErrorCode::kPermissionDenied, "SignatureDoesNotMatch"));
  }
}

TEST(SigV4, WhatWePresignWeAccept) {
  for (const Flow& flow : Flows()) {
    ASSERT_OK_AND_ASSIGN(const std::string url,
                         Presign(flow.method, "http://h:4566" + flow.target, flow.encoding, flow.credentials,
                                 flow.scope, seconds(600), kNow));
    const http::RequestHead head{flow.method, url.substr(13), {{"Host", "h:4566"}}, "", false};
    const std::string_view hash = flow.encoding == PathEncoding::kOnce ? kUnsignedPayload : kEmptyPayloadHash;
    EXPECT_THAT(Verify(head, flow.encoding, hash, flow.credentials, flow.scope, kNow + seconds(600)), HasValue());
    EXPECT_THAT(Verify(head, flow.encoding, hash, flow.credentials, flow.scope, kNow + seconds(601)),
                IsError(ErrorCode::kPermissionDenied, "RequestExpired"));
    EXPECT_THAT(Verify(head, flow.encoding, hash, flow.credentials, flow.scope, kNow - minutes(16)),
                IsError(ErrorCode::kPermissionDenied, "RequestTimeTooSkewed"));
  }
  for (const int expires : {0, -1, 604'801}) {
    EXPECT_THAT(Presign("GET", "http://h/", PathEncoding::kOnce, kLongLived, {"r", "s3"}, seconds(expires), kNow),
                IsError(ErrorCode::kInvalidArgument, "InvalidExpiry"));
  }
}

/// Every text of a request that the signature must cover.
std::vector<std::string*> CoveredTexts(http::RequestHead& head, std::vector<http::Header>& headers) {
  std::vector<std::string*> texts = {&head.method, &head.target};
  for (http::Header& header : headers) {
    texts.push_back(&header.value);
    texts.push_back(&header.name);
  }
  return texts;
}

/// The same request to any reader: another case in an escape, or in a header's name.
bool MeansTheSame(const http::RequestHead& a, const http::RequestHead& b) {
  const auto decoded_a = PercentDecode(a.target), decoded_b = PercentDecode(b.target);
  bool same = a.method == b.method && decoded_a && decoded_b && *decoded_a == *decoded_b;
  for (std::size_t i = 0; same && i < a.headers.all().size(); ++i) {
    const http::Header& one = a.headers.all()[i];
    const http::Header& two = b.headers.all()[i];
    same = EqualsIgnoreCaseAscii(one.name, two.name) && CanonicalValue(one.value) == CanonicalValue(two.value);
  }
  return same;
}

TEST(SigV4, RefusesEveryMutationOfASignedRequest) {
  int mutations = 0;
  int accepted = 0;
  for (const Flow& flow : Flows()) {
    const std::string hash = Sha256Hex("body");
    http::Headers extra{{"X-Amz-Meta-A", "value"}, {"Content-Type", "text/x"}};
    const http::RequestHead good =
        Signed(flow.method, flow.target, extra, flow.encoding, hash, flow.credentials, flow.scope);
    ASSERT_THAT(Verify(good, flow.encoding, hash, flow.credentials, flow.scope), HasValue());
    http::RequestHead scratch = good;
    std::vector<http::Header> scratch_headers = good.headers.all();
    const std::size_t text_count = CoveredTexts(scratch, scratch_headers).size();
    for (std::size_t t = 0; t < text_count; ++t) {
      const std::size_t size = CoveredTexts(scratch, scratch_headers)[t]->size();
      for (std::size_t i = 0; i < size; ++i) {
        for (const int change : {0x01, 0x02, 0x20, 0x80, -1, -2}) {
          http::RequestHead bad = good;
          std::vector<http::Header> headers = good.headers.all();
          std::string& text = *CoveredTexts(bad, headers)[t];
          if (change == -1) {
            text.erase(i, 1);
          } else if (change == -2) {
            text.insert(i, 1, text[i]);
          } else {
            text[i] = static_cast<char>(text[i] ^ change);
          }
          bad.headers = http::Headers();
          for (const http::Header& header : headers) bad.headers.Add(header.name, header.value);
          // The payload hash header is S3's claim: the server hashes what it claims. Here the claim is the hash passed.
          const std::string claim(bad.headers.Find("x-amz-content-sha256").value_or(hash));
          if (MeansTheSame(good, bad)) continue;
          const Status status =
              Verify(bad, flow.encoding, flow.encoding == PathEncoding::kOnce ? claim : hash, flow.credentials, flow.scope);
          // `k` for `k=`, a doubled slash of a normalised path, a blank in the Authorization header: the same request.
          if (status) {
            EXPECT_TRUE(&text == &bad.target || text.find("Credential=") != std::string::npos) << text << " " << i;
            EXPECT_EQ(CanonicalPath(bad.raw_path(), flow.encoding).value(),
                      CanonicalPath(good.raw_path(), flow.encoding).value());
            EXPECT_EQ(CanonicalQuery(bad.raw_query()).value(), CanonicalQuery(good.raw_query()).value());
            ++accepted;
          }
          ++mutations;
        }
      }
    }
  }
  EXPECT_GT(mutations, 5'000);
  EXPECT_LT(accepted, 30);
}

TEST(CheckSignedHeaders, RefusesWhatWasSlippedIn) {
  const auto good = Signed("PUT", "/b/k", {}, PathEncoding::kOnce, kUnsignedPayload, kLongLived, {"r", "s3"});
  const auto verify = [](const http::RequestHead& head) {
    return Verify(head, PathEncoding::kOnce, kUnsignedPayload, kLongLived, {"r", "s3"});
  };
  EXPECT_THAT(verify(good), HasValue());
  for (const char* name : {"x-amz-copy-source", "X-Amz-Acl", "X-AMZ-SECURITY-TOKEN", "x-amz-meta-a", "x-amz-tagging"}) {
    auto bad = good;
    bad.headers.Add(name, "/secret/object");
    EXPECT_FALSE(verify(bad).has_value()) << name;
  }
  auto harmless = good;
  harmless.headers.Add("User-Agent", "restic");
  harmless.headers.Add("x-amzn-trace-id", "1");
  EXPECT_THAT(verify(harmless), HasValue());

  // A presigned PUT: the header that is exempt, and one that is not.
  ASSERT_OK_AND_ASSIGN(const std::string url, Presign("PUT", "http://h/b/k", PathEncoding::kOnce, kLongLived,
                                                      {"r", "s3"}, seconds(60), kNow));
  http::RequestHead presigned{"PUT", url.substr(8), {{"Host", "h"}, {"x-amz-content-sha256", "UNSIGNED-PAYLOAD"}}, "", false};
  EXPECT_THAT(verify(presigned), HasValue());
  presigned.headers.Add("x-amz-copy-source", "/other/key");
  EXPECT_THAT(verify(presigned), IsError(ErrorCode::kPermissionDenied, "HeadersNotSigned"));
}

TEST(CheckTime, AllowsFifteenMinutesEitherWay) {
  const auto head = Signed("GET", "/", {}, PathEncoding::kTwice, kEmptyPayloadHash, kLongLived, {"r", "glue"});
  const Authorization authorization = *ParseAuthorization(head);
  for (const int off : {-15 * 60, 0, 15 * 60}) {
    EXPECT_THAT(CheckTime(authorization, kNow + seconds(off)), HasValue()) << off;
  }
  for (const int off : {-15 * 60 - 1, 15 * 60 + 1, 86'400, -86'400}) {
    const Status status = CheckTime(authorization, kNow + seconds(off));
    ASSERT_THAT(status, IsError(ErrorCode::kPermissionDenied, "RequestTimeTooSkewed")) << off;
    EXPECT_THAT(status.error().message(), ::testing::HasSubstr("2026-11-24T06:00:00Z"));
  }
}

TEST(ParseAuthorization, TakesADateHeaderInsteadOfXAmzDate) {
  http::RequestHead head{"GET", "/", {{"Host", "h"}, {"Date", "Tue, 24 Nov 2026 06:00:00 GMT"},
      {"Authorization", "AWS4-HMAC-SHA256 Signature=" + std::string(64, 'a') +
                            ",SignedHeaders=date;host,Credential=AK/20261124/r/s/aws4_request"}}, "", false};
  ASSERT_OK_AND_ASSIGN(const Authorization authorization, ParseAuthorization(head));
  EXPECT_EQ(authorization.amz_date, "20261124T060000Z");
  EXPECT_EQ(authorization.scope, (Scope{"20261124", "r", "s"}));
}

TEST(ParseAuthorization, RefusesMalformedHeaders) {
  const std::string signature(64, 'a');
  const std::string good = "AWS4-HMAC-SHA256 Credential=AK/20261124/r/s/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + signature;
  const auto parse = [](const std::string& value, const std::string& date = "20261124T060000Z") {
    return ParseAuthorization({"GET", "/", {{"Host", "h"}, {"X-Amz-Date", date}, {"Authorization", value}}, "", false});
  };
  EXPECT_THAT(parse(good), HasValue());
  const auto with = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  const std::string cases[] = {
      "", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "Bearer abc", "Basic Zm9v", "AWSx AK:sig", with("AWS4-HMAC-SHA256", "aws4-hmac-sha256"),
      with("Credential=", "credential="), with("AK/", "/"), with("AK/", "A K/"), with("AK/", "AK/AK/"),
      with("20261124", "2026112"), with("20261124", "2026112x"), with("20261124", "20261125"), with("/r/", "//"),
      with("aws4_request", "aws4_requesT"), with("/aws4_request", ""), with("host;x-amz-date", ""), with("host;", ""),
      with("host;x-amz-date", "x-amz-date;host"), with("host;", "host;host;"), with("host;", "Host;"), with("host;", "host;;"),
      with(signature, signature.substr(1)), with(signature, signature + "a"), with(signature, std::string(64, 'A')),
      with(signature, std::string(64, 'g')), with(", Signature", " Signature"), good + ", Signature=" + signature,
      good + ", X=y", good + ",", with("Signature=", "Signature"),
  };
  for (const std::string& value : cases) {
    EXPECT_THAT(parse(value), IsError(ErrorCode::kInvalidArgument, "AuthorizationHeaderMalformed")) << value;
  }
  for (const char* date : {"", "20261124", "2026-11-24T06:00:00Z", "20261124T060000", "20261324T060000Z", "20261123T235959Z"}) {
    EXPECT_THAT(parse(good, date), IsError(ErrorCode::kInvalidArgument, "AuthorizationHeaderMalformed")) << date;
  }
  EXPECT_THAT(parse("AWS4-ECDSA-P256-SHA256 Credential=x"), IsError(ErrorCode::kUnsupported, "SigV4aUnsupported"));
  EXPECT_THAT(parse("AWS AK:sig"), IsError(ErrorCode::kInvalidArgument, "InvalidRequest"));
  EXPECT_THAT(ParseAuthorization({"GET", "/b/k?AWSAccessKeyId=AK&Signature=s&Expires=1", {{"Host", "h"}}, "", false}),
              IsError(ErrorCode::kInvalidArgument, "InvalidRequest"));
  EXPECT_THAT(ParseAuthorization({"GET", "/?a=b", {{"Host", "h"}}, "", false}),
              IsError(ErrorCode::kUnauthenticated, "MissingAuthenticationToken"));
  EXPECT_THAT(ParseAuthorization({"GET", "/?X-Amz-Signature=x", {{"Host", "h"}, {"Authorization", good}}, "", false}),
              IsError(ErrorCode::kInvalidArgument, "InvalidArgument"));
  EXPECT_THAT(ParseAuthorization({"GET", "/", {{"Authorization", good}, {"authorization", good}}, "", false}),
              IsError(ErrorCode::kInvalidArgument, "AuthorizationHeaderMalformed"));
}

TEST(ParseAuthorization, RefusesMalformedQueries) {
  const std::string good =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F20261124%2Fr%2Fs3%2Faws4_request&X-Amz-Date=20261124T060000Z"
      "&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=" + std::string(64, 'a');
  const auto parse = [](const std::string& query) {
    return ParseAuthorization({"GET", "/b/k?" + query, {{"Host", "h"}}, "", false});
  };
  EXPECT_THAT(parse(good), HasValue());
  const auto with = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  const std::string cases[] = {
      with("HMAC", "hmac"), with("Expires=60", "Expires=0"), with("Expires=60", "Expires=604801"), with("Expires=60", "Expires=-1"),
      with("Expires=60", "Expires=+60"), with("Expires=60", "Expires=6e1"), with("&X-Amz-Expires=60", ""), with("&X-Amz-SignedHeaders=host", ""),
      with("X-Amz-Date=20261124T060000Z", "X-Amz-Date=20261125T060000Z"), with("&X-Amz-Date=20261124T060000Z", ""),
      with("=host", "=range"), with("Signature=aa", "Signature=a"), good + "&X-Amz-Signature=" + std::string(64, 'a'),
      good + "&X-Amz-Expires=60", good + "&X-Amz-Credential=x", good + "&X-Amz-Security-Token=a&X-Amz-Security-Token=b",
      with("X-Amz-Credential", "X-Amz-Credentials"),
  };
  for (const std::string& query : cases) {
    EXPECT_THAT(parse(query), IsError(ErrorCode::kInvalidArgument, "AuthorizationQueryParametersError")) << query;
  }
}

TEST(CanonicalPath, KeepsAnEncodedSlashApartFromASlash) {
  struct Case {
    const char* raw;
    const char* once;
    const char* twice;
  };
  const Case cases[] = {
      {"/", "/", "/"},
      {"/a/b", "/a/b", "/a/b"},
      {"/a%2Fb", "/a%2Fb", "/a%252Fb"},
      {"/a%2fb", "/a%2Fb", "/a%252fb"},
      {"/%61=1", "/a%3D1", "/%2561%3D1"},
      {"/a//b/../c/./", "/a//b/../c/./", "/a/c/"},
      {"/a/%2E%2E/b", "/a/../b", "/a/%252E%252E/b"},
      {"/../..", "/../..", "/"},
      {"/arn%3Aaws", "/arn%3Aaws", "/arn%253Aaws"},
      {"/a+b ", "/a%2Bb%20", "/a%2Bb%20"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(CanonicalPath(c.raw, PathEncoding::kOnce).value(), c.once) << c.raw;
    EXPECT_EQ(CanonicalPath(c.raw, PathEncoding::kTwice).value(), c.twice) << c.raw;
  }
  EXPECT_THAT(CanonicalPath("/%", PathEncoding::kOnce), IsError(ErrorCode::kInvalidArgument, "InvalidURI"));
  for (const PathEncoding encoding : {PathEncoding::kOnce, PathEncoding::kTwice}) {
    for (const char* path : {"", "*", "a/b", "../a"}) {
      EXPECT_THAT(CanonicalPath(path, encoding), IsError(ErrorCode::kInvalidArgument, "InvalidURI")) << path;
    }
  }
  EXPECT_THAT(CanonicalPath("/%4", PathEncoding::kOnce), IsError(ErrorCode::kInvalidArgument, "InvalidURI"));
}

TEST(SignRequest, SignsAnewWhatWasSignedBefore) {
  http::Headers headers;
  for (int i = 0; i < 2; ++i) {
    ASSERT_THAT(SignRequest(headers, "GET", "https://h/x", PathEncoding::kOnce, kUnsignedPayload, i == 0 ? kSession : kLongLived,
                            {"r", "s3"}, kNow),
                HasValue());
  }
  EXPECT_FALSE(headers.Has("x-amz-security-token"));
  EXPECT_EQ(headers.FindAll("authorization").size(), 1U);
  EXPECT_THAT(SignRequest(headers, "GET", "s3://h/x", PathEncoding::kOnce, "", kSession, {"r", "s3"}, kNow),
              IsError(ErrorCode::kInvalidArgument, "InvalidUrl"));
}

}  // namespace
}  // namespace firn::sigv4
