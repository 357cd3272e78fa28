#include "engine/duck/engine_testing.h"
#include "engine/duck/limits.h"

/// What a statement asks of the store.

namespace firn::duck {
namespace {

using iceberg::TypeKind;
using ::testing::HasSubstr;

class ScanReadsTest : public EngineTest {
 protected:
  /// Each of `rows` in a file and a manifest of its own.
  void Fill(const std::string& table, const std::vector<std::string>& rows) {
    for (const std::string& row : rows) {
      ASSERT_THAT(Insert("insert into " + table + " values " + row), testing::HasValue()) << row;
    }
  }
  void CreateNumbers(const std::string& name, int file_count) {
    CreateTable(name, {Field("id", TypeKind::kLong), Field("s", TypeKind::kString)});
    std::vector<std::string> rows;
    for (int i = 0; i < file_count; ++i) {
      rows.push_back("(" + std::to_string(100 * i) + ", 'a'), (" + std::to_string(100 * i + 9) +
                     ", 'b')");
    }
    Fill(name, rows);
  }
  /// A file of `row_count` rows: `id` ascending, the rest scattered, so that it does not compress.
  void CreateWide(const std::string& name, int row_count) {
    CreateTable(name,
                {Field("id", TypeKind::kLong), Field("a", TypeKind::kLong),
                 Field("b", TypeKind::kLong), Field("c", TypeKind::kLong)},
                {}, properties_);
    ASSERT_OK_AND_ASSIGN(
        const auto files,
        Insert("insert into " + name +
               " select x, (x * 7919) % 1000003, (x * 104729) % 1000003, (x * 1299709) % 1000003 "
               "from table(generate_series(1, " +
               std::to_string(row_count) + ")) as g(x) order by x"));
    ASSERT_EQ(files.size(), 1U);
    file_bytes_ = static_cast<std::uint64_t>(files[0].file_size_bytes);
    ASSERT_EQ(Query("select count(*) from " + name + " where id < 0"), "0");  // Reads the manifest.
  }
  iceberg::Properties properties_;
  std::uint64_t file_bytes_ = 0;

  /// Reads of the store that the query makes.
  std::uint64_t ReadsOf(const std::string& query, const std::string& answer) {
    store_->ResetCounters();
    EXPECT_EQ(Query(query), answer) << query;
    EXPECT_EQ(store_->counters().stats, 0U) << query;
    return store_->counters().reads;
  }
};

TEST_F(ScanReadsTest, ManifestsAreReadOnceForAllStatementsAndSessions) {
  CreateNumbers("t", 3);
  EXPECT_EQ(ReadsOf("select count(nullif(s, '')) from t where id >= 100", "4"), 1U + 3U + 2U)
      << "the list, the manifests, and the files that may match";
  EXPECT_EQ(ReadsOf("select count(nullif(s, '')) from t where id >= 100", "4"), 0U);
  EXPECT_EQ(ReadsOf("select count(nullif(s, '')) from t where id < 100", "2"), 1U)
      << "another predicate looks through the same manifests";
  ASSERT_OK_AND_ASSIGN(connection_, engine_->Connect());
  EXPECT_EQ(ReadsOf("select count(nullif(s, '')) from t", "6"), 0U) << "another session";
  Fill("t", {"(1000, 'c')"});
  EXPECT_EQ(ReadsOf("select count(nullif(s, '')) from t", "7"), 3U)
      << "after a commit: its list, its manifest, its file";
}

TEST_F(ScanReadsTest, ManifestsAreKeptUnderTheirScopeOnly) {
  CreateNumbers("t", 2);
  EXPECT_EQ(ReadsOf("select count(nullif(s, '')) from t", "4"), 1U + 2U + 2U);
  auto& pinned = std::get<PinnedTable>(tables_.tables.at("lake.db.t"));
  pinned.cache_scope = "another";
  EXPECT_EQ(ReadsOf("select count(nullif(s, '')) from t", "4"), 1U + 2U);
  pinned.cache_scope = "";
  EXPECT_EQ(ReadsOf("select count(nullif(s, '')) from t", "4"), 1U + 2U);
  EXPECT_EQ(ReadsOf("select count(nullif(s, '')) from t", "4"), 1U + 2U)
      << "without a scope nothing is kept";
}

TEST_F(ScanReadsTest, ASmallFileIsOneReadHoweverManyThereAre) {
  CreateNumbers("t", 60);
  EXPECT_EQ(ReadsOf("select count(nullif(s, '')), sum(id) from t", "120|354540"), 1U + 60U + 60U);
  EXPECT_EQ(ReadsOf("select sum(id) from t", "354540"), 0U);
}

// Larger than what DuckDB takes for a footer: its handles for footer and threads share one request.
TEST_F(ScanReadsTest, AFileUpToTheLimitIsOneRequestOfItsBytes) {
  CreateWide("t", 100'000);
  ASSERT_GT(file_bytes_, 512U << 10);
  ASSERT_LE(file_bytes_, kWholeFileBytesMax);
  EXPECT_EQ(ReadsOf("select sum(id), count(nullif(a, -1)), count(nullif(b, -1)), "
                    "count(nullif(c, -1)) from t",
                    "5000050000|100000|100000|100000"),
            1U);
  EXPECT_EQ(store_->counters().read_bytes, file_bytes_);
}

TEST_F(ScanReadsTest, APointOfASmallFileIsOneRequestOfItsBytes) {
  CreateWide("t", 100'000);
  EXPECT_EQ(ReadsOf("select a from t where id = 5", "39595"), 1U);
  EXPECT_EQ(store_->counters().read_bytes, file_bytes_);
  EXPECT_EQ(ReadsOf("select a from t where id = 6", "47514"), 0U);
}

TEST_F(ScanReadsTest, OfASmallFileWhoseFooterIsKnownOnlyItsColumnsAreRead) {
  CreateWide("t", 100'000);
  ASSERT_EQ(Query("select count(nullif(a, -1)) from t"), "100000");
  EXPECT_EQ(ReadsOf("select count(nullif(b, -1)) from t", "100000"), 1U);
  EXPECT_LT(store_->counters().read_bytes, file_bytes_ / 2);
}

TEST_F(ScanReadsTest, ALimitReadsAheadAFewFilesOnly) {
  CreateNumbers("t", 60);
  // Each of the two threads may open one more file before the limit reaches it.
  EXPECT_LE(ReadsOf("select count(*) from (select id from t limit 1) as x", "1"),
            1U + 60U + kReadAheadRunFilesMin + 2U);
}

TEST_F(ScanReadsTest, AFileThatCannotBeReadIsNamed) {
  CreateNumbers("t", 20);
  store_->FailNext("/t/data/", 100, Error(ErrorCode::kPermissionDenied, "AccessDenied", "no"));
  const auto answer = TryQuery("select sum(id) from t");
  ASSERT_THAT(answer, testing::IsError(ErrorCode::kPermissionDenied, "AccessDenied"));
  EXPECT_THAT(answer.error().FullMessage(), HasSubstr("s3://bucket/t/data/"));
}

// Three row groups of five columns: whatever a query asks for, a row group is a few ranges.
TEST_F(ScanReadsTest, ALargeFileIsReadInFewRanges) {
  CreateTable(
      "t", {Field("a", TypeKind::kLong), Field("b", TypeKind::kLong), Field("c", TypeKind::kLong),
            Field("d", TypeKind::kLong), Field("e", TypeKind::kLong)});
  ASSERT_THAT(
      Insert("insert into t select x % 1000003, (x * 7919) % 1000003, (x * 104729) % 1000003, "
             "(x * 1299709) % 1000003, (x * 15485863) % 1000003 from "
             "table(generate_series(1, 300000)) as g(x)"),
      testing::HasValue());
  ASSERT_EQ(Query("select count(*) from t where a < 0"), "0");  // The manifest is in memory now.
  const std::uint64_t file_count = 2;                           // One a writing thread at most.
  const std::string sums = Query(
      "select sum(x), count(*) from (select x % 1000003 as x from "
      "table(generate_series(1, 300000)) as g(x)) as s");
  EXPECT_LE(ReadsOf("select sum(a), count(*) from t", sums), file_count + 3U + file_count)
      << "a footer a file, a range a row group";
  store_->ResetCounters();
  ASSERT_OK_AND_ASSIGN(const auto rows, TryQuery("select sum(b), sum(d), sum(e) from t"));
  EXPECT_LE(store_->counters().reads, 2U * (3U + file_count)) << "b alone, d and e together";
  store_->ResetCounters();
  ASSERT_OK_AND_ASSIGN(const auto again, TryQuery("select sum(b), sum(d), sum(e) from t"));
  EXPECT_EQ(rows, again);
  EXPECT_EQ(store_->counters().reads, 0U);
}

TEST_F(ScanReadsTest, OfALargeFileTwoColumnsAreReadAlone) {
  CreateWide("t", 400'000);
  ASSERT_GT(file_bytes_, kWholeFileBytesMax);
  ASSERT_GT(file_bytes_, 2U << 20);
  // A footer, and of each of the four row groups two ranges.
  EXPECT_LE(ReadsOf("select count(nullif(a, -1)), count(nullif(c, -1)) from t", "400000|400000"),
            1U + 4U * 2U);
  EXPECT_LT(store_->counters().read_bytes, file_bytes_ * 3 / 4);
  EXPECT_LE(ReadsOf("select count(nullif(id, -1)), count(nullif(c, -1)) from t", "400000|400000"),
            4U)
      << "c is in memory";
  EXPECT_LT(store_->counters().read_bytes, file_bytes_ / 2);
}

// `id` ascends: one of many row groups may hold a key, and its columns alone are fetched.
TEST_F(ScanReadsTest, OfManyRowGroupsOnlyTheOneThatMayMatchIsRead) {
  properties_ = {{"write.parquet.row-group-size-bytes", "1048576"}};
  CreateWide("t", 500'000);
  ASSERT_GT(file_bytes_, 3U << 20);
  const std::string value = std::to_string(250'000LL * 7919 % 1'000'003);
  EXPECT_LE(ReadsOf("select a from t where id = 250000", value), 5U)
      << "the footer, whose length is not known before, perhaps a Bloom filter, id and a";
  EXPECT_LT(store_->counters().read_bytes, file_bytes_ / 8);
  EXPECT_EQ(ReadsOf("select a from t where id < 0 or id > 1000000", ""), 0U);
}

TEST_F(ScanReadsTest, WhatNoRowNeedsIsNotFetchedAhead) {
  properties_ = {{"write.parquet.row-group-size-bytes", "1048576"}};
  CreateWide("t", 500'000);
  // No statistics rule a group out, and no row passes: of four columns one is read.
  EXPECT_GT(ReadsOf("select b, c from t where a % 1000003 = 1000002 and a < 1000001", ""), 4U);
  EXPECT_LT(store_->counters().read_bytes, file_bytes_ / 2);
}

// The smaller side of a join is read first; what its keys rule out on the other is never opened.
TEST_F(ScanReadsTest, AJoinOpensOnlyFilesThatItsKeysMayMatch) {
  CreateNumbers("big", 8);
  CreateTable("small", {Field("id", TypeKind::kLong)});
  Fill("small", {"(309), (300)"});
  ASSERT_EQ(Query("select sum(id) from small"), "609");
  ASSERT_EQ(Query("select count(*) from big where id < 0"), "0");
  EXPECT_EQ(
      ReadsOf("select count(nullif(big.s, '')) from big join small on big.id = small.id", "2"), 1U)
      << "one of eight files; the manifests and the small table are in memory";
  EXPECT_EQ(
      ReadsOf("select count(nullif(big.s, '')) from big where id in (select id from small)", "2"),
      0U);
}

TEST_F(ScanReadsTest, AJoinOpensOnlyPartitionsThatItsKeysMayMatch) {
  CreateTable("big", {Field("at", TypeKind::kTimestamp), Field("n", TypeKind::kInt)},
              {{"at", "day"}}, {{"write.metadata.metrics.default", "none"}});
  Fill("big",
       {"('2024-01-01 01:00:00', 1), ('2024-01-02 01:00:00', 2), ('2024-01-03 01:00:00', 3), "
        "('2024-01-04 01:00:00', 4), ('2024-01-05 01:00:00', 5)"});
  CreateTable("small", {Field("at", TypeKind::kTimestamp)});
  Fill("small", {"('2024-01-02 01:00:00')"});
  ASSERT_EQ(Query("select count(distinct at) from small"), "1");
  ASSERT_EQ(Query("select sum(n) from big where at < '2024-01-01 02:00:00'"), "1");
  EXPECT_EQ(ReadsOf("select sum(big.n) from big join small on big.at = small.at", "2"), 1U)
      << "one of five files";
}

}  // namespace
}  // namespace firn::duck
