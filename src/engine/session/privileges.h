#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/session/users.h"

/// What there is to be allowed, who may hold it, and what follows from it: StarRocks' model of
/// roles and privileges as values. Where it is kept is privilege_store.h.
///
/// Reading order: ObjectType, Privilege, GrantObject, PrivilegeBook, Rights.

namespace firn::session {

/// What a privilege is on. Source: StarRocks' "Privileges supported by StarRocks".
enum class ObjectType : std::uint8_t {
  kSystem,
  kCatalog,
  kDatabase,
  kTable,
  kView,
  kMaterializedView,  ///< Taken and shown; there are none.
  kFunction,          ///< Taken and shown; nothing asks for it yet.
  kGlobalFunction,    ///< As kFunction.
  kUser,
};
/// `MATERIALIZED VIEW`.
std::string_view ObjectTypeName(ObjectType type);
/// `MATERIALIZED VIEWS`.
std::string ObjectTypePlural(ObjectType type);
std::optional<ObjectType> FindObjectType(std::string_view name);

enum class Privilege : std::uint8_t {
  kGrant,
  kNode,
  kOperate,
  kSecurity,
  kCreateExternalCatalog,
  kCreateResource,
  kCreateResourceGroup,
  kCreateStorageVolume,
  kCreateGlobalFunction,
  kPlugin,
  kFile,
  kBlacklist,
  kRepository,
  kUsage,
  kCreateDatabase,
  kCreateTable,
  kCreateView,
  kCreateFunction,
  kCreateMaterializedView,
  kCreatePipe,
  kSelect,
  kInsert,
  kUpdate,
  kDelete,
  kExport,
  kRefresh,
  kAlter,
  kDrop,
  kImpersonate,
};
/// `CREATE TABLE`.
std::string_view PrivilegeName(Privilege privilege);
std::optional<Privilege> FindPrivilege(std::string_view name);

/// A set of privileges. Immutable value.
class PrivilegeSet {
 public:
  constexpr PrivilegeSet() = default;
  constexpr PrivilegeSet(std::initializer_list<Privilege> privileges) {
    for (const Privilege privilege : privileges) bits_ |= BitOf(privilege);
  }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool Has(Privilege privilege) const { return (bits_ & BitOf(privilege)) != 0; }
  constexpr bool HasAny(PrivilegeSet other) const { return (bits_ & other.bits_) != 0; }
  constexpr bool Includes(PrivilegeSet other) const { return (bits_ & other.bits_) == other.bits_; }
  constexpr PrivilegeSet With(PrivilegeSet other) const { return Of(bits_ | other.bits_); }
  constexpr PrivilegeSet Without(PrivilegeSet other) const { return Of(bits_ & ~other.bits_); }
  /// In the order of StarRocks' own lists.
  std::vector<Privilege> List() const;
  /// `SELECT, INSERT`.
  std::string ToString() const;
  friend constexpr bool operator==(PrivilegeSet, PrivilegeSet) = default;

 private:
  static constexpr std::uint64_t BitOf(Privilege privilege) {
    return std::uint64_t{1} << static_cast<unsigned>(privilege);
  }
  static constexpr PrivilegeSet Of(std::uint64_t bits) {
    PrivilegeSet made;
    made.bits_ = bits;
    return made;
  }
  std::uint64_t bits_ = 0;
};

/// All that exist for objects of that type.
PrivilegeSet PrivilegesOf(ObjectType type);

/// What was granted on: one object, or all of a kind. A part that is absent stands for every one.
struct GrantObject {
  ObjectType type = ObjectType::kSystem;
  std::optional<std::string> catalog = std::nullopt;
  std::optional<std::string> database = std::nullopt;
  std::optional<std::string> name = std::nullopt;  ///< Of a user: `'u'@'%'`.

  /// `TABLE t`, `ALL TABLES IN DATABASE d`, `SYSTEM`: as GRANT says it. Of one object the name
  /// alone, or with its database where `with_database`.
  std::string ToString(bool with_database) const;
  friend auto operator<=>(const GrantObject&, const GrantObject&) = default;
  friend bool operator==(const GrantObject&, const GrantObject&) = default;
};

struct Granted {
  PrivilegeSet privileges;
  PrivilegeSet grantable;  ///< WITH GRANT OPTION; part of `privileges`.
};
using Grants = std::map<GrantObject, Granted>;

struct Role {
  std::string comment;
  std::set<std::string> roles;  ///< Those it has been given, and so holds.
  Grants grants;
};

/// Which roles a login begins with.
struct DefaultRoles {
  bool all = false;
  std::set<std::string> listed;
  friend bool operator==(const DefaultRoles&, const DefaultRoles&) = default;
};

struct UserRights {
  std::set<std::string> roles;
  DefaultRoles default_roles;
  Grants grants;
  std::map<std::string, std::string> properties;  ///< Lower-case keys; user_properties.h.
};

inline constexpr std::string_view kRootRole = "root";
inline constexpr std::string_view kPublicRole = "public";

struct BuiltInRole {
  std::string_view name;
  std::string_view comment;
};
/// root, db_admin, cluster_admin, user_admin, security_admin and public, in that order. None can be
/// dropped; only `public` takes grants.
std::vector<BuiltInRole> BuiltInRoles();
bool IsBuiltInRole(std::string_view name);

/// What an account may do with some of its roles active. Immutable.
class Rights {
 public:
  bool Has(Privilege privilege, const GrantObject& object) const;
  bool MayGrant(Privilege privilege, const GrantObject& object) const;
  /// Something on the object itself.
  bool HasAnyOn(const GrantObject& object) const;
  /// Something on the catalog or database, or on what is in it.
  bool HasAnyOnOrIn(const GrantObject& object) const;
  /// With the role root.
  bool has_all() const { return has_all_; }
  const Grants& grants() const { return grants_; }
  /// Active besides public, sorted.
  const std::vector<std::string>& active_roles() const { return active_roles_; }
  /// Given but not active, sorted.
  const std::vector<std::string>& inactive_roles() const { return inactive_roles_; }

 private:
  friend struct PrivilegeBook;
  void Add(const Grants& grants);

  bool has_all_ = false;
  Grants grants_;
  std::vector<std::string> active_roles_;
  std::vector<std::string> inactive_roles_;
};

/// Everything that was granted, at one moment. Immutable once published by the store.
struct PrivilegeBook {
  std::map<std::string, Role> roles;  ///< Made by CREATE ROLE; and `public` once it was granted to.
  std::map<AccountName, UserRights> users;

  bool HasRole(std::string_view name) const;
  /// Built in or made; null when there is none.
  std::optional<Role> FindRole(std::string_view name) const;
  /// Those given to the account itself, without public; with root for an account named root.
  std::set<std::string> RolesOf(const AccountName& account) const;
  /// `roles` and those that they hold. Bounded by kRoleDepthMax.
  std::set<std::string> WithHeld(const std::set<std::string>& roles) const;
  /// Whether the account could become root by what it was given.
  bool MayBeRoot(const AccountName& account) const;
  /// The roles a login of the account begins with.
  std::set<std::string> DefaultRolesOf(const AccountName& account) const;
  /// `active` counts only as far as the account has been given it.
  std::shared_ptr<const Rights> RightsOf(const AccountName& account,
                                         const std::set<std::string>& active) const;
};

}  // namespace firn::session
