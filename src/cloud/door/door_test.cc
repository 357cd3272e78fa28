#include "cloud/door/door.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "base/digest.h"
#include "base/json.h"
#include "base/result_testing.h"
#include "wire/sigv4/sign.h"

/// Requests signed as a client signs them, handed to the door without a network between.

namespace firn::door {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Ask {
  std::string service = "s3tables";
  std::string method = "GET";
  std::string target = "/buckets";
  std::string body = "";
  http::Headers headers = {};
  std::string region = "us-east-1";
};

struct Got {
  int status = 0;
  std::string body;
  http::Headers headers;
};

class DoorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("firn-door-" + NewUuid(SecureRandom()));
    Open();
    root_ = door_->root_credentials();
  }
  void TearDown() override {
    door_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Open() {
    door_.reset();
    auto door = Door::Open({.data_folder = folder_,
                            .account_id = "123456789012",
                            .region = "us-east-1",
                            .clock = &clock_});
    ASSERT_TRUE(door.has_value()) << door.error().ToString();
    door_ = *std::move(door);
  }

  http::RequestHead Sign(const Ask& ask, const Credentials& credentials) {
    http::RequestHead head{.method = ask.method, .target = ask.target, .headers = ask.headers};
    const bool is_s3 = ask.service == "s3";
    const auto encoding = is_s3 ? sigv4::PathEncoding::kOnce : sigv4::PathEncoding::kTwice;
    const Status status =
        sigv4::SignRequest(head.headers, ask.method, "http://localhost:4566" + ask.target, encoding,
                           Sha256Hex(ask.body), credentials, {ask.region, ask.service}, clock_.Now());
    FIRN_CHECK(status.has_value());
    head.headers.Set("Host", "localhost:4566");
    if (!ask.body.empty()) head.headers.Set("Content-Length", std::to_string(ask.body.size()));
    return head;
  }
  Got Send(const http::RequestHead& head, const std::string& body) {
    http::TextBodyReader reader(body);
    const http::Response response = door_->Handle(Context("request-1"), head, reader);
    Got got{.status = response.status, .headers = response.headers};
    if (const auto* text = std::get_if<std::string>(&response.body)) got.body = *text;
    if (const auto* source = std::get_if<std::shared_ptr<http::BodySource>>(&response.body)) {
      while (got.body.size() < (*source)->length_bytes()) got.body += (*source)->Next().value();
    }
    return got;
  }
  Got Call(const Ask& ask) { return Send(Sign(ask, root_), ask.body); }
  Got Call(const Ask& ask, const Credentials& credentials) {
    return Send(Sign(ask, credentials), ask.body);
  }

  std::string CreateBucket() {
    const Got got = Call({.method = "PUT", .body = R"({"name":"bucket-1"})"});
    EXPECT_EQ(got.status, 200) << got.body;
    return "arn%3Aaws%3As3tables%3Aus-east-1%3A123456789012%3Abucket%2Fbucket-1";
  }
  std::string ReadAudit() const {
    std::ifstream file(folder_ / "audit.log");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  std::filesystem::path folder_;
  ManualClock clock_{WallTimeFromMillis(1'795'500'000'000)};
  std::unique_ptr<Door> door_;
  Credentials root_;
};

/// One well-formed request a service.
const std::vector<Ask>& OneAskAService() {
  static const std::vector<Ask> kAsks = {
      {.service = "s3tables", .target = "/buckets"},
      {.service = "s3", .target = "/"},
      {.service = "glue", .target = "/iceberg/v1/config?warehouse=123456789012"},
      {.service = "iam", .method = "POST", .target = "/", .body = "Action=ListUsers&Version=2010-05-08"},
      {.service = "sts", .method = "POST", .target = "/", .body = "Action=GetCallerIdentity&Version=2011-06-15"},
      {.service = "lakeformation", .method = "POST", .target = "/GetDataLakeSettings", .body = "{}"},
  };
  return kAsks;
}

TEST_F(DoorTest, AnswersEveryServiceToItsRoot) {
  for (const Ask& ask : OneAskAService()) {
    const Got got = Call(ask);
    EXPECT_EQ(got.status, 200) << ask.service << ": " << got.body;
  }
}

TEST_F(DoorTest, RefusesEveryServiceWithoutASignature) {
  for (const Ask& ask : OneAskAService()) {
    http::RequestHead head{.method = ask.method, .target = ask.target};
    head.headers.Set("Host", "localhost:4566");
    EXPECT_EQ(Send(head, ask.body).status, 403) << ask.service;
  }
}

struct Tampering {
  std::string name;
  std::function<void(http::RequestHead&, std::string& body)> change;
};

TEST_F(DoorTest, RefusesEveryServiceWhenAnythingSignedWasChanged) {
  const std::vector<Tampering> tamperings = {
      {"signature", [](auto& head, auto&) {
         std::string value(*head.headers.Find("authorization"));
         value.back() = value.back() == '0' ? '1' : '0';
         head.headers.Set("Authorization", value);
       }},
      {"WHATEVER", [](auto& head, auto&) {
         std::string value(*head.headers.Find("authorization"));
         head.headers.Set("Authorization", value.substr(0, value.find("Signature=")) + "Signature=WHATEVER");
       }},
      {"method", [](auto& head, auto&) { head.method = head.method == "GET" ? "DELETE" : "PUT"; }},
      {"path", [](auto& head, auto&) { head.target = "/x" + head.target; }},
      {"query", [](auto& head, auto&) {
         head.target += head.target.find('?') == std::string::npos ? "?a=b" : "&a=b";
       }},
      {"host", [](auto& head, auto&) { head.headers.Set("Host", "elsewhere"); }},
      {"date", [](auto& head, auto&) { head.headers.Set("X-Amz-Date", "20261124T000001Z"); }},
      {"unsigned header", [](auto& head, auto&) { head.headers.Set("x-amz-copy-source", "/b/k"); }},
      {"unsigned token", [](auto& head, auto&) { head.headers.Set("x-amz-security-token", "t"); }},
      {"key", [](auto& head, auto&) {
         std::string value(*head.headers.Find("authorization"));
         const auto at = value.find("AKIA");
         value.replace(at, 20, "AKIAAAAAAAAAAAAAAAAA");
         head.headers.Set("Authorization", value);
       }},
      {"service", [](auto& head, auto&) {
         std::string value(*head.headers.Find("authorization"));
         const auto at = value.find("/us-east-1/") + 11;
         value.replace(at, value.find("/aws4_request") - at, "sts");
         head.headers.Set("Authorization", value);
         head.headers.Set("X-Tampered", "1");
       }},
  };
  for (const Ask& ask : OneAskAService()) {
    for (const Tampering& tampering : tamperings) {
      if (tampering.name == "service" && ask.service == "sts") continue;
      http::RequestHead head = Sign(ask, root_);
      std::string body = ask.body;
      tampering.change(head, body);
      const Got got = Send(head, body);
      EXPECT_GE(got.status, 400) << ask.service << " with another " << tampering.name << ": " << got.body;
      EXPECT_LT(got.status, 500) << ask.service << " with another " << tampering.name << ": " << got.body;
    }
  }
}

TEST_F(DoorTest, RefusesAnotherBody) {
  for (const Ask& ask : OneAskAService()) {
    if (ask.body.empty()) continue;
    const Got got = Send(Sign(ask, root_), ask.body + " ");
    EXPECT_EQ(got.status, 403) << ask.service << ": " << got.body;
  }
  ASSERT_EQ(Call({.service = "s3", .method = "PUT", .target = "/bucket-a"}).status, 200);
  const Ask put{.service = "s3", .method = "PUT", .target = "/bucket-a/key", .body = "hello"};
  const Got got = Send(Sign(put, root_), "hellp");
  EXPECT_EQ(got.status, 400);
  EXPECT_THAT(got.body, HasSubstr("XAmzContentSHA256Mismatch"));
  EXPECT_EQ(Call({.service = "s3", .target = "/bucket-a/key"}).status, 404);
}

TEST_F(DoorTest, RefusesOtherTimesRegionsAndServices) {
  for (const Ask& ask : OneAskAService()) {
    const http::RequestHead head = Sign(ask, root_);
    clock_.Advance(std::chrono::minutes(16));
    EXPECT_EQ(Send(head, ask.body).status, 403) << ask.service;
    Ask elsewhere = ask;
    elsewhere.region = "eu-west-99";
    EXPECT_GE(Call(elsewhere).status, 400) << ask.service;
    elsewhere.region = "us-east-1";
    elsewhere.service = "execute-api";
    EXPECT_EQ(Call(elsewhere).status, 403) << ask.service;
  }
  EXPECT_THAT(Call({.service = "athena", .method = "POST", .target = "/"}).body, HasSubstr("not there yet"));
}

TEST_F(DoorTest, KnowsItsRootOverARestart) {
  CreateBucket();
  Open();
  EXPECT_EQ(door_->root_credentials().access_key_id, root_.access_key_id);
  EXPECT_THAT(Call({}).body, HasSubstr("bucket-1"));
}

TEST_F(DoorTest, StoresAndReadsAnObject) {
  ASSERT_EQ(Call({.service = "s3", .method = "PUT", .target = "/bucket-a"}).status, 200);
  const Got put = Call({.service = "s3", .method = "PUT", .target = "/bucket-a/a%20b", .body = "hello"});
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.headers.Find("etag"), "\"5d41402abc4b2a76b9719d911017c592\"");
  EXPECT_EQ(Call({.service = "s3", .target = "/bucket-a/a%20b"}).body, "hello");
  const Got part = Call({.service = "s3", .target = "/bucket-a/a%20b", .headers = {{"Range", "bytes=1-2"}}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "el");
  EXPECT_EQ(part.headers.Find("content-range"), "bytes 1-2/5");
}

TEST_F(DoorTest, GivesAMissingAndAForbiddenTableTheSameAnswer) {
  const std::string arn = CreateBucket();
  ASSERT_EQ(Call({.method = "PUT", .target = "/namespaces/" + arn, .body = R"({"namespace":["ns"]})"}).status, 200);
  ASSERT_EQ(Call({.method = "PUT", .target = "/tables/" + arn + "/ns",
                  .body = R"({"name":"t","format":"ICEBERG","metadata":{"iceberg":{"schema":{"fields":[{"name":"a","type":"long"}]}}}})"})
                .status, 200);
  ASSERT_EQ(Call({.service = "iam", .method = "POST", .target = "/",
                  .body = "Action=CreateUser&UserName=eve&Version=2010-05-08"}).status, 200);
  const Got key = Call({.service = "iam", .method = "POST", .target = "/",
                        .body = "Action=CreateAccessKey&UserName=eve&Version=2010-05-08"});
  const auto between = [&](const std::string& tag) {
    const auto begin = key.body.find("<" + tag + ">") + tag.size() + 2;
    return key.body.substr(begin, key.body.find("</" + tag + ">") - begin);
  };
  const Credentials eve{AccessKeyId(between("AccessKeyId")), Secret(between("SecretAccessKey")), Secret()};
  const std::string tables = "/iceberg/v1/catalogs/123456789012:s3tablescatalog/bucket-1/namespaces/ns/tables/";
  const Got there = Call({.service = "glue", .target = tables + "t"}, eve);
  const Got missing = Call({.service = "glue", .target = tables + "u"}, eve);
  EXPECT_EQ(there.status, 403);
  EXPECT_EQ(missing.status, 403);
  std::string expected = there.body;
  expected.replace(expected.find("/ns/t"), 5, "/ns/u");
  EXPECT_EQ(missing.body, expected);
  const std::string named = "/get-table?tableBucketARN=" + arn + "&namespace=ns&name=";
  EXPECT_EQ(Call({.target = named + "t"}, eve).body, Call({.target = named + "u"}, eve).body);
  const std::string by_arn = "/iceberg/v1/" + arn + "/namespaces/ns/tables/";
  EXPECT_EQ(Call({.target = by_arn + "t"}, eve).body, Call({.target = by_arn + "u"}, eve).body);
  EXPECT_EQ(Call({.target = by_arn + "t"}, eve).status, 403);
  EXPECT_EQ(Call({.service = "glue", .target = tables + "t"}).status, 200);
  EXPECT_EQ(Call({.service = "glue", .target = tables + "u"}).status, 404);
}

TEST_F(DoorTest, RecordsDecisionsAndRequestsWithoutSecrets) {
  CreateBucket();
  http::RequestHead head{.method = "GET", .target = "/buckets"};
  head.headers.Set("Host", "localhost");
  Send(head, "");
  const std::string audit = ReadAudit();
  EXPECT_THAT(audit, HasSubstr(R"("action":"s3tables:CreateTableBucket")"));
  EXPECT_THAT(audit, HasSubstr(R"("error":"MissingAuthenticationTokenException")"));
  EXPECT_THAT(audit, Not(HasSubstr(std::string(root_.secret_key.Reveal()))));
}

TEST_F(DoorTest, ShowsTableBucketsInGluesOwnApi) {
  CreateBucket();
  const auto ask = [](const std::string& operation, const std::string& body) {
    return Ask{.service = "glue", .method = "POST", .target = "/", .body = body,
               .headers = {{"X-Amz-Target", "AWSGlue." + operation}}};
  };
  const std::string id = R"("CatalogId":"123456789012:s3tablescatalog/bucket-1")";
  EXPECT_EQ(Call(ask("GetCatalog", "{" + id + "}")).status, 200);
  EXPECT_EQ(Call(ask("GetDatabases", "{" + id + "}")).body, R"({"DatabaseList":[]})");
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"GetJobs", "{}"}, {"GetCatalog", R"({"CatalogId":"other"})"}, {"GetDatabase", "{" + id + "}"},
      {"GetDatabase", "{" + id + R"(,"Name":"none"})"}, {"GetTable", "{" + id + R"(,"DatabaseName":"x"})"},
      {"CreateCatalog", R"({"Name":"s3tablescatalog"})"}, {"CreateCatalog", R"({"Name":"x"})"},
      {"CreateDatabase", "{" + id + "}"}, {"GetCatalog", "["}, {"GetCatalog", "[]"}, {"", "{}"},
  };
  for (const auto& [operation, body] : refused) {
    EXPECT_EQ(Call(ask(operation, body)).status, 400) << operation << " " << body;
  }
}

TEST_F(DoorTest, TellsItsHealthToAnyone) {
  http::RequestHead head{.method = "GET", .target = "/_firn/health"};
  EXPECT_EQ(Send(head, "").status, 200);
  head.target = "/_firn/health/x";
  EXPECT_EQ(Send(head, "").status, 403);
}

TEST(DoorOpen, RefusesAccountsAndRegionsThatAreNone) {
  for (const std::string account : {"", "1", "12345678901a", "1234567890123"}) {
    EXPECT_THAT(Door::Open({.data_folder = "/nonexistent", .account_id = account, .region = "us-east-1"}),
                ::firn::testing::IsError(ErrorCode::kInvalidArgument, "InvalidAccountId"));
  }
  for (const std::string region : {"", "US", "us east", "../x", "mars-north-1", "us-east-3"}) {
    EXPECT_THAT(Door::Open({.data_folder = "/nonexistent", .account_id = "123456789012", .region = region}),
                ::firn::testing::IsError(ErrorCode::kInvalidArgument, "InvalidRegion"));
  }
}

}  // namespace
}  // namespace firn::door
