#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cloud/policy/request.h"

/// Wildcard patterns, and policy variables put into them.

namespace firn::policy {

/// A pattern whose wildcards are told apart from literal `*` and `?` (from `${*}`, or from a
/// variable's value, which must not widen the policy).
struct Pattern {
  std::string text;
  std::string is_wildcard;  ///< One byte a character of `text`: 1 where it is a wildcard.

  std::size_t size() const { return text.size(); }
};

/// `text` with its wildcards and, if asked, without its variables resolved.
Pattern LiteralPattern(std::string_view text);
Pattern WildcardPattern(std::string_view text);

/// Replaces `${key}`, `${key, 'default'}`, `${*}`, `${?}` and `${$}`. nullopt when a key is absent
/// without a default or has several values: the pattern then matches nothing. `wildcards`: whether
/// `*` and `?` of the text itself count.
std::optional<Pattern> ExpandVariables(std::string_view text, const ConditionContext& context,
                                       bool wildcards);

bool Matches(const Pattern& pattern, std::string_view text);
/// Letters of ASCII compared without case.
bool MatchesIgnoringCase(const Pattern& pattern, std::string_view text);
/// ARNs part by part: a wildcard stays within the first five colon-separated parts; the last part
/// is the whole rest.
bool MatchesArn(const Pattern& pattern, std::string_view arn);

}  // namespace firn::policy
