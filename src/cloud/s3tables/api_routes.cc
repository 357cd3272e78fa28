#include <array>
#include <span>

#include "base/encoding.h"
#include "cloud/s3tables/api.h"

/// Which operation a path is.

namespace firn::s3tables {
namespace {

using Op = ApiOperation;

/// `<kind>/<arn>/…`: labels after the ARN by position, `*` a name, the rest literal.
struct Route {
  std::string_view method;
  std::string_view kind;                     ///< First segment.
  std::array<std::string_view, 4> rest;      ///< After the ARN; unused ones empty.
  Op operation;
  std::string_view name;
  std::string_view setting = "";
};

constexpr std::string_view kBucketMaintenance = "maintenance/icebergUnreferencedFileRemoval";

constexpr auto kRoutes = std::to_array<Route>({
    {"GET", "buckets", {}, Op::kGetTableBucket, "GetTableBucket"},
    {"DELETE", "buckets", {}, Op::kDeleteTableBucket, "DeleteTableBucket"},
    {"GET", "buckets", {"encryption"}, Op::kGetSetting, "GetTableBucketEncryption", "encryption"},
    {"PUT", "buckets", {"encryption"}, Op::kPutSetting, "PutTableBucketEncryption", "encryption"},
    {"DELETE", "buckets", {"encryption"}, Op::kDeleteSetting, "DeleteTableBucketEncryption", "encryption"},
    {"GET", "buckets", {"policy"}, Op::kGetSetting, "GetTableBucketPolicy", "policy"},
    {"PUT", "buckets", {"policy"}, Op::kPutSetting, "PutTableBucketPolicy", "policy"},
    {"DELETE", "buckets", {"policy"}, Op::kDeleteSetting, "DeleteTableBucketPolicy", "policy"},
    {"GET", "buckets", {"storage-class"}, Op::kGetSetting, "GetTableBucketStorageClass", "storage-class"},
    {"PUT", "buckets", {"storage-class"}, Op::kPutSetting, "PutTableBucketStorageClass", "storage-class"},
    {"GET", "buckets", {"metrics"}, Op::kGetSetting, "GetTableBucketMetricsConfiguration", "metrics"},
    {"PUT", "buckets", {"metrics"}, Op::kPutSetting, "PutTableBucketMetricsConfiguration", "metrics"},
    {"DELETE", "buckets", {"metrics"}, Op::kDeleteSetting, "DeleteTableBucketMetricsConfiguration", "metrics"},
    {"GET", "buckets", {"logging"}, Op::kGetSetting, "GetTableBucketLogging", "logging"},
    {"PUT", "buckets", {"logging"}, Op::kPutSetting, "PutTableBucketLogging", "logging"},
    {"GET", "buckets", {"maintenance"}, Op::kGetSetting, "GetTableBucketMaintenanceConfiguration", "maintenance"},
    {"PUT", "buckets", {"maintenance", "icebergUnreferencedFileRemoval"}, Op::kPutSetting,
     "PutTableBucketMaintenanceConfiguration", kBucketMaintenance},
    {"PUT", "namespaces", {}, Op::kCreateNamespace, "CreateNamespace"},
    {"GET", "namespaces", {}, Op::kListNamespaces, "ListNamespaces"},
    {"GET", "namespaces", {"*"}, Op::kGetNamespace, "GetNamespace"},
    {"DELETE", "namespaces", {"*"}, Op::kDeleteNamespace, "DeleteNamespace"},
    {"GET", "tables", {}, Op::kListTables, "ListTables"},
    {"PUT", "tables", {"*"}, Op::kCreateTable, "CreateTable"},
    {"DELETE", "tables", {"*", "*"}, Op::kDeleteTable, "DeleteTable"},
    {"PUT", "tables", {"*", "*", "rename"}, Op::kRenameTable, "RenameTable"},
    {"GET", "tables", {"*", "*", "metadata-location"}, Op::kGetTableMetadataLocation,
     "GetTableMetadataLocation"},
    {"PUT", "tables", {"*", "*", "metadata-location"}, Op::kUpdateTableMetadataLocation,
     "UpdateTableMetadataLocation"},
    {"GET", "tables", {"*", "*", "encryption"}, Op::kGetSetting, "GetTableEncryption", "encryption"},
    {"GET", "tables", {"*", "*", "storage-class"}, Op::kGetSetting, "GetTableStorageClass", "storage-class"},
    {"GET", "tables", {"*", "*", "policy"}, Op::kGetSetting, "GetTablePolicy", "policy"},
    {"PUT", "tables", {"*", "*", "policy"}, Op::kPutSetting, "PutTablePolicy", "policy"},
    {"DELETE", "tables", {"*", "*", "policy"}, Op::kDeleteSetting, "DeleteTablePolicy", "policy"},
    {"GET", "tables", {"*", "*", "maintenance"}, Op::kGetSetting, "GetTableMaintenanceConfiguration",
     "maintenance"},
    {"PUT", "tables", {"*", "*", "maintenance", "icebergCompaction"}, Op::kPutSetting,
     "PutTableMaintenanceConfiguration", "maintenance/icebergCompaction"},
    {"PUT", "tables", {"*", "*", "maintenance", "icebergSnapshotManagement"}, Op::kPutSetting,
     "PutTableMaintenanceConfiguration", "maintenance/icebergSnapshotManagement"},
    {"GET", "tables", {"*", "*", "maintenance-job-status"}, Op::kGetTableMaintenanceJobStatus,
     "GetTableMaintenanceJobStatus"},
});

/// `/<kind>` alone: the bucket or the table is named in the query, or in the body.
struct FlatRoute {
  std::string_view method;
  std::string_view kind;
  Op operation;
  std::string_view name;
  std::string_view arn_parameter;  ///< Required; `?`: tableBucketARN or tableARN may be there; empty: the body has it.
};

constexpr auto kFlatRoutes = std::to_array<FlatRoute>({
    {"GET", "table-bucket-replication", Op::kGetReplication, "GetTableBucketReplication", "tableBucketARN"},
    {"PUT", "table-bucket-replication", Op::kPutReplication, "PutTableBucketReplication", "tableBucketARN"},
    {"DELETE", "table-bucket-replication", Op::kDeleteReplication, "DeleteTableBucketReplication", "tableBucketARN"},
    {"GET", "table-replication", Op::kGetReplication, "GetTableReplication", "tableArn"},
    {"PUT", "table-replication", Op::kPutReplication, "PutTableReplication", "tableArn"},
    {"DELETE", "table-replication", Op::kDeleteReplication, "DeleteTableReplication", "tableArn"},
    {"GET", "replication-status", Op::kGetReplicationStatus, "GetTableReplicationStatus", "tableArn"},
    {"GET", "table-record-expiration", Op::kRecordExpiration, "GetTableRecordExpirationConfiguration", "tableArn"},
    {"PUT", "table-record-expiration", Op::kRecordExpiration, "PutTableRecordExpirationConfiguration", "tableArn"},
    {"GET", "table-record-expiration-job-status", Op::kRecordExpiration, "GetTableRecordExpirationJobStatus", "tableArn"},
    {"POST", "start-table-migration", Op::kStartTableMigration, "StartTableMigration", ""},
    {"POST", "sync-table-migration", Op::kTableMigration, "SyncTableMigration", ""},
    {"POST", "update-table-migration", Op::kTableMigration, "UpdateTableMigration", "?"},
    {"GET", "get-table-migration", Op::kTableMigration, "GetTableMigration", "?"},
    {"GET", "list-table-migrations", Op::kListTableMigrations, "ListTableMigrations", "?"},
    {"POST", "complete-table-migration", Op::kTableMigration, "CompleteTableMigration", "tableARN"},
});

Unexpected UnknownPath(std::string_view method, std::string_view path) {
  return NotFound("UnknownOperation", "S3 Tables has no operation " + std::string(method) + " " +
                                          std::string(path.substr(0, 200)));
}

/// Path segments, each decoded once.
Result<std::vector<std::string>> DecodeSegments(std::string_view path) {
  std::vector<std::string> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  for (const std::string_view raw : Split(path, '/')) {
    auto segment = PercentDecode(raw);
    if (!segment || !IsValidUtf8(*segment) || segment->find('\0') != std::string::npos) {
      return InvalidArgument("BadRequest", "the path is not well percent-encoded");
    }
    segments.push_back(*std::move(segment));
  }
  return segments;
}

/// Takes the ARN off the front of `labels`: one label, or several when its slashes came unencoded.
std::string TakeArn(std::span<std::string>& labels, bool whole_rest) {
  std::string arn = labels.front();
  labels = labels.subspan(1);
  const bool is_split = arn.starts_with("arn:") && arn.find('/') == std::string::npos;
  if (!is_split) return arn;
  std::size_t count = whole_rest ? labels.size() : std::min<std::size_t>(1, labels.size());
  for (; count > 0; --count) {
    arn += "/" + labels.front();
    labels = labels.subspan(1);
  }
  return arn;
}

bool Fits(const Route& route, std::string_view method, std::string_view kind,
          std::span<const std::string> labels) {
  if (route.method != method || route.kind != kind) return false;
  for (std::size_t i = 0; i < route.rest.size(); ++i) {
    const bool is_used = !route.rest[i].empty();
    if (is_used != (i < labels.size())) return false;
    if (is_used && (route.rest[i] == "*" ? labels[i].empty() : route.rest[i] != labels[i])) {
      return false;
    }
  }
  return labels.size() <= route.rest.size();
}

Result<ApiCall> ParseTagCall(std::string_view method, std::span<std::string> labels, ApiCall call) {
  const std::string arn = TakeArn(labels, true);
  call.setting = "tags";
  call.on_table = arn.find("/table/") != std::string::npos;
  (call.on_table ? call.table_arn : call.bucket_arn) = arn;
  if (method == "GET") {
    call.operation = Op::kListTagsForResource;
    call.name = "ListTagsForResource";
  } else if (method == "POST") {
    call.operation = Op::kTagResource;
    call.name = "TagResource";
  } else if (method == "DELETE") {
    call.operation = Op::kUntagResource;
    call.name = "UntagResource";
  } else {
    return UnknownPath(method, "/tag");
  }
  return call;
}

Result<ApiCall> ParseGetTable(ApiCall call) {
  call.operation = Op::kGetTable;
  call.name = "GetTable";
  call.table_arn = call.query.Get("tableArn");
  call.bucket_arn = call.query.Get("tableBucketARN");
  call.namespace_name = call.query.Get("namespace");
  call.table = call.query.Get("name");
  const bool by_name =
      !call.bucket_arn.empty() && !call.namespace_name.empty() && !call.table.empty();
  if (call.table_arn.empty() && !by_name) {
    return InvalidArgument("BadRequest",
                           "Give either tableArn, or tableBucketARN, namespace and name.");
  }
  return call;
}

Result<ApiCall> ParseFlatCall(const FlatRoute& route, ApiCall call) {
  call.operation = route.operation;
  call.name = std::string(route.name);
  if (route.arn_parameter == "?") {
    call.bucket_arn = call.query.Get("tableBucketARN");
    call.table_arn = call.query.Get("tableARN");
    call.namespace_name = call.bucket_arn.empty() ? "" : call.query.Get("namespace");
    call.table = call.namespace_name.empty() ? "" : call.query.Get("name");
  } else if (!route.arn_parameter.empty()) {
    std::string arn = call.query.Get(route.arn_parameter);
    if (arn.empty()) {
      return InvalidArgument("BadRequest", std::string(route.arn_parameter) + " is required.");
    }
    call.on_table = route.arn_parameter != "tableBucketARN";
    (call.on_table ? call.table_arn : call.bucket_arn) = std::move(arn);
  }
  return call;
}

}  // namespace

Result<ApiCall> ParseApiCall(std::string_view method, std::string_view raw_path,
                             std::string_view raw_query) {
  ApiCall call;
  FIRN_ASSIGN_OR_RETURN(call.query, aws::ParseForm(raw_query, "tagKeys"));
  FIRN_ASSIGN_OR_RETURN(auto segments, DecodeSegments(raw_path));
  const std::string kind = segments.front();
  std::span<std::string> labels = std::span(segments).subspan(1);
  for (const FlatRoute& route : kFlatRoutes) {
    if (route.kind == kind && route.method == method && labels.empty()) {
      return ParseFlatCall(route, std::move(call));
    }
  }
  if (kind == "get-table" && method == "GET" && labels.empty()) return ParseGetTable(std::move(call));
  if (kind == "tag" && !labels.empty()) return ParseTagCall(method, labels, std::move(call));
  if (kind == "buckets" && labels.empty()) {
    call.operation = method == "PUT" ? Op::kCreateTableBucket : Op::kListTableBuckets;
    call.name = method == "PUT" ? "CreateTableBucket" : "ListTableBuckets";
    if (method != "PUT" && method != "GET") return UnknownPath(method, raw_path);
    return call;
  }
  if (labels.empty()) return UnknownPath(method, raw_path);
  call.bucket_arn = TakeArn(labels, false);
  for (const Route& route : kRoutes) {
    if (!Fits(route, method, kind, labels)) continue;
    call.operation = route.operation;
    call.name = std::string(route.name);
    call.setting = std::string(route.setting);
    if (!labels.empty() && route.rest[0] == "*") call.namespace_name = labels[0];
    if (labels.size() > 1 && route.rest[1] == "*") call.table = labels[1];
    call.on_table = !call.table.empty();
    return call;
  }
  return UnknownPath(method, raw_path);
}

}  // namespace firn::s3tables
