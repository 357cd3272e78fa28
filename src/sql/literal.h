#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/position.h"

/// Constant values: one of them (Literal), and the flat rows of INSERT … VALUES (LiteralRows).

namespace firn::sql {

enum class LiteralKind : uint8_t {
  kNull,
  kDefault,  ///< The word DEFAULT; only in LiteralRows.
  kBoolean,
  kInteger,  ///< Of any length.
  kDecimal,  ///< `1.5`, `.5`, `1.`
  kDouble,   ///< `1e3`
  kString,
  kBinary,    ///< X'41'
  kDate,      ///< DATE '2024-01-01'; the text is not yet checked.
  kDateTime,  ///< DATETIME '…' or TIMESTAMP '…'; the text is not yet checked.
};

const char* LiteralKindName(LiteralKind kind);

/// One constant. Immutable once parsed; also the form in which parameters and user variables are
/// handed down.
struct Literal {
  LiteralKind kind = LiteralKind::kNull;
  bool boolean = false;
  /// kInteger, kDecimal, kDouble: the number as text, with a leading '-' when negative and no other
  /// sign. kString: unescaped. kBinary: the bytes. kDate, kDateTime: the text between the quotes.
  std::string text;

  static Literal Null() { return {}; }
  static Literal Boolean(bool value) { return {LiteralKind::kBoolean, value, {}}; }
  static Literal Integer(int64_t value) {
    return {LiteralKind::kInteger, false, std::to_string(value)};
  }
  static Literal String(std::string value) {
    return {LiteralKind::kString, false, std::move(value)};
  }

  /// The value of a kInteger or kBoolean that fits; nullopt otherwise.
  std::optional<int64_t> Int64() const;

  friend bool operator==(const Literal&, const Literal&) = default;
};

/// Digits of a decimal's text: leading zeros do not count, so `-012.50` has precision 4 and
/// scale 2.
struct DecimalShape {
  uint32_t precision = 1;
  uint32_t scale = 0;
};
DecimalShape ShapeOfDecimal(std::string_view text);

/// One cell of LiteralRows: 16 bytes. Its bytes belong to the LiteralRows it came from.
class LiteralCell {
 public:
  LiteralCell() = default;
  LiteralCell(LiteralKind kind, std::string_view text, bool boolean = false)
      : data_(text.data()),
        length_(static_cast<uint32_t>(text.size())),
        kind_(kind),
        boolean_(boolean) {}

  LiteralKind kind() const { return kind_; }
  bool boolean() const { return boolean_; }
  /// As Literal::text.
  std::string_view text() const { return {data_, length_}; }
  Literal ToLiteral() const { return {kind_, boolean_, std::string(text())}; }

 private:
  const char* data_ = "";
  uint32_t length_ = 0;
  LiteralKind kind_ = LiteralKind::kNull;
  bool boolean_ = false;
};

/// The rows of `VALUES (1,'a'), (2,DEFAULT), …` when every cell is a constant: no tree is built for
/// them.
///
/// Row-major; every row has column_count cells. Immutable once parsed, hence safe from many
/// threads; move-only. Owns or shares all bytes its cells point to, so it may outlive the parser
/// and the caller's text.
class LiteralRows {
 public:
  LiteralRows() = default;
  LiteralRows(LiteralRows&&) = default;
  LiteralRows& operator=(LiteralRows&&) = default;

  size_t column_count() const { return column_count_; }
  size_t row_count() const { return column_count_ == 0 ? 0 : cells_.size() / column_count_; }
  const LiteralCell& cell(size_t row, size_t column) const {
    return cells_[row * column_count_ + column];
  }
  /// Row after row.
  const std::vector<LiteralCell>& cells() const { return cells_; }

 private:
  friend class LiteralRowsBuilder;

  std::shared_ptr<const std::string> script_;
  std::deque<std::string>
      arena_;  // Unescaped strings and joined signs; a deque never moves what it holds.
  std::vector<LiteralCell> cells_;
  size_t column_count_ = 0;
};

/// Fills a LiteralRows; for the parser and for tests.
class LiteralRowsBuilder {
 public:
  /// Cells may point into `script` (may be null).
  explicit LiteralRowsBuilder(std::shared_ptr<const std::string> script) {
    rows_.script_ = std::move(script);
  }

  void Reserve(size_t cell_count) { rows_.cells_.reserve(cell_count); }
  void Add(LiteralCell cell) { rows_.cells_.push_back(cell); }
  /// Adds a cell whose bytes the rows keep.
  void AddOwned(LiteralKind kind, std::string text) {
    rows_.arena_.push_back(std::move(text));
    rows_.cells_.emplace_back(kind, rows_.arena_.back());
  }
  void Add(const Literal& literal) {
    if (literal.kind == LiteralKind::kBoolean)
      return Add(LiteralCell(literal.kind, {}, literal.boolean));
    AddOwned(literal.kind, literal.text);
  }
  size_t cell_count() const { return rows_.cells_.size(); }
  const LiteralRows& rows() const { return rows_; }

  /// REQUIRES: the cells added so far are whole rows of `column_count`.
  LiteralRows Finish(size_t column_count) {
    rows_.column_count_ = column_count;
    return std::move(rows_);
  }

 private:
  LiteralRows rows_;
};

}  // namespace firn::sql
