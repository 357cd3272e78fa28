#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "cloud/policy/document.h"

/// Who asks, with the policies that speak for them.

namespace firn::policy {

/// A parsed policy and what to call it in reasons: its ARN, or `inline policy NAME of user U`.
struct NamedPolicy {
  std::string name;
  std::shared_ptr<const PolicyDocument> document;
};

enum class PrincipalKind {
  kRoot,  ///< The account itself; identity policies do not limit it.
  kUser,
  kAssumedRole,    ///< A role session.
  kFederatedUser,  ///< A session of GetFederationToken.
  kService,        ///< An AWS service by name, such as `maintenance.s3tables.amazonaws.com`.
  kInternal,       ///< Firn's own background work (maintenance); allowed, and audited. Made in code
                   ///< only.
  kAnonymous,      ///< An unsigned request; only resource policies for everyone can allow it.
};

/// One caller, loaded in one read of the ledger. Immutable after construction by convention; shared
/// as `std::shared_ptr<const Principal>`.
struct Principal {
  PrincipalKind kind = PrincipalKind::kAnonymous;
  std::string account_id;
  /// `arn:aws:iam::A:user/U`, `arn:aws:iam::A:root`, `arn:aws:sts::A:assumed-role/R/S`; a service's
  /// name.
  std::string arn;
  /// `arn:aws:iam::A:role/R` for a role session, else as `arn`: what Lake Formation grants and
  /// trust policies name.
  std::string identity_arn;
  std::string user_id;    ///< AIDA…, `AROA…:session`, or the account id for the root.
  std::string user_name;  ///< Users only.
  std::string role_name;  ///< Role sessions only.
  AccessKeyId access_key_id;

  std::vector<NamedPolicy> identity_policies;  ///< Own and groups', managed and inline.
  std::optional<NamedPolicy> boundary;
  /// Present (even if empty) when the session was made with session policies: they limit it.
  std::optional<std::vector<NamedPolicy>> session_policies;

  std::map<std::string, std::string> tags;  ///< aws:PrincipalTag/…
  /// Of `tags`, those that the next role of a chain gets as well.
  std::map<std::string, std::string> transitive_tags;
  std::string source_identity;  ///< aws:SourceIdentity; stays along a chain of roles. May be empty.
  std::optional<WallTime> session_issued_at;  ///< Temporary credentials only.
  std::optional<WallTime> session_expires_at;
};

/// Firn's own background work. `name` shows in audit records.
Principal InternalPrincipal(std::string account_id, std::string name);
/// Nobody.
Principal AnonymousPrincipal();
/// The account root.
Principal RootPrincipal(std::string account_id);

}  // namespace firn::policy
