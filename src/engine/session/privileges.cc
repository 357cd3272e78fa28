#include "engine/session/privileges.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "engine/catalog/catalog_registry.h"
#include "engine/session/access_limits.h"

namespace firn::session {
namespace {

struct TypeRow {
  ObjectType type;
  std::string_view name;
  PrivilegeSet privileges;
};

using enum Privilege;

constexpr PrivilegeSet kSystemPrivileges = {kGrant,
                                            kNode,
                                            kCreateResource,
                                            kPlugin,
                                            kFile,
                                            kBlacklist,
                                            kOperate,
                                            kCreateExternalCatalog,
                                            kRepository,
                                            kCreateResourceGroup,
                                            kCreateGlobalFunction,
                                            kCreateStorageVolume,
                                            kSecurity};

constexpr std::array kTypes = std::to_array<TypeRow>({
    {ObjectType::kSystem, "SYSTEM", kSystemPrivileges},
    {ObjectType::kCatalog, "CATALOG", {kUsage, kCreateDatabase, kDrop, kAlter}},
    {ObjectType::kDatabase,
     "DATABASE",
     {kAlter, kDrop, kCreateTable, kCreateView, kCreateFunction, kCreateMaterializedView,
      kCreatePipe}},
    {ObjectType::kTable,
     "TABLE",
     {kAlter, kDrop, kSelect, kInsert, kUpdate, kDelete, kExport, kRefresh}},
    {ObjectType::kView, "VIEW", {kSelect, kAlter, kDrop}},
    {ObjectType::kMaterializedView, "MATERIALIZED VIEW", {kSelect, kAlter, kRefresh, kDrop}},
    {ObjectType::kFunction, "FUNCTION", {kUsage, kDrop}},
    {ObjectType::kGlobalFunction, "GLOBAL FUNCTION", {kUsage, kDrop}},
    {ObjectType::kUser, "USER", {kImpersonate}},
});

const TypeRow& RowOf(ObjectType type) { return *std::ranges::find(kTypes, type, &TypeRow::type); }

struct PrivilegeRow {
  Privilege privilege;
  std::string_view name;
};
constexpr std::array kPrivileges = std::to_array<PrivilegeRow>({
    {kGrant, "GRANT"},
    {kNode, "NODE"},
    {kOperate, "OPERATE"},
    {kSecurity, "SECURITY"},
    {kCreateExternalCatalog, "CREATE EXTERNAL CATALOG"},
    {kCreateResource, "CREATE RESOURCE"},
    {kCreateResourceGroup, "CREATE RESOURCE GROUP"},
    {kCreateStorageVolume, "CREATE STORAGE VOLUME"},
    {kCreateGlobalFunction, "CREATE GLOBAL FUNCTION"},
    {kPlugin, "PLUGIN"},
    {kFile, "FILE"},
    {kBlacklist, "BLACKLIST"},
    {kRepository, "REPOSITORY"},
    {kUsage, "USAGE"},
    {kCreateDatabase, "CREATE DATABASE"},
    {kCreateTable, "CREATE TABLE"},
    {kCreateView, "CREATE VIEW"},
    {kCreateFunction, "CREATE FUNCTION"},
    {kCreateMaterializedView, "CREATE MATERIALIZED VIEW"},
    {kCreatePipe, "CREATE PIPE"},
    {kSelect, "SELECT"},
    {kInsert, "INSERT"},
    {kUpdate, "UPDATE"},
    {kDelete, "DELETE"},
    {kExport, "EXPORT"},
    {kRefresh, "REFRESH"},
    {kAlter, "ALTER"},
    {kDrop, "DROP"},
    {kImpersonate, "IMPERSONATE"},
});

/// What db_admin may do to the system: everything but users and nodes.
constexpr PrivilegeSet kDbAdminSystem = kSystemPrivileges.Without({kGrant, kNode, kSecurity});

constexpr std::array kBuiltIns = std::to_array<BuiltInRole>({
    {kRootRole, "built-in root role which has all privileges on all objects"},
    {"db_admin", "built-in database administration role"},
    {"cluster_admin", "built-in cluster administration role"},
    {"user_admin", "built-in user administration role"},
    {"security_admin", "built-in security administration role"},
    {kPublicRole, "built-in public role which is owned by any user"},
});

Grants BuiltInGrants(std::string_view name) {
  Grants grants;
  const auto give = [&](ObjectType type, PrivilegeSet privileges) {
    grants[GrantObject{.type = type}].privileges = privileges;
  };
  if (name == kRootRole) {
    for (const TypeRow& row : kTypes) give(row.type, row.privileges);
  } else if (name == "db_admin") {
    for (const TypeRow& row : kTypes) {
      if (row.type != ObjectType::kUser) give(row.type, row.privileges);
    }
    give(ObjectType::kSystem, kDbAdminSystem);
  } else if (name == "cluster_admin") {
    give(ObjectType::kSystem, {kNode});
  } else if (name == "user_admin") {
    give(ObjectType::kSystem, {kGrant});
    give(ObjectType::kUser, {kImpersonate});
  } else if (name == "security_admin") {
    give(ObjectType::kSystem, {kSecurity, kOperate});
  }
  return grants;
}

/// What everybody has without a grant: default_catalog, and information_schema of any catalog that
/// the statement could reach.
bool IsFree(Privilege privilege, const GrantObject& object) {
  if (object.type == ObjectType::kCatalog)
    return privilege == kUsage && object.catalog == std::string(catalog::kDefaultCatalogName);
  const bool reads = object.type == ObjectType::kTable || object.type == ObjectType::kView;
  return reads && privilege == kSelect && object.database &&
         EqualsIgnoreCaseAscii(*object.database, "information_schema");
}

/// The objects whose grants hold for `object`: itself, then all of its kind, wider at each step.
std::vector<GrantObject> Covering(const GrantObject& object) {
  std::vector<GrantObject> covering{object};
  GrantObject wider = object;
  for (std::optional<std::string>* part : {&wider.name, &wider.database, &wider.catalog}) {
    if (!*part) continue;
    part->reset();
    covering.push_back(wider);
  }
  return covering;
}

}  // namespace

std::string_view ObjectTypeName(ObjectType type) { return RowOf(type).name; }

std::string ObjectTypePlural(ObjectType type) { return std::string(ObjectTypeName(type)) + "S"; }

std::optional<ObjectType> FindObjectType(std::string_view name) {
  const auto found = std::ranges::find(kTypes, name, &TypeRow::name);
  if (found == kTypes.end()) return std::nullopt;
  return found->type;
}

std::string_view PrivilegeName(Privilege privilege) {
  return std::ranges::find(kPrivileges, privilege, &PrivilegeRow::privilege)->name;
}

std::optional<Privilege> FindPrivilege(std::string_view name) {
  const auto found = std::ranges::find(kPrivileges, name, &PrivilegeRow::name);
  if (found == kPrivileges.end()) return std::nullopt;
  return found->privilege;
}

std::vector<Privilege> PrivilegeSet::List() const {
  std::vector<Privilege> list;
  for (const PrivilegeRow& row : kPrivileges) {
    if (Has(row.privilege)) list.push_back(row.privilege);
  }
  return list;
}

std::string PrivilegeSet::ToString() const {
  std::string text;
  for (const Privilege privilege : List())
    text += (text.empty() ? "" : ", ") + std::string(PrivilegeName(privilege));
  return text;
}

PrivilegeSet PrivilegesOf(ObjectType type) { return RowOf(type).privileges; }

std::string GrantObject::ToString(bool with_database) const {
  const std::string word(ObjectTypeName(type));
  const std::string all = "ALL " + ObjectTypePlural(type);
  switch (type) {
    case ObjectType::kSystem: return word;
    case ObjectType::kCatalog: return catalog ? word + " " + *catalog : all;
    case ObjectType::kDatabase: return database ? word + " " + *database : all;
    case ObjectType::kUser: return name ? word + " " + *name : all;
    case ObjectType::kGlobalFunction: return name ? word + " " + *name : all;
    case ObjectType::kTable:
    case ObjectType::kView:
    case ObjectType::kMaterializedView:
    case ObjectType::kFunction: break;
  }
  if (!database) return all + " IN ALL DATABASES";
  if (!name) return all + " IN DATABASE " + *database;
  return word + " " + (with_database ? *database + "." : "") + *name;
}

std::vector<BuiltInRole> BuiltInRoles() { return {kBuiltIns.begin(), kBuiltIns.end()}; }

bool IsBuiltInRole(std::string_view name) {
  return std::ranges::find(kBuiltIns, name, &BuiltInRole::name) != kBuiltIns.end();
}

void Rights::Add(const Grants& grants) {
  for (const auto& [object, granted] : grants) {
    Granted& mine = grants_[object];
    mine.privileges = mine.privileges.With(granted.privileges);
    mine.grantable = mine.grantable.With(granted.grantable);
  }
}

bool Rights::Has(Privilege privilege, const GrantObject& object) const {
  if (has_all_ || IsFree(privilege, object)) return true;
  return std::ranges::any_of(Covering(object), [&](const GrantObject& covering) {
    const auto found = grants_.find(covering);
    return found != grants_.end() && found->second.privileges.Has(privilege);
  });
}

bool Rights::MayGrant(Privilege privilege, const GrantObject& object) const {
  if (has_all_ || Has(kGrant, GrantObject{})) return true;
  return std::ranges::any_of(Covering(object), [&](const GrantObject& covering) {
    const auto found = grants_.find(covering);
    return found != grants_.end() && found->second.grantable.Has(privilege);
  });
}

bool Rights::HasAnyOn(const GrantObject& object) const {
  if (has_all_) return true;
  for (const Privilege privilege : PrivilegesOf(object.type).List()) {
    if (Has(privilege, object)) return true;
  }
  return false;
}

bool Rights::HasAnyOnOrIn(const GrantObject& object) const {
  if (HasAnyOn(object)) return true;
  const auto agrees = [](const std::optional<std::string>& granted,
                         const std::optional<std::string>& asked) {
    return !granted || !asked || *granted == *asked;
  };
  return std::ranges::any_of(grants_, [&](const auto& entry) {
    const GrantObject& granted = entry.first;
    const bool is_inside = granted.type > object.type && granted.type < ObjectType::kGlobalFunction;
    return is_inside && !entry.second.privileges.empty() &&
           agrees(granted.catalog, object.catalog) && agrees(granted.database, object.database);
  });
}

bool PrivilegeBook::HasRole(std::string_view name) const {
  return IsBuiltInRole(name) || roles.contains(std::string(name));
}

std::optional<Role> PrivilegeBook::FindRole(std::string_view name) const {
  const auto made = roles.find(std::string(name));
  if (made != roles.end() && !IsBuiltInRole(name)) return made->second;
  const auto built_in = std::ranges::find(kBuiltIns, name, &BuiltInRole::name);
  if (built_in == kBuiltIns.end()) return std::nullopt;
  Role role{.comment = std::string(built_in->comment), .roles = {}, .grants = BuiltInGrants(name)};
  if (made != roles.end()) {
    role.grants = made->second.grants;
    role.roles = made->second.roles;
  }
  return role;
}

std::set<std::string> PrivilegeBook::RolesOf(const AccountName& account) const {
  std::set<std::string> mine;
  const auto found = users.find(account);
  if (found != users.end()) mine = found->second.roles;
  if (account.user == kRootRole) mine.insert(std::string(kRootRole));
  return mine;
}

std::set<std::string> PrivilegeBook::WithHeld(const std::set<std::string>& given) const {
  std::set<std::string> all = given;
  std::set<std::string> fresh = given;
  for (std::size_t depth = 0; depth <= kRoleDepthMax && !fresh.empty(); ++depth) {
    std::set<std::string> next;
    for (const std::string& name : fresh) {
      const auto found = roles.find(name);
      if (found == roles.end()) continue;
      for (const std::string& held : found->second.roles) {
        if (all.insert(held).second) next.insert(held);
      }
    }
    fresh = std::move(next);
  }
  return all;
}

bool PrivilegeBook::MayBeRoot(const AccountName& account) const {
  return WithHeld(RolesOf(account)).contains(std::string(kRootRole));
}

std::set<std::string> PrivilegeBook::DefaultRolesOf(const AccountName& account) const {
  const std::set<std::string> mine = RolesOf(account);
  if (account.user == kRootRole) return mine;
  const auto found = users.find(account);
  if (found == users.end()) return {};
  if (found->second.default_roles.all) return mine;
  std::set<std::string> begun;
  std::ranges::set_intersection(mine, found->second.default_roles.listed,
                                std::inserter(begun, begun.end()));
  return begun;
}

std::shared_ptr<const Rights> PrivilegeBook::RightsOf(const AccountName& account,
                                                      const std::set<std::string>& active) const {
  auto made = std::make_shared<Rights>();
  std::set<std::string> begun;
  for (const std::string& role : RolesOf(account)) {
    const bool is_active = active.contains(role);
    (is_active ? made->active_roles_ : made->inactive_roles_).push_back(role);
    if (is_active) begun.insert(role);
  }
  begun.insert(std::string(kPublicRole));
  for (const std::string& name : WithHeld(begun)) {
    if (name == kRootRole) made->has_all_ = true;
    if (const auto role = FindRole(name)) made->Add(role->grants);
  }
  const auto found = users.find(account);
  if (found != users.end()) made->Add(found->second.grants);
  return made;
}

}  // namespace firn::session
