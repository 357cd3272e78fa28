#include <fmt/format.h>

#include "base/encoding.h"
#include "engine/session/measured_store_internal.h"
#include "engine/session/names_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/show_families_internal.h"
#include "engine/session/table_source_internal.h"

namespace firn::session {
namespace {

using Lines = std::vector<std::vector<std::optional<std::string>>>;

/// Counts an answer and keeps none of it.
class CountingSink final : public rows::ResultSink {
 public:
  Status Begin(std::span<const rows::Column>) override { return Ok(); }
  Status AddBatch(const rows::ColumnBatch& batch) override {
    row_count_ += batch.row_count;
    return Ok();
  }
  Status End() override { return Ok(); }
  Status Affected(std::uint64_t count, std::string_view) override {
    row_count_ += count;
    return Ok();
  }
  std::uint64_t row_count() const { return row_count_; }

 private:
  std::uint64_t row_count_ = 0;
};

const sql::Query* QueryOf(const sql::Statement& statement) {
  if (const auto* query = sql::AsIf<sql::QueryStatement>(statement)) return query->query.get();
  if (const auto* table = sql::AsIf<sql::CreateTableStatement>(statement))
    return table->query.get();
  const auto* insert = sql::AsIf<sql::InsertStatement>(statement);
  const auto* source = insert == nullptr ? nullptr : std::get_if<sql::QueryPtr>(&insert->source);
  return source == nullptr ? nullptr : source->get();
}

/// The table that the statement writes to; null for a query.
const sql::ObjectName* TargetOf(const sql::Statement& statement) {
  if (const auto* insert = sql::AsIf<sql::InsertStatement>(statement)) return &insert->table;
  if (const auto* change = sql::AsIf<sql::DeleteStatement>(statement)) return &change->table;
  if (const auto* change = sql::AsIf<sql::UpdateStatement>(statement)) return &change->table;
  if (const auto* change = sql::AsIf<sql::MergeStatement>(statement)) return &change->table;
  if (const auto* table = sql::AsIf<sql::CreateTableStatement>(statement)) return &table->name;
  return nullptr;
}

PrivilegeSet WritePrivileges(const sql::Statement& statement) {
  using Kind = sql::StatementKind;
  if (statement.kind == Kind::kDelete) return {Privilege::kDelete};
  if (statement.kind == Kind::kUpdate) return {Privilege::kUpdate};
  if (statement.kind == Kind::kMerge)
    return {Privilege::kInsert, Privilege::kUpdate, Privilege::kDelete};
  return {Privilege::kInsert};
}

void Add(Lines& lines, std::string line) { lines.push_back({std::move(line)}); }

Status SendLines(StatementRun& run, const Lines& lines) {
  const std::vector<std::string> columns{"Explain String"};
  return rows::SendTextRows(run.sink, columns, lines);
}

/// What is written to, before the plan of what is read.
Status AddSink(StatementRun& run, const sql::Statement& statement, Lines& lines) {
  const sql::ObjectName* target = TargetOf(statement);
  if (target == nullptr) return Ok();
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, *target));
  if (statement.kind != sql::StatementKind::kCreateTable)
    FIRN_TRY(LoadTable(run.context, run.state, Needs::OnTable(WritePrivileges(statement), name)));
  Add(lines, "  ICEBERG TABLE SINK");
  Add(lines, "     STATEMENT: " + std::string(sql::StatementKindName(statement.kind)));
  Add(lines, "     TABLE: " + name.database + "." + name.table);
  return Ok();
}

/// The plan's lines. `level` adds to what the plan of every level has.
Status AddPlan(StatementRun& run, const sql::Query& query, duck::TableSource& tables,
               sql::ExplainLevel level, Lines& lines) {
  FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, run.state.Connection());
  if (level == sql::ExplainLevel::kVerbose || level == sql::ExplainLevel::kLogical) {
    FIRN_ASSIGN_OR_RETURN(const std::vector<rows::Column> columns,
                          connection->Describe(run.context, query, tables, run.Scope()));
    Add(lines, "  OUTPUT EXPRS:");
    for (const rows::Column& column : columns) Add(lines, "     " + column.name);
  }
  FIRN_ASSIGN_OR_RETURN(const std::string plan,
                        connection->Explain(run.context, query, tables, run.Scope()));
  // The engine's first line is the one that begins the answer.
  for (const std::string_view line : Split(plan, '\n')) {
    if (line == "PLAN FRAGMENT 0") continue;
    const bool is_physical = line.starts_with("  PHYSICAL PLAN");
    if (level == sql::ExplainLevel::kLogical && is_physical) break;
    Add(lines, std::string(line));
  }
  return Ok();
}

void AddReading(const std::string& table, const StoreMeter::Reading& reading, Lines& lines) {
  Add(lines, "  Table: " + table);
  Add(lines, fmt::format("     FilesRead: {}", reading.data_files));
  Add(lines, fmt::format("     MetadataFilesRead: {}", reading.objects - reading.data_files));
  Add(lines, fmt::format("     Requests: {}", reading.requests));
  Add(lines, fmt::format("     BytesRead: {}", reading.bytes));
}

/// Runs the statement, changes and all, and tells what that took.
Status ExplainAnalyze(StatementRun& run, const sql::Statement& statement) {
  CountingSink counted;
  Lines lines;
  const Clock& clock = run.state.environment.clock;
  const MonotonicTime begin = clock.MonotonicNow();
  StatementTables own(run.state);
  MeasuredTables tables(own);
  const auto* query = sql::AsIf<sql::QueryStatement>(statement);
  if (query != nullptr) {
    FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, run.state.Connection());
    FIRN_TRY(connection->Run(run.context, *query->query, tables, run.Scope(), counted));
  } else {
    StatementRun inner{
        .context = run.context, .state = run.state, .sink = counted, .parameters = run.parameters};
    FIRN_TRY(RunStatement(inner, statement));
  }
  const auto taken =
      std::chrono::duration_cast<std::chrono::microseconds>(clock.MonotonicNow() - begin);
  Add(lines, "Summary");
  Add(lines, "  QueryId: " + run.state.entry->query_id());
  Add(lines, fmt::format("  TotalTime: {:.3f} ms", static_cast<double>(taken.count()) / 1000.0));
  Add(lines, fmt::format("  {}: {}", query != nullptr ? "RowsReturned" : "RowsAffected",
                         counted.row_count()));
  for (const auto& [table, meter] : tables.meters()) AddReading(table, meter->Read(), lines);
  if (query != nullptr) {
    Add(lines, "PLAN FRAGMENT 0");
    FIRN_TRY(AddPlan(run, *query->query, own, sql::ExplainLevel::kAnalyze, lines));
  }
  return SendLines(run, lines);
}

}  // namespace

Status RunQuery(StatementRun& run, const sql::Query& query) {
  FIRN_ASSIGN_OR_RETURN(duck::Connection * connection, run.state.Connection());
  StatementTables tables(run.state);
  if (!run.state.profile) return connection->Run(run.context, query, tables, run.Scope(), run.sink);
  MeasuredTables measured(tables);
  FIRN_TRY(connection->Run(run.context, query, measured, run.Scope(), run.sink));
  Lines lines;
  for (const auto& [table, meter] : measured.meters()) AddReading(table, meter->Read(), lines);
  Add(lines, "PLAN FRAGMENT 0");
  // The rows are with the client: a plan that cannot be had makes the profile shorter, no error.
  (void)AddPlan(run, query, tables, sql::ExplainLevel::kAnalyze, lines);
  for (const auto& line : lines) *run.state.profile += *line.front() + "\n";
  return Ok();
}

Status Explain(StatementRun& run, const sql::ExplainStatement& statement) {
  const sql::Statement& inner = *statement.statement;
  const sql::Query* query = QueryOf(inner);
  if (query == nullptr && TargetOf(inner) == nullptr) {
    return UnsupportedStatement("EXPLAIN of " + std::string(sql::StatementKindName(inner.kind)),
                                "it explains queries and statements that change rows");
  }
  if (inner.kind == sql::StatementKind::kCreateTable && query == nullptr) {
    return UnsupportedStatement("EXPLAIN of CREATE TABLE without AS SELECT",
                                "it explains queries and statements that change rows");
  }
  if (statement.level == sql::ExplainLevel::kAnalyze) return ExplainAnalyze(run, inner);
  Lines lines;
  Add(lines, "PLAN FRAGMENT 0");
  FIRN_TRY(AddSink(run, inner, lines));
  const auto* insert = sql::AsIf<sql::InsertStatement>(inner);
  if (query != nullptr) {
    StatementTables tables(run.state);
    FIRN_TRY(AddPlan(run, *query, tables, statement.level, lines));
  } else if (insert != nullptr) {
    Add(lines, fmt::format("  VALUES\n     ROWS: {}",
                           std::get<sql::LiteralRows>(insert->source).row_count()));
  }
  return SendLines(run, lines);
}

/// Statistics stand in the tables' own metadata, which every commit keeps exact; there is nothing
/// to gather. That the table and the columns are there is looked at.
Status AnalyzeTable(StatementRun& run, const sql::AnalyzeTableStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(const duck::TableName name, CompleteTable(run.state, statement.table));
  FIRN_TRY(Require(run.state, Needs::OnTable({Privilege::kInsert}, name)));
  FIRN_ASSIGN_OR_RETURN(
      const catalog::LoadedTable table,
      LoadTable(run.context, run.state, Needs::OnTable({Privilege::kSelect}, name)));
  const iceberg::Schema& schema = table.metadata->current_schema();
  for (const std::string& column : statement.columns) {
    if (schema.FindFieldIgnoreCase(column) != nullptr) continue;
    return InvalidArgument("UnknownColumn",
                           "Unknown column '" + column + "' in '" + name.table + "'");
  }
  run.state.Warn(1105,
                 "Nothing was gathered: row counts, bounds and null counts are taken from the "
                 "table's own metadata at every query");
  const std::vector<std::string> header{"Table", "Op", "Msg_type", "Msg_text"};
  const Lines lines{
      {name.catalog + "." + name.database + "." + name.table, "analyze", "status", "OK"}};
  return rows::SendTextRows(run.sink, header, lines);
}

}  // namespace firn::session
