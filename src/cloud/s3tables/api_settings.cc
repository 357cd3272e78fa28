#include "base/encoding.h"
#include "cloud/policy/document.h"
#include "cloud/s3tables/api.h"
#include "cloud/s3tables/limits.h"
#include "cloud/s3tables/maintenance.h"
#include "wire/aws/arn.h"

/// Policies, encryption, storage class, maintenance, metrics and tags of buckets and tables. What is not set reads as
/// AWS's default, so that Terraform's reads after a create find what they expect.

namespace firn::s3tables {
namespace {

using Op = ApiOperation;

Status CheckRange(const json::object& settings, std::string_view name, std::int64_t low,
                  std::int64_t high) {
  FIRN_ASSIGN_OR_RETURN(const auto value, FindInt64(settings, name));
  if (value && (*value < low || *value > high)) {
    return InvalidArgument("BadRequest", std::string(name) + " must be between " +
                                             std::to_string(low) + " and " + std::to_string(high));
  }
  return Ok();
}

Status CheckMaintenance(std::string_view type, const json::object& value) {
  FIRN_ASSIGN_OR_RETURN(const std::string status, GetString(value, "status"));
  if (status != "enabled" && status != "disabled") {
    return InvalidArgument("BadRequest", "status must be enabled or disabled");
  }
  FIRN_ASSIGN_OR_RETURN(const json::object* settings, FindObject(value, "settings"));
  if (settings == nullptr) return Ok();
  FIRN_ASSIGN_OR_RETURN(const json::object* inner, GetObject(*settings, type));
  FIRN_TRY(CheckRange(*inner, "targetFileSizeMB", 64, 512));
  for (const std::string_view name :
       {"minSnapshotsToKeep", "maxSnapshotAgeHours", "unreferencedDays", "nonCurrentDays"}) {
    FIRN_TRY(CheckRange(*inner, name, 1, INT32_MAX));
  }
  FIRN_ASSIGN_OR_RETURN(const auto strategy, FindString(*inner, "strategy"));
  if (strategy && *strategy != "auto" && *strategy != "binpack" && *strategy != "sort" &&
      *strategy != "z-order") {
    return InvalidArgument("BadRequest", "strategy must be auto, binpack, sort or z-order");
  }
  return Ok();
}

Status CheckEncryption(const json::object& encryption, std::string_view region) {
  FIRN_ASSIGN_OR_RETURN(const std::string algorithm, GetString(encryption, "sseAlgorithm"));
  FIRN_ASSIGN_OR_RETURN(const auto key, FindString(encryption, "kmsKeyArn"));
  if (algorithm == "AES256") {
    if (!key) return Ok();
    return InvalidArgument("BadRequest", "kmsKeyArn goes with the sseAlgorithm aws:kms only.");
  }
  if (algorithm != "aws:kms") {
    return InvalidArgument("BadRequest", "sseAlgorithm must be AES256 or aws:kms");
  }
  if (!key) {
    return InvalidArgument("BadRequest", "kmsKeyArn is required with the sseAlgorithm aws:kms.");
  }
  const auto arn = aws::ParseArn(*key);
  if (key->size() > kKmsKeyArnBytesMax || !arn || arn->service != "kms" ||
      !aws::IsAccountId(arn->account_id) || !arn->resource.starts_with("key/") ||
      arn->resource == "key/") {
    return InvalidArgument("BadRequest", "kmsKeyArn must be the ARN of a KMS key, not of an alias.");
  }
  if (arn->region != region) {
    return InvalidArgument("BadRequest", "The KMS key must be in the Region of the table bucket, " +
                                             std::string(region) + ".");
  }
  return Ok();
}

Status CheckStorageClass(const json::object& configuration) {
  FIRN_ASSIGN_OR_RETURN(const std::string name, GetString(configuration, "storageClass"));
  if (name != "STANDARD" && name != "INTELLIGENT_TIERING") {
    return InvalidArgument("BadRequest", "storageClass must be STANDARD or INTELLIGENT_TIERING");
  }
  return Ok();
}

Result<json::object> ParseStored(const std::optional<std::string>& text) {
  if (!text) return json::object();
  FIRN_ASSIGN_OR_RETURN(const json::value value, ParseJson(*text));
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "a stored setting"));
  return *object;
}

Result<json::object> CheckTags(const json::object& tags) {
  if (tags.size() > kTagsMax) return InvalidArgument("BadRequest", "A resource has at most 50 tags.");
  for (const auto& [key, value] : tags) {
    if (key.empty() || key.size() > 128 || !value.is_string() || value.get_string().size() > 256) {
      return InvalidArgument("BadRequest", "A tag has a key of 1 to 128 characters and a value of "
                                           "at most 256.");
    }
  }
  return tags;
}

/// `encryption` → the member that carries it in requests and answers.
std::string_view MemberOf(std::string_view setting) {
  return setting == "encryption" ? "encryptionConfiguration" : "storageClassConfiguration";
}

}  // namespace

Result<std::vector<OwnerSetting>> ParseFirstSettings(const json::object& body,
                                                     std::string_view region) {
  std::vector<OwnerSetting> settings;
  FIRN_ASSIGN_OR_RETURN(const json::object* encryption,
                        FindObject(body, "encryptionConfiguration"));
  if (encryption != nullptr) {
    FIRN_TRY(CheckEncryption(*encryption, region));
    settings.push_back({"encryption", PrintJson(*encryption)});
  }
  FIRN_ASSIGN_OR_RETURN(const json::object* storage, FindObject(body, "storageClassConfiguration"));
  if (storage != nullptr) {
    FIRN_TRY(CheckStorageClass(*storage));
    settings.push_back({"storage-class", PrintJson(*storage)});
  }
  FIRN_ASSIGN_OR_RETURN(const json::object* tags, FindObject(body, "tags"));
  if (tags != nullptr && !tags->empty()) {
    FIRN_ASSIGN_OR_RETURN(const json::object checked, CheckTags(*tags));
    settings.push_back({"tags", PrintJson(checked)});
  }
  return settings;
}

Result<aws::Answer> Api::GetSetting(const ApiCall& call, const std::string& owner_id) const {
  json::object answer;
  if (call.setting == "maintenance") {
    answer[call.on_table ? "tableARN" : "tableBucketARN"] = call.bucket_arn;
    if (call.on_table) {
      FIRN_ASSIGN_OR_RETURN(const auto row, FindTableOf(call));
      answer["tableARN"] = store_.TableArn(row);
    }
    json::object& configuration = answer["configuration"].emplace_object();
    std::vector<std::string> types{"icebergUnreferencedFileRemoval"};
    if (call.on_table) types = {"icebergCompaction", "icebergSnapshotManagement"};
    for (const std::string& type : types) {
      FIRN_ASSIGN_OR_RETURN(const auto text, store_.FindSetting(owner_id, "maintenance/" + type));
      configuration[type] = DefaultMaintenance(type);
      if (text) {
        FIRN_ASSIGN_OR_RETURN(configuration[type], ParseStored(text));
      }
    }
    return aws::JsonAnswer(PrintJson(answer));
  }
  FIRN_ASSIGN_OR_RETURN(const auto text, store_.FindSetting(owner_id, call.setting));
  if (call.setting == "policy") {
    if (!text) return NotFound("NoSuchPolicy", "The specified resource policy does not exist.");
    answer["resourcePolicy"] = *text;
  } else if (call.setting == "metrics") {
    if (!text) {
      return NotFound("NoSuchMetrics", "The specified metrics configuration does not exist.");
    }
    answer = {{"tableBucketARN", call.bucket_arn}, {"id", *text}};
  } else if (call.setting == "logging") {
    FIRN_ASSIGN_OR_RETURN(answer["tableBucketLoggingStatus"], ParseStored(text));
  } else {
    FIRN_ASSIGN_OR_RETURN(json::object stored, ParseStored(text));
    if (stored.empty()) {
      stored = call.setting == "encryption" ? json::object{{"sseAlgorithm", "AES256"}}
                                            : json::object{{"storageClass", "STANDARD"}};
    }
    answer[MemberOf(call.setting)] = std::move(stored);
  }
  return aws::JsonAnswer(PrintJson(answer));
}

Result<aws::Answer> Api::PutSetting(const policy::Permit& permit, const ApiCall& call,
                                    const std::string& owner_id, const json::object& body) const {
  std::string document;
  int status = 200;
  if (call.setting == "policy") {
    FIRN_ASSIGN_OR_RETURN(document, GetString(body, "resourcePolicy"));
    if (document.size() > kPolicyBytesMax) {
      return InvalidArgument("BadRequest", "A resource policy has at most 20480 characters.");
    }
    if (auto parsed = policy::ParsePolicy(document, policy::PolicyUse::kResource); !parsed) {
      return InvalidArgument("BadRequest", parsed.error().message());
    }
  } else if (call.setting.starts_with("maintenance/")) {
    FIRN_ASSIGN_OR_RETURN(const json::object* value, GetObject(body, "value"));
    FIRN_TRY(CheckMaintenance(call.setting.substr(call.setting.find('/') + 1), *value));
    document = PrintJson(*value);
    status = 204;
  } else if (call.setting == "metrics") {
    document = permit.request_id();
    status = 204;
  } else if (call.setting == "logging") {
    FIRN_ASSIGN_OR_RETURN(document, CheckLogging(body));
    status = 204;
    if (document.empty()) {
      FIRN_TRY(store_.DeleteSetting(permit, owner_id, call.setting));
      return aws::EmptyAnswer(status);
    }
  } else {
    FIRN_ASSIGN_OR_RETURN(const json::object* value, GetObject(body, MemberOf(call.setting)));
    FIRN_TRY(call.setting == "encryption" ? CheckEncryption(*value, store_.parts().region)
                                          : CheckStorageClass(*value));
    document = PrintJson(*value);
  }
  FIRN_TRY(store_.PutSetting(permit, owner_id, call.setting, document));
  return aws::EmptyAnswer(status);
}

Result<aws::Answer> Api::HandleSetting(const policy::Permit& permit, const ApiCall& call,
                                       const json::object& body) const {
  FIRN_ASSIGN_OR_RETURN(const std::string owner_id, OwnerOf(call));
  if (call.operation == Op::kGetSetting) return GetSetting(call, owner_id);
  if (call.operation == Op::kPutSetting) return PutSetting(permit, call, owner_id, body);
  if (call.operation == Op::kDeleteSetting) {
    FIRN_TRY(store_.DeleteSetting(permit, owner_id, call.setting));
    return aws::EmptyAnswer(204);
  }
  return MaintenanceStatus(call);
}

Result<aws::Answer> Api::HandleTags(const policy::Permit& permit, const ApiCall& call,
                                    const json::object& body) const {
  FIRN_ASSIGN_OR_RETURN(const std::string owner_id, OwnerOf(call));
  if (call.operation == Op::kListTagsForResource) {
    FIRN_ASSIGN_OR_RETURN(const auto text, store_.FindSetting(owner_id, "tags"));
    FIRN_ASSIGN_OR_RETURN(json::object tags, ParseStored(text));
    return aws::JsonAnswer(PrintJson(json::object{{"tags", std::move(tags)}}));
  }
  const json::object none;
  const json::object* added = &none;
  if (call.operation == Op::kTagResource) {
    FIRN_ASSIGN_OR_RETURN(added, GetObject(body, "tags"));
  }
  const auto change =
      [&](const std::optional<std::string>& before) -> Result<std::optional<std::string>> {
    FIRN_ASSIGN_OR_RETURN(json::object tags, ParseStored(before));
    for (const auto& [key, value] : *added) tags[key] = value;
    for (const auto& [name, value] : call.query.all()) {
      if (name == "tagKeys") tags.erase(value);
    }
    FIRN_TRY(CheckTags(tags));
    return std::optional<std::string>(PrintJson(tags));
  };
  FIRN_TRY(store_.ChangeSetting(permit, owner_id, "tags", change));
  if (call.operation == Op::kTagResource) return aws::JsonAnswer("{}");
  return aws::EmptyAnswer(204);
}

}  // namespace firn::s3tables
