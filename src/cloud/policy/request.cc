#include "cloud/policy/request.h"

#include "base/encoding.h"

namespace firn::policy {

ConditionContext& ConditionContext::Set(std::string_view key, std::string value) {
  return Set(key, std::vector<std::string>{std::move(value)});
}

ConditionContext& ConditionContext::Set(std::string_view key, std::vector<std::string> values) {
  values_.insert_or_assign(ToLowerAscii(key), std::move(values));
  return *this;
}

ConditionContext& ConditionContext::SetTags(std::string_view prefix, const Tags& tags) {
  for (const auto& [key, value] : tags) {
    values_[ToLowerAscii(std::string(prefix) + key)].push_back(value);
  }
  return *this;
}

ConditionContext& ConditionContext::SetRequestTags(const Tags& tags) {
  if (tags.empty()) return *this;
  std::vector<std::string> keys;
  for (const auto& tag : tags) keys.push_back(tag.first);
  return SetTags("aws:RequestTag/", tags).Set("aws:TagKeys", std::move(keys));
}

const std::vector<std::string>* ConditionContext::Find(std::string_view key_lower_case) const {
  const auto found = values_.find(key_lower_case);
  return found == values_.end() ? nullptr : &found->second;
}

}  // namespace firn::policy
