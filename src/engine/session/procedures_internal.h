#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/catalog/external_catalog.h"
#include "engine/duck/engine.h"
#include "engine/session/session_state_internal.h"

/// ALTER TABLE … EXECUTE, for the files that hold procedures.

namespace firn::session {

/// One EXECUTE on its way. Borrows everything.
struct ProcedureRun {
  StatementRun& run;
  const sql::ExecuteProcedureClause& clause;
  const duck::TableName& name;
  catalog::ExternalCatalog& catalog;
  const catalog::LoadedTable& table;
  std::map<std::string, sql::Literal> arguments;

  std::int64_t NowMs() const { return MillisSinceEpoch(run.context.clock().Now()); }
};

/// The one row a procedure answers with.
Status Answer(StatementRun& run, std::vector<std::string> header,
              std::vector<std::optional<std::string>> row);

// Arguments by name. Errors: kInvalidArgument/MissingArgument, /BadArgument.
Result<std::int64_t> Integer(const ProcedureRun& call, const std::string& name,
                             std::optional<std::int64_t> otherwise);
Result<std::string> TextArgument(const ProcedureRun& call, const std::string& name);
Result<bool> Flag(const ProcedureRun& call, const std::string& name, bool otherwise = false);

// compaction.cc
Status RewriteDataFiles(const ProcedureRun& call);
Status RewritePositionDeletes(const ProcedureRun& call);
Status RewriteEqualityDeleteFiles(const ProcedureRun& call);

// add_files.cc
Status AddFiles(const ProcedureRun& call);

}  // namespace firn::session
