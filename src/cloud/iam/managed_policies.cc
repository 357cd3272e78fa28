#include <algorithm>
#include <array>

#include "cloud/iam/managed_policies_internal.h"

namespace firn::iam {
namespace {

constexpr std::array kPolicies = {
    AwsManagedPolicy{
        "AdministratorAccess", "arn:aws:iam::aws:policy/AdministratorAccess",
        "ANPAFIRN00000000ADMN", "Provides full access to AWS services and resources.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})"},
    AwsManagedPolicy{
        "IAMFullAccess", "arn:aws:iam::aws:policy/IAMFullAccess", "ANPAFIRN00000000IAMF",
        "Provides full access to IAM.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]})"},
    AwsManagedPolicy{
        "AmazonS3FullAccess", "arn:aws:iam::aws:policy/AmazonS3FullAccess", "ANPAFIRN0000000S3FUL",
        "Provides full access to all buckets.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":"*"}]})"},
    AwsManagedPolicy{
        "AmazonS3ReadOnlyAccess", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        "ANPAFIRN0000000S3RDO", "Provides read only access to all buckets.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"}]})"},
    AwsManagedPolicy{
        "AmazonS3TablesFullAccess", "arn:aws:iam::aws:policy/AmazonS3TablesFullAccess",
        "ANPAFIRN0000S3TABFUL", "Provides full access to all S3 table buckets.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3tables:*"],"Resource":"*"}]})"},
    AwsManagedPolicy{
        "AmazonS3TablesReadOnlyAccess", "arn:aws:iam::aws:policy/AmazonS3TablesReadOnlyAccess",
        "ANPAFIRN0000S3TABRDO", "Provides read only access to all S3 table buckets.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3tables:Get*","s3tables:List*"],"Resource":"*"}]})"},
    AwsManagedPolicy{
        "AWSGlueConsoleFullAccess", "arn:aws:iam::aws:policy/AWSGlueConsoleFullAccess",
        "ANPAFIRN00000GLUEFUL", "Provides full access to AWS Glue.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["glue:*"],"Resource":"*"}]})"},
    AwsManagedPolicy{
        "AWSLakeFormationDataAdmin", "arn:aws:iam::aws:policy/AWSLakeFormationDataAdmin",
        "ANPAFIRN00000LFADMIN", "Grants administrative access to AWS Lake Formation.",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["lakeformation:*","glue:*","s3:ListBucket","s3:GetBucketLocation","s3:ListAllMyBuckets","iam:ListUsers","iam:ListRoles","iam:GetRole","iam:GetRolePolicy"],"Resource":"*"},{"Effect":"Deny","Action":"lakeformation:PutDataLakeSettings","Resource":"*"}]})"},
};

}  // namespace

std::span<const AwsManagedPolicy> AwsManagedPolicies() { return kPolicies; }

const AwsManagedPolicy* FindAwsManagedPolicy(std::string_view arn) {
  const auto found =
      std::find_if(kPolicies.begin(), kPolicies.end(),
                   [&](const AwsManagedPolicy& policy) { return policy.arn == arn; });
  return found == kPolicies.end() ? nullptr : &*found;
}

}  // namespace firn::iam
