#include "app/answer_formats.h"

#include <fmt/format.h>

#include <array>

namespace firn::app {
namespace {

using mysql::FieldType;

struct NamedFormat {
  std::string_view name;
  AnswerFormat format;
};

constexpr std::array kFormats = std::to_array<NamedFormat>({
    {"table", AnswerFormat::kTable},
    {"vertical", AnswerFormat::kVertical},
    {"batch", AnswerFormat::kBatch},
    {"csv", AnswerFormat::kCsv},
    {"json", AnswerFormat::kJson},
    {"markdown", AnswerFormat::kMarkdown},
});

bool IsJsonNumber(FieldType type, std::string_view text) {
  switch (type) {
    case FieldType::kTiny:
    case FieldType::kShort:
    case FieldType::kInt24:
    case FieldType::kLong:
    case FieldType::kLongLong:
    case FieldType::kFloat:
    case FieldType::kDouble: break;
    default: return false;
  }
  // Not NaN and Infinity, for which JSON has no word.
  return !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
}

void AppendCsvField(std::string& out, std::string_view text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

// Bytes of the well-formed UTF-8 character at the front; 0 when there is none.
std::size_t Utf8Size(std::string_view text) {
  const auto at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead < 0xC2   ? 0
                           : lead < 0xE0 ? 2
                           : lead < 0xF0 ? 3
                           : lead < 0xF5 ? 4
                                         : 0;
  if (size == 0 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xC0U) != 0x80U) return 0;
  }
  // Overlong forms, surrogates, and what is past U+10FFFF.
  if ((lead == 0xE0 && at(1) < 0xA0) || (lead == 0xED && at(1) > 0x9F) ||
      (lead == 0xF0 && at(1) < 0x90) || (lead == 0xF4 && at(1) > 0x8F)) {
    return 0;
  }
  return size;
}

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const char c = text[0];
    const std::size_t size = Utf8Size(text);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (size == 0) {
      out += "\\ufffd";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out += '"';
}

void AppendMarkdownCell(std::string& out, std::string_view text) {
  out += ' ';
  for (const char c : text) {
    if (c == '|') {
      out += "\\|";
    } else if (c == '\n') {
      out += "<br>";
    } else if (c != '\r') {
      out += c;
    }
  }
  out += " |";
}

}  // namespace

std::optional<AnswerFormat> AnswerFormatNamed(std::string_view name) {
  for (const NamedFormat& one : kFormats) {
    if (one.name == name) return one.format;
  }
  return std::nullopt;
}

std::string FormatCsv(const SqlAnswer& answer) {
  std::string out;
  for (std::size_t i = 0; i < answer.columns.size(); ++i) {
    if (i > 0) out += ',';
    AppendCsvField(out, answer.columns[i].name);
  }
  if (!answer.columns.empty()) out += '\n';
  for (const mysql::TextRow& row : answer.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += ',';
      if (row[i]) AppendCsvField(out, *row[i]);
    }
    out += '\n';
  }
  return out;
}

std::string FormatJson(const SqlAnswer& answer) {
  if (answer.columns.empty()) return "";
  std::string out = "[";
  for (std::size_t r = 0; r < answer.rows.size(); ++r) {
    out += r == 0 ? "\n{" : ",\n{";
    for (std::size_t i = 0; i < answer.rows[r].size(); ++i) {
      if (i > 0) out += ", ";
      AppendJsonString(out, answer.columns[i].name);
      out += ": ";
      const auto& value = answer.rows[r][i];
      if (!value) {
        out += "null";
      } else if (IsJsonNumber(answer.columns[i].type, *value)) {
        out += *value;
      } else {
        AppendJsonString(out, *value);
      }
    }
    out += '}';
  }
  out += answer.rows.empty() ? "]\n" : "\n]\n";
  return out;
}

std::string FormatMarkdown(const SqlAnswer& answer) {
  if (answer.columns.empty()) return "";
  std::string out = "|";
  for (const auto& column : answer.columns) AppendMarkdownCell(out, column.name);
  out += "\n|";
  for (std::size_t i = 0; i < answer.columns.size(); ++i) out += " --- |";
  out += '\n';
  for (const mysql::TextRow& row : answer.rows) {
    out += '|';
    for (const auto& value : row) AppendMarkdownCell(out, value ? *value : "NULL");
    out += '\n';
  }
  return out;
}

}  // namespace firn::app
