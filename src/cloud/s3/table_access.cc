#include "cloud/s3/table_access.h"

#include "cloud/policy/document.h"
#include "wire/aws/arn.h"

namespace firn::s3 {
namespace {

Status AddPolicy(ledger::Transaction& transaction, std::string_view owner_id,
                 const std::string& owner_arn, policy::AccessNeed& need) {
  FIRN_ASSIGN_OR_RETURN(const auto text, ledger::FindSetting(transaction, owner_id, "policy"));
  if (!text) return Ok();
  auto document = policy::ParsePolicy(*text, policy::PolicyUse::kResource);
  if (!document) {  // Fail closed: a policy that may deny must not vanish.
    return DataCorruption("StoredPolicy", "the policy stored for " + owner_arn +
                                              " cannot be read: " + document.error().message());
  }
  need.resource_policies.push_back(
      {.name = "policy of " + owner_arn,
       .document = std::make_shared<const policy::PolicyDocument>(*std::move(document))});
  return Ok();
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
  FIRN_TRY(AddPolicy(transaction, table.bucket_id, aws::ToString(bucket), need));
  FIRN_TRY(AddPolicy(transaction, table.table_id, need.resource, need));
  return need;
}

}  // namespace firn::s3
