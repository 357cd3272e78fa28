#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/result.h"
#include "base/secret.h"
#include "cloud/door/audit_log.h"
#include "cloud/door/body_budget_internal.h"
#include "cloud/door/door.h"
#include "cloud/door/limits.h"
#include "cloud/glue/directory.h"
#include "cloud/glue/glue_api.h"
#include "cloud/glue/grant_keeper.h"
#include "cloud/glue/iceberg_face.h"
#include "cloud/glue/table_credentials.h"
#include "cloud/glue/vending.h"
#include "cloud/iam/iam_api.h"
#include "cloud/icebergrest/client_tokens.h"
#include "cloud/icebergrest/firn_face.h"
#include "cloud/iam/identity.h"
#include "cloud/lakeformation/lake_formation.h"
#include "cloud/lakeformation/lake_formation_api.h"
#include "cloud/ledger/ledger.h"
#include "cloud/ledger/seal.h"
#include "cloud/policy/authorizer.h"
#include "cloud/s3/service.h"
#include "cloud/s3/vault.h"
#include "cloud/s3tables/api.h"
#include "cloud/s3tables/table_store.h"
#include "cloud/sts/sts.h"

/// Every service of the local AWS side: what all regions share, and what each has of its own. Put
/// together once, in the order they need each other.
///
/// Reading order: SharedServices, Services, RegionSet.

namespace firn::door {

/// Global as on AWS (IAM, STS), or of the machine (disk, ledger, audit log).
struct SharedServices {
  /// Errors: those of Door::Open.
  static Result<std::unique_ptr<SharedServices>> Open(const DoorOptions& options);

  BodyBudget proved_bodies{kProvedBodiesBytesMax};
  BodyBudget unproved_bodies{kUnprovedBodiesBytesMax};
  std::unique_ptr<AuditLog> audit;
  std::unique_ptr<ledger::Ledger> ledger;
  std::unique_ptr<ledger::Sealer> sealer;
  Credentials root_credentials;
  std::unique_ptr<policy::Authorizer> authorizer;
  std::unique_ptr<iam::IdentityStore> identities;
  std::unique_ptr<iam::IamApi> iam;
  std::unique_ptr<sts::Sts> sts;
  std::unique_ptr<s3::Vault> vault;
};

/// The services as one region has them. Borrows what is shared.
struct Services {
  /// `options.region` is the region. `shared` must outlive it. Errors: those of the ledger.
  static Result<std::unique_ptr<Services>> Open(const DoorOptions& options, SharedServices& shared);
  explicit Services(SharedServices& shared)
      : proved_bodies(shared.proved_bodies),
        unproved_bodies(shared.unproved_bodies),
        audit(shared.audit.get()),
        ledger(shared.ledger.get()),
        authorizer(shared.authorizer.get()),
        identities(shared.identities.get()),
        iam(shared.iam.get()),
        sts(shared.sts.get()),
        vault(shared.vault.get()) {}

  /// Makes the region's `warehouse` unless it is there. Errors: those of the ledger.
  Status EnsureDefaultWarehouse();

  std::string region;
  std::atomic<bool> has_default_warehouse = false;
  BodyBudget& proved_bodies;
  BodyBudget& unproved_bodies;
  AuditLog* audit;
  ledger::Ledger* ledger;
  policy::Authorizer* authorizer;
  iam::IdentityStore* identities;
  iam::IamApi* iam;
  sts::Sts* sts;
  s3::Vault* vault;

  std::unique_ptr<lakeformation::LakeFormation> lake_formation;
  std::unique_ptr<s3::Service> s3;
  std::unique_ptr<glue::GrantKeeper> grant_keeper;
  std::unique_ptr<s3tables::TableStore> tables;
  std::unique_ptr<s3tables::Api> s3tables;
  std::unique_ptr<glue::Vending> vending;
  std::unique_ptr<glue::TableCredentials> table_credentials;
  std::unique_ptr<glue::Directory> directory;
  std::unique_ptr<lakeformation::LakeFormationApi> lake_formation_api;
  std::unique_ptr<glue::GlueApi> glue_api;
  std::unique_ptr<glue::IcebergFace> glue_face;
  std::unique_ptr<glue::IcebergFace> s3tables_face;
  std::unique_ptr<icebergrest::ClientTokens> client_tokens;
  std::unique_ptr<icebergrest::WarehouseStore> warehouses;
  std::unique_ptr<icebergrest::FirnFace> firn_face;
};

/// One Services a region, made when a request first names it; at most as many as AWS has regions.
/// Thread-safe.
class RegionSet {
 public:
  /// Makes the default region's. Errors: those of Services::Open.
  static Result<std::unique_ptr<RegionSet>> Open(DoorOptions options, SharedServices& shared);

  /// The default region's for a name that is no region: such a request is refused later, in words.
  Result<Services*> Find(std::string_view region);

 private:
  RegionSet(DoorOptions options, SharedServices& shared)
      : options_(std::move(options)), shared_(shared) {}

  // Constant after construction.
  const DoorOptions options_;
  SharedServices& shared_;

  Mutex mutex_;
  std::map<std::string, std::unique_ptr<Services>, std::less<>> regions_ FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::door
