#pragma once

#include "engine/session/session_state_internal.h"

/// Families of statements that have files of their own. Each answers into run.sink; errors: those
/// of Session::Execute.

namespace firn::session {

// show_nodes.cc
Status ShowNodes(StatementRun& run, const sql::ShowStatement& statement);
Status ShowFrontendConfig(StatementRun& run, const sql::ShowStatement& statement);

// show_parts.cc
Status ShowPartitions(StatementRun& run, const sql::ShowStatement& statement);
Status ShowIndex(StatementRun& run, const sql::ShowStatement& statement);
Status ShowData(StatementRun& run, const sql::ShowStatement& statement);

// show_rights.cc
Status ShowGrants(StatementRun& run, const sql::ShowStatement& statement);
Status ShowUsers(StatementRun& run, const sql::ShowStatement& statement);
Status ShowAuthentication(StatementRun& run, const sql::ShowStatement& statement);
Status ShowRoles(StatementRun& run, const sql::ShowStatement& statement);
Status ShowPrivileges(StatementRun& run, const sql::ShowStatement& statement);
Status ShowProperty(StatementRun& run, const sql::ShowStatement& statement);

// profile_statements.cc
/// Whether a statement of the kind is to leave a profile (`enable_profile`).
bool WantsProfile(const SessionState& state, sql::StatementKind kind);
/// Writes the summary before the profile's text and keeps it.
void KeepProfile(const SessionState& state, QueryProfile profile, std::uint64_t row_count);
Status ShowProfileList(StatementRun& run, const sql::ShowStatement& statement);
Status AnalyzeProfile(StatementRun& run, const sql::AnalyzeProfileStatement& statement);

// query_statements.cc
Status AnalyzeTable(StatementRun& run, const sql::AnalyzeTableStatement& statement);

// table_statements.cc
Status CreateTableLike(StatementRun& run, const sql::CreateTableLikeStatement& statement);

// catalog_statements.cc
Status AlterDatabase(StatementRun& run, const sql::AlterDatabaseStatement& statement);

}  // namespace firn::session
