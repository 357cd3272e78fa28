#include "cloud/policy/condition_keys.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace firn::policy {
namespace {

TEST(ConditionKeys, AreInOrderAndInLowerCase) {
  std::string_view last;
  for (const ConditionKey& key : ConditionKeys()) {
    EXPECT_LT(last, key.key);
    EXPECT_EQ(ToLowerAscii(key.key), key.key);
    EXPECT_EQ(ToLowerAscii(key.actions), key.actions) << key.key;
    EXPECT_EQ(FindConditionKey(key.key), &key);
    last = key.key;
  }
}

TEST(ConditionKeys, AreFoundInAnyCaseAndByATagsKey) {
  struct Case {
    std::string_view action;
    std::string_view key;
    bool may;
  };
  const auto cases = std::to_array<Case>({
      {"s3:ListBucket", "s3:prefix", true},
      {"S3:LISTBUCKET", "S3:Prefix", true},
      {"s3:GetObject", "s3:prefix", false},
      {"s3:*", "s3:prefix", true},
      {"*", "s3:prefix", true},
      {"s3:List*", "s3:prefix", true},
      {"s3:Get*", "s3:prefix", false},
      {"glue:GetTable", "s3:prefix", false},
      {"glue:GetTable", "aws:SourceIp", true},
      {"iam:CreateUser", "aws:RequestTag/team", true},
      {"iam:CreateUser", "aws:requesttag/Team/Sub", true},
      {"iam:GetUser", "aws:RequestTag/team", false},
      {"iam:GetUser", "iam:ResourceTag/team", true},
      {"iam:GetGroup", "iam:ResourceTag/team", false},
      {"s3tables:GetTable", "s3tables:namespace", true},
      {"s3tables:ListTableBuckets", "s3tables:namespace", false},
      {"s3tables:GetTable", "s3tables:nothing", false},
      {"s3tables:GetTable", "", false},
      {"s3tables:GetTable", "/", false},
      {"s3tables:GetTable", "aws:RequestTag", false},
      {"glue:GetTable", "aws:PrincipalOrgID", false},
      {"glue:GetTable", "aws:CalledVia", false},
  });
  for (const Case& one : cases) {
    EXPECT_EQ(MayCarry(one.action, one.key), one.may) << one.action << " " << one.key;
  }
}

}  // namespace
}  // namespace firn::policy
