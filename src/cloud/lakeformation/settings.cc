#include <fmt/format.h>

#include "cloud/lakeformation/limits.h"
#include "cloud/lakeformation/settings_internal.h"

namespace firn::lakeformation {
namespace {

Unexpected Invalid(std::string message) {
  return InvalidArgument("InvalidInputException", std::move(message));
}

Result<std::string> PrincipalOf(const json::value& value) {
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "a principal"));
  FIRN_ASSIGN_OR_RETURN(std::string identifier, GetString(*object, "DataLakePrincipalIdentifier"));
  if (identifier.empty() || identifier.size() > kNameBytesMax)
    return Invalid("a principal has 1 to 255 characters");
  return identifier;
}

Result<std::vector<std::string>> PrincipalsOf(const json::object& object, std::string_view name) {
  std::vector<std::string> principals;
  FIRN_ASSIGN_OR_RETURN(const json::array* array, FindArray(object, name));
  if (array == nullptr) return principals;
  if (array->size() > kAdminsMax)
    return Invalid(fmt::format("{} has more than {} entries", name, kAdminsMax));
  for (const json::value& value : *array) {
    FIRN_ASSIGN_OR_RETURN(std::string principal, PrincipalOf(value));
    principals.push_back(std::move(principal));
  }
  return principals;
}

Result<std::vector<std::string>> TextsOf(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  FIRN_ASSIGN_OR_RETURN(const json::array* array, FindArray(object, name));
  if (array == nullptr) return texts;
  for (const json::value& value : *array) {
    if (!value.is_string()) return Invalid(fmt::format("{} must be a list of strings", name));
    texts.emplace_back(value.get_string());
  }
  return texts;
}

Result<std::vector<DefaultPermission>> DefaultsOf(const json::object& object,
                                                  std::string_view name) {
  std::vector<DefaultPermission> defaults;
  FIRN_ASSIGN_OR_RETURN(const json::array* array, FindArray(object, name));
  if (array == nullptr) return defaults;
  if (array->size() > kAdminsMax)
    return Invalid(fmt::format("{} has more than {} entries", name, kAdminsMax));
  for (const json::value& value : *array) {
    FIRN_ASSIGN_OR_RETURN(const json::object* entry, AsObject(value, name));
    DefaultPermission one;
    const json::value* principal = FindMember(*entry, "Principal");
    if (principal == nullptr) return Invalid(fmt::format("an entry of {} has no Principal", name));
    FIRN_ASSIGN_OR_RETURN(one.principal, PrincipalOf(*principal));
    FIRN_ASSIGN_OR_RETURN(const std::vector<std::string> words, TextsOf(*entry, "Permissions"));
    for (const std::string& word : words) {
      FIRN_ASSIGN_OR_RETURN(const Permission permission, ParsePermission(word));
      one.permissions.Add(permission);
    }
    defaults.push_back(std::move(one));
  }
  return defaults;
}

json::array PrincipalsJson(const std::vector<std::string>& principals) {
  json::array array;
  for (const std::string& principal : principals) {
    array.push_back(json::object{{"DataLakePrincipalIdentifier", json::string(principal)}});
  }
  return array;
}

json::array TextsJson(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.push_back(json::string(text));
  return array;
}

json::array DefaultsJson(const std::vector<DefaultPermission>& defaults) {
  json::array array;
  for (const DefaultPermission& one : defaults) {
    json::array permissions;
    for (const Permission permission : one.permissions.List())
      permissions.push_back(json::string(PermissionName(permission)));
    array.push_back(
        json::object{{"Principal", {{"DataLakePrincipalIdentifier", json::string(one.principal)}}},
                     {"Permissions", std::move(permissions)}});
  }
  return array;
}

/// Wrong members are the client's doing, and Lake Formation calls them so.
Result<Settings> Renamed(Result<Settings> settings) {
  if (settings || settings.error().code() != ErrorCode::kInvalidArgument) return settings;
  return Invalid(settings.error().message());
}

Result<Settings> Read(const json::object& object) {
  Settings settings;
  FIRN_ASSIGN_OR_RETURN(settings.admins, PrincipalsOf(object, "DataLakeAdmins"));
  FIRN_ASSIGN_OR_RETURN(settings.read_only_admins, PrincipalsOf(object, "ReadOnlyAdmins"));
  FIRN_ASSIGN_OR_RETURN(settings.database_defaults,
                        DefaultsOf(object, "CreateDatabaseDefaultPermissions"));
  FIRN_ASSIGN_OR_RETURN(settings.table_defaults,
                        DefaultsOf(object, "CreateTableDefaultPermissions"));
  FIRN_ASSIGN_OR_RETURN(settings.trusted_owners, TextsOf(object, "TrustedResourceOwners"));
  FIRN_ASSIGN_OR_RETURN(settings.filtering_allow_list,
                        PrincipalsOf(object, "ExternalDataFilteringAllowList"));
  FIRN_ASSIGN_OR_RETURN(settings.session_tag_values,
                        TextsOf(object, "AuthorizedSessionTagValueList"));
  FIRN_ASSIGN_OR_RETURN(const auto filtering, FindBool(object, "AllowExternalDataFiltering"));
  FIRN_ASSIGN_OR_RETURN(const auto full_table,
                        FindBool(object, "AllowFullTableExternalDataAccess"));
  settings.allow_external_data_filtering = filtering.value_or(false);
  settings.allow_full_table_external_data_access = full_table.value_or(false);
  FIRN_ASSIGN_OR_RETURN(const json::object* parameters, FindObject(object, "Parameters"));
  if (parameters != nullptr) {
    for (const auto& member : *parameters) {
      if (!member.value().is_string()) return Invalid("Parameters must be a map of strings");
    }
    settings.parameters = *parameters;
  }
  return settings;
}

}  // namespace

Settings InitialSettings() {
  const DefaultPermission everyone{std::string(kIamAllowedPrincipals), {Permission::kAll}};
  Settings settings;
  settings.database_defaults = {everyone};
  settings.table_defaults = {everyone};
  settings.parameters = {{"CROSS_ACCOUNT_VERSION", "4"}, {"SET_CONTEXT", "TRUE"}};
  return settings;
}

Result<Settings> ParseSettings(const json::object& object) { return Renamed(Read(object)); }

json::object ToJson(const Settings& settings) {
  return {{"DataLakeAdmins", PrincipalsJson(settings.admins)},
          {"ReadOnlyAdmins", PrincipalsJson(settings.read_only_admins)},
          {"CreateDatabaseDefaultPermissions", DefaultsJson(settings.database_defaults)},
          {"CreateTableDefaultPermissions", DefaultsJson(settings.table_defaults)},
          {"Parameters", settings.parameters},
          {"TrustedResourceOwners", TextsJson(settings.trusted_owners)},
          {"AllowExternalDataFiltering", settings.allow_external_data_filtering},
          {"AllowFullTableExternalDataAccess", settings.allow_full_table_external_data_access},
          {"ExternalDataFilteringAllowList", PrincipalsJson(settings.filtering_allow_list)},
          {"AuthorizedSessionTagValueList", TextsJson(settings.session_tag_values)}};
}

Result<Settings> LoadSettings(ledger::Transaction& transaction, const ledger::RegionKey& key) {
  FIRN_ASSIGN_OR_RETURN(const auto text, FindDataLakeSettings(transaction, key));
  if (!text) return InitialSettings();
  FIRN_ASSIGN_OR_RETURN(const json::value value, ParseJson(*text));
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "stored settings"));
  return ParseSettings(*object);
}

}  // namespace firn::lakeformation
