#include "engine/session/shown_rows_internal.h"
#include "engine/session/table_source_internal.h"
#include "sql/printer.h"

namespace firn::session {
namespace {

char Fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

struct PatternByte {
  enum class Kind { kByte, kAny, kMany } kind;
  char byte;
};

std::vector<PatternByte> ReadPattern(std::string_view pattern) {
  std::vector<PatternByte> bytes;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      bytes.push_back({PatternByte::Kind::kByte, Fold(pattern[++i])});
    } else if (pattern[i] == '%') {
      bytes.push_back({PatternByte::Kind::kMany, 0});
    } else if (pattern[i] == '_') {
      bytes.push_back({PatternByte::Kind::kAny, 0});
    } else {
      bytes.push_back({PatternByte::Kind::kByte, Fold(pattern[i])});
    }
  }
  return bytes;
}

std::string Clauses(const sql::ShowStatement& statement) {
  std::string text;
  if (statement.where) text += " WHERE " + sql::Print(*statement.where);
  for (std::size_t i = 0; i < statement.order_by.size(); ++i) {
    const sql::OrderItem& item = statement.order_by[i];
    text += (i == 0 ? " ORDER BY " : ", ") + sql::Print(*item.expression) +
            (item.descending ? " DESC" : " ASC");
    if (item.nulls_first) text += *item.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  }
  if (statement.limit) text += " LIMIT " + sql::Print(*statement.limit);
  if (statement.offset) text += " OFFSET " + sql::Print(*statement.offset);
  return text;
}

}  // namespace

bool MatchesLike(std::string_view text, std::string_view pattern) {
  const std::vector<PatternByte> bytes = ReadPattern(pattern);
  using Kind = PatternByte::Kind;
  std::size_t t = 0;
  std::size_t p = 0;
  std::optional<std::size_t> many;  // The last % met, and the text it has taken so far.
  std::size_t taken = 0;
  while (t < text.size()) {
    if (p < bytes.size() && bytes[p].kind == Kind::kMany) {
      many = p++;
      taken = t;
    } else if (p < bytes.size() &&
               (bytes[p].kind == Kind::kAny || bytes[p].byte == Fold(text[t]))) {
      ++p;
      ++t;
    } else if (many) {
      p = *many + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < bytes.size() && bytes[p].kind == Kind::kMany) ++p;
  return p == bytes.size();
}

Status SendShown(StatementRun& run, const sql::ShowStatement& statement, ShownRows shown) {
  if (statement.pattern) {
    std::erase_if(shown.rows, [&](const auto& row) {
      const std::optional<std::string>& value = row[shown.like_column];
      return !value || !MatchesLike(*value, *statement.pattern);
    });
  }
  const std::string clauses = Clauses(statement);
  if (clauses.empty()) return rows::SendTextRows(run.sink, shown.header, shown.rows);

  duck::MemoryTable table;
  for (std::string& name : shown.header)
    table.columns.push_back({.name = std::move(name), .type = {}});
  table.rows = std::move(shown.rows);
  RowsTable tables(std::move(table));
  const duck::QueryScope scope = run.Scope();
  FIRN_ASSIGN_OR_RETURN(const sql::ParsedStatement parsed,
                        sql::ParseOne("SELECT * FROM information_schema.shown" + clauses,
                                      {.pipes_as_concat = scope.pipes_as_concat}));
  FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, run.state.Connection());
  return connection->Run(run.context, *sql::As<sql::QueryStatement>(*parsed.statement).query,
                         tables, scope, run.sink);
}

}  // namespace firn::session
