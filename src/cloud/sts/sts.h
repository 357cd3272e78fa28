#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/context.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "cloud/iam/identity.h"
#include "cloud/ledger/ledger.h"
#include "cloud/ledger/seal.h"
#include "cloud/policy/authorizer.h"
#include "wire/aws/answer.h"
#include "wire/aws/form.h"

/// Temporary credentials: made here, found again by iam::IdentityStore.

namespace firn::sts {

/// Credentials that end.
struct TemporaryCredentials {
  Credentials credentials;  ///< ASIA…, secret, token.
  WallTime expires_at;
};

/// What vended credentials are to be.
struct VendingRequest {
  /// Shows as `arn:aws:sts::A:assumed-role/<service_name>/<session_name>`, such as
  /// AWSServiceRoleForLakeFormationDataAccess.
  std::string service_name;
  std::string session_name;
  /// A policy document that says all the session may do. It may do nothing else: the caller's own
  /// policies do not count, for the service acts for them after Lake Formation has said yes.
  std::string session_policy;
  std::chrono::seconds duration{3600};
};

/// Thread-safe. All references must outlive it.
class Sts {
 public:
  struct Parts {
    ledger::Ledger& ledger;
    const ledger::Sealer& sealer;
    const iam::IdentityStore& identities;
    const Clock& clock;
    Random& random;
    std::string account_id;
  };
  explicit Sts(Parts parts) : parts_(std::move(parts)) {}

  /// Mints credentials scoped by a session policy, for vending to whom `permit` was made out.
  ///
  /// Cost: one ledger write (an fsync). Errors: kInvalidArgument/MalformedPolicyDocument;
  /// kInvalidArgument/ValidationError for a duration outside 900 s to 12 h.
  Result<TemporaryCredentials> Vend(const policy::Permit& permit,
                                    const VendingRequest& request) const;

  /// As IamApi::RequiredAccess. GetCallerIdentity needs nothing and answers an empty list: call
  /// HandleUnauthorized then.
  Result<std::vector<policy::AccessNeed>> RequiredAccess(const policy::Principal& principal,
                                                         const aws::Form& form) const;

  /// Everything that RequiredAccess has a need for.
  /// Errors: kInvalidArgument/{ValidationError,MalformedPolicyDocument,PackedPolicyTooLarge,
  /// InvalidParameterValue,InvalidAuthorizationMessageException}; kUnsupported/InvalidAction;
  /// kPermissionDenied/AccessDenied for callers that no policy can allow, and for MFA codes.
  Result<aws::Answer> Handle(const Context& context, const policy::Permit& permit,
                             const aws::Form& form) const;

  /// GetCallerIdentity and GetSessionToken, which need no permission: anyone whose signature holds
  /// may ask.
  Result<aws::Answer> HandleUnauthorized(const Context& context, const policy::Principal& principal,
                                         const aws::Form& form) const;

  /// Removes sessions that expired over an hour ago; call now and then. How many went.
  Result<std::int64_t> PruneSessions() const;

 private:
  // Constant after construction.
  const Parts parts_;
};

}  // namespace firn::sts
