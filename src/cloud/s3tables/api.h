#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/json.h"
#include "base/result.h"
#include "cloud/policy/authorizer.h"
#include "cloud/s3tables/table_store.h"
#include "wire/aws/answer.h"
#include "wire/aws/form.h"

/// The S3 Tables API (botocore s3tables 2018-05-10): REST-JSON over a TableStore.
///
/// The door calls ParseApiCall, (signature), NeedsOf, (authorise), Handle.

namespace firn::s3tables {

enum class ApiOperation {
  kCreateTableBucket,
  kListTableBuckets,
  kGetTableBucket,
  kDeleteTableBucket,
  kCreateNamespace,
  kListNamespaces,
  kGetNamespace,
  kDeleteNamespace,
  kCreateTable,
  kListTables,
  kGetTable,
  kDeleteTable,
  kRenameTable,
  kGetTableMetadataLocation,
  kUpdateTableMetadataLocation,
  kGetTableMaintenanceJobStatus,
  kGetSetting,     ///< Policy, encryption, storage class, maintenance, metrics of a bucket or a table.
  kPutSetting,
  kDeleteSetting,
  kGetReplication,  ///< Of a bucket or a table; so are the next two.
  kPutReplication,
  kDeleteReplication,
  kGetReplicationStatus,
  kRecordExpiration,  ///< Its configuration and its job's status.
  kStartTableMigration,
  kListTableMigrations,
  kTableMigration,  ///< Sync, update, get, complete.
  kListTagsForResource,
  kTagResource,
  kUntagResource,
};

/// One request, read; nothing about what it names is known to exist.
struct ApiCall {
  ApiOperation operation = ApiOperation::kListTableBuckets;
  std::string name;     ///< `GetTableBucketEncryption`; the policy action is `s3tables:` and this.
  std::string setting;  ///< `encryption`, `policy`, `storage-class`, `maintenance/<type>`, `metrics`, `logging`; else empty.
  std::string bucket_arn;
  std::string namespace_name;
  std::string table;
  std::string table_arn;  ///< When the table is named so.
  bool on_table = false;  ///< The setting or tag is a table's.
  aws::Form query;
};

/// Reads method and raw path. A bucket's ARN is one path label; its slash may be sent encoded or not.
///
/// Errors: kNotFound/UnknownOperation; kInvalidArgument/BadRequest.
Result<ApiCall> ParseApiCall(std::string_view method, std::string_view raw_path,
                             std::string_view raw_query);

/// Encryption, storage class and tags of a create request, checked before anything is created. A KMS key must be of
/// `region`. Errors: kInvalidArgument/BadRequest.
Result<std::vector<OwnerSetting>> ParseFirstSettings(const json::object& body,
                                                     std::string_view region);

/// Thread-safe. `store` must outlive it.
class Api {
 public:
  explicit Api(TableStore& store) : store_(store) {}

  /// What the caller must be allowed. A table that is not there is asked for as `<bucket ARN>/table/*`, so that those who may
  /// not see it cannot tell.
  Result<std::vector<policy::AccessNeed>> NeedsOf(const ApiCall& call, std::string_view body) const;

  /// Errors: those of TableStore; kInvalidArgument/BadRequest and those of the JSON readers.
  Result<aws::Answer> Handle(const Context& context, const policy::Permit& permit,
                             const ApiCall& call, std::string_view body) const;

 private:
  Result<aws::Answer> HandleBucket(const policy::Permit& permit, const ApiCall& call,
                                   const json::object& body) const;
  Result<aws::Answer> HandleNamespace(const policy::Permit& permit, const ApiCall& call,
                                      const json::object& body) const;
  Result<aws::Answer> HandleTable(const Context& context, const policy::Permit& permit,
                                  const ApiCall& call, const json::object& body) const;
  Result<aws::Answer> HandleSetting(const policy::Permit& permit, const ApiCall& call,
                                    const json::object& body) const;
  Result<aws::Answer> HandleTags(const policy::Permit& permit, const ApiCall& call,
                                 const json::object& body) const;
  Result<aws::Answer> GetSetting(const ApiCall& call, const std::string& owner_id) const;
  Result<aws::Answer> PutSetting(const policy::Permit& permit, const ApiCall& call,
                                 const std::string& owner_id, const json::object& body) const;
  Result<aws::Answer> ListTables(const ApiCall& call) const;
  Result<aws::Answer> CreateTable(const Context& context, const policy::Permit& permit,
                                  const ApiCall& call, const json::object& body) const;
  Result<std::vector<policy::AccessNeed>> NeedsOfNamed(const ApiCall& call,
                                                       std::string_view body) const;
  Result<aws::Answer> HandleReplication(const policy::Permit& permit, const ApiCall& call,
                                        const json::object& body) const;
  Result<aws::Answer> ReplicationStatus(const ApiCall& call,
                                        const std::optional<std::string>& of_table) const;
  Result<aws::Answer> HandleRecordExpiration(const ApiCall& call) const;
  Result<aws::Answer> HandleMigration(const ApiCall& call, const json::object& body) const;
  Result<aws::Answer> StartMigration(const ApiCall& call, const json::object& body) const;
  Result<aws::Answer> MaintenanceStatus(const ApiCall& call) const;
  /// What is kept of a logging status; empty when it turns logging off.
  Result<std::string> CheckLogging(const json::object& body) const;

  Result<std::string> BucketNameOf(const ApiCall& call) const;
  Result<TablePlace> PlaceOf(const ApiCall& call) const;
  Result<ledger::TableRow> FindTableOf(const ApiCall& call) const;
  Result<std::string> OwnerOf(const ApiCall& call) const;

  // Constant after construction; the store has its own synchronisation.
  TableStore& store_;
};

/// The `metadata.iceberg` of CreateTable as a table's shape.
/// Errors: kInvalidArgument with InvalidSchema, InvalidType and the like.
Result<NewTableShape> ParseIcebergShape(const json::object& iceberg);

}  // namespace firn::s3tables
