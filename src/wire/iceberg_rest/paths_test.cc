#include "wire/iceberg_rest/paths.h"

#include "base/result_testing.h"

namespace firn::iceberg_rest {
namespace {

using testing::HasValue;
using testing::IsError;

struct GoodCase {
  std::string method;
  std::string path;
  Operation operation;
  std::string prefix_decoded;
  Namespace levels;
  std::string table;
};

TEST(ParseRoute, ReadsEveryPrefixThatClientsSend) {
  const std::string glue = "catalogs/123456789012:s3tablescatalog/bkt";
  const std::vector<std::pair<std::string, std::string>> prefixes = {
      {"catalogs/123456789012:s3tablescatalog/bkt", glue},
      {"catalogs/123456789012%3As3tablescatalog%2Fbkt", glue},
      {"catalogs/123456789012:s3tablescatalog%2Fbkt", glue},
      {"catalogs/123456789012%3As3tablescatalog/bkt", glue},
      {"catalogs%2F123456789012%3As3tablescatalog%2Fbkt", glue},
      {"catalogs/s3tablescatalog/bkt", "catalogs/s3tablescatalog/bkt"},
      {"catalogs%2Fs3tablescatalog%2Fbkt", "catalogs/s3tablescatalog/bkt"},
      {"catalogs/123456789012", "catalogs/123456789012"},
      {"123456789012:s3tablescatalog/bkt", "123456789012:s3tablescatalog/bkt"},
      {"arn%3Aaws%3As3tables%3Aus-east-1%3A123456789012%3Abucket%2Fbkt",
       "arn:aws:s3tables:us-east-1:123456789012:bucket/bkt"},
      {"arn:aws:s3tables:us-east-1:123456789012:bucket/bkt",
       "arn:aws:s3tables:us-east-1:123456789012:bucket/bkt"},
      {"", ""},
      // A bucket may be called as the marker is.
      {"catalogs/1:s3tablescatalog/namespaces", "catalogs/1:s3tablescatalog/namespaces"},
  };
  for (const auto& [raw, decoded] : prefixes) {
    const std::string start = "/iceberg/v1/" + raw + (raw.empty() ? "" : "/");
    const std::vector<GoodCase> cases = {
        {"GET", start + "namespaces", Operation::kListNamespaces, decoded, {}, ""},
        {"POST", start + "namespaces", Operation::kCreateNamespace, decoded, {}, ""},
        {"GET", start + "namespaces/ns", Operation::kLoadNamespace, decoded, {"ns"}, ""},
        {"HEAD", start + "namespaces/ns", Operation::kNamespaceExists, decoded, {"ns"}, ""},
        {"DELETE", start + "namespaces/ns/", Operation::kDropNamespace, decoded, {"ns"}, ""},
        {"POST",
         start + "namespaces/ns/properties",
         Operation::kUpdateNamespaceProperties,
         decoded,
         {"ns"},
         ""},
        {"GET", start + "namespaces/a%1Fb/tables", Operation::kListTables, decoded, {"a", "b"}, ""},
        {"POST",
         start + "namespaces/a%1fb/tables",
         Operation::kCreateTable,
         decoded,
         {"a", "b"},
         ""},
        {"GET",
         start + "namespaces/ns/tables/t%20x",
         Operation::kLoadTable,
         decoded,
         {"ns"},
         "t x"},
        {"HEAD", start + "namespaces/ns/tables/t", Operation::kTableExists, decoded, {"ns"}, "t"},
        {"POST", start + "namespaces/ns/tables/t", Operation::kCommitTable, decoded, {"ns"}, "t"},
        {"DELETE", start + "namespaces/ns/tables/t", Operation::kDropTable, decoded, {"ns"}, "t"},
        {"POST", start + "tables/rename", Operation::kRenameTable, decoded, {}, ""},
        {"POST", start + "transactions/commit", Operation::kCommitTransaction, decoded, {}, ""},
        {"POST",
         start + "namespaces/ns/tables/t/metrics",
         Operation::kReportMetrics,
         decoded,
         {"ns"},
         "t"},
        {"GET",
         start + "namespaces/ns/tables/t/credentials",
         Operation::kLoadCredentials,
         decoded,
         {"ns"},
         "t"},
        {"POST", start + "namespaces/ns/tables/t/plan", Operation::kPlanScan, decoded, {"ns"}, "t"},
        {"GET",
         start + "namespaces/ns/tables/t/plan/7",
         Operation::kPlanScan,
         decoded,
         {"ns"},
         "t"},
        {"POST", start + "namespaces/ns/register", Operation::kRegisterTable, decoded, {"ns"}, ""},
        {"GET", start + "namespaces/ns/views", Operation::kListViews, decoded, {"ns"}, ""},
        {"GET", start + "namespaces/ns/views/v", Operation::kLoadView, decoded, {"ns"}, "v"},
        {"POST", start + "views/rename", Operation::kRenameView, decoded, {}, ""},
        // Names that look like the grammar.
        {"GET",
         start + "namespaces/tables/tables/tables",
         Operation::kLoadTable,
         decoded,
         {"tables"},
         "tables"},
        {"GET",
         start + "namespaces/ns/tables/namespaces",
         Operation::kLoadTable,
         decoded,
         {"ns"},
         "namespaces"},
    };
    for (const GoodCase& test : cases) {
      SCOPED_TRACE(test.method + " " + test.path);
      ASSERT_OK_AND_ASSIGN(const Route route, ParseRoute(test.method, test.path));
      EXPECT_EQ(route.operation, test.operation);
      EXPECT_EQ(route.prefix_raw, raw);
      EXPECT_EQ(route.prefix_decoded, test.prefix_decoded);
      EXPECT_EQ(route.namespace_levels, test.levels);
      EXPECT_EQ(route.table, test.table);
    }
  }
}

TEST(ParseRoute, ReadsConfigAndTheFederatedCatalogItself) {
  ASSERT_OK_AND_ASSIGN(const Route config, ParseRoute("GET", "/iceberg/v1/config"));
  EXPECT_EQ(config.operation, Operation::kGetConfig);
  ASSERT_OK_AND_ASSIGN(const Route root,
                       ParseRoute("GET", "/iceberg/v1/catalogs/s3tablescatalog/namespaces"));
  EXPECT_EQ(root.prefix_decoded, "catalogs/s3tablescatalog");
  ASSERT_OK_AND_ASSIGN(const Route other, ParseRoute("GET", "/firn/v1/w/namespaces", "/firn"));
  EXPECT_EQ(other.prefix_decoded, "w");
}

TEST(ParseRoute, RefusesWhatIsNotOfTheGrammar) {
  struct BadCase {
    std::string method;
    std::string path;
    ErrorCode code;
    std::string reason;
  };
  const std::string long_path = "/iceberg/v1/" + std::string(9000, 'a') + "/namespaces";
  std::string many = "/iceberg/v1";
  for (int i = 0; i < 20; ++i) many += "/a";
  const std::vector<BadCase> cases = {
      {"GET", "", ErrorCode::kNotFound, "UnknownOperation"},
      {"GET", "/", ErrorCode::kNotFound, "UnknownOperation"},
      {"GET", "/iceberg", ErrorCode::kNotFound, "UnknownOperation"},
      {"GET", "/iceberg/v1/", ErrorCode::kNotFound, "UnknownOperation"},
      {"GET", "/iceberg/v2/config", ErrorCode::kNotFound, "UnknownOperation"},
      {"GET", "/v1/config", ErrorCode::kNotFound, "UnknownOperation"},
      {"GET", "/iceberg/v1/config/x", ErrorCode::kNotFound, "UnknownOperation"},
      {"GET", "/iceberg/v1/p/tables", ErrorCode::kNotFound, "UnknownOperation"},
      {"GET", "/iceberg/v1/p/namespaces/ns/nothing", ErrorCode::kNotFound, "UnknownOperation"},
      {"GET", "/iceberg/v1/p/namespaces/ns/tables/t/nothing", ErrorCode::kNotFound,
       "UnknownOperation"},
      {"GET", "/iceberg/v1/p/namespaces/ns/tables/t/plan/1/2", ErrorCode::kNotFound,
       "UnknownOperation"},
      {"GET", "/iceberg/v1/p/namespaces//tables", ErrorCode::kInvalidArgument, "BadPath"},
      {"GET", "/iceberg/v1/p/namespaces/ns/tables//", ErrorCode::kInvalidArgument, "BadPath"},
      {"GET", "/iceberg/v1/p/namespaces/a%1F/tables", ErrorCode::kInvalidArgument, "BadPath"},
      {"GET", "/iceberg/v1/p/namespaces/%1Fa/tables", ErrorCode::kInvalidArgument, "BadPath"},
      {"GET", "/iceberg/v1/p/namespaces/a%1F%1Fb/tables", ErrorCode::kInvalidArgument, "BadPath"},
      {"GET", "/iceberg/v1/p/namespaces/a%/tables", ErrorCode::kInvalidArgument, "BadPath"},
      {"GET", "/iceberg/v1/p/namespaces/a%2/tables", ErrorCode::kInvalidArgument, "BadPath"},
      {"GET", "/iceberg/v1/p/namespaces/a%zz/tables", ErrorCode::kInvalidArgument, "BadPath"},
      {"GET", "/iceberg/v1/p/namespaces/%00/tables", ErrorCode::kInvalidArgument, "BadPath"},
      {"GET", "/iceberg/v1/p/namespaces/%FF/tables", ErrorCode::kInvalidArgument, "BadPath"},
      {"GET", "/iceberg/v1/%ff/namespaces", ErrorCode::kInvalidArgument, "BadPath"},
      {"GET", "/iceberg/v1/p/namespaces/ns/tables/%C0%80", ErrorCode::kInvalidArgument, "BadPath"},
      {"GET", long_path, ErrorCode::kInvalidArgument, "BadPath"},
      {"GET", many, ErrorCode::kInvalidArgument, "BadPath"},
      {"PUT", "/iceberg/v1/config", ErrorCode::kUnsupported, "MethodNotAllowed"},
      {"PUT", "/iceberg/v1/p/namespaces", ErrorCode::kUnsupported, "MethodNotAllowed"},
      {"DELETE", "/iceberg/v1/p/namespaces", ErrorCode::kUnsupported, "MethodNotAllowed"},
      {"GET", "/iceberg/v1/p/tables/rename", ErrorCode::kUnsupported, "MethodNotAllowed"},
      {"get", "/iceberg/v1/p/namespaces", ErrorCode::kUnsupported, "MethodNotAllowed"},
  };
  for (const BadCase& test : cases) {
    SCOPED_TRACE(test.method + " " + test.path.substr(0, 80));
    EXPECT_THAT(ParseRoute(test.method, test.path), IsError(test.code, test.reason));
  }
}

TEST(Urls, AreReadBackByParseRoute) {
  const std::string base = "https://glue.us-east-1.amazonaws.com/iceberg";
  const std::string prefix = "catalogs/1:s3tablescatalog/b";
  const std::string url = TableUrl(base, prefix, {"a b", "c/d"}, "täble");
  EXPECT_EQ(url,
            base + "/v1/catalogs/1:s3tablescatalog/b/namespaces/a%20b%1Fc%2Fd/tables/t%C3%A4ble");
  const std::string path = url.substr(std::string("https://glue.us-east-1.amazonaws.com").size());
  ASSERT_OK_AND_ASSIGN(const Route route, ParseRoute("GET", path));
  EXPECT_EQ(route.namespace_levels, (Namespace{"a b", "c/d"}));
  EXPECT_EQ(route.table, "täble");
  EXPECT_EQ(ConfigUrl(base, "1:s3tablescatalog/b"),
            base + "/v1/config?warehouse=1%3As3tablescatalog%2Fb");
  EXPECT_EQ(ConfigUrl(base, ""), base + "/v1/config");
  EXPECT_EQ(NamespacesUrl(base, ""), base + "/v1/namespaces");
  EXPECT_EQ(WithQuery("u?a=1", "b", "x&y"), "u?a=1&b=x%26y");
}

TEST(OperationName, IsThereForEach) {
  for (int i = 0; i <= static_cast<int>(Operation::kRegisterView); ++i) {
    EXPECT_NE(OperationName(static_cast<Operation>(i)), "Unknown") << i;
  }
}

}  // namespace
}  // namespace firn::iceberg_rest
