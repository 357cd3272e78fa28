#include "sql/lexer.h"

#include <array>

namespace firn::sql {
namespace {

// U+3000, the blank of Chinese and Japanese text, which StarRocks takes for white space.
constexpr std::string_view kIdeographicSpace = "\xE3\x80\x80";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool StartsWithAt(std::string_view text, size_t offset, std::string_view prefix) {
  return text.size() - offset >= prefix.size() && text.compare(offset, prefix.size(), prefix) == 0;
}

// The end of the comment at `offset`, or `offset` when none begins there. `closed` tells whether it
// has one.
size_t EndOfComment(std::string_view text, size_t offset, bool* closed) {
  *closed = true;
  if (StartsWithAt(text, offset, "--")) {
    const size_t end = text.find('\n', offset);
    return end == std::string_view::npos ? text.size() : end + 1;
  }
  if (StartsWithAt(text, offset, "/*")) {
    const size_t end = text.find("*/", offset + 2);
    *closed = end != std::string_view::npos;
    return *closed ? end + 2 : text.size();
  }
  return offset;
}

size_t EndOfBlanksImpl(std::string_view text, size_t offset, bool* closed) {
  *closed = true;
  while (offset < text.size()) {
    if (IsBlank(text[offset])) {
      ++offset;
      continue;
    }
    if (StartsWithAt(text, offset, kIdeographicSpace)) {
      offset += kIdeographicSpace.size();
      continue;
    }
    const size_t end = EndOfComment(text, offset, closed);
    if (end == offset || !*closed) break;
    offset = end;
  }
  return offset;
}

constexpr auto kNameBytes = [] {
  std::array<bool, 256> is_name{};
  for (int c = 0; c < 256; ++c) {
    is_name[static_cast<size_t>(c)] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                      (c >= '0' && c <= '9') || c == '_' || c == '$' || c >= 0x80;
  }
  return is_name;
}();

size_t EndOfDigits(std::string_view text, size_t offset) {
  while (offset < text.size() && IsDigit(text[offset])) ++offset;
  return offset;
}

size_t EndOfName(std::string_view text, size_t offset) {
  while (offset < text.size() && IsNameByte(text[offset])) {
    if (text[offset] == kIdeographicSpace[0] && StartsWithAt(text, offset, kIdeographicSpace))
      break;
    ++offset;
  }
  return offset;
}

// A mark that a word processor or an input method puts where SQL wants an ASCII one. StarRocks
// reads them as letters, and then finds no such column; in backticks they are letters here, too.
struct PastedMark {
  size_t offset = 0;
  size_t length = 0;
  const char* problem = nullptr;
};

PastedMark FindPastedMark(std::string_view word) {
  for (size_t at = 0; at + 2 < word.size(); ++at) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(word[at + i]); };
    if (byte(0) == 0xE2 && byte(1) == 0x80 && byte(2) >= 0x98 && byte(2) <= 0x9F) {
      return {at, 3, "Typographic quotes are not quotes in SQL: write ' or \""};
    }
    if (byte(0) == 0xE3 && byte(1) == 0x80 && (byte(2) == 0x81 || byte(2) == 0x82)) {
      return {at, 3, "This is a full-width mark: write the ASCII one, `,` or `;`"};
    }
    // U+FF01 to U+FF0F, U+FF1A to U+FF20: ！ （ ） ， － ： ； ＜ ＝ ＞ and the like; not ０-９,
    // Ａ-Ｚ.
    if (byte(0) == 0xEF && byte(1) == 0xBC &&
        (byte(2) <= 0x8F || (byte(2) >= 0x9A && byte(2) <= 0xA0))) {
      return {at, 3, "This is a full-width mark: write the ASCII one, for example `,` or `(`"};
    }
  }
  return {};
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::string_view kSymbolTexts[] = {
    "",  ";", ",", ".", "(", ")", "[", "]", "{", "}", "=",  "<>", "<",  "<=", ">", ">=", "<=>",
    "+", "-", "*", "/", "%", "&", "|", "^", "~", "!", "||", "&&", "->", "=>", "@", ":",  "?"};
static_assert(std::size(kSymbolTexts) == static_cast<size_t>(Symbol::kCount));

}  // namespace

std::string_view SymbolText(Symbol symbol) { return kSymbolTexts[static_cast<size_t>(symbol)]; }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameByte(char c) { return kNameBytes[static_cast<unsigned char>(c)]; }

Lexer::Lexer(std::string_view text) : text_(text) {
  if (StartsWithAt(text_, 0, kByteOrderMark))
    offset_ = static_cast<uint32_t>(kByteOrderMark.size());
}

Token Lexer::Next() {
  SkipBlanks();
  if (offset_ < text_.size()) Locate(offset_);
  if (problem_ != nullptr) return Invalid(static_cast<uint32_t>(text_.size()), problem_);
  if (offset_ >= text_.size()) {
    Locate(static_cast<uint32_t>(text_.size()));
    return Make(TokenKind::kEnd, static_cast<uint32_t>(text_.size()));
  }
  const char c = text_[offset_];
  const char after = offset_ + 1 < text_.size() ? text_[offset_ + 1] : '\0';
  if (c == '\'' || c == '"') return LexQuoted(c, TokenKind::kString);
  if (c == '`') return LexQuoted(c, TokenKind::kQuotedName);
  if ((c == 'x' || c == 'X') && (after == '\'' || after == '"')) {
    return LexQuoted(after, TokenKind::kBinary);
  }
  if (IsDigit(c) || (c == '.' && IsDigit(after))) return LexNumber();
  if (IsNameByte(c)) return LexWord();
  return LexSymbol();
}

void Lexer::SkipTo(uint32_t offset_bytes) { offset_ = offset_bytes; }

void Lexer::SkipBlanks() {
  bool closed = true;
  offset_ = static_cast<uint32_t>(EndOfBlanksImpl(text_, offset_, &closed));
  if (!closed) problem_ = "This comment is not closed: its `*/` is missing";
}

void Lexer::Locate(uint32_t offset) { located_ = Advance(located_, text_, offset); }

Token Lexer::Make(TokenKind kind, uint32_t end) {
  Token token;
  token.kind = kind;
  token.position = located_;
  token.end_bytes = end;
  offset_ = end;
  return token;
}

Token Lexer::MakeSymbol(Symbol symbol, uint32_t length) {
  Token token = Make(TokenKind::kSymbol, offset_ + length);
  token.symbol = symbol;
  return token;
}

Token Lexer::Invalid(uint32_t end, const char* problem) {
  Token token = Make(TokenKind::kInvalid, end);
  token.problem = problem;
  return token;
}

// Strings: a backslash takes the next byte with it, a doubled quote is one. Names: doubling only.
// Binary: neither.
Token Lexer::LexQuoted(char quote, TokenKind kind) {
  size_t at = offset_ + (kind == TokenKind::kBinary ? 2 : 1);
  while (at < text_.size()) {
    const char c = text_[at];
    if (c == '\\' && kind == TokenKind::kString) {
      at += 2;
      continue;
    }
    if (c == quote) {
      const bool doubled =
          kind != TokenKind::kBinary && at + 1 < text_.size() && text_[at + 1] == quote;
      if (!doubled) return Make(kind, static_cast<uint32_t>(at + 1));
      ++at;
    }
    ++at;
  }
  return Invalid(static_cast<uint32_t>(text_.size()),
                 kind == TokenKind::kQuotedName
                     ? "This name is not closed: its backtick ` is missing"
                 : quote == '"' ? "This string is not closed: its double quote \" is missing"
                                : "This string is not closed: its quote ' is missing");
}

// Of a number and a name that begin here the longer wins, the number when they are equal: `1e3` is
// a double, `1e3x` a name. After a dot the name is left for the next call: `.5x` is `.` and `5x`.
Token Lexer::LexNumber() {
  const size_t begin = offset_;
  TokenKind kind = TokenKind::kInteger;
  size_t end = EndOfDigits(text_, begin);
  if (end < text_.size() && text_[end] == '.') {
    kind = TokenKind::kDecimal;
    end = EndOfDigits(text_, end + 1);
  }
  if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
    size_t exponent = end + 1;
    if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) ++exponent;
    const size_t exponent_end = EndOfDigits(text_, exponent);
    if (exponent_end > exponent) {
      kind = TokenKind::kDouble;
      end = exponent_end;
    }
  }
  const bool dotted = text_[begin] == '.';
  const size_t name_end = EndOfName(text_, dotted ? begin + 1 : begin);
  if (name_end > end) {
    if (dotted) return MakeSymbol(Symbol::kDot, 1);
    return Make(TokenKind::kWord, static_cast<uint32_t>(name_end));
  }
  return Make(kind, static_cast<uint32_t>(end));
}

Token Lexer::LexWord() {
  const size_t end = EndOfName(text_, offset_);
  const std::string_view word = text_.substr(offset_, end - offset_);
  if (const PastedMark mark = FindPastedMark(word); mark.problem != nullptr) {
    if (mark.offset > 0)
      return Make(TokenKind::kWord, offset_ + static_cast<uint32_t>(mark.offset));
    return Invalid(offset_ + static_cast<uint32_t>(mark.length), mark.problem);
  }
  Token token = Make(TokenKind::kWord, static_cast<uint32_t>(end));
  token.keyword = FindKeyword(word);
  return token;
}

Token Lexer::LexSymbol() {
  const auto next_is = [&](uint32_t distance, char c) {
    return offset_ + distance < text_.size() && text_[offset_ + distance] == c;
  };
  switch (text_[offset_]) {
    case ';': return MakeSymbol(Symbol::kSemicolon, 1);
    case ',': return MakeSymbol(Symbol::kComma, 1);
    case '.': return MakeSymbol(Symbol::kDot, 1);
    case '(': return MakeSymbol(Symbol::kLeftParen, 1);
    case ')': return MakeSymbol(Symbol::kRightParen, 1);
    case '[': return MakeSymbol(Symbol::kLeftBracket, 1);
    case ']': return MakeSymbol(Symbol::kRightBracket, 1);
    case '{': return MakeSymbol(Symbol::kLeftBrace, 1);
    case '}': return MakeSymbol(Symbol::kRightBrace, 1);
    case '+': return MakeSymbol(Symbol::kPlus, 1);
    case '*': return MakeSymbol(Symbol::kStar, 1);
    case '/': return MakeSymbol(Symbol::kSlash, 1);
    case '%': return MakeSymbol(Symbol::kPercent, 1);
    case '^': return MakeSymbol(Symbol::kCaret, 1);
    case '~': return MakeSymbol(Symbol::kTilde, 1);
    case '@': return MakeSymbol(Symbol::kAt, 1);
    case ':': return MakeSymbol(Symbol::kColon, 1);
    case '?': return MakeSymbol(Symbol::kQuestion, 1);
    case '&':
      return next_is(1, '&') ? MakeSymbol(Symbol::kDoubleAmpersand, 2)
                             : MakeSymbol(Symbol::kAmpersand, 1);
    case '|':
      return next_is(1, '|') ? MakeSymbol(Symbol::kDoublePipe, 2) : MakeSymbol(Symbol::kPipe, 1);
    case '-':
      return next_is(1, '>') ? MakeSymbol(Symbol::kArrow, 2) : MakeSymbol(Symbol::kMinus, 1);
    case '=':
      return next_is(1, '>') ? MakeSymbol(Symbol::kFatArrow, 2) : MakeSymbol(Symbol::kEqual, 1);
    case '!':
      return next_is(1, '=') ? MakeSymbol(Symbol::kNotEqual, 2) : MakeSymbol(Symbol::kBang, 1);
    case '>':
      return next_is(1, '=') ? MakeSymbol(Symbol::kGreaterEqual, 2)
                             : MakeSymbol(Symbol::kGreater, 1);
    case '<':
      if (next_is(1, '>')) return MakeSymbol(Symbol::kNotEqual, 2);
      if (!next_is(1, '=')) return MakeSymbol(Symbol::kLess, 1);
      return next_is(2, '>') ? MakeSymbol(Symbol::kNullSafeEqual, 3)
                             : MakeSymbol(Symbol::kLessEqual, 2);
    case '#': return Invalid(offset_ + 1, "`#` begins no comment here: write `-- ` or `/* */`");
    case '\\': return Invalid(offset_ + 1, "A backslash stands only inside a string");
    default: return Invalid(offset_ + 1, "This character has no meaning here");
  }
}

std::string UnescapeString(std::string_view token_text) {
  const char quote = token_text.front();
  const std::string_view inner = token_text.substr(1, token_text.size() - 2);
  std::string value;
  value.reserve(inner.size());
  for (size_t i = 0; i < inner.size(); ++i) {
    const char c = inner[i];
    if (c == quote) ++i;  // Doubled.
    if (c != '\\' || i + 1 >= inner.size()) {
      value.push_back(c);
      continue;
    }
    const char escaped = inner[++i];
    switch (escaped) {
      case '0': value.push_back('\0'); break;
      case 'b': value.push_back('\b'); break;
      case 'n': value.push_back('\n'); break;
      case 'r': value.push_back('\r'); break;
      case 't': value.push_back('\t'); break;
      case 'Z': value.push_back('\x1A'); break;
      // LIKE patterns keep these two, as in MySQL: the pattern's reader takes the backslash.
      case '%':
      case '_': value.append({'\\', escaped}); break;
      default: value.push_back(escaped); break;
    }
  }
  return value;
}

std::string UnquoteName(std::string_view token_text) {
  const std::string_view inner = token_text.substr(1, token_text.size() - 2);
  std::string name;
  name.reserve(inner.size());
  for (size_t i = 0; i < inner.size(); ++i) {
    name.push_back(inner[i]);
    if (inner[i] == '`') ++i;
  }
  return name;
}

std::optional<std::string> DecodeHex(std::string_view token_text) {
  const std::string_view digits = token_text.substr(2, token_text.size() - 3);
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (size_t i = 0; i < digits.size(); i += 2) {
    const int high = HexDigit(digits[i]);
    const int low = HexDigit(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

uint32_t EndOfBlanks(std::string_view text, uint32_t offset) {
  bool closed = true;
  return static_cast<uint32_t>(EndOfBlanksImpl(text, offset, &closed));
}

std::vector<HintText> HintsAfter(std::string_view text, uint32_t offset) {
  std::vector<HintText> hints;
  size_t at = offset;
  while (at < text.size()) {
    if (IsBlank(text[at])) {
      ++at;
      continue;
    }
    bool closed = true;
    const size_t end = EndOfComment(text, at, &closed);
    if (end == at || !closed) break;
    if (StartsWithAt(text, at, "/*+")) {
      hints.push_back({static_cast<uint32_t>(at), text.substr(at + 3, end - at - 5)});
    }
    at = end;
  }
  return hints;
}

Position Advance(Position from, std::string_view text, uint32_t offset) {
  for (uint32_t at = from.offset_bytes; at < offset; ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '\n') {
      ++from.line;
      from.column = 0;
    } else if ((c & 0xC0) != 0x80) {
      ++from.column;
    }
  }
  from.offset_bytes = offset;
  return from;
}

}  // namespace firn::sql
