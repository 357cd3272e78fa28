#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "engine/catalog/external_catalog.h"
#include "engine/duck/engine.h"
#include "engine/session/access_internal.h"
#include "engine/session/session_state_internal.h"
#include "sql/query.h"

/// From names as written to catalogs, databases and tables; and the errors when they are not there.

namespace firn::session {

inline constexpr std::string_view kInformationSchema = "information_schema";

bool IsInformationSchema(std::string_view database);

/// One part: in the current catalog; more: catalog first, the rest joined by dots.
DatabaseName CompleteDatabase(const SessionState& state, const sql::ObjectName& name);
/// Errors: kInvalidArgument/NoDatabaseSelected.
Result<duck::TableName> CompleteTable(const SessionState& state, const sql::ObjectName& name);
/// The database a SHOW is about: FROM's, else the current one. Errors:
/// kInvalidArgument/NoDatabaseSelected.
Result<DatabaseName> CompleteFrom(const SessionState& state,
                                  const std::optional<sql::ObjectName>& from);

/// The catalog that the needs are about. Errors: kPermissionDenied/AccessDenied;
/// kNotFound/UnknownCatalog.
Result<std::shared_ptr<catalog::ExternalCatalog>> FindCatalog(const SessionState& state,
                                                              const Needs& needs);
/// The same. Errors: also kUnsupported/InternalCatalog for default_catalog, telling which catalogs
/// there are.
Result<std::shared_ptr<catalog::ExternalCatalog>> FindExternal(const SessionState& state,
                                                               const Needs& needs,
                                                               std::string_view what);

/// Those databases of the catalog, tables and views of the database, that the user may see.
void KeepVisible(const SessionState& state, const std::string& catalog,
                 std::vector<std::string>& databases);
void KeepVisible(const SessionState& state, const DatabaseName& database,
                 std::vector<std::string>& relations);

/// kNotFound/UnknownDatabase with the nearest name of those the catalog lists.
Unexpected UnknownDatabase(const Context& context, const SessionState& state,
                           const DatabaseName& name);
/// kNotFound/UnknownTable with the nearest name of the same database.
Unexpected UnknownTable(const Context& context, const SessionState& state,
                        const duck::TableName& name);

/// Loads a table of an external catalog; not-found errors are worded as above. Errors: also
/// kPermissionDenied/AccessDenied before anything is asked; kInvalidArgument/NotATable for a view.
Result<catalog::LoadedTable> LoadTable(const Context& context, const SessionState& state,
                                       const Needs& needs);

/// The view of that name; nullopt when there is none that can be seen, or the catalog has no views.
Result<std::optional<catalog::LoadedView>> FindView(const Context& context,
                                                    const SessionState& state,
                                                    const duck::TableName& name,
                                                    const Needs& needs);

/// What stands under a name that a query reads: a table, else a view, and the needs are met of the
/// one it is. Errors: as LoadTable.
using LoadedRelation = std::variant<catalog::LoadedTable, catalog::LoadedView>;
Result<LoadedRelation> LoadRelation(const Context& context, const SessionState& state,
                                    const Needs& needs);

}  // namespace firn::session
