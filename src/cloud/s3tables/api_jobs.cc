#include <algorithm>

#include "cloud/ledger/s3_rows.h"
#include "cloud/s3tables/api.h"
#include "cloud/s3tables/limits.h"
#include "cloud/s3tables/maintenance.h"
#include "wire/aws/arn.h"

/// What S3 Tables does by itself to buckets and tables, and how it is told to: replication, record
/// expiration, migration, logging, and the reports on maintenance. Configurations are checked, kept
/// and shown; the reports say what was not done.

namespace firn::s3tables {
namespace {

using Op = ApiOperation;

constexpr std::string_view kReplication = "replication";
constexpr std::size_t kRoleArnBytesMin = 20;
constexpr std::size_t kArnBytesMax = 2048;

Unexpected BadMember(std::string_view member, std::string_view why) {
  return InvalidArgument("BadRequest", "1 validation error detected: Value at '" +
                                           std::string(member) +
                                           "' failed to satisfy constraint: " + std::string(why));
}

Status CheckRole(std::string_view member, const std::string& role) {
  auto arn = aws::ParseArn(role);
  const bool valid = role.size() >= kRoleArnBytesMin && role.size() <= kArnBytesMax && arn &&
                     arn->service == "iam" && arn->region.empty() &&
                     aws::IsAccountId(arn->account_id) && arn->resource.starts_with("role/") &&
                     arn->resource.size() > std::string_view("role/").size();
  if (!valid) return BadMember(member, "Member must be the ARN of an IAM role");
  return Ok();
}

/// The rule's destinations, each once and none the source.
Result<json::array> CheckDestinations(const json::object& rule, const std::string& source_arn) {
  FIRN_ASSIGN_OR_RETURN(const json::array* given, GetArray(rule, "destinations"));
  if (given->empty() || given->size() > kReplicationDestinationsMax) {
    return BadMember("configuration.rules.destinations", "Member must have 1 to 5 destinations");
  }
  json::array kept;
  std::vector<std::string> seen;
  for (const json::value& value : *given) {
    FIRN_ASSIGN_OR_RETURN(const json::object* destination, AsObject(value, "a destination"));
    FIRN_ASSIGN_OR_RETURN(const std::string arn,
                          GetString(*destination, "destinationTableBucketARN"));
    if (arn.size() > kArnBytesMax || !aws::ParseTableBucketArn(arn)) {
      return BadMember("configuration.rules.destinations.destinationTableBucketARN",
                       "Member must be the ARN of a table bucket");
    }
    if (arn == source_arn) {
      return InvalidArgument("BadRequest", "A table bucket cannot be replicated to itself.");
    }
    if (std::find(seen.begin(), seen.end(), arn) != seen.end()) {
      return InvalidArgument("BadRequest", "A replication rule names each destination once.");
    }
    seen.push_back(arn);
    kept.push_back(json::object{{"destinationTableBucketARN", arn}});
  }
  return kept;
}

/// The configuration as it is kept: what the model has, and nothing else that came along.
Result<json::object> CheckReplication(const json::object& body, const std::string& source_arn) {
  FIRN_ASSIGN_OR_RETURN(const json::object* configuration, GetObject(body, "configuration"));
  FIRN_ASSIGN_OR_RETURN(const std::string role, GetString(*configuration, "role"));
  FIRN_TRY(CheckRole("configuration.role", role));
  FIRN_ASSIGN_OR_RETURN(const json::array* rules, GetArray(*configuration, "rules"));
  if (rules->size() != 1) return BadMember("configuration.rules", "Member must have 1 rule");
  FIRN_ASSIGN_OR_RETURN(const json::object* rule, AsObject(rules->front(), "a replication rule"));
  FIRN_ASSIGN_OR_RETURN(json::array destinations, CheckDestinations(*rule, source_arn));
  return json::object{
      {"role", role},
      {"rules", json::array{json::object{{"destinations", std::move(destinations)}}}}};
}

Result<json::object> ParseKept(const std::string& document) {
  FIRN_ASSIGN_OR_RETURN(const json::value value, ParseJson(document));
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "a stored setting"));
  return *object;
}

/// An empty token asks for nothing.
Status CheckToken(const std::string& document, std::string_view token) {
  FIRN_ASSIGN_OR_RETURN(const json::object kept, ParseKept(document));
  FIRN_ASSIGN_OR_RETURN(const std::string current, GetString(kept, "versionToken"));
  if (token.empty() || token == current) return Ok();
  return Conflict("VersionTokenMismatch",
                  "Provided version token does not match the version "
                  "token of the replication configuration.");
}

Unexpected NoReplication() {
  return NotFound("NoSuchReplication", "The specified replication configuration does not exist.");
}

Unexpected NoMigration() {
  return NotFound("NoSuchMigration", "The specified migration does not exist.");
}

}  // namespace

Result<aws::Answer> Api::HandleReplication(const policy::Permit& permit, const ApiCall& call,
                                           const json::object& body) const {
  FIRN_ASSIGN_OR_RETURN(const std::string owner_id, OwnerOf(call));
  const std::string token = call.query.Get("versionToken");
  if (call.operation == Op::kPutReplication) {
    std::string source_arn = call.bucket_arn;
    if (source_arn.empty()) {
      FIRN_ASSIGN_OR_RETURN(const auto row, FindTableOf(call));
      source_arn = store_.BucketArn(row.bucket_name);
    }
    FIRN_ASSIGN_OR_RETURN(json::object configuration, CheckReplication(body, source_arn));
    const std::string next_token = store_.NewVersionToken();
    const std::string document =
        PrintJson(json::object{{"versionToken", next_token}, {"configuration", configuration}});
    const auto put =
        [&](const std::optional<std::string>& before) -> Result<std::optional<std::string>> {
      if (!before && !token.empty()) return NoReplication();
      if (before) FIRN_TRY(CheckToken(*before, token));
      return std::optional<std::string>(document);
    };
    FIRN_TRY(store_.ChangeSetting(permit, owner_id, kReplication, put));
    return aws::JsonAnswer(
        PrintJson(json::object{{"versionToken", next_token}, {"status", "Success"}}));
  }
  if (call.operation == Op::kDeleteReplication) {
    if (call.on_table && token.empty()) {
      return BadMember("versionToken", "Member must not be null");
    }
    const auto drop =
        [&](const std::optional<std::string>& before) -> Result<std::optional<std::string>> {
      if (!before) return NoReplication();
      FIRN_TRY(CheckToken(*before, token));
      return std::optional<std::string>();
    };
    FIRN_TRY(store_.ChangeSetting(permit, owner_id, kReplication, drop));
    return aws::EmptyAnswer(204);
  }
  FIRN_ASSIGN_OR_RETURN(const auto document, store_.FindSetting(owner_id, kReplication));
  if (call.operation == Op::kGetReplicationStatus) return ReplicationStatus(call, document);
  if (!document) return NoReplication();
  return aws::JsonAnswer(*document);
}

Result<aws::Answer> Api::ReplicationStatus(const ApiCall& call,
                                           const std::optional<std::string>& of_table) const {
  FIRN_ASSIGN_OR_RETURN(const auto row, FindTableOf(call));
  std::optional<std::string> document = of_table;
  if (!document) {
    FIRN_ASSIGN_OR_RETURN(document, store_.FindSetting(row.bucket_id, kReplication));
  }
  if (!document) return NoReplication();
  FIRN_ASSIGN_OR_RETURN(const json::object kept, ParseKept(*document));
  FIRN_ASSIGN_OR_RETURN(const json::object* configuration, GetObject(kept, "configuration"));
  FIRN_ASSIGN_OR_RETURN(const json::array* rules, GetArray(*configuration, "rules"));
  FIRN_CHECK(!rules->empty() && rules->front().is_object());
  FIRN_ASSIGN_OR_RETURN(const json::array* destinations,
                        GetArray(rules->front().get_object(), "destinations"));
  json::array list;
  for (const json::value& destination : *destinations) {
    list.push_back(json::object{
        {"replicationStatus", "failed"},
        {"destinationTableBucketArn", destination.at("destinationTableBucketARN")},
        {"failureMessage", "This endpoint keeps replication configurations and copies nothing."}});
  }
  return aws::JsonAnswer(PrintJson(
      json::object{{"sourceTableArn", store_.TableArn(row)}, {"destinations", std::move(list)}}));
}

Result<aws::Answer> Api::HandleRecordExpiration(const ApiCall& call) const {
  FIRN_TRY(FindTableOf(call));
  // AWS's own rule; its tables of journals and inventories are not among ours.
  return Unsupported("MethodNotAllowed",
                     call.name +
                         " works on the tables that AWS manages only; the specified table "
                         "is a customer's.");
}

/// There is nothing to migrate: Glue's catalog has no tables outside table buckets. What is asked
/// about migrations is answered as AWS answers an account that never made one.
Result<aws::Answer> Api::HandleMigration(const ApiCall& call, const json::object& body) const {
  if (call.operation == Op::kStartTableMigration) return StartMigration(call, body);
  if (call.operation == Op::kListTableMigrations) {
    if (call.bucket_arn.empty() == call.table_arn.empty()) {
      return InvalidArgument("BadRequest", "Give either tableBucketARN or tableARN.");
    }
    FIRN_TRY(OwnerOf(call));
    return aws::JsonAnswer(PrintJson(json::object{{"migrations", json::array()}}));
  }
  const bool by_id = call.query.Has("migrationId");
  if (by_id == !call.table_arn.empty()) {
    return InvalidArgument("BadRequest", "Give either migrationId or tableARN.");
  }
  if (call.name == "UpdateTableMigration") {
    FIRN_ASSIGN_OR_RETURN(const std::string state, GetString(body, "requestedState"));
    if (state != "queued" && state != "cancelled") {
      return BadMember("requestedState", "Member must satisfy enum value set: [queued, cancelled]");
    }
  }
  if (!by_id) FIRN_TRY(FindTableOf(call));
  return NoMigration();
}

Result<aws::Answer> Api::StartMigration(const ApiCall& call, const json::object& body) const {
  FIRN_ASSIGN_OR_RETURN(const std::string role, GetString(body, "roleARN"));
  FIRN_TRY(CheckRole("roleARN", role));
  FIRN_ASSIGN_OR_RETURN(const json::object* output, GetObject(body, "migrationOutput"));
  FIRN_TRY(GetString(*output, "bucket"));
  FIRN_ASSIGN_OR_RETURN(const std::string type, GetString(body, "sourceType"));
  if (type != "glueTable") {
    return BadMember("sourceType", "Member must satisfy enum value set: [glueTable]");
  }
  FIRN_ASSIGN_OR_RETURN(const json::object* source, GetObject(body, "source"));
  FIRN_ASSIGN_OR_RETURN(const json::object* table, GetObject(*source, "glueTable"));
  FIRN_TRY(GetString(*table, "catalogId"));
  FIRN_ASSIGN_OR_RETURN(const std::string database, GetString(*table, "databaseName"));
  FIRN_ASSIGN_OR_RETURN(const std::string name, GetString(*table, "tableName"));
  FIRN_ASSIGN_OR_RETURN(const json::object* to, GetObject(body, "destinationTable"));
  FIRN_TRY(GetString(*to, "name"));
  FIRN_ASSIGN_OR_RETURN(TablePlace place, PlaceOf(call));
  FIRN_ASSIGN_OR_RETURN(place.namespace_name, GetString(*to, "namespace"));
  FIRN_TRY(store_.FindNamespace(place));
  return NotFound("NoSuchTable", "The source table " + database.substr(0, 255) + "." +
                                     name.substr(0, 255) +
                                     " does not exist: this account's Data Catalog has no tables "
                                     "outside table buckets.");
}

Result<aws::Answer> Api::MaintenanceStatus(const ApiCall& call) const {
  FIRN_ASSIGN_OR_RETURN(const auto row, FindTableOf(call));
  FIRN_ASSIGN_OR_RETURN(json::object jobs, JobStatuses(store_, row));
  return aws::JsonAnswer(
      PrintJson(json::object{{"tableARN", store_.TableArn(row)}, {"status", std::move(jobs)}}));
}

Result<std::string> Api::CheckLogging(const json::object& body) const {
  FIRN_ASSIGN_OR_RETURN(const json::object* status, GetObject(body, "tableBucketLoggingStatus"));
  FIRN_ASSIGN_OR_RETURN(const json::object* enabled, FindObject(*status, "loggingEnabled"));
  if (enabled == nullptr) return std::string();
  FIRN_ASSIGN_OR_RETURN(const std::string target, GetString(*enabled, "targetBucket"));
  FIRN_ASSIGN_OR_RETURN(const std::string prefix, GetString(*enabled, "targetPrefix"));
  if (prefix.size() > kLogPrefixBytesMax) {
    return BadMember("tableBucketLoggingStatus.loggingEnabled.targetPrefix",
                     "Member must have at most 1024 characters");
  }
  FIRN_ASSIGN_OR_RETURN(const json::object* format, GetObject(*enabled, "targetObjectKeyFormat"));
  FIRN_ASSIGN_OR_RETURN(const json::object* partitioned, GetObject(*format, "partitionedPrefix"));
  FIRN_ASSIGN_OR_RETURN(const std::string source, GetString(*partitioned, "partitionDateSource"));
  if (source != "EventTime" && source != "DeliveryTime") {
    return BadMember("partitionDateSource",
                     "Member must satisfy enum value set: [EventTime, DeliveryTime]");
  }
  const auto& parts = store_.parts();
  FIRN_ASSIGN_OR_RETURN(const auto bucket, parts.ledger.Read([&](ledger::Transaction& transaction) {
    return ledger::FindS3Bucket(transaction, target);
  }));
  if (!bucket || !bucket->table_arn.empty() || bucket->region != parts.region) {
    return InvalidArgument("BadRequest",
                           "The target bucket for logging does not exist in this Region, or is no "
                           "general purpose bucket.");
  }
  return PrintJson(json::object{
      {"loggingEnabled",
       {{"targetBucket", target},
        {"targetPrefix", prefix},
        {"targetObjectKeyFormat", {{"partitionedPrefix", {{"partitionDateSource", source}}}}}}}});
}

}  // namespace firn::s3tables
