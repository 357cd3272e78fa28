#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <zlib.h>

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

const CrcTables<std::uint32_t> kCrc32cTables(0x82F63B78U);
const CrcTables<std::uint64_t> kCrc64NvmeTables(0x9A6C9329AC4BC9B5ULL);

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
      state_->crc32c = CrcUpdate(kCrc32cTables, state_->crc32c, data);
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

bool ConstantTimeEquals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace firn
