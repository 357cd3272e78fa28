#include "sql/keyword.h"

#include <algorithm>
#include <array>

namespace firn::sql {
namespace {

struct Entry {
  std::string_view text;
  bool reserved;
};

constexpr Entry kEntries[] = {{"", false},
#define FIRN_KEYWORD_ENTRY(name, word, reserved) {word, reserved != 0},
                              FIRN_KEYWORDS(FIRN_KEYWORD_ENTRY)
#undef FIRN_KEYWORD_ENTRY
};
constexpr size_t kEntryCount = std::size(kEntries);

constexpr size_t kWordBytesMax = [] {
  size_t longest = 0;
  for (const Entry& entry : kEntries) longest = std::max(longest, entry.text.size());
  return longest;
}();

static_assert(std::is_sorted(std::begin(kEntries), std::end(kEntries),
                             [](const Entry& a, const Entry& b) { return a.text < b.text; }),
              "FIRN_KEYWORDS is searched by halves");

}  // namespace

Keyword FindKeyword(std::string_view word) {
  if (word.empty() || word.size() > kWordBytesMax) return Keyword::kNotAKeyword;
  std::array<char, kWordBytesMax> buffer;
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    buffer[i] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  const std::string_view upper(buffer.data(), word.size());
  const auto* found =
      std::lower_bound(std::begin(kEntries), std::end(kEntries), upper,
                       [](const Entry& entry, std::string_view w) { return entry.text < w; });
  if (found == std::end(kEntries) || found->text != upper) return Keyword::kNotAKeyword;
  return static_cast<Keyword>(found - std::begin(kEntries));
}

std::string_view KeywordText(Keyword keyword) {
  const auto index = static_cast<size_t>(keyword);
  return index < kEntryCount ? kEntries[index].text : std::string_view();
}

bool IsReserved(Keyword keyword) {
  const auto index = static_cast<size_t>(keyword);
  return index < kEntryCount && kEntries[index].reserved;
}

bool IsCallable(Keyword keyword) {
  switch (keyword) {
    case Keyword::kLeft:
    case Keyword::kRight:
    case Keyword::kIf:
    case Keyword::kReplace:
    case Keyword::kMod:
    case Keyword::kLike:
    case Keyword::kRegexp:
    case Keyword::kRlike:
    case Keyword::kGrouping:
    case Keyword::kInsert:
    case Keyword::kCurrentDate:
    case Keyword::kCurrentTime:
    case Keyword::kCurrentTimestamp:
    case Keyword::kCurrentUser:
    case Keyword::kLocaltime:
    case Keyword::kLocaltimestamp: return true;
    default: return false;
  }
}

}  // namespace firn::sql
