#include <fstream>
#include <sstream>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/result_testing.h"
#include "wire/sigv4/authorization.h"
#include "wire/sigv4/canonical_request_internal.h"
#include "wire/sigv4/sign.h"

namespace firn::sigv4 {
namespace {

using firn::testing::HasValue;

/// A request as the suite writes it; folded header lines are joined.
struct Message {
  http::RequestHead head;
  std::string body;
};

Message ReadMessage(const std::string& text) {
  Message message;
  std::istringstream in(text);
  std::string line;
  std::getline(in, line);
  const std::size_t space = line.find(' ');
  message.head.method = line.substr(0, space);
  std::string rest = line.substr(space + 1);
  if (rest.ends_with(" HTTP/1.1")) rest.resize(rest.size() - 9);
  message.head.target = rest;
  std::vector<http::Header> headers;
  while (std::getline(in, line) && !line.empty()) {
    if (line.front() == ' ') {
      headers.back().value += line;
      continue;
    }
    const std::size_t colon = line.find(':');
    headers.push_back({line.substr(0, colon), line.substr(colon + 1)});
  }
  for (const http::Header& header : headers) message.head.headers.Add(header.name, CanonicalValue(header.value));
  std::getline(in, message.body, '\0');
  return message;
}

std::string Member(const json::object& test, std::string_view name) {
  return FindString(test, name).value().value_or("");
}

/// The header names, the second-to-last line of a canonical request.
std::vector<std::string> SignedNames(const std::string& canonical) {
  const std::size_t end = canonical.rfind('\n');
  const std::size_t begin = canonical.rfind('\n', end - 1) + 1;
  std::vector<std::string> names;
  for (const std::string_view name : Split(std::string_view(canonical).substr(begin, end - begin), ';')) {
    names.emplace_back(name);
  }
  return names;
}

PathEncoding EncodingOf(const json::object& test) {
  return FindBool(test, "normalize").value().value_or(true) ? PathEncoding::kTwice : PathEncoding::kOnce;
}

json::array LoadCases() {
  std::ifstream in(std::string(FIRN_ROOM_DIR) + "/golden/aws_signing_test_suite.json");
  std::ostringstream text;
  text << in.rdbuf();
  const auto document = ParseJson(text.str());
  EXPECT_TRUE(document.has_value());
  return document->as_object().at("cases").as_array();
}

/// Canonicalises the signed message of one form and compares with the suite's canonical request.
void CheckCanonical(const json::object& test, const std::string& form, const Message& message) {
  const std::string expected = Member(test, form + "_canonical_request");
  const std::vector<std::string> names = SignedNames(expected);
  const auto canonical =
      CanonicalRequest({message.head.method, message.head.raw_path(), message.head.raw_query(), message.head.headers,
                        names, EncodingOf(test), Sha256Hex(message.body)});
  ASSERT_THAT(canonical, HasValue());
  EXPECT_EQ(*canonical, expected);
}

TEST(AwsSigningTestSuite, CanonicalRequestsAgree) {
  int count = 0;
  for (const json::value& value : LoadCases()) {
    const json::object& test = value.as_object();
    SCOPED_TRACE(Member(test, "name"));
    for (const std::string form : {"header", "query"}) {
      if (!test.contains(form + "_signed_request")) continue;
      Message message = ReadMessage(Member(test, form + "_signed_request"));
      // In these two the context adds a date, or leaves the session token out of what is signed.
      if (Member(test, "name") == "double-encode-path") message.head.headers.Set("X-Amz-Date", "20210511T154045Z");
      if (form == "query" && FindBool(test, "omit_session_token").value().value_or(false)) {
        const std::size_t begin = message.head.target.find("&X-Amz-Security-Token=");
        message.head.target.erase(begin, message.head.target.find('&', begin + 1) - begin);
      }
      CheckCanonical(test, form, message);
      ++count;
    }
  }
  EXPECT_EQ(count, 78);
}

TEST(AwsSigningTestSuite, SignedRequestsVerify) {
  int count = 0;
  for (const json::value& value : LoadCases()) {
    const json::object& test = value.as_object();
    SCOPED_TRACE(Member(test, "name"));
    for (const std::string form : {"header", "query"}) {
      const std::string signature = Member(test, form + "_signature");
      if (signature.empty()) continue;
      // A token that is not signed cannot be told from one that was slipped in.
      if (form == "query" && FindBool(test, "omit_session_token").value().value_or(false)) continue;
      const Message message = ReadMessage(Member(test, form + "_signed_request"));
      ASSERT_OK_AND_ASSIGN(const Authorization authorization, ParseAuthorization(message.head));
      EXPECT_EQ(authorization.signature, signature);
      EXPECT_EQ(authorization.presigned, form == "query");
      EXPECT_EQ(authorization.access_key_id.value(), Member(test, "access_key_id"));
      const Secret key(Member(test, "secret_access_key"));
      const std::string hash = Sha256Hex(message.body);
      EXPECT_THAT(CheckSignature(authorization, message.head, EncodingOf(test), hash, key), HasValue());
      EXPECT_THAT(CheckTime(authorization, *ParseIso8601(Member(test, "timestamp"))), HasValue());
      ++count;
    }
  }
  EXPECT_GE(count, 74);
}

TEST(AwsSigningTestSuite, OurSignaturesAreTheSuites) {
  int count = 0;
  for (const json::value& value : LoadCases()) {
    const json::object& test = value.as_object();
    const std::string signature = Member(test, "header_signature");
    if (signature.empty() || EncodingOf(test) == PathEncoding::kOnce ||
        FindBool(test, "omit_session_token").value().value_or(false) ||
        Member(test, "header_canonical_request").find("\ncontent-length:") != std::string::npos) {
      continue;  // We never sign Content-Length: the HTTP library writes it.
    }
    SCOPED_TRACE(Member(test, "name"));
    Message message = ReadMessage(Member(test, "request"));
    if (message.head.target.find(' ') != std::string::npos) continue;  // Not a URL.
    // Its request has %20 where its signed request has a space.
    if (Member(test, "name") == "get-space-normalized") continue;
    const std::string host(message.head.headers.Find("host").value());
    const std::string hash = Sha256Hex(message.body);
    if (FindBool(test, "sign_body").value().value_or(false)) message.head.headers.Set("X-Amz-Content-Sha256", hash);
    const Credentials credentials{AccessKeyId(Member(test, "access_key_id")), Secret(Member(test, "secret_access_key")),
                                  Secret(Member(test, "token"))};
    EXPECT_THAT(SignRequest(message.head.headers, message.head.method, "https://" + host + message.head.target,
                            PathEncoding::kTwice, hash, credentials,
                            {Member(test, "region"), Member(test, "service")}, *ParseIso8601(Member(test, "timestamp"))),
                HasValue());
    EXPECT_TRUE(message.head.headers.Find("authorization")->ends_with("Signature=" + signature));
    ++count;
  }
  EXPECT_GE(count, 24);
}

}  // namespace
}  // namespace firn::sigv4
