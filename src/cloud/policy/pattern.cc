#include <array>

#include "base/encoding.h"
#include "cloud/policy/evaluate.h"
#include "cloud/policy/limits.h"
#include "cloud/policy/pattern_internal.h"

namespace firn::policy {
namespace {

char FoldCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

/// Greedy matching that returns to the last `*` only: at most pattern x text steps, no recursion.
template <typename Same>
bool MatchGlyphs(const Pattern& pattern, std::size_t begin, std::size_t end, std::string_view text,
                 Same same) {
  std::size_t p = begin;
  std::size_t t = 0;
  std::size_t star = std::string::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    const bool wildcard = p < end && pattern.is_wildcard[p] != 0;
    if (wildcard && pattern.text[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < end && (wildcard || same(pattern.text[p], text[t]))) {
      ++p;
      ++t;
    } else if (star != std::string::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < end && pattern.is_wildcard[p] != 0 && pattern.text[p] == '*') ++p;
  return p == end;
}

void Append(Pattern& pattern, std::string_view text, bool wildcards) {
  for (const char c : text) {
    pattern.text.push_back(c);
    pattern.is_wildcard.push_back(wildcards && (c == '*' || c == '?') ? 1 : 0);
  }
}

/// The inside of `${…}`: `key` or `key, 'default'`.
std::optional<std::string> ResolveVariable(std::string_view inside,
                                           const ConditionContext& context) {
  std::string_view key = inside;
  std::optional<std::string_view> otherwise;
  if (const std::size_t comma = inside.find(','); comma != std::string_view::npos) {
    key = inside.substr(0, comma);
    std::string_view rest = inside.substr(comma + 1);
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    if (rest.size() < 2 || rest.front() != '\'' || rest.back() != '\'') return std::nullopt;
    otherwise = rest.substr(1, rest.size() - 2);
  }
  const std::vector<std::string>* values = context.Find(ToLowerAscii(key));
  if (values != nullptr && values->size() == 1) return values->front();
  if (otherwise) return std::string(*otherwise);
  return std::nullopt;
}

}  // namespace

Pattern LiteralPattern(std::string_view text) {
  Pattern pattern;
  Append(pattern, text, false);
  return pattern;
}

Pattern WildcardPattern(std::string_view text) {
  Pattern pattern;
  Append(pattern, text, true);
  return pattern;
}

std::optional<Pattern> ExpandVariables(std::string_view text, const ConditionContext& context,
                                       bool wildcards) {
  Pattern pattern;
  while (!text.empty()) {
    const std::size_t start = text.find("${");
    const std::size_t end = start == std::string_view::npos ? start : text.find('}', start);
    if (end == std::string_view::npos) {
      Append(pattern, text, wildcards);
      break;
    }
    Append(pattern, text.substr(0, start), wildcards);
    const std::string_view inside = text.substr(start + 2, end - start - 2);
    if (inside == "*" || inside == "?" || inside == "$") {
      Append(pattern, inside, false);
    } else {
      const std::optional<std::string> value = ResolveVariable(inside, context);
      if (!value) return std::nullopt;
      Append(pattern, *value, false);
    }
    text.remove_prefix(end + 1);
  }
  return pattern;
}

bool Matches(const Pattern& pattern, std::string_view text) {
  if (pattern.size() > kTextBytesMax || text.size() > kTextBytesMax) return false;
  return MatchGlyphs(pattern, 0, pattern.size(), text, [](char a, char b) { return a == b; });
}

bool MatchesIgnoringCase(const Pattern& pattern, std::string_view text) {
  if (pattern.size() > kTextBytesMax || text.size() > kTextBytesMax) return false;
  return MatchGlyphs(pattern, 0, pattern.size(), text,
                     [](char a, char b) { return FoldCase(a) == FoldCase(b); });
}

bool MatchesArn(const Pattern& pattern, std::string_view arn) {
  if (pattern.size() > kTextBytesMax || arn.size() > kTextBytesMax) return false;
  // IAM compares six parts; a pattern of fewer (`*`, `arn:aws:s3:::*` has six) is compared whole.
  std::size_t pattern_at = 0;
  const auto same = [](char a, char b) { return a == b; };
  for (int part = 0; part < 5; ++part) {
    const std::size_t pattern_end = pattern.text.find(':', pattern_at);
    const std::size_t arn_end = arn.find(':');
    if (pattern_end == std::string::npos) {
      return part == 0 && MatchGlyphs(pattern, 0, pattern.size(), arn, same);
    }
    if (arn_end == std::string_view::npos) return false;
    if (!MatchGlyphs(pattern, pattern_at, pattern_end, arn.substr(0, arn_end), same)) return false;
    pattern_at = pattern_end + 1;
    arn.remove_prefix(arn_end + 1);
  }
  return MatchGlyphs(pattern, pattern_at, pattern.size(), arn, same);
}

bool MatchesPattern(std::string_view pattern, std::string_view text) {
  return Matches(WildcardPattern(pattern), text);
}

}  // namespace firn::policy
