#include "cloud/ledger/schema.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result_testing.h"
#include "cloud/ledger/iam_rows.h"
#include "cloud/ledger/s3_rows.h"
#include "cloud/ledger/s3tables_rows.h"
#include "cloud/ledger/session_rows.h"

/// A ledger that an older Firn wrote opens with all its rows. The rows are written in the layout of
/// each set's first step, as that Firn had it; nothing here may follow the tables of today.

namespace firn::ledger {
namespace {

using ::firn::testing::HasValue;

constexpr std::string_view kOldRows[] = {
    "INSERT INTO iam_entities VALUES('1', 'user', 'eve', 'Eve', '/', 'AIDA1', 5, '', '', '', 3600)",
    "INSERT INTO iam_access_keys VALUES('AKIA1', '1', 'user', 'eve', x'01', 1, 5, NULL, '', '')",
    "INSERT INTO iam_policies VALUES('arn:p', '1', 'p', 'P', '/', 'ANPA1', '', 1, 1, 5, 5)",
    "INSERT INTO iam_policy_versions VALUES('arn:p', 1, '{}', 5)",
    "INSERT INTO iam_attachments VALUES('1', 'user', 'eve', 'arn:p')",
    "INSERT INTO iam_inline_policies VALUES('1', 'user', 'eve', 'inline', '{}')",
    "INSERT INTO iam_tags VALUES('1', 'user', 'eve', 'team', 'ice')",
    "INSERT INTO sessions VALUES('ASIA1', '1', x'02', x'03', 'role', 'r', 's', '[]', '{}', 5, 9)",
    "INSERT INTO lf_settings VALUES('1', 'us-east-1', '{}')",
    "INSERT INTO lf_grants VALUES(1, '1', 'us-east-1', 'arn:u', 'DATABASE', '1', 'd', '', '', '', 1, 0, 5, 'r')",
    "INSERT INTO s3_buckets VALUES('plain', '', 5)",
    "INSERT INTO s3_objects VALUES('plain', 'k', 'f1', 3, 'e', 'CRC32', 'c', 0, 't', '{}', 0, 5)",
    "INSERT INTO s3_uploads VALUES('up', 'plain', 'k2', '', 0, 't', '{}', 5)",
    "INSERT INTO s3_parts VALUES('up', 1, 'f2', 3, 'e', '', '', 5)",
    "INSERT INTO table_buckets VALUES('b1', 'lake', 5)",
    "INSERT INTO namespaces VALUES('n1', 'b1', 'space', '{}', 'arn:u', 5)",
    "INSERT INTO tables VALUES('t1', 'b1', 'n1', 't', 'w', 's3://w/m', 'v', 'arn:u', 'arn:u', 5, 5)",
    "INSERT INTO s3tables_settings VALUES('b1', 'policy', '{}')",
};

constexpr std::string_view kCountOfAll =
    "SELECT (SELECT count(*) FROM iam_entities) + (SELECT count(*) FROM iam_access_keys) + "
    "(SELECT count(*) FROM iam_policies) + (SELECT count(*) FROM iam_policy_versions) + "
    "(SELECT count(*) FROM iam_attachments) + (SELECT count(*) FROM iam_inline_policies) + "
    "(SELECT count(*) FROM iam_tags) + (SELECT count(*) FROM sessions) + "
    "(SELECT count(*) FROM lf_settings) + (SELECT count(*) FROM lf_grants) + "
    "(SELECT count(*) FROM s3_buckets) + (SELECT count(*) FROM s3_objects) + "
    "(SELECT count(*) FROM s3_uploads) + (SELECT count(*) FROM s3_parts) + "
    "(SELECT count(*) FROM table_buckets) + (SELECT count(*) FROM namespaces) + "
    "(SELECT count(*) FROM tables) + (SELECT count(*) FROM s3tables_settings)";

/// The sets as they were when none had more than so many steps.
std::vector<MigrationSet> SetsOfOldFirn(std::size_t steps) {
  std::vector<MigrationSet> sets(AllMigrations().begin(), AllMigrations().end());
  for (MigrationSet& set : sets) set.steps = set.steps.first(std::min(steps, set.steps.size()));
  return sets;
}

class SchemaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "firn_schema_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    ASSERT_OK_AND_ASSIGN(const auto old, Ledger::Open(file(), SetsOfOldFirn(1)));
    ASSERT_THAT(old->Write([](Transaction& transaction) -> Status {
      for (const std::string_view row : kOldRows) {
        FIRN_TRY(transaction.Execute(row));
      }
      return Ok();
    }),
                HasValue());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file() const { return folder_ / "ledger.sqlite"; }

  void ExpectAllRows(Ledger& ledger) {
    EXPECT_THAT(ledger.CheckIntegrity(), HasValue());
    const auto [rows, orphans] = std::pair{Ask(ledger, kCountOfAll),
                                           Ask(ledger, "SELECT count(*) FROM pragma_foreign_key_check")};
    EXPECT_EQ(rows, std::ssize(kOldRows));
    EXPECT_EQ(orphans, 0);
  }

  static std::int64_t Ask(Ledger& ledger, std::string_view question) {
    const auto answer =
        ledger.Read([&](Transaction& transaction) { return transaction.QueryInt64(question); });
    EXPECT_THAT(answer, HasValue());
    return answer ? *answer : -1;
  }

  std::filesystem::path folder_;
};

TEST_F(SchemaTest, KeepsEveryRowOfTheFirstLayout) {
  ASSERT_OK_AND_ASSIGN(const auto ledger, Ledger::Open(file()));
  ExpectAllRows(*ledger);
}

TEST_F(SchemaTest, KeepsEveryRowThroughEachLayoutThatThereWas) {
  std::size_t longest = 0;
  for (const MigrationSet& set : AllMigrations()) longest = std::max(longest, set.steps.size());
  ASSERT_GT(longest, 1u);
  for (std::size_t steps = 2; steps <= longest; ++steps) {
    ASSERT_OK_AND_ASSIGN(const auto ledger, Ledger::Open(file(), SetsOfOldFirn(steps)));
    ExpectAllRows(*ledger);
  }
}

TEST_F(SchemaTest, OldRowsReadAsTodaysRows) {
  ASSERT_OK_AND_ASSIGN(const auto ledger, Ledger::Open(file()));
  ASSERT_THAT(ledger->Read([](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto bucket, FindS3Bucket(transaction, "plain"));
    EXPECT_EQ(bucket.value().region, "");
    FIRN_ASSIGN_OR_RETURN(const auto object, FindS3Object(transaction, "plain", "k"));
    EXPECT_EQ(object.value().tags, "");
    EXPECT_EQ(object.value().file, "f1");
    FIRN_ASSIGN_OR_RETURN(const auto key, FindAccessKey(transaction, AccessKeyId("AKIA1")));
    EXPECT_EQ(key.value().user_name, "Eve");
    return Ok();
  }),
              HasValue());
}

}  // namespace
}  // namespace firn::ledger
