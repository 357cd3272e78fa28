#include "cloud/ledger/seal.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <array>

#include "base/durable_file.h"
#include "cloud/ledger/limits.h"

namespace firn::ledger {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr char kVersion = 1;

struct CipherContext {
  CipherContext() : context(EVP_CIPHER_CTX_new()) {}
  ~CipherContext() { EVP_CIPHER_CTX_free(context); }
  CipherContext(const CipherContext&) = delete;
  CipherContext& operator=(const CipherContext&) = delete;
  EVP_CIPHER_CTX* context;
};

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
int Length(std::string_view text) { return static_cast<int>(text.size()); }

Unexpected Broken() {
  return DataCorruption("SealBroken",
                        "a sealed secret does not open: it was changed, or the key file is not the "
                        "one it was sealed with");
}

}  // namespace

Result<std::unique_ptr<Sealer>> Sealer::Open(const std::filesystem::path& key_file,
                                             Random& random) {
  auto bytes = ReadWholeFile(key_file, kKeyBytes + 1);
  if (!bytes && bytes.error().code() == ErrorCode::kNotFound) {
    std::string fresh(kKeyBytes, '\0');
    random.Fill(std::as_writable_bytes(std::span(fresh.data(), fresh.size())));
    FIRN_TRY(WriteFileDurably(key_file, fresh, S_IRUSR | S_IWUSR));
    return std::unique_ptr<Sealer>(new Sealer(Secret(std::move(fresh)), random));
  }
  if (!bytes && bytes.error().reason() != "FileTooLarge")
    return Unexpected{std::move(bytes).error()};
  if (!bytes || bytes->size() != kKeyBytes) {
    return DataCorruption("SealKeyBroken",
                          fmt::format("{} is not a key of {} bytes", key_file.string(), kKeyBytes));
  }
  struct stat status{};
  if (::stat(key_file.c_str(), &status) != 0 || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return FailedPrecondition(
        "SealKeyPermissions",
        fmt::format("{} must be readable by its owner alone (chmod 600)", key_file.string()));
  }
  return std::unique_ptr<Sealer>(new Sealer(Secret(std::move(*bytes)), random));
}

Result<std::string> Sealer::Seal(const Secret& plain, std::string_view label) const {
  const std::string_view text = plain.Reveal();
  if (text.size() > kSealedBytesMax) {
    return ResourceExhausted(
        "SecretTooLong",
        fmt::format("a secret of {} bytes is over the limit of {}", text.size(), kSealedBytesMax));
  }
  std::string sealed(1 + kNonceBytes + text.size() + kTagBytes, '\0');
  sealed[0] = kVersion;
  random_.Fill(std::as_writable_bytes(std::span(sealed.data() + 1, kNonceBytes)));
  CipherContext cipher;
  unsigned char* const body = Bytes(sealed) + 1 + kNonceBytes;
  int written = 0;
  const bool ok =
      EVP_EncryptInit_ex(cipher.context, EVP_aes_256_gcm(), nullptr, Bytes(key_.Reveal()),
                         Bytes(sealed) + 1) == 1 &&
      EVP_EncryptUpdate(cipher.context, nullptr, &written, Bytes(label), Length(label)) == 1 &&
      EVP_EncryptUpdate(cipher.context, body, &written, Bytes(text), Length(text)) == 1 &&
      EVP_EncryptFinal_ex(cipher.context, body + text.size(), &written) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.context, EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagBytes),
                          body + text.size()) == 1;
  if (!ok) return Internal("SealFailed", "AES-256-GCM refused to encrypt");
  return sealed;
}

Result<Secret> Sealer::Unseal(std::string_view sealed, std::string_view label) const {
  if (sealed.size() < 1 + kNonceBytes + kTagBytes || sealed[0] != kVersion) return Broken();
  const std::string_view body =
      sealed.substr(1 + kNonceBytes, sealed.size() - 1 - kNonceBytes - kTagBytes);
  std::array<unsigned char, kTagBytes> tag{};
  const std::string_view tag_text = sealed.substr(sealed.size() - kTagBytes);
  std::copy(tag_text.begin(), tag_text.end(), tag.begin());
  std::string plain(body.size(), '\0');
  CipherContext cipher;
  int written = 0;
  const bool ok =
      EVP_DecryptInit_ex(cipher.context, EVP_aes_256_gcm(), nullptr, Bytes(key_.Reveal()),
                         Bytes(sealed) + 1) == 1 &&
      EVP_DecryptUpdate(cipher.context, nullptr, &written, Bytes(label), Length(label)) == 1 &&
      EVP_DecryptUpdate(cipher.context, Bytes(plain), &written, Bytes(body), Length(body)) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.context, EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagBytes),
                          tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.context, Bytes(plain) + plain.size(), &written) == 1;
  Secret secret(std::move(plain));  // Wiped when the tag does not match.
  if (!ok) return Broken();
  return secret;
}

}  // namespace firn::ledger
