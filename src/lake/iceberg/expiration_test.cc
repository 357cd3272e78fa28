#include "lake/iceberg/expiration.h"

#include "base/result_testing.h"
#include "lake/iceberg/snapshot_change.h"
#include "lake/objects/memory_store.h"

namespace firn::iceberg {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Context kContext;

class Expirations : public ::testing::Test {
 protected:
  Expirations() {
    NewTable table;
    table.schema.fields = {{.id = 1, .name = "a", .type = Type::Primitive(TypeKind::kInt)}};
    table.location = "s3://b/t";
    table.uuid = "u";
    metadata_ = *NewTableMetadata(table, WallTimeFromMillis(0));
  }

  static DataFile File(const std::string& name) {
    DataFile file;
    file.file_path = "s3://b/t/data/" + name;
    file.record_count = 1;
    file.file_size_bytes = 10;
    return file;
  }

  void Commit(std::int64_t id, SnapshotChange change) {
    ASSERT_OK_AND_ASSIGN(
        const PreparedChange prepared,
        PrepareChange(kContext, store_, metadata_, {id, std::to_string(id)}, std::move(change)));
    ASSERT_OK_AND_ASSIGN(metadata_,
                         ApplyUpdates(&metadata_, prepared.updates, WallTimeFromMillis(id)));
    for (Snapshot& snapshot : metadata_.snapshots) {
      if (snapshot.snapshot_id == id) snapshot.timestamp_ms = id;
    }
  }

  std::vector<std::int64_t> Expired(ExpirationOptions options) {
    options.now_ms = 100;
    const auto selected = SelectExpired(metadata_, options);
    return selected ? selected->snapshot_ids : std::vector<std::int64_t>{-1};
  }

  objects::MemoryStore store_;
  TableMetadata metadata_;
};

TEST_F(Expirations, KeepWhatBranchesAndTagsNeed) {
  for (std::int64_t id = 10; id <= 50; id += 10) {
    Commit(id, {.added = {File(std::to_string(id))}});
  }
  EXPECT_THAT(Expired({.older_than_ms = 30}), ElementsAre(10, 20, 30));
  EXPECT_THAT(Expired({.older_than_ms = 100}), ElementsAre(10, 20, 30, 40)) << "the head stays";
  EXPECT_THAT(Expired({.older_than_ms = 100, .retain_last = 3}), ElementsAre(10, 20));
  EXPECT_THAT(Expired({.older_than_ms = 5}), IsEmpty());
  metadata_.refs["keep"] = {.snapshot_id = 20, .is_tag = true};
  EXPECT_THAT(Expired({.older_than_ms = 100}), ElementsAre(10, 30, 40));
  metadata_.refs["main"].min_snapshots_to_keep = 2;
  EXPECT_THAT(Expired({.older_than_ms = 100}), ElementsAre(10, 30)) << "the branch's own rule wins";
  metadata_.refs["main"].max_snapshot_age_ms = 75;
  EXPECT_THAT(Expired({.older_than_ms = 100}), ElementsAre(10));
  metadata_.refs["dev"] = {.snapshot_id = 10};
  EXPECT_THAT(Expired({.older_than_ms = 100}), IsEmpty());
  EXPECT_THAT(Expired({.snapshot_ids = {30}}), ElementsAre(30));
  EXPECT_THAT(SelectExpired(metadata_, {.snapshot_ids = {20}}),
              IsError(ErrorCode::kInvalidArgument, "SnapshotInUse"));
  EXPECT_THAT(SelectExpired(metadata_, {.snapshot_ids = {99}}),
              IsError(ErrorCode::kNotFound, "NoSuchSnapshot"));
}

TEST_F(Expirations, RefsGoAtTheirAge) {
  Commit(10, {.added = {File("a")}});
  Commit(20, {.added = {File("b")}});
  metadata_.refs["old"] = {.snapshot_id = 10, .is_tag = true, .max_ref_age_ms = 50};
  metadata_.refs["main"].max_ref_age_ms = 1;
  ASSERT_OK_AND_ASSIGN(const Expiration expiration,
                       SelectExpired(metadata_, {.now_ms = 100, .older_than_ms = 15}));
  EXPECT_THAT(expiration.ref_names, ElementsAre("old")) << "main never goes";
  EXPECT_THAT(expiration.snapshot_ids, ElementsAre(10));
  EXPECT_EQ(expiration.Updates().size(), 2U);
}

TEST_F(Expirations, OnlyFilesThatNobodyReachesGo) {
  Commit(10, {.added = {File("a"), File("b")}});
  Commit(20, {.operation = "delete", .removed = {File("a")}});
  Commit(30, {.added = {File("c")}});
  const TableMetadata before = metadata_;
  ASSERT_OK_AND_ASSIGN(const Expiration expiration,
                       SelectExpired(before, {.now_ms = 100, .older_than_ms = 25}));
  ASSERT_OK_AND_ASSIGN(const TableMetadata after,
                       ApplyUpdates(&before, expiration.Updates(), WallTimeFromMillis(100)));
  ASSERT_OK_AND_ASSIGN(const UnreachableFiles files,
                       FindUnreachable(kContext, store_, before, after));
  EXPECT_THAT(files.data_files, ElementsAre("s3://b/t/data/a"));
  EXPECT_EQ(files.manifest_lists.size(), 2U);
  EXPECT_EQ(files.manifests.size(), 1U) << "the manifest that still listed `a`";
  ASSERT_OK_AND_ASSIGN(const auto reachable, ReachableFiles(kContext, store_, after));
  EXPECT_THAT(reachable, ::testing::Contains("s3://b/t/data/b"));
  EXPECT_THAT(reachable, ::testing::Not(::testing::Contains("s3://b/t/data/a")));
  // A file that cannot be read stops everything.
  store_.FailNext("30-m0.avro", 1, Error(ErrorCode::kUnavailable, "SlowDown", "slow down"));
  EXPECT_THAT(FindUnreachable(kContext, store_, before, after), IsError(ErrorCode::kUnavailable));
}

/// A column that files are partitioned by may go: its type stands in the schemas before.
TEST_F(Expirations, ManifestsOfOldSpecsAreReadWithTheColumnsTheyHad) {
  NewTable table;
  table.schema.fields = {{.id = 1, .name = "a", .type = Type::Primitive(TypeKind::kInt)},
                         {.id = 2, .name = "p", .type = Type::Primitive(TypeKind::kString)}};
  table.spec.fields = {{.source_id = 2, .field_id = 1000, .name = "p", .transform = {}}};
  table.location = "s3://b/t";
  table.uuid = "u";
  ASSERT_OK_AND_ASSIGN(metadata_, NewTableMetadata(table, WallTimeFromMillis(0)));
  DataFile file = File("a");
  file.partition = {Literal{Type::Primitive(TypeKind::kString), std::string("x")}};
  Commit(10, {.added = {file}});
  Schema narrow = metadata_.current_schema();
  narrow.fields.pop_back();
  narrow.schema_id = 1;
  const std::vector<TableUpdate> updates = {
      AddPartitionSpec{PartitionSpec{.spec_id = 1, .fields = {}}}, SetDefaultSpec{1},
      AddSchema{narrow, std::nullopt}, SetCurrentSchema{1}};
  ASSERT_OK_AND_ASSIGN(metadata_, ApplyUpdates(&metadata_, updates, WallTimeFromMillis(11)));
  Commit(20, {.operation = "delete", .removed_where = Predicate::True()});
  const TableMetadata before = metadata_;
  ASSERT_OK_AND_ASSIGN(const Expiration expiration,
                       SelectExpired(before, {.now_ms = 100, .older_than_ms = 15}));
  ASSERT_OK_AND_ASSIGN(const TableMetadata after,
                       ApplyUpdates(&before, expiration.Updates(), WallTimeFromMillis(100)));
  ASSERT_OK_AND_ASSIGN(const UnreachableFiles files,
                       FindUnreachable(kContext, store_, before, after));
  EXPECT_THAT(files.data_files, ElementsAre("s3://b/t/data/a"));
  ASSERT_OK_AND_ASSIGN(const auto reachable, ReachableFiles(kContext, store_, before));
  EXPECT_THAT(reachable, ::testing::Contains("s3://b/t/data/a"));
}

}  // namespace
}  // namespace firn::iceberg
