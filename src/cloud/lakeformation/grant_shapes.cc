#include <fmt/format.h>

#include "base/encoding.h"
#include "cloud/lakeformation/grant_shapes_internal.h"
#include "cloud/lakeformation/limits.h"
#include "cloud/lakeformation/settings_internal.h"
#include "wire/aws/arn.h"

namespace firn::lakeformation {

using ledger::GrantTarget;

namespace {

constexpr std::string_view kAllColumns = R"({"ColumnWildcard":{}})";

Unexpected Invalid(std::string message) {
  return InvalidArgument("InvalidInputException", std::move(message));
}

/// base's words on a member, under Lake Formation's type.
template <typename T>
Result<T> AsInvalid(Result<T> read) {
  if (read || read.error().code() != ErrorCode::kInvalidArgument) return read;
  return Invalid(read.error().message());
}

Result<std::string> NameOf(const json::object& object, std::string_view member) {
  FIRN_ASSIGN_OR_RETURN(std::string name, AsInvalid(GetString(object, member)));
  if (name.empty() || name.size() > kNameBytesMax) {
    return Invalid(fmt::format("{} must have 1 to {} characters", member, kNameBytesMax));
  }
  return name;
}

Result<std::string> CatalogIdOf(const LakeFormation& service, const json::object& object,
                                std::string_view member) {
  FIRN_ASSIGN_OR_RETURN(const auto id, AsInvalid(FindString(object, member)));
  if (id && id->size() > kNameBytesMax) return Invalid("CatalogId is too long");
  return service.NormalCatalogId(id.value_or(""));
}

bool IsEveryTable(const json::object& table) {
  const json::value* name = FindMember(table, "Name");
  return FindMember(table, "TableWildcard") != nullptr ||
         (name != nullptr && name->is_string() && name->get_string() == "ALL_TABLES");
}

Result<GrantTarget> ParseTable(const LakeFormation& service, const json::object& object) {
  GrantTarget target;
  FIRN_ASSIGN_OR_RETURN(target.catalog_id, CatalogIdOf(service, object, "CatalogId"));
  FIRN_ASSIGN_OR_RETURN(target.database_name, NameOf(object, "DatabaseName"));
  target.kind = "ALL_TABLES";
  if (IsEveryTable(object)) return target;
  target.kind = "TABLE";
  FIRN_ASSIGN_OR_RETURN(target.table_name, NameOf(object, "Name"));
  return target;
}

Result<GrantTarget> ParseColumns(const LakeFormation& service, const json::object& object) {
  GrantTarget target{.kind = "TABLE_WITH_COLUMNS"};
  FIRN_ASSIGN_OR_RETURN(target.catalog_id, CatalogIdOf(service, object, "CatalogId"));
  FIRN_ASSIGN_OR_RETURN(target.database_name, NameOf(object, "DatabaseName"));
  FIRN_ASSIGN_OR_RETURN(target.table_name, NameOf(object, "Name"));
  FIRN_ASSIGN_OR_RETURN(const json::array* names, AsInvalid(FindArray(object, "ColumnNames")));
  FIRN_ASSIGN_OR_RETURN(const json::object* wildcard,
                        AsInvalid(FindObject(object, "ColumnWildcard")));
  const bool has_names = names != nullptr && !names->empty();
  if (has_names == (wildcard != nullptr)) {
    return Invalid("TableWithColumns needs either ColumnNames or ColumnWildcard");
  }
  json::object columns;
  if (wildcard != nullptr) {
    FIRN_ASSIGN_OR_RETURN(const json::array* excluded,
                          AsInvalid(FindArray(*wildcard, "ExcludedColumnNames")));
    json::object kept;
    if (excluded != nullptr && !excluded->empty()) kept["ExcludedColumnNames"] = *excluded;
    columns["ColumnWildcard"] = std::move(kept);
  } else {
    columns["ColumnNames"] = *names;
  }
  if (has_names && names->size() > kColumnsMax)
    return Invalid(fmt::format("more than {} columns", kColumnsMax));
  target.columns_json = PrintJson(columns);
  return target;
}

Result<GrantTarget> ParseLocation(const LakeFormation& service, const json::object& object) {
  GrantTarget target{.kind = "DATA_LOCATION"};
  FIRN_ASSIGN_OR_RETURN(target.catalog_id, CatalogIdOf(service, object, "CatalogId"));
  FIRN_ASSIGN_OR_RETURN(target.location_arn, AsInvalid(GetString(object, "ResourceArn")));
  if (!target.location_arn.starts_with("arn:")) return Invalid("ResourceArn must be an ARN");
  return target;
}

Result<PermissionSet> PermissionsOf(const json::object& body, std::string_view member) {
  PermissionSet set;
  FIRN_ASSIGN_OR_RETURN(const json::array* words, AsInvalid(FindArray(body, member)));
  if (words == nullptr) return set;
  for (const json::value& word : *words) {
    if (!word.is_string()) return Invalid(fmt::format("{} must be a list of strings", member));
    FIRN_ASSIGN_OR_RETURN(const Permission permission, ParsePermission(word.get_string()));
    set.Add(permission);
  }
  return set;
}

PermissionSet Grantable(const GrantTarget& target) {
  using P = Permission;
  if (target.kind == "CATALOG") {
    return {P::kAll,           P::kAlter,    P::kDrop, P::kDescribe, P::kCreateDatabase,
            P::kCreateCatalog, P::kSuperUser};
  }
  if (target.kind == "DATABASE")
    return {P::kAll, P::kAlter, P::kDrop, P::kDescribe, P::kCreateTable};
  if (target.kind == "DATA_LOCATION") return {P::kDataLocationAccess};
  if (target.kind == "TABLE_WITH_COLUMNS") return {P::kSelect};
  return {P::kAll, P::kSelect, P::kAlter, P::kDrop, P::kDelete, P::kInsert, P::kDescribe};
}

bool IsSubset(PermissionSet part, PermissionSet whole) {
  return (part.bits() & ~whole.bits()) == 0;
}

json::array PermissionsJson(PermissionSet set) {
  json::array words;
  for (const Permission permission : set.List())
    words.push_back(json::string(PermissionName(permission)));
  return words;
}

json::object ResourceJson(const GrantTarget& target) {
  const json::string catalog(target.catalog_id);
  const json::string database(target.database_name);
  const json::string table(target.table_name);
  if (target.kind == "CATALOG") return {{"Catalog", {{"Id", catalog}}}};
  if (target.kind == "DATABASE")
    return {{"Database", {{"CatalogId", catalog}, {"Name", database}}}};
  if (target.kind == "DATA_LOCATION") {
    return {{"DataLocation",
             {{"CatalogId", catalog}, {"ResourceArn", json::string(target.location_arn)}}}};
  }
  if (target.kind == "ALL_TABLES") {
    return {{"Table",
             {{"CatalogId", catalog},
              {"DatabaseName", database},
              {"Name", "ALL_TABLES"},
              {"TableWildcard", json::object()}}}};
  }
  json::object named{{"CatalogId", catalog}, {"DatabaseName", database}, {"Name", table}};
  if (target.kind == "TABLE") return {{"Table", std::move(named)}};
  const auto columns = ParseJson(target.columns_json);
  if (columns && columns->is_object()) {
    for (const auto& member : columns->get_object()) named[member.key()] = member.value();
  }
  return {{"TableWithColumns", std::move(named)}};
}

}  // namespace

Result<GrantTarget> ParseResource(const LakeFormation& service, const json::object& resource) {
  const json::value* only = nullptr;
  std::string kind;
  for (const auto& member : resource) {
    if (member.value().is_null()) continue;
    if (only != nullptr) return Invalid("Resource must have exactly one member");
    only = &member.value();
    kind = std::string(member.key());
  }
  if (only == nullptr) return Invalid("Resource must have exactly one member");
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsInvalid(AsObject(*only, "Resource." + kind)));
  if (kind == "Catalog") {
    GrantTarget target{.kind = "CATALOG"};
    FIRN_ASSIGN_OR_RETURN(target.catalog_id, CatalogIdOf(service, *object, "Id"));
    return target;
  }
  if (kind == "Database") {
    GrantTarget target{.kind = "DATABASE"};
    FIRN_ASSIGN_OR_RETURN(target.catalog_id, CatalogIdOf(service, *object, "CatalogId"));
    FIRN_ASSIGN_OR_RETURN(target.database_name, NameOf(*object, "Name"));
    return target;
  }
  if (kind == "Table") return ParseTable(service, *object);
  if (kind == "TableWithColumns") return ParseColumns(service, *object);
  if (kind == "DataLocation") return ParseLocation(service, *object);
  const std::vector<std::string> known = {"Catalog", "Database", "Table", "TableWithColumns",
                                          "DataLocation"};
  const bool filters = kind == "DataCellsFilter" || kind == "RLSPolicy";
  return Unsupported(
      "UnsupportedResource",
      fmt::format("Firn's Lake Formation grants on Catalog, Database, Table, TableWithColumns and "
                  "DataLocation, not on {}{}",
                  kind.substr(0, 64),
                  filters ? ": cell and row filters are not enforced here, so a grant on one is "
                            "refused rather than ignored"
                          : ""));
}

Result<std::string> ParsePrincipal(const json::object& owner) {
  FIRN_ASSIGN_OR_RETURN(const json::object* principal, AsInvalid(GetObject(owner, "Principal")));
  FIRN_ASSIGN_OR_RETURN(std::string id,
                        AsInvalid(GetString(*principal, "DataLakePrincipalIdentifier")));
  if (id == kIamAllowedPrincipals || aws::IsAccountId(id)) return id;
  if (id.size() == 26 && id.ends_with(":IAMPrincipals") && aws::IsAccountId(id.substr(0, 12)))
    return id;
  const auto arn = aws::ParseArn(id);
  if (arn && (arn->service == "iam" || arn->service == "sts") &&
      aws::IsAccountId(arn->account_id) && arn->resource.find('*') == std::string::npos &&
      !arn->resource.empty()) {
    return id;
  }
  return Invalid(fmt::format("Invalid principal, {}", id.substr(0, 256)));
}

Result<GrantRequest> ParseGrant(const LakeFormation& service, const json::object& body) {
  GrantRequest request;
  FIRN_ASSIGN_OR_RETURN(request.principal, ParsePrincipal(body));
  FIRN_ASSIGN_OR_RETURN(const json::object* resource, AsInvalid(GetObject(body, "Resource")));
  FIRN_ASSIGN_OR_RETURN(request.target, ParseResource(service, *resource));
  FIRN_ASSIGN_OR_RETURN(request.permissions, PermissionsOf(body, "Permissions"));
  FIRN_ASSIGN_OR_RETURN(request.grantable, PermissionsOf(body, "PermissionsWithGrantOption"));
  if (FindMember(body, "Condition") != nullptr) {
    return Unsupported("UnsupportedCondition",
                       "Conditions on grants are not there: grant without Condition");
  }
  if (request.permissions.empty()) return Invalid("Permissions must not be empty");
  if (!IsSubset(request.permissions, Grantable(request.target))) {
    const PermissionSet wrong =
        PermissionSet::FromBits(request.permissions.bits() & ~Grantable(request.target).bits());
    return Invalid(fmt::format("Permissions modification is invalid. {} cannot be granted on a {}",
                               PermissionName(wrong.List().front()), request.target.kind));
  }
  if (!IsSubset(request.grantable, request.permissions)) {
    return Invalid(
        "Permissions modification is invalid. PermissionsWithGrantOption must be among "
        "Permissions");
  }
  return request;
}

std::vector<GrantRequest> SplitGrant(const GrantRequest& request) {
  if (request.target.kind != "TABLE" || !request.permissions.Has(Permission::kSelect))
    return {request};
  std::vector<GrantRequest> parts;
  GrantRequest rest = request;
  rest.permissions.Remove(Permission::kSelect);
  rest.grantable.Remove(Permission::kSelect);
  if (!rest.permissions.empty()) parts.push_back(rest);
  GrantRequest select = request;
  select.target.kind = "TABLE_WITH_COLUMNS";
  select.target.columns_json = kAllColumns;
  select.permissions = {Permission::kSelect};
  select.grantable = request.grantable.Has(Permission::kSelect) ? PermissionSet{Permission::kSelect}
                                                                : PermissionSet{};
  parts.push_back(std::move(select));
  return parts;
}

Result<std::vector<std::string>> ColumnsNamedBy(const GrantTarget& target) {
  std::vector<std::string> names;
  FIRN_ASSIGN_OR_RETURN(const json::value columns, ParseJson(target.columns_json));
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsInvalid(AsObject(columns, "columns")));
  FIRN_ASSIGN_OR_RETURN(const json::array* list, AsInvalid(FindArray(*object, "ColumnNames")));
  FIRN_ASSIGN_OR_RETURN(const json::object* wildcard,
                        AsInvalid(FindObject(*object, "ColumnWildcard")));
  if (wildcard != nullptr) {
    FIRN_ASSIGN_OR_RETURN(list, AsInvalid(FindArray(*wildcard, "ExcludedColumnNames")));
  }
  if (list == nullptr) return names;
  for (const json::value& name : *list) {
    if (!name.is_string() || name.get_string().empty())
      return Invalid("ColumnNames must be a list of names");
    names.emplace_back(name.get_string());
  }
  return names;
}

json::object ToJson(const ledger::GrantRow& grant) {
  return {{"Principal", {{"DataLakePrincipalIdentifier", json::string(grant.principal)}}},
          {"Resource", ResourceJson(grant.target)},
          {"Permissions", PermissionsJson(PermissionSet::FromBits(grant.permissions))},
          {"PermissionsWithGrantOption", PermissionsJson(PermissionSet::FromBits(grant.grantable))},
          {"LastUpdated", static_cast<double>(MillisSinceEpoch(grant.updated_at)) / 1000.0},
          {"LastUpdatedBy", json::string(grant.updated_by)}};
}

}  // namespace firn::lakeformation
