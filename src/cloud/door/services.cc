#include <system_error>

#include "cloud/door/services_internal.h"
#include "base/encoding.h"
#include "cloud/ledger/s3_rows.h"
#include "cloud/ledger/s3tables_rows.h"
#include "wire/aws/arn.h"
#include "wire/aws/region.h"

namespace firn::door {
namespace {

Status CheckOptions(const DoorOptions& options) {
  if (!aws::IsAccountId(options.account_id)) {
    return InvalidArgument("InvalidAccountId",
                           "an account id has twelve digits: \"" + options.account_id + "\"");
  }
  if (!aws::IsRegion(options.region)) {
    const std::string nearest = NearestWord(options.region, aws::Regions());
    return InvalidArgument("InvalidRegion",
                           "AWS has no region \"" + options.region.substr(0, 64) + "\"" +
                               (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
  }
  return Ok();
}

/// The firn face. The default region's warehouse is there from the start, another's from the first
/// request that is proved: strangers make nothing.
Status OpenWarehouses(Services& all, const DoorOptions& options) {
  all.client_tokens =
      std::make_unique<icebergrest::ClientTokens>(*all.identities, *options.clock, options.region);
  all.warehouses = std::make_unique<icebergrest::WarehouseStore>(icebergrest::WarehouseStore::Parts{
      *all.ledger, *all.vault, *options.clock, *options.random, options.account_id,
      options.region});
  all.firn_face = std::make_unique<icebergrest::FirnFace>(icebergrest::FirnFace::Parts{
      *all.warehouses, *all.authorizer, *all.sts, *all.ledger, *options.clock, options.account_id,
      options.region});
  return Ok();
}

}  // namespace

Result<std::unique_ptr<SharedServices>> SharedServices::Open(const DoorOptions& options) {
  FIRN_TRY(CheckOptions(options));
  std::error_code error;
  std::filesystem::create_directories(options.data_folder, error);
  if (error) {
    return Unavailable("WriteFailed", "making " + options.data_folder.string() + ": " +
                                          error.message());
  }
  std::filesystem::permissions(options.data_folder, std::filesystem::perms::owner_all, error);
  const Clock& clock = *options.clock;
  Random& random = *options.random;
  auto all = std::make_unique<SharedServices>();
  FIRN_ASSIGN_OR_RETURN(all->audit, AuditLog::Open(options.data_folder / "audit.log"));
  FIRN_ASSIGN_OR_RETURN(all->ledger, ledger::Ledger::Open(options.data_folder / "ledger.sqlite"));
  FIRN_ASSIGN_OR_RETURN(all->sealer,
                        ledger::Sealer::Open(options.data_folder / "seal.key", random));
  FIRN_ASSIGN_OR_RETURN(
      all->root_credentials,
      iam::EnsureRootKey(*all->ledger, *all->sealer, clock, random, options.account_id));
  all->authorizer = std::make_unique<policy::Authorizer>(*all->audit, clock);
  all->identities = std::make_unique<iam::IdentityStore>(*all->ledger, *all->sealer, clock);
  all->iam = std::make_unique<iam::IamApi>(iam::IamApi::Parts{
      *all->ledger, *all->sealer, *all->identities, clock, random, options.account_id});
  all->sts = std::make_unique<sts::Sts>(sts::Sts::Parts{
      *all->ledger, *all->sealer, *all->identities, clock, random, options.account_id});
  FIRN_TRY(all->sts->PruneSessions());
  FIRN_ASSIGN_OR_RETURN(auto files,
                        s3::BlobFiles::Open(options.data_folder / "objects", random, clock));
  all->vault = std::make_unique<s3::Vault>(*all->ledger, std::move(files), clock, random);
  FIRN_TRY(all->vault->Sweep());
  const auto claim = [&](ledger::Transaction& transaction) -> Status {
    FIRN_TRY(ledger::ClaimS3Buckets(transaction, options.region));
    return ledger::ClaimTableBuckets(transaction, options.region);
  };
  FIRN_TRY(all->ledger->Write(claim));
  return all;
}

Result<std::unique_ptr<Services>> Services::Open(const DoorOptions& options,
                                                 SharedServices& shared) {
  const Clock& clock = *options.clock;
  Random& random = *options.random;
  auto all = std::make_unique<Services>(shared);
  all->region = options.region;
  all->lake_formation = std::make_unique<lakeformation::LakeFormation>(
      *all->ledger, clock, ledger::RegionKey{options.account_id, options.region});
  all->s3 = std::make_unique<s3::Service>(
      s3::ServiceOptions{options.account_id, options.region}, *all->ledger, *all->vault);
  all->grant_keeper = std::make_unique<glue::GrantKeeper>(*all->lake_formation);
  all->tables = std::make_unique<s3tables::TableStore>(
      s3tables::TableStore::Parts{*all->ledger, *all->vault, clock, random, options.account_id,
                                  options.region, all->grant_keeper.get(), options.quotas});
  all->s3tables = std::make_unique<s3tables::Api>(*all->tables);
  all->vending =
      std::make_unique<glue::Vending>(*all->sts, *all->lake_formation, *all->tables, clock);
  all->table_credentials = std::make_unique<glue::TableCredentials>(*all->tables, *all->vending);
  all->directory = std::make_unique<glue::Directory>(*all->tables);
  all->lake_formation_api = std::make_unique<lakeformation::LakeFormationApi>(
      *all->lake_formation, all->table_credentials.get(), all->directory.get());
  all->glue_api = std::make_unique<glue::GlueApi>(*all->tables, *all->lake_formation);
  using glue::FaceKind;
  using glue::IcebergFace;
  all->glue_face = std::make_unique<IcebergFace>(IcebergFace::Parts{
      FaceKind::kGlue, *all->tables, *all->lake_formation, *all->vending});
  all->s3tables_face = std::make_unique<IcebergFace>(IcebergFace::Parts{
      FaceKind::kS3Tables, *all->tables, *all->lake_formation, *all->vending});
  FIRN_TRY(OpenWarehouses(*all, options));
  return all;
}

Status Services::EnsureDefaultWarehouse() {
  if (has_default_warehouse) return Ok();
  FIRN_TRY(warehouses->EnsureWarehouse(icebergrest::kDefaultWarehouse));
  has_default_warehouse = true;
  return Ok();
}

Result<std::unique_ptr<RegionSet>> RegionSet::Open(DoorOptions options, SharedServices& shared) {
  std::unique_ptr<RegionSet> set(new RegionSet(std::move(options), shared));
  FIRN_ASSIGN_OR_RETURN(Services * services, set->Find(set->options_.region));
  FIRN_TRY(services->EnsureDefaultWarehouse());
  return set;
}

Result<Services*> RegionSet::Find(std::string_view region) {
  if (!aws::IsRegion(region)) region = options_.region;
  MutexLock lock(mutex_);
  auto found = regions_.find(region);
  if (found == regions_.end()) {
    DoorOptions options = options_;
    options.region = std::string(region);
    FIRN_ASSIGN_OR_RETURN(auto services, Services::Open(options, shared_));
    found = regions_.emplace(options.region, std::move(services)).first;
  }
  return found->second.get();
}

}  // namespace firn::door
