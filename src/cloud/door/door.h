#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "cloud/s3tables/quotas.h"
#include "wire/http/server.h"

/// The local AWS side's one entrance: route, authenticate, authorise, handle, record.

namespace firn::door {

class Maintenance;

using Quotas = s3tables::Quotas;

struct DoorOptions {
  /// Ledger, objects and audit log live here; made when it is not there. One process at a time.
  std::filesystem::path data_folder;
  std::string account_id;  ///< Twelve digits.
  std::string region;
  /// `http://host:port` that answers name as the storage endpoint; empty: as the client reached us (Host header).
  std::string public_endpoint = "";
  Quotas quotas = {};  ///< Of each region.
  const Clock* clock = &SystemClock();
  Random* random = &SecureRandom();
};

/// Answers every AWS request: S3, S3 Tables, the three Iceberg REST catalogs, IAM, STS and Lake Formation. The service is the
/// one named in the signature's credential scope; every request is verified, there is no mode that accepts anything. The
/// catalog `firn` takes bearer tokens too. `GET /_firn/health` alone is answered without a proof.
///
/// Thread-safe.
class Door final : public http::Handler {
 public:
  /// Opens (or makes) the data folder, sweeps what a crash left, and makes the account root's key at first start.
  ///
  /// Errors: kInvalidArgument/InvalidAccountId, /InvalidRegion; those of the ledger, the sealer and the disk.
  static Result<std::unique_ptr<Door>> Open(DoorOptions options);
  ~Door() override;

  http::Response Handle(const Context& context, const http::RequestHead& head,
                        http::BodyReader& body) override;

  /// The account root's key, the same at every start.
  const Credentials& root_credentials() const;
  const std::string& account_id() const;
  const std::string& region() const;
  /// What S3 Tables does by itself; somebody has to run it.
  Maintenance& maintenance() const;

 private:
  class Impl;
  explicit Door(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace firn::door
