#include "engine/catalog/write_journal.h"

#include <filesystem>
#include <fstream>

#include "base/durable_file.h"
#include "base/result_testing.h"
#include "engine/catalog/journal_recovery_internal.h"
#include "lake/objects/memory_store.h"
#include "lake/objects/object_upload.h"

namespace firn::catalog {
namespace {

using testing::HasValue;
using testing::IsError;

class WriteJournalTest : public ::testing::Test {
 protected:
  WriteJournalTest() : folder_(::testing::TempDir() + "/journal-" + NewUuid(*random_)) {
    std::filesystem::create_directories(folder_);
    Open();
  }
  ~WriteJournalTest() override { std::filesystem::remove_all(folder_); }

  /// As after a crash: what was running is nobody's any more.
  void Open() {
    auto journal = WriteJournal::Open(folder_, clock_, *random_);
    ASSERT_THAT(journal, HasValue());
    journal_ = *std::move(journal);
  }
  std::shared_ptr<StatementWrites> Begin() {
    return journal_->Begin({"lake", "db", "t", "uuid-1"}, store_);
  }
  void Put(StatementWrites& writes, const std::string& url) {
    ASSERT_THAT(writes.store()->Put(context_, url, "rows", objects::PutCondition::kAlways),
                HasValue());
  }

  ManualClock clock_{WallTimeFromMillis(1'795'500'000'000)};
  std::unique_ptr<Random> random_ = SeededRandom(11);
  Context context_{"test", clock_};
  std::shared_ptr<objects::MemoryStore> store_ = std::make_shared<objects::MemoryStore>(clock_);
  const std::filesystem::path folder_;
  std::shared_ptr<WriteJournal> journal_;
};

TEST_F(WriteJournalTest, AStatementThatPutsNothingLeavesNothing) {
  Begin()->Rejected();
  EXPECT_TRUE(journal_->List().empty());
}

TEST_F(WriteJournalTest, AFileStandsInTheJournalBeforeItsPut) {
  auto writes = Begin();
  Put(*writes, "s3://b/f1");
  Open();
  const auto left = journal_->List();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].state, WriteState::kPlanned);
  EXPECT_EQ(left[0].files, std::set<std::string>{"s3://b/f1"});
  EXPECT_EQ(left[0].place.table_uuid, "uuid-1");
  EXPECT_FALSE(left[0].is_running);
}

TEST_F(WriteJournalTest, EachOutcomeLeavesWhatRecoveryNeeds) {
  struct Case {
    std::string name;
    void (*end)(StatementWrites&);
    std::optional<WriteState> left;
  };
  for (const Case& c :
       {Case{"committed", [](StatementWrites& w) { w.Committed(); }, std::nullopt},
        Case{"rejected", [](StatementWrites& w) { w.Rejected(); }, WriteState::kRejected},
        Case{"unknown", [](StatementWrites& w) { w.Unknown(); }, WriteState::kUnknown},
        Case{"killed", [](StatementWrites&) {}, WriteState::kSent}}) {
    auto writes = Begin();
    Put(*writes, "s3://b/" + c.name);
    const std::vector<std::shared_ptr<StatementWrites>> all = {nullptr, writes};
    ASSERT_THAT(StatementWrites::RecordSent(
                    all, {.branch = "main", .snapshot_id = 7, .base_snapshot_id = 6}),
                HasValue());
    c.end(*writes);
    writes.reset();
    Open();
    const auto left = journal_->List();
    ASSERT_EQ(left.size(), c.left ? 1U : 0U) << c.name;
    if (!c.left) continue;
    EXPECT_EQ(left[0].state, *c.left) << c.name;
    EXPECT_EQ(left[0].sent->snapshot_id, 7) << c.name;
    EXPECT_EQ(left[0].sent->base_snapshot_id, 6) << c.name;
    ASSERT_THAT(journal_->RecordEnd(left[0].id), HasValue());
  }
}

TEST_F(WriteJournalTest, ARejectedStatementThatDeletedItsFilesLeavesNothing) {
  auto writes = Begin();
  Put(*writes, "s3://b/f1");
  writes->Rejected();
  ASSERT_THAT(writes->store()->Delete(context_, "s3://b/f1"), HasValue());
  writes.reset();
  EXPECT_TRUE(journal_->List().empty());
}

TEST_F(WriteJournalTest, ATornLastLineIsTheCrashsOwnAndABadOneIsNot) {
  auto writes = Begin();
  Put(*writes, "s3://b/f1");
  std::ofstream(folder_ / "writes.journal", std::ios::app) << R"({"e":"file","id":"x)";
  Open();
  EXPECT_EQ(journal_->List().size(), 1U);
  for (const char* bad : {"nonsense", "[]", R"({"e":"file"})", R"({"e":"begin","id":"1"})"}) {
    ASSERT_THAT(WriteFileDurably(folder_ / "writes.journal", std::string(bad) + "\n"), HasValue());
    const auto opened = WriteJournal::Open(folder_, clock_, *random_);
    EXPECT_THAT(opened, IsError(ErrorCode::kDataCorruption, "BadJournal")) << bad;
  }
}

TEST_F(WriteJournalTest, AnUploadStandsInTheJournalBeforeItsFirstByte) {
  auto writes = Begin();
  const auto store = writes->store();
  auto upload =
      objects::BeginUpload(context_, *store, "s3://b/f1", objects::PutCondition::kIfAbsent);
  EXPECT_TRUE(writes->HasPut("s3://b/f1"));
  EXPECT_FALSE(writes->HasPut("s3://b/f2"));
  Open();
  ASSERT_EQ(journal_->List().size(), 1U);
  ASSERT_THAT(upload->Append("ro"), HasValue());
  ASSERT_THAT(upload->Append("ws"), HasValue());
  EXPECT_THAT(store_->Stat(context_, "s3://b/f1"), IsError(ErrorCode::kNotFound, "NoSuchKey"));
  ASSERT_THAT(upload->Finish(), HasValue());
  EXPECT_EQ(store_->ReadAll(context_, "s3://b/f1", 10).value(), "rows");
}

iceberg::TableMetadata History(const std::vector<std::pair<std::int64_t, std::int64_t>>& snapshots,
                               std::int64_t head) {
  iceberg::TableMetadata metadata;
  for (const auto& [id, parent] : snapshots) {
    iceberg::Snapshot snapshot{.snapshot_id = id};
    if (parent != 0) snapshot.parent_snapshot_id = parent;
    metadata.snapshots.push_back(snapshot);
  }
  if (head != 0) {
    metadata.refs["main"] = {.snapshot_id = head};
    metadata.current_snapshot_id = head;
  }
  return metadata;
}

TEST(JournalRecovery, KnowsWhatCannotBeCommittedAnyMore) {
  struct Case {
    std::string name;
    std::vector<std::pair<std::int64_t, std::int64_t>> snapshots;  // Id and parent.
    std::int64_t head;
    std::optional<std::int64_t> base;
    bool is_surely_not;
  };
  constexpr std::int64_t kOurs = 9;
  for (const Case& c : {
           Case{"the base is the head: it may come yet", {{1, 0}}, 1, 1, false},
           Case{"no snapshot yet: it may come", {}, 0, std::nullopt, false},
           Case{"another went on from the base", {{1, 0}, {2, 1}}, 2, 1, true},
           Case{"several went on", {{1, 0}, {2, 1}, {3, 2}}, 3, 1, true},
           Case{"another was the first", {{2, 0}}, 2, std::nullopt, true},
           Case{"ours is there", {{1, 0}, {9, 1}}, 9, 1, false},
           Case{"ours is there, rolled back", {{1, 0}, {9, 1}, {3, 1}}, 3, 1, false},
           Case{"the history was cut: ours may have been in it", {{4, 3}, {5, 4}}, 5, 1, false},
           Case{"rolled back before the base", {{1, 0}, {3, 1}}, 3, 2, false},
       }) {
    EXPECT_EQ(
        IsSurelyNotCommitted(History(c.snapshots, c.head),
                             {.branch = "main", .snapshot_id = kOurs, .base_snapshot_id = c.base}),
        c.is_surely_not)
        << c.name;
  }
  iceberg::TableMetadata picked = History({{1, 0}, {2, 1}}, 2);
  picked.snapshots[1].summary["source-snapshot-id"] = "9";
  EXPECT_FALSE(
      IsSurelyNotCommitted(picked, {.branch = "main", .snapshot_id = kOurs, .base_snapshot_id = 1}))
      << "a cherry-pick of ours has its files";
  EXPECT_FALSE(
      IsSurelyNotCommitted(History({{1, 0}, {2, 1}}, 2),
                           {.branch = "gone", .snapshot_id = kOurs, .base_snapshot_id = 1}));
}

}  // namespace
}  // namespace firn::catalog
