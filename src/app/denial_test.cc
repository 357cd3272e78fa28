#include "app/denial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace firn::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Decision(const std::string& id, const std::string& verdict, const std::string& more) {
  return R"({"kind":"decision","at":"t","request_id":")" + id +
         R"(","principal":"arn:aws:iam::1:user/u","access_key_id":"AKIA","action":"glue:GetTable","resource":"arn:x","verdict":")" +
         verdict + R"(","reasons":"r")" + more + "}\n";
}

std::string Request(const std::string& id, int status, const std::string& error,
                    const std::string& detail) {
  return R"({"kind":"request","at":"2026-11-24T11:34:28.778Z","request_id":")" + id +
         R"(","from":"127.0.0.1","service":"glue","operation":"GetTable","principal":"arn:aws:iam::1:user/u","access_key_id":"AKIA","status":)" +
         std::to_string(status) + R"(,"duration_us":1)" +
         (error.empty() ? "" : R"(,"error":")" + error + R"(","detail":")" + detail + "\"") + "}\n";
}

TEST(ReadDenials, SaysWhichLayerWasSilentAndWhatWouldHelp) {
  const auto denials =
      ReadDenials(Decision("1", "implicitly denied",
                           R"(,"silent_layers":["identity-based policy","permissions boundary"])") +
                      Request("1", 403, "AccessDenied",
                              "PermissionDenied/AccessDenied: words (at ../../src/x.cc:4)"),
                  10);
  ASSERT_EQ(denials.size(), 1U);
  EXPECT_EQ(denials[0].principal, "arn:aws:iam::1:user/u");
  EXPECT_EQ(denials[0].operation, "glue GetTable");
  EXPECT_THAT(denials[0].causes, ElementsAre("glue:GetTable on arn:x is implicitly denied",
                                             "no identity-based policy allows it",
                                             "no permissions boundary allows it"));
  EXPECT_THAT(
      denials[0].remedies,
      ElementsAre(
          "allow glue:GetTable on arn:x in an identity-based policy of arn:aws:iam::1:user/u",
          "allow glue:GetTable on arn:x in a permissions boundary of arn:aws:iam::1:user/u"));
}

TEST(ReadDenials, NamesTheStatementThatDeniesAndTheConditionThatFailed) {
  const std::string statement =
      R"("layer":"identity-based policy","policy":"inline policy p of user u","statement":3,"line":9)";
  const auto denied = ReadDenials(
      Decision("1", "explicitly denied", R"(,"statements":[{)" + statement + R"(,"sid":"No"}])") +
          Request("1", 403, "AccessDenied", "a: b"),
      10);
  ASSERT_EQ(denied.size(), 1U);
  EXPECT_EQ(
      denied[0].causes[1],
      "statement \"No\" of inline policy p of user u (identity-based policy, line 9) denies it");
  EXPECT_THAT(denied[0].remedies[0], HasSubstr("narrow that statement"));
  const auto missed = ReadDenials(
      Decision("1", "implicitly denied",
               R"(,"failed_conditions":[{)" + statement +
                   R"(,"key":"aws:sourceip","wanted":["10.0.0.0/8","::1"],"found":[]}])") +
          Request("1", 403, "AccessDenied", "a: b"),
      10);
  EXPECT_EQ(missed[0].causes[1],
            "statement 3 of inline policy p of user u (identity-based policy, line 9) would allow "
            "it, but its condition on "
            "aws:sourceip wants \"10.0.0.0/8\", \"::1\" and the request has nothing");
}

TEST(ReadDenials, KnowsGrantsProofsAndHiddenThings) {
  const auto denials = ReadDenials(
      Request("1", 400, "AccessDeniedException",
              "PermissionDenied/AccessDeniedException: Insufficient Lake Formation permission(s): "
              "Required Create Database on "
              "Catalog (at x.cc:1)") +
          Request("2", 403, "SignatureDoesNotMatch",
                  "PermissionDenied/SignatureDoesNotMatch: it does not match. (at x.cc:2)") +
          Request("3", 400, "ExpiredTokenException", "a: over (at x.cc:2)") +
          Decision("4", "implicitly denied", R"(,"silent_layers":["identity-based policy"])") +
          Request("4", 404, "NoSuchBucket", "NotFound/NoSuchBucket: hidden (at x.cc:2)") +
          Request("5", 403, "Strange", "a: some words (at x.cc:2)"),
      10);
  ASSERT_EQ(denials.size(), 5U);
  EXPECT_THAT(
      denials[0].causes,
      ElementsAre(
          "Insufficient Lake Formation permission(s): Required Create Database on Catalog"));
  EXPECT_THAT(
      denials[0].remedies[0],
      HasSubstr("--principal DataLakePrincipalIdentifier=arn:aws:iam::1:user/u --permissions "
                "CREATE_DATABASE --resource … (Catalog)"));
  EXPECT_THAT(denials[1].remedies[0], HasSubstr("secret access key"));
  EXPECT_THAT(denials[2].remedies[0], HasSubstr("assume the role again"));
  EXPECT_EQ(denials[3].error, "NoSuchBucket");
  EXPECT_THAT(denials[4].causes, ElementsAre("some words"));
}

TEST(ReadDenials, PassesOverWhatIsNoDenialAndWhatIsNoLog) {
  EXPECT_THAT(ReadDenials(Decision("1", "allowed", "") + Request("1", 200, "", "") +
                              Decision("2", "implicitly denied", "") +
                              Request("2", 200, "", "") +  // Answered another way.
                              Request("3", 404, "EntityNotFoundException",
                                      "NotFound/X: no such (at x.cc:1)") +
                              Request("4", 500, "InternalError", "Internal/X: oh (at x.cc:1)"),
                          10),
              IsEmpty());
  for (const std::string log : {"", "\n\n", "nonsense", "{", "[]", "{}", R"({"kind":"request"})",
                                R"({"kind":"request","status":"403","error":"E"})",
                                R"({"kind":"decision","statements":{},"silent_layers":[1]})",
                                "{\"kind\":\"request\",\"request_id\":7,\"error\":\"E\"}"}) {
    EXPECT_THAT(ReadDenials(log + "\n", 10), IsEmpty()) << log;
  }
  const auto odd = ReadDenials(
      R"({"kind":"decision","request_id":"1","verdict":"explicitly denied","statements":[1,{}]})"
      "\n" +
          Request("1", 403, "AccessDenied", "") + "cut {\"kind\":\"req",
      10);
  ASSERT_EQ(odd.size(), 1U);
}

TEST(ReadDenials, KeepsTheLastOnes) {
  std::string log;
  for (int i = 0; i < 30; ++i) log += Request(std::to_string(i), 403, "E", "a: b");
  const auto denials = ReadDenials(log, 3);
  ASSERT_EQ(denials.size(), 3U);
  EXPECT_EQ(denials[0].request_id, "27");
  EXPECT_EQ(denials[2].request_id, "29");
}

}  // namespace
}  // namespace firn::app
