#include "engine/session/privilege_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/durable_file.h"
#include "base/encoding.h"
#include "engine/session/access_limits.h"
#include "engine/session/privilege_file_internal.h"

namespace firn::session {
namespace {

Unexpected UnknownRole(const std::string& name) {
  return NotFound("UnknownRole", fmt::format("role {} doesn't exist!", name));
}

Unexpected BuiltIn(const std::string& name, std::string_view what) {
  return FailedPrecondition("BuiltInRole", fmt::format("role {} is built in and {}", name, what));
}

Status CheckRoleName(const std::string& name) {
  const bool is_good = !name.empty() && name.size() <= kRoleNameBytesMax && IsValidUtf8(name) &&
                       std::ranges::none_of(name, [](char c) {
                         return static_cast<unsigned char>(c) < 0x20 || c == '\'' || c == '"';
                       });
  if (is_good) return Ok();
  return InvalidArgument(
      "BadRoleName",
      fmt::format("a role name has 1 to {} bytes of UTF-8, without quotes", kRoleNameBytesMax));
}

Status CheckObject(const GrantObject& object) {
  for (const auto* part : {&object.catalog, &object.database, &object.name}) {
    if (!*part) continue;
    if ((*part)->empty() || (*part)->size() > kGrantNameBytesMax || !IsValidUtf8(**part)) {
      return InvalidArgument("BadName",
                             fmt::format("a name has 1 to {} bytes of UTF-8", kGrantNameBytesMax));
    }
  }
  return Ok();
}

/// Where a holder's grants stand. Errors: of a role that is not there or takes none.
Result<Grants*> GrantsOf(PrivilegeBook& book, const Holder& holder) {
  if (const auto* account = std::get_if<AccountName>(&holder)) return &book.users[*account].grants;
  const auto& name = std::get<std::string>(holder);
  if (!book.HasRole(name)) return UnknownRole(name);
  if (IsBuiltInRole(name) && name != kPublicRole) return BuiltIn(name, "takes no grants");
  return &book.roles[name].grants;
}

Result<std::set<std::string>*> RolesOf(PrivilegeBook& book, const Holder& holder) {
  if (const auto* account = std::get_if<AccountName>(&holder)) return &book.users[*account].roles;
  const auto& name = std::get<std::string>(holder);
  if (!book.HasRole(name)) return UnknownRole(name);
  if (IsBuiltInRole(name)) return BuiltIn(name, "takes no roles");
  return &book.roles[name].roles;
}

Status CheckCounts(const PrivilegeBook& book) {
  std::size_t all = 0;
  const auto count = [&](const Grants& grants) -> Status {
    all += grants.size();
    if (grants.size() <= kGrantsOfOneMax) return Ok();
    return ResourceExhausted("TooManyGrants",
                             fmt::format("one user or role holds privileges on at most {} objects; "
                                         "grant on ALL TABLES IN DATABASE",
                                         kGrantsOfOneMax));
  };
  for (const auto& [name, role] : book.roles) FIRN_TRY(count(role.grants));
  for (const auto& [name, user] : book.users) FIRN_TRY(count(user.grants));
  if (all <= kGrantsMax) return Ok();
  return ResourceExhausted(
      "TooManyGrants",
      fmt::format("all users and roles hold privileges on at most {} objects", kGrantsMax));
}

/// How many roles stand below one another from `name` on, at most kRoleDepthMax + 1.
std::size_t DepthFrom(const PrivilegeBook& book, const std::string& name, std::size_t above) {
  const auto found = book.roles.find(name);
  if (found == book.roles.end() || above > kRoleDepthMax) return above;
  std::size_t deepest = above;
  for (const std::string& held : found->second.roles)
    deepest = std::max(deepest, DepthFrom(book, held, above + 1));
  return deepest;
}

Status CheckDepth(const PrivilegeBook& book) {
  for (const auto& [name, role] : book.roles) {
    if (DepthFrom(book, name, 0) <= kRoleDepthMax) continue;
    return InvalidArgument("RolesTooDeep", fmt::format("roles hold roles at most {} deep; '{}' "
                                                       "would stand on more",
                                                       kRoleDepthMax, name));
  }
  return Ok();
}

}  // namespace

PrivilegeStore::PrivilegeStore(std::filesystem::path file)
    : file_(std::move(file)), book_(std::make_shared<const PrivilegeBook>()) {}

PrivilegeStore::~PrivilegeStore() = default;

Result<std::unique_ptr<PrivilegeStore>> PrivilegeStore::Open(const std::filesystem::path& folder) {
  std::unique_ptr<PrivilegeStore> store(new PrivilegeStore(folder / "rights.json"));
  FIRN_TRY(store->Load());
  return store;
}

Status PrivilegeStore::Load() {
  auto bytes = ReadWholeFile(file_, kRightsFileBytesMax);
  if (!bytes && bytes.error().code() == ErrorCode::kNotFound) return Ok();
  if (!bytes) return Unexpected{std::move(bytes).error()};
  auto book = ParseBook(*bytes);
  if (!book) {
    return DataCorruption("RightsFileBroken", fmt::format("{} cannot be read: {}", file_.string(),
                                                          book.error().FullMessage()));
  }
  const MutexLock lock(mutex_);
  book_ = std::make_shared<const PrivilegeBook>(*std::move(book));
  return Ok();
}

std::shared_ptr<const PrivilegeBook> PrivilegeStore::book() const {
  const MutexLock lock(mutex_);
  return book_;
}

Status PrivilegeStore::Change(const std::function<Status(PrivilegeBook&)>& change) {
  // The lock is held over the write: two changes must reach the file in their order.
  const MutexLock lock(mutex_);
  auto changed = std::make_shared<PrivilegeBook>(*book_);
  FIRN_TRY(change(*changed));
  FIRN_TRY(CheckCounts(*changed));
  const std::string text = PrintBook(*changed);
  if (text.size() > kRightsFileBytesMax) {  // Or the next start could not read it.
    return ResourceExhausted("TooManyGrants", fmt::format("all roles, grants and properties take "
                                                          "at most {} bytes",
                                                          kRightsFileBytesMax));
  }
  FIRN_TRY(WriteFileDurably(file_, text));
  book_ = std::move(changed);
  return Ok();
}

Status PrivilegeStore::CreateRole(const std::string& name, const std::string& comment) {
  FIRN_TRY(CheckRoleName(name));
  if (comment.size() > kRoleCommentBytesMax || !IsValidUtf8(comment)) {
    return InvalidArgument("BadRoleComment", fmt::format("a role's comment has at most {} bytes",
                                                         kRoleCommentBytesMax));
  }
  return Change([&](PrivilegeBook& book) -> Status {
    if (book.HasRole(name)) {
      return AlreadyExists("RoleExists", fmt::format("role {} already exists", name));
    }
    if (book.roles.size() >= kRolesMax)
      return ResourceExhausted("TooManyRoles", fmt::format("there are {} roles", kRolesMax));
    book.roles[name].comment = comment;
    return Ok();
  });
}

Status PrivilegeStore::DropRole(const std::string& name) {
  if (IsBuiltInRole(name)) return BuiltIn(name, "cannot be dropped");
  return Change([&](PrivilegeBook& book) -> Status {
    if (book.roles.erase(name) == 0) return UnknownRole(name);
    for (auto& [other, role] : book.roles) role.roles.erase(name);
    for (auto& [account, user] : book.users) {
      user.roles.erase(name);
      user.default_roles.listed.erase(name);
    }
    return Ok();
  });
}

Status PrivilegeStore::Grant(const Holder& holder, std::span<const GrantObject> objects,
                             PrivilegeSet privileges, bool with_grant_option) {
  return Change([&](PrivilegeBook& book) -> Status {
    FIRN_ASSIGN_OR_RETURN(Grants * grants, GrantsOf(book, holder));
    for (const GrantObject& object : objects) {
      FIRN_TRY(CheckObject(object));
      Granted& granted = (*grants)[object];
      granted.privileges = granted.privileges.With(privileges);
      if (with_grant_option) granted.grantable = granted.grantable.With(privileges);
    }
    return Ok();
  });
}

Status PrivilegeStore::Revoke(const Holder& holder, std::span<const GrantObject> objects,
                              PrivilegeSet privileges) {
  return Change([&](PrivilegeBook& book) -> Status {
    FIRN_ASSIGN_OR_RETURN(Grants * grants, GrantsOf(book, holder));
    for (const GrantObject& object : objects) {
      const auto found = grants->find(object);
      if (found == grants->end()) continue;
      Granted& granted = found->second;
      granted.privileges = granted.privileges.Without(privileges);
      granted.grantable = granted.grantable.Without(privileges);
      if (granted.privileges.empty()) grants->erase(found);
    }
    return Ok();
  });
}

Status PrivilegeStore::GrantRoles(const Holder& holder, std::span<const std::string> roles) {
  return Change([&](PrivilegeBook& book) -> Status {
    FIRN_ASSIGN_OR_RETURN(std::set<std::string> * held, RolesOf(book, holder));
    const auto* receiver = std::get_if<std::string>(&holder);
    for (const std::string& role : roles) {
      if (!book.HasRole(role)) return UnknownRole(role);
      if (role == kPublicRole) return BuiltIn(role, "everybody has it");
      if (receiver != nullptr && book.WithHeld({role}).contains(*receiver)) {
        return InvalidArgument("RoleLoop", fmt::format("role {} cannot hold {}, which is or holds "
                                                       "{} itself",
                                                       *receiver, role, *receiver));
      }
      held->insert(role);
    }
    if (held->size() > kRolesOfOneMax) {
      return ResourceExhausted(
          "TooManyRoles", fmt::format("a user or role holds at most {} roles", kRolesOfOneMax));
    }
    return CheckDepth(book);
  });
}

Status PrivilegeStore::RevokeRoles(const Holder& holder, std::span<const std::string> roles) {
  return Change([&](PrivilegeBook& book) -> Status {
    FIRN_ASSIGN_OR_RETURN(std::set<std::string> * held, RolesOf(book, holder));
    for (const std::string& role : roles) {
      if (!book.HasRole(role)) return UnknownRole(role);
      held->erase(role);
      if (const auto* account = std::get_if<AccountName>(&holder))
        book.users[*account].default_roles.listed.erase(role);
    }
    return Ok();
  });
}

Status PrivilegeStore::SetDefaultRoles(const AccountName& account, const DefaultRoles& roles) {
  return Change([&](PrivilegeBook& book) -> Status {
    const std::set<std::string> mine = book.RolesOf(account);
    for (const std::string& role : roles.listed) {
      if (!book.HasRole(role)) return UnknownRole(role);
      if (!mine.contains(role)) {
        return InvalidArgument("RoleNotGranted", fmt::format("Role {} is not granted to {}", role,
                                                             PrintAccountName(account)));
      }
    }
    book.users[account].default_roles = roles;
    return Ok();
  });
}

Status PrivilegeStore::SetProperties(const AccountName& account,
                                     const std::map<std::string, std::string>& properties) {
  return Change([&](PrivilegeBook& book) -> Status {
    auto& mine = book.users[account].properties;
    for (const auto& [key, value] : properties) {
      if (value.size() > kUserPropertyBytesMax || key.size() > kUserPropertyBytesMax) {
        return InvalidArgument("BadProperty", "a property of a user is too long");
      }
      if (value.empty()) {
        mine.erase(key);
      } else {
        mine[key] = value;
      }
    }
    if (mine.size() <= kUserPropertiesMax) return Ok();
    return ResourceExhausted("TooManyProperties",
                             fmt::format("a user has at most {} properties", kUserPropertiesMax));
  });
}

Status PrivilegeStore::ForgetUser(const AccountName& account) {
  const GrantObject on_user{.type = ObjectType::kUser,
                            .catalog = std::nullopt,
                            .database = std::nullopt,
                            .name = PrintAccountName(account)};
  return Change([&](PrivilegeBook& book) -> Status {
    book.users.erase(account);
    for (auto& [name, role] : book.roles) role.grants.erase(on_user);
    for (auto& [name, user] : book.users) user.grants.erase(on_user);
    return Ok();
  });
}

Status PrivilegeStore::ForgetCatalog(const std::string& catalog) {
  const auto is_in = [&](const auto& entry) { return entry.first.catalog == catalog; };
  return Change([&](PrivilegeBook& book) -> Status {
    for (auto& [name, role] : book.roles) std::erase_if(role.grants, is_in);
    for (auto& [name, user] : book.users) std::erase_if(user.grants, is_in);
    return Ok();
  });
}

}  // namespace firn::session
