#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "engine/catalog/catalog_registry.h"
#include "engine/session/access_internal.h"

namespace firn::session {
namespace {

std::string RoleList(const std::vector<std::string>& roles) {
  return roles.empty() ? "NONE" : fmt::format("[{}]", fmt::join(roles, ", "));
}

GrantObject ObjectOf(ObjectType type, const duck::TableName& name) {
  GrantObject object{.type = type};
  if (!name.catalog.empty()) object.catalog = name.catalog;
  if (!name.database.empty()) object.database = name.database;
  if (!name.table.empty()) object.name = name.table;
  return object;
}

}  // namespace

Needs Needs::On(ObjectType type, PrivilegeSet any_of, duck::TableName name) {
  Needs needs;
  needs.objects_.push_back(ObjectOf(type, name));
  needs.any_of_ = any_of;
  needs.name_ = std::move(name);
  return needs;
}

Needs Needs::OnSystem(PrivilegeSet any_of) { return On(ObjectType::kSystem, any_of, {}); }

Needs Needs::OnCatalog(PrivilegeSet any_of, std::string catalog) {
  return On(ObjectType::kCatalog, any_of, {std::move(catalog), "", ""});
}

Needs Needs::OnDatabase(PrivilegeSet any_of, DatabaseName name) {
  return On(ObjectType::kDatabase, any_of, {std::move(name.catalog), std::move(name.database), ""});
}

Needs Needs::OnTable(PrivilegeSet any_of, duck::TableName name) {
  return On(ObjectType::kTable, any_of, std::move(name));
}

Needs Needs::OnView(PrivilegeSet any_of, duck::TableName name) {
  return On(ObjectType::kView, any_of, std::move(name));
}

Needs Needs::OnRelation(PrivilegeSet any_of, duck::TableName name) {
  Needs needs = OnTable(any_of, std::move(name));
  needs.objects_.push_back(ObjectOf(ObjectType::kView, needs.name_));
  return needs;
}

Needs Needs::OnAllTables(PrivilegeSet any_of, std::string catalog) {
  return On(ObjectType::kTable, any_of, {std::move(catalog), "", ""});
}

Needs Needs::ToSeeCatalog(std::string catalog, bool or_in) {
  Needs needs = OnCatalog({}, std::move(catalog));
  needs.or_in_ = or_in;
  return needs;
}

Needs Needs::ToSeeDatabase(DatabaseName name) {
  if (EqualsIgnoreCaseAscii(name.database, "information_schema")) {
    Needs needs = ToSeeCatalog(name.catalog, true);
    needs.name_.database = std::move(name.database);
    return needs;
  }
  Needs needs = OnDatabase({}, std::move(name));
  needs.or_in_ = true;
  return needs;
}

Needs Needs::ToSee(duck::TableName name) { return OnRelation({}, std::move(name)); }

Needs Needs::OfView() const { return OnView(any_of_, name_); }
Needs Needs::OfTable() const { return OnTable(any_of_, name_); }

bool Needs::AreMetBy(const Rights& rights) const {
  return std::ranges::any_of(objects_, [&](const GrantObject& object) {
    if (or_in_) return rights.HasAnyOnOrIn(object);
    if (any_of_.empty()) return rights.HasAnyOn(object);
    return std::ranges::any_of(any_of_.List(),
                               [&](Privilege privilege) { return rights.Has(privilege, object); });
  });
}

std::string Needs::ToString() const {
  return fmt::format("(at least one of) the {} privilege(s) on {}",
                     any_of_.empty() ? "ANY" : any_of_.ToString(),
                     objects_.front().ToString(false));
}

Result<std::shared_ptr<catalog::ExternalCatalog>> Access::Catalog() const {
  return registry_->Find(catalog_);
}

std::vector<std::shared_ptr<catalog::ExternalCatalog>> Access::VisibleCatalogs(
    const SessionState& state) {
  auto catalogs = state.environment.catalogs.catalogs_->List();
  std::erase_if(catalogs, [&](const auto& catalog) {
    return !May(state, Needs::ToSeeCatalog(catalog->name()));
  });
  return catalogs;
}

std::vector<catalog::JournaledWrite> Access::VisibleWrites(const SessionState& state) {
  auto writes = state.environment.catalogs.catalogs_->journal().List();
  std::erase_if(writes, [&](const catalog::JournaledWrite& write) {
    return !May(state,
                Needs::ToSee({write.place.catalog, write.place.database, write.place.table}));
  });
  return writes;
}

bool Access::IsCatalog(const SessionState& state, std::string_view name) {
  return state.environment.catalogs.catalogs_->Find(name).has_value();
}

Result<Access> Authorise(const SessionState& state, const Needs& needs) {
  FIRN_TRY(Require(state, needs));
  return Access(state.environment.catalogs, needs.catalog());
}

Status Require(const SessionState& state, const Needs& needs) {
  const std::shared_ptr<const Rights> rights = state.rights();
  if (needs.AreMetBy(*rights)) return Ok();
  return PermissionDenied(
      "AccessDenied",
      fmt::format("Access denied; you need {} for this operation. Please ask the admin to grant "
                  "permission(s) or try activating existing roles using <set [default] role>. "
                  "Current role(s): {}. Inactivated role(s): {}.",
                  needs.ToString(), RoleList(rights->active_roles()),
                  RoleList(rights->inactive_roles())));
}

bool May(const SessionState& state, const Needs& needs) { return needs.AreMetBy(*state.rights()); }

Status RequireOnSystem(const SessionState& state, PrivilegeSet any_of) {
  return Require(state, Needs::OnSystem(any_of));
}

}  // namespace firn::session
