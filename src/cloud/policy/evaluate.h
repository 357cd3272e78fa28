#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cloud/policy/request.h"

/// The decision on one (action, resource), with its reasons. Pure.

namespace firn::policy {

enum class Verdict { kAllowed, kImplicitlyDenied, kExplicitlyDenied };

/// Which kind of policy spoke, or was missing.
enum class Layer { kIdentity, kResource, kBoundary, kSession };

/// A statement that decided.
struct MatchedStatement {
  Layer layer = Layer::kIdentity;
  std::string policy_name;
  std::size_t statement_index = 0;  ///< From 0.
  std::string sid;
  std::size_t line = 0;
  Effect effect = Effect::kDeny;
};

/// A statement that speaks of the action and the resource, but one of whose conditions does not hold.
struct NearMiss {
  MatchedStatement statement;
  std::string key;                  ///< The condition key, in lower case.
  std::vector<std::string> wanted;  ///< The policy's values.
  std::vector<std::string> found;   ///< The request's; empty when it has no such key.
};

/// What was decided and why.
struct Decision {
  Verdict verdict = Verdict::kImplicitlyDenied;
  /// Allowed because of who asks (root, internal) rather than by a statement.
  bool by_principal_kind = false;
  /// Statements that decided: those that deny, or those that allow, first one of each layer.
  std::vector<MatchedStatement> matched;
  /// Layers that had to allow and did not; for kImplicitlyDenied. The first one is named in the
  /// denial text.
  std::vector<Layer> missing;
  /// For kImplicitlyDenied: statements that would have allowed, at most kNearMissesMax.
  std::vector<NearMiss> near_misses;

  bool allowed() const { return verdict == Verdict::kAllowed; }
};

/// Evaluates as AWS documents it ("Policy evaluation logic", same account and cross account): an
/// explicit deny in any layer wins; else every layer present must allow, where identity and
/// resource policies are joined within an account.
///
/// Cost: linear in statements; each wildcard match is bounded by kTextBytesMax.
Decision Evaluate(const Principal& principal, const AccessNeed& need,
                  const ConditionContext& request_conditions, WallTime now);

/// Every key that an evaluation of this request knows: the request's and those about the caller and
/// the time.
ConditionContext KnownKeys(const Principal& principal, const AccessNeed& need,
                           const ConditionContext& request_conditions, WallTime now);

/// AWS's text for a denied decision: `User: ARN is not authorized to perform: s3:GetObject on
/// resource: ARN because no identity-based policy allows the s3:GetObject action`, `… with an
/// explicit deny in a permissions boundary`, ….
std::string DenialText(const Principal& principal, const AccessNeed& need,
                       const Decision& decision);

/// The decision in words, for doctor, console and the audit log: which statement of which policy,
/// or which layer was silent.
std::string Explain(const Decision& decision);

/// Wildcards `*` (any run, `/` and `:` included) and `?` (one character). Linear space, bounded
/// time.
bool MatchesPattern(std::string_view pattern, std::string_view text);

std::string_view LayerName(Layer layer);
std::string_view VerdictName(Verdict verdict);

}  // namespace firn::policy
