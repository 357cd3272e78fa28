#include "cloud/door/maintenance.h"

#include "base/json.h"
#include "cloud/door/limits.h"
#include "cloud/door/services_internal.h"
#include "cloud/ledger/s3tables_rows.h"

namespace firn::door {
namespace {

/// All that the session may do.
std::string SessionPolicy(const s3tables::DueTable& table) {
  const json::object on_table{
      {"Effect", "Allow"},
      {"Action", json::array{"s3tables:GetTable", "s3tables:GetTableMetadataLocation",
                             "s3tables:UpdateTableMetadataLocation", "s3tables:GetTableData",
                             "s3tables:PutTableData"}},
      {"Resource", table.table_arn}};
  const json::object on_bucket{
      {"Effect", "Allow"},
      {"Action", json::array{"s3tables:GetTableBucket", "s3tables:GetNamespace"}},
      {"Resource", table.bucket_arn}};
  return PrintJson(
      json::object{{"Version", "2012-10-17"}, {"Statement", json::array{on_table, on_bucket}}});
}

}  // namespace

Result<s3tables::TableStore*> Maintenance::StoreOf(const s3tables::DueTable& table) {
  FIRN_ASSIGN_OR_RETURN(Services * services, regions_.Find(table.region));
  return services->tables.get();
}

Result<policy::Permit> Maintenance::PermitFor(const Context& context,
                                              const s3tables::DueTable& table, std::string action) {
  policy::AuthorizationRequest request;
  request.needs.push_back({.action = std::move(action),
                           .resource = table.table_arn,
                           .conditions = {},
                           .resource_policies = {},
                           .resource_account_id = account_id_});
  auto principal = std::make_shared<const policy::Principal>(
      policy::InternalPrincipal(account_id_, "maintenance.s3tables.amazonaws.com"));
  return shared_.authorizer->Authorize(context, std::move(principal), request);
}

Result<std::vector<s3tables::DueTable>> Maintenance::FindDue(
    const s3tables::MaintenancePace& pace) {
  FIRN_ASSIGN_OR_RETURN(const auto names, shared_.ledger->Read([](ledger::Transaction& reading) {
    return ledger::ListTableBucketRegions(reading);
  }));
  // Each job leaves a session behind.
  FIRN_TRY(shared_.sts->PruneSessions());
  std::vector<s3tables::DueTable> all;
  for (const std::string& name : names) {
    FIRN_ASSIGN_OR_RETURN(Services * services, regions_.Find(name));
    FIRN_ASSIGN_OR_RETURN(auto due, s3tables::Maintenance(*services->tables, pace).FindDue());
    std::move(due.begin(), due.end(), std::back_inserter(all));
  }
  return all;
}

Result<Credentials> Maintenance::CredentialsFor(const Context& context,
                                                const s3tables::DueTable& table) {
  FIRN_ASSIGN_OR_RETURN(const auto permit,
                        PermitFor(context, table, "s3tables:UpdateTableMetadataLocation"));
  FIRN_ASSIGN_OR_RETURN(
      auto vended,
      shared_.sts->Vend(permit, {.service_name = "AWSServiceRoleForS3TablesMaintenance",
                                 .session_name = table.table_id,
                                 .session_policy = SessionPolicy(table),
                                 .duration = kMaintenanceSession}));
  return std::move(vended.credentials);
}

Status Maintenance::Record(const Context& context, const s3tables::DueTable& table,
                           s3tables::MaintenanceJob job, s3tables::JobOutcome outcome,
                           std::string_view message, bool found_nothing) {
  FIRN_ASSIGN_OR_RETURN(s3tables::TableStore * store, StoreOf(table));
  FIRN_ASSIGN_OR_RETURN(const auto permit,
                        PermitFor(context, table, "s3tables:GetTableMaintenanceJobStatus"));
  return s3tables::Maintenance(*store, {})
      .Record(permit, table, job, outcome, message, found_nothing);
}

Result<s3tables::RemovalCounts> Maintenance::RemoveUnreferenced(const Context& context,
                                                                const s3tables::DueTable& table) {
  FIRN_ASSIGN_OR_RETURN(s3tables::TableStore * store, StoreOf(table));
  FIRN_ASSIGN_OR_RETURN(const auto permit, PermitFor(context, table, "s3tables:PutTableData"));
  return s3tables::Maintenance(*store, {}).RemoveUnreferenced(context, permit, table);
}

}  // namespace firn::door
