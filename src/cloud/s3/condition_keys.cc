#include "cloud/policy/condition_keys.h"

#include "cloud/ledger/s3_rows.h"
#include "cloud/s3/condition_keys_internal.h"
#include "cloud/s3/limits.h"
#include "cloud/s3/tags_internal.h"
#include "wire/aws/form.h"
#include "wire/aws/xml.h"

namespace firn::s3 {
namespace {

/// Out of the ledger's form, `a=1&b=2`.
policy::Tags TagsOf(std::string_view stored) {
  const auto form = aws::ParseForm(stored);
  return form ? form->all() : policy::Tags();
}

void SetObjectTagKeys(const Result<std::string>& stored, policy::AccessNeed& need) {
  if (!stored || stored->empty()) return;
  const policy::Tags tags = TagsOf(*stored);
  std::vector<std::string> keys;
  for (const auto& tag : tags) keys.push_back(tag.first);
  need.conditions.SetTags("s3:RequestObjectTag/", tags)
      .Set("s3:RequestObjectTagKeys", std::move(keys));
}

}  // namespace

policy::Tags TagsOfNewBucket(std::string_view document) {
  pugi::xml_document parsed;
  policy::Tags tags;
  if (document.empty() || !aws::ParseXml(document, parsed)) return tags;
  for (const pugi::xml_node& node : aws::FindChild(parsed.document_element(), "Tags").children()) {
    tags.emplace_back(aws::FindChildText(node, "Key").value_or(""),
                      aws::FindChildText(node, "Value").value_or(""));
  }
  return tags;
}

void SetRequestKeys(const Request& request, std::string_view document, policy::AccessNeed& need) {
  for (const auto& [name, value] : request.condition_headers) {
    if (policy::MayCarry(need.action, "s3:" + name)) need.conditions.Set("s3:" + name, value);
    if (name == "x-amz-tagging" && policy::MayCarry(need.action, "s3:RequestObjectTagKeys")) {
      SetObjectTagKeys(ParseTaggingHeader(value), need);
    }
  }
  for (const std::string name : {"prefix", "delimiter", "max-keys"}) {
    const auto value = request.query.Find(name);
    if (value && policy::MayCarry(need.action, "s3:" + name)) {
      need.conditions.Set("s3:" + name, std::string(*value));
    }
  }
  if (request.operation == Operation::kPutObjectTagging) {
    SetObjectTagKeys(ParseTaggingDocument(document, kObjectTagsMax), need);
  }
  if (request.operation != Operation::kCreateBucket) return;
  need.conditions.SetRequestTags(TagsOfNewBucket(document));
  pugi::xml_document parsed;
  if (document.empty() || !aws::ParseXml(document, parsed)) return;
  if (const auto place = aws::FindChildText(parsed.document_element(), "LocationConstraint")) {
    need.conditions.Set("s3:locationconstraint", *place);
  }
}

Status SetObjectTags(ledger::Transaction& transaction, std::string_view bucket,
                     std::string_view key, policy::AccessNeed& need) {
  if (key.empty() || !policy::MayCarry(need.action, "s3:ExistingObjectTag/")) return Ok();
  FIRN_ASSIGN_OR_RETURN(const auto object, FindS3Object(transaction, bucket, key));
  if (object) need.conditions.SetTags("s3:ExistingObjectTag/", TagsOf(object->tags));
  return Ok();
}

}  // namespace firn::s3
