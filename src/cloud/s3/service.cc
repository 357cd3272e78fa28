#include "cloud/s3/service.h"

#include <charconv>

#include "base/encoding.h"
#include "cloud/ledger/s3tables_rows.h"
#include "cloud/s3/answer_internal.h"
#include "cloud/s3/condition_keys_internal.h"
#include "cloud/s3/limits.h"
#include "cloud/s3/table_access.h"
#include "cloud/s3/tags_internal.h"
#include "wire/aws/arn.h"
#include "wire/aws/region.h"
#include "wire/aws/xml.h"

namespace firn::s3 {
namespace {

using policy::AccessNeed;

/// The policy action of an operation on a general purpose bucket, and what it is asked on.
struct ActionTarget {
  std::string_view action;
  bool on_object = false;
};
ActionTarget ActionOf(const Request& request) {
  switch (request.operation) {
    case Operation::kListBuckets: return {"s3:ListAllMyBuckets"};
    case Operation::kCreateBucket: return {"s3:CreateBucket"};
    case Operation::kHeadBucket: return {"s3:ListBucket"};
    case Operation::kDeleteBucket: return {"s3:DeleteBucket"};
    case Operation::kGetBucketLocation: return {"s3:GetBucketLocation"};
    case Operation::kGetBucketVersioning: return {"s3:GetBucketVersioning"};
    case Operation::kGetBucketSetting: return {request.setting->get_action};
    case Operation::kPutBucketSetting: return {request.setting->put_action};
    case Operation::kDeleteBucketSetting: return {request.setting->delete_action};
    case Operation::kGetAcl:
      if (request.key.empty()) return {"s3:GetBucketAcl"};
      return {"s3:GetObjectAcl", true};
    case Operation::kPutAcl:
      if (request.key.empty()) return {"s3:PutBucketAcl"};
      return {"s3:PutObjectAcl", true};
    case Operation::kGetObjectTagging: return {"s3:GetObjectTagging", true};
    case Operation::kPutObjectTagging: return {"s3:PutObjectTagging", true};
    case Operation::kDeleteObjectTagging: return {"s3:DeleteObjectTagging", true};
    case Operation::kListObjects:
    case Operation::kListObjectsV2: return {"s3:ListBucket"};
    case Operation::kListMultipartUploads: return {"s3:ListBucketMultipartUploads"};
    case Operation::kGetObject:
    case Operation::kGetObjectAttributes:
    case Operation::kHeadObject: return {"s3:GetObject", true};
    case Operation::kDeleteObjects:
    case Operation::kDeleteObject: return {"s3:DeleteObject", true};
    case Operation::kPutObject:
    case Operation::kCopyObject:
    case Operation::kCreateMultipartUpload:
    case Operation::kUploadPart:
    case Operation::kUploadPartCopy:
    case Operation::kCompleteMultipartUpload: return {"s3:PutObject", true};
    case Operation::kListParts: return {"s3:ListMultipartUploadParts", true};
    case Operation::kAbortMultipartUpload: return {"s3:AbortMultipartUpload", true};
    case Operation::kUnsupported: return {"s3:ListBucket"};
  }
  return {"s3:ListBucket"};
}

/// What a table bucket allows of S3 at all: nothing that lists, deletes or copies.
bool TableBucketAllows(Operation operation) {
  switch (operation) {
    case Operation::kGetObject:
    case Operation::kHeadObject:
    case Operation::kPutObject:
    case Operation::kCreateMultipartUpload:
    case Operation::kUploadPart:
    case Operation::kListParts:
    case Operation::kCompleteMultipartUpload:
    case Operation::kAbortMultipartUpload: return true;
    default: return false;
  }
}

bool Reads(Operation operation) {
  return operation == Operation::kGetObject || operation == Operation::kHeadObject;
}

AccessNeed Need(std::string_view action, std::string resource) {
  return AccessNeed{.action = std::string(action), .resource = std::move(resource)};
}

/// The region that needs no constraint, and whose endpoint makes buckets for all.
constexpr std::string_view kFirstRegion = "us-east-1";

/// What CreateBucketConfiguration asks for. Errors: kInvalidArgument/IllegalLocationConstraintException,
/// /InvalidLocationConstraint, /MalformedXML.
Result<std::string> RegionOfNewBucket(std::string_view document, const std::string& region) {
  std::string asked;
  if (!document.empty()) {
    pugi::xml_document parsed;
    FIRN_TRY(aws::ParseXml(document, parsed));
    asked = aws::FindChildText(parsed.document_element(), "LocationConstraint").value_or("");
  }
  if (asked == "EU") asked = "eu-west-1";
  if (asked.empty()) {
    if (region == kFirstRegion) return region;
    return InvalidArgument("IllegalLocationConstraintException",
                           "The unspecified location constraint is incompatible for the region "
                           "specific endpoint this request was sent to.");
  }
  if (!aws::IsRegion(asked)) {
    return InvalidArgument("InvalidLocationConstraint",
                           "The specified location-constraint is not valid");
  }
  if (asked != region && region != kFirstRegion) {
    return InvalidArgument("IllegalLocationConstraintException",
                           "The " + asked + " location constraint is incompatible for the region "
                           "specific endpoint this request was sent to.");
  }
  return asked;
}

/// The document of PutBucketTagging that says what CreateBucket's says; empty without tags. Errors:
/// kInvalidArgument/InvalidTag, /BadRequest.
Result<std::string> TaggingOfNewBucket(std::string_view document) {
  const policy::Tags tags = TagsOfNewBucket(document);
  if (tags.empty()) return std::string();
  aws::XmlWriter xml;
  xml.Declaration().Open("Tagging", "xmlns", kS3Namespace).Open("TagSet");
  for (const auto& [key, value] : tags) {
    xml.Open("Tag").Text("Key", key).Text("Value", value).Close("Tag");
  }
  std::string tagging = xml.Close("TagSet").Close("Tagging").Take();
  FIRN_TRY(ParseTaggingDocument(tagging, kBucketTagsMax));
  return tagging;
}

Unexpected MethodNotAllowed() {
  return Unsupported("MethodNotAllowed",
                     "The specified method is not allowed against this resource.");
}

}  // namespace

Result<IncomingBody> OpenBody(const http::RequestHead& head, http::BodyReader& raw_body,
                              const Proof& proof) {
  IncomingBody body;
  body.reader = &raw_body;
  const std::string_view claimed = proof.authorization.content_sha256.empty()
                                       ? sigv4::kUnsignedPayload
                                       : proof.authorization.content_sha256;
  FIRN_ASSIGN_OR_RETURN(const sigv4::PayloadForm form, sigv4::ParsePayloadForm(claimed));
  FIRN_ASSIGN_OR_RETURN(body.claims.checksum, ParseChecksumClaim(head.headers));
  if (const auto md5 = head.headers.Find("content-md5")) {
    auto raw = Base64Decode(*md5);
    if (!raw || raw->size() != 16) {
      return InvalidArgument("InvalidDigest", "The Content-MD5 you specified is not valid.");
    }
    body.claims.md5 = *std::move(raw);
  }
  if (form == sigv4::PayloadForm::kHash) body.claims.sha256_hex = ToLowerAscii(claimed);
  if (sigv4::IsChunked(form)) {
    FIRN_ASSIGN_OR_RETURN(body.chunked,
                          sigv4::ChunkedReader::Make(raw_body, form, proof.authorization, head,
                                                     proof.secret_key));
    body.reader = body.chunked.get();
    body.claims.length_bytes = body.chunked->decoded_length();
    body.claims.find_trailer =
        [chunked = body.chunked.get()](std::string_view name) -> std::optional<std::string> {
      const auto value = chunked->trailers().Find(name);
      if (!value) return std::nullopt;
      return std::string(*value);
    };
  } else if (const auto length = head.headers.Find("content-length")) {
    body.claims.length_bytes = std::strtoull(std::string(*length).c_str(), nullptr, 10);
  }
  return body;
}

Result<std::string> ReadDocument(Operation operation, IncomingBody& body) {
  FIRN_ASSIGN_OR_RETURN(std::string document, body.reader->ReadAll(aws::kXmlBytesMax));
  if (!body.claims.sha256_hex.empty() && Sha256Hex(document) != body.claims.sha256_hex) {
    return InvalidArgument("XAmzContentSHA256Mismatch",
                           "The provided 'x-amz-content-sha256' header does not match what was "
                           "computed.");
  }
  if (!body.claims.md5.empty() && Md5(document) != body.claims.md5) {
    return InvalidArgument("BadDigest",
                           "The Content-MD5 you specified did not match what we received.");
  }
  const ChecksumClaim& claim = body.claims.checksum;
  // CompleteMultipartUpload's header is of the object.
  if (operation == Operation::kCompleteMultipartUpload || claim.algorithm.empty()) return document;
  std::optional<std::string> claimed = claim.value;
  if (claim.in_trailer && body.claims.find_trailer) {
    claimed = body.claims.find_trailer(ChecksumHeaderName(claim.algorithm));
  }
  const auto kind = DigestOfAlgorithm(claim.algorithm);
  if (claimed && Base64Encode(AsBytes(Digest(kind.value(), document))) != *claimed) {
    return InvalidArgument("BadDigest", "The " + claim.algorithm + " you specified did not match "
                                                                   "the calculated checksum.");
  }
  return document;
}

Result<std::optional<http::Response>> Service::RedirectOf(const Request& request) {
  const bool is_regional = !request.bucket.empty() &&
                           request.operation != Operation::kCreateBucket &&
                           request.operation != Operation::kGetBucketLocation;
  if (!is_regional) return std::optional<http::Response>();
  FIRN_ASSIGN_OR_RETURN(const auto bucket, ledger_.Read([&](ledger::Transaction& transaction) {
    return ledger::FindS3Bucket(transaction, request.bucket);
  }));
  if (!bucket || bucket->region == options_.region) return std::optional<http::Response>();
  aws::XmlWriter xml;
  xml.Declaration().Open("Error").Text("Code", "AuthorizationHeaderMalformed");
  xml.Text("Message", "The authorization header is malformed; the region '" + options_.region +
                          "' is wrong; expecting '" + bucket->region + "'");
  xml.Text("Region", bucket->region).Close("Error");
  http::Response response = XmlResponse(xml.Take(), 400);
  response.headers.Set("x-amz-bucket-region", bucket->region);
  return std::optional(std::move(response));
}

Result<std::vector<AccessNeed>> Service::NeedsOf(const Request& request,
                                                 std::string_view document) {
  const ActionTarget target = ActionOf(request);
  if (request.bucket.empty()) return std::vector{Need(target.action, "*")};
  FIRN_ASSIGN_OR_RETURN(
      auto table_need,
      ledger_.Read([&](ledger::Transaction& transaction) -> Result<std::optional<AccessNeed>> {
        FIRN_ASSIGN_OR_RETURN(const auto bucket, FindS3Bucket(transaction, request.bucket));
        if (!bucket || bucket->table_arn.empty()) return std::optional<AccessNeed>();
        FIRN_ASSIGN_OR_RETURN(const aws::TableArn arn, aws::ParseTableArn(bucket->table_arn));
        FIRN_ASSIGN_OR_RETURN(const auto table,
                              ledger::FindTableById(transaction, arn.table_id));
        if (!table) return NotFound("NoSuchBucket", "The specified bucket does not exist");
        FIRN_ASSIGN_OR_RETURN(
            AccessNeed need,
            TableNeed(transaction, Place{options_.account_id, options_.region}, *table,
                      Reads(request.operation) ? "s3tables:GetTableData"
                                               : "s3tables:PutTableData"));
        return std::optional<AccessNeed>(std::move(need));
      }));
  if (table_need) return std::vector{*std::move(table_need)};
  if (request.operation == Operation::kDeleteObjects) {
    FIRN_ASSIGN_OR_RETURN(const DeleteList list, ParseDeleteList(document));
    std::vector<AccessNeed> needs;
    for (const std::string& key : list.keys) {
      needs.push_back(Need(target.action, aws::S3Arn(request.bucket, key)));
    }
    FIRN_TRY(AddBucketPolicies(request, needs));
    return needs;
  }
  std::vector<AccessNeed> needs{
      Need(target.action, target.on_object ? aws::S3Arn(request.bucket, request.key)
                                           : aws::S3Arn(request.bucket))};
  if (request.sets_tags && target.action == "s3:PutObject") {
    needs.push_back(Need("s3:PutObjectTagging", aws::S3Arn(request.bucket, request.key)));
  }
  if (request.operation == Operation::kCreateBucket && !TagsOfNewBucket(document).empty()) {
    needs.push_back(Need("s3:TagResource", aws::S3Arn(request.bucket)));
  }
  for (AccessNeed& need : needs) SetRequestKeys(request, document, need);
  if (!request.copy_bucket.empty()) {
    needs.push_back(Need("s3:GetObject", aws::S3Arn(request.copy_bucket, request.copy_key)));
  }
  FIRN_TRY(AddBucketPolicies(request, needs));
  return needs;
}

Status Service::AddBucketPolicies(const Request& request, std::vector<AccessNeed>& needs) {
  if (request.operation == Operation::kCreateBucket) return Ok();
  return ledger_.Read([&](ledger::Transaction& transaction) -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto own, BucketPolicy(transaction, request.bucket));
    for (AccessNeed& need : needs) {
      const bool is_source = !request.copy_bucket.empty() && &need == &needs.back();
      FIRN_TRY(SetObjectTags(transaction, is_source ? request.copy_bucket : request.bucket,
                             is_source ? request.copy_key : request.key, need));
      if (!is_source && own) need.resource_policies.push_back(*own);
      if (!is_source) continue;
      FIRN_ASSIGN_OR_RETURN(auto source, BucketPolicy(transaction, request.copy_bucket));
      if (source) need.resource_policies.push_back(*std::move(source));
    }
    return Ok();
  });
}

Result<http::Response> Service::Handle(const Context& context, const policy::Permit& permit,
                                       const Request& request, const http::RequestHead& head,
                                       std::string_view document, IncomingBody& body) {
  if (request.bucket.empty()) return ListBuckets(request);
  if (request.operation != Operation::kCreateBucket) {
    FIRN_ASSIGN_OR_RETURN(const auto bucket, vault_.FindBucket(request.bucket));
    if (!bucket.table_arn.empty() && !TableBucketAllows(request.operation)) {
      return MethodNotAllowed();
    }
  }
  if (!request.copy_bucket.empty()) {
    FIRN_ASSIGN_OR_RETURN(const auto source, vault_.FindBucket(request.copy_bucket));
    if (!source.table_arn.empty()) return MethodNotAllowed();
  }
  switch (request.operation) {
    case Operation::kListBuckets: return ListBuckets(request);
    case Operation::kCreateBucket:
    case Operation::kHeadBucket:
    case Operation::kDeleteBucket:
    case Operation::kGetBucketLocation:
    case Operation::kGetBucketVersioning: return HandleBucket(permit, request, document);
    case Operation::kGetBucketSetting:
    case Operation::kPutBucketSetting:
    case Operation::kDeleteBucketSetting: return BucketSettingOf(request, document);
    case Operation::kGetAcl:
    case Operation::kPutAcl: return Acl(request, head);
    case Operation::kListObjects:
    case Operation::kListObjectsV2: return ListObjects(request);
    case Operation::kListMultipartUploads: return ListUploads(request);
    case Operation::kGetObjectAttributes: return GetObjectAttributes(request, head);
    case Operation::kGetObjectTagging:
    case Operation::kPutObjectTagging:
    case Operation::kDeleteObjectTagging: return ObjectTagging(request, document);
    case Operation::kGetObject:
    case Operation::kHeadObject: return GetObject(request, head);
    case Operation::kPutObject: return PutObject(context, request, head, body);
    case Operation::kCopyObject: return CopyObject(context, request, head);
    case Operation::kDeleteObject:
      FIRN_TRY(vault_.Delete(request.bucket, request.key));
      return http::Response{.status = 204, .headers = {}, .body = {}};
    case Operation::kDeleteObjects: return DeleteObjects(permit, request, document);
    case Operation::kCreateMultipartUpload: return CreateUpload(request, head);
    case Operation::kUploadPart: return UploadPart(context, request, body);
    case Operation::kUploadPartCopy: return UploadPartCopy(context, request, head);
    case Operation::kListParts: return ListParts(request);
    case Operation::kCompleteMultipartUpload:
      return CompleteUpload(request, head, document);
    case Operation::kAbortMultipartUpload:
      FIRN_TRY(vault_.FindUpload(request.query.Get("uploadId"), request.bucket, request.key));
      FIRN_TRY(vault_.AbortUpload(request.query.Get("uploadId")));
      return http::Response{.status = 204, .headers = {}, .body = {}};
    case Operation::kUnsupported: break;
  }
  return Unsupported("NotImplemented",
                     "A header or query you provided implies functionality that is not "
                     "implemented: " +
                         request.unsupported);
}

Result<http::Response> Service::HandleBucket(const policy::Permit&, const Request& request,
                                             std::string_view document) {
  http::Response response;
  switch (request.operation) {
    case Operation::kCreateBucket: {
      FIRN_TRY(CheckBucketName(request.bucket));
      FIRN_ASSIGN_OR_RETURN(const std::string region, RegionOfNewBucket(document, options_.region));
      FIRN_ASSIGN_OR_RETURN(const std::string tags, TaggingOfNewBucket(document));
      FIRN_TRY(vault_.CreateBucket(request.bucket, region));
      if (!tags.empty()) FIRN_TRY(vault_.PutSetting(request.bucket, "tagging", tags));
      response.headers.Set("Location", "/" + request.bucket);
      return response;
    }
    case Operation::kDeleteBucket:
      FIRN_TRY(vault_.DeleteBucket(request.bucket));
      response.status = 204;
      return response;
    case Operation::kHeadBucket:
      response.headers.Set("x-amz-bucket-region", options_.region);
      return response;
    case Operation::kGetBucketVersioning: {
      aws::XmlWriter xml;
      xml.Declaration().Open("VersioningConfiguration", "xmlns", kS3Namespace);
      return XmlResponse(xml.Close("VersioningConfiguration").Take());
    }
    default: {  // GetBucketLocation; us-east-1 is written as nothing.
      aws::XmlWriter xml;
      FIRN_ASSIGN_OR_RETURN(const auto bucket, vault_.FindBucket(request.bucket));
      xml.Declaration().Open("LocationConstraint", "xmlns", kS3Namespace);
      if (bucket.region != kFirstRegion) xml.Raw(aws::EscapeXml(bucket.region));
      return XmlResponse(xml.Close("LocationConstraint").Take());
    }
  }
}

Result<http::Response> Service::ListBuckets(const Request& request) {
  FIRN_ASSIGN_OR_RETURN(const auto buckets, vault_.ListBuckets());
  std::size_t count_max = kBucketsListedMax;
  if (const auto text = request.query.Find("max-buckets")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), count_max);
    if (error != std::errc() || count_max == 0 || count_max > kBucketsListedMax) {
      return InvalidArgument("InvalidArgument", "max-buckets must be from 1 to 10000");
    }
  }
  const std::string prefix = request.query.Get("prefix");
  const std::string after = Base64Decode(request.query.Get("continuation-token")).value_or("");
  aws::XmlWriter xml;
  xml.Declaration().Open("ListAllMyBucketsResult", "xmlns", kS3Namespace);
  xml.Open("Owner").Text("ID", options_.account_id).Close("Owner").Open("Buckets");
  std::size_t count = 0;
  std::string last;
  bool is_truncated = false;
  for (const ledger::S3BucketRow& bucket : buckets) {
    if (bucket.name <= after || !bucket.name.starts_with(prefix)) continue;
    if (count++ == count_max) {
      is_truncated = true;
      break;
    }
    last = bucket.name;
    xml.Open("Bucket").Text("Name", bucket.name);
    xml.Text("CreationDate", FormatIso8601(bucket.created_at, true));
    xml.Text("BucketRegion", bucket.region).Close("Bucket");
  }
  xml.Close("Buckets");
  if (!prefix.empty()) xml.Text("Prefix", prefix);
  if (is_truncated) xml.Text("ContinuationToken", Base64Encode(AsBytes(last)));
  return XmlResponse(xml.Close("ListAllMyBucketsResult").Take());
}

}  // namespace firn::s3
