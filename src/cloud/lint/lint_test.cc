#include "cloud/lint/lint.h"

#include <fmt/format.h>

#include "base/result_testing.h"
#include "cloud/lint/mend.h"
#include "cloud/policy/document.h"

namespace firn::lint {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The guide's policy, put right.
constexpr const char* kMended = R"({
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "VisualEditor0",
            "Effect": "Allow",
            "Action": [
                "glue:GetCatalog",
                "glue:GetDatabase",
                "glue:GetDatabases",
                "glue:GetTable",
                "glue:GetTables",
                "glue:CreateTable",
                "glue:UpdateTable"
            ],
            "Resource": [
                "arn:aws:glue:us-east-1:111122223333:catalog",
                "arn:aws:glue:us-east-1:111122223333:catalog/s3tablescatalog",
                "arn:aws:glue:us-east-1:111122223333:catalog/s3tablescatalog/lake",
                "arn:aws:glue:us-east-1:111122223333:table/s3tablescatalog/lake/db/*",
                "arn:aws:glue:us-east-1:111122223333:database/s3tablescatalog/lake/db"
            ]
        },
        {
            "Effect": "Allow",
            "Action": [
                "lakeformation:GetDataAccess"
            ],
            "Resource": "*"
        }
    ]
})";

std::string Replaced(std::string text, std::string_view was, std::string_view is) {
  const std::size_t at = text.find(was);
  EXPECT_NE(at, std::string::npos) << was;
  return text.replace(at, was.size(), is);
}

/// As it is printed: a comma too few, brackets that close too early.
std::string Printed() {
  return Replaced(Replaced(kMended, "\"Allow\",\n", "\"Allow\"\n"), "        },\n        {",
                  "        }\n    ]\n},\n        {");
}

std::string Lines(const Report& report) {
  std::string text;
  for (const Remark& remark : report.remarks) {
    text += fmt::format("{}:{} {} {}\n", remark.line, remark.column, remark.rule, remark.text);
  }
  return text;
}

std::string Policy(const std::string& actions, const std::string& resources) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":)" + actions +
         R"(,"Resource":)" + resources + "}]}";
}

TEST(LintPolicy, MendsTheGuidesOwn) {
  const Report report = LintPolicy(Printed());
  ASSERT_TRUE(report.mended.has_value()) << Lines(report);
  EXPECT_EQ(*report.mended, kMended);
  EXPECT_TRUE(report.has_errors());
  ASSERT_GE(report.remarks.size(), 2);
  EXPECT_EQ(report.remarks[0].line, 6);
  EXPECT_EQ(report.remarks[0].column, 30);
  EXPECT_EQ(report.remarks[0].rule, "syntax");
  EXPECT_THAT(report.remarks[0].text, HasSubstr("expected \",\""));
  EXPECT_THAT(Lines(report), HasSubstr("0:0 missing-action no statement allows "
                                       "glue:CreateDatabase, which the guide needs"));
  EXPECT_THAT(Lines(report), ::testing::Not(HasSubstr("missing-ancestor")));
}

TEST(LintPolicy, HasNothingToSayOfACompletePolicy) {
  const Report report = LintPolicy(R"({"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["glue:Get*","glue:CreateDatabase","glue:DeleteDatabase",
      "glue:CreateTable","glue:UpdateTable","glue:DeleteTable"],"Resource":[
      "arn:aws:glue:us-east-1:111122223333:catalog",
      "arn:aws:glue:us-east-1:111122223333:catalog/s3tablescatalog",
      "arn:aws:glue:us-east-1:111122223333:catalog/s3tablescatalog/lake",
      "arn:aws:glue:us-east-1:111122223333:database/s3tablescatalog/lake/*",
      "arn:aws:glue:us-east-1:111122223333:table/s3tablescatalog/lake/*/*"]},
    {"Effect":"Allow","Action":"lakeformation:GetDataAccess","Resource":"*"},
    {"Effect":"Allow","Action":["s3:GetObject","s3tables:GetTableData"],"Resource":[
      "arn:aws:s3:::b/*","arn:aws:s3tables:us-east-1:111122223333:bucket/lake/table/*",
      "arn:aws:s3tables:us-east-1:111122223333:bucket/lake"]},
    {"Effect":"Deny","Action":"ec2:*","Resource":"arn:aws:ec2:*:*:instance/*"}]})");
  EXPECT_THAT(Lines(report), IsEmpty());
  EXPECT_FALSE(report.mended.has_value());
}

TEST(LintPolicy, NamesActionsThatDoNotExist) {
  const struct {
    const char* action;
    const char* says;  ///< Null: nothing.
  } cases[] = {
      {"glue:GetTabel", "is \"glue:GetTable"},
      {"glue:gettable", nullptr},
      {"Glue:GetTable*", nullptr},
      {"glue:Fetch*", "matches no action"},
      {"s3:HeadObject", "is no action of s3"},
      {"s3:ListObjects", "is no action of s3"},
      {"s3table:GetTable", "is the service \"s3tables\" meant"},
      {"s3tables:GetTableData", nullptr},
      {"s3tables:GetTabelData", "is \"s3tables:GetTableData\" meant"},
      {"lakeformation:GetDataAccess", nullptr},
      {"lakeformation:GetDataAcess", "is \"lakeformation:GetDataAccess\" meant"},
      {"dynamodb:Whatever", nullptr},
      {"*", nullptr},
      {"sts:TagSession", nullptr},
      {"iam:PassRole", nullptr},
  };
  for (const auto& test : cases) {
    const Report report = LintPolicy(Policy(fmt::format("\"{}\"", test.action), "\"*\""));
    std::string found;
    for (const Remark& remark : report.remarks) {
      if (remark.rule.starts_with("unknown-")) found += remark.text;
    }
    EXPECT_THAT(found, test.says == nullptr ? HasSubstr("") : HasSubstr(test.says)) << test.action;
    EXPECT_EQ(found.empty(), test.says == nullptr) << test.action << ": " << found;
  }
}

TEST(LintPolicy, NamesArnsThatMatchNothing) {
  const std::string glue = "arn:aws:glue:us-east-1:111122223333:";
  const std::string tables = "arn:aws:s3tables:us-east-1:111122223333:";
  const struct {
    std::string arn;
    const char* says;  ///< Null: nothing.
  } cases[] = {
      {glue + "catalog", nullptr},
      {glue + "catalogs", "is \"catalog\" meant"},
      {glue + "database/s3tablescatalog/b", "database/s3tablescatalog/<bucket>/<namespace>"},
      {glue + "table/s3tablescatalog/b/t", "table/s3tablescatalog/<bucket>/<namespace>/<table>"},
      {glue + "table/s3tablescatalog/b/n/t", nullptr},
      {glue + "table/db", "table/<database>/<table>"},
      {glue + "catalog/s3tablescatalog/b/n", "no more"},
      {glue + "*", nullptr},
      {"arn:aws:glue:us-east-1:11112222333:catalog", "twelve digits"},
      {"arn:aws:glue::111122223333:catalog", "have a region"},
      {"arn:aws:glue:us-east-1::catalog", "have an account id"},
      {"arn:aws:glue:*:*:catalog", nullptr},
      {"arn:aws:glue:<region>:111122223333:catalog", "placeholder"},
      {tables + "bucket/b", nullptr},
      {tables + "bucket/b/table/*", nullptr},
      {tables + "bucket/b/namespace/n", "namespaces have no ARN"},
      {tables + "bucket/b/n/t/x", "namespaces have no ARN"},
      {tables + "table/t", "can match nothing"},
      {"arn:aws:s3:us-east-1:111122223333:b/*", "neither region nor account"},
      {"arn:aws:s3:::b/*", nullptr},
      {"arn:aws:iam:us-east-1:111122223333:user/u", "no region"},
      {"arn:aws:ec2:::whatever", nullptr},
  };
  for (const auto& test : cases) {
    const Report report = LintPolicy(Policy("\"s3:GetObject\"", fmt::format("\"{}\"", test.arn)));
    std::string found;
    for (const Remark& remark : report.remarks) {
      if (remark.rule == "no-match" || remark.rule == "placeholder") found += remark.text;
    }
    EXPECT_THAT(found, test.says == nullptr ? HasSubstr("") : HasSubstr(test.says)) << test.arn;
    EXPECT_EQ(found.empty(), test.says == nullptr) << test.arn << ": " << found;
  }
}

TEST(LintPolicy, NamesWhatStandsAboveAGlueResource) {
  const std::string glue = "arn:aws:glue:us-east-1:111122223333:";
  const Report report = LintPolicy(Policy(
      "\"glue:*\"", fmt::format("[\"{0}table/s3tablescatalog/b/n/*\", \"{0}catalog\"]", glue)));
  for (const char* above : {"catalog/s3tablescatalog\"", "catalog/s3tablescatalog/b\"",
                            "database/s3tablescatalog/b/n\""})
    EXPECT_THAT(Lines(report), HasSubstr("also needs \"" + glue + above));
  EXPECT_THAT(Lines(report), ::testing::Not(HasSubstr("also needs \"" + glue + "catalog\"")));
  EXPECT_THAT(
      Lines(LintPolicy(Policy(
          "\"glue:*\"", fmt::format("[\"{0}table/db/t\", \"{0}cat*\", \"{0}database/*\"]", glue)))),
      ::testing::Not(HasSubstr("missing-ancestor")));
}

TEST(LintPolicy, NamesWhatTheGuideNeeds) {
  const std::string all = Lines(LintPolicy(Policy("[\"glue:GetTable\"]", "\"*\"")));
  for (const char* action : {"glue:CreateTable", "glue:DeleteTable", "lakeformation:GetDataAccess"})
    EXPECT_THAT(all, HasSubstr(std::string("no statement allows ") + action));
  EXPECT_THAT(Lines(LintPolicy(Policy("\"s3:GetObject\"", "\"*\""))), IsEmpty());
  EXPECT_THAT(Lines(LintPolicy(Policy("[\"glue:*\",\"lakeformation:GetDataAccess\"]",
                                      "\"arn:aws:glue:us-east-1:111122223333:*\""))),
              HasSubstr("is asked on \"*\" only"));
}

TEST(LintPolicy, NamesConditionKeysThatNoRequestCarries) {
  const struct {
    const char* actions;
    const char* key;
    const char* says;  ///< Null: nothing.
  } cases[] = {
      {"\"s3:ListBucket\"", "s3:prefix", nullptr},
      {"[\"s3:GetObject\",\"s3:ListBucket\"]", "s3:Prefix", nullptr},
      {"\"s3:*\"", "s3:max-keys", nullptr},
      {"\"*\"", "s3tables:namespace", nullptr},
      {"\"s3:GetObject\"", "s3:prefix", "no request of s3:GetObject carries"},
      {"[\"s3:GetObject\",\"s3:PutObject\"]", "s3:prefix",
       "carries the condition key \"s3:prefix\""},
      {"\"s3tables:ListTableBuckets\"", "s3tables:namespace", "no request of"},
      {"\"s3tables:GetTable\"", "s3tables:nameSpace", nullptr},
      {"\"s3tables:GetTable\"", "s3tables:namespaces", "is \"s3tables:namespace\" meant?"},
      {"\"s3tables:GetTable\"", "s3tables:TableBucketTags/team", "no such condition key"},
      {"\"s3tables:CreateTable\"", "aws:RequestTag/team", nullptr},
      {"\"s3tables:GetTable\"", "aws:RequestTag/team", "no request of"},
      {"\"s3tables:GetTable\"", "aws:RequestTag", "is \"aws:requesttag/\" meant?"},
      {"\"s3tables:GetTable\"", "aws:SourceIP", nullptr},
      {"\"s3tables:GetTable\"", "aws:SourceIps", "is \"aws:sourceip\" meant?"},
      {"\"s3tables:GetTable\"", "aws:PrincipalOrgID", "local side"},
      {"\"ec2:RunInstances\"", "ec2:InstanceType", nullptr},
      {"\"glue:GetTable\"", "ec2:InstanceType", nullptr},
      {"\"iam:DeleteUser\"", "iam:ResourceTag/team", nullptr},
      {"\"iam:ListUsers\"", "iam:ResourceTag/team", "no request of"},
  };
  for (const auto& test : cases) {
    for (const char* effect : {"Allow", "Deny"}) {
      const Report report = LintPolicy(fmt::format(
          R"({{"Version":"2012-10-17","Statement":{{"Effect":"{}","Action":{},"Resource":"*",)"
          R"("Condition":{{"StringEquals":{{"{}":"x"}}}}}}}})",
          effect, test.actions, test.key));
      std::string found;
      for (const Remark& remark : report.remarks) {
        if (remark.rule == "condition-key") found += remark.text;
      }
      EXPECT_THAT(found, HasSubstr(test.says == nullptr ? "" : test.says)) << test.key;
      EXPECT_EQ(found.empty(), test.says == nullptr) << test.actions << test.key << ": " << found;
    }
  }
}

TEST(MendJson, KnowsItsBounds) {
  const struct {
    const char* text;
    const char* mended;  ///< Null: not mended.
  } cases[] = {
      {R"({"a": 1})", nullptr},
      {R"({"a": 1 "b": 2})", R"({"a": 1, "b": 2})"},
      {R"(["a" "b"])", R"(["a", "b"])"},
      {R"(["a", "b",])", R"(["a", "b"])"},
      {R"({"a": {"b": 1},})", R"({"a": {"b": 1}})"},
      {R"({"a": [1})", nullptr},
      {R"({"a": [1)", "{\"a\": [1\n]\n}"},
      {R"({"a": 1}})", R"({"a": 1})"},
      {R"({"a": "b)", nullptr},
      {R"({"a": 1}, {"b": 2})", nullptr},
      {R"({"a": [1]}, 2]})", R"({"a": [1, 2]})"},
      {"", nullptr},
      {"}", ""},
      {"[\"\\\"]\" 1]", "[\"\\\"]\", 1]"},
  };
  for (const auto& test : cases) {
    const auto mended = MendJson(test.text);
    EXPECT_EQ(mended.has_value(), test.mended != nullptr)
        << test.text << " → " << mended.value_or("");
    if (mended && test.mended != nullptr) {
      EXPECT_EQ(*mended, test.mended);
    }
  }
  EXPECT_FALSE(MendJson(std::string(1000, '}')).has_value());
  std::string many = "[";
  for (int i = 0; i < 200; ++i) many += "1 ";
  EXPECT_FALSE(MendJson(many + "]").has_value());
}

TEST(LintPolicy, SurvivesAnything) {
  for (const char* text : {"", "null", "[]", "{}", "{\"Statement\":[]}", "\"", "{{{{", "\xFF\xFE"})
    EXPECT_TRUE(LintPolicy(text).has_errors()) << text;
}

}  // namespace
}  // namespace firn::lint
