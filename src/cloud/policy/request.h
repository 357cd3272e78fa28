#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "cloud/policy/principal.h"

/// What is asked.

namespace firn::policy {

/// Keys and values, as a resource has them or a request brings them.
using Tags = std::vector<std::pair<std::string, std::string>>;

/// Condition keys of one request. Keys are matched without case; a key may have several values.
/// Thread-compatible.
class ConditionContext {
 public:
  ConditionContext& Set(std::string_view key, std::string value);
  ConditionContext& Set(std::string_view key, std::vector<std::string> values);
  /// `prefix` and each tag's key, such as aws:ResourceTag/team. Tags whose keys differ in case
  /// alone are values of one key, so that none hides another from a Deny.
  ConditionContext& SetTags(std::string_view prefix, const Tags& tags);
  /// aws:RequestTag/… and aws:TagKeys of the tags that a request brings; nothing when there are
  /// none.
  ConditionContext& SetRequestTags(const Tags& tags);
  /// Null when the request does not have the key.
  const std::vector<std::string>* Find(std::string_view key_lower_case) const;
  const std::map<std::string, std::vector<std::string>, std::less<>>& all() const {
    return values_;
  }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// One (action, resource) that the request needs, such as `glue:GetTable` on the table's ARN.
struct AccessNeed {
  std::string action;           ///< `service:Action`.
  std::string resource;         ///< An ARN, or `*` for actions without resource types.
  ConditionContext conditions;  ///< Keys of this resource alone, such as s3tables:namespace.
  std::vector<NamedPolicy>
      resource_policies;  ///< Policies attached to the resource (bucket and table policies).
  std::string resource_account_id;  ///< Whose it is; empty: the caller's account.
  /// The resource policy must allow by itself or through the account (role trust policies,
  /// sts:AssumeRole).
  bool resource_policy_decides = false;
};

/// A request, all of whose needs must be allowed.
struct AuthorizationRequest {
  std::vector<AccessNeed> needs;  ///< The first one is what the request is about; at least one.
  /// Keys of the whole request: aws:SourceIp, aws:SecureTransport, aws:RequestedRegion,
  /// aws:UserAgent, …. Keys about the caller (aws:username, aws:userid, aws:PrincipalArn,
  /// aws:PrincipalAccount, aws:PrincipalType, aws:PrincipalTag/…, aws:TokenIssueTime) and the time
  /// (aws:CurrentTime, aws:EpochTime) are added by the evaluation.
  ConditionContext conditions;
};

}  // namespace firn::policy
