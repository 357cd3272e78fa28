#include "base/digest.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace firn {
namespace {

struct Case {
  DigestKind kind;
  const char* hex;
};

// Check values of "123456789": RFC 1321, FIPS 180-4, and the CRC catalogue of G. Cook (CRC-32/ISO-HDLC, CRC-32/ISCSI,
// CRC-64/NVME).
const Case kCases[] = {
    {DigestKind::kMd5, "25f9e794323b453885f5181f1b624d0b"},
    {DigestKind::kSha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"},
    {DigestKind::kSha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"},
    {DigestKind::kCrc32, "cbf43926"},
    {DigestKind::kCrc32c, "e3069283"},
    {DigestKind::kCrc64Nvme, "ae8b14860a799888"},
};

TEST(Digest, GivesThePublishedCheckValues) {
  for (const Case& c : kCases) {
    EXPECT_EQ(HexEncode(AsBytes(Digest(c.kind, "123456789"))), c.hex);
  }
}

TEST(Hasher, GivesTheSameByPieces) {
  const std::string text(10'000, 'x');
  for (const Case& c : kCases) {
    Hasher hasher(c.kind);
    for (std::size_t at = 0, step = 1; at < text.size(); at += step, step = step * 3 % 1001 + 1) {
      hasher.Update(std::string_view(text).substr(at, step));
    }
    EXPECT_EQ(hasher.Finish(), Digest(c.kind, text));
  }
}

TEST(HmacSha256, GivesTheRfc4231Value) {
  EXPECT_EQ(HexEncode(AsBytes(HmacSha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace firn
