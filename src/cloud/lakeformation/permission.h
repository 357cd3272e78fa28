#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// Lake Formation's permissions and what they are on.

namespace firn::lakeformation {

enum class Permission {
  kAll,
  kSelect,
  kAlter,
  kDrop,
  kDelete,
  kInsert,
  kDescribe,
  kCreateDatabase,
  kCreateTable,
  kDataLocationAccess,
  kCreateCatalog,
  kSuperUser,
};

/// A set of permissions.
class PermissionSet {
 public:
  PermissionSet() = default;
  PermissionSet(std::initializer_list<Permission> permissions) {
    for (const Permission permission : permissions) Add(permission);
  }
  static PermissionSet FromBits(std::uint32_t bits) {
    PermissionSet set;
    set.bits_ = bits;
    return set;
  }

  void Add(Permission permission) { bits_ |= Bit(permission); }
  void Remove(Permission permission) { bits_ &= ~Bit(permission); }
  bool Has(Permission permission) const { return (bits_ & Bit(permission)) != 0; }
  bool empty() const { return bits_ == 0; }
  std::uint32_t bits() const { return bits_; }
  /// In the enum's order.
  std::vector<Permission> List() const;

  friend bool operator==(PermissionSet, PermissionSet) = default;

 private:
  static std::uint32_t Bit(Permission permission) {
    return 1U << static_cast<std::uint32_t>(permission);
  }
  std::uint32_t bits_ = 0;
};

/// `CREATE_DATABASE`, as the API writes it.
std::string_view PermissionName(Permission permission);
/// `Create Database`, as Lake Formation's refusals write it.
std::string_view PermissionTitle(Permission permission);
/// Errors: kInvalidArgument/InvalidInputException, naming the word;
/// kUnsupported/UnsupportedPermission for those of LF-tags and functions.
Result<Permission> ParsePermission(std::string_view name);

/// A Data Catalog resource. Both names empty: the catalog; the table empty: the database.
struct CatalogResource {
  /// `<account>`, `<account>:s3tablescatalog/<bucket>`, or either without the account; empty is the
  /// account's root catalog.
  std::string catalog_id;
  std::string database;
  std::string table;
};

}  // namespace firn::lakeformation
