#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

/// The arithmetic of mysql_native_password and caching_sha2_password, both sides.
///
/// `nonce` is the 20 bytes of the handshake or of the auth switch request, without their final NUL.

namespace firn::mysql {

/// 20 bytes without NUL or `$`, as MySQL makes them.
std::string MakeNonce(Random& random);

/// XOR(SHA1(p), SHA1(nonce + SHA1(SHA1(p)))); empty for an empty password.
std::string NativeResponse(const Secret& password, std::string_view nonce);
/// Of what the server keeps: `stored` is SHA1(SHA1(p)). False for wrong sizes. Constant time.
bool CheckNativeResponse(std::string_view response, std::string_view nonce, std::string_view stored);

/// XOR(SHA256(p), SHA256(SHA256(SHA256(p)) + nonce)); empty for an empty password.
std::string CachingSha2Response(const Secret& password, std::string_view nonce);
/// `stored` is SHA256(SHA256(p)). False for wrong sizes. Constant time.
bool CheckCachingSha2Response(std::string_view response, std::string_view nonce,
                              std::string_view stored);

/// The password and its NUL, repeated-XORed with the nonce and encrypted (RSA-OAEP, SHA-1) for the server's PEM key.
/// Errors: kInvalidArgument/BadPublicKey.
Result<std::string> EncryptPassword(const Secret& password, std::string_view nonce,
                                    std::string_view public_key_pem);

/// The server's RSA key for caching_sha2_password without TLS; made at start, never stored. Immutable, thread-safe.
class RsaKey {
 public:
  /// About 100 ms. Errors: kInternal/RsaKeyFailed.
  static Result<std::unique_ptr<RsaKey>> Generate();
  ~RsaKey();
  RsaKey(const RsaKey&) = delete;
  RsaKey& operator=(const RsaKey&) = delete;

  const std::string& public_key_pem() const { return public_key_pem_; }
  /// The inverse of EncryptPassword. Errors: kUnauthenticated/AccessDenied, for anything that does not decrypt.
  Result<Secret> DecryptPassword(std::string_view encrypted, std::string_view nonce) const;

 private:
  struct Key;
  RsaKey(std::unique_ptr<Key> key, std::string public_key_pem);

  std::unique_ptr<Key> key_;
  std::string public_key_pem_;
};

}  // namespace firn::mysql
