#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/context.h"
#include "base/result.h"
#include "base/secret.h"
#include "cloud/lakeformation/lake_formation.h"
#include "cloud/policy/authorizer.h"
#include "wire/aws/answer.h"

/// Lake Formation's REST-JSON API: `POST /<Operation>`, JSON in and out.

namespace firn::lakeformation {

/// Credentials for one table's data, as GetTemporaryGlueTableCredentials returns them.
struct VendedTableCredentials {
  Credentials credentials;
  WallTime expires_at;
  std::vector<std::string> s3_paths;  ///< `s3://…` prefixes they open.
};

struct TableCredentialsRequest {
  std::string table_arn;
  bool writable = false;
  std::chrono::seconds duration{3600};
};

/// Finds the table and mints the credentials; cloud/door gives an implementation over cloud/glue
/// and cloud/sts.
class TableCredentialsVendor {
 public:
  virtual ~TableCredentialsVendor() = default;
  /// Errors: kNotFound/EntityNotFoundException; those of sts::Sts::Vend.
  virtual Result<VendedTableCredentials> VendTableCredentials(
      const Context& context, const policy::Permit& permit,
      const TableCredentialsRequest& request) = 0;
};

/// Whether something can be granted on; cloud/door gives an implementation over cloud/glue.
class CatalogDirectory {
 public:
  virtual ~CatalogDirectory() = default;
  /// Catalog ids come in the form `<account>[:catalog[/child]]`.
  virtual Result<bool> Exists(const Context& context, const CatalogResource& resource) = 0;
  /// The top-level columns of a table; none before it has a schema.
  /// Errors: kNotFound when it is gone.
  virtual Result<std::vector<std::string>> Columns(const Context& context,
                                                   const CatalogResource& table) = 0;
  /// What lies at a place, by the ARN of a table, of a table bucket, or of a bucket or an object in
  /// S3: a table, or a catalog alone; nullopt when nothing that can be granted on does.
  virtual Result<std::optional<CatalogResource>> AtPath(const Context& context,
                                                        std::string_view arn) = 0;
};

/// Thread-safe. `service` must outlive it; so must `vendor` and `directory`, which may be null:
/// without the first GetTemporaryGlueTableCredentials answers kUnsupported, without the second
/// grants do not check that their resource exists.
class LakeFormationApi {
 public:
  explicit LakeFormationApi(const LakeFormation& service, TableCredentialsVendor* vendor = nullptr,
                            CatalogDirectory* directory = nullptr)
      : service_(service), vendor_(vendor), directory_(directory) {}

  /// The (action, resource) pairs of an operation (`GrantPermissions`, the path without its slash).
  /// Errors: kNotFound/UnknownOperationException; kUnsupported/UnsupportedOperation for those Firn
  /// does not have.
  Result<std::vector<policy::AccessNeed>> RequiredAccess(std::string_view operation) const;

  /// Errors: kInvalidArgument/InvalidInputException; kPermissionDenied/AccessDeniedException;
  /// kNotFound/EntityNotFoundException; kAlreadyExists/AlreadyExistsException; kUnsupported for
  /// resources Firn does not have.
  Result<aws::Answer> Handle(const Context& context, const policy::Permit& permit,
                             std::string_view operation, std::string_view body) const;

 private:
  // Constant after construction.
  const LakeFormation& service_;
  TableCredentialsVendor* const vendor_;
  CatalogDirectory* const directory_;
};

}  // namespace firn::lakeformation
