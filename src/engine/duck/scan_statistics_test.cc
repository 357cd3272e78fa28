#include "engine/duck/engine_testing.h"
#include "lake/iceberg/table_metadata.h"

namespace firn::duck {
namespace {

using iceberg::TypeKind;

/// Data files of these tests cannot be read once DataIsGone was called: what still has an answer
/// has it from metadata.
class ScanStatisticsTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    CreateTable("t",
                {Field("p", TypeKind::kInt), Field("a", TypeKind::kInt),
                 Field("s", TypeKind::kString), Field("d", TypeKind::kDouble)},
                {{"p", "identity"}});
    ASSERT_THAT(Insert("insert into t values (1, 10, 'x', 1.5), (1, 11, 'y', -2), (2, 5, null, 3), "
                       "(2, null, 'a long text, longer than a bound', null), (2, 6, 'q', 1)"),
                testing::HasValue());
    ASSERT_THAT(Insert("insert into t values (3, 30, 'z', 0), (null, 40, 'n', 9)"),
                testing::HasValue());
  }

  void DataIsGone() {
    store_->FailNext("/data/", 1'000'000,
                     Error(ErrorCode::kUnavailable, "DataIsGone", "no data file can be read"));
  }
  bool NeedsData(const std::string& query) {
    const auto answer = TryQuery(query);
    return !answer && answer.error().reason() == "DataIsGone";
  }
};

TEST_F(ScanStatisticsTest, CountsAndExtremesComeFromMetadata) {
  DataIsGone();
  EXPECT_EQ(Query("select count(*) from t"), "7");
  EXPECT_EQ(Query("select min(a), max(a), count(*) from t"), "5|40|7");
  EXPECT_EQ(Query("select min(p), max(p) from t where p is not null"), "1|3");
  EXPECT_EQ(Query("select count(*) from t where p = 2"), "3");
  EXPECT_EQ(Query("select count(*) from t where p in (1, 3)"), "3");
  EXPECT_EQ(Query("select count(*), max(a) from t where p is null"), "1|40");
  EXPECT_EQ(Query("select count(*) from t where p > 1 and p < 3"), "3");
  EXPECT_EQ(Query("select count(*) from t where p = 7"), "0");
  EXPECT_EQ(Query("select count(*) from t where a >= 30 and p is not null"), "1");
}

TEST_F(ScanStatisticsTest, WhatMetadataDoesNotSayIsRead) {
  DataIsGone();
  EXPECT_TRUE(NeedsData("select count(a) from t where p <> 1"));
  EXPECT_TRUE(NeedsData("select count(*) from t where a = 10"));
  EXPECT_TRUE(NeedsData("select max(s) from t"));
  EXPECT_TRUE(NeedsData("select count(*) from t group by s"));
  EXPECT_TRUE(NeedsData("select count(distinct a) from t"));
}

TEST_F(ScanStatisticsTest, DeletedRowsAreNotCounted) {
  metadata("t").format_version = 2;
  ASSERT_THAT(Change("delete from t where a = 11"), testing::HasValue());
  EXPECT_EQ(Query("select count(*), max(a) from t where p = 1"), "1|10");
  EXPECT_EQ(Query("select count(*) from t"), "6");
  DataIsGone();
  EXPECT_EQ(Query("select count(*) from t where p = 2"), "3");
}

TEST_F(ScanStatisticsTest, DeletesOfWholeFilesOpenNone) {
  DataIsGone();
  ASSERT_OK_AND_ASSIGN(RowChange change, Change("delete from t where p = 2"));
  EXPECT_EQ(change.deleted_rows, 3U);
  EXPECT_EQ(change.removed.size(), 1U);
  EXPECT_TRUE(change.added.empty());
  EXPECT_EQ(Query("select count(*) from t"), "4");
  ASSERT_OK_AND_ASSIGN(change, Change("delete from t where a between 30 and 45 and p = 3"));
  EXPECT_EQ(change.deleted_rows, 1U);
  ASSERT_OK_AND_ASSIGN(change, Change("delete from t where p = 99"));
  EXPECT_EQ(change.deleted_rows, 0U);
  EXPECT_THAT(Change("delete from t where a = 10"),
              testing::IsError(ErrorCode::kUnavailable, "DataIsGone"));
  ASSERT_OK_AND_ASSIGN(change, Change("delete from t"));
  EXPECT_EQ(change.deleted_rows, 3U);
  EXPECT_EQ(Query("select count(*) from t"), "0");
}

TEST_F(ScanStatisticsTest, DeletesOfPartsOfFilesReadWhatTheyMust) {
  // One file whole, one in part, the others not.
  ASSERT_OK_AND_ASSIGN(RowChange change, Change("delete from t where p = 3 or a = 5"));
  EXPECT_EQ(change.deleted_rows, 2U);
  EXPECT_EQ(Query("select p, a from t order by p, a"), "NULL|40\n1|10\n1|11\n2|NULL\n2|6");
  ASSERT_OK_AND_ASSIGN(change,
                       Change("delete from t where p = 1 and a in (select a from t where a = 11)"));
  EXPECT_EQ(change.deleted_rows, 1U);
  ASSERT_OK_AND_ASSIGN(change, Change("delete from t where p = 1 and s like '%q%'"));
  EXPECT_EQ(change.deleted_rows, 0U);
  ASSERT_OK_AND_ASSIGN(change, Change("delete from t where p = 1 and rand() > 2"));
  EXPECT_EQ(change.deleted_rows, 0U);
  ASSERT_OK_AND_ASSIGN(change, Change("delete from t where rand() > 2"));
  EXPECT_EQ(change.deleted_rows, 0U);
  ASSERT_OK_AND_ASSIGN(change, Change("delete from t where 1 = 0"));
  EXPECT_EQ(change.deleted_rows, 0U);
  EXPECT_EQ(Query("select count(*) from t"), "4");
}

TEST_F(ScanStatisticsTest, DistinctCountsOfStatisticsFilesReachTheOptimizer) {
  metadata("t").statistics = json::array{
      json::object{{"snapshot-id", 1},
                   {"statistics-path", "s3://bucket/t/metadata/stats.puffin"},
                   {"blob-metadata",
                    json::array{json::object{{"type", "apache-datasketches-theta-v1"},
                                             {"snapshot-id", 1},
                                             {"sequence-number", 1},
                                             {"fields", json::array{2}},
                                             {"properties", json::object{{"ndv", "3"}}}},
                                json::object{{"type", "unheard-of"}, {"fields", "none"}}, 17}}},
      "no object"};
  Publish("t");
  EXPECT_EQ(Query("select count(*) from t x join t y on x.a = y.a"), "6");
}

TEST_F(ScanStatisticsTest, AppendsAreReadAlone) {
  const auto id = [&](std::size_t i) {
    return std::to_string(metadata("t").snapshots.at(i).snapshot_id);
  };
  metadata("t").format_version = 2;
  ASSERT_THAT(Change("delete from t where a = 30"), testing::HasValue());
  ASSERT_THAT(Insert("insert into t values (5, 50, 'v', 1)"), testing::HasValue());
  const std::string from = "select a from table(table_appends('lake.db.t', " + id(0);
  EXPECT_EQ(Query(from + ")) order by a"), "30\n40\n50");
  EXPECT_EQ(Query(from + ", " + id(1) + ")) order by a"), "30\n40");
  EXPECT_EQ(Query(from + ", " + id(0) + "))"), "");
  EXPECT_EQ(Query(from + ")) where p = 5"), "50");
  EXPECT_EQ(Query("select count(*) from table(table_appends('t', " + id(1) + ")) as n"), "1");
  EXPECT_THAT(TryQuery("select * from table(table_appends('t', 1))"),
              testing::IsError(ErrorCode::kNotFound, "NoSuchSnapshot"));
  EXPECT_THAT(TryQuery("select * from table(table_appends('t', " + id(1) + ", " + id(0) + "))"),
              testing::IsError(ErrorCode::kInvalidArgument, "NoAncestor"));
  for (const char* bad : {"'t'", "t, 1", "'t', 'x'", "'t', 1, 2, 3", "'a.b.c.d', 1"}) {
    EXPECT_THAT(TryQuery("select * from table(table_appends(" + std::string(bad) + "))"),
                testing::IsError(ErrorCode::kInvalidArgument, "AnalysisError"))
        << bad;
  }
}

}  // namespace
}  // namespace firn::duck
