#include "cloud/s3tables/api.h"

#include "cloud/s3/table_access.h"
#include "cloud/s3tables/limits.h"
#include "cloud/s3tables/page_internal.h"
#include "cloud/s3tables/request_keys_internal.h"
#include "wire/aws/arn.h"

/// What an S3 Tables call needs, and the calls on buckets and namespaces.

namespace firn::s3tables {
namespace {

using ledger::NamespaceRow;
using ledger::TableBucketRow;
using policy::AccessNeed;
using Op = ApiOperation;

/// Calls on migrations whose body names the bucket or the table.
bool IsNamedInBody(const ApiCall& call) {
  return call.name == "StartTableMigration" || call.name == "SyncTableMigration";
}

Result<json::object> ParseBody(std::string_view body) {
  if (body.empty()) return json::object();
  FIRN_ASSIGN_OR_RETURN(const json::value value, ParseJson(body));
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "the request body"));
  return *object;
}

/// The call with the ARN that its body names.
Result<ApiCall> WithArnOf(const ApiCall& call, const json::object& body) {
  if (!IsNamedInBody(call)) return call;
  ApiCall named = call;
  if (call.operation == Op::kStartTableMigration) {
    FIRN_ASSIGN_OR_RETURN(const json::object* table, GetObject(body, "destinationTable"));
    FIRN_ASSIGN_OR_RETURN(named.bucket_arn, GetString(*table, "tableBucketARN"));
    return named;
  }
  FIRN_ASSIGN_OR_RETURN(named.table_arn, GetString(body, "tableARN"));
  return named;
}

/// Handing S3 Tables a role is an action of its own.
std::optional<AccessNeed> PassRoleNeed(const ApiCall& call, const json::object& body) {
  const bool migrates = IsNamedInBody(call) && body.contains("roleARN");
  if (call.operation != Op::kPutReplication && !migrates) return std::nullopt;
  std::string role;
  if (migrates) {
    if (auto found = GetString(body, "roleARN")) role = *found;
  } else if (auto configuration = GetObject(body, "configuration")) {
    if (auto found = GetString(**configuration, "role")) role = *found;
  }
  if (!aws::ParseArn(role)) return std::nullopt;  // Refused when the call is handled.
  AccessNeed need{.action = "iam:PassRole", .resource = std::move(role)};
  need.conditions.Set("iam:PassedToService", migrates ? "migration.s3tables.amazonaws.com"
                                                      : "replication.s3tables.amazonaws.com");
  return need;
}

bool IsOnTable(const ApiCall& call) { return !call.table.empty() || !call.table_arn.empty(); }

}  // namespace

Result<std::string> Api::BucketNameOf(const ApiCall& call) const {
  auto arn = aws::ParseTableBucketArn(call.bucket_arn);
  if (!arn) {
    return InvalidArgument("BadRequest", "1 validation error detected: Value '" +
                                             call.bucket_arn.substr(0, 300) +
                                             "' at 'tableBucketARN' failed to satisfy constraint: "
                                             "Member must be the ARN of a table bucket");
  }
  const auto& parts = store_.parts();
  if (arn->region != parts.region || arn->account_id != parts.account_id) {
    return NotFound("NoSuchWarehouse", "The specified bucket does not exist.");
  }
  return arn->bucket;
}

Result<TablePlace> Api::PlaceOf(const ApiCall& call) const {
  FIRN_ASSIGN_OR_RETURN(std::string bucket, BucketNameOf(call));
  return TablePlace{.bucket = std::move(bucket),
                    .namespace_name = call.namespace_name,
                    .table = call.table};
}

Result<ledger::TableRow> Api::FindTableOf(const ApiCall& call) const {
  if (call.table_arn.empty()) {
    FIRN_ASSIGN_OR_RETURN(const TablePlace place, PlaceOf(call));
    return store_.FindTable(place);
  }
  auto arn = aws::ParseTableArn(call.table_arn);
  if (!arn) return InvalidArgument("BadRequest", "The specified table ARN is not valid.");
  FIRN_ASSIGN_OR_RETURN(auto row, store_.FindTableById(arn->table_id));
  if (store_.TableArn(row) != call.table_arn) {
    return NotFound("NoSuchTable", "The specified table does not exist.");
  }
  return row;
}

Result<std::string> Api::OwnerOf(const ApiCall& call) const {
  if (IsOnTable(call)) {
    FIRN_ASSIGN_OR_RETURN(auto row, FindTableOf(call));
    return std::move(row.table_id);
  }
  FIRN_ASSIGN_OR_RETURN(const std::string name, BucketNameOf(call));
  FIRN_ASSIGN_OR_RETURN(auto bucket, store_.FindBucket(name));
  return std::move(bucket.bucket_id);
}

Result<std::vector<AccessNeed>> Api::NeedsOf(const ApiCall& given, std::string_view body) const {
  if (given.operation != Op::kPutReplication && !IsNamedInBody(given)) {
    return NeedsOfNamed(given, body);
  }
  FIRN_ASSIGN_OR_RETURN(const json::object document, ParseBody(body));
  FIRN_ASSIGN_OR_RETURN(const ApiCall call, WithArnOf(given, document));
  FIRN_ASSIGN_OR_RETURN(auto needs, NeedsOfNamed(call, body));
  if (auto pass = PassRoleNeed(call, document)) needs.push_back(*std::move(pass));
  return needs;
}

Result<std::vector<AccessNeed>> Api::NeedsOfNamed(const ApiCall& call,
                                                  std::string_view body) const {
  const std::string action = "s3tables:" + call.name;
  if (call.bucket_arn.empty() && call.table_arn.empty() &&
      (call.operation == Op::kTableMigration || call.operation == Op::kListTableMigrations)) {
    return std::vector{AccessNeed{.action = action, .resource = "*"}};
  }
  if (call.operation == Op::kListTableBuckets) {
    return std::vector{AccessNeed{.action = action, .resource = "*"}};
  }
  const RequestKeys keys = RequestKeysOf(call, body);
  if (call.operation == Op::kCreateTableBucket) {
    // A name that is none is refused when it is read; until then it stands for any.
    AccessNeed need{.action = action,
                    .resource = store_.BucketArn(keys.name.empty() ? "*" : keys.name)};
    return NeedsWithKeys(call, keys, std::move(need));
  }
  const auto& parts = store_.parts();
  const s3::Place place{parts.account_id, parts.region};
  std::string asked = call.bucket_arn.empty() ? call.table_arn : call.bucket_arn;
  if (IsOnTable(call)) {
    auto row = FindTableOf(call);
    if (row) {
      FIRN_ASSIGN_OR_RETURN(AccessNeed need,
                            parts.ledger.Read([&](ledger::Transaction& transaction) {
                              return s3::TableNeed(transaction, place, *row, action);
                            }));
      return NeedsWithKeys(call, keys, std::move(need));
    }
    if (row.error().code() != ErrorCode::kNotFound) return row.error();
    if (call.table_arn.empty()) asked += "/table/*";
    return NeedsWithKeys(call, keys,
                         AccessNeed{.action = action, .resource = std::move(asked)});
  }
  FIRN_ASSIGN_OR_RETURN(const std::string name, BucketNameOf(call));
  const auto bucket = store_.FindBucket(name);
  if (!bucket && bucket.error().code() != ErrorCode::kNotFound) return bucket.error();
  AccessNeed need{.action = action, .resource = std::move(asked)};
  if (bucket) {
    FIRN_ASSIGN_OR_RETURN(need,
                          parts.ledger.Read([&](ledger::Transaction& transaction) {
                            return s3::TableBucketNeed(transaction, place, *bucket, action);
                          }));
  }
  return NeedsWithKeys(call, keys, std::move(need));
}

Result<aws::Answer> Api::Handle(const Context& context, const policy::Permit& permit,
                                const ApiCall& call, std::string_view body) const {
  FIRN_ASSIGN_OR_RETURN(const json::object document, ParseBody(body));
  switch (call.operation) {
    case Op::kCreateTableBucket:
    case Op::kListTableBuckets:
    case Op::kGetTableBucket:
    case Op::kDeleteTableBucket: return HandleBucket(permit, call, document);
    case Op::kCreateNamespace:
    case Op::kListNamespaces:
    case Op::kGetNamespace:
    case Op::kDeleteNamespace: return HandleNamespace(permit, call, document);
    case Op::kCreateTable:
    case Op::kListTables:
    case Op::kGetTable:
    case Op::kDeleteTable:
    case Op::kRenameTable:
    case Op::kGetTableMetadataLocation:
    case Op::kUpdateTableMetadataLocation: return HandleTable(context, permit, call, document);
    case Op::kGetTableMaintenanceJobStatus:
    case Op::kGetSetting:
    case Op::kPutSetting:
    case Op::kDeleteSetting: return HandleSetting(permit, call, document);
    case Op::kGetReplication:
    case Op::kPutReplication:
    case Op::kDeleteReplication:
    case Op::kGetReplicationStatus: return HandleReplication(permit, call, document);
    case Op::kRecordExpiration: return HandleRecordExpiration(call);
    case Op::kStartTableMigration:
    case Op::kListTableMigrations:
    case Op::kTableMigration: {
      FIRN_ASSIGN_OR_RETURN(const ApiCall named, WithArnOf(call, document));
      return HandleMigration(named, document);
    }
    case Op::kListTagsForResource:
    case Op::kTagResource:
    case Op::kUntagResource: return HandleTags(permit, call, document);
  }
  return Internal("UnhandledOperation", call.name);
}

namespace {

json::object BucketSummary(const TableStore& store, const TableBucketRow& bucket) {
  return {{"arn", store.BucketArn(bucket.name)},
          {"name", bucket.name},
          {"ownerAccountId", store.parts().account_id},
          {"createdAt", FormatIso8601(bucket.created_at, true)},
          {"tableBucketId", bucket.bucket_id},
          {"type", "customer"}};
}

json::object NamespaceSummary(const TableStore& store, const NamespaceRow& row) {
  return {{"namespace", json::array{row.name}},
          {"createdAt", FormatIso8601(row.created_at, true)},
          {"createdBy", store.parts().account_id},
          {"ownerAccountId", store.parts().account_id},
          {"namespaceId", row.namespace_id},
          {"tableBucketId", row.bucket_id}};
}

}  // namespace

Result<aws::Answer> Api::HandleBucket(const policy::Permit& permit, const ApiCall& call,
                                      const json::object& body) const {
  if (call.operation == Op::kCreateTableBucket) {
    FIRN_ASSIGN_OR_RETURN(const std::string name, GetString(body, "name"));
    FIRN_ASSIGN_OR_RETURN(const auto settings,
                          ParseFirstSettings(body, store_.parts().region));
    FIRN_ASSIGN_OR_RETURN(const auto bucket, store_.CreateBucket(permit, name, settings));
    return aws::JsonAnswer(PrintJson(json::object{{"arn", store_.BucketArn(bucket.name)}}));
  }
  if (call.operation == Op::kListTableBuckets) {
    FIRN_ASSIGN_OR_RETURN(const PageRequest page, ParsePage(call.query, "maxBuckets"));
    FIRN_ASSIGN_OR_RETURN(auto buckets,
                          store_.ListBuckets({page.prefix, page.token, page.count + 1}));
    json::object answer;
    json::array list;
    if (buckets.size() > page.count) {
      buckets.pop_back();
      answer["continuationToken"] = MakePageToken(buckets.back().name);
    }
    for (const auto& bucket : buckets) list.push_back(BucketSummary(store_, bucket));
    answer["tableBuckets"] = std::move(list);
    return aws::JsonAnswer(PrintJson(answer));
  }
  FIRN_ASSIGN_OR_RETURN(const std::string name, BucketNameOf(call));
  if (call.operation == Op::kDeleteTableBucket) {
    FIRN_TRY(store_.DeleteBucket(permit, name));
    return aws::EmptyAnswer(204);
  }
  FIRN_ASSIGN_OR_RETURN(const auto bucket, store_.FindBucket(name));
  return aws::JsonAnswer(PrintJson(BucketSummary(store_, bucket)));
}

Result<aws::Answer> Api::HandleNamespace(const policy::Permit& permit, const ApiCall& call,
                                         const json::object& body) const {
  FIRN_ASSIGN_OR_RETURN(TablePlace place, PlaceOf(call));
  if (call.operation == Op::kCreateNamespace) {
    FIRN_ASSIGN_OR_RETURN(const json::array* levels, GetArray(body, "namespace"));
    if (levels->size() != 1 || !levels->front().is_string()) {
      return InvalidArgument("BadRequest", "Multipart namespaces are not supported.");
    }
    place.namespace_name = std::string(levels->front().get_string());
    FIRN_ASSIGN_OR_RETURN(const auto row, store_.CreateNamespace(permit, place, {}));
    return aws::JsonAnswer(PrintJson(json::object{{"tableBucketARN", call.bucket_arn},
                                                  {"namespace", json::array{row.name}}}));
  }
  if (call.operation == Op::kListNamespaces) {
    FIRN_ASSIGN_OR_RETURN(const PageRequest page, ParsePage(call.query, "maxNamespaces"));
    FIRN_ASSIGN_OR_RETURN(
        auto rows, store_.ListNamespaces(place.bucket, {page.prefix, page.token, page.count + 1}));
    json::object answer;
    json::array list;
    if (rows.size() > page.count) {
      rows.pop_back();
      answer["continuationToken"] = MakePageToken(rows.back().name);
    }
    for (const auto& row : rows) list.push_back(NamespaceSummary(store_, row));
    answer["namespaces"] = std::move(list);
    return aws::JsonAnswer(PrintJson(answer));
  }
  if (call.operation == Op::kDeleteNamespace) {
    FIRN_TRY(store_.DropNamespace(permit, place));
    return aws::EmptyAnswer(204);
  }
  FIRN_ASSIGN_OR_RETURN(const auto row, store_.FindNamespace(place));
  return aws::JsonAnswer(PrintJson(NamespaceSummary(store_, row)));
}

}  // namespace firn::s3tables
