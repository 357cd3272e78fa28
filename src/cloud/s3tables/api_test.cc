#include "cloud/s3tables/api.h"

#include <string>
#include <vector>

#include "base/result_testing.h"
#include "cloud/s3tables/names.h"
#include "cloud/s3tables/page_internal.h"

namespace firn::s3tables {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

constexpr std::string_view kArn = "arn:aws:s3tables:us-east-1:123456789012:bucket/my-b";
constexpr std::string_view kEncodedArn = "arn%3Aaws%3As3tables%3Aus-east-1%3A123456789012%3Abucket%2Fmy-b";

struct RouteCase {
  std::string method;
  std::string before;  ///< The ARN goes between.
  std::string after;
  std::string name;
  std::string namespace_name = "";
  std::string table = "";
};

TEST(ParseApiCall, FindsTheOperationWithTheArnEncodedOrNot) {
  const std::vector<RouteCase> cases = {
      {"GET", "/buckets/", "", "GetTableBucket"},
      {"DELETE", "/buckets/", "", "DeleteTableBucket"},
      {"GET", "/buckets/", "/encryption", "GetTableBucketEncryption"},
      {"PUT", "/buckets/", "/policy", "PutTableBucketPolicy"},
      {"PUT", "/buckets/", "/maintenance/icebergUnreferencedFileRemoval", "PutTableBucketMaintenanceConfiguration"},
      {"PUT", "/namespaces/", "", "CreateNamespace"},
      {"GET", "/namespaces/", "?prefix=a", "ListNamespaces"},
      {"GET", "/namespaces/", "/ns", "GetNamespace", "ns"},
      {"DELETE", "/namespaces/", "/ns", "DeleteNamespace", "ns"},
      {"GET", "/tables/", "", "ListTables"},
      {"PUT", "/tables/", "/ns", "CreateTable", "ns"},
      {"DELETE", "/tables/", "/ns/t?versionToken=a", "DeleteTable", "ns", "t"},
      {"PUT", "/tables/", "/ns/t/rename", "RenameTable", "ns", "t"},
      {"GET", "/tables/", "/ns/t/metadata-location", "GetTableMetadataLocation", "ns", "t"},
      {"PUT", "/tables/", "/ns/t/metadata-location", "UpdateTableMetadataLocation", "ns", "t"},
      {"GET", "/tables/", "/ns/t/policy", "GetTablePolicy", "ns", "t"},
      {"PUT", "/tables/", "/ns/t/maintenance/icebergCompaction", "PutTableMaintenanceConfiguration", "ns", "t"},
      {"GET", "/tables/", "/ns/t/maintenance-job-status", "GetTableMaintenanceJobStatus", "ns", "t"},
      {"GET", "/tag/", "", "ListTagsForResource"},
  };
  for (const RouteCase& test : cases) {
    for (const std::string_view arn : {kArn, kEncodedArn}) {
      const std::string target = test.before + std::string(arn) + test.after;
      const std::size_t mark = target.find('?');
      const std::string query = mark == std::string::npos ? "" : target.substr(mark + 1);
      ASSERT_OK_AND_ASSIGN(const ApiCall call, ParseApiCall(test.method, target.substr(0, mark), query));
      EXPECT_EQ(call.name, test.name) << target;
      EXPECT_EQ(call.bucket_arn, kArn) << target;
      EXPECT_EQ(call.namespace_name, test.namespace_name) << target;
      EXPECT_EQ(call.table, test.table) << target;
    }
  }
}

TEST(ParseApiCall, ReadsCallsWithoutAnArnInThePath) {
  ASSERT_OK_AND_ASSIGN(const ApiCall create, ParseApiCall("PUT", "/buckets", ""));
  EXPECT_EQ(create.operation, ApiOperation::kCreateTableBucket);
  ASSERT_OK_AND_ASSIGN(const ApiCall list, ParseApiCall("GET", "/buckets", "maxBuckets=5"));
  EXPECT_EQ(list.operation, ApiOperation::kListTableBuckets);
  ASSERT_OK_AND_ASSIGN(const ApiCall get,
                       ParseApiCall("GET", "/get-table", "tableArn=" + std::string(kEncodedArn) + "%2Ftable%2Fu"));
  EXPECT_EQ(get.table_arn, std::string(kArn) + "/table/u");
  ASSERT_OK_AND_ASSIGN(const ApiCall tags, ParseApiCall("GET", "/tag/" + std::string(kArn) + "/table/u", ""));
  EXPECT_EQ(tags.table_arn, std::string(kArn) + "/table/u");
  EXPECT_TRUE(tags.on_table);
  ASSERT_OK_AND_ASSIGN(const ApiCall untag, ParseApiCall("DELETE", "/tag/" + std::string(kArn), "tagKeys=a&tagKeys=b"));
  EXPECT_EQ(untag.query.all().size(), 2U);
  ASSERT_OK_AND_ASSIGN(const ApiCall replication,
                       ParseApiCall("DELETE", "/table-replication", "tableArn=" + std::string(kEncodedArn) + "%2Ftable%2Fu&versionToken=v"));
  EXPECT_EQ(replication.name, "DeleteTableReplication");
  EXPECT_EQ(replication.table_arn, std::string(kArn) + "/table/u");
  ASSERT_OK_AND_ASSIGN(const ApiCall migrations,
                       ParseApiCall("GET", "/list-table-migrations", "tableBucketARN=" + std::string(kEncodedArn)));
  EXPECT_EQ(migrations.bucket_arn, kArn);
}

TEST(ParseFirstSettings, TakesWhatAwsTakes) {
  constexpr std::string_view kKey = "arn:aws:kms:us-east-1:123456789012:key/1";
  const auto parse = [](const std::string& text) {
    return ParseFirstSettings(ParseJson(text).value().get_object(), "us-east-1");
  };
  const std::string kms = R"({"encryptionConfiguration":{"sseAlgorithm":"aws:kms","kmsKeyArn":")";
  ASSERT_OK_AND_ASSIGN(const auto settings, parse(kms + std::string(kKey) + R"("},"tags":{"a":"b"}})"));
  ASSERT_EQ(settings.size(), 2U);
  for (const std::string& text : {
           kms + R"("}})", kms + R"(arn:aws:kms:us-east-1:123456789012:alias/a"}})",
           kms + R"(arn:aws:kms:eu-west-1:123456789012:key/1"}})", kms + R"(arn:aws:kms:us-east-1:1:key/1"}})",
           kms + R"(arn:aws:kms:us-east-1:123456789012:key/"}})", kms + R"(arn:aws:s3:us-east-1:123456789012:key/1"}})",
           std::string(R"({"encryptionConfiguration":{"sseAlgorithm":"aws:kms"}})"),
           R"({"encryptionConfiguration":{"sseAlgorithm":"AES256","kmsKeyArn":")" + std::string(kKey) + R"("}})",
           std::string(R"({"encryptionConfiguration":{"sseAlgorithm":"DES"}})"),
           std::string(R"({"encryptionConfiguration":{}})"),
           std::string(R"({"storageClassConfiguration":{"storageClass":"GLACIER"}})"),
           std::string(R"({"tags":{"":"a"}})"), std::string(R"({"tags":{"a":1}})")}) {
    EXPECT_THAT(parse(text), IsError(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(ParseApiCall, RefusesOtherPaths) {
  const std::string arn(kEncodedArn);
  const std::vector<std::pair<std::string, std::string>> unknown = {
      {"POST", "/buckets"}, {"GET", "/"}, {"GET", "/nope"}, {"GET", "/buckets/" + arn + "/nope"},
      {"PATCH", "/buckets/" + arn}, {"GET", "/tables/" + arn + "/ns/t"}, {"PUT", "/tables/" + arn + "/ns/t"},
      {"DELETE", "/tables/" + arn + "/ns"}, {"GET", "/tables/" + arn + "/ns/t/policy/x"}, {"GET", "/namespaces"},
      {"GET", "/namespaces/" + arn + "/"}, {"PUT", "/tables/" + arn + "/ns/t/maintenance/nope"},
      {"PUT", "/tag/" + arn}, {"GET", "/tables/" + arn + "/a/b/c/d/e/f"},
  };
  for (const auto& [method, path] : unknown) {
    EXPECT_THAT(ParseApiCall(method, path, ""), IsError(ErrorCode::kNotFound, "UnknownOperation"))
        << method << " " << path;
  }
  EXPECT_THAT(ParseApiCall("GET", "/get-table", "name=a"), IsError(ErrorCode::kInvalidArgument, "BadRequest"));
  EXPECT_THAT(ParseApiCall("GET", "/buckets/%zz", ""), IsError(ErrorCode::kInvalidArgument, "BadRequest"));
  EXPECT_THAT(ParseApiCall("GET", "/buckets/%00", ""), IsError(ErrorCode::kInvalidArgument, "BadRequest"));
  for (const std::string path : {"/table-replication", "/table-bucket-replication", "/table-record-expiration",
        "/table-record-expiration-job-status", "/replication-status"}) {
    EXPECT_THAT(ParseApiCall("GET", path, ""), IsError(ErrorCode::kInvalidArgument, "BadRequest")) << path;
    EXPECT_THAT(ParseApiCall("GET", path, "tableArn=&tableBucketARN="), IsError(ErrorCode::kInvalidArgument, "BadRequest"))
        << path;
    EXPECT_THAT(ParseApiCall("POST", path, "tableArn=a"), IsError(ErrorCode::kNotFound, "UnknownOperation")) << path;
  }
}

TEST(Names, FollowS3TablesRules) {
  for (const std::string name : {"abc", "a-b", "1a2"}) EXPECT_THAT(CheckTableBucketName(name), HasValue()) << name;
  for (const std::string& name : std::vector<std::string>{"", "ab", "aB1", "a_b", "a.b", "-ab", "ab-", "aws-x", "xn--ab", "sthree-a",
        "amzn-s3-demo-x", "a--table-s3", "a--x-s3", "a-s3alias", std::string(64, 'a'), "a/b", "*"}) {
    EXPECT_THAT(CheckTableBucketName(name), IsError(ErrorCode::kInvalidArgument, "InvalidBucketName")) << name;
  }
  for (const std::string name : {"a", "a_b", "1", "db1"}) EXPECT_THAT(CheckNamespaceName(name), HasValue()) << name;
  for (const std::string& name : std::vector<std::string>{"", "A", "a-b", "a.b", "_a", "a_", "aws_x", "a*", "a b", "a%", std::string(256, 'a')}) {
    EXPECT_THAT(CheckNamespaceName(name), IsError(ErrorCode::kInvalidArgument, "InvalidNamespaceName")) << name;
  }
  for (const std::string name : {"a", "a_", "aws"}) EXPECT_THAT(CheckTableName(name), HasValue()) << name;
  for (const std::string& name : std::vector<std::string>{"", "A", "_a", "a-b", "f*", "*", "a?", "a$", std::string(256, 'a')}) {
    EXPECT_THAT(CheckTableName(name), IsError(ErrorCode::kInvalidArgument, "InvalidTableName")) << name;
  }
}

TEST(ParseIcebergShape, ReadsBothFormsOfASchema) {
  for (const std::string text : {
           R"j({"schema":{"fields":[{"name":"a","type":"long","required":true},{"name":"b","type":"date"}]}})j",
           R"j({"schemaV2":{"type":"struct","fields":[{"id":1,"name":"a","type":"long","required":true},
              {"id":2,"name":"b","type":{"type":"list","element-id":3,"element":"string","element-required":false},"required":false}]},
              "properties":{"p":"v"}})j"}) {
    ASSERT_OK_AND_ASSIGN(const json::value value, ParseJson(text));
    ASSERT_OK_AND_ASSIGN(const NewTableShape shape, ParseIcebergShape(value.get_object()));
    EXPECT_EQ(shape.schema.fields.size(), 2U);
  }
  for (const std::string text : {
           R"j({})j", R"j({"schema":{}})j", R"j({"schema":{"fields":[{"name":"a"}]}})j", R"j({"schema":{"fields":[{"name":"a","type":"nope"}]}})j",
           R"j({"schema":{"fields":[{"name":"a","type":"long"},{"name":"a","type":"long"}]}})j", R"j({"schema":{"fields":[1]}})j",
           R"j({"schema":{"fields":[]},"schemaV2":{"type":"struct","fields":[]}})j",
           R"j({"schema":{"fields":[{"name":"a","type":"long"}]},"properties":{"a":1}})j",
           R"j({"schema":{"fields":[{"name":"a","type":"long"}]},"partitionSpec":{"fields":[{"source-id":1}]}})j",
       }) {
    ASSERT_OK_AND_ASSIGN(const json::value value, ParseJson(text));
    EXPECT_THAT(ParseIcebergShape(value.get_object()), IsError(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(ParsePage, ReadsItsOwnTokensOnly) {
  const auto page_of = [](const std::string& query) {
    return ParsePage(aws::ParseForm(query).value(), "maxTables");
  };
  ASSERT_OK_AND_ASSIGN(const PageRequest page, page_of("maxTables=7&prefix=p&continuationToken=" + MakePageToken("last")));
  EXPECT_EQ(page.token, "last");
  EXPECT_EQ(page.count, 7U);
  for (const std::string query : {"maxTables=0", "maxTables=1001", "maxTables=x", "maxTables=-1", "continuationToken=zz", "continuationToken=bGFzdA=="}) {
    EXPECT_THAT(page_of(query), IsError(ErrorCode::kInvalidArgument, "BadRequest")) << query;
  }
}

}  // namespace
}  // namespace firn::s3tables
