#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/catalog/external_catalog.h"
#include "engine/catalog/write_journal.h"
#include "engine/duck/engine.h"
#include "engine/session/privileges.h"
#include "engine/session/session_state_internal.h"

/// From a name to a catalog there is one way: say what is needed there, and have it checked.
///
/// Reading order: Needs, Authorise, Access. names_internal.h builds on it.

namespace firn::session {

struct DatabaseName {
  std::string catalog;
  std::string database;
};

/// What a statement needs before it may touch an object, and the object's name. Immutable.
class Needs {
 public:
  /// One of `any_of`; so below.
  static Needs OnSystem(PrivilegeSet any_of);
  static Needs OnCatalog(PrivilegeSet any_of, std::string catalog);
  static Needs OnDatabase(PrivilegeSet any_of, DatabaseName name);
  static Needs OnTable(PrivilegeSet any_of, duck::TableName name);
  static Needs OnView(PrivilegeSet any_of, duck::TableName name);
  /// A table or a view, whichever has the name; LoadRelation checks which when it knows.
  static Needs OnRelation(PrivilegeSet any_of, duck::TableName name);
  /// All tables of a catalog: of a statement that names a file, which may be any table's.
  static Needs OnAllTables(PrivilegeSet any_of, std::string catalog);
  /// Something on the catalog; with `or_in`, on it or in it.
  static Needs ToSeeCatalog(std::string catalog, bool or_in = false);
  /// Something on the database or in it. information_schema is seen with its catalog.
  static Needs ToSeeDatabase(DatabaseName name);
  /// Something on the table or view.
  static Needs ToSee(duck::TableName name);

  const std::string& catalog() const { return name_.catalog; }
  DatabaseName database() const { return {name_.catalog, name_.database}; }
  /// REQUIRES: a table's or a view's needs.
  const duck::TableName& name() const { return name_; }
  /// The same of the view, where a view or table was meant.
  Needs OfView() const;
  Needs OfTable() const;

  bool AreMetBy(const Rights& rights) const;
  /// `(at least one of) the SELECT privilege(s) on TABLE t`.
  std::string ToString() const;

 private:
  Needs() = default;
  static Needs On(ObjectType type, PrivilegeSet any_of, duck::TableName name);

  duck::TableName name_;
  std::vector<GrantObject> objects_;  ///< On one of them.
  PrivilegeSet any_of_;               ///< Empty: anything.
  bool or_in_ = false;
};

/// That the user may what was needed. Only Authorise makes it; good for the statement that asked.
class Access {
 public:
  /// The catalog of the needs. Errors: kNotFound/UnknownCatalog.
  Result<std::shared_ptr<catalog::ExternalCatalog>> Catalog() const;
  /// For the statements that manage catalogs themselves.
  catalog::CatalogRegistry& registry() const { return *registry_; }

  /// Those that the user may see, sorted by name.
  static std::vector<std::shared_ptr<catalog::ExternalCatalog>> VisibleCatalogs(
      const SessionState& state);
  /// Entries of the journal of writes to tables that the user may see.
  static std::vector<catalog::JournaledWrite> VisibleWrites(const SessionState& state);
  /// Whether there is a catalog of the name, for those who only ask what a name means.
  static bool IsCatalog(const SessionState& state, std::string_view name);

 private:
  friend Result<Access> Authorise(const SessionState& state, const Needs& needs);
  Access(const GuardedCatalogs& catalogs, std::string catalog)
      : registry_(catalogs.catalogs_), catalog_(std::move(catalog)) {}

  catalog::CatalogRegistry* registry_;
  std::string catalog_;
};

/// Errors: kPermissionDenied/AccessDenied in StarRocks' words, for what is not there as well.
Result<Access> Authorise(const SessionState& state, const Needs& needs);
/// The check alone, for what has no catalog.
Status Require(const SessionState& state, const Needs& needs);
bool May(const SessionState& state, const Needs& needs);
/// `needs` on SYSTEM.
Status RequireOnSystem(const SessionState& state, PrivilegeSet any_of);

}  // namespace firn::session
