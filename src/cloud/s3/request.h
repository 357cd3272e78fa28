#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cloud/s3/bucket_settings.h"
#include "wire/aws/form.h"
#include "wire/http/message.h"

/// Which S3 operation a request is, on which bucket and key.

namespace firn::s3 {

enum class Operation {
  kListBuckets,
  kCreateBucket,
  kHeadBucket,
  kDeleteBucket,
  kGetBucketLocation,
  kGetBucketVersioning,
  kListObjects,
  kListObjectsV2,
  kListMultipartUploads,
  kGetBucketSetting,
  kPutBucketSetting,
  kDeleteBucketSetting,
  kGetAcl,  ///< Of a bucket or an object.
  kPutAcl,
  kDeleteObjects,
  kGetObject,
  kHeadObject,
  kGetObjectAttributes,
  kGetObjectTagging,
  kPutObjectTagging,
  kDeleteObjectTagging,
  kPutObject,
  kCopyObject,
  kDeleteObject,
  kCreateMultipartUpload,
  kUploadPart,
  kUploadPartCopy,
  kListParts,
  kCompleteMultipartUpload,
  kAbortMultipartUpload,
  kUnsupported,  ///< Something S3 has and Firn does not: answered NotImplemented after authorisation.
};

/// True when the body is a small XML document that is read before anything is decided.
bool TakesDocument(Operation operation);
/// True when the body is an object's bytes.
bool TakesObject(Operation operation);

/// One request, read. Bucket and key are decoded; nothing about them is known to exist.
struct Request {
  Operation operation = Operation::kUnsupported;
  std::string bucket;  ///< Empty for the service itself.
  std::string key;     ///< Empty for the bucket itself.
  aws::Form query;
  std::string copy_bucket;  ///< CopyObject and UploadPartCopy: the source.
  std::string copy_key;
  /// Headers that policies may speak of, such as x-amz-acl: `s3:` and the name is the condition key.
  std::vector<std::pair<std::string, std::string>> condition_headers;
  bool sets_tags = false;                  ///< An x-amz-tagging header asks for more than s3:PutObject.
  const BucketSetting* setting = nullptr;  ///< Of the three operations on settings.
  std::string unsupported;  ///< kUnsupported: which subresource.
};

/// `GetObject`, `PutBucketPolicy`, as audit records and texts name it.
std::string OperationName(const Request& request);

/// Reads path-style (`/bucket/key`) and virtual-host requests: `bucket.localhost`, `bucket.s3.localhost`,
/// `bucket.s3.<region>.amazonaws.com`, `bucket.s3.amazonaws.com`.
///
/// Errors: kInvalidArgument with InvalidURI, InvalidBucketName, KeyTooLongError, InvalidArgument;
/// kUnsupported/MethodNotAllowed.
Result<Request> ParseRequest(const http::RequestHead& head);

/// 3–63 of `[a-z0-9.-]`, ends with letters or digits, no `..`, no IP address. Errors: kInvalidArgument/InvalidBucketName.
Status CheckBucketName(std::string_view name);

}  // namespace firn::s3
