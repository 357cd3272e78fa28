#include "base/random.h"

#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <random>

#include "base/check.h"
#include "base/encoding.h"
#include "base/mutex.h"

namespace firn {
namespace {

class OsRandom final : public Random {
 public:
  void Fill(std::span<std::byte> bytes) override {
    FIRN_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()),
                          static_cast<int>(bytes.size())) == 1);
  }
};

class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::uint64_t seed) : engine_(seed) {}
  void Fill(std::span<std::byte> bytes) override {
    const MutexLock lock(mutex_);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(engine_());
  }

 private:
  Mutex mutex_;
  std::mt19937_64 engine_ FIRN_GUARDED_BY(mutex_);
};

std::string FormatUuid(std::array<std::byte, 16> bytes, unsigned version) {
  bytes[6] = static_cast<std::byte>((static_cast<unsigned>(bytes[6]) & 0x0FU) | (version << 4));
  bytes[8] = static_cast<std::byte>((static_cast<unsigned>(bytes[8]) & 0x3FU) | 0x80U);
  std::string hex = HexEncode(bytes);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) hex.insert(at, "-");
  return hex;
}

}  // namespace

std::uint64_t Random::NextUint64() {
  std::array<std::byte, 8> bytes;
  Fill(bytes);
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::uint64_t Random::NextBelow(std::uint64_t bound) {
  FIRN_CHECK(bound > 0);
  // Drop the values that would favour the low residues.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    const std::uint64_t value = NextUint64();
    if (value < limit) return value % bound;
  }
}

Random& SecureRandom() {
  static OsRandom random;
  return random;
}

std::unique_ptr<Random> SeededRandom(std::uint64_t seed) {
  return std::make_unique<FixedRandom>(seed);
}

std::string NewUuid(Random& random) {
  std::array<std::byte, 16> bytes;
  random.Fill(bytes);
  return FormatUuid(bytes, 4);
}

std::string NewUuidV7(Random& random, std::int64_t unix_millis) {
  std::array<std::byte, 16> bytes;
  random.Fill(bytes);
  for (int i = 0; i < 6; ++i) {
    bytes[static_cast<std::size_t>(i)] =
        static_cast<std::byte>((static_cast<std::uint64_t>(unix_millis) >> (40 - 8 * i)) & 0xFFU);
  }
  return FormatUuid(bytes, 7);
}

std::string RandomText(Random& random, std::size_t length, std::string_view alphabet) {
  FIRN_CHECK(!alphabet.empty() && alphabet.size() <= 256);
  std::string text(length, '\0');
  for (char& c : text) c = alphabet[random.NextBelow(alphabet.size())];
  return text;
}

}  // namespace firn
