#include "app/data_folder.h"

#include "base/durable_file.h"
#include "base/result_testing.h"
#include "wire/aws/arn.h"

namespace firn::app {
namespace {

using firn::testing::HasValue;
using firn::testing::IsError;

class DataFolderTest : public ::testing::Test {
 protected:
  DataFolderTest() : path_(std::filesystem::temp_directory_path() / ("firn-" + NewUuid(SecureRandom()))) {}
  ~DataFolderTest() override { std::filesystem::remove_all(path_); }
  const std::filesystem::path path_;
};

TEST_F(DataFolderTest, BelongsToOneProcess) {
  ASSERT_OK_AND_ASSIGN(const DataFolder first, DataFolder::Open(path_));
  EXPECT_THAT(DataFolder::Open(path_), IsError(ErrorCode::kFailedPrecondition, "DataFolderInUse"));
}

TEST_F(DataFolderTest, KeepsItsAccount) {
  std::string drawn;
  {
    ASSERT_OK_AND_ASSIGN(DataFolder folder, DataFolder::Open(path_));
    ASSERT_OK_AND_ASSIGN(drawn, folder.AccountId(std::nullopt, SecureRandom()));
    EXPECT_TRUE(aws::IsAccountId(drawn)) << drawn;
  }
  ASSERT_OK_AND_ASSIGN(DataFolder folder, DataFolder::Open(path_));
  EXPECT_EQ(*folder.AccountId(std::nullopt, SecureRandom()), drawn);
  EXPECT_EQ(*folder.AccountId(drawn, SecureRandom()), drawn);
  EXPECT_THAT(folder.AccountId("000000000000", SecureRandom()), IsError(ErrorCode::kFailedPrecondition, "AccountMismatch"));
}

TEST_F(DataFolderTest, RefusesABrokenAccountFile) {
  ASSERT_OK_AND_ASSIGN(DataFolder folder, DataFolder::Open(path_));
  ASSERT_THAT(WriteFileDurably(path_ / "account_id", "12"), HasValue());
  EXPECT_THAT(folder.AccountId(std::nullopt, SecureRandom()), IsError(ErrorCode::kDataCorruption));
}

TEST_F(DataFolderTest, WritesCredentialsThatReadBack) {
  ASSERT_OK_AND_ASSIGN(const DataFolder folder, DataFolder::Open(path_));
  const Credentials root{.access_key_id = AccessKeyId("AKIAEXAMPLE"), .secret_key = Secret("a+b/c=")};
  ASSERT_THAT(folder.WriteCredentials(root, "us-east-1"), HasValue());
  ASSERT_OK_AND_ASSIGN(const Credentials read, ReadCredentialsFile(folder.credentials_file()));
  EXPECT_EQ(read.access_key_id, root.access_key_id);
  EXPECT_EQ(read.secret_key, root.secret_key);
  EXPECT_EQ(std::filesystem::status(folder.credentials_file()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(DataFolderTest, SaysThatAFolderCannotBeUsed) {
  ASSERT_THAT(WriteFileDurably(path_, "a file, not a folder"), HasValue());
  EXPECT_THAT(DataFolder::Open(path_), IsError(ErrorCode::kUnavailable, "DataFolderUnusable"));
}

}  // namespace
}  // namespace firn::app
