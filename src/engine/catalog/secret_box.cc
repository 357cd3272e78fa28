#include "engine/catalog/secret_box.h"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <vector>

#include "base/check.h"
#include "base/durable_file.h"
#include "base/encoding.h"

namespace firn::catalog {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

Unexpected BadSeal() {
  return DataCorruption(
      "BadSeal", "A sealed secret does not open: it was changed, or sealed with another key");
}

Status CheckMode(const std::filesystem::path& key_file) {
  std::error_code failure;
  const auto permissions = std::filesystem::status(key_file, failure).permissions();
  const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
  if (failure || (permissions & others) == std::filesystem::perms::none) return Ok();
  return PermissionDenied("SecretKeyReadable", "The file " + key_file.string() +
                                                   " may be read by others; make it mode 0600");
}

}  // namespace

Result<SecretBox> SecretBox::Open(const std::filesystem::path& key_file, Random& random) {
  auto key = ReadWholeFile(key_file, 4096);
  if (!key && key.error().code() == ErrorCode::kNotFound) {
    std::string fresh(kKeyBytes, '\0');
    random.Fill(std::as_writable_bytes(std::span(fresh)));
    FIRN_TRY(WriteFileDurably(key_file, fresh, 0600));
    return SecretBox(Secret(std::move(fresh)), random);
  }
  if (!key) return std::move(key).error();
  FIRN_TRY(CheckMode(key_file));
  if (key->size() != kKeyBytes) {
    return DataCorruption("BadSecretKey", "The file " + key_file.string() +
                                              " does not hold a key of " +
                                              std::to_string(kKeyBytes) + " bytes");
  }
  return SecretBox(Secret(*std::move(key)), random);
}

std::string SecretBox::Seal(std::string_view label, const Secret& secret) const {
  const std::string_view text = secret.Reveal();
  std::string sealed(kNonceBytes + text.size() + kTagBytes, '\0');
  random_->Fill(std::as_writable_bytes(std::span(sealed.data(), kNonceBytes)));
  unsigned char* const out = Bytes(sealed) + kNonceBytes;
  const Cipher cipher(EVP_CIPHER_CTX_new());
  int count = 0;
  int rest = 0;
  const bool sealed_well = cipher != nullptr &&
                           EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                                              Bytes(key_.Reveal()), Bytes(sealed)) == 1 &&
                           EVP_EncryptUpdate(cipher.get(), nullptr, &count, Bytes(label),
                                             static_cast<int>(label.size())) == 1 &&
                           EVP_EncryptUpdate(cipher.get(), out, &count, Bytes(text),
                                             static_cast<int>(text.size())) == 1 &&
                           EVP_EncryptFinal_ex(cipher.get(), out + count, &rest) == 1 &&
                           EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG,
                                               static_cast<int>(kTagBytes), out + text.size()) == 1;
  FIRN_CHECK(sealed_well);  // AES-GCM over bytes in memory cannot fail.
  return Base64Encode(AsBytes(sealed));
}

Result<Secret> SecretBox::Open(std::string_view label, std::string_view sealed_text) const {
  auto decoded = Base64Decode(sealed_text);
  if (!decoded || decoded->size() < kNonceBytes + kTagBytes) return BadSeal();
  std::string& sealed = *decoded;
  const std::size_t text_size = sealed.size() - kNonceBytes - kTagBytes;
  std::string text(text_size, '\0');
  const Cipher cipher(EVP_CIPHER_CTX_new());
  FIRN_CHECK(cipher != nullptr);
  int count = 0;
  int rest = 0;
  const bool opened =
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(key_.Reveal()),
                         Bytes(sealed)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &count, Bytes(label),
                        static_cast<int>(label.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), Bytes(text), &count, Bytes(sealed) + kNonceBytes,
                        static_cast<int>(text_size)) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagBytes),
                          Bytes(sealed) + kNonceBytes + text_size) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), Bytes(text) + count, &rest) == 1;
  Secret secret(std::move(text));
  if (!opened) return BadSeal();
  return secret;
}

}  // namespace firn::catalog
