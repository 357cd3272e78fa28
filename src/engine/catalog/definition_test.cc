#include "engine/catalog/definition.h"

#include "base/encoding.h"
#include "base/result_testing.h"
#include "engine/catalog/property_table.h"
#include "engine/catalog/rest_settings.h"

namespace firn::catalog {
namespace {

using testing::HasValue;
using testing::IsError;

std::vector<RawProperty> GuideProperties() {
  return {{"type", "iceberg"},
          {"iceberg.catalog.type", "rest"},
          {"iceberg.catalog.uri", "https://glue.us-east-1.amazonaws.com/iceberg"},
          {"iceberg.catalog.rest.sigv4-enabled", "true"},
          {"iceberg.catalog.rest.signing-name", "glue"},
          {"iceberg.catalog.rest.access-key-id", "AKIAIOSFODNN7EXAMPLE"},
          {"iceberg.catalog.rest.secret-access-key", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"},
          {"iceberg.catalog.warehouse", "123456789012:s3tablescatalog/bkt"},
          {"aws.s3.region", "us-east-1"}};
}

/// The guide's properties with one changed, added, or (empty value) taken out.
std::vector<RawProperty> With(const std::string& key, const std::string& value) {
  std::vector<RawProperty> properties = GuideProperties();
  std::erase_if(properties, [&](const RawProperty& property) { return property.key == key; });
  if (!value.empty()) properties.push_back({key, value});
  return properties;
}

TEST(MakeDefinition, TakesTheGuidesPropertiesAndMasksItsKeys) {
  ASSERT_OK_AND_ASSIGN(
      const CatalogDefinition definition,
      MakeDefinition("starrocks_lakehouse_s3tables", "a \"comment\"", GuideProperties()));
  const std::string shown = definition.ShowCreate();
  EXPECT_EQ(shown.find("wJalrXUtnFEMI"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("AKIAIOSFODNN"), std::string::npos) << shown;
  EXPECT_NE(shown.find("\"iceberg.catalog.rest.secret-access-key\"  =  \"wJ******EY\""),
            std::string::npos)
      << shown;
  EXPECT_NE(shown.find("\"iceberg.catalog.warehouse\"  =  \"123456789012:s3tablescatalog/bkt\""),
            std::string::npos);
  EXPECT_NE(shown.find("COMMENT \"a \\\"comment\\\"\""), std::string::npos);
}

TEST(MakeDefinition, RefusesAndNamesWhatIsWrong) {
  struct Case {
    std::string key;
    std::string value;
    ErrorCode code;
    std::string reason;
    std::string word;
  };
  const std::vector<Case> cases = {
      {"iceberg.catalog.url", "http://x", ErrorCode::kInvalidArgument, "UnknownProperty",
       "iceberg.catalog.uri"},
      {"iceberg.catalog.rest.signing-nam", "glue", ErrorCode::kInvalidArgument, "UnknownProperty",
       "signing-name"},
      {"aws.s3.regoin", "x", ErrorCode::kInvalidArgument, "UnknownProperty", "aws.s3.region"},
      {"entirely-different", "x", ErrorCode::kInvalidArgument, "UnknownProperty",
       "entirely-different"},
      {"type", "", ErrorCode::kInvalidArgument, "MissingProperty", "\"type\""},
      {"type", "hive", ErrorCode::kUnsupported, "UnsupportedCatalogType", "iceberg"},
      {"iceberg.catalog.type", "", ErrorCode::kInvalidArgument, "MissingProperty",
       "iceberg.catalog.type"},
      {"iceberg.catalog.type", "glue", ErrorCode::kUnsupported, "UnsupportedCatalogType", "rest"},
      {"iceberg.catalog.type", "hive", ErrorCode::kUnsupported, "UnsupportedCatalogType", "rest"},
      {"iceberg.catalog.uri", "", ErrorCode::kInvalidArgument, "MissingProperty",
       "iceberg.catalog.uri"},
      {"iceberg.catalog.uri", "glue.amazonaws.com", ErrorCode::kInvalidArgument, "BadPropertyValue",
       "https://"},
      {"iceberg.catalog.rest.sigv4-enabled", "yes", ErrorCode::kInvalidArgument, "BadPropertyValue",
       "sigv4-enabled"},
      {"iceberg_table_cache_ttl_sec", "soon", ErrorCode::kInvalidArgument, "BadPropertyValue",
       "ttl"},
      {"aws.s3.use_instance_profile", "perhaps", ErrorCode::kInvalidArgument, "BadPropertyValue",
       "use_instance_profile"},
      {"hive.metastore.uris", "thrift://x", ErrorCode::kUnsupported, "UnsupportedProperty", "rest"},
      {"azure.blob.shared_key", "x", ErrorCode::kUnsupported, "UnsupportedProperty", "S3"},
      {"aws.glue.access_key", "x", ErrorCode::kUnsupported, "UnsupportedProperty", "REST"},
      {"iceberg.catalog.header.host", "x", ErrorCode::kInvalidArgument, "BadPropertyValue",
       "header"},
      {"iceberg.catalog.header.a b", "x", ErrorCode::kInvalidArgument, "BadPropertyValue",
       "header"},
      {"iceberg.catalog.header.x-user", "a\r\nb: c", ErrorCode::kInvalidArgument,
       "BadPropertyValue", "one line"},
      {"iceberg.catalog.warehouse", std::string(70'000, 'x'), ErrorCode::kInvalidArgument,
       "BadPropertyValue", "shorter"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.key + " = " + test.value.substr(0, 40));
    const auto made = MakeDefinition("c", std::nullopt, With(test.key, test.value));
    ASSERT_THAT(made, IsError(test.code, test.reason));
    EXPECT_NE(made.error().message().find(test.word), std::string::npos) << made.error().message();
  }
  std::vector<RawProperty> twice = GuideProperties();
  twice.push_back({"AWS.S3.REGION", "eu-west-1"});
  EXPECT_THAT(MakeDefinition("c", std::nullopt, twice),
              IsError(ErrorCode::kInvalidArgument, "DuplicateProperty"));
  for (const std::string& name : {std::string(), std::string("1a"), std::string("a-b"),
                                  std::string("ä"), std::string(1024, 'a'), std::string("a`b")}) {
    EXPECT_THAT(MakeDefinition(name, std::nullopt, GuideProperties()),
                IsError(ErrorCode::kInvalidArgument, "BadCatalogName"))
        << name.substr(0, 10);
  }
}

TEST(MakeDefinition, ErrorsNeverHoldASecret) {
  const auto bad = MakeDefinition("c", std::nullopt,
                                  With("iceberg.catalog.rest.secret-access-key", "hush\nhush"));
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().ToString().find("hush"), std::string::npos);
}

TEST(MakeDefinition, TakesWhatStarRocksTunesWithoutEffect) {
  std::vector<RawProperty> properties = GuideProperties();
  for (const PropertyRule& rule : PropertyRules()) {
    if (rule.handling != PropertyHandling::kNoEffect) continue;
    const char* value = rule.kind == PropertyKind::kInteger ? "1" : "true";
    properties.push_back({std::string(rule.key), value});
  }
  properties.push_back({"iceberg.catalog.header.X-Api-Token", "canary-token-value"});
  ASSERT_OK_AND_ASSIGN(const CatalogDefinition definition,
                       MakeDefinition("c", std::nullopt, properties));
  EXPECT_EQ(definition.ShowCreate().find("canary-token"), std::string::npos);
}

CatalogDefinition Define(const std::vector<RawProperty>& properties) {
  auto made = MakeDefinition("c", std::nullopt, properties);
  FIRN_CHECK_MSG(made.has_value(), made.error().ToString());
  return *std::move(made);
}

TEST(MakeRestSettings, MergesDefaultsUnderAndOverridesOverTheUsersWords) {
  iceberg_rest::ConfigResponse config;
  config.defaults = {{"prefix", "123"},
                     {"rest.signing-region", "eu-west-1"},
                     {"uri", "http://evil"},
                     {"token", "evil"},
                     {"rest.access-key-id", "EVIL"}};
  config.overrides = {{"prefix", "catalogs/123"}, {"warehouse", "evil"}};
  ASSERT_OK_AND_ASSIGN(const RestSettings settings,
                       MakeRestSettings(Define(GuideProperties()), &config));
  EXPECT_EQ(settings.prefix_raw, "catalogs/123");
  EXPECT_EQ(settings.base_url, "https://glue.us-east-1.amazonaws.com/iceberg");
  EXPECT_EQ(settings.warehouse, "123456789012:s3tablescatalog/bkt");
  EXPECT_EQ(settings.auth, AuthKind::kSigV4);
  EXPECT_EQ(settings.signing_plan.fixed.access_key_id.value(), "AKIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(settings.signing_region, "eu-west-1");
  EXPECT_TRUE(settings.is_table_bucket);
  EXPECT_TRUE(settings.vended_credentials);
  EXPECT_FALSE(settings.views);
}

TEST(MakeRestSettings, TakesNameAndRegionOfSigningFromTheHost) {
  auto properties = With("iceberg.catalog.rest.signing-name", "");
  std::erase_if(properties,
                [](const RawProperty& property) { return property.key == "aws.s3.region"; });
  ASSERT_OK_AND_ASSIGN(const RestSettings settings, MakeRestSettings(Define(properties), nullptr));
  EXPECT_EQ(settings.signing_name, "glue");
  EXPECT_EQ(settings.signing_region, "us-east-1");
  for (RawProperty& property : properties) {
    if (property.key == "iceberg.catalog.uri") property.value = "http://127.0.0.1:4566/iceberg/v1/";
  }
  EXPECT_THAT(MakeRestSettings(Define(properties), nullptr),
              IsError(ErrorCode::kInvalidArgument, "MissingProperty"));
  properties.push_back({"iceberg.catalog.rest.signing-name", "s3tables"});
  EXPECT_THAT(MakeRestSettings(Define(properties), nullptr),
              IsError(ErrorCode::kInvalidArgument, "MissingProperty"));
  properties.push_back({"iceberg.catalog.rest.signing-region", "eu-west-1"});
  ASSERT_OK_AND_ASSIGN(const RestSettings local, MakeRestSettings(Define(properties), nullptr));
  EXPECT_EQ(local.base_url, "http://127.0.0.1:4566/iceberg");
  EXPECT_TRUE(local.is_table_bucket);
}

TEST(MakeRestSettings, KnowsTheWaysToProveIdentity) {
  const std::vector<RawProperty> bare = {{"type", "iceberg"},
                                         {"iceberg.catalog.type", "rest"},
                                         {"iceberg.catalog.uri", "http://h/iceberg"}};
  const auto with = [&](std::vector<RawProperty> more) {
    std::vector<RawProperty> all = bare;
    all.insert(all.end(), more.begin(), more.end());
    return MakeRestSettings(Define(all), nullptr);
  };
  EXPECT_EQ(with({})->auth, AuthKind::kNone);
  EXPECT_EQ(
      with({{"iceberg.catalog.oauth2.token", "t"}, {"iceberg.catalog.security", "OAUTH2"}})->auth,
      AuthKind::kToken);
  const auto credential = with({{"iceberg.catalog.oauth2.credential", "id:se:cret"}});
  EXPECT_EQ(credential->auth, AuthKind::kClientCredentials);
  EXPECT_EQ(credential->oauth.client_id, "id");
  EXPECT_EQ(credential->oauth.client_secret.Reveal(), "se:cret");
  EXPECT_THAT(with({{"iceberg.catalog.security", "OAUTH2"}}),
              IsError(ErrorCode::kInvalidArgument, "MissingProperty"));
  EXPECT_THAT(with({{"iceberg.catalog.security", "JWT"}}),
              IsError(ErrorCode::kUnsupported, "UnsupportedProperty"));
  EXPECT_THAT(with({{"iceberg.catalog.rest.auth.type", "google"}}),
              IsError(ErrorCode::kUnsupported, "UnsupportedProperty"));
  EXPECT_THAT(with({{"iceberg.catalog.rest.sigv4-enabled", "true"}}),
              IsError(ErrorCode::kInvalidArgument, "MissingProperty"));
}

TEST(MakeRestSettings, TakesKeysFromWhereThePropertiesSay) {
  using credentials::Origin;
  const std::vector<RawProperty> bare = {{"type", "iceberg"},
                                         {"iceberg.catalog.type", "rest"},
                                         {"iceberg.catalog.uri", "http://h/iceberg"},
                                         {"iceberg.catalog.rest.sigv4-enabled", "true"},
                                         {"iceberg.catalog.rest.signing-name", "glue"},
                                         {"aws.s3.region", "eu-west-1"}};
  const RawProperty role{"aws.s3.iam_role_arn", "arn:aws:iam::111122223333:role/r"};
  const RawProperty rest_id{"iceberg.catalog.rest.access-key-id", "REST"};
  const RawProperty rest_secret{"iceberg.catalog.rest.secret-access-key", "s"};
  const RawProperty s3_id{"aws.s3.access_key", "S3"};
  const RawProperty s3_secret{"aws.s3.secret_key", "s"};
  struct Case {
    std::vector<RawProperty> more;
    Origin signing;
    std::string key_id;
    std::string role;
    bool has_storage;
  };
  const Case cases[] = {
      {{rest_id, rest_secret}, Origin::kFixed, "REST", "", false},
      {{s3_id, s3_secret}, Origin::kFixed, "S3", "", true},
      {{rest_id, rest_secret, s3_id, s3_secret}, Origin::kFixed, "REST", "", true},
      {{{"aws.s3.use_aws_sdk_default_behavior", "true"}}, Origin::kDefaultChain, "", "", true},
      {{{"aws.s3.use_instance_profile", "TRUE"}, s3_id, s3_secret},
       Origin::kInstanceProfile,
       "",
       "",
       true},
      {{{"aws.s3.use_web_identity_token_file", "true"}, role},
       Origin::kWebIdentity,
       "",
       role.value,
       true},
      {{{"aws.s3.use_instance_profile", "false"}, s3_id, s3_secret, role},
       Origin::kFixed,
       "S3",
       role.value,
       true},
      {{rest_id, rest_secret, {"client.assume-role.arn", "arn:aws:iam::1:role/c"}},
       Origin::kFixed,
       "REST",
       "arn:aws:iam::1:role/c",
       false},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.more[0].key);
    std::vector<RawProperty> all = bare;
    all.insert(all.end(), test.more.begin(), test.more.end());
    // What a server says of identity changes nothing.
    iceberg_rest::ConfigResponse config;
    config.overrides = {{"aws.s3.access_key", "EVIL"},
                        {"aws.s3.secret_key", "EVIL"},
                        {"aws.s3.iam_role_arn", "arn:aws:iam::6:role/evil"},
                        {"client.assume-role.arn", "arn:aws:iam::6:role/evil"},
                        {"aws.s3.sts.endpoint", "http://evil"},
                        {"aws.s3.use_aws_sdk_default_behavior", "true"}};
    ASSERT_OK_AND_ASSIGN(const RestSettings settings, MakeRestSettings(Define(all), &config));
    EXPECT_EQ(settings.signing_plan.origin, test.signing);
    EXPECT_EQ(settings.signing_plan.fixed.access_key_id.value(), test.key_id);
    EXPECT_EQ(settings.signing_plan.role ? settings.signing_plan.role->arn : "", test.role);
    EXPECT_EQ(settings.storage_plan.has_value(), test.has_storage);
  }
  const std::vector<std::vector<RawProperty>> bad = {
      {},
      {role},
      {rest_id},
      {s3_id, s3_secret, {"aws.s3.iam_role_arn", "firn-role"}},
      {s3_id, s3_secret, role, {"aws.s3.sts.region", "evil.example/#"}},
      {s3_id, s3_secret, role, {"aws.s3.sts.endpoint", "file:///etc/passwd"}},
  };
  for (const auto& more : bad) {
    std::vector<RawProperty> all = bare;
    all.insert(all.end(), more.begin(), more.end());
    EXPECT_THAT(MakeRestSettings(Define(all), nullptr), IsError(ErrorCode::kInvalidArgument));
  }
}

TEST(StorageOf, PrefersTheUsersEndpointAndTheServersKeys) {
  auto properties = GuideProperties();
  ASSERT_OK_AND_ASSIGN(const RestSettings plain, MakeRestSettings(Define(properties), nullptr));
  const iceberg_rest::Properties vended = {
      {"s3.endpoint", "http://server"}, {"s3.path-style-access", "true"},
      {"client.region", "eu-west-1"},   {"s3.access-key-id", "A"},
      {"s3.secret-access-key", "S"},    {"s3.session-token", "T"}};
  const StorageSettings from_server = StorageOf(plain, vended);
  EXPECT_EQ(from_server.endpoint, "http://server");
  EXPECT_EQ(from_server.region, "eu-west-1");
  EXPECT_EQ(from_server.path_style, true);
  EXPECT_EQ(from_server.credentials->session_token.Reveal(), "T");
  properties.push_back({"aws.s3.endpoint", "minio:9000"});
  properties.push_back({"aws.s3.enable_ssl", "false"});
  properties.push_back({"aws.s3.enable_path_style_access", "false"});
  ASSERT_OK_AND_ASSIGN(const RestSettings own, MakeRestSettings(Define(properties), nullptr));
  EXPECT_EQ(StorageOf(own, vended).endpoint, "http://minio:9000");
  EXPECT_EQ(StorageOf(own, vended).path_style, false);
  EXPECT_FALSE(StorageOf(own, {{"s3.access-key-id", "A"}}).credentials.has_value());
  // The user's own keys follow a server's endpoint to the catalog's host only.
  EXPECT_EQ(StorageOf(plain, {{"s3.endpoint", "http://evil"}}).endpoint, "");
  EXPECT_EQ(StorageOf(plain, {{"s3.endpoint", "http://evil"}, {"s3.access-key-id", "A"}}).endpoint,
            "");
  EXPECT_EQ(StorageOf(plain, {{"s3.endpoint", "https://glue.us-east-1.amazonaws.com:99"}}).endpoint,
            "https://glue.us-east-1.amazonaws.com:99");
}

}  // namespace
}  // namespace firn::catalog
