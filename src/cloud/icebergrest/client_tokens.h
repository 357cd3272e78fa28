#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "cloud/iam/identity.h"
#include "wire/aws/answer.h"
#include "wire/aws/form.h"

/// OAuth2 client credentials: an access key pair is the client, a signed text that expires is its
/// token.

namespace firn::icebergrest {

/// What a token says, before its signature was looked at.
struct TokenClaims {
  AccessKeyId access_key_id;
  std::string region;
  std::int64_t expires_at_ms = 0;
  std::string_view signed_text;  ///< Within the token.
  std::string_view signature;    ///< Hex, within the token.
};
/// `firn2.<access key id>.<region>.<expiry in ms>.<HMAC>`. Errors: kUnauthenticated/InvalidBearerToken.
Result<TokenClaims> ParseToken(std::string_view token);

/// Nothing is stored: a token is signed with a key derived from the access key's secret, so it dies
/// with the key.
///
/// Thread-safe. All references must outlive it.
class ClientTokens {
 public:
  ClientTokens(const iam::IdentityStore& identities, const Clock& clock, std::string region)
      : identities_(identities), clock_(clock), region_(std::move(region)) {}

  /// POST oauth/tokens: grants client_credentials and token-exchange (of a token that still holds).
  /// A token acts in one region: the one that a word `region:<name>` of `scope` names, else that of
  /// the token it is exchanged for, else `region`. Other words of the scope say nothing here.
  /// The client is in the form or in `authorization`, a Basic header. A refusal is OAuth2's own
  /// body with status 400 or 401.
  aws::Answer Issue(const aws::Form& form, std::string_view authorization) const;

  /// Who the bearer is; the signature is compared in constant time.
  /// Errors: kUnauthenticated/InvalidBearerToken, /AuthenticationTimeout.
  Result<iam::Identity> Verify(std::string_view token) const;

 private:
  aws::Answer Grant(const AccessKeyId& id, const Secret& secret, std::string_view region) const;

  // Constant after construction.
  const iam::IdentityStore& identities_;
  const Clock& clock_;
  const std::string region_;
};

}  // namespace firn::icebergrest
