#include "base/secret.h"

#include <gtest/gtest.h>

namespace firn {
namespace {

TEST(Secret, ShowsOnlyItsEnds) {
  EXPECT_EQ(Secret("AKIAIOSFODNN7EXAMPM4").Masked(), "AK******M4");
  EXPECT_EQ(Secret("short").Masked(), "******");
  EXPECT_EQ(Secret("").Masked(), "******");
}

TEST(Secret, IsEmptyAfterItWasMovedAway) {
  Secret first("key");
  const Secret second = std::move(first);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(second.Reveal(), "key");
}

TEST(Secret, ComparesByContent) {
  EXPECT_EQ(Secret("a"), Secret("a"));
  EXPECT_FALSE(Secret("a") == Secret("b"));
  EXPECT_FALSE(Secret("a") == Secret("ab"));
}

}  // namespace
}  // namespace firn
