#include "lake/iceberg/scan_plan.h"

#include <algorithm>

#include "base/result_testing.h"
#include "lake/iceberg/delete_index_internal.h"
#include "lake/iceberg/golden_testing.h"
#include "lake/objects/memory_store.h"

namespace firn::iceberg {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

const Context kContext;

Status Put(objects::ObjectStore& store, const std::string& url, const std::string& bytes) {
  FIRN_TRY(store.Put(kContext, url, bytes, objects::PutCondition::kAlways));
  return Ok();
}

/// PyIceberg's table with its metadata folder in memory.
struct GoldenTable {
  objects::MemoryStore store;
  TableMetadata metadata;

  GoldenTable() {
    for (const auto& entry :
         std::filesystem::directory_iterator(testing::GoldenPath("pyiceberg"))) {
      const std::string name = entry.path().filename();
      const std::string bytes = testing::ReadGolden("pyiceberg/" + name);
      EXPECT_THAT(Put(store, "s3://firn-golden/warehouse/db/taxis/metadata/" + name, bytes),
                  HasValue());
      if (name.ends_with(".json")) metadata = *DecodeMetadataFile(bytes);
    }
  }

  Result<ScanPlan> Plan(const Predicate& predicate, std::optional<std::int64_t> snapshot_id = {}) {
    return PlanScan(kContext, store, metadata, snapshot_id, predicate);
  }
  /// How many files a predicate keeps in the snapshot before the delete, which has all four.
  std::int64_t Kept(const Predicate& predicate) {
    const auto plan = Plan(predicate, 4521001707649149410);
    EXPECT_THAT(plan, HasValue());
    return plan ? plan->counters.files_kept : -1;
  }
};

TEST(ScanPlans, ReadPyIcebergsTable) {
  GoldenTable table;
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan, table.Plan(Predicate::True()));
  EXPECT_EQ(plan.snapshot_id, 4108099824026110404);
  EXPECT_EQ(plan.schema_id, 1);
  EXPECT_EQ(plan.tasks.size(), 3U) << "one of four files was deleted";
  EXPECT_EQ(plan.counters.manifests_total, 3);
  EXPECT_EQ(plan.counters.rows_kept, 3);
  ASSERT_OK_AND_ASSIGN(const ScanPlan before, table.Plan(Predicate::True(), 3520466743665174759));
  EXPECT_EQ(before.tasks.size(), 2U);
  EXPECT_EQ(before.schema_id, 0);
  EXPECT_THAT(table.Plan(Predicate::True(), 5), IsError(ErrorCode::kNotFound, "NoSuchSnapshot"));
}

TEST(ScanPlans, PruneByPartitionsAndBounds) {
  GoldenTable table;
  const auto compare = [](PredicateKind kind, std::int32_t field, Literal literal) {
    return Predicate::Compare(kind, field, std::move(literal));
  };
  using enum PredicateKind;
  EXPECT_EQ(table.Kept(Predicate::True()), 4);
  EXPECT_EQ(table.Kept(Predicate::False()), 0);
  // identity(vendor_id): 1, 2, 2, null
  EXPECT_EQ(table.Kept(compare(kEqual, 2, Literal::Int(2))), 2);
  EXPECT_EQ(table.Kept(compare(kEqual, 2, Literal::Long(2))), 2) << "a literal of another width";
  EXPECT_EQ(table.Kept(compare(kNotEqual, 2, Literal::Int(2))), 1);
  EXPECT_EQ(table.Kept(Predicate::IsNull(2)), 1);
  EXPECT_EQ(table.Kept(Predicate::NotNull(2)), 3);
  EXPECT_EQ(table.Kept(Predicate::In(2, {Literal::Int(1), Literal::Int(9)})), 1);
  EXPECT_EQ(table.Kept(Predicate::NotIn(2, {Literal::Int(1), Literal::Int(2)})), 0);
  // day(at): 2024-02-29T23:59:59.999999, 1969-12-31T12:00, 2024-03-01, null
  const Literal march =
      *LiteralFromJson("2024-03-01T00:00:00", Type::Primitive(TypeKind::kTimestamp));
  EXPECT_EQ(table.Kept(compare(kGreaterOrEqual, 3, march)), 1);
  EXPECT_EQ(table.Kept(compare(kLess, 3, march)), 2);
  EXPECT_EQ(table.Kept(compare(kEqual, 3, march)), 1);
  EXPECT_EQ(table.Kept(compare(kLess, 3, Literal::Timestamp(0))), 1);
  EXPECT_EQ(table.Kept(compare(kLess, 3, Literal::Date(0))), 1) << "a date against a timestamp";
  // bucket[4](id): 3, 0, 3, 3; and bounds on id.
  EXPECT_EQ(table.Kept(compare(kEqual, 1, Literal::Long(1000372))), 1);
  EXPECT_EQ(table.Kept(compare(kGreater, 1, Literal::Long(1000372))), 2);
  // truncate[3](name): Ång, sto, null, zz
  EXPECT_EQ(table.Kept(compare(kStartsWith, 4, Literal::String("st"))), 1);
  EXPECT_EQ(table.Kept(compare(kStartsWith, 4, Literal::String("store and"))), 1);
  EXPECT_EQ(table.Kept(compare(kStartsWith, 4, Literal::String("stow"))), 0);
  EXPECT_EQ(table.Kept(compare(kNotStartsWith, 4, Literal::String("sto"))), 2);
  EXPECT_EQ(table.Kept(compare(kEqual, 4, Literal::String("zz"))), 1);
  // identity(fare): 15.32, -22.15, null, 9.01
  EXPECT_EQ(table.Kept(compare(kLess, 5, Literal::Int(10))), 2);
  EXPECT_EQ(table.Kept(compare(kEqual, 5, Literal::Decimal(901, 5, 2))), 1);
  // distance: 1.8, 2.5, NaN, 0.7. The file of the NaN has no bounds.
  EXPECT_EQ(table.Kept(compare(kLess, 6, Literal::Double(1))), 2);
  // PyIceberg counts no NaNs, and one would be above any number.
  EXPECT_EQ(table.Kept(compare(kGreater, 6, Literal::Double(2))), 4);
  // tip was added later: nothing is known of it.
  EXPECT_EQ(table.Kept(compare(kEqual, 9, Literal::Double(1))), 4);
  EXPECT_EQ(
      table.Kept(Predicate::And({compare(kEqual, 2, Literal::Int(2)), Predicate::NotNull(5)})), 1);
  EXPECT_EQ(table.Kept(Predicate::Or({compare(kEqual, 2, Literal::Int(1)), Predicate::IsNull(5)})),
            2);
  EXPECT_EQ(table.Kept(Predicate::Not(
                Predicate::Or({compare(kEqual, 2, Literal::Int(1)), Predicate::IsNull(5)}))),
            1);
}

TEST(ScanPlans, ReadOnlyTheManifestsKept) {
  GoldenTable table;
  table.store.ResetCounters();
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan,
                       table.Plan(Predicate::Compare(PredicateKind::kEqual, 2, Literal::Int(1)),
                                  4521001707649149410));
  EXPECT_EQ(plan.counters.manifests_total, 2);
  EXPECT_EQ(plan.counters.manifests_read, 1);
  EXPECT_EQ(table.store.counters().reads, 2U) << "the list and one manifest";
}

TEST(ScanPlans, FailuresNameTheFile) {
  GoldenTable table;
  const std::string list = table.metadata.current_snapshot()->manifest_list;
  ASSERT_THAT(Put(table.store, list, "rubbish"), HasValue());
  const auto broken = table.Plan(Predicate::True());
  ASSERT_THAT(broken, IsError(ErrorCode::kDataCorruption, "InvalidAvro"));
  EXPECT_THAT(broken.error().FullMessage(), ::testing::HasSubstr(list));
  ASSERT_THAT(table.store.Delete(kContext, list), HasValue());
  EXPECT_THAT(table.Plan(Predicate::True()), IsError(ErrorCode::kNotFound));
  table.metadata.partition_specs[0].spec_id = 7;
  EXPECT_THAT(table.Plan(Predicate::True(), 4521001707649149410),
              IsError(ErrorCode::kDataCorruption, "InvalidManifest"));
  std::stop_source stop;
  stop.request_stop();
  GoldenTable other;
  EXPECT_THAT(PlanScan(kContext.WithStopToken(stop.get_token()), other.store, other.metadata, {},
                       Predicate::True()),
              IsError(ErrorCode::kCancelled));
}

TEST(ScanPlans, ReadManifestsThatV1NamesInTheMetadata) {
  objects::MemoryStore store;
  NewTable table;
  table.schema.fields = {{.id = 1, .name = "n", .type = Type::Primitive(TypeKind::kLong)}};
  table.location = "s3://b/t";
  table.uuid = "u";
  table.format_version = 1;
  TableMetadata metadata = *NewTableMetadata(table, WallTimeFromMillis(0));
  ManifestEntry entry;
  entry.snapshot_id = 1;
  entry.data_file.file_path = "s3://b/t/data/a";
  entry.data_file.record_count = 1;
  const ManifestWriteOptions options{
      .format_version = 1, .schema = &metadata.current_schema(), .spec = &metadata.default_spec()};
  ASSERT_THAT(
      Put(store, "s3://b/t/metadata/m0.avro", *WriteManifest(options, std::span(&entry, 1))),
      HasValue());
  Snapshot snapshot;
  snapshot.snapshot_id = 1;
  snapshot.manifests = {"s3://b/t/metadata/m0.avro"};
  metadata.snapshots = {snapshot};
  metadata.current_snapshot_id = 1;
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan,
                       PlanScan(kContext, store, metadata, {}, Predicate::True()));
  EXPECT_EQ(plan.tasks.size(), 1U);
}

TEST(ScanPlans, ATableWithoutSnapshotsHasNoTasks) {
  objects::MemoryStore store;
  NewTable table;
  table.location = "s3://b/t";
  ASSERT_OK_AND_ASSIGN(const TableMetadata metadata,
                       NewTableMetadata(table, WallTimeFromMillis(0)));
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan,
                       PlanScan(kContext, store, metadata, {}, Predicate::True()));
  EXPECT_TRUE(plan.tasks.empty());
  EXPECT_EQ(plan.snapshot_id, std::nullopt);
  EXPECT_EQ(store.counters().reads, 0U);
}

// ---- Deletes ----

class Deletes : public ::testing::Test {
 protected:
  static std::shared_ptr<DataFile> Delete(FileContent content, const std::string& name,
                                          std::int64_t partition) {
    auto file = std::make_shared<DataFile>();
    file->content = content;
    file->file_path = name;
    file->partition = {Literal::Long(partition)};
    return file;
  }
  std::string Found(const std::string& path, std::int64_t partition, std::int64_t sequence_number) {
    DataFile data;
    data.file_path = path;
    data.partition = {Literal::Long(partition)};
    std::string names;
    for (const DeleteFileRef& ref : index_.Find(data, sequence_number))
      names += ref.file->file_path + " ";
    return names;
  }
  DeleteIndex index_;
};

TEST_F(Deletes, FollowSequencePartitionAndPath) {
  EXPECT_EQ(Found("a", 1, 0), "");
  index_.Add(Delete(FileContent::kEqualityDeletes, "eq", 1), 5, false);
  index_.Add(Delete(FileContent::kEqualityDeletes, "global", 0), 5, true);
  index_.Add(Delete(FileContent::kPositionDeletes, "pos", 1), 5, false);
  auto targeted = Delete(FileContent::kPositionDeletes, "target", 1);
  targeted->referenced_data_file = "a";
  index_.Add(targeted, 5, false);
  auto bounded = Delete(FileContent::kPositionDeletes, "bounded", 1);
  bounded->lower_bounds[2147483546] = "b";
  bounded->upper_bounds[2147483546] = "c";
  index_.Add(bounded, 5, false);
  EXPECT_EQ(Found("a", 1, 4), "global eq target pos ");
  EXPECT_EQ(Found("a", 1, 5), "target pos ")
      << "equality deletes spare the files of their own commit";
  EXPECT_EQ(Found("a", 1, 6), "");
  EXPECT_EQ(Found("a", 2, 4), "global target ");
  EXPECT_EQ(Found("bb", 1, 5), "pos bounded ");
  EXPECT_EQ(Found("d", 1, 5), "pos ");
}

TEST_F(Deletes, AVectorReplacesPositionDeletes) {
  index_.Add(Delete(FileContent::kPositionDeletes, "pos", 1), 5, false);
  index_.Add(Delete(FileContent::kEqualityDeletes, "eq", 1), 9, false);
  auto vector = Delete(FileContent::kPositionDeletes, "dv", 1);
  vector->referenced_data_file = "a";
  vector->content_offset_bytes = 4;
  index_.Add(vector, 6, false);
  EXPECT_EQ(Found("a", 1, 5), "eq dv ");
  EXPECT_EQ(Found("a", 1, 7), "eq ");
  EXPECT_EQ(Found("b", 1, 5), "eq pos ");
}

}  // namespace
}  // namespace firn::iceberg
