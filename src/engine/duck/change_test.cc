#include "engine/duck/engine_testing.h"
#include "lake/iceberg/scan_plan.h"

namespace firn::duck {
namespace {

using iceberg::TypeKind;

/// Version and mode of the table that every test changes.
struct Shape {
  const char* version;
  const char* mode;
};

class ChangeTest : public EngineTest, public ::testing::WithParamInterface<Shape> {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    CreateTable("t",
                {Field("p", TypeKind::kInt), Field("a", TypeKind::kInt),
                 Field("s", TypeKind::kString)},
                {{"p", "identity"}},
                {{"format-version", GetParam().version},
                 {"write.delete.mode", GetParam().mode},
                 {"write.update.mode", GetParam().mode},
                 {"write.merge.mode", GetParam().mode}});
    ASSERT_THAT(Insert("insert into t select x % 2, x, concat('v', x) from "
                       "table(generate_series(0, 9)) as g(x)"),
                testing::HasValue());
  }

  bool copies() const {
    return std::string(GetParam().mode) == "copy-on-write" ||
           std::string(GetParam().version) == "1";
  }
  std::string Rows() { return Query("select a, s from t order by a, s"); }
};

INSTANTIATE_TEST_SUITE_P(Shapes, ChangeTest,
                         ::testing::Values(Shape{"1", "merge-on-read"}, Shape{"2", "merge-on-read"},
                                           Shape{"2", "copy-on-write"}, Shape{"3", "merge-on-read"},
                                           Shape{"3", "copy-on-write"}),
                         [](const auto& shape) {
                           return std::string("v") + shape.param.version +
                                  (shape.param.mode[0] == 'c' ? "Copies" : "Deletes");
                         });

TEST_P(ChangeTest, DeleteTakesRowsAndKeepsTheRest) {
  ASSERT_OK_AND_ASSIGN(const RowChange change, Change("delete from t where a in (1, 2, 7)"));
  EXPECT_EQ(change.deleted_rows, 3U);
  EXPECT_EQ(Query("select count(*), sum(a) from t"), "7|35");
  EXPECT_EQ(Query("select s from t where a in (1, 3) order by a"), "v3");
  // A second one adds to the first.
  ASSERT_OK_AND_ASSIGN(const RowChange again, Change("delete from t where a in (2, 3, 4)"));
  EXPECT_EQ(again.deleted_rows, 2U) << "2 is gone already";
  EXPECT_EQ(Query("select count(*), sum(a) from t"), "5|28");
  ASSERT_THAT(Insert("insert into t values (0, 2, 'again')"), testing::HasValue());
  EXPECT_EQ(Query("select s from t where a = 2"), "again");
  if (std::string(GetParam().version) == "3" && !copies()) {
    // One vector a data file, whatever the number of deletes.
    EXPECT_EQ(metadata("t").current_snapshot()->summary.at("total-delete-files"), "2");
  }
}

TEST_P(ChangeTest, AFileOfWhichNothingIsLeftGoesWhole) {
  ASSERT_OK_AND_ASSIGN(const RowChange change, Change("delete from t where p = 1"));
  EXPECT_EQ(change.removed.size(), 1U);
  EXPECT_TRUE(change.added.empty()) << "nothing was written";
  EXPECT_EQ(Query("select count(*), min(p) from t"), "5|0");
  ASSERT_THAT(Change("delete from t where a < 4"), testing::HasValue());
  ASSERT_OK_AND_ASSIGN(const RowChange rest, Change("delete from t where true"));
  EXPECT_EQ(rest.deleted_rows, 3U);
  EXPECT_EQ(rest.removed.size(), 1U);
  EXPECT_EQ(Query("select count(*) from t"), "0");
}

TEST_P(ChangeTest, NothingToDeleteIsNoChange) {
  ASSERT_OK_AND_ASSIGN(const RowChange change, Change("delete from t where a > 100"));
  EXPECT_TRUE(change.added.empty());
  EXPECT_TRUE(change.removed.empty());
}

TEST_P(ChangeTest, DeleteUsingOtherRows) {
  ASSERT_OK_AND_ASSIGN(
      const RowChange change,
      Change("delete from t using (select 3 as k union all select 3 union all select 5) as o "
             "where t.a = o.k"));
  EXPECT_EQ(change.deleted_rows, 2U);
  EXPECT_EQ(Query("select count(*), sum(a) from t"), "8|37");
  ASSERT_THAT(Change("delete from t where a = (select max(a) from t) or s is null"),
              testing::HasValue());
  EXPECT_EQ(Query("select max(a) from t"), "8");
}

TEST_P(ChangeTest, UpdateWritesTheNewRow) {
  ASSERT_OK_AND_ASSIGN(const RowChange change,
                       Change("update t set s = concat(s, '!'), a = a + 100 where a >= 8"));
  EXPECT_EQ(change.updated_rows, 2U);
  EXPECT_EQ(Query("select a, s from t where a > 7 order by a"), "108|v8!\n109|v9!");
  EXPECT_EQ(Query("select count(*) from t"), "10");
  // The partition follows the row.
  ASSERT_THAT(Change("update t set p = 7 where a = 108"), testing::HasValue());
  EXPECT_EQ(Query("select p from t where a = 108"), "7");
  EXPECT_EQ(Query("select count(*), count(distinct a) from t"), "10|10");
}

TEST_P(ChangeTest, UpdateFromOtherRows) {
  ASSERT_THAT(Change("update t set s = o.name from (select 1 as k, 'one' as name union all "
                     "select 2, 'two') as o where t.a = o.k"),
              testing::HasValue());
  EXPECT_EQ(Query("select s from t where a < 3 order by a"), "v0\none\ntwo");
  EXPECT_THAT(Change("update t set s = o.name from (select 1 as k, 'x' as name union all "
                     "select 1, 'y') as o where t.a = o.k"),
              testing::IsError(ErrorCode::kInvalidArgument, "MultipleMatches"));
  EXPECT_EQ(Query("select s from t where a = 1"), "one");
}

TEST_P(ChangeTest, MergeDoesAllThree) {
  ASSERT_OK_AND_ASSIGN(
      const RowChange change,
      Change("merge into t using (select x as k, concat('m', x) as name from "
             "table(generate_series(7, 12)) as g(x)) as src on t.a = src.k "
             "when matched and t.a = 8 then delete "
             "when matched then update set s = src.name "
             "when not matched and src.k < 12 then insert (p, a, s) values (5, src.k, src.name)"));
  EXPECT_EQ(change.deleted_rows, 1U);
  EXPECT_EQ(change.updated_rows, 2U);
  EXPECT_EQ(change.inserted_rows, 2U);
  EXPECT_EQ(Query("select p, a, s from t where a >= 6 order by a"),
            "0|6|v6\n1|7|m7\n1|9|m9\n5|10|m10\n5|11|m11");
  EXPECT_EQ(Query("select count(*) from t"), "11");
  EXPECT_THAT(Change("merge into t using (select 1 as k union all select 1) as src on t.a = src.k "
                     "when matched then delete"),
              testing::IsError(ErrorCode::kInvalidArgument, "MultipleMatches"));
}

TEST_P(ChangeTest, OnlyTheFilesTouchedAreWritten) {
  ASSERT_THAT(Insert("insert into t values (0, 50, 'x'), (1, 51, 'y')"), testing::HasValue());
  ASSERT_OK_AND_ASSIGN(const RowChange change, Change("delete from t where a = 3"));
  if (copies()) {
    ASSERT_EQ(change.removed.size(), 1U);
    ASSERT_EQ(change.added.size(), 1U);
    EXPECT_EQ(change.added[0].record_count, 4);
  } else {
    EXPECT_TRUE(change.removed.empty());
    ASSERT_EQ(change.added.size(), 1U);
    EXPECT_EQ(change.added[0].record_count, 1);
    EXPECT_EQ(change.added[0].partition, (iceberg::PartitionTuple{iceberg::Literal::Int(1)}));
  }
}

TEST_P(ChangeTest, WhatDoesNotFitIsRefused) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"delete from t where nope = 1", "UnknownColumn"},
      {"update t set nope = 1", "UnknownColumn"},
      {"update t set a = 1, a = 2", "DuplicateColumn"},
      {"update t set a = 'no number'", "DataOutOfRange"},
      {"merge into t using (select 1 as k) as s on t.a = s.k when not matched then insert (a) "
       "values (1, 2)", "ColumnCountMismatch"},
      {"merge into t using (select 99 as k) as s on t.a = s.k when not matched then insert "
       "values (1, 2)", "ColumnCountMismatch"},
  };
  for (const auto& [text, reason] : cases) {
    EXPECT_THAT(Change(text), testing::IsError(ErrorCode::kInvalidArgument, reason)) << text;
  }
  EXPECT_EQ(Query("select count(*), sum(a) from t"), "10|45");
}

}  // namespace
}  // namespace firn::duck
