#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "cloud/policy/request.h"
#include "cloud/sts/sts.h"
#include "wire/aws/form.h"

/// What STS's operations are asked for, read and checked.
///
/// Errors of all: kInvalidArgument/ValidationError, unless said otherwise.

namespace firn::sts {

Unexpected Validation(std::string message);

/// DurationSeconds: what it is when absent, the most it may be, and what is said when it is more.
struct SecondsRange {
  std::int64_t otherwise;
  std::int64_t max;
  std::string_view exceeded =
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role or account.";
};
Result<std::int64_t> SecondsOf(const aws::Form& form, const SecondsRange& range);

/// `RoleSessionName`, as messages write it `roleSessionName`.
struct NameParameter {
  std::string_view name;
  std::string_view member;
  std::size_t length_max;
};
Result<std::string> RequireName(const aws::Form& form, const NameParameter& parameter);

/// Role name and account out of `arn:aws:iam::A:role/path/R`.
struct RoleName {
  std::string account_id;
  std::string name;
  std::string resource;  ///< `role/path/name`, as the ARN has it.
};

Result<RoleName> ParseRoleArn(const aws::Form& form);

/// One policy as a session's row keeps it.
json::object PolicyEntry(std::string_view name, std::string_view document);
/// Policy and PolicyArns as the row keeps them; empty when neither is given. Errors also:
/// kInvalidArgument with PackedPolicyTooLarge, MalformedPolicyDocument; kNotFound/NoSuchEntity.
Result<std::string> SessionPoliciesOf(const Sts::Parts& parts, const aws::Form& form);
/// `Tags.member.N.Key/.Value`, in order.
Result<policy::Tags> SessionTagsOf(const aws::Form& form);
/// Empty when none is given.
Result<std::string> SourceIdentityOf(const aws::Form& form);
/// Those of `tags` that TransitiveTagKeys names.
Result<policy::Tags> TransitiveTagsOf(const aws::Form& form, const policy::Tags& tags);
/// SerialNumber and TokenCode: there are no MFA devices here, so no code is right. Errors also:
/// kPermissionDenied/AccessDenied.
Status CheckMfa(const aws::Form& form);

}  // namespace firn::sts
