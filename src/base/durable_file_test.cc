#include "base/durable_file.h"

#include "base/random.h"
#include "base/result_testing.h"

namespace firn {
namespace {

using testing::HasValue;
using testing::IsError;

class DurableFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("firn-" + NewUuid(SecureRandom()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(DurableFile, ReplacesTheWholeFile) {
  const auto path = folder_ / "a";
  ASSERT_THAT(WriteFileDurably(path, "first version"), HasValue());
  ASSERT_THAT(WriteFileDurably(path, "second"), HasValue());
  EXPECT_EQ(*ReadWholeFile(path, 100), "second");
  const auto entries = std::distance(std::filesystem::directory_iterator(folder_),
                                     std::filesystem::directory_iterator());
  EXPECT_EQ(entries, 1) << "temporary files were left";
}

TEST_F(DurableFile, SaysWhyItCouldNot) {
  EXPECT_THAT(ReadWholeFile(folder_ / "absent", 100), IsError(ErrorCode::kNotFound));
  EXPECT_THAT(WriteFileDurably(folder_ / "no" / "such", "x"), IsError(ErrorCode::kNotFound));
  ASSERT_THAT(WriteFileDurably(folder_ / "b", "12345"), HasValue());
  EXPECT_THAT(ReadWholeFile(folder_ / "b", 4), IsError(ErrorCode::kResourceExhausted));
}

}  // namespace
}  // namespace firn
