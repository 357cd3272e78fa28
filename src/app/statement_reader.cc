#include "app/statement_reader.h"

namespace firn::app {
namespace {

/// The server refuses more than 32 MiB; a little more lets it say so itself.
constexpr std::size_t kStatementBytesMax = 64U << 20U;

std::string_view TrimBlanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

Status StatementReader::Feed(std::string_view text) {
  if (buffer_.size() + text.size() > kStatementBytesMax) {
    return ResourceExhausted("StatementTooLong", "a statement is over 64 MiB");
  }
  buffer_ += text;
  return Ok();
}

std::optional<ReadStatement> StatementReader::Next() {
  for (; position_ < buffer_.size(); ++position_) {
    const char c = buffer_[position_];
    const std::string_view ahead = std::string_view(buffer_).substr(position_ + 1);
    // What these begin is seen only with what follows; the next line, or Finish, brings it.
    if ((c == '\\' || c == '/' || c == '*' || c == '-') && ahead.empty()) return std::nullopt;
    if (c == '-' && ahead[0] == '-' && ahead.size() < 2) return std::nullopt;
    const char next = ahead.empty() ? '\0' : ahead[0];
    switch (place_) {
      case Place::kSingleQuote:
      case Place::kDoubleQuote:
        if (c == '\\') {
          ++position_;
        } else if (c == (place_ == Place::kSingleQuote ? '\'' : '"')) {
          place_ = Place::kPlain;
        }
        break;
      case Place::kBacktick:
        if (c == '`') place_ = Place::kPlain;
        break;
      case Place::kLineComment:
        if (c == '\n') place_ = Place::kPlain;
        break;
      case Place::kBlockComment:
        if (c == '*' && next == '/') {
          ++position_;
          place_ = Place::kPlain;
        }
        break;
      case Place::kPlain: {
        if (c == '\'') place_ = Place::kSingleQuote;
        if (c == '"') place_ = Place::kDoubleQuote;
        if (c == '`') place_ = Place::kBacktick;
        if (c == '-' && next == '-' && (ahead[1] == ' ' || ahead[1] == '\t' || ahead[1] == '\n')) {
          place_ = Place::kLineComment;
        }
        if (c == '/' && next == '*') {
          ++position_;
          place_ = Place::kBlockComment;
        }
        std::optional<ReadStatement> statement;
        if (c == ';') {
          statement = Take(position_, 1, false);
        } else if (c == '\\' && (next == 'g' || next == 'G')) {
          statement = Take(position_, 2, next == 'G');
        } else {
          break;
        }
        if (statement) return statement;
        position_ = std::string::npos;  // Take began anew; the loop's step makes it 0.
        break;
      }
    }
  }
  return std::nullopt;
}

std::optional<ReadStatement> StatementReader::Take(std::size_t end, std::size_t skipped,
                                                   bool vertical) {
  ReadStatement statement{.sql = std::string(TrimBlanks(std::string_view(buffer_).substr(0, end))),
                          .vertical = vertical};
  buffer_.erase(0, end + skipped);
  position_ = 0;
  place_ = Place::kPlain;
  if (statement.sql.empty()) return std::nullopt;
  return statement;
}

std::optional<ReadStatement> StatementReader::Finish() {
  return Take(buffer_.size(), 0, false);
}

void StatementReader::Clear() {
  buffer_.clear();
  position_ = 0;
  place_ = Place::kPlain;
}

bool StatementReader::empty() const { return TrimBlanks(buffer_).empty(); }

std::string_view StatementReader::ContinuationPrompt() const {
  switch (place_) {
    case Place::kPlain:
    case Place::kLineComment: return "    -> ";
    case Place::kSingleQuote: return "    '> ";
    case Place::kDoubleQuote: return "    \"> ";
    case Place::kBacktick: return "    `> ";
    case Place::kBlockComment: return "    /*> ";
  }
  return "    -> ";
}

}  // namespace firn::app
