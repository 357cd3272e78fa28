#include "app/name_completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/limits.h"
#include "base/encoding.h"

namespace firn::app {
namespace {

constexpr std::array<std::string_view, 58> kWords{
    "ALTER",     "AND",     "AS",        "ASC",       "BETWEEN",     "BY",         "CASE",
    "CAST",      "CATALOG", "CATALOGS",  "COLUMNS",   "CREATE",      "CROSS",      "DATABASE",
    "DATABASES", "DELETE",  "DESC",      "DESCRIBE",  "DISTINCT",    "DROP",       "ELSE",
    "END",       "EXECUTE", "EXISTS",    "EXPLAIN",   "EXTERNAL",    "FROM",       "FULL",
    "GRANTS",    "GROUP",   "HAVING",    "INNER",     "INSERT",      "INTO",       "JOIN",
    "KILL",      "LEFT",    "LIKE",      "LIMIT",     "MERGE",       "NOT",        "NULL",
    "OFFSET",    "ORDER",   "OVERWRITE", "PARTITION", "PROCESSLIST", "PROPERTIES", "REFRESH",
    "RIGHT",     "SELECT",  "SHOW",      "TABLE",     "TABLES",      "UNION",      "UPDATE",
    "VALUES",    "WHERE"};

bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         EqualsIgnoreCaseAscii(text.substr(0, prefix.size()), prefix);
}

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

// `a.b` as `` `a`.`b` ``: the word holds no quotes.
std::string Quoted(std::string_view dotted) {
  std::string out = "`";
  for (const char c : dotted) out += c == '.' ? std::string("`.`") : std::string(1, c);
  return out + "`";
}

}  // namespace

std::string_view WordBeforeCursor(std::string_view line) {
  std::size_t begin = line.size();
  while (begin > 0 && IsWordByte(line[begin - 1])) --begin;
  return line.substr(begin);
}

const std::vector<std::string>& NameCompletion::List(const std::string& statement) {
  const auto found = lists_.find(statement);
  if (found != lists_.end()) return found->second;
  std::vector<std::string>& names = lists_[statement];
  const auto answer = client_.Run(Context(), statement);
  if (!answer) return names;
  for (const mysql::TextRow& row : answer->rows) {
    if (!row.empty() && row[0]) names.push_back(*row[0]);
  }
  return names;
}

void NameCompletion::Offer(std::vector<std::string>& out, std::string_view stem,
                           std::string_view prefix, const std::vector<std::string>& names) const {
  for (const std::string& name : names) {
    if (StartsWithIgnoringCase(name, prefix)) out.push_back(std::string(stem) + name);
  }
}

std::vector<std::string> NameCompletion::Complete(std::string_view word) {
  std::vector<std::string> out;
  const std::size_t dot = word.rfind('.');
  if (dot == std::string_view::npos) {
    if (word.empty()) return out;
    for (const std::string_view one : kWords) {
      // In the case that is typed.
      if (!StartsWithIgnoringCase(one, word)) continue;
      out.push_back(word[0] >= 'a' && word[0] <= 'z' ? ToLowerAscii(one) : std::string(one));
    }
    for (const char* statement : {"SHOW TABLES", "SHOW DATABASES", "SHOW CATALOGS"}) {
      Offer(out, "", word, List(statement));
    }
  } else if (dot > 0) {
    const std::string_view stem = word.substr(0, dot + 1);
    const std::string_view prefix = word.substr(dot + 1);
    const std::string parent = Quoted(word.substr(0, dot));
    if (parent.find("``") != std::string::npos) return out;
    const auto dots = std::ranges::count(stem, '.');
    // `a.` may be a catalog, a database or a table; what it is not is refused and gives nothing.
    if (dots == 1) Offer(out, stem, prefix, List("SHOW DATABASES FROM " + parent));
    if (dots <= 2) Offer(out, stem, prefix, List("SHOW TABLES FROM " + parent));
    Offer(out, stem, prefix, List("SHOW COLUMNS FROM " + parent));
  }
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  if (out.size() > kCompletionsMax) out.resize(kCompletionsMax);
  return out;
}

}  // namespace firn::app
