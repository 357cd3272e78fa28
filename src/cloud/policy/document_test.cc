#include "cloud/policy/document.h"

#include <fmt/format.h>

#include "base/result_testing.h"
#include "cloud/policy/limits.h"

namespace firn::policy {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The policy of the guide "StarRocks + Amazon S3 Tables" (and of AWS's page
// s3-tables-integrating-glue-endpoint), as printed: the comma after "Allow" is missing, and the
// document ends before its second statement.
constexpr std::string_view kGuidePolicy = R"({
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "VisualEditor0",
            "Effect": "Allow"
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
                "arn:aws:glue:<region>:<account-id>:catalog",
                "arn:aws:glue:<region>:<account-id>:catalog/s3tablescatalog",
                "arn:aws:glue:<region>:<account-id>:catalog/s3tablescatalog/<s3_table_bucket_name>",
                "arn:aws:glue:<region>:<account-id>:table/s3tablescatalog/<s3_table_bucket_name>/<namespace>/*",
                "arn:aws:glue:<region>:<account-id>:database/s3tablescatalog/<s3_table_bucket_name>/<namespace>"
            ]
        }
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
}
)";

TEST(ParsePolicy, RefusesTheGuidesPolicyWithPlacesAndWords) {
  const auto parsed = ParsePolicy(kGuidePolicy, PolicyUse::kIdentity);
  ASSERT_THAT(parsed, IsError(ErrorCode::kInvalidArgument, "MalformedPolicyDocument"));
  EXPECT_EQ(parsed.error().message(),
            "Syntax errors in policy. Line 6, column 30: expected \",\" after the value of "
            "\"Effect\", found the string "
            "\"Action\" on line 7; line 25, column 2: \",\" after the end of the document: its "
            "last \"}\" stands at line "
            "25, column 1, so what follows is not part of it; line 33, column 5: a stray \"]\" "
            "closes nothing; line 34, "
            "column 1: a stray \"}\" closes nothing");
}

TEST(DiagnosePolicy, TellsAllThatIsWrongWithTheGuidesPolicy) {
  const auto findings = DiagnosePolicy(kGuidePolicy, PolicyUse::kIdentity);
  ASSERT_THAT(findings, SizeIs(4));
  EXPECT_EQ(findings[0].line, 6U);
  EXPECT_EQ(findings[0].column, 30U);
  EXPECT_TRUE(findings[0].is_syntax);
  EXPECT_EQ(findings[0].aws_text, "Syntax errors in policy.");
  EXPECT_THAT(findings[0].problem, HasSubstr("expected \",\" after the value of \"Effect\""));
  EXPECT_EQ(findings[1].line, 25U);
  EXPECT_EQ(findings[2].line, 33U);
  EXPECT_EQ(findings[3].line, 34U);
}

struct SyntaxCase {
  std::string_view text;
  std::size_t line;
  std::size_t column;
  std::string_view problem;
};

TEST(DiagnosePolicy, PlacesEachSyntaxError) {
  const SyntaxCase kCases[] = {
      {"", 1, 1, "the document is empty"},
      {"  \n ", 2, 2, "the document is empty"},
      {"{", 1, 2, "the \"{\" at line 1, column 1 is not closed"},
      {"{\"Statement\": [", 1, 16, "the \"[\" at line 1, column 15 is not closed"},
      {"{\"a\" 1}", 1, 6, "expected \":\" after \"a\""},
      {"{\"a\": }", 1, 7, "expected a value for \"a\", found \"}\""},
      {"{\"a\": 1,}", 1, 8, "a \",\" stands before the \"}\""},
      {"{\"a\": [1,]}", 1, 9, "a \",\" stands before the \"]\""},
      {"{\"a\": [1 2]}", 1, 9, "expected \",\" after entry 1 of \"a\""},
      {"{a: 1}", 1, 2, "expected a name in double quotes"},
      {"{'a': 1}", 1, 2, "expected a name in double quotes or \"}\", found \"'\""},
      {"{\"a\": 'b'}", 1, 7, "expected a value for \"a\""},
      {"{\"a\": \"b", 1, 7, "the string is not closed"},
      {"{\"a\": \"b\n\"}", 1, 7, "not closed before the end of its line"},
      {"{\"a\": \"\\x\"}", 1, 8, "an escape that JSON does not have"},
      {"{\"a\": \"\\ud800\"}", 1, 8, "half of a surrogate pair"},
      {"{\"a\": \"\x01\"}", 1, 8, "control character 0x01"},
      {"{\"a\": \"\xff\"}", 1, 7, "not valid UTF-8"},
      {"{\"a\": 01}", 1, 7, "a number begins with 0"},
      {"{\"a\": 1.}", 1, 7, "ends in its decimal point"},
      {"{\"a\": tru}", 1, 7, "expected a value"},
      {"{} {}", 1, 4, "after the end of the document"},
      {"{}]", 1, 3, "a stray \"]\" closes nothing"},
      {"\xef\xbb\xbf{}", 1, 1, "found the byte 0xef"},
      {"// comment\n{}", 1, 1, "found \"/\""},
  };
  for (const SyntaxCase& c : kCases) {
    const auto findings = DiagnosePolicy(c.text, PolicyUse::kIdentity);
    ASSERT_FALSE(findings.empty()) << c.text;
    EXPECT_EQ(findings[0].line, c.line) << c.text;
    EXPECT_EQ(findings[0].column, c.column) << c.text << ": " << findings[0].problem;
    EXPECT_THAT(findings[0].problem, HasSubstr(c.problem)) << c.text;
    EXPECT_TRUE(findings[0].is_syntax) << c.text;
  }
}

std::string WithStatement(std::string_view statement) {
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[{}]}})", statement);
}

struct GrammarCase {
  std::string text;
  PolicyUse use;
  std::string_view aws_text;
  std::string_view problem;
};

// The AWS texts are those of botocore users' reports and of moto's iam/policy_validation.py.
TEST(DiagnosePolicy, RefusesWhatIsNoPolicy) {
  constexpr auto kId = PolicyUse::kIdentity;
  constexpr auto kRes = PolicyUse::kResource;
  constexpr auto kTrust = PolicyUse::kTrust;
  const GrammarCase kCases[] = {
      {"[]", kId, "Syntax errors in policy.", "a policy is an object, found a list"},
      {"{}", kId, "Syntax errors in policy.", "\"Statement\" is missing"},
      {R"({"Statement":[]})", kId, "Syntax errors in policy.", "\"Statement\" is empty"},
      {R"({"Statement":"x"})", kId, "Syntax errors in policy.",
       "\"Statement\" must be an object or a list"},
      {R"({"Statement":[1]})", kId, "Syntax errors in policy.",
       "a statement is an object, found a number"},
      {R"({"Version":"2012-10-18","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})",
       kId, "Syntax errors in policy.", "found \"2012-10-18\""},
      {R"({"Version":2012,"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})", kId,
       "Syntax errors in policy.", "\"Version\" must be"},
      {R"({"Versoin":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})",
       kId, "Syntax errors in policy.", "did you mean \"Version\"?"},
      {R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"},"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})",
       kId, "Syntax errors in policy.", "\"Statement\" is given twice"},
      {WithStatement(R"({"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"})"), kId,
       "Syntax errors in policy.", "\"Effect\" is given twice"},
      {WithStatement(R"({"Effect":"allow","Action":"*","Resource":"*"})"), kId,
       "Syntax errors in policy.", "found \"allow\""},
      {WithStatement(R"({"Action":"*","Resource":"*"})"), kId, "Syntax errors in policy.",
       "no \"Effect\""},
      {WithStatement(R"({"Effect":"Allow","Resource":"*"})"), kId,
       "Policy statement must contain actions.", "neither \"Action\""},
      {WithStatement(R"({"Effect":"Allow","Action":[],"Resource":"*"})"), kId,
       "Policy statement must contain actions.", "\"Action\" is empty"},
      {WithStatement(R"({"Effect":"Allow","Action":"*"})"), kId,
       "Policy statement must contain resources.", "neither \"Resource\""},
      {WithStatement(R"({"Effect":"Allow","Action":"*","NotAction":"s3:*","Resource":"*"})"), kId,
       "Syntax errors in policy.", "either \"Action\" or \"NotAction\""},
      {WithStatement(R"({"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"})"), kId,
       "Syntax errors in policy.", "either \"Resource\" or \"NotResource\""},
      {WithStatement(R"({"Effect":"Allow","Action":"GetObject","Resource":"*"})"), kId,
       "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
       "does not begin with a service"},
      {WithStatement(R"({"Effect":"Allow","Action":"s3*:Get","Resource":"*"})"), kId,
       "Vendor s3* is not valid", "s3*"},
      {WithStatement(R"({"Effect":"Allow","Action":"s3:Get:x","Resource":"*"})"), kId,
       "Actions/Condition can contain only one colon.", "several colons"},
      {WithStatement(R"({"Effect":"Allow","Action":"s3:","Resource":"*"})"), kId,
       "Syntax errors in policy.", "is no action"},
      {WithStatement(R"({"Effect":"Allow","Action":"s3:Get Object","Resource":"*"})"), kId,
       "Syntax errors in policy.", "is no action"},
      {WithStatement(R"({"Effect":"Allow","Action":{"a":1},"Resource":"*"})"), kId,
       "Syntax errors in policy.", "must be a string or a list of strings"},
      {WithStatement(R"({"Effect":"Allow","Action":["s3:Get",7],"Resource":"*"})"), kId,
       "Syntax errors in policy.", "an entry of \"Action\" must be a string"},
      {WithStatement(R"({"Effect":"Allow","Action":"*","Resource":"bucket/*"})"), kId,
       "Resource bucket/* must be in ARN format or \"*\".", "does not begin with \"arn:\""},
      {WithStatement(R"({"Effect":"Allow","Action":"*","Resource":"arn:aws:s3"})"), kId,
       "The policy failed legacy parsing", "3 of the six parts"},
      {WithStatement(R"({"Effect":"Allow","Action":"*","Resource":"arn:azure:s3:::b"})"), kId,
       "Partition \"azure\" is not valid for resource \"arn:azure:s3:::b\".", "second part"},
      {WithStatement(R"({"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"})"), kId,
       "Policy document should not specify a principal.", "resources and roles"},
      {WithStatement(R"({"Sid":"a b","Effect":"Allow","Action":"*","Resource":"*"})"), kId,
       "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
       "expression [0-9A-Za-z]*",
       "a b"},
      {WithStatement(
           R"({"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"})"),
       kId, "Statement IDs (SID) in a single policy must be unique.", "used twice"},
      {WithStatement(R"({"Sid":1,"Effect":"Allow","Action":"*","Resource":"*"})"), kId,
       "Syntax errors in policy.", "\"Sid\" must be a string"},
      {WithStatement(R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":"x"})"), kId,
       "Syntax errors in policy.", "\"Condition\" must be an object"},
      {WithStatement(
           R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEqual":{"aws:a":"b"}}})"),
       kId, "Syntax errors in policy.", "did you mean \"StringEquals\"?"},
      {WithStatement(
           R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":"x"}})"),
       kId, "Syntax errors in policy.", "must be an object of condition keys"},
      {WithStatement(
           R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"SourceIp":"b"}}})"),
       kId, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
       "\"SourceIp\""},
      {WithStatement(
           R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:a":[]}}})"),
       kId, "Syntax errors in policy.", "empty list"},
      {WithStatement(
           R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:a":{"b":1}}}})"),
       kId, "Syntax errors in policy.", "must be a string, a number"},
      {WithStatement(
           R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"aws:a":"ten"}}})"),
       kId, "Syntax errors in policy.", "must be a number"},
      {WithStatement(
           R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"soon"}}})"),
       kId, "Syntax errors in policy.", "a date in ISO 8601 form"},
      {WithStatement(
           R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}}})"),
       kId, "Syntax errors in policy.", "an IP address or a range"},
      {WithStatement(
           R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"yes"}}})"),
       kId, "Syntax errors in policy.", "\"true\" or \"false\""},
      {WithStatement(
           R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"user/x"}}})"),
       kId, "Syntax errors in policy.", "an ARN"},
      {WithStatement(
           R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NullIfExists":{"aws:a":"true"}}})"),
       kId, "Syntax errors in policy.", "no condition operator"},
      {WithStatement(R"({"Effect":"Allow","Action":"s3:*","Resource":"*"})"), kRes,
       "Missing required field Principal", "neither \"Principal\""},
      {WithStatement(R"({"Effect":"Allow","Principal":"me","Action":"s3:*","Resource":"*"})"), kRes,
       "Invalid principal in policy", "found \"me\""},
      {WithStatement(
           R"({"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/*"},"Action":"s3:*","Resource":"*"})"),
       kRes, "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:user/*\"",
       "without wildcards"},
      {WithStatement(
           R"({"Effect":"Allow","Principal":{"AWS":"1234"},"Action":"s3:*","Resource":"*"})"),
       kRes, "Invalid principal in policy: \"AWS\":\"1234\"", "a principal is"},
      {WithStatement(
           R"({"Effect":"Allow","Principal":{"Service":"glue"},"Action":"s3:*","Resource":"*"})"),
       kRes, "Invalid principal in policy: \"Service\":\"glue\"", "a principal is"},
      {WithStatement(R"({"Effect":"Allow","Principal":{},"Action":"s3:*","Resource":"*"})"), kRes,
       "Invalid principal in policy", "names nobody"},
      {WithStatement(R"({"Effect":"Allow","NotPrincipal":"*","Action":"s3:*","Resource":"*"})"),
       kRes, "Allow with NotPrincipal is not allowed.", "only with"},
      {WithStatement(
           R"({"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"})"),
       kTrust, "Has prohibited field Resource", "about the role itself"},
      {WithStatement(R"({"Effect":"Allow","Action":"sts:AssumeRole"})"), kTrust,
       "Missing required field Principal", "neither \"Principal\""},
      {"{", kTrust, "This policy contains invalid Json", "not closed"},
  };
  for (const GrammarCase& c : kCases) {
    const auto findings = DiagnosePolicy(c.text, c.use);
    ASSERT_FALSE(findings.empty()) << c.text;
    EXPECT_EQ(findings[0].aws_text, c.aws_text) << c.text;
    EXPECT_THAT(findings[0].problem, HasSubstr(c.problem)) << c.text;
    EXPECT_THAT(ParsePolicy(c.text, c.use),
                IsError(ErrorCode::kInvalidArgument, "MalformedPolicyDocument"));
  }
}

TEST(ParsePolicy, TakesWhatIamTakes) {
  const std::pair<std::string, PolicyUse> kCases[] = {
      {R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})", PolicyUse::kIdentity},
      {R"({"Version":"2008-10-17","Id":"x","Statement":{"Effect":"Deny","NotAction":["IAM:get*"],"NotResource":["arn:aws:s3:::b"]}})",
       PolicyUse::kIdentity},
      {WithStatement(
           R"({"Sid":"","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::${aws:username}/*"})"),
       PolicyUse::kIdentity},
      {WithStatement(R"({"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3*"})"),
       PolicyUse::kIdentity},
      {WithStatement(
           R"({"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"ForAllValues:StringEqualsIfExists":{"aws:TagKeys":["a","b"]},"bool":{"aws:SecureTransport":true},"NumericLessThan":{"s3:max-keys":10}}})"),
       PolicyUse::kIdentity},
      {WithStatement(
           R"({"Sid":"with space","Effect":"Allow","Principal":{"AWS":["123456789012","arn:aws:iam::123456789012:root"],"Service":"maintenance.s3tables.amazonaws.com"},"Action":"s3tables:*","Resource":"*"})"),
       PolicyUse::kResource},
      {WithStatement(
           R"({"Effect":"Deny","NotPrincipal":{"AWS":"123456789012"},"Action":"s3:*","Resource":"*"})"),
       PolicyUse::kResource},
      {WithStatement(
           R"({"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/u"},"Action":["sts:AssumeRole","sts:TagSession"]})"),
       PolicyUse::kTrust},
      {"\r\n\t{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"\\u002a\"}}\n",
       PolicyUse::kIdentity},
  };
  for (const auto& [text, use] : kCases) EXPECT_THAT(ParsePolicy(text, use), HasValue()) << text;
}

TEST(ParsePolicy, KeepsWhatWasWritten) {
  ASSERT_OK_AND_ASSIGN(const PolicyDocument document, ParsePolicy(R"({"Version": "2012-10-17",
 "Statement": [
  {"Sid": "One", "Effect": "Deny", "NotAction": ["s3:Get*", "s3:List*"], "Resource": "arn:aws:s3:::b/*",
   "Condition": {"ForAnyValue:StringLike": {"AWS:TagKeys": ["x*"]}}}
 ]})",
                                                                  PolicyUse::kIdentity));
  EXPECT_TRUE(document.has_variables());
  ASSERT_THAT(document.statements, SizeIs(1));
  const Statement& statement = document.statements[0];
  EXPECT_EQ(statement.sid, "One");
  EXPECT_EQ(statement.effect, Effect::kDeny);
  EXPECT_TRUE(statement.not_action);
  EXPECT_FALSE(statement.not_resource);
  EXPECT_THAT(statement.actions, SizeIs(2));
  EXPECT_EQ(statement.line, 3U);
  ASSERT_THAT(statement.conditions, SizeIs(1));
  EXPECT_EQ(statement.conditions[0].key, "aws:tagkeys");
  EXPECT_EQ(statement.conditions[0].op, ConditionOperator::kStringLike);
  EXPECT_EQ(statement.conditions[0].qualifier, SetQualifier::kForAnyValue);
  EXPECT_THAT(statement.principals, IsEmpty());
}

TEST(ParsePolicy, BoundsDepthAndSize) {
  std::string deep = R"({"Statement":)";
  deep.append(100'000, '[');
  const auto findings = DiagnosePolicy(deep, PolicyUse::kIdentity);
  ASSERT_FALSE(findings.empty());
  EXPECT_THAT(findings[0].problem, HasSubstr("nested deeper"));

  const std::string large(kDocumentBytesMax + 1, ' ');
  EXPECT_THAT(ParsePolicy(large, PolicyUse::kIdentity),
              IsError(ErrorCode::kInvalidArgument, "MalformedPolicyDocument"));

  std::string wrong = "{\"Statement\":[";
  for (int i = 0; i < 1000; ++i) wrong += "1,";
  wrong += "1]}";
  EXPECT_THAT(DiagnosePolicy(wrong, PolicyUse::kIdentity), SizeIs(kFindingsMax));
}

}  // namespace
}  // namespace firn::policy
