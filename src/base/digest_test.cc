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

/// Against the byte-wise table: lengths around the eight bytes and the three stretches of the fast way.
TEST(Digest, Crc32cIsTheSameAtEveryLengthAndSeam) {
  std::string bytes(40'000, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1'664'525 + 1'013'904'223;
    byte = static_cast<char>(state >> 24);
  }
  for (const std::size_t length : {0UL, 1UL, 7UL, 8UL, 9UL, 4095UL, 12287UL, 12288UL, 12289UL, 24576UL, 30001UL, 40000UL}) {
    std::uint32_t slow = ~0U;
    for (std::size_t i = 0; i < length; ++i) {
      slow ^= static_cast<unsigned char>(bytes[i]);
      for (int bit = 0; bit < 8; ++bit) slow = (slow & 1U) != 0 ? (slow >> 1) ^ 0x82F63B78U : slow >> 1;
    }
    const std::string_view all = std::string_view(bytes).substr(0, length);
    EXPECT_EQ(Crc32c(0, all), ~slow) << length;
    const std::size_t seam = length / 3;
    EXPECT_EQ(Crc32c(Crc32c(0, all.substr(0, seam)), all.substr(seam)), ~slow) << length;
  }
}

TEST(Digest, CombinesTheCrcsOfTwoStretches) {
  const std::string all = "The quick brown fox jumps over the lazy dog, many times and more";
  for (const DigestKind kind : {DigestKind::kCrc32, DigestKind::kCrc32c, DigestKind::kCrc64Nvme}) {
    for (std::size_t seam = 0; seam <= all.size(); ++seam) {
      EXPECT_EQ(CombineCrc(kind, Digest(kind, all.substr(0, seam)), Digest(kind, all.substr(seam)),
                           all.size() - seam),
                Digest(kind, all))
          << seam;
    }
  }
}

}  // namespace
}  // namespace firn
