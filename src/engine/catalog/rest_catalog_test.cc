#include <filesystem>
#include <thread>

#include "base/result_testing.h"
#include "engine/catalog/limits.h"
#include "engine/catalog/rest_catalog_internal.h"
#include "engine/catalog/rest_server_testing.h"
#include "engine/catalog/table_definition.h"
#include "engine/catalog/write_journal.h"
#include "lake/objects/memory_store.h"

namespace firn::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HasValue;
using testing::IsError;

const std::string kLocation = "s3://wh-t";

/// One catalog over a fake server, a store in memory and a clock moved by hand.
class RestCatalogTest : public ::testing::Test {
 protected:
  RestCatalogTest() { Open({}); }

  void Open(const std::vector<RawProperty>& more) {
    std::vector<RawProperty> properties = {
        {"type", "iceberg"},
        {"iceberg.catalog.type", "rest"},
        {"iceberg.catalog.uri", "http://127.0.0.1:4566/iceberg"},
        {"iceberg.catalog.rest.sigv4-enabled", "true"},
        {"iceberg.catalog.rest.signing-name", "glue"},
        {"iceberg.catalog.rest.access-key-id", "AKIAIOSFODNN7EXAMPLE"},
        {"iceberg.catalog.rest.secret-access-key", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"},
        {"iceberg.catalog.warehouse", "1:s3tablescatalog/b"},
        {"aws.s3.region", "us-east-1"}};
    properties.insert(properties.end(), more.begin(), more.end());
    auto definition = MakeDefinition("lake", std::nullopt, properties);
    ASSERT_THAT(definition, HasValue());
    auto made = RestCatalog::Make(
        *std::move(definition),
        {.client = server_,
         .clock = clock_,
         .random = *random_,
         .user_agent = "Firn-Iceberg-Connector/test"},
        [this](const StorageSettings& settings,
               s3store::CredentialsSource source) -> Result<std::shared_ptr<objects::ObjectStore>> {
          storages_.push_back(settings);
          sources_.push_back(std::move(source));
          return std::shared_ptr<objects::ObjectStore>(store_);
        });
    ASSERT_THAT(made, HasValue());
    catalog_ = *made;
  }

  void MakeTable() {
    server_->AddNamespace("db");
    TableDefinition definition{.name = "t"};
    definition.schema.fields = {
        {.id = 1, .name = "a", .type = iceberg::Type::Primitive(iceberg::TypeKind::kLong)}};
    definition.properties = {{"format-version", "2"}};
    const auto created = catalog_->CreateTable(context_, "db", definition);
    ASSERT_THAT(created, HasValue());
  }

  LoadedTable Load() {
    auto loaded = catalog_->LoadTable(context_, "db", "t");
    FIRN_CHECK_MSG(loaded.has_value(), loaded.error().ToString());
    return *loaded;
  }

  /// A data file that exists, so that its deletion shows.
  std::vector<iceberg::DataFile> Files(const std::string& name) {
    iceberg::DataFile file;
    file.file_path = kLocation + "/data/" + name;
    file.record_count = 3;
    file.file_size_bytes = 4;
    EXPECT_THAT(store_->Put(context_, file.file_path, "rows", objects::PutCondition::kAlways),
                HasValue());
    return {file};
  }
  bool FileExists(const std::string& name) {
    return store_->Stat(context_, kLocation + "/data/" + name).has_value();
  }

  /// An append by somebody else, who shares nothing with this catalog.
  void AppendElsewhere() {
    server_->Change("db", "t", [](iceberg::TableMetadata& metadata) {
      static std::int64_t next_id = 1000;
      iceberg::Snapshot snapshot{.snapshot_id = ++next_id,
                                 .parent_snapshot_id = metadata.current_snapshot_id,
                                 .sequence_number = ++metadata.last_sequence_number,
                                 .timestamp_ms = ++metadata.last_updated_ms,
                                 .manifest_list = "",
                                 .summary = {{"operation", "append"}}};
      metadata.snapshots.push_back(snapshot);
      metadata.current_snapshot_id = snapshot.snapshot_id;
      metadata.refs["main"] = {.snapshot_id = snapshot.snapshot_id};
    });
  }

  ManualClock clock_{WallTimeFromMillis(1'795'500'000'000)};
  std::unique_ptr<Random> random_ = SeededRandom(7);
  Context context_{"test", clock_};
  std::shared_ptr<RestServerFake> server_ = std::make_shared<RestServerFake>(clock_);
  std::shared_ptr<objects::MemoryStore> store_ = std::make_shared<objects::MemoryStore>(clock_);
  std::vector<StorageSettings> storages_;
  std::vector<s3store::CredentialsSource> sources_;
  std::shared_ptr<RestCatalog> catalog_;
};

TEST_F(RestCatalogTest, AsksForConfigOnceAndSignsEveryRequest) {
  server_->AddNamespace("b");
  server_->AddNamespace("a");
  ASSERT_OK_AND_ASSIGN(const auto databases, catalog_->ListDatabases(context_));
  EXPECT_THAT(databases, ElementsAre("a", "b"));
  EXPECT_THAT(catalog_->CheckDatabase(context_, "a"), HasValue());
  EXPECT_EQ(server_->Count("GET", "/v1/config?warehouse=1%3As3tablescatalog%2Fb"), 1);
  for (const http::OutgoingRequest& request : server_->seen()) {
    EXPECT_THAT(std::string(request.headers.Find("authorization").value_or("")),
                HasSubstr("AWS4-HMAC-SHA256 "
                          "Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/glue/aws4_request"));
    EXPECT_EQ(request.headers.Find("user-agent"), "Firn-Iceberg-Connector/test");
    EXPECT_EQ(request.url.find("wJalr"), std::string::npos);
  }
  EXPECT_EQ(server_->Count("GET", "/v1/catalogs/1:s3tablescatalog/b/namespaces"), 2);
}

TEST_F(RestCatalogTest, CreatesAndDropsDatabases) {
  EXPECT_THAT(catalog_->CreateDatabase(context_, "db", std::nullopt), HasValue());
  EXPECT_THAT(catalog_->CreateDatabase(context_, "db", std::nullopt),
              IsError(ErrorCode::kAlreadyExists, "DatabaseExists"));
  MakeTable();
  const Status full = catalog_->DropDatabase(context_, "db");
  ASSERT_THAT(full, IsError(ErrorCode::kFailedPrecondition, "DatabaseNotEmpty"));
  EXPECT_THAT(full.error().message(), HasSubstr("'db' is not empty: it has 1 table (t)"));
  EXPECT_THAT(catalog_->DropTable(context_, "db", "t", false), HasValue());
  EXPECT_THAT(catalog_->DropDatabase(context_, "db"), HasValue());
  EXPECT_THAT(catalog_->DropDatabase(context_, "db"),
              IsError(ErrorCode::kNotFound, "UnknownDatabase"));
  EXPECT_THAT(catalog_->CheckDatabase(context_, "db"),
              IsError(ErrorCode::kNotFound, "UnknownDatabase"));
  EXPECT_THAT(catalog_->CreateDatabase(context_, "", std::nullopt),
              IsError(ErrorCode::kInvalidArgument));
}

TEST_F(RestCatalogTest, ALostAnswerToCreateDatabaseIsLookedUp) {
  server_->Add({.method = "POST", .part = "/namespaces", .kind = FaultKind::kLoseAnswer});
  EXPECT_THAT(catalog_->CreateDatabase(context_, "db", std::nullopt), HasValue());
  EXPECT_EQ(server_->Count("POST", "/namespaces"), 1);
  server_->Add({.method = "POST", .part = "/namespaces", .kind = FaultKind::kLoseRequest});
  // It may still be on its way.
  EXPECT_THAT(catalog_->CreateDatabase(context_, "other", std::nullopt),
              IsError(ErrorCode::kCommitStateUnknown, "CreateStateUnknown"));
  EXPECT_EQ(server_->Count("POST", "/namespaces"), 2);
}

TEST_F(RestCatalogTest, AWarmLoadIsOneRequestAnswered304) {
  MakeTable();
  const LoadedTable first = Load();
  server_->ForgetSeen();
  const LoadedTable second = Load();
  EXPECT_EQ(second.metadata, first.metadata) << "the parsed metadata is shared";
  EXPECT_EQ(second.store, first.store);
  ASSERT_EQ(server_->seen().size(), 1U);
  EXPECT_EQ(server_->seen()[0].headers.Find("if-none-match"), "\"v0\"");
  EXPECT_EQ(server_->seen()[0].headers.Find("x-iceberg-access-delegation"), "vended-credentials");
  AppendElsewhere();
  EXPECT_NE(Load().metadata, first.metadata) << "never stale";
  EXPECT_EQ(storages_.size(), 1U) << "one store a scope";
}

TEST_F(RestCatalogTest, WithoutETagsTheSameLocationIsNotParsedAgain) {
  server_->has_etags = false;
  MakeTable();
  const LoadedTable first = Load();
  EXPECT_EQ(Load().metadata, first.metadata);
}

TEST_F(RestCatalogTest, ReportsWhatIsMissing) {
  server_->AddNamespace("db");
  EXPECT_THAT(catalog_->LoadTable(context_, "db", "nope"),
              IsError(ErrorCode::kNotFound, "UnknownTable"));
  EXPECT_THAT(catalog_->LoadTable(context_, "nope", "t"),
              IsError(ErrorCode::kNotFound, "UnknownDatabase"));
  EXPECT_THAT(catalog_->ListTables(context_, "nope"),
              IsError(ErrorCode::kNotFound, "UnknownDatabase"));
  EXPECT_THAT(catalog_->DropTable(context_, "db", "nope", true),
              IsError(ErrorCode::kNotFound, "UnknownTable"));
  EXPECT_THAT(catalog_->CreateTable(context_, "nope", {.name = "t"}),
              IsError(ErrorCode::kNotFound, "UnknownDatabase"));
  MakeTable();
  EXPECT_THAT(catalog_->CreateTable(context_, "db", {.name = "t"}),
              IsError(ErrorCode::kAlreadyExists, "TableExists"));
}

TEST_F(RestCatalogTest, CarriesAwsRefusalsWholeAndSaysWhatToDo) {
  MakeTable();
  const std::string text =
      "User: arn:aws:iam::1:user/u is not authorized to perform: glue:GetTable on resource: "
      "arn:aws:glue:us-east-1:1:table/db/t because no identity-based policy allows the "
      "glue:GetTable action";
  server_->Add(
      {.method = "GET",
       .part = "/tables/t",
       .status = 403,
       .body = R"({"error":{"code":403,"type":"ForbiddenException","message":")" + text + "\"}}"});
  const auto denied = catalog_->LoadTable(context_, "db", "t");
  ASSERT_THAT(denied, IsError(ErrorCode::kPermissionDenied));
  EXPECT_THAT(denied.error().message(),
              HasSubstr("Failed to load table using REST Catalog, exception: " + text));
  EXPECT_THAT(
      denied.error().message(),
      HasSubstr(
          "hint: allow glue:GetTable on arn:aws:glue:us-east-1:1:table/db/t in an IAM policy"));
  server_->Add(
      {.method = "GET",
       .part = "/tables/t",
       .status = 403,
       .body =
           R"({"message":"Insufficient Lake Formation permission(s): Required Describe on t"})"});
  const auto lake = catalog_->LoadTable(context_, "db", "t");
  ASSERT_THAT(lake, IsError(ErrorCode::kPermissionDenied));
  EXPECT_THAT(lake.error().message(),
              HasSubstr("hint: grant the permission named above in Lake Formation"));
}

TEST_F(RestCatalogTest, TellsTheFailuresOfConnectingApart) {
  struct Case {
    Fault fault;
    ErrorCode code;
    std::string reason;
    std::string word;
  };
  const std::string part = "/v1/config";
  const std::vector<Case> cases = {
      {{.method = "GET", .part = part, .kind = FaultKind::kRefuseConnect, .count = 9},
       ErrorCode::kUnavailable,
       "ConnectFailed",
       "127.0.0.1:4566"},
      {{.method = "GET",
        .part = part,
        .status = 403,
        .body = R"({"message":"The security token included in the request is invalid."})"},
       ErrorCode::kUnauthenticated,
       "UnrecognizedClient",
       "iceberg.catalog.rest.access-key-id"},
      {{.method = "GET",
        .part = part,
        .status = 403,
        .body =
            R"({"message":"The request signature we calculated does not match the signature you provided."})"},
       ErrorCode::kUnauthenticated,
       "SignatureDoesNotMatch",
       "secret-access-key"},
      {{.method = "GET",
        .part = part,
        .status = 403,
        .body =
            R"({"message":"Signature expired: 20261124T000000Z is now earlier than 20261124T001500Z"})"},
       ErrorCode::kUnauthenticated,
       "RequestTimeTooSkewed",
       "24 Nov 2026"},
      {{.method = "GET",
        .part = part,
        .status = 404,
        .body =
            R"({"error":{"code":404,"message":"Catalog not found.","type":"EntityNotFoundException"}})"},
       ErrorCode::kNotFound,
       "NoSuchWarehouse",
       "1:s3tablescatalog/b"},
      {{.method = "GET", .part = part, .status = 404, .body = "<html>nothing</html>"},
       ErrorCode::kNotFound,
       "NotACatalog",
       "/iceberg"},
      {{.method = "GET", .part = part, .status = 301, .body = ""},
       ErrorCode::kUnavailable,
       "ServiceFailure",
       "redirects"},
      {{.method = "GET", .part = part, .status = 200, .body = "<html>welcome</html>"},
       ErrorCode::kDataCorruption,
       "BadCatalogAnswer",
       "config"},
      {{.method = "GET", .part = part, .status = 503, .body = "", .count = 9},
       ErrorCode::kUnavailable,
       "ServiceFailure",
       "503"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.reason);
    server_ = std::make_shared<RestServerFake>(clock_);
    Open({});
    server_->Add(test.fault);
    const Status connected = catalog_->Connect(context_);
    ASSERT_THAT(connected, IsError(test.code, test.reason));
    EXPECT_THAT(connected.error().message(), HasSubstr(test.word));
    EXPECT_EQ(connected.error().message().find("wJalr"), std::string::npos);
  }
}

TEST_F(RestCatalogTest, RetriesWhatIsHarmlessAndGivesUpInTime) {
  server_->AddNamespace("db");
  ASSERT_THAT(catalog_->Connect(context_), HasValue());
  server_->Add({.method = "GET", .part = "/tables", .status = 503, .count = 2});
  server_->Add({.method = "GET", .part = "/tables", .kind = FaultKind::kLoseAnswer, .count = 1});
  EXPECT_THAT(catalog_->ListTables(context_, "db"), HasValue());
  EXPECT_EQ(server_->Count("GET", "/tables"), 4);
  server_->ForgetSeen();
  server_->Add({.method = "GET", .part = "/tables", .status = 500, .count = 100});
  EXPECT_THAT(catalog_->ListTables(context_, "db"), IsError(ErrorCode::kUnavailable));
  EXPECT_EQ(server_->Count("GET", "/tables"), kRequestAttemptsMax);
}

TEST_F(RestCatalogTest, OAuthTokensAreBoughtOnceRenewedAndReboughtWhenRefused) {
  class TokenClient final : public http::Client {
   public:
    explicit TokenClient(std::shared_ptr<RestServerFake> server) : server_(std::move(server)) {}
    Result<http::IncomingResponse> Send(const Context& context,
                                        const http::OutgoingRequest& request) override {
      if (request.url.find("oauth") == std::string::npos) {
        last_authorization = request.headers.Find("authorization").value_or("");
        return server_->Send(context, request);
      }
      ++bought;
      last_form = *request.body;
      if (refuse)
        return http::IncomingResponse{.status = 400, .body = R"({"error":"invalid_client"})"};
      return http::IncomingResponse{
          .status = 200,
          .body = R"({"access_token":"tok)" + std::to_string(bought) + R"(","expires_in":1000})"};
    }
    void SendAsync(const Context&, http::OutgoingRequest,
                   std::function<void(Result<http::IncomingResponse>)>) override {}
    int bought = 0;
    bool refuse = false;
    std::string last_form;
    std::string last_authorization;

   private:
    std::shared_ptr<RestServerFake> server_;
  };
  auto client = std::make_shared<TokenClient>(server_);
  auto definition =
      MakeDefinition("lake", std::nullopt,
                     std::vector<RawProperty>{{"type", "iceberg"},
                                              {"iceberg.catalog.type", "rest"},
                                              {"iceberg.catalog.uri", "http://h/iceberg"},
                                              {"iceberg.catalog.security", "OAUTH2"},
                                              {"iceberg.catalog.oauth2.credential", "me:s&cret"}});
  auto catalog =
      *RestCatalog::Make(*definition, {.client = client, .clock = clock_, .random = *random_},
                         [this](const StorageSettings&, auto) {
                           return std::shared_ptr<objects::ObjectStore>(store_);
                         });
  ASSERT_THAT(catalog->ListDatabases(context_), HasValue());
  ASSERT_THAT(catalog->ListDatabases(context_), HasValue());
  EXPECT_EQ(client->bought, 2) << "one before the configuration is known, one after";
  EXPECT_THAT(client->last_form, HasSubstr("client_id=me&client_secret=s%26cret"));
  EXPECT_THAT(client->last_form, HasSubstr("scope=catalog"));
  EXPECT_EQ(client->last_authorization, "Bearer tok2");
  clock_.Advance(std::chrono::seconds(801));
  client->refuse = true;  // One failed renewal spoils nothing while the old token lives.
  ASSERT_THAT(catalog->ListDatabases(context_), HasValue());
  EXPECT_EQ(client->last_authorization, "Bearer tok2");
  client->refuse = false;
  ASSERT_THAT(catalog->ListDatabases(context_), HasValue());
  EXPECT_EQ(client->last_authorization, "Bearer tok4");
  server_->Add({.method = "GET", .part = "/namespaces", .status = 401, .body = ""});
  ASSERT_THAT(catalog->ListDatabases(context_), HasValue());
  EXPECT_EQ(client->last_authorization, "Bearer tok5");
  clock_.Advance(std::chrono::seconds(1001));
  client->refuse = true;
  EXPECT_THAT(catalog->ListDatabases(context_),
              IsError(ErrorCode::kUnauthenticated, "OAuthRefused"));
  client->refuse = false;
  EXPECT_THAT(catalog->ListDatabases(context_), HasValue());
}

TEST_F(RestCatalogTest, VendedCredentialsAreTakenByLongestPrefixAndRenewed) {
  const auto credentials = [&](const std::string& key, std::chrono::seconds life) {
    const std::string expires = std::to_string(MillisSinceEpoch(clock_.Now() + life));
    return std::vector<iceberg_rest::StorageCredential>{
        {.prefix = "s3://",
         .config = {{"s3.access-key-id", "WIDE"}, {"s3.secret-access-key", "s"}}},
        {.prefix = kLocation,
         .config = {{"s3.access-key-id", key},
                    {"s3.secret-access-key", "s"},
                    {"s3.session-token", "t"},
                    {"s3.session-token-expires-at-ms", expires}}},
        {.prefix = kLocation + "-other",
         .config = {{"s3.access-key-id", "OTHER"}, {"s3.secret-access-key", "s"}}}};
  };
  server_->config_of_tables = {{"s3.endpoint", "http://127.0.0.1:4566"},
                               {"s3.path-style-access", "true"}};
  server_->storage_credentials = credentials("K1", std::chrono::seconds(1000));
  MakeTable();
  ASSERT_EQ(storages_.size(), 1U);
  EXPECT_EQ(storages_[0].endpoint, "http://127.0.0.1:4566");
  EXPECT_EQ(storages_[0].path_style, true);
  server_->ForgetSeen();
  EXPECT_EQ(sources_[0](context_)->access_key_id.value(), "K1");
  clock_.Advance(std::chrono::seconds(700));
  EXPECT_EQ(sources_[0](context_)->access_key_id.value(), "K1");
  EXPECT_EQ(server_->seen().size(), 0U);
  server_->storage_credentials = credentials("K2", std::chrono::seconds(1000));
  clock_.Advance(std::chrono::seconds(101));
  EXPECT_EQ(sources_[0](context_)->access_key_id.value(), "K2");
  EXPECT_EQ(server_->Count("GET", "/tables/t"), 1);
  // A catalog that fails while the keys still live is no failure yet; after that it is.
  server_->Add({.method = "GET", .part = "/tables/t", .status = 403, .count = 2});
  clock_.Advance(std::chrono::seconds(850));
  EXPECT_EQ(sources_[0](context_)->access_key_id.value(), "K2");
  clock_.Advance(std::chrono::seconds(200));
  EXPECT_THAT(sources_[0](context_), IsError(ErrorCode::kPermissionDenied));
}

TEST_F(RestCatalogTest, VendedKeysThatStorageRefusedAreFetchedAnewOnce) {
  const auto vend = [&](const std::string& key) {
    server_->config_of_tables = {
        {"s3.access-key-id", key},
        {"s3.secret-access-key", "s"},
        {"s3.session-token", key + "t"},
        {"s3.session-token-expires-at-ms",
         std::to_string(MillisSinceEpoch(clock_.Now() + std::chrono::seconds(900)))}};
  };
  vend("K1");
  MakeTable();
  const Credentials first = *sources_[0](context_);
  vend("K2");
  EXPECT_EQ(sources_[0](context_)->access_key_id.value(), "K1");
  server_->ForgetSeen();
  for (int i = 0; i < 5; ++i) {  // As many requests were under way with the old keys.
    sources_[0].refuse(first);
    EXPECT_EQ(sources_[0](context_)->access_key_id.value(), "K2");
  }
  EXPECT_EQ(server_->Count("GET", "/tables/t"), 1);
}

TEST_F(RestCatalogTest, TheLifeOfVendedKeysIsMeasuredOnTheServersClock) {
  server_->clock_ahead = std::chrono::seconds(600);
  const auto vend = [&](const std::string& key) {
    server_->config_of_tables = {
        {"s3.access-key-id", key},
        {"s3.secret-access-key", "s"},
        {"s3.session-token", "t"},
        {"s3.session-token-expires-at-ms",
         std::to_string(
             MillisSinceEpoch(clock_.Now() + server_->clock_ahead + std::chrono::seconds(900)))}};
  };
  vend("K1");
  MakeTable();
  vend("K2");
  clock_.Advance(std::chrono::seconds(700));
  EXPECT_EQ(sources_[0](context_)->access_key_id.value(), "K1");
  clock_.Advance(std::chrono::seconds(30));
  EXPECT_EQ(sources_[0](context_)->access_key_id.value(), "K2")
      << "by our own clock K1 had 13 minutes left";
}

TEST_F(RestCatalogTest, WithoutVendedCredentialsTheUsersKeysAreTakenThenTheSigners) {
  MakeTable();
  EXPECT_EQ(sources_.at(0)(context_)->access_key_id.value(), "AKIAIOSFODNN7EXAMPLE");
  server_ = std::make_shared<RestServerFake>(clock_);
  Open({{"aws.s3.access_key", "OWN"}, {"aws.s3.secret_key", "s"}});
  MakeTable();
  EXPECT_EQ(sources_.at(1)(context_)->access_key_id.value(), "OWN");
}

TEST_F(RestCatalogTest, PurgeFollowsWhatTheServerWants) {
  MakeTable();
  server_->Add(
      {.method = "DELETE",
       .part = "purgeRequested=true",
       .status = 400,
       .body =
           R"({"error":{"code":400,"message":"PurgeRequested cannot be true for Glue iceberg tables.","type":"InvalidInputException"}})"});
  server_->Add({.method = "DELETE", .part = "purgeRequested=false", .status = 204});
  EXPECT_THAT(catalog_->DropTable(context_, "db", "t", false), HasValue());
  server_->Add(
      {.method = "DELETE",
       .part = "purgeRequested=true",
       .status = 400,
       .body =
           R"({"error":{"code":400,"message":"PurgeRequested cannot be true for Glue iceberg tables.","type":"InvalidInputException"}})"});
  EXPECT_THAT(catalog_->DropTable(context_, "db", "t", true), IsError(ErrorCode::kInvalidArgument))
      << "FORCE that the server refuses is not quietly less";
  server_->Add({.method = "DELETE", .part = "/tables/t", .kind = FaultKind::kLoseAnswer});
  EXPECT_THAT(catalog_->DropTable(context_, "db", "t", false), HasValue())
      << "looked up: it is gone";
}

// ---- appends ----

TEST_F(RestCatalogTest, ASmallAppendIsOneCommitAndTwoPuts) {
  MakeTable();
  const LoadedTable table = Load();
  const auto files = Files("f1");
  server_->ForgetSeen();
  store_->ResetCounters();
  ASSERT_OK_AND_ASSIGN(const CommittedChange committed,
                       catalog_->CommitChange(context_, table, {.added = files}));
  EXPECT_EQ(committed.row_count, 3U);
  EXPECT_EQ(committed.attempt_count, 1);
  EXPECT_EQ(server_->seen().size(), 1U);
  EXPECT_TRUE(server_->seen()[0].fresh_connection);
  EXPECT_FALSE(server_->seen()[0].idempotent);
  EXPECT_EQ(store_->counters().puts, 2U) << "manifest and manifest list";
  EXPECT_EQ(server_->Metadata("db", "t")->current_snapshot_id, committed.snapshot_id);
  // The next append stands on what the answer told: no request but its own commit.
  server_->ForgetSeen();
  ASSERT_THAT(catalog_->CommitChange(context_, table, {.added = Files("f2")}), HasValue());
  EXPECT_EQ(server_->seen().size(), 1U);
  EXPECT_EQ(server_->Metadata("db", "t")->snapshots.size(), 2U);
}

TEST_F(RestCatalogTest, AConflictIsRebasedAndRetried) {
  MakeTable();
  const LoadedTable table = Load();
  AppendElsewhere();
  AppendElsewhere();
  server_->ForgetSeen();
  ASSERT_OK_AND_ASSIGN(const CommittedChange committed,
                       catalog_->CommitChange(context_, table, {.added = Files("f1")}));
  EXPECT_EQ(committed.attempt_count, 2);
  EXPECT_EQ(server_->Count("POST"), 2);
  EXPECT_EQ(server_->Count("GET"), 1);
  const auto metadata = server_->Metadata("db", "t");
  EXPECT_EQ(metadata->snapshots.size(), 3U);
  EXPECT_EQ(metadata->current_snapshot()->parent_snapshot_id, metadata->snapshots[1].snapshot_id);
}

TEST_F(RestCatalogTest, AConflictThatNeverEndsIsGivenUpAndCleaned) {
  MakeTable();
  const LoadedTable table = Load();
  server_->Add({.method = "POST",
                .part = "/tables/t",
                .status = 409,
                .body = R"({"error":{"code":409,"type":"CommitFailedException","message":"no"}})",
                .count = 1000});
  EXPECT_THAT(catalog_->CommitChange(context_, table, {.added = Files("f1")}),
              IsError(ErrorCode::kConflict));
  EXPECT_EQ(server_->Count("POST", "/tables/t"), kCommitAttemptsMax);
  EXPECT_FALSE(FileExists("f1"));
}

TEST_F(RestCatalogTest, ALostAnswerAfterTheCommitIsFoundToBeCommitted) {
  for (const FaultKind kind :
       {FaultKind::kLoseAnswer, FaultKind::kCutAnswer, FaultKind::kAnswerAfter}) {
    server_ = std::make_shared<RestServerFake>(clock_);
    Open({});
    MakeTable();
    const LoadedTable table = Load();
    server_->Add({.method = "POST", .part = "/tables/t", .kind = kind, .status = 502});
    ASSERT_OK_AND_ASSIGN(const CommittedChange committed,
                         catalog_->CommitChange(context_, table, {.added = Files("f1")}));
    EXPECT_EQ(server_->Count("POST", "/tables/t"), 1) << "never sent again";
    EXPECT_EQ(server_->Metadata("db", "t")->snapshots.size(), 1U);
    EXPECT_EQ(server_->Metadata("db", "t")->current_snapshot_id, committed.snapshot_id);
    EXPECT_TRUE(FileExists("f1"));
  }
}

TEST_F(RestCatalogTest, ACommitThatAProxySentTwiceIsRecognisedAfterThe409) {
  MakeTable();
  const LoadedTable table = Load();
  server_->Add(
      {.method = "POST",
       .part = "/tables/t",
       .kind = FaultKind::kAnswerAfter,
       .status = 409,
       .body = R"({"error":{"code":409,"type":"CommitFailedException","message":"moved"}})"});
  ASSERT_THAT(catalog_->CommitChange(context_, table, {.added = Files("f1")}), HasValue());
  EXPECT_EQ(server_->Metadata("db", "t")->snapshots.size(), 1U) << "not appended twice";
}

TEST_F(RestCatalogTest, AnUnknownOutcomeStaysUnknownAndDeletesNothing) {
  MakeTable();
  const LoadedTable table = Load();
  server_->Add({.method = "POST", .part = "/tables/t", .status = 500});
  const MonotonicTime begin = clock_.MonotonicNow();
  const auto outcome = catalog_->CommitChange(context_, table, {.added = Files("f1")});
  ASSERT_THAT(outcome, IsError(ErrorCode::kCommitStateUnknown, "CommitStateUnknown"));
  EXPECT_THAT(outcome.error().message(), HasSubstr("snapshot "));
  EXPECT_TRUE(FileExists("f1"));
  EXPECT_EQ(server_->Count("POST", "/tables/t"), 1);
  const auto waited = clock_.MonotonicNow() - begin;
  EXPECT_GE(waited, std::chrono::seconds(59));
  EXPECT_LT(waited, std::chrono::seconds(70));
}

TEST_F(RestCatalogTest, ALateApplicationIsFoundWhileLooking) {
  MakeTable();
  const LoadedTable table = Load();
  // The server fails the request, and the answers to looking, and turns out to have applied it.
  server_->Add(
      {.method = "POST", .part = "/tables/t", .kind = FaultKind::kAnswerAfter, .status = 504});
  server_->Add({.method = "GET", .part = "/tables/t", .status = 500, .count = 8});
  EXPECT_THAT(catalog_->CommitChange(context_, table, {.added = Files("f1")}), HasValue());
}

TEST_F(RestCatalogTest, WhenMainMovedOnWithoutItAnUnknownCommitIsSentAgain) {
  MakeTable();
  const LoadedTable table = Load();
  server_->Add(
      {.method = "POST", .part = "/tables/t", .kind = FaultKind::kLoseRequest, .before = [this] {
         AppendElsewhere();
       }});
  ASSERT_OK_AND_ASSIGN(const CommittedChange committed,
                       catalog_->CommitChange(context_, table, {.added = Files("f1")}));
  EXPECT_EQ(committed.attempt_count, 2);
  EXPECT_EQ(server_->Metadata("db", "t")->snapshots.size(), 2U);
}

TEST_F(RestCatalogTest, OnceUnknownNothingIsDeletedEvenWhenRefusedLater) {
  MakeTable();
  const LoadedTable table = Load();
  server_->Add(
      {.method = "POST", .part = "/tables/t", .kind = FaultKind::kLoseRequest, .before = [this] {
         AppendElsewhere();
       }});
  server_->Add(
      {.method = "POST", .part = "/tables/t", .status = 403, .body = R"({"message":"no"})"});
  EXPECT_THAT(catalog_->CommitChange(context_, table, {.added = Files("f1")}),
              IsError(ErrorCode::kPermissionDenied));
  EXPECT_TRUE(FileExists("f1"));
}

TEST_F(RestCatalogTest, DefiniteRefusalsCleanUp) {
  for (const int status : {400, 401, 403, 404, 422}) {
    server_ = std::make_shared<RestServerFake>(clock_);
    Open({});
    MakeTable();
    const LoadedTable table = Load();
    server_->Add(
        {.method = "POST", .part = "/tables/t", .status = status, .body = R"({"message":"no"})"});
    EXPECT_FALSE(catalog_->CommitChange(context_, table, {.added = Files("f1")}).has_value());
    EXPECT_EQ(server_->Count("POST", "/tables/t"), 1) << status;
    EXPECT_FALSE(FileExists("f1")) << status;
  }
}

TEST_F(RestCatalogTest, ARefusedConnectionIsTriedAgain) {
  MakeTable();
  const LoadedTable table = Load();
  server_->Add(
      {.method = "POST", .part = "/tables/t", .kind = FaultKind::kRefuseConnect, .count = 2});
  ASSERT_OK_AND_ASSIGN(const CommittedChange committed,
                       catalog_->CommitChange(context_, table, {.added = Files("f1")}));
  EXPECT_EQ(committed.attempt_count, 3);
  server_->Add(
      {.method = "POST", .part = "/tables/t", .kind = FaultKind::kRefuseConnect, .count = 100});
  EXPECT_THAT(catalog_->CommitChange(context_, table, {.added = Files("f2")}),
              IsError(ErrorCode::kUnavailable, "ConnectFailed"));
  EXPECT_FALSE(FileExists("f2"));
}

TEST_F(RestCatalogTest, FilesThatWereThereBeforeStayWhenTheirChangeIsNotCommitted) {
  MakeTable();
  const std::filesystem::path folder = ::testing::TempDir() + "/journal-" + NewUuid(*random_);
  std::filesystem::create_directories(folder);
  const auto journal = WriteJournal::Open(folder, clock_, *random_);
  ASSERT_THAT(journal, HasValue());
  LoadedTable table = Load();
  table.writes = (*journal)->Begin({"lake", "db", "t", "uuid"}, table.store);
  table.store = table.writes->store();
  iceberg::SnapshotChange change{.added = Files("others")};
  iceberg::DataFile own = change.added.front();
  own.file_path = kLocation + "/data/own";
  ASSERT_THAT(table.store->Put(context_, own.file_path, "rows", objects::PutCondition::kAlways),
              HasValue());
  change.added.push_back(own);
  change.check = iceberg::ConflictCheck{};  // As add_files: by itself, never shared.
  store_->FailNext("/metadata/", 1, Error(ErrorCode::kUnavailable, "AnswerLost", "store down"));
  EXPECT_THAT(catalog_->CommitChange(context_, table, change), IsError(ErrorCode::kUnavailable));
  EXPECT_TRUE(FileExists("others"));
  EXPECT_FALSE(FileExists("own"));
  table = {};
  for (const JournaledWrite& write : (*journal)->List()) {
    EXPECT_EQ(write.state, WriteState::kRejected);
    for (const std::string& url : write.files) EXPECT_THAT(url, HasSubstr("/metadata/"));
  }
  std::filesystem::remove_all(folder);
}

TEST_F(RestCatalogTest, AStoreThatFailsMeansNotCommitted) {
  MakeTable();
  const LoadedTable table = Load();
  const auto files = Files("f1");
  store_->FailNext("/metadata/", 1, Error(ErrorCode::kUnavailable, "AnswerLost", "store down"));
  EXPECT_THAT(catalog_->CommitChange(context_, table, {.added = files}),
              IsError(ErrorCode::kUnavailable));
  EXPECT_EQ(server_->Count("POST", "/tables/t"), 0);
}

TEST_F(RestCatalogTest, ACancelledStatementThatWasSentStillTellsTheTruth) {
  MakeTable();
  const LoadedTable table = Load();
  std::stop_source stop;
  server_->Add(
      {.method = "POST", .part = "/tables/t", .kind = FaultKind::kLoseAnswer, .before = [&] {
         stop.request_stop();
       }});
  EXPECT_THAT(catalog_->CommitChange(context_.WithStopToken(stop.get_token()), table,
                                     {.added = Files("f1")}),
              HasValue());
  EXPECT_THAT(catalog_->CommitChange(context_.WithStopToken(stop.get_token()), table,
                                     {.added = Files("f2")}),
              IsError(ErrorCode::kCancelled));
  EXPECT_FALSE(FileExists("f2"));
}

TEST_F(RestCatalogTest, ADroppedTableRefusesTheAppend) {
  MakeTable();
  const LoadedTable table = Load();
  ASSERT_THAT(catalog_->DropTable(context_, "db", "t", true), HasValue());
  EXPECT_THAT(catalog_->CommitChange(context_, table, {.added = Files("f1")}),
              IsError(ErrorCode::kNotFound));
  MakeTable();  // Another table of the same name.
  EXPECT_THAT(catalog_->CommitChange(context_, table, {.added = Files("f2")}),
              IsError(ErrorCode::kConflict));
}

TEST_F(RestCatalogTest, EightWritersShareSnapshotsAndNeverConflict) {
  MakeTable();
  const LoadedTable table = Load();
  std::vector<std::vector<iceberg::DataFile>> files;
  for (int i = 0; i < 40; ++i) files.push_back(Files("f" + std::to_string(i)));
  server_->ForgetSeen();
  std::vector<std::jthread> writers;
  for (std::size_t writer = 0; writer < 8; ++writer) {
    writers.emplace_back([&, writer] {
      for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_THAT(catalog_->CommitChange(context_, table, {.added = files[writer * 5 + i]}),
                    HasValue());
      }
    });
  }
  writers.clear();
  const auto metadata = server_->Metadata("db", "t");
  EXPECT_LE(metadata->snapshots.size(), 40U);
  EXPECT_EQ(metadata->current_snapshot()->summary.at("total-records"), "120");
  EXPECT_EQ(server_->Count("POST", "/tables/t"), metadata->snapshots.size())
      << "no request was in vain";
  EXPECT_EQ(server_->seen().size(), metadata->snapshots.size());
}

TEST_F(RestCatalogTest, AppendsThatComeMeanwhileShareTheNextSnapshot) {
  MakeTable();
  const LoadedTable table = Load();
  std::vector<iceberg::SnapshotChange> changes;
  for (int i = 0; i < 6; ++i) {
    changes.push_back({.added = Files("f" + std::to_string(i))});
    changes.back().labels["label" + std::to_string(i < 5 ? i : 4)] = 3;  // The last two are one.
  }
  std::vector<std::optional<Result<CommittedChange>>> outcomes(6);
  std::vector<std::jthread> others;
  // While the first commit is with the server the others line up.
  server_->Add({.method = "POST", .part = "/tables/t", .kind = FaultKind::kAnswerAfter,
                .status = 502, .before = [&] {
    for (std::size_t i = 1; i < 6; ++i) {
      others.emplace_back([&, i] {
        outcomes[i] = catalog_->CommitChange(context_, table, changes[i]);
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }});
  outcomes[0] = catalog_->CommitChange(context_, table, changes[0]);
  others.clear();
  int used = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    ASSERT_TRUE(outcomes[i].has_value());
    if (!*outcomes[i]) {
      EXPECT_THAT(*outcomes[i], IsError(ErrorCode::kAlreadyExists, "LabelAlreadyUsed"));
      EXPECT_FALSE(FileExists("f" + std::to_string(i)));
      ++used;
      continue;
    }
    EXPECT_EQ((**outcomes[i]).row_count, 3U) << "each its own";
  }
  EXPECT_EQ(used, 1);
  const auto metadata = server_->Metadata("db", "t");
  EXPECT_EQ(metadata->snapshots.size(), 2U);
  EXPECT_EQ(metadata->current_snapshot()->summary.at("total-records"), "15");
  EXPECT_EQ(metadata->current_snapshot()->summary.at("firn.label.label4"), "3");
}

TEST_F(RestCatalogTest, ALabelIsTakenOnceEvenByAnotherEngine) {
  MakeTable();
  const LoadedTable stale = Load();
  ASSERT_THAT(catalog_->CommitChange(context_, stale, {.added = Files("f1"), .labels = {{"l", 3}}}),
              HasValue());
  Open({});  // Another process: it has not seen the commit.
  EXPECT_THAT(catalog_->CommitChange(context_, stale, {.added = Files("f2"), .labels = {{"l", 3}}}),
              IsError(ErrorCode::kAlreadyExists, "LabelAlreadyUsed"));
  EXPECT_FALSE(FileExists("f2"));
  EXPECT_EQ(server_->Metadata("db", "t")->snapshots.size(), 1U);
}

TEST_F(RestCatalogTest, FilesOfAnUnconfirmedSchemaAreNotCommittedOverAnother) {
  MakeTable();
  const LoadedTable table = Load();
  iceberg::SnapshotChange change{.added = Files("f1")};
  change.written_by = iceberg::WrittenBy{.schema_id = table.metadata->current_schema_id,
                                         .spec_id = table.metadata->default_spec_id};
  ASSERT_THAT(catalog_->CommitChange(context_, table, change), HasValue());
  ASSERT_THAT(catalog_->EditTable(context_, table,
                                  [](const iceberg::TableMetadata& metadata)
                                      -> Result<MetadataChange> {
                                    iceberg::Schema schema = metadata.current_schema();
                                    schema.schema_id = 7;
                                    schema.fields.push_back(
                                        {.id = 9, .name = "more", .type = iceberg::Type::Primitive(iceberg::TypeKind::kLong)});
                                    return MetadataChange{
                                        {iceberg::AddSchema{schema, 9},
                                         iceberg::SetCurrentSchema{-1}},
                                        {}};
                                  }),
              HasValue());
  change.added = Files("f2");
  EXPECT_THAT(catalog_->CommitChange(context_, table, change),
              IsError(ErrorCode::kConflict, "SchemaChanged"));
  EXPECT_FALSE(FileExists("f2"));
}

TEST_F(RestCatalogTest, AnAppendReadsNoListThatThisProcessWrote) {
  MakeTable();
  const LoadedTable table = Load();
  ASSERT_THAT(catalog_->CommitChange(context_, table, {.added = Files("f1")}), HasValue());
  const auto files = Files("f2");
  store_->ResetCounters();
  ASSERT_THAT(catalog_->CommitChange(context_, table, {.added = files}), HasValue());
  EXPECT_EQ(store_->counters().reads, 0U);
  EXPECT_EQ(store_->counters().puts, 2U);
}

}  // namespace
}  // namespace firn::catalog
