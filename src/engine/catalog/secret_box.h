#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

/// Secrets at rest: AES-256-GCM under a key in a file only the owner reads.

namespace firn::catalog {

/// Immutable after construction; thread-safe but for `random`'s own rules.
class SecretBox {
 public:
  /// Reads `key_file` (32 bytes), or makes it, mode 0600. Errors: kDataCorruption/BadSecretKey when
  /// the file has another length, kPermissionDenied/SecretKeyReadable when others may read it;
  /// those of durable_file.h.
  static Result<SecretBox> Open(const std::filesystem::path& key_file, Random& random);

  /// `label` is bound to the text: what was sealed as one thing does not open as another.
  /// Base64 of nonce (12 bytes), ciphertext and tag (16 bytes).
  std::string Seal(std::string_view label, const Secret& secret) const;
  /// Errors: kDataCorruption/BadSeal when key, label or bytes are not those of the sealing.
  Result<Secret> Open(std::string_view label, std::string_view sealed) const;

 private:
  SecretBox(Secret key, Random& random) : key_(std::move(key)), random_(&random) {}

  Secret key_;
  Random* random_;
};

}  // namespace firn::catalog
