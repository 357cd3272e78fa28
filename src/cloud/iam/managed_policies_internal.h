#pragma once

#include <optional>
#include <span>
#include <string_view>

/// AWS's own managed policies (`arn:aws:iam::aws:policy/…`) that Firn's services can use.

namespace firn::iam {

struct AwsManagedPolicy {
  std::string_view name;
  std::string_view arn;
  std::string_view policy_id;
  std::string_view description;
  std::string_view document;
};

std::span<const AwsManagedPolicy> AwsManagedPolicies();
/// Null when there is none of that ARN.
const AwsManagedPolicy* FindAwsManagedPolicy(std::string_view arn);

}  // namespace firn::iam
