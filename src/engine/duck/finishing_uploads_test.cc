#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "base/result_testing.h"
#include "engine/duck/finishing_uploads_internal.h"
#include "engine/duck/write_limits.h"

namespace firn::duck {
namespace {

using firn::testing::HasValue;
using firn::testing::IsError;
using objects::ObjectInfo;

/// What became of uploads, by name. FinishAsync waits for `LetGo`.
struct Log {
  std::map<std::string, std::string> fates;
  std::map<std::string, std::function<void()>> waiting;

  void LetGo(const std::string& name) {
    const auto go = waiting.extract(name);
    go.mapped()();
  }
};

class LoggedUpload final : public objects::ObjectUpload {
 public:
  LoggedUpload(Log& log, std::string name, bool fails)
      : log_(log), name_(std::move(name)), fails_(fails) {
    log_.fates[name_] = "open";
  }
  ~LoggedUpload() override {
    if (log_.fates[name_] == "open") log_.fates[name_] = "dropped";
  }
  Status Append(std::string_view) override { return Ok(); }
  Result<ObjectInfo> Finish() override {
    log_.fates[name_] = "finished";
    return Answer(fails_);
  }
  void FinishAsync(std::function<void(Result<ObjectInfo>)> done) override {
    log_.fates[name_] = "sent";
    log_.waiting[name_] = [fails = fails_, done] { done(Answer(fails)); };
  }

 private:
  static Result<ObjectInfo> Answer(bool fails) {
    if (fails) return Unavailable("UploadFailed", "no");
    return ObjectInfo{};
  }

  Log& log_;
  const std::string name_;
  const bool fails_;
};

class FinishingUploadsTest : public ::testing::Test {
 protected:
  bool Add(const std::string& name, std::uint64_t size_bytes = 10, bool fails = false) {
    std::unique_ptr<objects::ObjectUpload> upload =
        std::make_unique<LoggedUpload>(log_, name, fails);
    const bool is_taken = uploads_.TryAdd(upload, {.url = name, .size_bytes = size_bytes});
    EXPECT_EQ(upload == nullptr, is_taken);
    return is_taken;
  }
  std::string Written() {
    std::string urls;
    for (const auto& entry : written_.entries()) urls += entry.url;
    return urls;
  }

  Log log_;
  WrittenObjects written_;
  FinishingUploads uploads_{written_};
};

TEST_F(FinishingUploadsTest, TheOnlyFileIsSentByWhoeverWaits) {
  ASSERT_TRUE(Add("a"));
  EXPECT_EQ(log_.fates["a"], "open");
  EXPECT_EQ(Written(), "");
  EXPECT_THAT(uploads_.Finish(), HasValue());
  EXPECT_EQ(log_.fates["a"], "finished");
  EXPECT_EQ(Written(), "a");
  EXPECT_THAT(uploads_.Finish(), HasValue());
  EXPECT_EQ(Written(), "a");
}

TEST_F(FinishingUploadsTest, EachSendsTheOneBefore) {
  ASSERT_TRUE(Add("a"));
  ASSERT_TRUE(Add("b"));
  ASSERT_TRUE(Add("c"));
  EXPECT_EQ(log_.fates["a"], "sent");
  EXPECT_EQ(log_.fates["b"], "sent");
  EXPECT_EQ(log_.fates["c"], "open");
  log_.LetGo("b");
  log_.LetGo("a");
  EXPECT_EQ(Written(), "ba");
  EXPECT_THAT(uploads_.Finish(), HasValue());
  EXPECT_EQ(Written(), "bac");
}

TEST_F(FinishingUploadsTest, AFailureIsTheStatements) {
  for (const char* failing : {"a", "b", "c"}) {
    WrittenObjects written;
    FinishingUploads uploads(written);
    for (const char* name : {"a", "b", "c"}) {
      std::unique_ptr<objects::ObjectUpload> upload =
          std::make_unique<LoggedUpload>(log_, name, std::string(name) == failing);
      ASSERT_TRUE(uploads.TryAdd(upload, {.url = name, .size_bytes = 1}));
    }
    log_.LetGo("a");
    log_.LetGo("b");
    EXPECT_THAT(uploads.Finish(), IsError(ErrorCode::kUnavailable, "UploadFailed"));
    EXPECT_EQ(written.entries().size(), 2U) << failing;
  }
}

TEST_F(FinishingUploadsTest, WhatFailedDropsWhatIsKept) {
  ASSERT_TRUE(Add("a"));
  ASSERT_TRUE(Add("b"));
  log_.LetGo("a");
  uploads_.Drop();
  EXPECT_EQ(log_.fates["b"], "dropped");
  EXPECT_EQ(Written(), "a");
}

TEST_F(FinishingUploadsTest, BytesAreBoundedUntilTheyArePut) {
  EXPECT_FALSE(Add("large", kFinishingBytesMax + 1));
  ASSERT_TRUE(Add("a", kFinishingBytesMax - 10));
  EXPECT_FALSE(Add("b", 11));
  ASSERT_TRUE(Add("c", 10));
  EXPECT_FALSE(Add("d", 1));
  log_.LetGo("a");
  EXPECT_TRUE(Add("e", kFinishingBytesMax - 10));
  log_.LetGo("c");
}

}  // namespace
}  // namespace firn::duck
