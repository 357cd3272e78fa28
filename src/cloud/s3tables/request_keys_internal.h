#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/policy/request.h"
#include "cloud/s3tables/api.h"

/// What an S3 Tables request says of itself to policies.

namespace firn::s3tables {

/// Read from the body before anyone is authorised; what is missing or malformed is empty, and
/// refused by the handler.
struct RequestKeys {
  std::string name;            ///< Of the bucket, namespace or table to be.
  std::string namespace_name;  ///< Of CreateNamespace and ListTables.
  std::string sse_algorithm;
  std::string kms_key_arn;
  std::string storage_class;
  policy::Tags tags;
  std::vector<std::string> tag_keys;  ///< Of UntagResource.
  bool has_metadata = false;
};
RequestKeys RequestKeysOf(const ApiCall& call, std::string_view body);

/// `need` with the request's condition keys, and what else the request asks to be allowed: a
/// resource that is made with encryption, storage class, tags or a schema needs what setting them
/// later would
/// ("CreateTable", "CreateTableBucket").
std::vector<policy::AccessNeed> NeedsWithKeys(const ApiCall& call, const RequestKeys& keys,
                                              policy::AccessNeed need);

}  // namespace firn::s3tables
