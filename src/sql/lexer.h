#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/keyword.h"
#include "sql/position.h"

/// Text into tokens, by the rules of StarRocks: '…' and "…" are strings, `…` quotes names, names
/// may begin with a digit or hold `$` and anything beyond ASCII. Comments are `-- …` and `/* … */`,
/// MySQL's `/*! … */` among them (StarRocks does not run those either).

namespace firn::sql {

enum class TokenKind : uint8_t {
  kEnd,
  kWord,        ///< A bare word: a keyword, a name, or both.
  kQuotedName,  ///< `…`
  kString,      ///< '…' or "…"
  kBinary,      ///< X'…'
  kInteger,
  kDecimal,
  kDouble,
  kSymbol,
  kInvalid,  ///< See Token::problem.
};

enum class Symbol : uint8_t {
  kNotASymbol,
  kSemicolon,
  kComma,
  kDot,
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kLeftBrace,
  kRightBrace,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kNullSafeEqual,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kAmpersand,
  kPipe,
  kCaret,
  kTilde,
  kBang,
  kDoublePipe,
  kDoubleAmpersand,
  kArrow,
  kFatArrow,
  kAt,
  kColon,
  kQuestion,
  kCount,
};
std::string_view SymbolText(Symbol symbol);

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Symbol symbol = Symbol::kNotASymbol;
  Keyword keyword = Keyword::kNotAKeyword;  ///< kWord only.
  Position position;
  uint32_t end_bytes = 0;
  const char* problem = nullptr;  ///< kInvalid: what is wrong, a sentence without its full stop.

  uint32_t begin_bytes() const { return position.offset_bytes; }
};

/// Reads one token after the other. Copying it saves the place. Owned by one parser; `text` must
/// outlive it.
class Lexer {
 public:
  explicit Lexer(std::string_view text);

  /// The next token; kEnd again and again at the end.
  Token Next();

  /// Goes on at `offset_bytes`, which must not be before the place reached so far.
  void SkipTo(uint32_t offset_bytes);

  std::string_view text() const { return text_; }
  std::string_view TextOf(const Token& token) const {
    return text_.substr(token.begin_bytes(), token.end_bytes - token.begin_bytes());
  }

 private:
  void SkipBlanks();
  Token Make(TokenKind kind, uint32_t end);
  Token MakeSymbol(Symbol symbol, uint32_t length);
  Token Invalid(uint32_t end, const char* problem);
  Token LexQuoted(char quote, TokenKind kind);
  Token LexNumber();
  Token LexWord();
  Token LexSymbol();
  void Locate(uint32_t offset);

  std::string_view text_;
  uint32_t offset_ = 0;
  Position located_;               // Of the last token begun.
  const char* problem_ = nullptr;  // Of an unclosed comment.
};

/// The value of a kString token: quotes off, escapes done.
std::string UnescapeString(std::string_view token_text);
/// The name in a kQuotedName token.
std::string UnquoteName(std::string_view token_text);
/// The bytes of a kBinary token; nullopt when it is not pairs of hex digits.
std::optional<std::string> DecodeHex(std::string_view token_text);

/// Where the blanks and comments (hints among them) that begin at `offset` end.
uint32_t EndOfBlanks(std::string_view text, uint32_t offset);

/// The `/*+ … */` between `offset` and the next token: their inner text, with their places.
struct HintText {
  uint32_t offset_bytes = 0;
  std::string_view text;
};
std::vector<HintText> HintsAfter(std::string_view text, uint32_t offset);

/// `from` moved on to `offset` of the same text.
Position Advance(Position from, std::string_view text, uint32_t offset);

bool IsNameByte(char c);
bool IsDigit(char c);

}  // namespace firn::sql
