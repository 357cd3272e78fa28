#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "engine/duck/engine.h"
#include "engine/session/session_state_internal.h"

/// information_schema of one catalog, made when asked for.

namespace firn::session {

/// A table's columns, `:n` for numbers and `:t` for times; text otherwise. Those that nothing fills
/// are there and empty: what they are about does not exist here.
struct SchemaLayout {
  std::string_view table;
  std::string_view columns;
};
/// All of them, sorted by table. Immutable.
std::span<const SchemaLayout> SchemaLayouts();

/// Lower-case names of all its tables, sorted.
std::vector<std::string> InformationSchemaTables();

/// information_schema_rights.cc: fills applicable_roles and table_, schema_ and user_privileges;
/// false for another view. Costs no request.
bool FillRights(const SessionState& state, const std::string& catalog, std::string_view view,
                duck::MemoryTable& table);

/// `name.catalog` is whose schema it is. schemata costs one listing; tables one more a database;
/// columns one request a table besides (at most kDescribedTablesMax). What the user may not see is
/// left out. Errors: kNotFound/UnknownTable; kResourceExhausted/TooManyTables; what listing the
/// databases gives.
Result<duck::MemoryTable> InformationSchemaTable(const Context& context, const SessionState& state,
                                                 const duck::TableName& name);

}  // namespace firn::session
