#include "cloud/s3tables/request_keys_internal.h"

namespace firn::s3tables {
namespace {

using policy::AccessNeed;
using Op = ApiOperation;

std::string TextOf(const json::object& object, std::string_view name) {
  const json::value* member = FindMember(object, name);
  return member != nullptr && member->is_string() ? std::string(member->get_string()) : "";
}

/// Null when there is no such object.
const json::object* ObjectOf(const json::object& object, std::string_view name) {
  const json::value* member = FindMember(object, name);
  return member != nullptr ? member->if_object() : nullptr;
}

void ReadBody(const ApiCall& call, const json::object& body, RequestKeys& keys) {
  keys.name = TextOf(body, "name");
  if (const json::object* encryption = ObjectOf(body, "encryptionConfiguration")) {
    keys.sse_algorithm = TextOf(*encryption, "sseAlgorithm");
    keys.kms_key_arn = TextOf(*encryption, "kmsKeyArn");
  }
  if (const json::object* storage = ObjectOf(body, "storageClassConfiguration")) {
    keys.storage_class = TextOf(*storage, "storageClass");
  }
  if (const json::object* tags = ObjectOf(body, "tags")) {
    for (const auto& tag : *tags) {
      if (tag.value().is_string()) keys.tags.emplace_back(tag.key(), tag.value().get_string());
    }
  }
  const json::value* levels = FindMember(body, "namespace");
  if (call.operation == Op::kCreateNamespace && levels != nullptr && levels->is_array() &&
      levels->get_array().size() == 1 && levels->get_array().front().is_string()) {
    keys.namespace_name = std::string(levels->get_array().front().get_string());
  }
  keys.has_metadata = FindMember(body, "metadata") != nullptr;
}

bool Creates(const ApiCall& call) {
  return call.operation == Op::kCreateTable || call.operation == Op::kCreateTableBucket;
}

}  // namespace

RequestKeys RequestKeysOf(const ApiCall& call, std::string_view body) {
  RequestKeys keys;
  if (const auto document = ParseJson(body); document && document->is_object()) {
    ReadBody(call, document->get_object(), keys);
  }
  if (call.operation == Op::kListTables) keys.namespace_name = call.query.Get("namespace");
  if (call.operation == Op::kUntagResource) {
    for (const auto& [name, value] : call.query.all()) {
      if (name == "tagKeys") keys.tag_keys.push_back(value);
    }
  }
  return keys;
}

std::vector<AccessNeed> NeedsWithKeys(const ApiCall& call, const RequestKeys& keys,
                                      AccessNeed need) {
  policy::ConditionContext& conditions = need.conditions;
  const std::string& space =
      call.namespace_name.empty() ? keys.namespace_name : call.namespace_name;
  if (!space.empty()) conditions.Set("s3tables:namespace", space);
  if (!call.table.empty()) conditions.Set("s3tables:tableName", call.table);
  if (!keys.sse_algorithm.empty()) conditions.Set("s3tables:SSEAlgorithm", keys.sse_algorithm);
  if (!keys.kms_key_arn.empty()) conditions.Set("s3tables:KMSKeyArn", keys.kms_key_arn);
  if (!keys.storage_class.empty()) conditions.Set("s3tables:StorageClass", keys.storage_class);
  if (Creates(call) || call.operation == Op::kTagResource) conditions.SetRequestTags(keys.tags);
  if (!keys.tag_keys.empty()) conditions.Set("aws:TagKeys", keys.tag_keys);
  std::vector<AccessNeed> needs{std::move(need)};
  if (!Creates(call)) return needs;
  const bool is_table = call.operation == Op::kCreateTable;
  const auto also = [&](std::string_view action) {
    AccessNeed more = needs.front();
    more.action = action;
    if (is_table) more.resource += "/table/*";
    needs.push_back(std::move(more));
  };
  if (is_table && keys.has_metadata) also("s3tables:PutTableData");
  if (!keys.sse_algorithm.empty()) {
    also(is_table ? "s3tables:PutTableEncryption" : "s3tables:PutTableBucketEncryption");
  }
  if (!keys.storage_class.empty()) {
    also(is_table ? "s3tables:PutTableStorageClass" : "s3tables:PutTableBucketStorageClass");
  }
  if (!keys.tags.empty()) also("s3tables:TagResource");
  return needs;
}

}  // namespace firn::s3tables
