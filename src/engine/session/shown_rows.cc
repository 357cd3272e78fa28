#include "engine/session/like_pattern_internal.h"
#include "engine/session/shown_rows_internal.h"
#include "engine/session/table_source_internal.h"
#include "sql/printer.h"

namespace firn::session {
namespace {

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
