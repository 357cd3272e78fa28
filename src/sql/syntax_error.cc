#include "sql/syntax_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sql/limits.h"
#include "sql/redact.h"

namespace firn::sql {
namespace {

constexpr size_t kFoundBytesMax = 64;
constexpr size_t kDistanceBytesMax = 32;
constexpr size_t kGuessedWordBytesMin = 3;

char ToUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// Cuts at a character's edge.
std::string_view Shorten(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0) == 0x80) --bytes_max;
  return text.substr(0, bytes_max);
}

std::string FoundText(const ErrorPlace& place) {
  const Token& token = place.token;
  if (token.kind == TokenKind::kEnd) return "<EOF>";
  const std::string_view text =
      place.script.substr(token.begin_bytes(), token.end_bytes - token.begin_bytes());
  const bool is_grammar =
      token.kind == TokenKind::kSymbol || token.keyword != Keyword::kNotAKeyword;
  if (!is_grammar && MayHoldSecrets(place.statement_text)) {
    return text.front() == '\'' || text.front() == '"' ? fmt::format("{0}***{0}", text.front())
                                                       : "***";
  }
  const std::string_view shown = Shorten(text, kFoundBytesMax);
  std::string found(shown);
  std::replace(found.begin(), found.end(), '\n', ' ');
  if (shown.size() < text.size()) found += "...";
  return found;
}

// Double-width characters take two columns of a terminal: the caret must stand under them.
bool IsWide(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned lead = byte(at);
  if (lead < 0xE1 || lead >= 0xF8) return false;
  if (lead >= 0xF0) return true;
  const unsigned point =
      ((lead & 0x0FU) << 12U) | ((byte(at + 1) & 0x3FU) << 6U) | (byte(at + 2) & 0x3FU);
  return (point >= 0x1100 && point <= 0x115F) || (point >= 0x2E80 && point <= 0xA4CF) ||
         (point >= 0xAC00 && point <= 0xD7A3) || (point >= 0xF900 && point <= 0xFAFF) ||
         (point >= 0xFE30 && point <= 0xFE6F) || (point >= 0xFF00 && point <= 0xFF60);
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Where an excerpt of the line around `offset` begins and ends.
struct Excerpt {
  size_t begin;
  size_t end;
};

// Not before `statement_begin`: what stands there may hold another statement's secrets.
Excerpt ExcerptAround(std::string_view script, size_t offset, size_t statement_begin) {
  size_t begin = offset == 0 ? 0 : script.rfind('\n', offset - 1) + 1;  // npos + 1 is 0.
  begin = std::max(begin, std::min(statement_begin, offset));
  size_t end = std::min(script.find('\n', offset), script.size());
  if (offset - begin > kExcerptCharactersMax / 2) begin = offset - kExcerptCharactersMax / 2;
  while (begin < offset && IsContinuation(script[begin])) ++begin;
  if (end - begin > kExcerptCharactersMax) end = begin + kExcerptCharactersMax;
  while (end > offset && end < script.size() && IsContinuation(script[end])) --end;
  return {begin, end};
}

// The line with a caret under the place; strings are starred out where they may be secrets.
std::string RenderExcerpt(const ErrorPlace& place) {
  const size_t offset = place.token.begin_bytes();
  if (MayHoldSecrets(place.statement_text)) return {};
  const size_t statement_begin = place.script.size() - place.statement_text.size();
  const auto [begin, end] = ExcerptAround(place.script, offset, statement_begin);
  std::string line;
  std::string caret;
  for (size_t at = begin; at < end; ++at) {
    const char c = place.script[at];
    const bool control = static_cast<unsigned char>(c) < 0x20;
    line.push_back(control ? ' ' : c);
    if (at < offset && !IsContinuation(c)) caret += IsWide(place.script, at) ? "  " : " ";
  }
  return fmt::format("\n  {}\n  {}^", line, caret);
}

bool BeginsWithPrompt(std::string_view statement_text) {
  for (const std::string_view prompt : {"StarRocks", "mysql"}) {
    if (!statement_text.starts_with(prompt)) continue;
    const size_t next = statement_text.find_first_not_of(' ', prompt.size());
    if (next != std::string_view::npos && statement_text[next] == '>') return true;
  }
  return false;
}

std::string HintFor(const ErrorPlace& place, const Expected& expected) {
  const Token& token = place.token;
  if (BeginsWithPrompt(place.statement_text)) {
    return "The prompt is not part of the statement: leave out `StarRocks>`, and the `->` of "
           "further lines.";
  }
  const std::string_view text =
      place.script.substr(token.begin_bytes(), token.end_bytes - token.begin_bytes());
  if (expected.has_string() && token.symbol == Symbol::kLess) {
    return "Replace the placeholder <…> by its value and quote it: \"value\".";
  }
  if (expected.wants_string_only() &&
      (token.kind == TokenKind::kWord || token.kind == TokenKind::kInteger ||
       token.kind == TokenKind::kDecimal || token.kind == TokenKind::kQuotedName)) {
    return "A string is expected here: put it in quotes.";
  }
  const bool touches_string =
      token.kind == TokenKind::kWord && token.begin_bytes() > 0 &&
      place.script.substr(token.begin_bytes() - 1, 1).find_first_of("'\"") == 0;
  if (touches_string)
    return "A quote inside a string is written twice, or after a backslash: 'it''s'.";
  if (expected.has_name() && token.kind == TokenKind::kString) {
    return "Quotes make a string, not a name: quote names in backticks, `name`.";
  }
  if (expected.has_name() && !expected.has_expression() && token.kind == TokenKind::kWord &&
      IsReserved(token.keyword)) {
    return fmt::format("{} is a reserved word: to use it as a name, write `{}` in backticks.",
                       KeywordText(token.keyword), text);
  }
  if (token.kind == TokenKind::kWord && token.keyword == Keyword::kNotAKeyword) {
    const Keyword nearest = expected.Nearest(text);
    if (nearest != Keyword::kNotAKeyword)
      return fmt::format("Did you mean {}?", KeywordText(nearest));
  }
  if (place.previous_word.size() >= kGuessedWordBytesMin &&
      FindKeyword(place.previous_word) == Keyword::kNotAKeyword) {
    const Keyword nearest = expected.Nearest(place.previous_word);
    if (nearest != Keyword::kNotAKeyword) {
      return fmt::format("Did you mean {} instead of `{}`?", KeywordText(nearest),
                         place.previous_word);
    }
  }
  return {};
}

}  // namespace

std::string Expected::Describe(std::string_view found) const {
  std::vector<std::string> parts;
  if (has_name()) parts.emplace_back("a legal identifier");
  if (has_string()) parts.emplace_back("a string");
  if ((things_ & kInteger) != 0) parts.emplace_back("an integer");
  if ((things_ & kExpression) != 0) parts.emplace_back("an expression");
  std::vector<std::pair<size_t, std::string_view>> words;
  for (size_t i = 0; i < keywords_.size(); ++i) {
    if (!keywords_.test(i)) continue;
    const std::string_view word = KeywordText(static_cast<Keyword>(i));
    words.emplace_back(EditDistance(found, word), word);
  }
  std::sort(words.begin(), words.end());  // Nearest first, then by the alphabet.
  if (words.size() > kSimilarWordsMax) words.resize(kSimilarWordsMax);
  for (const auto& [distance, word] : words) parts.push_back(fmt::format("'{}'", word));
  for (size_t i = 0; i < symbols_.size(); ++i) {
    if (symbols_.test(i)) parts.push_back(fmt::format("'{}'", SymbolText(static_cast<Symbol>(i))));
  }
  if ((things_ & kEnd) != 0) {
    parts.emplace_back("<EOF>");
    parts.emplace_back("';'");
  }
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

Keyword Expected::Nearest(std::string_view found) const {
  Keyword nearest = Keyword::kNotAKeyword;
  size_t least = std::max<size_t>(2, found.size() / 3 + 1);  // Nearer than this.
  for (size_t i = 0; i < keywords_.size(); ++i) {
    if (!keywords_.test(i)) continue;
    const size_t distance = EditDistance(found, KeywordText(static_cast<Keyword>(i)));
    if (distance < least) {
      least = distance;
      nearest = static_cast<Keyword>(i);
    }
  }
  return nearest;
}

std::string SyntaxErrorText(const ErrorPlace& place, std::string_view detail,
                            std::string_view hint) {
  std::string text = fmt::format("Getting syntax error at line {}, column {}. Detail message: {}.",
                                 place.token.position.line, place.token.position.column, detail);
  text += RenderExcerpt(place);
  if (!hint.empty()) {
    text += '\n';
    text += hint;
  }
  return text;
}

std::string UnsupportedText(const ErrorPlace& place, std::string_view what,
                            std::string_view instead) {
  return fmt::format("Firn does not support {} (line {}, column {}).{}\n{}", what,
                     place.token.position.line, place.token.position.column, RenderExcerpt(place),
                     instead);
}

Unexpected SyntaxError(const ErrorPlace& place, std::string_view detail, std::string_view hint) {
  return InvalidArgument("SyntaxError", SyntaxErrorText(place, detail, hint));
}

Unexpected UnexpectedInput(const ErrorPlace& place, const Expected& expected,
                           std::string_view hint) {
  if (place.token.kind == TokenKind::kInvalid) {
    return SyntaxError(place, place.token.problem);
  }
  const std::string found = FoundText(place);
  return SyntaxError(place,
                     fmt::format("Unexpected input '{}', the most similar input is {}", found,
                                 expected.Describe(found)),
                     hint.empty() ? HintFor(place, expected) : std::string(hint));
}

size_t EditDistance(std::string_view a, std::string_view b) {
  a = a.substr(0, kDistanceBytesMax);
  b = b.substr(0, kDistanceBytesMax);
  // Three rows of the table: swapped neighbours look two back.
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> previous(b.size() + 1);
  std::vector<size_t> current(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = ToUpper(a[i - 1]) == ToUpper(b[j - 1]) ? 0 : 1;
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + change});
      const bool swapped = i > 1 && j > 1 && ToUpper(a[i - 1]) == ToUpper(b[j - 2]) &&
                           ToUpper(a[i - 2]) == ToUpper(b[j - 1]);
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[b.size()];
}

}  // namespace firn::sql
