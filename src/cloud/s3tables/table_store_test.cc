#include "cloud/s3tables/table_store.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/result_testing.h"

namespace firn::s3tables {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;
using ::testing::SizeIs;

class NoAudit final : public policy::AuditSink {
 public:
  void Record(const policy::AuditRecord&) override {}
};

/// Says no when told to, to see transactions roll back.
class FailingObserver final : public TableObserver {
 public:
  bool fails = false;
  Status Say() const { return fails ? Status(Internal("Told", "told to fail")) : Ok(); }
  Status OnNamespaceCreated(ledger::Transaction&, const policy::Permit&, const TablePlace&) override { return Say(); }
  Status OnNamespaceDropped(ledger::Transaction&, const TablePlace&) override { return Say(); }
  Status OnTableCreated(ledger::Transaction&, const policy::Permit&, const TablePlace&) override { return Say(); }
  Status OnTableDropped(ledger::Transaction&, const TablePlace&) override { return Say(); }
  Status OnTableRenamed(ledger::Transaction&, const TablePlace&, const TablePlace&) override { return Say(); }
};

class TableStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("firn-tables-" + NewUuid(SecureRandom()));
    std::filesystem::create_directories(folder_);
    auto ledger = ledger::Ledger::Open(folder_ / "ledger.sqlite");
    ASSERT_TRUE(ledger.has_value()) << ledger.error().ToString();
    ledger_ = *std::move(ledger);
    auto files = s3::BlobFiles::Open(folder_ / "objects", SecureRandom(), SystemClock());
    ASSERT_TRUE(files.has_value());
    vault_ = std::make_unique<s3::Vault>(*ledger_, *std::move(files), SystemClock(), SecureRandom());
    store_ = std::make_unique<TableStore>(TableStore::Parts{*ledger_, *vault_, SystemClock(), SecureRandom(),
                                                            "123456789012", "us-east-1", &observer_});
    policy::AuthorizationRequest request{.needs = {{.action = "s3tables:All", .resource = "*"}}};
    auto permit = authorizer_.Authorize(
        context_, std::make_shared<const policy::Principal>(policy::RootPrincipal("123456789012")), request);
    ASSERT_TRUE(permit.has_value());
    permit_.emplace(*permit);
    ASSERT_THAT(store_->CreateBucket(*permit_, "bucket"), HasValue());
    ASSERT_THAT(store_->CreateNamespace(*permit_, place_, {}), HasValue());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  NewTableShape Shape() const {
    NewTableShape shape;
    shape.schema = iceberg::ParseSchema(ParseJson(R"({"type":"struct","schema-id":0,"fields":[
        {"id":7,"name":"a","required":true,"type":"long"}]})").value()).value();
    return shape;
  }
  Result<LoadedTable> Create() { return store_->CreateTable(context_, *permit_, place_, Shape()); }
  Result<LoadedTable> Commit(TableChange change) {
    return store_->CommitTable(context_, *permit_, place_, change);
  }
  static TableChange SetProperty(std::string name, std::string value) {
    return {.requirements = {}, .updates = {iceberg::SetProperties{{{std::move(name), std::move(value)}}}}};
  }

  std::filesystem::path folder_;
  Context context_;
  NoAudit audit_;
  policy::Authorizer authorizer_{audit_, SystemClock()};
  FailingObserver observer_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<s3::Vault> vault_;
  std::unique_ptr<TableStore> store_;
  std::optional<policy::Permit> permit_;
  const TablePlace place_{"bucket", "ns", "t"};
};

TEST_F(TableStoreTest, WritesMetadataThatOthersCanRead) {
  ASSERT_OK_AND_ASSIGN(const LoadedTable created, Create());
  EXPECT_EQ(created.metadata->location, created.row.warehouse);
  EXPECT_TRUE(created.row.metadata_location.starts_with(created.row.warehouse + "/metadata/00000-"));
  ASSERT_OK_AND_ASSIGN(const auto place, ParseObjectPlace(created.row.metadata_location));
  ASSERT_OK_AND_ASSIGN(const auto object, vault_->Find(place.bucket, place.key));
  ASSERT_OK_AND_ASSIGN(const std::string bytes, vault_->ReadAll(object, 1 << 20));
  ASSERT_OK_AND_ASSIGN(const auto metadata, iceberg::DecodeMetadataFile(bytes));
  EXPECT_EQ(metadata.schemas.front().fields.front().id, 1);
  EXPECT_THAT(Create(), IsError(ErrorCode::kAlreadyExists));
}

TEST_F(TableStoreTest, CommitsByCompareAndSet) {
  ASSERT_OK_AND_ASSIGN(const LoadedTable created, Create());
  ASSERT_OK_AND_ASSIGN(const LoadedTable next, Commit(SetProperty("p", "1")));
  EXPECT_NE(next.row.version_token, created.row.version_token);
  EXPECT_TRUE(next.row.metadata_location.starts_with(next.row.warehouse + "/metadata/00001-"));
  EXPECT_EQ(next.metadata->metadata_log.back().metadata_file, created.row.metadata_location);
  ASSERT_OK_AND_ASSIGN(const LoadedTable loaded, store_->LoadTable(place_));
  EXPECT_EQ(loaded.metadata->properties.at("p"), "1");
  ASSERT_OK_AND_ASSIGN(const LoadedTable same, Commit({}));
  EXPECT_EQ(same.row.metadata_location, next.row.metadata_location);
}

TEST_F(TableStoreTest, RefusesCommitsThatMayNotBe) {
  ASSERT_OK_AND_ASSIGN(const LoadedTable created, Create());
  EXPECT_THAT(Commit({{iceberg::AssertTableUuid{"other"}}, {}}), IsError(ErrorCode::kConflict, "CommitFailed"));
  EXPECT_THAT(Commit({{iceberg::AssertCreate{}}, {}}), IsError(ErrorCode::kConflict));
  EXPECT_THAT(Commit({{}, {iceberg::SetLocation{"s3://elsewhere"}}}), IsError(ErrorCode::kInvalidArgument, "InvalidUpdate"));
  iceberg::AddSnapshot snapshot;
  snapshot.snapshot = {.snapshot_id = 1, .sequence_number = 1, .timestamp_ms = 1, .manifest_list = created.row.warehouse + "x/list.avro"};
  EXPECT_THAT(Commit({{}, {snapshot}}), IsError(ErrorCode::kInvalidArgument, "InvalidUpdate"));
  EXPECT_THAT(Commit({{}, {iceberg::SetCurrentSchema{99}}}), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(store_->CommitTable(context_, *permit_, {"bucket", "ns", "none"}, {}), IsError(ErrorCode::kNotFound, "NoSuchTable"));
  EXPECT_THAT(store_->CommitTable(context_, *permit_, {"bucket", "none", "t"}, {}), IsError(ErrorCode::kNotFound, "NoSuchNamespace"));
  EXPECT_THAT(store_->CommitTable(context_, *permit_, {"none", "ns", "t"}, {}), IsError(ErrorCode::kNotFound, "NoSuchWarehouse"));
  ASSERT_OK_AND_ASSIGN(const LoadedTable loaded, store_->LoadTable(place_));
  EXPECT_EQ(loaded.row.metadata_location, created.row.metadata_location);
}

TEST_F(TableStoreTest, LosesNoCommitOfManyWriters) {
  ASSERT_THAT(Create(), HasValue());
  std::atomic<int> committed = 0;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < 5; ++i) {
        while (!Commit(SetProperty("p" + std::to_string(writer) + "-" + std::to_string(i), "1"))) {}
        ++committed;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  ASSERT_OK_AND_ASSIGN(const LoadedTable loaded, store_->LoadTable(place_));
  EXPECT_EQ(committed, 20);
  EXPECT_THAT(loaded.metadata->properties, SizeIs(20));
}

TEST_F(TableStoreTest, RollsBackWhatItsObserverRefuses) {
  observer_.fails = true;
  EXPECT_THAT(Create(), IsError(ErrorCode::kInternal, "Told"));
  EXPECT_THAT(store_->CreateNamespace(*permit_, {"bucket", "n2", ""}, {}), IsError(ErrorCode::kInternal, "Told"));
  EXPECT_THAT(store_->FindTable(place_), IsError(ErrorCode::kNotFound, "NoSuchTable"));
  EXPECT_THAT(store_->FindNamespace({"bucket", "n2", ""}), IsError(ErrorCode::kNotFound));
  observer_.fails = false;
  ASSERT_THAT(Create(), HasValue());
  observer_.fails = true;
  EXPECT_THAT(store_->DropTable(*permit_, place_), IsError(ErrorCode::kInternal, "Told"));
  EXPECT_THAT(store_->LoadTable(place_), HasValue());
}

TEST_F(TableStoreTest, DropsATableWithItsObjects) {
  ASSERT_OK_AND_ASSIGN(const LoadedTable created, Create());
  EXPECT_THAT(store_->DropTable(*permit_, place_, "wrong"), IsError(ErrorCode::kConflict, "VersionTokenMismatch"));
  EXPECT_THAT(store_->DropNamespace(*permit_, place_), IsError(ErrorCode::kFailedPrecondition, "NamespaceNotEmpty"));
  EXPECT_THAT(store_->DropTable(*permit_, place_, created.row.version_token), HasValue());
  EXPECT_THAT(vault_->FindBucket(created.row.warehouse.substr(5)), IsError(ErrorCode::kNotFound, "NoSuchBucket"));
  EXPECT_THAT(store_->DropTable(*permit_, place_), IsError(ErrorCode::kNotFound, "NoSuchTable"));
  EXPECT_THAT(store_->DeleteBucket(*permit_, "bucket"), IsError(ErrorCode::kConflict, "TableBucketNotEmpty"));
  EXPECT_THAT(store_->DropNamespace(*permit_, place_), HasValue());
  EXPECT_THAT(store_->DeleteBucket(*permit_, "bucket"), HasValue());
}

TEST_F(TableStoreTest, RenamesOntoFreeNamesOnly) {
  ASSERT_THAT(Create(), HasValue());
  ASSERT_THAT(store_->CreateTable(context_, *permit_, {"bucket", "ns", "taken"}, std::nullopt), HasValue());
  EXPECT_THAT(store_->RenameTable(*permit_, place_, {"bucket", "ns", "taken"}), IsError(ErrorCode::kAlreadyExists));
  EXPECT_THAT(store_->RenameTable(*permit_, place_, {"bucket", "none", "x"}), IsError(ErrorCode::kNotFound, "NoSuchNamespace"));
  EXPECT_THAT(store_->RenameTable(*permit_, place_, {"bucket", "ns", "BAD"}), IsError(ErrorCode::kInvalidArgument));
  EXPECT_THAT(store_->RenameTable(*permit_, place_, {"bucket", "ns", "x"}, "wrong"), IsError(ErrorCode::kConflict));
  EXPECT_THAT(store_->RenameTable(*permit_, place_, {"bucket", "ns", "x"}), HasValue());
  EXPECT_THAT(store_->LoadTable({"bucket", "ns", "x"}), HasValue());
}

TEST_F(TableStoreTest, PointsAtMetadataThatItsWriterPut) {
  ASSERT_OK_AND_ASSIGN(const LoadedTable bare, store_->CreateTable(context_, *permit_, place_, std::nullopt));
  EXPECT_EQ(bare.metadata, nullptr);
  auto metadata = iceberg::NewTableMetadata({.schema = Shape().schema, .location = bare.row.warehouse, .uuid = "u-1"}, SystemClock().Now());
  ASSERT_TRUE(metadata.has_value());
  const auto put = [&](const std::string& key, const std::string& bytes) {
    return vault_->PutBytes(context_, bytes, {.bucket = bare.row.warehouse.substr(5), .key = key}).has_value();
  };
  ASSERT_TRUE(put("metadata/0.json", iceberg::EncodeMetadataFile(*metadata)));
  ASSERT_TRUE(put("metadata/bad.json", "{"));
  metadata->location = "s3://elsewhere";
  ASSERT_TRUE(put("metadata/out.json", iceberg::EncodeMetadataFile(*metadata)));
  const auto set = [&](const std::string& token, const std::string& location) {
    return store_->SetMetadataLocation(*permit_, place_, token, location);
  };
  const std::string token = bare.row.version_token;
  EXPECT_THAT(set("wrong", bare.row.warehouse + "/metadata/0.json"), IsError(ErrorCode::kConflict, "VersionTokenMismatch"));
  for (const std::string& location : std::vector<std::string>{"", "s3://x/y", bare.row.warehouse, bare.row.warehouse + "x/metadata/0.json",
        bare.row.warehouse + "/metadata/none.json", bare.row.warehouse + "/metadata/bad.json", bare.row.warehouse + "/metadata/out.json"}) {
    EXPECT_THAT(set(token, location), IsError(ErrorCode::kInvalidArgument, "InvalidMetadataLocation")) << location;
  }
  EXPECT_THAT(set(token, bare.row.warehouse + "/metadata/0.json"), HasValue());
  EXPECT_THAT(Commit(SetProperty("a", "b")), HasValue());
}

TEST_F(TableStoreTest, KeepsToItsQuotas) {
  TableStore small(TableStore::Parts{*ledger_, *vault_, SystemClock(), SecureRandom(), "123456789012", "us-east-1",
                                     nullptr, Quotas{.table_buckets_max = 2, .namespaces_max = 2, .tables_max = 1}});
  ASSERT_THAT(small.CreateBucket(*permit_, "second"), HasValue());
  EXPECT_THAT(small.CreateBucket(*permit_, "third"), IsError(ErrorCode::kInvalidArgument, "QuotaExceeded"));
  EXPECT_THAT(small.CreateBucket(*permit_, "second"), IsError(ErrorCode::kAlreadyExists, "AlreadyExists"));
  ASSERT_THAT(small.CreateNamespace(*permit_, {"bucket", "other", ""}, {}), HasValue());
  EXPECT_THAT(small.CreateNamespace(*permit_, {"bucket", "more", ""}, {}), IsError(ErrorCode::kInvalidArgument, "QuotaExceeded"));
  ASSERT_THAT(small.CreateTable(context_, *permit_, place_, Shape()), HasValue());
  EXPECT_THAT(small.CreateTable(context_, *permit_, {"bucket", "other", "t"}, Shape()),
              IsError(ErrorCode::kInvalidArgument, "QuotaExceeded"));
  ASSERT_THAT(small.DropTable(*permit_, place_), HasValue());
  EXPECT_THAT(small.CreateTable(context_, *permit_, {"bucket", "other", "t"}, Shape()), HasValue());
}

TEST_F(TableStoreTest, ATableTakesItsBucketsEncryptionUnlessItHasItsOwn) {
  ASSERT_OK_AND_ASSIGN(const auto bucket, store_->FindBucket("bucket"));
  ASSERT_THAT(store_->PutSetting(*permit_, bucket.bucket_id, "encryption", "of the bucket"), HasValue());
  ASSERT_OK_AND_ASSIGN(const LoadedTable plain, Create());
  ASSERT_OK_AND_ASSIGN(const LoadedTable own,
                       store_->CreateTable(context_, *permit_, {"bucket", place_.namespace_name, "own"}, std::nullopt,
                                           {{"encryption", "its own"}}));
  ASSERT_THAT(store_->DeleteSetting(*permit_, bucket.bucket_id, "encryption"), HasValue());
  ASSERT_OK_AND_ASSIGN(const auto inherited, store_->FindSetting(plain.row.table_id, "encryption"));
  EXPECT_EQ(inherited, "of the bucket");
  ASSERT_OK_AND_ASSIGN(const auto kept, store_->FindSetting(own.row.table_id, "encryption"));
  EXPECT_EQ(kept, "its own");
}

}  // namespace
}  // namespace firn::s3tables
