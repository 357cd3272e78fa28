#include "cloud/policy/authorizer.h"

#include "base/result_testing.h"
#include "cloud/policy/limits.h"

namespace firn::policy {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;
using ::testing::SizeIs;

class ListedAudit final : public AuditSink {
 public:
  void Record(const AuditRecord& record) override { records.push_back(record); }
  std::vector<AuditRecord> records;
};

std::shared_ptr<const Principal> UserWith(std::string_view document) {
  auto parsed = ParsePolicy(document, PolicyUse::kIdentity);
  EXPECT_TRUE(parsed.has_value());
  auto user = std::make_shared<Principal>();
  user->kind = PrincipalKind::kUser;
  user->account_id = "123456789012";
  user->arn = user->identity_arn = "arn:aws:iam::123456789012:user/ann";
  user->user_name = "ann";
  user->access_key_id = AccessKeyId("AKIAAAAAAAAAAAAAAAAA");
  user->identity_policies.push_back({"arn:aws:iam::123456789012:policy/p",
                                     std::make_shared<const PolicyDocument>(std::move(*parsed))});
  return user;
}

// The policy of the guide, corrected: it lets GetTable pass and CreateDatabase not.
constexpr std::string_view kGuide = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",
 "Action":["glue:GetCatalog","glue:GetDatabase","glue:GetTable"],
 "Resource":["arn:aws:glue:us-east-1:123456789012:catalog","arn:aws:glue:us-east-1:123456789012:catalog/s3tablescatalog",
  "arn:aws:glue:us-east-1:123456789012:database/s3tablescatalog/b/ns"]}]})";

AuthorizationRequest Ask(std::string_view action,
                         std::initializer_list<std::string_view> resources) {
  AuthorizationRequest request;
  for (const std::string_view resource : resources) {
    request.needs.push_back({.action = std::string(action), .resource = std::string(resource)});
  }
  return request;
}

TEST(Authorizer, NamesTheFirstMissingResourceAndRecordsEachDecision) {
  ManualClock clock(*ParseIso8601("2026-11-24T12:00:00Z"));
  ListedAudit audit;
  const Authorizer authorizer(audit, clock);
  const auto denied =
      authorizer.Authorize(Context("req-1"), UserWith(kGuide),
                           Ask("glue:GetTable", {"arn:aws:glue:us-east-1:123456789012:catalog",
                                                 "arn:aws:glue:us-east-1:123456789012:table/x",
                                                 "arn:aws:glue:us-east-1:123456789012:table/y"}));
  ASSERT_THAT(denied, IsError(ErrorCode::kPermissionDenied, "AccessDenied"));
  EXPECT_EQ(denied.error().message(),
            "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: glue:GetTable "
            "on resource: "
            "arn:aws:glue:us-east-1:123456789012:table/x because no identity-based policy allows "
            "the glue:GetTable action");
  EXPECT_THAT(denied.error().notes(), SizeIs(1));
  ASSERT_THAT(audit.records, SizeIs(2));
  EXPECT_EQ(audit.records[0].verdict, Verdict::kAllowed);
  EXPECT_EQ(audit.records[0].request_id, "req-1");
  EXPECT_EQ(audit.records[0].access_key_id.value(), "AKIAAAAAAAAAAAAAAAAA");
  EXPECT_EQ(audit.records[0].reasons,
            "allowed: allowed by statement 1 of arn:aws:iam::123456789012:policy/p (identity-based "
            "policy, line 1)");
  EXPECT_EQ(audit.records[1].verdict, Verdict::kImplicitlyDenied);
  EXPECT_EQ(audit.records[1].resource, "arn:aws:glue:us-east-1:123456789012:table/x");
}

TEST(Authorizer, MakesAPermitForWhatWasAllowed) {
  ManualClock clock(WallTime{});
  ListedAudit audit;
  const Authorizer authorizer(audit, clock);
  ASSERT_OK_AND_ASSIGN(const Permit permit,
                       authorizer.Authorize(Context("r"), UserWith(kGuide),
                                            Ask("glue:GetCatalog",
                                                {"arn:aws:glue:us-east-1:123456789012:catalog"})));
  EXPECT_EQ(permit.action(), "glue:GetCatalog");
  EXPECT_EQ(permit.principal().user_name, "ann");
  EXPECT_TRUE(permit.Covers("GLUE:getcatalog", "arn:aws:glue:us-east-1:123456789012:catalog"));
  EXPECT_FALSE(permit.Covers("glue:GetCatalog", "*"));
  EXPECT_FALSE(permit.Covers("glue:GetDatabase", "arn:aws:glue:us-east-1:123456789012:catalog"));
}

TEST(Authorizer, RefusesRequestsWithoutOrWithTooManyNeeds) {
  ManualClock clock(WallTime{});
  ListedAudit audit;
  const Authorizer authorizer(audit, clock);
  const auto root = std::make_shared<const Principal>(RootPrincipal("123456789012"));
  EXPECT_THAT(authorizer.Authorize(Context(), root, {}),
              IsError(ErrorCode::kInvalidArgument, "TooManyNeeds"));
  AuthorizationRequest many;
  many.needs.resize(kNeedsMax + 1);
  EXPECT_THAT(authorizer.Authorize(Context(), root, many),
              IsError(ErrorCode::kInvalidArgument, "TooManyNeeds"));
  many.needs.resize(kNeedsMax);
  EXPECT_THAT(authorizer.Authorize(Context(), root, many), HasValue());
}

}  // namespace
}  // namespace firn::policy
