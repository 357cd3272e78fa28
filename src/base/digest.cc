#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <zlib.h>

#include <cstring>

#include "base/check.h"
#include "base/encoding.h"

namespace firn {
namespace {

// Reflected table of a CRC, eight bytes a step ("slicing-by-8", Kounavis and Berry 2005).
template <typename Word>
struct CrcTables {
  std::array<std::array<Word, 256>, 8> slice{};

  explicit constexpr CrcTables(Word reflected_polynomial) {
    for (unsigned i = 0; i < 256; ++i) {
      Word crc = i;
      for (int bit = 0; bit < 8; ++bit) {
        crc = (crc & 1U) != 0 ? (crc >> 1) ^ reflected_polynomial : crc >> 1;
      }
      slice[0][i] = crc;
    }
    for (unsigned i = 0; i < 256; ++i) {
      for (std::size_t k = 1; k < 8; ++k) {
        slice[k][i] = (slice[k - 1][i] >> 8) ^ slice[0][slice[k - 1][i] & 0xFFU];
      }
    }
  }
};

constexpr std::uint32_t kCrc32Polynomial = 0xEDB88320U;
constexpr std::uint32_t kCrc32cPolynomial = 0x82F63B78U;
constexpr std::uint64_t kCrc64NvmePolynomial = 0x9A6C9329AC4BC9B5ULL;
const CrcTables<std::uint32_t> kCrc32cTables(kCrc32cPolynomial);
const CrcTables<std::uint64_t> kCrc64NvmeTables(kCrc64NvmePolynomial);

/// The product of two polynomials modulo a third, bits reflected: the highest bit is x^0.
template <typename Word>
constexpr Word MultiplyModulo(Word a, Word b, Word reflected_polynomial) {
  Word product = 0;
  for (Word bit = Word{1} << (sizeof(Word) * 8 - 1); bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b & 1U) != 0 ? (b >> 1) ^ reflected_polynomial : b >> 1;
  }
  return product;
}

/// x^(8 * bytes): what so many bytes more do to a CRC.
template <typename Word>
constexpr Word ShiftOf(std::uint64_t bytes, Word reflected_polynomial) {
  constexpr Word kOne = Word{1} << (sizeof(Word) * 8 - 1);
  Word shift = kOne;
  Word power = kOne >> 8;  // x^8, then its squares.
  for (; bytes != 0; bytes >>= 1) {
    if ((bytes & 1U) != 0) shift = MultiplyModulo(power, shift, reflected_polynomial);
    power = MultiplyModulo(power, power, reflected_polynomial);
  }
  return shift;
}

template <typename Word>
Word Combine(Word first, Word second, std::uint64_t second_length_bytes,
             Word reflected_polynomial) {
  return MultiplyModulo(ShiftOf(second_length_bytes, reflected_polynomial), first,
                        reflected_polynomial) ^
         second;
}

/// What kCrcStretchBytes zero bytes do to a CRC-32C, as four lookups.
constexpr std::size_t kCrcStretchBytes = 4096;
struct CrcShift {
  std::array<std::array<std::uint32_t, 256>, 4> tables{};

  constexpr CrcShift() {
    const std::uint32_t shift = ShiftOf<std::uint32_t>(kCrcStretchBytes, kCrc32cPolynomial);
    for (unsigned k = 0; k < 4; ++k) {
      for (std::uint32_t i = 0; i < 256; ++i) {
        tables[k][i] = MultiplyModulo<std::uint32_t>(shift, i << (8 * k), kCrc32cPolynomial);
      }
    }
  }
  std::uint32_t Apply(std::uint32_t crc) const {
    return tables[0][crc & 0xFFU] ^ tables[1][(crc >> 8) & 0xFFU] ^ tables[2][(crc >> 16) & 0xFFU] ^
           tables[3][crc >> 24];
  }
};
const CrcShift kCrc32cShift;

template <typename Word>
Word CrcUpdate(const CrcTables<Word>& tables, Word crc, std::string_view data) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
  std::size_t length = data.size();
  for (; length >= 8; length -= 8, bytes += 8) {
    std::uint64_t chunk = 0;
    for (unsigned i = 0; i < 8; ++i) chunk |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
    chunk ^= crc;
    crc = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      crc ^= tables.slice[7 - i][(chunk >> (8 * i)) & 0xFFU];
    }
  }
  for (; length > 0; --length, ++bytes) {
    crc = (crc >> 8) ^ tables.slice[0][(crc ^ *bytes) & 0xFFU];
  }
  return crc;
}

#if defined(__x86_64__)
/// The processor's own instruction, three stretches at once: it takes three cycles and can start one each cycle.
__attribute__((target("sse4.2"))) std::uint32_t Crc32cHardware(std::uint32_t crc,
                                                                std::string_view data) {
  const char* bytes = data.data();
  std::size_t length = data.size();
  std::uint64_t state = crc;
  const auto word_at = [](const char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof(word));
    return word;
  };
  for (; length >= 3 * kCrcStretchBytes; length -= 3 * kCrcStretchBytes) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < kCrcStretchBytes; i += 8) {
      state = __builtin_ia32_crc32di(state, word_at(bytes + i));
      second = __builtin_ia32_crc32di(second, word_at(bytes + kCrcStretchBytes + i));
      third = __builtin_ia32_crc32di(third, word_at(bytes + 2 * kCrcStretchBytes + i));
    }
    state = kCrc32cShift.Apply(static_cast<std::uint32_t>(state)) ^ second;
    state = kCrc32cShift.Apply(static_cast<std::uint32_t>(state)) ^ third;
    bytes += 3 * kCrcStretchBytes;
  }
  for (; length >= 8; length -= 8, bytes += 8) state = __builtin_ia32_crc32di(state, word_at(bytes));
  auto last = static_cast<std::uint32_t>(state);
  for (; length > 0; --length, ++bytes) {
    last = __builtin_ia32_crc32qi(last, static_cast<unsigned char>(*bytes));
  }
  return last;
}
#endif

/// Without the inversions at both ends.
std::uint32_t UpdateCrc32c(std::uint32_t crc, std::string_view data) {
#if defined(__x86_64__)
  static const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
  if (kHasInstruction) return Crc32cHardware(crc, data);
#endif
  return CrcUpdate(kCrc32cTables, crc, data);
}

template <typename Word>
Word FromBigEndian(std::string_view bytes) {
  FIRN_CHECK(bytes.size() == sizeof(Word));
  Word value = 0;
  for (const char byte : bytes) value = (value << 8) | static_cast<unsigned char>(byte);
  return value;
}

template <typename Word>
std::string BigEndian(Word value) {
  std::string bytes;
  for (int shift = static_cast<int>(sizeof(Word)) * 8 - 8; shift >= 0; shift -= 8) {
    bytes += static_cast<char>((value >> shift) & 0xFFU);
  }
  return bytes;
}

const EVP_MD* EvpKind(DigestKind kind) {
  switch (kind) {
    case DigestKind::kMd5: return EVP_md5();
    case DigestKind::kSha1: return EVP_sha1();
    case DigestKind::kSha256: return EVP_sha256();
    case DigestKind::kCrc32:
    case DigestKind::kCrc32c:
    case DigestKind::kCrc64Nvme: return nullptr;
  }
  return nullptr;
}

}  // namespace

struct Hasher::State {
  DigestKind kind;
  EVP_MD_CTX* context = nullptr;
  std::uint32_t crc32 = 0;
  std::uint32_t crc32c = ~0U;
  std::uint64_t crc64 = ~0ULL;

  ~State() { EVP_MD_CTX_free(context); }
};

Hasher::Hasher(DigestKind kind) : state_(new State{kind}) {
  if (const EVP_MD* digest = EvpKind(kind)) {
    state_->context = EVP_MD_CTX_new();
    FIRN_CHECK(EVP_DigestInit_ex(state_->context, digest, nullptr) == 1);
  }
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::Update(std::string_view data) {
  switch (state_->kind) {
    case DigestKind::kCrc32:
      state_->crc32 = static_cast<std::uint32_t>(
          crc32_z(state_->crc32, reinterpret_cast<const Bytef*>(data.data()), data.size()));
      return;
    case DigestKind::kCrc32c:
      state_->crc32c = UpdateCrc32c(state_->crc32c, data);
      return;
    case DigestKind::kCrc64Nvme:
      state_->crc64 = CrcUpdate(kCrc64NvmeTables, state_->crc64, data);
      return;
    case DigestKind::kMd5:
    case DigestKind::kSha1:
    case DigestKind::kSha256:
      FIRN_CHECK(EVP_DigestUpdate(state_->context, data.data(), data.size()) == 1);
      return;
  }
}

std::string Hasher::Finish() {
  switch (state_->kind) {
    case DigestKind::kCrc32: return BigEndian(state_->crc32);
    case DigestKind::kCrc32c: return BigEndian(static_cast<std::uint32_t>(~state_->crc32c));
    case DigestKind::kCrc64Nvme: return BigEndian(~state_->crc64);
    case DigestKind::kMd5:
    case DigestKind::kSha1:
    case DigestKind::kSha256: break;
  }
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  FIRN_CHECK(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(digest.data()),
                                &length) == 1);
  digest.resize(length);
  return digest;
}

std::string Digest(DigestKind kind, std::string_view data) {
  Hasher hasher(kind);
  hasher.Update(data);
  return hasher.Finish();
}

std::string Sha256(std::string_view data) { return Digest(DigestKind::kSha256, data); }
std::string Sha256Hex(std::string_view data) { return HexEncode(AsBytes(Sha256(data))); }
std::string Md5(std::string_view data) { return Digest(DigestKind::kMd5, data); }
std::string Sha1(std::string_view data) { return Digest(DigestKind::kSha1, data); }

std::string HmacSha256(std::string_view key, std::string_view data) {
  std::string mac(32, '\0');
  unsigned length = 0;
  FIRN_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                  reinterpret_cast<const unsigned char*>(data.data()), data.size(),
                  reinterpret_cast<unsigned char*>(mac.data()), &length) != nullptr);
  return mac;
}

std::string CombineCrc(DigestKind kind, std::string_view first, std::string_view second,
                       std::uint64_t second_length_bytes) {
  if (kind == DigestKind::kCrc64Nvme) {
    return BigEndian(Combine(FromBigEndian<std::uint64_t>(first),
                             FromBigEndian<std::uint64_t>(second), second_length_bytes,
                             kCrc64NvmePolynomial));
  }
  FIRN_CHECK(kind == DigestKind::kCrc32 || kind == DigestKind::kCrc32c);
  return BigEndian(Combine(FromBigEndian<std::uint32_t>(first), FromBigEndian<std::uint32_t>(second),
                           second_length_bytes,
                           kind == DigestKind::kCrc32 ? kCrc32Polynomial : kCrc32cPolynomial));
}

std::uint32_t Crc32c(std::uint32_t crc, std::string_view data) {
  return ~UpdateCrc32c(~crc, data);
}

bool ConstantTimeEquals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace firn
