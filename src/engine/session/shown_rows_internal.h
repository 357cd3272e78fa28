#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/session/session_state_internal.h"

/// Rows of a SHOW statement and its trailing LIKE, WHERE, ORDER BY and LIMIT.

namespace firn::session {

struct ShownRows {
  std::vector<std::string> header;
  std::vector<std::vector<std::optional<std::string>>> rows;
  std::size_t like_column = 0;  ///< The column LIKE is about.
};

/// Filters and sends. WHERE, ORDER BY and LIMIT are run by the engine over the rows as a table of
/// strings.
Status SendShown(StatementRun& run, const sql::ShowStatement& statement, ShownRows shown);

}  // namespace firn::session
