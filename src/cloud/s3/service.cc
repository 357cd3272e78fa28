#include "cloud/s3/service.h"

#include "base/encoding.h"
#include "cloud/ledger/s3tables_rows.h"
#include "cloud/s3/answer_internal.h"
#include "cloud/s3/limits.h"
#include "cloud/s3/table_access.h"
#include "wire/aws/arn.h"
#include "wire/aws/xml.h"

namespace firn::s3 {
namespace {

using policy::AccessNeed;

/// The policy action of an operation on a general purpose bucket, and what it is asked on.
struct ActionTarget {
  std::string_view action;
  bool on_object = false;
};
ActionTarget ActionOf(Operation operation) {
  switch (operation) {
    case Operation::kListBuckets: return {"s3:ListAllMyBuckets"};
    case Operation::kCreateBucket: return {"s3:CreateBucket"};
    case Operation::kHeadBucket: return {"s3:ListBucket"};
    case Operation::kDeleteBucket: return {"s3:DeleteBucket"};
    case Operation::kGetBucketLocation: return {"s3:GetBucketLocation"};
    case Operation::kGetBucketVersioning: return {"s3:GetBucketVersioning"};
    case Operation::kListObjects:
    case Operation::kListObjectsV2: return {"s3:ListBucket"};
    case Operation::kListMultipartUploads: return {"s3:ListBucketMultipartUploads"};
    case Operation::kGetObject:
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

Result<std::string> ReadDocument(IncomingBody& body) {
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
  return document;
}

Result<std::vector<AccessNeed>> Service::NeedsOf(const Request& request,
                                                 std::string_view document) {
  const ActionTarget target = ActionOf(request.operation);
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
    // One need for all keys keeps the count bounded: deleting many keys at once needs the action on the whole bucket.
    (void)document;
    return std::vector{Need(target.action, aws::S3Arn(request.bucket, "*"))};
  }
  std::vector<AccessNeed> needs{
      Need(target.action, target.on_object ? aws::S3Arn(request.bucket, request.key)
                                           : aws::S3Arn(request.bucket))};
  if (target.action == "s3:ListBucket") {
    for (const std::string name : {"prefix", "delimiter", "max-keys"}) {
      if (const auto value = request.query.Find(name)) {
        needs.front().conditions.Set("s3:" + name, std::string(*value));
      }
    }
  }
  if (!request.copy_bucket.empty()) {
    needs.push_back(Need("s3:GetObject", aws::S3Arn(request.copy_bucket, request.copy_key)));
  }
  return needs;
}

Result<http::Response> Service::Handle(const Context& context, const policy::Permit& permit,
                                       const Request& request, const http::RequestHead& head,
                                       std::string_view document, IncomingBody& body) {
  if (request.bucket.empty()) return ListBuckets();
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
    case Operation::kListBuckets: return ListBuckets();
    case Operation::kCreateBucket:
    case Operation::kHeadBucket:
    case Operation::kDeleteBucket:
    case Operation::kGetBucketLocation:
    case Operation::kGetBucketVersioning: return HandleBucket(permit, request, document);
    case Operation::kListObjects:
    case Operation::kListObjectsV2: return ListObjects(request);
    case Operation::kListMultipartUploads: return ListUploads(request);
    case Operation::kGetObject:
    case Operation::kHeadObject: return GetObject(request, head);
    case Operation::kPutObject: return PutObject(context, request, head, body);
    case Operation::kCopyObject: return CopyObject(context, request, head);
    case Operation::kDeleteObject:
      FIRN_TRY(vault_.Delete(request.bucket, request.key));
      return http::Response{.status = 204, .headers = {}, .body = {}};
    case Operation::kDeleteObjects: return DeleteObjects(request, document);
    case Operation::kCreateMultipartUpload: return CreateUpload(request, head);
    case Operation::kUploadPart: return UploadPart(context, request, body);
    case Operation::kUploadPartCopy: return UploadPartCopy(context, request, head);
    case Operation::kListParts: return ListParts(request);
    case Operation::kCompleteMultipartUpload:
      return CompleteUpload(context, request, head, document);
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
                                             std::string_view) {
  http::Response response;
  switch (request.operation) {
    case Operation::kCreateBucket:
      FIRN_TRY(CheckBucketName(request.bucket));
      FIRN_TRY(vault_.CreateBucket(request.bucket));
      response.headers.Set("Location", "/" + request.bucket);
      return response;
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
      xml.Declaration().Open("LocationConstraint", "xmlns", kS3Namespace);
      if (options_.region != "us-east-1") xml.Raw(aws::EscapeXml(options_.region));
      return XmlResponse(xml.Close("LocationConstraint").Take());
    }
  }
}

Result<http::Response> Service::ListBuckets() {
  FIRN_ASSIGN_OR_RETURN(const auto buckets, vault_.ListBuckets());
  aws::XmlWriter xml;
  xml.Declaration().Open("ListAllMyBucketsResult", "xmlns", kS3Namespace);
  xml.Open("Owner").Text("ID", options_.account_id).Close("Owner").Open("Buckets");
  for (const ledger::S3BucketRow& bucket : buckets) {
    xml.Open("Bucket").Text("Name", bucket.name);
    xml.Text("CreationDate", FormatIso8601(bucket.created_at, true)).Close("Bucket");
  }
  return XmlResponse(xml.Close("Buckets").Close("ListAllMyBucketsResult").Take());
}

}  // namespace firn::s3
