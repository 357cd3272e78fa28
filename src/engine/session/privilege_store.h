#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/mutex.h"
#include "base/result.h"
#include "engine/session/privileges.h"

/// Roles, grants and the properties of users, kept in one JSON file of the data folder beside
/// users.json and written durably.

namespace firn::session {

/// A user, or a role by name.
using Holder = std::variant<AccountName, std::string>;

/// Thread-safe. A change is on disk, and every session's next statement sees it, when the call
/// returns; one that fails changes nothing. Whether the caller may do it is the caller's to ask.
///
/// Errors of all changes: those of durable_file.h; kResourceExhausted/TooManyGrants, TooManyRoles.
class PrivilegeStore {
 public:
  /// Reads `folder`/rights.json. Without one nothing is granted: root has its role by its name, and
  /// everybody else what is free. Errors: kDataCorruption/RightsFileBroken; durable_file.h's.
  static Result<std::unique_ptr<PrivilegeStore>> Open(const std::filesystem::path& folder);
  ~PrivilegeStore();

  /// What is granted now. Never null.
  std::shared_ptr<const PrivilegeBook> book() const;

  /// Errors: kAlreadyExists/RoleExists; kInvalidArgument/BadRoleName.
  Status CreateRole(const std::string& name, const std::string& comment);
  /// Takes it from all who hold it. Errors: kNotFound/UnknownRole; kFailedPrecondition/BuiltInRole.
  Status DropRole(const std::string& name);

  /// Errors: kNotFound/UnknownRole; kFailedPrecondition/BuiltInRole for one that takes no grants;
  /// kInvalidArgument/BadName.
  Status Grant(const Holder& holder, std::span<const GrantObject> objects, PrivilegeSet privileges,
               bool with_grant_option);
  /// What is not there is not missed. Errors: as Grant.
  Status Revoke(const Holder& holder, std::span<const GrantObject> objects,
                PrivilegeSet privileges);
  /// Errors: kNotFound/UnknownRole; kInvalidArgument/RoleLoop, RolesTooDeep; BuiltInRole.
  Status GrantRoles(const Holder& holder, std::span<const std::string> roles);
  /// Errors: as GrantRoles.
  Status RevokeRoles(const Holder& holder, std::span<const std::string> roles);
  /// Errors: kInvalidArgument/RoleNotGranted.
  Status SetDefaultRoles(const AccountName& account, const DefaultRoles& roles);
  /// An empty value takes the property away.
  Status SetProperties(const AccountName& account,
                       const std::map<std::string, std::string>& properties);

  /// Nothing is left of what the account was given or of grants on it.
  Status ForgetUser(const AccountName& account);
  /// Nothing is left of what was granted in the catalog: another of its name is another one.
  Status ForgetCatalog(const std::string& catalog);

 private:
  explicit PrivilegeStore(std::filesystem::path file);
  Status Load();
  /// Changes a copy, writes it and puts it in the place of the old one.
  Status Change(const std::function<Status(PrivilegeBook&)>& change);

  // Constant after construction.
  const std::filesystem::path file_;

  mutable Mutex mutex_;
  std::shared_ptr<const PrivilegeBook> book_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::session
