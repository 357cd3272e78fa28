#include "engine/catalog/catalog_registry.h"

#include <filesystem>
#include <fstream>

#include "base/durable_file.h"
#include "base/result_testing.h"
#include "engine/catalog/external_catalog.h"
#include "engine/catalog/rest_server_testing.h"
#include "engine/catalog/secret_box.h"

namespace firn::catalog {
namespace {

using ::testing::HasSubstr;
using testing::HasValue;
using testing::IsError;
using ::testing::Not;

class CatalogRegistryTest : public ::testing::Test {
 protected:
  CatalogRegistryTest() {
    folder_ = std::filesystem::temp_directory_path() / ("firn-registry-" + NewUuid(SecureRandom()));
  }
  ~CatalogRegistryTest() override { std::filesystem::remove_all(folder_); }

  Result<std::unique_ptr<CatalogRegistry>> Open() {
    return CatalogRegistry::Open(
        folder_, {.http_client = server_, .clock = clock_, .random = *random_, .user_agent = "t"});
  }
  static std::vector<RawProperty> Properties() {
    return {{"type", "iceberg"},
            {"iceberg.catalog.type", "rest"},
            {"iceberg.catalog.uri", "http://127.0.0.1:4566/iceberg"},
            {"iceberg.catalog.oauth2.token", "canary-secret-token"}};
  }
  std::string FileText() { return *ReadWholeFile(folder_ / "catalogs.json", 1 << 20); }

  std::filesystem::path folder_;
  ManualClock clock_{WallTimeFromMillis(1'795'500'000'000)};
  std::unique_ptr<Random> random_ = SeededRandom(1);
  Context context_{"test", clock_};
  std::shared_ptr<RestServerFake> server_ = std::make_shared<RestServerFake>(clock_);
};

TEST_F(CatalogRegistryTest, KeepsCatalogsOverARestartWithSecretsSealed) {
  {
    ASSERT_OK_AND_ASSIGN(auto registry, Open());
    EXPECT_THAT(registry->Create(context_, "lake", "c", Properties()), HasValue());
    EXPECT_THAT(registry->Create(context_, "lake", "c", Properties()),
                IsError(ErrorCode::kAlreadyExists, "CatalogExists"));
    EXPECT_THAT(registry->Create(context_, "default_catalog", "c", Properties()),
                IsError(ErrorCode::kAlreadyExists));
  }
  EXPECT_THAT(FileText(), Not(HasSubstr("canary")));
  const auto mode = std::filesystem::status(folder_ / "secret.key").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  ASSERT_OK_AND_ASSIGN(auto registry, Open());
  ASSERT_OK_AND_ASSIGN(const auto catalog, registry->Find("lake"));
  EXPECT_EQ(catalog->definition().Find("iceberg.catalog.oauth2.token")->Reveal(),
            "canary-secret-token");
  EXPECT_EQ(catalog->definition().comment, "c");
  server_->AddNamespace("db");
  EXPECT_THAT(catalog->ListDatabases(context_), HasValue());
  EXPECT_THAT(registry->Drop("lake"), HasValue());
  EXPECT_THAT(registry->Drop("lake"), IsError(ErrorCode::kNotFound, "UnknownCatalog"));
  EXPECT_THAT(registry->Drop("default_catalog"), IsError(ErrorCode::kInvalidArgument));
  EXPECT_TRUE(registry->List().empty());
}

TEST_F(CatalogRegistryTest, AltersPropertiesAndKeepsThem) {
  {
    ASSERT_OK_AND_ASSIGN(auto registry, Open());
    ASSERT_THAT(registry->Create(context_, "lake", "c", Properties()), HasValue());
    ASSERT_OK_AND_ASSIGN(const auto before, registry->Find("lake"));
    const std::vector<RawProperty> region{{"aws.s3.region", "eu-north-1"}};
    EXPECT_THAT(registry->Alter(context_, "lake", region), HasValue());
    ASSERT_OK_AND_ASSIGN(const auto after, registry->Find("lake"));
    EXPECT_EQ(before->definition().Find("aws.s3.region"), nullptr) << "others go on with what was";
    EXPECT_EQ(after->definition().Find("aws.s3.region")->Reveal(), "eu-north-1");
    const std::vector<RawProperty> kind{{"TYPE", "hive"}};
    EXPECT_THAT(registry->Alter(context_, "lake", kind),
                IsError(ErrorCode::kInvalidArgument, "PropertyIsFixed"));
    const std::vector<RawProperty> unknown{{"aws.s3.regoin", "x"}};
    EXPECT_THAT(registry->Alter(context_, "lake", unknown),
                IsError(ErrorCode::kInvalidArgument, "UnknownProperty"));
    EXPECT_THAT(registry->Alter(context_, "default_catalog", region),
                IsError(ErrorCode::kInvalidArgument, "InternalCatalog"));
    EXPECT_THAT(registry->Alter(context_, "lake2", region),
                IsError(ErrorCode::kNotFound, "UnknownCatalog"));
    server_->Add({.method = "GET", .part = "config", .kind = FaultKind::kRefuseConnect, .count = 5});
    const std::vector<RawProperty> secret{{"iceberg.catalog.oauth2.token", "canary-other"}};
    EXPECT_THAT(registry->Alter(context_, "lake", secret),
                IsError(ErrorCode::kUnavailable, "ConnectFailed"));
  }
  EXPECT_THAT(FileText(), Not(HasSubstr("canary")));
  ASSERT_OK_AND_ASSIGN(auto registry, Open());
  ASSERT_OK_AND_ASSIGN(const auto catalog, registry->Find("lake"));
  EXPECT_EQ(catalog->definition().Find("aws.s3.region")->Reveal(), "eu-north-1");
  EXPECT_EQ(catalog->definition().Find("iceberg.catalog.oauth2.token")->Reveal(),
            "canary-secret-token")
      << "a change that could not be tried is not kept";
  EXPECT_EQ(catalog->definition().comment, "c");
}

TEST_F(CatalogRegistryTest, ACatalogThatCannotBeReachedIsNotKept) {
  ASSERT_OK_AND_ASSIGN(auto registry, Open());
  server_->Add({.method = "GET", .part = "config", .kind = FaultKind::kRefuseConnect, .count = 5});
  EXPECT_THAT(registry->Create(context_, "lake", std::nullopt, Properties()),
              IsError(ErrorCode::kUnavailable, "ConnectFailed"));
  const auto found = registry->Find("lake");
  EXPECT_THAT(found, IsError(ErrorCode::kNotFound, "UnknownCatalog"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "catalogs.json"));
}

TEST_F(CatalogRegistryTest, SuggestsTheNearestName) {
  ASSERT_OK_AND_ASSIGN(auto registry, Open());
  ASSERT_THAT(registry->Create(context_, "lakehouse", std::nullopt, Properties()), HasValue());
  EXPECT_THAT(registry->Find("lakehuose").error().message(),
              HasSubstr("Did you mean 'lakehouse'?"));
}

TEST_F(CatalogRegistryTest, RefusesFilesItCannotTrust) {
  {
    ASSERT_OK_AND_ASSIGN(auto registry, Open());
    ASSERT_THAT(registry->Create(context_, "lake", std::nullopt, Properties()), HasValue());
  }
  const std::string good = FileText();
  std::string moved = good;  // A sealed value under another name.
  moved.replace(moved.find("oauth2.token"), 12, "oauth2.scope");
  for (const std::string& bad :
       {std::string("{"), std::string("[]"), std::string("{}"),
        std::string(R"({"version":9,"catalogs":[]})"),
        std::string(R"({"version":1,"catalogs":[{}]})"),
        std::string(R"({"version":1,"catalogs":[{"name":"a","properties":[{"key":"k"}]}]})"),
        moved}) {
    ASSERT_THAT(WriteFileDurably(folder_ / "catalogs.json", bad), HasValue());
    EXPECT_THAT(Open(), IsError(ErrorCode::kDataCorruption, "BadCatalogFile")) << bad;
  }
  ASSERT_THAT(WriteFileDurably(folder_ / "catalogs.json", good), HasValue());
  std::filesystem::permissions(folder_ / "secret.key", std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_THAT(Open(), IsError(ErrorCode::kPermissionDenied, "SecretKeyReadable"));
  ASSERT_THAT(WriteFileDurably(folder_ / "secret.key", "short", 0600), HasValue());
  EXPECT_THAT(Open(), IsError(ErrorCode::kDataCorruption, "BadSecretKey"));
  ASSERT_THAT(WriteFileDurably(folder_ / "secret.key", std::string(32, 'x'), 0600), HasValue());
  EXPECT_THAT(Open(), IsError(ErrorCode::kDataCorruption, "BadCatalogFile"));
}

TEST_F(CatalogRegistryTest, SecretBoxOpensOnlyWhatItSealed) {
  std::filesystem::create_directories(folder_);
  ASSERT_OK_AND_ASSIGN(const SecretBox box, SecretBox::Open(folder_ / "k", *random_));
  const std::string sealed = box.Seal("label", Secret("text"));
  EXPECT_NE(sealed, box.Seal("label", Secret("text"))) << "a nonce is never used twice";
  ASSERT_OK_AND_ASSIGN(const Secret opened, box.Open("label", sealed));
  EXPECT_EQ(opened.Reveal(), "text");
  EXPECT_EQ(box.Open("label", box.Seal("label", Secret("")))->Reveal(), "");
  EXPECT_THAT(box.Open("other", sealed), IsError(ErrorCode::kDataCorruption, "BadSeal"));
  for (const std::string& bad : {std::string(), std::string("!!"), sealed.substr(4),
                                 sealed + "AAAA", "B" + sealed.substr(1)}) {
    EXPECT_THAT(box.Open("label", bad), IsError(ErrorCode::kDataCorruption, "BadSeal")) << bad;
  }
}

}  // namespace
}  // namespace firn::catalog
