#include "app/answer_text.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace firn::app {
namespace {

using mysql::FieldType;

// "NULL" fits every column.
constexpr std::size_t kCellsMin = 4;

struct CodePointRange {
  char32_t first;
  char32_t last;
};

constexpr std::array kWide = std::to_array<CodePointRange>({
    {0x1100, 0x115F}, {0x2E80, 0x303E}, {0x3041, 0xA4CF}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F}, {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD},
});
constexpr std::array kNone = std::to_array<CodePointRange>({
    {0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
});

template <std::size_t kSize>
bool Contains(const std::array<CodePointRange, kSize>& ranges, char32_t code_point) {
  return std::ranges::any_of(ranges, [code_point](const CodePointRange& range) {
    return code_point >= range.first && code_point <= range.last;
  });
}

// The character at the front of `text`, taken off; a broken byte is itself.
char32_t TakeCharacter(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  std::size_t size = 1;
  char32_t value = lead;
  if (lead >= 0xC2 && lead < 0xE0) {
    size = 2;
    value = lead & 0x1FU;
  } else if (lead >= 0xE0 && lead < 0xF0) {
    size = 3;
    value = lead & 0x0FU;
  } else if (lead >= 0xF0 && lead < 0xF5) {
    size = 4;
    value = lead & 0x07U;
  }
  for (std::size_t i = 1; i < size; ++i) {
    if (i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) {
      text.remove_prefix(1);
      return lead;
    }
    value = value << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  text.remove_prefix(size);
  return value;
}

// As the mysql client's IS_NUM.
bool IsNumber(FieldType type) {
  return (type <= FieldType::kInt24 && type != FieldType::kTimestamp) || type == FieldType::kYear ||
         type == FieldType::kNewDecimal;
}

std::string_view Shown(const std::optional<std::string>& value) {
  return value ? std::string_view(*value) : std::string_view("NULL");
}

void AppendCell(std::string& out, std::string_view text, std::size_t cells, bool right) {
  const std::size_t used = CellCount(text);
  const std::string padding(cells - std::min(cells, used), ' ');
  out += ' ';
  if (right) out += padding;
  for (const char c : text) out += c == '\0' ? ' ' : c;
  if (!right) out += padding;
  out += " |";
}

std::string CountOf(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// `mysql --batch` writes control characters as escapes.
void AppendEscaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\0': out += "\\0"; break;
      case '\\': out += "\\\\"; break;
      default: out += c;
    }
  }
}

}  // namespace

std::size_t CellCount(std::string_view text) {
  std::size_t cells = 0;
  while (!text.empty()) {
    const char32_t character = TakeCharacter(text);
    if (Contains(kNone, character)) continue;
    cells += Contains(kWide, character) ? 2 : 1;
  }
  return cells;
}

std::string FormatBox(const SqlAnswer& answer) {
  if (answer.columns.empty()) return "";
  std::vector<std::size_t> cells;
  for (const auto& column : answer.columns) {
    cells.push_back(std::max(kCellsMin, CellCount(column.name)));
  }
  for (const mysql::TextRow& row : answer.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells[i] = std::max(cells[i], CellCount(Shown(row[i])));
    }
  }
  std::string rule = "+";
  for (const std::size_t width : cells) rule += std::string(width + 2, '-') + "+";
  rule += '\n';

  std::string out = rule + "|";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    AppendCell(out, answer.columns[i].name, cells[i], false);
  }
  out += '\n' + rule;
  for (const mysql::TextRow& row : answer.rows) {
    out += '|';
    for (std::size_t i = 0; i < row.size(); ++i) {
      AppendCell(out, Shown(row[i]), cells[i], IsNumber(answer.columns[i].type));
    }
    out += '\n';
  }
  return out + rule;
}

std::string FormatVertical(const SqlAnswer& answer) {
  std::size_t name_cells = 0;
  for (const auto& column : answer.columns) {
    name_cells = std::max(name_cells, CellCount(column.name));
  }
  std::string out;
  for (std::size_t r = 0; r < answer.rows.size(); ++r) {
    const std::string stars(27, '*');
    out += fmt::format("{} {}. row {}\n", stars, r + 1, stars);
    for (std::size_t i = 0; i < answer.rows[r].size(); ++i) {
      const std::string& name = answer.columns[i].name;
      out += std::string(name_cells - CellCount(name), ' ') + name + ": ";
      out += Shown(answer.rows[r][i]);
      out += '\n';
    }
  }
  return out;
}

std::string FormatFooter(const SqlAnswer& answer) {
  if (answer.changed_database) return "Database changed";
  std::string out;
  if (answer.columns.empty()) {
    out = "Query OK, " + CountOf(answer.affected_rows, "row") + " affected";
  } else if (answer.rows.empty()) {
    out = "Empty set";
  } else {
    out = CountOf(answer.rows.size(), "row") + " in set";
  }
  if (answer.warning_count > 0) out += ", " + CountOf(answer.warning_count, "warning");
  if (!answer.info.empty()) out += "\n" + answer.info;
  return out;
}

std::string SqlAnswer::Print() const {
  // The mysql client draws no box around nothing.
  return (rows.empty() ? "" : FormatBox(*this)) + FormatFooter(*this);
}

std::string SqlAnswer::PrintBatch() const {
  std::string out;
  if (rows.empty()) return out;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += '\t';
    AppendEscaped(out, columns[i].name);
  }
  out += '\n';
  for (const mysql::TextRow& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += '\t';
      AppendEscaped(out, Shown(row[i]));
    }
    out += '\n';
  }
  return out;
}

}  // namespace firn::app
