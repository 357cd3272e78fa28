#include "cloud/s3/request.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/encoding.h"
#include "cloud/s3/limits.h"

namespace firn::s3 {
namespace {

/// Subresources that S3 has and Firn does not; a request with one must not be taken for the plain operation.
constexpr auto kUnsupportedSubresources = std::to_array<std::string_view>({
    "abac", "analytics", "intelligent-tiering", "inventory", "legal-hold", "metadataConfiguration",
    "metadataInventoryTable", "metadataJournalTable", "metadataTable", "metrics", "policyStatus",
    "renameObject", "restore", "retention", "select", "session", "torrent", "versions",
});

/// Headers whose names are condition keys after `s3:` (the Service Authorization Reference), and the tags
/// that come with an object.
constexpr auto kConditionHeaders = std::to_array<std::string_view>({
    "if-match", "if-none-match", "x-amz-acl", "x-amz-copy-source", "x-amz-grant-full-control",
    "x-amz-grant-read", "x-amz-grant-read-acp", "x-amz-grant-write", "x-amz-grant-write-acp",
    "x-amz-metadata-directive", "x-amz-object-ownership", "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm", "x-amz-storage-class", "x-amz-tagging",
    "x-amz-website-redirect-location",
});

bool IsVirtualHostSuffix(std::string_view suffix) {
  if (suffix == "localhost" || suffix == "s3.localhost" || suffix == "localhost.localstack.cloud") {
    return true;
  }
  if (!suffix.starts_with("s3.") && !suffix.starts_with("s3-")) return false;
  return suffix.ends_with(".amazonaws.com") || suffix.ends_with(".localhost");
}

/// The bucket in the Host header; nullopt for path style.
std::optional<std::string> FindHostBucket(std::string_view host) {
  host = host.substr(0, host.rfind(':'));
  for (std::size_t dot = host.find('.'); dot != std::string_view::npos;
       dot = host.find('.', dot + 1)) {
    const std::string_view bucket = host.substr(0, dot);
    if (bucket == "s3" || bucket.starts_with("s3-")) return std::nullopt;
    if (IsVirtualHostSuffix(host.substr(dot + 1))) return std::string(bucket);
  }
  return std::nullopt;
}

Result<std::string> DecodeKey(std::string_view raw) {
  auto key = PercentDecode(raw);
  if (!key || !IsValidUtf8(*key) || key->find('\0') != std::string::npos) {
    return InvalidArgument("InvalidURI", "Couldn't parse the specified URI.");
  }
  if (key->size() > kKeyBytesMax) {
    return InvalidArgument("KeyTooLongError", "Your key is too long");
  }
  return *std::move(key);
}

Status SplitPath(std::string_view path, Request& request) {
  if (path.starts_with('/')) path.remove_prefix(1);
  if (request.bucket.empty()) {
    const std::size_t slash = path.find('/');
    FIRN_ASSIGN_OR_RETURN(request.bucket, DecodeKey(path.substr(0, slash)));
    if (slash == std::string_view::npos) return Ok();
    path.remove_prefix(slash + 1);
  }
  FIRN_ASSIGN_OR_RETURN(request.key, DecodeKey(path));
  return Ok();
}

Status ParseCopySource(std::string_view source, Request& request) {
  if (const std::size_t version = source.find("?versionId="); version != std::string_view::npos) {
    source = source.substr(0, version);
  }
  if (source.starts_with('/')) source.remove_prefix(1);
  FIRN_ASSIGN_OR_RETURN(const std::string decoded, DecodeKey(source));
  const std::size_t slash = decoded.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == decoded.size()) {
    return InvalidArgument("InvalidArgument",
                           "Copy Source must mention the source bucket and key: "
                           "sourcebucket/sourcekey");
  }
  request.copy_bucket = decoded.substr(0, slash);
  request.copy_key = decoded.substr(slash + 1);
  return Ok();
}

/// An operation on a document kept with the bucket. True when the request is one.
bool FindSettingOperation(std::string_view method, Request& request) {
  for (const BucketSetting& setting : BucketSettings()) {
    if (!request.query.Has(setting.subresource)) continue;
    request.setting = &setting;
    if (method == "GET") {
      request.operation = Operation::kGetBucketSetting;
    } else if (method == "PUT" && !setting.put_action.empty()) {
      request.operation = Operation::kPutBucketSetting;
    } else if (method == "DELETE" && !setting.delete_action.empty()) {
      request.operation = Operation::kDeleteBucketSetting;
    } else {
      request.unsupported = std::string(setting.subresource);
    }
    return true;
  }
  return false;
}

std::optional<Operation> BucketOperation(std::string_view method, const aws::Form& query) {
  if (method == "GET") {
    if (query.Has("location")) return Operation::kGetBucketLocation;
    if (query.Has("versioning")) return Operation::kGetBucketVersioning;
    if (query.Has("uploads")) return Operation::kListMultipartUploads;
    return query.Get("list-type") == "2" ? Operation::kListObjectsV2 : Operation::kListObjects;
  }
  if (method == "HEAD") return Operation::kHeadBucket;
  if (method == "PUT" && !query.Has("versioning")) return Operation::kCreateBucket;
  if (method == "DELETE") return Operation::kDeleteBucket;
  if (method == "POST" && query.Has("delete")) return Operation::kDeleteObjects;
  return std::nullopt;
}

std::optional<Operation> ObjectOperation(std::string_view method, const aws::Form& query,
                                         bool is_copy) {
  const bool has_upload = query.Has("uploadId");
  if (query.Has("attributes")) {
    return method == "GET" ? std::optional(Operation::kGetObjectAttributes) : std::nullopt;
  }
  if (query.Has("tagging")) {
    if (method == "GET") return Operation::kGetObjectTagging;
    if (method == "PUT") return Operation::kPutObjectTagging;
    return method == "DELETE" ? std::optional(Operation::kDeleteObjectTagging) : std::nullopt;
  }
  if (method == "GET") return has_upload ? Operation::kListParts : Operation::kGetObject;
  if (method == "HEAD") return Operation::kHeadObject;
  if (method == "PUT") {
    if (has_upload) return is_copy ? Operation::kUploadPartCopy : Operation::kUploadPart;
    return is_copy ? Operation::kCopyObject : Operation::kPutObject;
  }
  if (method == "DELETE") {
    return has_upload ? Operation::kAbortMultipartUpload : Operation::kDeleteObject;
  }
  if (method == "POST" && query.Has("uploads")) return Operation::kCreateMultipartUpload;
  if (method == "POST" && has_upload) return Operation::kCompleteMultipartUpload;
  return std::nullopt;
}

bool LooksLikeIpAddress(std::string_view name) {
  const auto parts = Split(name, '.');
  return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  });
}

}  // namespace

std::string OperationName(const Request& request) {
  const auto named = [&](std::string_view verb) {
    return std::string(verb) + std::string(request.setting->name);
  };
  switch (request.operation) {
    case Operation::kListBuckets: return "ListBuckets";
    case Operation::kCreateBucket: return "CreateBucket";
    case Operation::kHeadBucket: return "HeadBucket";
    case Operation::kDeleteBucket: return "DeleteBucket";
    case Operation::kGetBucketLocation: return "GetBucketLocation";
    case Operation::kGetBucketVersioning: return "GetBucketVersioning";
    case Operation::kListObjects: return "ListObjects";
    case Operation::kListObjectsV2: return "ListObjectsV2";
    case Operation::kListMultipartUploads: return "ListMultipartUploads";
    case Operation::kGetBucketSetting: return named("Get");
    case Operation::kPutBucketSetting: return named("Put");
    case Operation::kDeleteBucketSetting: return named("Delete");
    case Operation::kGetAcl: return request.key.empty() ? "GetBucketAcl" : "GetObjectAcl";
    case Operation::kPutAcl: return request.key.empty() ? "PutBucketAcl" : "PutObjectAcl";
    case Operation::kDeleteObjects: return "DeleteObjects";
    case Operation::kGetObject: return "GetObject";
    case Operation::kHeadObject: return "HeadObject";
    case Operation::kGetObjectAttributes: return "GetObjectAttributes";
    case Operation::kGetObjectTagging: return "GetObjectTagging";
    case Operation::kPutObjectTagging: return "PutObjectTagging";
    case Operation::kDeleteObjectTagging: return "DeleteObjectTagging";
    case Operation::kPutObject: return "PutObject";
    case Operation::kCopyObject: return "CopyObject";
    case Operation::kDeleteObject: return "DeleteObject";
    case Operation::kCreateMultipartUpload: return "CreateMultipartUpload";
    case Operation::kUploadPart: return "UploadPart";
    case Operation::kUploadPartCopy: return "UploadPartCopy";
    case Operation::kListParts: return "ListParts";
    case Operation::kCompleteMultipartUpload: return "CompleteMultipartUpload";
    case Operation::kAbortMultipartUpload: return "AbortMultipartUpload";
    case Operation::kUnsupported: return "Unsupported";
  }
  return "Unsupported";
}

bool TakesDocument(Operation operation) {
  return operation == Operation::kDeleteObjects || operation == Operation::kCreateBucket ||
         operation == Operation::kCompleteMultipartUpload ||
         operation == Operation::kPutBucketSetting || operation == Operation::kPutObjectTagging ||
         operation == Operation::kPutAcl;
}

bool TakesObject(Operation operation) {
  return operation == Operation::kPutObject || operation == Operation::kUploadPart;
}

Result<Request> ParseRequest(const http::RequestHead& head) {
  Request request;
  FIRN_ASSIGN_OR_RETURN(request.query, aws::ParseForm(head.raw_query()));
  if (const auto host = head.headers.Find("host")) {
    request.bucket = FindHostBucket(*host).value_or("");
  }
  FIRN_TRY(SplitPath(head.raw_path(), request));
  for (const std::string_view name : kConditionHeaders) {
    if (const auto value = head.headers.Find(name)) {
      request.condition_headers.emplace_back(name, *value);
    }
  }
  if (request.bucket.empty()) {
    if (head.method != "GET" || !request.key.empty()) {
      return Unsupported("MethodNotAllowed",
                         "The specified method is not allowed against this resource.");
    }
    request.operation = Operation::kListBuckets;
    return request;
  }
  for (const std::string_view subresource : kUnsupportedSubresources) {
    if (request.query.Has(subresource)) {
      request.unsupported = std::string(subresource);
      return request;
    }
  }
  if (request.query.Has("acl")) {
    if (head.method == "GET" || head.method == "PUT") {
      request.operation = head.method == "GET" ? Operation::kGetAcl : Operation::kPutAcl;
    }
    request.unsupported = "acl";
    return request;
  }
  if (request.key.empty() && FindSettingOperation(head.method, request)) return request;
  if (request.query.Has("versioning") && head.method == "PUT") {
    request.unsupported = "versioning";
    return request;
  }
  request.sets_tags = head.headers.Has("x-amz-tagging");
  const auto copy_source = head.headers.Find("x-amz-copy-source");
  const auto operation =
      request.key.empty() ? BucketOperation(head.method, request.query)
                          : ObjectOperation(head.method, request.query, copy_source.has_value());
  if (!operation) {
    return Unsupported("MethodNotAllowed",
                       "The specified method is not allowed against this resource.");
  }
  request.operation = *operation;
  if (operation == Operation::kCopyObject || operation == Operation::kUploadPartCopy) {
    FIRN_TRY(ParseCopySource(*copy_source, request));
  }
  return request;
}

Status CheckBucketName(std::string_view name) {
  const auto is_letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  const bool well_formed =
      name.size() >= 3 && name.size() <= 63 && is_letter_or_digit(name.front()) &&
      is_letter_or_digit(name.back()) && name.find("..") == std::string_view::npos &&
      std::all_of(name.begin(), name.end(),
                  [&](char c) { return is_letter_or_digit(c) || c == '.' || c == '-'; });
  if (!well_formed || LooksLikeIpAddress(name) || name.starts_with("xn--") ||
      name.starts_with("sthree-") || name.ends_with("-s3alias") || name.ends_with("--ol-s3") ||
      name.ends_with("--x-s3") || name.ends_with("--table-s3")) {
    return InvalidArgument("InvalidBucketName", "The specified bucket is not valid.");
  }
  return Ok();
}

}  // namespace firn::s3
