#include "base/encoding.h"
#include "engine/catalog/catalog_registry.h"
#include "engine/session/names_internal.h"
#include "engine/session/session_state_internal.h"
#include "engine/session/show_families_internal.h"

namespace firn::session {
namespace {

Status Done(StatementRun& run) { return run.sink.Affected(0, ""); }

/// StarRocks takes the location and nothing else.
Result<std::optional<std::string>> LocationOf(const std::vector<sql::Property>& properties) {
  std::optional<std::string> location;
  for (const sql::Property& property : properties) {
    if (!EqualsIgnoreCaseAscii(property.key, "location")) {
      return InvalidArgument("UnknownProperty", "Unrecognized property: " + property.key);
    }
    if (property.value.find("://") == std::string::npos) {
      return InvalidArgument("BadLocation", "Invalid location URI: " + property.value);
    }
    location = property.value;
  }
  return location;
}

}  // namespace

Status CreateCatalog(StatementRun& run, const sql::CreateCatalogStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(
      const Access access,
      Authorise(run.state, Needs::OnSystem({Privilege::kCreateExternalCatalog})));
  std::vector<catalog::RawProperty> properties;
  for (const sql::Property& property : statement.properties)
    properties.push_back({property.key, property.value});
  if (statement.if_not_exists && Access::IsCatalog(run.state, statement.name)) return Done(run);
  FIRN_TRY(access.registry().Create(run.context, statement.name, statement.comment, properties));
  return Done(run);
}

Status AlterCatalog(StatementRun& run, const sql::AlterCatalogStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(
      const Access access,
      Authorise(run.state, Needs::OnCatalog({Privilege::kAlter}, statement.name)));
  std::vector<catalog::RawProperty> properties;
  for (const sql::Property& property : statement.properties)
    properties.push_back({property.key, property.value});
  FIRN_TRY(access.registry().Alter(run.context, statement.name, properties));
  return Done(run);
}

Status DropCatalog(StatementRun& run, const sql::DropCatalogStatement& statement) {
  FIRN_ASSIGN_OR_RETURN(
      const Access access,
      Authorise(run.state, Needs::OnCatalog({Privilege::kDrop}, statement.name)));
  const Status dropped = access.registry().Drop(statement.name);
  const bool is_missing = !dropped && dropped.error().reason() == "UnknownCatalog";
  if (!dropped && !(is_missing && statement.if_exists)) return dropped;
  if (dropped) FIRN_TRY(run.state.environment.privileges.ForgetCatalog(statement.name));
  if (run.state.catalog() == statement.name)
    run.state.SetPlace(std::string(catalog::kDefaultCatalogName), "");
  return Done(run);
}

Status UsePlace(const Context& context, SessionState& state, const std::string& catalog,
                const std::string& database) {
  if (catalog != catalog::kDefaultCatalogName) {
    const Needs needs = database.empty() ? Needs::ToSeeCatalog(catalog)
                                         : Needs::ToSeeDatabase({catalog, database});
    FIRN_ASSIGN_OR_RETURN(const auto external, FindCatalog(state, needs));
    if (!database.empty() && !IsInformationSchema(database)) {
      const Status there = external->CheckDatabase(context, database);
      if (!there && there.error().code() == ErrorCode::kNotFound) {
        return UnknownDatabase(context, state, {catalog, database});
      }
      FIRN_TRY(there);
    }
  } else if (!database.empty() && !IsInformationSchema(database)) {
    return UnknownDatabase(context, state, {catalog, database});
  }
  state.SetPlace(catalog,
                 IsInformationSchema(database) ? std::string(kInformationSchema) : database);
  return Ok();
}

Status SetCatalog(StatementRun& run, const std::string& name) {
  FIRN_TRY(UsePlace(run.context, run.state, name, ""));
  return Done(run);
}

Status Use(StatementRun& run, const sql::UseStatement& statement) {
  DatabaseName name = CompleteDatabase(run.state, statement.name);
  // `USE a.b` may name a nested database of the current catalog.
  const bool is_catalog = name.catalog == catalog::kDefaultCatalogName ||
                          Access::IsCatalog(run.state, name.catalog);
  if (!is_catalog && statement.name.parts.size() > 1 &&
      run.state.catalog() != catalog::kDefaultCatalogName) {
    name = {run.state.catalog(), statement.name.ToString()};
    const Status used = UsePlace(run.context, run.state, name.catalog, name.database);
    if (used) return Done(run);
    // The first part's own error: most mean a catalog.
    return UsePlace(run.context, run.state, statement.name.parts[0], "");
  }
  FIRN_TRY(UsePlace(run.context, run.state, name.catalog, name.database));
  return Done(run);
}

Status CreateDatabase(StatementRun& run, const sql::CreateDatabaseStatement& statement) {
  const DatabaseName name = CompleteDatabase(run.state, statement.name);
  FIRN_ASSIGN_OR_RETURN(const auto catalog,
                        FindExternal(run.state,
                                     Needs::OnCatalog({Privilege::kCreateDatabase}, name.catalog),
                                     "CREATE DATABASE"));
  FIRN_ASSIGN_OR_RETURN(const std::optional<std::string> location,
                        LocationOf(statement.properties));
  const auto exists = [&] {
    return AlreadyExists("DatabaseExists",
                         "Can't create database '" + name.database + "'; database exists");
  };
  if (IsInformationSchema(name.database)) return exists();
  const Status created = catalog->CreateDatabase(run.context, name.database, location);
  const bool is_there = !created && created.error().reason() == "DatabaseExists";
  if (!created && !(is_there && statement.if_not_exists)) return created;
  return Done(run);
}

/// Iceberg's REST protocol renames no namespace, and StarRocks alters databases of its own only.
Status AlterDatabase(StatementRun& run, const sql::AlterDatabaseStatement& statement) {
  const DatabaseName name = CompleteDatabase(run.state, statement.name);
  FIRN_TRY(FindExternal(run.state, Needs::OnDatabase({Privilege::kAlter}, name), "ALTER DATABASE"));
  if (statement.new_name) {
    return UnsupportedStatement(
        "ALTER DATABASE … RENAME",
        "create '" + *statement.new_name + "', and its tables there by CREATE TABLE … AS SELECT");
  }
  return UnsupportedStatement("ALTER DATABASE … SET",
                              "properties of a database are set when it is created");
}

Status DropDatabase(StatementRun& run, const sql::DropDatabaseStatement& statement) {
  const DatabaseName name = CompleteDatabase(run.state, statement.name);
  FIRN_ASSIGN_OR_RETURN(
      const auto catalog,
      FindExternal(run.state, Needs::OnDatabase({Privilege::kDrop}, name), "DROP DATABASE"));
  if (IsInformationSchema(name.database)) {
    return InvalidArgument("InternalDatabase", "The database information_schema cannot be dropped");
  }
  const Status dropped = catalog->DropDatabase(run.context, name.database);
  const bool is_missing = !dropped && dropped.error().reason() == "UnknownDatabase";
  if (is_missing && !statement.if_exists) {
    return NotFound("UnknownDatabase",
                    "Can't drop database '" + name.database + "'; database doesn't exist");
  }
  if (!dropped && !is_missing) return dropped;
  if (run.state.catalog() == name.catalog && run.state.database() == name.database) {
    run.state.SetPlace(name.catalog, "");
  }
  return Done(run);
}

}  // namespace firn::session
