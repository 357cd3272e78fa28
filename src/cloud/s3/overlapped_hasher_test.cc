#include "cloud/s3/overlapped_hasher.h"

#include <gtest/gtest.h>

#include <array>

#include "base/encoding.h"
#include "cloud/s3/limits.h"

namespace firn::s3 {
namespace {

std::string Pattern(std::size_t size_bytes) {
  std::string bytes(size_bytes, '\0');
  for (std::size_t i = 0; i < size_bytes; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
  return bytes;
}

std::string Expected(const std::string& bytes) {
  Hasher hasher(DigestKind::kMd5);
  hasher.Update(bytes);
  return HexEncode(AsBytes(hasher.Finish()));
}

/// Digests `bytes` in pieces, by two buffers in turn, as a request does.
std::string ByTurns(ThreadPool& pool, const std::string& bytes, std::size_t piece_bytes) {
  std::array<std::string, 2> buffers;
  OverlappedHasher hasher(DigestKind::kMd5, pool);
  std::size_t turn = 0;
  for (std::size_t at = 0; at < bytes.size(); at += piece_bytes, turn = 1 - turn) {
    buffers[turn] = bytes.substr(at, piece_bytes);
    hasher.Update(buffers[turn]);
  }
  return HexEncode(AsBytes(hasher.Finish()));
}

TEST(OverlappedHasher, IsTheSameDigest) {
  ThreadPool pool("digest", 2);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kOverlapBytesMin - 1, kOverlapBytesMin, 9 * kCopyBytes + 7}) {
    const std::string bytes = Pattern(size);
    for (const std::size_t piece : {std::size_t{1000}, kOverlapBytesMin, kCopyBytes}) {
      EXPECT_EQ(ByTurns(pool, bytes, piece), Expected(bytes)) << size << " in " << piece;
    }
  }
}

TEST(OverlappedHasher, ComputesItselfWhatThePoolDoesNotTake) {
  ThreadPool pool("digest", 1);
  pool.Shutdown();
  const std::string bytes = Pattern(3 * kCopyBytes);
  EXPECT_EQ(ByTurns(pool, bytes, kCopyBytes), Expected(bytes));
}

TEST(OverlappedHasher, EndsOnlyWhenItsBytesAreRead) {
  ThreadPool pool("digest", 1);
  const std::string bytes = Pattern(32 * kCopyBytes);
  for (int i = 0; i < 20; ++i) {
    const auto copy = std::make_unique<std::string>(bytes);  // The sanitizer sees a read after its end.
    OverlappedHasher hasher(DigestKind::kMd5, pool);
    hasher.Update(*copy);
  }
}

}  // namespace
}  // namespace firn::s3
