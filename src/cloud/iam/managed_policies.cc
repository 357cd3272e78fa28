#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "cloud/iam/managed_policies_internal.h"

/// The documents are AWS's own, of the version that stands beside them.

namespace firn::iam {
namespace {

constexpr std::array kPolicies = {
    AwsManagedPolicy{
        "AdministratorAccess", "/", 1, "2015-02-06T18:39:46Z", "2015-02-06T18:39:46Z",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})"},
    AwsManagedPolicy{
        "AmazonAthenaFullAccess", "/", 15, "2016-11-30T16:46:01Z", "2026-02-12T18:03:09Z",
        R"({"Version":"2012-10-17","Statement":[{"Sid":"BaseAthenaPermissions","Effect":"Allow","Action":[
"athena:*"],"Resource":["*"]},{"Sid":"BaseGluePermissions","Effect":"Allow","Action":[
"glue:CreateDatabase","glue:DeleteDatabase","glue:GetCatalog","glue:GetCatalogs",
"glue:GetDatabase","glue:GetDatabases","glue:UpdateDatabase","glue:CreateTable",
"glue:DeleteTable","glue:BatchDeleteTable","glue:UpdateTable","glue:GetTable","glue:GetTables",
"glue:BatchCreatePartition","glue:CreatePartition","glue:DeletePartition",
"glue:BatchDeletePartition","glue:UpdatePartition","glue:GetPartition","glue:GetPartitions",
"glue:BatchGetPartition","glue:StartColumnStatisticsTaskRun","glue:GetColumnStatisticsTaskRun",
"glue:GetColumnStatisticsTaskRuns","glue:GetCatalogImportStatus"],"Resource":["*"]},{
"Sid":"BaseQueryResultsPermissions","Effect":"Allow","Action":["s3:GetBucketLocation",
"s3:GetObject","s3:ListBucket","s3:ListBucketMultipartUploads","s3:ListMultipartUploadParts",
"s3:AbortMultipartUpload","s3:CreateBucket","s3:PutObject","s3:PutBucketPublicAccessBlock"],
"Resource":["arn:aws:s3:::aws-athena-query-results-*"]},{"Sid":"BaseAthenaExamplesPermissions",
"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":[
"arn:aws:s3:::athena-examples*"]},{"Sid":"BaseS3BucketPermissions","Effect":"Allow","Action":[
"s3:ListBucket","s3:GetBucketLocation","s3:ListAllMyBuckets"],"Resource":["*"]},{
"Sid":"BaseSNSPermissions","Effect":"Allow","Action":["sns:ListTopics",
"sns:GetTopicAttributes"],"Resource":["*"]},{"Sid":"BaseCloudWatchPermissions","Effect":"Allow",
"Action":["cloudwatch:PutMetricAlarm","cloudwatch:DescribeAlarms","cloudwatch:DeleteAlarms",
"cloudwatch:GetMetricData"],"Resource":["*"]},{"Sid":"BaseLakeFormationPermissions",
"Effect":"Allow","Action":["lakeformation:GetDataAccess"],"Resource":["*"]},{
"Sid":"BaseDataZonePermissions","Effect":"Allow","Action":["datazone:ListDomains",
"datazone:ListProjects","datazone:ListAccountEnvironments"],"Resource":["*"]},{
"Sid":"BasePricingPermissions","Effect":"Allow","Action":["pricing:GetProducts"],"Resource":[
"*"]}]})"},
    AwsManagedPolicy{
        "AmazonS3FullAccess", "/", 2, "2015-02-06T18:40:58Z", "2021-09-27T20:16:37Z",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","s3-object-lambda:*"],
"Resource":"*"}]})"},
    AwsManagedPolicy{
        "AmazonS3ReadOnlyAccess", "/", 3, "2015-02-06T18:40:59Z", "2023-08-10T21:31:39Z",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*",
"s3:Describe*","s3-object-lambda:Get*","s3-object-lambda:List*"],"Resource":"*"}]})"},
    AwsManagedPolicy{
        "AmazonS3TablesFullAccess", "/", 6, "2024-12-03T15:21:07Z", "2026-02-12T18:00:31Z",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3tables:*"],"Resource":"*"},{
"Sid":"PassRoleToS3TablesReplication","Effect":"Allow","Action":["iam:PassRole"],"Resource":"*",
"Condition":{"StringEquals":{"iam:PassedToService":["replication.s3tables.amazonaws.com"]}}}]})"},
    AwsManagedPolicy{
        "AmazonS3TablesLakeFormationServiceRole", "/service-role/", 6, "2025-06-19T19:07:07Z",
        "2026-02-12T18:01:45Z",
        R"({"Version":"2012-10-17","Statement":[{"Sid":"PermissionsForS3ListTableBuckets","Effect":"Allow",
"Action":["s3tables:ListTableBuckets"],"Resource":["*"],"Condition":{"StringEquals":{
"aws:ResourceAccount":"${aws:PrincipalAccount}"}}},{
"Sid":"DataAccessPermissionsForS3TablesResources","Effect":"Allow","Action":[
"s3tables:CreateTableBucket","s3tables:GetTableBucket","s3tables:CreateNamespace",
"s3tables:GetNamespace","s3tables:ListNamespaces","s3tables:DeleteNamespace",
"s3tables:DeleteTableBucket","s3tables:CreateTable","s3tables:DeleteTable","s3tables:GetTable",
"s3tables:ListTables","s3tables:RenameTable","s3tables:UpdateTableMetadataLocation",
"s3tables:GetTableMetadataLocation","s3tables:GetTableData","s3tables:PutTableData",
"s3tables:PutTableBucketEncryption"],"Resource":["*"],"Condition":{"StringEquals":{
"aws:ResourceAccount":"${aws:PrincipalAccount}"}}},{
"Sid":"KMSDataAccessPermissionsForS3TablesResources","Effect":"Allow","Action":[
"kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"StringEquals":{
"aws:ResourceAccount":"${aws:PrincipalAccount}"},"StringLike":{
"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3tables:*:*:bucket/*/table/*","kms:ViaService":[
"s3.*.amazonaws.com"]}}},{"Sid":"KMSDescribeKeyAccessPermissionsForS3TablesResources",
"Effect":"Allow","Action":["kms:DescribeKey"],"Resource":"*","Condition":{"StringEquals":{
"aws:ResourceAccount":"${aws:PrincipalAccount}"},"StringLike":{"kms:ViaService":[
"s3tables.*.amazonaws.com"]}}}]})"},
    AwsManagedPolicy{
        "AmazonS3TablesReadOnlyAccess", "/", 3, "2024-12-03T15:21:06Z", "2026-02-12T18:02:34Z",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3tables:Get*",
"s3tables:List*"],"Resource":"*"}]})"},
    AwsManagedPolicy{
        "AWSGlueConsoleFullAccess", "/", 15, "2017-08-14T13:37:39Z", "2026-09-10T20:27:08Z",
        R"({"Version":"2012-10-17","Statement":[{"Sid":"BaseAppPermissions","Effect":"Allow","Action":[
"glue:*","redshift:DescribeClusters","redshift:DescribeClusterSubnetGroups","iam:ListRoles",
"iam:ListUsers","iam:ListGroups","iam:ListRolePolicies","iam:GetRole","iam:GetRolePolicy",
"iam:ListAttachedRolePolicies","ec2:DescribeSecurityGroups","ec2:DescribeSubnets",
"ec2:DescribeVpcs","ec2:DescribeVpcEndpoints","ec2:DescribeRouteTables",
"ec2:DescribeVpcAttribute","ec2:DescribeKeyPairs","ec2:DescribeInstances","ec2:DescribeImages",
"rds:DescribeDBInstances","rds:DescribeDBClusters","rds:DescribeDBSubnetGroups",
"s3:ListAllMyBuckets","s3:ListBucket","s3:GetBucketAcl","s3:GetBucketLocation",
"cloudformation:ListStacks","cloudformation:DescribeStacks","cloudformation:GetTemplateSummary",
"dynamodb:ListTables","kms:ListAliases","kms:DescribeKey","cloudwatch:GetMetricData",
"cloudwatch:ListDashboards","databrew:ListRecipes","databrew:ListRecipeVersions",
"databrew:DescribeRecipe"],"Resource":["*"]},{"Effect":"Allow","Action":["s3:GetObject",
"s3:PutObject"],"Resource":["arn:aws:s3:::aws-glue-*/*","arn:aws:s3:::*/*aws-glue-*/*",
"arn:aws:s3:::aws-glue-*"]},{"Effect":"Allow","Action":["tag:GetResources"],"Resource":["*"]},{
"Effect":"Allow","Action":["s3:CreateBucket"],"Resource":["arn:aws:s3:::aws-glue-*"]},{
"Effect":"Allow","Action":["logs:GetLogEvents"],"Resource":["arn:aws:logs:*:*:/aws-glue/*"]},{
"Effect":"Allow","Action":["cloudformation:CreateStack","cloudformation:DeleteStack"],
"Resource":"arn:aws:cloudformation:*:*:stack/aws-glue*/*"},{"Sid":"CloudFormationTagOnCreate",
"Effect":"Allow","Action":["cloudformation:TagResource","cloudformation:UntagResource"],
"Resource":"arn:aws:cloudformation:*:*:stack/aws-glue*/*","Condition":{"StringEquals":{
"cloudformation:CreateAction":["CreateStack"]}}},{"Effect":"Allow","Action":[
"ec2:RunInstances"],"Resource":["arn:aws:ec2:*:*:instance/*","arn:aws:ec2:*:*:key-pair/*",
"arn:aws:ec2:*:*:image/*","arn:aws:ec2:*:*:security-group/*",
"arn:aws:ec2:*:*:network-interface/*","arn:aws:ec2:*:*:subnet/*","arn:aws:ec2:*:*:volume/*"]},{
"Effect":"Allow","Action":["ec2:TerminateInstances","ec2:CreateTags","ec2:DeleteTags"],
"Resource":["arn:aws:ec2:*:*:instance/*"],"Condition":{"StringEquals":{
"ec2:ResourceTag/aws:cloudformation:logical-id":"ZeppelinInstance"},"StringLike":{
"ec2:ResourceTag/aws:cloudformation:stack-id":"arn:aws:cloudformation:*:*:stack/aws-glue-*/*"}}},
{"Effect":"Allow","Action":["iam:PassRole"],
"Resource":"arn:aws:iam::*:role/AWSGlueServiceRole*","Condition":{"StringLike":{
"iam:PassedToService":["glue.amazonaws.com"]}}},{"Effect":"Allow","Action":["iam:PassRole"],
"Resource":"arn:aws:iam::*:role/AWSGlueServiceNotebookRole*","Condition":{"StringLike":{
"iam:PassedToService":["ec2.amazonaws.com"]}}},{"Effect":"Allow","Action":["iam:PassRole"],
"Resource":["arn:aws:iam::*:role/service-role/AWSGlueServiceRole*"],"Condition":{"StringLike":{
"iam:PassedToService":["glue.amazonaws.com"]}}}]})"},
    AwsManagedPolicy{"AWSGlueServiceRole", "/service-role/", 5, "2017-08-14T13:37:21Z",
                     "2023-09-11T16:39:47Z",
                     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["glue:*",
"s3:GetBucketLocation","s3:ListBucket","s3:ListAllMyBuckets","s3:GetBucketAcl",
"ec2:DescribeVpcEndpoints","ec2:DescribeRouteTables","ec2:CreateNetworkInterface",
"ec2:DeleteNetworkInterface","ec2:DescribeNetworkInterfaces","ec2:DescribeSecurityGroups",
"ec2:DescribeSubnets","ec2:DescribeVpcAttribute","iam:ListRolePolicies","iam:GetRole",
"iam:GetRolePolicy","cloudwatch:PutMetricData"],"Resource":["*"]},{"Effect":"Allow","Action":[
"s3:CreateBucket"],"Resource":["arn:aws:s3:::aws-glue-*"]},{"Effect":"Allow","Action":[
"s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":["arn:aws:s3:::aws-glue-*/*",
"arn:aws:s3:::*/*aws-glue-*/*"]},{"Effect":"Allow","Action":["s3:GetObject"],"Resource":[
"arn:aws:s3:::crawler-public*","arn:aws:s3:::aws-glue-*"]},{"Effect":"Allow","Action":[
"logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":[
"arn:aws:logs:*:*:*:/aws-glue/*"]},{"Effect":"Allow","Action":["ec2:CreateTags",
"ec2:DeleteTags"],"Resource":["arn:aws:ec2:*:*:network-interface/*",
"arn:aws:ec2:*:*:security-group/*","arn:aws:ec2:*:*:instance/*"],"Condition":{
"ForAllValues:StringEquals":{"aws:TagKeys":["aws-glue-service-resource"]}}}]})"},
    AwsManagedPolicy{
        "AWSLakeFormationCrossAccountManager", "/", 9, "2020-08-04T20:59:46Z",
        "2026-02-12T18:01:14Z",
        R"({"Version":"2012-10-17","Statement":[{"Sid":"AllowCreateResourceShare","Effect":"Allow",
"Action":["ram:CreateResourceShare"],"Resource":"*","Condition":{"StringLikeIfExists":{
"ram:RequestedResourceType":["glue:Table","glue:Database","glue:Catalog"]}}},{
"Sid":"AllowManageResourceShare","Effect":"Allow","Action":["ram:UpdateResourceShare",
"ram:DeleteResourceShare","ram:AssociateResourceShare","ram:DisassociateResourceShare",
"ram:GetResourceShares"],"Resource":"*","Condition":{"StringLike":{"ram:ResourceShareName":[
"LakeFormation*"]}}},{"Sid":"AllowManageResourceSharePermissions","Effect":"Allow","Action":[
"ram:AssociateResourceSharePermission"],"Resource":"*","Condition":{"ArnLike":{
"ram:PermissionArn":["arn:aws:ram::aws:permission/AWSRAMLFEnabled*"]}}},{
"Sid":"AllowXAcctManagerPermissions","Effect":"Allow","Action":["glue:PutResourcePolicy",
"glue:DeleteResourcePolicy","organizations:DescribeOrganization",
"organizations:DescribeAccount","ram:Get*","ram:List*"],"Resource":"*"},{
"Sid":"AllowOrganizationsPermissions","Effect":"Allow","Action":["organizations:ListRoots",
"organizations:ListAccountsForParent","organizations:ListOrganizationalUnitsForParent"],
"Resource":"*"}]})"},
    AwsManagedPolicy{
        "AWSLakeFormationDataAdmin", "/", 6, "2019-08-08T17:33:44Z", "2026-02-12T18:02:56Z",
        R"({"Version":"2012-10-17","Statement":[{"Sid":"AWSLakeFormationDataAdminAllow","Effect":"Allow",
"Action":["lakeformation:*","cloudtrail:DescribeTrails","cloudtrail:LookupEvents",
"glue:CreateCatalog","glue:UpdateCatalog","glue:DeleteCatalog","glue:GetCatalog",
"glue:GetCatalogs","glue:GetDatabase","glue:GetDatabases","glue:CreateDatabase",
"glue:UpdateDatabase","glue:DeleteDatabase","glue:GetConnections","glue:SearchTables",
"glue:GetTable","glue:CreateTable","glue:UpdateTable","glue:DeleteTable",
"glue:GetTableVersions","glue:GetPartitions","glue:GetTables","glue:ListWorkflows",
"glue:BatchGetWorkflows","glue:DeleteWorkflow","glue:GetWorkflowRuns","glue:StartWorkflowRun",
"glue:GetWorkflow","s3:ListBucket","s3:GetBucketLocation","s3:ListAllMyBuckets",
"s3:GetBucketAcl","iam:ListUsers","iam:ListRoles","iam:GetRole","iam:GetRolePolicy"],
"Resource":"*"},{"Sid":"AWSLakeFormationDataAdminDeny","Effect":"Deny","Action":[
"lakeformation:PutDataLakeSettings"],"Resource":"*"}]})"},
    AwsManagedPolicy{"IAMFullAccess", "/", 2, "2015-02-06T18:40:38Z", "2019-06-21T19:40:00Z",
                     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*",
"organizations:DescribeAccount","organizations:DescribeOrganization",
"organizations:DescribeOrganizationalUnit","organizations:DescribePolicy",
"organizations:ListChildren","organizations:ListParents","organizations:ListPoliciesForTarget",
"organizations:ListRoots","organizations:ListPolicies","organizations:ListTargetsForPolicy"],
"Resource":"*"}]})"},
    AwsManagedPolicy{
        "IAMReadOnlyAccess", "/", 4, "2015-02-06T18:40:39Z", "2018-01-25T19:11:27Z",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GenerateCredentialReport",
"iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy",
"iam:SimulatePrincipalPolicy"],"Resource":"*"}]})"},
    AwsManagedPolicy{
        "IAMUserChangePassword", "/", 5, "2016-11-15T00:25:16Z", "2026-02-12T17:58:57Z",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ChangePassword"],
"Resource":["arn:aws:iam::*:user/${aws:username}","arn:aws:iam::*:user/*/${aws:username}"]},{
"Effect":"Allow","Action":["iam:GetAccountPasswordPolicy"],"Resource":"*"}]})"},
    AwsManagedPolicy{
        "LakeFormationDataAccessServiceRolePolicy", "/aws-service-role/", 2, "2019-06-20T20:46:19Z",
        "2024-02-06T18:37:31Z",
        R"({"Version":"2012-10-17","Statement":[{"Sid":"LakeFormationDataAccessServiceRolePolicy",
"Effect":"Allow","Action":["s3:ListAllMyBuckets"],"Resource":["arn:aws:s3:::*"]}]})"},
    AwsManagedPolicy{
        "PowerUserAccess", "/", 12, "2015-02-06T18:39:47Z", "2026-02-12T17:59:14Z",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*",
"account:*"],"Resource":"*"},{"Effect":"Allow","Action":["account:GetAccountInformation",
"account:GetGovCloudAccountInformation","account:GetPrimaryEmail","account:ListRegions",
"iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles",
"organizations:DescribeEffectivePolicy","organizations:DescribeOrganization"],"Resource":"*"}]})"},
};

}  // namespace

std::string AwsManagedPolicy::Arn() const {
  return fmt::format("arn:aws:iam::aws:policy{}{}", path, name);
}

std::string AwsManagedPolicy::PolicyId() const {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string id = "ANPA";
  for (const char byte : Sha256(name).substr(0, 17))
    id += kDigits[static_cast<unsigned char>(byte) % kDigits.size()];
  return id;
}

std::span<const AwsManagedPolicy> AwsManagedPolicies() { return kPolicies; }

const AwsManagedPolicy* FindAwsManagedPolicy(std::string_view arn) {
  if (!arn.starts_with("arn:aws:iam::aws:policy/")) return nullptr;
  const auto found =
      std::find_if(kPolicies.begin(), kPolicies.end(),
                   [&](const AwsManagedPolicy& policy) { return policy.Arn() == arn; });
  return found == kPolicies.end() ? nullptr : &*found;
}

}  // namespace firn::iam
