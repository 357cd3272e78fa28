#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "cloud/ledger/ledger.h"
#include "cloud/ledger/seal.h"
#include "cloud/policy/principal.h"

/// From an access key id to who it is: what the door asks before it checks a signature.

namespace firn::iam {

/// A key that may sign, and for whom. Do not trust the principal before the signature has been
/// checked with the secret.
struct Identity {
  Secret secret_key;
  std::shared_ptr<const policy::Principal> principal;
};

/// Looks up long-lived (AKIA…) and temporary (ASIA…) keys.
///
/// Thread-safe. All references must outlive it.
class IdentityStore {
 public:
  IdentityStore(ledger::Ledger& ledger, const ledger::Sealer& sealer, const Clock& clock);
  ~IdentityStore();

  /// Loads secret, principal and policies in one read transaction. `session_token` is what the
  /// request carried; empty when it carried none.
  ///
  /// Errors: kUnauthenticated/InvalidClientTokenId for an unknown or inactive key (S3 calls it
  /// InvalidAccessKeyId, glue UnrecognizedClientException); kUnauthenticated/InvalidToken when the
  /// session token is missing, wrong, or sent with a long-lived key; kUnauthenticated/ExpiredToken.
  Result<Identity> FindAccessKey(const AccessKeyId& id, std::string_view session_token) const;

  /// The policies of a user or role as they are now, without a key: for simulation and the console.
  /// Errors: kNotFound/NoSuchEntity; kInvalidArgument/InvalidArn.
  Result<std::shared_ptr<const policy::Principal>> FindPrincipal(std::string_view arn) const;

  /// The default version's text of a managed policy, ours or AWS's. Errors: kNotFound/NoSuchEntity.
  Result<std::string> FindPolicyDocument(const std::string& arn) const;

  /// Remembers that a key was used; writes at most once a key and kUseRecordedEvery. Call after the
  /// signature was checked.
  void RecordUse(const AccessKeyId& id, std::string_view service, std::string_view region);

 private:
  struct State;

  // Constant after construction.
  ledger::Ledger& ledger_;
  const ledger::Sealer& sealer_;
  const Clock& clock_;
  // Own synchronisation.
  std::unique_ptr<State> state_;
};

/// Makes the account root's key if it has none, else returns the one there is. Called once at
/// start. Errors: of the ledger and the sealer.
Result<Credentials> EnsureRootKey(ledger::Ledger& ledger, const ledger::Sealer& sealer,
                                  const Clock& clock, Random& random, std::string_view account_id);

/// The prefix (AIDA, AROA, AGPA, ANPA, AKIA, ASIA) and 16 characters of upper-case base32.
std::string NewUniqueId(std::string_view prefix, Random& random);
AccessKeyId NewAccessKeyId(std::string_view prefix, Random& random);
/// 40 characters of base64's alphabet.
Secret NewSecretKey(Random& random);

}  // namespace firn::iam
