#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// AWS's own managed policies (`arn:aws:iam::aws:policy/…`) that users of Firn's services attach.

namespace firn::iam {

struct AwsManagedPolicy {
  std::string_view name;
  std::string_view path;
  std::int64_t version;  ///< The one that is here; AWS keeps older ones as well.
  std::string_view created_at;
  std::string_view updated_at;
  std::string_view document;

  std::string Arn() const;
  /// Made from the name: AWS's own are not published.
  std::string PolicyId() const;
};

/// By name.
std::span<const AwsManagedPolicy> AwsManagedPolicies();
/// Null when there is none of that ARN.
const AwsManagedPolicy* FindAwsManagedPolicy(std::string_view arn);

}  // namespace firn::iam
