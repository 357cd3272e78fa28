#include "cloud/glue/vending.h"

#include <algorithm>

#include "base/json.h"
#include "cloud/glue/grant_keeper.h"
#include "cloud/glue/limits.h"

namespace firn::glue {
namespace {

using lakeformation::Permission;
using sts::TemporaryCredentials;

/// The table's ARN ends in a UUID, so no name can widen it (Polaris CVE-2026-42810).
std::string SessionPolicy(const std::string& table_arn, bool writable) {
  FIRN_CHECK_MSG(table_arn.find_first_of("*?$") == std::string::npos, table_arn);
  json::array actions{"s3tables:GetTableData"};
  if (writable) actions.push_back("s3tables:PutTableData");
  return PrintJson(json::object{{"Version", "2012-10-17"},
                                {"Statement", json::array{json::object{
                                                  {"Effect", "Allow"},
                                                  {"Action", std::move(actions)},
                                                  {"Resource", table_arn}}}}});
}

/// What role session names may hold: `[\w+=,.@-]{2,64}`.
std::string SessionName(const policy::Principal& principal) {
  std::string name = principal.user_name.empty() ? principal.role_name : principal.user_name;
  if (name.empty()) name = "root";
  std::string kept;
  for (const char c : name.substr(0, 64)) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    kept += is_plain || std::string_view("_+=,.@-").find(c) != std::string_view::npos ? c : '-';
  }
  return kept.size() < 2 ? kept + "-" : kept;
}

}  // namespace

DataAccess Vending::AccessOf(const policy::Principal& principal,
                             const s3tables::TablePlace& place) const {
  const auto resource = CatalogResourceOf(place);
  DataAccess access;
  access.readable =
      lake_formation_.CheckPermission(principal, resource, Permission::kSelect).has_value();
  access.writable =
      lake_formation_.CheckPermission(principal, resource, Permission::kInsert).has_value() ||
      lake_formation_.CheckPermission(principal, resource, Permission::kDelete).has_value();
  return access;
}

Result<TemporaryCredentials> Vending::Vend(const policy::Permit& permit,
                                           const s3tables::LoadedTable& table) {
  FIRN_TRY(lake_formation_.CheckFullTableExternalAccess());
  const s3tables::TablePlace place{table.row.bucket_name, table.row.namespace_name,
                                   table.row.name};
  FIRN_TRY(lake_formation_.CheckPermission(permit.principal(), CatalogResourceOf(place),
                                           Permission::kSelect));
  const bool writable = AccessOf(permit.principal(), place).writable;
  CacheKey key{permit.principal().access_key_id.value(), table.row.table_id, writable};
  const WallTime now = clock_.Now();
  {
    const MutexLock lock(mutex_);
    const auto found = vended_.find(key);
    if (found != vended_.end() && found->second.expires_at - now >= kVendedReuse) {
      return found->second;
    }
  }
  FIRN_ASSIGN_OR_RETURN(
      const TemporaryCredentials credentials,
      sts_.Vend(permit, {.service_name = "AWSServiceRoleForLakeFormationDataAccess",
                         .session_name = SessionName(permit.principal()),
                         .session_policy = SessionPolicy(store_.TableArn(table.row), writable),
                         .duration = kVendedDuration}));
  const MutexLock lock(mutex_);
  if (vended_.size() >= kVendedCacheEntriesMax) {
    std::erase_if(vended_, [&](const auto& entry) { return entry.second.expires_at <= now; });
  }
  if (vended_.size() >= kVendedCacheEntriesMax) vended_.erase(vended_.begin());
  vended_.insert_or_assign(std::move(key), credentials);
  return credentials;
}

}  // namespace firn::glue
