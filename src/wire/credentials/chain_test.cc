#include "wire/credentials/chain.h"

#include <fstream>
#include <functional>
#include <map>
#include <vector>

#include "base/result_testing.h"
#include "base/thread_pool.h"

namespace firn::credentials {
namespace {

using firn::testing::HasValue;
using firn::testing::IsError;
using ::testing::HasSubstr;
using ::testing::Not;

/// Answers by "METHOD url"; remembers what was asked.
class FakeClient final : public http::Client {
 public:
  Result<http::IncomingResponse> Send(const Context&,
                                      const http::OutgoingRequest& request) override {
    MutexLock lock(mutex_);
    seen.push_back(request);
    const auto found = answers.find(request.method + " " + request.url);
    if (found == answers.end()) return Unavailable("ConnectFailed", "nobody listens there");
    return found->second;
  }
  void SendAsync(const Context& context, http::OutgoingRequest request,
                 std::function<void(Result<http::IncomingResponse>)> done) override {
    done(Send(context, request));
  }

  Mutex mutex_;
  std::map<std::string, http::IncomingResponse> answers;
  std::vector<http::OutgoingRequest> seen;
};

http::IncomingResponse Answer(int status, std::string body) {
  return {.status = status, .headers = {}, .body = std::move(body)};
}

constexpr const char* kToken = "PUT http://169.254.169.254/latest/api/token";
constexpr const char* kRoles =
    "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/";
constexpr const char* kRoleKeys =
    "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/firn-role";
constexpr const char* kInstanceKeys = R"({
  "Code" : "Success", "LastUpdated" : "2026-11-24T05:00:00Z", "Type" : "AWS-HMAC",
  "AccessKeyId" : "ASIAINSTANCE", "SecretAccessKey" : "instance-secret",
  "Token" : "instance-token", "Expiration" : "2026-11-24T12:00:00Z" })";
constexpr const char* kContainerKeys = R"({"RoleArn":"arn:aws:iam::111122223333:role/task",
  "AccessKeyId":"ASIACONTAINER","SecretAccessKey":"container-secret","Token":"container-token",
  "Expiration":"2026-11-24T12:00:00Z"})";

std::string StsAnswer(const std::string& action, const std::string& key) {
  return "<" + action + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" + action +
         "Result><AssumedRoleUser><Arn>a</Arn></AssumedRoleUser><Credentials><AccessKeyId>" + key +
         "</AccessKeyId><SecretAccessKey>sts-secret</SecretAccessKey>"
         "<SessionToken>sts-token</SessionToken><Expiration>2026-11-24T11:00:00Z</Expiration>"
         "</Credentials></" +
         action + "Result></" + action + "Response>";
}

constexpr const char* kDenied =
    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User is not "
    "authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>";

class ChainTest : public ::testing::Test {
 protected:
  ChainTest() {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder_);
  }
  ~ChainTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  std::shared_ptr<const Sources> Make() {
    return std::make_shared<Sources>(
        SurroundingsFrom([this](std::string_view name) {
          const auto found = variables_.find(std::string(name));
          return found == variables_.end() ? std::nullopt : std::optional(found->second);
        }),
        sts_, metadata_, clock_);
  }
  void ServeInstance() {
    metadata_->answers[kToken] = Answer(200, "the-session-token");
    metadata_->answers[kRoles] = Answer(200, "firn-role\n");
    metadata_->answers[kRoleKeys] = Answer(200, kInstanceKeys);
  }

  std::filesystem::path folder_;
  std::map<std::string, std::string> variables_;
  std::shared_ptr<FakeClient> sts_ = std::make_shared<FakeClient>();
  std::shared_ptr<FakeClient> metadata_ = std::make_shared<FakeClient>();
  ManualClock clock_{*ParseIso8601("2026-11-24T10:00:00Z")};
  Context context_{"test", clock_};
};

std::string KeyOf(const Result<Found>& found) {
  return found ? found->credentials.access_key_id.value() : found.error().FullMessage();
}

TEST_F(ChainTest, AsksTheSourcesInOrder) {
  const std::string token = Write("token", "web-token\n");
  const std::string file = Write(
      "credentials", "[default]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\n");
  sts_->answers["POST https://sts.us-east-1.amazonaws.com/"] =
      Answer(200, StsAnswer("AssumeRoleWithWebIdentity", "ASIAWEB"));
  metadata_->answers["GET http://169.254.170.2/v2/keys"] = Answer(200, kContainerKeys);
  ServeInstance();
  variables_ = {{"AWS_ACCESS_KEY_ID", "AKIAENV"},
                {"AWS_SECRET_ACCESS_KEY", "s"},
                {"AWS_WEB_IDENTITY_TOKEN_FILE", token},
                {"AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/web"},
                {"AWS_SHARED_CREDENTIALS_FILE", file},
                {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/keys"}};
  EXPECT_EQ(KeyOf(Make()->FromDefaultChain(context_)), "AKIAENV");
  variables_.erase("AWS_ACCESS_KEY_ID");
  EXPECT_EQ(KeyOf(Make()->FromDefaultChain(context_)), "ASIAWEB");
  variables_.erase("AWS_ROLE_ARN");
  EXPECT_EQ(KeyOf(Make()->FromDefaultChain(context_)), "AKIAPROFILE");
  variables_.erase("AWS_SHARED_CREDENTIALS_FILE");
  EXPECT_EQ(KeyOf(Make()->FromDefaultChain(context_)), "ASIACONTAINER");
  variables_.erase("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  EXPECT_EQ(KeyOf(Make()->FromDefaultChain(context_)), "ASIAINSTANCE");
}

TEST_F(ChainTest, SaysOfEverySourceWhyItGaveNothing) {
  variables_ = {{"HOME", folder_.string()}, {"AWS_SECRET_ACCESS_KEY", "lone-secret"}};
  std::vector<Attempt> attempts;
  const auto found = Make()->FromDefaultChain(context_, &attempts);
  ASSERT_THAT(found, IsError(ErrorCode::kUnauthenticated, "NoCredentials"));
  const std::string& text = found.error().message();
  for (const char* part :
       {"AWS_ACCESS_KEY_ID is not set", "AWS_WEB_IDENTITY_TOKEN_FILE", "no profile \"default\"",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "nobody listens there"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(text, Not(HasSubstr("lone-secret")));
  EXPECT_EQ(attempts.size(), 5);
}

TEST_F(ChainTest, AsksInstanceMetadataWithASessionToken) {
  ServeInstance();
  ASSERT_OK_AND_ASSIGN(const Found found, Make()->FromInstanceMetadata(context_));
  EXPECT_EQ(found.credentials.session_token.Reveal(), "instance-token");
  EXPECT_EQ(found.expires, *ParseIso8601("2026-11-24T12:00:00Z"));
  ASSERT_EQ(metadata_->seen.size(), 3);
  EXPECT_EQ(metadata_->seen[0].headers.Find("X-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_EQ(metadata_->seen[1].headers.Find("X-aws-ec2-metadata-token"), "the-session-token");
  EXPECT_EQ(metadata_->seen[2].headers.Find("X-aws-ec2-metadata-token"), "the-session-token");
}

TEST_F(ChainTest, TakesNothingWrongFromInstanceMetadata) {
  const struct {
    const char* url;
    int status;
    const char* body;
    const char* says;
  } cases[] = {
      {kToken, 403, "", "answered 403"},
      {kToken, 200, "a\r\nX-Evil: 1", "token that is none"},
      {kRoles, 404, "", "no instance profile"},
      {kRoles, 200, "", "no instance profile"},
      {kRoles, 200, "../../user-data", "no role's name"},
      {kRoleKeys, 404, "", "answered 404"},
      {kRoleKeys, 200, "<html>", "not a JSON object"},
      {kRoleKeys, 200, "[]", "not a JSON object"},
      {kRoleKeys, 200, R"({"Code":"AssumeRoleUnauthorizedAccess"})",
       "AssumeRoleUnauthorizedAccess"},
      {kRoleKeys, 200, R"({"Code":"Success","AccessKeyId":"A"})", "no AccessKeyId and Secret"},
      {kRoleKeys, 200, R"({"AccessKeyId":"A","SecretAccessKey":"s3cr3t","Expiration":"soon"})",
       "no time"},
  };
  for (const auto& c : cases) {
    ServeInstance();
    metadata_->answers[c.url] = Answer(c.status, c.body);
    const auto found = Make()->FromInstanceMetadata(context_);
    ASSERT_FALSE(found.has_value()) << c.url << " " << c.body;
    EXPECT_THAT(found.error().FullMessage(), HasSubstr(c.says));
    EXPECT_THAT(found.error().FullMessage(), Not(HasSubstr("s3cr3t")));
  }
  variables_["AWS_EC2_METADATA_DISABLED"] = "TRUE";
  metadata_->seen.clear();
  EXPECT_THAT(Make()->FromInstanceMetadata(context_),
              IsError(ErrorCode::kUnauthenticated, "NotConfigured"));
  EXPECT_TRUE(metadata_->seen.empty());
}

TEST_F(ChainTest, AsksContainersOnlyWhereTheyMayBe) {
  const struct {
    const char* uri;
    bool may;
  } cases[] = {
      {"http://127.0.0.1:8080/keys", true},       {"http://localhost/keys", true},
      {"http://169.254.170.23/v1/keys", true},    {"http://[fd00:ec2::23]/v1/keys", true},
      {"https://keys.example/k", true},           {"http://keys.example/k", false},
      {"http://169.254.169.254/k", false},        {"http://10.0.0.1/k", false},
      {"http://127.0.0.1.evil.example/k", false}, {"ftp://127.0.0.1/k", false},
      {"http://127.1@evil.example/k", false},
  };
  for (const auto& c : cases) {
    variables_ = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", c.uri},
                  {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Write("token", "Basic xyz\n")}};
    metadata_->seen.clear();
    metadata_->answers[std::string("GET ") + c.uri] = Answer(200, kContainerKeys);
    const auto found = Make()->FromContainer(context_);
    EXPECT_EQ(found.has_value(), c.may) << c.uri;
    EXPECT_EQ(metadata_->seen.size(), c.may ? 1 : 0) << c.uri;
    if (c.may) {
      EXPECT_EQ(metadata_->seen[0].headers.Find("Authorization"), "Basic xyz");
    }
  }
  variables_ = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@evil.example/k"}};
  EXPECT_FALSE(Make()->FromContainer(context_).has_value());
  variables_ = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/k"},
                {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\r\nb"}};
  EXPECT_THAT(Make()->FromContainer(context_).error().message(), HasSubstr("header"));
}

TEST_F(ChainTest, AssumesTheRoleOfAProfile) {
  variables_ = {
      {"AWS_PROFILE", "app"},
      {"AWS_CONFIG_FILE", Write("config",
                                "[profile app]\nrole_arn = arn:aws:iam::111122223333:role/app\n"
                                "source_profile = mid\nexternal_id = ext&1\nregion = eu-west-1\n"
                                "[profile mid]\nrole_arn = arn:aws:iam::111122223333:role/mid\n"
                                "source_profile = base\n"
                                "[profile base]\naws_access_key_id = AKIABASE\n"
                                "aws_secret_access_key = base-secret\n")}};
  for (const char* region : {"eu-west-1", "us-east-1"}) {
    sts_->answers["POST https://sts." + std::string(region) + ".amazonaws.com/"] =
        Answer(200, StsAnswer("AssumeRole", "ASIAROLE"));
  }
  ASSERT_OK_AND_ASSIGN(const Found found, Make()->FromDefaultChain(context_));
  EXPECT_EQ(found.credentials.access_key_id.value(), "ASIAROLE");
  EXPECT_THAT(found.source, HasSubstr("role/app assumed with role "));
  ASSERT_EQ(sts_->seen.size(), 2);
  EXPECT_THAT(std::string(sts_->seen[0].headers.Find("Authorization").value_or("")),
              HasSubstr("Credential=AKIABASE/20261124/eu-west-1/sts/aws4_request"));
  EXPECT_THAT(*sts_->seen[1].body, HasSubstr("ExternalId=ext%261"));
  EXPECT_EQ(sts_->seen[1].headers.Find("X-Amz-Security-Token"), "sts-token");
}

TEST_F(ChainTest, RefusesProfilesItCannotFollow) {
  const struct {
    const char* text;
    const char* says;
  } cases[] = {
      {"[profile p]\nregion = x\n", "has neither aws_access_key_id"},
      {"[profile p]\nrole_arn = r\n", "needs one of source_profile"},
      {"[profile p]\nrole_arn = r\nsource_profile = q\n", "\"q\" does not exist"},
      {"[profile p]\nrole_arn = r\nsource_profile = p\n", "leads back to itself"},
      {"[profile p]\nrole_arn = r\nsource_profile = q\n[profile q]\nrole_arn = r\n"
       "source_profile = p\n",
       "leads back to itself"},
      {"[profile p]\nrole_arn = r\ncredential_source = Moon\n", "\"Moon\" is none of"},
      {"[profile p]\nrole_arn = r\nsource_profile = p\ncredential_source = Environment\n",
       "needs one of"},
      {"[profile p]\ncredential_process = /bin/keys\n", "credential_process"},
      {"[profile p]\nsso_session = s\n", "IAM Identity Center"},
      {"[profile p]\nrole_arn = r\nmfa_serial = m\nsource_profile = p\n", "MFA"},
      {"[profile p\n", "line 1"},
      {"[profile q]\n", "no profile \"p\""},
  };
  for (const auto& c : cases) {
    variables_ = {{"AWS_PROFILE", "p"}, {"AWS_CONFIG_FILE", Write("config", c.text)}};
    const auto found = Make()->FromProfile(context_, "p");
    ASSERT_FALSE(found.has_value()) << c.text;
    EXPECT_THAT(found.error().FullMessage(), HasSubstr(c.says)) << c.text;
  }
  EXPECT_TRUE(sts_->seen.empty());
}

TEST_F(ChainTest, CountsTheProfilesARoleIsReachedOver) {
  std::string text;
  for (int i = 0; i < 12; ++i) {
    text += "[profile p" + std::to_string(i) + "]\nrole_arn = r\nsource_profile = p" +
            std::to_string(i + 1) + "\n";
  }
  variables_ = {{"AWS_CONFIG_FILE", Write("config", text)}};
  EXPECT_THAT(Make()->FromProfile(context_, "p0").error().FullMessage(), HasSubstr("more than 5"));
}

TEST_F(ChainTest, TellsWhatStsSaidAndNoSecret) {
  const Found base{.credentials = {AccessKeyId("AKIA"), Secret("base-secret"), Secret()},
                   .expires = std::nullopt,
                   .source = "given keys"};
  RoleRequest role{.arn = "arn:aws:iam::111122223333:role/r",
                   .external_id = "",
                   .session_name = "firn",
                   .region = "us-east-1",
                   .endpoint = "http://sts.local"};
  const auto refused = [&](int status, const char* body) {
    sts_->answers["POST http://sts.local/"] = Answer(status, body);
    return Make()->Assume(context_, base, role);
  };
  EXPECT_THAT(refused(403, kDenied), IsError(ErrorCode::kUnauthenticated, "AssumeRoleRefused"));
  EXPECT_THAT(refused(403, kDenied).error().message(), HasSubstr("AccessDenied: User is not"));
  EXPECT_THAT(refused(400, "junk").error().message(), HasSubstr("HTTP 400"));
  EXPECT_THAT(refused(503, ""), IsError(ErrorCode::kUnavailable, "AssumeRoleFailed"));
  EXPECT_THAT(refused(302, ""), IsError(ErrorCode::kUnauthenticated, "AssumeRoleRefused"));
  for (const char* body : {"", "<a/>", "<a><b><Credentials/></b></a>",
                           "<a><b><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>sec"
                           "</SecretAccessKey></Credentials></b></a>"})
    EXPECT_THAT(refused(200, body), IsError(ErrorCode::kUnavailable, "BadCredentialsAnswer"));
  role.endpoint.clear();
  role.region = "evil.example/#";
  EXPECT_THAT(Make()->Assume(context_, base, role),
              IsError(ErrorCode::kInvalidArgument, "BadRegion"));
}

TEST_F(ChainTest, StrikesTheWebTokenOutOfWhatStsSays) {
  variables_ = {{"AWS_WEB_IDENTITY_TOKEN_FILE", Write("token", "eyJ-web-token")},
                {"AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/web"},
                {"AWS_ENDPOINT_URL_STS", "http://sts.local"}};
  sts_->answers["POST http://sts.local/"] =
      Answer(400,
             "<E><Error><Code>InvalidIdentityToken</Code><Message>bad eyJ-web-token"
             "</Message></Error></E>");
  const auto found = Make()->FromWebIdentity(context_);
  EXPECT_THAT(found.error().message(), HasSubstr("InvalidIdentityToken: bad ******"));
  EXPECT_FALSE(sts_->seen.at(0).headers.Has("Authorization"));
}

TEST_F(ChainTest, RenewsBeforeTheEndAndAsksOnce) {
  ServeInstance();
  Chain chain(Make(), clock_);
  const Plan plan{.origin = Origin::kInstanceProfile, .fixed = {}, .role = std::nullopt};
  const auto provider = chain.ProviderFor(plan);
  EXPECT_EQ(provider, chain.ProviderFor(plan));
  {
    ThreadPool pool("askers", 8, 64);
    for (int i = 0; i < 32; ++i)
      ASSERT_TRUE(pool.TrySubmit([&] { EXPECT_THAT(provider->Get(context_), HasValue()); }));
  }
  EXPECT_EQ(metadata_->seen.size(), 3);
  clock_.Advance(std::chrono::minutes(95));  // Two hours of life: renewed after 96 minutes.
  EXPECT_THAT(provider->Get(context_), HasValue());
  EXPECT_EQ(metadata_->seen.size(), 3);
  clock_.Advance(std::chrono::minutes(2));
  EXPECT_THAT(provider->Get(context_), HasValue());
  EXPECT_EQ(metadata_->seen.size(), 6);
  // Old keys serve while they live, even when no new ones come.
  metadata_->answers.clear();
  EXPECT_THAT(provider->Get(context_), HasValue());
  clock_.Advance(std::chrono::minutes(30));
  EXPECT_FALSE(provider->Get(context_).has_value());
}

TEST_F(ChainTest, RenewsInThePoolWhileOldKeysLive) {
  ServeInstance();
  ThreadPool pool("renewals", 1);
  Chain chain(Make(), clock_, {.pool = &pool});
  const auto provider = chain.ProviderFor({.origin = Origin::kInstanceProfile});
  ASSERT_THAT(provider->Get(context_), HasValue());
  clock_.Advance(std::chrono::minutes(100));
  metadata_->answers[kRoleKeys] = Answer(200, R"({"Code":"Success","AccessKeyId":"ASIANEXT",
    "SecretAccessKey":"s","Token":"t","Expiration":"2026-11-24T18:00:00Z"})");
  EXPECT_EQ(provider->Get(context_)->access_key_id.value(), "ASIAINSTANCE");
  pool.Shutdown();
  EXPECT_EQ(provider->Get(context_)->access_key_id.value(), "ASIANEXT");
}

TEST_F(ChainTest, FetchesAnewWhatAServiceRefused) {
  ServeInstance();
  Chain chain(Make(), clock_);
  const auto provider = chain.ProviderFor({.origin = Origin::kInstanceProfile});
  const Credentials first = *provider->Get(context_);
  provider->Refuse(first);
  EXPECT_THAT(provider->Get(context_), HasValue());
  EXPECT_EQ(metadata_->seen.size(), 6);
  Credentials other = first;
  other.access_key_id = AccessKeyId("ASIAOLDER");
  provider->Refuse(other);  // Somebody was late.
  EXPECT_THAT(provider->Get(context_), HasValue());
  EXPECT_EQ(metadata_->seen.size(), 6);
}

TEST_F(ChainTest, TakesStsOfItsPartitionAndVariant) {
  variables_ = {{"AWS_WEB_IDENTITY_TOKEN_FILE", Write("token", "t")}, {"AWS_ROLE_ARN", "r"}};
  const auto asked = [this](const char* region) {
    variables_["AWS_REGION"] = region;
    sts_->seen.clear();
    (void)Make()->FromWebIdentity(context_);
    return sts_->seen.empty() ? std::string() : sts_->seen[0].url;
  };
  EXPECT_EQ(asked("cn-north-1"), "https://sts.cn-north-1.amazonaws.com.cn/");
  variables_["AWS_USE_FIPS_ENDPOINT"] = "true";
  EXPECT_EQ(asked("us-east-1"), "https://sts-fips.us-east-1.amazonaws.com/");
  EXPECT_EQ(asked("us-gov-west-1"), "https://sts.us-gov-west-1.amazonaws.com/");
  EXPECT_EQ(asked("cn-north-1"), "");
  variables_["AWS_USE_DUALSTACK_ENDPOINT"] = "true";
  EXPECT_EQ(asked("us-east-1"), "https://sts-fips.us-east-1.api.aws/");
}

}  // namespace
}  // namespace firn::credentials
