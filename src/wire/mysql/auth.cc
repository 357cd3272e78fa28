#include "wire/mysql/auth.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/digest.h"
#include "wire/mysql/limits.h"

namespace firn::mysql {
namespace {

constexpr std::size_t kSha1Bytes = 20;
constexpr std::size_t kSha256Bytes = 32;
constexpr unsigned kRsaKeyBits = 2048;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, FreeKey>;
using ContextPointer = std::unique_ptr<EVP_PKEY_CTX, FreeContext>;
using BioPointer = std::unique_ptr<BIO, FreeBio>;

std::string Xor(std::string_view a, std::string_view b) {
  std::string out(a);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<char>(out[i] ^ b[i % b.size()]);
  }
  return out;
}

const unsigned char* Unsigned(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string Concatenate(std::string_view a, std::string_view b) {
  std::string both(a);
  both += b;
  return both;
}

}  // namespace

std::string MakeNonce(Random& random) {
  std::string alphabet;
  for (char c = 0x21; c < 0x7F; ++c) {
    if (c != '$') alphabet.push_back(c);
  }
  return RandomText(random, kNonceBytes, alphabet);
}

std::string NativeResponse(const Secret& password, std::string_view nonce) {
  if (password.empty()) return "";
  const std::string once = Sha1(password.Reveal());
  return Xor(once, Sha1(Concatenate(nonce, Sha1(once))));
}

bool CheckNativeResponse(std::string_view response, std::string_view nonce,
                         std::string_view stored) {
  if (response.size() != kSha1Bytes || stored.size() != kSha1Bytes) return false;
  const std::string once = Xor(response, Sha1(Concatenate(nonce, stored)));
  return ConstantTimeEquals(Sha1(once), stored);
}

std::string CachingSha2Response(const Secret& password, std::string_view nonce) {
  if (password.empty()) return "";
  const std::string once = Sha256(password.Reveal());
  return Xor(once, Sha256(Concatenate(Sha256(once), nonce)));
}

bool CheckCachingSha2Response(std::string_view response, std::string_view nonce,
                              std::string_view stored) {
  if (response.size() != kSha256Bytes || stored.size() != kSha256Bytes) return false;
  const std::string once = Xor(response, Sha256(Concatenate(stored, nonce)));
  return ConstantTimeEquals(Sha256(once), stored);
}

Result<std::string> EncryptPassword(const Secret& password, std::string_view nonce,
                                    std::string_view public_key_pem) {
  const BioPointer bio(BIO_new_mem_buf(public_key_pem.data(),
                                       static_cast<int>(public_key_pem.size())));
  const KeyPointer key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  const Unexpected bad_key =
      InvalidArgument("BadPublicKey", "the server's public key cannot be used");
  if (key == nullptr || nonce.empty()) return bad_key;
  const Secret plain(Xor(Concatenate(password.Reveal(), std::string_view("\0", 1)), nonce));
  const ContextPointer context(EVP_PKEY_CTX_new(key.get(), nullptr));
  std::size_t size = 0;
  if (context == nullptr || EVP_PKEY_encrypt_init(context.get()) <= 0 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) <= 0 ||
      EVP_PKEY_encrypt(context.get(), nullptr, &size, Unsigned(plain.Reveal()),
                       plain.Reveal().size()) <= 0) {
    return bad_key;
  }
  std::string encrypted(size, '\0');
  if (EVP_PKEY_encrypt(context.get(), reinterpret_cast<unsigned char*>(encrypted.data()), &size,
                       Unsigned(plain.Reveal()), plain.Reveal().size()) <= 0) {
    return bad_key;
  }
  encrypted.resize(size);
  return encrypted;
}

struct RsaKey::Key {
  KeyPointer pointer;
};

RsaKey::RsaKey(std::unique_ptr<Key> key, std::string public_key_pem)
    : key_(std::move(key)), public_key_pem_(std::move(public_key_pem)) {}
RsaKey::~RsaKey() = default;

Result<std::unique_ptr<RsaKey>> RsaKey::Generate() {
  auto key = std::make_unique<Key>();
  key->pointer.reset(EVP_RSA_gen(kRsaKeyBits));
  const BioPointer bio(BIO_new(BIO_s_mem()));
  if (key->pointer == nullptr || bio == nullptr ||
      PEM_write_bio_PUBKEY(bio.get(), key->pointer.get()) != 1) {
    return Internal("RsaKeyFailed", "OpenSSL could not make an RSA key");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  std::string pem(text, static_cast<std::size_t>(size));
  return std::unique_ptr<RsaKey>(new RsaKey(std::move(key), std::move(pem)));
}

Result<Secret> RsaKey::DecryptPassword(std::string_view encrypted, std::string_view nonce) const {
  const Unexpected denied =
      Unauthenticated("AccessDenied", "the encrypted password cannot be read");
  const ContextPointer context(EVP_PKEY_CTX_new(key_->pointer.get(), nullptr));
  std::string plain(static_cast<std::size_t>(EVP_PKEY_get_size(key_->pointer.get())), '\0');
  std::size_t size = plain.size();
  if (context == nullptr || nonce.empty() || EVP_PKEY_decrypt_init(context.get()) <= 0 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) <= 0 ||
      EVP_PKEY_decrypt(context.get(), reinterpret_cast<unsigned char*>(plain.data()), &size,
                       Unsigned(encrypted), encrypted.size()) <= 0 ||
      size == 0) {
    return denied;
  }
  plain.resize(size);
  plain = Xor(plain, nonce);
  if (plain.back() != '\0') return denied;
  plain.pop_back();
  return Secret(std::move(plain));
}

}  // namespace firn::mysql
