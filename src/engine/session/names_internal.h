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
#include "engine/session/session_state_internal.h"
#include "sql/query.h"

/// From names as written to catalogs, databases and tables; and the errors when they are not there.

namespace firn::session {

inline constexpr std::string_view kInformationSchema = "information_schema";

bool IsInformationSchema(std::string_view database);

struct DatabaseName {
  std::string catalog;
  std::string database;
};

/// One part: in the current catalog; more: catalog first, the rest joined by dots.
DatabaseName CompleteDatabase(const SessionState& state, const sql::ObjectName& name);
/// Errors: kInvalidArgument/NoDatabaseSelected.
Result<duck::TableName> CompleteTable(const SessionState& state, const sql::ObjectName& name);
/// The database a SHOW is about: FROM's, else the current one. Errors:
/// kInvalidArgument/NoDatabaseSelected.
Result<DatabaseName> CompleteFrom(const SessionState& state,
                                  const std::optional<sql::ObjectName>& from);

/// The external catalog of that name. Errors: kNotFound/UnknownCatalog;
/// kUnsupported/InternalCatalog for default_catalog, telling which catalogs there are.
Result<std::shared_ptr<catalog::ExternalCatalog>> FindExternal(const SessionState& state,
                                                               std::string_view name,
                                                               std::string_view what);

/// kNotFound/UnknownDatabase with the nearest name of those the catalog lists.
Unexpected UnknownDatabase(const Context& context, const SessionState& state,
                           const DatabaseName& name);
/// kNotFound/UnknownTable with the nearest name of the same database.
Unexpected UnknownTable(const Context& context, const SessionState& state,
                        const duck::TableName& name);

/// Loads a table of an external catalog; not-found errors are worded as above. Errors: also
/// kInvalidArgument/NotATable for a view.
Result<catalog::LoadedTable> LoadTable(const Context& context, const SessionState& state,
                                       const duck::TableName& name);

/// The view of that name; nullopt when there is none that can be seen, or the catalog has no views.
Result<std::optional<catalog::LoadedView>> FindView(const Context& context,
                                                    const SessionState& state,
                                                    const duck::TableName& name);

/// What stands under a name that a query reads: a table, else a view. Errors: as LoadTable.
using LoadedRelation = std::variant<catalog::LoadedTable, catalog::LoadedView>;
Result<LoadedRelation> LoadRelation(const Context& context, const SessionState& state,
                                    const duck::TableName& name);

}  // namespace firn::session
