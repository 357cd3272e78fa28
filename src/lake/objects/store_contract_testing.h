#pragma once

#include <numeric>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result_testing.h"
#include "lake/objects/object_upload.h"

/// What every ObjectStore must do. A store's test calls CheckStoreContract with an empty prefix of its own.

namespace firn::objects::testing {

using firn::testing::HasValue;
using firn::testing::IsError;

inline std::string PatternBytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 7 + i / 251) & 0xff);
  return bytes;
}

inline void CheckReads(const Context& context, ObjectStore& store, const std::string& url) {
  const std::string bytes = PatternBytes(100'000);
  ASSERT_THAT(store.Put(context, url, bytes, PutCondition::kAlways), HasValue());
  EXPECT_EQ(store.ReadAll(context, url, bytes.size()).value(), bytes);
  EXPECT_THAT(store.ReadAll(context, url, bytes.size() - 1),
              IsError(ErrorCode::kResourceExhausted, "ObjectTooLarge"));
  const std::vector<ByteRange> ranges = {{0, 1}, {99'999, 1}, {0, 100'000}, {5, 0}, {12'345, 54'321}, {12'345, 54'321}};
  std::vector<std::string> outs;
  std::vector<std::span<char>> buffers;
  for (const ByteRange range : ranges) {
    EXPECT_EQ(store.Read(context, url, range).value(), bytes.substr(range.offset_bytes, range.length_bytes));
    outs.emplace_back(range.length_bytes, '\0');
  }
  for (std::string& out : outs) buffers.emplace_back(out);
  ASSERT_THAT(store.ReadRanges(context, url, ranges, buffers), HasValue());
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    EXPECT_EQ(outs[i], bytes.substr(ranges[i].offset_bytes, ranges[i].length_bytes));
  }
  for (const ByteRange range : {ByteRange{99'999, 2}, ByteRange{100'000, 1}, ByteRange{1'000'000, 10}}) {
    EXPECT_THAT(store.Read(context, url, range), IsError(ErrorCode::kInvalidArgument, "InvalidRange"));
  }
}

inline void CheckManyReads(const Context& context, ObjectStore& store, const std::string& prefix) {
  std::vector<WholeRead> reads;
  for (std::size_t i = 0; i < 40; ++i) {
    const std::string url = prefix + std::to_string(i);
    ASSERT_THAT(store.Put(context, url, PatternBytes(100 * i), PutCondition::kAlways), HasValue());
    reads.push_back({.url = url, .bytes_max = 100 * i});
  }
  std::vector<int> taken(reads.size(), 0);
  const TakeObject take = [&](std::size_t index, std::string bytes) {
    EXPECT_EQ(bytes, PatternBytes(100 * index));
    ++taken.at(index);
    return Ok();
  };
  ASSERT_THAT(store.ReadObjects(context, reads, 7, take), HasValue());
  EXPECT_EQ(taken, std::vector<int>(reads.size(), 1));
  ASSERT_THAT(store.ReadObjects(context, {}, 7, take), HasValue());

  int count = 0;
  const auto refuse = [&](std::size_t, std::string) -> Status {
    if (++count == 3) return ResourceExhausted("Enough", "three are enough");
    return Ok();
  };
  EXPECT_THAT(store.ReadObjects(context, reads, 7, refuse), IsError(ErrorCode::kResourceExhausted, "Enough"));
  EXPECT_EQ(count, 3) << "taken on after an error";
  reads[5].bytes_max = 499;
  EXPECT_THAT(store.ReadObjects(context, reads, 7, take), IsError(ErrorCode::kResourceExhausted, "ObjectTooLarge"));
  reads[5].url = prefix + "none";
  EXPECT_THAT(store.ReadObjects(context, reads, 7, take), IsError(ErrorCode::kNotFound, "NoSuchKey"));
  reads[5].url = "file:///etc/passwd";
  EXPECT_THAT(store.ReadObjects(context, reads, 7, take), IsError(ErrorCode::kInvalidArgument, "InvalidObjectUrl"));
}

inline void CheckPuts(const Context& context, ObjectStore& store, const std::string& url) {
  ASSERT_OK_AND_ASSIGN(const ObjectInfo first, store.Put(context, url, "one", PutCondition::kIfAbsent));
  EXPECT_EQ(first.size_bytes, 3U);
  EXPECT_EQ(store.Stat(context, url).value(), first);
  EXPECT_THAT(store.Put(context, url, "two", PutCondition::kIfAbsent), IsError(ErrorCode::kConflict, "ObjectExists"));
  EXPECT_EQ(store.ReadAll(context, url, 10).value(), "one");
  ASSERT_OK_AND_ASSIGN(const ObjectInfo second, store.Put(context, url, "three", PutCondition::kAlways));
  EXPECT_NE(first.etag, second.etag);
  EXPECT_EQ(store.ReadAll(context, url, 10).value(), "three");
  ASSERT_THAT(store.Put(context, url, "", PutCondition::kAlways), HasValue());
  EXPECT_EQ(store.ReadAll(context, url, 0).value(), "");
  EXPECT_EQ(store.Stat(context, url).value().size_bytes, 0U);

  Mutex mutex;
  CondVar changed;
  int left = 10;
  for (int i = 0; i < 10; ++i) {
    store.PutAsync(context, url + std::to_string(i), std::make_shared<const std::string>(PatternBytes(1000)),
                   PutCondition::kIfAbsent, [&](Result<ObjectInfo> info) {
                     EXPECT_THAT(info, HasValue());
                     const MutexLock lock(mutex);
                     --left;
                     changed.NotifyAll();
                   });
  }
  const MutexLock lock(mutex);
  while (left > 0) changed.Wait(mutex);
}

inline void CheckUploads(const Context& context, ObjectStore& store, const std::string& url) {
  // Sizes about the parts of a store over S3, in pieces that do not divide them.
  for (const std::size_t size : {0UL, 1UL, 8UL << 20, (8UL << 20) + 1, (25UL << 20) + 7}) {
    const std::string bytes = PatternBytes(size);
    const std::string target = url + std::to_string(size);
    auto upload = BeginUpload(context, store, target, PutCondition::kIfAbsent);
    for (std::size_t at = 0; at < size; at += 999'983) {
      ASSERT_THAT(upload->Append(std::string_view(bytes).substr(at, 999'983)), HasValue());
    }
    EXPECT_THAT(store.Stat(context, target), IsError(ErrorCode::kNotFound)) << "not before its end";
    ASSERT_OK_AND_ASSIGN(const ObjectInfo info, upload->Finish());
    EXPECT_EQ(info.size_bytes, size);
    EXPECT_EQ(store.Stat(context, target).value(), info);
    EXPECT_TRUE(store.ReadAll(context, target, size).value() == bytes) << size;
    auto second = BeginUpload(context, store, target, PutCondition::kIfAbsent);
    ASSERT_THAT(second->Append(std::string(size, 'x')), HasValue());
    EXPECT_THAT(second->Finish(), IsError(ErrorCode::kConflict, "ObjectExists"));
    EXPECT_TRUE(store.ReadAll(context, target, size).value() == bytes) << size;
  }
  Mutex mutex;
  CondVar changed;
  std::vector<Result<ObjectInfo>> answers;
  // Twice one name, of which the second is refused.
  for (const std::size_t size : {3UL, 3UL, (8UL << 20) + 1}) {
    auto upload = BeginUpload(context, store, url + "later" + std::to_string(size), PutCondition::kIfAbsent);
    ASSERT_THAT(upload->Append(PatternBytes(size)), HasValue());
    upload->FinishAsync([&](Result<ObjectInfo> info) {
      const MutexLock lock(mutex);
      answers.push_back(std::move(info));
      changed.NotifyAll();
    });
    upload.reset();
    const MutexLock lock(mutex);
    while (answers.empty()) changed.Wait(mutex);
    const bool is_second = size == 3 && store.Stat(context, url + "twice").has_value();
    EXPECT_EQ(answers[0].has_value(), !is_second) << size;
    answers.clear();
    EXPECT_TRUE(store.ReadAll(context, url + "later" + std::to_string(size), size).value() == PatternBytes(size));
    ASSERT_THAT(store.Put(context, url + "twice", "", PutCondition::kAlways), HasValue());
  }
  const std::string dropped = url + "dropped";
  ASSERT_THAT(BeginUpload(context, store, dropped, PutCondition::kAlways)
                  ->Append(PatternBytes(17UL << 20)),
              HasValue());
  EXPECT_THAT(store.Stat(context, dropped), IsError(ErrorCode::kNotFound, "NoSuchKey"));
  EXPECT_THAT(BeginUpload(context, store, "file:///etc/passwd", PutCondition::kAlways)->Finish(),
              IsError(ErrorCode::kInvalidArgument, "InvalidObjectUrl"));
}

inline void CheckAbsence(const Context& context, ObjectStore& store, const std::string& url) {
  EXPECT_THAT(store.Stat(context, url), IsError(ErrorCode::kNotFound, "NoSuchKey"));
  EXPECT_THAT(store.ReadAll(context, url, 10), IsError(ErrorCode::kNotFound, "NoSuchKey"));
  EXPECT_THAT(store.Read(context, url, {0, 1}), IsError(ErrorCode::kNotFound, "NoSuchKey"));
  EXPECT_THAT(store.Delete(context, url), HasValue());
  ASSERT_THAT(store.Put(context, url, "x", PutCondition::kAlways), HasValue());
  EXPECT_THAT(store.Delete(context, url), HasValue());
  EXPECT_THAT(store.Stat(context, url), IsError(ErrorCode::kNotFound, "NoSuchKey"));
  for (const char* bad : {"", "s3:/b/k", "file:///etc/passwd", "s3://", "s3:///k", "s3://b?c/k"}) {
    EXPECT_THAT(store.Stat(context, bad), IsError(ErrorCode::kInvalidArgument, "InvalidObjectUrl")) << bad;
  }
}

inline void CheckLists(const Context& context, ObjectStore& store, const std::string& prefix) {
  const std::vector<std::string> names = {"a", "a b", "a+b%41&<c>", "a/1", "a/2", "b", "é"};
  for (const std::string& name : names) {
    ASSERT_THAT(store.Put(context, prefix + name, name, PutCondition::kAlways), HasValue()) << name;
    EXPECT_EQ(store.ReadAll(context, prefix + name, 100).value_or("?"), name);
  }
  ASSERT_OK_AND_ASSIGN(const auto all, store.List(context, prefix));
  ASSERT_EQ(all.size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(all[i].url, prefix + names[i]);
    EXPECT_EQ(all[i].info.size_bytes, names[i].size());
  }
  EXPECT_EQ(store.List(context, prefix + "a/").value().size(), 2U);
  EXPECT_EQ(store.List(context, prefix + "zzz").value().size(), 0U);
}

inline void CheckContexts(const Context& context, ObjectStore& store, const std::string& url) {
  std::stop_source stop;
  stop.request_stop();
  const Context cancelled = context.WithStopToken(stop.get_token());
  EXPECT_THAT(store.Stat(cancelled, url), IsError(ErrorCode::kCancelled));
  EXPECT_THAT(store.Put(cancelled, url, "x", PutCondition::kAlways), IsError(ErrorCode::kCancelled));
  const Context late = context.WithTimeout(std::chrono::milliseconds(0));
  EXPECT_THAT(store.ReadAll(late, url, 1), IsError(ErrorCode::kDeadlineExceeded));
  EXPECT_THAT(store.List(late, url), IsError(ErrorCode::kDeadlineExceeded));
  const std::vector<WholeRead> reads = {{.url = url, .bytes_max = 1}};
  const auto take = [](std::size_t, std::string) { return Ok(); };
  EXPECT_THAT(store.ReadObjects(cancelled, reads, 1, take), IsError(ErrorCode::kCancelled));
  EXPECT_THAT(store.ReadObjects(late, reads, 1, take), IsError(ErrorCode::kDeadlineExceeded));
}

/// `prefix` is like "s3://bucket/some/folder/".
inline void CheckStoreContract(const Context& context, ObjectStore& store, const std::string& prefix) {
  CheckReads(context, store, prefix + "reads/x");
  CheckManyReads(context, store, prefix + "many/x");
  CheckPuts(context, store, prefix + "puts/x");
  CheckUploads(context, store, prefix + "uploads/x");
  CheckAbsence(context, store, prefix + "absence/x");
  CheckLists(context, store, prefix + "lists/");
  CheckContexts(context, store, prefix + "contexts/x");
  // The other two schemes name the same objects.
  ASSERT_THAT(store.Put(context, prefix + "scheme", "s", PutCondition::kAlways), HasValue());
  EXPECT_EQ(store.ReadAll(context, "s3a" + prefix.substr(2) + "scheme", 10).value(), "s");
  EXPECT_EQ(store.ReadAll(context, "s3n" + prefix.substr(2) + "scheme", 10).value(), "s");
}

}  // namespace firn::objects::testing
