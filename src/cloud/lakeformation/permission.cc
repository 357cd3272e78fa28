#include "cloud/lakeformation/permission.h"

#include <fmt/format.h>

#include <array>

namespace firn::lakeformation {
namespace {

struct Names {
  Permission permission;
  std::string_view name;
  std::string_view title;
};

constexpr std::array<Names, 12> kNames = {{
    {Permission::kAll, "ALL", "Super"},
    {Permission::kSelect, "SELECT", "Select"},
    {Permission::kAlter, "ALTER", "Alter"},
    {Permission::kDrop, "DROP", "Drop"},
    {Permission::kDelete, "DELETE", "Delete"},
    {Permission::kInsert, "INSERT", "Insert"},
    {Permission::kDescribe, "DESCRIBE", "Describe"},
    {Permission::kCreateDatabase, "CREATE_DATABASE", "Create Database"},
    {Permission::kCreateTable, "CREATE_TABLE", "Create Table"},
    {Permission::kDataLocationAccess, "DATA_LOCATION_ACCESS", "Data Location Access"},
    {Permission::kCreateCatalog, "CREATE_CATALOG", "Create Catalog"},
    {Permission::kSuperUser, "SUPER_USER", "Super user"},
}};

constexpr std::array<std::string_view, 5> kOfOthers = {"CREATE_LF_TAG", "ASSOCIATE",
                                                       "GRANT_WITH_LF_TAG_EXPRESSION",
                                                       "CREATE_LF_TAG_EXPRESSION", "EXECUTE"};

}  // namespace

std::vector<Permission> PermissionSet::List() const {
  std::vector<Permission> list;
  for (const Names& names : kNames) {
    if (Has(names.permission)) list.push_back(names.permission);
  }
  return list;
}

std::string_view PermissionName(Permission permission) {
  return kNames[static_cast<std::size_t>(permission)].name;
}

std::string_view PermissionTitle(Permission permission) {
  return kNames[static_cast<std::size_t>(permission)].title;
}

Result<Permission> ParsePermission(std::string_view name) {
  for (const Names& names : kNames) {
    if (names.name == name) return names.permission;
  }
  for (const std::string_view other : kOfOthers) {
    if (other == name) {
      return Unsupported(
          "UnsupportedPermission",
          fmt::format(
              "{} is a permission of LF-tags or functions, which Firn does not have; grant on "
              "named resources instead",
              name));
    }
  }
  return InvalidArgument("InvalidInputException",
                         fmt::format("'{}' is no Lake Formation permission", name.substr(0, 64)));
}

}  // namespace firn::lakeformation
