#include "cloud/iam/iam_api.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "base/encoding.h"
#include "base/result_testing.h"
#include "cloud/iam/limits.h"

namespace firn::iam {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

constexpr std::string_view kAccount = "123456789012";
constexpr std::string_view kAllowAll =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
constexpr std::string_view kAllowGet =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]})";
constexpr std::string_view kDenyIam =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*"}]})";

class NoAudit final : public policy::AuditSink {
 public:
  void Record(const policy::AuditRecord&) override {}
};

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// IAM over a ledger of its own.
class IamApiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "firn_iam_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    ASSERT_OK_AND_ASSIGN(ledger_, ledger::Ledger::Open(folder_ / "ledger.sqlite"));
    ASSERT_OK_AND_ASSIGN(sealer_, ledger::Sealer::Open(folder_ / "seal.key", SecureRandom()));
    store_ = std::make_unique<IdentityStore>(*ledger_, *sealer_, clock_);
    api_ = std::make_unique<IamApi>(
        IamApi::Parts{*ledger_, *sealer_, *store_, clock_, SecureRandom(), std::string(kAccount)});
    root_ = std::make_shared<const policy::Principal>(policy::RootPrincipal(std::string(kAccount)));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// As the door does it: what is needed, may they, do it.
  Result<std::string> CallAs(const std::shared_ptr<const policy::Principal>& caller,
                             std::string_view action, const Parameters& parameters = {}) {
    aws::Form form;
    form.Add("Action", std::string(action));
    for (const auto& [name, value] : parameters) form.Add(name, value);
    FIRN_ASSIGN_OR_RETURN(auto needs, api_->RequiredAccess(*caller, form));
    FIRN_ASSIGN_OR_RETURN(
        const policy::Permit permit,
        authorizer_.Authorize(Context("req-1"), caller, {.needs = std::move(needs)}));
    FIRN_ASSIGN_OR_RETURN(const aws::Answer answer, api_->Handle(Context("req-1"), permit, form));
    return answer.body;
  }
  Result<std::string> Call(std::string_view action, const Parameters& parameters = {}) {
    return CallAs(root_, action, parameters);
  }

  static std::string Between(const std::string& xml, std::string_view element) {
    const std::string open = fmt::format("<{}>", element);
    const std::size_t start = xml.find(open);
    if (start == std::string::npos) return {};
    const std::size_t from = start + open.size();
    return xml.substr(from, xml.find(fmt::format("</{}>", element), from) - from);
  }

  /// A key of a new user; its secret too.
  struct Key {
    AccessKeyId id;
    std::string secret;
  };
  Key MakeUserWithKey(const std::string& name) {
    EXPECT_THAT(Call("CreateUser", {{"UserName", name}}), HasValue());
    const auto made = Call("CreateAccessKey", {{"UserName", name}});
    EXPECT_THAT(made, HasValue());
    return {AccessKeyId(Between(*made, "AccessKeyId")), Between(*made, "SecretAccessKey")};
  }
  std::shared_ptr<const policy::Principal> PrincipalOf(const AccessKeyId& id) {
    auto identity = store_->FindAccessKey(id, "");
    EXPECT_THAT(identity, HasValue());
    return identity->principal;
  }
  bool MayGet(const AccessKeyId& id) {
    return authorizer_.WouldAllow(*PrincipalOf(id),
                                  {.action = "s3:GetObject", .resource = "arn:aws:s3:::b/k"}, {});
  }

  std::filesystem::path folder_;
  ManualClock clock_{*ParseIso8601("2026-11-24T12:00:00Z")};
  NoAudit audit_;
  policy::Authorizer authorizer_{audit_, clock_};
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<ledger::Sealer> sealer_;
  std::unique_ptr<IdentityStore> store_;
  std::unique_ptr<IamApi> api_;
  std::shared_ptr<const policy::Principal> root_;
};

TEST_F(IamApiTest, CreatesAUserAsTheApiWritesIt) {
  ASSERT_OK_AND_ASSIGN(const std::string made,
                       Call("CreateUser", {{"UserName", "ann"},
                                           {"Path", "/lake/"},
                                           {"Tags.member.1.Key", "team"},
                                           {"Tags.member.1.Value", "a&b"}}));
  EXPECT_THAT(
      made, HasSubstr("<CreateUserResponse "
                      "xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><CreateUserResult><User>"
                      "<Path>/lake/</Path><UserName>ann</UserName><UserId>AIDA"));
  EXPECT_THAT(Between(made, "UserId"), MatchesRegex("AIDA[A-Z2-7]{16}"));
  EXPECT_THAT(made, HasSubstr("<Arn>arn:aws:iam::123456789012:user/lake/ann</"
                              "Arn><CreateDate>2026-11-24T12:00:00Z</CreateDate>"));
  EXPECT_THAT(made, HasSubstr("<Key>team</Key><Value>a&amp;b</Value>"));
  EXPECT_THAT(made, HasSubstr("<RequestId>req-1</RequestId>"));
  ASSERT_OK_AND_ASSIGN(const std::string got, Call("GetUser", {{"UserName", "ANN"}}));
  EXPECT_EQ(Between(got, "UserId"), Between(made, "UserId"));
  ASSERT_OK_AND_ASSIGN(const std::string root, Call("GetUser"));
  EXPECT_EQ(Between(root, "Arn"), "arn:aws:iam::123456789012:root");
}

struct ErrorCase {
  std::string_view action;
  Parameters parameters;
  ErrorCode code;
  std::string_view reason;
  std::string_view message;
};

TEST_F(IamApiTest, AnswersEachErrorAsIamDoes) {
  const Key key = MakeUserWithKey("ann");
  ASSERT_THAT(Call("CreateAccessKey", {{"UserName", "ann"}}), HasValue());
  ASSERT_THAT(
      Call("CreatePolicy", {{"PolicyName", "p"}, {"PolicyDocument", std::string(kAllowAll)}}),
      HasValue());
  ASSERT_THAT(Call("CreateGroup", {{"GroupName", "g"}}), HasValue());
  const std::string policy_arn = "arn:aws:iam::123456789012:policy/p";
  ASSERT_THAT(Call("AttachUserPolicy", {{"UserName", "ann"}, {"PolicyArn", policy_arn}}),
              HasValue());
  constexpr auto kInvalid = ErrorCode::kInvalidArgument;
  constexpr auto kMissing = ErrorCode::kNotFound;
  const std::string long_policy =
      fmt::format(R"({{"Statement":{{"Effect":"Allow","Action":"s3:{}","Resource":"*"}}}})",
                  std::string(kManagedPolicyCharsMax, 'a'));
  const ErrorCase kCases[] = {
      {"", {}, kInvalid, "MissingAction", "no Action"},
      {"CreateUsers",
       {},
       ErrorCode::kUnsupported,
       "InvalidAction",
       "the nearest it has is CreateUser."},
      {"CreateLoginProfile",
       {{"UserName", "ann"}},
       ErrorCode::kUnsupported,
       "UnsupportedOperation",
       "there is no console to sign in to"},
      {"CreateUser", {}, kInvalid, "ValidationError", "Value null at 'userName'"},
      {"CreateUser", {{"UserName", ""}}, kInvalid, "ValidationError", "greater than or equal to 1"},
      {"CreateUser",
       {{"UserName", std::string(65, 'a')}},
       kInvalid,
       "ValidationError",
       "less than or equal to 64"},
      {"CreateUser",
       {{"UserName", "a b"}},
       kInvalid,
       "ValidationError",
       "The specified value for userName is invalid."},
      {"CreateUser", {{"UserName", "a/b"}}, kInvalid, "ValidationError", "alphanumeric"},
      {"CreateUser", {{"UserName", "x"}, {"Path", "lake"}}, kInvalid, "ValidationError", "path"},
      {"CreateUser",
       {{"UserName", "Ann"}},
       ErrorCode::kAlreadyExists,
       "EntityAlreadyExists",
       "User with name Ann already exists."},
      {"CreateUser",
       {{"UserName", "x"}, {"PermissionsBoundary", "arn:aws:iam::123456789012:policy/none"}},
       kMissing,
       "NoSuchEntity",
       "not attachable"},
      {"CreateUser",
       {{"UserName", "x"}, {"Tags.member.1.Key", "a"}, {"Tags.member.2.Key", "A"}},
       kInvalid,
       "InvalidInput",
       "Duplicate tag keys"},
      {"GetUser",
       {{"UserName", "bob"}},
       kMissing,
       "NoSuchEntity",
       "The user with name bob cannot be found."},
      {"DeleteUser", {{"UserName", "bob"}}, kMissing, "NoSuchEntity", "bob"},
      {"DeleteUser",
       {{"UserName", "ann"}},
       ErrorCode::kConflict,
       "DeleteConflict",
       "must detach all policies first"},
      {"CreateAccessKey", {{"UserName", "bob"}}, kMissing, "NoSuchEntity", "bob"},
      {"CreateAccessKey",
       {{"UserName", "ann"}},
       ErrorCode::kResourceExhausted,
       "LimitExceeded",
       "Cannot exceed quota for AccessKeysPerUser: 2"},
      {"UpdateAccessKey",
       {{"UserName", "ann"}, {"AccessKeyId", key.id.value()}, {"Status", "Off"}},
       kInvalid,
       "ValidationError",
       "[Active, Inactive]"},
      {"UpdateAccessKey",
       {{"AccessKeyId", key.id.value()}, {"Status", "Active"}},
       kMissing,
       "NoSuchEntity",
       "The Access Key with id"},
      {"DeleteAccessKey",
       {{"UserName", "ann"}, {"AccessKeyId", "AKIANONE"}},
       kMissing,
       "NoSuchEntity",
       "AKIANONE"},
      {"GetAccessKeyLastUsed", {{"AccessKeyId", "AKIANONE"}}, kMissing, "NoSuchEntity", "AKIANONE"},
      {"CreatePolicy", {{"PolicyName", "q"}}, kInvalid, "ValidationError", "'policyDocument'"},
      {"CreatePolicy",
       {{"PolicyName", "q"}, {"PolicyDocument", "{"}},
       kInvalid,
       "MalformedPolicyDocument",
       "Line 1, column 2"},
      {"CreatePolicy",
       {{"PolicyName", "q"}, {"PolicyDocument", long_policy}},
       ErrorCode::kResourceExhausted,
       "LimitExceeded",
       "PolicySize: 6144"},
      {"CreatePolicy",
       {{"PolicyName", "P"}, {"PolicyDocument", std::string(kAllowAll)}},
       ErrorCode::kAlreadyExists,
       "EntityAlreadyExists",
       "A policy called P already exists."},
      {"GetPolicy", {{"PolicyArn", policy_arn + "x"}}, kMissing, "NoSuchEntity", "was not found."},
      {"GetPolicyVersion",
       {{"PolicyArn", policy_arn}, {"VersionId", "v9"}},
       kMissing,
       "NoSuchEntity",
       "version v9"},
      {"GetPolicyVersion",
       {{"PolicyArn", policy_arn}, {"VersionId", "9"}},
       kInvalid,
       "ValidationError",
       "versionId"},
      {"DeletePolicyVersion",
       {{"PolicyArn", policy_arn}, {"VersionId", "v1"}},
       ErrorCode::kConflict,
       "DeleteConflict",
       "default version"},
      {"DeletePolicy",
       {{"PolicyArn", policy_arn}},
       ErrorCode::kConflict,
       "DeleteConflict",
       "attached to entities"},
      {"DeletePolicy",
       {{"PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"}},
       ErrorCode::kPermissionDenied,
       "AccessDenied",
       "cannot be changed"},
      {"AttachUserPolicy",
       {{"UserName", "ann"}, {"PolicyArn", "arn:aws:iam::123456789012:policy/none"}},
       kMissing,
       "NoSuchEntity",
       "not attachable"},
      {"AttachUserPolicy",
       {{"UserName", "bob"}, {"PolicyArn", policy_arn}},
       kMissing,
       "NoSuchEntity",
       "bob"},
      {"DetachUserPolicy",
       {{"UserName", "ann"}, {"PolicyArn", policy_arn + "x"}},
       kMissing,
       "NoSuchEntity",
       "was not found"},
      {"PutUserPolicy",
       {{"UserName", "ann"}, {"PolicyName", "i"}, {"PolicyDocument", "[]"}},
       kInvalid,
       "MalformedPolicyDocument",
       "a policy is an object"},
      {"GetUserPolicy",
       {{"UserName", "ann"}, {"PolicyName", "i"}},
       kMissing,
       "NoSuchEntity",
       "The user policy with name i cannot be found."},
      {"DeleteUserPolicy",
       {{"UserName", "ann"}, {"PolicyName", "i"}},
       kMissing,
       "NoSuchEntity",
       "i"},
      {"AddUserToGroup",
       {{"GroupName", "g"}, {"UserName", "bob"}},
       kMissing,
       "NoSuchEntity",
       "bob"},
      {"RemoveUserFromGroup",
       {{"GroupName", "g"}, {"UserName", "ann"}},
       kMissing,
       "NoSuchEntity",
       "ann"},
      {"GetGroup",
       {{"GroupName", "h"}},
       kMissing,
       "NoSuchEntity",
       "The group with name h cannot be found."},
      {"CreateRole",
       {{"RoleName", "r"}, {"AssumeRolePolicyDocument", std::string(kAllowAll)}},
       kInvalid,
       "MalformedPolicyDocument",
       "Has prohibited field Resource"},
      {"CreateRole",
       {{"RoleName", "r"}, {"AssumeRolePolicyDocument", "{"}},
       kInvalid,
       "MalformedPolicyDocument",
       "This policy contains invalid Json"},
      {"DeleteUserPermissionsBoundary",
       {{"UserName", "ann"}},
       kMissing,
       "NoSuchEntity",
       "does not have a permission boundary"},
      {"ListUsers", {{"MaxItems", "0"}}, kInvalid, "ValidationError", "maxItems"},
      {"SimulateCustomPolicy",
       {{"PolicyInputList.member.1", std::string(kAllowAll)}},
       kInvalid,
       "ValidationError",
       "actionNames"},
      {"SimulatePrincipalPolicy",
       {{"PolicySourceArn", "ann"}, {"ActionNames.member.1", "s3:Get"}},
       kInvalid,
       "InvalidInput",
       "Invalid Entity Arn"},
  };
  for (const ErrorCase& c : kCases) {
    const auto answer = Call(c.action, c.parameters);
    EXPECT_THAT(answer, IsError(c.code, std::string(c.reason))) << c.action;
    if (!answer) {
      EXPECT_THAT(answer.error().message(), HasSubstr(c.message)) << c.action;
    }
  }
}

TEST_F(IamApiTest, KeysSignUntilTheyAreInactiveOrGone) {
  const Key key = MakeUserWithKey("ann");
  EXPECT_THAT(key.id.value(), MatchesRegex("AKIA[A-Z2-7]{16}"));
  EXPECT_EQ(key.secret.size(), 40U);
  ASSERT_OK_AND_ASSIGN(const Identity identity, store_->FindAccessKey(key.id, ""));
  EXPECT_EQ(identity.secret_key.Reveal(), key.secret);
  EXPECT_EQ(identity.principal->user_name, "ann");
  EXPECT_THAT(store_->FindAccessKey(key.id, "token"),
              IsError(ErrorCode::kUnauthenticated, "InvalidToken"));
  EXPECT_THAT(store_->FindAccessKey(AccessKeyId("AKIANONE"), ""),
              IsError(ErrorCode::kUnauthenticated, "InvalidClientTokenId"));
  EXPECT_THAT(store_->FindAccessKey(AccessKeyId("ASIANONE"), ""),
              IsError(ErrorCode::kUnauthenticated, "InvalidClientTokenId"));

  // The user may look after its own keys with no name given.
  ASSERT_THAT(
      Call(
          "PutUserPolicy",
          {{"UserName", "ann"},
           {"PolicyName", "own"},
           {"PolicyDocument",
            R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*AccessKey*","Resource":"arn:aws:iam::*:user/${aws:username}"}})"}}),
      HasValue());
  const auto ann = PrincipalOf(key.id);
  ASSERT_OK_AND_ASSIGN(const std::string listed, CallAs(ann, "ListAccessKeys"));
  EXPECT_THAT(listed, HasSubstr("<member><UserName>ann</UserName><AccessKeyId>" + key.id.value() +
                                "</AccessKeyId><Status>Active</Status>"));
  EXPECT_THAT(listed, Not(HasSubstr("Secret")));
  EXPECT_THAT(CallAs(ann, "ListAccessKeys", {{"UserName", "bob"}}),
              IsError(ErrorCode::kPermissionDenied));
  EXPECT_THAT(CallAs(ann, "ListUsers"), IsError(ErrorCode::kPermissionDenied, "AccessDenied"));

  ASSERT_THAT(
      CallAs(ann, "UpdateAccessKey", {{"AccessKeyId", key.id.value()}, {"Status", "Inactive"}}),
      HasValue());
  EXPECT_THAT(store_->FindAccessKey(key.id, ""),
              IsError(ErrorCode::kUnauthenticated, "InvalidClientTokenId"));
  ASSERT_THAT(Call("UpdateAccessKey",
                   {{"UserName", "ann"}, {"AccessKeyId", key.id.value()}, {"Status", "Active"}}),
              HasValue());
  EXPECT_THAT(store_->FindAccessKey(key.id, ""), HasValue());
  ASSERT_THAT(Call("DeleteAccessKey", {{"UserName", "ann"}, {"AccessKeyId", key.id.value()}}),
              HasValue());
  EXPECT_THAT(store_->FindAccessKey(key.id, ""), IsError(ErrorCode::kUnauthenticated));
}

TEST_F(IamApiTest, NoSecretIsStoredInTheClear) {
  const Key key = MakeUserWithKey("ann");
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    std::string bytes(std::filesystem::file_size(entry.path()), '\0');
    std::FILE* const file = std::fopen(entry.path().c_str(), "rb");
    ASSERT_NE(file, nullptr);
    EXPECT_EQ(std::fread(bytes.data(), 1, bytes.size(), file), bytes.size());
    std::fclose(file);
    EXPECT_EQ(bytes.find(key.secret), std::string::npos) << entry.path();
  }
}

TEST_F(IamApiTest, PoliciesReachTheUserByEveryWay) {
  const Key key = MakeUserWithKey("ann");
  EXPECT_FALSE(MayGet(key.id));
  ASSERT_OK_AND_ASSIGN(
      const std::string made,
      Call("CreatePolicy", {{"PolicyName", "get"}, {"PolicyDocument", std::string(kAllowGet)}}));
  const std::string arn = Between(made, "Arn");
  EXPECT_EQ(arn, "arn:aws:iam::123456789012:policy/get");
  EXPECT_THAT(Between(made, "PolicyId"), MatchesRegex("ANPA[A-Z2-7]{16}"));

  ASSERT_THAT(Call("AttachUserPolicy", {{"UserName", "ann"}, {"PolicyArn", arn}}), HasValue());
  ASSERT_THAT(Call("AttachUserPolicy", {{"UserName", "ann"}, {"PolicyArn", arn}}), HasValue());
  EXPECT_TRUE(MayGet(key.id));
  EXPECT_THAT(*Call("GetPolicy", {{"PolicyArn", arn}}),
              HasSubstr("<AttachmentCount>1</AttachmentCount>"));
  EXPECT_THAT(*Call("ListEntitiesForPolicy", {{"PolicyArn", arn}}),
              HasSubstr("<PolicyUsers><member><UserName>ann</UserName>"));
  ASSERT_THAT(Call("DetachUserPolicy", {{"UserName", "ann"}, {"PolicyArn", arn}}), HasValue());
  EXPECT_FALSE(MayGet(key.id));

  ASSERT_THAT(
      Call("PutUserPolicy",
           {{"UserName", "ann"}, {"PolicyName", "i"}, {"PolicyDocument", std::string(kAllowGet)}}),
      HasValue());
  EXPECT_TRUE(MayGet(key.id));
  EXPECT_EQ(
      *PercentDecode(Between(*Call("GetUserPolicy", {{"UserName", "ann"}, {"PolicyName", "i"}}),
                             "PolicyDocument")),
      kAllowGet);
  ASSERT_THAT(Call("DeleteUserPolicy", {{"UserName", "ann"}, {"PolicyName", "i"}}), HasValue());
  EXPECT_FALSE(MayGet(key.id));

  ASSERT_THAT(Call("CreateGroup", {{"GroupName", "readers"}}), HasValue());
  ASSERT_THAT(
      Call("AttachGroupPolicy", {{"GroupName", "readers"},
                                 {"PolicyArn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}}),
      HasValue());
  ASSERT_THAT(Call("AddUserToGroup", {{"GroupName", "readers"}, {"UserName", "ann"}}), HasValue());
  EXPECT_TRUE(MayGet(key.id));
  EXPECT_THAT(*Call("GetGroup", {{"GroupName", "readers"}}),
              HasSubstr("<Users><member><Path>/</Path><UserName>ann</UserName>"));

  ASSERT_THAT(
      Call("PutUserPermissionsBoundary",
           {{"UserName", "ann"}, {"PermissionsBoundary", "arn:aws:iam::aws:policy/IAMFullAccess"}}),
      HasValue());
  EXPECT_FALSE(MayGet(key.id));
  EXPECT_THAT(*Call("GetUser", {{"UserName", "ann"}}),
              HasSubstr("<PermissionsBoundaryArn>arn:aws:iam::aws:policy/IAMFullAccess"));
  ASSERT_THAT(Call("DeleteUserPermissionsBoundary", {{"UserName", "ann"}}), HasValue());
  EXPECT_TRUE(MayGet(key.id));
}

TEST_F(IamApiTest, PolicyVersionsComeAndGo) {
  const Key key = MakeUserWithKey("ann");
  const std::string arn = "arn:aws:iam::123456789012:policy/p";
  ASSERT_THAT(
      Call("CreatePolicy", {{"PolicyName", "p"}, {"PolicyDocument", std::string(kDenyIam)}}),
      HasValue());
  ASSERT_THAT(Call("AttachUserPolicy", {{"UserName", "ann"}, {"PolicyArn", arn}}), HasValue());
  ASSERT_OK_AND_ASSIGN(const std::string second,
                       Call("CreatePolicyVersion", {{"PolicyArn", arn},
                                                    {"PolicyDocument", std::string(kAllowGet)},
                                                    {"SetAsDefault", "false"}}));
  EXPECT_EQ(Between(second, "VersionId"), "v2");
  EXPECT_FALSE(MayGet(key.id));
  ASSERT_THAT(Call("SetDefaultPolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v2"}}),
              HasValue());
  EXPECT_TRUE(MayGet(key.id));
  EXPECT_EQ(*PercentDecode(Between(
                *Call("GetPolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v1"}}), "Document")),
            kDenyIam);
  ASSERT_THAT(Call("DeletePolicyVersion", {{"PolicyArn", arn}, {"VersionId", "v1"}}), HasValue());
  for (int i = 0; i < 4; ++i) {
    ASSERT_THAT(Call("CreatePolicyVersion",
                     {{"PolicyArn", arn}, {"PolicyDocument", std::string(kAllowGet)}}),
                HasValue());
  }
  EXPECT_THAT(
      Call("CreatePolicyVersion", {{"PolicyArn", arn}, {"PolicyDocument", std::string(kAllowGet)}}),
      IsError(ErrorCode::kResourceExhausted, "LimitExceeded"));
  // Numbers are never used twice.
  EXPECT_THAT(*Call("ListPolicyVersions", {{"PolicyArn", arn}}),
              HasSubstr("<VersionId>v6</VersionId>"));
  ASSERT_THAT(Call("DetachUserPolicy", {{"UserName", "ann"}, {"PolicyArn", arn}}), HasValue());
  EXPECT_THAT(Call("DeletePolicy", {{"PolicyArn", arn}}),
              IsError(ErrorCode::kConflict, "DeleteConflict"));
  for (const char* version : {"v3", "v4", "v5", "v6"}) {
    ASSERT_THAT(Call("DeletePolicyVersion", {{"PolicyArn", arn}, {"VersionId", version}}),
                HasValue());
  }
  EXPECT_THAT(Call("DeletePolicy", {{"PolicyArn", arn}}), HasValue());
}

TEST_F(IamApiTest, RenamingAUserTakesEverythingAlong) {
  const Key key = MakeUserWithKey("ann");
  ASSERT_THAT(
      Call("PutUserPolicy",
           {{"UserName", "ann"}, {"PolicyName", "i"}, {"PolicyDocument", std::string(kAllowGet)}}),
      HasValue());
  ASSERT_THAT(Call("UpdateUser", {{"UserName", "ann"}, {"NewUserName", "eve"}, {"NewPath", "/x/"}}),
              HasValue());
  EXPECT_EQ(PrincipalOf(key.id)->arn, "arn:aws:iam::123456789012:user/x/eve");
  EXPECT_TRUE(MayGet(key.id));
  EXPECT_THAT(Call("GetUser", {{"UserName", "ann"}}), IsError(ErrorCode::kNotFound));
  MakeUserWithKey("bob");
  EXPECT_THAT(Call("UpdateUser", {{"UserName", "bob"}, {"NewUserName", "EVE"}}),
              IsError(ErrorCode::kAlreadyExists, "EntityAlreadyExists"));
  EXPECT_THAT(Call("UpdateUser", {{"UserName", "eve"}, {"NewUserName", "Eve"}}), HasValue());
}

TEST_F(IamApiTest, DeletesInTheOrderIamAsksFor) {
  const Key key = MakeUserWithKey("ann");
  ASSERT_THAT(
      Call("PutUserPolicy",
           {{"UserName", "ann"}, {"PolicyName", "i"}, {"PolicyDocument", std::string(kAllowGet)}}),
      HasValue());
  ASSERT_THAT(Call("CreateGroup", {{"GroupName", "g"}}), HasValue());
  ASSERT_THAT(Call("AddUserToGroup", {{"GroupName", "g"}, {"UserName", "ann"}}), HasValue());
  EXPECT_THAT(Call("DeleteGroup", {{"GroupName", "g"}}),
              IsError(ErrorCode::kConflict, "DeleteConflict"));
  EXPECT_THAT(Call("DeleteUser", {{"UserName", "ann"}}).error().message(),
              HasSubstr("must delete policies first"));
  ASSERT_THAT(Call("DeleteUserPolicy", {{"UserName", "ann"}, {"PolicyName", "i"}}), HasValue());
  EXPECT_THAT(Call("DeleteUser", {{"UserName", "ann"}}).error().message(),
              HasSubstr("must delete access keys first"));
  ASSERT_THAT(Call("DeleteAccessKey", {{"UserName", "ann"}, {"AccessKeyId", key.id.value()}}),
              HasValue());
  EXPECT_THAT(Call("DeleteUser", {{"UserName", "ann"}}).error().message(),
              HasSubstr("must remove users from group first"));
  ASSERT_THAT(Call("RemoveUserFromGroup", {{"GroupName", "g"}, {"UserName", "ann"}}), HasValue());
  ASSERT_THAT(Call("TagUser",
                   {{"UserName", "ann"}, {"Tags.member.1.Key", "k"}, {"Tags.member.1.Value", "v"}}),
              HasValue());
  EXPECT_THAT(Call("DeleteUser", {{"UserName", "ann"}}), HasValue());
  EXPECT_THAT(Call("DeleteGroup", {{"GroupName", "g"}}), HasValue());
}

TEST_F(IamApiTest, PagesInOrderOfName) {
  for (const char* name : {"d", "b", "a", "c", "e"})
    ASSERT_THAT(Call("CreateUser", {{"UserName", name}}), HasValue());
  ASSERT_OK_AND_ASSIGN(const std::string first, Call("ListUsers", {{"MaxItems", "2"}}));
  EXPECT_THAT(first, HasSubstr("<IsTruncated>true</IsTruncated><Marker>b</Marker>"));
  ASSERT_OK_AND_ASSIGN(const std::string rest, Call("ListUsers", {{"Marker", "b"}}));
  EXPECT_THAT(rest, Not(HasSubstr("<UserName>b</UserName>")));
  EXPECT_THAT(rest, HasSubstr("<UserName>e</UserName>"));
  EXPECT_THAT(rest, HasSubstr("<IsTruncated>false</IsTruncated>"));
}

TEST_F(IamApiTest, RolesAreKeptWithTheirTrust) {
  const std::string trust =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}})";
  ASSERT_OK_AND_ASSIGN(const std::string made,
                       Call("CreateRole", {{"RoleName", "r"},
                                           {"AssumeRolePolicyDocument", trust},
                                           {"Description", "d"},
                                           {"MaxSessionDuration", "7200"}}));
  EXPECT_THAT(Between(made, "RoleId"), MatchesRegex("AROA[A-Z2-7]{16}"));
  EXPECT_EQ(*PercentDecode(Between(made, "AssumeRolePolicyDocument")), trust);
  EXPECT_EQ(Between(made, "MaxSessionDuration"), "7200");
  EXPECT_THAT(Call("UpdateRole", {{"RoleName", "r"}, {"MaxSessionDuration", "60"}}),
              IsError(ErrorCode::kInvalidArgument, "ValidationError"));
  ASSERT_THAT(Call("UpdateRole", {{"RoleName", "r"}, {"MaxSessionDuration", "3600"}}), HasValue());
  EXPECT_EQ(Between(*Call("GetRole", {{"RoleName", "r"}}), "MaxSessionDuration"), "3600");
  ASSERT_THAT(
      Call("PutRolePolicy",
           {{"RoleName", "r"}, {"PolicyName", "i"}, {"PolicyDocument", std::string(kAllowGet)}}),
      HasValue());
  EXPECT_THAT(*Call("ListRolePolicies", {{"RoleName", "r"}}),
              HasSubstr("<PolicyNames><member>i</member></PolicyNames>"));
  EXPECT_THAT(Call("UpdateAssumeRolePolicy", {{"RoleName", "r"}, {"PolicyDocument", "{}"}}),
              IsError(ErrorCode::kInvalidArgument, "MalformedPolicyDocument"));
  EXPECT_THAT(Call("DeleteRole", {{"RoleName", "r"}}),
              IsError(ErrorCode::kConflict, "DeleteConflict"));
  ASSERT_THAT(Call("DeleteRolePolicy", {{"RoleName", "r"}, {"PolicyName", "i"}}), HasValue());
  EXPECT_THAT(*Call("ListInstanceProfilesForRole", {{"RoleName", "r"}}),
              HasSubstr("<InstanceProfiles"));
  EXPECT_THAT(Call("DeleteRole", {{"RoleName", "r"}}), HasValue());
}

TEST_F(IamApiTest, InlinePoliciesShareOneQuota) {
  MakeUserWithKey("ann");
  const std::string half =
      fmt::format(R"({{"Statement":{{"Effect":"Allow","Action":"s3:{}","Resource":"*"}}}})",
                  std::string(kUserInlineCharsMax / 2, 'a'));
  ASSERT_THAT(
      Call("PutUserPolicy", {{"UserName", "ann"}, {"PolicyName", "a"}, {"PolicyDocument", half}}),
      HasValue());
  EXPECT_THAT(
      Call("PutUserPolicy", {{"UserName", "ann"}, {"PolicyName", "b"}, {"PolicyDocument", half}}),
      IsError(ErrorCode::kResourceExhausted, "LimitExceeded"));
  EXPECT_THAT(*Call("ListUserPolicies", {{"UserName", "ann"}}),
              Not(HasSubstr("<member>b</member>")));
}

TEST_F(IamApiTest, SimulatesWithoutActing) {
  const Key key = MakeUserWithKey("ann");
  ASSERT_THAT(
      Call("PutUserPolicy",
           {{"UserName", "ann"}, {"PolicyName", "i"}, {"PolicyDocument", std::string(kAllowGet)}}),
      HasValue());
  ASSERT_OK_AND_ASSIGN(
      const std::string simulated,
      Call("SimulatePrincipalPolicy", {{"PolicySourceArn", "arn:aws:iam::123456789012:user/ann"},
                                       {"ActionNames.member.1", "s3:GetObject"},
                                       {"ActionNames.member.2", "s3:PutObject"}}));
  EXPECT_THAT(simulated,
              HasSubstr("<EvalActionName>s3:GetObject</EvalActionName><EvalResourceName>*</"
                        "EvalResourceName><EvalDecision>allowed</EvalDecision>"));
  EXPECT_THAT(simulated, HasSubstr("<SourcePolicyId>inline policy i of user ann</SourcePolicyId>"));
  EXPECT_THAT(simulated, HasSubstr("<EvalDecision>implicitDeny</EvalDecision>"));
  ASSERT_OK_AND_ASSIGN(
      const std::string custom,
      Call("SimulateCustomPolicy", {{"PolicyInputList.member.1", std::string(kAllowAll)},
                                    {"PolicyInputList.member.2", std::string(kDenyIam)},
                                    {"ActionNames.member.1", "iam:CreateUser"}}));
  EXPECT_THAT(custom, HasSubstr("<EvalDecision>explicitDeny</EvalDecision>"));
}

TEST_F(IamApiTest, TheRootKeyIsMadeOnceAndNeverTheLastToGo) {
  ASSERT_OK_AND_ASSIGN(const Credentials made,
                       EnsureRootKey(*ledger_, *sealer_, clock_, SecureRandom(), kAccount));
  ASSERT_OK_AND_ASSIGN(const Credentials again,
                       EnsureRootKey(*ledger_, *sealer_, clock_, SecureRandom(), kAccount));
  EXPECT_EQ(made.access_key_id, again.access_key_id);
  EXPECT_EQ(made.secret_key, again.secret_key);
  EXPECT_EQ(PrincipalOf(made.access_key_id)->kind, policy::PrincipalKind::kRoot);
  EXPECT_THAT(Call("DeleteAccessKey", {{"AccessKeyId", made.access_key_id.value()}}),
              IsError(ErrorCode::kConflict, "DeleteConflict"));
  ASSERT_THAT(Call("CreateAccessKey"), HasValue());
  EXPECT_THAT(Call("DeleteAccessKey", {{"AccessKeyId", made.access_key_id.value()}}), HasValue());
}

TEST_F(IamApiTest, RemembersWhenAKeyWasUsed) {
  const Key key = MakeUserWithKey("ann");
  EXPECT_THAT(*Call("GetAccessKeyLastUsed", {{"AccessKeyId", key.id.value()}}),
              HasSubstr("<ServiceName>N/A</ServiceName>"));
  store_->RecordUse(key.id, "glue", "us-east-1");
  clock_.Advance(std::chrono::minutes(1));
  store_->RecordUse(key.id, "s3", "us-east-1");  // Within the quarter hour: not written again.
  const std::string used = *Call("GetAccessKeyLastUsed", {{"AccessKeyId", key.id.value()}});
  EXPECT_THAT(
      used,
      HasSubstr(
          "<LastUsedDate>2026-11-24T12:00:00Z</LastUsedDate><ServiceName>glue</ServiceName>"));
  clock_.Advance(kUseRecordedEvery);
  store_->RecordUse(key.id, "s3", "us-east-1");
  EXPECT_THAT(*Call("GetAccessKeyLastUsed", {{"AccessKeyId", key.id.value()}}),
              HasSubstr("<ServiceName>s3</ServiceName>"));
}

TEST_F(IamApiTest, ListsAwsPoliciesByScope) {
  ASSERT_THAT(
      Call("CreatePolicy", {{"PolicyName", "p"}, {"PolicyDocument", std::string(kAllowAll)}}),
      HasValue());
  const std::string local = *Call("ListPolicies", {{"Scope", "Local"}});
  EXPECT_THAT(local, HasSubstr("policy/p</Arn>"));
  EXPECT_THAT(local, Not(HasSubstr("iam::aws:policy")));
  EXPECT_THAT(*Call("ListPolicies", {{"Scope", "AWS"}}),
              HasSubstr("arn:aws:iam::aws:policy/AdministratorAccess"));
  EXPECT_THAT(*Call("ListPolicies", {{"OnlyAttached", "true"}}), Not(HasSubstr("policy/p</Arn>")));
  EXPECT_EQ(
      *PercentDecode(Between(
          *Call("GetPolicyVersion", {{"PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"},
                                     {"VersionId", "v1"}}),
          "Document")),
      kAllowAll);
}

TEST_F(IamApiTest, AnswersOnlyTheCallThePermitIsFor) {
  aws::Form asked;
  asked.Add("Action", "ListUsers");
  ASSERT_OK_AND_ASSIGN(auto needs, api_->RequiredAccess(*root_, asked));
  ASSERT_OK_AND_ASSIGN(const auto permit,
                       authorizer_.Authorize(Context(), root_, {.needs = std::move(needs)}));
  aws::Form other;
  other.Add("Action", "ListRoles");
  EXPECT_THAT(api_->Handle(Context(), permit, other), IsError(ErrorCode::kInternal, "WrongPermit"));
}

}  // namespace
}  // namespace firn::iam
