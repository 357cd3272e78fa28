#include "engine/duck/engine_testing.h"
#include "lake/iceberg/table_metadata.h"

namespace firn::duck {
namespace {

using iceberg::TypeKind;

constexpr const char* kLineage =
    "select a, s, _row_id, _last_updated_sequence_number from t order by a";

class RowLineageTest : public EngineTest, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    CreateTable("t", {Field("a", TypeKind::kInt), Field("s", TypeKind::kString)}, {},
                {{"write.delete.mode", GetParam()},
                 {"write.update.mode", GetParam()},
                 {"write.merge.mode", GetParam()}});
    metadata("t").format_version = 3;
    Publish("t");
    ASSERT_THAT(Insert("insert into t values (0, 'a'), (1, 'b'), (2, 'c')"), testing::HasValue());
    ASSERT_THAT(Insert("insert into t values (3, 'd')"), testing::HasValue());
  }
};

TEST_P(RowLineageTest, IsInheritedAndCarriedOver) {
  EXPECT_EQ(Query(kLineage), "0|a|0|1\n1|b|1|1\n2|c|2|1\n3|d|3|2");
  ASSERT_THAT(Change("update t set s = 'B' where a = 1"), testing::HasValue());
  EXPECT_EQ(Query(kLineage), "0|a|0|1\n1|B|1|3\n2|c|2|1\n3|d|3|2");
  ASSERT_THAT(Change("delete from t where a = 0"), testing::HasValue());
  EXPECT_EQ(Query(kLineage), "1|B|1|3\n2|c|2|1\n3|d|3|2");
  ASSERT_THAT(Change("merge into t using (select 2 as k union all select 9) as n on t.a = n.k "
                     "when matched then update set s = 'C' "
                     "when not matched then insert (a, s) values (n.k, 'new')"),
              testing::HasValue());
  EXPECT_EQ(Query("select a, _row_id, _last_updated_sequence_number from t where a < 9 order by a"),
            "1|1|3\n2|2|5\n3|3|2");
  EXPECT_EQ(Query("select _row_id > 3, _last_updated_sequence_number from t where a = 9"), "1|5");
  EXPECT_EQ(Query("select count(distinct _row_id) from t"), "4");
}

TEST_P(RowLineageTest, FiltersAndJoinsLookAtIdsNotPositions) {
  ASSERT_THAT(Change("update t set s = 'x' where a = 2"), testing::HasValue());
  EXPECT_EQ(Query("select a from t where _row_id = 2"), "2");
  EXPECT_EQ(Query("select a from t where _row_id >= 2 order by a"), "2\n3");
  EXPECT_EQ(Query("select a, _pos >= 0 from t where _row_id in (0, 3) order by a"), "0|1\n3|1");
  EXPECT_EQ(Query("select x.a, y.a from t x join t y on x._row_id = y._row_id + 1 order by 1"),
            "1|0\n2|1\n3|2");
  EXPECT_EQ(Query("select count(*) from t where _last_updated_sequence_number = 3"), "1");
  EXPECT_EQ(Query("select max(_row_id), min(_row_id) from t"), "3|0");
}

INSTANTIATE_TEST_SUITE_P(Modes, RowLineageTest,
                         ::testing::Values("merge-on-read", "copy-on-write"));

using NoLineageTest = EngineTest;

TEST_F(NoLineageTest, OlderTablesHaveNoSuchColumns) {
  CreateTable("t", {Field("a", TypeKind::kInt)});
  EXPECT_THAT(TryQuery("select _row_id from t"),
              testing::IsError(ErrorCode::kInvalidArgument, "UnknownColumn"));
}

}  // namespace
}  // namespace firn::duck
