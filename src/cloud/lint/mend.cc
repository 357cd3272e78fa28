#include "cloud/lint/mend.h"

#include <vector>

#include "cloud/lint/limits.h"

namespace firn::lint {
namespace {

/// A piece of the text with the blanks before it.
struct Token {
  enum class Kind { kOpen, kClose, kComma, kColon, kValue, kEnd };
  Kind kind = Kind::kEnd;
  char mark = 0;  ///< Of kOpen and kClose.
  std::string_view blanks;
  std::string_view text;
};

class Tokens {
 public:
  explicit Tokens(std::string_view text) : rest_(text) {}

  /// nullopt at what begins no token, such as a string without an end.
  std::optional<Token> Next() {
    Token token;
    token.blanks = Take(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    if (rest_.empty()) return token;
    const char c = rest_.front();
    token.mark = c;
    if (c == '{' || c == '[') {
      token.kind = Token::Kind::kOpen;
    } else if (c == '}' || c == ']') {
      token.kind = Token::Kind::kClose;
    } else if (c == ',') {
      token.kind = Token::Kind::kComma;
    } else if (c == ':') {
      token.kind = Token::Kind::kColon;
    } else {
      return Value(token);
    }
    token.text = Take(1);
    return token;
  }

 private:
  std::optional<Token> Value(Token token) {
    token.kind = Token::Kind::kValue;
    if (rest_.front() != '"') {
      token.text = Take(std::min(rest_.find_first_of(" \t\r\n,:[]{}\""), rest_.size()));
      return token;
    }
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '\\') {
        ++i;
      } else if (rest_[i] == '\n') {
        return std::nullopt;
      } else if (rest_[i] == '"') {
        token.text = Take(i + 1);
        return token;
      }
    }
    return std::nullopt;
  }
  std::string_view Take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
};

/// Writes tokens, mending between them.
class Mender {
 public:
  std::optional<std::string> Run(std::string_view text) {
    Tokens tokens(text);
    while (true) {
      const std::optional<Token> token = tokens.Next();
      if (!token || mend_count_ > kMendsMax) return std::nullopt;
      if (token->kind == Token::Kind::kEnd) {
        Finish(token->blanks);
        break;
      }
      if (!Take(*token)) return std::nullopt;
    }
    if (mend_count_ == 0) return std::nullopt;
    std::string mended;
    for (const Token& token : output_) mended.append(token.blanks).append(token.text);
    return mended;
  }

 private:
  using Kind = Token::Kind;

  bool EndsValue() const {
    return !output_.empty() &&
           (output_.back().kind == Kind::kValue || output_.back().kind == Kind::kClose);
  }

  bool Take(const Token& token) {
    switch (token.kind) {
      case Kind::kColon:
      case Kind::kEnd: break;
      case Kind::kComma:
        if (stack_.empty() && !Reopen()) return false;
        break;
      case Kind::kOpen:
      case Kind::kValue:
        if (stack_.empty() && !output_.empty() && !Reopen()) return false;
        if (EndsValue()) Insert(",");
        if (token.kind == Kind::kOpen) stack_.push_back(token.mark == '{' ? '}' : ']');
        break;
      case Kind::kClose: return Close(token);
    }
    output_.push_back(token);
    return true;
  }

  bool Close(const Token& token) {
    if (!output_.empty() && output_.back().kind == Kind::kComma) {
      output_.pop_back();
      ++mend_count_;
    }
    if (stack_.empty()) {  // One too many.
      ++mend_count_;
      return true;
    }
    if (stack_.back() != token.mark) return false;
    stack_.pop_back();
    output_.push_back(token);
    return true;
  }

  /// The document went on after its end: takes its last brackets back until a list is open.
  bool Reopen() {
    while (!output_.empty() && output_.back().kind == Kind::kClose) {
      stack_.push_back(output_.back().mark);
      output_.pop_back();
      ++mend_count_;
      if (stack_.back() == ']') return true;
    }
    return false;
  }

  void Insert(std::string_view text) {
    output_.push_back({.kind = Kind::kComma, .mark = 0, .blanks = "", .text = text});
    ++mend_count_;
  }

  void Finish(std::string_view blanks) {
    for (; !stack_.empty(); stack_.pop_back(), ++mend_count_) {
      output_.push_back({.kind = Kind::kClose,
                         .mark = stack_.back(),
                         .blanks = "\n",
                         .text = stack_.back() == '}' ? "}" : "]"});
    }
    output_.push_back({.kind = Kind::kEnd, .mark = 0, .blanks = blanks, .text = ""});
  }

  std::vector<Token> output_;
  std::vector<char> stack_;  // The brackets that are to come, outermost first.
  std::size_t mend_count_ = 0;
};

}  // namespace

std::optional<std::string> MendJson(std::string_view text) { return Mender().Run(text); }

}  // namespace firn::lint
