#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

/// Randomness as an argument.

namespace firn {

/// Where random bytes come from. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual void Fill(std::span<std::byte> bytes) = 0;

  std::uint64_t NextUint64();
  /// In [0, bound). REQUIRES: bound > 0.
  std::uint64_t NextBelow(std::uint64_t bound);
};

/// The operating system's generator, fit for keys. Lives for the whole process.
Random& SecureRandom();

/// The same bytes for the same seed; for tests only.
std::unique_ptr<Random> SeededRandom(std::uint64_t seed);

/// Version 4 UUID, lower case with hyphens (RFC 9562 5.4).
std::string NewUuid(Random& random);
/// Version 7 UUID (RFC 9562 5.7); `unix_millis` orders them.
std::string NewUuidV7(Random& random, std::int64_t unix_millis);
/// `length` characters drawn evenly from `alphabet`. REQUIRES: 0 < alphabet.size() <= 256.
std::string RandomText(Random& random, std::size_t length, std::string_view alphabet);

}  // namespace firn
