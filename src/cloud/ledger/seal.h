#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

/// Secrets at rest: sealed with AES-256-GCM under a key that lies beside the ledger, not in it.

namespace firn::ledger {

/// Seals and opens small secrets.
///
/// A sealed value is `version byte | 12-byte nonce | ciphertext | 16-byte tag`. `label` (the row's
/// identity, such as its access key id) is authenticated with it, so that a sealed value moved to
/// another row does not open.
///
/// Thread-safe.
class Sealer {
 public:
  /// Reads the 32-byte key file, or makes it, mode 0600, on a fresh start.
  ///
  /// Errors: kFailedPrecondition/SealKeyPermissions when others may read the file;
  /// kDataCorruption/SealKeyBroken when it is not 32 bytes; kUnavailable from the disk.
  static Result<std::unique_ptr<Sealer>> Open(const std::filesystem::path& key_file,
                                              Random& random);

  /// Errors: kResourceExhausted/SecretTooLong over kSealedBytesMax; kInternal/SealFailed.
  Result<std::string> Seal(const Secret& plain, std::string_view label) const;

  /// Errors: kDataCorruption/SealBroken when it was changed, cut, moved, or sealed under another
  /// key.
  Result<Secret> Unseal(std::string_view sealed, std::string_view label) const;

 private:
  Sealer(Secret key, Random& random) : key_(std::move(key)), random_(random) {}

  // Constant after construction.
  const Secret key_;
  Random& random_;
};

}  // namespace firn::ledger
