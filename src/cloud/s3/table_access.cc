#include "cloud/s3/table_access.h"

#include "base/json.h"
#include "cloud/ledger/s3_rows.h"
#include "cloud/policy/document.h"
#include "wire/aws/arn.h"

namespace firn::s3 {
namespace {

Result<policy::NamedPolicy> ReadPolicy(std::string_view text, const std::string& owner_arn) {
  auto document = policy::ParsePolicy(text, policy::PolicyUse::kResource);
  if (!document) {  // Fail closed: a policy that may deny must not vanish.
    return DataCorruption("StoredPolicy", "the policy stored for " + owner_arn +
                                              " cannot be read: " + document.error().message());
  }
  return policy::NamedPolicy{
      .name = "policy of " + owner_arn,
      .document = std::make_shared<const policy::PolicyDocument>(*std::move(document))};
}

Status AddPolicy(ledger::Transaction& transaction, std::string_view owner_id,
                 const std::string& owner_arn, policy::AccessNeed& need) {
  FIRN_ASSIGN_OR_RETURN(const auto text, ledger::FindSetting(transaction, owner_id, "policy"));
  if (!text) return Ok();
  FIRN_ASSIGN_OR_RETURN(auto read, ReadPolicy(*text, owner_arn));
  need.resource_policies.push_back(std::move(read));
  return Ok();
}

Result<policy::Tags> ReadTags(ledger::Transaction& transaction, std::string_view owner_id) {
  policy::Tags tags;
  FIRN_ASSIGN_OR_RETURN(const auto text, ledger::FindSetting(transaction, owner_id, "tags"));
  if (!text) return tags;
  FIRN_ASSIGN_OR_RETURN(const json::value value, ParseJson(*text));
  FIRN_ASSIGN_OR_RETURN(const json::object* object, AsObject(value, "stored tags"));
  for (const auto& tag : *object) {
    tags.emplace_back(tag.key(), std::string(tag.value().as_string()));
  }
  return tags;
}

aws::TableBucketArn BucketArn(const Place& place, const std::string& bucket) {
  return {std::string(place.region), std::string(place.account_id), bucket};
}

}  // namespace

Result<policy::AccessNeed> TableBucketNeed(ledger::Transaction& transaction, const Place& place,
                                           const ledger::TableBucketRow& bucket,
                                           std::string_view action) {
  policy::AccessNeed need{.action = std::string(action),
                          .resource = aws::ToString(BucketArn(place, bucket.name))};
  FIRN_ASSIGN_OR_RETURN(const policy::Tags tags, ReadTags(transaction, bucket.bucket_id));
  need.conditions.SetTags("aws:ResourceTag/", tags).SetTags("s3tables:TableBucketTag/", tags);
  FIRN_TRY(AddPolicy(transaction, bucket.bucket_id, need.resource, need));
  return need;
}

Result<policy::AccessNeed> TableNeed(ledger::Transaction& transaction, const Place& place,
                                     const ledger::TableRow& table, std::string_view action) {
  const aws::TableBucketArn bucket = BucketArn(place, table.bucket_name);
  policy::AccessNeed need{.action = std::string(action),
                          .resource = aws::ToString(aws::TableArn{bucket, table.table_id})};
  need.conditions.Set("s3tables:namespace", table.namespace_name);
  need.conditions.Set("s3tables:tableName", table.name);
  FIRN_ASSIGN_OR_RETURN(const policy::Tags own, ReadTags(transaction, table.table_id));
  FIRN_ASSIGN_OR_RETURN(const policy::Tags of_bucket, ReadTags(transaction, table.bucket_id));
  need.conditions.SetTags("aws:ResourceTag/", own).SetTags("s3tables:TableBucketTag/", of_bucket);
  FIRN_TRY(AddPolicy(transaction, table.bucket_id, aws::ToString(bucket), need));
  FIRN_TRY(AddPolicy(transaction, table.table_id, need.resource, need));
  return need;
}

Result<std::optional<policy::NamedPolicy>> BucketPolicy(ledger::Transaction& transaction,
                                                        std::string_view bucket) {
  FIRN_ASSIGN_OR_RETURN(const auto text,
                        ledger::FindS3BucketSetting(transaction, bucket, "policy"));
  if (!text) return std::optional<policy::NamedPolicy>();
  FIRN_ASSIGN_OR_RETURN(auto read, ReadPolicy(*text, aws::S3Arn(bucket)));
  return std::optional(std::move(read));
}

}  // namespace firn::s3
