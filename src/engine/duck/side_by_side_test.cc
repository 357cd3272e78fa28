#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "base/mutex.h"
#include "base/result_testing.h"
#include "engine/duck/errors_internal.h"
#include "engine/duck/side_by_side_internal.h"

namespace firn::duck {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;

TEST(RunSideBySide, EachPieceIsDoneOnce) {
  ThreadPool pool("pieces", 3);
  for (const std::size_t count : {0U, 1U, 2U, 100U}) {
    std::vector<std::atomic<int>> done(count);
    EXPECT_THAT(RunSideBySide(pool, count, 4,
                              [&](std::size_t i) {
                                done[i].fetch_add(1);
                                return Ok();
                              }),
                HasValue());
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(done[i].load(), 1) << i;
  }
}

TEST(RunSideBySide, PiecesRunAtTheSameTime) {
  ThreadPool pool("pieces", 2);
  Mutex mutex;
  CondVar all_here;
  int here = 0;
  // Each waits for the two others.
  EXPECT_THAT(RunSideBySide(pool, 3, 3,
                            [&](std::size_t) {
                              const MutexLock lock(mutex);
                              ++here;
                              all_here.NotifyAll();
                              while (here < 3) all_here.Wait(mutex);
                              return Ok();
                            }),
              HasValue());
}

TEST(RunSideBySide, ItGoesOnWhereThePoolLendsNoThread) {
  ThreadPool pool("pieces", 1);
  pool.Shutdown();
  int sum = 0;
  EXPECT_THAT(RunSideBySide(pool, 5, 4,
                            [&](std::size_t i) {
                              sum += static_cast<int>(i);
                              return Ok();
                            }),
              HasValue());
  EXPECT_EQ(sum, 10);
}

TEST(RunSideBySide, AfterAnErrorNoneIsBegun) {
  ThreadPool pool("pieces", 1);
  pool.Shutdown();
  int begun = 0;
  const Status status = RunSideBySide(pool, 5, 4, [&](std::size_t i) -> Status {
    ++begun;
    if (i == 2) return DataCorruption("Broken", "piece 2");
    return Ok();
  });
  EXPECT_THAT(status, IsError(ErrorCode::kDataCorruption, "Broken"));
  EXPECT_EQ(begun, 3);
}

TEST(RunSideBySide, WhatIsThrownComesBack) {
  ThreadPool pool("pieces", 2);
  const Status status = RunSideBySide(pool, 3, 3, [&](std::size_t) -> Status {
    Raise(Error(ErrorCode::kUnsupported, "Thrown", "thrown"));
  });
  EXPECT_THAT(status, IsError(ErrorCode::kUnsupported, "Thrown"));
}

}  // namespace
}  // namespace firn::duck
