#pragma once

#include <bitset>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sql/lexer.h"

/// Syntax errors that say where, what was found, what would do, and what to change.

namespace firn::sql {

/// What the parser looked for at one token and did not find.
class Expected {
 public:
  void Clear() {
    if (empty_) return;
    keywords_.reset();
    symbols_.reset();
    things_ = 0;
    empty_ = true;
  }
  void Add(Keyword keyword) {
    keywords_.set(static_cast<size_t>(keyword));
    empty_ = false;
  }
  void Add(Symbol symbol) {
    symbols_.set(static_cast<size_t>(symbol));
    empty_ = false;
  }
  void AddName() { AddThing(kName); }
  void AddString() { AddThing(kString); }
  void AddInteger() { AddThing(kInteger); }
  void AddExpression() { AddThing(kExpression); }
  void AddEnd() { AddThing(kEnd); }

  bool has_name() const { return (things_ & kName) != 0; }
  bool has_string() const { return (things_ & kString) != 0; }
  bool wants_string_only() const {
    return things_ == kString && keywords_.count() <= 1 && symbols_.none();
  }
  bool has_expression() const { return (things_ & kExpression) != 0; }

  /// {'SELECT', 'SET', '(', ';'}: the words nearest to `found`, then the rest.
  std::string Describe(std::string_view found) const;
  /// The keyword that `found` was probably meant to be; kNotAKeyword when none is near.
  Keyword Nearest(std::string_view found) const;

 private:
  enum Thing : unsigned { kName = 1, kString = 2, kInteger = 4, kExpression = 8, kEnd = 16 };
  void AddThing(Thing thing) {
    things_ |= thing;
    empty_ = false;
  }

  std::bitset<static_cast<size_t>(Keyword::kCount)> keywords_;
  std::bitset<static_cast<size_t>(Symbol::kCount)> symbols_;
  unsigned things_ = 0;
  bool empty_ = true;
};

/// What an error is about.
struct ErrorPlace {
  std::string_view script;
  Token token;
  std::string_view statement_text;  ///< From the statement's first byte to the script's end:
                                    ///< decides what must be hidden.
  std::string_view previous_word;   ///< The bare word before the token, or empty: perhaps a keyword
                                    ///< taken for an alias.
};

/// kInvalidArgument/SyntaxError: "Unexpected input …", with the excerpt and a hint, which is found
/// when none is given.
Unexpected UnexpectedInput(const ErrorPlace& place, const Expected& expected,
                           std::string_view hint = {});

/// kInvalidArgument/SyntaxError with a sentence of its own.
Unexpected SyntaxError(const ErrorPlace& place, std::string_view detail,
                       std::string_view hint = {});

/// Text of the same head and excerpt for another reason or code.
std::string SyntaxErrorText(const ErrorPlace& place, std::string_view detail,
                            std::string_view hint = {});

/// "Firn does not support PIVOT (line 1, column 16).", with the excerpt and what to do instead.
std::string UnsupportedText(const ErrorPlace& place, std::string_view what,
                            std::string_view instead);

/// Letters to add, drop, change or swap between two words, in any case.
size_t EditDistance(std::string_view a, std::string_view b);

}  // namespace firn::sql
