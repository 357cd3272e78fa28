#include "cloud/ledger/schema.h"

#include <array>

#include "cloud/ledger/iam_rows.h"
#include "cloud/ledger/lakeformation_rows.h"
#include "cloud/ledger/s3_rows.h"
#include "cloud/ledger/s3tables_rows.h"
#include "cloud/ledger/session_rows.h"
#include "cloud/ledger/warehouse_rows.h"

namespace firn::ledger {

std::span<const MigrationSet> AllMigrations() {
  static const std::array kSets = {
      IamMigrations(),
      SessionMigrations(),
      LakeFormationMigrations(),
      S3Migrations(),
      S3TablesMigrations(),
      WarehouseMigrations(),
  };
  return kSets;
}

}  // namespace firn::ledger
