#include "base/encoding.h"
#include "engine/session/names_internal.h"

namespace firn::session {
namespace {

std::string DidYouMean(std::string_view word, std::span<const std::string> candidates) {
  const std::string nearest = NearestWord(word, candidates);
  return nearest.empty() ? "" : ". Did you mean '" + nearest + "'?";
}

/// Which catalog to choose, for those who have not chosen one.
std::string CatalogHint(const SessionState& state) {
  const auto catalogs = Access::VisibleCatalogs(state);
  if (catalogs.empty())
    return "\nhint: create one with CREATE EXTERNAL CATALOG, then SET CATALOG to it";
  return "\nhint: SET CATALOG " + catalogs.front()->name() +
         (catalogs.size() > 1 ? " (or another)" : "") + " first";
}

std::string JoinFrom(const std::vector<std::string>& parts, std::size_t begin, std::size_t end) {
  std::string joined;
  for (std::size_t i = begin; i < end; ++i) joined += (i == begin ? "" : ".") + parts[i];
  return joined;
}

Unexpected NoDatabaseSelected() {
  return InvalidArgument("NoDatabaseSelected", "No database selected");
}

}  // namespace

bool IsInformationSchema(std::string_view database) {
  return EqualsIgnoreCaseAscii(database, kInformationSchema);
}

DatabaseName CompleteDatabase(const SessionState& state, const sql::ObjectName& name) {
  if (name.parts.size() == 1) return {state.catalog(), name.parts[0]};
  return {name.parts[0], JoinFrom(name.parts, 1, name.parts.size())};
}

Result<duck::TableName> CompleteTable(const SessionState& state, const sql::ObjectName& name) {
  const std::vector<std::string>& parts = name.parts;
  duck::TableName table;
  table.table = parts.back();
  table.catalog = parts.size() > 2 ? parts[0] : state.catalog();
  if (parts.size() > 2) {
    table.database = JoinFrom(parts, 1, parts.size() - 1);
  } else {
    table.database = parts.size() == 2 ? parts[0] : state.database();
  }
  if (table.database.empty()) return NoDatabaseSelected();
  return table;
}

Result<DatabaseName> CompleteFrom(const SessionState& state,
                                  const std::optional<sql::ObjectName>& from) {
  if (from) return CompleteDatabase(state, *from);
  if (state.database().empty()) return NoDatabaseSelected();
  return DatabaseName{state.catalog(), state.database()};
}

Result<std::shared_ptr<catalog::ExternalCatalog>> FindCatalog(const SessionState& state,
                                                              const Needs& needs) {
  FIRN_ASSIGN_OR_RETURN(const Access access, Authorise(state, needs));
  return access.Catalog();
}

Result<std::shared_ptr<catalog::ExternalCatalog>> FindExternal(const SessionState& state,
                                                               const Needs& needs,
                                                               std::string_view what) {
  if (needs.catalog() == catalog::kDefaultCatalogName) {
    return Unsupported(
        "InternalCatalog",
        std::string(what) +
            " is not supported in default_catalog: it holds information_schema only, "
            "tables live in external catalogs" +
            CatalogHint(state));
  }
  return FindCatalog(state, needs);
}

void KeepVisible(const SessionState& state, const std::string& catalog,
                 std::vector<std::string>& databases) {
  if (state.rights()->has_all()) return;
  std::erase_if(databases, [&](const std::string& database) {
    return !May(state, Needs::ToSeeDatabase({catalog, database}));
  });
}

void KeepVisible(const SessionState& state, const DatabaseName& database,
                 std::vector<std::string>& relations) {
  if (state.rights()->has_all()) return;
  std::erase_if(relations, [&](const std::string& relation) {
    return !May(state, Needs::ToSee({database.catalog, database.database, relation}));
  });
}

Unexpected UnknownDatabase(const Context& context, const SessionState& state,
                           const DatabaseName& name) {
  std::string message = "Unknown database '" + name.database + "'";
  if (name.catalog == catalog::kDefaultCatalogName) {
    return NotFound("UnknownDatabase",
                    message + " in catalog 'default_catalog'" + CatalogHint(state));
  }
  const auto catalog = FindCatalog(state, Needs::ToSeeCatalog(name.catalog, true));
  if (!catalog) return Unexpected{catalog.error()};
  auto databases = (*catalog)->ListDatabases(context);
  if (databases) KeepVisible(state, name.catalog, *databases);
  return NotFound("UnknownDatabase",
                  message + (databases ? DidYouMean(name.database, *databases) : ""));
}

Unexpected UnknownTable(const Context& context, const SessionState& state,
                        const duck::TableName& name) {
  std::string message =
      "Unknown table '" + name.catalog + "." + name.database + "." + name.table + "'";
  const auto catalog = FindCatalog(state, Needs::ToSeeCatalog(name.catalog, true));
  if (!catalog) return NotFound("UnknownTable", std::move(message));
  auto tables = (*catalog)->ListTables(context, name.database);
  if (tables) KeepVisible(state, DatabaseName{name.catalog, name.database}, *tables);
  return NotFound("UnknownTable", message + (tables ? DidYouMean(name.table, *tables) : ""));
}

Result<std::optional<catalog::LoadedView>> FindView(const Context& context,
                                                    const SessionState& state,
                                                    const duck::TableName& name,
                                                    const Needs& needs) {
  FIRN_ASSIGN_OR_RETURN(const auto catalog, FindCatalog(state, needs));
  auto view = catalog->LoadView(context, name.database, name.table);
  if (view) return std::optional(*std::move(view));
  const Error& error = view.error();
  const bool is_absent = error.code() == ErrorCode::kNotFound || error.reason() == "NoViews" ||
                         error.code() == ErrorCode::kPermissionDenied;
  if (is_absent) return std::optional<catalog::LoadedView>();
  return error;
}

namespace {

/// A catalog may say "no such table" of a database that is not there either.
Unexpected WordMissing(const Context& context, const SessionState& state,
                       catalog::ExternalCatalog& catalog, const duck::TableName& name) {
  const Status database = catalog.CheckDatabase(context, name.database);
  if (!database && database.error().code() == ErrorCode::kNotFound) {
    return UnknownDatabase(context, state, {name.catalog, name.database});
  }
  return UnknownTable(context, state, name);
}

}  // namespace

Result<LoadedRelation> LoadRelation(const Context& context, const SessionState& state,
                                    const Needs& needs) {
  const duck::TableName& name = needs.name();
  if (name.catalog == catalog::kDefaultCatalogName) {
    return UnknownDatabase(context, state, {name.catalog, name.database});
  }
  FIRN_ASSIGN_OR_RETURN(const auto catalog, FindCatalog(state, needs));
  auto table = catalog->LoadTable(context, name.database, name.table);
  if (table) {
    FIRN_TRY(Require(state, needs.OfTable()));
    return LoadedRelation(*std::move(table));
  }
  if (table.error().code() != ErrorCode::kNotFound) return std::move(table).error();
  FIRN_ASSIGN_OR_RETURN(auto view, FindView(context, state, name, needs));
  if (view) {
    FIRN_TRY(Require(state, needs.OfView()));
    return LoadedRelation(*std::move(view));
  }
  return WordMissing(context, state, *catalog, name);
}

Result<catalog::LoadedTable> LoadTable(const Context& context, const SessionState& state,
                                       const Needs& needs) {
  const duck::TableName& name = needs.name();
  if (name.catalog != catalog::kDefaultCatalogName) FIRN_TRY(Require(state, needs));
  // One who may do it to the table may learn that it is a view.
  FIRN_ASSIGN_OR_RETURN(LoadedRelation relation,
                        LoadRelation(context, state, Needs::ToSee(name)));
  if (auto* table = std::get_if<catalog::LoadedTable>(&relation)) return std::move(*table);
  return InvalidArgument("NotATable", "'" + name.database + "." + name.table +
                                          "' is a view, not a table");
}

}  // namespace firn::session
