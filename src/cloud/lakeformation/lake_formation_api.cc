#include "cloud/lakeformation/lake_formation_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"
#include "cloud/lakeformation/api_call_internal.h"
#include "cloud/lakeformation/grant_shapes_internal.h"
#include "cloud/lakeformation/grants_internal.h"
#include "cloud/lakeformation/limits.h"
#include "cloud/ledger/iam_rows.h"
#include "wire/aws/arn.h"

namespace firn::lakeformation {

using ledger::GrantRow;
using ledger::GrantTarget;
using ledger::Transaction;
using policy::Permit;

namespace {

using Run = Result<json::object> (*)(const Call& call);

// ---- Settings

/// Settings are the account's; a CatalogId, if given, must be it.
Status CheckOwnCatalog(const Call& call) {
  FIRN_ASSIGN_OR_RETURN(const auto id, AsInvalid(FindString(call.body, "CatalogId")));
  if (!id || id->empty() || *id == call.service.region().account_id) return Ok();
  return PermissionDenied("AccessDeniedException",
                          fmt::format("Cross account access is not there: CatalogId must be {}",
                                      call.service.region().account_id));
}

Result<json::object> GetDataLakeSettings(const Call& call) {
  FIRN_TRY(CheckOwnCatalog(call));
  FIRN_ASSIGN_OR_RETURN(const Settings settings,
                        call.service.ledger().Read([&](Transaction& transaction) {
                          return LoadSettings(transaction, call.service.region());
                        }));
  return json::object{{"DataLakeSettings", ToJson(settings)}};
}

Result<json::object> PutDataLakeSettings(const Call& call) {
  FIRN_TRY(CheckOwnCatalog(call));
  FIRN_ASSIGN_OR_RETURN(const json::object* object,
                        AsInvalid(GetObject(call.body, "DataLakeSettings")));
  FIRN_ASSIGN_OR_RETURN(const Settings settings, ParseSettings(*object));
  FIRN_TRY(call.service.ledger().Write([&](Transaction& transaction) {
    return ledger::PutDataLakeSettings(transaction, call.service.region(),
                                       PrintJson(ToJson(settings)));
  }));
  return json::object();
}

// ---- Grants

/// A grant to a user or role of this account that is not there is a typing error, and Lake
/// Formation says so.
Status CheckPrincipalExists(const Call& call, Transaction& transaction,
                            const std::string& principal) {
  const auto arn = aws::ParseArn(principal);
  if (!arn || arn->service != "iam" || arn->account_id != call.service.region().account_id)
    return Ok();
  const bool is_user = arn->resource.starts_with("user/");
  if (!is_user && !arn->resource.starts_with("role/")) return Ok();
  FIRN_ASSIGN_OR_RETURN(
      const auto entity,
      FindEntity(transaction,
                 {arn->account_id, is_user ? ledger::EntityKind::kUser : ledger::EntityKind::kRole,
                  arn->resource.substr(arn->resource.rfind('/') + 1)}));
  if (entity) return Ok();
  return Invalid(fmt::format("Invalid principal, {}", principal));
}

Status CheckResourceExists(const Call& call, const GrantTarget& target) {
  if (call.directory == nullptr || target.kind == "DATA_LOCATION") return Ok();
  FIRN_ASSIGN_OR_RETURN(const bool exists,
                        call.directory->Exists(call.context, {.catalog_id = target.catalog_id,
                                                              .database = target.database_name,
                                                              .table = target.table_name}));
  if (exists) return Ok();
  const std::string_view kind = !target.table_name.empty()      ? "Table"
                                : !target.database_name.empty() ? "Database"
                                                                : "Catalog";
  const std::string& name = !target.table_name.empty()      ? target.table_name
                            : !target.database_name.empty() ? target.database_name
                                                            : target.catalog_id;
  return NotFound("EntityNotFoundException", fmt::format("{} not found: {}", kind, name));
}

/// A grant on columns that the table does not have would never open anything.
Status CheckColumnsExist(const Call& call, const GrantTarget& target) {
  if (call.directory == nullptr || target.kind != "TABLE_WITH_COLUMNS") return Ok();
  FIRN_ASSIGN_OR_RETURN(const auto named, ColumnsNamedBy(target));
  if (named.empty()) return Ok();
  FIRN_ASSIGN_OR_RETURN(const auto columns,
                        call.directory->Columns(call.context, {.catalog_id = target.catalog_id,
                                                               .database = target.database_name,
                                                               .table = target.table_name}));
  for (const std::string& name : named) {
    const bool found = std::ranges::any_of(columns, [&](const std::string& column) {
      return EqualsIgnoreCaseAscii(column, name);
    });
    if (found) continue;
    const std::string nearest = NearestWord(name.substr(0, kNameBytesMax), columns);
    return NotFound("EntityNotFoundException",
                    fmt::format("Column not found: {} has no column {}{}", target.table_name,
                                name.substr(0, kNameBytesMax),
                                nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
  }
  return Ok();
}

Status CheckMayGrant(const Call& call, Transaction& transaction, const GrantRequest& request) {
  FIRN_ASSIGN_OR_RETURN(const Rights rights,
                        Rights::Load(transaction, call.service, call.permit.principal()));
  FIRN_ASSIGN_OR_RETURN(const bool may, rights.MayGrant(request.target, request.permissions));
  if (may) return Ok();
  return PermissionDenied(
      "AccessDeniedException",
      fmt::format("Insufficient Lake Formation permission(s): Required {} with grant option on {}",
                  PermissionTitle(request.permissions.List().front()),
                  TargetTitle(request.target)));
}

Status PutOneGrant(const Call& call, Transaction& transaction, const GrantRequest& part) {
  FIRN_ASSIGN_OR_RETURN(const auto found,
                        FindGrant(transaction, call.service.region(), part.principal, part.target));
  GrantRow row = found.value_or(GrantRow{.principal = part.principal, .target = part.target});
  row.permissions |= part.permissions.bits();
  row.grantable |= part.grantable.bits();
  row.updated_at = call.service.clock().Now();
  row.updated_by = call.permit.principal().arn;
  return PutGrant(transaction, call.service.region(), row);
}

Status Grant(const Call& call, const json::object& body) {
  FIRN_ASSIGN_OR_RETURN(const GrantRequest request, ParseGrant(call.service, body));
  FIRN_TRY(CheckResourceExists(call, request.target));
  FIRN_TRY(CheckColumnsExist(call, request.target));
  return call.service.ledger().Write([&](Transaction& transaction) -> Status {
    FIRN_TRY(CheckMayGrant(call, transaction, request));
    FIRN_TRY(CheckPrincipalExists(call, transaction, request.principal));
    for (const GrantRequest& part : SplitGrant(request))
      FIRN_TRY(PutOneGrant(call, transaction, part));
    return Ok();
  });
}

/// Takes away what is held; with PermissionsWithGrantOption only the option. What is not held
/// cannot be taken.
Status RevokePart(const Call& call, Transaction& transaction, const GrantRequest& part) {
  FIRN_ASSIGN_OR_RETURN(auto row,
                        FindGrant(transaction, call.service.region(), part.principal, part.target));
  if (!row || (row->permissions & part.permissions.bits()) != part.permissions.bits()) {
    return Invalid(
        "No permissions revoked. Grantee does not have the permissions that were to be revoked.");
  }
  if (part.grantable.empty()) {
    row->permissions &= ~part.permissions.bits();
    row->grantable &= row->permissions;
  } else {
    row->grantable &= ~part.grantable.bits();
  }
  row->updated_at = call.service.clock().Now();
  row->updated_by = call.permit.principal().arn;
  return PutGrant(transaction, call.service.region(), *row);
}

Status Revoke(const Call& call, const json::object& body) {
  FIRN_ASSIGN_OR_RETURN(const GrantRequest request, ParseGrant(call.service, body));
  return call.service.ledger().Write([&](Transaction& transaction) -> Status {
    FIRN_TRY(CheckMayGrant(call, transaction, request));
    for (const GrantRequest& part : SplitGrant(request))
      FIRN_TRY(RevokePart(call, transaction, part));
    return Ok();
  });
}

Result<json::object> GrantPermissions(const Call& call) {
  FIRN_TRY(Grant(call, call.body));
  return json::object();
}

Result<json::object> RevokePermissions(const Call& call) {
  FIRN_TRY(Revoke(call, call.body));
  return json::object();
}

/// Each entry by itself; those that fail are listed, the others stand.
Result<json::object> Batch(const Call& call, Status (*one)(const Call&, const json::object&)) {
  FIRN_ASSIGN_OR_RETURN(const json::array* entries, AsInvalid(GetArray(call.body, "Entries")));
  if (entries->size() > kBatchEntriesMax)
    return Invalid(fmt::format("more than {} entries", kBatchEntriesMax));
  json::array failures;
  for (const json::value& entry : *entries) {
    FIRN_ASSIGN_OR_RETURN(const json::object* object, AsInvalid(AsObject(entry, "an entry")));
    FIRN_ASSIGN_OR_RETURN([[maybe_unused]] const std::string id,
                          AsInvalid(GetString(*object, "Id")));
    const Status done = one(call, *object);
    if (done) continue;
    failures.push_back(json::object{{"RequestEntry", *object},
                                    {"Error",
                                     {{"ErrorCode", json::string(done.error().reason())},
                                      {"ErrorMessage", json::string(done.error().message())}}}});
  }
  return json::object{{"Failures", std::move(failures)}};
}

Result<json::object> BatchGrantPermissions(const Call& call) { return Batch(call, Grant); }
Result<json::object> BatchRevokePermissions(const Call& call) { return Batch(call, Revoke); }

// ---- Lists

struct Page {
  std::int64_t row_count_max = kPageMax;
  std::int64_t after_row = 0;
};

Result<Page> PageOf(const json::object& body) {
  Page page;
  FIRN_ASSIGN_OR_RETURN(const auto count, AsInvalid(FindInt64(body, "MaxResults")));
  if (count && (*count < 1 || *count > kPageMax))
    return Invalid(fmt::format("MaxResults must be 1 to {}", kPageMax));
  page.row_count_max = count.value_or(kPageMax);
  FIRN_ASSIGN_OR_RETURN(const auto token, AsInvalid(FindString(body, "NextToken")));
  if (token && !token->empty()) {
    const auto [end, failure] =
        std::from_chars(token->data(), token->data() + token->size(), page.after_row);
    if (failure != std::errc() || end != token->data() + token->size() || page.after_row < 0) {
      return Invalid("NextToken is not one that was handed out");
    }
  }
  return page;
}

/// What ListPermissions is asked to show.
struct GrantFilter {
  std::string principal;
  std::string resource_type;
  std::optional<GrantTarget> target;
};

Result<GrantFilter> FilterOf(const Call& call) {
  GrantFilter filter;
  if (FindMember(call.body, "Principal") != nullptr) {
    FIRN_ASSIGN_OR_RETURN(filter.principal, ParsePrincipal(call.body));
  }
  FIRN_ASSIGN_OR_RETURN(const auto type, AsInvalid(FindString(call.body, "ResourceType")));
  filter.resource_type = type.value_or("");
  FIRN_ASSIGN_OR_RETURN(const json::object* resource, AsInvalid(FindObject(call.body, "Resource")));
  if (resource != nullptr) {
    FIRN_ASSIGN_OR_RETURN(filter.target, ParseResource(call.service, *resource));
  }
  return filter;
}

bool IsOfType(const GrantTarget& target, const std::string& type) {
  if (type.empty() || type == target.kind) return true;
  return type == "TABLE" && (target.kind == "ALL_TABLES" || target.kind == "TABLE_WITH_COLUMNS");
}

bool Shows(const GrantFilter& filter, const GrantRow& grant) {
  if (!filter.principal.empty() && filter.principal != grant.principal) return false;
  if (!IsOfType(grant.target, filter.resource_type)) return false;
  if (!filter.target) return true;
  const GrantTarget& wanted = *filter.target;
  const GrantTarget& found = grant.target;
  // A table's grants on its columns are grants on it.
  const bool same_kind =
      wanted.kind == found.kind || (wanted.kind == "TABLE" && found.kind == "TABLE_WITH_COLUMNS");
  return same_kind && wanted.catalog_id == found.catalog_id &&
         wanted.database_name == found.database_name && wanted.table_name == found.table_name &&
         wanted.location_arn == found.location_arn;
}

Result<bool> MaySee(const Rights& rights, const GrantRow& grant) {
  if (rights.is_admin() || rights.is_internal() || rights.Names(grant.principal)) return true;
  return rights.MayGrant(grant.target, {Permission::kDescribe});
}

/// Administrators see every grant; others those that name them, and those on what they may grant
/// on.
template <typename Wanted>
Result<json::array> ListGrantsThat(const Call& call, const Wanted& wanted,
                                   std::string& next_token) {
  FIRN_ASSIGN_OR_RETURN(const Page page, PageOf(call.body));
  json::array shown;
  const auto list = [&](Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const Rights rights,
                          Rights::Load(transaction, call.service, call.permit.principal()));
    FIRN_ASSIGN_OR_RETURN(const auto grants, ListGrants(transaction, call.service.region(),
                                                        page.after_row, kGrantsScannedMax));
    for (const ledger::NumberedGrant& grant : grants) {
      if (static_cast<std::int64_t>(shown.size()) == page.row_count_max) return Ok();
      next_token = std::to_string(grant.row_number);
      if (!wanted(grant.grant)) continue;
      FIRN_ASSIGN_OR_RETURN(const bool may_see, MaySee(rights, grant.grant));
      if (may_see) shown.push_back(ToJson(grant.grant));
    }
    if (static_cast<std::int64_t>(grants.size()) < kGrantsScannedMax) next_token.clear();
    return Ok();
  };
  FIRN_TRY(call.service.ledger().Read(list));
  return shown;
}

Result<json::object> ListPermissions(const Call& call) {
  FIRN_ASSIGN_OR_RETURN(const GrantFilter filter, FilterOf(call));
  std::string next_token;
  FIRN_ASSIGN_OR_RETURN(
      json::array shown,
      ListGrantsThat(
          call, [&](const GrantRow& grant) { return Shows(filter, grant); }, next_token));
  json::object answer{{"PrincipalResourcePermissions", std::move(shown)}};
  if (!next_token.empty()) answer["NextToken"] = next_token;
  return answer;
}

/// The grants on what lies at a place: a table by its hidden bucket or its own ARN, the catalog
/// of a table bucket by the bucket's; and those on the place itself.
Result<json::object> GetEffectivePermissionsForPath(const Call& call) {
  FIRN_TRY(CheckOwnCatalog(call));
  FIRN_ASSIGN_OR_RETURN(const std::string arn, LocationArn(call));
  std::optional<CatalogResource> there;
  if (call.directory != nullptr) {
    FIRN_ASSIGN_OR_RETURN(there, call.directory->AtPath(call.context, arn));
  }
  std::string catalog_id;
  if (there) catalog_id = call.service.NormalCatalogId(there->catalog_id);
  const auto is_there = [&](const GrantRow& grant) {
    const GrantTarget& target = grant.target;
    if (target.kind == "DATA_LOCATION") return target.location_arn == arn;
    if (!there || target.catalog_id != catalog_id) return false;
    if (target.kind == "CATALOG" || there->table.empty()) return target.database_name.empty();
    return target.database_name == there->database &&
           (target.table_name.empty() || target.table_name == there->table);
  };
  std::string next_token;
  FIRN_ASSIGN_OR_RETURN(json::array shown, ListGrantsThat(call, is_there, next_token));
  json::object answer{{"Permissions", std::move(shown)}};
  if (!next_token.empty()) answer["NextToken"] = next_token;
  return answer;
}

// ---- Data access

Result<json::object> GetDataLakePrincipal(const Call& call) {
  return json::object{{"Identity", json::string(call.permit.principal().arn)}};
}

/// `arn:aws:glue:R:A:table/[catalog/child/]database/table`.
Result<CatalogResource> TableOf(const std::string& text) {
  const auto arn = aws::ParseArn(text);
  if (!arn || arn->service != "glue" || !arn->resource.starts_with("table/")) {
    return Invalid(fmt::format("TableArn '{}' is no ARN of a Glue table", text.substr(0, 256)));
  }
  const std::vector<std::string_view> parts = Split(std::string_view(arn->resource).substr(6), '/');
  if (parts.size() < 2)
    return Invalid(fmt::format("TableArn '{}' names no table", text.substr(0, 256)));
  CatalogResource table{.catalog_id = arn->account_id,
                        .database = std::string(parts[parts.size() - 2]),
                        .table = std::string(parts.back())};
  for (std::size_t i = 0; i + 2 < parts.size(); ++i) {
    table.catalog_id += i == 0 ? ":" : "/";
    table.catalog_id += parts[i];
  }
  return table;
}

Result<bool> AsksForWriting(const json::object& body) {
  FIRN_ASSIGN_OR_RETURN(const json::array* words, AsInvalid(FindArray(body, "Permissions")));
  bool writing = false;
  if (words == nullptr) return writing;
  for (const json::value& word : *words) {
    if (!word.is_string()) return Invalid("Permissions must be a list of strings");
    FIRN_ASSIGN_OR_RETURN(const Permission permission, ParsePermission(word.get_string()));
    writing = writing || permission == Permission::kInsert || permission == Permission::kDelete ||
              permission == Permission::kAll || permission == Permission::kSuperUser;
  }
  return writing;
}

Result<json::object> GetTemporaryGlueTableCredentials(const Call& call) {
  TableCredentialsRequest request;
  FIRN_ASSIGN_OR_RETURN(request.table_arn, AsInvalid(GetString(call.body, "TableArn")));
  FIRN_ASSIGN_OR_RETURN(const CatalogResource table, TableOf(request.table_arn));
  FIRN_ASSIGN_OR_RETURN(request.writable, AsksForWriting(call.body));
  FIRN_ASSIGN_OR_RETURN(const auto seconds, AsInvalid(FindInt64(call.body, "DurationSeconds")));
  request.duration = std::chrono::seconds(seconds.value_or(kCredentialSecondsDefault));
  if (request.duration.count() < kCredentialSecondsMin ||
      request.duration.count() > kCredentialSecondsMax) {
    return Invalid(fmt::format("DurationSeconds must be {} to {}", kCredentialSecondsMin,
                               kCredentialSecondsMax));
  }
  if (call.vendor == nullptr) {
    return Unsupported("UnsupportedOperation",
                       "this server hands out no table credentials: nothing vends them here");
  }
  FIRN_TRY(
      call.service.CheckDataAccess(call.permit.principal(), table,
                                   request.writable ? DataAccess::kReadWrite : DataAccess::kRead));
  FIRN_ASSIGN_OR_RETURN(const VendedTableCredentials vended,
                        call.vendor->VendTableCredentials(call.context, call.permit, request));
  json::array paths;
  for (const std::string& path : vended.s3_paths) paths.push_back(json::string(path));
  return json::object{{"AccessKeyId", json::string(vended.credentials.access_key_id.value())},
                      {"SecretAccessKey", json::string(vended.credentials.secret_key.Reveal())},
                      {"SessionToken", json::string(vended.credentials.session_token.Reveal())},
                      {"Expiration", MillisSinceEpoch(vended.expires_at) / 1000},
                      {"VendedS3Path", std::move(paths)}};
}

// ---- The table of operations

struct Operation {
  std::string_view name;
  std::string_view action;
  Run run;
};

constexpr std::array kOperations = {
    Operation{"GetDataLakeSettings", "lakeformation:GetDataLakeSettings", GetDataLakeSettings},
    Operation{"PutDataLakeSettings", "lakeformation:PutDataLakeSettings", PutDataLakeSettings},
    Operation{"GrantPermissions", "lakeformation:GrantPermissions", GrantPermissions},
    Operation{"RevokePermissions", "lakeformation:RevokePermissions", RevokePermissions},
    Operation{"BatchGrantPermissions", "lakeformation:BatchGrantPermissions",
              BatchGrantPermissions},
    Operation{"BatchRevokePermissions", "lakeformation:BatchRevokePermissions",
              BatchRevokePermissions},
    Operation{"ListPermissions", "lakeformation:ListPermissions", ListPermissions},
    Operation{"RegisterResource", "lakeformation:RegisterResource", RegisterResource},
    Operation{"UpdateResource", "lakeformation:UpdateResource", UpdateResource},
    Operation{"GetEffectivePermissionsForPath", "lakeformation:GetEffectivePermissionsForPath",
              GetEffectivePermissionsForPath},
    Operation{"DeregisterResource", "lakeformation:DeregisterResource", DeregisterResource},
    Operation{"DescribeResource", "lakeformation:DescribeResource", DescribeResource},
    Operation{"ListResources", "lakeformation:ListResources", ListResources},
    Operation{"GetDataLakePrincipal", "lakeformation:GetDataLakePrincipal", GetDataLakePrincipal},
    // Permission-only: the API asks for the right to the data, not for a right to the call.
    Operation{"GetTemporaryGlueTableCredentials", "lakeformation:GetDataAccess",
              GetTemporaryGlueTableCredentials},
};

/// Families of operations that are not there, by a part of their names, and why.
struct AbsentRow {
  std::string_view part;
  std::string_view why;
};
constexpr std::array kAbsent = {
    AbsentRow{"LFTag", "LF-tags are not there: grant on the catalog, database or table by name"},
    AbsentRow{"DataCellsFilter",
              "cell filters are not enforced here, so none can be made: grant on whole tables"},
    AbsentRow{"RLSPolic",
              "row filters are not enforced here, so none can be made: grant on whole tables"},
    AbsentRow{"OptIn", "there are no opt-ins: a grant counts for every principal that it names"},
    AbsentRow{"IdentityCenter", "IAM Identity Center is not there: grant to IAM users and roles"},
    AbsentRow{"Transaction", "governed tables are not there: Iceberg tables commit by themselves"},
    AbsentRow{"TableObjects", "governed tables are not there: Iceberg tables list their own files"},
    AbsentRow{"StorageOptimizer",
              "governed tables are not there: S3 Tables has its own maintenance configuration"},
    AbsentRow{"Quer", "query planning is not there: it is for governed tables"},
    AbsentRow{"WorkUnit", "query planning is not there: it is for governed tables"},
    AbsentRow{"DeleteObjectsOnCancel", "governed tables are not there"},
    AbsentRow{"PartitionCredentials", "Iceberg tables have no partitions of Hive's: ask for the "
                                      "table's credentials"},
    AbsentRow{"DataLocationCredentials", "credentials are handed out for tables only: "
                                         "GetTemporaryGlueTableCredentials"},
    AbsentRow{"GlueFunction", "user-defined functions are not there"},
    AbsentRow{"AssumeDecoratedRole", "SAML is not there: use an IAM user or AssumeRole"},
};

Result<const Operation*> FindOperation(std::string_view name) {
  const auto found =
      std::find_if(kOperations.begin(), kOperations.end(),
                   [&](const Operation& operation) { return operation.name == name; });
  if (found != kOperations.end()) return &*found;
  for (const AbsentRow& absent : kAbsent) {
    if (name.find(absent.part) == std::string_view::npos) continue;
    return Unsupported("UnknownOperationException",
                       fmt::format("Firn's Lake Formation has no operation {}: {}.",
                                   name.substr(0, 128), absent.why));
  }
  std::vector<std::string> names;
  for (const Operation& operation : kOperations) names.emplace_back(operation.name);
  const std::string nearest = NearestWord(name.substr(0, 128), names);
  return Unsupported(
      "UnknownOperationException",
      fmt::format("Firn's Lake Formation has no operation {}{}", name.substr(0, 128),
                  nearest.empty() ? "." : fmt::format("; the nearest it has is {}.", nearest)));
}

}  // namespace

Result<std::vector<policy::AccessNeed>> LakeFormationApi::RequiredAccess(
    std::string_view operation) const {
  FIRN_ASSIGN_OR_RETURN(const Operation* found, FindOperation(operation));
  return std::vector<policy::AccessNeed>{{.action = std::string(found->action), .resource = "*"}};
}

Result<aws::Answer> LakeFormationApi::Handle(const Context& context, const Permit& permit,
                                             std::string_view operation,
                                             std::string_view body) const {
  FIRN_ASSIGN_OR_RETURN(const Operation* found, FindOperation(operation));
  if (!permit.Covers(found->action, "*")) {
    return Internal("WrongPermit",
                    fmt::format("{} was called with a permit for {}", operation, permit.action()));
  }
  const JsonLimits limits{.depth_max = kBodyDepthMax, .bytes_max = kBodyBytesMax};
  FIRN_ASSIGN_OR_RETURN(const json::value value,
                        AsInvalid(ParseJson(body.empty() ? "{}" : body, limits)));
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsInvalid(AsObject(value, "the request")));
  FIRN_ASSIGN_OR_RETURN(const json::object answer,
                        found->run({service_, vendor_, directory_, context, permit, *object}));
  return aws::JsonAnswer(PrintJson(answer));
}

}  // namespace firn::lakeformation
