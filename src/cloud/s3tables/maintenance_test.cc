#include "cloud/s3tables/maintenance.h"

#include <filesystem>

#include "base/result_testing.h"

namespace firn::s3tables {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;
using std::chrono::hours;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class NoAudit final : public policy::AuditSink {
 public:
  void Record(const policy::AuditRecord&) override {}
};

class MaintenanceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("firn-care-" + NewUuid(SecureRandom()));
    std::filesystem::create_directories(folder_);
    ASSERT_OK_AND_ASSIGN(ledger_, ledger::Ledger::Open(folder_ / "ledger.sqlite"));
    ASSERT_OK_AND_ASSIGN(auto files,
                         s3::BlobFiles::Open(folder_ / "objects", SecureRandom(), clock_));
    vault_ = std::make_unique<s3::Vault>(*ledger_, std::move(files), clock_, SecureRandom());
    store_ = std::make_unique<TableStore>(
        TableStore::Parts{*ledger_, *vault_, clock_, SecureRandom(), "123456789012", "us-east-1"});
    policy::AuthorizationRequest request{.needs = {{.action = "s3tables:All", .resource = "*"}}};
    ASSERT_OK_AND_ASSIGN(auto permit,
                         authorizer_.Authorize(context_,
                                               std::make_shared<const policy::Principal>(
                                                   policy::RootPrincipal("123456789012")),
                                               request));
    permit_.emplace(std::move(permit));
    ASSERT_THAT(store_->CreateBucket(*permit_, "bucket"), HasValue());
    ASSERT_THAT(store_->CreateNamespace(*permit_, place_, {}), HasValue());
    NewTableShape shape;
    shape.schema = iceberg::ParseSchema(ParseJson(R"({"type":"struct","schema-id":0,"fields":[
        {"id":1,"name":"a","required":false,"type":"long"}]})")
                                            .value())
                       .value();
    ASSERT_OK_AND_ASSIGN(table_, store_->CreateTable(context_, *permit_, place_, shape));
    bucket_ = table_.row.warehouse.substr(std::string("s3://").size());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::vector<DueTable> Due() {
    auto due = maintenance().FindDue();
    EXPECT_THAT(due, HasValue());
    return due ? *std::move(due) : std::vector<DueTable>();
  }
  Maintenance maintenance() { return Maintenance(*store_, {}); }
  Status Set(const std::string& owner, const std::string& type, const std::string& document) {
    return store_->PutSetting(*permit_, owner, "maintenance/" + type, document);
  }
  Status Put(const std::string& key) {
    auto put =
        vault_->PutBytes(context_, "bytes", {.bucket = bucket_, .key = key, .content_type = ""});
    return put ? Status(Ok()) : Status(put.error());
  }
  std::string StatusOf(const char* job) {
    const auto statuses = JobStatuses(*store_, table_.row);
    if (!statuses) return statuses.error().ToString();
    return std::string(statuses->at(job).at("status").as_string());
  }

  std::filesystem::path folder_;
  ManualClock clock_{WallTimeFromMillis(1'700'000'000'000)};
  Context context_;
  NoAudit audit_;
  policy::Authorizer authorizer_{audit_, SystemClock()};
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<s3::Vault> vault_;
  std::unique_ptr<TableStore> store_;
  std::optional<policy::Permit> permit_;
  LoadedTable table_;
  std::string bucket_;
  const TablePlace place_{"bucket", "ns", "t"};
};

TEST_F(MaintenanceTest, ATurnComesAnIntervalAfterTheLast) {
  EXPECT_THAT(Due(), IsEmpty()) << "a new table waits an interval";
  clock_.Advance(hours(1));
  const auto due = Due();
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].place.table, "t");
  EXPECT_FALSE(due[0].compaction) << "there is nothing in it";
  EXPECT_FALSE(due[0].expiry);
  EXPECT_TRUE(due[0].removal);
  EXPECT_EQ(StatusOf("icebergCompaction"), "Not_Yet_Run");
  ASSERT_THAT(maintenance().Record(*permit_, due[0], MaintenanceJob::kCompaction,
                                   JobOutcome::kFailed, "it rained"),
              HasValue());
  EXPECT_EQ(StatusOf("icebergCompaction"), "Failed");
  EXPECT_EQ(StatusOf("icebergSnapshotManagement"), "Not_Yet_Run");
  EXPECT_THAT(Due(), IsEmpty());
  clock_.Advance(hours(1));
  EXPECT_THAT(Due(), SizeIs(1));
}

TEST_F(MaintenanceTest, WhatIsSetIsWhatIsToBeDone) {
  clock_.Advance(hours(1));
  ASSERT_THAT(Set(table_.row.table_id, "icebergCompaction", R"({"status":"disabled"})"),
              HasValue());
  ASSERT_THAT(
      Set(table_.row.bucket_id, "icebergUnreferencedFileRemoval",
          R"({"status":"enabled","settings":{"icebergUnreferencedFileRemoval":{"nonCurrentDays":2}}})"),
      HasValue());
  auto due = Due();
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].removal_age, hours(72)) << "AWS's default";
  EXPECT_EQ(due[0].removal_grace, hours(48));
  ASSERT_FALSE(due[0].settled.empty());
  EXPECT_EQ(due[0].settled[0].outcome, JobOutcome::kDisabled);
  EXPECT_EQ(StatusOf("icebergCompaction"), "Disabled");
  ASSERT_THAT(
      Set(table_.row.bucket_id, "icebergUnreferencedFileRemoval", R"({"status":"disabled"})"),
      HasValue());
  due = Due();
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_FALSE(due[0].removal);
  // A document that cannot be read leaves its table out and no other.
  ASSERT_THAT(Set(table_.row.table_id, "icebergCompaction", "[]"), HasValue());
  EXPECT_THAT(Due(), IsEmpty());
  EXPECT_THAT(JobStatuses(*store_, table_.row), IsError(ErrorCode::kDataCorruption, "BadSetting"));
}

TEST_F(MaintenanceTest, UnreferencedFilesGoAfterAgeAndGrace) {
  ASSERT_THAT(Put("data/orphan.parquet"), HasValue());
  clock_.Advance(hours(71));
  ASSERT_THAT(Put("data/young.parquet"), HasValue());
  const auto remove = [&] {
    const auto due = Due();
    auto counts = maintenance().RemoveUnreferenced(context_, *permit_, due.at(0));
    EXPECT_THAT(counts, HasValue());
    return counts ? *counts : RemovalCounts{};
  };
  EXPECT_EQ(remove().marked, 0U) << "an hour too young";
  clock_.Advance(hours(2));
  EXPECT_EQ(remove().marked, 1U);
  EXPECT_EQ(remove().marked, 0U) << "marked once";
  clock_.Advance(hours(239));
  RemovalCounts counts = remove();
  EXPECT_EQ(counts.deleted, 0U) << "a query may still read it";
  EXPECT_EQ(counts.marked, 1U) << "the other has come of age";
  EXPECT_THAT(vault_->Find(bucket_, "data/orphan.parquet"), HasValue());
  clock_.Advance(hours(1));
  counts = remove();
  EXPECT_EQ(counts.deleted, 1U);
  EXPECT_THAT(vault_->Find(bucket_, "data/orphan.parquet"),
              IsError(ErrorCode::kNotFound, "NoSuchKey"));
  EXPECT_THAT(vault_->Find(bucket_, "data/young.parquet"), HasValue());
  ASSERT_OK_AND_ASSIGN(const ObjectPlace metadata, ParseObjectPlace(table_.row.metadata_location));
  EXPECT_THAT(vault_->Find(metadata.bucket, metadata.key), HasValue())
      << "the table's own metadata";
}

TEST_F(MaintenanceTest, NothingIsDeletedWhileSomethingCannotBeRead) {
  ASSERT_THAT(Put("data/orphan.parquet"), HasValue());
  const iceberg::Snapshot broken{.snapshot_id = 5,
                                 .sequence_number = 1,
                                 .timestamp_ms = 1,
                                 .manifest_list = table_.row.warehouse + "/metadata/gone.avro",
                                 .summary = {{"operation", "append"}}};
  ASSERT_THAT(store_->CommitTable(context_, *permit_, place_, {{}, {iceberg::AddSnapshot{broken}}}),
              HasValue());
  clock_.Advance(hours(24 * 30));
  const auto due = Due();
  ASSERT_THAT(due, SizeIs(1));
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_FALSE(maintenance().RemoveUnreferenced(context_, *permit_, due[0]).has_value());
    clock_.Advance(hours(24 * 30));
  }
  EXPECT_THAT(vault_->Find(bucket_, "data/orphan.parquet"), HasValue());
}

}  // namespace
}  // namespace firn::s3tables
