#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "base/secret.h"
#include "cloud/s3tables/maintenance.h"

/// S3 Tables' maintenance over all regions, for whoever runs it: the work, credentials to do it
/// with, and where its outcome goes. What is done to tables' rows is done by an engine that comes
/// in by the door with those credentials, as any client.

namespace firn::door {

struct SharedServices;
class RegionSet;

/// Thread-safe. Made by Door, which must outlive it.
class Maintenance {
 public:
  Maintenance(SharedServices& shared, RegionSet& regions, std::string account_id)
      : shared_(shared), regions_(regions), account_id_(std::move(account_id)) {}

  /// Tables of all regions whose turn it is. Sessions that ended long ago are removed on the way.
  /// Errors: those of the ledger.
  Result<std::vector<s3tables::DueTable>> FindDue(const s3tables::MaintenancePace& pace);

  /// Keys that may read and rewrite this one table for kMaintenanceSession and do nothing else; in
  /// the audit log they are `assumed-role/AWSServiceRoleForS3TablesMaintenance/<table id>`.
  /// Errors: those of the ledger.
  Result<Credentials> CredentialsFor(const Context& context, const s3tables::DueTable& table);

  /// Errors: those of s3tables::Maintenance.
  Status Record(const Context& context, const s3tables::DueTable& table,
                s3tables::MaintenanceJob job, s3tables::JobOutcome outcome,
                std::string_view message, bool found_nothing = false);
  Result<s3tables::RemovalCounts> RemoveUnreferenced(const Context& context,
                                                     const s3tables::DueTable& table);

 private:
  Result<policy::Permit> PermitFor(const Context& context, const s3tables::DueTable& table,
                                   std::string action);
  Result<s3tables::TableStore*> StoreOf(const s3tables::DueTable& table);

  // Constant after construction; each has its own synchronisation.
  SharedServices& shared_;
  RegionSet& regions_;
  const std::string account_id_;
};

}  // namespace firn::door
