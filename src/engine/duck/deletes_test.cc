#include "engine/duck/engine_testing.h"
#include "lake/iceberg/deletion_vector.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/table_update.h"

namespace firn::duck {
namespace {

using iceberg::TypeKind;

class DeletesTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    CreateTable("t", {Field("a", TypeKind::kInt), Field("b", TypeKind::kString)});
    CreateTable("positions",
                {Field("file_path", TypeKind::kString), Field("pos", TypeKind::kLong)});
    ASSERT_OK_AND_ASSIGN(auto files, Insert("insert into t select x, concat('v', x) from "
                                            "table(generate_series(0, 9)) as g(x)"));
    ASSERT_EQ(files.size(), 1U);
    data_path_ = files[0].file_path;
  }

  /// A snapshot of `t` that adds the delete file to what was there.
  void CommitDelete(iceberg::DataFile file) {
    iceberg::TableMetadata& table = metadata("t");
    const iceberg::Snapshot& parent = *table.current_snapshot();
    ASSERT_OK_AND_ASSIGN(const std::string old_list,
                         store_->ReadAll(context_, parent.manifest_list, 1U << 20));
    ASSERT_OK_AND_ASSIGN(std::vector<iceberg::ManifestFile> manifests,
                         iceberg::ReadManifestList(old_list));
    const iceberg::ManifestWriteOptions options{.format_version = table.format_version,
                                                .content = iceberg::ManifestContent::kDeletes,
                                                .schema = &table.current_schema(),
                                                .spec = &table.default_spec()};
    const std::int64_t id = parent.snapshot_id + 1;
    iceberg::ManifestEntry entry{.snapshot_id = id,
                                 .sequence_number = {},
                                 .file_sequence_number = {},
                                 .data_file = std::move(file)};
    ASSERT_OK_AND_ASSIGN(const std::string bytes, iceberg::WriteManifest(options, {&entry, 1}));
    ASSERT_OK_AND_ASSIGN(iceberg::ManifestFile listed,
                         iceberg::SummarizeManifest(options, {&entry, 1}));
    const std::string suffix = std::to_string(id) + ".avro";
    listed.path = "s3://bucket/t/metadata/deletes-" + suffix;
    listed.length_bytes = static_cast<std::int64_t>(bytes.size());
    listed.sequence_number = table.last_sequence_number + 1;
    listed.min_sequence_number = listed.sequence_number;
    listed.added_snapshot_id = id;
    manifests.push_back(listed);
    ASSERT_THAT(store_->Put(context_, listed.path, bytes, objects::PutCondition::kAlways),
                testing::HasValue());
    ASSERT_OK_AND_ASSIGN(const std::string list,
                         iceberg::WriteManifestList({.format_version = table.format_version,
                                                     .snapshot_id = id,
                                                     .parent_snapshot_id = parent.snapshot_id,
                                                     .sequence_number = listed.sequence_number,
                                                     .first_row_id = {}},
                                                    manifests));
    iceberg::Snapshot snapshot = parent;
    snapshot.snapshot_id = id;
    snapshot.parent_snapshot_id = parent.snapshot_id;
    snapshot.sequence_number = listed.sequence_number;
    snapshot.manifest_list = "s3://bucket/t/metadata/list-" + suffix;
    ASSERT_THAT(store_->Put(context_, snapshot.manifest_list, list, objects::PutCondition::kAlways),
                testing::HasValue());
    table.snapshots.push_back(snapshot);
    table.current_snapshot_id = id;
    table.refs[std::string(iceberg::kMainBranch)].snapshot_id = id;
    table.last_sequence_number = snapshot.sequence_number;
    Publish("t");
  }

  iceberg::DataFile PositionDelete(const std::string& rows) {
    auto files = Insert("insert into positions values " + rows);
    EXPECT_THAT(files, testing::HasValue());
    iceberg::DataFile file = files->at(0);
    file.content = iceberg::FileContent::kPositionDeletes;
    file.lower_bounds.clear();
    file.upper_bounds.clear();
    return file;
  }

  std::string data_path_;
};

TEST_F(DeletesTest, PositionDeletesTakeRowsAway) {
  CommitDelete(
      PositionDelete("('" + data_path_ + "', 0), ('" + data_path_ + "', 7), ('s3://other', 1)"));
  EXPECT_EQ(Query("select count(*), min(a), sum(a) from t"), "8|1|38");
  EXPECT_EQ(Query("select a from t where a in (0, 1, 7, 8) order by a"), "1\n8");
  EXPECT_EQ(Query("select b from t where a = 7"), "");
  CommitDelete(PositionDelete("('" + data_path_ + "', 1)"));
  EXPECT_EQ(Query("select count(*) from t"), "7");
}

TEST_F(DeletesTest, LaterRowsAreNotTouched) {
  CommitDelete(PositionDelete("('" + data_path_ + "', 0)"));
  ASSERT_THAT(Insert("insert into t values (0, 'again')"), testing::HasValue());
  EXPECT_EQ(Query("select b from t where a = 0"), "again");
  EXPECT_EQ(Query("select count(*) from t"), "10");
}

iceberg::DataFile DeletionVector(objects::ObjectStore& store, const std::string& data_path,
                                 std::string blob) {
  const std::string path = "s3://bucket/t/data/dv.puffin";
  const std::string head = "PFA1";
  EXPECT_THAT(store.Put(Context(), path, head + blob, objects::PutCondition::kAlways),
              testing::HasValue());
  iceberg::DataFile file;
  file.content = iceberg::FileContent::kPositionDeletes;
  file.file_path = path;
  file.file_format = "PUFFIN";
  file.record_count = 3;
  file.file_size_bytes = static_cast<std::int64_t>(head.size() + blob.size());
  file.referenced_data_file = data_path;
  file.content_offset_bytes = 4;
  file.content_size_bytes = static_cast<std::int64_t>(blob.size());
  return file;
}

std::string VectorBlob() {
  const iceberg::RowPositions positions = {2, 3, 9};
  return iceberg::EncodeDeletionVector(positions);
}

TEST_F(DeletesTest, DeletionVectorsTakeRowsAway) {
  metadata("t").format_version = 3;
  CommitDelete(DeletionVector(*store_, data_path_, VectorBlob()));
  EXPECT_EQ(Query("select count(*), sum(a) from t"), "7|31");
  EXPECT_EQ(Query("select a from t where a between 1 and 4 order by a"), "1\n4");
}

TEST_F(DeletesTest, BrokenDeletionVectorsAreRefused) {
  metadata("t").format_version = 3;
  std::string blob = VectorBlob();
  blob[5] = 'x';
  CommitDelete(DeletionVector(*store_, data_path_, blob));
  EXPECT_THAT(TryQuery("select * from t"),
              testing::IsError(ErrorCode::kDataCorruption, "InvalidDeletionVector"));
}

TEST_F(DeletesTest, EachOfManyFilesIsReadOnce) {
  for (int i = 0; i < 9; ++i) {
    CommitDelete(PositionDelete("('" + data_path_ + "', " + std::to_string(i) + ")"));
  }
  store_->ResetCounters();
  EXPECT_EQ(Query("select a from t"), "9");
  EXPECT_EQ(store_->counters().reads, 1U + 10U + 9U + 1U) << "list, manifests, deletes, data";
  EXPECT_EQ(Query("select b from t"), "v9");
  EXPECT_EQ(store_->counters().reads, 1U + 10U + 9U + 1U);
  EXPECT_EQ(store_->counters().stats, 0U);
}

TEST_F(DeletesTest, AFileThatCannotBeReadIsNamed) {
  for (int i = 0; i < 4; ++i) {
    CommitDelete(PositionDelete("('" + data_path_ + "', " + std::to_string(i) + ")"));
  }
  store_->FailNext("/positions/data/", 100,
                   Error(ErrorCode::kPermissionDenied, "AccessDenied", "no"));
  const auto answer = TryQuery("select a from t");
  ASSERT_THAT(answer, testing::IsError(ErrorCode::kPermissionDenied, "AccessDenied"));
  EXPECT_NE(answer.error().FullMessage().find("s3://bucket/positions/data/"), std::string::npos);
}

// Many vectors of one Puffin file: each is read once.
TEST_F(DeletesTest, VectorsOfOneFileAreReadTogether) {
  std::string bytes = "PFA1";
  std::vector<iceberg::DataFile> vectors;
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto files,
                         Insert("insert into t values (" + std::to_string(100 + i) +
                                ", 'gone'), (" + std::to_string(200 + i) + ", 'kept')"));
    const std::string blob = iceberg::EncodeDeletionVector(iceberg::RowPositions{0});
    iceberg::DataFile file = DeletionVector(*store_, files.at(0).file_path, blob);
    file.content_offset_bytes = static_cast<std::int64_t>(bytes.size());
    file.record_count = 1;
    bytes += blob;
    vectors.push_back(std::move(file));
  }
  ASSERT_THAT(store_->Put(context_, vectors[0].file_path, bytes, objects::PutCondition::kAlways),
              testing::HasValue());
  metadata("t").format_version = 3;
  for (iceberg::DataFile& file : vectors) CommitDelete(std::move(file));
  EXPECT_EQ(Query("select a from t where a >= 100 order by a"), "200\n201\n202");
  store_->FailNext("dv.puffin", 1, Error(ErrorCode::kUnavailable, "SlowDown", "slow down"));
  EXPECT_THAT(TryQuery("select a from t where a >= 100"),
              testing::IsError(ErrorCode::kUnavailable, "SlowDown"));
}

class EqualityDeletesTest : public DeletesTest {
 protected:
  /// A delete file of the rows that the table `name` is given, about the columns `ids`.
  iceberg::DataFile Equality(const std::string& name, const std::string& rows,
                             std::vector<std::int32_t> ids) {
    auto files = Insert("insert into " + name + " values " + rows);
    EXPECT_THAT(files, testing::HasValue());
    iceberg::DataFile file = files->at(0);
    file.content = iceberg::FileContent::kEqualityDeletes;
    file.equality_ids = std::move(ids);
    return file;
  }
  void SetUp() override {
    DeletesTest::SetUp();
    CreateTable("keys", {Field("x", TypeKind::kInt)});
    CreateTable("pairs", {Field("x", TypeKind::kInt), Field("y", TypeKind::kString)});
  }
};

TEST_F(EqualityDeletesTest, TakeRowsAwayWhateverIsAsked) {
  CommitDelete(Equality("keys", "(0), (7), (100)", {1}));
  EXPECT_EQ(Query("select count(*) from t"), "8");
  EXPECT_EQ(Query("select count(*), min(a), sum(a) from t"), "8|1|38");
  EXPECT_EQ(Query("select b from t where a in (0, 1, 7, 8) order by b"), "v1\nv8");
  EXPECT_EQ(Query("select b from t where b like 'v%' and b <= 'v1' order by b"), "v1");
  EXPECT_EQ(Query("select count(*) from t x, t y where x.a = y.a"), "8");
  EXPECT_EQ(Query("select _pos from t where b = 'v8'"), "8");
  EXPECT_EQ(Query("select count(distinct _file) from t"), "1");
}

TEST_F(EqualityDeletesTest, LeaveRowsOfTheirOwnCommitAndLaterOnes) {
  CommitDelete(Equality("keys", "(0), (1)", {1}));
  ASSERT_THAT(Insert("insert into t values (0, 'again')"), testing::HasValue());
  EXPECT_EQ(Query("select b from t where a < 2"), "again");
  CommitDelete(Equality("keys", "(1), (2)", {1}));
  EXPECT_EQ(Query("select count(*) from t"), "8");
  CommitDelete(Equality("keys", "(0)", {1}));
  EXPECT_EQ(Query("select min(a), count(*) from t"), "3|7");
}

TEST_F(EqualityDeletesTest, CompareColumnsTogether) {
  CommitDelete(Equality("pairs", "(1, 'v1'), (2, 'v3'), (3, null), (null, 'v4')", {1, 2}));
  EXPECT_EQ(Query("select count(*), sum(a) from t"), "9|44");
  EXPECT_EQ(Query("select count(*) from t where b = 'v1'"), "0");
}

TEST_F(EqualityDeletesTest, NullIsEqualToNull) {
  ASSERT_THAT(Insert("insert into t values (null, 'n'), (10, null)"), testing::HasValue());
  CommitDelete(Equality("keys", "(null)", {1}));
  EXPECT_EQ(Query("select count(*), count(a) from t"), "11|11");
  CommitDelete(Equality("pairs", "(10, null)", {1, 2}));
  EXPECT_EQ(Query("select count(*), max(a) from t"), "10|9");
}

TEST_F(EqualityDeletesTest, SeveralSetsOfColumnsAndOtherDeletesApplyTogether) {
  CommitDelete(Equality("keys", "(0)", {1}));
  CommitDelete(Equality("pairs", "(1, 'v1')", {1, 2}));
  CommitDelete(PositionDelete("('" + data_path_ + "', 0), ('" + data_path_ + "', 2)"));
  EXPECT_EQ(Query("select min(a), count(*) from t"), "3|7");
  metadata("t").format_version = 3;
  CommitDelete(DeletionVector(*store_, data_path_, VectorBlob()));
  // The vector stands for all positions: row 2 is in it, row 0 is still deleted by its value.
  EXPECT_EQ(Query("select a from t order by a"), "4\n5\n6\n7\n8");
}

TEST_F(EqualityDeletesTest, ChangesPassDeletedRowsBy) {
  CommitDelete(Equality("keys", "(0), (1), (2), (3), (4)", {1}));
  ASSERT_OK_AND_ASSIGN(RowChange gone, Change("delete from t where a <= 5"));
  EXPECT_EQ(gone.deleted_rows, 1U);
  EXPECT_EQ(Query("select min(a), count(*) from t"), "6|4");
  ASSERT_OK_AND_ASSIGN(RowChange changed, Change("update t set b = 'new' where a in (3, 6)"));
  EXPECT_EQ(changed.updated_rows, 1U);
  EXPECT_EQ(Query("select a from t where b = 'new'"), "6");
  metadata("t").properties["write.delete.mode"] = "copy-on-write";
  Publish("t");
  ASSERT_THAT(Change("delete from t where a = 7"), testing::HasValue());
  EXPECT_EQ(Query("select a from t order by a"), "6\n8\n9");
}

TEST_F(EqualityDeletesTest, EachOfManyFilesIsReadOnce) {
  for (int i = 0; i < 9; ++i) CommitDelete(Equality("keys", "(" + std::to_string(i) + ")", {1}));
  store_->ResetCounters();
  EXPECT_EQ(Query("select b from t"), "v9");
  EXPECT_EQ(store_->counters().reads, 1U + 10U + 9U + 1U) << "list, manifests, deletes, data";
}

TEST_F(EqualityDeletesTest, BrokenOnesAreRefused) {
  iceberg::DataFile file = Equality("keys", "(0)", {});
  CommitDelete(file);
  EXPECT_THAT(TryQuery("select count(*) from t"),
              testing::IsError(ErrorCode::kDataCorruption, "DeleteFile"));
  file.equality_ids = {77};
  CommitDelete(file);
  EXPECT_THAT(TryQuery("select count(*) from t"),
              testing::IsError(ErrorCode::kDataCorruption, "DeleteFile"));
}

TEST_F(EqualityDeletesTest, OtherFormatsAreRefusedByName) {
  iceberg::DataFile file = Equality("keys", "(0)", {1});
  file.file_format = "AVRO";
  CommitDelete(file);
  const auto answer = TryQuery("select count(*) from t");
  ASSERT_THAT(answer, testing::IsError(ErrorCode::kUnsupported, "DeleteFileFormat"));
  EXPECT_NE(answer.error().message().find("'t'"), std::string::npos);
}

}  // namespace
}  // namespace firn::duck
