#include "sql/literal_rows_scanner.h"

#include <fmt/format.h>

#include "sql/lexer.h"
#include "sql/limits.h"

namespace firn::sql {
namespace {

class RowScanner {
 public:
  RowScanner(const std::shared_ptr<const std::string>& script, uint32_t offset)
      : text_(*script), at_(offset), builder_(script) {}

  Result<std::optional<ScannedRows>> Scan();

 private:
  bool ScanRow();
  bool ScanCell();
  bool ScanNumber(bool negative, size_t sign_at);
  bool ScanWord();
  bool ScanString(LiteralKind kind);
  bool ScanHex();
  bool AtStatementEnd();

  bool SkipBlanks() {
    // The usual row has at most one blank between its cells.
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || (c >= '\t' && c <= '\r')) {
        ++at_;
        continue;
      }
      if (c != '-' && c != '/' && static_cast<unsigned char>(c) < 0x80) return true;
      const uint32_t end = EndOfBlanks(text_, static_cast<uint32_t>(at_));
      if (end == at_) return true;
      at_ = end;
    }
    return false;
  }
  bool Accept(char c) {
    if (!SkipBlanks() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string_view text_;
  size_t at_;
  LiteralRowsBuilder builder_;
};

Result<std::optional<ScannedRows>> RowScanner::Scan() {
  size_t column_count = 0;
  size_t row_count = 0;
  uint32_t end = 0;
  do {
    const size_t before = builder_.cell_count();
    const size_t row_begin = at_;
    if (!ScanRow()) return std::optional<ScannedRows>();
    end = static_cast<uint32_t>(at_);
    const size_t width = builder_.cell_count() - before;
    ++row_count;
    if (row_count == 1) {
      column_count = width;
      // Guess the rest from the first row's length, so that the cells rarely move.
      const size_t row_bytes = at_ - row_begin;
      builder_.Reserve(
          std::min(kLiteralCellsMax, width * ((text_.size() - row_begin) / row_bytes + 1)));
    } else if (width != column_count) {
      return RowWidthMismatch(row_count, column_count, width);
    }
    if (builder_.cell_count() > kLiteralCellsMax) {
      return ResourceExhausted(
          "TooManyValues",
          fmt::format("one INSERT may have {} values; split the statement", kLiteralCellsMax));
    }
  } while (Accept(','));
  if (!AtStatementEnd()) return std::optional<ScannedRows>();
  return std::optional<ScannedRows>(ScannedRows{builder_.Finish(column_count), end});
}

bool RowScanner::ScanRow() {
  if (!Accept('(')) return false;
  do {
    if (!ScanCell()) return false;
  } while (Accept(','));
  return Accept(')');
}

bool RowScanner::ScanCell() {
  if (!SkipBlanks()) return false;
  const char c = text_[at_];
  if (c == '\'' || c == '"') return ScanString(LiteralKind::kString);
  if (c == '-' || c == '+') {
    const size_t sign_at = at_++;
    if (!SkipBlanks()) return false;
    return ScanNumber(c == '-', sign_at);
  }
  if (IsDigit(c) || c == '.') return ScanNumber(false, at_);
  if ((c == 'x' || c == 'X') && at_ + 1 < text_.size() &&
      (text_[at_ + 1] == '\'' || text_[at_ + 1] == '"')) {
    return ScanHex();
  }
  return ScanWord();
}

bool RowScanner::ScanNumber(bool negative, size_t sign_at) {
  const size_t begin = at_;
  LiteralKind kind = LiteralKind::kInteger;
  size_t digit_count = 0;
  const auto skip_digits = [&] {
    while (at_ < text_.size() && IsDigit(text_[at_])) ++at_, ++digit_count;
  };
  skip_digits();
  if (at_ < text_.size() && text_[at_] == '.') {
    kind = LiteralKind::kDecimal;
    ++at_;
    skip_digits();
  }
  if (digit_count == 0) return false;
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    kind = LiteralKind::kDouble;
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    digit_count = 0;
    skip_digits();
    if (digit_count == 0) return false;
  }
  if (at_ < text_.size() && (IsNameByte(text_[at_]) || text_[at_] == '.')) return false;
  if (!negative) {
    builder_.Add(LiteralCell(kind, text_.substr(begin, at_ - begin)));
  } else if (sign_at + 1 == begin) {
    builder_.Add(LiteralCell(kind, text_.substr(sign_at, at_ - sign_at)));
  } else {
    builder_.AddOwned(kind, "-" + std::string(text_.substr(begin, at_ - begin)));
  }
  return true;
}

bool RowScanner::ScanWord() {
  const size_t begin = at_;
  while (at_ < text_.size() && IsNameByte(text_[at_])) ++at_;
  switch (FindKeyword(text_.substr(begin, at_ - begin))) {
    case Keyword::kNull: builder_.Add(LiteralCell(LiteralKind::kNull, {})); return true;
    case Keyword::kDefault: builder_.Add(LiteralCell(LiteralKind::kDefault, {})); return true;
    case Keyword::kTrue: builder_.Add(LiteralCell(LiteralKind::kBoolean, {}, true)); return true;
    case Keyword::kFalse: builder_.Add(LiteralCell(LiteralKind::kBoolean, {}, false)); return true;
    case Keyword::kDate: return SkipBlanks() && ScanString(LiteralKind::kDate);
    case Keyword::kDatetime:
    case Keyword::kTimestamp: return SkipBlanks() && ScanString(LiteralKind::kDateTime);
    default: return false;
  }
}

bool RowScanner::ScanString(LiteralKind kind) {
  const char quote = text_[at_];
  if (quote != '\'' && quote != '"') return false;
  const size_t begin = at_++;
  bool plain = true;
  for (;;) {
    if (at_ >= text_.size()) return false;
    const char c = text_[at_++];
    if (c == '\\') {
      plain = false;
      ++at_;
    } else if (c == quote) {
      if (at_ >= text_.size() || text_[at_] != quote) break;
      plain = false;
      ++at_;
    }
  }
  const std::string_view token = text_.substr(begin, at_ - begin);
  if (plain) {
    builder_.Add(LiteralCell(kind, token.substr(1, token.size() - 2)));
  } else {
    builder_.AddOwned(kind, UnescapeString(token));
  }
  return true;
}

bool RowScanner::ScanHex() {
  const size_t begin = at_;
  const size_t end = text_.find(text_[at_ + 1], at_ + 2);
  if (end == std::string_view::npos) return false;
  at_ = end + 1;
  std::optional<std::string> bytes = DecodeHex(text_.substr(begin, at_ - begin));
  if (!bytes) return false;
  builder_.AddOwned(LiteralKind::kBinary, std::move(*bytes));
  return true;
}

bool RowScanner::AtStatementEnd() { return !SkipBlanks() || text_[at_] == ';'; }

}  // namespace

Result<std::optional<ScannedRows>> ScanLiteralRows(const std::shared_ptr<const std::string>& script,
                                                   uint32_t offset_bytes) {
  return RowScanner(script, offset_bytes).Scan();
}

Unexpected RowWidthMismatch(size_t row_number, size_t expected_count, size_t found_count) {
  return InvalidArgument(
      "RowWidthMismatch",
      fmt::format("Row {} of VALUES has {} value{}, but the first row has {}", row_number,
                  found_count, found_count == 1 ? "" : "s", expected_count));
}

}  // namespace firn::sql
