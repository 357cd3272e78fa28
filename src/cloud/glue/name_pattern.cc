#include "cloud/glue/name_pattern.h"

#include "base/encoding.h"
#include "cloud/glue/limits.h"

namespace firn::glue {
namespace {

Status CheckPattern(std::string_view pattern) {
  if (pattern.size() > kPatternBytesMax) {
    return InvalidArgument(
        "InvalidInputException",
        "Expression is longer than " + std::to_string(kPatternBytesMax) + " characters");
  }
  const std::size_t sign = pattern.find_first_of("\\[](){}+?^$");
  if (sign == std::string_view::npos) return Ok();
  return InvalidArgument("InvalidInputException",
                         std::string("Expression holds '") + pattern[sign] +
                             "', which is not implemented: use names, '.', '*' and '|'");
}

bool FitsOne(char sign, char letter) {
  return sign == '.' || EqualsIgnoreCaseAscii(std::string_view(&sign, 1), {&letter, 1});
}

/// One alternative without `.*`. After a mismatch the last run grows by one; earlier ones never
/// need to.
bool FitsAlternative(std::string_view pattern, std::string_view name) {
  std::size_t at = 0;
  std::size_t used = 0;
  std::size_t run = std::string_view::npos;  // Behind the last `*`.
  std::size_t run_end = 0;                   // How much of the name is taken up to there.
  while (used < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      run = ++at;
      run_end = used;
    } else if (at < pattern.size() && FitsOne(pattern[at], name[used])) {
      ++at;
      ++used;
    } else if (run != std::string_view::npos) {
      at = run;
      used = ++run_end;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace

Result<bool> FitsNamePattern(std::string_view pattern, std::string_view name) {
  for (std::string_view alternative : Split(pattern, '|')) {
    if (alternative.starts_with('^')) alternative.remove_prefix(1);
    if (alternative.ends_with('$')) alternative.remove_suffix(1);
    FIRN_TRY(CheckPattern(alternative));
    std::string plain;
    for (std::size_t i = 0; i < alternative.size(); ++i) {
      const bool is_run = alternative.substr(i).starts_with(".*");
      if (!is_run) plain += alternative[i];
    }
    if (FitsAlternative(plain, name)) return true;
  }
  return false;
}

}  // namespace firn::glue
