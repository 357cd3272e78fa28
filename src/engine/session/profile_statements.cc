#include <fmt/format.h>

#include "base/encoding.h"
#include "engine/session/access_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/show_families_internal.h"
#include "engine/session/shown_rows_internal.h"

namespace firn::session {
namespace {

/// `2s345ms`, as StarRocks writes what a query took.
std::string TimeText(std::chrono::microseconds taken) {
  const std::int64_t ms = taken.count() / 1000;
  return ms < 1000 ? fmt::format("{}ms", ms) : fmt::format("{}s{}ms", ms / 1000, ms % 1000);
}

std::string ShownTime(WallTime time) {
  std::string text = FormatIso8601(time);
  text.resize(19);
  text[10] = ' ';
  return text;
}

/// One's own; with OPERATE, everyone's.
bool MaySee(const SessionState& state, const QueryProfile& profile) {
  return profile.user == state.identity.user ||
         May(state, Needs::OnSystem({Privilege::kOperate}));
}

}  // namespace

bool WantsProfile(const SessionState& state, sql::StatementKind kind) {
  switch (kind) {
    case sql::StatementKind::kQuery:
    case sql::StatementKind::kInsert:
    case sql::StatementKind::kUpdate:
    case sql::StatementKind::kDelete:
    case sql::StatementKind::kMerge:
    case sql::StatementKind::kExecute: return state.values.system.GetBool("enable_profile");
    default: return false;
  }
}

void KeepProfile(const SessionState& state, QueryProfile profile, std::uint64_t row_count) {
  profile.text = fmt::format(
      "Query:\n  Summary:\n     - Query ID: {}\n     - Start Time: {}\n     - Total: {:.3f}ms\n"
      "     - Query State: {}\n     - User: {}\n     - Default Catalog: {}\n     - Default Db: {}\n"
      "     - Rows: {}\n     - Sql Statement: {}\n{}",
      profile.query_id, ShownTime(profile.started_at),
      static_cast<double>(profile.taken.count()) / 1000.0, profile.state, profile.user,
      state.catalog(), state.database(), row_count, profile.statement, profile.text);
  state.environment.profiles->Add(std::move(profile));
}

Status ShowProfileList(StatementRun& run, const sql::ShowStatement& statement) {
  ShownRows shown{.header = {"QueryId", "StartTime", "Time", "State", "Statement"}};
  for (const QueryProfile& profile : run.state.environment.profiles->List()) {
    if (!MaySee(run.state, profile)) continue;
    shown.rows.push_back({profile.query_id, ShownTime(profile.started_at), TimeText(profile.taken),
                          profile.state, profile.statement});
  }
  return SendShown(run, statement, std::move(shown));
}

Status AnalyzeProfile(StatementRun& run, const sql::AnalyzeProfileStatement& statement) {
  const auto profile = run.state.environment.profiles->Find(statement.query_id);
  if (!profile || !MaySee(run.state, *profile)) {
    return NotFound("UnknownProfile",
                    fmt::format("There is no profile of query '{}'. SET enable_profile = true makes "
                                "statements leave one; SHOW PROFILELIST lists the last 100",
                                statement.query_id));
  }
  std::vector<std::vector<std::optional<std::string>>> lines;
  for (const std::string_view line : Split(profile->text, '\n')) {
    if (!line.empty()) lines.push_back({std::string(line)});
  }
  const std::vector<std::string> columns{"Explain String"};
  return rows::SendTextRows(run.sink, columns, lines);
}

}  // namespace firn::session
