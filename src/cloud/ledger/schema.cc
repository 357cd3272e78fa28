#include "cloud/ledger/schema.h"

#include <array>

#include "cloud/ledger/iam_rows.h"
#include "cloud/ledger/lakeformation_rows.h"
#include "cloud/ledger/session_rows.h"

namespace firn::ledger {

std::span<const MigrationSet> AllMigrations() {
  static const std::array kSets = {
      IamMigrations(),
      SessionMigrations(),
      LakeFormationMigrations(),
  };
  return kSets;
}

}  // namespace firn::ledger
