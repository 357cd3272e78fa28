#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/context.h"
#include "base/random.h"
#include "base/result.h"
#include "cloud/iam/identity.h"
#include "cloud/ledger/ledger.h"
#include "cloud/ledger/seal.h"
#include "cloud/policy/authorizer.h"
#include "wire/aws/answer.h"
#include "wire/aws/form.h"

/// IAM's query API: a form in, XML out. The door asks RequiredAccess, authorises, then calls Handle
/// with the permit.

namespace firn::iam {

/// All of IAM for one account. Thread-safe. All references must outlive it.
class IamApi {
 public:
  struct Parts {
    ledger::Ledger& ledger;
    const ledger::Sealer& sealer;
    const IdentityStore& identities;
    const Clock& clock;
    Random& random;
    std::string account_id;
  };
  explicit IamApi(Parts parts) : parts_(std::move(parts)) {}

  /// The (action, resource) pairs that the call needs.
  ///
  /// Errors: kInvalidArgument/InvalidAction for an action IAM does not have;
  /// kUnsupported/UnsupportedOperation for one that Firn does not have;
  /// kInvalidArgument/ValidationError when a name it needs for the resource is missing or bad;
  /// kUnauthenticated/InvalidClientTokenId for sessions of GetSessionToken and GetFederationToken.
  Result<std::vector<policy::AccessNeed>> RequiredAccess(const policy::Principal& principal,
                                                         const aws::Form& form) const;

  /// Errors: kNotFound/NoSuchEntity, kAlreadyExists/EntityAlreadyExists,
  /// kResourceExhausted/LimitExceeded, kConflict/DeleteConflict,
  /// kInvalidArgument/{ValidationError,InvalidInput,MalformedPolicyDocument}, and RequiredAccess's.
  Result<aws::Answer> Handle(const Context& context, const policy::Permit& permit,
                             const aws::Form& form) const;

 private:
  // Constant after construction.
  const Parts parts_;
};

}  // namespace firn::iam
