#include <cstddef>
#include <optional>
#include <vector>

#include "engine/session/like_pattern_internal.h"

namespace firn::session {
namespace {

char Fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

struct PatternByte {
  enum class Kind { kByte, kAny, kMany } kind;
  char byte;
};

std::vector<PatternByte> ReadPattern(std::string_view pattern) {
  std::vector<PatternByte> bytes;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      bytes.push_back({PatternByte::Kind::kByte, Fold(pattern[++i])});
    } else if (pattern[i] == '%') {
      bytes.push_back({PatternByte::Kind::kMany, 0});
    } else if (pattern[i] == '_') {
      bytes.push_back({PatternByte::Kind::kAny, 0});
    } else {
      bytes.push_back({PatternByte::Kind::kByte, Fold(pattern[i])});
    }
  }
  return bytes;
}

}  // namespace

bool MatchesLike(std::string_view text, std::string_view pattern) {
  const std::vector<PatternByte> bytes = ReadPattern(pattern);
  using Kind = PatternByte::Kind;
  std::size_t t = 0;
  std::size_t p = 0;
  std::optional<std::size_t> many;  // The last % met, and the text it has taken so far.
  std::size_t taken = 0;
  while (t < text.size()) {
    if (p < bytes.size() && bytes[p].kind == Kind::kMany) {
      many = p++;
      taken = t;
    } else if (p < bytes.size() &&
               (bytes[p].kind == Kind::kAny || bytes[p].byte == Fold(text[t]))) {
      ++p;
      ++t;
    } else if (many) {
      p = *many + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < bytes.size() && bytes[p].kind == Kind::kMany) ++p;
  return p == bytes.size();
}

}  // namespace firn::session
