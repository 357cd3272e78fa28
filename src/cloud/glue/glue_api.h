#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/json.h"
#include "base/result.h"
#include "cloud/glue/catalog_id.h"
#include "cloud/lakeformation/lake_formation.h"
#include "cloud/policy/authorizer.h"
#include "cloud/s3tables/table_store.h"
#include "wire/aws/answer.h"

/// The part of Glue's own API (JSON 1.1, `X-Amz-Target: AWSGlue.…`) that shows table buckets as catalogs, databases and
/// tables. Everything else is answered UnknownOperationException.

namespace firn::glue {

enum class GlueOperation {
  kGetCatalog,
  kGetCatalogs,
  kCreateCatalog,
  kGetDatabase,
  kGetDatabases,
  kCreateDatabase,
  kUpdateDatabase,
  kDeleteDatabase,
  kGetTable,
  kGetTables,
  kGetTableVersion,
  kGetTableVersions,
  kCreateTable,
  kUpdateTable,
  kDeleteTable,
  kBatchDeleteTable,
};

/// One request, read.
struct GlueCall {
  GlueOperation operation = GlueOperation::kGetCatalog;
  std::string name;  ///< `GetCatalog`.
  json::object body;
  CatalogId catalog;
  std::string database;
  std::string table;
  std::vector<std::string> batch;  ///< The tables of BatchDeleteTable.

  s3tables::TablePlace place() const { return {catalog.bucket, database, table}; }
};

/// Thread-safe. All references must outlive it.
///
/// Errors: those of TableStore and of ParseCatalogId; kUnsupported/UnknownOperationException;
/// kPermissionDenied/AccessDeniedException from Lake Formation.
class GlueApi {
 public:
  GlueApi(s3tables::TableStore& store, const lakeformation::LakeFormation& lake_formation)
      : store_(store), lake_formation_(lake_formation) {}

  /// `target` is the X-Amz-Target header.
  Result<GlueCall> ParseCall(std::string_view target, std::string_view body) const;
  /// The action on the resource and on all its ancestors.
  std::vector<policy::AccessNeed> NeedsOf(const GlueCall& call) const;
  Result<aws::Answer> Handle(const Context& context, const policy::Permit& permit,
                             const GlueCall& call) const;

 private:
  Result<json::object> CatalogDocument(const CatalogId& catalog) const;
  json::object DatabaseDocument(const GlueCall& call, const ledger::NamespaceRow& row) const;
  Result<json::object> TableDocument(const GlueCall& call, const std::string& table) const;
  Result<json::object> ListCatalogs(const GlueCall& call) const;
  Result<json::object> ListDatabases(const policy::Permit& permit, const GlueCall& call) const;
  Result<json::object> ListTables(const policy::Permit& permit, const GlueCall& call) const;
  Result<json::object> DeleteTables(const policy::Permit& permit, const GlueCall& call) const;
  Result<json::object> ChangeDatabase(const policy::Permit& permit, const GlueCall& call) const;
  Result<json::object> CreateTable(const Context& context, const policy::Permit& permit,
                                   const GlueCall& call) const;
  Result<json::object> UpdateTable(const policy::Permit& permit, const GlueCall& call) const;
  Result<json::object> TableVersions(const policy::Permit& permit, const GlueCall& call) const;
  Result<json::object> Answer(const Context& context, const policy::Permit& permit,
                              const GlueCall& call) const;
  Status CheckLake(const policy::Permit& permit, const s3tables::TablePlace& place,
                   lakeformation::Permission required) const;

  // Constant after construction.
  s3tables::TableStore& store_;
  const lakeformation::LakeFormation& lake_formation_;
};

/// `bigint`, `decimal(9,2)`, `struct<a:int>`: an Iceberg type as the Data Catalog writes it.
std::string HiveTypeName(const iceberg::Type& type);

}  // namespace firn::glue
