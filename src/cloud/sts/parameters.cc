#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/encoding.h"
#include "base/json.h"
#include "cloud/policy/document.h"
#include "cloud/sts/limits.h"
#include "cloud/sts/parameters_internal.h"
#include "wire/aws/arn.h"

namespace firn::sts {

Unexpected Validation(std::string message) {
  return InvalidArgument("ValidationError", std::move(message));
}

namespace {

bool IsSessionName(std::string_view text) {
  return text.size() >= kSessionNameMin && text.size() <= kSessionNameMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("_+=,.@-").find(c) != std::string_view::npos;
         });
}

}  // namespace

json::object PolicyEntry(std::string_view name, std::string_view document) {
  return {{"name", json::string(name)}, {"document", json::string(document)}};
}

Result<std::int64_t> SecondsOf(const aws::Form& form, const SecondsRange& range) {
  const auto text = form.Find("DurationSeconds");
  if (!text) return std::min(range.otherwise, range.max);
  std::int64_t seconds = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (failure != std::errc() || end != text->data() + text->size() ||
      seconds < kSessionSecondsMin) {
    return Validation(
        fmt::format("1 validation error detected: Value '{}' at 'durationSeconds' failed to "
                    "satisfy constraint: Member must have "
                    "value greater than or equal to {}",
                    text->substr(0, 32), kSessionSecondsMin));
  }
  if (seconds > range.max) return Validation(std::string(range.exceeded));
  return seconds;
}

Result<std::string> RequireName(const aws::Form& form, const NameParameter& parameter) {
  std::string name = form.Get(parameter.name);
  if (IsSessionName(name) && name.size() <= parameter.length_max) return name;
  return Validation(
      fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy "
                  "constraint: Member must have {} to {} characters of [\\w+=,.@-]",
                  name.substr(0, 64), parameter.member, kSessionNameMin, parameter.length_max));
}

Result<RoleName> ParseRoleArn(const aws::Form& form) {
  const std::string text = form.Get("RoleArn");
  const auto arn = aws::ParseArn(text);
  if (!arn || arn->service != "iam" || !arn->resource.starts_with("role/") ||
      arn->resource.size() < 6) {
    return Validation(fmt::format("{} is invalid", text.empty() ? "RoleArn" : text.substr(0, 256)));
  }
  return RoleName{arn->account_id, arn->resource.substr(arn->resource.rfind('/') + 1),
                  arn->resource};
}

Result<std::string> SessionPoliciesOf(const Sts::Parts& parts, const aws::Form& form) {
  json::array policies;
  if (const auto text = form.Find("Policy"); text && !text->empty()) {
    if (text->size() > kSessionPolicyBytesMax) {
      return InvalidArgument(
          "PackedPolicyTooLarge",
          fmt::format("The session policy has {} characters, at most {} are allowed.", text->size(),
                      kSessionPolicyBytesMax));
    }
    FIRN_ASSIGN_OR_RETURN([[maybe_unused]] const auto document,
                          policy::ParsePolicy(*text, policy::PolicyUse::kIdentity));
    policies.push_back(PolicyEntry("session policy", *text));
  }
  for (std::size_t i = 1; i <= kSessionPolicyArnsMax + 1; ++i) {
    const auto arn = form.Find(fmt::format("PolicyArns.member.{}.arn", i));
    if (!arn) break;
    if (i > kSessionPolicyArnsMax)
      return Validation("At most 10 session policy ARNs can be given.");
    FIRN_ASSIGN_OR_RETURN(const std::string document,
                          parts.identities.FindPolicyDocument(std::string(*arn)));
    policies.push_back(PolicyEntry(*arn, document));
  }
  return policies.empty() ? std::string() : PrintJson(policies);
}

Result<policy::Tags> SessionTagsOf(const aws::Form& form) {
  policy::Tags tags;
  std::set<std::string> seen;
  for (std::size_t i = 1;; ++i) {
    const auto key = form.Find(fmt::format("Tags.member.{}.Key", i));
    if (!key) return tags;
    std::string value = form.Get(fmt::format("Tags.member.{}.Value", i));
    if (tags.size() == kSessionTagsMax) {
      return Validation(fmt::format("a session takes at most {} tags", kSessionTagsMax));
    }
    if (key->empty() || key->size() > kTagKeyBytesMax || value.size() > kTagValueBytesMax) {
      return Validation(fmt::format("tag {}: a key has 1 to {} characters, a value at most {}", i,
                                    kTagKeyBytesMax, kTagValueBytesMax));
    }
    if (ToLowerAscii(*key).starts_with("aws:")) {
      return Validation(fmt::format("tag {}: keys that begin with aws: are AWS's own", i));
    }
    // Keys are told apart without case, as IAM does for principal tags.
    if (!seen.insert(ToLowerAscii(*key)).second) {
      return Validation(
          "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
    tags.emplace_back(std::string(*key), std::move(value));
  }
}

Result<std::string> SourceIdentityOf(const aws::Form& form) {
  if (!form.Has("SourceIdentity")) return std::string();
  return RequireName(form, {"SourceIdentity", "sourceIdentity", kSessionNameMax});
}

Result<policy::Tags> TransitiveTagsOf(const aws::Form& form, const policy::Tags& tags) {
  policy::Tags transitive;
  for (const std::string& key : form.Members("TransitiveTagKeys")) {
    const auto tag = std::find_if(tags.begin(), tags.end(), [&](const auto& one) {
      return EqualsIgnoreCaseAscii(one.first, key);
    });
    if (tag == tags.end()) {
      return Validation("The specified transitive tag key must be included in the requested tags.");
    }
    transitive.push_back(*tag);
  }
  return transitive;
}

Status CheckMfa(const aws::Form& form) {
  const bool has_serial = form.Has("SerialNumber");
  if (has_serial != form.Has("TokenCode")) {
    return Validation(has_serial ? "SerialNumber needs a TokenCode"
                                 : "TokenCode needs a SerialNumber");
  }
  if (!has_serial) return Ok();
  return PermissionDenied("AccessDenied",
                          "MultiFactorAuthentication failed with invalid MFA one time pass code.");
}

}  // namespace firn::sts
