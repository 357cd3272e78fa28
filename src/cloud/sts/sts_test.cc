#include "cloud/sts/sts.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "base/result_testing.h"
#include "cloud/iam/iam_api.h"
#include "cloud/sts/limits.h"

namespace firn::sts {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

constexpr std::string_view kAccount = "123456789012";
constexpr std::string_view kRoleArn = "arn:aws:iam::123456789012:role/reader";

class ListedAudit final : public policy::AuditSink {
 public:
  void Record(const policy::AuditRecord& record) override { records.push_back(record); }
  std::vector<policy::AuditRecord> records;
};

using Parameters = std::vector<std::pair<std::string, std::string>>;
using Caller = std::shared_ptr<const policy::Principal>;

class StsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "firn_sts_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    ASSERT_OK_AND_ASSIGN(ledger_, ledger::Ledger::Open(folder_ / "ledger.sqlite"));
    ASSERT_OK_AND_ASSIGN(sealer_, ledger::Sealer::Open(folder_ / "seal.key", SecureRandom()));
    store_ = std::make_unique<iam::IdentityStore>(*ledger_, *sealer_, clock_);
    iam_ = std::make_unique<iam::IamApi>(iam::IamApi::Parts{*ledger_, *sealer_, *store_, clock_,
                                                            SecureRandom(), std::string(kAccount)});
    sts_ = std::make_unique<Sts>(
        Sts::Parts{*ledger_, *sealer_, *store_, clock_, SecureRandom(), std::string(kAccount)});
    root_ = std::make_shared<const policy::Principal>(policy::RootPrincipal(std::string(kAccount)));
    Iam("CreateUser", {{"UserName", "ann"}});
    const std::string key = Iam("CreateAccessKey", {{"UserName", "ann"}});
    key_ = AccessKeyId(Between(key, "AccessKeyId"));
    ann_ = store_->FindAccessKey(key_, "")->principal;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static aws::Form FormOf(std::string_view action, const Parameters& parameters) {
    aws::Form form;
    form.Add("Action", std::string(action));
    for (const auto& [name, value] : parameters) form.Add(name, value);
    return form;
  }
  std::string Iam(std::string_view action, const Parameters& parameters) {
    const aws::Form form = FormOf(action, parameters);
    auto needs = iam_->RequiredAccess(*root_, form);
    EXPECT_THAT(needs, HasValue());
    auto permit = authorizer_.Authorize(Context(), root_, {.needs = std::move(*needs)});
    auto answer = iam_->Handle(Context(), *permit, form);
    EXPECT_THAT(answer, HasValue());
    return answer ? answer->body : "";
  }
  Result<std::string> Call(const Caller& caller, std::string_view action,
                           const Parameters& parameters = {}) {
    const aws::Form form = FormOf(action, parameters);
    FIRN_ASSIGN_OR_RETURN(auto needs, sts_->RequiredAccess(*caller, form));
    if (needs.empty()) {
      FIRN_ASSIGN_OR_RETURN(const aws::Answer answer,
                            sts_->HandleUnauthorized(Context("req-1"), *caller, form));
      return answer.body;
    }
    FIRN_ASSIGN_OR_RETURN(
        const policy::Permit permit,
        authorizer_.Authorize(Context("req-1"), caller, {.needs = std::move(needs)}));
    FIRN_ASSIGN_OR_RETURN(const aws::Answer answer, sts_->Handle(Context("req-1"), permit, form));
    return answer.body;
  }
  static std::string Between(const std::string& xml, std::string_view element) {
    const std::string open = fmt::format("<{}>", element);
    const std::size_t start = xml.find(open);
    if (start == std::string::npos) return {};
    return xml.substr(start + open.size(),
                      xml.find(fmt::format("</{}>", element), start) - start - open.size());
  }
  Caller CallerOf(const std::string& xml) {
    auto identity = store_->FindAccessKey(AccessKeyId(Between(xml, "AccessKeyId")),
                                          Between(xml, "SessionToken"));
    EXPECT_THAT(identity, HasValue());
    return identity ? identity->principal : nullptr;
  }
  bool May(const Caller& caller, std::string_view action, std::string_view resource) {
    return authorizer_.WouldAllow(
        *caller, {.action = std::string(action), .resource = std::string(resource)}, {});
  }
  void MakeRole(std::string_view principal, std::string_view condition = "{}") {
    Iam("CreateRole",
        {{"RoleName", "reader"},
         {"AssumeRolePolicyDocument",
          fmt::format(
              R"({{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"sts:AssumeRole","Condition":{}}}}})",
              principal, condition)}});
    Iam("PutRolePolicy",
        {{"RoleName", "reader"},
         {"PolicyName", "i"},
         {"PolicyDocument",
          R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}})"}});
  }

  std::filesystem::path folder_;
  ManualClock clock_{*ParseIso8601("2026-11-24T12:00:00Z")};
  ListedAudit audit_;
  policy::Authorizer authorizer_{audit_, clock_};
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<ledger::Sealer> sealer_;
  std::unique_ptr<iam::IdentityStore> store_;
  std::unique_ptr<iam::IamApi> iam_;
  std::unique_ptr<Sts> sts_;
  Caller root_;
  Caller ann_;
  AccessKeyId key_;
};

TEST_F(StsTest, SaysWhoAsks) {
  ASSERT_OK_AND_ASSIGN(const std::string ann, Call(ann_, "GetCallerIdentity"));
  EXPECT_THAT(
      ann, HasSubstr("<GetCallerIdentityResponse "
                     "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>"
                     "<Arn>arn:aws:iam::123456789012:user/ann</Arn><UserId>AIDA"));
  ASSERT_OK_AND_ASSIGN(const std::string root, Call(root_, "GetCallerIdentity"));
  EXPECT_EQ(Between(root, "UserId"), kAccount);
  EXPECT_EQ(Between(root, "Arn"), "arn:aws:iam::123456789012:root");
}

TEST_F(StsTest, ARoleIsAssumedByWhomItTrusts) {
  MakeRole("arn:aws:iam::123456789012:user/ann");
  ASSERT_OK_AND_ASSIGN(
      const std::string made,
      Call(ann_, "AssumeRole", {{"RoleArn", std::string(kRoleArn)}, {"RoleSessionName", "s1"}}));
  EXPECT_THAT(Between(made, "AccessKeyId"), MatchesRegex("ASIA[A-Z2-7]{16}"));
  EXPECT_EQ(Between(made, "Expiration"), "2026-11-24T13:00:00Z");
  EXPECT_THAT(made, HasSubstr("<Arn>arn:aws:sts::123456789012:assumed-role/reader/s1</Arn>"));
  const Caller session = CallerOf(made);
  EXPECT_EQ(session->arn, "arn:aws:sts::123456789012:assumed-role/reader/s1");
  EXPECT_EQ(session->identity_arn, kRoleArn);
  EXPECT_THAT(session->user_id, MatchesRegex("AROA[A-Z2-7]{16}:s1"));
  EXPECT_TRUE(May(session, "s3:GetObject", "arn:aws:s3:::b/k"));
  EXPECT_FALSE(May(session, "s3:PutObject", "arn:aws:s3:::b/k"));
  EXPECT_THAT(
      Call(root_, "AssumeRole", {{"RoleArn", std::string(kRoleArn)}, {"RoleSessionName", "s1"}}),
      IsError(ErrorCode::kPermissionDenied, "AccessDenied"));
  EXPECT_THAT(Call(session, "GetSessionToken"),
              IsError(ErrorCode::kPermissionDenied, "AccessDenied"));

  // The role's end is its sessions' end.
  Iam("DeleteRolePolicy", {{"RoleName", "reader"}, {"PolicyName", "i"}});
  Iam("DeleteRole", {{"RoleName", "reader"}});
  EXPECT_THAT(store_->FindAccessKey(AccessKeyId(Between(made, "AccessKeyId")),
                                    Between(made, "SessionToken")),
              IsError(ErrorCode::kUnauthenticated, "InvalidClientTokenId"));
}

TEST_F(StsTest, RefusesWhoIsNotTrustedAsItRefusesARoleThatIsNotThere) {
  const Parameters ask = {{"RoleArn", std::string(kRoleArn)}, {"RoleSessionName", "s1"}};
  const auto absent = Call(ann_, "AssumeRole", ask);
  ASSERT_THAT(absent, IsError(ErrorCode::kPermissionDenied, "AccessDenied"));
  MakeRole("arn:aws:iam::123456789012:user/bob");
  const auto untrusted = Call(ann_, "AssumeRole", ask);
  ASSERT_THAT(untrusted, IsError(ErrorCode::kPermissionDenied, "AccessDenied"));
  EXPECT_EQ(absent.error().message(), untrusted.error().message());
  EXPECT_THAT(untrusted.error().message(),
              HasSubstr("User: arn:aws:iam::123456789012:user/ann is not authorized to perform: "
                        "sts:AssumeRole on resource: arn:aws:iam::123456789012:role/reader"));
}

TEST_F(StsTest, TheAccountAsPrincipalLeavesItToIdentityPolicies) {
  MakeRole("123456789012");
  const Parameters ask = {{"RoleArn", std::string(kRoleArn)}, {"RoleSessionName", "s1"}};
  EXPECT_THAT(Call(ann_, "AssumeRole", ask), IsError(ErrorCode::kPermissionDenied));
  Iam("PutUserPolicy",
      {{"UserName", "ann"},
       {"PolicyName", "i"},
       {"PolicyDocument",
        R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}})"}});
  EXPECT_THAT(Call(store_->FindAccessKey(key_, "")->principal, "AssumeRole", ask), HasValue());
}

TEST_F(StsTest, TrustMayAskForAnExternalId) {
  MakeRole("arn:aws:iam::123456789012:user/ann", R"({"StringEquals":{"sts:ExternalId":"x1"}})");
  Parameters ask = {{"RoleArn", std::string(kRoleArn)}, {"RoleSessionName", "s1"}};
  EXPECT_THAT(Call(ann_, "AssumeRole", ask), IsError(ErrorCode::kPermissionDenied));
  ask.emplace_back("ExternalId", "x1");
  EXPECT_THAT(Call(ann_, "AssumeRole", ask), HasValue());
}

TEST_F(StsTest, SessionPoliciesLimit) {
  MakeRole("arn:aws:iam::123456789012:user/ann");
  ASSERT_OK_AND_ASSIGN(
      const std::string made,
      Call(
          ann_, "AssumeRole",
          {{"RoleArn", std::string(kRoleArn)},
           {"RoleSessionName", "s1"},
           {"Policy",
            R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}})"}}));
  EXPECT_THAT(made, HasSubstr("<PackedPolicySize>"));
  const Caller session = CallerOf(made);
  EXPECT_TRUE(May(session, "s3:GetObject", "arn:aws:s3:::b/k"));
  EXPECT_FALSE(May(session, "s3:GetObject", "arn:aws:s3:::c/k"));
  EXPECT_FALSE(May(session, "s3:PutObject", "arn:aws:s3:::b/k"));

  ASSERT_OK_AND_ASSIGN(
      const std::string managed,
      Call(ann_, "AssumeRole",
           {{"RoleArn", std::string(kRoleArn)},
            {"RoleSessionName", "s2"},
            {"PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/IAMFullAccess"}}));
  EXPECT_FALSE(May(CallerOf(managed), "s3:GetObject", "arn:aws:s3:::b/k"));
}

struct BadCase {
  Parameters parameters;
  std::string_view reason;
  std::string_view message;
};

TEST_F(StsTest, RefusesBadRequests) {
  MakeRole("arn:aws:iam::123456789012:user/ann");
  const auto role = std::pair<std::string, std::string>("RoleArn", kRoleArn);
  const auto name = std::pair<std::string, std::string>("RoleSessionName", "s1");
  const BadCase kCases[] = {
      {{name}, "ValidationError", "RoleArn is invalid"},
      {{{"RoleArn", "reader"}, name}, "ValidationError", "reader is invalid"},
      {{{"RoleArn", "arn:aws:iam::123456789012:user/ann"}, name}, "ValidationError", "is invalid"},
      {{role}, "ValidationError", "roleSessionName"},
      {{role, {"RoleSessionName", "x"}}, "ValidationError", "roleSessionName"},
      {{role, {"RoleSessionName", "a b"}}, "ValidationError", "roleSessionName"},
      {{role, {"RoleSessionName", std::string(65, 'a')}}, "ValidationError", "roleSessionName"},
      {{role, name, {"DurationSeconds", "899"}}, "ValidationError", "greater than or equal to 900"},
      {{role, name, {"DurationSeconds", "3601"}}, "ValidationError", "MaxSessionDuration"},
      {{role, name, {"DurationSeconds", "1h"}}, "ValidationError", "durationSeconds"},
      {{role, name, {"Policy", "{"}}, "MalformedPolicyDocument", "Line 1, column 2"},
      {{role, name, {"Policy", std::string(kSessionPolicyBytesMax + 1, ' ')}},
       "PackedPolicyTooLarge",
       "2049 characters"},
      {{role, name, {"PolicyArns.member.1.arn", "arn:aws:iam::123456789012:policy/none"}},
       "NoSuchEntity",
       "does not exist"},
  };
  for (const BadCase& c : kCases) {
    const auto answer = Call(ann_, "AssumeRole", c.parameters);
    ASSERT_FALSE(answer) << c.message;
    EXPECT_EQ(answer.error().reason(), c.reason) << answer.error().message();
    EXPECT_THAT(answer.error().message(), HasSubstr(c.message));
  }
  EXPECT_THAT(Call(ann_, "AssumeRoleWithSAML"), IsError(ErrorCode::kUnsupported, "InvalidAction"));
  EXPECT_THAT(Call(ann_, ""), IsError(ErrorCode::kInvalidArgument, "MissingAction"));
}

TEST_F(StsTest, SessionTokensProveTheSessionAndEnd) {
  ASSERT_OK_AND_ASSIGN(const std::string made,
                       Call(ann_, "GetSessionToken", {{"DurationSeconds", "900"}}));
  const AccessKeyId id(Between(made, "AccessKeyId"));
  const std::string token = Between(made, "SessionToken");
  ASSERT_OK_AND_ASSIGN(const iam::Identity identity, store_->FindAccessKey(id, token));
  EXPECT_EQ(identity.secret_key.Reveal(), Between(made, "SecretAccessKey"));
  EXPECT_EQ(identity.principal->arn, ann_->arn);
  EXPECT_THAT(store_->FindAccessKey(id, ""), IsError(ErrorCode::kUnauthenticated, "InvalidToken"));
  EXPECT_THAT(store_->FindAccessKey(id, token + "x"),
              IsError(ErrorCode::kUnauthenticated, "InvalidToken"));
  clock_.Advance(std::chrono::seconds(899));
  EXPECT_THAT(store_->FindAccessKey(id, token), HasValue());
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_THAT(store_->FindAccessKey(id, token),
              IsError(ErrorCode::kUnauthenticated, "ExpiredToken"));
  EXPECT_EQ(*sts_->PruneSessions(), 0);
  clock_.Advance(std::chrono::hours(2));
  EXPECT_EQ(*sts_->PruneSessions(), 1);
  EXPECT_THAT(store_->FindAccessKey(id, token),
              IsError(ErrorCode::kUnauthenticated, "InvalidClientTokenId"));
  EXPECT_THAT(Call(root_, "GetSessionToken", {{"DurationSeconds", "7200"}}),
              IsError(ErrorCode::kInvalidArgument, "ValidationError"));
  EXPECT_THAT(Call(root_, "GetSessionToken"), HasValue());
}

TEST_F(StsTest, VendedCredentialsMayDoWhatTheirPolicySaysAndNothingElse) {
  ASSERT_OK_AND_ASSIGN(
      const policy::Permit permit,
      authorizer_.Authorize(
          Context(), root_,
          {.needs = {{.action = "lakeformation:GetDataAccess", .resource = "*"}}}));
  VendingRequest request{
      .service_name = "AWSServiceRoleForLakeFormationDataAccess",
      .session_name = "ann",
      .session_policy =
          R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3tables:GetTableData"],"Resource":"arn:aws:s3tables:us-east-1:123456789012:bucket/b/table/t"}})"};
  ASSERT_OK_AND_ASSIGN(const TemporaryCredentials made, sts_->Vend(permit, request));
  EXPECT_EQ(FormatIso8601(made.expires_at), "2026-11-24T13:00:00Z");
  ASSERT_OK_AND_ASSIGN(const iam::Identity identity,
                       store_->FindAccessKey(made.credentials.access_key_id,
                                             made.credentials.session_token.Reveal()));
  EXPECT_EQ(identity.secret_key, made.credentials.secret_key);
  EXPECT_EQ(identity.principal->arn,
            "arn:aws:sts::123456789012:assumed-role/AWSServiceRoleForLakeFormationDataAccess/ann");
  EXPECT_TRUE(May(identity.principal, "s3tables:GetTableData",
                  "arn:aws:s3tables:us-east-1:123456789012:bucket/b/table/t"));
  EXPECT_FALSE(May(identity.principal, "s3tables:PutTableData",
                   "arn:aws:s3tables:us-east-1:123456789012:bucket/b/table/t"));
  EXPECT_FALSE(May(identity.principal, "s3tables:GetTableData",
                   "arn:aws:s3tables:us-east-1:123456789012:bucket/b/table/u"));
  EXPECT_FALSE(May(identity.principal, "iam:CreateUser", "*"));

  request.duration = std::chrono::seconds(60);
  EXPECT_THAT(sts_->Vend(permit, request), IsError(ErrorCode::kInvalidArgument, "ValidationError"));
  request.duration = std::chrono::hours(13);
  EXPECT_THAT(sts_->Vend(permit, request), IsError(ErrorCode::kInvalidArgument, "ValidationError"));
  request.duration = std::chrono::hours(1);
  request.session_policy = "{}";
  EXPECT_THAT(sts_->Vend(permit, request),
              IsError(ErrorCode::kInvalidArgument, "MalformedPolicyDocument"));
}

}  // namespace
}  // namespace firn::sts
