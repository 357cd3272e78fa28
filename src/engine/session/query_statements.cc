#include "base/encoding.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/table_source_internal.h"

namespace firn::session {

Status RunQuery(StatementRun& run, const sql::Query& query) {
  FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, run.state.Connection());
  StatementTables tables(run.state);
  return connection->Run(run.context, query, tables, run.Scope(), run.sink);
}

Status Explain(StatementRun& run, const sql::ExplainStatement& statement) {
  if (statement.level == sql::ExplainLevel::kAnalyze) {
    return UnsupportedStatement("EXPLAIN ANALYZE", "EXPLAIN prints the plan without running it");
  }
  const sql::Query* query = nullptr;
  if (const auto* inner = sql::AsIf<sql::QueryStatement>(*statement.statement))
    query = inner->query.get();
  if (const auto* insert = sql::AsIf<sql::InsertStatement>(*statement.statement)) {
    if (const auto* source = std::get_if<sql::QueryPtr>(&insert->source)) query = source->get();
  }
  std::vector<std::vector<std::optional<std::string>>> lines;
  const auto add = [&](std::string_view line) { lines.push_back({std::string(line)}); };
  if (query != nullptr) {
    FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, run.state.Connection());
    StatementTables tables(run.state);
    FIRN_ASSIGN_OR_RETURN(const std::string plan,
                          connection->Explain(run.context, *query, tables, run.Scope()));
    for (const std::string_view line : Split(plan, '\n')) add(line);
  } else if (statement.statement->kind == sql::StatementKind::kInsert) {
    add("PLAN FRAGMENT 0");
    add("  ICEBERG TABLE SINK");
    add("  VALUES");
  } else {
    return UnsupportedStatement(
        "EXPLAIN of " + std::string(sql::StatementKindName(statement.statement->kind)),
        "it explains queries and INSERT");
  }
  const std::vector<std::string> columns{"Explain String"};
  return rows::SendTextRows(run.sink, columns, lines);
}

}  // namespace firn::session
