#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "cloud/glue/catalog_id.h"
#include "cloud/glue/vending.h"
#include "cloud/lakeformation/lake_formation.h"
#include "cloud/policy/authorizer.h"
#include "cloud/s3tables/table_store.h"
#include "wire/aws/answer.h"
#include "wire/aws/form.h"
#include "wire/iceberg_rest/messages.h"
#include "wire/iceberg_rest/paths.h"

/// The two Iceberg REST catalogs AWS has over table buckets: Glue's and S3 Tables'. One store, two sets of rules.
///
/// The door calls ParseCall, (signature), NeedsOf, (authorise), Handle. Glue checks Lake Formation after IAM.

namespace firn::glue {

enum class FaceKind {
  kGlue,      ///< Signing name glue: prefix `catalogs/<account>:s3tablescatalog/<bucket>`, glue: actions, Lake Formation.
  kS3Tables,  ///< Signing name s3tables: prefix is the bucket's ARN, s3tables: actions, no vending.
};

/// One request, read; nothing about what it names is known to exist.
struct IcebergCall {
  iceberg_rest::Route route;
  CatalogId catalog;
  aws::Form query;

  s3tables::TablePlace place() const;
};

/// What came with a request besides path and body.
struct IcebergRequest {
  std::string body;
  std::string if_none_match;           ///< Empty when not sent.
  bool wants_credentials = false;      ///< X-Iceberg-Access-Delegation has vended-credentials.
  std::string endpoint;                ///< `http://host:port`, as the client reached us.
  /// lakeformation:GetDataAccess; absent when the caller may not have it.
  std::optional<policy::Permit> data_access;
};

/// Thread-safe. All references must outlive it.
///
/// Errors: those of TableStore; kNotFound/EntityNotFoundException for a catalog; kPermissionDenied/AccessDeniedException from
/// Lake Formation; kUnsupported and kInvalidArgument with AWS's own words (`OperationNotSupportedException`, …).
class IcebergFace {
 public:
  struct Parts {
    FaceKind kind = FaceKind::kGlue;
    s3tables::TableStore& store;
    const lakeformation::LakeFormation& lake_formation;
    Vending& vending;
  };
  explicit IcebergFace(Parts parts) : parts_(parts) {}

  Result<IcebergCall> ParseCall(std::string_view method, std::string_view raw_path,
                                std::string_view raw_query) const;
  /// Glue asks an action on the resource and on all its ancestors. `body` names what is made or renamed;
  /// one that does not parse is refused by Handle.
  Result<std::vector<policy::AccessNeed>> NeedsOf(const IcebergCall& call,
                                                  std::string_view body) const;
  /// True when the answer may hold credentials, so that lakeformation:GetDataAccess should be asked.
  bool MayVend(const IcebergCall& call) const;

  Result<aws::Answer> Handle(const Context& context, const policy::Permit& permit,
                             const IcebergCall& call, const IcebergRequest& request) const;

 private:
  bool is_glue() const { return parts_.kind == FaceKind::kGlue; }
  Result<IcebergCall> ResolveCatalog(IcebergCall call, std::string_view warehouse) const;
  Result<aws::Answer> GetConfig(const IcebergCall& call) const;
  Result<aws::Answer> HandleNamespaces(const policy::Permit& permit, const IcebergCall& call,
                                       const IcebergRequest& request) const;
  Result<aws::Answer> ListNamespaces(const policy::Permit& permit, const IcebergCall& call) const;
  Result<aws::Answer> CreateNamespace(const policy::Permit& permit, const IcebergCall& call,
                                      const IcebergRequest& request) const;
  Result<aws::Answer> UpdateProperties(const policy::Permit& permit, const IcebergCall& call,
                                       const IcebergRequest& request) const;
  Result<aws::Answer> ListTables(const policy::Permit& permit, const IcebergCall& call) const;
  Result<aws::Answer> CreateTable(const Context& context, const policy::Permit& permit,
                                  const IcebergCall& call, const IcebergRequest& request) const;
  /// A row without metadata and its hidden bucket, so that data can be written; the commit that follows makes the table.
  Result<s3tables::LoadedTable> StageTable(const Context& context, const policy::Permit& permit,
                                           const s3tables::TablePlace& place,
                                           const s3tables::NewTableShape& shape) const;
  /// What an abandoned staged create of the same caller left at `place`; else `refusal`.
  Result<ledger::TableRow> UnfinishedTable(const policy::Permit& permit,
                                           const s3tables::TablePlace& place,
                                           const Error& refusal) const;
  Result<s3tables::LoadedTable> CreateOrFinishTable(const Context& context,
                                                    const policy::Permit& permit,
                                                    const s3tables::TablePlace& place,
                                                    const s3tables::NewTableShape& shape) const;
  Result<aws::Answer> LoadTable(const policy::Permit& permit, const IcebergCall& call,
                                const IcebergRequest& request) const;
  Result<aws::Answer> TableExists(const policy::Permit& permit, const IcebergCall& call) const;
  Result<aws::Answer> CommitTable(const Context& context, const policy::Permit& permit,
                                  const IcebergCall& call, const IcebergRequest& request) const;
  Result<aws::Answer> DropTable(const policy::Permit& permit, const IcebergCall& call) const;
  Result<aws::Answer> RenameTable(const policy::Permit& permit, const IcebergCall& call,
                                  const IcebergRequest& request) const;
  Result<aws::Answer> TableAnswer(const policy::Permit& permit,
                                  const s3tables::LoadedTable& table,
                                  const IcebergRequest& request) const;
  Status CheckLake(const policy::Permit& permit, const s3tables::TablePlace& place,
                   lakeformation::Permission required) const;
  Status CheckSingleLevel(const IcebergCall& call) const;

  // Constant after construction.
  const Parts parts_;
};

}  // namespace firn::glue
