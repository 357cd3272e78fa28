#include "cloud/policy/evaluate.h"

#include <fmt/format.h>

#include "base/result_testing.h"

namespace firn::policy {
namespace {

constexpr std::string_view kAccount = "123456789012";
constexpr std::string_view kUserArn = "arn:aws:iam::123456789012:user/ann";
constexpr std::string_view kRoleArn = "arn:aws:iam::123456789012:role/reader";
constexpr std::string_view kSessionArn = "arn:aws:sts::123456789012:assumed-role/reader/s1";
const WallTime kNow = *ParseIso8601("2026-11-24T12:00:00Z");

NamedPolicy Named(std::string name, std::string_view text, PolicyUse use = PolicyUse::kIdentity) {
  auto parsed = ParsePolicy(text, use);
  EXPECT_TRUE(parsed.has_value()) << text << ": " << parsed.error().message();
  return {std::move(name), std::make_shared<const PolicyDocument>(std::move(*parsed))};
}

/// One statement of `{…}` without its braces.
std::string Document(std::string_view statement) {
  return fmt::format(R"({{"Version":"2012-10-17","Statement":{{{}}}}})", statement);
}

Principal User() {
  Principal user;
  user.kind = PrincipalKind::kUser;
  user.account_id = kAccount;
  user.arn = kUserArn;
  user.identity_arn = kUserArn;
  user.user_id = "AIDAAAAAAAAAAAAAAAAA";
  user.user_name = "ann";
  return user;
}

Principal RoleSession() {
  Principal session;
  session.kind = PrincipalKind::kAssumedRole;
  session.account_id = kAccount;
  session.arn = kSessionArn;
  session.identity_arn = kRoleArn;
  session.user_id = "AROAAAAAAAAAAAAAAAAA:s1";
  session.role_name = "reader";
  return session;
}

AccessNeed Get() { return {.action = "s3:GetObject", .resource = "arn:aws:s3:::bucket/a/b"}; }

constexpr std::string_view kAllowGet =
    R"("Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*")";
constexpr std::string_view kDenyGet = R"("Effect":"Deny","Action":"s3:GetObject","Resource":"*")";
constexpr std::string_view kAllowOther =
    R"("Effect":"Allow","Action":"s3:PutObject","Resource":"*")";

std::string ResourceStatement(std::string_view effect, std::string_view principal) {
  return Document(fmt::format(
      R"("Effect":"{}","Principal":{},"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*")",
      effect, principal));
}

// The rows follow AWS's "Policy evaluation logic" (IAM User Guide,
// reference_policies_evaluation-logic), its flow chart for requests within one account and the
// section on resource-based policies with user, role and session principals.
struct LayerCase {
  std::string_view name;
  std::string_view caller;  ///< `user` or `session`.
  std::string_view identity;
  std::string_view boundary;
  std::string_view session;
  std::string_view resource_effect;
  std::string_view resource_principal;
  Verdict verdict;
};

TEST(Evaluate, FollowsTheDocumentedLayers) {
  constexpr auto kYes = Verdict::kAllowed;
  constexpr auto kNo = Verdict::kImplicitlyDenied;
  constexpr auto kDeny = Verdict::kExplicitlyDenied;
  const std::string me = fmt::format(R"({{"AWS":"{}"}})", kUserArn);
  const std::string role = fmt::format(R"({{"AWS":"{}"}})", kRoleArn);
  const std::string session = fmt::format(R"({{"AWS":"{}"}})", kSessionArn);
  const std::string account = fmt::format(R"({{"AWS":"{}"}})", kAccount);
  const std::string stranger = R"({"AWS":"arn:aws:iam::123456789012:user/bob"})";
  const std::string_view everyone = R"("*")";
  const LayerCase kCases[] = {
      {"nothing is denied by default", "user", "", "", "", "", "", kNo},
      {"identity allows", "user", kAllowGet, "", "", "", "", kYes},
      {"identity of another action", "user", kAllowOther, "", "", "", "", kNo},
      {"identity denies", "user", kDenyGet, "", "", "", "", kDeny},
      {"boundary allows too", "user", kAllowGet, kAllowGet, "", "", "", kYes},
      {"boundary is silent", "user", kAllowGet, kAllowOther, "", "", "", kNo},
      {"boundary alone grants nothing", "user", "", kAllowGet, "", "", "", kNo},
      {"boundary denies", "user", kAllowGet, kDenyGet, "", "", "", kDeny},
      {"session allows too", "session", kAllowGet, "", kAllowGet, "", "", kYes},
      {"session is silent", "session", kAllowGet, "", kAllowOther, "", "", kNo},
      {"session alone grants nothing", "session", "", "", kAllowGet, "", "", kNo},
      {"session denies", "session", kAllowGet, "", kDenyGet, "", "", kDeny},
      {"resource names the user", "user", "", "", "", "Allow", me, kYes},
      {"resource names the user, past its boundary", "user", "", kAllowOther, "", "Allow", me,
       kYes},
      {"resource names the user, not past a session policy", "user", "", "", kAllowOther, "Allow",
       me, kNo},
      {"resource names another user", "user", "", "", "", "Allow", stranger, kNo},
      {"resource names the account: identity decides", "user", "", "", "", "Allow", account, kNo},
      {"resource names the account and identity allows", "user", kAllowGet, "", "", "Allow",
       account, kYes},
      {"resource names everyone", "user", "", "", "", "Allow", everyone, kYes},
      {"resource names everyone, past a boundary", "user", "", kAllowOther, "", "Allow", everyone,
       kYes},
      {"resource names everyone, past a role's boundary and session policy", "session", "",
       kAllowOther, kAllowOther, "Allow", everyone, kYes},
      {"resource names the role", "session", "", "", "", "Allow", role, kYes},
      {"resource names the role, boundary limits", "session", "", kAllowOther, "", "Allow", role,
       kNo},
      {"resource names the role, session policy limits", "session", "", "", kAllowOther, "Allow",
       role, kNo},
      {"resource names the session, nothing limits", "session", "", kAllowOther, kAllowOther,
       "Allow", session, kYes},
      {"resource denies everyone", "user", kAllowGet, "", "", "Deny", everyone, kDeny},
      {"resource denies the account", "user", kAllowGet, "", "", "Deny", account, kDeny},
      {"resource denies the role", "session", kAllowGet, "", "", "Deny", role, kDeny},
      {"resource denies another", "user", kAllowGet, "", "", "Deny", stranger, kYes},
      {"a deny anywhere wins over a direct allow", "user", kDenyGet, "", "", "Allow", me, kDeny},
  };
  for (const LayerCase& c : kCases) {
    Principal caller = c.caller == "user" ? User() : RoleSession();
    if (!c.identity.empty())
      caller.identity_policies.push_back(Named("identity", Document(c.identity)));
    if (!c.boundary.empty()) caller.boundary = Named("boundary", Document(c.boundary));
    if (!c.session.empty()) caller.session_policies = {Named("session", Document(c.session))};
    AccessNeed need = Get();
    if (!c.resource_effect.empty()) {
      need.resource_policies.push_back(
          Named("resource", ResourceStatement(c.resource_effect, c.resource_principal),
                PolicyUse::kResource));
    }
    const Decision decision = Evaluate(caller, need, {}, kNow);
    EXPECT_EQ(decision.verdict, c.verdict) << c.name << ": " << Explain(decision);
  }
}

TEST(Evaluate, RootPassesAllButAResourcePolicysDeny) {
  const Principal root = RootPrincipal(std::string(kAccount));
  AccessNeed need = Get();
  EXPECT_TRUE(Evaluate(root, need, {}, kNow).allowed());
  need.resource_policies.push_back(
      Named("bucket policy", ResourceStatement("Deny", R"("*")"), PolicyUse::kResource));
  EXPECT_EQ(Evaluate(root, need, {}, kNow).verdict, Verdict::kExplicitlyDenied);

  // The way out of a bucket policy that locks everyone out.
  AccessNeed repair{.action = "s3:DeleteBucketPolicy", .resource = "arn:aws:s3:::bucket"};
  repair.resource_policies.push_back(
      Named("bucket policy",
            Document(R"("Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*")"),
            PolicyUse::kResource));
  EXPECT_TRUE(Evaluate(root, repair, {}, kNow).allowed());
  Principal admin = User();
  admin.identity_policies.push_back(
      Named("all", Document(R"("Effect":"Allow","Action":"*","Resource":"*")")));
  EXPECT_EQ(Evaluate(admin, repair, {}, kNow).verdict, Verdict::kExplicitlyDenied);
}

TEST(Evaluate, AcrossAccountsBothSidesMustAllow) {
  AccessNeed need = Get();
  need.resource_account_id = "999999999999";
  Principal user = User();
  user.identity_policies.push_back(Named("own", Document(kAllowGet)));
  EXPECT_EQ(Evaluate(user, need, {}, kNow).missing, std::vector<Layer>{Layer::kResource});
  need.resource_policies.push_back(
      Named("theirs", ResourceStatement("Allow", fmt::format(R"({{"AWS":"{}"}})", kAccount)),
            PolicyUse::kResource));
  EXPECT_TRUE(Evaluate(user, need, {}, kNow).allowed());
  user.identity_policies.clear();
  EXPECT_EQ(Evaluate(user, need, {}, kNow).missing, std::vector<Layer>{Layer::kIdentity});
  EXPECT_TRUE(Evaluate(RootPrincipal(std::string(kAccount)), need, {}, kNow).allowed());
  EXPECT_FALSE(Evaluate(RootPrincipal("555555555555"), need, {}, kNow).allowed());
}

TEST(Evaluate, AnonymousAndServicesNeedAResourcePolicy) {
  AccessNeed need = Get();
  EXPECT_FALSE(Evaluate(AnonymousPrincipal(), need, {}, kNow).allowed());
  Principal service;
  service.kind = PrincipalKind::kService;
  service.arn = "maintenance.s3tables.amazonaws.com";
  need.resource_policies.push_back(
      Named("r", ResourceStatement("Allow", R"({"Service":"maintenance.s3tables.amazonaws.com"})"),
            PolicyUse::kResource));
  EXPECT_TRUE(Evaluate(service, need, {}, kNow).allowed());
  EXPECT_FALSE(Evaluate(AnonymousPrincipal(), need, {}, kNow).allowed());
  EXPECT_FALSE(Evaluate(User(), need, {}, kNow).allowed());
  need.resource_policies.push_back(
      Named("open", ResourceStatement("Allow", R"("*")"), PolicyUse::kResource));
  EXPECT_TRUE(Evaluate(AnonymousPrincipal(), need, {}, kNow).allowed());
  EXPECT_TRUE(Evaluate(InternalPrincipal("1", "maintenance"), Get(), {}, kNow).allowed());
}

TEST(Evaluate, NotPrincipalSparesOnlyThoseNamedWithTheirAccount) {
  const auto denied = [&](const Principal& caller, std::string_view names) {
    Principal allowed = caller;
    allowed.identity_policies.push_back(Named("own", Document(kAllowGet)));
    AccessNeed need = Get();
    need.resource_policies.push_back(Named(
        "r",
        Document(fmt::format(
            R"("Effect":"Deny","NotPrincipal":{{"AWS":[{}]}},"Action":"*","Resource":"*")", names)),
        PolicyUse::kResource));
    return Evaluate(allowed, need, {}, kNow).verdict == Verdict::kExplicitlyDenied;
  };
  const std::string user = fmt::format("\"{}\"", kUserArn);
  const std::string account = fmt::format("\"{}\"", kAccount);
  const std::string role = fmt::format("\"{}\"", kRoleArn);
  const std::string session = fmt::format("\"{}\"", kSessionArn);
  EXPECT_FALSE(denied(User(), user + "," + account));
  EXPECT_TRUE(denied(User(), user));
  EXPECT_TRUE(denied(User(), account));
  EXPECT_FALSE(denied(RoleSession(), account + "," + role + "," + session));
  EXPECT_TRUE(denied(RoleSession(), account + "," + role));
}

TEST(Evaluate, ATrustPolicyMustAgree) {
  AccessNeed need{.action = "sts:AssumeRole", .resource = std::string(kRoleArn)};
  need.resource_policy_decides = true;
  const auto trust = [](std::string_view principal) {
    return Named("trust",
                 Document(fmt::format(
                     R"("Effect":"Allow","Principal":{},"Action":"sts:AssumeRole")", principal)),
                 PolicyUse::kTrust);
  };
  Principal user = User();
  Principal admin = User();
  admin.identity_policies.push_back(
      Named("all", Document(R"("Effect":"Allow","Action":"*","Resource":"*")")));
  EXPECT_EQ(Evaluate(admin, need, {}, kNow).missing, std::vector<Layer>{Layer::kResource});
  need.resource_policies = {trust(fmt::format(R"({{"AWS":"{}"}})", kUserArn))};
  EXPECT_TRUE(Evaluate(user, need, {}, kNow).allowed());
  need.resource_policies = {trust(fmt::format(R"({{"AWS":"arn:aws:iam::{}:root"}})", kAccount))};
  EXPECT_FALSE(Evaluate(user, need, {}, kNow).allowed());
  EXPECT_TRUE(Evaluate(admin, need, {}, kNow).allowed());
}

struct MatchCase {
  std::string_view action;  ///< `Action`/`NotAction` member and value.
  std::string_view resource;
  bool allowed;
};

TEST(Evaluate, MatchesActionsWithoutCaseAndResourcesWithIt) {
  const MatchCase kCases[] = {
      {R"("Action":"s3:getobject")", R"("Resource":"*")", true},
      {R"("Action":"S3:GET*")", R"("Resource":"*")", true},
      {R"("Action":"s3:Get?bject")", R"("Resource":"*")", true},
      {R"("Action":"s3:Get")", R"("Resource":"*")", false},
      {R"("Action":["s3:Put*","*"])", R"("Resource":"*")", true},
      {R"("NotAction":"s3:Put*")", R"("Resource":"*")", true},
      {R"("NotAction":"s3:*")", R"("Resource":"*")", false},
      {R"("Action":"*")", R"("Resource":"arn:aws:s3:::bucket/a/b")", true},
      {R"("Action":"*")", R"("Resource":"arn:aws:s3:::bucket/a/*")", true},
      {R"("Action":"*")", R"("Resource":"arn:aws:s3:::bucket/?/b")", true},
      {R"("Action":"*")", R"("Resource":"arn:aws:s3:::bucket")", false},
      {R"("Action":"*")", R"("Resource":"arn:aws:s3:::Bucket/a/b")", false},
      {R"("Action":"*")", R"("Resource":"arn:aws:s3*")", true},
      {R"("Action":"*")", R"("NotResource":"arn:aws:s3:::other/*")", true},
      {R"("Action":"*")", R"("NotResource":"arn:aws:s3:::bucket/*")", false},
      {R"("Action":"*")", R"("Resource":"arn:aws:s3:::${aws:username}/*")", false},
      {R"("Action":"*")", R"("Resource":"arn:aws:s3:::${aws:absent, 'bucket'}/*")", true},
      {R"("Action":"*")", R"("Resource":"arn:aws:s3:::${aws:absent}*")", false},
      {R"("Action":"*")", R"("NotResource":"arn:aws:s3:::${aws:absent}")", false},
      {R"("Action":"*")", R"("Resource":"arn:aws:s3:::bucket/${*}")", false},
  };
  for (const MatchCase& c : kCases) {
    Principal user = User();
    user.identity_policies.push_back(
        Named("p", Document(fmt::format(R"("Effect":"Allow",{},{})", c.action, c.resource))));
    EXPECT_EQ(Evaluate(user, Get(), {}, kNow).allowed(), c.allowed)
        << c.action << " " << c.resource;
  }
}

TEST(Evaluate, VariablesDoNotWidenAndNeedTheNewVersion) {
  Principal user = User();
  user.user_name = "*";
  user.identity_policies.push_back(Named(
      "p",
      Document(
          R"("Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::bucket/${aws:username}/b")")));
  EXPECT_FALSE(Evaluate(user, Get(), {}, kNow).allowed());
  user.user_name = "a";
  EXPECT_TRUE(Evaluate(user, Get(), {}, kNow).allowed());

  Principal old = User();
  old.user_name = "a";
  old.identity_policies.push_back(Named(
      "p",
      R"({"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::bucket/${aws:username}/b"}})"));
  EXPECT_FALSE(Evaluate(old, Get(), {}, kNow).allowed());
}

struct ConditionCase {
  std::string_view condition;
  bool holds;
};

// Rows after "IAM JSON policy elements: Condition operators" and "Creating a condition with
// multiple keys or values".
TEST(Evaluate, HoldsConditionsAsDocumented) {
  const ConditionCase kCases[] = {
      {R"("StringEquals":{"aws:username":"ann"})", true},
      {R"("StringEquals":{"AWS:UserName":"ann"})", true},
      {R"("StringEquals":{"aws:username":"Ann"})", false},
      {R"("StringEquals":{"aws:username":["bob","ann"]})", true},
      {R"("StringEqualsIgnoreCase":{"aws:username":"ANN"})", true},
      {R"("StringNotEquals":{"aws:username":["bob","ann"]})", false},
      {R"("StringNotEquals":{"aws:username":["bob","eve"]})", true},
      {R"("StringNotEqualsIgnoreCase":{"aws:username":"ANN"})", false},
      {R"("StringLike":{"aws:username":"a*"})", true},
      {R"("StringLike":{"aws:username":"A*"})", false},
      {R"("StringNotLike":{"aws:username":"a*"})", false},
      {R"("StringEquals":{"aws:username":"a*"})", false},
      {R"("StringEquals":{"x:absent":"a"})", false},
      {R"("StringEqualsIfExists":{"x:absent":"a"})", true},
      {R"("StringEqualsIfExists":{"aws:username":"bob"})", false},
      {R"("StringNotEquals":{"x:absent":"a"})", true},
      {R"("StringNotLikeIfExists":{"x:absent":"a"})", true},
      {R"("StringEquals":{"x:name":"${aws:username}"})", true},
      {R"("StringLike":{"x:name":"${aws:username}*"})", true},
      {R"("StringEquals":{"x:name":"${x:absent}"})", false},
      {R"("NumericEquals":{"x:number":"10"})", true},
      {R"("NumericEquals":{"x:number":10.0})", true},
      {R"("NumericNotEquals":{"x:number":"10"})", false},
      {R"("NumericLessThan":{"x:number":"10"})", false},
      {R"("NumericLessThanEquals":{"x:number":"10"})", true},
      {R"("NumericGreaterThan":{"x:number":"9"})", true},
      {R"("NumericGreaterThanEquals":{"x:number":"11"})", false},
      {R"("NumericLessThan":{"x:name":"10"})", false},
      {R"("DateGreaterThan":{"aws:CurrentTime":"2026-11-24T11:59:59Z"})", true},
      {R"("DateLessThan":{"aws:CurrentTime":"2026-11-24"})", false},
      {R"("DateLessThan":{"aws:CurrentTime":"2026-11-25"})", true},
      {R"("DateEquals":{"aws:CurrentTime":"2026-11-24T13:00:00+01:00"})", true},
      {R"("DateNotEquals":{"aws:CurrentTime":"2026-11-24T12:00:00Z"})", false},
      {R"("DateGreaterThanEquals":{"aws:EpochTime":"0"})", true},
      {R"("DateLessThanEquals":{"aws:EpochTime":"0"})", false},
      {R"("Bool":{"aws:SecureTransport":"false"})", true},
      {R"("Bool":{"aws:SecureTransport":false})", true},
      {R"("Bool":{"aws:SecureTransport":"true"})", false},
      {R"("BinaryEquals":{"x:binary":"YQ=="})", true},
      {R"("IpAddress":{"aws:SourceIp":"10.0.0.0/8"})", true},
      {R"("IpAddress":{"aws:SourceIp":"10.1.2.3"})", true},
      {R"("IpAddress":{"aws:SourceIp":["192.168.0.0/16","10.1.2.0/24"]})", true},
      {R"("IpAddress":{"aws:SourceIp":"10.1.2.4/31"})", false},
      {R"("IpAddress":{"aws:SourceIp":"2001:db8::/32"})", false},
      {R"("IpAddress":{"aws:SourceIp":"::/0"})", false},
      {R"("NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"})", false},
      {R"("NotIpAddress":{"aws:SourceIp":"11.0.0.0/8"})", true},
      {R"("ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:user/a*"})", true},
      {R"("ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/ann"})", true},
      {R"("ArnLike":{"aws:PrincipalArn":"arn:*:user/ann"})", false},
      {R"("ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/ann"})", false},
      {R"("ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::*:user/bob"})", true},
      {R"("ArnLike":{"x:name":"arn:aws:iam::*:user/ann"})", false},
      {R"("Null":{"x:absent":"true"})", true},
      {R"("Null":{"x:absent":"false"})", false},
      {R"("Null":{"aws:username":"false"})", true},
      {R"("Null":{"aws:username":"true"})", false},
      {R"("ForAllValues:StringEquals":{"aws:TagKeys":["a","b","c"]})", true},
      {R"("ForAllValues:StringEquals":{"aws:TagKeys":["a","c"]})", false},
      {R"("ForAllValues:StringEquals":{"x:absent":["a"]})", true},
      {R"("ForAnyValue:StringEquals":{"aws:TagKeys":["b","c"]})", true},
      {R"("ForAnyValue:StringEquals":{"aws:TagKeys":["c"]})", false},
      {R"("ForAnyValue:StringEquals":{"x:absent":["a"]})", false},
      {R"("ForAnyValue:StringNotEquals":{"aws:TagKeys":["a"]})", true},
      {R"("ForAllValues:StringNotEquals":{"aws:TagKeys":["a"]})", false},
      {R"("ForAllValues:StringNotEquals":{"aws:TagKeys":["x"]})", true},
      {R"("StringEquals":{"aws:username":"ann","x:number":"11"})", false},
      {R"("StringEquals":{"aws:username":"ann"},"Bool":{"aws:SecureTransport":"true"})", false},
      {R"("StringEquals":{"aws:username":"ann","x:number":"10"},"Bool":{"aws:SecureTransport":"false"})",
       true},
      {R"("StringEquals":{"aws:PrincipalTag/team":"lake"})", true},
      {R"("StringEquals":{"aws:PrincipalAccount":"123456789012"})", true},
      {R"("StringEquals":{"aws:PrincipalType":"User"})", true},
      {R"("StringEquals":{"aws:userid":"AIDAAAAAAAAAAAAAAAAA"})", true},
      {R"("Null":{"aws:TokenIssueTime":"true"})", true},
  };
  for (const ConditionCase& c : kCases) {
    Principal user = User();
    user.tags = {{"team", "lake"}};
    user.identity_policies.push_back(Named(
        "p",
        Document(fmt::format(R"("Effect":"Allow","Action":"*","Resource":"*","Condition":{{{}}})",
                             c.condition))));
    ConditionContext context;
    context.Set("aws:SourceIp", "10.1.2.3")
        .Set("aws:SecureTransport", "false")
        .Set("x:number", "10");
    context.Set("x:name", "ann")
        .Set("x:binary", "YQ==")
        .Set("aws:TagKeys", std::vector<std::string>{"a", "b"});
    context.Set("aws:username", "root");  // The caller cannot say who it is.
    EXPECT_EQ(Evaluate(user, Get(), context, kNow).allowed(), c.holds) << c.condition;
  }
}

TEST(MatchesPattern, IsBoundedOnHostilePatterns) {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  EXPECT_FALSE(MatchesPattern(pattern, std::string(2000, 'b')));
  EXPECT_TRUE(MatchesPattern("**?*", "x"));
  EXPECT_FALSE(MatchesPattern("?", ""));
  EXPECT_TRUE(MatchesPattern("*", ""));
  EXPECT_TRUE(MatchesPattern("a*b*c", "aXbYbZc"));
  EXPECT_FALSE(MatchesPattern("a*b*c", "aXbYbZ"));
}

TEST(DenialText, ReadsAsAwsWritesIt) {
  Principal user = User();
  AccessNeed need{.action = "glue:GetCatalog",
                  .resource = "arn:aws:glue:us-east-1:123456789012:catalog"};
  const std::string start =
      "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: glue:GetCatalog on "
      "resource: "
      "arn:aws:glue:us-east-1:123456789012:catalog";
  const auto text = [&] { return DenialText(user, need, Evaluate(user, need, {}, kNow)); };
  EXPECT_EQ(text(), start + " because no identity-based policy allows the glue:GetCatalog action");
  user.identity_policies.push_back(
      Named("all", Document(R"("Effect":"Allow","Action":"*","Resource":"*")")));
  user.boundary = Named("b", Document(kAllowOther));
  EXPECT_EQ(text(), start + " because no permissions boundary allows the glue:GetCatalog action");
  user.boundary.reset();
  user.session_policies.emplace();
  EXPECT_EQ(text(), start + " because no session policy allows the glue:GetCatalog action");
  user.identity_policies.push_back(
      Named("no", Document(R"("Sid":"Stop","Effect":"Deny","Action":"glue:*","Resource":"*")")));
  EXPECT_EQ(text(), start + " with an explicit deny in an identity-based policy");
  EXPECT_EQ(
      Explain(Evaluate(user, need, {}, kNow)),
      "explicitly denied: denied by statement \"Stop\" of no (identity-based policy, line 1)");
  user.identity_policies.pop_back();
  need.resource_policies.push_back(
      Named("r", Document(R"("Effect":"Deny","Principal":"*","Action":"glue:*","Resource":"*")"),
            PolicyUse::kResource));
  EXPECT_EQ(text(), start + " with an explicit deny in a resource-based policy");
}

}  // namespace
}  // namespace firn::policy
